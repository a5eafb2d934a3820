//! The command line. One table of options: the parser and `--help` read it.

use std::slice::Iter;

use super::flags::FLAGS;
use super::opening::{Meant, meant};
use super::version::version;
use super::{command_error, kernel, shells, verb_command};
use torchsh_base::identifier::quoted;
use torchsh_render::{Format, Theme};

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Run this.
    Run(Run),
    /// Print this and leave.
    Print(String),
    /// Say this and leave with status 2.
    Wrong(String),
}

/// How to run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Where the program comes from.
    pub program: Program,
    /// `sys.argv`, the program's name first.
    pub arguments: Vec<String>,
    /// Stay at the prompt afterwards.
    pub stays: bool,
    /// Parse only.
    pub checks: bool,
    /// Write the outputs of a notebook into it.
    pub inplace: bool,
    /// Colours, if they were asked for by name.
    pub theme: Option<Theme>,
    /// How verbs answer.
    pub format: Format,
    /// Whether the status says that a `diff` found a difference, as git's does.
    pub tells_differences: bool,
}

/// Where the program comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Program {
    /// Nowhere: a prompt, or the standard input if that is no terminal.
    #[default]
    None,
    /// A file.
    File(String),
    /// A notebook of Jupyter.
    Notebook(String),
    /// `-c`
    Text(String),
    /// `torchsh VERB FILE…`: the verb, its words, and the program that they stand for.
    Verb {
        /// The verb.
        verb: String,
        /// The words after it.
        words: Vec<String>,
        /// What it stands for.
        text: String,
    },
    /// `-`
    Input,
    /// Checkpoints to open as `ckpt`, `ckpt2` …
    Checkpoints(Vec<String>),
    /// `torchsh browse FILE`: a checkpoint on the whole screen.
    Browse(String),
    /// `torchsh manifest FILE…`: what the files hold, for scripts.
    Manifest(Vec<String>),
    /// `torchsh --complete-words …`: how the words go on, for a shell that completes.
    Words(Vec<String>),
    /// `torchsh kernel …`: a kernel of Jupyter.
    Kernel(kernel::Asked),
}

/// Reads the command line (without the program's own name).
#[must_use]
pub fn parse(arguments: &[String]) -> Asked {
    let mut run = Run { arguments: vec![String::new()], ..Run::default() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--complete-words" {
            run.program = Program::Words(rest.cloned().collect());
            return Asked::Run(run);
        }
        // As git has it.
        if argument == "help" && !std::path::Path::new("help").exists() {
            return match rest.next() {
                Some(verb) if verb_command::names().any(|name| name == verb) => {
                    Asked::Print(verb_command::help(verb))
                }
                Some(other) => Asked::Wrong(format!("there is no verb {other} (torchsh --help)")),
                None => Asked::Print(help()),
            };
        }
        if argument == "-" || !argument.starts_with('-') {
            return words(run, argument, rest.cloned().collect());
        }
        if argument == "--" {
            return match rest.next() {
                Some(file) => words(run, file, rest.cloned().collect()),
                None => Asked::Run(run),
            };
        }
        match option(&mut run, argument, &mut rest) {
            Ok(None) => {}
            Ok(Some(asked)) => return asked,
            Err(wrong) => return Asked::Wrong(wrong),
        }
    }
    Asked::Run(run)
}

/// Takes an option and its value; gives what was asked for where nothing after it matters.
fn option(run: &mut Run, argument: &str, rest: &mut Iter<'_, String>) -> Result<Option<Asked>, String> {
    let (name, joined) = match argument.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
        _ => (argument, None),
    };
    let flag = FLAGS.iter().find(|flag| flag.names.contains(&name));
    let flag = flag.ok_or_else(|| format!("there is no option {name} (torchsh --help lists them)"))?;
    let value = match (flag.value, joined) {
        ("", None) => String::new(),
        ("", Some(_)) => return Err(format!("{name} takes no value")),
        (_, Some(value)) => value,
        (what, None) => rest.next().cloned().ok_or_else(|| format!("{name} wants {what} after it"))?,
    };
    match name {
        "-c" => {
            run.program = Program::Text(value);
            run.arguments = std::iter::once("-c".to_owned()).chain(rest.cloned()).collect();
            return Ok(Some(Asked::Run(std::mem::take(run))));
        }
        "-h" | "--help" => return Ok(Some(Asked::Print(help()))),
        "--man" => return Ok(Some(Asked::Print(manual()))),
        "-V" | "--version" => {
            return Ok(Some(Asked::Print(format!("{}\n", version()))));
        }
        "--completions" => {
            let script = shells::completions(&value);
            return script
                .map(|script| Some(Asked::Print(script.to_owned())))
                .ok_or_else(|| format!("--completions is bash, zsh or fish, not {value}"));
        }
        _ => set(run, name, &value)?,
    }
    Ok(None)
}

