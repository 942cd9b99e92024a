//! A host's clock that was wrong for a while leaves nothing behind once it is right.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aecs_attest::Verifier;
use aecs_core::{Error, ErrorCode, Kind, Restart};
use aecs_crypto::{PasswordVerifier, Suite};
use aecs_proto::{
    AecsListBackupIdentityRequest, AecsListBackupIdentityResponse, AecsProvisionResponse,
    AecsSetTimeRequest, AecsSetTimeResponse, ApplyDeploymentRequest, ApplyDeploymentResponse,
    DeleteSecretRequest, DeleteSecretResponse, EnclaveSecretLifecycle, EnclaveSecretType,
    GetAecsStatusRequest, ListEnclaveServiceRequest, ListEnclaveServiceResponse,
    ListSecretVersionRequest, ListSecretVersionResponse, NewSecretVersionResponse,
    PutSecretRequest, UndeleteSecretRequest, UndeleteSecretResponse,
};

use crate::support::{Config, SERVICE, World, code, enclave, file, pinned, refusal, secret, text};

const TWENTY_YEARS: Duration = Duration::from_secs(20 * 365 * 24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer than the period of housekeeping.
const A_WHILE: Duration = Duration::from_secs(90);

async fn status(world: &World) {
    let request =
        GetAecsStatusRequest { accepted_suites: vec![Suite::Modern.to_string()], nonce: vec![] };
    world.core.get_aecs_status(request).await.unwrap();
}

#[tokio::test]
async fn h15_clock_excursion() {
    let world = World::installed().await;
    world.clock.shift(TWENTY_YEARS);
    // A change that is made while the clock is wrong is made, and dates nothing.
    world.import("during", "data", 1).await.unwrap();
    let mut old = world.owner().payload("ListSecret", "{}".into());
    old.issued_at_ms -= i64::try_from(TWENTY_YEARS.as_millis()).unwrap();
    let refused = refusal(world.owner().send(world.owner().seal("ListSecret", &old).await).await);
    assert!(refused.message().contains("s forward since the server's start"), "{refused}");
    world.clock.shift_back(TWENTY_YEARS);
    world.import("after", "data", 1).await.unwrap();
    world.ta(enclave(1)).get(SERVICE, "during").await.unwrap();

    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    assert_eq!(world.list("").await, ["after", "during"]);
}

#[tokio::test(start_paused = true)]
async fn f03_floor() {
    let world = World::working().await;
    world.clock.shift(TWENTY_YEARS);
    // A tick of housekeeping without any request; a status that anybody asks for.
    tokio::time::sleep(A_WHILE).await;
    status(&world).await;
    world.clock.shift_back(TWENTY_YEARS);
    assert!(world.list("").await.is_empty());
}

/// A deployment whose own evidence holds for months, as a real one's is renewed, and for which nobody
/// signs a date.
async fn undated() -> World {
    let world = World::installed().await;
    let now = SystemTime::now();
    world.cpu.set_collateral_window(Some(now - HOUR..now + 100 * DAY)).unwrap();
    world
}

/// Another start; what the former one proved is gone.
async fn restarted(world: World) -> World {
    world.restarted().await
}

/// Secrets of which time ends something: an earlier version of `a`, and the deleted `b`. Of `c`, a
/// rotation pushes the only version out.
async fn make_what_ends(world: &World) {
    world.import("a", "one", 1).await.unwrap();
    let (secret_name, data) = ("a".to_owned(), "two".to_owned());
    let put = PutSecretRequest { secret_name, data, ..PutSecretRequest::default() };
    let _: NewSecretVersionResponse = world.owner().call("PutSecret", &put).await.unwrap();
    world.import("b", "one", 1).await.unwrap();
    let delete = DeleteSecretRequest { secret_name: "b".to_owned(), version: 0 };
    let _: DeleteSecretResponse = world.owner().call("DeleteSecret", &delete).await.unwrap();
    let mut rotating = secret("c", EnclaveSecretType::SecretTypeAes256Key, pinned(1));
    let rotate_every_ms = ms(UNIX_EPOCH + DAY);
    let lifecycle =
        EnclaveSecretLifecycle { max_versions: 1, rotate_every_ms, ..Default::default() };
    rotating.spec.as_mut().unwrap().lifecycle = Some(lifecycle);
    world.create(rotating).await.unwrap();
}

/// Everything that [`make_what_ends`] has made is there.
async fn assert_nothing_ended(world: &World) {
    assert_eq!(world.ta(enclave(1)).get_version(SERVICE, "a", 1).await.unwrap().data, "one");
    let undelete = UndeleteSecretRequest { secret_name: "b".to_owned(), version: 0 };
    let _: UndeleteSecretResponse = world.owner().call("UndeleteSecret", &undelete).await.unwrap();
    assert_eq!(world.ta(enclave(1)).get(SERVICE, "b").await.unwrap().data, "one");
    assert_eq!(world.ta(enclave(1)).get(SERVICE, "c").await.unwrap().version, 1);
}

/// What the server did by itself.
fn acts_of_the_server(world: &World) -> Vec<(String, String)> {
    let entries = world.audit.entries().into_iter().filter(|entry| entry.caller == "server");
    entries.map(|entry| (entry.function.into_owned(), entry.object.unwrap())).collect()
}

/// The server removes by itself what has ended: not by a clock that the host has put forward.
#[tokio::test(start_paused = true)]
async fn h15_no_data_is_removed_by_a_clock_that_is_ahead() {
    let world = World::working().await;
    make_what_ends(&world).await;
    world.clock.shift(TWENTY_YEARS);
    tokio::time::sleep(2 * HOUR).await;
    world.clock.shift_back(TWENTY_YEARS);
    assert_nothing_ended(&world).await;
}

#[tokio::test(start_paused = true)]
async fn h15_no_data_is_removed_by_a_clock_that_was_ahead_at_the_start() {
    let world = undated().await;
    make_what_ends(&world).await;
    world.clock.shift(40 * DAY);
    let world = restarted(world).await;
    assert_eq!(world.core.status(), "Working");
    tokio::time::sleep(2 * HOUR).await;
    // Neither does anybody's call prove the time, nor one of an owner.
    status(&world).await;
    assert_eq!(world.list("").await, ["a", "c"]);
    tokio::time::sleep(2 * HOUR).await;
    world.clock.shift_back(40 * DAY);
    assert_nothing_ended(&world).await;
    assert_eq!(acts_of_the_server(&world), []);
}

/// With a floor, which the clock of the start is ahead of.
#[tokio::test(start_paused = true)]
async fn h15_a_floor_and_not_the_clock_of_the_start_ends_what_time_ends() {
    let world = dated().await;
    make_what_ends(&world).await;
    world.clock.shift(40 * DAY);
    let world = restarted(world).await;
    assert_eq!(world.core.status(), "Working");
    tokio::time::sleep(2 * HOUR).await;
    world.clock.shift_back(40 * DAY);
    assert_nothing_ended(&world).await;
    assert_eq!(acts_of_the_server(&world), []);
}

/// What the server rotates under a clock that is far ahead is not dated by it.
#[tokio::test(start_paused = true)]
async fn h15_a_clock_that_is_ahead_dates_no_version_years_later() {
    let world = dated().await;
    make_what_ends(&world).await;
    let now_ms = world.clock.now_ms();
    world.clock.shift(50 * DAY);
    let world = restarted(world).await;
    assert_eq!(world.core.status(), "Working");
    world.clock.pass(2 * DAY);
    tokio::time::sleep(2 * HOUR).await;
    let request = ListSecretVersionRequest { secret_name: "c".to_owned() };
    let list: ListSecretVersionResponse =
        world.owner().call("ListSecretVersion", &request).await.unwrap();
    let rotated = list.versions.last().unwrap();
    assert_eq!(rotated.version, 2);
    let proven_ms = now_ms + ms(UNIX_EPOCH + 2 * DAY);
    assert!(rotated.created_ms >= proven_ms - ms(UNIX_EPOCH + 2 * HOUR));
    assert!(rotated.created_ms <= proven_ms + ms(UNIX_EPOCH + 31 * DAY));
}

/// An administrator's request is the proof where no vendor has signed a date.
#[tokio::test(start_paused = true)]
async fn h15_after_an_administrators_request_time_ends_what_it_ends() {
    let world = undated().await;
    make_what_ends(&world).await;
    let world = restarted(world).await;
    services(&world).await.unwrap();
    world.clock.pass(31 * DAY);
    tokio::time::sleep(2 * HOUR).await;
    let mut acts = acts_of_the_server(&world);
    acts.sort();
    let act = |function: &str, object: &str| (function.to_owned(), object.to_owned());
    let removed = [act("DestroySecret", "a"), act("DestroySecret", "b")];
    assert_eq!(acts, [&removed[..], &[act("RotateSecret", "c")]].concat());
    // A server that started since then knows nothing of it.
    let world = restarted(world).await;
    let acts = acts_of_the_server(&world).len();
    world.clock.pass(31 * DAY);
    tokio::time::sleep(2 * HOUR).await;
    assert_eq!(acts_of_the_server(&world).len(), acts);
}

#[tokio::test]
async fn h15_a_provision_under_a_wrong_clock_dates_nothing() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    world.clock.shift(TWENTY_YEARS);
    world.provision("host1").await.unwrap();
    world.clock.shift_back(TWENTY_YEARS);
    world.register(SERVICE).await.unwrap();
    assert!(world.list("").await.is_empty());
}

