//! `match p to m` and `rename p to m`.

use std::collections::HashMap;
use std::rc::Rc;

use super::key_mapping::families;
use super::key_matching::{How, counterparts};
use super::new_keys::with_keys;
use super::{Words, nested};
use torchsh_base::error::{Error, Result};
use torchsh_base::identifier::quoted;
use torchsh_language::value::report::{Matches, Report, Row, gather, shape_text, size};
use torchsh_language::value::{Args, Dict, Str, Value, Vm};

/// What no key and no shape shows.
const ROTARY: &str =
    "the rows of wq and wk must be permuted too: Meta's files are for another rotary embedding";

/// What is said of a key without a counterpart.
const ALONE: &str = "nothing like it";

/// `match p to m`
pub fn matching(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let name = |value: Option<&Value>| value.and_then(|value| nested::name_of(vm, value));
    let (own, theirs) = (name(args.rest().first()), name(args.rest().last()));
    let source = words.weights(vm, args)?;
    words.skip("to");
    let target = words.weights(vm, args)?;
    words.end(args)?;
    let pairs = Pairs::of(vm, &source, &target)?;
    let mut foot = pairs.foot();
    if let Some(preset) = pairs.preset() {
        let given = own.as_deref().unwrap_or("p");
        let target = own.as_ref().map_or_else(|| "p".to_owned(), |own| nested::fresh_name(vm, own));
        foot.push_str(&format!(
            "; these names are known, and what is fused or turned: {target} = rename {given} preset \"{preset}\""
        ));
    } else if let (true, Some(own), Some(theirs)) = (pairs.renames(), own, theirs) {
        let target = nested::fresh_name(vm, &own);
        foot.push_str(&format!("; {target} = rename {own} to {theirs} gives them the keys of {theirs}"));
    }
    let sure = pairs.found().filter(|(_, _, how)| **how != How::Same && !how.is_doubtful());
    let sure = sure.map(|(row, other, _)| (row.key.clone(), other.key.clone())).collect();
    Ok(Report::Matches(Matches { lines: pairs.lines(), sure, foot }).into_value())
}

/// Python that does what `rename p to m` does, of two names; none where one is nobody's, or no state_dict.
pub fn explained(vm: &dyn Vm, of: &Value, other: &Value, guesses: bool) -> Option<String> {
    let weights = |name: &Value| {
        let value = vm.main_globals().get_name(&name.as_str()?)?;
        let dict = gather::state_dict_of(vm, &value, "rename").ok()?;
        Some(nested::inner(vm, &value, &dict, nested::Wanted::Weights).ok()?.1)
    };
    let (source, target) = (weights(of)?, weights(other)?);
    let pairs = Pairs::of(vm, &source, &target).ok()?;
    let is_renamed =
        |(row, other, how): &(&Row, &Row, &How)| row.key != other.key && (guesses || !how.is_doubtful());
    let renamed: Vec<(&str, &str)> = pairs
        .found()
        .filter(is_renamed)
        .map(|(row, other, _)| (row.key.as_str(), other.key.as_str()))
        .collect();
    let of = of.as_str()?;
    if renamed.is_empty() {
        return Some(format!("dict({of})"));
    }
    let removed = renamed.first().and_then(|(old, new)| old.strip_suffix(new)).filter(|begin| {
        // Of every key that begins so.
        !begin.is_empty()
            && pairs.own.iter().filter(|row| row.key.starts_with(begin)).count() == renamed.len()
    });
    if let Some(begin) = removed
        && renamed.iter().all(|(old, new)| old.strip_prefix(begin) == Some(new))
    {
        return Some(format!("{{k.removeprefix({}): v for k, v in {of}.items()}}", quoted(begin)));
    }
    let names: Vec<String> =
        renamed.iter().map(|(old, new)| format!("{}: {}", quoted(old), quoted(new))).collect();
    Some(format!("{{{{{}}}.get(k, k): v for k, v in {of}.items()}}", names.join(", ")))
}

