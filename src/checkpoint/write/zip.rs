//! A zip archive as PyTorch's writer makes it: nothing compressed, data at multiples of 64 bytes, checksums after the data
//! (`PyTorchStreamWriter` in `caffe2/serialize/inline_container.cc`).

use std::io::{self, Write};

/// Where each entry's data starts, where nothing else is asked for: at a multiple of this.
pub const ALIGNMENT: u64 = 64;

/// The largest such multiple: what is left empty before the data is counted by 16 bits.
pub const LARGEST_ALIGNMENT: u64 = 1 << 15;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
/// Names are UTF-8, sizes follow the data.
const FLAGS: u16 = 0x0808;
const FULL: u64 = u32::MAX as u64;
/// The extra field that PyTorch pads with.
const PADDING: u16 = 0x4246;
const ZIP64: u16 = 1;

/// An archive in the making.
pub struct ZipWriter<'a> {
    out: &'a mut dyn Write,
    at: u64,
    entries: Vec<Written>,
    hash: crc32fast::Hasher,
    alignment: u64,
    /// Whether entries get a checksum; 0 stands where they do not.
    is_summed: bool,
}

struct Written {
    name: String,
    header: u64,
    size: u64,
    crc: u32,
}

impl<'a> ZipWriter<'a> {
    /// Starts an archive.
    pub fn new(out: &'a mut dyn Write) -> Self {
        let hash = crc32fast::Hasher::new();
        ZipWriter { out, at: 0, entries: Vec::new(), hash, alignment: ALIGNMENT, is_summed: true }
    }

    /// The same with another alignment, which is at most [`LARGEST_ALIGNMENT`], and with or without checksums.
    #[must_use]
    pub fn laid_out(self, alignment: u64, is_summed: bool) -> Self {
        ZipWriter { alignment: alignment.clamp(1, LARGEST_ALIGNMENT), is_summed, ..self }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Writes a small entry.
    ///
    /// # Errors
    /// Those of the output.
    pub fn entry(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.start(name, bytes.len() as u64)?;
        self.data(bytes)?;
        self.finish_entry()
    }

    /// Starts an entry of `size` bytes, which [`ZipWriter::data`] gives and [`ZipWriter::finish_entry`] closes.
    ///
    /// # Errors
    /// Those of the output; a name that is too long.
    pub fn start(&mut self, name: &str, size: u64) -> io::Result<()> {
        let name_length =
            u16::try_from(name.len()).map_err(|_| io::Error::other("an entry's name is too long"))?;
        let wide = if size >= FULL { wide_field(&[size, size]) } else { Vec::new() };
        let before = self.at + 30 + u64::from(name_length) + wide.len() as u64 + 4;
        let padding = before.next_multiple_of(self.alignment) - before;
        let extra = u16::try_from(wide.len() as u64 + 4 + padding).map_err(io::Error::other)?;
        let header = self.at;
        let mut local = Vec::with_capacity(128);
        local.extend(LOCAL.to_le_bytes());
        local.extend([0_u16, FLAGS, 0, 0, 0].map(u16::to_le_bytes).concat());
        local.extend([0_u8; 12]);
        local.extend([name_length, extra].map(u16::to_le_bytes).concat());
        local.extend(name.as_bytes());
        local.extend(wide);
        local.extend(
            [PADDING, u16::try_from(padding).map_err(io::Error::other)?].map(u16::to_le_bytes).concat(),
        );
        local.resize(local.len() + usize::try_from(padding).map_err(io::Error::other)?, b'Z');
        self.put(&local)?;
        self.hash = crc32fast::Hasher::new();
        self.entries.push(Written { name: name.to_owned(), header, size, crc: 0 });
        Ok(())
    }

    /// More of the current entry's data.
    ///
    /// # Errors
    /// Those of the output.
    pub fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_summed {
            self.hash.update(bytes);
        }
        self.put(bytes)
    }

