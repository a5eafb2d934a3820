//! What the packages of PyTorch's library import into themselves is imported when it is first asked for: a program that
//! makes one layer reads the file of that layer, not of all.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Interpreter;
use super::frame::Frame;
use crate::value::journal::Pause;
use crate::value::{Dict, Str, Value, Vm};
use torchsh_base::error::Result;
use torchsh_syntax::tree::{ImportFrom, Place};

/// Where names come from, by the package that imports them: a module and the name there.
#[derive(Default)]
pub(super) struct Deferred(RefCell<FxHashMap<Str, Names>>);

type Names = FxHashMap<Str, (Rc<str>, Str)>;

impl Deferred {
    pub fn has(&self, package: &str, name: &str) -> bool {
        self.0.borrow().get(&Str::intern(package)).is_some_and(|names| names.contains_key(&Str::intern(name)))
    }

    /// The names that a package would import.
    pub fn names(&self, package: &str) -> Vec<Str> {
        let all = self.0.borrow();
        all.get(&Str::intern(package)).map(|names| names.keys().cloned().collect()).unwrap_or_default()
    }

    fn add(&self, package: &Str, name: &Str, path: &str, original: &Str) {
        let mut all = self.0.borrow_mut();
        all.entry(package.clone()).or_default().insert(name.clone(), (Rc::from(path), original.clone()));
    }

    fn find(&self, package: &Str, name: &Str) -> Option<(Rc<str>, Str)> {
        self.0.borrow().get(package)?.get(name).cloned()
    }

    fn forget(&self, package: &Str, name: &Str) {
        if let Some(names) = self.0.borrow_mut().get_mut(package) {
            names.remove(name);
        }
    }
}

/// The names of a module's `__all__`, where it is written out as a list of strings: the module need not run for them.
fn written_all(text: &str) -> Option<Vec<Str>> {
    let (_, list) = text.split_once("\n__all__ = [")?;
    let (list, rest) = list.split_once(']')?;
    if rest.lines().next().is_some_and(|rest| !rest.trim().is_empty()) {
        return None;
    }
    let mut names = Vec::new();
    for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let quoted = item.strip_prefix('"').and_then(|item| item.strip_suffix('"'));
        let name = quoted.or_else(|| item.strip_prefix('\'').and_then(|item| item.strip_suffix('\'')))?;
        names.push(Str::intern(name));
    }
    Some(names)
}

fn name_of(globals: &Dict) -> Option<Str> {
    globals.get_name("__name__")?.as_str()
}

impl Interpreter {
    /// Takes note of an import of a package of PyTorch's, if it is one. Whether it was.
    pub(super) fn defer(&self, frame: &Frame<'_>, import: &ImportFrom, path: &str) -> Result<bool> {
        let Some(package) = self.starting_package(frame) else { return Ok(false) };
        if !path.starts_with("torch") || !self.imports.knows(path) {
            return Ok(false);
        }
        let inside = |original: &Str| self.imports.knows(&format!("{path}.{original}"));
        // The modules of a package are found in it anyway; what else it has of itself is there, or is an error.
        if path == &*package {
            let plain = |(original, place): &(Str, Option<Place>)| {
                inside(original) && matches!(place, Some(Place::Global(name)) if name == original)
            };
            return Ok(import.names.iter().all(plain));
        }
        for (original, place) in &import.names {
            match place {
                Some(Place::Global(name)) => self.imports.deferred.add(&package, name, path, original),
                Some(_) => return Ok(false),
                None => self.defer_all(&package, path)?,
            }
        }
        Ok(true)
    }

    /// `from path import *`
    fn defer_all(&self, package: &Str, path: &str) -> Result<()> {
        if let Some(names) = self.imports.pytorch_text(path).and_then(|text| written_all(&text)) {
            for name in names {
                self.imports.deferred.add(package, &name, path, &name);
            }
            return Ok(());
        }
        let module = self.import_path(path)?;
        if let Some(all) = self.attribute_or_none(&module, &Str::intern("__all__"))? {
            for name in self.collect(&all)?.iter().filter_map(Value::as_str) {
                self.imports.deferred.add(package, &name, path, &name);
            }
        }
        Ok(())
    }

    /// The package of PyTorch's whose own code is what runs in a frame.
    fn starting_package(&self, frame: &Frame<'_>) -> Option<Str> {
        if frame.namespace.is_some() || frame.code.name.as_str() != "<module>" {
            return None;
        }
        name_of(&frame.globals).filter(|name| self.imports.is_pytorch_package(name))
    }

    /// A name that waits in a package: it is imported, and stays.
    pub(super) fn deferred(&self, package: &Str, namespace: &Dict, name: &Str) -> Option<Result<Value>> {
        let (path, original) = self.imports.deferred.find(package, name)?;
        let _loads = Pause::start();
        let found = self.import_path(&path).and_then(|module| self.imported(&module, &path, &original));
        if let Ok(found) = &found {
            namespace.set_str(name.clone(), found.clone());
            self.imports.deferred.forget(package, name);
        }
        Some(found)
    }

    /// A name that the code of such a package itself uses.
    pub(super) fn deferred_global(&self, globals: &Dict, name: &Str) -> Option<Result<Value>> {
        let package = name_of(globals)?;
        let inside = || {
            let path = format!("{package}.{name}");
            (self.imports.is_pytorch_package(&package) && self.imports.knows(&path))
                .then(|| self.import_path(&path))
        };
        self.deferred(&package, globals, name).or_else(inside)
    }

    /// `del name` of a module that was not imported yet.
    pub(super) fn forgets(&self, frame: &Frame<'_>, place: &Place) -> bool {
        let (Place::Global(name), Some(package)) = (place, self.starting_package(frame)) else {
            return false;
        };
        frame.globals.get_str(name).is_none() && self.imports.knows(&format!("{package}.{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::written_all;

    #[test]
    fn a_list_of_strings_is_read_and_nothing_else() {
        let names = |text: &str| {
            written_all(text).map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(
            names("x\n__all__ = [\"a\", 'b',\n  \"c\",\n]\n"),
            Some(vec!["a".into(), "b".into(), "c".into()])
        );
        assert_eq!(names("x\n__all__ = [\"a\"] + other"), None);
        assert_eq!(names("x\n__all__ = [name]"), None);
        assert_eq!(names("x = 1"), None);
    }
}
