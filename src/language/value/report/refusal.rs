//! What `load_state_dict` refused, as values: an exception remembers it beside its text, and hints and folded lists are made of it.

use std::rc::Rc;

use super::{Facts, gather, size};
use crate::value::{Dict, Instance, Native, Value, Vm};
use torchsh_base::error::Result;
use torchsh_checkpoint::dtype::Dtype;

/// More lines of one kind than this are folded.
const LINES: usize = 10;

/// Why nothing was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Of a state_dict, by a model.
    Keys(KeysRefused),
    /// Of the state of an optimizer whose groups are others: how many parameters each group has.
    Groups {
        /// In the state_dict.
        given: Vec<usize>,
        /// In the optimizer.
        own: Vec<usize>,
    },
}

/// What was wrong with the keys and values of a state_dict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysRefused {
    /// The name of the model's class.
    pub model: String,
    /// Keys that the model has and the state_dict lacks.
    pub missing: Vec<String>,
    /// Keys that the model does not know.
    pub unexpected: Vec<String>,
    /// Entries that are of another shape in the model.
    pub misfits: Vec<Misfit>,
    /// Whether entries are numpy's arrays where the model has tensors.
    pub has_arrays: bool,
    /// Whether missing and unexpected keys are what was refused, too.
    pub strict: bool,
    /// The parts of the text, in their order.
    pub parts: Vec<String>,
}

/// An entry that is of another shape in the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misfit {
    /// Its key.
    pub key: String,
    /// Its shape in the state_dict.
    pub given: Vec<i64>,
    /// Its shape in the model.
    pub own: Vec<i64>,
}

impl Refusal {
    /// What an exception remembers.
    #[must_use]
    pub fn of(exception: &Instance) -> Option<&Refusal> {
        exception.origin.get()?.as_native::<Refusal>()
    }

    /// Lets an exception remember it; the first stays.
    pub fn keep(self, exception: &Instance) {
        // What it remembers already came nearer to where it was raised.
        let _ = exception.origin.set(Value::native(self));
    }
}

