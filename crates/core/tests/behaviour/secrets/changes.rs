//! Several changes in one act: all of them or none.

use std::collections::BTreeMap;

use aecs_core::{AuditEntry, Error, ErrorCode, Kind};
use aecs_crypto::{Purpose, Suite, envelope};
use aecs_proto::{
    ApplySecretRequest, ChangeSecretsRequest, ChangeSecretsResponse, CreateEnclaveSecretRequest,
    DeleteSecretRequest, DestroyEnclaveSecretRequest, EnclaveSecret,
    EnclaveSecretType::SecretTypeAes256Key,
    SecretChange,
    SecretOutcome::{SecretCreated, SecretUnchanged, SecretUpdated},
    json,
    secret_change::Change,
};

use super::{data, public};
use crate::support::{SERVICE, World, binding, code, enclave, imported, pinned, refusal, secret};

fn create(secret: EnclaveSecret) -> Change {
    Change::Create(CreateEnclaveSecretRequest { secret: Some(secret), ..Default::default() })
}

fn apply(secret: EnclaveSecret) -> Change {
    Change::Apply(ApplySecretRequest { secret: Some(secret), ..Default::default() })
}

fn delete(name: &str) -> Change {
    Change::Delete(DeleteSecretRequest { secret_name: name.into(), version: 0 })
}

fn destroy(name: &str) -> Change {
    Change::Destroy(DestroyEnclaveSecretRequest { secret_name: name.into(), version: 0 })
}

fn import(name: &str) -> EnclaveSecret {
    imported(name, name, pinned(1))
}

fn request(changes: Vec<Change>) -> ChangeSecretsRequest {
    let change = |change| SecretChange { change: Some(change) };
    ChangeSecretsRequest { changes: changes.into_iter().map(change).collect() }
}

async fn change(world: &World, changes: Vec<Change>) -> Result<ChangeSecretsResponse, Error> {
    world.owner().call("ChangeSecrets", &request(changes)).await
}

/// What is in the log since `before` entries, by the objects.
fn recorded(world: &World, before: usize) -> BTreeMap<Option<String>, AuditEntry> {
    let mut entries = world.audit.entries().split_off(before);
    entries.retain(|entry| entry.function == "ChangeSecrets");
    let count = entries.len();
    let by_object: BTreeMap<_, _> =
        entries.into_iter().map(|entry| (entry.object.clone(), entry)).collect();
    assert_eq!(by_object.len(), count, "one of each");
    by_object
}

async fn world(change: impl FnOnce(&mut crate::support::Config)) -> World {
    World::pending(Suite::Modern, change).await.provisioned().await
}

#[tokio::test]
async fn all_are_made_in_one_commit() {
    let world = World::working().await;
    for name in ["gone", "hidden", "same", "other"] {
        world.create(import(name)).await.unwrap();
    }
    let before = world.status().await.store_epoch;
    let entries = world.audit.entries().len();
    let changes = vec![
        create(import("new")),
        create(secret("made", SecretTypeAes256Key, pinned(1))),
        apply(import("same")),
        apply(public(imported("other", "2", pinned(1)))),
        apply(import("applied")),
        delete("hidden"),
        destroy("gone"),
    ];
    let ChangeSecretsResponse { results } = change(&world, changes).await.unwrap();
    assert_eq!(world.status().await.store_epoch, before + 1, "one commit");
    let told: Vec<_> = results.iter().map(|it| (it.outcome(), it.version)).collect();
    let created = (SecretCreated, 1);
    let silent = (SecretUnchanged, 0);
    assert_eq!(
        told,
        [created, created, (SecretUnchanged, 1), (SecretUpdated, 2), created, silent, silent]
    );
    assert_eq!(results[3].changed, ["data", "share"]);
    assert!(results[5].restorable_until_ms > world.clock.now_ms());
    let recorded = recorded(&world, entries);

    assert_eq!(world.list("").await, ["applied", "made", "new", "other", "same"]);
    assert_eq!(data(&world, "new").await, "new");
    assert_eq!(data(&world, "other").await, "2");
    // The next one of that name goes on counting.
    let again = change(&world, vec![create(import("gone"))]).await.unwrap();
    assert_eq!(again.results[0].version, 2);

    let request = recorded[&Some("new".to_owned())].request.clone();
    for name in ["new", "made", "same", "other", "applied", "hidden"] {
        let entry = &recorded[&Some(name.to_owned())];
        assert_eq!((entry.function.as_ref(), entry.result.as_str()), ("ChangeSecrets", "ok"));
        let epoch = u64::try_from(before + 1).ok();
        assert_eq!((entry.epoch, &entry.request), (epoch, &request), "{name}");
        assert_eq!(entry.service.as_deref(), Some(SERVICE));
    }
    assert!(recorded[&Some("same".to_owned())].reason.is_some(), "that nothing was to be done");
    assert!(recorded[&Some("new".to_owned())].reason.is_none());
}

