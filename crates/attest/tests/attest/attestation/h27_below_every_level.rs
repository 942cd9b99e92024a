//! A platform below every level that its vendor lists is not merely out of date.

use std::collections::BTreeSet;
use std::time::SystemTime;

use aecs_attest::{Acceptance, Attester as _, Error, Policy, ReportRequest, TcbStatus, compare};
use aecs_proto::UnifiedAttestationAttributes;
use aecs_sim::TdIdentity;

use crate::attestation::support::{Simulation, USER_DATA, policy};

fn entry(statuses: &str) -> UnifiedAttestationAttributes {
    UnifiedAttestationAttributes { str_tcb_status: statuses.into(), ..Default::default() }
}

#[test]
fn h27_below_every_level() {
    let simulation = Simulation::new();
    simulation.cpu.set_tcb_status(TcbStatus::BelowAllLevels, &["INTEL-SA-7"]).unwrap();
    let request = ReportRequest::passport(USER_DATA, simulation.key.public());
    let td = simulation.cpu.trust_domain(TdIdentity::default());
    let every: Vec<&str> = TcbStatus::acceptable().map(TcbStatus::as_str).collect();
    for report in [simulation.enclave().attest(&request), td.attest(&request)] {
        let verified = simulation.verify(&report.unwrap()).unwrap();
        assert_eq!(verified.tcb_status(), TcbStatus::BelowAllLevels);
        assert_eq!(verified.as_proto().str_tcb_status, "BelowAllLevels");
        assert!(verified.as_proto().str_advisory_ids.contains("INTEL-SA-7"));

        // No list of statuses admits it: not of a rule, and not of a configuration.
        let accepting = Acceptance { tcb_statuses: TcbStatus::ALL.into(), ..Default::default() };
        for statuses in [every.join(",").as_str(), "UpToDate,OutOfDate", ""] {
            let rule = Policy::parse(&policy(vec![entry(statuses)])).unwrap();
            assert!(rule.admit(&verified, &accepting).is_err(), "{statuses}");
            // And no tool suggests one.
            let explained = rule.explain(verified.get(), &accepting);
            assert!(!explained.admits());
            let failed: Vec<_> =
                explained.nearest().flat_map(aecs_attest::Alternative::failures).collect();
            let remedy = failed[0].remedy.as_ref().unwrap();
            assert_eq!((failed.len(), &remedy.entry), (1, &None), "{statuses}");
            assert!(remedy.attester.contains("update"), "{}", remedy.attester);
        }
    }
}

#[test]
fn h27_no_policy_can_list_it() {
    for statuses in ["BelowAllLevels", "UpToDate,BelowAllLevels"] {
        let error = Policy::parse(&policy(vec![entry(statuses)])).unwrap_err();
        assert!(matches!(error, Error::Policy { attribute: "str_tcb_status", .. }), "{error:?}");
        assert!(error.to_string().contains("never accepted"), "{error}");
    }
    let lax = policy(vec![entry("BelowAllLevels")]);
    assert!(compare(&lax, &lax).is_err());
    assert!(!BTreeSet::from_iter(TcbStatus::acceptable()).contains(&TcbStatus::BelowAllLevels));
}

#[test]
fn h27_a_newer_platform_does_not_mend_an_older_launch() {
    let simulation = Simulation::new();
    let mut tcb = TdIdentity::default().tcb;
    tcb[2] = 0;
    let identity =
        TdIdentity { tcb, format: aecs_sim::TdQuoteFormat::V5Tdx15, ..TdIdentity::default() };
    let td = simulation.cpu.trust_domain(identity);
    let report = td.attest(&ReportRequest::passport(USER_DATA, simulation.key.public())).unwrap();
    let verified = simulation.verifier().verify(&report, SystemTime::now()).unwrap();
    assert_eq!(verified.tcb_status(), TcbStatus::BelowAllLevels);
}
