//! What an owner sets of a secret beside its policy, and what the server tells of it.

use std::time::Duration;

use aecs_core::{Error, ErrorCode};
use aecs_crypto::Suite;
use aecs_proto::{
    CreateEnclaveSecretRequest, CreateEnclaveSecretResponse, EnclaveLabel, EnclaveSecret,
    EnclaveSecretAbout, EnclaveSecretLifecycle,
    EnclaveSecretType::{SecretTypeAes256Key, SecretTypeImportData},
    ListEnclaveSecretRequest, ListEnclaveSecretResponse, ListSecretVersionRequest,
    ListSecretVersionResponse, NewSecretVersionResponse, PutSecretRequest, RollbackSecretRequest,
    RotateSecretRequest, SecretInfo,
};

use super::{data, update, with_data, with_params, with_spec};
use crate::support::{SERVICE, World, code, enclave, pinned, policy, refusal};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// Longer than the time between two looks of the server at its secrets.
const A_LOOK: Duration = Duration::from_secs(62 * 60);

async fn list(world: &World) -> ListEnclaveSecretResponse {
    world.owner().call("ListSecret", &ListEnclaveSecretRequest::default()).await.unwrap()
}

async fn info(world: &World) -> SecretInfo {
    list(world).await.info[0]
}

async fn put(world: &World, data: &str, if_version: u64) -> Result<u64, Error> {
    let request = PutSecretRequest {
        secret_name: "a".into(),
        data: data.into(),
        if_version,
        ..PutSecretRequest::default()
    };
    let new: NewSecretVersionResponse = world.owner().call("PutSecret", &request).await?;
    Ok(new.version)
}

fn rotating(hours: i64) -> EnclaveSecret {
    with_spec(with_params("a", SecretTypeAes256Key, &[]), |spec| {
        let rotate_every_ms = hours * 60 * 60 * 1000;
        spec.lifecycle = Some(EnclaveSecretLifecycle { rotate_every_ms, ..Default::default() });
    })
}