    /// Zeros in the place of the current entry's data, without a checksum.
    ///
    /// # Errors
    /// Those of the output.
    pub fn zeros(&mut self, count: usize) -> io::Result<()> {
        const ZEROS: [u8; 1 << 14] = [0; 1 << 14];
        let mut left = count;
        while let Some(part) = ZEROS.get(..left.min(ZEROS.len())).filter(|part| !part.is_empty()) {
            self.put(part)?;
            left -= part.len();
        }
        Ok(())
    }

    /// Closes the current entry.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish_entry(&mut self) -> io::Result<()> {
        let crc = self.hash.clone().finalize();
        let Some(entry) = self.entries.last_mut() else { return Ok(()) };
        entry.crc = crc;
        let size = entry.size;
        let mut descriptor = [DESCRIPTOR, crc].map(u32::to_le_bytes).concat();
        if size >= FULL {
            descriptor.extend([size, size].map(u64::to_le_bytes).concat());
        } else {
            descriptor.extend([narrow(size), narrow(size)].map(u32::to_le_bytes).concat());
        }
        self.put(&descriptor)
    }

    /// A number that tells archives apart by what is in them: 40 digits, from all names and checksums so far.
    #[must_use]
    pub fn identity(&self) -> String {
        let fold = |seed: u64, bytes: &[u8]| {
            bytes.iter().fold(seed, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        };
        let mut sums = (0xcbf2_9ce4_8422_2325, 0xcbf2_9ce4_8422_2325);
        for entry in &self.entries {
            sums = (fold(sums.0, entry.name.as_bytes()), fold(sums.1, &entry.crc.to_le_bytes()));
        }
        format!("{:020}{:020}", sums.0, sums.1)
    }

    /// Writes the directory.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<u64> {
        let start = self.at;
        for entry in std::mem::take(&mut self.entries) {
            let row = entry.row();
            self.put(&row)?;
            self.entries.push(entry);
        }
        let (count, length, end) = (self.entries.len() as u64, self.at - start, self.at);
        let mut record = END64.to_le_bytes().to_vec();
        record.extend(44_u64.to_le_bytes());
        record.extend([0x031e_u16, 0x002d].map(u16::to_le_bytes).concat());
        record.extend([0_u8; 8]);
        record.extend([count, count, length, start].map(u64::to_le_bytes).concat());
        record.extend(LOCATOR64.to_le_bytes());
        record.extend([0_u8; 4]);
        record.extend(end.to_le_bytes());
        record.extend(1_u32.to_le_bytes());
        record.extend(END.to_le_bytes());
        record.extend([0_u8; 4]);
        let short = u16::try_from(count).unwrap_or(u16::MAX);
        record.extend([short, short].map(u16::to_le_bytes).concat());
        record.extend([narrow(length), narrow(start)].map(u32::to_le_bytes).concat());
        record.extend([0_u8; 2]);
        self.put(&record)?;
        Ok(self.at)
    }
}

/// What fits 32 bits, else the mark that it is in the zip64 field.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn wide_field(numbers: &[u64]) -> Vec<u8> {
    let length = u16::try_from(8 * numbers.len()).unwrap_or(0);
    let mut field = [ZIP64, length].map(u16::to_le_bytes).concat();
    field.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    field
}

impl Written {
    /// The entry's row in the directory.
    fn row(&self) -> Vec<u8> {
        let wide: Vec<u64> =
            [self.size, self.size, self.header].into_iter().filter(|&number| number >= FULL).collect();
        let extra = if wide.is_empty() { Vec::new() } else { wide_field(&wide) };
        let mut row = CENTRAL.to_le_bytes().to_vec();
        row.extend([0_u16, 0, FLAGS, 0, 0, 0].map(u16::to_le_bytes).concat());
        row.extend([self.crc, narrow(self.size), narrow(self.size)].map(u32::to_le_bytes).concat());
        let lengths = [self.name.len(), extra.len()].map(|length| u16::try_from(length).unwrap_or(u16::MAX));
        row.extend(lengths.map(u16::to_le_bytes).concat());
        row.extend([0_u8; 10]);
        row.extend(narrow(self.header).to_le_bytes());
        row.extend(self.name.as_bytes());
        row.extend(extra);
        row
    }
}
