//! Objects of classes that are not known here: what the file says of them, to look at. Nothing of theirs ever runs.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::state::{Method, State};
use super::{omegaconf, stdlib_repr, text, wrapped};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::untrusted::escaped;
use torchsh_checkpoint::graph::{Global, Made, Node};
use torchsh_language::value::text::quote;
use torchsh_language::value::{Dict, DictKind, Map, Native, Str, Value, Vm};

/// Objects within objects that a repr shows.
const NESTING: usize = 4;
/// Attributes that a repr shows; the rest are counted.
const SHOWN: usize = 24;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// An object as a file describes it.
pub struct Inert {
    /// Its class.
    pub class: Rc<Global>,
    type_name: String,
    /// How the file wanted it made.
    pub made: Made,
    /// Arguments it was to be made with.
    pub args: RefCell<Vec<Value>>,
    /// Keyword arguments.
    pub keywords: RefCell<Vec<(Value, Value)>>,
    /// Its `__dict__` and slots.
    pub attributes: Rc<Dict>,
    /// A state that is no dictionary.
    pub state: RefCell<Value>,
    /// Its items, if it is a kind of list or set.
    pub items: RefCell<Vec<Value>>,
    /// Its entries, if it is a kind of dictionary.
    pub entries: Rc<Dict>,
    /// What it is written with again, where that is more than class, arguments and attributes.
    pub written: OnceCell<Recipe>,
    /// The attributes that belong into slots, and whether there is a `__dict__` beside them.
    pub slots: OnceCell<(FxHashSet<Str>, bool)>,
    /// Whether the file gives it a state, were it an empty one.
    pub has_state: Cell<bool>,
    /// Whether it is seen as a module that it is not by its state: it is written as it came, whatever the module keeps.
    pub is_apart: Cell<bool>,
    /// What the file has of a kind that the shell shows as an object: it is written as it came.
    pub stands_for: OnceCell<Node>,
}

/// The calls that an object of a file is made by, as the file has them.
pub struct Recipe {
    /// What is called: a name, or an object.
    pub by: Value,
    /// How.
    pub made: Made,
    /// With these arguments,
    pub args: Vec<Value>,
    /// and these keyword arguments.
    pub keywords: Vec<(Value, Value)>,
    /// The states that it is then given, each by a function where one is named.
    pub states: Vec<(Option<Rc<Global>>, Given)>,
    /// Its attributes as they were read, where the calls have them in another form, which only its class could write anew.
    pub seen: Option<Vec<(Value, Value)>>,
}

/// A state that an object is given.
pub enum Given {
    /// Its attributes.
    Attributes,
    /// A value of another form.
    Value(Value),
}

impl Recipe {
    /// The name of what is called.
    #[must_use]
    pub fn called(&self) -> Option<&Global> {
        self.by.as_native::<InertClass>().map(|class| class.0.as_ref())
    }
}

/// A class or function of a file, by name.
pub struct InertClass(pub Rc<Global>);

impl Inert {
    /// An object that is known by a text alone: `dtype('float32')`.
    #[must_use]
    pub fn text(class: &str, text: &str) -> Inert {
        let (module, name) = class.rsplit_once('.').unwrap_or(("", class));
        let class = Global { module: Str::new(module), name: Str::new(name) };
        let inert = Inert::new(Rc::new(class), Made::New);
        inert.args.replace(vec![Value::str(text)]);
        inert
    }

    /// An object about which nothing is known yet but its class.
    #[must_use]
    pub fn new(class: Rc<Global>, made: Made) -> Self {
        Inert::sharing(class, made, Rc::default())
    }

    /// An object with this `__dict__`.
    #[must_use]
    pub fn sharing(class: Rc<Global>, made: Made, attributes: Rc<Dict>) -> Self {
        let type_name = class.to_string();
        Inert {
            class,
            type_name,
            made,
            args: RefCell::default(),
            keywords: RefCell::default(),
            attributes,
            state: RefCell::new(Value::None),
            items: RefCell::default(),
            entries: Rc::default(),
            written: OnceCell::new(),
            slots: OnceCell::new(),
            has_state: Cell::new(false),
            is_apart: Cell::new(false),
            stands_for: OnceCell::new(),
        }
    }

