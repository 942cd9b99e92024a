//! Many at once.

use std::time::Duration;

use aecs_store::{Batch, Error as StoreError, Page, Version};
use async_trait::async_trait;
use tokio::task::JoinSet;

use super::*;

/// A store in which a batch is visible to readers well before its writer is answered, as it is in
/// a store across a network.
struct SlowAnswers(MemoryStore);

#[async_trait]
impl Store for SlowAnswers {
    async fn get(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        self.0.get(key).await
    }

    async fn write(&self, batch: Batch) -> Result<Vec<Version>, StoreError> {
        let versions = self.0.write(batch).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
        versions
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.0.list(prefix, after, limit).await
    }

    async fn snapshot(&self) -> Result<Box<dyn aecs_store::Snapshot>, StoreError> {
        Store::snapshot(&self.0).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_never_mistake_a_change_for_tampering() {
    let vault = open(&Arc::new(SlowAnswers(MemoryStore::new()))).await;
    create(&vault, "aecs/a", "0").await;
    let mut tasks = JoinSet::new();
    let writer = vault.clone();
    tasks.spawn(async move {
        for n in 1..=40 {
            let change = if n % 4 == 0 {
                Change::new().remove(name("aecs/a"), None)
            } else {
                Change::new().put(name("aecs/a"), plain(&n.to_string()))
            };
            writer.commit(change).await.unwrap();
        }
    });
    for _ in 0..3 {
        let vault = vault.clone();
        tasks.spawn(async move {
            let mut last = 0;
            while vault.state().epoch < 41 {
                if let Some(record) = vault.get(&name("aecs/a")).await.unwrap() {
                    assert!(record.epoch >= last, "an older version was served");
                    last = record.epoch;
                }
                tokio::task::yield_now().await;
            }
        });
    }
    tasks.join_all().await;
    assert!(!vault.contains(&name("aecs/a")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_increment_is_lost() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    create(&vault, "aecs/counter", "0").await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let vault = vault.clone();
        tasks.spawn(async move {
            for _ in 0..25 {
                increment(&vault).await;
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(text(&vault, "aecs/counter").await.as_deref(), Some("200"));
    assert_eq!(vault.state().epoch, 201);
    open(&store).await;
}

async fn increment(vault: &Vault) {
    loop {
        let record = vault.get(&name("aecs/counter")).await.unwrap().unwrap();
        let count: u64 = std::str::from_utf8(record.plain.expose()).unwrap().parse().unwrap();
        let next = plain(&(count + 1).to_string());
        let change = Change::new().replace(name("aecs/counter"), record.epoch, next);
        match vault.commit(change).await {
            Ok(_) => return,
            Err(VaultError::Conflict { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_create_wins() {
    let vault = open(&Arc::new(MemoryStore::new())).await;
    let mut tasks = JoinSet::new();
    for n in 0..50 {
        let vault = vault.clone();
        tasks.spawn(async move {
            let change = Change::new()
                .create(name("aecs/one"), plain(&n.to_string()))
                .create(name(&format!("aecs/of/{n}")), plain(""));
            match vault.commit(change).await {
                Ok(_) => Some(n),
                Err(VaultError::Exists { name }) if name.as_str() == "aecs/one" => None,
                Err(error) => panic!("{error:?}"),
            }
        });
    }
    let winners: Vec<i32> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(text(&vault, "aecs/one").await, Some(winners[0].to_string()));
    // The losers left nothing behind.
    assert_eq!(vault.names("aecs/of/"), [name(&format!("aecs/of/{}", winners[0]))]);
}

/// Changes of one group see each other in order.
#[tokio::test]
async fn a_group_is_a_sequence() {
    let vault = open(&Arc::new(MemoryStore::new())).await;
    let a = || name("aecs/a");
    let commit = |change| vault.commit(change);
    let (create, again, remove, recreate, stale) = tokio::join!(
        commit(Change::new().create(a(), plain("1"))),
        commit(Change::new().create(a(), plain("2"))),
        commit(Change::new().remove(a(), None)),
        commit(Change::new().create(a(), plain("3"))),
        commit(Change::new().replace(a(), 1, plain("4"))),
    );
    assert_eq!((create.unwrap(), remove.unwrap(), recreate.unwrap()), (1, 2, 3));
    assert!(matches!(again, Err(VaultError::Exists { .. })));
    assert!(matches!(stale, Err(VaultError::Conflict { .. })));
    assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some("3"));
}

#[tokio::test]
async fn what_a_group_creates_and_removes_was_never_there() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    let (created, removed) = tokio::join!(
        vault.commit(Change::new().create(name("aecs/a"), plain("1"))),
        vault.commit(Change::new().remove(name("aecs/a"), None)),
    );
    assert_eq!((created.unwrap(), removed.unwrap()), (1, 2));
    assert_eq!(vault.count(""), 0);
    let state = vault.state();
    assert_eq!(state.epoch, 2);
    drop(vault);
    assert_eq!(open(&store).await.state(), state);
}
