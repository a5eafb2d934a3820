//! `help`: the first page, and the pages of names.

use super::commands::{self, answer};
use super::{Outcome, Session};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::nearest;
use torchsh_language::value::report::help::topic;
use torchsh_language::value::{Str, Value};
use torchsh_render::width::{pad, width, wrap};
use torchsh_syntax::verb_synopsis;

/// The verbs, and the functions of their kind, by what they are for.
const GROUPS: &[(&str, &[&str])] = &[
    ("open", &["load", "state_dict"]),
    (
        "look",
        &[
            "items",
            "keys",
            "values",
            "tree",
            "describe",
            "find",
            "hist",
            "heat",
            "plot",
            "storages",
            "health",
            "size",
            "inspect_pickle",
        ],
    ),
    ("compare", &["diff", "match", "check", "fingerprint"]),
    ("change", &["filter", "keep", "drop", "rename", "strip", "prefix", "update"]),
    (
        "tensors",
        &[
            "cast",
            "split",
            "join",
            "transpose",
            "slice",
            "grow",
            "cut",
            "resample",
            "inflate",
            "move",
            "tie",
            "untie",
        ],
    ),
    ("merge", &["average", "lerp", "slerp", "task", "ties", "dare", "ema", "merge", "unmerge", "extract"]),
    ("use", &["load_state_dict", "save", "explain"]),
];

/// Whether a verb makes another state_dict, which is lost unless it is kept under a name or saved.
#[must_use]
pub fn makes_state_dict(verb: &str) -> bool {
    let groups = GROUPS.iter().filter(|(title, _)| matches!(*title, "change" | "tensors" | "merge"));
    groups.into_iter().any(|(_, names)| names.contains(&verb))
}

/// What is opened by functions rather than verbs, as it is typed.
const FUNCTIONS: &[(&str, &str)] =
    &[("load", "p = load(\"x.pt\", cpu)"), ("state_dict", "m = state_dict(model)")];

/// Columns of what is typed, on screens that have room beside it.
const TYPED: usize = 30;

/// The keys of the prompt.
const KEYS: &str = "Tab completes, ↑ and Ctrl-R look back, → accepts the suggestion, Alt-Enter begins a line, \
                    Ctrl-C stops, Ctrl-D leaves.";

impl Session {
    pub(super) fn help_on(&self, name: &str) -> Result<Outcome> {
        // Longer than the screen, it is shown in a pager.
        self.page_of(name).map(|page| Outcome { paged: true, ..page })
    }

    fn page_of(&self, name: &str) -> Result<Outcome> {
        let name = name.trim_matches(['(', ')', ' ']);
        if name.is_empty() {
            return Ok(answer(self.overview()));
        }
        if let Some(command) = commands::named(name) {
            return Ok(answer(self.wrapped(&format!("{}\n    {}", command.synopsis, command.says))));
        }
        if let Some(topic) = topic(name) {
            return Ok(answer(self.wrapped(topic)));
        }
        if name == "presets" {
            return Ok(answer(torchsh_builtins::verbs::presets_page()));
        }
        match self.inspect(name) {
            Some(text) => Ok(answer(self.wrapped(&text))),
            None => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Error {
        let mut known: Vec<Str> = self.verbs().map(|row| Str::new(row.name)).collect();
        known.extend(commands::ALL.iter().map(|command| Str::new(command.name)));
        known.extend(self.interpreter.builtins().keys().iter().filter_map(Value::as_str));
        let error = Error::new(Kind::Name, format!("there is no help on '{name}'"));
        match nearest(name, &known) {
            Some(near) => error.hint(format!("did you mean: help {near}")),
            None => error.hint("help lists what there is"),
        }
    }

    /// Prose broken at the screen's edge; what is indented is code and stays, where it fits.
    fn wrapped(&self, text: &str) -> String {
        let room = self.host.screen().columns.saturating_sub(1);
        let line = |line: &str| match line.len() - line.trim_start().len() {
            0 => wrap(line, room),
            _ if width(line) <= room => vec![line.to_owned()],
            indent => {
                let indent = " ".repeat(indent);
                let broken = wrap(line.trim_start(), room.saturating_sub(width(&indent)).max(16));
                broken.into_iter().map(|line| format!("{indent}{line}")).collect()
            }
        };
        text.lines().flat_map(line).collect::<Vec<_>>().join("\n")
    }

    fn overview(&self) -> String {
        let mut text = "A line is Python with PyTorch's names, or a verb. help NAME says more.\n".to_owned();
        for (title, names) in GROUPS {
            text.push_str(&format!("\n{title}\n"));
            for name in *names {
                let (typed, says) = self.short(name);
                text.push_str(&self.line(&typed, &says));
            }
        }
        text.push_str("\nat the prompt\n");
        // exit names its other form.
        for command in commands::ALL.iter().filter(|command| command.name != "quit") {
            text.push_str(&self.line(command.synopsis, command.says));
        }
        text.push_str(&format!("\n{}", self.wrapped(KEYS)));
        text
    }

    /// How a verb is typed, without its options, and what it does.
    fn short(&self, name: &str) -> (String, String) {
        if let Some((_, typed)) = FUNCTIONS.iter().find(|(function, _)| *function == name) {
            let row = self.interpreter.builtins().get_name(name);
            let says = row.map(|row| self.describe(&row)).unwrap_or_default();
            return ((*typed).to_owned(), says);
        }
        let Some(row) = self.verbs().find(|row| row.name == name) else { return Default::default() };
        let synopsis = verb_synopsis(row.name).unwrap_or(row.name);
        let typed = synopsis.split(" [").next().and_then(|typed| typed.split(" or ").next());
        (typed.unwrap_or(synopsis).to_owned(), row.summary.to_owned())
    }

    /// What is typed and what it does, side by side where there is room, otherwise one below the other.
    fn line(&self, typed: &str, says: &str) -> String {
        let room = self.host.screen().columns.saturating_sub(1);
        if TYPED + 3 + width(says) <= room && width(typed) <= TYPED {
            return format!("  {} {says}\n", pad(typed, TYPED));
        }
        let says = wrap(says, room.saturating_sub(6).max(16));
        format!("  {typed}\n{}", says.iter().map(|line| format!("      {line}\n")).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_is_in_a_group() {
        let listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for verb in torchsh_syntax::verb_names() {
            assert_eq!(listed.iter().filter(|name| **name == verb).count(), 1, "{verb}");
        }
    }
}
