//! Files through the whole program: loaded as values, saved again, compared tensor by tensor with what PyTorch says.

// A test that meets the unexpected should stop there and then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::fs;
use std::time::Duration;

/// Fixtures that hold nothing but what can be saved again.
const REWRITABLE: &[&str] = &[
    "dtypes-2.pt",
    "dtypes-5.pt",
    "dtypes-legacy.pt",
    "views.pt",
    "views-legacy.pt",
    "two-dtypes.pt",
    "sparse.pt",
    "quantized.pt",
    "parameters.pt",
    "plain.pkl",
    "stored.pt",
    "deflated.pt",
    "arrays.npz",
];

/// Runs a program in a folder of its own and gives what it printed.
fn printed(program: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = common::torchsh(folder.path());
    command.args(["-c", program]).env("FIXTURES", common::repository("tests/fixtures"));
    let ran = common::run(command, "", Duration::from_secs(60));
    assert!(ran.succeeded(), "{}\n{}{}", ran.ending(), ran.stdout, ran.stderr);
    ran.stdout
}

fn fixture(name: &str) -> String {
    common::repository("tests/fixtures").join(name).display().to_string()
}

#[test]
fn what_is_loaded_and_saved_is_the_same() {
    let mut program = "import torch\n".to_owned();
    for name in REWRITABLE {
        let path = fixture(name);
        program += &format!("p = torch.load({path:?})\ntorch.save(p, 'back.pt')\nverify('back.pt')\n");
        program += &format!("print({name:?}, verify('back.pt', {path:?} + '.jsonl'))\n");
    }
    let printed = printed(&program);
    for (line, name) in printed.lines().zip(REWRITABLE) {
        assert!(line.starts_with(name) && line.contains("are as the manifest says"), "{line}");
    }
    assert_eq!(printed.lines().count(), REWRITABLE.len());
}

#[test]
fn a_pickled_model_gives_its_state_dict_without_its_class() {
    let path = fixture("model.pt");
    let program = format!(
        "import torch\nm = torch.load({path:?})\ns = m.state_dict()\nprint(list(s)[:4], len(s))\n\
         print(s['conv.weight'].data_ptr() == s['tied.weight'].data_ptr(), s['conv.weight'].requires_grad)\n\
         print(s._metadata['norm'], m.conv.weight.shape, m.training)\n"
    );
    let expected = "['kept', 'conv.weight', 'conv.bias', 'norm.weight'] 12\nTrue False\n\
                    {'version': 2} torch.Size([2, 1, 2, 2]) True\n";
    assert_eq!(printed(&program), expected);
}

#[test]
fn a_training_checkpoint_is_visible_throughout() {
    let path = fixture("training.ckpt");
    let program = format!(
        "c = load({path:?})\nprint(c['epoch'], c['hyper_parameters'].lr, c['hyper_parameters'])\n\
         print(c['when'], c['set'], c['bytes'], c['large'], c['scalar'])\n\
         print(c[(1, 'a')], c[7], c['optimizer']['state'][0]['step'])\n"
    );
    let expected = "3 0.1 Namespace(lr=0.1, path=PurePosixPath('/data/x'))\n\
                    2024-05-17 12:30:00 {1, 2} b'\\x00\\xff' 1267650600228229401496703205376 1.5\n\
                    tensor([1., 1.]) [tensor([0.]), (tensor([1.]),)] tensor(1.)\n";
    assert_eq!(printed(&program), expected);
}

#[test]
fn a_file_can_be_saved_over_itself() {
    let path = fixture("stored.pt");
    let program = format!(
        "import torch\ntorch.save(torch.load({path:?}), 'x.pt')\np = torch.load('x.pt')\n\
         p['a'] += 1\ntorch.save(p, 'x.pt')\nprint(torch.load('x.pt')['a'][:3], p['a'][:3], p['b'].sum())\n"
    );
    assert_eq!(printed(&program), "tensor([1., 2., 3.]) tensor([1., 2., 3.]) tensor(0.)\n");
}

