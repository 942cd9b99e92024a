//! Arm CCA tokens: under keys of the test's own, and the recorded one where there is one.

mod corruption;
mod never_panics;
mod tokens;
mod vector;

use std::time::SystemTime;

use aecs_attest::{
    Appraised, Error, Fingerprint, Platform, ReportData, UserData, Verified, Verifier,
};
use aecs_sim::{CcaToken, SimulatedCca};

pub(crate) const REPORT_DATA: ReportData =
    ReportData { user_data: UserData([0x5A; 32]), key_hash: Fingerprint([0xC3; 32]) };

pub(crate) fn verifier(cpak: impl Into<Vec<u8>>) -> Verifier {
    Verifier::builder().simulated_platform_root(Platform::ArmCca, cpak).build().unwrap()
}

pub(crate) fn appraise(cca: &SimulatedCca, token: &[u8]) -> Result<Verified<Appraised>, Error> {
    verifier(cca.cpak_der()).appraise(&SimulatedCca::report(token), SystemTime::now())
}

pub(crate) fn genuine(cca: &SimulatedCca) -> Vec<u8> {
    cca.token(&CcaToken::new(REPORT_DATA)).unwrap()
}