#[tokio::test]
async fn none_is_made_if_one_is_refused() {
    let world = World::working().await;
    world.create(import("there")).await.unwrap();
    // Without the records of the state that a caller has seen: a list writes one.
    let records = async || {
        let names = world.names().await;
        names.into_iter().filter(|name| !name.starts_with("seen/")).collect::<Vec<_>>()
    };
    let before = records().await;
    for (wrong, expected) in [
        (create(import("there")), ErrorCode::NameExists),
        (destroy("nowhere"), ErrorCode::NoSuchName),
        (delete("nobody"), ErrorCode::NoSuchName),
        (apply(secret("there", SecretTypeAes256Key, pinned(1))), ErrorCode::UpdateTypeMismatch),
    ] {
        let entries = world.audit.entries().len();
        let error = refusal(change(&world, vec![create(import("a")), wrong]).await);
        assert_eq!(error.code(), expected, "{error}");
        assert!(error.message().starts_with("change 2 of 2, secret "), "{error}");
        assert_eq!(world.list("").await, ["there"]);
        let recorded = recorded(&world, entries);
        let [(object, entry)] = recorded.iter().collect::<Vec<_>>()[..] else {
            panic!("{recorded:?}")
        };
        assert_ne!(object.as_deref(), Some("a"), "what was refused is on record");
        assert_ne!(entry.result, "ok");
    }
    assert_eq!(records().await, before);
}

#[tokio::test]
async fn a_request_has_some_changes_and_each_secret_once() {
    let world = World::working().await;
    let many = |count: usize| (0..count).map(|n| create(import(&format!("s{n}")))).collect();
    for (changes, part) in [
        (many(0), "1 to 64 changes, got 0"),
        (many(65), "1 to 64 changes, got 65"),
        (vec![create(import("a")), destroy("a")], "secret a is in it twice"),
        (vec![delete("a"), destroy("a")], "secret a is in it twice"),
    ] {
        let error = refusal(change(&world, changes).await);
        assert_eq!(error.kind(), Kind::InvalidArgument);
        assert!(error.message().contains(part), "{error}");
    }
    let nothing = ChangeSecretsRequest { changes: vec![SecretChange::default()] };
    let refused: Result<ChangeSecretsResponse, _> =
        world.owner().call("ChangeSecrets", &nothing).await;
    assert!(refusal(refused).message().contains("what is to be done"));
    assert!(world.list("").await.is_empty());
    change(&world, many(64)).await.unwrap();
    assert_eq!(world.list("").await.len(), 64);
}

#[tokio::test]
async fn quotas_count_for_all_of_them_together() {
    let world = world(|config| {
        config.quotas.secrets_per_service = 3;
        config.quotas.bytes_per_service = 10;
    })
    .await;
    let new = |names: &[&str]| names.iter().map(|name| create(import(name))).collect::<Vec<_>>();
    let error = refusal(change(&world, new(&["a", "b", "c", "d"])).await);
    assert_eq!(error.code(), ErrorCode::TooManySecrets, "{error}");
    // Each of them has room, and both have not.
    let large = |name: &str| create(imported(name, "123456", pinned(1)));
    let error = refusal(change(&world, vec![large("a"), large("b")]).await);
    assert_eq!(error.code(), ErrorCode::TooManySecrets, "{error}");
    assert!(error.message().contains("12"), "{error}");
    assert!(world.list("").await.is_empty());
    change(&world, new(&["a", "b"])).await.unwrap();
    assert_eq!(code(change(&world, new(&["c", "d"])).await), ErrorCode::TooManySecrets);
    change(&world, new(&["c"])).await.unwrap();
}

