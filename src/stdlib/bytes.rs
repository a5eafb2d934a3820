//! Bytes, and the encodings between them and text.

use std::rc::Rc;

use super::encoding;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Param, Value, Vm, memory, number, opt, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constructor(
        "bytes",
        &[opt("source", "b''"), opt("encoding", "…"), opt("errors", "'strict'")],
        construct,
    )
    .says("Bytes")
    .examples(&[("bytes([65])", "b'A'")]),
    Builtin::method(
        "bytes",
        "decode",
        &[opt("encoding", "'utf-8'"), opt("errors", "'strict'")],
        |vm, args| {
            let bytes = receiver(vm, args)?;
            encoding::decode(&bytes, &args.str_or(vm, 0, "utf-8")?, &args.str_or(vm, 1, "strict")?)
                .map(Value::from)
        },
    )
    .says("As text")
    .examples(&[("b'A'.decode()", "'A'")]),
    Builtin::method("bytes", "hex", &[opt("sep", "''"), opt("bytes_per_sep", "1")], hex)
        .says("In hexadecimal")
        .examples(&[("b'\\xff'.hex()", "'ff'")]),
    Builtin::on_type("bytes", "fromhex", &[pos("_text")], |vm, args| {
        let text: String = args.str(vm, 0)?.split_whitespace().collect();
        let digits: Option<Vec<u8>> =
            text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
        match digits {
            Some(digits) if digits.len().is_multiple_of(2) => {
                let bytes =
                    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit));
                Ok(Value::Bytes(Rc::new(bytes.collect())))
            }
            _ => {
                let given = args.str(vm, 0)?;
                let at = given.chars().position(|c| !c.is_ascii_hexdigit() && !c.is_ascii_whitespace());
                let at = at.unwrap_or_else(|| given.chars().count());
                Err(Error::value(format!("non-hexadecimal number found in fromhex() arg at position {at}")))
            }
        }
    })
    .says("The bytes of hexadecimal text")
    .examples(&[("bytes.fromhex('41')", "b'A'")]),
    Builtin::method("bytes", "startswith", AFFIX, |vm, args| affix(vm, args, <[u8]>::starts_with))
        .says("Whether they begin so")
        .examples(&[("b'PK\\x03'.startswith((b'PK', b'GG'))", "True")]),
    Builtin::method("bytes", "endswith", AFFIX, |vm, args| affix(vm, args, <[u8]>::ends_with))
        .says("Whether they end so"),
    Builtin::method(
        "bytes",
        "find",
        &[pos("_part"), opt("_start", "None"), opt("_end", "None")],
        |vm, args| {
            let bytes = receiver(vm, args)?;
            let part = part(vm, args.value(0))?;
            let at = window(vm, args, &bytes)?.and_then(|(start, inside)| {
                let found = memchr::memmem::find(inside, &part)?;
                i64::try_from(start + found).ok()
            });
            Ok(Value::Int(at.unwrap_or(-1)))
        },
    )
    .says("Where some bytes first stand, or -1"),
    Builtin::method("bytes", "translate", &[pos("_table"), opt("delete", "b''")], |vm, args| {
        let gone = if args.some(1).is_some() { argument(vm, args, 1)? } else { Rc::default() };
        let table = if args.value(0).is_none() { None } else { Some(argument(vm, args, 0)?) };
        if table.as_ref().is_some_and(|table| table.len() != 256) {
            return Err(Error::value("translation table must be 256 characters long"));
        }
        let bytes = receiver(vm, args)?;
        let kept = bytes.iter().filter(|byte| !gone.contains(byte));
        let other = |byte: &u8| table.as_ref().and_then(|table| table.get(usize::from(*byte)).copied());
        Ok(Value::Bytes(Rc::new(kept.map(|byte| other(byte).unwrap_or(*byte)).collect())))
    })
    .says("Each byte as a table has it, without some"),
    Builtin::on_type("bytes", "maketrans", &[pos("_from"), pos("_to")], |vm, args| {
        let (from, to) = (argument(vm, args, 0)?, argument(vm, args, 1)?);
        if from.len() != to.len() {
            return Err(Error::value("maketrans arguments must have same length"));
        }
        let mut table: Vec<u8> = (0..=255).collect();
        for (byte, other) in from.iter().zip(to.iter()) {
            if let Some(place) = table.get_mut(usize::from(*byte)) {
                *place = *other;
            }
        }
        Ok(Value::Bytes(Rc::new(table)))
    })
    .says("A table for translate"),
    Builtin::method("bytes", "join", &[pos("_iterable")], |vm, args| {
        let between = receiver(vm, args)?;
        let mut out = Vec::new();
        for (i, part) in vm.collect(args.value(0))?.iter().enumerate() {
            if i > 0 {
                memory::extend(&mut out, &between)?;
            }
            match bytes_like(part) {
                Some(bytes) => memory::extend(&mut out, &bytes)?,
                None => {
                    let name = vm.type_name(part);
                    return Err(Error::type_error(format!(
                        "sequence item {i}: expected a bytes-like object, {name} found"
                    )));
                }
            }
        }
        Ok(Value::Bytes(Rc::new(out)))
    })
    .says("Bytes joined with these between"),
];

const AFFIX: &[Param] = &[pos("_part"), opt("_start", "None"), opt("_end", "None")];

