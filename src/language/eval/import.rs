//! Modules: rows of the builtin table, the prelude's text, `.py` files (`packages` finds them).

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Interpreter;
use super::deferred::Deferred;
use super::frame::Frame;
use super::packages::{Found, lacking_module};
use crate::value::journal::Pause;
use crate::value::{Builtin, Class, Descriptor, Dict, Module, ModuleRow, On, Str, Types, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::nearest;
use torchsh_base::reason::Reason;
use torchsh_syntax::tree::ImportFrom;

/// The module whose functions are the verbs.
const VERBS: &str = "torchsh";

/// What can be imported, and what was.
pub(super) struct Imports {
    known: FxHashMap<&'static str, &'static ModuleRow>,
    rows: FxHashMap<(&'static str, &'static str), &'static Builtin>,
    classes: FxHashMap<(Str, Str), Rc<Class>>,
    /// `sys.modules`
    pub loaded: Rc<Dict>,
    /// `sys.path` as it is at the start.
    pub path: Value,
    /// Names that wait for the module they come from.
    pub deferred: Deferred,
    /// The modules whose code is running.
    pub starting: RefCell<Vec<Str>>,
}

impl Imports {
    pub fn new(
        tables: &'static [&'static [Builtin]],
        modules: &'static [&'static [ModuleRow]],
        path: Vec<String>,
        types: &Types,
        builtins: &Dict,
    ) -> Self {
        let mut known: FxHashMap<&'static str, &'static ModuleRow> =
            modules.iter().flat_map(|rows| rows.iter()).map(|row| (row.name, row)).collect();
        known.extend(super::packages::beside().into_iter().map(|row| (row.name, row)));
        let mut rows = FxHashMap::default();
        for row in tables.iter().flat_map(|rows| rows.iter()) {
            match row.on {
                On::Module(of) | On::ModuleValue(of) => drop(rows.insert((of, row.name), row)),
                // The verbs are functions of a module of their own.
                On::Verb if row.name != "explain" => drop(rows.insert((VERBS, row.name), row)),
                _ => {}
            }
        }
        let mut classes = FxHashMap::default();
        for class in types.all() {
            let module = class.module.borrow().clone();
            if &*module == "builtins" && is_built_in_name(&class) {
                builtins.set_str(class.name.clone(), Value::Class(class.clone()));
            }
            classes.insert((module, class.name.clone()), class);
        }
        let path = Value::list(path.into_iter().map(Value::from).collect());
        Imports {
            known,
            rows,
            classes,
            loaded: Rc::default(),
            path,
            deferred: Deferred::default(),
            starting: RefCell::default(),
        }
    }

    /// Whether there is a module of that name.
    pub fn knows(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// Whether the shell's own library has modules inside a module.
    pub fn is_package(&self, name: &str) -> bool {
        self.known.keys().any(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }

    /// Whether it is a package that PyTorch wrote, or one that stands for PyTorch's and imports from its files as that does.
    pub fn is_pytorch_package(&self, name: &str) -> bool {
        matches!(name, "torch" | "torch._C" | "torch.autograd")
            || (self.known.get(name).is_some_and(|row| row.source.is_pytorch()) && self.is_package(name))
    }

    /// The text of a module that PyTorch wrote.
    pub fn pytorch_text(&self, name: &str) -> Option<Cow<'static, str>> {
        let row = self.known.get(name).filter(|row| row.source.is_pytorch())?;
        row.source.text().ok()
    }

    /// The modules directly inside this one, and the rows on it.
    fn members(&self, module: &str) -> Vec<Str> {
        let rows = self.rows.keys().filter(|(of, _)| *of == module).map(|(_, name)| Str::intern(name));
        let classes = self.classes.keys().filter(|(of, _)| &**of == module).map(|(_, name)| name.clone());
        let inner = self.known.keys().filter_map(|name| {
            let rest = name.strip_prefix(module)?.strip_prefix('.')?;
            (!rest.contains('.')).then(|| Str::intern(rest))
        });
        rows.chain(classes).chain(inner).chain(self.deferred.names(module)).collect()
    }
}

