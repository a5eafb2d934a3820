//! Tensors as what is read later, and results as values.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::checkpoint::Records;
use crate::verbs::{Words, fuzzy_keys, like, numbers};
use torchsh_aten::{DeviceKind, Layout, Storage, Tensor};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::pattern::fits;
use torchsh_checkpoint::record::{self as records, TensorRecord};
use torchsh_language::value::report::{gather, keys, size};
use torchsh_language::value::{Args, Dict, Str, TensorObject, Value, Vm};
use torchsh_state_dict::derive;

/// A tensor that results are made of.
pub struct Source {
    /// Where its bytes are.
    pub record: TensorRecord,
    /// Whether libtorch may write to it: what is made of it is made at once.
    is_live: bool,
}

/// Makes sources of tensors, and tensors of results.
pub struct Sources<'a>(Records<'a>);

impl<'a> Sources<'a> {
    /// None yet.
    pub fn new(vm: &'a dyn Vm) -> Self {
        Sources(Records::new(vm))
    }

    /// A tensor of elements in a storage on the CPU.
    ///
    /// # Errors
    /// `TypeError` for one of another kind, with the key.
    pub fn of(&mut self, key: &str, tensor: &TensorObject) -> Result<Source> {
        let lies = tensor.tensor().clone();
        if let Some(record) = lies.read_later() {
            return Ok(Source { record, is_live: false });
        }
        let device = lies.device();
        if device.kind != DeviceKind::Cpu {
            let error = Error::type_error(format!("{key} is on {device}: this is done on the CPU"));
            let error = error.because(Reason::Tensor(key.to_owned()));
            return Err(error.hint("load(\"x.pt\", cpu), or v.cpu()"));
        }
        let record = self.0.of(tensor)?;
        if record.view().is_none() || record.dtype.is_quantized() {
            return Err(Error::type_error(format!(
                "{key} is quantized, sparse or nested: its elements are not its numbers"
            ))
            .because(Reason::Tensor(key.to_owned())));
        }
        Ok(Source { record, is_live: true })
    }

    /// As [`Sources::of`]; what libtorch may write to is copied now, so that what is made of it can be made later. For small
    /// tensors beside large ones.
    ///
    /// # Errors
    /// As [`Sources::of`].
    pub fn copy_of(&mut self, key: &str, tensor: &TensorObject) -> Result<Source> {
        let source = self.of(key, tensor)?;
        if !source.is_live {
            return Ok(source);
        }
        let bytes = derive::dense(&source.record)?.bytes().to_vec();
        let storage = records::Storage::new(Str::intern("copy"), Str::intern("cpu"), Region::from(bytes));
        let record = TensorRecord::contiguous(source.record.dtype, source.record.shape.clone(), &storage)?;
        Ok(Source { record, is_live: false })
    }
}

/// Results by what they are made of: two keys of one tensor stay two keys of one tensor.
#[derive(Default)]
pub struct Ties {
    kept: Vec<Rc<TensorObject>>,
    made: FxHashMap<Vec<Place>, Value>,
}

/// Storage, first element, sizes, strides and dtype of a tensor.
type Place = (usize, i64, Vec<i64>, Vec<i64>, u8);

impl Ties {
    /// What was made of these very tensors, or what is made of them now.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn once(&mut self, of: &[Rc<TensorObject>], make: impl FnOnce() -> Result<Value>) -> Result<Value> {
        let places: Option<Vec<Place>> = of.iter().map(|tensor| place(&tensor.tensor())).collect();
        if let Some(made) = places.as_ref().and_then(|places| self.made.get(places)) {
            return Ok(made.clone());
        }
        let made = make()?;
        if let Some(places) = places {
            // The tensors are kept, so that their addresses stay theirs.
            self.kept.extend(of.iter().cloned());
            self.made.insert(places, made.clone());
        }
        Ok(made)
    }

    /// Keys whose tensor was the very one of another key, and is not any more.
    ///
    /// # Errors
    /// What reading a key raises.
    pub fn parted(&self, vm: &dyn Vm, before: &Dict, after: &Dict) -> Result<Vec<(String, String)>> {
        let mut changed: FxHashMap<Place, String> = FxHashMap::default();
        let mut stays = Vec::new();
        for (key, value) in before.entries() {
            let Some(place) = value.as_tensor().and_then(|tensor| place(&tensor.tensor())) else { continue };
            let text = gather::key_text(vm, &key)?;
            match after.get(vm, &key)? {
                Some(now) if now.same(&value) => stays.push((text, place)),
                _ => drop(changed.insert(place, text)),
            }
        }
        let parted = stays.into_iter().filter_map(|(key, place)| Some((key, changed.get(&place)?.clone())));
        Ok(parted.collect())
    }
}

