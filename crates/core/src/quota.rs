//! Quotas that hold under concurrency: who makes something takes a place for it first.
//!
//! Invariant: what a folder holds and what is being made for it are together never more than its
//! quota, and each thing counts once: a place for what the folder holds by now counts no more.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;

use crate::{
    secret::stored::count,
    vault::{Name, Vault, VaultError},
};

/// Upper limits on what the server keeps. AECS 2.0 had 256 services, 32 secrets a service,
/// 4096 secrets of trusted applications and 10,240 bytes of imported data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Registered services.
    pub services: usize,
    /// Secrets of one service.
    pub secrets_per_service: usize,
    /// Secrets of all trusted applications together; with 0 none are created.
    pub ta_secrets: usize,
    /// Secrets of all trusted applications that one rule of
    /// [`Settings::ta_secrets`](crate::Settings::ta_secrets) admits, so that they cannot use up the
    /// others' room.
    pub ta_secrets_per_rule: usize,
    /// Bytes of the data of one version of a secret.
    pub data_bytes: usize,
    /// Bytes of the data of all versions of all secrets of one service.
    pub bytes_per_service: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            services: 4096,
            secrets_per_service: 1024,
            ta_secrets: 65_536,
            ta_secrets_per_rule: 4096,
            data_bytes: 65_536,
            bytes_per_service: 64 << 20,
        }
    }
}

/// What is being made, by folder. Two calls that make one thing hold two places for it.
#[derive(Default)]
pub(crate) struct Reservations {
    taken: Mutex<HashMap<String, BTreeMap<Name, usize>>>,
    /// Held from the look at what is taken until the place is: of two that want the last one, one
    /// gets it.
    turn: tokio::sync::Mutex<()>,
}

impl Reservations {
    /// Takes the place of `name` in `folder`, or tells by `None` that its quota is used up.
    ///
    /// # Errors
    /// The records cannot be counted.
    pub(crate) async fn take(
        &self,
        vault: &Vault,
        folder: String,
        name: &Name,
        quota: usize,
    ) -> Result<Option<Place<'_>>, VaultError> {
        let _turn = self.turn.lock().await;
        // Before the count: what another call has made is in the vault by then or has its place here.
        let being_made: Vec<Name> =
            self.taken.lock().get(&folder).into_iter().flat_map(BTreeMap::keys).cloned().collect();
        if vault.count_with(&folder, &being_made).await? >= count(quota) {
            return Ok(None);
        }
        let mut taken = self.taken.lock();
        *taken.entry(folder.clone()).or_default().entry(name.clone()).or_default() += 1;
        Ok(Some(Place { reservations: self, folder, name: name.clone() }))
    }
}

/// A place under a quota, until it is dropped.
pub(crate) struct Place<'a> {
    reservations: &'a Reservations,
    folder: String,
    name: Name,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.reservations.taken.lock();
        let Some(places) = taken.get_mut(&self.folder) else { return };
        if let Some(held) = places.get_mut(&self.name) {
            *held = held.saturating_sub(1);
        }
        places.retain(|_, held| *held > 0);
        if places.is_empty() {
            taken.remove(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aecs_crypto::RecordKey;
    use aecs_store::MemoryStore;

    use super::*;
    use crate::vault::{Change, Name, Options};

    async fn vault_of(key: RecordKey) -> Vault {
        Vault::open(Arc::new(MemoryStore::new()), key, [1; 32], Options::new()).await.unwrap()
    }

    #[tokio::test]
    async fn counts_what_is_there_and_what_is_under_way() {
        let key = RecordKey::generate().unwrap();
        let vault = vault_of(key).await;
        let name = Name::new("aecs/s/secrets/a").unwrap();
        vault.commit(Change::new().create(name, vec![1].into())).await.unwrap();

        let reservations = Reservations::default();
        let take = async |folder: &str, secret: &str, quota| {
            let name = Name::new(&format!("{folder}{secret}")).unwrap();
            reservations.take(&vault, folder.to_owned(), &name, quota).await.unwrap()
        };
        assert!(take("aecs/s/secrets/", "b", 0).await.is_none());
        assert!(take("aecs/s/secrets/", "b", 1).await.is_none());
        let place = take("aecs/s/secrets/", "b", 2).await.unwrap();
        assert!(take("aecs/s/secrets/", "c", 2).await.is_none());
        let other = take("aecs/t/secrets/", "a", 1).await;
        assert!(other.is_some(), "another folder has places of its own");
        drop((place, other));
        assert!(take("aecs/s/secrets/", "b", 2).await.is_some());
        assert!(reservations.taken.lock().is_empty(), "nothing is kept of places given back");
    }

    #[tokio::test]
    async fn f08_what_is_made_counts_once_while_its_place_is_held() {
        let key = RecordKey::generate().unwrap();
        let vault = vault_of(key).await;
        let reservations = Reservations::default();
        let folder = "aecs/s/secrets/";
        let take = async |secret: &str, quota| {
            let name = Name::new(&format!("{folder}{secret}")).unwrap();
            reservations.take(&vault, folder.to_owned(), &name, quota).await.unwrap()
        };
        let place = take("a", 2).await.unwrap();
        let twice = take("a", 2).await.unwrap();
        let name = Name::new(&format!("{folder}a")).unwrap();
        vault.commit(Change::new().create(name, vec![1].into())).await.unwrap();
        // It is in the vault, and its maker has not come to giving its place back.
        let other = take("b", 2).await.expect("one of two is there");
        assert!(take("c", 2).await.is_none());
        drop((place, twice, other));
        assert!(reservations.taken.lock().is_empty(), "nothing is kept of places given back");
    }
}
