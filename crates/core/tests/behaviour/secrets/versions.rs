//! The versions of a secret: who makes them, who gets which, and what is left of them.

use std::time::Duration;

use aecs_core::{Error, ErrorCode, Kind};
use aecs_crypto::Suite;
use aecs_proto::{
    DeleteSecretRequest, DeleteSecretResponse, DestroyEnclaveSecretRequest,
    DestroyEnclaveSecretResponse, EnclaveKvPair, EnclaveSecret, EnclaveSecretEncoding,
    EnclaveSecretLifecycle,
    EnclaveSecretType::{
        SecretTypeAes256Key, SecretTypeConfigurations, SecretTypeImportData, SecretTypeSm2KeyPair,
    },
    ListEnclaveSecretRequest, ListEnclaveSecretResponse, ListSecretVersionRequest,
    ListSecretVersionResponse, NewSecretVersionResponse, PutSecretRequest, RollbackSecretRequest,
    RotateSecretRequest, UndeleteSecretRequest, UndeleteSecretResponse,
};

use super::{data, message, public, update, with_data, with_params, with_spec};
use crate::support::{SERVICE, World, code, enclave, pinned, policy, refusal};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn put_request(world: &World, request: PutSecretRequest) -> Result<u64, Error> {
    let new: NewSecretVersionResponse = world.owner().call("PutSecret", &request).await?;
    Ok(new.version)
}

async fn put(world: &World, name: &str, data: &str) -> Result<u64, Error> {
    let request =
        PutSecretRequest { secret_name: name.into(), data: data.into(), ..Default::default() };
    put_request(world, request).await
}

async fn rotate(world: &World, name: &str) -> Result<u64, Error> {
    let request = RotateSecretRequest { secret_name: name.into(), if_version: 0 };
    let new: NewSecretVersionResponse = world.owner().call("RotateSecret", &request).await?;
    Ok(new.version)
}

async fn roll_back(world: &World, name: &str, version: u64) -> Result<u64, Error> {
    let request = RollbackSecretRequest { secret_name: name.into(), version, if_version: 0 };
    let new: NewSecretVersionResponse = world.owner().call("RollbackSecret", &request).await?;
    Ok(new.version)
}

async fn versions(world: &World, name: &str) -> ListSecretVersionResponse {
    let request = ListSecretVersionRequest { secret_name: name.into() };
    world.owner().call("ListSecretVersion", &request).await.unwrap()
}

async fn states(world: &World, name: &str) -> Vec<(u64, &'static str)> {
    let listed = versions(world, name).await.versions.into_iter();
    listed
        .map(|one| {
            let state = one.state().as_str_name();
            (one.version, state.strip_prefix("SECRET_VERSION_").unwrap())
        })
        .collect()
}

async fn delete(world: &World, name: &str, version: u64) -> Result<i64, Error> {
    let request = DeleteSecretRequest { secret_name: name.into(), version };
    let deleted: DeleteSecretResponse = world.owner().call("DeleteSecret", &request).await?;
    Ok(deleted.restorable_until_ms)
}

async fn undelete(world: &World, name: &str, version: u64) -> Result<(), Error> {
    let request = UndeleteSecretRequest { secret_name: name.into(), version };
    let UndeleteSecretResponse {} = world.owner().call("UndeleteSecret", &request).await?;
    Ok(())
}

async fn destroy_version(world: &World, name: &str, version: u64) -> Result<(), Error> {
    let request = DestroyEnclaveSecretRequest { secret_name: name.into(), version };
    let DestroyEnclaveSecretResponse {} = world.owner().call("DestroySecret", &request).await?;
    Ok(())
}

async fn get(world: &World, name: &str, version: u64) -> Result<EnclaveSecret, Error> {
    world.ta(enclave(1)).get_version(SERVICE, name, version).await
}

/// The number and the data of what measurement 1 gets.
async fn got(world: &World, name: &str, version: u64) -> (u64, String) {
    let secret = get(world, name, version).await.unwrap();
    (secret.version, secret.data.clone())
}

fn lived(secret: EnclaveSecret, lifecycle: EnclaveSecretLifecycle) -> EnclaveSecret {
    with_spec(secret, |spec| spec.lifecycle = Some(lifecycle))
}

/// Whether two times in milliseconds differ by no more than a test takes.
fn is_about(one: i64, other: i64) -> bool {
    one.abs_diff(other) < 60_000
}

fn values(names: &[String]) -> usize {
    names.iter().filter(|name| name.contains("/values/")).count()
}

