//! `str.format` and `%`.

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::memory;
use torchsh_language::value::text::{quote, spec};
use torchsh_language::value::{Str, Value, Vm, number};

/// Where the fields of a format get their values.
struct Fields<'a> {
    /// None for `format_map`, which has none.
    positional: Option<&'a [Value]>,
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
    fill(
        vm,
        text,
        &mut Fields { positional: Some(positional), named: &find, next: Some(0), numbered: false },
        2,
    )
}

/// `text.format_map(mapping)`.
///
/// # Errors
/// As [`format`].
pub fn format_map(vm: &dyn Vm, text: &str, mapping: &Value) -> Result<String> {
    let find = |name: &Str| vm.item(mapping, &Value::Str(name.clone()));
    fill(vm, text, &mut Fields { positional: None, named: &find, next: Some(0), numbered: false }, 2)
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
            let (field, after) = Field::read(tail.get(1..).unwrap_or_default())?;
            out.push_str(&show(vm, &field, fields, depth)?);
            rest = after;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What stands between two braces.
struct Field<'a> {
    name: &'a str,
    conversion: Option<char>,
    form: &'a str,
}

impl<'a> Field<'a> {
    /// Reads a field of which the opening brace is gone; gives what comes after it too.
    fn read(text: &'a str) -> Result<(Self, &'a str)> {
        if text.is_empty() {
            return Err(Error::value("Single '{' encountered in format string"));
        }
        let (name, end, rest) = Self::name(text)?;
        let (mut conversion, mut rest) = (None, rest);
        if end == '!' {
            let mut chars = rest.chars();
            let chosen = chars.next();
            conversion = Some(
                chosen.ok_or_else(|| Error::value("end of string while looking for conversion specifier"))?,
            );
            rest = match chars.next() {
                Some('}') => return Ok((Field { name, conversion, form: "" }, chars.as_str())),
                Some(':') | None => chars.as_str(),
                Some(_) => return Err(Error::value("expected ':' after conversion specifier")),
            };
        } else if end == '}' {
            return Ok((Field { name, conversion, form: "" }, rest));
        }
        let (form, rest) = Self::form(rest)?;
        Ok((Field { name, conversion, form }, rest))
    }

    /// The name, the character that ends it and the rest. Brackets may hold any character but an opening brace.
    fn name(text: &'a str) -> Result<(&'a str, char, &'a str)> {
        let mut bracket = false;
        for (at, c) in text.char_indices() {
            match c {
                '{' => return Err(Error::value("unexpected '{' in field name")),
                '[' => bracket = true,
                ']' => bracket = false,
                '}' | ':' | '!' if !bracket => {
                    let (name, rest) = text.split_at(at);
                    return Ok((name, c, rest.get(1..).unwrap_or_default()));
                }
                _ => {}
            }
        }
        Err(Error::value("expected '}' before end of string"))
    }

    /// The format specification, which may hold fields itself, and the rest.
    fn form(text: &'a str) -> Result<(&'a str, &'a str)> {
        let mut open = 0usize;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'{' => open += 1,
                b'}' if open == 0 => {
                    let (form, rest) = text.split_at(at);
                    return Ok((form, rest.get(1..).unwrap_or_default()));
                }
                b'}' => open -= 1,
                _ => {}
            }
        }
        Err(Error::value("unmatched '{' in format spec"))
    }
}

fn show(vm: &dyn Vm, field: &Field<'_>, fields: &mut Fields<'_>, depth: usize) -> Result<String> {
    let value = lookup(vm, field.name, fields)?;
    let value = match field.conversion {
        None => value,
        Some('r') => vm.repr(&value)?.into(),
        Some('s') => Value::Str(vm.text(&value)?),
        Some('a') => quote::escape_non_ascii(&vm.repr(&value)?).into(),
        Some(other) => {
            return Err(Error::value(format!("Unknown conversion specifier {}", quote::visible(other))));
        }
    };
    if !field.form.contains(['{', '}']) {
        return Ok(vm.format(&value, field.form)?.to_string());
    }
    let form = fill(vm, field.form, fields, depth - 1)?;
    Ok(vm.format(&value, &form)?.to_string())
}

