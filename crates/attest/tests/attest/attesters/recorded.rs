//! What real devices answered. It binds keys that nobody here has, so each attester must
//! understand it and refuse it for nothing but that.

use aecs_attest::{Check, Error, Tee};
use aecs_sim::SimulatedMachine;

use crate::attesters::support::World;
use aecs_sim::vectors;

#[test]
fn evidence_of_real_devices_is_understood_and_refused_for_what_it_binds() {
    let world = World::new();
    let sgx = 48 + 320..48 + 384;
    for (tee, name, report_data) in [
        (Tee::Gramine, "sgx/quote.bin", Some(sgx.clone())),
        (Tee::Gramine, "sgx/occlum-quote.bin", Some(sgx.clone())),
        (Tee::Occlum, "sgx/occlum-quote.bin", Some(sgx)),
        (Tee::Tdx, "tdx/quote.bin", Some(48 + 520..48 + 584)),
        (Tee::Tdx, "tdx/quote-tcb-outdated.bin", Some(54 + 520..54 + 584)),
        (Tee::Tdx, "tdx/quote-v5.bin", Some(54 + 520..54 + 584)),
        (Tee::SevSnp, "snp/report.bin", Some(0x50..0x90)),
        (Tee::SevSnp, "snp/vlek-report.bin", Some(0x50..0x90)),
        (Tee::Cca, "cca/token.cbor", None),
    ] {
        let Some(recorded) = vectors::read(name) else { continue };
        let bound = report_data.map(|range| hex::encode_upper(&recorded[range]));
        let machine = SimulatedMachine::new(tee, move |_| recorded.clone());
        match world.attest(machine).unwrap_err() {
            Error::Mismatch { check: Check::REPORT_DATA, actual, .. } => {
                assert!(bound.is_none_or(|bound| bound == actual), "{name}: {actual}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}
