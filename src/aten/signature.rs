//! The table of Python's signatures (`signatures.txt`, made by `scripts/make_signatures.py`).

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::call::Operator;
use torchsh_base::error::Result;

static TABLE: &str = include_str!("signatures.txt");

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    /// `Tensor`
    Tensor,
    /// Any number.
    Scalar,
    /// An `int`.
    Int,
    /// A `float`.
    Float,
    /// A `bool`.
    Bool,
    /// A list of tensors.
    Tensors,
    /// A list of tensors some of which may be `None`.
    MaybeTensors,
    /// A list of ints.
    Ints,
    /// A list of floats.
    Floats,
    /// A list of bools.
    Bools,
    /// A list of numbers.
    Scalars,
    /// A `torch.Generator`.
    Generator,
    /// A `torch.dtype`.
    Dtype,
    /// A `torch.layout`.
    Layout,
    /// A `torch.memory_format`.
    MemoryFormat,
    /// A `torch.device`.
    Device,
    /// A `str`.
    Str,
    /// A dimension's name.
    Name,
    /// Dimensions' names.
    Names,
    /// A storage.
    Storage,
    /// What this shell has not.
    Unknown,
}

impl Takes {
    fn of(text: &str) -> Takes {
        match text {
            "Tensor" => Takes::Tensor,
            "Scalar" => Takes::Scalar,
            "int64_t" | "int" | "SymInt" => Takes::Int,
            "double" => Takes::Float,
            "bool" => Takes::Bool,
            "TensorList" => Takes::Tensors,
            "c10::List<::std::optional<Tensor>>" => Takes::MaybeTensors,
            "IntArrayRef" | "SymIntArrayRef" => Takes::Ints,
            "ArrayRef<double>" => Takes::Floats,
            "ScalarList" | "ArrayRef<Scalar>" => Takes::Scalars,
            "Generator" => Takes::Generator,
            "ScalarType" => Takes::Dtype,
            "Layout" => Takes::Layout,
            "MemoryFormat" => Takes::MemoryFormat,
            "Device" => Takes::Device,
            "c10::string_view" => Takes::Str,
            "Dimname" => Takes::Name,
            "DimnameList" => Takes::Names,
            "Storage" => Takes::Storage,
            text if text.starts_with("::std::array<bool") => Takes::Bools,
            _ => Takes::Unknown,
        }
    }

    /// How messages of PyTorch call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Takes::Tensor => "Tensor",
            Takes::Scalar => "Number",
            Takes::Int => "int",
            Takes::Float => "float",
            Takes::Bool => "bool",
            Takes::Tensors | Takes::MaybeTensors => "tuple of Tensors",
            Takes::Ints => "tuple of ints",
            Takes::Floats => "tuple of floats",
            Takes::Bools => "tuple of bools",
            Takes::Scalars => "tuple of Scalars",
            Takes::Generator => "torch.Generator",
            Takes::Dtype => "torch.dtype",
            Takes::Layout => "torch.layout",
            Takes::MemoryFormat => "torch.memory_format",
            Takes::Device => "torch.device",
            Takes::Str => "str",
            Takes::Name => "name",
            Takes::Names => "tuple of names",
            Takes::Storage => "torch.Storage",
            Takes::Unknown => "object",
        }
    }
}

/// One parameter.
pub struct Parameter {
    /// Its name in Python.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// How many, for a list that one number may stand for; else 0.
    pub size: usize,
    /// Whether it takes `None`.
    pub none: bool,
    /// Its default as C++ writes it.
    pub default: Option<&'static str>,
    /// Whether it is given by name only.
    pub keyword_only: bool,
}

impl Parameter {
    fn parse(text: &'static str, keyword_only: bool) -> Parameter {
        let (kind, rest) = text.rsplit_once(' ').unwrap_or((text, ""));
        // A default may hold a space: `{0, 1}`.
        let (kind, rest) = match text.find('=') {
            Some(place) => {
                let head = text.get(..place).unwrap_or(text);
                let kind = head.rsplit_once(' ').map_or("", |(kind, _)| kind);
                (kind, text.get(kind.len() + 1..).unwrap_or(""))
            }
            None => (kind, rest),
        };
        let (name, default) = match rest.split_once('=') {
            Some((name, default)) => (name, Some(default)),
            None => (rest, None),
        };
        let bare = kind.strip_suffix('?').unwrap_or(kind);
        let (bare, size) = match bare.strip_suffix(']').and_then(|bare| bare.rsplit_once('[')) {
            Some((bare, size)) => (bare, size.parse().unwrap_or(0)),
            None => (bare, 0),
        };
        let none = kind.ends_with('?') || default == Some("None");
        let takes = Takes::of(bare.strip_suffix('?').unwrap_or(bare));
        Parameter { name, takes, size, none, default, keyword_only }
    }

