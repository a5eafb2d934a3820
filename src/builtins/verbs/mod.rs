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
mod optimizer;
mod pictures;
mod plot;
pub mod sight;
mod storages;
pub mod surgery;
mod three_way;

pub use self::key_mapping::{NAMES as PRESETS, page as presets_page};
pub use self::match_keys::{of as counterparts_of, preset_between};
use self::metadata::{alike, like, rename_modules};
pub use self::nested::{fresh_name, meant};
use std::rc::Rc;
use torchsh_base::error::{Error, Kind, Result};
pub use torchsh_checkpoint::pattern::fits;
use torchsh_language::value::report::{Report, gather, help};
use torchsh_language::value::{
    Args, Builtin, Dict, Effect, On, Param, Str, Value, Vm, keywords, opt, req, rest,
};
use torchsh_syntax::verb_synopsis;

/// A verb is given the words of its line, those of its form as strings.
const WORDS: &[Param] = &[rest("words"), keywords("options")];

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
    Builtin::verb("items", WORDS, entries::items)
        .says("The entries as a table")
        .details(
            "Key, shape, dtype, device, size and share of the whole, with totals. by size puts the largest first, by \
             name counts as people do (2 before 10), by shape compares the sizes; reversed turns the order round.",
        )
        .examples(&[("m = {\"w\": torch.ones(2, 3), \"b\": torch.ones(2)}\nitems m", "key  shape   dtype    device  size  share\nw    [2, 3]  float32  cpu     24 B  75.0%  ██████\nb    [2]     float32  cpu      8 B  25.0%  ██\n2 tensors · 8 elements · 32 B · float32 · cpu")]),
    Builtin::verb("keys", WORDS, entries::keys).says("The keys, one a line")
        .examples(&[("m = state_dict(nn.Linear(2, 1))\nkeys m", "weight\nbias")]),
    Builtin::verb("values", WORDS, entries::values)
        .says("The entries with their numbers in short")
        .details("As describe does it.")
        .examples(&[("m = {\"w\": torch.tensor([1.0, 3.0])}\nvalues m", "key  shape  dtype    min  max  mean    std\nw    [2]    float32    1    3     2  1.414")]),
    Builtin::verb("update", WORDS, change::update)
        .says("Puts one dictionary's entries into another")
        .details("update m with p is the same. Says how many were added, replaced and left.")
        .effect(Effect::Changes)
        .examples(&[("m = {\"a\": 1}\nupdate m {\"a\": 2, \"b\": 3}\nm", "{'a': 2, 'b': 3}")]),
    Builtin::verb("filter", WORDS, filter::filter)
        .says("The entries that pass a test, with reasons")
        .details(
            "Keeps what has the same shape in m. The tests:\n\n\
             \x20   shape dtype device        == !=\n\
             \x20   ndim numel nbytes         == != < <= > >=\n\
             \x20   key                       == != ~ !~   (~: a regular expression)\n\
             \x20   where                     any condition over k and v\n\n\
             They are made against m's entry of that key, or against a value:\n\n\
             \x20   p = filter p key~ \"^encoder\\.\"\n\
             \x20   p = filter p dtype== float16\n\
             \x20   p = filter p numel> 1e6\n\
             \x20   p = filter p where v.ndim == 4 and \"conv\" in k",
        )
        .examples(&[("p = {\"a.w\": torch.ones(2), \"b.w\": torch.ones(3)}\np = filter p shape== [2]\nkeys p", "a.w")]),
    Builtin::verb("load_state_dict", WORDS, load::load_state_dict)
        .says("Copies a state_dict's weights into a model")
        .details(
            "The keys must be the same, unless strict=False; so must the shapes. Of a whole checkpoint the state_dict \
             inside is taken. Says how many of the model's entries were loaded, and warns where none was. overlap=True copies what \
             both have of entries of another shape (the rows of a head or a vocabulary that grew or shrank), skip_mismatched=True leaves such entries out; \
             both say which.",
        )
        .effect(Effect::Changes)
        .examples(&[("a, b = nn.Linear(2, 1), nn.Linear(2, 1)\nload_state_dict state_dict(a) into b", "<All keys matched successfully>")]),
    Builtin::verb("save", WORDS, load::save)
        .says("Writes to a file, in the format of its ending")
        .details(
            ".safetensors, .gguf, .npz, a folder .dcp of torch.distributed.checkpoint, otherwise torch.save; format=\"dcp\" says it \
             whatever the ending. The file is whole or not there. max_shard_size=\"5GB\" makes shards of .safetensors and .bin; metadata={…} \
             is what .safetensors and .gguf say of themselves; config=\"folder/\", the folder of a model of transformers with config.json \
             and tokenizer.json, gives a .gguf the names, hyperparameters and vocabulary that llama.cpp reads (llama, mistral, qwen2, gpt2, \
             bert). safetensors writes tensors that are the very same once, under the first key or the one that kept=\"*.embed.weight\" says, and says \
             so in its metadata; shared=\"apart\" writes each with bytes of its own, shared=\"refuse\" is an error that names them. npz and GGUF write \
             them twice.",
        )
        .effect(Effect::Writes),
    Builtin::verb("rename", WORDS, change::rename)
        .says("Other keys, by a regular expression")
        .details(
            "By a regular expression, as Python's re.sub; by a pattern with *, where the new key has * too; by a mapping, \
             a dictionary or the .json file of one ({\"*.qkv.weight\": [\"*.q.weight\", \"*.k.weight\", \"*.v.weight\"]} splits, a list on \
             the left of a pair joins). rename p to m gives each tensor the key that match finds for it in m; pairs that match marks \
             as doubtful are left out unless guess=True. rename p preset \"hf vit to timm vit\" has the names of another library: \
             help presets lists them. Two keys that become one are an error.",
        )
        .examples(&[("rename {\"module.fc.w\": 1} \"^module\\.\" \"\"", "{'fc.w': 1}")]),
    Builtin::verb("drop", WORDS, change::drop)
        .says("All but the keys of patterns")
        .details("* stands for any text, ? for one character, [*] for a star.")
        .examples(&[("drop {\"head.w\": 1, \"body.w\": 2} \"head.*\"", "{'body.w': 2}")]),
    Builtin::verb("keep", WORDS, change::keep)
        .says("Only the keys of patterns")
        .details("* stands for any text, ? for one character, [*] for a star.")
        .examples(&[("keep {\"head.w\": 1, \"body.w\": 2} \"head.*\"", "{'head.w': 1}")]),
    Builtin::verb("prefix", WORDS, change::prefix)
        .says("A text before every key")
        .examples(&[("prefix {\"w\": 1} \"net.\"", "{'net.w': 1}")]),
    Builtin::verb("strip", WORDS, change::strip)
        .says("Without that text before its keys")
        .details("Keys that do not begin so stay. Two keys that become one are an error.")
        .examples(&[("strip {\"module.w\": 1} \"module.\"", "{'w': 1}")]),
    Builtin::verb("diff", WORDS, diff::diff)
        .says("How two differ: keys, shapes, dtypes, numbers")
        .details(
            "Numbers differ where |a - b| > atol + rtol * |b| (both are 0 unless given), as torch.allclose has it; NaN equals NaN \
             unless equal_nan=False. max abs and mean abs are the largest and the mean |a - b| of the finite numbers. What \
             diff gives is as long as there are entries that differ. diff a b through names compares under the names of b: a mapping as rename takes it (also its .json file), or what match \
             found. diff a b base c tells what each of both made of c: which entries one of them changed, both alike, or both differently. torchsh --exit-code leaves with status 1 if a diff found a \
             difference; help formats tells what else it says in JSON.",
        )
        .examples(&[("m, p = {\"a\": 1, \"b\": 2}, {\"a\": 1, \"b\": 3}\ndiff m p", "key  difference  m  p\nb    value       2  3\n1 difference, 1 equal")]),
    Builtin::verb("match", WORDS, match_keys::matching)
        .says("Which key belongs to which, by name and shape")
        .details(
            "Names come first: the same key (these are counted, not listed), another beginning as of others, other separators, \
             other libraries' words for the same (gamma and weight, query and q_proj). Then what is the only one of its \
             shape in a layer whose others are paired. Pairs that only the shape or the order speaks for are marked as \
             doubtful. rename p to m makes use of it and leaves the doubtful ones out.",
        )
        .examples(&[(
            "p, m = {\"module.w\": torch.ones(2)}, {\"w\": torch.ones(2)}\nmatch p to m",
            "key       counterpart  shape  how\nmodule.w  w            [2]    \"module.\" removed\nmatched 1 of 1 key; p = rename p to m gives them the keys of m",
        )]),
    Builtin::verb("describe", WORDS, describe::describe)
        .says("Minimum, maximum, mean, deviation of each")
        .details(
            "Of the finite numbers; NaN and infinities are counted beside them. The deviation is that of a sample, as torch.std \
             gives it. Quantized tensors are described by their values.",
        )
        .examples(&[("m = {\"w\": torch.tensor([1.0, 3.0])}\ndescribe m", "key  shape  dtype    min  max  mean    std\nw    [2]    float32    1    3     2  1.414")]),
    Builtin::verb("tree", WORDS, entries::tree)
        .says("The modules in the keys, with subtotals")
        .examples(&[("m = {\"a.w\": torch.ones(2, 3), \"a.b\": torch.ones(2)}\ntree m", "module   shape      dtype    elements  size\n(all)    2 tensors                  8  32 B\n└─ a     2 tensors                  8  32 B\n   ├─ w  [2, 3]     float32         6  24 B\n   └─ b  [2]        float32         2   8 B\n2 tensors · 8 elements · 32 B · float32 · cpu")]),
    Builtin::verb("find", WORDS, entries::find)
        .says("The entries whose keys fit a pattern")
        .details("Without * or ? it finds keys that contain the text. Where there are none, those that come near are shown: in other capitals, with its \
             parts or its letters in order, or with a typing mistake.")
        .examples(&[("m = {\"a.w\": torch.ones(2, 3), \"a.b\": torch.ones(2)}\nfind m \"w\"", "key  shape   dtype    device  size   share\na.w  [2, 3]  float32  cpu     24 B  100.0%  ████████\n1 tensor · 6 elements · 24 B · float32 · cpu")]),
    Builtin::verb("hist", WORDS, describe::hist)
        .says("How a tensor's numbers are spread")
        .details(
            "As torch.histc counts them, NaN and infinities left out and counted. hist x 40 \"out.svg\" draws it to a file, .svg or .png.",
        )
        .examples(&[("hist torch.tensor([0.0, 0.0, 1.0, 4.0]) 2", "          0  ████████████████████████████████████████ 3\n          2  ██████████████ 1\n          4")]),
    Builtin::verb("heat", WORDS, heat::heat)
        .says("How large the weights are, by layer and depth")
        .details(
            "The root of the mean square of each tensor: a row for each kind of weight, a column for each layer. Of one tensor, \
             where its numbers are large, by blocks. A picture in a notebook, shades elsewhere; heat m \"out.png\" draws it to a file, .svg or .png.",
        )
        .examples(&[("m = {\"h.0.w\": torch.ones(2), \"h.1.w\": torch.ones(2) * 3}\nheat m", "key    0 … 1  min  max\nh.*.w  ·█       1    3\nroot mean square of 2 tensors")]),
    Builtin::verb("plot", WORDS, plot::plot)
        .says("Numbers in order as curves")
        .details(
            "A list of numbers or of (x, y), a tensor (one of two dimensions by its rows), a dictionary of such, a log of dictionaries as \
             transformers' Trainer keeps it (by its step), a whole checkpoint: the lists and logs in it. A picture in a notebook, blocks \
             elsewhere; plot x \"loss.svg\" draws it to a file, .svg or .png.",
        )
        .examples(&[("plot {\"loss\": [4.0, 2.0, 1.0]}", "series  shape  last  min  max\nloss    █▃▁       1    1    4\nplace")]),
    Builtin::verb("storages", WORDS, storages::storages)
        .says("Which tensors share memory")
        .details("A storage that several keys view is written once by torch.save; safetensors cannot share.")
        .examples(&[("m = {\"w\": torch.ones(2)}\nstorages m", "")]),
    Builtin::verb("with_optimizer", WORDS, optimizer::with_optimizer)
        .says("A verb for a whole checkpoint: its optimizer goes along")
        .details(
            "Written after a verb: drop ckpt \"head.*\" with optimizer. The model's state_dict in the checkpoint is changed, and what the \
             optimizer keeps for each parameter is renamed, left out, cut, grown (by zeros), turned, split or joined alike; numbers are given \
             again in order, groups stay. Which parameter a number stands for is known from the groups' param_names, or from the order and the shapes of the \
             state_dict's parameters; where that is not certain, it is an error. rename ckpt to m puts the parameters into the order of m. For: \
             rename, strip, prefix, move, drop, keep, filter, split, join, transpose, slice, grow, cut.",
        ),
    Builtin::verb("explain", WORDS, explain)
        .says("The Python that a verb line stands for")
        .examples(&[("explain p = strip p \"module.\"", "p = {k.removeprefix(\"module.\"): v for k, v in p.items()}")]),
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
        return Ok(help::row_page(row));
    }
    if let Some(row) = all().find(|row| matches!(row.on, On::Global | On::Constructor(_)) && row.name == name)
    {
        return Ok(help::row_page(row));
    }
    let (module, attribute) = name.rsplit_once('.').unwrap_or((name, ""));
    let unknown = || Error::new(Kind::Name, format!("there is no help on '{name}'"));
    if let Ok(whole) = vm.import(name) {
        return Ok(help::page(vm, &whole));
    }
    let module = vm.import(module).map_err(|_| unknown())?;
    let value = vm.attribute(&module, &Str::intern(attribute)).map_err(|_| unknown())?;
    Ok(help::page(vm, &value))
}

