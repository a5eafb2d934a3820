//! What every target does with one input.

use std::io::{Cursor, Write};

use torchsh_checkpoint::{self as checkpoint, Options};
use torchsh_checkpoint::graph::Loaded;
use torchsh_checkpoint::mapping::Mapping;
use torchsh_checkpoint::watcher::Unwatched;
use torchsh_checkpoint::write::{SaveOptions, collect, write_torch};
use torchsh_syntax as syntax;

/// Reads a file, makes its manifest, which looks at every byte of every tensor, and writes it again.
pub fn read(bytes: Vec<u8>) {
    let options = Options { objects: true, ..Options::default() };
    if let Ok(loaded) = checkpoint::from_mapping_as(&Mapping::of_bytes(bytes, "fuzzed"), &options) {
        use_all(loaded);
    }
}

fn use_all(mut loaded: Loaded) {
    let _ = checkpoint::manifest::of_watched(&mut loaded.graph, loaded.root, &Unwatched);
    let _ = checkpoint::usage::of(&mut loaded.graph, loaded.root);
    let _ = collect(&loaded.graph, loaded.root, "fuzzed");
    for legacy in [false, true] {
        let options = SaveOptions { compact: !legacy, objects: legacy, legacy, ..SaveOptions::default() };
        let _ = write_torch(&mut std::io::sink(), "x", &loaded.graph, loaded.root, &options, &Unwatched);
    }
}

/// Lowers a program, and does what the prompt does with what stands in it.
pub fn parse(text: &str) {
    let _ = syntax::parse_module(&syntax::Source::new(0, "fuzzed", text));
    let _ = syntax::cursor::is_complete(text);
    let _ = syntax::cursor::indentation(text);
    for token in syntax::tokens::tokens(text) {
        // Shown in colours: every token is a part of the text.
        assert!(text.get(token.start..token.end).is_some());
    }
}

/// A zip checkpoint with this pickle, and two storages of 64 bytes for its tensors.
pub fn archive(pickle: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let entries: [(&str, &[u8]); 5] = [
        ("x/data.pkl", pickle),
        ("x/byteorder", b"little"),
        ("x/data/0", &[7; 64]),
        ("x/data/1", &[1; 64]),
        ("x/version", b"3\n"),
    ];
    for (name, data) in entries {
        let _ = zip.start_file(name, stored).map(|()| zip.write_all(data));
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}
