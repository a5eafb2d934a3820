//! `open` and the file objects it gives.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, IsTerminal, Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::rc::Rc;

use super::os::path;
use crate::bytes::bytes_like;
use torchsh_base::error::{Error, Kind, Result, path_text};
use torchsh_checkpoint::origin;
use torchsh_language::value::{Args, Builtin, Effect, Native, Str, Value, Vm, opt, pos};

macro_rules! on_files {
    ($($name:literal, $params:expr, $says:literal, $effect:expr, $call:expr;)*) => {
        /// The rows.
        pub const ROWS: &[Builtin] = &[
            Builtin::global(
                "open",
                &[pos("file"), opt("mode", "'r'"), opt("buffering", "-1"), opt("encoding", "None"), opt("errors", "None"), opt("newline", "None")],
                open,
            )
            .says("opens a file")
            .effect(Effect::Reads),
            $(
                Builtin::method("TextIOWrapper", $name, $params, $call).says($says).effect($effect),
                Builtin::method("BufferedReader", $name, $params, $call).says($says).effect($effect),
            )*
        ];
    };
}

on_files! {
    "read", &[opt("_size", "-1")], "the rest, or so much of it", Effect::Reads, |vm, args| {
        let file = of(vm, args)?;
        let size = usize::try_from(args.int_or(vm, 0, -1)?).ok();
        file.read(size)
    };
    "readline", &[opt("_size", "-1")], "the next line", Effect::Reads, |vm, args| of(vm, args)?.line();
    "readlines", &[opt("_hint", "-1")], "the lines that are left", Effect::Reads, |vm, args| {
        Ok(Value::list(vm.collect(args.receiver())?))
    };
    "write", &[pos("_data")], "writes", Effect::Writes, |vm, args| of(vm, args)?.write(vm, args.value(0));
    "writelines", &[pos("_lines")], "writes texts one after the other", Effect::Writes, |vm, args| {
        for line in vm.collect(args.value(0))? {
            of(vm, args)?.write(vm, &line)?;
        }
        Ok(Value::None)
    };
    "close", &[], "closes the file", Effect::Writes, |vm, args| of(vm, args)?.close();
    "flush", &[], "writes what is held back", Effect::Writes, |vm, args| {
        of(vm, args)?.on(|file| file.get_mut().flush())?;
        Ok(Value::None)
    };
    "seek", &[pos("_offset"), opt("_whence", "0")], "goes to a byte", Effect::Reads, |vm, args| {
        let offset = args.int(vm, 0)?;
        let to = match args.int_or(vm, 1, 0)? {
            1 => SeekFrom::Current(offset),
            2 => SeekFrom::End(offset),
            _ => SeekFrom::Start(u64::try_from(offset).map_err(|_| Error::value(format!("negative seek position {offset}")))?),
        };
        of(vm, args)?.on(|file| file.seek(to)).map(|at| Value::Int(i64::try_from(at).unwrap_or(i64::MAX)))
    };
    "tell", &[], "the byte it is at", Effect::Reads, |vm, args| {
        of(vm, args)?.on(|file| file.stream_position()).map(|at| Value::Int(i64::try_from(at).unwrap_or(i64::MAX)))
    };
    "fileno", &[], "the number that the system has for it", Effect::Pure, |vm, args| {
        of(vm, args)?.on(|file| Ok(Value::Int(i64::from(file.get_ref().as_raw_fd()))))
    };
    "isatty", &[], "whether it is a terminal", Effect::Pure, |vm, args| {
        of(vm, args)?.on(|file| Ok(Value::Bool(file.get_ref().is_terminal())))
    };
    "readable", &[], "whether it can be read", Effect::Pure, |vm, args| {
        Ok(Value::Bool(of(vm, args)?.mode.contains(['r', '+'])))
    };
    "writable", &[], "whether it can be written", Effect::Pure, |vm, args| {
        Ok(Value::Bool(of(vm, args)?.mode.contains(['w', 'a', 'x', '+'])))
    };
    "seekable", &[], "whether it can go back", Effect::Pure, |vm, args| {
        Ok(Value::Bool(of(vm, args)?.on(|file| file.stream_position()).is_ok()))
    };
    "__enter__", &[], "the file itself", Effect::Pure, |_, args| Ok(args.receiver().clone());
    "__exit__", &[opt("_kind", "None"), opt("_error", "None"), opt("_trace", "None")], "closes the file", Effect::Writes, |vm, args| {
        of(vm, args)?.close().map(|_| Value::Bool(false))
    };
    "__next__", &[], "the next line", Effect::Reads, |vm, args| {
        let line = of(vm, args)?.line()?;
        if vm.truth(&line)? { Ok(line) } else { Err(Error::new(Kind::StopIteration, "")) }
    };
}

/// An open file.
pub struct OpenFile {
    path: PathBuf,
    mode: String,
    file: RefCell<Option<BufReader<File>>>,
}

impl Native for OpenFile {
    fn type_name(&self) -> &str {
        if self.is_binary() { "BufferedReader" } else { "TextIOWrapper" }
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        Some(Ok(match name.as_str() {
            "name" => path_text(&self.path).into(),
            "mode" => Value::str(self.mode.as_str()),
            "closed" => Value::Bool(self.file.borrow().is_none()),
            "encoding" => Value::str("UTF-8"),
            _ => return None,
        }))
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        let (path, mode) = (path_text(&self.path), &self.mode);
        Some(Ok(match self.is_binary() {
            true => format!("<_io.BufferedReader name='{path}'>"),
            false => format!("<_io.TextIOWrapper name='{path}' mode='{mode}' encoding='UTF-8'>"),
        }))
    }

