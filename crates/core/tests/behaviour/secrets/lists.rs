//! Named lists: who may change them, and what rules that refer to them make of them.

use aecs_core::{Error, ErrorCode};
use aecs_crypto::Suite;
use aecs_proto::{
    DestroyNamedListRequest, DestroyNamedListResponse, EnclaveSecret,
    EnclaveSecretType::SecretTypeAes256Key, ListChange, ListNamedListRequest,
    ListNamedListResponse, ListedMeasurement, ListedMeasurements, ListedValues, NamedList,
    PutNamedListRequest, PutNamedListResponse, UnifiedAttestationAttributes,
    UnifiedAttestationPolicy, json, named_list::Content,
};
use serde_json::{Value, json};

use super::{update, with_params, with_spec};
use crate::support::{SERVICE, World, code, enclave, refusal};

/// The measurement of an enclave.
fn measurement(number: u8) -> String {
    hex::encode_upper([number; 32])
}

fn values(attribute: &str, values: &[String]) -> Content {
    Content::Values(ListedValues { attribute: attribute.into(), values: values.to_vec() })
}

/// A list of measurements of enclaves, as values.
fn builds(numbers: &[u8]) -> Content {
    let all: Vec<String> = numbers.iter().map(|number| measurement(*number)).collect();
    values("hex_ta_measurement", &all)
}

fn entry(label: &str, number: u8, valid_until_ms: i64) -> ListedMeasurement {
    ListedMeasurement {
        label: label.into(),
        attributes: Some(UnifiedAttestationAttributes {
            str_tee_platform: "SGX_DCAP".into(),
            hex_ta_measurement: measurement(number),
            ..Default::default()
        }),
        valid_until_ms,
    }
}

fn set(entries: Vec<ListedMeasurement>) -> Content {
    Content::Measurements(ListedMeasurements { source: "build 17".into(), entries })
}

fn request(name: &str, content: Content, change: ListChange) -> PutNamedListRequest {
    let list = NamedList { list_name: name.into(), content: Some(content), ..NamedList::default() };
    PutNamedListRequest { list: Some(list), change: change.into(), ..Default::default() }
}

async fn change(
    world: &World,
    name: &str,
    content: Content,
    change: ListChange,
) -> Result<PutNamedListResponse, Error> {
    world.owner().call("PutNamedList", &request(name, content, change)).await
}

async fn put(world: &World, name: &str, content: Content) {
    change(world, name, content, ListChange::ListReplace).await.unwrap();
}

async fn destroy(world: &World, name: &str) -> Result<(), Error> {
    let request = DestroyNamedListRequest { list_name: name.into() };
    let DestroyNamedListResponse {} = world.owner().call("DestroyNamedList", &request).await?;
    Ok(())
}

/// A secret with one rule for enclaves, of these conditions.
fn ruled(name: &str, conditions: &[Value]) -> EnclaveSecret {
    let platform = json!({ "anyOf": { "attribute": "str_tee_platform", "values": ["SGX_DCAP"] } });
    let conditions: Vec<Value> = [platform].iter().chain(conditions).cloned().collect();
    let rules = json!([{ "conditions": conditions }]);
    let policy = json!({ "typed": { "parts": [{ "attester": { "rules": rules } }] } });
    let policy: UnifiedAttestationPolicy = json::from_str(&policy.to_string()).unwrap();
    with_spec(with_params(name, SecretTypeAes256Key, &[]), |spec| {
        spec.policy.as_mut().unwrap().policy = Some(policy);
    })
}

fn only(list: &str) -> Value {
    json!({ "inLists": { "attribute": "hex_ta_measurement", "lists": [list] } })
}

fn none(list: &str) -> Value {
    json!({ "inNoList": { "attribute": "hex_ta_measurement", "lists": [list] } })
}

fn signed() -> Value {
    let signer = hex::encode_upper([0xA0; 32]);
    json!({ "anyOf": { "attribute": "hex_signer", "values": [signer] } })
}

