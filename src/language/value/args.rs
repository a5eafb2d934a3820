//! How arguments are bound to the parameters of a row of the builtin table.

use std::rc::Rc;

use smallvec::SmallVec;

use super::builtin::{Builtin, On, Param, ParamKind};
use super::{Dict, List, Str, TensorObject, Value, Vm, memory};
use torchsh_base::error::{Error, Result};

/// The bound arguments of a call.
pub struct Args<'a> {
    row: &'static Builtin,
    receiver: &'a Value,
    slots: Slots<'a>,
}

/// What the parameters got.
enum Slots<'a> {
    /// Values in the order of the parameters, the last of which may be left out: most calls, and nothing to copy.
    InOrder(&'a [Value]),
    /// Anything else.
    Bound(Box<Bound>),
}

#[derive(Default)]
struct Bound {
    slots: SmallVec<[Option<Value>; 5]>,
    rest: Vec<Value>,
    keywords: Vec<(Str, Value)>,
}

/// Calls a row. A method's receiver is the first positional argument.
///
/// # Errors
/// `TypeError`, worded as Python words it: too many, missing, doubled or unknown arguments; what the row's code raises.
pub fn call_row(
    vm: &dyn Vm,
    row: &'static Builtin,
    positional: &[Value],
    named: &[(Str, Value)],
) -> Result<Value> {
    let (receiver, positional) = match row.on {
        On::Method(of) | On::Property(of) | On::Class(of) => match positional.split_first() {
            Some(split) => split,
            None => {
                let message = format!("unbound method {of}.{}() needs an argument", row.name);
                return Err(Error::type_error(message));
            }
        },
        _ => (&Value::None, positional),
    };
    match receiver {
        Value::Str(text) => memory::room_beside(text.len())?,
        Value::Bytes(bytes) => memory::room_beside(bytes.len())?,
        _ => {}
    }
    // As nearly all calls are.
    if named.is_empty() && row.on != On::Verb && row.takes_in_order(positional.len()) {
        return (row.call)(vm, &Args { row, receiver, slots: Slots::InOrder(positional) });
    }
    call_bound(vm, row, receiver, positional, named)
}

#[inline(never)]
fn call_bound(
    vm: &dyn Vm,
    row: &'static Builtin,
    receiver: &Value,
    positional: &[Value],
    named: &[(Str, Value)],
) -> Result<Value> {
    let worded = if row.on == On::Verb { as_words(vm, row.name, positional, named)? } else { None };
    let (positional, named) = worded.as_ref().map_or((positional, named), |(words, named)| (words, named));
    let slots = if named.is_empty() && row.takes_in_order(positional.len()) {
        Slots::InOrder(positional)
    } else {
        Slots::Bound(Box::new(Bound::new(row, positional, named)?))
    };
    (row.call)(vm, &Args { row, receiver, slots })
}

/// Values in their order, and values by name.
type Given = (Vec<Value>, Vec<(Str, Value)>);

/// What is given by name to a verb that is called as a function, as the words of its line; none where nothing is such.
///
/// # Errors
/// What `str` of a value raises.
fn as_words(vm: &dyn Vm, verb: &str, positional: &[Value], named: &[(Str, Value)]) -> Result<Option<Given>> {
    let words = torchsh_syntax::verbs::verb(verb).map_or(&[] as &[&str], |row| row.between());
    let is_word = |name: &Str| words.contains(&name.as_str()) || (verb == "filter" && !name.is_empty());
    if !named.iter().any(|(name, _)| is_word(name)) {
        return Ok(None);
    }
    let (mut line, mut options) = (positional.to_vec(), Vec::new());
    for (name, value) in named {
        if !is_word(name) {
            options.push((name.clone(), value.clone()));
            continue;
        }
        match (verb, name.as_str()) {
            ("filter", "where") => line.push(Value::Str(name.clone())),
            ("filter", field) => line.push(Value::from(format!("{field}=="))),
            _ => line.push(Value::Str(name.clone())),
        }
        match value {
            // 24x24 is one word.
            Value::Tuple(sizes) if verb == "resample" => {
                let sizes = sizes.items.iter().map(|size| vm.text(size)).collect::<Result<Vec<_>>>()?;
                let sizes: Vec<&str> = sizes.iter().map(Str::as_str).collect();
                line.push(Value::from(sizes.join("x")));
            }
            Value::List(items) if verb != "filter" => line.extend(items.to_vec()),
            Value::Tuple(items) if verb != "filter" => line.extend(items.items.iter().cloned()),
            value => line.push(value.clone()),
        }
    }
    Ok(Some((line, options)))
}

