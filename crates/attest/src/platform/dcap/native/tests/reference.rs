//! What Intel's quote verification library decides and `dcap-qvl` does not, or decides otherwise.

use aecs_sim::TdIdentity;
use serde_json::{Value, json};

use super::super::extension::SgxExtension;
use super::forge::Forge;
use super::oracle::{Case, Tally, full};
use super::simulated::{cpu, enclave, trust_domain};
use crate::checks::Checks;
use crate::collateral::IntelTee;
use crate::error::{Check, Error};
use crate::platform::dcap::chain::Chain;
use crate::platform::dcap::native::certificate::{Certificate, Role};
use crate::tcb::TcbStatus;
use crate::x509::der::{Tag, content, next};

/// The quote of an enclave, that of a trust domain, and the keys to change them with.
fn quotes() -> (Case, Case, Forge) {
    let (dir, cpu) = cpu();
    let td = trust_domain(&cpu, TdIdentity::default());
    (enclave(&cpu), td, Forge::open(dir.path()))
}

fn status(case: &Case) -> TcbStatus {
    case.verdict().map_err(|error| full(&error)).unwrap().tcb_status
}

fn refusal(case: &Case) -> String {
    full(&case.verdict().unwrap_err())
}

#[test]
fn enclaves_have_quotes_of_three_versions() {
    let (enclave, _, forge) = quotes();
    let mut tally = Tally::default();
    for version in [4, 5] {
        let mut case = enclave.clone();
        forge.change_version(&mut case, version);
        assert_eq!(status(&case), TcbStatus::UpToDate, "{version}");
        tally.compare(&case, || format!("version {version}"));
        for at in (0..case.quote.len()).step_by(7) {
            let mut changed = case.clone();
            changed.quote[at] ^= 0x04;
            assert!(changed.verdict().is_err(), "version {version}, byte {at}");
        }
        forge.change_body(&mut case, |body| body[48] |= 0x02);
        forge.change_qe_report(&mut case, |report| report[258] = 0);
        assert!(refusal(&case).contains("a version that is listed"), "version {version}");
    }
    assert!(tally.differences.values().eq(&[2]), "{tally:?}");
}

#[test]
fn a_version_says_which_report_it_has() {
    let (enclave, _, forge) = quotes();
    let mut typed = enclave.clone();
    forge.change_version(&mut typed, 5);
    for kind in [0, 2, 3] {
        let mut case = typed.clone();
        case.quote[48] = kind;
        assert!(refusal(&case).contains(&format!("of kind {kind} is not a report of an enclave")));
    }
    let mut case = typed;
    case.quote[50] ^= 1;
    assert!(case.verdict().is_err());
    // What is not nested is of version 3, and the other way round.
    for version in [4, 6] {
        let mut case = enclave.clone();
        case.quote[0] = version;
        assert!(case.verdict().is_err(), "{version}");
    }
}

#[test]
fn nothing_but_zeros_follows_a_quote() {
    let (enclave, td, _) = quotes();
    for case in [enclave, td] {
        for (byte, genuine) in [(0, true), (1, false)] {
            let mut case = case.clone();
            case.quote.resize(case.quote.len() + 90, byte);
            assert_eq!(case.verdict().is_ok(), genuine, "{:?} {byte}", case.tee);
        }
    }
}

#[test]
fn white_space_is_not_signed() {
    let (enclave, td, forge) = quotes();
    let spread = |text: &mut String| {
        let answer: Value = serde_json::from_str(text).unwrap();
        *text = text.replace(",\"", ",\r\n\t\"").replace("\":", "\" : ");
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), answer);
    };
    for mut case in [enclave, td] {
        spread(&mut case.collateral.tcb_info);
        spread(&mut case.collateral.qe_identity);
        assert_eq!(status(&case), TcbStatus::UpToDate, "{:?}", case.tee);
        // Inside of a text it is.
        let mut changed = case.clone();
        forge.change_tcb_info(&mut changed, |info| info["note"] = json!("a b"));
        assert_eq!(status(&changed), TcbStatus::UpToDate);
        changed.collateral.tcb_info = changed.collateral.tcb_info.replace("a b", "ab");
        assert!(refusal(&changed).contains("signature of the TCB info"));
    }
}

/// Appends a level like the first one, changed.
fn another(levels: &mut Value, change: impl FnOnce(&mut Value)) {
    let levels = levels.as_array_mut().unwrap();
    let mut level = levels.first().unwrap().clone();
    change(&mut level);
    levels.push(level);
}

#[test]
fn a_quoting_enclave_has_one_of_three_statuses() {
    let (enclave, td, forge) = quotes();
    for case in [&enclave, &td] {
        for other in ["ConfigurationNeeded", "OutOfDateConfigurationNeeded", "SWHardeningNeeded"] {
            let mut matched = case.clone();
            forge.change_qe_identity(&mut matched, |identity| {
                identity["tcbLevels"][0]["tcbStatus"] = json!(other);
            });
            let mut lower = case.clone();
            forge.change_qe_identity(&mut lower, |identity| {
                another(&mut identity["tcbLevels"], |level| {
                    level["tcb"]["isvsvn"] = json!(1);
                    level["tcbStatus"] = json!(other);
                });
            });
            for case in [matched, lower] {
                let refusal = refusal(&case);
                assert!(refusal.contains(&format!("a TCB level is {other}")), "{refusal}");
            }
        }
    }
}

