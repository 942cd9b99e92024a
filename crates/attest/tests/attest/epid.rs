//! SGX with EPID: Passport reports of a simulated attestation service, of which every part is
//! changed once.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use crate::support::refusal::{Refusal, refusal, refused};
use aecs_attest::{
    Acceptance, Backing, Check, Endorsement, Error, Platform, Policy, ReportRequest, TcbStatus,
    UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    EpidReport, IasReport, UnifiedAttestationAttributes, UnifiedAttestationAuthReport,
    UnifiedAttestationPolicy, json,
};
use aecs_sim::{Aecs20Quotes, EnclaveIdentity, IasAnswer, IasOptions, SimulatedIas, vectors};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// RSA keys take their time: one service for all tests.
static IAS: LazyLock<SimulatedIas> =
    LazyLock::new(|| SimulatedIas::new(IasOptions::default()).unwrap());
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(Suite::Modern).unwrap());

fn request() -> ReportRequest<'static> {
    ReportRequest::passport(UserData([0x5A; 32]), KEY.public())
}

fn passport(answer: &IasAnswer) -> UnifiedAttestationAuthReport {
    IAS.passport(answer, &EnclaveIdentity::default(), &request()).unwrap()
}

fn verifier() -> Verifier {
    trusting(&IAS)
}

fn trusting(ias: &SimulatedIas) -> Verifier {
    let root = ias.root_der();
    Verifier::builder().simulated_platform_root(Platform::SgxEpid, root).build().unwrap()
}

fn with_body(change: impl FnOnce(&mut String)) -> UnifiedAttestationAuthReport {
    let report_data = request().report_data().to_bytes();
    let mut body =
        IAS.body(&IasAnswer::default(), &EnclaveIdentity::default(), &report_data).unwrap();
    change(&mut body);
    wrap(&IAS.sign(body).unwrap())
}

fn wrap(report: &IasReport) -> UnifiedAttestationAuthReport {
    let mut whole = passport(&IasAnswer::default());
    whole.report.as_mut().unwrap().json_report = STANDARD.encode(json::to_string(report));
    whole
}

fn answer(whole: &UnifiedAttestationAuthReport) -> IasReport {
    let json = STANDARD.decode(&whole.report.as_ref().unwrap().json_report).unwrap();
    json::from_str(&String::from_utf8(json).unwrap()).unwrap()
}

fn pem(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", der))
}

fn replace(text: &mut String, part: &str, by: &str) {
    assert!(text.contains(part), "no {part} in {text}");
    *text = text.replace(part, by);
}

fn refusal_of(report: &UnifiedAttestationAuthReport) -> Refusal {
    refusal(&verifier().verify(report, SystemTime::now()).unwrap_err())
}

#[test]
fn a_passport_is_verified() {
    let now = SystemTime::now();
    let report = passport(&IasAnswer { at: now, ..IasAnswer::default() });
    let verified = verifier().verify(&report, now + Duration::from_secs(1)).unwrap();
    assert_eq!(verified.platform(), Platform::SgxEpid);
    assert_eq!(verified.backing(), Backing::Simulation);
    assert_eq!(verified.tcb_status(), TcbStatus::UpToDate);
    assert_eq!(verified.user_data(), UserData([0x5A; 32]));
    assert!(!verified.debug());
    let identity = EnclaveIdentity::default();
    let attributes = verified.as_proto();
    assert_eq!(attributes.hex_ta_measurement, hex::encode_upper(identity.mrenclave));
    assert_eq!(attributes.hex_signer, hex::encode_upper(identity.mrsigner));
    assert_eq!(attributes.hex_spid, "51".repeat(16));
    let until = verified.valid_until().duration_since(now).unwrap();
    assert!(until <= 30 * DAY && until > 30 * DAY - Duration::from_secs(2));
    let names: Vec<_> = verified.checks().iter().map(|passed| passed.check.name()).collect();
    for name in [
        "IAS signing certificate",
        "signature of the IAS report",
        "quote status in the IAS report",
        "signature type of the EPID quote",
        "validity",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
}

/// A report of Intel's own service (`epid/ias-report.json`, an IasReport of 2023-10-20), as
/// projects that used it publish in their tests.
#[test]
fn a_genuine_report_leads_to_intels_root() {
    let Some(text) = vectors::read("epid/ias-report.json") else { return };
    let report: IasReport = json::from_str(std::str::from_utf8(&text).unwrap()).unwrap();
    let whole = wrap(&report).report.unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_697_767_255);
    let intel = Verifier::builder().vendor_roots().build().unwrap();
    let appraised = intel.appraise(&whole, at + DAY).unwrap();
    assert_eq!(appraised.backing(), Backing::Hardware);
    assert_eq!(appraised.tcb_status(), TcbStatus::OutOfDate);
    let attributes = appraised.attributes();
    assert_eq!(attributes.hex_spid, "40D337E1A8FE6A98401BBD67A8905015");
    assert_eq!(attributes.bool_debug_disabled, "true");
    assert!(attributes.str_advisory_ids.starts_with("INTEL-SA-00220,INTEL-SA-00270,"));
    let late = intel.appraise(&whole, at + 31 * DAY).unwrap_err();
    assert_eq!(refusal(&late), Refusal::Expired(Endorsement::EPID_REPORT));
}

