//! SGX with DCAP attestation: quotes of version 3, verified by `dcap-qvl` against a trusted root.
//!
//! The library checks signatures, certificates, revocation and TCB levels. This module reads what
//! comes in, makes sure that everything in it is used or refused, picks the root among those
//! configured, and tells which check failed.

mod checks;
mod collateral;
mod crypto;
mod diagnosis;

use std::time::SystemTime;

use aecs_proto::DcapReport;
use dcap_qvl::verify::QuoteVerifier;
use dcap_qvl::{QuoteClaims, QuotePolicy};

use super::sgx::{Quote, take};
use super::{
    Anchor, Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust, Platform, Trust,
    aecs20_simulation,
};
use crate::attributes::Backing;
use crate::checks::Checks;
use crate::clock::{from_unix_seconds, rfc3339, unix_seconds};
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Endorsement, Error, Result};
use crate::fingerprint::Fingerprint;
use crate::limits;
use crate::report::ReportType;
use crate::tcb::TcbStatus;
use collateral::{Chain, Collateral};
pub(crate) use crypto::AwsLcConfig;

/// The only version of an SGX quote.
const QUOTE_VERSION: u16 = 3;
/// Certification data that is the PCK certificate chain in PEM.
const PCK_CERTIFICATE_CHAIN: u16 = 5;

/// The certificate of Intel's SGX root CA, in DER.
#[must_use]
pub fn intel_root_der() -> &'static [u8] {
    include_bytes!("dcap/intel-sgx-root-ca.der")
}

/// Verifier of the DCAP platform.
pub(crate) struct Dcap {
    anchors: Vec<Anchor>,
    insecure_aecs20_simulation: bool,
}

impl FromTrust for Dcap {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        let anchors = trust.anchors(platform, &[intel_root_der()]);
        for anchor in &anchors {
            let certificate = anchor.der.as_slice().into();
            webpki::anchor_from_trusted_cert(&certificate)
                .map_err(|error| Error::malformed("root certificate", error))?;
        }
        Ok(Self { anchors, insecure_aecs20_simulation: trust.insecure_aecs20_simulation })
    }
}

impl EvidenceVerifier for Dcap {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let report: DcapReport = from_json("DCAP report", evidence.json_report)?;
        let bytes = base64_within("quote", &report.b64_quote, limits::QUOTE)?;
        let quote = Quote::parse(&bytes)?;
        if report.json_collateral.is_empty() && aecs20_simulation::is_unsigned_dcap(&quote) {
            return if self.insecure_aecs20_simulation {
                Ok(aecs20_simulation::appraise_unsigned(&quote, Platform::SgxDcap, context.now))
            } else {
                Err(Error::InsecureSimulation)
            };
        }
        if quote.version() != QUOTE_VERSION {
            let what = format!("quote version {} of platform SGX_DCAP", quote.version());
            return Err(Error::Unsupported { what });
        }
        let pck_chain = pck_chain(quote.signature)?;
        match (evidence.report_type, report.json_collateral.is_empty()) {
            (_, true) => return Err(Error::NoCollateral),
            (ReportType::BackgroundCheck, false) => {
                return Err(Error::malformed("DCAP report", "BackgroundCheck with collateral"));
            }
            (ReportType::Passport, false) => {}
        }
        let collateral = Collateral::parse(&report.json_collateral)?;
        let material = Material { quote: &bytes, pck_chain, collateral };

        let anchor = material.anchor(&self.anchors)?;
        material.check_crl_issuer()?;
        let claims = material.verify(anchor, context.now)?;
        Ok(appraisal(&quote, &claims, anchor.backing))
    }
}

/// A quote and everything it is verified with, read but not yet believed.
struct Material<'a> {
    quote: &'a [u8],
    pck_chain: Chain,
    collateral: Collateral,
}