impl Bound {
    fn new(row: &'static Builtin, positional: &[Value], named: &[(Str, Value)]) -> Result<Self> {
        let mut bound = Bound::default();
        bound.slots.resize(row.params.len(), None);
        bound.place_positional(row, positional)?;
        for (name, value) in named {
            bound.place_named(row, name, value)?;
        }
        bound.check_complete(row)?;
        Ok(bound)
    }

    fn place_positional(&mut self, row: &Builtin, values: &[Value]) -> Result<()> {
        let places = row.params.iter().take_while(|param| param.kind == ParamKind::Normal).count();
        for (slot, value) in self.slots.iter_mut().zip(values).take(places) {
            *slot = Some(value.clone());
        }
        let Some(extra) = values.get(places..).filter(|extra| !extra.is_empty()) else { return Ok(()) };
        if row.params.iter().any(|param| param.kind == ParamKind::Rest) {
            self.rest = extra.to_vec();
            return Ok(());
        }
        Err(Error::type_error(too_many(row, places, values.len())))
    }

    fn place_named(&mut self, row: &Builtin, name: &Str, value: &Value) -> Result<()> {
        let is_it = |param: &Param| {
            matches!(param.kind, ParamKind::Normal | ParamKind::Keyword) && param.name == name.as_str()
        };
        let Some(place) = row.params.iter().position(is_it) else {
            if row.params.iter().any(|param| param.kind == ParamKind::Keywords) {
                self.keywords.push((name.clone(), value.clone()));
                return Ok(());
            }
            let message = match row.on {
                On::Global | On::Method(_)
                    if row.params.iter().all(|p| p.kind == ParamKind::Normal && p.name.starts_with('_')) =>
                {
                    format!("{}() takes no keyword arguments", full_name(row))
                }
                On::Global | On::Constructor(_) => {
                    format!("'{name}' is an invalid keyword argument for {}()", row.name)
                }
                _ => format!("{}() got an unexpected keyword argument '{name}'", row.name),
            };
            return Err(Error::type_error(message));
        };
        match self.slots.get_mut(place) {
            Some(slot @ None) => *slot = Some(value.clone()),
            _ => {
                let message = format!("{}() got multiple values for argument '{name}'", row.name);
                return Err(Error::type_error(message));
            }
        }
        Ok(())
    }

    fn check_complete(&self, row: &Builtin) -> Result<()> {
        let needed = |param: &Param| {
            param.default.is_none() && matches!(param.kind, ParamKind::Normal | ParamKind::Keyword)
        };
        for (i, (param, slot)) in row.params.iter().zip(&self.slots).enumerate() {
            if slot.is_none() && needed(param) {
                return Err(Error::type_error(missing(row, i, self.slots.iter().flatten().count())));
            }
        }
        Ok(())
    }
}

impl<'a> Args<'a> {
    /// The arguments of a computed attribute: only its receiver.
    #[must_use]
    pub fn of_property(row: &'static Builtin, receiver: &'a Value) -> Self {
        Args { row, receiver, slots: Slots::InOrder(&[]) }
    }

