//! Verb lines and commands: what stands at the cursor's place in one.

use super::super::Session;
use super::super::settings::ALL as ALL_SETTINGS;
use super::matching::Draft;
use torchsh_builtins::verbs;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::gguf::blocks::packable;
use torchsh_checkpoint::gguf::mixtures::{MIXTURES, Mixture};
use torchsh_language::value::Value;
use torchsh_syntax::cursor::Cursor;
use torchsh_syntax::verbs::{self as rows, Group, Sides};
use torchsh_syntax::{verb_names, verb_synopsis};

/// Commands whose words are a line of their own.
const PREFIXES: &[&str] = &["help", "time", "timeit", "explain", "page"];

/// Tests of `filter`, with what passes each.
const TESTS: &[(&str, &str)] = &[
    ("shape==", "the same shape as there: filter p shape== m"),
    ("shape!=", "another shape than there"),
    ("dtype==", "this dtype, or the same as there"),
    ("dtype!=", "another dtype"),
    ("device==", "on this device"),
    ("key~", "a key that fits a pattern: key~ \"layer1.*\""),
    ("key!~", "a key that does not fit a pattern"),
    ("key==", "the same keys as there"),
    ("ndim==", "so many dimensions"),
    ("numel>", "more elements"),
    ("numel<", "fewer elements"),
    ("nbytes>", "more bytes"),
    ("where", "a condition in Python on k and v: where v.ndim == 4"),
];

/// What belongs at a place.
#[derive(Default)]
pub(super) struct Wanted {
    pub drafts: Vec<Draft>,
    /// Whether nothing else can stand there.
    pub only: bool,
}

impl Wanted {
    fn first(drafts: Vec<Draft>) -> Self {
        Wanted { drafts, only: false }
    }

    fn only(drafts: Vec<Draft>) -> Self {
        Wanted { drafts, only: true }
    }
}

/// Whether the word stands between the parts of a verb line.
pub(super) fn is_word_between(word: &str) -> bool {
    TESTS.iter().any(|(test, _)| *test == word) || rows::verbs().any(|verb| verb.joint() == Some(word))
}

/// Where in its line the cursor stands.
pub(super) struct Place<'a> {
    /// The last line.
    pub line: &'a str,
    /// Of it, what a verb may begin: without `name =`, `time` and the like before.
    pub statement: &'a str,
    /// Whether a command may stand here too.
    pub takes_commands: bool,
}

impl<'a> Place<'a> {
    /// The place at the end of a text.
    pub fn of(before: &'a str) -> Self {
        let line = before.rsplit('\n').next().unwrap_or_default();
        let mut statement = line.trim_start().trim_start_matches('%');
        while let Some((first, rest)) = statement.split_once(' ')
            && PREFIXES.contains(&first)
        {
            statement = rest.trim_start();
        }
        match statement.split_once('=') {
            Some((target, value)) if is_target(target) && !value.starts_with('=') => {
                Place { line, statement: value.trim_start(), takes_commands: false }
            }
            _ => Place { line, statement, takes_commands: true },
        }
    }
}

/// Whether a text before `=` is a name alone, so that a verb may follow.
fn is_target(text: &str) -> bool {
    let name = text.trim_end();
    !name.is_empty() && name.chars().all(|c| c == '_' || c.is_alphanumeric())
}

impl Session {
    /// What belongs at the cursor's place before all else: a dtype after `dtype=`, a model after `into`.
    pub(super) fn wanted(&self, place: &Place<'_>, before: &str, typed: &str, cursor: &Cursor) -> Wanted {
        let until = before.strip_suffix(typed).unwrap_or(before).trim_end();
        if until.ends_with("dtype=") {
            return Wanted::first(dtypes("torch."));
        }
        if until.ends_with("device=") || until.ends_with("map_location=") {
            return Wanted::first(devices(""));
        }
        let option = until.strip_suffix('=').and_then(|before| before.rsplit(' ').next());
        if let Some(values) = option.and_then(|option| values_of(place.statement, option)) {
            return Wanted::only(values.into_iter().map(|value| Draft::new(value, "")).collect());
        }
        let inside = match cursor.open.last() {
            Some(('(', at)) => {
                let drafts = self.wanted_arguments(before, *at, until);
                if !drafts.is_empty() {
                    return Wanted::first(drafts);
                }
                before.get(at + 1..).unwrap_or_default()
            }
            None => place.statement,
            Some(_) => return Wanted::default(),
        };
        let words = inside.strip_suffix(typed).unwrap_or_default();
        match words.rfind("| ").map(|bar| (words.get(..bar), words.get(bar + 2..))) {
            // In a chain, what stands before the bar is the verb's first word.
            Some((Some(left), Some(rest))) if self.is_chained(left) => {
                match rest.trim_start().split_once(' ') {
                    Some((verb, rest)) => self.wanted_words(&format!("{verb} _ {rest}")),
                    None => {
                        Wanted::first(self.verbs().map(|row| Draft::new(row.name, row.summary)).collect())
                    }
                }
            }
            _ => self.wanted_words(words),
        }
    }

