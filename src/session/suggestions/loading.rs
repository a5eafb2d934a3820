//! Remedies for what `load_state_dict` refuses or leaves out: lines to type, in the names of the line that was typed.

use std::collections::HashSet;

use super::super::Session;
use super::super::resolve::{Values, chain_before};
use super::line_of;
use std::rc::Rc;
use torchsh_base::error::Error;
use torchsh_builtins::verbs;
use torchsh_language::value::report::Report;
use torchsh_language::value::report::keys::{self, Change};
use torchsh_language::value::report::refusal::{KeysRefused, Refusal};
use torchsh_language::value::{Dict, Str, Value, Vm};
use torchsh_render::error::Sources;

/// Verbs that load or say what loading would do.
const LOADS: &[&str] = &["load_state_dict", "check "];

/// Keys that are named one by one.
const NAMED: usize = 3;

/// What `load_state_dict` says of keys.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    missing: Vec<String>,
    unexpected: Vec<String>,
    /// Whether shapes differ.
    misfits: bool,
    /// Whether it was told to load what fits.
    is_loaded: bool,
}

impl Differences {
    /// What was refused.
    fn of_refused(refused: &KeysRefused) -> Self {
        Differences {
            missing: refused.missing.clone(),
            unexpected: refused.unexpected.clone(),
            misfits: !refused.misfits.is_empty(),
            is_loaded: false,
        }
    }

    /// What `load_state_dict(…, strict=False)` gives back, or what `check` found; none for other values.
    fn of_value(vm: &dyn Vm, value: &Value) -> Option<Self> {
        if let Some(Report::Findings(found)) = Report::of(value) {
            return (found.verb == "check" && found.is_bad).then(|| Differences {
                missing: found.of_kind("missing"),
                unexpected: found.of_kind("unexpected"),
                misfits: !found.of_kind("shape").is_empty(),
                is_loaded: false,
            });
        }
        if vm.class_of(value).name.as_str() != "_IncompatibleKeys" {
            return None;
        }
        let of = |name: &str| -> Option<Vec<String>> {
            let list = vm.collect(&vm.attribute(value, &Str::intern(name)).ok()?).ok()?;
            Some(list.iter().filter_map(Value::as_str).map(|key| key.as_str().to_owned()).collect())
        };
        let (missing, unexpected) = (of("missing_keys")?, of("unexpected_keys")?);
        Some(Differences { missing, unexpected, misfits: false, is_loaded: true })
    }
}

/// The two sides of a line that loads: `load_state_dict p into model`, `model.load_state_dict(p)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Load<'a> {
    given: &'a str,
    model: &'a str,
}

impl<'a> Load<'a> {
    fn of(line: &'a str) -> Option<Self> {
        if let Some(at) = line.find(".load_state_dict(") {
            let model = chain_before(line.get(..at)?);
            let arguments = line.get(at + ".load_state_dict(".len()..)?;
            let given = until(arguments, &[',', ')']).trim();
            return (!model.is_empty() && !given.is_empty()).then_some(Load { given, model });
        }
        let (before, words) = line.split_once("load_state_dict ").or_else(|| line.split_once("check "))?;
        let words = words.trim_start();
        let given = until(words, &[' ']);
        let rest = words.get(given.len()..)?.trim_start();
        let rest = rest.strip_prefix("into ").unwrap_or(rest).trim_start();
        let model = until(rest, &[' ', ';', '#']);
        let is_statement = before.trim_end().is_empty() || before.trim_end().ends_with(['=', ';', ':']);
        (is_statement && !given.is_empty() && !model.is_empty()).then_some(Load { given, model })
    }
}

/// A text up to the first of some characters outside of brackets and quotes.
fn until<'a>(text: &'a str, ends: &[char]) -> &'a str {
    let (mut depth, mut quote) = (0usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, c) if depth == 0 && ends.contains(&c) => return text.get(..at).unwrap_or(text),
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text
}

/// What is known of the line: its words, and what they stand for where that is seen without running anything.
struct Known<'a> {
    load: Load<'a>,
    /// The name that takes what a line makes.
    target: String,
    state: Option<Rc<Dict>>,
    model: Option<Value>,
}

impl Session {
    /// As [`Values::load_error_hint`].
    pub(super) fn load_error_hint(
        &self,
        failure: &Error,
        refusal: &Refusal,
        sources: Sources<'_>,
    ) -> Option<String> {
        Values(&self.interpreter).load_error_hint(failure, refusal, sources)
    }

    /// As [`Values::left_out_hint`].
    pub(in super::super) fn left_out_hint(&self, value: &Value, text: &str) -> Option<String> {
        Values(&self.interpreter).left_out_hint(value, text)
    }
}

