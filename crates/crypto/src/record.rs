//! Authenticated encryption of stored records.
//!
//! Each record is under a key of its own, derived from the record key and the record's associated
//! data. Sealing any number of versions of any number of records therefore never comes near the
//! limit of random nonces under one AES-GCM key, and a record opens in its own place only.

use aws_lc_rs::aead::LessSafeKey;
use zeroize::Zeroizing;

use crate::cipher::{GCM_IV, GCM_TAG, aead_open, aead_seal};
use crate::derivation::{aes_256_gcm_key, expand, extract};
use crate::error::{Error, Result};
use crate::hash::{random, random_secret};
use crate::labels;
use crate::secret::SecretBytes;

/// A 32-byte key for records, wiped on drop.
///
/// ```
/// use aecs_crypto::{RecordKey, Transcript};
///
/// let key = RecordKey::generate()?;
/// let place = Transcript::new("example record").field(b"name").field(b"version 1");
/// let sealed = key.seal(&place, b"secret")?;
/// assert!(key.open(&place, &sealed)?.ct_eq(b"secret"));
/// assert!(key.open(b"another place", &sealed).is_err());
/// # Ok::<(), aecs_crypto::Error>(())
/// ```
pub struct RecordKey(Zeroizing<[u8; 32]>);

impl RecordKey {
    /// A new random key.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the random generator fails.
    pub fn generate() -> Result<Self> {
        Ok(Self(random_secret()?))
    }

