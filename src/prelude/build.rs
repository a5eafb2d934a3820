//! Packs PyTorch's own Python into the program: the files that `pytorch_files.txt` names, each deflated, so that a
//! program unpacks what it imports and no more. `scripts/setup` has taken them out of PyTorch's wheels; the torch of a
//! Python has them too. What stands in `overlay/after` under a module's name is put behind that module's own text.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The releases whose sources these are; libtorch is of the same. A file of each says which it is; the program has its own.
const RELEASES: &[(&str, &str)] = &[("torch/version.py", "2.11."), ("torchvision/version.py", "0.26.")];
const LICENSES: &[(&str, &str)] = &[("torch", "LICENSE"), ("torch", "NOTICE"), ("torchvision", "LICENSE")];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let list = here.join("pytorch_files.txt");
    let after = here.join("overlay/after");
    println!("cargo:rerun-if-changed={}", list.display());
    println!("cargo:rerun-if-changed={}", after.display());
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    println!("cargo:rerun-if-env-changed=LIBTORCH_USE_PYTORCH");
    let sources = sources()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut rows = String::from("&[\n");
    for file in listed(&fs::read_to_string(&list)?, &sources)? {
        println!("cargo:rerun-if-changed={}", sources.join(&file).display());
        let name = module_name(&file);
        let mut text = fs::read_to_string(sources.join(&file))
            .map_err(|error| format!("{}: {error}: run scripts/setup", sources.join(&file).display()))?;
        if let Ok(more) = fs::read_to_string(after.join(format!("{name}.py"))) {
            write!(text, "\n\n{more}")?;
        }
        rows.push_str(&row(&out, &name, &text)?);
    }
    rows.push_str(&row(&out, "torch._licenses", &licenses(&sources))?);
    rows.push_str("]\n");
    fs::write(out.join("pytorch.rs"), rows)?;
    fs::write(out.join("help.rs"), help(&out, &fs::read_to_string(&list)?, &sources)?)?;
    Ok(())
}

/// What help says of operators, packed: each file behind a form feed and its name. A folder that was set up before the list
/// named one lacks it: help is shorter then.
fn help(out: &Path, list: &str, sources: &Path) -> Result<String> {
    let mut all = String::new();
    for file in list.lines().filter_map(|line| line.strip_prefix("? ")) {
        let path = sources.join(file.trim());
        println!("cargo:rerun-if-changed={}", path.display());
        match fs::read_to_string(&path) {
            Ok(text) => all.push_str(&format!("\u{c}{}\n{text}", file.trim())),
            Err(error) => {
                println!(
                    "cargo:warning={}: {error}: run scripts/setup for all that help says",
                    path.display()
                );
            }
        }
    }
    Ok(if all.is_empty() { "None".to_owned() } else { format!("Some({})", packed(out, "operators", &all)?) })
}

/// The folder that has `torch` and `torchvision`: what set-up filled, or where a Python keeps its packages.
fn sources() -> Result<PathBuf> {
    let mut places = Vec::new();
    if let Ok(libtorch) = env::var("LIBTORCH") {
        let libtorch = PathBuf::from(libtorch);
        places.push(libtorch.join("python"));
        places.extend(libtorch.parent().map(Path::to_owned));
    }
    if env::var("LIBTORCH_USE_PYTORCH").is_ok_and(|value| value == "1") {
        let script = "import pathlib, torch; print(pathlib.Path(torch.__file__).parent.parent)";
        let output = Command::new("python3").args(["-c", script]).output()?;
        places.push(PathBuf::from(String::from_utf8(output.stdout)?.trim()));
    }
    let crate_folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    places.extend(crate_folder.ancestors().map(|folder| folder.join(".libtorch/python")));
    match places.iter().find(|place| has_release(place)) {
        Some(place) => Ok(place.clone()),
        None => {
            let releases: Vec<&str> = RELEASES.iter().map(|(_, version)| *version).collect();
            Err(format!("PyTorch's own Python ({releases:?}) is in none of {places:?}: run scripts/setup")
                .into())
        }
    }
}

fn has_release(place: &Path) -> bool {
    RELEASES.iter().all(|(file, version)| {
        let text = fs::read_to_string(place.join(file)).unwrap_or_default();
        text.contains(&format!("__version__ = '{version}"))
            || text.contains(&format!("__version__ = \"{version}"))
    })
}

/// The files that the list names and that are there, in the order of their names.
fn listed(list: &str, sources: &Path) -> Result<Vec<String>> {
    let lines = || list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let left_out: Vec<&str> = lines().filter_map(|line| line.strip_prefix("- ")).collect();
    let mut files = Vec::new();
    for line in lines().filter(|line| !line.starts_with(['-', '?'])) {
        let (folder, last) = line.rsplit_once('/').ok_or("a line of pytorch_files.txt names no folder")?;
        if last != "*.py" {
            files.push(line.to_owned());
            continue;
        }
        for entry in fs::read_dir(sources.join(folder)).map_err(|error| format!("{folder}: {error}"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".py") {
                files.push(format!("{folder}/{name}"));
            }
        }
    }
    files.retain(|file| !left_out.contains(&file.as_str()) && !RELEASES.iter().any(|(own, _)| own == file));
    files.sort();
    files.dedup();
    Ok(files)
}

fn module_name(file: &str) -> String {
    let name = file.trim_end_matches(".py").replace('/', ".");
    name.strip_suffix(".__init__").map(str::to_owned).unwrap_or(name)
}

/// The first line of a module's own description.
fn summary(text: &str) -> String {
    let code = text.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    let said = code.trim_start_matches('r').strip_prefix("\"\"\"").unwrap_or_default();
    said.trim_end_matches("\"\"\"").trim_end_matches('.').trim().to_owned()
}

/// Packs a module; gives its row.
fn row(out: &Path, name: &str, text: &str) -> Result<String> {
    let (source, says) = (packed(out, name, text)?, summary(text));
    Ok(format!("    ModuleRow {{ name: {name:?}, source: {source}, summary: {says:?} }},\n"))
}

/// Deflates a text; gives what is put in the program for it.
fn packed(out: &Path, name: &str, text: &str) -> Result<String> {
    let path = out.join(name);
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    fs::write(&path, encoder.finish()?)?;
    Ok(format!("ModuleText::Packed(include_bytes!({path:?}))"))
}

/// A module whose text is the licences under which these files are given, each under the name of its package.
fn licenses(sources: &Path) -> String {
    let mut all = String::from("r\"\"\"The licences of PyTorch's and torchvision's own files\n\n");
    for (package, file) in LICENSES {
        for entry in fs::read_dir(sources).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let of_package = name.starts_with(&format!("{package}-")) && name.ends_with(".dist-info");
            let inside = [entry.path().join("licenses").join(file), entry.path().join(file)];
            if let (true, Some(text)) =
                (of_package, inside.iter().find_map(|path| fs::read_to_string(path).ok()))
            {
                all.push_str(&format!("---- {package} {file} ----\n\n{text}\n"));
            }
        }
    }
    all.replace("\"\"\"\n", "\n") + "\"\"\"\n"
}
