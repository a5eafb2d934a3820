//! Headers that lie: GGUF, npy, npz and safetensors files whose numbers say what the file does not hold. Each is a clear error
//! within ten seconds and a gigabyte, by the command and by the verb.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::common::{Ran, run, torchsh};

/// Within so many addresses, in KiB (a gigabyte, and what the program sets aside for its stack and its heap), and this long;
/// several programs run beside each other here.
const MEMORY: u32 = 2_500_000;
const LIMIT: Duration = Duration::from_secs(30);

/// Runs under the limit of memory.
fn limited(folder: &Path, arguments: &[&str]) -> Ran {
    let own = torchsh(folder);
    let mut shell = Command::new("sh");
    let line = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    shell.args(["-c", &line]).arg(own.get_program()).args(arguments).current_dir(folder);
    shell.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    run(shell, "", LIMIT)
}

fn refused(name: &str, bytes: &[u8], message: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let started = Instant::now();
    let listed = limited(folder.path(), &["manifest", name]);
    assert!(started.elapsed() < LIMIT, "{name}: {message}");
    assert_eq!(listed.status, Some(1), "{message}: {}\n{}", listed.stdout, listed.stderr);
    let text = format!("{}{}", listed.stdout, listed.stderr);
    assert!(text.contains(message), "{message}: {text}");
    assert!(text.len() < 2_000, "{message}: {} bytes of an error", text.len());
    let opened = limited(folder.path(), &["-c", &format!("p = load({name:?})\ndescribe p\n")]);
    assert_eq!(opened.status, Some(1), "{message}: {}\n{}", opened.stdout, opened.stderr);
    assert!(opened.stderr.contains(message), "{message}: {}", opened.stderr);
}

fn u32s(number: u32) -> Vec<u8> {
    number.to_le_bytes().to_vec()
}

fn u64s(number: u64) -> Vec<u8> {
    number.to_le_bytes().to_vec()
}

// ---- GGUF -------------------------------------------------------------------------------------------------------

fn gguf(version: u32, tensors: u64, pairs: u64, body: &[Vec<u8>]) -> Vec<u8> {
    [b"GGUF".to_vec(), u32s(version), u64s(tensors), u64s(pairs), body.concat()].concat()
}

