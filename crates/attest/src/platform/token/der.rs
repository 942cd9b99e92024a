//! The Distinguished Encoding Rules (X.690), as far as it takes to walk over elements.

pub(in crate::platform) const INTEGER: u8 = 0x02;
pub(in crate::platform) const BIT_STRING: u8 = 0x03;
pub(in crate::platform) const OCTET_STRING: u8 = 0x04;
pub(in crate::platform) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(in crate::platform) const SEQUENCE: u8 = 0x30;

/// The next element of less than 64 KiB: its tag and its content. A length in another than its
/// shortest form is none.
pub(in crate::platform) fn next<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (tag, len, tail) = match **rest {
        [tag, len @ ..=0x7F, ref tail @ ..] => (tag, usize::from(len), tail),
        [tag, 0x81, len @ 0x80..=0xFF, ref tail @ ..] => (tag, usize::from(len), tail),
        [tag, 0x82, high @ 1..=0xFF, low, ref tail @ ..] => {
            (tag, usize::from(u16::from_be_bytes([high, low])), tail)
        }
        _ => return None,
    };
    let (content, tail) = tail.split_at_checked(len)?;
    *rest = tail;
    Some((tag, content))
}

/// The content of the next element, if it has this tag.
pub(in crate::platform) fn expect<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    next(rest).filter(|(found, _)| *found == tag).map(|(_, content)| content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_walked_over() {
        let long = [[0x04, 0x81, 0x80].as_slice(), &[7; 128], &[0x30, 0]].concat();
        let mut rest = long.as_slice();
        assert_eq!(next(&mut rest), Some((0x04, [7; 128].as_slice())));
        assert_eq!(expect(&mut rest, SEQUENCE), Some([].as_slice()));
        assert_eq!(next(&mut rest), None);
        assert_eq!(expect(&mut [0x30, 0].as_slice(), INTEGER), None);
    }

    #[test]
    fn other_lengths_are_refused() {
        let refused: [&[u8]; 7] = [
            &[0x04],
            &[0x04, 1],
            &[0x04, 0x80, 0, 0],
            &[0x04, 0x81, 0x01, 0],
            &[0x04, 0x82, 0x00, 0x80],
            &[0x04, 0x83, 0, 0, 1, 0],
            &[],
        ];
        for mut bytes in refused {
            assert_eq!(next(&mut bytes), None, "{bytes:02X?}");
        }
    }
}
