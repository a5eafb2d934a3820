//! A page of help: what is deeper belongs to what stands before it, as in the docstrings that pages are read from.

use super::page::{MOST, ORANGE, escape, faint, preformatted};
use torchsh_language::value::report::manual::{Kind, Line, Manual, Style, Words};

/// Levels within others that are told apart.
const DEEPEST: usize = 12;

/// Words of a head at most.
const WORDS: usize = 3;

/// Heads of lists of names, each with what it means.
const NAMES: &[&str] = &[
    "args",
    "arguments",
    "keyword args",
    "keyword arguments",
    "parameters",
    "attributes",
    "variables",
    "raises",
];

/// The page as HTML.
#[must_use]
pub fn manual(page: &Manual) -> String {
    let html = format!("<div style=\"max-width:900px;overflow-x:auto\">{}</div>", blocks(&page.lines, 0));
    if html.len() < MOST { html } else { preformatted(&page.plain()) }
}

/// Lines as paragraphs, lists, programs, notes.
fn blocks(lines: &[Line], depth: usize) -> String {
    let mut out = String::new();
    let mut rest = lines;
    while let Some((line, below)) = rest.split_first() {
        let length = match line.kind {
            _ if line.is_empty() => 1,
            Kind::Code | Kind::Formula | Kind::Row => run(rest, line.kind),
            Kind::Note => 1 + deeper(below, line.indent),
            Kind::Text if depth < DEEPEST => text_length(line, below),
            Kind::Text => rest.len(),
        };
        let (block, after) = rest.split_at_checked(length.max(1)).unwrap_or((rest, &[]));
        rest = after;
        match line.kind {
            _ if line.is_empty() => {}
            Kind::Code => out.push_str(&code(block)),
            Kind::Formula => out.push_str(&formula(block)),
            Kind::Row => out.push_str(&table(block)),
            Kind::Note => out.push_str(&note(line, block.get(1..).unwrap_or_default(), depth)),
            Kind::Text => match item(line) {
                Some(_) if depth < DEEPEST => {
                    let (items, after) = list(line, block, rest, depth);
                    out.push_str(&items);
                    rest = after;
                }
                _ => out.push_str(&text(line, block, depth)),
            },
        }
    }
    out
}

/// The lines from here on that are of a kind, empty ones between them too.
fn run(lines: &[Line], kind: Kind) -> usize {
    let length = lines.iter().take_while(|line| line.kind == kind || line.is_empty()).count();
    length - lines.iter().take(length).rev().take_while(|line| line.is_empty()).count()
}

/// The lines from here on that are indented deeper, empty ones between them too.
fn deeper(lines: &[Line], indent: usize) -> usize {
    let length = lines.iter().take_while(|line| line.is_empty() || line.indent > indent).count();
    length - lines.iter().take(length).rev().take_while(|line| line.is_empty()).count()
}

/// What a text line has below it: all that is deeper under a head or an item, otherwise the rest of its paragraph.
fn text_length(line: &Line, below: &[Line]) -> usize {
    if item(line).is_some() || is_head(line) {
        return 1 + deeper(below, line.indent);
    }
    let goes_on = |next: &&Line| next.kind == Kind::Text && !next.is_empty() && item(next).is_none();
    let length = below.iter().take_while(goes_on).count();
    // A head ends the paragraph before it.
    let head = below.iter().take(length).position(|next| is_head(next) && next.indent <= line.indent);
    1 + head.unwrap_or(length)
}

/// Whether a line stands above what it is about: `Args:`, `Inputs: input, (h_0, c_0)`.
fn is_head(line: &Line) -> bool {
    let said = line.said();
    let first = said.split(':').next().unwrap_or_default();
    let is_short = first.starts_with(char::is_uppercase) && first.split(' ').count() <= WORDS;
    said.ends_with(':') && is_short
        || said.contains(':') && matches!(first, "Inputs" | "Outputs" | "Shape" | "Returns")
}

/// The length of an item's mark: `- `, `* `, `1. `.
fn item(line: &Line) -> Option<usize> {
    let said = line.words.first().map(|words| words.text.as_str()).unwrap_or_default();
    let digits = said.chars().take_while(char::is_ascii_digit).count();
    match said.get(digits..)? {
        rest if digits > 0 && digits < 3 && (rest.starts_with(". ") || rest.starts_with(") ")) => {
            Some(digits + 2)
        }
        rest if digits == 0 && ["- ", "* ", "• ", "+ "].iter().any(|mark| rest.starts_with(mark)) => {
            rest.find(' ').map(|at| at + 1)
        }
        _ => None,
    }
}

