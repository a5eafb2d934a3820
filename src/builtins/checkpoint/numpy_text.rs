//! Elements of numpy arrays that are no numbers: text, bytes, times. From a file's bytes, and back.

use std::rc::Rc;

use torchsh_base::Str;
use torchsh_checkpoint::graph::{Array, ArrayType};
use torchsh_language::value::{Instance, Value};

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

/// An array or scalar that a program made of text, bytes, times or objects.
pub struct ProgramArray {
    /// The type of its elements; objects have no bytes.
    pub element: ArrayType,
    /// Its sizes.
    pub shape: Vec<i64>,
    /// Its elements in their order.
    pub items: Vec<Value>,
    /// Whether it is one element by itself.
    pub is_scalar: bool,
}

impl ProgramArray {
    /// What a program's object is, where it is one of these.
    #[must_use]
    pub fn of(value: &Value, instance: &Instance) -> Option<ProgramArray> {
        if instance.class().module.borrow().as_str() != "numpy" {
            return None;
        }
        let attribute = |name: &str| instance.attributes.get_name(name);
        match instance.class().name.as_str() {
            "ndarray" => {
                let Value::Instance(dtype) = attribute("dtype")? else { return None };
                let element = element_type(&dtype.attributes.get_name("_text")?.as_str()?)?;
                let shape = attribute("shape")?.as_tuple()?.items.iter().filter_map(Value::as_int).collect();
                let items = attribute("_items")?.as_list()?.to_vec();
                Some(ProgramArray { element, shape, items, is_scalar: false })
            }
            kind @ ("datetime64" | "timedelta64") => {
                let letter = if kind == "datetime64" { 'M' } else { 'm' };
                let unit = attribute("_unit").and_then(|unit| unit.as_str());
                let unit = unit.map_or_else(String::new, |unit| format!("[{unit}]"));
                let element = element_type(&Str::new(format!("<{letter}8{unit}")))?;
                Some(ProgramArray { element, shape: Vec::new(), items: vec![value.clone()], is_scalar: true })
            }
            _ => None,
        }
    }

    /// The elements as a file has them; none where one of them is no such element.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.items.len() * self.element.itemsize);
        for item in &self.items {
            let mut element = bytes_of(&self.element, item)?;
            element.resize(self.element.itemsize, 0);
            bytes.extend(element);
        }
        Some(bytes)
    }
}

/// `<U3`, `|S2`, `object`, `<M8[D]`, `|V3`
fn element_type(name: &Str) -> Option<ArrayType> {
    let text = name.as_str().trim_start_matches(['<', '>', '|', '=']);
    if text == "object" {
        return Some(ArrayType::plain(b'O', 8, false, name.clone()));
    }
    let (kind, count) = (*text.as_bytes().first()?, text.get(1..)?.split('[').next()?.parse::<usize>().ok()?);
    let itemsize = if kind == b'U' { count.checked_mul(4)? } else { count };
    let known = matches!(kind, b'U' | b'S' | b'V') || (matches!(kind, b'M' | b'm') && itemsize == 8);
    known.then(|| ArrayType::plain(kind, itemsize, name.as_str().starts_with('>'), name.clone()))
}

fn bytes_of(element: &ArrayType, item: &Value) -> Option<Vec<u8>> {
    let of = |name: &str| match item {
        Value::Instance(instance) => instance.attributes.get_name(name),
        _ => None,
    };
    let number = |number: u32| if element.big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    match element.kind {
        b'U' => Some(item.payload().as_str()?.chars().flat_map(|char| number(u32::from(char))).collect()),
        b'M' | b'm' => {
            let value = of("_value")?.as_int()?;
            Some(if element.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }.to_vec())
        }
        _ => match of("_data").unwrap_or_else(|| item.payload()) {
            Value::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        },
    }
}
