//! Which parameter each entry of an optimizer's state belongs to: most files say only its number.
//!
//! PyTorch numbers the parameters group by group, in the order in which each group was given them. Where the groups do not say
//! names themselves, a state_dict beside the optimizer tells: each group is a part of the model's parameters, in their order, and
//! what is kept for a parameter has its shape. A name is given only where no other parameter could stand there.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::value::{Dict, Value};

/// What batch norms keep besides parameters (`torch/nn/modules/batchnorm.py`).
const BUFFERS: [&str; 3] = ["running_mean", "running_var", "num_batches_tracked"];

/// What Adafactor keeps of a matrix, in PyTorch and in transformers.
const FACTORS: [&str; 4] = ["row_var", "col_var", "exp_avg_sq_row", "exp_avg_sq_col"];

/// Rounds in which what is known of one group tells more of the others.
const ROUNDS: usize = 32;

/// The states of optimizers whose parameters are known, and the parameters' names.
#[derive(Default)]
pub struct Labels {
    known: Vec<(Rc<Dict>, FxHashMap<usize, String>)>,
    /// Entries of states whose parameter is not sure.
    open: usize,
}

impl Labels {
    /// The names that an optimizer's state_dict holds itself.
    pub fn learn_own(&mut self, dict: &Dict) {
        if let Some(optimizer) = Optimizer::of(dict) {
            let own = optimizer.own_names();
            self.add(&optimizer, own);
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
                let names = optimizer.own_names().or_else(|| optimizer.names_beside(&models));
                self.open += names.as_ref().map_or(0, |names| optimizer.open(names));
                self.add(&optimizer, names);
            }
        }
    }

    fn add(&mut self, optimizer: &Optimizer, names: Option<Vec<Vec<Option<String>>>>) {
        let Some(names) = names else { return };
        let mut by_number = FxHashMap::default();
        for (ids, names) in optimizer.ids.iter().zip(names) {
            for (id, name) in ids.iter().zip(names) {
                if let (Some(number), Some(name)) = (id.as_int(), name) {
                    by_number.insert(usize::try_from(number).unwrap_or(usize::MAX), name);
                }
            }
        }
        self.known.push((optimizer.state.clone(), by_number));
    }

    /// The name of the parameter that a key of this dictionary stands for.
    #[must_use]
    pub fn name(&self, state: Option<&Rc<Dict>>, key: &Value) -> Option<&str> {
        let state = state?;
        let (_, names) = self.known.iter().find(|(known, _)| Rc::ptr_eq(known, state))?;
        names.get(&usize::try_from(number(key)?).ok()?).map(String::as_str)
    }

    /// Entries of states that more than one parameter could be meant by.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open
    }
}

/// A parameter of a model, by its state_dict.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its key; of tied ones the first.
    pub name: String,
    /// The keys that are tied to it.
    pub also: Vec<String>,
    /// Its sizes.
    pub shape: Vec<i64>,
}

/// The parameters of a state_dict in order: what is floating, under its first name, and no buffer by its name.
#[must_use]
pub fn parameters(value: &Value) -> Option<Vec<Parameter>> {
    let Value::Dict(dict) = value else { return None };
    let (mut found, mut seen) = (Vec::<Parameter>::new(), FxHashMap::default());
    for (key, value) in dict.entries() {
        let Some(object) = value.as_tensor() else { continue };
        let (name, tensor) = (key.as_str()?.as_str().to_owned(), object.tensor());
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_number = tensor.dtype().is_floating_point() || tensor.dtype().is_complex();
        if !is_number || BUFFERS.contains(&last) {
            continue;
        }
        let shape = tensor.sizes();
        let has_bytes = tensor.data_ptr() != 0 && tensor.numel() > 0;
        let first = has_bytes.then(|| *seen.entry((tensor.data_ptr(), shape.clone())).or_insert(found.len()));
        match first.and_then(|first| found.get_mut(first)) {
            Some(first) => first.also.push(name),
            None => found.push(Parameter { name, also: Vec::new(), shape }),
        }
    }
    (!found.is_empty()).then_some(found)
}

/// What `torch.optim.Optimizer.state_dict()` gives: states under numbers (or names), and groups that list these.
pub struct Optimizer {
    /// What is kept for each parameter.
    pub state: Rc<Dict>,
    /// The groups.
    pub groups: Vec<Rc<Dict>>,
    /// The number or name of each parameter, group by group.
    pub ids: Vec<Vec<Value>>,
    numbered: FxHashMap<i64, Rc<Dict>>,
}

