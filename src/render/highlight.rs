//! Program text in colours.

use std::borrow::Cow;

use super::{Role, Theme};
use torchsh_syntax::tokens::{Class, Token, tokens};
use torchsh_syntax::verb_names;

/// Texts longer than this are pasted, not typed: colouring them at every key would be felt.
const LONGEST: usize = 20_000;

/// The text with its colours; `at` is the cursor, whose bracket's partner is marked. Nothing but colours is added.
#[must_use]
pub fn highlight(text: &str, at: Option<usize>, theme: Theme) -> Cow<'_, str> {
    if theme == Theme::None || text.is_empty() || text.len() > LONGEST {
        return Cow::Borrowed(text);
    }
    let tokens = tokens(text);
    let partner = at.and_then(|at| partner(text, &tokens, at));
    let mut out = String::with_capacity(text.len() * 2);
    let mut end = 0;
    for (i, token) in tokens.iter().enumerate() {
        let Some(word) = text.get(token.start..token.end) else { continue };
        out.push_str(text.get(end..token.start).unwrap_or_default());
        match role(text, &tokens, i, partner) {
            // Escapes that span lines confuse editors: each line is coloured for itself.
            Some(role) => {
                let lines: Vec<String> = word.split('\n').map(|line| theme.paint(role, line)).collect();
                out.push_str(&lines.join("\n"));
            }
            None => out.push_str(word),
        }
        end = token.end;
    }
    out.push_str(text.get(end..).unwrap_or_default());
    Cow::Owned(out)
}

fn role(text: &str, tokens: &[Token], i: usize, partner: Option<usize>) -> Option<Role> {
    let token = tokens.get(i)?;
    match token.class {
        Class::Keyword => Some(Role::Keyword),
        Class::Number => Some(Role::Number),
        Class::Text => Some(Role::Text),
        Class::Comment => Some(Role::Comment),
        Class::Bracket if partner == Some(token.start) => Some(Role::Match),
        Class::Name if is_verb(text, tokens, i) => Some(Role::Verb),
        _ => None,
    }
}

/// Whether a name is a verb here: first in its line, after `=`, `|` or an opening bracket, and followed by a word; or the last
/// of a chain.
fn is_verb(text: &str, tokens: &[Token], i: usize) -> bool {
    let word = |token: &Token| text.get(token.start..token.end).unwrap_or_default();
    let Some(name) = tokens.get(i).map(word) else { return false };
    if !verb_names().any(|verb| verb == name) {
        return false;
    }
    let before = i.checked_sub(1).and_then(|before| tokens.get(before));
    let chains = before.is_some_and(|before| word(before) == "|");
    let opens =
        |before: &Token| before.class == Class::End || matches!(word(before), "=" | "(" | ":" | "explain");
    let is_first = chains || before.is_none_or(opens);
    let follows = match tokens.get(i + 1) {
        Some(next) if matches!(next.class, Class::Name | Class::Text | Class::Number) => true,
        // Brackets apart from the name are a word; those of a call follow at once.
        Some(next) => {
            word(next) == "(" && tokens.get(i).is_some_and(|name| name.end < next.start)
                || chains && next.class == Class::End
        }
        None => chains,
    };
    is_first && follows
}

/// The bracket that belongs to the one at the cursor, or just before it.
fn partner(text: &str, tokens: &[Token], at: usize) -> Option<usize> {
    let brackets: Vec<(usize, char)> = tokens
        .iter()
        .filter(|token| token.class == Class::Bracket)
        .filter_map(|token| Some((token.start, text.get(token.start..)?.chars().next()?)))
        .collect();
    let own = brackets.iter().position(|(start, _)| *start == at);
    let own = own.or_else(|| brackets.iter().position(|(start, _)| start + 1 == at))?;
    let is_open = |c: char| matches!(c, '(' | '[' | '{');
    let (_, bracket) = brackets.get(own)?;
    let mut depth = 0i32;
    let mut step = |c: char| {
        depth += if is_open(c) { 1 } else { -1 };
        depth == 0
    };
    match is_open(*bracket) {
        true => brackets.iter().skip(own).find(|(_, c)| step(*c)).map(|(start, _)| *start),
        false => brackets.iter().take(own + 1).rev().find(|(_, c)| step(*c)).map(|(start, _)| *start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_of_chains_and_brackets_are_found() {
        let verbs = |text: &str| {
            let found = torchsh_syntax::tokens::tokens(text);
            let is_it = |i: &usize| found[*i].class == Class::Name && is_verb(text, &found, *i);
            (0..found.len())
                .filter(is_it)
                .map(|i| text[found[i].start..found[i].end].to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(verbs("p | strip \"a\" | items"), ["strip", "items"]);
        assert_eq!(verbs("save (cast (strip p \"a\") bfloat16) \"x\""), ["save", "cast", "strip"]);
        assert!(verbs("items(p)").is_empty() && verbs("a | b").is_empty());
    }

    #[test]
    fn verbs_and_partners_are_found() {
        let text = "p = filter p shape== m";
        let found = tokens(text);
        assert!(is_verb(text, &found, 2));
        assert_eq!(partner("f(a[0])", &tokens("f(a[0])"), 7), Some(1));
        assert_eq!(partner("f(a[0])", &tokens("f(a[0])"), 3), Some(5));
        assert!(highlight(text, None, Theme::Dark).contains("\u{1b}["));
        assert_eq!(highlight(text, None, Theme::None), text);
    }
}
