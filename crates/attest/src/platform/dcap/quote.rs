//! The frame of a quote (Intel, "SGX ECDSA Quote Library Reference", appendix A, for version 3;
//! "TDX DCAP Quoting Library API", appendix A, for versions 4 and 5): every byte of it has a place.

use super::super::sgx::{self, HEADER_LEN, take};
use super::super::tdx::{ATTRIBUTES_AT, TdReport};
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
/// Certification data that is the PCK certificate chain in PEM.
const PCK_CERTIFICATE_CHAIN: u16 = 5;
/// Certification data that is the quoting enclave's report with certification data of its own.
const QE_REPORT_CERTIFICATION_DATA: u16 = 6;
/// Bytes of an ECDSA signature and of an attestation key.
const SIGNATURE_LEN: usize = 64;
/// Bytes of an enclave's report.
const QE_REPORT_LEN: usize = 384;

/// A quote cut into its parts.
pub(crate) struct Quote<'a> {
    /// From the first byte to the last certificate, without padding.
    pub(super) bytes: &'a [u8],
    pub(crate) version: u16,
    /// How many of the bytes the attestation key signs.
    pub(super) signed_len: usize,
    pub(crate) body: Body,
    /// Text of the PCK certificate chain.
    pub(super) pck_chain: &'a [u8],
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
        let mut rest = quote;
        let header =
            take::<HEADER_LEN>(&mut rest).ok_or_else(|| malformed("quote", "too short"))?;
        let [v0, v1, _, _, t0, t1, t2, t3, ..] = *header;
        let version = u16::from_le_bytes([v0, v1]);
        let tee_type = u32::from_le_bytes([t0, t1, t2, t3]);
        match (tee, version) {
            (IntelTee::Sgx, SGX_VERSION) => Self::of_enclave(quote),
            (IntelTee::Tdx, TDX_VERSION | TDX_VERSION_TYPED) if tee_type == TEE_TYPE_TDX => {
                Self::of_trust_domain(quote, version)
            }
            _ => Err(Error::Unsupported { what: describe(tee, version, tee_type) }),
        }
    }

    fn of_enclave(quote: &'a [u8]) -> Result<Self> {
        let frame = sgx::Quote::parse(quote)?;
        let pck_chain = (|| {
            let mut rest = frame.signature;
            take::<{ 2 * SIGNATURE_LEN }>(&mut rest)?;
            qe_certification(&mut rest)
        })();
        let (kind, pck_chain) = pck_chain.ok_or_else(signature_section)?;
        only_chains(kind)?;
        let signed_len = HEADER_LEN + sgx::BODY_LEN;
        Ok(Self {
            bytes: quote,
            version: SGX_VERSION,
            signed_len,
            body: Body::Enclave(frame.body),
            pck_chain,
        })
    }

    fn of_trust_domain(quote: &'a [u8], version: u16) -> Result<Self> {
        let frame = || malformed("quote", format!("{} bytes do not frame a quote", quote.len()));
        let mut rest = quote;
        take::<HEADER_LEN>(&mut rest).ok_or_else(frame)?;
        let report = if version == TDX_VERSION {
            TdReport::take_1_0(&mut rest).ok_or_else(frame)?
        } else {
            let kind = u16::from_le_bytes(*take(&mut rest).ok_or_else(frame)?);
            let len = u32::from_le_bytes(*take(&mut rest).ok_or_else(frame)?);
            let body = split(&mut rest, len).ok_or_else(frame)?;
            TdReport::parse(kind, body)?
        };
        let signed_len = quote.len() - rest.len();
        let signature_len = u32::from_le_bytes(*take(&mut rest).ok_or_else(frame)?);
        let mut signature = split(&mut rest, signature_len).ok_or_else(frame)?;
        // Quotes come in buffers of a fixed size: what is behind has to be nothing.
        if rest.iter().any(|byte| *byte != 0) {
            return Err(malformed("quote", "something follows the signature section"));
        }
        let bytes = quote.get(..quote.len() - rest.len()).ok_or_else(frame)?;
        let (kind, pck_chain) = td_certification(&mut signature)?;
        only_chains(kind)?;
        Ok(Self {
            bytes,
            version,
            signed_len,
            body: Body::TrustDomain(Box::new(report)),
            pck_chain,
        })
    }
}

impl Quote<'_> {
    /// The quote with the attributes of its trust domain as the library wants them; none when they
    /// are that.
    pub(super) fn shown_attributes(&self) -> Option<Vec<u8>> {
        let Body::TrustDomain(report) = &self.body else { return None };
        let wanted = report.strict_attributes();
        if wanted == report.attributes {
            return None;
        }
        let at = HEADER_LEN + if self.version == TDX_VERSION { 0 } else { 6 } + ATTRIBUTES_AT;
        let mut patched = self.bytes.to_vec();
        patched.get_mut(at..at + wanted.len())?.copy_from_slice(&wanted);
        Some(patched)
    }
}

/// Signature, attestation key, and the quoting enclave's part as nested certification data.
fn td_certification<'a>(section: &mut &'a [u8]) -> Result<(u16, &'a [u8])> {
    take::<{ 2 * SIGNATURE_LEN }>(section).ok_or_else(signature_section)?;
    let (kind, mut nested) = certification_data(section).ok_or_else(signature_section)?;
    if kind != QE_REPORT_CERTIFICATION_DATA {
        return Err(unsupported_certification(kind));
    }
    qe_certification(&mut nested).ok_or_else(signature_section)
}

/// The quoting enclave's report, its signature and authentication data, then certification data.
fn qe_certification<'a>(rest: &mut &'a [u8]) -> Option<(u16, &'a [u8])> {
    take::<{ QE_REPORT_LEN + SIGNATURE_LEN }>(rest)?;
    let len = u16::from_le_bytes(*take(rest)?);
    split(rest, u32::from(len))?;
    certification_data(rest)
}

/// Type, length, and as many bytes as are left.
fn certification_data<'a>(rest: &mut &'a [u8]) -> Option<(u16, &'a [u8])> {
    let kind = u16::from_le_bytes(*take(rest)?);
    let len = u32::from_le_bytes(*take(rest)?);
    let data = split(rest, len)?;
    rest.is_empty().then_some((kind, data))
}

fn split<'a>(rest: &mut &'a [u8], len: u32) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    *rest = tail;
    Some(head)
}

/// Other kinds name the PCK certificate without bringing it.
fn only_chains(kind: u16) -> Result<()> {
    if kind == PCK_CERTIFICATE_CHAIN { Ok(()) } else { Err(unsupported_certification(kind)) }
}

fn unsupported_certification(kind: u16) -> Error {
    let meaning = match kind {
        1 => " (PPID in plain text)",
        2 | 3 => " (encrypted PPID)",
        4 => " (a PCK certificate without its chain)",
        7 => " (a platform manifest)",
        _ => "",
    };
    Error::Unsupported { what: format!("certification data of type {kind}{meaning}") }
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

fn signature_section() -> Error {
    malformed("signature section of the quote", "wrong lengths")
}

fn malformed(what: &'static str, reason: impl Into<crate::error::Source>) -> Error {
    Error::malformed(what, reason)
}
