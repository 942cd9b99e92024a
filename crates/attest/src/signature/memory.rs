//! Signatures that verified, remembered.
//!
//! Most signatures behind a report are the same for all machines of a type: those of certificate
//! authorities, of revocation lists, of TCB info. Whether one verifies is a pure function of scheme,
//! key, message and signature, so it is computed once and remembered under the digest of all four.
//! Nothing else is remembered: dates, revocation, scope and status are judged at every call, and a
//! signature that does not verify is verified again the next time.
//!
//! The memory is bounded. Who presents many signatures makes it forget others, which are then
//! verified as before.

use std::sync::{Mutex, PoisonError};

use aecs_crypto::Transcript;
use aws_lc_rs::error::Unspecified;

use super::scheme::Scheme;
use crate::lru::Lru;

/// What the memory of one verifier takes at most unless configured otherwise, in signatures: about
/// 2 MiB.
pub(crate) const SIGNATURES: usize = 1 << 14;

/// The signatures that verified.
#[derive(Debug)]
pub(crate) struct SignatureMemory {
    // One owner: what evidence brings is nobody's before it is verified.
    verified: Mutex<Lru<(), [u8; 32], ()>>,
}

impl SignatureMemory {
    /// A memory for this number of signatures; 0 remembers nothing.
    pub(crate) fn new(signatures: usize) -> Self {
        Self { verified: Mutex::new(Lru::new(signatures)) }
    }

    /// As [`Scheme::verify`].
    pub(crate) fn verify(
        &self,
        scheme: &Scheme,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Unspecified> {
        let inputs = [scheme.name().as_bytes(), key, message, signature];
        let digest = Transcript::hash("AECS verified signature", &inputs);
        // Every statement leaves the memory usable.
        let memory = || self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if memory().get(&digest).is_some() {
            return Ok(());
        }
        scheme.verify(key, message, signature)?;
        memory().put((), digest, (), 1);
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests;
