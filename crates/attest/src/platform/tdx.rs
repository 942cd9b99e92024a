//! Intel TDX: quotes of versions 4 and 5, verified as those of SGX are ([`super::dcap`]), and the
//! event log that may come with them.

mod event_log;

use aecs_proto::IntelTdxReport;

use super::Platform;
use super::dcap::{Body, Quote, Quotes};
use crate::appraisal::{Appraisal, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::table::{EVENT_LOG, EVENT_LOG_VERIFIED, IMAGES};
use crate::checks::Checks;
use crate::collateral::IntelTee;
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Result};
use crate::limits;
use crate::quote::td_report::Measurement;
use crate::report::ReportData;
use crate::trust::Trust;
use event_log::EventLog;
pub use event_log::without_padding;

impl Check {
    /// Events of the log lead to the value of RTMR0.
    pub const TDX_RTMR0: Self = Self::new("event log of RTMR0");
    /// Events of the log lead to the value of RTMR1.
    pub const TDX_RTMR1: Self = Self::new("event log of RTMR1");
    /// Events of the log lead to the value of RTMR2.
    pub const TDX_RTMR2: Self = Self::new("event log of RTMR2");
    /// Events of the log lead to the value of RTMR3.
    pub const TDX_RTMR3: Self = Self::new("event log of RTMR3");
}

/// Verifier of the TDX platform.
pub(crate) struct Tdx(Quotes);

impl FromTrust for Tdx {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        Quotes::new(IntelTee::Tdx, platform, trust).map(Self)
    }
}

impl EvidenceVerifier for Tdx {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let report: IntelTdxReport = from_json("TDX report", evidence.json_report)?;
        let bytes = base64_within("quote", &report.b64_quote, limits::QUOTE)?;
        let log = base64_within("event log", &report.b64_event_log, limits::EVENT_LOG)?;
        let quote = Quote::parse(IntelTee::Tdx, &bytes)?;
        let mut appraisal =
            self.0.appraise(evidence.report_type, &quote, &report.json_collateral, context)?;
        // Only now: the registers are those of a genuine quote.
        if let (Body::TrustDomain(report), false) = (quote.body(), log.is_empty()) {
            let log = check_event_log(&log, &report.rtmrs, &mut appraisal.checks)?;
            appraisal.facts.set(&EVENT_LOG_VERIFIED, true);
            appraisal.facts.set(&EVENT_LOG, log.said());
            appraisal.facts.set(&IMAGES, log.images());
        }
        Ok(appraisal)
    }

    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        let report: IntelTdxReport = from_json("TDX report", evidence.json_report).ok()?;
        let bytes = base64_within("quote", &report.b64_quote, limits::QUOTE).ok()?;
        Some(Quote::parse(IntelTee::Tdx, &bytes).ok()?.report_data())
    }
}

/// Refuses a log whose events do not lead to the registers.
///
/// RTMR3 is for programs that run after boot. The kernel does not append what they measure to the
/// firmware's log: a log without events of RTMR3 says nothing about it. Its value is then the
/// quote's alone, as without a log.
fn check_event_log(log: &[u8], rtmrs: &[Measurement; 4], checks: &mut Checks) -> Result<EventLog> {
    const NAMES: [Check; 4] =
        [Check::TDX_RTMR0, Check::TDX_RTMR1, Check::TDX_RTMR2, Check::TDX_RTMR3];
    let log = EventLog::parse(log)?;
    let replayed = log.replay();
    for ((check, replayed), actual) in NAMES.into_iter().zip(&replayed).zip(rtmrs) {
        if check == Check::TDX_RTMR3 && !log.covers_rtmr3() && actual != replayed {
            checks.passed(check, "not in the log: programs extended the register after boot");
        } else {
            checks.equal_bytes(check, actual, replayed)?;
        }
    }
    Ok(log)
}
