//! The back-end in memory.

mod pages;

use std::{collections::BTreeMap, ops::Bound};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::watch;

use self::pages::Pages;
use crate::{Batch, Entry, Key, Operation, Page, Result, Scan, Snapshot, Store, Version};

/// A store in the memory of this process, for tests and temporary servers.
///
/// Here, "durable" means until the store is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    /// Tells of every commit of pages.
    commits: watch::Sender<()>,
}

#[derive(Debug, Clone, Default)]
struct State {
    entries: BTreeMap<Key, Entry>,
    last_version: u64,
    pages: Pages,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// An independent copy of the current state, like a backup of a disk.
    pub fn snapshot(&self) -> Self {
        Self { state: Mutex::new(self.state.lock().clone()), commits: watch::Sender::default() }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        Ok(self.state.lock().entries.get(key).cloned())
    }

    async fn write(&self, batch: Batch) -> Result<Vec<Version>> {
        let operations = batch.into_operations()?;
        let mut state = self.state.lock();
        for operation in &operations {
            operation.check(state.entries.get(operation.key()).map(|entry| entry.version))?;
        }
        Ok(operations.into_iter().filter_map(|operation| state.apply(operation)).collect())
    }

    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Page> {
        let mut scan = Scan::new(prefix, after, limit)?;
        let state = self.state.lock();
        for (key, entry) in state.entries.range::<str, _>((scan.start(), Bound::Unbounded)) {
            if !scan.offer(key.clone(), entry.clone()) {
                break;
            }
        }
        Ok(scan.finish())
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        Ok(Box::new(Moment(Self::snapshot(self))))
    }
}

/// A snapshot of such a store.
struct Moment(MemoryStore);

#[async_trait]
impl Snapshot for Moment {
    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Page> {
        self.0.list(prefix, after, limit).await
    }
}

impl State {
    fn apply(&mut self, operation: Operation) -> Option<Version> {
        match operation {
            Operation::Put { key, value, .. } => {
                self.last_version += 1;
                let version = Version::new(self.last_version);
                self.entries.insert(key, Entry { value, version });
                Some(version)
            }
            Operation::Delete { key, .. } => {
                self.entries.remove(&key);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        StoreExt, conformance,
        pages::{PageStore, conformance::Place},
    };

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms() {
        conformance::run(async || MemoryStore::new()).await;
    }

    #[derive(Default)]
    struct Here(Mutex<(Arc<MemoryStore>, MemoryStore)>);

    #[async_trait]
    impl Place for Here {
        async fn open(&self) -> Arc<dyn PageStore> {
            Arc::<MemoryStore>::clone(&self.0.lock().0)
        }

        async fn back_up(&self) {
            let (store, copy) = &mut *self.0.lock();
            *copy = store.snapshot();
        }

        async fn restore(&self) {
            let (store, copy) = &mut *self.0.lock();
            *store = Arc::new(copy.snapshot());
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn pages_conform() {
        crate::pages::conformance::run(async || Here::default()).await;
    }

    #[tokio::test]
    async fn a_snapshot_goes_its_own_way() {
        let store = MemoryStore::new();
        let key = Key::new("k").unwrap();
        let version = store.create(key.clone(), b"old".to_vec()).await.unwrap();
        let snapshot = store.snapshot();
        store.update(key.clone(), b"new".to_vec(), version).await.unwrap();
        assert_eq!(snapshot.get(&key).await.unwrap().unwrap().value, b"old");
    }
}
