//! Files as memory: private copy-on-write mappings, and byte ranges that keep them alive.

use std::any::Any;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use memmap2::{MmapMut, MmapOptions};

use super::origin::{Before, Origin};
use super::sigbus;
use torchsh_base::error::{Error, Result};

/// As many bytes as are handed on at a time.
pub const CHUNK: usize = 1 << 20;

/// A whole file in memory, mapped or read. Clones share it.
#[derive(Clone)]
pub struct Mapping {
    whole: Region,
    path: Arc<Path>,
}

impl Mapping {
    /// Maps a file privately: what is written to it stays in this process. What is not a file on a disk (a pipe, a
    /// socket) is read.
    ///
    /// # Errors
    /// `OSError` and its children, as Python's `open` raises them.
    pub fn open(path: &Path) -> Result<Mapping> {
        let file = open_file(path)?;
        Mapping::over(file, path).map_err(|e| Error::io(&e, path))
    }

    fn over(file: File, path: &Path) -> std::io::Result<Mapping> {
        let path: Arc<Path> = path.into();
        if !file.metadata()?.is_file() {
            return Mapping::all_of(file, path);
        }
        let before = Before::of(&file)?;
        if before.length() == 0 {
            return Mapping::all_of(file, path);
        }
        let length = usize::try_from(before.length()).map_err(std::io::Error::other)?;
        // SAFETY: the mapping is private, so what is written to it stays here. A file that shrinks under it is survived by
        // `fault`, one that is written to is found by `origin`: either shows in the bytes, which are nothing but numbers.
        let memory = unsafe { MmapOptions::new().len(length).map_copy(&file) }?;
        Ok(Mapping { whole: Region::over(Backing::mapped(memory, file, path.clone(), before)), path })
    }

    fn all_of(mut file: File, path: Arc<Path>) -> std::io::Result<Mapping> {
        let mut bytes = Vec::new();
        let before = Before::of(&file)?;
        file.read_to_end(&mut bytes)?;
        if before.is_other(&file)? {
            let message =
                "the file was written to while it was read: load it again, once its writer has finished";
            return Err(std::io::Error::other(message));
        }
        Ok(Mapping { whole: Region::from(bytes), path })
    }

