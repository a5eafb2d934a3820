//! Methods of dictionaries.

use std::rc::Rc;

use super::constructors::{count, update};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{
    Args, Builtin, Dict, DictKind, Effect, Map, Value, View, ViewKind, Vm, keywords, opt, pos, rest,
};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::method("dict", "keys", &[], |vm, args| view(vm, args, ViewKind::Keys))
        .says("The keys")
        .examples(&[("list({'a': 1}.keys())", "['a']")]),
    Builtin::method("dict", "values", &[], |vm, args| view(vm, args, ViewKind::Values))
        .says("The values")
        .examples(&[("list({'a': 1}.values())", "[1]")]),
    Builtin::method("dict", "items", &[], |vm, args| view(vm, args, ViewKind::Items))
        .says("The entries as pairs of key and value")
        .examples(&[("list({'a': 1}.items())", "[('a', 1)]")]),
    Builtin::method("dict", "get", &[pos("_key"), opt("_default", "None")], |vm, args| {
        let found = args.receiver_dict(vm)?.get(vm, args.value(0))?;
        Ok(found.unwrap_or_else(|| args.value(1).clone()))
    })
    .says("The value of a key, or a default")
    .examples(&[("{'a': 1}.get('b', 2)", "2")]),
    Builtin::method("dict", "update", &[rest("args"), keywords("kwargs")], update_method)
        .says("Adds the entries of another, replacing those of equal keys")
        .effect(Effect::Changes),
    Builtin::method("dict", "pop", &[pos("_key"), opt("_default", "…")], pop)
        .says("Takes out a key; its value")
        .effect(Effect::Changes),
    Builtin::method("dict", "popitem", &[], |vm, args| pop_item(vm, args, true))
        .says("Takes out the last entry")
        .effect(Effect::Changes),
    Builtin::method("dict", "setdefault", &[pos("_key"), opt("_default", "None")], set_default)
        .says("The value of a key, put there if it has none")
        .effect(Effect::Changes),
    Builtin::method("dict", "clear", &[], |vm, args| {
        args.receiver_dict(vm)?.clear();
        Ok(Value::None)
    })
    .says("Takes out all entries")
    .effect(Effect::Changes),
    Builtin::method("dict", "copy", &[], copy).says("Another dict of the same entries"),
    Builtin::of_class("dict", "fromkeys", &[pos("_iterable"), opt("_value", "None")], from_keys)
        .says("A dict with these keys and one value")
        .examples(&[("dict.fromkeys('ab', 0)", "{'a': 0, 'b': 0}")]),
    Builtin::method("dict_keys", "isdisjoint", &[pos("_other")], disjoint)
        .says("Whether no key is among the items"),
    Builtin::method("dict_items", "isdisjoint", &[pos("_other")], disjoint)
        .says("Whether no entry is among the items"),
    Builtin::method("dict", "__init__", &[rest("args"), keywords("kwargs")], init)
        .says("Fills the dict")
        .effect(Effect::Changes),
    Builtin::method("dict", "__ior__", &[pos("_other")], |vm, args| {
        update(vm, &*args.receiver_dict(vm)?, args.value(0))?;
        Ok(args.receiver().clone())
    })
    .says("Adds the entries of another")
    .effect(Effect::Changes),
    Builtin::method("dict", "__getitem__", &[pos("_key")], |vm, args| {
        vm.dict_item(args.receiver(), &args.receiver_dict(vm)?, args.value(0))
    })
    .says("A value"),
    Builtin::method("dict", "__setitem__", &[pos("_key"), pos("_value")], |vm, args| {
        args.receiver_dict(vm)?.set(vm, args.value(0).clone(), args.value(1).clone())?;
        Ok(Value::None)
    })
    .says("Sets a value")
    .effect(Effect::Changes),
    Builtin::method("dict", "__delitem__", &[pos("_key")], |vm, args| {
        vm.delete_item(&args.receiver().payload(), args.value(0)).map(|()| Value::None)
    })
    .says("Takes out a key")
    .effect(Effect::Changes),
    Builtin::method("dict", "__contains__", &[pos("_key")], |vm, args| {
        Ok(Value::Bool(args.receiver_dict(vm)?.contains(vm, args.value(0))?))
    })
    .says("Whether a key is there"),
    Builtin::method("dict", "__iter__", &[], |vm, args| vm.iterate(&args.receiver().payload()))
        .says("An iterator over the keys"),
    Builtin::method("dict", "__len__", &[], |vm, args| Ok(args.receiver_dict(vm)?.len().into()))
        .says("Number of entries"),
    // Unlike those of `dict`, these take their parameters by name.
    Builtin::method("OrderedDict", "pop", &[pos("key"), opt("default", "…")], pop)
        .says("Takes out a key; its value")
        .effect(Effect::Changes),
    Builtin::method("OrderedDict", "setdefault", &[pos("key"), opt("default", "None")], set_default)
        .says("The value of a key, put there if it has none")
        .effect(Effect::Changes),
    Builtin::of_class("OrderedDict", "fromkeys", &[pos("iterable"), opt("value", "None")], from_keys)
        .says("An OrderedDict with these keys and one value"),
    Builtin::method("OrderedDict", "move_to_end", &[pos("key"), opt("last", "True")], move_to_end)
        .says("Moves an entry to the end, or the start")
        .effect(Effect::Changes),
    Builtin::method("OrderedDict", "popitem", &[opt("last", "True")], |vm, args| {
        let last = args.truth_or(vm, 0, true)?;
        pop_item(vm, args, last)
    })
    .says("Takes out the last entry, or the first")
    .effect(Effect::Changes),
    Builtin::property("defaultdict", "default_factory", |vm, args| {
        match &*args.receiver_dict(vm)?.kind.borrow() {
            DictKind::Default(factory) => Ok(factory.clone()),
            _ => Ok(Value::None),
        }
    })
    .says("What makes missing values"),
    Builtin::method("defaultdict", "__set_default_factory__", &[pos("_factory")], |vm, args| {
        *args.receiver_dict(vm)?.kind.borrow_mut() = DictKind::Default(args.value(0).clone());
        Ok(Value::None)
    })
    .says("Sets what makes missing values")
    .effect(Effect::Changes),
    Builtin::method("defaultdict", "__missing__", &[pos("_key")], missing)
        .says("Makes the value of a key that is not there")
        .effect(Effect::Changes),
];

