//! Symmetric keys: everything is done with keys that are derived from them.

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk};
use zeroize::Zeroizing;

use super::sealed::Versioned;
use super::{Place, Use};
use crate::cipher::{
    AES_KEY, GCM_IV, GCM_TAG, SM4_KEY, aead_open, aead_seal, sm4_gcm_open, sm4_gcm_seal,
};
use crate::derivation::{aes_256_gcm_key, expand_into};
use crate::error::{Error, Result};
use crate::hash::{hmac, random};
use crate::labels;
use crate::secret::SecretBytes;
use crate::sm::hmac_sm3;
use crate::transcript::Transcript;

/// Random bytes at the beginning of a ciphertext.
const HEADER: usize = 24;
/// The key of a ciphertext is used once, so its vector is always the same.
const IV: [u8; GCM_IV] = [0; GCM_IV];

/// What keys are derived from: the extracted key of HKDF (RFC 5869).
pub(super) enum Symmetric {
    /// AES-256-GCM, HKDF and HMAC with SHA-256.
    Aes(Prk),
    /// SM4-GCM, HKDF and HMAC with SM3.
    Sm4(Zeroizing<[u8; 32]>),
}

impl Symmetric {
    pub(super) fn aes(key: &[u8; AES_KEY]) -> Self {
        // HKDF-Extract, once and not for every operation.
        let prk = Zeroizing::new(hmac(labels::TRANSIT.as_bytes(), key));
        Self::Aes(Prk::new_less_safe(HKDF_SHA256, prk.as_slice()))
    }

    pub(super) fn sm4(key: &[u8; SM4_KEY]) -> Result<Self> {
        Ok(Self::Sm4(Zeroizing::new(hmac_sm3(labels::TRANSIT.as_bytes(), &[key])?)))
    }

    /// Random bytes, then the ciphertext, then the tag.
    pub(super) fn seal(
        &self,
        place: Place<'_>,
        of: Use,
        plain: &[u8],
        associated: &[u8],
    ) -> Result<Versioned> {
        let header = random::<HEADER>()?;
        let bytes = self.seal_under(&header, place, of, plain, associated)?;
        Ok(Versioned { version: place.version, bytes })
    }

    pub(super) fn seal_under(
        &self,
        header: &[u8; HEADER],
        place: Place<'_>,
        of: Use,
        plain: &[u8],
        associated: &[u8],
    ) -> Result<Vec<u8>> {
        let (aad, info) = (place.bind(of, associated), message_info(of, header));
        let (cipher, tag) = match self {
            Self::Aes(prk) => {
                let key = aes_256_gcm_key(prk, info.as_bytes())?;
                aead_seal(&key, IV, aad.as_bytes(), plain)?
            }
            Self::Sm4(_) => {
                let key = self.key(&info)?;
                sm4_gcm_seal(&key, IV, aad.as_bytes(), plain)?
            }
        };
        Ok([header.as_slice(), &cipher, &tag].concat())
    }

    pub(super) fn open(
        &self,
        place: Place<'_>,
        of: Use,
        sealed: &[u8],
        associated: &[u8],
    ) -> Result<SecretBytes> {
        let (header, rest) = sealed.split_first_chunk::<HEADER>().ok_or(Error::Decryption)?;
        let (cipher, tag) = rest.split_last_chunk::<GCM_TAG>().ok_or(Error::Decryption)?;
        let (aad, info) = (place.bind(of, associated), message_info(of, header));
        let plain = match self {
            Self::Aes(prk) => {
                let key = aes_256_gcm_key(prk, info.as_bytes())?;
                aead_open(&key, IV, aad.as_bytes(), cipher, *tag)?
            }
            Self::Sm4(_) => {
                let key = self.key(&info)?;
                sm4_gcm_open(&key, IV, aad.as_bytes(), cipher, *tag)?
            }
        };
        Ok(SecretBytes::from(plain))
    }

    pub(super) fn mac(&self, place: Place<'_>, data: &[u8]) -> Result<[u8; 32]> {
        let key: Zeroizing<[u8; 32]> = self.key(&place.bind(Use::Mac, &[]))?;
        match self {
            Self::Aes(_) => Ok(hmac(key.as_slice(), data)),
            Self::Sm4(_) => hmac_sm3(key.as_slice(), &[data]),
        }
    }

    /// HKDF-Expand.
    pub(super) fn expand(&self, info: &[u8], out: &mut [u8]) -> Result<()> {
        match self {
            Self::Aes(prk) => expand_into(prk, &[info], out),
            Self::Sm4(prk) => {
                let mut block = Zeroizing::new(Vec::new());
                for (number, part) in (1_u8..).zip(out.chunks_mut(32)) {
                    block = Zeroizing::new(
                        hmac_sm3(prk.as_slice(), &[&block, info, &[number]])?.to_vec(),
                    );
                    for (to, from) in part.iter_mut().zip(block.iter()) {
                        *to = *from;
                    }
                }
                Ok(())
            }
        }
    }

    /// HKDF-Expand to a key.
    fn key<const N: usize>(&self, info: &Transcript) -> Result<Zeroizing<[u8; N]>> {
        let mut key = Zeroizing::new([0; N]);
        self.expand(info.as_bytes(), key.as_mut_slice())?;
        Ok(key)
    }
}

/// What the key of a ciphertext is derived with.
fn message_info(of: Use, header: &[u8; HEADER]) -> Transcript {
    Transcript::new(labels::TRANSIT_KEY).field(of.label()).field(header)
}
