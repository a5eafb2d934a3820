//! What objects of Python's standard library say of themselves: the texts of `repr` and `str`, from what they are pickled as.

use super::inert::Inert;
use super::text;
use torchsh_base::error::Result;
use torchsh_language::value::{Value, Vm};

/// `repr(object)`; none for classes that are not known.
///
/// # Errors
/// Those of a `__repr__` of an argument.
pub fn repr(vm: &dyn Vm, object: &Inert, module: &str, name: &str) -> Result<Option<String>> {
    let args = object.args.borrow().clone();
    Ok(match (module, name) {
        ("datetime", "timezone") => Some(timezone(vm, &args)?),
        ("datetime", _) => match (text::date(name, &args), args.get(1)) {
            (Some(date), Some(zone)) if name != "timedelta" => {
                Some(format!("{}, tzinfo={})", date.trim_end_matches(')'), vm.repr(zone)?))
            }
            (date, _) => date,
        },
        ("zoneinfo", "ZoneInfo._unpickle") => Some(format!("zoneinfo.ZoneInfo(key={})", first(vm, &args)?)),
        ("collections", "deque") => {
            let items = vm.repr(&Value::list(object.items.borrow().clone()))?;
            let most = args.get(1).map(|most| vm.repr(most)).transpose()?;
            Some(format!("deque({items}{})", most.map(|most| format!(", maxlen={most}")).unwrap_or_default()))
        }
        ("decimal", "Decimal") | ("fractions", "Fraction") => Some(called(vm, name, &args)?),
        ("builtins" | "__builtin__", "slice") => Some(called(vm, "slice", &args)?),
        ("builtins" | "__builtin__", "range" | "xrange") => {
            let step_of_one = args.get(2).and_then(Value::as_int) == Some(1);
            let shown = if step_of_one { args.get(..2).unwrap_or(&args) } else { &args };
            Some(called(vm, "range", shown)?)
        }
        ("operator", "itemgetter" | "attrgetter") => Some(called(vm, &format!("operator.{name}"), &args)?),
        ("ipaddress", "IPv4Address") => {
            four_numbers(&args).map(|address| format!("IPv4Address('{address}')"))
        }
        ("uuid", "UUID") => uuid(object).map(|digits| format!("UUID('{digits}')")),
        _ => None,
    })
}

/// `str(object)`, where that is not its repr.
///
/// # Errors
/// Those of a `__str__` of an argument.
pub fn text(vm: &dyn Vm, object: &Inert) -> Result<Option<String>> {
    let args = object.args.borrow().clone();
    let (module, name) = (object.class.module.as_str(), object.class.name.as_str());
    Ok(match (module, name) {
        ("datetime", "timedelta") => duration(&args),
        ("datetime", "datetime" | "time") => match (text::plain(module, name, &args), args.get(1)) {
            (Some(clock), Some(zone)) => Some(format!("{clock}{}", offset(vm, zone)?)),
            (clock, _) => clock,
        },
        ("decimal", "Decimal") => {
            args.first().map(|digits| vm.text(digits)).transpose()?.map(|s| s.to_string())
        }
        ("fractions", "Fraction") => match args.as_slice() {
            [above, below] if below.as_int() == Some(1) => Some(vm.repr(above)?),
            [above, below] => Some(format!("{}/{}", vm.repr(above)?, vm.repr(below)?)),
            [one] => Some(vm.text(one)?.to_string()),
            _ => None,
        },
        ("ipaddress", "IPv4Address") => four_numbers(&args),
        ("uuid", "UUID") => uuid(object),
        _ => text::plain(module, name, &args),
    })
}

fn called(vm: &dyn Vm, name: &str, args: &[Value]) -> Result<String> {
    let args = args.iter().map(|arg| vm.repr(arg)).collect::<Result<Vec<_>>>()?;
    Ok(format!("{name}({})", args.join(", ")))
}

fn first(vm: &dyn Vm, args: &[Value]) -> Result<String> {
    args.first().map_or(Ok(String::new()), |arg| vm.repr(arg))
}

fn timezone(vm: &dyn Vm, args: &[Value]) -> Result<String> {
    if seconds_of(args) == Some(0) && args.len() < 2 {
        return Ok("datetime.timezone.utc".to_owned());
    }
    called(vm, "datetime.timezone", args)
}

/// The seconds of the timedelta that is the first argument.
fn seconds_of(args: &[Value]) -> Option<i64> {
    let delta =
        args.first()?.as_native::<Inert>().filter(|delta| delta.class.name.as_str() == "timedelta")?;
    let numbers: Vec<_> = delta.args.borrow().iter().filter_map(Value::as_int).collect();
    match numbers.as_slice() {
        &[days, seconds, _] => days.checked_mul(86_400)?.checked_add(seconds),
        _ => None,
    }
}

/// `+08:00`; the name of a zone whose offset is in no file.
fn offset(vm: &dyn Vm, zone: &Value) -> Result<String> {
    let Some(inert) = zone.as_native::<Inert>() else { return Ok(String::new()) };
    let args = inert.args.borrow().clone();
    let is_named_utc = args.first().and_then(Value::as_str).is_some_and(|key| key.as_str() == "UTC");
    let Some(seconds) = seconds_of(&args).or(is_named_utc.then_some(0)) else {
        return Ok(format!(" {}", vm.text(args.first().unwrap_or(zone))?));
    };
    let (sign, size) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    let rest = if size.is_multiple_of(60) { String::new() } else { format!(":{:02}", size % 60) };
    Ok(format!("{sign}{:02}:{:02}{rest}", size / 3600, size / 60 % 60))
}

/// `1 day, 0:00:02`
fn duration(args: &[Value]) -> Option<String> {
    let numbers: Vec<_> = args.iter().filter_map(Value::as_int).collect();
    let &[days, seconds, micros] = numbers.as_slice() else { return None };
    let days = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        _ => format!("{days} days, "),
    };
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    Some(format!("{days}{}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60))
}

fn four_numbers(args: &[Value]) -> Option<String> {
    let number = u32::try_from(args.first()?.as_int()?).ok()?;
    Some(number.to_be_bytes().map(|part| part.to_string()).join("."))
}

/// `00000000-0000-0000-0000-000000000007`, from the number it is pickled as.
fn uuid(object: &Inert) -> Option<String> {
    let number = match object.attributes.get_name("int")? {
        Value::Int(number) => u128::try_from(number).ok()?,
        Value::BigInt(number) => number.to_string().parse().ok()?,
        _ => return None,
    };
    let digits = format!("{number:032x}");
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    Some([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
}