    /// Whether its class, called without arguments, and its attributes are all there is to it.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.made == Made::New
            && self.args.borrow().is_empty()
            && self.keywords.borrow().is_empty()
            && self.items.borrow().is_empty()
            && self.entries.is_empty()
            && self.written.get().is_none()
            && self.slots.get().is_none()
    }

    /// Whether it is a module of TorchScript.
    #[must_use]
    pub fn is_script(&self) -> bool {
        self.class.module.as_str().starts_with("__torch__")
    }

    /// Whether it is an optimizer.
    #[must_use]
    pub fn is_optimizer(&self) -> bool {
        self.table("state").is_some()
            && matches!(self.attributes.get_name("param_groups"), Some(Value::List(_)))
    }

    /// The same object again, sharing its attributes: what a bound method keeps.
    #[must_use]
    pub fn alias(&self) -> Inert {
        Inert::sharing(self.class.clone(), self.made, self.attributes.clone())
    }

    fn table(&self, name: &str) -> Option<Rc<Dict>> {
        self.attributes.get_name(name)?.as_dict()
    }

    /// Its items; those of a named tuple are the arguments it was to be made with.
    fn sequence(&self) -> Vec<Value> {
        let is_tuple = self.made == Made::New
            && self.attributes.is_empty()
            && self.entries.is_empty()
            && self.items.borrow().is_empty()
            && self.state.borrow().is_none();
        if is_tuple { self.args.borrow().clone() } else { self.items.borrow().clone() }
    }

    /// What is found on a kind of dictionary: a dictionary's method, or the entry of that name, as many of them give it.
    fn mapping_attribute(&self, vm: &dyn Vm, mapping: &Rc<Dict>, name: &Str) -> Option<Result<Value>> {
        match name.as_str() {
            "keys" | "values" | "items" | "get" => {
                vm.attribute_or_none(&Value::Dict(mapping.clone()), name).transpose()
            }
            _ => mapping.get_str(name).map(Ok),
        }
    }

    /// What a class made from `dict` holds: its entries, or the dictionary that it was to be called with.
    fn mapping(&self) -> Option<Rc<Dict>> {
        if !self.entries.is_empty() {
            return Some(self.entries.clone());
        }
        match self.args.borrow().as_slice() {
            [only] if self.made == Made::Call && self.items.borrow().is_empty() => only.as_dict(),
            _ => None,
        }
    }

    /// What `model.conv1` finds: a parameter, buffer or module; what OmegaConf keeps under a name.
    fn deep_attribute(&self, name: &Str) -> Option<Value> {
        let tables = ["_parameters", "_buffers", "_modules", "_content"];
        let found =
            tables.iter().filter_map(|table| self.table(table)).find_map(|table| table.get_str(name))?;
        Some(omegaconf::unwrapped(found))
    }
}

