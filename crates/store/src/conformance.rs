//! A suite that checks the behaviour that every back-end must have.
//!
//! [`run`] checks a back-end against [`Store`]. [`run_persistent`] checks the durability of a
//! back-end that can be opened again. A failed case panics with what it expected. Both need a tokio
//! runtime, preferably a multi-threaded one, because the concurrent cases spawn tasks.
//!
//! ```
//! # tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(async {
//! use aecs_store::{MemoryStore, conformance};
//!
//! conformance::run(async || MemoryStore::new()).await;
//! # });
//! ```

// The suite is test code that other crates call: it reports failures by panics.
#![allow(clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod atomicity;
mod concurrency;
mod limits;
mod listing;
mod persistence;
mod semantics;
mod versions;

use crate::{Error, Key, Result, Store};

/// Runs every case on its own store; `make` makes an empty store.
pub async fn run<S: Store>(make: impl AsyncFn() -> S) {
    semantics::create_takes_only_a_free_key(&make().await).await;
    semantics::overwrite_takes_any_key(&make().await).await;
    semantics::update_takes_only_the_version_it_names(&make().await).await;
    semantics::delete_takes_only_what_is_there(&make().await).await;
    semantics::values_come_back_as_they_were(&make().await).await;
    semantics::keys_are_told_apart_by_every_byte(&make().await).await;
    atomicity::a_batch_applies_all_of_it(&make().await).await;
    atomicity::a_refused_batch_applies_none_of_it(&make().await).await;
    atomicity::preconditions_see_the_state_before_the_batch(&make().await).await;
    atomicity::an_empty_batch_does_nothing(&make().await).await;
    versions::every_put_gets_a_higher_version(&make().await).await;
    versions::a_version_is_never_used_again(&make().await).await;
    listing::lists_a_prefix_in_byte_order(&make().await).await;
    listing::pages_join_without_gaps(&make().await).await;
    listing::starts_after_a_key_that_need_not_exist(&make().await).await;
    listing::a_snapshot_is_of_one_moment(&make().await).await;
    listing::reads_do_not_write(&make().await).await;
    limits::a_value_may_have_the_longest_length(&make().await).await;
    limits::too_much_is_refused_before_anything_is_written(&make().await).await;
    limits::a_batch_may_have_the_most_operations(&make().await).await;
    concurrency::no_increment_is_lost(make().await).await;
    concurrency::one_create_wins(make().await).await;
    concurrency::batches_are_seen_whole(make().await).await;
}

/// Runs the cases about durability. `open` opens the same storage each time, which is empty at
/// first. At most one of the returned stores exists at a time.
pub async fn run_persistent<S: Store>(open: impl AsyncFn() -> S) {
    persistence::what_was_answered_is_there_again(&open).await;
    persistence::versions_go_on_rising(&open).await;
}

fn key(name: &str) -> Key {
    Key::new(name).expect("the suite uses valid keys")
}

async fn value<S: Store>(store: &S, name: &str) -> Option<Vec<u8>> {
    store.get(&key(name)).await.expect("a get succeeds").map(|entry| entry.value)
}

fn assert_already_exists<T: std::fmt::Debug>(result: &Result<T>, name: &str) {
    match result {
        Err(Error::AlreadyExists { key }) if key.as_str() == name => {}
        other => panic!("expected AlreadyExists of {name}, got {other:?}"),
    }
}

fn assert_not_found<T: std::fmt::Debug>(result: &Result<T>, name: &str) {
    match result {
        Err(Error::NotFound { key }) if key.as_str() == name => {}
        other => panic!("expected NotFound of {name}, got {other:?}"),
    }
}
