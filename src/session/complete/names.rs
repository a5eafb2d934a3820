//! Names, attributes, keyword arguments and modules.

use rustc_hash::FxHashSet;

use super::super::Session;
use super::super::resolve::chain_before;
use super::super::torch_docs;
use super::line::{Place, is_word_between};
use super::matching::{Draft, matching, rank};
use super::{Candidate, Completion};
use torchsh_language::value::report::{Report, gather, help, size};
use torchsh_language::value::{Builtin, On, ParamKind, Str, Value, Vm};
use torchsh_syntax::cursor::Cursor;
use torchsh_syntax::verb_names;

/// The words of the language.
const KEYWORDS: &[&str] = &[
    "and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "except", "False",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "None", "nonlocal", "not",
    "or", "pass", "raise", "return", "True", "try", "while", "with", "yield",
];

/// So many candidates, from the first on, get descriptions: making one takes its time, and fewer are in sight.
const DESCRIBED: usize = 60;

/// Attributes that are asked for most, in the order in which they are offered.
const COMMON: &[&str] = &[
    "state_dict",
    "load_state_dict",
    "parameters",
    "named_parameters",
    "named_modules",
    "eval",
    "train",
    "load",
    "save",
    "tensor",
    "zeros",
    "ones",
    "randn",
    "arange",
    "cat",
    "stack",
    "equal",
    "allclose",
    "isnan",
    "Linear",
    "Conv2d",
    "Sequential",
    "Module",
    "shape",
    "dtype",
    "device",
    "mean",
    "std",
    "min",
    "max",
    "sum",
    "norm",
    "abs",
    "item",
    "tolist",
    "numpy",
    "numel",
    "size",
    "ndim",
    "view",
    "reshape",
    "permute",
    "transpose",
    "T",
    "squeeze",
    "unsqueeze",
    "to",
    "float",
    "half",
    "bfloat16",
    "cpu",
    "cuda",
    "clone",
    "detach",
    "requires_grad",
    "grad",
    "keys",
    "values",
    "items",
    "get",
    "update",
    "pop",
    "append",
    "extend",
];

/// Where an attribute stands in a list: what is asked for most first, in-place twins last.
fn order(name: &str) -> (usize, bool, bool, &str) {
    let common = COMMON.iter().position(|common| *common == name).unwrap_or(COMMON.len());
    let is_in_place = name.ends_with('_') && !name.starts_with('_');
    (common, is_in_place, name.starts_with(char::is_uppercase), name)
}

/// Whether a name can stand behind a dot. A file may have attributes that no program can write, and that must not reach a terminal.
fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

impl Session {
    /// Names at the end of `before`, which is in no string.
    pub(super) fn names_at(&self, before: &str, cursor: &Cursor) -> Completion {
        let chain = chain_before(before);
        let typed_at = chain.rfind('.').map_or(0, |at| at + 1);
        let typed = chain.get(typed_at..).unwrap_or_default();
        let start = before.len() - typed.len();
        let place = Place::of(before);
        if let Some(modules) = self.module_names(place.line) {
            return self.completion(before.len() - chain.len(), chain, modules);
        }
        if typed_at > 0 {
            let owner = chain.get(..typed_at - 1).unwrap_or_default();
            return self.completion(start, typed, self.attributes_of(owner, typed));
        }
        if typed.starts_with(|c: char| c.is_ascii_digit()) {
            return Completion::default();
        }
        let wanted = self.wanted(&place, before, typed, cursor);
        let only = wanted.only;
        let wanted = self.completion(start, typed, wanted.drafts);
        if only || !wanted.candidates.is_empty() {
            return wanted.goes_on_if(is_word_between);
        }
        let mut drafts = self.keyword_arguments(before, cursor);
        let begins = place.statement == typed && cursor.open.is_empty();
        drafts.extend(self.plain_names(typed, begins.then_some(&place)));
        self.completion(start, typed, drafts)
            .goes_on_if(|word| begins && verb_names().any(|verb| verb == word))
    }

    /// What goes on from `typed`, with descriptions where they will be seen.
    pub(super) fn completion(&self, start: usize, typed: &str, mut drafts: Vec<Draft>) -> Completion {
        drafts.retain(|draft| typed.starts_with('_') || !draft.text.starts_with('_'));
        let candidate = |(place, draft): (usize, Draft)| {
            let describe =
                |value: &Value| if place < DESCRIBED { self.describe(value) } else { String::new() };
            Candidate::from_draft(draft, describe)
        };
        let candidates = matching(typed, drafts).into_iter().enumerate().map(candidate).collect();
        Completion { start, candidates }
    }

