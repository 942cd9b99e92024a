//! Huawei Kunpeng: reports of a simulated machine, of which every part is changed once.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use crate::support::refusal::{Refusal, refusal, refused};
use aecs_attest::{
    Acceptance, Backing, Check, Endorsement, Error, Platform, Policy, ReportRequest, ReportType,
    TcbStatus, UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    KunpengReport, UnifiedAttestationAttributes, UnifiedAttestationAuthReport,
    UnifiedAttestationPolicy, json,
};
use aecs_sim::{KunpengApplication, KunpengOptions, KunpengScenario, SimulatedKunpeng};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// RSA keys take their time: one machine for most tests, and another one.
static MACHINE: LazyLock<SimulatedKunpeng> = LazyLock::new(machine);
static OTHER: LazyLock<SimulatedKunpeng> = LazyLock::new(machine);
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(Suite::Modern).unwrap());

fn machine() -> SimulatedKunpeng {
    SimulatedKunpeng::new(&KunpengOptions::default()).unwrap()
}

fn request() -> ReportRequest<'static> {
    ReportRequest::passport(UserData([0x5A; 32]), KEY.public())
}

fn report_of(
    machine: &SimulatedKunpeng,
    scenario: KunpengScenario,
) -> UnifiedAttestationAuthReport {
    machine.attest(scenario, &KunpengApplication::default(), &request()).unwrap()
}

fn verifier(machine: &SimulatedKunpeng) -> Verifier {
    let root = machine.root_der();
    Verifier::builder().simulated_platform_root(Platform::Kunpeng, root).build().unwrap()
}

fn bytes_of(report: &UnifiedAttestationAuthReport) -> Vec<u8> {
    let message: KunpengReport =
        json::from_str(&report.report.as_ref().unwrap().json_report).unwrap();
    STANDARD.decode(message.b64_quote).unwrap()
}

fn with_bytes(bytes: &[u8]) -> UnifiedAttestationAuthReport {
    let mut report = report_of(&MACHINE, KunpengScenario::Device);
    let message = KunpengReport { b64_quote: STANDARD.encode(bytes), ..Default::default() };
    report.report.as_mut().unwrap().json_report = json::to_string(&message);
    report
}

fn refusal_of(machine: &SimulatedKunpeng, report: &UnifiedAttestationAuthReport) -> Refusal {
    refusal(&verifier(machine).verify(report, SystemTime::now()).unwrap_err())
}

#[test]
fn both_scenarios_and_types_of_report_are_verified() {
    for (scenario, quoting) in [
        (KunpengScenario::Device, "C9".repeat(32) + &"DA".repeat(32)),
        (KunpengScenario::Service, String::new()),
    ] {
        for report_type in [ReportType::Passport, ReportType::BackgroundCheck] {
            let request = ReportRequest { report_type, ..request() };
            let application = KunpengApplication::default();
            let report = MACHINE.attest(scenario, &application, &request).unwrap();
            let verified = verifier(&MACHINE).verify(&report, SystemTime::now()).unwrap();
            assert_eq!(verified.platform(), Platform::Kunpeng);
            assert_eq!(verified.backing(), Backing::Simulation);
            assert_eq!(verified.tcb_status(), TcbStatus::UpToDate);
            assert_eq!(verified.user_data(), UserData([0x5A; 32]));
            let attributes = verified.as_proto();
            assert_eq!(attributes.hex_ta_measurement, "A7".repeat(32));
            assert_eq!(attributes.hex_ta_dyn_measurement, "B8".repeat(32));
            assert_eq!(attributes.hex_prod_id, "F6".repeat(16));
            assert_eq!(attributes.hex_platform_sw_version, "00000001");
            assert_eq!(attributes.hex_platform_measurement, quoting);
            let nonce = request.report_data().to_bytes();
            assert_eq!(attributes.hex_nonce, hex::encode_upper(nonce));
            let names: Vec<_> =
                verified.checks().iter().map(|passed| passed.check.name()).collect();
            assert!(names.contains(&"certificate of the Kunpeng device or key"), "{names:?}");
            assert!(names.contains(&"signature of the Kunpeng report"), "{names:?}");
            let by_device = names.contains(&"signature of the attestation key");
            assert_eq!(by_device, scenario == KunpengScenario::Device);
        }
    }
}

