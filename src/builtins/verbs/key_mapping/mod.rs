//! `rename p preset "hf vit to timm vit"`, `rename p "map.json"`, `rename p "encoder.*" "enc.*"`: keys by rules, with the
//! tensors that come apart or together on the way.

mod diffusion;
pub mod families;
mod gguf;
mod images;
mod presets;

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value as Json;

pub use self::gguf::name_of as gguf_name_of;
pub use self::presets::{NAMES, named, page, steps, unwrapped, wrapper};
use super::surgery::sources::{Sources, at_key, value};
use super::{like, messages, rename_modules, unmatched};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::pattern::{filled, is_pattern, stars};
use torchsh_checkpoint::record::{Form, TensorRecord};
use torchsh_language::value::report::{gather, keys, shape_text, size};
use torchsh_language::value::{Args, Dict, Str, TensorObject, Value, Vm};
use torchsh_state_dict::derive;
use torchsh_stdlib::path_of;

/// What becomes of the tensors on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// They stay.
    Same,
    /// One becomes several, in equal parts along its first dimension.
    Split,
    /// Several become one.
    Join,
    /// Rows and columns are exchanged.
    Transpose,
    /// The rows of each head from pairs (Meta's rotary embedding) to halves (Hugging Face's).
    Halves(Heads),
    /// The other way.
    Pairs(Heads),
    /// A convolution of one pixel is a linear layer.
    Flat,
    /// The other way.
    Pixel,
    /// They are left out.
    Drop,
}

/// Which heads the rows are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heads {
    /// Of the queries.
    Query,
    /// Of the keys, which may be fewer.
    Key,
}

/// Keys that fit patterns, and what they become: each `*` stands for the same text on both sides.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The patterns of the old keys; several are joined.
    pub from: Vec<String>,
    /// The patterns of the new keys; into several is split.
    pub to: Vec<String>,
    /// What is added to the number that a `*` stands for.
    pub shift: Vec<i64>,
    /// What becomes of the tensors.
    pub how: How,
}

impl Rule {
    /// The keys that a key becomes; none if it does not fit.
    fn keys(&self, pattern: &str, key: &str) -> Option<Vec<String>> {
        let found: Option<Vec<String>> = stars(key, pattern)?
            .into_iter()
            .enumerate()
            .map(|(place, text)| match self.shift.get(place).copied().unwrap_or(0) {
                0 => Some(text.to_owned()),
                shift => Some(
                    text.parse::<i64>().ok()?.checked_add(shift).filter(|moved| *moved >= 0)?.to_string(),
                ),
            })
            .collect();
        let found = found?;
        self.to.iter().map(|to| filled(to, &found)).collect()
    }

    /// The keys that belong with one that fits the first pattern.
    fn group(&self, key: &str) -> Option<Vec<String>> {
        let (first, _) = self.from.split_first()?;
        let found: Vec<String> = stars(key, first)?.into_iter().map(str::to_owned).collect();
        self.from.iter().map(|from| filled(from, &found)).collect()
    }
}

/// Rules by the names that are whole, and those of patterns: a mapping may name every key of a large model.
struct Index<'a> {
    whole: HashMap<&'a str, &'a Rule>,
    patterns: Vec<(&'a Rule, &'a str)>,
}

impl<'a> Index<'a> {
    fn of(rules: &'a [Rule]) -> Self {
        let mut index = Index { whole: HashMap::new(), patterns: Vec::new() };
        for (rule, from) in
            rules.iter().flat_map(|rule| rule.from.iter().map(move |from| (rule, from.as_str())))
        {
            if is_pattern(from) {
                index.patterns.push((rule, from));
            } else {
                index.whole.entry(from).or_insert(rule);
            }
        }
        index
    }

    /// The first rule that a key fits, and its pattern.
    fn find(&self, key: &str) -> Option<(&'a Rule, &'a str)> {
        let whole = self.whole.get_key_value(key).map(|(from, rule)| (*rule, *from));
        whole.or_else(|| self.patterns.iter().find(|(_, from)| stars(key, from).is_some()).copied())
    }
}

/// How many heads there are, where rows are of heads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Of the queries.
    pub heads: Option<i64>,
    /// Of the keys and values, where they are fewer.
    pub kv_heads: Option<i64>,
}

