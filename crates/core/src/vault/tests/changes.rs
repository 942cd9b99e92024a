//! Changes and what they demand; names and pages.

use super::*;

#[tokio::test]
async fn each_operation_has_its_condition() {
    let vault = open(&Arc::new(MemoryStore::new())).await;
    let a = || name("aecs/a");
    let commit = async |change| vault.commit(change).await;

    let missing = commit(Change::new().replace(a(), 1, plain("x"))).await;
    assert!(matches!(missing, Err(VaultError::Missing { name }) if name == a()));
    for expected in [None, Some(1)] {
        let missing = commit(Change::new().remove(a(), expected)).await;
        assert!(matches!(missing, Err(VaultError::Missing { name }) if name == a()));
    }
    let first = commit(Change::new().create(a(), plain("1"))).await.unwrap();
    let exists = commit(Change::new().create(a(), plain("x"))).await;
    assert!(matches!(exists, Err(VaultError::Exists { name }) if name == a()));
    let second = commit(Change::new().replace(a(), first, plain("2"))).await.unwrap();
    let stale = commit(Change::new().replace(a(), first, plain("x"))).await;
    assert!(matches!(stale, Err(VaultError::Conflict { name }) if name == a()));
    let stale = commit(Change::new().remove(a(), Some(first))).await;
    assert!(matches!(stale, Err(VaultError::Conflict { name }) if name == a()));
    let third = commit(Change::new().put(a(), plain("3"))).await.unwrap();
    assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some("3"));
    assert_eq!((second, third), (first + 1, first + 2), "refused changes use up no epoch");
    commit(Change::new().remove(a(), Some(third))).await.unwrap();
    assert!(!vault.contains(&a()));
    let again = commit(Change::new().create(a(), plain("4"))).await.unwrap();
    let stale = commit(Change::new().replace(a(), third, plain("x"))).await;
    assert!(matches!(stale, Err(VaultError::Conflict { .. })), "an epoch is never used again");
    assert_eq!(vault.get(&a()).await.unwrap().unwrap().epoch, again);
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    create(&vault, "aecs/there", "1").await;
    let before = (vault.state(), store.list_all("").await.unwrap());
    let change = Change::new()
        .create(name("aecs/new"), plain("new"))
        .put(name("aecs/there"), plain("2"))
        .remove(name("aecs/gone"), None);
    let refused = vault.commit(change).await;
    assert!(matches!(refused, Err(VaultError::Missing { name }) if name.as_str() == "aecs/gone"));
    assert_eq!((vault.state(), store.list_all("").await.unwrap()), before);
    assert_eq!(text(&vault, "aecs/there").await.as_deref(), Some("1"));
    assert!(!vault.contains(&name("aecs/new")));
}

#[tokio::test]
async fn an_empty_change_is_nothing() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    assert_eq!(vault.commit(Change::new()).await.unwrap(), 0);
    assert!(store.list_all("").await.unwrap().is_empty());
    let epoch = create(&vault, "aecs/a", "a").await;
    assert_eq!(vault.commit(Change::new()).await.unwrap(), epoch);
    assert_eq!(vault.state().epoch, epoch);
}

#[tokio::test]
async fn a_change_that_contradicts_itself_is_not_made() {
    let vault = open(&Arc::new(MemoryStore::new())).await;
    let twice = Change::new().put(name("aecs/a"), plain("1")).put(name("aecs/a"), plain("2"));
    let refused = vault.commit(twice).await;
    assert!(matches!(refused, Err(VaultError::Duplicate { .. })), "{refused:?}");
    assert_eq!(vault.epoch(), 0);
}

/// Writes down the notes, one after the other.
struct Notes;

impl Companion for Notes {
    fn record(&self, notes: &[String]) -> SecretBytes {
        plain(&notes.join(" "))
    }
}

