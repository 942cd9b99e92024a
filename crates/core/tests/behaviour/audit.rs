//! The audit log as a condition of what is done, and what the vault knows of it.

use std::time::Duration;

use aecs_core::{AuditEntry, Kind, StartError};
use aecs_crypto::{Suite, audit::AuditPublicKey};
use aecs_proto::{ApplyDeploymentRequest, ApplyDeploymentResponse};

use crate::support::{Recorder, SERVICE, World, enclave, file, refusal, text};

fn functions(audit: &Recorder) -> Vec<(String, String)> {
    let said = |entry: AuditEntry| (entry.function.into_owned(), entry.result);
    audit.entries().into_iter().map(said).collect()
}

#[tokio::test]
async fn h06_unaudited_release() {
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    let before = (world.names().await, world.audit.entries());

    world.audit.fill(true);
    let refusals = [
        ta.get(SERVICE, "one").await.map(drop),
        world.destroy("one").await,
        world.import("two", "data", 1).await,
        world.register("service2").await,
    ];
    for refusal in refusals {
        let error = refusal.unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
        assert!(error.message().contains("cannot write its audit log"), "{error}");
    }
    assert_eq!(world.list("").await, ["one"], "nothing was changed; looking needs no entry");
    assert_eq!(world.names().await, before.0);
    assert_eq!(world.audit.entries(), before.1);

    world.audit.fill(false);
    ta.get(SERVICE, "one").await.unwrap();
    world.destroy("one").await.unwrap();
    assert_eq!(world.audit.last().function, "DestroySecret");
}

/// There was room before the release, and then the write fails.
#[tokio::test]
async fn h06_a_release_whose_entry_is_not_written_does_not_happen() {
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    world.audit.fail(true);
    let refused = refusal(world.ta(enclave(1)).get(SERVICE, "one").await);
    assert!(refused.message().contains("audit log"), "{refused}");
    world.audit.fail(false);
    world.ta(enclave(1)).get(SERVICE, "one").await.unwrap();
}

#[tokio::test]
async fn h06_strangers_do_not_fill_the_log() {
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    let before = world.audit.entries().len();
    for n in 0..60 {
        // A key, and a report, of its own each time.
        world.ta(enclave(2)).get(SERVICE, "one").await.unwrap_err();
        world.ta(enclave(2)).get(SERVICE, &format!("none{n}")).await.unwrap_err();
    }
    let written = world.audit.entries().len() - before;
    assert!(written <= 17, "{written}");
    let known = world.audit.entries();
    drop(world);
    let audit = known.iter().filter(|entry| entry.count.is_some()).count();
    assert_eq!(audit, 0, "counts come when their time is over, or at the end");
}