fn place(tensor: &Tensor) -> Option<Place> {
    if tensor.layout() != Layout::STRIDED || tensor.sizes().iter().product::<i64>() == 0 {
        return None;
    }
    let storage = tensor.storage().ok()?.address();
    Some((storage, tensor.storage_offset(), tensor.sizes(), tensor.strides(), tensor.dtype().number()))
}

/// The value of a result; it is made at once if what it is made of could change.
///
/// # Errors
/// A shape beyond counting; what making it raises.
pub fn value(record: &TensorRecord, sources: &[&Source]) -> Result<Value> {
    let view = record.view().ok_or_else(|| Error::value("a result without a storage"))?;
    if sources.iter().any(|source| source.is_live) {
        view.storage.bytes()?;
    }
    let storage = Storage::of_file(view.storage.clone())?;
    let tensor: Tensor = storage.tensor(record.dtype, &record.shape, Some(&view.stride), view.offset)?;
    Ok(Value::Tensor(TensorObject::new(tensor)))
}

/// Warns of numbers that the dtypes of results cannot hold, as far as these are made already; the others are told of when they are
/// saved or loaded.
///
/// # Errors
/// What reading a key raises.
pub fn tell_lost(vm: &dyn Vm, made: &Dict) -> Result<()> {
    let mut lost = Vec::new();
    for (key, value) in made.entries() {
        let Some(tensor) = value.as_tensor().map(|tensor| tensor.tensor().clone()) else { continue };
        let count = tensor.storage().map_or(0, |storage| storage.lost());
        if count > 0 {
            lost.push((gather::key_text(vm, &key)?, count, tensor.dtype()));
        }
    }
    if let Some(said) = crate::checkpoint::replacing::beyond(&lost) {
        vm.notice(&said);
    }
    Ok(())
}

/// The entries of a dictionary whose keys fit patterns, changed; the others as they are.
///
/// # Errors
/// `KeyError` where no tensor's key fits; those of `change`, with the key.
pub fn changed(
    vm: &dyn Vm,
    dict: &Rc<Dict>,
    patterns: &[Str],
    mut change: impl FnMut(&str, &Rc<TensorObject>) -> Result<Vec<(String, Value)>>,
) -> Result<(Rc<Dict>, usize)> {
    let made = like(dict);
    let mut count = 0;
    for (key, value) in dict.entries() {
        vm.check_interrupt()?;
        let text = gather::key_text(vm, &key)?;
        let tensor = value.as_tensor().filter(|_| patterns.iter().any(|pattern| fits(&text, pattern)));
        let Some(tensor) = tensor else {
            put(vm, &made, key, value)?;
            continue;
        };
        count += 1;
        let parts = change(&text, tensor).map_err(|error| at_key(error, &text))?;
        // A key that stays keeps its kind: a number stays one.
        for (new, value) in parts {
            let new = if new == text { key.clone() } else { Value::str(new) };
            put(vm, &made, new, value)?;
        }
    }
    if count == 0 {
        return Err(no_key(vm, dict, patterns));
    }
    Ok((Rc::new(made), count))
}

/// Puts an entry where none is yet.
///
/// # Errors
/// `ValueError` where there is one.
pub fn put(vm: &dyn Vm, dict: &Dict, key: Value, value: Value) -> Result<()> {
    if dict.contains(vm, &key)? {
        return Err(Error::value(format!("two entries would be called {}", vm.repr(&key)?)));
    }
    dict.set(vm, key, value)
}

