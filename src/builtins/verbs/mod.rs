//! The verbs: the shell's short forms for what is done to state_dicts all day. How each is
//! written stands with their syntax.

mod change;
mod describe;
mod diff;
mod entries;
mod filter;
mod fitting;
mod fuzzy_keys;
mod heat;
pub mod key_mapping;
mod key_matching;
mod load;
mod mapping;
mod match_keys;
mod messages;
mod metadata;
pub mod nested;
mod new_keys;
mod numbers;
mod optimizer;
mod order;
mod pictures;
mod plot;
pub mod sight;
pub mod surgery;
mod three_way;
mod unmatched;

pub use self::key_mapping::{NAMES as PRESETS, page as presets_page};
pub use self::match_keys::{of as counterparts_of, preset_between};
use self::metadata::{alike, like, rename_modules};
pub use self::nested::{fresh_name, meant};
use std::rc::Rc;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::identifier;
pub use torchsh_checkpoint::pattern::fits;
use torchsh_language::value::report::{Report, gather, help};
use torchsh_language::value::{Args, Builtin, Dict, Effect, On, Str, Value, Vm, keywords, number, opt, req};
use torchsh_syntax::verb_synopsis;
use torchsh_syntax::verbs::{self, rows};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::global("state_dict", &[req("model")], load::state_dict)
        .says("A model's state_dict: its weights and buffers under their keys")
        .details("Also of an optimizer, and of a whole model that was pickled. A dictionary is given back as it is.")
        .examples(&[("list(state_dict(nn.Linear(2, 1)))", "['weight', 'bias']")]),
    Builtin::global("load", &[req("path"), opt("device", "None"), keywords("options")], load::load)
        .says("Opens a checkpoint, whatever its format, executing nothing")
        .details(
            "device is cpu, cuda or auto (cuda if there is one). The Python: torch.load(path, map_location=device). \
             Other keyword arguments are passed to torch.load: load(\"x.pt\", mmap=False) reads the file instead of mapping it.",
        )
        .effect(Effect::Reads),
    Builtin::global("help", &[opt("topic", "None")], help).says("Says what something is").effect(Effect::Reads),
    Builtin::verb(&rows::ITEMS, entries::items),
    Builtin::verb(&rows::KEYS, entries::keys),
    Builtin::verb(&rows::VALUES, describe::values),
    Builtin::verb(&rows::UPDATE, change::update).effect(Effect::Changes),
    Builtin::verb(&rows::FILTER, filter::filter),
    Builtin::verb(&rows::LOAD_STATE_DICT, load::load_state_dict).effect(Effect::Changes),
    Builtin::verb(&rows::SAVE, load::save).effect(Effect::Writes),
    Builtin::verb(&rows::RENAME, change::rename),
    Builtin::verb(&rows::DROP, change::drop),
    Builtin::verb(&rows::KEEP, change::keep),
    Builtin::verb(&rows::PREFIX, change::prefix),
    Builtin::verb(&rows::STRIP, change::strip),
    Builtin::verb(&rows::DIFF, diff::diff),
    Builtin::verb(&rows::MATCH, match_keys::matching),
    Builtin::verb(&rows::DESCRIBE, describe::describe),
    Builtin::verb(&rows::TREE, entries::tree),
    Builtin::verb(&rows::FIND, entries::find),
    Builtin::verb(&rows::HIST, describe::hist),
    Builtin::verb(&rows::HEAT, heat::heat),
    Builtin::verb(&rows::PLOT, plot::plot),
    Builtin::behind_verbs("with_optimizer", optimizer::with_optimizer)
        .says("A verb for a whole checkpoint: its optimizer goes along")
        .details(
            "Written after a verb: drop ckpt \"head.*\" with optimizer. The model's state_dict in the checkpoint is changed, and what the \
             optimizer keeps for each parameter is renamed, left out, cut, grown (by zeros), turned, split or joined alike; numbers are given \
             again in order, groups stay. Which parameter a number stands for is known from the groups' param_names, or from the order and the shapes of the \
             state_dict's parameters; where that is not certain, it is an error. rename ckpt to m puts the parameters into the order of m. For: \
             rename, strip, prefix, move, drop, keep, filter, split, join, transpose, slice, grow, cut.",
        ),
    Builtin::verb(&rows::EXPLAIN, explain),
];

