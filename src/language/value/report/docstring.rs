//! PyTorch's docstrings for the terminal: reStructuredText without its marks, formulas in Unicode.

use super::math;

/// Directives whose block is text like any other: their name stays as its head.
const NOTES: &[&str] = &["note", "warning", "tip", "seealso", "important", "deprecated", "versionadded"];
/// Directives whose block says nothing in plain text.
const UNSEEN: &[&str] = &["image", "figure", "include", "plot", "autosummary", "currentmodule", "_"];

/// The docstring as plain text.
#[must_use]
pub fn plain(docstring: &str) -> String {
    let text = without_roles(&dedented(docstring));
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        let Some((name, rest)) = directive(bare) else {
            out.push(plain_line(line));
            continue;
        };
        let block = lines.get(at..).unwrap_or_default();
        let block = block.get(..block_length(block, indent)).unwrap_or_default();
        let margin = " ".repeat(indent);
        match name {
            "math" => {
                let formula =
                    std::iter::once(rest).chain(block.iter().copied()).collect::<Vec<_>>().join("\n");
                out.extend(math::unicode(&formula).lines().map(|line| format!("{margin}    {line}")));
                out.push(String::new());
                at += block.len();
            }
            name if UNSEEN.iter().any(|unseen| name.starts_with(unseen)) => at += block.len(),
            name if NOTES.contains(&name) => {
                out.push(format!("{margin}{name}: {rest}").trim_end().to_owned())
            }
            _ => {}
        }
    }
    without_gaps(&out)
}

/// `.. name:: rest`; a target of links counts as one named `_`.
fn directive(line: &str) -> Option<(&str, &str)> {
    let after = line.strip_prefix(".. ")?;
    if after.starts_with('_') {
        return Some(("_", ""));
    }
    let (name, rest) = after.split_once("::")?;
    Some((name.trim(), rest.trim()))
}

/// The lines that are indented deeper, with the empty ones among them.
fn block_length(lines: &[&str], indent: usize) -> usize {
    let deeper = |line: &&&str| line.trim().is_empty() || line.len() - line.trim_start().len() > indent;
    let length = lines.iter().take_while(deeper).count();
    let tail = lines.iter().take(length).rev().take_while(|line| line.trim().is_empty()).count();
    length - tail
}

fn plain_line(line: &str) -> String {
    let line = line.trim_end();
    if line.trim_start().starts_with(">>>") {
        return line.to_owned();
    }
    let line = line.strip_suffix("::").map_or_else(|| line.to_owned(), |head| format!("{head}:"));
    line.replace("\\*", "*").replace("\\_", "_")
}

fn without_gaps(lines: &[String]) -> String {
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        if line.trim() == "Note:" && is_bare(line, lines.get(at + 1..).unwrap_or_default()) {
            continue;
        }
        if !(line.is_empty() && (out.is_empty() || out.ends_with("\n\n"))) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

/// Whether nothing stands under a head: what stood there was left out.
fn is_bare(head: &str, rest: &[String]) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    rest.iter().find(|line| !line.trim().is_empty()).is_none_or(|next| indent(next) <= indent(head))
}

/// Without the indentation that all lines but the first have.
fn dedented(text: &str) -> String {
    let text = text.replace('\t', "        ");
    let rest = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let margin = rest().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().trim_start().to_owned();
    let others = lines.map(|line| line.get(margin..).unwrap_or_default().to_owned());
    std::iter::once(first).chain(others).collect::<Vec<_>>().join("\n")
}

/// Text between backquotes, without them and without what stands before: `:class:`, `:math:`.
fn without_roles(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let marks = if rest.starts_with("``") { "``" } else { "`" };
        let inside = rest.get(marks.len()..).unwrap_or_default();
        let Some(end) = inside.find(marks) else { break };
        let content = inside.get(..end).unwrap_or_default();
        rest = inside.get(end + marks.len()..).unwrap_or_default();
        match (marks, take_role(&mut out)) {
            ("``", _) => out.push_str(content),
            (_, Some(role)) if role == "math" => out.push_str(&math::unicode(content).replace('\n', " ")),
            _ => {
                out.push_str(shown(content));
                rest = rest.strip_prefix("__").or_else(|| rest.strip_prefix('_')).unwrap_or(rest);
            }
        }
    }
    out.push_str(rest);
    out
}

/// Takes `:role:` from the end of what was written.
fn take_role(out: &mut String) -> Option<String> {
    let before = out.strip_suffix(':')?;
    let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '_' || c == '-'));
    let start = start
        .map_or(0, |at| at + before.get(at..).and_then(|tail| tail.chars().next()).map_or(1, char::len_utf8));
    let role = before.get(start..)?.strip_prefix(':')?.to_owned();
    out.truncate(start);
    Some(role)
}

/// What a link shows: `text <target>` its text, `~torch.nn.Linear` the last of its names.
fn shown(content: &str) -> &str {
    let content = content.split_once(" <").map_or(content, |(text, _)| text);
    let content =
        content.split_once('<').filter(|(text, _)| !text.is_empty()).map_or(content, |(text, _)| text);
    match content.strip_prefix('~') {
        Some(path) => path.rsplit('.').next().unwrap_or(path),
        None => content.trim_start_matches('!'),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn marks_go_and_text_stays() {
        let text = r"Applies :math:`y = xA^T + b` to :class:`~torch.nn.Linear`.

    .. math::
        \text{out} = \frac{1}{N}

    .. note::
        See `this paper <https://a.example>`_, ``x``.

    Args:
        \*args: rest

    Examples::

        >>> m = nn.Linear(20, 30)

    .. _this paper:
        https://a.example
    ";
        let expected = "Applies y = xAᵀ + b to Linear.\n\n    out = 1/N\n\nnote:\n    See this paper, x.\n\nArgs:\n    *args: rest\n\nExamples:\n\n    >>> m = nn.Linear(20, 30)";
        assert_eq!(plain(text), expected);
        for odd in ["`", "``", ":math:`", "a:`b`", "é:x:`y`", ".. math::", ".. ::"] {
            let _ = plain(odd);
        }
    }
}
