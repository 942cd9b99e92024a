//! Sessions of applications: what they give, and what they are no way around.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aecs_attest::{
    Attester as _, CollateralItem, CollateralSource, ReportRequest, UserData, sign_nested_results,
};
use aecs_core::{AuditEntry, Error, ErrorCode, Kind};
use aecs_crypto::session::{Parties, ServerEnd, Share, Terms};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    ApplyDeploymentRequest, ApplyDeploymentResponse, CreateEnclaveSecretResponse, DenialReason,
    DestroyNamedListRequest, DestroyNamedListResponse, EnclaveSecretPolicy,
    EnclaveSecretType::SecretTypeAes256Key, ListDenialRequest, ListDenialResponse,
    ListEnclaveSecretRequest, ListEnclaveSecretResponse, ListedValues, NamedList,
    PutNamedListRequest, PutNamedListResponse, TaCreateSecretRequest, TaCreateSecretResponse,
    TaGetSecretResponse, TaListSecretRequest, TaListSecretResponse, TaSecretList,
    TaSessionCallRequest, UnifiedAttestationAttributes, UnifiedAttestationNestedPolicies,
    UnifiedAttestationNestedPolicy, UnifiedAttestationNestedResult,
    UnifiedAttestationNestedResults, json, named_list::Content,
};
use aecs_sim::{CpuOptions, SimulatedCpu};
use aecs_store::MemoryStore;

use crate::support::{
    InSession, SERVICE, Ta, World, code, enclave, file, imported, pinned, refusal, secret, text,
    update,
};

const MINUTE: Duration = Duration::from_secs(60);

/// A server with a secret for the enclave 1, and an application of that enclave with a session.
async fn begun() -> (World, InSession) {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let session = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    (world, session)
}

/// The code of a get.
async fn got(session: &InSession) -> Result<(), ErrorCode> {
    session.get(SERVICE, "a").await.map(drop).map_err(|error| error.code())
}

async fn change(world: &World, change: impl FnOnce(&mut EnclaveSecretPolicy)) {
    let mut secret = imported("a", "data", pinned(1));
    change(secret.spec.as_mut().unwrap().policy.as_mut().unwrap());
    let _: CreateEnclaveSecretResponse =
        world.owner().call("CreateSecret", &update(secret)).await.unwrap();
}

#[tokio::test]
async fn a_session_gives_what_evidence_gives() {
    let world = World::working().await;
    for name in ["a", "b"] {
        world.import(name, "data", 1).await.unwrap();
    }
    world.import("c", "data", 2).await.unwrap();
    let ta = world.ta(enclave(1));
    let session = ta.begin(SERVICE, "a").await.unwrap();
    let by_evidence = ta.get(SERVICE, "b").await.unwrap();
    let by_session = session.get(SERVICE, "b").await.unwrap();
    assert!(by_evidence == by_session);

    // A version that is known is not sent again.
    let mut request = Ta::get_request(SERVICE, "b");
    request.known_tag = by_session.tag.clone();
    let entries = world.audit.entries().len();
    let answer = session.call("TaGetSecret", &request).await.unwrap();
    let response: TaGetSecretResponse = json::from_str(&answer.res_json).unwrap();
    assert!(response.unchanged && answer.secret.is_empty());
    assert_eq!(world.audit.entries().len(), entries, "as with evidence");

    let request = TaListSecretRequest {
        service_name: SERVICE.into(),
        nonce: "n".into(),
        ..Default::default()
    };
    let answer = session.call("TaListSecret", &request).await.unwrap();
    let response: TaListSecretResponse = json::from_str(&answer.res_json).unwrap();
    assert_eq!((response.nonce.as_str(), response.list_enc), ("n", None));
    let list: TaSecretList = json::from_str(&answer.secret).unwrap();
    assert_eq!(list.secrets, ta.list(SERVICE, "").await.unwrap());
    assert_eq!(list.secrets.len(), 2);
    let state = answer.state.as_ref().unwrap();
    assert_eq!(state.epoch, world.status().await.store_epoch);
}

