//! The digital envelope: encrypted to one key, signed by another.
//!
//! Invariant: the plain text is reachable only after the signature over it was verified. [`open`]
//! decrypts and compares the plain text with its hash; [`Unverified::verify`] checks the signature
//! over that hash and then hands the plain text out.
//!
//! An envelope that is a part of an answer has no signature of its own in protocol 2.1: the sender signs the
//! answer as a whole. [`Unverified::within`] wants the proof that this signature was verified.
//!
//! The hash is upper-case hex, and the signature is over these characters. In protocol 2.0 it is
//! SHA-256 or SM3 of the plain text. In protocol 2.1 it covers the purpose and a secret of this
//! envelope as well, which binds the signature to this very envelope and its receiver, and keeps a
//! guessable plain text from being recognized by its hash.
//!
//! The envelope of [`Suite::Modern`] is an HPKE message in the same fields: `encrypted_key` holds
//! `enc`, `mac` the tag, and `iv` is empty; its secret is exported from the HPKE context. That of
//! RSA and SM2 is derived from the symmetric key and the receiver's public key.

mod hybrid;

use aecs_proto::{DigitalEnvelopeEncrypted, SymmetricKeyEncrypted};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::{sha256, sm3};
use crate::key::{KeyPair, PrivateMaterial, PublicKey, PublicMaterial, modern};
use crate::labels;
use crate::secret::{SecretBytes, ct_eq};
use crate::suite::{Protocol, Purpose, Suite};
use crate::transcript::Transcript;

/// Encrypts `plain` to `to` and signs it with `signer`; `aad` is sent in the clear.
///
/// With [`Protocol::Aecs20`] the SM suite uses SM4-CBC, which does not authenticate `aad`.
///
/// # Errors
///
/// [`Error::EmptyPlainText`]; [`Error::SuiteMismatch`] if the two keys are of different suites;
/// [`Error::NotInAecs20`] for a key of [`Suite::Modern`] with [`Protocol::Aecs20`].
pub fn seal(
    protocol: Protocol,
    purpose: Purpose,
    to: &PublicKey,
    signer: &KeyPair,
    aad: &[u8],
    plain: &[u8],
) -> Result<DigitalEnvelopeEncrypted> {
    require_suite(to.suite(), signer.suite())?;
    let mut envelope = encrypt(protocol, purpose, to, aad, plain)?;
    envelope.plain_hash_sig = signer.sign(purpose, &envelope.plain_hash)?;
    Ok(envelope)
}

/// Encrypts `plain` to `to`, as a part of an answer of protocol 2.1 that the sender signs as a whole.
///
/// # Errors
///
/// [`Error::EmptyPlainText`].
pub fn seal_within(
    purpose: Purpose,
    to: &PublicKey,
    aad: &[u8],
    plain: &[u8],
) -> Result<DigitalEnvelopeEncrypted> {
    encrypt(Protocol::Aecs21, purpose, to, aad, plain)
}

/// An envelope that nobody has signed.
fn encrypt(
    protocol: Protocol,
    purpose: Purpose,
    to: &PublicKey,
    aad: &[u8],
    plain: &[u8],
) -> Result<DigitalEnvelopeEncrypted> {
    if plain.is_empty() {
        return Err(Error::EmptyPlainText);
    }
    let sealed = match (to.material(), protocol) {
        (PublicMaterial::Rsa(key), _) => hybrid::seal_rsa(key, to.fingerprint(), aad, plain)?,
        (PublicMaterial::Sm(key), Protocol::Aecs20) => hybrid::seal_sm_cbc(key, plain)?,
        (PublicMaterial::Sm(key), Protocol::Aecs21) => {
            hybrid::seal_sm_gcm(key, to.fingerprint(), aad, plain)?
        }
        (PublicMaterial::Modern(_), Protocol::Aecs20) => {
            return Err(Error::NotInAecs20(Suite::Modern));
        }
        (PublicMaterial::Modern(key), Protocol::Aecs21) => {
            Sealed::from(key.seal(purpose, aad, plain)?)
        }
    };
    let hash = match protocol {
        Protocol::Aecs20 => hash_of(to.suite(), plain),
        Protocol::Aecs21 => bound_hash(to.suite(), purpose, &sealed.binding, plain),
    };
    Ok(DigitalEnvelopeEncrypted {
        aes_cipher: Some(SymmetricKeyEncrypted {
            cipher: sealed.cipher,
            mac: sealed.mac,
            aad: aad.to_vec(),
            iv: sealed.iv,
        }),
        encrypted_key: sealed.encrypted_key,
        plain_hash_sig: Vec::new(),
        plain_hash: hash.into_bytes(),
    })
}

/// The smallest RSA cipher text, in bytes: of a key of 2048 bits. Those of SM2 are shorter.
const RSA_CIPHER: usize = 256;

