//! The functions of numpy: making arrays, and operators of ATen under numpy's names.

use super::promote::is_rare;
use super::{Array, ArrayDtype};
use crate::values::array::truth;
use crate::values::cast::{To, to};
use crate::values::convert::{self, tensor_of, to_arg};
use crate::values::data;
use torchsh_aten::{Arg, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_base::reason::Reason;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Core, Param, Str, Value, Vm, kw, opt, pos, req, rest};

pub(super) fn array(tensor: Tensor) -> Value {
    Value::native(Array::new(tensor))
}

/// A dtype as numpy takes it: a class, a name, a dtype object.
///
/// # Errors
/// `TypeError` for anything else.
pub fn dtype_of(vm: &dyn Vm, value: &Value) -> Result<Dtype> {
    let unknown = |text: &str| Error::type_error(format!("data type '{text}' not understood"));
    match value {
        Value::Str(text) if text.as_str().starts_with(['>', '!']) => Err(big_endian()),
        Value::Str(text) => named_dtype(text).ok_or_else(|| unknown(text)),
        Value::Class(class) => match class.core {
            Some(Core::Float) => Ok(Dtype::FLOAT64),
            Some(Core::Int) => Ok(Dtype::INT64),
            Some(Core::Bool) => Ok(Dtype::BOOL),
            Some(Core::Complex) => Ok(Dtype::COMPLEX128),
            _ => named_dtype(&class.name).ok_or_else(|| unknown(&class.name)),
        },
        Value::None => Ok(Dtype::FLOAT64),
        _ => match value.as_native::<ArrayDtype>() {
            Some(ArrayDtype(dtype, false)) => Ok(*dtype),
            Some(_) => Err(big_endian()),
            None => Err(Error::type_error(format!("Cannot interpret '{}' as a data type", vm.repr(value)?))),
        },
    }
}

fn big_endian() -> Error {
    let error =
        Error::new(torchsh_base::error::Kind::NotImplemented, "arrays are little-endian in this shell");
    error.hint("frombuffer and fromfile read big-endian numbers; a.byteswap().tobytes() writes them")
}

pub(super) fn named_dtype(name: &str) -> Option<Dtype> {
    let short = match name.trim_start_matches(['<', '=', '|']) {
        "f2" => "float16",
        "f4" => "float32",
        "f8" | "float" => "float64",
        "i1" => "int8",
        "i2" => "int16",
        "i4" => "int32",
        "i8" | "int" => "int64",
        "u1" => "uint8",
        "u2" => "uint16",
        "u4" => "uint32",
        "u8" | "uint" => "uint64",
        "c8" => "complex64",
        "c16" | "complex" => "complex128",
        "b1" | "?" | "bool_" => "bool",
        "e" | "half" => "float16",
        "f" | "single" => "float32",
        "d" | "double" => "float64",
        "b" | "byte" => "int8",
        "B" | "ubyte" => "uint8",
        "h" | "short" => "int16",
        "H" | "ushort" => "uint16",
        "i" | "intc" => "int32",
        "I" | "uintc" => "uint32",
        "l" | "q" | "intp" | "long" => "int64",
        "L" | "Q" | "uintp" | "ulong" => "uint64",
        "F" | "csingle" => "complex64",
        "D" | "cdouble" => "complex128",
        other => other,
    };
    Dtype::from_name(short).filter(|dtype| Array::takes(*dtype) && dtype.name() == short)
}

pub(super) fn dtype_arg(vm: &dyn Vm, args: &Args, index: usize) -> Result<Option<Dtype>> {
    args.some(index).map(|value| dtype_of(vm, value)).transpose()
}

/// Any value as a tensor; floats are 64 bits wide here.
pub(super) fn tensor_from(vm: &dyn Vm, value: &Value, dtype: Option<Dtype>) -> Result<Tensor> {
    let tensor = match value {
        Value::Tensor(tensor) => tensor.tensor().clone(),
        other => match super::tensor_of(other) {
            Some(tensor) => tensor?,
            None => return data::tensor_with(vm, other, dtype, Dtype::FLOAT64),
        },
    };
    match dtype {
        Some(dtype) => to(&tensor, &To::dtype(dtype)),
        None => Ok(tensor),
    }
}

