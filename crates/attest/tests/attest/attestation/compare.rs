//! Whether a stored policy is as strict as an expected one.

use aecs_attest::{Fingerprint, compare};
use aecs_proto::{
    UnifiedAttestationAttributes, UnifiedAttestationNestedPolicies, UnifiedAttestationNestedPolicy,
    UnifiedAttestationPolicy,
};

use crate::attestation::support::policy;

fn signer(hex: &str) -> UnifiedAttestationAttributes {
    UnifiedAttestationAttributes { hex_signer: hex.into(), ..Default::default() }
}

fn passes(stored: &UnifiedAttestationPolicy, expected: &UnifiedAttestationPolicy) -> bool {
    compare(stored, expected).is_ok()
}

#[test]
fn each_stored_entry_needs_an_expected_one() {
    let (a, b) = (signer("AA"), signer("BB"));
    let both = policy(vec![a.clone(), b.clone()]);
    assert!(passes(&both, &both));
    assert!(passes(&policy(vec![b.clone()]), &both));
    assert!(passes(&policy(vec![b.clone(), a.clone(), b.clone()]), &both));
    assert!(!passes(&both, &policy(vec![a.clone()])));
    assert!(!passes(&policy(vec![a]), &policy(vec![b])));

    let anything = policy(vec![UnifiedAttestationAttributes::default()]);
    assert!(passes(&both, &anything));
    assert!(!passes(&anything, &both));
    // A policy without entries says nothing of whom it is for.
    let denial = compare(&policy(vec![]), &anything).unwrap_err();
    let found = "main_attributes: expected at least one stored entry, found an empty list";
    assert_eq!(denial.to_string(), found);
}

#[test]
fn lists_may_only_get_shorter() {
    let statuses = |text: &str, advisories: &str| {
        policy(vec![UnifiedAttestationAttributes {
            str_tcb_status: text.into(),
            str_advisory_ids: advisories.into(),
            ..Default::default()
        }])
    };
    let expected = statuses("UpToDate,OutOfDate", "INTEL-SA-1");
    assert!(passes(&statuses("OutOfDate", "INTEL-SA-1"), &expected));
    assert!(!passes(&statuses("SWHardeningNeeded", "INTEL-SA-1"), &expected));
    assert!(!passes(&statuses("", "INTEL-SA-1"), &expected));
    assert!(!passes(&statuses("UpToDate", ""), &expected), "no list tolerates any advisory");
}

#[test]
fn what_is_not_expected_is_the_default() {
    type Field = fn(&mut UnifiedAttestationAttributes) -> &mut String;
    let laxer: [(Field, &[&str]); 5] = [
        (|entry| &mut entry.str_tcb_status, &["OutOfDate", "UpToDate,OutOfDate", "Unverified"]),
        (|entry| &mut entry.bool_debug_disabled, &["false", "0"]),
        (|entry| &mut entry.bool_migration_disabled, &["false"]),
        (|entry| &mut entry.bool_page_faults_disabled, &["false"]),
        (|entry| &mut entry.str_vmpl, &["1"]),
    ];
    let expected = policy(vec![signer("AA")]);
    for (field, values) in laxer {
        for value in values {
            let mut entry = signer("AA");
            *field(&mut entry) = (*value).into();
            let stored = policy(vec![entry]);
            let denial = compare(&stored, &expected).expect_err(value);
            assert!(denial.mismatches[0].expected.ends_with("(default)"), "{denial}");
            assert!(passes(&stored, &stored), "{value} is expected");
        }
    }
    let mut said = signer("AA");
    said.str_tcb_status = "UpToDate".into();
    said.bool_debug_disabled = "true".into();
    assert!(passes(&policy(vec![said]), &expected));
}

#[test]
fn the_expected_key_has_to_be_stored() {
    let pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    let hash = Fingerprint::of(pem).to_string();
    let with_key = |key: &str| UnifiedAttestationPolicy {
        pem_public_key: key.into(),
        ..policy(vec![signer("AA")])
    };
    for stored in [pem, &hash, &hash.to_lowercase()] {
        for expected in ["", pem, &hash] {
            assert!(passes(&with_key(stored), &with_key(expected)), "{stored} {expected}");
        }
    }
    let other = Fingerprint::of("other").to_string();
    for stored in ["", &other] {
        assert!(!passes(&with_key(stored), &with_key(pem)), "{stored:?}");
    }
}

