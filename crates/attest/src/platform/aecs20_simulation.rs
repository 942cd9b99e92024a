//! Unsigned quotes of original AECS 2.0 programs that were built in simulation mode.
//!
//! Nothing about such a quote is proven: whoever can write bytes can claim to be any enclave. They
//! are read only when the verifier was built with its insecure switch, and then have the TCB
//! status [`TcbStatus::Unverified`], which no policy accepts by default.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::sgx::Quote;
use super::{Appraisal, Binding, Platform};
use crate::attributes::Backing;
use crate::checks::Checks;
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;

const EPID_QUOTE_VERSION: u16 = 2;
const DCAP_QUOTE_VERSION: u16 = 3;

/// Bytes of the signature section of a simulated quote; a real one has more than 500.
const FILLER: usize = 64;

/// How long an unverified report may be remembered.
const VALIDITY: Duration = Duration::from_secs(3600);

/// Whether this is an EPID quote of a simulation: too short to carry a group signature.
pub(crate) fn is_unsigned_epid(quote: &Quote<'_>) -> bool {
    quote.version() == EPID_QUOTE_VERSION && quote.signature.len() == FILLER
}

/// Whether this is a DCAP quote of a simulation: too short to carry signatures.
pub(crate) fn is_unsigned_dcap(quote: &Quote<'_>) -> bool {
    quote.version() == DCAP_QUOTE_VERSION && quote.signature.len() == FILLER
}

/// Believes a quote. The caller has made sure that it was told to.
pub(crate) fn appraise_unsigned(
    quote: &Quote<'_>,
    platform: Platform,
    now: SystemTime,
) -> Appraisal {
    let mut message = quote.body.describe(platform);
    message.str_tcb_status = TcbStatus::Unverified.as_str().into();
    let mut checks = Checks::new();
    checks.narrow(UNIX_EPOCH, now + VALIDITY);
    Appraisal {
        message,
        backing: Backing::Nothing,
        tcb_status: TcbStatus::Unverified,
        revocation: Revocation::NotChecked("nothing of such a report is signed"),
        binding: Binding::ReportData(quote.body.report_data),
        checks,
    }
}
