//! What calling a built-in class makes.

use std::rc::Rc;

use torchsh_base::error::{Error, Result};
use torchsh_base::reason::Reason;
use torchsh_language::value::{
    Args, Builtin, Dict, DictKind, GenericAlias, Map, Module, Range, Set, Slice, Str, Value, Vm, number, opt,
    pos, rest,
};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constructor("object", &[], |vm, _| {
        let class = vm.types().core(torchsh_language::value::Core::Object).clone();
        vm.new_object(&class, &[], &[])
    })
    .says("An object without anything"),
    Builtin::constructor(
        "type",
        &[
            pos("_object"),
            opt("_bases", "…"),
            opt("_namespace", "…"),
            torchsh_language::value::keywords("kwargs"),
        ],
        make_type,
    )
    .says("The class of an object"),
    Builtin::constructor("bool", &[opt("_value", "False")], |vm, args| {
        Ok(Value::Bool(vm.truth(args.value(0))?))
    })
    .says("True or False")
    .examples(&[("bool([])", "False")]),
    Builtin::constructor("int", &[opt("_value", "0"), opt("base", "10")], int)
        .says("A whole number")
        .examples(&[("int('ff', 16)", "255")]),
    Builtin::constructor("float", &[opt("_value", "0.0")], float)
        .says("A floating-point number")
        .examples(&[("float('1e3')", "1000.0")]),
    Builtin::constructor("complex", &[opt("real", "0"), opt("imag", "0")], complex)
        .says("A complex number")
        .examples(&[("complex(1, 2)", "(1+2j)")]),
    Builtin::constructor("list", &[opt("_iterable", "()")], |vm, args| Ok(Value::list(items(vm, args)?)))
        .says("A list of the items")
        .examples(&[("list('ab')", "['a', 'b']")]),
    Builtin::constructor("tuple", &[opt("_iterable", "()")], |vm, args| match args.value(0) {
        Value::Tuple(tuple) if matches!(tuple.kind, torchsh_language::value::TupleKind::Plain) => {
            Ok(args.value(0).clone())
        }
        _ => Ok(Value::tuple(items(vm, args)?)),
    })
    .says("A tuple of the items")
    .examples(&[("tuple('ab')", "('a', 'b')")]),
    Builtin::constructor("set", &[opt("_iterable", "()")], |vm, args| {
        Ok(Value::Set(Rc::new(set_of(vm, items(vm, args)?, false)?)))
    })
    .says("A set of the items")
    .examples(&[("set([1, 1])", "{1}")]),
    Builtin::constructor("frozenset", &[opt("_iterable", "()")], |vm, args| {
        Ok(Value::Set(Rc::new(set_of(vm, items(vm, args)?, true)?)))
    })
    .says("A set that does not change")
    .examples(&[("frozenset([1])", "frozenset({1})")]),
    Builtin::constructor("dict", &[rest("args"), torchsh_language::value::keywords("kwargs")], |vm, args| {
        dict(vm, args, DictKind::Plain, args.rest())
    })
    .says("A dict of the entries")
    .examples(&[("dict(a=1)", "{'a': 1}")]),
    Builtin::constructor(
        "OrderedDict",
        &[rest("args"), torchsh_language::value::keywords("kwargs")],
        |vm, args| dict(vm, args, DictKind::Ordered, args.rest()),
    )
    .says("A dict that remembers its order"),
    Builtin::constructor(
        "defaultdict",
        &[rest("args"), torchsh_language::value::keywords("kwargs")],
        |vm, args| {
            let (factory, others) = args
                .rest()
                .split_first()
                .map_or((Value::None, &[][..]), |(first, others)| (first.clone(), others));
            if !factory.is_none() && !super::reflection::is_callable(vm, &factory) {
                return Err(Error::type_error("first argument must be callable or None"));
            }
            dict(vm, args, DictKind::Default(factory), others)
        },
    )
    .says("A dict that makes missing values"),
    Builtin::constructor("Counter", &[rest("args"), torchsh_language::value::keywords("kwargs")], counter)
        .says("How often each item occurs"),
    Builtin::constructor("range", &[pos("_start"), opt("_stop", "…"), opt("_step", "1")], range)
        .says("Whole numbers at a distance")
        .examples(&[("list(range(1, 7, 2))", "[1, 3, 5]")]),
    Builtin::constructor("slice", &[pos("_start"), opt("_stop", "…"), opt("_step", "None")], |_, args| {
        let (start, stop) = match args.get(1) {
            Some(stop) => (args.value(0).clone(), stop.clone()),
            None => (Value::None, args.value(0).clone()),
        };
        Ok(Value::Slice(Rc::new(Slice { start, stop, step: args.value(2).clone() })))
    })
    .says("What stands between brackets"),
    Builtin::constructor("GenericAlias", &[pos("_origin"), pos("_args")], |_, args| {
        Ok(GenericAlias::of(args.value(0).clone(), args.value(1)))
    })
    .says("A type with types in brackets"),
    Builtin::constructor("module", &[pos("name"), opt("doc", "None")], |vm, args| {
        let module = Module { name: Str::intern(&args.str(vm, 0)?), namespace: Rc::default() };
        let own = &module.namespace;
        own.set_str(Str::intern("__name__"), Value::Str(module.name.clone()));
        own.set_name("__doc__", args.value(1).clone());
        for name in ["__package__", "__loader__", "__spec__"] {
            own.set_name(name, Value::None);
        }
        Ok(Value::Module(Rc::new(module)))
    })
    .says("An empty module"),
];

