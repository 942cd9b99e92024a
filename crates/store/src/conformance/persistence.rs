//! What survives a restart of the process.

use super::{key, value, versions::assert_rising};
use crate::{PutMode, Store, StoreExt};

pub(super) async fn what_was_answered_is_there_again<S: Store>(open: &impl AsyncFn() -> S) {
    let store = open().await;
    let kept = store.create(key("kept"), b"one".to_vec()).await.expect("a create succeeds");
    let changed = store.create(key("changed"), b"one".to_vec()).await.expect("a create succeeds");
    store.create(key("deleted"), b"one".to_vec()).await.expect("a create succeeds");
    drop(store);

    let store = open().await;
    store.update(key("changed"), b"two".to_vec(), changed).await.expect("the version is known");
    store.delete(key("deleted"), None).await.expect("it is there");
    drop(store);

    let store = open().await;
    assert_eq!(value(&store, "changed").await.as_deref(), Some(&b"two"[..]));
    assert_eq!(value(&store, "deleted").await, None);
    let entry = store.get(&key("kept")).await.expect("a get succeeds").expect("it is there");
    assert_eq!((entry.value.as_slice(), entry.version), (&b"one"[..], kept));
    assert_eq!(store.list_all("").await.expect("a list succeeds").len(), 2);
}

pub(super) async fn versions_go_on_rising<S: Store>(open: &impl AsyncFn() -> S) {
    let mut seen = Vec::new();
    for _ in 0..4 {
        let store = open().await;
        seen.push(store.put(key("v"), vec![], PutMode::Overwrite).await.expect("a put succeeds"));
        // The highest version belongs to a key that is gone after the restart.
        seen.push(store.create(key("gone"), vec![]).await.expect("a create succeeds"));
        store.delete(key("gone"), None).await.expect("a delete succeeds");
    }
    assert_rising(&seen);
}
