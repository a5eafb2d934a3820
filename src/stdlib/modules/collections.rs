//! `collections.namedtuple`

use std::cell::RefCell;
use std::rc::Rc;

use torchsh_base::error::{Error, Result};
use torchsh_base::identifier::is_identifier;
use torchsh_language::value::{
    Args, Builtin, Class, Core, Descriptor, Dict, NamedTuple, Native, Str, Tuple, TupleKind, Value, Vm, kw,
    pos,
};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function(
        "_collections",
        "namedtuple",
        &[
            pos("typename"),
            pos("field_names"),
            kw("rename", "False"),
            kw("defaults", "None"),
            kw("module", "None"),
        ],
        namedtuple,
    )
    .reads_frame()
    .says("a class of tuples whose items have names"),
    Builtin::function("_collections", "adopt", &[pos("_class")], |_, args| {
        let Value::Class(class) = args.value(0) else { return Err(Error::type_error("a class is expected")) };
        let annotations = class.namespace.get_name("__annotations__").and_then(|found| found.as_dict());
        let fields: Vec<Str> = annotations
            .map(|found| found.keys())
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let defaults: Vec<Value> = fields.iter().filter_map(|field| class.namespace.get_str(field)).collect();
        for field in &fields {
            class.namespace.remove_str(field);
        }
        name_fields(class, fields, defaults);
        Ok(Value::None)
    })
    .says("makes the annotated names of a class the names of its items"),
];

/// Makes the tuples of one class: its `__new__`.
struct Maker {
    named: Rc<NamedTuple>,
    /// Of the last fields.
    defaults: RefCell<Vec<Value>>,
}

impl Native for Maker {
    fn type_name(&self) -> &str {
        "function"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let defaults = self.defaults.borrow();
        (name.as_str() == "__defaults__")
            .then(|| Ok(if defaults.is_empty() { Value::None } else { Value::tuple(defaults.clone()) }))
    }

    fn set_attribute(&self, vm: &dyn Vm, name: &Str, value: &Value) -> Option<Result<()>> {
        if name.as_str() != "__defaults__" {
            return None;
        }
        let items = if value.is_none() { Ok(Vec::new()) } else { vm.collect(value) };
        Some(items.map(|items| *self.defaults.borrow_mut() = items))
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        let (class, positional) = arguments.split_first()?;
        match class {
            // A class made from this one: its object stands on a tuple of this one.
            Value::Class(class) if !Rc::ptr_eq(class, &self.named.class) => {
                Some(vm.new_object(class, positional, keywords))
            }
            _ => Some(self.make(positional, keywords)),
        }
    }
}

impl Maker {
    fn make(&self, positional: &[Value], keywords: &[(Str, Value)]) -> Result<Value> {
        let fields = &self.named.fields;
        let name = &self.named.class.name;
        if positional.len() > fields.len() {
            let (takes, given) = (fields.len() + 1, positional.len() + 1);
            return Err(Error::type_error(format!(
                "{name}.__new__() takes {takes} positional arguments but {given} were given"
            )));
        }
        if let Some((unknown, _)) = keywords.iter().find(|(key, _)| !fields.contains(key)) {
            return Err(Error::type_error(format!(
                "{name}.__new__() got an unexpected keyword argument '{unknown}'"
            )));
        }
        let defaults = self.defaults.borrow();
        let first_default = fields.len() - defaults.len().min(fields.len());
        let mut items = Vec::with_capacity(fields.len());
        let mut missing = Vec::new();
        for (i, field) in fields.iter().enumerate() {
            let named = keywords.iter().find(|(key, _)| key == field).map(|(_, value)| value.clone());
            let default = || i.checked_sub(first_default).and_then(|at| defaults.get(at).cloned());
            match positional.get(i).cloned().or(named).or_else(default) {
                Some(value) => items.push(value),
                None => missing.push(format!("'{field}'")),
            }
        }
        if missing.is_empty() {
            return Ok(Value::Tuple(Rc::new(Tuple::with_kind(items, TupleKind::Named(self.named.clone())))));
        }
        let (count, plural) = (missing.len(), if missing.len() == 1 { "" } else { "s" });
        let listed = match missing.as_slice() {
            [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
            _ => missing.concat(),
        };
        Err(Error::type_error(format!(
            "{name}.__new__() missing {count} required positional argument{plural}: {listed}"
        )))
    }
}

/// A method that every class of named tuples has.
struct Method {
    named: Rc<NamedTuple>,
    kind: &'static str,
}

impl Native for Method {
    fn type_name(&self) -> &str {
        "function"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(self.run(vm, arguments, keywords))
    }

