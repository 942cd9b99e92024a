//! PKCS#12 files (RFC 7292): a private key with its chain of certificates, below a password.
//!
//! What today's tools write is read: DER, with the MAC of the format or none, and parts in the clear or
//! encrypted with PBES2 (PBKDF2, AES-CBC). The old ciphers, which OpenSSL 3 writes with `-legacy` only,
//! are named and refused.

use std::fmt;
use std::num::NonZeroU32;

use aecs_client::pem_of_der;
use aecs_crypto::{SecretBytes, SecretString};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, PaddedBlockDecryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, hmac, pbkdf2};
use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use zeroize::Zeroizing;

/// The most rounds by which a password is stretched: some seconds. Today's tools have up to 600,000.
const MOST_ROUNDS: u32 = 10_000_000;

/// 1.2.840.113549, of RSA Laboratories: PKCS, and its HMACs.
const RSADSI: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D];
/// 2.16.840.1.101.3.4, of NIST: AES and SHA-2.
const NIST: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04];
/// 1.3.14.3.2.26.
const SHA1: &[u8] = &[0x2B, 0x0E, 0x03, 0x02, 0x1A];

/// Why a file gives no key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// This part of it is not as the format has it.
    Malformed(&'static str),
    /// This is of a kind that is not read.
    Unknown(&'static str),
    /// It is encrypted with this old cipher.
    OldCipher(&'static str),
    /// Its MAC was not made with the password.
    WrongPassword,
    /// It has only certificates.
    NoKey,
    /// The number of private keys in it.
    SeveralKeys(usize),
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(part) => write!(f, "the PKCS#12 file is malformed in its {part}"),
            Self::Unknown(what) => write!(f, "the PKCS#12 file has {what}, which is not read"),
            Self::OldCipher(cipher) => {
                write!(
                    f,
                    "the PKCS#12 file is encrypted with {cipher}, an old cipher that is not read"
                )
            }
            Self::WrongPassword => f.write_str("wrong password of the PKCS#12 file"),
            Self::NoKey => f.write_str("the PKCS#12 file has no private key"),
            Self::SeveralKeys(keys) => {
                write!(f, "the PKCS#12 file has {keys} private keys: expected exactly one")
            }
        }
    }
}

impl Unread {
    /// What to do, for a file with the value of the secret `name`.
    pub(super) fn help(&self, name: &str) -> String {
        let put = format!("serviceadmin put {name} -");
        match self {
            Self::WrongPassword => {
                "give the password in a file with --pkcs12-password-file, or in the \
                                    environment variable AECS_PKCS12_PASSWORD"
                    .to_owned()
            }
            Self::NoKey => {
                "export the certificate with its key: openssl pkcs12 -export -inkey KEY.pem \
                            -in CERTIFICATE.pem -out FILE"
                    .to_owned()
            }
            Self::SeveralKeys(_) => format!(
                "openssl pkcs12 -in FILE -nodes -out ALL.pem prints all of them: keep one key and its \
                 certificates there, then {put} <ALL.pem, and delete the file"
            ),
            Self::OldCipher(_) => {
                format!("openssl pkcs12 -legacy -in FILE -nodes | {put}")
            }
            Self::Malformed(_) | Self::Unknown(_) => {
                format!("if OpenSSL reads it: openssl pkcs12 -in FILE -nodes | {put}")
            }
        }
    }
}

type Result<T> = std::result::Result<T, Unread>;

/// What is in a file.
#[derive(Default)]
struct Bags {
    keys: Vec<Bag<SecretBytes>>,
    certificates: Vec<Bag<Vec<u8>>>,
}

/// A key or a certificate, and the identifier that a key has in common with its certificate.
struct Bag<T> {
    der: T,
    id: Option<Vec<u8>>,
}

