//! Making classes, and the exceptions among them.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Interpreter;
use crate::value::{
    Builtin, Class, Core, Descriptor, Dict, GenericAlias, On, Str, TypeRow, Types, Value, Vm,
};
use torchsh_base::error::{Error, Kind, Result};

/// The built-in classes, from the rows of the builtin table and the kinds of errors.
pub(super) fn build_types(rows: &[&'static [Builtin]], types: &[&TypeRow]) -> Types {
    let mut named: FxHashMap<Str, Rc<Class>> = FxHashMap::default();
    let namespaces = namespaces(rows);
    let constructors: FxHashMap<&str, &'static Builtin> = rows
        .iter()
        .flat_map(|rows| rows.iter())
        .filter_map(|row| match row.on {
            On::Constructor(of) => Some((of, row)),
            _ => None,
        })
        .collect();
    let mut add = |name: &str, module: &str, base: &str, core: Option<Core>, summary: &str| {
        let bases: Vec<Rc<Class>> =
            base.split(", ").filter_map(|base| named.get(&Str::intern(base)).cloned()).collect();
        let ancestors = crate::value::linearize(&bases).unwrap_or_default();
        let key = Str::intern(name);
        let namespace = namespaces.get(key.as_str()).cloned().unwrap_or_default();
        // `numpy.bool` is another class than `bool`.
        let name = Str::intern(name.rsplit('.').next().unwrap_or(name));
        namespace.set_name("__doc__", if summary.is_empty() { Value::None } else { Value::str(summary) });
        let class = Class {
            qualified_name: name.clone(),
            module: RefCell::new(Str::intern(module)),
            metaclass: None,
            subclasses: RefCell::default(),
            reads_attributes: false,
            bases,
            ancestors,
            namespace,
            core,
            constructor: constructors.get(key.as_str()).copied(),
            named_tuple: OnceCell::new(),
            name,
        };
        named.insert(key, Rc::new(class));
    };
    add("object", "builtins", "", Some(Core::Object), "");
    for row in types {
        let core = Core::ALL.iter().copied().find(|core| core.name() == row.name);
        add(row.name, row.module, row.base, core, row.summary);
    }
    for &kind in Kind::ALL {
        let base = if kind.parent().is_empty() { "object" } else { kind.parent() };
        let core = (kind == Kind::BaseException).then_some(Core::BaseException);
        add(kind.name(), exception_module(kind), base, core, "");
    }
    // A core type without a row still has a class, so that looking one up cannot fail.
    for core in Core::ALL {
        named.entry(Str::intern(core.name())).or_insert_with(|| bare_class(core.name(), *core));
    }
    let cores = Core::ALL.iter().filter_map(|core| named.get(&Str::intern(core.name())).cloned()).collect();
    Types::new(cores, named)
}

fn bare_class(name: &str, core: Core) -> Rc<Class> {
    Rc::new(Class {
        name: Str::intern(name),
        qualified_name: Str::intern(name),
        module: RefCell::new(Str::intern("builtins")),
        metaclass: None,
        subclasses: RefCell::default(),
        reads_attributes: false,
        bases: Vec::new(),
        ancestors: Vec::new(),
        namespace: Rc::default(),
        core: Some(core),
        constructor: None,
        named_tuple: OnceCell::new(),
    })
}

fn exception_module(kind: Kind) -> &'static str {
    match kind {
        Kind::Pickle | Kind::Pickling | Kind::Unpickling => "_pickle",
        Kind::LinAlg => "torch._C",
        Kind::OutOfMemory => "torch",
        Kind::Json => "json.decoder",
        Kind::Regex => "re",
        _ => "builtins",
    }
}

