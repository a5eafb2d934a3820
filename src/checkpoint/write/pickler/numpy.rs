//! numpy's own objects, as numpy writes them: `weights_only=True` reads these when they are allowlisted.

use super::Pickler;
use crate::graph::{Array, ArrayData, ArrayType, Field, Missing, NodeId, Parts, TextType};
use crate::pickle::opcodes as op;
use torchsh_base::Str;
use torchsh_base::error::Result;

/// What is said once where numpy objects are saved.
const NUMPY_NOTE: &str = "numpy objects are saved too: torch.load reads them with weights_only=False";

impl Pickler<'_> {
    pub(super) fn array_type(&mut self, element: &ArrayType) -> Result<()> {
        if !self.notes.iter().any(|note| note == NUMPY_NOTE) {
            self.notes.push(NUMPY_NOTE.to_owned());
        }
        if let Some(Parts::Text(text)) = element.parts.as_deref() {
            return self.text_type(text);
        }
        self.call("numpy", "dtype", |to| {
            to.tuple_of(3, |to| {
                match element.fields() {
                    Some(fields) if fields.is_record => to.global("numpy", "record"),
                    _ => to.text(&Str::new(type_code(element))),
                }
                to.truth(false);
                to.truth(true);
                Ok(())
            })
        })?;
        self.type_state(element)?;
        self.out.push(op::BUILD);
        Ok(())
    }

    /// `(version, order, subdtype, names, fields, itemsize, alignment, flags)`, and the unit of times.
    fn type_state(&mut self, element: &ArrayType) -> Result<()> {
        let unit = unit(element);
        let itemsize = i64::try_from(element.itemsize).unwrap_or(-1);
        let (sized, alignment, flags) = match (element.parts.as_deref(), element.kind) {
            (Some(Parts::Fields(fields)), _) => (itemsize, fields.alignment, fields.flags),
            (Some(Parts::Items(inner, _)), _) => (itemsize, alignment(inner), 0),
            (_, b'U') => (itemsize, 4, 8),
            (_, b'S' | b'V') => (itemsize, 1, 0),
            (_, b'O') => (-1, -1, 63),
            _ => (-1, -1, 0),
        };
        self.tuple_of(if unit.is_some() { 9 } else { 8 }, |to| {
            to.int(if unit.is_some() { 4 } else { 3 });
            to.text(&Str::intern(order(element)));
            to.type_parts(element.parts.as_deref())?;
            to.int(sized);
            to.int(alignment);
            to.int(flags);
            match &unit {
                Some((count, unit)) => to.unit(*count, unit),
                None => Ok(()),
            }
        })
    }

    /// `subdtype, names, fields`
    fn type_parts(&mut self, parts: Option<&Parts>) -> Result<()> {
        match parts {
            Some(Parts::Fields(fields)) => {
                self.out.push(op::NONE);
                self.tuple_of(fields.fields.len(), |to| {
                    fields.fields.iter().for_each(|field| to.text(&field.name));
                    Ok(())
                })?;
                self.out.extend([op::EMPTY_DICT, op::MARK]);
                for field in &fields.fields {
                    for name in [Some(&field.name), field.title.as_ref()].into_iter().flatten() {
                        self.text(name);
                        self.field(field)?;
                    }
                }
                self.out.push(op::SETITEMS);
            }
            Some(Parts::Items(element, sizes)) => {
                self.tuple_of(2, |to| {
                    to.array_type(element)?;
                    to.ints(sizes);
                    Ok(())
                })?;
                self.out.extend([op::NONE, op::NONE]);
            }
            _ => self.out.extend([op::NONE, op::NONE, op::NONE]),
        }
        Ok(())
    }

    /// `(dtype, offset)`, and its title if it has one.
    fn field(&mut self, field: &Field) -> Result<()> {
        self.tuple_of(if field.title.is_some() { 3 } else { 2 }, |to| {
            to.array_type(&field.element)?;
            to.int(i64::try_from(field.offset).unwrap_or(i64::MAX));
            field.title.iter().for_each(|title| to.text(title));
            Ok(())
        })
    }

    /// `StringDType`, by the function that numpy names for it.
    fn text_type(&mut self, text: &TextType) -> Result<()> {
        self.call("numpy._core._internal", "_convert_to_stringdtype_kwargs", |to| {
            to.tuple_of(if text.missing.is_some() { 2 } else { 1 }, |to| {
                to.int(i64::from(text.coerces));
                match &text.missing {
                    Some(Missing::None) => to.out.push(op::NONE),
                    Some(Missing::Nan) => to.float(f64::NAN),
                    Some(Missing::Text(text)) => to.text(text),
                    None => {}
                }
                Ok(())
            })
        })
    }

    /// `(None, (b'D', 1, 1, 1))`: what times count.
    fn unit(&mut self, count: i64, unit: &str) -> Result<()> {
        self.tuple_of(2, |to| {
            to.out.push(op::NONE);
            to.tuple_of(4, |to| {
                to.bytes(unit.as_bytes())?;
                to.int(count);
                to.int(1);
                to.int(1);
                Ok(())
            })
        })
    }

    pub(super) fn array(&mut self, id: NodeId, array: &Array) -> Result<()> {
        self.call("numpy._core.multiarray", "_reconstruct", |to| {
            to.tuple_of(3, |to| {
                match &array.class {
                    Some(class) => to.global(class.module.as_str(), class.name.as_str()),
                    None => to.global("numpy", "ndarray"),
                }
                to.ints(&[0]);
                to.bytes(b"b")
            })
        })?;
        self.remember(id);
        self.tuple_of(5, |to| {
            to.int(1);
            to.ints(&array.shape);
            to.array_type(&array.element)?;
            to.truth(array.fortran);
            match &array.data {
                ArrayData::Bytes(bytes) => to.bytes(bytes.bytes()),
                ArrayData::Objects(items) => {
                    to.out.push(op::EMPTY_LIST);
                    to.append(items)
                }
            }
        })?;
        self.out.push(op::BUILD);
        Ok(())
    }

    pub(super) fn scalar(&mut self, array: &Array) -> Result<()> {
        let ArrayData::Bytes(bytes) = &array.data else { return Err(self.refuse("numpy object scalar")) };
        self.call("numpy._core.multiarray", "scalar", |to| {
            to.tuple_of(2, |to| {
                to.array_type(&array.element)?;
                to.bytes(bytes.bytes())
            })
        })
    }
}

