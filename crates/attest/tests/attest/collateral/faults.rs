//! The client with a service that does not as it should.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use aecs_attest::{CollateralClient, CollateralClientConfig, CollateralSource as _};
use aecs_proto::SgxQlQveCollateral;

use crate::collateral::server::{Reply, Server};
use crate::collateral::support::{
    Cpu, DAY, FMSPC, NOBODYS, answers, client, config_at, dcap, hsk_cek, hygon, now, tcb_path,
    unavailable, wait_for_pauses,
};

/// What is wrong with the answer about the TCB, and what the reason says.
fn wrong_answers() -> Vec<(&'static str, Reply, &'static str)> {
    let collateral = Cpu::new().collateral();
    let (_, good) = answers(&collateral).remove(0);
    let Reply::Full(_, headers, body) = good.clone() else { panic!("not told so") };
    let full = |status, body: Vec<u8>| Reply::Full(status, headers.clone(), body);
    let text = String::from_utf8(body.clone()).unwrap();
    let (fmspc, nobodys) = (hex::encode_upper(FMSPC), hex::encode_upper(NOBODYS));
    vec![
        ("absent", Reply::status(404), "does not exist"),
        ("bad request", full(400, body.clone()), "status 400"),
        ("forbidden", full(403, body.clone()), "status 403"),
        ("broken", full(500, body.clone()), "status 500"),
        ("no content", full(204, Vec::new()), "status 204"),
        ("a part", full(206, body.clone()), "status 206"),
        (
            "elsewhere",
            Reply::status(302).with("Location", "http://127.0.0.1:1/"),
            "redirect, which is not followed",
        ),
        ("moved here", Reply::status(301).with("Location", "/other"), "redirect"),
        ("another model", full(200, text.replace(&fmspc, &nobodys).into()), "TCB info"),
        ("a web page", full(200, b"<html>Welcome</html>".to_vec()), "TCB info"),
        ("nothing", full(200, Vec::new()), "TCB info"),
        ("not text", full(200, vec![0xFF; 100]), "not text"),
        ("huge", full(200, vec![b' '; 1 << 24]), "more than 65536 bytes"),
        ("no chain", Reply::ok(body.clone()), "no valid header"),
        (
            "a bad chain",
            Reply::ok(body.clone()).with("TCB-Info-Issuer-Chain", "%4"),
            "no valid header",
        ),
        (
            "another chain",
            Reply::ok(body.clone()).with("TCB-Info-Issuer-Chain", "abc"),
            "TCB info issuer chain",
        ),
        ("huge headers", good.clone().with("X", &"x".repeat(1 << 20)), "more than"),
        ("cut in the body", Reply::Cut(Box::new(good.clone()), 8000), "cannot be reached"),
        ("cut in the head", Reply::Cut(Box::new(good.clone()), 100), "cannot be reached"),
        ("cut at once", Reply::Raw(Vec::new()), "cannot be reached"),
        ("garbage", Reply::Raw(vec![0xA5; 3000]), ""),
        ("another protocol", Reply::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), ""),
        ("a lie about the length", good.with("Content-Length", &(1_u64 << 40).to_string()), ""),
    ]
}

#[test]
fn every_wrong_answer_has_its_reason_and_does_no_harm() {
    let collateral = Cpu::new().collateral();
    let cases = wrong_answers();
    std::thread::scope(|scope| {
        for (name, wrong, expected) in &cases {
            let collateral = &collateral;
            scope.spawn(move || check_wrong_answer(collateral, name, wrong, expected));
        }
    });
}

fn check_wrong_answer(collateral: &SgxQlQveCollateral, name: &str, wrong: &Reply, expected: &str) {
    let (path, good) = answers(collateral).remove(0);
    let server = Server::start(answers(collateral));
    server.set(&path, wrong.clone());
    let client = client(&server);
    let reason = unavailable(client.get(&dcap(FMSPC), now()));
    assert!(reason.contains(expected), "{name}: {reason}");
    let asked = server.count();
    assert!((1..=4).contains(&asked), "{name}: {asked} requests");

    // A second question at once gets the same answer, and the service is left alone.
    let again = unavailable(client.get(&dcap(FMSPC), now()));
    assert!(again.contains("no more requests for"), "{name}: {again}");
    assert!(again.contains(expected), "{name}: {again}");
    assert_eq!(server.count(), asked, "{name}");

    wait_for_pauses();
    server.set(&path, good);
    let recovered = client.get(&dcap(FMSPC), now());
    assert!(recovered.is_ok(), "{name}: {recovered:?}");
    assert!(client.status().troubled.is_empty(), "{name}");
}

