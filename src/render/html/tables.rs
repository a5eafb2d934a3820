//! Answers that are tables.

use super::page::{
    BLUE, GREEN, ORANGE, Page, RED, TABLE_END, badge, bar, dtype_badge, escape, faint, key, table_head,
    table_row,
};
use crate::fold;
use torchsh_language::value::report::{Head, Row, Totals, What, shape_text, size};

/// Rows up to which repeats stand each for themselves.
const FOLDS: usize = 200;

/// The entries of a state_dict, in their order.
pub fn entries(rows: &[Row]) -> String {
    let totals = Totals::of(rows);
    let folded = (rows.len() > FOLDS).then(|| fold::fold(rows));
    let mut page = Page::new();
    page.push(&table_head(&[
        ("key", false),
        ("shape", false),
        ("dtype", false),
        ("device", false),
        ("size", true),
        ("share", false),
    ]));
    for row in folded.as_deref().unwrap_or(rows) {
        page.line(&entry(row, totals.bytes.max(1)));
    }
    page.push(TABLE_END);
    page.push(&foot(&totals.line()));
    page.end("page shows all, find m \"*.weight\" a part")
}

/// What is said below a table.
pub fn foot(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<div>{}</div>", faint(&escape(text))) }
}

/// A key, with how many it stands for.
pub fn counted_key(name: &str, count: usize) -> String {
    let times =
        if count > 1 { format!(" {}", badge(&format!("×{count}"), "#767676")) } else { String::new() };
    key(name) + &times
}

fn entry(row: &Row, all: u64) -> String {
    let name = counted_key(&row.key, row.count);
    match &row.what {
        What::Tensor(facts) => table_row(&[
            (name, false),
            (escape(&shape_text(&facts.shape)), false),
            (dtype_badge(&facts.dtype), false),
            (faint(&escape(&facts.device)), false),
            (escape(&size::bytes(row.bytes())), true),
            (bar(row.bytes() as f64 / all as f64, BLUE), false),
        ]),
        What::Other(kind, text) => {
            let text: String = text.chars().take(200).collect();
            table_row(&[(name, false), (escape(&text), false), (badge(kind, "#767676"), false)])
        }
    }
}

/// Lines under heads; words that say how sure something is have a colour.
pub fn table(heads: &[Head], lines: &[Vec<String>], said: &str) -> String {
    let names: Vec<(&str, bool)> = heads.iter().map(|head| (head.name, head.amount)).collect();
    let mut page = Page::new();
    if !lines.is_empty() {
        page.push(&table_head(&names));
        for line in lines {
            let cells: Vec<(String, bool)> =
                line.iter().zip(&names).map(|(cell, (head, right))| (marked(head, cell), *right)).collect();
            page.line(&table_row(&cells));
        }
        page.push(TABLE_END);
    }
    page.push(&foot(said));
    page.end("page shows all")
}

/// A cell; in a table of pairs, how the pair was found is a badge.
fn marked(head: &str, cell: &str) -> String {
    match (head, cell) {
        ("key" | "counterpart" | "keys", cell) if !cell.contains(", ") => key(cell),
        ("how", cell) if cell == "nothing like it" || cell.starts_with('[') => badge(cell, RED),
        ("how", cell) if cell.contains('?') || cell.contains("guess") || cell.contains("place") => {
            badge(cell, ORANGE)
        }
        ("how", cell) if !cell.is_empty() => badge(cell, GREEN),
        (_, cell) => escape(cell),
    }
}

/// One thing a line.
pub fn lines(lines: &[String]) -> String {
    let mut page = Page::new();
    page.push("<div style=\"max-height:640px;overflow:auto\">");
    for line in lines {
        page.line(&format!("<div>{}</div>", key(line)));
    }
    page.push("</div>");
    page.push(&foot(&size::counted(lines.len(), "line")));
    page.end("page shows all")
}