#[tokio::test]
async fn a_new_version_is_what_applications_get_from_then_on() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    assert_eq!(got(&world, "a", 0).await, (1, "one".into()));
    assert_eq!(put(&world, "a", "two").await.unwrap(), 2);
    let act = world.audit.last();
    assert_eq!((act.function.as_ref(), act.object.as_deref()), ("PutSecret", Some("a")));
    assert_eq!(act.epoch, Some(u64::try_from(world.status().await.store_epoch).unwrap()));
    assert_eq!(got(&world, "a", 0).await, (2, "two".into()));
    assert_eq!(got(&world, "a", 1).await, (1, "one".into()));
    // The audit log names the data that left.
    let release = world.audit.last();
    let listed = versions(&world, "a").await.versions;
    assert_eq!(release.version, Some(listed[0].data_epoch));
    assert!(listed[0].data_epoch < listed[1].data_epoch);
    assert!(listed[1].created_by.starts_with("service-admin "), "{}", listed[1].created_by);
    assert!(is_about(listed[1].created_ms, world.clock.now_ms()));
    assert_eq!(states(&world, "a").await, [(1, "PREVIOUS"), (2, "CURRENT")]);

    // A rollback is a version, too.
    assert_eq!(roll_back(&world, "a", 1).await.unwrap(), 3);
    assert_eq!(got(&world, "a", 0).await, (3, "one".into()));
    assert_eq!(got(&world, "a", 2).await, (2, "two".into()));

    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    assert_eq!(got(&world, "a", 0).await, (3, "one".into()));
    assert_eq!(put(&world, "a", "four").await.unwrap(), 4);
}

#[tokio::test]
async fn what_the_server_made_it_makes_again() {
    let world = World::working().await;
    for (name, kind) in [("aes", SecretTypeAes256Key), ("sm2", SecretTypeSm2KeyPair)] {
        world.create(public(with_params(name, kind, &[]))).await.unwrap();
        let first = data(&world, name).await;
        assert_eq!(rotate(&world, name).await.unwrap(), 2);
        assert_ne!(data(&world, name).await, first);
        assert_eq!(got(&world, name, 1).await.1, first);
    }
    let pair: aecs_proto::AsymmetricKeyPair = message(&world, "sm2").await;
    assert_eq!(world.public("sm2").await.unwrap().data, pair.public_key);

    world.import("given", "data", 1).await.unwrap();
    assert_eq!(code(rotate(&world, "given").await), ErrorCode::CreateNoData);
    assert_eq!(code(put(&world, "aes", "").await), ErrorCode::CreateNoData);
    assert_eq!(code(put(&world, "aes", "not a key").await), ErrorCode::CreateBadData);
    assert_eq!(put(&world, "aes", &"A5".repeat(32)).await.unwrap(), 3);
    assert_eq!(data(&world, "aes").await, "A5".repeat(32));
}

#[tokio::test]
async fn pairs_are_given_as_pairs() {
    let world = World::working().await;
    let pairs = with_params("pairs", SecretTypeConfigurations, &[("key", "one")]);
    world.create(pairs).await.unwrap();
    let request = PutSecretRequest {
        secret_name: "pairs".into(),
        params: vec![EnclaveKvPair { key: "key".into(), value: "two".into() }],
        ..Default::default()
    };
    put_request(&world, request).await.unwrap();
    let pairs: aecs_proto::EnclaveConfigurations = message(&world, "pairs").await;
    assert_eq!(pairs.items[0].value, "two");
    assert_eq!(code(put(&world, "pairs", "data").await), ErrorCode::CreateDataNotAllowed);
    // What was given as data is not in the specification.
    let request = ListEnclaveSecretRequest::default();
    let list: ListEnclaveSecretResponse = world.owner().call("ListSecret", &request).await.unwrap();
    assert!(list.secrets[0].params.is_empty());
}

#[tokio::test]
async fn binary_data_is_base64_and_says_so() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    world.import("a", "text", 1).await.unwrap();
    let binary = |data: &str| PutSecretRequest {
        secret_name: "a".into(),
        data: data.into(),
        encoding: EnclaveSecretEncoding::SecretEncodingBase64.into(),
        ..Default::default()
    };
    assert_eq!(code(put_request(&world, binary("/wA")).await), ErrorCode::CreateBadData);
    put_request(&world, binary("/wAK")).await.unwrap();
    let secret = get(&world, "a", 0).await.unwrap();
    assert_eq!(secret.data, "/wAK");
    assert_eq!(secret.encoding(), EnclaveSecretEncoding::SecretEncodingBase64);
    assert_eq!(
        get(&world, "a", 1).await.unwrap().encoding(),
        EnclaveSecretEncoding::SecretEncodingText
    );

    let key = aecs_crypto::KeyPair::generate(Suite::Sm).unwrap();
    let before = world.ta_with(enclave(1), key).aecs20();
    let secret = before.get(SERVICE, "a").await.unwrap();
    assert_eq!((secret.version, secret.encoding, secret.data.as_str()), (0, 0, "/wAK"));
    let params = &secret.spec.as_ref().unwrap().params;
    assert_eq!((params[0].key.as_str(), params[0].value.as_str()), ("encoding", "base64"));
}

