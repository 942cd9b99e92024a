//! The chain of an audit log, and a node's signature over the head of it.
//!
//! An audit log is lines of JSON. An *entry* has a number (`sequence`) and the SHA-256 of the entry
//! before it (`previous`). A *head* names the number and the SHA-256 of the last entry, and the
//! node signs it; one signed head covers every entry before it. Invariant: a log in which [`check`]
//! finds nothing has consecutive entries, each following from the one before, and [`Log::unsigned`]
//! says how many of them no trusted head covers. No secret of the server is needed to check that.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::hash::sha256;
use crate::labels;
use crate::record::RecordKey;
use crate::transcript::Transcript;

/// The length of the id of a log, in bytes.
pub const LOG_ID_BYTES: usize = 16;

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
    /// The key of the log `log`, an id that no other log of the deployment has, of a node whose records
    /// are under `key`.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn of(key: &RecordKey, log: &[u8; LOG_ID_BYTES]) -> Result<Self> {
        let purpose = format!("AECS audit log {}", hex::encode(log));
        let seed = key.derive(&purpose)?.to_bytes();
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

/// The longest line of a log, in bytes without its end. Nodes write no longer lines, and readers
/// hold no longer line in memory.
pub const MAX_LINE: usize = 8 << 10;

/// The caller of entries that the server makes of itself.
pub const BY_SERVER: &str = "server";

/// The result of an entry of the server: it has found that somebody else changed its log.
pub const CHANGED: &str = "changed";

/// The result of an entry of the server: at its start the entries before it were not signed.
pub const UNSIGNED: &str = "unsigned";

/// A line as it is read back.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Entry(EntryLine),
    Head(HeadLine),
}

#[derive(Deserialize)]
struct EntryLine {
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
    #[serde(default)]
    epoch: u64,
}

#[derive(Deserialize)]
struct HeadLine {
    head: u64,
    hash: String,
    key: String,
    signature: String,
}

/// A head, the key that is said to have signed it, and the signature.
struct SignedHead {
    head: Head,
    key: AuditPublicKey,
    signature: Vec<u8>,
}

impl SignedHead {
    fn read(line: &HeadLine) -> Option<Self> {
        let hash = hex::decode(&line.hash).ok()?.try_into().ok()?;
        Some(Self {
            head: Head { sequence: line.head, hash },
            key: line.key.parse().ok()?,
            signature: hex::decode(&line.signature).ok()?,
        })
    }

    fn is_right(&self) -> bool {
        self.key.verify(self.head, &self.signature)
    }
}

/// Something in an audit log that is not as it must be, or that an auditor must know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// A line is neither an entry nor a signed head.
    Unreadable,
    /// The last line of a file has no end: a crash tore it, or somebody cut it.
    Unfinished {
        /// How many bytes it has.
        bytes: usize,
    },
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
    /// The server has recorded that somebody else changed the log, and went on from what it found.
    Changed {
        /// The number of that entry.
        entry: u64,
        /// What the server noticed.
        reason: String,
    },
    /// Not wrong by itself: the server has recorded that it found entries without a signature, as a
    /// crash leaves them, and signed them. The node may not have written them.
    Adopted {
        /// The number of the entry that says so.
        entry: u64,
        /// How many entries before it no trusted head covers.
        count: u64,
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
            Self::Unfinished { bytes } => write!(f, "{bytes} bytes of an unfinished line"),
            Self::Missing { from, to } if from == to => write!(f, "entry {from} is missing"),
            Self::Missing { from, to } => write!(f, "entries {from} to {to} are missing"),
            Self::OutOfOrder { expected, found } => {
                write!(f, "entry {found} stands where entry {expected} must be")
            }
            Self::DoesNotFollow { edited } => {
                write!(f, "entry {edited} was edited: this entry does not follow from it")
            }
            Self::Changed { entry, reason } => {
                write!(f, "entry {entry} records a change of the log: {reason}")
            }
            Self::Adopted { entry, count } => write!(
                f,
                "entry {entry} records that {count} entries before it were not signed when the \
                 server started: it was stopped by force, or somebody else wrote them"
            ),
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

/// Which signatures of heads [`check`] verifies, and which of the heads count.
#[derive(Debug, Clone, Copy)]
pub enum Heads<'a> {
    /// All are verified; those by one of these keys count.
    By(&'a [AuditPublicKey]),
    /// All are verified; those by any key count.
    ByAnyKey,
    /// Only the last one is verified: it covers all lines before it, and any key counts. For long
    /// logs that are read often. If its signature is wrong, nothing counts as signed.
    LastByAnyKey,
}

/// What an audit log has, by [`check`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Log {
    /// The number of the first entry; none if there is no entry.
    pub first: Option<u64>,
    /// The end of the log.
    pub head: Head,
    /// How many entries there are.
    pub entries: u64,
    /// How many entries the log says could not be written.
    pub lost: u64,
    /// The last head that counts, and the key that signed it.
    pub signed: Option<(Head, AuditPublicKey)>,
    /// How many entries come after that head.
    pub unsigned: u64,
    /// The entry that was asked for is there, and every entry after it follows.
    pub follows: bool,
    /// The highest epoch of the store that an entry up to the known one names, and the number of
    /// that entry.
    pub latest_epoch: Option<(u64, u64)>,
    /// Keys that signed heads and were not asked for: those of an identity that was replaced by a
    /// backup, or of somebody else. What they signed counts as not signed.
    pub other_keys: Vec<AuditPublicKey>,
}