impl Native for Inert {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let found = match name.as_str() {
            "__dict__" => Some(Value::Dict(self.attributes.clone())),
            "__state__" => Some(self.state.borrow().clone()),
            "__args__" => Some(Value::tuple(self.args.borrow().clone())),
            "__kwargs__" => {
                let keywords = self.keywords.borrow().clone().into_iter();
                Some(Value::dict_of(keywords.filter_map(|(key, value)| Some((key.as_str()?, value)))))
            }
            _ => self.attributes.get_str(name).or_else(|| self.deep_attribute(name)),
        };
        let found = found.or_else(|| match name.as_str() {
            // A member of an enumeration is pickled as its class, called with its value.
            "value" if self.made == Made::Call && self.attributes.is_empty() => {
                match self.args.borrow().as_slice() {
                    [value] => Some(value.clone()),
                    _ => None,
                }
            }
            // Of a `functools.partial` of a function that is not known here.
            "func" | "args" | "keywords" if self.class.name.as_str() == "partial" => {
                let place = ["func", "args", "keywords"].iter().position(|known| *known == name.as_str());
                self.state.borrow().as_tuple().and_then(|state| state.items.get(place?).cloned())
            }
            "state_dict" if self.is_script() || self.is_optimizer() => Some(Value::native(Method::of(self))),
            _ => None,
        });
        if found.is_none()
            && let Some(described) = wrapped::attribute(self, name)
        {
            return Some(described);
        }
        if found.is_none()
            && let Some(mapping) = self.mapping()
        {
            return self.mapping_attribute(vm, &mapping, name);
        }
        match (found, omegaconf::content(vm, self)) {
            (Some(found), _) => Some(Ok(found)),
            (None, Some(content)) if omegaconf::is_method(name) => {
                vm.attribute_or_none(&content, name).transpose()
            }
            (None, _) => None,
        }
    }

    fn set_attribute(&self, _vm: &dyn Vm, name: &Str, value: &Value) -> Option<Result<()>> {
        self.attributes.set_str(name.clone(), value.clone());
        Some(Ok(()))
    }

    fn attribute_names(&self) -> Vec<Str> {
        let mut names: Vec<Str> = self.attributes.keys().iter().filter_map(Value::as_str).collect();
        for table in ["_parameters", "_buffers", "_modules", "_content"] {
            let more = self.table(table).map(|table| table.keys()).unwrap_or_default();
            names.extend(more.iter().filter_map(Value::as_str));
        }
        names
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        let (depth, content) = (DEPTH.get(), omegaconf::content(vm, self));
        if depth > if content.is_some() { omegaconf::NESTING } else { NESTING } {
            return Some(Ok(format!("<{}>", self.type_name)));
        }
        DEPTH.set(depth + 1);
        let shown = content.map_or_else(|| self.shown(vm), |content| vm.repr(&content));
        DEPTH.set(depth);
        Some(shown)
    }

    fn text(&self, vm: &dyn Vm) -> Option<Result<String>> {
        stdlib_repr::text(vm, self).transpose()
    }

    fn item(&self, vm: &dyn Vm, index: &Value) -> Option<Result<Value>> {
        if self.is_script() {
            return Some(Err(scripted(&self.class, index.as_str().as_deref())));
        }
        if let Some(content) = omegaconf::content(vm, self) {
            return Some(vm.item(&content, index));
        }
        if let Some(table) = self.mapping().filter(|table| !table.is_empty()) {
            match table.get(vm, index) {
                Ok(Some(found)) => return Some(Ok(omegaconf::unwrapped(found))),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        let items = self.sequence();
        if items.is_empty() {
            return self.mapping().map(|_| Err(vm.key_error(index)));
        }
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let place = index.as_int().map(|i| if i < 0 { i + length } else { i });
        let found = place.and_then(|place| items.get(usize::try_from(place).ok()?).cloned());
        Some(found.ok_or_else(|| Error::new(Kind::Index, "list index out of range")))
    }

    fn length(&self, vm: &dyn Vm) -> Option<Result<usize>> {
        if let Some(content) = omegaconf::content(vm, self) {
            return Some(vm.length(&content));
        }
        match (self.mapping().map_or(0, |mapping| mapping.len()), self.sequence().len()) {
            (0, 0) => None,
            (entries, items) => Some(Ok(entries.max(items))),
        }
    }

    fn iterate(&self, vm: &dyn Vm) -> Option<Result<Value>> {
        if let Some(content) = omegaconf::content(vm, self) {
            return Some(vm.iterate(&content));
        }
        if let Some(mapping) = self.mapping() {
            return Some(vm.iterate(&Value::list(mapping.keys())));
        }
        let items = self.sequence();
        (!items.is_empty()).then(|| vm.iterate(&Value::list(items)))
    }
}

/// What a subscript of a scripted module is answered.
fn scripted(class: &Global, key: Option<&str>) -> Error {
    let name = class.name.as_str();
    let message =
        format!("'{name}' object is not subscriptable: it is a scripted module, not a dictionary of tensors");
    let key = key.map(|key| format!("[{}]", quote::repr(key))).unwrap_or_default();
    Error::type_error(message).hint(format!("p = state_dict(p) has its tensors: p{key}"))
}

impl Inert {
    fn shown(&self, vm: &dyn Vm) -> Result<String> {
        let name = self.class.name.as_str();
        match (self.class.module.as_str(), name) {
            ("pathlib" | "pathlib._local", _) => return text::path(vm, name, &self.args.borrow()),
            (module, name) => {
                if let Some(text) = stdlib_repr::repr(vm, self, module, name)? {
                    return Ok(text);
                }
            }
        }
        if self.is_script() {
            let about = match State::of(self) {
                Ok(state) => format!("of {} tensors; state_dict() gives them", state.entries.len()),
                Err(error) => format!("without a state_dict: {}", error.message()),
            };
            return Ok(format!("<{}: a scripted model {about}>", self.type_name));
        }
        let is_bare = self.attributes.is_empty() && self.entries.is_empty() && self.items.borrow().is_empty();
        if self.made == Made::Call && is_bare && self.state.borrow().is_none() {
            let args = self.args.borrow().iter().map(|arg| vm.repr(arg)).collect::<Result<Vec<_>>>()?;
            return Ok(format!("<{}({}), not called>", self.type_name, args.join(", ")));
        }
        let mut parts = Vec::new();
        if let Some(shape) = wrapped::shape(self) {
            let shape = vm
                .repr(&Value::list(shape.as_tuple().map(|sizes| sizes.items.to_vec()).unwrap_or_default()))?;
            let dtype = self.attributes.get_name("dtype").or_else(|| self.args.borrow().first().cloned());
            let dtype = dtype.map(|dtype| vm.repr(&dtype)).transpose()?;
            return Ok(format!("{}(shape={shape}, dtype={})", self.type_name, dtype.unwrap_or_default()));
        }
        if !self.entries.is_empty() {
            parts.push(vm.repr(&Value::Dict(self.entries.clone()))?);
        }
        if !self.items.borrow().is_empty() {
            parts.push(vm.repr(&Value::list(self.items.borrow().clone()))?);
        }
        for arg in self.args.borrow().iter() {
            parts.push(vm.repr(arg)?);
        }
        if !self.attributes.is_empty() {
            parts.push(self.attributes_text(vm)?);
        }
        if !self.state.borrow().is_none() {
            parts.push(format!("state={}", vm.repr(&self.state.borrow().clone())?));
        }
        Ok(format!("{}({})", self.type_name, parts.join(", ")))
    }

    fn attributes_text(&self, vm: &dyn Vm) -> Result<String> {
        let entries = self.attributes.entries();
        let mut parts = Vec::new();
        for (key, value) in entries.iter().take(SHOWN) {
            let key = key.as_str().map_or_else(|| "?".to_owned(), |key| escaped(&key).into_owned());
            parts.push(format!("{key}={}", vm.repr(value)?));
        }
        if entries.len() > SHOWN {
            parts.push(format!("… {} more", entries.len() - SHOWN));
        }
        Ok(parts.join(", "))
    }
}

impl Native for InertClass {
    fn type_name(&self) -> &str {
        "type"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        match name.as_str() {
            "__name__" => Some(Ok(Value::str(self.0.name.as_str()))),
            "__module__" => Some(Ok(Value::str(self.0.module.as_str()))),
            _ => None,
        }
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        Some(Ok(format!("<class '{}'>", self.0)))
    }

    fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        Some(Ok(other.as_native::<InertClass>().is_some_and(|other| other.0 == self.0)))
    }

    fn hash(&self, vm: &dyn Vm) -> Option<Result<u64>> {
        Some(vm.hash(&Value::str(self.0.to_string())))
    }
}

/// An empty ordered dictionary, as `state_dict()` gives it.
#[must_use]
pub fn ordered() -> Rc<Dict> {
    Rc::new(Dict::new(Map::default(), DictKind::Ordered))
}
