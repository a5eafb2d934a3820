//! `math`

use num_bigint::BigInt;
use num_integer::Integer;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Value, Vm, kw, number, opt, pos, rest};

macro_rules! real {
    ($name:literal, $says:literal, $function:expr) => {
        Builtin::function("math", $name, &[pos("_x")], |vm, args| checked(args.float(vm, 0)?, $function))
            .says($says)
    };
}

// The C library's; Rust's has none.
unsafe extern "C" {
    #[link_name = "erf"]
    safe fn c_erf(x: f64) -> f64;
    #[link_name = "erfc"]
    safe fn c_erfc(x: f64) -> f64;
    #[link_name = "tgamma"]
    safe fn c_gamma(x: f64) -> f64;
    #[link_name = "lgamma"]
    safe fn c_lgamma(x: f64) -> f64;
    #[link_name = "remainder"]
    safe fn c_remainder(x: f64, y: f64) -> f64;
    #[link_name = "ldexp"]
    safe fn c_ldexp(x: f64, exponent: i32) -> f64;
    #[link_name = "nextafter"]
    safe fn c_nextafter(x: f64, y: f64) -> f64;
}

/// The mantissa, of at least a half and below one, and the exponent.
fn parts(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // A subnormal number is scaled first, so that its exponent is in its bits.
    let (scaled, shift) = if x.is_normal() { (x, 0) } else { (x * 2f64.powi(54), 54) };
    let bits = scaled.to_bits();
    let exponent = i64::try_from(bits >> 52 & 0x7ff).unwrap_or(0) - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - shift)
}

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constant("math", "pi", |_, _| Ok(Value::Float(std::f64::consts::PI))).says("3.14159…"),
    Builtin::constant("math", "e", |_, _| Ok(Value::Float(std::f64::consts::E))).says("2.71828…"),
    Builtin::constant("math", "tau", |_, _| Ok(Value::Float(std::f64::consts::TAU))).says("6.28318…"),
    Builtin::constant("math", "inf", |_, _| Ok(Value::Float(f64::INFINITY))).says("infinity"),
    Builtin::constant("math", "nan", |_, _| Ok(Value::Float(f64::NAN))).says("not a number"),
    real!("sqrt", "the square root", f64::sqrt),
    real!("cbrt", "the cube root", f64::cbrt),
    real!("exp", "e to a power", f64::exp),
    real!("exp2", "2 to a power", f64::exp2),
    real!("expm1", "exp(x) - 1", f64::exp_m1),
    real!("log10", "the logarithm to base 10", |x| if x > 0.0 { x.log10() } else { f64::NAN }),
    real!("log2", "the logarithm to base 2", |x| if x > 0.0 { x.log2() } else { f64::NAN }),
    real!("log1p", "log(1 + x)", f64::ln_1p),
    real!("sin", "the sine", f64::sin),
    real!("cos", "the cosine", f64::cos),
    real!("tan", "the tangent", f64::tan),
    real!("asin", "the arc sine", f64::asin),
    real!("acos", "the arc cosine", f64::acos),
    real!("atan", "the arc tangent", f64::atan),
    real!("sinh", "the hyperbolic sine", f64::sinh),
    real!("cosh", "the hyperbolic cosine", f64::cosh),
    real!("tanh", "the hyperbolic tangent", f64::tanh),
    real!("asinh", "the inverse hyperbolic sine", f64::asinh),
    real!("acosh", "the inverse hyperbolic cosine", f64::acosh),
    real!("atanh", "the inverse hyperbolic tangent", |x| if x.abs() < 1.0 { x.atanh() } else { f64::NAN }),
    real!("erf", "the error function", |x| c_erf(x)),
    real!("erfc", "1 - erf(x)", |x| c_erfc(x)),
    real!("gamma", "the gamma function", |x| if x == 0.0 { f64::NAN } else { c_gamma(x) }),
    real!("lgamma", "the logarithm of the gamma function", |x| c_lgamma(x)),
    real!("degrees", "degrees of an angle in radians", f64::to_degrees),
    real!("radians", "radians of an angle in degrees", f64::to_radians),
    real!("fabs", "the absolute value as a float", f64::abs),
    Builtin::function("math", "log", &[pos("_x"), opt("_base", "e")], log)
        .says("the natural logarithm, or to a base"),
    Builtin::function("math", "pow", &[pos("_x"), pos("_y")], |vm, args| {
        let (x, y) = (args.float(vm, 0)?, args.float(vm, 1)?);
        let power = x.powf(y);
        match power {
            _ if power.is_nan() && !x.is_nan() && !y.is_nan() => Err(domain()),
            _ if x == 0.0 && y < 0.0 && y.is_finite() => Err(domain()),
            _ if power.is_infinite() && x.is_finite() && y.is_finite() => Err(range()),
            _ => Ok(Value::Float(power)),
        }
    })
    .says("a power, as a float"),
    Builtin::function("math", "atan2", &[pos("_y"), pos("_x")], |vm, args| {
        Ok(Value::Float(args.float(vm, 0)?.atan2(args.float(vm, 1)?)))
    })
    .says("the angle of a point"),
    Builtin::function("math", "dist", &[pos("_p"), pos("_q")], |vm, args| {
        let (p, q) = (vm.collect(args.value(0))?, vm.collect(args.value(1))?);
        if p.len() != q.len() {
            return Err(Error::value("both points must have the same number of dimensions"));
        }
        let apart = |(a, b): (&Value, &Value)| Ok(number::float(vm, a)? - number::float(vm, b)?);
        Ok(Value::Float(norm(&p.iter().zip(&q).map(apart).collect::<Result<Vec<f64>>>()?)))
    })
    .says("the distance of two points"),
    Builtin::function("math", "hypot", &[rest("_coordinates")], |vm, args| {
        let parts: Result<Vec<f64>> = args.rest().iter().map(|value| number::float(vm, value)).collect();
        Ok(Value::Float(norm(&parts?)))
    })
    .says("the distance from the origin"),
    Builtin::function("math", "fmod", &[pos("_x"), pos("_y")], |vm, args| {
        Ok(Value::Float(args.float(vm, 0)? % args.float(vm, 1)?))
    })
    .says("the remainder with the sign of x"),
    Builtin::function("math", "remainder", &[pos("_x"), pos("_y")], |vm, args| {
        let (x, y) = (args.float(vm, 0)?, args.float(vm, 1)?);
        match c_remainder(x, y) {
            found if found.is_nan() && !x.is_nan() && !y.is_nan() => Err(domain()),
            found => Ok(Value::Float(found)),
        }
    })
    .says("what is left of x beside the nearest multiple of y"),
    Builtin::function("math", "frexp", &[pos("_x")], |vm, args| {
        let (mantissa, exponent) = parts(args.float(vm, 0)?);
        Ok(Value::tuple(vec![Value::Float(mantissa), Value::Int(exponent)]))
    })
    .says("mantissa and exponent: x == m * 2**e")
    .examples(&[("import math\nmath.frexp(8.0)", "(0.5, 4)")]),
    Builtin::function("math", "ldexp", &[pos("_x"), pos("_i")], |vm, args| {
        let (x, exponent) = (args.float(vm, 0)?, args.int(vm, 1)?);
        let bounded = i32::try_from(exponent.clamp(-5000, 5000)).unwrap_or(0);
        match c_ldexp(x, bounded) {
            found if found.is_infinite() && x.is_finite() => Err(range()),
            found => Ok(Value::Float(found)),
        }
    })
    .says("x * 2**i"),
    Builtin::function("math", "nextafter", &[pos("_x"), pos("_y")], |vm, args| {
        Ok(Value::Float(c_nextafter(args.float(vm, 0)?, args.float(vm, 1)?)))
    })
    .says("the next number after x towards y"),
    Builtin::function("math", "ulp", &[pos("_x")], |vm, args| {
        let x = args.float(vm, 0)?.abs();
        let next = x.next_up();
        Ok(Value::Float(if x.is_finite() && next.is_infinite() {
            x - x.next_down()
        } else if x.is_finite() {
            next - x
        } else {
            x
        }))
    })
    .says("the value of the last bit of a number"),
    Builtin::function("math", "copysign", &[pos("_x"), pos("_y")], |vm, args| {
        Ok(Value::Float(args.float(vm, 0)?.copysign(args.float(vm, 1)?)))
    })
    .says("x with the sign of y"),
    Builtin::function("math", "floor", &[pos("_x")], |vm, args| whole(vm, args, "__floor__", f64::floor))
        .says("the largest whole number not above")
        .examples(&[("import math\nmath.floor(-1.5)", "-2")]),
    Builtin::function("math", "ceil", &[pos("_x")], |vm, args| whole(vm, args, "__ceil__", f64::ceil))
        .says("the smallest whole number not below"),
    Builtin::function("math", "trunc", &[pos("_x")], |vm, args| whole(vm, args, "__trunc__", f64::trunc))
        .says("the whole part"),
    Builtin::function("math", "modf", &[pos("_x")], |vm, args| {
        let x = args.float(vm, 0)?;
        let fraction = if x.is_infinite() { 0.0 } else { x.fract() };
        Ok(Value::tuple(vec![Value::Float(fraction), Value::Float(x.trunc())]))
    })
    .says("fraction and whole part"),
    Builtin::function("math", "isnan", &[pos("_x")], |vm, args| Ok(Value::Bool(args.float(vm, 0)?.is_nan())))
        .says("whether it is NaN"),
    Builtin::function("math", "isinf", &[pos("_x")], |vm, args| {
        Ok(Value::Bool(args.float(vm, 0)?.is_infinite()))
    })
    .says("whether it is infinite"),
    Builtin::function("math", "isfinite", &[pos("_x")], |vm, args| {
        Ok(Value::Bool(args.float(vm, 0)?.is_finite()))
    })
    .says("whether it is finite"),
    Builtin::function(
        "math",
        "isclose",
        &[pos("a"), pos("b"), kw("rel_tol", "1e-09"), kw("abs_tol", "0.0")],
        |vm, args| {
            let (a, b) = (args.float(vm, 0)?, args.float(vm, 1)?);
            let or =
                |index, default| if args.some(index).is_some() { args.float(vm, index) } else { Ok(default) };
            let (relative, absolute) = (or(2, 1e-9)?, or(3, 0.0)?);
            let near = a == b || (a - b).abs() <= (relative * a.abs().max(b.abs())).max(absolute);
            Ok(Value::Bool(near && (a == b || (a.is_finite() && b.is_finite()))))
        },
    )
    .says("whether two numbers are near"),
    Builtin::function("math", "gcd", &[rest("_numbers")], |vm, args| {
        fold(vm, args, BigInt::ZERO, |a, b| a.gcd(b))
    })
    .says("the greatest common divisor"),
    Builtin::function("math", "lcm", &[rest("_numbers")], |vm, args| {
        fold(vm, args, BigInt::from(1), |a, b| a.lcm(b))
    })
    .says("the least common multiple"),
    Builtin::function("math", "factorial", &[pos("_n")], |vm, args| {
        let n = u32::try_from(args.int(vm, 0)?)
            .map_err(|_| Error::value("factorial() not defined for negative values"))?;
        if n > 100_000 {
            return Err(Error::new(Kind::Overflow, "factorial() argument should not exceed 100000 here"));
        }
        Ok(Value::big((1..=n).fold(BigInt::from(1), |product, i| product * i)))
    })
    .says("the factorial")
    .examples(&[("import math\nmath.factorial(5)", "120")]),
    Builtin::function("math", "perm", &[pos("_n"), opt("_k", "None")], |vm, args| {
        let n = args.int(vm, 0)?;
        let k = args.int_or(vm, 1, n)?;
        if n < 0 || k < 0 {
            let which = if n < 0 { "n" } else { "k" };
            return Err(Error::value(format!("{which} must be a non-negative integer")));
        }
        Ok(Value::big(if k > n {
            BigInt::ZERO
        } else {
            (0..k).fold(BigInt::from(1), |product, i| product * (n - i))
        }))
    })
    .says("in how many ways k of n can be put in a row"),
    Builtin::function("math", "comb", &[pos("_n"), pos("_k")], |vm, args| {
        let (n, k) = (args.int(vm, 0)?, args.int(vm, 1)?);
        if n < 0 || k < 0 {
            let which = if n < 0 { "n" } else { "k" };
            return Err(Error::value(format!("{which} must be a non-negative integer")));
        }
        let k = k.min(n - k).max(if k > n { -1 } else { 0 });
        Ok(Value::big(if k < 0 {
            BigInt::ZERO
        } else {
            (0..k).fold(BigInt::from(1), |c, i| c * (n - i) / (i + 1))
        }))
    })
    .says("how many choices of k out of n there are"),
    Builtin::function("math", "isqrt", &[pos("_n")], |vm, args| {
        let n = number::big_index(vm, args.value(0))?;
        if n < BigInt::ZERO {
            return Err(Error::value("isqrt() argument must be nonnegative"));
        }
        Ok(Value::big(n.sqrt()))
    })
    .says("the whole part of the square root"),
    Builtin::function("math", "prod", &[pos("_iterable"), kw("start", "1")], |vm, args| {
        let mut product = args.get(1).cloned().unwrap_or(Value::Int(1));
        for item in vm.collect(args.value(0))? {
            product = vm.binary(torchsh_syntax::tree::BinaryOperator::Mul, &product, &item)?;
        }
        Ok(product)
    })
    .says("the product of the items")
    .examples(&[("import math\nmath.prod([2, 3])", "6")]),
    Builtin::function("math", "fsum", &[pos("_iterable")], |vm, args| {
        // Neumaier's sum carries the rounding error along.
        let (mut sum, mut lost) = (0.0f64, 0.0f64);
        for item in vm.collect(args.value(0))? {
            let x = number::float(vm, &item)?;
            let total = sum + x;
            lost += if sum.abs() >= x.abs() { (sum - total) + x } else { (x - total) + sum };
            sum = total;
        }
        Ok(Value::Float(sum + lost))
    })
    .says("the sum of floats without rounding on the way"),
];

