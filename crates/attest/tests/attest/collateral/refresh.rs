//! Fetching anew: ahead of the end, after a while, and when something did not verify.

use std::time::Duration;

use aecs_attest::{CollateralClient, CollateralClientConfig, CollateralSource as _};

use crate::collateral::server::{Reply, Server};
use crate::collateral::support::{
    Cpu, DAY, FMSPC, HOUR, MINUTE, answers, client, config, dcap, hsk_cek, hygon, now, unavailable,
    until, wait_for_pauses,
};

#[test]
fn what_is_valid_is_fetched_once() {
    let server = Server::start(answers(&Cpu::new().collateral()));
    let client = client(&server);
    let first = client.get(&dcap(FMSPC), now()).unwrap();
    for later in [Duration::ZERO, MINUTE, HOUR, 11 * HOUR] {
        assert_eq!(client.get(&dcap(FMSPC), now() + later).unwrap(), first);
    }
    client.refresh(now() + 11 * HOUR);
    assert_eq!(server.count(), 4);
    assert_eq!(client.generation(), 0);
}

#[test]
fn a_revocation_is_seen_after_a_while_and_nobody_waits() {
    let cpu = Cpu::new();
    let server = Server::start(answers(&cpu.collateral()));
    let client = client(&server);
    let first = client.get(&dcap(FMSPC), now()).unwrap();
    cpu.cpu.set_pck_revoked(true).unwrap();
    let late = Duration::from_millis(500);
    let replies = answers(&cpu.collateral());
    server.set_all(replies.into_iter().map(|(path, reply)| (path, reply.late(late))));

    let later = now() + 13 * HOUR;
    let start = std::time::Instant::now();
    for _ in 0..10 {
        assert_eq!(client.get(&dcap(FMSPC), later).unwrap(), first, "still the old one");
    }
    assert!(start.elapsed() < 2 * late, "{:?}", start.elapsed());
    assert_eq!(client.generation(), 0);
    until("the new one", || client.get(&dcap(FMSPC), later).unwrap() != first);
    assert_eq!(client.generation(), 1);
    assert_eq!(server.count(), 8, "one fetch for all who asked");
}

#[test]
fn what_will_end_soon_is_fetched_anew_also_when_nobody_asks() {
    let cpu = Cpu::new();
    cpu.cpu.set_collateral_window(Some(now() - HOUR..now() + 4 * HOUR)).unwrap();
    let server = Server::start(answers(&cpu.collateral()));
    let client = client(&server);
    client.get(&dcap(FMSPC), now()).unwrap();
    client.refresh(now() + 2 * HOUR);
    assert_eq!(server.count(), 4, "not yet");
    cpu.cpu.set_collateral_window(Some(now()..now() + 30 * DAY)).unwrap();
    server.set_all(answers(&cpu.collateral()));
    client.refresh(now() + 3 * HOUR);
    assert_eq!(client.generation(), 1);
    assert!(client.get(&dcap(FMSPC), now() + 10 * DAY).is_ok(), "it lasts longer");
}

#[test]
fn a_service_that_gives_the_same_again_is_not_asked_all_the_time() {
    let cpu = Cpu::new();
    cpu.cpu.set_collateral_window(Some(now() - HOUR..now() + 4 * HOUR)).unwrap();
    let server = Server::start(answers(&cpu.collateral()));
    let client = client(&server);
    client.get(&dcap(FMSPC), now()).unwrap();
    let soon_over = now() + 3 * HOUR + 30 * MINUTE;
    client.get(&dcap(FMSPC), soon_over).unwrap();
    until("a second fetch", || client.status().fetched == 2);
    for _ in 0..10 {
        client.get(&dcap(FMSPC), soon_over + MINUTE).unwrap();
    }
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(client.status().fetched, 2);
    assert_eq!(client.generation(), 0, "nothing changed");
}

#[test]
fn a_clock_that_goes_back_keeps_nothing_from_being_fetched_anew() {
    let server = Server::start(answers(&Cpu::new().collateral()));
    let client = client(&server);
    client.get(&dcap(FMSPC), now() + 20 * DAY).unwrap();
    client.get(&dcap(FMSPC), now()).unwrap();
    until("a second fetch", || client.status().fetched == 2);
    for _ in 0..10 {
        client.get(&dcap(FMSPC), now()).unwrap();
    }
    assert_eq!(server.count(), 8);
}

#[test]
fn a_service_that_went_away_is_not_missed_before_the_end() {
    let server = Server::start(answers(&Cpu::new().collateral()));
    let client = client(&server);
    let first = client.get(&dcap(FMSPC), now()).unwrap();
    server.set_everything(Reply::status(503));
    for days in [1, 20, 29] {
        assert_eq!(client.get(&dcap(FMSPC), now() + days * DAY).unwrap(), first);
        wait_for_pauses();
    }
    assert!(client.status().failed >= 1);
    let reason = unavailable(client.get(&dcap(FMSPC), now() + 31 * DAY));
    assert!(reason.contains("503"), "what has ended is never given: {reason}");
}

#[test]
fn what_has_no_dates_ends_too() {
    let server = Server::start([(String::new(), Reply::ok(hsk_cek(0)))]);
    let client = client(&server);
    client.get(&hygon("A1"), now()).unwrap();
    client.get(&hygon("A1"), now() + 20 * DAY).unwrap();
    assert_eq!(server.count(), 1);
    server.set_everything(Reply::ok(hsk_cek(1)));
    assert_eq!(client.get(&hygon("A1"), now() + 31 * DAY).unwrap()[100], 1);
    assert_eq!((server.count(), client.generation()), (2, 1));
}

#[test]
fn what_did_not_verify_is_fetched_anew_but_not_taken_away() {
    let server = Server::start([(String::new(), Reply::ok(hsk_cek(0)))]);
    let client = client(&server);
    client.get(&hygon("A1"), now()).unwrap();
    server.set_everything(Reply::ok(hsk_cek(1)));
    client.refused(&hygon("A1"), now());
    assert!(client.get(&hygon("A1"), now()).is_ok());
    until("the better one", || client.get(&hygon("A1"), now()).unwrap()[100] == 1);
    assert_eq!(client.generation(), 1);

    // A peer that sends bad evidence all day cannot make us ask all day.
    for _ in 0..100 {
        client.refused(&hygon("A1"), now());
        client.refused(&hygon("never given"), now());
    }
    wait_for_pauses();
    assert_eq!(server.count(), 2);
    assert!(client.get(&hygon("A1"), now()).is_ok());
}

#[test]
fn memory_is_bounded() {
    let server = Server::start([(String::new(), Reply::ok(hsk_cek(0)))]);
    let config = CollateralClientConfig { memory_entries: 10, ..config(&server) };
    let client = CollateralClient::new(config).unwrap();
    for number in 0..50 {
        client.get(&hygon(&number.to_string()), now()).unwrap();
    }
    let status = client.status();
    assert_eq!((status.entries, status.bytes), (10, 10 * 2916));
    client.get(&hygon("49"), now()).unwrap();
    assert_eq!(server.count(), 50);
}
