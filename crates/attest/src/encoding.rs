//! Text encodings at the door: Base64 and JSON, within limits.

use aecs_proto::json::{self, JsonMessage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result, limit};

/// Decodes standard, padded Base64 of at most `max` bytes.
pub(crate) fn base64_within(what: &'static str, text: &str, max: usize) -> Result<Vec<u8>> {
    // The text first, before anything is allocated for it; it is longer in steps of three bytes.
    limit(what, text, max.div_ceil(3) * 4)?;
    let bytes = STANDARD.decode(text).map_err(|error| Error::malformed(what, error))?;
    limit(what, &bytes, max)?;
    Ok(bytes)
}

/// Reads a message from its JSON; the caller has checked the size.
pub(crate) fn from_json<T: JsonMessage>(what: &'static str, text: &str) -> Result<T> {
    json::from_str(text).map_err(|error| Error::malformed(what, error))
}

/// Base64 with padding.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