#[tokio::test(start_paused = true)]
async fn the_server_rotates_what_it_has_made_and_records_it() {
    let world = World::working().await;
    world.create(rotating(48)).await.unwrap();
    let first = data(&world, "a").await;
    let due_ms = info(&world).await.rotates_ms;
    assert!((due_ms - world.clock.now_ms() - 48 * 3_600_000).abs() < 60_000, "{due_ms}");
    world.clock.pass(47 * HOUR);
    tokio::time::sleep(A_LOOK).await;
    assert_eq!(info(&world).await.version, 1, "not yet");

    world.clock.pass(2 * HOUR);
    tokio::time::sleep(A_LOOK).await;
    assert_eq!(info(&world).await.version, 2);
    assert_ne!(data(&world, "a").await, first);
    let entries = world.audit.entries();
    let act = entries.iter().find(|entry| entry.caller == "server").unwrap();
    assert_eq!((act.function.as_ref(), act.object.as_deref()), ("RotateSecret", Some("a")));
    assert!(act.reason.as_ref().unwrap().contains("time to rotate"), "{act:?}");
    assert!(act.result == "ok" && act.epoch.is_some(), "{act:?}");
    let request = ListSecretVersionRequest { secret_name: "a".into() };
    let versions: ListSecretVersionResponse =
        world.owner().call("ListSecretVersion", &request).await.unwrap();
    assert_eq!(versions.versions[1].created_by, "server");
    tokio::time::sleep(3 * A_LOOK).await;
    assert_eq!(info(&world).await.version, 2, "once in each period");
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_is_not_rotated() {
    let world = World::working().await;
    let ending = |hours: i64, ends_in: i64| {
        with_spec(rotating(hours), |spec| {
            let at_ms = world.clock.now_ms() + ends_in * 3_600_000;
            spec.lifecycle.as_mut().unwrap().expires_at_ms = at_ms;
        })
    };
    // Due before its end, but the server looks after it.
    world.create(ending(48, 50)).await.unwrap();
    assert_ne!(info(&world).await.rotates_ms, 0);
    world.clock.pass(51 * HOUR);
    tokio::time::sleep(2 * A_LOOK).await;
    assert_eq!(info(&world).await.version, 1);
    // Due when it has ended: nobody is told that it will be rotated.
    update(&world, ending(60, 5)).await.unwrap();
    assert_eq!(info(&world).await.rotates_ms, 0);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_the_host_puts_forward_rotates_nothing() {
    let world = World::working().await;
    world.create(rotating(48)).await.unwrap();
    // Not the owner: this process would take what an owner sends after the clock was put back for
    // something that it has forgotten.
    let ta = world.ta(enclave(1));
    let get = async || ta.get(SERVICE, "a").await.unwrap().data;
    let first = get().await;
    world.clock.shift(200 * HOUR);
    tokio::time::sleep(3 * A_LOOK).await;
    assert_eq!(get().await, first);

    // What is rotated while the clock is wrong is not dated by it, or the next time never comes.
    world.clock.pass(49 * HOUR);
    tokio::time::sleep(A_LOOK).await;
    let second = get().await;
    assert_ne!(second, first);
    world.clock.shift_back(200 * HOUR);
    world.clock.pass(49 * HOUR);
    tokio::time::sleep(A_LOOK).await;
    assert_ne!(get().await, second);
    assert_eq!(info(&world).await.version, 3);
}

#[tokio::test]
async fn only_what_the_server_makes_and_may_change_is_rotated() {
    let world = World::working().await;
    let lifecycle = rotating(1).spec.unwrap().lifecycle;
    let given = with_spec(with_data("a", SecretTypeImportData, "data"), |spec| {
        spec.lifecycle = lifecycle;
    });
    let refused = refusal(world.create(given).await);
    assert!(refused.message().contains("cannot make data of this type"), "{refused}");
    let readonly = || with_spec(rotating(1), |spec| spec.readonly = "true".into());
    let refused = refusal(world.create(readonly()).await);
    assert!(refused.message().contains("is read-only"), "{refused}");
    // Neither one after the other: the record would be one that nobody can read.
    world.create(rotating(1)).await.unwrap();
    let without = with_spec(readonly(), |spec| spec.lifecycle = None);
    assert_eq!(code(update(&world, without).await), ErrorCode::CreateBadData);
    assert_eq!(info(&world).await.version, 1);
}

#[tokio::test]
async fn readonly_protects_the_data_and_immutable_everything() {
    let world = World::working().await;
    let secret = |readonly: &str, immutable: bool, measurement: u8| {
        with_spec(with_data("a", SecretTypeImportData, ""), |spec| {
            spec.readonly = readonly.into();
            spec.immutable = immutable;
            spec.policy = Some(policy(pinned(measurement)));
        })
    };
    let create = |readonly, immutable| EnclaveSecret {
        data: "one".into(),
        ..secret(readonly, immutable, 1)
    };
    world.create(create("true", false)).await.unwrap();
    assert_eq!(code(put(&world, "two", 0).await), ErrorCode::UpdateReadOnly);
    update(&world, secret("true", false, 2)).await.unwrap();
    assert_eq!(world.ta(enclave(2)).get(SERVICE, "a").await.unwrap().data, "one");
    update(&world, secret("false", false, 1)).await.unwrap();
    assert_eq!(put(&world, "two", 0).await.unwrap(), 2);

    world.destroy("a").await.unwrap();
    world.create(create("false", true)).await.unwrap();
    assert_eq!(code(put(&world, "two", 0).await), ErrorCode::UpdateReadOnly);
    for update_of in [secret("true", false, 2), secret("false", false, 2), secret("true", true, 2)]
    {
        assert_eq!(code(update(&world, update_of).await), ErrorCode::UpdateReadOnly);
    }
    assert_eq!(data(&world, "a").await, "one");
    world.destroy("a").await.unwrap();
}

#[tokio::test]
async fn readonly_keeps_its_meaning_for_clients_of_2_0() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let secret = |readonly: &str, measurement: u8| {
        with_spec(with_data("a", SecretTypeImportData, "one"), |spec| {
            spec.readonly = readonly.into();
            spec.policy = Some(policy(pinned(measurement)));
        })
    };
    let send = async |secret, is_update| {
        let request = CreateEnclaveSecretRequest {
            secret: Some(secret),
            is_update,
            if_epoch: 0,
            upload: None,
        };
        let sent: Result<CreateEnclaveSecretResponse, Error> =
            world.owner().aecs20().call("CreateSecret", &request).await;
        sent
    };
    send(secret("true", 1), false).await.unwrap();
    assert_eq!(code(send(secret("false", 2), true).await), ErrorCode::UpdateReadOnly);
    assert_eq!(code(update(&world, secret("false", 2)).await), ErrorCode::UpdateReadOnly);
    let listed: ListEnclaveSecretResponse = world
        .owner()
        .aecs20()
        .call("ListSecret", &ListEnclaveSecretRequest::default())
        .await
        .unwrap();
    let spec = &listed.secrets[0];
    assert_eq!((spec.readonly.as_str(), spec.immutable), ("true", false));
    assert!(listed.info.is_empty() && listed.quotas.is_none());

    // What protects the data only is still something that 2.0 does not change.
    world.destroy("a").await.unwrap();
    world.create(secret("true", 1)).await.unwrap();
    assert_eq!(code(send(secret("false", 2), true).await), ErrorCode::UpdateReadOnly);
    update(&world, secret("false", 2)).await.unwrap();
    send(secret("false", 1), true).await.unwrap();
}

#[tokio::test]
async fn a_description_and_labels_stay_until_others_are_given() {
    let world = World::working().await;
    let label = |name: &str, value: &str| EnclaveLabel { name: name.into(), value: value.into() };
    let about = |labels: Vec<EnclaveLabel>| {
        Some(EnclaveSecretAbout { description: "for tests".into(), labels })
    };
    let secret =
        |about| with_spec(with_params("a", SecretTypeAes256Key, &[]), |spec| spec.about = about);
    world.create(secret(about(vec![label("tier", "1"), label("app", "")]))).await.unwrap();
    update(&world, secret(None)).await.unwrap();
    let kept = list(&world).await.secrets[0].about.clone().unwrap();
    assert_eq!(kept.description, "for tests");
    assert_eq!(kept.labels, [label("app", ""), label("tier", "1")], "in the order of their names");
    update(&world, secret(about(Vec::new()))).await.unwrap();
    assert!(list(&world).await.secrets[0].about.as_ref().unwrap().labels.is_empty());

    let many = (0..33).map(|n| label(&format!("l{n}"), "")).collect();
    for bad in [
        about(many),
        about(vec![label("Upper", "")]),
        about(vec![label("", "x")]),
        about(vec![label("a", "b/c")]),
        about(vec![label("a", "1"), label("a", "2")]),
        about(vec![label(&"n".repeat(64), "")]),
        Some(EnclaveSecretAbout { description: "d".repeat(1025), labels: Vec::new() }),
    ] {
        assert_eq!(code(update(&world, secret(bad)).await), ErrorCode::CreateBadData);
    }
}

#[tokio::test(start_paused = true)]
async fn the_owner_learns_when_a_secret_was_created_changed_and_released() {
    let world = World::installed().await;
    world.import("a", "one", 1).await.unwrap();
    let created = info(&world).await;
    assert!((created.created_ms - world.clock.now_ms()).abs() < 60_000);
    assert_eq!((created.changed_ms, created.released_ms), (created.created_ms, 0));
    assert_eq!((created.version, created.versions, created.bytes), (1, 1, 3));
    world.clock.pass(HOUR);
    assert_eq!(data(&world, "a").await, "one");
    let released = info(&world).await;
    assert!((released.released_ms - created.created_ms - 3_600_000).abs() < 60_000);
    assert_eq!(released.epoch, created.epoch, "a release is no change");
    world.clock.pass(HOUR);
    put(&world, "two!", 0).await.unwrap();
    let changed = info(&world).await;
    assert!((changed.changed_ms - created.created_ms - 7_200_000).abs() < 60_000);
    assert_eq!((changed.created_ms, changed.bytes), (created.created_ms, 7));

    // Written with the owner's change, and a later one by the hour.
    world.clock.pass(HOUR);
    data(&world, "a").await;
    let latest = info(&world).await.released_ms;
    tokio::time::sleep(A_LOOK).await;
    let world = world.restarted().await;
    assert_eq!(info(&world).await.released_ms, latest);
    let quotas = list(&world).await.quotas.unwrap();
    assert_eq!((quotas.secrets, quotas.bytes), (1, 7));
}

#[tokio::test]
async fn a_list_can_be_of_one_name() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    world.import("ab", "one", 1).await.unwrap();
    let request =
        ListEnclaveSecretRequest { secret_name: "a".into(), exact: true, ..Default::default() };
    let list: ListEnclaveSecretResponse = world.owner().call("ListSecret", &request).await.unwrap();
    let names: Vec<_> = list.secrets.iter().map(|spec| spec.secret_name.as_str()).collect();
    assert_eq!(names, ["a"]);
}

