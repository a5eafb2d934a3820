//! `size m`: what the numbers would take in other types.

use std::collections::HashSet;

use super::super::entries::chosen;
use crate::checkpoint::Records;
use torchsh_base::error::Result;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::report::{Cell, Facts, Findings, Head, Report, gather, size as said};
use torchsh_language::value::{Args, Value, Vm};

/// Numbers that share a scale where four bits hold each.
const GROUP: u64 = 32;

/// Bytes of a group: its numbers, and its scale as a float16.
const GROUP_BYTES: u64 = GROUP / 2 + 2;

/// Bytes of some tensors as they are, and in other types.
#[derive(Clone, Default)]
struct Sizes {
    tensors: u64,
    numbers: u64,
    now: u64,
    float32: u64,
    float16: u64,
    int8: u64,
    int4: u64,
}

impl Sizes {
    /// Of one tensor. Weights are what has two dimensions or more; what has fewer stays a float16 where weights are
    /// quantized, as llama.cpp and its kin keep norms and biases. What is no float stays what it is.
    fn of(facts: &Facts) -> Self {
        let numbers = facts.elements;
        let is_float = Dtype::from_name(&facts.dtype).is_some_and(Dtype::is_floating_point);
        let plain = Sizes { tensors: 1, numbers, now: facts.bytes, ..Sizes::default() };
        if !is_float {
            let same = facts.bytes;
            return Sizes { float32: same, float16: same, int8: same, int4: same, ..plain };
        }
        let half = numbers.saturating_mul(2);
        // A filter of a convolution is a row.
        let rows = facts.shape.first().map_or(1, |&rows| u64::try_from(rows).unwrap_or(1).max(1));
        let row = numbers / rows;
        let is_weight = facts.shape.len() > 1;
        Sizes {
            float32: numbers.saturating_mul(4),
            float16: half,
            int8: if is_weight { numbers.saturating_add(rows.saturating_mul(2)) } else { half },
            int4: if is_weight {
                rows.saturating_mul(row.div_ceil(GROUP)).saturating_mul(GROUP_BYTES)
            } else {
                half
            },
            ..plain
        }
    }

    fn add(&mut self, other: &Sizes) {
        for (sum, more) in [
            (&mut self.tensors, other.tensors),
            (&mut self.numbers, other.numbers),
            (&mut self.now, other.now),
            (&mut self.float32, other.float32),
            (&mut self.float16, other.float16),
            (&mut self.int8, other.int8),
            (&mut self.int4, other.int4),
        ] {
            *sum = sum.saturating_add(more);
        }
    }

    fn cells(&self) -> [Cell; 7] {
        let [now, float32, float16, int8, int4] =
            [self.now, self.float32, self.float16, self.int8, self.int4].map(Cell::Bytes);
        [Cell::Count(self.tensors), Cell::Count(self.numbers), now, float32, float16, int8, int4]
    }
}

/// `size m "*.weight"`
pub fn size(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (mut parts, mut tied, mut shared) = (Vec::<(String, Sizes)>::new(), HashSet::new(), 0);
    let mut records = Records::new(vm);
    for (key, value) in chosen(vm, args)? {
        let Some(tensor) = value.as_tensor() else { continue };
        vm.check_interrupt()?;
        let record = records.of(tensor).ok();
        let same = record.as_ref().and_then(|record| {
            let view = record.view().filter(|_| record.numel() != Some(0))?;
            Some((std::rc::Rc::as_ptr(&view.storage), view.offset, record.shape.clone(), view.stride.clone()))
        });
        // What is one tensor under two keys takes its bytes once.
        if same.is_some_and(|same| !tied.insert(same)) {
            shared += 1;
            continue;
        }
        let (part, sizes) = (part_of(&gather::key_text(vm, &key)?), Sizes::of(&gather::facts(vm, &value)?));
        match parts.iter_mut().find(|(known, _)| *known == part) {
            Some((_, known)) => known.add(&sizes),
            None => parts.push((part, sizes)),
        }
    }
    Ok(Report::Findings(report(&parts, shared)).into_value())
}

/// The part of a model that a key belongs to: what stands before its first number, or its first name.
fn part_of(key: &str) -> String {
    let segments: Vec<&str> = key.split('.').collect();
    let is_number = |segment: &&str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    match segments.iter().position(is_number) {
        Some(0) | None => segments.first().copied().unwrap_or_default().to_owned(),
        Some(number) => format!("{}.*", segments.get(..number).unwrap_or_default().join(".")),
    }
}

const HEADS: &[Head] = &[
    Head::words("part"),
    Head::amount("tensors").drops(1),
    Head::amount("numbers").drops(2),
    Head::amount("now"),
    Head::amount("float32"),
    Head::amount("float16"),
    Head::amount("int8"),
    Head::amount("int4"),
];

fn report(parts: &[(String, Sizes)], shared: u64) -> Findings {
    let mut all = Sizes::default();
    parts.iter().for_each(|(_, sizes)| all.add(sizes));
    let names = ["tensors", "numbers", "now", "float32", "float16", "int8", "int4"];
    let mut facts: Vec<(&'static str, Cell)> = names.into_iter().zip(all.cells()).collect();
    facts.push(("shared", Cell::Count(shared)));
    let line =
        |(part, sizes): &(String, Sizes)| [Cell::text(part)].into_iter().chain(sizes.cells()).collect();
    let sum = (parts.len() > 1).then(|| [Cell::text("(all)")].into_iter().chain(all.cells()).collect());
    let mut foot = format!(
        "{} · int8: weights with a float16 scale a row · int4: weights with a float16 scale for {GROUP} · the rest float16",
        said::counted(usize::try_from(all.tensors).unwrap_or(usize::MAX), "tensor")
    );
    if shared > 0 {
        foot.push_str(&format!(" · {} more under a second key", said::grouped(shared)));
    }
    Findings {
        verb: "size",
        facts,
        listed: "parts",
        heads: HEADS.to_vec(),
        lines: parts.iter().map(line).collect(),
        foot,
        is_bad: false,
        is_brief: false,
        sum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_one_part() {
        let parts =
            ["model.layers.11.mlp.w", "model.norm.weight", "0.weight", "head", "h.0.1.w"].map(part_of);
        assert_eq!(parts, ["model.layers.*", "model", "0", "head", "h.*"]);
    }

    #[test]
    fn norms_stay_halves_where_weights_are_quantized() {
        let facts = |shape: &[i64], dtype: &str, bytes: u64| {
            let elements = shape.iter().product::<i64>() as u64;
            Facts { shape: shape.to_vec(), dtype: dtype.into(), device: "cpu".into(), elements, bytes }
        };
        let weight = Sizes::of(&facts(&[10, 40], "float32", 1600));
        assert_eq!((weight.float16, weight.int8, weight.int4), (800, 420, 10 * 2 * 18));
        let norm = Sizes::of(&facts(&[40], "bfloat16", 80));
        assert_eq!((norm.float32, norm.int8, norm.int4), (160, 80, 80));
        let steps = Sizes::of(&facts(&[], "int64", 8));
        assert_eq!((steps.float32, steps.int4), (8, 8));
    }
}
