//! Python's built-in functions.

use std::rc::Rc;

use num_bigint::BigInt;

use crate::error::{Error, Kind, Result};
use crate::syntax::tree::{BinaryOperator, CompareOperator};
use crate::value::{Args, Builtin, Class, Core, Iterate, Str, Value, Vm, kw, number, opt, pos, rest};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::global(
        "print",
        &[rest("values"), kw("sep", "' '"), kw("end", "'\\n'"), kw("file", "None"), kw("flush", "False")],
        print,
    )
    .says("Prints values")
    .examples(&[("print(1, 'a', sep='-')", "1-a")]),
    Builtin::global("len", &[pos("_object")], |vm, args| Ok(vm.length(args.value(0))?.into()))
        .says("Number of items")
        .examples(&[("len([1, 2])", "2")]),
    Builtin::global("repr", &[pos("_object")], |vm, args| Ok(vm.repr(args.value(0))?.into()))
        .says("The text that shows an object")
        .examples(&[("repr('a')", "\"'a'\"")]),
    Builtin::global("ascii", &[pos("_object")], |vm, args| {
        Ok(crate::value::text::quote::escape_non_ascii(&vm.repr(args.value(0))?).into())
    })
    .says("As repr, with other than ASCII characters escaped")
    .examples(&[("ascii('é')", "\"'\\\\xe9'\"")]),
    Builtin::global("sorted", &[pos("_iterable"), kw("key", "None"), kw("reverse", "False")], sorted)
        .says("A sorted list of the items")
        .examples(&[("sorted([3, 1, 2])", "[1, 2, 3]")]),
    Builtin::global("reversed", &[pos("_sequence")], reversed)
        .says("The items from last to first")
        .examples(&[("list(reversed([1, 2]))", "[2, 1]")]),
    Builtin::global("sum", &[pos("_iterable"), opt("start", "0")], sum)
        .says("The sum of the items")
        .examples(&[("sum([1, 2])", "3")]),
    Builtin::global("min", &[rest("values"), kw("key", "None"), kw("default", "…")], |vm, args| {
        extreme(vm, args, CompareOperator::Less)
    })
    .says("The smallest item")
    .examples(&[("min(3, 1)", "1")]),
    Builtin::global("max", &[rest("values"), kw("key", "None"), kw("default", "…")], |vm, args| {
        extreme(vm, args, CompareOperator::Greater)
    })
    .says("The largest item")
    .examples(&[("max([3, 1])", "3")]),
    Builtin::global("any", &[pos("_iterable")], |vm, args| has_truth(vm, args, true))
        .says("Whether any item is true")
        .examples(&[("any([0, 1])", "True")]),
    Builtin::global("all", &[pos("_iterable")], |vm, args| has_truth(vm, args, false).map(negated))
        .says("Whether all items are true")
        .examples(&[("all([0, 1])", "False")]),
    Builtin::global("abs", &[pos("_number")], abs).says("The absolute value").examples(&[("abs(-2)", "2")]),
    Builtin::global("round", &[pos("number"), opt("ndigits", "None")], round)
        .says("The nearest number, halves to the even one")
        .examples(&[("round(2.5)", "2"), ("round(2.675, 2)", "2.67")]),
    Builtin::global("divmod", &[pos("_a"), pos("_b")], |vm, args| {
        let (a, b) = (args.value(0), args.value(1));
        Ok(Value::tuple(vec![
            vm.binary(BinaryOperator::FloorDiv, a, b)?,
            vm.binary(BinaryOperator::Mod, a, b)?,
        ]))
    })
    .says("Quotient and remainder")
    .examples(&[("divmod(7, 2)", "(3, 1)")]),
    Builtin::global("pow", &[pos("base"), pos("exp"), opt("mod", "None")], pow)
        .says("A power, perhaps modulo a number")
        .examples(&[("pow(2, 10, 1000)", "24")]),
    Builtin::global("isinstance", &[pos("_object"), pos("_classes")], |vm, args| {
        Ok(Value::Bool(is_instance(vm, args.value(0), args.value(1))?))
    })
    .says("Whether an object is of a class")
    .examples(&[("isinstance(1, (int, str))", "True")]),
    Builtin::global("issubclass", &[pos("_class"), pos("_classes")], |_, args| match args.value(0) {
        Value::Class(class) => Ok(Value::Bool(is_subclass(class, args.value(1))?)),
        _ => Err(Error::type_error("issubclass() arg 1 must be a class")),
    })
    .says("Whether a class is made from another")
    .examples(&[("issubclass(bool, int)", "True")]),
    Builtin::global("id", &[pos("_object")], |_, args| Ok(Value::from(args.value(0).address())))
        .says("A number that tells objects apart"),
    Builtin::global("hash", &[pos("_object")], |vm, args| match args.value(0) {
        Value::Int(value) if (-1..=i64::MAX >> 3).contains(value) => {
            Ok(Value::Int(if *value == -1 { -2 } else { *value }))
        }
        value => vm.hash(value).map(|hash| Value::Int((hash >> 1).cast_signed())),
    })
    .says("A number that is equal for equal objects"),
    Builtin::global("callable", &[pos("_object")], |vm, args| {
        Ok(Value::Bool(is_callable(vm, args.value(0))))
    })
    .says("Whether an object can be called")
    .examples(&[("callable(len)", "True")]),
    Builtin::global("chr", &[pos("_code")], |vm, args| {
        let code = u32::try_from(args.int(vm, 0)?).ok().and_then(char::from_u32);
        code.map(|c| Value::str(c.to_string()))
            .ok_or_else(|| Error::value("chr() arg not in range(0x110000)"))
    })
    .says("The character with that code")
    .examples(&[("chr(97)", "'a'")]),
    Builtin::global("ord", &[pos("_character")], ord)
        .says("The code of a character")
        .examples(&[("ord('a')", "97")]),
    Builtin::global("bin", &[pos("_number")], |vm, args| based(vm, args, 2, "0b"))
        .says("In binary")
        .examples(&[("bin(5)", "'0b101'")]),
    Builtin::global("oct", &[pos("_number")], |vm, args| based(vm, args, 8, "0o"))
        .says("In octal")
        .examples(&[("oct(8)", "'0o10'")]),
    Builtin::global("hex", &[pos("_number")], |vm, args| based(vm, args, 16, "0x"))
        .says("In hexadecimal")
        .examples(&[("hex(255)", "'0xff'")]),
    Builtin::global("iter", &[pos("_object"), opt("_sentinel", "…")], iter)
        .says("An iterator over the items")
        .examples(&[("next(iter([1]))", "1")]),
    Builtin::global("next", &[pos("_iterator"), opt("_default", "…")], next)
        .says("The next item of an iterator"),
    Builtin::global("getattr", &[pos("_object"), pos("_name"), opt("_default", "…")], getattr)
        .says("An attribute by name")
        .examples(&[("getattr('a', 'upper')()", "'A'")]),
    Builtin::global("hasattr", &[pos("_object"), pos("_name")], |vm, args| {
        Ok(Value::Bool(vm.attribute_or_none(args.value(0), &args.str(vm, 1)?)?.is_some()))
    })
    .says("Whether an object has an attribute")
    .examples(&[("hasattr(1, 'real')", "True")]),
    Builtin::global("setattr", &[pos("_object"), pos("_name"), pos("_value")], |vm, args| {
        vm.set_attribute(args.value(0), &args.str(vm, 1)?, args.value(2).clone())?;
        Ok(Value::None)
    })
    .says("Sets an attribute by name"),
    Builtin::global("delattr", &[pos("_object"), pos("_name")], |vm, args| {
        vm.delete_attribute(args.value(0), &args.str(vm, 1)?)?;
        Ok(Value::None)
    })
    .says("Removes an attribute by name"),
    Builtin::global("dir", &[opt("_object", "…")], |vm, args| {
        let names = match args.get(0) {
            Some(object) => vm.attribute_names(object),
            None => {
                let mut names: Vec<Str> = vm.locals().keys().iter().filter_map(Value::as_str).collect();
                names.sort();
                names
            }
        };
        Ok(Value::list(names.into_iter().map(Value::Str).collect()))
    })
    .says("The names of an object's attributes")
    .reads_frame(),
    Builtin::global("vars", &[opt("_object", "…")], |vm, args| match args.get(0) {
        Some(object) => vm
            .attribute(object, &Str::intern("__dict__"))
            .map_err(|_| Error::type_error("vars() argument must have __dict__ attribute")),
        None => Ok(Value::Dict(vm.locals())),
    })
    .says("An object's attributes as a dict")
    .reads_frame(),
    Builtin::global(
        "eval",
        &[pos("_expression"), opt("_globals", "…"), opt("_locals", "…")],
        |vm, args| {
            let text = args.str(vm, 0)?;
            run(vm, args, text.trim_start())
        },
    )
    .says("The value of an expression given as text")
    .examples(&[("eval('1 + 2')", "3")])
    .reads_frame(),
    Builtin::global("exec", &[pos("_program"), opt("_globals", "…"), opt("_locals", "…")], |vm, args| {
        run(vm, args, &args.str(vm, 0)?).map(|_| Value::None)
    })
    .says("Runs a program given as text")
    .reads_frame(),
    Builtin::global("globals", &[], |vm, _| Ok(Value::Dict(vm.globals())))
        .says("The names of the module")
        .reads_frame(),
    Builtin::global("locals", &[], |vm, _| Ok(Value::Dict(vm.locals())))
        .says("The names of the block")
        .reads_frame(),
    Builtin::global("format", &[pos("_value"), opt("_spec", "''")], |vm, args| {
        Ok(Value::Str(vm.format(args.value(0), &args.str_or(vm, 1, "")?)?))
    })
    .says("A value as text in a format")
    .examples(&[("format(3.14159, '.2f')", "'3.14'")]),
    Builtin::global("enumerate", &[pos("iterable"), opt("start", "0")], enumerate)
        .says("Pairs of number and item")
        .examples(&[("list(enumerate('ab'))", "[(0, 'a'), (1, 'b')]")]),
    Builtin::global("zip", &[rest("iterables"), kw("strict", "False")], zip)
        .says("Tuples of the items of several iterables")
        .examples(&[("list(zip('ab', [1, 2]))", "[('a', 1), ('b', 2)]")]),
    Builtin::global("map", &[pos("_function"), pos("_iterable"), rest("iterables")], map)
        .says("A function's results for each item")
        .examples(&[("list(map(len, ['a', 'bc']))", "[1, 2]")]),
    Builtin::global("filter", &[pos("_function"), pos("_iterable")], filter)
        .says("The items for which a function gives true")
        .examples(&[("list(filter(None, [0, 1]))", "[1]")]),
];

