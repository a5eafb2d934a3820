//! Verbs that look: items, keys, values, tree, find.

use super::key_mapping::families;
use super::order::{Rank, sort};
use super::{Words, fuzzy_keys, nested, numbers};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::pattern::{fits, is_pattern};
use torchsh_language::value::report::{Report, gather};
use torchsh_language::value::{Args, Str, Value, Vm};

/// The entries that a verb line speaks of: those whose keys fit the pattern, if there is one; of a whole checkpoint
/// those of all that lies in it, under their paths.
pub(super) fn chosen(vm: &dyn Vm, args: &Args) -> Result<Vec<(Value, Value)>> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let all = nested::entries(vm, &dict)?;
    if words.left.len() == 0 {
        words.end(args)?;
        return Ok(all);
    }
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    words.end(args)?;
    let entries = having(vm, all.clone(), |key| fits(key, &pattern))?;
    if entries.is_empty() {
        nothing_fits(vm, &pattern, &all)?;
    }
    Ok(entries)
}

/// Says that a pattern fits no key, and which one would.
pub(super) fn nothing_fits(vm: &dyn Vm, pattern: &str, entries: &[(Value, Value)]) -> Result<()> {
    let wider = format!("*{}*", pattern.trim_matches('*').to_lowercase());
    let found = having(vm, entries.to_vec(), |key| fits(&key.to_lowercase(), &wider))?;
    let shown = gather::key_text(vm, found.first().map_or(&Value::None, |(key, _)| key))?;
    vm.notice(&match found.len() {
        0 => format!("no key fits \"{pattern}\""),
        1 => format!("no key fits \"{pattern}\"; {shown} comes near"),
        count => format!("no key fits \"{pattern}\"; {shown} and {} more come near", count - 1),
    });
    Ok(())
}

fn having(
    vm: &dyn Vm,
    entries: Vec<(Value, Value)>,
    test: impl Fn(&str) -> bool,
) -> Result<Vec<(Value, Value)>> {
    let mut kept = Vec::new();
    for (key, value) in entries {
        if test(&gather::key_text(vm, &key)?) {
            kept.push((key, value));
        }
    }
    Ok(kept)
}

/// `items m "layer1.*"`
pub fn items(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let is_plain = words.left.len() == 0 && args.keywords().is_empty();
    let is_whole = words.left.len() == 0;
    if is_plain && gather::look(&dict) == gather::Look::Checkpoint {
        if let Some(weights) = nested::meant(vm, &Value::Dict(dict.clone())) {
            families::tell(vm, &gather::rows(vm, &weights)?);
        }
        return Ok(Report::Outline(gather::outline(vm, &dict)?).into_value());
    }
    let entries = chosen(vm, args)?;
    let mut rows = gather::rows_of(vm, &entries)?;
    if is_whole {
        families::tell(vm, &rows);
    }
    sort(vm, args, &mut rows, Rank::of)?;
    Ok(Report::Entries(rows).into_value())
}

/// `keys m`: of a whole checkpoint its own, as in Python, unless a pattern looks for others.
pub fn keys(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let entries = match args.rest() {
        [_] => Words::of(args).dict(vm, args)?.entries(),
        _ => chosen(vm, args)?,
    };
    let mut rows = gather::rows_of(vm, &entries)?;
    sort(vm, args, &mut rows, Rank::of)?;
    Ok(Report::Lines(rows.into_iter().map(|row| row.key).collect()).into_value())
}

/// `find m "bn*.running_mean"`
pub fn find(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let wanted = words.text(vm, args, "a pattern in quotes")?;
    words.end(args)?;
    let all = nested::entries(vm, &dict)?;
    let entries = match is_pattern(&wanted) {
        true => having(vm, all.clone(), |key| fits(key, &wanted))?,
        false => having(vm, all.clone(), |key| key.contains(wanted.as_str()))?,
    };
    if entries.is_empty() && !all.is_empty() {
        return near(vm, &wanted, &all);
    }
    let mut rows = gather::rows_of(vm, &entries)?;
    sort(vm, args, &mut rows, Rank::of)?;
    Ok(Report::Entries(rows).into_value())
}

/// The entries whose keys come near what was looked for, and that they do no more than that.
fn near(vm: &dyn Vm, wanted: &Str, all: &[(Value, Value)]) -> Result<Value> {
    let keys = all.iter().map(|(key, _)| gather::key_text(vm, key)).collect::<Result<Vec<String>>>()?;
    let found = fuzzy_keys::nearest_keys(wanted, &keys);
    let verb = if is_pattern(wanted) { "fits" } else { "contains" };
    vm.notice(&match found.len() {
        0 => format!("no key {verb} \"{wanted}\""),
        1 => format!("no key {verb} \"{wanted}\"; this one comes near"),
        _ => format!("no key {verb} \"{wanted}\"; these come near"),
    });
    let entries: Vec<(Value, Value)> =
        found.into_iter().filter_map(|place| all.get(place).cloned()).collect();
    Ok(Report::Entries(gather::rows_of(vm, &entries)?).into_value())
}

/// `tree m "layer1.*" 2`
pub fn tree(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let all = nested::entries(vm, &dict)?;
    let is_text =
        |words: &Words<'_>| words.left.as_slice().first().is_some_and(|word| word.as_str().is_some());
    let pattern = is_text(&words).then(|| words.text(vm, args, "a pattern in quotes")).transpose()?;
    let depth = match words.left.next() {
        Some(depth) => {
            let depth = numbers::whole(vm, "a depth", depth)?;
            let negative = |_| Error::value(format!("a depth is 0 or more, not {depth}"));
            Some(usize::try_from(depth).map_err(negative)?)
        }
        None => None,
    };
    words.end(args)?;
    let entries = match &pattern {
        Some(pattern) => having(vm, all.clone(), |key| fits(key, pattern))?,
        None => all.clone(),
    };
    if let Some(pattern) = pattern.filter(|_| entries.is_empty()) {
        nothing_fits(vm, &pattern, &all)?;
    }
    let rows = gather::rows_of(vm, &entries)?;
    Ok(Report::Tree { rows, root: "(all)".to_owned(), depth }.into_value())
}
