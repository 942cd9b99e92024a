//! SEV-SNP, both ways to its firmware.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Check, Error, Host, Machine, Platform, ReportType, SnpProduct, SnpSigner, Tee, Verifier,
};
use aecs_proto::{SevSnpEndorsements, SevSnpReport, json};
use aecs_sim::{SimulatedAmd, SimulatedMachine, SimulatedSnp};

use crate::attesters::support::{
    ALWAYS, Faulty, USER_DATA, World, device_error, open, platform_report,
};

const VCEK: u128 = 0x63da758d_e664_4564_adc5_f4b93be8accd;
const VLEK: u128 = 0xa8074bc2_a25a_483e_aae6_39c045a0b8a1;
const ASK: u128 = 0x4ab7b379_bbac_4fe4_a02f_05aef327c782;
const ARK: u128 = 0xc0b406a4_a803_4952_9743_3fb6014cd0ae;
const CRL: u128 = 0x92f81bc3_5811_4d3d_97ff_d19f88dc67ea;

/// A report without a signature.
pub(crate) fn report(data: &[u8; 64]) -> Vec<u8> {
    let mut report = vec![0; 1184];
    report[0] = 3;
    report[0x04] = 5;
    report[0x50..0x90].copy_from_slice(data);
    report[0x1E0..0x1E8].copy_from_slice(&0x0300_0000_0000_0004_u64.to_le_bytes());
    report
}

pub(crate) fn machine() -> SimulatedMachine {
    SimulatedMachine::new(Tee::SevSnp, report)
}

/// A host's certificate table.
fn table(entries: &[(u128, &[u8])]) -> Vec<u8> {
    let mut offset = 24 * (entries.len() + 1);
    let (mut head, mut contents) = (Vec::new(), Vec::new());
    for (guid, content) in entries {
        head.extend(guid.to_be_bytes());
        head.extend(u32::try_from(offset).unwrap().to_le_bytes());
        head.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        contents.extend_from_slice(content);
        offset += content.len();
    }
    head.extend([0; 24]);
    [head, contents].concat()
}

/// Both ways: the kernel's common interface, and the device.
fn both(change: impl Fn(SimulatedMachine) -> SimulatedMachine) -> [Arc<Faulty>; 2] {
    [machine(), machine().without_tsm()].map(|machine| Arc::new(Faulty::new(change(machine))))
}

fn endorsements(machine: Arc<dyn Machine>) -> Result<Option<SevSnpEndorsements>, Error> {
    let world = World::new();
    let attester = open(machine)?.attester;
    match attester.attest(&world.request(ReportType::Passport)) {
        Ok(report) => {
            let report: SevSnpReport = platform_report(&report);
            Ok(Some(json::from_str(&report.json_endorsements).unwrap()))
        }
        // There was none in the table, and there is no other source.
        Err(Error::NoCollateral) => Ok(None),
        Err(error) => Err(error),
    }
}

#[test]
fn a_report_is_about_what_was_asked() {
    let world = World::new();
    for machine in both(|machine| machine) {
        let opened = open(machine).unwrap();
        assert_eq!((opened.tee, opened.attester.platform()), (Tee::SevSnp, Platform::SevSnp));
        let report = opened.attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap();
        assert_eq!(report.report.as_ref().unwrap().str_tee_platform, "SEV_SNP");
        let report: SevSnpReport = platform_report(&report);
        assert_eq!(report.b64_report.len(), 1184_usize.div_ceil(3) * 4);
        assert!(report.json_endorsements.is_empty());
    }
}

#[test]
fn a_passport_has_the_certificates_of_the_hosts_table() {
    for (guid, name) in [(VCEK, "VCEK"), (VLEK, "VLEK")] {
        let entries =
            [(ARK, &b"root"[..]), (guid, name.as_bytes()), (1, b"?"), (ASK, b"ASK"), (CRL, b"crl")];
        for machine in both(|machine| machine.certificates(table(&entries))) {
            let found = endorsements(machine).unwrap().unwrap();
            // The root is the verifier's choice, and is not sent.
            assert_eq!((found.b64_ask_cert.as_str(), found.b64_crl.as_str()), ("QVNL", "Y3Js"));
            assert_eq!(found.b64_vek_cert.len(), 8);
        }
    }
}

