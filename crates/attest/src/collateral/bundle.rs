//! Collateral in one file, for verifiers without a network.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use aecs_crypto::Transcript;
use serde::{Deserialize, Serialize};

use super::entry::{CollateralEntry, Record};
use super::item::CollateralItem;
use super::replacement::replace;
use super::source::CollateralSource;
use crate::error::{Error, Result, limit};
use crate::files;

/// Largest bundle, in bytes of its JSON.
const MAX: usize = 64 * 1024 * 1024;
const FORMAT: &str = "aecs-collateral-bundle";
const VERSION: u32 = 1;

/// A set of entries, one for each item; read whole, in memory, never changed.
#[derive(Debug, Clone, Default)]
pub struct CollateralBundle {
    /// By name, so that equal sets are equal files.
    entries: BTreeMap<String, CollateralEntry>,
}

impl CollateralBundle {
    /// Makes a bundle. Of several entries for an item, the one fetched last is taken.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = CollateralEntry>) -> Self {
        let mut bundle = Self::default();
        for entry in entries {
            let slot = bundle.entries.entry(entry.item().to_string());
            slot.and_modify(|kept| {
                if kept.fetched() <= entry.fetched() {
                    *kept = entry.clone();
                }
            })
            .or_insert(entry);
        }
        bundle
    }

    /// Reads a bundle from its JSON.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] and [`Error::Malformed`] for anything that is not a whole, undamaged
    /// bundle of this version.
    pub fn parse(json: &[u8]) -> Result<Self> {
        limit("collateral bundle", json, MAX)?;
        let malformed = |reason: String| Error::malformed("collateral bundle", reason);
        let file: File = serde_json::from_slice(json)
            .map_err(|error| Error::malformed("collateral bundle", error))?;
        if (file.format.as_str(), file.version) != (FORMAT, VERSION) {
            return Err(malformed(format!("not {FORMAT} version {VERSION}")));
        }
        if file.sha256 != digest(&file.entries) {
            return Err(malformed(
                "the digest does not match: entries were removed, added or changed".into(),
            ));
        }
        let count = file.entries.len();
        let entries = file.entries.iter().map(Record::open).collect::<Result<Vec<_>>>()?;
        let bundle = Self::new(entries);
        if bundle.entries.len() != count {
            return Err(malformed("two entries for one item".into()));
        }
        Ok(bundle)
    }

    /// Reads a bundle from a file.
    ///
    /// # Errors
    ///
    /// As [`CollateralBundle::parse`], and [`Error::Unavailable`] when the file cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |error| Error::unavailable(path.display().to_string(), error);
        Self::parse(&files::read(path, MAX).map_err(failed)?)
    }

    /// The JSON that [`CollateralBundle::parse`] reads.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] for more than a bundle can hold.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let entries = self.entries().map(Record::new).collect::<Result<Vec<_>>>()?;
        let sha256 = digest(&entries);
        let file = File { format: FORMAT.into(), version: VERSION, sha256, entries };
        let mut json = serde_json::to_vec_pretty(&file)
            .map_err(|error| Error::malformed("collateral bundle", error))?;
        json.push(b'\n');
        limit("collateral bundle", &json, MAX)?;
        Ok(json)
    }

    /// Writes the bundle to a file; a reader of the file sees the old content or the new one.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let json = self.to_json()?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| replace(path, &json))
            .map_err(|error| Error::unavailable(path.display().to_string(), error))
    }

    /// The entries, in the order of their names.
    pub fn entries(&self) -> impl Iterator<Item = &CollateralEntry> {
        self.entries.values()
    }
}

impl FromIterator<CollateralEntry> for CollateralBundle {
    fn from_iter<I: IntoIterator<Item = CollateralEntry>>(entries: I) -> Self {
        Self::new(entries)
    }
}

impl CollateralSource for CollateralBundle {
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>> {
        let name = item.to_string();
        let entry = self
            .entries
            .get(&name)
            .ok_or_else(|| Error::unavailable(name, "it is not in the bundle"))?;
        entry.current_content(now)
    }

    fn generation(&self) -> u64 {
        0
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: u32,
    /// Of the digests of the entries.
    sha256: String,
    entries: Vec<Record>,
}

fn digest(entries: &[Record]) -> String {
    let start = Transcript::new("AECS collateral bundle 1");
    let all = entries.iter().fold(start, |all, record| all.field(record.sha256.as_bytes()));
    hex::encode_upper(all.sha256())
}