fn set(run: &mut Run, name: &str, value: &str) -> Result<(), String> {
    match name {
        "-i" => run.stays = true,
        "--check" => run.checks = true,
        "--inplace" => run.inplace = true,
        "--exit-code" => run.tells_differences = true,
        "--no-color" => run.theme = Some(Theme::None),
        "--theme" => {
            run.theme =
                Some(Theme::named(value).ok_or(format!("--theme is dark, light or none, not {value}"))?);
        }
        _ => {
            run.format = match value {
                "table" => Format::Table,
                "json" => Format::Json,
                "csv" => Format::Csv,
                "markdown" => Format::Markdown,
                _ => return Err(format!("--format is table, json, csv or markdown, not {value}")),
            }
        }
    }
    Ok(())
}

/// What the first word that is no option begins: a script and its arguments, checkpoints, or a command.
fn words(mut run: Run, first: &str, others: Vec<String>) -> Asked {
    let all = || std::iter::once(first.to_owned()).chain(others.iter().cloned()).collect::<Vec<_>>();
    run.arguments = all();
    let has_option = others.iter().any(|word| word.starts_with('-') && word.len() > 1);
    run.program = match first {
        "-" => Program::Input,
        "manifest" if !others.is_empty() && !has_option => Program::Manifest(others),
        "verify" if !has_option => match others.as_slice() {
            [file] => Program::Text(format!("print(verify({}))", quoted(file))),
            [file, listed] => Program::Text(format!("print(verify({}, {}))", quoted(file), quoted(listed))),
            _ => {
                return Asked::Wrong("usage: torchsh verify FILE [MANIFEST]".to_owned());
            }
        },
        "browse" => match others.as_slice() {
            [file] => Program::Browse(file.clone()),
            _ => return Asked::Wrong("browse wants one file: torchsh browse model.pt".to_owned()),
        },
        verb if !others.is_empty() && verb_command::names().any(|name| name == verb) => {
            return command(run, verb, &others);
        }
        verb if verb_command::names().any(|name| name == verb) && !std::path::Path::new(verb).exists() => {
            return Asked::Wrong(command_error::usage(verb));
        }
        "kernel" => match kernel::asked(&others) {
            Ok(asked) => Program::Kernel(asked),
            Err(wrong) => return Asked::Wrong(wrong),
        },
        _ => match meant(first) {
            Meant::Script => Program::File(first.to_owned()),
            Meant::Notebook => Program::Notebook(first.to_owned()),
            Meant::Checkpoint => Program::Checkpoints(all()),
            Meant::Neither(says) => return Asked::Wrong(says),
        },
    };
    Asked::Run(run)
}

/// A verb and its words, among which options of the command line may stand.
fn command(mut run: Run, verb: &str, others: &[String]) -> Asked {
    let (mut words, mut output) = (Vec::new(), None);
    let mut rest = others.iter();
    while let Some(word) = rest.next() {
        // A number may be negative, as may where a slice begins: `-3:`.
        let first = word.split(':').next().unwrap_or_default();
        let is_option = word.starts_with('-') && word.len() > 1 && first.parse::<f64>().is_err();
        match (word.as_str(), word.strip_prefix("--output=")) {
            ("-o" | "--output", _) => match rest.next() {
                Some(file) => output = Some(file.clone()),
                None => return Asked::Wrong(format!("{word} wants a file after it")),
            },
            (_, Some(file)) => output = Some(file.to_owned()),
            ("-h" | "--help", _) => return Asked::Print(verb_command::help(verb)),
            _ if is_option => match option(&mut run, word, &mut rest) {
                Ok(None) => {}
                Ok(Some(asked)) => return asked,
                Err(wrong) => {
                    return Asked::Wrong(wrong.replace(
                        "torchsh --help lists them",
                        &format!("torchsh {verb} --help says what it takes"),
                    ));
                }
            },
            _ => words.push(word.clone()),
        }
    }
    match verb_command::program(verb, &words, output.as_deref()) {
        Ok(text) => {
            run.program = Program::Verb { verb: verb.to_owned(), words, text };
            Asked::Run(run)
        }
        Err(wrong) => Asked::Wrong(wrong),
    }
}

/// The ways to start, with what each does.
const FORMS: &[(&str, &str)] = &[
    ("[options]", "a prompt"),
    ("[options] script.py [args…]", "run a script"),
    ("[options] notebook.ipynb", "run a notebook from top to bottom"),
    ("[options] -c CODE [args…]", "run CODE"),
    ("[options] -", "run the standard input"),
    ("[options] model.pt…", "open checkpoints, files or folders, as ckpt, ckpt2 … and stay"),
    ("browse FILE", "walk over a checkpoint on the whole screen"),
    ("VERB FILE… [words] [-o OUT]", "what a verb does: torchsh diff a.pt b.pt (torchsh VERB --help)"),
    ("manifest FILE…", "what files hold, as JSON"),
    ("verify FILE [MANIFEST]", "read all of a file and compare its checksums"),
    ("kernel install|uninstall", "a kernel for Jupyter (torchsh kernel shows how)"),
];

