//! What verbs write for programs is what the schema promises, for every verb and for what is odd.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{run, torchsh};
use serde_json::{Value as Json, json};
use std::time::Duration;

const SCHEMA: &str = include_str!("../src/render/formats/schema.json");

/// Tensors of every odd kind beside ordinary ones.
const MADE: &str = "import torch
m = {
    'w': torch.tensor([[1.0, -2.0], [0.1, 0.0]]),
    'bad': torch.tensor([float('nan'), float('inf'), 1.0]),
    'large': torch.tensor([2**62, 2**62 + 100]),
    'half.0.w': torch.ones(3).half(), 'half.1.w': torch.ones(3).half(),
    'fp4': torch.zeros(3, dtype=torch.uint8).view(torch.float4_e2m1fn_x2),
    'fp8': torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn),
    'q': torch.quantize_per_tensor(torch.tensor([0.5, 1.0]), 0.5, 0, torch.qint8),
    'meta': torch.zeros(3, device='meta'),
    'sparse': torch.eye(3).to_sparse(), 'doubled': torch.sparse_coo_tensor([[0, 0]], [1.0, 2.0], (3,)),
    'z': torch.tensor([1 + 2j]), 'grad': torch.nn.Parameter(torch.ones(2)), 'flag': torch.tensor([True, False]),
    'neg': torch.tensor([1 + 2j]).conj().imag, 'none': torch.zeros(0), 'epoch': 3,
}
p = dict(m)
p['w'] = torch.tensor([[1.0, -2.0], [0.1, 0.5]])
p['large'] = torch.tensor([2**62, 2**62])
p['half.0.w'], p['half.1.w'] = torch.ones(3), torch.ones(3)
p['fp8'] = torch.zeros(2, 2)
p['epoch'] = 4
del p['z']
p['more'] = 1
c = {'epoch': 1, 'state_dict': m, 'list': [{'a': 1}]}
";

fn shown(format: &str, line: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = torchsh(folder.path());
    command.args(["--format", format, "-c", &format!("{MADE}{line}\n")]);
    let ran = run(command, "", Duration::from_secs(30));
    assert!(ran.succeeded(), "{line}: {}\n{}", ran.ending(), ran.stderr);
    ran.stdout
}

fn answer(line: &str) -> Json {
    serde_json::from_str(&shown("json", line)).unwrap()
}

/// Whether a value is of a schema, by the words of JSON Schema that ours uses.
fn fits(value: &Json, schema: &Json, all: &Json) -> bool {
    schema.as_object().unwrap().iter().all(|(word, said)| match word.as_str() {
        "$ref" => fits(value, all.pointer(said.as_str().unwrap().trim_start_matches('#')).unwrap(), all),
        "anyOf" => said.as_array().unwrap().iter().any(|one| fits(value, one, all)),
        "const" => value == said,
        "type" => match said {
            Json::Array(kinds) => kinds.iter().any(|kind| is_of(value, kind.as_str().unwrap())),
            kind => is_of(value, kind.as_str().unwrap()),
        },
        "enum" => said.as_array().unwrap().contains(value),
        "minimum" => value.as_f64().is_none_or(|number| number >= said.as_f64().unwrap()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| fits(item, said, all))),
        "required" => value.as_object().is_none_or(|object| {
            said.as_array().unwrap().iter().all(|name| object.contains_key(name.as_str().unwrap()))
        }),
        "properties" => value.as_object().is_none_or(|object| {
            object.iter().all(|(name, value)| said.get(name).is_none_or(|of| fits(value, of, all)))
        }),
        "additionalProperties" if said.is_object() => {
            value.as_object().is_none_or(|object| object.values().all(|value| fits(value, said, all)))
        }
        "additionalProperties" => {
            let known = &schema["properties"];
            value.as_object().is_none_or(|object| object.keys().all(|name| known.get(name).is_some()))
        }
        "$schema" | "title" | "$defs" => true,
        other => panic!("the schema says {other}, which this test does not know"),
    })
}

fn is_of(value: &Json, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_number() && !value.to_string().contains(['.', 'e']),
        other => panic!("{other}"),
    }
}

