//! Settings that would take away the suite of keys that are registered: nobody could sign any more.

use std::sync::Arc;

use aecs_core::{Error, ErrorCode};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    ApplyDeploymentRequest, ApplyDeploymentResponse, DiffDeploymentRequest, DiffDeploymentResponse,
    RotateAdministratorKeyRequest, RotateAdministratorKeyResponse, RotateServiceKeyRequest,
    RotateServiceKeyResponse,
};

use crate::support::{Administrator, SERVICE, World, file, refusal, text};

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
