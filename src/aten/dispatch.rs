//! Functions of PyTorch called by name, as Python calls them.

use std::rc::Rc;

use super::bind::{Call, Given, Refusal, bind, is_int};
use super::call::{Lists, Operator, device_item, item};
use super::raw::{Item, Tag};
use super::signature::{self, Function, Parameter, Signature, Takes};
use super::{Arg, Device, DeviceKind, cuda, mismatch, record, state};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;

/// Calls a function of PyTorch by namespace and name, with arguments as Python takes them. The receiver of a method
/// (namespace `Tensor`) is the first positional argument.
///
/// # Errors
/// `AttributeError` for an unknown name, `TypeError` for arguments that no signature takes, and what the operator
/// raises.
pub fn invoke(namespace: &str, name: &str, positional: &[Arg], keywords: &[(&str, Arg)]) -> Result<Arg> {
    if name.starts_with("sparse_") && name.ends_with("_tensor") {
        return sparse(name, positional, keywords);
    }
    if let Some(seen) = record::seen_otherwise(name, positional, keywords) {
        return Ok(Arg::Tensor(seen));
    }
    call(namespace, name, positional, keywords)
}

fn call(namespace: &str, name: &str, positional: &[Arg], keywords: &[(&str, Arg)]) -> Result<Arg> {
    let (function, receiver) = match signature::function(namespace, name) {
        Some(function) => (function, namespace == "Tensor"),
        None => (unbound(namespace, name)?, false),
    };
    let call = if receiver {
        let (receiver, positional) =
            positional.split_first().map_or((None, positional), |(r, p)| (Some(r), p));
        Call { receiver, positional, keywords }
    } else {
        Call { receiver: None, positional, keywords }
    };
    let (signature, given) = choose(&function, &call)?;
    run(signature, &given, &call)
}

/// Makes a sparse tensor. PyTorch checks its indices only where it is asked to, and reads and writes beyond its memory
/// where they are wrong; here they are checked unless `check_invariants=False` forbids it.
fn sparse(name: &str, positional: &[Arg], keywords: &[(&str, Arg)]) -> Result<Arg> {
    let checks = |(key, _): &&(&str, Arg)| *key == "check_invariants";
    let wanted = !matches!(keywords.iter().find(checks), Some((_, Arg::Bool(false))));
    let rest: Vec<(&str, Arg)> = keywords.iter().filter(|keyword| !checks(keyword)).cloned().collect();
    let _guard = state::SparseChecks::set(wanted);
    call("aten", name, positional, &rest)
}

/// What PyTorch binds by hand.
fn unbound(namespace: &str, name: &str) -> Result<Rc<Function>> {
    signature::function("aten", name).ok_or_else(|| {
        let message = match namespace {
            "Tensor" => format!("'Tensor' object has no attribute '{name}'"),
            "torch" => format!("module 'torch' has no attribute '{name}'"),
            _ => format!("module 'torch.{namespace}' has no attribute '{name}'"),
        };
        Error::new(Kind::Attribute, message)
    })
}

fn choose<'f, 'a>(function: &'f Function, call: &Call<'a>) -> Result<(&'f Signature, Vec<Given<'a>>)> {
    for signature in &function.signatures {
        match bind(signature, call) {
            Ok(given) => return Ok((signature, given)),
            Err(Refusal::Error(error)) => return Err(error),
            Err(_) => {}
        }
    }
    Err(mismatch::error(function, call))
}

/// The arguments of a signature by name.
struct Bound<'s, 'a> {
    signature: &'s Signature,
    given: &'s [Given<'a>],
}

impl<'s, 'a> Bound<'s, 'a> {
    fn find(&self, name: &str) -> Option<(&'s Parameter, Given<'a>)> {
        let place = self.signature.parameters.iter().position(|parameter| parameter.name == name)?;
        Some((self.signature.parameters.get(place)?, *self.given.get(place)?))
    }

    fn one(&self, name: &str) -> Option<&'a Arg> {
        match self.find(name) {
            Some((_, Given::One(arg))) => Some(arg),
            _ => None,
        }
    }
}

fn run(signature: &Signature, given: &[Given], call: &Call) -> Result<Arg> {
    let bound = Bound { signature, given };
    if let Some(error) = unsupported(&bound, call) {
        return Err(error);
    }
    let out = bound.one("out").filter(|_| signature.takes_out());
    let operator = signature.operator(out.is_some())?;
    if let Some(Arg::Tensor(out)) = out {
        check_out(&bound, out)?;
    }
    wake(call, out)?;
    let mut lists = Lists::default();
    let items = items(&bound, call, &operator, out, &mut lists)?;
    let results = operator.call(&items)?;
    let result = packed(signature.name, &operator, results);
    if let Some(Arg::Bool(true)) = bound.one("requires_grad")
        && let Arg::Tensor(tensor) = &result
    {
        tensor.set_requires_grad(true)?;
    }
    Ok(result)
}

