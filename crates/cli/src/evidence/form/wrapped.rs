//! Quotes inside what frameworks put around them. Each is told by fixed bytes and by lengths that
//! fit exactly; none of it is believed, and none of it is verified.

use serde_json::{Map, Value};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::X509Extension;
use x509_parser::prelude::FromDer as _;

/// A certificate's extensions with evidence, by the first bytes of their names, and who makes them.
/// Gramine since 1.8 writes its own beside the standard one: the first that has evidence counts.
const EXTENSIONS: &[(&[u8], &str)] = &[
    // 2.23.133.5.4.9 (TCG, "DICE Attestation Architecture", tagged evidence).
    (&[0x67, 0x81, 0x05, 0x05, 0x04, 0x09], "an RA-TLS certificate"),
    // 1.2.840.113741.1337: 6 for quotes, 4 in others for those of TDX.
    (&[0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x8A, 0x39], "an RA-TLS certificate"),
    // The same as Gramine writes it, with the element's head in the name.
    (&[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x8A, 0x39], "an RA-TLS certificate"),
    // 1.3.6.1.4.1.62397.1: 1 for quotes, 8 for attestations.
    (&[0x2B, 0x06, 0x01, 0x04, 0x01, 0x83, 0xE7, 0x3D, 0x01], "a certificate of dstack"),
    // 1.2.840.113556.10.1.1 and 1.3.6.1.4.1.311.105.1
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x0A, 0x01, 0x01], "a certificate of Open Enclave"),
    (&[0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x69, 0x01], "a certificate of Open Enclave"),
];

/// Where tools that write JSON have the quote. Trustee, dstack and Azure's samples have it on top,
/// Intel's client below the name of the TEE.
const JSON: &[&str] = &["/quote", "/Quote", "/QuoteHex", "/tdx/quote", "/sgx/quote"];

/// The quote in JSON that is not a report of ours. Two would be a choice.
pub(super) fn in_json(object: &Map<String, Value>) -> Option<&Value> {
    let at = |path: &&str| {
        let mut names = path.split('/').skip(1);
        let first = object.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    };
    let mut found = JSON.iter().filter_map(at).filter(|quote| !quote.is_object());
    match (found.next(), found.next()) {
        (Some(quote), None) => Some(quote),
        _ => None,
    }
}

/// The head of Open Enclave's reports: version 1, a remote report of SGX, and how much follows.
pub(super) fn open_enclave(bytes: &[u8]) -> Option<&[u8]> {
    const HEAD: [u8; 8] = [1, 0, 0, 0, 2, 0, 0, 0];
    let (len, quote) = bytes.strip_prefix(&HEAD)?.split_first_chunk()?;
    (u64::from_le_bytes(*len) == quote.len() as u64).then_some(quote)
}

/// The extensions of a certificate that may have evidence, and what kind of certificate it then is.
pub(super) fn in_der(bytes: &[u8]) -> Vec<(&[u8], &'static str)> {
    let certificate = match X509Certificate::from_der(bytes) {
        Ok(([], certificate)) => certificate,
        _ => return Vec::new(),
    };
    let values = |(name, of): &(&[u8], &'static str)| {
        let named = |extension: &&X509Extension<'_>| extension.oid.as_bytes().starts_with(name);
        let extensions = certificate.extensions().iter().filter(named);
        extensions.map(|extension| (peeled(extension.value), *of)).collect::<Vec<_>>()
    };
    EXTENSIONS.iter().flat_map(values).collect()
}

/// The contents of what is around evidence in an extension.
fn peeled(value: &[u8]) -> &[u8] {
    let value = octets(value).unwrap_or(value);
    tagged(value).unwrap_or(value)
}

/// The contents of an OCTET STRING with a length of two bytes.
fn octets(value: &[u8]) -> Option<&[u8]> {
    let (len, contents) = value.strip_prefix(&[0x04, 0x82])?.split_first_chunk()?;
    (usize::from(u16::from_be_bytes(*len)) == contents.len()).then_some(contents)
}

/// The quote of tagged evidence: CBOR, tag 60000, a list of the quote and of what it binds.
fn tagged(value: &[u8]) -> Option<&[u8]> {
    let (len, rest) = value.strip_prefix(&[0xD9, 0xEA, 0x60, 0x82, 0x59])?.split_first_chunk()?;
    rest.get(..usize::from(u16::from_be_bytes(*len)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(quote: &[u8], len: u64) -> Vec<u8> {
        [&[1, 0, 0, 0, 2, 0, 0, 0], len.to_le_bytes().as_slice(), quote].concat()
    }

    #[test]
    fn heads_have_to_fit_exactly() {
        assert_eq!(open_enclave(&report(b"quote", 5)), Some(&b"quote"[..]));
        for len in [4, 6, u64::MAX] {
            assert_eq!(open_enclave(&report(b"quote", len)), None, "{len}");
        }
        let mut local = report(b"quote", 5);
        local[4] = 1;
        assert_eq!(open_enclave(&local), None);
        assert_eq!(octets(b"\x04\x82\x00\x01q"), Some(&b"q"[..]));
        assert_eq!(octets(b"\x04\x82\x00\x02q"), None);
        assert_eq!(tagged(b"\xD9\xEA\x60\x82\x59\x00\x01q\xA0"), Some(&b"q"[..]));
        assert_eq!(tagged(b"\xD9\xEA\x60\x82\x59\x00\x03q\xA0"), None);
        for len in 0..24 {
            assert_eq!(open_enclave(&report(b"quote", 5)[..len.min(20)]), None, "{len}");
        }
    }

    #[test]
    fn json_has_one_quote() {
        let found = |value: Value| in_json(value.as_object().unwrap()).cloned();
        assert_eq!(found(json!({ "quote": "00", "event_log": "" })), Some(json!("00")));
        assert_eq!(found(json!({ "tdx": { "quote": "00" } })), Some(json!("00")));
        assert_eq!(found(json!({ "tdx": "quote" })), None);
        assert_eq!(found(json!({ "quote": "00", "Quote": "00" })), None);
    }
}
