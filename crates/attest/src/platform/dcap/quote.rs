//! The frame of a quote (Intel, "SGX ECDSA Quote Library Reference", appendix A, for version 3;
//! "TDX DCAP Quoting Library API", appendix A, for versions 4 and 5): every byte of it has a place.

use super::super::bytes::take;
use super::super::sgx::{self, HEADER_LEN};
#[cfg(test)]
use super::super::tdx::ATTRIBUTES_AT;
use super::super::tdx::TdReport;
#[cfg(test)]
use super::crypto::Shown;
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
/// Certification data that names the PCK certificate by the processor's id, as it is.
const PPID: u16 = 1;
/// The last one of those that name it by the processor's id, encrypted for Intel.
const ENCRYPTED_PPID_3072: u16 = 3;
/// Certification data that is the PCK certificate chain in PEM or DER.
const PCK_CERTIFICATE_CHAIN: u16 = 5;
/// Certification data that is the quoting enclave's report with certification data of its own.
const QE_REPORT_CERTIFICATION_DATA: u16 = 6;
/// Bytes of an ECDSA signature and of an attestation key.
const SIGNATURE_LEN: usize = 64;
/// Bytes of an enclave's report.
const QE_REPORT_LEN: usize = 384;
#[cfg(test)]
/// What the library is shown in place of authentication data of another length.
const QE_AUTHENTICATION_DATA: [u8; 32] = [0; 32];

/// A quote cut into its parts.
pub(crate) struct Quote<'a> {
    /// From the first byte to the last certificate, without padding.
    pub(super) bytes: &'a [u8],
    pub(crate) version: u16,
    /// How many of the bytes the attestation key signs.
    pub(super) signed_len: usize,
    pub(crate) body: Body,
    /// The attestation key's signature, and the key.
    keys: &'a [u8; 2 * SIGNATURE_LEN],
    qe: QuotingEnclave<'a>,
}

/// Who certifies the attestation key.
struct QuotingEnclave<'a> {
    /// The report and its signature.
    report: &'a [u8; QE_REPORT_LEN + SIGNATURE_LEN],
    /// Part of what the report's data is the hash of.
    authentication_data: &'a [u8],
    /// The PCK certificate chain; none when the quote only names the certificate.
    pck_chain: Option<&'a [u8]>,
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
        let mut rest = frame.signature;
        let keys = take(&mut rest).ok_or_else(signature_section)?;
        let qe = QuotingEnclave::parse(rest)?;
        let signed_len = HEADER_LEN + sgx::BODY_LEN;
        Ok(Self {
            bytes: quote,
            version: SGX_VERSION,
            signed_len,
            body: Body::Enclave(frame.body),
            keys,
            qe,
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
        let keys = take(&mut signature).ok_or_else(signature_section)?;
        let (kind, nested) = certification_data(&mut signature).ok_or_else(signature_section)?;
        if kind != QE_REPORT_CERTIFICATION_DATA {
            return Err(unsupported_certification(kind));
        }
        let qe = QuotingEnclave::parse(nested)?;
        Ok(Self { bytes, version, signed_len, body: Body::TrustDomain(Box::new(report)), keys, qe })
    }
}

impl<'a> Quote<'a> {
    /// The PCK certificate chain, in PEM or DER; none when the quote only names the certificate.
    pub(super) fn pck_chain(&self) -> Option<&'a [u8]> {
        self.qe.pck_chain
    }

    /// The quote as the library takes it, and what that stands for; none when it takes it as it is.
    ///
    /// The library refuses attributes of trust domains about which a policy decides here, and
    /// authentication data of other lengths than Intel's own quoting enclaves have.
    #[cfg(test)]
    pub(super) fn shown(&self) -> Option<(Vec<u8>, Vec<Shown>)> {
        let signed = self.bytes.get(..self.signed_len)?;
        let mut quote = signed.to_vec();
        let mut shown = Vec::new();
        if let Body::TrustDomain(report) = &self.body {
            let wanted = report.strict_attributes();
            let frame = if self.version == TDX_VERSION { 0 } else { 6 };
            let at = HEADER_LEN + frame + ATTRIBUTES_AT;
            quote.get_mut(at..at + wanted.len())?.copy_from_slice(&wanted);
            if quote != signed {
                shown.push(Shown { shown: quote.clone(), came: signed.to_vec() });
            }
        }
        let came = self.qe.authentication_data;
        if came.len() == QE_AUTHENTICATION_DATA.len() {
            if shown.is_empty() {
                return None;
            }
            quote.extend(self.bytes.get(self.signed_len..)?);
        } else {
            let (_signature, key) = self.keys.split_at(SIGNATURE_LEN);
            shown.push(Shown {
                shown: [key, &QE_AUTHENTICATION_DATA].concat(),
                came: [key, came].concat(),
            });
            quote.extend(self.signature_section(&QE_AUTHENTICATION_DATA)?);
        }
        Some((quote, shown))
    }

    /// The signature section with other authentication data, and without the certificates, which
    /// the library is given apart.
    #[cfg(test)]
    fn signature_section(&self, authentication_data: &[u8]) -> Option<Vec<u8>> {
        let mut qe = self.qe.report.to_vec();
        qe.extend(u16::try_from(authentication_data.len()).ok()?.to_le_bytes());
        qe.extend(authentication_data);
        qe.extend(PCK_CERTIFICATE_CHAIN.to_le_bytes());
        qe.extend(0_u32.to_le_bytes());
        let mut section = self.keys.to_vec();
        if self.version != SGX_VERSION {
            section.extend(QE_REPORT_CERTIFICATION_DATA.to_le_bytes());
            section.extend(u32::try_from(qe.len()).ok()?.to_le_bytes());
        }
        section.extend(qe);
        let len = u32::try_from(section.len()).ok()?.to_le_bytes();
        Some([len.as_slice(), &section].concat())
    }
}

impl<'a> QuotingEnclave<'a> {
    /// The report, its signature and authentication data, then certification data.
    fn parse(section: &'a [u8]) -> Result<Self> {
        let cut = |mut rest: &'a [u8]| {
            let report = take(&mut rest)?;
            let len = u16::from_le_bytes(*take(&mut rest)?);
            let authentication_data = split(&mut rest, u32::from(len))?;
            let (kind, data) = certification_data(&mut rest)?;
            let pck_chain = (kind == PCK_CERTIFICATE_CHAIN).then_some(data);
            Some((kind, Self { report, authentication_data, pck_chain }))
        };
        match cut(section).ok_or_else(signature_section)? {
            (PPID..=ENCRYPTED_PPID_3072 | PCK_CERTIFICATE_CHAIN, qe) => Ok(qe),
            (kind, _) => Err(unsupported_certification(kind)),
        }
    }
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

fn unsupported_certification(kind: u16) -> Error {
    let meaning = match kind {
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
