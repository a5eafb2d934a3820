//! What functions, generators and exceptions say of themselves beside their attributes, and descriptors of the program's.

use super::Interpreter;
use crate::value::{CellRef, Descriptor, Function, Instance, IteratorObject, Native, Str, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};

impl Interpreter {
    /// What a descriptor says of itself as the function in it does.
    pub(super) fn said_of_descriptor(
        &self,
        descriptor: &Descriptor,
        name: &Str,
    ) -> Option<Result<Option<Value>>> {
        match (descriptor, name.as_str()) {
            (Descriptor::Property { doc, .. }, "__doc__") if !doc.is_none() => Some(Ok(Some(doc.clone()))),
            (Descriptor::Property { getter, .. }, "__doc__") => Some(self.find_plainly(getter, name)),
            (Descriptor::Static(function) | Descriptor::Class(function), "__wrapped__") => {
                Some(Ok(Some(function.clone())))
            }
            (
                Descriptor::Static(function) | Descriptor::Class(function),
                "__doc__" | "__name__" | "__qualname__" | "__module__" | "__annotations__",
            ) => Some(self.find_plainly(function, name)),
            (Descriptor::Static(function), "__call__") => Some(Ok(Some(function.clone()))),
            _ => None,
        }
    }
}

/// `__closure__`: cells as objects with `cell_contents`.
pub(super) fn closure(function: &Function) -> Value {
    let cells = function.closure.iter().map(|cell| Value::native(CellObject(cell.clone()))).collect();
    Value::tuple(cells)
}

struct CellObject(CellRef);

impl Native for CellObject {
    fn type_name(&self) -> &str {
        "cell"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let contents = || self.0.borrow().clone().ok_or_else(|| Error::value("Cell is empty"));
        (name.as_str() == "cell_contents").then(contents)
    }
}

/// What a generator says of itself; none for other iterators.
pub(super) fn generator_attribute(generator: &IteratorObject, name: &Str) -> Option<Value> {
    if generator.name != "generator" {
        return None;
    }
    let state = generator.with(|state| Ok((state.title(), state.is_over())));
    match (name.as_str(), state) {
        ("gi_running", state) => Some(Value::Bool(state.is_err())),
        ("gi_frame", Ok((_, true))) => Some(Value::None),
        ("gi_frame", _) => Some(Value::Ellipsis),
        ("__name__", Ok((Some(title), _))) => Some(Value::str(title.rsplit('.').next().unwrap_or_default())),
        (_, Ok((Some(title), _))) => Some(Value::Str(title)),
        _ => None,
    }
}

/// The defaults of keyword-only parameters by name; `None` where there are none.
pub(super) fn keyword_defaults(function: &Function) -> Value {
    if function.keyword_defaults.is_empty() {
        return Value::None;
    }
    let parameters = &function.definition.code.parameters.keyword_only;
    let named = function.keyword_defaults.iter().filter_map(|(number, value)| {
        parameters.get(*number).map(|parameter| (parameter.name.clone(), value.clone()))
    });
    Value::dict_of(named)
}

/// Whether it has a say in what is written to the attribute it stands for.
pub(super) fn is_written_descriptor(instance: &Instance) -> bool {
    let class = instance.class();
    ["__set__", "__delete__"].iter().any(|name| class.lookup(&Str::intern(name)).is_some())
}

impl Interpreter {
    /// `__set__` or `__delete__` of a descriptor that a program wrote; none if it has neither.
    pub(super) fn run_written_descriptor(
        &self,
        descriptor: &Instance,
        found: &Value,
        value: &Value,
        new: Option<&Value>,
    ) -> Option<Result<()>> {
        if !is_written_descriptor(descriptor) {
            return None;
        }
        let class = descriptor.class();
        let name = if new.is_some() { "__set__" } else { "__delete__" };
        let Some(method) = class.lookup(&Str::intern(name)) else {
            return Some(Err(Error::new(Kind::Attribute, name)));
        };
        let mut arguments = vec![value.clone()];
        arguments.extend(new.cloned());
        let bound = self.bind_to(method, found, &class);
        Some(bound.and_then(|method| self.call_value(&method, &arguments, &[])).map(drop))
    }
}
