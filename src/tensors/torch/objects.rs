//! Small objects of torch: layouts, memory formats, generators, `finfo`, `iinfo`.

use std::any::Any;

use torchsh_aten as aten;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Native, Str, TypeRow, Value, Vm, opt, req};

macro_rules! named {
    ($(#[$doc:meta])* $type:ident($inner:ty) $class:literal $show:expr) => {
        $(#[$doc])*
        pub struct $type(pub $inner);

        impl Native for $type {
            fn type_name(&self) -> &str {
                $class
            }

            fn as_any(&self) -> &dyn Any {
                self
            }

            fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
                #[allow(clippy::redundant_closure_call)]
                Some(Ok(($show)(self)))
            }

            fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
                Some(Ok(other.as_native::<$type>().is_some_and(|other| other.0 == self.0)))
            }

            fn hash(&self, vm: &dyn Vm) -> Option<Result<u64>> {
                #[allow(clippy::redundant_closure_call)]
                Some(vm.hash(&Value::str(($show)(self))))
            }
        }
    };
}

named!(
    /// `torch.strided`
    Layout(aten::Layout) "layout" |layout: &Layout| format!("torch.{}", layout.0.name())
);
named!(
    /// `torch.preserve_format`
    MemoryFormat(aten::MemoryFormat) "memory_format" |format: &MemoryFormat| format!("torch.{}", format.0.name())
);

named!(
    /// `torch.per_tensor_affine`
    QuantizationScheme(&'static str) "qscheme" |scheme: &QuantizationScheme| format!("torch.{}", scheme.0)
);

impl QuantizationScheme {
    /// The one with that number in libtorch: `c10::QScheme`.
    pub fn from_number(number: i64) -> Option<Self> {
        let names = [
            "per_tensor_affine",
            "per_channel_affine",
            "per_tensor_symmetric",
            "per_channel_symmetric",
            "per_channel_affine_float_qparams",
        ];
        names.get(usize::try_from(number).ok()?).map(|name| QuantizationScheme(name))
    }
}

/// `torch.Generator`
pub struct Generator(pub aten::Generator);

impl Native for Generator {
    fn type_name(&self) -> &str {
        "Generator"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

// ---- finfo and iinfo --------------------------------------------------------------------------------------------

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

/// A dtype argument: a `torch.dtype` or one of Python's number types.
///
/// # Errors
/// `TypeError` for anything else.
pub fn dtype_of(vm: &dyn Vm, value: &Value, what: &str) -> Result<Dtype> {
    match super::convert::to_arg(vm, value)? {
        aten::Arg::Dtype(dtype) => Ok(dtype),
        _ => Err(Error::type_error(format!("{what} must be torch.dtype, not {}", vm.type_name(value)))),
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

// ---- torch.dtype ------------------------------------------------------------------------------------------------

fn dtype_receiver(vm: &dyn Vm, args: &Args) -> Result<Dtype> {
    match args.receiver() {
        Value::Dtype(dtype) => Ok(*dtype),
        _ => Err(args.wrong_receiver(vm)),
    }
}

fn is_floating_point(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(dtype_receiver(vm, args)?.is_floating_point()))
}

fn is_complex(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(dtype_receiver(vm, args)?.is_complex()))
}

fn is_signed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = dtype_receiver(vm, args)?;
    let name = dtype.name();
    Ok(Value::Bool(!(name.starts_with("uint") || name.starts_with("quint") || dtype == Dtype::BOOL)))
}

fn itemsize(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(dtype_receiver(vm, args)?.itemsize()))
}

fn to_real(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Dtype(match dtype_receiver(vm, args)? {
        Dtype::COMPLEX32 => Dtype::FLOAT16,
        Dtype::COMPLEX64 => Dtype::FLOAT32,
        Dtype::COMPLEX128 => Dtype::FLOAT64,
        other => other,
    }))
}

fn to_complex(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = dtype_receiver(vm, args)?;
    Ok(Value::Dtype(match dtype {
        Dtype::FLOAT16 => Dtype::COMPLEX32,
        Dtype::BFLOAT16 | Dtype::FLOAT32 => Dtype::COMPLEX64,
        Dtype::FLOAT64 => Dtype::COMPLEX128,
        other if other.is_complex() => other,
        _ => return Err(Error::runtime(format!("Unknown Complex ScalarType for {}", dtype.name()))),
    }))
}

fn dtype_repr(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::str(format!("torch.{}", dtype_receiver(vm, args)?.name())))
}

fn no_instances(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Err(Error::type_error(format!("cannot create 'torch.{}' instances", args.row().name)))
}

// ---- torch.<name> for the fixed objects -------------------------------------------------------------------------

macro_rules! constants {
    ($($module:literal $name:literal = $value:expr),* $(,)?) => {
        /// The rows of constants.
        pub const CONSTANTS: &[Builtin] = &[$(Builtin::constant($module, $name, |_, _| Ok($value))),*];
    };
}

macro_rules! dtypes {
    ($($name:ident)*) => {
        /// The rows of dtypes, one for each name.
        pub const DTYPES: &[Builtin] = &[$(Builtin::constant("torch", stringify!($name), named_dtype)),*];
    };
}

