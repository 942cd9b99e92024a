//! Whatever comes in, the answer is a refusal and not a panic.

use std::sync::LazyLock;
use std::time::SystemTime;

use crate::nitro::{genuine, verifier};
use aecs_attest::Verifier;
use aecs_sim::SimulatedNitro;
use proptest::prelude::*;

struct Fixture {
    nitro: SimulatedNitro,
    verifier: Verifier,
    genuine: Vec<u8>,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let nitro = SimulatedNitro::new().unwrap();
    Fixture { verifier: verifier(nitro.root_der()), genuine: genuine(&nitro), nitro }
});

fn refused(document: &[u8]) -> bool {
    FIXTURE.verifier.appraise(&SimulatedNitro::report(document), SystemTime::now()).is_err()
}

proptest! {
    #[test]
    fn arbitrary_documents(document in prop::collection::vec(any::<u8>(), 0..500)) {
        prop_assert!(refused(&document));
    }

    #[test]
    fn arbitrary_payloads(payload in prop::collection::vec(any::<u8>(), 0..500)) {
        prop_assert!(refused(&FIXTURE.nitro.sign(payload, false).unwrap()));
    }

    #[test]
    fn truncated_documents(len in any::<prop::sample::Index>()) {
        let len = len.index(FIXTURE.genuine.len());
        prop_assert!(refused(&FIXTURE.genuine[..len]));
    }

    #[test]
    fn changed_documents(
        at in any::<prop::sample::Index>(),
        removed in 0usize..4,
        inserted in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut document = FIXTURE.genuine.clone();
        let at = at.index(document.len());
        let end = (at + removed).min(document.len());
        document.splice(at..end, inserted);
        prop_assert!(document == FIXTURE.genuine || refused(&document));
    }

    #[test]
    fn arbitrary_reports(json_report in ".{0,200}") {
        let report = aecs_proto::UnifiedAttestationReport {
            json_report,
            ..SimulatedNitro::report(&[])
        };
        prop_assert!(FIXTURE.verifier.appraise(&report, SystemTime::now()).is_err());
    }
}
