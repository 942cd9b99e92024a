//! AWS Nitro documents, under a root of the test's own.

mod corruption;
mod documents;
mod never_panics;

use std::time::SystemTime;

use aecs_attest::{
    Appraised, Error, Fingerprint, Platform, ReportData, UserData, Verified, Verifier,
};
use aecs_sim::{NitroDocument, SimulatedNitro};

pub(crate) const REPORT_DATA: ReportData =
    ReportData { user_data: UserData([0x5A; 32]), key_hash: Fingerprint([0xC3; 32]) };

pub(crate) fn verifier(root: &[u8]) -> Verifier {
    Verifier::builder().simulated_platform_root(Platform::AwsNitro, root).build().unwrap()
}

pub(crate) fn appraise_at(
    nitro: &SimulatedNitro,
    document: &[u8],
    now: SystemTime,
) -> Result<Verified<Appraised>, Error> {
    verifier(nitro.root_der()).appraise(&SimulatedNitro::report(document), now)
}

pub(crate) fn appraise(
    nitro: &SimulatedNitro,
    document: &[u8],
) -> Result<Verified<Appraised>, Error> {
    appraise_at(nitro, document, SystemTime::now())
}

pub(crate) fn genuine(nitro: &SimulatedNitro) -> Vec<u8> {
    nitro.document(&NitroDocument::new(REPORT_DATA)).unwrap()
}
