//! Modules: rows of the builtin table, the prelude's text, `.py` files beside the script.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Interpreter;
use super::frame::Frame;
use crate::error::{Error, Kind, Result};
use crate::syntax::tree::ImportFrom;
use crate::value::{Builtin, Class, Dict, Module, ModuleRow, On, Str, Types, Value, Vm};

/// What can be imported, and what was.
pub(super) struct Imports {
    known: FxHashMap<&'static str, &'static ModuleRow>,
    rows: FxHashMap<(&'static str, &'static str), &'static Builtin>,
    classes: FxHashMap<(Str, Str), Rc<Class>>,
    loaded: RefCell<FxHashMap<Str, Rc<Module>>>,
    folder: PathBuf,
}

impl Imports {
    pub fn new(
        tables: &'static [&'static [Builtin]],
        modules: &'static [&'static [ModuleRow]],
        folder: PathBuf,
        types: &Types,
        builtins: &Dict,
    ) -> Self {
        let known = modules.iter().flat_map(|rows| rows.iter()).map(|row| (row.name, row)).collect();
        let mut rows = FxHashMap::default();
        for row in tables.iter().flat_map(|rows| rows.iter()) {
            if let On::Module(of) | On::ModuleValue(of) = row.on {
                rows.insert((of, row.name), row);
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
        Imports { known, rows, classes, loaded: RefCell::default(), folder }
    }

    /// Whether there is a module of that name.
    pub fn knows(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// The modules directly inside this one, and the rows on it.
    fn members(&self, module: &str) -> Vec<Str> {
        let rows = self.rows.keys().filter(|(of, _)| *of == module).map(|(_, name)| Str::intern(name));
        let classes = self.classes.keys().filter(|(of, _)| &**of == module).map(|(_, name)| name.clone());
        let inner = self.known.keys().filter_map(|name| {
            let rest = name.strip_prefix(module)?.strip_prefix('.')?;
            (!rest.contains('.')).then(|| Str::intern(rest))
        });
        rows.chain(classes).chain(inner).collect()
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
        let value = self.import_path(module).and_then(|module| match attribute {
            "" => Ok(module),
            attribute => self.attribute(&module, &Str::intern(attribute)),
        });
        if let Ok(value) = &value {
            self.builtins.set_str(name.clone(), value.clone());
        }
        Some(value)
    }

    /// The program itself, and every module that was imported (`sys.modules`).
    pub(super) fn loaded_modules(&self) -> Vec<Rc<Module>> {
        let main = Rc::new(Module { name: Str::intern("__main__"), namespace: self.globals.clone() });
        std::iter::once(main).chain(self.imports.loaded.borrow().values().cloned()).collect()
    }

    /// The modules that can be imported.
    pub fn module_names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = self.imports.known.keys().copied().collect();
        names.sort_unstable();
        names
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
        let mut parent: Option<Rc<Module>> = None;
        let mut end = 0;
        for part in path.split('.') {
            end += part.len();
            let module = self.import_one(path.get(..end).unwrap_or(path))?;
            // A function of the package that is named as a module inside (torchvision.models.alexnet) stays.
            if let Some(parent) = parent
                && parent.namespace.get_name(part).is_none()
            {
                parent.namespace.set_name(part, Value::Module(module.clone()));
            }
            parent = Some(module);
            end += 1;
        }
        parent.map(Value::Module).ok_or_else(|| no_module(path))
    }

    /// What a dotted name means in a module that is there without reading a file of the program's.
    pub(super) fn find_named(&self, module: &str, name: &str) -> Result<Option<Value>> {
        let mut names = name.split('.');
        let first = Str::intern(names.next().unwrap_or(name));
        let loaded = || self.imports.loaded.borrow().get(&Str::intern(module)).cloned();
        let mut found = if module == "__main__" {
            self.globals.get_str(&first)
        } else if matches!(module, "builtins" | "__builtin__") {
            self.builtins.get_str(&first)
        } else if self.imports.knows(module) {
            let module = self.import_path(module)?;
            self.attribute_or_none(&module, &first)?
        } else {
            loaded().and_then(|module| module.namespace.get_str(&first))
        };
        for inner in names {
            found = match found {
                Some(Value::Class(class)) => class.namespace.get_name(inner),
                _ => None,
            };
        }
        Ok(found)
    }

    fn import_one(&self, name: &str) -> Result<Rc<Module>> {
        let key = Str::intern(name);
        if let Some(found) = self.imports.loaded.borrow().get(&key) {
            return Ok(found.clone());
        }
        let (text, file) = match self.imports.known.get(name) {
            Some(row) => (row.source.to_owned(), None),
            None => {
                let (text, path) = self.beside_script(name)?;
                (text, Some(path))
            }
        };
        let module = Rc::new(Module { name: key.clone(), namespace: Rc::default() });
        module.namespace.set_name("__name__", name);
        self.imports.loaded.borrow_mut().insert(key.clone(), module.clone());
        if text.is_empty() {
            return Ok(module);
        }
        let place = file.as_ref().map_or_else(|| format!("<{name}>"), |path| path.display().to_string());
        if file.is_some() {
            module.namespace.set_name("__file__", place.as_str());
        }
        let result = self.read(&place, &text).and_then(|code| self.run_module(&code, &module.namespace));
        if let Err(error) = result {
            self.imports.loaded.borrow_mut().remove(&key);
            return Err(error);
        }
        Ok(module)
    }

    fn beside_script(&self, name: &str) -> Result<(String, PathBuf)> {
        let stem: PathBuf = name.split('.').collect();
        let stem = self.imports.folder.join(stem);
        let candidates = [stem.with_extension("py"), stem.join("__init__.py")];
        for path in candidates {
            if path.is_file() {
                let text = std::fs::read_to_string(&path).map_err(|error| Error::io(&error, &path))?;
                // An empty file is a module too.
                return Ok((format!("{text}\n"), path));
            }
        }
        if stem.is_dir() {
            return Ok((String::new(), stem));
        }
        let error = no_module(name);
        Err(error.hint(
            "the shell has torch, torchvision.models, and parts of Python's library; see help(\"modules\")",
        ))
    }

    /// What a module has that its dictionary does not hold yet: rows, classes, modules inside.
    pub(super) fn module_member(&self, module: &Rc<Module>, name: &Str) -> Result<Option<Value>> {
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

    fn module_inside(&self, module: &Rc<Module>, name: &Str) -> Result<Option<Value>> {
        let path = format!("{}.{name}", module.name);
        if self.imports.knows(&path) { self.import_path(&path).map(Some) } else { Ok(None) }
    }

    /// `from path import names`.
    pub(super) fn import_from(&self, frame: &mut Frame<'_>, import: &ImportFrom) -> Result<()> {
        let path = self.absolute(frame, import)?;
        let module = self.import_path(&path)?;
        let Value::Module(module) = module else { return Ok(()) };
        for (name, place) in &import.names {
            match place {
                Some(place) => {
                    let value = self.imported(&module, name)?;
                    frame.store(place, value);
                }
                None => self.import_all(frame, &module)?,
            }
        }
        Ok(())
    }

    fn imported(&self, module: &Rc<Module>, name: &Str) -> Result<Value> {
        let value = Value::Module(module.clone());
        if let Some(found) = self.find_attribute(&value, name)? {
            return Ok(found);
        }
        let inside = format!("{}.{name}", module.name);
        match self.import_path(&inside) {
            Ok(found) => Ok(found),
            Err(error) if error.kind() == Kind::ModuleNotFound => {
                let message = format!("cannot import name '{name}' from '{}'", module.name);
                let hint = self.no_attribute(&value, name);
                let error = Error::new(Kind::Import, message);
                Err(match hint.remedy() {
                    Some(hint) => error.hint(hint),
                    None => error,
                })
            }
            Err(error) => Err(error),
        }
    }

    fn import_all(&self, frame: &mut Frame<'_>, module: &Rc<Module>) -> Result<()> {
        let listed = match module.namespace.get_name("__all__") {
            Some(all) => self.collect(&all)?.iter().filter_map(Value::as_str).collect(),
            None => self
                .module_members(module)
                .into_iter()
                .filter(|name| !name.starts_with('_'))
                .collect::<Vec<_>>(),
        };
        for name in listed {
            let value = self.imported(module, &name)?;
            match &frame.namespace {
                Some(namespace) => namespace.set_str(name, value),
                None => frame.globals.set_str(name, value),
            }
        }
        Ok(())
    }

    fn absolute(&self, frame: &Frame<'_>, import: &ImportFrom) -> Result<String> {
        if import.level == 0 {
            return Ok(import.path.to_string());
        }
        let own = frame
            .globals
            .get_name("__name__")
            .and_then(|name| name.as_str())
            .unwrap_or_else(|| Str::intern("__main__"));
        let is_package = self
            .imports
            .known
            .keys()
            .any(|name| name.strip_prefix(&*own).is_some_and(|rest| rest.starts_with('.')));
        let up = import.level as usize - usize::from(is_package);
        let mut parts: Vec<&str> = own.split('.').collect();
        if up > parts.len() || &*own == "__main__" {
            return Err(Error::new(Kind::Import, "attempted relative import with no known parent package"));
        }
        parts.truncate(parts.len() - up);
        if !import.path.is_empty() {
            parts.push(&import.path);
        }
        Ok(parts.join("."))
    }
}

fn no_module(name: &str) -> Error {
    Error::new(Kind::ModuleNotFound, format!("No module named '{name}'"))
}