    /// A key from its bytes.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] if there are not exactly 32 of them.
    pub fn from_bytes(bytes: &SecretBytes) -> Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return Err(Error::MalformedKey("record key"));
        }
        key.copy_from_slice(bytes.expose());
        Ok(Self(key))
    }

    /// A key from the key material of a platform, which has at least 16 bytes of it. It is as
    /// strong as that: 128 bits for a key of SGX.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] if there are fewer, [`Error::Library`] if the cryptographic library
    /// fails.
    pub fn of_platform(material: &SecretBytes, platform: &str) -> Result<Self> {
        if material.len() < 16 {
            return Err(Error::MalformedKey("platform key"));
        }
        let extracted = extract(labels::PLATFORM_KEY.as_bytes(), material.expose());
        expand(&extracted, &[platform.as_bytes()]).map(Self)
    }

    /// The bytes of the key, to be kept under another one.
    pub fn to_bytes(&self) -> SecretBytes {
        SecretBytes::from(self.0.to_vec())
    }

    /// A second copy, each wiped on its own.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// A key for another use, from which this one cannot be found.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn derive(&self, label: &str) -> Result<Self> {
        let extracted = extract(labels::SUB_KEY.as_bytes(), self.0.as_slice());
        expand(&extracted, &[label.as_bytes()]).map(Self)
    }

    /// Encrypts a record. The result is a random nonce of 12 bytes, the cipher text, and a tag of
    /// 16 bytes.
    ///
    /// `aad` must name the place of the record unambiguously: use a
    /// [`Transcript`](crate::Transcript).
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn seal(&self, aad: impl AsRef<[u8]>, plain: &[u8]) -> Result<Vec<u8>> {
        let aad = aad.as_ref();
        let iv = random::<GCM_IV>()?;
        let (cipher, tag) = aead_seal(&self.record_key(aad)?, iv, aad, plain)?;
        Ok([iv.as_slice(), &cipher, &tag].concat())
    }

    /// Decrypts a record that was sealed with this key and this `aad`.
    ///
    /// # Errors
    ///
    /// [`Error::Decryption`] if it was not, or was changed.
    pub fn open(&self, aad: impl AsRef<[u8]>, sealed: &[u8]) -> Result<SecretBytes> {
        let aad = aad.as_ref();
        let (iv, rest) = sealed.split_first_chunk::<GCM_IV>().ok_or(Error::Decryption)?;
        let (cipher, tag) = rest.split_last_chunk::<GCM_TAG>().ok_or(Error::Decryption)?;
        aead_open(&self.record_key(aad)?, *iv, aad, cipher, *tag).map(SecretBytes::from)
    }

    fn record_key(&self, aad: &[u8]) -> Result<LessSafeKey> {
        aes_256_gcm_key(&extract(labels::RECORD.as_bytes(), self.0.as_slice()), aad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher;
    use crate::hash::hmac;

    fn key() -> RecordKey {
        RecordKey::from_bytes(&SecretBytes::from(vec![7; 32])).unwrap()
    }

    #[test]
    fn records_round_trip_and_never_repeat() {
        let one = key().seal(b"place", b"plain").unwrap();
        let other = key().seal(b"place", b"plain").unwrap();
        assert_ne!(one, other);
        assert!(key().open(b"place", &one).unwrap().ct_eq(b"plain"));
        let empty = key().seal(b"place", b"").unwrap();
        assert!(key().duplicate().open(b"place", &empty).unwrap().is_empty());
    }

    /// HKDF of RFC 5869 with one block of output, written from HMAC.
    #[test]
    fn a_record_is_under_a_key_of_its_own() {
        let sealed = key().seal(b"place", b"plain").unwrap();
        let prk = hmac(b"AECS-2.1 record", &[7; 32]);
        let record_key = cipher::aes_256_gcm_key(&hmac(&prk, b"place\x01")).unwrap();
        let (iv, rest) = sealed.split_first_chunk::<GCM_IV>().unwrap();
        let (cipher, tag) = rest.split_last_chunk::<GCM_TAG>().unwrap();
        let plain = aead_open(&record_key, *iv, b"place", cipher, *tag).unwrap();
        assert_eq!(*plain, b"plain");

        let prk = hmac(b"AECS-2.1 sub key", &[7; 32]);
        assert!(key().derive("use").unwrap().to_bytes().ct_eq(&hmac(&prk, b"use\x01")));
    }

    #[test]
    fn every_change_is_refused() {
        let sealed = key().seal(b"place", b"plain").unwrap();
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert_eq!(key().open(b"place", &changed).err(), Some(Error::Decryption));
            assert_eq!(key().open(b"place", &sealed[..i]).err(), Some(Error::Decryption));
        }
        assert_eq!(key().open(b"other", &sealed).err(), Some(Error::Decryption));
        let stranger = RecordKey::generate().unwrap();
        assert_eq!(stranger.open(b"place", &sealed).err(), Some(Error::Decryption));
    }

    #[test]
    fn sub_keys_are_separate() {
        let a = key().derive("a").unwrap();
        let b = key().derive("b").unwrap();
        let sealed = a.seal(b"place", b"plain").unwrap();
        assert!(key().derive("a").unwrap().open(b"place", &sealed).is_ok());
        assert!(b.open(b"place", &sealed).is_err());
        assert!(key().open(b"place", &sealed).is_err());
        assert!(!a.to_bytes().ct_eq(key().to_bytes().expose()));
    }

    #[test]
    fn platforms_give_keys_of_their_own() {
        let of = |byte, platform| {
            RecordKey::of_platform(&SecretBytes::from(vec![byte; 16]), platform).unwrap().to_bytes()
        };
        let prk = hmac(b"AECS-2.1 platform key", &[7; 16]);
        assert!(of(7, "one").ct_eq(&hmac(&prk, b"one\x01")));
        assert!(!of(7, "one").ct_eq(of(7, "other").expose()));
        assert!(!of(7, "one").ct_eq(of(8, "one").expose()));
        let short = RecordKey::of_platform(&SecretBytes::from(vec![1; 15]), "one");
        assert_eq!(short.err(), Some(Error::MalformedKey("platform key")));
    }

    #[test]
    fn a_key_has_32_bytes() {
        for length in [0, 16, 31, 33] {
            let bytes = SecretBytes::from(vec![1; length]);
            assert_eq!(
                RecordKey::from_bytes(&bytes).err(),
                Some(Error::MalformedKey("record key"))
            );
        }
    }
}