/// The unit of times and how many of it they count: `<M8[25D]`.
fn unit(element: &ArrayType) -> Option<(i64, String)> {
    let (_, unit) = element.name.as_str().strip_suffix(']')?.split_once('[')?;
    let letters = unit.trim_start_matches(|c: char| c.is_ascii_digit());
    let count = unit.strip_suffix(letters)?;
    let known = matches!(element.kind, b'M' | b'm');
    known.then(|| (count.parse().unwrap_or(1), letters.to_owned()))
}

/// `f4`, `U3`, `b1`, `O8`; `V12` of what has parts.
fn type_code(element: &ArrayType) -> String {
    let kind = if element.parts.is_some() { b'V' } else { element.kind };
    let count = if kind == b'U' { element.itemsize / 4 } else { element.itemsize };
    format!("{}{count}", char::from(kind))
}

fn order(element: &ArrayType) -> &'static str {
    let has_order =
        element.itemsize > 1 && element.parts.is_none() && !matches!(element.kind, b'O' | b'S' | b'V');
    match (has_order, element.big_endian) {
        (false, _) => "|",
        (true, true) => ">",
        (true, false) => "<",
    }
}

/// Of a number, as machines of today have it.
fn alignment(element: &ArrayType) -> i64 {
    match element.kind {
        b'S' | b'V' => 1,
        b'U' => 4,
        b'c' => i64::try_from(element.itemsize / 2).unwrap_or(1),
        _ => i64::try_from(element.itemsize).unwrap_or(1),
    }
}
