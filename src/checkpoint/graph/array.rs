//! numpy's arrays as a file has them.

use std::rc::Rc;

use super::{Global, NodeId};
use crate::dtype::Dtype;
use crate::limits;
use crate::mapping::Region;
use torchsh_base::Str;

/// The type of a numpy array's elements.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayType {
    /// numpy's kind letter: `b i u f c` numbers, `S` bytes, `U` text, `V` records, `O` objects, `M m` times.
    pub kind: u8,
    /// Bytes of an element.
    pub itemsize: usize,
    /// Whether elements are big-endian.
    pub big_endian: bool,
    /// What numpy calls it: `float32`, `<U4`, `[('x', '<f4')]`.
    pub name: Str,
    /// What an element is made of, where that is more than one number.
    pub parts: Option<Rc<Parts>>,
}

/// What an element is made of, or is more than one number.
#[derive(Clone, Debug, PartialEq)]
pub enum Parts {
    /// A record.
    Fields(Fields),
    /// An array of its own: its elements and its sizes.
    Items(ArrayType, Vec<i64>),
    /// Text of any length (`StringDType`).
    Text(TextType),
}

/// What a record is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Fields {
    /// The fields in their order.
    pub fields: Vec<Field>,
    /// Whether they are attributes too (`numpy.record`).
    pub is_record: bool,
    /// How numpy has it in memory: the alignment, and bits that say what its elements need.
    pub alignment: i64,
    /// The bits.
    pub flags: i64,
    /// Fields, those of fields among them, and how deep they are nested.
    size: (usize, usize),
}

/// What `StringDType` was called with.
#[derive(Clone, Debug, PartialEq)]
pub struct TextType {
    /// Whether what is no text is made into text.
    pub coerces: bool,
    /// What stands for a missing text.
    pub missing: Option<Missing>,
}

/// What stands for a missing text.
#[derive(Clone, Debug, PartialEq)]
pub enum Missing {
    /// `None`
    None,
    /// `float("nan")`
    Nan,
    /// A text.
    Text(Str),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: Str,
    /// Another name of it.
    pub title: Option<Str>,
    /// The type of what is in it.
    pub element: ArrayType,
    /// Bytes before it.
    pub offset: usize,
}

impl Fields {
    /// Bits that numpy gives to dtypes: of objects, of what must be cleared first, of records.
    const OF_OBJECTS: i64 = 27;
    const NEEDS_INIT: i64 = 8;
    const IS_RECORD: i64 = 16;

    /// Those of a record as numpy makes it. None: they are more than are looked at, or nested too deep.
    #[must_use]
    pub fn new(fields: Vec<Field>, is_record: bool) -> Option<Fields> {
        let bits = |field: &Field| match field.element.kind {
            b'O' => Fields::OF_OBJECTS,
            b'U' => Fields::NEEDS_INIT,
            _ => field.element.fields().map_or(0, |inner| inner.flags & Fields::OF_OBJECTS),
        };
        let flags = fields.iter().map(bits).fold(Fields::IS_RECORD, |all, bits| all | bits);
        let (count, depth) =
            fields.iter().map(|field| field.element.size()).fold((0_usize, 0), |(count, depth), inner| {
                (count.saturating_add(inner.0 + 1), depth.max(inner.1))
            });
        let fits = count <= limits::RECORD_FIELDS && depth < limits::RECORD_NESTING;
        fits.then_some(Fields { fields, is_record, alignment: 1, flags, size: (count, depth + 1) })
    }
}

/// A numpy array.
#[derive(Clone, Debug)]
pub struct Array {
    /// Type of its elements.
    pub element: ArrayType,
    /// Sizes.
    pub shape: Vec<i64>,
    /// Whether the first index changes fastest.
    pub fortran: bool,
    /// The elements.
    pub data: ArrayData,
    /// Its class, where that is one made from `ndarray` (`recarray`, `matrix`).
    pub class: Option<Rc<Global>>,
}

/// Where an array's elements are.
#[derive(Clone, Debug)]
pub enum ArrayData {
    /// In these bytes.
    Bytes(Region),
    /// Each is an object.
    Objects(Vec<NodeId>),
}

impl Fields {
    /// The bit of records that were laid out as a C compiler does it.
    const ALIGNED: i64 = 128;

    /// Whether the fields do not lie one behind the other.
    fn has_gaps(&self, itemsize: usize) -> bool {
        let mut end = 0_usize;
        for field in &self.fields {
            if field.offset != end {
                return true;
            }
            end = end.saturating_add(field.element.itemsize);
        }
        end != itemsize || self.flags & Fields::ALIGNED != 0
    }

    /// `{'names': ['a'], 'formats': ['<i4'], 'offsets': [4], 'itemsize': 16}`
    fn by_offset(&self, itemsize: usize) -> String {
        let listed =
            |item: fn(&Field) -> String| self.fields.iter().map(item).collect::<Vec<String>>().join(", ");
        let aligned = if self.flags & Fields::ALIGNED != 0 { ", 'aligned': True" } else { "" };
        format!(
            "{{'names': [{}], 'formats': [{}], 'offsets': [{}], 'itemsize': {itemsize}{aligned}}}",
            listed(|field| format!("'{}'", field.name)),
            listed(Field::format),
            listed(|field| field.offset.to_string())
        )
    }
}

