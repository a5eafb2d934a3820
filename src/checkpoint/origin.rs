//! The files behind mappings: what they were when they were mapped, and whether they still are.
//!
//! A mapping shows what another program writes into its file (a trainer that writes `last.pt` again, `cp`), and nobody
//! is told. So each use of a mapping is noted ([`touch`]); before its result goes anywhere, the files that were used are
//! looked at ([`look`], [`settle`]). From the first change on that is found, every use is an error. A file that is
//! replaced by a rename does no harm: the mapping keeps the old one.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::thread::ThreadId;
use std::time::Duration;

use super::sigbus::{self, Watch};
use torchsh_base::error::{Error, Kind, Result};

/// A mapped file.
pub struct Origin {
    path: Arc<Path>,
    /// The same from the root, whatever the current folder is.
    place: PathBuf,
    /// Kept open: its path may lead elsewhere by now.
    file: File,
    stamp: Mutex<Stamp>,
    watch: Watch,
    length: usize,
    /// Whether its bytes were read since they were last vouched for.
    used: AtomicBool,
    /// What happened to it, once that was found.
    damage: OnceLock<String>,
    /// Whether that was said of a read that met its end.
    is_told: AtomicBool,
    /// Whether its bytes are this process's own by now.
    kept: AtomicBool,
    /// The thread that mapped it, and answers for it.
    owner: ThreadId,
}

/// All that are mapped, by their addresses.
static MAPPED: RwLock<Vec<Arc<Origin>>> = RwLock::new(Vec::new());
/// How many these are.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Whether one was forgotten before anybody heard that a read met its end.
static FORGOTTEN: AtomicBool = AtomicBool::new(false);
/// Whether any was used since the last [`settle`].
static USED: AtomicBool = AtomicBool::new(false);

fn mapped() -> RwLockReadGuard<'static, Vec<Arc<Origin>>> {
    MAPPED.read().unwrap_or_else(PoisonError::into_inner)
}

/// What is written down of a file: it changes with every write to it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    /// Links, mode and owner: where one of them is another, that is why `changed` is.
    about: (u64, u32, u32, u32),
}

impl Stamp {
    fn of(about: &Metadata) -> Stamp {
        Stamp {
            length: about.len(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
            about: (about.nlink(), about.mode(), about.uid(), about.gid()),
        }
    }
}

/// The state of a file that is about to be mapped.
pub struct Before(Stamp);

impl Before {
    /// Waits until a further write to the file would give it another time: files keep times in ticks of a few
    /// milliseconds, and a file may be younger than that.
    ///
    /// # Errors
    /// Those of `fstat`.
    pub fn of(file: &File) -> std::io::Result<Before> {
        const STEPS: usize = 20;
        for _ in 0..STEPS {
            let about = file.metadata()?;
            if !about.is_file() {
                return Ok(Before(Stamp::of(&about)));
            }
            let last = (about.mtime(), about.mtime_nsec()).max((about.ctime(), about.ctime_nsec()));
            let now = coarse_time();
            if last < now || last.0 > now.0 + 1 {
                return Ok(Before(Stamp::of(&about)));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(Before(Stamp::of(&file.metadata()?)))
    }

    /// Whether the file has other bytes now.
    ///
    /// # Errors
    /// As [`Before::of`].
    pub fn is_other(&self, file: &File) -> std::io::Result<bool> {
        let about = file.metadata()?;
        let now = Stamp::of(&about);
        Ok(about.is_file() && (now.length, now.modified) != (self.0.length, self.0.modified))
    }

    /// How long the file is.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.0.length
    }
}

/// The clock that files get their times from.
fn coarse_time() -> (i64, i64) {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: fills the structure, which outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_REALTIME_COARSE, &raw mut time) };
    (time.tv_sec, time.tv_nsec)
}

/// Lets this process have as many files open as it may: a sharded checkpoint has hundreds, and each is kept open.
fn raise_limit() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure outlives both calls.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

