//! Files as memory: private copy-on-write mappings, and byte ranges that keep them alive.

use std::any::Any;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use memmap2::{MmapMut, MmapOptions};

use super::fault::Watch;
use crate::error::{Error, Result};

/// As many bytes as are handed on at a time.
pub const CHUNK: usize = 1 << 20;

/// A whole file in memory, mapped or read. Clones share it.
#[derive(Clone)]
pub struct Mapping {
    whole: Region,
    path: Arc<Path>,
}

impl Mapping {
    /// Maps a file privately: what is written to it stays in this process.
    ///
    /// # Errors
    /// `OSError` and its children, as Python's `open` raises them.
    pub fn open(path: &Path) -> Result<Mapping> {
        let file = open_file(path)?;
        let length = length_of(&file, path)?;
        if length == 0 {
            return Ok(Mapping { whole: Region::default(), path: path.into() });
        }
        // SAFETY: the mapping is private; a file that shrinks under it is survived by `fault`.
        let memory = unsafe { MmapOptions::new().map_copy(&file) }.map_err(|e| Error::io(&e, path))?;
        let watch = Watch::new(memory.as_ptr() as usize, memory.len());
        let backing = Backing::Mapped { memory, _watch: watch };
        Ok(Mapping { whole: Region::over(backing), path: path.into() })
    }

    /// Reads a file into memory (`mmap=False`; also for pipes, which have no length).
    ///
    /// # Errors
    /// As [`Mapping::open`].
    pub fn read(path: &Path) -> Result<Mapping> {
        let mut file = open_file(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| Error::io(&e, path))?;
        Ok(Mapping { whole: Region::from(bytes), path: path.into() })
    }

    /// Maps a file on a disk of this machine, and reads one on a network file system, where page faults are many times
    /// slower than reading; unless it is said which of both.
    ///
    /// # Errors
    /// As [`Mapping::open`].
    pub fn open_as(path: &Path, mmap: Option<bool>) -> Result<Mapping> {
        if mmap.unwrap_or_else(|| !is_remote(path)) { Mapping::open(path) } else { Mapping::read(path) }
    }

    /// Bytes that are in memory already, under a name to speak of them.
    #[must_use]
    pub fn of_bytes(bytes: Vec<u8>, name: &str) -> Mapping {
        Mapping { whole: Region::from(bytes), path: Path::new(name).into() }
    }

    /// The file's path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.whole.bytes()
    }

    /// All of it as a region.
    #[must_use]
    pub fn whole(&self) -> &Region {
        &self.whole
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.whole.len()
    }

    /// Whether it is empty.
    #[must_use]
    #[allow(dead_code)] // stands beside `len`
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A byte range of it; none if it does not lie within.
    #[must_use]
    pub fn region(&self, start: u64, length: u64) -> Option<Region> {
        self.whole.part(usize::try_from(start).ok()?, usize::try_from(length).ok()?)
    }
}

/// Numbers of network file systems (`linux/magic.h`; `man statfs`): NFS, SMB, CIFS, SMB2, AFS, Ceph, Lustre, GPFS, BeeGFS,
/// 9P.
const REMOTE: &[u64] = &[
    0x6969,
    0x517b,
    0xff53_4d42,
    0xfe53_4d42,
    0x5346_414f,
    0x00c3_6400,
    0x0bd0_0bd0,
    0x4750_4653,
    0x1983_0326,
    0x0102_1997,
];

/// Whether a file lies on a network file system.
fn is_remote(path: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let Ok(name) = std::ffi::CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: the structure is filled by the call, which is given a string that ends with a zero.
    let kind = unsafe {
        let mut about: libc::statfs = std::mem::zeroed();
        if libc::statfs(name.as_ptr(), &raw mut about) != 0 {
            return false;
        }
        about.f_type
    };
    REMOTE.contains(&(kind as u64 & 0xffff_ffff))
}

fn open_file(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|e| Error::io(&e, path))?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(Error::io(&std::io::Error::from_raw_os_error(libc::EISDIR), path));
    }
    Ok(file)
}

fn length_of(file: &File, path: &Path) -> Result<u64> {
    Ok(file.metadata().map_err(|e| Error::io(&e, path))?.len())
}

enum Backing {
    Mapped {
        memory: MmapMut,
        _watch: Watch,
    },
    Owned(Vec<u8>),
    Aligned(MmapMut),
    /// Memory of somebody else's, whom `_owner` keeps alive.
    Foreign {
        start: *const u8,
        length: usize,
        _owner: Box<dyn Any + Send + Sync>,
    },
}

// SAFETY: foreign memory is that of its owner, who is `Send` and `Sync`; the rest is so by itself.
unsafe impl Send for Backing {}
// SAFETY: as above; nothing here changes through a shared reference.
unsafe impl Sync for Backing {}

impl Backing {
    fn start(&self) -> *const u8 {
        match self {
            Backing::Mapped { memory, .. } | Backing::Aligned(memory) => memory.as_ptr(),
            Backing::Owned(bytes) => bytes.as_ptr(),
            Backing::Foreign { start, .. } => *start,
        }
    }

    fn len(&self) -> usize {
        match self {
            Backing::Mapped { memory, .. } | Backing::Aligned(memory) => memory.len(),
            Backing::Owned(bytes) => bytes.len(),
            Backing::Foreign { length, .. } => *length,
        }
    }
}

/// A byte range of a mapped file or of owned memory, which it keeps alive. Clones share the bytes.
#[derive(Clone)]
pub struct Region {
    backing: Arc<Backing>,
    start: usize,
    length: usize,
}

impl Region {
    fn over(backing: Backing) -> Region {
        let length = backing.len();
        Region { backing: Arc::new(backing), start: 0, length }
    }