fn explain(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let python = args.rest().first().and_then(Value::as_str);
    let python =
        python.ok_or_else(|| Error::type_error("explain wants a verb line: explain filter p shape== m"))?;
    Ok(Report::Text(with_models_as_dictionaries(vm, &python)).into_value())
}

/// The Python of a verb line in which names of models are used as dictionaries: a verb takes their state_dict by itself, Python
/// does not.
fn with_models_as_dictionaries(vm: &dyn Vm, python: &str) -> String {
    let is_model = |name: &str| {
        let value = vm.main_globals().get_name(name).filter(|value| value.as_dict().is_none());
        let has = |value: &Value| vm.attribute_or_none(value, &Str::intern("state_dict"));
        value.is_some_and(|value| matches!(has(&value), Ok(Some(_))))
    };
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
        let is_used = ["[", ".items()", ".keys()", ".values()"].iter().any(|use_| after.starts_with(use_))
            || out.ends_with(" in ") && !after.starts_with(['.', '(']);
        out.push_str(piece);
        if is_used && !out.strip_suffix(piece).is_some_and(|before| before.ends_with('.')) && is_model(piece)
        {
            out.push_str(".state_dict()");
        }
        rest = after;
    }
    out
}

/// The options of the verbs that have some.
const OPTIONS: &[(&str, &[&str])] = &[
    ("items", &["by", "reverse"]),
    ("diff", &["atol", "rtol", "equal_nan", "first", "second", "through", "base"]),
    ("rename", &["guess", "heads", "kv_heads"]),
    ("cast", &["force"]),
    ("split", &["dim", "sizes"]),
    ("join", &["dim"]),
    ("transpose", &["dims"]),
    ("slice", &["dim"]),
    ("grow", &["rows", "std", "seed"]),
    ("resample", &["prefix"]),
    ("task", &["base", "scale"]),
    ("ties", &["base", "density", "weights", "scale"]),
    ("dare", &["base", "density", "weights", "scale", "seed"]),
    ("merge", &["scale"]),
    ("unmerge", &["scale"]),
];

