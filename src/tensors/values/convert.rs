//! Values of a program to arguments of operators, and results back.

use std::rc::Rc;

use super::objects::{Generator, Layout, MemoryFormat};
use super::return_types;
use super::storage::StorageObject;
use torchsh_aten::{self as aten, Arg, Tensor};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Class, Core, Native, Str, TensorObject, Tuple, TupleKind, Value, Vm, pos};

/// For a whole number that libtorch has no room for.
pub(crate) fn too_wide() -> Error {
    Error::value("Overflow when unpacking long long").because(Reason::TooWide)
}

/// A dtype argument: a `torch.dtype` or one of Python's number types.
///
/// # Errors
/// `TypeError` for anything else.
pub fn dtype_of(vm: &dyn Vm, value: &Value, what: &str) -> Result<Dtype> {
    match to_arg(vm, value)? {
        Arg::Dtype(dtype) => Ok(dtype),
        _ => Err(Error::type_error(format!("{what} must be torch.dtype, not {}", vm.type_name(value)))),
    }
}

/// An argument of an operator.
///
/// # Errors
/// What a conversion to a number raises.
pub fn to_arg(vm: &dyn Vm, value: &Value) -> Result<Arg> {
    Ok(match value {
        Value::None => Arg::None,
        Value::Bool(value) => Arg::Bool(*value),
        Value::Int(value) => Arg::Int(*value),
        Value::Float(value) => Arg::Float(*value),
        Value::Complex(value) => Arg::Complex(value.0, value.1),
        Value::Str(text) => Arg::Str(Rc::from(text.as_str())),
        Value::Tensor(tensor) => Arg::Tensor(tensor.tensor().clone()),
        Value::List(list) => Arg::List(all(vm, &list.to_vec())?),
        Value::Tuple(tuple) => Arg::Tuple(all(vm, &tuple.items)?),
        Value::Dtype(dtype) => Arg::Dtype(*dtype),
        Value::Device(device) => Arg::Device(*device),
        Value::BigInt(_) => return Err(too_wide()),
        Value::Class(class) => of_class(class),
        Value::Native(object) => of_native(vm, value, &***object)?,
        Value::Instance(_) => match value.payload() {
            Value::Instance(_) => Arg::Other(vm.type_name(value).to_string()),
            payload => to_arg(vm, &payload)?,
        },
        other => Arg::Other(vm.type_name(other).to_string()),
    })
}

fn all(vm: &dyn Vm, values: &[Value]) -> Result<Vec<Arg>> {
    values.iter().map(|value| to_arg(vm, value)).collect()
}

/// Python's own number types stand for dtypes: `torch.zeros(2, dtype=int)`.
fn of_class(class: &Class) -> Arg {
    match class.core {
        Some(Core::Float) if class.constructor.is_some() => Arg::Dtype(Dtype::FLOAT64),
        Some(Core::Int) if class.constructor.is_some() => Arg::Dtype(Dtype::INT64),
        Some(Core::Bool) if class.constructor.is_some() => Arg::Dtype(Dtype::BOOL),
        Some(Core::Complex) if class.constructor.is_some() => Arg::Dtype(Dtype::COMPLEX128),
        _ => Arg::Other("type".to_owned()),
    }
}

fn of_native(vm: &dyn Vm, value: &Value, object: &dyn Native) -> Result<Arg> {
    if let Some(layout) = value.as_native::<Layout>() {
        return Ok(Arg::Layout(layout.0));
    }
    if let Some(format) = value.as_native::<MemoryFormat>() {
        return Ok(Arg::MemoryFormat(format.0));
    }
    if let Some(generator) = value.as_native::<Generator>() {
        return Ok(Arg::Generator(generator.0.clone()));
    }
    if let Some(storage) = value.as_native::<StorageObject>() {
        return Ok(Arg::Storage(storage.storage().clone()));
    }
    // A scalar of numpy is a number.
    match object.number() {
        Some(number) => to_arg(vm, &number),
        None => Ok(Arg::Other(object.type_name().to_owned())),
    }
}