    /// Zeroed memory of its own that starts at a page.
    ///
    /// # Errors
    /// `MemoryError` if there is not as much.
    pub fn zeroed(length: usize) -> Result<Region> {
        if length == 0 {
            return Ok(Region::default());
        }
        let memory = MmapMut::map_anon(length).map_err(|_| out_of_memory(length))?;
        Ok(Region::over(Backing::Aligned(memory)))
    }

    /// Zeroed memory of its own, whose pages come when they are touched: it may be larger than what the machine has.
    ///
    /// # Errors
    /// `MemoryError` if there are no addresses for it.
    pub fn reserved(length: usize) -> Result<Region> {
        let memory = MmapOptions::new().len(length).no_reserve_swap().map_anon();
        Ok(Region::over(Backing::Aligned(memory.map_err(|_| out_of_memory(length))?)))
    }

    /// Memory of somebody else's: that of a tensor, say.
    ///
    /// # Safety
    /// `length` bytes from `start` must be readable, and not written, as long as `owner` lives.
    #[must_use]
    pub unsafe fn foreign(start: *const u8, length: usize, owner: Box<dyn Any + Send + Sync>) -> Region {
        if length == 0 {
            return Region::default();
        }
        Region::over(Backing::Foreign { start, length, _owner: owner })
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: start and length lie within the backing, which lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.backing.start().add(self.start), self.length) }
    }

    /// Hands all bytes to a consumer, in order, some at a time.
    ///
    /// # Errors
    /// The consumer's own.
    pub fn each_chunk<E>(&self, mut consume: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        self.bytes().chunks(CHUNK).try_for_each(|chunk| {
            bring(chunk);
            consume(chunk)
        })
    }

    /// The bytes, to fill them: of memory made by [`Region::zeroed`] that nothing else holds yet.
    pub fn owned_mut(&mut self) -> Option<&mut [u8]> {
        let (start, end) = (self.start, self.start.checked_add(self.length)?);
        match Arc::get_mut(&mut self.backing)? {
            Backing::Aligned(memory) => memory.get_mut(start..end),
            Backing::Owned(bytes) => bytes.get_mut(start..end),
            Backing::Mapped { .. } | Backing::Foreign { .. } => None,
        }
    }

    /// The address of the first byte. Memory may be written through it (a mapping is private): by libtorch, whose
    /// tensors share it.
    #[must_use]
    pub fn as_mut_ptr(&self) -> *mut u8 {
        self.bytes().as_ptr().cast_mut()
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it is empty.
    #[must_use]
    #[allow(dead_code)] // stands beside `len`
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// A byte range of it; none if it does not lie within.
    #[must_use]
    pub fn part(&self, start: usize, length: usize) -> Option<Region> {
        if start.checked_add(length)? > self.length {
            return None;
        }
        Some(Region { backing: self.backing.clone(), start: self.start.checked_add(start)?, length })
    }

    /// This region if it starts at a multiple of `alignment`, else a copy that does.
    ///
    /// # Errors
    /// `MemoryError` if there is no memory for the copy.
    pub fn aligned(&self, alignment: usize) -> Result<Region> {
        if self.is_aligned(alignment) {
            return Ok(self.clone());
        }
        let mut memory = MmapMut::map_anon(self.length).map_err(|_| out_of_memory(self.length))?;
        memory.copy_from_slice(self.bytes());
        Ok(Region::over(Backing::Aligned(memory)))
    }

    /// Whether it starts at a multiple of `alignment`.
    #[must_use]
    pub fn is_aligned(&self, alignment: usize) -> bool {
        self.is_empty() || (self.bytes().as_ptr() as usize).is_multiple_of(alignment.max(1))
    }

    /// Whether it is part of a mapped file or of somebody else's memory (and not memory of its own).
    #[must_use]
    pub fn is_mapped(&self) -> bool {
        matches!(*self.backing, Backing::Mapped { .. } | Backing::Foreign { .. })
    }
}

/// Has the pages of these bytes mapped at one go: many times cheaper than a fault for each. Where the kernel cannot (before
/// Linux 5.14), the faults do it.
pub fn bring(bytes: &[u8]) {
    const PAGE: usize = 4096;
    let start = bytes.as_ptr() as usize / PAGE * PAGE;
    let length = (bytes.as_ptr() as usize - start) + bytes.len();
    // SAFETY: the pages are those of live bytes; reading them in changes nothing.
    unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_POPULATE_READ) };
}

fn out_of_memory(length: usize) -> Error {
    Error::new(crate::error::Kind::Memory, format!("cannot allocate {length} bytes"))
}

impl Default for Region {
    fn default() -> Self {
        Region::from(Vec::new())
    }
}

impl From<Vec<u8>> for Region {
    fn from(bytes: Vec<u8>) -> Self {
        Region::over(Backing::Owned(bytes))
    }
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Region({} bytes)", self.length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::fault;
    use super::*;

    #[test]
    fn parts_lie_within() {
        let region = Region::from(vec![1, 2, 3, 4]);
        assert_eq!(region.part(1, 2).unwrap().bytes(), [2, 3]);
        assert_eq!(region.part(4, 0).unwrap().len(), 0);
        assert!(region.part(3, 2).is_none());
        assert!(region.part(usize::MAX, 2).is_none());
        assert_eq!(region.part(1, 3).unwrap().aligned(64).unwrap().bytes(), [2, 3, 4]);
    }

    #[test]
    fn a_file_cut_short_under_its_mapping_is_survived() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[7; 20_000]).unwrap();
        let mapping = Mapping::open(file.path()).unwrap();
        assert_eq!(mapping.bytes()[19_999], 7);
        file.as_file().set_len(4096).unwrap();
        assert_eq!(mapping.bytes()[12_000], 0);
        assert!(fault::take());
        assert!(!fault::take());
    }
}