/// The private key and its certificates, in the order in which they sign, in PEM.
pub(super) fn read(file: &[u8], password: &str) -> Result<SecretString> {
    const FILE: &str = "outer part";
    let pfx = items(only(file, Tag::Sequence, FILE)?, FILE)?;
    let [version, safe, mac @ ..] = pfx.as_slice() else { return Err(Unread::Malformed(FILE)) };
    if version.value() != [3] {
        return Err(Unread::Unknown("another version than 3"));
    }
    let Content::Clear(safe) = content(safe)? else {
        return Err(Unread::Malformed(FILE));
    };
    match mac {
        [] => {}
        [mac] => check_mac(mac, safe, password)?,
        _ => return Err(Unread::Malformed(FILE)),
    }
    let mut bags = Bags::default();
    for part in items(only(safe, Tag::Sequence, "list of parts")?, "list of parts")? {
        match content(&part)? {
            Content::Clear(bytes) => bags.read(bytes, password)?,
            Content::Encrypted(algorithm, bytes) => {
                bags.read(decrypt(&algorithm, bytes, password)?.expose(), password)?;
            }
        }
    }
    bags.into_pem()
}

/// The content of a part (CMS, RFC 5652).
enum Content<'a> {
    Clear(&'a [u8]),
    /// The algorithm, and what it encrypted.
    Encrypted(AnyRef<'a>, &'a [u8]),
}

fn content<'a>(info: &AnyRef<'a>) -> Result<Content<'a>> {
    const PART: &str = "content";
    let info = items(inside(info, Tag::Sequence, PART)?, PART)?;
    let [kind, content] = info.as_slice() else { return Err(Unread::Malformed(PART)) };
    let content = inside(content, EXPLICIT, PART)?;
    // 1.2.840.113549.1.7, of PKCS#7.
    match inside(kind, Tag::ObjectIdentifier, PART)?.strip_prefix(RSADSI) {
        Some([1, 7, 1]) => Ok(Content::Clear(only(content, Tag::OctetString, PART)?)),
        Some([1, 7, 6]) => {
            let data = items(only(content, Tag::Sequence, PART)?, PART)?;
            let [_version, encrypted] = data.as_slice() else {
                return Err(Unread::Malformed(PART));
            };
            let encrypted = items(inside(encrypted, Tag::Sequence, PART)?, PART)?;
            let [_kind, algorithm, bytes] = encrypted.as_slice() else {
                return Err(Unread::Malformed(PART));
            };
            Ok(Content::Encrypted(*algorithm, inside(bytes, IMPLICIT, PART)?))
        }
        _ => Err(Unread::Unknown("a part that is sealed for a public key, or signed")),
    }
}

impl Bags {
    fn read(&mut self, contents: &[u8], password: &str) -> Result<()> {
        const BAG: &str = "bags";
        for bag in items(only(contents, Tag::Sequence, BAG)?, BAG)? {
            let bag = items(inside(&bag, Tag::Sequence, BAG)?, BAG)?;
            let [kind, value, attributes @ ..] = bag.as_slice() else {
                return Err(Unread::Malformed(BAG));
            };
            let value = inside(value, EXPLICIT, BAG)?;
            let id = local_key_id(attributes)?;
            // 1.2.840.113549.1.12.10.1, of PKCS#12.
            match inside(kind, Tag::ObjectIdentifier, BAG)?.strip_prefix(RSADSI) {
                Some([1, 12, 10, 1, 1]) => {
                    self.keys.push(Bag { der: SecretBytes::from(value.to_vec()), id });
                }
                Some([1, 12, 10, 1, 2]) => {
                    let key = items(only(value, Tag::Sequence, BAG)?, BAG)?;
                    let [algorithm, encrypted] = key.as_slice() else {
                        return Err(Unread::Malformed(BAG));
                    };
                    let encrypted = inside(encrypted, Tag::OctetString, BAG)?;
                    self.keys.push(Bag { der: decrypt(algorithm, encrypted, password)?, id });
                }
                Some([1, 12, 10, 1, 3]) => {
                    let certificate = items(only(value, Tag::Sequence, BAG)?, BAG)?;
                    let [kind, der] = certificate.as_slice() else {
                        return Err(Unread::Malformed(BAG));
                    };
                    // 1.2.840.113549.1.9.22.1, an X.509 certificate.
                    if kind.value().strip_prefix(RSADSI) != Some(&[1, 9, 22, 1]) {
                        return Err(Unread::Unknown("a certificate that is not X.509"));
                    }
                    let der = only(inside(der, EXPLICIT, BAG)?, Tag::OctetString, BAG)?.to_vec();
                    self.certificates.push(Bag { der, id });
                }
                _ => {
                    return Err(Unread::Unknown(
                        "something other than private keys and certificates",
                    ));
                }
            }
        }
        Ok(())
    }

