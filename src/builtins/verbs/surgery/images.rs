//! resample, inflate: weights of models of images that take other images.

use torchsh_aten::{Arg, Tensor, invoke};

use super::sources::{Sources, Ties, changed, integer, option, tensors, value};
use crate::verbs::Words;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record::{Produce, TensorRecord};
use torchsh_language::value::report::{keys, shape_text};
use torchsh_language::value::{Args, Str, Value, Vm};
use torchsh_state_dict::derive::{self, Combination};

/// `resample p "pos_embed" to 24x24`
pub fn resample(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    words.skip("to");
    let to = words.text(vm, args, "a grid: 24x24")?;
    words.end(args)?;
    let grid = grid_of(&to)?;
    let prefix = option(args, "prefix").is_some().then(|| integer(vm, args, "prefix", 0)).transpose()?;
    let (mut sources, mut ties, mut lines) = (Sources::new(vm), Ties::default(), Vec::new());
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
        let resampled = ties.once(std::slice::from_ref(tensor), || {
            let source = sources.of(key, tensor)?;
            value(&positions(&source.record, (kept, side, width), grid)?, &[&source])
        })?;
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

/// As timm's `resample_abs_pos_embed`: bicubic, antialiased, in single precision; the prefix as it is.
fn positions(
    table: &TensorRecord,
    (kept, side, width): (i64, i64, i64),
    to: (i64, i64),
) -> Result<TensorRecord> {
    let (dtype, dim) = (table.dtype, table.shape.len().saturating_sub(2));
    let rows = table.shape.get(dim).copied().unwrap_or(0);
    if !dtype.is_floating_point() {
        return Err(Error::type_error(format!("positions of {} are not resampled", dtype.name())));
    }
    let grid = derive::cast(derive::sliced(table, dim, kept, rows)?, Dtype::FLOAT32)?;
    let mut shape = table.shape.clone();
    if let Some(size) = shape.get_mut(dim) {
        *size = to.0 * to.1;
    }
    let nbytes = shape.iter().try_fold(4_u64, |bytes, size| bytes.checked_mul(u64::try_from(*size).ok()?));
    let nbytes = nbytes.filter(|nbytes| *nbytes <= torchsh_checkpoint::limits::DERIVED_BYTES);
    let nbytes =
        nbytes.ok_or_else(|| Error::value(format!("a table of {} is too large", shape_text(&shape))))?;
    let made = Interpolated { source: [grid], from: [1, side, side, width], to };
    let grid = derive::cast(derive::on(Dtype::FLOAT32, shape, nbytes, Box::new(made))?, dtype)?;
    match kept {
        0 => Ok(grid),
        _ => derive::joined(vec![derive::sliced(table, dim, 0, kept)?, grid], dim),
    }
}

/// A table of positions for another grid, which libtorch makes when somebody asks for it.
struct Interpolated {
    source: [TensorRecord; 1],
    /// One, rows, columns, width.
    from: [i64; 4],
    to: (i64, i64),
}

impl Produce for Interpolated {
    fn produce(&self) -> Result<Region> {
        let [source] = &self.source;
        let bytes = derive::dense(source)?;
        let grid = Tensor::from_bytes(bytes.bytes(), &self.from, Dtype::FLOAT32)?;
        let list = |sizes: &[i64]| Arg::List(sizes.iter().copied().map(Arg::Int).collect());
        let grid = invoke("Tensor", "permute", &[Arg::Tensor(grid), list(&[0, 3, 1, 2])], &[])?;
        let to = list(&[self.to.0, self.to.1]);
        let made = invoke("nn", "_upsample_bicubic2d_aa", &[grid, to, Arg::Bool(false), Arg::None], &[])?;
        let made = invoke("Tensor", "permute", &[made, list(&[0, 2, 3, 1])], &[])?;
        match invoke("Tensor", "contiguous", &[made], &[])? {
            Arg::Tensor(made) => made.to_bytes().map(Region::from),
            _ => Err(Error::runtime("what was resampled is no tensor")),
        }
    }

    fn sources(&self) -> &[TensorRecord] {
        &self.source
    }

    fn lost(&self) -> u64 {
        self.source.iter().filter_map(TensorRecord::view).map(|view| view.storage.lost()).sum()
    }
}

/// What is in the channels of a convolution that takes others.
#[derive(Clone, Copy, PartialEq)]
enum Channels {
    /// As timm's `adapt_input_conv`: one is the sum of all; more are the same again in turn, divided accordingly as there are more.
    Repeated,
    /// One is the mean of all; more are those that are there, and their mean.
    Mean,
}

/// `inflate p "conv1.weight" to 4`
pub fn inflate(vm: &dyn Vm, args: &Args) -> Result<Value> {
    const MOST: i64 = 1 << 16;
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    words.skip("to");
    let to = words.index(vm, args, "how many channels: to 4")?;
    words.end(args)?;
    if !(1..=MOST).contains(&to) {
        return Err(Error::value(format!("channels are 1 to {MOST}, not {to}")).hint(Words::synopsis(args)));
    }
    let how = option(args, "channels").map(|how| vm.text(how)).transpose()?;
    let how = match how.as_ref().map_or("repeat", |how| how.as_str()) {
        "repeat" => Channels::Repeated,
        "mean" => Channels::Mean,
        other => {
            let error = Error::value(format!("channels are \"repeat\" or \"mean\", not \"{other}\""));
            return Err(error.hint(Words::synopsis(args)));
        }
    };
    let (mut sources, mut ties, mut lines) = (Sources::new(vm), Ties::default(), Vec::new());
    let (made, count) = changed(vm, &dict, &[pattern], |key, tensor| {
        let before = tensor.tensor().sizes();
        let from = before.get(1).copied().filter(|from| (1..=MOST).contains(from) && before.len() > 2);
        let from = from.ok_or_else(|| {
            Error::value(format!("{} is not a weight of a convolution", shape_text(&before)))
        })?;
        let made = ties.once(std::slice::from_ref(tensor), || {
            let source = sources.of(key, tensor)?;
            value(&channels(&source.record, (from, to), how)?, &[&source])
        })?;
        let after = made.as_tensor().map_or_else(String::new, |made| shape_text(&made.tensor().sizes()));
        lines.push(format!("{key}  {} → {after}", shape_text(&before)));
        Ok(vec![(key.to_owned(), made)])
    })?;
    vm.notice(&keys::list(&format!("inflated {} to {to} channels:", tensors(count)), &lines));
    Ok(Value::Dict(made))
}

fn channels(weight: &TensorRecord, (from, to): (i64, i64), how: Channels) -> Result<TensorRecord> {
    let all =
        || (0..from).map(|place| derive::sliced(weight, 1, place, place + 1)).collect::<Result<Vec<_>>>();
    let ones = vec![1.0; usize::try_from(from).unwrap_or(0)];
    match how {
        Channels::Repeated if to == 1 => derive::combined(all()?, Combination::Sum(ones)),
        Channels::Repeated => {
            let again = usize::try_from((to + from - 1) / from).unwrap_or(1);
            let repeated = derive::sliced(&derive::joined(vec![weight.clone(); again], 1)?, 1, 0, to)?;
            let share = from as f64 / to as f64;
            derive::combined(vec![repeated], Combination::Sum(vec![share]))
        }
        Channels::Mean if to == 1 => derive::combined(all()?, Combination::Average(ones)),
        Channels::Mean if to < from => {
            let error = Error::value(format!("{to} of {from} channels are not their mean"));
            Err(error
                .hint("to 1 is their mean; slice takes some of them: slice p \"conv1.weight\" 0:3 dim=1"))
        }
        Channels::Mean => {
            let added = vec![
                derive::combined(all()?, Combination::Average(ones))?;
                usize::try_from(to - from).unwrap_or(0)
            ];
            derive::joined([vec![weight.clone()], added].concat(), 1)
        }
    }
}
