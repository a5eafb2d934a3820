//! Memory that a program may still ask for. An allocation that fails ends the process, and one that the kernel grants but
//! does not have ends it later: both are seen coming, so that the program gets `MemoryError` and the session lives.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use libmimalloc_sys::{mi_malloc, mi_realloc, mi_zalloc};
use mimalloc::MiMalloc;

use torchsh_base::error::{Error, Kind, Result};

/// Allocations below this many bytes are not looked at one by one.
const LARGE: usize = 32 << 20;

/// Bytes that are left for everything else.
const RESERVE: usize = 256 << 20;

/// Steps of a program from one look at the memory to the next: many small objects add up.
const STEPS: u32 = 1 << 18;

/// Set when memory runs low, and taken back when the program has been told.
static LOW: AtomicBool = AtomicBool::new(false);

static TAKEN: AtomicU32 = AtomicU32::new(0);

/// Allocations from this many bytes on are added up: some of them are as much as a large one.
const NOTABLE: usize = 1 << 20;

/// What they have come to since the last look.
static ADDED: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Watched = Watched;

#[cfg(target_os = "linux")]
mod at_start {
    use std::ffi::{c_int, c_long};

    unsafe extern "C" {
        fn mi_option_set(option: c_int, value: c_long);
    }

    /// `mi_option_arena_eager_commit` of mimalloc 3.
    const ARENA_EAGER_COMMIT: c_int = 4;

    /// The allocator takes memory as it is needed, not in huge pages: 8 MB less of a program that says one word.
    extern "C" fn take_as_needed() {
        // SAFETY: the allocator knows the option, and has it set before it has given out anything.
        unsafe { mi_option_set(ARENA_EAGER_COMMIT, 0) }
    }

    /// What runs before `main`, and so before the first allocation.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static FIRST: extern "C" fn() = take_as_needed;
}

/// The allocator, with an eye on what is large.
struct Watched;

/// What every block of the allocator is aligned to, without being asked: its way for that is the shorter one.
const ALIGNED: usize = align_of::<u64>();

// SAFETY: every call is handed on to the allocator as it is, without an alignment that its blocks have in any case.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        foresee(layout.size(), layout.size());
        // SAFETY: the caller keeps to the contract.
        unsafe {
            match layout.align() <= ALIGNED {
                true => mi_malloc(layout.size()).cast(),
                false => MiMalloc.alloc(layout),
            }
        }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract.
        unsafe { MiMalloc.dealloc(place, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        foresee(layout.size(), layout.size());
        // SAFETY: the caller keeps to the contract.
        unsafe {
            match layout.align() <= ALIGNED {
                true => mi_zalloc(layout.size()).cast(),
                false => MiMalloc.alloc_zeroed(layout),
            }
        }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old place is given back after the new one is taken; and what grows will grow again, to twice as much.
        foresee(size, size.saturating_mul(2).saturating_add(size / 4));
        // SAFETY: the caller keeps to the contract.
        unsafe {
            match layout.align() <= ALIGNED {
                true => mi_realloc(place.cast(), size).cast(),
                false => MiMalloc.realloc(place, layout, size),
            }
        }
    }
}

/// Notes that memory runs low, if it does after `now` more bytes for what will want `next` more.
fn foresee(now: usize, next: usize) {
    if now < NOTABLE {
        return;
    }
    let added = ADDED.fetch_add(now, Ordering::Relaxed).saturating_add(now);
    if added >= LARGE {
        ADDED.store(0, Ordering::Relaxed);
        if left() < now.saturating_add(next).max(RESERVE) {
            LOW.store(true, Ordering::Relaxed);
        }
    }
}

/// Whether memory has run low since the last time. To be asked at every step of a program.
#[inline]
pub fn is_low() -> bool {
    if TAKEN.load(Ordering::Relaxed) >= STEPS {
        TAKEN.store(0, Ordering::Relaxed);
        if left() < RESERVE {
            return true;
        }
    }
    // One thread takes steps: nothing is lost between the load and the store.
    TAKEN.store(TAKEN.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    LOW.load(Ordering::Relaxed) && LOW.swap(false, Ordering::Relaxed)
}

/// The error of a program that wants too much.
#[must_use]
#[cold]
pub fn exhausted() -> Error {
    Error::new(Kind::Memory, "")
}

/// That there is room for so many bytes at once.
///
/// # Errors
/// `MemoryError` if there is not.
pub fn room(bytes: usize) -> Result<()> {
    if bytes >= LARGE && bytes.saturating_add(RESERVE) > left() {
        return Err(exhausted());
    }
    Ok(())
}

/// Adds an item where there is room for it.
///
/// # Errors
/// `MemoryError` if there is not.
#[inline]
pub fn push<T>(items: &mut Vec<T>, item: T) -> Result<()> {
    if items.len() == items.capacity() {
        items.try_reserve(1).map_err(|_| exhausted())?;
    }
    items.push(item);
    Ok(())
}

/// Adds bytes where there is room for them.
///
/// # Errors
/// `MemoryError` if there is not.
#[inline]
pub fn extend(all: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    if all.capacity() - all.len() < bytes.len() {
        room(bytes.len())?;
        all.try_reserve(bytes.len()).map_err(|_| exhausted())?;
    }
    all.extend_from_slice(bytes);
    Ok(())
}

/// Makes room for all that is to come.
///
/// # Errors
/// `MemoryError` if there is none.
pub fn reserve<T>(items: &mut Vec<T>, more: usize) -> Result<()> {
    room(more.saturating_mul(size_of::<T>()))?;
    items.try_reserve_exact(more).map_err(|_| exhausted())
}

/// That there is room for what a function makes of a text (or bytes) of that many bytes: as much again, in two steps.
///
/// # Errors
/// `MemoryError` if there is not.
#[inline]
pub fn room_beside(bytes: usize) -> Result<()> {
    if bytes >= LARGE { room(bytes.saturating_mul(3)) } else { Ok(()) }
}

/// Bytes that the machine, and the limit of the process, have left.
fn left() -> usize {
    let machine =
        number_after(c"/proc/meminfo", b"MemAvailable:").map_or(usize::MAX, |kibibytes| kibibytes << 10);
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the structure is filled by the call.
    let asked = unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) };
    if asked != 0 || limit.rlim_cur == libc::RLIM_INFINITY {
        return machine;
    }
    let taken = number_after(c"/proc/self/status", b"VmSize:").map_or(0, |kibibytes| kibibytes << 10);
    let limit = usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX);
    machine.min(limit.saturating_sub(taken))
}

/// The number after a word in a file of the kernel's. Allocates nothing: an allocation asks for it.
fn number_after(path: &std::ffi::CStr, word: &[u8]) -> Option<usize> {
    let mut bytes = [0_u8; 1024];
    // SAFETY: the path ends with a zero, and the buffer is as long as is said.
    let count = unsafe {
        let file = libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        if file < 0 {
            return None;
        }
        let count = libc::read(file, bytes.as_mut_ptr().cast(), bytes.len());
        libc::close(file);
        count
    };
    let text = bytes.get(..usize::try_from(count).ok()?)?;
    let start = text.windows(word.len()).position(|part| part == word)? + word.len();
    let digits = text.get(start..)?.iter().skip_while(|byte| !byte.is_ascii_digit());
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0_usize, |all, digit| all.saturating_mul(10).saturating_add(usize::from(digit - b'0'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_refused() {
        assert!(left() > RESERVE);
        assert!(room(1 << 20).is_ok());
        assert!(room(usize::MAX / 2).is_err());
        assert_eq!(number_after(c"/proc/none", b"MemAvailable:"), None);
    }
}
