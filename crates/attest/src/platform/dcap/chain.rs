//! Chains of certificates, in the forms in which Intel's services and libraries hand them out.

use super::root;
use crate::anchor::Anchor;
use crate::error::{Error, Result, limit};
use crate::limits;
use crate::x509::der::{Tag, next};
use crate::x509::pem;

/// Certificates from a leaf to a root, in DER; or a leaf alone.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Chain(Vec<Vec<u8>>);

impl Chain {
    /// Reads exactly `len` certificates in PEM or DER, and nothing else. The text may be
    /// percent-encoded, as in the headers of Intel's services, and may end in line feeds or a NUL.
    /// The root may be first, as in version 2 of the service, last, or first of the issuers behind
    /// the leaf.
    pub(super) fn parse(
        what: &'static str,
        text: &[u8],
        len: usize,
        anchors: &[Anchor],
    ) -> Result<Self> {
        limit(what, text, limits::CHAIN)?;
        if text.first() == Some(&0x30) {
            let certificates = split(text).filter(|certificates| certificates.len() == len);
            let certificates = certificates.ok_or_else(|| {
                Error::malformed(what, format!("expected exactly {len} certificates"))
            })?;
            return Ok(Self::with_root_last(certificates, anchors));
        }
        let text = str::from_utf8(text).map_err(|error| Error::malformed(what, error))?;
        let text = pem::percent_decoded(trim(text))
            .ok_or_else(|| Error::malformed(what, "invalid percent-encoding"))?;
        let certificates = pem::certificates(what, trim(&text), len..=len)?;
        Ok(Self::with_root_last(certificates, anchors))
    }

    fn with_root_last(mut certificates: Vec<Vec<u8>>, anchors: &[Anchor]) -> Self {
        let known = |der: &Vec<u8>| root::find(anchors, der).is_some();
        match certificates.iter().rposition(known) {
            Some(0) => certificates.reverse(),
            // A leaf, and its issuers as the service gives them: root first.
            Some(at) => {
                let root = certificates.remove(at);
                certificates.push(root);
            }
            None => {}
        }
        Self(certificates)
    }

    /// Whether both have the same certificates, in whatever order.
    pub(super) fn has_all_of(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|der| other.0.contains(der))
    }

    /// As many as they are known to be.
    pub(super) fn exactly<const N: usize>(&self) -> Result<[&[u8]; N]> {
        let certificates: Vec<_> = self.certificates().collect();
        certificates
            .try_into()
            .map_err(|_| Error::malformed("chain", format!("expected exactly {N} certificates")))
    }

    pub(super) fn leaf(&self) -> &[u8] {
        self.0.first().map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn root(&self) -> &[u8] {
        self.0.last().map(Vec::as_slice).unwrap_or_default()
    }

    /// From the leaf to the root.
    pub(super) fn certificates(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }
}

/// Certificates in DER, one after the other.
fn split(mut rest: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut certificates = Vec::new();
    while !rest.is_empty() {
        let element = next(&mut rest).filter(|element| element.tag == Tag::Sequence)?;
        certificates.push(element.whole.to_vec());
    }
    Some(certificates)
}

/// Intel's own client hands out texts with their closing NUL.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\0' || c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anchor::Backing;

    fn pem(contents: &[u8]) -> String {
        ::pem::encode(&::pem::Pem::new("CERTIFICATE", contents))
    }

    fn parse(text: &str) -> Option<Vec<Vec<u8>>> {
        let anchor = Anchor { der: b"root".to_vec(), backing: Backing::Hardware };
        Chain::parse("chain", text.as_bytes(), 2, &[anchor]).ok().map(|chain| chain.0)
    }

    #[test]
    fn every_form_of_the_text_is_the_same_chain() {
        let (leaf, root) = (pem(b"leaf"), pem(b"root"));
        let chain = format!("{leaf}{root}");
        let encoded = |text: &str| -> String {
            text.bytes()
                .map(|byte| match byte {
                    b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' => char::from(byte).to_string(),
                    _ => format!("%{byte:02X}"),
                })
                .collect()
        };
        for text in [
            chain.clone(),
            chain.replace('\n', "\r\n"),
            chain.replace("\r\n", "\n"),
            format!("{chain}\0"),
            format!("\n{chain}\n\n"),
            format!("{leaf}\n\n{root}"),
            format!("{root}{leaf}"),
            encoded(&chain),
            encoded(&format!("{root}{leaf}\0")),
        ] {
            let expected = Some(vec![b"leaf".to_vec(), b"root".to_vec()]);
            assert_eq!(parse(&text), expected, "{text}");
        }
        let middle = pem(b"middle");
        for text in [
            format!("{leaf}{middle}{root}"),
            format!("{root}{middle}{leaf}"),
            format!("{leaf}{root}{middle}"),
        ] {
            let anchor = Anchor { der: b"root".to_vec(), backing: Backing::Hardware };
            let chain = Chain::parse("chain", text.as_bytes(), 3, &[anchor]).unwrap();
            assert_eq!(chain.0, [&b"leaf"[..], b"middle", b"root"], "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_chain() {
        let (leaf, root) = (pem(b"leaf"), pem(b"root"));
        for text in [
            String::new(),
            leaf.clone(),
            format!("{leaf}{leaf}{root}"),
            format!("{leaf}x{root}"),
            format!("x{leaf}{root}"),
            format!("{leaf}{root}x"),
            format!("{leaf}{}", root.replace("CERTIFICATE", "X509 CRL")),
            format!("{leaf}{root}").replace('\n', "%0"),
            format!("{leaf}{root}").replace('\n', "%C3%BC"),
            format!("{leaf}{root}").replace("-----END", ""),
        ] {
            assert_eq!(parse(&text), None, "{text}");
        }
    }
}
