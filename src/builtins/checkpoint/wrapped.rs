//! Tensors of a subclass that has no elements of its own (a quantized weight of torchao): the file says of such an object what
//! kind of tensor it stands for.

use std::any::Any;
use std::rc::Rc;

use super::inert::{Inert, Recipe};
use torchsh_base::error::Result;
use torchsh_language::value::{Native, Str, Tuple, TupleKind, Value, Vm};

/// The places of what `torch._utils._rebuild_wrapper_subclass` is given after the class.
const DESCRIBED: [&str; 7] =
    ["dtype", "shape", "stride", "storage_offset", "layout", "device", "requires_grad"];

/// What the file says of the tensor under that name; none for objects that are not such tensors.
fn described(object: &Inert, name: &str) -> Option<Value> {
    let args = object.args.borrow();
    let is_wrapper = object.written.get().and_then(Recipe::called).is_some_and(|called| {
        called.name.as_str() == "_rebuild_from_type_v2" && args.len() == DESCRIBED.len()
    });
    let place = DESCRIBED.iter().position(|known| *known == name).filter(|_| is_wrapper);
    let found = args.get(place?)?.clone();
    match (name, found.as_tuple()) {
        ("shape", Some(sizes)) => {
            Some(Value::Tuple(Rc::new(Tuple::with_kind(sizes.items.to_vec(), TupleKind::Size))))
        }
        _ => Some(found),
    }
}

/// The sizes that the file gives the object, if it is such a tensor, or another one that the shell shows as an object.
#[must_use]
pub fn shape(object: &Inert) -> Option<Value> {
    let own = object.stands_for.get().and_then(|_| object.attributes.get_name("shape"));
    described(object, "shape").or(own)
}

/// An attribute or method that every tensor has, where the file tells it.
pub fn attribute(object: &Inert, name: &Str) -> Option<Result<Value>> {
    if let Some(found) =
        described(object, name.as_str()).filter(|_| !matches!(name.as_str(), "stride" | "storage_offset"))
    {
        return Some(Ok(found));
    }
    let shape = shape(object)?;
    let sizes = shape.as_tuple()?;
    let numel = || sizes.items.iter().filter_map(Value::as_int).try_fold(1_i64, i64::checked_mul);
    match name.as_str() {
        "ndim" => Some(Ok(Value::from(sizes.items.len()))),
        "numel" | "nelement" => Some(Ok(Value::native(Answer(Value::Int(numel()?))))),
        "dim" | "ndimension" => Some(Ok(Value::native(Answer(Value::from(sizes.items.len()))))),
        "size" => Some(Ok(Value::native(Answer(shape.clone())))),
        "stride" => described(object, "stride").map(|stride| Ok(Value::native(Answer(stride)))),
        _ => None,
    }
}

/// A method of such a tensor: it gives what the file says; of sizes, one by its number.
struct Answer(Value);

impl Native for Answer {
    fn type_name(&self) -> &str {
        "method"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], _keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(match arguments {
            [place] => vm.item(&self.0, place),
            _ => Ok(self.0.clone()),
        })
    }
}
