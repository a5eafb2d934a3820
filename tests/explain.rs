//! The Python that `explain` prints for a verb line does what the verb does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{run, torchsh};

/// What the lines speak of.
const SETUP: &str = r#"
import fnmatch, re
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
"#;

/// Lines whose value is what their Python gives.
const VALUES: &[&str] = &[
    "filter p shape== m",
    "filter p key~ \"weight$\"",
    "filter p key!~ \"a\"",
    "filter p key== m",
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
    "drop p \"*big\"",
    "keep p \"*weight\"",
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
    "p | strip \"m.\" | keep \"*weight\" | cast float16",
    "cast (strip (keep p \"*weight\") \"m.\") bfloat16",
];

/// Lines that write a file, and what reads it.
const FILES: &[(&str, &str)] = &[
    ("save p \"x.pt\"", "torch.load(\"x.pt\")"),
    ("save p to \"x.safetensors\"", "safetensors.torch.load_file(\"x.safetensors\")"),
    ("save p \"x.npz\"", "{k: torch.from_numpy(v) for k, v in np.load(\"x.npz\").items()}"),
    ("p | strip \"m.\" | save \"x.pt\"", "torch.load(\"x.pt\")"),
];

/// What a program prints.
fn printed(folder: &Path, program: &str) -> String {
    fs::write(folder.join("program.py"), program).unwrap();
    let mut command = torchsh(folder);
    command.arg("program.py");
    let ran = run(command, "", Duration::from_secs(120));
    assert!(ran.succeeded(), "{}", ran.stderr);
    ran.stdout
}

#[test]
fn the_python_of_a_line_does_what_the_line_does() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<&str> = VALUES.iter().copied().chain(FILES.iter().map(|(line, _)| *line)).collect();
    let asked: String = all.iter().map(|line| format!("explain {line}\n")).collect();
    let explained = printed(folder.path(), &format!("{SETUP}{asked}"));
    let explained: Vec<&str> = explained.lines().collect();
    assert_eq!(explained.len(), all.len(), "{explained:#?}");
    let mut program = SETUP.to_owned();
    program += r#"
def same(line, one, two):
    assert sorted(one) == sorted(two), (line, list(one), list(two))
    for k in one:
        a, b = one[k], two[k]
        assert a.dtype == b.dtype and a.shape == b.shape, (line, k, a.dtype, b.dtype, a.shape, b.shape)
        close = torch.allclose(a.double(), b.double(), rtol=1e-6, atol=1e-7)
        assert close, (line, k, a, b)
    print("same")
"#;
    for (place, line) in VALUES.iter().enumerate() {
        program += &format!("one = {line}\ntwo = {}\nsame({line:?}, one, two)\n", explained[place]);
    }
    for (place, (line, read)) in FILES.iter().enumerate() {
        let python = explained[VALUES.len() + place];
        program += &format!("{line}\none = {read}\n{python}\ntwo = {read}\nsame({line:?}, one, two)\n");
    }
    let said = printed(folder.path(), &program);
    assert_eq!(said.matches("same").count(), all.len(), "{said}");
}