    fn into_pem(self) -> Result<SecretString> {
        const CHAIN: &str = "certificates";
        let [key] = self.keys.as_slice() else {
            return Err(match self.keys.len() {
                0 => Unread::NoKey,
                keys => Unread::SeveralKeys(keys),
            });
        };
        let mut rest = Vec::new();
        for Bag { der, id } in &self.certificates {
            let (_, x509) = X509Certificate::from_der(der).map_err(|_| Unread::Malformed(CHAIN))?;
            rest.push((der, id, x509));
        }
        let mut pem = Zeroizing::new(pem_of_der("PRIVATE KEY", &key.der).expose().to_owned());
        // The key's certificate, its issuer's, and so on: a file has them in any order.
        let own = rest.iter().position(|(_, id, _)| id.is_some() && *id == &key.id);
        let mut next = own.or((!rest.is_empty()).then_some(0));
        while let Some(at) = next {
            let (der, _, x509) = rest.swap_remove(at);
            let certificate = pem_of_der("CERTIFICATE", &SecretBytes::from(der.clone()));
            pem = Zeroizing::new(pem.as_str().to_owned() + certificate.expose());
            next = rest.iter().position(|(_, _, it)| it.subject() == x509.issuer());
        }
        Ok(SecretString::from(pem.as_str().to_owned()))
    }
}

/// The identifier that a key has in common with its certificate, 1.2.840.113549.1.9.21.
fn local_key_id(attributes: &[AnyRef<'_>]) -> Result<Option<Vec<u8>>> {
    const ATTRIBUTES: &str = "attributes";
    for attributes in attributes {
        for attribute in items(inside(attributes, Tag::Set, ATTRIBUTES)?, ATTRIBUTES)? {
            let attribute = items(inside(&attribute, Tag::Sequence, ATTRIBUTES)?, ATTRIBUTES)?;
            if let [kind, values] = attribute.as_slice()
                && kind.value().strip_prefix(RSADSI) == Some(&[1, 9, 21])
            {
                return only(values.value(), Tag::OctetString, ATTRIBUTES)
                    .map(|id| Some(id.to_vec()));
            }
        }
    }
    Ok(None)
}

/// Checks that the MAC over `content` was made with the password.
fn check_mac(mac: &AnyRef<'_>, content: &[u8], password: &str) -> Result<()> {
    const MAC: &str = "MAC";
    let mac = items(inside(mac, Tag::Sequence, MAC)?, MAC)?;
    let [info, salt, rounds @ ..] = mac.as_slice() else { return Err(Unread::Malformed(MAC)) };
    let info = items(inside(info, Tag::Sequence, MAC)?, MAC)?;
    let [algorithm, expected] = info.as_slice() else { return Err(Unread::Malformed(MAC)) };
    let (hash, with) = match identifier(algorithm, MAC)?.0 {
        SHA1 => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        id => match id.strip_prefix(NIST) {
            Some([2, 1]) => (&digest::SHA256, hmac::HMAC_SHA256),
            Some([2, 2]) => (&digest::SHA384, hmac::HMAC_SHA384),
            Some([2, 3]) => (&digest::SHA512, hmac::HMAC_SHA512),
            _ => return Err(Unread::Unknown("a MAC of an unknown kind")),
        },
    };
    let rounds = match rounds {
        [] => 1,
        [rounds] => self::rounds(rounds)?.get(),
        _ => return Err(Unread::Malformed(MAC)),
    };
    let salt = inside(salt, Tag::OctetString, MAC)?;
    let key = mac_key(hash, password, salt, rounds);
    let expected = inside(expected, Tag::OctetString, MAC)?;
    hmac::verify(&hmac::Key::new(with, &key), content, expected).map_err(|_| Unread::WrongPassword)
}

/// The key of a MAC (RFC 7292, appendix B.2, with the identifier 3): one block of the hash.
fn mac_key(
    hash: &'static digest::Algorithm,
    password: &str,
    salt: &[u8],
    rounds: u32,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len();
    // Two bytes for each character, with a zero at the end.
    let password = password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes);
    let password = Zeroizing::new(password.collect::<Vec<u8>>());
    let filled = |bytes: &[u8]| {
        let length = bytes.len().next_multiple_of(block);
        Zeroizing::new(bytes.iter().copied().cycle().take(length).collect::<Vec<u8>>())
    };
    let mut context = digest::Context::new(hash);
    context.update(&vec![3; block]);
    context.update(&filled(salt));
    context.update(&filled(&password));
    let mut key = Zeroizing::new(context.finish().as_ref().to_vec());
    for _ in 1..rounds {
        key = Zeroizing::new(digest::digest(hash, &key).as_ref().to_vec());
    }
    key
}

