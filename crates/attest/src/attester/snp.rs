//! An AMD SEV-SNP guest: the report through the kernel's common interface or, where there is none,
//! `/dev/sev-guest`; certificates from the host's table or a source of collateral.

use std::path::Path;
use std::sync::Arc;

use aecs_proto::{SevSnpEndorsements, SevSnpReport, UnifiedAttestationAuthReport, json};

use super::detect;
use super::endorse::Endorser;
use super::opened::{Opened, no_sealing};
use super::sev_guest::{SevGuest, SnpEvidence};
use super::tsm::{Provider, REPORTS, Tsm};
use crate::encoding::to_base64;
use crate::error::{Error, Result};
use crate::machine::Machine;
use crate::machine::device::{ReportData, SEV_GUEST, check_report_data};
use crate::platform::Platform;
use crate::platform::snp::SnpCertificates;
use crate::report::{Attester, ReportRequest, ReportType};
use crate::sealing::{self, SealingRules};
use crate::tee::Tee;

/// Bytes of a report (AMD, 56860, table 22).
const REPORT: usize = 1184;
/// Where the 64 bytes of report data are in it.
const REPORT_DATA: std::ops::Range<usize> = 0x50..0x90;

pub(super) fn open(
    machine: Arc<dyn Machine>,
    endorser: Endorser,
    rules: Option<&SealingRules>,
) -> Result<Opened> {
    let source = if detect::snp_has_tsm(machine.as_ref()) {
        ReportSource::Tsm
    } else {
        ReportSource::Device
    };
    let snp = Snp { machine: Arc::clone(&machine), endorser, source };
    // What a key may depend on at most is in the guest's own report.
    let sealing = match rules {
        Some(rules) => sealing::snp::open(machine, rules, || Ok(snp.evidence(&[0; 64])?.report))?,
        None => no_sealing(),
    };
    Ok(Opened { tee: Tee::SevSnp, attester: Arc::new(snp), sealing })
}

/// How reports are asked for.
#[derive(Debug, Clone, Copy)]
enum ReportSource {
    Tsm,
    Device,
}

struct Snp {
    machine: Arc<dyn Machine>,
    endorser: Endorser,
    source: ReportSource,
}

impl Attester for Snp {
    fn platform(&self) -> Platform {
        Platform::SevSnp
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let SnpEvidence { report, certificates } =
            self.evidence(&request.report_data().to_bytes())?;
        let json_endorsements = match request.report_type {
            ReportType::BackgroundCheck => String::new(),
            ReportType::Passport => match endorsements(&certificates)? {
                Some(mut endorsements) => {
                    self.endorser.add_snp_list(&mut endorsements);
                    json::to_string(&endorsements)
                }
                None => self.endorser.snp(&report)?,
            },
        };
        let report = SevSnpReport { b64_report: to_base64(&report), json_endorsements };
        Ok(request.answer(Platform::SevSnp, json::to_string(&report)))
    }
}

impl Snp {
    /// A report over `data`.
    fn evidence(&self, data: &ReportData) -> Result<SnpEvidence> {
        let evidence = match self.source {
            ReportSource::Tsm => {
                let blobs = Tsm(self.machine.as_ref()).report(Provider::SevSnp, data)?;
                SnpEvidence { report: blobs.evidence, certificates: blobs.auxiliary }
            }
            ReportSource::Device => SevGuest(self.machine.as_ref()).report(data)?,
        };
        if evidence.report.len() != REPORT {
            let reason = format!("{} bytes from {}", evidence.report.len(), self.path().display());
            return Err(Error::malformed("SEV-SNP report", reason));
        }
        check_report_data(data, evidence.report.get(REPORT_DATA).unwrap_or_default())?;
        Ok(evidence)
    }

    fn path(&self) -> &'static Path {
        Path::new(match self.source {
            ReportSource::Tsm => REPORTS,
            ReportSource::Device => SEV_GUEST,
        })
    }
}

/// The endorsements in a host's certificate table; none without a certificate of the signing key.
fn endorsements(table: &[u8]) -> Result<Option<SevSnpEndorsements>> {
    if table.is_empty() {
        return Ok(None);
    }
    let SnpCertificates { vek, ask, crl } = SnpCertificates::from_table(table)?;
    let base64 = |der: Option<Vec<u8>>| der.map(|der| to_base64(&der)).unwrap_or_default();
    Ok(vek.map(|vek| SevSnpEndorsements {
        b64_vek_cert: to_base64(&vek),
        b64_ask_cert: base64(ask),
        b64_crl: base64(crl),
    }))
}
