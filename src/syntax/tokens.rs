//! The words of a text, for colours. Unfinished and wrong text has words too.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

/// What kind of word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A word of the language.
    Keyword,
    /// A name.
    Name,
    /// A number.
    Number,
    /// A string or a part of one.
    Text,
    /// A comment.
    Comment,
    /// A bracket of any kind.
    Bracket,
    /// The end of a line.
    End,
    /// Anything else.
    Operator,
}

/// A word and its place, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What kind it is.
    pub class: Class,
    /// Its first byte.
    pub start: usize,
    /// One past its last.
    pub end: usize,
}

/// The words of a text in order; blanks are between them.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let token = |token: &ruff_python_ast::token::Token| Token {
        class: class(token.kind()),
        start: token.start().to_usize(),
        end: token.end().to_usize(),
    };
    parsed.tokens().iter().map(token).filter(|token| token.start < token.end).collect()
}

fn class(kind: TokenKind) -> Class {
    match kind {
        TokenKind::Name => Class::Name,
        TokenKind::Int | TokenKind::Float | TokenKind::Complex => Class::Number,
        TokenKind::String | TokenKind::FStringStart | TokenKind::FStringMiddle | TokenKind::FStringEnd => {
            Class::Text
        }
        TokenKind::Comment => Class::Comment,
        TokenKind::Newline | TokenKind::NonLogicalNewline | TokenKind::Semi => Class::End,
        TokenKind::Lpar
        | TokenKind::Rpar
        | TokenKind::Lsqb
        | TokenKind::Rsqb
        | TokenKind::Lbrace
        | TokenKind::Rbrace => Class::Bracket,
        // `match`, `case` and `type` are names nearly always.
        kind if kind.is_soft_keyword() => Class::Name,
        kind if kind.is_keyword() => Class::Keyword,
        _ => Class::Operator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_text_has_words_too() {
        let text = "for k in f(\"a\", 1.5  # why";
        let shown: Vec<(Class, &str)> =
            tokens(text).iter().map(|t| (t.class, &text[t.start..t.end])).collect();
        let expected = [
            (Class::Keyword, "for"),
            (Class::Name, "k"),
            (Class::Keyword, "in"),
            (Class::Name, "f"),
            (Class::Bracket, "("),
            (Class::Text, "\"a\""),
            (Class::Operator, ","),
            (Class::Number, "1.5"),
            (Class::Comment, "# why"),
        ];
        assert_eq!(shown, expected);
    }
}
