//! The certificates and the revocation list that a report is judged by, and where they come from.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_proto::SevSnpEndorsements;

use super::report::Report;
use super::vek::Vek;
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::collateral::{CollateralItem, CollateralSource, SnpProduct, SnpSigner};
use crate::encoding::{base64_within, from_json, to_base64};
use crate::error::{Check, Endorsement, Error, Result, limit};
use crate::limits;
use crate::report::ReportType;
use crate::signature::memory::SignatureMemory;
use crate::x509::rules::AMD;
use crate::x509::{self, Authority, RevocationList, pem};

/// What a report is judged by. Nothing has been verified.
#[derive(Debug)]
pub(super) struct Endorsements {
    /// Certificate of the VCEK or VLEK, in DER.
    pub(super) vek: Arc<[u8]>,
    /// Certificates of authorities, in DER: its issuer's is among them, or it is built in.
    pub(super) authorities: Vec<Vec<u8>>,
    /// Revocation list of the root that the report brings, in DER.
    brought: Option<Vec<u8>>,
    /// The one that the verifier's own source has.
    own: Option<Arc<[u8]>>,
}

impl Endorsements {
    /// Those in the report's `json_endorsements`, or those that the configured source has: which of
    /// both is the type of report's to say. Certificates of authorities that are built in, by their
    /// name in DER, are not asked for.
    pub(super) fn collect(
        report_type: ReportType,
        json: &str,
        report: &Report<'_>,
        is_built_in: impl Fn(&[u8]) -> bool,
        without_list: bool,
        context: &Context<'_>,
    ) -> Result<Self> {
        // Nothing is asked for on a processor that nothing would do for.
        report.products()?;
        match (report_type, json) {
            (ReportType::Passport, "") => Err(Error::NoCollateral),
            (ReportType::Passport, json) => Self::from_passport(json, context),
            (ReportType::BackgroundCheck, "") => {
                let source = context.collateral.ok_or(Error::NoCollateral)?;
                Self::from_source(report, is_built_in, without_list, source, context)
            }
            (ReportType::BackgroundCheck, _) => Err(Error::malformed(
                "SEV-SNP report",
                "BackgroundCheck reports carry no endorsements",
            )),
        }
    }

    fn from_passport(json: &str, context: &Context<'_>) -> Result<Self> {
        const WHAT: &str = "SEV-SNP endorsements";
        let SevSnpEndorsements { b64_vek_cert, b64_ask_cert, b64_crl } = from_json(WHAT, json)?;
        let certificate = |text: &str| base64_within(WHAT, text, x509::MAX_SIZE);
        let vek = certificate(&b64_vek_cert)?;
        Ok(Self {
            own: own_list(&vek, context),
            vek: vek.into(),
            authorities: match b64_ask_cert.as_str() {
                "" => Vec::new(),
                text => vec![certificate(text)?],
            },
            brought: match b64_crl.as_str() {
                "" => None,
                text => Some(base64_within(WHAT, text, limits::CRL)?),
            },
        })
    }

    fn from_source(
        report: &Report<'_>,
        is_built_in: impl Fn(&[u8]) -> bool,
        without_list: bool,
        source: &dyn CollateralSource,
        context: &Context<'_>,
    ) -> Result<Self> {
        // AMD does not give out the certificates of a cloud's keys.
        let signer = SnpSigner::Vcek;
        if report.key_info.signer() != Some(signer) {
            return Err(Error::NoCollateral);
        }
        let (product, vek) = fetch_vcek(report, source, context)?;
        let issuer_is_known = {
            let vek = Vek::parse(&vek)?;
            is_built_in(vek.certificate.x509.issuer().as_raw())
        };
        let authorities = if issuer_is_known {
            Vec::new()
        } else {
            let chain = source.get(&CollateralItem::SnpChain { product, signer }, context.now)?;
            pem::certificates("SEV-SNP certificate chain", &*chain, 1..=AMD.max_len)?
        };
        let own = match source.get(&CollateralItem::SnpCrl { product, signer }, context.now) {
            Ok(list) => Some(list),
            Err(_) if without_list => None,
            Err(error) => return Err(error),
        };
        Ok(Self { vek, authorities, brought: None, own })
    }

