//! What is known of a value, for `help` and completion: signatures, summaries, examples.

use super::manual::{Kind, Line, Manual};
use crate::value::text::{float, quote};
use crate::value::{Builtin, Class, Function, On, Str, Value, Vm};
use torchsh_syntax::tree::Parameter;
use torchsh_syntax::{explained, verb_synopsis, verbs};

/// The names of the parameters that can be given by name.
#[must_use]
pub fn parameter_names(function: &Function) -> Vec<String> {
    let parameters = &function.definition.code.parameters;
    let own = parameters.positional.iter().skip(parameters.positional_only).chain(&parameters.keyword_only);
    let names = own.map(|parameter| parameter.name.as_str().to_owned());
    names.filter(|name| name != "self" && name != "cls").collect()
}

/// `name(a, b=1, *rest)` of a function of the program.
#[must_use]
pub fn signature(function: &Function, skip_first: bool) -> String {
    let parameters = &function.definition.code.parameters;
    let first_default = parameters.positional.len().saturating_sub(function.defaults.len());
    let positional = parameters.positional.iter().enumerate().map(|(place, parameter)| {
        let default = place.checked_sub(first_default).and_then(|place| function.defaults.get(place));
        with_default(parameter, default)
    });
    let mut parts: Vec<String> = positional.skip(usize::from(skip_first)).collect();
    match &parameters.rest {
        Some(rest) => parts.push(format!("*{}", rest.name)),
        None if !parameters.keyword_only.is_empty() => parts.push("*".to_owned()),
        None => {}
    }
    parts.extend(parameters.keyword_only.iter().enumerate().map(|(place, parameter)| {
        let default = function.keyword_defaults.iter().find(|(number, _)| *number == place);
        with_default(parameter, default.map(|(_, value)| value))
    }));
    parts.extend(parameters.keywords.iter().map(|keywords| format!("**{}", keywords.name)));
    format!("{}({})", function.name(), parts.join(", "))
}

fn with_default(parameter: &Parameter, default: Option<&Value>) -> String {
    match default {
        Some(value) => format!("{}={}", parameter.name, plain_text(value).unwrap_or_else(|| "…".to_owned())),
        None => parameter.name.as_str().to_owned(),
    }
}

/// The text of a value that has one without running anything.
fn plain_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => float::repr(*number),
        Value::Str(text) => quote::repr(text),
        Value::Tuple(tuple) if tuple.items.len() > 1 => {
            let items: Option<Vec<String>> = tuple.items.iter().map(plain_text).collect();
            format!("({})", items?.join(", "))
        }
        _ => return None,
    })
}

/// Whether the first parameter is the object that a method is called on.
#[must_use]
pub fn takes_self(function: &Function) -> bool {
    let first = function.definition.code.parameters.positional.first();
    first.is_some_and(|first| matches!(first.name.as_str(), "self" | "cls"))
}

/// Pages that are about no name.
const TOPICS: &[(&str, &str)] = &[("formats", include_str!("formats.txt"))];

/// The page of a topic: `formats`.
#[must_use]
pub fn topic(name: &str) -> Option<&'static str> {
    TOPICS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The page of a value.
#[must_use]
pub fn page(vm: &dyn Vm, value: &Value) -> Manual {
    match value {
        Value::Builtin(row) => {
            let named = match row.on {
                On::Module(of) | On::ModuleValue(of) => format!("{of}.{}", row.name),
                On::Method(of) => format!("{of}.{}", row.name),
                _ => String::new(),
            };
            // What the shell says at length is about its own.
            let says =
                operator(&named).filter(|_| row.details.is_empty()).and_then(|name| vm.operator_help(name));
            row_page(row).then(says.unwrap_or_default())
        }
        Value::Function(function) => {
            let module = function.globals.get_name("__name__").and_then(|name| name.as_str());
            let head = Manual::code(&signature(function, false));
            match &function.definition.code.docstring {
                Some(docstring) => head.then(read(docstring, module.as_ref())),
                None => head,
            }
        }
        Value::BoundMethod(method) => page(vm, &method.function),
        Value::Class(class) => {
            let init = class.lookup(&Str::intern("__init__"));
            let head = match (&init, class.constructor) {
                (_, Some(row)) => row_page(row),
                (Some(Value::Function(init)), None) => {
                    Manual::code(&signature(init, true).replacen("__init__", &class.name, 1))
                }
                _ => Manual::code(&format!("class {}", class.name)),
            };
            match says_of_class(class) {
                Some(says) => head.then(says),
                None => head,
            }
        }
        Value::Module(module) => module_page(vm, value, &module.name),
        other => match documentation(vm, other) {
            Some(text) => {
                let says = operator(&text).map(|name| {
                    let address = || format!("PyTorch's operator of that name: {}", address(name));
                    vm.operator_help(name).unwrap_or_else(|| Manual::own(&address()))
                });
                Manual::code(&text).then(says.unwrap_or_default())
            }
            None => Manual::own(&format!("an object of type {}", vm.type_name(other))),
        },
    }
}

