//! Settings that would take away the suite of keys that are registered: nobody could sign any more.

use std::sync::Arc;

use aecs_core::{Error, ErrorCode, Kind};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    AddAdministratorRequest, AddAdministratorResponse, ApplyDeploymentRequest,
    ApplyDeploymentResponse, DiffDeploymentRequest, DiffDeploymentResponse,
    ListEnclaveSecretRequest, ListEnclaveSecretResponse, RegisterEnclaveServiceRequest,
    RegisterEnclaveServiceResponse, RotateAdministratorKeyRequest, RotateAdministratorKeyResponse,
    RotateServiceKeyRequest, RotateServiceKeyResponse, SetServiceKeyRequest, SetServiceKeyResponse,
};

use crate::support::{Administrator, Config, SERVICE, World, at_once, code, file, refusal, text};

/// Tries to make x25519 the only suite.
async fn apply(world: &World, admin: &Administrator) -> Result<ApplyDeploymentResponse, Error> {
    let mut config = world.config.clone();
    config.suites = vec![Suite::Modern];
    let file = Some(file(&text(&config.settings)));
    let diff = DiffDeploymentRequest { file: file.clone() };
    let diff = admin.call::<_, DiffDeploymentResponse>("DiffDeployment", &diff).await;
    let applied =
        admin.call("ApplyDeployment", &ApplyDeploymentRequest { file, revision: 1 }).await;
    let told = |error: &Error| (error.code(), error.message().to_owned());
    assert_eq!(diff.as_ref().err().map(told), applied.as_ref().err().map(told));
    applied
}

#[tokio::test]
async fn h31_settings_without_the_suite_of_a_registered_key_are_refused() {
    let world = World::pending(Suite::Sm, |_| ()).await.lasting().await.provisioned().await;
    let refused = refusal(apply(&world, &world.admin()).await);
    assert_eq!(refused.code(), ErrorCode::Settings);
    let whose = format!("administrator aecs_admin (sm2), service {SERVICE} (sm2);");
    assert!(refused.message().contains(&whose), "{refused}");

    let next = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    let public_key = next.public().pem().to_owned();
    let request = RotateAdministratorKeyRequest { public_key, ..Default::default() };
    let _: RotateAdministratorKeyResponse =
        world.admin().call("RotateAdministratorKey", &request).await.unwrap();
    let admin = world.administrator(None, next.clone());
    let refused = refusal(apply(&world, &admin).await);
    assert!(
        refused.message().contains(&format!("any more: service {SERVICE} (sm2);")),
        "{refused}"
    );

    let public_key = next.public().pem().to_owned();
    let request = RotateServiceKeyRequest { public_key, ..Default::default() };
    let _: RotateServiceKeyResponse =
        world.owner().call("RotateServiceKey", &request).await.unwrap();
    assert_eq!(apply(&world, &admin).await.unwrap().revision, 2);
}

/// A server with the suites x25519 and SM2, whose administrator has a key of x25519.
async fn with_sm() -> World {
    let with_sm = |config: &mut Config| config.suites = vec![Suite::Modern, Suite::Sm];
    World::pending(Suite::Modern, with_sm).await.lasting().await
}

async fn take_sm_away(world: Arc<World>) -> Result<ApplyDeploymentResponse, Error> {
    let mut config = world.config.clone();
    config.suites = vec![Suite::Modern];
    let file = Some(file(&text(&config.settings)));
    let request = ApplyDeploymentRequest { file, revision: 1 };
    world.admin().call("ApplyDeployment", &request).await
}