#[test]
fn the_policy_decides_on_the_measurement() {
    let report = report_of(&MACHINE, KunpengScenario::Device);
    let verified = verifier(&MACHINE).verify(&report, SystemTime::now()).unwrap();
    for (measurement, admitted) in [("A7", true), ("A8", false)] {
        let entry = UnifiedAttestationAttributes {
            hex_ta_measurement: measurement.repeat(32),
            ..Default::default()
        };
        let policy =
            UnifiedAttestationPolicy { main_attributes: vec![entry], ..Default::default() };
        let policy = Policy::parse(&policy).unwrap();
        assert_eq!(policy.admit(&verified, &Acceptance::default()).is_ok(), admitted);
    }
}

/// Where things are in a report with the simulation's six parameters.
mod at {
    pub(super) const NONCE: usize = 12;
    pub(super) const UUID: usize = 76;
    pub(super) const SCENARIO: usize = 92;
    pub(super) const COUNT: usize = 96;
    pub(super) const ROWS: usize = 100;
    pub(super) const IMAGE: usize = ROWS + 6 * 12;
    pub(super) const MEMORY: usize = IMAGE + 32;
    pub(super) const SIGNATURE: usize = MEMORY + 32;
    pub(super) const KEY: usize = SIGNATURE + 256;
    /// In the certificate of the attestation key.
    pub(super) const KEY_ROWS: usize = KEY + 48;
    pub(super) const QUOTING: usize = KEY_ROWS + 6 * 12;
    pub(super) const MODULUS: usize = QUOTING + 64;
    pub(super) const KEY_SIGNATURE: usize = MODULUS + 256;
    pub(super) const DEVICE: usize = KEY_SIGNATURE + 256;
}

/// A row of the table: tag, length, place.
fn row(bytes: &mut [u8], table: usize, index: usize, field: usize) -> &mut u8 {
    &mut bytes[table + 12 * index + 4 * field]
}