fn items(vm: &dyn Vm, args: &Args) -> Result<Vec<Value>> {
    args.get(0).map_or(Ok(Vec::new()), |iterable| vm.collect(iterable))
}

/// A set of these items.
///
/// # Errors
/// An item is unhashable.
pub fn set_of(vm: &dyn Vm, items: Vec<Value>, frozen: bool) -> Result<Set> {
    let set = Set::new(Map::default(), frozen);
    for item in items {
        set.dict.set(vm, item, Value::None)?;
    }
    Ok(set)
}

fn make_type(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Some(bases) = args.get(1) else { return Ok(Value::Class(vm.class_of(args.value(0)))) };
    let namespace = Rc::new(Dict::default());
    update(vm, &namespace, args.value(2))?;
    vm.make_class(None, &args.str(vm, 0)?, &vm.collect(bases)?, namespace, args.keywords())
}

// ---- numbers --------------------------------------------------------------------------------------------------

fn int(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let value = args.get(0).cloned().unwrap_or(Value::Int(0));
    match value.payload() {
        Value::Str(text) => {
            let base = u32::try_from(args.int_or(vm, 1, 10)?).unwrap_or(1);
            parse_int(&text, base)
        }
        Value::Bytes(bytes) => parse_int(&String::from_utf8_lossy(&bytes), 10),
        _ if args.get(1).is_some() => {
            Err(Error::type_error("int() can't convert non-string with explicit base"))
        }
        Value::Int(value) => Ok(Value::Int(value)),
        Value::Bool(value) => Ok(Value::Int(i64::from(value))),
        Value::BigInt(_) => Ok(value.payload()),
        Value::Float(number) => number::truncate(number),
        _ => {
            let special =
                ["__int__", "__index__", "__trunc__"].iter().find_map(|name| vm.special(&value, name, &[]));
            special.unwrap_or_else(|| {
                let name = vm.type_name(&value);
                let message = format!(
                    "int() argument must be a string, a bytes-like object or a real number, not '{name}'"
                );
                Err(Error::type_error(message))
            })
        }
    }
}