/// Renames by the first rule that a key fits; keys that fit none stay, and are told where the rules are for a whole model.
///
/// # Errors
/// As [`renamed`].
pub fn apply(
    vm: &dyn Vm,
    args: Option<&Args>,
    dict: &Rc<Dict>,
    rules: &[Rule],
    counts: Counts,
    is_whole: bool,
) -> Result<Value> {
    let (made, done) = renamed(vm, dict, rules, counts)?;
    if is_whole && done.used == 0 && !dict.is_empty() {
        let error = Error::value(format!("no key here is one of that preset's: {}", some_patterns(rules)));
        return Err(match suggested(vm, dict)? {
            Some(said) => error.hint(said),
            None => error.hint("keys lists them; help presets lists the presets"),
        });
    }
    if let Some(args) = args.filter(|_| done.used == 0 && !is_whole) {
        let wanted = rules.first().and_then(|rule| rule.from.first()).map_or("", String::as_str);
        unmatched::refuse(vm, args, dict, format!("no key fits {}", some_patterns(rules)), wanted)?;
    }
    tell(vm, dict, &done, if is_whole { &done.stay } else { &[] });
    if is_whole && done.renamed == 0 {
        suggested(vm, dict)?.iter().for_each(|said| vm.notice(said));
    }
    Ok(Value::Dict(made))
}

/// As [`apply`], and nothing is told.
///
/// # Errors
/// `ValueError` for two keys that would become one, tensors that cannot be split or joined so, heads that are not told.
pub fn renamed(vm: &dyn Vm, dict: &Rc<Dict>, rules: &[Rule], counts: Counts) -> Result<(Rc<Dict>, Done)> {
    let index = Index::of(rules);
    let (mut sources, mut moves) = (Sources::new(vm), Vec::new());
    let mut made = Made { dict: like(dict), origins: HashMap::new() };
    let (mut done, mut taken) = (Done::default(), std::collections::HashSet::new());
    for (key, entry) in dict.entries() {
        vm.check_interrupt()?;
        let text = gather::key_text(vm, &key)?;
        if taken.contains(&text) {
            continue;
        }
        let Some((rule, pattern)) = index.find(&text) else {
            made.put(vm, &text, key, entry)?;
            done.stay.push(text);
            continue;
        };
        done.used += 1;
        let new = rule
            .keys(pattern, &text)
            .ok_or_else(|| Error::value(format!("{text}: no number where {pattern} has one")))?;
        moves.extend(new.iter().map(|new| (Str::new(text.as_str()), Str::new(new.as_str()))));
        done.renamed += usize::from(new.first() != Some(&text));
        let parts = match (rule.how, entry.as_tensor()) {
            (How::Drop, _) => {
                done.dropped += 1;
                Ok(Vec::new())
            }
            (How::Same, _) | (_, None) => Ok(vec![entry]),
            (How::Split, Some(tensor)) => split(&mut sources, &text, tensor, new.len()),
            (How::Join, Some(_)) => {
                let group = group(rule, pattern, &text);
                let joined = join(&mut sources, dict, &group);
                taken.extend(group);
                joined.map(|joined| vec![joined])
            }
            (how, Some(tensor)) => {
                done.turned += 1;
                turned(&mut sources, &text, tensor, how, counts).map(|turned| vec![turned])
            }
        };
        for (new, part) in new.into_iter().zip(parts.map_err(|error| at_key(error, &text))?) {
            // A key that stays keeps its kind: a number stays one.
            made.put(vm, &text, if new == text { key.clone() } else { Value::str(new) }, part)?;
        }
    }
    rename_modules(&made.dict, &moves);
    Ok((Rc::new(made.dict), done))
}

/// The keys that are joined with one of them.
fn group(rule: &Rule, pattern: &str, key: &str) -> Vec<String> {
    let first = rule.from.first().map_or("", String::as_str);
    let found: Option<Vec<String>> =
        stars(key, pattern).map(|found| found.into_iter().map(str::to_owned).collect());
    let lead = found.as_ref().and_then(|found| filled(first, found)).unwrap_or_default();
    rule.group(&lead).unwrap_or_default()
}

/// A dictionary in the making, and the keys that its entries had.
struct Made {
    dict: Dict,
    origins: HashMap<String, String>,
}

impl Made {
    fn put(&mut self, vm: &dyn Vm, old: &str, key: Value, entry: Value) -> Result<()> {
        let name = gather::key_text(vm, &key)?;
        if let Some(other) = self.origins.insert(name.clone(), old.to_owned()) {
            return Err(Error::value(format!("'{other}' and '{old}' would both become '{name}'")));
        }
        self.dict.set(vm, key, entry)
    }
}

