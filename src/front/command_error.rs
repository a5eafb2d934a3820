//! What is said where a verb on the command line went wrong: in words to type there, not in those of the prompt.

use super::verb_command;
use torchsh_base::error::{Error, Kind};
use torchsh_session::makes_state_dict;
use torchsh_syntax::verbs;

/// What went wrong with a verb and the words after it. None: it was ended, by itself or by a key.
pub fn told(verb: &str, words: &[String], error: &Error) -> Option<String> {
    if matches!(error.kind(), Kind::SystemExit | Kind::KeyboardInterrupt) {
        return None;
    }
    let is_usage = error.message().starts_with("usage: ");
    let message = match error.kind() {
        _ if is_usage => usage(verb),
        Kind::Key => format!("there is no entry {}", error.message()),
        _ => without_number(error.message()).to_owned(),
    };
    // `in cut.pth` is said first: there may be several files.
    let (places, notes): (Vec<_>, Vec<_>) = error.notes().iter().partition(|note| note.starts_with("in "));
    let place: String = places.iter().map(|place| format!("{place}: ")).collect();
    let notes: String = notes.iter().map(|note| format!("note: {note}\n")).collect();
    let hint = error.remedy().filter(|_| !is_usage).map(|hint| of_command(verb, words, hint));
    let hint = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
    Some(format!("torchsh: {place}{message}\n{notes}{hint}"))
}

/// `[Errno 2] No such file or directory` without the number.
fn without_number(message: &str) -> &str {
    message.strip_prefix("[Errno ").and_then(|rest| rest.split_once("] ")).map_or(message, |(_, says)| says)
}

/// How a verb is typed on the command line: `usage: torchsh find FILE 'bn*.running_mean'`.
pub fn usage(verb: &str) -> String {
    let form = verbs::synopsis(verb).unwrap_or(verb).replace("m[\"conv1.weight\"]", "FILE \"conv1.weight\"");
    let is_name = |word: &str| word.len() == 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let word = |word: &str| {
        let inner = word.trim_end_matches(']');
        if is_name(inner) { word.replacen(inner, "FILE", 1) } else { word.replace('"', "'") }
    };
    let words: Vec<String> = form.split(' ').map(word).collect();
    format!("usage: torchsh {}", words.join(" "))
}

/// A hint in words of the command line.
fn of_command(verb: &str, words: &[String], hint: &str) -> String {
    let is_form = verbs::synopsis(verb).is_some_and(|form| hint.contains(form));
    if is_form || hint.starts_with("a command of the system") {
        return usage(verb).trim_start_matches("usage: ").to_owned();
    }
    let opened = verb_command::begun(verb, words).map(|(opened, _)| opened).unwrap_or_default();
    let entry = opened.iter().find_map(|(name, path)| {
        let keys = hint.strip_prefix(verb)?.trim_start().strip_prefix(name.as_str())?;
        let keys = keys.strip_prefix('[')?.strip_suffix(']')?;
        let keys: Vec<&str> = keys.split("][").map(|key| key.trim_matches('"')).collect();
        Some(format!("torchsh {verb} {} {}", quoted(path), quoted(&keys.join("."))))
    });
    entry.or_else(|| line_of(hint, &opened)).unwrap_or_else(|| hint.to_owned())
}

/// A hint that ends in a line of the prompt, with the command that does the same: `p = filter p shape== q`, `p = run["ema"]`.
fn line_of(hint: &str, opened: &[(String, String)]) -> Option<String> {
    let (says, line) = hint.rsplit_once(": ").map_or(("", hint), |(says, line)| (says, line));
    let line = line.split_once(" = ").map_or(line, |(_, made)| made);
    let of_file = |word: &str| {
        let (name, keys) = word
            .split_once('[')
            .map_or((word, String::new()), |(name, keys)| (name, format!("[{}", keys.replace('"', ""))));
        let (_, path) = opened.iter().find(|(known, _)| known == name)?;
        Some(quoted(&format!("{path}{keys}")))
    };
    let is_verb = |word: &str| verb_command::names().any(|name| name == word);
    let in_files = |words: &str| {
        let words = words.split(' ').map(|word| of_file(word).unwrap_or_else(|| word.replace('"', "'")));
        words.collect::<Vec<_>>().join(" ")
    };
    // `match p to m shows which key may be which: …`
    let says = match says.split(' ').next().is_some_and(is_verb) {
        true => format!("torchsh {}: ", in_files(says)),
        false if says.is_empty() => String::new(),
        false => format!("{says}: "),
    };
    let Some((verb, rest)) = line.split_once(' ') else {
        return of_file(line).map(|place| format!("{says}{place}"));
    };
    if !is_verb(verb) || !rest.split(' ').any(|word| of_file(word).is_some()) {
        return None;
    }
    let output = if makes_state_dict(verb) { " -o OUT" } else { "" };
    Some(format!("{says}torchsh {verb} {}{output}", in_files(rest)))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-/+=@:%,".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_typed_with_files_and_quotes_of_a_shell() {
        let cases = [
            ("hist", "usage: torchsh hist FILE 'conv1.weight' [BINS] ['out.svg']"),
            ("match", "usage: torchsh match FILE to FILE"),
            ("tree", "usage: torchsh tree FILE ['layer1.*'] [DEPTH]"),
        ];
        for (verb, expected) in cases {
            assert_eq!(usage(verb), expected);
        }
    }

    #[test]
    fn hints_name_files_and_their_entries() {
        let words = ["no such/run 1.pt".to_owned()];
        assert_eq!(of_command("items", &words, "keys lists them"), "keys lists them");
        assert!(
            of_command("items", &words, "a command of the system: !items m")
                .starts_with("torchsh items FILE")
        );
        assert_eq!(quoted("run 1.pt"), "'run 1.pt'");
        let opened = [("a".to_owned(), "a.pt".to_owned()), ("run".to_owned(), "run 1.ckpt".to_owned())];
        let line = |hint: &str| line_of(hint, &opened);
        assert_eq!(
            line("a = filter a shape== run").as_deref(),
            Some("torchsh filter a.pt shape== 'run 1.ckpt' -o OUT")
        );
        assert_eq!(
            line("take one of them: p = run[\"ema\"][0]").as_deref(),
            Some("take one of them: 'run 1.ckpt[ema][0]'")
        );
        assert_eq!(
            line("match a to run shows which key may be which: b = rename a to run").as_deref(),
            Some(
                "torchsh match a.pt to 'run 1.ckpt' shows which key may be which: torchsh rename a.pt to 'run 1.ckpt' -o OUT"
            )
        );
        assert_eq!(line("keys lists them"), None);
    }
}
