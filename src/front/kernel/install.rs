//! `torchsh kernel install`: Jupyter is told that there is this kernel.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use torchsh_base::error::path_text;

/// Pictures that stand for the kernel in a launcher.
const LOGOS: &[(&str, &[u8])] = &[
    ("logo-32x32.png", include_bytes!("logo-32x32.png")),
    ("logo-64x64.png", include_bytes!("logo-64x64.png")),
    ("logo-svg.svg", include_bytes!("logo-svg.svg")),
];

/// What is done with a kernel's entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Write it.
    Install,
    /// Take it away.
    Uninstall,
}

/// For whom it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// This person.
    #[default]
    User,
    /// The Python environment that is active.
    SysPrefix,
    /// What lies under a folder.
    Prefix(PathBuf),
}

/// An entry: where, and under what name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// For whom.
    pub place: Place,
    /// The name that notebooks remember.
    pub name: String,
}

impl Default for Entry {
    fn default() -> Self {
        Entry { place: Place::User, name: "torchsh".to_owned() }
    }
}

/// Does it; what to say.
///
/// # Errors
/// It cannot be done; in words.
pub fn perform(act: Act, entry: &Entry) -> Result<String, String> {
    let folder = entry.folder()?;
    let shown = path_text(&folder);
    let failed = |error: io::Error| format!("{shown}: {error}");
    match act {
        Act::Install => {
            write(&folder, &entry.name).map_err(failed)?;
            let name = &entry.name;
            Ok(format!(
                "installed in {shown}\njupyter lab offers it now; jupyter console --kernel {name} too\n"
            ))
        }
        Act::Uninstall if !folder.join("kernel.json").exists() => {
            Err(format!("{shown} is not a kernel's folder"))
        }
        Act::Uninstall => {
            std::fs::remove_dir_all(&folder).map_err(failed)?;
            Ok(format!("removed {shown}\n"))
        }
    }
}

impl Entry {
    /// Where it lies.
    fn folder(&self) -> Result<PathBuf, String> {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(is_fine) {
            let name = &self.name;
            return Err(format!("{name:?} is not a name of a kernel: letters, digits, . _ and - are taken"));
        }
        let data = match &self.place {
            Place::User => user_data().ok_or("there is no home folder: --prefix FOLDER says where")?,
            Place::SysPrefix => python_prefix()?.join("share/jupyter"),
            Place::Prefix(prefix) => prefix.join("share/jupyter"),
        };
        // Jupyter names kernels in small letters.
        Ok(data.join("kernels").join(self.name.to_ascii_lowercase()))
    }
}

/// Where Jupyter looks for what belongs to one person.
fn user_data() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    variable("JUPYTER_DATA_DIR").or_else(|| match cfg!(target_os = "macos") {
        true => Some(variable("HOME")?.join("Library/Jupyter")),
        false => variable("XDG_DATA_HOME")
            .or_else(|| Some(variable("HOME")?.join(".local/share")))
            .map(|data| data.join("jupyter")),
    })
}

/// The folder of the Python environment that is active: what `sys.prefix` is there.
fn python_prefix() -> Result<PathBuf, String> {
    for variable in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        if let Some(folder) = std::env::var_os(variable).filter(|folder| !folder.is_empty()) {
            return Ok(PathBuf::from(folder));
        }
    }
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.prefix)"]).output();
    let prefix = asked.ok().filter(|answer| answer.status.success());
    let prefix = prefix.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned());
    prefix
        .filter(|prefix| !prefix.is_empty())
        .map(PathBuf::from)
        .ok_or_else(|| "no Python environment is active: --prefix FOLDER says where".to_owned())
}

/// Writes the folder beside its place, then puts it there.
fn write(folder: &Path, name: &str) -> io::Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(parent)?;
    let fresh = tempfile::Builder::new().prefix(".torchsh-").tempdir_in(parent)?;
    let program = std::env::current_exe()?;
    let shown = if name == "torchsh" { name.to_owned() } else { format!("torchsh ({name})") };
    let text = json!({
        "argv": [path_text(&program), "kernel", "start", "-f", "{connection_file}"],
        "display_name": shown,
        "language": "torchsh",
        "interrupt_mode": "message",
        "kernel_protocol_version": super::wire::PROTOCOL,
        "metadata": {"debugger": false},
    });
    std::fs::write(fresh.path().join("kernel.json"), format!("{text:#}\n"))?;
    for (name, bytes) in LOGOS {
        std::fs::write(fresh.path().join(name), bytes)?;
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::rename(fresh.path(), folder)?;
    // Others may use what a prefix holds.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder, open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_written_and_removed() {
        let prefix = tempfile::tempdir().unwrap();
        let entry = Entry { place: Place::Prefix(prefix.path().into()), name: "Mine".to_owned() };
        for _ in 0..2 {
            perform(Act::Install, &entry).unwrap();
        }
        let folder = prefix.path().join("share/jupyter/kernels/mine");
        let text = std::fs::read_to_string(folder.join("kernel.json")).unwrap();
        let spec: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(spec["interrupt_mode"], "message");
        assert!(spec["argv"][0].as_str().unwrap().starts_with('/'));
        assert!(folder.join("logo-64x64.png").exists());
        perform(Act::Uninstall, &entry).unwrap();
        assert!(!folder.exists());
        assert!(perform(Act::Uninstall, &entry).is_err());
        let wrong = Entry { name: "../x".to_owned(), ..entry };
        assert!(perform(Act::Install, &wrong).unwrap_err().contains("not a name of a kernel"));
    }
}