/// `help(torch.topk)`, `help("filter")`
fn help(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Some(topic) = args.get(0) else {
        vm.write("help(x) says what x is; at the prompt help alone lists what there is\n")?;
        return Ok(Value::None);
    };
    let text = match topic.as_str() {
        Some(name) => named(vm, &name)?,
        None => help::page(vm, topic).plain(),
    };
    vm.write(&format!("{}\n", text.trim_end()))?;
    Ok(Value::None)
}

/// The page of a name: a verb, a builtin, a module or what is in one.
fn named(vm: &dyn Vm, name: &str) -> Result<String> {
    if name == "modules"
        && let Some(interpreter) = vm.as_any().downcast_ref::<torchsh_language::eval::Interpreter>()
    {
        return Ok(interpreter.module_names().join("\n"));
    }
    if let Some(topic) = help::topic(name) {
        return Ok(topic.to_owned());
    }
    if name == "presets" {
        return Ok(presets_page());
    }
    let all = || vm.rows().iter().flat_map(|rows| rows.iter());
    if let Some(row) = all().find(|row| row.on == On::Verb && row.name == name) {
        return Ok(help::row_page(row).plain());
    }
    if let Some(row) = all().find(|row| matches!(row.on, On::Global | On::Constructor(_)) && row.name == name)
    {
        return Ok(help::row_page(row).plain());
    }
    let (module, attribute) = name.rsplit_once('.').unwrap_or((name, ""));
    let unknown = || Error::new(Kind::Name, format!("there is no help on '{name}'"));
    if let Ok(whole) = vm.import(name) {
        return Ok(help::page(vm, &whole).plain());
    }
    let module = vm.import(module).map_err(|_| unknown())?;
    let value = vm.attribute(&module, &Str::intern(attribute)).map_err(|_| unknown())?;
    Ok(help::page(vm, &value).plain())
}

fn explain(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let python = args.rest().first().and_then(Value::as_str);
    let python =
        python.ok_or_else(|| Error::type_error("explain wants a verb line: explain filter p shape== m"))?;
    let python = match args.rest() {
        [_, _, general, of, other, guess] => {
            let guesses = guess.as_str().is_some_and(|guess| !guess.is_empty());
            let exact = match_keys::explained(vm, of, other, guesses);
            let exact = exact.zip(general.as_str()).map(|(exact, general)| python.replace(&*general, &exact));
            exact.map_or(python, Str::new)
        }
        _ => python,
    };
    let (python, is_inner) = with_state_dicts(vm, &python);
    let verb = args.rest().get(1).and_then(Value::as_str);
    if let Some(verb) = verb.filter(|verb| is_inner && looks(verb)) {
        vm.notice(&format!(
            "of a whole checkpoint {verb} shows all entries, under their paths; of its state_dict:"
        ));
    }
    Ok(Report::Text(python).into_value())
}

/// Whether a verb shows rather than makes.
fn looks(verb: &str) -> bool {
    verbs::groups().any(|(group, rows)| {
        matches!(group, verbs::Group::Look | verbs::Group::Compare) && rows.iter().any(|row| row.name == verb)
    })
}

