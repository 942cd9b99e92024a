//! Pages: written, read, removed, listed.

use super::{Place, all_ids, commit, fresh, page, page_id, register, value, write};
use crate::{
    Error,
    pages::{PageId, PageStore, Swap, Tag},
};

/// Writes `count` small pages; returns their ids in order.
async fn fill(store: &dyn PageStore, count: usize) -> Vec<PageId> {
    let ids = (0..count).map(|_| fresh());
    let pages: Vec<_> = ids.map(|id| (PageId::from_bytes(id), id.to_vec())).collect();
    write(store, &register("root"), Tag::NONE, &pages, &[]).await;
    let mut ids: Vec<_> = pages.into_iter().map(|(id, _)| id).collect();
    ids.sort();
    ids
}

pub(super) async fn pages_are_there_after_the_commit(place: &dyn Place) {
    let store = place.open().await;
    let all_bytes: Vec<u8> = (0..=u8::MAX).collect();
    let contents = [vec![], vec![0], vec![0; 7900], all_bytes, vec![0xff; 100_000]];
    let mut expected = Tag::NONE;
    let mut written = Vec::new();
    for content in contents {
        let id = page_id();
        assert_eq!(page(&*store, id).await, None);
        let pages = [(id, content.clone()), (page_id(), content.clone())];
        expected = write(&*store, &register("root"), expected, &pages, &[]).await;
        assert_eq!(page(&*store, id).await, Some(content));
        written.extend(pages);
    }
    for (id, content) in &written {
        assert_eq!(page(&*store, *id).await.as_ref(), Some(content), "a later commit leaves it");
    }
    // A commit that is lost may leave its pages, and leaves those of others.
    let (value, lost) = (value("lost"), [(page_id(), vec![1])]);
    let swap = commit(&*store, &register("root"), Tag::NONE, Some(&value), &lost, &[]).await;
    assert_eq!(swap, Swap::Lost);
    for (id, content) in &written {
        assert_eq!(page(&*store, *id).await.as_ref(), Some(content));
    }
}

pub(super) async fn pages_come_in_the_order_of_their_ids_in_the_question(place: &dyn Place) {
    let store = place.open().await;
    let ids = fill(&*store, 300).await;
    let missing = page_id();
    let questions = [
        vec![],
        vec![missing],
        vec![ids[2], missing, ids[0], ids[2], missing],
        ids.iter().rev().copied().collect(),
        ids.iter().flat_map(|id| [*id, missing]).collect(),
    ];
    for question in questions {
        let answer = store.pages(&question).await.expect("pages are read");
        let expected: Vec<_> =
            question.iter().map(|id| (*id != missing).then(|| id.as_bytes().to_vec())).collect();
        assert!(answer == expected, "{} ids: {answer:?}", question.len());
    }
}

pub(super) async fn dead_pages_are_gone(place: &dyn Place) {
    let store = place.open().await;
    let [kept, dead, deleted] = [page_id(), page_id(), page_id()];
    let pages = [kept, dead, deleted].map(|id| (id, vec![1; 5000]));
    let root = register("root");
    let expected = write(&*store, &root, Tag::NONE, &pages, &[]).await;
    let more = [(page_id(), vec![2])];
    write(&*store, &root, expected, &more, &[dead]).await;
    store.delete(&[deleted]).await.expect("a page is removed");
    assert_eq!(page(&*store, dead).await, None);
    assert_eq!(page(&*store, deleted).await, None);
    assert_eq!(store.pages(&[dead, deleted]).await.expect("pages are read"), [None, None]);
    assert!(page(&*store, kept).await.is_some());
    let mut left = [kept, more[0].0];
    left.sort();
    assert_eq!(all_ids(&*store).await, left);
}

pub(super) async fn removing_what_is_missing_is_no_error(place: &dyn Place) {
    let store = place.open().await;
    store.delete(&[]).await.expect("nothing is removed");
    store.delete(&[page_id(), page_id()]).await.expect("nothing is removed");
    let (root, id) = (register("root"), page_id());
    let expected = write(&*store, &root, Tag::NONE, &[(id, vec![1])], &[page_id()]).await;
    store.delete(&[page_id(), id, id]).await.expect("a page is removed");
    store.delete(&[id]).await.expect("it is gone already");
    write(&*store, &root, expected, &[], &[id, id]).await;
    assert!(all_ids(&*store).await.is_empty());
    // More than one message of most engines has room for.
    let ids = fill_more(&*store, 700).await;
    store.delete(&ids).await.expect("pages are removed");
    assert!(all_ids(&*store).await.is_empty());
}

async fn fill_more(store: &dyn PageStore, count: usize) -> Vec<PageId> {
    let pages: Vec<_> = (0..count).map(|_| (page_id(), vec![7; 100])).collect();
    write(store, &register("more"), Tag::NONE, &pages, &[]).await;
    pages.into_iter().map(|(id, _)| id).collect()
}

pub(super) async fn ids_are_listed_in_order(place: &dyn Place) {
    let store = place.open().await;
    assert!(all_ids(&*store).await.is_empty());
    let mut ids = fill(&*store, 40).await;
    // The first and the last that there can be.
    let ends = [[0; PageId::LEN], [0xff; PageId::LEN]].map(PageId::from_bytes);
    write(&*store, &register("other"), Tag::NONE, &ends.map(|id| (id, vec![])), &[]).await;
    ids.extend(ends);
    ids.sort();
    assert_eq!(store.list(None, 1000).await.expect("a list succeeds"), ids);
    let none = store.list(None, 0).await;
    assert!(matches!(none, Err(Error::InvalidLimit)), "{none:?}");
    for (at, id) in ids.iter().enumerate() {
        let after = store.list(Some(*id), 1000).await.expect("a list succeeds");
        assert_eq!(after, ids[at + 1..], "after {id:?}");
    }
    // An id that need not be there.
    let missing = page_id();
    let after = store.list(Some(missing), 1000).await.expect("a list succeeds");
    let expected: Vec<_> = ids.into_iter().filter(|id| *id > missing).collect();
    assert_eq!(after, expected);
}

pub(super) async fn lists_join_without_gaps(place: &dyn Place) {
    let store = place.open().await;
    let ids = fill(&*store, 25).await;
    for limit in [1, 2, 7, 25, 26] {
        let mut seen: Vec<PageId> = Vec::new();
        loop {
            let next = store.list(seen.last().copied(), limit).await.expect("a list succeeds");
            assert!(next.len() <= limit);
            if next.is_empty() {
                break;
            }
            seen.extend(next);
        }
        assert_eq!(seen, ids, "limit {limit}");
    }
}
