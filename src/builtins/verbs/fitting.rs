//! What `load_state_dict` does with entries of another shape where it is told to: takes what both have, or leaves them out.

use std::collections::HashMap;
use std::rc::Rc;

use super::alike;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::report::refusal::{Fit, fit};
use torchsh_language::value::report::{gather, keys, shape_text, size};
use torchsh_language::value::{Args, Dict, Str, Value, Vm};

/// What is done with entries of another shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fitting {
    /// What both have is copied.
    overlap: bool,
    /// They are left out.
    skip: bool,
}

/// A state_dict whose entries have the shapes of the model's.
pub struct Fitted {
    /// Its entries; those that were left out are the model's own, which loading leaves as they are.
    pub state: Rc<Dict>,
    /// Of the entries that are loaded in part or not at all, how many numbers are.
    pub partly: HashMap<String, u64>,
    /// What a person should know.
    pub said: Vec<String>,
}

impl Fitting {
    /// The options among the keywords of a line, and the others, which are PyTorch's.
    ///
    /// # Errors
    /// What their `__bool__` raises.
    pub fn of(vm: &dyn Vm, args: &Args) -> Result<(Fitting, Vec<(Str, Value)>)> {
        let (mut fitting, mut others) = (Fitting::default(), Vec::new());
        for (name, value) in args.keywords() {
            match name.as_str() {
                "overlap" => fitting.overlap = vm.truth(value)?,
                "skip_mismatched" => fitting.skip = vm.truth(value)?,
                _ => others.push((name.clone(), value.clone())),
            }
        }
        Ok((fitting, others))
    }

    /// Whether anything is to be done.
    pub fn is_asked(self) -> bool {
        self != Fitting::default()
    }

    /// The state_dict with entries that fit the model.
    ///
    /// # Errors
    /// What reading a tensor raises; a shape of which nothing overlaps, where nothing else was asked for.
    pub fn fit(self, vm: &dyn Vm, state: &Rc<Dict>, model: &Value) -> Result<Fitted> {
        let own = gather::state_dict_of(vm, model, "load_state_dict")?;
        let made = alike(state);
        state.entries().into_iter().try_for_each(|(key, value)| made.set(vm, key, value))?;
        let mut fitted = Fitted { state: Rc::new(made), partly: HashMap::new(), said: Vec::new() };
        let (mut copied, mut left) = (Vec::new(), Vec::new());
        for (key, wanted) in own.entries() {
            vm.check_interrupt()?;
            let Some(given) = state.get(vm, &key)? else { continue };
            let Some((from, to)) = shapes(vm, &given, &wanted)? else { continue };
            let name = gather::key_text(vm, &key)?;
            let (there, here) = (shape_text(&from), shape_text(&to));
            let both: Vec<i64> = from.iter().zip(&to).map(|(a, b)| *a.min(b)).collect();
            let overlaps = self.overlap && from.len() == to.len() && !both.contains(&0);
            let new = match (overlaps, self.skip) {
                (true, _) => overlapping(vm, &given, &wanted, &both)?,
                (false, true) => wanted.clone(),
                (false, false) => return Err(nothing_overlaps(&name, &there, &here)),
            };
            match overlaps {
                true => copied.push(format!("{name}: {} of {here}, from {there}", shape_text(&both))),
                false => left.push(format!("{name}: {there} in the file, {here} in the model")),
            }
            let numbers = if overlaps { both.iter().product::<i64>() } else { 0 };
            fitted.partly.insert(name, u64::try_from(numbers).unwrap_or(0));
            fitted.state.set(vm, key, new)?;
        }
        if !copied.is_empty() {
            let head = format!("copied what both have of {}:", size::counted(copied.len(), "entry"));
            fitted.said.push(keys::list(&head, &copied));
        }
        if !left.is_empty() {
            let head = format!("left out {} of another shape:", size::counted(left.len(), "entry"));
            fitted.said.push(keys::list(&head, &left));
        }
        Ok(fitted)
    }
}

fn nothing_overlaps(name: &str, there: &str, here: &str) -> Error {
    let message = format!("{name}: {there} and {here} have nothing in common that could be copied");
    Error::value(message).hint("skip_mismatched=True leaves it out")
}

/// The shapes of both, where they differ in a way that loading refuses.
fn shapes(vm: &dyn Vm, given: &Value, own: &Value) -> Result<Option<(Vec<i64>, Vec<i64>)>> {
    if own.as_tensor().is_none() {
        return Ok(None);
    }
    let own = gather::facts(vm, own)?;
    Ok(match fit(vm, given, &own)? {
        Fit::Shape(given) => Some((given.shape, own.shape)),
        _ => None,
    })
}

/// A copy of the model's own tensor with what both have taken from the given one.
fn overlapping(vm: &dyn Vm, given: &Value, own: &Value, both: &[i64]) -> Result<Value> {
    let corner = |tensor: Value| {
        (0_i64..).zip(both).try_fold(tensor, |tensor, (dimension, &length)| {
            vm.call_method(&tensor, "narrow", &[Value::Int(dimension), Value::Int(0), Value::Int(length)])
        })
    };
    let own = vm.call_method(own, "detach", &[])?;
    let new = vm.call_method(&own, "clone", &[])?;
    let given = corner(vm.call_method(given, "detach", &[])?)?;
    vm.call_method(&corner(new.clone())?, "copy_", &[given])?;
    Ok(new)
}
