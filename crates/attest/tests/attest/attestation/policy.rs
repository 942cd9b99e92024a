//! Policies: what they admit, and what they refuse to be.

use std::collections::BTreeSet;

use crate::attestation::support::{Simulation, policy};
use aecs_attest::{Acceptance, Attributes, Denial, Error, Policy, TcbStatus, Verified};
use aecs_proto::{
    UnifiedAttestationAttributes, UnifiedAttestationNestedPolicies, UnifiedAttestationNestedPolicy,
    UnifiedAttestationPolicy,
};
use aecs_sim::EnclaveIdentity;

type Field = fn(&mut UnifiedAttestationAttributes) -> &mut String;

fn entry(field: Field, text: &str) -> UnifiedAttestationAttributes {
    let mut entry = UnifiedAttestationAttributes::default();
    *field(&mut entry) = text.into();
    entry
}

fn admit(
    attributes: &Verified<Attributes>,
    policy: &UnifiedAttestationPolicy,
) -> Result<(), Denial> {
    let policy = Policy::parse(policy).unwrap();
    policy.admit(attributes, &Acceptance::default()).map(|_| ())
}

#[test]
fn each_attribute_matches_by_its_rule() {
    let simulation = Simulation::new();
    simulation.cpu.set_tcb_status(TcbStatus::UpToDate, &["INTEL-SA-1", "INTEL-SA-2"]).unwrap();
    let verified = simulation.attributes_of(EnclaveIdentity {
        mrenclave: [0xAB; 32],
        svn: 7,
        ..Default::default()
    });
    let pem = simulation.key.public().pem().to_owned();
    let hash = simulation.key.public().fingerprint().to_string();
    let (upper, lower) = ("AB".repeat(32), "ab".repeat(32));

    let cases: [(&str, Field, Vec<&str>, Vec<&str>); 10] = [
        ("platform", |a| &mut a.str_tee_platform, vec!["SGX_DCAP"], vec!["SGX_EPID", "sgx_dcap"]),
        ("measurement", |a| &mut a.hex_ta_measurement, vec![&upper, &lower], vec!["AB", "00"]),
        ("product", |a| &mut a.hex_prod_id, vec!["1"], vec!["01", "2", "10"]),
        ("svn", |a| &mut a.str_min_isvsvn, vec!["0", "6", "7", "007"], vec!["8", "4294967295"]),
        ("debug", |a| &mut a.bool_debug_disabled, vec!["true", "1"], vec!["false", "0"]),
        ("user data", |a| &mut a.hex_user_data, vec!["5", "5a5A"], vec!["A5", "5B"]),
        ("key", |a| &mut a.hex_hash_or_pem_pubkey, vec![&pem, &hash], vec![&upper]),
        ("nonce", |a| &mut a.hex_nonce, vec![], vec!["00"]),
        (
            "status",
            |a| &mut a.str_tcb_status,
            vec!["UpToDate", "OutOfDate,UpToDate", "SWHardeningNeeded, UpToDate"],
            vec!["OutOfDate", "Unverified"],
        ),
        (
            "advisories",
            |a| &mut a.str_advisory_ids,
            vec!["INTEL-SA-2,INTEL-SA-1", "INTEL-SA-1,INTEL-SA-2,INTEL-SA-3"],
            vec!["INTEL-SA-1"],
        ),
    ];
    for (name, field, admitted, denied) in cases {
        for text in admitted {
            admit(&verified, &policy(vec![entry(field, text)])).expect(name);
        }
        for text in denied {
            let denial = admit(&verified, &policy(vec![entry(field, text)])).expect_err(name);
            assert_eq!(denial.mismatches.len(), 1, "{name} {text}: {denial}");
            assert_eq!(denial.mismatches[0].rule, "main_attributes[0]");
        }
    }
}

#[test]
fn a_platform_without_advisories_has_none_too_many() {
    let verified = Simulation::new().attributes();
    let tolerant = entry(|a| &mut a.str_advisory_ids, "INTEL-SA-1");
    admit(&verified, &policy(vec![tolerant])).unwrap();
}

#[test]
fn tcb_dates_are_a_minimum() {
    let verified = Simulation::new().attributes();
    let date = |text| policy(vec![entry(|a| &mut a.str_tcb_date, text)]);
    admit(&verified, &date("2024-03-13T00:00:00Z")).unwrap();
    admit(&verified, &date("2023-01-01T00:00:00+01:00")).unwrap();
    assert!(admit(&verified, &date("2024-03-13T00:00:01Z")).is_err());
}