fn ms(time: SystemTime) -> i64 {
    i64::try_from(time.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A working core for which a date was signed, as vendors sign it, an hour ago. Which real dates
/// count is shown on real evidence in `crates/attest/tests`.
async fn dated() -> World {
    dated_with(|_| ()).await.provisioned().await
}

/// The same, waiting, with other settings.
async fn dated_with(change: impl FnOnce(&mut Config)) -> World {
    let mut world = World::pending(Suite::Modern, change).await;
    let now = SystemTime::now();
    world.cpu.set_collateral_window(Some(now - HOUR..now + 60 * DAY)).unwrap();
    let verifier =
        Verifier::builder().simulated_root(world.cpu.root_der()).insecure_simulated_dates();
    world.config.verifier = Arc::new(verifier.build().unwrap());
    world.lasting().await
}

async fn services(world: &World) -> Result<ListEnclaveServiceResponse, Error> {
    world.admin().call("ListEnclaveService", &ListEnclaveServiceRequest::default()).await
}

/// The floor goes on with the time, also while a test runs.
fn near(floor_ms: i64, expected_ms: i64) -> bool {
    (floor_ms - expected_ms).abs() < 300_000
}

async fn set_time(world: &World, floor_ms: i64) -> Result<AecsSetTimeResponse, Error> {
    let request = AecsSetTimeRequest { floor_ms, uptime_ms: world.status().await.uptime_ms };
    world.admin().call("AecsSetTime", &request).await
}

#[tokio::test(start_paused = true)]
async fn f03_signed_time_holds_against_the_hosts_clock_and_is_kept() {
    let world = dated().await;
    // Long enough for it to be kept.
    tokio::time::sleep(A_WHILE).await;
    let status = world.status().await;
    let floor = status.time_floor_ms;
    assert!(floor >= ms(SystemTime::now() - HOUR - A_WHILE), "{floor}");
    assert_eq!(status.clock_warning, "");

    // Older endorsements, and a host whose clock is behind: the time that was signed is in use.
    let now = SystemTime::now();
    world.cpu.set_collateral_window(Some(now - 20 * DAY..now + 60 * DAY)).unwrap();
    let world = world.restarted().await;
    world.clock.shift_back(10 * DAY);
    let status = world.status().await;
    // It was learned again at the start, so it has stood still meanwhile.
    assert!(near(status.time_floor_ms, floor), "{status:?}");
    assert!(status.server_time_ms >= status.time_floor_ms, "{status:?}");
    assert_eq!(status.time_floor_by, "the time of an administrator's request");
    assert!(status.clock_warning.contains("s behind"), "{}", status.clock_warning);
    let refused = refusal(services(&world).await);
    assert_eq!(refused.code(), ErrorCode::RequestStale);
    assert!(refused.message().contains("the clock of the server's host is at least"), "{refused}");
}

/// The administrator's clock and the host's are ahead, day by day, and then right again.
async fn ahead_by_days(world: &World) -> i64 {
    for _ in 0..3 {
        world.clock.shift(DAY - HOUR);
        services(world).await.unwrap();
    }
    world.clock.shift_back(3 * (DAY - HOUR));
    world.status().await.time_floor_ms
}

/// Neither a wrong password nor a function that asks for none.
#[tokio::test]
async fn f03_a_key_without_its_password_raises_nothing() {
    const PASSWORD: &str = "correct horse";
    let verifier = Arc::new(PasswordVerifier::from_password(PASSWORD).unwrap());
    let world = dated_with(|config| config.admin.password = Some(verifier)).await;
    let provision = world.provision_request("host1").await;
    let admin = || world.admin().password(PASSWORD);
    let _: AecsProvisionResponse = admin().call("AecsProvision", &provision).await.unwrap();
    let floor = world.status().await.time_floor_ms;

    world.clock.shift(DAY - HOUR);
    assert_eq!(code(services(&world).await), ErrorCode::Password);
    let list = AecsListBackupIdentityRequest::default();
    let _: AecsListBackupIdentityResponse =
        world.admin().call("AecsListBackupIdentity", &list).await.unwrap();
    assert!(near(world.status().await.time_floor_ms, floor));
    let list = ListEnclaveServiceRequest::default();
    let _: ListEnclaveServiceResponse = admin().call("ListEnclaveService", &list).await.unwrap();
    let raised = world.status().await.time_floor_ms;
    assert!(near(raised, floor + ms(UNIX_EPOCH + DAY - HOUR)), "{raised} after {floor}");
}

#[tokio::test]
async fn f03_an_administrator_lowers_the_floor() {
    let world = dated().await;
    let floor = ahead_by_days(&world).await;
    let now = SystemTime::now();
    assert!(floor > ms(now + 2 * DAY));
    assert_eq!(code(services(&world).await), ErrorCode::RequestStale);

    // It only goes down; and no request that the host has held back moves it.
    assert_eq!(code(set_time(&world, floor + ms(UNIX_EPOCH + HOUR)).await), ErrorCode::Generic);
    let old = AecsSetTimeRequest { floor_ms: ms(now), uptime_ms: world.status().await.uptime_ms };
    world.clock.pass(HOUR);
    world.clock.shift_back(HOUR);
    let held_back = world.admin().call::<_, AecsSetTimeResponse>("AecsSetTime", &old).await;
    let error = refusal(held_back);
    // No clock is wrong by that: the tools have another remedy for this kind.
    assert_eq!((error.code(), error.kind()), (ErrorCode::RequestStale, Kind::FailedPrecondition));

    // Time has gone on since it was signed.
    let before = set_time(&world, ms(now - HOUR)).await.unwrap().before_ms;
    assert!(near(before, floor + ms(UNIX_EPOCH + HOUR)), "{before}");
    let entry = world.audit.last();
    assert_eq!((&*entry.function, &*entry.caller), ("AecsSetTime", "aecs-admin"));
    assert_eq!(entry.object, Some(format!("{} ms", ms(now - HOUR))));
    let status = world.status().await;
    assert!(near(status.time_floor_ms, ms(now - HOUR)), "{status:?}");
    assert_eq!(status.time_floor_by, "set by an administrator");
    services(&world).await.unwrap();

    let world = world.restarted().await;
    let floor = world.status().await.time_floor_ms;
    assert!((ms(now - 2 * HOUR)..=ms(now + HOUR)).contains(&floor), "kept lowered: {floor}");
    services(&world).await.unwrap();
}

/// The floor goes on with the time: after two days the right time is below it, and above what was
/// signed.
#[tokio::test]
async fn f03_the_right_time_is_below_the_floor_however_long_the_server_runs() {
    let world = dated().await;
    world.clock.shift(DAY - HOUR);
    services(&world).await.unwrap();
    world.clock.shift_back(DAY - HOUR);
    world.clock.pass(2 * DAY);
    let now = ms(SystemTime::now() + 2 * DAY);
    let ahead = world.status().await.time_floor_ms;
    assert!(near(ahead, now + ms(UNIX_EPOCH + DAY - HOUR)), "{ahead}, and it is {now}");
    assert!(near(set_time(&world, now).await.unwrap().before_ms, ahead));
    assert!(near(world.status().await.time_floor_ms, now));
    services(&world).await.unwrap();
}

/// By a floor in the future also the provision is stale.
#[tokio::test(start_paused = true)]
async fn f03_the_floor_of_a_waiting_server_is_lowered_and_kept() {
    let world = dated().await;
    ahead_by_days(&world).await;
    tokio::time::sleep(A_WHILE).await;
    let mut config = world.config.clone();
    config.restart = Restart::Provision;
    let request = ApplyDeploymentRequest { file: Some(file(&text(&config))), revision: 1 };
    world.clock.shift(3 * (DAY - HOUR));
    let _: ApplyDeploymentResponse = world.admin().call("ApplyDeployment", &request).await.unwrap();
    world.clock.shift_back(3 * (DAY - HOUR));

    let world = world.restarted().await;
    assert_eq!(world.status().await.status, "Pending");
    assert_eq!(code(world.provision("host1").await), ErrorCode::RequestStale);
    let now = ms(SystemTime::now());
    set_time(&world, now).await.unwrap();
    // The provision itself raises it by what has passed.
    world.clock.shift(2 * A_WHILE);
    world.provision("host1").await.unwrap();
    let world = world.restarted().await;
    assert!(world.status().await.time_floor_ms <= now + ms(UNIX_EPOCH + HOUR), "kept lowered");
    world.provision("host1").await.unwrap();
}

#[tokio::test]
async fn f03_without_a_signed_date_there_is_no_floor_to_lower() {
    let world = World::working().await;
    let status = world.status().await;
    assert_eq!((status.time_floor_ms, status.time_floor_by.as_str()), (0, ""));
    assert_eq!(refusal(set_time(&world, 1).await).kind(), Kind::FailedPrecondition);
}

#[tokio::test]
async fn f03_a_forward_jump_raises_nothing_and_is_told() {
    let world = dated().await;
    let floor = world.status().await.time_floor_ms;
    world.clock.shift(TWENTY_YEARS);
    let status = world.status().await;
    assert!(near(status.time_floor_ms, floor), "{status:?}");
    let warning = status.clock_warning;
    // Clocks are read one after the other.
    let told = [630_719_999, 630_720_000]
        .map(|seconds| format!("was set {seconds} s forward since the server's start"));
    assert!(told.iter().any(|told| warning.contains(told)), "{warning}");
    world.clock.shift_back(TWENTY_YEARS);
    let status = world.status().await;
    assert!(near(status.time_floor_ms, floor) && status.clock_warning.is_empty(), "{status:?}");
}