#[test]
fn a_damaged_record_is_named_with_its_tensor() {
    let mut bytes = fs::read(fixture("stored.pt")).unwrap();
    let floats: Vec<u8> = [60.0_f32, 61.0].iter().flat_map(|number| number.to_le_bytes()).collect();
    let place = bytes.windows(8).position(|part| part == floats).unwrap();
    bytes[place] ^= 1;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.pt");
    fs::write(&path, bytes).unwrap();
    let program = format!(
        "try:\n    verify({:?})\nexcept ValueError as e:\n    print(e)\n",
        path.display().to_string()
    );
    assert_eq!(printed(&program), "zip entry 'stored/data/0': damaged: its checksum is another (tensor a)\n");
}

#[test]
fn what_a_format_cannot_hold_is_said_before_a_file_is_made() {
    let program = r#"
import os
import torch

number = torch.tensor([1 + 2j])
cases = {
    "conjugates stay apart": lambda: save({"a": number, "b": number.conj()}, "c.safetensors"),
    "expanded": lambda: save({"a": torch.ones(1).expand(2**40)}, "a.safetensors"),
    "expanded array": lambda: save({"a": torch.ones(1).expand(2**40)}, "a.npz"),
    "metadata": lambda: save({"__metadata__": torch.ones(1)}, "a.safetensors"),
    "outside": lambda: save({"../a": torch.ones(1)}, "a.npz"),
    "another format": lambda: save({"a": torch.ones(1)}, "a.GGUF"),
    "no size": lambda: save({"a": torch.ones(1)}, "a.safetensors", max_shard_size=0),
    "no metadata": lambda: save({"a": torch.ones(1)}, "a.safetensors", metadata=["a"]),
}
for name, case in cases.items():
    try:
        case()
        print(name)
    except Exception as error:
        print(name, type(error).__name__, error)
print(load("c.safetensors")["b"], sorted(os.listdir(".")))
"#;
    let printed = printed(program);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0], "conjugates stay apart");
    for (line, wanted) in lines[1..].iter().zip([
        "the tensor is expanded to 4398046511104 bytes",
        "the tensor is expanded to 4398046511104 bytes",
        "safetensors keeps its metadata under '__metadata__'",
        "the name leads out of the archive",
        "a file of the ending .gguf is of a format that is not written here",
        "max_shard_size must be a number of bytes",
        "metadata must be a dict of str to str, not list",
    ]) {
        assert!(line.contains(wanted), "{wanted}: {line}");
    }
    assert_eq!(*lines.last().unwrap(), "tensor([1.-2.j]) ['c.safetensors']");
}

#[test]
fn a_disk_that_is_full_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let run = |program: &str, limit: &str| {
        let mut command = common::torchsh(folder.path());
        let binary = command.get_program().to_owned();
        let script = format!("ulimit -f {limit}; exec \"$0\" -c \"$1\"");
        let mut shell = std::process::Command::new("sh");
        shell.current_dir(folder.path()).args(["-c", &script]).arg(binary).arg(program);
        command = shell;
        common::run(command, "", Duration::from_secs(60))
    };
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert!(run("import torch; torch.save({'a': torch.ones(3)}, 'a.pt')", "unlimited").succeeded());
    let before = fs::read(folder.path().join("a.pt")).unwrap();
    let large = "import torch; d = {str(n): torch.ones(40_000) for n in range(9)}\n";
    for save in [
        "torch.save(d, 'a.pt')",
        "save(d, 'a.npz')",
        "save(d, 'a.safetensors')",
        "d['8'] = torch.ones(900_000); save(d, 'a.safetensors', max_shard_size='200KB')",
    ] {
        let ran = run(&format!("{large}{save}"), "500");
        assert_eq!(ran.status, Some(1), "{save}: {}", ran.ending());
        assert!(ran.stderr.contains("File too large"), "{}", ran.stderr);
        assert_eq!(names(), ["a.pt"], "{save}");
    }
    assert_eq!(fs::read(folder.path().join("a.pt")).unwrap(), before);
}