/// Which of the enclaves 1 to 3 get a secret.
async fn admitted(world: &World, secret: &str) -> Vec<u8> {
    let mut admitted = Vec::new();
    for number in 1..=3 {
        let ta = world.ta(enclave(number));
        let got = ta.get(SERVICE, secret).await;
        let listed = ta.list(SERVICE, secret).await.unwrap();
        assert_eq!(got.is_ok(), !listed.is_empty(), "{number}: a list is what a get admits");
        match got {
            Ok(_) => admitted.push(number),
            Err(error) => assert_eq!(error.code(), ErrorCode::NoSuchName),
        }
    }
    admitted
}

#[tokio::test]
async fn a_change_of_a_list_counts_from_the_next_call_on() {
    let world = World::working().await;
    put(&world, "builds", builds(&[1])).await;
    world.create(ruled("a", &[only("builds")])).await.unwrap();
    assert_eq!(admitted(&world, "a").await, [1]);

    let added = change(&world, "builds", builds(&[1, 2]), ListChange::ListAdd).await.unwrap();
    assert_eq!((added.entries, added.added, added.removed), (2, 1, 0));
    assert_eq!(admitted(&world, "a").await, [1, 2]);
    let removed = change(&world, "builds", builds(&[1]), ListChange::ListRemove).await.unwrap();
    assert_eq!((removed.entries, removed.added, removed.removed), (1, 0, 1));
    assert_eq!(admitted(&world, "a").await, [2]);
    let replaced = change(&world, "builds", builds(&[3, 2]), ListChange::ListReplace).await;
    let replaced = replaced.unwrap();
    assert_eq!((replaced.entries, replaced.added, replaced.removed), (2, 1, 0));
    assert_eq!(admitted(&world, "a").await, [2, 3]);
    put(&world, "builds", builds(&[])).await;
    assert_eq!(admitted(&world, "a").await, Vec::<u8>::new());
}

#[tokio::test]
async fn a_list_that_is_missing_admits_nobody_also_where_it_excludes() {
    let world = World::working().await;
    let secret = ruled("a", &[signed(), none("stolen")]);
    let error = refusal(world.create(secret.clone()).await);
    assert_eq!(error.code(), ErrorCode::CreateBadData);
    assert!(error.message().contains("main_attributes[0]: there is no list `stolen`"), "{error}");

    put(&world, "stolen", builds(&[2])).await;
    world.create(secret.clone()).await.unwrap();
    assert_eq!(admitted(&world, "a").await, [1, 3]);
    destroy(&world, "stolen").await.unwrap();
    assert_eq!(code(destroy(&world, "stolen").await), ErrorCode::NoSuchName);
    assert_eq!(admitted(&world, "a").await, Vec::<u8>::new());
    assert_eq!(code(update(&world, secret.clone()).await), ErrorCode::CreateBadData);
    let entry = world.audit.entries().into_iter().rev().find(|it| it.function == "TaGetSecret");
    let reason = entry.unwrap().reason.unwrap();
    assert!(reason.contains("none of list stolen, but there is no list `stolen`"), "{reason}");

    // One of that name with other values is not the one that the rule means.
    let signers = || values("hex_signer", &[measurement(9)]);
    put(&world, "stolen", signers()).await;
    assert_eq!(admitted(&world, "a").await, Vec::<u8>::new());
    let error = refusal(update(&world, secret.clone()).await);
    assert!(error.message().contains("list `stolen` has values of `mrsigner`"), "{error}");
    // It does not become one of another kind by a replacement, whatever it has.
    for other in [builds(&[]), set(vec![])] {
        let error = refusal(change(&world, "stolen", other, ListChange::ListReplace).await);
        assert_eq!(error.code(), ErrorCode::CreateBadData);
        let why = "the list has values of `mrsigner`; use another name, or destroy the list first";
        assert!(error.message().ends_with(why), "{error}");
    }
    change(&world, "stolen", signers(), ListChange::ListReplace).await.unwrap();
    destroy(&world, "stolen").await.unwrap();
    put(&world, "stolen", builds(&[])).await;
    assert_eq!(admitted(&world, "a").await, [1, 2, 3]);
}

