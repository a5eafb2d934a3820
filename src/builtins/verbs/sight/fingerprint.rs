//! `fingerprint m`: one digest of names and contents.

use super::super::Words;
use super::super::describe::reason;
use crate::checkpoint::Records;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::report::{Cell, Facts, Findings, Head, Report, gather, size};
use torchsh_language::value::{Args, Value, Vm};
use torchsh_state_dict::{Digest, fingerprints, hexadecimal, whole};

/// `fingerprint m`
pub fn fingerprint(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    words.end(args)?;
    let (mut keys, mut records, mut made) = (Vec::new(), Vec::new(), Records::new(vm));
    let entries = dict.entries();
    for (key, value) in &entries {
        let Some(tensor) = value.as_tensor() else { continue };
        vm.check_interrupt()?;
        let key = gather::key_text(vm, key)?;
        let record = made.of(tensor).map_err(|error| error.note(format!("in {key}")))?;
        keys.push((key, gather::facts(vm, value)?));
        records.push(record);
    }
    let others = entries.len() - keys.len();
    let found = fingerprints(&records, &Progress::bytes(vm))?;
    let mut tensors: Vec<(String, Facts, Digest)> = Vec::with_capacity(found.len());
    for ((key, facts), digest) in keys.into_iter().zip(found) {
        match reason(digest)? {
            Ok(digest) => tensors.push((key, facts, digest)),
            // A digest of a part would pass for that of the whole.
            Err(why) => return Err(Error::value(format!("{key}: {why}"))),
        }
    }
    tensors.sort_by(|(one, ..), (two, ..)| one.cmp(two));
    Ok(Report::Findings(report(&tensors, others)).into_value())
}

const HEADS: &[Head] =
    &[Head::words("key"), Head::words("digest"), Head::words("shape"), Head::words("dtype")];

fn report(tensors: &[(String, Facts, Digest)], others: usize) -> Findings {
    let all = whole(tensors.iter().map(|(key, _, digest)| (key.clone(), *digest)).collect());
    let sum = |of: fn(&Facts) -> u64| {
        tensors.iter().fold(0, |sum: u64, (_, facts, _)| sum.saturating_add(of(facts)))
    };
    let (elements, bytes) = (sum(|facts| facts.elements), sum(|facts| facts.bytes));
    let facts = vec![
        ("fingerprint", Cell::text(hexadecimal(&all))),
        ("tensors", Cell::Count(tensors.len() as u64)),
        ("elements", Cell::Count(elements)),
        ("bytes", Cell::Bytes(bytes)),
        ("others", Cell::Count(others as u64)),
    ];
    let line = |(key, facts, digest): &(String, Facts, Digest)| {
        let (shape, dtype) = (Cell::Shape(facts.shape.clone()), Cell::text(&facts.dtype));
        vec![Cell::text(key), Cell::text(hexadecimal(digest)), shape, dtype]
    };
    let mut foot =
        format!("{}  {} · {}", hexadecimal(&all), size::counted(tensors.len(), "tensor"), size::bytes(bytes));
    if others > 0 {
        foot.push_str(&format!(" · {} without a tensor left out", size::counted(others, "entry")));
    }
    Findings {
        verb: "fingerprint",
        facts,
        listed: "entries",
        heads: HEADS.to_vec(),
        lines: tensors.iter().map(line).collect(),
        foot,
        is_bad: false,
        is_brief: true,
        sum: None,
    }
}
