//! Surviving a file that is cut short while it is mapped: the kernel answers a read beyond its end with SIGBUS.
//!
//! The handler lays a blank page under the fault, marks the range and raises a flag; [`super::origin`] asks for both.

use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// The size of a page, asked for before the handler that needs it is there. A power of two.
static PAGE: AtomicUsize = AtomicUsize::new(4096);

static FAULT: AtomicBool = AtomicBool::new(false);
static WATCHED: AtomicPtr<Slot> = AtomicPtr::new(ptr::null_mut());
static INSTALL: Once = Once::new();

/// A watched address range. Slots are never freed (the handler may be reading the list), only used again.
struct Slot {
    start: AtomicUsize,
    end: AtomicUsize,
    /// Whether a read in it met the end of its file.
    is_cut: AtomicBool,
    next: *mut Slot,
}

// SAFETY: `next` is written before a slot is published and never again.
unsafe impl Sync for Slot {}

/// Whether a mapped file was found shorter than it was when it was opened, and nobody has heard of it.
#[inline]
#[must_use]
pub fn is_raised() -> bool {
    FAULT.load(Ordering::Relaxed)
}

/// Raises the flag, or lowers it.
pub fn raise(up: bool) {
    FAULT.store(up, Ordering::SeqCst);
}

/// The size of a page of memory.
#[must_use]
pub fn page() -> usize {
    INSTALL.call_once(install);
    PAGE.load(Ordering::Relaxed)
}

/// Has faults in an address range survived, as long as it lives.
pub struct Watch(&'static Slot);

impl Watch {
    /// Watches `length` bytes from `start`.
    #[must_use]
    pub fn new(start: usize, length: usize) -> Watch {
        let page = page();
        let slot = free_slot().unwrap_or_else(new_slot);
        slot.is_cut.store(false, Ordering::SeqCst);
        slot.end.store(start.saturating_add(length).next_multiple_of(page), Ordering::SeqCst);
        slot.start.store(start, Ordering::SeqCst);
        Watch(slot)
    }

    /// Whether a read in the range met the end of its file.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.0.is_cut.load(Ordering::SeqCst)
    }

    /// The address that the range begins at.
    #[must_use]
    pub fn start(&self) -> usize {
        self.0.start.load(Ordering::Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.end.store(0, Ordering::SeqCst);
        self.0.start.store(0, Ordering::SeqCst);
    }
}

/// A slot no watch holds; its start is claimed at once so that no other thread takes it.
fn free_slot() -> Option<&'static Slot> {
    slots()
        .find(|slot| slot.start.compare_exchange(0, usize::MAX, Ordering::SeqCst, Ordering::SeqCst).is_ok())
}

fn new_slot() -> &'static Slot {
    let slot = Box::leak(Box::new(Slot {
        start: AtomicUsize::new(usize::MAX),
        end: AtomicUsize::new(0),
        is_cut: AtomicBool::new(false),
        next: WATCHED.load(Ordering::SeqCst),
    }));
    while let Err(first) = WATCHED.compare_exchange(slot.next, slot, Ordering::SeqCst, Ordering::SeqCst) {
        slot.next = first;
    }
    slot
}

fn slots() -> impl Iterator<Item = &'static Slot> {
    let mut at = WATCHED.load(Ordering::SeqCst);
    std::iter::from_fn(move || {
        // SAFETY: slots are leaked, so a pointer to one is valid for ever.
        let slot = unsafe { at.as_ref() }?;
        at = slot.next;
        Some(slot)
    })
}

fn install() {
    // SAFETY: asks for a number.
    if let Ok(page) = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }) {
        PAGE.store(page.max(1), Ordering::Relaxed);
    }
    // SAFETY: the handler only touches atomics and calls mmap and signal.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_fault as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut());
    }
}

extern "C" fn on_fault(signal: libc::c_int, about: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel gives a valid siginfo to a SA_SIGINFO handler.
    let address = unsafe { (*about).si_addr() } as usize;
    let watched = slots().find(|slot| {
        address >= slot.start.load(Ordering::SeqCst) && address < slot.end.load(Ordering::SeqCst)
    });
    let Some(slot) = watched.filter(|_| lay_blank_page(address)) else {
        // Not ours: back to the default, so that the fault happens again and ends the process.
        // SAFETY: SIG_DFL is always a valid disposition.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        return;
    };
    slot.is_cut.store(true, Ordering::SeqCst);
    FAULT.store(true, Ordering::SeqCst);
}

fn lay_blank_page(address: usize) -> bool {
    let length = PAGE.load(Ordering::Relaxed);
    let page = address / length * length;
    // SAFETY: the page belongs to a mapping of ours that has nothing behind it any more.
    let laid = unsafe {
        libc::mmap(
            page as *mut libc::c_void,
            length,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
            -1,
            0,
        )
    };
    laid != libc::MAP_FAILED
}