#[tokio::test]
async fn a_get_in_a_session_is_on_record_as_any_get() {
    let (world, session) = begun().await;
    let ta = world.ta(enclave(2));
    world.import("b", "data", 2).await.unwrap();
    let other = ta.begin(SERVICE, "b").await.unwrap();
    world.import("c", "data", 1).await.unwrap();
    // Released twice, and denied two secrets: like refusals are counted together.
    for [by_evidence, by_session] in [["b", "b"], ["a", "c"]] {
        let _ = ta.get(SERVICE, by_evidence).await;
        let attested = world.audit.last();
        let _ = other.get(SERVICE, by_session).await;
        let in_session = world.audit.last();
        assert!(in_session.request.is_some() && attested.request != in_session.request);
        assert_eq!(in_session.object.as_deref(), Some(by_session));
        let comparable = |entry: AuditEntry| AuditEntry {
            time_ms: 0,
            request: None,
            object: None,
            policy_version: entry.policy_version.map(|_| 0),
            version: entry.version.map(|_| 0),
            ..entry
        };
        assert_eq!(comparable(attested), comparable(in_session));
    }
    let list: ListDenialResponse =
        world.owner().call("ListDenial", &ListDenialRequest::default()).await.unwrap();
    assert_eq!(list.denials[0].reason(), DenialReason::DenialPolicy);
    assert_eq!(list.denials[0].function_name, "TaGetSecret");

    // What cannot be recorded is not released.
    world.audit.fill(true);
    let error = refusal(session.get(SERVICE, "a").await);
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    world.audit.fill(false);
    assert_eq!(got(&session).await, Ok(()));
}

#[tokio::test]
async fn a_get_in_a_session_is_the_last_release() {
    let (world, session) = begun().await;
    world.clock.pass(MINUTE);
    let before = world.clock.now_ms();
    session.get(SERVICE, "a").await.unwrap();
    let request =
        ListEnclaveSecretRequest { secret_name: "a".into(), exact: true, ..Default::default() };
    let list: ListEnclaveSecretResponse = world.owner().call("ListSecret", &request).await.unwrap();
    assert!(list.info[0].released_ms >= before, "{:?}", list.info);
}

#[tokio::test]
async fn nobody_has_a_session_who_has_not_asked_or_gets_nothing() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    let asked = Ta::get_request(SERVICE, "a");
    let plain = ta.request("TaGetSecret", &asked).await;
    let (_, _, session) = ta.send::<TaGetSecretResponse>(plain).await.unwrap();
    assert!(session.is_none());

    let with_share = async |ta: &Ta, share: Vec<u8>, bound: bool| {
        let mut request = ta.request("TaGetSecret", &asked).await;
        request.session_share = share;
        if !bound {
            request.binding = None;
        }
        ta.sign(&mut request).await;
        ta.send::<TaGetSecretResponse>(request).await.map(|(_, _, session)| session)
    };
    let share = || Share::generate().unwrap().public().to_vec();
    assert!(with_share(&ta, share(), true).await.unwrap().is_some());
    assert!(with_share(&ta, share(), false).await.unwrap().is_none(), "it names no process");
    for share in [vec![1; 31], vec![0; 32], vec![1; 1000]] {
        assert!(with_share(&ta, share, true).await.unwrap().is_none());
    }
    let stranger = world.ta(enclave(2));
    assert_eq!(code(with_share(&stranger, share(), true).await), ErrorCode::NoSuchName);
    // A share that the key has not signed for.
    let mut request = ta.request("TaGetSecret", &asked).await;
    request.session_share = share();
    let refused = ta.send::<TaGetSecretResponse>(request).await;
    assert_eq!(code(refused), ErrorCode::RequestNotAuthentic);

    // A call that no session can make begins none.
    let own = secret("mine", SecretTypeAes256Key, UnifiedAttestationAttributes::default());
    let own = TaCreateSecretRequest { secret: Some(own), nonce: "n".into(), binding: 0 };
    let mut request = ta.request("TaCreateSecret", &own).await;
    request.session_share = share();
    ta.sign(&mut request).await;
    let (_, _, session) = ta.send::<TaCreateSecretResponse>(request).await.unwrap();
    assert!(session.is_none());

    // Sessions are of the suite x25519.
    let sm = World::pending(Suite::Sm, |_| ()).await.provisioned().await;
    sm.import("a", "data", 1).await.unwrap();
    let ta = sm.ta_with(enclave(1), KeyPair::generate(Suite::Sm).unwrap());
    assert!(with_share(&ta, share(), true).await.unwrap().is_none());

    let none = World::pending(Suite::Modern, |config| config.session_bytes = 0).await;
    let none = none.provisioned().await;
    none.import("a", "data", 1).await.unwrap();
    assert!(!none.status().await.sessions && world.status().await.sessions);
    let ta = none.ta(enclave(1));
    assert!(with_share(&ta, share(), true).await.unwrap().is_none());
}

