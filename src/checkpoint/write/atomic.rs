//! Replacing a file by a finished one: written beside it, synced, then renamed over it. Whoever has the old one open (or
//! mapped) keeps it; a full disk or a kill leaves it as it was.

use std::fs::{self, File, Permissions};
use std::io::{BufWriter, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

const BUFFER: usize = 1 << 18;
/// Bytes that are sent to the disk together.
const STRETCH: i64 = 32 << 20;

/// Writes a file by a closure. The old file stays until the new one is complete on disk.
///
/// # Errors
/// `OSError` if the folder cannot be written or the disk is full; the closure's own errors. The old file is whole then.
pub fn replace<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    let (written, done) = beside(path, write)?;
    written.put()?;
    Ok(done)
}

/// A file that is complete on disk, beside the one whose place it will take. Dropped, it goes away.
pub struct Written {
    /// None: the target is no file to be replaced, and has everything already.
    temporary: Option<NamedTempFile>,
    target: PathBuf,
}

impl Written {
    /// Puts it in its place.
    ///
    /// # Errors
    /// `OSError` if that cannot be.
    pub fn put(self) -> Result<()> {
        let Some(temporary) = self.temporary else { return Ok(()) };
        temporary.persist(&self.target).map_err(|e| Error::io(&e.error, &self.target))?;
        sync_folder(folder_of(&self.target));
        Ok(())
    }
}

/// As [`replace`], but leaves it to the caller when the file takes its place: of several, none before all are written.
///
/// # Errors
/// As [`replace`].
pub fn beside<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<(Written, T)> {
    let target = followed(path).map_err(|e| Error::io(&e, path))?;
    let before = fs::metadata(&target).ok();
    if before.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(Error::io(&std::io::Error::from_raw_os_error(libc::EISDIR), path));
    }
    if before.as_ref().is_some_and(|about| is_stream(about.file_type())) {
        let file = File::options().write(true).open(&target).map_err(|e| Error::io(&e, path))?;
        let done = filled(&file, path, write)?;
        return Ok((Written { temporary: None, target }, done));
    }
    let mode = before.map_or_else(|| 0o666 & !umask(), |about| about.permissions().mode());
    let temporary = tempfile::Builder::new().prefix(".torchsh-").tempfile_in(folder_of(&target));
    let temporary = temporary.map_err(|e| Error::io(&e, path))?;
    let done = filled(temporary.as_file(), path, write)?;
    let finish = || {
        temporary.as_file().set_permissions(Permissions::from_mode(mode & 0o7777))?;
        temporary.as_file().sync_all()
    };
    finish().map_err(|e| Error::io(&e, path))?;
    Ok((Written { temporary: Some(temporary), target }, done))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file whose bytes are sent to the disk while more are written, so that the sync at the end has little left to do.
struct Steady<'a> {
    file: &'a File,
    written: i64,
    sent: i64,
}

impl Write for Steady<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut file = self.file;
        let count = file.write(bytes)?;
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

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn filled<T>(file: &File, path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    let mut buffered = BufWriter::with_capacity(BUFFER, Steady { file, written: 0, sent: 0 });
    let done = write(&mut buffered)?;
    buffered.flush().map_err(|e| Error::io(&e, path))?;
    Ok(done)
}

/// The file that a symbolic link leads to, be it there or not: it is replaced, not the link.
fn followed(path: &Path) -> std::io::Result<PathBuf> {
    const LINKS: usize = 40;
    let mut target = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::read_link(&target) {
            Ok(next) => target = folder_of(&target).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(std::io::Error::from_raw_os_error(libc::ELOOP))
}

fn is_stream(kind: fs::FileType) -> bool {
    kind.is_char_device() || kind.is_fifo() || kind.is_socket() || kind.is_block_device()
}

/// The permissions that new files are not given. Read from /proc, because asking the system means changing it.
fn umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|text| u32::from_str_radix(text.trim(), 8).ok()).unwrap_or(0o022)
}

/// The rename itself is on disk once the folder is; where that cannot be asked for, it comes a little later.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_file_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pt");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let failed: Result<()> = replace(&path, |out| {
            out.write_all(b"half").unwrap();
            Err(Error::value("no"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let text = |text: &'static [u8]| {
            move |out: &mut dyn Write| out.write_all(text).map_err(|e| Error::io(&e, Path::new("x")))
        };
        replace(&path, text(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, text(b"newer")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_file(&path).unwrap();
        replace(&link, text(b"again")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"again");
        std::os::unix::fs::symlink("round", folder.path().join("round")).unwrap();
        assert!(replace(&folder.path().join("round"), text(b"no")).is_err());
    }
}
