//! Room for everybody: W9.

use std::sync::Arc;

use aecs_core::{CoreConfig, ErrorCode, Kind};
use aecs_crypto::Suite;
use aecs_proto::{
    CreateEnclaveSecretRequest, CreateEnclaveSecretResponse, EnclaveSecret,
    EnclaveSecretType::SecretTypeAes256Key, RegisterEnclaveServiceResponse, TaBinding,
    UnifiedAttestationAttributes,
};
use aecs_store::EmbeddedStore;

use crate::support::{World, code, enclave, pinned, refusal, secret};

fn own(name: &str) -> EnclaveSecret {
    secret(name, SecretTypeAes256Key, UnifiedAttestationAttributes::default())
}

async fn world(change: impl FnOnce(&mut CoreConfig)) -> World {
    World::pending(Suite::Modern, change).await.provisioned().await
}

#[tokio::test]
async fn w09_an_application_uses_up_its_own_room_only() {
    let world = world(|config| config.quotas.ta_secrets_per_identity = 2).await;
    let (greedy, other) = (world.ta(enclave(1)), world.ta(enclave(2)));
    for name in ["a", "b"] {
        greedy.create(own(name), TaBinding::Measurement).await.unwrap();
    }
    let error = refusal(greedy.create(own("c"), TaBinding::Measurement).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::TooManySecrets, Kind::ResourceExhausted));
    // Another key of the same enclave is the same application.
    let error = code(world.ta(enclave(1)).create(own("c"), TaBinding::Measurement).await);
    assert_eq!(error, ErrorCode::TooManySecrets);
    other.create(own("c"), TaBinding::Measurement).await.unwrap();
    greedy.destroy("a").await.unwrap();
    greedy.create(own("c"), TaBinding::Measurement).await.unwrap();
}

#[tokio::test]
async fn w09_all_applications_together_have_an_end() {
    let world = world(|config| config.quotas.ta_secrets = 2).await;
    for measurement in 1..=2 {
        world.ta(enclave(measurement)).create(own("a"), TaBinding::Measurement).await.unwrap();
    }
    let refused = code(world.ta(enclave(3)).create(own("a"), TaBinding::Measurement).await);
    assert_eq!(refused, ErrorCode::TooManySecrets);
}

#[tokio::test]
async fn w09_a_name_is_free_whoever_else_has_it() {
    let world = World::working().await;
    let (one, other) = (world.ta(enclave(1)), world.ta(enclave(2)));
    one.create(own("same"), TaBinding::Measurement).await.unwrap();
    other.create(own("same"), TaBinding::Measurement).await.unwrap();
    assert_eq!(code(one.create(own("same"), TaBinding::Measurement).await), ErrorCode::NameExists);
    let (data, others) =
        (one.own("same").await.unwrap().data, other.own("same").await.unwrap().data);
    assert_ne!(data, others);
    other.destroy("same").await.unwrap();
    assert_eq!(one.own("same").await.unwrap().data, data);
}

#[tokio::test]
async fn w09_services_and_their_secrets_have_an_end() {
    let world = world(|config| {
        config.quotas.services = 2;
        config.quotas.secrets_per_service = 2;
    })
    .await;
    world.register("service2").await.unwrap();
    assert_eq!(code(world.register("service3").await), ErrorCode::TooManyServices);
    world.import("a", "data", 1).await.unwrap();
    world.import("b", "data", 1).await.unwrap();
    assert_eq!(code(world.import("c", "data", 1).await), ErrorCode::TooManySecrets);
    world.destroy("a").await.unwrap();
    world.import("c", "data", 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f08_quotas_are_reached_and_hold_when_all_come_at_once() {
    // A store that takes its time, so that they do meet.
    let directory = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(directory.path().join("store")).unwrap();
    let configure = |config: &mut CoreConfig| {
        config.quotas.services = 5;
        config.quotas.secrets_per_service = 10;
    };
    let world = World::on(Arc::new(store), Suite::Modern, configure).await.provisioned().await;
    let mut creates = tokio::task::JoinSet::new();
    for number in 0..40 {
        let owner = world.owner();
        let secret = secret(&format!("s{number}"), SecretTypeAes256Key, pinned(1));
        creates.spawn(async move {
            let request = CreateEnclaveSecretRequest { secret: Some(secret), is_update: false };
            owner.call::<_, CreateEnclaveSecretResponse>("CreateSecret", &request).await.is_ok()
        });
    }
    let made = creates.join_all().await.into_iter().filter(|made| *made).count();
    assert_eq!(world.list("").await.len(), made);
    assert_eq!(made, 10, "none is refused before the quota is reached");

    let mut registers = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (admin, request) = (world.admin(), world.registration(&format!("more{number}")));
        registers.spawn(async move {
            let registered: Result<RegisterEnclaveServiceResponse, _> =
                admin.call("RegisterEnclaveService", &request).await;
            registered.is_ok()
        });
    }
    let registered = registers.join_all().await.into_iter().filter(|made| *made).count();
    assert_eq!(registered, 4, "and the one that was there");
}
