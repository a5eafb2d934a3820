//! Modules out of files: where they are looked for, and what they are told of their place.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Interpreter;
use crate::value::text::quote;
use crate::value::{Dict, Module, ModuleRow, ModuleText, Str, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;

/// Where a module was found that the shell's own library does not have.
pub(super) enum Found {
    /// A `.py` file: a module by itself, or the `__init__.py` of a package.
    File { path: PathBuf, is_package: bool },
    /// Folders of one name without an `__init__.py`: a package that runs nothing.
    Folders(Vec<PathBuf>),
}

impl Found {
    /// What a package has for `__path__`; None for a module that holds no others.
    pub fn folders(&self) -> Option<Vec<Value>> {
        let folders = match self {
            Found::File { is_package: false, .. } => return None,
            Found::File { path, .. } => vec![path.parent().unwrap_or(Path::new(""))],
            Found::Folders(folders) => folders.iter().map(PathBuf::as_path).collect(),
        };
        Some(folders.into_iter().map(|folder| Value::from(folder.display().to_string())).collect())
    }
}

/// What a module is a part of: `a.b` of `a.b.c`, and nothing of `a`.
pub(super) fn parent_of(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// Modules of the folders that TORCHSH_LIBRARY names: they stand in for the program's own, the first folder's before the
/// others'. What a folder has in `after` is put behind the text of the module of that name, as the build does it.
pub(super) fn beside() -> Vec<&'static ModuleRow> {
    let Some(folders) = std::env::var_os("TORCHSH_LIBRARY") else { return Vec::new() };
    let mut folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    folders.reverse();
    let mut gathering =
        Gathering { after: folders.iter().map(|folder| folder.join("after")).collect(), rows: Vec::new() };
    for folder in &folders {
        gathering.folder(folder, "");
    }
    gathering.rows
}

struct Gathering {
    after: Vec<PathBuf>,
    rows: Vec<&'static ModuleRow>,
}

impl Gathering {
    fn folder(&mut self, folder: &Path, package: &str) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let file = entry.file_name().to_string_lossy().into_owned();
            let name = |last: &str| match (package, last) {
                ("", last) => last.to_owned(),
                (package, "__init__") => package.to_owned(),
                (package, last) => format!("{package}.{last}"),
            };
            if path.is_dir() && !self.after.contains(&path) {
                self.folder(&path, &name(&file));
            } else if let Some(last) = file.strip_suffix(".py")
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                self.row(name(last), text);
            }
        }
    }

    fn row(&mut self, name: String, mut text: String) {
        let more = self
            .after
            .iter()
            .find_map(|after| std::fs::read_to_string(after.join(format!("{name}.py"))).ok());
        if let Some(more) = more {
            text.push_str("\n\n");
            text.push_str(&more);
        }
        let row = ModuleRow { name: name.leak(), source: ModuleText::Beside(text.leak()), summary: "" };
        self.rows.push(Box::leak(Box::new(row)));
    }
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_') && !text.starts_with(|c: char| c.is_numeric())
}

impl Interpreter {
    /// The file or folders of a module, by the rules of Python: a package before a module of its name, each folder of the path in
    /// its order, and folders without an `__init__.py` only where nothing else is.
    ///
    /// # Errors
    /// What the name is a part of is no package.
    pub(super) fn find_module(&self, name: &str) -> Result<Option<Found>> {
        let (parent, last) = name.rsplit_once('.').unwrap_or(("", name));
        let mut plain = Vec::new();
        for folder in self.folders_of(parent, name)? {
            let inside = folder.join(last);
            let candidates = [(inside.join("__init__.py"), true), (folder.join(format!("{last}.py")), false)];
            for (path, is_package) in candidates {
                if path.is_file() {
                    // The program may go to another folder.
                    let path = std::path::absolute(&path).unwrap_or(path);
                    return Ok(Some(Found::File { path, is_package }));
                }
            }
            if inside.is_dir() {
                plain.push(std::path::absolute(&inside).unwrap_or(inside));
            }
        }
        Ok((!plain.is_empty()).then_some(Found::Folders(plain)))
    }

