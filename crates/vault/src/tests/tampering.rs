//! What the owner of the store can do to it, and how the vault says so.

use std::collections::{BTreeMap, HashMap};

use aecs_store::pages::PageId;

use super::{store::Random, *};
use crate::{Place, Standing, Tampering, name::OWN, tree::descent::Descent};

const A: &str = "aecs/service/secrets/a";
const LONG: &str = "aecs/service/secrets/long";

fn store() -> Arc<Faulty> {
    Arc::new(Faulty::new(true, true, 1))
}

/// A vault with some records in a tree of three levels, one of them with its content in pages.
async fn victim(store: &Arc<Faulty>) -> Vault {
    let options = Options { shape: small(), cache: Arc::new(Cache::new(0)), ..options() };
    let vault = try_open(store, options).await.unwrap();
    for n in 0..40 {
        put(&vault, &format!("aecs/service/secrets/{n}"), "content").await;
    }
    put(&vault, A, "old content of a").await;
    put(&vault, A, "content of a").await;
    put(&vault, LONG, &"long".repeat(40)).await;
    vault
}

/// The pages on the way to a record, from the top to the leaf, then those of its content.
async fn way(vault: &Vault, record: &str) -> Vec<PageId> {
    let known = vault.shared().roots.known();
    let names: [&[u8]; 1] = [record.as_bytes()];
    let descent = Descent::new(&vault.shared().pages, known.root.top, &names).await.unwrap();
    let mut ids: Vec<PageId> = descent.levels.iter().map(|level| level[0].id).collect();
    let found = vault.shared().pages.find(known.root.top, record.as_bytes()).await.unwrap();
    ids.extend_from_slice(found.unwrap().body.pages());
    ids
}

