//! `os` and `glob`: files and folders.

use std::fs;
use std::path::{Path, PathBuf};

use torchsh_base::error::{Error, Kind, Result, path_meant, path_text};
use torchsh_checkpoint::file_patterns::Search;
use torchsh_checkpoint::origin;
use torchsh_checkpoint::pattern::{fits, is_pattern};
use torchsh_language::value::{Args, Builtin, Effect, Param, Value, Vm, kw, opt, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constant("os", "sep", |_, _| Ok(Value::str("/"))).says("what stands between folders"),
    Builtin::constant("os", "linesep", |_, _| Ok(Value::str("\n"))).says("the end of a line"),
    Builtin::constant("os", "name", |_, _| Ok(Value::str("posix"))).says("the kind of system"),
    Builtin::constant("os", "environ", |_, _| Ok(environment())).says("the environment variables"),
    Builtin::function("os", "getcwd", &[], |_, _| {
        let folder = std::env::current_dir().map_err(|error| Error::io(&error, Path::new(".")))?;
        Ok(path_text(folder).into())
    })
    .says("the current folder"),
    Builtin::function("os", "chdir", &[pos("path")], |vm, args| {
        done(vm, args, |path| std::env::set_current_dir(path))
    })
    .says("changes the current folder")
    .effect(Effect::Changes),
    Builtin::function("os", "getpid", &[], |_, _| Ok(Value::Int(i64::from(std::process::id()))))
        .says("the number of this process"),
    Builtin::function("os", "cpu_count", &[], |_, _| {
        Ok(std::thread::available_parallelism().map_or(Value::None, |count| Value::from(count.get())))
    })
    .says("how many processors there are"),
    Builtin::function("os", "listdir", &[opt("path", "'.'")], |vm, args| {
        let path = path_or(vm, args, 0, ".")?;
        let entries = fs::read_dir(&path).map_err(|error| Error::io(&error, &path))?;
        let names =
            entries.filter_map(|entry| entry.ok().map(|entry| Value::from(path_text(entry.file_name()))));
        Ok(Value::list(names.collect()))
    })
    .says("the names in a folder")
    .effect(Effect::Reads),
    Builtin::function("os", "mkdir", &[pos("path"), opt("mode", "0o777")], |vm, args| {
        done(vm, args, |path| fs::create_dir(path))
    })
    .says("makes a folder")
    .effect(Effect::Writes),
    Builtin::function(
        "os",
        "makedirs",
        &[pos("name"), opt("mode", "0o777"), opt("exist_ok", "False")],
        |vm, args| {
            let path = path(vm, args, 0)?;
            if path.exists() && !(args.truth_or(vm, 2, false)? && path.is_dir()) {
                return Err(Error::io(&std::io::Error::from_raw_os_error(libc::EEXIST), &path));
            }
            fs::create_dir_all(&path).map_err(|error| Error::io(&error, &path))?;
            Ok(Value::None)
        },
    )
    .says("makes a folder and those it lies in")
    .effect(Effect::Writes),
    Builtin::function("os", "remove", &[pos("path")], |vm, args| {
        done(vm, args, |path| fs::remove_file(path))
    })
    .says("removes a file")
    .effect(Effect::Writes),
    Builtin::function("os", "unlink", &[pos("path")], |vm, args| {
        done(vm, args, |path| fs::remove_file(path))
    })
    .says("removes a file")
    .effect(Effect::Writes),
    Builtin::function("os", "rmdir", &[pos("path")], |vm, args| done(vm, args, |path| fs::remove_dir(path)))
        .says("removes an empty folder")
        .effect(Effect::Writes),
    Builtin::function("os", "rename", &[pos("src"), pos("dst")], |vm, args| {
        let to = path(vm, args, 1)?;
        done(vm, args, |from| fs::rename(from, &to))
    })
    .says("renames a file")
    .effect(Effect::Writes),
    Builtin::function("os", "replace", &[pos("src"), pos("dst")], |vm, args| {
        let to = path(vm, args, 1)?;
        done(vm, args, |from| fs::rename(from, &to))
    })
    .says("renames a file over another")
    .effect(Effect::Writes),
    Builtin::function("os", "fspath", &[pos("path")], |vm, args| match args.value(0).payload() {
        Value::Str(_) | Value::Bytes(_) => Ok(args.value(0).clone()),
        _ => Ok(path_text(path(vm, args, 0)?).into()),
    })
    .says("a path as text"),
    Builtin::function("os", "_copy_file", &[pos("src"), pos("dst")], |vm, args| {
        let (from, to) = (path(vm, args, 0)?, path(vm, args, 1)?);
        if let (Ok(one), Ok(two)) = (from.canonicalize(), to.canonicalize())
            && one == two
        {
            return Err(Error::value(format!("{} and {} are the same file", from.display(), to.display())));
        }
        fs::File::open(&from).map_err(|error| Error::io(&error, &from))?;
        origin::keep(&to)?;
        fs::copy(&from, &to).map(|_| Value::None).map_err(|error| Error::io(&error, &to))
    })
    .says("copies a file with its permissions: shutil is made from it")
    .effect(Effect::Writes),
    Builtin::function("os", "access", &[pos("path"), pos("mode")], |vm, args| {
        let path = path(vm, args, 0)?;
        let mode = i32::try_from(args.int(vm, 1)?).map_err(|_| Error::value("no such mode"))?;
        let Ok(text) = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()) else {
            return Ok(Value::Bool(false));
        };
        // SAFETY: the text ends in a zero and lives as long as the call.
        Ok(Value::Bool(unsafe { libc::access(text.as_ptr(), mode) } == 0))
    })
    .says("whether the program may read, write or run a file")
    .effect(Effect::Reads),
    Builtin::function("os", "symlink", &[pos("src"), pos("dst")], |vm, args| {
        let (from, to) = (path(vm, args, 0)?, path(vm, args, 1)?);
        std::os::unix::fs::symlink(&from, &to).map(|()| Value::None).map_err(|error| Error::io(&error, &to))
    })
    .says("a name that leads to another")
    .effect(Effect::Writes),
    Builtin::function("os", "link", &[pos("src"), pos("dst")], |vm, args| {
        let (from, to) = (path(vm, args, 0)?, path(vm, args, 1)?);
        fs::hard_link(&from, &to).map(|()| Value::None).map_err(|error| Error::io(&error, &from))
    })
    .says("another name of the same file")
    .effect(Effect::Writes),
    Builtin::function("os", "readlink", &[pos("path")], |vm, args| {
        let path = path(vm, args, 0)?;
        let to = fs::read_link(&path).map_err(|error| Error::io(&error, &path))?;
        Ok(path_text(to).into())
    })
    .says("where such a name leads")
    .effect(Effect::Reads),
    Builtin::function("os", "chmod", &[pos("path"), pos("mode")], |vm, args| {
        use std::os::unix::fs::PermissionsExt;
        let mode = u32::try_from(args.int(vm, 1)?).map_err(|_| Error::value("no such mode"))?;
        done(vm, args, |path| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
    })
    .says("changes who may read, write or run a file")
    .effect(Effect::Writes),
    Builtin::function("os", "stat", &[pos("path")], |vm, args| {
        let path = path(vm, args, 0)?;
        let data = fs::metadata(&path).map_err(|error| Error::io(&error, &path))?;
        let modified = data.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let namespace =
            vm.attribute(&vm.import("types")?, &torchsh_language::value::Str::intern("SimpleNamespace"))?;
        let fields = [
            (
                torchsh_language::value::Str::intern("st_size"),
                Value::Int(i64::try_from(data.len()).unwrap_or(i64::MAX)),
            ),
            (
                torchsh_language::value::Str::intern("st_mtime"),
                Value::Float(modified.map_or(0.0, |time| time.as_secs_f64())),
            ),
        ];
        vm.call(&namespace, &[], &fields)
    })
    .says("size and time of a file")
    .effect(Effect::Reads),
    Builtin::function("glob", "glob", PATTERN, |vm, args| Ok(Value::list(found(vm, args)?)))
        .says("the files that fit a pattern")
        .effect(Effect::Reads),
    Builtin::function("glob", "iglob", PATTERN, |vm, args| vm.iterate(&Value::list(found(vm, args)?)))
        .says("the files that fit a pattern, one by one")
        .effect(Effect::Reads),
    Builtin::function("glob", "has_magic", &[pos("s")], |vm, args| {
        Ok(Value::Bool(is_pattern(&args.str(vm, 0)?)))
    })
    .says("whether a text is a pattern"),
    Builtin::function("glob", "escape", &[pos("pathname")], |vm, args| {
        let text = args.str(vm, 0)?;
        let escaped = text.chars().map(|c| if "*?[".contains(c) { format!("[{c}]") } else { c.to_string() });
        Ok(Value::from(escaped.collect::<String>()))
    })
    .says("a pattern that only this very name fits"),
    Builtin::function("fnmatch", "fnmatchcase", &[pos("name"), pos("pat")], name_fits)
        .says("whether a name fits a pattern, capital letters apart from small ones"),
    Builtin::function("fnmatch", "fnmatch", &[pos("name"), pos("pat")], name_fits)
        .says("whether a name fits a pattern")
        .examples(&[("import fnmatch\nfnmatch.fnmatch('layer1.0', 'layer1.*')", "True")]),
    Builtin::function("fnmatch", "filter", &[pos("names"), pos("pat")], |vm, args| {
        let pattern = args.str(vm, 1)?;
        let mut names = vm.collect(args.value(0))?;
        names.retain(|name| name.as_str().is_some_and(|name| fits(&name, &pattern)));
        Ok(Value::list(names))
    })
    .says("the names that fit a pattern"),
];

