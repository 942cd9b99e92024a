//! The chain of an audit log, and a node's signature over the head of it.
//!
//! An audit log is lines of JSON. An *entry* has a number (`sequence`) and the SHA-256 of the entry
//! before it (`previous`). A *head* names the number and the SHA-256 of the last entry, and the node
//! signs it; one signed head covers every entry before it. Invariant: what [`Checker`] calls intact
//! has consecutive entries, each following from the one before, up to a head that a trusted key
//! signed. No secret of the server is needed to check that.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::hash::sha256;
use crate::labels;
use crate::record::RecordKey;
use crate::transcript::Transcript;

/// The end of a chain: the number of its last entry and that entry's SHA-256. Entries are numbered
/// from 1, and nothing comes before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The number of the last entry; 0 if there is none.
    pub sequence: u64,
    /// The SHA-256 of the last entry's line, without the line's end; zeros if there is none.
    pub hash: [u8; 32],
}

impl Head {
    /// The head after `line` was appended.
    #[must_use]
    pub fn after(self, line: &[u8]) -> Self {
        Self { sequence: self.sequence.saturating_add(1), hash: sha256(line) }
    }

    fn transcript(self) -> Transcript {
        Transcript::new(labels::AUDIT_HEAD).field(&self.sequence.to_be_bytes()).field(&self.hash)
    }
}

/// The key by which a node signs the head of its audit log: Ed25519 (RFC 8032).
pub struct AuditKey {
    signing: Ed25519KeyPair,
    public: AuditPublicKey,
}

impl AuditKey {
    /// The audit key of the node whose records are under `key`.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn of(key: &RecordKey) -> Result<Self> {
        let seed = key.derive("AECS audit log")?.to_bytes();
        let signing = Ed25519KeyPair::from_seed_unchecked(seed.expose())
            .map_err(|_| Error::Library("audit key"))?;
        let public = AuditPublicKey::from_bytes(signing.public_key().as_ref())?;
        Ok(Self { signing, public })
    }

    /// The key that verifies its signatures.
    pub fn public(&self) -> AuditPublicKey {
        self.public
    }

    /// The line of a signed head, without the line's end.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn head_line(&self, head: Head) -> Result<String> {
        let signature = self
            .signing
            .try_sign(head.transcript().as_bytes())
            .map_err(|_| Error::Library("Ed25519 signature"))?;
        Ok(format!(
            r#"{{"head":{},"hash":"{}","key":"{}","signature":"{}"}}"#,
            head.sequence,
            hex::encode_upper(head.hash),
            self.public,
            hex::encode_upper(signature.as_ref())
        ))
    }
}

/// Shows the public half only.
impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuditKey").field(&self.public).finish()
    }
}

/// The public half of an [`AuditKey`]; 64 hexadecimal digits as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuditPublicKey([u8; 32]);

impl AuditPublicKey {
    /// A key from its 32 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] if there are not exactly 32 of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        bytes.try_into().map(Self).map_err(|_| Error::MalformedKey("audit key"))
    }

    /// The name of the node in its entries: the start of the key's SHA-256.
    pub fn node(&self) -> String {
        let mut name = hex::encode(sha256(&self.0));
        name.truncate(16);
        name
    }

    fn verify(&self, head: Head, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(head.transcript().as_bytes(), signature)
            .is_ok()
    }
}

impl fmt::Display for AuditPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

impl FromStr for AuditPublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bytes = hex::decode(text.trim()).map_err(|_| Error::MalformedKey("audit key"))?;
        Self::from_bytes(&bytes)
    }
}

/// How an entry stands in the chain; flattened around what it says.
#[derive(Serialize)]
pub struct Entry<'a, T> {
    sequence: u64,
    previous: String,
    /// Entries before this one that could not be written.
    #[serde(skip_serializing_if = "is_zero")]
    lost: u64,
    #[serde(flatten)]
    body: &'a T,
}