fn text(text: &str) -> Vec<u8> {
    [u64s(text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// Key and kind of a pair of metadata, and its value.
fn pair(key: &str, kind: u32, value: &[Vec<u8>]) -> Vec<u8> {
    [text(key), u32s(kind), value.concat()].concat()
}

fn entry(name: &str, dimensions: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let sizes: Vec<u8> = dimensions.iter().flat_map(|&size| u64s(size)).collect();
    [text(name), u32s(dimensions.len() as u32), sizes, u32s(kind), u64s(offset)].concat()
}

/// With the bytes of its tensors.
fn filled(mut file: Vec<u8>, data: usize) -> Vec<u8> {
    file.resize(file.len().next_multiple_of(32) + data, 0);
    file
}

#[test]
fn gguf_files_that_lie_are_refused() {
    let one = |dimensions: &[u64], kind, offset| gguf(3, 1, 0, &[entry("t", dimensions, kind, offset)]);
    let array = |kind, count| pair("k", 9, &[u32s(kind), u64s(count)]);
    let nested: Vec<Vec<u8>> = (0..100).map(|_| [u32s(9), u64s(1)].concat()).collect();
    let alignment = |value: u64| pair("general.alignment", 10, &[u64s(value)]);
    for (bytes, message) in [
        (b"GGUF".to_vec(), "ran out of data"),
        (gguf(99, 0, 0, &[]), "GGUF version 99"),
        (gguf(0, 0, 0, &[]), "GGUF version 0"),
        (gguf(0x0300_0000, 0, 0, &[]), "a big-endian GGUF file"),
        (gguf(3, 1 << 63, 0, &[]), "9223372036854775808 entries are announced"),
        (gguf(3, 0, 1 << 40, &[]), "1099511627776 entries are announced"),
        (gguf(3, 0, 1, &[u64s(1 << 62), b"a".to_vec()]), "entries are announced where 1 bytes are left"),
        (gguf(3, 0, 1, &[array(0, 1 << 60)]), "entries are announced where 0 bytes are left"),
        (gguf(3, 0, 1, &[pair("k", 9, &nested)]), "nests deeper than"),
        (gguf(3, 0, 1, &[pair("k", 13, &[])]), "has the unknown type 13"),
        (gguf(3, 1, 0, &[text("t"), u32s(u32::MAX)]), "has 4294967295 dimensions"),
        (one(&[1 << 63], 0, 0), "has a size of 9223372036854775808"),
        (one(&[1 << 40, 1 << 40], 0, 0), "its sizes overflow"),
        (one(&[4], 77, 0), "unknown type 77"),
        (filled(one(&[4], 0, 1 << 40), 16), "16 bytes at"),
        (one(&[4], 0, u64::MAX), "its offset overflows"),
        (filled(one(&[100], 0, 0), 16), "400 bytes at"),
        (filled(one(&[31], 8, 0), 64), "is not a whole number of Q8_0 blocks"),
        (one(&[1 << 40], 8, 0), "the file has"),
        (filled(gguf(3, 2, 0, &[entry("t", &[4], 0, 0), entry("u", &[4], 0, 4)]), 64), "overlaps 'u'"),
        (filled(gguf(3, 2, 0, &[entry("t", &[4], 0, 0), entry("t", &[4], 0, 0)]), 64), "is there twice"),
        (gguf(3, 0, 1, &[alignment(3)]), "not a power of two"),
        (gguf(3, 0, 1, &[alignment(0)]), "not a power of two"),
        (gguf(3, 1, 1, &[alignment(1 << 63), entry("t", &[4], 0, 0)]), "16 bytes at 9223372036854775808"),
        (gguf(3, 0, 1, &[array(0, 20_000_000), vec![1; 20_000_000]]), "more than 16000000 objects"),
        (
            gguf(3, 0, 1, &[array(8, 5_000_000), vec![0; 40_000_000]]),
            "the objects of the file take more than",
        ),
    ] {
        refused("lies.gguf", &bytes, message);
    }
}

// ---- npy and npz ------------------------------------------------------------------------------------------------

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\0".to_vec(), length.to_vec(), header.as_bytes().to_vec(), data.to_vec()].concat()
}

fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n")
}

#[test]
fn arrays_that_lie_are_refused() {
    let shaped = |shape: &str| npy(&header("'<f4'", shape), &[0; 8]);
    let of = |descr: &str, shape: &str| npy(&header(descr, shape), &[0; 64]);
    for (bytes, message) in [
        (b"\x93NUMPY".to_vec(), "ran out of data"),
        (b"\x93NUMPY\x09\0".to_vec(), "npy format version 9"),
        (b"\x93NUMPY\x02\0\xff\xff\xff\xff".to_vec(), "an npy header of 4294967295 bytes"),
        (b"\x93NUMPY\x01\0\xff\0{'descr'".to_vec(), "ran out of data"),
        (npy("[1,2]\n", &[]), "malformed npy header"),
        (npy(&"\0".repeat(60_000), &[]), "malformed npy header"),
        (shaped("(-1,)"), "negative"),
        (shaped("(4611686018427387904, 4)"), "too large"),
        (shaped("(100,)"), "too few for shape [100]"),
        (shaped("(1.5,)"), "malformed npy header"),
        (shaped(&format!("({},)", "9".repeat(50_000))), "malformed npy header"),
        (shaped(&format!("({})", "1,".repeat(30_000))), "30000 dimensions"),
        (shaped(&"(".repeat(30_000)), "malformed npy header"),
        (of(&"[".repeat(30_000), "(1,)"), "malformed npy header"),
        (of(&format!("{}'<f4'{}", "[('a', ".repeat(400), ")]".repeat(400)), "(1,)"), "malformed npy header"),
        (of("'<q9'", "(1,)"), "is not known here"),
        (of("'|O'", "(1,)"), "Object arrays cannot be loaded"),
        (of("'|S9999999999999'", "(1,)"), "too few for shape [1]"),
        (of("'<U4611686018427387904'", "(4,)"), "is not known here"),
        (
            of("[('a', '<f4', (1000000000000,)), ('b', '<f4', (1000000000000,))]", "(1,)"),
            "too few for shape [1]",
        ),
    ] {
        refused("lies.npy", &bytes, message);
    }
}

// ---- safetensors ------------------------------------------------------------------------------------------------

fn safetensors(length: Option<u64>, header: &str, data: usize) -> Vec<u8> {
    [u64s(length.unwrap_or(header.len() as u64)), header.as_bytes().to_vec(), vec![0; data]].concat()
}

fn tensor(name: &str, dtype: &str, shape: &str, offsets: &str) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
}