type Corruption = (&'static str, fn(&mut Vec<u8>), Refusal);

const REPORT: Refusal = Refusal::Malformed("Kunpeng report");
const AK: Refusal = Refusal::Malformed("certificate of the attestation key");
const SIGNATURE: Refusal = Refusal::Untrusted(Check::KUNPENG_SIGNATURE);
const KEY_SIGNATURE: Refusal = Refusal::Untrusted(Check::KUNPENG_KEY);

#[rustfmt::skip]
const CORRUPTIONS: &[Corruption] = &[
    ("version", |b| b[0] ^= 1, SIGNATURE),
    ("time", |b| b[4] ^= 1, SIGNATURE),
    ("user data", |b| b[at::NONCE] ^= 1, SIGNATURE),
    ("bound key", |b| b[at::NONCE + 32] ^= 1, Refusal::BindsAnotherKey),
    ("application", |b| b[at::UUID] ^= 1, SIGNATURE),
    ("image hash", |b| b[at::IMAGE] ^= 1, SIGNATURE),
    ("memory hash", |b| b[at::MEMORY] ^= 1, SIGNATURE),
    ("signature", |b| b[at::SIGNATURE] ^= 1, SIGNATURE),
    ("scenario", |b| b[at::SCENARIO] = 1, AK),
    ("anonymous scenario", |b| b[at::SCENARIO] = 2, Refusal::Unsupported("scenario 2 of Kunpeng's attestation")),
    ("scenario of the future", |b| b[at::SCENARIO + 3] = 1, Refusal::Unsupported("scenario 16777216 of Kunpeng's attestation")),
    // The tables.
    ("no parameters", |b| b[at::COUNT] = 0, REPORT),
    ("a parameter more", |b| b[at::COUNT] = 7, REPORT),
    ("many parameters", |b| b[at::COUNT..at::ROWS].fill(0xFF), REPORT),
    ("kind of parameter", |b| *row(b, at::ROWS + 3, 0, 0) = 0x30, REPORT),
    ("a parameter is there twice", |b| *row(b, at::ROWS, 2, 0) = 1, REPORT),
    ("no image hash", |b| *row(b, at::ROWS, 1, 0) = 0, REPORT),
    ("no signature", |b| *row(b, at::ROWS, 4, 0) = 6, REPORT),
    ("the certificate is missing", |b| *row(b, at::ROWS, 5, 0) = 8, REPORT),
    ("an image hash in the header", |b| *row(b, at::ROWS, 1, 2) = 12, REPORT),
    ("an image hash behind the end", |b| *row(b, at::ROWS + 3, 1, 2) = 0xFF, REPORT),
    ("an image hash of any length", |b| *row(b, at::ROWS + 3, 1, 1) = 0xFF, REPORT),
    // A hash that the signature does not cover: the last byte is the signature's first.
    ("an image hash that reaches out", |b| *row(b, at::ROWS, 1, 1) = 65, REPORT),
    ("a memory hash in the certificate", |b| *row(b, at::ROWS + 1, 2, 2) = 2, REPORT),
    ("a certificate before the signature", |b| { *row(b, at::ROWS, 5, 2) = 172; *row(b, at::ROWS + 1, 5, 2) = 0; }, REPORT),
    ("a shorter image hash", |b| *row(b, at::ROWS, 1, 1) = 31, SIGNATURE),
    ("no room for the header", |b| b.truncate(99), REPORT),
    ("no room for the rows", |b| b.truncate(at::IMAGE - 1), REPORT),
    ("missing byte", |b| { b.pop(); }, REPORT),
    ("nothing", |b| b.clear(), REPORT),
    ("JSON", |b| *b = b"{\"report_sign\":{}}".to_vec(), Refusal::Unsupported("a Kunpeng report in JSON")),
    // The attestation key.
    ("key's version", |b| b[at::KEY] ^= 1, KEY_SIGNATURE),
    ("key's purpose", |b| b[at::KEY + 12] ^= 1, KEY_SIGNATURE),
    ("quoting application", |b| b[at::QUOTING] ^= 1, KEY_SIGNATURE),
    ("key", |b| b[at::MODULUS + 8] ^= 1, KEY_SIGNATURE),
    ("key's signature", |b| b[at::KEY_SIGNATURE] ^= 1, KEY_SIGNATURE),
    ("key's parameters", |b| b[at::KEY_ROWS - 4] = 0, AK),
    ("a key that is not covered", |b| *row(b, at::KEY_ROWS + 1, 3, 1) = 2, AK),
    ("no key", |b| *row(b, at::KEY_ROWS, 3, 0) = 4, AK),
    ("no signature of the device", |b| *row(b, at::KEY_ROWS, 4, 0) = 7, AK),
    // The device's certificate.
    ("device certificate that is no Base64", |b| b[at::DEVICE] = b'!', Refusal::Malformed("certificate of the Kunpeng device")),
    ("device certificate that is none", |b| b[at::DEVICE] = b'N', Refusal::Malformed("certificate of the Kunpeng device")),
];

#[test]
fn every_change_is_refused_by_its_own_check() {
    let genuine = bytes_of(&report_of(&MACHINE, KunpengScenario::Device));
    let verifier = verifier(&MACHINE);
    verifier.verify(&with_bytes(&genuine), SystemTime::now()).unwrap();
    for (name, corrupt, expected) in CORRUPTIONS {
        let mut bytes = genuine.clone();
        corrupt(&mut bytes);
        refused(name, verifier.verify(&with_bytes(&bytes), SystemTime::now()), expected);
    }
}

#[test]
fn every_byte_counts() {
    for scenario in [KunpengScenario::Device, KunpengScenario::Service] {
        let genuine = bytes_of(&report_of(&MACHINE, scenario));
        let verifier = verifier(&MACHINE);
        // At the end are the zeros and the Base64 padding of a certificate.
        for at in 0..genuine.len() - 40 {
            // Dashes and line ends around a PEM block may be others.
            if genuine[at] == b'-' || genuine[at] == b'\n' {
                continue;
            }
            let mut bytes = genuine.clone();
            bytes[at] ^= 0x02;
            let outcome = verifier.verify(&with_bytes(&bytes), SystemTime::now());
            assert!(outcome.is_err(), "{scenario:?}, byte {at}");
        }
    }
}

#[test]
fn a_device_certificate_has_to_lead_to_the_root() {
    // AECS 2.0 took any certificate.
    let mut forger = machine();
    let report = report_of(&forger, KunpengScenario::Device);
    let chain = Refusal::Untrusted(Check::KUNPENG_CERTIFICATE);
    assert_eq!(refusal_of(&MACHINE, &report), chain, "same names, another key");
    forger.set_device_certificate(&forger.self_signed_certificate().unwrap());
    let report = report_of(&forger, KunpengScenario::Device);
    assert_eq!(refusal_of(&MACHINE, &report), Refusal::Root(Endorsement::KUNPENG_CHAIN));
    // Who presents the root has not its key.
    forger.set_device_certificate(MACHINE.root_der());
    let report = report_of(&forger, KunpengScenario::Device);
    assert_eq!(refusal_of(&MACHINE, &report), chain);
    let report = report_of(&OTHER, KunpengScenario::Service);
    assert_eq!(refusal_of(&MACHINE, &report), chain);
}

#[test]
fn parts_of_another_machine_are_refused() {
    let genuine = bytes_of(&report_of(&MACHINE, KunpengScenario::Device));
    let foreign = bytes_of(&report_of(&OTHER, KunpengScenario::Device));
    let swapped = |range: std::ops::Range<usize>| {
        let mut bytes = genuine.clone();
        bytes[range.clone()].copy_from_slice(&foreign[range]);
        refusal_of(&MACHINE, &with_bytes(&bytes))
    };
    assert_eq!(swapped(at::SIGNATURE..at::KEY), SIGNATURE);
    assert_eq!(swapped(at::MODULUS..at::KEY_SIGNATURE), KEY_SIGNATURE);
    assert_eq!(swapped(at::KEY_SIGNATURE..at::DEVICE), KEY_SIGNATURE);
    // The whole key of the other machine, certificate and all.
    let mixed = [&genuine[..at::KEY], &foreign[at::KEY..]].concat();
    if mixed.len() == genuine.len() {
        let chain = Refusal::Untrusted(Check::KUNPENG_CERTIFICATE);
        assert_eq!(refusal_of(&MACHINE, &with_bytes(&mixed)), chain);
    }
}

#[test]
fn certificates_are_refused_outside_their_time() {
    let now = SystemTime::now();
    let (past, future) = (now - 9 * DAY..now - DAY, now + DAY..now + 9 * DAY);
    let expired = || Refusal::Expired(Endorsement::KUNPENG_CHAIN);
    let early = || Refusal::NotYetValid(Endorsement::KUNPENG_CHAIN);
    let default = KunpengOptions::default;
    for (options, expected) in [
        (KunpengOptions { leaf: past.clone(), ..default() }, expired()),
        (KunpengOptions { root: past, ..default() }, expired()),
        (KunpengOptions { leaf: future.clone(), ..default() }, early()),
        (KunpengOptions { root: future, ..default() }, early()),
    ] {
        let machine = SimulatedKunpeng::new(&options).unwrap();
        for scenario in [KunpengScenario::Device, KunpengScenario::Service] {
            assert_eq!(refusal_of(&machine, &report_of(&machine, scenario)), expected);
        }
    }
}

#[test]
fn no_root_but_a_configured_one_counts() {
    for scenario in [KunpengScenario::Device, KunpengScenario::Service] {
        let report = report_of(&MACHINE, scenario);
        for builder in [Verifier::builder(), Verifier::builder().vendor_roots()] {
            let error = builder.build().unwrap().verify(&report, SystemTime::now()).unwrap_err();
            assert_eq!(refusal(&error), Refusal::Root(Endorsement::KUNPENG_CHAIN), "{error:?}");
        }
    }
}

#[test]
fn another_key_is_refused() {
    let mut report = report_of(&MACHINE, KunpengScenario::Device);
    report.pem_public_key = KeyPair::generate(Suite::Modern).unwrap().public().pem().into();
    let error = verifier(&MACHINE).verify(&report, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_reports_never_panic(
        at in 0..2600_usize,
        by in proptest::collection::vec(any::<u8>(), 0..64),
        len in prop_oneof![Just(usize::MAX), 0..2600_usize],
    ) {
        let mut bytes = bytes_of(&report_of(&MACHINE, KunpengScenario::Device));
        for (byte, by) in bytes.iter_mut().skip(at).zip(&by) {
            *byte = *by;
        }
        bytes.truncate(len);
        let _ = verifier(&MACHINE).verify(&with_bytes(&bytes), SystemTime::now());
    }
}
