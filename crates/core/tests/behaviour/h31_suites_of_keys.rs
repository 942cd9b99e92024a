//! Settings that would take away the suite of keys that are registered: nobody could sign any more.

use std::{sync::Arc, time::Duration};

use aecs_core::{Error, ErrorCode};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    AddAdministratorRequest, AddAdministratorResponse, ApplyDeploymentRequest,
    ApplyDeploymentResponse, DiffDeploymentRequest, DiffDeploymentResponse,
    RegisterEnclaveServiceRequest, RegisterEnclaveServiceResponse, RotateAdministratorKeyRequest,
    RotateAdministratorKeyResponse, RotateServiceKeyRequest, RotateServiceKeyResponse,
};

use crate::support::{Administrator, Config, SERVICE, World, file, refusal, text};

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

/// Both at once: one of them is refused, whichever it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn h31_no_key_is_registered_while_its_suite_is_taken_away() {
    let (mut applied_first, mut registered_first) = (0, 0);
    for round in 0..40 {
        let with_sm = |config: &mut Config| config.suites = vec![Suite::Modern, Suite::Sm];
        let world = World::pending(Suite::Modern, with_sm).await.lasting().await;
        let world = Arc::new(world.provisioned().await);
        let key = KeyPair::generate(Suite::Sm).unwrap().public().pem().to_owned();
        let mut config = world.config.clone();
        config.suites = vec![Suite::Modern];
        let file = Some(file(&text(&config.settings)));
        let apply = {
            let world = world.clone();
            let request = ApplyDeploymentRequest { file, revision: 1 };
            async move {
                let admin = world.admin();
                admin.call::<_, ApplyDeploymentResponse>("ApplyDeployment", &request).await
            }
        };
        let register = {
            let world = world.clone();
            async move { register(&world, round % 4, key).await }
        };
        // Another one begins first each time, by another distance.
        let pause = Duration::from_micros(100 * (round / 2 % 10));
        let (earlier, later) =
            if round % 2 == 0 { (pause, Duration::ZERO) } else { (Duration::ZERO, pause) };
        let after = |pause| tokio::time::sleep(pause);
        let apply = tokio::spawn(async move { (after(earlier).await, apply.await).1 });
        let register = tokio::spawn(async move { (after(later).await, register.await).1 });
        let (applied, registered) = (apply.await.unwrap(), register.await.unwrap());
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
