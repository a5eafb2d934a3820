//! Files that are made to do harm: each ends in an error that names the place, soon, and runs nothing.

use std::time::{Duration, Instant};

use super::content::from_mapping;
use super::graph::{Loaded, Made, Node};
use super::manifest;
use super::mapping::Mapping;
use torchsh_base::error::Result;

pub(super) fn load(bytes: &[u8]) -> Result<Loaded> {
    from_mapping(&Mapping::of_bytes(bytes.to_vec(), "hostile.pt"))
}

/// The error that a file ends in, with its notes. Listing counts as loading: some tricks go off there.
pub(super) fn refused(bytes: &[u8]) -> String {
    let start = Instant::now();
    let done = load(bytes).and_then(|mut loaded| manifest::of(&mut loaded.graph, loaded.root));
    assert!(start.elapsed() < Duration::from_secs(10));
    match done {
        Err(error) => format!("{}; {}", error.message(), error.notes().join("; ")),
        Ok(entries) => entries.iter().find_map(|entry| entry.sha256.damage()).unwrap().message().to_owned(),
    }
}

pub(super) fn repeated(part: &[u8], times: usize) -> Vec<u8> {
    part.iter().copied().cycle().take(part.len() * times).collect()
}

/// A pickle that ends as `name` says.
fn pickle(name: &str) -> Vec<u8> {
    let plain = |text: &[u8]| text.to_vec();
    match name {
        "no stop" => plain(b"\x80\x02K\x01"),
        "empty stack" => plain(b"\x80\x02."),
        "pops a mark's floor" => plain(b"\x80\x02K\x01(0a."),
        "long string" => plain(b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fab."),
        "long bytes" => plain(b"\x80\x04\x8e\0\0\0\0\0\0\0\x10ab."),
        "long integer" => plain(b"\x80\x02\x8b\xff\xff\xff\x7f\x01."),
        "high memo" => plain(b"\x80\x02Nr\xff\xff\xff\xff."),
        "unset memo" => plain(b"\x80\x02h\x07."),
        "buffer" => plain(b"\x80\x05\x97."),
        "protocol" => plain(b"\x80\x09N."),
        "odd items" => plain(b"\x80\x02}(K\x01u."),
        "state of an int" => plain(b"\x80\x02K\x01}b."),
        "append to a dict" => plain(b"\x80\x02}K\x01a."),
        "marks" => repeated(b"(", 2_000_000),
        "nones" => [b"\x80\x02".to_vec(), repeated(b"N", 60_000_000)].concat(),
        "dictionaries" => [b"\x80\x02".to_vec(), repeated(b"}", 12_000_000)].concat(),
        "long name" => [b"\x80\x02c".to_vec(), repeated(b"a", 500_000), b"\nb\n.".to_vec()].concat(),
        "many names" => (0..200_000).flat_map(|n| format!("cm\n{n}\n0").into_bytes()).collect(),
        "deep lists" => {
            let deep = 400_000;
            [b"\x80\x02".to_vec(), repeated(b"]", deep), repeated(b"a", deep - 1), b".".to_vec()].concat()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn malformed_pickles_are_refused() {
    for (name, message) in [
        ("no stop", "ran out of data"),
        ("empty stack", "unexpected end of the stack"),
        ("pops a mark's floor", "unexpected end of the stack"),
        ("long string", "a length of 9223372036854775807 where 3 bytes are left"),
        ("long bytes", "a length of"),
        ("long integer", "an integer of 2147483647 bytes"),
        ("high memo", "memo index 4294967295 is beyond"),
        ("unset memo", "Memo value not found at index 7"),
        ("buffer", "out of band"),
        ("protocol", "unsupported pickle protocol: 9"),
        ("odd items", "odd number of items"),
        ("state of an int", "a state is set on what can have none"),
        ("append to a dict", "items are added to what is not a list"),
        ("marks", "nested more than"),
        ("nones", "values on the stack"),
        ("dictionaries", "objects of the file take more than"),
        ("long name", "a line of more than"),
        ("many names", "different classes and functions"),
    ] {
        let error = refused(&pickle(name));
        assert!(error.contains(message), "{name}: {error}");
    }
}

#[test]
fn deep_nesting_is_read_and_not_walked() {
    // Nothing recurses over it: reading and listing end, without a tensor or with an error.
    let mut loaded = load(&pickle("deep lists")).unwrap();
    let listed = manifest::of(&mut loaded.graph, loaded.root);
    assert!(listed.is_err_and(|error| error.message().contains("nested more than")));
}

#[test]
fn no_route_to_a_call_calls() {
    let file = std::env::temp_dir().join(format!("torchsh-hostile-{}", std::process::id()));
    let command = format!("touch {}", file.display());
    let routes = [
        format!("cos\nsystem\n(S'{command}'\ntR."),
        format!("cposix\nsystem\n(S'{command}'\ntR."),
        format!("(S'{command}'\nios\nsystem\n."),
        format!("(cos\nsystem\nS'{command}'\no."),
        format!("\u{0}cos\nsystem\n(S'{command}'\nt\u{1}.").replace('\u{0}', "").replace('\u{1}', "R"),
        format!("cbuiltins\nexec\n(S'import os; os.system(\"{command}\")'\ntR."),
        format!("cbuiltins\ngetattr\n(cos\nsystem\nS'__call__'\ntR(S'{command}'\ntR."),
        format!("ccopyreg\n__newobj__\n(cos\nsystem\nS'{command}'\ntR."),
        format!("ctorch._tensor\n_rebuild_from_type_v2\n(cos\nsystem\ncos\nsystem\n(S'{command}'\ntNtR."),
        format!("cmain\nX\n)R(dS'a'\nS'{command}'\nsb."),
    ];
    for route in routes {
        let loaded = load(route.as_bytes()).unwrap();
        let Node::Object(object) = loaded.graph.get(loaded.root) else { panic!("{route}") };
        assert!(matches!(object.made, Made::Call | Made::New));
        assert!(!file.exists(), "{route}");
    }
}

#[test]
fn a_memo_bomb_is_listed_at_once() {
    // Thirty lists of two references each to the one before: 2^30 leaves.
    let mut bomb = b"\x80\x02]q\x00".to_vec();
    for level in 1..=30_u8 {
        bomb.extend([b']', b'q', level, b'(', b'h', level - 1, b'h', level - 1, b'e']);
    }
    bomb.push(b'.');
    let start = Instant::now();
    let mut loaded = load(&bomb).unwrap();
    assert!(manifest::of(&mut loaded.graph, loaded.root).unwrap().is_empty());
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn what_fuzzing_found_ends_soon() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/hostile");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let start = Instant::now();
        if let Ok(mut loaded) = load(&std::fs::read(&path).unwrap()) {
            let _ = manifest::of(&mut loaded.graph, loaded.root);
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{}: {:?}", path.display(), start.elapsed());
        count += 1;
    }
    assert!(count >= 2);
}

#[test]
fn names_that_take_too_much_memory_are_refused() {
    // One tensor that a list holds often, in lists in lists.
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/parameters.pt");
    let mut loaded = super::open(&path, &super::Options::default()).unwrap();
    let graph = &mut loaded.graph;
    let tensor = graph.ids().find(|id| matches!(graph.get(*id), Node::Tensor(_))).unwrap();
    let mut nest = graph.add(Node::List(Box::new(vec![tensor; 800_000]))).unwrap();
    for _ in 0..200 {
        nest = graph.add(Node::List(Box::new(vec![nest]))).unwrap();
    }
    let error = manifest::of(graph, nest).err().unwrap();
    assert!(error.message().starts_with("names of tensors of more than"), "{}", error.message());
}

/// A legacy file with one tensor on a storage of `numel` floats, of which `data` follow.
fn legacy(numel: i64, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.".to_vec();
    let storage = format!("(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nL{numel}L\nNtQ");
    bytes.extend(format!("ctorch._utils\n_rebuild_tensor\n({storage}{shape}tR.").into_bytes());
    bytes.extend(b"(lS'0'\na.");
    bytes.extend(data);
    bytes
}

#[test]
fn tensors_beyond_their_storage_are_refused() {
    let data = [2_i64.to_le_bytes().to_vec(), vec![0; 8]].concat();
    assert!(load(&legacy(2, "I0\n(I2\nt(I1\nt", &data)).is_ok());
    for (shape, message) in [
        ("I1\n(I2\nt(I1\nt", "out of bounds for storage of size 8"),
        ("I0\n(I9\nt(I1\nt", "requiring a storage size of 36"),
        ("I-1\n(I2\nt(I1\nt", "none may be negative"),
        ("I1\n(I2\nt(I-1\nt", "none may be negative"),
        ("I0\n(I4611686018427387904\nI4\nt(I1\nI4611686018427387904\nt", "too large"),
        ("I0\n(I2\nI2\nt(I1\nt", "2 sizes and 1 strides"),
        ("I0\n(S'2'\nt(I1\nt", "argument 3 is malformed"),
        ("I0\n(I1099511627776\nt(I0\nt", "expanded"),
    ] {
        let error = refused(&legacy(2, shape, &data));
        assert!(error.contains(message), "{shape}: {error}");
    }
}

#[test]
fn lying_legacy_files_are_refused() {
    let shape = "I0\n(I2\nt(I1\nt";
    let counted = |count: i64, length: usize| [count.to_le_bytes().to_vec(), vec![0; length]].concat();
    for (numel, data, message) in [
        (2, counted(2, 4), "ran out of data"),
        (2, counted(3, 12), "the data has 3 elements, not 2"),
        (2, counted(-1, 8), "the data has -1 elements"),
        (2, Vec::new(), "ran out of data"),
        (1 << 62, counted(1 << 62, 8), "too many"),
        (1 << 40, counted(1 << 40, 8), "ran out of data"),
        (-1, counted(-1, 8), "not a positive integer"),
    ] {
        let error = refused(&legacy(numel, shape, &data));
        assert!(error.contains(message), "{numel}: {error}");
    }
}

/// A zip archive whose every field can lie.
#[derive(Clone)]
pub(super) struct Entry {
    name: &'static str,
    central_name: &'static str,
    method: u16,
    flags: u16,
    packed: Vec<u8>,
    size: u32,
    crc: u32,
    /// What is added to the place that the directory gives.
    shift: i32,
}

pub(super) fn entry(name: &'static str, data: &[u8]) -> Entry {
    let size = u32::try_from(data.len()).unwrap();
    Entry { name, central_name: name, method: 0, flags: 0, packed: data.to_vec(), size, crc: 0, shift: 0 }
}

pub(super) fn archive(entries: &[Entry]) -> Vec<u8> {
    let (mut bytes, mut central) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = i32::try_from(bytes.len()).unwrap() + entry.shift;
        let length = |name: &str| u16::try_from(name.len()).unwrap().to_le_bytes();
        bytes.extend(b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        bytes.extend(length(entry.name));
        bytes.extend([0, 0]);
        bytes.extend(entry.name.as_bytes());
        bytes.extend(&entry.packed);
        central.extend(b"PK\x01\x02\0\0\0\0");
        central.extend(entry.flags.to_le_bytes());
        central.extend(entry.method.to_le_bytes());
        central.extend([0; 4]);
        central.extend(entry.crc.to_le_bytes());
        central.extend(u32::try_from(entry.packed.len()).unwrap().to_le_bytes());
        central.extend(entry.size.to_le_bytes());
        central.extend(length(entry.central_name));
        central.extend([0; 12]);
        central.extend(at.to_le_bytes());
        central.extend(entry.central_name.as_bytes());
    }
    let start = u32::try_from(bytes.len()).unwrap();
    bytes.extend(&central);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    bytes.extend([count, count].concat());
    bytes.extend(u32::try_from(central.len()).unwrap().to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// A pickle of one tensor of two floats on the record `0`.
const TENSOR: &[u8] =
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\
                        \x000X\x03\0\0\0cpuK\x02tQK\0K\x02\x85K\x01\x85\x89NtR.";

fn deflated(data: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn lying_archives_are_refused() {
    let (pickle, record) = (entry("x/data.pkl", TENSOR), entry("x/data/0", &[1; 8]));
    let good = archive(&[pickle.clone(), record.clone()]);
    load(&good).unwrap();
    let with = |change: &dyn Fn(&mut Entry)| {
        let mut record = record.clone();
        change(&mut record);
        archive(&[pickle.clone(), record])
    };
    let bomb = deflated(&vec![0; 50 << 20]);
    for (file, message) in [
        (archive(std::slice::from_ref(&pickle)), "storage 0: the archive has no such record"),
        (
            archive(&[entry("x/data.pkl", TENSOR), entry("x/data/0", &[1; 4])]),
            "the record has 4 bytes, not 8",
        ),
        (archive(std::slice::from_ref(&record)), "not a checkpoint: this is a zip archive of something else"),
        (archive(&[pickle.clone(), record.clone(), record.clone()]), "zip entry 'x/data/0': listed twice"),
        (with(&|r| r.shift = -3), "the directory points to something else"),
        (with(&|r| r.shift = 1 << 30), "its header lies beyond the end"),
        (with(&|r| r.central_name = "x/data/1"), "the directory points to something else"),
        (with(&|r| r.name = "../../etc/passwd"), "the directory points to something else"),
        (
            with(&|r| (r.name, r.central_name) = ("x/../../p", "x/../../p")),
            "the name leads out of the archive",
        ),
        (with(&|r| (r.name, r.central_name) = ("/etc/p", "/etc/p")), "the name leads out of the archive"),
        (with(&|r| r.size = 9), "stored, yet 8 bytes for 9"),
        (with(&|r| r.flags = 1), "encrypted"),
        (with(&|r| r.method = 12), "compressed by method 12"),
        (with(&|r| (r.method, r.packed) = (8, vec![0xff; 8])), "damaged compressed data"),
        (with(&|r| (r.method, r.packed) = (8, deflated(&[1; 7]))), "damaged compressed data"),
        (with(&|r| (r.method, r.packed) = (8, deflated(&[1; 9]))), "unpacks to more"),
        (with(&|r| (r.method, r.packed, r.crc) = (8, deflated(&[1; 8]), 7)), "its checksum is wrong"),
        (with(&|r| (r.method, r.packed, r.size) = (8, bomb.clone(), 8)), "unpacks to more"),
        (with(&|r| (r.method, r.packed, r.size) = (8, bomb.clone(), u32::MAX - 1)), "unpacks from"),
        (good[..good.len() - 30].to_vec(), "cut short"),
        (good[..40].to_vec(), "cut short"),
    ] {
        let error = refused(&file);
        assert!(error.contains(message), "{message}: {error}");
    }
}

#[test]
fn entries_that_share_bytes_are_refused() {
    // The second entry lies within the data of the first.
    let inner = archive(&[entry("x/data/1", &[2; 8])]);
    let inner = &inner[..38 + 8];
    let mut outer = entry("x/data.pkl", inner);
    outer.packed = inner.to_vec();
    let second = Entry {
        shift: -(i32::try_from(inner.len()).unwrap()),
        packed: vec![2; 8],
        ..entry("x/data/1", &[2; 8])
    };
    let error = refused(&archive(&[outer, second]));
    assert!(error.contains("overlaps what follows it"), "{error}");
}

#[test]
fn a_pickle_that_unpacks_to_too_much_is_refused() {
    let mut bomb = entry("x/data.pkl", &deflated(&vec![b'N'; 64 << 20]));
    (bomb.method, bomb.size) = (8, u32::MAX - 1);
    let error = refused(&archive(&[bomb]));
    assert!(error.contains("too many"), "{error}");
}

#[test]
fn what_is_no_checkpoint_is_named() {
    for (bytes, message) in [
        (b"".as_slice(), "the file is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 123\n", "a Git LFS pointer"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"{\"error\": \"not found\"}", "JSON text"),
        (b"\x1f\x8b\x08\0", "damaged compressed file"),
        (b"BZh91AY&SY", "damaged compressed file"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (&[0; 5000], "zeros only"),
        (b"hello world\nmore", "this is a text file"),
        (b"\xde\xad\xbe\xef\0\x01", "it begins with the bytes de ad be ef 00 01"),
        (b"PK\x05\x06", "an empty zip archive"),
        (b"PK\x03\x04 cut", "cut short"),
    ] {
        let error = refused(bytes);
        assert!(error.contains(message), "{message}: {error}");
    }
}

#[test]
fn indexes_that_lead_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let shard = archive(&[entry("x/data.pkl", b"\x80\x02}.")]);
    std::fs::write(folder.path().join("shard.bin"), shard).unwrap();
    let index = folder.path().join("model.bin.index.json");
    for (file, message) in [
        ("../shard.bin", "lies outside its folder"),
        ("/etc/passwd", "lies outside its folder"),
        ("..", "lies outside its folder"),
        ("none.bin", "No such file"),
        ("shard.bin", "has no tensor 'w', though the index says so"),
        ("model.bin.index.json", "this is JSON text"),
    ] {
        std::fs::write(&index, format!(r#"{{"weight_map": {{"w": "{file}"}}}}"#)).unwrap();
        let error = super::open(&index, &super::Options::default()).unwrap_err();
        assert!(error.message().contains(message), "{file}: {error}");
    }
}

#[test]
fn arrays_that_lie_are_refused() {
    let array = |header: &str, data: &[u8]| {
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\0".to_vec(), length.to_vec(), header.as_bytes().to_vec(), data.to_vec()].concat()
    };
    let header = |descr: &str, shape: &str| {
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n")
    };
    assert!(load(&array(&header("<f4", "(2,)"), &[0; 8])).is_ok());
    for (file, message) in [
        (array(&header("<f4", "(3,)"), &[0; 8]), "too few for shape [3]"),
        (array(&header("<f4", "(-1,)"), &[0; 8]), "negative"),
        (array(&header("<f4", "(4611686018427387904, 4)"), &[0; 8]), "too large"),
        (array(&header("|O", "(1,)"), &[0; 8]), "Object arrays cannot be loaded"),
        (array(&header("<q9", "(1,)"), &[0; 8]), "is not known here"),
        (array("{'descr': '<f4'}", &[]), "malformed npy header"),
        (b"\x93NUMPY\x09\0\0\0".to_vec(), "npy format version 9"),
        (b"\x93NUMPY\x02\0\xff\xff\xff\xff".to_vec(), "an npy header of"),
    ] {
        let error = refused(&file);
        assert!(error.contains(message), "{message}: {error}");
    }
}
