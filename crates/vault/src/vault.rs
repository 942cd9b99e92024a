//! The vault as its users see it.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use aecs_crypto::{RecordKey, SecretBytes};
use aecs_store::{
    is_importing,
    pages::{PageStore, Read, Register, Tag},
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    change::Change,
    committer::{Committer, Request},
    error::{Fault, Place, VaultError},
    export::Export,
    farewell::ROOT,
    history::{Epoch, Point, Standing},
    known::Known,
    name::{Name, Span},
    page::Sum,
    pages::Pages,
    seal::Seals,
    shared::{Companion, Options, Shared},
    state::{Size, VaultState},
    walk::{Progress, Report},
};

/// How many changes may wait for the committer; `commit` waits for a place beyond that.
const QUEUE_LEN: usize = 256;

/// How many names are read at a time.
const NAMES_AT_ONCE: usize = 4_096;

/// A record that was found to be the right one.
pub struct Record {
    /// The content.
    pub plain: SecretBytes,
    /// The epoch of the change that wrote it: for [`Change::replace`].
    pub epoch: Epoch,
}

/// A part of the content of a record.
pub struct Part {
    /// The bytes.
    pub plain: SecretBytes,
    /// How many bytes the whole content has.
    pub total: usize,
}

/// The records of one deployment. Clones share the vault; the last one closes it.
///
/// Every method that reads may fail with [`VaultError::Tampered`], which says what cannot be read, and
/// with [`VaultError::Store`].
#[derive(Clone)]
pub struct Vault {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Request>,
}

impl Vault {
    /// Opens the records in `store`, or begins with none in an empty store, to which nothing is written
    /// before the first change. Only the root is read.
    ///
    /// `key` and `deployment` (an identifier of the key's owner) must be those that the records were
    /// written with. Needs a tokio runtime with time.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`] if the root does not open, which includes a wrong `key`;
    /// [`VaultError::Moved`] and [`VaultError::Arriving`] if the records are in another store;
    /// [`VaultError::Store`] if the store fails.
    pub async fn open(
        store: Arc<dyn PageStore>,
        key: RecordKey,
        deployment: [u8; 32],
        options: Options,
    ) -> Result<Self, VaultError> {
        let seals = Seals::new(&key, deployment)?;
        drop(key);
        let register = Register::new(ROOT)?;
        let known = match store.read(&register, Tag::NONE).await? {
            Read::New(stored) => Known::open(&seals, &stored)?,
            Read::None | Read::Same => Known::none(),
        };
        let pages = Pages::new(store, Arc::new(seals), Arc::clone(&options.cache));
        let shared = Arc::new(Shared::new(pages, register, Arc::new(known), options));
        let (queue, requests) = mpsc::channel(QUEUE_LEN);
        tokio::spawn(Committer::new(Arc::clone(&shared), requests)?.run());
        Ok(Self { shared, queue })
    }

    /// Whether the root in `store`, or what stands in its place while records move, was written with `key`
    /// for `deployment`.
    ///
    /// # Errors
    ///
    /// [`VaultError::Store`] if the store fails.
    pub async fn any_opens(
        store: &dyn PageStore,
        key: &RecordKey,
        deployment: [u8; 32],
    ) -> Result<bool, VaultError> {
        let seals = Seals::new(key, deployment)?;
        Ok(match store.read(&Register::new(ROOT)?, Tag::NONE).await? {
            Read::New(stored) => seals.open_root(&stored).is_ok(),
            Read::None | Read::Same => false,
        })
    }

