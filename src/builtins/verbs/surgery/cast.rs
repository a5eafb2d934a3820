//! cast: other dtypes, and GGUF's quantised blocks.

use std::rc::Rc;

use super::mixture::Plan;
use super::sources::{Sources, option, patterns, tell_lost, tensors, told, value};
use crate::verbs::{Words, like, unmatched};
use torchsh_aten::DeviceKind;
use torchsh_base::error::{Error, Result};
use torchsh_base::nearest;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::gguf::blocks::{BlockType, block_type_named, packable};
use torchsh_checkpoint::gguf::mixtures::{MIXTURES, Mixture};
use torchsh_checkpoint::pattern::fits;
use torchsh_language::value::report::{gather, keys, shape_text};
use torchsh_language::value::{Args, Dict, Str, TensorObject, Value, Vm};
use torchsh_state_dict::derive;

/// Endings of the keys that hold the scales of another tensor.
const SCALES: &[&str] = &["_scale", "_scale_inv", ".scale", "_scales", ".scales", ".SCB", ".absmax"];

/// `cast p bfloat16 keep "*norm*"`
pub fn cast(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let target = target_of(vm, args, words.next(args, "a dtype")?)?;
    let kept = if words.skip("keep") { patterns(vm, args, &mut words, "")? } else { Vec::new() };
    words.end(args)?;
    let force = option(args, "force").map_or(Ok(false), |force| vm.truth(force))?;
    if !force {
        refuse_scaled(vm, &dict, target)?;
    }
    refuse_unused(vm, args, &dict, &kept)?;
    let (made, mut sources) = (like(&dict), Sources::new(vm));
    let (mut count, mut already, mut left, mut other) = (0, 0, Vec::new(), Vec::new());
    let plan = match target {
        Target::Mixture(mixture) => Some(Plan::of(vm, &dict, mixture)?),
        _ => None,
    };
    let mut types = Types::default();
    let (name, all) = (target.name(), target);
    // Two keys of one tensor stay two keys of one tensor.
    let mut ties = super::sources::Ties::default();
    for (key, entry) in dict.entries() {
        vm.check_interrupt()?;
        let Some(tensor) = entry.as_tensor() else {
            made.set(vm, key, entry)?;
            continue;
        };
        let text = gather::key_text(vm, &key)?;
        if !target.takes(tensor) || kept.iter().any(|pattern| fits(&text, pattern)) {
            left.push(text);
            made.set(vm, key, entry)?;
            continue;
        }
        count += 1;
        let target =
            plan.as_ref().map_or(Some(all), |plan| plan.block(&text).map(Target::Blocks)).unwrap_or(all);
        let cast = match target {
            Target::Dtype(dtype) if tensor.tensor().dtype() == dtype && block_of(tensor).is_none() => {
                already += 1;
                entry.clone()
            }
            Target::Blocks(block) if block_of(tensor) == Some(block) => {
                already += 1;
                entry.clone()
            }
            // A mixture is a type of blocks for each tensor.
            Target::Mixture(_) => entry.clone(),
            Target::Dtype(dtype) => {
                ties.once(std::slice::from_ref(tensor), || one(vm, &mut sources, &text, tensor, dtype))?
            }
            Target::Blocks(block) => ties.once(std::slice::from_ref(tensor), || {
                let (made, instead) = blocks(&mut sources, &text, tensor, block)?;
                let shape = shape_text(&tensor.tensor().sizes());
                other.extend(instead.map(|name| format!("{text} {shape}: {name}")));
                Ok(made)
            })?,
        };
        if let Target::Blocks(block) = target {
            types.count(block);
        }
        made.set(vm, key, cast)?;
    }
    if count == 0 {
        vm.notice("no tensor here is of floating-point numbers that are not kept: nothing is cast");
    } else {
        let mut head = format!("cast {} to {name}", tensors(count));
        if plan.is_some() {
            head.push_str(&format!(" ({types})"));
        }
        if already > 0 {
            head.push_str(&format!(" ({already} had it)"));
        }
        vm.notice(&told(&head, &left));
    }
    tell_lost(vm, &made)?;
    if !other.is_empty() {
        let elements = if let Target::Blocks(block) = all { block.elements } else { LARGEST_BLOCK };
        let head =
            format!("rows of these are not whole blocks of {elements} numbers, so they are of another type:");
        vm.notice(&keys::list(&head, &other));
    }
    Ok(Value::Dict(Rc::new(made)))
}

