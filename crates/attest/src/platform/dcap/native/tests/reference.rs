//! What Intel's quote verification library decides and `dcap-qvl` does not, or decides otherwise.

use serde_json::{Value, json};

use super::forge::Forge;
use super::oracle::{Case, Tally, full};
use super::simulated::{case, cpu};
use crate::collateral::IntelTee;
use crate::simulation::{EnclaveIdentity, TdIdentity};
use crate::tcb::TcbStatus;

/// The quote of an enclave, that of a trust domain, and the keys to change them with.
fn quotes() -> (Case, Case, Forge) {
    let (dir, cpu) = cpu();
    let enclave = case(&cpu, &cpu.enclave(EnclaveIdentity::default()), IntelTee::Sgx);
    let td = case(&cpu, &cpu.trust_domain(TdIdentity::default()), IntelTee::Tdx);
    (enclave, td, Forge::open(dir.path()))
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
        assert!(refusal(&case).contains(&format!("of kind {kind}, is no enclave's")));
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
