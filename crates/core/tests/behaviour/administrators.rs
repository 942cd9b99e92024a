//! Administrators come and go, and services' keys are replaced.

use std::sync::Arc;

use aecs_core::{Error, ErrorCode, Kind};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    AddAdministratorRequest, AddAdministratorResponse, AdminRemoteCallRequest,
    AecsProvisionRequest, AecsProvisionResponse, ListAdministratorRequest,
    ListAdministratorResponse, ListEnclaveSecretRequest, ListEnclaveSecretResponse,
    ListEnclaveServiceRequest, ListEnclaveServiceResponse, RegisterEnclaveServiceRequest,
    RegisterEnclaveServiceResponse, RemoveAdministratorRequest, RemoveAdministratorResponse,
    RotateAdministratorKeyRequest, RotateAdministratorKeyResponse, RotateServiceKeyRequest,
    RotateServiceKeyResponse, SetServiceKeyRequest, SetServiceKeyResponse,
};

use aecs_store::EmbeddedStore;

use crate::support::{Administrator, SERVICE, World, code, refusal};

fn key() -> Arc<KeyPair> {
    Arc::new(KeyPair::generate(Suite::Modern).unwrap())
}

async fn list(admin: &Administrator) -> Result<Vec<String>, Error> {
    let list: ListAdministratorResponse =
        admin.call("ListAdministrator", &ListAdministratorRequest {}).await?;
    Ok(list.administrators.into_iter().map(|it| it.name).collect())
}

async fn add(admin: &Administrator, name: &str, key: &KeyPair) -> Result<(), Error> {
    let request = AddAdministratorRequest {
        name: name.into(),
        public_key: key.public().pem().into(),
        ..Default::default()
    };
    let _: AddAdministratorResponse = admin.call("AddAdministrator", &request).await?;
    Ok(())
}

async fn remove(admin: &Administrator, name: &str) -> Result<(), Error> {
    let request = RemoveAdministratorRequest { name: name.into(), ..Default::default() };
    let _: RemoveAdministratorResponse = admin.call("RemoveAdministrator", &request).await?;
    Ok(())
}

#[tokio::test]
async fn a_removed_administrator_is_refused_at_once_and_after_a_restart() {
    let world = World::installed().await;
    assert_eq!(list(&world.admin()).await.unwrap(), ["aecs_admin"]);
    let error = refusal(remove(&world.admin(), "aecs_admin").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::FailedPrecondition));

    let second = key();
    add(&world.admin(), "alice", &second).await.unwrap();
    assert_eq!(code(add(&world.admin(), "alice", &key()).await), ErrorCode::NameExists);
    let error = refusal(add(&world.admin(), "bob", &second).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::AlreadyExists));
    let alice = world.administrator(None, second.clone());
    assert_eq!(list(&alice).await.unwrap(), ["aecs_admin", "alice"]);

    remove(&alice, "aecs_admin").await.unwrap();
    assert_eq!(code(list(&world.admin()).await), ErrorCode::RequestNotAuthentic);
    assert_eq!(code(remove(&alice, "aecs_admin").await), ErrorCode::NoSuchName);

    // The host's file still names the one who has gone.
    let world = world.restarted().await;
    assert_eq!(code(list(&world.admin()).await), ErrorCode::RequestNotAuthentic);
    assert_eq!(list(&world.administrator(None, second)).await.unwrap(), ["alice"]);
}

#[tokio::test]
async fn a_request_names_its_administrator_by_the_hash_of_the_key() {
    let world = World::working().await;
    let second = key();
    add(&world.admin(), "alice", &second).await.unwrap();
    let alice = world.administrator(None, second.clone());
    let named = async |key_hash: String| {
        let request = alice.request_of("ListAdministrator", "{}".into()).await;
        alice.send(AdminRemoteCallRequest { key_hash, ..request }).await.map(drop)
    };
    let hash = second.public().fingerprint().to_string();
    named(hash.to_uppercase()).await.unwrap();
    named(hash.to_lowercase()).await.unwrap();
    for other in [world.admin.public().fingerprint().to_string(), "00".repeat(32), "x".into()] {
        assert_eq!(code(named(other).await), ErrorCode::RequestNotAuthentic);
    }
}

