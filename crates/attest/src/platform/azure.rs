//! Confidential machines on Azure: SEV-SNP and TDX behind a virtual TPM.
//!
//! The guest does not reach the processor. A paravisor does, which Microsoft calls the host
//! compatibility layer (HCL): it has the processor's report over claims of its own, among them the
//! attestation key of the virtual TPM it runs. The guest has that TPM sign a quote. So the chain
//! is: vendor root, processor's report, runtime claims, attestation key, quote, report data.
//!
//! How the 64 bytes of report data get into the evidence is [`binding`]'s to say.

mod binding;
mod hcl;
mod tpm;
mod vtpm;

use aecs_proto::AzureVtpmReport;

use super::Platform;
use super::dcap::{Quote, Quotes};
use super::snp::{Report, Reports};
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::checks::Checks;
use crate::collateral::IntelTee;
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Error, Result};
use crate::limits;
use crate::report::ReportData;
use crate::trust::Trust;
use hcl::Tee;
use vtpm::Vtpm;

const WHAT: &str = "Azure report";

impl Check {
    /// The processor's report binds the runtime claims.
    pub const AZURE_RUNTIME_CLAIMS: Self = Self::new("runtime claims in the processor's report");
    /// The processor's report was made by the paravisor, and not by the guest.
    pub const AZURE_PARAVISOR: Self = Self::new("privilege level of the paravisor");
    /// The quote is signed by the attestation key in the runtime claims.
    pub const AZURE_TPM_SIGNATURE: Self = Self::new("signature of the TPM quote");
    /// The quote is over the registers' values.
    pub const AZURE_PCRS: Self = Self::new("PCRs of the TPM quote");
    /// The quote binds the user data in the runtime claims.
    pub const AZURE_USER_DATA: Self = Self::new("user data in the TPM quote");
}

/// Verifier of the AZURE_SNP_VTPM platform.
pub(crate) struct AzureSnp(Reports);

impl FromTrust for AzureSnp {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        Reports::new(platform, trust).map(Self)
    }
}

impl EvidenceVerifier for AzureSnp {
    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        claimed(evidence, Tee::Snp)
    }

    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let report: AzureVtpmReport = from_json(WHAT, evidence.json_report)?;
        if !report.b64_td_quote.is_empty() {
            return Err(Error::malformed(WHAT, "SEV-SNP has no TD quote"));
        }
        let vtpm = Vtpm::parse(&report, Tee::Snp)?;
        let snp = Report::parse(vtpm.hcl.snp_report())?;
        let mut checks = Checks::new();
        let verified = self.0.verify(
            evidence.report_type,
            &report.json_endorsements,
            snp,
            context,
            &mut checks,
        )?;
        // At a lower level the guest itself makes reports, with claims of its own invention.
        checks.equal(Check::AZURE_PARAVISOR, &0, &verified.vmpl)?;
        vtpm.complete(
            verified.report.report_data,
            Appraisal {
                facts: verified.facts(),
                backing: verified.backing,
                tcb_status: verified.tcb_status(),
                revocation: verified.revocation,
                binding: Binding::Nonce(Vec::new()),
                checks,
            },
        )
    }
}

/// Verifier of the AZURE_TDX_VTPM platform.
pub(crate) struct AzureTdx(Quotes);

impl FromTrust for AzureTdx {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        // The paravisor takes the guest's page faults.
        Ok(Self(Quotes::new(IntelTee::Tdx, platform, trust)?.behind_paravisor()))
    }
}

impl EvidenceVerifier for AzureTdx {
    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        claimed(evidence, Tee::Tdx)
    }

    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let report: AzureVtpmReport = from_json(WHAT, evidence.json_report)?;
        let vtpm = Vtpm::parse(&report, Tee::Tdx)?;
        let bytes = base64_within("quote", &report.b64_td_quote, limits::QUOTE)?;
        let quote = Quote::parse(IntelTee::Tdx, &bytes)?;
        let appraisal =
            self.0.appraise(evidence.report_type, &quote, &report.json_endorsements, context)?;
        let Binding::ReportData(report_data) = appraisal.binding else {
            return Err(Error::malformed(WHAT, "its TD quote binds nothing"));
        };
        vtpm.complete(&report_data.to_bytes(), appraisal)
    }
}

fn claimed(evidence: &Evidence<'_>, tee: Tee) -> Option<ReportData> {
    let report: AzureVtpmReport = from_json(WHAT, evidence.json_report).ok()?;
    Vtpm::parse(&report, tee).ok()?.claimed()
}

#[cfg(test)]
mod tests;