fn named_dtype(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.row().name;
    let missing = || Error::new(Kind::Attribute, format!("module 'torch' has no attribute '{name}'"));
    Dtype::from_name(name).map(Value::Dtype).ok_or_else(missing)
}

dtypes! {
    uint8 int8 int16 short int32 int int64 long float16 half float32 float float64 double complex32 chalf complex64 cfloat
    complex128 cdouble bool qint8 quint8 qint32 bfloat16 quint4x2 quint2x4 float8_e5m2 float8_e4m3fn float8_e5m2fnuz
    float8_e4m3fnuz float8_e8m0fnu float4_e2m1fn_x2 uint16 uint32 uint64
}

constants! {
    "torch" "strided" = Value::native(Layout(aten::Layout::STRIDED)),
    "torch" "sparse_coo" = Value::native(Layout(aten::Layout::SPARSE)),
    "torch" "sparse_csr" = Value::native(Layout(aten::Layout::SPARSE_CSR)),
    "torch" "sparse_csc" = Value::native(Layout(aten::Layout::SPARSE_CSC)),
    "torch" "sparse_bsr" = Value::native(Layout(aten::Layout::SPARSE_BSR)),
    "torch" "sparse_bsc" = Value::native(Layout(aten::Layout::SPARSE_BSC)),
    "torch" "contiguous_format" = Value::native(MemoryFormat(aten::MemoryFormat::CONTIGUOUS)),
    "torch" "legacy_contiguous_format" = Value::native(MemoryFormat(aten::MemoryFormat::CONTIGUOUS)),
    "torch" "preserve_format" = Value::native(MemoryFormat(aten::MemoryFormat::PRESERVE)),
    "torch" "channels_last" = Value::native(MemoryFormat(aten::MemoryFormat::CHANNELS_LAST)),
    "torch" "channels_last_3d" = Value::native(MemoryFormat(aten::MemoryFormat::CHANNELS_LAST_3D)),
    "torch" "per_tensor_affine" = Value::native(QuantizationScheme("per_tensor_affine")),
    "torch" "per_channel_affine" = Value::native(QuantizationScheme("per_channel_affine")),
    "torch" "per_tensor_symmetric" = Value::native(QuantizationScheme("per_tensor_symmetric")),
    "torch" "per_channel_symmetric" = Value::native(QuantizationScheme("per_channel_symmetric")),
    "torch" "per_channel_affine_float_qparams" = Value::native(QuantizationScheme("per_channel_affine_float_qparams")),
    "torch" "pi" = Value::Float(std::f64::consts::PI),
    "torch" "e" = Value::Float(std::f64::consts::E),
    "torch" "inf" = Value::Float(f64::INFINITY),
    "torch" "nan" = Value::Float(f64::NAN),
    "torch" "newaxis" = Value::None,
}

/// The rows of the classes.
pub const ROWS: &[Builtin] = &[
    Builtin::constructor("finfo", &[opt("type", "None")], finfo).says("limits of a floating point dtype"),
    Builtin::constructor("iinfo", &[req("type")], iinfo).says("limits of an integer dtype"),
    Builtin::constructor("dtype", &[], no_instances),
    Builtin::property("dtype", "is_floating_point", is_floating_point),
    Builtin::property("dtype", "is_complex", is_complex),
    Builtin::property("dtype", "is_signed", is_signed),
    Builtin::property("dtype", "itemsize", itemsize),
    Builtin::method("dtype", "to_real", &[], to_real),
    Builtin::method("dtype", "to_complex", &[], to_complex),
    Builtin::method("dtype", "__repr__", &[], dtype_repr),
];

/// The classes.
pub const TYPES: &[TypeRow] = &[
    TypeRow { name: "Tensor", module: "torch", base: "object", summary: "numbers in a grid, with gradients" },
    TypeRow {
        name: "Parameter",
        module: "torch.nn.parameter",
        base: "Tensor",
        summary: "a tensor that a module learns",
    },
    TypeRow { name: "Size", module: "torch", base: "tuple", summary: "the sizes of a tensor's dimensions" },
    TypeRow { name: "dtype", module: "torch", base: "object", summary: "the type of a tensor's numbers" },
    TypeRow { name: "device", module: "torch", base: "object", summary: "where a tensor lies" },
    TypeRow { name: "layout", module: "torch", base: "object", summary: "how a tensor is stored" },
    TypeRow {
        name: "memory_format",
        module: "torch",
        base: "object",
        summary: "the order of a tensor's dimensions in memory",
    },
    TypeRow { name: "qscheme", module: "torch", base: "object", summary: "how a tensor is quantized" },
    TypeRow { name: "Generator", module: "torch._C", base: "object", summary: "a source of random numbers" },
    TypeRow { name: "method_descriptor", module: "builtins", base: "object", summary: "a method of a type" },
    TypeRow { name: "tensortype", module: "torch", base: "object", summary: "a dtype as a class of tensors" },
    TypeRow { name: "finfo", module: "torch", base: "object", summary: "limits of a floating point dtype" },
    TypeRow { name: "iinfo", module: "torch", base: "object", summary: "limits of an integer dtype" },
];