    /// The row that is called.
    #[must_use]
    pub fn row(&self) -> &'static Builtin {
        self.row
    }

    /// The receiver of a method.
    #[must_use]
    pub fn receiver(&self) -> &Value {
        self.receiver
    }

    /// The argument of a parameter, if it was given (`None` counts as given).
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Value> {
        match &self.slots {
            Slots::InOrder(values) => values.get(index),
            Slots::Bound(bound) => bound.slots.get(index).and_then(Option::as_ref),
        }
    }

    /// The argument of a parameter, if it was given and is not `None`.
    #[must_use]
    pub fn some(&self, index: usize) -> Option<&Value> {
        self.get(index).filter(|value| !value.is_none())
    }

    /// The argument of a parameter; `None` where it was not given.
    #[must_use]
    pub fn value(&self, index: usize) -> &Value {
        self.get(index).unwrap_or(&Value::None)
    }

    /// What `*args` took.
    #[must_use]
    pub fn rest(&self) -> &[Value] {
        match &self.slots {
            Slots::InOrder(_) => &[],
            Slots::Bound(bound) => &bound.rest,
        }
    }

    /// What `**kwargs` took.
    #[must_use]
    pub fn keywords(&self) -> &[(Str, Value)] {
        match &self.slots {
            Slots::InOrder(_) => &[],
            Slots::Bound(bound) => &bound.keywords,
        }
    }

    /// The error that an argument is of a wrong type.
    #[must_use]
    pub fn wrong_type(&self, vm: &dyn Vm, index: usize, expected: &str) -> Error {
        let got = vm.type_name(self.value(index));
        let name = self.row.name;
        let message = if self.row.params.len() == 1 {
            format!("{name}() argument must be {expected}, not {got}")
        } else {
            format!("{name}() argument {} must be {expected}, not {got}", index + 1)
        };
        Error::type_error(message)
    }

    /// A string argument.
    ///
    /// # Errors
    /// `TypeError` if it is none.
    pub fn str(&self, vm: &dyn Vm, index: usize) -> Result<Str> {
        self.value(index).as_str().ok_or_else(|| self.wrong_type(vm, index, "str"))
    }

    /// A string argument with a default.
    ///
    /// # Errors
    /// `TypeError` if it is given and no string.
    pub fn str_or(&self, vm: &dyn Vm, index: usize, default: &str) -> Result<Str> {
        if self.some(index).is_none() { Ok(Str::intern(default)) } else { self.str(vm, index) }
    }

    /// An integer argument (`bool` counts, and whatever has `__index__`).
    ///
    /// # Errors
    /// `TypeError` if it is none, `OverflowError` beyond 64 bits.
    pub fn int(&self, vm: &dyn Vm, index: usize) -> Result<i64> {
        super::number::index(vm, self.value(index))
    }

    /// An integer argument with a default.
    ///
    /// # Errors
    /// As [`Args::int`].
    pub fn int_or(&self, vm: &dyn Vm, index: usize, default: i64) -> Result<i64> {
        if self.some(index).is_none() { Ok(default) } else { self.int(vm, index) }
    }

    /// A float argument (integers count, and whatever has `__float__`).
    ///
    /// # Errors
    /// `TypeError` if it is no number.
    pub fn float(&self, vm: &dyn Vm, index: usize) -> Result<f64> {
        super::number::float(vm, self.value(index))
    }

    /// The truth of an argument, with a default.
    ///
    /// # Errors
    /// What its `__bool__` raises.
    pub fn truth_or(&self, vm: &dyn Vm, index: usize, default: bool) -> Result<bool> {
        self.get(index).map_or(Ok(default), |value| vm.truth(value))
    }

    /// A dictionary argument.
    ///
    /// # Errors
    /// `TypeError` if it is none.
    pub fn dict(&self, vm: &dyn Vm, index: usize) -> Result<Rc<Dict>> {
        self.value(index).as_dict().ok_or_else(|| self.wrong_type(vm, index, "dict"))
    }

    /// A tensor argument.
    ///
    /// # Errors
    /// `TypeError` if it is none.
    pub fn tensor(&self, vm: &dyn Vm, index: usize) -> Result<&Rc<TensorObject>> {
        self.value(index).as_tensor().ok_or_else(|| self.wrong_type(vm, index, "Tensor"))
    }

    /// The receiver as a string.
    ///
    /// # Errors
    /// `TypeError` if the method was taken from the class and given something else.
    pub fn receiver_str(&self, vm: &dyn Vm) -> Result<Str> {
        self.receiver.as_str().ok_or_else(|| self.wrong_receiver(vm))
    }

    /// The receiver as a list.
    ///
    /// # Errors
    /// As [`Args::receiver_str`].
    pub fn receiver_list(&self, vm: &dyn Vm) -> Result<Rc<List>> {
        self.receiver.as_list().ok_or_else(|| self.wrong_receiver(vm))
    }

    /// The receiver as a dictionary.
    ///
    /// # Errors
    /// As [`Args::receiver_str`].
    pub fn receiver_dict(&self, vm: &dyn Vm) -> Result<Rc<Dict>> {
        self.receiver.as_dict().ok_or_else(|| self.wrong_receiver(vm))
    }

    /// The receiver as a tensor.
    ///
    /// # Errors
    /// As [`Args::receiver_str`].
    pub fn receiver_tensor(&self, vm: &dyn Vm) -> Result<&Rc<TensorObject>> {
        self.receiver.as_tensor().ok_or_else(|| self.wrong_receiver(vm))
    }

    /// The error that the receiver is of a wrong type.
    #[must_use]
    pub fn wrong_receiver(&self, vm: &dyn Vm) -> Error {
        let of = match self.row.on {
            On::Method(of) | On::Property(of) => of,
            _ => "object",
        };
        let (name, got) = (self.row.name, vm.type_name(self.receiver));
        Error::type_error(format!("descriptor '{name}' for '{of}' objects doesn't apply to a '{got}' object"))
    }
}