/// Reads the lines of an audit log, in order and each with its end, and tells `found` what is wrong
/// with them and the place that came with the line. An entry that does not follow is a finding, and
/// the check goes on from it. Whether the log follows from the entry `known` is in
/// [`Log::follows`]; [`Head::default`] is the beginning, for those who know none.
///
/// # Errors
///
/// The first error of `lines`.
pub fn check<P, L: AsRef<[u8]>, E>(
    lines: impl IntoIterator<Item = std::result::Result<(P, L), E>>,
    heads: Heads<'_>,
    known: Head,
    mut found: impl FnMut(&P, Finding),
) -> std::result::Result<Log, E> {
    let mut log = Log { follows: known == Head::default(), ..Log::default() };
    let mut unverified = None;
    for line in lines {
        let (place, line) = line?;
        let line = line.as_ref();
        let Some(line) = line.strip_suffix(b"\n") else {
            found(&place, Finding::Unfinished { bytes: line.len() });
            continue;
        };
        match serde_json::from_slice(line) {
            Ok(Line::Entry(entry)) => {
                let does_not_follow = log.entry(line, &entry).err();
                log.follows = log.head == known || (log.follows && does_not_follow.is_none());
                if entry.sequence <= known.sequence {
                    log.latest_epoch = log.latest_epoch.max(Some((entry.epoch, entry.sequence)));
                }
                let said = log.said(entry);
                does_not_follow.into_iter().chain(said).for_each(|finding| found(&place, finding));
            }
            Ok(Line::Head(head)) => match log.signed_head(&head, heads) {
                Ok(None) => {}
                Ok(Some(last)) => unverified = Some((place, last)),
                Err(finding) => found(&place, finding),
            },
            Err(_) => found(&place, Finding::Unreadable),
        }
    }
    match unverified {
        Some((_, last)) if last.is_right() => log.signed = Some((last.head, last.key)),
        Some((place, last)) => {
            log.unsigned = log.entries;
            found(&place, Finding::BadSignature { head: last.head.sequence });
        }
        None => {}
    }
    Ok(log)
}

impl Log {
    /// Takes the next entry. It counts also if it does not follow.
    fn entry(&mut self, line: &[u8], entry: &EntryLine) -> std::result::Result<(), Finding> {
        let (before, found) = (self.head, entry.sequence);
        self.head = Head { sequence: found, hash: sha256(line) };
        self.entries = self.entries.saturating_add(1);
        self.unsigned = self.unsigned.saturating_add(1);
        self.lost = self.lost.saturating_add(entry.lost);
        let expected = before.sequence.saturating_add(1);
        if self.first.is_none() && before == Head::default() && found > expected {
            // What comes before is in a segment that was not given.
            self.first = Some(found);
            return Ok(());
        }
        self.first.get_or_insert(found);
        if found > expected {
            return Err(Finding::Missing { from: expected, to: found.saturating_sub(1) });
        }
        if found < expected {
            return Err(Finding::OutOfOrder { expected, found });
        }
        if entry.previous != hex::encode_upper(before.hash) {
            return Err(Finding::DoesNotFollow { edited: before.sequence });
        }
        Ok(())
    }

    /// What the entry that was taken last says of the log itself.
    fn said(
        &self,
        EntryLine { sequence, caller, result, reason, .. }: EntryLine,
    ) -> Option<Finding> {
        let count = self.unsigned.saturating_sub(1);
        match (caller.as_str(), result.as_str()) {
            (BY_SERVER, CHANGED) => Some(Finding::Changed { entry: sequence, reason }),
            (BY_SERVER, UNSIGNED) if count > 0 => Some(Finding::Adopted { entry: sequence, count }),
            _ => None,
        }
    }

    /// Takes the next head. Gives it back if its signature is left for the end.
    fn signed_head(
        &mut self,
        line: &HeadLine,
        heads: Heads<'_>,
    ) -> std::result::Result<Option<SignedHead>, Finding> {
        let is_left = matches!(heads, Heads::LastByAnyKey);
        let signed = SignedHead::read(line)
            .filter(|signed| is_left || signed.is_right())
            .ok_or(Finding::BadSignature { head: line.head })?;
        let SignedHead { head, key, .. } = signed;
        // A segment may begin with the head of the entries before it: the first entry has to
        // follow.
        let begun = self.first.is_some() || self.head != Head::default();
        if begun && head != self.head {
            return Err(Finding::HeadDoesNotFit { head: line.head });
        }
        if let Heads::By(keys) = heads
            && !keys.contains(&key)
        {
            if !self.other_keys.contains(&key) && self.other_keys.len() < MAX_OTHER_KEYS {
                self.other_keys.push(key);
            }
            return Ok(None);
        }
        (self.head, self.unsigned) = (head, 0);
        if is_left {
            return Ok(Some(signed));
        }
        self.signed = Some((head, key));
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
