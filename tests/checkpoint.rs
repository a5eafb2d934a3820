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
    assert_eq!(printed(&program), "zip entry 'stored/data/0': damaged: its checksum is wrong (tensor a)\n");
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
    "another format": lambda: save({"a": torch.ones(1)}, "a.ONNX"),
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
        "a file of the ending .onnx is of a format that is not written here",
        "max_shard_size is a number of bytes",
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

#[test]
fn a_model_of_an_unknown_class_keeps_its_weights_by_every_way() {
    let program = r#"
import copy, os, torch
folder = os.environ["FIXTURES"] + "/objects/"
ways = [
    lambda m: m, lambda m: m.float(), lambda m: m.half(), lambda m: m.double(), lambda m: m.bfloat16(), lambda m: m.to("cpu"),
    lambda m: m.to(torch.float32), lambda m: m.cpu(), lambda m: m.eval(), lambda m: m.train(), lambda m: m.train(False),
    lambda m: m.requires_grad_(False), lambda m: m.apply(lambda module: None), lambda m: m.to(memory_format=torch.channels_last),
]
for name, count in (("detector.pt", 15), ("unknown-child.pt", 4)):
    for options in ({}, {"weights_only": False}, {"map_location": "cpu"}):
        whole = torch.load(folder + name, **options)
        model = whole["model"] if isinstance(whole, dict) else whole
        for way in ways:
            assert way(model) is model, way
            assert len(model.state_dict()) == len(state_dict(model)) == count, (name, len(model.state_dict()))
        assert len(copy.deepcopy(model).state_dict()) == count
        assert len(torch.nn.DataParallel(model).state_dict()) == count
        assert len(torch.nn.Sequential(model).half().state_dict()) == count
        assert model.load_state_dict(model.state_dict(), strict=True)
        assert all(value.dtype == torch.bfloat16 for value in model.bfloat16().parameters())
        try:
            model.cuda()
        except (RuntimeError, AssertionError):
            assert len(model.state_dict()) == count
        torch.save(model, "again.pt")
        assert len(torch.load("again.pt").state_dict()) == count
        assert len(torch.load("again.pt", weights_only=False).state_dict()) == count
        save(model.state_dict(), "weights.safetensors")
        assert len(load("weights.safetensors")) == count
print("all", type(model[1]).__name__, isinstance(model, torch.nn.Module))

class Mine(torch.nn.Module):
    def forward(self, x):
        return self.l(x) if hasattr(self, "l") else x

print(type(model[1](torch.ones(1, 2).bfloat16())).__name__, type(model[1]) is Mine)
"#;
    assert_eq!(printed(program), "all Mine True\nTensor True\n");
}

#[test]
fn saving_says_how_many_tensors_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let said = |program: &str| {
        let mut command = common::torchsh(folder.path());
        command.args(["-c", program]).env("FIXTURES", common::repository("tests/fixtures"));
        let ran = common::run(command, "", Duration::from_secs(60));
        assert!(ran.succeeded(), "{}", ran.stderr);
        ran.stderr
    };
    let path = fixture("objects/detector.pt");
    let whole = said(&format!("p = load({path:?})\nm = p['model']\nsave m.float() \"whole.pt\""));
    assert!(whole.contains("saved 15 tensors to whole.pt"), "{whole}");
    let nested = said("save {'step': 3, 'model': {'w': torch.ones(2)}} \"nested.pt\"");
    assert!(nested.contains("saved dict with 1 tensor to nested.pt"), "{nested}");
    let none = said("save {'step': 3} \"none.pt\"");
    assert!(none.contains("saved dict without any tensor to none.pt"), "{none}");
}