    /// The person's own names first, then what may begin a line, then what is always there.
    fn plain_names(&self, typed: &str, begins: Option<&Place<'_>>) -> Vec<Draft> {
        let mut drafts = self.own_names(|_| true);
        if let Some(place) = begins {
            drafts.extend(self.verbs().map(|row| Draft::new(row.name, row.summary)));
            drafts.extend(place.takes_commands.then(|| self.commands_here()).into_iter().flatten());
        }
        // Where nothing is typed yet, everything would fit.
        if typed.is_empty() {
            return drafts;
        }
        let mut others = named(&self.interpreter.builtins().entries());
        others.extend(
            super::super::names::AT_HAND
                .iter()
                .map(|(name, from, _)| Draft::new(*name, format!("from {from}"))),
        );
        others.extend(KEYWORDS.iter().map(|keyword| Draft::new(*keyword, "keyword")));
        others.sort_by_cached_key(|draft| draft.text.to_lowercase());
        drafts.extend(others);
        drafts
    }

    /// The names of the program whose values pass a test, sorted.
    pub(super) fn own_names(&self, test: impl Fn(&Value) -> bool) -> Vec<Draft> {
        let mut entries = self.globals().entries();
        entries.retain(|(_, value)| test(value));
        let mut drafts = named(&entries);
        drafts.sort_by_cached_key(|draft| draft.text.to_lowercase());
        drafts
    }

    /// A line on a value, made without running anything of the program.
    pub(crate) fn describe(&self, value: &Value) -> String {
        let vm = &*self.interpreter;
        match value {
            Value::Builtin(row) if row.summary.is_empty() => row.signature(),
            Value::Builtin(row) => row.summary.to_owned(),
            Value::Function(function) => {
                let signature = help::signature(function, help::takes_self(function));
                signature.strip_prefix("<lambda>").map_or(signature.clone(), str::to_owned)
            }
            Value::Class(class) => help::says_of_class(class).map_or_else(
                || format!("class {}", class.name),
                |says| torch_docs::first_sentence(&says.plain()),
            ),
            Value::Module(module) => format!("module {}", module.name),
            Value::Instance(instance) => match self.weights_of(value) {
                Some(totals) => totals.line(),
                None => instance.class().name.as_str().to_owned(),
            },
            Value::Native(_) => match help::documentation(vm, value) {
                Some(text) => {
                    let signature = text.lines().next().unwrap_or_default();
                    help::operator(signature)
                        .and_then(torch_docs::meaning)
                        .unwrap_or_else(|| signature.to_owned())
                }
                None => vm.type_name(value).as_str().to_owned(),
            },
            // That it is a method says nothing that is not known.
            Value::BoundMethod(_) => String::new(),
            Value::Iterator(_) => vm.type_name(value).as_str().to_owned(),
            Value::Dict(_) | Value::List(_) | Value::Tuple(_) | Value::Set(_) => {
                let kind = vm.type_name(value);
                let length = vm.length(value).unwrap_or(0);
                format!("{kind}, {}", size::counted(length, "item"))
            }
            other => {
                let text = gather::brief(vm, other).unwrap_or_default();
                torchsh_render::width::cut(&torchsh_render::sanitize::sanitize(&text), 60)
            }
        }
    }

    fn attributes_of(&self, owner: &str, typed: &str) -> Vec<Draft> {
        let Some(value) = self.resolve(owner) else { return Vec::new() };
        let mut names: Vec<String> =
            self.interpreter.attribute_names(&value).iter().map(|name| name.as_str().to_owned()).collect();
        names.extend(own_names(&value));
        let is_wanted = |name: &str| typed.starts_with('_') || !name.starts_with('_');
        names.retain(|name| is_wanted(name) && is_word(name) && rank(typed, name).is_some());
        // What the object was given itself comes before what its class has.
        let own = own_names(&value);
        let (exported, modules) = self.exports_of(&value);
        let is_other = |name: &str| !own.contains(name) && !exported.contains(name);
        let place = |name: &String| (modules.contains(name), is_other(name.as_str()), order(name.as_str()).0);
        names.sort_unstable_by(|a, b| place(a).cmp(&place(b)).then_with(|| order(a).cmp(&order(b))));
        names.dedup();
        let draft = |(place, name): (usize, String)| {
            // Looking each up takes its time: only for as many as will be shown with what they are.
            let known = (place < DESCRIBED).then(|| self.attribute_summary(&value, &name));
            known.flatten().unwrap_or_else(|| Draft::new(name.as_str(), ""))
        };
        names.into_iter().enumerate().map(draft).collect()
    }

