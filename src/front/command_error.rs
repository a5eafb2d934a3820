//! What is said where a verb on the command line went wrong: in words to type there, not in those of the prompt.

use super::verb_command;
use torchsh_base::error::{Error, Kind};
use torchsh_syntax::verbs;

/// What went wrong with a verb and the words after it; none where the error speaks of what lies in files, not of the words.
pub fn told(verb: &str, words: &[String], error: &Error) -> Option<String> {
    if !matches!(error.kind(), Kind::Syntax | Kind::Type | Kind::Value) {
        return None;
    }
    let is_usage = error.message().starts_with("usage: ");
    let message = if is_usage { usage(verb) } else { error.message().to_owned() };
    let hint = error.remedy().filter(|_| !is_usage).map(|hint| of_command(verb, words, hint));
    let hint = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
    Some(format!("torchsh: {message}\n{hint}"))
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
    entry.unwrap_or_else(|| hint.to_owned())
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
    }
}
