//! Walking over elements of DER (X.690). A length must have its shortest form.

use ::der::asn1::AnyRef;
use ::der::{Decode as _, Reader as _, SliceReader, Tagged as _};

pub(crate) use ::der::Tag;

/// An element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: Tag,
    pub(crate) content: &'a [u8],
    /// Tag, length and content.
    pub(crate) whole: &'a [u8],
}

/// Takes the next element off the front of `input`.
pub(crate) fn next<'a>(input: &mut &'a [u8]) -> Option<Element<'a>> {
    let mut reader = SliceReader::new(input).ok()?;
    let element = AnyRef::decode(&mut reader).ok()?;
    let (whole, rest) = input.split_at_checked(reader.position().try_into().ok()?)?;
    *input = rest;
    Some(Element { tag: element.tag(), content: element.value(), whole })
}

/// Takes the next element off the front of `input`, if it has this tag: its content.
pub(crate) fn content<'a>(input: &mut &'a [u8], tag: Tag) -> Option<&'a [u8]> {
    next(input).filter(|element| element.tag == tag).map(|element| element.content)
}

/// The content of the one element that `input` is.
pub(crate) fn only(mut input: &[u8], tag: Tag) -> Option<&[u8]> {
    let content = content(&mut input, tag)?;
    input.is_empty().then_some(content)
}

/// The content of an INTEGER or an ENUMERATED that is not negative.
pub(crate) fn unsigned(content: &[u8]) -> Option<u64> {
    AnyRef::new(Tag::Integer, content).ok()?.decode_as().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_taken_off_the_front() {
        let long = [[0x04, 0x81, 0x80].as_slice(), &[7; 128], &[0x30, 0]].concat();
        let mut rest = long.as_slice();
        let element = next(&mut rest).unwrap();
        assert_eq!((element.tag, element.content), (Tag::OctetString, [7; 128].as_slice()));
        assert_eq!(element.whole, &long[..131]);
        assert_eq!(content(&mut rest, Tag::Sequence), Some([].as_slice()));
        assert!(next(&mut rest).is_none());
        assert_eq!(content(&mut [0x30, 0].as_slice(), Tag::Integer), None);

        assert_eq!(only(&[0x02, 1, 5], Tag::Integer), Some([5].as_slice()));
        assert_eq!(only(&[0x02, 1, 5, 0], Tag::Integer), None);
        assert_eq!(only(&[0x02, 2, 5], Tag::Integer), None);
        assert_eq!(only(&[0x02, 1, 5], Tag::OctetString), None);
    }

    #[test]
    fn lengths_have_one_form() {
        let long = [[0x04, 0x82, 0x01, 0x00].as_slice(), &[0; 256]].concat();
        assert_eq!(only(&long, Tag::OctetString), Some([0; 256].as_slice()));
        let refused: [&[u8]; 9] = [
            &[0x04],
            &[0x04, 1],
            &[0x04, 0x80, 0, 0],
            &[0x04, 0x81, 0x01, 0],
            &[0x04, 0x81, 0x7F, 0],
            &[0x04, 0x82, 0x00, 0x80],
            &[0x04, 0x82, 0x00, 0xFF],
            &[0x04, 0x83, 0, 0, 1, 0],
            &[],
        ];
        for mut bytes in refused {
            assert!(next(&mut bytes).is_none(), "{bytes:02X?}");
        }
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
