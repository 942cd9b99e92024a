//! HyperEnclave: quotes of a simulated machine, of which every part is changed once.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use crate::support::refusal::{Refusal, refusal, refused};
use aecs_attest::{
    Acceptance, Backing, Check, Endorsement, Error, Platform, Policy, ReportRequest, ReportType,
    TcbStatus, UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    HyperEnclaveReport, UnifiedAttestationAttributes, UnifiedAttestationAuthReport,
    UnifiedAttestationPolicy, json,
};
use aecs_sim::{EnclaveIdentity, HyperEnclaveOptions, SimulatedHyperEnclave};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

static MACHINE: LazyLock<SimulatedHyperEnclave> = LazyLock::new(machine);
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(Suite::Modern).unwrap());

fn machine() -> SimulatedHyperEnclave {
    SimulatedHyperEnclave::new(HyperEnclaveOptions::default()).unwrap()
}

fn request() -> ReportRequest<'static> {
    ReportRequest::passport(UserData([0x5A; 32]), KEY.public())
}

fn report_of(machine: &SimulatedHyperEnclave) -> UnifiedAttestationAuthReport {
    machine.attest_enclave(&EnclaveIdentity::default(), &request()).unwrap()
}

fn verifier(machine: &SimulatedHyperEnclave) -> Verifier {
    let root = machine.root_der();
    Verifier::builder().simulated_platform_root(Platform::HyperEnclave, root).build().unwrap()
}

fn quote_of(report: &UnifiedAttestationAuthReport) -> Vec<u8> {
    let message: HyperEnclaveReport =
        json::from_str(&report.report.as_ref().unwrap().json_report).unwrap();
    STANDARD.decode(message.b64_quote).unwrap()
}

fn with_quote(quote: &[u8]) -> UnifiedAttestationAuthReport {
    let mut report = report_of(&MACHINE);
    let message = HyperEnclaveReport { b64_quote: STANDARD.encode(quote) };
    report.report.as_mut().unwrap().json_report = json::to_string(&message);
    report
}

fn refusal_of(machine: &SimulatedHyperEnclave) -> Refusal {
    let report = report_of(machine);
    refusal(&verifier(machine).verify(&report, SystemTime::now()).unwrap_err())
}

#[test]
fn both_types_of_report_are_verified() {
    for report_type in [ReportType::Passport, ReportType::BackgroundCheck] {
        let request = ReportRequest { report_type, ..request() };
        let report = MACHINE.attest_enclave(&EnclaveIdentity::default(), &request).unwrap();
        let verified = verifier(&MACHINE).verify(&report, SystemTime::now()).unwrap();
        assert_eq!(verified.platform(), Platform::HyperEnclave);
        assert_eq!(verified.backing(), Backing::Simulation);
        assert_eq!(verified.tcb_status(), TcbStatus::UpToDate);
        assert_eq!(verified.user_data(), UserData([0x5A; 32]));
        assert!(!verified.debug());
        let identity = EnclaveIdentity::default();
        let attributes = verified.as_proto();
        assert_eq!(attributes.hex_ta_measurement, hex::encode_upper(identity.mrenclave));
        assert_eq!(attributes.hex_signer, hex::encode_upper(identity.mrsigner));
        assert_eq!(attributes.hex_platform_measurement, "9C".repeat(32));
        assert_eq!(attributes.hex_spid, "");
        let names: Vec<_> = verified.checks().iter().map(|passed| passed.check.name()).collect();
        for name in [
            "certificate of the TPM's key",
            "signature of the TPM",
            "registers of the TPM",
            "report data in the TPM's quote",
            "key of the hypervisor in register 13",
            "signature of the HyperEnclave report",
            "validity",
        ] {
            assert!(names.contains(&name), "{name} is not in {names:?}");
        }
    }
}

#[test]
fn a_debug_enclave_is_one_for_the_policy() {
    let identity = EnclaveIdentity { debug: true, ..EnclaveIdentity::default() };
    let report = MACHINE.attest_enclave(&identity, &request()).unwrap();
    let verified = verifier(&MACHINE).verify(&report, SystemTime::now()).unwrap();
    assert!(verified.debug());
    let main_attributes = vec![UnifiedAttestationAttributes::default()];
    let policy = UnifiedAttestationPolicy { main_attributes, ..Default::default() };
    let policy = Policy::parse(&policy).unwrap();
    assert!(policy.admit(&verified, &Acceptance::default()).is_err());
}

mod at {
    pub(super) const BODY: usize = 48;
    pub(super) const LENGTH: usize = 432;
    pub(super) const SIGNATURE: usize = 436;
    pub(super) const KEY: usize = SIGNATURE + 64;
    pub(super) const ATTEST: usize = KEY + 64;
    pub(super) const ATTEST_SIGNATURE: usize = ATTEST + 147;
    pub(super) const CERTIFICATE: usize = ATTEST_SIGNATURE + 64;
}