#[tokio::test]
async fn a_replayed_request_is_refused() {
    let (world, session) = begun().await;
    let (request, asked) = session.asks_for(SERVICE, "a");
    let answer = session.send(&request).await.unwrap();
    assert!(!session.end.open(&asked, &answer).unwrap().secret.is_empty());
    let entries = world.audit.entries().len();
    let error = refusal(session.send(&request).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::RequestReplayed, Kind::Unauthenticated));
    assert_eq!(world.audit.entries().len(), entries);
    assert_eq!(got(&session).await, Ok(()));
}

#[tokio::test]
async fn requests_come_in_any_order_within_the_window() {
    let (_world, session) = begun().await;
    let requests: Vec<_> = (0..1026).map(|_| session.asks_for(SERVICE, "a").0).collect();
    session.send(&requests[1025]).await.unwrap();
    for outside in &requests[..2] {
        assert_eq!(code(session.send(outside).await), ErrorCode::RequestReplayed);
    }
    for inside in [2, 1024, 500, 3] {
        session.send(&requests[inside]).await.unwrap();
        assert_eq!(code(session.send(&requests[inside]).await), ErrorCode::RequestReplayed);
    }
}

#[tokio::test]
async fn an_altered_request_is_refused() {
    let (world, session) = begun().await;
    world.import("b", "data", 1).await.unwrap();
    let (request, _) = session.asks_for(SERVICE, "a");
    let (other, _) = session.asks_for(SERVICE, "b");
    let state = aecs_proto::DeploymentState { epoch: 1, ..Default::default() };
    let altered: Vec<TaSessionCallRequest> = vec![
        // The content of one under the code of the other, and the reverse.
        TaSessionCallRequest { mac: other.mac.clone(), ..request.clone() },
        TaSessionCallRequest { req_json: other.req_json.clone(), ..request.clone() },
        TaSessionCallRequest { counter: other.counter, ..request.clone() },
        TaSessionCallRequest { counter: u64::MAX, ..request.clone() },
        TaSessionCallRequest { function_name: "TaListSecret".into(), ..request.clone() },
        TaSessionCallRequest { remembered: Some(state), ..request.clone() },
        TaSessionCallRequest { mac: Vec::new(), ..request.clone() },
    ];
    for altered in altered {
        let error = refusal(session.send(&altered).await);
        assert_eq!(error.code(), ErrorCode::RequestNotAuthentic, "{error}");
    }
    // None of them has used up a counter.
    for request in [request, other] {
        session.send(&request).await.unwrap();
    }
}

#[tokio::test]
async fn a_session_is_of_one_application() {
    let (world, session) = begun().await;
    world.import("b", "data", 2).await.unwrap();
    let other = world.ta(enclave(2)).begin(SERVICE, "b").await.unwrap();
    // The other one's request, under the name of this one's session, and the reverse.
    let (mut request, _) = other.asks_for(SERVICE, "a");
    request.session_id = session.offered.id.clone();
    assert_eq!(code(session.send(&request).await), ErrorCode::RequestNotAuthentic);
    let (mut request, _) = session.asks_for(SERVICE, "a");
    request.session_id = other.offered.id.clone();
    assert_eq!(code(session.send(&request).await), ErrorCode::RequestNotAuthentic);
    for id in [Vec::new(), vec![0; 16], vec![7; 1000]] {
        request.session_id = id;
        let error = refusal(session.send(&request).await);
        let told = (error.code(), error.kind());
        assert_eq!(told, (ErrorCode::NoSession, Kind::FailedPrecondition));
    }
    assert_eq!(got(&other).await, Err(ErrorCode::NoSuchName));
    assert_eq!(got(&session).await, Ok(()));
}

