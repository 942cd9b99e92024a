//! Apply makes a secret what its owner's file says, in one act.

use std::sync::Arc;
use std::time::Duration;

use aecs_core::{Error, ErrorCode};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    ApplySecretRequest, ApplySecretResponse, EnclaveSecret, EnclaveSecretLifecycle,
    EnclaveSecretType::{SecretTypeAes256Key, SecretTypeConfigurations, SecretTypeImportData},
    ListEnclaveSecretRequest, ListEnclaveSecretResponse, RegisterEnclaveServiceRequest,
    RegisterEnclaveServiceResponse,
    SecretOutcome::{self, SecretCreated, SecretUnchanged, SecretUpdated},
    SetServiceKeyRequest, SetServiceKeyResponse,
};

use super::{data, public, with_data, with_params, with_spec};
use crate::support::{SERVICE, World, at_once, code, enclave, imported, pinned, policy};

async fn send(
    world: &World,
    secret: EnclaveSecret,
    dry_run: bool,
    if_epoch: u64,
) -> Result<(SecretOutcome, String, u64), Error> {
    let request = ApplySecretRequest { secret: Some(secret), dry_run, if_epoch, upload: None };
    let answer: ApplySecretResponse = world.owner().call("ApplySecret", &request).await?;
    Ok((answer.outcome(), answer.changed.join(" "), answer.version))
}

async fn apply(
    world: &World,
    secret: EnclaveSecret,
) -> Result<(SecretOutcome, String, u64), Error> {
    send(world, secret, false, 0).await
}

fn import(data: &str) -> EnclaveSecret {
    with_data("a", SecretTypeImportData, data)
}

/// The operator's change is carried out in either order. What the former owner applied before it is
/// there; what comes after it is refused, and nothing of it is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_apply_comes_before_another_key_of_the_service_or_is_refused() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    world.provision("host1").await.unwrap();
    let registration = RegisterEnclaveServiceRequest {
        operator_may_replace_key: true,
        ..world.registration(SERVICE)
    };
    let _: RegisterEnclaveServiceResponse =
        world.admin().call("RegisterEnclaveService", &registration).await.unwrap();
    let (mut key, mut applied) = (world.service_admin.clone(), Vec::new());
    for round in 0..40 {
        let (admin, owner) = (world.admin(), world.administrator(Some(SERVICE), key));
        key = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
        let set = SetServiceKeyRequest {
            service_name: SERVICE.into(),
            public_key: key.public().pem().into(),
            ..SetServiceKeyRequest::default()
        };
        let set =
            async move { admin.call::<_, SetServiceKeyResponse>("SetServiceKey", &set).await };
        let name = format!("s{round:02}");
        let secret = Some(imported(&name, &name, pinned(1)));
        let apply = ApplySecretRequest { secret, ..ApplySecretRequest::default() };
        let apply =
            async move { owner.call::<_, ApplySecretResponse>("ApplySecret", &apply).await };
        let (set, done) = at_once(round, set, apply).await;
        set.unwrap();
        match done {
            Ok(answer) => {
                assert_eq!((answer.outcome(), answer.version), (SecretCreated, 1));
                applied.push(name);
            }
            Err(error) => assert_eq!(error.code(), ErrorCode::RequestNotAuthentic, "{error}"),
        }
    }
    let owner = world.administrator(Some(SERVICE), key);
    let request = ListEnclaveSecretRequest::default();
    let listed: ListEnclaveSecretResponse = owner.call("ListSecret", &request).await.unwrap();
    let listed: Vec<_> = listed.secrets.into_iter().map(|spec| spec.secret_name).collect();
    assert_eq!(listed, applied);
    println!("{} times the secret came first", applied.len());
}

#[tokio::test]
async fn a_file_whose_date_has_passed_is_no_change_and_makes_nothing() {
    let world = World::working().await;
    let at_ms = world.clock.now_ms() + 3_600_000;
    let ending = |name: &str, data: &str| {
        with_spec(with_data(name, SecretTypeImportData, data), |spec| {
            let ends = EnclaveSecretLifecycle { expires_at_ms: at_ms, ..Default::default() };
            spec.lifecycle = Some(ends);
        })
    };
    assert_eq!(apply(&world, ending("a", "one")).await.unwrap().0, SecretCreated);
    world.clock.pass(Duration::from_secs(2 * 3600));
    for same in ["one", ""] {
        assert_eq!(apply(&world, ending("a", same)).await.unwrap().0, SecretUnchanged);
    }
    for (name, data) in [("a", "two"), ("b", "one")] {
        for dry_run in [true, false] {
            let refused = send(&world, ending(name, data), dry_run, 0).await;
            assert_eq!(code(refused), ErrorCode::CreateBadData, "{name} {dry_run}");
        }
    }
}

