//! Opens the door: the library beside the program that links libtorch (`src/door`), and libtorch itself. Nothing else in the program
//! links it, so that looking at files needs neither.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::ptr::{dangling_mut, null, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

use door_table::{Fault, Table, VERSION};
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

use torchsh_base::error::{Error, Result};

/// The release of libtorch that the door is built for.
pub const RELEASE: &str = "2.11";

const DOOR: &str = "libtorchsh_door.so";
/// libtorch's libraries, each after those it needs.
const LIBTORCH: [&str; 2] = ["libc10.so", "libtorch_cpu.so"];
/// Where set-up put the libtorch that this program was built with.
const BUILT_WITH: Option<&str> = option_env!("LIBTORCH");

/// What a function of the door gives where it could not be opened. No address of an object.
pub const CLOSED: *mut Fault = dangling_mut();

static OPEN: AtomicPtr<Table> = AtomicPtr::new(null_mut());
/// Held while the door is opened; why it could not be.
static FAILURE: Mutex<String> = Mutex::new(String::new());

/// Whether the door is open.
#[must_use]
pub fn is_open() -> bool {
    !OPEN.load(Ordering::Acquire).is_null()
}

/// Opens the door, if it is not open yet. Any thread may.
///
/// # Errors
/// There is no door, or no libtorch of the right release: which places were tried, and what to do.
pub fn open() -> Result<()> {
    if opened().is_some() { Ok(()) } else { Err(failure()) }
}

/// The door's functions; where it cannot be opened, ones that give [`CLOSED`].
pub(super) fn table() -> &'static Table {
    let open = OPEN.load(Ordering::Acquire);
    // SAFETY: what is stored there lives as long as the process.
    unsafe { open.as_ref() }.or_else(opened).unwrap_or(&SHUT)
}

/// Why the door could not be opened.
pub(super) fn failure() -> Error {
    let reason = FAILURE.lock().unwrap_or_else(PoisonError::into_inner);
    Error::runtime(format!("computing needs libtorch {RELEASE}, which cannot be opened\n{reason}")).hint(
        "scripts/setup brings it; or set TORCHSH_LIBTORCH to a folder with lib/libtorch_cpu.so of that release, as in \
         `python3 -m pip install torch==2.11.0`",
    )
}

/// The table, if the door is open or can be opened. What failed is tried again the next time: somebody may have mended it.
fn opened() -> Option<&'static Table> {
    let mut reason = FAILURE.lock().unwrap_or_else(PoisonError::into_inner);
    let open = OPEN.load(Ordering::Acquire);
    if open.is_null() {
        match load() {
            Ok(table) => OPEN.store(table.cast_mut(), Ordering::Release),
            Err(why) => *reason = why,
        }
    }
    // SAFETY: the table is a static of a library that is never closed.
    unsafe { OPEN.load(Ordering::Acquire).as_ref() }
}

/// Loads libtorch, then the door, which finds it loaded.
fn load() -> std::result::Result<*const Table, String> {
    let door = find_door()?;
    load_libtorch()?;
    let library = keep(&door).map_err(|why| format!("  {}: {}", door.display(), reason(&why)))?;
    // SAFETY: the door gives out this symbol with this type.
    let entry = unsafe { library.get::<extern "C" fn() -> *const Table>(door_table::ENTRY.as_bytes()) };
    let table = entry.map(|entry| entry()).map_err(|why| format!("  {}: {why}", door.display()))?;
    std::mem::forget(library);
    // SAFETY: every table begins with its version.
    if unsafe { *table.cast::<u64>() } != VERSION {
        return Err(format!("  {}: built from another version of torchsh; build both again", door.display()));
    }
    Ok(table)
}

/// Why a library could not be opened: the loader's own words are behind the error's.
pub(super) fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// Opens a library for good; its names are there for those that come after it.
fn keep(path: &Path) -> std::result::Result<Library, libloading::Error> {
    // SAFETY: what these libraries run when they are loaded is theirs to answer for.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_GLOBAL) }
}

/// Beside the program, or in the folder above (programs of cargo's tests lie in `deps`).
fn find_door() -> std::result::Result<PathBuf, String> {
    let program = std::env::current_exe().unwrap_or_default();
    let folders = program.ancestors().skip(1).take(2);
    let mut tried = String::new();
    for folder in folders {
        for path in [folder.join(DOOR), folder.join("lib").join(DOOR)] {
            if path.exists() {
                return Ok(path);
            }
            let _ = writeln!(tried, "  {}: there is no such file", path.display());
        }
    }
    Err(tried.trim_end().to_owned())
}

/// A place where libtorch may be.
struct Place {
    /// Who says so.
    origin: String,
    folder: PathBuf,
    /// Whether somebody named it, so that no other will do.
    is_asked_for: bool,
}

fn load_libtorch() -> std::result::Result<(), String> {
    let mut tried = String::new();
    for place in places().chain(std::iter::once_with(python_place).flatten()) {
        match load_from(&place.folder) {
            Ok(()) => return Ok(()),
            Err(why) => {
                let _ = writeln!(tried, "  {} ({}): {why}", place.folder.display(), place.origin);
            }
        }
        if place.is_asked_for {
            break;
        }
    }
    Err(tried.trim_end().to_owned())
}

