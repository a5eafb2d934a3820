//! Names, attributes, keyword arguments, modules, verbs and their parts.

use super::super::Session;
use super::super::resolve::chain_before;
use super::{Candidate, Completion, matching};
use crate::syntax::cursor::Cursor;
use crate::value::report::gather;
use crate::value::{Builtin, On, ParamKind, Value, Vm};

/// The words of the language.
const KEYWORDS: &[&str] = &[
    "and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "except", "False",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "None", "nonlocal", "not",
    "or", "pass", "raise", "return", "True", "try", "while", "with", "yield",
];

/// Parts of verbs, after the first name.
const PARTS: &[(&str, &[&str])] = &[
    (
        "filter",
        &[
            "shape==", "shape!=", "dtype==", "dtype!=", "device==", "key~", "key!~", "numel>", "numel<",
            "where",
        ],
    ),
    ("load_state_dict", &["into"]),
    ("update", &["with"]),
    ("match", &["to"]),
];

impl Session {
    /// Names at the end of `before`, which is in no string.
    pub(super) fn names_at(&self, before: &str, cursor: &Cursor) -> Completion {
        let chain = chain_before(before);
        let typed_at = chain.rfind('.').map_or(0, |at| at + 1);
        let typed = chain.get(typed_at..).unwrap_or_default();
        let start = before.len() - typed.len();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.get(line_start..).unwrap_or_default();
        if let Some(modules) = self.module_names(line, chain) {
            return Completion { start: before.len() - chain.len(), candidates: matching(chain, modules) };
        }
        if typed_at > 0 {
            let owner = chain.get(..typed_at - 1).unwrap_or_default();
            return Completion { start, candidates: matching(typed, self.attributes_of(owner, typed)) };
        }
        if typed.starts_with(|c: char| c.is_ascii_digit()) {
            return Completion::default();
        }
        let mut candidates = self.keyword_arguments(before, cursor);
        let parts = verb_parts(line);
        if !typed.is_empty() && parts.iter().any(|part| part.text.starts_with(typed)) {
            return Completion { start, candidates: matching(typed, parts) };
        }
        candidates.extend(parts);
        let is_statement = line.trim_start() == typed && cursor.open.is_empty();
        candidates.extend(self.plain_names(is_statement));
        if typed.is_empty() {
            // Everything would fit: only what belongs here is listed.
            candidates.retain(|candidate| {
                candidate.text.ends_with('=') || !candidate.description.starts_with("builtin")
            });
        }
        candidates.retain(|candidate| typed.starts_with('_') || !candidate.text.starts_with('_'));
        Completion { start, candidates: matching(typed, candidates) }
    }

