//! The operator is told what is in the store, and what of it cannot be read.

use std::sync::Arc;

use aecs_core::{Error, ErrorCode, Kind};
use aecs_crypto::Suite;
use aecs_proto::{
    AecsBackupIdentityRequest, AecsBackupIdentityResponse, ExportStoreRequest, ExportStoreResponse,
    ShowStoreRequest, ShowStoreResponse, StoreVerification, VerifyStoreRequest,
    VerifyStoreResponse,
};
use aecs_store::export::Key;

use crate::support::{
    SERVICE, World, enclave, refusal,
    store::{self, BACKUP, Watched},
};

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

async fn export(world: &World) -> Result<ExportStoreResponse, Error> {
    world.admin().call("ExportStore", &ExportStoreRequest::default()).await
}

/// One page cannot be read: the calls that need it fail, with a text for their caller, and the others do not.
#[tokio::test]
async fn a_page_that_the_disk_does_not_read_is_told_to_each_in_his_words() {
    let store = Arc::new(Watched::default());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.provisioned().await;
    let data = |len: usize| "x".repeat(len);
    world.import("a", &data(3_001), 1).await.unwrap();
    world.import("b", &data(3_002), 1).await.unwrap();
    let Key::Page(id) = Key::parse(&world.page_of_len(3_001).await).unwrap() else { panic!() };
    store.unreadable.lock().unwrap().insert(id);

    let ta = world.ta(enclave(1));
    let refused = refusal(ta.get(SERVICE, "a").await);
    assert_eq!((refused.code(), refused.kind()), (ErrorCode::Damaged, Kind::Internal));
    assert_eq!(refused.message(), "what the request needs is damaged in the server's store");
    assert_eq!(ta.get(SERVICE, "b").await.unwrap().data, data(3_002));

    let verification = verify(&world).await;
    assert_eq!((verification.damaged_count, verification.failure.as_str()), (1, ""));
    let damage = &verification.damaged[0];
    assert!(damage.place.starts_with("record aecs/service1/values/a/"), "{damage:?}");
    assert_eq!(damage.what, "the disk does not read it");

    let refused = refusal(export(&world).await);
    assert_eq!((refused.code(), refused.kind()), (ErrorCode::Damaged, Kind::Internal));
    let told = refused.message();
    assert!(
        told.contains("cannot read /store at byte 4096") && told.contains("another try"),
        "{told}"
    );

    store.unreadable.lock().unwrap().clear();
    assert_eq!(ta.get(SERVICE, "a").await.unwrap().data, data(3_001));
    export(&world).await.unwrap();
}

/// Before, only a provision found it out, when it was needed.
#[tokio::test]
async fn a_damaged_identity_backup_is_found_and_not_exported() {
    let world = World::on(Arc::new(Watched::default()), Suite::Modern, |_| ()).await;
    let world = world.provisioned().await;
    assert_eq!(verify(&world).await.damaged, []);
    let genuine = world.raw(BACKUP).await.unwrap();
    let middle = genuine.len() / 2;
    let mut edited = genuine.clone();
    edited[middle] = if edited[middle] == b'0' { b'1' } else { b'0' };
    for (damaged, what) in
        [(edited, "it does not open: "), (genuine[..middle].to_vec(), "it is damaged")]
    {
        world.set_raw(BACKUP, damaged).await;
        let verification = verify(&world).await;
        assert_eq!((verification.damaged_count, verification.failure.as_str()), (1, ""));
        let damage = &verification.damaged[0];
        assert_eq!((&*damage.place, damage.records), ("the identity backup of host host1", 0));
        assert!(damage.what.starts_with(what), "{damage:?}");
        let refused = refusal(export(&world).await);
        assert_eq!(refused.code(), ErrorCode::Damaged, "{refused}");
        assert!(refused.message().contains("backup of host host1 is damaged"), "{refused}");
        assert!(refused.message().contains("aecsadmin backup host1"), "{refused}");
    }
    let replaced: Result<AecsBackupIdentityResponse, _> = world
        .admin()
        .call("AecsBackupIdentity", &AecsBackupIdentityRequest { host_name: "host1".into() })
        .await;
    replaced.unwrap();
    assert_eq!(verify(&world).await.damaged, []);
    export(&world).await.unwrap();

    // A name that is not this server's: it may be left of another machine.
    let other = "register/identity/other";
    world.set_raw(other, world.raw(BACKUP).await.unwrap()).await;
    let verification = verify(&world).await;
    assert_eq!(verification.damaged_count, 1, "{verification:?}");
    assert_eq!(verification.damaged[0].place, "the identity backup of host other");
    export(&world).await.unwrap();
}

/// Another machine of a fleet made it, and only that one can open it.
#[tokio::test]
async fn a_backup_of_another_server_of_a_shared_store_is_no_damage() {
    let world = World::on(Arc::new(Watched::shared()), Suite::Modern, |_| ()).await;
    let world = world.provisioned().await;
    world.set_raw("register/identity/other", world.raw(BACKUP).await.unwrap()).await;
    assert_eq!(verify(&world).await.damaged, []);
    export(&world).await.unwrap();
}

#[tokio::test]
async fn a_pending_server_says_what_its_store_waits_for() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let shown: Result<ShowStoreResponse, _> =
        world.admin().call("ShowStore", &ShowStoreRequest {}).await;
    let verified: Result<VerifyStoreResponse, _> =
        world.admin().call("VerifyStore", &VerifyStoreRequest {}).await;
    for refused in [refusal(shown), refusal(verified), refusal(export(&world).await)] {
        assert_eq!(refused.code(), ErrorCode::NotWorking, "{refused}");
        assert!(refused.message().contains("until it works, its store"), "{refused}");
    }
}
