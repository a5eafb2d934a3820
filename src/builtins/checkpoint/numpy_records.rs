//! Records of numpy on their way back into a file. Each field is shown as an array of its own, which the program may have
//! written to.

use super::inert::Inert;
use torchsh_base::error::Result;
use torchsh_checkpoint::array::{swap, unit};
use torchsh_checkpoint::graph::{Array, ArrayData, Field, Node, Parts};
use torchsh_checkpoint::mapping::Region;
use torchsh_language::value::{Instance, Value, Vm};
use torchsh_tensors::values::array::Array as NumpyArray;

/// The bytes of an array of records as its fields are now; none where it is no such array.
///
/// # Errors
/// What reading a field raises.
pub fn bytes_now(vm: &dyn Vm, instance: &Instance, array: &Array) -> Result<Option<Region>> {
    let (Some(all), ArrayData::Bytes(bytes)) = (array.element.fields(), &array.data) else { return Ok(None) };
    let Some(shown) = instance.attributes.get_name("_fields").and_then(|fields| fields.as_dict()) else {
        return Ok(None);
    };
    let mut whole = bytes.bytes().to_vec();
    for field in &all.fields {
        let Some(value) = shown.get(vm, &Value::Str(field.name.clone()))? else { continue };
        if let Some(now) = field_now(vm, &value, field)? {
            put(&mut whole, array.element.itemsize, field, &now);
        }
    }
    Ok(Some(Region::from(whole)))
}

fn field_now(vm: &dyn Vm, value: &Value, field: &Field) -> Result<Option<Vec<u8>>> {
    if let Some(shown) = value.as_native::<NumpyArray>() {
        let tensor = shown.tensor().clone();
        let bytes = tensor.to_bytes()?;
        let element = match field.element.parts.as_deref() {
            Some(Parts::Items(inner, _)) => inner,
            _ => &field.element,
        };
        let turned = element.big_endian && element.itemsize > 1;
        return Ok(Some(if turned { swap(&bytes, unit(tensor.dtype())) } else { bytes }));
    }
    let Value::Instance(instance) = value else { return Ok(None) };
    match array_of_file(instance) {
        Some(Node::Array(inner)) => Ok(bytes_now(vm, instance, &inner)?.map(|bytes| bytes.bytes().to_vec())),
        _ => Ok(None),
    }
}

fn put(whole: &mut [u8], itemsize: usize, field: &Field, now: &[u8]) {
    let (size, end) = (field.element.itemsize, field.offset.saturating_add(field.element.itemsize));
    if size == 0 || itemsize == 0 || now.len() / size != whole.len() / itemsize {
        return;
    }
    for (record, part) in whole.chunks_exact_mut(itemsize).zip(now.chunks_exact(size)) {
        if let Some(place) = record.get_mut(field.offset..end) {
            place.copy_from_slice(part);
        }
    }
}

/// What the file has of an array or scalar of numpy that is shown by an object of the library.
pub(super) fn array_of_file(instance: &Instance) -> Option<Node> {
    let origin = instance.origin.get()?.as_native::<Inert>()?.stands_for.get()?;
    matches!(origin, Node::Array(_) | Node::Scalar(_) | Node::ArrayType(_)).then(|| origin.clone())
}