fn run(vm: &dyn Vm, args: &Args, text: &str) -> Result<Value> {
    let globals = if args.some(1).is_some() { args.dict(vm, 1)? } else { vm.globals() };
    let locals = match (args.some(2), args.some(1)) {
        (Some(_), _) => args.dict(vm, 2)?,
        (None, Some(_)) => globals.clone(),
        (None, None) => vm.locals(),
    };
    vm.run_text(text, &globals, &locals)
}

fn negated(value: Value) -> Value {
    Value::Bool(matches!(value, Value::Bool(false)))
}

fn print(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut text = String::new();
    let (sep, end) = (args.str_or(vm, 1, " ")?, args.str_or(vm, 2, "\n")?);
    for (i, value) in args.rest().iter().enumerate() {
        if i > 0 {
            text.push_str(&sep);
        }
        text.push_str(&vm.text(value)?);
    }
    text.push_str(&end);
    match args.some(3) {
        Some(file) => vm.call_method(file, "write", &[Value::str(text)]).map(|_| Value::None),
        None => vm.write(&text).map(|()| Value::None),
    }
}

/// Sorts values in place, as `list.sort` and `sorted` do: stable, by `<` alone.
///
/// # Errors
/// What a comparison or the key function raises; the values are then in some order.
pub fn sort(vm: &dyn Vm, values: &mut Vec<Value>, key: Option<&Value>, reverse: bool) -> Result<()> {
    let mut keyed = Vec::with_capacity(values.len());
    for value in values.drain(..) {
        let by = match key {
            Some(key) => vm.call(key, std::slice::from_ref(&value), &[])?,
            None => value.clone(),
        };
        keyed.push((by, value));
    }
    // Reversing before and after keeps equal items in their order.
    if reverse {
        keyed.reverse();
    }
    let mut failure = None;
    keyed.sort_by(|(a, _), (b, _)| {
        if failure.is_some() {
            return std::cmp::Ordering::Equal;
        }
        match order(vm, a, b) {
            Ok(order) => order,
            Err(error) => {
                failure = Some(error);
                std::cmp::Ordering::Equal
            }
        }
    });
    if reverse {
        keyed.reverse();
    }
    values.extend(keyed.into_iter().map(|(_, value)| value));
    failure.map_or(Ok(()), Err)
}

