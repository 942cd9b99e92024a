//! Files of age (age-encryption.org/v1, the specification of C2SP) to native X25519 recipients, in
//! their armored form: what custodians of recovery shares have keys and tools for.
//!
//! A file is written for one recipient, and a short one: a single chunk. Read is what any tool of age
//! wrote for this identity, with stanzas of others beside it. There is no passphrase, SSH key or plugin.
//!
//! The algorithms come from aws-lc-rs; this module composes them (docs/decisions/recovery-shares.md says why).
//! Private keys, file keys and plain texts are wiped when they are dropped.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use bech32::{Bech32, Hrp};
use zeroize::Zeroizing;

use crate::cipher::{aead_open, aead_seal};
use crate::derivation::{expand, extract};
use crate::error::{Error, Result};
use crate::hash::{random, random_secret};
use crate::secret::SecretBytes;

/// The first line of a file.
const VERSION: &str = "age-encryption.org/v1";
/// HKDF info of the key that wraps a file key for a recipient.
const X25519_INFO: &[u8] = b"age-encryption.org/v1/X25519";
const STANZA: &str = "-> ";
const X25519_TYPE: &str = "X25519";
const FOOTER: &str = "---";
const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";
const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const END: &str = "-----END AGE ENCRYPTED FILE-----";

const KEY: usize = 32;
const FILE_KEY: usize = 16;
const TAG: usize = 16;
const PAYLOAD_NONCE: usize = 16;
/// Characters of a line, in the armor and in the body of a stanza.
const COLUMNS: usize = 64;
/// Bytes of a plain text in one chunk, which are all that is read and written here.
const CHUNK: usize = 64 * 1024;
/// The nonce of the only chunk, which is the last one (specification, "Payload").
const ONLY_CHUNK: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/// Bytes of an armored file that are read.
const MAX_FILE: usize = 256 * 1024;

const NOT_A_FILE: Error = Error::MalformedAge("an armored file of age");

/// Whether a file is one of age, armored or not.
#[must_use]
pub fn is_encrypted(file: &[u8]) -> bool {
    [BEGIN, VERSION].iter().any(|start| file.trim_ascii_start().starts_with(start.as_bytes()))
}

/// Whom a file is for: `age1…`.
///
/// ```
/// use aecs_crypto::age::{Identity, Recipient};
///
/// let identity = Identity::generate()?;
/// let recipient: Recipient = identity.recipient()?.to_string().parse()?;
/// let file = recipient.encrypt(b"a share")?;
/// assert!(identity.decrypt(&file)?.ct_eq(b"a share"));
/// # Ok::<(), aecs_crypto::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient([u8; KEY]);

impl FromStr for Recipient {
    type Err = Error;

    /// # Errors
    /// [`Error::MalformedAge`] for anything but a native recipient.
    fn from_str(text: &str) -> Result<Self> {
        let malformed = || Error::MalformedAge("a recipient of age (age1…)");
        let (hrp, bytes) = bech32::decode(text).map_err(|_| malformed())?;
        let key = bytes.try_into().map_err(|_| malformed())?;
        let recipient = Self(key);
        // In one form only: lower case, and with the checksum of bech32.
        if hrp.as_str() != RECIPIENT || recipient.to_string() != text {
            return Err(malformed());
        }
        // One whose agreement is always zero is found before anything is encrypted to it.
        agreed(&PrivateKey::generate(&X25519).map_err(library)?, &key).map_err(|_| malformed())?;
        Ok(recipient)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hrp = Hrp::parse(RECIPIENT).map_err(|_| fmt::Error)?;
        f.write_str(&bech32::encode_lower::<Bech32>(hrp, &self.0).map_err(|_| fmt::Error)?)
    }
}

impl Recipient {
    /// An armored file with `plain`, of at most 64 KiB.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedAge`] for a longer text, [`Error::Library`] if the cryptographic library fails.
    pub fn encrypt(&self, plain: &[u8]) -> Result<String> {
        if plain.len() > CHUNK {
            return Err(Error::MalformedAge("a text of at most 64 KiB"));
        }
        let file_key = random_secret::<FILE_KEY>()?;
        let ephemeral = PrivateKey::generate(&X25519).map_err(library)?;
        let share = ephemeral.compute_public_key().map_err(library)?;
        let share: [u8; KEY] =
            share.as_ref().try_into().map_err(|_| Error::Library("X25519 public key"))?;
        let wrapping = wrapping_key(&ephemeral, &self.0, &share, &self.0).map_err(library)?;
        let wrapped = seal(&wrapping, [0; 12], &*file_key)?;
        let head = format!(
            "{VERSION}\n{STANZA}{X25519_TYPE} {}\n{}\n{FOOTER}",
            BASE64_STANDARD_NO_PAD.encode(share),
            BASE64_STANDARD_NO_PAD.encode(wrapped)
        );
        let mac = hmac::sign(&mac_key(&file_key)?, head.as_bytes());
        let nonce = random::<PAYLOAD_NONCE>()?;
        let body = seal(&payload_key(&file_key, &nonce)?, ONLY_CHUNK, plain)?;
        let mut file = head.into_bytes();
        file.push(b' ');
        file.extend_from_slice(BASE64_STANDARD_NO_PAD.encode(mac).as_bytes());
        file.push(b'\n');
        file.extend_from_slice(&nonce);
        file.extend_from_slice(&body);
        Ok(armored(&file))
    }
}

