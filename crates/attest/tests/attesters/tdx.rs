//! TDX through the kernel's common interface, and what that can do wrong for every provider.

use std::io::ErrorKind;
use std::sync::Arc;

use aecs_attest::simulation::SimulatedMachine;
use aecs_attest::{
    Check, CollateralItem, Error, Host, IntelTee, Machine, PckCa, Platform, ReportType, Sealing,
    Tee,
};
use aecs_proto::IntelTdxReport;

use crate::support::{ALWAYS, Faulty, IsExpected, World, device_error, open, platform_report};

/// A quote of version 4 over report data: all zeros but for its frame and the certificates of
/// the simulated CPU. It has the form of a quote, and no signature that holds.
fn quote(world: &World, report_data: &[u8; 64]) -> Vec<u8> {
    let sgx = world.enclave().quote([0; 64]).unwrap();
    let pem = b"-----BEGIN CERTIFICATE-----";
    let chain = sgx.windows(pem.len()).position(|window| window == pem).unwrap();
    let chain = sgx[chain..].to_vec();

    let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let mut qe = vec![0; 384 + 64];
    qe.extend(0_u16.to_le_bytes());
    qe.extend(5_u16.to_le_bytes());
    qe.extend(len(&chain));
    qe.extend(&chain);
    let mut signature = vec![0; 64 + 64];
    signature.extend(6_u16.to_le_bytes());
    signature.extend(len(&qe));
    signature.extend(&qe);

    let mut quote = [4_u16.to_le_bytes(), 2_u16.to_le_bytes()].concat();
    quote.extend(0x81_u32.to_le_bytes());
    quote.resize(48 + 520, 0);
    quote.extend(report_data);
    quote.extend(len(&signature));
    quote.extend(&signature);
    quote
}

fn machine(world: &Arc<World>) -> SimulatedMachine {
    let world = Arc::clone(world);
    SimulatedMachine::new(Tee::Tdx, move |data| quote(&world, data))
}

fn world() -> Arc<World> {
    Arc::new(World::new())
}

#[test]
fn a_report_is_about_what_was_asked() {
    let world = world();
    let opened = open(Arc::new(machine(&world))).unwrap();
    assert_eq!((opened.tee, opened.attester.platform()), (Tee::Tdx, Platform::Tdx));
    assert!(matches!(&opened.sealing, Sealing::Unavailable { reason } if reason.contains("TDX")));
    let report = opened.attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap();
    assert_eq!(report.report.as_ref().unwrap().str_tee_platform, "TDX");
    let report: IntelTdxReport = platform_report(&report);
    assert!(report.json_collateral.is_empty() && report.b64_event_log.is_empty());
}

#[test]
fn a_passport_brings_the_collateral_of_its_processor() {
    let world = world();
    let source = world.collateral();
    let host = Host::on(Arc::new(machine(&world))).collateral(source.clone());
    let attester = host.open(None).unwrap().attester;
    let report = attester.attest(&world.request(ReportType::Passport)).unwrap();
    let report: IntelTdxReport = platform_report(&report);
    assert!(report.json_collateral.contains("tcb_info"));
    let item = CollateralItem::Dcap { tee: IntelTee::Tdx, fmspc: *b"AECSIM", ca: PckCa::Platform };
    assert_eq!(*source.asked.lock().unwrap(), [item]);
}

#[test]
fn the_event_log_is_added_when_it_is_wanted() {
    let world = world();
    let with_log = || Faulty::new(machine(&world)).answer("read CCEL", b"events", ALWAYS);
    let attest = |host: Host| {
        let report = host.open(None)?.attester.attest(&world.request(ReportType::BackgroundCheck));
        report.map(|report| platform_report::<IntelTdxReport>(&report).b64_event_log)
    };
    assert_eq!(attest(Host::on(Arc::new(with_log()))).unwrap(), "");
    assert_eq!(attest(Host::on(Arc::new(with_log())).event_log(true)).unwrap(), "ZXZlbnRz");
    let error = attest(Host::on(Arc::new(machine(&world))).event_log(true)).unwrap_err();
    assert!(device_error(&error).0.ends_with("CCEL"));
    let huge = Faulty::new(machine(&world)).answer("read CCEL", &vec![1; 1 << 20], ALWAYS);
    let error = attest(Host::on(Arc::new(huge)).event_log(true)).unwrap_err();
    assert!(matches!(error, Error::TooLarge { what: "event log", .. }), "{error:?}");
}

