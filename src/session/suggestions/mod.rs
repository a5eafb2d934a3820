//! What was probably meant: remedies that only the whole shell can know, for an error that gives none itself. They come of
//! what the error and its exception hold, and of the line that was typed; no message is read.

mod loading;
mod typing;

use std::path::Path;
use std::rc::Rc;

use super::Session;
use super::resolve::chain_before;
use torchsh_base::error::{Error, Kind, Span};
use torchsh_base::identifier::quoted;
use torchsh_base::nearest;
use torchsh_language::value::report::refusal::Refusal;
use torchsh_language::value::{Dict, Instance, Str, Value};
use torchsh_render::error::Sources;
use torchsh_render::sanitize::sanitize;
use torchsh_syntax::Source;

/// Files of a folder that are compared with a name.
const MOST_FILES: usize = 5000;

/// Keys that are compared with one that is not there.
const MOST_KEYS: usize = 50_000;

/// Exceptions behind one that was raised for them.
const CAUSES: usize = 16;

impl Session {
    /// The error with the remedy, where one is known.
    pub(super) fn suggested(&self, error: Error, exception: &Rc<Instance>, sources: Sources<'_>) -> Error {
        let source = innermost(&error).and_then(|span| sources(span.source));
        let error = of_line(error, exception, source.as_deref());
        let error = match self.entry_hint(&error, exception, source.as_deref()) {
            Some(hint) => error.better_hint(hint),
            None => error,
        };
        let nearer = self.key_hint(&error, source.as_deref()).or_else(|| self.module_hint(&error, exception));
        let of_load = || {
            let refusal = refusal(exception).filter(|_| error.remedy().is_none())?;
            self.load_error_hint(&error, &refusal, sources)
        };
        match nearer.or_else(of_load) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// The key that was probably meant, where a line outside of functions asks a dictionary for one that is not there.
    fn key_hint(&self, failure: &Error, source: Option<&Source>) -> Option<String> {
        let [frame] = failure.frames() else { return None };
        if failure.kind() != Kind::Key || failure.remedy().is_some() {
            return None;
        }
        let text = source?.text.get(frame.span.start as usize..frame.span.end as usize)?;
        let (chain, key) = text.strip_suffix(']')?.rsplit_once('[')?;
        let key = key.trim();
        let mark = key.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
        let key = key.strip_prefix(mark)?.strip_suffix(mark)?;
        near_key(&*self.resolve(chain)?.as_dict()?, key)
    }

    /// For `ckpt.state_dict` of a dictionary: the key that was meant.
    fn entry_hint(&self, failure: &Error, exception: &Instance, source: Option<&Source>) -> Option<String> {
        if failure.kind() != Kind::Attribute {
            return None;
        }
        let named = |name: &str| exception.attributes.get_name(name);
        let (object, name) = (named("obj")?, named("name")?.as_str()?);
        let dict = object.as_dict()?;
        // An attribute with nearly that name is less than an entry of that very name.
        if failure.remedy().is_some() && dict.get_name(&name).is_none() {
            return None;
        }
        let owner = self.owner_written(failure, &object, &name, source?);
        entry_meant(&dict, owner.as_deref().unwrap_or("m"), &name)
    }

    /// How the line writes the object of which it asks an attribute that is not there.
    fn owner_written(&self, failure: &Error, object: &Value, name: &str, source: &Source) -> Option<String> {
        let frame = failure.frames().first()?;
        let text = source.text.get(frame.span.start as usize..frame.span.end as usize)?;
        let written = format!(".{name}");
        let ends = text.match_indices(&written).map(|(at, _)| at);
        let owners = ends.filter_map(|at| Some(chain_before(text.get(..at)?)));
        let is_it = |owner: &&str| self.resolve(owner).is_some_and(|value| value.same(object));
        owners.into_iter().find(is_it).map(str::to_owned)
    }

    /// For `tensor([1])`: the module that has a name that was written without one.
    fn module_hint(&self, failure: &Error, exception: &Instance) -> Option<String> {
        if failure.kind() != Kind::Name || failure.remedy().is_some() {
            return None;
        }
        // A single letter is a variable.
        let name = exception.attributes.get_name("name")?.as_str().filter(|name| name.len() > 1)?;
        let paths = HOMES.iter().map(|home| format!("{home}.{name}"));
        let found = paths.into_iter().find(|path| self.resolve(path).is_some())?;
        Some(format!("did you mean '{found}'?"))
    }
}

/// Modules whose names are often written without the module.
const HOMES: &[&str] = &["torch", "nn", "F", "optim", "math"];

/// The entry that `m.state_dict`, `m.epohc` or `m.conv1` of a dictionary speaks of, as it is written.
pub(super) fn entry_meant(dict: &Dict, owner: &str, name: &str) -> Option<String> {
    let keys: Vec<Str> = dict.map().iter().filter_map(|entry| entry.key.as_str()).take(MOST_KEYS).collect();
    let entry = |key: &str| format!("{owner}[{}]", quoted(key));
    if keys.iter().any(|key| key.as_str() == name) {
        return Some(format!("a dictionary's entries stand in brackets: {}", entry(name)));
    }
    let below = format!("{name}.");
    let inside: Vec<&Str> = keys.iter().filter(|key| key.starts_with(&below)).collect();
    match inside.as_slice() {
        [] => nearest(name, &keys).map(|near| format!("did you mean: {}", entry(near))),
        [only] => Some(format!("did you mean: {}", entry(only))),
        several => Some(format!("{} keys begin so: items {owner} \"{below}*\"", several.len())),
    }
}

/// What loading refused, as an exception remembers it, or the one that it was raised from.
fn refusal(exception: &Rc<Instance>) -> Option<Refusal> {
    let mut exception = exception.clone();
    for _ in 0..CAUSES {
        if let Some(refusal) = Refusal::of(&exception) {
            return Some(refusal.clone());
        }
        let Some(Value::Instance(cause)) = exception.attributes.get_name("__cause__") else { return None };
        exception = cause;
    }
    None
}

/// What the line and the exception tell of.
fn of_line(error: Error, exception: &Instance, source: Option<&Source>) -> Error {
    let line = innermost(&error).and_then(|span| Some(line_of(&source?.text, span)));
    let is_unknown = matches!(error.kind(), Kind::Name | Kind::Attribute);
    if let Some(hint) = line.filter(|_| is_unknown).and_then(typing::file) {
        return error.better_hint(hint);
    }
    if error.remedy().is_some() && error.kind() != Kind::Syntax {
        return error;
    }
    let hint = match error.kind() {
        Kind::Syntax => line.and_then(typing::verb),
        Kind::Name => {
            let name = exception.attributes.get_name("name").and_then(|name| name.as_str());
            let word = line.zip(name).and_then(|(line, name)| typing::word(line, &name));
            word.or_else(|| line.and_then(typing::command))
        }
        Kind::Key => line.and_then(filter_hint),
        Kind::FileNotFound => near_file(exception),
        _ => None,
    };
    match hint {
        Some(hint) => error.better_hint(hint),
        None => error,
    }
}

/// For a path that is not there: the file beside it that was probably meant.
fn near_file(exception: &Instance) -> Option<String> {
    let path = exception.attributes.get_name("filename")?.as_str()?;
    let path = Path::new(path.as_str());
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let known: Vec<Str> = names.take(MOST_FILES).map(Str::new).collect();
    // The ending may have been left away.
    let longer =
        known.iter().find(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
    let near = longer.or_else(|| nearest(name, &known))?;
    let near = folder
        .map_or_else(|| near.as_str().to_owned(), |folder| folder.join(near.as_str()).display().to_string());
    Some(format!("did you mean '{}'?", sanitize(&near)))
}

/// The key of a dictionary that was probably meant by `m["fc.wieght"]`.
fn near_key(dict: &Dict, key: &str) -> Option<String> {
    let keys: Vec<Str> = dict.map().iter().filter_map(|entry| entry.key.as_str()).take(MOST_KEYS).collect();
    let within =
        keys.iter().find(|known| known.strip_suffix(key).is_some_and(|before| before.ends_with('.')));
    within.or_else(|| nearest(key, &keys)).map(|near| format!("did you mean '{}'?", sanitize(near)))
}

/// Where the program was when it failed.
fn innermost(error: &Error) -> Option<Span> {
    error.frames().first().map(|frame| frame.span)
}

/// The line that a place is in.
fn line_of(text: &str, span: Span) -> &str {
    let at = usize::try_from(span.start).unwrap_or(0).min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default().lines().next().unwrap_or_default()
}

/// For a `KeyError` in a comprehension that compares shapes: the test that is missing.
fn filter_hint(line: &str) -> Option<String> {
    let has = |text: &str| line.contains(text);
    if !has("shape") || !has(" for ") || !has(".items()") {
        return None;
    }
    let before = |text: &str| {
        let at = line.find(text)?;
        let name = line.get(..at)?.rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).next()?;
        (!name.is_empty()).then(|| name.to_owned())
    };
    let (source, key) = (before(".items()")?, key_name(line)?);
    let other = before(&format!("[{key}]"))?;
    Some(format!(
        "{source} has keys that {other} has not: add \"{key} in {other} and\", or: {source} = filter {source} shape== {other}"
    ))
}

/// `k` of `for k, v in`.
fn key_name(line: &str) -> Option<&str> {
    let (_, after) = line.split_once(" for ")?;
    let name = after.split(',').next()?.trim();
    (!name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_test_is_named() {
        let line = "pretrained_dict = {k : v for k, v in pretrained_dict.items() if np.shape(model_dict[k]) == np.shape(v)}";
        assert_eq!(
            filter_hint(line).unwrap(),
            "pretrained_dict has keys that model_dict has not: add \"k in model_dict and\", or: \
             pretrained_dict = filter pretrained_dict shape== model_dict"
        );
        assert!(filter_hint("x = m[k]").is_none());
    }
}
