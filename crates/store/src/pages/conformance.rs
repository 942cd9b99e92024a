//! A suite that checks the behaviour that every [`PageStore`] must have.
//!
//! [`run`] runs every check of one table, each at a [`Place`] of its own; [`agree`] compares several
//! stores step by step. A check that fails panics with what it expected. They need a tokio runtime
//! of several threads, because the races spawn tasks.

// The suite is test code that other crates call: it reports failures by panics.
#![allow(clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod agreement;
mod changes;
mod contents;
mod durability;
pub mod history;
mod limits;
mod races;
mod registers;
#[cfg(target_os = "linux")]
pub mod servers;

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;

pub use self::agreement::agree;
use super::{Commit, PageId, PageStore, Read, Register, Swap, Tag};

/// Where a check finds its store. It is empty at first.
#[async_trait]
pub trait Place: Send + Sync {
    /// Opens the store. If it [is shared](PageStore::is_shared), several may be open at once.
    async fn open(&self) -> Arc<dyn PageStore>;

    /// Keeps a copy of everything, as an operator's backup does. No store is open.
    async fn back_up(&self);

    /// Puts the copy in the place of everything. No store is open.
    async fn restore(&self);
}

type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One check of the suite.
pub struct Check {
    /// What it says.
    pub name: &'static str,
    run: for<'a> fn(&'a dyn Place) -> Running<'a>,
}

impl Check {
    /// Runs it at an empty place.
    pub async fn run(&self, place: &dyn Place) {
        (self.run)(place).await;
    }
}

macro_rules! checks {
    ($($module:ident::$name:ident,)*) => {
        &[$(Check { name: stringify!($name), run: |place| Box::pin($module::$name(place)) }),*]
    };
}

/// Every check.
pub const CHECKS: &[Check] = checks![
    registers::a_new_register_has_no_value,
    registers::a_swap_is_seen_at_once,
    registers::a_swap_takes_only_the_expected_value,
    registers::the_tag_decides_and_not_how_often_there_was_a_swap,
    registers::a_removed_value_is_gone,
    registers::registers_are_told_apart_by_every_byte,
    registers::registers_are_listed_by_prefix,
    registers::values_come_back_as_they_were,
    contents::pages_are_there_after_the_commit,
    contents::pages_come_in_the_order_of_their_ids_in_the_question,
    contents::dead_pages_are_gone,
    contents::removing_what_is_missing_is_no_error,
    contents::ids_are_listed_in_order,
    contents::lists_join_without_gaps,
    limits::a_page_may_have_the_longest_length,
    limits::a_value_may_have_the_longest_length,
    limits::a_commit_may_write_the_most_pages,
    limits::a_commit_may_be_large,
    limits::a_commit_that_breaks_a_rule_is_refused_whole,
    races::one_commit_a_tag_wins,
    races::no_increment_is_lost,
    races::a_read_sees_what_was_answered_before,
    races::a_register_leads_to_pages_that_are_there,
    changes::a_change_wakes_who_waits,
    changes::a_change_before_the_call_is_seen,
    changes::a_turn_ends_when_it_is_dropped,
    durability::what_was_answered_is_there_again,
    durability::a_restored_backup_is_no_earlier_time,
    durability::stores_at_one_place_see_each_other,
];

/// Runs every check; `make` makes an empty place.
pub async fn run<P: Place>(make: impl AsyncFn() -> P) {
    for check in CHECKS {
        tracing::debug!(check.name, "checking");
        check.run(&make().await).await;
    }
}

/// How long a check waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

static COUNTER: AtomicU64 = AtomicU64::new(1);

/// 16 bytes that are used once in this process, and not in the order of time.
fn fresh() -> [u8; 16] {
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (u128::from(mixed) << 64 | u128::from(number)).to_be_bytes()
}

fn page_id() -> PageId {
    PageId::from_bytes(fresh())
}

fn register(name: &str) -> Register {
    Register::new(name).expect("the suite uses valid names")
}

/// A value with a fresh tag.
fn value(text: impl AsRef<[u8]>) -> Vec<u8> {
    [&fresh(), text.as_ref()].concat()
}

fn tag(value: &[u8]) -> Tag {
    Tag::of(Some(value)).expect("the value has a tag")
}

/// Swaps the value of a register, without pages.
async fn swap(
    store: &dyn PageStore,
    register: &Register,
    expected: Tag,
    value: Option<&[u8]>,
) -> Swap {
    commit(store, register, expected, value, &[], &[]).await
}

/// A commit that may be lost.
async fn commit(
    store: &dyn PageStore,
    register: &Register,
    expected: Tag,
    value: Option<&[u8]>,
    pages: &[(PageId, Vec<u8>)],
    dead: &[PageId],
) -> Swap {
    let commit = Commit { register, expected, value, pages, dead };
    store.commit(commit).await.expect("a commit succeeds")
}

/// A commit to a register without a value, which may not be lost. Returns its tag.
async fn write(
    store: &dyn PageStore,
    register: &Register,
    expected: Tag,
    pages: &[(PageId, Vec<u8>)],
    dead: &[PageId],
) -> Tag {
    let value = value("a value");
    let swap = commit(store, register, expected, Some(&value), pages, dead).await;
    assert_eq!(swap, Swap::Done, "nobody else commits");
    tag(&value)
}

async fn read(store: &dyn PageStore, register: &Register) -> Option<Vec<u8>> {
    match store.read(register, Tag::NONE).await.expect("a read succeeds") {
        Read::None => None,
        Read::New(value) => Some(value),
        Read::Same => panic!("a read says that a value is the one that nobody knows"),
    }
}

async fn page(store: &dyn PageStore, id: PageId) -> Option<Vec<u8>> {
    store.page(id).await.expect("a page is read")
}

/// Every id, read in one list.
async fn all_ids(store: &dyn PageStore) -> Vec<PageId> {
    let mut all: Vec<PageId> = Vec::new();
    loop {
        let next = store.list(all.last().copied(), 1000).await.expect("a list succeeds");
        if next.is_empty() {
            return all;
        }
        all.extend(next);
    }
}

/// Two handles: of one store, or two of them if it is shared.
async fn two(place: &dyn Place) -> [Arc<dyn PageStore>; 2] {
    let first = place.open().await;
    let second = if first.is_shared() { place.open().await } else { Arc::clone(&first) };
    [first, second]
}
