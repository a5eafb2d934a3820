//! Sets of shards with their index. Whenever the process is killed, the index names a whole set: the old one or the new one.
//!
//! New shards have the names of old ones, so those get a second name first, which the old index is made to name. Then the
//! new shards take their places, then the new index; what is left of the old set is removed last.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::atomic::{Written, beside, folder_of, replace, sync_folder};
use super::torch_zip::{Saved, failed};
use crate::{origin, shards};
use torchsh_base::error::{Error, Result};

/// The names of a set's files.
pub struct Set {
    folder: PathBuf,
    stem: String,
    /// What its shards end in.
    ending: &'static str,
}

/// What the shards of sets end in.
const ENDINGS: &[&str] = &[".safetensors", ".bin"];

/// The set that another one took the place of.
#[derive(Default)]
pub struct Before {
    /// Bytes of its files; none if there was no set.
    pub nbytes: Option<u64>,
    /// Its shards that are not the new set's.
    removed: usize,
}

impl Before {
    /// What a person should be told of it.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let shards = if self.removed == 1 { "shard" } else { "shards" };
        (self.removed > 0)
            .then(|| format!("removed {} {shards} of the set that was there before", self.removed))
    }
}

impl Set {
    /// The set that is saved under this path: `model.safetensors`, `pytorch_model.bin`, or the index of either.
    #[must_use]
    pub fn named_like(path: &Path) -> Set {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = name.strip_suffix(".index.json").unwrap_or(&name);
        let found = ENDINGS.iter().find_map(|ending| Some((stem.strip_suffix(ending)?, *ending)));
        let (stem, ending) = found.unwrap_or((stem, ".safetensors"));
        Set { folder: folder_of(path).to_owned(), stem: stem.to_owned(), ending }
    }

    /// The name of a shard, as Hugging Face has them.
    #[must_use]
    pub fn shard(&self, place: usize, count: usize) -> String {
        format!("{}-{place:05}-of-{count:05}{}", self.stem, self.ending)
    }

