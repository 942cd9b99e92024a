//! What Intel has signed.

use crate::checks::Checks;
use crate::error::{Check, Result};
use crate::signature::memory::SignatureMemory;
use crate::signature::scheme::ECDSA_P256_SHA256_FIXED;

/// A text, its signature (r and s), and the certificates of its signer and of the root.
pub(in crate::platform::dcap) struct Signed<'a> {
    pub(in crate::platform::dcap) text: &'a str,
    pub(in crate::platform::dcap) signature: &'a [u8],
    pub(in crate::platform::dcap) chain: [&'a [u8]; 2],
}

/// An ECDSA signature on P-256 with SHA-256: r and s in 32 bytes each, the key as an uncompressed
/// point.
pub(super) struct Ecdsa<'a> {
    pub(super) key: &'a [u8],
    pub(super) message: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl Ecdsa<'_> {
    /// Whether it verifies. One that comes more than once goes by way of the memory.
    pub(super) fn check(
        &self,
        check: Check,
        signatures: Option<&SignatureMemory>,
        checks: &mut Checks,
    ) -> Result<()> {
        let (scheme, Self { key, message, signature }) = (&ECDSA_P256_SHA256_FIXED, self);
        let outcome = match signatures {
            Some(signatures) => signatures.verify(scheme, key, message, signature),
            None => scheme.verify(key, message, signature),
        };
        checks.holds(check, outcome.map_err(|_| "the signature does not verify"))
    }
}