#[tokio::test]
async fn a_companion_has_a_record_that_goes_with_every_change() {
    let vault = open(&Arc::new(MemoryStore::new())).await;
    let noted = |note: &str| Change::new().noted(Some(note.to_owned()));
    assert_eq!(vault.commit(noted("lost")).await.unwrap(), 0, "nobody keeps it");
    vault.accompany(name("audit/notes"), Arc::new(Notes));
    vault.accompany(name("audit/late"), Arc::new(Notes));
    assert_eq!(vault.commit(Change::new()).await.unwrap(), 0);

    create(&vault, "aecs/a", "a").await;
    assert_eq!(text(&vault, "audit/notes").await.as_deref(), Some(""));
    let refused = noted("refused").create(name("aecs/a"), plain("a"));
    let (one, two, three) = tokio::join!(
        vault.commit(noted("one")),
        vault.commit(refused),
        vault.commit(noted("two").put(name("aecs/b"), plain("b"))),
    );
    assert_eq!((one.unwrap(), three.unwrap()), (2, 3));
    assert!(matches!(two, Err(VaultError::Exists { .. })));
    assert_eq!(text(&vault, "audit/notes").await.as_deref(), Some("one two"));
    assert!(!vault.contains(&name("audit/late")), "the first companion stays");
}

#[tokio::test]
async fn a_change_at_its_limits_is_made() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    let all = |change: fn(Change, Name) -> Change| {
        (0..MAX_CHANGE_OPERATIONS)
            .map(|n| name(&format!("aecs/many/{n:05}")))
            .fold(Change::new(), change)
    };
    let len = MAX_CHANGE_BYTES / MAX_CHANGE_OPERATIONS;
    let created = all(|change, name| {
        change.create(name, vec![7; MAX_CHANGE_BYTES / MAX_CHANGE_OPERATIONS].into())
    });
    vault.commit(created).await.unwrap();
    drop(vault);
    let vault = open(&store).await;
    assert_eq!(vault.count("aecs/many/"), MAX_CHANGE_OPERATIONS);
    assert_eq!(vault.get(&name("aecs/many/00007")).await.unwrap().unwrap().plain.len(), len);
    vault.commit(all(|change, name| change.remove(name, None))).await.unwrap();
    assert_eq!(vault.count(""), 0);
    open(&store).await;
}

#[tokio::test]
async fn changes_that_do_not_fit_into_one_write_share_none() {
    let vault = open(&Arc::new(MemoryStore::new())).await;
    let large = |folder: &str| {
        (0..7).fold(Change::new(), |change, n| {
            change.create(name(&format!("aecs/{folder}/{n}")), vec![0; 1_000_000].into())
        })
    };
    let (a, b, c) =
        tokio::join!(vault.commit(large("a")), vault.commit(large("b")), vault.commit(large("c")),);
    assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), (1, 2, 3));
    assert_eq!(vault.count(""), 21);
}

#[tokio::test]
async fn names_come_in_order_and_in_pages() {
    let vault = open(&Arc::new(MemoryStore::new())).await;
    let all = ["aecs/A", "aecs/a", "aecs/a/1", "aecs/a/10", "aecs/a/2", "aecs/b", "replay/1"];
    for record in all.iter().rev() {
        create(&vault, record, "").await;
    }
    for prefix in ["", "aecs/", "aecs/a", "aecs/a/1", "aecs/a/2", "aecs/c", "replay/", "x", "*"] {
        let expected: Vec<Name> =
            all.iter().filter(|n| n.starts_with(prefix)).map(|n| name(n)).collect();
        assert_eq!(vault.names(prefix), expected, "{prefix:?}");
        assert_eq!(vault.count(prefix), expected.len(), "{prefix:?}");
        for limit in 1..4 {
            let mut paged: Vec<Name> = Vec::new();
            loop {
                let page = vault.names_page(prefix, paged.last(), limit);
                let done = page.len() < limit;
                paged.extend(page);
                if done {
                    break;
                }
            }
            assert_eq!(paged, expected, "{prefix:?} by {limit}");
        }
    }
    let before_the_prefix = vault.names_page("aecs/a/", Some(&name("aecs/A")), 1);
    assert_eq!(before_the_prefix, [name("aecs/a/1")]);
    assert!(vault.names_page("aecs/a/", Some(&name("aecs/b")), 1).is_empty());
}
