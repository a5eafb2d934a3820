//! Hostile strings in the places that formats other than pickles have for text: keys, metadata, names of entries, of shards and
//! of members. Nothing of them reaches a terminal raw, in reports, in errors, in any format.

use std::path::Path;

use super::{NAME, ran};

/// What a terminal would act on, wherever it stands.
fn raw(text: &str) -> Option<char> {
    text.chars().find(|c| matches!(c, '\u{1b}' | '\u{7}' | '\u{9b}' | '\u{202e}' | '\u{200b}'))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    [(header.len() as u64).to_le_bytes().to_vec(), header.as_bytes().to_vec(), vec![0; data]].concat()
}

fn entry(name: &str, dtype: &str, end: usize) -> String {
    format!(r#"{}:{{"dtype":{},"shape":[2],"data_offsets":[0,{end}]}}"#, quoted(name), quoted(dtype))
}

fn gguf() -> Vec<u8> {
    let text = |text: &str| [(text.len() as u64).to_le_bytes().to_vec(), text.as_bytes().to_vec()].concat();
    let parts = [
        b"GGUF".to_vec(),
        3_u32.to_le_bytes().to_vec(),
        1_u64.to_le_bytes().to_vec(),
        1_u64.to_le_bytes().to_vec(),
        text(NAME),
        8_u32.to_le_bytes().to_vec(),
        text(NAME),
        text(NAME),
        1_u32.to_le_bytes().to_vec(),
        2_u64.to_le_bytes().to_vec(),
        [0; 12].to_vec(),
    ];
    let mut file = parts.concat();
    file.resize(file.len().next_multiple_of(32) + 8, 0);
    file
}

/// A zip archive of entries that are stored as they are.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut rows) = (Vec::new(), Vec::new());
    for (name, data) in entries {
        let crc = crc32fast::hash(data).to_le_bytes();
        let (length, size) = ((name.len() as u16).to_le_bytes(), (data.len() as u32).to_le_bytes());
        let about = [&[0, 8, 0, 0, 0, 0, 0, 0], crc.as_slice(), &size, &size, &length, &[0, 0]].concat();
        let start = (file.len() as u32).to_le_bytes();
        file.extend([b"PK\x03\x04\x14\0".as_slice(), &about[1..], name.as_bytes(), data].concat());
        rows.extend(
            [b"PK\x01\x02\x14\0\x14\0".as_slice(), &about[1..], &[0; 10], &start, name.as_bytes()].concat(),
        );
    }
    let count = (entries.len() as u16).to_le_bytes();
    let end = [(rows.len() as u32).to_le_bytes(), (file.len() as u32).to_le_bytes()].concat();
    [file, rows, [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &end, &[0, 0]].concat()].concat()
}

fn npy() -> Vec<u8> {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\0".as_slice(), &length, header.as_bytes(), &[0; 8]].concat()
}

