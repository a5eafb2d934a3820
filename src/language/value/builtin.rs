//! The rows of the builtin table.
//!
//! One row is all there is to know of a builtin: dispatch, argument binding and its messages, completion, signature hints,
//! `help` and the example tests read it.

use std::borrow::Cow;
use std::io::Read;

use super::{Args, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_syntax::verbs::Verb;

/// A builtin's code.
pub type Call = fn(&dyn Vm, &Args) -> Result<Value>;

/// What a builtin is found on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A built-in name: `len`.
    Global,
    /// A method of a built-in type, by the type's name: `str.replace`.
    Method(&'static str),
    /// A computed attribute of a built-in type: `tensor.shape`.
    Property(&'static str),
    /// A function found on the type itself: `int.from_bytes`. It is given no receiver.
    Static(&'static str),
    /// A function found on the type itself that is given the type: `dict.fromkeys`.
    Class(&'static str),
    /// A function of a module: `math.sqrt`.
    Module(&'static str),
    /// A value of a module, computed when first asked for: `math.pi`.
    ModuleValue(&'static str),
    /// What calling a built-in type runs, by the type's name.
    Constructor(&'static str),
    /// A verb of the shell.
    Verb,
}

/// What a builtin does besides giving its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: completion may run it.
    Pure,
    /// Reads a file.
    Reads,
    /// Changes an object or the session.
    Changes,
    /// Writes a file.
    Writes,
}

/// How a parameter is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// By position or name.
    Normal,
    /// By name only.
    Keyword,
    /// `*args`
    Rest,
    /// `**kwargs`
    Keywords,
}

/// One parameter of a builtin.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name; one that starts with `_` can be given by position only.
    pub name: &'static str,
    /// How it is given.
    pub kind: ParamKind,
    /// The default as shown to a person; none: it must be given.
    pub default: Option<&'static str>,
}

/// A parameter that must be given.
#[must_use]
pub const fn req(name: &'static str) -> Param {
    Param { name, kind: ParamKind::Normal, default: None }
}

/// A parameter that must be given, by position only.
#[must_use]
pub const fn pos(name: &'static str) -> Param {
    Param { name, kind: ParamKind::Normal, default: None }
}

/// A parameter with a default.
#[must_use]
pub const fn opt(name: &'static str, default: &'static str) -> Param {
    Param { name, kind: ParamKind::Normal, default: Some(default) }
}

/// A parameter that can be given by name only.
#[must_use]
pub const fn kw(name: &'static str, default: &'static str) -> Param {
    Param { name, kind: ParamKind::Keyword, default: Some(default) }
}

/// `*args`
#[must_use]
pub const fn rest(name: &'static str) -> Param {
    Param { name, kind: ParamKind::Rest, default: None }
}

/// `**kwargs`
#[must_use]
pub const fn keywords(name: &'static str) -> Param {
    Param { name, kind: ParamKind::Keywords, default: None }
}

/// Code and what it shows at the prompt (empty: nothing).
pub type Example = (&'static str, &'static str);

/// A row of the builtin table.
pub struct Builtin {
    /// What it is found on.
    pub on: On,
    /// Its name there.
    pub name: &'static str,
    /// Its parameters (a method's receiver is not among them).
    pub params: &'static [Param],
    /// One line, without a full stop.
    pub summary: &'static str,
    /// More, if there is more to say.
    pub details: &'static str,
    /// Examples that run.
    pub examples: &'static [Example],
    /// What else it does.
    pub effect: Effect,
    /// Whether it reads the variables of the block that calls it (`locals`).
    pub reads_frame: bool,
    /// Its code.
    pub call: Call,
    /// How many values may be given in order of the parameters, from and to; none where `*args` is among them.
    in_order: Option<(usize, usize)>,
}

/// A verb is given the words of its line, those of its form as strings.
const WORDS: &[Param] = &[rest("words"), keywords("options")];

impl Builtin {
    const fn new(on: On, name: &'static str, params: &'static [Param], call: Call) -> Self {
        Builtin {
            on,
            name,
            params,
            in_order: in_order(params),
            summary: "",
            details: "",
            examples: &[],
            effect: Effect::Pure,
            reads_frame: false,
            call,
        }
    }

    /// A built-in function.
    #[must_use]
    pub const fn global(name: &'static str, params: &'static [Param], call: Call) -> Self {
        Self::new(On::Global, name, params, call)
    }

    /// A method of a built-in type.
    #[must_use]
    pub const fn method(on: &'static str, name: &'static str, params: &'static [Param], call: Call) -> Self {
        Self::new(On::Method(on), name, params, call)
    }

    /// A computed attribute of a built-in type.
    #[must_use]
    pub const fn property(on: &'static str, name: &'static str, call: Call) -> Self {
        Self::new(On::Property(on), name, &[], call)
    }

    /// A function found on a type.
    #[must_use]
    pub const fn on_type(on: &'static str, name: &'static str, params: &'static [Param], call: Call) -> Self {
        Self::new(On::Static(on), name, params, call)
    }

    /// A function found on a type that is given the type.
    #[must_use]
    pub const fn of_class(
        on: &'static str,
        name: &'static str,
        params: &'static [Param],
        call: Call,
    ) -> Self {
        Self::new(On::Class(on), name, params, call)
    }

    /// A function of a module.
    #[must_use]
    pub const fn function(
        module: &'static str,
        name: &'static str,
        params: &'static [Param],
        call: Call,
    ) -> Self {
        Self::new(On::Module(module), name, params, call)
    }

    /// A value of a module.
    #[must_use]
    pub const fn constant(module: &'static str, name: &'static str, call: Call) -> Self {
        Self::new(On::ModuleValue(module), name, &[], call)
    }

    /// What calling a built-in type runs.
    #[must_use]
    pub const fn constructor(of: &'static str, params: &'static [Param], call: Call) -> Self {
        Self::new(On::Constructor(of), of, params, call)
    }

    /// What a verb does; the rest stands in the verb's own row.
    #[must_use]
    pub const fn verb(row: &'static Verb, call: Call) -> Self {
        Self::new(On::Verb, row.name, WORDS, call).says(row.says).details(row.details).examples(row.examples)
    }

    /// What is written behind a verb and does the whole of it.
    #[must_use]
    pub const fn behind_verbs(name: &'static str, call: Call) -> Self {
        Self::new(On::Verb, name, WORDS, call)
    }

    /// Sets the one-line summary.
    #[must_use]
    pub const fn says(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Sets the details.
    #[must_use]
    pub const fn details(mut self, details: &'static str) -> Self {
        self.details = details;
        self
    }

    /// Sets the examples.
    #[must_use]
    pub const fn examples(mut self, examples: &'static [Example]) -> Self {
        self.examples = examples;
        self
    }

    /// Sets the effect.
    #[must_use]
    pub const fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// Marks that it reads the variables of the block that calls it.
    #[must_use]
    pub const fn reads_frame(mut self) -> Self {
        self.reads_frame = true;
        self
    }

    /// The module that the function is from, as `__module__` says it.
    #[must_use]
    pub fn module(&self) -> &'static str {
        match self.on {
            On::Module(module) | On::ModuleValue(module) => module,
            On::Verb => "torchsh",
            _ => "builtins",
        }
    }

    /// Whether so many values, given by position and none by name, are the arguments as they stand.
    #[must_use]
    pub fn takes_in_order(&self, count: usize) -> bool {
        self.in_order.is_some_and(|(least, most)| (least..=most).contains(&count))
    }

    /// `name(param, param=default)`.
    #[must_use]
    pub fn signature(&self) -> String {
        let mut parts = Vec::new();
        let mut starred = false;
        for param in self.params {
            let name = param.name.trim_start_matches('_');
            match (param.kind, param.default) {
                (ParamKind::Rest, _) => {
                    starred = true;
                    parts.push(format!("*{name}"));
                }
                (ParamKind::Keywords, _) => parts.push(format!("**{name}")),
                (kind, default) => {
                    if kind == ParamKind::Keyword && !starred {
                        starred = true;
                        parts.push("*".to_owned());
                    }
                    parts
                        .push(default.map_or_else(|| name.to_owned(), |default| format!("{name}={default}")));
                }
            }
        }
        format!("{}({})", self.name, parts.join(", "))
    }
}

const fn in_order(params: &[Param]) -> Option<(usize, usize)> {
    let (mut least, mut most) = (0, 0);
    let mut left = params;
    while let [param, others @ ..] = left {
        match (param.kind, param.default) {
            (ParamKind::Normal, default) => {
                most += 1;
                if default.is_none() {
                    least = most;
                }
            }
            (ParamKind::Keyword, Some(_)) | (ParamKind::Keywords, _) => {}
            (ParamKind::Keyword, None) | (ParamKind::Rest, _) => return None,
        }
        left = others;
    }
    Some((least, most))
}

/// A built-in type.
pub struct TypeRow {
    /// Its name; after its module's where another type is called the same.
    pub name: &'static str,
    /// The module it says it is from.
    pub module: &'static str,
    /// The types it inherits from, with commas between them.
    pub base: &'static str,
    /// One line, without a full stop.
    pub summary: &'static str,
}

/// A module that can be imported. Its contents are rows on it, or the text of a prelude file.
pub struct ModuleRow {
    /// Its dotted name.
    pub name: &'static str,
    /// Its code in the shell's own language, run at the first import; empty if all of it is rows.
    pub source: ModuleText,
    /// One line, without a full stop.
    pub summary: &'static str,
}

/// The code of a module.
pub enum ModuleText {
    /// The shell's own; empty if all of the module is rows.
    Own(&'static str),
    /// PyTorch's own, as its wheel has it, deflated.
    Packed(&'static [u8]),
    /// PyTorch's own, out of a folder.
    Beside(&'static str),
}

impl ModuleText {
    /// The code itself.
    ///
    /// # Errors
    /// What was packed is no text.
    pub fn text(&self) -> Result<Cow<'static, str>> {
        match self {
            ModuleText::Own(text) | ModuleText::Beside(text) => Ok(Cow::Borrowed(text)),
            ModuleText::Packed(bytes) => {
                let mut text = String::new();
                flate2::read::DeflateDecoder::new(*bytes).read_to_string(&mut text).map_err(|error| {
                    Error::new(Kind::Import, format!("a packed module is damaged: {error}"))
                })?;
                Ok(Cow::Owned(text))
            }
        }
    }

    /// Whether PyTorch wrote it.
    #[must_use]
    pub fn is_pytorch(&self) -> bool {
        !matches!(self, ModuleText::Own(_))
    }
}
