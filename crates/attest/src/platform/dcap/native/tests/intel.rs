//! Intel's own samples, which come with the sources of its quote verification library
//! (`Src/AttestationApp/sampleData`) and are not part of this repository. The environment variable
//! `AECS_INTEL_SAMPLES` names their directory.

use std::path::PathBuf;
use std::time::Duration;

use aecs_proto::SgxQlQveCollateral;

use super::every;
use super::oracle::{Case, full};
use crate::anchor::{Anchor, Backing};
use crate::clock::from_unix_seconds;
use crate::collateral::IntelTee;
use crate::error::{Check, Error};
use crate::tcb::TcbStatus;

/// 2019-09-06, 2022-01-01: a time in the certificates' years.
const SGX_TIME: u64 = 1_567_728_000;
const TDX_TIME: u64 = 1_640_995_200;

fn samples() -> Vec<Case> {
    let Some(dir) = std::env::var_os("AECS_INTEL_SAMPLES").map(PathBuf::from) else {
        skipped();
        return Vec::new();
    };
    vec![
        case(&dir, IntelTee::Sgx, "pem", SGX_TIME),
        case(&dir, IntelTee::Sgx, "der", SGX_TIME),
        case(&dir.join("tdx"), IntelTee::Tdx, "der", TDX_TIME),
    ]
}

#[allow(clippy::print_stderr, reason = "a skipped test must say so")]
fn skipped() {
    eprintln!("SKIPPED: AECS_INTEL_SAMPLES does not name the directory of Intel's samples");
}

fn case(dir: &std::path::Path, tee: IntelTee, crls: &str, now: u64) -> Case {
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
    let text = |name: &str| String::from_utf8(read(name)).unwrap();
    let crl = |name: &str| match crls {
        "pem" => text(&format!("{name}.pem")),
        _ => hex::encode(read(&format!("{name}.der"))),
    };
    let collateral = SgxQlQveCollateral {
        pck_certificate_chain: String::new(),
        version: 3,
        pck_crl_issuer_chain: text("pckSignChain.pem"),
        root_ca_crl: crl("rootCaCrl"),
        pck_crl: crl("intermediateCaCrl"),
        tcb_info_issuer_chain: text("tcbSignChain.pem"),
        tcb_info: text("tcbInfo.json"),
        qe_identity_issuer_chain: text("tcbSignChain.pem"),
        qe_identity: text("qeIdentity.json"),
        tee_type: tee.number(),
        ..Default::default()
    };
    let root = pem::parse(read("trustedRootCaCert.pem")).unwrap().into_contents();
    Case {
        tee,
        quote: read("quote.dat"),
        collateral,
        beside: [read("pckCert.pem"), read("pckSignChain.pem")].concat(),
        anchor: Anchor { der: root, backing: Backing::Hardware },
        now: from_unix_seconds(now),
    }
}

#[test]
fn the_sample_of_an_enclave_is_genuine() {
    for case in samples().into_iter().filter(|case| case.tee == IntelTee::Sgx) {
        let verdict = case.verdict().map_err(|error| full(&error)).unwrap();
        assert_eq!(verdict.tcb_status, TcbStatus::UpToDate);
        assert!(verdict.advisory_ids.is_empty());
        // The library refuses it: this is what all of this is for.
        assert!(case.library().is_err());
    }
}

