//! The content of a file, written where its path could be.
//!
//! Trust settings are text that stands on its own, so roots are in it as `base64:` and the content
//! of their file. That is no text for people: [`shown`] is.

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

/// The file of a root is not a certificate in PEM, although it begins like one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate in PEM: {0}")]
pub struct NotPem(String);

/// The root in the content of a file: the first certificate of a PEM file in DER, or the bytes of
/// any other.
///
/// # Errors
///
/// [`NotPem`].
pub fn root_in(content: Vec<u8>) -> Result<Vec<u8>, NotPem> {
    if !content.starts_with(b"-----BEGIN CERTIFICATE") {
        return Ok(content);
    }
    let block = pem::parse(&content).map_err(|error| NotPem(error.to_string()))?;
    Ok(block.into_contents())
}

/// A root for people: by the SHA-256 that a certificate has everywhere, that of its DER.
#[must_use]
pub fn name_of(root: &[u8]) -> String {
    format!("root with SHA-256 {}", Fingerprint::of(root))
}

/// A list as people read it, nothing of it left out: the root in a file's content is shown by
/// [`name_of`], everything else as it is.
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
        let root = root_in(content.clone()).unwrap_or(content);
        Some(format!("{before}{}", name_of(&root)))
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
    fn a_root_has_one_name_in_pem_and_in_der() {
        let der = b"a root".to_vec();
        let pem = pem::encode(&pem::Pem::new("CERTIFICATE", der.clone())).into_bytes();
        assert_eq!(shown(&encode(&pem)), name_of(&der));
        assert_eq!(shown(&encode(&der)), name_of(&der));
        assert_eq!(root_in(pem), Ok(der));
        let broken = b"-----BEGIN CERTIFICATE".to_vec();
        assert_eq!(shown(&encode(&broken)), name_of(&broken));
        assert!(root_in(broken).is_err());
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