// ---- making -----------------------------------------------------------------------------------------------------

/// What an object of the program's says that it is as an array (`__array__`); itself, where it says nothing.
fn as_array(vm: &dyn Vm, value: &Value) -> Result<Value> {
    if let Value::Instance(_) = value
        && let Some(method) = vm.attribute_or_none(value, &Str::intern("__array__"))?
    {
        return vm.call(&method, &[], &[]);
    }
    Ok(value.clone())
}

fn make(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (given, name) = (&as_array(vm, args.value(0))?, args.row().name);
    let is_array = given.as_native::<Array>().is_some();
    if is_array && name == "asarray" && args.some(1).is_none() {
        return Ok(given.clone());
    }
    if args.some(1).is_some_and(is_of_objects) {
        return of_objects(vm, given, args.value(1));
    }
    let dtype = dtype_arg(vm, args, 1)?;
    let tensor = match of_numbers(vm, given, dtype) {
        Err(error) if dtype.is_none() && holds_objects(given) => {
            return of_objects(vm, given, &Value::None).map_err(|_| error);
        }
        // Rows of several lengths: numpy's own words for it.
        Err(error) if error.reason() == Some(&Reason::Ragged) => {
            return of_objects(vm, given, &Value::None);
        }
        made => made?,
    };
    let known = is_array || given.as_tensor().is_some();
    let copied = if known && name == "array" && args.truth_or(vm, 2, true)? {
        call("clone", &[Arg::Tensor(tensor)])?
    } else if name == "ascontiguousarray" {
        call("contiguous", &[Arg::Tensor(tensor)])?
    } else {
        tensor
    };
    let missing = usize::try_from(args.int_or(vm, 3, 0)?).unwrap_or(0).saturating_sub(copied.dim());
    (0..missing).try_fold(copied, |made, _| call("unsqueeze", &[Arg::Tensor(made), Arg::Int(0)])).map(array)
}

/// Whether a dtype is one of text, bytes, times or objects.
fn is_of_objects(dtype: &Value) -> bool {
    match dtype {
        Value::Class(class) => {
            matches!(class.core, Some(Core::Str | Core::Bytes | Core::Object))
                || matches!(class.name.as_str(), "str_" | "bytes_" | "object_" | "datetime64" | "timedelta64")
        }
        Value::Str(name) => {
            let name = name.as_str().trim_start_matches(['<', '>', '|', '=']);
            matches!(name.chars().next(), Some('U' | 'S' | 'O' | 'M' | 'm'))
                || matches!(name, "str" | "bytes" | "object")
                || name.starts_with("datetime64")
                || name.starts_with("timedelta64")
        }
        Value::Instance(_) => true,
        _ => false,
    }
}

/// Whether a value, or an item of it, is none that numbers are made of.
fn holds_objects(value: &Value) -> bool {
    match value {
        Value::List(list) => list.items().iter().any(holds_objects),
        Value::Tuple(tuple) => tuple.items.iter().any(holds_objects),
        Value::Native(_) => super::tensor_of(value).is_none(),
        Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Complex(_) => false,
        Value::Tensor(_) | Value::Range(_) => false,
        _ => true,
    }
}

fn of_objects(vm: &dyn Vm, value: &Value, dtype: &Value) -> Result<Value> {
    let function = vm.attribute(&vm.import("numpy._objects")?, &Str::intern("_of"))?;
    vm.call(&function, &[value.clone(), dtype.clone()], &[])
}

/// As [`tensor_from`]: whole numbers must fit their dtype, and those beyond 64 bits with a sign have none.
fn of_numbers(vm: &dyn Vm, value: &Value, dtype: Option<Dtype>) -> Result<Tensor> {
    let own = super::tensor_of(value).is_none() && value.as_tensor().is_none();
    if let Some(dtype) =
        dtype.filter(|dtype| own && super::promote::is_whole(*dtype) && *dtype != Dtype::BOOL)
    {
        refuse_beyond(value, dtype)?;
    }
    match tensor_from(vm, value, dtype) {
        Err(error) if dtype.is_none() && error.reason() == Some(&Reason::TooWide) => {
            let wide = refuse_beyond(value, Dtype::UINT64).map_or(Dtype::FLOAT64, |()| Dtype::UINT64);
            tensor_from(vm, value, Some(wide))
        }
        made => made,
    }
}

