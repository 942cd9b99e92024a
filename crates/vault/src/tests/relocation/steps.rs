//! What happens between the steps of a move.

use std::{future::Future, pin::Pin};

use aecs_store::{
    export::{Entry, Key},
    fill,
};

use super::*;
use crate::tests::store::Random;

type Act = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A store, and what a test does after certain calls.
struct Hooked {
    store: Arc<dyn PageStore>,
    hook: parking_lot::Mutex<Option<Hook>>,
    /// How many times a call that others may notice gives them the turn.
    pauses: Option<parking_lot::Mutex<Random>>,
}

/// `act` happens after a commit of the register `of` (or a list of the registers of that prefix; or, with `read `
/// before the name, after it was read), if `pass` of them have passed, and after all later ones if `is_again`.
struct Hook {
    of: &'static str,
    pass: usize,
    is_again: bool,
    act: Act,
}

impl Hooked {
    fn new(store: &Arc<dyn PageStore>) -> Arc<Self> {
        let (store, hook) = (store.clone(), parking_lot::Mutex::default());
        Arc::new(Self { store, hook, pauses: None })
    }

    /// One whose answers take their time.
    fn slow(store: &Arc<dyn PageStore>, seed: u64) -> Arc<Self> {
        let pauses = Some(parking_lot::Mutex::new(Random::new(seed)));
        let (store, hook) = (store.clone(), parking_lot::Mutex::default());
        Arc::new(Self { store, hook, pauses })
    }

    async fn wait(&self) {
        let pauses = self.pauses.as_ref().map_or(0, |random| random.lock().below(6));
        for _ in 0..pauses {
            tokio::task::yield_now().await;
        }
    }

    fn set<F: Future<Output = ()> + Send + 'static>(
        &self,
        (of, pass, is_again): (&'static str, usize, bool),
        act: impl Fn() -> F + Send + Sync + 'static,
    ) {
        let act: Act = Box::new(move || Box::pin(act()));
        *self.hook.lock() = Some(Hook { of, pass, is_again, act });
    }

    async fn called(&self, of: &str) {
        let Some(mut hook) = self.hook.lock().take() else { return };
        if of != hook.of || hook.pass > 0 {
            hook.pass -= usize::from(of == hook.of);
            *self.hook.lock() = Some(hook);
            return;
        }
        (hook.act)().await;
        if hook.is_again {
            *self.hook.lock() = Some(hook);
        }
    }
}

#[async_trait]
impl PageStore for Hooked {
    async fn read(&self, register: &Register, known: Tag) -> StoreResult<Read> {
        self.wait().await;
        let read = self.store.read(register, known).await;
        self.wait().await;
        self.called(&format!("read {register}")).await;
        read
    }

    async fn commit(&self, commit: Commit<'_>) -> StoreResult<Swap> {
        self.wait().await;
        let register = commit.register;
        let swap = self.store.commit(commit).await;
        self.wait().await;
        self.called(register.as_str()).await;
        swap
    }

    async fn page(&self, id: PageId) -> StoreResult<Option<Vec<u8>>> {
        self.store.page(id).await
    }

    async fn pages(&self, ids: &[PageId]) -> StoreResult<Vec<Option<Vec<u8>>>> {
        self.store.pages(ids).await
    }

    async fn delete(&self, ids: &[PageId]) -> StoreResult<()> {
        self.wait().await;
        self.store.delete(ids).await
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> StoreResult<Vec<PageId>> {
        self.store.list(after, limit).await
    }

    async fn registers(&self, prefix: &str) -> StoreResult<Vec<Register>> {
        self.wait().await;
        let registers = self.store.registers(prefix).await;
        self.called(prefix).await;
        registers
    }

    async fn changed(&self, register: &Register, known: Tag) -> StoreResult<()> {
        self.store.changed(register, known).await
    }

    async fn turn(&self) -> StoreResult<Option<Turn>> {
        Ok(None)
    }

    fn engine(&self) -> &'static str {
        "hooked"
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }
}

fn memory() -> Arc<dyn PageStore> {
    Arc::new(MemoryStore::new())
}

/// A store that processes share.
fn shared() -> Arc<dyn PageStore> {
    Arc::new(Faulty::new(true, true, 1))
}