#[test]
fn a_debug_enclave_is_one_for_the_policy() {
    let identity = EnclaveIdentity { debug: true, ..EnclaveIdentity::default() };
    let report = IAS.passport(&IasAnswer::default(), &identity, &request()).unwrap();
    let verified = verifier().verify(&report, SystemTime::now()).unwrap();
    assert!(verified.debug());
    assert!(anybody().admit(&verified, &Acceptance::default()).is_err());
}

fn anybody() -> Policy {
    let main_attributes = vec![UnifiedAttestationAttributes::default()];
    Policy::parse(&UnifiedAttestationPolicy { main_attributes, ..Default::default() }).unwrap()
}

#[test]
fn the_policy_decides_on_a_status_that_is_not_refused() {
    for (status, expected) in [
        ("OK", TcbStatus::UpToDate),
        ("GROUP_OUT_OF_DATE", TcbStatus::OutOfDate),
        ("CONFIGURATION_NEEDED", TcbStatus::ConfigurationNeeded),
        ("SW_HARDENING_NEEDED", TcbStatus::SwHardeningNeeded),
        ("CONFIGURATION_AND_SW_HARDENING_NEEDED", TcbStatus::ConfigurationAndSwHardeningNeeded),
    ] {
        let advisory_ids = vec!["INTEL-SA-00334".into(), "INTEL-SA-00161".into()];
        let answer = IasAnswer { status: status.into(), advisory_ids, ..IasAnswer::default() };
        let verified = verifier().verify(&passport(&answer), SystemTime::now()).unwrap();
        assert_eq!(verified.tcb_status(), expected);
        assert_eq!(verified.as_proto().str_tcb_status, expected.as_str());
        assert_eq!(verified.as_proto().str_advisory_ids, "INTEL-SA-00161,INTEL-SA-00334");
        let admitted = anybody().admit(&verified, &Acceptance::default()).is_ok();
        assert_eq!(admitted, expected == TcbStatus::UpToDate, "{status}");
    }
}

#[test]
fn what_the_service_refused_is_refused() {
    for status in [
        "SIGNATURE_INVALID",
        "GROUP_REVOKED",
        "SIGNATURE_REVOKED",
        "KEY_REVOKED",
        "SIGRL_VERSION_MISMATCH",
        "ok",
        "",
        "SOMETHING_NEW",
    ] {
        let answer = IasAnswer { status: status.into(), ..IasAnswer::default() };
        let error = verifier().verify(&passport(&answer), SystemTime::now()).unwrap_err();
        assert_eq!(refusal(&error), Refusal::Mismatch(Check::EPID_STATUS), "{status}");
        assert!(error.to_string().contains(status), "{error}");
    }
}

#[test]
fn a_self_signed_leaf_with_the_genuine_root_is_refused() {
    // W19: the root is public, so a chain that has it proves nothing.
    let forger = SimulatedIas::new(IasOptions::default()).unwrap();
    let report_data = request().report_data().to_bytes();
    let body =
        forger.body(&IasAnswer::default(), &EnclaveIdentity::default(), &report_data).unwrap();
    let mut report = forger.sign(body).unwrap();
    let in_its_name = forger.self_signed_certificate().unwrap();
    let chain = Refusal::Untrusted(Check::EPID_CHAIN);
    for (certificates, expected) in [
        (vec![in_its_name.as_slice(), IAS.root_der()], &chain),
        (vec![forger.certificate_der(), IAS.root_der()], &chain),
        (vec![IAS.root_der()], &chain),
        (vec![IAS.root_der(), in_its_name.as_slice()], &Refusal::Root(Endorsement::EPID_CHAIN)),
        (vec![in_its_name.as_slice()], &Refusal::Root(Endorsement::EPID_CHAIN)),
        (vec![forger.certificate_der(), forger.root_der(), IAS.root_der()], &chain),
        (
            vec![forger.certificate_der(), forger.root_der()],
            &Refusal::Root(Endorsement::EPID_CHAIN),
        ),
        (vec![in_its_name.as_slice(), IAS.certificate_der(), IAS.root_der()], &chain),
        // A genuine certificate of another key does not help.
        (vec![IAS.certificate_der(), IAS.root_der()], &Refusal::Untrusted(Check::EPID_SIGNATURE)),
    ] {
        report.str_signing_cert = certificates.iter().map(|der| pem(der)).collect();
        assert_eq!(&refusal_of(&wrap(&report)), expected, "{} certificates", certificates.len());
    }
}