/// The same with the key that the operator sets: whichever comes first counts, the other one says
/// why it does not, and the service has exactly one key that works.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn h31_a_key_that_the_operator_sets_and_other_suites_exclude_each_other() {
    let mut set_first = 0;
    for round in 0..10 {
        let world = with_sm().await;
        world.provision("host1").await.unwrap();
        let registration = RegisterEnclaveServiceRequest {
            operator_may_replace_key: true,
            ..world.registration(SERVICE)
        };
        let _: RegisterEnclaveServiceResponse =
            world.admin().call("RegisterEnclaveService", &registration).await.unwrap();
        let world = Arc::new(world);
        let next = Arc::new(KeyPair::generate(Suite::Sm).unwrap());
        let request = SetServiceKeyRequest {
            service_name: SERVICE.into(),
            public_key: next.public().pem().into(),
            ..SetServiceKeyRequest::default()
        };
        let admin = world.admin();
        let set =
            async move { admin.call::<_, SetServiceKeyResponse>("SetServiceKey", &request).await };
        let (applied, set) = at_once(round, take_sm_away(world.clone()), set).await;
        let is_set = match (applied, set) {
            (Ok(_), Err(refused)) => {
                let told = refused.message().contains("the suite sm2 of the public key");
                assert!(told && refused.kind() == Kind::FailedPrecondition, "{refused:?}");
                false
            }
            (Err(refused), Ok(_)) => {
                assert_eq!(refused.code(), ErrorCode::Settings);
                let whose = format!("service {SERVICE} (sm2);");
                assert!(refused.message().contains(&whose), "{refused}");
                true
            }
            (applied, set) => panic!("round {round}: {applied:?} and {set:?}"),
        };
        set_first += u32::from(is_set);
        assert_eq!(world.status().await.settings_revision, if is_set { 1 } else { 2 });
        let former = world.service_admin.clone();
        let list = async |key| -> Result<ListEnclaveSecretResponse, Error> {
            let owner = world.administrator(Some(SERVICE), key);
            owner.call("ListSecret", &ListEnclaveSecretRequest::default()).await
        };
        if is_set {
            list(next).await.unwrap();
            assert_eq!(code(list(former).await), ErrorCode::RequestNotAuthentic);
        } else {
            list(former).await.unwrap();
        }
    }
    println!("{set_first} times the key came first");
}

/// Both at once: one of them is refused, whichever it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn h31_no_key_is_registered_while_its_suite_is_taken_away() {
    let (mut applied_first, mut registered_first) = (0, 0);
    for round in 0..40 {
        let world = Arc::new(with_sm().await.provisioned().await);
        let key = KeyPair::generate(Suite::Sm).unwrap().public().pem().to_owned();
        let registering = world.clone();
        let register = async move { register(&registering, round % 4, key).await };
        let (applied, registered) = at_once(round, take_sm_away(world.clone()), register).await;
        match (&applied, &registered) {
            (Ok(_), Err(_)) => applied_first += 1,
            (Err(_), Ok(())) => registered_first += 1,
            _ => panic!("round {round}: {:?} and {registered:?}", applied.map(|it| it.revision)),
        }
    }
    println!("{applied_first} times the settings came first, {registered_first} times the key");
}

/// Registers a key in one of the ways that there are.
async fn register(world: &World, way: u64, public_key: String) -> Result<(), Error> {
    let admin = world.admin();
    match way {
        0 => {
            let request = RegisterEnclaveServiceRequest {
                service_name: "other".into(),
                service_pubkey: public_key,
                ..Default::default()
            };
            let done = admin.call("RegisterEnclaveService", &request).await;
            done.map(|RegisterEnclaveServiceResponse {}| ())
        }
        1 => {
            let request = RotateServiceKeyRequest { public_key, ..Default::default() };
            let done = world.owner().call("RotateServiceKey", &request).await;
            done.map(|RotateServiceKeyResponse {}| ())
        }
        2 => {
            let request = RotateAdministratorKeyRequest { public_key, ..Default::default() };
            let done = admin.call("RotateAdministratorKey", &request).await;
            done.map(|RotateAdministratorKeyResponse {}| ())
        }
        _ => {
            let request =
                AddAdministratorRequest { name: "alice".into(), public_key, ..Default::default() };
            let done = admin.call("AddAdministrator", &request).await;
            done.map(|AddAdministratorResponse {}| ())
        }
    }
}