/// `name`, `0`, or nothing, then `.attribute` and `[index]`.
fn lookup(vm: &dyn Vm, name: &str, fields: &mut Fields<'_>) -> Result<Value> {
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, rest) = name.split_at(end);
    let value = match whole(first)? {
        Some(number) => {
            fields.number_by_hand()?;
            positional(fields, number)?
        }
        None if first.is_empty() => {
            let number = fields.next_number()?;
            positional(fields, number)?
        }
        None => (fields.named)(&Str::new(first))?,
    };
    within(vm, value, rest)
}

/// Follows `.attribute` and `[index]`.
fn within(vm: &dyn Vm, mut value: Value, mut rest: &str) -> Result<Value> {
    let empty = || Error::value("Empty attribute in format string");
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (attribute, tail) = after.split_at(end);
            if attribute.is_empty() {
                return Err(empty());
            }
            value = vm.attribute(&value, &Str::new(attribute))?;
            rest = tail;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (index, tail) =
                after.split_once(']').ok_or_else(|| Error::value("Missing ']' in format string"))?;
            if index.is_empty() {
                return Err(empty());
            }
            let index = whole(index)?.map_or_else(|| Value::str(index), Value::from);
            value = vm.item(&value, &index)?;
            rest = tail;
        } else {
            return Err(Error::value("Only '.' or '[' may follow ']' in format field specifier"));
        }
    }
    Ok(value)
}

/// The number that digits are; none for other text.
fn whole(text: &str) -> Result<Option<usize>> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let number = text.parse::<i64>().ok().and_then(|number| usize::try_from(number).ok());
    number.map(Some).ok_or_else(|| Error::value("Too many decimal digits in format string"))
}

impl Fields<'_> {
    fn number_by_hand(&mut self) -> Result<()> {
        if self.next.is_some_and(|next| next > 0) {
            return Err(Error::value(
                "cannot switch from automatic field numbering to manual field specification",
            ));
        }
        self.numbered = true;
        Ok(())
    }

    fn next_number(&mut self) -> Result<usize> {
        if self.numbered {
            return Err(Error::value(
                "cannot switch from manual field specification to automatic field numbering",
            ));
        }
        let number = self.next.unwrap_or(0);
        self.next = Some(number + 1);
        Ok(number)
    }
}

fn positional(fields: &Fields<'_>, number: usize) -> Result<Value> {
    let Some(values) = fields.positional else {
        return Err(Error::value("Format string contains positional fields"));
    };
    values.get(number).cloned().ok_or_else(|| {
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
    let mapping = is_mapping(vm, values);
    let mut used_key = false;
    let mut out = String::new();
    let mut chars = text.chars().enumerate().peekable();
    while let Some((_, c)) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if chars.next_if(|(_, c)| *c == '%').is_some() {
            out.push('%');
            continue;
        }
        let mut form = Percent::default();
        read_key(&mut chars, &mut form)?;
        if let Some(key) = &form.key {
            if !mapping {
                return Err(Error::type_error("format requires a mapping"));
            }
            used_key = true;
            given = vec![vm.item(values, &Value::str(key.as_str()))?];
        }
        let (at, kind) = read_form(vm, &mut chars, &mut form, &mut given)?;
        let value = given.pop().ok_or_else(|| Error::type_error("not enough arguments for format string"))?;
        out.push_str(&one(vm, &form, (at, kind), &value)?);
    }
    if !given.is_empty() && !used_key && !mapping {
        return Err(Error::type_error("not all arguments converted during string formatting"));
    }
    Ok(out)
}

/// Whether a value can give the values of `%(key)s`: it has items, and is no text and no tuple.
fn is_mapping(vm: &dyn Vm, values: &Value) -> bool {
    match values.payload() {
        Value::Str(_) | Value::Tuple(_) => false,
        Value::Dict(_) | Value::List(_) | Value::Bytes(_) | Value::Tensor(_) => true,
        _ => vm.class_of(values).lookup(&Str::intern("__getitem__")).is_some(),
    }
}

type Places<'a> = std::iter::Peekable<std::iter::Enumerate<std::str::Chars<'a>>>;

/// `(key)`, in which parentheses may nest.
fn read_key(chars: &mut Places<'_>, form: &mut Percent) -> Result<()> {
    if chars.next_if(|(_, c)| *c == '(').is_none() {
        return Ok(());
    }
    let mut key = String::new();
    let mut depth = 1usize;
    for (_, c) in chars.by_ref() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            form.key = Some(key);
            return Ok(());
        }
        key.push(c);
    }
    Err(Error::value("incomplete format key"))
}

