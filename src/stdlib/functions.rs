//! Python's built-in functions of numbers, text and output.

use num_bigint::BigInt;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Str, Value, Vm, kw, number, opt, pos, rest};
use torchsh_syntax::tree::BinaryOperator;

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
        Ok(torchsh_language::value::text::quote::escape_non_ascii(&vm.repr(args.value(0))?).into())
    })
    .says("As repr, with other than ASCII characters escaped")
    .examples(&[("ascii('é')", "\"'\\\\xe9'\"")]),
    Builtin::global("abs", &[pos("_number")], abs).says("The absolute value").examples(&[("abs(-2)", "2")]),
    Builtin::global("round", &[pos("number"), opt("ndigits", "None")], round)
        .says("The nearest number, halves to the even one")
        .examples(&[("round(2.5)", "2"), ("round(2.675, 2)", "2.67")]),
    Builtin::global("divmod", &[pos("_a"), pos("_b")], |vm, args| {
        let (a, b) = (args.value(0), args.value(1));
        for (receiver, name, other) in [(a, "__divmod__", b), (b, "__rdivmod__", a)] {
            if let Value::Instance(_) = receiver
                && let Some(result) = vm.special(receiver, name, std::slice::from_ref(other))
                && !matches!(result, Ok(Value::NotImplemented))
            {
                return result;
            }
        }
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
    Builtin::global("id", &[pos("_object")], |_, args| Ok(Value::from(args.value(0).address())))
        .says("A number that tells objects apart"),
    Builtin::global("hash", &[pos("_object")], |vm, args| vm.hash_number(args.value(0)).map(Value::Int))
        .says("A number that is equal for equal objects"),
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
    Builtin::global("format", &[pos("_value"), opt("_spec", "''")], |vm, args| {
        Ok(Value::Str(vm.format(args.value(0), &args.str_or(vm, 1, "")?)?))
    })
    .says("A value as text in a format")
    .examples(&[("format(3.14159, '.2f')", "'3.14'")]),
];

fn print(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut text = String::new();
    let between = |index: usize, name: &str, default: &str| {
        args.str_or(vm, index, default).map_err(|_| {
            let kind = vm.type_name(args.value(index));
            Error::type_error(format!("{name} must be None or a string, not {kind}"))
        })
    };
    let (sep, end) = (between(1, "sep", " ")?, between(2, "end", "\n")?);
    for (i, value) in args.rest().iter().enumerate() {
        if i > 0 {
            text.push_str(&sep);
        }
        text.push_str(&vm.text(value)?);
    }
    text.push_str(&end);
    // A program may have put something else in the place of `sys.stdout`.
    let file = match args.some(3) {
        Some(file) => file.clone(),
        None => vm.attribute(&vm.import("sys")?, &Str::intern("stdout"))?,
    };
    vm.call_method(&file, "write", &[Value::str(text)])?;
    if args.truth_or(vm, 4, false)? {
        vm.call_method(&file, "flush", &[])?;
    }
    Ok(Value::None)
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
    let number = if let Value::Native(_) = value { value.clone() } else { value.payload() };
    match (number, args.some(1)) {
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
    if let Value::Instance(_) = args.value(0)
        && let Some(result) =
            vm.special(args.value(0), "__pow__", &[args.value(1).clone(), args.value(2).clone()])
    {
        return result;
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