/// The suite that an envelope has the form of. Only [`open`] finds out whether it is one.
pub fn suite(envelope: &DigitalEnvelopeEncrypted) -> Suite {
    match &envelope.aes_cipher {
        None => Suite::Modern,
        Some(body) if body.iv.is_empty() => Suite::Modern,
        _ if envelope.encrypted_key.len() >= RSA_CIPHER => Suite::Rsa,
        _ => Suite::Sm,
    }
}

/// Decrypts an envelope and compares the plain text with the hash that came with it.
///
/// The result says who claims to have sent it (by its associated data), not what it says.
///
/// # Errors
///
/// [`Error::MissingPart`] if a part is missing, [`Error::Decryption`] for everything else.
pub fn open(
    purpose: Purpose,
    me: &KeyPair,
    envelope: &DigitalEnvelopeEncrypted,
) -> Result<Unverified> {
    let body = envelope.aes_cipher.as_ref().ok_or(Error::MissingPart("cipher text"))?;
    require_part("cipher text", &body.cipher)?;
    require_part("encrypted key", &envelope.encrypted_key)?;
    require_part("hash of the plain text", &envelope.plain_hash)?;

    let (suite, encrypted_key, my_name) =
        (me.suite(), &envelope.encrypted_key, me.public().fingerprint());
    let opened = match me.material() {
        PrivateMaterial::Rsa(key) => hybrid::open_rsa(key, my_name, encrypted_key, body)?,
        PrivateMaterial::Sm(key) => hybrid::open_sm(key, my_name, encrypted_key, body)?,
        PrivateMaterial::Modern(key) => open_modern(key, purpose, encrypted_key, body)?,
    };
    // Both hashes are computed even if the padding is wrong already, and all failures are one.
    let bound = bound_hash(suite, purpose, &opened.binding, &opened.plain);
    let bare = hash_of(suite, &opened.plain);
    let is_bound = ct_eq(bound.as_bytes(), &envelope.plain_hash);
    let is_bare = ct_eq(bare.as_bytes(), &envelope.plain_hash);
    let (protocol, hash) = match (is_bound && opened.authenticated, is_bare) {
        (true, _) => (Protocol::Aecs21, bound),
        (false, true) if suite != Suite::Modern => (Protocol::Aecs20, bare),
        _ => return Err(Error::Decryption),
    };
    if !opened.padded || opened.plain.is_empty() {
        return Err(Error::Decryption);
    }
    Ok(Unverified {
        plain: SecretBytes::from(opened.plain),
        aad: body.aad.clone(),
        hash,
        signature: envelope.plain_hash_sig.clone(),
        suite,
        purpose,
        protocol,
        digest: opened.digest,
    })
}

/// A decrypted envelope whose sender is not known yet.
pub struct Unverified {
    plain: SecretBytes,
    aad: Vec<u8>,
    hash: String,
    signature: Vec<u8>,
    suite: Suite,
    purpose: Purpose,
    protocol: Protocol,
    digest: [u8; 32],
}

impl Unverified {
    /// The associated data, by which the receiver finds the sender's key. Not verified.
    pub fn aad(&self) -> &[u8] {
        &self.aad
    }

    /// Verifies the sender's signature and hands out the plain text.
    ///
    /// # Errors
    ///
    /// [`Error::SuiteMismatch`] if the key is of another suite than the envelope,
    /// [`Error::MissingPart`] if there is no signature, and [`Error::Signature`] if the key did not sign
    /// this plain text.
    pub fn verify(self, signer: &PublicKey) -> Result<Opened> {
        require_part("signature", &self.signature)?;
        require_suite(self.suite, signer.suite())?;
        signer.verify(self.purpose, self.hash.as_bytes(), &self.signature)?;
        Ok(self.opened())
    }

    /// Hands out the plain text of an envelope that is a part of what `_whole` proves to be signed, and
    /// has no signature of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] if it has one, or is not of protocol 2.1: then nothing binds it to its receiver.
    pub fn within(self, _whole: &SignedWhole) -> Result<Opened> {
        match (self.signature.as_slice(), self.protocol) {
            ([], Protocol::Aecs21) => Ok(self.opened()),
            _ => Err(Error::Signature),
        }
    }

    fn opened(self) -> Opened {
        Opened { plain: self.plain, aad: self.aad, protocol: self.protocol, digest: self.digest }
    }
}

/// The proof that a message was signed, with all that is in it.
#[derive(Debug)]
pub struct SignedWhole(());