fn order(vm: &dyn Vm, a: &Value, b: &Value) -> Result<std::cmp::Ordering> {
    use std::cmp::Ordering;
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Ok(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Ok(a.cmp(b)),
        _ if vm.less(a, b)? => Ok(Ordering::Less),
        _ if vm.less(b, a)? => Ok(Ordering::Greater),
        _ => Ok(Ordering::Equal),
    }
}

fn sorted(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut values = vm.collect(args.value(0))?;
    sort(vm, &mut values, args.some(1), args.truth_or(vm, 2, false)?)?;
    Ok(Value::list(values))
}

fn reversed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let value = args.value(0);
    if let Value::Instance(_) = value
        && let Some(result) = vm.special(value, "__reversed__", &[])
    {
        return result;
    }
    let is_sequence = matches!(
        value.payload(),
        Value::List(_)
            | Value::Tuple(_)
            | Value::Str(_)
            | Value::Bytes(_)
            | Value::Range(_)
            | Value::Dict(_)
            | Value::View(_)
    );
    let items = if is_sequence {
        vm.collect(value)?
    } else {
        let length = vm.length(value).map_err(|_| {
            let name = vm.type_name(value);
            Error::type_error(format!("'{name}' object is not reversible"))
        })?;
        (0..length).map(|i| vm.item(value, &Value::from(i))).collect::<Result<_>>()?
    };
    Ok(Value::iterator("reversed", Items(items.into_iter().rev().collect::<Vec<_>>().into_iter())))
}

