//! Verbs from the command line: `torchsh diff a.pt b.pt atol=1e-3`, `torchsh cast x.pt bfloat16 -o x.safetensors`.
//!
//! The words become the lines that one would type at the prompt: files are loaded, what is neither a file nor a word of the verb
//! stands in quotes.

use std::path::Path;

use super::opening::{Meant, has_ending, meant};
use torchsh_base::error::path_meant;
use torchsh_base::identifier::{is_identifier, quoted};
use torchsh_builtins::TABLE;
use torchsh_render::width::wrap;
use torchsh_session::makes_state_dict;
use torchsh_syntax::is_bare_word;
use torchsh_syntax::verbs::{self, Sides};

/// The verbs that can be typed after the program's name.
pub fn names() -> impl Iterator<Item = &'static str> {
    verbs::verbs().filter(|verb| !verb.is_for_sessions).map(|verb| verb.name)
}

/// What a verb does, for `torchsh VERB --help`.
pub fn help(verb: &str) -> String {
    let Some(row) = verbs::verb(verb) else { return String::new() };
    let output = if makes_state_dict(verb) { " -o OUT" } else { "" };
    let (says, form) = (row.says, row.synopsis);
    let mut text = format!("usage: torchsh {verb} FILE …{output}\n\n{says}. At the prompt: {form}\n");
    if !row.details.is_empty() {
        let lines = row.details.lines().flat_map(|line| match line.starts_with(' ') {
            true => vec![line.to_owned()],
            false => wrap(line, 80),
        });
        text.push_str(&format!("\n{}\n", lines.collect::<Vec<_>>().join("\n")));
    }
    text.push_str("\nFILE[model] is an entry of a file: 'run.ckpt[ema]', 'run.ckpt[\"net\"][0]'.\n");
    text.push_str(&format!("help {verb} at the prompt shows examples.\n"));
    text
}

/// The program that a verb and the words after it stand for; `output` is the file that what it makes is saved to.
///
/// # Errors
/// What is wrong with the words, to say.
pub fn program(verb: &str, words: &[String], output: Option<&str>) -> Result<String, String> {
    let usage = || format!("usage: torchsh {verb} FILE … (torchsh {verb} --help says more)");
    if output.is_some() && !makes_state_dict(verb) {
        return Err(format!("{verb} makes no state_dict that -o could save"));
    }
    if output.is_none() && makes_state_dict(verb) {
        return Err(format!("{verb} makes another state_dict: -o OUT says to which file it is saved"));
    }
    if words.is_empty() {
        return Err(usage());
    }
    let mut line =
        Line { verb, pieces: Vec::new(), opened: Vec::new(), last: String::new(), of_save: Vec::new() };
    let (words, carries) = match words {
        [words @ .., with, optimizer] if with == "with" && optimizer == "optimizer" => (words, true),
        words => (words, false),
    };
    for word in words {
        line.take(word)?;
    }
    if carries {
        line.pieces.push("with optimizer".to_owned());
    }
    if line.opened.is_empty() && !READS_FILES.contains(&verb) {
        return Err(usage());
    }
    Ok(line.program(output))
}

/// The line that a verb and the words after it begin: the files, each with the name it is loaded as, and the line itself.
pub fn begun(verb: &str, words: &[String]) -> Option<(Vec<(String, String)>, String)> {
    let mut line =
        Line { verb, pieces: Vec::new(), opened: Vec::new(), last: String::new(), of_save: Vec::new() };
    for word in words {
        line.take(word).ok()?;
    }
    let pieces: Vec<&str> =
        line.pieces.iter().map(String::as_str).filter(|piece| !piece.is_empty()).collect();
    let typed = format!("{verb} {}", pieces.join(" "));
    Some((line.opened, typed))
}

/// Verbs whose words are names of files that they read themselves.
const READS_FILES: &[&str] = &["inspect_pickle", "manifest", "verify"];

struct Line<'a> {
    verb: &'a str,
    /// The words of the line as they are typed at the prompt.
    pieces: Vec<String>,
    /// The names that files are loaded as.
    opened: Vec<(String, String)>,
    /// The verb's own word that came last.
    last: String,
    /// What is said of how the result is saved.
    of_save: Vec<String>,
}