#[test]
fn the_same_against_intels_root() {
    let forger = SimulatedIas::new(IasOptions::default()).unwrap();
    let intel = Verifier::builder().vendor_roots().build().unwrap();
    let error = intel.verify(&passport(&IasAnswer::default()), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Root(Endorsement::EPID_CHAIN));

    let root = include_bytes!("../../src/platform/epid/intel-report-signing-ca.der");
    let mut report = answer(&passport(&IasAnswer::default()));
    for leaf in [forger.self_signed_certificate().unwrap(), forger.certificate_der().to_vec()] {
        report.str_signing_cert = pem(&leaf) + &pem(root);
        let error = intel.verify(&wrap(&report), SystemTime::now()).unwrap_err();
        assert_eq!(refusal(&error), Refusal::Untrusted(Check::EPID_CHAIN), "{error:?}");
    }
}

type Corruption = (&'static str, fn(&mut IasReport), Refusal);

fn flip_certificate(chain: &mut String, index: usize, from_end: usize) {
    let mut blocks = pem::parse_many(&*chain).unwrap();
    let mut der = blocks[index].contents().to_vec();
    let at = der.len() - from_end;
    der[at] ^= 1;
    blocks[index] = pem::Pem::new("CERTIFICATE", der);
    *chain = blocks.iter().map(pem::encode).collect();
}

const CORRUPTIONS: &[Corruption] = &[
    (
        "body",
        |r| replace(&mut r.json_response_body, r#""OK""#, r#""ok""#),
        Refusal::Untrusted(Check::EPID_SIGNATURE),
    ),
    (
        "white space behind the body",
        |r| r.json_response_body.push(' '),
        Refusal::Untrusted(Check::EPID_SIGNATURE),
    ),
    ("no body", |r| r.json_response_body.clear(), Refusal::Untrusted(Check::EPID_SIGNATURE)),
    (
        "signature",
        |r| {
            let mut signature = STANDARD.decode(&r.b64_signature).unwrap();
            signature[100] ^= 1;
            r.b64_signature = STANDARD.encode(signature);
        },
        Refusal::Untrusted(Check::EPID_SIGNATURE),
    ),
    ("no signature", |r| r.b64_signature.clear(), Refusal::Untrusted(Check::EPID_SIGNATURE)),
    (
        "signature that is no Base64",
        |r| r.b64_signature.push('!'),
        Refusal::Malformed("IAS signature"),
    ),
    (
        "a large signature",
        |r| r.b64_signature = "A".repeat(4096),
        Refusal::TooLarge("IAS signature"),
    ),
    (
        "certificate's signature",
        |r| flip_certificate(&mut r.str_signing_cert, 0, 1),
        Refusal::Untrusted(Check::EPID_CHAIN),
    ),
    (
        "root's signature",
        |r| flip_certificate(&mut r.str_signing_cert, 1, 1),
        Refusal::Root(Endorsement::EPID_CHAIN),
    ),
    (
        "the certificate is missing",
        |r| r.str_signing_cert.clear(),
        Refusal::Malformed("IAS signing certificate"),
    ),
    (
        "four certificates",
        |r| r.str_signing_cert = r.str_signing_cert.repeat(2),
        Refusal::Malformed("IAS signing certificate"),
    ),
    (
        "a key in place of a certificate",
        |r| r.str_signing_cert = r.str_signing_cert.replace("CERTIFICATE", "PUBLIC KEY"),
        Refusal::Malformed("IAS signing certificate"),
    ),
    (
        "large certificates",
        |r| r.str_signing_cert.push_str(&" ".repeat(16 * 1024)),
        Refusal::TooLarge("IAS signing certificate"),
    ),
    (
        "a large body",
        |r| r.json_response_body.push_str(&" ".repeat(64 * 1024)),
        Refusal::TooLarge("IAS report body"),
    ),
];

#[test]
fn every_change_is_refused_by_its_own_check() {
    let genuine = answer(&passport(&IasAnswer::default()));
    verifier().verify(&wrap(&genuine), SystemTime::now()).unwrap();
    for (name, corrupt, expected) in CORRUPTIONS {
        let mut report = genuine.clone();
        corrupt(&mut report);
        refused(name, verifier().verify(&wrap(&report), SystemTime::now()), expected);
    }
}

#[test]
fn every_byte_of_body_and_certificate_counts() {
    let genuine = answer(&passport(&IasAnswer::default()));
    let verifier = verifier();
    for at in (0..genuine.json_response_body.len()).step_by(3) {
        let mut report = genuine.clone();
        let mut body = report.json_response_body.into_bytes();
        body[at] ^= 1;
        report.json_response_body = String::from_utf8(body).unwrap();
        assert!(verifier.verify(&wrap(&report), SystemTime::now()).is_err(), "byte {at}");
    }
    for at in (1..IAS.certificate_der().len()).step_by(5) {
        let mut report = genuine.clone();
        flip_certificate(&mut report.str_signing_cert, 0, at);
        assert!(verifier.verify(&wrap(&report), SystemTime::now()).is_err(), "{at} from the end");
    }
}

#[test]
fn the_last_version_of_the_service_is_read() {
    let status = "SW_HARDENING_NEEDED".into();
    let answer = IasAnswer { version: 5, status, ..IasAnswer::default() };
    let verified = verifier().verify(&passport(&answer), SystemTime::now()).unwrap();
    assert_eq!(verified.as_proto().str_tcb_status, "SWHardeningNeeded");
}

#[test]
fn a_signed_body_has_the_form_it_must_have() {
    type Change = fn(&mut String);
    let cases: &[(&str, Change, Refusal)] = &[
        (
            "version 3",
            |b| replace(b, r#""version":4"#, r#""version":3"#),
            Refusal::Unsupported("version 3 of the IAS report"),
        ),
        (
            "version 6",
            |b| replace(b, r#""version":4"#, r#""version":6"#),
            Refusal::Unsupported("version 6 of the IAS report"),
        ),
        (
            "no version",
            |b| replace(b, r#""version":4"#, r#""edition":4"#),
            Refusal::Unsupported("version 1 or 2 of the IAS report"),
        ),
        ("no time", |b| replace(b, "timestamp", "time"), Refusal::Malformed("IAS report body")),
        (
            "a time in an unexpected format",
            |b| replace(b, "T", " T"),
            Refusal::Malformed("IAS report body"),
        ),
        (
            "no status",
            |b| replace(b, "isvEnclaveQuoteStatus", "status"),
            Refusal::Malformed("IAS report body"),
        ),
        (
            "a status twice",
            |b| replace(b, r#""version":4"#, r#""version":4,"isvEnclaveQuoteStatus":"OK""#),
            Refusal::Malformed("IAS report body"),
        ),
        (
            "no quote",
            |b| replace(b, "isvEnclaveQuoteBody", "quote"),
            Refusal::Malformed("IAS report body"),
        ),
        (
            "a signature type that there is not",
            |b| replace(b, r#""isvEnclaveQuoteBody":"AgAB"#, r#""isvEnclaveQuoteBody":"AgAC"#),
            Refusal::Mismatch(Check::EPID_SIGN_TYPE),
        ),
        (
            "a quote that is too short",
            |b| replace(b, r#""isvEnclaveQuoteBody":"AgAB"#, r#""isvEnclaveQuoteBody":""#),
            Refusal::Malformed("quote in the IAS report"),
        ),
        (
            "a quote that is too long",
            |b| replace(b, r#""isvEnclaveQuoteBody":""#, r#""isvEnclaveQuoteBody":"AAAA"#),
            Refusal::TooLarge("quote in the IAS report"),
        ),
        (
            "an advisory that is none",
            |b| replace(b, r#""version":4"#, r#""version":4,"advisoryIDs":["A,B"]"#),
            Refusal::Malformed("IAS report body"),
        ),
        ("no JSON", |b| b.truncate(20), Refusal::Malformed("IAS report body")),
    ];
    for (name, change, expected) in cases {
        let report = with_body(change);
        refused(name, verifier().verify(&report, SystemTime::now()), expected);
    }
    let unlinkable = IasAnswer { linkable: false, ..IasAnswer::default() };
    verifier().verify(&passport(&unlinkable), SystemTime::now()).unwrap();
    let version_3 = IasAnswer { quote_version: 3, ..IasAnswer::default() };
    assert_eq!(
        refusal_of(&passport(&version_3)),
        Refusal::Unsupported("quote version 3 of platform SGX_EPID")
    );
}

#[test]
fn reports_are_refused_outside_their_time() {
    let at = SystemTime::now();
    let report = passport(&IasAnswer { at, ..IasAnswer::default() });
    let verify = |now| refusal(&verifier().verify(&report, now).unwrap_err());
    verifier().verify(&report, at + 30 * DAY - Duration::from_secs(1)).unwrap();
    let second = Duration::from_secs(1);
    assert_eq!(verify(at + 30 * DAY + second), Refusal::Expired(Endorsement::EPID_REPORT));
    assert_eq!(verify(at - second), Refusal::NotYetValid(Endorsement::EPID_REPORT));
    assert_eq!(verify(at - 2 * DAY), Refusal::NotYetValid(Endorsement::EPID_CHAIN));
    assert_eq!(verify(at + 3651 * DAY), Refusal::Expired(Endorsement::EPID_CHAIN));
}

#[test]
fn certificates_are_refused_outside_their_time() {
    let now = SystemTime::now();
    let (past, future) = (now - 9 * DAY..now - DAY, now + DAY..now + 9 * DAY);
    let expired = Refusal::Expired(Endorsement::EPID_CHAIN);
    let early = Refusal::NotYetValid(Endorsement::EPID_CHAIN);
    for (options, expected) in [
        (IasOptions { signer: past.clone(), ..IasOptions::default() }, &expired),
        (IasOptions { root: past, ..IasOptions::default() }, &expired),
        (IasOptions { signer: future.clone(), ..IasOptions::default() }, &early),
        (IasOptions { root: future, ..IasOptions::default() }, &early),
    ] {
        let ias = SimulatedIas::new(options).unwrap();
        let report =
            ias.passport(&IasAnswer::default(), &EnclaveIdentity::default(), &request()).unwrap();
        let error = trusting(&ias).verify(&report, now).unwrap_err();
        assert_eq!(&refusal(&error), expected, "{error:?}");
    }
}

#[test]
fn a_quote_alone_is_refused_with_the_reason() {
    let mut quote = vec![2, 0, 1, 0];
    quote.resize(432, 0);
    quote.extend(680_u32.to_le_bytes());
    quote.extend([7; 680]);
    let message = EpidReport { b64_quote: STANDARD.encode(quote) };
    for report_type in ["BackgroundCheck", "Passport"] {
        let mut report = passport(&IasAnswer::default());
        let inner = report.report.as_mut().unwrap();
        inner.str_report_type = report_type.into();
        inner.json_report = json::to_string(&message);
        for builder in [
            Verifier::builder(),
            Verifier::builder().insecure_aecs20_simulation(Arc::new(Aecs20Quotes)),
        ] {
            let verifier = builder.vendor_roots().build().unwrap();
            let error = verifier.verify(&report, SystemTime::now()).unwrap_err();
            assert_eq!(refusal(&error), Refusal::EpidServiceEnded);
            assert!(error.to_string().contains("ended in April 2025"), "{error}");
        }
    }
    let mut report = passport(&IasAnswer::default());
    report.report.as_mut().unwrap().str_report_type = "BackgroundCheck".into();
    assert_eq!(refusal_of(&report), Refusal::Malformed("EPID report"));
}

#[test]
fn another_key_is_refused() {
    let mut report = passport(&IasAnswer::default());
    report.pem_public_key = KeyPair::generate(Suite::Modern).unwrap().public().pem().into();
    let error = verifier().verify(&report, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
}

#[test]
fn no_root_that_is_none_becomes_one() {
    for no_root in [IAS.certificate_der(), b"", b"0"] {
        let builder = Verifier::builder().root(Platform::SgxEpid, no_root);
        assert!(matches!(builder.build(), Err(Error::Malformed { what: "root certificate", .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn damaged_reports_never_panic(
        at in 0..6000_usize,
        by in proptest::collection::vec(any::<u8>(), 0..32),
        signed in any::<bool>(),
    ) {
        let genuine = answer(&passport(&IasAnswer::default()));
        let splice = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            for (byte, by) in bytes.iter_mut().skip(at).zip(&by) {
                *byte = *by;
            }
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let report = if signed {
            wrap(&IAS.sign(splice(&genuine.json_response_body)).unwrap())
        } else {
            wrap(&IasReport { str_signing_cert: splice(&genuine.str_signing_cert), ..genuine })
        };
        let _ = verifier().verify(&report, SystemTime::now());
        let mut whole = passport(&IasAnswer::default());
        let inner = whole.report.as_mut().unwrap();
        inner.json_report = splice(&inner.json_report);
        let _ = verifier().verify(&whole, SystemTime::now());
    }
}
