//! Indices of shards: JSON that says which tensor is in which file.

use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::limits;

/// Whether a file is the index of shards: JSON with a `weight_map`.
#[must_use]
pub fn is_index(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(limits::INDEX_BYTES)).unwrap_or_default();
    start.trim_ascii_start().starts_with(b"{") && start.windows(12).any(|part| part == b"\"weight_map\"")
}

/// What is read of an index.
#[derive(serde::Deserialize)]
pub struct Index {
    /// The file of each tensor.
    pub weight_map: Entries<String>,
}

/// A JSON object in its order, of no more entries than any real one.
pub struct Entries<V>(pub Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
    type Value = Entries<V>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<V>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            if entries.len() >= limits::HEADER_ENTRIES {
                return Err(de::Error::custom(format!("more than {} tensors", limits::HEADER_ENTRIES)));
            }
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}
