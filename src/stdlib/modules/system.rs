//! `sys`, `time`, `gc`, `string` and what `warnings` stands on; leaving the shell; `input`.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Builtin, Native, Str, Value, Vm, number, opt, pos, rest};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constant("sys", "argv", |vm, _| {
        Ok(Value::list(vm.arguments().into_iter().map(Value::from).collect()))
    })
    .says("the program and its arguments"),
    Builtin::constant("sys", "version", |_, _| Ok(Value::str("3.11.0 (torchsh)")))
        .says("the version of Python that is spoken"),
    Builtin::constant("sys", "version_info", |vm, _| described(vm, "version_info"))
        .says("the version of Python that is spoken"),
    Builtin::constant("sys", "float_info", |vm, _| described(vm, "float_info")).says("limits of float"),
    Builtin::constant("sys", "int_info", |vm, _| described(vm, "int_info")).says("how int is kept"),
    Builtin::constant("sys", "hash_info", |vm, _| described(vm, "hash_info")).says("how hashes are made"),
    Builtin::constant("sys", "implementation", |vm, _| described(vm, "implementation"))
        .says("what CPython says of itself"),
    Builtin::constant("sys", "flags", |vm, _| described(vm, "flags")).says("options, all off"),
    Builtin::constant("sys", "platform", |_, _| Ok(Value::str(std::env::consts::OS))).says("the system"),
    Builtin::constant("sys", "executable", |_, _| {
        Ok(std::env::current_exe().map_or(Value::None, |path| path.display().to_string().into()))
    })
    .says("the shell's own file"),
    Builtin::constant("sys", "maxsize", |_, _| Ok(Value::Int(i64::MAX))).says("the largest index"),
    Builtin::constant("sys", "byteorder", |_, _| Ok(Value::str("little")))
        .says("the order of bytes in numbers"),
    Builtin::constant("sys", "path", |vm, _| Ok(vm.module_path())).says("where modules are looked for"),
    Builtin::constant("sys", "stdout", |_, _| Ok(Value::native(Stream { errors: false }))).says("the output"),
    Builtin::constant("sys", "stderr", |_, _| Ok(Value::native(Stream { errors: true })))
        .says("where errors go"),
    Builtin::constant("sys", "stdin", |vm, _| {
        let open = vm.attribute(&vm.import("builtins")?, &torchsh_language::value::Str::intern("open"))?;
        vm.call(&open, &[Value::str("/dev/stdin")], &[])
    })
    .says("the input"),
    Builtin::constant("sys", "maxunicode", |_, _| Ok(Value::Int(0x10_ffff))).says("the last character"),
    Builtin::constant("sys", "hexversion", |_, _| Ok(Value::Int(0x030b_00f0)))
        .says("the version as a number"),
    Builtin::constant("sys", "prefix", |_, _| Ok(Value::str("/usr"))).says("where the installation is"),
    Builtin::constant("sys", "dont_write_bytecode", |_, _| Ok(Value::Bool(true)))
        .says("nothing is compiled to files"),
    Builtin::function("sys", "getdefaultencoding", &[], |_, _| Ok(Value::str("utf-8")))
        .says("how text is written as bytes"),
    Builtin::function("sys", "getfilesystemencoding", &[], |_, _| Ok(Value::str("utf-8")))
        .says("how file names are written as bytes"),
    Builtin::function("sys", "intern", &[pos("_string")], |vm, args| {
        Ok(Value::Str(torchsh_language::value::Str::intern(&args.str(vm, 0)?)))
    })
    .says("the one copy of a text"),
    Builtin::function("sys", "gettrace", &[], |_, _| Ok(Value::None)).says("no debugger watches"),
    Builtin::constant("sys", "modules", |vm, _| Ok(Value::Dict(vm.modules())))
        .says("the modules imported so far"),
    Builtin::function("sys", "exit", &[opt("_status", "None")], leave).says("ends the program"),
    Builtin::global("exit", &[opt("_status", "None")], leave).says("leaves the shell"),
    Builtin::global("quit", &[opt("_status", "None")], leave).says("leaves the shell"),
    Builtin::function("sys", "getsizeof", &[pos("object")], |_, _| {
        Ok(Value::Int(i64::try_from(size_of::<Value>()).unwrap_or(16)))
    })
    .says("bytes of an object itself"),
    Builtin::function("sys", "getswitchinterval", &[], |_, _| Ok(Value::Float(0.005))),
    Builtin::function("sys", "setswitchinterval", &[pos("interval")], |_, _| Ok(Value::None))
        .says("accepted; there is one thread"),
    Builtin::function("sys", "getrecursionlimit", &[], |_, _| Ok(Value::Int(1000)))
        .says("how deep calls may nest"),
    Builtin::function("sys", "setrecursionlimit", &[pos("limit")], |_, _| Ok(Value::None))
        .says("accepted; the shell keeps its own limit"),
    Builtin::function("sys", "get_int_max_str_digits", &[], |_, _| {
        Ok(Value::from(number::most_digits().unwrap_or(0)))
    })
    .says("how many digits of a whole number are turned to text or back; 0: all"),
    Builtin::function("sys", "set_int_max_str_digits", &[pos("maxdigits")], |vm, args| {
        match usize::try_from(args.int(vm, 0)?) {
            Ok(most) if most == 0 || most >= 640 => number::set_most_digits(most),
            _ => return Err(Error::value("maxdigits must be 0 or larger than 640")),
        }
        Ok(Value::None)
    })
    .says("sets how many digits of a whole number are turned to text or back; 0: all"),
    Builtin::function("sys", "exception", &[], |vm, _| {
        Ok(vm.handled().map_or(Value::None, |error| Value::Instance(vm.exception(&error))))
    })
    .says("the exception being handled, or None"),
    Builtin::function("sys", "exc_info", &[], |vm, _| {
        let parts = vm.handled().map(|error| {
            let exception = vm.exception(&error);
            let traceback = exception.attributes.get_name("__traceback__").unwrap_or(Value::None);
            vec![Value::Class(exception.class()), Value::Instance(exception), traceback]
        });
        Ok(Value::tuple(parts.unwrap_or_else(|| vec![Value::None; 3])))
    })
    .says("the exception being handled"),
    Builtin::method("TextStream", "write", &[pos("_text")], |vm, args| {
        let text = args.str(vm, 0)?;
        match args.receiver().as_native::<Stream>() {
            Some(Stream { errors: true }) => vm.write_error(&text),
            _ => vm.write(&text)?,
        }
        Ok(text.points().into())
    })
    .says("writes text"),
    Builtin::method("TextStream", "flush", &[], |vm, _| vm.flush().map(|()| Value::None))
        .says("writes what is held back"),
    Builtin::method("TextStream", "isatty", &[], |_, _| Ok(Value::Bool(false)))
        .says("whether it is a terminal"),
    Builtin::method("TextStream", "fileno", &[], |_, args| {
        let errors = args.receiver().as_native::<Stream>().is_some_and(|stream| stream.errors);
        Ok(Value::Int(if errors { 2 } else { 1 }))
    })
    .says("the number that the system has for it"),
    Builtin::function("_warnings", "show", &[pos("_text")], |vm, args| {
        vm.write_error(&format!("{}\n", args.str(vm, 0)?.trim_end_matches('\n')));
        Ok(Value::None)
    })
    .says("shows a warning to the person at the shell"),
    Builtin::global(
        "__import__",
        &[
            pos("name"),
            opt("globals", "None"),
            opt("locals", "None"),
            opt("fromlist", "()"),
            opt("level", "0"),
        ],
        |vm, args| {
            let path = args.str(vm, 0)?;
            let module = vm.import(&path)?;
            match path.split_once('.') {
                Some((first, _)) if !vm.truth(args.value(3))? => vm.import(first),
                _ => Ok(module),
            }
        },
    )
    .says("What import runs"),
    Builtin::function("_imp", "import_module", &[pos("name")], |vm, args| vm.import(&args.str(vm, 0)?))
        .says("the module of that name"),
    Builtin::function("_imp", "locate", &[pos("name")], |vm, args| {
        let found = vm.locate_module(&args.str(vm, 0)?)?;
        Ok(found.map_or(Value::None, |(file, folders)| Value::tuple(vec![file, folders])))
    })
    .says("where a module would come from"),
    Builtin::function("gc", "enable", &[], |_, _| {
        COLLECTS.set(true);
        Ok(Value::None)
    })
    .says("what gc.isenabled() says; memory is given back at once either way"),
    Builtin::function("gc", "disable", &[], |_, _| {
        COLLECTS.set(false);
        Ok(Value::None)
    })
    .says("what gc.isenabled() says; memory is given back at once either way"),
    Builtin::function("gc", "isenabled", &[], |_, _| Ok(Value::Bool(COLLECTS.get())))
        .says("what gc.enable and gc.disable said last"),
    Builtin::function("gc", "get_count", &[], |_, _| Ok(Value::tuple(vec![Value::Int(0); 3])))
        .says("zeros: nothing waits to be collected"),
    Builtin::function("gc", "get_threshold", &[], |_, _| {
        Ok(Value::tuple([700, 10, 10].map(Value::Int).to_vec()))
    })
    .says("Python's own numbers"),
    Builtin::function("gc", "set_threshold", &[rest("thresholds")], |_, _| Ok(Value::None))
        .says("accepted; memory is given back at once"),
    Builtin::function("gc", "freeze", &[], |_, _| Ok(Value::None)).says("nothing: no collector runs"),
    Builtin::function("gc", "unfreeze", &[], |_, _| Ok(Value::None)).says("nothing: no collector runs"),
    Builtin::function("gc", "collect", &[opt("generation", "2")], |_, _| {
        // What the prompt keeps for `undo` is memory too.
        torchsh_language::value::journal::ask_to_forget();
        Ok(Value::Int(0))
    })
    .says("nothing: memory is given back at once"),
    Builtin::function("time", "time", &[], |_, _| Ok(Value::Float(since_epoch().as_secs_f64())))
        .says("seconds since 1970"),
    Builtin::function("time", "time_ns", &[], |_, _| {
        Ok(Value::Int(i64::try_from(since_epoch().as_nanos()).unwrap_or(i64::MAX)))
    })
    .says("nanoseconds since 1970"),
    Builtin::function("time", "perf_counter", &[], |_, _| Ok(Value::Float(since_start().as_secs_f64())))
        .says("seconds of a clock for measuring"),
    Builtin::function("time", "monotonic", &[], |_, _| Ok(Value::Float(since_start().as_secs_f64())))
        .says("seconds of a clock that never goes back"),
    Builtin::function("time", "process_time", &[], |_, _| worked(libc::CLOCK_PROCESS_CPUTIME_ID))
        .says("seconds that processors have worked for this process"),
    Builtin::function("time", "thread_time", &[], |_, _| worked(libc::CLOCK_THREAD_CPUTIME_ID))
        .says("seconds that a processor has worked for this thread"),
    Builtin::function("time", "_parts", &[pos("_seconds"), pos("_is_local")], |vm, args| {
        parts_of(args.float(vm, 0)?, vm.truth(args.value(1))?)
    })
    .says("a time of day in parts: time.localtime is made from it"),
    Builtin::function("time", "sleep", &[pos("_seconds")], |vm, args| {
        let seconds = args.float(vm, 0)?;
        if !(0.0..1e9).contains(&seconds) {
            return Err(Error::value("sleep length must be non-negative"));
        }
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        // Short naps, so that a person can end it.
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            vm.check_interrupt()?;
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
        Ok(Value::None)
    })
    .says("waits"),
    Builtin::global("input", &[opt("_prompt", "''"), rest("others")], |vm, args| {
        let prompt = args.some(0).map_or_else(|| Ok(Str::new("")), |prompt| vm.text(prompt))?;
        line_from_person(vm, prompt.as_str(), false)
    })
    .says("a line from the person at the shell"),
];

