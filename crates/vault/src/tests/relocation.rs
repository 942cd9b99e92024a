//! Moves to another store: at every moment one store at most opens, and it has everything.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use aecs_store::{
    Error as StoreError, MemoryStore, Result as StoreResult,
    pages::{Commit, PageId, Read, Register, Swap, Tag, Turn},
};
use async_trait::async_trait;

mod steps;

use super::{
    store::{Fault, Faulty, register},
    *,
};
use crate::{Moving, Relocation, Tampering, seal::Kind};

const FROM: &str = "redb:/here";
const TO: &str = "postgres://user@there/x";
const BACKUP: &str = "identity/host";

/// The records that must be there, and what each may hold: changes that were not acknowledged may be made.
type Records = BTreeMap<String, Vec<String>>;

/// How many writes a process makes before it dies.
struct Life {
    left: AtomicUsize,
    /// Whether the write that is one too many arrives.
    last_arrives: bool,
    /// Another process, which makes a change before the next write.
    other: parking_lot::Mutex<Option<Vault>>,
}

/// A store, as a process sees it that dies.
struct Mortal {
    store: Arc<dyn PageStore>,
    life: Arc<Life>,
}

impl Mortal {
    fn alive(&self) -> StoreResult<()> {
        match self.life.left.load(SeqCst) {
            0 => Err(StoreError::unavailable("dead")),
            _ => Ok(()),
        }
    }

    /// Whether a write arrives, and whether anybody hears of it.
    fn write(&self) -> (bool, bool) {
        let less = |left: usize| left.checked_sub(1);
        match self.life.left.fetch_update(SeqCst, SeqCst, less) {
            Ok(1) => (self.life.last_arrives, false),
            Ok(_) => (true, true),
            Err(_) => (false, false),
        }
    }
}

#[async_trait]
impl PageStore for Mortal {
    async fn read(&self, register: &Register, known: Tag) -> StoreResult<Read> {
        self.alive()?;
        self.store.read(register, known).await
    }

    async fn commit(&self, commit: Commit<'_>) -> StoreResult<Swap> {
        let other = self.life.other.lock().take();
        if let Some(other) = other {
            put(&other, "meanwhile", "data").await;
        }
        let (arrives, is_told) = self.write();
        let swap = if arrives { self.store.commit(commit).await? } else { Swap::Lost };
        if is_told { Ok(swap) } else { Err(StoreError::unavailable("dead")) }
    }

    async fn page(&self, id: PageId) -> StoreResult<Option<Vec<u8>>> {
        self.alive()?;
        self.store.page(id).await
    }

    async fn pages(&self, ids: &[PageId]) -> StoreResult<Vec<Option<Vec<u8>>>> {
        self.alive()?;
        self.store.pages(ids).await
    }

    async fn delete(&self, ids: &[PageId]) -> StoreResult<()> {
        if self.write().0 { self.store.delete(ids).await } else { self.alive() }
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> StoreResult<Vec<PageId>> {
        self.alive()?;
        self.store.list(after, limit).await
    }

    async fn registers(&self, prefix: &str) -> StoreResult<Vec<Register>> {
        self.alive()?;
        self.store.registers(prefix).await
    }

    async fn changed(&self, register: &Register, known: Tag) -> StoreResult<()> {
        self.store.changed(register, known).await
    }

    async fn turn(&self) -> StoreResult<Option<Turn>> {
        Ok(None)
    }

    fn engine(&self) -> &'static str {
        "mortal"
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }
}

async fn open_at(store: Arc<dyn PageStore>) -> Result<Vault, VaultError> {
    let options = Options { shape: small(), ..options() };
    Vault::open(store, key(), DEPLOYMENT, options).await
}

/// Makes a change. Says whether it was acknowledged.
async fn write(vault: &Vault, records: &mut Records, record: &str, content: &str) -> bool {
    let change = Change::new().put(name(record), plain(content));
    let is_made = vault.commit(change).await.is_ok();
    if is_made {
        records.insert(record.to_owned(), vec![content.to_owned()]);
    } else if let Some(contents) = records.get_mut(record) {
        contents.push(content.to_owned());
    }
    is_made
}

