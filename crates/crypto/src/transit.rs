//! Operations with a key that stays where it is (transit): the caller gives data and gets a result, and
//! never the key.
//!
//! Invariants:
//! - a ciphertext opens under the key, the version of it and the full name of the secret that it was
//!   made under, with the same associated data, and by the operation that belongs to the one that made
//!   it: what was wrapped is not decrypted;
//! - every ciphertext is under a key of its own, which is derived from the version of the key and 24
//!   random bytes, so that no number of them is too many;
//! - a key does nothing but what its type is for.

mod envelope;
mod sealed;
mod signature;

use aecs_proto::{EnclaveSecretType, KeySignature, KeyUse};
use zeroize::Zeroizing;

use self::envelope::Symmetric;
pub use self::sealed::Versioned;
use crate::error::{Error, Result};
use crate::hash::random_secret;
use crate::key::PrivateMaterial;
use crate::labels;
use crate::material::Material;
use crate::pair::PrivateKey;
use crate::secret::SecretBytes;
use crate::transcript::Transcript;

/// The lengths that a derived key and a data key can have, in bytes.
pub const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;
/// The longest random data, in bytes.
pub const MOST_RANDOM: usize = 4096;

/// What names a version of a key among all that there are.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The id of the deployment.
    pub deployment: &'a [u8; 32],
    /// The service that the secret belongs to.
    pub service: &'a str,
    /// The name of the secret.
    pub secret: &'a str,
    /// The number of the version, from 1.
    pub version: u64,
}

/// What a derived key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Encrypt,
    Wrap,
    Mac,
    Derive,
}

impl Use {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Encrypt => b"encrypt",
            Self::Wrap => b"wrap",
            Self::Mac => b"mac",
            Self::Derive => b"derive",
        }
    }
}

impl Place<'_> {
    /// The place, the use and one more field: what is derived, or what a ciphertext is bound to.
    fn bind(&self, of: Use, field: &[u8]) -> Transcript {
        Transcript::new(labels::TRANSIT_BINDING)
            .field(self.deployment)
            .field(self.service.as_bytes())
            .field(self.secret.as_bytes())
            .field(&self.version.to_be_bytes())
            .field(of.label())
            .field(field)
    }
}

/// A version of a key, ready for its operations.
///
/// ```
/// use aecs_crypto::transit::{Key, Place};
/// use aecs_crypto::{Material, generate};
///
/// let place = Place { deployment: &[7; 32], service: "shop", secret: "cards", version: 1 };
/// let key = Key::new(place, &Material::AesKey(generate::aes256()?))?;
/// let sealed = key.encrypt(b"4111 1111", b"customer 7")?;
/// assert!(sealed.to_string().starts_with("aecs:v1:1:"));
/// assert!(key.decrypt(&sealed.bytes, b"customer 7")?.ct_eq(b"4111 1111"));
/// assert!(key.decrypt(&sealed.bytes, b"customer 8").is_err());
/// # Ok::<(), aecs_crypto::Error>(())
/// ```
pub struct Key<'a> {
    place: Place<'a>,
    secret: Secret,
}

enum Secret {
    Symmetric(Symmetric),
    Pair(PrivateKey),
}

impl<'a> Key<'a> {
    /// Takes the key at that place.
    ///
    /// # Errors
    ///
    /// [`Error::NoKeyInPlace`] if the material is no key, and an [`Error`] that says what is wrong with
    /// a key pair that cannot be read.
    pub fn new(place: Place<'a>, material: &Material) -> Result<Self> {
        let secret = match material {
            Material::AesKey(key) => Secret::Symmetric(Symmetric::aes(key.expose())),
            Material::Sm4Key(key) => Secret::Symmetric(Symmetric::sm4(key.expose())?),
            Material::KeyPair(pems) => {
                Secret::Pair(PrivateKey::from_pem(pems.algorithm, pems.private.expose())?)
            }
            Material::Certificate(_)
            | Material::Data(_)
            | Material::Binary(_)
            | Material::Configurations(_) => return Err(Error::NoKeyInPlace),
        };
        Ok(Self { place, secret })
    }

