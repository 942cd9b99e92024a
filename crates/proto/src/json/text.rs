//! Writing JSON as the C++ library of AECS 2.0 (protobuf 3.21) does: it escapes more than JSON
//! asks.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;
use zeroize::Zeroizing;

/// Writes the text, which is expected to have about this number of bytes.
pub(super) fn write<T: Serialize>(value: &T, about: usize) -> io::Result<String> {
    let mut text = Text(Zeroizing::new(Vec::with_capacity(about)));
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Escape))?;
    String::from_utf8(std::mem::take(&mut *text.0)).map_err(io::Error::other)
}

/// A text that grows. An allocation that it has outgrown is wiped.
struct Text(Zeroizing<Vec<u8>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let needed = self.0.len().saturating_add(bytes.len());
        if needed > self.0.capacity() {
            let mut larger = Vec::with_capacity(needed.saturating_mul(2));
            larger.extend_from_slice(&self.0);
            // The smaller one is wiped when it is dropped: in one go, because it is only spare room then.
            self.0.clear();
            self.0 = Zeroizing::new(larger);
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// No white space; `"`, `\` and control characters below U+0020 are escaped by the serializer.
struct Escape;

impl Formatter for Escape {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        // Most text, evidence above all: a scan of bytes, and one write.
        if fragment.bytes().all(is_plain) {
            return writer.write_all(fragment.as_bytes());
        }
        for piece in fragment.split_inclusive(is_escaped) {
            let plain = piece.strip_suffix(is_escaped).unwrap_or(piece);
            writer.write_all(plain.as_bytes())?;
            for character in piece.chars().filter(|character| is_escaped(*character)) {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

/// Bytes of ASCII that [`is_escaped`] leaves as they are.
fn is_plain(byte: u8) -> bool {
    byte < 0x7f && byte != b'<' && byte != b'>'
}

/// Characters that could end a script in a web page, and those one does not see.
fn is_escaped(character: char) -> bool {
    matches!(
        character,
        '<' | '>'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{600}'..='\u{603}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{206a}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_whole_whatever_size_was_expected() {
        let value = vec!["some text, and \u{7f}".to_owned(); 100];
        let expected = write(&value, 1 << 16).unwrap();
        assert_eq!(expected.matches("some text, and \\u007f").count(), 100);
        for about in [0, 1, 7, expected.len() - 1, expected.len()] {
            assert_eq!(write(&value, about).unwrap(), expected, "{about}");
        }
    }

    #[test]
    fn plain_bytes_are_those_that_are_not_escaped() {
        for byte in 0..=0x7f_u8 {
            assert_eq!(is_plain(byte), !is_escaped(char::from(byte)), "{byte:#04x}");
        }
        // Parts of longer characters, which are looked at as such.
        assert!((0x80..=u8::MAX).all(|byte| !is_plain(byte)));
    }
}
