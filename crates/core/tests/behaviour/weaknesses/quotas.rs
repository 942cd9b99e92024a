//! Room for everybody: W9.

use std::sync::Arc;

use aecs_core::{ErrorCode, Kind, TaRule};
use aecs_crypto::Suite;
use aecs_proto::{
    AecsDestroyTaSecretRequest, AecsDestroyTaSecretResponse, CreateEnclaveSecretRequest,
    CreateEnclaveSecretResponse, EnclaveSecret, EnclaveSecretType::SecretTypeAes256Key,
    RegisterEnclaveServiceResponse, TaBinding, UnifiedAttestationAttributes,
};
use aecs_sim::EnclaveIdentity;
use aecs_store::EmbeddedStore;

use crate::support::{SERVICE, World, code, enclave, open, pinned, refusal, secret, signed_by};

fn own(name: &str) -> EnclaveSecret {
    secret(name, SecretTypeAes256Key, UnifiedAttestationAttributes::default())
}

async fn world(change: impl FnOnce(&mut crate::support::Config)) -> World {
    World::pending(Suite::Modern, change).await.provisioned().await
}

fn signed(signer: u8, measurement: u8) -> EnclaveIdentity {
    EnclaveIdentity { mrsigner: [signer; 32], ..enclave(measurement) }
}

fn rule_for(signer: [u8; 32]) -> TaRule {
    TaRule::plain(&signed_by(signer)).unwrap()
}

#[tokio::test]
async fn h09_free_measurements() {
    let world = world(|config| {
        config.ta_secrets = [[0xA0; 32], [0xB0; 32]].map(rule_for).into();
        config.quotas.ta_secrets_per_rule = 2;
    })
    .await;
    let full = (ErrorCode::TooManySecrets, Kind::ResourceExhausted);
    // Other measurements are free to make, and give nobody more room.
    for measurement in 1..=2 {
        let ta = world.ta(signed(0xA0, measurement));
        ta.create(own("a"), TaBinding::Measurement).await.unwrap();
    }
    let greedy = world.ta(signed(0xA0, 3));
    let error = refusal(greedy.create(own("a"), TaBinding::Measurement).await);
    assert_eq!((error.code(), error.kind()), full);
    // Those of another rule have their room.
    world.ta(signed(0xB0, 3)).create(own("a"), TaBinding::Measurement).await.unwrap();
    // What is destroyed, by its owner or by the operator, makes room.
    world.ta(signed(0xA0, 1)).destroy("a").await.unwrap();
    greedy.create(own("c"), TaBinding::Measurement).await.unwrap();
    let error = refusal(greedy.create(own("d"), TaBinding::Measurement).await);
    assert_eq!((error.code(), error.kind()), full);
    let request = AecsDestroyTaSecretRequest { secret_name: "c".into() };
    let _: AecsDestroyTaSecretResponse =
        world.admin().call("DestroyTaSecret", &request).await.unwrap();
    greedy.create(own("d"), TaBinding::Measurement).await.unwrap();

    // A stranger is admitted by no rule, and the audit log says what would have been.
    let error = refusal(world.ta(signed(0xC0, 1)).create(own("a"), TaBinding::Measurement).await);
    assert_eq!(error.kind(), Kind::PermissionDenied);
    assert!(error.message().contains("ta_secrets.policy"), "{error}");
    assert!(world.audit.last().reason.unwrap().contains("hex_signer"));
}

#[tokio::test]
async fn h09_nobody_creates_secrets_unless_a_rule_says_so() {
    for (rules, quota) in [(vec![], 8), (vec![rule_for([0xA0; 32])], 0)] {
        let world = world(|config| {
            config.ta_secrets = rules;
            config.quotas.ta_secrets = quota;
        })
        .await;
        let ta = world.ta(enclave(1));
        refusal(ta.create(own("a"), TaBinding::Measurement).await);
        // And services are none of it.
        world.import("a", "data", 1).await.unwrap();
        ta.get("service1", "a").await.unwrap();
    }
}

#[tokio::test]
async fn h09_a_rule_for_everybody_is_no_rule() {
    let world = World::working().await;
    for rule in [open(), UnifiedAttestationAttributes::default()] {
        let rule = TaRule::plain(&rule).unwrap();
        let started = world.restart(|restart| restart.config.ta_secrets = vec![rule]).await;
        let error = started.err().unwrap().to_string();
        assert!(error.contains("rule 0 of ta_secrets.policy"), "{error}");
    }
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
    let error = refusal(world.register("service3").await);
    assert_eq!(error.code(), ErrorCode::TooManyServices);
    for part in ["2 services are registered", "quotas.services allows 2", "aecsadmin unregister"] {
        assert!(error.message().contains(part), "{error}");
    }
    world.import("a", "data", 1).await.unwrap();
    world.import("b", "data", 1).await.unwrap();
    let error = refusal(world.import("c", "data", 1).await);
    assert_eq!(error.code(), ErrorCode::TooManySecrets);
    let allowed = format!("service {SERVICE} has 2 secrets; quotas.secrets_per_service allows 2");
    assert!(error.message().contains(&allowed), "{error}");
    world.destroy("a").await.unwrap();
    world.import("c", "data", 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f08_quotas_are_reached_and_hold_when_all_come_at_once() {
    // A store that takes its time, so that they do meet.
    let directory = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open_pages(directory.path().join("store"), 1 << 20).unwrap();
    let configure = |config: &mut crate::support::Config| {
        config.quotas.services = 5;
        config.quotas.secrets_per_service = 10;
    };
    let world = World::on(Arc::new(store), Suite::Modern, configure).await.provisioned().await;
    let mut creates = tokio::task::JoinSet::new();
    for number in 0..40 {
        let owner = world.owner();
        let secret = secret(&format!("s{number}"), SecretTypeAes256Key, pinned(1));
        creates.spawn(async move {
            let request = CreateEnclaveSecretRequest {
                secret: Some(secret),
                is_update: false,
                if_epoch: 0,
                upload: None,
            };
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
