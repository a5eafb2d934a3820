//! `torch.finfo` and `torch.iinfo`: the limits of dtypes.

use std::any::Any;

use crate::values::convert::dtype_of;
use torchsh_aten as aten;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Native, Str, Value, Vm, opt, req};

/// `torch.finfo(dtype)`
struct FloatInfo {
    dtype: Dtype,
    min: f64,
    max: f64,
    eps: f64,
    tiny: f64,
    smallest_normal: f64,
    resolution: f64,
}

/// Largest exponent, smallest normal exponent, bits of the fraction, decimal digits.
fn float_shape(dtype: Dtype) -> Option<(i32, i32, i32, i32)> {
    Some(match dtype {
        Dtype::FLOAT16 | Dtype::COMPLEX32 => (15, -14, 10, 3),
        Dtype::BFLOAT16 => (127, -126, 7, 2),
        Dtype::FLOAT32 | Dtype::COMPLEX64 => (127, -126, 23, 6),
        Dtype::FLOAT64 | Dtype::COMPLEX128 => (1023, -1022, 52, 15),
        Dtype::FLOAT8_E5M2 => (15, -14, 2, 0),
        Dtype::FLOAT8_E5M2FNUZ => (15, -15, 2, 0),
        Dtype::FLOAT8_E4M3FN => (8, -6, 3, 0),
        Dtype::FLOAT8_E4M3FNUZ => (7, -7, 3, 0),
        _ => return None,
    })
}

impl FloatInfo {
    fn of(dtype: Dtype) -> Option<Self> {
        let (high, low, bits, digits) = float_shape(dtype)?;
        let step = 2f64.powi(-bits);
        // The format with NaN but no infinities spends its last value on NaN.
        let top = if dtype == Dtype::FLOAT8_E4M3FN { 2.0 - 2.0 * step } else { 2.0 - step };
        let max = top * 2f64.powi(high);
        let tiny = 2f64.powi(low);
        // libtorch says so of this one.
        let eps = if dtype == Dtype::FLOAT8_E5M2FNUZ { step / 2.0 } else { step };
        let dtype = match dtype {
            Dtype::COMPLEX32 => Dtype::FLOAT16,
            Dtype::COMPLEX64 => Dtype::FLOAT32,
            Dtype::COMPLEX128 => Dtype::FLOAT64,
            other => other,
        };
        let resolution = 10f64.powi(-digits);
        Some(FloatInfo { dtype, min: -max, max, eps, tiny, smallest_normal: tiny, resolution })
    }
}

impl Native for FloatInfo {
    fn type_name(&self) -> &str {
        "finfo"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        Some(Ok(match name.as_str() {
            "bits" => Value::from(self.dtype.itemsize() * 8),
            "min" => Value::Float(self.min),
            "max" => Value::Float(self.max),
            "eps" => Value::Float(self.eps),
            "tiny" => Value::Float(self.tiny),
            "smallest_normal" => Value::Float(self.smallest_normal),
            "resolution" => Value::Float(self.resolution),
            "dtype" => Value::str(self.dtype.name()),
            _ => return None,
        }))
    }

    fn attribute_names(&self) -> Vec<Str> {
        ["bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny"]
            .map(Str::intern)
            .to_vec()
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        let mut text = "finfo(".to_owned();
        let fields = [
            ("resolution", self.resolution),
            ("min", self.min),
            ("max", self.max),
            ("eps", self.eps),
            ("smallest_normal", self.smallest_normal),
            ("tiny", self.tiny),
        ];
        for (name, value) in fields {
            match vm.format(&Value::Float(value), "g") {
                Ok(shown) => text.push_str(&format!("{name}={shown}, ")),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(format!("{text}dtype={})", self.dtype.name())))
    }
}

/// `torch.iinfo(dtype)`
struct IntegerInfo(Dtype);

impl IntegerInfo {
    fn range(&self) -> (i128, i128) {
        let bits = self.0.itemsize() * 8;
        if self.0.name().starts_with('u') || self.0.name().starts_with("quint") {
            return (0, (1_i128 << bits) - 1);
        }
        (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)
    }
}

impl Native for IntegerInfo {
    fn type_name(&self) -> &str {
        "iinfo"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let (min, max) = self.range();
        Some(Ok(match name.as_str() {
            "bits" => Value::from(self.0.itemsize() * 8),
            "min" => Value::from(num_bigint::BigInt::from(min)),
            "max" => Value::from(num_bigint::BigInt::from(max)),
            "dtype" => Value::str(self.0.name()),
            _ => return None,
        }))
    }

    fn attribute_names(&self) -> Vec<Str> {
        ["bits", "dtype", "max", "min"].map(Str::intern).to_vec()
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        let (min, max) = self.range();
        Some(Ok(format!("iinfo(min={min}, max={max}, dtype={})", self.0.name())))
    }
}

fn finfo(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = match args.some(0) {
        Some(value) => dtype_of(vm, value, "finfo(): argument 'type' (position 1)")?,
        None => aten::default_dtype(),
    };
    let message =
        "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'";
    FloatInfo::of(dtype).map(Value::native).ok_or_else(|| Error::type_error(message))
}

fn iinfo(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = dtype_of(vm, args.value(0), "iinfo(): argument 'type' (position 1)")?;
    if dtype.is_integral() && dtype != Dtype::BOOL {
        return Ok(Value::native(IntegerInfo(dtype)));
    }
    let message = "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'";
    Err(Error::type_error(message))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::constructor("finfo", &[opt("type", "None")], finfo).says("limits of a floating point dtype"),
    Builtin::constructor("iinfo", &[req("type")], iinfo).says("limits of an integer dtype"),
];