#[test]
fn safetensors_files_that_lie_are_refused() {
    let of = |tensors: &[String], data| safetensors(None, &format!("{{{}}}", tensors.join(",")), data);
    let one = |dtype, shape, offsets| of(&[tensor("a", dtype, shape, offsets)], 8);
    let whole = || tensor("a", "F32", "[2]", "[0,8]");
    let many: Vec<String> = (0..600_000).map(|n| tensor(&n.to_string(), "F32", "[0]", "[0,0]")).collect();
    for (bytes, message) in [
        (safetensors(Some(1 << 20), "{}", 0), "a header of 1048576 bytes is announced"),
        (safetensors(Some(u64::MAX), "{}", 0), "not a checkpoint"),
        (safetensors(None, "{abc}   ", 0), "not valid JSON"),
        (of(&[], 8), "safetensors"),
        (safetensors(None, &format!("{{\"a\":{}", "[".repeat(50_000)), 0), "not valid JSON"),
        (safetensors(None, &"{\"a\":".repeat(50_000), 0), "not valid JSON"),
        (safetensors(None, &format!("{{\"__metadata__\":{}", "[".repeat(50_000)), 0), "not valid JSON"),
        (safetensors(None, r#"{"__metadata__":{"a":1}}"#, 0), "expected a string"),
        (safetensors(None, r#"{"__metadata__":{},"__metadata__":{}}"#, 0), "is there twice"),
        (of(&[whole(), whole()], 8), "the name 'a' is there twice"),
        (of(&[whole(), tensor("b", "F32", "[2]", "[4,12]")], 12), "overlaps"),
        (of(&[whole(), tensor("b", "F32", "[2]", "[12,20]")], 20), "'b'"),
        (one("F32", "[2]", "[-8,0]"), "-8"),
        (one("F32", "[2]", "[0.0,8.0]"), "not valid JSON"),
        (one("F32", "[2]", "[8,0]"), "it ends at 0, before its start 8"),
        (one("F32", "[2]", "[0,8,16]"), "not valid JSON"),
        (one("F32", "[4]", "[0,16]"), "'a'"),
        (one("F32", "[3]", "[0,8]"), "which takes 12"),
        (one("F32", "[-2]", "[0,8]"), "-2"),
        (one("F32", "[1099511627776,1099511627776]", "[0,8]"), "more than 2^64"),
        (one("F32", "[99999999999999999999999999]", "[0,8]"), "not valid JSON"),
        (one("F32", "[2]", "[18446744073709551615,18446744073709551615]"), "'a'"),
        (one("F128", "[2]", "[0,8]"), "unknown dtype 'F128'"),
        (safetensors(None, r#"{"a":{"dtype":"F32","shape":[2]}}"#, 8), "missing field `data_offsets`"),
        (safetensors(None, "{} x", 0), "trailing characters"),
        (safetensors(None, r#"{"\ud800":1}"#, 0), "not valid JSON"),
        (of(&many, 0), "more than 500000 entries"),
    ] {
        refused("lies.safetensors", &bytes, message);
    }
}
