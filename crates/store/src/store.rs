//! The one interface that every back-end implements.

use async_trait::async_trait;

use crate::{Batch, Entry, Key, Page, Result, Version};

/// A flat, ordered map from [`Key`] to bytes with atomic, conditional, durable writes.
///
/// The trait has no default methods: a back-end implements every method, and `conformance` checks
/// them. [`StoreExt`](crate::StoreExt) has convenience methods for callers.
///
/// Every method may return these errors: [`Unavailable`](crate::Error::Unavailable) and
/// [`Corrupt`](crate::Error::Corrupt).
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The entry under `key`, or `None`. It sees every write that was answered before the call.
    async fn get(&self, key: &Key) -> Result<Option<Entry>>;

    /// Applies all operations of `batch` or none, and returns after they are durable.
    ///
    /// Before it applies anything, the store checks the preconditions of all operations, in the
    /// order of the batch and against the state before the batch. The error names the first key
    /// that failed. [`Operation`](crate::Operation) describes the preconditions.
    ///
    /// The answer has one version for each put, in the order of the batch, and none for deletes.
    /// The store assigns versions: they strictly increase with every put to any key, and are never
    /// reused, even after a delete or a restart. An empty batch is answered immediately.
    ///
    /// After [`Unavailable`](crate::Error::Unavailable), and when the future is dropped before it
    /// is ready, the batch may or may not have been applied; the caller must read to find out.
    /// After every other error nothing was applied.
    async fn write(&self, batch: Batch) -> Result<Vec<Version>>;

    /// The entries whose key starts with the bytes of `prefix` and comes after `after`
    /// (exclusive), in key order, at most `limit` of them. An empty prefix matches every key.
    ///
    /// A page may be shorter than `limit`, so that large values do not fill the memory (see
    /// [`Scan`](crate::Scan)). Only [`Page::more`] says whether more entries follow. A page shows
    /// the state at one time; several pages do not.
    ///
    /// A `limit` of 0 is the error [`InvalidLimit`](crate::Error::InvalidLimit), because nothing
    /// could follow such a page.
    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Page>;

    /// Returns the current state: every write that was answered before the call, and no later one.
    /// Writes continue. While the snapshot exists, a back-end may be unable to reuse the space of
    /// overwritten values.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>>;
}

/// The state of a [`Store`] at one time.
#[async_trait]
pub trait Snapshot: Send + Sync + 'static {
    /// Like [`Store::list`], but all pages show the same state.
    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Page>;
}
