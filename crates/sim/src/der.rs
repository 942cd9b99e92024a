//! Just enough DER to write certificates and what is in them.

use std::time::SystemTime;

use time::OffsetDateTime;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0A;
pub(crate) const UTF8_STRING: u8 = 0x0C;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]` to `[3]`, explicit.
pub(crate) const EXPLICIT_0: u8 = 0xA0;
pub(crate) const EXPLICIT_1: u8 = 0xA1;
pub(crate) const EXPLICIT_2: u8 = 0xA2;
pub(crate) const EXPLICIT_3: u8 = 0xA3;

/// Tag, length, content.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
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

pub(crate) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &elements.concat())
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    element(BOOLEAN, &[if value { 0xFF } else { 0 }])
}

pub(crate) fn utf8(text: &str) -> Vec<u8> {
    element(UTF8_STRING, text.as_bytes())
}

/// An object identifier of these arcs.
pub(crate) fn oid(arcs: &[u64]) -> Vec<u8> {
    let mut content = Vec::new();
    let (first, rest) = arcs.split_at(arcs.len().min(2));
    let head = first.iter().fold(0, |head, arc| head * 40 + arc);
    for arc in std::iter::once(&head).chain(rest) {
        let mut digits = vec![arc & 0x7F];
        let mut left = arc >> 7;
        while left != 0 {
            digits.push(0x80 | left & 0x7F);
            left >>= 7;
        }
        content.extend(digits.iter().rev().filter_map(|digit| u8::try_from(*digit).ok()));
    }
    element(OBJECT_IDENTIFIER, &content)
}

/// A non-negative number, in as few bytes as DER demands.
pub(crate) fn integer(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// The same of a number in big endian.
pub(crate) fn unsigned(number: &[u8]) -> Vec<u8> {
    let bytes = [&[0], number].concat();
    let mut content = bytes.as_slice();
    while matches!(content, [0, 0..=0x7F, ..]) {
        content = content.get(1..).unwrap_or_default();
    }
    element(INTEGER, content)
}

/// Whole bytes of bits.
pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes].concat())
}

/// A date of a certificate: UTCTime up to 2049 (RFC 5280, section 4.1.2.5).
pub(crate) fn time(time: SystemTime) -> Vec<u8> {
    let time = OffsetDateTime::from(time);
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = time.to_hms();
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    if (1950..2050).contains(&year) {
        element(UTC_TIME, format!("{:02}{rest}", year % 100).as_bytes())
    } else {
        element(GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes())
    }
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
    fn identifiers_are_of_arcs() {
        assert_eq!(oid(&[2, 5, 29, 15]), [6, 3, 0x55, 0x1D, 0x0F]);
        let sgx = [0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01];
        assert_eq!(oid(&[1, 2, 840, 113_741, 1, 13, 1])[2..], sgx);
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
