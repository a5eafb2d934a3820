//! `os.path`: file names.

use std::path::{Component, Path, PathBuf};

use super::os::{path, path_of};
use torchsh_base::error::{Error, Result, path_text};
use torchsh_language::value::{Args, Builtin, Effect, Value, Vm, opt, pos, rest};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constant("os.path", "sep", |_, _| Ok(Value::str("/"))).says("what stands between folders"),
    Builtin::function("os.path", "join", &[pos("path"), rest("paths")], |vm, args| {
        let mut joined = text(vm, args.value(0))?;
        for part in args.rest() {
            let part = text(vm, part)?;
            if part.starts_with('/') || joined.is_empty() {
                joined = part;
            } else {
                if !joined.ends_with('/') {
                    joined.push('/');
                }
                joined.push_str(&part);
            }
        }
        Ok(joined.into())
    })
    .says("folders and a name as one path")
    .examples(&[("import os\nos.path.join('a', 'b.pt')", "'a/b.pt'")]),
    Builtin::function("os.path", "basename", &[pos("p")], |vm, args| {
        Ok(Value::from(split(&text(vm, args.value(0))?).1))
    })
    .says("the last part of a path"),
    Builtin::function("os.path", "dirname", &[pos("p")], |vm, args| {
        Ok(Value::from(split(&text(vm, args.value(0))?).0))
    })
    .says("the path without its last part"),
    Builtin::function("os.path", "split", &[pos("p")], |vm, args| {
        let (folder, name) = split(&text(vm, args.value(0))?);
        Ok(Value::tuple(vec![folder.into(), name.into()]))
    })
    .says("a path as folder and name"),
    Builtin::function("os.path", "splitext", &[pos("p")], |vm, args| {
        let path = text(vm, args.value(0))?;
        let name_at = path.rfind('/').map_or(0, |at| at + 1);
        let name = path.get(name_at..).unwrap_or_default();
        let leading = name.len() - name.trim_start_matches('.').len();
        let dot = name.get(leading..).and_then(|rest| rest.rfind('.')).map(|at| name_at + leading + at);
        let (root, ending) = path.split_at(dot.unwrap_or(path.len()));
        Ok(Value::tuple(vec![root.into(), ending.into()]))
    })
    .says("a path as root and ending")
    .examples(&[("import os\nos.path.splitext('a/b.pt')", "('a/b', '.pt')")]),
    Builtin::function("os.path", "exists", &[pos("path")], |vm, args| {
        Ok(Value::Bool(path(vm, args, 0)?.exists()))
    })
    .says("whether there is such a file")
    .effect(Effect::Reads),
    Builtin::function("os.path", "isfile", &[pos("path")], |vm, args| {
        Ok(Value::Bool(path(vm, args, 0)?.is_file()))
    })
    .says("whether it is a file")
    .effect(Effect::Reads),
    Builtin::function("os.path", "isdir", &[pos("path")], |vm, args| {
        Ok(Value::Bool(path(vm, args, 0)?.is_dir()))
    })
    .says("whether it is a folder")
    .effect(Effect::Reads),
    Builtin::function("os.path", "islink", &[pos("path")], |vm, args| {
        Ok(Value::Bool(path(vm, args, 0)?.is_symlink()))
    })
    .says("whether it is a link")
    .effect(Effect::Reads),
    Builtin::function("os.path", "isabs", &[pos("path")], |vm, args| {
        Ok(Value::Bool(path(vm, args, 0)?.is_absolute()))
    })
    .says("whether it starts at the root"),
    Builtin::function("os.path", "getsize", &[pos("path")], |vm, args| {
        let path = path(vm, args, 0)?;
        let data = path.metadata().map_err(|error| Error::io(&error, &path))?;
        Ok(Value::Int(i64::try_from(data.len()).unwrap_or(i64::MAX)))
    })
    .says("the size of a file in bytes")
    .effect(Effect::Reads),
    Builtin::function("os.path", "getmtime", &[pos("path")], |vm, args| {
        let path = path(vm, args, 0)?;
        let time =
            path.metadata().and_then(|data| data.modified()).map_err(|error| Error::io(&error, &path))?;
        Ok(Value::Float(time.duration_since(std::time::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())))
    })
    .says("when a file was last written")
    .effect(Effect::Reads),
    Builtin::function("os.path", "abspath", &[pos("path")], |vm, args| {
        Ok(normal(&absolute(&path(vm, args, 0)?)).into())
    })
    .says("the path from the root"),
    Builtin::function("os.path", "realpath", &[pos("path")], |vm, args| {
        let path = path(vm, args, 0)?;
        Ok(path.canonicalize().map_or_else(|_| normal(&absolute(&path)), path_text).into())
    })
    .says("the path from the root, links followed")
    .effect(Effect::Reads),
    Builtin::function("os.path", "normpath", &[pos("path")], |vm, args| {
        Ok(normal(&path(vm, args, 0)?).into())
    })
    .says("the path without . and .."),
    Builtin::function("os.path", "relpath", &[pos("path"), opt("start", "'.'")], relative)
        .says("the path as seen from a folder"),
    Builtin::function("os.path", "expanduser", &[pos("path")], |vm, args| {
        let path = text(vm, args.value(0))?;
        let home = std::env::var("HOME").unwrap_or_default();
        Ok(match path.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{home}{rest}").into(),
            _ => path.into(),
        })
    })
    .says("the path with ~ for the home folder"),
];

fn text(vm: &dyn Vm, value: &Value) -> Result<String> {
    path_of(vm, value).map(path_text)
}

fn split(path: &str) -> (String, String) {
    let at = path.rfind('/').map_or(0, |at| at + 1);
    let (folder, name) = path.split_at(at);
    let bare = folder.trim_end_matches('/');
    let folder = if bare.is_empty() { folder } else { bare };
    (folder.to_owned(), name.to_owned())
}

fn absolute(path: &Path) -> PathBuf {
    std::env::current_dir().unwrap_or_default().join(path)
}

fn normal(path: &Path) -> String {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            (Component::ParentDir, Some(Component::RootDir)) => {}
            _ => parts.push(part),
        }
    }
    let normal: PathBuf = parts.iter().collect();
    if normal.as_os_str().is_empty() { ".".to_owned() } else { path_text(normal) }
}

fn relative(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let start = if args.some(1).is_some() { path(vm, args, 1)? } else { PathBuf::from(".") };
    let (to, from) =
        (PathBuf::from(normal(&absolute(&path(vm, args, 0)?))), PathBuf::from(normal(&absolute(&start))));
    let shared = to.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    Ok(if way.as_os_str().is_empty() { ".".into() } else { path_text(way).into() })
}