#[tokio::test]
async fn a_list_of_several_requests_counts_when_it_is_whole() {
    let world = World::working().await;
    let part = |numbers: &[u8], more| PutNamedListRequest {
        more,
        ..request("stolen", builds(numbers), ListChange::ListAdd)
    };
    let send = async |request: PutNamedListRequest| {
        let _: PutNamedListResponse = world.owner().call("PutNamedList", &request).await.unwrap();
    };
    send(part(&[1], true)).await;
    let secret = ruled("a", &[signed(), none("stolen")]);
    assert_eq!(code(world.create(secret.clone()).await), ErrorCode::CreateBadData);
    send(part(&[2], false)).await;
    world.create(secret).await.unwrap();
    assert_eq!(admitted(&world, "a").await, [3]);
    // A whole one stays so, whatever else comes.
    send(part(&[3], true)).await;
    assert_eq!(admitted(&world, "a").await, Vec::<u8>::new());
    change(&world, "stolen", builds(&[3]), ListChange::ListRemove).await.unwrap();
    assert_eq!(admitted(&world, "a").await, [3]);
}

#[tokio::test]
async fn sets_of_measurements_pin_and_end() {
    let world = World::working().await;
    let soon = world.clock.now_ms() + 60_000;
    put(&world, "inference", set(vec![entry("v1", 1, 0), entry("v2", 2, soon)])).await;
    let code_of = json!({ "inSets": { "sets": ["inference"] } });
    world.create(ruled("a", &[code_of])).await.unwrap();
    assert_eq!(admitted(&world, "a").await, [1, 2]);
    let denied = world.audit.entries().into_iter().rev().find(|it| it.reason.is_some());
    let reason = denied.unwrap().reason.unwrap();
    assert!(
        reason.contains(
            "code: expected an entry of set inference, found no entry; of the nearest, v1, differ \
             hex_ta_measurement"
        ),
        "{reason}"
    );
    change(&world, "inference", set(vec![entry("v3", 3, 0)]), ListChange::ListAdd).await.unwrap();
    assert_eq!(admitted(&world, "a").await, [1, 2, 3]);
    world.clock.pass(std::time::Duration::from_secs(61));
    assert_eq!(admitted(&world, "a").await, [1, 3]);
    // The same entry with another end takes the place of the former one.
    let later = entry("v2", 2, soon + 600_000);
    let again = change(&world, "inference", set(vec![later]), ListChange::ListAdd).await.unwrap();
    assert_eq!((again.entries, again.added), (3, 0));
    assert_eq!(admitted(&world, "a").await, [1, 2, 3]);
    let withdrawn = ListedMeasurement { label: "v1".into(), ..Default::default() };
    change(&world, "inference", set(vec![withdrawn]), ListChange::ListRemove).await.unwrap();
    assert_eq!(admitted(&world, "a").await, [2, 3]);

    // An entry that pins nothing would let everybody in.
    let platform =
        UnifiedAttestationAttributes { str_tee_platform: "SGX_DCAP".into(), ..Default::default() };
    let open = ListedMeasurement { attributes: Some(platform), ..entry("v4", 4, 0) };
    let error = change(&world, "inference", set(vec![open]), ListChange::ListAdd).await;
    let error = error.err().unwrap().to_string();
    assert!(error.contains("entry 0: it pins no code on SGX_DCAP"), "{error}");
}

#[tokio::test]
async fn a_list_survives_restarts_and_goes_with_its_service() {
    let world = World::working().await;
    put(&world, "builds", builds(&[1, 2])).await;
    world.create(ruled("a", &[only("builds")])).await.unwrap();
    let all = ListNamedListRequest::default();
    let exact =
        ListNamedListRequest { list_name: "builds".into(), exact: true, ..Default::default() };
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    let listed: ListNamedListResponse = world.owner().call("ListNamedList", &all).await.unwrap();
    let [info] = listed.lists.as_slice() else { panic!("{listed:?}") };
    assert_eq!((info.list_name.as_str(), info.entries), ("builds", 2));
    assert_eq!(info.attribute, "hex_ta_measurement");
    let shown: ListNamedListResponse = world.owner().call("ListNamedList", &exact).await.unwrap();
    assert_eq!(shown.list.unwrap().content, Some(builds(&[1, 2])));

    // What was remembered of it is not used for another one at a later epoch.
    assert_eq!(admitted(&world, "a").await, [1, 2]);
    destroy(&world, "builds").await.unwrap();
    put(&world, "builds", builds(&[3])).await;
    assert_eq!(admitted(&world, "a").await, [3]);
}

