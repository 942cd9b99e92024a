//! Reports as trusted applications of AECS 2.0 send them that were built in simulation mode: their
//! quotes are made by Intel's SDK, in simulation mode too, and nobody signs them.
//!
//! Format: Intel SGX SDK for Linux 1.9 to 2.x, `sdk/simulation/uae_service_sim/quoting_sim.cpp`.

use aecs_attest::{Platform, ReportRequest, Result};
use aecs_crypto::random;
use aecs_proto::{EpidReport, UnifiedAttestationAuthReport, json};

use crate::identity::EnclaveIdentity;
use crate::quote;
use crate::text::to_base64;

/// What the SDK writes wherever it writes nothing else.
const FILLER: u8 = 0xEE;

/// The report of an enclave of AECS 2.0 in simulation mode. Only verifiers with their insecure
/// switch believe it, and it proves nothing.
///
/// # Errors
///
/// If the enclave's report cannot be made.
pub fn aecs20_simulation_report(
    identity: &EnclaveIdentity,
    request: &ReportRequest<'_>,
) -> Result<UnifiedAttestationAuthReport> {
    let quote = quote(identity, request.report_data().to_bytes())?;
    let report = EpidReport { b64_quote: to_base64(&quote) };
    Ok(request.answer(Platform::SgxEpid, json::to_string(&report)))
}

fn quote(identity: &EnclaveIdentity, report_data: [u8; 64]) -> Result<Vec<u8>> {
    let mut quote = Vec::new();
    // Version; signature type: linkable, as AECS 2.0 asks for.
    quote.extend(2_u16.to_le_bytes());
    quote.extend(1_u16.to_le_bytes());
    // Group; security versions of the quoting and the provisioning enclave; extended group.
    quote.extend(0x0B_u32.to_le_bytes());
    quote.extend(0xEF_u16.to_le_bytes());
    quote.extend(0xEF_u16.to_le_bytes());
    quote.extend(0xEFEF_EFEF_u32.to_le_bytes());
    // Service provider id and the rest of the basename.
    quote.extend([0; 32]);
    quote.extend(quote::enclave_report(identity, report_data)?);
    quote.extend(680_u32.to_le_bytes());
    // Wrapped key, initialisation vector, payload with its length, MAC.
    quote.extend([FILLER; 288]);
    quote.extend(random::<12>()?);
    quote.extend(360_u32.to_le_bytes());
    quote.extend([FILLER; 360]);
    quote.extend(random::<16>()?);
    Ok(quote)
}