    /// The modules and packages in the folders of `sys.path`, each once.
    pub fn modules_of_program(&self) -> Vec<String> {
        let mut names = Vec::new();
        for folder in self.folders_of("", "").unwrap_or_default() {
            let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let file = entry.file_name().to_string_lossy().into_owned();
                let name = match file.strip_suffix(".py") {
                    Some(name) => name,
                    None if entry.path().join("__init__.py").is_file() => &file,
                    None => continue,
                };
                if is_name(name) && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names.sort();
        names
    }

    /// As [`crate::value::Vm::locate_module`].
    pub(super) fn locate(&self, name: &str) -> Result<Option<(Value, Value)>> {
        if self.imports.knows(name) {
            let folders = if self.imports.is_package(name) { Value::list(Vec::new()) } else { Value::None };
            return Ok(Some((Value::str("built-in"), folders)));
        }
        Ok(self.find_module(name)?.map(|found| {
            let file = match &found {
                Found::File { path, .. } => Value::from(path.display().to_string()),
                Found::Folders(_) => Value::None,
            };
            (file, found.folders().map_or(Value::None, Value::list))
        }))
    }

    /// Where the modules of a package lie, or those that are a part of none.
    fn folders_of(&self, parent: &str, name: &str) -> Result<Vec<PathBuf>> {
        let listed = if parent.is_empty() {
            let changed = match self.imports.loaded.get_name("sys") {
                Some(Value::Module(sys)) => sys.namespace.get_name("path"),
                _ => None,
            };
            changed.unwrap_or_else(|| self.imports.path.clone())
        } else {
            match self.imports.loaded.get_name(parent) {
                Some(package) => match self.attribute_or_none(&package, &Str::intern("__path__"))? {
                    Some(path) => path,
                    // The library's packages have no folder, and nothing can be put into them.
                    None if self.imports.is_package(parent) => return Ok(Vec::new()),
                    None => {
                        let message = format!("No module named '{name}'; '{parent}' is not a package");
                        return Err(lacking_module(name, message));
                    }
                },
                None => return Ok(Vec::new()),
            }
        };
        let folders = self.collect(&listed)?;
        Ok(folders.iter().filter_map(Value::as_str).map(|folder| PathBuf::from(folder.as_str())).collect())
    }

    /// `repr` of a module: with its file, where it has one.
    pub(super) fn module_repr(&self, module: &Module) -> String {
        let name = &module.name;
        match (module.namespace.get_name("__file__"), module.namespace.get_name("__path__")) {
            (Some(Value::Str(file)), _) => format!("<module '{name}' from {}>", quote::repr(&file)),
            (_, Some(Value::List(_))) => format!("<module '{name}' (namespace)>"),
            _ if self.imports.knows(name) => format!("<module '{name}' (built-in)>"),
            _ => format!("<module '{name}'>"),
        }
    }

    /// Tells a module who and where it is: `__package__`, `__path__`, `__file__`.
    pub(super) fn place_module(&self, module: &Module, found: Option<&Found>) {
        let own = &module.namespace;
        own.set_str(Str::intern("__name__"), Value::Str(module.name.clone()));
        let folders = found.and_then(Found::folders);
        let is_package = match found {
            Some(_) => folders.is_some(),
            None => self.imports.is_package(&module.name),
        };
        let package = if is_package { module.name.as_str() } else { parent_of(&module.name) };
        own.set_name("__package__", package);
        if let Some(folders) = folders {
            own.set_name("__path__", Value::list(folders));
        }
        if let Some(Found::File { path, .. }) = found {
            own.set_name("__doc__", Value::None);
            own.set_name("__file__", path.display().to_string());
        }
    }

    /// The package that dots before a name in an import count from.
    pub(super) fn package_of(&self, globals: &Dict) -> Str {
        match globals.get_name("__package__") {
            Some(Value::Str(package)) => package,
            _ => {
                let name = globals.get_name("__name__").and_then(|name| name.as_str());
                let name = name.unwrap_or_else(|| Str::intern("__main__"));
                let is_package = globals.get_name("__path__").is_some() || self.imports.is_package(&name);
                if is_package { name } else { Str::intern(parent_of(&name)) }
            }
        }
    }

    /// `cannot import name`, with where the module is from, as Python says it.
    pub(super) fn cannot_import(&self, module: &Rc<Module>, name: &Str) -> Error {
        let of = &module.name;
        let file = module.namespace.get_name("__file__").and_then(|file| file.as_str());
        let half =
            if self.imports.starting.borrow().contains(of) { "partially initialized module " } else { "" };
        let why = if half.is_empty() { "" } else { " (most likely due to a circular import)" };
        let place = file.as_ref().map_or_else(String::new, |file| format!(" ({file})"));
        let message = format!("cannot import name '{name}' from {half}'{of}'{why}{place}");
        let reason = Reason::Import { module: of.to_string(), path: file.map(|file| file.to_string()) };
        let error = Error::new(Kind::Import, message).because(reason);
        match self.no_attribute(&Value::Module(module.clone()), name).remedy() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// `ModuleNotFoundError`, which says of which module it is.
pub(super) fn lacking_module(name: &str, message: impl Into<String>) -> Error {
    Error::new(Kind::ModuleNotFound, message).because(Reason::Import { module: name.to_owned(), path: None })
}