/// Decrypts with PBES2 (RFC 8018, section 6.2).
fn decrypt(algorithm: &AnyRef<'_>, bytes: &[u8], password: &str) -> Result<SecretBytes> {
    const PBES2: &str = "encryption";
    let (id, parameters) = identifier(algorithm, PBES2)?;
    match id.strip_prefix(RSADSI) {
        Some([1, 5, 13]) => {}
        // 1.2.840.113549.1.12.1, the ciphers of PKCS#12 itself, and 1.2.840.113549.1.5, of PKCS#5 1.5.
        Some([1, 12, 1, 1 | 2]) => return Err(Unread::OldCipher("RC4")),
        Some([1, 12, 1, 3 | 4]) => return Err(Unread::OldCipher("3DES")),
        Some([1, 12, 1, 5 | 6] | [1, 5, 4 | 6 | 11]) => return Err(Unread::OldCipher("RC2")),
        Some([1, 5, 1 | 3 | 10]) => return Err(Unread::OldCipher("DES")),
        _ => return Err(Unread::Unknown("an unknown encryption")),
    }
    let parameters = parameters.ok_or(Unread::Malformed(PBES2))?;
    let parameters = items(inside(&parameters, Tag::Sequence, PBES2)?, PBES2)?;
    let [stretching, cipher] = parameters.as_slice() else {
        return Err(Unread::Malformed(PBES2));
    };
    let (cipher, iv) = identifier(cipher, PBES2)?;
    let (cipher, length): (&Algorithm, usize) =
        match (cipher.strip_prefix(NIST), cipher.strip_prefix(RSADSI)) {
            (Some([1, 2]), _) => (&AES_128, 16),
            (Some([1, 22]), _) => (&AES_192, 24),
            (Some([1, 42]), _) => (&AES_256, 32),
            (_, Some([3, 2])) => return Err(Unread::OldCipher("RC2")),
            (_, Some([3, 7])) => return Err(Unread::OldCipher("3DES")),
            _ => return Err(Unread::Unknown("an unknown cipher")),
        };
    let iv = inside(&iv.ok_or(Unread::Malformed(PBES2))?, Tag::OctetString, PBES2)?;
    let iv: [u8; 16] = iv.try_into().map_err(|_| Unread::Malformed(PBES2))?;
    let key = stretched(stretching, password, length)?;

    let mut plain = Zeroizing::new(bytes.to_vec());
    let key = UnboundCipherKey::new(cipher, &key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7);
    let key = key.map_err(|_| Unread::Malformed(PBES2))?;
    // A file without a MAC shows a wrong password only here.
    let length = key
        .decrypt(&mut plain, DecryptionContext::Iv128(FixedLength::from(iv)))
        .map_err(|_| Unread::WrongPassword)?
        .len();
    plain.truncate(length);
    Ok(SecretBytes::from(plain))
}