fn parse_int(text: &str, base: u32) -> Result<Value> {
    let fail = || {
        let shown = torchsh_language::value::text::quote::repr(text);
        Error::value(format!("invalid literal for int() with base {base}: {shown}"))
    };
    if base == 1 || base > 36 {
        return Err(Error::value("int() base must be >= 2 and <= 36, or 0"));
    }
    let bare = text.trim();
    let (negative, digits) = match bare.as_bytes().first() {
        Some(b'-') => (true, bare.get(1..).unwrap_or_default()),
        Some(b'+') => (false, bare.get(1..).unwrap_or_default()),
        _ => (false, bare),
    };
    let lower = digits.to_ascii_lowercase();
    let prefix = match lower.get(..2) {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        Some("0b") => Some(2),
        _ => None,
    };
    let (radix, digits) = match (base, prefix) {
        (0, Some(radix)) => (radix, lower.get(2..)),
        (0, None) if lower.starts_with('0') && lower.contains(|c| !matches!(c, '0' | '_')) => {
            return Err(fail());
        }
        (0, None) => (10, Some(lower.as_str())),
        (base, Some(radix)) if base == radix => (base, lower.get(2..)),
        (base, _) => (base, Some(lower.as_str())),
    };
    let digits = digits.unwrap_or_default();
    let digits = if prefix.is_some() { digits.strip_prefix('_').unwrap_or(digits) } else { digits };
    if digits.is_empty() || digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        return Err(fail());
    }
    let plain: String = digits
        .chars()
        .filter(|c| *c != '_')
        .map(|c| c.to_digit(10).and_then(|d| char::from_digit(d, 10)).unwrap_or(c))
        .collect();
    let value = number::parse(&plain, radix)?.ok_or_else(fail)?;
    Ok(Value::big(if negative { -value } else { value }))
}

fn float(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.get(0) {
        None => Ok(Value::Float(0.0)),
        Some(value) => match value.as_str() {
            Some(text) => parse_float(&text).map(Value::Float).ok_or_else(|| {
                Error::value(format!(
                    "could not convert string to float: {}",
                    torchsh_language::value::text::quote::repr(&text)
                ))
            }),
            None => number::float(vm, value).map(Value::Float).map_err(|error| match error.reason() {
                Some(Reason::NotANumber) => {
                    let name = vm.type_name(value);
                    Error::type_error(format!(
                        "float() argument must be a string or a real number, not '{name}'"
                    ))
                }
                _ => error,
            }),
        },
    }
}

/// The number that a text stands for, as `float(text)` reads it.
#[must_use]
pub fn parse_float(text: &str) -> Option<f64> {
    let bare = text.trim();
    if bare.starts_with('_') || bare.ends_with('_') || bare.contains("__") {
        return None;
    }
    let plain: String = bare.chars().filter(|c| *c != '_').collect();
    let lower = plain.to_ascii_lowercase();
    match lower.trim_start_matches(['+', '-']) {
        "inf" | "infinity" | "nan" => lower.parse().ok(),
        digits if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => plain.parse().ok(),
        _ => None,
    }
}

fn complex(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let given = [as_complex(vm, args.value(0))?, as_complex(vm, args.value(1))?];
    let of = |index: usize| given.get(index).cloned().unwrap_or(Value::None);
    let part = |index: usize| -> Result<(f64, f64)> {
        match of(index) {
            Value::None => Ok((0.0, 0.0)),
            Value::Complex(value) => Ok(*value),
            Value::Str(text) => {
                parse_complex(&text).ok_or_else(|| Error::value("complex() arg is a malformed string"))
            }
            _ => Ok((args.float(vm, index)?, 0.0)),
        }
    };
    let ((a, b), (c, d)) = (part(0)?, part(1)?);
    let is_complex = |index: usize| matches!(of(index), Value::Complex(_) | Value::Str(_));
    // Adding a zero that is not there would lose the sign of another.
    let real = if is_complex(1) { a - d } else { a };
    Ok(Value::complex(real, if is_complex(0) { b + c } else { c }))
}

/// What an argument of `complex` stands for: by its `__complex__`, where it has one.
fn as_complex(vm: &dyn Vm, value: &Value) -> Result<Value> {
    if let Value::Native(object) = value
        && let Some(number) = object.number()
    {
        return Ok(number);
    }
    match (value, value.payload()) {
        (Value::Instance(_), Value::Instance(_)) => {
            vm.special(value, "__complex__", &[]).unwrap_or(Ok(value.clone()))
        }
        (_, payload) => Ok(payload),
    }
}

