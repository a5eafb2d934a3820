//! Older and other names of methods of tensors.

use crate::values::convert::invoke;
use torchsh_base::error::Result;
use torchsh_language::value::{Args, Builtin, Value, Vm};

fn to_sparse_coo(vm: &dyn Vm, args: &Args) -> Result<Value> {
    invoke(vm, "Tensor", "to_sparse", std::slice::from_ref(args.receiver()), &[])
}

/// Dimensions have no names here.
fn has_names(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(false))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::method("Tensor", "has_names", &[], has_names),
    Builtin::method("Tensor", "to_sparse_coo", &[], to_sparse_coo),
];
