//! Replacing a file by a finished one: written without a name (where the file system can) or beside it, synced, then renamed
//! over it. Whoever has the old one open (or mapped) keeps it; a full disk or a kill leaves it as it was.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::leftovers::{self, Listed, PREFIX};
use super::stream;
use crate::origin;
use torchsh_base::error::{Error, Result};

const BUFFER: usize = 1 << 18;
/// Bytes that are sent to the disk together.
const STRETCH: i64 = 32 << 20;

/// Writes a file by a closure. The old file stays until the new one is complete on disk. Gives also how long the old one was.
///
/// # Errors
/// `OSError` if the folder cannot be written or the disk is full, or if a file that what is saved comes from was changed
/// meanwhile; the closure's own errors. The old file is whole then.
pub fn replace<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<(T, Option<u64>)> {
    let (written, done) = beside(path, write)?;
    let replaced = written.replaces();
    written.put()?;
    Ok((done, replaced))
}

/// A file that is complete on disk, and whose place it will take. Dropped, it goes away.
pub struct Written {
    /// None: the target is no file to be replaced, and has everything already.
    temporary: Option<Temporary>,
    target: PathBuf,
    replaces: Option<u64>,
}

impl Written {
    /// How many bytes the file has whose place it will take; none if there is no such file.
    #[must_use]
    pub fn replaces(&self) -> Option<u64> {
        self.replaces
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// `OSError` if that cannot be.
    pub fn put(self) -> Result<()> {
        let Some(temporary) = self.temporary else { return Ok(()) };
        temporary.put(&self.target).map_err(|e| Error::io(&e, &self.target))?;
        sync_folder(folder_of(&self.target));
        Ok(())
    }
}

/// As [`replace`], but leaves it to the caller when the file takes its place: of several, none before all are written.
///
/// # Errors
/// As [`replace`].
pub fn beside<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<(Written, T)> {
    let io = |e: io::Error| Error::io(&e, path);
    if let Some(file) = stream::open(path).map_err(io)? {
        let done = stream::without_signal(|| filled(&file, path, write))?;
        return Ok((Written { temporary: None, target: path.to_path_buf(), replaces: None }, done));
    }
    let target = followed(path).map_err(io)?;
    let before = fs::metadata(&target).ok();
    if before.is_some() {
        // As Python's `open` refuses it: a folder, a file that may not be written.
        File::options().write(true).open(&target).map_err(io)?;
    }
    let folder = folder_of(&target);
    let temporary = Temporary::new(folder).map_err(|e| no_room(&e, path, before.as_ref()))?;
    let done = filled(temporary.file(), path, write)?;
    finish(temporary.file(), before.as_ref()).map_err(|e| match e.raw_os_error() {
        Some(libc::EPERM) => io(e).note("it belongs to others, and a new file in its place could not"),
        _ => io(e),
    })?;
    let replaces = before.map(|about| about.len());
    Ok((Written { temporary: Some(temporary), target, replaces }, done))
}

fn no_room(error: &io::Error, path: &Path, before: Option<&Metadata>) -> Error {
    let folder = folder_of(path).display();
    let said = Error::io(error, path);
    match before {
        Some(_) => said.note(format!(
            "the file itself may be written, but a save is first written beside it, and not in {folder}"
        )),
        None => said,
    }
}

/// Gives the new file mode and owner of the old one, and sees it to the disk.
fn finish(file: &File, before: Option<&Metadata>) -> io::Result<()> {
    if let Some(before) = before {
        let now = file.metadata()?;
        if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
            std::os::unix::fs::fchown(file, Some(before.uid()), Some(before.gid()))?;
        }
    }
    let mode = before.map_or_else(|| 0o666 & !umask(), |about| about.permissions().mode());
    file.set_permissions(Permissions::from_mode(mode & 0o7777))?;
    file.sync_all()
}

/// A file in the making, locked so that nobody takes it for a dead process's.
enum Temporary {
    /// Without a name: it goes away with the process.
    Unnamed(File),
    Named(NamedTempFile, Option<Listed>),
}

