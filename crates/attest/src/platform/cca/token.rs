//! The outer form of a token: a collection of two.

use crate::encoding::cbor::{Fault, Value};
use crate::error::{Error, Result};

/// Tag of a collection of tokens (RMM specification 1.0).
const COLLECTION: u64 = 399;
/// Tag of a collection of conceptual messages (RMM specification 2.0; draft-ietf-rats-msg-wrap).
const WRAPPED: u64 = 907;

/// Keys of either collection.
const PLATFORM: i128 = 44234;
const REALM: i128 = 44241;
/// Type of a collection of conceptual messages: the only other key that may be there.
const COLLECTION_TYPE: &str = "__cmwc_t";

/// Type of the two messages: CoAP's number of `application/eat+cwt`.
const EAT_CWT: i128 = 263;

const WHAT: &str = "CCA token";

/// The two tokens, each a message with one signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) platform: &'a [u8],
    pub(super) realm: &'a [u8],
}

impl<'a> Token<'a> {
    pub(super) fn parse(input: &'a [u8]) -> Result<Self> {
        let Parts { platform, realm } =
            Parts::cut(input).map_err(|fault| Error::malformed(WHAT, fault))?;
        match (platform, realm) {
            (Some(platform), Some(realm)) => Ok(Self { platform, realm }),
            (Some(_), None) => Err(Error::malformed(WHAT, "the realm token is missing")),
            (None, Some(_)) => {
                // It has the form, and nothing in it that would vouch for the machine.
                let what = "a CCA token without its platform's part (VirtCCA's are so)".into();
                Err(Error::Unsupported { what })
            }
            (None, None) => Err(Error::malformed(WHAT, "both tokens are missing")),
        }
    }
}

/// What there is in a collection.
#[derive(Default)]
struct Parts<'a> {
    platform: Option<&'a [u8]>,
    realm: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn cut(input: &'a [u8]) -> Result<Self, Fault> {
        let Value::Tag(tag, collection) = Value::parse(input)? else {
            return Err("not a tagged collection");
        };
        let pairs = collection.as_map().ok_or("the collection is not a map")?;
        let mut parts = Self::default();
        for (key, value) in pairs {
            match (tag, key.as_integer()) {
                (COLLECTION | WRAPPED, Some(PLATFORM)) => {
                    parts.platform = Some(message(tag, value)?);
                }
                (COLLECTION | WRAPPED, Some(REALM)) => parts.realm = Some(message(tag, value)?),
                (WRAPPED, None) if key.as_text() == Some(COLLECTION_TYPE) => {}
                (COLLECTION | WRAPPED, _) => return Err("the collection has an unknown part"),
                _ => return Err("the tag is neither 399 nor 907"),
            }
        }
        Ok(parts)
    }
}

fn message<'a>(tag: u64, value: &Value<'a>) -> Result<&'a [u8], Fault> {
    let fault = "a token is not a byte string";
    if tag == COLLECTION {
        return value.as_bytes().ok_or(fault);
    }
    match value.as_list() {
        Some([kind, message] | [kind, message, Value::Integer(_)])
            if kind.as_integer() == Some(EAT_CWT) =>
        {
            message.as_bytes().ok_or(fault)
        }
        _ => Err("a wrapped message is not one of application/eat+cwt"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(hex_text: &str) -> Result<(Vec<u8>, Vec<u8>)> {
        let input = hex::decode(hex_text.replace(' ', "")).unwrap();
        Token::parse(&input).map(|token| (token.platform.to_vec(), token.realm.to_vec()))
    }

    #[test]
    fn both_forms_are_taken_apart() {
        for form in [
            "d9018f a2 19acca 4101 19acd1 4102",
            "d9018f a2 19acd1 4102 19acca 4101",
            "d9038b a2 19acca 82 190107 4101 19acd1 82 190107 4102",
            "d9038b a3 68 5f5f636d77635f74 6161 19acca 83 190107 4101 04 19acd1 82 190107 4102",
        ] {
            assert_eq!(parse(form).unwrap(), (vec![1], vec![2]), "{form}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        let refused = [
            ("a2 19acca 4101 19acd1 4102", "not a tagged collection"),
            ("d9018e a2 19acca 4101 19acd1 4102", "the tag is neither 399 nor 907"),
            ("d9018f 80", "the collection is not a map"),
            ("d9018f a1 19acca 4101", "the realm token is missing"),
            ("d9018f a0", "both tokens are missing"),
            ("d9018f a2 19acca 4101 19acd1 6102", "a token is not a byte string"),
            ("d9018f a3 19acca 4101 19acd1 4102 00 00", "the collection has an unknown part"),
            (
                "d9018f a3 68 5f5f636d77635f74 6161 19acca 4101 19acd1 4102",
                "the collection has an unknown part",
            ),
            (
                "d9038b a2 19acca 4101 19acd1 82 190107 4102",
                "a wrapped message is not one of application/eat+cwt",
            ),
            (
                "d9038b a2 19acca 82 190108 4101 19acd1 82 190107 4102",
                "a wrapped message is not one of application/eat+cwt",
            ),
            ("d9018f a2 19acca 4101 19acca 4102", "a map has a key twice"),
        ];
        for (form, fault) in refused {
            match parse(form) {
                Err(Error::Malformed { source, .. }) => {
                    assert_eq!(source.to_string(), fault, "{form}");
                }
                outcome => panic!("{form}: {outcome:?}"),
            }
        }
        let alone = parse("d9018f a1 19acd1 4101");
        assert!(matches!(alone, Err(Error::Unsupported { .. })), "{alone:?}");
    }
}
