//! The client with a service that does as it should.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use aecs_attest::{
    CollateralClient, CollateralClientConfig, CollateralItem, CollateralService,
    CollateralSource as _, Error, IntelService, SnpProduct, SnpSigner, SnpTcb,
};
use aecs_proto::{SgxQlQveCollateral, json};

use crate::collateral::server::{Reply, Server};
use crate::collateral::support::{
    Cpu, FMSPC, answers, client, config, config_at, dcap, hsk_cek, hygon, now, tcb_path,
    unavailable,
};
use aecs_sim::vectors;

fn parsed(content: &[u8]) -> SgxQlQveCollateral {
    json::from_str(std::str::from_utf8(content).unwrap()).unwrap()
}

#[test]
fn a_caching_service_gives_all_parts() {
    let collateral = Cpu::new().collateral();
    let server = Server::start(answers(&collateral));
    let given = client(&server).get(&dcap(FMSPC), now()).unwrap();
    assert_eq!(parsed(&given), SgxQlQveCollateral { version: 4, ..collateral });
    assert_eq!(
        server.requests(),
        [
            tcb_path(),
            "/sgx/certification/v4/qe/identity".into(),
            "/sgx/certification/v4/pckcrl?ca=platform&encoding=der".into(),
            "/sgx/certification/v4/rootcacrl".into(),
        ]
    );
}

#[test]
fn version_3_has_other_paths_and_headers() {
    let collateral = Cpu::new().collateral();
    let replies = answers(&collateral).into_iter().map(|(path, reply)| {
        let Reply::Full(status, headers, body) = reply else { panic!("not told so") };
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name.replace("TCB-Info", "SGX-TCB-Info"), value))
            .collect();
        (path.replace("/v4/", "/v3/"), Reply::Full(status, headers, body))
    });
    let server = Server::start(replies);
    let url = format!("{}/sgx/certification/v3/", server.url());
    let client = CollateralClient::new(config_at(&url)).unwrap();
    // The other vendors are asked below that path, which is not their fault.
    let given = client.get(&dcap(FMSPC), now()).unwrap();
    assert_eq!(parsed(&given), SgxQlQveCollateral { version: 3, ..collateral });
}

#[test]
fn a_connection_that_is_closed_after_all_is_no_failure() {
    let replies = answers(&Cpu::new().collateral());
    let server = Server::start(
        replies.into_iter().map(|(path, reply)| (path, reply.with("Connection", "keep-alive"))),
    );
    client(&server).get(&dcap(FMSPC), now()).unwrap();
    assert_eq!(server.count(), 4);
}

#[test]
fn an_answer_may_come_in_pieces() {
    let body = hsk_cek(5);
    let mut pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in body.chunks(1000) {
        pieces.extend(format!("{:x}\r\n", piece.len()).bytes());
        pieces.extend(piece);
        pieces.extend(b"\r\n");
    }
    let whole = [pieces.as_slice(), b"0\r\n\r\n"].concat();
    let server = Server::start([(String::new(), Reply::Raw(whole))]);
    assert_eq!(*client(&server).get(&hygon("A1"), now()).unwrap(), *body);
    let endless = [pieces.as_slice(), b"ffffffff\r\n", &[0; 9000]].concat();
    server.set_everything(Reply::Raw(endless));
    let reason = unavailable(client(&server).get(&hygon("A1"), now()));
    assert!(reason.contains("more than 4096 bytes"), "{reason}");
}

#[test]
fn intel_has_the_list_of_the_root_elsewhere() {
    let collateral = Cpu::new().collateral();
    let server = Server::start(answers(&collateral));
    let intel = IntelService::Pcs {
        service: CollateralService::new(server.url()),
        root_ca_crl: format!("{}/root.der", server.url()),
    };
    let config = CollateralClientConfig { intel: Some(intel), ..config(&server) };
    let client = CollateralClient::new(config).unwrap();
    let given = client.get(&dcap(FMSPC), now()).unwrap();
    assert_eq!(parsed(&given), SgxQlQveCollateral { version: 4, ..collateral });
    assert_eq!(server.requests()[3], "/root.der");
}

#[test]
fn hygon_is_asked_by_serial_number() {
    let server = Server::start([("/hsk_cek?snumber=KPA1".into(), Reply::ok(hsk_cek(3)))]);
    let client = client(&server);
    assert_eq!(*client.get(&hygon("KPA1"), now()).unwrap(), *hsk_cek(3));
    let hostile = client.get(&hygon("KPA1&x=/../"), now());
    assert!(matches!(hostile, Err(Error::Malformed { .. })), "{hostile:?}");
    assert_eq!(server.count(), 1);
}

#[test]
fn amd_is_asked_by_chip_and_versions() {
    let Some(der) = vectors::read("snp/vcek.der") else { return };
    let Some(report) = vectors::read("snp/report.bin") else { return };
    let chip_id = report[0x1A0..0x1E0].to_vec();
    let path = format!(
        "/vcek/v1/Milan/{}?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115",
        hex::encode(&chip_id)
    );
    let server = Server::start([(path, Reply::ok(der.clone()))]);
    let client = client(&server);
    let tcb = SnpTcb { fmc: None, bootloader: 3, tee: 0, snp: 8, microcode: 115 };
    let vcek = CollateralItem::SnpVcek { product: SnpProduct::Milan, chip_id, tcb };
    assert_eq!(*client.get(&vcek, now()).unwrap(), *der);

    for (item, path) in [
        (
            CollateralItem::SnpChain { product: SnpProduct::Turin, signer: SnpSigner::Vlek },
            "/vlek/v1/Turin/cert_chain",
        ),
        (
            CollateralItem::SnpCrl { product: SnpProduct::Genoa, signer: SnpSigner::Vcek },
            "/vcek/v1/Genoa/crl",
        ),
    ] {
        assert!(unavailable(client.get(&item, now())).contains("does not exist"));
        assert_eq!(server.requests().last().unwrap(), path);
    }
}

