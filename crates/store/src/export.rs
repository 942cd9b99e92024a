//! The file of an export: every entry of a store, in a format for all back-ends.
//!
//! It begins with `MAGIC`. Then come the entries: the lengths of key and value (4 bytes each, big
//! endian), the key, the value, and a running checksum of all previous bytes (8 bytes, FNV-1a),
//! which shows at which entry a file is damaged. An entry with an empty key ends the file; its
//! value is the number of entries (8 bytes, big endian). The checksum finds accidents. Against
//! attackers, seal the values.

use std::io::{self, Read, Write};

use crate::{Key, MAX_KEY_LEN, MAX_VALUE_LEN};

/// The first bytes of the file, with the version of the format.
const MAGIC: &[u8] = b"AECS store export 1\n";

/// Writes an export.
pub struct Writer<W> {
    out: W,
    sum: Checksum,
    entries: u64,
}

impl<W: Write> Writer<W> {
    /// Begins an export.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out, sum: Checksum::of(MAGIC), entries: 0 })
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// `out` cannot be written, or the value is longer than [`MAX_VALUE_LEN`].
    pub fn entry(&mut self, key: &Key, value: &[u8]) -> io::Result<()> {
        if value.len() > MAX_VALUE_LEN {
            let (most, got) = (MAX_VALUE_LEN, value.len());
            let error =
                format!("value of {key} is too large: must be at most {most} bytes, got {got}");
            return Err(io::Error::other(error));
        }
        self.entries += 1;
        self.frame(key.as_str().as_bytes(), value)
    }

    /// Ends the export. Returns the number of entries, and `out`.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn finish(mut self) -> io::Result<(u64, W)> {
        self.frame(&[], &self.entries.to_be_bytes())?;
        self.out.flush()?;
        Ok((self.entries, self.out))
    }

    fn frame(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).map(u32::to_be_bytes);
        let frame = [
            &len(key).map_err(io::Error::other)?,
            &len(value).map_err(io::Error::other)?,
            key,
            value,
        ]
        .concat();
        self.sum.add(&frame);
        self.out.write_all(&frame)?;
        self.out.write_all(&self.sum.bytes())
    }
}

/// Reads an export: an iterator over its entries. It ends after the last entry or after an error.
pub struct Reader<R> {
    from: R,
    sum: Checksum,
    entries: u64,
    last: Option<Key>,
    done: bool,
}

/// Says of an export that ends too early that it does.
fn cut(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the export ends too early"),
        _ => error,
    }
}

impl<R: Read> Reader<R> {
    /// Begins to read an export.
    ///
    /// # Errors
    /// `from` cannot be read, or is not an export.
    pub fn new(mut from: R) -> io::Result<Self> {
        let mut magic = [0; MAGIC.len()];
        from.read_exact(&mut magic).map_err(cut)?;
        if magic != MAGIC {
            return Err(invalid(
                "not an export of a store, or an unsupported version of the format",
            ));
        }
        Ok(Self { from, sum: Checksum::of(MAGIC), entries: 0, last: None, done: false })
    }

    fn frame(&mut self) -> io::Result<(Vec<u8>, Vec<u8>)> {
        let mut lengths = [0; 8];
        self.from.read_exact(&mut lengths).map_err(cut)?;
        let [a, b, c, d, e, f, g, h] = lengths;
        let key_len = u32::from_be_bytes([a, b, c, d]);
        let value_len = u32::from_be_bytes([e, f, g, h]);
        let within = |len: u32, most: usize| usize::try_from(len).ok().filter(|len| *len <= most);
        let (Some(key_len), Some(value_len)) =
            (within(key_len, MAX_KEY_LEN), within(value_len, MAX_VALUE_LEN))
        else {
            return Err(invalid("an entry has an invalid length"));
        };
        let (mut key, mut value, mut found) = (vec![0; key_len], vec![0; value_len], [0; 8]);
        self.from.read_exact(&mut key).map_err(cut)?;
        self.from.read_exact(&mut value).map_err(cut)?;
        self.from.read_exact(&mut found).map_err(cut)?;
        for part in [&lengths[..], &key, &value] {
            self.sum.add(part);
        }
        if found != self.sum.bytes() {
            return Err(invalid(format!(
                "the entry {} does not match its checksum",
                String::from_utf8_lossy(&key)
            )));
        }
        Ok((key, value))
    }

    fn read(&mut self) -> io::Result<Option<(Key, Vec<u8>)>> {
        let (key, value) = self.frame()?;
        if !key.is_empty() {
            let key = String::from_utf8(key).map_err(|_| invalid("a key is not UTF-8"))?;
            let key = Key::new(key).map_err(|error| invalid(error.to_string()))?;
            self.entries += 1;
            self.last = Some(key.clone());
            return Ok(Some((key, value)));
        }
        if value != self.entries.to_be_bytes() {
            return Err(invalid("the number of entries does not match"));
        }
        match self.from.read(&mut [0])? {
            0 => Ok(None),
            _ => Err(invalid("data follows the end of the export")),
        }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = io::Result<(Key, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let read = self.read().map_err(|error| {
            let place = match &self.last {
                None => "at its first entry".to_owned(),
                Some(last) => format!("after the entry {last}"),
            };
            io::Error::new(error.kind(), format!("the export is damaged {place}: {error}"))
        });
        self.done = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}

/// FNV-1a with 64 bits: a change of any byte changes the checksum.
struct Checksum(u64);

impl Checksum {
    fn of(bytes: &[u8]) -> Self {
        let mut sum = Self(0xcbf2_9ce4_8422_2325);
        sum.add(bytes);
        sum
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn bytes(&self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new()).unwrap();
        writer.entry(&Key::new("aecs/a").unwrap(), b"one").unwrap();
        writer.entry(&Key::new("aecs/b").unwrap(), b"").unwrap();
        let (entries, bytes) = writer.finish().unwrap();
        assert_eq!(entries, 2);
        bytes
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<(Key, Vec<u8>)>> {
        Reader::new(bytes)?.collect()
    }

    #[test]
    fn what_was_written_is_read() {
        let entries = read(&export()).unwrap();
        let key = |name| Key::new(name).unwrap();
        assert_eq!(entries, [(key("aecs/a"), b"one".to_vec()), (key("aecs/b"), vec![])]);
    }

    #[test]
    fn f11_every_flipped_bit_and_every_cut_is_found() {
        let export = export();
        for bit in 0..export.len() * 8 {
            let mut damaged = export.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&damaged).is_err(), "bit {bit}");
        }
        for len in 0..export.len() {
            assert!(read(&export[..len]).is_err(), "cut to {len}");
        }
        assert!(read(&[&export[..], b"x"].concat()).is_err());
    }

    #[test]
    fn f11_the_error_names_the_entry() {
        let mut damaged = export();
        let at = damaged.windows(3).position(|bytes| bytes == b"one").unwrap();
        damaged[at] ^= 1;
        let error = read(&damaged).unwrap_err().to_string();
        assert!(error.contains("the entry aecs/a does not match"), "{error}");
    }
}
