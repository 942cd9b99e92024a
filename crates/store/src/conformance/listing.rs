//! Listing: by prefix, in order, in pages.

use super::key;
use crate::{Error, Key, PutMode, Store, StoreExt};

/// In byte order.
const NAMES: [&str; 9] = ["A/9", "a", "a-b", "a.b", "a/1", "a/10", "a/2", "a/2/x", "b/1"];

async fn fill(store: &impl Store) {
    for name in NAMES.iter().rev() {
        store.create(key(name), name.as_bytes().to_vec()).await.expect("a create succeeds");
    }
}

fn names(entries: &[(Key, crate::Entry)]) -> Vec<&str> {
    for (key, entry) in entries {
        assert_eq!(entry.value, key.as_str().as_bytes(), "each key has its own value");
    }
    entries.iter().map(|(key, _)| key.as_str()).collect()
}

pub(super) async fn lists_a_prefix_in_byte_order(store: &impl Store) {
    fill(store).await;
    for prefix in ["", "a", "a/", "a/1", "a/2/x", "a/2/xy", "b", "c", "A", "a/*", "..", "\u{fc}"] {
        let expected: Vec<&str> =
            NAMES.into_iter().filter(|name| name.starts_with(prefix)).collect();
        let page = store.list(prefix, None, 100).await.expect("a list succeeds");
        assert_eq!(names(&page.entries), expected, "prefix {prefix:?}");
        assert!(!page.more, "prefix {prefix:?}");
        let all = store.list_all(prefix).await.expect("a list succeeds");
        assert_eq!(names(&all), expected, "prefix {prefix:?}");
    }
}

pub(super) async fn pages_join_without_gaps(store: &impl Store) {
    fill(store).await;
    let none = store.list("", None, 0).await;
    assert!(matches!(none, Err(Error::InvalidLimit)), "{none:?}");
    for limit in 1..=NAMES.len() + 1 {
        let mut seen = Vec::new();
        let mut after: Option<Key> = None;
        loop {
            let page = store.list("", after.as_ref(), limit).await.expect("a list succeeds");
            assert!(page.entries.len() <= limit);
            assert!(!page.entries.is_empty(), "only a page with more after it is continued");
            seen.extend(names(&page.entries).into_iter().map(str::to_owned));
            if !page.more {
                break;
            }
            after = page.entries.last().map(|(key, _)| key.clone());
        }
        assert_eq!(seen, NAMES, "limit {limit}");
    }
}

pub(super) async fn starts_after_a_key_that_need_not_exist(store: &impl Store) {
    fill(store).await;
    for (prefix, after) in [
        ("", "a/1"),
        ("", "a/11"),
        ("a/", "A"),
        ("a/", "a/2"),
        ("a/", "a/zzz"),
        ("a/", "b"),
        ("", "z"),
    ] {
        let expected: Vec<&str> =
            NAMES.into_iter().filter(|name| name.starts_with(prefix) && *name > after).collect();
        let page = store.list(prefix, Some(&key(after)), 100).await.expect("a list succeeds");
        assert_eq!(names(&page.entries), expected, "prefix {prefix:?} after {after:?}");
    }
}

pub(super) async fn a_snapshot_is_of_one_moment(store: &impl Store) {
    for name in ["a/1", "a/2", "a/3"] {
        store.put(key(name), b"before".to_vec(), PutMode::Create).await.expect("it is new");
    }
    let snapshot = store.snapshot().await.expect("a snapshot is made");
    store.put(key("a/2"), b"after".to_vec(), PutMode::Overwrite).await.expect("it is written");
    store.put(key("a/4"), b"after".to_vec(), PutMode::Create).await.expect("it is new");
    store.delete(key("a/1"), None).await.expect("it is there");
    let first = snapshot.list("a/", None, 2).await.expect("it is listed");
    assert!(first.more);
    let rest = snapshot.list("a/", Some(&key("a/2")), 9).await.expect("it is listed");
    assert!(!rest.more);
    let seen: Vec<_> = first.entries.iter().chain(&rest.entries).collect();
    let names: Vec<_> = seen.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(names, ["a/1", "a/2", "a/3"]);
    assert!(seen.iter().all(|(_, entry)| entry.value == b"before"));
}

pub(super) async fn reads_do_not_write(store: &impl Store) {
    let before = store.create(key("a"), vec![1]).await.expect("a create succeeds");
    for _ in 0..3 {
        let entry = store.get(&key("a")).await.expect("a get succeeds").expect("it is there");
        assert_eq!(entry.version, before);
        let page = store.list("", None, 10).await.expect("a list succeeds");
        assert_eq!(page.entries[0].1.version, before);
    }
    store.put(key("a"), vec![2], PutMode::Update(before)).await.expect("nothing has changed");
}
