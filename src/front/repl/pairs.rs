//! Brackets and quotes that close themselves, where the setting is on.

use super::buffer::Buffer;
use torchsh_syntax::cursor::Cursor;

/// What opens, with what closes it.
const PAIRS: &[(char, char)] = &[('(', ')'), ('[', ']'), ('{', '}'), ('"', '"'), ('\'', '\'')];

/// What a typed letter makes of a text; none where it is an ordinary letter.
pub fn typed(now: &Buffer, letter: char) -> Option<Buffer> {
    let next = now.after().chars().next();
    let cursor = Cursor::at_end(now.before());
    if cursor.in_comment {
        return None;
    }
    let steps = next == Some(letter)
        && match letter {
            '"' | '\'' => cursor.string.is_some_and(|string| string.mark == letter && !string.triple),
            letter => {
                cursor.string.is_none()
                    && opening(letter)
                        .is_some_and(|open| cursor.open.last().is_some_and(|(last, _)| *last == open))
            }
        };
    if steps {
        return Some(now.moved(now.at + letter.len_utf8()));
    }
    let (_, closing) = PAIRS.iter().find(|(open, _)| *open == letter)?;
    let has_room = next.is_none_or(|next| next.is_whitespace() || ")]},:".contains(next));
    if cursor.string.is_some() || !has_room || is_quote(letter) && !may_open_quote(now.before(), letter) {
        return None;
    }
    let open = now.inserted(&format!("{letter}{closing}"));
    Some(open.moved(open.at - closing.len_utf8()))
}

/// Without both of an empty pair that the cursor stands in.
pub fn taken_back(now: &Buffer) -> Option<Buffer> {
    let (open, close) = (now.before().chars().next_back()?, now.after().chars().next()?);
    if !PAIRS.contains(&(open, close)) {
        return None;
    }
    Some(now.replaced(now.at - open.len_utf8(), now.at + close.len_utf8(), ""))
}

fn opening(closing: char) -> Option<char> {
    PAIRS.iter().find(|(_, known)| *known == closing).map(|(open, _)| *open)
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\'')
}

/// Whether a quote begins a text here: behind a word it is an apostrophe, behind two quotes the third.
fn may_open_quote(before: &str, quote: char) -> bool {
    let word: String = before.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let is_prefix =
        matches!(word.to_lowercase().as_str(), "" | "r" | "f" | "b" | "u" | "rf" | "fr" | "br" | "rb");
    is_prefix && !before.ends_with(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands there, with `|` for the cursor, after letters were typed one by one.
    fn after(start: &str, letters: &str) -> String {
        let mut buffer = Buffer { at: start.find('|').unwrap(), text: start.replace('|', "") };
        for letter in letters.chars() {
            buffer = match letter {
                '<' => taken_back(&buffer).unwrap_or_else(|| buffer.replaced(buffer.at - 1, buffer.at, "")),
                letter => typed(&buffer, letter).unwrap_or_else(|| buffer.inserted(&letter.to_string())),
            };
        }
        format!("{}|{}", buffer.before(), buffer.after())
    }

    #[test]
    fn pairs_close_themselves() {
        for (start, letters, wanted) in [
            ("f|", "(", "f(|)"),
            ("f|", "(a)", "f(a)|"),
            ("m|", "[\"fc\"]", "m[\"fc\"]|"),
            ("|", "f\"a\"", "f\"a\"|"),
            ("|", "(<", "|"),
            ("|", "\"\"\"doc\"\"\"", "\"\"\"doc\"\"\"|"),
            ("|", "# don't (", "# don't (|"),
            ("|", "\"it's (\"", "\"it's (\"|"),
            ("|name", "(", "(|name"),
            ("f(|)", "))", "f())|"),
            ("|", "[(1, 2), {3}]", "[(1, 2), {3}]|"),
        ] {
            assert_eq!(after(start, letters), wanted, "{start} {letters}");
        }
    }
}
