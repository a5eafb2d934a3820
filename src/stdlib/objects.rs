//! What every object, class, exception, generator and number has.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::iterators::stop_iteration;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Core, Value, Vm, keywords, memory, number, opt, pos, rest};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::on_type("object", "__new__", &[pos("_class"), rest("args"), keywords("kwargs")], |vm, args| {
        match args.value(0) {
            Value::Class(class) if class.constructor.is_some() && class.core != Some(Core::Object) => {
                vm.instantiate(class, args.rest(), args.keywords())
            }
            Value::Class(class) => vm.new_object(class, args.rest(), args.keywords()),
            _ => Err(Error::type_error("object.__new__(X): X is not a type object")),
        }
    })
    .says("An object whose __init__ has not run"),
    Builtin::method("object", "__repr__", &[], |vm, args| Ok(vm.plain_repr(args.receiver())?.into()))
        .says("The text that shows an object"),
    Builtin::method("object", "__str__", &[], |vm, args| match args.receiver().payload() {
        Value::Instance(_) | Value::Tensor(_) | Value::Native(_) => Ok(vm.repr(args.receiver())?.into()),
        payload => vm.text(&payload).map(Value::Str),
    })
    .says("The text of an object"),
    Builtin::method("object", "__setattr__", &[pos("_name"), pos("_value")], |vm, args| {
        vm.plain_set_attribute(args.receiver(), &args.str(vm, 0)?, Some(args.value(1).clone()))?;
        Ok(Value::None)
    })
    .says("Sets an attribute"),
    Builtin::method("object", "__delattr__", &[pos("_name")], |vm, args| {
        vm.plain_set_attribute(args.receiver(), &args.str(vm, 0)?, None)?;
        Ok(Value::None)
    })
    .says("Removes an attribute"),
    Builtin::method("object", "__getattribute__", &[pos("_name")], |vm, args| {
        vm.plain_attribute(args.receiver(), &args.str(vm, 0)?)
    })
    .says("An attribute by name"),
    Builtin::method("object", "__dir__", &[], |vm, args| {
        Ok(Value::list(vm.attribute_names(args.receiver()).into_iter().map(Value::Str).collect()))
    })
    .says("The names of its attributes"),
    Builtin::method("object", "__format__", &[pos("_spec")], |vm, args| match args.receiver().payload() {
        Value::Instance(_) | Value::Tensor(_) | Value::Native(_) => Ok(Value::Str(vm.text(args.receiver())?)),
        payload => vm.format(&payload, &args.str(vm, 0)?).map(Value::Str),
    })
    .says("The text in a format"),
    Builtin::method("generator", "send", &[pos("_value")], |vm, args| {
        let value = args.value(0).clone();
        resumed(vm, args, |state| state.send(vm, value))
    })
    .says("Goes on; the yield has this value"),
    Builtin::method("generator", "throw", &[pos("_exception"), opt("_value", "None")], |vm, args| {
        let error = vm.raise(args.value(0));
        resumed(vm, args, |state| state.throw(vm, error))
    })
    .says("Raises at the yield"),
    Builtin::method("generator", "close", &[], |vm, args| match args.receiver() {
        Value::Iterator(object) => object.with(|state| state.close(vm)).map(|()| Value::None),
        _ => Err(args.wrong_receiver(vm)),
    })
    .says("Ends the generator"),
    Builtin::method("generator", "__next__", &[], |vm, args| {
        vm.next(args.receiver())?.ok_or_else(|| stop_iteration(vm, args.receiver()))
    })
    .says("The next item"),
    Builtin::method("function", "__get__", &[pos("_instance"), opt("_owner", "None")], |vm, args| match args
        .value(0)
    {
        Value::None => Ok(args.receiver().clone()),
        instance => vm.bind(args.receiver().clone(), instance),
    })
    .says("The method of an instance"),
    Builtin::method("type", "mro", &[], |vm, args| {
        vm.attribute(args.receiver(), &torchsh_language::value::Str::intern("__mro__"))
            .and_then(|order| Ok(Value::list(vm.collect(&order)?)))
    })
    .says("The classes that attributes are looked up in"),
    Builtin::method("int", "bit_length", &[], |vm, args| {
        let bits = number::big_index(vm, args.receiver())?.bits();
        Ok(Value::Int(i64::try_from(bits).unwrap_or(i64::MAX)))
    })
    .says("Number of bits")
    .examples(&[("(255).bit_length()", "8")]),
    Builtin::method("int", "bit_count", &[], |vm, args| {
        let ones: u32 =
            number::big_index(vm, args.receiver())?.magnitude().iter_u32_digits().map(u32::count_ones).sum();
        Ok(Value::Int(i64::from(ones)))
    })
    .says("Number of ones in binary"),
    Builtin::method(
        "int",
        "to_bytes",
        &[opt("length", "1"), opt("byteorder", "'big'"), torchsh_language::value::kw("signed", "False")],
        to_bytes,
    )
    .says("The bytes of the number"),
    Builtin::on_type(
        "int",
        "from_bytes",
        &[pos("bytes"), opt("byteorder", "'big'"), torchsh_language::value::kw("signed", "False")],
        from_bytes,
    )
    .says("The number of some bytes"),
    Builtin::property("int", "real", |vm, args| number::big_index(vm, args.receiver()).map(Value::big))
        .says("The number itself"),
    Builtin::property("int", "imag", |_, _| Ok(Value::Int(0))).says("0"),
    Builtin::property("int", "numerator", |vm, args| number::big_index(vm, args.receiver()).map(Value::big))
        .says("The number itself"),
    Builtin::property("int", "denominator", |_, _| Ok(Value::Int(1))).says("1"),
    Builtin::method("int", "conjugate", &[], |_, args| Ok(args.receiver().payload()))
        .says("The number itself"),
    Builtin::method("int", "as_integer_ratio", &[], |_, args| {
        Ok(Value::tuple(vec![args.receiver().payload(), Value::Int(1)]))
    })
    .says("The number over 1"),
    Builtin::method("float", "is_integer", &[], |vm, args| {
        let value = number::float(vm, args.receiver())?;
        Ok(Value::Bool(value.is_finite() && value.fract() == 0.0))
    })
    .says("Whether it is whole")
    .examples(&[("(2.0).is_integer()", "True")]),
    Builtin::method("float", "as_integer_ratio", &[], ratio)
        .says("The two whole numbers it is the quotient of"),
    Builtin::method("float", "hex", &[], |vm, args| Ok(hex(number::float(vm, args.receiver())?).into()))
        .says("In hexadecimal, exactly"),
    Builtin::method("float", "conjugate", &[], |_, args| Ok(args.receiver().payload()))
        .says("The number itself"),
    Builtin::property("float", "real", |_, args| Ok(args.receiver().payload())).says("The number itself"),
    Builtin::property("float", "imag", |_, _| Ok(Value::Float(0.0))).says("0.0"),
    Builtin::property("complex", "real", |_, args| Ok(Value::Float(parts(args).0))).says("The real part"),
    Builtin::property("complex", "imag", |_, args| Ok(Value::Float(parts(args).1)))
        .says("The imaginary part"),
    Builtin::method("complex", "conjugate", &[], |_, args| {
        let (real, imaginary) = parts(args);
        Ok(Value::complex(real, -imaginary))
    })
    .says("With the other sign of the imaginary part"),
];

