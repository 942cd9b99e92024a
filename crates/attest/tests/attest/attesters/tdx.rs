//! TDX through the kernel's common interface, and what that can do wrong for every provider.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aecs_attest::sev_guest_device::{Failure, KeyRequest};
use aecs_attest::{
    Attester as _, Check, CollateralItem, CollateralSource, Error, Host, IntelTee, Machine, PckCa,
    Platform, ReportRequest, ReportType, Sealing, Tee, Verifier, occlum_device,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::IntelTdxReport;
use aecs_sim::{CcaToken, SimulatedCca, SimulatedMachine, SimulatedTd, TdIdentity, TdQuoteFormat};

use crate::attesters::support::{
    ALWAYS, Faulty, IsExpected, USER_DATA, World, device_error, open, platform_report,
};

fn quote(world: &World, report_data: &[u8; 64]) -> Vec<u8> {
    world.cpu.trust_domain(TdIdentity::default()).quote(*report_data).unwrap()
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

/// A source with what this side's own trust domain gets from its CPU.
struct FromCpu(SimulatedTd, Mutex<Vec<CollateralItem>>);

impl CollateralSource for FromCpu {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> aecs_attest::Result<Arc<[u8]>> {
        self.1.lock().unwrap().push(item.clone());
        let key = KeyPair::generate(Suite::Modern).unwrap();
        let report = self.0.attest(&ReportRequest::passport(USER_DATA, key.public()))?;
        let report: IntelTdxReport = platform_report(&report);
        Ok(report.json_collateral.into_bytes().into())
    }

    fn generation(&self) -> u64 {
        0
    }
}

#[test]
fn a_passport_passes_the_verifier_in_every_format() {
    let world = world();
    let verifier = Verifier::builder().simulated_root(world.cpu.root_der()).build().unwrap();
    for format in [TdQuoteFormat::V4, TdQuoteFormat::V5Tdx10, TdQuoteFormat::V5Tdx15] {
        let td = world.cpu.trust_domain(TdIdentity { format, ..TdIdentity::default() });
        let source = Arc::new(FromCpu(td.clone(), Mutex::default()));
        let machine = SimulatedMachine::new(Tee::Tdx, move |data| td.quote(*data).unwrap());
        let host = Host::on(Arc::new(machine)).collateral(source.clone());
        let attester = host.open(None).unwrap().attester;
        let report = attester.attest(&world.request(ReportType::Passport)).unwrap();
        let attributes = verifier.verify(&report, SystemTime::now()).unwrap();
        assert_eq!((attributes.platform(), attributes.user_data()), (Platform::Tdx, USER_DATA));
        let item =
            CollateralItem::Dcap { tee: IntelTee::Tdx, fmspc: *b"AECSIM", ca: PckCa::Platform };
        assert_eq!(*source.1.lock().unwrap(), [item]);
    }
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
    assert!(reason.contains("another process"), "{reason}");
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
    let machine = Arc::new(Switching(machine(&world), AtomicBool::default()));
    let attester = open(machine).unwrap().attester;
    let error = attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap_err();
    assert!(
        matches!(&error, Error::Unsupported { what } if what.contains("sev_guest")
            && what.contains("tdx_guest is needed")),
        "{error:?}"
    );
}

/// Is `tdx_guest` once, and `sev_guest` from then on.
struct Switching(SimulatedMachine, AtomicBool);

impl Machine for Switching {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        if path.ends_with("provider") && self.1.swap(true, Ordering::SeqCst) {
            return Ok(b"sev_guest\n".to_vec());
        }
        self.0.read(path, limit)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.0.write(path, content)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.0.make_folder(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.0.remove_folder(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.0.exists(path)
    }

    fn occlum_report(
        &self,
        device: &Path,
        report: &mut [u8; occlum_device::REPORT],
    ) -> io::Result<()> {
        self.0.occlum_report(device, report)
    }

    fn occlum_quote_size(&self, device: &Path) -> io::Result<u32> {
        self.0.occlum_quote_size(device)
    }

    fn occlum_quote(
        &self,
        device: &Path,
        report_data: &[u8; 64],
        quote: &mut [u8],
    ) -> io::Result<usize> {
        self.0.occlum_quote(device, report_data, quote)
    }

    fn occlum_key(
        &self,
        device: &Path,
        request: &occlum_device::KeyRequest,
        key: &mut [u8; 16],
    ) -> io::Result<()> {
        self.0.occlum_key(device, request, key)
    }

    fn snp_report(
        &self,
        device: &Path,
        report_data: &[u8; 64],
        vmpl: u32,
        response: &mut [u8; 4000],
        certificates: Option<&mut [u8]>,
    ) -> Result<(), Failure> {
        self.0.snp_report(device, report_data, vmpl, response, certificates)
    }

    fn snp_key(
        &self,
        device: &Path,
        request: &KeyRequest,
        response: &mut [u8; 64],
    ) -> Result<(), Failure> {
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
    let cca = Arc::new(SimulatedCca::new().unwrap());
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::ArmCca, cca.cpak_der())
        .build()
        .unwrap();
    let token = move |data: &[u8; 64]| cca.token(&CcaToken::new((*data).into())).unwrap();
    let opened = open(Arc::new(SimulatedMachine::new(Tee::Cca, token.clone()))).unwrap();
    assert_eq!((opened.tee, opened.attester.platform()), (Tee::Cca, Platform::ArmCca));
    assert!(matches!(opened.sealing, Sealing::Unavailable { .. }));
    for report_type in [ReportType::BackgroundCheck, ReportType::Passport] {
        let report = opened.attester.attest(&world.request(report_type)).unwrap();
        let attributes = verifier.verify(&report, SystemTime::now()).unwrap();
        assert_eq!(attributes.platform(), Platform::ArmCca);
    }
    let other = {
        let token = token.clone();
        SimulatedMachine::new(Tee::Cca, move |_| token(&[0xEE; 64]))
    };
    let error = world.attest(other).unwrap_err();
    assert!(matches!(error, Error::Mismatch { check: Check::REPORT_DATA, .. }), "{error:?}");
    let cut = SimulatedMachine::new(Tee::Cca, move |data| token(data).split_off(1));
    assert!(matches!(world.attest(cut).unwrap_err(), Error::Malformed { .. }));
}
