//! Hashes that differ in every process: who writes a file cannot make it of keys that collide.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;

/// A table by keys that a file chooses.
pub type SeededMap<K, V> = std::collections::HashMap<K, V, Seeded>;

/// A set of keys that a file chooses.
pub type SeededSet<K> = std::collections::HashSet<K, Seeded>;

/// Makes hashers with the seed of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seeded;

struct Seed {
    own: u64,
    shared: SharedSeed,
}

/// From the system's source of random numbers, through the standard library.
static SEED: LazyLock<Seed> = LazyLock::new(|| {
    let random = RandomState::new();
    Seed { own: random.hash_one(0), shared: SharedSeed::from_u64(random.hash_one(1)) }
});

impl BuildHasher for Seeded {
    type Hasher = FoldHasher<'static>;

    #[inline]
    fn build_hasher(&self) -> FoldHasher<'static> {
        let seed: &'static Seed = &SEED;
        FoldHasher::with_seed(seed.own, &seed.shared)
    }
}

/// The hash of bytes.
#[inline]
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = Seeded.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// The hash of anything that has one.
#[inline]
#[must_use]
pub fn of(value: &(impl Hash + ?Sized)) -> u64 {
    Seeded.hash_one(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_same_within_a_process_and_spread() {
        assert_eq!(of_bytes(b"conv1.weight"), of_bytes(b"conv1.weight"));
        assert_ne!(of_bytes(b"conv1.weight"), of_bytes(b"conv1.bias"));
        let low: std::collections::HashSet<u64> = (0..1000_i64).map(|n| of(&(n << 40)) & 0xffff).collect();
        assert!(low.len() > 900, "{}", low.len());
    }
}
