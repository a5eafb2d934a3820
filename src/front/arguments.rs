//! The command line. One table of options: the parser and `--help` read it.

use std::path::Path;

use crate::render::{Format, Theme};

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
    /// Colours, if they were asked for by name.
    pub theme: Option<Theme>,
    /// How verbs answer.
    pub format: Format,
}

/// Where the program comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Program {
    /// Nowhere: a prompt, or the standard input if that is no terminal.
    #[default]
    None,
    /// A file.
    File(String),
    /// `-c`
    Text(String),
    /// `-`
    Input,
    /// Checkpoints to open as `ckpt`, `ckpt2` …
    Checkpoints(Vec<String>),
    /// `torchsh manifest FILE…`: what the files hold, for scripts.
    Manifest(Vec<String>),
}

/// An option of the command line.
struct Flag {
    names: &'static [&'static str],
    /// What follows it; empty: nothing.
    value: &'static str,
    says: &'static str,
}

const FLAGS: &[Flag] = &[
    Flag { names: &["-c"], value: "CODE", says: "run CODE; what follows is its arguments" },
    Flag { names: &["-i"], value: "", says: "stay at the prompt after the program" },
    Flag { names: &["--check"], value: "", says: "parse the program without running it" },
    Flag { names: &["--format"], value: "FORMAT", says: "how verbs answer: table, json, csv or markdown" },
    Flag { names: &["--theme"], value: "THEME", says: "colours: dark, light or none" },
    Flag { names: &["--no-color"], value: "", says: "no colours (so does NO_COLOR)" },
    Flag { names: &["-h", "--help"], value: "", says: "print this" },
    Flag { names: &["-V", "--version"], value: "", says: "print the version" },
];

/// Endings of files that hold checkpoints: these are opened, not run.
const CHECKPOINTS: &[&str] =
    &["pt", "pth", "bin", "ckpt", "safetensors", "pkl", "pickle", "npz", "npy", "gguf"];

/// Reads the command line (without the program's own name).
#[must_use]
pub fn parse(arguments: &[String]) -> Asked {
    let mut run = Run::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (name, joined) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (argument.as_str(), None),
        };
        if name == "-" || !name.starts_with('-') {
            return words(run, argument, rest.cloned().collect());
        }
        if name == "--" {
            return match rest.next() {
                Some(file) => words(run, file, rest.cloned().collect()),
                None => Asked::Run(run),
            };
        }
        let Some(flag) = FLAGS.iter().find(|flag| flag.names.contains(&name)) else {
            return Asked::Wrong(format!("there is no option {name} (torchsh --help lists them)"));
        };
        let value = match (flag.value, joined) {
            ("", None) => String::new(),
            ("", Some(_)) => return Asked::Wrong(format!("{name} takes no value")),
            (_, Some(value)) => value,
            (what, None) => match rest.next() {
                Some(value) => value.clone(),
                None => return Asked::Wrong(format!("{name} wants {what} after it")),
            },
        };
        match name {
            "-c" => {
                run.program = Program::Text(value);
                run.arguments = std::iter::once("-c".to_owned()).chain(rest.cloned()).collect();
                return Asked::Run(run);
            }
            "-h" | "--help" => return Asked::Print(help()),
            "-V" | "--version" => return Asked::Print(format!("torchsh {}\n", env!("CARGO_PKG_VERSION"))),
            _ => {
                if let Err(wrong) = set(&mut run, name, &value) {
                    return Asked::Wrong(wrong);
                }
            }
        }
    }
    run.arguments = vec![String::new()];
    Asked::Run(run)
}

fn set(run: &mut Run, name: &str, value: &str) -> Result<(), String> {
    match name {
        "-i" => run.stays = true,
        "--check" => run.checks = true,
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
    run.program = match first {
        "-" => Program::Input,
        "manifest" if !others.is_empty() => Program::Manifest(others),
        _ if is_checkpoint(first) => Program::Checkpoints(all()),
        _ => Program::File(first.to_owned()),
    };
    Asked::Run(run)
}

fn is_checkpoint(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    CHECKPOINTS.contains(&ending.to_ascii_lowercase().as_str())
}

/// What `--help` prints.
#[must_use]
pub fn help() -> String {
    let mut out =
        "The shell for PyTorch state_dicts: open any checkpoint, look at it, mend it, load it, save it.\n\n\
         usage: torchsh [options]                    a prompt\n       \
         torchsh [options] script.py [args…]  run a script\n       \
         torchsh [options] -c CODE [args…]    run CODE\n       \
         torchsh [options] -                  run the standard input\n       \
         torchsh [options] model.pt…          open checkpoints as ckpt, ckpt2 … and stay\n       \
         torchsh manifest FILE…               what files hold, as JSON\n\noptions:\n"
            .to_owned();
    for flag in FLAGS {
        let names = flag.names.join(", ");
        let left = if flag.value.is_empty() { names } else { format!("{names} {}", flag.value) };
        out.push_str(&format!("  {left:<18} {}\n", flag.says));
    }
    out.push_str("\nAt the prompt, help lists what there is and tutorial shows the way around.\n");
    out
}

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
        assert_eq!(run("manifest a.pt").program, Program::Manifest(vec!["a.pt".into()]));
    }

    #[test]
    fn wrong_usage_is_said() {
        for line in ["--nothing", "-c", "--format=xml", "--check=1", "--theme"] {
            assert!(matches!(parsed(line), Asked::Wrong(_)), "{line}");
        }
        assert_eq!(run("--format=json x.py").format, Format::Json);
        assert!(matches!(parsed("--help"), Asked::Print(text) if text.contains("--check")));
    }
}
