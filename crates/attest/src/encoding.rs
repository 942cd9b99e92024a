//! Text encodings at the door: Base64 and JSON, within limits.

pub(crate) mod bytes;
pub(crate) mod cbor;

use aecs_proto::json::{self, JsonMessage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result, limit};

/// Decodes standard, padded Base64 of at most `max` bytes.
pub(crate) fn base64_within(what: &'static str, text: &str, max: usize) -> Result<Vec<u8>> {
    // The text first, before anything is allocated for it; it is longer in steps of three bytes.
    if text.len() > max.div_ceil(3) * 4 {
        return Err(Error::TooLarge { what, actual: text.len() / 4 * 3, limit: max });
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_of_bytes_and_told_in_bytes() {
        for len in 0..=1184 {
            assert_eq!(base64_within("it", &to_base64(&vec![7; len]), 1184).unwrap().len(), len);
        }
        for len in [1185, 1186, 1204, 5000] {
            let error = base64_within("it", &to_base64(&vec![7; len]), 1184).unwrap_err();
            let Error::TooLarge { actual, limit, .. } = error else { panic!("{error:?}") };
            assert_eq!(limit, 1184);
            // Padding is not looked for before the text is known to be short.
            assert!((len..len + 3).contains(&actual), "{len}: {actual}");
        }
    }
}
