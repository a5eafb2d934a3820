//! A person's settings: `set` shows them, `set theme light` changes one and keeps it in a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Outcome, Session};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::nearest;
use torchsh_language::value::Str;
use torchsh_language::value::report::{Head, Report};
use torchsh_render::{Screen, Theme};

/// A setting: its name, the words that it can be, and what it is for.
pub struct Setting {
    /// As it is typed after `set`.
    pub name: &'static str,
    /// The words it can be, the one that it is without a wish first.
    pub words: &'static [&'static str],
    /// What each of them does.
    pub meanings: &'static [&'static str],
    /// One line for a person.
    pub says: &'static str,
}

/// The settings.
pub const ALL: &[Setting] = &[
    Setting {
        name: "theme",
        words: &["auto", "dark", "light", "none"],
        meanings: &[
            "as the terminal's background is",
            "for a dark background",
            "for a light background",
            "no colours",
        ],
        says: "colours; auto asks the terminal",
    },
    Setting {
        name: "keys",
        words: &["emacs", "vi"],
        meanings: &[
            "Ctrl-A, Ctrl-E, Alt-B … as in bash",
            "as in vi; [I] or [N] before the prompt shows the mode",
        ],
        says: "how lines are edited",
    },
    Setting {
        name: "brackets",
        words: &["off", "on"],
        meanings: &["type both yourself", "an opened bracket or quote is closed at once"],
        says: "close brackets and quotes as they are opened",
    },
    Setting {
        name: "marks",
        words: &["auto", "on", "off"],
        meanings: &["where the terminal is known", "always", "never"],
        says: "tell the terminal where prompts and results begin (OSC 133)",
    },
    Setting {
        name: "pictures",
        words: &["auto", "off", "kitty", "iterm", "sixel"],
        meanings: &[
            "what the terminal can show",
            "blocks, never pictures",
            "kitty's protocol",
            "iTerm2's protocol",
            "sixels",
        ],
        says: "hist, heat and plot as pictures; auto asks the terminal",
    },
];

/// Another name of a setting, from earlier releases.
const OTHER_NAMES: &[(&str, &str)] = &[("edit_mode", "keys")];

/// What was set; what was not is as it is without a wish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    set: Vec<(&'static str, &'static str)>,
    /// The file that keeps them.
    pub file: Option<PathBuf>,
    /// The colours that `theme = auto` comes to here.
    pub auto_theme: Theme,
    /// Whether results go to a terminal: elsewhere nothing is coloured.
    pub is_on_terminal: bool,
}

impl Settings {
    /// Reads lines of `name = value`; `#` begins a comment. Gives the settings and what could not be understood.
    #[must_use]
    pub fn parse(text: &str) -> (Settings, Vec<String>) {
        let mut settings = Settings::default();
        let mut wrong = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let Some((name, value)) = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()))
            else {
                if !line.is_empty() {
                    wrong.push(format!("line {}: a setting is written name = value", i + 1));
                }
                continue;
            };
            if let Err(error) = settings.set(name, value.trim_matches('"')) {
                wrong.push(format!("line {}: {name} = {value}: {}", i + 1, error.message()));
            }
        }
        (settings, wrong)
    }

    /// The word of a setting.
    #[must_use]
    pub fn get(&self, name: &str) -> &'static str {
        let set = self.set.iter().find(|(known, _)| *known == name).map(|(_, word)| *word);
        let usual = ALL.iter().find(|setting| setting.name == name).and_then(|setting| setting.words.first());
        set.or(usual.copied()).unwrap_or_default()
    }

    /// The colours.
    #[must_use]
    pub fn theme(&self) -> Theme {
        let theme = Theme::named(self.get("theme")).unwrap_or(self.auto_theme);
        if self.is_on_terminal { theme } else { Theme::None }
    }

    /// Whether lines are edited as vi does.
    #[must_use]
    pub fn vi(&self) -> bool {
        self.get("keys") == "vi"
    }

    fn set(&mut self, name: &str, word: &str) -> Result<&'static Setting> {
        let setting = named(name)?;
        let Some(word) = setting.words.iter().find(|known| **known == word) else {
            let (last, others) = setting.words.split_last().unwrap_or((&"", &[]));
            let message = format!("{} is {} or {last}, not {word}", setting.name, others.join(", "));
            return Err(Error::value(message));
        };
        self.set.retain(|(known, _)| *known != setting.name);
        self.set.push((setting.name, word));
        Ok(setting)
    }

    /// The text of a settings file in which a setting has changed: all else stays as it is.
    fn changed_text(&self, before: &str, setting: &Setting) -> String {
        let own = |line: &str| {
            let name =
                line.split('#').next().unwrap_or_default().split('=').next().unwrap_or_default().trim();
            named(name).is_ok_and(|known| known.name == setting.name)
        };
        let mut lines: Vec<String> = before.lines().filter(|line| !own(line)).map(str::to_owned).collect();
        lines.push(format!("{} = {}", setting.name, self.get(setting.name)));
        lines.join("\n") + "\n"
    }
}

