//! RSA of AECS 2.0: OAEP with SHA-1 for keys, PKCS#1 v1.5 with SHA-256 for signatures.
//!
//! Everything runs in aws-lc, whose private operations are constant-time and blinded.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
pub(crate) use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey, PublicKey as RsaPublicKey,
};
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaEncoding,
    RsaKeyPair,
};
use sm2::pkcs8::der::asn1::{SequenceRef, UintRef};
use sm2::pkcs8::der::{Decode, SliceReader};
use sm2::pkcs8::{PrivateKeyInfoRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Sizes of the modulus that are accepted, in bits: the limits of aws-lc.
const ACCEPTED_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Bytes that OAEP with SHA-1 takes of each block (RFC 8017, section 7.1.1).
const OAEP_OVERHEAD: usize = 42;

/// Private operations that one cipher text may cost. A symmetric key needs one block.
const MAX_BLOCKS: usize = 8;

pub(crate) struct Public {
    verifying: ParsedPublicKey,
    encrypting: OaepPublicEncryptingKey,
    pkcs1_der: Vec<u8>,
}

impl Public {
    pub(crate) fn from_pkcs1(der: &[u8]) -> Result<Self> {
        check_size(der, Half::Public)?;
        let key = RsaPublicKey::from_der(der).map_err(|_| malformed_public())?;
        let spki: PublicKeyX509Der<'_> = key.as_der().map_err(|_| malformed_public())?;
        Self::decode(der.to_vec(), spki.as_ref())
    }

    pub(crate) fn from_spki(der: &[u8]) -> Result<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| malformed_public())?;
        let pkcs1 = info.subject_public_key.as_bytes().ok_or_else(malformed_public)?;
        check_size(pkcs1, Half::Public)?;
        Self::decode(pkcs1.to_vec(), der)
    }

    fn decode(pkcs1_der: Vec<u8>, spki: &[u8]) -> Result<Self> {
        let verifying = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &pkcs1_der)
            .map_err(|_| malformed_public())?;
        let encrypting = PublicEncryptingKey::from_der(spki)
            .map_err(|_| malformed_public())
            .and_then(|key| OaepPublicEncryptingKey::new(key).map_err(|_| malformed_public()))?;
        Ok(Self { verifying, encrypting, pkcs1_der })
    }

    pub(crate) fn pkcs1_der(&self) -> &[u8] {
        &self.pkcs1_der
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        self.verifying.verify_sig(message, signature).map_err(|_| Error::Signature)
    }

    /// OAEP in blocks of at most the modulus' bytes - 42, one block of cipher text for each.
    pub(crate) fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>> {
        let size = self.encrypting.key_size_bytes();
        let mut out = Vec::with_capacity(plain.len().div_ceil(size - OAEP_OVERHEAD) * size);
        let mut block = vec![0; size];
        for chunk in plain.chunks(size - OAEP_OVERHEAD) {
            let cipher = self
                .encrypting
                .encrypt(&OAEP_SHA1_MGF1SHA1, chunk, &mut block, None)
                .map_err(|_| Error::Library("RSA encryption"))?;
            out.extend_from_slice(cipher);
        }
        Ok(out)
    }
}

pub(crate) struct Private {
    signing: RsaKeyPair,
    /// The same key as the library wants it for decryption, from the first one on: to read a key again
    /// costs more than a signature, and most keys only sign.
    decrypting: OnceLock<OaepPrivateDecryptingKey>,
}

impl Private {
    pub(crate) fn generate(size: KeySize) -> Result<Self> {
        let signing =
            RsaKeyPair::generate(size).map_err(|_| Error::Library("RSA key generation"))?;
        Ok(Self::from_signing(signing))
    }

