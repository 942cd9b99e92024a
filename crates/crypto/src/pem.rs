//! PEM texts of keys (RFC 7468).
//!
//! Invariant: a text is either a sequence of well-formed blocks with nothing but white space around
//! them, or refused. What two readers could read differently is not a key.

use sm2::pkcs8::der::pem::{Decoder, LineEnding, encode_string};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::secret::SecretBytes;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

pub(crate) const PRIVATE_KEY: &str = "PRIVATE KEY";
pub(crate) const PUBLIC_KEY: &str = "PUBLIC KEY";
pub(crate) const RSA_PRIVATE_KEY: &str = "RSA PRIVATE KEY";
pub(crate) const RSA_PUBLIC_KEY: &str = "RSA PUBLIC KEY";
pub(crate) const EC_PRIVATE_KEY: &str = "EC PRIVATE KEY";
pub(crate) const CERTIFICATE: &str = "CERTIFICATE";

/// One block of a PEM text.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// Splits a text into its blocks; at least one.
pub(crate) fn parse(text: &str) -> Result<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (block, after) = split_block(rest)?;
        blocks.push(decode(block)?);
        rest = after.trim_start();
    }
    if blocks.is_empty() {
        return Err(Error::MalformedPem("the text is empty"));
    }
    Ok(blocks)
}

/// The first block of a PEM text, as DER.
///
/// # Errors
///
/// [`Error::MalformedPem`], and [`Error::EncryptedPrivateKey`].
pub fn der_of_pem(text: &str) -> Result<SecretBytes> {
    let first = parse(text)?.into_iter().next();
    let mut block = first.ok_or(Error::MalformedPem("the text is empty"))?;
    Ok(SecretBytes::from(std::mem::take(&mut *block.der)))
}

/// Splits the text of a private key into its blocks; at least one.
///
/// OpenSSL may write the curve in a block of its own in front of the key (`EC PARAMETERS`, `SM2
/// PARAMETERS`). The key repeats it, so it is left out here.
pub(crate) fn parse_private(text: &str) -> Result<Vec<Block<'_>>> {
    let mut blocks = parse(text)?;
    if blocks.len() == 2 && blocks.first().is_some_and(|b| b.label.ends_with(" PARAMETERS")) {
        blocks.remove(0);
    }
    Ok(blocks)
}

/// Writes one block with lines of 64 characters and a final newline, as OpenSSL does.
pub(crate) fn encode(label: &str, der: &[u8]) -> Result<String> {
    encode_string(label, LineEnding::LF, der).map_err(|_| Error::Library("PEM encoding"))
}

/// Cuts the first block, from the first dash of BEGIN to the last one of END, off a text.
fn split_block(text: &str) -> Result<(&str, &str)> {
    if !text.starts_with(BEGIN) {
        return Err(Error::MalformedPem("there is text outside of the blocks"));
    }
    let end = text.find(END).ok_or(Error::MalformedPem("a block has no END line"))?;
    let label = end + END.len();
    let dashes = text
        .get(label..)
        .and_then(|rest| rest.find(DASHES))
        .ok_or(Error::MalformedPem("an END line is not complete"))?;
    text.split_at_checked(label + dashes + DASHES.len())
        .ok_or(Error::MalformedPem("an END line is not complete"))
}

fn decode(block: &str) -> Result<Block<'_>> {
    if block.starts_with("-----BEGIN ENCRYPTED ") || block.contains("Proc-Type:") {
        return Err(Error::EncryptedPrivateKey);
    }
    let malformed = Error::MalformedPem("a block is malformed");
    let mut decoder = Decoder::new_detect_wrap(block.as_bytes()).map_err(|_| malformed.clone())?;
    let mut der = Zeroizing::new(Vec::with_capacity(decoder.remaining_len()));
    decoder.decode_to_end(&mut der).map_err(|_| malformed)?;
    Ok(Block { label: decoder.type_label(), der })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Result<Vec<&str>> {
        Ok(parse(text)?.iter().map(|block| block.label).collect())
    }

    #[test]
    fn blocks_round_trip() {
        let text = encode("A", &[1; 100]).unwrap() + "\n" + &encode("B C", b"x").unwrap();
        let blocks = parse(&text).unwrap();
        assert_eq!(blocks[0].label, "A");
        assert_eq!(*blocks[0].der, [1; 100]);
        assert_eq!(blocks[1].label, "B C");
        assert_eq!(*blocks[1].der, b"x");
    }

    #[test]
    fn the_first_block_is_what_its_der_is_asked_for() {
        let text = encode("A", &[1; 100]).unwrap() + &encode("B", b"x").unwrap();
        assert_eq!(der_of_pem(&text).unwrap().expose(), [1; 100]);
        assert!(der_of_pem("").is_err() && der_of_pem("aecs").is_err());
    }

    #[test]
    fn line_endings_and_widths_of_others_are_read() {
        let text = encode("A", &[7; 100]).unwrap();
        assert_eq!(labels(&text.replace('\n', "\r\n")), Ok(vec!["A"]));
        let one_line = "-----BEGIN A-----\nAAECAwQFBgcICQoLDA0ODw==\n-----END A-----";
        assert_eq!(labels(one_line), Ok(vec!["A"]));
    }

    #[test]
    fn what_is_not_a_block_is_refused() {
        let block = encode("A", &[7; 100]).unwrap();
        for text in [
            String::new(),
            " \n".to_owned(),
            format!("comment\n{block}"),
            format!("{block}comment"),
            block.replace("-----END A-----", ""),
            block.replace("END A-----", "END A"),
            block.replace("END A", "END B"),
            block.replace("BwcH", "!!!!"),
            "-----BEGIN -----END ".to_owned(),
        ] {
            assert!(matches!(parse(&text), Err(Error::MalformedPem(_))), "{text:?}");
        }
    }

    #[test]
    fn encrypted_keys_are_named() {
        let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n\
                      -----END RSA PRIVATE KEY-----\n";
        let pkcs8 = encode("ENCRYPTED PRIVATE KEY", &[0; 9]).unwrap();
        assert_eq!(labels(legacy), Err(Error::EncryptedPrivateKey));
        assert_eq!(labels(&pkcs8), Err(Error::EncryptedPrivateKey));
    }
}
