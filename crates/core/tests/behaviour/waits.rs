//! Applications that wait for changes: what ends a wait, who may wait, and what it costs others.

use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use aecs_attest::{Attester as _, ReportRequest, UserData};
use aecs_core::{Core, Error, ErrorCode, Kind};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    ApplyDeploymentRequest, ApplyDeploymentResponse, ListedValues, NamedList, PutNamedListRequest,
    PutNamedListResponse, TaWaitForChangeRequest, TaWaitForChangeResponse,
    TaWaitOutcome::{self, WaitChanged, WaitNotNow, WaitTimeOver},
    json,
    named_list::Content,
};
use aecs_sim::{CpuOptions, SimulatedCpu};
use aecs_store::MemoryStore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{
    Config, InSession, SERVICE, Ta, World, code, enclave, file, imported, pinned, refusal,
    store::Watched, text,
};

const LONG: Duration = Duration::from_secs(20);
/// Time enough for a wait to end, if it is to.
const SHORT: Duration = Duration::from_millis(500);
const MINUTE_MS: u32 = 60_000;

type Ended = Result<(TaWaitOutcome, Vec<u8>), Error>;

fn request(service: &str, position: &[u8], wait_ms: u32) -> TaWaitForChangeRequest {
    TaWaitForChangeRequest { service_name: service.into(), position: position.into(), wait_ms }
}

impl InSession {
    async fn wait(&self, service: &str, position: &[u8], wait_ms: u32) -> Ended {
        let (request, asked) =
            self.request("TaWaitForChange", &request(service, position, wait_ms));
        assert!(Core::waits(&request));
        let wait = self.core.ta_wait(request).await?;
        let answer = wait.answer(None, pending()).await?;
        let answer = self.end.open(&asked, &answer).unwrap();
        assert!(answer.secret.is_empty());
        let response: TaWaitForChangeResponse = json::from_str(&answer.res_json).unwrap();
        Ok((response.outcome(), response.position))
    }

    /// Where the service is now.
    async fn position(&self, service: &str) -> Vec<u8> {
        let (outcome, position) = self.wait(service, &[], MINUTE_MS).await.unwrap();
        assert_eq!((outcome, position.len()), (WaitChanged, 32));
        position
    }

    /// Waits for a minute for what comes after now.
    async fn waits(&self, service: &str) -> JoinHandle<Ended> {
        let (session, position) = (self.clone(), self.position(service).await);
        let service = service.to_owned();
        let wait = tokio::spawn(async move { session.wait(&service, &position, MINUTE_MS).await });
        sleep(Duration::from_millis(50)).await;
        assert!(!wait.is_finished());
        wait
    }
}

async fn begun_with(change: impl FnOnce(&mut Config)) -> (World, InSession) {
    let world = World::pending(Suite::Modern, change).await.provisioned().await;
    world.import("a", "data", 1).await.unwrap();
    let session = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    (world, session)
}

async fn begun() -> (World, InSession) {
    begun_with(|_| ()).await
}

async fn ends(wait: JoinHandle<Ended>) -> Ended {
    timeout(LONG, wait).await.expect("it ends").unwrap()
}

async fn import_into(world: &World, service: &str, name: &str) {
    let owner = world.administrator(Some(service), world.service_admin.clone());
    let mut secret = imported(name, "data", pinned(1));
    secret.spec.as_mut().unwrap().service_name = service.into();
    let request =
        aecs_proto::CreateEnclaveSecretRequest { secret: Some(secret), ..Default::default() };
    let _: aecs_proto::CreateEnclaveSecretResponse =
        owner.call("CreateSecret", &request).await.unwrap();
}

