//! numpy's own objects, as numpy writes them: `weights_only=True` reads these when they are allowlisted.

use super::Pickler;
use crate::graph::{Array, ArrayData, ArrayType, NodeId};
use crate::pickle::opcodes as op;
use torchsh_base::Str;
use torchsh_base::error::Result;

/// What is said once where numpy objects are saved.
const NUMPY_NOTE: &str = "numpy objects are saved too: torch.load reads them with weights_only=False";

impl Pickler<'_> {
    pub(super) fn array_type(&mut self, element: &ArrayType) -> Result<()> {
        if element.kind == b'V' || element.parts.is_some() {
            return Err(self.refuse("numpy record"));
        }
        if element.name.as_str().starts_with("StringDType") {
            return Err(self.refuse("numpy StringDType"));
        }
        let (code, order) = (type_code(element), if element.big_endian { ">" } else { "<" });
        let order = if element.itemsize > 1 && element.kind != b'O' { order } else { "|" };
        if !self.notes.iter().any(|note| note == NUMPY_NOTE) {
            self.notes.push(NUMPY_NOTE.to_owned());
        }
        self.call("numpy", "dtype", |to| {
            to.tuple_of(3, |to| {
                to.text(&Str::new(code));
                to.truth(false);
                to.truth(true);
                Ok(())
            })
        })?;
        let unit = unit(element);
        let count = if unit.is_some() { 9 } else { 8 };
        self.tuple_of(count, |to| {
            to.int(if unit.is_some() { 4 } else { 3 });
            to.text(&Str::intern(order));
            to.out.extend([op::NONE, op::NONE, op::NONE]);
            let wide = if element.kind == b'U' { i64::try_from(element.itemsize).unwrap_or(-1) } else { -1 };
            to.int(wide);
            to.int(if element.kind == b'U' { 4 } else { -1 });
            to.int(if element.kind == b'O' { 63 } else { 0 });
            match &unit {
                Some((count, unit)) => to.unit(*count, unit),
                None => Ok(()),
            }
        })?;
        self.out.push(op::BUILD);
        Ok(())
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
                to.global("numpy", "ndarray");
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

/// `f4`, `U3`, `b1`, `O8`
fn type_code(element: &ArrayType) -> String {
    let count = if element.kind == b'U' { element.itemsize / 4 } else { element.itemsize };
    format!("{}{count}", char::from(element.kind))
}
