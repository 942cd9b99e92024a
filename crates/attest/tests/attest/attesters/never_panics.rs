//! Whatever a device answers, an attester makes a report or an error of it.

use std::sync::Arc;

use aecs_attest::{Host, ReportType, Tee};
use aecs_sim::SimulatedMachine;
use proptest::prelude::*;

use crate::attesters::snp;
use crate::attesters::support::World;

fn tee() -> impl Strategy<Value = Tee> {
    prop::sample::select(Tee::ALL.to_vec())
}

/// Bytes that begin as a certificate table does: entries with small offsets and lengths.
fn table() -> impl Strategy<Value = Vec<u8>> {
    let guid = prop::sample::select(vec![
        0x63da758d_e664_4564_adc5_f4b93be8accd_u128,
        0x4ab7b379_bbac_4fe4_a02f_05aef327c782,
        0x92f81bc3_5811_4d3d_97ff_d19f88dc67ea,
        0,
        1,
    ]);
    let entry = (guid, 0_u32..400, 0_u32..400).prop_map(|(guid, offset, len)| {
        [&guid.to_be_bytes()[..], &offset.to_le_bytes(), &len.to_le_bytes()].concat()
    });
    let rest = prop::collection::vec(any::<u8>(), 0..300);
    (prop::collection::vec(entry, 0..6), rest)
        .prop_map(|(entries, rest)| [entries.concat(), rest].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_for_evidence(tee in tee(), content in prop::collection::vec(any::<u8>(), 0..2000)) {
        let machine = SimulatedMachine::new(tee, move |_| content.clone());
        let world = World::new();
        prop_assert!(world.attest(machine).is_err());
    }

    #[test]
    fn any_table_of_certificates(table in table(), tsm in any::<bool>()) {
        let mut machine = SimulatedMachine::new(Tee::SevSnp, snp::report).certificates(table);
        if !tsm {
            machine = machine.without_tsm();
        }
        let world = World::new();
        let attester = Host::on(Arc::new(machine)).open(None).unwrap().attester;
        // With certificates, without any, or with an error.
        let _ = attester.attest(&world.request(ReportType::Passport));
        attester.attest(&world.request(ReportType::BackgroundCheck)).unwrap();
    }
}