async fn remove(store: &dyn PageStore, register: &Register) {
    let Read::New(value) = store.read(register, Tag::NONE).await.unwrap() else { panic!() };
    let expected = Tag::of(Some(&value)).unwrap();
    let commit = Commit { register, expected, value: None, pages: &[], dead: &[] };
    assert_eq!(store.commit(commit).await.unwrap(), Swap::Done);
}

async fn names(store: &dyn PageStore) -> Vec<String> {
    let registers = store.registers("").await.unwrap();
    registers.iter().map(ToString::to_string).collect()
}

/// Registers belong to an act, whose change comes after them: both move, or none.
#[tokio::test(start_paused = true)]
async fn a_register_moves_with_the_change_that_it_belongs_to() {
    let (source, target) = (shared(), memory());
    let mut records = filled(&source).await;
    let hooked = Hooked::new(&source);
    let vault = open_at(hooked.clone()).await.unwrap();
    let mut relocation = begun(&vault, target.clone()).await.unwrap();
    relocation.copy(&mut |_| ()).await.unwrap();
    let (other, late) = (open_at(source.clone()).await.unwrap(), "identity/late");
    hooked.set(("identity/", 0, false), move || {
        let (source, other) = (source.clone(), other.clone());
        async move {
            set(&*source, &Register::new(late).unwrap(), &[9; 20]).await;
            put(&other, "act", "made").await;
        }
    });
    records.insert("act".to_owned(), vec!["made".to_owned()]);
    while !relocation.switch(&["identity/"], &mut |_| ()).await.unwrap() {}
    relocation.end().await.unwrap();
    assert_has(&target, &records).await;
    assert_eq!(names(&*target).await, [BACKUP, late, "root"]);
}

#[tokio::test(start_paused = true)]
async fn a_register_that_is_removed_between_two_attempts_does_not_come_back() {
    let (source, target) = (shared(), memory());
    filled(&source).await;
    let hooked = Hooked::new(&target);
    let vault = open_at(source.clone()).await.unwrap();
    let mut relocation = begun(&vault, hooked.clone()).await.unwrap();
    relocation.copy(&mut |_| ()).await.unwrap();
    let other = open_at(source.clone()).await.unwrap();
    hooked.set((BACKUP, 0, false), move || {
        let other = other.clone();
        async move { _ = put(&other, "meanwhile", "data").await }
    });
    assert!(!relocation.switch(&["identity/"], &mut |_| ()).await.unwrap());
    assert!(names(&*target).await.contains(&BACKUP.to_owned()));
    remove(&*source, &Register::new(BACKUP).unwrap()).await;
    assert!(relocation.switch(&["identity/"], &mut |_| ()).await.unwrap());
    relocation.end().await.unwrap();
    assert_eq!(names(&*target).await, ["root"]);
}

/// Until it is known what became of the farewell, nothing is answered from memory, whatever the store has
/// answered since.
#[tokio::test(start_paused = true)]
async fn a_farewell_that_arrives_late_ends_the_answers_of_the_former_store() {
    let later = [Fault::PagesFirst, Fault::NotWritable, Fault::Fails];
    for (fault, is_shared) in later.into_iter().flat_map(|it| [(it, false), (it, true)]) {
        let source = Arc::new(Faulty::new(is_shared, true, 1));
        let shared: Arc<dyn PageStore> = source.clone();
        let target = memory();
        let records = filled(&shared).await;
        let vault = open_at(shared.clone()).await.unwrap();
        let mut relocation = begun(&vault, target.clone()).await.unwrap();
        relocation.copy(&mut |_| ()).await.unwrap();
        let faults = std::iter::once(Fault::PagesFirst).chain([fault; 6]).map(Some);
        source.state.lock().faults.extend(faults);
        let switched = relocation.switch(&["identity/"], &mut |_| ()).await;
        assert!(matches!(switched, Err(VaultError::Unsettled(_))), "{fault:?}: {switched:?}");
        assert_eq!(text(&vault, "a/01").await.unwrap(), "x".repeat(9));
        source.arrive();
        let read = vault.get(&name("a/01")).await.map(|found| found.is_some());
        assert!(matches!(read, Err(VaultError::Moved(_))), "{fault:?}: {read:?}");
        let change = Change::new().put(name("never"), plain(""));
        assert!(matches!(vault.commit(change).await, Err(VaultError::Moved(_))), "{fault:?}");
        let Err(VaultError::Moved(moved)) = open_at(shared.clone()).await else { panic!() };
        moved.complete(&*target).await.unwrap();
        assert_has(&target, &records).await;
    }
}

