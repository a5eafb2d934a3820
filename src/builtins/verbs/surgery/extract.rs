//! extract: the low-rank change that tuning made.

use std::rc::Rc;

use super::sources::{at_key, tensors};
use crate::verbs::Words;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::report::{gather, keys};
use torchsh_language::value::{Args, Dict, Str, Value, Vm, number::index};

/// `extract lora from tuned base m rank 16`
pub fn extract(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    words.skip("lora");
    words.skip("from");
    let tuned = words.weights(vm, args)?;
    if !words.skip("base") {
        return Err(Error::type_error("extract wants base and what was tuned").hint(Words::synopsis(args)));
    }
    let base = words.weights(vm, args)?;
    if !words.skip("rank") {
        return Err(Error::type_error("extract wants rank and a number").hint(Words::synopsis(args)));
    }
    let rank = index(vm, words.next(args, "a rank: 16")?)?;
    words.end(args)?;
    if rank < 1 {
        return Err(Error::value(format!("a rank of {rank}")));
    }
    let made = Dict::default();
    let (mut count, mut left) = (0, Vec::new());
    for (key, value) in tuned.entries() {
        vm.check_interrupt()?;
        let text = gather::key_text(vm, &key)?;
        let (Some(tensor), Some(before)) = (value.as_tensor(), base.get(vm, &key)?) else { continue };
        let is_matrix = tensor.tensor().dtype().is_floating_point() && tensor.tensor().sizes().len() == 2;
        let name = text.strip_suffix(".weight").filter(|_| is_matrix);
        let Some(name) = name else {
            if !is_equal(vm, &value, &before)? {
                left.push(text);
            }
            continue;
        };
        if is_equal(vm, &value, &before)? {
            continue;
        }
        let (up, down) = factored(vm, &value, &before, rank).map_err(|error| at_key(error, &text))?;
        made.set_name(&format!("base_model.model.{name}.lora_A.weight"), down);
        made.set_name(&format!("base_model.model.{name}.lora_B.weight"), up);
        count += 1;
    }
    if count == 0 {
        return Err(Error::value("no matrix differs: there is nothing to extract"));
    }
    let head = format!(
        "a LoRA of rank {rank} for {}; merge adds it with scale 1 (lora_alpha={rank} in peft)",
        tensors(count)
    );
    vm.notice(&match left.is_empty() {
        true => head,
        false => keys::list(&format!("{head}; not in it, though they differ:"), &left),
    });
    Ok(Value::Dict(Rc::new(made)))
}

fn is_equal(vm: &dyn Vm, one: &Value, two: &Value) -> Result<bool> {
    let sizes = |value: &Value| value.as_tensor().map(|tensor| tensor.tensor().sizes());
    if sizes(one).is_none() || sizes(one) != sizes(two) {
        return Ok(false);
    }
    vm.truth(&vm.call_method(&vm.import("torch")?, "equal", &[one.clone(), two.clone()])?)
}

/// The best product of two matrices of a rank for a difference, by its singular values.
fn factored(vm: &dyn Vm, tuned: &Value, base: &Value, rank: i64) -> Result<(Value, Value)> {
    let call = |receiver: &Value, name: &str, arguments: &[Value]| vm.call_method(receiver, name, arguments);
    let change = call(&call(tuned, "float", &[])?, "sub", &[call(base, "float", &[])?])?;
    let torch = vm.import("torch")?;
    let svd = vm.attribute(&vm.attribute(&torch, &Str::intern("linalg"))?, &Str::intern("svd"))?;
    let parts = vm.call(&svd, &[change], &[(Str::intern("full_matrices"), Value::Bool(false))])?;
    let parts = vm.collect(&parts)?;
    let [left, values, right] = parts.as_slice() else {
        return Err(Error::runtime("svd gave no three parts"));
    };
    let most = values.as_tensor().and_then(|values| values.tensor().sizes().first().copied()).unwrap_or(0);
    let rank = Value::Int(rank.min(most));
    let part =
        |value: &Value, dim: i64| call(value, "narrow", &[Value::Int(dim), Value::Int(0), rank.clone()]);
    let up = call(&part(left, 1)?, "mul", &[part(values, 0)?])?;
    Ok((call(&up, "contiguous", &[])?, call(&part(right, 0)?, "contiguous", &[])?))
}
