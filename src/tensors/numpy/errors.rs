//! What is done about a division by zero and its like: a warning, unless the program says otherwise.

use std::cell::RefCell;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Param, Str, Value, Vm, opt};

/// What can go wrong with numbers, in the order of `numpy.seterr`.
#[derive(Clone, Copy)]
pub enum Flag {
    /// A division by zero.
    Divide,
    /// Too large a result.
    Over,
    /// No result.
    Invalid,
}

const KINDS: [&str; 4] = ["divide", "over", "under", "invalid"];

thread_local! {
    static MODES: RefCell<[Str; 4]> = RefCell::new(["warn", "warn", "ignore", "warn"].map(Str::intern));
}

/// Warns of it, or what else the program wants.
///
/// # Errors
/// `FloatingPointError`, or the warning where the program made errors of warnings.
pub fn raise(vm: &dyn Vm, flag: Flag, operator: &str) -> Result<()> {
    let (place, what) = match flag {
        Flag::Divide => (0, "divide by zero"),
        Flag::Over => (1, "overflow"),
        Flag::Invalid => (3, "invalid value"),
    };
    let text = format!("{what} encountered in scalar {operator}");
    let mode = MODES.with_borrow(|modes| modes.get(place).cloned());
    match mode.as_ref().map(Str::as_str) {
        Some("warn") => {
            let warn = vm.attribute(&vm.import("warnings")?, &Str::intern("warn"))?;
            let class = vm.types().named("RuntimeWarning").map_or(Value::None, Value::Class);
            vm.call(&warn, &[Value::from(text), class], &[]).map(drop)
        }
        Some("raise") => Err(Error::new(Kind::FloatingPoint, text)),
        Some("print") => vm.write(&format!("Warning: {text}\n")),
        _ => Ok(()),
    }
}

/// `seterr`: the modes as they were.
fn set(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let before = current();
    let mut modes = MODES.with_borrow(Clone::clone);
    for (place, mode) in modes.iter_mut().enumerate() {
        let given = if args.some(place + 1).is_some() { place + 1 } else { 0 };
        if args.some(given).is_none() {
            continue;
        }
        let wanted = args.str(vm, given)?;
        if !["ignore", "warn", "raise", "print", "call", "log"].contains(&wanted.as_str()) {
            return Err(Error::value(format!("unknown error mode: {wanted}")));
        }
        *mode = wanted;
    }
    MODES.set(modes);
    Ok(before)
}

fn current() -> Value {
    let modes = MODES.with_borrow(Clone::clone);
    Value::dict_of(KINDS.iter().map(|kind| Str::intern(kind)).zip(modes.into_iter().map(Value::Str)))
}

const MODE: &[Param] = &[
    opt("all", "None"),
    opt("divide", "None"),
    opt("over", "None"),
    opt("under", "None"),
    opt("invalid", "None"),
];

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("numpy", "seterr", MODE, set)
        .says("what is done about a division by zero and its like"),
    Builtin::function("numpy", "geterr", &[], |_, _| Ok(current()))
        .says("what is done about a division by zero and its like"),
];
