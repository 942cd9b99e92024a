//! The checks and endorsements of DCAP, by name, and the list of those that a quote has passed.

use std::fmt::Write as _;

use dcap_qvl::{QuoteClaims, TcbLevel};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::chain::Chain;
use super::diagnosis::crls_until;
use super::tcb_info::BELOW_ALL_DATE;
use super::{Body, Material};
use crate::checks::Checks;
use crate::clock::{from_unix_seconds, rfc3339};
use crate::error::{Check, Endorsement};
use crate::fingerprint::Fingerprint;
use crate::platform::Anchor;

impl Check {
    /// The root CA's revocation list is signed by the trusted root.
    pub const ROOT_CA_CRL: Self = Self::new("root CA revocation list");
    /// The PCK CA's revocation list is well formed and signed by the CA of the PCK certificate.
    pub const PCK_CRL: Self = Self::new("PCK revocation list");
    /// The issuer chain that comes with the PCK revocation list is the PCK certificate's own.
    pub const PCK_CRL_ISSUER: Self = Self::new("issuer chain of the PCK revocation list");
    /// The TCB info is signed by its signer.
    pub const TCB_INFO_SIGNATURE: Self = Self::new("signature of the TCB info");
    /// The TCB info is for this kind of platform.
    pub const TCB_INFO_SCOPE: Self = Self::new("scope of the TCB info");
    /// The QE identity is signed by its signer.
    pub const QE_IDENTITY_SIGNATURE: Self = Self::new("signature of the QE identity");
    /// The QE identity is for this kind of quoting enclave.
    pub const QE_IDENTITY_SCOPE: Self = Self::new("scope of the QE identity");
    /// The PCK certificate carries the SGX extension.
    pub const PCK_EXTENSION: Self = Self::new("SGX extension of the PCK certificate");
    /// The quoting enclave's report is signed by the PCK.
    pub const QE_REPORT_SIGNATURE: Self = Self::new("signature of the quoting enclave's report");
    /// The quoting enclave's report names the attestation key.
    pub const ATTESTATION_KEY: Self = Self::new("attestation key");
    /// The quoting enclave is the one of the QE identity.
    pub const QE_IDENTITY: Self = Self::new("quoting enclave");
    /// The quote has a header that the platform's verifier takes.
    pub const QUOTE_HEADER: Self = Self::new("quote header");
    /// The quote is signed by the attestation key.
    pub const QUOTE_SIGNATURE: Self = Self::new("signature of the quote");
    /// The platform's TCB is listed in the TCB info.
    pub const TCB_LEVEL: Self = Self::new("TCB level");
    /// The platform's TCB is not revoked.
    pub const TCB_REVOKED: Self = Self::new("revocation of the TCB");
    /// The TDX module is one that the TCB info knows.
    pub const TDX_MODULE: Self = Self::new("TDX module");
    /// The trust domain has attributes that this verifier knows.
    pub const TD_ATTRIBUTES: Self = Self::new("attributes of the trust domain");
}

impl Endorsement {
    /// TCB info.
    pub const TCB_INFO: Self = Self::new("TCB info");
    /// Identity of the quoting enclave.
    pub const QE_IDENTITY: Self = Self::new("QE identity");
    /// Revocation list of the root CA.
    pub const ROOT_CA_CRL: Self = Self::new("root CA revocation list");
    /// Revocation list of the PCK CA.
    pub const PCK_CRL: Self = Self::new("PCK revocation list");
    /// A certificate of the chain in the quote.
    pub const PCK_CHAIN: Self = Self::new("PCK certificate chain");
    /// A certificate of the TCB info's issuer chain.
    pub const TCB_INFO_CHAIN: Self = Self::new("TCB info issuer chain");
    /// A certificate of the QE identity's issuer chain.
    pub const QE_IDENTITY_CHAIN: Self = Self::new("QE identity issuer chain");
    /// A certificate of the PCK revocation list's issuer chain.
    pub const PCK_CRL_CHAIN: Self = Self::new("PCK revocation list issuer chain");
}