    /// Whether `store` has a root, whosever it is.
    ///
    /// # Errors
    ///
    /// [`VaultError::Importing`], and [`VaultError::Store`] if the store fails.
    pub async fn exists(store: &dyn PageStore) -> Result<bool, VaultError> {
        match store.read(&Register::new(ROOT)?, Tag::NONE).await? {
            Read::New(root) if is_importing(&root) => Err(VaultError::Importing),
            Read::New(_) => Ok(true),
            Read::None | Read::Same => Ok(false),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The store that has the records now.
    pub fn store(&self) -> Arc<dyn PageStore> {
        self.shared.pages.store()
    }

    /// The record under `name`; `None` is as certain as a record.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn get(&self, name: &Name) -> Result<Option<Record>, VaultError> {
        let mut reading = self.shared.reading().await?;
        loop {
            match self.get_under(&reading.under, name).await {
                Ok(found) => return Ok(found),
                Err(fault) => reading.again(fault, Place::Record(name.clone())).await?,
            }
        }
    }

    async fn get_under(&self, known: &Known, name: &Name) -> Result<Option<Record>, Fault> {
        let pages = &self.shared.pages;
        let Some(found) = pages.find(known.root.top, name.as_bytes()).await? else {
            return Ok(None);
        };
        Ok(Some(Record { plain: pages.content(found.body).await?, epoch: found.epoch }))
    }

    /// At most `len` bytes of the content of the record under `name`, from byte `offset` on; of a long
    /// content, only the pages that they are in are read.
    pub async fn part(
        &self,
        name: &Name,
        offset: usize,
        len: usize,
    ) -> Result<Option<Part>, VaultError> {
        let mut reading = self.shared.reading().await?;
        loop {
            match self.part_under(&reading.under, name, (offset, len)).await {
                Ok(found) => return Ok(found),
                Err(fault) => reading.again(fault, Place::Record(name.clone())).await?,
            }
        }
    }

    async fn part_under(
        &self,
        known: &Known,
        name: &Name,
        (offset, len): (usize, usize),
    ) -> Result<Option<Part>, Fault> {
        let pages = &self.shared.pages;
        let Some(found) = pages.find(known.root.top, name.as_bytes()).await? else {
            return Ok(None);
        };
        let total = usize::try_from(found.body.len()).unwrap_or(usize::MAX);
        let page = self.shared.options.shape.content;
        let plain = pages.part(found.body, offset..offset.saturating_add(len), page).await?;
        Ok(Some(Part { plain, total }))
    }

    /// Makes a change, whole or not at all; it is durable when this returns its epoch.
    ///
    /// Changes that wait at the same time share one commit, and each still succeeds or fails alone; each
    /// one's preconditions see the changes before it. An empty change succeeds and leaves the epoch as it
    /// is. If the future is dropped, the change may still be made.
    ///
    /// # Errors
    ///
    /// The preconditions: [`VaultError::Exists`], [`VaultError::Missing`],
    /// [`VaultError::Conflict`], [`VaultError::OverLimit`], [`VaultError::Unfounded`],
    /// [`VaultError::OtherFloor`]. The change itself: [`VaultError::Duplicate`],
    /// [`VaultError::TooLarge`]. The store: [`VaultError::Store`] (nothing was changed),
    /// [`VaultError::Unsettled`] (unknown), [`VaultError::Tampered`] (a record on the way cannot be read;
    /// the change was not made).
    pub async fn commit(&self, change: Change) -> Result<Epoch, VaultError> {
        change.check()?;
        let (answer, answered) = oneshot::channel();
        self.queue.send(Request { change, answer }).await.map_err(|_| VaultError::Closed)?;
        answered.await.map_err(|_| VaultError::Closed)?
    }

    /// The names of all records that begin with `prefix`, in byte order.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn names(&self, prefix: &str) -> Result<Vec<Name>, VaultError> {
        self.names_page(prefix, None, usize::MAX).await
    }

