//! Bytes, and the encodings between them and text.

use std::rc::Rc;

use super::encoding;
use crate::error::{Error, Result};
use crate::value::{Args, Builtin, Value, Vm, memory, number, opt, pos};

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
    Builtin::method("bytes", "hex", &[opt("sep", "''")], |vm, args| {
        let parts: Vec<String> = receiver(vm, args)?.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(parts.join(&args.str_or(vm, 0, "")?).into())
    })
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
            _ => Err(Error::value("non-hexadecimal number found in fromhex() arg")),
        }
    })
    .says("The bytes of hexadecimal text")
    .examples(&[("bytes.fromhex('41')", "b'A'")]),
    Builtin::method("bytes", "startswith", &[pos("_prefix")], |vm, args| {
        Ok(Value::Bool(receiver(vm, args)?.starts_with(&argument(vm, args, 0)?)))
    })
    .says("Whether they begin so"),
    Builtin::method("bytes", "endswith", &[pos("_suffix")], |vm, args| {
        Ok(Value::Bool(receiver(vm, args)?.ends_with(&argument(vm, args, 0)?)))
    })
    .says("Whether they end so"),
    Builtin::method("bytes", "find", &[pos("_part")], |vm, args| {
        let (bytes, part) = (receiver(vm, args)?, argument(vm, args, 0)?);
        let at = if part.is_empty() {
            Some(0)
        } else {
            bytes.windows(part.len()).position(|window| window == part.as_slice())
        };
        Ok(Value::Int(at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)))
    })
    .says("Where some bytes first stand, or -1"),
    Builtin::method("bytes", "join", &[pos("_iterable")], |vm, args| {
        let between = receiver(vm, args)?;
        let mut out = Vec::new();
        for (i, part) in vm.collect(args.value(0))?.iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(&between);
            }
            match part {
                Value::Bytes(bytes) => out.extend_from_slice(bytes),
                other => {
                    let name = vm.type_name(other);
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

fn receiver(vm: &dyn Vm, args: &Args) -> Result<Rc<Vec<u8>>> {
    match args.receiver().payload() {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(args.wrong_receiver(vm)),
    }
}

fn argument(vm: &dyn Vm, args: &Args, index: usize) -> Result<Rc<Vec<u8>>> {
    match args.value(index).payload() {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(args.wrong_type(vm, index, "a bytes-like object")),
    }
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