#[tokio::test]
async fn a_wait_ends_with_a_change_of_the_service() {
    let (world, session) = begun().await;
    let entries = world.audit.entries().len();
    let wait = session.waits(SERVICE).await;
    assert_eq!(world.audit.entries().len(), entries, "a wait leaves none");
    let changed = Instant::now();
    world.import("b", "data", 2).await.unwrap();
    let (outcome, position) = ends(wait).await.unwrap();
    assert_eq!(outcome, WaitChanged);
    assert!(changed.elapsed() < Duration::from_secs(2), "{:?}", changed.elapsed());

    // The position that a wait ends with is that of the next one.
    assert_eq!(session.wait(SERVICE, &position, 100).await.unwrap(), (WaitTimeOver, position));
    let wait = session.waits(SERVICE).await;
    world.destroy("b").await.unwrap();
    assert_eq!(ends(wait).await.unwrap().0, WaitChanged);

    // A list may be what a policy refers to.
    let wait = session.waits(SERVICE).await;
    let values = ListedValues { attribute: "hex_chip_id".into(), values: vec!["aa".into()] };
    let list = NamedList {
        list_name: "l".into(),
        content: Some(Content::Values(values)),
        ..Default::default()
    };
    let put = PutNamedListRequest { list: Some(list), ..Default::default() };
    let _: PutNamedListResponse = world.owner().call("PutNamedList", &put).await.unwrap();
    assert_eq!(ends(wait).await.unwrap().0, WaitChanged);
}

#[tokio::test]
async fn what_came_before_the_wait_is_told_at_once() {
    let (world, session) = begun().await;
    let position = session.position(SERVICE).await;
    world.import("b", "data", 2).await.unwrap();
    let (outcome, after) = session.wait(SERVICE, &position, MINUTE_MS).await.unwrap();
    assert!(outcome == WaitChanged && after != position);
}

#[tokio::test]
async fn others_do_not_end_a_wait() {
    let (world, session) = begun().await;
    world.register("other").await.unwrap();
    let wait = session.waits(SERVICE).await;
    for name in ["a", "b"] {
        import_into(&world, "other", name).await;
    }
    // Acts that change no secret, and a denial.
    world.register("another").await.unwrap();
    let stranger = world.ta(enclave(2));
    assert!(stranger.get(SERVICE, "a").await.is_err());
    session.get(SERVICE, "a").await.unwrap();
    world.core.save().await.unwrap();
    sleep(SHORT).await;
    assert!(!wait.is_finished());
    world.import("b", "data", 2).await.unwrap();
    assert_eq!(ends(wait).await.unwrap().0, WaitChanged);
}

#[tokio::test]
async fn h19_nobody_waits_for_a_service_without_a_secret_of_it() {
    let (world, session) = begun().await;
    world.register("other").await.unwrap();
    import_into(&world, "other", "a").await;
    let not_now = (WaitNotNow, Vec::new());
    for service in ["other", "no-such-service", "TrustedApplications"] {
        assert_eq!(session.wait(service, &[], MINUTE_MS).await.unwrap(), not_now, "{service}");
    }
    // A list is made for everybody: it gives nothing.
    let list = aecs_proto::TaListSecretRequest {
        service_name: "other".into(),
        nonce: "n".into(),
        ..Default::default()
    };
    session.call("TaListSecret", &list).await.unwrap();
    assert!(session.get("other", "b").await.is_err());
    assert_eq!(session.wait("other", &[], MINUTE_MS).await.unwrap(), not_now);
    // What the session was given later counts, and that the application has it already.
    let mut known = Ta::get_request("other", "a");
    known.known_tag = world.ta(enclave(1)).get("other", "a").await.unwrap().tag;
    session.call("TaGetSecret", &known).await.unwrap();
    session.position("other").await;
    // Another application has not got it.
    let other = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    assert_eq!(other.wait("other", &[], MINUTE_MS).await.unwrap(), not_now);
}

