//! How arrays are shown, as `numpy.set_printoptions` sets it.

use std::cell::RefCell;

use super::{Scalar, kind};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Param, Str, Value, Vm, opt};

/// What there is to set.
#[derive(Clone)]
pub struct Options {
    /// Digits after the point, at most.
    pub precision: usize,
    /// Elements beyond which only the ends are shown.
    pub threshold: i64,
    /// Elements shown at each end.
    pub edge: usize,
    /// Columns of a line.
    pub width: usize,
    /// Whether small numbers stay without exponents.
    pub suppress: bool,
    nan: Str,
    inf: Str,
    /// Functions that write numbers, by the name of a kind; or None.
    formatter: Value,
}

thread_local! {
    static OPTIONS: RefCell<Options> = RefCell::new(Options {
        precision: 8,
        threshold: 1000,
        edge: 3,
        width: 75,
        suppress: false,
        nan: Str::intern("nan"),
        inf: Str::intern("inf"),
        formatter: Value::None,
    });
}

/// The options as they are.
pub fn options() -> Options {
    OPTIONS.with_borrow(Clone::clone)
}

/// Digits after the point, at most.
pub fn precision() -> usize {
    OPTIONS.with_borrow(|options| options.precision)
}

/// The text of what is no finite number.
pub fn not_finite(value: f64) -> String {
    OPTIONS.with_borrow(|options| match value {
        _ if value.is_nan() => options.nan.to_string(),
        _ if value > 0.0 => options.inf.to_string(),
        _ => format!("-{}", options.inf),
    })
}

/// The texts of numbers by the program's own function, if it has one for their dtype.
///
/// # Errors
/// What the function raises.
pub fn written(vm: &dyn Vm, dtype: Dtype, numbers: &[Value]) -> Result<Option<Vec<Value>>> {
    let Some(functions) = options().formatter.as_dict() else { return Ok(None) };
    let names: &[&str] = match kind(dtype) {
        "b" => &["bool", "all"],
        "i" | "u" => &["int", "int_kind", "all"],
        "c" => &["complexfloat", "complex_kind", "all"],
        _ => &["float", "float_kind", "all"],
    };
    let Some(function) = names.iter().find_map(|name| functions.get_name(name)) else { return Ok(None) };
    let write = |number: &Value| {
        let text = vm.call(&function, &[Scalar::of(dtype, number.clone())], &[])?;
        vm.text(&text).map(Value::Str)
    };
    numbers.iter().map(write).collect::<Result<_>>().map(Some)
}

fn known(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    let known = options();
    Ok(Value::dict_of([
        (Str::intern("precision"), Value::from(known.precision)),
        (Str::intern("threshold"), Value::Int(known.threshold)),
        (Str::intern("edgeitems"), Value::from(known.edge)),
        (Str::intern("linewidth"), Value::from(known.width)),
        (Str::intern("suppress"), Value::Bool(known.suppress)),
        (Str::intern("nanstr"), Value::Str(known.nan)),
        (Str::intern("infstr"), Value::Str(known.inf)),
        (Str::intern("formatter"), known.formatter),
    ]))
}

fn set(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut new = options();
    let whole = |place: usize, default: usize| -> Result<usize> {
        let most = i64::try_from(default).unwrap_or(i64::MAX);
        let value = args.int_or(vm, place, most)?;
        usize::try_from(value).map_err(|_| Error::value("a print option must be non-negative"))
    };
    new.precision = whole(0, new.precision)?;
    new.threshold = match args.some(1) {
        Some(Value::Float(value)) if value.is_nan() => {
            return Err(Error::value(
                "threshold must be non-NAN, try sys.maxsize for untruncated representation",
            ));
        }
        Some(Value::Float(value)) => *value as i64,
        _ => args.int_or(vm, 1, new.threshold)?,
    };
    new.edge = whole(2, new.edge)?;
    new.width = whole(3, new.width)?;
    new.suppress = args.truth_or(vm, 4, new.suppress)?;
    new.nan = args.str_or(vm, 5, &new.nan)?;
    new.inf = args.str_or(vm, 6, &new.inf)?;
    new.formatter = args.some(7).cloned().unwrap_or(Value::None);
    OPTIONS.set(new);
    Ok(Value::None)
}

const ALL: &[Param] = &[
    opt("precision", "None"),
    opt("threshold", "None"),
    opt("edgeitems", "None"),
    opt("linewidth", "None"),
    opt("suppress", "None"),
    opt("nanstr", "None"),
    opt("infstr", "None"),
    opt("formatter", "None"),
];

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("numpy", "_print_options", &[], known),
    Builtin::function("numpy", "_set_print_options", ALL, set),
];
