//! The files that fit a pattern, as Python's `glob` finds them, whatever bytes their names have (a byte that is not UTF-8
//! stands in a path's text as `\udcff`: `path_text`).

use std::path::{Path, PathBuf};

use super::pattern::{fits, is_pattern};
use torchsh_base::error::{Result, path_meant, path_text};

/// How files are looked for.
pub struct Search<'a> {
    /// Where patterns start that do not start at the root; none: the current folder.
    pub root: Option<&'a Path>,
    /// Whether `**` is any number of folders.
    pub is_recursive: bool,
    /// Whether `*` is also a name that begins with a full stop.
    pub with_hidden: bool,
    /// Asked before each folder that is read: its error ends the search.
    pub go_on: &'a dyn Fn() -> Result<()>,
}

/// The folder of a path, and what stands after it.
fn split(path: &str) -> (&str, &str) {
    let (folder, name) = path.split_at(path.rfind('/').map_or(0, |at| at + 1));
    let bare = folder.trim_end_matches('/');
    (if bare.is_empty() { folder } else { bare }, name)
}

fn join(folder: &str, name: &str) -> String {
    let between = if folder.is_empty() || folder.ends_with('/') { "" } else { "/" };
    format!("{folder}{between}{name}")
}

impl Search<'_> {
    /// The paths that fit, in the order of their names.
    ///
    /// # Errors
    /// Those of `go_on`. A folder that cannot be read has nothing in it.
    pub fn run(&self, pattern: &str) -> Result<Vec<String>> {
        let mut found = self.paths(pattern, false)?;
        // `**` is also the folder it starts from, which has no name.
        if found.first().is_some_and(String::is_empty) {
            found.remove(0);
        }
        Ok(found)
    }

    fn paths(&self, pattern: &str, only_folders: bool) -> Result<Vec<String>> {
        let (folder, name) = split(pattern);
        if !is_pattern(pattern) {
            let is_there = if name.is_empty() { self.is_folder(folder) } else { self.is_there(pattern) };
            return Ok(is_there.then(|| pattern.to_owned()).into_iter().collect());
        }
        let folders = if is_pattern(folder) { self.paths(folder, true)? } else { vec![folder.to_owned()] };
        let mut found = Vec::new();
        for folder in folders {
            let inside = self.inside(&folder, name, only_folders)?;
            found.extend(inside.into_iter().map(|name| join(&folder, &name)));
        }
        Ok(found)
    }

    /// The names in a folder that fit the last part of a pattern.
    fn inside(&self, folder: &str, name: &str, only_folders: bool) -> Result<Vec<String>> {
        if self.is_recursive && name == "**" {
            let mut found = Vec::new();
            if folder.is_empty() || self.is_folder(folder) {
                found.push(String::new());
                self.below(folder, "", only_folders, &mut found)?;
            }
            return Ok(found);
        }
        if !is_pattern(name) {
            let is_there =
                if name.is_empty() { self.is_folder(folder) } else { self.is_there(&join(folder, name)) };
            return Ok(is_there.then(|| name.to_owned()).into_iter().collect());
        }
        let mut names = self.names(folder, only_folders)?;
        names.retain(|one| (name.starts_with('.') || self.is_shown(one)) && fits(one, name));
        Ok(names)
    }

    /// All that lies below a folder.
    fn below(&self, folder: &str, within: &str, only_folders: bool, found: &mut Vec<String>) -> Result<()> {
        for name in self.names(&join(folder, within), only_folders)? {
            if self.is_shown(&name) {
                let path = join(within, &name);
                found.push(path.clone());
                self.below(folder, &path, only_folders, found)?;
            }
        }
        Ok(())
    }

    fn is_shown(&self, name: &str) -> bool {
        self.with_hidden || !name.starts_with('.')
    }

    fn names(&self, folder: &str, only_folders: bool) -> Result<Vec<String>> {
        (self.go_on)()?;
        let place = self.place(if folder.is_empty() { "." } else { folder });
        let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
        let wanted = entries.filter(|entry| !only_folders || entry.path().is_dir());
        let mut names: Vec<String> = wanted.map(|entry| path_text(entry.file_name())).collect();
        names.sort();
        Ok(names)
    }

    fn place(&self, path: &str) -> PathBuf {
        let path = path_meant(path);
        self.root.map_or_else(|| path.clone(), |root| root.join(&path))
    }

    fn is_there(&self, path: &str) -> bool {
        self.place(path).symlink_metadata().is_ok()
    }

    fn is_folder(&self, path: &str) -> bool {
        self.place(path).is_dir()
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn found(root: &Path, pattern: &str, is_recursive: bool) -> Vec<String> {
        Search { root: Some(root), is_recursive, with_hidden: false, go_on: &|| Ok(()) }.run(pattern).unwrap()
    }

    #[test]
    fn names_of_any_bytes_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let odd = root.join(OsStr::from_bytes(b"d\xff"));
        std::fs::create_dir_all(odd.join("e")).unwrap();
        for path in [
            odd.join("a.pt"),
            odd.join("e/b.pt"),
            root.join(OsStr::from_bytes(b"\xfe.pt")),
            root.join(".h.pt"),
        ] {
            std::fs::write(path, "").unwrap();
        }
        assert_eq!(found(root, "*", false), ["\\udcfe.pt", "d\\udcff"]);
        assert_eq!(found(root, "*/*.pt", false), ["d\\udcff/a.pt"]);
        assert_eq!(found(root, "**/*.pt", true), ["\\udcfe.pt", "d\\udcff/a.pt", "d\\udcff/e/b.pt"]);
        assert_eq!(
            found(root, "d*/**", true),
            ["d\\udcff/", "d\\udcff/a.pt", "d\\udcff/e", "d\\udcff/e/b.pt"]
        );
        assert_eq!(found(root, "d*/", false), ["d\\udcff/"]);
        assert_eq!(found(root, ".*", false), [".h.pt"]);
        assert_eq!(found(root, "[", false), [""; 0]);
        let (all, absolute) = (root.join("d*/a**"), odd.join("a.pt"));
        assert_eq!(found(Path::new("/"), all.to_str().unwrap(), false), [path_text(absolute)]);
    }
}