/// `rename p to m`: the entries under the keys of their counterparts. What has none, or a doubtful one, keeps its key.
pub fn rename(vm: &dyn Vm, args: &Args, dict: &Rc<Dict>, model: &Rc<Dict>) -> Result<Value> {
    let guesses = guesses(vm, args)?;
    let pairs = Pairs::of(vm, dict, model)?;
    let is_taken = |how: &How| guesses || !how.is_doubtful();
    let new: HashMap<&str, &str> = pairs
        .found()
        .filter(|(_, _, how)| is_taken(how))
        .map(|(row, other, _)| (row.key.as_str(), other.key.as_str()))
        .collect();
    let made = with_keys(vm, dict, |key| {
        Ok(new.get(key.as_str()).map_or_else(|| key.clone(), |key| Str::new(*key)))
    })?;
    let alone = pairs.count(Option::is_none);
    let doubtful = pairs.doubtful();
    let mut said = Vec::new();
    if alone > 0 {
        said.push(format!("{} without a counterpart", size::counted(alone, "key")));
    }
    match (doubtful, guesses) {
        (0, _) => {}
        (_, false) => said.push(format!(
            "{} left as they are (guess=True takes them)",
            size::counted(doubtful, "doubtful pair")
        )),
        (_, true) => said.push(format!("{} taken", size::counted(doubtful, "doubtful pair"))),
    }
    if !said.is_empty() {
        vm.notice(&format!("{}: match shows which", said.join(", ")));
    }
    if pairs.turns_heads() {
        vm.notice(ROTARY);
    }
    Ok(made)
}

/// The preset that leads from the names of a state_dict to those of a model.
pub fn preset_between(vm: &dyn Vm, state: &Rc<Dict>, model: &Value) -> Option<String> {
    let model = gather::state_dict_of(vm, model, "match").ok()?;
    let keys = |dict: &Dict| Some(families::keys(&gather::rows(vm, dict).ok()?));
    families::preset_between(&keys(state)?, &keys(&model)?)
}

/// How many keys of a state_dict have a counterpart under another name in a model's, and how many a doubtful one.
pub fn of(vm: &dyn Vm, state: &Rc<Dict>, model: &Value) -> Option<(usize, usize)> {
    let model = gather::state_dict_of(vm, model, "match").ok()?;
    let pairs = Pairs::of(vm, state, &model).ok()?;
    let sure = pairs.found().filter(|(row, other, how)| row.key != other.key && !how.is_doubtful());
    Some((sure.count(), pairs.doubtful()))
}

/// `guess=True`
fn guesses(vm: &dyn Vm, args: &Args) -> Result<bool> {
    let mut guesses = false;
    for (name, value) in args.keywords() {
        match name.as_str() {
            "guess" => guesses = vm.truth(value)?,
            // It has no pattern: keys without a counterpart are told.
            super::unmatched::MISSING_OK => drop(vm.truth(value)?),
            other => {
                return Err(Error::type_error(format!("rename has no option {other}")).hint("guess=True"));
            }
        }
    }
    Ok(guesses)
}

/// The tensors of two state_dicts and which belongs to which.
struct Pairs {
    own: Vec<Row>,
    theirs: Vec<Row>,
    found: Vec<Option<(usize, How)>>,
}

impl Pairs {
    fn of(vm: &dyn Vm, source: &Dict, target: &Dict) -> Result<Self> {
        let (own, theirs) = (gather::rows(vm, source)?, gather::rows(vm, target)?);
        let found = counterparts(&own, &theirs);
        Ok(Pairs { own, theirs, found })
    }

    fn found(&self) -> impl Iterator<Item = (&Row, &Row, &How)> {
        let pairs = self.own.iter().zip(&self.found);
        pairs
            .filter_map(|(row, found)| found.as_ref().map(|(place, how)| (row, *place, how)))
            .filter_map(|(row, place, how)| Some((row, self.theirs.get(place)?, how)))
    }

    fn count(&self, is_it: impl Fn(&Option<(usize, How)>) -> bool) -> usize {
        self.found.iter().filter(|found| is_it(found)).count()
    }

