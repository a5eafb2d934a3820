//! What PyTorch says of arguments that no signature takes.

use super::Arg;
use super::bind::{Call, Refusal, bind};
use super::signature::{Function, Parameter, Signature};
use torchsh_base::error::Error;
use torchsh_base::nearest;

/// The `TypeError` for a call that no signature takes.
pub fn error(function: &Function, call: &Call) -> Error {
    let shown: Vec<&Signature> =
        function.signatures.iter().filter(|signature| !signature.deprecated).collect();
    let count = call.positional.len() + call.keywords.len();
    let plausible: Vec<&&Signature> = shown
        .iter()
        .filter(|signature| {
            let least = signature.parameters.iter().filter(|parameter| parameter.default.is_none()).count();
            (least..=signature.parameters.len()).contains(&count)
        })
        .collect();
    let only = match (function.signatures.as_slice(), plausible.as_slice()) {
        ([only], _) => Some(only),
        (_, [only]) => Some(**only),
        _ => None,
    };
    let error = Error::type_error(match only {
        Some(signature) => alone(signature, call),
        None => combination(function, &shown, call),
    });
    match near(&shown, call) {
        Some(name) if only.is_none() => error.hint(format!("did you mean {name}=?")),
        _ => error,
    }
}

/// The parameter that was probably meant by a keyword that no signature has.
fn near<'a>(shown: &[&'a Signature], call: &Call) -> Option<&'a str> {
    let known: Vec<&str> =
        shown.iter().flat_map(|signature| &signature.parameters).map(|parameter| parameter.name).collect();
    let unknown = call.keywords.iter().rev().map(|(name, _)| *name).filter(|name| !known.contains(name));
    unknown.into_iter().find_map(|name| nearest(name, &known).copied())
}

/// What is wrong with the only signature that could have been meant.
fn alone(signature: &Signature, call: &Call) -> String {
    let name = signature.name;
    if call.receiver.is_some() && signature.parameters.is_empty() {
        return match call.keywords {
            [] => format!("TensorBase.{name}() takes no arguments ({} given)", call.positional.len()),
            _ => format!("TensorBase.{name}() takes no keyword arguments"),
        };
    }
    match bind(signature, call) {
        Err(Refusal::TooMany) => too_many(signature, call),
        Err(Refusal::Missing(number)) => missing(signature, number),
        Err(Refusal::Wrong(number, element)) => wrong(signature, call, number, element),
        Err(Refusal::Keywords) => keywords(signature, call),
        Err(Refusal::Error(error)) => error.message().to_owned(),
        Ok(_) => format!("{name}() got invalid arguments"),
    }
}

fn too_many(signature: &Signature, call: &Call) -> String {
    let most = signature.parameters.iter().filter(|parameter| !parameter.keyword_only).count();
    let least = signature
        .parameters
        .iter()
        .filter(|parameter| !parameter.keyword_only && parameter.default.is_none())
        .count();
    let (name, given) = (signature.name, call.positional.len());
    if least < most {
        return format!("{name}() takes from {least} to {most} positional arguments but {given} were given");
    }
    let (s, were) = (if most == 1 { "" } else { "s" }, if given == 1 { "was" } else { "were" });
    format!("{name}() takes {most} positional argument{s} but {given} {were} given")
}

fn missing(signature: &Signature, first: usize) -> String {
    let lacking = |parameter: &&Parameter| parameter.default.is_none();
    let names: Vec<String> = signature
        .parameters
        .iter()
        .skip(first)
        .filter(lacking)
        .map(|parameter| format!("\"{}\"", parameter.name))
        .collect();
    // The plural is PyTorch's.
    let s = if names.len() == 1 { "s" } else { "" };
    format!(
        "{}() missing {} required positional argument{s}: {}",
        signature.name,
        names.len(),
        names.join(", ")
    )
}

fn wrong(signature: &Signature, call: &Call, number: usize, element: Option<usize>) -> String {
    let Some(parameter) = signature.parameters.get(number) else { return String::new() };
    let (name, wanted) = (parameter.name, parameter.takes.name());
    let by_place = call.positional.get(number);
    let given = by_place.or_else(|| {
        let names = std::iter::once(&parameter.name).chain(parameter.other_names());
        names
            .filter_map(|name| call.keywords.iter().find(|(given, _)| given == name))
            .map(|(_, arg)| arg)
            .next()
    });
    let place = match by_place {
        Some(_) => format!(" (position {})", number + 1),
        None => String::new(),
    };
    let function = signature.name;
    if let (Some(element), Some(items), Some(_)) = (element, given.and_then(Arg::items), by_place) {
        let found = items.get(element).map_or("", Arg::type_name);
        return format!(
            "{function}(): argument '{name}'{place} must be {wanted}, but found element of type {found} at pos {element}"
        );
    }
    let found = given.map_or("NoneType", Arg::type_name);
    format!("{function}(): argument '{name}'{place} must be {wanted}, not {found}")
}

