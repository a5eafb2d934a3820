//! `str.format` and `%`.

use crate::error::{Error, Kind, Result};
use crate::value::text::{quote, spec};
use crate::value::{Str, Value, Vm, number};

/// Where the fields of a format get their values.
struct Fields<'a> {
    positional: &'a [Value],
    named: &'a dyn Fn(&Str) -> Result<Value>,
    /// The number of the next `{}`; none once a field was numbered by hand.
    next: Option<usize>,
    numbered: bool,
}

/// `text.format(*positional, **named)`.
///
/// # Errors
/// `ValueError` for a broken format, `IndexError` and `KeyError` for a field without a value, worded as Python words them.
pub fn format(vm: &dyn Vm, text: &str, positional: &[Value], named: &[(Str, Value)]) -> Result<String> {
    let find = |name: &Str| {
        let found = named.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        found.ok_or_else(|| vm.key_error(&Value::Str(name.clone())))
    };
    fill(vm, text, &mut Fields { positional, named: &find, next: Some(0), numbered: false }, 2)
}

/// `text.format_map(mapping)`.
///
/// # Errors
/// As [`format`].
pub fn format_map(vm: &dyn Vm, text: &str, mapping: &Value) -> Result<String> {
    let find = |name: &Str| vm.item(mapping, &Value::Str(name.clone()));
    fill(vm, text, &mut Fields { positional: &[], named: &find, next: Some(0), numbered: false }, 2)
}

fn fill(vm: &dyn Vm, text: &str, fields: &mut Fields<'_>, depth: usize) -> Result<String> {
    if depth == 0 {
        return Err(Error::value("Max string recursion exceeded"));
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = tail.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = tail.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if tail.starts_with('}') {
            return Err(Error::value("Single '}' encountered in format string"));
        } else {
            let inner = tail.get(1..).unwrap_or_default();
            let end = closing(inner)?;
            out.push_str(&field(vm, inner.get(..end).unwrap_or_default(), fields, depth)?);
            rest = inner.get(end + 1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Where the field's brace closes.
fn closing(inner: &str) -> Result<usize> {
    let mut open = 0usize;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' if open == 0 => return Ok(at),
            b'}' => open -= 1,
            _ => {}
        }
    }
    let message = if inner.is_empty() {
        "Single '{' encountered in format string"
    } else {
        "expected '}' before end of string"
    };
    Err(Error::value(message))
}

fn field(vm: &dyn Vm, inner: &str, fields: &mut Fields<'_>, depth: usize) -> Result<String> {
    // Brackets may hold any character.
    let mut bracket = false;
    let end = inner.char_indices().find(|(_, c)| {
        bracket = (bracket || *c == '[') && *c != ']';
        !bracket && matches!(c, '!' | ':')
    });
    let (name, tail) = inner.split_at(end.map_or(inner.len(), |(at, _)| at));
    let (conversion, form) = match tail.strip_prefix('!') {
        Some(after) => {
            let mut chars = after.chars();
            let conversion = chars
                .next()
                .ok_or_else(|| Error::value("end of string while looking for conversion specifier"))?;
            match chars.as_str().strip_prefix(':') {
                Some(form) => (Some(conversion), form),
                None if chars.as_str().is_empty() => (Some(conversion), ""),
                None => return Err(Error::value("expected ':' after conversion specifier")),
            }
        }
        None => (None, tail.strip_prefix(':').unwrap_or_default()),
    };
    let value = lookup(vm, name, fields)?;
    let value = match conversion {
        None => value,
        Some('r') => vm.repr(&value)?.into(),
        Some('s') => Value::Str(vm.text(&value)?),
        Some('a') => quote::escape_non_ascii(&vm.repr(&value)?).into(),
        Some(other) => return Err(Error::value(format!("Unknown conversion specifier {other}"))),
    };
    let form = if form.contains('{') { fill(vm, form, fields, depth - 1)? } else { form.to_owned() };
    Ok(vm.format(&value, &form)?.to_string())
}

/// `name`, `0`, or nothing, then `.attribute` and `[index]`.
fn lookup(vm: &dyn Vm, name: &str, fields: &mut Fields<'_>) -> Result<Value> {
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, mut rest) = name.split_at(end);
    let mut value = match first.parse::<usize>() {
        Ok(number) => {
            if fields.next != Some(0) && !fields.numbered {
                return Err(Error::value(
                    "cannot switch from automatic field numbering to manual field specification",
                ));
            }
            fields.numbered = true;
            positional(fields, number)?
        }
        Err(_) if first.is_empty() => {
            if fields.numbered {
                return Err(Error::value(
                    "cannot switch from manual field specification to automatic field numbering",
                ));
            }
            let number = fields.next.unwrap_or(0);
            fields.next = Some(number + 1);
            positional(fields, number)?
        }
        Err(_) => (fields.named)(&Str::new(first))?,
    };
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (attribute, tail) = after.split_at(end);
            value = vm.attribute(&value, &Str::new(attribute))?;
            rest = tail;
        } else {
            let after = rest.strip_prefix('[').unwrap_or(rest);
            let (index, tail) =
                after.split_once(']').ok_or_else(|| Error::value("Missing ']' in format string"))?;
            let index = index.parse::<i64>().map_or_else(|_| Value::str(index), Value::Int);
            value = vm.item(&value, &index)?;
            rest = tail;
        }
    }
    Ok(value)
}