    /// Other names numpy gave it.
    #[must_use]
    pub fn other_names(&self) -> &'static [&'static str] {
        match self.name {
            "dim" => &["axis"],
            "keepdim" => &["keepdims"],
            "input" => &["x", "a", "x1"],
            "other" => &["x2"],
            _ => &[],
        }
    }
}

/// One way to call a function.
pub struct Signature {
    /// The function's name.
    pub name: &'static str,
    /// Its parameters, without the receiver of a method.
    pub parameters: Vec<Parameter>,
    /// Whether PyTorch hides it from messages.
    pub deprecated: bool,
    /// The operator, with its overload.
    operator: &'static str,
    /// The operator for `out=`.
    out: &'static str,
    /// What a deprecated form hands on, in the order of the operator's arguments.
    pub handed: Vec<&'static str>,
    resolved: RefCell<[Option<Rc<Operator>>; 2]>,
}

impl Signature {
    fn parse(line: &'static str) -> Option<Signature> {
        let mut columns = line.split('\t');
        let text = columns.next()?;
        let operator = columns.next()?;
        let out = columns.next().unwrap_or("");
        let handed = columns.next().unwrap_or("");
        let (text, deprecated) = match text.strip_suffix("|deprecated") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let (name, rest) = text.split_once('(')?;
        let rest = rest.strip_suffix(')')?;
        Some(Signature {
            name,
            parameters: parameters(rest),
            deprecated,
            operator,
            out,
            handed: handed.split(", ").filter(|name| !name.is_empty()).collect(),
            resolved: RefCell::default(),
        })
    }

    /// Whether it has a form that writes to `out=`.
    #[must_use]
    pub fn takes_out(&self) -> bool {
        !self.out.is_empty()
    }

    /// The operator it means.
    ///
    /// # Errors
    /// libtorch has no such operator.
    pub fn operator(&self, out: bool) -> Result<Rc<Operator>> {
        if let Some(known) = self.resolved.borrow().get(usize::from(out)).and_then(Option::as_ref) {
            return Ok(known.clone());
        }
        let found = Rc::new(Operator::find(if out { self.out } else { self.operator })?);
        if let Some(place) = self.resolved.borrow_mut().get_mut(usize::from(out)) {
            *place = Some(found.clone());
        }
        Ok(found)
    }

    /// As PyTorch's messages write it: `(Tensor input, *, Number alpha = 1)`.
    #[must_use]
    pub fn text(&self) -> String {
        self.written(|kind, name, default| format!("{kind} {name}{default}"))
    }

    /// As Python's annotations write it: `(input: Tensor, *, alpha: Number = 1)`.
    fn annotated(&self) -> String {
        self.written(|kind, name, default| format!("{name}: {kind}{default}"))
    }

    fn written(&self, parameter_text: impl Fn(&str, &str, &str) -> String) -> String {
        let mut parts: Vec<String> = Vec::with_capacity(self.parameters.len());
        let mut starred = false;
        for parameter in &self.parameters {
            if parameter.keyword_only && !starred {
                parts.push("*".to_owned());
                starred = true;
            }
            let default = match parameter.default {
                Some(default) => format!(" = {default}"),
                None => String::new(),
            };
            parts.push(parameter_text(parameter.takes.name(), parameter.name, &default));
        }
        format!("({})", parts.join(", "))
    }
}

/// The parameters between the parentheses of a line.
fn parameters(text: &'static str) -> Vec<Parameter> {
    let mut found = Vec::new();
    let mut keyword_only = false;
    for part in split(text) {
        match part.trim() {
            "*" => keyword_only = true,
            "" => {}
            part => found.push(Parameter::parse(part, keyword_only)),
        }
    }
    found
}

