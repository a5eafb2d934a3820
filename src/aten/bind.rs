//! Which overload a call means: the first signature of the table that takes its arguments, as in Python.

use super::Arg;
use super::signature::{Parameter, Signature, Takes};
use torchsh_base::error::Error;
use torchsh_checkpoint::dtype::Dtype;

/// A call as the program wrote it, the receiver of a method apart.
pub struct Call<'a> {
    /// The tensor a method was called on.
    pub receiver: Option<&'a Arg>,
    /// What was given by place.
    pub positional: &'a [Arg],
    /// What was given by name.
    pub keywords: &'a [(&'a str, Arg)],
}

/// What a parameter was given.
#[derive(Clone, Copy)]
pub enum Given<'a> {
    /// Nothing, or `None`.
    Default,
    /// An argument.
    One(&'a Arg),
    /// All positional arguments together: `view(2, 3)`.
    All(&'a [Arg]),
}

/// Functions whose tensor parameters take plain numbers, without their `_` and `_out`.
const NUMBERS_AS_TENSORS: &[&str] = &[
    "add",
    "sub",
    "mul",
    "div",
    "divide",
    "multiply",
    "subtract",
    "true_divide",
    "floor_divide",
    "copy",
    "to",
    "_to_copy",
];

/// Why a signature does not take a call.
pub enum Refusal {
    /// More by place than it has parameters.
    TooMany,
    /// The parameter with this number was not given.
    Missing(usize),
    /// The parameter got something else; with the place of the wrong element where it is a list.
    Wrong(usize, Option<usize>),
    /// Keywords that it has not, or that were given twice.
    Keywords,
    /// No signature need be tried any more.
    Error(Error),
}

/// Puts arguments to parameters.
///
/// # Errors
/// Why the signature does not take them.
pub fn bind<'a>(signature: &Signature, call: &Call<'a>) -> Result<Vec<Given<'a>>, Refusal> {
    let by_place = signature.parameters.iter().filter(|parameter| !parameter.keyword_only).count();
    let packs = by_place == 1 && signature.parameters.first().is_some_and(|first| first.takes == Takes::Ints);
    if call.positional.len() > by_place && !packs {
        return Err(Refusal::TooMany);
    }
    let (mut place, mut named) = (0, 0);
    let mut given = Vec::with_capacity(signature.parameters.len());
    for (number, parameter) in signature.parameters.iter().enumerate() {
        let (arg, is_keyword) = match call.positional.get(place) {
            Some(_) if parameter.keyword_only => return Err(Refusal::TooMany),
            Some(arg) => (Some(arg), false),
            None => (keyword(call, parameter), true),
        };
        let mut took = Given::Default;
        match arg {
            None if parameter.default.is_some() => {}
            None => return Err(Refusal::Missing(number)),
            Some(Arg::None) if parameter.none => {}
            Some(arg) => match check(signature.name, parameter, arg, number) {
                Ok(()) => took = Given::One(arg),
                Err(Refusal::Error(error)) => return Err(Refusal::Error(error)),
                Err(_) if packs && place == 0 && !is_keyword && all_ints(call.positional) => {
                    given.push(Given::All(call.positional));
                    place = call.positional.len();
                    continue;
                }
                Err(refusal) => return Err(refusal),
            },
        }
        given.push(took);
        match (is_keyword, arg) {
            (false, _) => place += 1,
            (true, Some(_)) => named += 1,
            (true, None) => {}
        }
    }
    if named < call.keywords.len() { Err(Refusal::Keywords) } else { Ok(given) }
}

fn keyword<'a>(call: &Call<'a>, parameter: &Parameter) -> Option<&'a Arg> {
    let find = |name: &str| call.keywords.iter().find(|(given, _)| *given == name).map(|(_, arg)| arg);
    find(parameter.name).or_else(|| parameter.other_names().iter().find_map(|name| find(name)))
}

/// Whether the first of them is an integer; later ones are looked at when the list is made.
fn all_ints(args: &[Arg]) -> bool {
    args.first().is_some_and(is_int)
}

