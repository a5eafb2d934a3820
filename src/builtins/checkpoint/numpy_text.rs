//! Elements of numpy arrays that are no numbers: text, bytes, times.

use std::rc::Rc;

use torchsh_checkpoint::graph::Array;
use torchsh_language::value::Value;

/// Elements that are made into values; the rest of a longer array is left as bytes.
const MOST: usize = 1_000_000;

/// The elements of an array as values.
#[must_use]
pub fn elements(array: &Array, bytes: &[u8]) -> Vec<Value> {
    let itemsize = array.element.itemsize;
    if itemsize == 0 || bytes.len() / itemsize > MOST {
        return vec![Value::Bytes(Rc::new(bytes.to_vec()))];
    }
    bytes.chunks_exact(itemsize).map(|element| value(array, element)).collect()
}

fn value(array: &Array, element: &[u8]) -> Value {
    let ordered = |chunk: &[u8]| {
        let mut bytes = chunk.to_vec();
        if array.element.big_endian {
            bytes.reverse();
        }
        bytes
    };
    match array.element.kind {
        b'U' => {
            let points = element.chunks_exact(4).map(|chunk| {
                let bytes = ordered(chunk);
                u32::from_le_bytes(bytes.try_into().unwrap_or_default())
            });
            let text: String =
                points.map_while(|point| char::from_u32(point).filter(|c| *c != '\0')).collect();
            Value::str(text)
        }
        b'S' => {
            let end = element.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            Value::Bytes(Rc::new(element.get(..end).unwrap_or_default().to_vec()))
        }
        b'f' if element.len() == 16 => extended(&ordered(element)),
        b'M' | b'm' => Value::Int(i64::from_le_bytes(ordered(element).try_into().unwrap_or_default())),
        _ => Value::Bytes(Rc::new(element.to_vec())),
    }
}

/// A float of 80 bits, to the nearest of 64.
fn extended(bytes: &[u8]) -> Value {
    let read = |range: std::ops::Range<usize>| bytes.get(range).unwrap_or_default().to_vec();
    let mantissa = u64::from_le_bytes(read(0..8).try_into().unwrap_or_default());
    let top = u16::from_le_bytes(read(8..10).try_into().unwrap_or_default());
    let sign = if top & 0x8000 == 0 { 1.0 } else { -1.0 };
    Value::Float(match i32::from(top & 0x7fff) {
        0x7fff if mantissa << 1 == 0 => sign * f64::INFINITY,
        0x7fff => f64::NAN,
        exponent => {
            let power = (exponent - 16383 - 63).clamp(-1200, 1100);
            // In two steps: the first alone may be too small for a float.
            sign * mantissa as f64 * 2_f64.powi(power / 2) * 2_f64.powi(power - power / 2)
        }
    })
}
