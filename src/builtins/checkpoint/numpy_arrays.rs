//! numpy's arrays of a file: numbers as arrays on its memory, all else as the library's objects to look at.

use super::inert::Inert;
use super::to_value::Maker;
use torchsh_base::error::Result;
use torchsh_checkpoint::graph::{Array, ArrayData, ArrayType, Field, Node, Parts};
use torchsh_checkpoint::limits;
use torchsh_checkpoint::mapping::Region;
use torchsh_language::value::{Str, Value};
use torchsh_tensors::values::array::{Array as NumpyArray, Scalar};

impl Maker<'_> {
    pub(super) fn array(&mut self, array: &Array, scalar: bool) -> Result<Value> {
        if let Some(record) = array.tensor()? {
            let tensor = self.tensor(&record)?;
            return if scalar {
                Scalar::of_tensor(&tensor)
            } else {
                Ok(Value::native(NumpyArray::new(tensor)))
            };
        }
        if let Some(fields) = self.fields(array)? {
            let made = self.of_numpy("_structured", &fields)?;
            return self.as_in_file(
                if scalar { self.vm.item(&made, &Value::tuple(Vec::new()))? } else { made },
                array,
                scalar,
            );
        }
        let items = match &array.data {
            ArrayData::Objects(items) => self.values(items)?,
            ArrayData::Bytes(bytes) => super::numpy_text::elements(array, bytes.bytes()),
        };
        let text = Value::str(array.element.name.as_str());
        let made = self.of_numpy("_made", &[text, sizes(&array.shape), Value::list(items)])?;
        self.as_in_file(
            if scalar { self.vm.item(&made, &Value::tuple(Vec::new()))? } else { made },
            array,
            scalar,
        )
    }

    /// The dtype of records.
    pub(super) fn record_type(&self, element: &ArrayType, fields: &[Field]) -> Result<Value> {
        let kinds = fields.iter().map(|field| (field.name.clone(), Value::str(field.element.name.as_str())));
        let args = [Value::str(element.description()), Value::from(element.itemsize), Value::dict_of(kinds)];
        let made = self.of_numpy("_record_dtype", &args)?;
        if let Value::Instance(instance) = &made {
            let origin = Inert::text("numpy.dtype", element.name.as_str());
            let _ = origin.stands_for.set(Node::ArrayType(Box::new(element.clone())));
            let _ = instance.origin.set(Value::native(origin));
        }
        Ok(made)
    }

    /// What the library's room for such arrays makes.
    fn of_numpy(&self, name: &str, args: &[Value]) -> Result<Value> {
        let room = self.vm.import(if name == "_made" { "numpy._objects" } else { "numpy._records" })?;
        self.vm.call(&self.vm.attribute(&room, &Str::intern(name))?, args, &[])
    }

    /// Keeps beside an object what it is written with again.
    fn as_in_file(&self, made: Value, array: &Array, scalar: bool) -> Result<Value> {
        if let Value::Instance(instance) = &made {
            let origin = Inert::text("numpy.ndarray", array.element.name.as_str());
            let array = Box::new(array.clone());
            let _ = origin.stands_for.set(if scalar { Node::Scalar(array) } else { Node::Array(array) });
            let _ = instance.origin.set(Value::native(origin));
        }
        Ok(made)
    }

    /// The fields of a record array, each as an array: the arguments of `_structured`. None: it is another array.
    fn fields(&mut self, array: &Array) -> Result<Option<Vec<Value>>> {
        let (Some(all), ArrayData::Bytes(bytes)) = (array.element.fields(), &array.data) else {
            return Ok(None);
        };
        let (fields, is_record) = (&all.fields, all.is_record);
        let shown = fields.iter().fold(0_usize, |sum, field| sum.saturating_add(field.element.itemsize));
        let overlaps = shown > array.element.itemsize.saturating_mul(limits::RECORD_OVERLAP);
        if fields.is_empty() || overlaps || (array.fortran && array.shape.len() > 1) {
            return Ok(None);
        }
        let (mut made, mut kinds) = (Vec::new(), Vec::new());
        for field in fields {
            let Some(part) = field_of(array, field, bytes.bytes()) else { return Ok(None) };
            kinds.push((field.name.clone(), Value::str(part.element.name.as_str())));
            made.push((field.name.clone(), self.array(&part, false)?));
        }
        Ok(Some(vec![
            Value::str(array.element.description()),
            Value::from(array.element.itemsize),
            sizes(&array.shape),
            Value::dict_of(made),
            Value::dict_of(kinds),
            Value::Bool(is_record),
        ]))
    }
}

fn sizes(shape: &[i64]) -> Value {
    Value::tuple(shape.iter().map(|&size| Value::Int(size)).collect())
}

/// One field of all records of an array, as an array of its own.
fn field_of(array: &Array, field: &Field, bytes: &[u8]) -> Option<Array> {
    let itemsize = array.element.itemsize;
    let end =
        field.offset.checked_add(field.element.itemsize).filter(|end| *end <= itemsize && itemsize > 0)?;
    let parts: Vec<u8> = bytes
        .chunks_exact(itemsize)
        .filter_map(|record| record.get(field.offset..end))
        .flatten()
        .copied()
        .collect();
    let (element, inner) = match field.element.parts.as_deref() {
        Some(Parts::Items(element, sizes)) => (element.clone(), sizes.clone()),
        _ => (field.element.clone(), Vec::new()),
    };
    let shape = [array.shape.clone(), inner].concat();
    let part = Array::new(element, shape, ArrayData::Bytes(Region::from(parts)));
    torchsh_checkpoint::pickle::check(&part).ok().map(|()| part)
}
