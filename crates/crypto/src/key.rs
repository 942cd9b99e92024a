//! Public keys and key pairs of all suites, read from and written as PEM text.
//!
//! Invariant: a key that exists is usable. The text is parsed once, sizes and curves are checked
//! then, and the decoded handles are kept, so that no operation parses again. The text of a public
//! key is kept exactly, for its hash is what attestation reports bind.

mod form;
pub(crate) mod modern;
pub(crate) mod rsa;
pub(crate) mod sm;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub(crate) use self::form::described;
use self::form::{PrivateForm, PublicForm};
use crate::error::{Error, Result};
use crate::hash::sha256;
use crate::pem;
use crate::secret::SecretString;
use crate::suite::{Purpose, Suite};

/// A public key: encrypts to its owner and verifies the owner's signatures.
///
/// Cloning is cheap. Two keys are equal if their PEM texts are, byte by byte.
#[derive(Clone)]
pub struct PublicKey(Arc<PublicInner>);

struct PublicInner {
    pem: String,
    fingerprint: KeyHash,
    material: PublicMaterial,
}

/// The decoded public key of one suite.
pub(crate) enum PublicMaterial {
    Rsa(rsa::Public),
    Sm(sm::Public),
    Modern(modern::Public),
}

impl PublicKey {
    /// Reads a public key; the suite follows from the text.
    ///
    /// Accepted are an RSA key of 2048 to 8192 bits as PKCS#1 (`RSA PUBLIC KEY`) or SPKI
    /// (`PUBLIC KEY`), an SM2 key as SPKI, and the pair of an Ed25519 and an X25519 key as two SPKI
    /// blocks in this order (RFC 8410).
    ///
    /// AECS 2.0 takes only the first of the RSA forms for an RSA key.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names what was found if the text is anything else.
    pub fn from_pem(text: &str) -> Result<Self> {
        let material = match PublicForm::parse(text)? {
            PublicForm::RsaPkcs1(der) => PublicMaterial::Rsa(rsa::Public::from_pkcs1(&der)?),
            PublicForm::RsaSpki(der) => PublicMaterial::Rsa(rsa::Public::from_spki(&der)?),
            PublicForm::Sm2Spki(der) => PublicMaterial::Sm(sm::Public::from_spki(&der)?),
            PublicForm::Modern { ed25519, x25519 } => {
                PublicMaterial::Modern(modern::Public::from_bytes(&ed25519, &x25519)?)
            }
        };
        Ok(Self(Arc::new(PublicInner {
            pem: text.to_owned(),
            fingerprint: KeyHash(sha256(text.as_bytes())),
            material,
        })))
    }

    /// The text that the key was read from, unchanged.
    pub fn pem(&self) -> &str {
        &self.0.pem
    }

    /// The suite of everything done with this key.
    pub fn suite(&self) -> Suite {
        match self.material() {
            PublicMaterial::Rsa(_) => Suite::Rsa,
            PublicMaterial::Sm(_) => Suite::Sm,
            PublicMaterial::Modern(_) => Suite::Modern,
        }
    }

    /// SHA-256 of the exact PEM text, final newline included: what a report's user data binds.
    pub fn fingerprint(&self) -> KeyHash {
        self.0.fingerprint
    }

    /// Verifies a signature made by [`KeyPair::sign`].
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] if it was not made by this key over this message, or, in
    /// [`Suite::Modern`], for another purpose.
    pub fn verify(&self, purpose: Purpose, message: &[u8], signature: &[u8]) -> Result<()> {
        match self.material() {
            PublicMaterial::Rsa(key) => key.verify(message, signature),
            PublicMaterial::Sm(key) => key.verify(message, signature),
            PublicMaterial::Modern(key) => key.verify(purpose, message, signature),
        }
    }

    pub(crate) fn material(&self) -> &PublicMaterial {
        &self.0.material
    }

    /// Whether both texts decode to the same key, however they are written.
    fn same_key(&self, other: &Self) -> bool {
        match (self.material(), other.material()) {
            (PublicMaterial::Rsa(a), PublicMaterial::Rsa(b)) => a.pkcs1_der() == b.pkcs1_der(),
            (PublicMaterial::Sm(a), PublicMaterial::Sm(b)) => a.point() == b.point(),
            (PublicMaterial::Modern(a), PublicMaterial::Modern(b)) => a.bytes() == b.bytes(),
            _ => false,
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.pem == other.0.pem
    }
}

impl Eq for PublicKey {}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.fingerprint.hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.suite(), self.fingerprint())
    }
}

/// SHA-256 of a public key's PEM text. Shown as upper-case hex, as AECS does everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    #[cfg(test)]
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHash({self})")
    }
}

/// A key pair: decrypts what others encrypted to its public half, and signs.
///
/// The private half is wiped on drop and can be seen only through [`KeyPair::private_pem`].
pub struct KeyPair {
    public: PublicKey,
    private_pem: SecretString,
    material: PrivateMaterial,
}

