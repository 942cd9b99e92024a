//! SGX under Gramine.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Check, CollateralItem, Error, Host, IntelTee, PckCa, Platform, ReportType, Tee, Verifier,
};
use aecs_proto::DcapReport;

use crate::attesters::support::{
    ALWAYS, Faulty, IsExpected, USER_DATA, World, device_error, open, platform_report,
};

#[test]
fn a_background_check_is_the_quote_alone() {
    let world = World::new();
    let opened = open(Arc::new(world.sgx(Tee::Gramine))).unwrap();
    assert_eq!((opened.tee, opened.attester.platform()), (Tee::Gramine, Platform::SgxDcap));
    let report = opened.attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap();
    assert_eq!(report.pem_public_key, world.key.public().pem());
    let dcap: DcapReport = platform_report(&report);
    assert!(dcap.json_collateral.is_empty());
    assert_eq!(report.report.unwrap().str_report_type, "BackgroundCheck");
}

#[test]
fn a_passport_passes_the_verifier() {
    let world = World::new();
    let source = world.collateral();
    let host = Host::on(Arc::new(world.sgx(Tee::Gramine))).collateral(source.clone());
    let attester = host.open(Some(Tee::Gramine)).unwrap().attester;
    let report = attester.attest(&world.request(ReportType::Passport)).unwrap();

    let verifier = Verifier::builder().simulated_root(world.cpu.root_der()).build().unwrap();
    let attributes = verifier.verify(&report, SystemTime::now()).unwrap();
    assert_eq!(attributes.user_data(), USER_DATA);
    let item = CollateralItem::Dcap { tee: IntelTee::Sgx, fmspc: *b"AECSIM", ca: PckCa::Platform };
    assert_eq!(*source.asked.lock().unwrap(), [item]);
}

#[test]
fn a_passport_needs_a_source() {
    let world = World::new();
    let attester = open(Arc::new(world.sgx(Tee::Gramine))).unwrap().attester;
    let error = attester.attest(&world.request(ReportType::Passport)).unwrap_err();
    assert!(matches!(error, Error::NoCollateral), "{error:?}");
}

#[test]
fn another_type_of_attestation_is_refused() {
    let world = World::new();
    for kind in ["none", "epid", "", "dcap2"] {
        let machine = Faulty::new(world.sgx(Tee::Gramine));
        let machine = machine.answer("read attestation_type", kind.as_bytes(), ALWAYS);
        let error = world.attest(machine).unwrap_err();
        match kind {
            "" => assert!(matches!(error, Error::Malformed { .. }), "{error:?}"),
            _ => assert!(
                matches!(&error, Error::Unsupported { what } if what.contains("remote_attestation")),
                "{error:?}"
            ),
        }
    }
    let machine = Faulty::new(world.sgx(Tee::Gramine));
    world.attest(machine.answer("read attestation_type", b"dcap\n", ALWAYS)).unwrap();
}

#[test]
fn what_passes_is_waited_for() {
    let world = World::new();
    let machine = Faulty::new(world.sgx(Tee::Gramine))
        .fail("read attestation_type", ErrorKind::Interrupted, 1)
        .fail("write user_report_data", ErrorKind::Interrupted, 2)
        .fail("read quote", ErrorKind::ResourceBusy, 3)
        .fail("read quote", ErrorKind::WouldBlock, 1);
    world.attest(machine).unwrap();
}

#[test]
fn what_stays_is_told_with_the_file() {
    let world = World::new();
    for (call, file) in [
        ("read attestation_type", "/dev/attestation/attestation_type"),
        ("write user_report_data", "/dev/attestation/user_report_data"),
        ("read quote", "/dev/attestation/quote"),
    ] {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::NotFound, ErrorKind::ResourceBusy] {
            let machine = Arc::new(Faulty::new(world.sgx(Tee::Gramine)).fail(call, kind, ALWAYS));
            let error = open(machine.clone())
                .and_then(|opened| {
                    opened.attester.attest(&world.request(ReportType::BackgroundCheck))
                })
                .unwrap_err();
            assert_eq!(device_error(&error), (file.to_owned(), kind.to_string()));
            let tries = machine.count(call);
            assert_eq!(tries > 1, kind == ErrorKind::ResourceBusy, "{call}: {tries} tries");
            assert!(tries <= 6, "{call}: {tries} tries");
        }
    }
}

#[test]
fn a_quote_that_is_none_is_refused() {
    let world = World::new();
    let whole = world.enclave().quote(world.report_data()).unwrap();
    let cases: [(&[u8], IsExpected); 4] = [
        (b"", |error| matches!(error, Error::Malformed { what: "quote", .. })),
        (&whole[..whole.len() - 1], |error| matches!(error, Error::Malformed { .. })),
        (&whole[..100], |error| matches!(error, Error::Malformed { .. })),
        (&[3; 64 * 1024], |error| matches!(error, Error::TooLarge { what: "quote", .. })),
    ];
    for (quote, expected) in cases {
        let machine = Faulty::new(world.sgx(Tee::Gramine)).answer("read quote", quote, ALWAYS);
        let error = world.attest(machine).unwrap_err();
        assert!(expected(&error), "{} bytes: {error:?}", quote.len());
    }
}

#[test]
fn a_quote_over_something_else_is_asked_for_again_and_then_refused() {
    let world = World::new();
    let other = world.enclave().quote([0xEE; 64]).unwrap();
    let machine = Faulty::new(world.sgx(Tee::Gramine)).answer("read quote", &other, 2);
    world.attest(machine).unwrap();

    let machine =
        Arc::new(Faulty::new(world.sgx(Tee::Gramine)).answer("read quote", &other, ALWAYS));
    let attester = open(machine.clone()).unwrap().attester;
    let error = attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap_err();
    match &error {
        Error::Mismatch { check: Check::REPORT_DATA, expected, actual } => {
            assert_eq!(*expected, hex::encode_upper(world.report_data()));
            assert_eq!(*actual, "EE".repeat(64));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(machine.count("read quote"), 6, "not for ever");
}

#[test]
fn threads_do_not_get_each_others_quotes() {
    let world = World::new();
    let attester = open(Arc::new(world.sgx(Tee::Gramine))).unwrap().attester;
    std::thread::scope(|scope| {
        for i in 0..8 {
            let (attester, world) = (&attester, &world);
            scope.spawn(move || {
                for _ in 0..20 {
                    let mut request = world.request(ReportType::BackgroundCheck);
                    request.user_data.0 = [i; 32];
                    let report: DcapReport = platform_report(&attester.attest(&request).unwrap());
                    assert!(!report.b64_quote.is_empty());
                }
            });
        }
    });
}
