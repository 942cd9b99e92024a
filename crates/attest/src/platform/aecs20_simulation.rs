//! Unsigned quotes of original AECS 2.0 programs that were built in simulation mode.
//!
//! Nothing about such a quote is proven: whoever can write bytes can claim to be any enclave. They
//! are read only when the verifier was built with its insecure switch, and then have the TCB
//! status [`TcbStatus::Unverified`], which no policy accepts by default.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_proto::EpidReport;

use super::sgx::Quote;
use super::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust, Platform, Trust};
use crate::attributes::Backing;
use crate::checks::Checks;
use crate::encoding::{base64_within, from_json};
use crate::error::{Error, Result};
use crate::limits;
use crate::tcb::TcbStatus;

const EPID_QUOTE_VERSION: u16 = 2;
const DCAP_QUOTE_VERSION: u16 = 3;

/// Bytes of the signature section of a simulated DCAP quote; a real one has more than 500.
const DCAP_FILLER: usize = 64;

/// How long an unverified report may be remembered.
const VALIDITY: Duration = Duration::from_secs(3600);

/// Verifier of the EPID platform, which takes simulated quotes and no others.
pub(crate) struct Epid {
    insecure: bool,
}

impl FromTrust for Epid {
    fn new(_platform: Platform, trust: &Trust) -> Result<Self> {
        Ok(Self { insecure: trust.insecure_aecs20_simulation })
    }
}

impl EvidenceVerifier for Epid {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        // A Passport report of real hardware is not this message: it is Base64 of Intel's answer.
        let unsupported = Error::UnsupportedPlatform { platform: Platform::SgxEpid };
        let Ok(report) = from_json::<EpidReport>("EPID report", evidence.json_report) else {
            return Err(unsupported);
        };
        let bytes = base64_within("quote", &report.b64_quote, limits::QUOTE)?;
        let quote = Quote::parse(&bytes)?;
        match (quote.version() == EPID_QUOTE_VERSION, self.insecure) {
            (false, _) => Err(unsupported),
            (true, false) => Err(Error::InsecureSimulation),
            (true, true) => {
                let mut appraisal = appraise_unsigned(&quote, Platform::SgxEpid, context.now);
                appraisal.message.hex_spid = hex::encode_upper(quote.spid());
                Ok(appraisal)
            }
        }
    }
}

/// Whether this is a DCAP quote of a simulation: too short to carry signatures.
pub(crate) fn is_unsigned_dcap(quote: &Quote<'_>) -> bool {
    quote.version() == DCAP_QUOTE_VERSION && quote.signature.len() == DCAP_FILLER
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
        binding: Binding::ReportData(quote.body.report_data),
        checks,
    }
}
