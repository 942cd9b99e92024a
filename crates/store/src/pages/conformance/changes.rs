//! Who waits for a change is told; turns end.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{PATIENCE, Place, register, swap, tag, two, value};
use crate::pages::{Swap, Tag};

pub(super) async fn a_change_wakes_who_waits(place: &dyn Place) {
    let [changing, waiting] = two(place).await;
    let root = register("root");
    let [first, second] = ["first", "second"].map(value);
    let steps = [
        (Tag::NONE, Some(first.clone())),
        (tag(&first), Some(second.clone())),
        (tag(&second), None),
        (Tag::NONE, Some(second)),
    ];
    for (known, next) in steps {
        let waiter = tokio::spawn({
            let (store, root) = (Arc::clone(&waiting), root.clone());
            async move { store.changed(&root, known).await }
        });
        // Most of the times it waits by now.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(swap(&*changing, &root, known, next.as_deref()).await, Swap::Done);
        let woken = timeout(PATIENCE, waiter).await.expect("it is told of the change");
        woken.expect("no panic").expect("waiting succeeds");
    }
}

pub(super) async fn a_change_before_the_call_is_seen(place: &dyn Place) {
    let store = place.open().await;
    let root = register("root");
    let first = value("first");
    assert_eq!(swap(&*store, &root, Tag::NONE, Some(&first)).await, Swap::Done);
    for known in [Tag::NONE, tag(&value("another"))] {
        let told = timeout(PATIENCE, store.changed(&root, known)).await;
        told.expect("it returns at once").expect("waiting succeeds");
    }
    let never = register("never");
    let told = timeout(PATIENCE, store.changed(&never, tag(&first))).await;
    told.expect("it returns at once").expect("waiting succeeds");
}

pub(super) async fn a_turn_ends_when_it_is_dropped(place: &dyn Place) {
    let stores = two(place).await;
    for round in 0..6 {
        let store = &stores[round % 2];
        let turn = timeout(PATIENCE, store.turn()).await;
        let turn = turn.expect("it comes").expect("a turn can be taken");
        // Others wait for it, and not for long.
        let other = timeout(PATIENCE, stores[(round + 1) % 2].turn()).await;
        drop(other.expect("a turn is a courtesy").expect("nobody fails for it"));
        let value = value("a value");
        let own = register(&format!("r{round}"));
        assert_eq!(swap(&**store, &own, Tag::NONE, Some(&value)).await, Swap::Done);
        drop(turn);
    }
}
