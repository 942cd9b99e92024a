//! The content of a file, written where its path could be.
//!
//! Trust settings are text that stands on its own, so roots are in it as `base64:` and the content of
//! their file. That is no text for people: [`shown`] is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::fingerprint::Fingerprint;

const PREFIX: &str = "base64:";

/// A text that begins with `base64:` goes on with something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has something other than Base64 after {PREFIX}")]
pub struct NotBase64;

/// The text for the content of a file.
#[must_use]
pub fn encode(content: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(content))
}

/// The content of a file that `text` holds; none if `text` is a path.
///
/// # Errors
///
/// [`NotBase64`].
pub fn decode(text: &str) -> Result<Option<Vec<u8>>, NotBase64> {
    let content = text.strip_prefix(PREFIX).map(|content| STANDARD.decode(content));
    content.transpose().map_err(|_| NotBase64)
}

/// A list as people read it, nothing of it left out: the content of a file is shown by its SHA-256,
/// everything else as it is.
///
/// ```
/// let list = "CSV=base64:AQI=,TDX=/etc/root.pem";
/// assert_eq!(
///     aecs_attest::inline::shown(list),
///     "CSV=root with SHA-256 \
///      A12871FEE210FB8619291EAEA194581CBD2531E4B23759D225F6806923F63222, TDX=/etc/root.pem"
/// );
/// ```
#[must_use]
pub fn shown(list: &str) -> String {
    let part = |part: &str| {
        let (before, content) = part.split_at(part.find(PREFIX)?);
        let content = decode(content).ok()??;
        Some(format!("{before}root with SHA-256 {}", Fingerprint::of(content)))
    };
    let parts = list.split(',').map(|text| part(text).unwrap_or_else(|| text.to_owned()));
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_back_and_a_path_is_none() {
        for content in [&b""[..], b"root", &[0xFF; 3]] {
            assert_eq!(decode(&encode(content)), Ok(Some(content.to_vec())));
        }
        assert_eq!(decode("/etc/root.pem"), Ok(None));
        assert_eq!(decode("base64:!"), Err(NotBase64));
    }

    #[test]
    fn every_part_of_a_list_is_shown() {
        let digest = Fingerprint::of([1, 2]);
        assert_eq!(
            shown("base64:!,CSV=base64:AQI=,TDX=/root,base64:AQI="),
            format!(
                "base64:!, CSV=root with SHA-256 {digest}, TDX=/root, root with SHA-256 {digest}"
            )
        );
        assert_eq!(shown(""), "");
    }
}