    /// The revocation list that was issued last, of those that there are, verified. One that the
    /// report brings has to hold; this side's own may be an old one, whose place the report's
    /// takes.
    pub(super) fn newest_list(
        &self,
        root: &Authority,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Option<RevocationList<'_>>> {
        let verified = |der| {
            let mut held = Checks::new();
            verify_list(der, root, context, &mut held).map(|list| (list, held))
        };
        let brought = self.brought.as_deref().map(verified).transpose()?;
        let own = match self.own.as_deref().map(verified) {
            Some(Err(_)) if brought.is_some() => None,
            own => own.transpose()?,
        };
        let newest = match (brought, own) {
            (Some(theirs), Some(ours)) if ours.0.issued < theirs.0.issued => Some(theirs),
            (theirs, ours) => ours.or(theirs),
        };
        Ok(newest.map(|(list, held)| {
            checks.extend(held);
            list
        }))
    }
}

/// A revocation list that its root signed and that is current.
fn verify_list<'a>(
    der: &'a [u8],
    root: &Authority,
    context: &Context<'_>,
    checks: &mut Checks,
) -> Result<RevocationList<'a>> {
    let what = Endorsement::SNP_CRL;
    limit(what.name(), der, limits::CRL)?;
    let list = RevocationList::read(der).map_err(|error| Error::malformed(what.name(), error))?;
    checks.holds(Check::SNP_CRL, list.check_issuer(root, &AMD, context.signatures))?;
    checks.valid(what, list.issued, list.next, context.now)?;
    checks.dated(list.issued);
    Ok(list)
}

/// The revocation list for the issuer of a certificate that this side's own source has, if it has
/// one: a Passport need not bring a list, and need not bring the newest.
fn own_list(vek: &[u8], context: &Context<'_>) -> Option<Arc<[u8]>> {
    list_for(vek, context.collateral?, context.now)
}

/// The revocation list for the issuer of a certificate (DER), if the source has it. Nothing here is
/// verified.
pub(crate) fn list_for(
    vek: &[u8],
    source: &dyn CollateralSource,
    now: SystemTime,
) -> Option<Arc<[u8]>> {
    let vek = Vek::parse(vek).ok()?;
    source.get(&CollateralItem::SnpCrl { product: vek.product, signer: vek.signer }, now).ok()
}

/// What a source has for this side's own report, in the form of a Passport. Nothing here is
/// verified.
pub(crate) fn own_endorsements(
    report: &[u8],
    source: &dyn CollateralSource,
    now: SystemTime,
) -> Result<SevSnpEndorsements> {
    let report = Report::parse(report)?;
    let context = Context { now, collateral: Some(source), signatures: &SignatureMemory::new(0) };
    let Endorsements { vek, authorities, own: crl, .. } =
        Endorsements::from_source(&report, |_| false, false, source, &context)?;
    Ok(SevSnpEndorsements {
        b64_vek_cert: to_base64(&vek),
        // The issuer comes first, and the root is the verifier's own choice.
        b64_ask_cert: authorities.first().map(|der| to_base64(der)).unwrap_or_default(),
        b64_crl: crl.map(|der| to_base64(&der)).unwrap_or_default(),
    })
}

/// Asks for the VCEK of the chip and TCB in the report. Reports of version 2 do not name their
/// product, so that there may be two to ask for.
fn fetch_vcek(
    report: &Report<'_>,
    source: &dyn CollateralSource,
    context: &Context<'_>,
) -> Result<(SnpProduct, Arc<[u8]>)> {
    let hidden = || Error::unavailable("VCEK certificate", "the report does not name its chip");
    let mut failure = None;
    for &product in report.products()? {
        let chip_id = report.chip_id(product).ok_or_else(hidden)?.to_vec();
        let tcb = report.tcbs.reported(product)?;
        match source.get(&CollateralItem::SnpVcek { product, chip_id, tcb }, context.now) {
            Ok(vek) => return Ok((product, vek)),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    Err(failure.unwrap_or(Error::NoCollateral))
}