/// Everything that decides is looked at in every call.
#[tokio::test]
async fn a_policy_that_was_changed_refuses() {
    let (world, session) = begun().await;
    assert_eq!(got(&session).await, Ok(()));
    change(&world, |policy| policy.policy.as_mut().unwrap().main_attributes = vec![pinned(2)])
        .await;
    assert_eq!(got(&session).await, Err(ErrorCode::NoSuchName));
    change(&world, |policy| policy.policy.as_mut().unwrap().main_attributes = vec![pinned(1)])
        .await;
    assert_eq!(got(&session).await, Ok(()));
}

#[tokio::test]
async fn a_list_of_the_denied_that_was_changed_refuses() {
    let (world, session) = begun().await;
    let denying = |signer: &str| {
        let rule = serde_json::json!({ "conditions": [
            { "anyOf": { "attribute": "hex_ta_measurement", "values": ["01".repeat(32)] } },
            { "noneOf": { "attribute": "hex_signer", "values": [signer.repeat(32)] } },
        ]});
        let policy =
            serde_json::json!({ "typed": { "parts": [{ "attester": { "rules": [rule] } }] } });
        json::from_str(&policy.to_string()).unwrap()
    };
    change(&world, |policy| policy.policy = Some(denying("0B"))).await;
    assert_eq!(got(&session).await, Ok(()));
    change(&world, |policy| policy.policy = Some(denying("A0"))).await;
    assert_eq!(got(&session).await, Err(ErrorCode::NoSuchName));
}

#[tokio::test]
async fn a_named_list_that_was_changed_refuses() {
    let (world, session) = begun().await;
    let put = async |measurements: &[&str]| {
        let values = measurements.iter().map(|measurement| measurement.repeat(32)).collect();
        let values = ListedValues { attribute: "hex_ta_measurement".into(), values };
        let content = Some(Content::Values(values));
        let list = Some(NamedList { list_name: "builds".into(), content, ..NamedList::default() });
        let request = PutNamedListRequest { list, ..PutNamedListRequest::default() };
        let _: PutNamedListResponse = world.owner().call("PutNamedList", &request).await.unwrap();
    };
    let referring = |kind: &str| {
        let platform = serde_json::json!({ "anyOf": { "attribute": "hex_ta_measurement", "values": ["01".repeat(32)] } });
        let listed =
            serde_json::json!({ kind: { "attribute": "hex_ta_measurement", "lists": ["builds"] } });
        let rule = serde_json::json!({ "conditions": [platform, listed] });
        let policy =
            serde_json::json!({ "typed": { "parts": [{ "attester": { "rules": [rule] } }] } });
        json::from_str(&policy.to_string()).unwrap()
    };
    for (kind, admitting, refusing) in
        [("inLists", &["02", "01"][..], &["02"][..]), ("inNoList", &["02"], &["01"])]
    {
        put(admitting).await;
        change(&world, |policy| policy.policy = Some(referring(kind))).await;
        assert_eq!(got(&session).await, Ok(()), "{kind}");
        put(refusing).await;
        assert_eq!(got(&session).await, Err(ErrorCode::NoSuchName), "{kind}");
        put(admitting).await;
        assert_eq!(got(&session).await, Ok(()), "{kind}");
    }
    let request = DestroyNamedListRequest { list_name: "builds".into() };
    let _: DestroyNamedListResponse =
        world.owner().call("DestroyNamedList", &request).await.unwrap();
    assert_eq!(got(&session).await, Err(ErrorCode::NoSuchName), "without the list");
}

#[tokio::test]
async fn a_secret_that_was_destroyed_is_gone() {
    let (world, session) = begun().await;
    assert_eq!(got(&session).await, Ok(()));
    world.destroy("a").await.unwrap();
    assert_eq!(got(&session).await, Err(ErrorCode::NoSuchName));
    // Another one of that name is another one.
    world.import("a", "other", 1).await.unwrap();
    assert_eq!(session.get(SERVICE, "a").await.unwrap().data, "other");
}