    fn is_method(&self) -> bool {
        true
    }
}

impl Method {
    fn run(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Result<Value> {
        let given = arguments.first().cloned().unwrap_or(Value::None);
        let items = vm.collect(&given)?;
        match self.kind {
            "_asdict" => Ok(Value::dict_of(self.named.fields.iter().cloned().zip(items))),
            "_make" => Ok(self.tuple(items)),
            "__getnewargs__" => Ok(Value::tuple(items)),
            _ => {
                let unknown: Vec<String> = keywords
                    .iter()
                    .filter(|(key, _)| !self.named.fields.contains(key))
                    .map(|(key, _)| format!("'{key}'"))
                    .collect();
                if !unknown.is_empty() {
                    let listed = unknown.join(", ");
                    return Err(Error::value(format!("Got unexpected field names: [{listed}]")));
                }
                let change = |(field, item): (&Str, Value)| {
                    keywords.iter().find(|(key, _)| key == field).map_or(item, |(_, value)| value.clone())
                };
                Ok(self.tuple(self.named.fields.iter().zip(items).map(change).collect()))
            }
        }
    }

    fn tuple(&self, items: Vec<Value>) -> Value {
        Value::Tuple(Rc::new(Tuple::with_kind(items, TupleKind::Named(self.named.clone()))))
    }
}

fn namedtuple(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.str(vm, 0)?;
    let fields: Vec<Str> = match args.value(1).as_str() {
        Some(text) => text.replace(',', " ").split_whitespace().map(Str::intern).collect(),
        None => vm.collect(args.value(1))?.iter().map(|field| vm.text(field)).collect::<Result<_>>()?,
    };
    let fields = match args.truth_or(vm, 2, false)? {
        true => renamed(fields),
        false => checked(&name, fields)?,
    };
    let defaults = args.some(3).map_or(Ok(Vec::new()), |defaults| vm.collect(defaults))?;
    if defaults.len() > fields.len() {
        return Err(Error::type_error("Got more default values than field names"));
    }
    // That of the lines that call, so that it is found again.
    let calling = || vm.globals().get_name("__name__").and_then(|name| name.as_str());
    let module = args.some(4).and_then(Value::as_str).or_else(calling);
    let module = module.unwrap_or_else(|| Str::intern("__main__"));
    let tuple = vm.types().core(Core::Tuple).clone();
    let class = Class::new(name, module, vec![tuple], Rc::new(Dict::default()))?;
    name_fields(&class, fields, defaults);
    Ok(Value::Class(class))
}

/// The names, those that can't be used or were there before replaced by `_1`, `_2` …
fn renamed(fields: Vec<Str>) -> Vec<Str> {
    let mut seen: Vec<Str> = Vec::new();
    for (place, field) in fields.into_iter().enumerate() {
        let is_good = is_identifier(&field) && !field.starts_with('_') && !seen.contains(&field);
        seen.push(if is_good { field } else { Str::intern(&format!("_{place}")) });
    }
    seen
}

fn checked(name: &Str, fields: Vec<Str>) -> Result<Vec<Str>> {
    for given in std::iter::once(name).chain(&fields) {
        if !is_identifier(given) {
            let is_word = given.chars().all(|c| c == '_' || c.is_alphanumeric())
                && !given.starts_with(|c: char| c.is_ascii_digit());
            let message = if is_word && !given.is_empty() {
                format!("Type names and field names cannot be a keyword: '{given}'")
            } else {
                format!("Type names and field names must be valid identifiers: '{given}'")
            };
            return Err(Error::value(message));
        }
    }
    for (place, field) in fields.iter().enumerate() {
        if field.starts_with('_') {
            return Err(Error::value(format!("Field names cannot start with an underscore: '{field}'")));
        }
        if fields.iter().take(place).any(|before| before == field) {
            return Err(Error::value(format!("Encountered duplicate field name: '{field}'")));
        }
    }
    Ok(fields)
}

/// Makes a class one of named tuples.
fn name_fields(class: &Rc<Class>, fields: Vec<Str>, defaults: Vec<Value>) {
    let named = Rc::new(NamedTuple { class: class.clone(), fields });
    let fields = named.fields.iter().cloned().map(Value::Str).collect();
    class.namespace.set_name("_fields", Value::tuple(fields));
    class.namespace.set_name(
        "_field_defaults",
        Value::dict_of(
            named
                .fields
                .iter()
                .skip(named.fields.len() - defaults.len().min(named.fields.len()))
                .cloned()
                .zip(defaults.iter().cloned()),
        ),
    );
    let listed: Vec<&str> = named.fields.iter().map(Str::as_str).collect();
    if class.namespace.get_name("__doc__").is_none_or(|doc| doc.is_none()) {
        class.namespace.set_name("__doc__", format!("{}({})", class.name, listed.join(", ")));
    }
    class
        .namespace
        .set_name("__match_args__", Value::tuple(named.fields.iter().cloned().map(Value::Str).collect()));
    class
        .namespace
        .set_name("__new__", Value::native(Maker { named: named.clone(), defaults: RefCell::new(defaults) }));
    for kind in ["_asdict", "_replace", "__getnewargs__"] {
        class.namespace.set_name(kind, Value::native(Method { named: named.clone(), kind }));
    }
    let make = Value::native(Method { named: named.clone(), kind: "_make" });
    class.namespace.set_name("_make", Value::Descriptor(Rc::new(Descriptor::Static(make))));
    // Set last: the class is what the tuples point to. It was made just now, so nothing was set before.
    let _ = class.named_tuple.set(named);
}
