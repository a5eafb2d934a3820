//! The Python of a `load_state_dict` that is told what to do with other shapes.

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