fn refuse_beyond(value: &Value, dtype: Dtype) -> Result<()> {
    match value {
        Value::List(list) => list.items().iter().try_for_each(|item| refuse_beyond(item, dtype)),
        Value::Tuple(tuple) => tuple.items.iter().try_for_each(|item| refuse_beyond(item, dtype)),
        Value::Int(_) | Value::BigInt(_) => super::scalar::fitting(value, dtype).map(drop),
        _ => Ok(()),
    }
}

pub(super) fn call(operator: &str, args: &[Arg]) -> Result<Tensor> {
    tensor_of("Tensor", operator, args, &[])
}

fn filled(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.row().name;
    let at = usize::from(name == "full");
    let sizes = convert::sizes_of(vm, std::slice::from_ref(args.value(0)))?;
    let sizes = Arg::Tuple(sizes.into_iter().map(Arg::Int).collect());
    let dtype = dtype_arg(vm, args, at + 1)?;
    let mut positional = vec![sizes];
    let mut default = Dtype::FLOAT64;
    if name == "full" {
        let value = to_arg(vm, args.value(1))?;
        if let Arg::Int(_) = value {
            default = Dtype::INT64;
        }
        positional.push(value);
    }
    tensor_of("torch", name, &positional, &[("dtype", Arg::Dtype(dtype.unwrap_or(default)))]).map(array)
}

fn like(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = tensor_from(vm, args.value(0), None)?;
    let dtype = dtype_arg(vm, args, 1)?.unwrap_or_else(|| tensor.dtype());
    tensor_of("torch", args.row().name, &[Arg::Tensor(tensor)], &[("dtype", Arg::Dtype(dtype))]).map(array)
}

fn arange(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let numbers: Vec<Arg> = args.rest().iter().map(|value| to_arg(vm, value)).collect::<Result<_>>()?;
    let whole = numbers.iter().all(|number| matches!(number, Arg::Int(_)));
    let default = if whole { Dtype::INT64 } else { Dtype::FLOAT64 };
    let dtype = dtype_arg(vm, args, 1)?.unwrap_or(default);
    let counted = if is_rare(dtype) { Dtype::INT64 } else { dtype };
    let made = tensor_of("torch", "arange", &numbers, &[("dtype", Arg::Dtype(counted))])?;
    to(&made, &To::dtype(dtype)).map(array)
}

fn linspace(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (start, stop) = (args.float(vm, 0)?, args.float(vm, 1)?);
    let count = usize::try_from(args.int_or(vm, 2, 50)?);
    let count = count.map_err(|_| Error::value("Number of samples, must be non-negative."))?;
    let endpoint = args.truth_or(vm, 3, true)?;
    torchsh_language::value::memory::room(count.saturating_mul(8))?;
    let steps = count.saturating_sub(usize::from(endpoint)) as f64;
    let step = (stop - start) / steps;
    let mut numbers: Vec<f64> = (0..count).map(|at| at as f64 * step + start).collect();
    if let (true, true, Some(last)) = (endpoint, count > 1, numbers.last_mut()) {
        *last = stop;
    }
    if let ([only], true) = (numbers.as_mut_slice(), endpoint) {
        *only = start;
    }
    let dtype = dtype_arg(vm, args, 5)?.unwrap_or(Dtype::FLOAT64);
    if super::promote::is_whole(dtype) {
        numbers.iter_mut().for_each(|number| *number = number.floor());
    }
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let made = Tensor::from_bytes(&bytes, &[count as i64], Dtype::FLOAT64)?;
    let made = array(to(&made, &To::dtype(dtype))?);
    Ok(if args.truth_or(vm, 4, false)? {
        Value::tuple(vec![made, super::Scalar::of(Dtype::FLOAT64, Value::Float(step))])
    } else {
        made
    })
}