impl Material<'_> {
    fn chains(&self) -> [(Endorsement, &Chain); 4] {
        [
            (Endorsement::PCK_CHAIN, &self.pck_chain),
            (Endorsement::TCB_INFO_CHAIN, &self.collateral.tcb_info_chain),
            (Endorsement::QE_IDENTITY_CHAIN, &self.collateral.qe_identity_chain),
            (Endorsement::PCK_CRL_CHAIN, &self.collateral.pck_crl_chain),
        ]
    }

    /// The configured root in which all chains end.
    fn anchor<'t>(&self, anchors: &'t [Anchor]) -> Result<&'t Anchor> {
        let pck_root = self.pck_chain.root();
        let anchor = anchors
            .iter()
            .find(|anchor| anchor.der == pck_root)
            .ok_or_else(|| unknown_root(Endorsement::PCK_CHAIN, pck_root, anchors))?;
        match self.chains().into_iter().find(|(_, chain)| chain.root() != anchor.der) {
            Some((what, chain)) => {
                Err(unknown_root(what, chain.root(), std::slice::from_ref(anchor)))
            }
            None => Ok(anchor),
        }
    }

    /// The revocation list's issuer chain is not needed, since the issuer is in the quote. It is
    /// held to be the same, so that no part of the collateral is ever ignored.
    fn check_crl_issuer(&self) -> Result<()> {
        if self.collateral.pck_crl_chain.issuers_of_leaf(&self.pck_chain) {
            return Ok(());
        }
        let reason = "not the issuers of the PCK certificate in the quote";
        Err(Error::untrusted(Check::PCK_CRL_ISSUER, reason))
    }

    fn verify(&self, anchor: &Anchor, now: SystemTime) -> Result<QuoteClaims> {
        let seconds = unix_seconds(now)?;
        // Debug enclaves and old platforms are genuine too: whether they are wanted is a separate
        // step, so the library's own policy is left open.
        QuoteVerifier::<AwsLcConfig>::new_with_config(anchor.der.clone())
            .allow_debug(true)
            .verify_with_policy(
                self.quote,
                self.collateral.to_dcap(&self.pck_chain),
                seconds,
                &QuotePolicy::claims_only(seconds),
            )
            .map_err(|error| diagnosis::explain(self, format!("{error:#}"), now))
    }
}

fn unknown_root(chain: Endorsement, root: &[u8], trusted: &[Anchor]) -> Error {
    let trusted: Vec<_> =
        trusted.iter().map(|anchor| Fingerprint::of(&anchor.der).to_string()).collect();
    Error::UnknownRoot {
        chain,
        expected: if trusted.is_empty() { "none".into() } else { trusted.join(",") },
        actual: Fingerprint::of(root),
    }
}

fn appraisal(quote: &Quote<'_>, claims: &QuoteClaims, backing: Backing) -> Appraisal {
    let tcb_status = TcbStatus::from(claims.tcb.status);
    let mut message = quote.body.describe(Platform::SgxDcap);
    message.str_tcb_status = tcb_status.as_str().into();
    message.str_advisory_ids = claims.tcb.advisory_ids.join(",");
    message.str_tcb_date = rfc3339(from_unix_seconds(claims.platform.tcb_date_tag));
    let mut checks = Checks::new();
    checks.narrow(
        from_unix_seconds(claims.latest_issue_date),
        from_unix_seconds(claims.earliest_expiration_date),
    );
    let binding = Binding::ReportData(quote.body.report_data);
    Appraisal { message, backing, tcb_status, binding, checks }
}

/// The PCK certificate chain in the signature section (Intel, "SGX ECDSA Quote Library
/// Reference", appendix A.4): signature, attestation key, the quoting enclave's report with its
/// signature and authentication data, certification data.
fn pck_chain(signature: &[u8]) -> Result<Chain> {
    let malformed = || Error::malformed("signature section of the quote", "wrong lengths");
    let mut rest = signature;
    let fixed = take::<{ 64 + 64 + 384 + 64 }>(&mut rest);
    let authentication_data = fixed.and_then(|_| {
        let len = u16::from_le_bytes(*take(&mut rest)?);
        rest.split_at_checked(usize::from(len))
    });
    let (_, mut rest) = authentication_data.ok_or_else(malformed)?;
    let kind = take(&mut rest).map(|kind| u16::from_le_bytes(*kind)).ok_or_else(malformed)?;
    let len = take(&mut rest).map(|len| u32::from_le_bytes(*len)).ok_or_else(malformed)?;
    if usize::try_from(len) != Ok(rest.len()) {
        return Err(malformed());
    }
    if kind != PCK_CERTIFICATE_CHAIN {
        return Err(Error::Unsupported { what: format!("certification data of type {kind}") });
    }
    Chain::parse("PCK certificate chain", rest, 3)
}

#[cfg(test)]
mod tests;
