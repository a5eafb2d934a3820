//! Builds the C++ side of the door against libtorch and links both.
//!
//! libtorch is where `LIBTORCH` says (by default `.libtorch`, see `.cargo/config.toml` and `scripts/setup`), or, with
//! `LIBTORCH_USE_PYTORCH=1`, inside the PyTorch that `python3` imports.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SHIM: &[&str] = &[
    "call.cpp",
    "hook.cpp",
    "index.cpp",
    "node.cpp",
    "results.cpp",
    "script.cpp",
    "state.cpp",
    "tensor.cpp",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=shim");
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    println!("cargo:rerun-if-env-changed=LIBTORCH_USE_PYTORCH");
    let root = libtorch()?;
    let include = root.join("include");
    if !include.join("ATen/ATen.h").exists() {
        return Err(format!("no libtorch in {}: run scripts/setup, or set LIBTORCH", root.display()).into());
    }
    compile(&include)?;
    link(&root.join("lib"));
    Ok(())
}

fn libtorch() -> Result<PathBuf, Box<dyn Error>> {
    if env::var("LIBTORCH_USE_PYTORCH").is_ok_and(|value| value == "1") {
        let script = "import pathlib, torch; print(pathlib.Path(torch.__file__).parent)";
        let output = Command::new("python3").args(["-c", script]).output()?;
        return Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()));
    }
    Ok(PathBuf::from(env::var("LIBTORCH").unwrap_or_else(|_| ".libtorch".to_owned())))
}

fn compile(include: &Path) -> Result<(), Box<dyn Error>> {
    let mut build = cc::Build::new();
    build.cpp(true).std("c++17").include("shim").warnings(false);
    // The headers of libtorch are not ours to mend.
    build.flag(format!("-isystem{}", include.display()));
    build.flag(format!("-isystem{}", include.join("torch/csrc/api/include").display()));
    // Debug information of these headers weighs 100 MB and serves nobody.
    build.debug(false).opt_level(1);
    // As one file: most of the work is to read libtorch's headers, which happens once so.
    let shim = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("shim");
    let all: String =
        SHIM.iter().map(|file| format!("#include \"{}\"\n", shim.join(file).display())).collect();
    let path = Path::new(&env::var("OUT_DIR")?).join("shim.cpp");
    fs::write(&path, all)?;
    build.file(path).compile("torchsh_shim");
    Ok(())
}

/// The program finds libtorch where it was built, and where it lies beside the program's own `target` folder.
fn link(lib: &Path) {
    println!("cargo:rustc-link-search=native={}", lib.display());
    for name in ["torch_cpu", "c10"] {
        println!("cargo:rustc-link-lib=dylib={name}");
    }
    let absolute = lib.canonicalize().unwrap_or_else(|_| lib.to_owned());
    for place in [
        absolute.as_path(),
        Path::new("$ORIGIN/../../.libtorch/lib"),
        Path::new("$ORIGIN/../lib"),
        Path::new("$ORIGIN/lib"),
    ] {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", place.display());
    }
}