#[test]
fn each_request_has_a_folder_of_its_own_and_leaves_none() {
    let world = world();
    let machine = Arc::new(Faulty::new(machine(&world)));
    let attester = open(machine.clone()).unwrap().attester;
    for _ in 0..3 {
        attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap();
    }
    assert_eq!(machine.count("make"), 4, "one to find the provider");
    assert_eq!(machine.count("remove"), 4);

    let failing = Arc::new(Faulty::new(self::machine(&world)).fail(
        "read outblob",
        ErrorKind::PermissionDenied,
        ALWAYS,
    ));
    let attester = open(failing.clone()).unwrap().attester;
    attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap_err();
    assert_eq!(failing.count("make"), failing.count("remove"), "also after an error");
}

#[test]
fn somebody_else_writing_to_the_request_starts_it_anew_and_not_for_ever() {
    let world = world();
    let machine = |times| Faulty::new(machine(&world)).answer("read generation", b"7\n", times);
    // The first request sees 7 before and 1 after its one write, the second one 0 and 1.
    world.attest(machine(1)).unwrap();
    let endless = Arc::new(machine(ALWAYS));
    let attester = open(endless.clone()).unwrap().attester;
    let error = attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap_err();
    let (path, reason) = device_error(&error);
    assert_eq!(path, "/sys/kernel/config/tsm/report");
    assert!(reason.contains("somebody else"), "{reason}");
    assert_eq!(endless.count("write inblob"), 6);
}

#[test]
fn what_passes_is_waited_for() {
    let world = world();
    let machine = Faulty::new(machine(&world))
        .fail("make", ErrorKind::Interrupted, 2)
        .fail("read provider", ErrorKind::Interrupted, 1)
        .fail("write inblob", ErrorKind::ResourceBusy, 3)
        .fail("read outblob", ErrorKind::WouldBlock, 5)
        .fail("remove", ErrorKind::Interrupted, 1);
    world.attest(machine).unwrap();
}

#[test]
fn what_stays_is_told_with_the_file() {
    let world = world();
    for call in ["write inblob", "read outblob", "read generation"] {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::InvalidInput, ErrorKind::ResourceBusy]
        {
            let machine = Arc::new(Faulty::new(machine(&world)).fail(call, kind, ALWAYS));
            let attester = open(machine.clone()).unwrap().attester;
            let error = attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap_err();
            let (path, reason) = device_error(&error);
            assert!(path.starts_with("/sys/kernel/config/tsm/report/aecs-"), "{path}");
            assert!(path.ends_with(call.split(' ').next_back().unwrap()), "{path}");
            assert_eq!(reason, kind.to_string());
            assert!(machine.count(call) <= 6);
        }
    }
}

