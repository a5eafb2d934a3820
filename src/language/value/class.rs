//! Classes and instances.

use std::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};

use rustc_hash::FxHashMap;

use super::{Builtin, Dict, NamedTuple, Str, Value, class_lookup};
use torchsh_base::error::{Error, Result};

/// A class: built in, of the prelude, or of the program.
pub struct Class {
    /// Its name.
    pub name: Str,
    /// `Outer.Inner` for a nested one.
    pub qualified_name: Str,
    /// The module it says it is from: `__main__`, `builtins`, `torch.nn.modules.linear`.
    pub module: RefCell<Str>,
    /// The classes written in brackets.
    pub bases: Vec<Rc<Class>>,
    /// What it is an object of, where that is not `type`.
    pub metaclass: Option<Rc<Class>>,
    /// The classes made from it, while they live.
    pub subclasses: RefCell<Vec<Weak<Class>>>,
    /// Whether it, or a class it is made from, writes `__getattribute__`.
    pub reads_attributes: bool,
    /// The method resolution order after the class itself.
    pub ancestors: Vec<Rc<Class>>,
    /// Its attributes.
    pub namespace: Rc<Dict>,
    /// The built-in type its instances stand on (`dict` for `class D(dict)`); none for plain objects.
    pub core: Option<Core>,
    /// What calling a built-in class runs. None for classes of a program.
    pub constructor: Option<&'static Builtin>,
    /// The field names, where instances are named tuples.
    pub named_tuple: OnceCell<Rc<NamedTuple>>,
}

impl Class {
    /// A class of a program or the prelude.
    ///
    /// # Errors
    /// The bases admit no consistent order.
    pub fn new(name: Str, module: Str, bases: Vec<Rc<Class>>, namespace: Rc<Dict>) -> Result<Rc<Class>> {
        let ancestors = linearize(&bases)?;
        let core = ancestors.iter().find_map(|class| class.core);
        Ok(Rc::new(Class {
            qualified_name: name.clone(),
            name,
            module: RefCell::new(module),
            metaclass: bases.iter().find_map(|base| base.metaclass.clone()),
            subclasses: RefCell::default(),
            reads_attributes: bases.iter().any(|base| base.reads_attributes),
            bases,
            ancestors,
            namespace,
            core,
            constructor: None,
            named_tuple: OnceCell::new(),
        }))
    }

    /// The class itself, then its ancestors.
    pub fn order(self: &Rc<Self>) -> impl Iterator<Item = &Rc<Class>> {
        std::iter::once(self).chain(&self.ancestors)
    }

    /// Looks an attribute up along the method resolution order.
    #[must_use]
    pub fn lookup(&self, name: &Str) -> Option<Value> {
        class_lookup::remembered(self, name, || {
            self.namespace.watch();
            self.namespace.get_str(name).or_else(|| {
                self.ancestors.iter().find_map(|class| {
                    class.namespace.watch();
                    class.namespace.get_str(name)
                })
            })
        })
    }

    /// Whether it is `other` or inherits from it.
    #[must_use]
    pub fn inherits(&self, other: &Class) -> bool {
        std::ptr::eq(self, other)
            || self.ancestors.iter().any(|class| std::ptr::eq(&raw const **class, other))
    }

    /// Whether a program or the prelude wrote it.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.constructor.is_none() && self.module.borrow().as_str() != "builtins"
    }
}

impl Drop for Class {
    fn drop(&mut self) {
        // Another class may come to lie where this one was.
        class_lookup::forget();
    }
}

/// The order of Python's C3 algorithm for a class with these bases, without the class itself.
///
/// # Errors
/// `TypeError` where no order keeps every base before its own bases.
pub fn linearize(bases: &[Rc<Class>]) -> Result<Vec<Rc<Class>>> {
    let mut sequences: Vec<Vec<Rc<Class>>> =
        bases.iter().map(|base| base.order().cloned().collect()).collect();
    sequences.push(bases.to_vec());
    let mut order = Vec::new();
    loop {
        sequences.retain(|sequence| !sequence.is_empty());
        if sequences.is_empty() {
            return Ok(order);
        }
        let head = sequences.iter().filter_map(|sequence| sequence.first()).find(|head| {
            let in_tail =
                |sequence: &Vec<Rc<Class>>| sequence.iter().skip(1).any(|class| Rc::ptr_eq(class, head));
            !sequences.iter().any(in_tail)
        });
        let Some(head) = head.cloned() else {
            let names: Vec<&str> = bases.iter().map(|base| base.name.as_str()).collect();
            let names = names.join(", ");
            return Err(Error::type_error(format!(
                "Cannot create a consistent method resolution\norder (MRO) for bases {names}"
            )));
        };
        for sequence in &mut sequences {
            sequence.retain(|class| !Rc::ptr_eq(class, &head));
        }
        order.push(head);
    }
}

