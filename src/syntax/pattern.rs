//! The part of the tree that `match` is made of.

use super::tree::{Expr, Literal, Place, Stmt};
use torchsh_base::Str;

/// `match subject: case …`
#[derive(Debug)]
pub struct Match {
    /// What is looked at.
    pub subject: Expr,
    /// In order; the first that fits runs.
    pub cases: Vec<Case>,
}

/// `case pattern if guard: body`
#[derive(Debug)]
pub struct Case {
    /// What the subject must look like.
    pub pattern: Pattern,
    /// What must hold besides, with the names of the pattern bound.
    pub guard: Option<Expr>,
    /// The body.
    pub body: Vec<Stmt>,
}

/// The forms of a pattern.
#[derive(Debug)]
pub enum Pattern {
    /// `404`, `Color.RED`: equal to it.
    Value(Expr),
    /// `None`, `True`, `False`: the object itself.
    Singleton(Literal),
    /// `[a, *rest, b]`
    Sequence {
        /// Those before the starred one; all of them where there is none.
        before: Vec<Pattern>,
        /// The starred one, with the place of its name (none for `*_`).
        rest: Option<Option<Place>>,
        /// Those after it.
        after: Vec<Pattern>,
    },
    /// `{"key": pattern, **rest}`
    Mapping {
        /// Keys and what their values must look like.
        entries: Vec<(Expr, Pattern)>,
        /// Where the other entries go.
        rest: Option<Place>,
    },
    /// `Class(a, name=b)`
    Class {
        /// The class.
        class: Expr,
        /// By the names in the class's `__match_args__`.
        positional: Vec<Pattern>,
        /// By the names of attributes.
        named: Vec<(Str, Pattern)>,
    },
    /// `pattern as name`; a bare `name` or `_` where there is no pattern or no place.
    As(Option<Box<Pattern>>, Option<Place>),
    /// `a | b`
    Or(Vec<Pattern>),
}
