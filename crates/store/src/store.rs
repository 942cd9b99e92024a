//! The one interface that every back-end implements.

use async_trait::async_trait;

use crate::{Batch, Entry, Key, Page, Result, Version};

/// A flat, ordered map from [`Key`] to bytes with atomic, conditional, durable writes.
///
/// There are no default methods: a back-end says all of it, and `conformance` checks it. Callers
/// find conveniences in [`StoreExt`](crate::StoreExt).
///
/// Errors that every method may return: [`Unavailable`](crate::Error::Unavailable) and
/// [`Corrupt`](crate::Error::Corrupt).
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The entry under `key`, or `None`. Sees every write that was answered before the call.
    async fn get(&self, key: &Key) -> Result<Option<Entry>>;

    /// Applies all operations of `batch` or none, and returns after they are durable.
    ///
    /// The preconditions of all operations are checked, in the order of the batch and against the
    /// state before the batch, before anything is applied; the error names the first key that
    /// failed. [`Operation`](crate::Operation) says what each of them demands.
    ///
    /// The answer has one version for each put, in the order of the batch; deletes have none.
    /// Versions are assigned by the store, strictly increase with every put to any key, and are
    /// never reused, also not after a delete or a restart. An empty batch is answered at once.
    ///
    /// After [`Unavailable`](crate::Error::Unavailable), and when the future is dropped before
    /// it is ready, the batch may or may not have been applied: the caller has to read to know.
    /// After every other error nothing was applied.
    async fn write(&self, batch: Batch) -> Result<Vec<Version>>;

    /// The entries whose key starts with the bytes of `prefix` and comes after `after`
    /// (exclusive), in key order, at most `limit` of them. An empty prefix matches every key.
    ///
    /// A page may be shorter than `limit`, so that a few large values do not fill the memory (see
    /// [`Scan`](crate::Scan)): [`Page::more`] alone says whether the listing goes on after the last
    /// entry. A page shows one moment; a listing over several pages does not.
    ///
    /// A `limit` of 0 is [`InvalidLimit`](crate::Error::InvalidLimit): its page could never be
    /// continued.
    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Page>;

    /// Holds the present moment: every write that was answered before the call, and no later one.
    /// Writes go on. As long as it is held, a back-end may not be able to use the room of what is
    /// overwritten.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>>;
}

/// One moment of a [`Store`].
#[async_trait]
pub trait Snapshot: Send + Sync + 'static {
    /// As [`Store::list`], and all pages show the same moment.
    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Page>;
}
