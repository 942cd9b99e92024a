//! The back-end in memory.

use std::{collections::BTreeMap, ops::Bound};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::{
    Error, Result,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag, Turn},
};

/// A store in the memory of this process, for tests and temporary servers.
///
/// Here, "durable" means until the store is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    /// Tells of every commit.
    commits: watch::Sender<()>,
}

#[derive(Debug, Clone, Default)]
struct State {
    registers: BTreeMap<Register, Vec<u8>>,
    pages: BTreeMap<PageId, Vec<u8>>,
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

impl State {
    fn tag(&self, register: &Register) -> Result<Tag> {
        Tag::of(self.registers.get(register).map(Vec::as_slice))
    }

    fn apply(&mut self, commit: &Commit<'_>) -> Result<Swap> {
        if self.tag(commit.register)? != commit.expected {
            return Ok(Swap::Lost);
        }
        match commit.value {
            Some(value) => self.registers.insert(commit.register.clone(), value.to_vec()),
            None => self.registers.remove(commit.register),
        };
        self.pages.extend(commit.pages.iter().cloned());
        self.delete(commit.dead);
        Ok(Swap::Done)
    }

    fn delete(&mut self, ids: &[PageId]) {
        for id in ids {
            self.pages.remove(id);
        }
    }
}

#[async_trait]
impl PageStore for MemoryStore {
    async fn read(&self, register: &Register, known: Tag) -> Result<Read> {
        Read::of(self.state.lock().registers.get(register).cloned(), known)
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Swap> {
        commit.check()?;
        let swap = self.state.lock().apply(&commit)?;
        self.commits.send_replace(());
        Ok(swap)
    }

    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>> {
        Ok(self.state.lock().pages.get(&id).cloned())
    }

    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>> {
        let state = self.state.lock();
        Ok(ids.iter().map(|id| state.pages.get(id).cloned()).collect())
    }

    async fn delete(&self, ids: &[PageId]) -> Result<()> {
        self.state.lock().delete(ids);
        Ok(())
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>> {
        if limit == 0 {
            return Err(Error::InvalidLimit);
        }
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.state.lock();
        let ids = state.pages.range((start, Bound::Unbounded)).map(|(id, _)| *id);
        Ok(ids.take(limit).collect())
    }

    async fn registers(&self, prefix: &str) -> Result<Vec<Register>> {
        let state = self.state.lock();
        let names = state.registers.keys();
        Ok(names.filter(|name| name.as_str().starts_with(prefix)).cloned().collect())
    }

    async fn changed(&self, register: &Register, known: Tag) -> Result<()> {
        let mut commits = self.commits.subscribe();
        while self.state.lock().tag(register)? == known {
            // The sender lives as long as this store.
            let _ = commits.changed().await;
        }
        Ok(())
    }

    async fn turn(&self) -> Result<Option<Turn>> {
        Ok(None)
    }

    fn engine(&self) -> &'static str {
        "memory"
    }

    fn is_shared(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::pages::conformance::{self, Place};

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
    async fn conforms() {
        conformance::run(async || Here::default()).await;
    }
}
