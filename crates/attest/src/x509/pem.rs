//! PEM (RFC 7468), strictly: blocks of one kind, and nothing but white space around them. What two
//! readers could read differently is refused.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use percent_encoding::percent_decode_str;

use crate::error::{Error, Result, Source, limit};
use crate::limits;

/// The certificates of a chain, in DER: as many as the vendor's have.
pub(crate) fn certificates(
    what: &'static str,
    text: &(impl AsRef<[u8]> + ?Sized),
    len: RangeInclusive<usize>,
) -> Result<Vec<Vec<u8>>> {
    limit(what, text, limits::CHAIN)?;
    let ders =
        blocks(text.as_ref(), "CERTIFICATE").map_err(|error| Error::malformed(what, error))?;
    if !len.contains(&ders.len()) {
        let text = format!("expected {} certificates, found {}", range(&len), ders.len());
        return Err(Error::malformed(what, text));
    }
    Ok(ders)
}

fn range(len: &RangeInclusive<usize>) -> String {
    match (len.start(), len.end()) {
        (least, most) if least == most => most.to_string(),
        (0, most) => format!("at most {most}"),
        (least, most) => format!("{least} to {most}"),
    }
}

/// The contents of the one block of this kind that a text is.
pub(crate) fn block(text: &[u8], label: &str) -> Result<Vec<u8>, Source> {
    let [block] = <[Vec<u8>; 1]>::try_from(blocks(text, label)?)
        .map_err(|blocks| format!("{} PEM blocks instead of one", blocks.len()))?;
    Ok(block)
}

fn blocks(text: &[u8], label: &str) -> Result<Vec<Vec<u8>>, Source> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let stray = || format!("text that is not part of a PEM block {label}");
    let mut contents = Vec::new();
    let mut rest = str::from_utf8(text)?.trim_ascii();
    while !rest.is_empty() {
        let len = rest.find(&end).filter(|_| rest.starts_with(&begin)).ok_or_else(stray)?;
        let (block, behind) = rest.split_at_checked(len + end.len()).ok_or_else(stray)?;
        let block = pem::parse(block)?;
        if block.headers().iter().next().is_some() {
            return Err(stray().into());
        }
        contents.push(block.into_contents());
        rest = behind.trim_ascii_start();
    }
    Ok(contents)
}

/// Undoes the encoding of an HTTP header (RFC 3986, section 2.1); a text without one is itself.
pub(crate) fn percent_decoded(text: &str) -> Option<Cow<'_, str>> {
    let is_octet = |rest: &str| {
        rest.as_bytes().first_chunk::<2>().is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    };
    // The library leaves what is no octet as it is.
    if !text.split('%').skip(1).all(is_octet) {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(label: &str, contents: &[u8]) -> String {
        pem::encode(&pem::Pem::new(label, contents))
    }

    #[test]
    fn blocks_of_one_kind_are_read() {
        let (one, two) = (text("A B", b"one"), text("A B", b"two"));
        for whole in [
            format!("{one}{two}"),
            format!("\n{one}\r\n\n{two}\n"),
            format!("{one}{two}").replace("\r\n", "\n"),
        ] {
            assert_eq!(blocks(whole.as_bytes(), "A B").unwrap(), [b"one", b"two"], "{whole}");
        }
        assert_eq!(block(one.as_bytes(), "A B").unwrap(), b"one");
        assert!(blocks(b" \n", "A B").unwrap().is_empty());
    }

    #[test]
    fn certificates_are_counted() {
        let three = text("CERTIFICATE", b"one").repeat(3);
        let refused = |len| match certificates("chain", &three, len).unwrap_err() {
            Error::Malformed { source, .. } => source.to_string(),
            error => panic!("{error:?}"),
        };
        assert_eq!(certificates("chain", &three, 3..=3).unwrap().len(), 3);
        for (len, expected) in [(2..=2, "2"), (0..=2, "at most 2"), (4..=5, "4 to 5")] {
            assert_eq!(refused(len), format!("expected {expected} certificates, found 3"));
        }
    }

    #[test]
    fn headers_are_decoded_to_the_byte() {
        assert_eq!(
            percent_decoded("-----BEGIN%20X-----%0AAb%2B+/c%3D%0a").unwrap(),
            "-----BEGIN X-----\nAb++/c=\n"
        );
        for bad in ["%", "%4", "%zz", "%ff", "a%"] {
            assert_eq!(percent_decoded(bad), None, "{bad}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let (one, two) = (text("A", b"one"), text("A", b"two"));
        for other in [
            format!("x{one}"),
            format!("{one}x{two}"),
            format!("{one}{two}x"),
            format!("{one}{}", text("B", b"two")),
            one.replace("-----END", ""),
            one.replace("END A", "END B"),
            one.replace("-----\r\nb", "-----\r\nKey: value\r\n\r\nb"),
            one.replace("b25l", "b25*"),
            one.replace("b25l", "b25"),
            "A".into(),
        ] {
            assert!(blocks(other.as_bytes(), "A").is_err(), "{other}");
        }
        assert!(blocks(&[0xFF], "A").is_err());
        for several in [String::new(), format!("{one}{two}")] {
            assert!(block(several.as_bytes(), "A").is_err(), "{several}");
        }
    }
}
