//! `torch.Size`.

use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Value, Vm, opt};

fn construct(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Some(given) = args.get(0) else { return Ok(Value::size(&[])) };
    if let Value::Tensor(_) = given {
        return Ok(Value::size(
            &vm.collect(given)?
                .iter()
                .map(|item| torchsh_language::value::number::index(vm, item))
                .collect::<Result<Vec<_>>>()?,
        ));
    }
    let mut sizes = Vec::new();
    for (position, item) in vm.collect(given)?.iter().enumerate() {
        match (item, torchsh_language::value::number::index(vm, item)) {
            (Value::Float(_) | Value::Str(_), _) | (_, Err(_)) => {
                let name = vm.type_name(item);
                let message =
                    format!("torch.Size() takes an iterable of 'int' (item {position} is '{name}')");
                return Err(Error::type_error(message));
            }
            (_, Ok(size)) => sizes.push(size),
        }
    }
    Ok(Value::size(&sizes))
}

fn numel(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Value::Tuple(sizes) = args.receiver() else { return Err(args.wrong_receiver(vm)) };
    let product = sizes.items.iter().filter_map(Value::as_int).try_fold(1_i64, i64::checked_mul);
    product.map(Value::Int).ok_or_else(|| Error::runtime("the number of elements does not fit 64 bits"))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::constructor("Size", &[opt("_iterable", "()")], construct)
        .says("the sizes of a tensor's dimensions"),
    Builtin::method("Size", "numel", &[], numel).says("the number of elements"),
];
