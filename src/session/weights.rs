//! What the tensors in a value come to, as far as they are seen without running anything of the program.

use std::rc::Rc;

use super::Session;
use torchsh_language::value::report::{Row, Totals, gather};
use torchsh_language::value::{Dict, Instance, Value};

/// Modules within modules that are looked into: one that holds itself ends there.
const DEPTH: usize = 100;

impl Session {
    /// The totals of a tensor, a state_dict or a module; none for anything else.
    pub(super) fn weights_of(&self, value: &Value) -> Option<Totals> {
        let vm = &*self.interpreter;
        let rows = match value {
            Value::Tensor(_) => vec![gather::row(vm, &Value::None, value).ok()?],
            Value::Dict(dict) if gather::look(dict) == gather::Look::StateDict => {
                gather::rows(vm, dict).ok()?
            }
            Value::Instance(instance) if held(instance, "_modules").is_some() => {
                let mut rows = Vec::new();
                self.rows_of_module(instance, DEPTH, &mut rows);
                rows
            }
            _ => return None,
        };
        Some(Totals::of(&rows))
    }

    fn rows_of_module(&self, module: &Instance, depth: usize, rows: &mut Vec<Row>) {
        let Some(deeper) = depth.checked_sub(1) else { return };
        for place in ["_parameters", "_buffers"] {
            let entries = held(module, place).map(|place| place.entries()).unwrap_or_default();
            let tensors = entries.iter().filter(|(_, value)| matches!(value, Value::Tensor(_)));
            rows.extend(tensors.filter_map(|(key, value)| gather::row(&*self.interpreter, key, value).ok()));
        }
        for (_, child) in held(module, "_modules").map(|children| children.entries()).unwrap_or_default() {
            if let Value::Instance(child) = &child {
                self.rows_of_module(child, deeper, rows);
            }
        }
    }
}

/// A dictionary that a module keeps under that name.
fn held(module: &Instance, name: &str) -> Option<Rc<Dict>> {
    module.attributes.get_name(name)?.as_dict()
}
