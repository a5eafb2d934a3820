//! Files that were compressed as a whole, as `gzip.open`, `bz2.open`, `lzma.open` and joblib do: unpacked into memory.

use std::io::Read;

use bzip2::read::MultiBzDecoder;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use liblzma::stream::{CONCATENATED, Stream};

use super::limits;
use super::mapping::{Mapping, Region};
use torchsh_base::error::{Error, Kind, Result};

/// The file inside a compressed one; none if it is not compressed in a way that is known here.
///
/// # Errors
/// `ValueError` for damaged data, and for more than [`limits::UNPACKED_FILE`] bytes.
pub fn inside(mapping: &Mapping) -> Result<Option<Mapping>> {
    let bytes = mapping.bytes();
    let unpacked = match bytes {
        [0x1f, 0x8b, 8, ..] => unpack(MultiGzDecoder::new(bytes))?,
        // The sizes of bzip2's blocks, then the mark of a block or of the end.
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => unpack(MultiBzDecoder::new(bytes))?,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => unpack(xz(bytes)?)?,
        // The levels of zlib: together, the two bytes are a multiple of 31.
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => match unpack(ZlibDecoder::new(bytes)) {
            Err(error) if error.kind() == Kind::Value => return Ok(None),
            unpacked => unpacked?,
        },
        _ => return Ok(None),
    };
    Ok(Some(Mapping::of_region(unpacked, mapping.path())))
}

fn xz(bytes: &[u8]) -> Result<impl Read> {
    let stream = Stream::new_stream_decoder(limits::XZ_MEMORY, CONCATENATED);
    let stream = stream.map_err(|error| Error::value(format!("damaged compressed file: {error}")))?;
    Ok(liblzma::read::XzDecoder::new_stream(bytes, stream))
}

/// Unpacks into memory that is taken as it is filled, and never twice: a bomb costs no more than the limit.
fn unpack(mut from: impl Read) -> Result<Region> {
    let mut room = Region::reserved(limits::UNPACKED_FILE + 1)?;
    let space = room.owned_mut().unwrap_or_default();
    let mut length = 0;
    loop {
        let read = from.read(space.get_mut(length..).unwrap_or_default());
        match read.map_err(|error| Error::value(format!("damaged compressed file: {error}")))? {
            0 => break,
            more => length += more,
        }
        if length > limits::UNPACKED_FILE {
            let limit = limits::UNPACKED_FILE >> 20;
            let message = format!("the compressed file unpacks to more than {limit} MiB");
            return Err(Error::new(Kind::Memory, message).hint("unpack it yourself, and open what comes out"));
        }
    }
    Ok(room.part(0, length).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::super::content::from_mapping;
    use super::*;

    #[test]
    fn compressed_pickles_are_read_and_damaged_ones_refused() {
        let pickle = b"(dS'a'\nI1\ns.";
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(pickle).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(pickle).unwrap();
        let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
        bzip.write_all(pickle).unwrap();
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
        xz.write_all(pickle).unwrap();
        let all = [gzip.finish(), zlib.finish(), bzip.finish(), xz.finish()].map(std::io::Result::unwrap);
        for bytes in all {
            let cut = bytes[..bytes.len() - 3].to_vec();
            let loaded = from_mapping(&Mapping::of_bytes(bytes, "small.pkl.gz")).unwrap();
            assert!(loaded.graph.item(loaded.root, "a").is_some());
            assert!(from_mapping(&Mapping::of_bytes(cut, "small.pkl.gz")).is_err());
        }
    }
}