impl Temporary {
    fn new(folder: &Path) -> io::Result<Temporary> {
        const TRIES: usize = 8;
        leftovers::sweep(folder);
        if let Some(file) = unnamed(folder)? {
            return Ok(Temporary::Unnamed(file));
        }
        for _ in 0..TRIES {
            let create =
                |path: &Path| File::options().read(true).write(true).create_new(true).mode(0o600).open(path);
            let (named, listed) = named_in(folder, create)?;
            // Between its making and its lock, somebody else's sweep may have removed it.
            if leftovers::lock(named.as_file()) && named.as_file().metadata()?.nlink() > 0 {
                return Ok(Temporary::Named(named, listed));
            }
        }
        Err(io::Error::other("no file can be locked in this folder"))
    }

    fn file(&self) -> &File {
        match self {
            Temporary::Unnamed(file) => file,
            Temporary::Named(named, _) => named.as_file(),
        }
    }

    /// Renames it over the target. A link cannot take the place of a file, so one without a name is given one first.
    fn put(self, target: &Path) -> io::Result<()> {
        match self {
            Temporary::Unnamed(file) => {
                let (named, _listed) = named_in(folder_of(target), |path| link(&file, path))?;
                named.persist(target).map_err(|e| e.error)?;
            }
            Temporary::Named(named, _listed) => {
                named.persist(target).map_err(|e| e.error)?;
            }
        }
        Ok(())
    }
}

