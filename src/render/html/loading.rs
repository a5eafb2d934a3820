//! What does not fit between a state_dict and a model: missing, unexpected and mismatched side by side, and the line that mends it.

use super::page::{GREEN, ORANGE, Page, RED, TABLE_END, coloured, escape, faint, key, table_head, table_row};
use super::tables::counted_key;
use crate::findings::{Finding, fold_findings};
use torchsh_language::value::report::refusal::{KeysRefused, Misfit};
use torchsh_language::value::report::{Cell, Findings, size};

/// Keys of a kind up to which repeats stand each for themselves.
const FOLDS: usize = 40;

/// The kinds that stand side by side: what a line calls them, their noun, their colour, and what they mean.
const KINDS: [(&str, &str, &str, &str); 3] = [
    ("missing", "missing key", RED, "the model has it, the file does not"),
    ("unexpected", "unexpected key", ORANGE, "the file has it, the model does not"),
    ("shape", "other shape", RED, "file and model"),
];

/// What does not fit: for each kind the keys, with what they are on either side.
#[derive(Clone, Debug, Default)]
pub struct Loading {
    kinds: [Vec<Finding>; 3],
}

impl Loading {
    /// What was left out: keys that the model has alone, and keys that only the file has.
    #[must_use]
    pub fn of_keys(missing: &[String], unexpected: &[String]) -> Self {
        let keys = |keys: &[String]| keys.iter().map(|key| found(key, Vec::new())).collect();
        Loading { kinds: [keys(missing), keys(unexpected), Vec::new()] }
    }

    /// What was refused.
    #[must_use]
    pub fn of_refused(refused: &KeysRefused) -> Self {
        let shapes = |misfit: &Misfit| {
            let sides = [&misfit.given, &misfit.own].map(|shape| Cell::Shape(shape.clone()));
            found(&misfit.key, sides.to_vec())
        };
        let keys = if refused.strict {
            Self::of_keys(&refused.missing, &refused.unexpected)
        } else {
            Self::default()
        };
        let [missing, unexpected, _] = keys.kinds;
        Loading { kinds: [missing, unexpected, refused.misfits.iter().map(shapes).collect()] }
    }

    /// What `check` found.
    fn of_findings(findings: &Findings) -> Self {
        let misfit = |line: &Vec<Cell>| {
            let sides = line.iter().skip(2).take(2).filter(|cell| **cell != Cell::None);
            found(&line.first().map(Cell::said).unwrap_or_default(), sides.cloned().collect())
        };
        let of = |kind: &str| findings.lines.iter().filter(|line| is_of(line, kind)).map(misfit).collect();
        Loading { kinds: KINDS.map(|(kind, ..)| of(kind)) }
    }

    fn is_empty(&self) -> bool {
        self.kinds.iter().all(Vec::is_empty)
    }

    /// In words, for fronts without HTML.
    #[must_use]
    pub fn said(&self) -> String {
        let filled = self.kinds.iter().zip(KINDS).filter(|(keys, _)| !keys.is_empty());
        let parts: Vec<String> =
            filled.map(|(keys, (_, noun, ..))| size::counted(keys.len(), noun)).collect();
        parts.join(", ")
    }
}

fn found(key: &str, cells: Vec<Cell>) -> Finding {
    Finding { key: key.to_owned(), count: 1, cells }
}

fn is_of(line: &[Cell], kind: &str) -> bool {
    matches!(line.get(1), Some(Cell::Text(text)) if text == kind)
}

/// How the rest is seen where a page is not whole.
const HOW: &str = "check p into model is a list: (check p into model)[\"findings\"]";

/// What does not fit.
#[must_use]
pub fn loading(loading: &Loading) -> String {
    let mut page = Page::new();
    match loading.is_empty() {
        true => page.push(&format!("<div>{}</div>", coloured("all keys match", GREEN))),
        false => side_by_side(&mut page, loading),
    }
    page.end(HOW)
}

/// What `check` found: what stands in the way side by side, the rest below as a table.
pub fn checked(findings: &Findings) -> String {
    let loading = Loading::of_findings(findings);
    let mut page = Page::new();
    if !loading.is_empty() {
        side_by_side(&mut page, &loading);
    }
    let is_shown = |line: &&Vec<Cell>| KINDS.iter().any(|(kind, ..)| is_of(line, kind));
    let rest: Vec<Vec<Cell>> = findings.lines.iter().filter(|line| !is_shown(line)).cloned().collect();
    if !rest.is_empty() {
        let (heads, lines) = Findings { lines: rest, ..findings.clone() }.texts();
        page.push(&table_head(&heads.iter().map(|head| (head.name, head.amount)).collect::<Vec<_>>()));
        for line in &lines {
            let cell =
                |(place, cell): (usize, &String)| (if place == 0 { key(cell) } else { escape(cell) }, false);
            page.line(&table_row(&line.iter().enumerate().map(cell).collect::<Vec<_>>()));
        }
        page.push(TABLE_END);
    }
    let colour = if findings.is_bad { ORANGE } else { GREEN };
    page.push(&format!("<div>{}</div>", coloured(&findings.foot, colour)));
    page.end(HOW)
}

fn side_by_side(page: &mut Page, loading: &Loading) {
    page.push("<table style=\"border-collapse:collapse;margin:0\"><tbody><tr>");
    for (keys, (_, noun, colour, says)) in
        loading.kinds.iter().zip(KINDS).filter(|(keys, _)| !keys.is_empty())
    {
        page.push("<td style=\"vertical-align:top;text-align:left;padding-right:24px\">");
        let head = coloured(&size::counted(keys.len(), noun), colour);
        page.push(&format!("<div>{head} {}</div>", faint(says)));
        page.push("<div style=\"max-height:480px;overflow:auto\"><table style=\"border-collapse:collapse;margin:0\"><tbody>");
        let folded = (keys.len() > FOLDS).then(|| fold_findings(keys));
        for one in folded.as_deref().unwrap_or(keys) {
            let sides: Vec<String> = one.cells.iter().map(|cell| escape(&cell.said())).collect();
            page.line(&table_row(&[
                (counted_key(&one.key, one.count), false),
                (faint(&sides.join(" → ")), false),
            ]));
        }
        page.push("</tbody></table></div></td>");
    }
    page.push("</tr></tbody></table>");
}

/// What helps, below a page: the line to type stands alone, so that it can be selected.
#[must_use]
pub fn hint(text: &str) -> String {
    let (says, line) = match text.split_once(": ") {
        Some((says, line)) => (format!("{says}:"), line),
        None => (text.to_owned(), ""),
    };
    let mut page = Page::new();
    page.push(&format!("<div>{} {}</div>", coloured("hint", GREEN), escape(&says)));
    if !line.is_empty() {
        page.push(&format!("<div style=\"margin-left:18px\"><b>{}</b></div>", escape(line)));
    }
    page.end("")
}