#[tokio::test]
async fn clients_of_2_0_see_the_current_version_and_destroy_them_all() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let lifecycle = EnclaveSecretLifecycle { max_versions: 3, ..Default::default() };
    world.create(lived(with_data("a", SecretTypeImportData, "one"), lifecycle)).await.unwrap();
    put(&world, "a", "two").await.unwrap();
    let key = aecs_crypto::KeyPair::generate(Suite::Sm).unwrap();
    let before = world.ta_with(enclave(1), key).aecs20();
    let secret = before.get(SERVICE, "a").await.unwrap();
    assert_eq!((secret.data.as_str(), secret.version), ("two", 0));
    assert!(secret.spec.as_ref().unwrap().lifecycle.is_none());

    // An update by such a client keeps what it does not know.
    let owner = world.owner().aecs20();
    let secret = with_spec(with_data("a", SecretTypeImportData, ""), |spec| {
        spec.policy = Some(policy(pinned(1)));
    });
    let request = crate::support::update(secret);
    let _: aecs_proto::CreateEnclaveSecretResponse =
        owner.call("CreateSecret", &request).await.unwrap();
    put(&world, "a", "three").await.unwrap();
    put(&world, "a", "four").await.unwrap();
    assert_eq!(states(&world, "a").await.len(), 3);

    delete(&world, "a", 0).await.unwrap();
    let request = ListEnclaveSecretRequest::default();
    let list: ListEnclaveSecretResponse = owner.call("ListSecret", &request).await.unwrap();
    assert!(list.secrets.is_empty() && list.deleted.is_empty());
    undelete(&world, "a", 0).await.unwrap();
    let request = DestroyEnclaveSecretRequest { secret_name: "a".into(), version: 0 };
    let _: DestroyEnclaveSecretResponse = owner.call("DestroySecret", &request).await.unwrap();
    assert_eq!(values(&world.names().await), 0);
}

#[tokio::test]
async fn a_policy_is_replaced_without_the_data_and_counts_for_every_version() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    put(&world, "a", "two").await.unwrap();
    let narrowed = with_spec(with_data("a", SecretTypeImportData, ""), |spec| {
        spec.policy = Some(policy(pinned(2)));
    });
    update(&world, narrowed).await.unwrap();
    let refused = refusal(get(&world, "a", 1).await);
    for version in [0, 2, 7] {
        // Who is not admitted learns nothing of versions.
        assert_eq!(refusal(get(&world, "a", version).await), refused);
    }
    let admitted = world.ta(enclave(2));
    assert_eq!(admitted.get_version(SERVICE, "a", 1).await.unwrap().data, "one");
    let error = refusal(admitted.get_version(SERVICE, "a", 7).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::NoVersion, Kind::NotFound));
    assert_eq!(world.audit.last().result, error.code().to_string(), "it is recorded");
}

#[tokio::test]
async fn at_most_so_many_versions_are_kept_as_the_owner_has_said() {
    let world = World::working().await;
    let day_ms = i64::try_from(DAY.as_millis()).unwrap();
    let two = EnclaveSecretLifecycle { max_versions: 2, keep_for_ms: day_ms, ..Default::default() };
    world.create(lived(with_data("a", SecretTypeImportData, "one"), two)).await.unwrap();
    for data in ["two", "three"] {
        put(&world, "a", data).await.unwrap();
    }
    assert_eq!(states(&world, "a").await, [(2, "PREVIOUS"), (3, "CURRENT")]);
    assert_eq!(values(&world.names().await), 2);
    let error = refusal(get(&world, "a", 1).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::Deleted, Kind::NotFound));
    assert_eq!(code(roll_back(&world, "a", 1).await), ErrorCode::Deleted);

    world.clock.pass(DAY);
    assert_eq!(code(get(&world, "a", 2).await), ErrorCode::Deleted);
    assert_eq!(data(&world, "a").await, "three");
}

