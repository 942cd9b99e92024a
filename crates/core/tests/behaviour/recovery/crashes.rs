//! What remains true when a process dies in between.

use super::*;

/// A server that dies after any of the writes of an act: afterwards the former shares work, or the
/// new ones, if their holders have them.
#[tokio::test]
async fn at_no_moment_do_neither_the_former_nor_the_new_shares_work() {
    let store = Arc::new(Watched::default());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.lasting().await;
    let world = world.provisioned().await;
    world.import("secret", "the value", 1).await.unwrap();
    let custodians = Custodians::new();
    let mut shares = custodians.open(&custodians.make(&world, 0).await.unwrap());
    let mut latest = 1;
    let mut runs = 0;
    // An act of each kind: make another set, prove its first share, prove its second.
    while runs < 50 {
        let mut next = None;
        for writes in 0.. {
            runs += 1;
            assert!(writes < 10, "an act has few writes");
            store.left.store(writes, SeqCst);
            let made = custodians.make(&world, latest).await;
            store.left.store(usize::MAX, SeqCst);
            let whole = sets(&world).await.sets.iter().all(|set| set.problem.is_empty());
            assert!(whole, "no set without its sealed identity, after {writes} writes");
            // Killed here: nothing but the store is left.
            let copy = Arc::new(store.inner.snapshot());
            recovered(&world, copy, &[&shares[0], &shares[1]]).await;
            if let Ok(made) = made {
                latest = made.revision;
                next = Some(custodians.open(&made));
                break;
            }
            latest = sets(&world).await.latest_revision;
        }
        let next = next.unwrap();
        for share in &next[..2] {
            for writes in 0.. {
                runs += 1;
                assert!(writes < 10, "an act has few writes");
                store.left.store(writes, SeqCst);
                let proven = prove(&world, share).await;
                store.left.store(usize::MAX, SeqCst);
                let copy = Arc::new(store.inner.snapshot());
                recovered(&world, copy, &[&next[0], &next[1]]).await;
                if proven.is_ok() {
                    break;
                }
            }
        }
        shares = next;
    }
}

/// The same of the end of a recovery: the server works, or the shares work once more.
#[tokio::test]
async fn a_recovery_that_dies_at_any_write_is_begun_again() {
    let (world, _, shares) = deployment().await;
    let before = contents(&*world.store).await;
    for writes in 0..10 {
        let store = Arc::new(Watched::default());
        for (key, value) in before.clone() {
            crate::support::store::put(&*store, &key, value).await;
        }
        let cache = Arc::new(MemoryCache::default());
        let machine = new_machine_with(&world, store.clone(), |restart| {
            restart.cache = Some(cache.clone());
        });
        let machine = machine.await.unwrap();
        for share in &shares[..2] {
            submit(&machine, share).await.unwrap();
        }
        let request = agreed(&machine).await;
        store.left.store(writes, SeqCst);
        let finished = finish_as(&machine, &world.admin, request).await;
        store.left.store(usize::MAX, SeqCst);
        let copy = Arc::new(store.inner.snapshot());
        recovered(&world, copy, &[&shares[0], &shares[2]]).await;
        if finished.is_ok() {
            assert!(writes > 0);
            return;
        }
    }
    panic!("it was never finished");
}
