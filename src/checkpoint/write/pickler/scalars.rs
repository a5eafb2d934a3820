//! Numbers, text and bytes.

use num_bigint::BigInt;

use super::{Pickler, op};
use torchsh_base::Str;
use torchsh_base::error::Result;

impl Pickler<'_> {
    pub(super) fn int(&mut self, value: i64) {
        if let Ok(byte) = u8::try_from(value) {
            self.out.extend([op::BININT1, byte]);
        } else if let Ok(short) = u16::try_from(value) {
            self.out.push(op::BININT2);
            self.out.extend(short.to_le_bytes());
        } else if let Ok(word) = i32::try_from(value) {
            self.out.push(op::BININT);
            self.out.extend(word.to_le_bytes());
        } else {
            self.long(&BigInt::from(value));
        }
    }

    pub(super) fn long(&mut self, value: &BigInt) {
        let bytes = value.to_signed_bytes_le();
        match u8::try_from(bytes.len()) {
            Ok(length) => self.out.extend([op::LONG1, length]),
            Err(_) => {
                self.out.push(op::LONG4);
                self.out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
        self.out.extend(bytes);
    }

    pub(super) fn float(&mut self, value: f64) {
        self.out.push(op::BINFLOAT);
        self.out.extend(value.to_be_bytes());
    }

    pub(super) fn text(&mut self, text: &Str) {
        if let Some(&index) = self.texts.get(text) {
            return self.get(index);
        }
        let bytes = text.as_str().as_bytes();
        match u8::try_from(bytes.len()) {
            Ok(short) if self.protocol >= 4 => self.out.extend([op::SHORT_BINUNICODE, short]),
            _ => {
                self.out.push(op::BINUNICODE);
                self.out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
        self.out.extend(bytes);
        let index = self.put();
        self.texts.insert(text.clone(), index);
    }

    /// Bytes; as protocol 2 has none, Latin-1 text to be encoded there.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        if self.protocol >= 3 {
            self.plain_bytes(bytes);
            return Ok(());
        }
        let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
        self.call("_codecs", "encode", |to| {
            to.text(&Str::new(text));
            to.text(&Str::intern("latin1"));
            to.out.push(op::TUPLE2);
            Ok(())
        })
    }

    fn plain_bytes(&mut self, bytes: &[u8]) {
        match (u8::try_from(bytes.len()), u32::try_from(bytes.len())) {
            (Ok(short), _) => self.out.extend([op::SHORT_BINBYTES, short]),
            (_, Ok(length)) => {
                self.out.push(op::BINBYTES);
                self.out.extend(length.to_le_bytes());
            }
            _ => {
                self.out.push(op::BINBYTES8);
                self.out.extend((bytes.len() as u64).to_le_bytes());
            }
        }
        self.out.extend(bytes);
    }
}
