//! The Python of `load(…)`, and of a `load_state_dict` that is told what to do with other shapes.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

/// The Python of a line, of its expressions and options as they are written; none where it asks for nothing of the kind.
pub(super) fn python(
    verb: &str,
    text: &str,
    written: &[String],
    options: &[(String, Expr)],
) -> Option<String> {
    let [given, model] = written else { return None };
    let value = |value: &Expr| text.get(value.range().start().to_usize()..value.range().end().to_usize());
    let is_on = |name: &str| options.iter().any(|(known, set)| known == name && value(set) != Some("False"));
    if verb != "load_state_dict" || !is_on("overlap") && !is_on("skip_mismatched") {
        return None;
    }
    let state = format!("for s in [{model}.state_dict()] for k, v in {given}.items()");
    if is_on("overlap") {
        let slices = |tensor: &str| format!("tuple(map(slice, {tensor}.shape))");
        return Some(format!("[s[k][{}].copy_(v[{}]) {state}]", slices("v"), slices("s[k]")));
    }
    let others = options.iter().filter(|(name, _)| !matches!(name.as_str(), "overlap" | "skip_mismatched"));
    let others: String =
        others.map(|(name, set)| format!(", {name}={}", value(set).unwrap_or_default())).collect();
    let fitting = format!("{{k: s[k] if k in s and v.shape != s[k].shape else v {state}}}");
    Some(format!("{model}.load_state_dict({fitting}{others})"))
}

/// The Python of `save`; none where it is more than a line: other formats, shards.
pub(super) fn of_save(text: &str, written: &[String], options: &[(String, Expr)]) -> Option<String> {
    let [given, path] = written else { return None };
    let bare = path.trim_end_matches(['"', '\'']);
    let is_named = |ending: &str| bare.ends_with(ending);
    if is_named(".safetensors") {
        let mut more = String::new();
        for (name, value) in options {
            let value = text.get(value.range().start().to_usize()..value.range().end().to_usize())?;
            match name.as_str() {
                "metadata" => more.push_str(&format!(", metadata={value}")),
                _ => return None,
            }
        }
        return Some(format!("safetensors.torch.save_file({given}, {path}{more})"));
    }
    if !options.is_empty() || [".gguf", ".npy", ".dcp"].into_iter().any(is_named) {
        return None;
    }
    Some(match is_named(".npz") {
        true => format!("np.savez({path}, **{{k: v.numpy() for k, v in {given}.items()}})"),
        false => format!("torch.save({given}, {path})"),
    })
}

/// A line with the Python of its first `load("x.pt", cuda)`: `torch.load("x.pt", map_location="cuda")`. None without one.
pub(super) fn of_load(line: &str) -> Option<String> {
    let is_own = |at: &usize| {
        let before = line.get(..*at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c == '.' || c == '_' || c == '"' || c == '\'' || c.is_alphanumeric())
    };
    let at = line.match_indices("load(").map(|(at, _)| at).find(is_own)?;
    let (arguments, end) = arguments(line.get(at + "load(".len()..)?)?;
    let (path, others) = arguments.split_first().filter(|(path, _)| !path.is_empty())?;
    let (mut device, mut more) = (None, String::new());
    for (place, argument) in others.iter().enumerate() {
        match argument.split_once('=') {
            Some((name, value)) if name.trim() == "device" => device = Some(value.trim()),
            None if place == 0 => device = Some(*argument),
            _ => more.push_str(&format!(", {argument}")),
        }
    }
    let device = device.map(|device| match device.trim_matches(['"', '\'']) {
        "auto" => "\"cuda\" if torch.cuda.is_available() else \"cpu\"".to_owned(),
        known @ ("cpu" | "cuda") => format!("\"{known}\""),
        _ => device.to_owned(),
    });
    let is_named = |ending: &str| path.trim_end_matches(['"', '\'']).ends_with(ending);
    let (function, keyword) = match () {
        () if is_named(".safetensors") => ("safetensors.torch.load_file", "device"),
        () if is_named(".npz") || is_named(".npy") => ("np.load", ""),
        () => ("torch.load", "map_location"),
    };
    let device = device.filter(|_| !keyword.is_empty());
    let device = device.map(|device| format!(", {keyword}={device}")).unwrap_or_default();
    let (before, after) = (line.get(..at)?, line.get(at + "load(".len() + end..)?);
    Some(format!("{before}{function}({path}{device}{more}){after}"))
}

/// The arguments of a call, of what stands behind its bracket, and where the bracket closes.
fn arguments(text: &str) -> Option<(Vec<&str>, usize)> {
    let (mut found, mut start, mut depth, mut quote, mut escaped) = (Vec::new(), 0, 0usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')') if depth == 0 => {
                found.push(text.get(start..at)?.trim());
                return Some((found, at + 1));
            }
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                found.push(text.get(start..at)?.trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::of_load;

    #[test]
    fn opening_a_file_has_its_python_too() {
        for (line, python) in [
            ("load(\"x.pt\")", "torch.load(\"x.pt\")"),
            ("p = load(\"x.pt\", cuda)", "p = torch.load(\"x.pt\", map_location=\"cuda\")"),
            (
                "load('a,(b.safetensors', device=\"cpu\")",
                "safetensors.torch.load_file('a,(b.safetensors', device=\"cpu\")",
            ),
            ("load(f(1, 2), mmap=False)[\"w\"]", "torch.load(f(1, 2), mmap=False)[\"w\"]"),
            ("load(\"x.npz\")", "np.load(\"x.npz\")"),
        ] {
            assert_eq!(of_load(line).as_deref(), Some(python), "{line}");
        }
        for line in ["torch.load(\"x.pt\")", "load()", "reload(x)", "load(\"x.pt\""] {
            assert_eq!(of_load(line), None, "{line}");
        }
    }
}
