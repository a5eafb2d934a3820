//! Zip archives, read where they lie. Sizes come from the central directory, as PyTorch's writer leaves those of local
//! headers zero. What contradicts itself is refused.
//!
//! Follows PKWARE's APPNOTE 6.3.10: zip64, data descriptors, stored and deflated entries.

use std::io::Read;

use flate2::read::DeflateDecoder;

use super::bytes::Cursor;
use super::limits;
use super::mapping::{CHUNK, Region};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const END_LENGTH: usize = 22;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// An archive and its directory.
#[derive(Debug)]
pub struct Archive {
    bytes: Region,
    entries: Vec<Entry>,
    by_name: SeededMap<Str, usize>,
}

/// One file in an archive.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its path in the archive.
    pub name: Str,
    /// Its size, unpacked.
    pub size: u64,
    /// Its checksum; zero where the writer left it out.
    pub crc: u32,
    /// The bytes as they lie in the archive.
    pub packed: Region,
    deflated: bool,
    header: u64,
    end: u64,
}

impl Entry {
    /// Whether it is compressed.
    #[must_use]
    pub fn is_deflated(&self) -> bool {
        self.deflated
    }

    /// Its bytes: those of the archive where it is stored, unpacked ones where it is compressed.
    ///
    /// # Errors
    /// `ValueError` if it does not unpack to what the directory says, or to more than `limit`.
    pub fn read(&self, limit: u64) -> Result<Region> {
        if !self.deflated {
            return Ok(self.packed.clone());
        }
        if self.size > limit {
            return Err(self.fault(&format!("unpacks to {} bytes; the limit is {limit}", self.size)));
        }
        self.inflate()
    }

    /// Its first bytes, at most so many.
    ///
    /// # Errors
    /// `ValueError` for damaged compressed data.
    pub fn start(&self, most: usize) -> Result<Vec<u8>> {
        let mut start = Vec::new();
        let read = if self.deflated {
            DeflateDecoder::new(self.packed.bytes()).take(most as u64).read_to_end(&mut start)
        } else {
            self.packed.bytes().take(most as u64).read_to_end(&mut start)
        };
        read.map_err(|e| self.fault(&format!("damaged compressed data: {e}")))?;
        Ok(start)
    }

    /// Reads it to its end, to see whether it is whole; keeps nothing of it.
    ///
    /// # Errors
    /// As [`Entry::read`], for a checksum that is another, too.
    pub fn examine(&self) -> Result<()> {
        if !self.deflated {
            return self.check(self.packed.bytes());
        }
        let (mut decoder, mut hash) = (DeflateDecoder::new(self.packed.bytes()), crc32fast::Hasher::new());
        let (mut chunk, mut length) = (vec![0_u8; CHUNK], 0_u64);
        loop {
            let count =
                decoder.read(&mut chunk).map_err(|e| self.fault(&format!("damaged compressed data: {e}")))?;
            if count == 0 {
                break;
            }
            length += count as u64;
            hash.update(chunk.get(..count).unwrap_or_default());
            if length > self.size {
                return Err(self.fault("unpacks to more than the directory says"));
            }
        }
        if length < self.size {
            return Err(self.fault("damaged compressed data: it ends too soon"));
        }
        if self.crc != 0 && hash.finalize() != self.crc {
            return Err(self.fault("damaged: its checksum is wrong"));
        }
        Ok(())
    }

    fn inflate(&self) -> Result<Region> {
        let length = usize::try_from(self.size).map_err(|_| self.fault("too large"))?;
        let mut unpacked = Region::zeroed(length)?;
        let mut decoder = DeflateDecoder::new(self.packed.bytes());
        let into = unpacked.owned_mut().unwrap_or_default();
        decoder.read_exact(into).map_err(|e| self.fault(&format!("damaged compressed data: {e}")))?;
        if decoder.read(&mut [0]).map_or(true, |more| more > 0) {
            return Err(self.fault("unpacks to more than the directory says"));
        }
        self.check(unpacked.bytes())?;
        Ok(unpacked)
    }

    /// Compares the checksum, where there is one.
    ///
    /// # Errors
    /// `ValueError` if the bytes are not those that were written.
    pub fn check(&self, bytes: &[u8]) -> Result<()> {
        if self.crc == 0 || crc32fast::hash(bytes) == self.crc {
            return Ok(());
        }
        Err(self.fault("damaged: its checksum is wrong"))
    }

    fn fault(&self, what: &str) -> Error {
        Error::value(format!("zip entry '{}': {what}", self.name))
    }
}

impl Archive {
    /// Reads the directory of an archive.
    ///
    /// # Errors
    /// `ValueError` or `EOFError` for what is no archive, is cut short, or contradicts itself.
    pub fn open(bytes: &Region) -> Result<Archive> {
        let directory = Directory::find(bytes.bytes())?;
        let mut archive =
            Archive { bytes: bytes.clone(), entries: Vec::new(), by_name: SeededMap::default() };
        archive.read_directory(&directory)?;
        archive.refuse_overlaps(directory.start)?;
        Ok(archive)
    }