#[tokio::test]
async fn a_session_ends_after_ten_minutes() {
    let (world, session) = begun().await;
    assert_eq!(session.offered.lifetime_ms, 600_000);
    world.clock.pass(9 * MINUTE);
    assert_eq!(got(&session).await, Ok(()));
    // No use makes it longer, and the host's clock makes no difference.
    world.clock.shift_back(MINUTE);
    world.clock.pass(2 * MINUTE);
    assert_eq!(got(&session).await, Err(ErrorCode::NoSession));
}

#[tokio::test]
async fn a_session_ends_with_the_evidence() {
    let (world, session) = begun().await;
    let until = session.offered.evidence_until_ms;
    let left = Duration::from_millis((until - world.clock.now_ms()).try_into().unwrap());
    // The host's clock, and not the time that has passed: the session is young.
    world.clock.shift(left + MINUTE);
    assert_eq!(got(&session).await, Err(ErrorCode::NoSession));

    // Evidence that ends in five minutes.
    let (world, _) = begun().await;
    let report = world.ta(enclave(1)).report;
    let verified = world.verifier.verify(&report, SystemTime::now()).unwrap();
    let left = verified.valid_until().duration_since(SystemTime::now()).unwrap();
    world.clock.pass(left - 5 * MINUTE);
    let session = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    let lifetime_ms = session.offered.lifetime_ms;
    assert!((240_000..=300_000).contains(&lifetime_ms), "{lifetime_ms}");
    world.clock.pass(4 * MINUTE - Duration::from_secs(10));
    assert_eq!(got(&session).await, Ok(()));
    world.clock.pass(2 * MINUTE);
    assert_eq!(got(&session).await, Err(ErrorCode::NoSession));
}

#[tokio::test]
async fn a_session_ends_when_the_clock_goes_back() {
    let (world, session) = begun().await;
    world.clock.shift_back(60 * MINUTE);
    assert_eq!(got(&session).await, Err(ErrorCode::NoSession));
}

#[tokio::test]
async fn a_session_ends_with_the_settings() {
    let (world, session) = begun().await;
    let mut config = world.config.clone();
    config.quotas.services += 1;
    let request = ApplyDeploymentRequest { file: Some(file(&text(&config))), revision: 1 };
    let _: ApplyDeploymentResponse = world.admin().call("ApplyDeployment", &request).await.unwrap();
    assert_eq!(got(&session).await, Err(ErrorCode::NoSession));
    let next = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    assert_eq!(got(&next).await, Ok(()));
}

/// A source that has nothing, and whose lists change when a test says so.
#[derive(Default)]
struct Lists(AtomicU64);

impl CollateralSource for Lists {
    fn get(
        &self,
        item: &CollateralItem,
        _now: SystemTime,
    ) -> Result<Arc<[u8]>, aecs_attest::Error> {
        panic!("nobody asks for {item}")
    }