/// The private key of a [`Recipient`]: `AGE-SECRET-KEY-1…`.
pub struct Identity {
    key: PrivateKey,
    seed: Zeroizing<[u8; KEY]>,
}

impl Identity {
    /// A new one.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn generate() -> Result<Self> {
        Self::from_seed(random_secret()?)
    }

    /// Reads an identity file: the lines that are neither empty nor begin with `#` are identities.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedAge`] for a file that has none, or something else than native ones.
    pub fn of_file(text: &str) -> Result<Vec<Self>> {
        let lines = text.lines().map(str::trim);
        let identities: Vec<Self> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(Self::from_line)
            .collect::<Result<_>>()?;
        match identities.is_empty() {
            true => Err(Error::MalformedAge("an identity file of age (AGE-SECRET-KEY-1…)")),
            false => Ok(identities),
        }
    }

    fn from_line(line: &str) -> Result<Self> {
        let malformed = || Error::MalformedAge("an identity of age (AGE-SECRET-KEY-1…)");
        let (hrp, bytes) = bech32::decode(line).map_err(|_| malformed())?;
        let bytes = Zeroizing::new(bytes);
        if hrp.to_lowercase() != IDENTITY || bytes.len() != KEY {
            return Err(malformed());
        }
        let mut seed = Zeroizing::new([0; KEY]);
        seed.copy_from_slice(&bytes);
        Self::from_seed(seed)
    }

    fn from_seed(seed: Zeroizing<[u8; KEY]>) -> Result<Self> {
        let key = PrivateKey::from_private_key(&X25519, &*seed)
            .map_err(|_| Error::MalformedAge("an identity of age"))?;
        Ok(Self { key, seed })
    }

    /// The line of an identity file.
    ///
    /// # Errors
    ///
    /// [`Error::Library`], never for a key that exists.
    pub fn line(&self) -> Result<Zeroizing<String>> {
        let failed = |_| Error::Library("bech32");
        let hrp = Hrp::parse(IDENTITY).map_err(|_| Error::Library("bech32"))?;
        bech32::encode_upper::<Bech32>(hrp, &*self.seed).map(Zeroizing::new).map_err(failed)
    }

    /// Whom to encrypt to.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn recipient(&self) -> Result<Recipient> {
        let public = self.key.compute_public_key().map_err(library)?;
        let key = public.as_ref().try_into().map_err(|_| Error::Library("X25519 public key"))?;
        Ok(Recipient(key))
    }

    /// Opens an armored file that has a stanza for this identity.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedAge`] for what is no such file, [`Error::Decryption`] for one that is not for
    /// this identity, or was changed.
    pub fn decrypt(&self, armored: &str) -> Result<SecretBytes> {
        let file = unarmored(armored)?;
        let header = Header::read(&file)?;
        let own = self.recipient()?;
        let file_key = header
            .stanzas
            .iter()
            .find_map(|stanza| self.unwrap(stanza, &own.0))
            .ok_or(Error::Decryption)?;
        hmac::verify(&mac_key(&file_key)?, header.covered, &header.mac)
            .map_err(|_| Error::Decryption)?;
        let (nonce, body) =
            header.payload.split_first_chunk::<PAYLOAD_NONCE>().ok_or(Error::Decryption)?;
        if body.len() > CHUNK + TAG {
            return Err(Error::MalformedAge("a file of age with at most 64 KiB"));
        }
        let plain = open(&payload_key(&file_key, nonce)?, ONLY_CHUNK, body)?;
        Ok(SecretBytes::from(plain))
    }

    /// The file key, if the stanza is for this identity.
    fn unwrap(&self, stanza: &Stanza, own: &[u8; KEY]) -> Option<Zeroizing<[u8; FILE_KEY]>> {
        let wrapping = wrapping_key(&self.key, &stanza.share, &stanza.share, own).ok()?;
        let opened = open(&wrapping, [0; 12], &stanza.wrapped).ok()?;
        let mut key = Zeroizing::new([0; FILE_KEY]);
        if opened.len() != FILE_KEY {
            return None;
        }
        key.copy_from_slice(&opened);
        Some(key)
    }
}

/// A stanza of the type X25519; others are passed over.
struct Stanza {
    share: [u8; KEY],
    wrapped: Vec<u8>,
}