    fn plain_names(&self, is_statement: bool) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut add = |name: &str, description: String| {
            if !candidates.iter().any(|known| known.text == name) {
                candidates.push(Candidate::new(name, description));
            }
        };
        for (name, value) in self.globals().entries() {
            if let Value::Str(name) = name {
                add(&name, self.describe(&value));
            }
        }
        if is_statement {
            for row in self.verbs() {
                add(row.name, row.summary.to_owned());
            }
            for (name, says) in super::super::commands::NAMES {
                add(name, (*says).to_owned());
            }
        }
        for (name, value) in self.interpreter.builtins().entries() {
            if let Value::Str(name) = name {
                add(&name, self.describe(&value));
            }
        }
        for (name, module, _) in super::super::names::AT_HAND {
            add(name, format!("from {module}"));
        }
        for keyword in KEYWORDS {
            add(keyword, "keyword".to_owned());
        }
        candidates.sort_by_cached_key(|candidate| candidate.text.to_lowercase());
        candidates
    }

    /// A line on a value, made without running anything of the program.
    pub(in crate::session) fn describe(&self, value: &Value) -> String {
        let vm = &*self.interpreter;
        match value {
            Value::Builtin(row) => row.summary.to_owned(),
            Value::Function(function) => format!("{}(…)", function.name()),
            Value::Class(class) => format!("class {}", class.name),
            Value::Module(module) => format!("module {}", module.name),
            Value::Instance(instance) => instance.class().name.as_str().to_owned(),
            Value::Native(_) | Value::Iterator(_) | Value::BoundMethod(_) => {
                vm.type_name(value).as_str().to_owned()
            }
            Value::Dict(_) | Value::List(_) | Value::Tuple(_) | Value::Set(_) => {
                let kind = vm.type_name(value);
                let length = vm.length(value).unwrap_or(0);
                format!("{kind}, {}", crate::value::report::size::counted(length, "item"))
            }
            other => {
                let text = gather::brief(vm, other).unwrap_or_default();
                crate::render::width::cut(&crate::render::sanitize::sanitize(&text), 60)
            }
        }
    }

    fn attributes_of(&self, owner: &str, typed: &str) -> Vec<Candidate> {
        let Some(value) = self.resolve(owner) else { return Vec::new() };
        let mut names: Vec<String> =
            self.interpreter.attribute_names(&value).iter().map(|name| name.as_str().to_owned()).collect();
        if let Value::Instance(instance) = &value {
            for place in ["_modules", "_parameters", "_buffers"] {
                let place = instance.attributes.get_name(place).and_then(|place| place.as_dict());
                let own = place.map(|place| place.keys()).unwrap_or_default();
                names.extend(own.iter().filter_map(Value::as_str).map(|name| name.as_str().to_owned()));
            }
        }
        names.sort();
        names.dedup();
        let kind = self.interpreter.type_name(&value);
        let rows = self.interpreter.rows();
        let summary = |name: &str| {
            let on = |row: &&Builtin| {
                row.name == name
                    && match row.on {
                        On::Method(of) | On::Property(of) => of == kind.as_str(),
                        On::Module(of) | On::ModuleValue(of) => {
                            matches!(&value, Value::Module(m) if m.name.as_str() == of)
                        }
                        _ => false,
                    }
            };
            rows.iter().flat_map(|rows| rows.iter()).find(on).map(|row| row.summary.to_owned())
        };
        let shown = names.iter().filter(|name| typed.starts_with('_') || !name.starts_with('_'));
        shown.map(|name| Candidate::new(name.as_str(), summary(name).unwrap_or_default())).collect()
    }

    /// `name=` of the call that the cursor is in.
    fn keyword_arguments(&self, before: &str, cursor: &Cursor) -> Vec<Candidate> {
        let Some(('(', at)) = cursor.open.last() else { return Vec::new() };
        let function = chain_before(before.get(..*at).unwrap_or_default());
        let Some(value) = self.resolve_callee(function) else { return Vec::new() };
        let names: Vec<String> = match &value {
            Value::Builtin(row) => {
                let named = |kind: ParamKind| matches!(kind, ParamKind::Normal | ParamKind::Keyword);
                let params =
                    row.params.iter().filter(|param| named(param.kind) && !param.name.starts_with('_'));
                params.map(|param| param.name.to_owned()).collect()
            }
            Value::Function(function) => crate::value::report::help::parameter_names(function),
            _ => return Vec::new(),
        };
        names.into_iter().map(|name| Candidate::new(format!("{name}="), "argument")).collect()
    }

    /// The names of modules, where the line is an import.
    fn module_names(&self, line: &str, chain: &str) -> Option<Vec<Candidate>> {
        let line = line.trim_start();
        let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "))?;
        if line.starts_with("from ") && rest.contains(" import ") {
            let module = rest.split(' ').next()?;
            let value = self.resolve(module);
            let names = value.map(|value| self.interpreter.attribute_names(&value)).unwrap_or_default();
            let names = names.iter().filter(|name| !name.starts_with('_'));
            return Some(names.map(|name| Candidate::new(name.as_str(), "")).collect());
        }
        let _ = chain;
        let modules = crate::builtins::MODULES.iter().chain(crate::prelude::MODULES);
        Some(modules.map(|row| Candidate::new(row.name, row.summary)).collect())
    }

    /// The rows of the verbs.
    pub(in crate::session) fn verbs(&self) -> impl Iterator<Item = &'static Builtin> {
        let rows = self.interpreter.rows();
        rows.iter().flat_map(|rows| rows.iter()).filter(|row| row.on == On::Verb)
    }
}

/// What can follow in a verb line.
fn verb_parts(line: &str) -> Vec<Candidate> {
    let line =
        line.split_once("= ").filter(|(left, _)| !left.contains(['(', '"'])).map_or(line, |(_, right)| right);
    let mut words = line.split_whitespace();
    let (Some(verb), Some(_)) = (words.next(), words.next()) else { return Vec::new() };
    let parts = PARTS.iter().find(|(name, _)| *name == verb).map_or(&[][..], |(_, parts)| parts);
    parts.iter().map(|part| Candidate::new(*part, format!("{verb} …"))).collect()
}