impl Line<'_> {
    fn take(&mut self, word: &str) -> Result<(), String> {
        let place = self.pieces.len();
        // Lightning calls its files `epoch=1-step=8.ckpt`.
        let is_option = |(name, _): &(&str, &str)| !(is_identifier(name) && is_checkpoint(word));
        let piece = match word.split_once('=').filter(is_option) {
            // How the result is saved, behind a verb whose result `-o` saves.
            Some((name, value)) if is_of_save(name) && makes_state_dict(self.verb) => {
                let option = format!(" {name}={}", self.value(name, value));
                self.of_save.push(option);
                return Ok(());
            }
            Some((name, value)) if is_identifier(name) && self.verb != "filter" => {
                format!("{name}={}", self.value(name, value))
            }
            _ if self.is_own(place, word) => {
                word.clone_into(&mut self.last);
                word.to_owned()
            }
            _ if self.opens(place, word) => self.open(word)?,
            _ if is_bare_word(self.verb, &self.last, place, word) => {
                if word == "by" {
                    word.clone_into(&mut self.last);
                }
                word.to_owned()
            }
            _ if self.verb == "hist" && place == 1 && word.starts_with('[') => return self.entry(word),
            _ if self.verb == "filter" => self.test(place, word),
            _ if is_number(word) => word.to_owned(),
            _ => quoted(word),
        };
        self.pieces.push(piece);
        Ok(())
    }

    /// Whether a word is a file to load.
    fn opens(&self, place: usize, word: &str) -> bool {
        let takes_path = match self.verb {
            verb if READS_FILES.contains(&verb) => true,
            "save" | "merge" | "unmerge" => place > 0,
            _ => false,
        };
        let is_first = place == 0 && self.verb != "extract";
        !takes_path && (is_first || is_checkpoint(word) || self.wants_another(place) && is_file(word))
    }

    /// Whether a word is the verb's own, such as `base` of `diff a b base c`, though a folder may be called so. Twice in a row it is
    /// the folder.
    fn is_own(&self, place: usize, word: &str) -> bool {
        let Some(row) = verbs::verb(self.verb) else { return false };
        let is_between = row.between().contains(&word) && (place > 0 || self.verb == "extract");
        self.last != word && (is_between || place > 1 && row.tails.contains(&word))
    }

    /// Whether a state_dict stands at this place of a line, so that a name without a file is a slip in it.
    fn wants_another(&self, place: usize) -> bool {
        match (self.verb, self.last.as_str()) {
            ("rename", "to") | ("extract", "from" | "base") | ("diff", "base") => true,
            ("match" | "check", _) => place < 3,
            ("filter", test) => place == 2 && test != "where" && !test.contains('~'),
            _ => match verbs::verb(self.verb).map(|row| row.sides) {
                Some(Sides::Two) => place < 3,
                Some(Sides::Any) => self.last.is_empty(),
                _ => false,
            },
        }
    }

    fn open(&mut self, path: &str) -> Result<String, String> {
        let (path, inside) = of_file(if path == "-" { "/dev/stdin" } else { path });
        Ok(format!("{}{inside}", self.opened_as(path)?))
    }

    /// The name that a file is loaded as.
    fn opened_as(&mut self, path: &str) -> Result<String, String> {
        if let Some((name, _)) = self.opened.iter().find(|(_, known)| known == path) {
            return Ok(name.clone());
        }
        if !path.contains(['*', '?', '['])
            && let Meant::Neither(says) = meant(path)
        {
            return Err(says);
        }
        let name = self.fresh(path);
        self.opened.push((name.clone(), path.to_owned()));
        Ok(name)
    }

    /// A name for what a file holds: the file's own where that can be one.
    fn fresh(&self, path: &str) -> String {
        let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let is_free = |name: &str| {
            !TABLE.iter().flat_map(|rows| rows.iter()).any(|row| row.name == name)
                && !self.opened.iter().any(|(known, _)| known == name)
        };
        if stem.is_ascii() && is_identifier(stem) && is_free(stem) && !TAKEN.contains(&stem) {
            return stem.to_owned();
        }
        let mut names = std::iter::once("ckpt".to_owned()).chain((2..).map(|count| format!("ckpt{count}")));
        names.find(|name| is_free(name)).unwrap_or_default()
    }

    /// The entry of the file that `hist` shows.
    fn entry(&mut self, key: &str) -> Result<(), String> {
        let whole = self.pieces.last_mut().ok_or("hist wants a file first")?;
        whole.push_str(key);
        // A place for it, so that what follows is not taken for the key.
        self.pieces.push(String::new());
        Ok(())
    }

    /// A word of `filter`: a test as it is, what it tests against in quotes unless it is a number or a shape; a condition as it is.
    fn test(&mut self, place: usize, word: &str) -> String {
        if place == 1 {
            word.clone_into(&mut self.last);
            return word.to_owned();
        }
        let is_plain = is_number(word) || word.starts_with('[') || self.last == "where";
        if is_plain { word.to_owned() } else { quoted(word) }
    }

    /// The value of an option.
    fn value(&mut self, option: &str, value: &str) -> String {
        let is_literal = is_number(value)
            || matches!(value, "True" | "False" | "None")
            || value.starts_with(['[', '(', '{', '"', '\'']);
        if is_literal {
            return value.to_owned();
        }
        let is_opened = OPENED.contains(&option) && (is_checkpoint(value) || is_called(value));
        if is_opened && let Ok(name) = self.open(value) {
            return name;
        }
        quoted(value)
    }

    fn program(self, output: Option<&str>) -> String {
        let mut lines: Vec<String> =
            self.opened.iter().map(|(name, path)| format!("{name} = load({})", quoted(path))).collect();
        let pieces: Vec<&str> =
            self.pieces.iter().map(String::as_str).filter(|piece| !piece.is_empty()).collect();
        let line = format!("{} {}", self.verb, pieces.join(" "));
        let how = self.of_save.concat();
        match output.map(quoted) {
            None => lines.push(line),
            // It changes its first dictionary, and gives nothing.
            Some(output) if self.verb == "update" => {
                lines.push(line);
                lines.extend(pieces.first().map(|changed| format!("save {changed} {output}{how}")));
            }
            Some(output) => lines.push(format!("save ({line}) {output}{how}")),
        }
        lines.join("\n")
    }
}