/// A line from the person at the shell.
pub(super) fn line_from_person(vm: &dyn Vm, prompt: &str, is_secret: bool) -> Result<Value> {
    vm.read_line(prompt, is_secret)?
        .map(Value::from)
        .ok_or_else(|| Error::new(Kind::Eof, "EOF when reading a line"))
}

thread_local! {
    /// What a program said of a collector that there is none of.
    static COLLECTS: std::cell::Cell<bool> = const { std::cell::Cell::new(true) };
}

/// Year, month, day, hour, minute, second, day of the week (Monday is 0) and of the year, whether it is summer time, and
/// the seconds that the zone is ahead of UTC.
fn parts_of(seconds: f64, is_local: bool) -> Result<Value> {
    let out_of_range = || Error::new(Kind::Overflow, "timestamp out of range for platform time_t");
    if seconds.abs() > 1e12 || seconds.is_nan() {
        return Err(out_of_range());
    }
    #[allow(clippy::cast_possible_truncation)] // checked above
    let whole = seconds.floor() as libc::time_t;
    // SAFETY: every bit pattern is a `tm`; libc fills it.
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are live.
    let filled = unsafe {
        if is_local {
            libc::localtime_r(&raw const whole, &raw mut parts)
        } else {
            libc::gmtime_r(&raw const whole, &raw mut parts)
        }
    };
    if filled.is_null() {
        return Err(out_of_range());
    }
    let day = (parts.tm_wday + 6) % 7;
    let numbers = [
        parts.tm_year + 1900,
        parts.tm_mon + 1,
        parts.tm_mday,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec,
        day,
        parts.tm_yday + 1,
        parts.tm_isdst,
    ];
    let numbers = numbers.map(i64::from).into_iter().chain([parts.tm_gmtoff]);
    Ok(Value::tuple(numbers.map(Value::Int).collect()))
}

