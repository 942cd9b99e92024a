//! The file of an export: pages and registers of a store, in a format for all back-ends.
//!
//! It begins with `MAGIC`. Then come the entries: the lengths of key and value (4 bytes each, big
//! endian), the key ([`Key`] as text), the value, and a running checksum of all previous bytes (8 bytes,
//! FNV-1a), which shows at which entry a file is damaged. An entry with an empty key ends the file; its
//! value is the number of entries (8 bytes, big endian). The checksum finds accidents. Against
//! attackers, seal the values.

use std::{
    fmt,
    io::{self, Read, Write},
};

use crate::{
    Error,
    pages::{MAX_PAGE_LEN, MAX_REGISTER_LEN, PageId, Register},
};

/// The first bytes of the file, with the version of the format.
const MAGIC: &[u8] = b"AECS store export 2\n";

/// Those of the format of before, which had entries of another kind.
const EARLIER: &[u8] = b"AECS store export 1\n";

/// The longest key, and the longest value.
const MAX_KEY_LEN: usize = REGISTER.len() + Register::MAX_LEN;
const MAX_VALUE_LEN: usize =
    if MAX_PAGE_LEN > MAX_REGISTER_LEN { MAX_PAGE_LEN } else { MAX_REGISTER_LEN };

const PAGE: &str = "page/";
const REGISTER: &str = "register/";

/// What an entry is of. Pages are before registers: a register may need them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A page.
    Page(PageId),
    /// A register.
    Register(Register),
}

/// A key, and the page or the value of the register.
pub type Entry = (Key, Vec<u8>);

impl Key {
    /// The key that `text` is: what it displays as.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] if it is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let page = text.strip_prefix(PAGE).and_then(PageId::parse);
        let register = text.strip_prefix(REGISTER).and_then(|name| Register::new(name).ok());
        page.map(Self::Page)
            .or_else(|| register.map(Self::Register))
            .ok_or_else(|| Error::corrupt(format!("{text:?} names neither a page nor a register")))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(id) => write!(f, "{PAGE}{id:?}"),
            Self::Register(register) => write!(f, "{REGISTER}{register}"),
        }
    }
}

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
    /// `out` cannot be written, or the value is longer than a page or the value of a register may be.
    pub fn entry(&mut self, key: &Key, value: &[u8]) -> io::Result<()> {
        if value.len() > MAX_VALUE_LEN {
            let (most, got) = (MAX_VALUE_LEN, value.len());
            let error =
                format!("value of {key} is too large: must be at most {most} bytes, got {got}");
            return Err(io::Error::other(error));
        }
        self.entries += 1;
        self.frame(key.to_string().as_bytes(), value)
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
        if magic == EARLIER {
            return Err(invalid(
                "this export was made by an earlier version, and there is no migration before the \
                 first release: begin with an empty store, and create the services and secrets again",
            ));
        }
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

    fn read(&mut self) -> io::Result<Option<Entry>> {
        let (key, value) = self.frame()?;
        if !key.is_empty() {
            let key = String::from_utf8(key).map_err(|_| invalid("a key is not UTF-8"))?;
            let key = Key::parse(&key).map_err(|error| invalid(error.to_string()))?;
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
    type Item = io::Result<Entry>;

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

    fn keys() -> [Key; 2] {
        let register = Register::new("root").unwrap();
        [Key::Page(PageId::from_bytes([0xa5; 16])), Key::Register(register)]
    }

    fn export() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new()).unwrap();
        writer.entry(&keys()[0], b"one").unwrap();
        writer.entry(&keys()[1], b"").unwrap();
        let (entries, bytes) = writer.finish().unwrap();
        assert_eq!(entries, 2);
        bytes
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<Entry>> {
        Reader::new(bytes)?.collect()
    }

    #[test]
    fn what_was_written_is_read() {
        let entries = read(&export()).unwrap();
        let [page, register] = keys();
        assert_eq!(entries, [(page, b"one".to_vec()), (register, vec![])]);
    }

    #[test]
    fn a_key_is_its_text() {
        let [page, register] = keys();
        assert!(page < register);
        for (key, text) in
            [(page, format!("page/{}", "a5".repeat(16))), (register, "register/root".into())]
        {
            assert_eq!(key.to_string(), text);
            assert_eq!(Key::parse(&text).unwrap(), key);
        }
        let (short, long) = ("a5".repeat(15), "a5".repeat(17));
        for text in ["", "page/", "root", "register/", "register/A", "page/A5", &short, &long] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
        assert!(Key::parse(&format!("page/{short}zz")).is_err());
        assert!(Key::parse(&format!("page/{short}A5")).is_err());
    }

    #[test]
    fn an_export_of_an_earlier_version_says_so() {
        let earlier = [EARLIER, &[0; 64]].concat();
        let error = Reader::new(earlier.as_slice()).err().unwrap().to_string();
        assert!(error.contains("made by an earlier version"), "{error}");
        let error = Reader::new(&[b'x'; 64][..]).err().unwrap().to_string();
        assert!(error.contains("not an export of a store"), "{error}");
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
        assert!(
            error.contains("the entry page/a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5 does not match"),
            "{error}"
        );
    }
}
