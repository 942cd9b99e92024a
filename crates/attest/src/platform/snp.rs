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
mod minimum;
mod report;
mod roots;
mod table;
mod tcb;
mod vek;
mod verify;

pub(crate) use endorsements::{list_for, own_endorsements};
pub use minimum::SnpMinimum;
pub use table::SnpCertificates;

use aecs_proto::SevSnpReport;

pub(super) use report::{Report, SIZE as REPORT_SIZE};
pub(super) use verify::Reports;

use super::Platform;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::checks::Checks;
use crate::encoding::{base64_within, from_json};
use crate::error::Result;
use crate::report::ReportData;
use crate::trust::Trust;

const WHAT: &str = "SEV-SNP report";

/// Verifier of the SEV_SNP platform.
pub(crate) struct Snp(Reports);

impl FromTrust for Snp {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        Reports::new(platform, trust).map(Self)
    }
}

impl EvidenceVerifier for Snp {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let SevSnpReport { b64_report, json_endorsements } = from_json(WHAT, evidence.json_report)?;
        let raw = base64_within(WHAT, &b64_report, REPORT_SIZE)?;
        let report = Report::parse(&raw)?;
        let mut checks = Checks::new();
        let verified = self.0.verify(
            evidence.report_type,
            &json_endorsements,
            report,
            context,
            &mut checks,
        )?;
        let report_data = ReportData::from(*verified.report.report_data);
        Ok(Appraisal {
            facts: verified.facts(),
            backing: verified.backing,
            tcb_status: verified.tcb_status(),
            revocation: verified.revocation,
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