impl<'a, T: Serialize> Entry<'a, T> {
    /// The entry that follows `head`, after `lost` entries that could not be written.
    pub fn new(head: Head, lost: u64, body: &'a T) -> Self {
        let previous = hex::encode_upper(head.hash);
        Self { sequence: head.sequence.saturating_add(1), previous, lost, body }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The caller of entries that the server makes of itself.
pub const BY_SERVER: &str = "server";

/// The result of an entry of the server: it has found its log changed while it did not run.
pub const CHANGED: &str = "changed";

/// A line as it is read back.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Entry {
        sequence: u64,
        previous: String,
        #[serde(default)]
        lost: u64,
        #[serde(default)]
        caller: String,
        #[serde(default)]
        result: String,
        #[serde(default)]
        reason: String,
    },
    Head {
        head: u64,
        hash: String,
        key: String,
        signature: String,
    },
}

/// Something in an audit log that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// A line is neither an entry nor a signed head.
    Unreadable,
    /// Entries are missing before this one.
    Missing {
        /// The first missing number.
        from: u64,
        /// The last missing number.
        to: u64,
    },
    /// An entry's number is not greater than the one before: lines were moved or repeated.
    OutOfOrder {
        /// The number that had to come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// An entry does not follow from the one before, which was edited or exchanged.
    DoesNotFollow {
        /// The number of the entry before.
        edited: u64,
    },
    /// The server has recorded that the log was changed while it did not run, and went on from what
    /// it found.
    Changed {
        /// The number of that entry.
        entry: u64,
        /// What the server noticed.
        reason: String,
    },
    /// A signed head does not fit the entries before it.
    HeadDoesNotFit {
        /// The number of the entry that the head names.
        head: u64,
    },
    /// The signature of a head is wrong.
    BadSignature {
        /// The number of the entry that the head names.
        head: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("the line is neither an entry nor a signed head"),
            Self::Missing { from, to } if from == to => write!(f, "entry {from} is missing"),
            Self::Missing { from, to } => write!(f, "entries {from} to {to} are missing"),
            Self::OutOfOrder { expected, found } => {
                write!(f, "entry {found} stands where entry {expected} must be")
            }
            Self::DoesNotFollow { edited } => {
                write!(f, "entry {edited} was edited: this entry does not follow from it")
            }
            Self::Changed { entry, reason } => {
                write!(f, "entry {entry} records a change while the server did not run: {reason}")
            }
            Self::HeadDoesNotFit { head } => {
                write!(f, "the signed head of entry {head} does not fit the entries before it")
            }
            Self::BadSignature { head } => {
                write!(f, "the signature of the head of entry {head} is wrong")
            }
        }
    }
}

/// How many keys are listed that nobody asked for.
const MAX_OTHER_KEYS: usize = 16;

/// Reads the lines of an audit log, in order, and finds what is wrong with them.
#[derive(Debug, Default)]
pub struct Checker {
    keys: Vec<AuditPublicKey>,
    first: Option<u64>,
    head: Head,
    signed: Option<(Head, AuditPublicKey)>,
    other_keys: Vec<AuditPublicKey>,
    entries: u64,
    /// Entries since the last head that a trusted key signed.
    unsigned: u64,
    lost: u64,
    /// Only the signature of the last head is verified, by [`Checker::finish`].
    last_only: bool,
    unverified: Option<(Head, AuditPublicKey, Vec<u8>)>,
}

impl Checker {
    /// A check that trusts heads signed by one of `keys`; without any, every key.
    #[must_use]
    pub fn new(keys: Vec<AuditPublicKey>) -> Self {
        Self { keys, ..Self::default() }
    }

    /// A check that trusts every key and verifies one signature only, that of the last head: it
    /// covers all lines before it. For long logs that are read often.
    #[must_use]
    pub fn of_last_head() -> Self {
        Self { last_only: true, ..Self::default() }
    }

    /// Ends the check, with the signature that [`Checker::of_last_head`] has left.
    ///
    /// # Errors
    ///
    /// [`Finding::BadSignature`]. Which of the heads before has a right one is then not known.
    pub fn finish(&mut self) -> std::result::Result<(), Finding> {
        let Some((head, public, signature)) = self.unverified.take() else { return Ok(()) };
        if !public.verify(head, &signature) {
            return Err(Finding::BadSignature { head: head.sequence });
        }
        self.signed = Some((head, public));
        Ok(())
    }