fn positional(fields: &Fields<'_>, number: usize) -> Result<Value> {
    fields.positional.get(number).cloned().ok_or_else(|| {
        let message = format!("Replacement index {number} out of range for positional args tuple");
        Error::new(Kind::Index, message)
    })
}

// ---- % --------------------------------------------------------------------------------------------------------

/// One `%` form.
#[derive(Default)]
struct Percent {
    key: Option<String>,
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

/// `text % values`.
///
/// # Errors
/// `TypeError` and `ValueError`, worded as Python words them.
pub fn percent(vm: &dyn Vm, text: &str, values: &Value) -> Result<String> {
    let mut given = match values.payload() {
        Value::Tuple(tuple) => tuple.items.to_vec(),
        _ => vec![values.clone()],
    };
    given.reverse();
    let mapping = values.as_dict().is_some();
    let mut used_key = false;
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut form = Percent::default();
        let kind = read_form(vm, &mut chars, &mut form, &mut given)?;
        if kind == '%' {
            out.push('%');
            continue;
        }
        let value = match &form.key {
            Some(key) if mapping => {
                used_key = true;
                vm.item(values, &Value::str(key.as_str()))?
            }
            Some(_) => return Err(Error::type_error("format requires a mapping")),
            None => given.pop().ok_or_else(|| Error::type_error("not enough arguments for format string"))?,
        };
        out.push_str(&one(vm, &form, kind, &value)?);
    }
    if !given.is_empty() && !used_key && !mapping {
        return Err(Error::type_error("not all arguments converted during string formatting"));
    }
    Ok(out)
}

fn read_form(
    vm: &dyn Vm,
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    form: &mut Percent,
    given: &mut Vec<Value>,
) -> Result<char> {
    if chars.next_if_eq(&'(').is_some() {
        form.key = Some(chars.by_ref().take_while(|c| *c != ')').collect());
    }
    while let Some(flag) = chars.next_if(|c| "-+ 0#".contains(*c)) {
        match flag {
            '-' => form.left = true,
            '+' => form.plus = true,
            ' ' => form.space = true,
            '0' => form.zero = true,
            _ => form.alternate = true,
        }
    }
    if let Some(width) = size(vm, chars, given)? {
        form.left |= width < 0;
        form.width = usize::try_from(width.unsigned_abs()).unwrap_or(0);
    }
    if chars.next_if_eq(&'.').is_some() {
        let precision = size(vm, chars, given)?.unwrap_or(0);
        form.precision = Some(usize::try_from(precision).unwrap_or(0));
    }
    while chars.next_if(|c| "hlL".contains(*c)).is_some() {}
    chars.next().ok_or_else(|| Error::value("incomplete format"))
}