    /// Its entries, in the directory's order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry with that path.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.get(*self.by_name.get(&Str::new(name))?)
    }

    fn read_directory(&mut self, directory: &Directory) -> Result<()> {
        let bytes = self.bytes.clone();
        let end = directory.start.saturating_add(directory.length);
        let mut cursor =
            Cursor::at(bytes.bytes().get(..end).unwrap_or_default(), directory.start, "zip directory");
        let (mut packed, mut unpacked) = (0_u64, 0_u64);
        for _ in 0..directory.count {
            let entry = self.read_entry(&mut cursor)?;
            if entry.deflated {
                packed = packed.saturating_add(entry.packed.len() as u64);
                unpacked = unpacked.saturating_add(entry.size);
            }
            let larger = |size: u64, packed: u64, free: u64| {
                size > free.max(packed.saturating_mul(limits::INFLATE_RATIO))
            };
            if entry.deflated && larger(entry.size, entry.packed.len() as u64, limits::INFLATED_RECORD) {
                let what = format!("unpacks from {} bytes to {}: too many", entry.packed.len(), entry.size);
                return Err(entry.fault(&what));
            }
            if larger(unpacked, packed, limits::INFLATED_TOTAL) {
                return Err(entry.fault("the archive unpacks to too much"));
            }
            if self.by_name.insert(entry.name.clone(), self.entries.len()).is_some() {
                return Err(entry.fault("listed twice"));
            }
            self.entries.push(entry);
        }
        Ok(())
    }

    fn read_entry(&self, cursor: &mut Cursor) -> Result<Entry> {
        let mut raw = RawEntry::read(cursor)?;
        let name = name_of(raw.name)?;
        raw.widen(&name)?;
        let fault = |what: &str| Error::value(format!("zip entry '{name}': {what}"));
        if raw.flags & 1 != 0 {
            return Err(fault("encrypted"));
        }
        let deflated = match raw.method {
            STORED => false,
            DEFLATED => true,
            other => {
                return Err(fault(&format!("compressed by method {other}, which PyTorch does not read")));
            }
        };
        if !deflated && raw.packed != raw.size {
            return Err(fault(&format!("stored, yet {} bytes for {}", raw.packed, raw.size)));
        }
        let start = self.data_start(raw.header, raw.name).map_err(fault)?;
        let packed = usize::try_from(raw.packed).ok().and_then(|length| self.bytes.part(start, length));
        let packed = packed.ok_or_else(|| fault("reaches beyond the end of the file"))?;
        let end = start as u64 + raw.packed;
        let (size, crc, header) = (raw.size, raw.crc, raw.header);
        Ok(Entry { name, size, crc, packed, deflated, header, end })
    }

    /// Where an entry's data starts: the lengths in its local header say so.
    fn data_start(&self, header: u64, name: &[u8]) -> Result<usize, &'static str> {
        let at = usize::try_from(header).map_err(|_| "starts beyond the end of the file")?;
        let mut cursor = Cursor::at(self.bytes.bytes(), at, "zip");
        let read = |cursor: &mut Cursor| -> Result<Option<usize>> {
            if cursor.u32()? != LOCAL {
                return Ok(None);
            }
            cursor.take(22)?;
            let (name_length, extra_length) = (cursor.u16()?, cursor.u16()?);
            let same = cursor.take(usize::from(name_length))? == name;
            cursor.take(usize::from(extra_length))?;
            Ok(same.then_some(cursor.position()))
        };
        match read(&mut cursor) {
            Ok(Some(start)) => Ok(start),
            Ok(None) => Err("the directory points to something else"),
            Err(_) => Err("its header lies beyond the end of the file"),
        }
    }

    fn refuse_overlaps(&self, directory: usize) -> Result<()> {
        let mut order: Vec<&Entry> = self.entries.iter().collect();
        order.sort_by_key(|entry| entry.header);
        let ends = order.iter().skip(1).map(|next| next.header).chain([directory as u64]);
        for (entry, limit) in order.iter().zip(ends) {
            if entry.end > limit {
                return Err(entry.fault("overlaps what follows it"));
            }
        }
        Ok(())
    }
}

/// That a name stays within its archive, wherever that is unpacked.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let climbs = name.split(['/', '\\']).any(|part| part == "..") || name.starts_with('/');
    if climbs || name.contains('\0') { Err("the name leads out of the archive") } else { Ok(()) }
}

fn name_of(bytes: &[u8]) -> Result<Str> {
    let name = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    check_name(&name).map_err(|what| Error::value(format!("zip entry {name:?}: {what}")))?;
    Ok(Str::new(name))
}

