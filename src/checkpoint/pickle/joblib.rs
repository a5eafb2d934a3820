//! joblib's own way with arrays (`joblib/numpy_pickle.py`): an object that describes the array, and behind it, in the middle
//! of the pickle, the array's bytes.

use super::{fault, numpy};
use crate::graph::{Array, ArrayData, ArrayType, Graph, Node, NodeId};
use crate::mapping::Region;
use crate::module::attribute;
use crate::record::numel;
use torchsh_base::error::Result;

/// An array whose bytes come next.
pub struct Wrapped {
    element: ArrayType,
    shape: Vec<i64>,
    fortran: bool,
    /// Whether a count of bytes for alignment, and as many bytes, come before those of the array.
    pub is_aligned: bool,
}

impl Wrapped {
    /// What such an object says; none if it is none.
    ///
    /// # Errors
    /// `UnpicklingError` if it does not say enough.
    pub fn read(graph: &Graph, id: NodeId) -> Result<Option<Wrapped>> {
        let Node::Object(object) = graph.get(id) else { return Ok(None) };
        if object.class.name.as_str() != "NumpyArrayWrapper"
            || !object.class.module.as_str().contains("joblib")
        {
            return Ok(None);
        }
        let field = |name: &str| attribute(graph, object, name).map(|id| graph.get(id));
        let sizes = attribute(graph, object, "shape").and_then(|id| graph.sequence(id));
        let sizes = sizes.and_then(|sizes| sizes.iter().map(|&size| graph.int(size)).collect());
        let (Some(Node::ArrayType(element)), Some(shape)) = (field("dtype"), sizes) else {
            return Err(fault("malformed description of an array of joblib's"));
        };
        Ok(Some(Wrapped {
            element: element.as_ref().clone(),
            shape,
            fortran: matches!(field("order"), Some(Node::Str(order)) if order.as_str() == "F"),
            is_aligned: matches!(field("numpy_array_alignment_bytes"), Some(Node::Int(_))),
        }))
    }

    /// Whether its elements are objects, in a pickle of their own.
    #[must_use]
    pub fn holds_objects(&self) -> bool {
        self.element.kind == b'O'
    }

    /// How many bytes its elements take.
    ///
    /// # Errors
    /// `UnpicklingError` for more than can be counted.
    pub fn nbytes(&self) -> Result<usize> {
        let count = numel(&self.shape).and_then(|count| usize::try_from(count).ok());
        let nbytes = count.and_then(|count| count.checked_mul(self.element.itemsize));
        nbytes.ok_or_else(|| fault(format!("an array of shape {:?} is too large", self.shape)))
    }

    /// The array of these bytes.
    ///
    /// # Errors
    /// `UnpicklingError` if they are not as many as its shape says.
    pub fn array(self, data: Region) -> Result<Array> {
        let data = ArrayData::Bytes(data);
        let array = Array { fortran: self.fortran, ..Array::new(self.element, self.shape, data) };
        numpy::check(&array)?;
        Ok(array)
    }
}

#[cfg(test)]
mod tests {
    use crate::content::from_mapping;
    use crate::manifest;
    use crate::mapping::Mapping;

    /// What `joblib.dump` writes of an array, its bytes in the middle of the pickle.
    fn dumped(padding: &str, data: &[u8]) -> Vec<u8> {
        let about = "(dS'shape'\n(I2\ntsS'order'\nS'C'\nsS'dtype'\ncnumpy\ndtype\n(S'i2'\nI0\nI1\ntRs";
        let start = format!("(lcjoblib.numpy_pickle\nNumpyArrayWrapper\n)R{about}{padding}b");
        [start.as_bytes(), data, b"aI7\na."].concat()
    }

    #[test]
    fn arrays_in_the_middle_of_a_pickle_are_read() {
        let aligned = "S'numpy_array_alignment_bytes'\nI16\ns";
        for (padding, data) in [("", &[1, 0, 2, 0][..]), (aligned, &[3, 255, 255, 255, 1, 0, 2, 0])] {
            let file = Mapping::of_bytes(dumped(padding, data), "arrays.joblib");
            let mut loaded = from_mapping(&file).unwrap();
            let found = manifest::of(&mut loaded.graph, loaded.root).unwrap();
            assert_eq!((found[0].name.as_str(), found[0].shape.as_slice()), ("[0]", &[2][..]));
            assert_eq!(loaded.graph.sequence(loaded.root).unwrap().len(), 2);
        }
        assert!(from_mapping(&Mapping::of_bytes(dumped("", &[1]), "arrays.joblib")).is_err());
    }
}