/// The operator of a signature: `topk` of `torch.topk(input: Tensor, …`, `linalg.svd`.
#[must_use]
pub fn operator(signature: &str) -> Option<&str> {
    let head = signature.split('(').next().unwrap_or_default();
    head.strip_prefix("torch.").or_else(|| head.strip_prefix("Tensor."))
}

/// Where PyTorch's site tells of an operator.
fn address(name: &str) -> String {
    format!("https://docs.pytorch.org/docs/stable/generated/torch.{name}.html")
}

/// Names that the page of a module lists; the rest are counted.
const LISTED: usize = 150;

/// What a module says of itself, and what is in it.
fn module_page(vm: &dyn Vm, module: &Value, name: &str) -> Manual {
    let head = documentation(vm, module).unwrap_or_else(|| format!("module {name}"));
    let names = vm.attribute_names(module);
    let names: Vec<&str> = names.iter().map(Str::as_str).filter(|name| !name.starts_with('_')).collect();
    let more = match names.len().checked_sub(LISTED) {
        Some(more @ 1..) => format!(" … and {more} more: Tab after \"{name}.\" lists them"),
        _ => String::new(),
    };
    let listed: Vec<&str> = names.into_iter().take(LISTED).collect();
    Manual::own(head.trim()).then(Manual::own(&format!("{}{more}", listed.join(" "))))
}

/// The `__doc__` of an object of Rust code or of a module: of an operator, its signatures.
#[must_use]
pub fn documentation(vm: &dyn Vm, value: &Value) -> Option<String> {
    if !matches!(value, Value::Native(_) | Value::Module(_)) {
        return None;
    }
    let text = vm.attribute_or_none(value, &Str::intern("__doc__")).ok()??.as_str()?;
    (!text.is_empty()).then(|| text.as_str().to_owned())
}

/// What a class says of itself in its docstring.
#[must_use]
pub fn says_of_class(class: &Class) -> Option<Manual> {
    let docstring = class.namespace.get_name("__doc__")?.as_str()?;
    Some(read(&docstring, Some(&class.module.borrow()))).filter(|says| !says.lines.is_empty())
}

/// A docstring of PyTorch's is reStructuredText; a program's own is shown as it is.
fn read(docstring: &Str, module: Option<&Str>) -> Manual {
    match module.is_some_and(|module| module.starts_with("torch.")) {
        true => super::docstring::read(docstring),
        false => Manual::code(docstring.trim()),
    }
}

/// The page of a row: synopsis, what it does, examples.
#[must_use]
pub fn row_page(row: &Builtin) -> Manual {
    let synopsis = match row.on {
        On::Verb => verb_synopsis(row.name).unwrap_or(row.name).to_owned(),
        On::Method(of) => format!("{of}.{}", row.signature()),
        On::Module(of) => format!("{of}.{}", row.signature()),
        On::Property(of) => format!("{of}.{}", row.name),
        On::ModuleValue(of) => format!("{of}.{}", row.name),
        On::Static(of) | On::Class(of) => format!("{of}.{}", row.signature()),
        On::Global | On::Constructor(_) => row.signature(),
    };
    let mut page = Manual::code(&synopsis);
    if !row.summary.is_empty() {
        page.lines.push(Line::plain(&format!("    {}", row.summary), Kind::Text));
    }
    page = page.then(Manual::own(row.details.trim()));
    // Some stand for more Python than a line holds.
    let python = verb_line(row).and_then(explained).filter(|python| !python.trim().is_empty());
    if let Some(python) = python {
        page = page.then(Manual::own(&format!("in Python:\n    {python}")));
    }
    if row.on == On::Verb
        && row.name != "explain"
        && let Some(verb) = verbs::verb(row.name)
    {
        page = page.then(Manual::own(&format!("as a function (help(torchsh)):\n    {}", verb.called())));
    }
    page.then(examples(row))
}

fn examples(row: &Builtin) -> Manual {
    let mut text = match row.examples.len() {
        0 => String::new(),
        1 => "example:".to_owned(),
        _ => "examples:".to_owned(),
    };
    for (code, shown) in row.examples {
        for line in code.lines() {
            // A line of a block follows the one that began it.
            let prompt = if line.starts_with(' ') { "..." } else { ">>>" };
            text.push_str(&format!("\n    {prompt} {line}"));
        }
        for line in shown.lines() {
            text.push_str(&format!("\n    {line}"));
        }
    }
    Manual::own(&text)
}

/// How a verb is written, without its options.
fn verb_line(row: &Builtin) -> Option<&'static str> {
    let synopsis = verb_synopsis(row.name).filter(|_| row.on == On::Verb)?;
    synopsis.split(" [").next()
}