/// Calls an operator by name with values, and gives a value. A result that is one of the arguments (an operator in
/// place) is the very same object.
///
/// # Errors
/// Arguments that fit no overload, or what the operator raises.
pub fn invoke(
    vm: &dyn Vm,
    namespace: &str,
    name: &str,
    positional: &[Value],
    named: &[(Str, Value)],
) -> Result<Value> {
    vm.check_interrupt()?;
    if namespace == "torch" {
        refuse_uninitialized(name, positional)?;
    }
    let args = all(vm, positional)?;
    let mut keywords = Vec::with_capacity(named.len());
    for (name, value) in named {
        keywords.push((name.as_str(), to_arg(vm, value)?));
    }
    let result = aten::invoke(namespace, name, &args, &keywords);
    warn(vm)?;
    Ok(Given { vm, positional, named }.value(result?))
}

/// What a lazy module holds before its first input has no shape that a function could take.
fn refuse_uninitialized(function: &str, positional: &[Value]) -> Result<()> {
    // What asks for nothing that it lacks.
    if matches!(function, "is_complex" | "is_floating_point" | "get_device") || function.starts_with('_') {
        return Ok(());
    }
    for class in positional.iter().filter_map(|value| value.as_tensor()?.class()) {
        let mut names = class.ancestors.iter().map(|class| class.name.as_str());
        if names.any(|name| name == "UninitializedTensorMixin") {
            let message = format!(
                "Attempted to use an uninitialized parameter in <built-in method {function} of type object>. This error \
                 happens when you are using a `LazyModule` or explicitly manipulating `torch.nn.parameter.{}` objects. \
                 When using LazyModules Call `forward` with a dummy batch to initialize the parameters before calling \
                 torch functions",
                class.name
            );
            return Err(Error::value(message));
        }
    }
    Ok(())
}

/// Says what libtorch warned of, by the program's `warnings` where it has that module.
///
/// # Errors
/// The warning itself, where the program's filters make an error of it.
pub fn warn(vm: &dyn Vm) -> Result<()> {
    aten::take_warnings().into_iter().try_for_each(|(kind, text)| warning(vm, kind, &text))
}

/// Says a warning that PyTorch's own Python gives: once, where the program has no `warnings` that say otherwise.
///
/// # Errors
/// As [`warn`].
pub fn warn_of(vm: &dyn Vm, text: &'static str) -> Result<()> {
    if vm.modules().get_name("warnings").is_some() {
        return warning(vm, Kind::UserWarning, text);
    }
    warn_once(vm, text)
}

/// Says a warning the first time only, whatever the program's `warnings` say.
///
/// # Errors
/// As [`warn`].
pub fn warn_once(vm: &dyn Vm, text: &'static str) -> Result<()> {
    thread_local! {
        static SAID: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    let is_old = SAID.with_borrow_mut(|said| {
        let is_old = said.contains(&text);
        if !is_old {
            said.push(text);
        }
        is_old
    });
    if is_old { Ok(()) } else { warning(vm, Kind::UserWarning, text) }
}

fn warning(vm: &dyn Vm, kind: Kind, text: &str) -> Result<()> {
    let Some(warnings) = vm.modules().get_name("warnings") else {
        vm.notice(&format!("{}: {text}", kind.name()));
        return Ok(());
    };
    let class = vm.types().named(kind.name()).map_or(Value::None, Value::Class);
    let warn = vm.attribute(&warnings, &Str::intern("warn"))?;
    vm.call(&warn, &[Value::str(text), class], &[]).map(|_| ())
}

/// Calls an operator whose result is one tensor.
///
/// # Errors
/// As [`invoke`].
pub fn tensor_of(namespace: &str, name: &str, args: &[Arg], keywords: &[(&str, Arg)]) -> Result<Tensor> {
    match aten::invoke(namespace, name, args, keywords)? {
        Arg::Tensor(tensor) => Ok(tensor),
        _ => Err(Error::runtime(format!("{name}() gave no tensor"))),
    }
}

/// A result of an operator as a value.
#[must_use]
pub fn from_arg(vm: &dyn Vm, arg: Arg) -> Value {
    Given { vm, positional: &[], named: &[] }.value(arg)
}

/// A tensor as a value.
#[must_use]
pub fn wrap(tensor: Tensor) -> Value {
    Value::Tensor(TensorObject::new(tensor))
}

/// What an operator was given; results are compared with it.
struct Given<'a> {
    vm: &'a dyn Vm,
    positional: &'a [Value],
    named: &'a [(Str, Value)],
}

