//! Arrays whose bytes lie within the pickle's own stream, as joblib writes them.

use super::{Machine, read};
use crate::graph::{Node, NodeId};
use crate::limits;
use crate::pickle::{fault, joblib};
use torchsh_base::error::Result;

impl Machine<'_> {
    /// joblib writes the bytes of an array right behind the object that describes it.
    pub(super) fn array_in_line(&mut self, target: NodeId) -> Result<()> {
        let Some(wrapped) = joblib::Wrapped::read(&self.build.graph, target)? else { return Ok(()) };
        let array = if wrapped.holds_objects() {
            let left = self.region.part(self.cursor.position(), self.cursor.left()).unwrap_or_default();
            if self.build.nesting >= limits::NESTED_FILES {
                return Err(fault(format!("pickles in pickles, more than {} deep", limits::NESTED_FILES)));
            }
            self.build.nesting += 1;
            let inside = read(self.build, &left, self.persistent);
            self.build.nesting -= 1;
            let (array, length) = inside?;
            self.cursor.take(length)?;
            self.build.graph.get(array).clone()
        } else {
            let padding = if wrapped.is_aligned { usize::from(self.cursor.u8()?) } else { 0 };
            self.cursor.take(padding)?;
            let (start, length) = (self.cursor.position(), wrapped.nbytes()?);
            self.cursor.take(length)?;
            let data = self.region.part(start, length).ok_or_else(|| fault("bytes beyond the end"))?;
            Node::Array(Box::new(wrapped.array(data)?))
        };
        if let Some(place) = self.build.graph.get_mut(target) {
            *place = array;
        }
        Ok(())
    }
}