    /// Whether a bar behind this begins a verb: it is a verb line or a chain, or has weights.
    fn is_chained(&self, left: &str) -> bool {
        let mut words = left.split_whitespace();
        let first = words.next().unwrap_or_default();
        let is_verb = verb_names().any(|verb| verb == first) && words.next().is_some();
        is_verb
            || left.contains("| ")
            || self.own_names(has_weights).iter().any(|draft| draft.text == left.trim())
    }

    /// Devices and dtypes, where they are given by position.
    fn wanted_arguments(&self, before: &str, bracket: usize, until: &str) -> Vec<Draft> {
        let function = before.get(..bracket).unwrap_or_default();
        let arguments = until.get(bracket + 1..).unwrap_or_default();
        let mut drafts = Vec::new();
        if function.ends_with(".to") && arguments.is_empty() {
            drafts.extend(devices(""));
            drafts.extend(dtypes("torch."));
        }
        let is_load = function.ends_with("load") && !function.ends_with("json.load");
        if is_load && arguments.ends_with(',') && arguments.matches(',').count() == 1 {
            drafts.extend(devices(""));
        }
        drafts
    }

    /// What can follow these words of a verb line.
    fn wanted_words(&self, words: &str) -> Wanted {
        if let Some(setting) = words.strip_prefix("set ") {
            return Wanted::only(settings(setting.trim()));
        }
        if let Some(wanted) = self.command_words(words) {
            return wanted;
        }
        let mut words = words.split_whitespace();
        let Some(verb) = words.next().filter(|first| verb_names().any(|verb| verb == *first)) else {
            return Wanted::default();
        };
        let words: Vec<&str> = words.collect();
        let between = rows::verb(verb).and_then(|row| row.joint());
        let sides = rows::verb(verb).map_or(Sides::One, |row| row.sides);
        let others = |given: &str| {
            let mut names = self.own_names(has_weights);
            names.retain(|draft| draft.text != given);
            names
        };
        match (verb, words.as_slice()) {
            (_, []) => Wanted::first(self.own_names(has_weights)),
            (_, [.., "by"]) if !orders(verb).is_empty() => Wanted::only(orders(verb)),
            ("filter", [_]) => {
                Wanted::only(TESTS.iter().map(|(test, says)| Draft::new(*test, *says)).collect())
            }
            ("filter", [_, .., "dtype" | "dtype==" | "dtype!="]) => Wanted::first(dtypes("")),
            ("filter", [_, .., "device" | "device==" | "device!="]) => Wanted::first(devices("")),
            ("filter", [given, .., test]) if test.ends_with("==") || test.ends_with("!=") => {
                Wanted::first(others(given))
            }
            // A condition is Python.
            ("filter", _) => Wanted::default(),
            ("load_state_dict", [_]) => {
                Wanted::only(vec![Draft::new("into", "load_state_dict p into model")])
            }
            ("load_state_dict", [_, "into"]) => Wanted::only(self.own_names(is_model)),
            ("load_state_dict", [_, "into", _, ..]) => Wanted::only(options(verb, &words)),
            ("cast", [_]) => Wanted::only(casts()),
            ("cast", [_, _]) => {
                Wanted::only(vec![Draft::new("keep", "patterns of keys that stay: keep \"*norm*\"")])
            }
            // A pattern comes first, then the verb's own word, if it has one.
            (_, words) if verb != "cast" && rows::group(verb) == Some(Group::Tensors) => {
                match between.filter(|_| words.len() == 2) {
                    Some(word) => {
                        Wanted::only(vec![Draft::new(word, verb_synopsis(verb).unwrap_or_default())])
                    }
                    None => Wanted::first(options(verb, words)),
                }
            }
            ("extract", words) => {
                let next =
                    ["lora", "from", "", "base", "", "rank"].get(words.len()).copied().unwrap_or_default();
                match next {
                    "" if words.len() < 6 => Wanted::first(self.own_names(has_weights)),
                    "" => Wanted::default(),
                    next => Wanted::only(vec![Draft::new(next, verb_synopsis(verb).unwrap_or_default())]),
                }
            }
            ("average", words) if words.contains(&"weights") => Wanted::only(Vec::new()),
            (_, [given, ..]) if sides == Sides::Any => {
                let mut wanted = others(given);
                wanted.extend(
                    (verb == "average").then(|| Draft::new("weights", "a number for each: weights 0.7 0.3")),
                );
                Wanted::first(wanted)
            }
            ("rename", [_]) => Wanted::first(vec![
                Draft::new("to", "the keys of another state_dict: rename p to m"),
                Draft::new("preset", "the keys of another library: rename p preset \"hf vit to timm vit\""),
            ]),
            ("rename", [_, "preset"]) => Wanted::only(
                verbs::PRESETS.iter().map(|(name, says)| Draft::new(format!("\"{name}\""), *says)).collect(),
            ),
            ("rename", [_, "preset", _, ..]) => Wanted::only(options(verb, &words)),
            ("rename", [_, "to", _, ..]) => Wanted::only(options(verb, &words)),
            ("merge" | "unmerge", [_, "lora"]) => Wanted::first(self.own_names(has_weights)),
            ("diff", [_, _]) => {
                let mut wanted = vec![
                    Draft::new("through", "pair keys by a dictionary, or by what match found"),
                    Draft::new("base", "a third state_dict from which both came"),
                ];
                let named = options(verb, &words);
                wanted.extend(
                    named.into_iter().filter(|option| !["through=", "base="].contains(&&*option.text)),
                );
                Wanted::only(wanted)
            }
            ("diff", [.., "through" | "base"]) => Wanted::first(self.own_names(has_weights)),
            (_, [given]) if sides == Sides::Two => Wanted::first(others(given)),
            (_, [given, word]) if between == Some(*word) => Wanted::first(others(given)),
            (_, [given]) => match between {
                Some(word) => {
                    let word = Draft::new(word, format!("{verb} {given} {word} …"));
                    Wanted::only(vec![word])
                }
                None => Wanted::only(options(verb, &words)),
            },
            _ => Wanted::only(options(verb, &words)),
        }
    }