    /// The path of the index.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.folder.join(format!("{}{}.index.json", self.stem, self.ending))
    }

    /// The name that a shard of the old set has while the new one comes.
    fn aside(name: &str) -> String {
        format!(".{name}.before")
    }

    /// Whether a file has the name of a shard of this set.
    fn is_shard(&self, name: &str) -> bool {
        let middle = name.strip_prefix(&self.stem).and_then(|rest| rest.strip_suffix(self.ending));
        let numbers = middle.and_then(|rest| rest.strip_prefix('-')?.split_once("-of-"));
        let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        numbers.is_some_and(|(place, count)| is_number(place) && is_number(count))
    }

    /// Likewise, or of one that is aside.
    fn is_own(&self, name: &str) -> bool {
        let inner = name.strip_prefix('.').and_then(|name| name.strip_suffix(".before"));
        self.is_shard(inner.unwrap_or(name))
    }

    /// The index of the set that is there, as JSON: read, or made for shards that have none.
    fn old_index(&self) -> Option<Json> {
        if let Ok(bytes) = fs::read(self.index()) {
            return serde_json::from_slice(&bytes)
                .ok()
                .filter(|index: &Json| index["weight_map"].is_object());
        }
        let names = self.files().into_iter().filter(|name| self.is_shard(name)).collect::<Vec<_>>();
        let map = shards::names_in(&self.folder, &names).ok().filter(|map| !map.is_empty())?;
        let map: serde_json::Map<_, _> = map.into_iter().map(|(name, file)| (name, json!(file))).collect();
        Some(json!({ "metadata": {}, "weight_map": map }))
    }

    /// Files in the folder that are this set's by their names.
    fn files(&self) -> BTreeSet<String> {
        let names = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        names
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| self.is_own(name))
            .collect()
    }

    /// Puts a set in its place. `step` is called after each change to the folder.
    ///
    /// # Errors
    /// `OSError`; the old set is whole then, or the new one.
    pub fn put(
        &self,
        shards: Vec<(String, Written)>,
        index: Written,
        mut step: impl FnMut(),
    ) -> Result<Before> {
        origin::look()?;
        let new: BTreeSet<String> = shards.iter().map(|(name, _)| name.clone()).collect();
        let old = self.old_index();
        let old_files = old.as_ref().map(files_of).unwrap_or_default();
        let nbytes = old.as_ref().map(|_| self.nbytes(&old_files));
        if let Some(old) = old {
            self.set_aside(old, old_files.intersection(&new), &mut step)?;
        }
        for (_, shard) in shards {
            shard.put()?;
            step();
        }
        index.put()?;
        step();
        Ok(Before { nbytes, removed: self.remove_others(&new, &mut step) })
    }

    /// Writes the index of shards that are written, and puts all in their place. `map` has the file of each tensor, `total` is
    /// the bytes of all.
    ///
    /// # Errors
    /// As [`Set::put`], and those of writing the index.
    pub fn put_with_index(
        &self,
        shards: Vec<(String, Written)>,
        map: serde_json::Map<String, Json>,
        total: u64,
        saved: &mut Saved,
    ) -> Result<()> {
        let index = json!({ "metadata": { "total_size": total }, "weight_map": map });
        let text = serde_json::to_string_pretty(&index).map_err(|error| Error::value(error.to_string()))?;
        let (index, ()) =
            beside(&self.index(), |out| out.write_all(text.as_bytes()).map_err(|e| failed(&e)))?;
        let index_name = self.index().file_name().map(|name| name.to_string_lossy().into_owned());
        saved.files = shards.iter().map(|(name, _)| name.clone()).chain(index_name).collect();
        let before = self.put(shards, index, || {})?;
        saved.replaced = before.nbytes;
        saved.notes.extend(before.note());
        Ok(())
    }

    /// Gives shards of the old set a second name, and has their index name that.
    fn set_aside<'a>(
        &self,
        mut index: Json,
        names: impl Iterator<Item = &'a String>,
        step: &mut impl FnMut(),
    ) -> Result<()> {
        let names: BTreeSet<&String> = names.collect();
        // Shards that have no index could not be told from the new ones: they get one.
        if names.is_empty() && self.index().exists() {
            return Ok(());
        }
        for name in &names {
            let (from, to) = (self.folder.join(name), self.folder.join(Set::aside(name)));
            // One of an earlier save that was killed: no index names it.
            let _ = fs::remove_file(&to);
            let from = from.canonicalize().map_err(|e| Error::io(&e, &from))?;
            if fs::hard_link(&from, &to).is_err() {
                fs::copy(&from, &to).map_err(|e| Error::io(&e, &to))?;
            }
            step();
        }
        let files = index.get_mut("weight_map").and_then(serde_json::Value::as_object_mut);
        for file in files.into_iter().flat_map(serde_json::Map::values_mut) {
            if let Some(name) = file.as_str().filter(|&name| names.iter().any(|one| *one == name)) {
                *file = json!(Set::aside(name));
            }
        }
        sync_folder(&self.folder);
        replace(&self.index(), |out| out.write_all(index.to_string().as_bytes()).map_err(|e| failed(&e)))?;
        step();
        Ok(())
    }

    /// Removes what is this set's by its name and not of the new set; gives the number of shards.
    fn remove_others(&self, new: &BTreeSet<String>, step: &mut impl FnMut()) -> usize {
        let mut removed = 0;
        for name in self.files().difference(new) {
            if fs::remove_file(self.folder.join(name)).is_ok() {
                removed += usize::from(self.is_shard(name));
                step();
            }
        }
        removed
    }

    fn nbytes(&self, files: &BTreeSet<String>) -> u64 {
        files
            .iter()
            .filter_map(|name| fs::metadata(self.folder.join(name)).ok())
            .map(|about| about.len())
            .sum()
    }

    /// What becomes of a set beside a single file that was saved under its name: it is removed where a set was asked for,
    /// and named otherwise. Gives what a person should be told.
    ///
    /// # Errors
    /// `OSError` if the index cannot be removed.
    pub fn beside_one_file(&self, replaces: bool) -> Result<Option<String>> {
        let index = self.index();
        if !index.is_file() {
            return Ok(None);
        }
        if !replaces {
            let name = index.file_name().unwrap_or_default().to_string_lossy();
            return Ok(Some(format!("{name} beside it names other shards: opening the folder gives those")));
        }
        fs::remove_file(&index).map_err(|e| Error::io(&e, &index))?;
        sync_folder(&self.folder);
        let removed = self.remove_others(&BTreeSet::new(), &mut || {});
        Ok(Before { nbytes: None, removed }.note())
    }
}

