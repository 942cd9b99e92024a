//! The chain of a PCK certificate, in the forms in which quotes have it.

use crate::error::{Error, Result, limit};
use crate::limits;
use crate::platform::Anchor;

use super::super::chain;
use super::der;

const WHAT: &str = "PCK certificate chain";

/// Certificates of the PCK, of its CA and of the root, in DER.
pub(in super::super) struct Chain([Vec<u8>; 3]);

impl Chain {
    /// Reads PEM in any form that [`chain::Chain`] takes, or DER one after the other; the root may
    /// be first or last.
    pub(in super::super) fn parse(bytes: &[u8], anchors: &[Anchor]) -> Result<Self> {
        limit(WHAT, bytes, limits::CHAIN)?;
        let certificates = if bytes.first() == Some(&der::SEQUENCE) {
            Self::split(bytes, anchors)?
        } else {
            let chain = chain::Chain::parse(WHAT, bytes, 3, anchors)?;
            chain.certificates().map(<[u8]>::to_vec).collect()
        };
        certificates.try_into().map(Self).map_err(|_| Error::malformed(WHAT, "not 3 certificates"))
    }

    /// From the PCK's to the root's.
    pub(in super::super) fn certificates(&self) -> [&[u8]; 3] {
        self.0.each_ref().map(Vec::as_slice)
    }

    fn split(mut rest: &[u8], anchors: &[Anchor]) -> Result<Vec<Vec<u8>>> {
        let mut certificates = Vec::with_capacity(3);
        while !rest.is_empty() && certificates.len() <= 3 {
            let certificate = der::whole(&mut rest, der::SEQUENCE)
                .ok_or_else(|| Error::malformed(WHAT, "not certificates in DER"))?;
            certificates.push(certificate.to_vec());
        }
        let known = |der: Option<&Vec<u8>>| {
            der.is_some_and(|der| anchors.iter().any(|anchor| anchor.der == *der))
        };
        if known(certificates.first()) && !known(certificates.last()) {
            certificates.reverse();
        }
        Ok(certificates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::Backing;

    const LEAF: &[u8] = &[0x30, 1, 1];
    const CA: &[u8] = &[0x30, 1, 2];
    const ROOT: &[u8] = &[0x30, 1, 3];

    fn parse(parts: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
        let anchor = Anchor { der: ROOT.to_vec(), backing: Backing::Hardware };
        let chain = Chain::parse(&parts.concat(), &[anchor]).ok()?;
        Some(chain.certificates().map(<[u8]>::to_vec).to_vec())
    }

    #[test]
    fn every_form_is_the_same_chain() {
        let pem = |parts: [&[u8]; 3]| {
            let blocks = parts.map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der)));
            blocks.concat().into_bytes()
        };
        let expected = Some(vec![LEAF.to_vec(), CA.to_vec(), ROOT.to_vec()]);
        assert_eq!(parse(&[LEAF, CA, ROOT]), expected);
        assert_eq!(parse(&[ROOT, CA, LEAF]), expected);
        assert_eq!(parse(&[&pem([LEAF, CA, ROOT])]), expected);
        assert_eq!(parse(&[&pem([ROOT, CA, LEAF])]), expected);
    }

    #[test]
    fn nothing_else_is_a_chain() {
        for parts in [
            &[][..],
            &[LEAF],
            &[LEAF, ROOT],
            &[LEAF, CA, CA, ROOT],
            &[LEAF, CA, ROOT, &[0]],
            &[LEAF, CA, &[0x30, 2, 3]],
            &[LEAF, CA, &[0x31, 1, 3]],
            &[LEAF, CA, &[0x30, 0x81, 1, 3]],
        ] {
            assert_eq!(parse(parts), None, "{parts:?}");
        }
    }
}