    /// Whether keys of that type do this; what is no key does nothing.
    #[must_use]
    pub fn does(kind: EnclaveSecretType, what: KeyUse) -> bool {
        use EnclaveSecretType as Type;
        use KeyUse::{DataKey, Get, Random, Rewrap, Sign, Unspecified, Unwrap, Verify, Wrap};
        match kind {
            Type::SecretTypeAes256Key | Type::SecretTypeSm4Key => {
                !matches!(what, Sign | Verify | Get | Unspecified)
            }
            Type::SecretTypeRsaKeyPair => {
                matches!(what, Sign | Verify | Wrap | Unwrap | Rewrap | DataKey | Random)
            }
            Type::SecretTypeSm2KeyPair
            | Type::SecretTypeEcP256KeyPair
            | Type::SecretTypeEcP384KeyPair
            | Type::SecretTypeEd25519KeyPair => matches!(what, Sign | Verify | Random),
            Type::SecretTypeCertificate
            | Type::SecretTypeConfigurations
            | Type::SecretTypeImportData => false,
        }
    }

    /// Whether an operation with keys of that type takes microseconds, and may run where calls are
    /// served.
    #[must_use]
    pub fn is_quick(kind: EnclaveSecretType) -> bool {
        kind == EnclaveSecretType::SecretTypeAes256Key
    }

