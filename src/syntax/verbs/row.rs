//! What is known of a verb, in one row: how it is typed, the Python it stands for, its options, what help says.

use super::{Form, Order};

/// A verb.
pub struct Verb {
    /// Its name.
    pub name: &'static str,
    pub(super) form: Form,
    /// How it is written, for errors and help.
    pub synopsis: &'static str,
    /// The Python it stands for: `{0}`, `{1}` … are its expressions as written. A second form is for one expression more; a form with
    /// `{*}`, which is all of them but the first, for any number more. None where it is made of the words (`phrase`, `line`).
    pub python: &'static [&'static str],
    /// What may be given by name, as it is typed, and what it is for: `atol=1e-3`.
    pub options: &'static [(&'static str, &'static str)],
    /// What its function is given by name, of words that are typed otherwise.
    pub called_with: &'static [&'static str],
    /// What its rows can be sorted by.
    pub orders: &'static [Order],
    /// Words at the end of a line that take what follows them: `through` of `diff a b through names`.
    pub tails: &'static [&'static str],
    /// How many state_dicts it speaks of, that follow one another without a word between.
    pub sides: Sides,
    /// Whether it looks at tensors wherever they are held: in a list, an object, alone.
    pub looks_into_any: bool,
    /// Whether it speaks of something that no command line can hold: a model, another line.
    pub is_for_sessions: bool,
    /// Whether `with optimizer` may stand behind it.
    pub carries_optimizer: bool,
    /// Whether other options go on to PyTorch, which says itself what it does not know.
    pub hands_on: bool,
    /// What it does, in a line.
    pub says: &'static str,
    /// More of that.
    pub details: &'static str,
    /// Lines to type, and what they show.
    pub examples: &'static [(&'static str, &'static str)],
}

/// How many state_dicts a verb speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// `items m`, or two with a word between: `match p to m`.
    One,
    /// `diff a b`
    Two,
    /// `average a b c`
    Any,
}

impl Sides {
    /// How many state_dicts stand before any other word.
    pub(super) fn least(self) -> usize {
        match self {
            Sides::One | Sides::Any => 1,
            Sides::Two => 2,
        }
    }
}

/// What a verb is for: where it stands in help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// It shows.
    Look,
    /// It shows how two differ.
    Compare,
    /// It makes a state_dict of some entries, or with other keys.
    Change,
    /// It makes a state_dict with other tensors.
    Tensors,
    /// It makes one state_dict of several.
    Merge,
    /// It loads, saves, explains.
    Use,
}

impl Group {
    /// The head in help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Group::Look => "look",
            Group::Compare => "compare",
            Group::Change => "change",
            Group::Tensors => "tensors",
            Group::Merge => "merge",
            Group::Use => "use",
        }
    }

    /// Whether its verbs make another state_dict, which is lost unless it is kept under a name or saved.
    #[must_use]
    pub fn makes_state_dict(self) -> bool {
        matches!(self, Group::Change | Group::Tensors | Group::Merge)
    }
}

impl Verb {
    pub(super) const fn new(name: &'static str, form: Form, synopsis: &'static str) -> Self {
        Verb {
            name,
            form,
            synopsis,
            python: &[],
            options: &[],
            called_with: &[],
            orders: &[],
            tails: &[],
            sides: Sides::One,
            looks_into_any: false,
            is_for_sessions: false,
            carries_optimizer: false,
            hands_on: false,
            says: "",
            details: "",
            examples: &[],
        }
    }

    pub(super) const fn python(self, python: &'static [&'static str]) -> Self {
        Verb { python, ..self }
    }

    pub(super) const fn options(self, options: &'static [(&'static str, &'static str)]) -> Self {
        Verb { options, ..self }
    }

    pub(super) const fn called_with(self, called_with: &'static [&'static str]) -> Self {
        Verb { called_with, ..self }
    }

    pub(super) const fn sorts_by(self, orders: &'static [Order]) -> Self {
        Verb { orders, ..self }
    }

    pub(super) const fn tails(self, tails: &'static [&'static str]) -> Self {
        Verb { tails, ..self }
    }

    pub(super) const fn of_two(self) -> Self {
        Verb { sides: Sides::Two, ..self }
    }

    pub(super) const fn of_any(self) -> Self {
        Verb { sides: Sides::Any, ..self }
    }

    pub(super) const fn looks_into_any(self) -> Self {
        Verb { looks_into_any: true, ..self }
    }

    pub(super) const fn for_sessions(self) -> Self {
        Verb { is_for_sessions: true, ..self }
    }

    pub(super) const fn carries_optimizer(self) -> Self {
        Verb { carries_optimizer: true, ..self }
    }

    pub(super) const fn hands_on(self) -> Self {
        Verb { hands_on: true, ..self }
    }

    pub(super) const fn says(self, says: &'static str) -> Self {
        Verb { says, ..self }
    }

    pub(super) const fn details(self, details: &'static str) -> Self {
        Verb { details, ..self }
    }

    pub(super) const fn examples(self, examples: &'static [(&'static str, &'static str)]) -> Self {
        Verb { examples, ..self }
    }

    /// The names of its options.
    pub fn option_names(&self) -> impl Iterator<Item = &'static str> {
        self.options.iter().map(|(typed, _)| typed.split('=').next().unwrap_or(typed))
    }

    /// Whether a line of it may give something by that name.
    #[must_use]
    pub fn has_option(&self, name: &str) -> bool {
        self.hands_on || self.option_names().any(|known| known == name)
    }

    /// Whether its function may be given something by that name.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        let is_order = !self.orders.is_empty() && matches!(name, "by" | "reverse");
        is_order || self.has_option(name) || self.called_with.contains(&name)
    }

    /// What its rows can be sorted by under that name.
    #[must_use]
    pub fn order(&self, name: &str) -> Option<&'static Order> {
        self.orders.iter().find(|order| order.name == name)
    }

    /// The word between the two things that it speaks of: `into` of `load_state_dict m into model`.
    #[must_use]
    pub fn joint(&self) -> Option<&'static str> {
        match self.form {
            Form::Joined(word) => Some(word),
            Form::Phrase(words) => words.first().copied(),
            Form::Plain | Form::Filter | Form::Line => None,
        }
    }

    /// The words that stand between the others: `keep` of `cast p bfloat16 keep "*norm*"`. As a function, it takes by name what
    /// follows them.
    #[must_use]
    pub fn between(&self) -> &'static [&'static str] {
        match self.form {
            Form::Phrase(words) => words,
            Form::Joined("into") => &["into"],
            Form::Joined("to") => &["to"],
            // `with` can be no name in Python.
            _ => &[],
        }
    }

    /// How it is called as a function: `torchsh.cast(…, keep=…, force=…)`.
    #[must_use]
    pub fn called(&self) -> String {
        let named = self.between().iter().copied().chain(self.option_names());
        let named = named.map(|name| format!(", {name}=…"));
        format!("torchsh.{}(…{})", self.name, named.collect::<String>())
    }

    /// The Python of so many expressions; none where that is not its form.
    pub(super) fn form(&self, count: usize) -> Option<&'static str> {
        let any = self.python.last().filter(|form| form.contains("{*}") && count >= self.python.len());
        self.python.get(count.checked_sub(1)?).or(any).copied().filter(|form| !form.is_empty())
    }
}