fn pop(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match (args.receiver_dict(vm)?.remove(vm, args.value(0))?, args.get(1)) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(vm.key_error(args.value(0))),
    }
}

fn set_default(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dict = args.receiver_dict(vm)?;
    if let Some(found) = dict.get(vm, args.value(0))? {
        return Ok(found);
    }
    dict.set(vm, args.value(0).clone(), args.value(1).clone())?;
    Ok(args.value(1).clone())
}

fn missing(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dict = args.receiver_dict(vm)?;
    let DictKind::Default(factory) = dict.kind.borrow().clone() else {
        return Err(vm.key_error(args.value(0)));
    };
    if factory.is_none() {
        return Err(vm.key_error(args.value(0)));
    }
    let made = vm.call(&factory, &[], &[])?;
    dict.set(vm, args.value(0).clone(), made.clone())?;
    Ok(made)
}

fn view(vm: &dyn Vm, args: &Args, kind: ViewKind) -> Result<Value> {
    Ok(Value::View(Rc::new(View { dict: args.receiver_dict(vm)?, kind })))
}

fn update_method(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dict = args.receiver_dict(vm)?;
    match args.rest() {
        [] => {}
        [source] => match source {
            Value::None => return Err(Error::type_error("'NoneType' object is not iterable")),
            source => update(vm, &dict, source)?,
        },
        several => {
            return Err(Error::type_error(format!(
                "update expected at most 1 argument, got {}",
                several.len()
            )));
        }
    }
    for (name, value) in args.keywords() {
        dict.set_str(name.clone(), value.clone());
    }
    Ok(Value::None)
}

