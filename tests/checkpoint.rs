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
