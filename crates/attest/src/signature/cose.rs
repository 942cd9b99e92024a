//! Messages with one signature and keys of CBOR Object Signing and Encryption (RFC 9052).

use super::ecdsa::{Curve, EcKey};
use crate::encoding::cbor::{Fault, Value, at};
use crate::error::Source;

/// Tag of a message with one signature (RFC 9052, section 2).
const SIGN1: u64 = 18;
/// Tag of a token that is such a message, with its tag (RFC 8392, section 6).
const CWT: u64 = 61;

/// Header parameters (RFC 9052, section 3.1).
const ALGORITHM: i128 = 1;
const CRITICAL: i128 = 2;

/// Algorithms (RFC 9053, section 2.1): the hash, and with it the curve.
const ES256: i128 = -7;
const ES384: i128 = -35;

/// A message with one signature, which nobody has verified yet.
pub(crate) struct Sign1<'a> {
    protected: &'a [u8],
    /// Whether the headers have nothing but the algorithm.
    pub(crate) plain: bool,
    curve: Curve,
    pub(crate) payload: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Sign1<'a> {
    /// Takes a message with or without its tag, and a token with both. What its header marks as
    /// critical is refused: nothing that may stand there is understood.
    pub(crate) fn parse(input: &'a [u8]) -> Result<Self, Fault> {
        let message = match Value::parse(input)? {
            Value::Tag(SIGN1, message) => *message,
            Value::Tag(CWT, token) => match *token {
                Value::Tag(SIGN1, message) => *message,
                _ => return Err("not a COSE_Sign1"),
            },
            message => message,
        };
        let Some([protected, unprotected, payload, signature]) = message.as_list() else {
            return Err("not a COSE_Sign1");
        };
        let protected = protected.as_bytes().ok_or("the protected header is not a byte string")?;
        let header = Value::parse(protected)?;
        let header = header.as_map().ok_or("the protected header is not a map")?;
        let unprotected = unprotected.as_map().ok_or("the unprotected header is not a map")?;
        if header.iter().any(|(key, _)| unprotected.iter().any(|(other, _)| key == other)) {
            return Err("a header parameter is there twice");
        }
        if at(header, CRITICAL).is_some() || at(unprotected, CRITICAL).is_some() {
            return Err("a header parameter is critical");
        }
        let algorithm = at(header, ALGORITHM).ok_or("the algorithm is not protected")?;
        let curve = curve_of(algorithm)?;
        let payload = payload.as_bytes().ok_or("there is no payload")?;
        let signature = signature.as_bytes().ok_or("the signature is not a byte string")?;
        if signature.len() != 2 * curve.coordinate_len() {
            return Err("the signature has another length than its algorithm's");
        }
        let plain = header.len() == 1 && unprotected.is_empty();
        Ok(Self { protected, plain, curve, payload, signature })
    }

    pub(crate) fn curve(&self) -> Curve {
        self.curve
    }

    pub(crate) fn verify(&self, key: &EcKey) -> Result<(), Source> {
        if key.curve() != self.curve {
            return Err(format!("the key is one of {:?}", key.curve()).into());
        }
        key.verify_fixed(&signed(self.protected, self.payload), self.signature)
    }
}

/// What a signature is over (RFC 9052, section 4.4), without data from elsewhere.
pub(crate) fn signed(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(protected.len() + payload.len() + 32);
    message.push(0x84);
    message.extend(b"\x6ASignature1");
    put_bytes(&mut message, protected);
    put_bytes(&mut message, &[]);
    put_bytes(&mut message, payload);
    message
}

/// Appends a byte string with the shortest head.
fn put_bytes(message: &mut Vec<u8>, bytes: &[u8]) {
    let len = bytes.len().to_be_bytes();
    match len {
        [0, 0, 0, 0, 0, 0, 0, low @ 0..24] => message.push(0x40 | low),
        [0, 0, 0, 0, 0, 0, 0, low] => message.extend([0x58, low]),
        [0, 0, 0, 0, 0, 0, rest @ ..] => message.extend([&[0x59], rest.as_slice()].concat()),
        [0, 0, 0, 0, rest @ ..] => message.extend([&[0x5A], rest.as_slice()].concat()),
        len => message.extend([&[0x5B], len.as_slice()].concat()),
    }
    message.extend(bytes);
}

fn curve_of(algorithm: &Value<'_>) -> Result<Curve, Fault> {
    match algorithm.as_integer() {
        Some(ES256) => Ok(Curve::P256),
        Some(ES384) => Ok(Curve::P384),
        _ => Err("the algorithm is neither ES256 nor ES384"),
    }
}