/// Numbers in a block of a mixture's types.
const LARGEST_BLOCK: usize = 256;

/// How many tensors are of which type, in the order in which these came.
#[derive(Default)]
struct Types(Vec<(&'static str, usize)>);

impl Types {
    fn count(&mut self, block: BlockType) {
        match self.0.iter_mut().find(|(name, _)| *name == block.name) {
            Some((_, count)) => *count += 1,
            None => self.0.push((block.name, 1)),
        }
    }
}

impl std::fmt::Display for Types {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all: Vec<String> = self.0.iter().map(|(name, count)| format!("{name} ×{count}")).collect();
        f.write_str(&all.join(", "))
    }
}

/// That what is to be kept is there: a slip in a pattern would cast it all.
fn refuse_unused(vm: &dyn Vm, args: &Args, dict: &Rc<Dict>, kept: &[Str]) -> Result<()> {
    let is_kept = |key: &str, value: &Value, pattern: &str| value.as_tensor().is_some() && fits(key, pattern);
    let unused = unmatched::of(vm, dict, kept, is_kept)?;
    match unused.first() {
        Some(first) => {
            let said = format!("no tensor's key fits {}", unmatched::quoted(&unused));
            unmatched::refuse(vm, args, dict, said, first)
        }
        None => Ok(()),
    }
}

/// What tensors are cast to.
#[derive(Clone, Copy)]
enum Target {
    Dtype(Dtype),
    /// Quantised blocks, which .gguf holds.
    Blocks(BlockType),
    /// Blocks of several types, as llama.cpp chooses them.
    Mixture(Mixture),
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Target::Dtype(dtype) => dtype.name(),
            Target::Blocks(block) => block.name,
            Target::Mixture(mixture) => mixture.name,
        }
    }

    /// Floating-point numbers; blocks are made of matrices, as llama.cpp makes them.
    fn takes(self, tensor: &TensorObject) -> bool {
        let tensor = tensor.tensor();
        let is_large = matches!(self, Target::Dtype(_)) || tensor.sizes().len() > 1;
        tensor.dtype().is_floating_point() && is_large
    }
}

fn block_of(tensor: &TensorObject) -> Option<BlockType> {
    tensor.tensor().storage().ok()?.block()
}

/// One tensor as blocks; and of which type they are, if its rows do not fit the one that was asked for.
fn blocks(
    sources: &mut Sources<'_>,
    key: &str,
    tensor: &Rc<TensorObject>,
    block: BlockType,
) -> Result<(Value, Option<&'static str>)> {
    let source = sources.of(key, tensor)?;
    // Blocks that are there already are not made of what they are read as, but of what they were made of.
    let numbers = derive::unpacked(&source.record).map(|(numbers, _)| numbers);
    let numbers = numbers.unwrap_or_else(|| source.record.clone());
    let (made, instead) =
        derive::packed_or_near(numbers, block).map_err(|error| super::sources::at_key(error, key))?;
    Ok((value(&made, &[&source])?, instead))
}

/// One tensor in another dtype.
fn one(
    vm: &dyn Vm,
    sources: &mut Sources<'_>,
    key: &str,
    tensor: &Rc<TensorObject>,
    dtype: Dtype,
) -> Result<Value> {
    let is_plain = tensor.tensor().device().kind == DeviceKind::Cpu
        && tensor.tensor().layout() == torchsh_aten::Layout::STRIDED
        && derive::is_castable(tensor.tensor().dtype(), dtype);
    if !is_plain {
        // Another device, a sparse or a meta tensor: libtorch's.
        return vm.call_method(&Value::Tensor(tensor.clone()), "to", &[Value::Dtype(dtype)]);
    }
    let source = sources.of(key, tensor)?;
    value(&derive::cast(source.record.clone(), dtype)?, &[&source])
}