    fn doubtful(&self) -> usize {
        self.found().filter(|(_, _, how)| how.is_doubtful()).count()
    }

    /// Whether Llama's queries go between Meta's names and Hugging Face's.
    fn turns_heads(&self) -> bool {
        let is_between =
            |a: &str, b: &str| a.ends_with("attention.wq.weight") && b.ends_with("self_attn.q_proj.weight");
        self.found()
            .any(|(row, other, _)| is_between(&row.key, &other.key) || is_between(&other.key, &row.key))
    }

    /// The preset that knows more than the keys show, where keys are left that have no sure counterpart.
    fn preset(&self) -> Option<String> {
        let is_sure = |(_, how): &(usize, How)| !how.is_doubtful();
        let is_whole =
            self.found.iter().all(|found| found.as_ref().is_some_and(is_sure)) && !self.turns_heads();
        let preset = || families::preset_between(&families::keys(&self.own), &families::keys(&self.theirs));
        if is_whole { None } else { preset() }
    }

    /// Whether a sure pair has two keys.
    fn renames(&self) -> bool {
        self.found().any(|(row, other, how)| row.key != other.key && !how.is_doubtful())
    }

    /// A line for each key of either side that is not simply the other's.
    fn lines(&self) -> Vec<Vec<String>> {
        let shape = |row: &Row| row.facts().map(|facts| shape_text(&facts.shape)).unwrap_or_default();
        let line = |key: &str, other: &str, row: &Row, how: String| {
            vec![key.to_owned(), other.to_owned(), shape(row), how]
        };
        let mut left = vec![true; self.theirs.len()];
        let mut lines = Vec::new();
        for (row, found) in self.own.iter().zip(&self.found) {
            let Some((place, how)) = found else {
                lines.push(line(&row.key, "-", row, ALONE.to_owned()));
                continue;
            };
            left.get_mut(*place).into_iter().for_each(|left| *left = false);
            if *how != How::Same {
                let other = self.theirs.get(*place).map_or("", |other| &other.key);
                lines.push(line(&row.key, other, row, self.text(row, how)));
            }
        }
        let left = self.theirs.iter().zip(left).filter_map(|(row, left)| left.then_some(row));
        lines.extend(left.map(|row| line("-", &row.key, row, ALONE.to_owned())));
        lines
    }

    fn text(&self, row: &Row, how: &How) -> String {
        if is_transposed(row, how) { format!("{}, transposed", how.text()) } else { how.text() }
    }

    /// How many have a counterpart, and of which kind.
    fn foot(&self) -> String {
        let count =
            |is_it: &dyn Fn(&Row, &How) -> bool| self.found().filter(|(row, _, how)| is_it(row, how)).count();
        let number = |count: usize| size::grouped(count as u64);
        let matched = count(&|_, how| !matches!(how, How::Shape(_)) && !how.is_doubtful());
        let mut foot = format!("matched {} of {}", number(matched), size::counted(self.own.len(), "key"));
        let kinds = [
            (count(&|_, how| *how == How::Same), "under the same key"),
            (self.doubtful(), "doubtful"),
            (count(&|_, how| matches!(how, How::Shape(_))), "in another shape"),
        ];
        for (count, kind) in kinds.into_iter().filter(|(count, _)| *count > 0) {
            foot.push_str(&format!(", {} {kind}", number(count)));
        }
        if self.turns_heads() {
            foot.push_str(&format!("; {ROTARY}"));
        }
        let transposed = count(&is_transposed);
        if transposed > 1 {
            // A square matrix does not show it.
            foot.push_str(&format!(
                "; {} of them transposed: square ones of the same layers may be too",
                number(transposed)
            ));
        }
        foot
    }
}

/// Whether a matrix is the other way round there.
fn is_transposed(row: &Row, how: &How) -> bool {
    match (how, row.facts().map(|facts| facts.shape.as_slice())) {
        (How::Shape(there), Some([a, b])) => there.as_slice() == [*b, *a],
        _ => false,
    }
}