impl Values<'_> {
    /// The remedy for an error that a line with `load_state_dict` raised.
    fn load_error_hint(&self, failure: &Error, refusal: &Refusal, sources: Sources<'_>) -> Option<String> {
        // The line that was typed is the outermost.
        let mut lines = failure.frames().iter().rev().filter_map(|frame| {
            let source = sources(frame.span.source)?;
            let line = line_of(&source.text, frame.span).to_owned();
            line.contains("load_state_dict").then(|| (line, &*frame.function == "<module>"))
        });
        let line = lines.next();
        let known = line.as_ref().and_then(|(line, is_top)| self.known(line, *is_top));
        match refusal {
            Refusal::Groups { given, own } => Some(groups_hint(given, own, &known?)),
            Refusal::Keys(refused) if refused.has_arrays => Some(arrays_hint(&known?)),
            Refusal::Keys(refused) => {
                self.differences_hint(&Differences::of_refused(refused), known.as_ref())
            }
        }
    }

    /// The remedy for keys that a line left out, where it was told to.
    pub(in super::super) fn left_out_hint(&self, value: &Value, text: &str) -> Option<String> {
        let differences = Differences::of_value(self.0, value)?;
        let line = text.lines().rev().find(|line| LOADS.iter().any(|verb| line.contains(verb)))?;
        self.differences_hint(&differences, self.known(line, true).as_ref())
    }

    fn known<'a>(&self, line: &'a str, is_top: bool) -> Option<Known<'a>> {
        let load = Load::of(line)?;
        let value = |text: &str| self.resolve(text).filter(|_| is_top);
        let state = value(load.given).and_then(|state| verbs::meant(self.0, &state));
        let target = verbs::fresh_name(self.0, load.given);
        Some(Known { load, target, state, model: value(load.model) })
    }

    fn differences_hint(&self, differences: &Differences, known: Option<&Known<'_>>) -> Option<String> {
        let (missing, unexpected) = (texts(&differences.missing), texts(&differences.unexpected));
        if let Some(beginning) = keys::remedy(&missing, &unexpected) {
            let code = known.map(|Known { load, target, .. }| match &beginning.change {
                Change::Removed(text) => format!(": {target} = strip {} \"{text}\"", load.given),
                Change::Put(text) => format!(": {target} = prefix {} \"{text}\"", load.given),
            });
            return Some(format!("{}{}", beginning.said(), code.unwrap_or_default()));
        }
        let known = known?;
        let hint = self
            .nested_hint(&missing, &unexpected, known)
            .or_else(|| self.preset_hint(known))
            .or_else(|| fused_hint(&missing, &unexpected, known))
            .or_else(|| self.rename_hint(&missing, &unexpected, known));
        if hint.is_some() || differences.is_loaded {
            return hint;
        }
        let Known { load: Load { given, model }, target, .. } = known;
        if differences.misfits {
            let line = format!(
                "{target} = filter {given} shape== {model}; load_state_dict {target} into {model} strict=False"
            );
            return Some(format!("this loads what fits: {line}"));
        }
        if missing.is_empty() {
            return Some(drop_hint(&unexpected, known));
        }
        let loaded = known.state.as_ref().map(|state| state.len().saturating_sub(unexpected.len()));
        let fits = loaded.is_none_or(|loaded| loaded > 0);
        fits.then(|| {
            format!(
                "this loads the keys that are the model's: load_state_dict {given} into {model} strict=False"
            )
        })
    }

    /// Where the weights are, if a whole checkpoint was given to the method, which does not look inside as the verb does.
    fn nested_hint(&self, missing: &[&str], unexpected: &[&str], known: &Known<'_>) -> Option<String> {
        let given = known.load.given;
        let whole =
            self.resolve(given)?.as_dict().filter(|_| known.state.is_some() && !missing.is_empty())?;
        unexpected.iter().find(|key| whole.get_name(key).is_some())?;
        let place = nested(&whole, missing)?;
        let line = format!("load_state_dict {given}{place} into {}", known.load.model);
        Some(format!("the weights are in {given}{place}: {line}"))
    }

    /// The preset for the names of two libraries.
    fn preset_hint(&self, known: &Known<'_>) -> Option<String> {
        let (state, model) = known.state.as_ref().zip(known.model.as_ref())?;
        let preset = verbs::preset_between(self.0, state, model)?;
        let Known { load: Load { given, .. }, target, .. } = known;
        Some(format!("these are the names of two libraries: {target} = rename {given} preset \"{preset}\""))
    }

    /// How to find out which key is which, if any is another by its name.
    fn rename_hint(&self, missing: &[&str], unexpected: &[&str], known: &Known<'_>) -> Option<String> {
        if missing.is_empty() || unexpected.is_empty() {
            return None;
        }
        let Known { load: Load { given, model }, target, .. } = known;
        let line = format!("{target} = rename {given} to {model}");
        let found = known.state.as_ref().zip(known.model.as_ref());
        let Some((state, other)) = found else {
            return Some(format!("match {given} to {model} shows which key may be which: {line}"));
        };
        let (sure, doubtful) = verbs::counterparts_of(self.0, state, other)?;
        match (sure, doubtful) {
            (0, 0) => None,
            (0, count) => Some(format!(
                "match {given} to {model} shows {count} doubtful pairs, guess=True takes them: {line} guess=True"
            )),
            (count, _) => Some(format!(
                "{count} of the keys have other names there (match {given} to {model} shows them): {line}"
            )),
        }
    }
}