#[tokio::test]
async fn nobody_waits_by_evidence_or_by_a_bad_name() {
    let (world, session) = begun().await;
    let ta = world.ta(enclave(1));
    let by_evidence = ta.request("TaWaitForChange", &request(SERVICE, &[], MINUTE_MS)).await;
    let error = refusal(world.core.ta_remote_call(by_evidence).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::ServiceFunction, Kind::PermissionDenied));
    for name in ["", "a/b", "..", &"x".repeat(300)] {
        assert_eq!(refusal(session.wait(name, &[], 1).await).kind(), Kind::InvalidArgument);
    }
    // A call that does not wait is no wait, and the reverse.
    let (get, _) = session.asks_for(SERVICE, "a");
    assert!(!Core::waits(&get));
    assert_eq!(code(world.core.ta_wait(get).await), ErrorCode::ServiceFunction);
    let (wait, _) = session.request("TaWaitForChange", &request(SERVICE, &[], MINUTE_MS));
    assert_eq!(code(session.send(&wait).await), ErrorCode::ServiceFunction);
}

#[tokio::test]
async fn a_recorded_wait_gives_nothing() {
    let (world, session) = begun().await;
    let position = session.position(SERVICE).await;
    let (recorded, _) = session.request("TaWaitForChange", &request(SERVICE, &position, 1));
    world.core.ta_wait(recorded.clone()).await.unwrap().answer(None, pending()).await.unwrap();
    let again = world.core.ta_wait(recorded.clone()).await;
    assert_eq!(code(again), ErrorCode::RequestReplayed);
    let mut altered = session.request("TaWaitForChange", &request(SERVICE, &position, 1)).0;
    altered.req_json = json::to_string(&request("other", &position, 1));
    assert_eq!(code(world.core.ta_wait(altered).await), ErrorCode::RequestNotAuthentic);
    let (other, _) = begun().await;
    assert_eq!(code(other.core.ta_wait(recorded).await), ErrorCode::NoSession);
}

#[tokio::test]
async fn a_wait_ends_when_the_server_says_so() {
    let (_world, session) = begun().await;
    let position = session.position(SERVICE).await;
    let ask = || session.request("TaWaitForChange", &request(SERVICE, &position, MINUTE_MS));
    let outcome = async |until, over: bool| {
        let (request, asked) = ask();
        let wait = session.core.ta_wait(request).await.unwrap();
        let answer = match over {
            true => wait.answer(until, ready(())).await,
            false => timeout(LONG, wait.answer(until, pending())).await.unwrap(),
        };
        let answer = session.end.open(&asked, &answer.unwrap()).unwrap();
        json::from_str::<TaWaitForChangeResponse>(&answer.res_json).unwrap().outcome()
    };
    assert_eq!(outcome(None, true).await, WaitNotNow);
    assert_eq!(outcome(Some(Instant::now() + SHORT), false).await, WaitTimeOver);
}

#[tokio::test]
async fn a_wait_ends_with_its_session() {
    // By other settings, at once.
    let (world, session) = begun().await;
    let wait = session.waits(SERVICE).await;
    let mut config = world.config.clone();
    config.quotas.services += 1;
    let request = ApplyDeploymentRequest { file: Some(file(&text(&config))), revision: 1 };
    let _: ApplyDeploymentResponse = world.admin().call("ApplyDeployment", &request).await.unwrap();
    let ended = timeout(SHORT, wait).await.expect("at once").unwrap();
    assert_eq!(code(ended), ErrorCode::NoSession);

    // By time, and by a clock that goes back.
    for back in [false, true] {
        let (world, session) = begun().await;
        let wait = session.waits(SERVICE).await;
        match back {
            true => world.clock.shift_back(Duration::from_secs(3600)),
            false => world.clock.pass(Duration::from_secs(601)),
        }
        assert_eq!(code(ends(wait).await), ErrorCode::NoSession);
    }
}