impl Array {
    /// An array of numpy's own class, row by row.
    #[must_use]
    pub fn new(element: ArrayType, shape: Vec<i64>, data: ArrayData) -> Self {
        Array { element, shape, fortran: false, data, class: None }
    }

    /// The number that an array of one integer is.
    #[must_use]
    pub fn int(&self) -> Option<i64> {
        let ArrayData::Bytes(bytes) = &self.data else { return None };
        let mut bytes = bytes.bytes().to_vec();
        if self.element.big_endian {
            bytes.reverse();
        }
        let negative = self.element.kind == b'i' && bytes.last().is_some_and(|&last| last >= 0x80);
        let known = matches!(self.element.kind, b'i' | b'u' | b'b') && matches!(bytes.len(), 1..=8);
        bytes.resize(8, if negative { 0xFF } else { 0 });
        let number = i64::from_le_bytes(bytes.try_into().ok().filter(|_| known)?);
        (negative || number >= 0).then_some(number)
    }
}

impl ArrayType {
    /// A type that has no parts.
    #[must_use]
    pub fn plain(kind: u8, itemsize: usize, big_endian: bool, name: Str) -> Self {
        ArrayType { kind, itemsize, big_endian, name, parts: None }
    }

    /// What records of this type are made of.
    #[must_use]
    pub fn fields(&self) -> Option<&Fields> {
        match self.parts.as_deref() {
            Some(Parts::Fields(fields)) => Some(fields),
            _ => None,
        }
    }

    /// How many fields are in it, and how deep they are nested.
    fn size(&self) -> (usize, usize) {
        match self.parts.as_deref() {
            Some(Parts::Fields(fields)) => fields.size,
            Some(Parts::Items(element, _)) => {
                let (count, depth) = element.size();
                (count, depth + 1)
            }
            _ => (0, 0),
        }
    }

    /// As numpy writes it in the description of a record: `<f4`, `i1`.
    #[must_use]
    pub fn code(&self) -> String {
        let order = match (self.big_endian, self.itemsize) {
            (true, 2..) => ">",
            (false, 2..) => "<",
            _ => "",
        };
        match self.kind {
            b'i' | b'u' | b'f' | b'c' => format!("{order}{}{}", char::from(self.kind), self.itemsize),
            b'b' => "?".to_owned(),
            b'O' => "O".to_owned(),
            b'S' | b'V' if self.parts.is_none() => format!("{}{}", char::from(self.kind), self.itemsize),
            _ => self.name.as_str().to_owned(),
        }
    }

    /// The description of a record: `[('x', '<f4'), ('v', '<f8', (3,))]`; the code of anything else.
    #[must_use]
    pub fn description(&self) -> String {
        match self.parts.as_deref() {
            Some(Parts::Fields(fields)) if fields.has_gaps(self.itemsize) => fields.by_offset(self.itemsize),
            Some(Parts::Fields(fields)) => {
                let fields: Vec<String> = fields.fields.iter().map(Field::description).collect();
                format!("[{}]", fields.join(", "))
            }
            _ => self.code(),
        }
    }

    /// The dtype of a tensor of these elements, if there is one (as `torch.from_numpy` decides it).
    #[must_use]
    pub fn dtype(&self) -> Option<Dtype> {
        let dtype = match (self.kind, self.itemsize) {
            (b'b', 1) => Dtype::BOOL,
            (b'i', 1) => Dtype::INT8,
            (b'i', 2) => Dtype::INT16,
            (b'i', 4) => Dtype::INT32,
            (b'i', 8) => Dtype::INT64,
            (b'u', 1) => Dtype::UINT8,
            (b'u', 2) => Dtype::UINT16,
            (b'u', 4) => Dtype::UINT32,
            (b'u', 8) => Dtype::UINT64,
            (b'f', 2) => Dtype::FLOAT16,
            (b'f', 4) => Dtype::FLOAT32,
            (b'f', 8) => Dtype::FLOAT64,
            (b'c', 8) => Dtype::COMPLEX64,
            (b'c', 16) => Dtype::COMPLEX128,
            _ => return None,
        };
        Some(dtype)
    }
}

impl Field {
    /// The type alone: `'<i4'`, `('<f4', (3,))`.
    fn format(&self) -> String {
        match self.type_and_sizes().as_slice() {
            [alone] => alone.clone(),
            both => format!("({})", both.join(", ")),
        }
    }

    /// The type of an element, then, of a subarray, its sizes: `'<f4'`, `(3,)`.
    fn type_and_sizes(&self) -> Vec<String> {
        let quoted = |element: &ArrayType| match element.parts {
            None => format!("'{}'", element.code()),
            Some(_) => element.description(),
        };
        match self.element.parts.as_deref() {
            Some(Parts::Items(element, sizes)) => {
                let sizes: Vec<String> = sizes.iter().map(i64::to_string).collect();
                let comma = if sizes.len() == 1 { "," } else { "" };
                vec![quoted(element), format!("({}{comma})", sizes.join(", "))]
            }
            _ => vec![quoted(&self.element)],
        }
    }

    fn names(&self) -> String {
        match &self.title {
            Some(title) => format!("('{title}', '{}')", self.name),
            None => format!("'{}'", self.name),
        }
    }

    fn description(&self) -> String {
        format!("({}, {})", self.names(), self.type_and_sizes().join(", "))
    }
}