#[tokio::test]
async fn a_secret_becomes_what_is_said() {
    let world = World::working().await;
    assert_eq!(apply(&world, import("one")).await.unwrap(), (SecretCreated, String::new(), 1));
    let epoch = world.status().await.store_epoch;
    for same in [import("one"), import("")] {
        assert_eq!(apply(&world, same).await.unwrap(), (SecretUnchanged, String::new(), 1));
    }
    assert_eq!(world.status().await.store_epoch, epoch, "nothing is written for it");
    let reason = world.audit.last().reason.unwrap();
    assert!(reason.contains("nothing was changed"), "{reason}");

    assert_eq!(apply(&world, import("two")).await.unwrap(), (SecretUpdated, "data".into(), 2));
    let other = |data: &str| {
        with_spec(public(import(data)), |spec| {
            spec.policy = Some(policy(pinned(2)));
            spec.lifecycle = Some(EnclaveSecretLifecycle { max_versions: 3, ..Default::default() });
        })
    };
    let epoch = world.status().await.store_epoch;
    let all = apply(&world, other("three")).await.unwrap();
    assert_eq!(all, (SecretUpdated, "data policy lifecycle share".into(), 3));
    assert_eq!(world.status().await.store_epoch, epoch + 1, "one act");
    assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "a").await), ErrorCode::NoSuchName);
    assert_eq!(world.ta(enclave(2)).get(SERVICE, "a").await.unwrap().data, "three");
    assert_eq!(apply(&world, other("")).await.unwrap().0, SecretUnchanged);
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_changes_nothing() {
    let world = World::working().await;
    let rehearse = async |secret| send(&world, secret, true, 0).await;
    let before = world.everything().await;
    assert_eq!(rehearse(import("one")).await.unwrap(), (SecretCreated, String::new(), 0));
    let key = || with_params("key", SecretTypeAes256Key, &[]);
    assert_eq!(rehearse(key()).await.unwrap().0, SecretCreated);
    assert_eq!(code(rehearse(import("")).await), ErrorCode::CreateNoData);
    let bad = with_data("key", SecretTypeAes256Key, "no key");
    assert_eq!(code(rehearse(bad).await), ErrorCode::CreateBadData);
    let unknown = with_params("key", SecretTypeAes256Key, &[("days", "1")]);
    assert_eq!(code(rehearse(unknown).await), ErrorCode::CreateBadData);
    assert_eq!(world.everything().await, before);

    world.create(import("one")).await.unwrap();
    let before = world.everything().await;
    let changed = rehearse(public(import("two"))).await.unwrap();
    assert_eq!(changed, (SecretUpdated, "data share".into(), 2));
    assert_eq!(world.everything().await, before);
    assert_eq!(data(&world, "a").await, "one");
}

#[tokio::test]
async fn what_the_server_made_and_what_is_not_said_stays() {
    let world = World::working().await;
    let key = || with_params("key", SecretTypeAes256Key, &[]);
    apply(&world, key()).await.unwrap();
    let made = data(&world, "key").await;
    assert_eq!(apply(&world, key()).await.unwrap().0, SecretUnchanged);
    assert_eq!(data(&world, "key").await, made);
    let pairs = |value| with_params("pairs", SecretTypeConfigurations, &[("key", value)]);
    apply(&world, pairs("one")).await.unwrap();
    assert_eq!(apply(&world, pairs("one")).await.unwrap().0, SecretUnchanged);
    assert_eq!(apply(&world, pairs("two")).await.unwrap(), (SecretUpdated, "data".into(), 2));
}

#[tokio::test]
async fn what_is_protected_is_not_changed() {
    let world = World::working().await;
    let protected = |data: &str, readonly: &str, immutable: bool| {
        with_spec(import(data), |spec| {
            spec.readonly = readonly.into();
            spec.immutable = immutable;
        })
    };
    apply(&world, protected("one", "true", false)).await.unwrap();
    assert_eq!(apply(&world, protected("one", "true", false)).await.unwrap().0, SecretUnchanged);
    let refused = code(apply(&world, protected("two", "true", false)).await);
    assert_eq!(refused, ErrorCode::UpdateReadOnly);
    // One that says that it is not readonly any more may bring other data with it.
    let (_, changed, version) = apply(&world, protected("two", "false", false)).await.unwrap();
    assert_eq!((changed.as_str(), version), ("data readonly", 2));
    let (_, changed, _) = apply(&world, protected("two", "true", true)).await.unwrap();
    assert_eq!(changed, "readonly immutable");
    assert_eq!(apply(&world, protected("two", "true", true)).await.unwrap().0, SecretUnchanged);
    for other in [protected("three", "true", true), protected("two", "false", false)] {
        assert_eq!(code(apply(&world, other).await), ErrorCode::UpdateReadOnly);
    }
    let key = with_params("a", SecretTypeAes256Key, &[]);
    assert_eq!(code(apply(&world, key).await), ErrorCode::UpdateTypeMismatch);
    assert_eq!(data(&world, "a").await, "two");
}

#[tokio::test]
async fn a_condition_on_the_epoch_holds_or_nothing_happens() {
    let world = World::working().await;
    assert_eq!(code(send(&world, import("one"), false, 7).await), ErrorCode::NoSuchName);
    apply(&world, import("one")).await.unwrap();
    assert_eq!(code(send(&world, import("two"), false, 1).await), ErrorCode::NotCurrent);
    assert_eq!(data(&world, "a").await, "one");
}