/// Verbs that hand their options on, to what knows them.
const HANDED_ON: &[&str] = &["save", "load_state_dict"];

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
        let (given, dict) = self.dictionary(vm, args)?;
        Ok(nested::inner(vm, given, &dict, nested::Wanted::Weights)?.1)
    }

    fn dictionary(&mut self, vm: &dyn Vm, args: &Args) -> Result<(&'a Value, Rc<Dict>)> {
        let given = self.next(args, "a state_dict")?;
        let items = match given {
            Value::List(list) => list.to_vec(),
            Value::Tuple(tuple) => tuple.items.to_vec(),
            other => {
                // What is only looked at may hold its tensors in any way.
                const LOOK: &[&str] =
                    &["items", "keys", "values", "describe", "find", "tree", "health", "size"];
                let held = gather::held(vm, other).filter(|_| LOOK.contains(&self.verb));
                let dict = held.map_or_else(|| gather::state_dict_of(vm, other, self.verb), Ok)?;
                return Ok((given, dict));
            }
        };
        let dict = Dict::default();
        for (place, item) in (0..).zip(items) {
            dict.set(vm, Value::Int(place), item)?;
        }
        if gather::look(&dict) == gather::Look::Plain {
            return Ok((given, gather::state_dict_of(vm, given, self.verb)?));
        }
        Ok((given, Rc::new(dict)))
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
        let known =
            OPTIONS.iter().find(|(verb, _)| *verb == self.verb).map_or(&[] as &[&str], |(_, known)| known);
        if let Some((name, _)) = args.keywords().iter().find(|(name, _)| !known.contains(&name.as_str()))
            && !HANDED_ON.contains(&self.verb)
        {
            let message = format!("{} has no option {name}", self.verb);
            return Err(Error::type_error(message).hint(Self::synopsis(args)));
        }
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
        let rows = ROWS.iter().chain(surgery::ROWS).chain(sight::ROWS).filter(|row| row.on == On::Verb);
        let rows: Vec<&str> = rows.map(|row| row.name).collect();
        let verbs: Vec<&str> = torchsh_syntax::verb_names().collect();
        assert!(verbs.iter().all(|verb| rows.contains(verb)), "{verbs:?}");
        assert!(rows.iter().all(|row| *row == "with_optimizer" || verbs.contains(row)), "{rows:?}");
    }
}
