//! The verbs: the shell's short forms for what is done to state_dicts all day. The first line of a row's details is its
//! synopsis.

mod change;
mod compare;
mod entries;
mod filter;
mod hist;
mod load;
mod pattern;
mod said;
mod storages;

use crate::error::{Error, Kind, Result};
use crate::value::report::{Report, gather, help};
use crate::value::{Args, Builtin, Dict, Effect, On, Param, Str, Value, Vm, keywords, opt, req, rest};
use std::rc::Rc;

/// A verb is given the words of its line, those of its form as strings.
const WORDS: &[Param] = &[rest("words"), keywords("options")];

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::global("state_dict", &[req("model")], load::state_dict)
        .says("A model's state_dict: its weights and buffers under their keys")
        .details("Also of an optimizer, and of a whole model that was pickled. A dictionary is given back as it is.")
        .examples(&[("list(state_dict(nn.Linear(2, 1)))", "['weight', 'bias']")]),
    Builtin::global("load", &[req("path"), opt("device", "None")], load::load)
        .says("Opens a checkpoint, whatever its format, executing nothing")
        .details("device is cpu, cuda or auto (cuda if there is one). The Python: torch.load(path, map_location=device).")
        .effect(Effect::Reads),
    Builtin::global("help", &[opt("topic", "None")], help).says("Says what something is").effect(Effect::Reads),
    Builtin::verb("items", WORDS, entries::items)
        .says("The entries as a table")
        .details("items m [\"layer1.*\"]\nKey, shape, dtype, device, size and share of the whole, with totals.")
        .examples(&[("m = {\"a.weight\": torch.zeros(2, 3)}\nitems m", "")]),
    Builtin::verb("keys", WORDS, entries::keys).says("The keys, one a line").details("keys m [\"*.bias\"]"),
    Builtin::verb("values", WORDS, entries::values)
        .says("The entries with their numbers in short")
        .details("values m [\"*.bias\"]\nAs describe does it."),
    Builtin::verb("update", WORDS, change::update)
        .says("Puts one dictionary's entries into another")
        .details("update m p\nupdate m with p is the same. The Python: m.update(p). Says how many were added, replaced and left.")
        .effect(Effect::Changes),
    Builtin::verb("filter", WORDS, filter::filter)
        .says("The entries that pass a test, with reasons")
        .details(
            "filter p shape== m\n\
             Keeps what has the same shape in m. The tests:\n\n\
             \x20   shape dtype device        == !=\n\
             \x20   ndim numel nbytes         == != < <= > >=\n\
             \x20   key                       == != ~ !~   (~: a regular expression)\n\
             \x20   where                     any condition over k and v\n\n\
             They are made against m's entry of that key, or against a value:\n\n\
             \x20   p = filter p key~ \"^encoder\\.\"\n\
             \x20   p = filter p dtype== float16\n\
             \x20   p = filter p numel> 1e6\n\
             \x20   p = filter p where v.ndim == 4 and \"conv\" in k",
        ),
    Builtin::verb("load_state_dict", WORDS, load::load_state_dict)
        .says("Copies a state_dict's weights into a model")
        .details("load_state_dict m into model [strict=False] [assign=True]\nThe Python: model.load_state_dict(m).")
        .effect(Effect::Changes),
    Builtin::verb("save", WORDS, load::save)
        .says("Writes to a file, in the format of its ending")
        .details("save m \"out.safetensors\"\n.safetensors, otherwise torch.save. The file is whole or not there.")
        .effect(Effect::Writes),
    Builtin::verb("rename", WORDS, change::rename)
        .says("Other keys, by a regular expression")
        .details("rename p \"^module\\.\" \"\"\nThe Python: {re.sub(pattern, new, k): v for k, v in p.items()}. Two keys that become one are an error."),
    Builtin::verb("drop", WORDS, change::drop)
        .says("All but the keys of a pattern")
        .details("drop p \"head.*\"\n* stands for any text, ? for one character."),
    Builtin::verb("keep", WORDS, change::keep)
        .says("Only the keys of a pattern")
        .details("keep p \"encoder.*\"\n* stands for any text, ? for one character."),
    Builtin::verb("prefix", WORDS, change::prefix)
        .says("A text before every key")
        .details("prefix p \"backbone.\""),
    Builtin::verb("strip", WORDS, change::strip)
        .says("Without that text before its keys")
        .details("strip p \"module.\"\nKeys that do not begin so stay. Two keys that become one are an error."),
    Builtin::verb("diff", WORDS, compare::diff)
        .says("How two differ: keys, shapes, dtypes, numbers")
        .details("diff m p"),
    Builtin::verb("match", WORDS, compare::matching)
        .says("Which key belongs to which, by name and shape")
        .details("match p to m"),
    Builtin::verb("describe", WORDS, entries::describe)
        .says("Minimum, maximum, mean, deviation of each")
        .details("describe m [\"*.weight\"]\nNaN and infinities are counted."),
    Builtin::verb("tree", WORDS, entries::tree)
        .says("The modules in the keys, with subtotals")
        .details("tree m [DEPTH]"),
    Builtin::verb("find", WORDS, entries::find)
        .says("The entries whose keys fit a pattern")
        .details("find m \"bn*.running_mean\"\nWithout * or ? it finds keys that contain the text."),
    Builtin::verb("hist", WORDS, hist::hist)
        .says("How a tensor's numbers are spread")
        .details("hist m[\"conv1.weight\"] [BINS]"),
    Builtin::verb("storages", WORDS, storages::storages)
        .says("Which tensors share memory")
        .details("storages m\nA storage that several keys view is written once by torch.save; safetensors cannot share."),
    Builtin::verb("explain", WORDS, explain)
        .says("The Python that a verb line stands for")
        .details("explain filter p shape== m"),
];