#[test]
fn answers_that_are_none_are_refused() {
    let world = world();
    let whole = quote(&world, &world.report_data());
    let cases: [(&'static str, &[u8], IsExpected); 7] = [
        ("read outblob", b"", |error| matches!(error, Error::Malformed { .. })),
        ("read outblob", &whole[..48], |error| matches!(error, Error::Malformed { .. })),
        ("read outblob", &whole[..700], |error| matches!(error, Error::Malformed { .. })),
        ("read outblob", &[4; 64 * 1024], |error| matches!(error, Error::TooLarge { .. })),
        ("read generation", b"", |error| matches!(error, Error::Malformed { .. })),
        ("read generation", b"many", |error| matches!(error, Error::Malformed { .. })),
        ("read generation", b"-1", |error| matches!(error, Error::Malformed { .. })),
    ];
    for (call, content, expected) in cases {
        let error =
            world.attest(Faulty::new(machine(&world)).answer(call, content, ALWAYS)).unwrap_err();
        assert!(expected(&error), "{call}, {} bytes: {error:?}", content.len());
    }
}

#[test]
fn a_provider_that_changes_is_refused() {
    let world = world();
    let machine = Arc::new(Switching(machine(&world), Default::default()));
    let attester = open(machine).unwrap().attester;
    let error = attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap_err();
    assert!(
        matches!(&error, Error::Unsupported { what } if what.contains("sev_guest")
            && what.contains("tdx_guest is needed")),
        "{error:?}"
    );
}

/// Is `tdx_guest` once, and `sev_guest` from then on.
struct Switching(SimulatedMachine, std::sync::atomic::AtomicBool);

impl Machine for Switching {
    fn read(&self, path: &std::path::Path, limit: usize) -> std::io::Result<Vec<u8>> {
        let switched = std::sync::atomic::Ordering::SeqCst;
        if path.ends_with("provider") && self.1.swap(true, switched) {
            return Ok(b"sev_guest\n".to_vec());
        }
        self.0.read(path, limit)
    }

    fn write(&self, path: &std::path::Path, content: &[u8]) -> std::io::Result<()> {
        self.0.write(path, content)
    }

    fn make_folder(&self, path: &std::path::Path) -> std::io::Result<()> {
        self.0.make_folder(path)
    }

    fn remove_folder(&self, path: &std::path::Path) -> std::io::Result<()> {
        self.0.remove_folder(path)
    }

    fn exists(&self, path: &std::path::Path) -> std::io::Result<bool> {
        self.0.exists(path)
    }

    fn occlum_quote_size(&self, device: &std::path::Path) -> std::io::Result<u32> {
        self.0.occlum_quote_size(device)
    }

    fn occlum_quote(
        &self,
        device: &std::path::Path,
        report_data: &[u8; 64],
        quote: &mut [u8],
    ) -> std::io::Result<usize> {
        self.0.occlum_quote(device, report_data, quote)
    }

    fn snp_report(
        &self,
        device: &std::path::Path,
        report_data: &[u8; 64],
        vmpl: u32,
        response: &mut [u8; 4000],
        certificates: Option<&mut [u8]>,
    ) -> Result<(), aecs_attest::sev_guest_device::Failure> {
        self.0.snp_report(device, report_data, vmpl, response, certificates)
    }

    fn snp_key(
        &self,
        device: &std::path::Path,
        request: &aecs_attest::sev_guest_device::KeyRequest,
        response: &mut [u8; 64],
    ) -> Result<(), aecs_attest::sev_guest_device::Failure> {
        self.0.snp_key(device, request, response)
    }
}

#[test]
fn a_quote_over_something_else_is_refused() {
    let world = world();
    let other = quote(&world, &[0xEE; 64]);
    let machine = Faulty::new(machine(&world)).answer("read outblob", &other, ALWAYS);
    let error = world.attest(machine).unwrap_err();
    assert!(matches!(error, Error::Mismatch { check: Check::REPORT_DATA, .. }), "{error:?}");
    // Nor is an enclave's quote taken, which has other data at that place.
    let sgx = world.enclave().quote(world.report_data()).unwrap();
    let machine = Faulty::new(self::machine(&world)).answer("read outblob", &sgx, ALWAYS);
    assert!(matches!(world.attest(machine).unwrap_err(), Error::Unsupported { .. }));
}

#[test]
fn a_realm_token_has_to_carry_the_challenge() {
    let world = World::new();
    let token = |data: &[u8; 64]| {
        [b"platform token".as_slice(), &[0x0A, 0x58, 64], data, b"the rest"].concat()
    };
    let opened = open(Arc::new(SimulatedMachine::new(Tee::Cca, token))).unwrap();
    assert_eq!((opened.tee, opened.attester.platform()), (Tee::Cca, Platform::ArmCca));
    assert!(matches!(opened.sealing, Sealing::Unavailable { .. }));
    for report_type in [ReportType::BackgroundCheck, ReportType::Passport] {
        let report = opened.attester.attest(&world.request(report_type)).unwrap();
        assert_eq!(report.report.unwrap().str_tee_platform, "ARM_CCA");
    }
    let other = SimulatedMachine::new(Tee::Cca, move |_| token(&[0xEE; 64]));
    let error = world.attest(other).unwrap_err();
    assert!(matches!(error, Error::Mismatch { check: Check::REPORT_DATA, .. }), "{error:?}");
}
