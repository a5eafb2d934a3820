//! The Python that `explain` prints for a verb line does what the verb does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{run, torchsh};
use torchsh_syntax::verbs;

/// What the lines speak of.
const SETUP: &str = r#"
import argparse, blake3, fnmatch, re
import numpy as np
import safetensors.torch
torch.manual_seed(0)
def sd():
    return {"m.embed.weight": torch.randn(6, 4), "m.a.qkv.weight": torch.randn(6, 4), "m.n.weight": torch.randn(4),
            "m.n.steps": torch.tensor(3), "m.big": torch.randn(8, 5)}
p, m, c = sd(), sd(), sd()
del m["m.n.steps"]
m["m.big"] = torch.randn(3, 5)
m = {k: v for k, v in m.items()}
q = {k: p[k] + 1 for k in p}
names = {"m.big": "large"}
bare = {k.removeprefix("m."): v for k, v in p.items()}
w = {k: v.clone() for k, v in p.items() if v.is_floating_point()}
w["m.n.weight"][1] = float("nan")
one = torch.ones(3)
tied = {"a": one, "b": one, "c": torch.ones(2)}
near = {k: v + 1e-4 if v.is_floating_point() else v for k, v in p.items()}
torch.save(argparse.Namespace(a=1), "unsafe.pt")
halves = {k: v.bfloat16() if v.is_floating_point() else v for k, v in p.items()}
others = {k: v.half() if v.is_floating_point() else v for k, v in c.items()}
whole, listed = {"epoch": 3, "state_dict": p}, [{"net": p}, 5]
def fresh():
    net = nn.Linear(4, 3)
    nn.init.zeros_(net.weight), nn.init.zeros_(net.bias)
    return net, dict(q)
fits = {"weight": torch.randn(3, 4), "bias": torch.randn(3)}
wide = {"weight": torch.randn(5, 4), "bias": torch.randn(3)}
part = {"bias": torch.randn(3)}
"#;

/// Lines whose value is what their Python gives.
const VALUES: &[&str] = &[
    "filter p shape== m",
    "filter p key~ \"weight$\"",
    "filter p key!~ \"a\"",
    "filter p key== m",
    "filter p shape== [6, 4]",
    "filter p shape!= (6, 4)",
    "filter whole shape== listed",
    "strip listed \"m.\"",
    "tie whole \"m.a.qkv.weight\" to \"m.embed.weight\"",
    "rename whole to m",
    "average halves others",
    "average whole listed weights 1 3",
    "task halves others base=c scale=0.5",
    "filter p dtype== float32",
    "filter p dtype!= m",
    "filter p device== cpu",
    "filter p ndim== 2",
    "filter p numel> 10",
    "filter p nbytes<= 20",
    "filter p where v.ndim == 2 and \"big\" in k",
    "rename p \"^m\\.\" \"\"",
    "rename p \"m.*\" \"net.*\"",
    "rename p names",
    "rename bare to p",
    "drop p \"*big\"",
    "drop p \"*big\" \"*steps\"",
    "keep p \"*weight\"",
    "keep p \"*weight\" \"*big\"",
    "prefix p \"net.\"",
    "strip p \"m.\"",
    "cast p bfloat16",
    "cast p float16 keep \"*n.*\" \"*big\"",
    "cast p torch.float64",
    "split p \"*.qkv.weight\" into q k v",
    "split p \"*.qkv.weight\" into q k v sizes=[3, 2, 1]",
    "split p \"*.qkv.weight\" into \"*.q.w\" \"*.k.w\" dim=1",
    "transpose p \"*big\"",
    "slice p \"*big\" 1:3",
    "slice p \"*big\" :2 dim=1",
    "slice p \"*big\" -2:",
    "cut p \"*big\" to 4",
    "grow p \"*embed*\" to 9",
    "grow p \"*embed*\" to 9 rows=\"mean\"",
    "move p \"m.big\" to \"head\"",
    "tie p \"m.a.qkv.weight\" to \"m.embed.weight\"",
    "untie p",
    "untie p \"*big\"",
    "average p c",
    "average p c q weights 0.5 0.3 0.2",
    "average p c weights 1 3",
    "lerp p c 0.3",
    "task p q base=c scale=0.5",
    "task c p q base=c scale=0.3",
    "p | strip \"m.\" | keep \"*weight\" | cast float16",
    "cast (strip (keep p \"*weight\") \"m.\") bfloat16",
];