/// `help(torch.topk)`, `help("filter")`
fn help(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Some(topic) = args.get(0) else {
        vm.write("help(x) says what x is; at the prompt help alone lists what there is\n")?;
        return Ok(Value::None);
    };
    let text = match topic.as_str() {
        Some(name) => named(vm, &name)?,
        None => help::page(vm, topic),
    };
    vm.write(&format!("{}\n", text.trim_end()))?;
    Ok(Value::None)
}

/// The page of a name: a verb, a builtin, a module or what is in one.
fn named(vm: &dyn Vm, name: &str) -> Result<String> {
    if name == "modules"
        && let Some(interpreter) = vm.as_any().downcast_ref::<crate::eval::Interpreter>()
    {
        return Ok(interpreter.module_names().join("\n"));
    }
    let all = || vm.rows().iter().flat_map(|rows| rows.iter());
    if let Some(row) = all().find(|row| row.on == On::Verb && row.name == name) {
        return Ok(help::row_page(row));
    }
    if let Some(row) = all().find(|row| matches!(row.on, On::Global | On::Constructor(_)) && row.name == name)
    {
        return Ok(help::row_page(row));
    }
    let (module, attribute) = name.rsplit_once('.').unwrap_or((name, ""));
    let unknown = || Error::new(Kind::Name, format!("nothing is known of '{name}'"));
    if let Ok(whole) = vm.import(name) {
        return Ok(help::page(vm, &whole));
    }
    let module = vm.import(module).map_err(|_| unknown())?;
    let value = vm.attribute(&module, &Str::intern(attribute)).map_err(|_| unknown())?;
    Ok(help::page(vm, &value))
}

fn explain(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let python = args.rest().first().and_then(Value::as_str);
    let python =
        python.ok_or_else(|| Error::type_error("explain wants a verb line: explain filter p shape== m"))?;
    Ok(Report::Text(python.as_str().to_owned()).into_value())
}

/// The words of a verb line.
struct Words<'a> {
    verb: &'static str,
    left: std::slice::Iter<'a, Value>,
}

impl<'a> Words<'a> {
    fn of(args: &'a Args) -> Self {
        Words { verb: args.row().name, left: args.rest().iter() }
    }

    fn synopsis(args: &Args) -> &'static str {
        args.row().details.lines().next().unwrap_or_default()
    }

    /// The next word; an error says how the line is written.
    fn next(&mut self, args: &Args, what: &str) -> Result<&'a Value> {
        self.left.next().ok_or_else(|| {
            let message = format!("{} wants {what}", self.verb);
            Error::type_error(message).hint(Self::synopsis(args))
        })
    }

    /// The next word as a state_dict.
    fn dict(&mut self, vm: &dyn Vm, args: &Args) -> Result<Rc<Dict>> {
        gather::state_dict_of(vm, self.next(args, "a state_dict")?, self.verb)
    }

    /// The next word as text.
    fn text(&mut self, vm: &dyn Vm, args: &Args, what: &str) -> Result<Str> {
        let word = self.next(args, what)?;
        word.as_str().ok_or_else(|| {
            let message = format!("{} wants {what}, not {}", self.verb, vm.type_name(word));
            Error::type_error(message).hint(Self::synopsis(args))
        })
    }

    /// Passes over a word of the form, such as `into`.
    fn skip(&mut self, word: &str) {
        let next = self.left.as_slice().first().and_then(Value::as_str);
        if next.is_some_and(|next| next.as_str() == word) && self.left.len() > 1 {
            self.left.next();
        }
    }

    /// Refuses words that are left over.
    fn end(&self, args: &Args) -> Result<()> {
        match self.left.len() {
            0 => Ok(()),
            _ => {
                let message = format!("{} has a word too many", self.verb);
                Err(Error::type_error(message).hint(Self::synopsis(args)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_of_the_language_has_a_row() {
        let rows: Vec<&str> = ROWS.iter().filter(|row| row.on == On::Verb).map(|row| row.name).collect();
        let verbs: Vec<&str> = crate::syntax::verb_names().collect();
        assert!(verbs.iter().all(|verb| rows.contains(verb)), "{verbs:?}");
        assert!(rows.iter().all(|row| verbs.contains(row)), "{rows:?}");
    }

    #[test]
    fn every_row_begins_with_its_synopsis() {
        for row in ROWS.iter().filter(|row| row.on == On::Verb) {
            assert!(row.details.starts_with(row.name) && !row.summary.is_empty(), "{}", row.name);
        }
    }
}
