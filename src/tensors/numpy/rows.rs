//! What arrays of numpy know and do.

use std::rc::Rc;

use super::functions::{array, call, dtype_of, tensor_from};
use super::{Array, ArrayDtype, index, text};
use crate::values::cast::{To, to};
use crate::values::convert::{self, to_arg};
use crate::values::data;
use torchsh_aten::Arg;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Value, Vm, kw, opt, pos, req, rest};

fn own<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a Array> {
    args.receiver().as_native::<Array>().ok_or_else(|| args.wrong_receiver(vm))
}

fn shape(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::tuple(own(vm, args)?.tensor().sizes().into_iter().map(Value::Int).collect()))
}

fn strides(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    let itemsize = tensor.dtype().itemsize() as i64;
    Ok(Value::tuple(tensor.strides().into_iter().map(|stride| Value::Int(stride * itemsize)).collect()))
}

fn dtype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::native(ArrayDtype(own(vm, args)?.tensor().dtype(), false)))
}

fn ndim(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(own(vm, args)?.tensor().sizes().len()))
}

fn size(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(own(vm, args)?.tensor().numel()))
}

fn nbytes(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    Ok(Value::Int(tensor.numel().saturating_mul(tensor.dtype().itemsize() as i64)))
}

fn itemsize(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(own(vm, args)?.tensor().dtype().itemsize()))
}

fn transposed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    let count = tensor.sizes().len() as i64;
    let order = match args.rest() {
        [] => (0..count).rev().map(Arg::Int).collect(),
        given => convert::sizes_of(vm, given)?.into_iter().map(Arg::Int).collect(),
    };
    call("permute", &[Arg::Tensor(tensor), Arg::Tuple(order)]).map(array)
}

fn tolist(vm: &dyn Vm, args: &Args) -> Result<Value> {
    data::to_list(&own(vm, args)?.tensor())
}

fn item(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    match args.rest() {
        [] => own.scalar(),
        [Value::Int(at)] => {
            let flat = call("reshape", &[Arg::Tensor(own.tensor().clone()), Arg::Tuple(vec![Arg::Int(-1)])])?;
            let one = vm.item(&array(flat), &Value::Int(*at))?;
            vm.call_method(&one, "item", &[])
        }
        places => vm.call_method(&vm.item(args.receiver(), &Value::tuple(places.to_vec()))?, "item", &[]),
    }
}

fn astype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    let wanted = To { dtype: Some(dtype_of(vm, args.value(0))?), copy: true, ..To::default() };
    to(&own.tensor(), &wanted).map(array)
}

fn copy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    // Row by row, whatever the order it has.
    let tensor = call("contiguous", &[Arg::Tensor(own(vm, args)?.tensor().clone())])?;
    call("clone", &[Arg::Tensor(tensor)]).map(array)
}

fn reshape(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let sizes = convert::sizes_of(vm, args.rest())?.into_iter().map(Arg::Int).collect();
    call("reshape", &[Arg::Tensor(own(vm, args)?.tensor().clone()), Arg::Tuple(sizes)]).map(array)
}

fn flatten(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    call("reshape", &[Arg::Tensor(tensor), Arg::Tuple(vec![Arg::Int(-1)])]).map(array)
}

fn set_item(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    index::set(vm, &tensor, args.value(0), args.value(1))?;
    Ok(Value::None)
}

fn text_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    text::text(vm, own(vm, args)?).map(Value::str)
}

fn format(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (own, form) = (own(vm, args)?, args.str(vm, 0)?);
    if form.as_str().is_empty() {
        return text_of(vm, args);
    }
    if own.tensor().dim() == 0 {
        return vm.format(&own.scalar()?, &form).map(Value::Str);
    }
    Err(Error::type_error("unsupported format string passed to numpy.ndarray.__format__"))
}

fn truth(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    let message = match own.tensor().numel() {
        1 => return vm.truth(&own.scalar()?).map(Value::Bool),
        0 => {
            "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array is not empty."
        }
        _ => "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()",
    };
    Err(Error::value(message))
}