#[tokio::test]
async fn lists_are_refused_that_cannot_be_used() {
    let world = World::working().await;
    for (content, reason) in [
        (values("hex_ppid", &["AB".into()]), "value 0: hex_ppid has another length"),
        (values("hex_chip_id", &["XY".into()]), "value 0: hex_chip_id is not hexadecimal"),
        (values("hex_chip_id", &[String::new()]), "value 0: hex_chip_id is empty"),
        (
            values("str_tcb_status", &["OutOfDate".into()]),
            "no attribute whose values can be listed",
        ),
        (values("nothing", &[]), "no attribute whose values can be listed"),
        (set(vec![entry("", 1, 0)]), "entry 0: the label is not"),
        (set(vec![entry("v", 1, i64::MIN)]), "entry 0: its end is not a time"),
    ] {
        let error = change(&world, "list", content, ListChange::ListReplace).await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::CreateBadData);
        assert!(error.message().contains(reason), "{error}");
    }
    let missing = change(&world, "list", builds(&[1]), ListChange::ListRemove).await;
    assert_eq!(missing.err().unwrap().code(), ErrorCode::NoSuchName);
    put(&world, "list", builds(&[1])).await;
    let other = change(&world, "list", set(vec![entry("v", 1, 0)]), ListChange::ListAdd).await;
    assert!(other.err().unwrap().message().contains("the list has values of `measurement`"));

    for number in 0..64 {
        let one = change(&world, &format!("n{number}"), builds(&[1]), ListChange::ListAdd).await;
        // One is there already.
        assert_eq!(one.is_ok(), number < 63, "{number}");
    }
}

#[tokio::test]
async fn aecs20_clients_widen_no_rule_with_a_list() {
    let world = World::allowing_aecs20(Suite::Rsa).await;
    put(&world, "builds", builds(&[2])).await;
    world.create(ruled("a", &[only("builds")])).await.unwrap();
    let wider = with_params("a", SecretTypeAes256Key, &[]);
    let request = crate::support::update(wider);
    let update = world.owner().aecs20().call::<_, Value20>("CreateSecret", &request).await;
    assert_eq!(code(update), ErrorCode::CreateBadData);
    assert_eq!(admitted(&world, "a").await, [2]);
}

type Value20 = aecs_proto::CreateEnclaveSecretResponse;

#[tokio::test]
async fn a_list_has_a_hundred_thousand_values_and_no_more() {
    let world = World::working().await;
    let all: Vec<String> = (0..100_001_u32).map(|n| format!("{n:0>32X}")).collect();
    let part = |from: usize, to: usize| values("hex_ppid", &all[from..to]);
    put(&world, "machines", part(0, 16_000)).await;
    for from in (16_000..100_000).step_by(16_000) {
        let to = (from + 16_000).min(100_000);
        let added = change(&world, "machines", part(from, to), ListChange::ListAdd).await;
        assert_eq!(added.unwrap().entries, to as u64);
    }
    let beyond = change(&world, "machines", part(100_000, 100_001), ListChange::ListAdd).await;
    let beyond = refusal(beyond);
    assert_eq!(beyond.code(), ErrorCode::CreateBadData);
    assert!(beyond.message().contains("keep the rest in a second list"), "{beyond}");

    let mut request = ListNamedListRequest {
        list_name: "machines".into(),
        exact: true,
        limit: 25_000,
        ..Default::default()
    };
    let (mut shown, mut pages) = (Vec::new(), 0);
    loop {
        let page: ListNamedListResponse =
            world.owner().call("ListNamedList", &request).await.unwrap();
        let Some(Content::Values(found)) = page.list.unwrap().content else { panic!("no values") };
        assert!(found.values.len() <= 25_000);
        shown.extend(found.values);
        pages += 1;
        if page.next.is_empty() {
            break;
        }
        request.after = page.next;
    }
    assert_eq!(pages, 4);
    assert!(shown == all[..100_000]);
}
