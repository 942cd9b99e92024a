//! Unambiguous encoding of several fields into one byte string, for hashing and signing.
//!
//! Invariant: two transcripts have equal bytes only if their labels and all their fields are equal.

use zeroize::Zeroizing;

use crate::hash::{sha256, sha256_of_parts};
use crate::secret::wipe;

/// A labelled sequence of fields.
///
/// The encoding is the label's length in one byte, the label, and for each field its length as
/// eight bytes big endian, then its bytes.
///
/// ```
/// use aecs_crypto::Transcript;
///
/// let one = Transcript::new("example").field(b"ab").field(b"c");
/// let other = Transcript::new("example").field(b"a").field(b"bc");
/// assert_ne!(one.sha256(), other.sha256());
/// ```
pub struct Transcript(Zeroizing<Vec<u8>>);

impl Drop for Transcript {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Room for the label and some short fields: most transcripts have no more.
const CAPACITY: usize = 256;

impl Transcript {
    /// Starts a transcript under a label that belongs to one use only.
    ///
    /// # Panics
    ///
    /// If the label has more than 255 bytes: labels are constants of the protocol.
    #[must_use]
    pub fn new(label: &'static str) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(CAPACITY.max(1 + label.len())));
        bytes.push(length_of(label));
        bytes.extend_from_slice(label.as_bytes());
        Self(bytes)
    }

    /// SHA-256 of the transcript that has this label and these fields, without making it: for long
    /// fields, which are not copied.
    ///
    /// # Panics
    ///
    /// As [`Transcript::new`].
    #[must_use]
    pub fn hash(label: &'static str, fields: &[&[u8]]) -> [u8; 32] {
        let lengths: Vec<[u8; 8]> =
            fields.iter().map(|field| (field.len() as u64).to_be_bytes()).collect();
        let head = [length_of(label)];
        let fields = lengths.iter().zip(fields).flat_map(|(length, field)| [&length[..], field]);
        sha256_of_parts([&head[..], label.as_bytes()].into_iter().chain(fields))
    }

    /// Appends a field.
    #[must_use]
    pub fn field(mut self, field: &[u8]) -> Self {
        let len = self.0.len() + 8 + field.len();
        if len > self.0.capacity() {
            // A vector that grows by itself would leave an unwiped copy of the fields so far behind.
            let mut larger = Zeroizing::new(Vec::with_capacity(len.max(2 * self.0.capacity())));
            larger.extend_from_slice(&self.0);
            let mut smaller = std::mem::replace(&mut self.0, larger);
            wipe(&mut smaller);
        }
        self.0.extend_from_slice(&(field.len() as u64).to_be_bytes());
        self.0.extend_from_slice(field);
        self
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// SHA-256 of the encoding.
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

fn length_of(label: &'static str) -> u8 {
    let length = u8::try_from(label.len());
    assert!(length.is_ok(), "a transcript label has at most 255 bytes");
    length.unwrap_or(u8::MAX)
}

impl AsRef<[u8]> for Transcript {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_encoding() {
        let transcript = Transcript::new("ab").field(b"xyz").field(b"");
        assert_eq!(Transcript::hash("ab", &[b"xyz", b""]), transcript.sha256());
        assert_eq!(Transcript::hash("ab", &[]), Transcript::new("ab").sha256());
    }

    #[test]
    fn encoding_is_fixed() {
        let transcript = Transcript::new("ab").field(b"xyz").field(b"");
        assert_eq!(transcript.as_bytes(), b"\x02ab\0\0\0\0\0\0\0\x03xyz\0\0\0\0\0\0\0\0");
    }

    #[test]
    fn moving_a_boundary_changes_the_hash() {
        let all = [
            Transcript::new("l").field(b"ab").field(b"c"),
            Transcript::new("l").field(b"a").field(b"bc"),
            Transcript::new("l").field(b"abc"),
            Transcript::new("l").field(b"abc").field(b""),
            Transcript::new("la").field(b"bc"),
        ];
        for (i, one) in all.iter().enumerate() {
            for other in all.iter().skip(i + 1) {
                assert_ne!(one.sha256(), other.sha256());
            }
        }
    }

    #[test]
    #[should_panic(expected = "255")]
    fn a_label_that_cannot_be_encoded_is_a_bug() {
        let label: &'static str = Box::leak("x".repeat(256).into_boxed_str());
        let _ = Transcript::new(label);
    }
}
