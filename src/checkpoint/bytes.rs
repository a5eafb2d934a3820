//! Reading numbers out of bytes that may lie.

use torchsh_base::error::{Error, Result};

/// A place in some bytes, and what they are called.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What is being read, for messages.
    what: &'a str,
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8], what: &'a str) -> Self {
        Cursor { bytes, at: 0, what }
    }

    /// Starts at some byte; beyond the end, everything fails.
    #[must_use]
    pub fn at(bytes: &'a [u8], at: usize, what: &'a str) -> Self {
        Cursor { bytes, at, what }
    }

    /// The number of bytes read.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// `EOFError` if there are not as many.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| self.ran_out(count))?;
        self.at += count;
        Ok(taken)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// As [`Cursor::take`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| self.ran_out(N))
    }

    /// The next byte.
    ///
    /// # Errors
    /// As [`Cursor::take`].
    pub fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// A little-endian number.
    ///
    /// # Errors
    /// As [`Cursor::take`].
    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// A little-endian number.
    ///
    /// # Errors
    /// As [`Cursor::take`].
    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A little-endian number.
    ///
    /// # Errors
    /// As [`Cursor::take`].
    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A little-endian number.
    ///
    /// # Errors
    /// As [`Cursor::take`].
    pub fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    /// A little-endian number.
    ///
    /// # Errors
    /// As [`Cursor::take`].
    pub fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// A length that what follows must hold.
    ///
    /// # Errors
    /// As [`Cursor::take`], for a length that is larger than what is left.
    pub fn length(&mut self) -> Result<usize> {
        let length = self.u64()?;
        usize::try_from(length).ok().filter(|&length| length <= self.left()).ok_or_else(|| {
            let (what, left) = (self.what, self.left());
            Error::new(
                torchsh_base::error::Kind::Eof,
                format!("{what}: a length of {length} where {left} bytes are left"),
            )
        })
    }

    /// The bytes up to a newline, which is read too.
    ///
    /// # Errors
    /// As [`Cursor::take`] without a newline; `ValueError` for a line longer than `limit`.
    pub fn line(&mut self, limit: usize) -> Result<&'a [u8]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let seen = rest.get(..rest.len().min(limit.saturating_add(1))).unwrap_or_default();
        let Some(length) = seen.iter().position(|&byte| byte == b'\n') else {
            if seen.len() > limit {
                let what = self.what;
                return Err(Error::value(format!(
                    "{what}: a line of more than {limit} bytes at {}",
                    self.at
                )));
            }
            return Err(self.ran_out(rest.len().saturating_add(1)));
        };
        let line = self.take(length)?;
        self.at += 1;
        Ok(line)
    }

    fn ran_out(&self, count: usize) -> Error {
        let (what, left, at) = (self.what, self.left(), self.at);
        let message = format!("{what}: ran out of data at byte {at}: {count} wanted, {left} left");
        Error::new(torchsh_base::error::Kind::Eof, message)
    }
}