    /// What a module says that it gives (`__all__`), and the modules in it: these are rarely what somebody looks for.
    fn exports_of(&self, owner: &Value) -> (FxHashSet<String>, FxHashSet<String>) {
        let Value::Module(module) = owner else { return Default::default() };
        let exported = self.quiet_attribute(owner, "__all__");
        let exported = exported.and_then(|names| names.as_list()).map(|names| names.to_vec());
        let exported = exported.unwrap_or_default().into_iter();
        let exported = exported.filter_map(|name| name.as_str().map(|name| name.as_str().to_owned()));
        let below = format!("{}.", module.name);
        let modules = self.interpreter.library_modules().into_iter();
        let modules = modules.filter_map(|row| row.name.strip_prefix(below.as_str()).map(str::to_owned));
        (exported.collect(), modules.filter(|name| !name.contains('.')).collect())
    }

    /// An attribute with what its row says of it, or what is known of its value.
    fn attribute_summary(&self, owner: &Value, name: &str) -> Option<Draft> {
        if let Some(report) = Report::of(owner) {
            return report
                .fields()
                .into_iter()
                .find(|(known, _)| *known == name)
                .map(|(name, says)| Draft::new(name, says));
        }
        let kind = self.interpreter.type_name(owner);
        let is_dict = owner.as_dict().is_some();
        let is_on = |row: &&Builtin| {
            row.name == name
                && match row.on {
                    On::Method(of) | On::Property(of) => of == kind.as_str() || is_dict && of == "dict",
                    On::Module(of) | On::ModuleValue(of) => {
                        matches!(owner, Value::Module(module) if module.name.as_str() == of)
                    }
                    _ => false,
                }
        };
        let row = self.interpreter.rows().iter().flat_map(|rows| rows.iter()).find(is_on);
        let is_torch = matches!(owner, Value::Module(module) if module.name.as_str() == "torch");
        // Whole texts are read for it: only where they are of this owner.
        let is_operator = is_torch || kind.as_str() == "Tensor";
        let meaning = || if is_operator { torch_docs::meaning(name) } else { None };
        let said = row.map(|row| row.summary.to_owned()).filter(|summary| !summary.is_empty());
        let twin = || {
            let base = name.strip_suffix('_').filter(|base| is_operator && !base.ends_with('_'))?;
            torch_docs::meaning(base).map(|_| format!("{base}, in place"))
        };
        match said.or_else(meaning).or_else(twin).or_else(|| row.map(Builtin::signature)) {
            Some(said) => Some(Draft::new(name, said)),
            None => Some(Draft::of(name, self.quiet_attribute(owner, name)?)),
        }
    }

    /// `name=` of the call that the cursor is in, but for those that are given already.
    fn keyword_arguments(&self, before: &str, cursor: &Cursor) -> Vec<Draft> {
        let Some(('(', at)) = cursor.open.last() else { return Vec::new() };
        let function = chain_before(before.get(..*at).unwrap_or_default());
        let given = before.get(*at..).unwrap_or_default();
        let typed = chain_before(before);
        let begins = given.strip_suffix(typed).is_some_and(|given| given.trim_end().ends_with(['(', ',']));
        let Some(value) = self.resolve_callee(function).filter(|_| begins) else { return Vec::new() };
        let names: Vec<String> = match &value {
            Value::Builtin(row) => {
                let named = |kind: ParamKind| matches!(kind, ParamKind::Normal | ParamKind::Keyword);
                let params =
                    row.params.iter().filter(|param| named(param.kind) && !param.name.starts_with('_'));
                params.map(|param| param.name.to_owned()).collect()
            }
            Value::Function(function) => help::parameter_names(function),
            Value::Native(native) => {
                native.parameter_names().iter().map(|name| name.as_str().to_owned()).collect()
            }
            _ => return Vec::new(),
        };
        let is_new = |name: &String| !given.contains(&format!("{name}="));
        let parameters = self.parameters_of(function).unwrap_or_default();
        let about = |name: &str| {
            let ends = |rest: &str| rest.is_empty() || rest.starts_with(['=', ':']);
            let mut written = parameters.iter().filter_map(|written| written.strip_prefix(name));
            let rest = written.find(|rest| ends(rest)).unwrap_or_default();
            rest.trim_start_matches([':', ' ']).to_owned()
        };
        // What is given by its place cannot be given by name, too.
        let placed = arguments_before(given.get(1..).unwrap_or_default());
        let names = names.into_iter().skip(placed).filter(is_new);
        names.map(|name| Draft::new(format!("{name}="), about(&name))).collect()
    }

