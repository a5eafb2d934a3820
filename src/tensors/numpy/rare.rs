//! Arrays of whole numbers without a sign and wider than a byte, for which libtorch has few operators: those of 16 and 32
//! bits are computed in 64 bits, those of 64 bits on the same bits with a sign, and where the sign matters one by one.

use super::arithmetic;
use super::functions::call;
use crate::values::array::bytes_of;
use crate::values::cast::{To, to};
use crate::values::convert::tensor_of;
use torchsh_aten::{Arg, Tensor};
use torchsh_base::error::Result;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Value, Vm, elements};
use torchsh_syntax::tree::BinaryOperator;

/// `a operator b`, both of this dtype.
///
/// # Errors
/// Shapes that do not fit.
pub fn binary(vm: &dyn Vm, operator: &str, a: Arg, b: Arg, dtype: Dtype) -> Result<Tensor> {
    let (a, b) = (tensor(a, dtype)?, tensor(b, dtype)?);
    if dtype != Dtype::UINT64 {
        let wide = |tensor: &Tensor| to(tensor, &To::dtype(Dtype::INT64)).map(Arg::Tensor);
        let result = tensor_of("torch", operator, &[wide(&a)?, wide(&b)?], &[])?;
        return narrowed(&result, dtype);
    }
    let signed = |tensor: &Tensor| signed(tensor).map(Arg::Tensor);
    match operator {
        "add" | "sub" | "mul" | "bitwise_and" | "bitwise_or" | "bitwise_xor" | "bitwise_left_shift"
        | "eq" | "ne" => narrowed(&tensor_of("torch", operator, &[signed(&a)?, signed(&b)?], &[])?, dtype),
        "lt" | "le" | "gt" | "ge" => tensor_of("torch", operator, &[ordered(&a)?, ordered(&b)?], &[]),
        _ => one_by_one(vm, operator, &a, &b, dtype),
    }
}

fn tensor(arg: Arg, dtype: Dtype) -> Result<Tensor> {
    match arg {
        Arg::Tensor(tensor) => Ok(tensor),
        Arg::Int(value) => Tensor::from_bytes(&bytes_of(dtype, &Value::Int(value)), &[], dtype),
        Arg::Bool(value) => Tensor::from_bytes(&bytes_of(dtype, &Value::Bool(value)), &[], dtype),
        _ => Tensor::from_bytes(&bytes_of(dtype, &Value::Int(0)), &[], dtype),
    }
}

/// Back in the dtype of the operands; truths stay truths.
fn narrowed(result: &Tensor, dtype: Dtype) -> Result<Tensor> {
    match result.dtype() {
        Dtype::INT64 if dtype == Dtype::UINT64 => viewed(result, dtype),
        Dtype::INT64 => to(result, &To::dtype(dtype)),
        _ => Ok(result.clone()),
    }
}

/// The same bits as numbers of that width with a sign, for what moves elements and minds no values.
///
/// # Errors
/// What `operator` raises.
pub fn moved(tensor: &Tensor, operator: impl FnOnce(Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let signed = match tensor.dtype() {
        Dtype::UINT16 => Dtype::INT16,
        Dtype::UINT32 => Dtype::INT32,
        Dtype::UINT64 => Dtype::INT64,
        _ => return operator(tensor.clone()),
    };
    viewed(&operator(viewed(tensor, signed)?)?, tensor.dtype())
}

fn viewed(tensor: &Tensor, dtype: Dtype) -> Result<Tensor> {
    call("view", &[Arg::Tensor(tensor.clone()), Arg::Dtype(dtype)])
}

/// The same bits as numbers with a sign; narrower numbers as they are.
///
/// # Errors
/// What libtorch raises.
pub fn signed(tensor: &Tensor) -> Result<Tensor> {
    match tensor.dtype() {
        Dtype::UINT64 => viewed(tensor, Dtype::INT64),
        _ => to(tensor, &To::dtype(Dtype::INT64)),
    }
}

/// Numbers with a sign that are in the same order.
fn ordered(tensor: &Tensor) -> Result<Arg> {
    flipped(&signed(tensor)?).map(Arg::Tensor)
}

fn flipped(tensor: &Tensor) -> Result<Tensor> {
    tensor_of("torch", "bitwise_xor", &[Arg::Tensor(tensor.clone()), Arg::Int(i64::MIN)], &[])
}

/// An operator that picks elements or their places (a maximum, a sorted array), on numbers with a sign in the same order.
///
/// # Errors
/// What the operator raises.
pub fn picked(
    tensor: &Tensor,
    operator: impl FnOnce(Tensor) -> Result<Tensor>,
    places: bool,
) -> Result<Tensor> {
    let dtype = tensor.dtype();
    if dtype != Dtype::UINT64 {
        let result = operator(signed(tensor)?)?;
        return if places { Ok(result) } else { narrowed(&result, dtype) };
    }
    let result = operator(flipped(&signed(tensor)?)?)?;
    if places { Ok(result) } else { narrowed(&flipped(&result)?, dtype) }
}

fn one_by_one(vm: &dyn Vm, operator: &str, a: &Tensor, b: &Tensor, dtype: Dtype) -> Result<Tensor> {
    let operator = match operator {
        "floor_divide" => BinaryOperator::FloorDiv,
        "remainder" => BinaryOperator::Mod,
        "bitwise_right_shift" => BinaryOperator::RightShift,
        _ => BinaryOperator::Pow,
    };
    // The shape of both together is that of an operator that libtorch has.
    let both = tensor_of("torch", "bitwise_or", &[Arg::Tensor(signed(a)?), Arg::Tensor(signed(b)?)], &[])?;
    let sizes = both.sizes();
    let spread = |tensor: &Tensor| {
        let sizes = Arg::Tuple(sizes.iter().copied().map(Arg::Int).collect());
        elements(&call("expand", &[Arg::Tensor(tensor.clone()), sizes])?)
    };
    let mut bytes = Vec::new();
    for (a, b) in spread(a)?.iter().zip(&spread(b)?) {
        bytes.extend(bytes_of(dtype, &arithmetic::binary(vm, operator, dtype, a, b)?));
    }
    Tensor::from_bytes(&bytes, &sizes, dtype)
}