impl Optimizer {
    /// The optimizer that a dictionary is the state of.
    #[must_use]
    pub fn of(dict: &Dict) -> Option<Self> {
        let state = dict.get_name("state")?.as_dict()?;
        let groups = dict.get_name("param_groups")?.as_list()?.to_vec();
        let groups: Vec<Rc<Dict>> = groups.iter().map(Value::as_dict).collect::<Option<_>>()?;
        let ids = groups.iter().map(|group| Some(group.get_name("params")?.as_list()?.to_vec()));
        let ids = ids.collect::<Option<_>>()?;
        let numbered =
            state.entries().into_iter().filter_map(|(key, kept)| Some((number(&key)?, kept.as_dict()?)));
        Some(Self { ids, groups, numbered: numbered.collect(), state })
    }

    /// What is kept for a parameter.
    #[must_use]
    pub fn kept(&self, id: &Value) -> Option<Rc<Dict>> {
        match id {
            Value::Str(name) => self.state.get_name(name)?.as_dict(),
            id => self.numbered.get(&id.as_int()?).cloned(),
        }
    }

    /// The names by the groups themselves: `param_names`, which they hold when the optimizer was given `named_parameters()`, or
    /// names in the place of numbers, as `torch.distributed.checkpoint.state_dict` has them.
    #[must_use]
    pub fn own_names(&self) -> Option<Vec<Vec<Option<String>>>> {
        let text = |value: &Value| Some(value.as_str()?.as_str().to_owned());
        let by_id = |ids: &Vec<Value>| ids.iter().map(|id| text(id).map(Some)).collect::<Option<Vec<_>>>();
        if let Some(names) = self.ids.iter().map(by_id).collect() {
            return Some(names);
        }
        let names = self.groups.iter().zip(&self.ids).map(|(group, ids)| {
            let given = group.get_name("param_names")?.as_list()?.to_vec();
            let names = given.iter().map(|name| text(name).map(Some)).collect::<Option<Vec<_>>>()?;
            (names.len() == ids.len()).then_some(names)
        });
        names.collect()
    }

    /// The names of the first model whose parameters fit, as far as they are sure.
    #[must_use]
    pub fn names_beside(&self, models: &[Vec<Parameter>]) -> Option<Vec<Vec<Option<String>>>> {
        let kept = |id: &Value| shapes(id.as_int().and_then(|number| self.numbered.get(&number)));
        let groups: Vec<Vec<Kept>> = self.ids.iter().map(|ids| ids.iter().map(kept).collect()).collect();
        models.iter().find_map(|model| {
            let places = places(&groups, model)?;
            let name = |place: Option<usize>| Some(model.get(place?)?.name.clone());
            Some(places.into_iter().map(|group| group.into_iter().map(name).collect()).collect())
        })
    }

    /// States whose parameter is not sure.
    fn open(&self, names: &[Vec<Option<String>>]) -> usize {
        let pairs = self.ids.iter().zip(names).flat_map(|(ids, names)| ids.iter().zip(names));
        pairs.filter(|(id, name)| name.is_none() && self.kept(id).is_some()).count()
    }
}

/// The number of a parameter; a folder of `torch.distributed.checkpoint` has it as text (`traverse_state_dict` makes texts of keys).
fn number(key: &Value) -> Option<i64> {
    match key {
        Value::Str(text) => text.as_str().parse().ok(),
        key => key.as_int(),
    }
}

/// The sizes of what is kept for one parameter: those that are its own, and those of Adafactor's rows and columns.
#[derive(Default)]
struct Kept {
    whole: Vec<Vec<i64>>,
    factors: Vec<Vec<i64>>,
}

fn shapes(kept: Option<&Rc<Dict>>) -> Kept {
    let mut shapes = Kept::default();
    for (name, value) in kept.map(|kept| kept.entries()).unwrap_or_default() {
        let sizes = value.as_tensor().map(|tensor| tensor.tensor().sizes()).filter(|sizes| !sizes.is_empty());
        let Some(sizes) = sizes else { continue };
        let is_factor = name.as_str().is_some_and(|name| FACTORS.contains(&name.as_str()));
        if is_factor { shapes.factors.push(sizes) } else { shapes.whole.push(sizes) }
    }
    shapes
}

/// Whether what is kept could be a parameter's.
fn fits(kept: &Kept, parameter: &Parameter) -> bool {
    let shape = &parameter.shape;
    let is_part = |sizes: &Vec<i64>| {
        let is_kept =
            sizes.len() == shape.len() && sizes.iter().zip(shape).all(|(one, all)| one == all || *one == 1);
        is_kept || is_factor(sizes, shape)
    };
    (kept.whole.is_empty() || kept.whole.contains(shape)) && kept.factors.iter().all(is_part)
}