#[tokio::test]
async fn h05_waits_are_limited_for_each_session_and_machine_and_all() {
    let folder = tempfile::tempdir().unwrap();
    let other_cpu = SimulatedCpu::create(folder.path(), CpuOptions::default()).unwrap();
    let root = other_cpu.root_der();
    let store = Arc::new(MemoryStore::new());
    let more = |verifier: aecs_attest::VerifierBuilder| verifier.simulated_root(root);
    let room = |config: &mut Config| config.watchers = 19;
    let world = World::believing(store, Suite::Modern, more, room).await.provisioned().await;
    world.import("a", "data", 1).await.unwrap();
    let is_room = async |session: &InSession| {
        session.wait(SERVICE, &[], MINUTE_MS).await.unwrap().0 != WaitNotNow
    };

    let [first, second, third] = [world.ta(enclave(1)), world.ta(enclave(1)), world.ta(enclave(1))];
    let first = first.begin(SERVICE, "a").await.unwrap();
    let mut waits = Vec::new();
    for _ in 0..8 {
        waits.push(first.waits(SERVICE).await);
    }
    assert!(!is_room(&first).await, "the session has its waits");
    let second = second.begin(SERVICE, "a").await.unwrap();
    for _ in 0..2 {
        waits.push(second.waits(SERVICE).await);
    }
    assert!(!is_room(&second).await, "the machine has half of all");
    let third = third.begin(SERVICE, "a").await.unwrap();
    assert!(!is_room(&third).await);
    third.get(SERVICE, "a").await.unwrap();

    let on_other = async || {
        let key = KeyPair::generate(Suite::Modern).unwrap();
        let request = ReportRequest::passport(UserData([0x31; 32]), key.public());
        let report = other_cpu.enclave(enclave(1)).attest(&request).unwrap();
        let ta = Ta::new(world.core.clone(), world.clock.clone(), key, report);
        ta.begin(SERVICE, "a").await.unwrap()
    };
    let modest = on_other().await;
    assert!(is_room(&modest).await, "another machine has its own half");
    let another = on_other().await;
    for _ in 0..8 {
        waits.push(modest.waits(SERVICE).await);
    }
    waits.push(another.waits(SERVICE).await);
    assert!(!is_room(&another).await, "that is all");

    // A client that goes away gives its places back, and so does a wait that ends.
    for wait in waits.drain(..2) {
        wait.abort();
        let _ = wait.await;
    }
    assert!(is_room(&first).await && is_room(&third).await);
    world.import("b", "data", 2).await.unwrap();
    for wait in waits {
        assert_eq!(ends(wait).await.unwrap().0, WaitChanged);
    }
    for _ in 0..8 {
        waits_again(&third).await;
    }

    let (none, session) = begun_with(|config| config.watchers = 0).await;
    assert!(!none.status().await.waits_for_changes && world.status().await.waits_for_changes);
    assert!(!is_room(&session).await);
}

async fn waits_again(session: &InSession) {
    let position = session.position(SERVICE).await;
    assert_eq!(session.wait(SERVICE, &position, 1).await.unwrap().0, WaitTimeOver);
}

#[tokio::test]
async fn what_another_process_changes_ends_a_wait() {
    let store = Arc::new(Watched::shared());
    let one = World::on(store, Suite::Modern, |_| ()).await.lasting().await.provisioned().await;
    let other = one.beside().await;
    other.provision("host1").await.unwrap();
    one.register("other").await.unwrap();
    one.import("a", "data", 1).await.unwrap();
    let session = one.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    for name in ["b", "c"] {
        let wait = session.waits(SERVICE).await;
        import_into(&other, "other", name).await;
        sleep(SHORT).await;
        assert!(!wait.is_finished(), "it is another service");
        other.import(name, "data", 1).await.unwrap();
        assert_eq!(ends(wait).await.unwrap().0, WaitChanged);
    }

    let wait = session.waits(SERVICE).await;
    let mut config = other.config.clone();
    config.quotas.services += 1;
    let request = ApplyDeploymentRequest { file: Some(file(&text(&config))), revision: 1 };
    let _: ApplyDeploymentResponse = other.admin().call("ApplyDeployment", &request).await.unwrap();
    assert_eq!(code(ends(wait).await), ErrorCode::NoSession);
}