async fn filled(store: &Arc<dyn PageStore>) -> Records {
    let vault = open_at(store.clone()).await.unwrap();
    let mut records = Records::new();
    for n in 0..40 {
        write(&vault, &mut records, &format!("a/{n:02}"), &"x".repeat(n * 9)).await;
    }
    let backup = Register::new(BACKUP).unwrap();
    set(&**store, &backup, &[7; 20]).await;
    records
}

async fn set(store: &dyn PageStore, register: &Register, value: &[u8]) {
    let commit =
        Commit { register, expected: Tag::NONE, value: Some(value), pages: &[], dead: &[] };
    assert_eq!(store.commit(commit).await.unwrap(), Swap::Done);
}

/// A move, until its last step.
async fn begun(vault: &Vault, target: Arc<dyn PageStore>) -> Result<Relocation, VaultError> {
    let destination = vault.destination(target).await?;
    vault.commit(Change::new().put(name("fence"), plain("fence"))).await?;
    destination.begin(vault, FROM, TO).await
}

/// A whole move, with changes before the last step.
async fn relocate(
    vault: &Vault,
    target: Arc<dyn PageStore>,
    records: &mut Records,
) -> Result<(), VaultError> {
    let mut relocation = begun(vault, target).await?;
    relocation.copy(&mut |_| ()).await?;
    for n in 10..14 {
        write(vault, records, &format!("a/{n}"), "later").await;
    }
    while !relocation.switch(&["identity/"], &mut |_| ()).await? {}
    write(vault, records, "b", "after").await;
    relocation.end().await.map_err(VaultError::Target)
}

async fn assert_has(store: &Arc<dyn PageStore>, records: &Records) -> Vault {
    let vault = open_at(store.clone()).await.unwrap();
    for (record, contents) in records {
        let found = text(&vault, record).await;
        assert!(found.as_ref().is_some_and(|it| contents.contains(it)), "{record}: {found:?}");
    }
    assert!(vault.verify(|_| ()).await.unwrap().damaged.is_empty());
    let backup = Register::new(BACKUP).unwrap();
    assert_eq!(store.read(&backup, Tag::NONE).await.unwrap(), Read::New(vec![7; 20]));
    vault
}

