//! Files that are made to deceive, to exhaust or to hang: through the program itself, under limits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;

mod headers;
mod names;

use common::{Ran, run, torchsh};
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// What a terminal would act on, a line of its own, and a mark that turns text round.
const NAME: &str = "e\u{1b}[31mv\u{7}\u{9b}2J\u{202e}\u{200b}il";

fn ran(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = torchsh(folder);
    command.args(arguments);
    run(command, "", LIMIT)
}

fn text(of: &str) -> Vec<u8> {
    [b"X".as_slice(), &u32::try_from(of.len()).unwrap().to_le_bytes(), of.as_bytes()].concat()
}

fn int(number: i64) -> Vec<u8> {
    [b"\x8a\x08".as_slice(), &number.to_le_bytes()].concat()
}

fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

fn pickle(body: &[Vec<u8>]) -> Vec<u8> {
    [b"\x80\x02".to_vec(), body.concat(), b".".to_vec()].concat()
}

/// `numpy.array([1.0, 2.0])`, which every report shows as a tensor.
fn array() -> Vec<u8> {
    [
        global("numpy.core.multiarray", "_reconstruct"),
        b"(".to_vec(),
        global("numpy", "ndarray"),
        b"(K\0tC\x01btR(K\x01(K\x02t".to_vec(),
        global("numpy", "dtype"),
        [
            b"(".to_vec(),
            text("f8"),
            b"K\0K\x01tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89".to_vec(),
        ]
        .concat(),
        [b"C\x10".to_vec(), 1_f64.to_le_bytes().to_vec(), 2_f64.to_le_bytes().to_vec(), b"tb".to_vec()]
            .concat(),
    ]
    .concat()
}

fn dict(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let inside: Vec<u8> =
        entries.iter().flat_map(|(key, value)| [key.clone(), value.clone()].concat()).collect();
    [b"}(".to_vec(), inside, b"u".to_vec()].concat()
}

/// A hostile name in every place that a pickle can fill.
fn named() -> Vec<(&'static str, Vec<u8>)> {
    let with = |value: Vec<u8>| dict(&[(text("a"), value), (text("w"), array())]);
    let object = |module: &str, name: &str, state: Vec<u8>| {
        [global(module, name), b")\x81".to_vec(), state, b"b".to_vec()].concat()
    };
    vec![
        ("class", with(object("mine", NAME, dict(&[(text("w"), array())])))),
        ("module", with(object(NAME, "Mine", dict(&[(text("w"), array())])))),
        ("attribute", with(object("mine", "Mine", dict(&[(text(NAME), array())])))),
        ("key", with(dict(&[(text(NAME), array())]))),
        ("key_of_tuple", with(dict(&[([b"(".to_vec(), text(NAME), b"t".to_vec()].concat(), array())]))),
        ("value", with(text(NAME))),
        ("function", with([global("mine", NAME), b"(".to_vec(), text(NAME), b"tR".to_vec()].concat())),
        ("global", with(global(NAME, NAME))),
        (
            "attack",
            with(
                [global("os", &format!("sys{NAME}tem")), b"(".to_vec(), text(NAME), b"tR".to_vec()].concat(),
            ),
        ),
        ("root", object(NAME, NAME, dict(&[(text(NAME), array())]))),
        ("enumeration", with([global("mine", NAME), b"(".to_vec(), text(NAME), b"tR".to_vec()].concat())),
        ("dtype", with([global("torch", NAME)].concat())),
        ("device", with([global("torch", "device"), b"(".to_vec(), text(NAME), b"tR".to_vec()].concat())),
        ("persistent", with([text(NAME), b"Q".to_vec()].concat())),
        (
            "tensor_class",
            with(
                [
                    global("torch._tensor", "_rebuild_from_type_v2"),
                    b"(".to_vec(),
                    global("mine", NAME),
                    global("mine", NAME),
                    b")}tR".to_vec(),
                ]
                .concat(),
            ),
        ),
    ]
}

#[test]
fn nothing_of_a_file_reaches_the_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (place, body) in named() {
        let name = format!("{place}.pkl");
        std::fs::write(folder.path().join(&name), pickle(&[body])).unwrap();
        files.push(name);
    }
    let reports = "
for f in FILES:
    for text in ('print(P)', 'print(repr(P))', 'print(type(P))', 'help(P)', 'print(inspect_pickle(f))', 'print(manifest(f))',
                 'print(A)', 'print(repr(A))', 'print(type(A))', 'help(A)', 'print(dir(A))', 'A()', 'A.missing', 'P[\"missing\"]',
                 'A[\"x\"]', 'len(A)', 'A + 1', 'torch.load(f)', 'torch.load(f, weights_only=False)', 'state_dict(P)',
                 'state_dict(A)', 'torch.save(P, \"out.pt\")', 'torch.save(P, \"out.safetensors\")', 'verify(f)',
                 'print(storages(f))', 'print([P])', 'print({\"k\": P})', 'print(f\"{P!r}\")', 'raise ValueError(P)',
                 'print({A: 1})', '{}[A]', 'print(vars(A))', 'print(A.__class__)'):
        try:
            P = load(f)
            A = P if isinstance(P['a'], str) else P['a']
            exec(text)
        except Exception as e:
            print(type(e), repr(e), e)
