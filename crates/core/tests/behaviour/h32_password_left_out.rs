//! The host leaves the first administrator's password out when an identity is born.

use std::sync::Arc;

use aecs_core::{Error, ErrorCode, Kind};
use aecs_crypto::{KeyPair, PasswordVerifier, Suite};
use aecs_proto::{
    AddAdministratorRequest, AddAdministratorResponse, AecsProvisionRequest, AecsProvisionResponse,
    DiffDeploymentRequest, DiffDeploymentResponse, ServerConfigFile, SettingDifference,
};

use crate::support::{Administrator, World, code, file, refusal, text};

const PASSWORD: &str = "correct horse";

async fn provision(world: &World, password: &str) -> Result<AecsProvisionResponse, Error> {
    let request = world.provision_request("host1").await;
    world.admin().password(password).call("AecsProvision", &request).await
}

#[tokio::test]
async fn h32_a_first_provision_notices_that_its_password_is_not_asked_for() {
    let world = World::pending(Suite::Modern, |_| ()).await.lasting().await;
    let error = refusal(provision(&world, PASSWORD).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::FailedPrecondition));
    assert!(error.message().contains("aecs_admin_password_hash"), "{error}");
    assert_eq!(world.core.status(), "Pending");

    // With the password in the file, another identity is born, which asks for it.
    let verifier = Arc::new(PasswordVerifier::from_password(PASSWORD).unwrap());
    let told = world.restart(|restart| restart.config.admin.password = Some(verifier));
    let told = told.await.unwrap();
    assert_ne!(told.core.deployment_id(), world.core.deployment_id());
    let born = told.core.deployment_id();
    let told = told.restarted().await;
    assert_eq!(told.core.deployment_id(), born, "nothing has changed");
    assert_eq!(code(provision(&told, "").await), ErrorCode::Password);
    provision(&told, PASSWORD).await.unwrap();
    assert_eq!(told.core.status(), "Working");
}

/// Who needs no password may have one in the environment: later provisions do not mind.
#[tokio::test]
async fn h32_a_later_provision_takes_a_password_that_nobody_asks_for() {
    let world = World::working().await.restarted().await;
    assert_eq!(world.core.status(), "Pending");
    provision(&world, PASSWORD).await.unwrap();
    assert_eq!(world.core.status(), "Working");
}

/// The file that an administrator holds for `world`, with these lines about the first one.
fn held(world: &World, lines: &[(&str, &str)]) -> ServerConfigFile {
    let mut file = file(&text(&world.config.settings));
    for (key, value) in lines {
        file.content.extend(format!("{key}\t{value}\n").bytes());
    }
    file
}

async fn provision_with(
    world: &World,
    file: ServerConfigFile,
) -> Result<AecsProvisionResponse, Error> {
    let request = AecsProvisionRequest {
        server_config: Some(file),
        ..world.provision_request("host1").await
    };
    world.admin().password(PASSWORD).call("AecsProvision", &request).await
}

/// The differences in words.
fn rows(differences: &[SettingDifference]) -> Vec<String> {
    let row = |it: &SettingDifference| format!("{}: {}, {}", it.name, it.in_force, it.in_file);
    differences.iter().map(row).collect()
}

const OTHER: &str = "aecs_admin_password_hash: set, another hash";

#[tokio::test]
async fn h32_a_first_provision_compares_the_password_with_the_file() {
    let [hash, another] =
        [PASSWORD, PASSWORD].map(|it| PasswordVerifier::from_password(it).unwrap().to_phc());
    let read = |hash: &str| Some(Arc::new(PasswordVerifier::from_phc(hash).unwrap()));
    let world = World::pending(Suite::Modern, |config| config.admin.password = read(&hash)).await;
    let world = world.lasting().await;
    let own_key = serde_json::to_string(world.admin.public().pem()).unwrap();
    let stranger = KeyPair::generate(Suite::Modern).unwrap();
    let strange_key = serde_json::to_string(stranger.public().pem()).unwrap();
    for (lines, part) in [
        (vec![("password", another.as_str())], "another hash"),
        (vec![("admin", own_key.as_str()), ("password", &another)], "another hash"),
        (vec![("admin", strange_key.as_str()), ("password", &hash)], "aecs_admin_pubkey is"),
    ] {
        let error = refusal(provision_with(&world, held(&world, &lines)).await);
        assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::FailedPrecondition));
        assert!(error.message().contains(part), "{error}");
        assert!(!error.message().contains(&hash) && !error.message().contains(&another), "{error}");
    }
    // The file says so again, and the next start makes an identity with that password.
    let told =
        world.restart(|restart| restart.config.admin.password = read(&another)).await.unwrap();
    assert_ne!(told.core.deployment_id(), world.core.deployment_id());
    let answer = provision_with(&told, held(&told, &[("password", &another)])).await.unwrap();
    assert_eq!(rows(&answer.administrator), [""; 0]);
    // An administrator may have changed it since: a later provision only tells.
    let again = provision_with(&told, held(&told, &[("password", &hash)])).await.unwrap();
    assert!(again.already_working);
    assert_eq!(rows(&again.administrator), [OTHER]);
}

#[tokio::test]
async fn h32_a_diff_tells_how_the_administrator_differs() {
    let verifier = || PasswordVerifier::from_password(PASSWORD).unwrap();
    let world = World::working().await;
    let diff = async |admin: Administrator, lines: &[(&str, &str)]| {
        let request = DiffDeploymentRequest { file: Some(held(&world, lines)) };
        admin.call::<_, DiffDeploymentResponse>("DiffDeployment", &request).await.unwrap()
    };
    let none = diff(world.admin(), &[]).await;
    assert_eq!(
        (rows(&none.administrator), none.without_password),
        (vec![], vec!["aecs_admin".into()])
    );
    for lines in [[("password", verifier().to_phc().as_str())], [("password", "elsewhere")]] {
        let found = diff(world.admin(), &lines).await;
        assert_eq!(rows(&found.administrator), ["aecs_admin_password_hash: none, set"]);
    }

    let (alice, hash) = (Arc::new(KeyPair::generate(Suite::Modern).unwrap()), verifier().to_phc());
    let request = AddAdministratorRequest {
        name: "alice".into(),
        public_key: alice.public().pem().into(),
        password_hash: hash.clone(),
    };
    let _: AddAdministratorResponse =
        world.admin().call("AddAdministrator", &request).await.unwrap();
    let own = || world.administrator(None, alice.clone()).password(PASSWORD);
    let digest = hex::encode(aecs_crypto::sha256(PASSWORD.as_bytes()));
    let key = serde_json::to_string(alice.public().pem()).unwrap();
    for (admin, hash, expected) in [
        (own(), hash.clone(), vec![]),
        (own(), digest.clone(), vec![]),
        (own(), "elsewhere".to_owned(), vec![]),
        (own(), verifier().to_phc(), vec![OTHER]),
        (own(), digest.replace(|c: char| c.is_ascii_digit(), "0"), vec![OTHER]),
        // Another administrator must not find alice's password in this way.
        (world.admin(), hash, vec![]),
        (world.admin(), "00".repeat(32), vec![]),
    ] {
        let found = diff(admin, &[("admin", &key), ("password", &hash)]).await;
        assert_eq!(rows(&found.administrator), expected, "{hash}");
        assert_eq!(found.without_password, ["aecs_admin"]);
    }
    let found = diff(own(), &[]).await;
    assert_eq!(rows(&found.administrator), ["aecs_admin_password_hash: set, none"]);
}
