//! What an application can get: the list of it, and whether it has changed.

use std::time::Duration;

use aecs_core::ErrorCode;
use aecs_proto::{
    DeleteSecretRequest, DeleteSecretResponse, EnclavePolicyType, EnclaveSecret,
    EnclaveSecretLifecycle,
    EnclaveSecretType::{SecretTypeAes256Key, SecretTypeImportData},
    ListDenialRequest, ListDenialResponse, NewSecretVersionResponse, PutSecretRequest,
    RollbackSecretRequest, TaBinding, TaSecretEntry, UnifiedAttestationAttributes,
};
use tokio::time::Instant;

use super::{update, with_data, with_params, with_spec};
use crate::support::{SERVICE, Ta, World, code, enclave, imported, pinned, secret};

async fn names(ta: &Ta, service: &str, prefix: &str) -> Vec<String> {
    let listed = ta.list(service, prefix).await.unwrap();
    listed.into_iter().map(|entry| entry.secret_name).collect()
}

/// A key of an application's own.
fn own(name: &str) -> EnclaveSecret {
    secret(name, SecretTypeAes256Key, UnifiedAttestationAttributes::default())
}

async fn put(world: &World, name: &str, data: &str) {
    let request =
        PutSecretRequest { secret_name: name.into(), data: data.into(), ..Default::default() };
    let _: NewSecretVersionResponse = world.owner().call("PutSecret", &request).await.unwrap();
}

#[tokio::test]
async fn an_application_lists_what_it_can_get_and_nothing_else() {
    let world = World::working().await;
    for (name, measurement) in [("b", 1), ("a-1", 1), ("a-2", 2), ("gone", 1)] {
        world.import(name, "data", measurement).await.unwrap();
    }
    put(&world, "b", "second").await;
    world.create(with_params("a-key", SecretTypeAes256Key, &[])).await.unwrap();
    world
        .create(with_spec(with_data("never", SecretTypeImportData, "data"), |spec| {
            spec.policy.as_mut().unwrap().r#type = EnclavePolicyType::PolicyTypeNeverExport.into();
        }))
        .await
        .unwrap();
    world
        .create(with_spec(with_data("expired", SecretTypeImportData, "data"), |spec| {
            spec.lifecycle = Some(EnclaveSecretLifecycle { ttl_ms: 1000, ..Default::default() });
        }))
        .await
        .unwrap();
    world.clock.pass(Duration::from_secs(2));
    let request = DeleteSecretRequest { secret_name: "gone".into(), version: 0 };
    let _: DeleteSecretResponse = world.owner().call("DeleteSecret", &request).await.unwrap();

    let ta = world.ta(enclave(1));
    let entry = |name: &str, kind: aecs_proto::EnclaveSecretType, version| TaSecretEntry {
        secret_name: name.into(),
        r#type: kind.into(),
        version,
    };
    assert_eq!(
        ta.list(SERVICE, "").await.unwrap(),
        [
            entry("a-1", SecretTypeImportData, 1),
            entry("a-key", SecretTypeAes256Key, 1),
            entry("b", SecretTypeImportData, 2)
        ]
    );
    // It is on record.
    let entry = world.audit.last();
    assert_eq!(
        (entry.function.as_ref(), entry.service.as_deref()),
        ("TaListSecret", Some(SERVICE))
    );
    assert_eq!(names(&ta, SERVICE, "a-").await, ["a-1", "a-key"]);
    assert_eq!(names(&world.ta(enclave(2)), SERVICE, "").await, ["a-2"]);
    assert_eq!(code(ta.list("", "").await), ErrorCode::GetServiceEmpty);
    assert!(ta.list(SERVICE, "../").await.is_err());

    // It is no denial.
    let denials: ListDenialResponse =
        world.owner().call("ListDenial", &ListDenialRequest::default()).await.unwrap();
    assert!(denials.denials.is_empty());
}