/// In hexadecimal, a separator after so many bytes, counted from the end, or from the start where the number is negative.
fn hex(vm: &dyn Vm, args: &Args) -> Result<Value> {
    memory::room(receiver(vm, args)?.len().saturating_mul(64))?;
    let digits: Vec<String> = receiver(vm, args)?.iter().map(|byte| format!("{byte:02x}")).collect();
    let (between, group) = (args.str_or(vm, 0, "")?, args.int_or(vm, 1, 1)?);
    let size = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    if size == 0 || between.is_empty() {
        return Ok(digits.concat().into());
    }
    let first = if group > 0 { digits.len() % size } else { 0 };
    let (first, rest) = digits.split_at_checked(first).unwrap_or_default();
    let groups = rest.chunks(size).map(<[String]>::concat);
    let parts: Vec<String> =
        std::iter::once(first.concat()).filter(|part| !part.is_empty()).chain(groups).collect();
    Ok(parts.join(&between).into())
}

/// The bytes between the second and the third argument, and where they begin; none where the start lies behind the end.
fn window<'b>(vm: &dyn Vm, args: &Args, bytes: &'b [u8]) -> Result<Option<(usize, &'b [u8])>> {
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let place = |index: usize, default: i64| -> Result<usize> {
        let given = if args.some(index).is_some() { number::index(vm, args.value(index))? } else { default };
        let from_start = if given < 0 { given.saturating_add(length).max(0) } else { given };
        Ok(usize::try_from(from_start).unwrap_or(usize::MAX))
    };
    let (start, end) = (place(1, 0)?, place(2, length)?.min(bytes.len()));
    Ok(bytes.get(start..end).map(|inside| (start, inside)))
}

/// Bytes, or those that a `bytearray` holds.
#[must_use]
pub fn bytes_like(value: &Value) -> Option<Rc<Vec<u8>>> {
    match value.payload() {
        Value::Bytes(bytes) => Some(bytes),
        Value::Instance(instance) if &*instance.class().name == "bytearray" => {
            match instance.attributes.get_name("_data") {
                Some(Value::Bytes(bytes)) => Some(bytes),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What is looked for: bytes, or the number of one.
fn part(vm: &dyn Vm, value: &Value) -> Result<Rc<Vec<u8>>> {
    if let Some(bytes) = bytes_like(value) {
        return Ok(bytes);
    }
    match value.payload() {
        Value::Int(_) | Value::Bool(_) => {
            let byte = u8::try_from(number::index(vm, value)?);
            byte.map(|byte| Rc::new(vec![byte])).map_err(|_| Error::value("byte must be in range(0, 256)"))
        }
        _ => {
            let name = vm.type_name(value);
            Err(Error::type_error(format!("argument should be integer or bytes-like object, not '{name}'")))
        }
    }
}

fn affix(vm: &dyn Vm, args: &Args, has: impl Fn(&[u8], &[u8]) -> bool) -> Result<Value> {
    let bytes = receiver(vm, args)?;
    let window = window(vm, args, &bytes)?;
    let has = |part: &[u8]| window.is_some_and(|(_, inside)| has(inside, part));
    let name = args.row().name;
    match args.value(0) {
        Value::Tuple(parts) => {
            for part in &parts.items {
                let Some(part) = bytes_like(part) else {
                    let got = vm.type_name(part);
                    return Err(Error::type_error(format!("a bytes-like object is required, not '{got}'")));
                };
                if has(&part) {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        part => match bytes_like(part) {
            Some(part) => Ok(Value::Bool(has(&part))),
            None => {
                let got = vm.type_name(part);
                Err(Error::type_error(format!(
                    "{name} first arg must be bytes or a tuple of bytes, not {got}"
                )))
            }
        },
    }
}

fn receiver(vm: &dyn Vm, args: &Args) -> Result<Rc<Vec<u8>>> {
    match args.receiver().payload() {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(args.wrong_receiver(vm)),
    }
}

fn argument(vm: &dyn Vm, args: &Args, index: usize) -> Result<Rc<Vec<u8>>> {
    bytes_like(args.value(index)).ok_or_else(|| args.wrong_type(vm, index, "a bytes-like object"))
}

fn construct(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let bytes = match args.value(0).payload() {
        Value::None => Vec::new(),
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::Str(_) if args.get(1).is_none() => {
            return Err(Error::type_error("string argument without an encoding"));
        }
        Value::Str(text) => encoding::encode(&text, &args.str(vm, 1)?, &args.str_or(vm, 2, "strict")?)?,
        Value::Instance(_) if let Some(made) = vm.special(args.value(0), "__bytes__", &[]) => return made,
        Value::Int(count) => {
            let count = usize::try_from(count).map_err(|_| Error::value("negative count"))?;
            memory::room(count)?;
            vec![0; count]
        }
        _ => {
            let items = vm.collect(args.value(0))?;
            let byte = |item: &Value| {
                let value = number::index(vm, item)?;
                u8::try_from(value).map_err(|_| Error::value("bytes must be in range(0, 256)"))
            };
            items.iter().map(byte).collect::<Result<_>>()?
        }
    };
    Ok(Value::Bytes(Rc::new(bytes)))
}

/// `str.encode`.
///
/// # Errors
/// `UnicodeEncodeError`; `LookupError` for an encoding that is not known here.
pub fn encode(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let text = args.receiver_str(vm)?;
    let bytes = encoding::encode(&text, &args.str_or(vm, 0, "utf-8")?, &args.str_or(vm, 1, "strict")?)?;
    Ok(Value::Bytes(Rc::new(bytes)))
}
