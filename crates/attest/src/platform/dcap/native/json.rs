//! What TCB info and QE identity have in common (Intel, provisioning certification service, API).

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::time::SystemTime;

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::certificate::Certificate;
use super::signed::{Ecdsa, Signed};
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::clock::{from_unix_seconds, rfc3339, rfc3339_seconds};
use crate::error::{Check, Error, Result, limit};
use crate::limits;
use crate::tcb::{OldPart, TcbGap, TcbStatus};

/// Entries of any list: Intel's longest has some 40.
const MAX_ENTRIES: usize = 512;

/// Reads a text, once its signer is known to have signed it to the byte.
pub(super) fn signed<T: DeserializeOwned>(
    [signature, scope]: [Check; 2],
    signed: &Signed<'_>,
    signer: &Certificate<'_>,
    context: &Context<'_>,
    checks: &mut Checks,
) -> Result<T> {
    limit(scope.name(), signed.text, limits::SIGNED_JSON)?;
    let (key, message) = (signer.inner.public_key(), signed.text.as_bytes());
    let ecdsa = Ecdsa { key, message, signature: signed.signature };
    ecdsa.check(signature, Some(context.signatures), checks)?;
    serde_json::from_str(signed.text).map_err(|error| Error::untrusted(scope, error))
}

/// How up to date something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) status: TcbStatus,
    /// Since when.
    pub(super) date: Date,
    /// What is known against it.
    pub(super) advisory_ids: Vec<String>,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date.seconds {
            0 => write!(f, "{}, older than all that is listed", self.status)?,
            _ => write!(f, "{} since {}", self.status, self.date)?,
        }
        match self.advisory_ids.as_slice() {
            [] => Ok(()),
            advisories => write!(f, " ({})", advisories.join(", ")),
        }
    }
}

/// A level, and the versions that reach it.
#[derive(Debug, Deserialize)]
#[serde(from = "Text<T>", bound = "T: Deserialize<'de>")]
pub(super) struct Entry<T> {
    pub(super) versions: T,
    pub(super) level: Level,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: Deserialize<'de>")]
struct Text<T> {
    tcb: T,
    tcb_date: Date,
    #[serde(deserialize_with = "status")]
    tcb_status: TcbStatus,
    #[serde(rename = "advisoryIDs", default, deserialize_with = "bounded")]
    advisory_ids: Vec<String>,
}

impl<T> From<Text<T>> for Entry<T> {
    fn from(text: Text<T>) -> Self {
        let Text { tcb, tcb_date, tcb_status, advisory_ids } = text;
        Self { versions: tcb, level: Level { status: tcb_status, date: tcb_date, advisory_ids } }
    }
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TcbStatus, D::Error> {
    let name = String::deserialize(deserializer)?;
    let ours = [TcbStatus::Unrated, TcbStatus::BelowAllLevels, TcbStatus::Unverified];
    let status = name.parse().ok().filter(|status| !ours.contains(status));
    status.ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&name), &"a TCB status"))
}

/// The security version of an enclave or of a TDX module.
#[derive(Debug, Deserialize)]
pub(super) struct IsvSvn<T> {
    pub(super) isvsvn: T,
}

/// The highest level that is reached; `None` if no level is reached.
pub(super) fn highest<T: Ord + Copy>(levels: &[Entry<IsvSvn<T>>], svn: T) -> Option<&Level> {
    levels
        .iter()
        .filter(|entry| svn >= entry.versions.isvsvn)
        .max_by_key(|entry| entry.versions.isvsvn)
        .map(|entry| &entry.level)
}

/// What a part with levels of its own lacks to be up to date; none if it is, or is below all.
pub(super) fn gap<T: Ord + Copy + Into<u32>>(
    part: &str,
    levels: &[Entry<IsvSvn<T>>],
    svn: T,
) -> Option<TcbGap> {
    let level = highest(levels, svn).filter(|level| level.status.is_old())?;
    let wanted = levels
        .iter()
        .filter(|entry| entry.level.status == TcbStatus::UpToDate)
        .min_by_key(|entry| entry.versions.isvsvn)?;
    let old =
        OldPart { part: part.to_owned(), svn: svn.into(), wanted: wanted.versions.isvsvn.into() };
    Some(TcbGap {
        parts: vec![old],
        since: Some(wanted.level.date.to_string()),
        advisory_ids: level.advisory_ids.clone(),
    })
}

/// Whether there are levels, and no two for the same version: these would be a choice.
pub(super) fn distinct<T: Ord>(levels: &[Entry<IsvSvn<T>>]) -> bool {
    let versions: BTreeSet<_> = levels.iter().map(|entry| &entry.versions.isvsvn).collect();
    !versions.is_empty() && versions.len() == levels.len()
}

/// A time, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date {
    /// Since 1970.
    pub(super) seconds: u64,
}

impl Date {
    pub(super) fn time(self) -> SystemTime {
        from_unix_seconds(self.seconds)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rfc3339(self.time()))
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        rfc3339_seconds(&text)
            .map(|seconds| Self { seconds })
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"a date"))
    }
}

/// Bytes in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hex<const N: usize>(pub(super) [u8; N]);

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; N];
        match hex::decode_to_slice(&text, &mut bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(_) => Err(D::Error::custom(format!("expected exactly {N} bytes in hexadecimal"))),
        }
    }
}

/// A list that is not endless.
pub(super) fn bounded<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Bounded<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX_ENTRIES}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = seq.next_element()? {
                if entries.len() == MAX_ENTRIES {
                    return Err(A::Error::invalid_length(MAX_ENTRIES + 1, &self));
                }
                entries.push(entry);
            }
            Ok(entries)
        }
    }

    deserializer.deserialize_seq(Bounded(PhantomData))
}