const PURPOSE: &str =
    "The shell for PyTorch state_dicts: open any checkpoint, look at it, repair it, load it, save it.";

/// What `--help` prints.
#[must_use]
pub fn help() -> String {
    let mut out = format!("{}\n\n", torchsh_render::width::wrap(PURPOSE, 79).join("\n"));
    for (i, (form, says)) in FORMS.iter().enumerate() {
        let head = if i == 0 { "usage:" } else { "" };
        out.push_str(&beside(&format!("{head:<6} torchsh {form}"), 43, says));
    }
    out.push_str("\noptions:\n");
    for flag in FLAGS {
        out.push_str(&beside(&format!("  {}", flag.written()), 23, flag.says));
    }
    out.push_str("\nAt the prompt, help lists what there is and tutorial shows the way around.\n");
    out
}

/// What is typed and what it does, in lines that fit a terminal of 80 columns.
fn beside(typed: &str, column: usize, says: &str) -> String {
    let lines = torchsh_render::width::wrap(says, 79 - column);
    let mut heads = std::iter::once(typed).chain(std::iter::repeat(""));
    lines
        .iter()
        .map(|line| format!("{:<width$}{line}\n", heads.next().unwrap_or_default(), width = column))
        .collect()
}

/// The manual page, for `man`.
fn manual() -> String {
    let clean = |text: &str| text.replace('\\', "\\e").replace('-', "\\-");
    let mut out = format!(".TH TORCHSH 1\n.SH NAME\ntorchsh \\- {}\n.SH SYNOPSIS\n", clean(PURPOSE));
    for (form, says) in FORMS {
        out.push_str(&format!(".TP\n.B torchsh {}\n{}\n", clean(form), clean(says)));
    }
    out.push_str(".SH OPTIONS\n");
    for flag in FLAGS {
        out.push_str(&format!(".TP\n.B {}\n{}\n", clean(&flag.written()), clean(flag.says)));
    }
    out.push_str(".SH EXIT STATUS\n0 if all went well, 1 after an error, where verify found damage, or where \\-\\-exit\\-code was given and diff, check or health found something, 2 after wrong usage, 130 after Ctrl\\-C.\n.SH FILES\n");
    for (file, says) in FILES {
        out.push_str(&format!(".TP\n.I {}\n{}\n", clean(file), clean(says)));
    }
    out
}

/// What the shell keeps, below the folders of the XDG base directory specification.
const FILES: &[(&str, &str)] = &[
    ("~/.config/torchsh/settings", "lines of name = word; at the prompt set lists them and changes one"),
    ("~/.config/torchsh/startup.py", "run before the first prompt"),
    ("~/.local/state/torchsh/history", "what was typed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Asked {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn run(line: &str) -> Run {
        match parsed(line) {
            Asked::Run(run) => run,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_follows_a_program_is_its_own() {
        let script = run("-i x.py -c --help");
        assert_eq!(script.program, Program::File("x.py".into()));
        assert_eq!(script.arguments, ["x.py", "-c", "--help"]);
        assert!(script.stays);
        assert_eq!(run("-c 1 -i").arguments, ["-c", "-i"]);
        assert_eq!(run("-").program, Program::Input);
        assert_eq!(run("").arguments, [""]);
    }

    #[test]
    fn checkpoints_are_opened() {
        assert_eq!(
            run("a.pt b.safetensors").program,
            Program::Checkpoints(vec!["a.pt".into(), "b.safetensors".into()])
        );
        assert_eq!(run("browse a.pt").program, Program::Browse("a.pt".into()));
        assert!(
            matches!(parsed("browse"), Asked::Wrong(_)) && matches!(parsed("browse a b"), Asked::Wrong(_))
        );
        assert_eq!(run("manifest a.pt").program, Program::Manifest(vec!["a.pt".into()]));
        assert_eq!(
            run("verify a.pt a.jsonl").program,
            Program::Text("print(verify(\"a.pt\", \"a.jsonl\"))".into())
        );
        assert!(
            matches!(parsed("verify"), Asked::Wrong(_)) && matches!(parsed("verify a b c"), Asked::Wrong(_))
        );
    }

    #[test]
    fn wrong_usage_is_said() {
        for line in ["--nothing", "-c", "--format=xml", "--check=1", "--theme", "--completions tcsh"] {
            assert!(matches!(parsed(line), Asked::Wrong(_)), "{line}");
        }
        assert_eq!(run("--format=json x.py").format, Format::Json);
        assert!(matches!(parsed("--help"), Asked::Print(text) if text.contains("--check")));
        assert!(matches!(parsed("--completions=fish"), Asked::Print(text) if text.contains("complete -c")));
        assert!(matches!(parsed("--version"), Asked::Print(text) if text.contains("PyTorch 2.")));
    }
}