#[tokio::test]
async fn h06_what_was_counted_is_written_at_the_end() {
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    for _ in 0..5 {
        world.ta(enclave(2)).get(SERVICE, "one").await.unwrap_err();
    }
    let (audit, clock) = (world.audit.clone(), world.clock.clone());
    drop(world);
    // The vault's task and the housekeeping let go of the core one after the other.
    for _ in 0..100 {
        let last = audit.last();
        if last.count == Some(4) {
            let age_ms = clock.now_ms() - last.time_ms;
            assert!((0..60_000).contains(&age_ms), "it has a time: {last:?}");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{:?}", audit.last());
}

#[tokio::test]
async fn an_entry_says_who_what_and_which() {
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    let act = world.audit.last();
    assert_eq!((act.function.as_ref(), act.caller.as_ref()), ("CreateSecret", "service-admin"));
    assert_eq!(act.key_hash, Some(world.service_admin.public().fingerprint().to_string()));
    assert_eq!(act.service.as_deref(), Some(SERVICE));
    assert!(act.request.is_some() && act.epoch.is_some(), "{act:?}");
    assert!((0..60_000).contains(&(world.clock.now_ms() - act.time_ms)), "{act:?}");
    world.import("two", "data", 1).await.unwrap();
    let next = world.audit.last();
    assert_eq!(next.request.as_ref().map(String::len), Some(32));
    assert_ne!(next.request, act.request, "each request has its own");

    let ta = world.ta(enclave(1));
    ta.get(SERVICE, "one").await.unwrap();
    let release = world.audit.last();
    assert_eq!((release.function.as_ref(), release.caller.as_ref()), ("TaGetSecret", "ta"));
    assert_eq!(release.key_hash, Some(ta.key.public().fingerprint().to_string()));
    assert!((0..60_000).contains(&(world.clock.now_ms() - release.time_ms)), "{release:?}");
    assert_eq!(release.node, world.audit.key().node());
    assert_eq!(release.platform.as_deref(), Some("SGX_DCAP"), "{release:?}");
    assert_eq!(release.signer, Some("A0".repeat(32)));
    assert_eq!(release.evidence.map(|digest| digest.len()), Some(64));
    assert_eq!((release.version, release.policy_version), (act.epoch, act.epoch));
    assert_eq!(release.epoch, next.epoch);
}

#[tokio::test]
async fn h07_a_log_that_was_cut_is_noticed() {
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    // The commit of the next act tells the vault of the entries before it.
    world.import("two", "data", 1).await.unwrap();
    world.audit.cut(3);
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    let found = world.audit.entries().into_iter().find(|entry| entry.function == "AuditLog");
    let reason = found.expect("an entry about it").reason.unwrap();
    assert!(reason.contains("cut or replaced"), "{reason}");
    let head = world.status().await.audit_entries;
    assert!(head > 5, "no number is given twice: {head}");
}

#[tokio::test]
async fn h06_an_act_whose_entry_a_crash_lost_is_written_at_the_next_start() {
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    world.audit.cut(1);
    assert_ne!(world.audit.last().function, "CreateSecret");
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    let entries = world.audit.entries();
    let act = entries.iter().find(|entry| entry.function == "CreateSecret").expect("the act");
    assert_eq!((act.result.as_str(), act.object.as_deref()), ("ok", Some("one")));
    assert!(act.reason.as_ref().unwrap().contains("at the next start"), "{act:?}");

    let again = world.restarted().await;
    again.provision("host1").await.unwrap();
    let acts = functions(&again.audit).into_iter().filter(|(name, _)| name == "CreateSecret");
    assert_eq!(acts.count(), 1, "once");
}

/// The host knows the number of the request, and what else the entry said.
#[tokio::test]
async fn h07_an_act_is_not_recorded_by_an_entry_of_the_hosts() {
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    let act = world.audit.last();
    world.audit.cut(1);
    world.audit.forge(&AuditEntry { function: "ListSecret".into(), ..act.clone() });
    world.audit.forge(&AuditEntry { object: Some("two".to_owned()), ..act.clone() });
    world.audit.forge(&AuditEntry { result: "interrupted".to_owned(), ..act.clone() });
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    let same = |entry: &AuditEntry| entry.object == act.object && entry.result == "ok";
    let entries = world.audit.entries();
    let written = entries.iter().find(|entry| entry.function == "CreateSecret" && same(entry));
    let reason = written.expect("the act").reason.as_ref().unwrap();
    assert!(reason.contains("at the next start"), "{reason}");
}

/// The host can fill the disk for a while.
#[tokio::test]
async fn h07_a_server_does_not_begin_before_its_log_says_that_it_was_changed() {
    let world = World::installed().await;
    world.import("one", "data", 1).await.unwrap();
    world.import("two", "data", 1).await.unwrap();
    world.audit.cut(3);
    world.audit.fill(true);
    let refused = world.restart(|_| ()).await.err();
    assert!(matches!(refused, Some(StartError::Audit(_))), "{refused:?}");
    world.audit.fill(false);
    let world = world.restarted().await;
    assert_eq!(world.status().await.status, "Working");
    assert!(functions(&world.audit).contains(&("AuditLog".to_owned(), "changed".to_owned())));
}

/// An act that a crash lost stays in the vault until the log has it.
#[tokio::test]
async fn h06_an_act_that_cannot_be_written_at_the_next_start_is_written_at_a_later_one() {
    let world = World::installed().await;
    world.import("one", "data", 1).await.unwrap();
    world.audit.cut(1);
    // The log takes no entries, and nothing waits for that. The vault is told of the log meanwhile.
    world.audit.fill(true);
    let world = world.restarted().await;
    assert_eq!(world.status().await.status, "Working");
    world.core.save().await.unwrap();
    world.audit.fill(false);
    let world = world.restarted().await;
    let acts = functions(&world.audit).into_iter().filter(|(name, _)| name == "CreateSecret");
    assert_eq!(acts.count(), 1);
}

/// Longer than the vault waits for the head of the log.
const A_WHILE: Duration = Duration::from_secs(15);
/// Longer than two rounds of what looks for counts and heads.
const ROUNDS: Duration = Duration::from_secs(3);

/// The clock of the host stands still, and jumps; the vault learns of the end of the log all the
/// same.
#[tokio::test(start_paused = true)]
async fn h07_the_vault_learns_of_the_log_by_a_clock_that_the_host_cannot_set() {
    let years = Duration::from_secs(20 * 365 * 24 * 3600);
    let clocks = [
        ("stands still", A_WHILE, Duration::ZERO),
        ("jumps back", years, Duration::ZERO),
        ("jumps forward", Duration::ZERO, years),
    ];
    for (name, back, forward) in clocks {
        let world = World::working().await;
        tokio::time::sleep(ROUNDS).await;
        // An entry that no commit carries.
        world.register(SERVICE).await.unwrap_err();
        assert_ne!(world.audit.last().result, "ok");
        tokio::time::sleep(ROUNDS).await;
        world.clock.pass(A_WHILE);
        world.clock.shift_back(back);
        world.clock.shift(forward);
        tokio::time::sleep(ROUNDS).await;
        world.clock.shift_back(forward);
        world.clock.shift(back);
        world.audit.cut(1);
        let world = world.restarted().await;
        world.provision("host1").await.unwrap();
        let told = functions(&world.audit).contains(&("AuditLog".to_owned(), "changed".to_owned()));
        assert!(told, "{name}: {:?}", functions(&world.audit));
    }
}

/// What is counted is written when its window is over by a clock that the host cannot set, and not
/// before.
#[tokio::test(start_paused = true)]
async fn h06_the_hosts_clock_neither_keeps_nor_ends_a_window() {
    let window = Duration::from_secs(5 * 60);
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    let counts =
        || world.audit.entries().iter().filter_map(|entry| entry.count).collect::<Vec<_>>();
    for _ in 0..3 {
        world.ta(enclave(2)).get(SERVICE, "one").await.unwrap_err();
    }
    let (claimed, written) = (world.clock.now_ms(), world.audit.entries().len());
    for _ in 0..2 {
        world.clock.shift(10 * window);
        tokio::time::sleep(ROUNDS).await;
        world.clock.shift_back(20 * window);
        tokio::time::sleep(ROUNDS).await;
        world.clock.shift(10 * window);
    }
    assert_eq!((counts(), world.audit.entries().len()), (vec![], written), "one window");

    // The host's clock stands still, and goes back.
    world.clock.pass(window);
    world.clock.shift_back(2 * window);
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(counts(), [2]);
    let count = world.audit.last();
    let near = |time: i64, expected: i64| (time - expected).abs() < 60_000;
    let minutes = i64::try_from(window.as_millis()).unwrap();
    assert!(near(count.time_ms, claimed - minutes), "{count:?} is dated as the host claims");
    assert!(near(count.first_ms.unwrap(), claimed) && near(count.last_ms.unwrap(), claimed));
}

#[tokio::test]
async fn an_intact_log_is_no_matter_of_an_entry() {
    let world = World::working().await;
    world.import("one", "data", 1).await.unwrap();
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    assert!(world.audit.entries().iter().all(|entry| entry.function != "AuditLog"));
}

#[tokio::test]
async fn the_status_names_the_key_and_the_head() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let pending = world.status().await;
    assert_eq!((pending.audit_entries, pending.audit_head), (0, "00".repeat(32)));
    let world = world.provisioned().await;
    let status = world.status().await;
    assert_eq!(status.audit_key.parse::<AuditPublicKey>().unwrap(), world.audit.key());
    assert_eq!(status.audit_entries, 2);
    assert_eq!(status.audit_head.len(), 64);
}

/// The host's file says nothing about what a full log does, an administrator does.
#[tokio::test]
async fn h06_the_record_decides_whether_a_full_log_forgets() {
    let world = World::installed().await;
    assert!(!world.audit.may_drop_oldest());
    let world = world.restart(|restart| restart.config.audit_drop_oldest = true).await.unwrap();
    assert_eq!(world.status().await.status, "Working");
    assert!(!world.audit.may_drop_oldest());

    let request = ApplyDeploymentRequest { file: Some(file(&text(&world.config))), revision: 1 };
    let applied: ApplyDeploymentResponse =
        world.admin().call("ApplyDeployment", &request).await.unwrap();
    assert_eq!(applied.differences.len(), 1, "{applied:?}");
    assert!(world.audit.may_drop_oldest(), "without a restart");
}
