//! Types made of types, for annotations: `list[int]`, `int | None`.

use std::any::Any;

use super::{Native, Str, Value, Vm};
use torchsh_base::error::Result;

/// `list[int]`: calling it makes a `list`, its other attributes are those of `list`.
pub struct GenericAlias {
    /// The class before the brackets.
    pub origin: Value,
    /// What stands between them.
    pub arguments: Vec<Value>,
}

impl GenericAlias {
    /// `origin[key]`: a tuple stands for several types.
    #[must_use]
    pub fn of(origin: Value, key: &Value) -> Value {
        let arguments = match key.as_tuple() {
            Some(several) => several.items.to_vec(),
            None => vec![key.clone()],
        };
        Value::native(GenericAlias { origin, arguments })
    }
}

/// `int | None`
pub struct UnionType {
    /// Its members, each once.
    pub members: Vec<Value>,
}

impl UnionType {
    /// `a | b`, where both can stand in an annotation and one of them is a type.
    #[must_use]
    pub fn join(a: &Value, b: &Value) -> Option<Value> {
        let is_type = |value: &Value| {
            matches!(value, Value::Class(_))
                || value.as_native::<GenericAlias>().is_some()
                || value.as_native::<UnionType>().is_some()
        };
        if !((is_type(a) || a.is_none()) && (is_type(b) || b.is_none()) && (is_type(a) || is_type(b))) {
            return None;
        }
        let mut members: Vec<Value> = Vec::new();
        for value in [a, b] {
            let several = match value.as_native::<UnionType>() {
                Some(union) => union.members.clone(),
                None => vec![value.clone()],
            };
            for member in several {
                if !members.iter().any(|known| known.same(&member)) {
                    members.push(member);
                }
            }
        }
        Some(Value::native(UnionType { members }))
    }
}

/// A type as it stands in the text of another.
fn shown(vm: &dyn Vm, value: &Value) -> Result<String> {
    match value {
        Value::None => Ok("None".to_owned()),
        Value::Ellipsis => Ok("...".to_owned()),
        Value::Class(class) => Ok(match class.module.borrow().as_str() {
            "builtins" => class.qualified_name.to_string(),
            module => format!("{module}.{}", class.qualified_name),
        }),
        Value::List(list) => Ok(format!("[{}]", joined(vm, &list.to_vec(), ", ")?)),
        other => vm.repr(other),
    }
}

fn joined(vm: &dyn Vm, values: &[Value], between: &str) -> Result<String> {
    let texts: Vec<String> = values.iter().map(|value| shown(vm, value)).collect::<Result<_>>()?;
    Ok(texts.join(between))
}

fn all_equal(vm: &dyn Vm, a: &[Value], b: &[Value]) -> Result<bool> {
    Ok(a.len() == b.len()
        && a.iter().zip(b).map(|(a, b)| vm.equal(a, b)).collect::<Result<Vec<_>>>()?.into_iter().all(|e| e))
}

impl Native for GenericAlias {
    fn type_name(&self) -> &str {
        "GenericAlias"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        match name.as_str() {
            "__origin__" => Some(Ok(self.origin.clone())),
            "__args__" => Some(Ok(Value::tuple(self.arguments.clone()))),
            "__class__" => None,
            _ => vm.attribute_or_none(&self.origin, name).transpose(),
        }
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        let arguments =
            if self.arguments.is_empty() { Ok("()".to_owned()) } else { joined(vm, &self.arguments, ", ") };
        let text = arguments
            .and_then(|arguments| shown(vm, &self.origin).map(|origin| format!("{origin}[{arguments}]")));
        Some(text)
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(vm.call(&self.origin, arguments, keywords))
    }

    fn equal(&self, vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        let other = other.as_native::<GenericAlias>()?;
        Some(
            vm.equal(&self.origin, &other.origin)
                .and_then(|same| Ok(same && all_equal(vm, &self.arguments, &other.arguments)?)),
        )
    }

    fn hash(&self, vm: &dyn Vm) -> Option<Result<u64>> {
        Some(vm.hash(&self.origin))
    }
}

impl Native for UnionType {
    fn type_name(&self) -> &str {
        "UnionType"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        (name.as_str() == "__args__").then(|| Ok(Value::tuple(self.members.clone())))
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(joined(vm, &self.members, " | "))
    }

    fn equal(&self, vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        let other = other.as_native::<UnionType>()?;
        Some(all_equal(vm, &self.members, &other.members))
    }

    fn hash(&self, vm: &dyn Vm) -> Option<Result<u64>> {
        let hashes: Result<Vec<u64>> = self.members.iter().map(|member| vm.hash(member)).collect();
        Some(hashes.map(|hashes| hashes.into_iter().fold(0, |all, hash| all ^ hash)))
    }
}
