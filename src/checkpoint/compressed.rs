//! Files that were compressed as a whole, as `gzip.open` and joblib do: unpacked into memory.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::limits;
use super::mapping::Mapping;
use crate::error::{Error, Kind, Result};

/// The file inside a compressed one; none if it is not compressed in a way that is known here.
///
/// # Errors
/// `ValueError` for damaged data, and for more than [`limits::UNPACKED_FILE`] bytes.
pub fn inside(mapping: &Mapping) -> Result<Option<Mapping>> {
    let bytes = mapping.bytes();
    let unpacked = match bytes {
        [0x1f, 0x8b, 8, ..] => unpack(MultiGzDecoder::new(bytes))?,
        // The levels of zlib: together, the two bytes are a multiple of 31.
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => match unpack(ZlibDecoder::new(bytes)) {
            Err(error) if error.kind() == Kind::Value => return Ok(None),
            unpacked => unpacked?,
        },
        _ => return Ok(None),
    };
    let path = mapping.path().to_string_lossy();
    Ok(Some(Mapping::of_bytes(unpacked, &path)))
}

fn unpack(mut from: impl Read) -> Result<Vec<u8>> {
    const STEP: usize = 4 << 20;
    let mut unpacked = Vec::new();
    loop {
        let before = unpacked.len();
        if before > limits::UNPACKED_FILE {
            let limit = limits::UNPACKED_FILE >> 20;
            return Err(Error::new(
                Kind::Memory,
                format!("the compressed file unpacks to more than {limit} MiB"),
            ));
        }
        unpacked.try_reserve(STEP).map_err(|_| Error::new(Kind::Memory, "no memory to unpack the file"))?;
        let read = from.by_ref().take(STEP as u64).read_to_end(&mut unpacked);
        if read.map_err(|error| Error::value(format!("damaged compressed file: {error}")))? == 0 {
            return Ok(unpacked);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::super::open::from_mapping;
    use super::*;

    #[test]
    fn compressed_pickles_are_read_and_damaged_ones_refused() {
        let pickle = b"(dS'a'\nI1\ns.";
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(pickle).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(pickle).unwrap();
        for bytes in [gzip.finish().unwrap(), zlib.finish().unwrap()] {
            let cut = bytes[..bytes.len() - 3].to_vec();
            let loaded = from_mapping(&Mapping::of_bytes(bytes, "small.pkl.gz")).unwrap();
            assert!(loaded.graph.item(loaded.root, "a").is_some());
            assert!(from_mapping(&Mapping::of_bytes(cut, "small.pkl.gz")).is_err());
        }
    }
}
