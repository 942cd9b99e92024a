//! Nonces and issue times: they make a request unique.

use std::time::{SystemTime, UNIX_EPOCH};

use aecs_proto::NONCE_BYTES;

use crate::error::{Error, Result};

/// A random number that an answer has to come back to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nonce([u8; NONCE_BYTES]);

impl Nonce {
    /// A fresh one.
    pub(crate) fn random() -> Result<Nonce> {
        Ok(Nonce(aecs_crypto::random::<NONCE_BYTES>()?))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// The nonce as text, for messages whose nonce is a string.
    pub(crate) fn to_hex(self) -> String {
        hex::encode_upper(self.0)
    }
}

/// Now, as requests state their issue time: milliseconds since 1970.
pub(crate) fn now_ms() -> Result<i64> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .ok_or(Error::Misuse("this machine's clock is before 1970"))
}
