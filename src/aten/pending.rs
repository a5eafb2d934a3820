//! Storages whose bytes are made when they are first needed.
//!
//! Such a storage lies on memory that is reserved and not touched: its tensors have shapes, strides and addresses, and cost
//! nothing. Whatever gives tensors to libtorch to compute with asks [`fill`] for them first, which refuses those on a mapped
//! file that was changed, too; whoever only writes them to a file takes the source ([`super::Storage::pending`]) and never makes
//! them.

use std::cell::RefCell;
use std::ffi::c_void;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Tensor;
use super::raw::{self, Item, Tag};
use super::storage::LiveStorage;
use super::tensor::LiveTensor;
use torchsh_base::error::Result;
use torchsh_checkpoint::gguf::blocks::BlockType;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::{origin, record};

struct Pending {
    source: Rc<record::Storage>,
    memory: Region,
}

thread_local! {
    /// By the address of their first byte.
    static PENDING: RefCell<FxHashMap<usize, Pending>> = RefCell::default();
    /// The blocks that numbers were, by the same addresses, as long as libtorch has them.
    static BLOCKS: RefCell<FxHashMap<usize, BlockType>> = RefCell::default();
}

/// The memory of a storage that was pending when it was made. Forgets it when libtorch lets go of it.
struct Reserved(Region);

impl Drop for Reserved {
    fn drop(&mut self) {
        let start = self.0.as_mut_ptr() as usize;
        // At the end of the thread the table may be gone already.
        let forgotten = PENDING.try_with(|pending| pending.borrow_mut().remove(&start));
        drop(forgotten);
        let _ = BLOCKS.try_with(|blocks| blocks.borrow_mut().remove(&start));
    }
}

/// Gives the memory back: libtorch calls it when the last tensor is gone.
unsafe extern "C" fn drop_reserved(context: *mut c_void) {
    // SAFETY: `context` is the box that `Storage::deferred` leaked, given back once.
    drop(unsafe { Box::from_raw(context.cast::<Reserved>()) });
}

/// A storage of libtorch's on memory that is kept for the bytes of a file, which are taken when they are first needed.
///
/// # Errors
/// What libtorch raises.
pub(super) fn deferred(source: Rc<record::Storage>, memory: Region) -> Result<LiveStorage> {
    super::door::open()?;
    let (start, nbytes) = (memory.as_mut_ptr(), memory.len());
    let context = Box::into_raw(Box::new(Reserved(memory.clone())));
    // SAFETY: the memory lives until `drop_reserved`, and is of this process alone.
    let storage = LiveStorage::made(|out| unsafe {
        raw::torchsh_storage_over(start.cast(), nbytes, context.cast(), drop_reserved, out)
    })?;
    if let Some(block) = source.block() {
        BLOCKS.with_borrow_mut(|blocks| blocks.insert(start as usize, block));
    }
    PENDING.with_borrow_mut(|pending| pending.insert(start as usize, Pending { source, memory }));
    Ok(storage)
}

/// The blocks that the numbers at an address were made of.
pub(super) fn block_at(start: usize) -> Option<BlockType> {
    BLOCKS.with_borrow(|blocks| blocks.get(&start).copied())
}

/// Where the bytes at an address come from, if they are not made yet.
pub(super) fn source_at(start: usize) -> Option<Rc<record::Storage>> {
    PENDING.with_borrow(|pending| pending.get(&start).map(|pending| pending.source.clone()))
}

impl LiveTensor {
    /// Makes the bytes of its storage, if they are not made yet.
    ///
    /// # Errors
    /// What is wrong with the record they come from; a file that was changed since it was mapped.
    pub fn fill_storage(&self) -> Result<()> {
        // SAFETY: the tensor is live.
        if is_asked() { fill_at(unsafe { raw::torchsh_tensor_start(self.raw()) } as usize) } else { Ok(()) }
    }
}

impl Tensor {
    /// libtorch's tensor with its bytes made, for what reads them.
    ///
    /// # Errors
    /// The door cannot be opened, or what is wrong with the record.
    pub(super) fn filled(&self) -> Result<&LiveTensor> {
        let live = self.wake()?;
        live.fill_storage()?;
        Ok(live)
    }
}

