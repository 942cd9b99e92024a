//! Sizes: what is allowed works, what is not is refused whole.

use super::{Place, all_ids, commit, page, page_id, read, register, tag, value, write};
use crate::{
    Error,
    pages::{
        Commit, CommitProblem, MAX_COMMIT_PAGES, MAX_PAGE_LEN, MAX_REGISTER_LEN, PageId, Swap, Tag,
    },
};

fn pattern(len: usize) -> Vec<u8> {
    (0..=250u8).cycle().take(len).collect()
}

pub(super) async fn a_page_may_have_the_longest_length(place: &dyn Place) {
    let store = place.open().await;
    let ids = [page_id(), page_id(), page_id()];
    let pages = ids.map(|id| (id, pattern(MAX_PAGE_LEN)));
    write(&*store, &register("root"), Tag::NONE, &pages, &[]).await;
    assert!(page(&*store, ids[1]).await == Some(pattern(MAX_PAGE_LEN)), "it came back changed");
    // More at once than most engines put into one message.
    let many: Vec<PageId> = ids.iter().cycle().copied().take(30).collect();
    let found = store.pages(&many).await.expect("pages are read");
    assert!(found.iter().all(|found| found.as_ref() == Some(&pages[0].1)), "one came back changed");
}

pub(super) async fn a_value_may_have_the_longest_length(place: &dyn Place) {
    let store = place.open().await;
    let root = register("root");
    let mut expected = Tag::NONE;
    for _ in 0..2 {
        let longest = value(pattern(MAX_REGISTER_LEN - Tag::LEN));
        let swap = commit(&*store, &root, expected, Some(&longest), &[], &[]).await;
        assert_eq!(swap, Swap::Done);
        expected = tag(&longest);
        assert!(read(&*store, &root).await == Some(longest), "it came back changed");
    }
}

pub(super) async fn a_commit_may_write_the_most_pages(place: &dyn Place) {
    let store = place.open().await;
    let pages: Vec<_> =
        (0..MAX_COMMIT_PAGES).map(|_| page_id()).map(|id| (id, id.as_bytes().to_vec())).collect();
    let root = register("root");
    let expected = write(&*store, &root, Tag::NONE, &pages, &[]).await;
    let mut ids: Vec<_> = pages.iter().map(|(id, _)| *id).collect();
    for id in ids.iter().step_by(1111) {
        assert_eq!(page(&*store, *id).await.as_deref(), Some(&id.as_bytes()[..]));
    }
    ids.sort();
    assert!(all_ids(&*store).await == ids, "a page is missing");
    // As many may be removed at once.
    write(&*store, &root, expected, &[], &ids).await;
    assert!(all_ids(&*store).await.is_empty());
}

pub(super) async fn a_commit_may_be_large(place: &dyn Place) {
    let store = place.open().await;
    let longest = (0..20).map(|_| (page_id(), pattern(MAX_PAGE_LEN)));
    let leaves = (0..400).map(|_| (page_id(), pattern(7900)));
    let pages: Vec<_> = longest.chain(leaves).collect();
    write(&*store, &register("root"), Tag::NONE, &pages, &[]).await;
    for (id, content) in &pages {
        assert!(page(&*store, *id).await.as_ref() == Some(content), "{id:?} came back changed");
    }
}

pub(super) async fn a_commit_that_breaks_a_rule_is_refused_whole(place: &dyn Place) {
    let store = place.open().await;
    let (root, first, fine) = (register("root"), value("first"), value("fine"));
    let swap = commit(&*store, &root, Tag::NONE, Some(&first), &[], &[]).await;
    assert_eq!(swap, Swap::Done);
    let [a, b] = [page_id(), page_id()];
    let twice = CommitProblem::PageTwice { id: a };
    let refuse = async |value: Option<&[u8]>, pages: &[(PageId, Vec<u8>)], dead: &[PageId]| {
        let expected = tag(&first);
        let refused = store.commit(Commit { register: &root, expected, value, pages, dead }).await;
        match refused {
            Err(Error::InvalidCommit { register, problem }) if register == root => problem,
            other => panic!("expected InvalidCommit, got {other:?}"),
        }
    };
    let long = [(b, vec![]), (a, pattern(MAX_PAGE_LEN + 1))];
    let problem = refuse(Some(&fine), &long, &[]).await;
    assert_eq!(problem, CommitProblem::LongPage { id: a, len: MAX_PAGE_LEN + 1 });
    let many: Vec<_> = (0..=MAX_COMMIT_PAGES).map(|_| (page_id(), vec![])).collect();
    let problem = refuse(Some(&fine), &many, &[]).await;
    assert_eq!(problem, CommitProblem::ManyPages { pages: MAX_COMMIT_PAGES + 1 });
    let problem = refuse(Some(&pattern(MAX_REGISTER_LEN + 1)), &[], &[]).await;
    assert_eq!(problem, CommitProblem::LongValue { len: MAX_REGISTER_LEN + 1 });
    assert_eq!(refuse(Some(&[1; 15]), &[], &[]).await, CommitProblem::NoTag { len: 15 });
    assert_eq!(refuse(Some(&[0; 20]), &[], &[]).await, CommitProblem::NoTag { len: 20 });
    assert_eq!(refuse(Some(&first), &[], &[]).await, CommitProblem::SameTag);
    let pages = [(a, vec![1]), (b, vec![1])];
    assert_eq!(refuse(Some(&fine), &pages, &[a]).await, twice);
    assert_eq!(refuse(Some(&fine), &[(a, vec![1]), (a, vec![1])], &[]).await, twice);
    assert_eq!(read(&*store, &root).await, Some(first.clone()));
    assert!(all_ids(&*store).await.is_empty(), "something of a refused commit is there");
}