async fn refused(vault: &Vault, record: &str) -> Tampering {
    match vault.get(&name(record)).await {
        Err(VaultError::Tampered { place: Place::Record(found), what }) => {
            assert_eq!(found.as_str(), record);
            what
        }
        Ok(_) => panic!("{record} was served"),
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_flipped_byte_on_the_way_to_a_record() {
    let store = store();
    let vault = victim(&store).await;
    for id in way(&vault, LONG).await {
        let good = store.state.lock().pages[&id].clone();
        for at in (0..good.len()).step_by(7) {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            store.state.lock().answers.insert(id, Some(bad));
            let what = refused(&vault, LONG).await;
            assert_eq!(what, if at == 0 { Tampering::Malformed } else { Tampering::Seal });
        }
        store.state.lock().answers.clear();
    }
    assert_eq!(text(&vault, LONG).await, Some("long".repeat(40)));
}

#[tokio::test(start_paused = true)]
async fn every_page_cut_dropped_or_exchanged() {
    let store = store();
    let vault = victim(&store).await;
    let all: Vec<PageId> = store.state.lock().pages.keys().copied().collect();
    for id in way(&vault, LONG).await {
        let page = |id: PageId| store.state.lock().pages[&id].clone();
        let mut bad = vec![Some(vec![]), Some(page(id)[..29].to_vec()), None];
        bad.extend(all.iter().filter(|other| **other != id).map(|other| Some(page(*other))));
        for answer in bad {
            let expected = match &answer {
                None => Tampering::Missing,
                Some(bytes) if bytes.is_empty() => Tampering::Malformed,
                Some(_) => Tampering::Seal,
            };
            store.state.lock().answers.insert(id, answer);
            assert_eq!(refused(&vault, LONG).await, expected);
            // Neither is it denied, nor counted, nor listed.
            assert!(vault.names("aecs/service/secrets/l").await.is_err() || id == way_end(&store));
        }
        store.state.lock().answers.clear();
    }
}

/// Content pages are not needed for names.
fn way_end(store: &Arc<Faulty>) -> PageId {
    let state = store.state.lock();
    *state.answers.keys().next().unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_older_record_is_not_served() {
    let store = store();
    let vault = victim(&store).await;
    let before = way(&vault, A).await;
    let pages: Vec<_> = before.iter().map(|id| store.state.lock().pages[id].clone()).collect();
    put(&vault, A, "new content of a").await;
    let now = way(&vault, A).await;
    assert!(before.iter().zip(&now).all(|(before, now)| before != now), "each page is new");
    for (id, page) in now.iter().zip(pages) {
        store.state.lock().answers.insert(*id, Some(page));
        assert_eq!(refused(&vault, A).await, Tampering::Seal);
        store.state.lock().answers.clear();
    }
    assert_eq!(text(&vault, A).await.as_deref(), Some("new content of a"));
}

#[tokio::test(start_paused = true)]
async fn every_flipped_byte_of_the_root() {
    let store = store();
    let vault = victim(&store).await;
    let good = store.root().unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        store.state.lock().stale = Some(Some(bad));
        let opened = try_open(&store, options()).await.err();
        assert!(
            matches!(opened, Some(VaultError::Tampered { place: Place::Root, .. })),
            "{at}: {opened:?}"
        );
        // Beyond the tag, a running vault is told that nothing is new.
        if at < 16 {
            let refused = vault.get(&name(A)).await.err();
            assert!(matches!(refused, Some(VaultError::Tampered { place: Place::Root, .. })));
        }
    }
    store.state.lock().stale = None;
    assert!(text(&vault, A).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_older_root_is_refused_by_name_until_it_is_gone() {
    let store = store();
    let vault = victim(&store).await;
    let old = store.root();
    let epoch = put(&vault, A, "newer").await;
    for stale in [old, None] {
        let found = if stale.is_some() { epoch - 1 } else { 0 };
        store.state.lock().stale = Some(stale);
        for _ in 0..2 {
            match vault.get(&name(A)).await {
                Err(VaultError::Tampered { place: Place::Root, what }) => {
                    assert_eq!(what, Tampering::RolledBack { found, known: epoch });
                }
                other => panic!("{:?}", other.err()),
            }
        }
        store.state.lock().stale = None;
        assert_eq!(text(&vault, A).await.as_deref(), Some("newer"));
    }
}

/// The whole store is put back under a running vault, and another process goes on from there.
#[tokio::test(start_paused = true)]
async fn a_store_that_was_put_back_is_noticed_however_far_it_goes_on() {
    for is_shared in [true, false] {
        for onward in [0, 1, 4, 5, 6, 20, 90, 300] {
            let store = Arc::new(Faulty::new(is_shared, true, 1));
            let vault = victim(&store).await;
            let old = store.copy();
            for n in 0..5 {
                put(&vault, A, &n.to_string()).await;
            }
            let point = vault.seen().point();
            store.put_back(old);
            let other = open(&store).await;
            for n in 0..onward {
                put(&other, A, &format!("other {n}")).await;
            }
            // Who remembers a point has it compared.
            let standing = other.judge(&point).await.unwrap();
            assert_eq!(standing, if onward < 5 { Standing::Ahead } else { Standing::Other });
            let refused = vault.commit(Change::new().put(name(A), plain("x"))).await;
            let what = match refused {
                Err(VaultError::Tampered { place: Place::Root, what }) => what,
                other => panic!("{onward}: {other:?}"),
            };
            match what {
                Tampering::RolledBack { .. } => assert!(onward < 5),
                Tampering::OtherHistory { .. } => assert!(onward >= 5),
                other => panic!("{other:?}"),
            }
            let read = vault.get(&name("aecs/service/secrets/1")).await;
            assert!(matches!(read, Err(VaultError::Tampered { .. })), "{onward}");
            // Nothing of it has reached the other history.
            assert_ne!(text(&other, A).await.as_deref(), Some("x"));
        }
    }
}

/// Two copies go on apart, with the same changes.
#[tokio::test(start_paused = true)]
async fn a_fork_of_equal_records_is_another_history() {
    let (store, copy) = (store(), store());
    let vault = victim(&store).await;
    copy.put_back(store.copy());
    let other = open(&copy).await;
    for vault in [&vault, &other] {
        put(vault, A, "the same").await;
    }
    let (mine, others) = (vault.seen(), other.seen());
    assert_eq!(mine.epoch, others.epoch);
    assert_ne!(mine.chain, others.chain);
    assert_eq!(vault.judge(&others.point()).await.unwrap(), Standing::Other);
    // The copy under the running vault.
    store.put_back(copy.copy());
    let refused = vault.get(&name(A)).await.err();
    let what = Tampering::OtherHistory { epoch: mine.epoch };
    assert!(matches!(refused, Some(VaultError::Tampered { what: found, .. }) if found == what));
}

#[tokio::test(start_paused = true)]
async fn other_keys_and_deployments_do_not_open_a_store() {
    let store = store();
    victim(&store).await;
    let stranger = RecordKey::generate().unwrap();
    let shared: Arc<dyn PageStore> = store.clone();
    for (key, deployment) in [(stranger, DEPLOYMENT), (key(), [8; 32])] {
        assert!(!Vault::any_opens(&*shared, &key, deployment).await.unwrap());
        let opened = Vault::open(shared.clone(), key, deployment, options()).await.err();
        let what = Tampering::Seal;
        let expected = |error| matches!(error, VaultError::Tampered { place: Place::Root, what: found } if found == what);
        assert!(opened.is_some_and(expected));
    }
    assert!(Vault::any_opens(&*shared, &key(), DEPLOYMENT).await.unwrap());
}

/// Vaults with other keys share the cache of the process, but not its pages.
#[tokio::test(start_paused = true)]
async fn a_shared_cache_is_no_way_around_a_key() {
    let cache = Arc::new(Cache::new(1 << 20));
    let options = || Options { cache: Arc::clone(&cache), shape: small(), ..options() };
    let (mine, others) = (store(), store());
    let vault = try_open(&mine, options()).await.unwrap();
    put(&vault, A, "mine").await;
    let shared: Arc<dyn PageStore> = others.clone();
    let stranger = RecordKey::generate().unwrap();
    let other = Vault::open(shared, stranger, [8; 32], options()).await.unwrap();
    put(&other, A, "other's").await;
    // The page of the other one's tree is exchanged for mine, which is in the cache.
    let (mine_id, others_id) = (way(&vault, A).await[0], way(&other, A).await[0]);
    let page = mine.state.lock().pages[&mine_id].clone();
    others.state.lock().answers.insert(others_id, Some(page.clone()));
    others.state.lock().answers.insert(mine_id, Some(page));
    assert_eq!(text(&other, A).await.as_deref(), Some("other's"));
    let held = cache.bytes();
    drop(vault);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(cache.bytes() < held, "pages of a closed vault stay in memory");
}

/// Lists of garbage and points of the history are not needed for records.
#[tokio::test(start_paused = true)]
async fn damage_beside_the_records_is_told_and_passed() {
    let store = store();
    let vault = victim(&store).await;
    // More pages are replaced at once than a root lists.
    for content in ["once".repeat(50), "again".repeat(50)] {
        let again = (0..40).map(|n| name(&format!("aecs/service/secrets/{n}")));
        let change = again.fold(Change::new(), |change, name| change.put(name, plain(&content)));
        vault.commit(change).await.unwrap();
    }
    let known = vault.shared().roots.known();
    let head = known.root.garbage.generations().find_map(|generation| generation.head).unwrap();
    store.state.lock().answers.insert(head, None);
    let report = vault.verify(|_| ()).await.unwrap();
    let places: Vec<_> = report.damaged.iter().map(|damage| &damage.place).collect();
    assert_eq!(places, [&Place::Garbage]);
    for n in 0..40 {
        put(&vault, A, &n.to_string()).await;
    }
    store.state.lock().answers.clear();
    // What a list had is found by a sweep.
    assert!(vault.sweep(|_| ()).await.unwrap() > 0);
    assert!(vault.verify(|_| ()).await.unwrap().damaged.is_empty());
}

#[tokio::test(start_paused = true)]
async fn damaged_points_of_the_history_lose_nothing_else() {
    let store = store();
    let options = || Options { shape: small(), cache: Arc::new(Cache::new(0)), ..options() };
    let vault = try_open(&store, options()).await.unwrap();
    let mut points = vec![];
    for n in 0..100 {
        put(&vault, A, &n.to_string()).await;
        points.push(vault.seen().point());
    }
    // The records with points are the first of the tree.
    let known = vault.shared().roots.known();
    let span = crate::name::Span { from: vec![], until: Some(vec![2]) };
    let names = vault.shared().pages.scan(known.root.top, &span, 9).await.unwrap();
    let record = vault.shared().pages.find(known.root.top, &names[0].0).await.unwrap().unwrap();
    let page = record.body.pages()[0];
    store.state.lock().answers.insert(page, None);
    let report = vault.verify(|_| ()).await.unwrap();
    assert_eq!(report.damaged.len(), 1);
    assert_eq!(report.damaged[0].place, Place::History);
    let refused = vault.judge(&points[3]).await;
    assert!(
        matches!(refused, Err(VaultError::Tampered { place: Place::History, .. })),
        "{refused:?}"
    );
    for n in 0..100 {
        put(&vault, A, &n.to_string()).await;
    }
    assert_eq!(vault.judge(&points[3]).await.unwrap(), Standing::Forgotten);
}

/// The page that the next points of the history belong to, and the records of nobody else.
async fn end_of_history(vault: &Vault) -> PageId {
    let known = vault.shared().roots.known();
    let last = [&[OWN, b'h'], &u64::MAX.to_be_bytes()[..]].concat();
    let names: [&[u8]; 1] = [&last];
    let descent = Descent::new(&vault.shared().pages, known.root.top, &names).await.unwrap();
    descent.levels.last().unwrap()[0].id
}

/// A copy grows past the point that somebody remembers, while the page is withheld that the points
/// between belong to.
#[tokio::test(start_paused = true)]
async fn h34_a_copy_does_not_forget_by_a_page_that_is_withheld() {
    let store = store();
    let shape = Shape { page: 1_000, inline: 700, content: 100, blocks: 4_096 };
    let options = || Options { shape, cache: Arc::new(Cache::new(0)), ..options() };
    let vault = try_open(&store, options()).await.unwrap();
    let far = |n: u32| format!("aecs/service/secrets/{n}");
    for n in 0..200 {
        put(&vault, &far(n % 40), "content").await;
    }
    let old = store.copy();
    let mut points = vec![];
    for n in 0..20 {
        put(&vault, &far(39), &n.to_string()).await;
        points.push(vault.seen().point());
    }

    store.put_back(old);
    let copy = try_open(&store, options()).await.unwrap();
    let withheld = end_of_history(&copy).await;
    store.state.lock().answers.insert(withheld, None);
    for n in 0..200 {
        put(&copy, &far(39), &format!("copy {n}")).await;
        let standing = copy.judge(&points[19]).await;
        assert!(
            matches!(
                standing,
                Ok(Standing::Ahead | Standing::Other)
                    | Err(VaultError::Tampered { place: Place::History, .. })
            ),
            "{n}: {standing:?}"
        );
    }
    store.state.lock().answers.clear();
    for point in &points {
        assert_eq!(copy.judge(point).await.unwrap(), Standing::Other, "{point:?}");
    }
    // What was written before is known again, and so is what is written from now on.
    let now = copy.seen().point();
    for n in 0..100 {
        put(&copy, &far(39), &format!("again {n}")).await;
    }
    assert_eq!(copy.judge(&now).await.unwrap(), Standing::Known);
}

/// A list that begins again and again does not keep the sweep for ever.
#[tokio::test(start_paused = true)]
async fn h35_a_list_of_pages_without_an_end_ends_the_sweep() {
    let store = store();
    let vault = victim(&store).await;
    store.state.lock().endless_list = true;
    let swept = vault.sweep(|_| ()).await;
    assert!(matches!(swept, Err(VaultError::Store(_))), "{swept:?}");
    store.state.lock().endless_list = false;
    vault.sweep(|_| ()).await.unwrap();
}

/// A store that answers each read by what it had at any time: what is read is the present, or refused.
#[tokio::test(start_paused = true)]
async fn a_store_that_lies_at_random_shows_the_present_or_nothing() {
    for seed in 1..=20 {
        let store = Arc::new(Faulty::new(seed % 2 == 0, true, seed));
        let options = Options { shape: small(), cache: Arc::new(Cache::new(2_000)), ..options() };
        let vault = try_open(&store, options).await.unwrap();
        let mut random = Random::new(seed);
        let (mut expected, mut roots, mut pages) = (BTreeMap::new(), vec![], BTreeMap::new());
        let mut served = 0;
        for step in 0..300 {
            pages.extend(store.copy().0);
            roots.push(store.root());
            lie(&store, &mut random, &roots, &pages);
            let record = format!("aecs/{}", random.below(30));
            if random.once_in(3) {
                let content = format!("{step} ").repeat(1 + random.below(40));
                let made = vault.commit(Change::new().put(name(&record), plain(&content))).await;
                if made.is_ok() {
                    expected.insert(record, content);
                } else {
                    assert!(!matches!(made, Err(VaultError::Unsettled(_))), "{seed} {step}");
                }
                continue;
            }
            let Ok(found) = vault.get(&name(&record)).await else { continue };
            let found =
                found.map(|found| String::from_utf8(found.plain.expose().to_vec()).unwrap());
            assert_eq!(found.as_ref(), expected.get(&record), "{seed} {step} {record}");
            served += 1;
        }
        assert!(served > 20, "{seed}: {served}");
        {
            let mut state = store.state.lock();
            (state.stale, state.answers) = (None, HashMap::new());
        }
        for (record, content) in &expected {
            assert_eq!(text(&vault, record).await.as_ref(), Some(content), "{seed} {record}");
        }
    }
}

/// Has the store answer some reads by another root, and by other pages.
fn lie(
    store: &Faulty,
    random: &mut Random,
    roots: &[Option<Vec<u8>>],
    pages: &BTreeMap<PageId, Vec<u8>>,
) {
    let mut state = store.state.lock();
    state.stale = random.once_in(4).then(|| random.pick(roots).clone());
    state.answers.clear();
    let all: Vec<&Vec<u8>> = pages.values().collect();
    let ids: Vec<PageId> = state.pages.keys().copied().collect();
    if all.is_empty() || ids.is_empty() || !random.once_in(3) {
        return;
    }
    for _ in 0..random.below(6) {
        let answer = match random.below(3) {
            0 => None,
            1 => Some((*random.pick(&all)).clone()),
            _ => {
                let mut page = (*random.pick(&all)).clone();
                let at = random.below(page.len());
                page[at] ^= 1;
                Some(page)
            }
        };
        state.answers.insert(*random.pick(&ids), answer);
    }
}