    /// What can follow a command of the prompt; none for those that take a line of the language.
    fn command_words(&self, words: &str) -> Option<Wanted> {
        let (command, rest) = words.split_once(' ')?;
        if self.globals().get_name(command).is_some() {
            return None;
        }
        let drafts = match (command, rest.trim()) {
            ("browse", "") => self.own_names(has_weights),
            ("tutorial", "") => vec![Draft::new("stop", "leave the tutorial")],
            ("undo" | "redo" | "history" | "who" | "pwd" | "traceback" | "edit" | "exit" | "quit", _)
            | ("browse" | "tutorial", _) => Vec::new(),
            _ => return None,
        };
        Some(Wanted::only(drafts))
    }

    /// The commands of the prompt.
    pub(super) fn commands_here(&self) -> impl Iterator<Item = Draft> {
        let words = super::super::commands::ALL.iter().filter(|command| command.name != "!");
        words.map(|command| Draft::new(command.name, command.says))
    }
}

/// What the rows of a verb can be sorted by.
fn orders(verb: &str) -> Vec<Draft> {
    let orders = rows::verb(verb).map_or(&[] as &[_], |row| row.orders);
    orders.iter().map(|order| Draft::new(order.name, order.says)).collect()
}

/// The words of an order, without those that are given.
fn ordering(verb: &str, given: &[&str]) -> Vec<Draft> {
    let names: Vec<String> = orders(verb).into_iter().map(|order| order.text.to_string()).collect();
    let by = (!names.is_empty()).then(|| Draft::new("by", format!("another order: {}", names.join(", "))));
    let is_given = |word: &str| given.contains(&word);
    let reversed = Draft::new("reversed", "the other way round");
    match (by, is_given("by"), is_given("reversed")) {
        (Some(by), false, false) => vec![by],
        (Some(_), true, false) => vec![reversed],
        _ => Vec::new(),
    }
}