/// Standard output or error as a file object.
struct Stream {
    errors: bool,
}

impl Native for Stream {
    fn type_name(&self) -> &str {
        "TextStream"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let text = match (name.as_str(), self.errors) {
            ("name", true) => "<stderr>",
            ("name", false) => "<stdout>",
            ("encoding", _) => "utf-8",
            _ => return None,
        };
        Some(Ok(Value::str(text)))
    }
}

fn leave(vm: &dyn Vm, args: &torchsh_language::value::Args) -> Result<Value> {
    let arguments: Vec<Value> = args.get(0).cloned().into_iter().collect();
    let Some(class) = vm.types().named("SystemExit") else { return Err(Error::new(Kind::SystemExit, "")) };
    Err(vm.raise(&vm.call(&Value::Class(class), &arguments, &[])?))
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn since_start() -> Duration {
    thread_local! {
        static START: Instant = Instant::now();
    }
    START.with(Instant::elapsed)
}

/// Seconds by a clock that runs only while something is worked.
fn worked(clock: libc::clockid_t) -> Result<Value> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock's reading goes into a structure that is its own.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return Err(Error::new(
            Kind::Os,
            format!("the clock cannot be read: {}", std::io::Error::last_os_error()),
        ));
    }
    Ok(Value::Float(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9))
}

/// What the prelude knows of the machine under that name.
fn described(vm: &dyn Vm, name: &str) -> Result<Value> {
    vm.attribute(&vm.import("_sysinfo")?, &torchsh_language::value::Str::intern(name))
}
