//! SGX under Occlum.

use std::io::ErrorKind;
use std::sync::Arc;

use aecs_attest::{Check, Error, Platform, ReportType, Sealing, Tee};
use aecs_proto::DcapReport;

use crate::attesters::support::{
    ALWAYS, Faulty, IsExpected, World, device_error, open, platform_report,
};

#[test]
fn a_report_is_about_what_was_asked() {
    let world = World::new();
    let opened = open(Arc::new(world.sgx(Tee::Occlum))).unwrap();
    assert_eq!((opened.tee, opened.attester.platform()), (Tee::Occlum, Platform::SgxDcap));
    assert!(matches!(opened.sealing, Sealing::Sealer(_)));
    let report = opened.attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap();
    let report: DcapReport = platform_report(&report);
    assert!(!report.b64_quote.is_empty());
}

#[test]
fn zeros_behind_the_quote_are_room_and_anything_else_is_not() {
    let world = World::new();
    let quote = world.enclave().quote(world.report_data()).unwrap();
    let padded = |byte: u8| [quote.as_slice(), &[byte; 100]].concat();
    let with = |content: &[u8]| {
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let machine = Faulty::new(world.sgx(Tee::Occlum)).answer("occlum size", &size, ALWAYS);
        world.attest(machine.answer("occlum quote", content, ALWAYS))
    };
    let exact: DcapReport = platform_report(&with(&quote).unwrap());
    let report: DcapReport = platform_report(&with(&padded(0)).unwrap());
    assert_eq!(report.b64_quote, exact.b64_quote);
    assert!(matches!(with(&padded(1)).unwrap_err(), Error::Malformed { what: "quote", .. }));
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let world = World::new();
    for (size, expected) in [
        (0_u32, (|error| matches!(error, Error::Malformed { .. })) as IsExpected),
        (100, |error| matches!(error, Error::Malformed { .. } | Error::Device { .. })),
        (1 << 20, |error| matches!(error, Error::TooLarge { what: "quote", .. })),
        (u32::MAX, |error| matches!(error, Error::TooLarge { what: "quote", .. })),
    ] {
        let machine = Faulty::new(world.sgx(Tee::Occlum));
        let machine = machine.answer("occlum size", &size.to_le_bytes(), ALWAYS);
        let error = world.attest(machine.answer("occlum quote", &[], ALWAYS)).unwrap_err();
        assert!(expected(&error), "{size}: {error:?}");
    }
    // A device that claims to have written more than there was room for.
    let machine = Faulty::new(world.sgx(Tee::Occlum));
    let machine = machine.answer("occlum quote", &[3; 30_000], ALWAYS);
    let error = world.attest(machine).unwrap_err();
    assert!(matches!(error, Error::Malformed { what: "quote", .. }), "{error:?}");
}

#[test]
fn what_passes_is_waited_for_and_what_stays_is_told() {
    let world = World::new();
    let machine = Faulty::new(world.sgx(Tee::Occlum))
        .fail("occlum size", ErrorKind::Interrupted, 2)
        .fail("occlum quote", ErrorKind::ResourceBusy, 5);
    world.attest(machine).unwrap();
    for kind in [ErrorKind::ResourceBusy, ErrorKind::PermissionDenied] {
        let machine = Faulty::new(world.sgx(Tee::Occlum)).fail("occlum quote", kind, ALWAYS);
        let error = world.attest(machine).unwrap_err();
        assert_eq!(device_error(&error), ("/dev/sgx".to_owned(), kind.to_string()));
    }
}

#[test]
fn a_quote_over_something_else_is_refused() {
    let world = World::new();
    let other = world.enclave().quote([0xEE; 64]).unwrap();
    let machine = Faulty::new(world.sgx(Tee::Occlum)).answer("occlum quote", &other, ALWAYS);
    let error = world.attest(machine).unwrap_err();
    assert!(matches!(error, Error::Mismatch { check: Check::REPORT_DATA, .. }), "{error:?}");
}
