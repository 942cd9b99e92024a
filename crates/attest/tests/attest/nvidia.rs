//! NVIDIA GPU reports: under a root of the test's own, and of a real GPU where there is one.

mod corruption;
mod devices;
mod never_panics;
mod rim;
mod status;
mod vector;

use std::time::SystemTime;

use aecs_attest::{Appraised, Error, Platform, Verified, Verifier};
use aecs_sim::{GpuReport, SimulatedGpu};

pub(crate) const NONCE: [u8; 32] = [0x4E; 32];

pub(crate) fn verifier(root: &[u8]) -> Verifier {
    Verifier::builder().simulated_platform_root(Platform::NvidiaGpu, root).build().unwrap()
}

pub(crate) fn appraise_with(
    gpu: &SimulatedGpu,
    report: &[u8],
    chain: &str,
) -> Result<Verified<Appraised>, Error> {
    verifier(gpu.root_der()).appraise(&SimulatedGpu::evidence(report, chain), SystemTime::now())
}

pub(crate) fn appraise(gpu: &SimulatedGpu, report: &[u8]) -> Result<Verified<Appraised>, Error> {
    appraise_with(gpu, report, &gpu.chain_pem())
}

pub(crate) fn genuine(gpu: &SimulatedGpu) -> Vec<u8> {
    gpu.report(&GpuReport::new(NONCE)).unwrap()
}
