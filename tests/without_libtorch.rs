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

/// What two ranks of DeepSpeed keep of the weights.
const ZERO: &str = "
import os
p = load('training.ckpt')['state_dict']
os.makedirs('zero/step')
open('zero/latest', 'w').write('step')
model = {'module': {}, 'param_shapes': [{'w': torch.Size([2, 2])}], 'buffer_names': []}
torch.save(model, 'zero/step/mp_rank_00_model_states.pt')
for rank, key in enumerate(['conv.bias', 'norm.bias']):
    state = {'zero_stage': 2, 'partition_count': 2, 'single_partition_of_fp32_groups': [p[key]]}
    torch.save({'optimizer_state_dict': state}, f'zero/step/zero_pp_rank_{rank}_mp_rank_00_optim_states.pt')
q = load('zero')
items q
assert q['w'].tolist() == [p['conv.bias'].tolist(), p['norm.bias'].tolist()]
save q \"joined.safetensors\"
assert load('joined.safetensors')['w'].tolist() == q['w'].tolist()
";

#[test]
fn folders_of_ranks_are_joined() {
    let shown = Alone::new().prints(ZERO);
    assert!(shown.contains("[2, 2]"), "{shown}");
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
    "q = filter p device== cpu",
    "q = filter p ndim== 2",
    "q = filter p numel> 3",
    "q = filter p nbytes<= 20",
    "q = filter p key~ \"w\"",
    "q = filter p key!~ \"w\"",
    "q = filter p key== p",
    "q = filter p where v.ndim == 2 and 'w' in k",
    "items p by size reversed",
    "items p \"*w*\"",
    "q = rename p \"w\" \"v\"",
    "q = rename p {'conv.weight': 'first.weight'}",
    "r = prefix p \"m.\"\nq = rename p to r\nassert list(q) == list(r)",
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
    "describe p by max",
    "diff p q by max_abs",
    "storages p by size",
    "find p \"*\" by shape",
    "keys p by name",
    "health p by name",
    "health p",
    "size p",
    "f = fingerprint p\nprint(f['fingerprint'])",
    "manifest p",
    "manifest 'training.ckpt'",
    "verify 'training.ckpt'",
    "inspect_pickle 'training.ckpt'",
    "check p into p",
    "check {k: v for k, v in p.items()} into load('training.ckpt')",
    "update q p",
    "explain keep p \"*w*\"",
    "heat p",
    "x = [3.0, 2.0, 1.0]\nplot x",
    "q = move p \"conv.weight\" to \"first.weight\"",
    "q = tie p \"conv.weight\" to \"conv.weight\"",
    "q = untie p",
    "save p \"x.safetensors\"",
    "save p \"x.npz\"",
    "save p \"x.pt\"",
    "torch.save(p, 'y.pt')",
    "torch.save(p, 'legacy.pt', _use_new_zipfile_serialization=False)",
    "print({k: tuple(v.shape) for k, v in p.items() if v.dtype == torch.float32})",
    "print([v.numel() * v.element_size() for v in p.values()], [v.nbytes for v in p.values()])",
    "print(p)",
    "q = load('training.ckpt')['state_dict']\nassert torch.equal(p['conv.weight'], q['conv.weight'])",
    "q = load('training.ckpt')['state_dict']\nassert not p['conv.weight'].equal(q['conv.bias'])",
    "assert isinstance(p['norm.num_batches_tracked'].item(), int)",
    "w = next(iter(p.values()))\nprint(w, w.tolist(), w.stride(), w.device, w.is_contiguous(), w.requires_grad)",
];

/// Verbs that make other tensors: nothing is computed before they are saved, and then without libtorch.
const TENSORS: &[&str] = &[
    "cast p bfloat16",
    "cast p float16 keep \"*bias\"",
    "transpose p \"conv.weight\"",
    "slice p \"conv.weight\" 0:1",
    "cut p \"conv.weight\" to 1",
    "grow p \"conv.weight\" to 9",
    "grow p \"conv.weight\" to 9 rows=\"mean\"",
    "split p \"conv.weight\" into a b sizes=[1, 1]",
    "join p \"conv.weight\" \"conv.weight\" into \"conv.weights\"",
    "inflate p \"conv.weight\" to 4",
    "inflate p \"conv.weight\" to 1",
    "inflate p \"conv.weight\" to 4 channels=\"mean\"",
    "average p q",
    "lerp p q 0.5",
    "slerp p q 0.5",
    "task p q base=p",
    "ties p q base=p",
    "dare p q base=p",
    "{'ema': p, 'state_dict': p} | ema",
];

/// Verbs that compute, and what with.
const COMPUTE: &[(&str, &str)] = &[
    ("load_state_dict", "a model's own tensors"),
    ("resample", "libtorch's interpolate"),
    ("merge", "products of matrices"),
    ("unmerge", "products of matrices"),
    ("extract", "libtorch's svd"),
];

#[test]
fn every_verb_is_tried() {
    let lines: Vec<&str> = VERBS.iter().chain(TENSORS).flat_map(|program| program.lines()).collect();
    for verb in torchsh_syntax::verb_names() {
        let is_verb = |line: &&&str| {
            let line = line.split_once(" = ").map_or(**line, |(_, line)| line);
            line.split(' ').next() == Some(verb) || line.ends_with(&format!("| {verb}"))
        };
        let computes = COMPUTE.iter().any(|(name, _)| *name == verb);
        assert_eq!(lines.iter().any(|line| is_verb(&line)), !computes, "{verb}");
    }
}

#[test]
fn tensors_are_made_and_saved() {
    let alone = Alone::new();
    for verb in TENSORS {
        let program = format!(
            "p = load('training.ckpt')['state_dict']\nq = dict(p)\nr = {verb}\nprint(list(r.values())[0])\n\
             save r \"made.safetensors\"\nassert list(load('made.safetensors')) != []"
        );
        alone.prints(&program);
    }
}

#[test]
fn every_format_becomes_every_other() {
    const ENDINGS: &[&str] = &["pt", "bin", "safetensors", "npz", "gguf", "dcp"];
    let alone = Alone::new();
    alone.prints("of = load('training.ckpt')['state_dict']\np = {'a.weight': of['head.weight'], 'a.bias': of['head.bias']}\nsave p \"0.pt\"");
    let mut before = "0.pt".to_owned();
    for (place, (from, to)) in
        ENDINGS.iter().flat_map(|from| ENDINGS.iter().map(move |to| (from, to))).enumerate()
    {
        let [one, two] = [format!("{place}-one.{from}"), format!("{place}-two.{to}")];
        alone.prints(&format!("p = load('{before}')\nsave p \"{one}\"\nq = load('{one}')\nsave q \"{two}\""));
        let told = alone.prints(&format!("p, q = load('0.pt'), load('{two}')\nprint(sorted(q))\ndiff p q"));
        assert!(
            told.starts_with("['a.bias', 'a.weight']\n") && told.contains("no difference in 2 entries"),
            "{from} {to}: {told}"
        );
        before = two;
    }
}

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