/// The decoded private key of one suite.
pub(crate) enum PrivateMaterial {
    Rsa(rsa::Private),
    Sm(Box<sm::Private>),
    Modern(modern::Private),
}

impl KeyPair {
    /// Makes a new key pair; RSA keys have 2048 bits, the size of AECS 2.0.
    ///
    /// Generating an RSA key takes tens of milliseconds: not for an async runtime's threads.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn generate(suite: Suite) -> Result<Self> {
        let (material, private_pem) = match suite {
            Suite::Rsa => {
                let key = rsa::Private::generate(rsa::KeySize::Rsa2048)?;
                let text = pem::encode(pem::RSA_PRIVATE_KEY, &key.pkcs1_der()?)?;
                (PrivateMaterial::Rsa(key), SecretString::from(text))
            }
            Suite::Sm => {
                let key = sm::Private::generate()?;
                let text = pem::encode(pem::EC_PRIVATE_KEY, &key.sec1_der()?)?;
                (PrivateMaterial::Sm(Box::new(key)), SecretString::from(text))
            }
            Suite::Modern => {
                let key = modern::Private::generate()?;
                let text = key.pem()?;
                (PrivateMaterial::Modern(key), text)
            }
        };
        Self::assemble(material, private_pem)
    }

    /// Reads a private key; the suite follows from the text.
    ///
    /// Accepted are RSA as PKCS#1 (`RSA PRIVATE KEY`) or PKCS#8 (`PRIVATE KEY`), SM2 as SEC 1
    /// (`EC PRIVATE KEY`) or PKCS#8, and the pair of an Ed25519 and an X25519 key as two PKCS#8
    /// blocks in this order (RFC 8410).
    ///
    /// The public text is derived in the form that AECS 2.0 writes: PKCS#1 for RSA, else SPKI.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names what was found if the text is anything else.
    pub fn from_private_pem(text: &str) -> Result<Self> {
        let material = match PrivateForm::parse(text)? {
            PrivateForm::RsaPkcs1(der) => PrivateMaterial::Rsa(rsa::Private::from_pkcs1(&der)?),
            PrivateForm::RsaPkcs8(der) => PrivateMaterial::Rsa(rsa::Private::from_pkcs8(&der)?),
            PrivateForm::Sm2Sec1(der) => {
                PrivateMaterial::Sm(Box::new(sm::Private::from_sec1(&der)?))
            }
            PrivateForm::Sm2Pkcs8(der) => {
                PrivateMaterial::Sm(Box::new(sm::Private::from_pkcs8(&der)?))
            }
            PrivateForm::Modern { ed25519, x25519 } => {
                PrivateMaterial::Modern(modern::Private::from_seeds(&ed25519, &x25519)?)
            }
        };
        Self::assemble(material, SecretString::from(text.to_owned()))
    }

    /// Reads both halves of a key pair, keeping the text of the public one exactly.
    ///
    /// This is for pairs whose public text is known to others by its hash.
    ///
    /// # Errors
    ///
    /// As for reading each half, and [`Error::KeyMismatch`] if they do not belong together.
    pub fn from_pems(private: &str, public: &str) -> Result<Self> {
        let pair = Self::from_private_pem(private)?;
        let public = PublicKey::from_pem(public)?;
        if !pair.public.same_key(&public) {
            return Err(Error::KeyMismatch("public key"));
        }
        Ok(Self { public, ..pair })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The suite of everything done with this key pair.
    pub fn suite(&self) -> Suite {
        self.public.suite()
    }

    /// A copy of the private PEM text.
    pub fn private_pem(&self) -> SecretString {
        self.private_pem.duplicate()
    }

    /// Signs a message.
    ///
    /// RSA signs with PKCS#1 v1.5 and SHA-256, SM2 with SM3 and the signer id `1234567812345678`;
    /// Ed25519 signs the transcript of the label `AECS-2.1 signature`, the purpose and the message.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn sign(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>> {
        match &self.material {
            PrivateMaterial::Rsa(key) => key.sign(message),
            PrivateMaterial::Sm(key) => key.sign(message),
            PrivateMaterial::Modern(key) => key.sign(purpose, message),
        }
    }

    pub(crate) fn material(&self) -> &PrivateMaterial {
        &self.material
    }

    fn assemble(material: PrivateMaterial, private_pem: SecretString) -> Result<Self> {
        let public = match &material {
            PrivateMaterial::Rsa(key) => pem::encode(pem::RSA_PUBLIC_KEY, key.public_pkcs1_der())?,
            PrivateMaterial::Sm(key) => pem::encode(pem::PUBLIC_KEY, &key.public_spki_der()?)?,
            PrivateMaterial::Modern(key) => key.public_pem()?,
        };
        Ok(Self { public: PublicKey::from_pem(&public)?, private_pem, material })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({} {})", self.suite(), self.public.fingerprint())
    }
}

#[cfg(test)]
mod tests;