#[test]
fn nested_policies_compare_in_order() {
    let nested = |group: (&str, &str), attesters: &[&[&str]]| UnifiedAttestationPolicy {
        nested_policies: Some(UnifiedAttestationNestedPolicies {
            str_group_name: group.0.into(),
            str_group_id: group.1.into(),
            policies: attesters
                .iter()
                .map(|signers| UnifiedAttestationNestedPolicy {
                    sub_attributes: signers.iter().map(|hex| signer(hex)).collect(),
                })
                .collect(),
        }),
        ..policy(vec![signer("AA")])
    };
    let expected = nested(("group", ""), &[&["A1", "A2"], &["B1"]]);
    assert!(passes(&nested(("group", "id"), &[&["A2"], &["B1", "B1"]]), &expected));
    for (name, stored) in [
        ("order", nested(("group", ""), &[&["B1"], &["A1"]])),
        ("fewer", nested(("group", ""), &[&["A1"]])),
        ("more", nested(("group", ""), &[&["A1"], &["B1"], &["B1"]])),
        ("nobody", nested(("group", ""), &[&[], &["B1"]])),
        ("the second", nested(("group", ""), &[&["A1"], &["C1"]])),
        ("one of the second", nested(("group", ""), &[&["A1"], &["B1", "C1"]])),
        ("group", nested(("other", ""), &[&["A1"], &["B1"]])),
        ("none", policy(vec![signer("AA")])),
    ] {
        assert!(!passes(&stored, &expected), "{name}");
    }
    // Lists of other lengths are not compared with each other.
    let denial = compare(&nested(("group", ""), &[&["B1"]]), &expected).unwrap_err();
    let found = "nested_policies: expected 2 nested results, found 1 nested results";
    assert_eq!(denial.to_string(), found);
}

#[test]
fn a_stored_minimum_rates_no_platform_that_is_not_expected_to_be_rated() {
    let entry = |(statuses, minimum): (&str, &str)| {
        policy(vec![UnifiedAttestationAttributes {
            str_tee_platform: "SEV_SNP".into(),
            str_tcb_status: statuses.into(),
            str_min_tcb: minimum.into(),
            ..signer("AA")
        }])
    };
    let zeros = "bootloader=0,microcode=0,snp=0,tee=0";
    let every = "bootloader=3,microcode=115,snp=8,tee=0";
    let turin = "bootloader=3,fmc=1,microcode=115,snp=8,tee=0";
    for (stored, expected, strict) in [
        (("", every), ("", every), true),
        (("", every), ("", zeros), true),
        (("", zeros), ("", every), false),
        (("", zeros), ("", ""), false),
        (("UpToDate", zeros), ("UpToDate", ""), false),
        (("UpToDate", every), ("UpToDate", "microcode=115"), false),
        (("", turin), ("", every), false),
        (("", turin), ("", turin), true),
        (("UpToDate", zeros), ("UpToDate,Unrated", ""), true),
        (("UpToDate", zeros), ("UpToDate,Unrated", "snp=0"), true),
        // These rate nobody.
        (("", "microcode=115,snp=8"), ("", ""), true),
        (("", "microcode=115,snp=8,tee=0"), ("", ""), true),
        (("", "bootloader=3,microcode=115,snp=8"), ("", ""), true),
        (("", "pce=13,qe=8"), ("", ""), true),
    ] {
        let compared = compare(&entry(stored), &entry(expected));
        assert_eq!(compared.is_ok(), strict, "{stored:?} {expected:?}: {compared:?}");
    }
    let told = |expected| compare(&entry(("", zeros)), &entry(expected)).unwrap_err().to_string();
    assert_eq!(
        told(("", "")),
        "main_attributes[0].tcb.min: expected no rating of Unrated platforms (default), found a \
         rating of Unrated platforms from bootloader=0,microcode=0,snp=0,tee=0 on"
    );
    assert!(
        told(("", every)).ends_with(
            "tcb.min: expected a rating of Unrated platforms from \
             bootloader=3,microcode=115,snp=8,tee=0 on, found a rating of Unrated platforms from \
             bootloader=0,microcode=0,snp=0,tee=0 on"
        ),
        "{}",
        told(("", every))
    );
}

#[test]
fn policies_without_meaning_are_refused_with_the_reason() {
    let (good, bad) = (policy(vec![signer("AA")]), policy(vec![signer("A")]));
    for (stored, expected, rule) in
        [(&bad, &good, "stored policy"), (&good, &bad, "expected policy")]
    {
        let denial = compare(stored, expected).unwrap_err();
        assert_eq!(denial.mismatches[0].rule, rule);
        assert!(denial.to_string().contains("main_attributes[0].hex_signer"), "{denial}");
    }
}