const PATTERN: &[Param] = &[
    pos("pathname"),
    kw("root_dir", "None"),
    kw("dir_fd", "None"),
    kw("recursive", "False"),
    kw("include_hidden", "False"),
];

/// The paths that fit.
fn found(vm: &dyn Vm, args: &Args) -> Result<Vec<Value>> {
    if args.some(2).is_some() {
        return Err(Error::new(Kind::NotImplemented, "glob with dir_fd=").hint("root_dir= takes a path"));
    }
    let root = args.some(1).map(|folder| path_of(vm, folder)).transpose()?;
    let search = Search {
        root: root.as_deref(),
        is_recursive: args.truth_or(vm, 3, false)?,
        with_hidden: args.truth_or(vm, 4, false)?,
        go_on: &|| vm.check_interrupt(),
    };
    let pattern = path_text(path(vm, args, 0)?);
    Ok(search.run(&pattern)?.into_iter().map(Value::from).collect())
}

fn name_fits(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(fits(&args.str(vm, 0)?, &args.str(vm, 1)?)))
}

/// An argument that is a path: text, or an object with `__fspath__`.
///
/// # Errors
/// `TypeError` if it is neither.
pub fn path(vm: &dyn Vm, args: &Args, index: usize) -> Result<PathBuf> {
    path_of(vm, args.value(index))
}

/// A value that is a path.
///
/// # Errors
/// As [`path`].
pub fn path_of(vm: &dyn Vm, value: &Value) -> Result<PathBuf> {
    if let Some(text) = value.as_str() {
        return Ok(path_meant(text.as_str()));
    }
    match vm.special(value, "__fspath__", &[]) {
        Some(text) => Ok(path_meant(vm.text(&text?)?.as_str())),
        None => {
            let name = vm.type_name(value);
            Err(Error::type_error(format!("expected str, bytes or os.PathLike object, not {name}")))
        }
    }
}

fn path_or(vm: &dyn Vm, args: &Args, index: usize, default: &str) -> Result<PathBuf> {
    if args.some(index).is_none() { Ok(PathBuf::from(default)) } else { path(vm, args, index) }
}

fn done(vm: &dyn Vm, args: &Args, act: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<Value> {
    let path = path(vm, args, 0)?;
    act(&path).map_err(|error| Error::io(&error, &path))?;
    Ok(Value::None)
}

fn environment() -> Value {
    let variables = std::env::vars_os().map(|(name, value)| {
        (
            torchsh_language::value::Str::new(name.to_string_lossy()),
            Value::from(value.to_string_lossy().into_owned()),
        )
    });
    Value::dict_of(variables)
}
