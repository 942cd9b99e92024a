//! Single operations.

use super::{assert_already_exists, assert_not_found, key, value};
use crate::{Error, PutMode, Store, StoreExt, Version};

pub(super) async fn create_takes_only_a_free_key(store: &impl Store) {
    store.create(key("a/1"), b"one".to_vec()).await.expect("a create of a free key succeeds");
    assert_already_exists(&store.create(key("a/1"), b"two".to_vec()).await, "a/1");
    assert_eq!(value(store, "a/1").await.as_deref(), Some(&b"one"[..]));
}

pub(super) async fn overwrite_takes_any_key(store: &impl Store) {
    for new in [b"one", b"two"] {
        let put = store.put(key("a"), new.to_vec(), PutMode::Overwrite).await;
        let version = put.expect("an overwrite succeeds");
        let entry = store.get(&key("a")).await.expect("a get succeeds").expect("it is there");
        assert_eq!((entry.value.as_slice(), entry.version), (&new[..], version));
    }
}

pub(super) async fn update_takes_only_the_version_it_names(store: &impl Store) {
    let missing = store.update(key("a"), b"x".to_vec(), Version::new(1)).await;
    assert_not_found(&missing, "a");

    let first = store.create(key("a"), b"one".to_vec()).await.expect("a create succeeds");
    let second = store.update(key("a"), b"two".to_vec(), first).await.expect("an update succeeds");
    match store.update(key("a"), b"three".to_vec(), first).await {
        Err(Error::Conflict { key, expected, actual }) => {
            assert_eq!((key.as_str(), expected, actual), ("a", first, second));
        }
        other => panic!("expected a conflict, got {other:?}"),
    }
    assert_eq!(value(store, "a").await.as_deref(), Some(&b"two"[..]));
}

pub(super) async fn delete_takes_only_what_is_there(store: &impl Store) {
    assert_not_found(&store.delete(key("a"), None).await, "a");
    assert_not_found(&store.delete(key("a"), Some(Version::new(1))).await, "a");

    let first = store.create(key("a"), b"one".to_vec()).await.expect("a create succeeds");
    let second = store.update(key("a"), b"two".to_vec(), first).await.expect("an update succeeds");
    match store.delete(key("a"), Some(first)).await {
        Err(Error::Conflict { key, expected, actual }) => {
            assert_eq!((key.as_str(), expected, actual), ("a", first, second));
        }
        other => panic!("expected a conflict, got {other:?}"),
    }
    store.delete(key("a"), Some(second)).await.expect("a delete of the current version succeeds");
    assert_eq!(value(store, "a").await, None);

    store.create(key("a"), b"again".to_vec()).await.expect("a deleted key is free");
    store.delete(key("a"), None).await.expect("a delete of any version succeeds");
    assert_not_found(&store.delete(key("a"), None).await, "a");
}

pub(super) async fn values_come_back_as_they_were(store: &impl Store) {
    let all_bytes: Vec<u8> = (0..=u8::MAX).collect();
    for (name, bytes) in [("empty", vec![]), ("zero", vec![0]), ("all", all_bytes)] {
        store.create(key(name), bytes.clone()).await.expect("a create succeeds");
        assert_eq!(value(store, name).await, Some(bytes));
    }
}

pub(super) async fn keys_are_told_apart_by_every_byte(store: &impl Store) {
    let names = ["a", "A", "a/b", "a.b", "a-b", "a_b", "a/b/c", "a/B", "aa", "...", "..a"];
    for name in names {
        store.create(key(name), name.into()).await.expect("each name is a key of its own");
    }
    let longest = "k".repeat(crate::MAX_KEY_LEN);
    store.create(key(&longest), b"longest".to_vec()).await.expect("the longest key is a key");
    for name in names {
        assert_eq!(value(store, name).await.as_deref(), Some(name.as_bytes()));
    }
    assert_eq!(value(store, &longest).await.as_deref(), Some(&b"longest"[..]));
}