fn too_many(row: &Builtin, places: usize, given: usize) -> String {
    let name = row.name;
    let required = row.params.iter().filter(|param| param.default.is_none()).count();
    match (places, required) {
        (0, _) if row.params.is_empty() => format!("{}() takes no arguments ({given} given)", full_name(row)),
        (0, _) => format!("{name}() takes no positional arguments"),
        (1, 1) => format!("{}() takes exactly one argument ({given} given)", full_name(row)),
        (_, required) if required == places => format!("{name} expected {places} arguments, got {given}"),
        (1, _) => format!("{name} expected at most 1 argument, got {given}"),
        _ => format!("{name} expected at most {places} arguments, got {given}"),
    }
}

fn missing(row: &Builtin, index: usize, given: usize) -> String {
    let name = row.name;
    let required = row.params.iter().filter(|param| param.default.is_none()).count();
    let plural = if required == 1 { "" } else { "s" };
    match row.params {
        [_] => format!("{}() takes exactly one argument ({given} given)", full_name(row)),
        params if required == params.len() => {
            format!("{name} expected {required} argument{plural}, got {given}")
        }
        params if in_order(params).all(|param| param.default.is_none()) && by_place(params) => {
            let required = in_order(params).count();
            let plural = if required == 1 { "" } else { "s" };
            format!("{name} expected {required} argument{plural}, got {given}")
        }
        params if by_place(params) => {
            format!("{name} expected at least {required} argument{plural}, got {given}")
        }
        params => {
            let param = params.get(index).map_or("", |param| param.name);
            format!("{name}() missing required argument '{param}' (pos {})", index + 1)
        }
    }
}

/// The name with the type it is a method of, as CPython has it in these messages.
fn full_name(row: &Builtin) -> String {
    match row.on {
        On::Method(of) => format!("{of}.{}", row.name),
        _ => row.name.to_owned(),
    }
}

fn in_order(params: &[Param]) -> impl Iterator<Item = &Param> {
    params.iter().filter(|param| param.kind == ParamKind::Normal)
}

/// Whether all that are given in order can be given so only.
fn by_place(params: &[Param]) -> bool {
    in_order(params).all(|param| param.name.starts_with('_'))
}
