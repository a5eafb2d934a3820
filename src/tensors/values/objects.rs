//! Small objects of torch: layouts, memory formats, generators.

use std::any::Any;

use torchsh_aten as aten;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Native, Str, TypeRow, Value, Vm};

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

            fn identity(&self) -> Option<usize> {
                #[allow(clippy::redundant_closure_call)]
                Some(Str::intern(&($show)(self)).address())
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
    "torch" "jagged" = Value::native(Layout(aten::Layout::JAGGED)),
    "torch" "_mkldnn" = Value::native(Layout(aten::Layout::MKLDNN)),
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