/// Gives a temporary its name, which is listed for the end of the process before there is such a file: a signal may come
/// at any time.
fn named_in<T>(
    folder: &Path,
    mut make: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<(NamedTempFile<T>, Option<Listed>)> {
    let mut listed = None;
    let named = tempfile::Builder::new().prefix(PREFIX).make_in(folder, |path| {
        // An earlier name that was taken belongs to others.
        drop(listed.take());
        listed = Listed::new(path);
        make(path)
    })?;
    Ok((named, listed))
}

/// A file without a name, where the file system has such and one can be named later.
fn unnamed(folder: &Path) -> io::Result<Option<File>> {
    let mut options = File::options();
    match options.write(true).mode(0o600).custom_flags(libc::O_TMPFILE).open(folder) {
        Ok(file) => Ok((own_path(&file).exists() && leftovers::lock(&file)).then_some(file)),
        Err(error) => match error.raw_os_error() {
            // The file system has none, or the kernel does not know what is asked.
            Some(libc::EOPNOTSUPP | libc::EISDIR | libc::EINVAL | libc::ENOSYS) => Ok(None),
            _ => Err(error),
        },
    }
}

fn own_path(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

fn link(file: &File, path: &Path) -> io::Result<()> {
    let text =
        |path: &Path| std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).map_err(io::Error::other);
    let (from, to) = (text(&own_path(file))?, text(path)?);
    // SAFETY: both texts end in a zero and outlive the call.
    let done = unsafe {
        libc::linkat(libc::AT_FDCWD, from.as_ptr(), libc::AT_FDCWD, to.as_ptr(), libc::AT_SYMLINK_FOLLOW)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The folder that a path lies in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file whose bytes are sent to the disk while more are written, so that the sync at the end has little left to do. It keeps
/// what the system says of a failure: closures pass it on as they like.
struct Steady<'a> {
    file: &'a File,
    written: i64,
    sent: i64,
    failure: Option<io::Error>,
}

impl Write for Steady<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.file;
        let count = file.write(bytes).inspect_err(|error| {
            self.failure = error.raw_os_error().map(io::Error::from_raw_os_error);
        })?;
        self.written += i64::try_from(count).unwrap_or(0);
        if self.written - self.sent >= STRETCH {
            // SAFETY: the descriptor is open. A failure shows itself at the sync.
            unsafe {
                let length = self.written - self.sent;
                libc::sync_file_range(self.file.as_raw_fd(), self.sent, length, libc::SYNC_FILE_RANGE_WRITE);
            }
            self.sent = self.written;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Fills a file. What was written is vouched for: the files that it came from are as they were.
fn filled<T>(file: &File, path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    let steady = Steady { file, written: 0, sent: 0, failure: None };
    let mut buffered = BufWriter::with_capacity(BUFFER, steady);
    let done = write(&mut buffered).and_then(|done| {
        buffered.flush().map_err(|e| Error::io(&e, path))?;
        Ok(done)
    });
    let failure = buffered.into_parts().0.failure;
    if done.is_ok() || failure.is_some() {
        origin::look()?;
    }
    match (done, failure) {
        (Err(_), Some(failure)) => Err(Error::io(&failure, path)),
        (done, _) => done,
    }
}

/// The file that a symbolic link leads to, be it there or not: it is replaced, not the link.
fn followed(path: &Path) -> io::Result<PathBuf> {
    const LINKS: usize = 40;
    let mut target = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::read_link(&target) {
            Ok(next) => target = folder_of(&target).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// The permissions that new files are not given. Read from /proc, because asking the system means changing it.
fn umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|text| u32::from_str_radix(text.trim(), 8).ok()).unwrap_or(0o022)
}

/// The rename itself is on disk once the folder is; where that cannot be asked for, it comes a little later.
pub fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &'static [u8]) -> impl FnOnce(&mut dyn Write) -> Result<()> {
        move |out| out.write_all(text).map_err(|e| Error::io(&e, Path::new("x")))
    }

    #[test]
    fn the_old_file_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pt");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let failed: Result<((), _)> = replace(&path, |out| {
            out.write_all(b"half").unwrap();
            Err(Error::value("no"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(replace(&path, text(b"newest")).unwrap().1, Some(3));
        assert_eq!(fs::read(&path).unwrap(), b"newest");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, text(b"newer")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_file(&path).unwrap();
        assert_eq!(replace(&link, text(b"again")).unwrap().1, None);
        assert_eq!(fs::read(&path).unwrap(), b"again");
        std::os::unix::fs::symlink("round", folder.path().join("round")).unwrap();
        assert!(replace(&folder.path().join("round"), text(b"no")).is_err());
    }

    #[test]
    fn a_file_has_no_name_before_its_bytes_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pt");
        let count = || fs::read_dir(folder.path()).unwrap().count();
        let can = unnamed(folder.path()).unwrap().is_some();
        let (written, seen) = beside(&path, |_| Ok(count())).unwrap();
        assert_eq!(seen, usize::from(!can));
        drop(written);
        assert_eq!(count(), 0);
        // Where it has one from the beginning, it is as safe.
        let named =
            Temporary::Named(tempfile::Builder::new().prefix(PREFIX).tempfile_in(&folder).unwrap(), None);
        assert!(leftovers::lock(named.file()));
        leftovers::sweep(folder.path());
        assert_eq!(count(), 1);
        named.put(&path).unwrap();
        assert!(path.exists() && count() == 1);
    }

    #[test]
    fn owner_and_refusals_are_as_python_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pt");
        fs::write(&path, "old").unwrap();
        // SAFETY: asks for a number.
        if unsafe { libc::geteuid() } == 0 {
            std::os::unix::fs::chown(&path, Some(1234), Some(4321)).unwrap();
            replace(&path, text(b"new")).unwrap();
            let about = fs::metadata(&path).unwrap();
            assert_eq!((about.uid(), about.gid()), (1234, 4321));
        } else {
            fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
            let error = replace(&path, text(b"new")).unwrap_err();
            assert_eq!(error.kind(), torchsh_base::error::Kind::Permission);
            assert_eq!(fs::read(&path).unwrap(), b"old");
        }
        let error = replace(folder.path(), text(b"new")).unwrap_err();
        assert_eq!(error.kind(), torchsh_base::error::Kind::IsADirectory);
        let error = replace(&folder.path().join("none/x.pt"), text(b"new")).unwrap_err();
        assert!(error.message().starts_with("[Errno 2]"), "{error}");
    }
}