struct Header<'a> {
    stanzas: Vec<Stanza>,
    /// What the MAC covers: the header up to `---`.
    covered: &'a [u8],
    mac: Vec<u8>,
    payload: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(file: &'a [u8]) -> Result<Self> {
        let (first, mut rest) = line(file)?;
        if first != VERSION {
            return Err(NOT_A_FILE);
        }
        let mut stanzas = Vec::new();
        loop {
            let (head, after) = line(rest)?;
            if let Some(mac) = head.strip_prefix(FOOTER) {
                let mac = mac.strip_prefix(' ').ok_or(NOT_A_FILE)?;
                let before = file.len() - rest.len() + FOOTER.len();
                let covered = file.get(..before).ok_or(NOT_A_FILE)?;
                return Ok(Self { stanzas, covered, mac: unpadded(mac)?, payload: after });
            }
            let arguments = head.strip_prefix(STANZA).ok_or(NOT_A_FILE)?;
            rest = after;
            let mut body = String::new();
            loop {
                let (part, after) = line(rest)?;
                rest = after;
                body.push_str(part);
                if part.len() > COLUMNS {
                    return Err(NOT_A_FILE);
                }
                if part.len() < COLUMNS {
                    break;
                }
            }
            let Some(share) = arguments.strip_prefix("X25519 ") else { continue };
            let share = unpadded(share)?.try_into().map_err(|_| NOT_A_FILE)?;
            let wrapped = unpadded(&body)?;
            if wrapped.len() != FILE_KEY + TAG {
                return Err(NOT_A_FILE);
            }
            stanzas.push(Stanza { share, wrapped });
        }
    }
}

/// A line of the header, and what follows it.
fn line(bytes: &[u8]) -> Result<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(NOT_A_FILE)?;
    let (line, rest) = bytes.split_at(end);
    let text = std::str::from_utf8(line).ok().filter(|text| text.is_ascii()).ok_or(NOT_A_FILE)?;
    Ok((text, rest.get(1..).unwrap_or_default()))
}

fn unpadded(text: &str) -> Result<Vec<u8>> {
    BASE64_STANDARD_NO_PAD.decode(text).map_err(|_| NOT_A_FILE)
}

fn armored(file: &[u8]) -> String {
    let body = BASE64_STANDARD.encode(file);
    let mut text = format!("{BEGIN}\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(COLUMNS));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(END);
    text.push('\n');
    text
}

fn unarmored(text: &str) -> Result<Vec<u8>> {
    if text.len() > MAX_FILE {
        return Err(NOT_A_FILE);
    }
    let body = text.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
    let body: String = body.ok_or(NOT_A_FILE)?.lines().map(str::trim_end).collect();
    BASE64_STANDARD.decode(body).map_err(|_| NOT_A_FILE)
}

/// The key that wraps a file key: of the agreement of `own` with `peer`, under the salt of the
/// ephemeral share and the recipient.
fn wrapping_key(
    own: &PrivateKey,
    peer: &[u8; KEY],
    share: &[u8; KEY],
    recipient: &[u8; KEY],
) -> Result<LessSafeKey, Unspecified> {
    let salt = [share.as_slice(), recipient].concat();
    let agreed = agreed(own, peer)?;
    let key = expand(&extract(&salt, &*agreed), &[X25519_INFO]).map_err(|_| Unspecified)?;
    cipher(&key).map_err(|_| Unspecified)
}

/// Fails if the agreement is all zeros, as the specification demands.
fn agreed(own: &PrivateKey, peer: &[u8; KEY]) -> Result<Zeroizing<[u8; KEY]>, Unspecified> {
    agree(own, UnparsedPublicKey::new(&X25519, peer), Unspecified, |secret| {
        let mut out = Zeroizing::new([0; KEY]);
        if secret.len() != KEY {
            return Err(Unspecified);
        }
        out.copy_from_slice(secret);
        Ok(out)
    })
}

fn mac_key(file_key: &Zeroizing<[u8; FILE_KEY]>) -> Result<hmac::Key> {
    let key: Zeroizing<[u8; KEY]> = expand(&extract(&[], &**file_key), &[b"header"])?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &*key))
}

fn payload_key(
    file_key: &Zeroizing<[u8; FILE_KEY]>,
    nonce: &[u8; PAYLOAD_NONCE],
) -> Result<LessSafeKey> {
    let key = expand(&extract(nonce, &**file_key), &[b"payload"])?;
    cipher(&key)
}

fn cipher(key: &[u8; KEY]) -> Result<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key).map(LessSafeKey::new).map_err(library)
}

/// Each key seals once, so that no nonce can repeat.
fn seal(key: &LessSafeKey, nonce: [u8; 12], plain: &[u8]) -> Result<Vec<u8>> {
    let (cipher, tag) = aead_seal(key, nonce, &[], plain)?;
    Ok([cipher.as_slice(), &tag].concat())
}

fn open(key: &LessSafeKey, nonce: [u8; 12], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (cipher, tag) = sealed.split_last_chunk::<TAG>().ok_or(Error::Decryption)?;
    aead_open(key, nonce, &[], cipher, *tag)
}

fn library(_: Unspecified) -> Error {
    Error::Library("age encryption")
}

#[cfg(test)]
mod tests;
