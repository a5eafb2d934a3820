//! `torchsh manifest FILE…`: a line of JSON for each tensor of each file, without starting an interpreter.

use super::output::Streams;
use torchsh_base::error::{Result, path_meant};
use torchsh_checkpoint::watcher::Unwatched;
use torchsh_checkpoint::{self as checkpoint, manifest, origin};
use torchsh_render::sanitize::sanitize_lines;
use torchsh_session::Output;

/// Writes the manifests of files; the exit status.
pub fn run(files: &[String], output: &Streams) -> i32 {
    let mut status = 0;
    for file in files {
        let lines = match lines(file, output) {
            Ok(lines) => lines,
            Err(error) => {
                status = 1;
                vec![manifest::error_line(&error)]
            }
        };
        for line in lines {
            if output.write(&format!("{line}\n")).is_err() {
                return 1;
            }
        }
    }
    if output.flush().is_err() { 1 } else { status }
}

fn lines(file: &str, output: &Streams) -> Result<Vec<String>> {
    let mut loaded = checkpoint::open(&path_meant(file), &checkpoint::Options::default())?;
    for note in &loaded.notes {
        output.complain(&format!("note: {}\n", sanitize_lines(note)));
    }
    let (entries, beside) = manifest::whole(&mut loaded.graph, loaded.root, &Unwatched)?;
    origin::settle()?;
    if let Some(note) = manifest::said_of(beside) {
        output.complain(&format!("note: {note}\n"));
    }
    Ok(entries.iter().map(manifest::Entry::line).collect())
}