    /// The number of this version.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.place.version
    }

    /// Encrypts data: AES-256-GCM or SM4-GCM, by the type of the key.
    ///
    /// # Errors
    ///
    /// [`Error::NotOfThisKey`] for a key pair, [`Error::Library`].
    pub fn encrypt(&self, plain: &[u8], associated: &[u8]) -> Result<Versioned> {
        self.symmetric("encrypt")?.seal(self.place, Use::Encrypt, plain, associated)
    }

    /// Decrypts what [`Key::encrypt`] made, with the same associated data.
    ///
    /// # Errors
    ///
    /// [`Error::Decryption`], and [`Error::NotOfThisKey`] for a key pair.
    pub fn decrypt(&self, sealed: &[u8], associated: &[u8]) -> Result<SecretBytes> {
        self.symmetric("decrypt")?.open(self.place, Use::Encrypt, sealed, associated)
    }

    /// Wraps another key: as [`Key::encrypt`], or with RSA-OAEP (SHA-256).
    ///
    /// # Errors
    ///
    /// [`Error::NotOfThisKey`] for other key pairs, [`Error::EmptyPlainText`], [`Error::KeyTooLong`] for
    /// RSA.
    pub fn wrap(&self, key: &[u8], associated: &[u8]) -> Result<Versioned> {
        if key.is_empty() {
            return Err(Error::EmptyPlainText);
        }
        match &self.secret {
            Secret::Symmetric(own) => own.seal(self.place, Use::Wrap, key, associated),
            Secret::Pair(pair) => {
                let label = self.place.bind(Use::Wrap, associated);
                let bytes = rsa(pair, "wrap")?.wrap(label.as_bytes(), key)?;
                Ok(Versioned { version: self.place.version, bytes })
            }
        }
    }

    /// Unwraps what [`Key::wrap`] made, with the same associated data.
    ///
    /// # Errors
    ///
    /// [`Error::Decryption`], and [`Error::NotOfThisKey`] for key pairs other than RSA.
    pub fn unwrap(&self, sealed: &[u8], associated: &[u8]) -> Result<SecretBytes> {
        match &self.secret {
            Secret::Symmetric(own) => own.open(self.place, Use::Wrap, sealed, associated),
            Secret::Pair(pair) => {
                let label = self.place.bind(Use::Wrap, associated);
                rsa(pair, "unwrap")?.unwrap(label.as_bytes(), sealed).map(SecretBytes::from)
            }
        }
    }

    /// Encrypts or wraps again what a version of the key, this one or another, has encrypted or wrapped.
    ///
    /// # Errors
    ///
    /// As [`Key::decrypt`] and [`Key::unwrap`].
    pub fn rewrap(&self, from: &Key<'_>, sealed: &[u8], associated: &[u8]) -> Result<Versioned> {
        if let Secret::Symmetric(_) = &from.secret
            && let Ok(plain) = from.decrypt(sealed, associated)
        {
            return self.encrypt(plain.expose(), associated);
        }
        self.wrap(from.unwrap(sealed, associated)?.expose(), associated)
    }

    /// A new random key of `length` bytes, and the same wrapped as by [`Key::wrap`].
    ///
    /// # Errors
    ///
    /// [`Error::KeyLength`], and as [`Key::wrap`].
    pub fn data_key(&self, length: usize, associated: &[u8]) -> Result<(SecretBytes, Versioned)> {
        check_length(length)?;
        let all = random_secret::<64>()?;
        let key = SecretBytes::from(all.iter().copied().take(length).collect::<Vec<u8>>());
        let wrapped = self.wrap(key.expose(), associated)?;
        Ok((key, wrapped))
    }

    /// HMAC of data, with SHA-256 or with SM3 by the type of the key.
    ///
    /// # Errors
    ///
    /// [`Error::NotOfThisKey`] for a key pair, [`Error::Library`].
    pub fn mac(&self, data: &[u8]) -> Result<Versioned> {
        let bytes = self.symmetric("mac")?.mac(self.place, data)?.to_vec();
        Ok(Versioned { version: self.place.version, bytes })
    }

    /// Whether `mac` is that of the data.
    ///
    /// # Errors
    ///
    /// As [`Key::mac`].
    pub fn verify_mac(&self, data: &[u8], mac: &[u8]) -> Result<bool> {
        Ok(crate::secret::ct_eq(&self.symmetric("verify-mac")?.mac(self.place, data)?, mac))
    }

    /// A key of `length` bytes that is derived from this version of the key and `context`: always the
    /// same.
    ///
    /// # Errors
    ///
    /// [`Error::KeyLength`], and [`Error::NotOfThisKey`] for a key pair.
    pub fn derive(&self, context: &[u8], length: usize) -> Result<SecretBytes> {
        check_length(length)?;
        let mut out = Zeroizing::new(vec![0; length]);
        let info = self.place.bind(Use::Derive, context);
        self.symmetric("derive")?.expand(info.as_bytes(), &mut out)?;
        Ok(SecretBytes::from(out))
    }

    /// Signs a message.
    ///
    /// # Errors
    ///
    /// [`Error::NotOfThisKey`] for a symmetric key and an algorithm of another type, [`Error::Library`].
    pub fn sign(&self, algorithm: KeySignature, message: &[u8]) -> Result<Versioned> {
        let bytes = signature::sign(self.pair("sign")?, algorithm, message)?;
        Ok(Versioned { version: self.place.version, bytes })
    }

    /// Whether `signature` is that of the message.
    ///
    /// # Errors
    ///
    /// [`Error::NotOfThisKey`] for a symmetric key and an algorithm of another type.
    pub fn verify(&self, algorithm: KeySignature, message: &[u8], bytes: &[u8]) -> Result<bool> {
        match signature::verify(self.pair("verify")?, algorithm, message, bytes) {
            Ok(()) => Ok(true),
            Err(Error::Signature) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn symmetric(&self, operation: &'static str) -> Result<&Symmetric> {
        match &self.secret {
            Secret::Symmetric(key) => Ok(key),
            Secret::Pair(_) => Err(Error::NotOfThisKey(operation)),
        }
    }

    fn pair(&self, operation: &'static str) -> Result<&PrivateKey> {
        match &self.secret {
            Secret::Pair(key) => Ok(key),
            Secret::Symmetric(_) => Err(Error::NotOfThisKey(operation)),
        }
    }
}

fn rsa<'a>(pair: &'a PrivateKey, operation: &'static str) -> Result<&'a crate::key::rsa::Private> {
    match pair.material() {
        Some(PrivateMaterial::Rsa(key)) => Ok(key),
        _ => Err(Error::NotOfThisKey(operation)),
    }
}

fn check_length(length: usize) -> Result<()> {
    match KEY_LENGTHS.contains(&length) {
        true => Ok(()),
        false => Err(Error::KeyLength),
    }
}

/// Random bytes, at most [`MOST_RANDOM`].
///
/// # Errors
///
/// [`Error::RandomLength`] for none or more, [`Error::Library`] if the generator fails.
pub fn random(length: usize) -> Result<SecretBytes> {
    if !(1..=MOST_RANDOM).contains(&length) {
        return Err(Error::RandomLength);
    }
    let mut out = Zeroizing::new(vec![0; length]);
    aws_lc_rs::rand::fill(&mut out).map_err(|_| Error::Library("random generator"))?;
    Ok(SecretBytes::from(out))
}

#[cfg(test)]
mod tests;
