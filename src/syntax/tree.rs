//! The tree that the evaluator walks: Python's, with names resolved to places.
//!
//! Every block of code (module, function, class body, lambda, generator expression) is a [`Code`] with numbered
//! locals and cells. List, set and dict comprehensions are no block of their own: their variables are fresh places
//! of the block around them, which spares a call.

use std::any::Any;
use std::cell::OnceCell;
use std::rc::Rc;

use num_bigint::BigInt;

use torchsh_base::Str;
use torchsh_base::error::Span;

/// A block of code with its own places.
#[derive(Debug)]
pub struct Code {
    /// `<module>`, `<lambda>`, `<genexpr>`, or the name after `def` or `class`.
    pub name: Str,
    /// The name with what it is nested in: `Outer.method.<locals>.inner`.
    pub qualified_name: Str,
    /// The parameters, in the order of [`Parameters`].
    pub parameters: Parameters,
    /// Names of the locals (for `UnboundLocalError` and `locals()`); comprehension variables are among them.
    pub locals: Vec<Str>,
    /// Names of the cells: those made here first (`own_cells` of them), then those captured.
    pub cells: Vec<Str>,
    /// How many of `cells` are made on entry.
    pub own_cells: usize,
    /// For each captured cell, its number among the cells of the block around.
    pub captures: Vec<u32>,
    /// The statements. A lambda or generator expression holds one.
    pub body: Vec<Stmt>,
    /// Whether a `yield` makes it a generator.
    pub is_generator: bool,
    /// Whether it has a keyword argument `__caller__`, which is filled with where it was called.
    pub wants_caller: bool,
    /// The leading string of the body.
    pub docstring: Option<Str>,
}

/// The parameters of a function. Their places: see `place` of each.
#[derive(Debug, Default)]
pub struct Parameters {
    /// Those that can be given by position: the first `positional_only` of them only so.
    pub positional: Vec<Parameter>,
    /// How many of `positional` stand before a `/`.
    pub positional_only: usize,
    /// `*args`.
    pub rest: Option<Parameter>,
    /// Those after `*` or `*args`.
    pub keyword_only: Vec<Parameter>,
    /// `**kwargs`.
    pub keywords: Option<Parameter>,
}

/// One parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Str,
    /// Where its argument goes on entry: [`Place::Local`] or [`Place::Cell`].
    pub place: Place,
}

/// Where a name lives.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A numbered local of this block.
    Local(u32),
    /// A numbered cell of this block (own or captured).
    Cell(u32),
    /// The module's dictionary, then the built-in names.
    Global(Str),
    /// In a class body: its namespace, then as `Global`.
    Class(Str),
    /// In a class body: its namespace, then the captured cell with this number.
    ClassCell(Str, u32),
}

/// A tuple of literals and of such tuples.
#[derive(Debug)]
pub struct ConstantTuple {
    /// Its items.
    pub items: Vec<Expr>,
    /// The evaluator's value, from the first time on.
    pub made: OnceCell<Rc<dyn Any>>,
}

/// A `def` or `lambda`: its code and the expressions evaluated when it is made.
#[derive(Debug)]
pub struct Function {
    /// What runs on a call.
    pub code: Rc<Code>,
    /// Defaults of the last positional parameters, in order.
    pub defaults: Vec<Expr>,
    /// Defaults of keyword-only parameters, by number among them.
    pub keyword_defaults: Vec<(usize, Expr)>,
    /// Annotations by parameter name (`return` for the result), evaluated for `__annotations__`.
    pub annotations: Vec<(Str, Expr)>,
}

/// An expression and where it stands.
#[derive(Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// A value written out.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `True`, `False`
    Bool(bool),
    /// `7`
    Int(i64),
    /// An integer beyond 64 bits.
    BigInt(Rc<BigInt>),
    /// `0.5`
    Float(f64),
    /// `2j`: the imaginary part.
    Imaginary(f64),
    /// `"text"`, adjacent ones joined.
    Str(Str),
    /// `b"bytes"`
    Bytes(Rc<[u8]>),
}