    /// Reads a file into memory (`mmap=False`).
    ///
    /// # Errors
    /// As [`Mapping::open`].
    pub fn read(path: &Path) -> Result<Mapping> {
        Mapping::all_of(open_file(path)?, path.into()).map_err(|e| Error::io(&e, path))
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

    /// What was made of the bytes of a file.
    #[must_use]
    pub fn of_region(whole: Region, path: &Path) -> Mapping {
        Mapping { whole, path: path.into() }
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

/// Memory, and who keeps it.
struct Backing {
    /// Taken from its owner once, before it was shared: it may be written through, as a pointer made of a `&[u8]` may not.
    start: *mut u8,
    length: usize,
    owner: Owner,
    /// The same file mapped once more.
    twin: Mutex<Weak<Backing>>,
}

enum Owner {
    Mapped(Arc<Origin>, #[allow(dead_code)] MmapMut),
    Bytes(#[allow(dead_code)] Vec<u8>),
    Anonymous(#[allow(dead_code)] MmapMut),
    Small(#[allow(dead_code)] Vec<Line>),
    /// Memory of somebody else's, who is kept alive.
    Foreign(#[allow(dead_code)] Box<dyn Any + Send + Sync>),
}

/// Where a tensor may start: what a cache and the widest vectors like.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code)] [u8; LINE]);

const LINE: usize = 64;

/// Bytes up to which memory comes from the heap. A mapping of its own takes a page and two calls of the system, and a
/// pickle may hold a million small arrays.
const SMALL: usize = 64 << 10;

/// Bytes up to which memory costs less than the addresses that are kept for it.
const TINY: usize = 1 << 10;

// SAFETY: `start` is that of the owner's memory, and all owners are `Send` and `Sync`.
unsafe impl Send for Backing {}
// SAFETY: as above. Memory is written only while nobody else looks at it: by `owned_mut`, which is the only holder then,
// and by libtorch within a call of an operator, during which no slice of `Region::bytes` is held by this thread; the
// threads that hash and write bytes run while no operator does.
unsafe impl Sync for Backing {}

impl Backing {
    fn mapped(mut memory: MmapMut, file: File, path: Arc<Path>, before: Before) -> Backing {
        let (start, length) = (memory.as_mut_ptr(), memory.len());
        let origin = Origin::new(path, file, before, start as usize, length);
        Backing::of(start, length, Owner::Mapped(origin, memory))
    }

    fn of(start: *mut u8, length: usize, owner: Owner) -> Backing {
        Backing { start, length, owner, twin: Mutex::default() }
    }

    /// The same file mapped once more; none where its bytes are this process's own by now.
    fn twin(&self, origin: &Origin) -> Result<Option<Arc<Backing>>> {
        let mut known = self.twin.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(twin) = known.upgrade() {
            return Ok(Some(twin));
        }
        let Some((file, before)) = origin.once_more()? else { return Ok(None) };
        // SAFETY: as in `Mapping::over`.
        let memory = unsafe { MmapOptions::new().len(self.length).map_copy(&file) };
        let memory = memory.map_err(|error| Error::io(&error, origin.path()))?;
        let twin = Arc::new(Backing::mapped(memory, file, origin.path().into(), before));
        *known = Arc::downgrade(&twin);
        Ok(Some(twin))
    }

    fn anonymous(mut memory: MmapMut) -> Backing {
        Backing::of(memory.as_mut_ptr(), memory.len(), Owner::Anonymous(memory))
    }

    /// Zeroed memory that starts at a multiple of `alignment`, at most a page's.
    fn zeroed(length: usize, alignment: usize) -> Result<Backing> {
        if length > SMALL || alignment > LINE {
            let memory = MmapMut::map_anon(length).map_err(|_| out_of_memory(length))?;
            return Ok(Backing::anonymous(memory));
        }
        let mut lines = Vec::new();
        let count = length.div_ceil(LINE);
        lines.try_reserve_exact(count).map_err(|_| out_of_memory(length))?;
        lines.resize(count, Line([0; LINE]));
        Ok(Backing::of(lines.as_mut_ptr().cast(), length, Owner::Small(lines)))
    }
}

impl Drop for Backing {
    /// Whoever watches over the addresses lets go of them before they are unmapped and given to others.
    fn drop(&mut self) {
        if let Owner::Mapped(origin, _) = &self.owner {
            origin.forget();
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
        let length = backing.length;
        Region { backing: Arc::new(backing), start: 0, length }
    }

    /// Zeroed memory of its own that starts at a multiple of 64 bytes.
    ///
    /// # Errors
    /// `MemoryError` if there is not as much.
    pub fn zeroed(length: usize) -> Result<Region> {
        if length == 0 {
            return Ok(Region::default());
        }
        Ok(Region::over(Backing::zeroed(length, LINE)?))
    }

    /// Zeroed memory of its own, whose pages come when they are touched: it may be larger than what the machine has. What is
    /// much smaller than a page is there at once.
    ///
    /// # Errors
    /// `MemoryError` if there are no addresses for it.
    pub fn reserved(length: usize) -> Result<Region> {
        if length <= TINY {
            return Region::zeroed(length);
        }
        let memory = MmapOptions::new().len(length).no_reserve_swap().map_anon();
        Ok(Region::over(Backing::anonymous(memory.map_err(|_| out_of_memory(length))?)))
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
        Region::over(Backing::of(start.cast_mut(), length, Owner::Foreign(owner)))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        if let Owner::Mapped(origin, _) = &self.backing.owner {
            origin.use_it();
        }
        // SAFETY: start and length lie within the backing, which lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.as_mut_ptr(), self.length) }
    }

    /// Hands all bytes to a consumer, in order, some at a time.
    ///
    /// # Errors
    /// The consumer's own.
    pub fn each_chunk<E>(&self, mut consume: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut told = 0;
        for (place, chunk) in self.bytes().chunks(CHUNK).enumerate() {
            while told < self.length && told < place * CHUNK + 2 * WINDOW {
                self.foretell(told, WINDOW);
                told += WINDOW;
            }
            bring(chunk);
            consume(chunk)?;
        }
        Ok(())
    }

    /// Has the kernel read a part ahead.
    pub fn foretell(&self, start: usize, length: usize) {
        let end = start.saturating_add(length).min(self.length);
        foretell(self.bytes().get(start..end).unwrap_or_default());
    }

    /// The bytes, to fill them: of memory made by [`Region::zeroed`] that nothing else holds yet.
    pub fn owned_mut(&mut self) -> Option<&mut [u8]> {
        let (start, length) = (self.as_mut_ptr(), self.length);
        match Arc::get_mut(&mut self.backing)?.owner {
            Owner::Anonymous(_) | Owner::Small(_) | Owner::Bytes(_) => {
                // SAFETY: start and length lie within the backing, which this region is the only holder of.
                Some(unsafe { std::slice::from_raw_parts_mut(start, length) })
            }
            Owner::Mapped(..) | Owner::Foreign(_) => None,
        }
    }

    /// The address of the first byte. Memory may be written through it (a mapping is private): by libtorch, whose
    /// tensors share it.
    #[must_use]
    pub fn as_mut_ptr(&self) -> *mut u8 {
        // SAFETY: the start lies within the backing.
        unsafe { self.backing.start.add(self.start) }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it is empty.
    #[must_use]
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
        let mut copy = Region::over(Backing::zeroed(self.length, alignment)?);
        if let Some(bytes) = copy.owned_mut() {
            bytes.copy_from_slice(self.bytes());
        }
        Ok(copy)
    }

    /// The same bytes at other addresses: what is written here is not seen there. A file's are mapped once more; the
    /// memory costs nothing.
    ///
    /// # Errors
    /// `MemoryError` if there is no memory for a copy; `OSError` where the file cannot be mapped.
    pub fn apart(&self) -> Result<Region> {
        if let Owner::Mapped(origin, _) = &self.backing.owner
            && let Some(backing) = self.backing.twin(origin)?
        {
            return Ok(Region { backing, start: self.start, length: self.length });
        }
        let mut copy = Region::zeroed(self.length)?;
        if let Some(bytes) = copy.owned_mut() {
            bytes.copy_from_slice(self.bytes());
        }
        Ok(copy)
    }

    /// Whether it starts at a multiple of `alignment`.
    #[must_use]
    pub fn is_aligned(&self, alignment: usize) -> bool {
        self.is_empty() || (self.as_mut_ptr() as usize).is_multiple_of(alignment.max(1))
    }

    /// Whether it is part of a mapped file or of somebody else's memory (and not memory of its own).
    #[must_use]
    pub fn is_mapped(&self) -> bool {
        matches!(self.backing.owner, Owner::Mapped(..) | Owner::Foreign(_))
    }
}

/// Has the pages of these bytes mapped at one go: many times cheaper than a fault for each. Where the kernel cannot (before
/// Linux 5.14), the faults do it.
pub fn bring(bytes: &[u8]) {
    let page = sigbus::page();
    let start = bytes.as_ptr() as usize / page * page;
    let length = (bytes.as_ptr() as usize - start) + bytes.len();
    // SAFETY: the pages are those of live bytes; reading them in changes nothing.
    unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_POPULATE_READ) };
}

/// Bytes that are asked for at a time, ahead of who reads them: enough for a disk to read each of several files in long runs.
pub const WINDOW: usize = 8 << 20;

/// Has the kernel read these bytes ahead. Nobody waits for it, and where it cannot, they come when they are read.
pub fn foretell(bytes: &[u8]) {
    let page = sigbus::page();
    let start = bytes.as_ptr() as usize / page * page;
    let length = (bytes.as_ptr() as usize - start) + bytes.len();
    // SAFETY: the pages are those of live bytes; what is read ahead changes nothing.
    unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_WILLNEED) };
}

fn out_of_memory(length: usize) -> Error {
    Error::new(torchsh_base::error::Kind::Memory, format!("cannot allocate {length} bytes"))
}

impl Default for Region {
    fn default() -> Self {
        Region::from(Vec::new())
    }
}

impl From<Vec<u8>> for Region {
    fn from(mut bytes: Vec<u8>) -> Self {
        Region::over(Backing::of(bytes.as_mut_ptr(), bytes.len(), Owner::Bytes(bytes)))
    }
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Region({} bytes)", self.length)
    }
}

#[cfg(test)]
mod tests;
