//! What a look-up in a named list costs, by the number of its values.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a panic is how a benchmark fails, and its functions are made by macros"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Acceptance, Attester, Circumstances, NamedList, NamedLists, Platform, Policy, ReportRequest,
    SnpProduct, UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::attestation_condition::Condition;
use aecs_proto::attestation_part::Part;
use aecs_proto::named_list::Content;
use aecs_proto::{
    AttestationCondition, AttestationLists, AttestationPart, AttestationPolicy, AttestationRule,
    AttestationRules, ListedValues, UnifiedAttestationPolicy,
};
use aecs_sim::{SimulatedAmd, SimulatedSnp};
use criterion::{Criterion, criterion_group, criterion_main};

/// A policy that asks for a chip of the list.
fn policy() -> Policy {
    let listed = AttestationLists { attribute: "hex_chip_id".into(), lists: vec!["fleet".into()] };
    let condition = AttestationCondition { condition: Some(Condition::InLists(listed)) };
    let rule = AttestationRule { name: String::new(), conditions: vec![condition] };
    let part = Part::Attester(AttestationRules { rules: vec![rule] });
    let typed = Some(AttestationPolicy { parts: vec![AttestationPart { part: Some(part) }] });
    let message = UnifiedAttestationPolicy { typed, ..UnifiedAttestationPolicy::default() };
    Policy::parse(&message).expect("a policy")
}

/// A list of that many chips, the given one among them.
fn list(count: u32, chip: &str) -> NamedList {
    let others = (1..count).map(|n| format!("{n:0>128X}"));
    let values = others.chain([chip.to_owned()]).collect();
    let content = Content::Values(ListedValues { attribute: "hex_chip_id".into(), values });
    NamedList::parse(&content).expect("a list")
}

fn look_up(c: &mut Criterion) {
    let amd = SimulatedAmd::generate().expect("keys");
    let guest = SimulatedSnp::new(&amd, SnpProduct::Milan).expect("a guest");
    let key = KeyPair::generate(Suite::Modern).expect("a key");
    let request = ReportRequest::passport(UserData::default(), key.public());
    let report = guest.attest(&request).expect("a report");
    let root = amd.root_der(SnpProduct::Milan);
    let verifier = Verifier::builder().simulated_platform_root(Platform::SevSnp, root);
    let verifier = verifier.build().expect("a verifier");
    let now = SystemTime::now();
    let verified = verifier.verify(&report, now).expect("a genuine report");
    let chip = verified.to_proto().hex_chip_id;
    let (policy, acceptance) = (policy(), Acceptance::default());
    for count in [1, 1_000, 100_000] {
        let mut lists = NamedLists::default();
        lists.insert("fleet", Arc::new(list(count, &chip)));
        let circumstances = Circumstances::new(&acceptance, now).with_lists(&lists);
        assert!(policy.admit(&verified, circumstances).is_ok());
        c.bench_function(&format!("list of {count}"), |b| {
            b.iter(|| policy.admit(black_box(&verified), circumstances).is_ok());
        });
    }
}

criterion_group!(benches, look_up);
criterion_main!(benches);