fn tar(name: &str) -> Vec<u8> {
    let mut block = vec![0_u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(b"00000000010\0");
    block[156] = b'0';
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    [block, b"\x80\x02}.".to_vec(), vec![0; 508 + 1024]].concat()
}

/// Writes a file for each place, and gives their names.
fn written(folder: &Path) -> Vec<String> {
    let of = |tensors: &str, data| safetensors(&format!("{{{tensors}}}"), data);
    let two = format!("{0},{0}", entry(NAME, "F32", 8));
    let metadata = format!(r#""__metadata__":{{{0}:{0}}},{1}"#, quoted(NAME), entry("w", "F32", 8));
    let npy_name = format!("{NAME}.npy");
    let pickled = format!("{NAME}/data.pkl");
    let deep = format!("a/{NAME}/b.pkl");
    let index = |key: &str, file: &str| format!(r#"{{"weight_map": {{{}: {}}}}}"#, quoted(key), quoted(file));
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("key.safetensors", of(&entry(NAME, "F32", 8), 8)),
        ("metadata.safetensors", of(&metadata, 8)),
        ("dtype.safetensors", of(&entry("w", NAME, 8), 8)),
        ("size.safetensors", of(&entry(NAME, "F32", 12), 12)),
        ("twice.safetensors", of(&two, 8)),
        (
            "ties.safetensors",
            of(
                &format!(
                    r#""__metadata__":{{"torchsh.ties":{}}},{}"#,
                    quoted(&format!("{{{0}:{0}}}", quoted(NAME))),
                    entry("w", "F32", 8)
                ),
                8,
            ),
        ),
        ("no-json.safetensors", safetensors(&format!("{{\"{NAME}"), 0)),
        ("key.gguf", gguf()),
        ("key.npz", zip(&[(npy_name.as_str(), &npy())])),
        ("folder.pt", zip(&[(pickled.as_str(), b"\x80\x02}.")])),
        ("entry.zip", zip(&[(deep.as_str(), b"\x80\x02}."), (NAME, b"x")])),
        ("member.tar", tar(NAME)),
        ("member.tar.pt", tar(&format!("{NAME}/pickle"))),
        ("missing.safetensors.index.json", index("w", &format!("{NAME}.safetensors")).into_bytes()),
        ("other.safetensors.index.json", index(NAME, "key.npz").into_bytes()),
        ("outside.safetensors.index.json", index(NAME, &format!("../{NAME}")).into_bytes()),
        ("text.pt", NAME.as_bytes().to_vec()),
        ("json.pt", format!("{{{0}: {0}}}", quoted(NAME)).into_bytes()),
        ("line.pt", format!("version https://{NAME}\n").into_bytes()),
    ];
    for (name, bytes) in &files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    files.into_iter().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn no_name_in_a_file_reaches_the_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let files = written(folder.path());
    let lines = [
        "P = load(F)",
        "items P",
        "keys P",
        "tree P",
        "describe P",
        "find P \"*\"",
        "storages P",
        "manifest P",
        "print(P)",
        "print(repr(P))",
        "P.metadata",
        "print(P.metadata)",
        "print(manifest(F))",
        "print(verify(F))",
        "print(inspect_pickle(F))",
        "P[\"no\"]",
        "torch.load(F)",
        "save P \"out.safetensors\"",
        "save P \"out.npz\"",
        "diff P {}",
        "match P to {}",
        "import safetensors.torch",
        "safetensors.torch.load_file(F)",
        "safetensors.safe_open(F, \"pt\").get_tensor(\"no\")",
        "print(safetensors.safe_open(F, \"pt\").metadata())",
        "import zipfile",
        "print(zipfile.ZipFile(F).namelist())",
        "zipfile.ZipFile(F).read(\"no\")",
        "import tarfile",
        "print(tarfile.open(F).getnames())",
        "import numpy as np",
        "print(np.load(F))",
        "nn.Linear(2, 2).load_state_dict(P)",
        "load_state_dict nn.Linear(2, 2) P",
        "P + 1",
    ];
    let caught: String = lines
        .iter()
        .map(|line| format!("try:\n    {line}\nexcept Exception as e:\n    print(repr(e))\n"))
        .collect();
    for file in &files {
        let program = format!("F = {file:?}\nP = {{}}\n{caught}");
        let mut runs = vec![ran(folder.path(), &[file]), ran(folder.path(), &["manifest", file])];
        runs.push(ran(folder.path(), &["verify", file]));
        for format in ["table", "json", "csv", "markdown"] {
            runs.push(ran(folder.path(), &["--format", format, "-c", &program]));
        }
        for line in ["P[\"no\"]", "raise ValueError(P)", "torch.load(F)", "diff P {}"] {
            runs.push(ran(folder.path(), &["-c", &format!("F = {file:?}\nP = load(F)\n{line}")]));
        }
        for ran in runs {
            assert_eq!(raw(&ran.stdout), None, "{file}: {:?}", ran.stdout);
            assert_eq!(raw(&ran.stderr), None, "{file}: {:?}", ran.stderr);
            assert!(ran.status.is_some_and(|status| status < 3), "{file}: {:?}\n{}", ran.status, ran.stderr);
        }
    }
}
