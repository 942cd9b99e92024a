//! The suite of protocol 2.1: HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256 and AES-256-GCM for encryption, Ed25519 (RFC 8032) for signatures.
//!
//! One key has one use: a key pair of this suite is two, and every signature and every encryption
//! carries a label with the protocol version and the purpose.

pub(crate) mod hpke;

use aws_lc_rs::signature::{
    ED25519, ED25519_PUBLIC_KEY_LEN, Ed25519KeyPair, KeyPair as _, ParsedPublicKey,
};
use sm2::pkcs8::der::Encode;
use sm2::pkcs8::der::asn1::{BitStringRef, OctetStringRef};
use sm2::pkcs8::{
    AlgorithmIdentifierRef, ObjectIdentifier, PrivateKeyInfoRef, SubjectPublicKeyInfoRef,
};
use zeroize::Zeroizing;

use super::form;
use crate::error::{Error, Result};
use crate::hash::random_secret;
use crate::labels;
use crate::pem;
use crate::secret::SecretString;
use crate::suite::Purpose;
use crate::transcript::Transcript;

pub(crate) use self::hpke::Sealed;

pub(crate) struct Public {
    verifying: ParsedPublicKey,
    encrypting: hpke::PublicKey,
    bytes: [Vec<u8>; 2],
}

impl Public {
    pub(crate) fn from_bytes(ed25519: &[u8], x25519: &[u8]) -> Result<Self> {
        let malformed = || Error::MalformedKey("Ed25519 public key");
        // The library also reads a key in DER: one key would have two forms.
        if ed25519.len() != ED25519_PUBLIC_KEY_LEN {
            return Err(malformed());
        }
        let verifying = ParsedPublicKey::new(&ED25519, ed25519).map_err(|_| malformed())?;
        let encrypting = hpke::PublicKey::from_bytes(x25519)
            .map_err(|_| Error::MalformedKey("X25519 public key"))?;
        Ok(Self { verifying, encrypting, bytes: [ed25519.to_vec(), x25519.to_vec()] })
    }

    /// The Ed25519 and the X25519 key.
    pub(crate) fn bytes(&self) -> &[Vec<u8>; 2] {
        &self.bytes
    }

    pub(crate) fn verify(&self, purpose: Purpose, message: &[u8], signature: &[u8]) -> Result<()> {
        self.verifying
            .verify_sig(signed(purpose, message).as_bytes(), signature)
            .map_err(|_| Error::Signature)
    }

    pub(crate) fn seal(&self, purpose: Purpose, aad: &[u8], plain: &[u8]) -> Result<Sealed> {
        self.encrypting
            .seal(info(purpose).as_bytes(), labels::BINDING.as_bytes(), aad, plain)
            .map_err(|_| Error::Library("HPKE encryption"))
    }
}

pub(crate) struct Private {
    signing: Ed25519KeyPair,
    decrypting: hpke::PrivateKey,
    seeds: [Zeroizing<[u8; 32]>; 2],
}

impl Private {
    pub(crate) fn generate() -> Result<Self> {
        Self::from_seeds(&random_secret()?, &random_secret()?)
    }

    pub(crate) fn from_seeds(
        ed25519: &Zeroizing<[u8; 32]>,
        x25519: &Zeroizing<[u8; 32]>,
    ) -> Result<Self> {
        let signing = Ed25519KeyPair::from_seed_unchecked(&**ed25519)
            .map_err(|_| Error::MalformedKey("Ed25519 private key"))?;
        let decrypting = hpke::PrivateKey::from_bytes(&**x25519)
            .map_err(|_| Error::MalformedKey("X25519 private key"))?;
        Ok(Self { signing, decrypting, seeds: [ed25519.clone(), x25519.clone()] })
    }

    /// The two PKCS#8 version 1 blocks (RFC 8410, section 7).
    pub(crate) fn pem(&self) -> Result<SecretString> {
        let [ed25519, x25519] = &self.seeds;
        let first = Zeroizing::new(pem::encode(pem::PRIVATE_KEY, &pkcs8(form::ED25519, ed25519)?)?);
        let second = Zeroizing::new(pem::encode(pem::PRIVATE_KEY, &pkcs8(form::X25519, x25519)?)?);
        let mut text = String::with_capacity(first.len() + second.len());
        text.push_str(&first);
        text.push_str(&second);
        Ok(SecretString::from(text))
    }

    /// The two SPKI blocks (RFC 8410, section 4).
    pub(crate) fn public_pem(&self) -> Result<String> {
        let ed25519 = spki(form::ED25519, self.signing.public_key().as_ref())?;
        let x25519 = spki(form::X25519, self.decrypting.public())?;
        Ok(pem::encode(pem::PUBLIC_KEY, &ed25519)? + &pem::encode(pem::PUBLIC_KEY, &x25519)?)
    }

    pub(crate) fn sign(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>> {
        self.signing
            .try_sign(signed(purpose, message).as_bytes())
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| Error::Library("Ed25519 signature"))
    }

    /// The reverse of [`Public::seal`].
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        encapsulated: &[u8],
        aad: &[u8],
        cipher: &[u8],
        tag: &[u8],
    ) -> Result<(Zeroizing<Vec<u8>>, hpke::Exported)> {
        let (info, exporter_context) = (info(purpose), labels::BINDING.as_bytes());
        self.decrypting
            .open(info.as_bytes(), exporter_context, encapsulated, aad, cipher, tag)
            .map_err(|_| Error::Decryption)
    }
}

fn info(purpose: Purpose) -> Transcript {
    Transcript::new(labels::ENVELOPE).field(purpose.label())
}

fn signed(purpose: Purpose, message: &[u8]) -> Transcript {
    Transcript::new(labels::SIGNATURE).field(purpose.label()).field(message)
}

fn pkcs8(oid: ObjectIdentifier, seed: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>> {
    let failed = |_| Error::Library("private key encoding");
    let seed = Zeroizing::new(OctetStringRef::new(seed).and_then(|s| s.to_der()).map_err(failed)?);
    let key = OctetStringRef::new(&seed).map_err(failed)?;
    let algorithm = AlgorithmIdentifierRef { oid, parameters: None };
    PrivateKeyInfoRef::new(algorithm, key).to_der().map(Zeroizing::new).map_err(failed)
}

fn spki(oid: ObjectIdentifier, key: &[u8]) -> Result<Vec<u8>> {
    let failed = |_| Error::Library("public key encoding");
    let algorithm = AlgorithmIdentifierRef { oid, parameters: None };
    let subject_public_key = BitStringRef::from_bytes(key).map_err(failed)?;
    SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().map_err(failed)
}

#[cfg(test)]
mod tests;