fn domain() -> Error {
    Error::value("math domain error")
}

fn range() -> Error {
    Error::new(Kind::Overflow, "math range error")
}

/// The result, unless it is no number or infinite where the argument was not.
fn checked(x: f64, function: impl Fn(f64) -> f64) -> Result<Value> {
    let result = function(x);
    match result {
        _ if result.is_nan() && !x.is_nan() => Err(domain()),
        _ if result.is_infinite() && x.is_finite() => Err(range()),
        _ => Ok(Value::Float(result)),
    }
}

/// The length of a vector. Two parts are the C library's; more are scaled, so that no square overflows.
fn norm(parts: &[f64]) -> f64 {
    match parts {
        [] => 0.0,
        [one] => one.abs(),
        [a, b] => a.hypot(*b),
        several => {
            let largest = several.iter().fold(0.0, |most: f64, part| most.max(part.abs()));
            if largest == 0.0 || !largest.is_finite() {
                return largest;
            }
            let plain: f64 = several.iter().map(|part| part * part).sum();
            if plain.is_finite() && plain > f64::MIN_POSITIVE {
                return plain.sqrt();
            }
            largest * several.iter().map(|part| (part / largest).powi(2)).sum::<f64>().sqrt()
        }
    }
}

fn log(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let natural = |index: usize| -> Result<f64> {
        if let Value::BigInt(big) = args.value(index) {
            let shift = big.bits().saturating_sub(60);
            let top = number::big_to_float(&(&**big >> shift))?;
            return if top > 0.0 {
                Ok(top.ln() + shift as f64 * std::f64::consts::LN_2)
            } else {
                Err(domain())
            };
        }
        let x = args.float(vm, index)?;
        if x > 0.0 || x.is_nan() { Ok(x.ln()) } else { Err(domain()) }
    };
    let x = natural(0)?;
    if args.some(1).is_none() {
        return Ok(Value::Float(x));
    }
    let base = natural(1)?;
    if base == 0.0 {
        return Err(Error::new(Kind::ZeroDivision, "float division by zero"));
    }
    Ok(Value::Float(x / base))
}

fn whole(vm: &dyn Vm, args: &Args, special: &str, round: fn(f64) -> f64) -> Result<Value> {
    match args.value(0).payload() {
        Value::Int(_) | Value::Bool(_) | Value::BigInt(_) => {
            number::big_index(vm, args.value(0)).map(Value::big)
        }
        Value::Float(x) => number::truncate(round(x)),
        _ => match vm.special(args.value(0), special, &[]) {
            Some(result) => result,
            None => number::truncate(round(args.float(vm, 0)?)),
        },
    }
}

fn fold(vm: &dyn Vm, args: &Args, start: BigInt, join: fn(&BigInt, &BigInt) -> BigInt) -> Result<Value> {
    let mut total = start;
    for value in args.rest() {
        total = join(&total, &number::big_index(vm, value)?);
    }
    Ok(Value::big(total))
}
