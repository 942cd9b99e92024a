//! Two servers of one deployment on one store: what one of them changes counts at the other at once, and
//! what is limited is limited for both together.

use std::{sync::Arc, time::Duration};

use aecs_attest::VerifierBuilder;
use aecs_core::{
    Error, ErrorCode, Kind,
    vault::{Change, Name},
};
use aecs_crypto::{KeyPair, PasswordVerifier, Suite};
use aecs_proto::{
    AddAdministratorRequest, AddAdministratorResponse, AecsSetTimeRequest, AecsSetTimeResponse,
    ApplyDeploymentRequest, ApplyDeploymentResponse, CreateEnclaveSecretRequest,
    CreateEnclaveSecretResponse, EnclaveSecretType::SecretTypeAes256Key, ListDenialRequest,
    ListDenialResponse, ListEnclaveSecretRequest, ListEnclaveSecretResponse,
    RegisterEnclaveServiceRequest, RegisterEnclaveServiceResponse, RemoveAdministratorRequest,
    RemoveAdministratorResponse, TaBinding, UnifiedAttestationAttributes,
    UnregisterEnclaveServiceRequest, UnregisterEnclaveServiceResponse,
};
use tokio::task::JoinSet;

use crate::support::{
    Config, SERVICE, World, code, enclave, file, pinned, refusal, secret, server_key,
    store::Watched, text,
};

/// Two servers that work for one deployment.
async fn two(change: impl FnOnce(&mut Config)) -> (World, World) {
    let store = Arc::new(Watched::shared());
    let one = World::on(store, Suite::Modern, change).await.lasting().await.provisioned().await;
    let other = one.beside().await;
    assert_eq!(other.core.status(), "Pending");
    other.provision("host1").await.unwrap();
    assert_eq!(one.core.deployment_id(), other.core.deployment_id());
    (one, other)
}

async fn apply(world: &World, change: impl FnOnce(&mut Config)) -> Result<(), Error> {
    let mut config = world.config.clone();
    change(&mut config);
    let revision = world.status().await.settings_revision;
    let request = ApplyDeploymentRequest { file: Some(file(&text(&config.settings))), revision };
    let _: ApplyDeploymentResponse = world.admin().call("ApplyDeployment", &request).await?;
    Ok(())
}

async fn unregister(world: &World, service: &str) -> Result<(), Error> {
    let request = UnregisterEnclaveServiceRequest { service_name: service.into() };
    let _: UnregisterEnclaveServiceResponse =
        world.admin().call("UnregisterEnclaveService", &request).await?;
    Ok(())
}

#[tokio::test]
async fn what_one_server_changes_counts_at_the_other_at_once() {
    let (one, other) = two(|_| ()).await;
    for round in 0..5 {
        one.import("a", "data", 1).await.unwrap();
        assert_eq!(other.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, "data", "{round}");
        other.destroy("a").await.unwrap();
        assert_eq!(code(one.ta(enclave(1)).get(SERVICE, "a").await), ErrorCode::NoSuchName);
    }
    unregister(&other, SERVICE).await.unwrap();
    assert_eq!(code(one.import("b", "data", 1).await), ErrorCode::RequestNotAuthentic);
}

#[tokio::test]
async fn settings_that_one_server_has_applied_are_obeyed_by_the_other() {
    let (one, other) = two(|config| config.quotas.secrets_per_service = 1).await;
    one.import("a", "data", 1).await.unwrap();
    assert_eq!(code(other.import("b", "data", 1).await), ErrorCode::TooManySecrets);
    let sealed = || other.cache.as_ref().unwrap().content().unwrap();
    other.core.save().await.unwrap();
    let before = sealed();
    apply(&one, |config| config.quotas.secrets_per_service = 2).await.unwrap();
    other.import("b", "data", 1).await.unwrap();
    assert!(sealed() != before, "it remembers them");
    let (here, there) = (one.status().await, other.status().await);
    assert_eq!((here.settings_revision, there.settings_revision), (2, 2));
    assert_eq!(here.settings_digest, there.settings_digest);

    // Keys of a suite that comes with settings are the same everywhere, also after a restart.
    apply(&other, |config| {
        config.quotas.secrets_per_service = 2;
        config.suites = vec![Suite::Modern, Suite::Sm];
    })
    .await
    .unwrap();
    let key = server_key(&other.core, Suite::Sm).await.fingerprint();
    assert_eq!(server_key(&one.core, Suite::Sm).await.fingerprint(), key);
    let third = one.beside().await;
    third.provision("host1").await.unwrap();
    let again = one.restarted().await;
    for world in [&third, &again] {
        assert_eq!(server_key(&world.core, Suite::Sm).await.fingerprint(), key);
    }
    let stale = ApplyDeploymentRequest { file: Some(file(&text(&one.config))), revision: 1 };
    let stale = one.admin().call::<_, ApplyDeploymentResponse>("ApplyDeployment", &stale).await;
    assert_eq!(refusal(stale).kind(), Kind::FailedPrecondition);
}

