//! Sizes: what is allowed works, what is not is refused whole.

use super::{key, value};
use crate::{Batch, Error, MAX_BATCH_OPERATIONS, MAX_VALUE_LEN, PutMode, Store, StoreExt};

pub(super) async fn a_value_may_have_the_longest_length(store: &impl Store) {
    let pattern: Vec<u8> = (0..=250u8).cycle().take(MAX_VALUE_LEN).collect();
    for n in 0..12 {
        let name = format!("big/{n:02}");
        store.create(key(&name), pattern.clone()).await.expect("the longest value is accepted");
        assert!(value(store, &name).await.as_ref() == Some(&pattern), "{name} came back changed");
    }
    let all = store.list_all("big/").await.expect("a list succeeds");
    assert_eq!(all.len(), 12, "a listing of large values is complete");
}

pub(super) async fn too_much_is_refused_before_anything_is_written(store: &impl Store) {
    let long = Batch::new().put(key("fine"), vec![], PutMode::Create).put(
        key("long"),
        vec![0; MAX_VALUE_LEN + 1],
        PutMode::Create,
    );
    match store.write(long).await {
        Err(Error::TooLarge { key, len }) => {
            assert_eq!((key.as_str(), len), ("long", MAX_VALUE_LEN + 1));
        }
        other => panic!("expected TooLarge, got {other:?}"),
    }
    let many = many(MAX_BATCH_OPERATIONS + 1);
    let refused = store.write(many).await;
    assert!(matches!(refused, Err(Error::BatchTooLarge { .. })), "{refused:?}");
    let page = store.list("", None, 1).await.expect("a list succeeds");
    assert!(page.entries.is_empty());
}

pub(super) async fn a_batch_may_have_the_most_operations(store: &impl Store) {
    let versions = store.write(many(MAX_BATCH_OPERATIONS)).await.expect("the batch succeeds");
    assert_eq!(versions.len(), MAX_BATCH_OPERATIONS);
    super::versions::assert_rising(&versions);
    let all = store.list_all("").await.expect("a list succeeds");
    assert_eq!(all.len(), MAX_BATCH_OPERATIONS);
}

fn many(operations: usize) -> Batch {
    (0..operations).fold(Batch::new(), |batch, n| {
        batch.put(key(&format!("many/{n:05}")), vec![1], PutMode::Create)
    })
}