/// The forms of an expression.
#[derive(Debug)]
pub enum ExprKind {
    /// A value written out.
    Literal(Literal),
    /// A name.
    Name(Place),
    /// `a.b`
    Attribute(Box<Expr>, Str),
    /// `a[b]`; `b` may be a `Slice` or a `Tuple` that holds some.
    Subscript(Box<Expr>, Box<Expr>),
    /// `a:b:c` inside a subscript.
    Slice(Option<Box<Expr>>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `f(…)`; a method call where the function is an `Attribute`.
    Call(Box<Call>),
    /// `a + b`
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// `-a`
    Unary(UnaryOperator, Box<Expr>),
    /// `a < b <= c`
    Compare(Box<Expr>, Vec<(CompareOperator, Expr)>),
    /// `a and b and c`
    And(Vec<Expr>),
    /// `a or b or c`
    Or(Vec<Expr>),
    /// `a if test else b`, as (test, a, b).
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `lambda x: x`
    Lambda(Rc<Function>),
    /// `[a, *b]`
    List(Vec<Expr>),
    /// `(a, *b)`
    Tuple(Vec<Expr>),
    /// `(1, "a")`: the same tuple each time.
    ConstantTuple(Box<ConstantTuple>),
    /// `{a, *b}`
    Set(Vec<Expr>),
    /// `{k: v, **more}`: no key for `**`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// `[… for …]`, `{… for …}`, `{…: … for …}`
    Comprehension(Box<Comprehension>),
    /// `(… for …)`, and what its first clause goes through, evaluated at once.
    Generator(Rc<Generator>, Box<Expr>),
    /// `f"…"`
    FString(Vec<FStringPart>),
    /// `*a` in a call, a display or a target.
    Starred(Box<Expr>),
    /// `(name := value)`
    Walrus(Place, Box<Expr>),
    /// `yield a`
    Yield(Option<Box<Expr>>),
    /// `yield from a`
    YieldFrom(Box<Expr>),
    /// A verb line: see `verbs`.
    Verb(Box<Verb>),
}

/// `f(a, *b, c=1, **d)`.
#[derive(Debug)]
pub struct Call {
    /// What is called.
    pub function: Expr,
    /// By position; `Starred` ones are spread.
    pub arguments: Vec<Expr>,
    /// By name; no name for `**d`.
    pub keywords: Vec<(Option<Str>, Expr)>,
}

/// A list, set or dict comprehension.
#[derive(Debug)]
pub struct Comprehension {
    /// What it builds.
    pub kind: ComprehensionKind,
    /// `for … in … if …`, outermost first.
    pub clauses: Vec<Clause>,
    /// Cells made anew each time it is evaluated (its variables that a lambda captures).
    pub fresh_cells: Vec<u32>,
}

/// A generator expression: a comprehension over variables of its own, of which an item at a time is asked.
#[derive(Debug)]
pub struct Generator {
    /// Its variables. It has no statements.
    pub code: Code,
    /// `for … in … if …`, outermost first. The iterable of the first is given.
    pub clauses: Vec<Clause>,
    /// What each round gives.
    pub element: Expr,
    /// The whole.
    pub span: Span,
}

/// What a comprehension builds, with its element.
#[derive(Debug)]
pub enum ComprehensionKind {
    /// `[element …]`
    List(Expr),
    /// `{element …}`
    Set(Expr),
    /// `{key: value …}`
    Dict(Expr, Expr),
}

/// `for target in iterable if test if test`.
#[derive(Debug)]
pub struct Clause {
    /// What each item is bound to.
    pub target: Expr,
    /// What is gone through.
    pub iterable: Expr,
    /// All must hold.
    pub tests: Vec<Expr>,
}

/// A piece of an f-string.
#[derive(Debug)]
pub enum FStringPart {
    /// Text as it stands.
    Text(Str),
    /// `{value!r:format}`; with `=`, the text before it is a `Text` of its own and `conversion` is `r` unless given.
    Value {
        /// The expression.
        value: Expr,
        /// `s`, `r` or `a`.
        conversion: Option<char>,
        /// The format specification, itself an f-string.
        format: Option<Vec<FStringPart>>,
    },
}

/// A verb line, lowered: `p = filter p shape== m` is an assignment whose value is this.
#[derive(Debug)]
pub struct Verb {
    /// The verb's name; the builtin table has a row for it.
    pub name: Str,
    /// Its arguments, all evaluated; words of the form (`shape==`, `into`) are string literals.
    pub arguments: Vec<Expr>,
    /// Keyword arguments (`strict=False`).
    pub keywords: Vec<(Str, Expr)>,
    /// What the line is where the program has one of these names: `p | items`.
    pub unless: Option<(Vec<Expr>, Expr)>,
}

/// `+ - * / // % ** << >> & | ^ @`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `<<`
    LeftShift,
    /// `>>`
    RightShift,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `@`
    MatMul,
}

/// `- + ~ not`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-a`
    Negative,
    /// `+a`
    Positive,
    /// `~a`
    Invert,
    /// `not a`
    Not,
}

