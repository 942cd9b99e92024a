//! Versions strictly increase, over all keys and for ever.

use super::key;
use crate::{Batch, PutMode, Store, StoreExt, Version};

pub(super) async fn every_put_gets_a_higher_version(store: &impl Store) {
    let mut seen = Vec::new();
    seen.push(store.create(key("a"), vec![]).await.expect("a create succeeds"));
    seen.push(store.create(key("b"), vec![]).await.expect("a create succeeds"));
    seen.push(store.put(key("a"), vec![], PutMode::Overwrite).await.expect("a put succeeds"));
    let batch = ["d", "c", "b"]
        .into_iter()
        .fold(Batch::new(), |batch, name| batch.put(key(name), vec![], PutMode::Overwrite));
    seen.extend(store.write(batch).await.expect("the batch succeeds"));
    assert_rising(&seen);
}

pub(super) async fn a_version_is_never_used_again(store: &impl Store) {
    let mut seen = Vec::new();
    for _ in 0..5 {
        let version = store.create(key("a"), vec![]).await.expect("a create succeeds");
        store.delete(key("a"), Some(version)).await.expect("a delete succeeds");
        seen.push(version);
    }
    assert_rising(&seen);
    // A writer that still holds the first version must not mistake a new entry for the old one.
    store.create(key("a"), vec![]).await.expect("a create succeeds");
    assert!(store.update(key("a"), vec![], seen[0]).await.is_err());
    assert!(store.delete(key("a"), Some(seen[0])).await.is_err());
}

pub(super) fn assert_rising(versions: &[Version]) {
    assert!(versions.is_sorted_by(|a, b| a < b), "not strictly increasing: {versions:?}");
}
