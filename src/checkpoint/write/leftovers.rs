//! What a save that does not come to its end would leave behind: temporary files, by name.
//!
//! A process that is ended by a signal removes its own ([`abandon`]). One that is killed cannot: whoever saves into the
//! same folder next removes them ([`sweep`]). A file in the making is locked by its writer, so that nobody else's is.

use std::ffi::{CString, c_char};
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// How the names of temporary files begin.
pub const PREFIX: &str = ".torchsh-";

/// The name of a file that goes away with the process. Places are never freed, only used again: a signal may come at any
/// time.
struct Place {
    path: AtomicPtr<c_char>,
    next: *const Place,
}

static PLACES: AtomicPtr<Place> = AtomicPtr::new(ptr::null_mut());

fn places() -> impl Iterator<Item = &'static Place> {
    let mut at = PLACES.load(Ordering::SeqCst).cast_const();
    std::iter::from_fn(move || {
        // SAFETY: places are leaked, so a pointer to one is valid for ever.
        let place = unsafe { at.as_ref() }?;
        at = place.next;
        Some(place)
    })
}

/// Names a file that is to go away if the process is ended, as long as this lives.
pub struct Listed(&'static Place);

impl Listed {
    /// Lists a file.
    #[must_use]
    pub fn new(path: &Path) -> Option<Listed> {
        let path = std::path::absolute(path).ok()?;
        // Never freed: the handler may be reading it.
        let path = CString::new(path.as_os_str().as_bytes()).ok()?.into_raw();
        let empty = |place: &&Place| {
            place.path.compare_exchange(ptr::null_mut(), path, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        };
        Some(Listed(places().find(empty).unwrap_or_else(|| new_place(path))))
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.0.path.store(ptr::null_mut(), Ordering::SeqCst);
    }
}

fn new_place(path: *mut c_char) -> &'static Place {
    let first = PLACES.load(Ordering::SeqCst);
    let place = Box::leak(Box::new(Place { path: AtomicPtr::new(path), next: first }));
    while let Err(first) =
        PLACES.compare_exchange(place.next.cast_mut(), place, Ordering::SeqCst, Ordering::SeqCst)
    {
        place.next = first;
    }
    place
}

/// Removes all files that are in the making. May be called in a signal handler, of a process that ends then.
pub fn abandon() {
    for place in places() {
        let path = place.path.load(Ordering::SeqCst);
        if !path.is_null() {
            // SAFETY: a text that ends in a zero and is never freed; `unlink` may be called in a signal handler.
            unsafe { libc::unlink(path) };
        }
    }
}

/// Takes the lock that says that a file's writer lives.
pub fn lock(file: &File) -> bool {
    // SAFETY: the descriptor is open.
    unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) == 0 }
}

/// Removes the temporary files of processes that are gone from a folder.
pub fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().as_bytes().starts_with(PREFIX.as_bytes()) {
            remove_dead(&entry.path());
        }
    }
}

fn remove_dead(path: &Path) {
    let how = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let Ok(file) = File::options().read(true).custom_flags(how).open(path) else { return };
    let is_it = |about: &fs::Metadata| {
        fs::symlink_metadata(path).is_ok_and(|named| (named.dev(), named.ino()) == (about.dev(), about.ino()))
    };
    if file.metadata().is_ok_and(|about| about.is_file() && lock(&file) && is_it(&about)) {
        // If it cannot be removed, it stays.
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_living_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [".torchsh-dead", ".torchsh-alive", "torchsh-other", ".torchsh"] {
            fs::write(at(name), "x").unwrap();
        }
        fs::create_dir(at(".torchsh-folder")).unwrap();
        std::os::unix::fs::symlink(at("torchsh-other"), at(".torchsh-link")).unwrap();
        let alive = File::open(at(".torchsh-alive")).unwrap();
        assert!(lock(&alive));
        sweep(folder.path());
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".torchsh", ".torchsh-alive", ".torchsh-folder", ".torchsh-link", "torchsh-other"]);
    }

    #[test]
    fn what_is_listed_is_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, lost) = (folder.path().join("kept"), folder.path().join("lost"));
        for path in [&kept, &lost] {
            fs::write(path, "x").unwrap();
        }
        drop(Listed::new(&kept));
        let listed = Listed::new(&lost);
        abandon();
        assert!(listed.is_some() && kept.exists() && !lost.exists());
    }
}