fn target_of(vm: &dyn Vm, args: &Args, word: &Value) -> Result<Target> {
    let name = word.as_str();
    let name = name.as_ref().map(|name| name.trim_start_matches("torch."));
    let pure = option(args, "pure").map(|pure| vm.truth(pure)).transpose()?;
    let dtype = match word {
        Value::Dtype(dtype) => Some(*dtype),
        _ => name.and_then(Dtype::from_name),
    };
    if let Some(block) = name.filter(|_| dtype.is_none()).and_then(block_type_named) {
        let mixture = Mixture::of_type(block.name).filter(|_| pure == Some(false));
        return match block.pack {
            Some(_) => Ok(mixture.map_or(Target::Blocks(block), Target::Mixture)),
            None => Err(Error::type_error(format!("blocks of {} are read here, not made", block.name))
                .hint(blocks_made())),
        };
    }
    if let Some(mixture) = name.filter(|_| dtype.is_none()).and_then(Mixture::named) {
        if pure == Some(true) {
            let message = format!("{} is a mixture of types: it cannot be pure", mixture.name);
            return Err(Error::type_error(message).hint(blocks_made()));
        }
        return Ok(Target::Mixture(mixture));
    }
    let unknown = || {
        let message =
            format!("cast wants a dtype, or a type of GGUF's, not {}", vm.repr(word).unwrap_or_default());
        let near = name.and_then(|name| nearest(name, &names()).cloned());
        let error = Error::type_error(message);
        match near {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("{}; {}", Words::synopsis(args), blocks_made())),
        }
    };
    let dtype = dtype.ok_or_else(unknown)?;
    if pure.is_some() {
        return Err(Error::type_error(format!("pure= is for GGUF's blocks, not for {}", dtype.name())));
    }
    if derive::is_castable(Dtype::FLOAT32, dtype) {
        return Ok(Target::Dtype(dtype));
    }
    let message = format!("cast makes floating-point numbers of others, not {}", dtype.name());
    Err(Error::type_error(message).hint(format!("integers need scales: {}", blocks_made())))
}

/// `blocks: q4_0, q4_1, …`
fn blocks_made() -> String {
    let names: Vec<String> = packable().map(|block| block.name.to_lowercase()).collect();
    let mixtures: Vec<String> = MIXTURES.iter().map(|mixture| mixture.name.to_lowercase()).collect();
    format!("GGUF's blocks are {}, mixtures of them {}", names.join(", "), mixtures.join(", "))
}

/// What cast can be asked for, by name.
fn names() -> Vec<Str> {
    let dtypes =
        ["float64", "float32", "float16", "bfloat16", "half", "double", "float8_e4m3fn", "float8_e5m2"];
    let blocks = packable().map(|block| block.name.to_lowercase());
    let mixtures = MIXTURES.iter().map(|mixture| mixture.name.to_lowercase());
    dtypes.into_iter().map(Str::new).chain(blocks.chain(mixtures).map(Str::new)).collect()
}

/// Numbers that mean something only with a scale beside them are not cast alone, and few bits not made without being asked.
fn refuse_scaled(vm: &dyn Vm, dict: &Rc<Dict>, to: Target) -> Result<()> {
    if let Target::Dtype(to) = to
        && to.itemsize() == 1
    {
        let message = format!("{} has few digits and a small range: weights need scales in it", to.name());
        return Err(Error::value(message).hint("force=True casts them anyway, without scales"));
    }
    let mut scale = None;
    let mut small = None;
    for (key, value) in dict.entries() {
        let Some(tensor) = value.as_tensor() else { continue };
        let text = gather::key_text(vm, &key)?;
        let dtype = tensor.tensor().dtype();
        if SCALES.iter().any(|end| text.ends_with(end)) {
            scale.get_or_insert(text);
        } else if dtype.is_floating_point() && dtype.itemsize() == 1 {
            small.get_or_insert((text, dtype));
        }
    }
    match (scale, small) {
        (Some(scale), Some((key, dtype))) => {
            let message =
                format!("{key} is {} and has a scale ({scale}): cast alone it would be wrong", dtype.name());
            Err(Error::value(message).hint("force=True casts it without its scale"))
        }
        _ => Ok(()),
    }
}
