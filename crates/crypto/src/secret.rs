//! Secrets that wipe themselves.
//!
//! Invariant: the bytes leave these types only through `expose`, so that every place that touches
//! a secret can be found by searching for that word. There is no `Debug`, `Display`, `Clone` or
//! serialization.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Result};

/// Wipes a buffer in one go: `Vec::zeroize` wipes what is in it byte by byte, and its spare room in one
/// go, so what is in it becomes spare room first.
pub(crate) fn wipe(bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.zeroize();
}

/// Secret bytes, wiped on drop.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl Drop for SecretBytes {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl SecretBytes {
    /// The bytes. The caller must not copy them into anything that is not wiped.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A second copy, each wiped on its own.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// Compares in a time that depends on the lengths only.
    pub fn ct_eq(&self, other: &[u8]) -> bool {
        ct_eq(&self.0, other)
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<Vec<u8>>> for SecretBytes {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl From<SecretString> for SecretBytes {
    fn from(mut text: SecretString) -> Self {
        Self(Zeroizing::new(std::mem::take(&mut *text.0).into_bytes()))
    }
}

/// Secret text, wiped on drop.
pub struct SecretString(Zeroizing<String>);

impl Drop for SecretString {
    fn drop(&mut self) {
        wipe(&mut std::mem::take(&mut *self.0).into_bytes());
    }
}

impl SecretString {
    /// The text. The caller must not copy it into anything that is not wiped.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A second copy, each wiped on its own.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// Compares in a time that depends on the lengths only.
    pub fn ct_eq(&self, other: &str) -> bool {
        ct_eq(self.0.as_bytes(), other.as_bytes())
    }
}

impl From<String> for SecretString {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl TryFrom<SecretBytes> for SecretString {
    type Error = Error;

    fn try_from(mut bytes: SecretBytes) -> Result<Self> {
        String::from_utf8(std::mem::take(&mut *bytes.0)).map(Self::from).map_err(|error| {
            error.into_bytes().zeroize();
            Error::NotText
        })
    }
}

/// Compares two byte strings in a time that depends on their lengths only.
pub fn ct_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_is_by_content() {
        let secret = SecretBytes::from(b"secret".to_vec());
        assert!(secret.ct_eq(b"secret"));
        assert!(!secret.ct_eq(b"secreT"));
        assert!(!secret.ct_eq(b"secre"));
        assert!(secret.duplicate().ct_eq(secret.expose()));
        assert!(SecretString::from("text".to_owned()).ct_eq("text"));
    }

    #[test]
    fn bytes_become_text_only_when_they_are() {
        let text = SecretString::try_from(SecretBytes::from("grün".as_bytes().to_vec()));
        assert_eq!(text.ok().map(|text| text.expose().to_owned()).as_deref(), Some("grün"));
        let error = SecretString::try_from(SecretBytes::from(vec![0xff, 0xfe])).err();
        assert_eq!(error, Some(Error::NotText));
    }
}