#[test]
fn files_within_a_file_and_values_of_the_library_are_themselves() {
    let program = r#"
import array, collections, datetime, decimal, fractions, functools, io, ipaddress, operator, os, pathlib, types, uuid, zipfile
import torch
state = load(os.environ["FIXTURES"] + "/objects/extra-state.pt")["model"]["qkv._extra_state"]
print(type(state).__name__, state.tell(), len(state.getvalue()), state.seek(0))
print(sorted(torch.load(state, weights_only=False)))
written = io.BytesIO(b"abc")
written.seek(2)
values = {
    "bytes": written, "text": io.StringIO("ab\nc"), "path": pathlib.Path("/a/b.pt"), "day": datetime.date(2024, 5, 6),
    "when": datetime.datetime(2024, 5, 6, 7, tzinfo=datetime.timezone.utc), "took": datetime.timedelta(1, 2),
    "decimal": decimal.Decimal("1.50"), "fraction": fractions.Fraction(1, 3), "uuid": uuid.UUID(int=5),
    "deque": collections.deque([1, 2], 3), "counter": collections.Counter("aab"), "default": collections.defaultdict(list, a=[1]),
    "numbers": array.array("d", [1, 2.5]), "address": ipaddress.ip_address("10.0.0.1"), "six": ipaddress.ip_address("::1"),
    "network": ipaddress.ip_network("10.0.0.0/8"), "complex": 1 + 2j, "range": range(1, 9, 2), "slice": slice(1, None),
    "names": types.SimpleNamespace(a=1), "partial": functools.partial(dict, a=1), "getter": operator.itemgetter(1),
}
torch.save(values, "values.pt")
p = load("values.pt")
print(p["bytes"].read(), p["text"].readlines(), p["path"].suffix, p["day"].year, p["when"].isoformat(), p["took"].total_seconds())
print(p["decimal"] * 2, p["fraction"] + 1, p["uuid"].hex, p["deque"].maxlen, p["counter"].most_common(1), p["default"]["b"])
print(p["numbers"].tolist(), p["address"] + 1, p["six"].exploded[-4:], p["network"].num_addresses, p["complex"].imag, len(p["range"]))
print(p["slice"].start, p["names"].a, p["partial"](), p["getter"]("xyz"))
print(zipfile.ZipFile("values.pt").namelist()[:2], zipfile.is_zipfile("values.pt"))
"#;
    let printed = printed(program);
    assert!(printed.starts_with("BytesIO 0 "), "{printed}");
    let rest: Vec<&str> = printed.lines().skip(2).collect();
    assert_eq!(
        rest,
        [
            "b'c' ['ab\\n', 'c'] .pt 2024 2024-05-06T07:00:00+00:00 86402.0",
            "3.00 4/3 00000000000000000000000000000005 3 [('a', 2)] []",
            "[1.0, 2.5] 10.0.0.2 0001 16777216 2.0 4",
            "1 1 {'a': 1} y",
            "['values/data.pkl', 'values/.format_version'] True",
        ]
    );
}

#[test]
fn layers_of_old_files_have_what_their_classes_fill_in() {
    let program = r#"
import os, torch
path = os.environ["FIXTURES"] + "/objects/conv-of-1.0.pt"
for options in ({}, {"weights_only": False}):
    conv = torch.load(path, **options)
    print(conv, conv.padding_mode, tuple(conv(torch.ones(1, 4, 5, 5)).shape))
for layer, missing in (
    (torch.nn.Softmax(1), "dim"), (torch.nn.AvgPool3d(2), "count_include_pad"), (torch.nn.Upsample(scale_factor=2.0), "recompute_scale_factor"),
    (torch.nn.MultiheadAttention(4, 2), "_qkv_same_embed_dim"), (torch.nn.TransformerDecoderLayer(4, 2), "activation"),
    (torch.nn.LSTM(2, 3), "proj_size"), (torch.nn.Linear(2, 2), "_state_dict_pre_hooks"), (torch.nn.ConvTranspose1d(2, 2, 1), "padding_mode"),
):
    del layer.__dict__[missing]
    torch.save(layer, "layer.pt")
    print(type(layer).__name__, getattr(load("layer.pt"), missing), repr(load("layer.pt")).split("(")[0])
"#;
    let conv = "Conv2d(4, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)) zeros (1, 4, 5, 5)\n";
    let printed = printed(program);
    let rest = printed.strip_prefix(&conv.repeat(2)).unwrap_or_else(|| panic!("{printed}"));
    let filled: Vec<&str> = rest.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(filled.len(), 8, "{printed}");
    assert_eq!(
        [filled[0], filled[1], filled[2], filled[3], filled[5], filled[7]],
        ["None", "True", "True", "True", "0", "zeros"]
    );
}

