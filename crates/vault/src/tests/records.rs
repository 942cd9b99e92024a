//! Records of all sizes, counts and pages of names: in pages of the real size.

use super::*;
use crate::{
    MAX_CHANGE_OPERATIONS, MAX_PLAIN_LEN,
    tests::invariants::{Opened, check},
};

fn store() -> Arc<Faulty> {
    Arc::new(Faulty::new(true, true, 1))
}

fn survey(store: &Arc<Faulty>) -> invariants::Survey {
    check(store, Shape::default().page, &mut Opened::default()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_empty_vault_is_not_written() {
    let store = store();
    let vault = open(&store).await;
    assert!(vault.get(&name("aecs/a")).await.unwrap().is_none());
    assert_eq!(vault.count("").await.unwrap(), 0);
    assert!(vault.names("").await.unwrap().is_empty());
    assert_eq!(vault.commit(Change::new()).await.unwrap(), 0);
    let note_alone = Change::new().noted(Some("nobody keeps it".to_owned()));
    assert_eq!(vault.commit(note_alone).await.unwrap(), 0);
    assert!(store.root().is_none());
    assert!(vault.verify(|_| ()).await.unwrap().damaged.is_empty());
    assert_eq!(vault.state().await.unwrap().epoch, 0);
}

#[tokio::test(start_paused = true)]
async fn contents_of_every_length_come_back() {
    let store = store();
    let vault = open(&store).await;
    let lengths =
        [0, 1, 1023, 1024, 1025, (512 << 10) - 1, 512 << 10, (512 << 10) + 1, MAX_PLAIN_LEN];
    let content =
        |len: usize| (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect::<Vec<u8>>();
    for len in lengths {
        let change = Change::new().create(name(&format!("len/{len}")), content(len).into());
        vault.commit(change).await.unwrap();
    }
    let vault = open(&store).await;
    for len in lengths {
        let found = vault.get(&name(&format!("len/{len}"))).await.unwrap().unwrap();
        assert!(found.plain.ct_eq(&content(len)), "{len}");
    }
    assert_eq!(vault.bytes("len/").await.unwrap(), lengths.iter().sum::<usize>() as u64);
    // Parts of the longest, two of the next one, one for each of three others, and the leaf.
    let parts = MAX_PLAIN_LEN.div_ceil(512 << 10);
    assert_eq!(survey(&store).reached.len(), parts + 2 + 3 + 1);
    for len in lengths {
        vault.commit(Change::new().put(name(&format!("len/{len}")), plain("short"))).await.unwrap();
    }
    assert_eq!(vault.bytes("").await.unwrap(), 5 * lengths.len() as u64);
    survey(&store);
}

#[tokio::test(start_paused = true)]
async fn parts_of_contents_are_those_of_the_whole() {
    let store = store();
    let content: Vec<u8> = (0..1_234).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let records = name("long");
    // Small pages, and then a vault that expects larger ones.
    let vault = try_open(&store, Options { shape: small(), ..options() }).await.unwrap();
    let change = Change::new().create(records.clone(), content.clone().into());
    vault.commit(change.create(name("short"), plain("short"))).await.unwrap();
    for vault in [vault, open(&store).await] {
        for (offset, len) in [
            (0, 1),
            (0, 100),
            (99, 2),
            (150, 300),
            (1_200, 34),
            (1_200, 99),
            (1_234, 5),
            (5_000, 1),
        ] {
            let part = vault.part(&records, offset, len).await.unwrap().unwrap();
            let end = (offset + len).min(content.len());
            let expected = content.get(offset..end).unwrap_or_default();
            assert!(part.plain.ct_eq(expected), "{offset} {len}");
            assert_eq!(part.total, content.len());
        }
        let part = vault.part(&name("short"), 1, 3).await.unwrap().unwrap();
        assert!(part.plain.ct_eq(b"hor") && part.total == 5);
        assert!(vault.part(&name("none"), 0, 1).await.unwrap().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn the_longest_names_fit() {
    let store = store();
    let vault = open(&store).await;
    let long = |n: usize| {
        let end = format!("/{n:03}");
        format!("{}{end}", "n".repeat(Name::MAX_LEN - end.len()))
    };
    let contrary = |n: usize| format!("{n:03}/{}", "n".repeat(Name::MAX_LEN - 4));
    for names in (0..60).collect::<Vec<_>>().chunks(7) {
        let change = names.iter().fold(Change::new(), |change, n| {
            let content = || vec![7; 1024].into();
            change.create(name(&long(*n)), content()).create(name(&contrary(*n)), content())
        });
        vault.commit(change).await.unwrap();
        survey(&store);
    }
    assert!(survey(&store).levels.len() >= 3);
    assert_eq!(vault.count("n").await.unwrap(), 60);
    assert_eq!(vault.count("03").await.unwrap(), 10);
    assert!(vault.contains(&name(&contrary(59))).await.unwrap());
    let change = (0..60).fold(Change::new(), |change, n| change.remove(name(&contrary(n)), None));
    vault.commit(change).await.unwrap();
    assert_eq!(survey(&store).known.root.sum.records, vault.size().records);
    assert_eq!(vault.count("").await.unwrap(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_tree_grows_and_shrinks() {
    let store = store();
    let vault = open(&store).await;
    let record = |n: usize| name(&format!("aecs/svc{}/values/{:016x}", n % 5, n * 0x9E37_79B9));
    let all: Vec<usize> = (0..6_000).collect();
    for some in all.chunks(1000) {
        let change = some.iter().fold(Change::new(), |change, n| {
            change.create(record(*n), format!("content {n}").into_bytes().into())
        });
        vault.commit(change).await.unwrap();
    }
    let full = survey(&store);
    assert_eq!((full.levels.len(), full.known.root.sum.records), (2, 6_000));
    // Names of a page share what they begin with: some 130 records are in a page.
    assert!(full.levels[0] < 75, "{:?}", full.levels);
    assert_eq!(vault.names("").await.unwrap().len(), 6_000);
    assert_eq!(vault.count("aecs/svc3/").await.unwrap(), 1_200);
    let some: Vec<_> = all.iter().filter(|n| !n.is_multiple_of(10)).copied().collect();
    for some in some.chunks(MAX_CHANGE_OPERATIONS) {
        let change = some.iter().fold(Change::new(), |change, n| change.remove(record(*n), None));
        vault.commit(change).await.unwrap();
    }
    let thin = survey(&store);
    assert_eq!(thin.known.root.sum.records, 600);
    assert!(thin.levels[0] <= 20, "{:?}", thin.levels);
    let rest: Vec<_> = all.iter().filter(|n| n.is_multiple_of(10)).copied().collect();
    let change = rest.iter().fold(Change::new(), |change, n| change.remove(record(*n), None));
    vault.commit(change).await.unwrap();
    let empty = survey(&store);
    assert_eq!((empty.levels.len(), vault.count("").await.unwrap()), (0, 0));
    put(&vault, "aecs/again", "x").await;
    assert_eq!(survey(&store).levels, [1]);
}

#[tokio::test(start_paused = true)]
async fn what_grows_at_its_end_has_full_pages() {
    let store = store();
    let vault = open(&store).await;
    for n in 0..600 {
        put(&vault, &format!("log/{n:06}"), "some forty bytes of a record, more or less").await;
    }
    // 57 bytes each are 34 kB; beside them are 33 records with points of the history, of 655 bytes.
    let leaves = survey(&store).levels[0];
    assert!(leaves <= 10, "{leaves} leaves");
}

#[tokio::test(start_paused = true)]
async fn the_root_keeps_what_a_change_sets() {
    let store = store();
    let vault = open(&store).await;
    vault.commit(Change::new().trust_revision(7).time_floor(1_000)).await.unwrap();
    put(&vault, "aecs/a", "x").await;
    vault.commit(Change::new().time_floor(900)).await.unwrap();
    let state = open(&store).await.state().await.unwrap();
    assert_eq!((state.trust_revision, state.time_floor, state.epoch), (7, 900, 3));
    assert_eq!(vault.seen(), state);
}

#[tokio::test(start_paused = true)]
async fn a_mark_is_the_point_of_its_commit() {
    let store = store();
    let vault = open(&store).await;
    put(&vault, "aecs/a", "x").await;
    vault.commit(Change::new().mark(name("seen/a"))).await.unwrap();
    let mark = vault.get(&name("seen/a")).await.unwrap().unwrap();
    let point = crate::Point::decode(mark.plain.expose()).unwrap();
    assert_eq!(point, vault.state().await.unwrap().point());
    put(&vault, "aecs/a", "y").await;
    assert_eq!(vault.judge(&point).await.unwrap(), crate::Standing::Known);
}

#[tokio::test(start_paused = true)]
async fn points_are_found_in_records_and_forgotten_in_the_end() {
    let store = store();
    let options = Options { shape: small(), ..options() };
    let vault = try_open(&store, options.clone()).await.unwrap();
    let mut points = vec![];
    for n in 0..200 {
        put(&vault, "aecs/a", &n.to_string()).await;
        points.push(vault.seen().point());
    }
    let vault = try_open(&store, options).await.unwrap();
    let mut known = 0;
    for (number, point) in points.iter().enumerate() {
        let standing = vault.judge(point).await.unwrap();
        // 64 to 79 points in the root, three records of 16, and landmarks.
        if number >= 200 - 64 - 2 * 16 {
            assert_eq!(standing, crate::Standing::Known, "{number}");
        }
        known += usize::from(standing == crate::Standing::Known);
        let other = crate::Point { chain: [1; 32], ..*point };
        let standing = vault.judge(&other).await.unwrap();
        assert!(standing != crate::Standing::Known);
    }
    assert!((64 + 3 * 16..=79 + 3 * 16 + 2).contains(&known), "{known}");
    // The vault's own records are nobody's else.
    assert_eq!(vault.names("").await.unwrap(), [name("aecs/a")]);
    assert_eq!((vault.count("").await.unwrap(), vault.size().records), (1, 4));
}

/// What nobody needs is removed: a vault that changes does not grow.
#[tokio::test(start_paused = true)]
async fn garbage_is_removed() {
    let store = store();
    let vault = open(&store).await;
    let mut most = 0;
    for n in 0..400 {
        let content = vec![7; if n % 3 == 0 { 3_000 } else { 30 }];
        let change = Change::new().put(name(&format!("aecs/{}", n % 20)), content.into());
        vault.commit(change).await.unwrap();
        most = most.max(store.state.lock().pages.len());
    }
    assert!(most < 120, "{most} pages");
    // A large change lists more than a root and a garbage page can hold.
    let many = |content: &str| {
        (0..1_500).fold(Change::new(), |change, n| {
            change.put(name(&format!("b/{n}")), vec![content.as_bytes()[0]; 1_100].into())
        })
    };
    vault.commit(many("x")).await.unwrap();
    vault.commit(many("y")).await.unwrap();
    let before = survey(&store);
    assert!(before.garbage.len() > 1_500);
    for n in 0..60 {
        put(&vault, "aecs/1", &n.to_string()).await;
        survey(&store);
    }
    let now = survey(&store);
    assert!(now.garbage.len() < 150, "{}", now.garbage.len());
    assert_eq!(store.state.lock().pages.len(), now.reached.len() + now.garbage.len());
}