/// Another move takes the mark between the last one of this move and its farewell.
#[tokio::test(start_paused = true)]
async fn no_farewell_names_a_mark_that_another_move_has_taken() {
    let (source, target) = (shared(), memory());
    let mut records = filled(&source).await;
    let hooked = Hooked::new(&target);
    let (one, two) =
        (open_at(source.clone()).await.unwrap(), open_at(source.clone()).await.unwrap());
    let mut first = begun(&one, hooked.clone()).await.unwrap();
    first.copy(&mut |_| ()).await.unwrap();
    let second = Arc::new(parking_lot::Mutex::default());
    let (taken, there) = (second.clone(), target.clone());
    hooked.set(("root", 0, false), move || {
        let (two, target, taken) = (two.clone(), there.clone(), taken.clone());
        async move { *taken.lock() = Some(begun(&two, target).await.unwrap()) }
    });
    assert!(!first.switch(&["identity/"], &mut |_| ()).await.unwrap());
    assert!(matches!(first.switch(&["identity/"], &mut |_| ()).await, Err(VaultError::Target(_))));
    write(&one, &mut records, "later", "later").await;
    let mut second: Relocation = second.lock().take().unwrap();
    second.copy(&mut |_| ()).await.unwrap();
    assert!(second.switch(&["identity/"], &mut |_| ()).await.unwrap());
    assert_has(&target, &records).await;
}

/// Changes wait for the last round only, which has little to do; and there is a last round.
#[tokio::test(start_paused = true)]
async fn changes_wait_for_what_the_last_rounds_have_left() {
    for is_again in [false, true] {
        let source: Arc<dyn PageStore> = memory();
        let target = Arc::new(Faulty::new(false, true, 1));
        let there: Arc<dyn PageStore> = target.clone();
        let vault = open_at(source.clone()).await.unwrap();
        put(&vault, "large", &"x".repeat(30_000)).await;
        let hooked = Hooked::new(&there);
        let mut relocation = begun(&vault, hooked.clone()).await.unwrap();
        // While a round copies, 300 pages change.
        let (writer, times) = (vault.clone(), Arc::new(AtomicUsize::new(0)));
        hooked.set(("filling", 0, is_again), move || {
            let (writer, times) = (writer.clone(), times.clone());
            async move {
                assert!(times.fetch_add(1, SeqCst) < 300, "it copies for ever");
                put(&writer, "large", &"x".repeat(30_000)).await;
            }
        });
        let mut copied = 0;
        relocation.copy(&mut |moving| copied = moving.copied).await.unwrap();
        *hooked.hook.lock() = None;
        let (read, mut last) = (target.page_reads.load(SeqCst), copied);
        let switched = relocation.switch(&["identity/"], &mut |moving| last = moving.copied).await;
        assert!(switched.unwrap());
        let read = target.page_reads.load(SeqCst) - read;
        assert_eq!((last - copied > 256, read > 256), (is_again, is_again), "{copied} {last}");
        assert!(read < 400, "it has read {read} pages back");
        assert_eq!(text(&vault, "large").await.unwrap().len(), 30_000);
    }
}

/// What another process removes before it is copied is needed no more.
#[tokio::test(start_paused = true)]
async fn pages_that_another_process_removes_meanwhile_are_not_missed() {
    let (source, target) = (shared(), Arc::new(Faulty::new(false, true, 1)));
    let there: Arc<dyn PageStore> = target.clone();
    let mut records = filled(&source).await;
    let vault = open_at(source.clone()).await.unwrap();
    write(&vault, &mut records, "large", &"x".repeat(30_000)).await;
    let hooked = Hooked::new(&there);
    // The target takes each page once.
    let mut relocation = begun(&vault, hooked.clone()).await.unwrap();
    let other = open_at(source.clone()).await.unwrap();
    hooked.set(("filling", 0, false), move || {
        let other = other.clone();
        async move {
            for n in 0..10 {
                put(&other, "large", &n.to_string()).await;
            }
        }
    });
    records.insert("large".to_owned(), vec!["9".to_owned()]);
    let mut told = Moving::default();
    relocation.copy(&mut |moving| told = moving).await.unwrap();
    assert!(told.pages > 300, "{told:?}");
    assert!(relocation.switch(&["identity/"], &mut |_| ()).await.unwrap());
    relocation.end().await.unwrap();
    assert_has(&there, &records).await;
}

