//! Completion of the command line in bash, zsh and fish: scripts that ask the program itself for the ways to go on.

use super::flags::Flag;

/// The script for a shell; none for another shell.
pub fn completions(shell: &str) -> Option<&'static str> {
    match shell {
        "bash" => Some(BASH),
        "zsh" => Some(ZSH),
        "fish" => Some(FISH),
        _ => None,
    }
}

/// The words that can follow an option; empty: anything.
pub fn words_of(flag: &Flag) -> &'static [&'static str] {
    match flag.value {
        "FORMAT" => &["table", "json", "csv", "markdown"],
        "THEME" => &["dark", "light", "none"],
        "SHELL" => &["bash", "zsh", "fish"],
        _ => &[],
    }
}

/// Files come last: a key that begins alike is meant more often.
const BASH: &str = r#"# torchsh --completions bash > ~/.local/share/bash-completion/completions/torchsh
_torchsh() {
  local line word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
  COMPREPLY=()
  while IFS= read -r line; do
    line=${line%%$'\t'*}
    [[ $line == *[.=] ]] && compopt -o nospace
    COMPREPLY+=("$line")
  done < <(torchsh --complete-words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY+=($(compgen -f -- "$word"))
}
complete -o filenames -F _torchsh torchsh
"#;

const ZSH: &str = r#"#compdef torchsh
# torchsh --completions zsh > a folder of $fpath/_torchsh
# or, behind compinit: source <(torchsh --completions zsh)
_torchsh() {
  local line text
  local -a whole begun said_whole said_begun
  for line in "${(@f)$(torchsh --complete-words "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    text=${line%%$'\t'*}
    [[ -z $text ]] && continue
    line="${text}  ${line#*$'\t'}"
    if [[ $text == *[.=] ]]; then
      begun+=("$text") said_begun+=("$line")
    else
      whole+=("$text") said_whole+=("$line")
    fi
  done
  (( $#whole )) && compadd -l -d said_whole -a whole
  (( $#begun )) && compadd -l -S '' -d said_begun -a begun
  _files
}
if [[ $funcstack[1] == _torchsh ]]; then
  _torchsh "$@"
else
  compdef _torchsh torchsh
fi
"#;

const FISH: &str = r#"# torchsh --completions fish > ~/.config/fish/completions/torchsh.fish
function __torchsh_ways
    torchsh --complete-words (commandline -opc)[2..] (commandline -ct) 2>/dev/null
end
complete -c torchsh -a '(__torchsh_ways)'
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_ask_the_program() {
        for shell in ["bash", "zsh", "fish"] {
            assert!(completions(shell).is_some_and(|script| script.contains("torchsh --complete-words")));
        }
        assert!(completions("tcsh").is_none());
    }
}