/// A server that made a key of its own would be another server than the first one to their callers.
#[tokio::test]
async fn a_server_makes_no_key_of_a_suite_that_another_one_has_enabled() {
    let (one, other) = two(|_| ()).await;
    let request = other.admin().request_of("ListAdministrator", "{}".into()).await;
    apply(&one, |config| config.suites = vec![Suite::Modern, Suite::Sm]).await.unwrap();
    let records = one.core.records().unwrap();
    let key = Name::new("deployment/keys/sm2").unwrap();
    records.commit(Change::new().remove(key, None)).await.unwrap();
    let error = refusal(other.admin().send(request).await);
    assert!(error.message().contains("a suite of which the records have no key"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quotas_hold_for_both_together() {
    let (one, other) = two(|config| {
        config.quotas.services = 5;
        config.quotas.secrets_per_service = 10;
        config.quotas.ta_secrets_per_rule = 7;
    })
    .await;
    let worlds = [Arc::new(one), Arc::new(other)];
    let (mut creates, mut registers, mut own) = (JoinSet::new(), JoinSet::new(), JoinSet::new());
    for number in 0..30_u8 {
        let world = worlds[usize::from(number % 2)].clone();
        let (owner, ta) = (world.owner(), world.ta(enclave(number)));
        creates.spawn(async move {
            let secret = Some(secret(&format!("s{number}"), SecretTypeAes256Key, pinned(1)));
            let request = CreateEnclaveSecretRequest { secret, ..Default::default() };
            owner.call::<_, CreateEnclaveSecretResponse>("CreateSecret", &request).await.is_ok()
        });
        registers.spawn(async move {
            // Two that register at the same time at two servers: one of them is told to try again.
            loop {
                match world.register(&format!("more{number}")).await {
                    Err(error) if error.kind() == Kind::FailedPrecondition => {}
                    result => break result.is_ok(),
                }
            }
        });
        own.spawn(async move {
            let none = UnifiedAttestationAttributes::default();
            ta.create(secret("own", SecretTypeAes256Key, none), TaBinding::Measurement)
                .await
                .is_ok()
        });
    }
    let made = |results: Vec<bool>| results.into_iter().filter(|made| *made).count();
    assert_eq!(made(creates.join_all().await), 10);
    assert_eq!(made(registers.join_all().await), 4, "and the one that was there");
    assert_eq!(made(own.join_all().await), 7);
    assert_eq!(worlds[0].list("").await, worlds[1].list("").await);
}

/// The owner of a service creates at one server while it is unregistered at the other: nothing stays
/// that the next owner of the name would find.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_service_that_is_removed_while_its_owner_writes() {
    let (one, other) = two(|_| ()).await;
    let (one, other) = (Arc::new(one), Arc::new(other));
    for round in 0..10 {
        let mut creates = JoinSet::new();
        for number in 0..8 {
            let one = one.clone();
            creates
                .spawn(async move { one.import(&format!("s{number}"), "data", 1).await.is_ok() });
        }
        tokio::time::sleep(Duration::from_millis(round)).await;
        unregister(&other, SERVICE).await.unwrap();
        creates.join_all().await;
        let left = one.names().await;
        assert!(!left.iter().any(|name| name.starts_with("aecs/service1/")), "{round}: {left:?}");
        one.register(SERVICE).await.unwrap();
    }
}

#[tokio::test]
async fn an_administrator_who_was_removed_at_one_server_changes_nothing_at_the_other() {
    let (one, other) = two(|_| ()).await;
    let key = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    let request = AddAdministratorRequest {
        name: "alice".into(),
        public_key: key.public().pem().into(),
        ..Default::default()
    };
    let _: AddAdministratorResponse = one.admin().call("AddAdministrator", &request).await.unwrap();
    // Each removes the other, at the same time: one of the two stays.
    let alice = other.administrator(None, key);
    let remove =
        |name: &str| RemoveAdministratorRequest { name: name.into(), ..Default::default() };
    let (first, second) = (remove("alice"), remove("aecs_admin"));
    let admin = one.admin();
    let (mine, hers) = tokio::join!(
        admin.call::<_, RemoveAdministratorResponse>("RemoveAdministrator", &first),
        alice.call::<_, RemoveAdministratorResponse>("RemoveAdministrator", &second),
    );
    assert!(mine.is_ok() != hers.is_ok(), "{mine:?} {hers:?}");
    let (gone, present) = if mine.is_ok() { (alice, admin) } else { (admin, alice) };
    let registration = one.registration("service2");
    let register = "RegisterEnclaveService";
    let refused: Result<RegisterEnclaveServiceResponse, _> =
        gone.call(register, &registration).await;
    assert_eq!(code(refused), ErrorCode::RequestNotAuthentic);
    let _: RegisterEnclaveServiceResponse = present.call(register, &registration).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn wrong_passwords_count_at_both() {
    const PASSWORD: &str = "correct horse";
    let (one, other) = two(|_| ()).await;
    let request = RegisterEnclaveServiceRequest {
        service_password_hash: PasswordVerifier::from_password(PASSWORD).unwrap().to_phc(),
        ..one.registration("locked")
    };
    let _: RegisterEnclaveServiceResponse =
        one.admin().call("RegisterEnclaveService", &request).await.unwrap();
    let list = async |world: &World, password: &str| {
        let owner = world.administrator(Some("locked"), world.service_admin.clone());
        let request = ListEnclaveSecretRequest::default();
        let owner = owner.password(password);
        owner.call::<_, ListEnclaveSecretResponse>("ListSecret", &request).await.map(drop)
    };
    list(&one, PASSWORD).await.unwrap();
    list(&other, PASSWORD).await.unwrap();
    for world in [&one, &other, &one] {
        assert_eq!(code(list(world, "guess").await), ErrorCode::Password);
    }
    for world in [&one, &other] {
        let early = refusal(list(world, PASSWORD).await);
        assert!(early.message().contains("3 wrong passwords in a row"), "{early}");
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    list(&other, PASSWORD).await.unwrap();
    list(&one, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn refusals_at_both_are_told_to_the_owner() {
    let (one, other) = two(|_| ()).await;
    one.import("a", "data", 1).await.unwrap();
    for (world, measurement) in [(&one, 2), (&other, 3)] {
        assert!(world.ta(enclave(measurement)).get(SERVICE, "a").await.is_err());
    }
    let (saved, also) = tokio::join!(one.core.save(), other.core.save());
    saved.and(also).unwrap();
    for world in [&one, &other] {
        let told: ListDenialResponse =
            world.owner().call("ListDenial", &ListDenialRequest::default()).await.unwrap();
        assert_eq!(told.denials.len(), 2);
    }
}

#[tokio::test]
async fn a_floor_that_was_lowered_at_one_server_is_lowered_at_the_other() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let store = Arc::new(Watched::shared());
    let dated = |verifier: VerifierBuilder| verifier.insecure_simulated_dates();
    let one = World::believing(store, Suite::Modern, dated, |_| ()).await;
    let one = one.lasting().await.provisioned().await;
    let other = one.beside().await;
    other.provision("host1").await.unwrap();
    let floor_ms = other.status().await.time_floor_ms;
    assert!(floor_ms > 0 && one.status().await.time_floor_ms > 0);

    let uptime_ms = one.status().await.uptime_ms;
    let request = AecsSetTimeRequest { floor_ms: floor_ms - 5 * DAY_MS, uptime_ms };
    let _: AecsSetTimeResponse = one.admin().call("AecsSetTime", &request).await.unwrap();
    for world in [&one, &other] {
        let status = world.status().await;
        assert!(status.time_floor_ms < floor_ms - 4 * DAY_MS, "{status:?}");
        assert_eq!(status.time_floor_by, "set by an administrator");
    }
}

/// Each server has an audit log of its own, and the records know the head of each.
#[tokio::test]
async fn each_server_has_a_log_of_its_own() {
    let (one, other) = two(|_| ()).await;
    one.import("a", "data", 1).await.unwrap();
    other.ta(enclave(1)).get(SERVICE, "a").await.unwrap();
    assert_ne!(one.audit.key(), other.audit.key());
    one.core.save().await.unwrap();
    other.core.save().await.unwrap();
    let nodes = one.names().await.into_iter().filter(|name| name.starts_with("audit/")).count();
    assert_eq!(nodes, 2);
    for world in [one.restarted().await, other.restarted().await] {
        world.provision("host1").await.unwrap();
        assert!(!world.audit.text().contains("the log was"), "{}", world.audit.text());
    }
    // A server that comes back with another log than it remembers says so.
    let replaced = one.restart(|restart| restart.audit = Arc::default()).await.unwrap();
    assert!(replaced.audit.text().contains("the log was cut or replaced"));
}