#[test]
fn one_matching_entry_is_enough_and_all_of_it_counts() {
    let verified = Simulation::new().attributes();
    let wrong = entry(|a| &mut a.hex_signer, "00");
    let right = entry(|a| &mut a.hex_signer, verified.signer());
    let half = UnifiedAttestationAttributes { hex_prod_id: "9".into(), ..right.clone() };
    admit(&verified, &policy(vec![wrong.clone(), right])).unwrap();

    let denial = admit(&verified, &policy(vec![wrong, half])).unwrap_err();
    let mismatches: Vec<_> =
        denial.mismatches.iter().map(|m| (m.rule.as_str(), m.attribute.as_str())).collect();
    let expected = [("main_attributes[0]", "hex_signer"), ("main_attributes[1]", "hex_prod_id")];
    assert_eq!(mismatches, expected);
    let text = denial.to_string();
    let signer = verified.signer();
    assert_eq!(
        text,
        format!(
            "main_attributes[0].hex_signer: expected 00, found {signer}; \
             main_attributes[1].hex_prod_id: expected 9, found 1"
        )
    );
}

#[test]
fn an_empty_list_admits_nobody() {
    let verified = Simulation::new().attributes();
    let denial = admit(&verified, &UnifiedAttestationPolicy::default()).unwrap_err();
    assert_eq!(denial.mismatches[0].rule, "main_attributes");
    let found =
        "main_attributes: expected at least one entry, found an empty list, which admits nobody";
    assert_eq!(denial.to_string(), found);
    admit(&verified, &policy(vec![UnifiedAttestationAttributes::default()])).unwrap();
}

#[test]
fn a_policy_may_name_the_key() {
    let simulation = Simulation::new();
    let verified = simulation.attributes();
    let with_key = |key: &str| UnifiedAttestationPolicy {
        pem_public_key: key.into(),
        ..policy(vec![UnifiedAttestationAttributes::default()])
    };
    let pem = simulation.key.public().pem();
    let hash = simulation.key.public().fingerprint().to_string();
    for key in [pem, &hash, &hash.to_lowercase()] {
        admit(&verified, &with_key(key)).unwrap();
    }
    for key in [pem.trim_end(), &"0".repeat(64)] {
        let denial = admit(&verified, &with_key(key)).unwrap_err();
        assert_eq!(denial.mismatches[0].rule, "pem_public_key");
    }
    assert!(Policy::parse(&with_key("K")).is_err());
}

#[test]
fn the_entry_decides_before_the_default() {
    let simulation = Simulation::new();
    simulation.cpu.set_tcb_status(TcbStatus::OutOfDate, &[]).unwrap();
    let verified = simulation.attributes();
    let listed = policy(vec![entry(|a| &mut a.str_tcb_status, "OutOfDate")]);
    admit(&verified, &listed).unwrap();
    let other = Policy::parse(&policy(vec![entry(|a| &mut a.str_tcb_status, "UpToDate")])).unwrap();
    let lenient = Acceptance {
        tcb_statuses: BTreeSet::from([TcbStatus::OutOfDate]),
        ..Acceptance::default()
    };
    assert!(other.admit(&verified, &lenient).is_err());
}

#[test]
fn admission_carries_the_attributes() {
    let verified = Simulation::new().attributes();
    let any = Policy::parse(&policy(vec![UnifiedAttestationAttributes::default()])).unwrap();
    let admitted = any.admit(&verified, &Acceptance::default()).unwrap();
    assert_eq!(admitted.attributes().as_proto(), verified.as_proto());
}

#[test]
fn values_without_meaning_are_named() {
    let bad = entry(|a| &mut a.str_min_isvsvn, " 2x");
    let good = UnifiedAttestationAttributes::default();
    let refused = |policy: &UnifiedAttestationPolicy| match Policy::parse(policy).unwrap_err() {
        Error::Policy { entry, attribute, .. } => (entry, attribute),
        other => panic!("{other:?}"),
    };
    let main = refused(&policy(vec![good.clone(), bad.clone()]));
    assert_eq!(main, ("main_attributes[1]".into(), "str_min_isvsvn"));

    let nested = UnifiedAttestationPolicy {
        nested_policies: Some(UnifiedAttestationNestedPolicies {
            policies: vec![
                UnifiedAttestationNestedPolicy::default(),
                UnifiedAttestationNestedPolicy { sub_attributes: vec![bad] },
            ],
            ..Default::default()
        }),
        ..policy(vec![good])
    };
    let expected = ("nested_policies.policies[1].sub_attributes[0]".into(), "str_min_isvsvn");
    assert_eq!(refused(&nested), expected);
    let message = Policy::parse(&nested).unwrap_err().to_string();
    assert_eq!(
        message,
        "nested_policies.policies[1].sub_attributes[0].str_min_isvsvn is not a decimal number"
    );
}

#[test]
fn denials_are_safe_to_print() {
    let verified = Simulation::new().attributes();
    let denial = admit(&verified, &policy(vec![entry(|a| &mut a.str_tee_name, "\u{1b}[2J\n")]));
    let text = denial.unwrap_err().to_string();
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
