//! Where the shell keeps what outlives a session, as the XDG base directory specification has it.

use std::path::PathBuf;

/// The file of inputs of all sessions; none without a home.
pub fn history() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("TORCHSH_HISTORY") {
        return Some(PathBuf::from(path)).filter(|path| !path.as_os_str().is_empty());
    }
    folder("XDG_STATE_HOME", ".local/state").map(|folder| folder.join("history"))
}

/// The folder of settings and of the start-up file.
pub fn configuration() -> Option<PathBuf> {
    folder("XDG_CONFIG_HOME", ".config")
}

fn folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    // The specification has relative paths ignored.
    let given = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = given.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(below_home)))?;
    Some(base.join("torchsh"))
}
