//! Characters replaced by a table.

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Value, Vm, number};

/// `str.translate`
///
/// # Errors
/// What looking into the table raises.
pub fn translate(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut out = String::new();
    for c in args.receiver_str(vm)?.chars() {
        vm.check_interrupt()?;
        let code = Value::Int(i64::from(u32::from(c)));
        match vm.item(args.value(0), &code) {
            Ok(Value::None) => {}
            Ok(Value::Int(code)) => out.extend(u32::try_from(code).ok().and_then(char::from_u32)),
            Ok(text) => out.push_str(&vm.text(&text)?),
            Err(error) if matches!(error.kind(), Kind::Key | Kind::Index | Kind::Lookup) => out.push(c),
            Err(error) => return Err(error),
        }
    }
    Ok(out.into())
}

/// `str.maketrans`
///
/// # Errors
/// `ValueError` for texts of different lengths; what the items of a dictionary raise.
pub fn table(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let table = torchsh_language::value::Dict::default();
    let code = |c: char| Value::Int(i64::from(u32::from(c)));
    if args.get(1).is_none() {
        for (key, value) in args.dict(vm, 0)?.entries() {
            let key = match key.as_str() {
                Some(text) if text.points() == 1 => text.chars().next().map_or(Value::None, code),
                Some(_) => {
                    return Err(Error::value("string keys in translate table must be of length 1"));
                }
                None => Value::Int(number::index(vm, &key)?),
            };
            table.set(vm, key, value)?;
        }
        return Ok(Value::Dict(std::rc::Rc::new(table)));
    }
    let (from, to) = (args.str(vm, 0)?, args.str(vm, 1)?);
    if from.points() != to.points() {
        return Err(Error::value("the first two maketrans arguments must have equal length"));
    }
    for (a, b) in from.chars().zip(to.chars()) {
        table.set(vm, code(a), code(b))?;
    }
    for c in args.str_or(vm, 2, "")?.chars() {
        table.set(vm, code(c), Value::None)?;
    }
    Ok(Value::Dict(std::rc::Rc::new(table)))
}