/// h02: an administrator who has left cannot bring an old backup of the identity back to work.
#[tokio::test]
async fn h02_a_removed_administrator_cannot_provision() {
    let world = World::working().await;
    let second = key();
    add(&world.admin(), "alice", &second).await.unwrap();
    remove(&world.administrator(None, second.clone()), "aecs_admin").await.unwrap();

    // The backup was made when the former administrator was one, and so is the host's file.
    let world = world.restarted().await;
    let error = refusal(world.provision("host1").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::PermissionDenied));
    assert_eq!(world.core.status(), "Pending");
}

#[tokio::test]
async fn an_administrators_key_is_replaced_by_its_holder() {
    let world = World::working().await;
    let next = key();
    let request = RotateAdministratorKeyRequest {
        public_key: next.public().pem().into(),
        ..Default::default()
    };
    let _: RotateAdministratorKeyResponse =
        world.admin().call("RotateAdministratorKey", &request).await.unwrap();
    assert_eq!(code(list(&world.admin()).await), ErrorCode::RequestNotAuthentic);
    assert_eq!(list(&world.administrator(None, next)).await.unwrap(), ["aecs_admin"]);
}

#[tokio::test]
async fn there_is_a_most_of_administrators() {
    let world = World::working().await;
    for number in 1..16 {
        add(&world.admin(), &format!("a{number}"), &key()).await.unwrap();
    }
    let error = refusal(add(&world.admin(), "one-more", &key()).await);
    assert_eq!(error.kind(), Kind::ResourceExhausted);
    assert!(error.message().contains("remove one first (aecsadmin admin remove)"), "{error}");
}

/// What is wrong with the key or the hash of an administrator is told of an administrator, and what
/// to do where the code alone does not say it.
#[tokio::test]
async fn a_key_or_a_hash_that_cannot_be_used_is_told_as_what_it_is() {
    let world = World::working().await;
    let second = key();
    add(&world.admin(), "alice", &second).await.unwrap();
    let request = |pem: &str, hash: &str| AddAdministratorRequest {
        name: "bob".into(),
        public_key: pem.into(),
        password_hash: hash.into(),
    };
    let sm2 = KeyPair::generate(Suite::Sm).unwrap();
    let (no_key, other_suite) = (request("no key", ""), request(sm2.public().pem(), ""));
    for (request, code, kind, part) in [
        (no_key, ErrorCode::AdminKey, Kind::InvalidArgument, "the public key cannot be used"),
        (
            other_suite,
            ErrorCode::AdminKey,
            Kind::FailedPrecondition,
            "no identity in the suite sm2 of the public key, only in x25519: use a key of one of",
        ),
        (
            request(key().public().pem(), "no hash"),
            ErrorCode::Password,
            Kind::InvalidArgument,
            "the password hash cannot be used",
        ),
        (
            request(second.public().pem(), ""),
            ErrorCode::AdminKey,
            Kind::AlreadyExists,
            "administrator alice has this key already: make another key pair",
        ),
    ] {
        let refused: Result<AddAdministratorResponse, _> =
            world.admin().call("AddAdministrator", &request).await;
        let error = refusal(refused);
        assert_eq!((error.code(), error.kind()), (code, kind), "{error}");
        assert!(error.message().contains(part), "{error}");
        assert!(!error.message().contains("service"), "{error}");
    }
}

async fn secrets(owner: &Administrator) -> Result<(), Error> {
    let _: ListEnclaveSecretResponse =
        owner.call("ListSecret", &ListEnclaveSecretRequest::default()).await?;
    Ok(())
}

#[tokio::test]
async fn a_services_key_is_replaced_by_its_owner_and_not_by_the_operator() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let set = |key: &KeyPair| SetServiceKeyRequest {
        service_name: SERVICE.into(),
        public_key: key.public().pem().into(),
        ..Default::default()
    };
    let refused: Result<SetServiceKeyResponse, _> =
        world.admin().call("SetServiceKey", &set(&key())).await;
    let error = refusal(refused);
    assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::PermissionDenied));
    secrets(&world.owner()).await.unwrap();

    let next = key();
    let request =
        RotateServiceKeyRequest { public_key: next.public().pem().into(), ..Default::default() };
    let _: RotateServiceKeyResponse =
        world.owner().call("RotateServiceKey", &request).await.unwrap();
    assert!(secrets(&world.owner()).await.is_err());
    secrets(&world.administrator(Some(SERVICE), next)).await.unwrap();
}