fn is_of_save(name: &str) -> bool {
    name == "compact" || verbs::rows::SAVE.option_names().any(|option| option == name)
}

/// Options that are given a state_dict.
const OPENED: &[&str] = &["base"];

/// The file that a word names, and what it says of it behind: `run.ckpt[ema]` is the entry `ema` of the file.
fn of_file(word: &str) -> (&str, String) {
    let cut = word.find('[').filter(|at| *at > 0 && word.ends_with(']') && !path_meant(word).exists());
    let Some((path, inside)) = cut.and_then(|at| word.split_at_checked(at)) else {
        return (word, String::new());
    };
    let is_written = |key: &str| key.parse::<i64>().is_ok() || key.starts_with(['"', '\'']);
    let keys = inside.trim_start_matches('[').trim_end_matches(']').split("][");
    let keys =
        keys.map(|key| if is_written(key) { format!("[{key}]") } else { format!("[{}]", quoted(key)) });
    (path, keys.collect())
}

/// Names that mean something in every program, and to the tests of `filter`.
const TAKEN: &[&str] = &["torch", "nn", "np", "k", "v"];

fn is_checkpoint(word: &str) -> bool {
    let (path, _) = of_file(word);
    path_meant(path).exists() && meant(path) == Meant::Checkpoint
}

/// Whether a word where a state_dict stands is meant to be a file's name: it is one, or ends as one.
fn is_file(word: &str) -> bool {
    is_called(word) || path_meant(word).is_file()
}