#[test]
fn every_answer_is_of_its_schema() {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    for (line, of) in [
        ("items m", "entries"),
        ("items m \"*.w\" by size reversed", "entries"),
        ("find m \"w\"", "entries"),
        ("describe m", "described"),
        ("values m", "described"),
        ("diff m p", "differences"),
        ("diff m with m", "differences"),
        ("tree m", "tree"),
        ("tree m 1", "tree"),
        ("items c", "outline"),
        ("hist m['bad']", "histogram"),
        ("hist m['bad'][:2]", "histogram"),
        ("heat m", "heat"),
        ("heat m['w']", "heat"),
        ("keys m", "keys"),
        ("match m to p", "table"),
        ("storages m", "storages"),
        ("manifest m", "manifest"),
        ("torch.save(m, 'm.pt')\nverify 'm.pt'", "verify"),
        ("health m", "health"),
        ("health c", "health"),
        ("diff m p base m", "three_way"),
        ("diff m p through {'w': 'v'}", "differences"),
        ("size m", "size"),
        ("fingerprint {k: v for k, v in m.items() if k != 'meta'}", "fingerprint"),
        ("torch.save(c, 'c.pt')\ninspect_pickle 'c.pt'", "inspect_pickle"),
        ("check p into m", "check"),
        ("check c into p", "check"),
        ("explain keys m", "text"),
    ] {
        let value = answer(line);
        assert!(fits(&value, &schema, &schema), "{line}: {value}");
        assert!(fits(&value, &schema["$defs"][of], &schema), "{line} is no {of}: {value}");
    }
}

fn row<'a>(rows: &'a Json, key: &str) -> &'a Json {
    rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap_or(&Json::Null)
}

#[test]
fn numbers_are_whole_and_odd_tensors_have_a_row() {
    let found = answer("describe m")["entries"].clone();
    assert_eq!(found.as_array().unwrap().len(), 16);
    assert_eq!(row(&found, "w")["mean"], json!(-0.224_999_999_627_470_97_f64));
    assert_eq!(row(&found, "large")["max"].to_string(), "4611686018427388004");
    let bad = row(&found, "bad");
    assert_eq!(
        (&bad["nan"], &bad["inf"], &bad["min"], &bad["std"]),
        (&json!(1), &json!(1), &json!(1.0), &Json::Null)
    );
    assert_eq!(row(&found, "q")["max"], json!(1.0));
    assert_eq!(row(&found, "fp8")["mean"], json!(1.5));
    assert_eq!((&row(&found, "sparse")["zeros"], &row(&found, "sparse")["max"]), (&json!(6), &json!(1.0)));
    assert_eq!(row(&found, "z")["imaginary_mean"], json!(2.0));
    assert_eq!(row(&found, "neg")["min"], json!(-2.0));
    assert_eq!(row(&found, "meta")["note"], json!("on the meta device: no data"));
    assert!(row(&found, "doubled")["note"].as_str().unwrap().starts_with("sparse, not coalesced"));

    let all = answer("diff m p");
    let found = &all["differences"];
    assert_eq!((&all["first"], &all["second"]), (&json!("m"), &json!("p")));
    let numbers = row(found, "w");
    assert_eq!(
        (&numbers["differing"], &numbers["max_abs"], &numbers["mean_abs"]),
        (&json!(1), &json!(0.5), &json!(0.125))
    );
    assert_eq!(numbers["second"], json!({"shape": [2, 2], "dtype": "float32"}));
    assert_eq!(row(found, "large")["max_abs"].to_string(), "100");
    assert_eq!(
        (&row(found, "half.0.w")["difference"], &row(found, "half.0.w")["max_abs"]),
        (&json!("dtype"), &json!(0.0))
    );
    assert_eq!(row(found, "fp8")["difference"], json!("shape"));
    assert_eq!(
        row(found, "z"),
        &json!({"key": "z", "difference": "only in first", "first": {"shape": [1], "dtype": "complex64"},
        "second": null, "differing": null, "not_finite": null, "max_abs": null, "mean_abs": null, "max_rel": null, "cosine": null, "note": null})
    );
    assert_eq!(row(found, "epoch")["second"], json!({"type": "int", "value": "4"}));
    assert_eq!(row(found, "meta")["difference"], json!("not compared"));
    for equal in ["q", "fp4", "bad", "sparse", "grad", "neg", "none", "flag"] {
        assert_eq!(row(found, equal), &Json::Null, "{equal}");
    }

    let found = answer("tree m 1")["tree"].clone();
    assert_eq!(
        found[0],
        json!({"depth": 0, "key": "", "name": "(all)", "tensors": 16, "elements": found[0]["elements"], "bytes": found[0]["bytes"]})
    );
    assert_eq!(row(&found, "half")["tensors"], json!(2));
    assert_eq!(row(&found, "half.0.w"), &Json::Null);
    assert_eq!(
        answer("tree m")["tree"].as_array().unwrap().iter().filter(|row| row["depth"] == 3).count(),
        2
    );
}

