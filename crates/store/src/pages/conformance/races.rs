//! Several writers and readers at once.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::task::JoinSet;

use super::{Place, commit, page_id, read, register, swap, tag, two, value};
use crate::pages::{PageId, PageStore, Swap, Tag};

const TASKS: usize = 8;

pub(super) async fn one_commit_a_tag_wins(place: &dyn Place) {
    let stores = two(place).await;
    let root = register("root");
    let mut expected = Tag::NONE;
    for round in 0..12 {
        // Now and then the race is for the removal of the value, too.
        let removes = round % 4 == 3;
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let (store, root) = (Arc::clone(&stores[task % 2]), root.clone());
            tasks.spawn(async move {
                let value = (!removes || task % 2 == 0).then(|| value(format!("{round} {task}")));
                let pages = [(page_id(), vec![1; 3000])];
                let swap = commit(&*store, &root, expected, value.as_deref(), &pages, &[]).await;
                (swap == Swap::Done).then(|| (value, pages[0].0))
            });
        }
        let winners: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1, "round {round}: {winners:?}");
        let (value, id) = &winners[0];
        for store in &stores {
            assert_eq!(read(&**store, &root).await, *value, "round {round}");
            assert!(super::page(&**store, *id).await.is_some(), "round {round}");
        }
        expected = value.as_deref().map_or(Tag::NONE, tag);
    }
}

pub(super) async fn no_increment_is_lost(place: &dyn Place) {
    const EACH: u64 = 12;
    let stores = two(place).await;
    let counter = register("counter");
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (store, counter) = (Arc::clone(&stores[task % 2]), counter.clone());
        tasks.spawn(async move {
            let mut done = 0;
            while done < EACH {
                let (found, count) = count(&*store, &counter).await;
                let next = value((count + 1).to_be_bytes());
                if swap(&*store, &counter, found, Some(&next)).await == Swap::Done {
                    done += 1;
                }
            }
        });
    }
    tasks.join_all().await;
    for store in &stores {
        assert_eq!(count(&**store, &counter).await.1, TASKS as u64 * EACH);
    }
}

async fn count(store: &dyn PageStore, counter: &crate::pages::Register) -> (Tag, u64) {
    match read(store, counter).await {
        None => (Tag::NONE, 0),
        Some(value) => {
            let number = value[Tag::LEN..].try_into().expect("8 bytes");
            (tag(&value), u64::from_be_bytes(number))
        }
    }
}

pub(super) async fn a_read_sees_what_was_answered_before(place: &dyn Place) {
    const LAST: u64 = 40;
    let [writing, reading] = two(place).await;
    let root = register("root");
    let answered = Arc::new(AtomicU64::new(0));
    let mut readers = JoinSet::new();
    for _ in 0..4 {
        let (store, answered, root) = (Arc::clone(&reading), Arc::clone(&answered), root.clone());
        readers.spawn(async move {
            loop {
                let before = answered.load(Ordering::SeqCst);
                let (_, seen) = count(&*store, &root).await;
                assert!(seen >= before, "read {seen} after {before} was answered");
                if before == LAST {
                    return;
                }
            }
        });
    }
    let mut expected = Tag::NONE;
    for number in 1..=LAST {
        let next = value(number.to_be_bytes());
        assert_eq!(swap(&*writing, &root, expected, Some(&next)).await, Swap::Done);
        answered.store(number, Ordering::SeqCst);
        expected = tag(&next);
    }
    readers.join_all().await;
}

pub(super) async fn a_register_leads_to_pages_that_are_there(place: &dyn Place) {
    const COMMITS: usize = 30;
    let [writing, reading] = two(place).await;
    let root = register("root");
    let writer = tokio::spawn({
        let root = root.clone();
        async move {
            let mut expected = Tag::NONE;
            for _ in 0..COMMITS {
                // Several messages of most engines.
                let pages: Vec<_> = (0..150).map(|_| (page_id(), vec![1; 2000])).collect();
                let ids: Vec<u8> = pages.iter().flat_map(|(id, _)| *id.as_bytes()).collect();
                let next = value(ids);
                let swap = commit(&*writing, &root, expected, Some(&next), &pages, &[]).await;
                assert_eq!(swap, Swap::Done);
                expected = tag(&next);
            }
        }
    });
    while !writer.is_finished() {
        let Some(value) = read(&*reading, &root).await else { continue };
        let ids: Vec<PageId> = value[Tag::LEN..]
            .chunks_exact(PageId::LEN)
            .map(|id| PageId::from_bytes(id.try_into().expect("16 bytes")))
            .collect();
        let pages = reading.pages(&ids).await.expect("pages are read");
        assert!(pages.iter().all(Option::is_some), "a page of the present value is missing");
        let last = ids.last().expect("there are pages");
        assert!(super::page(&*reading, *last).await.is_some(), "a page is missing");
    }
    writer.await.expect("the writer succeeds");
}
