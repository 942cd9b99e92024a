//! Reading pages: from the cache or from the store, opened and parsed.

use std::{collections::HashMap, sync::Arc};

use aecs_store::{
    Error as StoreError,
    pages::{PageId, PageStore},
};
use parking_lot::RwLock;

use crate::{
    cache::{Cache, Owner},
    error::{Fault, Tampering},
    page::Page,
    seal::{Kind, Seals},
};

/// Longer parts of contents are not cached: they would displace hundreds of pages of the tree.
const LONGEST_CACHED: usize = 64 << 10;

/// The pages of a vault.
pub(crate) struct Pages {
    store: RwLock<Arc<dyn PageStore>>,
    pub(crate) seals: Arc<Seals>,
    pub(crate) cache: Arc<Cache>,
    owner: Owner,
}

impl Pages {
    pub(crate) fn new(store: Arc<dyn PageStore>, seals: Arc<Seals>, cache: Arc<Cache>) -> Self {
        Self { store: RwLock::new(store), seals, cache, owner: Owner::fresh() }
    }

    /// The store that has them now.
    pub(crate) fn store(&self) -> Arc<dyn PageStore> {
        Arc::clone(&self.store.read())
    }

    /// Goes on with another store that has the same pages.
    pub(crate) fn go_on_with(&self, store: Arc<dyn PageStore>) {
        *self.store.write() = store;
    }

    /// A page.
    pub(crate) async fn load(&self, kind: Kind, id: PageId) -> Result<Arc<Page>, Fault> {
        if let Some(page) = self.cached(kind, id) {
            return Ok(page);
        }
        let stored = self.store().page(id).await;
        let page = self.open(kind, id, stored)?;
        self.keep(id, &page);
        Ok(page)
    }

    /// Several pages of one kind, in the order of `ids`. Each may be damaged on its own.
    pub(crate) async fn load_many(
        &self,
        kind: Kind,
        ids: &[PageId],
    ) -> Result<Vec<Result<Arc<Page>, Fault>>, StoreError> {
        if let [id] = ids {
            return match self.load(kind, *id).await {
                Err(Fault::Store(error)) => Err(error),
                page => Ok(vec![page]),
            };
        }
        let mut found: HashMap<PageId, Result<Arc<Page>, Fault>> = HashMap::new();
        let mut missing = Vec::new();
        for id in ids {
            match self.cached(kind, *id) {
                Some(page) => drop(found.insert(*id, Ok(page))),
                None => missing.push(*id),
            }
        }
        missing.sort_unstable();
        missing.dedup();
        for (id, stored) in missing.iter().zip(self.fetch(&missing).await?) {
            let page = self.open(kind, *id, stored);
            match &page {
                Ok(page) => self.keep(*id, page),
                Err(Fault::Store(error)) => return Err(error.clone()),
                Err(Fault::Damaged(..)) => {}
            }
            found.insert(*id, page);
        }
        let lost = |id: &PageId| Err(Fault::Damaged(*id, Tampering::Missing));
        Ok(ids.iter().map(|id| found.get(id).cloned().unwrap_or_else(|| lost(id))).collect())
    }

    /// A page that is not kept in the cache, for walks over everything.
    pub(crate) async fn pass(&self, kind: Kind, id: PageId) -> Result<Arc<Page>, Fault> {
        match self.cached(kind, id) {
            Some(page) => Ok(page),
            None => self.read(kind, id).await,
        }
    }

    /// A page as it is in the store now, whatever is in memory.
    pub(crate) async fn read(&self, kind: Kind, id: PageId) -> Result<Arc<Page>, Fault> {
        self.open(kind, id, self.store().page(id).await)
    }

    /// Keeps a page that was written.
    pub(crate) fn keep(&self, id: PageId, page: &Arc<Page>) {
        if page.plain().len() <= LONGEST_CACHED {
            self.cache.put(self.owner, id, Arc::clone(page));
        }
    }

    fn cached(&self, kind: Kind, id: PageId) -> Option<Arc<Page>> {
        self.cache.get(self.owner, id).filter(|page| page.kind() == kind)
    }

    /// Stored pages; one by one if the engine finds damage in one of them.
    async fn fetch(
        &self,
        ids: &[PageId],
    ) -> Result<Vec<Result<Option<Vec<u8>>, StoreError>>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        match self.store().pages(ids).await {
            Ok(pages) if pages.len() == ids.len() => Ok(pages.into_iter().map(Ok).collect()),
            Err(error)
                if !matches!(error, StoreError::Corrupt { .. } | StoreError::Unreadable { .. }) =>
            {
                Err(error)
            }
            Ok(_) | Err(_) => {
                let mut pages = Vec::with_capacity(ids.len());
                for id in ids {
                    pages.push(self.store().page(*id).await);
                }
                Ok(pages)
            }
        }
    }

    /// The page in what the store answered.
    fn open(
        &self,
        kind: Kind,
        id: PageId,
        stored: Result<Option<Vec<u8>>, StoreError>,
    ) -> Result<Arc<Page>, Fault> {
        let stored = match stored {
            Ok(Some(stored)) => stored,
            Ok(None) => return Err(Fault::Damaged(id, Tampering::Missing)),
            Err(StoreError::Corrupt { .. }) => {
                return Err(Fault::Damaged(id, Tampering::Unreadable));
            }
            Err(StoreError::Unreadable { .. }) => return Err(Fault::Damaged(id, Tampering::Disk)),
            Err(error) => return Err(Fault::Store(error)),
        };
        let opened = self.seals.open_page(kind, id, &stored);
        opened
            .and_then(|plain| Page::parse(kind, plain).ok_or(Tampering::Malformed))
            .map(Arc::new)
            .map_err(|what| Fault::Damaged(id, what))
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.cache.forget(self.owner);
    }
}
