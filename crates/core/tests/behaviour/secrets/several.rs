//! Several secrets in one call: each judged, recorded and refused as if it were asked for alone.

use std::time::{Duration, Instant};

use aecs_core::{AuditEntry, ErrorCode, Kind};
use aecs_proto::{
    DenialReason, ListDenialRequest, ListDenialResponse, TaGetSecretsRequest, TaGetSecretsResponse,
    TaSecretResult, TaSecrets, TaWantedSecret, json,
};

use crate::support::{SERVICE, World, code, enclave, imported, pinned, refusal};

fn wanted(name: &str) -> TaWantedSecret {
    TaWantedSecret {
        service_name: SERVICE.into(),
        secret_name: name.into(),
        ..TaWantedSecret::default()
    }
}

fn all(names: &[&str]) -> Vec<TaWantedSecret> {
    names.iter().map(|name| wanted(name)).collect()
}

fn told(results: &[TaSecretResult]) -> Vec<Result<&str, u32>> {
    results
        .iter()
        .map(|result| match (result.error_code, &result.secret) {
            (0, Some(secret)) => Ok(secret.data.as_str()),
            (code, _) => Err(code),
        })
        .collect()
}

#[tokio::test]
async fn each_is_judged_by_itself() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    world.import("b", "two", 2).await.unwrap();
    world.import("c", "three", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    let before = world.audit.entries().len();
    let results = ta.get_several(all(&["a", "b", "c", "none"])).await.unwrap();
    let refused = Err(ErrorCode::NoSuchName.value());
    assert_eq!(told(&results), [Ok("one"), refused, Ok("three"), refused]);
    assert_eq!(results[1].error, results[3].error, "the caller does not learn which it was");
    // It is what a get gives.
    assert_eq!(results[0].secret, Some(ta.get(SERVICE, "a").await.unwrap()));

    let entries = world.audit.entries().split_off(before);
    let objects: Vec<_> =
        entries.iter().map(|it| (it.object.as_deref().unwrap(), it.result == "ok")).collect();
    let each = [("a", true), ("b", false), ("c", true), ("none", false)];
    assert_eq!(objects[..4], each);
    assert!(entries[..4].iter().all(|entry| entry.function == "TaGetSecrets"));
    assert!(entries[..4].iter().all(|entry| entry.measurement.is_some()));
    // What is said of a release is what is said of that of one get.
    ta.get(SERVICE, "a").await.unwrap();
    let alone = world.audit.last();
    let comparable = |entry: &AuditEntry| AuditEntry {
        time_ms: 0,
        function: "".into(),
        request: None,
        ..entry.clone()
    };
    assert_eq!(comparable(&entries[0]), comparable(&alone));
    let list: ListDenialResponse =
        world.owner().call("ListDenial", &ListDenialRequest::default()).await.unwrap();
    let reasons: Vec<_> =
        list.denials.iter().map(|it| (it.secret_name.as_str(), it.reason())).collect();
    assert!(reasons.contains(&("b", DenialReason::DenialPolicy)), "{reasons:?}");
    assert!(reasons.contains(&("none", DenialReason::DenialNoSuchSecret)), "{reasons:?}");
}

#[tokio::test]
async fn versions_and_tags_count_as_in_a_get() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    world.import("b", "two", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    let known = ta.get(SERVICE, "a").await.unwrap().tag.clone();
    let before = world.audit.entries().len();
    let known = TaWantedSecret { known_tag: known, ..wanted("a") };
    let results = ta.get_several(vec![known.clone(), wanted("b")]).await.unwrap();
    assert!(results[0].unchanged && results[0].secret.is_none());
    assert_eq!(told(&results[1..]), [Ok("two")]);
    assert_eq!(world.audit.entries().len(), before + 1, "what is unchanged leaves no entry");
    let other = TaWantedSecret { version: 2, ..wanted("a") };
    let results = ta.get_several(vec![other]).await.unwrap();
    assert_eq!(told(&results), [Err(ErrorCode::NoVersion.value())]);
}

