//! What the tensors in a value come to, as far as they are seen without running anything of the program.

use super::Session;
use torchsh_language::value::Value;
use torchsh_language::value::report::{Totals, gather, modules};

impl Session {
    /// The totals of a tensor, a state_dict or a module; none for anything else.
    pub(super) fn weights_of(&self, value: &Value) -> Option<Totals> {
        let vm = &*self.interpreter;
        let rows = match value {
            Value::Tensor(_) => vec![gather::row(vm, &Value::None, value).ok()?],
            Value::Dict(dict) if gather::look(dict) == gather::Look::StateDict => {
                gather::rows(vm, dict).ok()?
            }
            value => modules::rows(vm, value)?,
        };
        Some(Totals::of(&rows))
    }
}
