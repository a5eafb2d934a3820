//! Python's format specifications: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.

use num_bigint::{BigInt, Sign};

use super::{float, quote};
use torchsh_base::error::{Error, Result};

/// A format specification, read.
#[derive(Clone, Debug)]
struct Spec {
    fill: char,
    /// `<`, `>`, `=`, `^`; none: by type.
    align: Option<char>,
    /// `+`, `-` or a space.
    sign: Option<char>,
    /// `z`: no negative zero.
    no_negative_zero: bool,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// Width and precision that are formatted; Python itself runs out of memory somewhere beyond.
const MAX_WIDTH: usize = 100_000_000;

fn parse(spec: &str, type_name: &str) -> Result<Spec> {
    let chars: Vec<char> = spec.chars().collect();
    let mut at = 0;
    let peek = |at: usize| chars.get(at).copied();
    let is_align = |c: Option<char>| matches!(c, Some('<' | '>' | '=' | '^'));
    let mut has_fill = false;
    let mut parsed = Spec {
        fill: ' ',
        align: None,
        sign: None,
        no_negative_zero: false,
        alternate: false,
        width: 0,
        grouping: None,
        precision: None,
        kind: None,
    };
    if is_align(peek(1)) {
        parsed.fill = peek(0).unwrap_or(' ');
        parsed.align = peek(1);
        has_fill = true;
        at = 2;
    } else if is_align(peek(0)) {
        parsed.align = peek(0);
        at = 1;
    }
    if let Some(sign @ ('+' | '-' | ' ')) = peek(at) {
        parsed.sign = Some(sign);
        at += 1;
    }
    if peek(at) == Some('z') {
        parsed.no_negative_zero = true;
        at += 1;
    }
    if peek(at) == Some('#') {
        parsed.alternate = true;
        at += 1;
    }
    if peek(at) == Some('0') && !has_fill {
        parsed.fill = '0';
        if parsed.align.is_none() && type_name != "str" {
            parsed.align = Some('=');
        }
        at += 1;
    }
    parsed.width = number(&chars, &mut at)?.unwrap_or(0);
    if let Some(grouping @ (',' | '_')) = peek(at) {
        parsed.grouping = Some(grouping);
        at += 1;
        if let Some(second @ (',' | '_')) = peek(at)
            && second != grouping
        {
            return Err(Error::value("Cannot specify both ',' and '_'."));
        }
    }
    if peek(at) == Some('.') {
        at += 1;
        parsed.precision =
            Some(number(&chars, &mut at)?.ok_or_else(|| Error::value("Format specifier missing precision"))?);
    }
    parsed.kind = peek(at);
    at += usize::from(parsed.kind.is_some());
    if at < chars.len() {
        return Err(Error::value(format!(
            "Invalid format specifier '{spec}' for object of type '{type_name}'"
        )));
    }
    check_grouping(&parsed, type_name)?;
    Ok(parsed)
}

fn check_grouping(spec: &Spec, type_name: &str) -> Result<()> {
    let kind = spec.kind.or((type_name == "str").then_some('s'));
    match (spec.grouping, kind) {
        (None, _)
        | (_, None | Some('d' | 'e' | 'f' | 'g' | 'E' | 'F' | 'G' | '%'))
        | (Some('_'), Some('b' | 'o' | 'x' | 'X')) => Ok(()),
        (Some(mark), Some(kind)) => {
            Err(Error::value(format!("Cannot specify '{mark}' with '{}'.", quote::visible(kind))))
        }
    }
}

fn number(chars: &[char], at: &mut usize) -> Result<Option<usize>> {
    let mut value = None;
    while let Some(digit) = chars.get(*at).and_then(|c| c.to_digit(10)) {
        let next = value.unwrap_or(0usize).saturating_mul(10).saturating_add(digit as usize);
        if next > MAX_WIDTH {
            return Err(Error::value("Too many decimal digits in format string"));
        }
        value = Some(next);
        *at += 1;
    }
    Ok(value)
}

fn unknown(kind: char, type_name: &str) -> Error {
    Error::value(format!("Unknown format code '{}' for object of type '{type_name}'", quote::visible(kind)))
}

fn pad(text: &str, spec: &Spec, default_align: char) -> String {
    let missing = spec.width.saturating_sub(text.chars().count());
    let (left, right) = match spec.align.unwrap_or(default_align) {
        '<' => (0, missing),
        '^' => (missing / 2, missing - missing / 2),
        _ => (missing, 0),
    };
    let fill = |count: usize| std::iter::repeat_n(spec.fill, count);
    fill(left).chain(text.chars()).chain(fill(right)).collect()
}

/// `format(text, spec)`.
///
/// # Errors
/// `ValueError`, worded as Python words it.
pub fn format_str(text: &str, spec: &str) -> Result<String> {
    let spec = parse(spec, "str")?;
    match spec.kind {
        None | Some('s') => {}
        Some(kind) => return Err(unknown(kind, "str")),
    }
    if let Some(sign) = spec.sign {
        let sign = if sign == ' ' { "Space" } else { "Sign" };
        return Err(Error::value(format!("{sign} not allowed in string format specifier")));
    }
    if spec.no_negative_zero {
        return Err(Error::value("Negative zero coercion (z) not allowed in string format specifier"));
    }
    if spec.alternate {
        return Err(Error::value("Alternate form (#) not allowed in string format specifier"));
    }
    if spec.align == Some('=') {
        return Err(Error::value("'=' alignment not allowed in string format specifier"));
    }
    let cut: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
    Ok(pad(&cut, &spec, '<'))
}

/// `format(True, spec)`: of the word without a type, of the number with one.
///
/// # Errors
/// As [`format_int`].
pub fn format_bool(value: bool, spec: &str) -> Result<String> {
    let parsed = parse(spec, "bool")?;
    if parsed.kind.is_none() && spec.is_empty() {
        return Ok(if value { "True" } else { "False" }.to_owned());
    }
    format_integer(&BigInt::from(u8::from(value)), &parsed, "bool")
}

/// `format(number, spec)` of an integer.
///
/// # Errors
/// `ValueError`, worded as Python words it.
pub fn format_int(value: &BigInt, spec: &str) -> Result<String> {
    format_integer(value, &parse(spec, "int")?, "int")
}

fn format_integer(value: &BigInt, spec: &Spec, type_name: &str) -> Result<String> {
    let kind = spec.kind.unwrap_or('d');
    if !"bcdeEfFgGnoxX%".contains(kind) {
        return Err(unknown(kind, type_name));
    }
    if matches!(kind, 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') {
        return format_real(crate::value::number::big_to_float(value)?, spec, type_name);
    }
    if spec.precision.is_some() {
        return Err(Error::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(Error::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    if kind == 'c' && (spec.sign.is_some() || spec.alternate) {
        let what = if spec.sign.is_some() { "Sign" } else { "Alternate form (#)" };
        return Err(Error::value(format!("{what} not allowed with integer format specifier 'c'")));
    }
    let magnitude = value.magnitude();
    let (prefix, digits, group) = match kind {
        'd' | 'n' => ("", crate::value::number::decimal(&BigInt::from(magnitude.clone()))?, 3),
        'b' => ("0b", magnitude.to_str_radix(2), 4),
        'o' => ("0o", magnitude.to_str_radix(8), 4),
        'x' => ("0x", magnitude.to_str_radix(16), 4),
        'X' => ("0X", magnitude.to_str_radix(16).to_uppercase(), 4),
        'c' => {
            let fits = i64::try_from(value).is_ok();
            let message = if fits {
                "%c arg not in range(0x110000)"
            } else {
                "Python int too large to convert to C long"
            };
            let c = u32::try_from(value).ok().and_then(char::from_u32);
            let c = c.ok_or_else(|| Error::new(torchsh_base::error::Kind::Overflow, message))?;
            return Ok(pad(&c.to_string(), spec, '>'));
        }
        kind => return Err(unknown(kind, type_name)),
    };
    let prefix = if spec.alternate { prefix } else { "" };
    Ok(signed(value.sign() == Sign::Minus, prefix, &digits, "", spec, group))
}

/// Puts sign, prefix, grouped digits and the rest together and pads.
fn signed(negative: bool, prefix: &str, digits: &str, rest: &str, spec: &Spec, group: usize) -> String {
    let sign = match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        (false, _) => "",
    };
    let before = sign.len() + prefix.len();
    if spec.align == Some('=') {
        let room = spec.width.saturating_sub(before + rest.chars().count());
        let body = match (spec.grouping, spec.fill) {
            (Some(mark), '0') => grouped_to(digits, mark, group, room),
            (Some(mark), _) => filled(&grouped(digits, mark, group), spec.fill, room),
            (None, fill) => filled(digits, fill, room),
        };
        return format!("{sign}{prefix}{body}{rest}");
    }
    let digits = spec.grouping.map_or_else(|| digits.to_owned(), |mark| grouped(digits, mark, group));
    pad(&format!("{sign}{prefix}{digits}{rest}"), spec, '>')
}

fn filled(text: &str, fill: char, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    std::iter::repeat_n(fill, missing).chain(text.chars()).collect()
}

fn grouped(digits: &str, mark: char, group: usize) -> String {
    let count = digits.len();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (count - i).is_multiple_of(group) {
            out.push(mark);
        }
        out.push(c);
    }
    out
}

/// Groups digits with zeros before them until they fill the width, as `{:010,}` does.
fn grouped_to(digits: &str, mark: char, group: usize, width: usize) -> String {
    let mut digits = digits.to_owned();
    loop {
        let text = grouped(&digits, mark, group);
        if text.len() >= width {
            return text;
        }
        digits.insert(0, '0');
    }
}

/// `format(number, spec)` of a float.
///
/// # Errors
/// `ValueError`, worded as Python words it.
pub fn format_float(value: f64, spec: &str) -> Result<String> {
    format_real(value, &parse(spec, "float")?, "float")
}

fn format_real(value: f64, spec: &Spec, type_name: &str) -> Result<String> {
    let text = real_text(value.abs(), spec, type_name)?;
    let text =
        if spec.kind.is_some_and(|kind| kind.is_ascii_uppercase()) { text.to_uppercase() } else { text };
    let mut negative = value.is_sign_negative() && !value.is_nan();
    if spec.no_negative_zero && value.is_finite() && !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        negative = false;
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Ok(signed(negative, "", digits, rest, spec, 3))
}

fn real_text(value: f64, spec: &Spec, type_name: &str) -> Result<String> {
    if let Some(kind) = spec.kind.filter(|kind| !"eEfFgGn%".contains(*kind)) {
        return Err(unknown(kind, type_name));
    }
    if !value.is_finite() {
        let text = if value.is_nan() { "nan" } else { "inf" };
        let percent = if spec.kind == Some('%') { "%" } else { "" };
        return Ok(format!("{text}{percent}"));
    }
    let precision = spec.precision.unwrap_or(6);
    Ok(match spec.kind {
        Some('f' | 'F') => fixed(value, precision, spec.alternate),
        Some('%') => format!("{}%", fixed(value * 100.0, precision, spec.alternate)),
        Some('e' | 'E') => exponential(value, precision, spec.alternate),
        Some('g' | 'G' | 'n') => general(value, precision, spec.alternate, false),
        None if spec.precision.is_some() => general(value, precision, spec.alternate, true),
        _ => shortest(value, spec.alternate),
    })
}

/// `repr(value)`, with a point in any case where `point` is asked for.
fn shortest(value: f64, point: bool) -> String {
    let text = float::repr(value);
    match text.split_once('e') {
        Some((digits, exponent)) if point && !digits.contains('.') => format!("{digits}.e{exponent}"),
        _ => text,
    }
}

/// Digits after the point that any float has; more are zeros.
const MAX_DIGITS: usize = 1100;

fn fixed(value: f64, precision: usize, point: bool) -> String {
    let shown = precision.min(MAX_DIGITS);
    let mut text = format!("{value:.shown$}");
    text.extend(std::iter::repeat_n('0', precision - shown));
    if point && precision == 0 {
        text.push('.');
    }
    text
}

fn exponential(value: f64, precision: usize, point: bool) -> String {
    let shown = precision.min(MAX_DIGITS);
    let text = format!("{value:.shown$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    let zeros = "0".repeat(precision - shown);
    let point = if point && precision == 0 { "." } else { "" };
    format!("{digits}{zeros}{point}e{sign}{:02}", exponent.abs())
}

/// The general form; `at_least_one_decimal` is the form without a type, which keeps `.0`.
fn general(value: f64, precision: usize, keep_zeros: bool, at_least_one_decimal: bool) -> String {
    let precision = precision.max(1);
    let shown = precision.min(MAX_DIGITS);
    let rounded = format!("{value:.*e}", shown - 1);
    let exponent: i32 = rounded.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let limit = i32::try_from(precision).unwrap_or(i32::MAX) - i32::from(at_least_one_decimal);
    if exponent < -4 || exponent >= limit {
        let text = exponential(value, precision - 1, keep_zeros);
        if keep_zeros {
            return text;
        }
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, ""));
        let digits =
            if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
        return format!("{digits}e{exponent}");
    }
    let decimals = usize::try_from(i32::try_from(precision).unwrap_or(i32::MAX) - 1 - exponent).unwrap_or(0);
    let text = fixed(value, decimals, keep_zeros);
    let text = if keep_zeros || !text.contains('.') {
        text
    } else {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    if at_least_one_decimal && !text.contains('.') { format!("{text}.0") } else { text }
}

/// `format(number, spec)` of a complex number.
///
/// # Errors
/// `ValueError`, worded as Python words it.
pub fn format_complex(real: f64, imaginary: f64, spec: &str) -> Result<String> {
    let spec = parse(spec, "complex")?;
    if let Some(kind) = spec.kind.filter(|kind| !"eEfFgGn".contains(*kind)) {
        return Err(unknown(kind, "complex"));
    }
    if spec.fill == '0' {
        return Err(Error::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Some('=') {
        return Err(Error::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let bare = Spec { width: 0, align: None, ..spec.clone() };
    let part = |value: f64, sign: Option<char>| complex_part(value, &Spec { sign, ..bare.clone() });
    let second = |sign: Option<char>| part(imaginary, sign).map(|text| format!("{text}j"));
    let text = match spec.kind {
        None if real == 0.0 && real.is_sign_positive() => second(spec.sign)?,
        None => format!("({}{})", part(real, spec.sign)?, second(Some('+'))?),
        Some(_) => format!("{}{}", part(real, spec.sign)?, second(Some('+'))?),
    };
    Ok(pad(&text, &spec, '>'))
}

/// One of the two numbers; without a type it has no `.0`, unlike a float.
fn complex_part(value: f64, spec: &Spec) -> Result<String> {
    match (spec.kind, spec.precision) {
        (None, Some(_)) => format_real(value, &Spec { kind: Some('g'), ..spec.clone() }, "complex"),
        (None, None) => {
            let text = format_real(value, spec, "complex")?;
            let whole = text.strip_suffix(".0").map(str::to_owned);
            Ok(match whole {
                Some(whole) if spec.alternate => format!("{whole}."),
                Some(whole) => whole,
                None => text,
            })
        }
        _ => format_real(value, spec, "complex"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formatted_as_python_formats_them() {
        let floats: &[(f64, &str, &str)] = &[
            (2.71459, ".2f", "2.71"),
            (1234567.891, ",.1f", "1,234,567.9"),
            (0.5, ".1%", "50.0%"),
            (1e-7, "g", "1e-07"),
            (123456.0, "g", "123456"),
            (1234567.0, "g", "1.23457e+06"),
            (3.0, ".3", "3.0"),
            (1.0, "", "1.0"),
            (-1.5, "08.2f", "-0001.50"),
            (2.5, ".0f", "2"),
            (0.1, ".20f", "0.10000000000000000555"),
            (1e22, ".4e", "1.0000e+22"),
            (f64::NAN, "5.1f", "  nan"),
            (1234.5, "012,.1f", "00,001,234.5"),
            (12345.6789, ".3", "1.23e+04"),
            (-0.0001, "z.1f", "0.0"),
            (100.0, "#.3g", "100."),
        ];
        for (value, spec, expected) in floats {
            assert_eq!(format_float(*value, spec).unwrap(), *expected, "{spec}");
        }
        let ints: &[(i64, &str, &str)] = &[
            (5, "03d", "005"),
            (255, "#x", "0xff"),
            (1234567, ",", "1,234,567"),
            (-5, "+d", "-5"),
            (5, "^7", "   5   "),
            (65, "c", "A"),
            (10, "#010b", "0b00001010"),
            (3, ".1f", "3.0"),
            (7, "*<4", "7***"),
            (1234, "010,", "00,001,234"),
        ];
        for (value, spec, expected) in ints {
            assert_eq!(format_int(&(*value).into(), spec).unwrap(), *expected, "{spec}");
        }
        assert_eq!(format_str("ab", ">5").unwrap(), "   ab");
        assert_eq!(format_str("abcdef", ".3").unwrap(), "abc");
        assert!(format_str("a", "d").unwrap_err().message().contains("Unknown format code 'd'"));
    }
}