/// Lines that show something, and what their answer, as `--format json` has it, has in common with their Python.
const SHOWN: &[(&str, &str)] = &[
    ("items p", "[e['key'] for e in shown['entries']] == [k for k, _ in made]"),
    ("items p \"*weight\"", "[e['key'] for e in shown['entries']] == [k for k, _ in made]"),
    ("items p by size", "[e['key'] for e in shown['entries']] == [k for k, _ in made]"),
    ("items p by shape reversed", "[e['key'] for e in shown['entries']] == [k for k, _ in made]"),
    ("items p reversed", "[e['key'] for e in shown['entries']] == [k for k, _ in made]"),
    ("find p \"*big\" by size", "[e['key'] for e in shown['entries']] == list(made)"),
    ("describe fits by std", "[e['key'] for e in shown['entries']] == list(made)"),
    ("describe w \"*big\" by min reversed", "[e['key'] for e in shown['entries']] == list(made)"),
    ("values p by shape", "[e['shape'] for e in shown['entries']] == [list(v.shape) for v in made]"),
    ("keys p by size reversed", "shown == made"),
    ("keys p", "shown == list(made)"),
    ("keys p \"*weight\"", "shown == made"),
    ("values p", "[e['shape'] for e in shown['entries']] == [list(v.shape) for v in made]"),
    ("values p \"*weight\"", "[e['shape'] for e in shown['entries']] == [list(v.shape) for v in made]"),
    ("find p \"*big\"", "[e['key'] for e in shown['entries']] == list(made)"),
    ("find p \"big\"", "[e['key'] for e in shown['entries']] == list(made)"),
    ("tree p", "sorted({e['key'].rpartition('.')[0] for e in shown['tree'] if 'shape' in e}) == made"),
    (
        "tree p \"*big\"",
        "sorted({e['key'].rpartition('.')[0] for e in shown['tree'] if 'shape' in e}) == made",
    ),
    (
        "tree p \"*big\" 1",
        "sorted(e['key'] for e in shown['tree'] if e['depth'] and 'shape' not in e) == made",
    ),
    ("tree p 2", "sorted(e['key'] for e in shown['tree'] if e['depth'] and 'shape' not in e) == made"),
    ("describe p", DESCRIBED),
    ("describe w", DESCRIBED),
    ("describe w \"*big\"", DESCRIBED),
    ("hist p[\"m.big\"]", "sum(shown['counts']) == made.sum()"),
    ("hist p[\"m.big\"] 4", "shown['counts'] == made.tolist()"),
    ("heat p", "len(shown['rows']) * len(shown['columns']) >= len(made)"),
    (
        "storages tied",
        "sorted(e['tensors'] for e in shown['storages']) == sorted([k for k in made if made[k] == of] for of in {*made.values()})",
    ),
    (
        "health w",
        "{e['key'] for e in shown['findings'] if e['finding'] == 'nan'} == {k for k, (nan, *_) in made.items() if nan}",
    ),
    ("health w \"*big\"", "shown['bad'] == 0 and not any(nan for nan, *_ in made.values())"),
    ("size w", "all(shown[d] == b for d, b in made.items())"),
    ("size w \"*big\"", "all(shown[d] == b for d, b in made.items())"),
    ("fingerprint p", "shown['fingerprint'] == made"),
    ("diff p m", DIFFERING),
    ("diff p m \"*big\"", DIFFERING),
    ("diff p near atol=1e-3", DIFFERING),
    ("diff p near atol=1e-3 rtol=1e-3 \"*weight\"", DIFFERING),
    ("diff p q atol=1e-3", DIFFERING),
    ("diff w w equal_nan=False", DIFFERING),
    ("check p into m", "{e['key'] for e in shown['findings']} == {k for k, *_ in made}"),
    (
        "manifest p",
        "[(e['name'], e['sha256']) for e in shown['entries']] == [(e['name'], e['sha256']) for e in made]",
    ),
    (
        "manifest \"x.pt\"",
        "[(e['name'], e['sha256']) for e in shown['entries']] == [(e['name'], e['sha256']) for e in made]",
    ),
    ("verify \"x.pt\"", "shown['whole'] and 'can be read' in str(made)"),
    ("verify \"x.pt\" \"x.jsonl\"", "shown['whole'] and shown['compared'] == int(str(made).split()[1])"),
    ("inspect_pickle \"unsafe.pt\"", "[n['name'] for n in shown['names'] if n['verdict'] != 'safe'] == made"),
    ("inspect_pickle \"x.pt\"", "[n['name'] for n in shown['names'] if n['verdict'] != 'safe'] == made"),
];

