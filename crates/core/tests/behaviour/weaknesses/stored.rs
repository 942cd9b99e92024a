//! What the owner of the store can do to it: W11, W13, W14.

use std::sync::Arc;

use aecs_core::{ErrorCode, Kind};
use aecs_crypto::{KeyPair, RecordKey, Suite};
use aecs_proto::{
    AdminAuth, CreateEnclaveSecretResponse, GetAecsStatusRequest, ListEnclaveSecretRequest,
    ListEnclaveSecretResponse,
};
use aecs_store::{MemoryStore, Store};
use prost::Message;

use crate::support::{SERVICE, World, code, enclave, imported, pinned, refusal, update};

const A: &str = "aecs/service1/secrets/a";
const B: &str = "aecs/service1/secrets/b";
const VALUE_OF_A: &str = "aecs/service1/values/a/";
const AUTHENTICATION: &str = "aecs/service1/authentication";

/// A world with secrets `a` for measurement 1 and `b` for measurement 2.
async fn world() -> World {
    let world = World::working().await;
    world.import("a", "data of a", 1).await.unwrap();
    world.import("b", "data of b", 2).await.unwrap();
    world
}

/// Neither of the two gets anything any more; and the server does not start on such a store.
async fn assert_found_out(world: &World, record: &str) {
    let error = refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
    assert_eq!(error.kind(), Kind::Internal, "{error}");
    assert!(!error.message().contains("data of"), "{error}");

    let world = world.restarted().await;
    let error = refusal(world.provision("host1").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::StorageAuth, Kind::FailedPrecondition));
    assert!(error.message().contains(record), "the error names {record}: {error}");
    assert_eq!(world.core.status(), "Pending");
}

#[tokio::test]
async fn w11_a_record_does_not_roll_back() {
    let world = world().await;
    let old = world.raw(A).await.unwrap();
    // The owner narrows the policy: whoever had it before does not get it any more.
    let narrowed = update(imported("a", "", pinned(3)));
    let _: CreateEnclaveSecretResponse =
        world.owner().call("CreateSecret", &narrowed).await.unwrap();
    assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "a").await), ErrorCode::NoSuchName);
    world.set_raw(A, old).await;
    assert_found_out(&world, "aecs/state").await;
}

#[tokio::test]
async fn w11_a_destroyed_record_does_not_come_back() {
    let world = world().await;
    let old = world.raw(A).await.unwrap();
    world.destroy("a").await.unwrap();
    world.set_raw(A, old).await;
    // The index knows that there is none.
    assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "a").await), ErrorCode::NoSuchName);
    let world = world.restarted().await;
    assert_eq!(code(world.provision("host1").await), ErrorCode::StorageAuth);
}

#[tokio::test]
async fn w11_a_missing_record_is_not_an_unknown_secret() {
    let world = world().await;
    world.delete_raw(A).await;
    assert_found_out(&world, "aecs/state").await;
}

#[tokio::test]
async fn w11_an_old_copy_of_the_whole_store_shows_its_age() {
    let store = Arc::new(MemoryStore::new());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.provisioned().await;
    world.import("a", "data of a", 1).await.unwrap();
    let copy: Arc<dyn Store> = Arc::new(store.snapshot());
    world.destroy("a").await.unwrap();
    let last = world.status().await;

    let old = world.restart(|restart| restart.store = copy).await.unwrap();
    old.provision("host1").await.unwrap();
    let status = old.status().await;
    assert_eq!(status.identity_hash, last.identity_hash);
    // The provision was one change; what clients remember is later all the same.
    assert!(status.store_epoch <= last.store_epoch, "{status:?} {last:?}");
    assert_ne!(status.store_digest, last.store_digest);
    assert_eq!(last.store_digest.len(), 64);
}

#[tokio::test]
async fn w11_records_do_not_move_between_deployments() {
    let (one, other) = (world().await, world().await);
    other.set_raw(A, one.raw(A).await.unwrap()).await;
    assert_found_out(&other, A).await;
}

#[tokio::test]
async fn w11_the_memory_of_acts_is_not_to_be_forgotten_either() {
    let world = world().await;
    let remembered: Vec<String> = world
        .everything()
        .await
        .into_iter()
        .map(|(key, _)| key)
        .filter(|key| key.starts_with("acts/"))
        .collect();
    assert!(remembered.len() >= 4, "provision, register and two creates: {remembered:?}");
    world.delete_raw(&remembered[0]).await;
    let world = world.restarted().await;
    assert_eq!(code(world.provision("host1").await), ErrorCode::StorageAuth);
}