#[test]
fn a_table_may_have_pem() {
    let pem = |label: &str, der: &[u8]| pem::encode(&pem::Pem::new(label, der)).into_bytes();
    let (vcek, ask, crl) =
        (pem("CERTIFICATE", b"VCEK"), pem("CERTIFICATE", b"ASK"), pem("X509 CRL", b"crl"));
    let entries = [(VCEK, &vcek[..]), (ASK, &ask[..]), (CRL, &crl[..])];
    for machine in both(|machine| machine.certificates(table(&entries))) {
        let found = endorsements(machine).unwrap().unwrap();
        assert_eq!(
            [found.b64_vek_cert, found.b64_ask_cert, found.b64_crl],
            ["VkNFSw==", "QVNL", "Y3Js"]
        );
    }
    // A certificate is no revocation list.
    let wrong = [(VCEK, &vcek[..]), (CRL, &ask[..])];
    for machine in both(|machine| machine.certificates(table(&wrong))) {
        assert!(matches!(endorsements(machine), Err(Error::Malformed { .. })));
    }
}

#[test]
fn a_table_without_the_signers_certificate_is_none() {
    let none: [Vec<u8>; 4] =
        [Vec::new(), vec![0; 24], vec![0; 4096], table(&[(ASK, b"ASK"), (ARK, b"ARK")])];
    for content in none {
        for machine in both(|machine| machine.certificates(content.clone())) {
            assert_eq!(endorsements(machine).unwrap(), None);
        }
    }
}

#[test]
fn a_damaged_table_is_refused() {
    let good = table(&[(VCEK, b"VCEK"), (ASK, b"ASK")]);
    let change = |at: usize, bytes: &[u8]| {
        let mut table = good.clone();
        table[at..at + bytes.len()].copy_from_slice(bytes);
        table
    };
    let end = u32::try_from(good.len()).unwrap();
    let tables = [
        good[..23].to_vec(),
        good[..24].to_vec(),
        good[..60].to_vec(),
        change(16, &end.to_le_bytes()),
        change(16, &u32::MAX.to_le_bytes()),
        change(20, &u32::MAX.to_le_bytes()),
        change(20, &end.to_le_bytes()),
    ];
    for table in tables {
        let machine = Arc::new(machine().certificates(table.clone()));
        let error = endorsements(machine).unwrap_err();
        let malformed = matches!(error, Error::Malformed { what: "certificate table", .. });
        assert!(malformed, "{}: {error:?}", hex::encode(table));
    }
    let huge = table(&[(VCEK, &[1; 40_000]), (ASK, &[1; 40_000])]);
    for machine in both(|machine| machine.certificates(huge.clone())) {
        let error = endorsements(machine).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
    }
}

#[test]
fn a_table_that_does_not_fit_at_first_is_asked_for_again() {
    let large = table(&[(VCEK, b"VCEK"), (1, &[1; 20_000])]);
    let machine = Arc::new(Faulty::new(machine().without_tsm().certificates(large)));
    assert!(endorsements(machine.clone()).unwrap().is_some());
    // Two to find the guest's own versions, two for the report.
    assert_eq!(machine.count("snp ext report"), 4);
}

#[test]
fn a_host_without_tables_gives_the_report_alone() {
    let machine = Faulty::new(machine().without_tsm().certificates(table(&[(VCEK, b"VCEK")])));
    let machine = Arc::new(machine.fail("snp ext report", ErrorKind::InvalidInput, ALWAYS));
    assert_eq!(endorsements(machine.clone()).unwrap(), None);
    assert!(machine.count("snp report") > 0);
}