    fn generation(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_session_ends_when_a_revocation_list_changes() {
    let lists = Arc::new(Lists::default());
    let source = lists.clone();
    let store = Arc::new(MemoryStore::new());
    let more = |verifier: aecs_attest::VerifierBuilder| verifier.collateral(source);
    let world = World::believing(store, Suite::Modern, more, |_| ()).await.provisioned().await;
    world.import("a", "data", 1).await.unwrap();
    let session = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    assert_eq!(got(&session).await, Ok(()));
    lists.0.fetch_add(1, Ordering::SeqCst);
    assert_eq!(got(&session).await, Err(ErrorCode::NoSession));
    let next = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    assert_eq!(got(&next).await, Ok(()));
}

#[tokio::test]
async fn a_session_ends_with_the_process() {
    let world = World::installed().await;
    world.import("a", "data", 1).await.unwrap();
    let session = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    let (recorded, _) = session.asks_for(SERVICE, "a");
    let world = world.restarted().await;
    assert_eq!(code(world.core.ta_session_call(recorded).await), ErrorCode::NoSession);
}

#[tokio::test]
async fn a_server_that_waits_for_its_provision_says_so() {
    let (_world, session) = begun().await;
    let (recorded, _) = session.asks_for(SERVICE, "a");
    let pending = World::pending(Suite::Modern, |_| ()).await;
    assert_eq!(code(pending.core.ta_session_call(recorded).await), ErrorCode::NotWorking);
}

#[tokio::test]
async fn another_deployment_knows_no_session_of_this_one() {
    let (_world, session) = begun().await;
    let (other, _) = begun().await;
    let (recorded, _) = session.asks_for(SERVICE, "a");
    assert_eq!(code(other.core.ta_session_call(recorded.clone()).await), ErrorCode::NoSession);
    session.send(&recorded).await.unwrap();
}

/// A server that answers for another one, with a session of its own under the same name and the
/// application's own share: it has other keys.
#[tokio::test]
async fn a_swapped_server_neither_reads_requests_nor_makes_answers() {
    let (world, session) = begun().await;
    let share = Share::generate().unwrap();
    let swapped = KeyPair::generate(Suite::Modern).unwrap();
    let parties = Parties {
        application: world.ta(enclave(1)).key.public().fingerprint(),
        server: swapped.public().fingerprint(),
        deployment: &[9; 32],
        boot_nonce: &[9; 32],
        nonce: &[9; 16],
    };
    let terms = Terms { evidence_until_ms: i64::MAX, lifetime_ms: 600_000 };
    let (end, offered) = ServerEnd::begin(share.public(), parties, terms).unwrap();
    let own = share.begin(parties, &offered).unwrap();
    let (mut request, asked) = session.asks_for(SERVICE, "a");
    request.session_id = offered.id.clone();
    assert!(end.accept(&request).is_err());
    let (request, _) = own.ask("TaGetSecret", "{}".into(), None).unwrap();
    let forged = end.seal(&end.accept(&request).unwrap(), &Default::default()).unwrap();
    assert!(session.end.open(&asked, &forged).is_err());
}

#[tokio::test]
async fn an_answer_is_no_request() {
    let (_world, session) = begun().await;
    let (request, _) = session.asks_for(SERVICE, "a");
    let answer = session.send(&request).await.unwrap();
    for (req_json, mac) in [
        (request.req_json.clone(), answer.random.clone()),
        (hex::encode(&answer.sealed), answer.random.clone()),
        (request.req_json.clone(), answer.sealed.clone()),
    ] {
        let reflected = TaSessionCallRequest { req_json, mac, counter: 2, ..request.clone() };
        assert_eq!(code(session.send(&reflected).await), ErrorCode::RequestNotAuthentic);
    }
}

#[tokio::test]
async fn answers_belong_to_their_requests() {
    let (world, session) = begun().await;
    world.import("b", "other", 1).await.unwrap();
    let (one, asked_one) = session.asks_for(SERVICE, "a");
    let (other, asked_other) = session.asks_for(SERVICE, "b");
    let [one, other] = [session.send(&one).await.unwrap(), session.send(&other).await.unwrap()];
    assert!(session.end.open(&asked_one, &other).is_err());
    assert!(session.end.open(&asked_other, &one).is_err());
    assert!(session.end.open(&asked_one, &one).is_ok());
}

/// A client's memory of the records counts as in a request with evidence.
#[tokio::test]
async fn records_that_are_older_than_the_client_remembers_are_refused() {
    let (world, session) = begun().await;
    let status = world.status().await;
    let mut state = aecs_proto::DeploymentState {
        epoch: status.store_epoch + 1,
        chain: hex::decode(status.store_chain).unwrap(),
        settings_revision: status.settings_revision,
    };
    let json = || json::to_string(&Ta::get_request(SERVICE, "a"));
    let ask = async |state: &aecs_proto::DeploymentState| {
        let (request, _) = session.end.ask("TaGetSecret", json(), Some(state.clone())).unwrap();
        session.send(&request).await.map(drop).map_err(|error: Error| error.code())
    };
    assert_eq!(ask(&state).await, Err(ErrorCode::StateBehind));
    state.epoch -= 1;
    assert_eq!(ask(&state).await, Ok(()));
    state.chain = vec![1; 32];
    assert_eq!(ask(&state).await, Err(ErrorCode::OtherHistory));
    state.chain = vec![1; 31];
    assert_eq!(ask(&state).await, Err(ErrorCode::Generic));
}

/// Many applications of one machine, and few of another one.
#[tokio::test]
async fn who_begins_many_sessions_ends_only_own_ones() {
    let folder = tempfile::tempdir().unwrap();
    let other_cpu = SimulatedCpu::create(folder.path(), CpuOptions::default()).unwrap();
    let root = other_cpu.root_der();
    let store = Arc::new(MemoryStore::new());
    let more = |verifier: aecs_attest::VerifierBuilder| verifier.simulated_root(root);
    let room = |config: &mut crate::support::Config| config.session_bytes = 200 << 10;
    let world = World::believing(store, Suite::Modern, more, room).await.provisioned().await;
    world.import("a", "data", 1).await.unwrap();

    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest::passport(UserData([0x31; 32]), key.public());
    let report = other_cpu.enclave(enclave(1)).attest(&request).unwrap();
    let modest = Ta::new(world.core.clone(), world.clock.clone(), key, report);
    let modest = modest.begin(SERVICE, "a").await.unwrap();
    let mut greedy = Vec::new();
    let ta = world.ta(enclave(1));
    for _ in 0..200 {
        greedy.push(ta.begin(SERVICE, "a").await.unwrap());
    }
    assert_eq!(got(&modest).await, Ok(()));
    let mut kept = HashMap::new();
    for session in &greedy {
        *kept.entry(got(session).await).or_insert(0) += 1;
    }
    assert!((5..100).contains(&kept[&Ok(())]), "{kept:?}");
    assert_eq!(kept[&Ok(())] + kept[&Err(ErrorCode::NoSession)], greedy.len());
    assert_eq!(got(greedy.last().unwrap()).await, Ok(()), "the latest one");
}

/// A report with many nested results takes the room of many sessions.
#[tokio::test]
async fn the_nested_results_of_a_report_count() {
    let room = |config: &mut crate::support::Config| config.session_bytes = 200 << 10;
    let world = World::pending(Suite::Modern, room).await.provisioned().await;
    world.import("a", "data", 1).await.unwrap();
    let nested: Vec<_> = (0..64).map(|_| pinned(2)).collect();
    let rule = |result: &UnifiedAttestationAttributes| UnifiedAttestationNestedPolicy {
        sub_attributes: vec![result.clone()],
    };
    let policies = nested.iter().map(rule).collect();
    change(&world, |policy| {
        policy.policy.as_mut().unwrap().nested_policies =
            Some(UnifiedAttestationNestedPolicies { policies, ..Default::default() });
    })
    .await;

    let key = KeyPair::generate(Suite::Modern).unwrap();
    let results = nested
        .into_iter()
        .map(|result| UnifiedAttestationNestedResult { result: Some(result) })
        .collect();
    let results = UnifiedAttestationNestedResults { results, ..Default::default() };
    let nested = sign_nested_results(&key, &results).unwrap();
    let request = ReportRequest {
        nested: Some(&nested),
        ..ReportRequest::passport(UserData([0; 32]), key.public())
    };
    let report = world.cpu.enclave(enclave(1)).attest(&request).unwrap();
    let fits = (200 << 10) / (2 * report.report.as_ref().unwrap().json_nested_reports.len());
    let ta = Ta { report, ..world.ta_with(enclave(1), key) };
    let mut sessions = Vec::new();
    for _ in 0..2 * fits {
        sessions.push(ta.begin(SERVICE, "a").await.unwrap());
    }
    let mut kept = 0;
    for session in &sessions {
        kept += usize::from(got(session).await == Ok(()));
    }
    assert!((1..=fits).contains(&kept), "{kept} of {}", sessions.len());
}

/// The attributes of a session are those of its evidence.
#[tokio::test]
async fn rules_of_attributes_count_as_for_evidence() {
    let (world, session) = begun().await;
    // Exactly what the evidence attests, in one rule: the attributes are those of the evidence.
    let report = world.ta(enclave(1)).report;
    let verified = world.verifier.verify(&report, SystemTime::now()).unwrap();
    let rule = UnifiedAttestationAttributes {
        hex_signer: verified.signer().to_owned(),
        hex_prod_id: verified.product().to_owned(),
        str_min_isvsvn: verified.security_version().unwrap().to_string(),
        ..pinned(1)
    };
    change(&world, |policy| policy.policy.as_mut().unwrap().main_attributes = vec![rule]).await;
    assert_eq!(got(&session).await, Ok(()));
}
