//! `zlib`: bytes compressed and sums over them.

use std::io::{Read, Write};
use std::rc::Rc;

use flate2::Compression;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use crate::bytes::bytes_like;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Value, Vm, memory, opt, pos};

/// Bytes that are unpacked from one look at the memory and the keyboard to the next.
const PIECE: usize = 1 << 20;

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function("zlib", "_compress", &[pos("data"), opt("level", "-1"), opt("wbits", "15")], compress)
        .says("bytes made shorter")
        .examples(&[("import zlib\nzlib._decompress(zlib._compress(b'a' * 5))", "b'aaaaa'")]),
    Builtin::function("zlib", "_decompress", &[pos("data"), opt("wbits", "15")], decompress)
        .says("what was made shorter, as it was"),
    Builtin::function("zlib", "crc32", &[pos("data"), opt("value", "0")], |vm, args| {
        let mut sum = crc32fast::Hasher::new_with_initial(start(vm, args, 0)?);
        sum.update(&bytes(vm, args)?);
        Ok(Value::Int(i64::from(sum.finalize())))
    })
    .says("a checksum of 32 bits"),
    Builtin::function("zlib", "adler32", &[pos("data"), opt("value", "1")], |vm, args| {
        let begun = start(vm, args, 1)?;
        let (mut low, mut high) = (begun & 0xffff, begun >> 16);
        for byte in bytes(vm, args)?.iter() {
            low = (low + u32::from(*byte)) % 65521;
            high = (high + low) % 65521;
        }
        Ok(Value::Int(i64::from(high << 16 | low)))
    })
    .says("a quicker checksum of 32 bits"),
];

fn start(vm: &dyn Vm, args: &Args, default: i64) -> Result<u32> {
    Ok(u32::try_from(args.int_or(vm, 1, default)? & 0xffff_ffff).unwrap_or(0))
}

fn bytes(vm: &dyn Vm, args: &Args) -> Result<Rc<Vec<u8>>> {
    bytes_like(args.value(0)).ok_or_else(|| {
        let name = vm.type_name(args.value(0));
        Error::type_error(format!("a bytes-like object is required, not '{name}'"))
    })
}

fn failed(what: &str, error: &std::io::Error) -> Error {
    Error::new(Kind::Value, format!("{what}: {error}"))
}

fn compress(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let data = bytes(vm, args)?;
    let level = match args.int_or(vm, 1, -1)? {
        -1 => Compression::default(),
        level @ 0..=9 => Compression::new(u32::try_from(level).unwrap_or(6)),
        _ => return Err(Error::value("Bad compression level")),
    };
    let packed = match args.int_or(vm, 2, 15)? {
        ..0 => written(DeflateEncoder::new(Vec::new(), level), &data, DeflateEncoder::finish),
        0..=15 => written(ZlibEncoder::new(Vec::new(), level), &data, ZlibEncoder::finish),
        16.. => written(GzEncoder::new(Vec::new(), level), &data, GzEncoder::finish),
    };
    packed
        .map(|packed| Value::Bytes(Rc::new(packed)))
        .map_err(|error| failed("Error while compressing data", &error))
}

fn written<W: Write>(
    mut to: W,
    data: &[u8],
    finish: impl FnOnce(W) -> std::io::Result<Vec<u8>>,
) -> std::io::Result<Vec<u8>> {
    to.write_all(data)?;
    finish(to)
}

fn decompress(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let data = bytes(vm, args)?;
    let source: Box<dyn Read + '_> = match args.int_or(vm, 1, 15)? {
        ..0 => Box::new(DeflateDecoder::new(data.as_slice())),
        0..=15 => Box::new(ZlibDecoder::new(data.as_slice())),
        16..=31 => Box::new(MultiGzDecoder::new(data.as_slice())),
        32.. if data.starts_with(&[0x1f, 0x8b]) => Box::new(MultiGzDecoder::new(data.as_slice())),
        32.. => Box::new(ZlibDecoder::new(data.as_slice())),
    };
    unpack(vm, source)
}

/// Everything that a source gives, as long as there is memory for it.
fn unpack(vm: &dyn Vm, mut source: impl Read) -> Result<Value> {
    let (mut unpacked, mut piece) = (Vec::new(), vec![0; PIECE]);
    loop {
        vm.check_interrupt()?;
        let read = source.read(&mut piece);
        let count = read.map_err(|error| failed("Error -3 while decompressing data", &error))?;
        if count == 0 {
            return Ok(Value::Bytes(Rc::new(unpacked)));
        }
        memory::room(unpacked.len().saturating_add(count))?;
        unpacked.extend_from_slice(piece.get(..count).unwrap_or_default());
    }
}
