//! `struct`: numbers as bytes (<https://docs.python.org/3/library/struct.html>).

use std::rc::Rc;

use half::f16;

use crate::bytes::bytes_like;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Value, Vm, number, opt, pos, rest};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function("struct", "pack", &[pos("_format"), rest("values")], |vm, args| {
        let format = Format::read(&args.str(vm, 0)?)?;
        format.pack(vm, args.rest()).map(|bytes| Value::Bytes(Rc::new(bytes)))
    })
    .says("Values as bytes")
    .examples(&[("import struct\nstruct.pack('<H', 513)", "b'\\x01\\x02'")]),
    Builtin::function("struct", "unpack", &[pos("_format"), pos("_buffer")], |vm, args| {
        let (format, bytes) = (Format::read(&args.str(vm, 0)?)?, buffer(vm, args, 1)?);
        if bytes.len() != format.size {
            return Err(wrong(format!("unpack requires a buffer of {} bytes", format.size)));
        }
        format.unpack(&bytes)
    })
    .says("The values that bytes stand for")
    .examples(&[("import struct\nstruct.unpack('<H', bytes([1, 2]))", "(513,)")]),
    Builtin::function(
        "struct",
        "unpack_from",
        &[pos("_format"), pos("buffer"), opt("offset", "0")],
        |vm, args| {
            let (format, bytes) = (Format::read(&args.str(vm, 0)?)?, buffer(vm, args, 1)?);
            let offset = usize::try_from(args.int_or(vm, 2, 0)?).map_err(|_| wrong("offset is negative".to_owned()))?;
            let end = offset.saturating_add(format.size);
            match bytes.get(offset..end) {
                Some(part) => format.unpack(part),
                None => Err(wrong(format!(
                    "unpack_from requires a buffer of at least {end} bytes for unpacking {} bytes at offset {offset} (actual buffer size is {})",
                    format.size,
                    bytes.len()
                ))),
            }
        },
    )
    .says("The values that stand at a place"),
    Builtin::function("struct", "calcsize", &[pos("_format")], |vm, args| {
        let size = Format::read(&args.str(vm, 0)?)?.size;
        Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
    })
    .says("Number of bytes of a format")
    .examples(&[("import struct\nstruct.calcsize('<Q')", "8")]),
    Builtin::constant("struct", "error", |vm, _| {
        let class = vm.types().named(Kind::Struct.name());
        class.map(Value::Class).ok_or_else(|| Error::new(Kind::Attribute, "error"))
    })
    .says("What a wrong format or buffer raises"),
];

/// The largest format that is packed.
const MOST_BYTES: usize = 1 << 30;

/// One field, repeated; `s` is one field of `count` bytes.
struct Field {
    code: char,
    /// Bytes of one.
    width: usize,
    count: usize,
    /// Bytes of padding before it.
    gap: usize,
}

struct Format {
    is_little: bool,
    fields: Vec<Field>,
    size: usize,
}

fn wrong(message: String) -> Error {
    Error::new(Kind::Struct, message)
}

fn buffer(vm: &dyn Vm, args: &Args, index: usize) -> Result<Rc<Vec<u8>>> {
    bytes_like(args.value(index)).ok_or_else(|| args.wrong_type(vm, index, "a bytes-like object"))
}

/// Bytes of one field; `l` is longer in the system's own sizes.
fn width(code: char, is_native: bool) -> Option<usize> {
    Some(match code {
        'x' | 'c' | 'b' | 'B' | '?' | 's' => 1,
        'h' | 'H' | 'e' => 2,
        'l' | 'L' if is_native => 8,
        'i' | 'I' | 'l' | 'L' | 'f' => 4,
        'q' | 'Q' | 'd' => 8,
        'n' | 'N' if is_native => 8,
        _ => return None,
    })
}

impl Format {
    fn read(text: &str) -> Result<Format> {
        let (order, rest) = match text.chars().next() {
            Some(order @ ('<' | '>' | '!' | '=' | '@')) => (order, text.get(1..).unwrap_or_default()),
            _ => ('@', text),
        };
        let is_native = order == '@';
        let mut format = Format { is_little: !matches!(order, '>' | '!'), fields: Vec::new(), size: 0 };
        let mut digits = String::new();
        for code in rest.chars().filter(|c| !c.is_whitespace()) {
            if code.is_ascii_digit() {
                digits.push(code);
                continue;
            }
            let count = if digits.is_empty() { Ok(1) } else { digits.parse() };
            let count: usize = count.map_err(|_| wrong("total struct size too long".to_owned()))?;
            digits.clear();
            let width =
                width(code, is_native).ok_or_else(|| wrong("bad char in struct format".to_owned()))?;
            let gap =
                if is_native && width > 1 { format.size.next_multiple_of(width) - format.size } else { 0 };
            let bytes = width.checked_mul(count).filter(|bytes| *bytes < MOST_BYTES);
            let bytes = bytes.ok_or_else(|| wrong("total struct size too long".to_owned()))?;
            format.size += gap + bytes;
            if format.size > MOST_BYTES {
                return Err(wrong("total struct size too long".to_owned()));
            }
            format.fields.push(Field { code, width, count, gap });
        }
        match digits.is_empty() {
            true => Ok(format),
            false => Err(wrong("repeat count given without format specifier".to_owned())),
        }
    }