/// What the library has checked by the time that it gives its claims, in the order in which it does.
pub(super) fn list(material: &Material<'_>, claims: &QuoteClaims, anchor: &Anchor) -> Checks {
    let mut checks = Checks::new();
    let (platform, qe) = (&claims.platform, &claims.qe);
    let root = Fingerprint::of(&anchor.der);
    checks.passed(Check::ROOT_CA_CRL, format!("number {}", platform.root_ca_crl_num));
    checks.passed(
        Check::QUOTE_HEADER,
        format!(
            "version {}, QE vendor {}",
            claims.header.version,
            hex(&claims.header.qe_vendor_id)
        ),
    );
    for (what, chain) in material.chains() {
        let subject = subject(chain);
        checks.passed(Check::CERTIFICATE_CHAIN, format!("{what}: {subject}, root {root}"));
    }
    checks.passed(Check::TCB_INFO_SIGNATURE, "");
    let evaluation = format!("evaluation {}", claims.tcb.eval_data_number);
    checks
        .passed(Check::TCB_INFO_SCOPE, format!("FMSPC {}, {evaluation}", hex(&platform.pck.fmspc)));
    checks.passed(Check::QE_IDENTITY_SIGNATURE, "");
    checks.passed(Check::QE_IDENTITY_SCOPE, format!("evaluation {}", qe.tcb_eval_data_number));
    checks.passed(Check::PCK_CRL, format!("number {}", platform.pck_crl_num));
    checks.passed(Check::PCK_CRL_ISSUER, "");
    checks.passed(Check::REVOCATION, "no certificate is on a revocation list");
    let pck = &platform.pck;
    checks.passed(
        Check::PCK_EXTENSION,
        format!(
            "FMSPC {}, PCE {} at version {}, CPUSVN {}",
            hex(&pck.fmspc),
            hex(&pck.pce_id),
            pck.pce_svn,
            hex(&pck.cpu_svn)
        ),
    );
    checks.passed(Check::QE_REPORT_SIGNATURE, "");
    checks.passed(Check::ATTESTATION_KEY, "");
    checks.passed(
        Check::QE_IDENTITY,
        format!(
            "signer {}, product {}, version {}: {} since {}",
            hex(&qe.report.mr_signer),
            qe.report.isv_prod_id,
            qe.report.isv_svn,
            qe.tcb_level.tcb_status,
            qe.tcb_level.tcb_date
        ),
    );
    checks.passed(Check::QUOTE_SIGNATURE, "");
    checks.passed(
        Check::TCB_LEVEL,
        tcb_levels(&platform.tcb_level, platform.current_tcb_level.as_ref()),
    );
    if let Body::TrustDomain(report) = &material.quote.body {
        checks.passed(Check::TDX_MODULE, report.module());
        checks.passed(Check::TD_ATTRIBUTES, hex(&report.attributes));
    }
    checks.passed(Check::TCB_REVOKED, claims.tcb.status.to_string());

    let from = from_unix_seconds(claims.latest_issue_date);
    let until = crls_until(&material.collateral).unwrap_or(u64::MAX);
    let until = from_unix_seconds(until.min(claims.earliest_expiration_date));
    checks.narrow(from, until);
    checks.passed(Check::VALIDITY, format!("{} to {}", rfc3339(from), rfc3339(until)));
    checks
}

/// That of the launch, and for a trust domain that outlived an update of the TDX module the current
/// one.
fn tcb_levels(launch: &TcbLevel, current: Option<&TcbLevel>) -> String {
    let describe = |level: &TcbLevel| {
        let mut text = match level.tcb_date.as_str() {
            BELOW_ALL_DATE => format!("{}, older than all that is listed", level.tcb_status),
            date => format!("{} since {date}", level.tcb_status),
        };
        if !level.advisory_ids.is_empty() {
            let _ = write!(text, " ({})", level.advisory_ids.join(", "));
        }
        text
    };
    match current {
        Some(current) if current != launch => {
            format!("{}; currently {}", describe(launch), describe(current))
        }
        _ => describe(launch),
    }
}

/// Who the leaf of a chain is, and until when.
fn subject(chain: &Chain) -> String {
    match X509Certificate::from_der(chain.leaf()) {
        Ok((_, leaf)) => {
            let name = leaf.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
            let until = u64::try_from(leaf.validity().not_after.timestamp()).unwrap_or_default();
            let until = rfc3339(from_unix_seconds(until));
            format!("{} until {until}", name.unwrap_or("a certificate without a name"))
        }
        Err(_) => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}
