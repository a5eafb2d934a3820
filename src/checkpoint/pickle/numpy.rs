//! What numpy's names make: arrays, scalars and dtypes.

use super::globals::Given;
use super::{Build, fault};
use std::rc::Rc;

use crate::graph::{
    Array, ArrayData, ArrayType, Field, Fields, Global, Made, Missing, Node, NodeId, Object, Parts, TextType,
};
use crate::limits;
use crate::mapping::Region;
use crate::record::numel;
use torchsh_base::Str;
use torchsh_base::error::Result;

/// The type that a numpy type string means: `f4`, `<f4`, `U3`, `O`.
#[must_use]
pub fn array_type(text: &str) -> Option<ArrayType> {
    let (big_endian, code) = match text.split_at_checked(1)? {
        (">", code) => (true, code),
        ("<" | "|" | "=", code) => (false, code),
        _ => (false, text),
    };
    let (kind, digits) = code.split_at_checked(1)?;
    let kind = *kind.as_bytes().first()?;
    let (digits, unit) = digits.split_once('[').map_or((digits, None), |(d, unit)| (d, Some(unit)));
    let number: usize = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let itemsize = match kind {
        b'U' => number.checked_mul(4)?,
        b'O' => size_of::<usize>(),
        b'?' => 1,
        b'b' | b'i' | b'u' | b'f' | b'c' | b'S' | b'a' | b'V' | b'M' | b'm' => number,
        _ => return None,
    };
    let kind = match kind {
        b'?' => b'b',
        b'a' => b'S',
        other => other,
    };
    let name = type_name(kind, itemsize, big_endian, unit);
    Some(ArrayType::plain(kind, itemsize, big_endian, Str::new(name)))
}

fn type_name(kind: u8, itemsize: usize, big_endian: bool, unit: Option<&str>) -> String {
    let order = if big_endian { '>' } else { '<' };
    let word = match kind {
        b'i' => "int",
        b'u' => "uint",
        b'f' => "float",
        b'c' => "complex",
        b'b' => return "bool".to_owned(),
        b'O' => return "object".to_owned(),
        b'S' => return format!("|S{itemsize}"),
        b'V' => return format!("|V{itemsize}"),
        b'U' => return format!("{order}U{}", itemsize / 4),
        other => {
            let (letter, unit) = (char::from(other), unit.map(|unit| format!("[{unit}")).unwrap_or_default());
            return format!("{order}{letter}{itemsize}{unit}");
        }
    };
    match (big_endian && itemsize > 1, kind) {
        (true, kind) => format!(">{}{itemsize}", char::from(kind)),
        (false, _) => format!("{word}{}", itemsize.saturating_mul(8)),
    }
}

fn given<'a>(build: &'a Build, args: &'a [NodeId]) -> Given<'a> {
    Given { graph: &build.graph, items: args }
}

/// `numpy.dtype("f4", False, True)`; its byte order comes with its state.
pub fn dtype(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let element = match given.node(0) {
        // Records whose fields are attributes are of a class of their own.
        Ok(Node::Global(class)) if matches!(class.name.as_str(), "record" | "void") => {
            array_type("V").map(|element| {
                let fields = Fields::new(Vec::new(), class.name.as_str() == "record");
                ArrayType { parts: fields.map(|fields| Rc::new(Parts::Fields(fields))), ..element }
            })
        }
        _ => given.str(0).ok().and_then(array_type),
    };
    let Some(element) = element else { return Ok(None) };
    build.graph.add(Node::ArrayType(Box::new(element))).map(Some)
}

