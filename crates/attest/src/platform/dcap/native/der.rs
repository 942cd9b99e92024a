//! As much of DER (X.690) as Intel's extension of certificates needs.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0A;
pub(in super::super) const SEQUENCE: u8 = 0x30;

/// Takes the element with this tag off the front of `input` and gives its content.
pub(super) fn content<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (content, rest) = split(input, tag)?;
    *input = rest;
    Some(content)
}

/// Takes the element with this tag off the front of `input`, tag and length included.
pub(in super::super) fn whole<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (_, rest) = split(input, tag)?;
    let element = input.get(..input.len().checked_sub(rest.len())?)?;
    *input = rest;
    Some(element)
}

/// The content of the one element that `input` is.
pub(super) fn only(mut input: &[u8], tag: u8) -> Option<&[u8]> {
    let content = content(&mut input, tag)?;
    input.is_empty().then_some(content)
}

/// An INTEGER that is not negative.
pub(super) fn unsigned(content: &[u8]) -> Option<u64> {
    let digits = match content {
        [0] => &[],
        // A zero is there only to keep the number from being negative.
        [0, digits @ ..] if digits.first()? & 0x80 != 0 => digits,
        [first, ..] if first & 0x80 == 0 && *first != 0 => content,
        _ => return None,
    };
    if digits.len() > 8 {
        return None;
    }
    Some(digits.iter().fold(0, |number, digit| (number << 8) | u64::from(*digit)))
}

fn split(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = input.split_first()?;
    let (len, rest) = length(rest)?;
    if *first == tag { rest.split_at_checked(len) } else { None }
}

/// A length in as few bytes as it needs.
fn length(input: &[u8]) -> Option<(usize, &[u8])> {
    let (len, least, rest) = match input {
        [0x81, len, rest @ ..] => (u16::from(*len), 0x80, rest),
        [0x82, high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), 0x100, rest),
        [len, rest @ ..] if *len < 0x80 => (u16::from(*len), 0, rest),
        _ => return None,
    };
    (len >= least).then_some((usize::from(len), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_form() {
        assert_eq!(length(&[0x7F]), Some((127, &[][..])));
        assert_eq!(length(&[0x81, 0x80, 9]), Some((128, &[9][..])));
        assert_eq!(length(&[0x82, 0x01, 0x00]), Some((256, &[][..])));
        for other in [&[][..], &[0x80], &[0x81, 0x7F], &[0x82, 0, 0xFF], &[0x83, 1, 0, 0]] {
            assert_eq!(length(other), None, "{other:?}");
        }
    }

    #[test]
    fn elements_are_taken_off_the_front() {
        let mut input = &[0x04, 2, 7, 8, 0x02, 1, 5][..];
        assert_eq!(whole(&mut { input }, OCTET_STRING), Some(&[4, 2, 7, 8][..]));
        assert_eq!(content(&mut input, OCTET_STRING), Some(&[7, 8][..]));
        assert_eq!(only(input, INTEGER), Some(&[5][..]));
        assert_eq!(only(&[0x02, 1, 5, 0], INTEGER), None);
        assert_eq!(only(&[0x02, 2, 5], INTEGER), None);
        assert_eq!(only(&[0x02, 1, 5], OCTET_STRING), None);
    }

    #[test]
    fn numbers_have_one_form_and_no_sign() {
        for (content, number) in
            [(&[0][..], 0), (&[0x7F], 127), (&[0, 0xC1], 193), (&[0x29, 0x61], 10593)]
        {
            assert_eq!(unsigned(content), Some(number));
        }
        for other in [&[][..], &[0, 0], &[0, 0x7F], &[0xC1], &[0xFF, 0xC1], &[1; 9]] {
            assert_eq!(unsigned(other), None, "{other:?}");
        }
    }
}