/// Intel's own application refuses this sample, with and without its QE identity
/// (STATUS_TDX_MODULE_MISMATCH): its TDX module has a version that its TCB info does not list. The
/// library of its time did not look at that, and took it without the QE identity; with it, there
/// was another signer (STATUS_QE_IDENTITY_MISMATCH). All the rest of it holds.
#[test]
fn the_sample_of_a_trust_domain_holds_but_for_its_module_and_its_quoting_enclave() {
    for case in samples().into_iter().filter(|case| case.tee == IntelTee::Tdx) {
        let error = case.verdict().unwrap_err();
        let Error::Mismatch { check: Check::TDX_MODULE, actual, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(actual, "TDX_C1");
        let (level, _) = case.but_for_qe_and_module().map_err(|error| full(&error)).unwrap();
        assert_eq!(level.status, TcbStatus::UpToDate);
        assert_eq!(level.advisory_ids, ["INTEL-SA-00079", "INTEL-SA-00076"]);
        assert!(case.library().is_err());
    }
}

/// Whether a sample is refused, and the sample of a trust domain for more than it always is.
fn refused(case: &Case) -> bool {
    match case.tee {
        IntelTee::Sgx => case.verdict().is_err(),
        IntelTee::Tdx => case.but_for_qe_and_module().is_err(),
    }
}

#[test]
fn every_byte_of_a_sample_counts() {
    for case in samples() {
        for at in (0..case.quote.len()).step_by(every(3)) {
            let mut changed = case.clone();
            changed.quote[at] ^= 0x04;
            assert!(refused(&changed), "{:?}, byte {at}", case.tee);
        }
        for len in (0..case.quote.len()).step_by(every(11)) {
            let mut changed = case.clone();
            changed.quote.truncate(len);
            assert!(refused(&changed), "{:?}, {len} bytes", case.tee);
        }
    }
}

#[test]
fn every_certificate_of_a_sample_counts() {
    for case in samples() {
        if case.tee == IntelTee::Tdx {
            continue; // In the quote: above.
        }
        let blocks = pem::parse_many(&case.beside).unwrap();
        for (i, block) in blocks.iter().enumerate() {
            for at in (0..block.contents().len()).step_by(every(9)) {
                let mut der = block.contents().to_vec();
                der[at] ^= 0x01;
                let mut blocks = blocks.clone();
                blocks[i] = pem::Pem::new("CERTIFICATE", der);
                let beside: String = blocks.iter().map(pem::encode).collect();
                let changed = Case { beside: beside.into(), ..case.clone() };
                assert!(changed.verdict().is_err(), "certificate {i}, byte {at}");
            }
        }
    }
}

#[test]
fn every_part_of_a_samples_collateral_counts() {
    type Field = fn(&mut SgxQlQveCollateral) -> &mut String;
    let fields: [Field; 7] = [
        |c| &mut c.pck_crl_issuer_chain,
        |c| &mut c.root_ca_crl,
        |c| &mut c.pck_crl,
        |c| &mut c.tcb_info_issuer_chain,
        |c| &mut c.tcb_info,
        |c| &mut c.qe_identity_issuer_chain,
        |c| &mut c.qe_identity,
    ];
    for case in samples() {
        for (part, field) in fields.into_iter().enumerate() {
            let text = field(&mut case.collateral.clone()).clone();
            for at in (0..text.len()).step_by(every(31)) {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = match bytes[at] {
                    byte
                    @ (b'0'..=b'8' | b'a'..=b'e' | b'A'..=b'E' | b'g'..=b'y' | b'G'..=b'Y') => {
                        byte + 1
                    }
                    _ => continue,
                };
                let mut changed = case.clone();
                *field(&mut changed.collateral) = String::from_utf8(bytes).unwrap();
                assert!(refused(&changed), "{:?}, part {part}, byte {at}", case.tee);
            }
            let mut missing = case.clone();
            field(&mut missing.collateral).clear();
            assert!(missing.verdict().is_err(), "{:?}, part {part} missing", case.tee);
        }
    }
}

#[test]
fn a_sample_has_its_time_and_its_root() {
    for case in samples() {
        let at = |now| Case { now, ..case.clone() };
        let (_, (from, until)) = case.but_for_qe_and_module().unwrap();
        let second = Duration::from_secs(1);
        for (now, genuine) in
            [(from - second, false), (from, true), (until, true), (until + second, false)]
        {
            assert_eq!(!refused(&at(now)), genuine, "{:?} at {now:?}", case.tee);
        }
        let der = crate::platform::dcap::intel_root_der().to_vec();
        let anchor = Anchor { der, ..case.anchor.clone() };
        let error = Case { anchor, ..case.clone() }.verdict().unwrap_err();
        assert!(matches!(error, Error::UnknownRoot { .. }), "{error:?}");
    }
}

#[test]
fn certification_data_has_to_fit() {
    for case in samples() {
        if case.tee == IntelTee::Tdx {
            continue;
        }
        // The last 34 bytes: id, CPUSVN and PCESVN.
        let start = case.quote.len() - 34;
        for at in start..case.quote.len() {
            let mut changed = case.clone();
            changed.quote[at] ^= 0x04;
            let error = changed.verdict().unwrap_err();
            let named = matches!(error, Error::Mismatch { check: Check::CERTIFICATION_DATA, .. });
            assert!(named, "byte {at}: {error:?}");
        }
        // With the PCE's id, and with an id that only Intel can read.
        let (fixed, data) = case.quote.split_at(start);
        let (_ppid, versions) = data.split_at(16);
        for (kind, ppid_len) in [(2u16, 256), (3, 384)] {
            let mut fixed = fixed.to_vec();
            let at = fixed.len() - 6;
            fixed[at..at + 2].copy_from_slice(&kind.to_le_bytes());
            for (pce_id, genuine) in [(&[0, 0][..], true), (&[0, 1], false), (&[0], false)] {
                let data = [vec![0xEE; ppid_len], versions.to_vec(), pce_id.to_vec()].concat();
                let quote = super::vectors::with_chain(&fixed, &data, case.tee);
                let changed = Case { quote, ..case.clone() };
                assert_eq!(changed.verdict().is_ok(), genuine, "{kind} {pce_id:?}");
            }
        }
    }
}
