//! Which parameter each entry of an optimizer's state belongs to: most files say only its number.

use std::collections::HashMap;
use std::rc::Rc;

use rustc_hash::FxHashSet;

use crate::value::{Dict, Value};

/// What batch norms keep besides parameters (`torch/nn/modules/batchnorm.py`).
const BUFFERS: [&str; 3] = ["running_mean", "running_var", "num_batches_tracked"];

/// The states of optimizers whose parameters are known, and the parameters' names.
#[derive(Default)]
pub struct Labels(Vec<(Rc<Dict>, Names)>);

type Names = HashMap<usize, String>;

impl Labels {
    /// The names that an optimizer's state_dict holds itself.
    pub fn learn_own(&mut self, dict: &Dict) {
        let optimizer = Optimizer::of(dict);
        if let Some((optimizer, names)) =
            optimizer.and_then(|known| known.own_names().map(|names| (known, names)))
        {
            self.0.push((optimizer.state, names));
        }
    }

    /// Names for the optimizers among the entries of a checkpoint: their own, or those of a state_dict that lies beside them.
    pub fn learn(&mut self, entries: &[(Value, Value)]) {
        let models: Vec<Vec<Parameter>> = entries.iter().filter_map(|(_, value)| parameters(value)).collect();
        for (_, value) in entries {
            let several = match value {
                Value::List(list) => list.to_vec(),
                one => vec![one.clone()],
            };
            for optimizer in several.iter().filter_map(Value::as_dict).filter_map(|dict| Optimizer::of(&dict))
            {
                if let Some(names) = optimizer.names(&models) {
                    self.0.push((optimizer.state, names));
                }
            }
        }
    }

    /// The name of the parameter that a key of this dictionary stands for.
    #[must_use]
    pub fn name(&self, state: Option<&Rc<Dict>>, key: &Value) -> Option<&str> {
        let (_, names) =
            self.0.iter().find(|(known, _)| state.is_some_and(|state| Rc::ptr_eq(known, state)))?;
        names.get(&usize::try_from(key.as_int()?).ok()?).map(String::as_str)
    }
}

struct Parameter {
    name: String,
    shape: Vec<i64>,
}

/// The parameters of a state_dict in order: what is floating, under its first name, and no buffer by its name.
fn parameters(value: &Value) -> Option<Vec<Parameter>> {
    let Value::Dict(dict) = value else { return None };
    let (mut found, mut seen) = (Vec::new(), FxHashSet::default());
    for (key, value) in dict.entries() {
        let (name, object) = (key.as_str()?, value.as_tensor()?.clone());
        let tensor = object.tensor();
        let last = name.rsplit('.').next().unwrap_or_default();
        let place = (tensor.data_ptr(), tensor.sizes());
        if !tensor.dtype().is_floating_point() || BUFFERS.contains(&last) {
            continue;
        }
        let has_bytes = place.0 != 0 && tensor.numel() > 0;
        if !has_bytes || seen.insert(place) {
            found.push(Parameter { name: name.as_str().to_owned(), shape: tensor.sizes() });
        }
    }
    (!found.is_empty()).then_some(found)
}

/// What `torch.optim.Optimizer.state_dict()` gives: numbered states, and groups that list their numbers.
struct Optimizer {
    state: Rc<Dict>,
    groups: Vec<Rc<Dict>>,
}

impl Optimizer {
    fn of(dict: &Dict) -> Option<Self> {
        let state = dict.get_name("state")?.as_dict()?;
        let groups = dict.get_name("param_groups")?.as_list()?.to_vec();
        let groups: Option<Vec<_>> = groups.iter().map(Value::as_dict).collect();
        (!state.is_empty()).then_some(Self { state, groups: groups? })
    }

    fn names(&self, models: &[Vec<Parameter>]) -> Option<Names> {
        self.own_names().or_else(|| self.names_beside(models))
    }

    /// `param_names`, which the groups hold when the optimizer was given `named_parameters()`.
    fn own_names(&self) -> Option<Names> {
        let mut names = Names::default();
        for group in &self.groups {
            let given = group.get_name("param_names")?.as_list()?.to_vec();
            let numbers = numbers(group)?;
            if given.len() != numbers.len() {
                return None;
            }
            for (number, name) in numbers.into_iter().zip(&given) {
                names.insert(number, name.as_str()?.as_str().to_owned());
            }
        }
        Some(names)
    }

    /// The model's own, where there is one group, as long as the model, and what is kept for each parameter has its shape.
    /// Several groups are numbered one after the other, which says nothing about the model's order.
    fn names_beside(&self, models: &[Vec<Parameter>]) -> Option<Names> {
        let [group] = self.groups.as_slice() else { return None };
        let numbers = numbers(group)?;
        if !numbers.iter().copied().eq(0..numbers.len()) {
            return None;
        }
        let model = models.iter().find(|model| model.len() == numbers.len() && self.fits(model))?;
        Some(model.iter().map(|parameter| parameter.name.clone()).enumerate().collect())
    }

    fn fits(&self, model: &[Parameter]) -> bool {
        let agrees = |(key, kept): (Value, Value)| -> Option<bool> {
            let parameter = model.get(usize::try_from(key.as_int()?).ok()?)?;
            let tensors = kept.as_dict()?.entries();
            let mut tensors = tensors.iter().filter_map(|(_, value)| value.as_tensor());
            Some(tensors.all(|object| {
                let sizes = object.tensor().sizes();
                sizes.is_empty() || sizes == parameter.shape
            }))
        };
        self.state.entries().into_iter().all(|entry| agrees(entry) == Some(true))
    }
}

fn numbers(group: &Dict) -> Option<Vec<usize>> {
    let numbers = group.get_name("params")?.as_list()?.to_vec();
    numbers.iter().map(|number| usize::try_from(number.as_int()?).ok()).collect()
}
