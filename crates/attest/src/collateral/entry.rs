//! An item of collateral that was looked at: what is kept, packed and shown.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use aecs_crypto::Transcript;
use serde::{Deserialize, Serialize};

use super::content::{self, CollateralPart};
use super::item::CollateralItem;
use crate::clock::{from_unix_seconds, rfc3339, unix_seconds};
use crate::encoding::{base64_within, to_base64};
use crate::error::{Error, Result, limit};

/// Content of an item, in bytes at most. Intel's largest has some 40 KiB.
const MAX_CONTENT: usize = 256 * 1024;

/// An item with its content, which has the form and the key that it must have.
///
/// **Its signatures are not verified**: whatever uses the content verifies it, against its own
/// roots. Cheap to clone.
#[derive(Clone)]
pub struct CollateralEntry(Arc<EntryData>);

struct EntryData {
    item: CollateralItem,
    content: Arc<[u8]>,
    fetched: SystemTime,
    parts: Vec<CollateralPart>,
}

impl CollateralEntry {
    /// Reads the content of an item that was fetched at the time `fetched`.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] or [`Error::TooLarge`] for content that is not what the item names:
    /// of another form, for another FMSPC or certification authority, of another chip.
    pub fn new(
        item: CollateralItem,
        content: impl Into<Arc<[u8]>>,
        fetched: SystemTime,
    ) -> Result<Self> {
        let content = content.into();
        item.check()?;
        limit("collateral", &content, MAX_CONTENT)?;
        let parts = content::examine(&item, &content)?;
        Ok(Self(Arc::new(EntryData { item, content, fetched, parts })))
    }

    /// What this is.
    #[must_use]
    pub fn item(&self) -> &CollateralItem {
        &self.0.item
    }

    /// The bytes, in the form that [`CollateralItem`] documents.
    #[must_use]
    pub fn content(&self) -> &Arc<[u8]> {
        &self.0.content
    }

    /// When it was fetched from its source; in whole seconds after it was kept in a file.
    #[must_use]
    pub fn fetched(&self) -> SystemTime {
        self.0.fetched
    }

    /// The certificates, lists and documents in it.
    #[must_use]
    pub fn parts(&self) -> &[CollateralPart] {
        &self.0.parts
    }

    /// The latest issue of the parts; none when none of them is dated.
    #[must_use]
    pub fn issued(&self) -> Option<SystemTime> {
        self.0.parts.iter().filter_map(|part| part.from).max()
    }

    /// The earliest end of the parts; none when none of them ends.
    #[must_use]
    pub fn expires(&self) -> Option<SystemTime> {
        self.0.parts.iter().filter_map(|part| part.until).min()
    }

    /// The part that is not valid at a time, if there is one.
    #[must_use]
    pub fn not_current(&self, now: SystemTime) -> Option<&CollateralPart> {
        self.0.parts.iter().find(|part| !part.is_valid(now))
    }

    /// The content, to be used at `now`; refuses one that is not valid then.
    pub(super) fn current_content(&self, now: SystemTime) -> Result<Arc<[u8]>> {
        let Some(part) = self.not_current(now) else { return Ok(Arc::clone(self.content())) };
        let date = |date: Option<SystemTime>| date.map_or_else(|| "ever".into(), rfc3339);
        let reason = format!(
            "{} is valid from {} to {}, verified at {}",
            part.what,
            date(part.from),
            date(part.until),
            rfc3339(now)
        );
        Err(Error::unavailable(self.item().to_string(), reason))
    }
}

impl fmt::Debug for CollateralEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.content.len();
        f.debug_struct("CollateralEntry")
            .field("item", &self.0.item.to_string())
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

/// An entry as it is written, in a file of its own or in a bundle.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    item: String,
    /// Seconds since 1970.
    fetched: u64,
    /// Of all the other fields.
    pub(super) sha256: String,
    b64_content: String,
}

impl Record {
    /// Longest record in JSON: Base64 of the longest content, and room for the rest.
    pub(super) const MAX: usize = MAX_CONTENT.div_ceil(3) * 4 + 4096;

    pub(super) fn new(entry: &CollateralEntry) -> Result<Self> {
        let EntryData { item, content, fetched, .. } = &*entry.0;
        let (item, fetched) = (item.to_string(), unix_seconds(*fetched)?);
        let sha256 = hex::encode_upper(digest(&item, fetched, content));
        Ok(Self { item, fetched, sha256, b64_content: to_base64(content) })
    }

    /// Checks the digest, which tells damage from content, and then the content.
    pub(super) fn open(&self) -> Result<CollateralEntry> {
        let content = base64_within("collateral", &self.b64_content, MAX_CONTENT)?;
        let actual = hex::encode_upper(digest(&self.item, self.fetched, &content));
        if actual != self.sha256 {
            let reason = format!("{:.200}: its SHA-256 is {actual}", self.item);
            return Err(Error::malformed("record of collateral", reason));
        }
        CollateralEntry::new(self.item.parse()?, content, from_unix_seconds(self.fetched))
    }
}

fn digest(item: &str, fetched: u64, content: &[u8]) -> [u8; 32] {
    Transcript::new("AECS collateral record 1")
        .field(item.as_bytes())
        .field(&fetched.to_be_bytes())
        .field(content)
        .sha256()
}
