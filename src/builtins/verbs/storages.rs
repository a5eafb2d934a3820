//! `storages m`

use std::collections::HashMap;

use super::{Words, nested};
use torchsh_base::error::Result;
use torchsh_language::value::report::{Head, Report, gather, size};
use torchsh_language::value::{Args, Dict, Value, Vm};

/// A storage and the keys whose tensors lie in it.
struct Storage {
    address: i64,
    bytes: u64,
    keys: Vec<String>,
}

/// The storages of a state_dict, those that are shared first.
pub fn storages(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = nested::flat(vm, &words.dict(vm, args)?)?;
    words.end(args)?;
    let (mut storages, without) = found(vm, &dict)?;
    storages.sort_by_key(|storage| std::cmp::Reverse(storage.keys.len()));
    let shared = storages.iter().filter(|storage| storage.keys.len() > 1).count();
    let bytes = storages.iter().fold(0u64, |sum, storage| sum.saturating_add(storage.bytes));
    let line = |storage: &Storage| {
        vec![storage.keys.join(", "), size::bytes(storage.bytes), format!("{:#x}", storage.address)]
    };
    let lines = storages.iter().map(line).collect();
    let heads = vec![Head::words("keys"), Head::amount("size"), Head::words("address")];
    let mut foot =
        format!("{}, {shared} shared, {}", size::counted(storages.len(), "storage"), size::bytes(bytes));
    if without > 0 {
        foot.push_str(&format!(", {} without one", size::counted(without, "tensor")));
    }
    Ok(Report::Table { heads, lines, foot }.into_value())
}

/// The storages that the tensors of a dictionary lie in, in order of appearance, and the number of tensors that have none:
/// sparse ones.
fn found(vm: &dyn Vm, dict: &Dict) -> Result<(Vec<Storage>, usize)> {
    let mut without = 0;
    let mut storages: Vec<Storage> = Vec::new();
    let mut places: HashMap<i64, usize> = HashMap::new();
    for (key, value) in dict.entries() {
        let Some(tensor) = value.as_tensor_or_array() else { continue };
        if !tensor.tensor().has_storage() {
            without += 1;
            continue;
        }
        let storage = vm.call_method(&Value::Tensor(tensor), "untyped_storage", &[])?;
        let number =
            |name: &str| -> Result<i64> { Ok(vm.call_method(&storage, name, &[])?.as_int().unwrap_or(0)) };
        let (address, bytes) = (number("data_ptr")?, u64::try_from(number("nbytes")?).unwrap_or(0));
        let key = gather::key_text(vm, &key)?;
        // Empty tensors have no address of their own.
        let known = places.get(&address).filter(|_| address != 0).and_then(|&place| storages.get_mut(place));
        match known {
            Some(storage) => storage.keys.push(key),
            None => {
                places.insert(address, storages.len());
                storages.push(Storage { address, bytes, keys: vec![key] });
            }
        }
    }
    Ok((storages, without))
}