/// Between the farewell and the root in the other store, calls wait.
#[tokio::test(start_paused = true)]
async fn nobody_who_calls_in_the_last_step_is_told_that_the_records_have_moved() {
    let (source, target) = (shared(), memory());
    filled(&source).await;
    let hooked = Hooked::new(&source);
    let vault = open_at(hooked.clone()).await.unwrap();
    let mut relocation = begun(&vault, target.clone()).await.unwrap();
    relocation.copy(&mut |_| ()).await.unwrap();
    let calls = Arc::new(parking_lot::Mutex::new(tokio::task::JoinSet::new()));
    let (caller, begun) = (vault.clone(), calls.clone());
    hooked.set(("root", 0, false), move || {
        let (reader, writer) = (caller.clone(), caller.clone());
        let mut calls = begun.lock();
        calls.spawn(async move { reader.get(&name("a/01")).await.map(drop) });
        let change = Change::new().put(name("late"), plain("data"));
        calls.spawn(async move { writer.commit(change).await.map(drop) });
        drop(calls);
        async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
        }
    });
    assert!(relocation.switch(&["identity/"], &mut |_| ()).await.unwrap());
    let calls = std::mem::take(&mut *calls.lock());
    for called in calls.join_all().await {
        called.unwrap();
    }
    assert_eq!(text(&vault, "late").await.unwrap(), "data");
}

/// A former move may have left its mark beside the root.
#[tokio::test(start_paused = true)]
async fn records_that_a_move_has_brought_are_no_destination_of_their_copy() {
    let (source, target) = (memory(), memory());
    let mut records = filled(&source).await;
    let older = open_at(copied(&source).await).await.unwrap();
    let vault = open_at(source.clone()).await.unwrap();
    let mut relocation = begun(&vault, target.clone()).await.unwrap();
    relocation.copy(&mut |_| ()).await.unwrap();
    assert!(relocation.switch(&["identity/"], &mut |_| ()).await.unwrap());
    drop(relocation);
    write(&vault, &mut records, "only/here", "data").await;
    assert_eq!(names(&*target).await, ["filling", BACKUP, "root"]);
    let refused = older.destination(target.clone()).await.err().unwrap();
    assert!(format!("{refused:?}").contains("has records already"), "{refused:?}");
    assert_has(&target, &records).await;
}

/// Nothing says whose they are.
#[tokio::test(start_paused = true)]
async fn pages_without_a_register_stay_where_records_move_to() {
    let (source, target) = (memory(), memory());
    let mut records = filled(&source).await;
    let (id, other) = (PageId::from_bytes([0xee; 16]), Register::new("other").unwrap());
    let (pages, value) = ([(id, vec![1; 40])], [1; 16]);
    let expected = Tag::NONE;
    let commit =
        Commit { register: &other, expected, value: Some(&value), pages: &pages, dead: &[] };
    assert_eq!(target.commit(commit).await.unwrap(), Swap::Done);
    remove(&*target, &other).await;
    let vault = open_at(source.clone()).await.unwrap();
    relocate(&vault, target.clone(), &mut records).await.unwrap();
    assert_has(&target, &records).await;
    assert!(target.page(id).await.unwrap().is_some());
}

