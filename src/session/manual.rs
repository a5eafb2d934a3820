//! `help`: the first page, and the pages of names.

use super::commands;
use super::{Outcome, Session, complete, suggestions};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::nearest;
use torchsh_language::eval::Host;
use torchsh_language::value::report::help::topic;
use torchsh_language::value::{Str, Value, Vm};
use torchsh_render::width::{pad, width, wrap};
use torchsh_syntax::verbs;

/// Whether a verb makes another state_dict, which is lost unless it is kept under a name or saved.
#[must_use]
pub fn makes_state_dict(verb: &str) -> bool {
    verbs::group(verb).is_some_and(verbs::Group::makes_state_dict)
}

/// What is opened by functions rather than verbs, as it is typed.
const FUNCTIONS: &[(&str, &str)] =
    &[("load", "p = load(\"x.pt\", cpu)"), ("state_dict", "m = state_dict(model)")];

/// Pages that are about no name.
const TOPICS: &[&str] = &["formats", "presets", "modules"];

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
            return Ok(Outcome::answer(self.overview()));
        }
        if let Some(command) = commands::named(name) {
            return Ok(Outcome::answer(self.wrapped(&format!("{}\n    {}", command.synopsis, command.says))));
        }
        if let Some(topic) = topic(name) {
            return Ok(Outcome::answer(self.wrapped(topic)));
        }
        if name == "presets" {
            return Ok(Outcome::answer(torchsh_builtins::verbs::presets_page()));
        }
        match self.inspect(name) {
            Some(page) => {
                let rich = || vec![("text/html", torchsh_render::html::manual(&page))];
                let others = if self.host.draws() { rich() } else { Vec::new() };
                Ok(Outcome { others, ..Outcome::answer(self.wrapped(&page.plain())) })
            }
            None => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Error {
        let error = Error::new(Kind::Name, format!("there is no help on '{name}'"));
        // `torch.topkk`: among what its owner has.
        if let Some((owner, attribute)) = name.rsplit_once('.')
            && let Some(value) = self.resolve(owner)
        {
            return error.hint(self.attribute_meant(owner, &value, attribute));
        }
        // The person's own names are the likeliest.
        let own: Vec<Str> = self.globals().keys().iter().filter_map(Value::as_str).collect();
        if let Some(near) = nearest(name, &own) {
            return error.hint(format!("did you mean: help {near}"));
        }
        let mut known: Vec<Str> = self.verbs().map(|row| Str::new(row.name)).collect();
        known.extend(TOPICS.iter().map(Str::new));
        known.extend(commands::ALL.iter().map(|command| Str::new(command.name)));
        known.extend(self.interpreter.builtins().keys().iter().filter_map(Value::as_str));
        match nearest(name, &known) {
            Some(near) => error.hint(format!("did you mean: help {near}")),
            None => error.hint("help lists what there is"),
        }
    }

    /// What of `owner` was probably meant by an attribute that it lacks.
    fn attribute_meant(&self, owner: &str, value: &Value, attribute: &str) -> String {
        let mut names = self.interpreter.attribute_names(value);
        names.extend(complete::own_names(value).into_iter().map(Str::new));
        let near = nearest(attribute, &names).map(|near| format!("did you mean: help {owner}.{near}"));
        let entry = || suggestions::entry_meant(&*value.as_dict()?, owner, attribute);
        near.or_else(entry).unwrap_or_else(|| format!("Tab after \"{owner}.\" lists what it has"))
    }

    /// Prose broken at the screen's edge; what is indented is code and stays, where it fits.
    pub(super) fn wrapped(&self, text: &str) -> String {
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
        let mut text =
            self.wrapped("A line is Python with PyTorch's names, or a verb. help NAME says more.") + "\n";
        text.push_str("\nopen\n");
        for (name, typed) in FUNCTIONS {
            let row = self.interpreter.builtins().get_name(name);
            let says = row.map(|row| self.describe(&row)).unwrap_or_default();
            text.push_str(&self.line(typed, &says));
        }
        for (group, rows) in verbs::groups() {
            text.push_str(&format!("\n{}\n", group.title()));
            for row in rows {
                text.push_str(&self.line(typed(row.synopsis), row.says));
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

/// How a verb is typed, without its options.
fn typed(synopsis: &str) -> &str {
    synopsis.split(" [").next().and_then(|typed| typed.split(" or ").next()).unwrap_or(synopsis)
}
