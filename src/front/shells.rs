//! Completion of the command line in bash, zsh and fish, from the table of options.

use super::flags::{FLAGS, Flag};

/// The script for a shell; none for another shell.
pub fn completions(shell: &str) -> Option<String> {
    match shell {
        "bash" => Some(bash()),
        "zsh" => Some(zsh()),
        "fish" => Some(fish()),
        _ => None,
    }
}

/// What can be the first word, beside files.
fn commands() -> String {
    super::verb_command::names().chain(["browse", "kernel"]).collect::<Vec<_>>().join(" ")
}

/// The words that can follow an option; empty: anything.
fn words_of(flag: &Flag) -> &'static [&'static str] {
    match flag.value {
        "FORMAT" => &["table", "json", "csv", "markdown"],
        "THEME" => &["dark", "light", "none"],
        "SHELL" => &["bash", "zsh", "fish"],
        _ => &[],
    }
}

fn bash() -> String {
    let names: Vec<&str> = FLAGS.iter().flat_map(|flag| flag.names).copied().collect();
    let mut cases = String::new();
    for flag in FLAGS.iter().filter(|flag| !words_of(flag).is_empty()) {
        let (names, words) = (flag.names.join("|"), words_of(flag).join(" "));
        cases += &format!("    {names}) COMPREPLY=($(compgen -W \"{words}\" -- \"$word\")); return ;;\n");
    }
    format!(
        "# torchsh --completions bash > ~/.local/share/bash-completion/completions/torchsh\n\
         _torchsh() {{\n  local word=${{COMP_WORDS[COMP_CWORD]}}\n  case ${{COMP_WORDS[COMP_CWORD-1]}} in\n{cases}  esac\n  \
         case $word in\n    -*) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return ;;\n  esac\n  \
         COMPREPLY=()\n  if [ \"$COMP_CWORD\" = 1 ]; then COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); fi\n  \
         COMPREPLY+=($(compgen -f -- \"$word\"))\n}}\ncomplete -o filenames -F _torchsh torchsh\n",
        names.join(" "),
        commands()
    )
}

fn zsh() -> String {
    let quoted =
        |text: &str| text.replace('\'', "'\\''").replace('[', "(").replace(']', ")").replace(':', ",");
    let mut lines = String::new();
    for flag in FLAGS {
        let words = words_of(flag);
        let value = match (flag.value, words) {
            ("", _) => String::new(),
            (value, []) => format!(":{value}:"),
            (value, words) => format!(":{value}:({})", words.join(" ")),
        };
        for name in flag.names {
            lines += &format!("  '{name}[{}]{value}' \\\n", quoted(flag.says));
        }
    }
    format!(
        "#compdef torchsh\n# torchsh --completions zsh > a folder of $fpath/_torchsh\n_arguments \\\n{lines}  \
         '1:command or file:{{_alternative \"commands:command:({})\" \"files:file:_files\"}}' \\\n  '*:file:_files'\n",
        commands()
    )
}

fn fish() -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    let mut lines = "# torchsh --completions fish > ~/.config/fish/completions/torchsh.fish\n".to_owned();
    for flag in FLAGS {
        let names: String = flag
            .names
            .iter()
            .map(|name| match name.strip_prefix("--") {
                Some(long) => format!(" -l {long}"),
                None => format!(" -s {}", name.trim_start_matches('-')),
            })
            .collect();
        let value = match (flag.value, words_of(flag)) {
            ("", _) => String::new(),
            (_, []) => " -r".to_owned(),
            (_, words) => format!(" -x -a '{}'", words.join(" ")),
        };
        lines += &format!("complete -c torchsh{names}{value} -d '{}'\n", quoted(flag.says));
    }
    lines + &format!("complete -c torchsh -n __fish_use_subcommand -a '{}'\n", commands())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_completed() {
        for shell in ["bash", "zsh", "fish"] {
            let script = completions(shell).unwrap();
            for name in FLAGS.iter().flat_map(|flag| flag.names) {
                assert!(script.contains(name.trim_start_matches('-')), "{shell}: no {name}");
            }
            assert!(script.contains("markdown") && script.contains("light"), "{script}");
            assert!(script.contains(" diff ") && script.contains(" browse kernel"), "{script}");
        }
        assert!(completions("tcsh").is_none());
    }
}