/// Cuts or lengthens the signature section, and its length with it.
fn resize(quote: &mut Vec<u8>, len: usize) {
    quote.resize(len, 0);
    let len = u32::try_from(len - at::SIGNATURE).unwrap().to_le_bytes();
    quote[at::LENGTH..at::SIGNATURE].copy_from_slice(&len);
}

type Corruption = (&'static str, fn(&mut Vec<u8>), Refusal);

const TPM: Refusal = Refusal::Untrusted(Check::HYPER_ENCLAVE_TPM);
const SIGNATURE: Refusal = Refusal::Untrusted(Check::HYPER_ENCLAVE_SIGNATURE);
const SECTION: Refusal = Refusal::Malformed("signature section of the quote");

#[rustfmt::skip]
const CORRUPTIONS: &[Corruption] = &[
    ("measurement", |q| q[at::BODY + 64] ^= 1, SIGNATURE),
    ("debug flag", |q| q[at::BODY + 48] ^= 2, SIGNATURE),
    ("user data", |q| q[at::BODY + 320] ^= 1, Refusal::Mismatch(Check::HYPER_ENCLAVE_QUALIFYING)),
    ("bound key", |q| q[at::BODY + 352] ^= 1, Refusal::BindsAnotherKey),
    ("signature", |q| q[at::SIGNATURE] ^= 1, SIGNATURE),
    ("hypervisor's key", |q| q[at::KEY] ^= 1, Refusal::Mismatch(Check::HYPER_ENCLAVE_KEY)),
    ("magic of the TPM", |q| q[at::ATTEST] ^= 1, TPM),
    ("registers", |q| q[at::ATTEST + 146] ^= 1, TPM),
    ("signature of the TPM", |q| q[at::ATTEST_SIGNATURE + 63] ^= 1, TPM),
    ("certificate's signature", |q| *q.last_mut().unwrap() ^= 1, Refusal::Untrusted(Check::HYPER_ENCLAVE_CERTIFICATE)),
    ("certificate's form", |q| q[at::CERTIFICATE] ^= 1, Refusal::Malformed("certificate of the TPM's key")),
    ("a byte behind the certificate", |q| resize(q, q.len() + 1), Refusal::Malformed("certificate of the TPM's key")),
    ("the certificate is missing", |q| resize(q, at::CERTIFICATE), SECTION),
    ("half a section", |q| resize(q, at::KEY), SECTION),
    ("no section", |q| resize(q, at::SIGNATURE), SECTION),
    ("a long certificate", |q| resize(q, at::CERTIFICATE + 2049), Refusal::TooLarge("HyperEnclave quote")),
    ("length", |q| q[at::LENGTH] ^= 1, Refusal::Malformed("quote")),
    ("missing byte", |q| { q.pop(); }, Refusal::Malformed("quote")),
    ("nothing", |q| q.clear(), Refusal::Malformed("quote")),
];

#[test]
fn every_change_is_refused_by_its_own_check() {
    let genuine = quote_of(&report_of(&MACHINE));
    let verifier = verifier(&MACHINE);
    verifier.verify(&with_quote(&genuine), SystemTime::now()).unwrap();
    for (name, corrupt, expected) in CORRUPTIONS {
        let mut quote = genuine.clone();
        corrupt(&mut quote);
        refused(name, verifier.verify(&with_quote(&quote), SystemTime::now()), expected);
    }
}

#[test]
fn every_byte_behind_the_header_counts() {
    // The header of 48 bytes is signed by nobody, and nothing is read from it.
    let genuine = quote_of(&report_of(&MACHINE));
    let verifier = verifier(&MACHINE);
    for at in at::BODY..genuine.len() {
        let mut quote = genuine.clone();
        quote[at] ^= 0x04;
        assert!(verifier.verify(&with_quote(&quote), SystemTime::now()).is_err(), "byte {at}");
    }
}

#[test]
fn parts_of_another_machine_are_refused() {
    let genuine = quote_of(&report_of(&MACHINE));
    let foreign = quote_of(&report_of(&machine()));
    let verify = |quote: &[u8]| {
        refusal(&verifier(&MACHINE).verify(&with_quote(quote), SystemTime::now()).unwrap_err())
    };
    // Same names, so it is the signature that differs.
    let certificate = Refusal::Untrusted(Check::HYPER_ENCLAVE_CERTIFICATE);
    assert_eq!(verify(&foreign), certificate);
    let swapped = |range: std::ops::Range<usize>| {
        let mut quote = genuine.clone();
        quote[range.clone()].copy_from_slice(&foreign[range]);
        verify(&quote)
    };
    assert_eq!(swapped(at::SIGNATURE..at::KEY), SIGNATURE);
    let key = Refusal::Mismatch(Check::HYPER_ENCLAVE_KEY);
    assert_eq!(swapped(at::KEY..at::ATTEST), key);
    assert_eq!(swapped(at::SIGNATURE..at::ATTEST), key);
    assert_eq!(swapped(at::ATTEST_SIGNATURE..at::CERTIFICATE), TPM);
}

#[test]
fn the_tpms_quote_of_another_enclave_is_refused() {
    let other = ReportRequest { user_data: UserData([1; 32]), ..request() };
    let other = MACHINE.attest_enclave(&EnclaveIdentity::default(), &other).unwrap();
    let (mut quote, other) = (quote_of(&report_of(&MACHINE)), quote_of(&other));
    let range = at::ATTEST..at::CERTIFICATE;
    quote[range.clone()].copy_from_slice(&other[range]);
    let error = verifier(&MACHINE).verify(&with_quote(&quote), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Mismatch(Check::HYPER_ENCLAVE_QUALIFYING), "{error:?}");
}

#[test]
fn a_machine_in_another_state_is_refused() {
    type Change = fn(&mut HyperEnclaveOptions);
    let pcrs = || Refusal::Mismatch(Check::HYPER_ENCLAVE_PCRS);
    let cases: [(Change, Refusal); 8] = [
        (|o| o.pcr_digest = [1; 32], pcrs()),
        (|o| o.certified_pcr_digest = [1; 32], pcrs()),
        (|o| o.certified_pcrs = false, Refusal::Untrusted(Check::HYPER_ENCLAVE_CERTIFICATE)),
        (|o| o.certified_key = false, Refusal::Mismatch(Check::HYPER_ENCLAVE_KEY)),
        (|o| o.selection = [0xFF, 0x13, 0], Refusal::Untrusted(Check::HYPER_ENCLAVE_PCRS)),
        (|o| o.selection = [0xFF, 0x33, 1], Refusal::Untrusted(Check::HYPER_ENCLAVE_PCRS)),
        (|o| o.hypervisor_id = "1234567812345678".into(), SIGNATURE),
        (|o| o.hypervisor_id.clear(), SIGNATURE),
    ];
    for (n, (change, expected)) in cases.into_iter().enumerate() {
        let mut options = HyperEnclaveOptions::default();
        change(&mut options);
        let machine = SimulatedHyperEnclave::new(options).unwrap();
        assert_eq!(refusal_of(&machine), expected, "case {n}");
    }
}

#[test]
fn certificates_are_refused_outside_their_time() {
    let now = SystemTime::now();
    let (past, future) = (now - 9 * DAY..now - DAY, now + DAY..now + 9 * DAY);
    let expired = Refusal::Expired(Endorsement::HYPER_ENCLAVE_CHAIN);
    let early = Refusal::NotYetValid(Endorsement::HYPER_ENCLAVE_CHAIN);
    let default = HyperEnclaveOptions::default;
    for (options, expected) in [
        (HyperEnclaveOptions { tpm: past.clone(), ..default() }, &expired),
        (HyperEnclaveOptions { root: past, ..default() }, &expired),
        (HyperEnclaveOptions { tpm: future.clone(), ..default() }, &early),
        (HyperEnclaveOptions { root: future, ..default() }, &early),
    ] {
        assert_eq!(&refusal_of(&SimulatedHyperEnclave::new(options).unwrap()), expected);
    }
}

#[test]
fn no_root_but_a_configured_one_counts() {
    let report = report_of(&MACHINE);
    for builder in [Verifier::builder(), Verifier::builder().vendor_roots()] {
        let error = builder.build().unwrap().verify(&report, SystemTime::now()).unwrap_err();
        let root = Refusal::Root(Endorsement::HYPER_ENCLAVE_CHAIN);
        assert_eq!(refusal(&error), root, "{error:?}");
    }
    // The TPM's certificate is no authority's.
    let leaf = MACHINE.certificate_der();
    assert!(Verifier::builder().root(Platform::HyperEnclave, leaf).build().is_err());
}

#[test]
fn another_key_is_refused() {
    let mut report = report_of(&MACHINE);
    report.pem_public_key = KeyPair::generate(Suite::Modern).unwrap().public().pem().into();
    let error = verifier(&MACHINE).verify(&report, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_quotes_never_panic(
        at in 0..1400_usize,
        by in proptest::collection::vec(any::<u8>(), 0..64),
        len in prop_oneof![Just(usize::MAX), 0..1400_usize],
        fix_length in any::<bool>(),
    ) {
        let mut quote = quote_of(&report_of(&MACHINE));
        for (byte, by) in quote.iter_mut().skip(at).zip(&by) {
            *byte = *by;
        }
        quote.truncate(len);
        if fix_length && quote.len() > at::SIGNATURE {
            let len = quote.len();
            resize(&mut quote, len);
        }
        let _ = verifier(&MACHINE).verify(&with_quote(&quote), SystemTime::now());
    }
}
