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
/// `[0]` and `[3]`, explicit.
pub(crate) const EXPLICIT_0: u8 = 0xA0;
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

/// A non-negative number, in as few bytes as DER demands.
pub(crate) fn integer(value: u64) -> Vec<u8> {
    let bytes = [&[0], value.to_be_bytes().as_slice()].concat();
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