    /// How many values it packs.
    fn arity(&self) -> usize {
        self.fields
            .iter()
            .map(|field| match field.code {
                'x' => 0,
                's' => 1,
                _ => field.count,
            })
            .sum()
    }

    fn pack(&self, vm: &dyn Vm, values: &[Value]) -> Result<Vec<u8>> {
        if values.len() != self.arity() {
            let expected = self.arity();
            return Err(wrong(format!("pack expected {expected} items for packing (got {})", values.len())));
        }
        let mut values = values.iter();
        let mut out = Vec::with_capacity(self.size);
        for field in &self.fields {
            out.resize(out.len() + field.gap, 0);
            match field.code {
                'x' => out.resize(out.len() + field.count, 0),
                's' => {
                    let Some(Value::Bytes(bytes)) = values.next().map(Value::payload) else {
                        return Err(wrong("argument for 's' must be a bytes object".to_owned()));
                    };
                    let end = out.len() + field.count;
                    out.extend(bytes.iter().take(field.count));
                    out.resize(end, 0);
                }
                _ => {
                    for value in values.by_ref().take(field.count) {
                        let start = out.len();
                        field.pack(vm, value, &mut out)?;
                        if !self.is_little {
                            out.get_mut(start..).unwrap_or_default().reverse();
                        }
                    }
                }
            }
        }
        Ok(out)
    }

    /// The values of bytes of the format's size.
    fn unpack(&self, bytes: &[u8]) -> Result<Value> {
        let mut values = Vec::with_capacity(self.arity());
        let mut rest = bytes;
        for field in &self.fields {
            let (here, after) =
                rest.split_at_checked(field.gap + field.width * field.count).unwrap_or((rest, &[]));
            rest = after;
            let here = here.get(field.gap..).unwrap_or_default();
            match field.code {
                'x' => {}
                's' => values.push(Value::Bytes(Rc::new(here.to_vec()))),
                _ => {
                    for part in here.chunks(field.width) {
                        let mut little = part.to_vec();
                        if !self.is_little {
                            little.reverse();
                        }
                        values.push(field.unpack(&little));
                    }
                }
            }
        }
        Ok(Value::tuple(values))
    }
}

impl Field {
    /// One value, the lowest byte first.
    fn pack(&self, vm: &dyn Vm, value: &Value, out: &mut Vec<u8>) -> Result<()> {
        let float =
            || number::float(vm, value).map_err(|_| wrong("required argument is not a float".to_owned()));
        match self.code {
            '?' => out.push(u8::from(vm.truth(value)?)),
            'c' => match value.payload() {
                Value::Bytes(bytes) if bytes.len() == 1 => out.extend(bytes.iter()),
                _ => return Err(wrong("char format requires a bytes object of length 1".to_owned())),
            },
            'e' => out.extend(f16::from_f64(float()?).to_le_bytes()),
            #[allow(clippy::cast_possible_truncation)] // what a float32 is
            'f' => out.extend((float()? as f32).to_le_bytes()),
            'd' => out.extend(float()?.to_le_bytes()),
            code => {
                let number = number::big_index(vm, value);
                let number = number.map_err(|_| wrong("required argument is not an integer".to_owned()))?;
                let (low, high) = self.limits();
                let number = i128::try_from(&number).ok().filter(|number| (low..=high).contains(number));
                let kind = match code {
                    'b' => "byte".to_owned(),
                    'B' => "ubyte".to_owned(),
                    _ => format!("'{code}'"),
                };
                let message = || format!("{kind} format requires {low} <= number <= {high}");
                let number = number.ok_or_else(|| wrong(message()))?;
                out.extend(number.to_le_bytes().iter().take(self.width));
            }
        }
        Ok(())
    }

    fn unpack(&self, little: &[u8]) -> Value {
        let bits = little.iter().rev().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let [low, next, ..] = bits.to_le_bytes();
        match self.code {
            '?' => Value::Bool(bits != 0),
            'c' => Value::Bytes(Rc::new(little.to_vec())),
            'e' => Value::Float(f16::from_le_bytes([low, next]).to_f64()),
            'f' => Value::Float(f64::from(f32::from_bits(u32::try_from(bits).unwrap_or_default()))),
            'd' => Value::Float(f64::from_bits(bits)),
            code if code.is_ascii_uppercase() => Value::big(bits.into()),
            _ => {
                let shift = 64 - 8 * self.width;
                Value::Int((bits << shift).cast_signed() >> shift)
            }
        }
    }

    /// The least and the largest whole number.
    fn limits(&self) -> (i128, i128) {
        let bits = 8 * self.width;
        match self.code.is_ascii_uppercase() {
            true => (0, (1_i128 << bits) - 1),
            false => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        }
    }
}
