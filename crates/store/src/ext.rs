//! Convenience methods for callers, which no back-end needs to implement.

use async_trait::async_trait;

use crate::{Batch, Entry, Error, Key, PutMode, Result, Store, Version};

/// The limit of a page in [`StoreExt::list_all`].
const PAGE_LIMIT: usize = 256;

/// Operations on single keys, and listings without pages, for every [`Store`].
#[async_trait]
pub trait StoreExt: Store {
    /// Writes one value; see [`PutMode`] for the conditions and their errors.
    async fn put(&self, key: Key, value: Vec<u8>, mode: PutMode) -> Result<Version>;

    /// Writes the first value of a key, or fails with [`Error::AlreadyExists`].
    async fn create(&self, key: Key, value: Vec<u8>) -> Result<Version>;

    /// Replaces the value that has the version `expected`, or fails with [`Error::Conflict`] or
    /// [`Error::NotFound`].
    async fn update(&self, key: Key, value: Vec<u8>, expected: Version) -> Result<Version>;

    /// Removes a key, which must have the version `expected` if given, or fails with
    /// [`Error::NotFound`] or [`Error::Conflict`].
    async fn delete(&self, key: Key, expected: Option<Version>) -> Result<()>;

    /// All entries under `prefix` in key order, read page by page. Each page shows the state at its
    /// own time.
    async fn list_all(&self, prefix: &str) -> Result<Vec<(Key, Entry)>>;
}

#[async_trait]
impl<S: Store + ?Sized> StoreExt for S {
    async fn put(&self, key: Key, value: Vec<u8>, mode: PutMode) -> Result<Version> {
        let versions = self.write(Batch::new().put(key, value, mode)).await?;
        versions
            .first()
            .copied()
            .ok_or_else(|| Error::corrupt("the store assigned no version to a put"))
    }

    async fn create(&self, key: Key, value: Vec<u8>) -> Result<Version> {
        self.put(key, value, PutMode::Create).await
    }

    async fn update(&self, key: Key, value: Vec<u8>, expected: Version) -> Result<Version> {
        self.put(key, value, PutMode::Update(expected)).await
    }

    async fn delete(&self, key: Key, expected: Option<Version>) -> Result<()> {
        self.write(Batch::new().delete(key, expected)).await.map(drop)
    }

    async fn list_all(&self, prefix: &str) -> Result<Vec<(Key, Entry)>> {
        let mut all: Vec<(Key, Entry)> = Vec::new();
        loop {
            let after = all.last().map(|(key, _)| key.clone());
            let page = self.list(prefix, after.as_ref(), PAGE_LIMIT).await?;
            if page.more && page.entries.is_empty() {
                return Err(Error::corrupt(
                    "a listing that has more entries returned an empty page",
                ));
            }
            all.extend(page.entries);
            if !page.more {
                return Ok(all);
            }
        }
    }
}