/// `(version, order, subdtype, names, fields, itemsize, alignment, flags)`
pub fn set_type_state(build: &mut Build, target: NodeId, state: NodeId) -> Result<()> {
    let items =
        build.graph.sequence(state).ok_or_else(|| fault("malformed state of a numpy dtype"))?.to_vec();
    let given = given(build, &items);
    let big_endian = given.str(1)? == ">";
    let fields = given.node(4).is_ok_and(|fields| matches!(fields, Node::Dict(_)));
    let itemsize = given.int(5).ok().and_then(|size| usize::try_from(size).ok());
    let is_record = matches!(
        build.graph.get(target),
        Node::ArrayType(element) if element.fields().is_some_and(|fields| fields.is_record)
    );
    let parts = match fields {
        true => fields_of(&given, is_record).map(Parts::Fields),
        false => items_of(&given),
    };
    let fields = if fields { Some(field_names(&given)) } else { None };
    let unit = unit_of(&given);
    let Some(Node::ArrayType(element)) = build.graph.get_mut(target) else { return Ok(()) };
    element.big_endian = big_endian;
    if let Some(itemsize) = itemsize {
        element.itemsize = itemsize;
    }
    if let Some(parts) = parts {
        element.parts = Some(Rc::new(parts));
    }
    if let Some(fields) = fields {
        element.kind = b'V';
        element.name = Str::new(fields);
    } else if let Some(unit) = unit.filter(|_| matches!(element.kind, b'M' | b'm')) {
        let name = type_name(element.kind, element.itemsize, big_endian, Some(&format!("{unit}]")));
        element.name = Str::new(name);
    } else if element.kind != b'M' && element.kind != b'm' {
        let name = type_name(element.kind, element.itemsize, big_endian, None);
        element.name = Str::new(name);
    }
    Ok(())
}

fn element_of(given: &Given, id: NodeId) -> Option<ArrayType> {
    match given.graph.get(id) {
        Node::ArrayType(element) => Some(element.as_ref().clone()),
        _ => None,
    }
}

/// The fields of a record in their order; none where one is of a type that is not known.
fn fields_of(given: &Given, is_record: bool) -> Option<Fields> {
    let fields = given.dict(4).ok()?;
    let names = given.graph.sequence(given.id(3).ok()?)?;
    let field = |name: &NodeId| {
        let name = given.graph.str(*name)?;
        let (_, value) = fields.items.iter().find(|(key, _)| given.graph.str(*key) == Some(name))?;
        let [element, offset, more @ ..] = given.graph.sequence(*value)? else { return None };
        let offset = match given.graph.get(*offset) {
            Node::Int(offset) => usize::try_from(*offset).ok()?,
            _ => return None,
        };
        let title = more.first().and_then(|title| given.graph.str(*title)).map(Str::new);
        Some(Field { name: Str::new(name), title, element: element_of(given, *element)?, offset })
    };
    if names.len() > limits::RECORD_FIELDS {
        return None;
    }
    let mut made = Fields::new(names.iter().map(field).collect::<Option<_>>()?, is_record)?;
    (made.alignment, made.flags) = (given.int(6).unwrap_or(1), given.int(7).unwrap_or(made.flags));
    Some(made)
}

/// `(dtype, shape)` of an element that is an array of its own.
fn items_of(given: &Given) -> Option<Parts> {
    let [element, sizes] = given.graph.sequence(given.id(2).ok()?)? else { return None };
    let size = |id: &NodeId| match given.graph.get(*id) {
        Node::Int(size) => Some(*size),
        _ => None,
    };
    let sizes = match given.graph.sequence(*sizes) {
        Some(sizes) => sizes.iter().map(size).collect::<Option<Vec<i64>>>()?,
        None => vec![size(sizes)?],
    };
    Some(Parts::Items(element_of(given, *element)?, sizes))
}

/// The unit of times: `({}, (b'D', 25, 1, 1))` as `25D`.
fn unit_of(given: &Given) -> Option<String> {
    let [_, unit] = given.graph.sequence(given.id(8).ok()?)? else { return None };
    let [unit, count, ..] = given.graph.sequence(*unit)? else { return None };
    let unit = match given.graph.get(*unit) {
        Node::Bytes(bytes) => String::from_utf8(bytes.bytes().to_vec()).ok()?,
        Node::Str(text) => text.as_str().to_owned(),
        _ => return None,
    };
    let known =
        ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"].contains(&unit.as_str());
    match given.graph.get(*count) {
        Node::Int(1) if known => Some(unit),
        Node::Int(count) if known => Some(format!("{count}{unit}")),
        _ => None,
    }
}

/// `[('x', 'float32'), …]`
fn field_names(given: &Given) -> String {
    let Ok(fields) = given.dict(4) else { return "void".to_owned() };
    let field = |(key, value): &(NodeId, NodeId)| {
        let name = given.graph.str(*key).unwrap_or("?");
        let of = given.graph.sequence(*value).and_then(|parts| parts.first().copied());
        let of = match of.map(|id| given.graph.get(id)) {
            Some(Node::ArrayType(element)) => element.name.as_str(),
            _ => "?",
        };
        format!("('{name}', '{of}')")
    };
    let mut text = String::new();
    for (place, entry) in fields.items.iter().enumerate() {
        if text.len() > limits::GLOBAL_NAME {
            text.push_str(", …");
            break;
        }
        text.push_str(if place > 0 { ", " } else { "" });
        text.extend(field(entry).chars().take(limits::GLOBAL_NAME));
    }
    format!("[{text}]")
}