/// What an optimizer's groups come to on either side.
fn groups_hint(given: &[usize], own: &[usize], known: &Known<'_>) -> String {
    let said = |sizes: &[usize]| {
        let groups = if sizes.len() == 1 { "group" } else { "groups" };
        let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
        format!("{} {groups} of {}", sizes.len(), sizes.join("+"))
    };
    format!(
        "the state_dict has {} parameters, {} here {}: make the optimizer with the same groups",
        said(given),
        known.load.model,
        said(own)
    )
}

fn texts(keys: &[String]) -> Vec<&str> {
    keys.iter().map(String::as_str).collect()
}

/// The place of a dictionary within one that has such keys, perhaps with something before each: `["state_dict"]`.
fn nested(whole: &Dict, keys: &[&str]) -> Option<String> {
    let wanted: HashSet<&str> = keys.iter().copied().collect();
    let has_some = |dict: &Dict| {
        dict.map().iter().filter_map(|entry| entry.key.as_str()).any(|key| {
            let ends = key.match_indices('.').map(|(at, _)| key.get(at + 1..).unwrap_or_default());
            ends.chain([key.as_str()]).any(|end| wanted.contains(end))
        })
    };
    let map = whole.map();
    let found = map.iter().find(|entry| entry.value.as_dict().is_some_and(|dict| has_some(&dict)))?;
    let key =
        found.key.as_str().filter(|key| !key.contains(['"', '\\']) && !key.contains(char::is_control))?;
    Some(format!("[\"{key}\"]"))
}

/// The line that leaves out keys that the model does not know, where nothing else is wrong.
fn drop_hint(unexpected: &[&str], known: &Known<'_>) -> String {
    let Known { load: Load { given, model }, target, state, .. } = known;
    let loads = format!("load_state_dict {given} into {model} strict=False");
    let patterns = match unexpected.len() {
        0..=NAMED => unexpected.iter().map(|key| (*key).to_owned()).collect(),
        _ => patterns(unexpected),
    };
    let fits = |key: &str| patterns.iter().any(|pattern| verbs::fits(key, pattern));
    // A pattern must take nothing that the model needs.
    let is_exact = state.as_ref().is_some_and(|state| {
        let keys: Vec<Str> = state.map().iter().filter_map(|entry| entry.key.as_str()).collect();
        keys.iter().filter(|key| fits(key)).count() == unexpected.len()
    });
    let is_plain = |key: &String| !key.contains(['"', '\\']) && !key.contains(char::is_control);
    if !is_exact || patterns.len() > NAMED || !patterns.iter().all(is_plain) {
        return format!("this leaves out what the model does not have: {loads}");
    }
    let quoted: Vec<String> = patterns.iter().map(|pattern| format!("\"{pattern}\"")).collect();
    format!("the model has everything else: {target} = drop {given} {}", quoted.join(" "))
}

/// Patterns for keys that end or begin alike: `*.position_ids`, `pooler.*`.
fn patterns(keys: &[&str]) -> Vec<String> {
    let distinct = |of: fn(&str) -> Option<String>| -> Option<Vec<String>> {
        let mut all = keys.iter().map(|key| of(key)).collect::<Option<Vec<_>>>()?;
        all.sort();
        all.dedup();
        (all.len() <= NAMED).then_some(all)
    };
    let ends = distinct(|key| Some(format!("*.{}", key.rsplit_once('.')?.1)));
    let is_telling =
        |patterns: &Vec<String>| !patterns.iter().any(|end| end == "*.weight" || end == "*.bias");
    let begins = || distinct(|key| Some(format!("{}.*", key.split_once('.')?.0)));
    ends.filter(is_telling).or_else(begins).unwrap_or_default()
}

