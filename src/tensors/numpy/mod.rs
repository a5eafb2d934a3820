//! The part of numpy that checkpoint code meets: arrays on libtorch's memory, with numpy's own text.

mod arithmetic;
mod classes;
mod errors;
mod functions;
mod index;
mod memory;
mod operators;
mod options;
mod pairwise;
mod promote;
mod random;
mod rare;
mod reduce;
mod rows;
mod scalar;
mod scalar_rows;
mod text;

use std::any::Any;
use std::rc::Rc;

use smallvec::SmallVec;

pub use self::classes::{DTYPES, TYPES};
pub use self::functions::FUNCTIONS;
pub use self::operators::ROWS as OPERATORS;
pub use self::random::TYPES as STREAMS;
pub use self::rows::ROWS;
pub use self::scalar_rows::ROWS as SCALARS;
use crate::values::array::{Array, Scalar};
use crate::values::convert::tensor_of as torch_tensor_of;
use crate::values::data;
use torchsh_aten::{Arg, Line, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::write::npy_code;
use torchsh_language::value::{BoundMethod, Iterate, Native, Str, Value, Vm, element};

/// Methods that are the module's functions of the same name.
const OF_MODULE: &[&str] = &[
    "argsort",
    "clip",
    "conj",
    "cumprod",
    "cumsum",
    "diagonal",
    "dot",
    "nonzero",
    "ptp",
    "repeat",
    "round",
    "searchsorted",
    "squeeze",
    "swapaxes",
    "take",
    "trace",
];

/// What an operator or an index gives: a scalar where it has no dimensions, as numpy has it.
#[must_use]
pub fn result(tensor: Tensor) -> Value {
    if tensor.dim() == 0
        && let Ok(scalar) = Scalar::of_tensor(&tensor)
    {
        return scalar;
    }
    Value::native(Array::new(tensor))
}

/// The tensor on an array's memory, or of a scalar.
///
/// # Errors
/// What making a tensor raises.
pub fn tensor_of(value: &Value) -> Option<Result<Tensor>> {
    match value.as_native::<Array>() {
        Some(array) => Some(Ok(array.tensor().clone())),
        None => value.as_native::<Scalar>().map(Scalar::tensor),
    }
}

impl Array {
    /// Its only number.
    ///
    /// # Errors
    /// `ValueError` where it has more than one.
    pub fn scalar(&self) -> Result<Value> {
        let mut numbers = data::numbers(&self.tensor())?.into_iter();
        match (numbers.next(), numbers.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(Error::value("can only convert an array of size 1 to a Python scalar")),
        }
    }

    /// The scalar at whole numbers for each dimension; none where the key is something else, or lies outside.
    fn scalar_at(&self, key: &Value) -> Option<Result<Value>> {
        let whole = |value: &Value| match value {
            Value::Int(at) => Some(*at),
            Value::Native(_) => match value.as_native::<Scalar>()?.number() {
                Value::Int(at) => Some(*at),
                _ => None,
            },
            _ => None,
        };
        match key {
            Value::Tuple(tuple) => {
                let places: SmallVec<[i64; 4]> = tuple.items.iter().map(whole).collect::<Option<_>>()?;
                scalar_of(&self.tensor(), &places)
            }
            one => scalar_of(&self.tensor(), &[whole(one)?]),
        }
    }
}

fn scalar_of(tensor: &Tensor, places: &[i64]) -> Option<Result<Value>> {
    tensor.with_element(places, |dtype, bytes| Scalar::of(dtype, element(dtype, bytes)))
}

impl Native for Array {
    fn type_name(&self) -> &str {
        "ndarray"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn tensor(&self) -> Option<Tensor> {
        Some(self.tensor.borrow().clone())
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        if name.as_str() == "ctypes" {
            let address = Value::from(self.tensor().data_ptr());
            let class =
                vm.import("types").and_then(|room| vm.attribute(&room, &Str::intern("SimpleNamespace")));
            return Some(class.and_then(|class| vm.call(&class, &[], &[(Str::intern("data"), address)])));
        }
        OF_MODULE.contains(&name.as_str()).then(|| {
            let function = vm.attribute(&vm.import("numpy")?, name)?;
            let receiver = Value::native(Array { tensor: self.tensor.clone() });
            Ok(Value::BoundMethod(Rc::new(BoundMethod { receiver, function })))
        })
    }

    fn attribute_names(&self) -> Vec<Str> {
        OF_MODULE.iter().chain(&["ctypes"]).map(|name| Str::intern(name)).collect()
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(text::repr(vm, self))
    }

    fn text(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(text::text(vm, self))
    }

    fn item(&self, vm: &dyn Vm, key: &Value) -> Option<Result<Value>> {
        if let Some(scalar) = self.scalar_at(key) {
            return Some(scalar);
        }
        let tensor = self.tensor().clone();
        let part = index::get(vm, &tensor, key);
        // With dots it stays an array.
        let dots = |value: &Value| matches!(value, Value::Ellipsis);
        let stays = dots(key) || key.as_tuple().is_some_and(|tuple| tuple.items.iter().any(dots));
        Some(part.map(|part| if stays { Value::native(Array::new(part)) } else { result(part) }))
    }

    fn length(&self, _vm: &dyn Vm) -> Option<Result<usize>> {
        let sizes = self.tensor().sizes();
        Some(match sizes.first() {
            Some(&size) => Ok(usize::try_from(size).unwrap_or(0)),
            None => Err(Error::type_error("len() of unsized object")),
        })
    }

    fn iterate(&self, _vm: &dyn Vm) -> Option<Result<Value>> {
        let tensor = self.tensor().clone();
        Some(match tensor.sizes().first() {
            Some(&size) => {
                let line = tensor.line();
                Ok(Value::iterator("iterator", Parts { tensor, line, size, at: 0 }))
            }
            None => Err(Error::type_error("iteration over a 0-d array")),
        })
    }
}

/// Goes through the first dimension of an array.
struct Parts {
    tensor: Tensor,
    /// Of one dimension: its elements.
    line: Option<Line>,
    size: i64,
    at: i64,
}

impl Iterate for Parts {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        if self.at >= self.size {
            return Ok(None);
        }
        let at = self.at;
        self.at += 1;
        let scalar = |dtype, bytes: &[u8]| Scalar::of(dtype, element(dtype, bytes));
        let found = match &self.line {
            Some(line) => line.with_element(at, scalar),
            None => self.tensor.with_element(&[at], scalar),
        };
        if let Some(scalar) = found {
            return scalar.map(Some);
        }
        let args = [Arg::Tensor(self.tensor.clone()), Arg::Int(0), Arg::Int(at)];
        torch_tensor_of("Tensor", "select", &args, &[]).map(|part| Some(result(part)))
    }
}

/// `numpy.dtype`, and whether it is big-endian.
pub struct ArrayDtype(pub Dtype, pub bool);

impl Native for ArrayDtype {
    fn type_name(&self) -> &str {
        match self.0 {
            Dtype::BOOL => "BoolDType",
            Dtype::UINT8 => "UInt8DType",
            Dtype::UINT16 => "UInt16DType",
            Dtype::UINT32 => "UInt32DType",
            Dtype::UINT64 => "UInt64DType",
            Dtype::INT8 => "Int8DType",
            Dtype::INT16 => "Int16DType",
            Dtype::INT32 => "Int32DType",
            Dtype::INT64 => "Int64DType",
            Dtype::FLOAT16 => "Float16DType",
            Dtype::FLOAT32 => "Float32DType",
            Dtype::COMPLEX64 => "Complex64DType",
            Dtype::COMPLEX128 => "Complex128DType",
            _ => "Float64DType",
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        Some(Ok(match name.as_str() {
            "name" => Value::str(self.0.name()),
            "itemsize" => Value::from(self.0.itemsize()),
            "kind" => Value::str(kind(self.0)),
            "type" => vm.types().named(class_of(self.0)).map_or(Value::None, Value::Class),
            "str" if self.1 => Value::from(npy_code(self.0)?.replace('<', ">")),
            "str" => Value::from(npy_code(self.0)?),
            "byteorder" if self.1 => Value::str(">"),
            "byteorder" => Value::str(if self.0.itemsize() == 1 { "|" } else { "=" }),
            "alignment" => Value::from(self.0.itemsize() / if self.0.is_complex() { 2 } else { 1 }),
            "names" | "fields" => Value::None,
            "shape" => Value::tuple(Vec::new()),
            _ => return None,
        }))
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        match npy_code(self.0) {
            Some(code) if self.1 => Some(Ok(format!("dtype('{}')", code.replace('<', ">")))),
            _ => Some(Ok(format!("dtype('{}')", self.0.name()))),
        }
    }

    fn equal(&self, vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        if let Some(other) = other.as_native::<ArrayDtype>() {
            return Some(Ok(self.0 == other.0 && self.1 == other.1));
        }
        Some(Ok(!self.1
            && !other.is_none()
            && functions::dtype_of(vm, other).is_ok_and(|other| other == self.0)))
    }

    fn hash(&self, vm: &dyn Vm) -> Option<Result<u64>> {
        Some(vm.hash(&Value::Dtype(self.0)))
    }
}

/// The name of the class of scalars of a dtype.
fn class_of(dtype: Dtype) -> &'static str {
    if dtype == Dtype::BOOL { "numpy.bool" } else { dtype.name() }
}

fn kind(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::BOOL => "b",
        Dtype::UINT8 | Dtype::UINT16 | Dtype::UINT32 | Dtype::UINT64 => "u",
        dtype if dtype.is_complex() => "c",
        dtype if dtype.is_floating_point() => "f",
        _ => "i",
    }
}
