//! Files of evidence and of what judges it: read within a limit, and freed of their text encoding.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use aecs_attest::files;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::failure::{Failure, Result};

/// Largest file that is looked at, in bytes. An event log has up to 1 MiB.
const MAX_BYTES: usize = 4 << 20;

pub(super) const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// Whether standard input has been read.
static STANDARD_INPUT: AtomicBool = AtomicBool::new(false);

/// Reads a file whole; `what` names its role: `evidence`. `-` is standard input.
pub(super) fn read(path: &Path, what: &str) -> Result<Vec<u8>> {
    let bytes = if path == Path::new("-") {
        if STANDARD_INPUT.swap(true, Ordering::Relaxed) {
            return Err(Failure::usage(format!("the {what} cannot be read from standard input"))
                .help("it can be read once, for evidence: give everything else as files"));
        }
        std::mem::take(&mut *crate::files::read_standard_input(what, MAX_BYTES)?)
    } else {
        match files::read_argument(path, MAX_BYTES) {
            Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                let path = path.display();
                let what = format!("the {what} {path} is larger than {MAX_BYTES} bytes");
                return Err(Failure::bad_input(what));
            }
            read => read.map_err(|error| crate::files::unreadable(path, what, &error))?,
        }
    };
    if bytes.is_empty() {
        return Err(Failure::bad_input(format!(
            "the {what} {}: the file is empty",
            path.display()
        ))
        .help("is it the right file, and was it written to its end?"));
    }
    Ok(bytes)
}

/// The contents as bytes, where they are hexadecimal or Base64 text; as they are otherwise.
pub(super) fn binary(contents: Vec<u8>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&contents) else { return contents };
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if text.is_empty() { contents } else { decoded(&text).unwrap_or(contents) }
}

/// The bytes of a text in hexadecimal, which may begin with `0x` and have colons between bytes, or
/// in Base64 of either alphabet, with or without padding.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    hex::decode(digits.replace(':', "")).ok().or_else(|| base64(text))
}

/// The bytes of a text in Base64 of either alphabet, with or without padding.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    let standard = STANDARD_NO_PAD.decode(unpadded).ok();
    standard.or_else(|| URL_SAFE_NO_PAD.decode(unpadded).ok())
}

/// Bytes as JSON has them: a list of numbers, or a text that encodes them.
pub(super) fn bytes_in(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Array(numbers) => numbers
            .iter()
            .map(|number| number.as_u64().and_then(|number| u8::try_from(number).ok()))
            .collect(),
        Value::String(text) if text.starts_with("-----BEGIN") => {
            Some(der(text.clone().into_bytes()))
        }
        Value::String(text) => decoded(text),
        _ => None,
    }
}

/// The DER in a file of one certificate or list, which may be PEM or DER in any encoding above.
pub(super) fn der(contents: Vec<u8>) -> Vec<u8> {
    pem(&contents).unwrap_or_else(|| binary(contents))
}

/// The contents of the first block of PEM.
fn pem(contents: &[u8]) -> Option<Vec<u8>> {
    pem_blocks(contents).next()
}

/// The contents of all blocks of PEM; whatever else there is, is passed over.
pub(super) fn pem_blocks(contents: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let text = std::str::from_utf8(contents).unwrap_or_default();
    text.split("-----BEGIN ").skip(1).filter_map(|block| {
        let body = block.split_once("-----")?.1.split_once("-----END")?.0;
        let base64: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        STANDARD.decode(base64).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognised_and_binary_is_left_alone() {
        for text in [
            "0011 aaFF\n",
            "0x0011aaff",
            "0X0011AAFF",
            "00:11:aa:ff",
            "ABGq/w==",
            "ABGq/w",
            "ABGq_w",
        ] {
            assert_eq!(binary(text.into()), [0x00, 0x11, 0xAA, 0xFF], "{text}");
        }
        for other in [&b""[..], b"\xff\x00", b"not base64!"] {
            assert_eq!(binary(other.to_vec()), other);
        }
    }

    #[test]
    fn certificates_may_be_pem() {
        let pem = b"-----BEGIN X509 CRL-----\nABGq\n/w==\n-----END X509 CRL-----\n";
        assert_eq!(der(pem.to_vec()), [0x00, 0x11, 0xAA, 0xFF]);
        assert_eq!(der(b"\x30\x00".to_vec()), b"\x30\x00");
    }
}