/// The line that makes tensors of arrays.
fn arrays_hint(known: &Known<'_>) -> String {
    let Known { load: Load { given, model }, target, state, .. } = known;
    let array = |value: &Value| value.as_tensor().is_none() && value.is_tensor_or_array();
    let only = state.as_ref().is_some_and(|state| state.entries().iter().all(|(_, value)| array(value)));
    let unless = if only { "" } else { " if isinstance(v, np.ndarray) else v" };
    format!(
        "its arrays are numpy's: {target} = {{k: torch.from_numpy(v){unless} for k, v in {given}.items()}}; \
         load_state_dict {target} into {model}"
    )
}

/// Names of query, key and value in one tensor, and in three.
const FUSED: &[&str] = &["in_proj_", "qkv.", "qkv_proj.", "Wqkv.", "query_key_value.", "to_qkv.", "c_attn."];
const THIRDS: &[[&str; 3]] = &[
    ["q_proj.", "k_proj.", "v_proj."],
    ["query.", "key.", "value."],
    ["q.", "k.", "v."],
    ["q_lin.", "k_lin.", "v_lin."],
    ["to_q.", "to_k.", "to_v."],
    ["wq.", "wk.", "wv."],
];

/// The line that joins query, key and value, or parts them, where the model has them the other way.
fn fused_hint(missing: &[&str], unexpected: &[&str], known: &Known<'_>) -> Option<String> {
    let Known { load: Load { given, .. }, target, state, .. } = known;
    if let Some((whole, [q, k, v])) = thirds(missing, unexpected) {
        // Heads that are shared are fewer rows: no thirds.
        let rows = |part: &str| -> Option<Vec<i64>> {
            let key = unexpected.iter().find(|key| key.contains(part))?;
            Some(state.as_ref()?.get_name(key)?.as_tensor()?.tensor().sizes())
        };
        if rows(&q) != rows(&k) || rows(&k) != rows(&v) {
            return None;
        }
        return Some(format!(
            "the model has query, key and value in one: {target} = {{n.replace(\"{q}\", \"{whole}\"): \
             torch.cat([{given}[n.replace(\"{q}\", x)] for x in (\"{q}\", \"{k}\", \"{v}\")]) if \"{q}\" in n else t \
             for n, t in {given}.items() if \"{k}\" not in n and \"{v}\" not in n}}"
        ));
    }
    let (whole, [q, k, v]) = thirds(unexpected, missing)?;
    Some(format!(
        "the model has query, key and value apart: {target} = {{n.replace(\"{whole}\", x): w for n, t in \
         {given}.items() for x, w in (zip((\"{q}\", \"{k}\", \"{v}\"), t.chunk(3)) if \"{whole}\" in n else \
         [(\"{whole}\", t)])}}"
    ))
}

/// The texts that keys of the one have where three of the others have theirs.
fn thirds(whole: &[&str], parts: &[&str]) -> Option<(String, [String; 3])> {
    let known: HashSet<&str> = parts.iter().copied().collect();
    whole.iter().find_map(|key| {
        FUSED.iter().find_map(|fused| {
            let at = key.find(fused)?;
            let stop = if key.get(..at)?.ends_with('.') { "." } else { "" };
            (at == 0 || !stop.is_empty()).then_some(())?;
            let fused = format!("{stop}{fused}");
            THIRDS.iter().find_map(|thirds| {
                let thirds = thirds.map(|third| format!("{stop}{third}"));
                let all = thirds.iter().all(|third| known.contains(key.replacen(&fused, third, 1).as_str()));
                all.then(|| (fused.clone(), thirds))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_a_line_are_found() {
        for (line, given, model) in [
            ("load_state_dict p into model", "p", "model"),
            (
                "  load_state_dict ck[\"state dict\"] into net.body strict=False",
                "ck[\"state dict\"]",
                "net.body",
            ),
            ("x = load_state_dict p model", "p", "model"),
            ("model.load_state_dict(ck['a, b'], strict=False)", "ck['a, b']", "model"),
            ("print(nets[0].load_state_dict(torch.load(\"x.pt\")))", "torch.load(\"x.pt\")", "nets[0]"),
        ] {
            assert_eq!(Load::of(line), Some(Load { given, model }), "{line}");
        }
        assert!(Load::of("load_state_dict(p)").is_none());
    }

    #[test]
    fn patterns_take_what_is_alike() {
        assert_eq!(patterns(&["a.position_ids", "b.c.position_ids"]), ["*.position_ids"]);
        assert_eq!(patterns(&["pooler.weight", "pooler.dense.bias"]), ["pooler.*"]);
    }
}
