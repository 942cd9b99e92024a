//! What is there when a store is opened again, and for somebody else.

use super::{Place, all_ids, commit, page, page_id, read, register, swap, tag, two, value, write};
use crate::pages::{Read, Swap, Tag};

pub(super) async fn what_was_answered_is_there_again(place: &dyn Place) {
    let (root, backup) = (register("root"), register("identity/node1"));
    let [kept, dead] = [(page_id(), vec![1; 6000]), (page_id(), vec![2; 6000])];
    let store = place.open().await;
    let expected = write(&*store, &root, Tag::NONE, &[kept.clone(), dead.clone()], &[]).await;
    write(&*store, &backup, Tag::NONE, &[], &[]).await;
    drop(store);

    let store = place.open().await;
    assert_eq!(store.read(&root, expected).await.expect("a read succeeds"), Read::Same);
    let last = value("last");
    let swapped = commit(&*store, &root, expected, Some(&last), &[], &[dead.0]).await;
    assert_eq!(swapped, Swap::Done);
    drop(store);

    let store = place.open().await;
    assert_eq!(read(&*store, &root).await.as_ref(), Some(&last));
    assert!(read(&*store, &backup).await.is_some());
    assert_eq!(page(&*store, kept.0).await, Some(kept.1));
    assert_eq!(all_ids(&*store).await, [kept.0]);
    let removed = store.read(&backup, Tag::NONE).await.expect("a read succeeds");
    let Read::New(removed) = removed else { panic!("expected a value, got {removed:?}") };
    assert_eq!(swap(&*store, &backup, tag(&removed), None).await, Swap::Done);
    drop(store);

    let store = place.open().await;
    assert_eq!(read(&*store, &backup).await, None);
    assert_eq!(store.registers("").await.expect("registers are listed"), [root]);
}

/// An engine that was put back counts the same numbers again, for other values.
pub(super) async fn a_restored_backup_is_no_earlier_time(place: &dyn Place) {
    let root = register("root");
    let [first, lost, other] = ["first", "lost", "other"].map(value);
    let store = place.open().await;
    assert_eq!(swap(&*store, &root, Tag::NONE, Some(&first)).await, Swap::Done);
    drop(store);
    place.back_up().await;
    let store = place.open().await;
    let pages = [(page_id(), vec![1])];
    let swapped = commit(&*store, &root, tag(&first), Some(&lost), &pages, &[]).await;
    assert_eq!(swapped, Swap::Done);
    drop(store);
    place.restore().await;

    let store = place.open().await;
    assert_eq!(read(&*store, &root).await.as_ref(), Some(&first));
    assert_eq!(page(&*store, pages[0].0).await, None);
    assert_eq!(swap(&*store, &root, tag(&first), Some(&other)).await, Swap::Done);
    // As often swapped as before, but to another value.
    let found = store.read(&root, tag(&lost)).await.expect("a read succeeds");
    assert_eq!(found, Read::New(other.clone()));
    let next = value("next");
    assert_eq!(swap(&*store, &root, tag(&lost), Some(&next)).await, Swap::Lost);
    assert_eq!(swap(&*store, &root, tag(&other), Some(&next)).await, Swap::Done);
}

pub(super) async fn stores_at_one_place_see_each_other(place: &dyn Place) {
    let [first, second] = two(place).await;
    let root = register("root");
    let mut expected = Tag::NONE;
    for round in 0..10 {
        let (writer, reader) = if round % 2 == 0 { (&first, &second) } else { (&second, &first) };
        let (next, written) = (value(format!("{round}")), (page_id(), vec![round; 4000]));
        let pages = std::slice::from_ref(&written);
        let swapped = commit(&**writer, &root, expected, Some(&next), pages, &[]).await;
        assert_eq!(swapped, Swap::Done, "round {round}");
        assert_eq!(page(&**reader, written.0).await, Some(written.1), "round {round}");
        let found = reader.read(&root, expected).await.expect("a read succeeds");
        assert_eq!(found, Read::New(next.clone()), "round {round}");
        expected = tag(&next);
    }
    assert_eq!(all_ids(&*first).await, all_ids(&*second).await);
}
