//! Damage of every kind is an error, never a panic.

use std::sync::LazyLock;
use std::time::SystemTime;

use aecs_attest::{SnpProduct, Verifier};
use proptest::prelude::*;

use crate::snp::support::{Parts, appraise, guest, verifier};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(verifier);
static GENUINE: LazyLock<Parts> = LazyLock::new(|| {
    let mut guest = guest(SnpProduct::Turin);
    guest.revoked = Some(vec![1, 0x4711]);
    Parts::of(&guest)
});

/// Which of the four parts.
fn part(parts: &mut Parts, number: usize) -> &mut Vec<u8> {
    match number {
        0 => &mut parts.report,
        1 => &mut parts.vek,
        2 => &mut parts.ask,
        _ => &mut parts.crl,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_are_refused(
        number in 0_usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
    ) {
        let mut parts = GENUINE.clone();
        let bytes = part(&mut parts, number);
        for (at, change) in changes {
            let at = at.index(bytes.len());
            bytes[at] ^= change;
        }
        let changed = *part(&mut parts, number) != *part(&mut GENUINE.clone(), number);
        let result = appraise(&VERIFIER, &parts, SystemTime::now());
        prop_assert_eq!(result.is_err(), changed);
    }

    #[test]
    fn parts_cut_off_are_refused(number in 0_usize..4, at in any::<prop::sample::Index>()) {
        let mut parts = GENUINE.clone();
        let bytes = part(&mut parts, number);
        let len = at.index(bytes.len());
        bytes.truncate(len);
        prop_assert!(appraise(&VERIFIER, &parts, SystemTime::now()).is_err());
    }

    #[test]
    fn anything_is_refused(number in 0_usize..4, bytes in prop::collection::vec(any::<u8>(), 1..2000)) {
        let mut parts = GENUINE.clone();
        *part(&mut parts, number) = bytes;
        prop_assert!(appraise(&VERIFIER, &parts, SystemTime::now()).is_err());
    }
}
