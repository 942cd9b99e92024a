//! A platform's own word that it is up to date is worth nothing: a minimum has to be known and met.

use std::collections::BTreeSet;
use std::time::SystemTime;

use aecs_attest::{
    Acceptance, Appraised, Attester as _, Circumstances, Policy, ReportRequest, SnpMinimum,
    SnpProduct, SnpTcb, TcbStatus, UserData, Verified, VerifierBuilder, compare,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy, json};
use aecs_sim::SimulatedSnp;
use serde_json::{Value, json};

use crate::snp::support::{AMD, PRODUCTS, Parts, appraise, guest, trusting, verifier};

/// A guest on a platform that runs, reports, has committed and was launched at this TCB.
fn at(product: SnpProduct, tcb: SnpTcb) -> SimulatedSnp {
    let mut guest = guest(product);
    let report = &mut guest.report;
    for slot in [
        &mut report.current_tcb,
        &mut report.reported_tcb,
        &mut report.committed_tcb,
        &mut report.launch_tcb,
        &mut guest.certificate.tcb,
    ] {
        *slot = tcb;
    }
    guest
}

fn lowest(product: SnpProduct) -> SnpTcb {
    let fmc = (product == SnpProduct::Turin).then_some(0);
    SnpTcb { fmc, bootloader: 0, tee: 0, snp: 0, microcode: 0 }
}

fn judged(by: VerifierBuilder, guest: &SimulatedSnp) -> Verified<Appraised> {
    appraise(&by.build().unwrap(), &Parts::of(guest), SystemTime::now()).unwrap()
}

fn of(statuses: &str, min_tcb: &str) -> UnifiedAttestationPolicy {
    let entry = UnifiedAttestationAttributes {
        str_tee_platform: "SEV_SNP".into(),
        str_tcb_status: statuses.into(),
        str_min_tcb: min_tcb.into(),
        ..Default::default()
    };
    UnifiedAttestationPolicy { main_attributes: vec![entry], ..Default::default() }
}

/// A policy of one rule with these conditions.
fn of_conditions(conditions: &Value) -> UnifiedAttestationPolicy {
    let attester = json!({ "attester": { "rules": [{ "conditions": conditions }] } });
    json::from_str(&json!({ "typed": { "parts": [attester] } }).to_string()).unwrap()
}

fn admitted(guest: &SimulatedSnp, statuses: &str, min_tcb: &str) -> bool {
    admitted_by(guest, &of(statuses, min_tcb))
}

fn admitted_by(guest: &SimulatedSnp, policy: &UnifiedAttestationPolicy) -> bool {
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let report = guest.attest(&ReportRequest::passport(UserData::default(), key.public())).unwrap();
    let now = SystemTime::now();
    let attributes = verifier().verify(&report, now).unwrap();
    let policy = Policy::parse(policy).unwrap();
    let acceptance = Acceptance::default();
    let circumstances = Circumstances::new(&acceptance, now);
    let admits = policy.admit(&attributes, circumstances).is_ok();
    let explained = policy.explain(attributes.get(), circumstances);
    assert_eq!(explained.admits(), admits, "{explained:?}");
    admits
}

#[test]
fn h11_unrated_tcb() {
    for product in PRODUCTS {
        let guest = at(product, lowest(product));
        let appraised = judged(trusting(&AMD), &guest);
        assert_eq!(appraised.tcb_status(), TcbStatus::Unrated, "{product}");
        assert_eq!(appraised.attributes().str_tcb_status, "Unrated");
        assert!(!admitted(&guest, "", ""), "{product}: by default");
        assert!(!admitted(&guest, "UpToDate,OutOfDate", ""), "{product}");
        assert!(admitted(&guest, "UpToDate,Unrated", ""), "{product}: a rule may say so");
    }
}

#[test]
fn h11_vouching_for_less_is_no_way_around() {
    let mut guest = at(SnpProduct::Milan, lowest(SnpProduct::Milan));
    guest.report.current_tcb.snp = 1;
    let appraised = judged(trusting(&AMD), &guest);
    assert_eq!(appraised.tcb_status(), TcbStatus::OutOfDate);
    assert!(!admitted(&guest, "UpToDate,OutOfDate", ""));
    assert!(!admitted(&guest, "UpToDate,Unrated", ""));
    assert!(admitted(&guest, "OutOfDate", "bootloader=0,microcode=0,snp=0,tee=0"));
}

#[test]
fn h11_a_rule_rates_with_a_minimum_for_every_part() {
    let tcb = SnpTcb { fmc: None, bootloader: 3, tee: 0, snp: 8, microcode: 115 };
    let guest = at(SnpProduct::Milan, tcb);
    assert!(!admitted(&guest, "", ""));
    assert!(admitted(&guest, "", "bootloader=3,microcode=115,snp=8,tee=0"));
    assert!(admitted(&guest, "UpToDate", "bootloader=3,microcode=115,snp=8,tee=0"));
    assert!(!admitted(&guest, "", "bootloader=3,microcode=116,snp=8,tee=0"), "not met");
    assert!(!admitted(&guest, "", "microcode=115,snp=8"), "the others may be at 0");
    for lacking in [
        "microcode=115,snp=8,tee=0",
        "bootloader=3,snp=8,tee=0",
        "bootloader=3,microcode=115,tee=0",
        "bootloader=3,microcode=115,snp=8",
        "bootloader=3",
        "tee=0",
    ] {
        assert!(!admitted(&guest, "", lacking), "{lacking}");
    }
    assert!(!admitted(&guest, "SWHardeningNeeded", "bootloader=3,microcode=115,snp=8,tee=0"));
}