/// Whether it can stand for an integer: an `int` or a tensor that is one.
pub(super) fn is_int(arg: &Arg) -> bool {
    match arg {
        Arg::Int(_) => true,
        Arg::Tensor(tensor) => {
            tensor.dtype().is_integral()
                && tensor.dtype() != Dtype::BOOL
                && !tensor.requires_grad()
                && tensor.dim() == 0
        }
        _ => false,
    }
}

/// Whether it can stand for a float: a number, or a tensor that is one.
fn is_float(arg: &Arg) -> bool {
    match arg {
        Arg::Bool(_) | Arg::Int(_) | Arg::Float(_) => true,
        Arg::Tensor(tensor) => !tensor.requires_grad() && tensor.dim() == 0,
        _ => false,
    }
}

fn is_number(arg: &Arg) -> bool {
    matches!(arg, Arg::Bool(_) | Arg::Int(_) | Arg::Float(_) | Arg::Complex(..))
}

fn numbers_as_tensors(name: &str) -> bool {
    NUMBERS_AS_TENSORS.contains(&name.strip_suffix('_').unwrap_or(name))
}

/// Whether a parameter takes an argument. `number` is the parameter's place, for messages.
fn check(function: &str, parameter: &Parameter, arg: &Arg, number: usize) -> Result<(), Refusal> {
    let fits = match parameter.takes {
        Takes::Tensor => matches!(arg, Arg::Tensor(_)) || (is_number(arg) && numbers_as_tensors(function)),
        Takes::Scalar => is_float(arg) || matches!(arg, Arg::Complex(..)),
        Takes::Int => is_int(arg),
        Takes::Float => is_float(arg),
        Takes::Bool => matches!(arg, Arg::Bool(_)),
        Takes::Tensors => return check_tensors(arg, number),
        Takes::MaybeTensors => arg
            .items()
            .is_some_and(|items| items.iter().all(|item| matches!(item, Arg::Tensor(_) | Arg::None))),
        Takes::Ints => return check_ints(parameter, arg, number),
        Takes::Floats => arg.items().is_some_and(|items| items.first().is_none_or(is_float)),
        Takes::Bools => {
            arg.items().is_some_and(|items| items.iter().all(|item| matches!(item, Arg::Bool(_))))
        }
        Takes::Scalars => arg.items().is_some_and(|items| items.iter().all(is_number)),
        Takes::Generator => matches!(arg, Arg::Generator(_)),
        Takes::Dtype => matches!(arg, Arg::Dtype(_)),
        Takes::Layout => matches!(arg, Arg::Layout(_)),
        Takes::MemoryFormat => matches!(arg, Arg::MemoryFormat(_)),
        Takes::Device => matches!(arg, Arg::Device(_) | Arg::Str(_) | Arg::Int(_)),
        Takes::Str => matches!(arg, Arg::Str(_)),
        Takes::Storage => matches!(arg, Arg::Storage(_)),
        Takes::Name => matches!(arg, Arg::Str(_) | Arg::None),
        Takes::Names => {
            let name = |arg: &Arg| matches!(arg, Arg::Str(_) | Arg::None);
            arg.items()
                .map_or_else(|| parameter.size > 0 && name(arg), |items| items.first().is_some_and(name))
        }
        Takes::Unknown => false,
    };
    if fits { Ok(()) } else { Err(Refusal::Wrong(number, None)) }
}

fn check_ints(parameter: &Parameter, arg: &Arg, number: usize) -> Result<(), Refusal> {
    let Some(items) = arg.items() else {
        let fits = parameter.size > 0 && is_int(arg);
        return if fits { Ok(()) } else { Err(Refusal::Wrong(number, None)) };
    };
    match items.first() {
        Some(first) if !is_int(first) => Err(Refusal::Wrong(number, Some(0))),
        _ => Ok(()),
    }
}

/// PyTorch raises here at once, whatever other signatures there are.
fn check_tensors(arg: &Arg, number: usize) -> Result<(), Refusal> {
    let Some(items) = arg.items() else { return Err(Refusal::Wrong(number, None)) };
    match items.iter().position(|item| !matches!(item, Arg::Tensor(_))) {
        None => Ok(()),
        Some(place) => {
            let found = items.get(place).map_or("", Arg::type_name);
            Err(Refusal::Error(Error::type_error(format!(
                "expected Tensor as element {place} in argument {number}, but got {found}"
            ))))
        }
    }
}