/// The Python of a verb line in which names of models and of whole checkpoints are used as dictionaries: a verb takes their
/// state_dict by itself, Python does not. Also whether it is that of a checkpoint.
fn with_state_dicts(vm: &dyn Vm, python: &str) -> (String, bool) {
    let named = |name: &str| vm.main_globals().get_name(name);
    let is_model = |name: &str| {
        let value = named(name).filter(|value| value.as_dict().is_none());
        let has = |value: &Value| vm.attribute_or_none(value, &Str::intern("state_dict"));
        value.is_some_and(|value| matches!(has(&value), Ok(Some(_))))
    };
    let whole = |name: &str| match named(name)? {
        list @ (Value::List(_) | Value::Tuple(_)) => dictionary_of(vm, "explain", &list).ok(),
        value => value.as_dict(),
    };
    let place = |name: &str| nested::place_of(vm, &whole(name)?);
    // An entry that is the state_dict's, not one of the checkpoint's own.
    let is_inside = |name: &str, after: &str| {
        let key = after.strip_prefix("[\"").and_then(|after| after.split_once("\"]")).map(|(key, _)| key);
        key.is_some_and(|key| whole(name).is_some_and(|dict| dict.get_name(key).is_none()))
    };
    let mut is_inner = false;
    let is_of_name = |c: char| c == '_' || c.is_alphanumeric();
    let (mut out, mut rest) = (String::new(), python);
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '"' | '\'' => {
                rest.char_indices().skip(1).find(|(_, end)| *end == c).map_or(rest.len(), |(at, _)| at + 1)
            }
            c if is_of_name(c) => rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let is_given = ["{**", "dict(", ".update(", ", **"].iter().any(|use_| out.ends_with(use_));
        let is_used = is_given && after.starts_with([')', '}', ','])
            || ["[", ".items()", ".keys()", ".values()", ".update("]
                .iter()
                .any(|use_| after.starts_with(use_))
            || out.ends_with(" in ") && !after.starts_with(['.', '(']);
        let is_loaded = out.ends_with(".load_state_dict(");
        // What is written behind a name says already which part of a checkpoint is meant.
        let is_whole = is_loaded
            || is_used && (after.starts_with("[k]") || !after.starts_with('[') || is_inside(piece, after));
        let is_name = !out.ends_with('.');
        out.push_str(piece);
        if is_name && is_used && !out.ends_with(&format!("state_dict({piece}")) && is_model(piece) {
            out.push_str(".state_dict()");
        } else if let Some(place) = place(piece).filter(|_| is_name && is_whole) {
            out.push_str(&place);
            is_inner = true;
        }
        rest = after;
    }
    (out, is_inner)
}

/// The words of a verb line.
pub struct Words<'a> {
    verb: &'static str,
    left: std::slice::Iter<'a, Value>,
}

impl<'a> Words<'a> {
    fn of(args: &'a Args) -> Self {
        Words { verb: args.row().name, left: args.rest().iter() }
    }

    fn synopsis(args: &Args) -> &'static str {
        verb_synopsis(args.row().name).unwrap_or_default()
    }

    /// The next word; an error says how the line is written.
    fn next(&mut self, args: &Args, what: &str) -> Result<&'a Value> {
        self.left.next().ok_or_else(|| {
            let message = format!("{} wants {what}", self.verb);
            Error::type_error(message).hint(Self::synopsis(args))
        })
    }

    /// The next word as a dictionary: a state_dict, a whole checkpoint, a list of them by their places.
    fn dict(&mut self, vm: &dyn Vm, args: &Args) -> Result<Rc<Dict>> {
        self.dictionary(vm, args).map(|(_, dict)| dict)
    }

    /// The next word as a state_dict, of a whole checkpoint the one inside.
    fn weights(&mut self, vm: &dyn Vm, args: &Args) -> Result<Rc<Dict>> {
        let given = self.next(args, "a state_dict")?;
        weights_of(vm, self.verb, given)
    }

    fn dictionary(&mut self, vm: &dyn Vm, args: &Args) -> Result<(&'a Value, Rc<Dict>)> {
        let given = self.next(args, "a state_dict")?;
        Ok((given, dictionary_of(vm, self.verb, given)?))
    }

    /// The next word as a number.
    fn number(&mut self, vm: &dyn Vm, args: &Args, what: &str) -> Result<f64> {
        let word = self.next(args, what)?;
        number::float(vm, word).map_err(|error| self.is_not(vm, args, word, what, error))
    }

    /// The next word as an integer.
    fn index(&mut self, vm: &dyn Vm, args: &Args, what: &str) -> Result<i64> {
        let word = self.next(args, what)?;
        number::index(vm, word).map_err(|error| self.is_not(vm, args, word, what, error))
    }

    /// The error of a word that is not what is wanted; of another kind the error stays what it was.
    fn is_not(&self, vm: &dyn Vm, args: &Args, word: &Value, what: &str, error: Error) -> Error {
        if !matches!(error.kind(), Kind::Type | Kind::Overflow) {
            return error;
        }
        let message = format!("{} wants {what}, not {}", self.verb, numbers::given(vm, word));
        Error::new(error.kind(), message).hint(Self::synopsis(args))
    }

    /// The next word as text.
    fn text(&mut self, vm: &dyn Vm, args: &Args, what: &str) -> Result<Str> {
        let word = self.next(args, what)?;
        word.as_str().ok_or_else(|| {
            let message = format!("{} wants {what}, not {}", self.verb, vm.type_name(word));
            Error::type_error(message).hint(Self::synopsis(args))
        })
    }

    /// Passes over a word of the form, such as `into`; whether it was there.
    fn skip(&mut self, word: &str) -> bool {
        let next = self.left.as_slice().first().and_then(Value::as_str);
        let is_there = next.is_some_and(|next| next.as_str() == word) && self.left.len() > 1;
        if is_there {
            self.left.next();
        }
        is_there
    }

    /// Refuses words that are left over, and options that the verb does not have.
    fn end(&self, args: &Args) -> Result<()> {
        let row = torchsh_syntax::verbs::verb(self.verb);
        let is_known = |name: &Str| row.is_none_or(|row| row.takes(name.as_str()));
        if let Some((name, _)) = args.keywords().iter().find(|(name, _)| !is_known(name)) {
            let message = format!("{} has no option {name}", self.verb);
            return Err(Error::type_error(message).hint(Self::synopsis(args)));
        }
        let Some(left) = self.left.as_slice().first() else { return Ok(()) };
        let text = left.as_str();
        let is_own = |word: &&str| row.is_some_and(|row| row.between().contains(word));
        let message = match text.as_ref().map(Str::as_str) {
            Some(word) if is_own(&word) => format!("{}: nothing stands behind {word}", self.verb),
            Some(word) => format!("{} has a word too many: {}", self.verb, identifier::quoted(word)),
            None => format!("{} has a word too many", self.verb),
        };
        Err(Error::type_error(message).hint(Self::synopsis(args)))
    }
}

