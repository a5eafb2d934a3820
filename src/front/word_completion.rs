//! Completion of the command line: what the scripts for bash, zsh and fish ask for while somebody types. What belongs to a
//! verb is what belongs there at the prompt; files are the shell's own matter.

use super::flags::FLAGS;
use super::shells::words_of;
use super::verb_command;
use torchsh_base::identifier::quoted;
use torchsh_session::Session;
use torchsh_syntax::verbs;

/// So many lines at most.
const MOST: usize = 2000;

/// Words that can stand first beside the verbs, with what each does.
const COMMANDS: &[(&str, &str)] = &[
    ("browse", "walk over a checkpoint on the whole screen"),
    ("manifest", "what files hold, as JSON"),
    ("verify", "read all of a file and compare its checksums"),
    ("kernel", "a kernel for Jupyter"),
    ("help", "what a verb does"),
];

/// A way to go on, and a line on it.
type Way = (String, String);

/// The ways to go on from the last of the words, a line each, what it does behind a tab.
pub fn lines(session: &Session, words: &[String]) -> String {
    let plain: Vec<String> = words.iter().map(|word| typed(word)).collect();
    let ways = match plain.split_last() {
        Some((last, before)) => ways(session, before, last),
        None => Vec::new(),
    };
    let line = |(text, about): &Way| format!("{text}\t{}\n", about.replace(['\t', '\n'], " "));
    ways.iter().filter(|(text, _)| !text.contains(['\t', '\n'])).take(MOST).map(line).collect()
}

fn ways(session: &Session, before: &[String], last: &str) -> Vec<Way> {
    let flag = before.last().and_then(|name| FLAGS.iter().find(|flag| flag.names.contains(&name.as_str())));
    if let Some(flag) = flag.filter(|flag| !flag.value.is_empty()) {
        return beginning(last, words_of(flag).iter().map(|word| (*word, "")));
    }
    let verb = before.iter().find(|word| !word.starts_with('-'));
    if last.starts_with('-') {
        let own = [("-o", "the file that what it makes is saved to"), ("--help", "what it does")];
        let own = own.into_iter().filter(|_| verb.is_some());
        let all = FLAGS.iter().flat_map(|flag| flag.names.iter().map(|name| (*name, flag.says)));
        return beginning(last, own.chain(all));
    }
    let verbs = || verb_command::names().filter_map(verbs::verb).map(|row| (row.name, row.says));
    match verb.map(String::as_str) {
        None => beginning(last, verbs().chain(COMMANDS.iter().copied())),
        Some("help") => beginning(last, verbs()),
        Some(name) if verb_command::names().any(|known| known == name) => {
            of_verb(session, name, before, last)
        }
        Some(_) => Vec::new(),
    }
}

/// Those that go on from what is typed.
fn beginning<'a>(typed: &str, ways: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Way> {
    let ways = ways.filter(|(text, _)| text.starts_with(typed));
    let mut ways: Vec<Way> = ways.map(|(text, says)| (text.to_owned(), says.to_owned())).collect();
    ways.dedup_by(|one, other| one.0 == other.0);
    ways
}

/// The words and keys that the prompt offers behind the verb.
fn of_verb(session: &Session, verb: &str, before: &[String], last: &str) -> Vec<Way> {
    let mut given = Vec::new();
    let mut words = before.iter().skip_while(|word| *word != verb).skip(1);
    while let Some(word) = words.next() {
        if word == "-o" || word == "--output" {
            words.next();
        } else if !word.starts_with('-') {
            given.push(word.clone());
        }
    }
    if before.last().is_some_and(|word| word == "-o" || word == "--output") {
        return Vec::new();
    }
    let Some((opened, line)) = verb_command::begun(verb, &given).filter(|(opened, _)| !opened.is_empty())
    else {
        return Vec::new();
    };
    for (name, path) in &opened {
        if session.open(name, path).error.is_some() {
            return Vec::new();
        }
    }
    let own = |text: &str| opened.iter().any(|(name, _)| name == text);
    let offered = |text: &str| session.complete(text, text.len()).candidates.into_iter();
    let words = offered(&format!("{line} {last}")).filter(|way| !own(&way.text));
    let mut ways: Vec<Way> =
        words.map(|way| (way.text.trim_end().trim_matches('"').to_owned(), way.description)).collect();
    // In quotes, which the command line does without, stand keys.
    let quote = quoted(last);
    let quote = quote.strip_suffix('"').unwrap_or(&quote);
    let keys = offered(&format!("{line} {quote}"));
    ways.extend(keys.map(|way| (unquoted(&way.text), way.description)));
    ways.retain(|(text, _)| text.starts_with(last) || text.contains('.'));
    ways
}

/// A key without the quote that ends it, and without escapes.
fn unquoted(text: &str) -> String {
    text.strip_suffix('"').unwrap_or(text).replace("\\\"", "\"").replace("\\\\", "\\")
}

/// A word as the shell will read it: without its quotes and escapes.
fn typed(word: &str) -> String {
    let (mut out, mut letters, mut quote) = (String::new(), word.chars(), None);
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => out.extend(letters.next()),
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (letter, _) => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_a_shell_reads_them() {
        for (word, meant) in
            [("my\\ adapter", "my adapter"), ("\"a b", "a b"), ("'it\\'", "it\\"), ("layer1.", "layer1.")]
        {
            assert_eq!(typed(word), meant);
        }
    }

    #[test]
    fn what_goes_on_is_found() {
        let ways =
            beginning("--f", FLAGS.iter().flat_map(|flag| flag.names.iter().map(|name| (*name, flag.says))));
        assert_eq!(ways.first().map(|(name, _)| name.as_str()), Some("--format"));
    }
}
