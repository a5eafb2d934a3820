//! How tensors are printed, and how that is set.

use torchsh_base::error::{Error, Result};
use torchsh_language::value::text::tensor::{self as text, Options};
use torchsh_language::value::{Args, Builtin, Param, Str, Value, Vm, kw, opt};

fn repr(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let shown = text::repr(object)?;
    Ok(Value::str(if object.is_parameter.get() { format!("Parameter containing:\n{shown}") } else { shown }))
}

fn set_printoptions(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut options = text::options();
    if args.some(4).is_some() {
        let (threshold, edge_items) = match args.str(vm, 4)?.as_str() {
            "default" => (1000.0, 3),
            "short" => (1000.0, 2),
            "full" => (f64::INFINITY, 3),
            _ => (options.threshold, options.edge_items),
        };
        let precision = if &*args.str(vm, 4)? == "short" { 2 } else { 4 };
        options =
            Options { precision, threshold, edge_items, line_width: 80, scientific: options.scientific };
    }
    let count = |index: usize, old: usize| -> Result<usize> {
        match args.some(index) {
            None => Ok(old),
            Some(_) => usize::try_from(args.int(vm, index)?)
                .map_err(|_| Error::value("print options must not be negative")),
        }
    };
    options.precision = count(0, options.precision)?;
    if args.some(1).is_some() {
        options.threshold = args.float(vm, 1)?;
    }
    options.edge_items = count(2, options.edge_items)?;
    options.line_width = count(3, options.line_width)?;
    options.scientific = args.some(5).map(|value| vm.truth(value)).transpose()?;
    text::set_options(options);
    Ok(Value::None)
}

fn get_printoptions(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    let options = text::options();
    let threshold = if options.threshold.is_finite() && options.threshold.fract() == 0.0 {
        Value::Int(options.threshold as i64)
    } else {
        Value::Float(options.threshold)
    };
    let field = |name: &str, value: Value| (Str::intern(name), value);
    Ok(Value::dict_of([
        field("precision", Value::from(options.precision)),
        field("threshold", threshold),
        field("edgeitems", Value::from(options.edge_items)),
        field("linewidth", Value::from(options.line_width)),
        field("sci_mode", options.scientific.map_or(Value::None, Value::Bool)),
    ]))
}

const OPTIONS: &[Param] = &[
    opt("precision", "None"),
    opt("threshold", "None"),
    opt("edgeitems", "None"),
    opt("linewidth", "None"),
    opt("profile", "None"),
    opt("sci_mode", "None"),
];

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::method("Tensor", "__repr__", &[kw("tensor_contents", "None")], repr),
    Builtin::function("torch", "set_printoptions", OPTIONS, set_printoptions).says("how tensors are printed"),
    Builtin::function("torch._tensor_str", "set_printoptions", OPTIONS, set_printoptions),
    Builtin::function("torch._tensor_str", "get_printoptions", &[], get_printoptions)
        .says("how tensors are printed"),
];
