//! Unsigned quotes of original AECS 2.0 programs that were built in simulation mode.
//!
//! Nothing about such a quote is proven: anybody can claim to be any enclave. They
//! are read only when the verifier was built with its insecure switch, and then have the TCB
//! status [`TcbStatus::Unverified`], which no policy accepts by default.
//!
//! Two shapes of them are known, and each is taken exactly: quotes of 500 bytes, with a signature
//! section too short for any signature; and those of 1,116 bytes that Intel's SDK makes in
//! simulation mode, where everything that the SDK writes always is as the SDK writes it. A real
//! EPID quote has 1,116 bytes, too.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::sgx::Quote;
use crate::anchor::Backing;
use crate::appraisal::{Appraisal, Binding};
use crate::attributes::table::TCB_STATUS;
use crate::checks::Checks;
use crate::encoding::bytes::take;
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;

const EPID_QUOTE_VERSION: u16 = 2;
const DCAP_QUOTE_VERSION: u16 = 3;

/// Bytes of the signature section in a quote of 500 bytes; a real one has more than 500.
const FILLER: usize = 64;

/// What the SDK writes wherever it writes nothing else.
const SDK_FILLER: u8 = 0xEE;
/// Unlinkable and linkable: the caller's choice. AECS 2.0 asks for linkable.
const SDK_UNLINKABLE: [u8; 2] = [0, 0];
const SDK_LINKABLE: [u8; 2] = [1, 0];
/// EPID group; security versions of the quoting and the provisioning enclave; extended EPID group.
const SDK_IDS: [u8; 12] = [0x0B, 0, 0, 0, 0xEF, 0, 0xEF, 0, 0xEF, 0xEF, 0xEF, 0xEF];
/// Bytes of the payload, which would be the group signature, in the signature section.
const SDK_PAYLOAD: usize = 360;
/// The same number as the quote has it.
const SDK_PAYLOAD_LEN: [u8; 4] = [0x68, 0x01, 0, 0];

/// How long an unverified report may be remembered.
const VALIDITY: Duration = Duration::from_secs(3600);

/// Whether this is an EPID quote of a simulation.
pub(crate) fn is_unsigned_epid(quote: &Quote<'_>) -> bool {
    quote.version() == EPID_QUOTE_VERSION
        && (quote.signature.len() == FILLER || is_of_sdk(quote) == Some(true))
}

/// Whether this is a DCAP quote of a simulation: too short to carry signatures.
pub(crate) fn is_unsigned_dcap(quote: &Quote<'_>) -> bool {
    quote.version() == DCAP_QUOTE_VERSION && quote.signature.len() == FILLER
}

/// Whether the SDK made this quote in simulation mode; nothing if it is too short.
///
/// Format: Intel SGX SDK for Linux, `sdk/simulation/uae_service_sim/quoting_sim.cpp`, the same from
/// 1.9 on.
fn is_of_sdk(quote: &Quote<'_>) -> Option<bool> {
    let mut header = quote.header.as_slice();
    let _version = take::<2>(&mut header)?;
    let sign_type = *take::<2>(&mut header)?;
    let ids = *take::<12>(&mut header)?;
    let _service_provider = take::<16>(&mut header)?;
    let basename_rest = *take::<16>(&mut header)?;

    let mut signature = quote.signature;
    let wrapped_key = *take::<288>(&mut signature)?;
    let _random_iv = take::<12>(&mut signature)?;
    let payload_len = *take::<4>(&mut signature)?;
    let payload = *take::<SDK_PAYLOAD>(&mut signature)?;
    let _random_mac = take::<16>(&mut signature)?;

    Some(
        // Random where quotes are not to be linked.
        (sign_type == SDK_UNLINKABLE || (sign_type == SDK_LINKABLE && basename_rest == [0; 16]))
            && ids == SDK_IDS
            && wrapped_key == [SDK_FILLER; 288]
            && payload_len == SDK_PAYLOAD_LEN
            && payload == [SDK_FILLER; SDK_PAYLOAD]
            && signature.is_empty(),
    )
}

/// Believes a quote. The caller has made sure that it was told to.
pub(crate) fn appraise_unsigned(quote: &Quote<'_>, now: SystemTime) -> Appraisal {
    let mut checks = Checks::new();
    checks.narrow(UNIX_EPOCH, now + VALIDITY);
    Appraisal {
        facts: quote.body.facts().with(&TCB_STATUS, [TcbStatus::Unverified]),
        backing: Backing::Nothing,
        tcb_status: TcbStatus::Unverified,
        revocation: Revocation::NotChecked("nothing of such a report is signed"),
        binding: Binding::ReportData(quote.body.report_data),
        checks,
    }
}
