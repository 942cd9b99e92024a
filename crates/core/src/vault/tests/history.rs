//! The hash chain, and the points that are kept of it.

use super::*;

async fn now(vault: &Vault) -> Point {
    let state = vault.state();
    Point { epoch: state.epoch, chain: state.chain }
}

#[tokio::test]
async fn every_point_that_was_shown_is_known_also_after_opening_again() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    let mut points = vec![now(&vault).await];
    for n in 0..200 {
        create(&vault, &format!("aecs/{n}"), "x").await;
        points.push(now(&vault).await);
    }
    for vault in [vault, open(&store).await] {
        for point in &points {
            assert_eq!(vault.judge(point), Standing::Known, "{}", point.epoch);
        }
        assert_eq!(vault.state().epoch, 200);
        let later = Point { epoch: 201, ..points[200] };
        assert_eq!(vault.judge(&later), Standing::Ahead);
    }
}

#[tokio::test]
async fn h03_a_store_that_was_rolled_back_and_grew_has_another_chain() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    create(&vault, "aecs/a", "a").await;
    let common = now(&vault).await;
    let old = store.list_all("").await.unwrap();
    create(&vault, "aecs/b", "b").await;
    let remembered = now(&vault).await;
    drop(vault);

    // The host puts the old copy back, and the very same changes and more are made.
    let store = Arc::new(MemoryStore::new());
    for (key, entry) in old {
        store.put(key, entry.value, PutMode::Create).await.unwrap();
    }
    let vault = open(&store).await;
    assert_eq!(vault.judge(&remembered), Standing::Ahead);
    create(&vault, "aecs/b", "b").await;
    assert_eq!(vault.state().epoch, remembered.epoch);
    assert_eq!(vault.judge(&remembered), Standing::Other);
    create(&vault, "aecs/c", "c").await;
    assert_eq!(vault.judge(&remembered), Standing::Other);
    assert_eq!(vault.judge(&common), Standing::Known);
}

#[tokio::test]
async fn a_mark_holds_the_point_that_its_change_led_to() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    for n in 0..3 {
        let change = Change::new().put(name("aecs/x"), plain(&n.to_string())).mark(name("seen/a"));
        vault.commit(change).await.unwrap();
        let record = vault.get(&name("seen/a")).await.unwrap().unwrap();
        assert_eq!(Point::decode(record.plain.expose()), Some(now(&vault).await));
    }
    let vault = open(&store).await;
    let record = vault.get(&name("seen/a")).await.unwrap().unwrap();
    assert_eq!(Point::decode(record.plain.expose()), Some(now(&vault).await));
}