impl SignedWhole {
    /// Verifies the signature of a message. The caller keeps the proof beside what it reads of that message.
    ///
    /// # Errors
    ///
    /// [`Error::Signature`].
    pub fn verify(
        signer: &PublicKey,
        purpose: Purpose,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Self> {
        signer.verify(purpose, message, signature)?;
        Ok(Self(()))
    }
}

/// An envelope that was decrypted and verified.
pub struct Opened {
    /// The plain text; never empty.
    pub plain: SecretBytes,
    /// The associated data.
    pub aad: Vec<u8>,
    /// The protocol in whose form it was sealed. Only an envelope of [`Protocol::Aecs21`] is bound
    /// to its purpose and receiver, and has associated data that its cipher authenticates.
    pub protocol: Protocol,
    /// SHA-256 over the symmetric key, the initialization vector and the cipher text: the same for
    /// every repetition of an envelope, whatever is changed about the parts that are not covered.
    pub digest: [u8; 32],
}

/// Signs a plain text that is sent in the clear: only the hash and the signature are set.
///
/// # Errors
///
/// [`Error::EmptyPlainText`].
pub fn sign_detached(
    purpose: Purpose,
    signer: &KeyPair,
    plain: &[u8],
) -> Result<DigitalEnvelopeEncrypted> {
    if plain.is_empty() {
        return Err(Error::EmptyPlainText);
    }
    let hash = detached_hash(signer.suite(), purpose, plain);
    Ok(DigitalEnvelopeEncrypted {
        aes_cipher: None,
        encrypted_key: Vec::new(),
        plain_hash_sig: signer.sign(purpose, hash.as_bytes())?,
        plain_hash: hash.into_bytes(),
    })
}

/// Verifies what [`sign_detached`] made.
///
/// # Errors
///
/// [`Error::EmptyPlainText`], [`Error::MissingPart`], and [`Error::Signature`] if the hash is not
/// that of the plain text or is not signed by this key.
pub fn verify_detached(
    purpose: Purpose,
    signer: &PublicKey,
    plain: &[u8],
    envelope: &DigitalEnvelopeEncrypted,
) -> Result<()> {
    if plain.is_empty() {
        return Err(Error::EmptyPlainText);
    }
    require_part("hash of the plain text", &envelope.plain_hash)?;
    require_part("signature", &envelope.plain_hash_sig)?;
    let hash = detached_hash(signer.suite(), purpose, plain);
    if !ct_eq(hash.as_bytes(), &envelope.plain_hash) {
        return Err(Error::Signature);
    }
    signer.verify(purpose, hash.as_bytes(), &envelope.plain_hash_sig)
}

/// What a suite makes of a plain text.
struct Sealed {
    cipher: Vec<u8>,
    mac: Vec<u8>,
    iv: Vec<u8>,
    encrypted_key: Vec<u8>,
    /// What the hash of the plain text is bound to in protocol 2.1.
    binding: Zeroizing<Vec<u8>>,
}

impl From<modern::Sealed> for Sealed {
    fn from(sealed: modern::Sealed) -> Self {
        Self {
            cipher: sealed.cipher,
            mac: sealed.tag,
            iv: Vec::new(),
            encrypted_key: sealed.encapsulated,
            binding: Zeroizing::new(sealed.exported.to_vec()),
        }
    }
}

/// What a suite makes of an envelope.
struct Unsealed {
    plain: Zeroizing<Vec<u8>>,
    padded: bool,
    authenticated: bool,
    binding: Zeroizing<Vec<u8>>,
    digest: [u8; 32],
}

fn open_modern(
    key: &modern::Private,
    purpose: Purpose,
    encapsulated: &[u8],
    body: &SymmetricKeyEncrypted,
) -> Result<Unsealed> {
    // An initialization vector has no place in this form; ignoring one would let it be changed.
    if !body.iv.is_empty() {
        return Err(Error::Decryption);
    }
    let (plain, exported) = key.open(purpose, encapsulated, &body.aad, &body.cipher, &body.mac)?;
    Ok(Unsealed {
        plain,
        padded: true,
        authenticated: true,
        digest: replay_digest(&*exported, &body.iv, &body.cipher),
        binding: Zeroizing::new(exported.to_vec()),
    })
}

/// The upper-case hex hash of a plain text that is sent in the clear.
fn detached_hash(suite: Suite, purpose: Purpose, plain: &[u8]) -> String {
    match suite {
        Suite::Rsa | Suite::Sm => hash_of(suite, plain),
        Suite::Modern => bound_hash(suite, purpose, &[], plain),
    }
}

/// The upper-case hex hash of a plain text in an envelope of protocol 2.1.
fn bound_hash(suite: Suite, purpose: Purpose, binding: &[u8], plain: &[u8]) -> String {
    let transcript =
        Transcript::new(labels::PLAIN).field(purpose.label()).field(binding).field(plain);
    hash_of(suite, transcript.as_bytes())
}

/// The upper-case hex hash of `bytes`; with a plain text, that of protocol 2.0.
fn hash_of(suite: Suite, bytes: &[u8]) -> String {
    hex::encode_upper(match suite {
        Suite::Rsa | Suite::Modern => sha256(bytes),
        Suite::Sm => sm3(bytes),
    })
}

fn replay_digest(key: &[u8], iv: &[u8], cipher: &[u8]) -> [u8; 32] {
    Transcript::new(labels::REPLAY).field(key).field(iv).field(cipher).sha256()
}

fn require_part(name: &'static str, part: &[u8]) -> Result<()> {
    if part.is_empty() { Err(Error::MissingPart(name)) } else { Ok(()) }
}

fn require_suite(expected: Suite, found: Suite) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::SuiteMismatch { expected, found }) }
}

#[cfg(test)]
mod tests;
