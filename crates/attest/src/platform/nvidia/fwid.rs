//! The firmware that a device's attestation key was derived for, in its certificate.
//!
//! Both forms of the DICE extension ("DICE Attestation Architecture" 1.1, section 6.1.1, and the
//! composite device id before it) have it as `FWID ::= SEQUENCE { hashAlg, digest }`: Hopper's is
//! the third element of the composite device id, later GPUs' the first of `fwids` in the TCB info.

use ::der::TagNumber;

use super::spdm::Fault;
use crate::x509::{
    Certificate,
    der::{Tag, content, next},
};

/// Extensions that carry it: DiceTcbInfo, and the same arc with one more number.
const EXTENSIONS: [&str; 2] = ["2.23.133.5.4.1", "2.23.133.5.4.1.1"];

/// SHA-384 (2.16.840.1.101.3.4.2.2), encoded.
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];

/// `fwids [6] IMPLICIT` of DiceTcbInfo.
const FWIDS: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(6) };

/// The FWID in a certificate.
pub(super) fn of<'a>(certificate: &Certificate<'a>) -> Result<&'a [u8], Fault> {
    let mut extensions = certificate
        .x509
        .extensions()
        .iter()
        .filter(|extension| EXTENSIONS.contains(&extension.oid.to_id_string().as_str()));
    match (extensions.next(), extensions.next()) {
        (Some(extension), None) => in_extension(extension.value),
        _ => Err("the device's certificate does not have one firmware id"),
    }
}

fn in_extension(der: &[u8]) -> Result<&[u8], Fault> {
    let (algorithm, digest) = find(der).ok_or("the firmware id is in an unexpected format")?;
    if algorithm == SHA384 && digest.len() == 48 {
        Ok(digest)
    } else {
        Err("the firmware id is not a SHA-384")
    }
}

/// Algorithm and digest of the first FWID.
fn find(mut der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = content(&mut der, Tag::Sequence)?;
    let first = next(&mut { fields })?;
    let mut fwid = if first.tag == Tag::Integer {
        let (_version, _key) = (next(&mut fields)?, content(&mut fields, Tag::Sequence)?);
        content(&mut fields, Tag::Sequence)?
    } else {
        let mut rest = std::iter::from_fn(|| next(&mut fields));
        let mut fwids = rest.find(|field| field.tag == FWIDS)?.content;
        content(&mut fwids, Tag::Sequence)?
    };
    let algorithm = content(&mut fwid, Tag::ObjectIdentifier)?;
    let digest = content(&mut fwid, Tag::OctetString)?;
    fwid.is_empty().then_some((algorithm, digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn element(tag: u8, value: &[u8]) -> Vec<u8> {
        let len = u8::try_from(value.len()).unwrap();
        let head = if len <= 0x7F { vec![tag, len] } else { vec![tag, 0x81, len] };
        [head.as_slice(), value].concat()
    }

    fn fwid(algorithm: &[u8], digest: &[u8]) -> Vec<u8> {
        element(0x30, &[element(6, algorithm), element(4, digest)].concat())
    }

    fn composite(fwid: &[u8]) -> Vec<u8> {
        let key = element(0x30, &[0; 118]);
        element(0x30, &[element(0x02, &[1]), key, fwid.to_vec()].concat())
    }

    fn tcb_info(fwids: &[Vec<u8>]) -> Vec<u8> {
        let vendor = element(0x80, b"NVIDIA");
        element(0x30, &[vendor, element(0xA6, &fwids.concat())].concat())
    }

    #[test]
    fn both_forms_are_read() {
        let one = fwid(SHA384, &[1; 48]);
        assert_eq!(in_extension(&composite(&one)), Ok([1; 48].as_slice()));
        let two = fwid(SHA384, &[2; 48]);
        assert_eq!(in_extension(&tcb_info(&[two, one])), Ok([2; 48].as_slice()));
    }

    #[test]
    fn other_forms_are_refused() {
        let sha256 = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
        let good = composite(&fwid(SHA384, &[1; 48]));
        for der in [
            composite(&fwid(sha256, &[1; 48])),
            composite(&fwid(SHA384, &[1; 32])),
            composite(&[]),
            tcb_info(&[]),
            element(0x30, &element(0x80, b"NVIDIA")),
            good[..good.len() - 1].to_vec(),
            Vec::new(),
        ] {
            assert!(in_extension(&der).is_err(), "{der:02X?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(der in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = in_extension(&der);
            let _ = in_extension(&[&[0x30, 0x40], der.as_slice()].concat());
        }
    }
}
