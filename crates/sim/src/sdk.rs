//! Reports of trusted applications of AECS 2.0 that were built in simulation mode: Intel's SDK
//! makes their quotes, in simulation mode too, and nobody signs them.
//!
//! Format: Intel SGX SDK for Linux 1.9 to 2.x, `sdk/simulation/uae_service_sim/quoting_sim.cpp`.

use aecs_attest::{Platform, ReportRequest, Result, UnsignedQuotes};
use aecs_crypto::random;
use aecs_proto::{EpidReport, UnifiedAttestationAuthReport, json};

use crate::identity::EnclaveIdentity;
use crate::quote;
use crate::text::to_base64;

/// What the SDK writes wherever it writes nothing else.
const FILLER: u8 = 0xEE;
/// The caller's choice. AECS 2.0 asks for linkable.
const UNLINKABLE: [u8; 2] = [0, 0];
const LINKABLE: [u8; 2] = [1, 0];
/// EPID group; security versions of the quoting and the provisioning enclave; extended EPID group.
const IDS: [u8; 12] = [0x0B, 0, 0, 0, 0xEF, 0, 0xEF, 0, 0xEF, 0xEF, 0xEF, 0xEF];
/// Bytes of the wrapped key, and of the payload, which would be the group signature.
const WRAPPED_KEY: usize = 288;
const PAYLOAD: usize = 360;
/// The same number as the quote has it.
const PAYLOAD_LENGTH: [u8; 4] = [0x68, 0x01, 0, 0];
/// Bytes of the signature section: wrapped key, initialisation vector, length, payload, MAC.
const SDK_SIGNATURE: usize = WRAPPED_KEY + 12 + 4 + PAYLOAD + 16;
/// Bytes of the signature section in a quote of 500 bytes.
const SHORT_SIGNATURE: usize = 64;

/// Bytes of the header of a quote, of its header and body, and of the length that comes next.
const HEADER: usize = 48;
const SIGNED: usize = HEADER + 384;
const LENGTH: usize = 4;

/// Believes the unsigned quotes of AECS 2.0's simulation. **Anybody can make one for any enclave.**
///
/// Two forms of them are known, and each is taken exactly: quotes of 500 bytes, with a signature
/// section too short for any signature; and those of 1,116 bytes that Intel's SDK makes in
/// simulation mode, where everything that the SDK writes always is as the SDK writes it. A real
/// EPID quote has 1,116 bytes, too.
#[derive(Debug, Clone, Copy)]
pub struct Aecs20Quotes;

impl UnsignedQuotes for Aecs20Quotes {
    fn believes(&self, quote: &[u8]) -> bool {
        let signature = quote.get(SIGNED + LENGTH..).unwrap_or_default();
        let length = quote.get(SIGNED..SIGNED + LENGTH);
        let is_whole = u32::try_from(signature.len())
            .is_ok_and(|len| length == Some(len.to_le_bytes().as_slice()));
        is_whole
            && match quote {
                [3, 0, ..] => signature.len() == SHORT_SIGNATURE,
                [2, 0, ..] => signature.len() == SHORT_SIGNATURE || is_of_sdk(quote, signature),
                _ => false,
            }
    }
}

/// Whether the SDK made this quote in simulation mode. What it draws at random is not looked at:
/// the service provider's id, the initialisation vector and the MAC.
fn is_of_sdk(quote: &[u8], signature: &[u8]) -> bool {
    let has = |bytes: &[u8], at: usize, expected: &[u8]| {
        bytes.get(at..).is_some_and(|rest| rest.starts_with(expected))
    };
    // The rest of the basename is random where quotes are not to be linked.
    let linkable = has(quote, 2, &LINKABLE) && has(quote, 32, &[0; 16]);
    (has(quote, 2, &UNLINKABLE) || linkable)
        && has(quote, 4, &IDS)
        && has(signature, 0, &[FILLER; WRAPPED_KEY])
        && has(signature, 300, &PAYLOAD_LENGTH)
        && has(signature, 304, &[FILLER; PAYLOAD])
        && signature.len() == SDK_SIGNATURE
}

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
    quote.extend(2_u16.to_le_bytes());
    quote.extend(LINKABLE);
    quote.extend(IDS);
    // Service provider id and the rest of the basename.
    quote.extend([0; 32]);
    quote.extend(quote::enclave_report(identity, report_data)?);
    quote.extend(680_u32.to_le_bytes());
    quote.extend([FILLER; WRAPPED_KEY]);
    quote.extend(random::<12>()?);
    quote.extend(PAYLOAD_LENGTH);
    quote.extend([FILLER; PAYLOAD]);
    quote.extend(random::<16>()?);
    Ok(quote)
}
