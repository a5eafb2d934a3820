//! Methods that bytes share with strings: the bytes of ASCII are text, the others are characters that mean nothing.

use std::rc::Rc;

use torchsh_base::error::{Error, Result};
use torchsh_base::reason::Reason;
use torchsh_language::value::{Args, Builtin, Value, Vm, pos, rest};

macro_rules! rows {
    ($($name:literal $says:literal)*) => {
        /// The rows.
        pub const ROWS: &[Builtin] = &[
            Builtin::method("bytes", "__mod__", &[pos("_values")], percent).says("Values written into their places"),
            $(Builtin::method("bytes", $name, &[rest("args")], as_text).says($says)),*
        ];
    };
}

rows! {
    "capitalize" "The first letter a capital" "center" "With fill on both sides" "expandtabs" "Blanks in place of tabs" "istitle" "Whether each word has a capital" "count" "How often a part is in them"
    "index" "Where a part begins" "isalnum" "Whether all are letters or digits" "isalpha" "Whether all are letters"
    "isascii" "Whether all are ASCII" "isdigit" "Whether all are digits" "islower" "Whether no letter is a capital"
    "isspace" "Whether all are space" "isupper" "Whether all letters are capitals" "ljust" "With fill after it"
    "lower" "In small letters" "lstrip" "Without space before" "partition" "In three, at the first separator"
    "removeprefix" "Without a beginning" "removesuffix" "Without an end" "replace" "With a part exchanged"
    "rfind" "Where a part begins last, or -1" "rindex" "Where a part begins last" "rjust" "With fill before"
    "rpartition" "In three, at the last separator" "rsplit" "The parts between separators, from the end"
    "rstrip" "Without space at the end" "split" "The parts between separators" "splitlines" "The lines"
    "strip" "Without space around" "swapcase" "Capitals and small letters exchanged" "title" "Each word with a capital"
    "upper" "In capitals" "zfill" "With zeros before"
}

/// Where bytes that are not text lie: private characters, which have no case, no space and no kind.
const PRIVATE: u32 = 0xe000;

fn to_text(bytes: &[u8]) -> String {
    let character = |byte: &u8| match byte {
        // Python's strings count these as space.
        0x1c..=0x1f | 0x80.. => char::from_u32(PRIVATE + u32::from(*byte)).unwrap_or('\0'),
        byte => char::from(*byte),
    };
    bytes.iter().map(character).collect()
}

fn to_bytes(text: &str) -> Value {
    let byte = |c: char| {
        let code = u32::from(c);
        u8::try_from(if code >= PRIVATE { code - PRIVATE } else { code }).unwrap_or(b'?')
    };
    Value::Bytes(Rc::new(text.chars().map(byte).collect()))
}

fn as_text(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Value::Bytes(own) = args.receiver().payload() else { return Err(args.wrong_receiver(vm)) };
    let name = args.row().name;
    if name == "isascii" {
        return Ok(Value::Bool(own.is_ascii()));
    }
    let seeks = matches!(name, "count" | "index" | "rfind" | "rindex");
    let argument = |(place, value): (usize, &Value)| match value.payload() {
        Value::Bytes(bytes) => Ok(Value::from(to_text(&bytes))),
        Value::Str(_) => Err(Error::type_error("a bytes-like object is required, not 'str'")),
        Value::Int(byte) if seeks && place == 0 => match u8::try_from(byte) {
            Ok(byte) => Ok(Value::from(to_text(&[byte]))),
            Err(_) => Err(Error::value("byte must be in range(0, 256)")),
        },
        other => Ok(other),
    };
    let given = args.rest().iter().enumerate().map(argument).collect::<Result<Vec<_>>>()?;
    let result = vm.call_method(&Value::from(to_text(&own)), name, &given);
    Ok(back(&result.map_err(|error| missing_part(error, name))?))
}

/// `b"%d-%s" % (3, b"x")`
fn percent(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Value::Bytes(own) = args.receiver().payload() else { return Err(args.wrong_receiver(vm)) };
    let one = |value: &Value| match value.payload() {
        Value::Bytes(bytes) => Ok(Value::from(to_text(&bytes))),
        Value::Str(_) => Err(Error::type_error(
            "%b requires a bytes-like object, or an object that implements __bytes__, not 'str'",
        )),
        _ => Ok(value.clone()),
    };
    let values = match args.value(0) {
        Value::Tuple(tuple) => Value::tuple(tuple.items.iter().map(one).collect::<Result<_>>()?),
        value => one(value)?,
    };
    let template = Value::from(to_text(&with_text_kinds(&own)));
    vm.call_method(&template, "__mod__", &[values]).map(|text| back(&text))
}

/// `%b`, which text has not, as `%s`.
fn with_text_kinds(template: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(template.len());
    let mut bytes = template.iter().copied();
    while let Some(byte) = bytes.next() {
        out.push(byte);
        if byte != b'%' {
            continue;
        }
        // Flags, width and precision stand before the kind.
        for kind in bytes.by_ref() {
            let is_kind = !matches!(kind, b'#' | b'0'..=b'9' | b' ' | b'-' | b'+' | b'.' | b'*');
            out.push(if kind == b'b' { b's' } else { kind });
            if is_kind {
                break;
            }
        }
    }
    out
}

fn missing_part(error: Error, name: &str) -> Error {
    match name {
        "index" | "rindex" if error.reason() == Some(&Reason::NotFound) => {
            Error::value("subsection not found")
        }
        _ => error,
    }
}

/// What the method of strings gave, in bytes.
fn back(value: &Value) -> Value {
    match value {
        Value::Str(text) => to_bytes(text),
        Value::List(list) => Value::list(list.to_vec().iter().map(back).collect()),
        Value::Tuple(tuple) => Value::tuple(tuple.items.iter().map(back).collect()),
        other => other.clone(),
    }
}