fn load_from(folder: &Path) -> std::result::Result<(), String> {
    let libraries =
        [folder.join("lib"), folder.to_owned()].into_iter().find(|lib| lib.join(LIBTORCH[1]).exists());
    let libraries = libraries.ok_or("there is no lib/libtorch_cpu.so")?;
    if let Some(release) = release_of(folder).filter(|release| !is_right(release)) {
        return Err(format!("libtorch {release}, not {RELEASE}"));
    }
    for name in LIBTORCH {
        std::mem::forget(keep(&libraries.join(name)).map_err(|why| reason(&why))?);
    }
    Ok(())
}

/// The release that a folder of libtorch says it is of.
fn release_of(folder: &Path) -> Option<String> {
    if let Ok(text) = std::fs::read_to_string(folder.join("build-version")) {
        return Some(text.trim().to_owned());
    }
    let text = std::fs::read_to_string(folder.join("version.py")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("__version__ = "))?;
    Some(line.trim_matches(['\'', '"']).to_owned())
}

fn is_right(release: &str) -> bool {
    release.strip_prefix(RELEASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Where libtorch may be, by rank.
fn places() -> impl Iterator<Item = Place> {
    let variable = |name: &str, is_asked_for| {
        let folder = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some(Place { origin: name.to_owned(), folder: folder.into(), is_asked_for })
    };
    // Other programs read LIBTORCH too, and may want another release.
    let set = [variable("TORCHSH_LIBTORCH", true), variable("LIBTORCH", false)];
    let program = std::env::current_exe().unwrap_or_default();
    let beside: Vec<PathBuf> = program.ancestors().skip(1).take(2).map(Path::to_owned).collect();
    // `target/release/torchsh`, and `target/release/deps/…` of cargo's tests.
    let fetched =
        program.ancestors().skip(3).take(2).map(|folder| folder.join(".libtorch")).collect::<Vec<_>>();
    let known = |origin: &str, folder| Place { origin: origin.to_owned(), folder, is_asked_for: false };
    let mut all: Vec<Place> = set.into_iter().flatten().collect();
    all.extend(beside.into_iter().map(|folder| known("beside the program", folder)));
    all.extend(fetched.into_iter().map(|folder| known("scripts/setup", folder)));
    all.extend(BUILT_WITH.map(|folder| known("what it was built with", folder.into())));
    all.into_iter()
}

/// The PyTorch of the Python on PATH, which is asked where it would import it from, and imports nothing.
fn python_place() -> Option<Place> {
    const SCRIPT: &str =
        "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])";
    let output = Command::new("python3")
        .args(["-c", SCRIPT])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let folder = OsString::from(text.trim());
    Some(Place { origin: "PyTorch of python3".to_owned(), folder: folder.into(), is_asked_for: false })
}

/// The text of a file of PyTorch's own Python, beside its libraries or where set-up put it.
#[must_use]
pub fn python_file(name: &str) -> Option<String> {
    let folders = places().chain(std::iter::once_with(python_place).flatten()).map(|place| place.folder);
    let files = folders.flat_map(|folder| [folder.join("python/torch").join(name), folder.join(name)]);
    files.into_iter().find_map(|file| std::fs::read_to_string(file).ok())
}

/// What a function gives that cannot be called.
trait Shut {
    fn shut() -> Self;
}

impl Shut for *mut Fault {
    fn shut() -> Self {
        CLOSED
    }
}

macro_rules! shut_values {
    ($($type:ty = $value:expr),* $(,)?) => {
        $(impl Shut for $type {
            fn shut() -> Self {
                $value
            }
        })*
    };
}

shut_values! {
    () = (),
    bool = false,
    i32 = -1,
    usize = 0,
    *mut std::ffi::c_void = null_mut(),
    *const std::ffi::c_void = null(),
    *mut std::ffi::c_char = null_mut(),
    *const std::ffi::c_char = c"".as_ptr(),
    *const i64 = null(),
    *const door_table::Item = null(),
}

macro_rules! shut {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        mod stubs {
            use std::ffi::{c_char, c_void};

            use door_table::{Drop, Fault, HookCall, Info, Item, RawIndex};

            use super::Shut;

            $(pub unsafe extern "C" fn $name($(_: $type),*) $(-> $result)? {
                Shut::shut()
            })*
        }

        static SHUT: Table = Table { version: VERSION, $($name: stubs::$name),* };
    };
}

door_table::functions!(shut);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_apart() {
        let yes = ["2.11", "2.11.0", "2.11.0+cpu", "2.11.1"];
        let no = ["2.1", "2.110.0", "2.12.0", "12.11", ""];
        assert!(yes.into_iter().all(is_right) && !no.into_iter().any(is_right));
    }

    #[test]
    fn a_folder_of_another_release_is_refused_before_it_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load_from(folder.path()).unwrap_err(), "there is no lib/libtorch_cpu.so");
        std::fs::create_dir(folder.path().join("lib")).unwrap();
        std::fs::write(folder.path().join("lib/libtorch_cpu.so"), "").unwrap();
        std::fs::write(folder.path().join("version.py"), "__version__ = '2.9.1+cu128'\ndebug = False\n")
            .unwrap();
        assert_eq!(load_from(folder.path()).unwrap_err(), "libtorch 2.9.1+cu128, not 2.11");
    }
}