/// Gives the tensors and storages among the arguments to libtorch, if it has not seen them yet.
fn wake(call: &Call, out: Option<&Arg>) -> Result<()> {
    let keywords = call.keywords.iter().map(|(_, arg)| arg);
    call.receiver.into_iter().chain(call.positional).chain(keywords).chain(out).try_for_each(Arg::wake)
}

/// Dimensions have no names here, so none is found.
fn unsupported(bound: &Bound, call: &Call) -> Option<Error> {
    let mut both = bound.signature.parameters.iter().zip(bound.given);
    let given = both.find_map(|(parameter, given)| match (parameter.takes, given) {
        (Takes::Name | Takes::Names, Given::One(arg)) => Some(*arg),
        _ => None,
    })?;
    let first = given.items().map_or(Some(given), <[Arg]>::first);
    let Some(Arg::Str(name)) = first else {
        return Some(Error::runtime("Please look up dimensions by name, got: name = None."));
    };
    let dimensions = match call.receiver.or(bound.one("input")) {
        Some(Arg::Tensor(tensor)) => vec!["None"; tensor.dim()].join(", "),
        _ => String::new(),
    };
    let message = format!("Name '{name}' not found in Tensor[{dimensions}].");
    Some(
        Error::runtime(message)
            .hint("dimensions have no names in this shell: give the number of the dimension"),
    )
}

/// A factory's options must be those of the tensor it is to write to.
fn check_out(bound: &Bound, out: &super::Tensor) -> Result<()> {
    if let Some(Arg::Dtype(dtype)) = bound.one("dtype")
        && *dtype != out.dtype()
        && bound.find("layout").is_some()
    {
        return Err(Error::runtime(format!(
            "dtype {} does not match dtype of out parameter ({})",
            scalar_name(*dtype),
            scalar_name(out.dtype())
        )));
    }
    Ok(())
}

/// What C++ calls a dtype: `Float`, `Long`.
#[must_use]
pub fn scalar_name(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::UINT8 => "Byte",
        Dtype::INT8 => "Char",
        Dtype::INT16 => "Short",
        Dtype::INT32 => "Int",
        Dtype::INT64 => "Long",
        Dtype::FLOAT16 => "Half",
        Dtype::FLOAT32 => "Float",
        Dtype::FLOAT64 => "Double",
        Dtype::COMPLEX32 => "ComplexHalf",
        Dtype::COMPLEX64 => "ComplexFloat",
        Dtype::COMPLEX128 => "ComplexDouble",
        Dtype::BOOL => "Bool",
        Dtype::BFLOAT16 => "BFloat16",
        other => other.name(),
    }
}

/// An item for each argument of the operator.
fn items(
    bound: &Bound,
    call: &Call,
    operator: &Operator,
    out: Option<&Arg>,
    lists: &mut Lists,
) -> Result<Vec<Item>> {
    let mut items = Vec::with_capacity(operator.arguments.len());
    let mut outs = out.map(|out| out.items().unwrap_or(std::slice::from_ref(out)).iter());
    let mut handed = bound.signature.handed.iter().filter(|name| **name != "out");
    for argument in &operator.arguments {
        if argument.is_out
            && let Some(outs) = &mut outs
        {
            let out = outs.next().ok_or_else(|| Error::type_error("out: too few tensors"))?;
            items.push(item(out, lists));
            continue;
        }
        let name = handed.next().copied().unwrap_or(argument.name.as_str());
        items.push(match name {
            "1" => Item { integer: 1, ..Item::new(Tag::Int) },
            "self" => match call.receiver {
                Some(receiver) => item(receiver, lists),
                // A number may stand there: `pow(2, t)`.
                None => value(bound, if bound.find("self").is_some() { "self" } else { "input" }, lists)?,
            },
            name => value(bound, name, lists)?,
        });
    }
    Ok(items)
}

/// The item of a parameter by name; missing where it was not given.
fn value(bound: &Bound, name: &str, lists: &mut Lists) -> Result<Item> {
    let Some((parameter, given)) = bound.find(name) else { return Ok(Item::new(Tag::Missing)) };
    match given {
        Given::Default if parameter.takes == Takes::Device => Ok(default_device(bound.signature)),
        // PyTorch's parser takes this default for 0; its Python wrappers always give a reduction.
        Given::Default if parameter.default.is_some_and(|default| default.starts_with("at::Reduction")) => {
            Ok(Item::new(Tag::Int))
        }
        Given::Default => Ok(Item::new(Tag::Missing)),
        Given::One(arg) => match parameter.takes {
            Takes::Device => device_argument(arg),
            Takes::Ints => ints(bound.signature, parameter, arg.items(), arg, lists),
            _ => Ok(item(arg, lists)),
        },
        Given::All(args) => ints(bound.signature, parameter, Some(args), &Arg::None, lists),
    }
}

