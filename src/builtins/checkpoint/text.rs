//! What well-known classes of Python show of themselves, from what they are pickled as.

use torchsh_base::error::Result;
use torchsh_language::value::{Value, Vm};

/// `PosixPath('/a/b')`
///
/// # Errors
/// Those of a `__repr__`.
pub fn path(vm: &dyn Vm, class: &str, args: &[Value]) -> Result<String> {
    // Windows' are shown with the other's slashes.
    let path = joined(class, args).replace(if is_windows(class) { '\\' } else { '/' }, "/");
    Ok(format!("{class}({})", vm.repr(&Value::str(path))?))
}

fn is_windows(class: &str) -> bool {
    class.contains("Windows")
}

/// A path from the parts it is pickled as.
fn joined(class: &str, args: &[Value]) -> String {
    let (mut path, separator) = (String::new(), if is_windows(class) { '\\' } else { '/' });
    for part in args.iter().filter_map(Value::as_str) {
        if !path.is_empty() && !path.ends_with(separator) {
            path.push(separator);
        }
        path.push_str(part.as_str());
    }
    if path.is_empty() { ".".to_owned() } else { path }
}

/// What `str` gives of such an object, where that is not its repr.
#[must_use]
pub fn plain(module: &str, name: &str, args: &[Value]) -> Option<String> {
    match (module, name, args.first()) {
        ("pathlib" | "pathlib._local", _, _) => Some(joined(name, args)),
        ("datetime", "date", Some(Value::Bytes(bytes))) => match bytes.as_slice() {
            &[y1, y2, month, day] => Some(format!("{:04}-{month:02}-{day:02}", year(y1, y2))),
            _ => None,
        },
        ("datetime", "datetime", Some(Value::Bytes(bytes))) => match bytes.as_slice() {
            &[y1, y2, month, day, h, m, s, u1, u2, u3] => {
                let micros = fraction([u1, u2, u3]);
                let month = month & 0x7f;
                Some(format!("{:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02}{micros}", year(y1, y2)))
            }
            _ => None,
        },
        ("datetime", "time", Some(Value::Bytes(bytes))) => match bytes.as_slice() {
            &[h, m, s, u1, u2, u3] => {
                let h = h & 0x7f;
                Some(format!("{h:02}:{m:02}:{s:02}{}", fraction([u1, u2, u3])))
            }
            _ => None,
        },
        _ => None,
    }
}

/// `.000010`; nothing for none.
fn fraction(micros: [u8; 3]) -> String {
    let [a, b, c] = micros.map(u32::from);
    match a << 16 | b << 8 | c {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    }
}

/// `datetime.datetime(2024, 5, 17, 12, 30)`, from the bytes it is pickled as.
#[must_use]
pub fn date(name: &str, args: &[Value]) -> Option<String> {
    if name == "timedelta" {
        let numbers: Vec<_> = args.iter().filter_map(Value::as_int).collect();
        let &[days, seconds, micros] = numbers.as_slice() else { return None };
        let parts = [("days", days), ("seconds", seconds), ("microseconds", micros)];
        let parts: Vec<_> =
            parts.iter().filter(|(_, n)| *n != 0).map(|(name, n)| format!("{name}={n}")).collect();
        let inside = if parts.is_empty() { "0".to_owned() } else { parts.join(", ") };
        return Some(format!("datetime.timedelta({inside})"));
    }
    let Some(Value::Bytes(bytes)) = args.first() else { return None };
    let numbers: Vec<u32> = match (name, bytes.as_slice()) {
        ("date", &[y1, y2, month, day]) => vec![year(y1, y2), month.into(), day.into()],
        ("datetime", &[y1, y2, month, day, h, m, s, u1, u2, u3]) => {
            let start = [year(y1, y2), (month & 0x7f).into(), day.into(), h.into(), m.into()];
            start.into_iter().chain(clock_end(s, [u1, u2, u3])).collect()
        }
        ("time", &[h, m, s, u1, u2, u3]) => {
            [(h & 0x7f).into(), m.into()].into_iter().chain(clock_end(s, [u1, u2, u3])).collect()
        }
        _ => return None,
    };
    let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
    Some(format!("datetime.{name}({})", numbers.join(", ")))
}

fn year(high: u8, low: u8) -> u32 {
    u32::from(high) * 256 + u32::from(low)
}

/// Seconds and microseconds, left out where Python's repr leaves them out.
fn clock_end(second: u8, micros: [u8; 3]) -> Vec<u32> {
    let [a, b, c] = micros.map(u32::from);
    match (u32::from(second), a << 16 | b << 8 | c) {
        (0, 0) => Vec::new(),
        (second, 0) => vec![second],
        (second, micros) => vec![second, micros],
    }
}