/// Where the central directory is.
struct Directory {
    start: usize,
    length: usize,
    count: u64,
}

impl Directory {
    fn find(bytes: &[u8]) -> Result<Directory> {
        let at = Self::end_record(bytes).ok_or_else(|| {
            Error::value("the zip archive has no directory at its end: the file is cut short")
                .hint("download or copy it again, and compare its size")
        })?;
        let mut cursor = Cursor::at(bytes, at, "zip end record");
        cursor.take(10)?;
        let (count, length, start) = (cursor.u16()?, cursor.u32()?, cursor.u32()?);
        let narrow = (u64::from(count), u64::from(length), u64::from(start));
        let (count, length, start, end) = match Self::end64(bytes, at)? {
            Some((count, length, start, end)) => (count, length, start, end),
            None => (narrow.0, narrow.1, narrow.2, at),
        };
        let fits = start.checked_add(length).is_some_and(|sum| sum == end as u64);
        let (Ok(start), Ok(length), true) = (usize::try_from(start), usize::try_from(length), fits) else {
            let message = format!("zip directory: {length} bytes at {start}, but its end record is at {end}");
            return Err(Error::value(message));
        };
        if count > limits::ARCHIVE_ENTRIES as u64 || count.saturating_mul(46) > length as u64 {
            return Err(Error::value(format!("zip directory: {count} entries in {length} bytes")));
        }
        Ok(Directory { start, length, count })
    }

    /// The last end record whose comment ends with the file.
    fn end_record(bytes: &[u8]) -> Option<usize> {
        let last = bytes.len().checked_sub(END_LENGTH)?;
        let first = last.saturating_sub(usize::from(u16::MAX));
        (first..=last).rev().find(|&at| {
            let mut cursor = Cursor::at(bytes, at, "zip");
            let found = cursor.u32().is_ok_and(|signature| signature == END);
            found && cursor.take(16).is_ok() && cursor.u16().is_ok_and(|c| usize::from(c) == cursor.left())
        })
    }

    /// Count, length and start by the zip64 end record before the end record at `at`, and where that record is.
    fn end64(bytes: &[u8], at: usize) -> Result<Option<(u64, u64, u64, usize)>> {
        let Some(locator) = at.checked_sub(20) else { return Ok(None) };
        let mut cursor = Cursor::at(bytes, locator, "zip64 locator");
        if cursor.u32()? != LOCATOR64 {
            return Ok(None);
        }
        cursor.take(4)?;
        let place = usize::try_from(cursor.u64()?).ok().filter(|&place| place < locator);
        let place = place.ok_or_else(|| Error::value("zip64 locator: points beyond itself"))?;
        let mut cursor = Cursor::at(bytes, place, "zip64 end record");
        if cursor.u32()? != END64 {
            return Err(Error::value("zip64 locator: points to something else"));
        }
        cursor.take(28)?;
        Ok(Some((cursor.u64()?, cursor.u64()?, cursor.u64()?, place)))
    }
}

/// A row of the central directory.
struct RawEntry<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    header: u64,
    name: &'a [u8],
    extra: &'a [u8],
}

impl<'a> RawEntry<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        if cursor.u32()? != CENTRAL {
            return Err(Error::value(format!("zip directory: no entry at byte {}", cursor.position() - 4)));
        }
        cursor.take(4)?;
        let (flags, method) = (cursor.u16()?, cursor.u16()?);
        cursor.take(4)?;
        let (crc, packed, size) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
        let (name, extra, comment) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        cursor.take(8)?;
        let header = cursor.u32()?;
        let name = cursor.take(usize::from(name))?;
        let extra = cursor.take(usize::from(extra))?;
        cursor.take(usize::from(comment))?;
        let (packed, size, header) = (u64::from(packed), u64::from(size), u64::from(header));
        Ok(RawEntry { flags, method, crc, packed, size, header, name, extra })
    }

    /// Takes from the zip64 field what did not fit 32 bits.
    fn widen(&mut self, name: &Str) -> Result<()> {
        const FULL: u64 = u32::MAX as u64;
        if self.size != FULL && self.packed != FULL && self.header != FULL {
            return Ok(());
        }
        let mut extra = Cursor::new(self.extra, name.as_str());
        while extra.left() >= 4 {
            let (kind, length) = (extra.u16()?, extra.u16()?);
            let field = extra.take(usize::from(length))?;
            if kind != 1 {
                continue;
            }
            let mut field = Cursor::new(field, name.as_str());
            for place in [&mut self.size, &mut self.packed, &mut self.header] {
                if *place == FULL {
                    *place = field.u64()?;
                }
            }
            return Ok(());
        }
        Err(Error::value(format!("zip entry '{name}': its zip64 sizes are missing")))
    }
}
