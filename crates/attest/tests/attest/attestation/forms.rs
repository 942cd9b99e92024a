//! Collateral in every form in which Intel's services and libraries give it, and from a source.

use std::sync::Arc;
use std::time::SystemTime;

use crate::attestation::support::{Parts, Simulation, at};
use crate::support::dcap::replace;
use aecs_attest::{Backing, Check, Error, Platform, TcbStatus, Verifier};
use aecs_proto::SgxQlQveCollateral;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

type Field = fn(&mut SgxQlQveCollateral) -> &mut String;

const CHAINS: [Field; 3] = [
    |c| &mut c.pck_crl_issuer_chain,
    |c| &mut c.tcb_info_issuer_chain,
    |c| &mut c.qe_identity_issuer_chain,
];
const CRLS: [Field; 2] = [|c| &mut c.root_ca_crl, |c| &mut c.pck_crl];
const ANSWERS: [Field; 2] = [|c| &mut c.tcb_info, |c| &mut c.qe_identity];

type Form = (&'static str, fn(&str) -> String);

fn root_first(chain: &str) -> String {
    let mut blocks = pem::parse_many(chain).unwrap();
    blocks.reverse();
    blocks.iter().map(pem::encode).collect()
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || byte == b'-' => char::from(byte).into(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn der(crl: &str) -> Vec<u8> {
    hex::decode(crl).unwrap()
}

fn pem_of(crl: &str) -> String {
    pem::encode(&pem::Pem::new("X509 CRL", der(crl)))
}

const CHAIN_FORMS: &[Form] = &[
    ("root first", root_first),
    ("percent-encoded", percent_encoded),
    ("percent-encoded, root first", |chain| percent_encoded(&root_first(chain))),
    ("with NUL", |chain| format!("{chain}\0")),
    ("with line feeds", |chain| format!("{chain}\n\n")),
    ("CRLF", |chain| chain.replace("\r\n", "\n").replace('\n', "\r\n")),
];

const CRL_FORMS: &[Form] = &[
    ("PEM", pem_of),
    ("PEM with NUL", |crl| format!("{}\0", pem_of(crl))),
    ("upper case", str::to_uppercase),
    ("with NUL", |crl| format!("{crl}\0")),
    ("Base64", |crl| STANDARD.encode(der(crl))),
    ("Base64 of PEM", |crl| STANDARD.encode(pem_of(crl))),
];

const ANSWER_FORMS: &[Form] = &[
    ("with NUL", |answer| format!("{answer}\0")),
    ("with line feed", |answer| format!("{answer}\n")),
    ("with spaces around the signed text", |answer| {
        format!(
            " {}",
            answer.replacen("\":{", "\" : {", 1).replace(",\"signature\"", " , \"signature\"")
        )
    }),
];

#[test]
fn every_form_is_the_same_collateral() {
    let simulation = Simulation::new();
    let genuine = Parts::of(&simulation.passport());
    let kinds: [(&[Field], &[Form]); 3] =
        [(&CHAINS, CHAIN_FORMS), (&CRLS, CRL_FORMS), (&ANSWERS, ANSWER_FORMS)];
    for (fields, forms) in kinds {
        for (name, form) in forms {
            let mut parts = genuine.clone();
            for field in fields {
                let text = field(&mut parts.collateral);
                *text = form(text);
            }
            let result = simulation.verify(&parts.assemble());
            assert!(result.is_ok(), "{name}: {result:?}");
        }
    }
    for version in [3, 4, 0x1_0003, 0x1_0004] {
        let mut parts = genuine.clone();
        parts.collateral.version = version;
        assert!(simulation.verify(&parts.assemble()).is_ok(), "version {version}");
    }
}

#[test]
fn a_form_does_not_hide_a_change() {
    let simulation = Simulation::new();
    let genuine = Parts::of(&simulation.passport());
    for (name, form) in CRL_FORMS {
        let mut parts = genuine.clone();
        let crl = &mut parts.collateral.pck_crl;
        let mut changed = der(crl);
        *changed.last_mut().unwrap() ^= 1;
        *crl = form(&hex::encode(changed));
        let error = simulation.verify(&parts.assemble()).unwrap_err();
        let refused = matches!(error, Error::Untrusted { check: Check::PCK_CRL, .. });
        assert!(refused, "{name}: {error:?}");
    }
}

#[test]
fn the_chain_in_the_quote_may_have_its_root_first() {
    let simulation = Simulation::new();
    let mut parts = Parts::of(&simulation.passport());
    parts.change_pck_chain(|chain| *chain = format!("{}\0", root_first(chain)));
    simulation.verify(&parts.assemble()).unwrap();
}

#[test]
fn tcb_info_of_version_2_is_verified_as_it_came() {
    let simulation = Simulation::new();
    simulation.cpu.set_older_tcb_info(true).unwrap();
    simulation.cpu.set_tcb_status(TcbStatus::SwHardeningNeeded, &["AECS-SIM-7"]).unwrap();
    let genuine = Parts::of(&simulation.passport());
    assert!(genuine.collateral.tcb_info.contains("sgxtcbcomp16svn"));
    assert!(!genuine.collateral.tcb_info.contains("sgxtcbcomponents"));
    let verified = simulation.verify(&genuine.assemble()).unwrap();
    assert_eq!(verified.tcb_status(), TcbStatus::SwHardeningNeeded);
    assert_eq!(verified.as_proto().str_advisory_ids, "AECS-SIM-7");
    let mut spread = genuine.clone();
    replace(&mut spread.collateral.tcb_info, r#"{"tcbInfo":{"#, r#"{"tcbInfo":{ "#);
    simulation.verify(&spread.assemble()).unwrap();

    let changes = [
        ("SWHardeningNeeded", "UpToDate"),
        (r#""pcesvn":13"#, r#""pcesvn":12"#),
        ("AECS-SIM-7", "AECS-SIM- 7"),
    ];
    for (part, by) in changes {
        let mut parts = genuine.clone();
        replace(&mut parts.collateral.tcb_info, part, by);
        let error = simulation.verify(&parts.assemble()).unwrap_err();
        let signature = matches!(error, Error::Untrusted { check: Check::TCB_INFO_SIGNATURE, .. });
        assert!(signature, "{part}: {error:?}");
    }

    simulation.cpu.set_tcb_status(TcbStatus::Revoked, &[]).unwrap();
    let error = simulation.verify(&simulation.passport()).unwrap_err();
    let revoked = matches!(error, Error::Mismatch { check: Check::TCB_REVOKED, .. });
    assert!(revoked, "{error:?}");
}

#[test]
fn any_root_can_be_hardwares() {
    let simulation = Simulation::new();
    let root = simulation.cpu.root_der();
    let verifier = Verifier::builder().root(Platform::SgxDcap, root).build().unwrap();
    let verified = verifier.verify(&simulation.passport(), SystemTime::now()).unwrap();
    assert_eq!(verified.backing(), Backing::Hardware);

    // A root counts for the platform that it was given for.
    let verifier = Verifier::builder().root(Platform::Tdx, root).build().unwrap();
    let error = verifier.verify(&simulation.passport(), SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::UnknownRoot { .. }), "{error:?}");
}

#[test]
fn a_background_check_is_completed_from_the_source() {
    let simulation = Simulation::new();
    let verifier = Verifier::builder()
        .simulated_root(simulation.cpu.root_der())
        .collateral(Arc::new(simulation.cpu.clone()))
        .build()
        .unwrap();
    let report = simulation.background_check();
    let now = SystemTime::now();
    assert_eq!(verifier.verify(&report, now).unwrap().tcb_status(), TcbStatus::UpToDate);
    simulation.cpu.set_pck_revoked(true).unwrap();
    assert!(matches!(verifier.verify(&report, now), Err(Error::Revoked { .. })));

    let other = Simulation::new();
    let error = verifier.verify(&other.background_check(), now).unwrap_err();
    assert!(matches!(error, Error::UnknownRoot { .. }), "{error:?}");
}

#[test]
fn authentication_data_may_have_any_length() {
    let simulation = Simulation::new();
    let enclave = simulation.enclave();
    let mut parts = Parts::of(&simulation.passport());
    let report_data: [u8; 64] =
        parts.quote[at::REPORT_DATA..at::REPORT_DATA + 64].try_into().unwrap();
    for data in [&[] as &[u8], &[1; 20], &[2; 31], &[3; 32], &[4; 33], &[5; 500]] {
        parts.quote = enclave.quote_with_authentication_data(report_data, data).unwrap();
        simulation.verify(&parts.assemble()).unwrap();
        // Nothing but the length is left open.
        let genuine = parts.quote.clone();
        let chain = at::AUTHENTICATION_DATA + data.len() + 6;
        for at in (at::MRENCLAVE..chain).step_by(13).chain(chain - 6 - data.len()..chain) {
            parts.quote = genuine.clone();
            parts.quote[at] ^= 1;
            assert!(simulation.verify(&parts.assemble()).is_err(), "{data:?}, byte {at}");
        }
    }
}
