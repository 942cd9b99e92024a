//! Batches: all or nothing.

use super::{assert_already_exists, assert_not_found, key, value};
use crate::{Batch, Error, PutMode, Store, StoreExt};

pub(super) async fn a_batch_applies_all_of_it(store: &impl Store) {
    let old = store.create(key("update"), b"old".to_vec()).await.expect("a create succeeds");
    store.create(key("delete"), b"old".to_vec()).await.expect("a create succeeds");
    let versions = store
        .write(
            Batch::new()
                .put(key("create"), b"new".to_vec(), PutMode::Create)
                .delete(key("delete"), None)
                .put(key("update"), b"new".to_vec(), PutMode::Update(old))
                .put(key("overwrite"), b"new".to_vec(), PutMode::Overwrite),
        )
        .await
        .expect("the batch succeeds");
    assert_eq!(versions.len(), 3, "one version a put, none for the delete");
    for (name, version) in ["create", "update", "overwrite"].into_iter().zip(versions) {
        let entry = store.get(&key(name)).await.expect("a get succeeds").expect("it is there");
        assert_eq!((entry.value.as_slice(), entry.version), (&b"new"[..], version), "{name}");
    }
    assert_eq!(value(store, "delete").await, None);
}

pub(super) async fn a_refused_batch_applies_none_of_it(store: &impl Store) {
    let first = store.create(key("there"), b"old".to_vec()).await.expect("a create succeeds");
    let current = store.update(key("there"), b"now".to_vec(), first).await.expect("and an update");
    let good = || {
        Batch::new().put(key("new"), b"new".to_vec(), PutMode::Create).put(
            key("any"),
            b"new".to_vec(),
            PutMode::Overwrite,
        )
    };

    let create = store.write(good().put(key("there"), vec![], PutMode::Create)).await;
    assert_already_exists(&create, "there");
    let update = store.write(good().put(key("gone"), vec![], PutMode::Update(first))).await;
    assert_not_found(&update, "gone");
    assert_not_found(&store.write(good().delete(key("gone"), None)).await, "gone");
    let stale = store.write(good().put(key("there"), vec![], PutMode::Update(first))).await;
    assert!(matches!(stale, Err(Error::Conflict { .. })), "{stale:?}");
    let twice = store.write(good().delete(key("any"), None)).await;
    assert!(
        matches!(&twice, Err(Error::DuplicateKey { key }) if key.as_str() == "any"),
        "{twice:?}"
    );

    let several = store
        .write(
            good()
                .delete(key("gone"), None)
                .put(key("there"), vec![], PutMode::Create)
                .delete(key("gone-too"), None),
        )
        .await;
    assert_not_found(&several, "gone");

    let page = store.list("", None, 10).await.expect("a list succeeds");
    assert_eq!(page.entries.len(), 1, "nothing of the refused batches is there");
    let (name, entry) = &page.entries[0];
    assert_eq!((name.as_str(), entry.version), ("there", current));
    assert_eq!(entry.value, b"now");
}

pub(super) async fn preconditions_see_the_state_before_the_batch(store: &impl Store) {
    // A rename: the delete and the create are on different keys and both hold before the batch.
    store.create(key("old"), b"value".to_vec()).await.expect("a create succeeds");
    store
        .write(Batch::new().delete(key("old"), None).put(
            key("new"),
            b"value".to_vec(),
            PutMode::Create,
        ))
        .await
        .expect("the rename succeeds");
    assert_eq!(value(store, "old").await, None);
    assert_eq!(value(store, "new").await.as_deref(), Some(&b"value"[..]));
}

pub(super) async fn an_empty_batch_does_nothing(store: &impl Store) {
    assert_eq!(store.write(Batch::new()).await.expect("an empty batch succeeds"), []);
    let page = store.list("", None, 1).await.expect("a list succeeds");
    assert!(page.entries.is_empty() && !page.more);
}