#[tokio::test]
async fn the_operator_replaces_the_key_of_a_service_that_was_registered_so() {
    let world = World::working().await;
    let request = RegisterEnclaveServiceRequest {
        operator_may_replace_key: true,
        ..world.registration("managed")
    };
    let _: RegisterEnclaveServiceResponse =
        world.admin().call("RegisterEnclaveService", &request).await.unwrap();
    let listed: ListEnclaveServiceResponse = world
        .admin()
        .call("ListEnclaveService", &ListEnclaveServiceRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.replaceable_keys, ["managed"]);

    let next = key();
    let request = SetServiceKeyRequest {
        service_name: "managed".into(),
        public_key: next.public().pem().into(),
        ..Default::default()
    };
    let _: SetServiceKeyResponse = world.admin().call("SetServiceKey", &request).await.unwrap();
    let former = world.administrator(Some("managed"), world.service_admin.clone());
    assert!(secrets(&former).await.is_err());
    secrets(&world.administrator(Some("managed"), next)).await.unwrap();
}

/// Older records bring no removed administrator back, whatever the host puts beside them.
#[tokio::test]
async fn h02_older_records_bring_no_removed_administrator_back() {
    let (world, older) = World::installed_and_copied().await;
    let second = key();
    add(&world.admin(), "alice", &second).await.unwrap();
    remove(&world.administrator(None, second.clone()), "aecs_admin").await.unwrap();

    for host in ["", "host1"] {
        let older = older.clone();
        let world = world.restart(|restart| restart.store = older).await.unwrap();
        assert_eq!(world.core.status(), "Pending");
        let accept = AecsProvisionRequest {
            accept_older_store: true,
            ..world.provision_request(host).await
        };
        assert!(world.provision_with(accept.clone()).await.is_err(), "{host:?}");
        assert_eq!(world.core.status(), "Pending");
    }
    // The one who stayed begins, and stays alone.
    let world = world.restart(|restart| restart.store = older).await.unwrap();
    let alice = world.administrator(None, second);
    let request = world.provision_request("host1").await;
    let refused: Result<AecsProvisionResponse, _> = alice.call("AecsProvision", &request).await;
    assert_eq!(code(refused), ErrorCode::StorageAuth, "the backup is not the last memory");
    let request = AecsProvisionRequest { accept_older_store: true, ..request };
    let _: AecsProvisionResponse = alice.call("AecsProvision", &request).await.unwrap();
    assert_eq!(list(&alice).await.unwrap(), ["alice"]);
    assert!(list(&world.admin()).await.is_err());
}

/// Requests that wait while their administrator is removed come to nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_who_was_removed_changes_nothing_any_more() {
    for round in 0..4 {
        let directory = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open_pages(directory.path().join("store"), 1 << 20).unwrap();
        let world = World::on(Arc::new(store), Suite::Modern, |_| ()).await.provisioned().await;
        let bob = key();
        add(&world.admin(), "bob", &bob).await.unwrap();
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..8 {
            let bob = world.administrator(None, bob.clone());
            calls.spawn(async move { add(&bob, &format!("eve{number}"), &key()).await.is_ok() });
        }
        remove(&world.admin(), "bob").await.unwrap();
        let made = calls.join_all().await.into_iter().filter(|made| *made).count();
        let acts: Vec<_> = world
            .audit
            .entries()
            .into_iter()
            .filter(|entry| entry.result == "ok" && entry.function.ends_with("Administrator"))
            .map(|entry| (entry.epoch, entry.function))
            .collect();
        let removal = acts.iter().find(|(_, function)| function.starts_with("Remove")).unwrap().0;
        let later = acts.iter().filter(|(epoch, _)| *epoch > removal).count();
        assert_eq!(later, 0, "round {round}, {made} made: {acts:?}");
    }
}