/// `_reconstruct(ndarray, (0,), b'b')`: an empty array whose state comes later.
pub fn reconstruct(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    match given(build, args).node(0)? {
        Node::Global(class) if class.module.as_str().split('.').next() == Some("numpy") => {}
        _ => return Ok(None),
    }
    let class = match given(build, args).node(0)? {
        Node::Global(class) if class.name.as_str() != "ndarray" => Some(class.clone()),
        _ => None,
    };
    let element = ArrayType::plain(b'u', 1, false, Str::intern("uint8"));
    let data = ArrayData::Bytes(Region::default());
    let array = Array { class, ..Array::new(element, vec![0], data) };
    build.graph.add(Node::Array(Box::new(array))).map(Some)
}

/// `(version, shape, dtype, is_fortran, data)`
pub fn set_array_state(build: &mut Build, target: NodeId, state: NodeId) -> Result<()> {
    let items =
        build.graph.sequence(state).ok_or_else(|| fault("malformed state of a numpy array"))?.to_vec();
    let items = if items.len() == 4 { [vec![NodeId::NONE], items].concat() } else { items };
    let given = given(build, &items);
    if !matches!(given.node(2)?, Node::ArrayType(_)) && !matches!(given.node(4)?, Node::List(_)) {
        // Of a dtype that is not known here: it says what it is, and the rest of the file opens.
        let class = Global { module: Str::intern("numpy"), name: Str::intern("ndarray") };
        let object = Object { state: Some(state), ..Object::of(Rc::new(class), Made::New, Vec::new()) };
        if let Some(place) = build.graph.get_mut(target) {
            *place = Node::Object(Box::new(object));
        }
        return Ok(());
    }
    let array = array_of(&given, 1, 2, given.truth(3), 4)?;
    let data = given.id(4)?;
    build.lend(data)?;
    if let Some(Node::Array(place)) = build.graph.get_mut(target) {
        let class = place.class.take();
        **place = Array { class, ..array };
    }
    Ok(())
}

/// The array that an object of a class made from `ndarray` is, if its state is that of a plain array.
pub fn array_of_subclass(build: &Build, target: NodeId, state: NodeId) -> Option<Node> {
    let items = build.graph.sequence(state).filter(|items| items.len() == 5)?;
    let given = given(build, items);
    let array = array_of(&given, 1, 2, given.truth(3), 4).ok()?;
    let class = match build.graph.get(target) {
        Node::Object(object) => object.args.first().map(|id| build.graph.get(*id)),
        _ => None,
    };
    let class = match class {
        Some(Node::Global(class)) => Some(class.clone()),
        _ => None,
    };
    Some(Node::Array(Box::new(Array { class, ..array })))
}

/// `(version, shape, dtype, is_fortran, data, mask, fill_value)` of a masked array as `{data, mask, fill_value}`; any other
/// state as it is.
///
/// # Errors
/// Those of the arrays.
pub fn masked_state(build: &mut Build, class: &Global, state: NodeId) -> Result<NodeId> {
    let items = build.graph.sequence(state).filter(|items| items.len() == 7).map(<[_]>::to_vec);
    let Some(items) = items.filter(|_| class.name.as_str() == "_mareconstruct") else { return Ok(state) };
    let given = given(build, &items);
    let (data, fill) = (array_of(&given, 1, 2, given.truth(3), 4)?, given.id(6)?);
    let element = ArrayType::plain(b'b', 1, false, Str::intern("bool"));
    let (shape, fortran) = (data.shape.clone(), data.fortran);
    let mask = Array { fortran, ..Array::new(element, shape, array_data(&given, 5)?) };
    check(&mask)?;
    let (data, mask) = (Node::Array(Box::new(data)), Node::Array(Box::new(mask)));
    let (data, mask) = (build.graph.add(data)?, build.graph.add(mask)?);
    let parts = [("data", data), ("mask", mask), ("fill_value", fill)];
    build.graph.dict(parts.map(|(name, part)| (Str::intern(name), part)))
}

