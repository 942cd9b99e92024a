//! Hashes, HMAC and random bytes.

use aws_lc_rs::{digest, hmac as lc_hmac, rand};
use sm3::{Digest, Sm3};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// SHA-256.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// SHA-256 of parts one after the other, which are not copied.
pub(crate) fn sha256_of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.into_iter().for_each(|part| context.update(part));
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// HMAC-SHA-256.
pub fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    let key = lc_hmac::Key::new(lc_hmac::HMAC_SHA256, key);
    let mut out = [0; 32];
    out.copy_from_slice(lc_hmac::sign(&key, data).as_ref());
    out
}

/// `N` bytes from the operating system's generator.
///
/// # Errors
///
/// [`Error::Library`] if the generator fails.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut out = [0; N];
    rand::fill(&mut out).map_err(|_| Error::Library("random generator"))?;
    Ok(out)
}

/// `N` secret bytes from the operating system's generator.
pub(crate) fn random_secret<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut out = Zeroizing::new([0; N]);
    rand::fill(out.as_mut_slice()).map_err(|_| Error::Library("random generator"))?;
    Ok(out)
}

/// SM3 (GB/T 32905).
pub fn sm3(data: &[u8]) -> [u8; 32] {
    Sm3::digest(data).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(
            hex::encode(sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex::encode(sm3(b"abc")),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
        // RFC 4231, test case 2.
        assert_eq!(
            hex::encode(hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn random_bytes_differ() {
        assert_ne!(random::<32>().ok(), random::<32>().ok());
    }
}