";
    let list = format!("FILES = {files:?}\n{reports}");
    let verbs = [
        "items P",
        "tree P",
        "describe P",
        "find P \"*\"",
        "diff P {}",
        "keys P",
        "storages P",
        "manifest P",
        "match P to {}",
        "rename P \"a\" \"b\"",
    ];
    let caught: String = verbs
        .iter()
        .map(|verb| format!("try:\n    {verb}\nexcept Exception as e:\n    print(repr(e), e)\n"))
        .collect();
    let mut runs = vec![("program".to_owned(), ran(folder.path(), &["-c", &list]))];
    for file in &files {
        for format in ["table", "json", "csv", "markdown"] {
            let program = format!("P = load({file:?})\n{caught}");
            runs.push((
                format!("{format} {file}"),
                ran(folder.path(), &["--format", format, "-c", &program]),
            ));
        }
        for line in ["P[\"a\"].nothing", "P[\"nothing\"]", "raise ValueError(P)"] {
            let program = format!("P = load({file:?})\n{line}");
            runs.push((format!("{line} {file}"), ran(folder.path(), &["-c", &program])));
        }
        runs.push((format!("manifest {file}"), ran(folder.path(), &["manifest", file])));
        runs.push((format!("open {file}"), ran(folder.path(), &[file])));
    }
    for (what, ran) in runs {
        for stream in [&ran.stdout, &ran.stderr] {
            let raw =
                stream.chars().find(|c| matches!(c, '\u{1b}' | '\u{7}' | '\u{9b}' | '\u{202e}' | '\u{200b}'));
            assert!(raw.is_none(), "{what}: {raw:?} in {stream:?}");
        }
        assert!(ran.status.is_some_and(|status| status < 3), "{what}: {:?}\n{}", ran.status, ran.stderr);
    }
}

/// Lists that hold the one before eight times, and so on.
fn laughs(levels: u8, width: usize, leaf: &[u8]) -> Vec<u8> {
    let mut body = [leaf, b"q\0"].concat();
    for level in 1..=levels {
        let before = [b'h', level - 1].repeat(width);
        body.extend([b"0](".as_slice(), &before, b"eq", &[level]].concat());
    }
    body
}

#[test]
fn few_bytes_cost_little() {
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, body: Vec<u8>| std::fs::write(folder.path().join(name), pickle(&[body])).unwrap();
    write("laughs.pkl", dict(&[(text("a"), laughs(60, 8, &text("x"))), (text("w"), array())]));
    let alike: Vec<_> = (1..=40_000_i128)
        .map(|n| {
            let number = (n * ((1 << 61) - 1)).to_le_bytes();
            ([b"\x8a\x10".as_slice(), &number].concat(), int(1))
        })
        .collect();
    write("alike.pkl", dict(&[(text("a"), dict(&alike)), (text("w"), array())]));
    let tuples: Vec<_> = (0..40_000_u32)
        .map(|n| {
            let parts: Vec<u8> =
                (0..16).flat_map(|bit| int(if n >> bit & 1 == 0 { -1 } else { -2 })).collect();
            ([b"(".to_vec(), parts, b"t".to_vec()].concat(), int(1))
        })
        .collect();
    write("tuples.pkl", dict(&[(text("a"), dict(&tuples)), (text("w"), array())]));
    let program = "
for f in ('laughs.pkl', 'alike.pkl', 'tuples.pkl'):
    p, q = load(f), load(f)
    print(f, p['a'] == q['a'], len(manifest(p)))
    try:
        print(len(repr(p['a'])) > 100)
    except MemoryError as e:
        print('MemoryError')
";
    let told = ran(folder.path(), &["-c", program]);
    let wanted = "laughs.pkl True 1\nMemoryError\nalike.pkl True 1\nTrue\ntuples.pkl True 1\nTrue\n";
    assert_eq!(told.stdout, wanted, "{}", told.stderr);
}

#[test]
fn what_is_held_again_and_again_is_walked_and_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, body: &[Vec<u8>]| std::fs::write(folder.path().join(name), pickle(body)).unwrap();
    let mut tuples = [text("x"), b"q\0".to_vec()].concat();
    for level in 1..=60 {
        tuples.extend([b"0h".as_slice(), &[level - 1], b"h", &[level - 1], b"\x86q", &[level]].concat());
    }
    write("tuples.pkl", &[tuples]);
    // One long key, in a hundred dictionaries.
    let held: Vec<_> =
        (0..100).map(|n| (text(&format!("a{n}")), dict(&[(b"h\0".to_vec(), array())]))).collect();
    write("keys.pkl", &[text(&"k".repeat(1_000_000)), b"q\x000".to_vec(), dict(&held)]);
    let mut program = "
