//! Colours. Meaning never rests on them: everything reads the same without.

use nu_ansi_term::{Color, Style};

/// Which colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// None: text as it is.
    #[default]
    None,
    /// For light letters on a dark ground.
    Dark,
    /// For dark letters on a light ground.
    Light,
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The `In [1]: ` prompt.
    Prompt,
    /// The `Out[1]: ` mark.
    Out,
    /// Heads of tables, totals, what is said by the way.
    Faint,
    /// A tensor's key or a module's name.
    Key,
    /// A shape.
    Shape,
    /// A dtype or a class.
    Type,
    /// A device.
    Device,
    /// A number of the program text, or an amount.
    Number,
    /// A bar.
    Bar,
    /// `error`, the exception's name, the caret.
    Error,
    /// `hint:`
    Hint,
    /// `note:`, warnings.
    Note,
    /// A keyword of the language.
    Keyword,
    /// A verb of the shell.
    Verb,
    /// A string of the program text.
    Text,
    /// A comment of the program text.
    Comment,
    /// The bracket that belongs to the one at the cursor.
    Match,
    /// The suggestion after the cursor.
    Ghost,
    /// What is chosen in a menu.
    Chosen,
}

impl Theme {
    /// The theme of this name: `dark`, `light`, `none`.
    #[must_use]
    pub fn named(name: &str) -> Option<Theme> {
        match name {
            "none" => Some(Theme::None),
            "dark" => Some(Theme::Dark),
            "light" => Some(Theme::Light),
            _ => None,
        }
    }

    /// The theme that the surroundings ask for: none where `NO_COLOR` is set, the terminal is dumb or the output goes
    /// elsewhere; light where `COLORFGBG` names a light ground.
    #[must_use]
    pub fn detect(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Theme {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        if !is_terminal || is_set("NO_COLOR") || variable("TERM").is_some_and(|term| term == "dumb") {
            return Theme::None;
        }
        let colours = variable("COLORFGBG").unwrap_or_default();
        let ground = colours.rsplit(';').next().and_then(|ground| ground.parse::<u8>().ok());
        match ground {
            Some(7 | 9..=15) => Theme::Light,
            _ => Theme::Dark,
        }
    }

    /// The text in the colour of its role.
    #[must_use]
    pub fn paint(self, role: Role, text: &str) -> String {
        match self.style(role) {
            Some(style) if !text.is_empty() => style.paint(text).to_string(),
            _ => text.to_owned(),
        }
    }

    /// The style of a role; none without colours.
    #[must_use]
    pub fn style(self, role: Role) -> Option<Style> {
        let pick = |dark: Color, light: Color| Some(if self == Theme::Light { light } else { dark }.normal());
        if self == Theme::None {
            return None;
        }
        match role {
            Role::Prompt => pick(Color::LightGreen, Color::Green),
            Role::Out => pick(Color::LightRed, Color::Red),
            Role::Faint | Role::Ghost | Role::Comment => pick(Color::DarkGray, Color::DarkGray),
            Role::Key => None,
            Role::Shape | Role::Number => pick(Color::Cyan, Color::Blue),
            Role::Type => pick(Color::Yellow, Color::Fixed(94)),
            Role::Device => pick(Color::LightPurple, Color::Purple),
            Role::Bar => pick(Color::Blue, Color::LightBlue),
            Role::Error => Some(if self == Theme::Light { Color::Red } else { Color::LightRed }.bold()),
            Role::Hint => pick(Color::LightCyan, Color::Fixed(25)),
            Role::Note => pick(Color::LightYellow, Color::Fixed(94)),
            Role::Keyword => pick(Color::LightBlue, Color::Blue),
            Role::Verb => Some(if self == Theme::Light { Color::Purple } else { Color::LightPurple }.bold()),
            Role::Text => pick(Color::Green, Color::Fixed(28)),
            Role::Match => Some(Style::new().underline()),
            Role::Chosen => Some(Style::new().reverse()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn colours_stay_away_where_they_are_not_wanted() {
        assert_eq!(Theme::detect(true, among(&[("TERM", "xterm")])), Theme::Dark);
        assert_eq!(Theme::detect(true, among(&[("NO_COLOR", "1")])), Theme::None);
        assert_eq!(Theme::detect(true, among(&[("NO_COLOR", "")])), Theme::Dark);
        assert_eq!(Theme::detect(true, among(&[("TERM", "dumb")])), Theme::None);
        assert_eq!(Theme::detect(false, among(&[])), Theme::None);
        assert_eq!(Theme::detect(true, among(&[("COLORFGBG", "0;15")])), Theme::Light);
        assert_eq!(Theme::None.paint(Role::Error, "x"), "x");
        assert_ne!(Theme::Dark.paint(Role::Error, "x"), "x");
    }
}
