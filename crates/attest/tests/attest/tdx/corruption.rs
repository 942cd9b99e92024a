//! Every part of a report is changed once, and each change is refused by its own check.

use std::time::{Duration, SystemTime};

use aecs_attest::{Check, Endorsement, Error, TcbStatus, Verifier};
use aecs_sim::{CpuOptions, TdIdentity};

use crate::support::dcap::{COLLATERAL, LEAF, PCK_ROOT, PLATFORM_CA, flip_certificate, replace};
use crate::support::refusal::{Refusal, refusal, refused};
use crate::tdx::support::{FORMATS, Parts, Simulation};

const DAY: Duration = Duration::from_secs(24 * 3600);

type Corruption = (&'static str, fn(&mut Parts), Refusal);

const SIGNATURE_SECTION: Refusal = Refusal::Malformed("signature section of the quote");

/// Fields of the trust domain's report, by their places in it.
const FIELDS: &[(&str, usize)] = &[
    ("TCB", 0),
    ("module", 16),
    ("module's signer", 64),
    ("module's attributes", 112),
    ("debugging", 120),
    ("page faults and migration", 123),
    ("features", 128),
    ("initial memory", 136),
    ("configuration", 184),
    ("owner", 232),
    ("owner's configuration", 280),
    ("RTMR0", 328),
    ("RTMR1", 376),
    ("RTMR2", 424),
    ("RTMR3", 472),
    ("user data", 520),
    ("bound key", 552),
];

const CORRUPTIONS: &[Corruption] = &[
    // The quote.
    (
        "quote signature",
        |p| p.quote[p.at.signature] ^= 1,
        Refusal::Untrusted(Check::QUOTE_SIGNATURE),
    ),
    ("user data of the header", |p| p.quote[30] ^= 1, Refusal::Untrusted(Check::QUOTE_SIGNATURE)),
    (
        "attestation key",
        |p| p.quote[p.at.attestation_key] ^= 1,
        Refusal::Mismatch(Check::ATTESTATION_KEY),
    ),
    (
        "QE auth data",
        |p| p.quote[p.at.authentication_data] ^= 1,
        Refusal::Mismatch(Check::ATTESTATION_KEY),
    ),
    (
        "QE report",
        |p| p.quote[p.at.qe_report + 64] ^= 1,
        Refusal::Untrusted(Check::QE_REPORT_SIGNATURE),
    ),
    (
        "QE report signature",
        |p| p.quote[p.at.qe_report_signature] ^= 1,
        Refusal::Untrusted(Check::QE_REPORT_SIGNATURE),
    ),
    ("QE vendor", |p| p.quote[12] ^= 1, Refusal::Mismatch(Check::QUOTE_HEADER)),
    ("attestation key type", |p| p.quote[2] = 3, Refusal::Mismatch(Check::QUOTE_HEADER)),
    ("TEE type", |p| p.quote[4] = 0x82, Refusal::Unsupported("TEE type 0x82 of platform TDX")),
    ("quote version", |p| p.quote[0] = 6, Refusal::Unsupported("quote version 6 of platform TDX")),
    (
        "quote version of SGX",
        |p| p.quote[0] = 3,
        Refusal::Unsupported("quote version 3 of platform TDX"),
    ),
    (
        "TEE type of SGX",
        |p| p.quote[4] = 0,
        Refusal::Unsupported("an SGX quote (version 4) of platform TDX"),
    ),
    ("trailing byte", |p| p.quote.push(1), Refusal::Malformed("quote")),
    ("missing byte", |p| p.quote.truncate(p.quote.len() - 1), Refusal::Malformed("quote")),
    ("no quote", |p| p.quote.clear(), Refusal::Malformed("quote")),
    ("length of the signature", |p| p.quote[p.at.signature - 4] ^= 1, Refusal::Malformed("quote")),
    (
        "nested certification data",
        |p| p.quote[p.at.nested] = 5,
        Refusal::Unsupported("certification data of type 5"),
    ),
    ("length of the nested data", |p| p.quote[p.at.nested + 2] ^= 1, SIGNATURE_SECTION),
    (
        "certification data type",
        |p| p.quote[p.at.chain - 6] = 7,
        Refusal::Unsupported("certification data of type 7 (a platform manifest)"),
    ),
    ("length of the certification data", |p| p.quote[p.at.chain - 4] ^= 1, SIGNATURE_SECTION),
    // The certificates in the quote.
    (
        "PCK certificate",
        |p| p.change_pck_chain(|chain| flip_certificate(chain, LEAF)),
        Refusal::Untrusted(Check::CERTIFICATE_CHAIN),
    ),
    (
        "platform CA",
        |p| p.change_pck_chain(|chain| flip_certificate(chain, PLATFORM_CA)),
        Refusal::Mismatch(Check::PCK_CRL_ISSUER),
    ),
    (
        "root of the PCK chain",
        |p| p.change_pck_chain(|chain| flip_certificate(chain, PCK_ROOT)),
        Refusal::Root(Endorsement::PCK_CHAIN),
    ),
    (
        "two PCK certificates",
        |p| p.change_pck_chain(|chain| chain.push_str(&chain.clone())),
        Refusal::Malformed("PCK certificate chain"),
    ),
    (
        "text between the certificates",
        |p| p.change_pck_chain(|chain| replace(chain, "-----\n-----BEGIN", "-----\nx\n-----BEGIN")),
        Refusal::Malformed("PCK certificate chain"),
    ),
    // The event log.
    (
        "digest in the event log",
        |p| *p.event_log.iter_mut().rev().nth(4 + 6).unwrap() ^= 1,
        Refusal::Mismatch(Check::TDX_RTMR2),
    ),
    ("cut event log", |p| p.event_log.truncate(200), Refusal::Malformed("event log")),
    ("trailing byte of the event log", |p| p.event_log.push(7), Refusal::Malformed("event log")),
];

fn identity() -> TdIdentity {
    TdIdentity::default().with_events(&[(0, b"firmware"), (1, b"kernel"), (2, b"script")])
}

#[test]
fn every_change_is_refused_by_its_own_check() {
    let simulation = Simulation::new();
    let genuine = Parts::of(&simulation.passport(identity()));
    simulation.verify(&genuine.assemble()).unwrap();

    for (name, corrupt, expected) in CORRUPTIONS {
        let mut parts = genuine.clone();
        corrupt(&mut parts);
        refused(name, simulation.verify(&parts.assemble()), expected);
    }
    for (name, corrupt, expected) in COLLATERAL {
        let mut parts = genuine.clone();
        corrupt(&mut parts.collateral);
        refused(name, simulation.verify(&parts.assemble()), expected);
    }
}

/// Also where the library is shown another quote than the one that came: without the attribute that
/// it wants, or with the one that it does not.
#[test]
fn every_field_of_the_report_is_signed() {
    let simulation = Simulation::new();
    let migratable = 1 << 28 | 1 << 29;
    for (format, attributes) in
        FORMATS.into_iter().zip([1 << 28, migratable, migratable, migratable])
    {
        let identity = TdIdentity { format, attributes, ..TdIdentity::default() };
        let genuine = Parts::of(&simulation.passport(identity));
        simulation.verify(&genuine.assemble()).unwrap();
        for (name, at) in FIELDS {
            let mut parts = genuine.clone();
            parts.quote[parts.at.report + at] ^= 0x10;
            let error = simulation.verify(&parts.assemble()).unwrap_err();
            // The key is compared first.
            let expected = match *name {
                "bound key" => Refusal::BindsAnotherKey,
                _ => Refusal::Untrusted(Check::QUOTE_SIGNATURE),
            };
            assert_eq!(refusal(&error), expected, "{format:?}, {name}: {error:?}");
        }
    }
}

#[test]
fn bytes_all_over_the_quote_count() {
    let simulation = Simulation::new();
    let verifier = simulation.verifier();
    for (format, step) in FORMATS.into_iter().zip([3, 11, 11, 11]) {
        let identity = TdIdentity { format, ..TdIdentity::default() };
        let genuine = Parts::of(&simulation.passport(identity));
        for at in (0..genuine.at.chain).step_by(step) {
            let mut parts = genuine.clone();
            parts.quote[at] ^= 0x40;
            let result = verifier.verify(&parts.assemble(), SystemTime::now());
            assert!(result.is_err(), "{format:?}, byte {at}");
        }
    }
}

#[test]
fn the_buffer_of_a_quote_may_be_larger() {
    let simulation = Simulation::new();
    for format in FORMATS {
        let identity = TdIdentity { format, ..TdIdentity::default() };
        let mut parts = Parts::of(&simulation.passport(identity));
        parts.quote.extend([0; 70]);
        simulation.verify(&parts.assemble()).unwrap();
    }
}

#[test]
fn reports_of_other_kinds_and_lengths_are_refused() {
    let simulation = Simulation::new();
    let identity = TdIdentity { format: FORMATS[2], ..TdIdentity::default() };
    let genuine = Parts::of(&simulation.passport(identity));
    let refused = |kind: u8| {
        let mut parts = genuine.clone();
        parts.quote[48] = kind;
        refusal(&simulation.verify(&parts.assemble()).unwrap_err())
    };
    assert_eq!(refused(1), Refusal::Unsupported("report type 1 of platform TDX"));
    assert_eq!(refused(5), Refusal::Unsupported("report type 5 of platform TDX"));
    assert_eq!(refused(2), Refusal::Malformed("TD report"));
    assert_eq!(refused(4), Refusal::Malformed("TD report"));
}

#[test]
fn service_trust_domains_must_not_have_changed() {
    let simulation = Simulation::new();
    let identity = |now: u8| TdIdentity {
        format: FORMATS[3],
        mrservicetd: [1; 48],
        current_mrservicetd: [now; 48],
        ..TdIdentity::default()
    };
    for now in [0, 1] {
        let verified = simulation.verify_identity(identity(now)).unwrap();
        assert_eq!(verified.as_proto().hex_mrservicetd, "01".repeat(48));
        assert_eq!(verified.as_proto().bool_migration_disabled, "false");
    }
    let error = simulation.verify_identity(identity(2)).unwrap_err();
    let changed = "a trust domain whose service trust domains changed after its launch";
    assert_eq!(refusal(&error), Refusal::Unsupported(changed));
}

#[test]
fn collateral_of_enclaves_is_refused() {
    let simulation = Simulation::new();
    let mut parts = Parts::of(&simulation.passport(TdIdentity::default()));
    let enclave = simulation.cpu.enclave(aecs_sim::EnclaveIdentity::default());
    let request = aecs_attest::ReportRequest::passport(
        crate::tdx::support::USER_DATA,
        simulation.key.public(),
    );
    let report = aecs_attest::Attester::attest(&enclave, &request).unwrap();
    let sgx: aecs_proto::DcapReport =
        aecs_proto::json::from_str(&crate::tdx::support::inner(&report).json_report).unwrap();
    let sgx: aecs_proto::SgxQlQveCollateral =
        aecs_proto::json::from_str(&sgx.json_collateral).unwrap();

    let genuine = parts.collateral.clone();
    parts.collateral.tcb_info = sgx.tcb_info;
    let error = simulation.verify(&parts.assemble()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Mismatch(Check::TCB_INFO_SCOPE), "{error:?}");
    parts.collateral = genuine;
    parts.collateral.qe_identity = sgx.qe_identity;
    let error = simulation.verify(&parts.assemble()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Mismatch(Check::QE_IDENTITY_SCOPE), "{error:?}");
}

#[test]
fn another_cpus_root_is_refused() {
    let (simulation, other) = (Simulation::new(), Simulation::new());
    let report = simulation.passport(TdIdentity::default());
    let error = other.verify(&report).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Root(Endorsement::PCK_CHAIN), "{error:?}");
    let vendors = Verifier::builder().vendor_roots().build().unwrap();
    let error = vendors.verify(&report, SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Root(Endorsement::PCK_CHAIN), "{error:?}");
}

