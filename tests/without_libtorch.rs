//! What needs no libtorch is tried where there is none: the program alone in a folder, without the door beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{Ran, repository, run, torchsh};

const LIMIT: Duration = Duration::from_secs(30);

/// A folder with the program in it and no door, and with copies of the fixtures to work on.
struct Alone {
    folder: tempfile::TempDir,
}

impl Alone {
    fn new() -> Alone {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(env!("CARGO_BIN_EXE_torchsh"), folder.path().join("torchsh")).unwrap();
        for path in fixtures() {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Alone { folder }
    }

    fn ran(&self, arguments: &[&str]) -> Ran {
        let here = torchsh(self.folder.path());
        let mut command = Command::new(self.folder.path().join("torchsh"));
        command.current_dir(self.folder.path()).args(arguments);
        command.envs(here.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("TORCHSH_LIBTORCH", self.folder.path());
        run(command, "", LIMIT)
    }

    /// What a program prints, which ends well.
    fn prints(&self, program: &str) -> String {
        let ran = self.ran(&["-c", program]);
        assert!(ran.succeeded(), "{program}\n{}", ran.stderr);
        ran.stdout
    }
}

fn fixtures() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository("tests/fixtures")).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.is_file() && ![".jsonl", ".txt"].iter().any(|end| name(path).ends_with(end)));
    found.sort();
    found
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Sparse and quantized tensors are libtorch's own making.
const NEED_LIBTORCH: &[&str] = &["sparse.pt", "quantized.pt"];

#[test]
fn every_file_is_opened_and_listed() {
    let alone = Alone::new();
    for path in fixtures().iter().filter(|path| !NEED_LIBTORCH.contains(&name(path))) {
        let file = name(path);
        alone.prints(&format!("p = load('{file}')\nitems p\ntree p"));
        for command in ["manifest", "verify"] {
            assert!(alone.ran(&[command, file]).status != Some(70), "{command} {file}");
        }
        alone.prints(&format!("inspect_pickle('{file}')"));
    }
}

#[test]
fn eight_bit_floats_are_printed() {
    let text = Alone::new()
        .prints("p = load('dtypes-2.pt')\nprint(p['float8_e4m3fn'], p['complex32'].tolist())\nprint(p)");
    assert!(
        text.contains("dtype=torch.float8_e4m3fn") && text.contains("dtype=torch.float8_e8m0fnu"),
        "{text}"
    );
}

#[test]
fn the_command_line_answers() {
    let alone = Alone::new();
    for flag in ["--help", "--version", "--man"] {
        assert!(alone.ran(&[flag]).succeeded(), "{flag}");
    }
    assert_eq!(
        alone.prints("print(sum(range(5)), {'a': [1, 2.5]}, sorted({'b', 'a'}))"),
        "10 {'a': [1, 2.5]} ['a', 'b']\n"
    );
}

const VERBS: &[&str] = &[
    "items p",
    "keys p",
    "tree p",
    "find p \"*\"",
    "q = filter p shape== p",
    "q = filter p dtype== torch.float32",
    "q = filter p key~ \"w\"",
    "q = rename p \"w\" \"v\"",
    "q = drop p \"*bias*\"",
    "q = keep p \"*w*\"",
    "q = prefix p \"m.\"",
    "q = prefix p \"m.\"\nq = strip q \"m.\"",
    "match p to p",
    "storages p",
    "describe p",
    "values p",
    "diff p q",
    "q[\"conv.bias\"] = p[\"kept\"]\ndiff p q",
    "hist p[\"conv.weight\"]",
    "health p",
    "size p",
    "f = fingerprint p\nprint(f['fingerprint'])",
    "inspect_pickle 'training.ckpt'",
    "check p into p",
    "check {k: v for k, v in p.items()} into load('training.ckpt')",
    "update q p",
    "save p \"x.safetensors\"",
    "save p \"x.npz\"",
    "save p \"x.pt\"",
    "torch.save(p, 'y.pt')",
    "torch.save(p, 'legacy.pt', _use_new_zipfile_serialization=False)",
    "print({k: tuple(v.shape) for k, v in p.items() if v.dtype == torch.float32})",
    "print([v.numel() * v.element_size() for v in p.values()], [v.nbytes for v in p.values()])",
    "print(p)",
    "w = next(iter(p.values()))\nprint(w, w.tolist(), w.stride(), w.device, w.is_contiguous(), w.requires_grad)",
];

#[test]
fn verbs_look_and_mend() {
    let alone = Alone::new();
    for verb in VERBS {
        alone.prints(&format!("p = load('training.ckpt')['state_dict']\nq = dict(p)\n{verb}"));
    }
}

#[test]
fn what_computes_says_what_is_lacking_and_the_session_lives() {
    let alone = Alone::new();
    let program = "p = load('model.pt')\ntry:\n    torch.ones(2) + 1\nexcept RuntimeError as e:\n    print(e)\nprint(len(p) > 0)";
    let text = alone.prints(program);
    assert!(text.starts_with("computing needs libtorch 2.11"), "{text}");
    assert!(text.contains("libtorchsh_door.so: there is no such file") && text.ends_with("True\n"), "{text}");
    let ran = alone.ran(&["-c", "torch.ones(2)"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("hint: scripts/setup brings it"), "{}", ran.stderr);
}

#[test]
fn the_program_names_no_libtorch() {
    let listed = Command::new("ldd").arg(env!("CARGO_BIN_EXE_torchsh")).output().unwrap();
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(text.contains("libc.so"), "{text}");
    assert!(!text.contains("torch") && !text.contains("libc10"), "{text}");
}

/// A libtorch of another release, or a broken one, is an error of the line that needed it.
#[test]
fn a_wrong_libtorch_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("lib")).unwrap();
    std::fs::write(folder.path().join("lib/libtorch_cpu.so"), "no library").unwrap();
    std::fs::write(folder.path().join("lib/libc10.so"), "no library").unwrap();
    let stderr = |version: &str| {
        std::fs::write(folder.path().join("build-version"), version).unwrap();
        let mut command = torchsh(folder.path());
        command.env("TORCHSH_LIBTORCH", folder.path()).args(["-c", "print(1)\ntorch.ones(1)\n"]);
        let ran = run(command, "", LIMIT);
        assert_eq!((ran.stdout.as_str(), ran.status), ("1\n", Some(1)));
        ran.stderr
    };
    assert!(stderr("2.9.1+cpu").contains("libtorch 2.9.1+cpu, not 2.11"));
    assert!(stderr("2.11.0+cpu").contains("libc10.so"));
}
