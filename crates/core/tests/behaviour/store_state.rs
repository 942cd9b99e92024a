//! The operator is told what is in the store, and what of it cannot be read.

use aecs_proto::{
    ShowStoreRequest, ShowStoreResponse, StoreVerification, VerifyStoreRequest, VerifyStoreResponse,
};

use crate::support::{SERVICE, World, enclave, store};

async fn show(world: &World) -> ShowStoreResponse {
    world.admin().call("ShowStore", &ShowStoreRequest {}).await.unwrap()
}

/// Has the store verified, and waits for the end.
async fn verify(world: &World) -> StoreVerification {
    let begun: VerifyStoreResponse =
        world.admin().call("VerifyStore", &VerifyStoreRequest {}).await.unwrap();
    assert_eq!(begun.verification.unwrap().ended_at_ms, 0, "it goes on after the answer");
    loop {
        let verification = show(world).await.verification.unwrap();
        if verification.ended_at_ms != 0 {
            return verification;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_store_is_shown_and_verified() {
    let world = World::working().await;
    let before = show(&world).await;
    assert_eq!((before.engine.as_str(), before.is_shared), ("memory", false));
    assert_eq!(before.verification, None);
    for name in ["a", "b"] {
        world.import(name, "data", 1).await.unwrap();
    }
    let after = show(&world).await;
    assert!(after.records >= before.records + 2 && after.epoch >= before.epoch + 2);
    assert!(after.content_bytes > before.content_bytes && after.height >= 1);
    assert!(after.cache_bytes <= after.cache_limit_bytes);

    let verification = verify(&world).await;
    assert_eq!((verification.damaged_count, verification.failure.as_str()), (0, ""));
    assert_eq!(verification.records_done, verification.records);
    assert_eq!(verification.records, show(&world).await.records);
    assert!(verification.pages >= 1);
}

/// What is in memory hides nothing: the server would find out after its next start only.
#[tokio::test]
async fn a_damaged_page_is_found_although_it_is_in_memory() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    ta.get(SERVICE, "a").await.unwrap();
    for (key, mut page) in store::contents(&*world.store).await {
        if key.starts_with("page/") {
            page[100] ^= 1;
            store::delete(&*world.store, &key).await;
            store::put(&*world.store, &key, page).await;
        }
    }

    ta.get(SERVICE, "a").await.expect("it is in memory");
    let verification = verify(&world).await;
    assert!(verification.damaged_count >= 1, "{verification:?}");
    let damage = &verification.damaged[0];
    assert!(damage.place.starts_with("the page of records from"), "{damage:?}");
    assert_eq!(damage.what, "its seal does not open");
    let lost: i64 = verification.damaged.iter().map(|damage| damage.records).sum();
    assert_eq!(lost, show(&world).await.records);
}