/// What is said of a file lets everything in it be reached, and told apart.
#[test]
fn every_path_of_a_manifest_gives_its_tensor() {
    let program = r#"
import collections, functools, os, sys
import torch, numpy as np
from torch import nn

class Point:
    def __init__(self):
        self.x, self.parts = torch.ones(2), [torch.zeros(3)]

Pair = collections.namedtuple("Pair", "left right")
channels = torch.quantize_per_channel(torch.randn(2, 3), torch.tensor([0.1, 0.2]), torch.tensor([0, 1]), 0, torch.qint8)
values = {
    "a.b": torch.ones(1), "a": {"b": torch.ones(2)}, "list": [torch.ones(3), (torch.ones(4),)], 7: torch.ones(5), ("k", 1): torch.ones(6),
    None: torch.ones(7), True: torch.ones(8), 1.5: torch.ones(9), torch.float16: torch.ones(10), "quo\"te\n": torch.ones(11), "set": {1, 2},
    "meta": torch.ones(2, 3, device="meta"), "channels": channels, "whole": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8),
    "sparse": torch.eye(3).to_sparse(), "rows": torch.eye(3).to_sparse_csr(), "point": Point(), "pair": Pair(torch.ones(12), torch.ones(13)),
    "model": nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), "optimizer": torch.optim.SGD([nn.Parameter(torch.ones(14))], lr=0.1, momentum=0.9),
    "partial": functools.partial(dict, torch.ones(15), k=torch.ones(16)), "array": np.arange(6.0).reshape(2, 3), "deque": collections.deque([torch.ones(17)]),
}
values["keyed"] = {values["point"]: torch.ones(18)}
torch.save(values, "values.pt")
for path in ["values.pt"] + sys.argv[1:]:
    p = load(path)
    rows = list(manifest(path))
    assert len({row["name"] for row in rows}) == len({row["path"] for row in rows}) == len(rows)
    for row in rows:
        found = eval(row["path"])
        shape, dtype = list(found.shape), str(found.dtype).removeprefix("torch.")
        assert (shape, dtype) == (row["shape"], row["dtype"]), (row, shape, dtype)
    print(os.path.basename(path), len(rows), sum(row["sha256"] is None for row in rows))
names = {row["path"]: row["name"] for row in manifest("values.pt")}
print(names['p["a.b"]'], names['p["a"]["b"]'], names['p["point"].x'], names['p["channels"].q_per_channel_scales()'])
"#;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("paths.py"), program).unwrap();
    let mut command = common::torchsh(folder.path());
    command.arg("paths.py");
    for name in [
        "objects/detector.pt",
        "objects/int8-weights.pt",
        "training.ckpt",
        "quantized.pt",
        "sparse.pt",
        "model.pt",
    ] {
        command.arg(fixture(name));
    }
    let ran = common::run(command, "", Duration::from_secs(60));
    assert!(ran.succeeded(), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.starts_with("values.pt "), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("\n[\"a.b\"] [\"a\"][\"b\"] point.x channels.q_per_channel_scales\n"),
        "{}",
        ran.stdout
    );
}

/// An object of a library that is not here is written by the calls that it was read from.
#[test]
fn what_only_its_library_knows_is_written_as_it_came() {
    let program = r#"
import os, torch
path = os.environ["FIXTURES"] + "/objects/int8-weights.pt"
p = torch.load(path)
weight = p["0.weight"]
print(weight.shape, weight.dtype, weight.numel(), weight.dim(), weight.size(0), weight.device, weight.qdata.dtype, weight)
torch.save(p, "again.pt")
ask = lambda path: [(row["name"], row["calls"]) for row in inspect_pickle(path)]
print(ask(path) == ask("again.pt"), verify("again.pt", manifest(path)))
weight.scale = torch.ones(1)
torch.save(p, "changed.pt")
print(load("changed.pt")["0.weight"].scale)
"#;
    assert_eq!(
        printed(program),
        "torch.Size([32, 32]) torch.bfloat16 1024 2 32 cpu torch.int8 torchao.quantization.Int8Tensor(shape=[32, 32], \
         dtype=torch.bfloat16)\nTrue all 4 tensors are as the manifest says\ntensor([1.])\n"
    );
}

#[test]
fn another_module_than_pickle_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = common::torchsh(folder.path());
    let program = "import pickle\nclass Other: pass\ntorch.save({'a': 1}, 'a.pt', pickle_module=pickle)\n\
                   print(torch.load('a.pt', pickle_module=Other, weights_only=False))\n\
                   torch.save({'a': 2}, 'a.pt', pickle_module=Other)";
    command.args(["-c", program]);
    let ran = common::run(command, "", Duration::from_secs(60));
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(1), "{'a': 1}\n"));
    assert!(
        ran.stderr.contains("pickle_module is not used")
            && ran.stderr.contains("not by another pickle_module")
    );
}
