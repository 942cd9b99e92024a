//! Commits: groups, races, lost answers, limits, the companion.

use std::sync::atomic::Ordering::SeqCst;

use aecs_store::Error as StoreError;
use parking_lot::Mutex;
use tokio::task::JoinSet;

use super::{store::Fault, *};
use crate::{Companion, Measure, Place, Tampering};

fn store() -> Arc<Faulty> {
    Arc::new(Faulty::new(true, true, 1))
}

#[tokio::test(start_paused = true)]
async fn changes_that_wait_share_a_commit() {
    let store = store();
    let vault = open(&store).await;
    put(&vault, "aecs/a", "x").await;
    let mut tasks = JoinSet::new();
    for n in 0..100 {
        let vault = vault.clone();
        tasks.spawn(async move { put(&vault, &format!("aecs/{n}"), "x").await });
    }
    let mut epochs = tasks.join_all().await;
    epochs.sort_unstable();
    assert!(epochs.into_iter().eq(2..102), "each change has an epoch of its own");
    assert!(vault.size().commits < 20, "{} commits", vault.size().commits);
}

#[tokio::test(start_paused = true)]
async fn each_change_of_a_group_succeeds_or_fails_alone() {
    let vault = open(&store()).await;
    let first = put(&vault, "aecs/a", "x").await;
    let a = || name("aecs/a");
    let (one, two, three, four) = tokio::join!(
        vault.commit(Change::new().replace(a(), first, plain("y"))),
        vault.commit(Change::new().replace(a(), first, plain("z"))),
        vault.commit(Change::new().create(a(), plain("z")).put(name("aecs/b"), plain("z"))),
        vault.commit(Change::new().remove(a(), Some(first + 1)).create(name("aecs/c"), plain("z"))),
    );
    assert_eq!(one.unwrap(), first + 1);
    assert!(matches!(two, Err(VaultError::Conflict { .. })));
    assert!(matches!(three, Err(VaultError::Exists { .. })));
    assert_eq!(four.unwrap(), first + 2);
    assert_eq!(vault.names("").await.unwrap(), [name("aecs/c")]);
    let refused = vault.commit(Change::new().remove(a(), None)).await;
    assert!(matches!(refused, Err(VaultError::Missing { name }) if name == a()));
}

#[tokio::test(start_paused = true)]
async fn no_increment_of_three_writers_is_lost() {
    for has_transactions in [true, false] {
        let store = Arc::new(Faulty::new(true, has_transactions, 3));
        let counter = || name("aecs/counter");
        put(&open(&store).await, "aecs/counter", "0").await;
        let mut tasks = JoinSet::new();
        for _ in 0..3 {
            let vault = open(&store).await;
            for _ in 0..2 {
                let vault = vault.clone();
                tasks.spawn(async move {
                    for _ in 0..15 {
                        loop {
                            let found = vault.get(&counter()).await.unwrap().unwrap();
                            let count: u32 =
                                std::str::from_utf8(found.plain.expose()).unwrap().parse().unwrap();
                            let change = Change::new().replace(
                                counter(),
                                found.epoch,
                                plain(&(count + 1).to_string()),
                            );
                            match vault.commit(change).await {
                                Ok(_) => break,
                                Err(VaultError::Conflict { .. }) => {}
                                Err(error) => panic!("{error:?}"),
                            }
                        }
                    }
                });
            }
        }
        while let Some(result) = tasks.join_next().await {
            result.unwrap();
        }
        assert_eq!(text(&open(&store).await, "aecs/counter").await.as_deref(), Some("90"));
    }
}