/// Whether sizes are those of a matrix without its last dimension, or the one before: Adafactor as transformers has it.
#[must_use]
pub fn is_factor(sizes: &[i64], shape: &[i64]) -> bool {
    let without = |from_end: usize| {
        let mut shape = shape.to_vec();
        let place = shape.len().checked_sub(from_end)?;
        shape.remove(place);
        Some(shape)
    };
    shape.len() > 1 && (without(1).as_deref() == Some(sizes) || without(2).as_deref() == Some(sizes))
}

/// The place of each parameter of each group in the model, where only one is possible; none where the groups cannot be of it.
fn places(groups: &[Vec<Kept>], model: &[Parameter]) -> Option<Vec<Vec<Option<usize>>>> {
    let mut found: Vec<Vec<Option<usize>>> = groups.iter().map(|group| vec![None; group.len()]).collect();
    for _ in 0..ROUNDS {
        let taken: Vec<FxHashSet<usize>> =
            found.iter().map(|group| group.iter().copied().flatten().collect()).collect();
        let before = taken.iter().map(FxHashSet::len).sum::<usize>();
        for (number, group) in groups.iter().enumerate() {
            let is_free = |place: &usize| {
                taken.iter().enumerate().all(|(other, taken)| other == number || !taken.contains(place))
            };
            let free: Vec<usize> = (0..model.len()).filter(is_free).collect();
            let first = earliest(group.iter(), free.iter().copied(), model)?;
            let mut last = earliest(group.iter().rev(), free.iter().rev().copied(), model)?;
            last.reverse();
            let sure = first.into_iter().zip(last).map(|(first, last)| (first == last).then_some(first));
            if let Some(places) = found.get_mut(number) {
                *places = sure.collect();
            }
        }
        let after: usize = found.iter().map(|group| group.iter().flatten().count()).sum();
        if after == before {
            return Some(found);
        }
    }
    Some(found)
}

/// For each of a group the first place where it could stand, in this order.
fn earliest<'a>(
    group: impl Iterator<Item = &'a Kept>,
    places: impl Iterator<Item = usize>,
    model: &[Parameter],
) -> Option<Vec<usize>> {
    let mut places = places;
    let mut place_of =
        |kept: &Kept| places.find(|place| model.get(*place).is_some_and(|parameter| fits(kept, parameter)));
    group.map(&mut place_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(shapes: &[&[i64]]) -> Vec<Parameter> {
        let named = |(place, shape): (usize, &&[i64])| Parameter {
            name: place.to_string(),
            also: Vec::new(),
            shape: shape.to_vec(),
        };
        shapes.iter().enumerate().map(named).collect()
    }

    fn found(groups: &[&[&[i64]]], shapes: &[&[i64]]) -> Option<Vec<Vec<Option<usize>>>> {
        let whole = |shape: &&[i64]| Kept { whole: vec![shape.to_vec()], factors: Vec::new() };
        let groups: Vec<Vec<Kept>> = groups.iter().map(|group| group.iter().map(whole).collect()).collect();
        places(&groups, &model(shapes))
    }

    #[test]
    fn places_are_sure_where_nothing_else_fits() {
        let linear: &[&[i64]] = &[&[2, 3], &[2], &[2, 2], &[2]];
        assert_eq!(found(&[linear], linear), Some(vec![vec![Some(0), Some(1), Some(2), Some(3)]]));
        // Weights with decay, biases without.
        let two: &[&[&[i64]]] = &[&[&[2, 3], &[2, 2]], &[&[2], &[2]]];
        assert_eq!(found(two, linear), Some(vec![vec![Some(0), Some(2)], vec![Some(1), Some(3)]]));
        // The first layer is frozen.
        assert_eq!(found(&[&[&[2, 2], &[2]]], linear), Some(vec![vec![Some(2), Some(3)]]));
        // One of two biases: which one is not sure.
        assert_eq!(found(&[&[&[2]]], linear), Some(vec![vec![None]]));
        // What one group has, another cannot have.
        let halves: &[&[&[i64]]] = &[&[&[2, 3], &[2]], &[&[2, 2], &[2]]];
        assert_eq!(found(halves, linear), Some(vec![vec![Some(0), Some(1)], vec![Some(2), Some(3)]]));
        assert_eq!(found(&[&[&[5]]], linear), None);
    }
}
