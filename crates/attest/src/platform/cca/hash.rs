//! The hashes of tokens.

use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512};

use crate::error::{Error, Result};

/// The hash with this name (IANA, "Named Information Hash Algorithm Registry").
pub(super) fn hash_named(name: &str) -> Result<&'static Algorithm> {
    match name {
        "sha-256" => Ok(&SHA256),
        "sha-384" => Ok(&SHA384),
        "sha-512" => Ok(&SHA512),
        _ => Err(Error::Unsupported { what: format!("hash {name:?}") }),
    }
}

/// Whether bytes can be a hash of one of those.
pub(super) fn is_hash(bytes: &[u8]) -> bool {
    matches!(bytes.len(), 32 | 48 | 64)
}
