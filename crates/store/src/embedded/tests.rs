//! The embedded store from inside: conformance, group commit, and a disk that fails.

mod faults;
mod pages;
mod power;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use self::power::{Faults, PowerDisk};
use super::{disk::Name, *};
use crate::{StoreExt, conformance};

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

/// A store whose syncs take as long as those of a real disk.
fn slow_store() -> EmbeddedStore {
    let disk = PowerDisk::new(1);
    disk.set(Faults { slow: true, ..Faults::default() });
    EmbeddedStore::start(Arc::new(disk), VERIFIED).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    let directory = tempfile::tempdir().unwrap();
    let count = AtomicUsize::new(0);
    conformance::run(async || {
        let name = count.fetch_add(1, Ordering::Relaxed).to_string();
        EmbeddedStore::open(directory.path().join(name)).unwrap()
    })
    .await;
}

#[tokio::test]
async fn conforms_across_restarts() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    conformance::run_persistent(async || EmbeddedStore::open(&path).unwrap()).await;
}

#[tokio::test]
async fn waiting_batches_share_a_commit() {
    let store = Arc::new(slow_store());
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..200 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { store.create(key(&format!("k{n}")), vec![1]).await });
    }
    for created in tasks.join_all().await {
        created.unwrap();
    }
    let stats = store.stats();
    assert_eq!(stats.batches, 200);
    assert!(stats.commits <= 20, "{stats:?}");
}

#[tokio::test]
async fn a_refused_batch_fails_alone() {
    let store = slow_store();
    let put = |name| store.create(key(name), vec![1]);
    let (first, winner, loser, last) =
        tokio::join!(put("first"), put("same"), put("same"), put("last"));
    first.unwrap();
    winner.unwrap();
    assert!(matches!(loser, Err(Error::AlreadyExists { .. })), "{loser:?}");
    last.unwrap();
    assert!(store.stats().commits < 3, "{:?}", store.stats());
}

#[tokio::test]
async fn a_group_of_refusals_is_not_committed() {
    let store = EmbeddedStore::start(Arc::new(PowerDisk::new(1)), VERIFIED).unwrap();
    store.create(key("k"), vec![1]).await.unwrap();
    let before = store.stats();
    assert!(store.create(key("k"), vec![2]).await.is_err());
    let after = store.stats();
    assert_eq!((after.commits, after.batches), (before.commits, before.batches + 1));
}
