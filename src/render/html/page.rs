//! What pages are made of. Colours are of middle lightness, so that they can be read on white and on black; grounds are
//! transparent greys. Tags, attributes and styles are those that JupyterLab keeps in a notebook that nobody trusts.

use std::fmt::Write;

use crate::sanitize::sanitize_lines;
use torchsh_language::value::report::size;

/// Bytes of one output: more makes a notebook slow to open.
pub const MOST: usize = 1_000_000;

/// Of them kept for what closes a page.
const RESERVE: usize = 20_000;

/// Blue, the colour of bars.
pub const BLUE: &str = "#3b7dd8";
/// Red, of what is suspicious.
pub const RED: &str = "#d64545";
/// Green, of what was added.
pub const GREEN: &str = "#2e8b57";
/// Orange, of what was changed.
pub const ORANGE: &str = "#b8651b";

/// Letters of one width; a page that is too wide scrolls for itself.
const PAGE: &str = "font-family:monospace;font-size:13px;line-height:1.5;max-width:1100px;overflow-x:auto";

/// A page in the making.
pub struct Page {
    out: String,
    left_out: usize,
}

impl Page {
    /// An empty page.
    pub fn new() -> Self {
        Page { out: format!("<div style=\"{PAGE}\">"), left_out: 0 }
    }

    /// Adds what the page cannot be without: what opens and closes.
    pub fn push(&mut self, html: &str) {
        self.out.push_str(html);
    }

    /// Adds a line where there is room; without, it is counted.
    pub fn line(&mut self, html: &str) -> bool {
        let fits = self.has_room(html.len());
        if fits {
            self.out.push_str(html);
        } else {
            self.left_out += 1;
        }
        fits
    }

    /// Whether so many bytes fit in.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.left_out == 0 && self.out.len() + bytes < MOST - RESERVE
    }

    /// Counts lines that have no room.
    pub fn leave_out(&mut self, lines: usize) {
        self.left_out += lines;
    }

    /// The page; `how` says how the rest is seen where it is not whole.
    pub fn end(mut self, how: &str) -> String {
        if self.left_out > 0 {
            let lines = size::counted(self.left_out, "more line");
            let _ = write!(self.out, "<div style=\"color:{ORANGE}\">… {lines}: {}</div>", escape(how));
        }
        self.out.push_str("</div>");
        self.out
    }
}

/// Text as it stands between tags and in attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let text = sanitize_lines(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text as it is, in letters of one width.
#[must_use]
pub fn preformatted(text: &str) -> String {
    let text = escape(text);
    let (shown, cut) = match text.char_indices().take_while(|(at, _)| *at < MOST - RESERVE).last() {
        Some((at, c)) if at + c.len_utf8() < text.len() => (text.get(..at).unwrap_or_default(), true),
        _ => (text.as_str(), false),
    };
    // An escaped character is not cut in two.
    let shown = match shown.rfind('&') {
        Some(at) if cut && !shown.get(at..).is_some_and(|end| end.contains(';')) => {
            shown.get(..at).unwrap_or_default()
        }
        _ => shown,
    };
    let more = if cut { "\n… page shows all" } else { "" };
    format!("<pre style=\"margin:0;white-space:pre-wrap\">{shown}{more}</pre>")
}

/// What is said by the way; already HTML.
pub fn faint(html: &str) -> String {
    format!("<span style=\"opacity:0.65\">{html}</span>")
}

/// Text in a colour.
pub fn coloured(text: &str, colour: &str) -> String {
    format!("<span style=\"color:{colour}\">{}</span>", escape(text))
}

/// A word in a frame.
pub fn badge(text: &str, colour: &str) -> String {
    format!(
        "<span style=\"color:{colour};border:1px solid {colour};border-radius:4px;padding:0 4px;font-size:11px\">{}</span>",
        escape(text)
    )
}

/// A dtype, each family in its colour.
pub fn dtype_badge(name: &str) -> String {
    let colour = match name {
        "float32" => BLUE,
        "float16" => "#1a8a8a",
        "bfloat16" => GREEN,
        "float64" => "#6a6ad8",
        name if name.starts_with("float") => "#9b59d0",
        name if name.starts_with('q') => "#9b59d0",
        "bool" => "#767676",
        _ => ORANGE,
    };
    badge(name, colour)
}

/// A bar for a share of all, from 0 to 1.
pub fn bar(share: f64, colour: &str) -> String {
    let width = (share.clamp(0.0, 1.0) * 80.0).round();
    let filled = if share > 0.0 { width.max(1.0) } else { 0.0 };
    format!(
        "<span style=\"display:inline-block;width:80px;height:9px;background-color:rgba(128,128,128,0.2)\">\
         <span style=\"display:block;height:9px;width:{filled}px;background-color:{colour}\"></span></span>"
    )
}

/// A picture in the page.
pub fn image(data: &str, width: usize, height: usize, says: &str) -> String {
    format!(
        "<img src=\"data:image/png;base64,{data}\" width=\"{width}\" height=\"{height}\" alt=\"{}\" style=\"vertical-align:middle\">",
        escape(says)
    )
}

/// The beginning of a table, with its heads: each with whether its cells stand at the right.
pub fn table_head(heads: &[(&str, bool)]) -> String {
    let mut out = "<div style=\"max-height:640px;overflow:auto\"><table style=\"border-collapse:collapse;margin:0\"><thead><tr>".to_owned();
    for (name, is_right) in heads {
        let align = if *is_right { "right" } else { "left" };
        let _ = write!(
            out,
            "<th style=\"text-align:{align};padding:1px 10px 1px 0;opacity:0.65;font-weight:normal\">{}</th>",
            escape(name)
        );
    }
    out + "</tr></thead><tbody>"
}

/// The end of a table.
pub const TABLE_END: &str = "</tbody></table></div>";

/// A row of cells that are HTML already; with whether each stands at the right.
pub fn table_row(cells: &[(String, bool)]) -> String {
    let mut out = "<tr>".to_owned();
    for (cell, is_right) in cells {
        let align = if *is_right { "right" } else { "left" };
        let _ = write!(
            out,
            "<td style=\"text-align:{align};padding:1px 10px 1px 0;white-space:pre\">{cell}</td>"
        );
    }
    out + "</tr>"
}

/// A key that can be selected and pasted: what it begins with is faint.
pub fn key(whole: &str) -> String {
    if whole.is_empty() {
        return "\"\"".to_owned();
    }
    let (before, last) = match whole.rsplit_once('.') {
        Some((before, last)) => (format!("{before}."), last),
        None => (String::new(), whole),
    };
    let before = if before.is_empty() { before } else { faint(&escape(&before)) };
    format!("{before}{}", escape(last))
}