#[tokio::test]
async fn a_version_that_expired_is_refused_and_recorded_until_it_gets_a_successor() {
    let world = World::working().await;
    let hour = EnclaveSecretLifecycle { ttl_ms: 60 * 60 * 1000, ..Default::default() };
    world.create(lived(with_data("a", SecretTypeImportData, "one"), hour)).await.unwrap();
    world.clock.pass(Duration::from_secs(59 * 60));
    assert_eq!(data(&world, "a").await, "one");
    world.clock.pass(Duration::from_secs(120));
    let error = refusal(get(&world, "a", 0).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::Expired, Kind::FailedPrecondition));
    assert!(error.message().contains("version 1 of the secret expired 60 s ago"), "{error}");
    let entry = world.audit.last();
    assert_eq!((entry.result, entry.object), (error.code().to_string(), Some("a".into())));
    assert_eq!(code(world.ta(enclave(2)).get(SERVICE, "a").await), ErrorCode::NoSuchName);

    assert_eq!(states(&world, "a").await, [(1, "EXPIRED")]);
    put(&world, "a", "two").await.unwrap();
    assert_eq!(data(&world, "a").await, "two");
    // More time, without the data.
    world.clock.pass(DAY);
    assert_eq!(code(get(&world, "a", 0).await), ErrorCode::Expired);
    let days = EnclaveSecretLifecycle { ttl_ms: 2 * 24 * 60 * 60 * 1000, ..hour };
    update(&world, lived(with_data("a", SecretTypeImportData, ""), days)).await.unwrap();
    assert_eq!(data(&world, "a").await, "two");
}

/// A secret whose versions all expire at that time.
fn ending(at_ms: i64, data: &str) -> EnclaveSecret {
    let ends = EnclaveSecretLifecycle { expires_at_ms: at_ms, ..Default::default() };
    lived(with_data("a", SecretTypeImportData, data), ends)
}

#[tokio::test]
async fn what_would_have_expired_already_is_not_made() {
    let world = World::working().await;
    let now_ms = world.clock.now_ms();
    for past in [1, now_ms] {
        let error = refusal(world.create(ending(past, "one")).await);
        assert_eq!(error.code(), ErrorCode::CreateBadData);
        assert!(error.message().contains("expiresAt (") && error.message().contains("has passed"));
    }
    world.create(ending(now_ms + 3_600_000, "one")).await.unwrap();
    // Settings of a secret that is there.
    let error = refusal(update(&world, ending(now_ms, "")).await);
    assert_eq!(error.code(), ErrorCode::CreateBadData);
    put(&world, "a", "two").await.unwrap();

    world.clock.pass(DAY);
    assert_eq!(code(get(&world, "a", 0).await), ErrorCode::Expired);
    for refused in [code(put(&world, "a", "three").await), code(roll_back(&world, "a", 1).await)] {
        assert_eq!(refused, ErrorCode::CreateBadData);
    }
    // What changes something else may have the date that it had.
    let other = with_spec(ending(now_ms + 3_600_000, ""), |spec| {
        spec.lifecycle.as_mut().unwrap().max_versions = 3;
    });
    update(&world, other).await.unwrap();
    let later = world.clock.now_ms() + 1000;
    update(&world, ending(later, "")).await.unwrap();
    assert_eq!(data(&world, "a").await, "two");
    put(&world, "a", "three").await.unwrap();
}

#[tokio::test]
async fn what_is_deleted_is_refused_and_can_be_restored() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    put(&world, "a", "two").await.unwrap();
    let until = delete(&world, "a", 0).await.unwrap();
    assert!(is_about(until, world.clock.now_ms() + 7 * 24 * 60 * 60 * 1000));
    for version in [0, 1, 2] {
        assert_eq!(code(get(&world, "a", version).await), ErrorCode::Deleted);
        assert_eq!(world.audit.last().result, ErrorCode::Deleted.to_string());
    }
    let policy = with_data("a", SecretTypeImportData, "");
    assert_eq!(code(update(&world, policy).await), ErrorCode::Deleted);
    let stranger = refusal(world.ta(enclave(2)).get(SERVICE, "a").await);
    assert_eq!(stranger.code(), ErrorCode::NoSuchName);
    for refused in [
        code(put(&world, "a", "three").await),
        code(roll_back(&world, "a", 1).await),
        code(delete(&world, "a", 0).await),
    ] {
        assert_eq!(refused, ErrorCode::Deleted);
    }
    let told = refusal(put(&world, "a", "three").await);
    assert!(told.message().contains("its owner can restore it until 20"), "{told}");
    assert_eq!(code(world.import("a", "new", 1).await), ErrorCode::NameExists);
    let request = ListEnclaveSecretRequest::default();
    let list: ListEnclaveSecretResponse = world.owner().call("ListSecret", &request).await.unwrap();
    assert!(list.secrets.is_empty());
    assert_eq!(list.deleted[0].secret_name, "a");
    assert_eq!(versions(&world, "a").await.restorable_until_ms, until);

    undelete(&world, "a", 0).await.unwrap();
    assert_eq!(got(&world, "a", 0).await, (2, "two".into()));
    assert_eq!(code(undelete(&world, "a", 0).await), ErrorCode::Deleted);

    // One version of it: the current one stays the current one.
    delete(&world, "a", 2).await.unwrap();
    assert_eq!(code(get(&world, "a", 0).await), ErrorCode::Deleted);
    assert_eq!(got(&world, "a", 1).await, (1, "one".into()));
    undelete(&world, "a", 2).await.unwrap();
    assert_eq!(got(&world, "a", 0).await, (2, "two".into()));
}

