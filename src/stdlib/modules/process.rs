//! Other programs, run because the program that runs here asks for it: what `subprocess` and `os.system` stand on.

use std::any::Any;
use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::rc::Rc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::file::OpenFile;
use super::os::path_of;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Effect, Native, Str, Value, Vm, opt, req};

/// What `subprocess.PIPE`, `STDOUT` and `DEVNULL` are.
const PIPE: i64 = -1;
const STDOUT: i64 = -2;
const DEVNULL: i64 = -3;

/// How long one look at a running program waits.
const NAP: Duration = Duration::from_millis(10);

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function(
        "_process",
        "start",
        &[
            req("words"),
            opt("cwd", "None"),
            opt("env", "None"),
            opt("stdin", "None"),
            opt("stdout", "None"),
            opt("stderr", "None"),
            opt("own_group", "False"),
        ],
        start,
    )
    .says("starts a program: subprocess is made from it")
    .effect(Effect::Writes),
    Builtin::method("_Process", "wait", &[opt("timeout", "None")], wait)
        .says("its end as a number, or None where it still runs after so many seconds"),
    Builtin::method("_Process", "communicate", &[opt("input", "None"), opt("timeout", "None")], communicate)
        .says("what it wrote, once it has ended, or None where it still runs after so many seconds"),
    Builtin::method("_Process", "signal", &[req("number")], signal)
        .says("sends it a signal")
        .effect(Effect::Writes),
    Builtin::function("os", "kill", &[req("pid"), req("sig")], |vm, args| {
        let (process, number) = (args.int(vm, 0)?, args.int(vm, 1)?);
        let wide = |_| Error::value("signal number out of range");
        send(i32::try_from(process).map_err(wide)?, i32::try_from(number).map_err(wide)?)
    })
    .says("sends a signal to a process")
    .effect(Effect::Writes),
];

/// A program that was started.
struct Process {
    child: RefCell<Child>,
    pid: i32,
    stdin: Value,
    stdout: Value,
    stderr: Value,
    /// Its pipes while `communicate` reads and writes them.
    talk: RefCell<Option<Talk>>,
}

/// Threads that read and write the pipes of a program, so that none of them fills up.
struct Talk {
    writer: Option<JoinHandle<()>>,
    readers: [Option<JoinHandle<Vec<u8>>>; 2],
}

impl Native for Process {
    fn type_name(&self) -> &str {
        "_Process"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        Some(Ok(match name.as_str() {
            "pid" => Value::Int(i64::from(self.pid)),
            "stdin" => self.stdin.clone(),
            "stdout" => self.stdout.clone(),
            "stderr" => self.stderr.clone(),
            _ => return None,
        }))
    }
}

fn failed(error: &std::io::Error) -> Error {
    Error::io(error, Path::new("<pipe>"))
}

/// One of the three streams: what the program gets, and what is kept of a pipe.
fn stream(vm: &dyn Vm, asked: &Value, reads: bool) -> Result<(Option<OwnedFd>, Option<File>)> {
    if asked.is_none() {
        return Ok((None, None));
    }
    match asked.as_int() {
        Some(PIPE) => {
            let (reader, writer) = std::io::pipe().map_err(|error| failed(&error))?;
            let (reader, writer) = (OwnedFd::from(reader), OwnedFd::from(writer));
            let (theirs, ours) = if reads { (reader, writer) } else { (writer, reader) };
            Ok((Some(theirs), Some(File::from(ours))))
        }
        Some(DEVNULL) => {
            let nothing = File::options().read(true).write(true).open("/dev/null");
            Ok((Some(nothing.map_err(|error| Error::io(&error, Path::new("/dev/null")))?.into()), None))
        }
        Some(number) => Ok((Some(copy_of(number)?), None)),
        None => match asked.as_native::<OpenFile>() {
            Some(file) => Ok((Some(file.handle()?.into()), None)),
            None => {
                let number = vm.call_method(asked, "fileno", &[])?;
                let number = number.as_int().ok_or_else(|| Error::type_error("fileno() must give an int"))?;
                Ok((Some(copy_of(number)?), None))
            }
        },
    }
}

/// Another descriptor of what an open one leads to.
fn copy_of(number: i64) -> Result<OwnedFd> {
    let bad = || Error::io(&std::io::Error::from_raw_os_error(libc::EBADF), Path::new("<descriptor>"));
    let number = i32::try_from(number).ok().filter(|&number| number >= 0).ok_or_else(bad)?;
    // SAFETY: asks whether the descriptor is open, and changes nothing.
    if unsafe { libc::fcntl(number, libc::F_GETFD) } < 0 {
        return Err(bad());
    }
    // SAFETY: the descriptor is open, as was just seen, and nothing here closes it before it is copied.
    unsafe { BorrowedFd::borrow_raw(number) }.try_clone_to_owned().map_err(|error| failed(&error))
}