/// What a verb takes by name, without what is given.
fn options(verb: &str, given: &[&str]) -> Vec<Draft> {
    let options = rows::verb(verb).map_or(&[] as &[_], |row| row.options);
    let draft = |(typed, says): &(&'static str, &'static str)| {
        let (name, value) = typed.split_once('=')?;
        let is_given =
            given.iter().any(|word| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')));
        // Any other value is the person's to write.
        let typed = if matches!(value, "True" | "False") { typed } else { typed.strip_suffix(value)? };
        (!is_given).then(|| Draft::new(typed, *says))
    };
    options.iter().filter_map(draft).chain(ordering(verb, given)).collect()
}

/// What tensors can be cast to: what is computed with, and blocks of GGUF.
pub(super) fn casts() -> Vec<Draft> {
    let is_left_out = |name: &str| ["e8m0", "float4"].iter().any(|part| name.contains(part));
    let mut drafts = dtypes("");
    drafts.retain(|dtype| dtype.text.contains("float") && !is_left_out(&dtype.text));
    drafts.extend(packable().map(|block| Draft::new(block.name.to_lowercase(), "blocks of GGUF")));
    let mixture = |mixture: &Mixture| Draft::new(mixture.name.to_lowercase(), "a mixture of GGUF's blocks");
    drafts.extend(MIXTURES.iter().map(mixture));
    drafts
}

/// The values that an option can have, as the form of its verb lists them: `rows="zeros"|"mean"|"random"`.
pub(super) fn values_of(statement: &str, option: &str) -> Option<Vec<&'static str>> {
    let verb = rows::verb(statement.split_whitespace().next()?)?;
    let listed = verb.synopsis.split_once(&format!("[{option}="))?.1.split_once(']')?.0;
    Some(listed.split('|').filter(|value| value.starts_with('"') && !value.contains(['/', '*'])).collect())
}

/// The settings, or the words that one can be.
fn settings(name: &str) -> Vec<Draft> {
    let named = ALL_SETTINGS.iter().find(|setting| setting.name == name);
    match named {
        Some(setting) => {
            let words = setting.words.iter().zip(setting.meanings);
            words.map(|(word, says)| Draft::new(*word, *says)).collect()
        }
        None if name.is_empty() => {
            ALL_SETTINGS.iter().map(|setting| Draft::new(setting.name, setting.says)).collect()
        }
        None => Vec::new(),
    }
}

/// The dtypes that models are made of first, then the others but for those of single bits.
pub(super) fn dtypes(before: &str) -> Vec<Draft> {
    let first = [Dtype::FLOAT32, Dtype::FLOAT16, Dtype::BFLOAT16, Dtype::INT64];
    let others = Dtype::all().filter(|dtype| !dtype.is_quantized() && !first.contains(dtype));
    let is_whole = |dtype: &Dtype| {
        let bits = dtype.name().trim_start_matches(|c: char| !c.is_ascii_digit());
        !dtype.is_integral() || bits.parse::<u32>().is_ok_and(|bits| bits >= 8)
    };
    let draft = |dtype: Dtype| {
        let bytes = torchsh_language::value::report::size::counted(dtype.itemsize(), "byte");
        Draft::new(format!("{before}{}", dtype.name()), bytes)
    };
    first.into_iter().chain(others).filter(is_whole).map(draft).collect()
}

/// The devices, with what closes their quotes.
pub(super) fn devices(closing: &str) -> Vec<Draft> {
    [("cpu", "this machine's memory"), ("cuda", "a GPU"), ("auto", "cuda if there is one")]
        .map(|(name, says)| Draft::new(format!("{name}{closing}"), says))
        .into()
}

/// Whether a string, behind `outside`, in the brackets of a function names a device.
pub(super) fn wants_device(function: &str, outside: &str, is_first: bool) -> bool {
    let named = outside.trim_end().strip_suffix('=').unwrap_or_default();
    ["device", "map_location"].iter().any(|name| named.ends_with(name))
        || is_first && (function == "torch.device" || function.ends_with(".to"))
}

/// Whether a verb could speak of it: a dictionary, a model, an optimizer.
fn has_weights(value: &Value) -> bool {
    value.as_dict().is_some() || is_model(value)
}

/// Whether it looks like a model or an optimizer.
fn is_model(value: &Value) -> bool {
    let Value::Instance(instance) = value else { return false };
    ["_modules", "param_groups"].iter().any(|name| instance.attributes.get_name(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_may_stand_behind_a_name_or_a_command() {
        for (line, statement) in [
            ("filter p sh", "filter p sh"),
            ("p = filter p", "filter p"),
            ("time p = fil", "fil"),
            ("%timeit x", "x"),
            ("a == b", "a == b"),
            ("f(x=1", "f(x=1"),
        ] {
            assert_eq!(Place::of(line).statement, statement, "{line}");
        }
        assert!(!Place::of("p = fil").takes_commands);
    }
}