/// Whether a built-in class can be named without an import: `int` can, `dict_keys` can't.
fn is_built_in_name(class: &Class) -> bool {
    class.constructor.is_some()
        || &*class.name == "BaseException"
        || class.ancestors.iter().any(|c| &*c.name == "BaseException")
}

impl Interpreter {
    /// A name that needs no import: the module is imported when the name is first used.
    pub fn at_hand(&self, name: &Str) -> Option<Result<Value>> {
        let &(_, module, attribute) = self.at_hand.iter().find(|(known, _, _)| *known == name.as_str())?;
        if !self.imports.knows(module) {
            return None;
        }
        let _loads = Pause::start();
        let value = self.import_path(module).and_then(|module| match attribute {
            "" => Ok(module),
            attribute => self.attribute(&module, &Str::intern(attribute)),
        });
        if let Ok(value) = &value {
            self.builtins.set_str(name.clone(), value.clone());
        }
        Some(value)
    }

    /// The modules of the library that are meant for programs, in the order of their names.
    pub fn library_modules(&self) -> Vec<&'static ModuleRow> {
        let is_private = |name: &str| name.split('.').any(|part| part.starts_with('_'));
        let rows = self.imports.known.values().copied();
        let mut rows: Vec<&'static ModuleRow> = rows.filter(|row| !is_private(row.name)).collect();
        rows.sort_unstable_by_key(|row| row.name);
        rows
    }

    /// Their names.
    pub fn module_names(&self) -> Vec<&'static str> {
        self.library_modules().into_iter().map(|row| row.name).collect()
    }

    /// The names of a module's members, loaded or not.
    pub(super) fn module_members(&self, module: &Module) -> Vec<Str> {
        let mut names: Vec<Str> = module.namespace.keys().iter().filter_map(Value::as_str).collect();
        // A module whose names come when they are asked for lists them itself.
        let row =
            || self.imports.rows.iter().find(|((of, name), _)| *of == &*module.name && *name == "__dir__");
        let lists =
            module.namespace.get_name("__dir__").or_else(|| row().map(|(_, row)| Value::Builtin(row)));
        if let Some(list) = lists
            && let Ok(listed) = self.call(&list, &[], &[]).and_then(|listed| self.collect(&listed))
        {
            names.extend(listed.iter().filter_map(Value::as_str));
        }
        names.extend(self.imports.members(&module.name));
        names.sort();
        names.dedup();
        names
    }

    /// `import a.b.c`: the module itself.
    pub(super) fn import_path(&self, path: &str) -> Result<Value> {
        let mut parent: Option<Value> = None;
        let mut end = 0;
        for part in path.split('.') {
            end += part.len();
            let module = self.import_one(path.get(..end).unwrap_or(path))?;
            // A function of the package that is named as a module inside (torchvision.models.alexnet) stays.
            if let Some(Value::Module(parent)) = parent
                && parent.namespace.get_name(part).is_none()
                && !self.imports.deferred.has(&parent.name, part)
            {
                let _loads = Pause::start();
                parent.namespace.set_name(part, module.clone());
            }
            parent = Some(module);
            end += 1;
        }
        parent.ok_or_else(|| no_module(path))
    }

    /// What a dotted name means in a module that is there without reading a file of the program's.
    pub(super) fn find_named(&self, module: &str, name: &str) -> Result<Option<Value>> {
        let mut names = name.split('.');
        let first = Str::intern(names.next().unwrap_or(name));
        let loaded = || self.imports.loaded.get_name(module);
        let mut found = if module == "__main__" {
            self.globals.get_str(&first)
        } else if matches!(module, "builtins" | "__builtin__") {
            self.builtins.get_str(&first)
        } else if self.imports.knows(module) {
            let module = self.import_path(module)?;
            self.attribute_or_none(&module, &first)?
        } else {
            match loaded() {
                Some(Value::Module(module)) => module.namespace.get_str(&first),
                _ => None,
            }
        };
        for inner in names {
            found = match found {
                Some(Value::Class(class)) => class.lookup(&Str::intern(inner)).map(plain_function),
                _ => None,
            };
        }
        Ok(found)
    }

    fn not_found(&self, name: &str) -> Error {
        let known: Vec<Str> = self.library_modules().iter().map(|row| Str::intern(row.name)).collect();
        match nearest(name, &known) {
            Some(near) => no_module(name).hint(format!("did you mean: import {near}")),
            None => not_found(name),
        }
    }

    fn import_one(&self, name: &str) -> Result<Value> {
        let _loads = Pause::start();
        match self.imports.loaded.get_name(name) {
            Some(Value::None) => {
                let message = format!("import of {name} halted; None in sys.modules");
                return Err(lacking_module(name, message));
            }
            Some(found) => return Ok(found),
            None => {}
        }
        let (source, found) = match self.imports.known.get(name) {
            Some(row) => (row.source.text()?, None),
            None => match self.find_module(name)?.ok_or_else(|| self.not_found(name))? {
                Found::File { path, is_package } => {
                    let text = std::fs::read_to_string(&path).map_err(|error| Error::io(&error, &path))?;
                    // An empty file is a module too.
                    (Cow::Owned(format!("{text}\n")), Some(Found::File { path, is_package }))
                }
                folders @ Found::Folders(_) => (Cow::Borrowed(""), Some(folders)),
            },
        };
        let key = Str::intern(name);
        let module = Rc::new(Module { name: key.clone(), namespace: Rc::default() });
        self.place_module(&module, found.as_ref());
        self.imports.loaded.set_str(key.clone(), Value::Module(module.clone()));
        let place = match &found {
            Some(Found::File { path, .. }) => path.display().to_string(),
            _ => format!("<{name}>"),
        };
        self.imports.starting.borrow_mut().push(key.clone());
        let code =
            if found.is_some() { self.read(&place, &source) } else { self.read_library(&place, &source) };
        let result = code.and_then(|code| self.run_module(&code, &module.namespace));
        self.imports.starting.borrow_mut().retain(|starting| *starting != key);
        if let Err(error) = result {
            self.imports.loaded.remove_str(&key);
            return Err(error);
        }
        // A module may have put another object in its place.
        Ok(self.imports.loaded.get_str(&key).unwrap_or(Value::Module(module)))
    }

    /// What a module has that its dictionary does not hold yet: rows, classes, modules inside.
    pub(super) fn module_member(&self, module: &Rc<Module>, name: &Str) -> Result<Option<Value>> {
        // Who asks first for a name changes nothing that could be taken back.
        let _loads = Pause::start();
        if let Some(found) = self.deferred(&module.name, &module.namespace, name) {
            return found.map(Some);
        }
        let Some(row) = self.imports.known.get(module.name.as_str()) else {
            return self.module_inside(module, name);
        };
        let found = match self.imports.rows.get(&(row.name, name.as_str())) {
            Some(row) if matches!(row.on, On::ModuleValue(_)) => {
                Some(self.call_value(&Value::Builtin(row), &[], &[])?)
            }
            Some(row) => Some(Value::Builtin(row)),
            None => {
                let class = self.imports.classes.get(&(module.name.clone(), name.clone()));
                class.cloned().map(Value::Class)
            }
        };
        match found {
            Some(found) => {
                module.namespace.set_str(name.clone(), found.clone());
                Ok(Some(found))
            }
            None => self.module_inside(module, name),
        }
    }

    /// Puts into the dictionary of a module of the library whatever it has and would give when it is asked.
    pub(super) fn fill_namespace(&self, module: &Rc<Module>) -> Result<()> {
        if !self.imports.knows(&module.name) {
            return Ok(());
        }
        for name in self.module_members(module) {
            if module.namespace.get_str(&name).is_none() {
                // Names of what the shell refuses stay out.
                if let Ok(Some(value)) = self.attribute_or_none(&Value::Module(module.clone()), &name) {
                    module.namespace.set_str(name, value);
                }
            }
        }
        Ok(())
    }

    /// `__spec__` of a module: made when it is first asked for, since few are.
    pub(super) fn spec_of(&self, name: &Str, namespace: &Dict) -> Result<Value> {
        let find = self.import_path("importlib.util")?;
        let find = self.attribute(&find, &Str::intern("_spec_of"))?;
        let spec = self.call(&find, &[Value::Str(name.clone())], &[])?;
        namespace.set_name("__spec__", spec.clone());
        Ok(spec)
    }

    fn module_inside(&self, module: &Rc<Module>, name: &Str) -> Result<Option<Value>> {
        let path = format!("{}.{name}", module.name);
        if self.imports.knows(&path) { self.import_path(&path).map(Some) } else { Ok(None) }
    }

    /// `from path import names`.
    pub(super) fn import_from(&self, frame: &mut Frame<'_>, import: &ImportFrom) -> Result<()> {
        let path = self.absolute(frame, import)?;
        if self.defer(frame, import, &path)? {
            return Ok(());
        }
        let module = self.import_path(&path)?;
        for (name, place) in &import.names {
            match place {
                Some(place) => {
                    let value = self.imported(&module, &path, name)?;
                    frame.store(place, value);
                }
                None => self.import_all(frame, &module, &path)?,
            }
        }
        Ok(())
    }

    pub(super) fn imported(&self, module: &Value, path: &str, name: &Str) -> Result<Value> {
        if let Some(found) = self.find_attribute(module, name)? {
            return Ok(found);
        }
        let no_name = || match module {
            Value::Module(module) => self.cannot_import(module, name),
            _ => Error::new(Kind::Import, format!("cannot import name '{name}' from '{path}'"))
                .because(Reason::Import { module: path.to_owned(), path: None }),
        };
        let inside = format!("{path}.{name}");
        if !matches!(module, Value::Module(_)) || !self.is_there(&inside) {
            return Err(no_name());
        }
        self.import_path(&inside)
    }

    /// Whether an import of a module inside one that is loaded would find it.
    fn is_there(&self, name: &str) -> bool {
        self.imports.loaded.get_name(name).is_some()
            || self.imports.knows(name)
            || matches!(self.find_module(name), Ok(Some(_)))
    }

    fn import_all(&self, frame: &mut Frame<'_>, module: &Value, path: &str) -> Result<()> {
        let listed = match self.attribute_or_none(module, &Str::intern("__all__"))? {
            Some(all) => self.collect(&all)?.iter().filter_map(Value::as_str).collect(),
            None => {
                let names = match module {
                    Value::Module(module) => self.module_members(module),
                    other => self.attribute_names(other),
                };
                names.into_iter().filter(|name| !name.starts_with('_')).collect::<Vec<_>>()
            }
        };
        for name in listed {
            let value = self.imported(module, path, &name)?;
            match &frame.namespace {
                Some(namespace) => namespace.set_str(name, value),
                None => frame.globals.set_str(name, value),
            }
        }
        Ok(())
    }

    /// The whole name of what an import names, with the dots before it counted up.
    fn absolute(&self, frame: &Frame<'_>, import: &ImportFrom) -> Result<String> {
        if import.level == 0 {
            return Ok(import.path.to_string());
        }
        let package = self.package_of(&frame.globals);
        if package.is_empty() {
            return Err(Error::new(Kind::Import, "attempted relative import with no known parent package"));
        }
        let mut parts: Vec<&str> = package.split('.').collect();
        let up = import.level as usize - 1;
        if up >= parts.len() {
            return Err(Error::new(Kind::Import, "attempted relative import beyond top-level package"));
        }
        parts.truncate(parts.len() - up);
        if !import.path.is_empty() {
            parts.push(&import.path);
        }
        Ok(parts.join("."))
    }
}

/// The function of a static method, which is what its name gives.
fn plain_function(found: Value) -> Value {
    match &found {
        Value::Descriptor(descriptor) => match &**descriptor {
            Descriptor::Static(function) => function.clone(),
            _ => found,
        },
        _ => found,
    }
}

fn no_module(name: &str) -> Error {
    lacking_module(name, format!("No module named '{name}'"))
}

fn not_found(name: &str) -> Error {
    no_module(name).hint(
        "the shell has torch, torchvision.models, and parts of Python's library; see help(\"modules\"). Other modules are .py files in a folder of sys.path",
    )
}