fn new_dtype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if let Some(dtype) = args.value(0).as_native::<ArrayDtype>() {
        return Ok(Value::native(ArrayDtype(dtype.0, dtype.1)));
    }
    if is_of_objects(args.value(0)) {
        let class = vm.attribute(&vm.import("numpy._objects")?, &Str::intern("_dtype_of"))?;
        return vm.call(&class, std::slice::from_ref(args.value(0)), &[]);
    }
    let text = args.value(0).as_str().filter(|text| text.as_str().starts_with(['>', '!']));
    if let Some(dtype) = text.and_then(|text| named_dtype(text.as_str().trim_start_matches(['>', '!']))) {
        return Ok(Value::native(ArrayDtype(dtype, dtype.itemsize() > 1)));
    }
    dtype_of(vm, args.value(0)).map(|dtype| Value::native(ArrayDtype(dtype, false)))
}

fn dtype_text(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = args.receiver().as_native::<ArrayDtype>().ok_or_else(|| args.wrong_receiver(vm))?;
    if dtype.1 {
        return Ok(Value::str(
            torchsh_checkpoint::write::npy_code(dtype.0).unwrap_or_default().replace('<', ">"),
        ));
    }
    Ok(Value::str(dtype.0.name()))
}

pub(super) fn class_named(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = match args.row().name {
        "bool" | "bool_" => "numpy.bool",
        "half" => "float16",
        "single" => "float32",
        "double" => "float64",
        "byte" => "int8",
        "short" => "int16",
        "intc" => "int32",
        "int_" | "intp" | "long" | "longlong" => "int64",
        "ubyte" => "uint8",
        "ushort" => "uint16",
        "uintc" => "uint32",
        "uint" | "uintp" | "ulong" | "ulonglong" => "uint64",
        "csingle" => "complex64",
        "cdouble" => "complex128",
        name => name,
    };
    Ok(vm.types().named(name).map_or(Value::None, Value::Class))
}

// ---- functions that are operators of ATen -----------------------------------------------------------------------

fn joined(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let parts = vm.collect(args.value(0))?;
    let parts =
        parts.iter().map(|part| tensor_from(vm, part, None).map(Arg::Tensor)).collect::<Result<_>>()?;
    let operator = if args.row().name == "concatenate" { "cat" } else { "stack" };
    tensor_of("torch", operator, &[Arg::List(parts), Arg::Int(args.int_or(vm, 1, 0)?)], &[]).map(array)
}

fn equal(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (a, b) = (tensor_from(vm, args.value(0), None)?, tensor_from(vm, args.value(1), None)?);
    if a.sizes() != b.sizes() {
        return Ok(Value::Bool(false));
    }
    let equal = super::operators::apply(vm, "eq", &array(a), &array(b))?;
    let all = vm.call_method(&equal, "all", &[])?;
    vm.truth(&all).map(Value::Bool)
}

fn close(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let numpy = vm.import("numpy")?;
    let function = vm.attribute(&numpy, &Str::intern("isclose"))?;
    let given = |place: usize, default: f64| -> Result<Value> {
        Ok(if args.some(place).is_some() { args.value(place).clone() } else { Value::Float(default) })
    };
    let nan = Value::Bool(args.truth_or(vm, 4, false)?);
    let all = [args.value(0).clone(), args.value(1).clone(), given(2, 1e-5)?, given(3, 1e-8)?, nan];
    let found = vm.call(&function, &all, &[])?;
    let all = vm.call_method(&found, "all", &[])?;
    vm.truth(&all).map(Value::Bool)
}

fn shape_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let value = args.value(0);
    let sizes = match value.as_tensor() {
        Some(_) => return vm.attribute(value, &Str::intern("shape")),
        None => tensor_from(vm, value, None)?.sizes(),
    };
    Ok(Value::tuple(sizes.into_iter().map(Value::Int).collect()))
}

fn ndim_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(tensor_from(vm, args.value(0), None)?.sizes().len()))
}

fn size_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(tensor_from(vm, args.value(0), None)?.numel()))
}

const MAKE: &[Param] = &[
    req("object"),
    opt("dtype", "None"),
    kw("copy", "True"),
    kw("ndmin", "0"),
    kw("order", "'K'"),
    kw("subok", "False"),
];
const FILL: &[Param] = &[req("shape"), opt("dtype", "None")];