    /// The names of modules or of what is in one, where the line is an import.
    fn module_names(&self, line: &str) -> Option<Vec<Draft>> {
        let line = line.trim_start();
        let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "))?;
        if let ("from", Some((module, _))) = (line.get(..4)?, rest.split_once(" import ")) {
            let value = self.module_named(module.trim());
            let names =
                value.as_ref().map(|value| self.interpreter.attribute_names(value)).unwrap_or_default();
            let names = names.iter().filter(|name| !name.starts_with('_') && is_word(name));
            return Some(names.map(|name| Draft::new(name.as_str(), "")).collect());
        }
        if rest
            .split_once(' ')
            .is_some_and(|(_, more)| !rest.contains(',') && !more.is_empty() || rest.ends_with(' '))
        {
            let next = if line.starts_with("from") { "import" } else { "as" };
            return Some(vec![Draft::new(next, "keyword")]);
        }
        let library = self.interpreter.library_modules();
        let mut drafts: Vec<Draft> =
            library.into_iter().map(|row| Draft::new(row.name, row.summary)).collect();
        let own = self.interpreter.modules_of_program();
        drafts.extend(own.iter().map(|name| Draft::new(name.as_str(), "a file of yours")));
        Some(drafts)
    }

    /// A module of the shell's own: importing one has no effect that could be seen.
    fn module_named(&self, name: &str) -> Option<Value> {
        self.interpreter.library_modules().into_iter().find(|row| row.name == name)?;
        self.interpreter.import(name).ok()
    }

    /// The rows of the verbs.
    pub(crate) fn verbs(&self) -> impl Iterator<Item = &'static Builtin> {
        let rows = self.interpreter.rows();
        rows.iter().flat_map(|rows| rows.iter()).filter(|row| row.on == On::Verb)
    }
}

/// How many arguments stand by their place in the text between a bracket and the cursor, each with its comma.
fn arguments_before(given: &str) -> usize {
    let commas = given.match_indices(',').map(|(at, _)| at).filter(|&at| {
        let cursor = Cursor::at_end(given.get(..at).unwrap_or_default());
        cursor.open.is_empty() && cursor.string.is_none() && !cursor.in_comment
    });
    let mut start = 0;
    let mut placed = 0;
    for comma in commas {
        let argument = given.get(start..comma).unwrap_or_default().trim_start();
        let name = argument.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start();
        let is_named = name.starts_with('=') && !name.starts_with("==") && name.len() < argument.len();
        placed += usize::from(!is_named);
        start = comma + 1;
    }
    placed
}

/// The attributes of an object that are its own, those that a module keeps in places of its own included.
pub(crate) fn own_names(value: &Value) -> FxHashSet<String> {
    let Value::Instance(instance) = value else { return FxHashSet::default() };
    let places = ["_modules", "_parameters", "_buffers"];
    let places = places.iter().filter_map(|place| instance.attributes.get_name(place)?.as_dict());
    let keys = places.chain([instance.attributes.clone()]).flat_map(|place| place.keys());
    keys.filter_map(|key| key.as_str()).map(|name| name.as_str().to_owned()).collect()
}

/// Names with their values.
fn named(entries: &[(Value, Value)]) -> Vec<Draft> {
    let name = |(name, value): &(Value, Value)| {
        let name: Str = name.as_str()?;
        Some(Draft::of(name.as_str(), value.clone()))
    };
    entries.iter().filter_map(name).collect()
}