fn namespaces(rows: &[&'static [Builtin]]) -> FxHashMap<&'static str, Rc<Dict>> {
    let mut namespaces: FxHashMap<&'static str, Rc<Dict>> = FxHashMap::default();
    for row in rows.iter().flat_map(|rows| rows.iter()) {
        if let On::Method(of) | On::Property(of) | On::Static(of) | On::Class(of) = row.on {
            namespaces.entry(of).or_default().set_str(Str::intern(row.name), Value::Builtin(row));
        }
    }
    namespaces
}

impl Interpreter {
    /// The class of a kind of error.
    pub(super) fn exception_class(&self, kind: Kind) -> Rc<Class> {
        self.types.named(kind.name()).unwrap_or_else(|| self.types.core(Core::BaseException).clone())
    }

    /// The class that a `class` statement makes: its metaclass is asked, where that is not `type`.
    pub(super) fn build_class(
        &self,
        name: &Str,
        qualified_name: &Str,
        module: Str,
        bases: &[Value],
        namespace: Rc<Dict>,
        keywords: &[(Str, Value)],
    ) -> Result<Value> {
        let parents = self.parents(name, bases)?;
        let others: Vec<(Str, Value)> =
            keywords.iter().filter(|(name, _)| &**name != "metaclass").cloned().collect();
        // The body may have set them itself.
        for (own, given) in [("__module__", module), ("__qualname__", qualified_name.clone())] {
            if namespace.get_name(own).is_none() {
                namespace.set_name(own, given);
            }
        }
        match self.metaclass(keywords, &parents)? {
            Some(metaclass) => {
                let arguments =
                    [Value::Str(name.clone()), Value::tuple(bases.to_vec()), Value::Dict(namespace)];
                self.call_value(&metaclass, &arguments, &others)
            }
            None => self.construct_class(None, name, parents, namespace, &others),
        }
    }

    /// What makes the class: the one named, or the most derived among those of its parents; none where it is `type`.
    fn metaclass(&self, keywords: &[(Str, Value)], parents: &[Rc<Class>]) -> Result<Option<Value>> {
        let named = keywords.iter().find(|(name, _)| &**name == "metaclass").map(|(_, value)| value.clone());
        let mut chosen = match named {
            Some(Value::Class(class)) if class.core == Some(Core::Type) => Some(class),
            Some(function) => return Ok(Some(function)),
            None => None,
        };
        for inherited in parents.iter().filter_map(|parent| parent.metaclass.clone()) {
            match &chosen {
                Some(class) if class.inherits(&inherited) => {}
                Some(class) if !inherited.inherits(class) => {
                    return Err(Error::type_error(
                        "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
                    ));
                }
                _ => chosen = Some(inherited),
            }
        }
        Ok(chosen.filter(|class| class.is_written()).map(Value::Class))
    }

    /// The names that a class body begins with, where the metaclass has them.
    pub(super) fn prepared_namespace(
        &self,
        name: &Str,
        bases: &[Value],
        keywords: &[(Str, Value)],
    ) -> Result<Rc<Dict>> {
        let parents = self.parents(name, bases)?;
        let Some(metaclass) = self.metaclass(keywords, &parents)? else { return Ok(Rc::default()) };
        let Some(prepare) = self.attribute_or_none(&metaclass, &Str::intern("__prepare__"))? else {
            return Ok(Rc::default());
        };
        let others: Vec<(Str, Value)> =
            keywords.iter().filter(|(name, _)| &**name != "metaclass").cloned().collect();
        let arguments = [Value::Str(name.clone()), Value::tuple(bases.to_vec())];
        let prepared = self.call_value(&prepare, &arguments, &others)?;
        prepared.as_dict().ok_or_else(|| Error::type_error("__prepare__() must return a dict here"))
    }

    pub(super) fn parents(&self, name: &Str, bases: &[Value]) -> Result<Vec<Rc<Class>>> {
        let mut parents = Vec::new();
        for base in bases {
            match base {
                Value::Class(class) if matches!(class.core, Some(Core::Bool)) => {
                    return Err(Error::type_error("type 'bool' is not an acceptable base type"));
                }
                Value::Class(class) => parents.push(class.clone()),
                other => parents.extend(self.entries_of_base(name, other, bases)?),
            }
        }
        if parents.is_empty() {
            parents.push(self.types.core(Core::Object).clone());
        }
        Ok(parents)
    }

    /// `NamedTuple`, `Generic[T]`, `list[int]`: what they stand for takes over.
    fn entries_of_base(&self, name: &Str, base: &Value, bases: &[Value]) -> Result<Vec<Rc<Class>>> {
        if let Some(alias) = base.as_native::<GenericAlias>() {
            return self.parents(name, std::slice::from_ref(&alias.origin));
        }
        match self.special(base, "__mro_entries__", &[Value::tuple(bases.to_vec())]) {
            Some(entries) => {
                let entries = self.collect(&entries?)?;
                Ok(entries
                    .into_iter()
                    .filter_map(|entry| match entry {
                        Value::Class(class) => Some(class),
                        _ => None,
                    })
                    .collect())
            }
            None => {
                let kind = self.type_name(base);
                Err(Error::type_error(format!("{name}: a base must be a class, not {kind}")))
            }
        }
    }

    /// `type.__new__(metaclass, name, bases, namespace)`.
    pub(super) fn construct_class(
        &self,
        metaclass: Option<Rc<Class>>,
        name: &Str,
        parents: Vec<Rc<Class>>,
        namespace: Rc<Dict>,
        keywords: &[(Str, Value)],
    ) -> Result<Value> {
        let text = |key: &str| namespace.remove_str(&Str::intern(key)).and_then(|value| value.as_str());
        let module = text("__module__").unwrap_or_else(|| Str::intern("__main__"));
        let qualified_name = text("__qualname__").unwrap_or_else(|| name.clone());
        let ancestors = crate::value::linearize(&parents)?;
        let core = ancestors.iter().find_map(|class| class.core.filter(|core| *core != Core::Object));
        let inherited = parents.iter().find_map(|parent| parent.metaclass.clone());
        let reads_attributes = namespace.get_name("__getattribute__").is_some()
            || ancestors.iter().any(|ancestor| ancestor.reads_attributes);
        let class = Rc::new(Class {
            name: name.clone(),
            qualified_name,
            module: RefCell::new(module),
            metaclass: metaclass.filter(|class| class.is_written()).or(inherited),
            subclasses: RefCell::default(),
            reads_attributes,
            bases: parents,
            ancestors,
            namespace: namespace.clone(),
            core: core.or(Some(Core::Object)),
            constructor: None,
            named_tuple: OnceCell::new(),
        });
        for parent in &class.bases {
            parent.subclasses.borrow_mut().push(Rc::downgrade(&class));
        }
        if namespace.get_name("__doc__").is_none() {
            namespace.set_name("__doc__", Value::None);
        }
        // These are given the class without being said to be class methods.
        for name in ["__init_subclass__", "__class_getitem__"] {
            if let Some(function @ Value::Function(_)) = namespace.get_name(name) {
                namespace.set_name(name, Value::Descriptor(Rc::new(Descriptor::Class(function))));
            }
        }
        self.finish_class(&class, &namespace, keywords)?;
        Ok(Value::Class(class))
    }

    /// `__set_name__` of descriptors, `__init_subclass__` of parents.
    fn finish_class(&self, class: &Rc<Class>, namespace: &Dict, keywords: &[(Str, Value)]) -> Result<()> {
        for (key, value) in namespace.entries() {
            if let Value::Instance(_) = &value
                && let Some(result) =
                    self.special(&value, "__set_name__", &[Value::Class(class.clone()), key])
            {
                result?;
            }
        }
        let hook = Str::intern("__init_subclass__");
        if let Some(found) = class.ancestors.iter().find_map(|parent| parent.namespace.get_str(&hook)) {
            let found = match &found {
                Value::Descriptor(descriptor) => match &**descriptor {
                    Descriptor::Class(function) => function.clone(),
                    _ => found.clone(),
                },
                _ => found,
            };
            self.call_value(&found, &[Value::Class(class.clone())], keywords)?;
        } else if !keywords.is_empty() {
            let message = format!("{}.__init_subclass__() takes no keyword arguments", class.name);
            return Err(Error::type_error(message));
        }
        Ok(())
    }
}