/// Functions of the module.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin::function("numpy", "array", MAKE, make).says("a new array"),
    Builtin::function("numpy", "asarray", MAKE, make).says("an array, the same one where it is one"),
    Builtin::function("numpy", "ascontiguousarray", MAKE, make),
    Builtin::function("numpy", "_cells", &[req("array")], |vm, args| {
        match args.value(0).as_native::<Array>() {
            Some(array) => {
                Ok(Value::list(super::text::cells(vm, array)?.into_iter().map(Value::from).collect()))
            }
            None => Err(args.wrong_type(vm, 0, "an array")),
        }
    }),
    Builtin::function("numpy", "zeros", FILL, filled),
    Builtin::function("numpy", "ones", FILL, filled),
    Builtin::function("numpy", "empty", FILL, filled),
    Builtin::function("numpy", "full", &[req("shape"), req("fill_value"), opt("dtype", "None")], filled),
    Builtin::function("numpy", "zeros_like", &[req("a"), opt("dtype", "None")], like),
    Builtin::function("numpy", "ones_like", &[req("a"), opt("dtype", "None")], like),
    Builtin::function("numpy", "arange", &[rest("ends"), kw("dtype", "None")], arange),
    Builtin::function(
        "numpy",
        "linspace",
        &[
            req("start"),
            req("stop"),
            opt("num", "50"),
            opt("endpoint", "True"),
            opt("retstep", "False"),
            opt("dtype", "None"),
        ],
        linspace,
    ),
    Builtin::function("numpy", "shape", &[req("a")], shape_of).says("the sizes of the dimensions"),
    Builtin::function("numpy", "ndim", &[req("a")], ndim_of),
    Builtin::function("numpy", "size", &[req("a")], size_of),
    Builtin::function("numpy", "concatenate", &[req("arrays"), opt("axis", "0")], joined),
    Builtin::function("numpy", "stack", &[req("arrays"), opt("axis", "0")], joined),
    Builtin::function(
        "numpy",
        "allclose",
        &[req("a"), req("b"), opt("rtol", "1e-05"), opt("atol", "1e-08"), opt("equal_nan", "False")],
        close,
    ),
    Builtin::function("numpy", "array_equal", &[req("a1"), req("a2"), opt("equal_nan", "False")], equal),
    Builtin::constant("numpy", "dtype", |vm, _| {
        Ok(vm.types().named("DType").map_or(Value::None, Value::Class))
    }),
    Builtin::constructor("DType", &[pos("_dtype")], new_dtype),
    Builtin::method("DType", "__str__", &[], dtype_text),
    Builtin::method("DType", "newbyteorder", &[opt("new_order", "'S'")], |vm, args| {
        let dtype = args.receiver().as_native::<ArrayDtype>().ok_or_else(|| args.wrong_receiver(vm))?;
        let big = match args.str_or(vm, 0, "S")?.as_str().chars().next() {
            Some('>' | 'B' | 'b') => true,
            Some('S' | 's') => !dtype.1,
            Some('|' | 'I' | 'i') => dtype.1,
            _ => false,
        };
        Ok(Value::native(ArrayDtype(dtype.0, big && dtype.0.itemsize() > 1)))
    }),
    Builtin::constant("numpy", "True_", |_, _| Ok(truth(true))),
    Builtin::constant("numpy", "False_", |_, _| Ok(truth(false))),
    Builtin::constant("numpy", "pi", |_, _| Ok(Value::Float(std::f64::consts::PI))),
    Builtin::constant("numpy", "e", |_, _| Ok(Value::Float(std::f64::consts::E))),
    Builtin::constant("numpy", "inf", |_, _| Ok(Value::Float(f64::INFINITY))),
    Builtin::constant("numpy", "nan", |_, _| Ok(Value::Float(f64::NAN))),
    Builtin::constant("numpy", "newaxis", |_, _| Ok(Value::None)),
    Builtin::constant("numpy", "__version__", |_, _| Ok(Value::str("2.4.6"))),
];