#[test]
fn what_passes_is_waited_for_and_what_stays_is_told() {
    let world = World::new();
    let machine = Faulty::new(machine().without_tsm())
        .fail("snp ext report", ErrorKind::ResourceBusy, 5)
        .fail("snp ext report", ErrorKind::Interrupted, 0);
    world.attest(machine).unwrap();
    for kind in [ErrorKind::ResourceBusy, ErrorKind::PermissionDenied] {
        let machine = Faulty::new(self::machine().without_tsm())
            .fail("snp ext report", kind, ALWAYS)
            .fail("snp report", kind, ALWAYS);
        let error = world.attest(machine).unwrap_err();
        let (path, reason) = device_error(&error);
        assert_eq!(path, "/dev/sev-guest");
        let busy = reason.contains("hypervisor error 0x2");
        assert_eq!(busy, kind == ErrorKind::ResourceBusy, "{reason}");
    }
}

#[test]
fn responses_that_are_none_are_refused() {
    let world = World::new();
    let response = |status: u32, len: u32, report: &[u8]| {
        [&status.to_le_bytes()[..], &len.to_le_bytes(), &[0; 24], report].concat()
    };
    let whole = report(&world.report_data());
    for content in [
        response(0x16, 1184, &whole),
        response(0, 0, &whole),
        response(0, 1183, &whole),
        response(0, 1185, &whole),
        response(0, 4000, &whole),
        response(0, u32::MAX, &whole),
    ] {
        let machine = Faulty::new(machine().without_tsm());
        let machine = machine.answer("snp ext report", &content, ALWAYS);
        let error = world.attest(machine).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
    }
    for len in [0, 1183, 1185] {
        let mut content = whole.clone();
        content.resize(len, 0);
        let machine = Faulty::new(machine()).answer("read outblob", &content, ALWAYS);
        assert!(matches!(world.attest(machine).unwrap_err(), Error::Malformed { .. }), "{len}");
    }
}

#[test]
fn a_report_over_something_else_is_refused() {
    let world = World::new();
    for machine in [
        SimulatedMachine::new(Tee::SevSnp, |_| report(&[0xEE; 64])),
        SimulatedMachine::new(Tee::SevSnp, |_| report(&[0xEE; 64])).without_tsm(),
    ] {
        let error = world.attest(machine).unwrap_err();
        assert!(matches!(error, Error::Mismatch { check: Check::REPORT_DATA, .. }), "{error:?}");
    }
}

#[test]
fn a_passport_passes_the_verifier() {
    let world = World::new();
    let amd = SimulatedAmd::generate().unwrap();
    for product in [SnpProduct::Milan, SnpProduct::Genoa, SnpProduct::Turin] {
        let guest = Arc::new(SimulatedSnp::new(&amd, product).unwrap());
        let root = amd.root_der(product);
        let verifier =
            Verifier::builder().simulated_platform_root(Platform::SevSnp, root).build().unwrap();
        let machine = || {
            let guest = Arc::clone(&guest);
            SimulatedMachine::new(Tee::SevSnp, move |data| guest.raw_report(data).unwrap())
        };
        let certificates = table(&[
            (VCEK, &guest.vek_der().unwrap()),
            (ASK, amd.authority_der(product, SnpSigner::Vcek)),
        ]);
        // The certificates are the host's, or come from AMD's service; the revocation list, which
        // this host does not have, comes from there.
        let with_table = || Host::on(Arc::new(machine().certificates(certificates.clone())));
        let with_source = Host::on(Arc::new(machine().without_tsm())).collateral(guest.clone());
        let attester = with_table().open(None).unwrap().attester;
        let report = attester.attest(&world.request(ReportType::Passport)).unwrap();
        let error = verifier.verify(&report, SystemTime::now()).unwrap_err();
        assert!(matches!(error, Error::NoRevocationList), "{error:?}");
        for host in [with_table().collateral(guest.clone()), with_source] {
            let attester = host.open(None).unwrap().attester;
            let report = attester.attest(&world.request(ReportType::Passport)).unwrap();
            let attributes = verifier.verify(&report, SystemTime::now()).unwrap();
            assert_eq!(attributes.user_data(), USER_DATA);
        }
    }
}