fn resumed(
    vm: &dyn Vm,
    args: &Args,
    step: impl FnOnce(&mut dyn torchsh_language::value::Iterate) -> Result<Option<Value>>,
) -> Result<Value> {
    let Value::Iterator(object) = args.receiver() else { return Err(args.wrong_receiver(vm)) };
    object.with(step)?.ok_or_else(|| stop_iteration(vm, args.receiver()))
}

fn parts(args: &Args) -> (f64, f64) {
    match args.receiver().payload() {
        Value::Complex(value) => *value,
        _ => (0.0, 0.0),
    }
}

fn to_bytes(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let value = number::big_index(vm, args.receiver())?;
    let length = usize::try_from(args.int_or(vm, 0, 1)?)
        .map_err(|_| Error::value("length argument must be non-negative"))?;
    let signed = args.truth_or(vm, 2, false)?;
    if !signed && value < BigInt::ZERO {
        return Err(Error::new(Kind::Overflow, "can't convert negative int to unsigned"));
    }
    let mut bytes = if signed { value.to_signed_bytes_le() } else { value.to_bytes_le().1 };
    let fill = if value < BigInt::ZERO { 0xff } else { 0 };
    while bytes.len() > length && bytes.last() == Some(&fill) {
        bytes.pop();
    }
    if bytes.len() > length {
        return Err(Error::new(Kind::Overflow, "int too big to convert"));
    }
    memory::room(length)?;
    bytes.resize(length, fill);
    if &*args.str_or(vm, 1, "big")? == "big" {
        bytes.reverse();
    }
    Ok(Value::Bytes(Rc::new(bytes)))
}

fn from_bytes(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Value::Bytes(bytes) = args.value(0).payload() else { return Err(args.wrong_type(vm, 0, "bytes")) };
    let mut bytes = bytes.to_vec();
    if &*args.str_or(vm, 1, "big")? == "big" {
        bytes.reverse();
    }
    let signed = args.truth_or(vm, 2, false)?;
    let value = if signed {
        BigInt::from_signed_bytes_le(&bytes)
    } else {
        BigInt::from_bytes_le(num_bigint::Sign::Plus, &bytes)
    };
    Ok(Value::big(value))
}

fn ratio(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let value = number::float(vm, args.receiver())?;
    if !value.is_finite() {
        let what = if value.is_nan() { "NaN" } else { "Infinity" };
        return Err(Error::value(format!("cannot convert {what} to integer ratio")));
    }
    let mut denominator = BigInt::from(1);
    let mut scaled = value;
    // Doubling is exact, and ends after at most 1074 rounds.
    while scaled.fract() != 0.0 {
        scaled *= 2.0;
        denominator *= 2;
    }
    let numerator = number::truncate(scaled)?;
    Ok(Value::tuple(vec![numerator, Value::big(denominator)]))
}

fn hex(value: f64) -> String {
    if !value.is_finite() {
        return torchsh_language::value::text::float::repr(value);
    }
    let bits = value.to_bits();
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (exponent, mantissa) = ((bits >> 52 & 0x7ff).to_i64().unwrap_or(0), bits & 0xf_ffff_ffff_ffff);
    match (exponent, mantissa) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, mantissa) => format!("{sign}0x0.{mantissa:013x}p-1022"),
        (exponent, mantissa) => format!("{sign}0x1.{mantissa:013x}p{:+}", exponent - 1023),
    }
}
