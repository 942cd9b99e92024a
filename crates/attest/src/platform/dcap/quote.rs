//! A quote, and whom it is about. The frame, with everything that its verification needs, is
//! [`Frame`]'s to read.

use super::super::sgx;
use super::super::tdx::TdReport;
use super::native::{Certification, Frame, Reported};
use crate::collateral::IntelTee;
use crate::error::{Error, Result};
use crate::limits;

/// The only version of an SGX quote that is verified here.
const SGX_VERSION: u16 = 3;
/// A TDX quote with a report of TDX 1.0.
const TDX_VERSION: u16 = 4;
/// A TDX quote that tells the kind of its report.
const TDX_VERSION_TYPED: u16 = 5;
/// TEE type in the header: version 3 has only this one.
const TEE_TYPE_SGX: u32 = 0;
/// TEE type in the header.
const TEE_TYPE_TDX: u32 = 0x81;

/// A quote cut into its parts.
pub(crate) struct Quote<'a> {
    pub(crate) body: Body,
    pub(super) frame: Frame<'a>,
}

/// What a quote is about.
pub(crate) enum Body {
    Enclave(sgx::ReportBody),
    TrustDomain(Box<TdReport>),
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
            (IntelTee::Sgx, SGX_VERSION) => {}
            (IntelTee::Tdx, TDX_VERSION | TDX_VERSION_TYPED) if tee_type == TEE_TYPE_TDX => {}
            _ => return Err(Error::Unsupported { what: describe(tee, version, tee_type) }),
        }
        let frame = Frame::parse(tee, quote)?;
        let body = match frame.reported() {
            Reported::Enclave(report) => Body::Enclave(sgx::ReportBody::parse(report)?),
            Reported::TrustDomain { kind, report } => {
                Body::TrustDomain(Box::new(TdReport::parse(*kind, report)?))
            }
        };
        Ok(Self { body, frame })
    }

    /// The PCK certificate chain, in PEM or DER; none when the quote only names the certificate.
    pub(super) fn pck_chain(&self) -> Option<&'a [u8]> {
        match self.frame.certification {
            Certification::Chain(chain) => Some(chain),
            Certification::Named { .. } => None,
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