#[tokio::test]
async fn an_application_lists_secrets_of_its_own() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    ta.create(own("b"), TaBinding::Measurement).await.unwrap();
    ta.create(own("a"), TaBinding::Signer).await.unwrap();
    assert_eq!(names(&ta, "TrustedApplications", "").await, ["a", "b"]);
    // Of the same signer and product.
    assert_eq!(names(&world.ta(enclave(2)), "TrustedApplications", "").await, ["a"]);
}

/// Neither the answer nor its time tells of services and of others' secrets.
#[tokio::test(start_paused = true)]
async fn h19_a_list_does_not_tell_what_it_leaves_out() {
    let world = World::working().await;
    for number in 0..20 {
        world.import(&format!("a-{number}"), "data", 1).await.unwrap();
    }
    let ta = world.ta(enclave(2));
    ta.list(SERVICE, "").await.unwrap();
    for service in [SERVICE, "unknown", "TrustedApplications"] {
        let began = Instant::now();
        assert_eq!(ta.list(service, "").await.unwrap(), [], "{service}");
        assert_eq!(began.elapsed(), Duration::from_millis(250), "{service}");
    }
    let began = Instant::now();
    assert_eq!(world.ta(enclave(1)).list(SERVICE, "").await.unwrap().len(), 20);
    assert_eq!(began.elapsed(), Duration::from_millis(250));
}

#[tokio::test]
async fn a_known_version_is_not_sent_again() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    let first = ta.get(SERVICE, "a").await.unwrap();
    assert_eq!(first.tag.len(), 16);
    let released = world.audit.entries().len();
    assert!(ta.get_unless(SERVICE, "a", &first.tag).await.unwrap().is_none());
    assert_eq!(world.audit.entries().len(), released, "no secret left");

    put(&world, "a", "two").await;
    let second = ta.get_unless(SERVICE, "a", &first.tag).await.unwrap().unwrap();
    assert_eq!((second.version, second.data.as_str()), (2, "two"));
    assert_eq!(world.audit.last().function.as_ref(), "TaGetSecret");
    // A rollback is another version, with the data of the first.
    let back = RollbackSecretRequest { secret_name: "a".into(), version: 1, if_version: 0 };
    let _: NewSecretVersionResponse = world.owner().call("RollbackSecret", &back).await.unwrap();
    let third = ta.get_unless(SERVICE, "a", &second.tag).await.unwrap().unwrap();
    assert_eq!((third.version, third.data.as_str()), (3, "one"));
    assert_ne!(third.tag, first.tag);

    // A tag opens nothing: who is not admitted, or not any more, is refused.
    let stranger = world.ta(enclave(2));
    assert_eq!(code(stranger.get_unless(SERVICE, "a", &third.tag).await), ErrorCode::NoSuchName);
    update(&world, imported("a", "", pinned(2))).await.unwrap();
    assert_eq!(code(ta.get_unless(SERVICE, "a", &third.tag).await), ErrorCode::NoSuchName);
    assert!(stranger.get_unless(SERVICE, "a", &third.tag).await.unwrap().is_none());
    let request = DeleteSecretRequest { secret_name: "a".into(), version: 0 };
    let _: DeleteSecretResponse = world.owner().call("DeleteSecret", &request).await.unwrap();
    assert_eq!(code(stranger.get_unless(SERVICE, "a", &third.tag).await), ErrorCode::Deleted);
}

/// Also where the numbers begin again: a service that was removed and registered again.
#[tokio::test]
async fn another_secret_of_the_same_name_and_number_is_not_known() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    ta.create(own("mine"), TaBinding::Measurement).await.unwrap();
    let first = ta.own("mine").await.unwrap();
    ta.destroy("mine").await.unwrap();
    ta.create(own("mine"), TaBinding::Measurement).await.unwrap();
    let second = ta.get_unless("TrustedApplications", "mine", &first.tag).await.unwrap().unwrap();
    assert_eq!((first.version, second.version), (1, 1));
    assert_ne!(first.data, second.data);
}
