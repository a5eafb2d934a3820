//! The part of numpy that checkpoint code meets: arrays on libtorch's memory, with numpy's own text.

mod functions;
mod random;
mod rows;
mod text;

use std::any::Any;
use std::cell::{Ref, RefCell};
use std::rc::Rc;

pub use self::functions::{DTYPES, FUNCTIONS, TYPES};
pub use self::rows::ROWS;
use crate::aten::{Arg, Tensor};
use crate::builtins::torch::convert::tensor_of;
use crate::builtins::torch::data;
use crate::checkpoint::dtype::Dtype;
use crate::checkpoint::write::npy_code;
use crate::error::{Error, Result};
use crate::value::{BoundMethod, Native, Str, Value, Vm, is_plain};

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

/// `numpy.ndarray`, or a scalar of numpy.
pub struct Array {
    tensor: RefCell<Tensor>,
    scalar: bool,
}

impl Array {
    /// An array on a tensor's memory.
    #[must_use]
    pub fn new(tensor: Tensor) -> Self {
        Array { tensor: RefCell::new(tensor), scalar: false }
    }

    /// A result: a scalar where it has no dimensions, as numpy has it.
    #[must_use]
    pub fn result(tensor: Tensor) -> Self {
        let scalar = tensor.sizes().is_empty();
        // A scalar does not follow the array it was taken from.
        let tensor = if scalar { tensor.through("clone").unwrap_or(tensor) } else { tensor };
        Array { tensor: RefCell::new(tensor), scalar }
    }

    /// The tensor.
    pub fn tensor(&self) -> Ref<'_, Tensor> {
        self.tensor.borrow()
    }

    /// Whether it is a scalar: `numpy.float32(1.5)`.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        self.scalar
    }

    /// Whether numpy has this dtype.
    #[must_use]
    pub fn takes(dtype: Dtype) -> bool {
        is_plain(dtype) && dtype != Dtype::BFLOAT16
    }

    /// Its only number.
    ///
    /// # Errors
    /// `ValueError` where it has more than one.
    pub fn scalar(&self, _vm: &dyn Vm) -> Result<Value> {
        let mut numbers = data::numbers(&self.tensor())?.into_iter();
        match (numbers.next(), numbers.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(Error::value("can only convert an array of size 1 to a Python scalar")),
        }
    }
}

impl Native for Array {
    fn type_name(&self) -> &str {
        if self.scalar { self.tensor().dtype().name() } else { "ndarray" }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        match name.as_str() {
            "__scalar__" if self.scalar => Some(self.scalar(vm)),
            name if OF_MODULE.contains(&name) => {
                let find = || {
                    let function = vm.attribute(&vm.import("numpy")?, &Str::intern(name))?;
                    let receiver = Value::native(Array { tensor: self.tensor.clone(), scalar: self.scalar });
                    Ok(Value::BoundMethod(Rc::new(BoundMethod { receiver, function })))
                };
                Some(find())
            }
            _ => None,
        }
    }

    fn attribute_names(&self) -> Vec<Str> {
        OF_MODULE.iter().map(|name| Str::intern(name)).collect()
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(text::repr(vm, self))
    }

    fn text(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(text::text(vm, self))
    }

    fn item(&self, vm: &dyn Vm, index: &Value) -> Option<Result<Value>> {
        let tensor = self.tensor().clone();
        Some(
            crate::builtins::tensor::index::get(vm, &tensor, index)
                .map(|part| Value::native(Array::result(part))),
        )
    }

    fn length(&self, _vm: &dyn Vm) -> Option<Result<usize>> {
        let sizes = self.tensor().sizes();
        Some(match sizes.first() {
            Some(&size) => Ok(usize::try_from(size).unwrap_or(0)),
            None => Err(Error::type_error("len() of unsized object")),
        })
    }

    fn iterate(&self, vm: &dyn Vm) -> Option<Result<Value>> {
        Some(self.parts().and_then(|parts| vm.iterate(&Value::tuple(parts))))
    }
}

impl Array {
    fn parts(&self) -> Result<Vec<Value>> {
        let tensor = self.tensor().clone();
        let Some(&size) = tensor.sizes().first() else {
            return Err(Error::type_error("iteration over a 0-d array"));
        };
        let part = |at| {
            let args = [Arg::Tensor(tensor.clone()), Arg::Int(0), Arg::Int(at)];
            tensor_of("Tensor", "select", &args, &[]).map(|part| Value::native(Array::result(part)))
        };
        (0..size).map(part).collect()
    }
}

/// `numpy.dtype`
pub struct ArrayDtype(pub Dtype);

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
            "type" => vm.types().named(self.0.name()).map_or(Value::None, Value::Class),
            "str" => Value::from(npy_code(self.0)?),
            "byteorder" => Value::str(if self.0.itemsize() == 1 { "|" } else { "=" }),
            "alignment" => Value::from(self.0.itemsize() / if self.0.is_complex() { 2 } else { 1 }),
            "names" | "fields" => Value::None,
            "shape" => Value::tuple(Vec::new()),
            _ => return None,
        }))
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        Some(Ok(format!("dtype('{}')", self.0.name())))
    }

    fn equal(&self, vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        Some(Ok(functions::dtype_of(vm, other).is_ok_and(|other| other == self.0)))
    }

    fn hash(&self, vm: &dyn Vm) -> Option<Result<u64>> {
        Some(vm.hash(&Value::Dtype(self.0)))
    }
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