#[test]
fn a_platform_has_one_of_seven_statuses() {
    let (enclave, td, forge) = quotes();
    for mut case in [enclave, td] {
        forge.change_tcb_info(&mut case, |info| {
            another(&mut info["tcbLevels"], |level| {
                level["tcb"]["pcesvn"] = json!(1);
                level["tcbStatus"] = json!("TDRelaunchAdvised");
            });
        });
        let refusal = refusal(&case);
        assert!(refusal.contains("a TCB level is TDRelaunchAdvised"), "{refusal}");
    }
}

#[test]
fn no_level_is_there_twice() {
    let (enclave, td, forge) = quotes();
    let older = |level: &mut Value| level["tcbDate"] = json!("2015-01-01T00:00:00Z");
    let mut of_the_enclave = enclave.clone();
    forge.change_qe_identity(&mut of_the_enclave, |identity| {
        another(&mut identity["tcbLevels"], older);
    });
    let mut of_the_module = td.clone();
    forge.change_tcb_info(&mut of_the_module, |info| {
        another(&mut info["tdxModuleIdentities"][0]["tcbLevels"], older);
    });
    for case in [of_the_enclave, of_the_module] {
        let refusal = refusal(&case);
        assert!(refusal.contains("TCB levels are missing or duplicate"), "{refusal}");
    }
}

#[test]
fn what_tcb_info_has_of_tdx_modules_is_not_nothing() {
    let (enclave, td, forge) = quotes();
    for (base, name, value) in [
        (&enclave, "tdxModule", json!(null)),
        (&enclave, "tdxModuleIdentities", json!([])),
        (&enclave, "tdxModuleIdentities", json!(null)),
        (&td, "tdxModule", json!(null)),
        (&td, "tdxModuleIdentities", json!([])),
        (&td, "tdxModuleIdentities", json!(null)),
    ] {
        let mut case = base.clone();
        // The first module is listed by itself.
        if base.tee == IntelTee::Tdx {
            forge.change_body(&mut case, |report| report[1] = 0);
        }
        case.verdict().unwrap();
        forge.change_tcb_info(&mut case, |info| info[name] = value.clone());
        let refusal = refusal(&case);
        let check = refusal.starts_with("failed check: scope of the TCB info")
            || refusal.starts_with("TCB info");
        assert!(check, "{name} {value}: {refusal}");
    }
}

/// A quoting enclave under debugging is one if its identity says so: that is Intel's to sign.
#[test]
fn the_identity_of_the_quoting_enclave_decides_about_debugging() {
    let (enclave, _, forge) = quotes();
    let attributes = |listed: &str, mask: &str| {
        let mut case = enclave.clone();
        forge.change_qe_report(&mut case, |report| report[48] |= 0x02);
        forge.change_qe_identity(&mut case, |identity| {
            identity["attributes"] = json!(format!("{listed}{}", "00".repeat(15)));
            identity["attributesMask"] = json!(format!("{mask}{}", "FF".repeat(15)));
        });
        case
    };
    assert_eq!(status(&attributes("13", "FF")), TcbStatus::UpToDate);
    for (listed, mask) in [("11", "FF"), ("11", "FD"), ("13", "FD")] {
        let refusal = refusal(&attributes(listed, mask));
        assert!(refusal.starts_with("quoting enclave: expected"), "{listed} {mask}: {refusal}");
    }
}

#[test]
fn the_module_is_looked_at_before_the_quoting_enclave() {
    let (_, mut case, forge) = quotes();
    forge.change_qe_identity(&mut case, |identity| identity["mrsigner"] = json!("00".repeat(32)));
    assert!(matches!(
        case.verdict().unwrap_err(),
        Error::Mismatch { check: Check::QE_IDENTITY, .. }
    ));
    forge.change_body(&mut case, |report| report[1] = 0xC1);
    let error = case.verdict().unwrap_err();
    let Error::Mismatch { check: Check::TDX_MODULE, actual, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(actual, "TDX_C1");
}

#[test]
fn a_platform_has_an_instance_and_a_configuration_or_neither() {
    let (enclave, ..) = quotes();
    let chain = Chain::parse("chain", enclave.chain(), 3, &[]).unwrap();
    let pck = Certificate::read(crate::error::Endorsement::PCK_CHAIN, Role::Pck, chain.leaf());
    let pck = pck.unwrap();
    let mut entries = pck.sgx_extension().unwrap();
    let mut entries = content(&mut entries, Tag::Sequence).unwrap();
    let mut list = Vec::new();
    while !entries.is_empty() {
        list.push(next(&mut entries).unwrap().whole);
    }
    let parsed = |places: &[usize]| {
        let content = places.iter().map(|at| list[*at]).collect::<Vec<_>>().concat();
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        let der = [&[0x30, 0x82, high, low], content.as_slice()].concat();
        SgxExtension::read(&der, &mut Checks::new()).is_ok()
    };
    assert!(parsed(&[0, 1, 2, 3, 4, 5, 6]) && parsed(&[0, 1, 2, 3, 4]));
    assert!(!parsed(&[0, 1, 2, 3, 4, 5]) && !parsed(&[0, 1, 2, 3, 4, 6]));
}