    pub(crate) fn from_pkcs1(der: &[u8]) -> Result<Self> {
        check_size(der, Half::Private)?;
        RsaKeyPair::from_der(der).map(Self::from_signing).map_err(|_| malformed_private())
    }

    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self> {
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| malformed_private())?;
        check_size(info.private_key.as_bytes(), Half::Private)?;
        RsaKeyPair::from_pkcs8(der).map(Self::from_signing).map_err(|_| malformed_private())
    }

    fn from_signing(signing: RsaKeyPair) -> Self {
        Self { signing, decrypting: OnceLock::new() }
    }

    fn decrypting(&self) -> Result<&OaepPrivateDecryptingKey> {
        if let Some(key) = self.decrypting.get() {
            return Ok(key);
        }
        let pkcs8: Pkcs8V1Der<'_> = self.signing.as_der().map_err(|_| malformed_private())?;
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref())
            .map_err(|_| malformed_private())
            .and_then(|key| OaepPrivateDecryptingKey::new(key).map_err(|_| malformed_private()))?;
        Ok(self.decrypting.get_or_init(|| key))
    }

    pub(crate) fn pkcs1_der(&self) -> Result<Zeroizing<Vec<u8>>> {
        let pkcs8 = self.pkcs8_der()?;
        let info = PrivateKeyInfoRef::from_der(&pkcs8).map_err(|_| malformed_private())?;
        Ok(Zeroizing::new(info.private_key.as_bytes().to_vec()))
    }

    pub(crate) fn pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>> {
        let der: Pkcs8V1Der<'_> =
            self.signing.as_der().map_err(|_| Error::Library("RSA key encoding"))?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    pub(crate) fn public_pkcs1_der(&self) -> &[u8] {
        self.signing.public_key().as_ref()
    }

    pub(crate) fn public_spki_der(&self) -> Result<Vec<u8>> {
        let der: PublicKeyX509Der<'_> =
            self.signing.public_key().as_der().map_err(|_| Error::Library("RSA key encoding"))?;
        Ok(der.as_ref().to_vec())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.sign_with(&RSA_PKCS1_SHA256, message)
    }

    pub(crate) fn sign_with(
        &self,
        encoding: &'static dyn RsaEncoding,
        message: &[u8],
    ) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.signing.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        self.signing
            .sign(encoding, &random, message, &mut signature)
            .map_err(|_| Error::Library("RSA signature"))?;
        Ok(signature)
    }

    /// OAEP with SHA-256 in one block, bound to a label.
    pub(crate) fn wrap(&self, label: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let failed = || Error::Library("RSA encryption");
        let key = PublicEncryptingKey::from_der(&self.public_spki_der()?).map_err(|_| failed())?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| failed())?;
        let (limit, got) = (key.max_plaintext_size(&OAEP_SHA256_MGF1SHA256), plain.len());
        if got > limit {
            return Err(Error::KeyTooLong { limit, got });
        }
        let mut block = vec![0; key.ciphertext_size()];
        let cipher = key.encrypt(&OAEP_SHA256_MGF1SHA256, plain, &mut block, Some(label));
        Ok(cipher.map_err(|_| failed())?.to_vec())
    }

    /// The reverse of [`Private::wrap`].
    pub(crate) fn unwrap(&self, label: &[u8], cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let key = self.decrypting()?;
        let mut block = Zeroizing::new(vec![0; key.min_output_size()]);
        let plain = key
            .decrypt(&OAEP_SHA256_MGF1SHA256, cipher, &mut block, Some(label))
            .map_err(|_| Error::Decryption)?;
        Ok(Zeroizing::new(plain.to_vec()))
    }

    /// The reverse of [`Public::encrypt`].
    pub(crate) fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let key = self.decrypting()?;
        let size = key.key_size_bytes();
        if cipher.is_empty()
            || !cipher.len().is_multiple_of(size)
            || cipher.len() / size > MAX_BLOCKS
        {
            return Err(Error::Decryption);
        }
        let mut out = Zeroizing::new(Vec::with_capacity(cipher.len()));
        let mut block = Zeroizing::new(vec![0; size]);
        for chunk in cipher.chunks_exact(size) {
            let plain = key
                .decrypt(&OAEP_SHA1_MGF1SHA1, chunk, &mut block, None)
                .map_err(|_| Error::Decryption)?;
            out.extend_from_slice(plain);
        }
        Ok(out)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Public,
    Private,
}

/// Reads the size of the modulus from an `RSAPublicKey` or `RSAPrivateKey` (RFC 8017, appendix
/// A.1), because the library says no more than that it rejects a key.
fn check_size(pkcs1: &[u8], half: Half) -> Result<()> {
    let read = || -> sm2::pkcs8::der::Result<usize> {
        let sequence = <&SequenceRef>::from_der(pkcs1)?;
        let mut reader = SliceReader::new(sequence.as_bytes())?;
        if half == Half::Private {
            u8::decode(&mut reader)?;
        }
        let modulus = UintRef::decode(&mut reader)?;
        let leading = modulus.as_bytes().first().map_or(0, |byte| byte.leading_zeros() as usize);
        Ok(modulus.as_bytes().len() * 8 - leading)
    };
    let bits = read().map_err(|_| match half {
        Half::Public => malformed_public(),
        Half::Private => malformed_private(),
    })?;
    if ACCEPTED_BITS.contains(&bits) { Ok(()) } else { Err(Error::RsaKeySize { bits }) }
}

fn malformed_public() -> Error {
    Error::MalformedKey("RSA public key")
}

fn malformed_private() -> Error {
    Error::MalformedKey("RSA private key")
}

#[cfg(test)]
mod tests;
