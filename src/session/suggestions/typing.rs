//! What a line was probably meant to be: a verb with a letter wrong, a file's name without its quotes.

use super::super::commands;
use torchsh_base::identifier::quoted;
use torchsh_base::nearest;
use torchsh_language::value::Str;

/// Endings of files that are opened and saved.
const ENDINGS: &[&str] =
    &["pt", "pth", "ckpt", "bin", "safetensors", "gguf", "npz", "npy", "pkl", "pt2", "tar", "index.json"];

/// Of a chain the last part that is meant to be a verb and is none; otherwise the line.
fn part_meant(line: &str) -> &str {
    let parts = line.split('|').skip(1).map(str::trim);
    let is_verb = |part: &&str| {
        let first = part.split(' ').next().unwrap_or_default();
        torchsh_syntax::verb_names().any(|name| name == first)
    };
    parts.filter(|part| !part.is_empty()).find(|part| !is_verb(part)).unwrap_or(line)
}

/// For a line that is no Python: the verb or command with nearly that name, or `load` as the function that it is.
pub fn verb(line: &str) -> Option<String> {
    let whole = line.trim();
    let line = part_meant(line).trim();
    let (before, statement) = match line.split_once('=') {
        Some((target, value)) if is_name(target.trim_end()) => {
            (format!("{} = ", target.trim_end()), value.trim_start())
        }
        _ => (String::new(), line),
    };
    if let Some(command) = statement.strip_prefix('!').filter(|_| !before.is_empty()) {
        let called =
            format!("subprocess.run({}, shell=True, capture_output=True, text=True)", quoted(command));
        return Some(format!("import subprocess; {before}{called}.stdout"));
    }
    let (first, rest) = statement.split_once(' ')?;
    let rest = rest.trim();
    let is_verb = |name: &str| torchsh_syntax::verb_names().any(|verb| verb == name);
    if let Some((_, file)) = rest.split_once(" > ").filter(|_| is_verb(first)) {
        return Some(format!("in your shell: torchsh {first} x.pt > {}", file.trim()));
    }
    if first == "help" && is_name(rest) {
        return Some(format!(
            "help is for the prompt: torchsh {rest} --help in your shell, help(\"{rest}\") in a program"
        ));
    }
    let begins_word =
        rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\'' | '/' | '.' | '~'));
    if !is_name(first) || !begins_word {
        return None;
    }
    if first == "load" {
        let path = rest.split(',').next()?.trim().trim_matches(['"', '\'']);
        let more = rest.split_once(',').map_or(String::new(), |(_, more)| format!(", {}", more.trim()));
        return Some(format!("load is a function: {before}load(\"{path}\"{more})"));
    }
    let mut known: Vec<Str> = torchsh_syntax::verb_names().map(Str::new).collect();
    known.extend(commands::ALL.iter().map(|command| Str::new(command.name)));
    match nearest(first, &known) {
        Some(near) => Some(format!("did you mean: {before}{near} {rest}")),
        None if statement == whole && is_program(first) => {
            Some(format!("a command of the system: !{statement}"))
        }
        None => None,
    }
}

/// Whether the system has a program of that name.
fn is_program(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

/// For a name that is not known and stands in a verb line: what belongs there.
pub fn word(line: &str, name: &str) -> Option<String> {
    let line = part_meant(line).trim();
    let statement = match line.split_once('=') {
        Some((target, value)) if is_name(target.trim_end()) => value.trim_start(),
        _ => line,
    };
    let words: Vec<&str> = statement.split_whitespace().collect();
    let at = words.iter().position(|word| *word == name).filter(|at| *at > 1)?;
    let form = torchsh_syntax::verb_synopsis(words.first()?)?;
    if words.get(at - 1) == Some(&"through") {
        let (one, other) = (words.get(1)?, words.get(2)?);
        return Some(format!("{name} = match {one} to {other} pairs the keys, and gives it that name"));
    }
    let takes_pattern =
        form.split_whitespace().nth(2).is_some_and(|word| word.starts_with(['"', '[']) && word.contains('"'));
    let before = words.get(..at)?.join(" ");
    (takes_pattern && at == 2).then(|| format!("a text stands in quotes: {before} \"{name}\""))
}

/// For a name that is not known and stands alone: the command with nearly that name.
pub fn command(line: &str) -> Option<String> {
    let word = line.trim();
    let known: Vec<Str> = commands::ALL.iter().map(|command| Str::new(command.name)).collect();
    let near = nearest(word, &known).filter(|_| is_name(word))?;
    Some(format!("did you mean: {near}"))
}

/// For a name that is not known: the file's name of which it is the beginning.
pub fn file(line: &str) -> Option<String> {
    let words = line.split([' ', '(', ')', ',', ';']).filter(|word| !word.contains(['"', '\'']));
    let is_file = |word: &&str| {
        word.rsplit_once('.').is_some_and(|(name, ending)| ENDINGS.contains(&ending) && !name.is_empty())
    };
    words.into_iter().find(is_file).map(|word| format!("a file's name stands in quotes: \"{word}\""))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c == '_' || c.is_alphanumeric())
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_wrong_is_forgiven() {
        assert_eq!(verb("itmes m \"a*\"").as_deref(), Some("did you mean: items m \"a*\""));
        assert_eq!(verb("p = flter p shape== m").as_deref(), Some("did you mean: p = filter p shape== m"));
        assert_eq!(
            verb("p = load x.pt, cpu").as_deref(),
            Some("load is a function: p = load(\"x.pt\", cpu)")
        );
        assert_eq!(command("tutoral").as_deref(), Some("did you mean: tutorial"));
        assert_eq!(verb("p | castt bfloat16 | keys").as_deref(), Some("did you mean: cast bfloat16"));
        assert!(verb("foo bar").is_none() && verb("x = 1 +").is_none());
    }

    #[test]
    fn files_want_quotes() {
        assert_eq!(file("save m out.pt").as_deref(), Some("a file's name stands in quotes: \"out.pt\""));
        assert!(file("save m \"out.pt\"").is_none() && file("torch.bool").is_none());
    }
}