fn parse_complex(text: &str) -> Option<(f64, f64)> {
    let bare = text.trim();
    let bare = bare.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(bare);
    let Some(imaginary) = bare.strip_suffix(['j', 'J']) else {
        return parse_float(bare).map(|real| (real, 0.0));
    };
    let split = imaginary.char_indices().skip(1).filter(|(at, c)| {
        matches!(c, '+' | '-') && !imaginary.get(..*at).is_some_and(|before| before.ends_with(['e', 'E']))
    });
    let unit = |text: &str| match text {
        "" | "+" => Some(1.0),
        "-" => Some(-1.0),
        text => parse_float(text),
    };
    match split.last() {
        Some((at, _)) => Some((parse_float(imaginary.get(..at)?)?, unit(imaginary.get(at..)?)?)),
        None => Some((0.0, unit(imaginary)?)),
    }
}

fn range(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (start, stop) = match args.get(1) {
        Some(_) => (args.int(vm, 0)?, args.int(vm, 1)?),
        None => (0, args.int(vm, 0)?),
    };
    let step = args.int_or(vm, 2, 1)?;
    if step == 0 {
        return Err(Error::value("range() arg 3 must not be zero"));
    }
    Ok(Value::Range(Rc::new(Range { start, stop, step })))
}

// ---- dictionaries ---------------------------------------------------------------------------------------------

fn dict(vm: &dyn Vm, args: &Args, kind: DictKind, given: &[Value]) -> Result<Value> {
    let dict = Dict::new(Map::default(), kind);
    match given {
        [] => {}
        [source] => update(vm, &dict, source)?,
        several => {
            let name = args.row().name;
            return Err(Error::type_error(format!(
                "{name} expected at most 1 argument, got {}",
                several.len()
            )));
        }
    }
    for (name, value) in args.keywords() {
        dict.set_str(name.clone(), value.clone());
    }
    Ok(Value::Dict(Rc::new(dict)))
}

/// `dict.update(source)`: the entries of a mapping, or of pairs.
///
/// # Errors
/// `source` is neither, or a key is unhashable.
pub fn update(vm: &dyn Vm, dict: &Dict, source: &Value) -> Result<()> {
    if let Some(other) = source.as_dict() {
        for (key, value) in other.entries() {
            dict.set(vm, key, value)?;
        }
        return Ok(());
    }
    if let Some(keys) = vm.attribute_or_none(source, &Str::intern("keys"))? {
        for key in vm.collect(&vm.call(&keys, &[], &[])?)? {
            let value = vm.item(source, &key)?;
            dict.set(vm, key, value)?;
        }
        return Ok(());
    }
    for (number, pair) in vm.collect(source)?.into_iter().enumerate() {
        let items = vm.collect(&pair).map_err(|_| {
            Error::type_error(format!(
                "cannot convert dictionary update sequence element #{number} to a sequence"
            ))
        })?;
        match items.as_slice() {
            [key, value] => dict.set(vm, key.clone(), value.clone())?,
            items => {
                let message = format!(
                    "dictionary update sequence element #{number} has length {}; 2 is required",
                    items.len()
                );
                return Err(Error::value(message));
            }
        }
    }
    Ok(())
}

fn counter(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dict = Dict::new(Map::default(), DictKind::Counter);
    if args.rest().len() > 1 {
        let given = args.rest().len() + 1;
        let message =
            format!("Counter.__init__() takes from 1 to 2 positional arguments but {given} were given");
        return Err(Error::type_error(message));
    }
    if let Some(source) = args.rest().first() {
        count(vm, &dict, source, 1)?;
    }
    for (name, value) in args.keywords() {
        dict.set_str(name.clone(), value.clone());
    }
    Ok(Value::Dict(Rc::new(dict)))
}

/// Adds (or with -1 takes away) the counts of a mapping, or the items of an iterable.
///
/// # Errors
/// An item is unhashable, a count is no number.
pub fn count(vm: &dyn Vm, dict: &Dict, source: &Value, sign: i64) -> Result<()> {
    use torchsh_syntax::tree::BinaryOperator::{Add, Sub};
    let operator = if sign < 0 { Sub } else { Add };
    let entries = match source.as_dict() {
        Some(other) => other.entries(),
        None => vm.collect(source)?.into_iter().map(|item| (item, Value::Int(1))).collect(),
    };
    for (key, amount) in entries {
        let before = dict.get(vm, &key)?.unwrap_or(Value::Int(0));
        dict.set(vm, key, vm.binary(operator, &before, &amount)?)?;
    }
    Ok(())
}

// ---- descriptors ----------------------------------------------------------------------------------------------
