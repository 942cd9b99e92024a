//! From evidence to a Passport: endorsements that the TEE itself does not have.
//!
//! Asking a source may take as long as its network does. A server does it at start and in the
//! background, and the source remembers what it gave.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_proto::{DcapReport, SevSnpEndorsements, UnifiedAttestationAuthReport, json};

use crate::collateral::{CollateralItem, CollateralSource, IntelTee};
use crate::encoding::{base64_within, to_base64};
use crate::error::{Error, Result, limit};
use crate::limits;
use crate::machine::device::{ReportData, check_report_data};
use crate::platform::Platform;
use crate::platform::dcap::own_quote;
use crate::platform::snp::{list_for, own_endorsements};
use crate::report::{ReportRequest, ReportType};

/// Completes this side's own reports.
#[derive(Clone)]
pub(super) struct Endorser(Option<Arc<dyn CollateralSource>>);

/// An Intel quote that is about what was asked for.
pub(super) struct OwnQuote {
    pub(super) bytes: Vec<u8>,
    /// What it is verified with.
    collateral: CollateralItem,
}

impl OwnQuote {
    pub(super) fn check(tee: IntelTee, data: &ReportData, bytes: Vec<u8>) -> Result<Self> {
        let (bound, collateral) = own_quote(tee, &bytes)?;
        check_report_data(data, &bound.to_bytes())?;
        Ok(Self { bytes, collateral })
    }
}

impl Endorser {
    pub(super) fn new(source: Option<Arc<dyn CollateralSource>>) -> Self {
        Self(source)
    }

    fn source(&self) -> Result<&dyn CollateralSource> {
        self.0.as_deref().ok_or(Error::NoCollateral)
    }

    /// A report of an SGX enclave.
    pub(super) fn sgx(
        &self,
        quote: &OwnQuote,
        request: &ReportRequest<'_>,
    ) -> Result<UnifiedAttestationAuthReport> {
        let report = DcapReport {
            b64_quote: to_base64(&quote.bytes),
            json_collateral: self.dcap(quote, request.report_type)?,
        };
        Ok(request.answer(Platform::SgxDcap, json::to_string(&report)))
    }

    /// The collateral for an Intel quote, in the form of a report; none for a BackgroundCheck.
    pub(super) fn dcap(&self, quote: &OwnQuote, report_type: ReportType) -> Result<String> {
        if report_type == ReportType::BackgroundCheck {
            return Ok(String::new());
        }
        let collateral = self.source()?.get(&quote.collateral, SystemTime::now())?;
        limit("collateral", &*collateral, limits::REPORT)?;
        let text = std::str::from_utf8(&collateral)
            .map_err(|error| Error::malformed("collateral", error))?;
        Ok(text.to_owned())
    }

    /// Adds AMD's revocation list to the certificates that a host has, where that has none and this
    /// side's source has one: verifiers need it.
    pub(super) fn add_snp_list(&self, endorsements: &mut SevSnpEndorsements) {
        let (Some(source), "") = (self.0.as_deref(), endorsements.b64_crl.as_str()) else { return };
        let Ok(vek) = base64_within("certificate", &endorsements.b64_vek_cert, limits::CRL) else {
            return;
        };
        if let Some(list) = list_for(&vek, source, SystemTime::now()) {
            endorsements.b64_crl = to_base64(&list);
        }
    }

    /// The endorsements for an SEV-SNP report, in the form of a report.
    pub(super) fn snp(&self, report: &[u8]) -> Result<String> {
        let endorsements = own_endorsements(report, self.source()?, SystemTime::now())?;
        Ok(json::to_string(&endorsements))
    }
}