fn keywords(signature: &Signature, call: &Call) -> String {
    let name = signature.name;
    for (given, _) in call.keywords {
        match signature.parameters.iter().position(|parameter| parameter.name == *given) {
            None => return format!("{name}() got an unexpected keyword argument '{given}'"),
            Some(place) if place < call.positional.len() => {
                return format!("{name}() got multiple values for argument '{given}'");
            }
            Some(_) => {}
        }
    }
    "invalid keyword arguments".to_owned()
}

// ---- several signatures -----------------------------------------------------------------------------------------

fn combination(function: &Function, shown: &[&Signature], call: &Call) -> String {
    let name = function.signatures.first().map_or("", |signature| signature.name);
    let got = given(call);
    let head = format!("{name}() received an invalid combination of arguments - got ({got}), but expected");
    if let [only] = shown {
        let unknown = unknown(&columns(only), call);
        if !unknown.is_empty() {
            let head = format!("{name}() received an invalid combination of arguments");
            return format!("{head} - got unrecognized keyword arguments: {}", unknown.join(", "));
        }
        return format!("{head} {}", only.text());
    }
    let mut text = format!("{head} one of:\n");
    for signature in shown {
        text.push_str(" * ");
        text.push_str(&signature.text());
        text.push('\n');
        if let Some(reason) = reason(signature, call) {
            text.push_str("      didn't match because some of the ");
            text.push_str(&reason);
            text.push('\n');
        }
    }
    text
}

/// PyTorch lists keywords in the order of a C++ hash table: the last first.
fn reversed<'a>(call: &'a Call) -> impl Iterator<Item = &'a (&'a str, Arg)> {
    call.keywords.iter().rev()
}

fn given(call: &Call) -> String {
    let positional = call.positional.iter().map(|arg| arg.type_name().to_owned());
    let keywords = reversed(call).map(|(name, arg)| format!("{name}={}", arg.type_name()));
    let mut text = positional.chain(keywords).collect::<Vec<_>>().join(", ");
    if call.positional.is_empty() && !call.keywords.is_empty() {
        text.push_str(", ");
    }
    text
}

/// A list by its elements, anything else by its type.
fn described(arg: &Arg) -> String {
    match arg {
        Arg::List(items) => format!("list of [{}]", elements(items)),
        Arg::Tuple(items) if items.len() == 1 => format!("tuple of ({},)", elements(items)),
        Arg::Tuple(items) => format!("tuple of ({})", elements(items)),
        other => other.type_name().to_owned(),
    }
}

fn elements(items: &[Arg]) -> String {
    items.iter().map(Arg::type_name).collect::<Vec<_>>().join(", ")
}

/// A signature as its text reads, cut at the commas.
fn columns(signature: &Signature) -> Vec<Option<&Parameter>> {
    let mut columns = Vec::new();
    let mut starred = false;
    for parameter in &signature.parameters {
        if parameter.keyword_only && !starred {
            columns.push(None);
            starred = true;
        }
        columns.push(Some(parameter));
    }
    if columns.is_empty() {
        columns.push(None);
    }
    columns
}

/// Keywords that a signature has not. PyTorch reads its own text here, and takes a default for the name.
fn unknown<'a>(columns: &[Option<&Parameter>], call: &Call<'a>) -> Vec<&'a str> {
    let start = columns.len().saturating_sub(call.keywords.len());
    let known = |name: &str| {
        let rest = columns.iter().skip(start).flatten();
        rest.filter(|column| column.default.is_none()).any(|column| column.name == name)
    };
    call.keywords.iter().rev().map(|(name, _)| *name).filter(|name| !known(name)).collect()
}

/// Why a signature with as many parameters as there are arguments does not take them.
fn reason(signature: &Signature, call: &Call) -> Option<String> {
    let columns = columns(signature);
    if columns.len() != call.positional.len() + call.keywords.len() {
        return None;
    }
    let unknown = unknown(&columns, call);
    if !unknown.is_empty() {
        return Some(format!("keywords were incorrect: {}", unknown.join(", ")));
    }
    let positional = call.positional.iter().zip(&columns).map(|(arg, column)| marked(arg, *column, ""));
    let keywords = columns.iter().skip(call.positional.len()).flatten().filter_map(|column| {
        let (name, arg) = call.keywords.iter().find(|(name, _)| *name == column.name)?;
        Some(marked(arg, Some(column), &format!("{name}=")))
    });
    let list: Vec<String> = positional.chain(keywords).collect();
    Some(format!("arguments have invalid types: ({})", list.join(", ")))
}

fn marked(arg: &Arg, parameter: Option<&Parameter>, prefix: &str) -> String {
    let text = described(arg);
    let fits = parameter
        .is_some_and(|parameter| parameter.default.is_none() && parameter.takes.name() == arg.type_name());
    if fits { format!("{prefix}{text}") } else { format!("!{prefix}{text}!") }
}