/// Whether a store can be worked with.
async fn is_usable(store: &Arc<dyn PageStore>) -> bool {
    match open_at(store.clone()).await {
        Ok(vault) => vault.seen().epoch > 0,
        Err(VaultError::Moved(_) | VaultError::Arriving { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_vault_goes_on_in_the_store_that_it_moves_to() {
    let source: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let mut records = filled(&source).await;
    let vault = open_at(source.clone()).await.unwrap();
    let before = vault.state().await.unwrap().point();
    relocate(&vault, target.clone(), &mut records).await.unwrap();
    assert!(Arc::ptr_eq(&vault.store(), &target) && records.contains_key("b"));
    assert!(!is_usable(&source).await);
    assert_has(&target, &records).await;
    // The history goes on, too, and nothing is left of the move.
    assert_eq!(vault.judge(&before).await.unwrap(), crate::Standing::Known);
    let registers = target.registers("").await.unwrap();
    assert_eq!(registers.iter().map(Register::as_str).collect::<Vec<_>>(), [BACKUP, "root"]);
    let Err(VaultError::Moved(moved)) = open_at(source.clone()).await else { panic!() };
    assert_eq!((moved.to(), moved.place().as_str()), (TO, "postgres://there/x"));
}

async fn pages(store: &Arc<dyn PageStore>) -> Vec<PageId> {
    store.list(None, 10_000).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn records_move_back_to_a_store_that_they_left() {
    let stores: [Arc<dyn PageStore>; 3] =
        std::array::from_fn(|_| Arc::new(MemoryStore::new()) as _);
    let mut records = filled(&stores[0]).await;
    let vault = open_at(stores[0].clone()).await.unwrap();
    let before = vault.state().await.unwrap().point();
    for (from, to) in [(0, 1), (1, 0), (0, 1), (1, 2), (2, 0)] {
        // A backup that another process has made too late is of no use.
        let late = Register::new("identity/late").unwrap();
        if !stores[to].registers("").await.unwrap().is_empty() {
            set(&*stores[to], &late, &[9; 20]).await;
        }
        relocate(&vault, stores[to].clone(), &mut records).await.unwrap();
        assert_has(&stores[to], &records).await;
        assert!(!is_usable(&stores[from]).await, "{from} {to}");
        let registers = stores[to].registers("").await.unwrap();
        assert_eq!(registers.iter().map(Register::as_str).collect::<Vec<_>>(), [BACKUP, "root"]);
        // What the last moves have left there is gone, but for pages that wait for their removal.
        let needed = vault.export().await.unwrap().pages.len();
        assert!(pages(&stores[to]).await.len() < needed + 40, "{from} {to}");
    }
    assert_eq!(vault.judge(&before).await.unwrap(), crate::Standing::Known);
}

/// Copies a store as it is.
async fn copied(store: &Arc<dyn PageStore>) -> Arc<dyn PageStore> {
    let copy: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let mut all = Vec::new();
    for id in pages(store).await {
        all.push((id, store.page(id).await.unwrap().unwrap()));
    }
    let other = Register::new("other").unwrap();
    let value = Some(&[1; 16][..]);
    let commit = Commit { register: &other, expected: Tag::NONE, value, pages: &all, dead: &[] };
    assert_eq!(copy.commit(commit).await.unwrap(), Swap::Done);
    let expected = Tag::from_bytes([1; 16]);
    let commit = Commit { register: &other, expected, value: None, pages: &[], dead: &[] };
    assert_eq!(copy.commit(commit).await.unwrap(), Swap::Done);
    for register in store.registers("").await.unwrap() {
        let Read::New(value) = store.read(&register, Tag::NONE).await.unwrap() else { panic!() };
        set(&*copy, &register, &value).await;
    }
    copy
}

/// A former store may have what the present one does not have: then it is no place for records.
#[tokio::test(start_paused = true)]
async fn records_do_not_move_over_a_farewell_that_they_do_not_follow_from() {
    let source: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let mut records = filled(&source).await;
    let (older, fork) = (copied(&source).await, copied(&source).await);
    let vault = open_at(source.clone()).await.unwrap();
    let mut relocation = begun(&vault, target.clone()).await.unwrap();
    relocation.copy(&mut |_| ()).await.unwrap();
    write(&vault, &mut records, "only/here", "data").await;
    while !relocation.switch(&["identity/"], &mut |_| ()).await.unwrap() {}
    drop(relocation);
    // An old copy, one that went on with other changes, and one that has forgotten what it was then.
    let (older, fork) = (open_at(older).await.unwrap(), open_at(fork).await.unwrap());
    for n in 0..100 {
        put(&fork, "b", &n.to_string()).await;
    }
    let far = open_at(copied(&fork.store()).await).await.unwrap();
    for n in 0..300 {
        put(&far, "b", &n.to_string()).await;
    }
    let farewell = source.read(&register(), Tag::NONE).await.unwrap();
    for vault in [older, fork, far] {
        let refused = vault.destination(source.clone()).await.err().unwrap();
        assert!(format!("{refused:?}").contains("is not in the history"), "{refused:?}");
    }
    assert_eq!(source.read(&register(), Tag::NONE).await.unwrap(), farewell);
    assert_has(&target, &records).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_at_any_step_leaves_one_store_that_has_everything() {
    for (last_arrives, is_former) in [(false, false), (true, false), (false, true), (true, true)] {
        let (mut deaths, mut moved_by_then) = (0, 0);
        loop {
            let mut source: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
            let mut target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
            let mut records = filled(&source).await;
            if is_former {
                let vault = open_at(source.clone()).await.unwrap();
                relocate(&vault, target.clone(), &mut records).await.unwrap();
                (source, target) = (target, source);
            }
            let life = Arc::new(Life {
                left: AtomicUsize::new(deaths + 1),
                last_arrives,
                other: parking_lot::Mutex::default(),
            });
            let mortal = |store: &Arc<dyn PageStore>| {
                Arc::new(Mortal { store: store.clone(), life: life.clone() })
            };
            let vault = open_at(mortal(&source)).await.unwrap();
            let done = relocate(&vault, mortal(&target), &mut records).await;
            drop(vault);

            let (old, new) = (is_usable(&source).await, is_usable(&target).await);
            assert!(!(old && new), "death {deaths}: both stores can be used");
            match open_at(source.clone()).await {
                Ok(vault) => {
                    assert_has(&source, &records).await;
                    relocate(&vault, target.clone(), &mut records).await.unwrap();
                }
                Err(VaultError::Moved(moved)) => {
                    moved_by_then += 1;
                    moved.complete(&*target).await.unwrap();
                    moved.complete(&*target).await.unwrap();
                }
                Err(error) => panic!("{error}"),
            }
            assert!(!is_usable(&source).await);
            assert_has(&target, &records).await;
            if done.is_ok() {
                break;
            }
            deaths += 1;
        }
        // The farewell, the root, the change afterwards, the mark of the filling.
        assert!(deaths > 10 && moved_by_then >= 3, "{deaths} deaths, {moved_by_then} had moved");
    }
}

#[tokio::test]
async fn no_change_is_lost_that_is_made_during_a_move_by_any_process() {
    for seed in 0..6 {
        let source = Arc::new(Faulty::new(true, seed % 2 == 0, seed));
        let shared: Arc<dyn PageStore> = source.clone();
        let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
        let mut records = filled(&shared).await;
        let (mine, other) =
            (open_at(shared.clone()).await.unwrap(), open_at(shared.clone()).await.unwrap());
        let (stop, made) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let writers = [(&mine, "m1"), (&mine, "m2"), (&other, "o")].map(|(vault, who)| {
            let (vault, stop) = (vault.clone(), stop.clone());
            let made = made.clone();
            tokio::spawn(async move {
                let mut records = Records::new();
                // One that waits for a turn on a busy machine may wait for ever.
                while who != "o" && made.load(SeqCst) < 3 {
                    tokio::task::yield_now().await;
                }
                for n in 0.. {
                    if stop.load(SeqCst) || (who == "o" && n == 40) {
                        break;
                    }
                    let record = format!("{who}/{}", n % 20);
                    let mut is_made = write(&vault, &mut records, &record, &n.to_string()).await;
                    // On a busy machine, the other process may win as often as a commit tries.
                    for _ in 0..if who == "o" { 0 } else { 9 } {
                        if !is_made {
                            is_made = write(&vault, &mut records, &record, &n.to_string()).await;
                        }
                    }
                    if who == "o" {
                        made.fetch_add(usize::from(is_made), SeqCst);
                    } else {
                        assert!(is_made, "{record}: {n}");
                        assert_eq!(text(&vault, "a/01").await.unwrap(), "x".repeat(9));
                    }
                    // The other process has less to do: it must not win each race.
                    for _ in 0..if who == "o" { 200 } else { 1 } {
                        tokio::task::yield_now().await;
                    }
                }
                records
            })
        });
        while made.load(SeqCst) < 3 {
            tokio::task::yield_now().await;
        }
        let mut relocation = begun(&mine, target.clone()).await.unwrap();
        let mut told = Moving::default();
        let mut switched = false;
        for _ in 0..200 {
            relocation.copy(&mut |moving| told = moving).await.unwrap();
            switched = relocation.switch(&["identity/"], &mut |_| ()).await.unwrap();
            if switched {
                break;
            }
        }
        assert!(switched && told.pages >= told.copied && told.copied > 0, "{told:?}");
        write(&mine, &mut records, "late", "late").await;
        stop.store(true, SeqCst);
        for writer in writers {
            records.extend(writer.await.unwrap());
        }
        assert!(records.keys().any(|record| record.starts_with("o/")));
        assert!(matches!(other.get(&name("late")).await, Err(VaultError::Moved(_))));
        let change = Change::new().put(name("never"), plain(""));
        assert!(matches!(other.commit(change).await, Err(VaultError::Moved(_))));
        assert_has(&target, &records).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_in_the_last_step_does_no_harm() {
    // What becomes of the farewell, and whether the records have moved then.
    for (faults, moves) in [
        (vec![Some(Fault::LosesAnswer)], true),
        (vec![Some(Fault::SaysLost)], true),
        (vec![Some(Fault::Fails)], true),
        (vec![Some(Fault::Fails); 7], false),
        (vec![Some(Fault::NotWritable); 7], false),
        (vec![Some(Fault::Delays(1))], true),
    ] {
        for is_shared in [false, true] {
            let source = Arc::new(Faulty::new(is_shared, true, 1));
            let shared: Arc<dyn PageStore> = source.clone();
            let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
            let mut records = filled(&shared).await;
            let vault = open_at(shared.clone()).await.unwrap();
            let mut relocation = begun(&vault, target.clone()).await.unwrap();
            relocation.copy(&mut |_| ()).await.unwrap();
            source.state.lock().faults.extend(&faults);
            let switched = relocation.switch(&["identity/"], &mut |_| ()).await;
            assert_eq!(matches!(switched, Ok(true)), moves, "{faults:?}: {switched:?}");
            source.state.lock().faults.clear();
            write(&vault, &mut records, "later", "later").await;
            assert!(records.contains_key("later"), "{faults:?}");
            let (place, other) = if moves { (target, shared) } else { (shared, target) };
            assert!(!is_usable(&other).await);
            assert_has(&place, &records).await;
        }
    }
}

/// The farewell of a process that has died may arrive late. Where another move has begun then, it does not.
#[tokio::test(start_paused = true)]
async fn a_farewell_that_arrives_late_names_no_store_that_another_move_has_taken() {
    let source = Arc::new(Faulty::new(true, true, 1));
    let shared: Arc<dyn PageStore> = source.clone();
    let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let mut records = filled(&shared).await;
    let dead = open_at(shared.clone()).await.unwrap();
    let mut relocation = begun(&dead, target.clone()).await.unwrap();
    relocation.copy(&mut |_| ()).await.unwrap();
    source.state.lock().faults.extend([Some(Fault::PagesFirst); 7]);
    let switched = relocation.switch(&["identity/"], &mut |_| ()).await;
    assert!(matches!(switched, Err(VaultError::Unsettled(_))), "{switched:?}");
    source.state.lock().faults.clear();

    let vault = open_at(shared.clone()).await.unwrap();
    let destination = vault.destination(target.clone()).await.unwrap();
    let early = destination.begin(&vault, FROM, TO).await.err().unwrap();
    assert!(format!("{early:?}").contains("a move begins after a change"), "{early:?}");
    let mut second = begun(&vault, target.clone()).await.unwrap();
    source.arrive();
    assert!(is_usable(&shared).await, "it has arrived");
    assert!(relocation.switch(&["identity/"], &mut |_| ()).await.is_err(), "its mark is gone");
    second.copy(&mut |_| ()).await.unwrap();
    write(&vault, &mut records, "later", "later").await;
    assert!(second.switch(&["identity/"], &mut |_| ()).await.unwrap());
    assert_has(&target, &records).await;
}

/// The same, where the other move has looked at the store and has made its change before.
#[tokio::test(start_paused = true)]
async fn a_move_whose_farewell_may_arrive_keeps_its_mark() {
    let source = Arc::new(Faulty::new(true, true, 1));
    let shared: Arc<dyn PageStore> = source.clone();
    let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let records = filled(&shared).await;
    let (dead, vault) =
        (open_at(shared.clone()).await.unwrap(), open_at(shared.clone()).await.unwrap());
    let mut relocation = begun(&dead, target.clone()).await.unwrap();
    relocation.copy(&mut |_| ()).await.unwrap();
    let destination = vault.destination(target.clone()).await.unwrap();
    put(&vault, "fence", "second").await;
    source.state.lock().faults.extend([Some(Fault::PagesFirst); 7]);
    let switched = relocation.switch(&["identity/"], &mut |_| ()).await;
    assert!(matches!(switched, Err(VaultError::Unsettled(_))), "{switched:?}");
    let begun = destination.begin(&vault, FROM, TO).await;
    assert!(matches!(begun, Err(VaultError::Target(_))), "it has the mark now");
    source.arrive();
    let Err(VaultError::Moved(moved)) = open_at(shared.clone()).await else { panic!() };
    moved.complete(&*target).await.unwrap();
    assert_has(&target, &records).await;
}

/// A change that another process makes after the last round is not left behind.
#[tokio::test(start_paused = true)]
async fn a_store_is_not_closed_over_a_change_of_another_process() {
    let source: Arc<dyn PageStore> = Arc::new(Faulty::new(true, true, 1));
    let mut records = filled(&source).await;
    let life = Arc::new(Life {
        left: AtomicUsize::new(usize::MAX),
        last_arrives: true,
        other: parking_lot::Mutex::default(),
    });
    let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let mortal = Arc::new(Mortal { store: target.clone(), life: life.clone() });
    let vault = open_at(source.clone()).await.unwrap();
    let mut relocation = begun(&vault, mortal).await.unwrap();
    relocation.copy(&mut |_| ()).await.unwrap();
    // The next write there is the mark, after the last round.
    *life.other.lock() = Some(open_at(source.clone()).await.unwrap());
    assert!(!relocation.switch(&[], &mut |_| ()).await.unwrap());
    records.insert("meanwhile".to_owned(), vec!["data".to_owned()]);
    assert!(is_usable(&source).await && !is_usable(&target).await);
    relocation.copy(&mut |_| ()).await.unwrap();
    assert!(relocation.switch(&["identity/"], &mut |_| ()).await.unwrap());
    assert_has(&target, &records).await;
}

#[tokio::test(start_paused = true)]
async fn a_move_ends_only_where_its_mark_is() {
    let source: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let mut records = filled(&source).await;
    let vault = open_at(source.clone()).await.unwrap();
    relocate(&vault, target.clone(), &mut records).await.unwrap();
    let Err(VaultError::Moved(moved)) = open_at(source.clone()).await else { panic!() };
    // An empty store, and one with the mark of another move.
    let (empty, other) = (MemoryStore::new(), Arc::new(MemoryStore::new()));
    begun(&vault, other.clone()).await.unwrap();
    for place in [&empty, &*other] {
        let ended = moved.complete(place).await;
        assert!(matches!(ended, Err(StoreError::Refused { .. })), "{ended:?}");
    }
    assert!(empty.registers("").await.unwrap().is_empty());
    // A store that does not answer at first.
    let slow = Faulty::new(true, true, 1);
    let Read::New(root) = target.read(&register(), Tag::NONE).await.unwrap() else { panic!() };
    set(&slow, &register(), &root).await;
    slow.state.lock().faults.extend([Some(Fault::Fails); 2]);
    moved.complete(&slow).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn of_two_moves_to_one_store_one_ends() {
    for first_switches in [false, true] {
        let source: Arc<dyn PageStore> = Arc::new(Faulty::new(true, true, 1));
        let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
        let records = filled(&source).await;
        let (one, two) =
            (open_at(source.clone()).await.unwrap(), open_at(source.clone()).await.unwrap());
        let mut first = begun(&one, target.clone()).await.unwrap();
        first.copy(&mut |_| ()).await.unwrap();
        let destination = two.destination(target.clone()).await.unwrap();
        put(&two, "fence", "two").await;
        if first_switches {
            first.copy(&mut |_| ()).await.unwrap();
            assert!(first.switch(&["identity/"], &mut |_| ()).await.unwrap());
            assert!(matches!(destination.begin(&two, FROM, TO).await, Err(VaultError::Moved(_))));
        } else {
            let mut second = destination.begin(&two, FROM, TO).await.unwrap();
            let refused = first.switch(&["identity/"], &mut |_| ()).await;
            assert!(matches!(refused, Err(VaultError::Target(_))), "{refused:?}");
            second.copy(&mut |_| ()).await.unwrap();
            assert!(second.switch(&["identity/"], &mut |_| ()).await.unwrap());
        }
        assert_has(&target, &records).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_cannot_be_read_back_moves_nothing() {
    type Damage = fn(Vec<u8>) -> Option<Vec<u8>>;
    let damages: [Damage; 2] = [|_| None, |page| Some(page.iter().map(|byte| byte ^ 1).collect())];
    for damage in damages {
        let source: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
        let records = filled(&source).await;
        let vault = open_at(source.clone()).await.unwrap();
        // Every page that the root needs, contents outside of leaves among them.
        let needed = vault.export().await.unwrap().pages.clone();
        assert!(needed.len() > 40);
        for id in needed {
            let target = Arc::new(Faulty::new(false, true, 1));
            let mut relocation = begun(&vault, target.clone()).await.unwrap();
            let stored = source.page(id).await.unwrap();
            target.state.lock().answers.insert(id, stored.clone().and_then(damage));
            let is_needed = vault.export().await.unwrap().pages.contains(&id);
            let is_list =
                stored.is_some_and(|page| seals().open_page(Kind::Garbage, id, &page).is_ok());
            let copied = relocation.copy(&mut |_| ()).await;
            let is_refused = matches!(
                &copied,
                Err(VaultError::BadCopy {
                    what: Tampering::Missing | Tampering::Seal | Tampering::Malformed,
                    ..
                })
            );
            assert_eq!(is_refused, is_needed && !is_list, "{id:?}: {copied:?}");
        }
        assert_has(&source, &records).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_has_something_is_no_destination() {
    let source: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    filled(&source).await;
    let vault = open_at(source.clone()).await.unwrap();
    let refused = |target: Arc<dyn PageStore>| async {
        let error = vault.destination(target).await.err().unwrap();
        assert!(format!("{error:?}").contains("has records already"), "{error:?}");
    };
    // Itself; another deployment; a mark of another deployment; a backup.
    refused(source.clone()).await;
    for value in [vec![1; 40], [&[1; 16][..], &[2], &[3; 40]].concat()] {
        let other: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
        set(&*other, &register(), &value).await;
        refused(other).await;
    }
    let other: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    set(&*other, &Register::new(BACKUP).unwrap(), &[7; 20]).await;
    refused(other).await;
}

#[tokio::test(start_paused = true)]
async fn a_mark_and_a_farewell_open_under_their_key_only_and_are_no_roots() {
    let source: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let target: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let mut records = filled(&source).await;
    let vault = open_at(source.clone()).await.unwrap();
    let relocation = begun(&vault, target.clone()).await.unwrap();
    let arriving = open_at(target.clone()).await.err().unwrap();
    assert!(arriving.to_string().contains("they are in redb:/here"), "{arriving}");
    drop(relocation);
    relocate(&vault, target.clone(), &mut records).await.unwrap();
    let Read::New(farewell) = source.read(&register(), Tag::NONE).await.unwrap() else { panic!() };
    for at in 0..farewell.len() {
        let mut bad = farewell.clone();
        bad[at] ^= 1;
        let forged: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
        set(&*forged, &register(), &bad).await;
        let opened = open_at(forged).await;
        assert!(matches!(opened, Err(VaultError::Tampered { .. })), "{at}");
    }
    assert!(Vault::any_opens(&*source, &key(), DEPLOYMENT).await.unwrap());
    assert!(!Vault::any_opens(&*source, &key(), [1; 32]).await.unwrap());
}