#[test]
fn a_vendor_that_is_not_configured_is_not_asked() {
    let config = CollateralClientConfig {
        intel: None,
        amd: None,
        hygon: None,
        ..CollateralClientConfig::default()
    };
    let client = CollateralClient::new(config).unwrap();
    for (item, vendor) in [(dcap(FMSPC), "Intel"), (hygon("A1"), "Hygon")] {
        let reason = unavailable(client.get(&item, now()));
        assert_eq!(reason, format!("no service of {vendor} is configured"));
    }
}

#[test]
fn configurations_without_sense_are_refused() {
    let base = config_at("http://127.0.0.1:1");
    let service = |url: &str| Some(CollateralService::new(url));
    for (i, bad) in [
        CollateralClientConfig { amd: service("ftp://x"), ..base.clone() },
        CollateralClientConfig { hygon: service("https://user@x"), ..base.clone() },
        CollateralClientConfig { timeout: Duration::ZERO, ..base.clone() },
        CollateralClientConfig { max_fetches: 0, ..base.clone() },
        CollateralClientConfig { max_fetches_per_minute: 0, ..base.clone() },
        CollateralClientConfig { retry_longest: Duration::ZERO, ..base.clone() },
        CollateralClientConfig { proxy: Some("::".into()), ..base.clone() },
        CollateralClientConfig {
            amd: Some(CollateralService {
                url: "https://x".into(),
                ca_pem: Some(b"the certificate is missing".to_vec()),
            }),
            ..base
        },
    ]
    .into_iter()
    .enumerate()
    {
        assert!(CollateralClient::new(bad).is_err(), "configuration {i}");
    }
}

#[test]
fn of_many_who_ask_at_once_one_fetches() {
    const CALLERS: usize = 32;
    let late = Duration::from_millis(100);
    let replies = answers(&Cpu::new().collateral());
    let server = Server::start(replies.into_iter().map(|(path, reply)| (path, reply.late(late))));
    let client = client(&server);
    let start = Barrier::new(CALLERS);
    let given: Vec<_> = thread::scope(|scope| {
        let ask = || {
            start.wait();
            client.get(&dcap(FMSPC), now()).unwrap()
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(ask)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert!(given.iter().all(|content| *content == given[0]));
    assert_eq!(server.count(), 4, "{:?}", server.requests());
    assert_eq!(client.status().fetched, 1);
}

#[test]
fn of_many_who_ask_in_vain_one_fetches_and_all_are_told() {
    const CALLERS: usize = 32;
    let server =
        Server::start([(String::new(), Reply::status(404).late(Duration::from_millis(200)))]);
    let client = client(&server);
    let start = Barrier::new(CALLERS);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                start.wait();
                let reason = unavailable(client.get(&dcap(FMSPC), now()));
                assert!(reason.contains("does not exist"), "{reason}");
            });
        }
    });
    assert_eq!(server.count(), 1);
}

#[test]
fn items_fetched_at_once_are_limited() {
    let late = Duration::from_millis(700);
    let server = Server::start([(String::new(), Reply::ok(hsk_cek(0)).late(late))]);
    let config = CollateralClientConfig {
        max_fetches: 2,
        timeout: Duration::from_secs(4),
        ..config(&server)
    };
    let client = CollateralClient::new(config).unwrap();
    let reasons: Vec<_> = thread::scope(|scope| {
        let ask = |number: usize| {
            let client = &client;
            scope.spawn(move || client.get(&hygon(&number.to_string()), now()))
        };
        let callers: Vec<_> = (0..16).map(ask).collect();
        let outcomes = callers.into_iter().map(|caller| caller.join().unwrap());
        outcomes
            .filter_map(Result::err)
            .map(|error| match error {
                Error::Unavailable { source, .. } => source.to_string(),
                other => panic!("{other:?}"),
            })
            .collect()
    });
    // Two places, 700 ms each, and 2 s to wait for one.
    assert!((8..=14).contains(&reasons.len()), "{reasons:?}");
    assert!(reasons.iter().all(|reason| reason.contains("too many other")), "{reasons:?}");
    assert!(client.status().troubled.is_empty(), "the service is not to blame");
}

#[test]
fn a_service_is_not_asked_too_often() {
    let server = Server::start([]);
    let config = CollateralClientConfig { max_fetches_per_minute: 20, ..config(&server) };
    let client = CollateralClient::new(config).unwrap();
    let reasons: Vec<String> =
        (0..50).map(|number| unavailable(client.get(&hygon(&number.to_string()), now()))).collect();
    assert_eq!(server.count(), 20);
    let last = reasons.last().unwrap();
    assert_eq!(last, "too many requests for Hygon in the last minute");
    // Nobody is to blame, and other services are free.
    assert!(client.status().troubled.is_empty());
    assert!(unavailable(client.get(&dcap(FMSPC), now())).contains("does not exist"));
}