/// Functions that take no tensor make one where `torch.set_default_device` says.
fn default_device(signature: &Signature) -> Item {
    let takes_tensor = signature
        .parameters
        .iter()
        .any(|parameter| parameter.takes == Takes::Tensor && parameter.name != "out");
    match state::default_device() {
        Some(device) if !takes_tensor && !signature.name.starts_with("new_") => device_item(device),
        _ => Item::new(Tag::Missing),
    }
}

fn device_argument(arg: &Arg) -> Result<Item> {
    let device = match arg {
        Arg::Device(device) => *device,
        Arg::Str(text) => Device::parse(text)?,
        Arg::Int(index) => {
            let index = u8::try_from(*index)
                .map_err(|_| Error::runtime(format!("Device index must not be negative, got {index}")))?;
            Device { kind: DeviceKind::Cuda, index: Some(index) }
        }
        _ => return Ok(Item::new(Tag::Missing)),
    };
    cuda::require(device)?;
    Ok(device_item(device))
}

/// A list of ints; later elements are looked at only here, as in PyTorch.
fn ints(
    signature: &Signature,
    parameter: &Parameter,
    list: Option<&[Arg]>,
    single: &Arg,
    lists: &mut Lists,
) -> Result<Item> {
    let Some(list) = list else { return Ok(item(single, lists)) };
    for (place, element) in list.iter().enumerate() {
        if !is_int(element) {
            return Err(Error::type_error(format!(
                "{}(): argument '{}' failed to unpack the object at pos {} with error \"type must be tuple of ints,but got {}\"",
                signature.name,
                parameter.name,
                place + 1,
                element.type_name()
            )));
        }
    }
    let items = list.iter().map(|element| item(element, lists)).collect();
    Ok(lists.list(items))
}

/// The results as Python gives them.
fn packed(function: &'static str, operator: &Operator, mut results: Vec<Arg>) -> Arg {
    match results.len() {
        0 => Arg::None,
        1 => results.pop().unwrap_or(Arg::None),
        count if operator.results.len() == count => {
            Arg::Fields(function, operator.results.iter().copied().zip(results).collect())
        }
        _ => Arg::Tuple(results),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tensor;

    fn floats(values: &[f32], sizes: &[i64]) -> Arg {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Arg::Tensor(Tensor::from_bytes(&bytes, sizes, Dtype::FLOAT32).unwrap())
    }

    fn numbers(arg: Arg) -> Vec<f32> {
        let Arg::Tensor(tensor) = arg else { panic!("no tensor: {}", arg.type_name()) };
        assert_eq!(tensor.dtype(), Dtype::FLOAT32);
        tensor
            .to_bytes()
            .unwrap()
            .chunks(4)
            .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
            .collect()
    }

    #[test]
    fn operators_are_called_by_name() {
        let t = floats(&[1.0, 2.0, 3.0, 4.0], &[2, 2]);
        let two = Arg::Float(2.0);
        assert_eq!(
            numbers(invoke("torch", "add", &[t.clone(), two.clone()], &[]).unwrap()),
            [3.0, 4.0, 5.0, 6.0]
        );
        let alpha = [("alpha", Arg::Int(10))];
        assert_eq!(
            numbers(invoke("Tensor", "add", &[t.clone(), two], &alpha).unwrap()),
            [21.0, 22.0, 23.0, 24.0]
        );
        let view = invoke("Tensor", "view", &[t.clone(), Arg::Int(4), Arg::Int(1)], &[]).unwrap();
        let Arg::Tensor(view) = view else { panic!() };
        assert_eq!(view.sizes(), [4, 1]);
        let zeros =
            invoke("torch", "zeros", &[Arg::Int(2), Arg::Int(3)], &[("requires_grad", Arg::Bool(true))]);
        let Arg::Tensor(zeros) = zeros.unwrap() else { panic!() };
        assert!(zeros.requires_grad() && zeros.is_leaf());
        let Arg::Fields(name, fields) = invoke("torch", "max", &[t.clone(), Arg::Int(1)], &[]).unwrap()
        else {
            panic!()
        };
        assert_eq!((name, fields[0].0, fields[1].0), ("max", "values", "indices"));
        assert_eq!(numbers(fields[0].1.clone()), [2.0, 4.0]);
        let same = invoke("Tensor", "mul_", &[t.clone(), t.clone()], &[]).unwrap();
        let (Arg::Tensor(same), Arg::Tensor(t)) = (same, t) else { panic!() };
        assert!(same.is_same(&t));
    }

    #[test]
    fn what_libtorch_raises_is_an_error() {
        let t = floats(&[1.0, 2.0], &[2]);
        let error = invoke("torch", "mm", &[t.clone(), t.clone()], &[]).unwrap_err();
        assert_eq!((error.kind(), error.message()), (Kind::Runtime, "self must be a matrix"));
        let error = invoke("torch", "relu", &[], &[]).unwrap_err();
        assert_eq!(error.message(), "relu() missing 1 required positional arguments: \"input\"");
        let error = invoke("Tensor", "select", &[t, Arg::Int(0), Arg::Int(5)], &[]).unwrap_err();
        assert_eq!(error.kind(), Kind::Index);
    }
}
