//! Long readings and writings, seen from outside.

use torchsh_base::error::Result;

/// Is told how far a long reading or writing is, and may stop it.
pub trait Watcher {
    /// So many bytes more are to be done.
    fn expect(&self, _bytes: u64) {}

    /// So many bytes more are done.
    ///
    /// # Errors
    /// Its own, which ends the work: what was being written is as if it never had been.
    fn advance(&self, _bytes: u64) -> Result<()> {
        Ok(())
    }
}

/// Nobody looks.
pub struct Unwatched;

impl Watcher for Unwatched {}