#[tokio::test]
async fn w13_nobody_makes_himself_a_services_owner_through_the_store() {
    let world = world().await;
    let own = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    let record = AdminAuth { public_key: own.public().pem().into(), ..Default::default() };
    let plain = record.encode_to_vec();
    let genuine = world.raw(AUTHENTICATION).await.unwrap();
    let key = RecordKey::generate().unwrap();
    let sealed = key.seal(AUTHENTICATION.as_bytes(), &plain).unwrap();
    // As it is, encrypted, and encrypted behind the genuine record's head.
    for forged in [plain, sealed.clone(), [&genuine[..9], sealed.as_slice()].concat()] {
        world.set_raw(AUTHENTICATION, forged).await;
        let forger = world.administrator(Some(SERVICE), own.clone());
        let refused: Result<ListEnclaveSecretResponse, _> =
            forger.call("ListSecret", &ListEnclaveSecretRequest::default()).await;
        assert_eq!(refusal(refused).kind(), Kind::Internal);
    }
    let world = world.restarted().await;
    assert_eq!(code(world.provision("host1").await), ErrorCode::StorageAuth);
}

#[tokio::test]
async fn w13_what_is_stored_says_nothing() {
    let world = world().await;
    for (key, value) in world.everything().await {
        for word in [&b"data of"[..], b"BEGIN", b"SECRET_TYPE", &[0x01; 32]] {
            assert!(!value.windows(word.len()).any(|window| window == word), "{key}");
        }
    }
}

#[tokio::test]
async fn w13_every_byte_of_a_record_counts() {
    let world = world().await;
    let ta = world.ta(enclave(1));
    let everything = world.everything().await.into_iter();
    let value = everything.map(|(key, _)| key).find(|key| key.starts_with(VALUE_OF_A)).unwrap();
    for record in [A, &value] {
        let genuine = world.raw(record).await.unwrap();
        for position in 0..genuine.len() {
            let mut edited = genuine.clone();
            edited[position] ^= 0x01;
            world.set_raw(record, edited).await;
            // One signed request each would take long: this goes through the same record.
            if position % 16 == 0 || position < 12 {
                let error = refusal(ta.get(SERVICE, "a").await);
                assert_eq!(error.kind(), Kind::Internal, "{record}: {position}");
            }
        }
        for length in [0, 1, 9, genuine.len() - 1] {
            world.set_raw(record, genuine[..length].to_vec()).await;
            let error = refusal(ta.get(SERVICE, "a").await);
            assert_eq!(error.kind(), Kind::Internal, "{record}: {length}");
        }
        world.set_raw(record, genuine).await;
        assert_eq!(ta.get(SERVICE, "a").await.unwrap().data, "data of a");
    }
}

#[tokio::test]
async fn w14_two_records_do_not_change_places() {
    let world = world().await;
    let (a, b) = (world.raw(A).await.unwrap(), world.raw(B).await.unwrap());
    world.set_raw(A, b).await;
    world.set_raw(B, a).await;
    // Measurement 2 is admitted to `b`, whose content is now under the name of `a`.
    for (measurement, name) in [(1, "a"), (1, "b"), (2, "a"), (2, "b")] {
        let error = refusal(world.ta(enclave(measurement)).get(SERVICE, name).await);
        assert_eq!(error.kind(), Kind::Internal, "{name}");
    }
    assert_found_out(&world, A).await;
}

#[tokio::test]
async fn w14_the_owner_of_one_service_does_not_get_anothers_record() {
    let world = world().await;
    world.register("service2").await.unwrap();
    let copied = world.raw(A).await.unwrap();
    world.set_raw("aecs/service2/secrets/a", copied).await;
    let owner = world.administrator(Some("service2"), world.service_admin.clone());
    let list: ListEnclaveSecretResponse =
        owner.call("ListSecret", &ListEnclaveSecretRequest::default()).await.unwrap();
    assert!(list.secrets.is_empty(), "what the server did not write is not there");
    let request =
        GetAecsStatusRequest { accepted_suites: vec![Suite::Modern.to_string()], nonce: vec![] };
    world.core.get_aecs_status(request).await.unwrap();
    let world = world.restarted().await;
    assert_eq!(code(world.provision("host1").await), ErrorCode::StorageAuth);
}