fn to_float(vm: &dyn Vm, args: &Args) -> Result<Value> {
    torchsh_language::value::number::float(vm, &one_number(vm, args)?).map(Value::Float)
}

fn to_int(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match one_number(vm, args)? {
        Value::Float(value) => torchsh_language::value::number::truncate(value),
        value => torchsh_language::value::number::big_index(vm, &value).map(Value::big),
    }
}

fn to_complex(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(super::scalar::cast(&one_number(vm, args)?, torchsh_checkpoint::dtype::Dtype::COMPLEX128))
}

/// The only number of an array that has one.
fn one_number(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    match own.tensor().dim() {
        0 => own.scalar(),
        _ => Err(Error::type_error("only 0-dimensional arrays can be converted to Python scalars")),
    }
}

fn to_index(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match one_number(vm, args) {
        Ok(number @ (Value::Int(_) | Value::BigInt(_))) => Ok(number),
        _ => Err(Error::type_error("only integer scalar arrays can be converted to a scalar index")),
    }
}

fn in_place(vm: &dyn Vm, args: &Args, operator: &str, value: Arg) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    call(operator, &[Arg::Tensor(tensor), value]).map(|_| Value::None)
}

/// The rows of arrays and scalars.
pub const ROWS: &[&[Builtin]] = &[
    METHODS,
    super::random::ROWS,
    super::errors::ROWS,
    super::memory::ROWS,
    super::options::ROWS,
    super::classes::ROWS,
    super::reduce::FUNCTIONS,
    super::reduce::METHODS,
    super::reduce::OF_ONE,
];

const METHODS: &[Builtin] = &[
    Builtin::property("ndarray", "shape", shape),
    Builtin::property("ndarray", "strides", strides),
    Builtin::property("ndarray", "dtype", dtype),
    Builtin::property("ndarray", "ndim", ndim),
    Builtin::property("ndarray", "size", size),
    Builtin::property("ndarray", "nbytes", nbytes),
    Builtin::property("ndarray", "itemsize", itemsize),
    Builtin::property("ndarray", "T", transposed),
    Builtin::method("ndarray", "transpose", &[rest("axes")], transposed),
    Builtin::method("ndarray", "tolist", &[], tolist),
    Builtin::method("ndarray", "item", &[rest("args")], item),
    Builtin::method("ndarray", "astype", &[req("dtype"), kw("copy", "True")], astype),
    Builtin::method("ndarray", "copy", &[], copy),
    Builtin::method("ndarray", "reshape", &[rest("shape")], reshape),
    Builtin::method("ndarray", "flatten", &[], flatten),
    Builtin::method("ndarray", "ravel", &[], flatten),
    Builtin::method("ndarray", "tobytes", &[], |vm, args| {
        own(vm, args)?.tensor().to_bytes().map(|bytes| Value::Bytes(Rc::new(bytes)))
    })
    .says("the bytes of its numbers, in order"),
    Builtin::method("ndarray", "fill", &[pos("_value")], |vm, args| {
        in_place(vm, args, "fill_", to_arg(vm, args.value(0))?)
    })
    .says("sets every number"),
    Builtin::method("ndarray", "sort", &[opt("axis", "-1")], |vm, args| {
        let numpy = vm.import("numpy")?;
        let axis = args.get(0).cloned().unwrap_or(Value::Int(-1));
        let sorted = vm.call_method(&numpy, "sort", &[args.receiver().clone(), axis])?;
        in_place(vm, args, "copy_", Arg::Tensor(tensor_from(vm, &sorted, None)?))
    })
    .says("sorts it where it is"),
    Builtin::method("ndarray", "__setitem__", &[pos("_key"), pos("_value")], set_item),
    Builtin::method("ndarray", "__str__", &[], text_of),
    Builtin::method("ndarray", "__format__", &[pos("_spec")], format),
    Builtin::method("ndarray", "__bool__", &[], truth),
    Builtin::method("ndarray", "__float__", &[], to_float),
    Builtin::method("ndarray", "__int__", &[], to_int),
    Builtin::method("ndarray", "__complex__", &[], to_complex),
    Builtin::method("ndarray", "__index__", &[], to_index),
];