/// A number, or `*` for one of the values.
fn size(
    vm: &dyn Vm,
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    given: &mut Vec<Value>,
) -> Result<Option<i64>> {
    if chars.next_if_eq(&'*').is_some() {
        let value = given.pop().ok_or_else(|| Error::type_error("not enough arguments for format string"))?;
        return number::index(vm, &value).map(Some).map_err(|_| Error::type_error("* wants int"));
    }
    let mut value: Option<i64> = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        chars.next();
        let next = value.unwrap_or(0).saturating_mul(10).saturating_add(i64::from(digit));
        if next > 100_000_000 {
            return Err(Error::value("width too big"));
        }
        value = Some(next);
    }
    Ok(value)
}

fn one(vm: &dyn Vm, form: &Percent, kind: char, value: &Value) -> Result<String> {
    let sign = if form.plus {
        "+"
    } else if form.space {
        " "
    } else {
        ""
    };
    let alternate = if form.alternate { "#" } else { "" };
    let text = match kind {
        's' | 'r' | 'a' => {
            let text = match kind {
                's' => vm.text(value)?.to_string(),
                'r' => vm.repr(value)?,
                _ => quote::escape_non_ascii(&vm.repr(value)?),
            };
            let cut: String = text.chars().take(form.precision.unwrap_or(usize::MAX)).collect();
            return Ok(padded(&cut, form, ' '));
        }
        'c' => match value.as_str() {
            Some(text) if text.points() == 1 => return Ok(padded(&text, form, ' ')),
            _ => spec::format_int(&number::big_index(vm, value)?, "c")?,
        },
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' => integer(vm, form, kind, value, sign, alternate)?,
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let precision = form.precision.unwrap_or(6);
            let number = number::float(vm, value).map_err(|_| {
                let name = vm.type_name(value);
                Error::type_error(format!("must be real number, not {name}"))
            })?;
            spec::format_float(number, &format!("{sign}{alternate}.{precision}{kind}"))?
        }
        other => {
            let message = format!("unsupported format character '{other}' ({:#x})", u32::from(other));
            return Err(Error::value(message));
        }
    };
    Ok(padded(&text, form, if form.zero && !form.left { '0' } else { ' ' }))
}

fn integer(
    vm: &dyn Vm,
    form: &Percent,
    kind: char,
    value: &Value,
    sign: &str,
    alternate: &str,
) -> Result<String> {
    let wrong = |what: &str| {
        let name = vm.type_name(value);
        Error::type_error(format!("%{kind} format: {what} is required, not {name}"))
    };
    let whole = match (value.payload(), kind) {
        (Value::Float(number), 'd' | 'i' | 'u') => number::big_index(vm, &number::truncate(number)?)?,
        (_, 'd' | 'i' | 'u') => number::big_index(vm, value).map_err(|_| wrong("a real number"))?,
        _ => number::big_index(vm, value).map_err(|_| wrong("an integer"))?,
    };
    let kind = if matches!(kind, 'i' | 'u') { 'd' } else { kind };
    let text = spec::format_int(&whole, &format!("{sign}{alternate}{kind}"))?;
    let Some(precision) = form.precision else { return Ok(text) };
    let digits = text.chars().filter(char::is_ascii_alphanumeric).count();
    let (sign, digits_text) = text.split_at(text.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(0));
    Ok(format!("{sign}{}{digits_text}", "0".repeat(precision.saturating_sub(digits))))
}

fn padded(text: &str, form: &Percent, fill: char) -> String {
    let missing = form.width.saturating_sub(text.chars().count());
    let fills: String = std::iter::repeat_n(fill, missing).collect();
    if form.left {
        return format!("{text}{fills}");
    }
    if fill == '0' {
        let at = text.find(|c: char| !matches!(c, '+' | '-' | ' ')).unwrap_or(0);
        let (sign, digits) = text.split_at(at);
        return format!("{sign}{fills}{digits}");
    }
    format!("{fills}{text}")
}