/// An error, and the key of the tensor that it speaks of.
pub fn at_key(error: Error, key: &str) -> Error {
    match error.kind() {
        Kind::KeyboardInterrupt | Kind::Os | Kind::Memory => error,
        _ if matches!(error.reason(), Some(Reason::Tensor(_))) => error,
        kind => {
            let message = format!("{key}: {}", error.message());
            let made = Error::new(kind, message).because(Reason::Tensor(key.to_owned()));
            match error.remedy() {
                Some(remedy) => made.hint(remedy.to_owned()),
                None => made,
            }
        }
    }
}

/// The error of patterns that fit no tensor.
pub fn no_key(vm: &dyn Vm, dict: &Rc<Dict>, patterns: &[Str]) -> Error {
    let shown: Vec<&str> = patterns.iter().map(Str::as_str).collect();
    let message = format!("no tensor's key fits \"{}\"", shown.join("\" or \""));
    let error = Error::new(Kind::Value, message);
    let tensors = dict.entries().into_iter().filter(|(_, value)| value.as_tensor().is_some());
    let keys: Vec<String> = tensors.filter_map(|(key, _)| gather::key_text(vm, &key).ok()).collect();
    let wanted = patterns.first().map_or("", |pattern| pattern.as_str());
    match fuzzy_keys::named(wanted, &keys).as_slice() {
        [] => error.hint("keys lists them; * stands for any text"),
        [one] => error.hint(format!("{one} comes near; * stands for any text")),
        several => error.hint(format!("{} come near; * stands for any text", several.join(", "))),
    }
}

/// The patterns that are left of a line, up to a word of its form.
pub fn patterns(vm: &dyn Vm, args: &Args, words: &mut Words<'_>, until: &str) -> Result<Vec<Str>> {
    let mut patterns = vec![words.text(vm, args, "a pattern in quotes")?];
    while words
        .left
        .as_slice()
        .first()
        .is_some_and(|next| next.as_str().is_none_or(|next| next.as_str() != until))
    {
        patterns.push(words.text(vm, args, "a pattern in quotes")?);
    }
    Ok(patterns)
}

/// An option that is a finite number.
pub fn number(vm: &dyn Vm, args: &Args, name: &str, otherwise: f64) -> Result<f64> {
    match option(args, name) {
        Some(value) => numbers::finite(vm, &format!("{name}="), value),
        None => Ok(otherwise),
    }
}

/// An option that is an integer.
pub fn integer(vm: &dyn Vm, args: &Args, name: &str, otherwise: i64) -> Result<i64> {
    match option(args, name) {
        Some(value) => numbers::whole(vm, &format!("{name}="), value),
        None => Ok(otherwise),
    }
}

/// What is given by name.
pub fn option<'a>(args: &'a Args, name: &str) -> Option<&'a Value> {
    args.keywords().iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| value)
}

/// `cast 61 of 62 tensors to bfloat16; kept: bn1.num_batches_tracked`
pub fn told(head: &str, left: &[String]) -> String {
    if left.is_empty() {
        head.to_owned()
    } else {
        keys::list(&format!("{head}; left as they are:"), &folded(left))
    }
}

/// Many keys by how they end, each with how many there are: `*.num_batches_tracked (53)`.
pub fn folded(keys: &[String]) -> Vec<String> {
    const SHOWN: usize = 10;
    let mut groups: Vec<(&str, Vec<&String>)> = Vec::new();
    for key in keys {
        let end = key.rsplit('.').next().unwrap_or(key);
        match groups.iter_mut().find(|(known, _)| *known == end) {
            Some((_, keys)) => keys.push(key),
            None => groups.push((end, vec![key])),
        }
    }
    if keys.len() <= SHOWN || groups.len() > SHOWN {
        return keys.to_vec();
    }
    let line = |(end, keys): (&str, Vec<&String>)| match keys.as_slice() {
        [one] => (*one).clone(),
        keys => format!("*.{end} ({})", keys.len()),
    };
    groups.into_iter().map(line).collect()
}

/// `3 tensors`
pub fn tensors(count: usize) -> String {
    size::counted(count, "tensor")
}
