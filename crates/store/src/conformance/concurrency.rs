//! Concurrent writers: conflicts, never lost writes.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{key, value};
use crate::{Batch, Error, PutMode, Store, StoreExt};

const TASKS: usize = 8;
const INCREMENTS: u64 = 20;

pub(super) async fn no_increment_is_lost<S: Store>(store: S) {
    let store = Arc::new(store);
    store.create(key("counter"), 0u64.to_be_bytes().to_vec()).await.expect("a create succeeds");
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for _ in 0..INCREMENTS {
                increment(&*store).await;
            }
        });
    }
    tasks.join_all().await;
    let expected = (TASKS as u64 * INCREMENTS).to_be_bytes();
    assert_eq!(value(&*store, "counter").await.as_deref(), Some(&expected[..]));
}

async fn increment<S: Store>(store: &S) {
    loop {
        let entry = store.get(&key("counter")).await.expect("a get succeeds").expect("it is there");
        let count = u64::from_be_bytes(entry.value.try_into().expect("8 bytes"));
        let next = (count + 1).to_be_bytes().to_vec();
        match store.update(key("counter"), next, entry.version).await {
            Ok(_) => return,
            Err(Error::Conflict { .. }) => {}
            Err(error) => panic!("expected success or a conflict, got {error}"),
        }
    }
}

pub(super) async fn one_create_wins<S: Store>(store: S) {
    let store = Arc::new(store);
    for round in 0..10 {
        let name = format!("race/{round}");
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let (store, name) = (Arc::clone(&store), name.clone());
            tasks.spawn(async move {
                match store.create(key(&name), task.to_be_bytes().to_vec()).await {
                    Ok(version) => Some((task, version)),
                    Err(Error::AlreadyExists { .. }) => None,
                    Err(error) => panic!("expected success or AlreadyExists, got {error}"),
                }
            });
        }
        let winners: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1, "{name}: {winners:?}");
        let entry = store.get(&key(&name)).await.expect("a get succeeds").expect("it is there");
        let (task, version) = winners[0];
        assert_eq!((entry.value, entry.version), (task.to_be_bytes().to_vec(), version));
    }
}

/// Two keys that are always written together are never seen apart.
pub(super) async fn batches_are_seen_whole<S: Store>(store: S) {
    let store = Arc::new(store);
    let write = |n: u64| {
        let value = n.to_be_bytes().to_vec();
        Batch::new().put(key("pair/a"), value.clone(), PutMode::Overwrite).put(
            key("pair/b"),
            value,
            PutMode::Overwrite,
        )
    };
    store.write(write(0)).await.expect("the batch succeeds");
    let mut tasks = JoinSet::new();
    for task in 0..4 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for n in 0..INCREMENTS {
                store.write(write(task * INCREMENTS + n)).await.expect("the batch succeeds");
            }
        });
    }
    while !tasks.is_empty() {
        let page = store.list("pair/", None, 10).await.expect("a list succeeds");
        assert_eq!(page.entries.len(), 2);
        assert_eq!(page.entries[0].1.value, page.entries[1].1.value, "half a batch was seen");
        while let Some(done) = tasks.try_join_next() {
            done.expect("the writer succeeds");
        }
        tokio::task::yield_now().await;
    }
}
