//! The SGX extension of a PCK certificate (Intel, "SGX PCK Certificate and CRL Profile
//! Specification", section 1.3.5), in DER.

use super::{CPU_SVN, FMSPC, PCE_SVN};

/// Object identifier of the extension.
pub(super) const OID: [u64; 7] = [1, 2, 840, 113_741, 1, 13, 1];

/// The same, as DER content.
const OID_DER: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01];

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const ENUMERATED: u8 = 0x0A;
const SEQUENCE: u8 = 0x30;

/// The extension of the CPU with these two ids.
pub(super) fn sgx_extension(ppid: &[u8; 16], platform_instance_id: &[u8; 16]) -> Vec<u8> {
    let component = |(number, svn): (u8, &u8)| entry(&[2, number], &integer(u16::from(*svn)));
    let mut tcb: Vec<Vec<u8>> = (1..).zip(&CPU_SVN).map(component).collect();
    tcb.push(entry(&[2, 17], &integer(PCE_SVN)));
    tcb.push(entry(&[2, 18], &element(OCTET_STRING, &CPU_SVN)));

    let not_dynamic = element(BOOLEAN, &[0x00]);
    let configuration = [
        entry(&[7, 1], &not_dynamic),
        entry(&[7, 2], &element(BOOLEAN, &[0x00])),
        entry(&[7, 3], &element(BOOLEAN, &[0xFF])),
    ];
    let scalable = [1];
    sequence(&[
        entry(&[1], &element(OCTET_STRING, ppid)),
        entry(&[2], &sequence(&tcb)),
        entry(&[3], &element(OCTET_STRING, &[0, 0])),
        entry(&[4], &element(OCTET_STRING, &FMSPC)),
        entry(&[5], &element(ENUMERATED, &scalable)),
        entry(&[6], &element(OCTET_STRING, platform_instance_id)),
        entry(&[7], &sequence(&configuration)),
    ])
}

/// An object identifier below the extension's own, and its value.
fn entry(arc: &[u8], value: &[u8]) -> Vec<u8> {
    let id = element(OBJECT_IDENTIFIER, &[&OID_DER, arc].concat());
    sequence(&[id, value.to_vec()])
}

fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &elements.concat())
}

/// A non-negative number, in as few bytes as DER demands.
fn integer(value: u16) -> Vec<u8> {
    let bytes = [&[0], value.to_be_bytes().as_slice()].concat();
    let mut content = bytes.as_slice();
    while matches!(content, [0, 0..=0x7F, ..]) {
        content = content.get(1..).unwrap_or_default();
    }
    element(INTEGER, content)
}

/// Tag, length, content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len().to_be_bytes();
    let significant = len.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    let mut der = vec![tag];
    match significant.as_slice() {
        [] => der.push(0),
        [short @ 0..=0x7F] => der.push(*short),
        long => {
            der.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            der.extend(long);
        }
    }
    der.extend(content);
    der
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_shortest_form() {
        for (value, der) in [
            (0, vec![2, 1, 0]),
            (127, vec![2, 1, 127]),
            (128, vec![2, 2, 0, 128]),
            (255, vec![2, 2, 0, 255]),
            (256, vec![2, 2, 1, 0]),
            (65535, vec![2, 3, 0, 255, 255]),
        ] {
            assert_eq!(integer(value), der);
        }
    }

    #[test]
    fn lengths_have_their_shortest_form() {
        for (len, head) in [
            (0, vec![4, 0]),
            (127, vec![4, 127]),
            (128, vec![4, 0x81, 128]),
            (256, vec![4, 0x82, 1, 0]),
        ] {
            assert_eq!(element(4, &vec![7; len])[..head.len()], head);
        }
    }
}