/// Two processes move to one store, and begin again until one has ended; farewells come late.
#[tokio::test(start_paused = true)]
async fn of_moves_that_race_to_one_store_one_ends_with_everything() {
    let mut ended = 0;
    for seed in 0..60 {
        let source = Arc::new(Faulty::new(true, true, seed));
        let shared: Arc<dyn PageStore> = source.clone();
        let target = memory();
        let records = Arc::new(parking_lot::Mutex::new(filled(&shared).await));
        let mut movers = tokio::task::JoinSet::new();
        for mover in 0..2 {
            let vault = open_at(shared.clone()).await.unwrap();
            let target: Arc<dyn PageStore> = Hooked::slow(&target, seed * 2 + mover);
            let (records, source) = (records.clone(), source.clone());
            movers.spawn(async move {
                let mut random = Random::new(seed * 7 + mover);
                for n in 0..6 {
                    if random.once_in(3) {
                        let delay = random.below(40);
                        source.state.lock().faults.push_back(Some(Fault::Delays(delay)));
                    }
                    let mut mine = Records::new();
                    write(&vault, &mut mine, &format!("of/{mover}/{n}"), "data").await;
                    records.lock().extend(mine);
                    let Ok(mut relocation) = begun(&vault, target.clone()).await else { continue };
                    if relocation.copy(&mut |_| ()).await.is_ok() {
                        for _ in 0..3 {
                            match relocation.switch(&["identity/"], &mut |_| ()).await {
                                Ok(false) => {}
                                Ok(true) => return true,
                                Err(_) => break,
                            }
                        }
                    }
                }
                false
            });
        }
        let is_ended = movers.join_all().await.contains(&true);
        ended += u32::from(is_ended);
        source.arrive();
        let records = records.lock().clone();
        match open_at(shared.clone()).await {
            Ok(_) => {
                assert!(!is_ended && !is_usable(&target).await, "{seed}");
                assert_has(&shared, &records).await;
            }
            Err(VaultError::Moved(moved)) => {
                moved.complete(&*target).await.unwrap();
                assert_has(&target, &records).await;
            }
            Err(error) => panic!("{seed}: {error}"),
        }
    }
    assert!(ended > 30, "{ended}");
}

/// An export of so many pages, whose root says how many.
fn exported(pages: u8) -> Vec<StoreResult<Entry>> {
    let register = |name, n| {
        (Key::Register(Register::new(name).unwrap()), [[n; 16].as_slice(), b"value"].concat())
    };
    // The root is not the last one.
    let registers = [register("root", pages), register("recovery/a", !pages)].into_iter();
    let pages = ids(pages).into_iter().map(|id| (Key::Page(id), id.as_bytes().to_vec()));
    registers.chain(pages).map(Ok).collect()
}

fn ids(pages: u8) -> Vec<PageId> {
    (1..=pages)
        .map(|n| {
            PageId::from_bytes(
                u128::from_be_bytes([pages; 16]).wrapping_add(u128::from(n)).to_be_bytes(),
            )
        })
        .collect()
}

/// Whether a store has all of an export.
async fn is_filled(store: &dyn PageStore, pages: u8) -> bool {
    let found = store.pages(&ids(pages)).await.unwrap();
    let other = Register::new("recovery/a").unwrap();
    for (register, value) in [(register(), pages), (other, !pages)] {
        let Read::New(found) = store.read(&register, Tag::NONE).await.unwrap() else {
            return false;
        };
        if found.first() != Some(&value) {
            return false;
        }
    }
    found.iter().all(Option::is_some)
}

/// What an import is given to know its own mark by.
fn own(n: u8) -> Tag {
    Tag::from_bytes([0xf0 | n; 16])
}

async fn import(target: &Arc<dyn PageStore>, n: u8, pages: u8) -> StoreResult<u64> {
    fill(target, own(n), exported(pages).into_iter()).await
}

/// An import that is cut off after some pages.
async fn cut_off(target: &Arc<dyn PageStore>, n: u8) {
    let cut = exported(200).into_iter().take(90).chain([Err(StoreError::corrupt("cut"))]);
    fill(target, own(n), cut).await.unwrap_err();
}

#[tokio::test]
async fn an_import_that_dies_at_any_write_is_no_store_and_begins_again() {
    for last_arrives in [false, true] {
        for deaths in 0.. {
            let target = memory();
            let left = AtomicUsize::new(deaths + 1);
            let other = parking_lot::Mutex::default();
            let life = Arc::new(Life { left, last_arrives, other });
            let mortal: Arc<dyn PageStore> = Arc::new(Mortal { store: target.clone(), life });
            let is_done = import(&mortal, 1, 200).await.is_ok();
            let has_root = matches!(Vault::exists(&*target).await, Ok(true));
            assert!(has_root || !is_done, "{deaths}");
            let opened = open_at(target.clone()).await.err();
            let is_importing = matches!(opened, Some(VaultError::Importing));
            assert_eq!(is_importing, !has_root && !names(&*target).await.is_empty(), "{deaths}");
            // What is whole stays.
            let again = import(&target, 2, 100).await;
            assert_eq!(again.is_ok(), !has_root, "{deaths}: {again:?}");
            assert!(is_filled(&*target, if has_root { 200 } else { 100 }).await, "{deaths}");
            assert!(has_root || pages(&target).await.len() == 100, "{deaths}");
            if is_done {
                assert!(deaths > 5, "{deaths}");
                break;
            }
        }
    }
}

