//! A quote, and whom it is about. The frame, with everything that its verification needs, is
//! [`Frame`]'s to read.

use std::ops::RangeInclusive;

use super::native::{Body, Certification, Frame};
use crate::collateral::IntelTee;
use crate::error::{Error, Result};
use crate::limits;
use crate::report::ReportData;

/// The version that only enclaves have.
const ENCLAVE_VERSION: u16 = 3;
/// The versions that tell the kind of TEE; trust domains have no other ones.
const TEE_VERSIONS: RangeInclusive<u16> = 4..=5;
/// TEE type in the header: version 3 has only this one.
const TEE_TYPE_SGX: u32 = 0;
/// TEE type in the header.
const TEE_TYPE_TDX: u32 = 0x81;

/// A quote cut into its parts.
pub(crate) struct Quote<'a> {
    pub(super) frame: Frame<'a>,
}

impl<'a> Quote<'a> {
    /// Reads the quote of a kind of TEE. One of another kind or version is refused by name.
    pub(crate) fn parse(tee: IntelTee, quote: &'a [u8]) -> Result<Self> {
        crate::error::limit("quote", quote, limits::QUOTE)?;
        let header = quote.first_chunk().ok_or_else(|| Error::malformed("quote", "too short"))?;
        let [v0, v1, _, _, t0, t1, t2, t3] = *header;
        let version = u16::from_le_bytes([v0, v1]);
        let tee_type = u32::from_le_bytes([t0, t1, t2, t3]);
        match (tee, version) {
            (IntelTee::Sgx, ENCLAVE_VERSION) => {}
            (IntelTee::Sgx, version)
                if TEE_VERSIONS.contains(&version) && tee_type == TEE_TYPE_SGX => {}
            (IntelTee::Tdx, version)
                if TEE_VERSIONS.contains(&version) && tee_type == TEE_TYPE_TDX => {}
            _ => return Err(Error::Unsupported { what: describe(tee, version, tee_type) }),
        }
        Ok(Self { frame: Frame::parse(tee, quote)? })
    }

    /// Whom it is about.
    pub(crate) fn body(&self) -> &Body {
        &self.frame.body
    }

    /// What the attester has chosen.
    pub(crate) fn report_data(&self) -> ReportData {
        match self.body() {
            Body::Enclave(body) => body.report_data,
            Body::TrustDomain(report) => report.report_data,
        }
    }

    /// The PCK certificate chain, in PEM or DER; none when the quote has the certificate alone, or
    /// only names it.
    pub(super) fn pck_chain(&self) -> Option<&'a [u8]> {
        match self.frame.certification {
            Certification::Chain(chain) => Some(chain),
            Certification::Certificate(_) | Certification::Named { .. } => None,
        }
    }
}

fn describe(tee: IntelTee, version: u16, tee_type: u32) -> String {
    let platform = match tee {
        IntelTee::Sgx => "SGX_DCAP",
        IntelTee::Tdx => "TDX",
    };
    match (version, tee_type) {
        (3..=5, TEE_TYPE_SGX) if tee == IntelTee::Tdx => {
            format!("an SGX quote (version {version}) of platform {platform}")
        }
        (3..=5, TEE_TYPE_TDX) if tee == IntelTee::Sgx => {
            format!("a TDX quote (version {version}) of platform {platform}")
        }
        (3..=5, TEE_TYPE_SGX | TEE_TYPE_TDX) => {
            format!("quote version {version} of platform {platform}")
        }
        (3..=5, _) => format!("TEE type {tee_type:#x} of platform {platform}"),
        _ => format!("quote version {version} of platform {platform}"),
    }
}