#[tokio::test]
async fn what_is_destroyed_is_gone_and_its_numbers_are_not_given_again() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    put(&world, "a", "two").await.unwrap();
    destroy_version(&world, "a", 1).await.unwrap();
    assert_eq!(values(&world.names().await), 1);
    assert_eq!(code(get(&world, "a", 1).await), ErrorCode::Deleted);
    assert_eq!(code(undelete(&world, "a", 1).await), ErrorCode::Deleted);
    assert_eq!(states(&world, "a").await, [(1, "DESTROYED"), (2, "CURRENT")]);
    assert_eq!(got(&world, "a", 0).await, (2, "two".into()));

    world.destroy("a").await.unwrap();
    assert_eq!(values(&world.names().await), 0);
    assert!(world.list("").await.is_empty());
    world.import("a", "three", 1).await.unwrap();
    assert_eq!(got(&world, "a", 0).await, (3, "three".into()));
    assert_eq!(code(get(&world, "a", 2).await), ErrorCode::Deleted);
}

#[tokio::test]
async fn a_read_only_secret_gets_no_new_version() {
    let world = World::working().await;
    let secret = with_spec(with_data("a", SecretTypeImportData, "one"), |spec| {
        spec.readonly = "true".into();
    });
    world.create(secret).await.unwrap();
    assert_eq!(code(put(&world, "a", "two").await), ErrorCode::UpdateReadOnly);
    assert_eq!(code(roll_back(&world, "a", 1).await), ErrorCode::UpdateReadOnly);
    assert_eq!(code(put(&world, "missing", "two").await), ErrorCode::NoSuchName);
    assert_eq!(got(&world, "a", 0).await, (1, "one".into()));
}

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_removed_by_the_server_and_recorded() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    put(&world, "a", "two").await.unwrap();
    world.import("b", "one", 1).await.unwrap();
    delete(&world, "b", 0).await.unwrap();
    world.clock.pass(30 * DAY);
    assert_eq!(values(&world.names().await), 3, "not yet");
    assert_eq!(code(undelete(&world, "b", 0).await), ErrorCode::NoSuchName);
    tokio::time::sleep(Duration::from_secs(62 * 60)).await;
    assert_eq!(values(&world.names().await), 1);
    let entries = world.audit.entries();
    let swept: Vec<_> = entries.iter().filter(|entry| entry.caller == "server").collect();
    assert_eq!(swept.len(), 2, "{swept:?}");
    for (entry, (object, reason)) in swept.iter().zip([("a", "not kept"), ("b", "restore it")]) {
        assert_eq!(
            (entry.function.as_ref(), entry.object.as_deref()),
            ("DestroySecret", Some(object))
        );
        assert!(entry.reason.as_ref().unwrap().contains(reason), "{entry:?}");
        assert!(entry.result == "ok" && entry.epoch.is_some(), "{entry:?}");
    }
    assert_eq!(states(&world, "a").await, [(2, "CURRENT")]);
    world.import("b", "new", 1).await.unwrap();
    assert_eq!(states(&world, "b").await, [(2, "CURRENT")]);
}

#[tokio::test]
async fn the_name_of_a_secret_that_was_deleted_long_ago_is_free() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    delete(&world, "a", 0).await.unwrap();
    world.clock.pass(7 * DAY);
    assert!(world.list("").await.is_empty());
    world.import("a", "new", 1).await.unwrap();
    assert_eq!(values(&world.names().await), 1);
    assert_eq!(states(&world, "a").await, [(2, "CURRENT")]);
}