/// A service keeps as many last numbers as it may have secrets, however many go at once.
#[tokio::test]
async fn the_last_numbers_of_all_that_go_are_kept_within_the_quota() {
    let world = world(|config| config.quotas.secrets_per_service = 3).await;
    let numbers = async || {
        let names = world.names().await;
        let numbers = names.iter().filter_map(|name| name.split_once("/numbers/"));
        numbers.map(|(_, secret)| secret.to_owned()).collect::<Vec<_>>()
    };
    for (names, kept) in [
        (&["a", "b"][..], &["a", "b"][..]),
        (&["c", "d"], &["b", "c", "d"]),
        (&["b", "e"], &["b", "d", "e"]),
        (&["f", "g", "h"], &["f", "g", "h"]),
    ] {
        change(&world, names.iter().map(|name| create(import(name))).collect()).await.unwrap();
        change(&world, names.iter().map(|name| destroy(name)).collect()).await.unwrap();
        let mut found = numbers().await;
        found.sort();
        assert_eq!(found, kept);
    }
    // One comes while others go, and its number is not what is forgotten for them.
    change(&world, vec![create(import("x")), create(import("y"))]).await.unwrap();
    let changes = vec![create(import("f")), destroy("x"), destroy("y")];
    assert_eq!(change(&world, changes).await.unwrap().results[0].version, 2);
}

#[tokio::test]
async fn the_same_act_is_made_once() {
    let world = World::working().await;
    let owner = world.owner();
    let changes = (0..64).map(|n| create(import(&format!("s{n}")))).collect();
    let mut payload = owner.payload("ChangeSecrets", json::to_string(&request(changes)));
    payload.binding = Some(binding(&world.core, world.service_admin.suite()).await);
    let mut results = Vec::new();
    for (nonce, before) in [([1; 16], false), ([2; 16], true)] {
        payload.nonce = nonce.to_vec();
        let answer = owner.send(owner.seal("ChangeSecrets", &payload).await).await.unwrap();
        assert_eq!(answer.done_before, before);
        let sealed = answer.res_enc.unwrap();
        let opened = envelope::open(Purpose::SERVICE_RESPONSE, &owner.key, &sealed).unwrap();
        let opened = opened.verify(&owner.server_key().await).unwrap();
        let answer: ChangeSecretsResponse = json::from_slice(opened.plain.expose()).unwrap();
        results.push(answer.results);
    }
    assert!(results[0].len() == 64 && results[0] == results[1], "the answer of then");
    let last = world.audit.last();
    assert_eq!((last.object, last.reason.as_deref()), (None, Some("done before")));
    assert_eq!(recorded(&world, 0).len(), 65, "64, and the one of the second time");
}

/// The log needs room for all entries before anything is done, and a crash loses none of them.
#[tokio::test]
async fn h06_every_change_is_on_record_or_none_is_made() {
    let world = World::installed().await;
    world.audit.fill(true);
    let changes = || vec![create(import("a")), create(import("b")), create(import("c"))];
    assert_eq!(refusal(change(&world, changes()).await).kind(), Kind::Unavailable);
    world.audit.fill(false);
    assert!(world.list("").await.is_empty());

    let before = world.audit.entries().len();
    change(&world, changes()).await.unwrap();
    assert_eq!(recorded(&world, before).len(), 3);
    // The host loses two of the three.
    world.audit.cut(2);
    let again = world.restarted().await;
    let names: Vec<_> = again.audit.entries().split_off(before + 1);
    let written: Vec<_> = names.iter().filter(|entry| entry.function == "ChangeSecrets").collect();
    let objects: Vec<_> = written.iter().filter_map(|entry| entry.object.as_deref()).collect();
    assert_eq!(objects, ["b", "c"]);
    assert!(written.iter().all(|entry| entry.reason.as_deref().unwrap().contains("next start")));
    assert_eq!(again.ta(enclave(1)).get(SERVICE, "c").await.unwrap().data, "c");
}