/// The key that PBKDF2 makes of a password (RFC 8018, appendix A.2).
fn stretched(function: &AnyRef<'_>, password: &str, length: usize) -> Result<Zeroizing<Vec<u8>>> {
    const PBKDF2: &str = "key derivation";
    let (id, parameters) = identifier(function, PBKDF2)?;
    if id.strip_prefix(RSADSI) != Some(&[1, 5, 12]) {
        return Err(Unread::Unknown("another key derivation than PBKDF2"));
    }
    let parameters = parameters.ok_or(Unread::Malformed(PBKDF2))?;
    let parameters = items(inside(&parameters, Tag::Sequence, PBKDF2)?, PBKDF2)?;
    let [salt, rounds, rest @ ..] = parameters.as_slice() else {
        return Err(Unread::Malformed(PBKDF2));
    };
    // The length of the key, which is the cipher's, may stand before the function.
    let function = rest.iter().find(|it| it.tag() == Tag::Sequence);
    let function = function.map(|it| identifier(it, PBKDF2)).transpose()?;
    let function = match function.map(|(id, _)| id.strip_prefix(RSADSI)) {
        None | Some(Some([2, 7])) => pbkdf2::PBKDF2_HMAC_SHA1,
        Some(Some([2, 9])) => pbkdf2::PBKDF2_HMAC_SHA256,
        Some(Some([2, 10])) => pbkdf2::PBKDF2_HMAC_SHA384,
        Some(Some([2, 11])) => pbkdf2::PBKDF2_HMAC_SHA512,
        Some(_) => return Err(Unread::Unknown("an unknown hash of PBKDF2")),
    };
    let salt = inside(salt, Tag::OctetString, PBKDF2)?;
    let mut key = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(function, self::rounds(rounds)?, salt, password.as_bytes(), &mut key);
    Ok(key)
}

fn rounds(number: &AnyRef<'_>) -> Result<NonZeroU32> {
    let number: u32 = number.decode_as().map_err(|_| Unread::Malformed("number of rounds"))?;
    let number = NonZeroU32::new(number).filter(|number| number.get() <= MOST_ROUNDS);
    number.ok_or(Unread::Unknown("a number of rounds outside of 1 to 10,000,000"))
}

/// The identifier and the parameters of an algorithm.
fn identifier<'a>(
    algorithm: &AnyRef<'a>,
    part: &'static str,
) -> Result<(&'a [u8], Option<AnyRef<'a>>)> {
    match items(inside(algorithm, Tag::Sequence, part)?, part)?.as_slice() {
        [id] => Ok((inside(id, Tag::ObjectIdentifier, part)?, None)),
        [id, parameters] => Ok((inside(id, Tag::ObjectIdentifier, part)?, Some(*parameters))),
        _ => Err(Unread::Malformed(part)),
    }
}

/// `[0]`, around another element.
const EXPLICIT: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
/// `[0]`, in place of another tag.
const IMPLICIT: Tag = Tag::ContextSpecific { constructed: false, number: TagNumber(0) };

/// The elements that follow each other.
fn items<'a>(content: &'a [u8], part: &'static str) -> Result<Vec<AnyRef<'a>>> {
    let malformed = |_| Unread::Malformed(part);
    let mut reader = SliceReader::new(content).map_err(malformed)?;
    let mut items = Vec::new();
    while !reader.is_finished() {
        items.push(AnyRef::decode(&mut reader).map_err(malformed)?);
    }
    Ok(items)
}

/// The content of an element that must have this tag.
fn inside<'a>(element: &AnyRef<'a>, tag: Tag, part: &'static str) -> Result<&'a [u8]> {
    match element.tag() == tag {
        true => Ok(element.value()),
        false => Err(Unread::Malformed(part)),
    }
}

/// The content of the one element that there is.
fn only<'a>(bytes: &'a [u8], tag: Tag, part: &'static str) -> Result<&'a [u8]> {
    match items(bytes, part)?.as_slice() {
        [element] => inside(element, tag, part),
        _ => Err(Unread::Malformed(part)),
    }
}

#[cfg(test)]
mod tests;