const DESCRIBED: &str = "all(abs(e['max'] - made[e['key']][1]) < 1e-6 and abs(e['std'] - made[e['key']][3]) < 1e-5 for e in \
                         shown['entries'] if not e['nan'] and e['std'] is not None) and len(shown['entries']) == len(made)";
const DIFFERING: &str = "sorted(e['key'] for e in shown['differences']) == sorted(made)";

/// Lines that change something, and what they change.
const CHANGES: &[(&str, &str)] = &[
    ("update other with c", "other"),
    ("update other c", "other"),
    ("update other whole", "other"),
    ("load_state_dict fits into net", "net.state_dict()"),
    ("load_state_dict part into net strict=False", "net.state_dict()"),
    ("load_state_dict wide into net overlap=True", "net.state_dict()"),
    ("load_state_dict wide into net skip_mismatched=True", "net.state_dict()"),
];

/// Lines whose Python is longer than a line: they say so, rather than print what does something else.
const LONGER: &[&str] = &[
    "match p to m",
    "plot p",
    "heat p \"x.png\"",
    "hist p[\"m.big\"] \"x.svg\"",
    "rename p preset \"hf vit to timm vit\"",
    "join p \"*.n.weight\" \"*.embed.weight\" into \"x\"",
    "grow p \"*embed*\" to 9 rows=\"random\"",
    "resample p \"*big\" to 4x4",
    "inflate p \"*big\" to 3",
    "cast p q4_k_m",
    "cast p q4_k",
    "p | join \"*.n.weight\" \"*.embed.weight\" into \"x\" | strip \"m.\"",
    "strip (drop p \"*big\" with optimizer) \"m.\"",
    "cast p q2_k pure=False",
    "slerp p c 0.5",
    "ties p q base=c",
    "dare p q base=c",
    "ema p",
    "merge p lora \"adapter\"",
    "unmerge p lora \"adapter\"",
    "extract lora from p base c rank 2",
    "save p \"x.gguf\"",
    "save p \"x.safetensors\" max_shard_size=\"5GB\"",
    "save p \"x.pt\" format=\"dcp\"",
    "drop p \"*big\" with optimizer",
];

/// Lines that write a file, and what reads it.
const FILES: &[(&str, &str)] = &[
    ("save p \"x.pt\"", "torch.load(\"x.pt\")"),
    ("save p to \"x.safetensors\"", "safetensors.torch.load_file(\"x.safetensors\")"),
    ("save p \"x.safetensors\" metadata={\"a\": \"b\"}", "safetensors.torch.load_file(\"x.safetensors\")"),
    ("save p \"x.npz\"", "{k: torch.from_numpy(v) for k, v in np.load(\"x.npz\").items()}"),
    ("p | strip \"m.\" | save \"x.pt\"", "torch.load(\"x.pt\")"),
];

/// What a program prints.
fn printed(folder: &Path, program: &str, options: &[&str]) -> String {
    fs::write(folder.join("program.py"), program).unwrap();
    let mut command = torchsh(folder);
    command.args(options).arg("program.py");
    let ran = run(command, "", Duration::from_secs(120));
    assert!(ran.succeeded(), "{}", ran.stderr);
    ran.stdout
}

/// The Python that `explain` prints for each line.
fn explained(folder: &Path, lines: &[&str]) -> Vec<String> {
    let asked: String = lines.iter().map(|line| format!("explain {line}\n")).collect();
    let printed = printed(folder, &format!("{SETUP}net, other = fresh()\n{asked}"), &[]);
    let explained: Vec<String> = printed.lines().map(str::to_owned).collect();
    assert_eq!(explained.len(), lines.len(), "{explained:#?}");
    explained
}

fn firsts<'a>(table: &[(&'a str, &str)]) -> Vec<&'a str> {
    table.iter().map(|(line, _)| *line).collect()
}

const SAME: &str = r#"
def same(line, one, two):
    assert sorted(one) == sorted(two), (line, list(one), list(two))
    for k in one:
        a, b = one[k], two[k]
        assert a.dtype == b.dtype and a.shape == b.shape, (line, k, a.dtype, b.dtype, a.shape, b.shape)
        close = torch.allclose(a.double(), b.double(), rtol=1e-6, atol=1e-7, equal_nan=True)
        assert close, (line, k, a, b)
    print("same")
