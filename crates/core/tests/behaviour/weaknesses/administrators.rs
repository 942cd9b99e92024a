//! Who an administrator is, and how somebody outside sees it: W6, W15.

use std::sync::Arc;

use aecs_core::{ErrorCode, Kind};
use aecs_crypto::{KeyPair, PasswordVerifier, PublicKey, Suite, sha256};
use aecs_proto::{
    AecsListBackupIdentityRequest, AecsListBackupIdentityResponse, GetAecsStatusRequest,
    ListEnclaveSecretRequest, ListEnclaveSecretResponse, ListEnclaveServiceRequest,
    ListEnclaveServiceResponse, RegisterEnclaveServiceRequest, RegisterEnclaveServiceResponse,
    json,
};

use crate::support::{Administrator, World, code, refusal};

const PASSWORD: &str = "correct horse battery staple";

/// The hash of a password as AECS 2.0 sends and keeps it.
fn old_hash(password: &str) -> String {
    hex::encode_upper(sha256(password.as_bytes()))
}

async fn list(owner: &Administrator) -> Result<ListEnclaveSecretResponse, aecs_core::Error> {
    owner.call("ListSecret", &ListEnclaveSecretRequest::default()).await
}

#[tokio::test(start_paused = true)]
async fn w06_a_service_is_guarded_by_its_password_not_by_the_hash_of_it() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    world.provision("host1").await.unwrap();
    let request = RegisterEnclaveServiceRequest {
        service_password_hash: old_hash(PASSWORD),
        ..world.registration("service1")
    };
    let _: RegisterEnclaveServiceResponse =
        world.admin().call("RegisterEnclaveService", &request).await.unwrap();

    list(&world.owner().password(PASSWORD)).await.unwrap();
    let hash = old_hash(PASSWORD);
    for wrong in ["", "Correct horse battery staple", hash.as_str(), &hash.to_lowercase()] {
        let error = refusal(list(&world.owner().password(wrong)).await);
        assert_eq!((error.code(), error.kind()), (ErrorCode::Password, Kind::Unauthenticated));
        assert_eq!(world.audit.last().result, ErrorCode::Password.to_string());
    }
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    // Wrong ones are counted over restarts: the next one has to wait.
    assert_eq!(code(list(&world.owner().password(PASSWORD)).await), ErrorCode::Password);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    list(&world.owner().password(PASSWORD)).await.unwrap();
    assert_eq!(code(list(&world.owner()).await), ErrorCode::Password);
}

#[tokio::test]
async fn w06_what_is_no_hash_is_not_taken_for_one() {
    let world = World::working().await;
    for hash in
        ["password", &"0".repeat(63), &"g".repeat(64), "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$AA"]
    {
        let request = RegisterEnclaveServiceRequest {
            service_password_hash: hash.into(),
            ..world.registration("service2")
        };
        let refused: Result<RegisterEnclaveServiceResponse, _> =
            world.admin().call("RegisterEnclaveService", &request).await;
        assert_eq!(code(refused), ErrorCode::Password, "{hash}");
    }
}

#[tokio::test]
async fn w06_the_aecs_admin_has_a_password_where_one_is_set() {
    let guarded = |config: &mut crate::support::Config| {
        let verifier = PasswordVerifier::from_sha256_hex(&old_hash(PASSWORD)).unwrap();
        config.admin.password = Some(Arc::new(verifier));
    };
    let world = World::pending(Suite::Modern, guarded).await;
    assert_eq!(code(world.provision("host1").await), ErrorCode::Password);
    assert_eq!(world.core.status(), "Pending");

    let admin = world.admin().password(PASSWORD);
    let provision = world.provision_request("").await;
    let _: aecs_proto::AecsProvisionResponse =
        admin.call("AecsProvision", &provision).await.unwrap();
    let request = ListEnclaveServiceRequest::default();
    let _: ListEnclaveServiceResponse = admin.call("ListEnclaveService", &request).await.unwrap();
    let refused: Result<ListEnclaveServiceResponse, _> =
        world.admin().call("ListEnclaveService", &request).await;
    assert_eq!(code(refused), ErrorCode::Password);
    // The one function that never asked for it.
    let request = AecsListBackupIdentityRequest::default();
    let _: AecsListBackupIdentityResponse =
        world.admin().call("AecsListBackupIdentity", &request).await.unwrap();
}

#[tokio::test]
async fn w15_the_report_shows_which_administrator_is_obeyed() {
    let world = World::working().await;
    let request = GetAecsStatusRequest {
        accepted_suites: vec![Suite::Modern.to_string()],
        nonce: b"0123456789abcdef".to_vec(),
    };
    let response = world.core.get_aecs_status(request).await.unwrap();
    let report = response.auth_ra_report.unwrap();
    let verified = world.verifier.verify(&report, std::time::SystemTime::now()).unwrap();
    assert_eq!(verified.user_data().0, world.core.deployment_id());
    // The status says the same, signed by the key that the report binds.
    let key = PublicKey::from_pem(&report.pem_public_key).unwrap();
    aecs_crypto::envelope::verify_detached(
        aecs_crypto::Purpose::STATUS,
        &key,
        response.status_str.as_bytes(),
        &response.status_sig.unwrap(),
    )
    .unwrap();
    let status: aecs_proto::EnclaveStatus = json::from_str(&response.status_str).unwrap();
    assert_eq!(status.deployment_id, hex::encode_upper(world.core.deployment_id()));
    assert_eq!(status.nonce, b"0123456789abcdef");
}

#[tokio::test]
async fn w15_no_two_identities_share_a_deployment_id() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let again = world.restarted().await;
    assert_ne!(again.core.deployment_id(), world.core.deployment_id(), "each is born alone");
}

#[tokio::test]
async fn w15_a_host_cannot_slip_in_an_administrator_of_its_own() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let own = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    // The identity of the deployment is in the store; the host configures its own key.
    let former = world.admin.public().fingerprint().to_string();
    let world = world.restart(|restart| restart.admin = own).await.unwrap();
    let error = refusal(world.provision("host1").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::PermissionDenied));
    assert!(error.message().contains(&former), "it names the key to use: {error}");
    assert_eq!(world.core.status(), "Pending");
    // Without the identity it opens no records.
    let error = refusal(world.provision("host2").await);
    assert_eq!(error.code(), ErrorCode::StorageAuth);
    assert_eq!(world.core.status(), "Pending");
}

#[tokio::test]
async fn w15_an_identity_beside_the_server_belongs_to_its_administrator() {
    let world = World::pending(Suite::Modern, |_| ()).await.lasting().await;
    let born = world.core.deployment_id();
    let own = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    // An identity that nobody has provisioned is of no use: there is another one.
    let other = world.restart(|restart| restart.admin = own.clone()).await.unwrap();
    assert_ne!(other.core.deployment_id(), born);

    let world = world.restarted().await.provisioned().await;
    let born = world.core.deployment_id();
    let other = world.restart(|restart| restart.admin = own).await.unwrap();
    assert_eq!(other.core.deployment_id(), born);
    let list = ListEnclaveServiceRequest::default();
    let refused: Result<ListEnclaveServiceResponse, _> =
        other.admin().call("ListEnclaveService", &list).await;
    assert_eq!(code(refused), ErrorCode::RequestNotAuthentic, "the host's key is nobody's");
    let _: ListEnclaveServiceResponse = other
        .administrator(None, world.admin.clone())
        .call("ListEnclaveService", &list)
        .await
        .unwrap();
}