#[test]
fn every_answer_is_checked() {
    let collateral = Cpu::new().collateral();
    for (path, _) in answers(&collateral).into_iter().take(4) {
        for wrong in [
            Reply::status(404),
            Reply::ok("garbage").with("SGX-PCK-CRL-Issuer-Chain", "x"),
            Reply::ok(Vec::new()),
            Reply::ok(vec![b'0'; 1 << 20]),
        ] {
            let server = Server::start(answers(&collateral));
            server.set(&path, wrong);
            assert!(client(&server).get(&dcap(FMSPC), now()).is_err(), "{path}");
        }
    }
}

#[test]
fn what_is_not_valid_now_is_not_taken() {
    let cpu = Cpu::new();
    for window in [now() - 3 * DAY..now() - DAY, now() + DAY..now() + 3 * DAY] {
        cpu.cpu.set_collateral_window(Some(window)).unwrap();
        let server = Server::start(answers(&cpu.collateral()));
        let reason = unavailable(client(&server).get(&dcap(FMSPC), now()));
        assert!(reason.contains("is not valid now"), "{reason}");
    }
}

fn impatient(url: &str) -> CollateralClient {
    let config = CollateralClientConfig { timeout: Duration::from_millis(400), ..config_at(url) };
    CollateralClient::new(config).unwrap()
}

#[test]
fn nobody_waits_longer_than_he_is_told_to() {
    let collateral = Cpu::new().collateral();
    let (path, good) = answers(&collateral).remove(0);
    for (name, reply) in [
        ("silence", Reply::Silence),
        ("byte by byte", Reply::Slowly(Box::new(good), Duration::from_millis(20))),
        ("late", Reply::ok(hsk_cek(0)).late(Duration::from_secs(10))),
    ] {
        let server = Server::start([(path.clone(), reply)]);
        let client = impatient(server.url());
        let start = Instant::now();
        let reason = unavailable(client.get(&dcap(FMSPC), now()));
        assert!(reason.contains("did not answer in time"), "{name}: {reason}");
        assert!(start.elapsed() < Duration::from_secs(3), "{name}: {:?}", start.elapsed());
        // All of the service is left alone: another item would hang just so.
        let reason = unavailable(client.get(&dcap(NOBODYS), now()));
        assert!(reason.contains("no more requests for"), "{name}: {reason}");
        assert_eq!(server.count(), 1, "{name}");
    }
}

#[test]
fn the_time_is_for_all_parts_together() {
    let replies = answers(&Cpu::new().collateral());
    let late = Duration::from_millis(250);
    let server = Server::start(replies.into_iter().map(|(path, reply)| (path, reply.late(late))));
    let start = Instant::now();
    let reason = unavailable(impatient(server.url()).get(&dcap(FMSPC), now()));
    assert!(reason.contains("did not answer in time"), "{reason}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(server.count() <= 2, "{:?}", server.requests());
}

#[test]
fn a_service_that_is_not_there_is_left_alone() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = CollateralClient::new(config_at(&format!("http://{address}"))).unwrap();
    let reason = unavailable(client.get(&dcap(FMSPC), now()));
    assert!(reason.contains("cannot be reached"), "{reason}");
    let troubled = &client.status().troubled;
    assert_eq!(troubled.len(), 1);
    assert_eq!((troubled[0].vendor, troubled[0].failures), ("Intel", 1));
    // Other vendors' are not to blame.
    let reason = unavailable(client.get(&hygon("A1"), now()));
    assert!(!reason.contains("no more requests"), "{reason}");
}