/// An answer is lost, others commit many times, and only then the writer looks again.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_though_others_came_after() {
    let store = store();
    let (vault, other) = (open(&store).await, open(&store).await);
    put(&vault, "aecs/a", "x").await;
    store.state.lock().faults.push_back(Some(Fault::LosesAnswer));
    store.state.lock().failing_registers = 2;
    let creating = tokio::spawn({
        let vault = vault.clone();
        async move { vault.commit(Change::new().create(name("aecs/b"), plain("mine"))).await }
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    store.state.lock().failing_registers = 0;
    for n in 0..5 {
        put(&other, "aecs/c", &n.to_string()).await;
    }
    // Made once, and the answer is that of the attempt that won: not "exists".
    assert_eq!(creating.await.unwrap().unwrap(), 2);
    assert_eq!(text(&other, "aecs/b").await.as_deref(), Some("mine"));
}

/// The absence of a commit proves nothing: it lands after the writer has looked.
#[tokio::test(start_paused = true)]
async fn a_commit_that_lands_late_is_made_once() {
    for calls in 0..30 {
        let store = Arc::new(Faulty::new(true, calls % 2 == 0, calls as u64));
        let vault = open(&store).await;
        put(&vault, "aecs/a", "x").await;
        store.state.lock().faults.push_back(Some(Fault::Delays(calls)));
        let epoch = vault.commit(Change::new().create(name("aecs/b"), plain("y"))).await.unwrap();
        store.arrive();
        assert_eq!((epoch, vault.state().await.unwrap().epoch), (2, 2), "{calls}");
        put(&vault, "aecs/a", "z").await;
        assert_eq!(vault.names("").await.unwrap().len(), 2);
        invariants::check(&store, 7_900, &mut invariants::Opened::default());
    }
}

#[tokio::test(start_paused = true)]
async fn an_unsettled_change_is_decided_by_the_next_commit() {
    for (fault, is_made) in
        [(Fault::Fails, false), (Fault::Crashes, false), (Fault::LosesAnswer, true)]
    {
        let store = store();
        let vault = open(&store).await;
        put(&vault, "aecs/a", "x").await;
        store.state.lock().faults.extend([Some(fault); 9]);
        store.state.lock().failing_registers = 100;
        let result = vault.commit(Change::new().create(name("aecs/b"), plain("y"))).await;
        assert!(matches!(result, Err(VaultError::Unsettled(_))), "{result:?}");
        store.state.lock().faults.clear();
        store.state.lock().failing_registers = 0;
        let epoch = put(&vault, "aecs/c", "z").await;
        assert_eq!(epoch, if is_made { 3 } else { 2 });
        assert_eq!(vault.contains(&name("aecs/b")).await.unwrap(), is_made);
    }
}

/// While a commit may still land, also a vault that is alone looks at the root.
#[tokio::test(start_paused = true)]
async fn a_vault_alone_reads_what_landed_late() {
    let store = Arc::new(Faulty::new(false, true, 1));
    let vault = open(&store).await;
    put(&vault, "aecs/a", "x").await;
    store.state.lock().faults.extend([Some(Fault::Delays(1_000)); 9]);
    let result = vault.commit(Change::new().put(name("aecs/a"), plain("y"))).await;
    assert!(matches!(result, Err(VaultError::Unsettled(_))), "{result:?}");
    assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some("x"));
    store.arrive();
    assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some("y"));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_written_refuses_at_once() {
    let store = store();
    let vault = open(&store).await;
    store.state.lock().faults.push_back(Some(Fault::NotWritable));
    let result = vault.commit(Change::new().put(name("aecs/a"), plain("y"))).await;
    assert!(matches!(result, Err(VaultError::Store(StoreError::NotWritable { .. }))));
    assert_eq!(put(&vault, "aecs/a", "z").await, 1);
    // A store that is away when the records are read has changed nothing.
    let cold = open(&store).await;
    store.state.lock().failing_pages = 100;
    let result = cold.commit(Change::new().put(name("aecs/a"), plain("y"))).await;
    assert!(matches!(result, Err(VaultError::Store(StoreError::Unavailable { .. }))), "{result:?}");
    store.state.lock().failing_pages = 0;
    assert_eq!(put(&cold, "aecs/a", "z").await, 2);
}

#[tokio::test(start_paused = true)]
async fn folders_stay_within_their_limits() {
    let vault = open(&store()).await;
    let within = |content: usize, limit: u64| {
        let change = Change::new().put(name("a/b/1"), vec![7; content].into());
        change.within("a/b/".to_owned(), limit)
    };
    put(&vault, "a/c", "not in the folder").await;
    put(&vault, "a/b/2", "12345").await;
    vault.commit(within(95, 100)).await.unwrap();
    match vault.commit(within(96, 100)).await {
        Err(VaultError::OverLimit { folder, of: Measure::Bytes, found: 101, limit: 100 }) => {
            assert_eq!(folder, "a/b/");
        }
        other => panic!("{other:?}"),
    }
    // What is in the way may go in the same change, and changes of one group count.
    vault.commit(within(100, 100).remove(name("a/b/2"), None)).await.unwrap();
    let (one, other) = tokio::join!(
        vault.commit(Change::new().put(name("a/b/1"), vec![7; 50].into())),
        vault.commit(
            Change::new().put(name("a/b/3"), vec![7; 51].into()).within("a/b/".to_owned(), 100)
        ),
    );
    assert!(one.is_ok() && matches!(other, Err(VaultError::OverLimit { found: 101, .. })));
    assert_eq!(vault.bytes("a/b/").await.unwrap(), 50);
}