/// Whether a word is called as files of checkpoints are, and is the name of no file.
fn is_called(word: &str) -> bool {
    let (path, _) = of_file(word);
    !path.contains(['*', '?']) && has_ending(path) && !path_meant(path).exists()
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str, output: Option<&str>) -> Result<String, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        program(&words[0], &words[1..], output)
    }

    #[test]
    fn words_become_the_lines_of_the_prompt() {
        for (line, output, expected) in [
            ("items x.pt layer1.* by size", None, "x = load(\"x.pt\")\nitems x \"layer1.*\" by size"),
            ("items x.pt size", None, "x = load(\"x.pt\")\nitems x \"size\""),
            (
                "save a.pt b.safetensors max_shard_size=2GB",
                None,
                "a = load(\"a.pt\")\nsave a \"b.safetensors\" max_shard_size=\"2GB\"",
            ),
            (
                "cast m.pt bfloat16 keep *norm*",
                Some("o.pt"),
                "m = load(\"m.pt\")\nsave (cast m bfloat16 keep \"*norm*\") \"o.pt\"",
            ),
            (
                "strip items.pt module.",
                Some("o.pt"),
                "ckpt = load(\"items.pt\")\nsave (strip ckpt \"module.\") \"o.pt\"",
            ),
            (
                "grow m.pt *embed* to 32128 rows=mean seed=1",
                Some("o"),
                "m = load(\"m.pt\")\nsave (grow m \"*embed*\" to 32128 rows=\"mean\" seed=1) \"o\"",
            ),
            (
                "merge m.pt lora adapter/ scale=0.5",
                Some("o"),
                "m = load(\"m.pt\")\nsave (merge m lora \"adapter/\" scale=0.5) \"o\"",
            ),
            (
                "merge m.pt lora adapter/ max_shard_size=2GB shared=apart",
                Some("o"),
                "m = load(\"m.pt\")\nsave (merge m lora \"adapter/\") \"o\" max_shard_size=\"2GB\" shared=\"apart\"",
            ),
            (
                "strip m.pt module. with optimizer",
                Some("o"),
                "m = load(\"m.pt\")\nsave (strip m \"module.\" with optimizer) \"o\"",
            ),
            ("hist m.pt conv1.weight 20", None, "m = load(\"m.pt\")\nhist m \"conv1.weight\" 20"),
            (
                "keep m.pt[ema] fc.*",
                Some("o.pt"),
                "m = load(\"m.pt\")\nsave (keep m[\"ema\"] \"fc.*\") \"o.pt\"",
            ),
            (
                "lerp m.pt[0][net] n.pt[\"a.b\"] 0.5",
                Some("o.pt"),
                "m = load(\"m.pt\")\nn = load(\"n.pt\")\nsave (lerp m[0][\"net\"] n[\"a.b\"] 0.5) \"o.pt\"",
            ),
            // What is not there is said by load, with the names that come near.
            (
                "task m.pt n.pt base=c.pt",
                Some("o.pt"),
                "m = load(\"m.pt\")\nn = load(\"n.pt\")\nc = load(\"c.pt\")\nsave (task m n base=c) \"o.pt\"",
            ),
            (
                "cast m.pt q8_0 config=m.pt",
                Some("o.gguf"),
                "m = load(\"m.pt\")\nsave (cast m q8_0) \"o.gguf\" config=\"m.pt\"",
            ),
            (
                "merge m.pt adapter.safetensors",
                Some("o"),
                "m = load(\"m.pt\")\nsave (merge m \"adapter.safetensors\") \"o\"",
            ),
            ("hist m.pt [\"state_dict\"][\"w\"]", None, "m = load(\"m.pt\")\nhist m[\"state_dict\"][\"w\"]"),
            (
                "slice m.pt head.weight 0:10",
                Some("o"),
                "m = load(\"m.pt\")\nsave (slice m \"head.weight\" 0:10) \"o\"",
            ),
            (
                "filter m.pt key~ ^encoder\\.",
                Some("o"),
                "m = load(\"m.pt\")\nsave (filter m key~ \"^encoder\\\\.\") \"o\"",
            ),
            (
                "filter m.pt where v.ndim == 4",
                Some("o"),
                "m = load(\"m.pt\")\nsave (filter m where v.ndim == 4) \"o\"",
            ),
            ("inspect_pickle x.pt", None, "inspect_pickle \"x.pt\""),
            (
                "split m.pt *.qkv.weight into q k v",
                Some("o"),
                "m = load(\"m.pt\")\nsave (split m \"*.qkv.weight\" into q k v) \"o\"",
            ),
        ] {
            assert_eq!(of(line, output).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn files_are_loaded_once_under_names_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, b"PK\x03\x04").unwrap();
            path.display().to_string()
        };
        let (a, b) = (file("one/m.pt"), file("two/m.pt"));
        let loads = format!("m = load(\"{a}\")\nckpt = load(\"{b}\")\n");
        assert_eq!(
            of(&format!("diff {a} {b} atol=1e-3"), None).unwrap(),
            format!("{loads}diff m ckpt atol=1e-3")
        );
        assert_eq!(
            of(&format!("diff {a} with {b} base={a}"), None).unwrap(),
            format!("{loads}diff m with ckpt base=m")
        );
        assert_eq!(
            of(&format!("update {a} {b}"), Some("o.pt")).unwrap(),
            format!("{loads}update m ckpt\nsave m \"o.pt\"")
        );
        assert_eq!(
            of(&format!("average {a} {b} weights 0.75 0.25"), Some("o.pt")).unwrap(),
            format!("{loads}save (average m ckpt weights 0.75 0.25) \"o.pt\"")
        );
        // A file that is there already is written to, not read.
        assert_eq!(of(&format!("save {a} {b}"), None).unwrap(), format!("m = load(\"{a}\")\nsave m \"{b}\""));
    }

    #[test]
    fn folders_may_be_called_as_words_of_a_verb_are() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("base").display().to_string();
        std::fs::create_dir_all(&base).unwrap();
        let program = of(&format!("extract lora from t.pt base {base} rank 4"), Some("o")).unwrap();
        assert!(program.ends_with("save (extract lora from t base ckpt rank 4) \"o\""), "{program}");
        let program = of("diff a.pt b.pt base c.pt", None).unwrap();
        assert!(program.ends_with("diff a b base c"), "{program}");
        let program = of("diff a.pt b.pt through names.json", None).unwrap();
        assert!(program.ends_with("diff a b through \"names.json\""), "{program}");
    }

    #[test]
    fn what_is_missing_is_said() {
        assert!(of("cast m.pt bfloat16", None).unwrap_err().contains("-o OUT"));
        assert!(of("items m.pt", Some("o.pt")).unwrap_err().contains("no state_dict"));
        assert!(program("items", &[], None).unwrap_err().contains("usage: torchsh items"));
        assert!(help("cast").starts_with("usage: torchsh cast FILE … -o OUT"));
    }
}
