//! Whatever comes in, an answer comes out.

use std::sync::LazyLock;
use std::time::SystemTime;

use super::{LAYOUTS, Parts, chip, report_of, verifier};
use aecs_attest::Verifier;
use aecs_crypto::{KeyPair, Suite};
use aecs_sim::CsvGuest;
use proptest::prelude::*;

static GENUINE: LazyLock<(Verifier, Vec<Parts>)> = LazyLock::new(|| {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let report = |layout| {
        let guest = CsvGuest { layout, ..CsvGuest::default() };
        Parts::of(&report_of(&chip, guest, &key))
    };
    (verifier(&chip), LAYOUTS.into_iter().map(report).collect())
});

/// Puts bytes somewhere, cuts the end off, or neither.
fn damage(bytes: &mut Vec<u8>, at: usize, by: &[u8], len: usize) {
    for (byte, by) in bytes.iter_mut().skip(at).zip(by) {
        *byte = *by;
    }
    bytes.truncate(len);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn damaged_reports_are_refused_or_accepted(
        layout in 0..LAYOUTS.len(),
        part in 0..3_usize,
        at in 0..4096_usize,
        by in proptest::collection::vec(any::<u8>(), 0..64),
        len in prop_oneof![Just(usize::MAX), 0..4096_usize],
    ) {
        let (verifier, genuine) = &*GENUINE;
        let mut parts = genuine[layout].clone();
        match part {
            0 => damage(&mut parts.report, at, &by, len),
            1 => damage(&mut parts.hsk, at, &by, len),
            _ => damage(&mut parts.cek, at, &by, len),
        }
        let _ = verifier.verify(&parts.assemble(), SystemTime::now());
    }

    #[test]
    fn other_bytes_are_refused(report in proptest::collection::vec(any::<u8>(), 0..4200)) {
        let (verifier, genuine) = &*GENUINE;
        let mut parts = genuine[0].clone();
        parts.report = report;
        prop_assert!(verifier.verify(&parts.assemble(), SystemTime::now()).is_err());
    }
}
