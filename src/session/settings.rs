//! A person's settings.

use torchsh_render::Theme;

/// What can be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Edit lines as vi does.
    pub vi: bool,
    /// The colours; none: as the terminal asks.
    pub theme: Option<Theme>,
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
            match (name, value.trim_matches('"')) {
                ("edit_mode", mode @ ("vi" | "emacs")) => settings.vi = mode == "vi",
                ("theme", "auto") => settings.theme = None,
                ("theme", name) if Theme::named(name).is_some() => settings.theme = Theme::named(name),
                (name, value) => wrong.push(format!("line {}: {name} = {value} is no setting", i + 1)),
            }
        }
        (settings, wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_slips_said() {
        let (settings, wrong) =
            Settings::parse("# mine\nedit_mode = vi\ntheme = \"light\"\ncolour = red\nx\n");
        assert_eq!(settings, Settings { vi: true, theme: Some(Theme::Light) });
        assert_eq!(wrong.len(), 2);
    }
}
