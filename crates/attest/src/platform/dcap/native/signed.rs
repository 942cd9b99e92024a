//! What Intel has signed.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use crate::checks::Checks;
use crate::error::{Check, Result};

/// A text, its signature (r and s), and the certificates of its signer and of the root.
pub(in crate::platform::dcap) struct Signed<'a> {
    pub(in crate::platform::dcap) text: &'a str,
    pub(in crate::platform::dcap) signature: &'a [u8],
    pub(in crate::platform::dcap) chain: [&'a [u8]; 2],
}

/// An ECDSA signature on P-256 with SHA-256: r and s in 32 bytes each, the key as an uncompressed
/// point.
pub(super) fn check_ecdsa(
    check: Check,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
    checks: &mut Checks,
) -> Result<()> {
    let outcome = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, signature);
    checks.holds(check, outcome.map_err(|_| "the signature does not verify"))
}
