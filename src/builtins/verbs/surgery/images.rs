//! resample, inflate: weights of models of images that take other images.

use super::sources::{changed, integer, tensors};
use crate::verbs::Words;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::report::{keys, shape_text};
use torchsh_language::value::{Args, Str, Value, Vm};

/// `resample p "pos_embed" to 24x24`
pub fn resample(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    words.skip("to");
    let to = words.text(vm, args, "a grid: 24x24")?;
    words.end(args)?;
    let grid = grid_of(&to)?;
    let prefix = super::sources::option(args, "prefix")
        .is_some()
        .then(|| integer(vm, args, "prefix", 0))
        .transpose()?;
    let mut lines = Vec::new();
    let (made, count) = changed(vm, &dict, &[pattern], |key, tensor| {
        let before = tensor.tensor().sizes();
        let [rows, width] = match *before.as_slice() {
            [1, rows, width] | [rows, width] => [rows, width],
            _ => {
                let message =
                    format!("{} is not a table of positions: [1, positions, width]", shape_text(&before));
                return Err(Error::value(message));
            }
        };
        let (kept, side) = sides(rows, prefix)?;
        let resampled =
            positions(vm, &Value::Tensor(tensor.clone()), (before.len(), kept, side, width), grid)?;
        let after = resampled.as_tensor().map_or_else(String::new, |made| shape_text(&made.tensor().sizes()));
        lines.push(format!(
            "{key}  {} → {after}, {kept} prefix, {side}x{side} → {}x{}",
            shape_text(&before),
            grid.0,
            grid.1
        ));
        Ok(vec![(key.to_owned(), resampled)])
    })?;
    vm.notice(&keys::list(&format!("resampled {}:", tensors(count)), &lines));
    Ok(Value::Dict(made))
}

fn grid_of(text: &Str) -> Result<(i64, i64)> {
    let sides =
        text.split_once('x').and_then(|(rows, columns)| Some((rows.parse().ok()?, columns.parse().ok()?)));
    sides
        .filter(|(rows, columns): &(i64, i64)| {
            *rows > 0 && *columns > 0 && rows.saturating_mul(*columns) < 1 << 30
        })
        .ok_or_else(|| Error::value(format!("\"{text}\" is not a grid: 24x24")))
}

/// How many positions stand before those of a square grid, and the square's side.
fn sides(rows: i64, prefix: Option<i64>) -> Result<(i64, i64)> {
    const PREFIXES: i64 = 5;
    let side = |rows: i64| {
        let side = (rows as f64).sqrt() as i64;
        (side..=side + 1).find(|side| side * side == rows && rows > 0)
    };
    let tried = match prefix {
        Some(prefix) => prefix..=prefix,
        None => 0..=PREFIXES,
    };
    let mut tried = tried;
    tried.find_map(|prefix| Some((prefix, side(rows - prefix)?))).ok_or_else(|| {
        let error = Error::value(format!("{rows} positions are not a square grid plus its prefix"));
        error.hint("prefix= says how many stand before the grid: the class token, registers")
    })
}

/// As timm's `resample_abs_pos_embed`: bicubic, antialiased, the prefix as it is.
fn positions(
    vm: &dyn Vm,
    table: &Value,
    (rank, kept, side, width): (usize, i64, i64, i64),
    to: (i64, i64),
) -> Result<Value> {
    let int = Value::Int;
    let list = |sizes: &[i64]| Value::list(sizes.iter().copied().map(Value::Int).collect());
    let call = |receiver: &Value, name: &str, arguments: &[Value]| vm.call_method(receiver, name, arguments);
    let dtype = vm.attribute(table, &Str::intern("dtype"))?;
    let table = if rank == 2 { call(table, "unsqueeze", &[int(0)])? } else { table.clone() };
    let before = call(&table, "narrow", &[int(1), int(0), int(kept)])?;
    let grid = call(&table, "narrow", &[int(1), int(kept), int(side * side)])?;
    let grid = call(&grid, "float", &[])?;
    let grid = call(&grid, "reshape", &[int(1), int(side), int(side), int(width)])?;
    let grid = call(&grid, "permute", &[int(0), int(3), int(1), int(2)])?;
    let functional = vm.import("torch.nn.functional")?;
    let interpolate = vm.attribute(&functional, &Str::intern("interpolate"))?;
    let options = [
        (Str::intern("size"), list(&[to.0, to.1])),
        (Str::intern("mode"), Value::str("bicubic")),
        (Str::intern("antialias"), Value::Bool(true)),
    ];
    let grid = vm.call(&interpolate, &[grid], &options)?;
    let grid = call(&grid, "permute", &[int(0), int(2), int(3), int(1)])?;
    let grid = call(&grid, "reshape", &[int(1), int(-1), int(width)])?;
    let grid = call(&grid, "to", &[dtype])?;
    let cat = vm.attribute(&vm.import("torch")?, &Str::intern("cat"))?;
    let made = vm.call(&cat, &[Value::list(vec![before, grid]), int(1)], &[])?;
    if rank == 2 { call(&made, "squeeze", &[int(0)]) } else { Ok(made) }
}

/// `inflate p "conv1.weight" to 4`
pub fn inflate(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    words.skip("to");
    let to = torchsh_language::value::number::index(vm, words.next(args, "how many channels")?)?;
    words.end(args)?;
    if to < 1 {
        return Err(Error::value(format!("{to} channels")));
    }
    let mut lines = Vec::new();
    let (made, count) = changed(vm, &dict, &[pattern], |key, tensor| {
        let before = tensor.tensor().sizes();
        let from = before.get(1).copied().filter(|from| *from > 0 && before.len() > 2);
        let from = from.ok_or_else(|| {
            Error::value(format!("{} is not a weight of a convolution", shape_text(&before)))
        })?;
        let made = channels(vm, &Value::Tensor(tensor.clone()), (from, to))?;
        let after = made.as_tensor().map_or_else(String::new, |made| shape_text(&made.tensor().sizes()));
        lines.push(format!("{key}  {} → {after}", shape_text(&before)));
        Ok(vec![(key.to_owned(), made)])
    })?;
    vm.notice(&keys::list(&format!("inflated {} to {to} channels:", tensors(count)), &lines));
    Ok(Value::Dict(made))
}

/// As timm's `adapt_input_conv`: one channel is the sum of all; more are the same again in turn, divided accordingly as there
/// are more.
fn channels(vm: &dyn Vm, weight: &Value, (from, to): (i64, i64)) -> Result<Value> {
    let call = |receiver: &Value, name: &str, arguments: &[Value]| vm.call_method(receiver, name, arguments);
    let dtype = vm.attribute(weight, &Str::intern("dtype"))?;
    let wide = call(weight, "float", &[])?;
    let made = if to == 1 {
        let sum = vm.attribute(&wide, &Str::intern("sum"))?;
        vm.call(
            &sum,
            &[],
            &[(Str::intern("dim"), Value::Int(1)), (Str::intern("keepdim"), Value::Bool(true))],
        )?
    } else {
        let rank = wide.as_tensor().map_or(0, |tensor| tensor.tensor().sizes().len());
        let mut times = vec![Value::Int(1); rank];
        if let Some(place) = times.get_mut(1) {
            *place = Value::Int((to + from - 1) / from);
        }
        let repeated = call(&wide, "repeat", &times)?;
        let part = call(&repeated, "narrow", &[Value::Int(1), Value::Int(0), Value::Int(to)])?;
        call(&part, "mul", &[Value::Float(from as f64 / to as f64)])?
    };
    call(&made, "to", &[dtype])
}