/// The items from here on as a list; what follows them.
fn list<'a>(first: &Line, block: &[Line], rest: &'a [Line], depth: usize) -> (String, &'a [Line]) {
    let is_counted = starts_with_digit(first);
    let tag = if is_counted { "ol" } else { "ul" };
    let mut out = format!("<{tag}>{}", list_item(block, depth));
    let mut rest = rest;
    loop {
        let gap = rest.iter().take_while(|line| line.is_empty()).count();
        let Some((line, below)) = rest.get(gap..).and_then(<[Line]>::split_first) else { break };
        let is_next = line.kind == Kind::Text
            && line.indent == first.indent
            && item(line).is_some()
            && starts_with_digit(line) == is_counted;
        if !is_next {
            break;
        }
        let length = 1 + deeper(below, line.indent);
        let (block, after) = rest.split_at_checked(gap + length).unwrap_or((rest, &[]));
        out.push_str(&list_item(block.get(gap..).unwrap_or_default(), depth));
        rest = after;
    }
    (format!("{out}</{tag}>"), rest)
}

fn starts_with_digit(line: &Line) -> bool {
    line.said().starts_with(|c: char| c.is_ascii_digit())
}

fn list_item(block: &[Line], depth: usize) -> String {
    let Some((line, below)) = block.split_first() else { return String::new() };
    let mark = item(line).unwrap_or(0);
    format!("<li>{}</li>", body(without(line, mark), below, depth))
}

/// A line without so many bytes at its beginning.
fn without(line: &Line, bytes: usize) -> Line {
    let mut line = line.clone();
    if let Some(first) = line.words.first_mut() {
        first.text = first.text.get(bytes..).unwrap_or_default().trim_start().to_owned();
    }
    line.words.retain(|words| !words.text.is_empty());
    line
}

/// A first line, its paragraph, and the blocks below that.
fn body(first: Line, below: &[Line], depth: usize) -> String {
    let goes_on = |next: &&Line| next.kind == Kind::Text && !next.is_empty() && item(next).is_none();
    let length = below.iter().take_while(goes_on).count();
    let (paragraph, rest) = below.split_at_checked(length).unwrap_or((below, &[]));
    let lines: Vec<&Line> =
        std::iter::once(&first).chain(paragraph).filter(|line| !line.is_empty()).collect();
    let rest = blocks(rest, depth + 1);
    if rest.is_empty() { joined(&lines) } else { format!("<p>{}</p>{rest}", joined(&lines)) }
}

/// A paragraph, or a head with what is below it.
fn text(line: &Line, block: &[Line], depth: usize) -> String {
    let below = block.get(1..).unwrap_or_default();
    if !is_head(line) || below.is_empty() || depth >= DEEPEST {
        let style = if line.indent > 0 && depth == 0 { " style=\"margin-left:24px\"" } else { "" };
        return format!("<p{style}>{}</p>", joined(&block.iter().collect::<Vec<_>>()));
    }
    let said = line.said();
    let inside = match NAMES.contains(&said.trim_end_matches(':').to_lowercase().as_str()) {
        true => names(below, depth),
        false => blocks(below, depth + 1),
    };
    format!(
        "<div style=\"padding:4px 0\"><b>{}</b></div><div style=\"padding:0 0 8px 24px\">{inside}</div>",
        escape(&said)
    )
}

/// `name (type): what it means` for each line that is not deeper than the first.
fn names(lines: &[Line], depth: usize) -> String {
    let indent = least_indent(lines);
    let mut out = String::new();
    let mut rest = lines;
    while let Some((line, below)) = rest.split_first() {
        let length = if line.is_empty() { 1 } else { 1 + deeper(below, indent) };
        let (block, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        rest = after;
        if !line.is_empty() {
            out.push_str(&named(line, block.get(1..).unwrap_or_default(), depth));
        }
    }
    out
}

/// A name, its type, and below it what it means.
fn named(line: &Line, below: &[Line], depth: usize) -> String {
    let first = line.words.first().map(|words| words.text.as_str()).unwrap_or_default();
    let (name, says) = match first.split_once(':') {
        Some((name, _)) => (name, body(without(line, name.len() + 1), below, depth)),
        None => return format!("<div style=\"padding:2px 0\">{}</div>", body(line.clone(), below, depth)),
    };
    let (name, kind) = name.split_at_checked(name.find(" (").unwrap_or(name.len())).unwrap_or((name, ""));
    let head = format!("<code>{}</code>{}", escape(name.trim()), faint(&escape(kind)));
    format!("<div style=\"padding:2px 0\">{head}<div style=\"margin-left:24px\">{says}</div></div>")
}

/// A note in a frame.
fn note(head: &Line, below: &[Line], depth: usize) -> String {
    let said = head.words.first().map(|words| words.text.as_str()).unwrap_or_default();
    let (name, _) = said.split_once(':').unwrap_or((said, ""));
    let inside = body(without(head, name.len() + 1), below, depth);
    format!(
        "<div style=\"padding:4px 0\"><div style=\"border:1px solid {ORANGE};border-radius:4px;padding:4px 10px\"><b>{}</b> {inside}</div></div>",
        escape(name)
    )
}

fn code(lines: &[Line]) -> String {
    let (text, margin) = flush_left(lines);
    let left = if margin > 0 { 24 } else { 0 };
    format!("<pre style=\"padding:0 0 8px {left}px;white-space:pre-wrap\">{text}</pre>")
}

fn formula(lines: &[Line]) -> String {
    let (text, _) = flush_left(lines);
    format!("<pre style=\"padding:4px 0 8px 24px;white-space:pre-wrap\"><i>{text}</i></pre>")
}

/// Lines as they stand, escaped, without the indentation that all have; and that indentation.
fn flush_left(lines: &[Line]) -> (String, usize) {
    let margin = least_indent(lines);
    let lines: Vec<String> =
        lines.iter().map(|line| line.text().get(margin..).unwrap_or_default().to_owned()).collect();
    (escape(&lines.join("\n")), margin)
}

/// The indentation of the lines that stand farthest left.
fn least_indent(lines: &[Line]) -> usize {
    lines.iter().filter(|line| !line.is_empty()).map(|line| line.indent).min().unwrap_or(0)
}

/// The lines of a table: its head stands above a second border.
fn table(lines: &[Line]) -> String {
    let is_border = |line: &&Line| line.said().starts_with("==");
    let borders = lines.iter().filter(is_border).count();
    let mut is_head = borders > 2;
    let mut out = "<table style=\"border-collapse:collapse\">".to_owned();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        if is_border(&line) {
            is_head &= at == 0;
            continue;
        }
        let tag = if is_head { "th" } else { "td" };
        let cells: String = cells(&line.words)
            .iter()
            .map(|cell| format!("<{tag} style=\"text-align:left\">{}</{tag}>", styled(cell)))
            .collect();
        out.push_str(&format!("<tr>{cells}</tr>"));
    }
    out + "</table>"
}

