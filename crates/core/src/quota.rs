//! Quotas that hold under concurrency: who makes something takes a place for it first.
//!
//! Invariant: what a folder holds and what is being made for it are together never more than its
//! quota. A place is given back only after what was made for it is counted.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::vault::Vault;

/// How many places are taken, by folder.
#[derive(Default)]
pub(crate) struct Reservations {
    taken: Mutex<HashMap<String, usize>>,
}

impl Reservations {
    /// Takes a place in `folder`, or tells by `None` that its quota is used up.
    pub(crate) fn take(&self, vault: &Vault, folder: String, quota: usize) -> Option<Place<'_>> {
        let mut taken = self.lock();
        // Counted under the lock: what another call has made is in the vault or has its place.
        let kept = vault.count(&folder);
        let places = taken.entry(folder.clone()).or_default();
        if kept.saturating_add(*places) >= quota {
            let unused = *places == 0;
            if unused {
                taken.remove(&folder);
            }
            return None;
        }
        *places += 1;
        Some(Place { reservations: self, folder })
    }

    // Each change of the map is one statement, so a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place under a quota, until it is dropped.
pub(crate) struct Place<'a> {
    reservations: &'a Reservations,
    folder: String,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.reservations.lock();
        if let Some(places) = taken.get_mut(&self.folder) {
            *places = places.saturating_sub(1);
            if *places == 0 {
                taken.remove(&self.folder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aecs_crypto::RecordKey;
    use aecs_store::MemoryStore;

    use super::*;
    use crate::vault::{Change, Name};

    #[tokio::test]
    async fn counts_what_is_there_and_what_is_under_way() {
        let key = RecordKey::generate().unwrap();
        let vault = Vault::open(Arc::new(MemoryStore::new()), key, [1; 32]).await.unwrap();
        let name = Name::new("aecs/s/secrets/a").unwrap();
        vault.commit(Change::new().create(name, vec![1].into())).await.unwrap();

        let reservations = Reservations::default();
        let take = |folder: &str, quota| reservations.take(&vault, folder.to_owned(), quota);
        assert!(take("aecs/s/secrets/", 1).is_none());
        let place = take("aecs/s/secrets/", 2).unwrap();
        assert!(take("aecs/s/secrets/", 2).is_none());
        assert!(take("aecs/t/secrets/", 1).is_some(), "another folder has places of its own");
        drop(place);
        assert!(take("aecs/s/secrets/", 2).is_some());
        assert!(reservations.lock().is_empty(), "nothing is kept of places given back");
    }
}