    /// The first `limit` names that begin with `prefix` and come after `after` (exclusive), in byte
    /// order. Fewer than `limit` means that there are no more.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn names_page(
        &self,
        prefix: &str,
        after: Option<&Name>,
        limit: usize,
    ) -> Result<Vec<Name>, VaultError> {
        let page = self.epochs_page(prefix, after, limit).await?;
        Ok(page.into_iter().map(|(name, _)| name).collect())
    }

    /// As [`names_page`](Self::names_page), with the epoch of each record.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn epochs_page(
        &self,
        prefix: &str,
        after: Option<&Name>,
        limit: usize,
    ) -> Result<Vec<(Name, Epoch)>, VaultError> {
        let mut reading = self.shared.reading().await?;
        loop {
            match self.page_under(&reading.under, prefix, after, limit).await {
                Ok(names) => return Ok(names),
                Err(fault) => reading.again(fault, Place::Under(prefix.to_owned())).await?,
            }
        }
    }

    async fn page_under(
        &self,
        known: &Known,
        prefix: &str,
        after: Option<&Name>,
        limit: usize,
    ) -> Result<Vec<(Name, Epoch)>, Fault> {
        let mut names: Vec<(Name, Epoch)> = Vec::new();
        loop {
            let wanted = NAMES_AT_ONCE.min(limit.saturating_sub(names.len()));
            let mut span = Span::of_prefix(prefix);
            if let Some(last) = names.last().map(|(name, _)| name).or(after) {
                span = span.after(last);
            }
            let found = self.shared.pages.scan(known.root.top, &span, wanted).await?;
            let is_all = found.len() < wanted || wanted == 0;
            for (name, epoch) in found {
                // A page of this vault has no other names.
                names.extend(Name::from_page(name).map(|name| (name, epoch)));
            }
            if is_all {
                return Ok(names);
            }
        }
    }

    /// How many records have names that begin with `prefix`.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn count(&self, prefix: &str) -> Result<u64, VaultError> {
        self.count_with(prefix, &[]).await
    }

    /// How many records have names that begin with `prefix`, once those of `being_made` exist, whose
    /// names do so.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn count_with(&self, prefix: &str, being_made: &[Name]) -> Result<u64, VaultError> {
        let mut reading = self.shared.reading().await?;
        loop {
            // Under one root: between two, what is being made could be counted twice or not at all.
            match self.count_under(&reading.under, prefix, being_made).await {
                Ok(count) => return Ok(count),
                Err(fault) => reading.again(fault, Place::Under(prefix.to_owned())).await?,
            }
        }
    }

    async fn count_under(
        &self,
        known: &Known,
        prefix: &str,
        being_made: &[Name],
    ) -> Result<u64, Fault> {
        let mut count = self.sum_under(known, prefix).await?.records;
        for name in being_made {
            let epoch = self.shared.pages.epoch_of(known.root.top, name.as_bytes()).await?;
            count = count.saturating_add(u64::from(epoch.is_none()));
        }
        Ok(count)
    }

    async fn sum_under(&self, known: &Known, prefix: &str) -> Result<Sum, Fault> {
        let span = Span::of_prefix(prefix);
        self.shared.pages.sum(known.root.top, known.root.sum, &span).await
    }

    /// A digest for each of the folders. While that of a folder is the same, no record whose name begins
    /// with it was made, replaced or removed. It may become another one without that, when the tree puts
    /// records into other pages. Only the pages at both ends of a folder are read.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn fingerprints(&self, folders: &[String]) -> Result<Vec<[u8; 32]>, VaultError> {
        let mut reading = self.shared.reading().await?;
        let mut prints = Vec::with_capacity(folders.len());
        while let Some(folder) = folders.get(prints.len()) {
            let (top, span) = (reading.under.root.top, Span::of_prefix(folder));
            match self.shared.pages.fingerprint(top, &span).await {
                Ok(print) => prints.push(print),
                Err(fault) => reading.again(fault, Place::Under(folder.clone())).await?,
            }
        }
        Ok(prints)
    }

    /// The bytes of the content of all records whose names begin with `prefix`.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn bytes(&self, prefix: &str) -> Result<u64, VaultError> {
        let mut reading = self.shared.reading().await?;
        loop {
            match self.sum_under(&reading.under, prefix).await {
                Ok(sum) => return Ok(sum.bytes),
                Err(fault) => reading.again(fault, Place::Under(prefix.to_owned())).await?,
            }
        }
    }

    /// Whether there is a record of that name.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn contains(&self, name: &Name) -> Result<bool, VaultError> {
        Ok(self.epoch_of(name).await?.is_some())
    }

    /// The epoch of the record under `name`; a content outside of its leaf is not read for it.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn epoch_of(&self, name: &Name) -> Result<Option<Epoch>, VaultError> {
        let mut reading = self.shared.reading().await?;
        loop {
            let top = reading.under.root.top;
            match self.shared.pages.epoch_of(top, name.as_bytes()).await {
                Ok(epoch) => return Ok(epoch),
                Err(fault) => reading.again(fault, Place::Record(name.clone())).await?,
            }
        }
    }

    /// Writes the record `name` of `companion` with every commit from now on. A vault has one
    /// companion: the first.
    pub fn accompany(&self, name: Name, companion: Arc<dyn Companion>) {
        let _ = self.shared.companion.set((name, companion));
    }

    /// Sets how old the root may be under which a read on a shared store answers: 0 at first. With more,
    /// a read may miss changes that other processes were already told of: a secret that was destroyed, or
    /// an administrator who was removed, counts for so long. Its own changes a process sees at once.
    pub fn max_staleness(&self, staleness: Duration) {
        let staleness = u64::try_from(staleness.as_millis()).unwrap_or(u64::MAX);
        self.shared.max_staleness.store(staleness, SeqCst);
    }

    /// What the last commit left, by any process.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn state(&self) -> Result<VaultState, VaultError> {
        let known = self.shared.current().await?;
        Ok(VaultState::of(&known))
    }

    /// The last state that this process has seen. Nothing is read for it: other processes may have
    /// committed since.
    pub fn seen(&self) -> VaultState {
        VaultState::of(&self.shared.roots.known())
    }

    /// Whether `point`, which somebody remembers, is in the history of this vault. The last
    /// [`WINDOW`](crate::WINDOW) points are kept, and few before.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn judge(&self, point: &Point) -> Result<Standing, VaultError> {
        let mut reading = self.shared.reading().await?;
        loop {
            match self.shared.judge_under(&reading.under, point).await {
                Ok(standing) => return Ok(standing),
                Err(fault) => reading.again(fault, Place::History).await?,
            }
        }
    }

    /// Returns when the vault has another state than `seen`, made by any process: pushed by the store or
    /// looked for now and then.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`], [`VaultError::Store`].
    pub async fn changed(&self, seen: &VaultState) -> Result<VaultState, VaultError> {
        loop {
            let known = self.shared.look().await?;
            if known.root.point() != seen.point() {
                return Ok(VaultState::of(&known));
            }
            self.shared.pages.store().changed(&self.shared.register, known.tag).await?;
        }
    }

    /// How large the vault is, as this process has seen it last.
    pub fn size(&self) -> Size {
        let known = self.shared.roots.known();
        let root = &known.root;
        Size {
            commits: root.commits,
            records: root.sum.records,
            bytes: root.sum.bytes,
            height: root.height(),
            garbage: root.garbage.len(),
            cached: self.shared.options.cache.bytes(),
            cache_limit: self.shared.options.cache.limit(),
        }
    }

    /// Reads everything, and says what cannot be read. `progress` is called after every page. Changes go
    /// on meanwhile.
    ///
    /// # Errors
    ///
    /// [`VaultError::Store`] if the store fails; [`VaultError::Tampered`] if it shows another history.
    pub async fn verify(
        &self,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<Report, VaultError> {
        self.shared.verify(progress).await
    }

    /// The present root and every page that it needs, as they are stored. Changes go on meanwhile; no
    /// page is removed by this process until the export is dropped.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`] if a page of the tree cannot be read; [`VaultError::Store`].
    pub async fn export(&self) -> Result<Export, VaultError> {
        Shared::export(&self.shared, &HashSet::new()).await
    }

    /// Removes pages that no root needs and none lists: those that a process had written when it died
    /// before its commit. Gives their number. Changes go on meanwhile.
    ///
    /// # Errors
    ///
    /// [`VaultError::Store`] if the store fails; [`VaultError::Tampered`] if a page of the tree cannot be
    /// read: then it is not known what is needed, and nothing is removed.
    pub async fn sweep(&self, progress: impl FnMut(Progress) + Send) -> Result<u64, VaultError> {
        self.shared.sweep(progress).await
    }
}
