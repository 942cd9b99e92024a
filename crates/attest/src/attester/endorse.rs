//! From evidence to a Passport: endorsements that the TEE itself does not have.
//!
//! Asking a source may take as long as its network does. A server does it at start and in the
//! background, and the source remembers what it gave.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_proto::{DcapReport, UnifiedAttestationAuthReport, json};
use dcap_qvl::quote::Quote;
use dcap_qvl::{config, intel};

use crate::collateral::{CollateralItem, CollateralSource, IntelTee, PckCa};
use crate::encoding::to_base64;
use crate::error::{Error, Result, Source};
use crate::platform::{AwsLcConfig, Platform};
use crate::report::{ReportRequest, ReportType};

/// Completes this side's own reports.
#[derive(Clone)]
pub(super) struct Endorser(Option<Arc<dyn CollateralSource>>);

impl Endorser {
    pub(super) fn new(source: Option<Arc<dyn CollateralSource>>) -> Self {
        Self(source)
    }

    fn source(&self) -> Result<&dyn CollateralSource> {
        self.0.as_deref().ok_or(Error::NoCollateral)
    }

    /// A report of SGX.
    pub(super) fn dcap_report(
        &self,
        platform: Platform,
        quote: &[u8],
        request: &ReportRequest<'_>,
    ) -> Result<UnifiedAttestationAuthReport> {
        let report = DcapReport {
            b64_quote: to_base64(quote),
            json_collateral: self.dcap(platform, quote, request.report_type)?,
        };
        Ok(request.answer(platform, json::to_string(&report)))
    }

    /// The collateral for an Intel quote, in the form of a report; none for a BackgroundCheck.
    pub(super) fn dcap(
        &self,
        platform: Platform,
        quote: &[u8],
        report_type: ReportType,
    ) -> Result<String> {
        if report_type == ReportType::BackgroundCheck {
            return Ok(String::new());
        }
        let source = self.source()?;
        let quote = parse_quote(quote)?;
        let unnamed = |error: &dyn std::fmt::Display| {
            Error::malformed("PCK certificate of the quote", error.to_string())
        };
        let fmspc = intel::quote_fmspc_with::<AwsLcConfig>(&quote).map_err(|e| unnamed(&e))?;
        let ca = match intel::quote_ca_with::<AwsLcConfig>(&quote).map_err(|e| unnamed(&e))? {
            config::PckCa::Platform => PckCa::Platform,
            config::PckCa::Processor => PckCa::Processor,
        };
        let tee = if platform == Platform::Tdx { IntelTee::Tdx } else { IntelTee::Sgx };
        let item = CollateralItem::Dcap { tee, fmspc, ca };
        let collateral = source.get(&item, SystemTime::now())?;
        let text = std::str::from_utf8(&collateral)
            .map_err(|error| Error::malformed("collateral", error))?;
        Ok(text.to_owned())
    }

    /// The endorsements for an SEV-SNP report, in the form of a report.
    pub(super) fn snp(&self, _report: &[u8]) -> Result<String> {
        self.source()?;
        Err(Error::NoCollateral)
    }
}

/// Reads an Intel quote of any version.
pub(super) fn parse_quote(quote: &[u8]) -> Result<Quote> {
    Quote::parse(quote).map_err(|error| Error::malformed("quote", Source::from(error.to_string())))
}