"#;

#[test]
fn the_python_of_a_line_does_what_the_line_does() {
    let folder = tempfile::tempdir().unwrap();
    let [values, files, changes] = [VALUES.to_vec(), firsts(FILES), firsts(CHANGES)]
        .map(|lines| (explained(folder.path(), &lines), lines));
    let mut program = format!("{SETUP}{SAME}");
    for (python, line) in values.0.iter().zip(&values.1) {
        program += &format!("one = {line}\ntwo = {python}\nsame({line:?}, one, two)\n");
    }
    for (python, (line, read)) in files.0.iter().zip(FILES) {
        program += &format!("{line}\none = {read}\n{python}\ntwo = {read}\nsame({line:?}, one, two)\n");
    }
    for (python, (line, changed)) in changes.0.iter().zip(CHANGES) {
        program += &format!(
            "net, other = fresh()\ndone = {line}\none = dict({changed})\nnet, other = fresh()\n{python}\nsame({line:?}, one, {changed})\n"
        );
    }
    let said = printed(folder.path(), &program, &[]);
    assert_eq!(said.matches("same").count(), VALUES.len() + FILES.len() + CHANGES.len(), "{said}");
}

#[test]
fn the_python_of_a_line_finds_what_the_line_shows() {
    let folder = tempfile::tempdir().unwrap();
    let lines = firsts(SHOWN);
    let setup =
        format!("{SETUP}torch.save(p, \"x.pt\")\nopen(\"x.jsonl\", \"w\").write(str(manifest(\"x.pt\")))\n");
    let shown = printed(folder.path(), &format!("{setup}{}\n", lines.join("\n")), &["--format", "json"]);
    assert_eq!(shown.lines().count(), lines.len(), "{shown}");
    fs::write(folder.path().join("shown.txt"), shown).unwrap();
    let mut program = format!("{setup}import json\nlines = open(\"shown.txt\").read().splitlines()\n");
    for (place, (python, (line, agree))) in explained(folder.path(), &lines).iter().zip(SHOWN).enumerate() {
        program += &format!(
            "shown, made = json.loads(lines[{place}]), {python}\nif not ({agree}): print({line:?}, shown, made)\n"
        );
    }
    assert_eq!(printed(folder.path(), &program, &[]), "");
}

#[test]
fn what_is_longer_than_a_line_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for line in LONGER {
        fs::write(folder.path().join("program.py"), format!("explain {line}\n")).unwrap();
        let mut command = torchsh(folder.path());
        command.arg("program.py");
        let ran = run(command, "", Duration::from_secs(60));
        assert!(ran.stderr.contains("stands for more Python than a line holds"), "{line}: {}", ran.stderr);
    }
}

#[test]
fn every_verb_and_every_form_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<&str> =
        [VALUES.to_vec(), firsts(FILES), firsts(CHANGES), firsts(SHOWN)].into_iter().flatten().collect();
    let explained = explained(folder.path(), &lines);
    let tried: Vec<(&str, &str)> = lines.into_iter().zip(explained.iter().map(String::as_str)).collect();
    for verb in verbs::verbs().filter(|verb| verb.name != "explain") {
        let begins = |line: &&str| line.split(' ').next() == Some(verb.name);
        let own: Vec<&str> =
            tried.iter().filter(|(line, _)| begins(line)).map(|(_, python)| *python).collect();
        assert!(!own.is_empty() || LONGER.iter().any(begins), "{} is not tried", verb.name);
        for form in verb.python.iter().filter(|form| !form.is_empty() && **form != verbs::MORE) {
            assert!(
                own.iter().any(|python| is_of(python, form)),
                "{}: no line has the form {form}",
                verb.name
            );
        }
    }
}

/// Whether a text is of a form: has its pieces, in their order, to the end.
fn is_of(text: &str, form: &str) -> bool {
    let marked = ["{0}", "{1}", "{2}", "{*}", "{…}"]
        .iter()
        .fold(form.to_owned(), |form, mark| form.replace(mark, "\0"));
    let mut rest = text;
    for piece in marked.split('\0') {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    let last = marked.rsplit('\0').next().unwrap_or_default();
    rest.is_empty() || last.is_empty() || text.ends_with(last)
}
