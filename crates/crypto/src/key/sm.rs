//! The SM suite of AECS 2.0: SM2 encryption (GB/T 32918.4) and signatures (GB/T 32918.2).

use std::sync::LazyLock;

use sm2::dsa::signature::{RandomizedSigner, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::Generate;
use sm2::elliptic_curve::common::getrandom::SysRng;
use sm2::pkcs8::der::{Decode, Encode, Header, SliceReader};
use sm2::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePublicKey};
use sm2::pke::{DecryptingKey, EncryptingKey, Mode};
use sm2::{NonZeroScalar, PublicKey as Sm2PublicKey, Scalar, SecretKey};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The signer's distinguishing identifier (GM/T 0009, section 10), which OpenSSL's library uses by
/// default too.
const SIGNER_ID: &str = "1234567812345678";

/// Length of the longest cipher text of a 16-byte key: three headers of two bytes around it, two
/// coordinates of 33 bytes with headers of two, a hash of 32, the key.
const LONGEST_KEY_CIPHER: usize = 2 + (2 + 33) * 2 + (2 + 32) + (2 + 16);

/// Trailing zero bytes that are always tolerated.
const TOLERATED_ZEROS: usize = 2;

pub(crate) struct Public {
    encrypting: EncryptingKey,
    verifying: VerifyingKey,
}

impl Public {
    pub(crate) fn from_spki(der: &[u8]) -> Result<Self> {
        let key = Sm2PublicKey::from_public_key_der(der)
            .map_err(|_| Error::MalformedKey("SM2 public key"))?;
        let verifying =
            VerifyingKey::new(SIGNER_ID, key).map_err(|_| Error::MalformedKey("SM2 public key"))?;
        Ok(Self { encrypting: EncryptingKey::new_with_mode(key, Mode::C1C3C2), verifying })
    }

    /// The uncompressed point.
    pub(crate) fn point(&self) -> Box<[u8]> {
        self.verifying.to_sec1_bytes()
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        let signature = Signature::from_der(signature).map_err(|_| Error::Signature)?;
        self.verifying.verify(message, &signature).map_err(|_| Error::Signature)
    }

    /// Encrypts to DER in the order C1, C3, C2, as OpenSSL writes it.
    pub(crate) fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>> {
        self.encrypting
            .encrypt_der(&mut SysRng, plain)
            .map_err(|_| Error::Library("SM2 encryption"))
    }
}

/// An SM2 private key.
///
/// The library's signing and decrypting keys hold the scalar and do not wipe it (and the `Debug` of
/// the latter prints it): they never leave this type, which overwrites them on drop.
pub(crate) struct Private {
    secret: SecretKey,
    signing: SigningKey,
    decrypting: DecryptingKey,
}

impl Private {
    pub(crate) fn generate() -> Result<Self> {
        let secret = SecretKey::try_generate_from_rng(&mut SysRng)
            .map_err(|_| Error::Library("SM2 key generation"))?;
        Self::from_secret(secret)
    }

    pub(crate) fn from_sec1(der: &[u8]) -> Result<Self> {
        Self::from_secret(SecretKey::from_sec1_der(der).map_err(|_| malformed_private())?)
    }

    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self> {
        Self::from_secret(SecretKey::from_pkcs8_der(der).map_err(|_| malformed_private())?)
    }

    fn from_secret(secret: SecretKey) -> Result<Self> {
        let signing = SigningKey::new(SIGNER_ID, &secret).map_err(|_| malformed_private())?;
        let decrypting = DecryptingKey::new_with_mode(secret.to_nonzero_scalar(), Mode::C1C3C2);
        Ok(Self { secret, signing, decrypting })
    }

    pub(crate) fn sec1_der(&self) -> Result<Zeroizing<Vec<u8>>> {
        self.secret.to_sec1_der().map_err(|_| Error::Library("SM2 key encoding"))
    }

    pub(crate) fn public_spki_der(&self) -> Result<Vec<u8>> {
        self.signing
            .verifying_key()
            .to_public_key_der()
            .map(|der| der.as_bytes().to_vec())
            .map_err(|_| Error::Library("SM2 key encoding"))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature: Signature = self
            .signing
            .try_sign_with_rng(&mut SysRng, message)
            .map_err(|_| Error::Library("SM2 signature"))?;
        Ok(signature.to_der().to_vec())
    }

    /// Decrypts DER in the order C1, C3, C2.
    pub(crate) fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let der = strip_padding(cipher).ok_or(Error::Decryption)?;
        self.decrypting.decrypt_der(der).map(Zeroizing::new).map_err(|_| Error::Decryption)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        static ONE: LazyLock<Option<(SigningKey, DecryptingKey)>> = LazyLock::new(|| {
            let one = NonZeroScalar::new(Scalar::ONE).into_option()?;
            let signing = SigningKey::from_nonzero_scalar(SIGNER_ID, one).ok()?;
            Some((signing, DecryptingKey::new_with_mode(one, Mode::C1C3C2)))
        });
        if let Some((signing, decrypting)) = &*ONE {
            self.signing = signing.clone();
            self.decrypting = decrypting.clone();
        }
        // Stores to memory that is freed next may be left out by the compiler, unless it must
        // assume that somebody reads them.
        std::hint::black_box(&self.signing);
        std::hint::black_box(&self.decrypting);
    }
}

/// Cuts the zero bytes off that AECS 2.0 leaves behind the DER.
///
/// It sends the whole of a buffer that is made for the longest cipher text. Each coordinate that is
/// shorter leaves room for a zero or more: mostly up to two, more in one message of some hundred.
fn strip_padding(cipher: &[u8]) -> Option<&[u8]> {
    let mut reader = SliceReader::new(cipher).ok()?;
    let header = Header::decode(&mut reader).ok()?;
    let length = usize::try_from((header.encoded_len().ok()? + header.length()).ok()?).ok()?;
    let (der, padding) = cipher.split_at_checked(length)?;
    let tolerated = padding.len() <= TOLERATED_ZEROS || cipher.len() <= LONGEST_KEY_CIPHER;
    (tolerated && padding.iter().all(|byte| *byte == 0)).then_some(der)
}

fn malformed_private() -> Error {
    Error::MalformedKey("SM2 private key")
}

#[cfg(test)]
mod tests;