/// The first patterns of some rules.
fn some_patterns(rules: &[Rule]) -> String {
    const NAMED: usize = 3;
    let all: Vec<String> =
        rules.iter().flat_map(|rule| &rule.from).map(|from| format!("\"{from}\"")).collect();
    let shown = all.get(..NAMED.min(all.len())).unwrap_or_default();
    let more = if all.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Which presets are for such keys.
fn suggested(vm: &dyn Vm, dict: &Dict) -> Result<Option<String>> {
    let keys = families::keys(&gather::rows(vm, dict)?);
    let first = families::presets(&keys).first();
    let line = || families::line(&keys).unwrap_or_default();
    Ok(first.map(|first| format!("{}: rename p preset \"{first}\"", line())))
}

/// What was done, in numbers.
#[derive(Default)]
pub struct Done {
    /// Keys that a rule was found for.
    pub used: usize,
    renamed: usize,
    dropped: usize,
    turned: usize,
    /// The keys that no rule was found for.
    stay: Vec<String>,
}

fn tell(vm: &dyn Vm, dict: &Dict, done: &Done, stay: &[String]) {
    let mut head = messages::renamed(done.renamed, dict.len());
    if done.turned > 0 {
        head.push_str(&format!(", {} turned", size::counted(done.turned, "tensor")));
    }
    if done.dropped > 0 {
        head.push_str(&format!(", {} left out", done.dropped));
    }
    vm.notice(&match stay {
        [] => head,
        stay => keys::list(&format!("{head}; the preset has no rule for:"), stay),
    });
}

fn split(sources: &mut Sources<'_>, key: &str, tensor: &TensorObject, count: usize) -> Result<Vec<Value>> {
    let source = sources.of(key, tensor)?;
    let rows = source.record.shape.first().copied().unwrap_or(0);
    let count = i64::try_from(count).unwrap_or(1).max(1);
    if rows % count != 0 {
        return Err(Error::value(format!("{} is not {count} equal parts", shape_text(&source.record.shape))));
    }
    let size = rows / count;
    (0..count)
        .map(|part| value(&derive::sliced(&source.record, 0, part * size, (part + 1) * size)?, &[&source]))
        .collect()
}

fn join(sources: &mut Sources<'_>, dict: &Dict, group: &[String]) -> Result<Value> {
    let mut parts = Vec::with_capacity(group.len());
    for key in group {
        let entry = dict.get_name(key);
        let tensor = entry.as_ref().and_then(Value::as_tensor);
        let tensor =
            tensor.ok_or_else(|| Error::new(Kind::Value, format!("there is no {key} to be joined with")))?;
        parts.push(sources.of(key, tensor)?);
    }
    let records = parts.iter().map(|part| part.record.clone()).collect();
    value(&derive::joined(records, 0)?, &parts.iter().collect::<Vec<_>>())
}

/// A tensor with its rows in another order, or with rows and columns exchanged.
fn turned(
    sources: &mut Sources<'_>,
    key: &str,
    tensor: &TensorObject,
    how: How,
    counts: Counts,
) -> Result<Value> {
    let source = sources.of(key, tensor)?;
    let made = match how {
        How::Transpose => {
            derive::rearranged(&source.record, |record| derive::copied(derive::turned(record)))?
        }
        How::Halves(who) | How::Pairs(who) => {
            let heads = heads(&source.record, who, counts)?;
            let to_halves = matches!(how, How::Halves(_));
            derive::rearranged(&source.record, |record| by_heads(record, heads, to_halves))?
        }
        How::Flat => with_pixels(&source.record, false)?,
        How::Pixel => with_pixels(&source.record, true)?,
        How::Same | How::Split | How::Join | How::Drop => derive::copied(source.record.clone())?,
    };
    value(&made, &[&source])
}

/// A matrix with two dimensions of one pixel behind, or without them.
fn with_pixels(record: &TensorRecord, has: bool) -> Result<TensorRecord> {
    let mut seen = record.clone();
    let is_flat = seen.shape.len() > 2 && seen.shape.iter().skip(2).all(|size| *size == 1);
    if let Form::Strided(view) = &mut seen.form {
        match has {
            true if seen.shape.len() == 2 => {
                seen.shape.extend([1, 1]);
                view.stride.extend([1, 1]);
            }
            false if is_flat => {
                seen.shape.truncate(2);
                view.stride.truncate(2);
            }
            _ => {}
        }
    }
    derive::copied(seen)
}

fn heads(record: &TensorRecord, who: Heads, counts: Counts) -> Result<i64> {
    let unknown = || {
        let error =
            Error::value("the rows of the queries and keys are in another order: how many heads are there?");
        error.hint(
            "heads=32 kv_heads=8 after the preset say it (n_heads and n_kv_heads of params.json, num_attention_heads and \
             num_key_value_heads of config.json)",
        )
    };
    let count = match who {
        Heads::Query => counts.heads,
        Heads::Key => counts.kv_heads.or(counts.heads),
    };
    let count = count.ok_or_else(unknown)?;
    let rows = record.shape.first().copied().unwrap_or(0);
    match count > 0 && rows % (2 * count) == 0 {
        true => Ok(count),
        false => Err(Error::value(format!("{rows} rows are not those of {count} heads"))),
    }
}

/// `w.view(heads, rows / heads / 2, 2, …).transpose(1, 2)`, or back, as transformers converts Llama's weights.
fn by_heads(record: &TensorRecord, heads: i64, to_halves: bool) -> Result<TensorRecord> {
    let rows = record.shape.first().copied().unwrap_or(0);
    let half = rows / heads / 2;
    let mut seen = record.clone();
    if let Form::Strided(view) = &mut seen.form {
        let step = view.stride.first().copied().unwrap_or(1);
        let (mut shape, mut stride) = match to_halves {
            true => (vec![heads, 2, half], vec![step * half * 2, step, step * 2]),
            false => (vec![heads, half, 2], vec![step * half * 2, step, step * half]),
        };
        shape.extend(record.shape.iter().skip(1));
        stride.extend(view.stride.iter().skip(1));
        (seen.shape, view.stride) = (shape, stride);
    }
    let mut made = derive::copied(seen)?;
    made.shape.clone_from(&record.shape);
    let stride = torchsh_checkpoint::record::contiguous_stride(&made.shape);
    if let (Form::Strided(view), Some(stride)) = (&mut made.form, stride) {
        view.stride = stride;
    }
    Ok(made)
}

/// Rules that give single keys other names.
pub fn rules_of_names(names: impl IntoIterator<Item = (String, String)>) -> Vec<Rule> {
    let rule = |(from, to)| Rule { from: vec![from], to: vec![to], shift: Vec::new(), how: How::Same };
    names.into_iter().map(rule).collect()
}

/// The rules of a dictionary of names, or of the JSON file of one; none for a value that is neither.
///
/// # Errors
/// `OSError` for a file that cannot be read; `ValueError` for what is no mapping.
pub fn given(vm: &dyn Vm, given: &Value) -> Result<Option<Vec<Rule>>> {
    let text = match path_of(vm, given)? {
        Some(path) if path.extension().is_some_and(|ending| ending == "json") => {
            std::fs::read_to_string(&path).map_err(|error| Error::io(&error, &path))?
        }
        Some(_) => return Ok(None),
        None if given.as_dict().is_none() && given.as_list().is_none() => return Ok(None),
        None => {
            let text = vm.call_method(&vm.import("json")?, "dumps", std::slice::from_ref(given))?;
            vm.text(&text)?.to_string()
        }
    };
    let mapping =
        serde_json::from_str(&text).map_err(|error| Error::value(format!("not a JSON mapping: {error}")))?;
    rules_of(&mapping).map(Some)
}

/// The rules of a mapping: `{"old": "new", "*.qkv.weight": ["*.q.weight", …]}`, or a list of pairs, whose sides may be lists.
///
/// # Errors
/// `ValueError` for anything else.
fn rules_of(mapping: &Json) -> Result<Vec<Rule>> {
    let pairs: Vec<(Json, Json)> = match mapping {
        Json::Object(map) => map.iter().map(|(from, to)| (Json::String(from.clone()), to.clone())).collect(),
        Json::Array(pairs) => {
            let pair = |pair: &Json| match pair.as_array().map(Vec::as_slice) {
                Some([from, to]) => Some((from.clone(), to.clone())),
                _ => None,
            };
            pairs.iter().map(pair).collect::<Option<_>>().ok_or_else(no_mapping)?
        }
        _ => return Err(no_mapping()),
    };
    pairs.iter().map(|(from, to)| rule_of(from, to)).collect()
}

fn no_mapping() -> Error {
    let error = Error::value("a mapping is an object {\"old\": \"new\", …} or a list of pairs");
    error.hint("a list of names on the right splits a tensor, one on the left joins several: [[\"a.q\", \"a.k\"], \"a.qk\"]")
}

fn rule_of(from: &Json, to: &Json) -> Result<Rule> {
    let names = |side: &Json| -> Option<Vec<String>> {
        match side {
            Json::String(name) => Some(vec![name.clone()]),
            Json::Array(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
            _ => None,
        }
    };
    if to.is_null() {
        let from = names(from).ok_or_else(no_mapping)?;
        return Ok(Rule { from, to: Vec::new(), shift: Vec::new(), how: How::Drop });
    }
    let (from, to) = names(from).zip(names(to)).ok_or_else(no_mapping)?;
    let how = match (from.len(), to.len()) {
        (1, 1) => How::Same,
        (1, 2..) => How::Split,
        (2.., 1) => How::Join,
        _ => return Err(no_mapping()),
    };
    let count = |text: &String| text.matches('*').count();
    let most = from.first().map_or(0, count);
    if from.iter().any(|name| count(name) != most) || to.iter().any(|name| count(name) > most) {
        return Err(Error::value(format!(
            "{} and {} do not have the same number of *",
            from.join(", "),
            to.join(", ")
        )));
    }
    Ok(Rule { from, to, shift: Vec::new(), how })
}
