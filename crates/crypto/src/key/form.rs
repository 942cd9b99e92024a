//! The forms in which keys are written, told apart before anything is decoded as a key.
//!
//! One list of forms for public and one for private keys; what is in neither is refused with a
//! message that names what was found and what is accepted.

use sm2::pkcs8::der::asn1::{OctetStringRef, SequenceRef};
use sm2::pkcs8::der::{Decode, Reader, SliceReader, TagMode, TagNumber};
use sm2::pkcs8::{ObjectIdentifier, PrivateKeyInfoRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::pem::{self, Block};

pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(crate) const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");

/// Names for messages; an identifier that is not here is shown as it is.
const NAMES: [(&str, ObjectIdentifier); 10] = [
    ("RSA", RSA),
    ("RSA-PSS", ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10")),
    ("EC", EC),
    ("SM2", SM2),
    ("Ed25519", ED25519),
    ("X25519", X25519),
    ("P-256", ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7")),
    ("P-384", ObjectIdentifier::new_unwrap("1.3.132.0.34")),
    ("P-521", ObjectIdentifier::new_unwrap("1.3.132.0.35")),
    ("secp256k1", ObjectIdentifier::new_unwrap("1.3.132.0.10")),
];

const ACCEPTED_PUBLIC: &str = "an RSA key (RSA PUBLIC KEY or PUBLIC KEY), an SM2 key (PUBLIC KEY), \
     or an Ed25519 key followed by an X25519 key (two PUBLIC KEY blocks)";
const ACCEPTED_PRIVATE: &str = "an RSA key (RSA PRIVATE KEY or PRIVATE KEY), an SM2 key \
     (EC PRIVATE KEY or PRIVATE KEY), or an Ed25519 key followed by an X25519 key \
     (two PRIVATE KEY blocks)";

/// How much of a label from outside is repeated in a message.
const SHOWN_BLOCKS: usize = 3;
const SHOWN_LABEL: usize = 32;

type Der = Zeroizing<Vec<u8>>;

/// A public key by its form; nothing of the key itself is checked yet.
pub(super) enum PublicForm {
    RsaPkcs1(Der),
    RsaSpki(Der),
    Sm2Spki(Der),
    Modern { ed25519: Vec<u8>, x25519: Vec<u8> },
}

impl PublicForm {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut blocks = pem::parse(text)?;
        let labels: Vec<&str> = blocks.iter().map(|block| block.label).collect();
        let form = match (labels.as_slice(), blocks.as_mut_slice()) {
            ([pem::RSA_PUBLIC_KEY], [block]) => {
                Some(Self::RsaPkcs1(std::mem::take(&mut block.der)))
            }
            ([pem::PUBLIC_KEY], [block]) => Self::single(block)?,
            ([pem::PUBLIC_KEY, pem::PUBLIC_KEY], [first, second]) => {
                match (spki(first)?, spki(second)?) {
                    ((ED25519, ed25519), (X25519, x25519)) => {
                        Some(Self::Modern { ed25519, x25519 })
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        form.ok_or_else(|| Error::UnacceptedKey {
            wanted: "a public key",
            found: describe(&blocks, |block| spki(block).ok().map(|(algorithm, _)| algorithm)),
            accepted: ACCEPTED_PUBLIC,
        })
    }

    fn single(block: &mut Block<'_>) -> Result<Option<Self>> {
        let info = SubjectPublicKeyInfoRef::from_der(&block.der)
            .map_err(|_| Error::MalformedKey("public key"))?;
        match info.algorithm.oid {
            RSA => Ok(Some(Self::RsaSpki(std::mem::take(&mut block.der)))),
            EC => {
                check_curve(info.algorithm.parameters_oid().ok())?;
                Ok(Some(Self::Sm2Spki(std::mem::take(&mut block.der))))
            }
            _ => Ok(None),
        }
    }
}

/// A private key by its form; nothing of the key itself is checked yet.
pub(crate) enum PrivateForm {
    RsaPkcs1(Der),
    RsaPkcs8(Der),
    Sm2Sec1(Der),
    Sm2Pkcs8(Der),
    Modern { ed25519: Zeroizing<[u8; 32]>, x25519: Zeroizing<[u8; 32]> },
}

impl PrivateForm {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut blocks = pem::parse_private(text)?;
        let labels: Vec<&str> = blocks.iter().map(|block| block.label).collect();
        let form = match (labels.as_slice(), blocks.as_mut_slice()) {
            ([pem::RSA_PRIVATE_KEY], [block]) => {
                Some(Self::RsaPkcs1(std::mem::take(&mut block.der)))
            }
            ([pem::EC_PRIVATE_KEY], [block]) => {
                check_curve(sec1_curve(&block.der)?)?;
                Some(Self::Sm2Sec1(std::mem::take(&mut block.der)))
            }
            ([pem::PRIVATE_KEY], [block]) => Self::single(block)?,
            ([pem::PRIVATE_KEY, pem::PRIVATE_KEY], [first, second]) => {
                match (pkcs8_algorithm(first)?, pkcs8_algorithm(second)?) {
                    (ED25519, X25519) => Some(Self::Modern {
                        ed25519: curve25519_seed(&first.der)?,
                        x25519: curve25519_seed(&second.der)?,
                    }),
                    _ => None,
                }
            }
            _ => None,
        };
        form.ok_or_else(|| Error::UnacceptedKey {
            wanted: "a private key",
            found: described(&blocks),
            accepted: ACCEPTED_PRIVATE,
        })
    }

    fn single(block: &mut Block<'_>) -> Result<Option<Self>> {
        let info = PrivateKeyInfoRef::from_der(&block.der)
            .map_err(|_| Error::MalformedKey("private key"))?;
        match info.algorithm.oid {
            RSA => Ok(Some(Self::RsaPkcs8(std::mem::take(&mut block.der)))),
            EC => {
                check_curve(info.algorithm.parameters_oid().ok())?;
                Ok(Some(Self::Sm2Pkcs8(std::mem::take(&mut block.der))))
            }
            _ => Ok(None),
        }
    }
}

/// Algorithm and key bytes of an SPKI block.
fn spki(block: &Block<'_>) -> Result<(ObjectIdentifier, Vec<u8>)> {
    let malformed = || Error::MalformedKey("public key");
    let info = SubjectPublicKeyInfoRef::from_der(&block.der).map_err(|_| malformed())?;
    let key = info.subject_public_key.as_bytes().ok_or_else(malformed)?;
    Ok((info.algorithm.oid, key.to_vec()))
}

fn pkcs8_algorithm(block: &Block<'_>) -> Result<ObjectIdentifier> {
    PrivateKeyInfoRef::from_der(&block.der)
        .map(|info| info.algorithm.oid)
        .map_err(|_| Error::MalformedKey("private key"))
}

/// The 32 bytes in a PKCS#8 version 1 block of RFC 8410, section 7.
fn curve25519_seed(der: &[u8]) -> Result<Zeroizing<[u8; 32]>> {
    let malformed = || Error::MalformedKey("private key");
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| malformed())?;
    if info.public_key.is_some() || info.algorithm.parameters.is_some() {
        return Err(malformed());
    }
    let seed = <&OctetStringRef>::from_der(info.private_key.as_bytes()).map_err(|_| malformed())?;
    let mut out = Zeroizing::new([0; 32]);
    if seed.as_bytes().len() != out.len() {
        return Err(malformed());
    }
    out.copy_from_slice(seed.as_bytes());
    Ok(out)
}

/// The named curve of an `ECPrivateKey` (RFC 5915).
fn sec1_curve(der: &[u8]) -> Result<Option<ObjectIdentifier>> {
    let read = || -> sm2::pkcs8::der::Result<Option<ObjectIdentifier>> {
        let sequence = <&SequenceRef>::from_der(der)?;
        let mut reader = SliceReader::new(sequence.as_bytes())?;
        u8::decode(&mut reader)?;
        <&OctetStringRef>::decode(&mut reader)?;
        reader.context_specific(TagNumber(0), TagMode::Explicit)
    };
    read().map_err(|_| Error::MalformedKey("private key"))
}

/// Accepts SM2's curve only, and only when it is named.
fn check_curve(curve: Option<ObjectIdentifier>) -> Result<()> {
    match curve {
        Some(SM2) => Ok(()),
        Some(other) => Err(Error::UnacceptedCurve { curve: name(other) }),
        None => Err(Error::UnacceptedCurve { curve: "without a name".to_owned() }),
    }
}

fn name(oid: ObjectIdentifier) -> String {
    NAMES
        .into_iter()
        .find_map(|(name, known)| (known == oid).then(|| name.to_owned()))
        .unwrap_or_else(|| oid.to_string())
}

/// The blocks of a private key, for a message that refuses them.
pub(crate) fn described(blocks: &[Block<'_>]) -> String {
    describe(blocks, |block| pkcs8_algorithm(block).ok())
}

/// The blocks by label and algorithm, such as `PUBLIC KEY (X25519), PUBLIC KEY (Ed25519)`.
fn describe(
    blocks: &[Block<'_>],
    algorithm: impl Fn(&Block<'_>) -> Option<ObjectIdentifier>,
) -> String {
    let mut shown: Vec<String> = blocks
        .iter()
        .take(SHOWN_BLOCKS)
        .map(|block| {
            let label: String = block.label.chars().take(SHOWN_LABEL).collect();
            match algorithm(block) {
                Some(oid) => format!("{label} ({})", name(oid)),
                None => label,
            }
        })
        .collect();
    if blocks.len() > SHOWN_BLOCKS {
        shown.push(format!("{} more", blocks.len() - SHOWN_BLOCKS));
    }
    shown.join(", ")
}