#[test]
fn a_service_that_is_busy_says_when_to_come_again() {
    for status in [429, 503] {
        let busy = Reply::status(status).with("Retry-After", "3");
        let server = Server::start([(String::new(), busy)]);
        let client = client(&server);
        let reason = unavailable(client.get(&hygon("A1"), now()));
        assert!(reason.contains(&format!("status {status}")), "{reason}");
        server.set_everything(Reply::ok(hsk_cek(0)));
        // Longer than the client would wait by itself.
        wait_for_pauses();
        let reason = unavailable(client.get(&hygon("A2"), now()));
        assert!(reason.contains("no more requests for"), "{reason}");
        assert_eq!(server.count(), 1);
        std::thread::sleep(Duration::from_millis(2400));
        assert!(client.get(&hygon("A2"), now()).is_ok());
    }
}

#[test]
fn a_service_cannot_send_everybody_away_for_ever() {
    let busy = Reply::status(429).with("Retry-After", "18446744073709551615");
    let server = Server::start([(String::new(), busy)]);
    let client = client(&server);
    let _ = client.get(&hygon("A1"), now());
    let left = client.status().troubled[0].paused_for;
    assert!(left > Duration::from_secs(3500) && left <= Duration::from_secs(3600), "{left:?}");
}

#[test]
fn what_does_not_exist_is_remembered_for_a_while() {
    let server = Server::start([]);
    let config =
        CollateralClientConfig { absent_for: Duration::from_secs(600), ..config_at(server.url()) };
    let patient = CollateralClient::new(config).unwrap();
    for _ in 0..5 {
        assert!(unavailable(patient.get(&hygon("A1"), now())).contains("does not exist"));
    }
    assert_eq!(server.count(), 1);
    // That one is not there says nothing about the others.
    server.set("/hsk_cek?snumber=A2", Reply::ok(hsk_cek(2)));
    assert!(patient.get(&hygon("A2"), now()).is_ok());

    let client = client(&server);
    assert!(client.get(&hygon("A1"), now()).is_err());
    server.set("/hsk_cek?snumber=A1", Reply::ok(hsk_cek(1)));
    wait_for_pauses();
    assert!(client.get(&hygon("A1"), now()).is_ok());
}

#[test]
fn an_item_that_a_service_stumbles_over_does_not_cut_it_off() {
    let server = Server::start([("/hsk_cek?snumber=A2".into(), Reply::ok(hsk_cek(2)))]);
    for wrong in [Reply::status(500), Reply::status(400), Reply::ok("?"), Reply::ok(vec![0; 9999])]
    {
        let client = client(&server);
        server.set("/hsk_cek?snumber=A1", wrong);
        assert!(client.get(&hygon("A1"), now()).is_err());
        assert!(client.get(&hygon("A2"), now()).is_ok());
        assert!(client.status().troubled.is_empty());
    }
}

#[test]
fn plain_http_is_not_spoken_to_a_service_configured_with_tls() {
    let server = Server::start(answers(&Cpu::new().collateral()));
    let url = server.url().replace("http://", "https://");
    let client = CollateralClient::new(config_at(&url)).unwrap();
    let reason = unavailable(client.get(&dcap(FMSPC), now()));
    assert!(reason.contains("cannot be reached"), "{reason}");
    assert!(!server.requests().contains(&tcb_path()));
}

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let program = std::env::current_exe().unwrap();
    let mut command = std::process::Command::new(program);
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"] {
        command.env(name, "http://127.0.0.1:1").env(name.to_lowercase(), "http://127.0.0.1:1");
    }
    let output = command
        .args(["--exact", "collateral::client::hygon_is_asked_by_serial_number"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn a_proxy_of_the_configuration_is_used() {
    let proxy = Server::start([(String::new(), Reply::status(403))]);
    let config = CollateralClientConfig {
        proxy: Some(proxy.url().to_owned()),
        ..config_at("https://hygon.example")
    };
    let client = CollateralClient::new(config).unwrap();
    assert!(client.get(&hygon("A1"), now()).is_err());
    assert!(proxy.requests().iter().all(|path| path == "hygon.example:443"));
    assert!(proxy.count() > 0);
}
