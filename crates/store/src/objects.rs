//! The back-end on object stores, which several processes share: S3 and what speaks it, Google Cloud
//! Storage, Azure.
//!
//! Invariants:
//! - the pages of a commit are there before the object of the register is replaced, under the condition
//!   that it still is the version that had the expected tag;
//! - who opens the store has found out that the server checks conditions, or was told that there is one
//!   writer only;
//! - a request is sent again only if it certainly had no effect, or has the same effect twice;
//! - a commit of which nobody knows is [`Error::Unavailable`];
//! - no key is in an error or in the log.

mod address;
mod bucket;
mod failure;
mod keys;
mod probe;
mod provider;
mod swap;
#[cfg(test)]
mod tests;
mod web;

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use object_store::{PutPayload, client::HttpClient, path::Path};
use tokio::time::{Instant, sleep};

use self::{
    address::Address,
    bucket::{Bucket, Conditions, Look, Put, Seen},
    keys::Keys,
    web::Web,
};
use crate::{
    Error, Options, Result,
    fault::Fault,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag, Turn},
    retry::{Attempts, repeat},
    together::all,
};

/// The most requests of one call that are on their way at the same time.
const IN_FLIGHT: usize = 24;

/// The most ids in one answer to a list: what a server answers at once.
const MAX_LISTED: usize = 1_000;

/// How often who waits for a change looks.
const LOOK: Duration = Duration::from_secs(1);

/// A store under a prefix of a bucket.
pub struct BucketStore {
    engine: &'static str,
    bucket: Arc<Bucket>,
    /// How long a call is repeated.
    timeout: Duration,
    /// What each register had when it was read or written last.
    seen: parking_lot::Mutex<HashMap<Register, Seen>>,
    /// Where no conditions hold: until when nothing is written.
    quiet_until: tokio::sync::Mutex<Option<Instant>>,
}

impl BucketStore {
    /// Says what is wrong with a URL.
    pub(crate) fn check(url: &str) -> Result<()> {
        Address::parse(url).map(drop)
    }

    /// Opens the store, and finds out whether the server checks conditions.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidUrl`]: the URL cannot be used.
    /// - [`Error::Refused`]: there are no credentials, the server refuses them, or it does not check
    ///   conditions and [`Options::single_writer`] is not set.
    /// - [`Error::Unavailable`]: there is no answer.
    pub async fn open(url: &str, options: &Options) -> Result<Self> {
        // Several attempts have time to fail.
        let web = Web::new(options.tls_client()?, options.timeout / 2);
        Self::open_with(url, options, HttpClient::new(web)).await
    }

    async fn open_with(url: &str, options: &Options, http: HttpClient) -> Result<Self> {
        let address = Address::parse(url)?;
        let store = provider::client(&address, options, http)?;
        let keys = Keys::new(&address.prefix);
        let conditions = Conditions { hold: true, unquoted: false };
        let mut bucket = Arc::new(Bucket { store, keys, conditions });
        let mut attempts = Attempts::new(options.timeout);
        let conditions = loop {
            match probe::probe(&mut bucket).await {
                Ok(conditions) => break conditions,
                Err(fault) if fault.allows_another(true) && attempts.again().await => {}
                Err(fault) => return Err(fault.into_error()),
            }
        };
        let bucket = Arc::new(Bucket { conditions, ..Bucket::clone(&bucket) });
        match (conditions.hold, options.single_writer) {
            (true, _) => tracing::debug!(?conditions, "the object store checks conditions"),
            (false, true) => tracing::warn!(
                "the object store does not check conditions: a second process on it would destroy \
                 changes, without an error"
            ),
            (false, false) => {
                return Err(Error::Refused {
                    what:
                        "the object store does not check conditions (If-None-Match, If-Match), so \
                           processes would overwrite each other's changes; use another store, or \
                           allow a single writer (store.single_writer)"
                            .to_owned(),
                });
            }
        }
        Ok(Self {
            engine: address.provider.scheme(),
            bucket,
            timeout: options.timeout,
            seen: parking_lot::Mutex::default(),
            quiet_until: tokio::sync::Mutex::default(),
        })
    }

    fn remember(&self, register: &Register, seen: Seen) {
        self.seen.lock().insert(register.clone(), seen);
    }

    /// Asks until there is an answer or time is up, which does no harm.
    async fn ask<T, F: Future<Output = Result<T, Fault>>>(&self, ask: impl Fn() -> F) -> Result<T> {
        repeat(self.timeout, true, ask).await
    }