/// Has the bytes of all tensors there that are among these arguments of an operator.
///
/// # Errors
/// As [`LiveTensor::fill_storage`].
pub(super) fn fill(items: &[Item]) -> Result<()> {
    if is_asked() { items.iter().try_for_each(fill_item) } else { Ok(()) }
}

fn fill_item(item: &Item) -> Result<()> {
    match item.tag {
        Tag::Tensor if !item.pointer.is_null() => {
            // SAFETY: the item borrows a live tensor.
            fill_at(unsafe { raw::torchsh_tensor_start(item.pointer) } as usize)
        }
        Tag::List if item.length > 0 => {
            // SAFETY: a list item points to that many items.
            let items = unsafe { std::slice::from_raw_parts(item.pointer.cast::<Item>(), item.length) };
            items.iter().try_for_each(fill_item)
        }
        _ => Ok(()),
    }
}

fn is_any() -> bool {
    PENDING.with_borrow(|pending| !pending.is_empty())
}

/// Whether there is any tensor whose bytes might not be there.
fn is_asked() -> bool {
    origin::is_any() || is_any()
}

/// Makes the bytes at an address, if they are not made yet.
///
/// # Errors
/// What is wrong with the record they come from.
pub(super) fn fill_at(start: usize) -> Result<()> {
    origin::touch(start)?;
    let found = PENDING.with_borrow(|pending| {
        pending.get(&start).map(|pending| (pending.source.clone(), pending.memory.clone()))
    });
    let Some((source, memory)) = found else { return Ok(()) };
    let bytes = source.bytes_once()?;
    let length = bytes.len().min(memory.len());
    // SAFETY: both are that long; the memory was reserved for these bytes, and nothing has read or written it.
    unsafe { std::ptr::copy_nonoverlapping(bytes.bytes().as_ptr(), memory.as_mut_ptr(), length) };
    PENDING.with_borrow_mut(|pending| pending.remove(&start));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{Arg, Storage, invoke};
    use torchsh_base::Str;
    use torchsh_checkpoint::dtype::Dtype;
    use torchsh_checkpoint::record::Produce;

    struct Counted(Rc<Cell<usize>>, Vec<u8>);

    impl Produce for Counted {
        fn produce(&self) -> Result<Region> {
            self.0.set(self.0.get() + 1);
            Ok(Region::from(self.1.clone()))
        }
    }

    fn storage(bytes: Vec<u8>) -> (Storage, Rc<Cell<usize>>) {
        let (made, length) = (Rc::new(Cell::new(0)), bytes.len() as u64);
        let counted = Box::new(Counted(made.clone(), bytes));
        let source = record::Storage::lazy(Str::intern("0"), Str::intern("cpu"), length, counted);
        (Storage::of_file(source).unwrap(), made)
    }

    #[test]
    fn bytes_are_made_when_they_are_needed() {
        let (storage, made) = storage((0..8).collect());
        let tensor = storage.tensor(Dtype::UINT8, &[2, 4], None, 0).unwrap();
        assert_eq!((tensor.sizes(), made.get()), (vec![2, 4], 0));
        assert!(storage.pending().is_some());
        let sum = invoke("Tensor", "sum", &[Arg::Tensor(tensor.clone())], &[]).unwrap();
        let Arg::Tensor(sum) = sum else { panic!("a tensor") };
        assert!(matches!(sum.item(), Ok(Arg::Int(28))));
        assert_eq!(tensor.to_bytes().unwrap(), (0..8).collect::<Vec<u8>>());
        assert_eq!(made.get(), 1);
        assert!(storage.pending().is_none());
    }

    #[test]
    fn a_storage_let_go_is_forgotten() {
        let (storage, made) = storage(vec![1; 64]);
        drop(storage);
        assert_eq!((is_any(), made.get()), (false, 0));
    }

    #[test]
    fn growing_keeps_what_was_pending() {
        let (storage, _) = storage(vec![5; 4]);
        storage.resize(8).unwrap();
        let tensor = storage.tensor(Dtype::UINT8, &[4], None, 0).unwrap();
        assert_eq!(tensor.to_bytes().unwrap(), [5; 4]);
    }
}