/// Reads a key (RFC 9052, section 7) of two full coordinates, to verify with.
pub(crate) fn key(input: &[u8]) -> Result<EcKey, Source> {
    const KEY_TYPE: i128 = 1;
    const KEY_ALGORITHM: i128 = 3;
    const OPERATIONS: i128 = 4;
    const CURVE: i128 = -1;
    const X: i128 = -2;
    const Y: i128 = -3;
    const EC2: Value<'_> = Value::Integer(2);
    const VERIFY: Value<'_> = Value::Integer(2);

    let key = Value::parse(input)?;
    let key = key.as_map().ok_or("a key is not a map")?;
    if at(key, KEY_TYPE) != Some(&EC2) {
        return Err("not a key with two coordinates".into());
    }
    let curve = match at(key, CURVE).and_then(Value::as_integer) {
        Some(1) => Curve::P256,
        Some(2) => Curve::P384,
        _ => return Err("the curve is neither P-256 nor P-384".into()),
    };
    if let Some(algorithm) = at(key, KEY_ALGORITHM)
        && curve_of(algorithm)? != curve
    {
        return Err("the algorithm does not fit the curve".into());
    }
    if let Some(operations) = at(key, OPERATIONS)
        && !operations.as_list().is_some_and(|operations| operations.contains(&VERIFY))
    {
        return Err("the key is not there to verify with".into());
    }
    let coordinate =
        |name| at(key, name).and_then(Value::as_bytes).ok_or("a coordinate is missing");
    EcKey::from_coordinates(curve, coordinate(X)?, coordinate(Y)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_strings_have_the_shortest_head() {
        for len in [0, 23, 24, 255, 256, 65535, 65536] {
            let bytes = vec![7; len];
            let mut ours = Vec::new();
            put_bytes(&mut ours, &bytes);
            let mut theirs = Vec::new();
            ciborium::into_writer(&ciborium::Value::Bytes(bytes), &mut theirs).unwrap();
            assert_eq!(ours, theirs, "{len}");
        }
    }

    #[test]
    fn messages_of_another_form_are_refused() {
        let signature = format!("5840{}", "00".repeat(64));
        let message = |headers: &str| hex::decode(format!("84{headers}4101{signature}")).unwrap();
        assert!(Sign1::parse(&message("43a10126a0")).is_ok_and(|sign1| sign1.plain));
        assert!(Sign1::parse(&message("43a10126a10441ff")).is_ok_and(|sign1| !sign1.plain));
        let tagged = [&[0xD2], message("43a10126a0").as_slice()].concat();
        assert!(Sign1::parse(&tagged).is_ok());
        let token = [&[0xD8, 61], tagged.as_slice()].concat();
        assert!(Sign1::parse(&token).is_ok());
        let half = [&[0xD8, 61], message("43a10126a0").as_slice()].concat();
        assert_eq!(Sign1::parse(&half).err(), Some("not a COSE_Sign1"));

        let refused = [
            ("43a10126a10126", "a header parameter is there twice"),
            ("46a2012602810ba0", "a header parameter is critical"),
            ("40a0", "the message ends too early"),
            ("41a0a0", "the algorithm is not protected"),
            ("41a0a10126", "the algorithm is not protected"),
            ("4180a0", "the protected header is not a map"),
            ("a10126a0", "the protected header is not a byte string"),
            ("43a1012680", "the unprotected header is not a map"),
            ("44a1013823a0", "the algorithm is neither ES256 nor ES384"),
            ("44a1013822a0", "the signature has another length than its algorithm's"),
        ];
        for (headers, fault) in refused {
            assert_eq!(Sign1::parse(&message(headers)).err(), Some(fault), "{headers}");
        }
        let other_tag = [&[0xD1], message("43a10126a0").as_slice()].concat();
        assert_eq!(Sign1::parse(&other_tag).err(), Some("not a COSE_Sign1"));
        let detached = hex::decode(format!("8443a10126a0f6{signature}")).unwrap();
        assert_eq!(Sign1::parse(&detached).err(), Some("there is no payload"));
    }

    /// The key of RFC 9052, appendix C.7.1, which signs the message of appendix C.2.1.
    #[test]
    fn the_example_of_the_standard_verifies() {
        let x = "bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff";
        let y = "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e";
        let key_of = |text: String| key(&hex::decode(text).unwrap());
        let right = key_of(format!("a40102200121 5820{x}22 5820{y}").replace(' ', "")).unwrap();
        let message = hex::decode(
            "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c46\
             5ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e\
             01f11d3b0916e5a4c345cacb36",
        )
        .unwrap();
        let sign1 = Sign1::parse(&message).unwrap();
        assert_eq!(sign1.payload, b"This is the content.");
        sign1.verify(&right).unwrap();
        for at in [20, 40, message.len() - 1] {
            let mut wrong = message.clone();
            wrong[at] ^= 1;
            assert!(Sign1::parse(&wrong).unwrap().verify(&right).is_err(), "byte {at}");
        }

        let with =
            |extra: &str, pairs: u8| key_of(format!("a{pairs}01022001215820{x}225820{y}{extra}"));
        assert_eq!(with("0326", 5).unwrap(), right);
        assert_eq!(with("048102", 5).unwrap(), right);
        assert!(with("033822", 5).is_err(), "ES384");
        assert!(with("048101", 5).is_err(), "to sign with");
        for wrong in [
            format!("a301022001215820{x}"),
            format!("a401012001215820{x}225820{y}"),
            format!("a401022002215820{x}225820{y}"),
            format!("a401022003215820{x}225820{y}"),
            format!("a401022001215820{x}22f5"),
            format!("a401022001215820{y}225820{x}"),
        ] {
            assert!(key_of(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