/// What is given to a verb as a dictionary: a state_dict, a whole checkpoint, a list of them by their places.
///
/// # Errors
/// `TypeError` for what is none.
fn dictionary_of(vm: &dyn Vm, verb: &'static str, given: &Value) -> Result<Rc<Dict>> {
    // What is only looked at may hold its tensors in any way.
    let held = || {
        let looks = torchsh_syntax::verbs::verb(verb).is_some_and(|row| row.looks_into_any);
        if looks { gather::held(vm, given) } else { None }
    };
    let state_dict = || gather::state_dict_of(vm, given, verb);
    let items = match given {
        Value::List(list) => list.to_vec(),
        Value::Tuple(tuple) => tuple.items.to_vec(),
        _ => return held().map_or_else(state_dict, Ok),
    };
    let dict = Dict::default();
    for (place, item) in (0..).zip(items) {
        dict.set(vm, Value::Int(place), item)?;
    }
    if gather::look(&dict) != gather::Look::Plain {
        return Ok(Rc::new(dict));
    }
    held().filter(|held| gather::look(held) != gather::Look::Plain).map_or_else(state_dict, Ok)
}

/// What is given to a verb as a state_dict, of a whole checkpoint the one inside.
///
/// # Errors
/// As [`dictionary_of`]; `ValueError` where several lie in it.
fn weights_of(vm: &dyn Vm, verb: &'static str, given: &Value) -> Result<Rc<Dict>> {
    let dict = dictionary_of(vm, verb, given)?;
    Ok(nested::inner(vm, given, &dict, nested::Wanted::Weights)?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_of_the_language_has_a_row() {
        let rows = ROWS.iter().chain(surgery::ROWS).chain(sight::ROWS).filter(|row| row.on == On::Verb);
        let rows: Vec<&str> = rows.map(|row| row.name).collect();
        let verbs: Vec<&str> = torchsh_syntax::verb_names().collect();
        assert!(verbs.iter().all(|verb| rows.contains(verb)), "{verbs:?}");
        assert!(rows.iter().all(|row| *row == "with_optimizer" || verbs.contains(row)), "{rows:?}");
    }
}