#[tokio::test]
async fn a_request_wants_some_secrets_with_names() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    for count in [0, 65] {
        let error = refusal(ta.get_several(vec![wanted("a"); count]).await);
        assert_eq!(error.kind(), Kind::InvalidArgument);
        assert!(error.message().contains("1 to 64 secrets"), "{error}");
    }
    assert_eq!(ta.get_several(vec![wanted("a"); 64]).await.unwrap().len(), 64);
    let before = world.audit.entries().len();
    refusal(ta.get_several(all(&["a", ""])).await);
    assert_eq!(world.audit.last().object, None, "nothing was judged");
    assert_eq!(world.audit.entries().len(), before + 1);
}

#[tokio::test]
async fn what_is_not_recorded_is_not_released() {
    let world = World::working().await;
    for name in ["a", "b"] {
        world.import(name, "data", 1).await.unwrap();
    }
    let ta = world.ta(enclave(1));
    world.audit.fill(true);
    let refused = refusal(ta.get_several(all(&["a", "b"])).await);
    assert_eq!(refused.kind(), Kind::Unavailable);
    world.audit.fill(false);
    // There was room, and then the write fails.
    world.audit.fail(true);
    let refused = refusal(ta.get_several(all(&["a", "b"])).await);
    assert!(refused.message().contains("audit log"), "{refused}");
    world.audit.fail(false);
    assert_eq!(told(&ta.get_several(all(&["a", "b"])).await.unwrap()), [Ok("data"); 2]);
}

#[tokio::test]
async fn an_answer_that_is_full_leaves_out_the_rest() {
    let world = World::working().await;
    let large = "x".repeat(65_000);
    for n in 0..40 {
        world.create(imported(&format!("s{n:02}"), &large, pinned(1))).await.unwrap();
    }
    let names: Vec<String> = (0..40).map(|n| format!("s{n:02}")).collect();
    let wanted = |from: usize| names[from..].iter().map(|name| self::wanted(name)).collect();
    let ta = world.ta(enclave(1));
    let before = world.audit.entries().len();
    let results = ta.get_several(wanted(0)).await.unwrap();
    let here = results.iter().take_while(|result| result.secret.is_some()).count();
    assert_eq!((results.len(), here), (40, 9), "512 KiB of 65,000 bytes");
    assert!(results[here..].iter().all(|it| it.left_out && it.secret.is_none()));
    assert_eq!(world.audit.entries().len(), before + here, "nothing is said of the others");
    let rest = ta.get_several(wanted(here)).await.unwrap();
    assert!(rest[0].secret.is_some(), "the first one is never left out");
}

#[tokio::test]
async fn a_session_gives_the_same() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    world.import("b", "two", 2).await.unwrap();
    let session = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    let request = TaGetSecretsRequest { wanted: all(&["a", "b"]), nonce: "n".into() };
    let answer = session.call("TaGetSecrets", &request).await.unwrap();
    let response: TaGetSecretsResponse = json::from_str(&answer.res_json).unwrap();
    assert_eq!((response.nonce.as_str(), response.secrets_enc), ("n", None));
    let found: TaSecrets = json::from_str(&answer.secret).unwrap();
    assert_eq!(told(&found.results), [Ok("one"), Err(ErrorCode::NoSuchName.value())]);
    world.destroy("a").await.unwrap();
    let answer = session.call("TaGetSecrets", &request).await.unwrap();
    let found: TaSecrets = json::from_str(&answer.secret).unwrap();
    assert_eq!(told(&found.results), [Err(ErrorCode::NoSuchName.value()); 2]);
}

/// As many beats as secrets: what a refusal is about does not show in its time.
#[tokio::test]
async fn h19_refusals_among_others_are_told_at_a_beat() {
    let world = World::working().await;
    world.import("a", "one", 1).await.unwrap();
    world.import("b", "two", 2).await.unwrap();
    let ta = world.ta(enclave(1));
    for (names, beats) in [(&["a", "b"][..], 2), (&["none"], 1), (&["none", "b", "a"], 3)] {
        let began = Instant::now();
        ta.get_several(all(names)).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(5 * beats), "{names:?}");
    }
    assert_eq!(code(ta.get(SERVICE, "none").await), ErrorCode::NoSuchName);
}