/// A row cut where two spaces stand.
fn cells(words: &[Words]) -> Vec<Vec<Words>> {
    let mut cells: Vec<Vec<Words>> = vec![Vec::new()];
    for words in words {
        let mut parts = words.text.split("  ");
        let piece = |text: &str| Words { text: text.trim().to_owned(), style: words.style.clone() };
        if let (Some(part), Some(cell)) = (parts.next(), cells.last_mut()) {
            cell.push(Words { text: part.to_owned(), style: words.style.clone() });
        }
        cells.extend(parts.map(|part| vec![piece(part)]));
    }
    let is_said = |cell: &Vec<Words>| cell.iter().any(|words| !words.text.trim().is_empty());
    cells.into_iter().filter(is_said).collect()
}

/// Lines as one.
fn joined(lines: &[&Line]) -> String {
    lines.iter().map(|line| styled(&line.words)).collect::<Vec<_>>().join(" ")
}

fn styled(words: &[Words]) -> String {
    words
        .iter()
        .map(|words| {
            let text = escape(&words.text);
            match &words.style {
                Style::Plain => text,
                Style::Code => format!("<code>{text}</code>"),
                Style::Formula => format!("<i>{text}</i>"),
                Style::Strong => format!("<b>{text}</b>"),
                Style::Link(to) => format!("<a href=\"{}\">{text}</a>", escape(to)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::manual;
    use torchsh_language::value::report::docstring;
    use torchsh_language::value::report::manual::Manual;

    #[test]
    fn docstrings_become_pages() {
        let text = "Joins `a`\nand b.\n\n.. math:: a^2\n\nArgs:\n    a (int, optional): one\n        more\n    b: two\n\nShape:\n    - Input: :math:`(N)`\n      goes on\n\n    - Output: **b**\n\n.. note:: See `it <https://a.example/?b&c>`_.\n\n1. one\n2. two\n\nExample::\n\n    >>> f(1) < 2\n\n=== ===\na   b\n=== ===\n1   2\n=== ===\n";
        let page = manual(&Manual::code("f(a, b)").then(docstring::read(text)));
        for wanted in [
            ">f(a, b)</pre><p>Joins <code>a</code> and b.</p>",
            "<i>a²</i></pre>",
            "<b>Args:</b>",
            "<code>a</code><span style=\"opacity:0.65\"> (int, optional)</span><div style=\"margin-left:24px\">one more</div>",
            "<ul><li>Input: <i>(N)</i> goes on</li><li>Output: <b>b</b></li></ul>",
            "<b>Note</b> See <a href=\"https://a.example/?b&amp;c\">it</a>.",
            "<ol><li>one</li><li>two</li></ol>",
            ">&gt;&gt;&gt; f(1) &lt; 2</pre>",
            "<th style=\"text-align:left\">a</th>",
            "<td style=\"text-align:left\">2</td>",
        ] {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
    }

    #[test]
    fn odd_pages_end() {
        let deep: String = (0..500).map(|depth| format!("{}- a\n", " ".repeat(depth))).collect();
        for odd in [
            deep.as_str(),
            "- \n-",
            "Args:\n",
            "Args:\n  :",
            ".. note::\n\n    \n",
            "1. \n  2. ",
            "== ==\n",
            &"Args:\n  a: b\n\n".repeat(30_000),
        ] {
            assert!(manual(&docstring::read(odd)).len() < super::MOST, "{}", odd.len());
        }
    }
}