/// Items that are all there.
pub struct Items(pub std::vec::IntoIter<Value>);

impl Iterate for Items {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        Ok(self.0.next())
    }
    fn remaining(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

fn sum(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut total = args.get(1).cloned().unwrap_or(Value::Int(0));
    if let Value::Str(_) = total {
        return Err(Error::type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    let iterator = vm.iterate(args.value(0))?;
    while let Some(item) = vm.next(&iterator)? {
        total = vm.binary(BinaryOperator::Add, &total, &item)?;
    }
    Ok(total)
}

fn extreme(vm: &dyn Vm, args: &Args, wanted: CompareOperator) -> Result<Value> {
    let name = args.row().name;
    let items = match args.rest() {
        [] => return Err(Error::type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => vm.collect(iterable)?,
        several => several.to_vec(),
    };
    let mut best: Option<(Value, Value)> = None;
    for item in items {
        let by = match args.some(1) {
            Some(key) => vm.call(key, std::slice::from_ref(&item), &[])?,
            None => item.clone(),
        };
        let better = match &best {
            Some((champion, _)) => vm.truth(&vm.compare(wanted, &by, champion)?)?,
            None => true,
        };
        if better {
            best = Some((by, item));
        }
    }
    match (best, args.get(2)) {
        (Some((_, item)), _) => Ok(item),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(Error::value(format!("{name}() iterable argument is empty"))),
    }
}

fn has_truth(vm: &dyn Vm, args: &Args, wanted: bool) -> Result<Value> {
    let iterator = vm.iterate(args.value(0))?;
    while let Some(item) = vm.next(&iterator)? {
        if vm.truth(&item)? == wanted {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn abs(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.value(0).payload() {
        Value::Bool(value) => Ok(Value::Int(i64::from(value))),
        Value::Int(value) => {
            Ok(value.checked_abs().map_or_else(|| Value::big(-BigInt::from(value)), Value::Int))
        }
        Value::BigInt(value) => Ok(Value::big(BigInt::from(value.magnitude().clone()))),
        Value::Float(value) => Ok(Value::Float(value.abs())),
        Value::Complex(value) => Ok(Value::Float(value.0.hypot(value.1))),
        _ => vm.special(args.value(0), "__abs__", &[]).unwrap_or_else(|| {
            let name = vm.type_name(args.value(0));
            Err(Error::type_error(format!("bad operand type for abs(): '{name}'")))
        }),
    }
}

fn round(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let value = args.value(0);
    match (value.payload(), args.some(1)) {
        (Value::Float(number), None) => number::truncate(number.round_ties_even()),
        (Value::Float(number), Some(_)) => {
            let digits = args.int(vm, 1)?;
            Ok(Value::Float(round_to(number, digits)))
        }
        (Value::Int(_) | Value::Bool(_) | Value::BigInt(_), None) => {
            Ok(Value::big(number::big_index(vm, value)?))
        }
        (Value::Int(_) | Value::Bool(_) | Value::BigInt(_), Some(_)) => {
            round_int(number::big_index(vm, value)?, args.int(vm, 1)?)
        }
        _ => {
            let digits: Vec<Value> = args.some(1).cloned().into_iter().collect();
            vm.special(value, "__round__", &digits).unwrap_or_else(|| {
                let name = vm.type_name(value);
                Err(Error::type_error(format!("type {name} doesn't define __round__ method")))
            })
        }
    }
}

/// Rounds as the decimal digits of the exact value say, as Python does.
fn round_to(value: f64, digits: i64) -> f64 {
    if !value.is_finite() || digits > 323 {
        return value;
    }
    match usize::try_from(digits) {
        Ok(digits) => format!("{value:.digits$}").parse().unwrap_or(value),
        Err(_) if digits < -308 => 0.0 * value,
        Err(_) => {
            let scale = 10f64.powi(i32::try_from(-digits).unwrap_or(308));
            (value / scale).round_ties_even() * scale
        }
    }
}

fn round_int(value: BigInt, digits: i64) -> Result<Value> {
    if digits >= 0 {
        return Ok(Value::big(value));
    }
    let power = u32::try_from(-digits).map_err(|_| Error::new(Kind::Overflow, "too many digits"))?;
    if u64::from(power) > value.bits() {
        return Ok(Value::Int(0));
    }
    let unit = BigInt::from(10).pow(power);
    let (quotient, remainder) = num_integer::Integer::div_mod_floor(&value, &unit);
    let twice = remainder * 2;
    let up = twice > unit || (twice == unit && num_integer::Integer::is_odd(&quotient));
    Ok(Value::big((quotient + BigInt::from(u8::from(up))) * unit))
}

fn pow(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if args.some(2).is_none() {
        return vm.binary(BinaryOperator::Pow, args.value(0), args.value(1));
    }
    let [base, exponent, modulus] = [0, 1, 2].map(|i| number::big_index(vm, args.value(i)));
    let (base, exponent, modulus) = (base?, exponent?, modulus?);
    if modulus == BigInt::ZERO {
        return Err(Error::value("pow() 3rd argument cannot be 0"));
    }
    if exponent < BigInt::ZERO {
        let inverse = base
            .modinv(&modulus)
            .ok_or_else(|| Error::value("base is not invertible for the given modulus"))?;
        return Ok(Value::big(inverse.modpow(&-exponent, &modulus)));
    }
    Ok(Value::big(base.modpow(&exponent, &modulus)))
}

/// `isinstance(value, classes)`.
///
/// # Errors
/// `TypeError` if `classes` is no class, nor a tuple or union of some.
pub fn is_instance(vm: &dyn Vm, value: &Value, classes: &Value) -> Result<bool> {
    match classes {
        Value::Class(class) => match vm.special(classes, "__instancecheck__", &[]) {
            _ if vm.is_instance(value, class) => Ok(true),
            // Abstract classes of the prelude say themselves what they hold.
            _ => match class.lookup(&Str::intern("__instancehook__")) {
                Some(hook) => vm.truth(&vm.call(&hook, std::slice::from_ref(value), &[])?),
                None => Ok(false),
            },
        },
        Value::Tuple(several) => {
            for class in &several.items {
                if is_instance(vm, value, class)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::None => Ok(value.is_none()),
        _ => match vm.special(classes, "__instancecheck__", std::slice::from_ref(value)) {
            Some(result) => vm.truth(&result?),
            None => Err(Error::type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")),
        },
    }
}

fn is_subclass(class: &Rc<Class>, classes: &Value) -> Result<bool> {
    match classes {
        Value::Class(other) => Ok(class.inherits(other)),
        Value::Tuple(several) => {
            for other in &several.items {
                if is_subclass(class, other)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Err(Error::type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union")),
    }
}

fn is_callable(vm: &dyn Vm, value: &Value) -> bool {
    match value {
        Value::Function(_) | Value::Builtin(_) | Value::BoundMethod(_) | Value::Class(_) => true,
        _ => vm.class_of(value).lookup(&Str::intern("__call__")).is_some(),
    }
}

fn ord(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if let Value::Bytes(bytes) = args.value(0)
        && let [byte] = bytes.as_slice()
    {
        return Ok(Value::Int(i64::from(*byte)));
    }
    let Some(text) = args.value(0).as_str() else {
        let name = vm.type_name(args.value(0));
        return Err(Error::type_error(format!("ord() expected string of length 1, but {name} found")));
    };
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(Value::Int(i64::from(u32::from(c)))),
        _ => {
            let message = format!("ord() expected a character, but string of length {} found", text.points());
            Err(Error::type_error(message))
        }
    }
}

fn based(vm: &dyn Vm, args: &Args, radix: u32, prefix: &str) -> Result<Value> {
    let value = number::big_index(vm, args.value(0))?;
    let sign = if value < BigInt::ZERO { "-" } else { "" };
    Ok(format!("{sign}{prefix}{}", value.magnitude().to_str_radix(radix)).into())
}

/// Calls a function until it gives the sentinel.
struct Until {
    function: Value,
    sentinel: Value,
    ended: bool,
}

impl Iterate for Until {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        if self.ended {
            return Ok(None);
        }
        let value = vm.call(&self.function, &[], &[])?;
        self.ended = vm.equal(&value, &self.sentinel)?;
        Ok((!self.ended).then_some(value))
    }
}

fn iter(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.get(1) {
        None => vm.iterate(args.value(0)),
        Some(sentinel) => {
            let state = Until { function: args.value(0).clone(), sentinel: sentinel.clone(), ended: false };
            Ok(Value::iterator("callable_iterator", state))
        }
    }
}

fn next(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let iterator = args.value(0);
    match vm.next(iterator)? {
        Some(item) => Ok(item),
        None => match args.get(1) {
            Some(default) => Ok(default.clone()),
            None => Err(stop_iteration(vm, iterator)),
        },
    }
}

/// `StopIteration` with what a generator returned.
pub fn stop_iteration(vm: &dyn Vm, iterator: &Value) -> Error {
    let returned = match iterator {
        Value::Iterator(object) => object.with(|state| Ok(state.returned())).ok().flatten(),
        _ => None,
    };
    let Some(class) = vm.types().named("StopIteration") else { return Error::new(Kind::StopIteration, "") };
    let arguments: Vec<Value> = returned.filter(|value| !value.is_none()).into_iter().collect();
    match vm.call(&Value::Class(class), &arguments, &[]) {
        Ok(exception) => vm.raise(&exception),
        Err(error) => error,
    }
}

fn getattr(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.value(1).as_str().ok_or_else(|| Error::type_error("attribute name must be string"))?;
    match args.get(2) {
        None => vm.attribute(args.value(0), &name),
        Some(default) => Ok(vm.attribute_or_none(args.value(0), &name)?.unwrap_or_else(|| default.clone())),
    }
}

// ---- iterators ------------------------------------------------------------------------------------------------

struct Enumerate {
    inner: Value,
    count: i64,
}

impl Iterate for Enumerate {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        let Some(item) = vm.next(&self.inner)? else { return Ok(None) };
        self.count += 1;
        Ok(Some(Value::tuple(vec![Value::Int(self.count - 1), item])))
    }
}

fn enumerate(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let state = Enumerate { inner: vm.iterate(args.value(0))?, count: args.int_or(vm, 1, 0)? };
    Ok(Value::iterator("enumerate", state))
}

struct Zip {
    inner: Vec<Value>,
    strict: bool,
}

impl Iterate for Zip {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        let mut items = Vec::with_capacity(self.inner.len());
        for (i, iterator) in self.inner.iter().enumerate() {
            match vm.next(iterator)? {
                Some(item) => items.push(item),
                None if self.strict && i > 0 => return Err(self.uneven(i, "shorter")),
                None if self.strict => {
                    for (i, iterator) in self.inner.iter().enumerate().skip(1) {
                        if vm.next(iterator)?.is_some() {
                            return Err(self.uneven(i, "longer"));
                        }
                    }
                    return Ok(None);
                }
                None => return Ok(None),
            }
        }
        Ok((!items.is_empty()).then(|| Value::tuple(items)))
    }
}

impl Zip {
    fn uneven(&self, at: usize, what: &str) -> Error {
        let others = if at == 1 { "argument 1".to_owned() } else { format!("arguments 1-{at}") };
        Error::value(format!("zip() argument {} is {what} than {others}", at + 1))
    }
}

fn zip(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let inner = args.rest().iter().map(|iterable| vm.iterate(iterable)).collect::<Result<_>>()?;
    Ok(Value::iterator("zip", Zip { inner, strict: args.truth_or(vm, 1, false)? }))
}

struct Map {
    function: Value,
    inner: Vec<Value>,
}

impl Iterate for Map {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        let mut arguments = Vec::with_capacity(self.inner.len());
        for iterator in &self.inner {
            match vm.next(iterator)? {
                Some(item) => arguments.push(item),
                None => return Ok(None),
            }
        }
        vm.call(&self.function, &arguments, &[]).map(Some)
    }
}

fn map(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut inner = vec![vm.iterate(args.value(1))?];
    for iterable in args.rest() {
        inner.push(vm.iterate(iterable)?);
    }
    Ok(Value::iterator("map", Map { function: args.value(0).clone(), inner }))
}

struct Filter {
    function: Value,
    inner: Value,
}

impl Iterate for Filter {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        while let Some(item) = vm.next(&self.inner)? {
            let keep = match &self.function {
                Value::None => vm.truth(&item)?,
                function => vm.truth(&vm.call(function, std::slice::from_ref(&item), &[])?)?,
            };
            if keep {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

fn filter(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::iterator(
        "filter",
        Filter { function: args.value(0).clone(), inner: vm.iterate(args.value(1))? },
    ))
}