    fn iterate(&self, _vm: &dyn Vm) -> Option<Result<Value>> {
        let mut lines = Vec::new();
        loop {
            match self.line() {
                Ok(Value::Str(line)) if line.is_empty() => break,
                Ok(Value::Bytes(line)) if line.is_empty() => break,
                Ok(line) => lines.push(line),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(Value::iterator("TextIOWrapper", super::super::iterators::Items(lines.into_iter()))))
    }
}

impl OpenFile {
    /// A file that is open already.
    pub(super) fn of_handle(file: File, name: &str, mode: &str) -> Self {
        OpenFile {
            path: PathBuf::from(name),
            mode: mode.to_owned(),
            file: RefCell::new(Some(BufReader::new(file))),
        }
    }

    /// Another handle of the file.
    pub(super) fn handle(&self) -> Result<File> {
        self.on(|file| file.get_ref().try_clone())
    }

    /// The file itself, which is closed here, and what was read ahead of it.
    pub(super) fn take(&self) -> Option<(Vec<u8>, File)> {
        let file = self.file.borrow_mut().take()?;
        Some((file.buffer().to_vec(), file.into_inner()))
    }

    fn is_binary(&self) -> bool {
        self.mode.contains('b')
    }

    fn on<T>(&self, act: impl FnOnce(&mut BufReader<File>) -> std::io::Result<T>) -> Result<T> {
        let mut file = self.file.borrow_mut();
        let file = file.as_mut().ok_or_else(|| Error::value("I/O operation on closed file."))?;
        act(file).map_err(|error| Error::io(&error, &self.path))
    }

    fn may(&self, what: &str, letters: &[char]) -> Result<()> {
        if self.mode.contains(letters) {
            return Ok(());
        }
        Err(Error::new(Kind::Os, format!("not {what}")))
    }

    fn value(&self, bytes: Vec<u8>) -> Result<Value> {
        if self.is_binary() {
            return Ok(Value::Bytes(Rc::new(bytes)));
        }
        let text = super::super::encoding::decode(&bytes, "utf-8", "strict")?;
        // Python reads every kind of line end as \n.
        Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }.into())
    }

    fn read(&self, size: Option<usize>) -> Result<Value> {
        self.may("readable", &['r', '+'])?;
        let mut bytes = Vec::new();
        match size {
            None => {
                self.on(|file| file.read_to_end(&mut bytes))?;
            }
            Some(size) if self.is_binary() => {
                self.on(|file| file.take(size as u64).read_to_end(&mut bytes))?;
            }
            Some(size) => {
                for _ in 0..size {
                    let start = bytes.len();
                    self.on(|file| file.take(1).read_to_end(&mut bytes))?;
                    let width = bytes.get(start).map_or(0, |first| {
                        usize::try_from(first.leading_ones()).unwrap_or(0).saturating_sub(1)
                    });
                    self.on(|file| file.take(width as u64).read_to_end(&mut bytes))?;
                }
            }
        }
        self.value(bytes)
    }

    fn line(&self) -> Result<Value> {
        self.may("readable", &['r', '+'])?;
        let mut bytes = Vec::new();
        self.on(|file| file.read_until(b'\n', &mut bytes))?;
        self.value(bytes)
    }

    fn write(&self, vm: &dyn Vm, data: &Value) -> Result<Value> {
        self.may("writable", &['w', 'a', 'x', '+'])?;
        if self.is_binary()
            && let Some(bytes) = bytes_like(data)
        {
            self.on(|file| file.get_mut().write_all(&bytes))?;
            return Ok(bytes.len().into());
        }
        match (data.payload(), self.is_binary()) {
            (Value::Str(text), false) => {
                self.on(|file| file.get_mut().write_all(text.as_bytes()))?;
                Ok(text.points().into())
            }
            (_, true) => {
                let name = vm.type_name(data);
                Err(Error::type_error(format!("a bytes-like object is required, not '{name}'")))
            }
            (_, false) => {
                let name = vm.type_name(data);
                Err(Error::type_error(format!("write() argument must be str, not {name}")))
            }
        }
    }

    fn close(&self) -> Result<Value> {
        if let Some(mut file) = self.file.borrow_mut().take() {
            file.get_mut().flush().map_err(|error| Error::io(&error, &self.path))?;
        }
        Ok(Value::None)
    }
}

fn of<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a OpenFile> {
    args.receiver().as_native::<OpenFile>().ok_or_else(|| args.wrong_receiver(vm))
}

fn open(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (path, mode) = (path(vm, args, 0)?, args.str_or(vm, 1, "r")?);
    let known = mode.chars().all(|c| "rwaxbt+".contains(c));
    let kinds = mode.chars().filter(|c| "rwax".contains(*c)).count();
    if !known || kinds != 1 {
        let what = if known {
            "must have exactly one of create/read/write/append mode".to_owned()
        } else {
            format!("invalid mode: '{mode}'")
        };
        return Err(Error::value(what));
    }
    let has = |c| mode.contains(c);
    let mut options = OpenOptions::new();
    options.read(has('r') || has('+')).write(has('w') || has('x') || (has('r') && has('+')));
    options.append(has('a')).truncate(has('w')).create(has('w') || has('a')).create_new(has('x'));
    if !mode.starts_with('r') || has('+') {
        origin::keep(&path)?;
    }
    let file = options.open(&path).map_err(|error| Error::io(&error, &path))?;
    if file.metadata().is_ok_and(|data| data.is_dir()) {
        return Err(Error::io(&std::io::Error::from_raw_os_error(libc::EISDIR), &path));
    }
    Ok(Value::native(OpenFile {
        path,
        mode: mode.to_string(),
        file: RefCell::new(Some(BufReader::new(file))),
    }))
}