#[test]
fn a_table_of_values_holds_fields_and_no_prose() {
    let lines = |line: &str| shown("csv", line).lines().map(str::to_owned).collect::<Vec<_>>();
    let outline = lines("items c");
    assert_eq!(outline[0], "depth,key,type,value,entries,tensors,elements,bytes");
    assert!(outline[2].starts_with("0,state_dict,dict,,17,16,"), "{outline:?}");
    assert_eq!(lines("hist m['w'] 2")[0], "from,to,count");
    let differences = lines("diff m p");
    assert!(
        differences.contains(&"half.0.w,dtype,float16 [3],float32 [3],0,0,0.0,0.0,0.0,1.0,".to_owned()),
        "{differences:?}"
    );
    assert!(lines("tree m 1").iter().all(|line| !line.starts_with("2,")));
    let described = lines("describe m \"large\"");
    assert_eq!(
        described[1],
        "large,[2],int64,cpu,2,4611686018427387904,4611686018427388004,4.611686018427388e+18,70.71067811865476,0,0,0,0,"
    );
}

#[test]
fn a_diff_says_by_its_status_whether_there_is_a_difference() {
    let folder = tempfile::tempdir().unwrap();
    let status = |arguments: &[&str]| {
        let mut command = torchsh(folder.path());
        command.args(arguments);
        run(command, "", Duration::from_secs(30)).status
    };
    let differ = "diff {'a': torch.ones(2)} with {'a': torch.zeros(2)}";
    assert_eq!(status(&["-c", differ]), Some(0));
    assert_eq!(status(&["--exit-code", "-c", differ]), Some(1));
    assert_eq!(status(&["--exit-code", "-c", &format!("{differ} atol=1")]), Some(0));
    assert_eq!(status(&["--exit-code", "-c", "diff {'a': 1} with {'a': 1}"]), Some(0));
}

#[test]
fn verbs_that_judge_say_by_their_status_what_they_found() {
    let folder = tempfile::tempdir().unwrap();
    let status = |line: &str| {
        let mut command = torchsh(folder.path());
        command.args(["--exit-code", "-c", line]);
        run(command, "", Duration::from_secs(30)).status
    };
    assert_eq!(status("health {'a': torch.zeros(2, 2)}"), Some(0));
    assert_eq!(status("health {'a': torch.tensor([1.0, float('inf')])}"), Some(1));
    assert_eq!(status("check {'a': torch.ones(2).half()} into {'a': torch.ones(2)}"), Some(0));
    assert_eq!(status("check {'a': torch.ones(2)} into {'a': torch.ones(3)}"), Some(1));
    assert_eq!(status("check {'a': torch.ones(2), 'b': 1} into {'a': torch.ones(2)}"), Some(1));
}

#[test]
fn what_a_verb_does_not_know_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for (line, told) in [
        ("diff {'a': 1} with {'a': 1} banana=7", "diff has no option banana"),
        ("describe {'a': 1} atol=7", "describe has no option atol"),
        ("items {'a': 1} by colour", "items cannot sort by colour"),
        ("diff {'a': 1} with {'a': 1} atol=-1", "atol= is a number from 0 on"),
    ] {
        let mut command = torchsh(folder.path());
        command.args(["-c", line]);
        let ran = run(command, "", Duration::from_secs(30));
        assert!(ran.status == Some(1) && ran.stderr.contains(told), "{line}: {}", ran.stderr);
    }
}