impl Native for Refusal {
    fn type_name(&self) -> &str {
        "Refusal"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl KeysRefused {
    /// Looks at the values of a state_dict beside those of the model.
    ///
    /// # Errors
    /// What the program's own tensors raise.
    pub fn look_at(&mut self, vm: &dyn Vm, state: &Dict, own: &Rc<Dict>) -> Result<()> {
        for (key, wanted) in own.entries() {
            vm.check_interrupt()?;
            let Some(value) = state.get(vm, &key)?.filter(|_| wanted.as_tensor().is_some()) else { continue };
            let wanted = gather::facts(vm, &wanted)?;
            match fit(vm, &value, &wanted)? {
                Fit::Shape(Facts { shape: given, .. }) => {
                    self.misfits.push(Misfit { key: gather::key_text(vm, &key)?, given, own: wanted.shape });
                }
                Fit::NoTensor => self.has_arrays |= value.is_tensor_or_array(),
                Fit::Same | Fit::Cast(..) | Fit::Quantized(_) => {}
            }
        }
        Ok(())
    }

    /// The text for a person: lists of more than ten keys, and more than ten other parts, are cut short.
    #[must_use]
    pub fn folded(&self) -> String {
        let mut parts = self.parts.iter();
        let mut text = format!("Error(s) in loading state_dict for {}:", self.model);
        for (what, keys) in [("Missing", &self.missing), ("Unexpected", &self.unexpected)] {
            let Some(whole) = (self.strict && !keys.is_empty()).then(|| parts.next()).flatten() else {
                continue;
            };
            match keys.len() > LINES {
                true => text.push_str(&format!("\n\t{what} key(s) in state_dict:{}", folded_keys(keys))),
                false => text.push_str(&format!("\n\t{whole}")),
            }
        }
        let rest: Vec<&String> = parts.collect();
        let shown = if rest.len() > LINES { LINES } else { rest.len() };
        rest.iter().take(shown).for_each(|part| text.push_str(&format!("\n\t{part}")));
        if let Some(more) = rest.len().checked_sub(shown).filter(|more| *more > 0) {
            let of_shape = self.misfits.len() == rest.len();
            let noun = match (of_shape, more) {
                (true, 1) => "more size mismatch",
                (true, _) => "more size mismatche",
                (false, _) => "more error",
            };
            text.push_str(&format!("\n\t… {}", rest_of(more, noun)));
        }
        text
    }
}

fn folded_keys(keys: &[String]) -> String {
    let shown: String = keys.iter().take(LINES).map(|key| format!("\n\t\t\"{key}\"")).collect();
    format!("{shown}\n\t\t… {}", rest_of(keys.len().saturating_sub(LINES), "more key"))
}

fn rest_of(count: usize, noun: &str) -> String {
    format!("{} (traceback shows all)", size::counted(count, noun))
}

/// How a value would go into a tensor of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// As it is.
    Same,
    /// Converted, from one dtype to another; none where a dtype is not known here.
    Cast(Facts, Option<(Dtype, Dtype)>),
    /// Not at all: it has another shape.
    Shape(Facts),
    /// Not at all: one of both is quantized.
    Quantized(Facts),
    /// Not at all: it is no tensor.
    NoTensor,
}

/// How a value would go into a tensor of a model.
///
/// # Errors
/// What the program's own tensors raise.
pub fn fit(vm: &dyn Vm, value: &Value, own: &Facts) -> Result<Fit> {
    if value.as_tensor().is_none() {
        return Ok(Fit::NoTensor);
    }
    let given = gather::facts(vm, value)?;
    // Files of PyTorch 0.3 keep a scalar as one element.
    let is_scalar = own.shape.is_empty() && given.shape == [1];
    if given.shape != own.shape && !is_scalar {
        return Ok(Fit::Shape(given));
    }
    if given.dtype == own.dtype {
        return Ok(Fit::Same);
    }
    let dtypes = Dtype::from_name(&given.dtype).zip(Dtype::from_name(&own.dtype));
    match dtypes.is_some_and(|(from, to)| from.is_quantized() != to.is_quantized()) {
        true => Ok(Fit::Quantized(given)),
        false => Ok(Fit::Cast(given, dtypes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(missing: usize, parts: &[&str]) -> KeysRefused {
        let missing: Vec<String> = (0..missing).map(|i| format!("layers.{i}.weight")).collect();
        let quoted: Vec<String> = missing.iter().map(|key| format!("\"{key}\"")).collect();
        let listed = format!("Missing key(s) in state_dict: {}. ", quoted.join(", "));
        let first = (!missing.is_empty()).then_some(listed);
        let parts = first.into_iter().chain(parts.iter().map(|part| (*part).to_owned())).collect();
        KeysRefused { model: "G".into(), missing, strict: true, parts, ..KeysRefused::default() }
    }

    #[test]
    fn long_key_lists_are_folded() {
        let folded = refused(120, &[]).folded();
        assert_eq!(folded.lines().count(), 13);
        assert!(
            folded.ends_with("\n\t\t\"layers.9.weight\"\n\t\t… 110 more keys (traceback shows all)"),
            "{folded}"
        );
    }

    #[test]
    fn long_lists_of_other_parts_are_folded() {
        let mut refused = refused(1, &["size mismatch for a: x"; 13]);
        assert!(refused.folded().ends_with("\n\t… 3 more errors (traceback shows all)"));
        refused.misfits = vec![Misfit::default(); 13];
        assert!(refused.folded().ends_with("\n\t… 3 more size mismatches (traceback shows all)"));
    }

    #[test]
    fn short_lists_are_the_text_of_the_exception() {
        let refused = refused(2, &["size mismatch for a: x"]);
        let whole = format!("Error(s) in loading state_dict for G:\n\t{}", refused.parts.join("\n\t"));
        assert_eq!(refused.folded(), whole);
    }
}
