//! Whatever comes in, the answer is a refusal and not a panic.

use std::sync::LazyLock;
use std::time::SystemTime;

use crate::nvidia::{genuine, verifier};
use aecs_attest::Verifier;
use aecs_sim::{GpuModel, SimulatedGpu};
use proptest::prelude::*;

struct Fixture {
    gpu: SimulatedGpu,
    verifier: Verifier,
    genuine: Vec<u8>,
    chain: String,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let gpu = SimulatedGpu::new(GpuModel::Blackwell).unwrap();
    Fixture {
        verifier: verifier(gpu.root_der()),
        genuine: genuine(&gpu),
        chain: gpu.chain_pem(),
        gpu,
    }
});

fn refused(report: &[u8], chain: &str) -> bool {
    let evidence = SimulatedGpu::evidence(report, chain);
    FIXTURE.verifier.appraise(&evidence, SystemTime::now()).is_err()
}

proptest! {
    #[test]
    fn arbitrary_reports(
        keep in any::<prop::sample::Index>(),
        tail in prop::collection::vec(any::<u8>(), 1..500),
    ) {
        let keep = keep.index(FIXTURE.genuine.len() - 96);
        let report = [&FIXTURE.genuine[..keep], &tail].concat();
        prop_assert!(refused(&report, &FIXTURE.chain));
        // Signed by the device, and of no form.
        let _ = refused(&FIXTURE.gpu.sign(report).unwrap(), &FIXTURE.chain);
    }

    #[test]
    fn changed_reports(
        at in any::<prop::sample::Index>(),
        removed in 0usize..4,
        inserted in prop::collection::vec(1u8.., 0..4),
    ) {
        let mut report = FIXTURE.genuine.clone();
        let at = at.index(report.len());
        let end = (at + removed).min(report.len());
        report.splice(at..end, inserted);
        prop_assert!(report == FIXTURE.genuine || refused(&report, &FIXTURE.chain));
    }

    #[test]
    fn changed_chains(
        at in any::<prop::sample::Index>(),
        removed in 0usize..4,
        inserted in "[ -~]{0,3}",
    ) {
        let mut chain = FIXTURE.chain.clone();
        let at = at.index(chain.len());
        let end = (at + removed).min(chain.len());
        chain.replace_range(at..end, &inserted);
        // Text outside of the blocks is none of PEM's.
        let _ = refused(&FIXTURE.genuine, &chain);
    }

    #[test]
    fn arbitrary_chains(chain in ".{0,200}") {
        prop_assert!(refused(&FIXTURE.genuine, &chain));
    }
}