/// Splits at commas that stand in no brackets and no quotes.
fn split(text: &'static str) -> Vec<&'static str> {
    let (mut depth, mut quoted, mut start) = (0_u32, false, 0);
    let mut parts = Vec::new();
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'{' | b'<' | b'[' if !quoted => depth += 1,
            b'}' | b'>' | b']' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                parts.extend(text.get(start..place));
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// All ways to call a function, in the order in which they are tried.
pub struct Function {
    /// The signatures, deprecated ones last.
    pub signatures: Vec<Signature>,
}

type Index = FxHashMap<&'static str, FxHashMap<&'static str, Vec<&'static str>>>;

/// The lines of each function, by namespace and name.
fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = Index::default();
        let mut namespace = "";
        for line in TABLE.lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                namespace = name;
            } else if let Some((name, _)) = line.split_once('(') {
                let name = bare_name(namespace, name);
                index.entry(namespace).or_default().entry(name).or_default().push(line);
            }
        }
        index
    })
}

/// `linalg_norm` is `torch.linalg.norm`.
fn bare_name(namespace: &str, name: &'static str) -> &'static str {
    let bare = name.strip_prefix(namespace).and_then(|name| name.strip_prefix('_'));
    bare.filter(|_| matches!(namespace, "linalg" | "fft" | "special")).unwrap_or(name)
}

thread_local! {
    static FUNCTIONS: RefCell<FxHashMap<(&'static str, &'static str), Rc<Function>>> = RefCell::default();
}

/// The function of this name.
#[must_use]
pub fn function(namespace: &str, name: &str) -> Option<Rc<Function>> {
    let (&namespace, names) = index().get_key_value(namespace)?;
    let (&name, lines) = names.get_key_value(name)?;
    if let Some(known) = FUNCTIONS.with_borrow(|known| known.get(&(namespace, name)).cloned()) {
        return Some(known);
    }
    let mut signatures: Vec<Signature> = lines.iter().filter_map(|line| Signature::parse(line)).collect();
    signatures.sort_by_key(|signature| signature.deprecated);
    let made = Rc::new(Function { signatures });
    FUNCTIONS.with_borrow_mut(|known| known.insert((namespace, name), made.clone()));
    Some(made)
}

/// Whether PyTorch has such a function: namespaces are `torch`, `Tensor`, `nn`, `linalg`, `fft`, `special`, `sparse`,
/// `nested`, and `aten` for operators that PyTorch binds by hand.
#[must_use]
pub fn has(namespace: &str, name: &str) -> bool {
    index().get(namespace).is_some_and(|names| names.contains_key(name))
}

/// The names of a namespace, sorted.
#[must_use]
pub fn names(namespace: &str) -> Vec<&'static str> {
    let mut names: Vec<&str> =
        index().get(namespace).map(|names| names.keys().copied().collect()).unwrap_or_default();
    names.sort_unstable();
    names
}

/// The signatures of a function as Python would write them: `add(input: Tensor, other: Tensor, *, alpha: Number = 1)`.
#[must_use]
pub fn signatures(namespace: &str, name: &str) -> Vec<String> {
    let Some(function) = function(namespace, name) else { return Vec::new() };
    let shown = function.signatures.iter().filter(|signature| !signature.deprecated);
    shown.map(|signature| format!("{name}{}", signature.annotated())).collect()
}

/// The names that arguments of a function can be given by, in all its signatures, in order of appearance.
#[must_use]
pub fn parameter_names(namespace: &str, name: &str) -> Vec<&'static str> {
    let Some(function) = function(namespace, name) else { return Vec::new() };
    let shown = function.signatures.iter().filter(|signature| !signature.deprecated);
    let mut names: Vec<&'static str> = Vec::new();
    for parameter in shown.flat_map(|signature| &signature.parameters) {
        if !names.contains(&parameter.name) {
            names.push(parameter.name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        for (namespace, names) in index() {
            for (name, lines) in names {
                let function = function(namespace, name).unwrap();
                assert_eq!(function.signatures.len(), lines.len(), "{namespace}.{name}");
                for parameter in function.signatures.iter().flat_map(|signature| &signature.parameters) {
                    assert!(
                        !parameter.name.is_empty() && !parameter.name.contains(' '),
                        "{namespace}.{name}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_operator_exists() {
        for (namespace, names) in index() {
            for name in names.keys() {
                for signature in &function(namespace, name).unwrap().signatures {
                    assert!(signature.operator(false).is_ok(), "{namespace}.{name}: {}", signature.operator);
                    assert!(
                        !signature.takes_out() || signature.operator(true).is_ok(),
                        "{namespace}.{name}: {}",
                        signature.out
                    );
                }
            }
        }
    }
}