/// `__init__` of a class made from a dict: the factory of a defaultdict first, then the entries.
fn init(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dict = args.receiver_dict(vm)?;
    let mut given = args.rest();
    let kind = dict.kind.borrow().clone();
    if let (DictKind::Default(_), Some((factory, others))) = (&kind, given.split_first()) {
        *dict.kind.borrow_mut() = DictKind::Default(factory.clone());
        given = others;
    }
    match (given.first(), kind) {
        (Some(source), DictKind::Counter) => count(vm, &dict, source, 1)?,
        (Some(source), _) => update(vm, &dict, source)?,
        (None, _) => {}
    }
    for (name, value) in args.keywords() {
        dict.set_str(name.clone(), value.clone());
    }
    Ok(Value::None)
}

fn pop_item(vm: &dyn Vm, args: &Args, last: bool) -> Result<Value> {
    let dict = args.receiver_dict(vm)?;
    let entry = if last { dict.map_mut().pop_last() } else { dict.map_mut().pop_first() };
    match entry {
        Some(entry) => Ok(Value::tuple(vec![entry.key, entry.value])),
        None if matches!(*dict.kind.borrow(), DictKind::Ordered) => {
            Err(vm.key_error(&Value::str("dictionary is empty")))
        }
        None => Err(vm.key_error(&Value::str("popitem(): dictionary is empty"))),
    }
}

/// A shallow copy of the same kind. Attributes (`_metadata`) go along for an `OrderedDict`, as `copy` of Python's does.
fn copy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dict = args.receiver_dict(vm)?;
    let kind = dict.kind.borrow().clone();
    if let (Value::Instance(_), Some(first)) = (args.receiver(), first_arguments(&kind)) {
        let class = Value::Class(vm.class_of(args.receiver()));
        let given: Vec<Value> = first.into_iter().chain([args.receiver().clone()]).collect();
        return vm.call(&class, &given, &[]);
    }
    let keeps_attributes = matches!(kind, DictKind::Ordered) && dict.has_attributes();
    let new = Dict::new(Map::default(), kind);
    for (key, value) in dict.entries() {
        new.set(vm, key, value)?;
    }
    if keeps_attributes {
        for (name, value) in dict.attributes().entries() {
            new.attributes().set(vm, name, value)?;
        }
    }
    Ok(Value::Dict(Rc::new(new)))
}

/// What a class made from this kind takes before the entries; nothing where its `copy` gives a plain `dict`.
fn first_arguments(kind: &DictKind) -> Option<Vec<Value>> {
    match kind {
        DictKind::Plain => None,
        DictKind::Default(factory) => Some(vec![factory.clone()]),
        DictKind::Ordered | DictKind::Counter => Some(Vec::new()),
    }
}

fn move_to_end(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dict = args.receiver_dict(vm)?;
    let key = args.value(0);
    let Some(value) = dict.remove(vm, key)? else { return Err(vm.key_error(key)) };
    if args.truth_or(vm, 1, true)? {
        dict.set(vm, key.clone(), value)?;
        return Ok(Value::None);
    }
    let others = dict.entries();
    dict.clear();
    dict.set(vm, key.clone(), value)?;
    for (key, value) in others {
        dict.set(vm, key, value)?;
    }
    Ok(Value::None)
}

fn from_keys(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let made = vm.call(args.receiver(), &[], &[])?;
    for key in vm.collect(args.value(0))? {
        vm.set_item(&made, &key, args.value(1).clone())?;
    }
    Ok(made)
}

fn disjoint(vm: &dyn Vm, args: &Args) -> Result<Value> {
    for item in vm.collect(args.value(0))? {
        if vm.contains(args.receiver(), &item)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}