#[test]
fn revoked_certificates_and_platforms_are_refused() {
    let simulation = Simulation::new();
    simulation.cpu.set_pck_revoked(true).unwrap();
    let error = simulation.verify_identity(TdIdentity::default()).unwrap_err();
    let revoked = matches!(error, Error::Revoked { what: Endorsement::PCK_CHAIN, .. });
    assert!(revoked, "{error:?}");

    let options = CpuOptions { tcb_status: TcbStatus::Revoked, ..CpuOptions::default() };
    let error = Simulation::with(options).verify_identity(TdIdentity::default()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Mismatch(Check::TCB_REVOKED), "{error:?}");
}

#[test]
fn reports_are_refused_outside_their_time() {
    let simulation = Simulation::new();
    let report = simulation.passport(TdIdentity::default());
    let verifier = simulation.verifier();
    let now = SystemTime::now();
    let error = verifier.verify(&report, now + 40 * DAY).unwrap_err();
    assert!(matches!(error, Error::Expired { .. }), "{error:?}");
    let error = verifier.verify(&report, now - 2 * DAY).unwrap_err();
    assert!(matches!(error, Error::NotYetValid { .. }), "{error:?}");

    let verified = verifier.verify(&report, now).unwrap();
    let (from, until) = (verified.valid_from(), verified.valid_until());
    let verifier = simulation.verifier();
    assert!(verifier.verify(&report, from).is_ok() && verifier.verify(&report, until).is_ok());
    let second = Duration::from_secs(1);
    assert!(verifier.verify(&report, from - second).is_err());
    assert!(verifier.verify(&report, until + second).is_err());
}

/// Also when the library is shown other authentication data and other attributes at once.
#[test]
fn authentication_data_may_have_any_length() {
    let simulation = Simulation::new();
    let verifier = simulation.verifier();
    let now = SystemTime::now();
    for format in FORMATS {
        for attributes in [1 << 28, 1 << 28 | 1 << 29] {
            let identity = TdIdentity { format, attributes, ..TdIdentity::default() };
            let mut parts = Parts::of(&simulation.passport(identity.clone()));
            let report_data = parts.at.report + 520;
            let report_data = parts.quote[report_data..report_data + 64].try_into().unwrap();
            let td = simulation.cpu.trust_domain(identity);
            for data in [&[] as &[u8], &[7; 20]] {
                parts.quote = td.quote_with_authentication_data(report_data, data).unwrap();
                verifier.verify(&parts.assemble(), now).unwrap();
                let genuine = parts.quote.clone();
                let chain = parts.at.authentication_data + data.len() + 6;
                for at in (0..chain).step_by(31) {
                    parts.quote = genuine.clone();
                    parts.quote[at] ^= 0x10;
                    assert!(verifier.verify(&parts.assemble(), now).is_err(), "byte {at}");
                }
            }
        }
    }
}
