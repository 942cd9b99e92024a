//! Unsigned quotes of original AECS 2.0 programs that were built in simulation mode.
//!
//! Nothing about such a quote is proven: anybody can claim to be any enclave. This crate recognises
//! them to say why it refuses them. They are believed only if a verifier was given somebody who
//! believes them ([`UnsignedQuotes`](crate::UnsignedQuotes)), and then have the TCB status
//! [`TcbStatus::Unverified`], which no policy accepts by default.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::sgx::Quote;
use crate::anchor::Backing;
use crate::appraisal::{Appraisal, Binding};
use crate::attributes::table::TCB_STATUS;
use crate::checks::Checks;
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;

const EPID_QUOTE_VERSION: u16 = 2;
const DCAP_QUOTE_VERSION: u16 = 3;

/// Bytes of the signature section in a quote of 500 bytes; a real one has more than 500.
const FILLER: usize = 64;

/// What Intel's SDK writes in simulation mode where the group signature of an EPID quote would be.
const SDK_PAYLOAD: [u8; 360] = [0xEE; 360];
/// Bytes before it in the signature section.
const SDK_PAYLOAD_AT: usize = 304;

/// How long an unverified report may be remembered.
const VALIDITY: Duration = Duration::from_secs(3600);

/// Whether this is an EPID quote of a simulation.
pub(crate) fn is_unsigned_epid(quote: &Quote<'_>) -> bool {
    let payload = quote.signature.get(SDK_PAYLOAD_AT..).unwrap_or_default();
    quote.version() == EPID_QUOTE_VERSION
        && (quote.signature.len() == FILLER || payload.starts_with(&SDK_PAYLOAD))
}

/// Whether this is a DCAP quote of a simulation: too short to carry signatures.
pub(crate) fn is_unsigned_dcap(quote: &Quote<'_>) -> bool {
    quote.version() == DCAP_QUOTE_VERSION && quote.signature.len() == FILLER
}

/// Takes a quote for what it says. The caller has asked who believes it.
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