impl Given<'_> {
    fn value(&self, arg: Arg) -> Value {
        match arg {
            Arg::None => Value::None,
            Arg::Bool(value) => Value::Bool(value),
            Arg::Int(value) => Value::Int(value),
            Arg::Float(value) => Value::Float(value),
            Arg::Complex(real, imaginary) => Value::complex(real, imaginary),
            Arg::Str(text) => Value::str(&*text),
            Arg::Tensor(tensor) => self.tensor(tensor),
            // What is a list of tensors in C++ is a tuple in Python.
            Arg::List(items) if items.iter().any(|item| matches!(item, Arg::Tensor(_))) => {
                Value::tuple(self.values(items))
            }
            Arg::List(items) => Value::list(self.values(items)),
            Arg::Tuple(items) => Value::tuple(self.values(items)),
            Arg::Dtype(dtype) => Value::Dtype(dtype),
            Arg::Device(device) => Value::Device(device),
            Arg::Layout(layout) => Value::native(Layout(layout)),
            Arg::MemoryFormat(format) => Value::native(MemoryFormat(format)),
            Arg::Generator(generator) => Value::native(Generator(generator)),
            Arg::Storage(storage) => Value::native(StorageObject::untyped(storage)),
            Arg::Fields(name, fields) => self.fields(name, fields),
            Arg::Other(name) => Value::str(name),
        }
    }

    fn values(&self, items: Vec<Arg>) -> Vec<Value> {
        items.into_iter().map(|item| self.value(item)).collect()
    }

    fn tensor(&self, tensor: Tensor) -> Value {
        let named = self.named.iter().map(|(_, value)| value);
        let same = |value: &&Value| matches!(value, Value::Tensor(given) if given.tensor().is_same(&tensor));
        match self.positional.iter().chain(named).find(same) {
            Some(given) => given.clone(),
            None => wrap(tensor),
        }
    }

    fn fields(&self, name: &'static str, fields: Vec<(&'static str, Arg)>) -> Value {
        let names = fields.iter().map(|(field, _)| *field);
        let class = return_types::class(self.vm, name, names);
        let items = fields.into_iter().map(|(_, item)| self.value(item)).collect();
        Value::Tuple(Rc::new(Tuple::with_kind(items, TupleKind::Named(class))))
    }
}

/// Sizes given as one sequence or as many numbers: `t.view(2, 3)`, `t.view((2, 3))`.
///
/// # Errors
/// `TypeError` where one is no integer.
pub fn sizes_of(vm: &dyn Vm, values: &[Value]) -> Result<Vec<i64>> {
    if let [one] = values
        && let Some(items) = sequence(one)
    {
        return sizes_of_items(vm, &items);
    }
    sizes_of_items(vm, values)
}

fn sizes_of_items(vm: &dyn Vm, values: &[Value]) -> Result<Vec<i64>> {
    values.iter().map(|value| torchsh_language::value::number::index(vm, value)).collect()
}

/// The items of a list or tuple.
#[must_use]
pub fn sequence(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(list) => Some(list.to_vec()),
        Value::Tuple(tuple) => Some(tuple.items.to_vec()),
        Value::Instance(_) => {
            value.as_list().map(|list| list.to_vec()).or_else(|| Some(value.as_tuple()?.items.to_vec()))
        }
        _ => None,
    }
}

/// A one-parameter list for rows whose only argument is positional.
pub const ONE: &[torchsh_language::value::Param] = &[pos("_other")];