#[tokio::test(start_paused = true)]
async fn the_number_of_records_is_limited_by_the_commit_of_any_writer() {
    let store = store();
    let (one, other) = (open(&store).await, open(&store).await);
    let create = |n: usize, most: u64| {
        let change = Change::new().create(name(&format!("a/b/{n}")), plain("x"));
        change.at_most("a/b/".to_owned(), most)
    };
    put(&one, "a/c", "not in the folder").await;
    one.commit(create(1, 3)).await.unwrap();
    // Two places are left, and six want one: by two vaults, in one group and in several.
    let (a, b, c, d, e, f) = tokio::join!(
        one.commit(create(2, 3)),
        other.commit(create(3, 3)),
        one.commit(create(4, 3)),
        other.commit(create(5, 3)),
        one.commit(create(6, 3)),
        other.commit(create(7, 3)),
    );
    let results = [a, b, c, d, e, f];
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2);
    for error in results.into_iter().filter_map(Result::err) {
        let VaultError::OverLimit { of: Measure::Records, found: 4, limit: 3, .. } = error else {
            panic!("{error:?}");
        };
    }
    assert_eq!(other.count("a/b/").await.unwrap(), 3);
    // One that goes in the same change makes room for one that comes.
    let first = one.names("a/b/").await.unwrap().swap_remove(0);
    other.commit(create(8, 3).remove(first, None)).await.unwrap();
    assert_eq!(one.count("a/b/").await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_made_only_while_its_grounds_hold() {
    let store = store();
    let (one, other) = (open(&store).await, open(&store).await);
    let owner = put(&one, "a/owner", "key").await;
    let write = |expected| {
        Change::new().put(name("a/secret"), plain("x")).while_is(name("a/owner"), expected)
    };
    other.commit(write(Some(owner))).await.unwrap();
    for wrong in [None, Some(owner + 1)] {
        match other.commit(write(wrong)).await {
            Err(VaultError::Unfounded { name: ground }) => assert_eq!(ground, name("a/owner")),
            result => panic!("{result:?}"),
        }
    }
    // The ground is looked at under the root that the change is made under.
    one.commit(Change::new().remove(name("a/owner"), None)).await.unwrap();
    assert!(matches!(other.commit(write(Some(owner))).await, Err(VaultError::Unfounded { .. })));
    other.commit(write(None)).await.unwrap();
    // A change before it in the same group counts.
    let (removed, written) = tokio::join!(
        one.commit(Change::new().create(name("a/owner"), plain("other"))),
        one.commit(write(None)),
    );
    assert!(removed.is_ok() && matches!(written, Err(VaultError::Unfounded { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_floor_is_replaced_only_by_those_who_know_it() {
    let store = store();
    let (one, other) = (open(&store).await, open(&store).await);
    let raise = |from, to| Change::new().time_floor(to).while_floor_is(from);
    one.commit(raise(0, 5)).await.unwrap();
    assert!(matches!(other.commit(raise(0, 9)).await, Err(VaultError::OtherFloor)));
    other.commit(raise(5, 3).trust_revision(2)).await.unwrap();
    let state = one.state().await.unwrap();
    assert_eq!((state.time_floor, state.trust_revision), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn the_largest_change_is_made() {
    let store = store();
    let vault = open(&store).await;
    let content = vec![7; crate::MAX_CHANGE_BYTES / crate::MAX_CHANGE_OPERATIONS];
    let change = (0..crate::MAX_CHANGE_OPERATIONS).fold(Change::new(), |change, n| {
        change.put(name(&format!("a/{n}")), content.clone().into())
    });
    vault.commit(change).await.unwrap();
    assert_eq!(vault.bytes("a/").await.unwrap(), crate::MAX_CHANGE_BYTES as u64);
    let too_large = Change::new().put(name("a"), vec![0; crate::MAX_PLAIN_LEN + 1].into());
    assert!(matches!(vault.commit(too_large).await, Err(VaultError::TooLarge { .. })));
}

/// Keeps notes as the audit log does.
#[derive(Default)]
struct Notes {
    kept: Mutex<Vec<String>>,
    asked: Mutex<usize>,
}

impl Companion for Notes {
    fn record(&self, notes: &[String]) -> SecretBytes {
        *self.asked.lock() += 1;
        let kept = self.kept.lock();
        let all: Vec<&str> = kept.iter().chain(notes).map(String::as_str).collect();
        plain(&all.join(","))
    }

    fn made(&self, notes: &[String]) {
        self.kept.lock().extend_from_slice(notes);
    }
}

#[tokio::test(start_paused = true)]
async fn the_companion_goes_with_every_commit() {
    let store = store();
    let (vault, rival) = (open(&store).await, open(&store).await);
    let notes = Arc::new(Notes::default());
    vault.accompany(name("audit/node"), notes.clone());
    let noted = |note: &str| Change::new().noted(Some(note.to_owned()));
    vault.commit(noted("one")).await.unwrap();
    vault.commit(noted("two").put(name("aecs/a"), plain("x"))).await.unwrap();
    let refused = vault.commit(noted("refused").create(name("aecs/a"), plain("x"))).await;
    assert!(matches!(refused, Err(VaultError::Exists { .. })));
    assert_eq!(text(&vault, "audit/node").await.as_deref(), Some("one,two"));
    // Notes of an attempt that has lost its race are told again, and kept once.
    let before = *notes.asked.lock();
    for n in 0..20 {
        let note = n.to_string();
        let (mine, others) = tokio::join!(
            vault.commit(noted(&note)),
            rival.commit(Change::new().put(name("aecs/b"), plain(&note))),
        );
        mine.and(others).unwrap();
    }
    assert!(*notes.asked.lock() - before > 20, "no race was lost");
    let numbers = (0..20).map(|n: u32| n.to_string());
    let all: Vec<String> = ["one", "two"].map(str::to_owned).into_iter().chain(numbers).collect();
    assert_eq!(*notes.kept.lock(), all);
    assert_eq!(text(&vault, "audit/node").await, Some(all.join(",")));
}

/// A store of one process does not grow with the commits of the last seconds.
#[tokio::test]
async fn replaced_pages_stay_for_a_time_only_where_processes_share_the_store() {
    let keep = Keep { commits: 4, time: Duration::from_secs(3600) };
    for (is_shared, left) in [(false, 0..50), (true, 100..usize::MAX)] {
        let store = Arc::new(Faulty::new(is_shared, true, 1));
        let vault = try_open(&store, Options { keep, ..options() }).await.unwrap();
        for _ in 0..100 {
            put(&vault, "aecs/a", "x").await;
        }
        let pages = store.copy().0.len();
        assert!(left.contains(&pages), "shared: {is_shared}, {pages} pages");
    }
}

/// A page that others removed is no reason to refuse a change.
#[tokio::test(start_paused = true)]
async fn a_commit_over_removed_pages_begins_again() {
    let store = store();
    let keep = Keep { commits: 0, time: Duration::ZERO };
    let hasty = Options { keep, shape: small(), cache: Arc::new(Cache::new(0)) };
    let (one, other) =
        (try_open(&store, hasty.clone()).await.unwrap(), try_open(&store, hasty).await.unwrap());
    for n in 0..150 {
        put(&one, &format!("aecs/{n}"), "x").await;
        if n % 10 == 9 {
            // It has not seen the last roots.
            put(&other, &format!("aecs/{}", n / 2), "y").await;
        }
    }
    assert_eq!(one.count("").await.unwrap(), 150);
}

#[tokio::test(start_paused = true)]
async fn one_damaged_page_fails_one_change_of_a_group() {
    let store = store();
    let options = || Options { shape: small(), cache: Arc::new(Cache::new(0)), ..options() };
    let vault = try_open(&store, options()).await.unwrap();
    let all = (0..100).map(|n| name(&format!("aecs/{n:03}")));
    let change = all.clone().fold(Change::new(), |change, name| change.put(name, plain("x")));
    vault.commit(change).await.unwrap();
    let damaged = {
        // The leaf of one record.
        let known = vault.shared().roots.known();
        let names: [&[u8]; 1] = [b"aecs/050"];
        let pages = &vault.shared().pages;
        let descent = crate::tree::descent::Descent::new(pages, known.root.top, &names);
        descent.await.unwrap().levels.last().unwrap()[0].id
    };
    store.state.lock().answers.insert(damaged, None);
    let mut tasks = JoinSet::new();
    for record in all {
        let vault = vault.clone();
        tasks.spawn(async move {
            let change = Change::new().put(record.clone(), plain("y"));
            (record, vault.commit(change).await)
        });
    }
    let (mut made, mut refused) = (0, vec![]);
    for (record, result) in tasks.join_all().await {
        match result {
            Ok(_) => made += 1,
            Err(VaultError::Tampered { place, what: Tampering::Missing }) => {
                assert_eq!(place, Place::Record(record.clone()));
                refused.push(record);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(made > 80 && refused.contains(&name("aecs/050")), "{made} {refused:?}");
    for n in 0..100 {
        let record = name(&format!("aecs/{n:03}"));
        let expected = if refused.contains(&record) { continue } else { "y" };
        assert_eq!(text(&vault, record.as_str()).await.as_deref(), Some(expected), "{record}");
    }
    let report = vault.verify(|_| ()).await.unwrap();
    let [damage] = &report.damaged[..] else { panic!("{report:?}") };
    assert_eq!((damage.records, report.records), (refused.len() as u64, 100 - damage.records));
    assert!(matches!(&damage.place, Place::Between { from, .. } if from.as_str() <= "aecs/050"));
    // What is below a damaged page is not known, so nothing is swept.
    assert!(matches!(vault.sweep(|_| ()).await, Err(VaultError::Tampered { .. })));
    store.state.lock().answers.clear();
    put(&vault, "aecs/050", "z").await;
    assert!(vault.verify(|_| ()).await.unwrap().damaged.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_vault_ends_with_its_last_handle() {
    let store = store();
    let vault = open(&store).await;
    let clone = vault.clone();
    drop(vault);
    put(&clone, "aecs/a", "x").await;
    drop(clone);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(Arc::strong_count(&store), 1, "the committer still has the store");
    assert_eq!(store.page_reads.load(SeqCst), 0);
}

/// The pages of a commit arrive before its root. Nothing reaches them yet, but it may.
#[tokio::test(start_paused = true)]
async fn a_sweep_leaves_pages_of_a_commit_that_is_on_its_way() {
    let store = Arc::new(Faulty::new(true, false, 1));
    let (vault, other) = (open(&store).await, open(&store).await);
    put(&vault, "aecs/a", "x").await;
    let fails = [Some(Fault::Fails); 4];
    store.state.lock().faults.extend([Some(Fault::PagesFirst)].into_iter().chain(fails));
    store.state.lock().failing_registers = 100;
    let result = vault.commit(Change::new().put(name("aecs/a"), plain("y"))).await;
    assert!(matches!(result, Err(VaultError::Unsettled(_))), "{result:?}");
    store.state.lock().failing_registers = 0;
    assert_eq!(other.sweep(|_| ()).await.unwrap(), 0);
    store.arrive();
    assert_eq!(text(&other, "aecs/a").await.as_deref(), Some("y"));
    // Those of a commit that has lost are of no use any more.
    store.state.lock().faults.push_back(Some(Fault::Crashes));
    put(&other, "aecs/a", "z").await;
    assert!(other.sweep(|_| ()).await.unwrap() > 0);
    assert_eq!(text(&other, "aecs/a").await.as_deref(), Some("z"));
}

/// A store that says of a commit that it lost, though it was made: one behind a proxy that sends a commit
/// twice, for example. The caller is told the truth, and no page of the tree is removed.
#[tokio::test(start_paused = true)]
async fn f13_a_commit_that_the_store_calls_lost_is_settled_by_the_root() {
    for is_shared in [true, false] {
        let store = Arc::new(Faulty::new(is_shared, true, 1));
        let options = Options { shape: small(), cache: Arc::new(Cache::new(0)), ..options() };
        let vault = try_open(&store, options).await.unwrap();
        for n in 0..40 {
            put(&vault, &format!("aecs/{n}"), "content").await;
        }
        for (n, looks_fail) in [(1, 0), (2, 3)] {
            let new = format!("aecs/new{n}");
            store.state.lock().faults.push_back(Some(Fault::SaysLost));
            store.state.lock().failing_registers = looks_fail;
            let made = vault.commit(Change::new().create(name(&new), plain("new"))).await;
            assert!(made.is_ok(), "{is_shared} {n}: {made:?}");
            for n in 0..20 {
                put(&vault, "aecs/0", &n.to_string()).await;
            }
            assert_eq!(text(&vault, &new).await.as_deref(), Some("new"), "{is_shared} {n}");
            assert!(vault.verify(|_| ()).await.unwrap().damaged.is_empty());
        }
    }
}