impl Origin {
    /// Watches over a file that is mapped at `start`.
    #[must_use]
    pub fn new(path: Arc<Path>, file: File, before: Before, start: usize, length: usize) -> Arc<Origin> {
        static LIMIT: Once = Once::new();
        LIMIT.call_once(raise_limit);
        let origin = Arc::new(Origin {
            place: std::path::absolute(&path).unwrap_or_else(|_| path.to_path_buf()),
            path,
            file,
            stamp: Mutex::new(before.0),
            watch: Watch::new(start, length),
            length,
            used: AtomicBool::new(false),
            damage: OnceLock::new(),
            is_told: AtomicBool::new(false),
            kept: AtomicBool::new(false),
            owner: std::thread::current().id(),
        });
        let mut mapped = MAPPED.write().unwrap_or_else(PoisonError::into_inner);
        let place = mapped.partition_point(|one| one.watch.start() < start);
        mapped.insert(place, origin.clone());
        COUNT.store(mapped.len(), Ordering::SeqCst);
        origin
    }

    /// The file, to map it once more, as it was when it was mapped; none where its bytes are this process's own by now.
    ///
    /// # Errors
    /// That the file was changed meanwhile; no further file can be open.
    pub fn once_more(&self) -> Result<Option<(File, Before)>> {
        self.look()?;
        if self.kept.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let file = self.file.try_clone().map_err(|error| Error::io(&error, &self.path))?;
        let before = *self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some((file, Before(before))))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Forgets it, before it is unmapped: its addresses may be somebody else's afterwards.
    pub fn forget(self: &Arc<Origin>) {
        if self.is_untold() {
            FORGOTTEN.store(true, Ordering::SeqCst);
        }
        let mut mapped = MAPPED.write().unwrap_or_else(PoisonError::into_inner);
        mapped.retain(|one| !Arc::ptr_eq(one, self));
        COUNT.store(mapped.len(), Ordering::SeqCst);
    }

