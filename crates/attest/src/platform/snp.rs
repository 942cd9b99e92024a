//! AMD SEV-SNP: reports of guests, versions 2 to 5, on Milan, Genoa and Turin.
//!
//! A report is signed by a key of the chip (VCEK) or of a cloud (VLEK), both derived from the
//! platform's TCB version; their certificates lead through an ASK or ASVK to the generation's root
//! (ARK). Which root that is, is the configuration's to say, never the evidence's.
//!
//! Sources: SEV-SNP firmware ABI (AMD publication 56860) for the report, publication 57230 for the
//! certificates. docs/platforms/sev-snp.md lists what is checked.

mod certificate;
mod chain;
mod checks;
mod crl;
mod endorsements;
mod genuine;
mod report;
mod roots;
mod tcb;
mod vek;

pub(crate) use endorsements::own_endorsements;

use aecs_proto::SevSnpReport;

pub(super) use chain::Roots;
pub(super) use endorsements::Endorsements;
pub(super) use genuine::Genuine;
pub(super) use report::{Report, SIZE as REPORT_SIZE};

use super::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust, Platform, Trust};
use crate::checks::Checks;
use crate::encoding::{base64_within, from_json};
use crate::error::Result;
use crate::report::ReportData;

const WHAT: &str = "SEV-SNP report";

/// Verifies SEV-SNP reports.
pub(super) struct Snp {
    platform: Platform,
    roots: Roots,
}

impl FromTrust for Snp {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        Ok(Self { platform, roots: Roots::of(platform, trust)? })
    }
}

impl EvidenceVerifier for Snp {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let SevSnpReport { b64_report, json_endorsements } = from_json(WHAT, evidence.json_report)?;
        let raw = base64_within(WHAT, &b64_report, REPORT_SIZE)?;
        let report = Report::parse(&raw)?;
        let endorsements = Endorsements::collect(
            evidence.report_type,
            &json_endorsements,
            &report,
            &self.roots,
            context,
        )?;
        let mut checks = Checks::new();
        let genuine =
            Genuine::verify(report, &endorsements, &self.roots, context.now, &mut checks)?;
        let report_data = ReportData::from(*genuine.report.report_data);
        Ok(Appraisal {
            message: genuine.attributes(self.platform, Some(&report_data)),
            backing: genuine.backing,
            tcb_status: genuine.tcb_status,
            binding: Binding::ReportData(report_data),
            checks,
        })
    }
}
