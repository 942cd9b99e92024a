//! Keys that are derived from others with HKDF-SHA-256 (RFC 5869).

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// What keys are derived from: a secret under a salt.
pub(crate) fn extract(salt: &[u8], secret: &[u8]) -> Prk {
    Salt::new(HKDF_SHA256, salt).extract(secret)
}

/// Derives `N` bytes.
pub(crate) fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Result<Zeroizing<[u8; N]>> {
    let mut out = Zeroizing::new([0; N]);
    expand_into(prk, info, out.as_mut_slice())?;
    Ok(out)
}

/// Derives as many bytes as there is room for.
pub(crate) fn expand_into(prk: &Prk, info: &[&[u8]], out: &mut [u8]) -> Result<()> {
    prk.expand(info, Length(out.len())).and_then(|okm| okm.fill(out)).map_err(failed)
}

/// Derives a key of AES-256-GCM.
pub(crate) fn aes_256_gcm_key(prk: &Prk, info: &[u8]) -> Result<LessSafeKey> {
    let key = prk.expand(&[info], &AES_256_GCM).map(UnboundKey::from);
    key.map(LessSafeKey::new).map_err(failed)
}

fn failed(_: Unspecified) -> Error {
    Error::Library("key derivation")
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