fn named(name: &str) -> Result<&'static Setting> {
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, name)| *name);
    let name = other.unwrap_or(name);
    ALL.iter().find(|setting| setting.name == name).ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|setting| setting.name).collect();
        let error =
            Error::new(Kind::Name, format!("{name} is not a setting; these are: {}", names.join(", ")));
        let known: Vec<Str> = names.into_iter().map(Str::new).collect();
        match nearest(name, &known) {
            Some(near) => error.hint(format!("did you mean: set {near}")),
            None => error.hint("set shows all of them"),
        }
    })
}

impl Session {
    /// `set`, `set theme`, `set theme light`
    pub(super) fn set(&self, rest: &str) -> Result<Outcome> {
        let words: Vec<&str> =
            rest.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => Ok(Outcome::answer(self.settings_table(ALL.iter()))),
            [name] => Ok(Outcome::answer(self.settings_table(std::iter::once(named(name)?)))),
            [name, word] => self.change_setting(name, word),
            _ => Err(Error::new(Kind::Syntax, format!("set takes a name and a word, not: {rest}"))
                .hint("usage: set theme light")),
        }
    }

    fn settings_table(&self, settings: impl Iterator<Item = &'static Setting>) -> String {
        let heads = vec![
            Head::words("setting"),
            Head::words("is"),
            Head::words("can be").drops(2),
            Head::words("for").drops(1),
        ];
        let known = self.settings();
        let line = |setting: &Setting| {
            [setting.name, known.get(setting.name), &setting.words.join(", "), setting.says]
                .map(str::to_owned)
                .to_vec()
        };
        let foot = match &known.file {
            Some(file) => format!("set theme light changes one; kept in {}", file.display()),
            None => "set theme light changes one, for this session".to_owned(),
        };
        self.host.text_of(&Report::Table { heads, lines: settings.map(line).collect(), foot })
    }

    fn change_setting(&self, name: &str, word: &str) -> Result<Outcome> {
        let mut settings = self.settings();
        let setting = settings.set(name, word)?;
        let kept = settings.file.as_ref().map(|file| keep(&settings, setting, file));
        let theme = settings.theme();
        *self.settings.borrow_mut() = settings;
        if setting.name == "theme" {
            self.set_screen(Screen { theme, ..self.screen() });
        }
        let said = format!("{} = {word}", setting.name);
        Ok(Outcome::answer(match kept {
            Some(Ok(())) => format!("{said}, kept for later sessions"),
            Some(Err(why)) => format!("{said} for this session; it could not be kept: {why}"),
            None => format!("{said} for this session"),
        }))
    }
}

/// Writes a setting into its file, which is whole or as it was.
fn keep(settings: &Settings, setting: &Setting, file: &Path) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    // A link to a file elsewhere stays one.
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let before = match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        before => before?,
    };
    let mut made = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(folder))?;
    made.write_all(settings.changed_text(&before, setting).as_bytes())?;
    made.persist(&file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_slips_said() {
        let (settings, wrong) =
            Settings::parse("# mine\nedit_mode = vi\ntheme = \"light\"\ncolour = red\nx\nmarks = loud\n");
        assert!(settings.vi() && settings.get("theme") == "light" && settings.get("brackets") == "off");
        assert_eq!(settings.theme(), Theme::None);
        assert_eq!(Settings { is_on_terminal: true, ..settings }.theme(), Theme::Light);
        assert_eq!(wrong.len(), 3);
        assert_eq!(
            wrong.last().map(String::as_str),
            Some("line 6: marks = loud: marks is auto, on or off, not loud")
        );
    }

    #[test]
    fn a_change_leaves_the_rest_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/settings");
        let mut settings = Settings::default();
        let setting = settings.set("theme", "light").unwrap();
        keep(&settings, setting, &file).unwrap();
        std::fs::write(&file, "# mine\nedit_mode = vi\ntheme = dark # at night\n").unwrap();
        keep(&settings, setting, &file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\nedit_mode = vi\ntheme = light\n");
        let setting = settings.set("keys", "emacs").unwrap();
        keep(&settings, setting, &file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\ntheme = light\nkeys = emacs\n");
    }
}
