//! The one list of verifiers. Only [`Verifier`](crate::Verifier) uses it: everything else knows
//! platforms by their name.

use crate::appraisal::{EvidenceVerifier, FromTrust};
use crate::error::Result;
use crate::platform::{
    Platform, azure, cca, csv, dcap, epid, hyper_enclave, kunpeng, nitro, nvidia, snp, tdx,
};
use crate::trust::Trust;

/// The verifier of a platform's evidence.
pub(super) fn verifier_of(platform: Platform, trust: &Trust) -> Result<Box<dyn EvidenceVerifier>> {
    match platform {
        Platform::SgxEpid => verifier::<epid::Epid>(platform, trust),
        Platform::SgxDcap => verifier::<dcap::Sgx>(platform, trust),
        Platform::Tdx => verifier::<tdx::Tdx>(platform, trust),
        Platform::HyperEnclave => verifier::<hyper_enclave::HyperEnclave>(platform, trust),
        Platform::Csv => verifier::<csv::Csv>(platform, trust),
        Platform::Kunpeng => verifier::<kunpeng::Kunpeng>(platform, trust),
        Platform::SevSnp => verifier::<snp::Snp>(platform, trust),
        Platform::ArmCca => verifier::<cca::Cca>(platform, trust),
        Platform::AzureSnp => verifier::<azure::AzureSnp>(platform, trust),
        Platform::AzureTdx => verifier::<azure::AzureTdx>(platform, trust),
        Platform::AwsNitro => verifier::<nitro::Nitro>(platform, trust),
        Platform::NvidiaGpu | Platform::NvidiaSwitch => verifier::<nvidia::Nvidia>(platform, trust),
    }
}

fn verifier<V: FromTrust + 'static>(
    platform: Platform,
    trust: &Trust,
) -> Result<Box<dyn EvidenceVerifier>> {
    Ok(Box::new(V::new(platform, trust)?))
}
