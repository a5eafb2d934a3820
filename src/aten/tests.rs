//! Calls whose results and errors real PyTorch wrote down (`tests/aten/make_calls.py`).

use std::rc::Rc;

use serde_json::Value;

use super::{Arg, Device, Index, Layout, MemoryFormat, Tensor, invoke};
use torchsh_base::error::Result;
use torchsh_checkpoint::dtype::Dtype;

const CALLS: &str = include_str!("../../tests/aten/calls.jsonl");

fn list(value: &Value) -> Vec<Arg> {
    value.as_array().unwrap().iter().map(read).collect()
}

fn read(value: &Value) -> Arg {
    let Value::Object(object) = value else {
        return match value {
            Value::Null => Arg::None,
            Value::Bool(value) => Arg::Bool(*value),
            Value::String(text) => Arg::Str(Rc::from(text.as_str())),
            number => Arg::Int(number.as_i64().unwrap()),
        };
    };
    let (kind, inner) = object.iter().next().unwrap();
    let name = inner.as_str().unwrap_or_default();
    match kind.as_str() {
        "t" => Arg::Tensor(tensor(inner)),
        "f" => Arg::Float(name.parse().unwrap()),
        "c" => Arg::Complex(inner[0].as_f64().unwrap(), inner[1].as_f64().unwrap()),
        "l" => Arg::List(list(inner)),
        "u" => Arg::Tuple(list(inner)),
        "dtype" => Arg::Dtype(Dtype::from_name(name).unwrap()),
        "device" => Arg::Device(Device::parse(name).unwrap()),
        "layout" => {
            Arg::Layout((0..8).filter_map(Layout::from_number).find(|one| one.name() == name).unwrap())
        }
        "format" => Arg::MemoryFormat(
            (0..4).filter_map(MemoryFormat::from_number).find(|one| one.name() == name).unwrap(),
        ),
        _ => Arg::Other(name.to_owned()),
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn tensor(value: &Value) -> Tensor {
    let sizes: Vec<i64> = value[1].as_array().unwrap().iter().map(|size| size.as_i64().unwrap()).collect();
    let numbers: Vec<f64> = value[2].as_array().unwrap().iter().map(number).collect();
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let dtype = Dtype::from_name(value[0].as_str().unwrap()).unwrap();
    let made = Tensor::from_bytes(
        &bytes,
        &sizes,
        if dtype.is_complex() { Dtype::COMPLEX128 } else { Dtype::FLOAT64 },
    )
    .unwrap();
    let made = converted(&made, dtype);
    if value[3].as_bool().unwrap() {
        made.set_requires_grad(true).unwrap();
    }
    made
}

fn converted(tensor: &Tensor, dtype: Dtype) -> Tensor {
    match invoke("aten", "to", &[Arg::from(tensor), Arg::Dtype(dtype)], &[]).unwrap() {
        Arg::Tensor(tensor) => tensor,
        other => panic!("{other:?}"),
    }
}

fn numbers(tensor: &Tensor) -> Vec<f64> {
    let tensor = tensor.through("detach").unwrap();
    let tensor = match tensor.dtype().is_complex() {
        true => {
            let wide = converted(&tensor, Dtype::COMPLEX128).through("resolve_conj").unwrap();
            match invoke("torch", "view_as_real", &[Arg::Tensor(wide)], &[]).unwrap() {
                Arg::Tensor(tensor) => tensor,
                other => panic!("{other:?}"),
            }
        }
        false => converted(&tensor, Dtype::FLOAT64),
    };
    tensor.to_bytes().unwrap().chunks(8).map(|eight| f64::from_le_bytes(eight.try_into().unwrap())).collect()
}

fn close(left: f64, right: f64) -> bool {
    left == right || (left.is_nan() && right.is_nan()) || (left - right).abs() <= 1e-4 * (1.0 + right.abs())
}

/// Nothing, or how a result differs.
fn differs(got: &Arg, wanted: &Value) -> Option<String> {
    let kind = wanted.as_object().and_then(|object| object.keys().next()).map(String::as_str);
    let items = |got: &[Arg], wanted: &Value| {
        let wanted = wanted.as_array().unwrap();
        if got.len() != wanted.len() {
            return Some(format!("{} items for {}", got.len(), wanted.len()));
        }
        got.iter().zip(wanted).find_map(|(got, wanted)| differs(got, wanted))
    };
    match (kind, got) {
        (Some("t"), Arg::Tensor(got)) => {
            let wanted = &wanted["t"];
            let sizes: Vec<i64> =
                wanted[1].as_array().unwrap().iter().map(|size| size.as_i64().unwrap()).collect();
            let right: Vec<f64> = wanted[2].as_array().unwrap().iter().map(number).collect();
            if got.dtype().name() != wanted[0].as_str().unwrap() || got.sizes() != sizes {
                return Some(format!("{got:?} for {} {sizes:?}", wanted[0]));
            }
            if got.requires_grad() != wanted[3].as_bool().unwrap() {
                return Some("requires_grad".to_owned());
            }
            let left = numbers(got);
            let same = left.len() == right.len() && left.iter().zip(&right).all(|(l, r)| close(*l, *r));
            (!same).then(|| format!("{left:?} for {right:?}"))
        }
        (Some("l"), Arg::List(got)) => items(got, &wanted["l"]),
        (Some("u"), Arg::List(got) | Arg::Tuple(got)) => items(got, &wanted["u"]),
        (Some("fields"), Arg::Fields(name, fields)) => {
            let wanted = &wanted["fields"];
            let names: Vec<Value> = fields.iter().map(|(name, _)| Value::from(*name)).collect();
            if wanted[0].as_str() != Some(name) || wanted[1].as_array() != Some(&names) {
                return Some(format!("fields {name} {names:?} for {wanted}"));
            }
            let values: Vec<Arg> = fields.iter().map(|(_, arg)| arg.clone()).collect();
            items(&values, &wanted[2])
        }
        (Some("other"), _) => None,
        (Some("f"), Arg::Float(got)) => {
            (!close(*got, wanted["f"].as_str().unwrap().parse().unwrap())).then(|| format!("{got}"))
        }
        (_, Arg::Tensor(_)) => Some(format!("{got:?} for {wanted}")),
        _ => (format!("{got:?}") != format!("{:?}", read(wanted))).then(|| format!("{got:?} for {wanted}")),
    }
}

fn index(value: &Value) -> Index {
    if let Some(ends) = value.get("slice") {
        return Index::Slice(ends[0].as_i64(), ends[1].as_i64(), ends[2].as_i64());
    }
    if value.get("ellipsis").is_some() {
        return Index::Ellipsis;
    }
    match read(value) {
        Arg::None => Index::New,
        Arg::Bool(value) => Index::Bool(value),
        Arg::Int(position) => Index::At(position),
        Arg::Tensor(tensor) => Index::Tensor(tensor),
        other => panic!("{other:?}"),
    }
}

/// A subscript, or an assignment to it.
fn subscript(args: &[Value]) -> Result<Arg> {
    let tensor = tensor(&args[0]["t"]);
    let indices: Vec<Index> = args[1].as_array().unwrap().iter().map(index).collect();
    match args.get(2) {
        None => tensor.get(&indices).map(Arg::Tensor),
        Some(value) => {
            tensor.set(&indices, &super::tests::tensor(&value["t"]))?;
            Ok(Arg::Tensor(tensor))
        }
    }
}

fn outcome(call: &Value) -> Result<Arg> {
    let path = call["f"].as_str().unwrap();
    if path == "index.get" {
        return subscript(call["a"].as_array().unwrap());
    }
    let (namespace, name) = path.split_once('.').unwrap();
    let keywords = call["k"].as_object().unwrap();
    let keywords: Vec<(&str, Arg)> =
        keywords.iter().map(|(key, value)| (key.as_str(), read(value))).collect();
    invoke(namespace, name, &list(&call["a"]), &keywords)
}

fn run(line: &str) -> Option<String> {
    let call: Value = serde_json::from_str(line).unwrap();
    match (outcome(&call), call.get("e")) {
        (Ok(got), None) => differs(&got, &call["r"]),
        (Err(error), Some(wanted)) => {
            let same = wanted[0].as_str().unwrap() == error.kind().name()
                && wanted[1].as_str() == Some(error.message());
            (!same).then(|| format!("\n   {error}\n   for {}: {}", wanted[0], wanted[1].as_str().unwrap()))
        }
        (Ok(got), Some(wanted)) => Some(format!("{got:?} for error {wanted}")),
        (Err(error), None) => Some(format!("{error} for {}", call["r"])),
    }
}

#[test]
fn calls_do_what_they_do_in_pytorch() {
    let calls = std::env::var("TORCHSH_CALLS")
        .map_or_else(|_| CALLS.to_owned(), |path| std::fs::read_to_string(path).unwrap());
    let mut wrong = Vec::new();
    for line in calls.lines() {
        wrong.extend(run(line).map(|how| format!("{line}: {how}")));
    }
    assert!(
        wrong.is_empty(),
        "{} of {} calls differ:\n{}",
        wrong.len(),
        calls.lines().count(),
        wrong.join("\n")
    );
}