    /// Writes a page. An id is used once, so what is there under it has to be this page.
    async fn write_page(&self, id: PageId, page: &[u8]) -> Result<()> {
        let (path, page) = (self.bucket.keys.page(id), PutPayload::from(page.to_vec()));
        self.ask(|| try_write_page(&self.bucket, &path, &page)).await
    }

    async fn write_pages(&self, pages: &[(PageId, Vec<u8>)]) -> Result<()> {
        let writes: Vec<_> = pages.iter().map(|(id, page)| self.write_page(*id, page)).collect();
        all(IN_FLIGHT, writes).await.map(drop)
    }
}

async fn try_write_page(bucket: &Bucket, path: &Path, page: &PutPayload) -> Result<(), Fault> {
    match bucket.put(path, page.clone(), None, "writing a page").await? {
        Put::Done(_) => return Ok(()),
        Put::Refused => {}
    }
    match bucket.page(path).await? {
        Some(found) if page.iter().flatten().eq(&found) => Ok(()),
        Some(_) => {
            Err(Fault::Refused(Error::corrupt(format!("there is another page already: {path}"))))
        }
        // The server was busy with another request about it.
        None => Err(Fault::Again(Error::unavailable("writing a page: the server is busy"))),
    }
}

#[async_trait]
impl PageStore for BucketStore {
    async fn read(&self, register: &Register, known: Tag) -> Result<Read> {
        let path = self.bucket.keys.register(register);
        let seen = self.seen.lock().get(register).cloned();
        let seen = seen.filter(|seen| seen.tag == known || seen.tag == Tag::NONE);
        let look = self.ask(|| self.bucket.look(&path, seen.as_ref())).await?;
        match (look, seen) {
            (Look::Same, Some(seen)) if seen.tag == Tag::NONE => Ok(Read::None),
            (Look::Same, Some(_)) => Ok(Read::Same),
            (Look::Same, None) => Err(Error::unavailable("reading a register: an empty answer")),
            (Look::Found(seen, value), _) => {
                self.remember(register, seen);
                Read::of(value, known)
            }
        }
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Swap> {
        commit.check()?;
        // What is dead may go before the swap, so that it costs no time of its own.
        let (written, removed) =
            tokio::join!(self.write_pages(commit.pages), self.delete(commit.dead));
        written.and(removed)?;
        self.swap(&commit).await
    }

    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>> {
        let path = self.bucket.keys.page(id);
        self.ask(|| self.bucket.page(&path)).await
    }

    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>> {
        let pages: Vec<_> = ids.iter().map(|id| self.page(*id)).collect();
        all(IN_FLIGHT, pages).await
    }

    async fn delete(&self, ids: &[PageId]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let paths: Vec<Path> = ids.iter().map(|id| self.bucket.keys.page(*id)).collect();
        self.ask(|| self.bucket.remove(paths.clone())).await
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>> {
        if limit == 0 {
            return Err(Error::InvalidLimit);
        }
        let keys = &self.bucket.keys;
        let (after, limit) = (after.map(|id| keys.page(id)), limit.min(MAX_LISTED));
        let list = || self.bucket.list(&keys.pages, after.as_ref(), limit);
        self.ask(list).await?.iter().map(|object| keys.id_of(&object.location)).collect()
    }

    async fn registers(&self, prefix: &str) -> Result<Vec<Register>> {
        let keys = &self.bucket.keys;
        let list = || self.bucket.list(&keys.registers, None, usize::MAX);
        let objects = self.ask(list).await?;
        // An empty one has no value.
        let objects = objects.iter().filter(|object| object.size > 0);
        let all: Result<Vec<_>> =
            objects.map(|object| keys.register_of(&object.location)).collect();
        let mut registers: Vec<_> =
            all?.into_iter().filter(|register| register.as_str().starts_with(prefix)).collect();
        registers.sort();
        Ok(registers)
    }

    async fn changed(&self, register: &Register, known: Tag) -> Result<()> {
        while self.read(register, known).await?.is_still(known) {
            sleep(LOOK).await;
        }
        Ok(())
    }

    async fn turn(&self) -> Result<Option<Turn>> {
        // There are no locks, and one of objects would cost more than a lost race.
        Ok(None)
    }

    fn engine(&self) -> &'static str {
        self.engine
    }

    fn is_shared(&self) -> bool {
        // Also where no conditions hold: the operator's word does not make a read right.
        true
    }
}