/// Things in order, as many to a shard as it may hold bytes of; one that is larger has a shard of its own.
pub fn in_shards<T>(things: impl IntoIterator<Item = (u64, T)>, limit: u64) -> Vec<Vec<T>> {
    let mut shards: Vec<Vec<T>> = Vec::new();
    let mut left = 0;
    for (nbytes, thing) in things {
        if nbytes > left || shards.is_empty() {
            shards.push(Vec::new());
            left = limit;
        }
        left = left.saturating_sub(nbytes);
        if let Some(shard) = shards.last_mut() {
            shard.push(thing);
        }
    }
    shards
}

/// The files that an index names.
fn files_of(index: &Json) -> BTreeSet<String> {
    let map = index["weight_map"].as_object().into_iter().flat_map(serde_json::Map::values);
    map.filter_map(Json::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{graph_of_ints, values_of};
    use crate::watcher::Unwatched;
    use crate::write::{Sharing, save_safetensors};

    /// Saves `count` tensors that all hold `number`, a shard each.
    fn save(path: &Path, number: i64, count: usize) {
        let (graph, root) = graph_of_ints(number, count);
        save_safetensors(path, &graph, root, &[], Some(8), &Sharing::default(), &Unwatched).unwrap();
    }

    /// The numbers in the set that the folder holds now: all the same, or it is a mixture.
    fn held(folder: &Path) -> Option<(i64, usize)> {
        let numbers = values_of(folder).ok()?;
        assert!(numbers.iter().all(|number| number == &numbers[0]), "a mixture: {numbers:?}");
        Some((numbers[0], numbers.len()))
    }

    fn new_set(set: &Set, folder: &Path, number: i64, count: usize) -> (Vec<(String, Written)>, Written) {
        let other = tempfile::tempdir().unwrap();
        save(&other.path().join("model.safetensors"), number, count);
        let copy = |name: &str| {
            let bytes = fs::read(other.path().join(name)).unwrap();
            beside(&folder.join(name), |out| out.write_all(&bytes).map_err(|e| failed(&e))).unwrap().0
        };
        let shards = (1..=count).map(|place| set.shard(place, count)).map(|name| (name.clone(), copy(&name)));
        (shards.collect(), copy("model.safetensors.index.json"))
    }

    #[test]
    fn at_every_step_one_whole_set_is_there() {
        for (old, new, has_index) in [(3, 3, true), (4, 2, true), (2, 4, true), (3, 3, false), (4, 2, false)]
        {
            let mut stops = 0;
            for stop in 0.. {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("model.safetensors");
                save(&path, 1, old);
                let set = Set::named_like(&path);
                if !has_index {
                    fs::remove_file(set.index()).unwrap();
                }
                let (shards, index) = new_set(&set, folder.path(), 2, new);
                let mut done = 0;
                // A process that is killed at a step does no more: the rest of the steps is undone by a panic.
                let put = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    set.put(shards, index, || {
                        assert!(matches!(held(folder.path()), Some((1 | 2, _))));
                        done += 1;
                        if done > stop {
                            std::panic::resume_unwind(Box::new(()));
                        }
                    })
                    .unwrap()
                }));
                let first = held(folder.path()).unwrap();
                assert!(first == (1, old) || first == (2, new), "{first:?}");
                // The next save finds its way from there, and leaves nothing behind.
                save(&path, 3, new);
                assert_eq!(held(folder.path()), Some((3, new)));
                assert_eq!(
                    fs::read_dir(folder.path()).unwrap().count(),
                    new + 1,
                    "stopped after {stop} steps"
                );
                stops += 1;
                if put.is_ok() {
                    break;
                }
            }
            assert!(stops > new, "{stops} steps");
        }
    }

    #[test]
    fn one_file_in_the_place_of_a_set() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        save(&path, 1, 3);
        fs::write(folder.path().join("model-of-mine.safetensors"), "x").unwrap();
        let (graph, root) = graph_of_ints(2, 3);
        let saved =
            save_safetensors(&path, &graph, root, &[], None, &Sharing::default(), &Unwatched).unwrap();
        assert!(saved.notes[0].contains("model.safetensors.index.json beside it"), "{:?}", saved.notes);
        assert_eq!(held(folder.path()), Some((1, 3)));
        let saved =
            save_safetensors(&path, &graph, root, &[], Some(1 << 20), &Sharing::default(), &Unwatched)
                .unwrap();
        assert_eq!(saved.notes, ["removed 3 shards of the set that was there before"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(held(folder.path()), Some((2, 3)));
    }
}