#[test]
fn h11_a_deployment_rates_with_its_own_minimum() {
    let tcb = SnpTcb { fmc: None, bootloader: 3, tee: 0, snp: 8, microcode: 115 };
    let status = |minimum: SnpMinimum| {
        judged(trusting(&AMD).snp_minimum(minimum), &at(SnpProduct::Milan, tcb)).tcb_status()
    };
    assert_eq!(status(SnpMinimum { product: SnpProduct::Milan, tcb }), TcbStatus::UpToDate);
    let higher = SnpTcb { microcode: 116, ..tcb };
    assert_eq!(status(SnpMinimum { product: SnpProduct::Milan, tcb: higher }), TcbStatus::Unrated);
    assert_eq!(status(SnpMinimum { product: SnpProduct::Genoa, tcb }), TcbStatus::Unrated);
}

#[test]
fn h11_what_a_guest_was_launched_on_counts() {
    let mut guest = guest(SnpProduct::Genoa);
    assert_eq!(judged(trusting(&AMD), &guest).tcb_status(), TcbStatus::UpToDate);
    guest.report.launch_tcb.snp -= 1;
    assert_eq!(judged(trusting(&AMD), &guest).tcb_status(), TcbStatus::Unrated);
}

#[test]
fn h11_the_default_accepts_up_to_date_only() {
    assert_eq!(Acceptance::default().tcb_statuses, BTreeSet::from([TcbStatus::UpToDate]));
}

#[test]
fn h11_a_minimum_that_is_not_met_rates_nothing() {
    let tcb = SnpTcb { fmc: None, bootloader: 3, tee: 0, snp: 8, microcode: 115 };
    let guest = at(SnpProduct::Milan, tcb);
    let admitted = |minima: &[&str]| {
        let minimum = json!({ "anyOf": { "attribute": "str_min_tcb", "values": minima } });
        admitted_by(&guest, &of_conditions(&json!([minimum])))
    };
    let (met, unmet) =
        ("bootloader=3,microcode=115,snp=8,tee=0", "bootloader=3,microcode=115,snp=9,tee=0");
    // The guest meets the first, which does not name every part.
    assert!(!admitted(&["microcode=115", unmet]));
    assert!(admitted(&["microcode=115", met]));
    assert!(admitted(&[met, unmet]));
    assert!(admitted(&[unmet, met]));
    assert!(!admitted(&[unmet]));
}

#[test]
fn h11_a_grace_for_what_is_out_of_date_is_no_rating() {
    let mut guest = guest(SnpProduct::Milan);
    let grace = json!({ "outOfDate": { "untilMs": "253000000000000" } });
    let statuses = |statuses: &str| json!({ "anyOf": { "attribute": "str_tcb_status", "values": [statuses] } });
    let admitted = |guest: &SimulatedSnp, status: &str| {
        admitted_by(guest, &of_conditions(&json!([grace, statuses(status)])))
    };
    guest.report.current_tcb.snp += 1;
    assert_eq!(judged(trusting(&AMD), &guest).tcb_status(), TcbStatus::OutOfDate);
    assert!(admitted(&guest, "UpToDate"), "rated and in its time of grace");
    let mut guest = at(SnpProduct::Milan, lowest(SnpProduct::Milan));
    guest.report.current_tcb.snp = 1;
    assert_eq!(judged(trusting(&AMD), &guest).attributes().str_tcb_status, "OutOfDate,Unrated");
    assert!(!admitted(&guest, "UpToDate"));
    assert!(!admitted(&guest, "Unrated"));
    assert!(admitted(&guest, "UpToDate,Unrated"));
}

#[test]
fn h11_a_stored_minimum_that_rates_is_not_as_strict_as_none() {
    let guest = at(SnpProduct::Milan, lowest(SnpProduct::Milan));
    let stored = of("", "bootloader=0,microcode=0,snp=0,tee=0");
    for expected in [of("", ""), of("UpToDate", ""), of("", "snp=0")] {
        assert!(admitted_by(&guest, &stored) && !admitted_by(&guest, &expected));
        assert!(compare(&stored, &expected).is_err());
    }
}

/// What to do about an old platform names the parts that are old.
#[test]
fn a_remedy_names_the_parts_that_are_old() {
    let product = SnpProduct::Milan;
    let guest = at(product, lowest(product));
    let by = || {
        let tcb = SnpTcb { snp: 8, ..lowest(product) };
        trusting(&AMD).snp_minimum(SnpMinimum { product, tcb })
    };
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let report = guest.attest(&ReportRequest::passport(UserData::default(), key.public())).unwrap();
    let attributes = by().build().unwrap().verify(&report, SystemTime::now()).unwrap();
    let appraised = judged(by(), &guest);
    let policy = Policy::parse(&of("", "")).unwrap();
    let acceptance = Acceptance::default();
    for explained in [
        policy.explain(attributes.get(), &acceptance),
        policy.explain(appraised.get(), &acceptance),
    ] {
        let failed: Vec<_> =
            explained.nearest().flat_map(aecs_attest::Alternative::failures).collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        let told = &failed[0].remedy.as_ref().unwrap().attester;
        assert!(told.starts_with("snp has SVN 0, wanted is 8: "), "{told}");
    }
}