/// `scalar(dtype, data)`
pub fn scalar(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let Node::ArrayType(element) = given.node(0)? else { return Ok(None) };
    let element = element.as_ref().clone();
    let data = match given.node(1) {
        Ok(Node::Bytes(bytes)) => ArrayData::Bytes(bytes.as_ref().clone()),
        Ok(Node::Str(text)) => {
            let bytes: Option<Vec<u8>> = text.as_str().chars().map(|c| u8::try_from(c).ok()).collect();
            ArrayData::Bytes(Region::from(bytes.ok_or_else(|| given.malformed(1))?))
        }
        Ok(_) => ArrayData::Objects(vec![given.id(1)?]),
        Err(_) => return Ok(None),
    };
    let array = Array::new(element, Vec::new(), data);
    check(&array)?;
    let data = given.id(1)?;
    build.lend(data)?;
    build.graph.add(Node::Scalar(Box::new(array))).map(Some)
}

/// `_frombuffer(buffer, dtype, shape, order)`: how protocol 5 writes arrays.
pub fn from_buffer(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let fortran = given.str(3).is_ok_and(|order| order == "F");
    let array = array_of(&given, 2, 1, fortran, 0)?;
    let data = given.id(0)?;
    build.lend(data)?;
    build.graph.add(Node::Array(Box::new(array))).map(Some)
}

fn array_of(given: &Given, shape: usize, element: usize, fortran: bool, data: usize) -> Result<Array> {
    let data = array_data(given, data)?;
    let element = match (given.node(element)?, &data) {
        (Node::ArrayType(element_type), _) => element_type.as_ref().clone(),
        // Text of any length, which numpy pickles as a list.
        (Node::Object(object), ArrayData::Objects(_)) => text_type(given, object),
        _ => return Err(given.malformed(element)),
    };
    let array = Array { fortran, ..Array::new(element, given.ints(shape)?, data) };
    check(&array)?;
    Ok(array)
}

/// `_convert_to_stringdtype_kwargs(coerce, na_object)`
fn text_type(given: &Given, object: &Object) -> ArrayType {
    let coerces =
        !matches!(object.args.first().map(|id| given.graph.get(*id)), Some(Node::Int(0) | Node::Bool(false)));
    let missing = match object.args.get(1).map(|id| given.graph.get(*id)) {
        Some(Node::None) => Some(Missing::None),
        Some(Node::Float(value)) if value.is_nan() => Some(Missing::Nan),
        Some(Node::Str(text)) => Some(Missing::Text(text.clone())),
        _ => None,
    };
    let mut said = Vec::new();
    said.extend(missing.as_ref().map(|missing| match missing {
        Missing::None => "na_object=None".to_owned(),
        Missing::Nan => "na_object=nan".to_owned(),
        Missing::Text(text) => format!("na_object='{text}'"),
    }));
    said.extend((!coerces).then(|| "coerce=False".to_owned()));
    let name = Str::new(format!("StringDType({})", said.join(", ")));
    let parts = Some(Rc::new(Parts::Text(TextType { coerces, missing })));
    ArrayType { parts, ..ArrayType::plain(b'O', size_of::<usize>(), false, name) }
}

fn array_data(given: &Given, place: usize) -> Result<ArrayData> {
    Ok(match given.node(place)? {
        Node::Bytes(bytes) | Node::ByteArray(bytes) => ArrayData::Bytes(bytes.as_ref().clone()),
        Node::List(items) => ArrayData::Objects(items.as_ref().clone()),
        Node::Str(text) => {
            let bytes: Option<Vec<u8>> = text.as_str().chars().map(|c| u8::try_from(c).ok()).collect();
            ArrayData::Bytes(Region::from(bytes.ok_or_else(|| given.malformed(place))?))
        }
        _ => return Err(given.malformed(place)),
    })
}

/// That an array has as many elements as its shape says.
pub fn check(array: &Array) -> Result<()> {
    let wanted = numel(&array.shape).filter(|_| array.shape.len() <= limits::DIMENSIONS);
    let (wanted, found) = match &array.data {
        ArrayData::Objects(items) => (wanted, items.len()),
        ArrayData::Bytes(bytes) => {
            (wanted.and_then(|count| count.checked_mul(array.element.itemsize as u64)), bytes.len())
        }
    };
    if wanted == Some(found as u64) {
        return Ok(());
    }
    let (shape, name) = (&array.shape, &array.element.name);
    Err(fault(format!("a numpy array of shape {shape:?} and dtype {name} cannot have {found} bytes")))
}