import copy
t = load('tuples.pkl')
print(copy.deepcopy(t) is t, copy.deepcopy([t, t])[1] is t)
p = load('keys.pkl')
"
    .to_owned();
    for verb in ["tree", "describe"] {
        program +=
            &format!("try:\n    {verb} p\nexcept ValueError as e:\n    print('too many names' in str(e))\n");
    }
    let told = ran(folder.path(), &["-c", &program]);
    assert!(told.stdout.starts_with("True True\n"), "{}{}", told.stdout, told.stderr);
    assert_eq!(told.stdout.matches("True").count(), 4, "{}{}", told.stdout, told.stderr);
}

#[test]
fn what_does_not_fit_is_a_memory_error() {
    let programs = [
        // First, while there is room to open libtorch.
        "torch.zeros(1).expand(10**9).tolist()",
        "list(range(10**10))",
        "dict.fromkeys(range(10**10))",
        "set(range(10**10))",
        "[i for i in range(10**10)]",
        "'%s' * 10**9",
        "'a' * 10**12",
        "[1] * 10**10",
        "bytes(10**12)",
        "('a' * 10**7).replace('a', 'b' * 1000)",
        "('a' * 10**7).split('a') * 100",
        "'a'.ljust(10**10)",
        "'a\\t'.expandtabs(10**10)",
        "b''.join([b'a' * 10**7] * 1000)",
        "','.join('a' * 10**7 for _ in range(1000))",
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut program = String::new();
    for one in programs {
        program.push_str(&format!("try:\n    {one}\nexcept MemoryError:\n    print('MemoryError')\n"));
    }
    std::fs::write(folder.path().join("large.py"), program).unwrap();
    let own = torchsh(folder.path());
    let line = format!("ulimit -v 4000000; exec {} large.py", own.get_program().to_string_lossy());
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", &line]).current_dir(folder.path());
    let told = run(limited, "", Duration::from_secs(120));
    assert_eq!(told.stdout, "MemoryError\n".repeat(programs.len()), "{}", told.stderr);
}

#[test]
fn tensors_without_memory_are_refused() {
    let program = "
import io, copy, pickle
def tried(what):
    try:
        print(what())
    except RuntimeError as e:
        print('RuntimeError:', e)
z = torch._efficientzerotensor(3)
for what in (lambda: z, lambda: z + 1, lambda: z[0].item(), lambda: z.tolist(), lambda: z.numpy(), lambda: z.data_ptr(),
             lambda: z.untyped_storage().nbytes(), lambda: torch.save(z, io.BytesIO()), lambda: pickle.dumps(z),
             lambda: torch.save({'a': z}, 'f.safetensors'), lambda: z.untyped_storage().resize_(40), lambda: z.resize_(5),
             lambda: manifest({'a': z})):
    tried(what)
for what in (lambda: list(z.untyped_storage()), lambda: copy.deepcopy(z), lambda: z.untyped_storage().clone()):
    try:
        what()
        print('no error')
    except RuntimeError:
        pass
t = torch.ones(3)
t.untyped_storage().resize_(0)
for what in (lambda: t + 1, lambda: t.add_(1), lambda: t.clone(), lambda: torch.equal(t, t), lambda: torch.cat([t, t]),
             lambda: torch.zeros(3).copy_(t), lambda: t[torch.tensor([0])], lambda: t.sum(), lambda: t):
    try:
        what().tolist()
        print('no error')
    except RuntimeError:
        pass
print(t.shape, torch.zeros_like(t), t.view(3, 1).shape)
t.untyped_storage().resize_(12)
t.fill_(2)
print(t)
";
    let folder = tempfile::tempdir().unwrap();
    let told = ran(folder.path(), &["-c", program]);
    let not_saved = "RuntimeError: ZeroTensor is not serializable, please file an issue if required.\n";
    let wanted = [
        "tensor([0., 0., 0.])\ntensor([1., 1., 1.])\n0.0\n",
        "RuntimeError: tolist() shouldn't be called on a tensor with unallocated storage\n",
        "RuntimeError:  Cannot convert a ZeroTensor to numpy. Set force=True if you need the zero array.\n0\n12\n",
        &not_saved.repeat(3),
        "RuntimeError: Attempted to call resize_() on an invalid python storage.\n",
        "RuntimeError: ZeroTensors are immutable. Please use the materialized zero tensor obtained using .clone() if you \
         want a mutable tensor.\n",
        not_saved,
        "torch.Size([3]) tensor([0., 0., 0.]) torch.Size([3, 1])\ntensor([2., 2., 2.])\n",
    ];
    assert_eq!(told.stdout, wanted.concat(), "{}", told.stderr);
}
