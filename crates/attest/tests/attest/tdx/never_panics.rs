//! Whatever comes in, the answer is a refusal and not a panic.

use std::sync::LazyLock;
use std::time::SystemTime;

use aecs_attest::Verifier;
use aecs_proto::UnifiedAttestationAuthReport;
use aecs_sim::TdIdentity;
use proptest::prelude::*;

use crate::tdx::support::{FORMATS, Parts, Simulation};

struct Fixture {
    verifier: Verifier,
    genuine: Vec<Parts>,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let simulation = Simulation::new();
    let genuine = FORMATS.into_iter().map(|format| {
        let identity = TdIdentity { format, ..TdIdentity::default() };
        let identity = identity.with_events(&[(0, b"firmware"), (3, b"program")]);
        Parts::of(&simulation.passport(identity))
    });
    Fixture { verifier: simulation.verifier(), genuine: genuine.collect() }
});

fn refused(report: &UnifiedAttestationAuthReport) -> bool {
    FIXTURE.verifier.verify(report, SystemTime::now()).is_err()
}

fn any_format() -> impl Strategy<Value = Parts> {
    (0..FORMATS.len()).prop_map(|index| FIXTURE.genuine[index].clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_quotes(quote in prop::collection::vec(any::<u8>(), 0..2000), genuine in any_format()) {
        let parts = Parts { quote, ..genuine };
        prop_assert!(refused(&parts.assemble()));
    }

    #[test]
    fn quotes_with_genuine_headers(
        genuine in any_format(),
        kept in 8usize..60,
        rest in prop::collection::vec(any::<u8>(), 0..1500),
    ) {
        let mut parts = genuine;
        parts.quote.truncate(kept);
        parts.quote.extend(rest);
        prop_assert!(refused(&parts.assemble()));
    }

    #[test]
    fn truncated_quotes(genuine in any_format(), len in any::<prop::sample::Index>()) {
        let mut parts = genuine;
        parts.quote.truncate(len.index(parts.quote.len()));
        prop_assert!(refused(&parts.assemble()));
    }

    #[test]
    fn changed_quotes(genuine in any_format(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut parts = genuine;
        let at = at.index(parts.quote.len());
        parts.quote[at] = byte;
        // A change in the PEM of the certificates may be none.
        let _ = refused(&parts.assemble());
    }

    #[test]
    fn changed_event_logs(genuine in any_format(), at in any::<prop::sample::Index>(), byte in 1u8..) {
        let mut parts = genuine;
        let at = at.index(parts.event_log.len());
        parts.event_log[at] ^= byte;
        // Descriptions are not part of what was measured.
        let _ = refused(&parts.assemble());
    }

    #[test]
    fn changed_reports(
        genuine in any_format(),
        at in any::<prop::sample::Index>(),
        replacement in "[ -~]{0,3}",
        removed in 0usize..4,
    ) {
        let mut report = genuine.assemble();
        let text = &mut report.report.as_mut().unwrap().json_report;
        let at = at.index(text.len());
        let end = (at + removed).min(text.len());
        text.replace_range(at..end, &replacement);
        let _ = refused(&report);
    }

    #[test]
    fn arbitrary_reports(json_report in ".{0,200}", genuine in any_format()) {
        let mut report = genuine.report;
        report.report.as_mut().unwrap().json_report = json_report;
        prop_assert!(refused(&report));
    }
}
