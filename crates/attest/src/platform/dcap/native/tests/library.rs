//! The verdict of `dcap-qvl`.

use dcap_qvl::verify::QuoteVerifier;
use dcap_qvl::{QuoteClaims, QuoteCollateralV3, QuotePolicy};
use pem::Pem;
use std::time::SystemTime;
use x509_parser::prelude::{CertificateRevocationList, FromDer as _};

use super::super::super::Material;
use super::super::super::chain::Chain;
use super::super::super::collateral::Collateral;
use super::crypto::{AwsLcConfig, Shown, showing};
use super::{shown, tcb_info};
use crate::clock::unix_seconds;
use crate::error::{Check, Error, Result};
use crate::tcb::TcbStatus;

/// Calls the library; again with one more level for a platform that is older than all listed.
pub(super) fn verify(material: &Material<'_>, root: &[u8], now: SystemTime) -> Result<QuoteClaims> {
    let text = &material.collateral.tcb_info.text;
    let translated = tcb_info::translate(text)?;
    let text = translated.as_ref().unwrap_or(text);
    let refusal = match verify_with(material, text, root, now)? {
        Ok(claims) => return Ok(claims),
        Err(refusal) => refusal,
    };
    let refusal = match tcb_info::with_lowest_level(&refusal, text) {
        Some(extended) => match verify_with(material, &extended, root, now)? {
            Ok(claims) => return Ok(claims),
            Err(refusal) => refusal,
        },
        None => refusal,
    };
    Err(Error::untrusted(Check::EVIDENCE, refusal))
}

fn verify_with(
    material: &Material<'_>,
    tcb_info: &str,
    root: &[u8],
    now: SystemTime,
) -> Result<Result<QuoteClaims, String>> {
    let seconds = unix_seconds(now)?;
    let (quote, mut shown) = shown::quote(material.quote);
    let came = &material.collateral.tcb_info.text;
    if came != tcb_info {
        shown.push(Shown { shown: tcb_info.into(), came: came.as_bytes().to_vec() });
    }
    let verifier = QuoteVerifier::<AwsLcConfig>::new_with_config(root.to_vec())
        .allow_debug(true)
        .allow_service_td(true);
    let collateral = collateral(&material.collateral, &material.pck_chain, tcb_info);
    let claims = showing(shown, || {
        let policy = QuotePolicy::claims_only(seconds);
        verifier.verify_with_policy(&quote, collateral, seconds, &policy)
    });
    Ok(claims.map_err(|error| format!("{error:#}")))
}

fn collateral(of: &Collateral, pck_chain: &Chain, tcb_info: &str) -> QuoteCollateralV3 {
    QuoteCollateralV3 {
        pck_crl_issuer_chain: text(&of.pck_crl_chain),
        root_ca_crl: of.root_ca_crl.clone(),
        pck_crl: of.pck_crl.clone(),
        tcb_info_issuer_chain: text(&of.tcb_info_chain),
        tcb_info: tcb_info.to_owned(),
        tcb_info_signature: of.tcb_info.signature.clone(),
        qe_identity_issuer_chain: text(&of.qe_identity_chain),
        qe_identity: of.qe_identity.text.clone(),
        qe_identity_signature: of.qe_identity.signature.clone(),
        pck_certificate_chain: Some(text(pck_chain)),
    }
}

fn text(chain: &Chain) -> String {
    chain.certificates().map(|der| pem::encode(&Pem::new("CERTIFICATE", der))).collect()
}

/// The last second of both revocation lists, which the library counts as one more.
pub(super) fn crls_until(collateral: &Collateral) -> u64 {
    let until = |der: &Vec<u8>| {
        let (_, list) = CertificateRevocationList::from_der(der).unwrap();
        u64::try_from(list.next_update().unwrap().timestamp()).unwrap() - 1
    };
    until(&collateral.root_ca_crl).min(until(&collateral.pck_crl))
}

impl From<dcap_qvl::TcbStatus> for TcbStatus {
    fn from(status: dcap_qvl::TcbStatus) -> Self {
        use dcap_qvl::TcbStatus as Dcap;
        match status {
            Dcap::UpToDate => Self::UpToDate,
            Dcap::SWHardeningNeeded => Self::SwHardeningNeeded,
            Dcap::ConfigurationNeeded => Self::ConfigurationNeeded,
            Dcap::ConfigurationAndSWHardeningNeeded => Self::ConfigurationAndSwHardeningNeeded,
            Dcap::OutOfDate => Self::OutOfDate,
            Dcap::OutOfDateConfigurationNeeded => Self::OutOfDateConfigurationNeeded,
            Dcap::TDRelaunchAdvised => Self::TdRelaunchAdvised,
            Dcap::TDRelaunchAdvisedConfigurationNeeded => {
                Self::TdRelaunchAdvisedConfigurationNeeded
            }
            Dcap::Revoked => Self::Revoked,
        }
    }
}