    /// Notes that its bytes are read.
    #[inline]
    pub fn use_it(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
            USED.store(true, Ordering::Relaxed);
        }
    }

    fn is_untold(&self) -> bool {
        self.watch.is_cut() && !self.is_told.load(Ordering::SeqCst)
    }

    /// Whether this thread asks for it, of a file that was used.
    fn is_asked(&self) -> bool {
        self.used.load(Ordering::Relaxed) && self.owner == std::thread::current().id()
    }

    /// What happened to it, as far as that is known.
    fn damage(&self) -> Option<&str> {
        if self.watch.is_cut() {
            return Some(self.damage.get_or_init(|| self.cut_short()));
        }
        self.damage.get().map(String::as_str)
    }

    fn check(&self) -> Result<()> {
        self.damage().map_or(Ok(()), |what| Err(self.error(what)))
    }

    fn error(&self, what: &str) -> Error {
        let path = self.path.display();
        let error = Error::new(Kind::Os, format!("'{path}' {what}: what was loaded from it cannot be used"));
        error.hint(format!(
            "load it again; load(\"{path}\", mmap=False) keeps a copy in memory, which no later write to the file can reach"
        ))
    }

    fn cut_short(&self) -> String {
        let now = self.file.metadata().map_or(0, |about| about.len());
        format!("was cut short while it was open ({} bytes are left of {})", now, self.length)
    }

    /// Looks at the file.
    fn look(&self) -> Result<()> {
        self.check()?;
        if self.kept.load(Ordering::Relaxed) {
            return Ok(());
        }
        let now = self.file.metadata().map_err(|error| Error::io(&error, &self.path))?;
        let (id, now) = ((now.dev(), now.ino()), Stamp::of(&now));
        let mut before = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if *before == now {
            return Ok(());
        }
        let what = if now.length < before.length {
            self.cut_short()
        } else if (now.length, now.modified) != (before.length, before.modified)
            || self.is_unexplained(&before, &now, id)
        {
            "was written to while it was open".to_owned()
        } else {
            *before = now;
            return Ok(());
        };
        Err(self.error(self.damage.get_or_init(|| what)))
    }

    /// Whether the file's state changed, and neither its links, mode and owner nor a rename say why. (Programs that copy
    /// a file with its times put the old time of writing back.)
    fn is_unexplained(&self, before: &Stamp, now: &Stamp, id: (u64, u64)) -> bool {
        let is_same = |about: Metadata| (about.dev(), about.ino()) == id;
        before.about == now.about && std::fs::metadata(&self.place).is_ok_and(is_same)
    }

    /// Copies what is mapped into memory of this process's own, at the same addresses.
    fn keep(&self) -> Result<()> {
        if self.look().is_err() {
            return Ok(());
        }
        let start = self.watch.start();
        let no_memory = || {
            let message = format!(
                "no memory to keep what is loaded from '{}', which is to be written to",
                self.path.display()
            );
            Error::new(Kind::Memory, message)
        };
        // SAFETY: the copy is as long as the mapping, which nothing unmaps while it is listed; the move puts it in the
        // mapping's place as one step, with the same bytes.
        let moved = unsafe {
            let (readable, private) =
                (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            let copy = libc::mmap(ptr::null_mut(), self.length, readable, private, -1, 0);
            if copy == libc::MAP_FAILED {
                return Err(no_memory());
            }
            ptr::copy_nonoverlapping(start as *const u8, copy.cast::<u8>(), self.length);
            let how = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
            libc::mremap(copy, self.length, self.length, how, start as *mut libc::c_void)
        };
        if moved == libc::MAP_FAILED {
            return Err(no_memory());
        }
        self.kept.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Whether any file is mapped.
#[inline]
#[must_use]
pub fn is_any() -> bool {
    COUNT.load(Ordering::Relaxed) > 0
}

/// Notes that the bytes at an address are used.
///
/// # Errors
/// `OSError` if they are those of a file that was changed.
#[inline]
pub fn touch(address: usize) -> Result<()> {
    if is_any() { touch_mapped(address) } else { Ok(()) }
}

fn touch_mapped(address: usize) -> Result<()> {
    let mapped = mapped();
    let after = mapped.partition_point(|one| one.watch.start() <= address);
    match after.checked_sub(1).and_then(|place| mapped.get(place)) {
        Some(origin) if address - origin.watch.start() < origin.length => {
            origin.use_it();
            origin.check()
        }
        _ => Ok(()),
    }
}

/// Refuses what was just done if a read in a mapped file met its end meanwhile.
///
/// # Errors
/// `OSError` if so.
#[inline]
pub fn refuse() -> Result<()> {
    if sigbus::is_raised() { refuse_fault() } else { Ok(()) }
}

fn refuse_fault() -> Result<()> {
    // Lowered before it is looked for, so that none is missed that comes meanwhile.
    sigbus::raise(false);
    let mapped = mapped();
    let me = std::thread::current().id();
    let found = mapped.iter().filter(|origin| origin.is_untold()).find(|origin| origin.owner == me);
    if let Some(origin) = found {
        origin.is_told.store(true, Ordering::SeqCst);
    }
    if mapped.iter().any(|origin| origin.is_untold()) {
        sigbus::raise(true);
    }
    if let Some(origin) = found {
        return origin.check();
    }
    if FORGOTTEN.swap(false, Ordering::SeqCst) {
        let message = "a file was cut short while it was open: what was read from it cannot be used";
        return Err(Error::new(Kind::Os, message).hint("load it again"));
    }
    Ok(())
}

/// Looks at all files whose bytes were used.
///
/// # Errors
/// `OSError` if one of them was changed since it was mapped.
pub fn look() -> Result<()> {
    refuse()?;
    if !USED.load(Ordering::Relaxed) {
        return Ok(());
    }
    mapped().iter().filter(|origin| origin.is_asked()).try_for_each(|origin| origin.look())
}

/// As [`look`]; what was used before it is vouched for, or refused, and not asked for again.
///
/// # Errors
/// As [`look`].
#[inline]
pub fn settle() -> Result<()> {
    if USED.load(Ordering::Relaxed) || sigbus::is_raised() { settle_used() } else { Ok(()) }
}

fn settle_used() -> Result<()> {
    let found = look();
    USED.store(false, Ordering::Relaxed);
    for origin in mapped().iter().filter(|origin| origin.used.load(Ordering::Relaxed)) {
        match origin.is_asked() {
            true => origin.used.store(false, Ordering::Relaxed),
            false => USED.store(true, Ordering::Relaxed),
        }
    }
    found
}

/// Keeps what is loaded of a file that this process itself is about to write into (`open(path, "wb")`), as a program does that
/// read the file at once.
///
/// # Errors
/// `MemoryError` if there is no room for it.
pub fn keep(path: &Path) -> Result<()> {
    if !is_any() {
        return Ok(());
    }
    let Ok(about) = std::fs::metadata(path) else { return Ok(()) };
    let is_it = |origin: &&Arc<Origin>| {
        !origin.kept.load(Ordering::Relaxed)
            && origin.damage().is_none()
            && origin.file.metadata().is_ok_and(|one| (one.dev(), one.ino()) == (about.dev(), about.ino()))
    };
    mapped().iter().filter(is_it).try_for_each(|origin| origin.keep())
}
