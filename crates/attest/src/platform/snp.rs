//! AMD SEV-SNP: reports of guests, versions 2 to 5, on Milan, Genoa and Turin.
//!
//! A report is signed by a key of the chip (VCEK) or of a cloud (VLEK), both derived from the
//! platform's TCB version; their certificates lead through an ASK or ASVK to the generation's root
//! (ARK). Which root that is, is the configuration's to say, never the evidence's.
//!
//! Sources: SEV-SNP firmware ABI (AMD publication 56860) for the report, publication 57230 for the
//! certificates. docs/platforms/sev-snp.md lists what is checked.

mod chain;
mod checks;
mod endorsements;
mod genuine;
mod minimum;
mod report;
mod roots;
mod tcb;
mod vek;

pub(crate) use endorsements::{list_for, own_endorsements};
pub use minimum::SnpMinimum;

use aecs_proto::SevSnpReport;

pub(super) use genuine::Genuine;
pub(super) use report::{Report, SIZE as REPORT_SIZE};

use chain::Roots;
use endorsements::Endorsements;
use minimum::Minimums;

use super::Platform;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::checks::Checks;
use crate::encoding::{base64_within, from_json};
use crate::error::Result;
use crate::report::{ReportData, ReportType};
use crate::trust::Trust;

const WHAT: &str = "SEV-SNP report";

/// Verifies the processors' reports, for every platform whose evidence has them.
pub(super) struct Reports {
    roots: Roots,
    minimums: Minimums,
    without_list: bool,
}

impl Reports {
    /// Takes what is trusted for the platform.
    pub(super) fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        Ok(Self {
            roots: Roots::of(platform, trust)?,
            minimums: Minimums::new(&trust.snp_minimums),
            without_list: trust.insecure_no_revocation_list,
        })
    }

    /// Decides whether a report is genuine.
    ///
    /// A Passport brings its endorsements, the JSON of a `SevSnpEndorsements`; for a BackgroundCheck
    /// they come from the verifier's source. The revocation list may come from both.
    pub(super) fn verify<'a>(
        &self,
        report_type: ReportType,
        json_endorsements: &str,
        report: Report<'a>,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Genuine<'a>> {
        let endorsements = Endorsements::collect(
            report_type,
            json_endorsements,
            &report,
            &self.roots,
            self.without_list,
            context,
        )?;
        Genuine::verify(report, &endorsements, self, context.now, checks)
    }
}

/// Verifier of the SEV_SNP platform.
pub(crate) struct Snp {
    platform: Platform,
    reports: Reports,
}

impl FromTrust for Snp {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        Ok(Self { platform, reports: Reports::new(platform, trust)? })
    }
}

impl EvidenceVerifier for Snp {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let SevSnpReport { b64_report, json_endorsements } = from_json(WHAT, evidence.json_report)?;
        let raw = base64_within(WHAT, &b64_report, REPORT_SIZE)?;
        let report = Report::parse(&raw)?;
        let mut checks = Checks::new();
        let genuine = self.reports.verify(
            evidence.report_type,
            &json_endorsements,
            report,
            context,
            &mut checks,
        )?;
        let report_data = ReportData::from(*genuine.report.report_data);
        Ok(Appraisal {
            message: genuine.attributes(self.platform, Some(&report_data)),
            backing: genuine.backing,
            tcb_status: genuine.tcb_status(),
            revocation: genuine.revocation,
            binding: Binding::ReportData(report_data),
            checks,
        })
    }

    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        let report: SevSnpReport = from_json(WHAT, evidence.json_report).ok()?;
        let raw = base64_within(WHAT, &report.b64_report, REPORT_SIZE).ok()?;
        Some(ReportData::from(*Report::parse(&raw).ok()?.report_data))
    }
}