/// An import of any size is written in parts that a store takes.
#[tokio::test]
async fn an_import_is_written_in_parts() {
    let target = memory();
    let large =
        (0..20_000_u128).map(|n| Ok((Key::Page(PageId::from_bytes(n.to_be_bytes())), vec![7; 30])));
    fill(&target, own(1), large).await.unwrap();
    assert_eq!(target.list(None, 30_000).await.unwrap().len(), 20_000);
}

/// Who has begun over what this one has written does not find its later pages among its own.
#[tokio::test]
async fn an_import_ends_when_another_one_has_begun_over_it() {
    let target = memory();
    let hooked = Hooked::new(&target);
    let there = target.clone();
    hooked.set(("root", 1, false), move || {
        let there = there.clone();
        async move {
            let nothing = std::iter::once(Err(StoreError::corrupt("cut")));
            fill(&there, own(2), nothing).await.unwrap_err();
        }
    });
    let store: Arc<dyn PageStore> = hooked;
    let filled = import(&store, 1, 200).await;
    assert!(matches!(filled, Err(StoreError::Refused { .. })), "{filled:?}");
    assert_eq!(names(&*target).await, ["root"]);
    assert!(pages(&target).await.is_empty());
}

/// Of two that fill one store, one fails, and what the other has said to be there is there.
#[tokio::test]
async fn an_import_writes_nothing_over_what_another_one_has_begun() {
    // After the look whether there is something, its mark, some pages, all pages, and all but the root; and after
    // it has found what a third one has left.
    for (call, pass, is_left) in [
        ("", 0, false),
        ("root", 0, false),
        ("root", 1, false),
        ("root", 4, false),
        ("recovery/a", 0, false),
        ("read root", 0, true),
    ] {
        let target = memory();
        if is_left {
            cut_off(&target, 3).await;
        }
        let hooked = Hooked::new(&target);
        let (there, told) = (target.clone(), Arc::new(AtomicBool::new(false)));
        let is_other_done = told.clone();
        hooked.set((call, pass, false), move || {
            let (there, told) = (there.clone(), told.clone());
            async move { told.store(import(&there, 2, 100).await.is_ok(), SeqCst) }
        });
        let store: Arc<dyn PageStore> = hooked;
        let filled = import(&store, 1, 200).await;
        assert!(matches!(filled, Err(StoreError::Refused { .. })), "{call}: {filled:?}");
        assert!(is_other_done.load(SeqCst) && is_filled(&*target, 100).await, "{call}");
    }
}

/// Several fill one store, and begin again.
#[tokio::test]
async fn of_imports_that_race_one_ends_with_everything() {
    let mut ended = 0;
    for seed in 0..100 {
        let target = memory();
        let mut imports = tokio::task::JoinSet::new();
        for n in 1..=3_u8 {
            let slow: Arc<dyn PageStore> = Hooked::slow(&target, seed * 3 + u64::from(n));
            imports.spawn(async move {
                for turn in 0..4 {
                    if import(&slow, n * 4 + turn, n * 70).await.is_ok() {
                        return Some(n * 70);
                    }
                }
                None
            });
        }
        let done: Vec<u8> = imports.join_all().await.into_iter().flatten().collect();
        match *done {
            [] => assert!(!matches!(Vault::exists(&*target).await, Ok(true)), "{seed}"),
            [pages] => assert!(is_filled(&*target, pages).await, "{seed}"),
            _ => panic!("{seed}: {done:?}"),
        }
        ended += done.len();
    }
    assert!(ended > 50, "{ended}");
}

/// What an import has left is no obstacle for records that move there.
#[tokio::test(start_paused = true)]
async fn records_move_to_where_an_import_was_cut_off() {
    let (source, target) = (memory(), memory());
    let mut records = filled(&source).await;
    cut_off(&target, 1).await;
    let vault = open_at(source.clone()).await.unwrap();
    relocate(&vault, target.clone(), &mut records).await.unwrap();
    assert_has(&target, &records).await;
    let left: Vec<_> = ids(200).into_iter().take(5).collect();
    assert!(target.pages(&left).await.unwrap().iter().all(Option::is_none));
}