/// `== != < <= > >= is in`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOperator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

/// A statement and where it stands.
#[derive(Debug)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a statement. Targets are expressions of the forms Name, Attribute, Subscript, List, Tuple, Starred.
#[derive(Debug)]
pub enum StmtKind {
    /// An expression; at the prompt the last one's value is shown.
    Expr(Expr),
    /// `a = b = value`
    Assign(Vec<Expr>, Expr),
    /// `a += value`
    Augmented(Expr, BinaryOperator, Expr),
    /// `a: T` without a value: records the annotation in a class body or module (name, annotation).
    Annotation(Str, Expr),
    /// `del a, b[c]`
    Delete(Vec<Expr>),
    /// `if`/`elif`: (test, body) pairs, then `else`.
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    /// `for target in iterable: body else: orelse`
    For(Box<For>),
    /// `while test: body else: orelse`
    While(Expr, Vec<Stmt>, Vec<Stmt>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `pass`, also `global` and `nonlocal` once resolved.
    Pass,
    /// `return value`
    Return(Option<Expr>),
    /// `def name(…): …`
    Def(Box<Def>),
    /// `class Name(bases): …`
    Class(Box<ClassDef>),
    /// `try: … except: … else: … finally: …`
    Try(Box<Try>),
    /// `raise exception from cause`
    Raise(Option<Expr>, Option<Expr>),
    /// `with a as b, c: body`
    With(Vec<WithItem>, Vec<Stmt>),
    /// `match subject: case …`
    Match(Box<super::pattern::Match>),
    /// `assert test, message`
    Assert(Expr, Option<Expr>),
    /// `import a.b as c`
    Import(Vec<ImportName>),
    /// `from a.b import c as d`
    ImportFrom(Box<ImportFrom>),
}

/// A `for` loop.
#[derive(Debug)]
pub struct For {
    /// What each item is bound to.
    pub target: Expr,
    /// What is gone through.
    pub iterable: Expr,
    /// The body.
    pub body: Vec<Stmt>,
    /// Runs when the loop ended without `break`.
    pub orelse: Vec<Stmt>,
}

/// A `def` statement.
#[derive(Debug)]
pub struct Def {
    /// Where the function goes.
    pub place: Place,
    /// The function.
    pub function: Rc<Function>,
    /// Outermost first.
    pub decorators: Vec<Expr>,
}

/// A `class` statement.
#[derive(Debug)]
pub struct ClassDef {
    /// Where the class goes.
    pub place: Place,
    /// The body: its names are [`Place::Class`].
    pub code: Rc<Code>,
    /// The base classes.
    pub bases: Vec<Expr>,
    /// What its parents' `__init_subclass__` is given; no name for `**d`.
    pub keywords: Vec<(Option<Str>, Expr)>,
    /// Outermost first.
    pub decorators: Vec<Expr>,
    /// The cell of the body's block that methods read `__class__` from (for `super()` without arguments).
    pub class_cell: Option<u32>,
}

/// A `try` statement.
#[derive(Debug)]
pub struct Try {
    /// What is tried.
    pub body: Vec<Stmt>,
    /// In order.
    pub handlers: Vec<Handler>,
    /// Whether they are `except*`: each handles its part of a group of exceptions.
    pub grouped: bool,
    /// Runs when nothing was raised.
    pub orelse: Vec<Stmt>,
    /// Runs in any case.
    pub finally: Vec<Stmt>,
}

/// `except kind as name: body`.
#[derive(Debug)]
pub struct Handler {
    /// The class or tuple of classes; none catches everything.
    pub kind: Option<Expr>,
    /// Where the exception goes (and is deleted from afterwards).
    pub name: Option<Place>,
    /// The body.
    pub body: Vec<Stmt>,
}

/// `context as target`.
#[derive(Debug)]
pub struct WithItem {
    /// The context manager.
    pub context: Expr,
    /// What its `__enter__` gave is bound to this.
    pub target: Option<Expr>,
}

/// `a.b as c` of an import.
#[derive(Debug)]
pub struct ImportName {
    /// The dotted path.
    pub path: Str,
    /// Whether there was an `as`: then the module itself is bound, else its first part.
    pub renamed: bool,
    /// Where it goes.
    pub place: Place,
}

/// `from path import …`.
#[derive(Debug)]
pub struct ImportFrom {
    /// The dotted path (dots before it, for a relative import, are counted in `level`).
    pub path: Str,
    /// Leading dots.
    pub level: u32,
    /// (name, where it goes); a single `*` has no place.
    pub names: Vec<(Str, Option<Place>)>,
}