/// Reads flags, width, precision and the character they are for, with its place.
fn read_form(
    vm: &dyn Vm,
    chars: &mut Places<'_>,
    form: &mut Percent,
    given: &mut Vec<Value>,
) -> Result<(usize, char)> {
    while let Some((_, flag)) = chars.next_if(|(_, c)| "-+ 0#".contains(*c)) {
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
        memory::room(form.width)?;
    }
    if chars.next_if(|(_, c)| *c == '.').is_some() {
        let precision = size(vm, chars, given)?.unwrap_or(0);
        let precision = usize::try_from(precision).unwrap_or(0);
        memory::room(precision)?;
        form.precision = Some(precision);
    }
    chars.next_if(|(_, c)| "hlL".contains(*c));
    chars.next().ok_or_else(|| Error::value("incomplete format"))
}

/// A number, or `*` for one of the values.
fn size(vm: &dyn Vm, chars: &mut Places<'_>, given: &mut Vec<Value>) -> Result<Option<i64>> {
    if chars.next_if(|(_, c)| *c == '*').is_some() {
        let value = given.pop().ok_or_else(|| Error::type_error("not enough arguments for format string"))?;
        return number::index(vm, &value).map(Some).map_err(|error| match error.kind() {
            Kind::Type => Error::type_error("* wants int"),
            _ => Error::new(Kind::Overflow, "Python int too large to convert to C ssize_t"),
        });
    }
    let mut value: Option<i64> = None;
    while let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(10)) {
        chars.next();
        let next = value.unwrap_or(0).saturating_mul(10).saturating_add(i64::from(digit));
        if next > 100_000_000 {
            return Err(Error::value("width too big"));
        }
        value = Some(next);
    }
    Ok(value)
}

fn one(vm: &dyn Vm, form: &Percent, (at, kind): (usize, char), value: &Value) -> Result<String> {
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
            _ => {
                let code =
                    number::big_index(vm, value).map_err(|_| Error::type_error("%c requires int or char"))?;
                let code = num_bigint::BigInt::clamp(code, (-1).into(), i64::MAX.into());
                return Ok(padded(&spec::format_int(&code, "c")?, form, ' '));
            }
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
            let shown = if matches!(other, ' '..='~') { other } else { '?' };
            let message =
                format!("unsupported format character '{shown}' ({:#x}) at index {at}", u32::from(other));
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
    let start = text.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(0);
    let prefix = if form.alternate && kind != 'd' { 2 } else { 0 };
    let digits = digits - prefix;
    let (sign, digits_text) = text.split_at(start + prefix);
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
        let prefixed =
            form.alternate && digits.starts_with("0") && digits.get(1..2).is_some_and(|c| "xXo".contains(c));
        let (prefix, digits) = digits.split_at(if prefixed { 2 } else { 0 });
        return format!("{sign}{prefix}{fills}{digits}");
    }
    format!("{fills}{text}")
}
