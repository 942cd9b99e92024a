//! What a core does while nobody calls: forget requests that cannot come back, renew its reports.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aecs_core::ErrorCode;
use aecs_crypto::Suite;
use aecs_proto::{GetAecsStatusRequest, UnifiedAttestationAuthReport};

use crate::support::{SERVICE, SlowAttester, World, code, enclave};

/// Longer than the period of housekeeping.
const A_WHILE: Duration = Duration::from_secs(90);
const HOUR: Duration = Duration::from_secs(3600);

/// The records of a folder.
async fn records(world: &World, folder: &str) -> usize {
    world.names().await.iter().filter(|name| name.starts_with(folder)).count()
}

#[tokio::test(start_paused = true)]
async fn acts_are_forgotten_after_a_day_and_requests_of_2_0_never() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    world.import("a", "data", 1).await.unwrap();
    let old = world.owner().aecs20().request_of("ListSecret", "{}".into()).await;
    world.owner().send(old.clone()).await.unwrap();
    assert_eq!(records(&world, "acts/").await, 3, "provision, register and create");
    assert_eq!(records(&world, "replay/").await, 1, "the list of 2.0");
    tokio::time::sleep(23 * HOUR).await;
    assert_eq!(records(&world, "acts/").await, 3, "a client may still ask");

    tokio::time::sleep(2 * HOUR).await;
    assert_eq!(records(&world, "acts/").await, 0);
    assert_eq!(records(&world, "replay/").await, 1);
    assert_eq!(code(world.owner().send(old).await), ErrorCode::RequestReplayed);
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    assert_eq!(world.list("").await, ["a"]);
}

/// A process that dies before its commit leaves pages that nobody knows.
#[tokio::test(start_paused = true)]
async fn pages_that_nothing_needs_are_removed_within_an_hour() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    tokio::time::sleep(A_WHILE).await;
    // The first commit had the number 1, the next one has not come.
    let (orphan, next) = ("page/000000000001".to_owned(), "page/ffffffffffff".to_owned());
    let [orphan, next] = [orphan, next].map(|page| page + &"ab".repeat(10));
    world.set_raw(&orphan, vec![1; 100]).await;
    world.set_raw(&next, vec![1; 100]).await;
    tokio::time::sleep(HOUR + A_WHILE).await;
    assert!(world.raw(&orphan).await.is_none());
    assert!(world.raw(&next).await.is_some(), "it may be of a commit that is under way");
    assert_eq!(world.list("").await, ["a"]);
    assert_eq!(world.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, "data");
}

async fn report(world: &World) -> UnifiedAttestationAuthReport {
    let request =
        GetAecsStatusRequest { accepted_suites: vec![Suite::Modern.to_string()], nonce: vec![] };
    world.core.get_aecs_status(request).await.unwrap().auth_ra_report.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_report_is_renewed_before_it_expires() {
    let world = World::working().await;
    let now = SystemTime::now();
    let soon = now + 2 * HOUR;
    world.cpu.set_collateral_window(Some(now - HOUR..soon)).unwrap();
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    assert!(world.verifier.verify(&report(&world).await, soon + HOUR).is_err());
    tokio::time::sleep(A_WHILE).await;
    assert!(world.verifier.verify(&report(&world).await, soon + HOUR).is_err(), "no better one");

    world.cpu.set_collateral_window(None).unwrap();
    tokio::time::sleep(3 * A_WHILE).await;
    world.verifier.verify(&report(&world).await, soon + HOUR).unwrap();
    assert_eq!(world.core.status(), "Working");
    assert!(world.list("").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_report_that_cannot_be_renewed_stays_and_attempts_become_rare() {
    let world = World::working().await;
    let now = SystemTime::now();
    let soon = now + 12 * HOUR;
    world.cpu.set_collateral_window(Some(now - HOUR..soon)).unwrap();
    let attester = Arc::new(SlowAttester::new(&world));
    let world = world.restart(|restart| restart.attester = Some(attester.clone())).await.unwrap();
    world.provision("host1").await.unwrap();
    let before = report(&world).await;
    attester.fail(true);
    let made = attester.made();
    tokio::time::sleep(6 * HOUR).await;
    let attempts = attester.made() - made;
    assert!((8..=14).contains(&attempts), "{attempts} attempts in six hours");
    assert_eq!(report(&world).await, before, "the old one is still good");
    assert_eq!(world.core.status(), "Working");

    attester.fail(false);
    world.cpu.set_collateral_window(None).unwrap();
    tokio::time::sleep(HOUR + A_WHILE).await;
    world.verifier.verify(&report(&world).await, soon + HOUR).unwrap();
}