#[tokio::test]
async fn a_condition_that_does_not_hold_says_who_was_faster() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    assert_eq!(put(&world, "two", 1).await.unwrap(), 2);
    let refused = refusal(put(&world, "three", 1).await);
    assert_eq!(refused.code(), ErrorCode::NotCurrent);
    assert!(refused.message().contains("is 2, made "), "{refused}");
    assert!(refused.message().contains("by service-admin "), "{refused}");
    let back = RollbackSecretRequest { secret_name: "a".into(), version: 1, if_version: 1 };
    let back: Result<NewSecretVersionResponse, Error> =
        world.owner().call("RollbackSecret", &back).await;
    assert_eq!(code(back), ErrorCode::NotCurrent);
    world.create(with_params("key", SecretTypeAes256Key, &[])).await.unwrap();
    let rotate = RotateSecretRequest { secret_name: "key".into(), if_version: 7 };
    let rotate: Result<NewSecretVersionResponse, Error> =
        world.owner().call("RotateSecret", &rotate).await;
    assert_eq!(code(rotate), ErrorCode::NotCurrent);
    assert_eq!(data(&world, "a").await, "two");

    let update_at = async |if_epoch| {
        let secret = with_data("a", SecretTypeImportData, "");
        let request = CreateEnclaveSecretRequest {
            secret: Some(secret),
            is_update: true,
            if_epoch,
            upload: None,
        };
        let done: Result<CreateEnclaveSecretResponse, Error> =
            world.owner().call("CreateSecret", &request).await;
        done
    };
    let epoch = info(&world).await.epoch;
    update_at(epoch).await.unwrap();
    assert_eq!(code(update_at(epoch).await), ErrorCode::NotCurrent);
}