fn start(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let words = vm.collect(args.value(0))?;
    let words = words.iter().map(|word| path_of(vm, word)).collect::<Result<Vec<_>>>()?;
    let (program, rest) = words.split_first().ok_or_else(|| Error::value("no program is named"))?;
    let mut command = Command::new(program);
    command.args(rest);
    let folder = args.some(1).map(|folder| path_of(vm, folder)).transpose()?;
    if let Some(folder) = &folder {
        command.current_dir(folder);
    }
    if let Some(variables) = args.some(2) {
        command.env_clear();
        for pair in vm.collect(&vm.call_method(variables, "items", &[])?)? {
            if let [name, value] = vm.collect(&pair)?.as_slice() {
                command.env(path_of(vm, name)?, path_of(vm, value)?);
            }
        }
    }
    let (stdin, ours_in) = stream(vm, args.value(3), true)?;
    let (stdout, ours_out) = stream(vm, args.value(4), false)?;
    let (stderr, ours_err) = match args.value(5).as_int() {
        Some(STDOUT) => {
            let same =
                stdout.as_ref().map_or_else(|| copy_of(1), |out| out.try_clone().map_err(|e| failed(&e)));
            (Some(same?), None)
        }
        _ => stream(vm, args.value(5), false)?,
    };
    if let Some(stdin) = stdin {
        command.stdin(stdin);
    }
    if let Some(stdout) = stdout {
        command.stdout(stdout);
    }
    if let Some(stderr) = stderr {
        command.stderr(stderr);
    }
    if args.truth_or(vm, 6, false)? {
        command.process_group(0);
    }
    // What was printed before comes first.
    vm.flush()?;
    let child = command.spawn().map_err(|error| match &folder {
        Some(folder) if !folder.is_dir() => Error::io(&error, folder),
        _ => Error::io(&error, program),
    })?;
    let pid = i32::try_from(child.id()).unwrap_or(i32::MAX);
    let pipe = |file: Option<File>, mode: &str| {
        file.map_or(Value::None, |file| Value::native(OpenFile::of_handle(file, "<pipe>", mode)))
    };
    Ok(Value::native(Process {
        child: RefCell::new(child),
        pid,
        stdin: pipe(ours_in, "wb"),
        stdout: pipe(ours_out, "rb"),
        stderr: pipe(ours_err, "rb"),
        talk: RefCell::new(None),
    }))
}

fn own<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a Process> {
    args.receiver().as_native::<Process>().ok_or_else(|| args.wrong_receiver(vm))
}

/// `Popen.returncode`: a signal that ended it counts below 0.
fn number(status: ExitStatus) -> i64 {
    i64::from(status.code().or(status.signal().map(|signal| -signal)).unwrap_or(-1))
}

/// When to look no more.
fn deadline(vm: &dyn Vm, args: &Args, index: usize) -> Result<Option<Instant>> {
    let seconds = args.some(index).map(|_| args.float(vm, index)).transpose()?;
    let wait = seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default());
    Ok(wait.and_then(|wait| Instant::now().checked_add(wait)))
}

/// Waits until `done` says so, the time is up (false), or a person asks to stop.
fn until(vm: &dyn Vm, end: Option<Instant>, mut done: impl FnMut() -> Result<bool>) -> Result<bool> {
    loop {
        if done()? {
            return Ok(true);
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(false);
        }
        vm.check_interrupt()?;
        let left = end.map_or(NAP, |end| end.saturating_duration_since(Instant::now()));
        std::thread::sleep(left.min(NAP));
    }
}

impl Process {
    fn status(&self) -> Result<Option<ExitStatus>> {
        self.child.borrow_mut().try_wait().map_err(|error| failed(&error))
    }

    fn begin(&self, input: Option<Vec<u8>>) -> Talk {
        let taken = |value: &Value| value.as_native::<OpenFile>().and_then(OpenFile::take);
        let reader = |value: &Value| {
            taken(value).map(|(mut bytes, mut file)| {
                std::thread::spawn(move || {
                    // What comes after an error is lost with the pipe.
                    let _ = file.read_to_end(&mut bytes);
                    bytes
                })
            })
        };
        let writer = taken(&self.stdin).map(|(_, mut file)| {
            std::thread::spawn(move || {
                // A program need not read all that it is given.
                let _ = file.write_all(&input.unwrap_or_default());
            })
        });
        Talk { writer, readers: [reader(&self.stdout), reader(&self.stderr)] }
    }
}

fn wait(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (own, end) = (own(vm, args)?, deadline(vm, args, 0)?);
    let mut status = None;
    until(vm, end, || {
        status = own.status()?;
        Ok(status.is_some())
    })?;
    Ok(status.map_or(Value::None, |status| Value::Int(number(status))))
}

fn communicate(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (own, end) = (own(vm, args)?, deadline(vm, args, 1)?);
    let input = args.some(0).map(|input| match input.payload() {
        Value::Bytes(bytes) => Ok(bytes.as_ref().clone()),
        _ => Err(args.wrong_type(vm, 0, "bytes")),
    });
    let input = input.transpose()?;
    // A second call goes on where one that ran out of time stopped.
    own.talk.borrow_mut().get_or_insert_with(|| own.begin(input));
    let done = until(vm, end, || {
        let talk = own.talk.borrow();
        let readers = talk.iter().flat_map(|talk| talk.readers.iter().flatten());
        Ok(readers.fold(true, |all, reader| all & reader.is_finished()) && own.status()?.is_some())
    })?;
    if !done {
        return Ok(Value::None);
    }
    let Some(Talk { writer, readers }) = own.talk.borrow_mut().take() else { return Ok(Value::None) };
    let read = readers.map(|reader| match reader.map(JoinHandle::join) {
        Some(Ok(bytes)) => Value::Bytes(Rc::new(bytes)),
        _ => Value::None,
    });
    drop(writer);
    Ok(Value::tuple(Vec::from(read)))
}

fn signal(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    if own.status()?.is_some() {
        return Ok(Value::None);
    }
    send(own.pid, i32::try_from(args.int(vm, 0)?).map_err(|_| Error::value("signal number out of range"))?)
}

fn send(process: i32, number: i32) -> Result<Value> {
    // SAFETY: sends a signal; touches no memory.
    match unsafe { libc::kill(process, number) } {
        0 => Ok(Value::None),
        _ => Err(Error::io(&std::io::Error::last_os_error(), Path::new(&process.to_string()))),
    }
}
