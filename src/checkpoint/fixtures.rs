//! Files that real PyTorch wrote (`scripts/fixtures.py`), read, written again and mutilated.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::content::from_mapping;
use super::dtype::Dtype;
use super::graph::{Dict, DictKind, Graph, Node, NodeId};
use super::mapping::{Mapping, Region};
use super::record::{Storage, TensorRecord};
use super::watcher::{Unwatched, Watcher};
use super::write::{SaveOptions, save_torch, write_torch};
use super::{Options, manifest, module, open, verify};
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result};

/// A dictionary of so many tensors of one element each, which all hold `number`.
pub fn graph_of_ints(number: i64, count: usize) -> (Graph, NodeId) {
    let (mut graph, mut dict) = (Graph::default(), Dict { kind: DictKind::Ordered, ..Dict::default() });
    for place in 0..count {
        let bytes = Region::from(number.to_le_bytes().to_vec());
        let storage = Storage::new(Str::new("0"), Str::intern("cpu"), bytes);
        let tensor = TensorRecord::contiguous(Dtype::INT64, vec![1], &storage).unwrap();
        let tensor = graph.add(Node::Tensor(Rc::new(tensor))).unwrap();
        dict.items.push((graph.text(&format!("t{place}")).unwrap(), tensor));
    }
    let root = graph.add(Node::Dict(Box::new(dict))).unwrap();
    (graph, root)
}

/// The numbers in a file or folder of such tensors.
pub fn values_of(path: &Path) -> Result<Vec<i64>> {
    let loaded = open(path, &Options::default())?;
    let mut numbers = Vec::new();
    for &(_, value) in loaded.graph.entries(loaded.root).unwrap_or_default() {
        let Node::Tensor(record) = loaded.graph.get(value) else { continue };
        let bytes = record.view().unwrap().storage.bytes()?;
        numbers.push(i64::from_le_bytes(bytes.bytes().try_into().unwrap()));
    }
    Ok(numbers)
}

/// Each file and the manifest that it must be read as.
fn fixtures() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let wanted = PathBuf::from(format!("{}.jsonl", path.display()));
        if wanted.is_file() {
            found.push((path, fs::read_to_string(wanted).unwrap()));
        }
    }
    found.sort();
    assert!(found.len() > 15);
    found
}

#[test]
fn files_are_read_as_pytorch_reads_them() {
    for (path, wanted) in fixtures() {
        for options in [true, false].map(|mmap| Options { mmap: Some(mmap), ..Options::default() }) {
            let mut loaded = open(&path, &options).unwrap();
            let found = manifest::of(&mut loaded.graph, loaded.root).unwrap();
            assert_eq!(
                verify::differences(&found, &wanted).unwrap(),
                Vec::<String>::new(),
                "{}",
                path.display()
            );
        }
        assert!(verify::verify(&path, &Unwatched).unwrap().damage.is_empty());
    }
}

#[test]
fn what_is_written_is_read_again() {
    for (path, wanted) in fixtures() {
        let mut loaded = open(&path, &Options::default()).unwrap();
        let root = match module::as_module(&loaded.graph, loaded.root) {
            Some(_) => module::state_dict(&mut loaded.graph, loaded.root).unwrap(),
            None => loaded.root,
        };
        for compact in [false, true] {
            let mut bytes = Vec::new();
            let saved = write_torch(
                &mut bytes,
                "x",
                &loaded.graph,
                root,
                &SaveOptions { compact, ..SaveOptions::default() },
                &Unwatched,
            );
            if let Err(error) = saved {
                assert!(error.message().contains("weights_only=True) refuses"), "{error}");
                continue;
            }
            let mut again = from_mapping(&Mapping::of_bytes(bytes, "again")).unwrap();
            let found = manifest::of(&mut again.graph, again.root).unwrap();
            assert_eq!(
                verify::differences(&found, &wanted).unwrap(),
                Vec::<String>::new(),
                "{}",
                path.display()
            );
        }
    }
}

/// Stops at the first bytes.
struct Stop;

impl Watcher for Stop {
    fn advance(&self, _: u64) -> Result<()> {
        Err(Error::new(Kind::KeyboardInterrupt, ""))
    }
}

#[test]
fn a_saving_that_is_stopped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pt");
    fs::write(&path, "old").unwrap();
    let (source, _) = fixtures().into_iter().find(|(path, _)| path.ends_with("model.pt")).unwrap();
    let mut loaded = open(&source, &Options::default()).unwrap();
    let root = module::state_dict(&mut loaded.graph, loaded.root).unwrap();
    let stopped = save_torch(&path, &loaded.graph, root, &SaveOptions::default(), &Stop);
    assert_eq!(stopped.unwrap_err().kind(), Kind::KeyboardInterrupt);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let stopped = manifest::of_watched(&mut loaded.graph, root, &Stop);
    assert_eq!(stopped.unwrap_err().kind(), Kind::KeyboardInterrupt);
}

#[test]
fn every_prefix_of_a_file_is_refused_or_whole() {
    for (path, _) in fixtures() {
        let bytes = fs::read(&path).unwrap();
        // A tar archive ends in zeros that nobody needs.
        let needed = bytes.iter().rposition(|&byte| byte != 0).unwrap();
        for length in (0..needed).step_by((needed / 60).max(1)) {
            let cut = Mapping::of_bytes(bytes[..length].to_vec(), "cut");
            let loaded = from_mapping(&cut);
            assert!(loaded.is_err(), "{} cut to {length}", path.display());
        }
    }
}

#[test]
fn mutilated_files_do_no_harm() {
    let seconds = std::env::var("TORCHSH_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let seeds: Vec<Vec<u8>> = fixtures().iter().map(|(path, _)| fs::read(path).unwrap()).collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(seconds) {
        let mut bytes = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(5) {
            mutilate(&mut bytes, &mut random);
        }
        let began = Instant::now();
        if let Ok(mut loaded) = from_mapping(&Mapping::of_bytes(bytes, "mutilated")) {
            let _ = manifest::of(&mut loaded.graph, loaded.root);
            let options = SaveOptions { compact: true, ..SaveOptions::default() };
            let _ = write_torch(&mut std::io::sink(), "x", &loaded.graph, loaded.root, &options, &Unwatched);
        }
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

/// Marsaglia's xorshift: the same files every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit.max(1)
    }
}

fn mutilate(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    match random.below(5) {
        0 => bytes[at] = u8::try_from(random.below(256)).unwrap(),
        1 => bytes.truncate(at),
        2 => {
            let end = (at + random.below(16)).min(bytes.len());
            bytes.drain(at..end);
        }
        3 => {
            let number = [0, 1, u64::MAX, i64::MAX as u64, 1 << 31, 255][random.below(6)].to_le_bytes();
            let end = (at + 8).min(bytes.len());
            bytes[at..end].copy_from_slice(&number[..end - at]);
        }
        _ => {
            let end = (at + random.below(64)).min(bytes.len());
            let part = bytes[at..end].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, part);
        }
    }
}