#[tokio::test]
async fn the_values_of_a_service_have_a_quota_in_bytes() {
    let world = World::pending(Suite::Modern, |config| config.quotas.bytes_per_service = 10)
        .await
        .provisioned()
        .await;
    world.import("a", "12345", 1).await.unwrap();
    assert_eq!(put(&world, "67890", 0).await.unwrap(), 2);
    let refused = refusal(put(&world, "1", 0).await);
    assert_eq!(refused.code(), ErrorCode::TooManySecrets);
    assert!(refused.message().contains("would have 11 bytes"), "{refused}");
    assert!(refused.message().contains("service service1"), "{refused}");
    assert_eq!(code(world.import("b", "1", 1).await), ErrorCode::TooManySecrets);
    // A rollback needs no room, and what is destroyed gives its room back.
    let back = RollbackSecretRequest { secret_name: "a".into(), version: 1, if_version: 0 };
    let _: NewSecretVersionResponse = world.owner().call("RollbackSecret", &back).await.unwrap();
    world.destroy("a").await.unwrap();
    world.import("b", "1234567890", 1).await.unwrap();
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::allowing_aecs20(aecs_crypto::Suite::Rsa).await;
    for name in ["b", "a-2", "a-1", "c", "a"] {
        world.create(with_params(name, SecretTypeAes256Key, &[])).await.unwrap();
    }
    let page = async |prefix: &str, after: &str, limit: u32| {
        let request = ListEnclaveSecretRequest {
            secret_name: prefix.into(),
            after: after.into(),
            limit,
            exact: false,
        };
        let list: ListEnclaveSecretResponse =
            world.owner().call("ListSecret", &request).await.unwrap();
        assert_eq!(list.info.len(), list.secrets.len());
        let names: Vec<String> = list.secrets.into_iter().map(|spec| spec.secret_name).collect();
        (names.join(" "), list.next)
    };
    let is = |names: &str, next: &str| (names.to_owned(), next.to_owned());
    assert_eq!(page("", "", 0).await, is("a a-1 a-2 b c", ""));
    assert_eq!(page("", "", 2).await, is("a a-1", "a-1"));
    assert_eq!(page("", "a-1", 2).await, is("a-2 b", "b"));
    assert_eq!(page("", "b", 2).await, is("c", ""));
    assert_eq!(page("", "c", 2).await, is("", ""));
    assert_eq!(page("a-", "", 1).await, is("a-1", "a-1"));
    assert_eq!(page("a-", "a-1", 2).await, is("a-2", ""));
    // One that is gone is a place in the order as well.
    assert_eq!(page("", "a-1x", 1).await, is("a-2", "a-2"));
    let request = ListEnclaveSecretRequest { after: "a/b".into(), ..Default::default() };
    let refused = world.owner().call::<_, ListEnclaveSecretResponse>("ListSecret", &request).await;
    assert_eq!(code(refused), ErrorCode::NameBadCharacter);
    // To 2.0, the list is one.
    let request = ListEnclaveSecretRequest { limit: 1, ..Default::default() };
    let list: ListEnclaveSecretResponse =
        world.owner().aecs20().call("ListSecret", &request).await.unwrap();
    assert_eq!((list.secrets.len(), list.next.as_str()), (5, ""));
}