    /// Takes the next line, without its end. An entry that does not follow is a finding, and the
    /// check goes on from it.
    ///
    /// # Errors
    ///
    /// What is wrong with the line.
    pub fn line(&mut self, line: &[u8]) -> std::result::Result<(), Finding> {
        match serde_json::from_slice(line) {
            Ok(Line::Entry { sequence, previous, lost, caller, result, reason }) => {
                self.entry(line, sequence, &previous, lost)?;
                match (caller.as_str(), result.as_str()) {
                    (BY_SERVER, CHANGED) => Err(Finding::Changed { entry: sequence, reason }),
                    _ => Ok(()),
                }
            }
            Ok(Line::Head { head, hash, key, signature }) => {
                self.signed_head(head, &hash, &key, &signature)
            }
            Err(_) => Err(Finding::Unreadable),
        }
    }

    fn entry(
        &mut self,
        line: &[u8],
        sequence: u64,
        previous: &str,
        lost: u64,
    ) -> std::result::Result<(), Finding> {
        let before = self.head;
        self.head = Head { sequence, hash: sha256(line) };
        self.entries = self.entries.saturating_add(1);
        self.unsigned = self.unsigned.saturating_add(1);
        self.lost = self.lost.saturating_add(lost);
        let expected = before.sequence.saturating_add(1);
        if self.first.is_none() && before == Head::default() && sequence != 1 {
            // What comes before is in a segment that was not given.
            self.first = Some(sequence);
            return Ok(());
        }
        self.first.get_or_insert(sequence);
        if sequence > expected {
            return Err(Finding::Missing { from: expected, to: sequence.saturating_sub(1) });
        }
        if sequence < expected {
            return Err(Finding::OutOfOrder { expected, found: sequence });
        }
        if previous != hex::encode_upper(before.hash) {
            return Err(Finding::DoesNotFollow { edited: before.sequence });
        }
        Ok(())
    }

    fn signed_head(
        &mut self,
        head: u64,
        hash: &str,
        key: &str,
        signature: &str,
    ) -> std::result::Result<(), Finding> {
        let malformed = Finding::BadSignature { head };
        let public: AuditPublicKey = key.parse().map_err(|_| malformed.clone())?;
        let signature = hex::decode(signature).map_err(|_| malformed.clone())?;
        let hash = hex::decode(hash).ok().and_then(|hash| hash.try_into().ok());
        let named = Head { sequence: head, hash: hash.ok_or_else(|| malformed.clone())? };
        if !self.last_only && !public.verify(named, &signature) {
            return Err(malformed);
        }
        let begun = self.first.is_some() || self.head != Head::default();
        if begun && named != self.head {
            return Err(Finding::HeadDoesNotFit { head });
        }
        if self.last_only {
            self.unverified = Some((named, public, signature));
            self.head = named;
            self.unsigned = 0;
            return Ok(());
        }
        if !self.keys.is_empty() && !self.keys.contains(&public) {
            if !self.other_keys.contains(&public) && self.other_keys.len() < MAX_OTHER_KEYS {
                self.other_keys.push(public);
            }
            return Ok(());
        }
        // A segment may begin with the head of the entries before it: the first entry has to follow.
        self.head = named;
        self.signed = Some((named, public));
        self.unsigned = 0;
        Ok(())
    }

    /// The end of what was read.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// The number of the first entry; none if there is no entry.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.first
    }

    /// How many entries were read.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// How many entries the log says could not be written.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The last head that a trusted key signed, and that key.
    #[must_use]
    pub fn signed(&self) -> Option<(Head, AuditPublicKey)> {
        self.signed
    }

    /// Keys that signed heads and were not asked for: those of an identity that was replaced by a
    /// backup, or of somebody else. What they signed counts as not signed.
    #[must_use]
    pub fn other_keys(&self) -> &[AuditPublicKey] {
        &self.other_keys
    }

    /// How many entries come after the last trusted head.
    #[must_use]
    pub fn unsigned(&self) -> u64 {
        self.unsigned
    }
}

#[cfg(test)]
mod tests;
