//! Files by the number that the system has for them: `os.open` and `os.close`, as `tempfile.mkstemp` gives one.
//!
//! Only numbers that the program itself opened are taken: the others are the shell's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::rc::Rc;

use super::file::OpenFile;
use super::os::path;
use crate::bytes::bytes_like;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Effect, Value, Vm, opt, req};

thread_local! {
    /// What the program opened.
    static OPEN: RefCell<BTreeMap<i32, File>> = const { RefCell::new(BTreeMap::new()) };
}

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function("os", "open", &[req("path"), req("flags"), opt("mode", "0o777")], open)
        .says("opens a file; gives its number")
        .effect(Effect::Writes),
    Builtin::function("os", "close", &[req("fd")], |vm, args| taken(vm, args).map(|_| Value::None))
        .says("closes a file by its number")
        .effect(Effect::Writes),
    Builtin::function(
        "os",
        "fdopen",
        &[req("fd"), opt("mode", "'r'"), opt("buffering", "-1"), opt("encoding", "None")],
        |vm, args| {
            let mode = args.str_or(vm, 1, "r")?;
            Ok(Value::native(OpenFile::of_handle(taken(vm, args)?, "<fdopen>", &mode)))
        },
    )
    .says("a file object of a file's number")
    .effect(Effect::Writes),
    Builtin::function("os", "read", &[req("fd"), req("n")], |vm, args| {
        let most = u64::try_from(args.int(vm, 1)?).map_err(|_| Error::value("negative size"))?;
        on(vm, args, |file| {
            let mut bytes = Vec::new();
            file.take(most).read_to_end(&mut bytes)?;
            Ok(Value::Bytes(Rc::new(bytes)))
        })
    })
    .says("the next bytes of a file by its number")
    .effect(Effect::Reads),
    Builtin::function("os", "write", &[req("fd"), req("data")], |vm, args| match bytes_like(args.value(1)) {
        Some(bytes) => on(vm, args, |mut file| {
            file.write_all(&bytes)?;
            Ok(Value::from(bytes.len()))
        }),
        None => {
            let name = vm.type_name(args.value(1));
            Err(Error::type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    })
    .says("writes to a file by its number")
    .effect(Effect::Writes),
];

fn open(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let path = path(vm, args, 0)?;
    let wide = |_| Error::value("flags must be a small whole number");
    let flags = i32::try_from(args.int(vm, 1)?).map_err(wide)?;
    let mode = u32::try_from(args.int_or(vm, 2, 0o777)?).map_err(wide)?;
    let access = flags & libc::O_ACCMODE;
    let mut options = File::options();
    options.read(access != libc::O_WRONLY).write(access != libc::O_RDONLY);
    options.append(flags & libc::O_APPEND != 0).truncate(flags & libc::O_TRUNC != 0);
    let creates = flags & libc::O_CREAT != 0;
    options.create(creates).create_new(creates && flags & libc::O_EXCL != 0).mode(mode);
    let file = options.open(&path).map_err(|error| Error::io(&error, &path))?;
    let number = file.as_raw_fd();
    OPEN.with_borrow_mut(|open| open.insert(number, file));
    Ok(Value::Int(i64::from(number)))
}

fn number(vm: &dyn Vm, args: &Args) -> Result<i32> {
    i32::try_from(args.int(vm, 0)?).map_err(|_| bad())
}

fn bad() -> Error {
    Error::io(&std::io::Error::from_raw_os_error(libc::EBADF), Path::new("<descriptor>"))
}

fn taken(vm: &dyn Vm, args: &Args) -> Result<File> {
    let number = number(vm, args)?;
    OPEN.with_borrow_mut(|open| open.remove(&number)).ok_or_else(bad)
}

fn on(vm: &dyn Vm, args: &Args, act: impl FnOnce(&File) -> std::io::Result<Value>) -> Result<Value> {
    let number = number(vm, args)?;
    OPEN.with_borrow(|open| {
        let file = open.get(&number).ok_or_else(bad)?;
        act(file).map_err(|error| Error::io(&error, Path::new("<descriptor>")))
    })
}