/// An object of a class that a program or the prelude wrote, or an exception.
pub struct Instance {
    class: RefCell<Rc<Class>>,
    /// Its `__dict__`.
    pub attributes: Rc<Dict>,
    /// What it stands on, if its class inherits from a built-in type.
    payload: RefCell<Option<Value>>,
    /// What is known of it that neither its class nor its attributes tell: by a file, or by what raised it.
    pub origin: OnceCell<Value>,
}

impl Instance {
    /// A new object without attributes.
    #[must_use]
    pub fn new(class: Rc<Class>, payload: Option<Value>) -> Self {
        Instance { payload: RefCell::new(payload), ..Instance::sharing(class, Rc::default()) }
    }

    /// An object whose `__dict__` is that of another.
    #[must_use]
    pub fn sharing(class: Rc<Class>, attributes: Rc<Dict>) -> Self {
        let (class, payload) = (RefCell::new(class), RefCell::default());
        Instance { class, attributes, payload, origin: OnceCell::new() }
    }

    /// Its class.
    #[must_use]
    pub fn class(&self) -> Rc<Class> {
        self.class.borrow().clone()
    }

    /// Assigns `__class__` as a program does.
    pub fn assign_class(&self, class: Rc<Class>) {
        super::journal::lose(|| "changed the class of an object".to_owned());
        self.set_class(class);
    }

    /// Gives it another class.
    pub fn set_class(&self, class: Rc<Class>) {
        *self.class.borrow_mut() = class;
    }

    /// The value of the built-in type it stands on.
    #[must_use]
    pub fn payload(&self) -> Option<Value> {
        self.payload.borrow().clone()
    }

    /// Replaces what it stands on.
    pub fn set_payload(&self, value: Value) {
        *self.payload.borrow_mut() = Some(value);
    }
}

macro_rules! cores {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// The built-in types that have a variant of `Value` of their own, or that classes can stand on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Core { $(#[doc = concat!("`", $name, "`")] $variant),* }

        impl Core {
            /// All, in the order of their numbers.
            pub const ALL: &'static [Core] = &[$(Core::$variant),*];

            /// The name of the type in the builtin table.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Core::$variant => $name),* }
            }
        }
    };
}

cores! {
    Object = "object",
    Type = "type",
    None = "NoneType",
    Ellipsis = "ellipsis",
    NotImplemented = "NotImplementedType",
    Bool = "bool",
    Int = "int",
    Float = "float",
    Complex = "complex",
    Str = "str",
    Bytes = "bytes",
    List = "list",
    Tuple = "tuple",
    Size = "Size",
    Dict = "dict",
    OrderedDict = "OrderedDict",
    DefaultDict = "defaultdict",
    Counter = "Counter",
    Deque = "deque",
    Set = "set",
    FrozenSet = "frozenset",
    Range = "range",
    Slice = "slice",
    Keys = "dict_keys",
    Values = "dict_values",
    Items = "dict_items",
    Function = "function",
    Builtin = "builtin_function_or_method",
    Method = "method",
    Property = "property",
    StaticMethod = "staticmethod",
    ClassMethod = "classmethod",
    Module = "module",
    Tensor = "Tensor",
    Parameter = "Parameter",
    Dtype = "dtype",
    Device = "device",
    BaseException = "BaseException",
}

/// Every built-in class, made once from the builtin table.
pub struct Types {
    cores: Vec<Rc<Class>>,
    named: RefCell<FxHashMap<Str, Rc<Class>>>,
}

impl Types {
    /// The classes in the order of [`Core::ALL`], and every built-in class by name.
    #[must_use]
    pub fn new(cores: Vec<Rc<Class>>, named: FxHashMap<Str, Rc<Class>>) -> Self {
        Types { cores, named: RefCell::new(named) }
    }

    /// The class of a core type.
    #[must_use]
    #[allow(clippy::indexing_slicing)]
    pub fn core(&self, core: Core) -> &Rc<Class> {
        // `new` is given one class for each core type.
        &self.cores[core as usize]
    }

    /// The class of a native object or exception, by its name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Rc<Class>> {
        self.named.borrow().get(&Str::intern(name)).cloned()
    }

    /// Every built-in class that has a name.
    #[must_use]
    pub fn all(&self) -> Vec<Rc<Class>> {
        self.named.borrow().values().cloned().collect()
    }

    /// Adds a class made while running (of an iterator type, say).
    pub fn add(&self, class: &Rc<Class>) {
        self.named.borrow_mut().insert(class.name.clone(), class.clone());
    }
}
