//! The frame of a quote with everything that its verification needs (Intel, "SGX ECDSA Quote
//! Library Reference", appendix A, for version 3; "TDX DCAP Quoting Library API", appendix A, for
//! versions 4 and 5, which enclaves can have as well): every byte of it has a place.

use aecs_crypto::sha256;

use super::signed::Ecdsa;
use crate::checks::Checks;
use crate::collateral::IntelTee;
use crate::encoding::bytes::take;
use crate::error::{Check, Error, Result, limit};
use crate::limits;
use crate::quote::sgx::{BODY_LEN, HEADER_LEN, ReportBody};
use crate::quote::td_report::{LEN_1_0, TDX_1_0, TdReport};
use crate::signature::memory::SignatureMemory;

/// Of enclaves only. Later versions nest what is about the quoting enclave.
const ENCLAVE_VERSION: u16 = 3;
/// Of enclaves and of trust domains, as the header tells.
const TEE_VERSION: u16 = 4;
/// The report has its kind and its length in front of it.
const TYPED_VERSION: u16 = 5;
/// The kind of an enclave's report.
const ENCLAVE: u16 = 1;
/// ECDSA on P-256: of the quote and of the attestation key.
const ATTESTATION_KEY_TYPE: u16 = 2;
/// The vendor of the quoting enclave: Intel.
const QE_VENDOR: [u8; 16] = [
    0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9, 0x94, 0x0A, 0x0D, 0xB3, 0x95, 0x7F, 0x06, 0x07,
];
/// Types of certification data.
const PPID: u16 = 1;
const ENCRYPTED_PPID_2048: u16 = 2;
const ENCRYPTED_PPID_3072: u16 = 3;
const PCK_CERTIFICATE: u16 = 4;
pub(super) const PCK_CERTIFICATE_CHAIN: u16 = 5;
pub(super) const QE_REPORT_CERTIFICATION_DATA: u16 = 6;

/// A quote cut into its parts, which are not believed.
pub(in super::super) struct Frame<'a> {
    header: Header,
    /// Header and body.
    pub(super) signed: &'a [u8],
    pub(in super::super) body: Body,
    pub(super) signature: &'a [u8; 64],
    /// The point of the key that signs the quote.
    pub(super) attestation_key: &'a [u8; 64],
    pub(super) qe_report_bytes: &'a [u8; BODY_LEN],
    pub(super) qe_report: ReportBody,
    pub(super) qe_report_signature: &'a [u8; 64],
    pub(super) qe_authentication: &'a [u8],
    pub(in super::super) certification: Certification<'a>,
}

struct Header {
    version: u16,
    key_type: u16,
    tee_type: u32,
    qe_vendor: [u8; 16],
}

/// What a quote is about.
pub(crate) enum Body {
    Enclave(ReportBody),
    TrustDomain(Box<TdReport>),
}

impl Body {
    fn enclave(report: &[u8; BODY_LEN]) -> Result<Self> {
        ReportBody::parse(report).map(Self::Enclave)
    }

    fn trust_domain(kind: u16, report: &[u8]) -> Result<Self> {
        TdReport::parse(kind, report).map(|report| Self::TrustDomain(Box::new(report)))
    }
}

/// Which PCK certified the quoting enclave.
pub(in super::super) enum Certification<'a> {
    /// That of this chain of certificates, in PEM or DER.
    Chain(&'a [u8]),
    /// This one, in PEM or DER. The chain comes beside the quote.
    Certificate(&'a [u8]),
    /// That of the processor with this id, which only Intel can read when it is encrypted, at these
    /// versions. The chain comes beside the quote.
    Named {
        ppid: Option<&'a [u8; 16]>,
        cpu_svn: &'a [u8; 16],
        pce_svn: u16,
        /// Older quoting enclaves leave it out.
        pce_id: Option<&'a [u8; 2]>,
    },
}

impl<'a> Frame<'a> {
    /// Reads the quote of a kind of TEE.
    pub(in super::super) fn parse(tee: IntelTee, quote: &'a [u8]) -> Result<Self> {
        limit("quote", quote, limits::QUOTE)?;
        let frame =
            || malformed("quote", format!("{} bytes are not a complete quote", quote.len()));
        let mut rest = quote;
        let header = Header::cut(take(&mut rest).ok_or_else(frame)?).ok_or_else(frame)?;
        let body = match (tee, header.version) {
            (IntelTee::Sgx, ENCLAVE_VERSION | TEE_VERSION) => {
                Body::enclave(take(&mut rest).ok_or_else(frame)?)?
            }
            (IntelTee::Tdx, TEE_VERSION) => {
                let report = split(&mut rest, LEN_1_0).ok_or_else(frame)?;
                Body::trust_domain(TDX_1_0, report)?
            }
            (_, TYPED_VERSION) => {
                let kind = u16::from_le_bytes(*take(&mut rest).ok_or_else(frame)?);
                let report = sized::<4>(&mut rest).ok_or_else(frame)?;
                match tee {
                    IntelTee::Sgx => Body::enclave(enclave_report(kind, report)?)?,
                    IntelTee::Tdx => Body::trust_domain(kind, report)?,
                }
            }
            (_, version) => {
                let what = format!("quote version {version} of {tee:?}");
                return Err(Error::Unsupported { what });
            }
        };
        let signed_len = quote.len().checked_sub(rest.len()).ok_or_else(frame)?;
        let signed = quote.get(..signed_len).ok_or_else(frame)?;
        let section = sized::<4>(&mut rest).ok_or_else(frame)?;
        // Quotes come in buffers of a fixed size: what is behind has to be nothing.
        if rest.iter().any(|byte| *byte != 0) {
            return Err(malformed("quote", "unexpected bytes follow the signature section"));
        }
        Self::read_section(header, signed, body, section)
    }

    fn read_section(
        header: Header,
        signed: &'a [u8],
        body: Body,
        section: &'a [u8],
    ) -> Result<Self> {
        let lengths =
            || malformed("signature section of the quote", "its lengths contradict each other");
        let mut rest = section;
        let signature = take(&mut rest).ok_or_else(lengths)?;
        let attestation_key = take(&mut rest).ok_or_else(lengths)?;
        if header.version > ENCLAVE_VERSION {
            let (kind, nested) = certification_data(rest).ok_or_else(lengths)?;
            if kind != QE_REPORT_CERTIFICATION_DATA {
                return Err(unsupported(kind));
            }
            rest = nested;
        }
        let qe_report_bytes = take::<BODY_LEN>(&mut rest).ok_or_else(lengths)?;
        let qe_report = ReportBody::parse(qe_report_bytes)?;
        let qe_report_signature = take(&mut rest).ok_or_else(lengths)?;
        let qe_authentication = sized::<2>(&mut rest).ok_or_else(lengths)?;
        let (kind, data) = certification_data(rest).ok_or_else(lengths)?;
        let certification = match kind {
            PCK_CERTIFICATE_CHAIN => Certification::Chain(data),
            PCK_CERTIFICATE => Certification::Certificate(data),
            PPID => Certification::named(data, 16).ok_or_else(lengths)?,
            ENCRYPTED_PPID_2048 => Certification::named(data, 256).ok_or_else(lengths)?,
            ENCRYPTED_PPID_3072 => Certification::named(data, 384).ok_or_else(lengths)?,
            other => return Err(unsupported(other)),
        };
        Ok(Self {
            header,
            signed,
            body,
            signature,
            attestation_key,
            qe_report_bytes,
            qe_report,
            qe_report_signature,
            qe_authentication,
            certification,
        })
    }

    /// What the trust domain's module says about it; none of an enclave.
    pub(super) fn td_report(&self) -> Option<&TdReport> {
        match &self.body {
            Body::Enclave(_) => None,
            Body::TrustDomain(report) => Some(report),
        }
    }

    pub(super) fn check_header(&self, tee: IntelTee, checks: &mut Checks) -> Result<()> {
        let Header { version, key_type, tee_type, qe_vendor } = &self.header;
        let check = Check::QUOTE_HEADER;
        let expected = i64::from(*tee_type) == tee.number();
        checks.requires(
            check,
            expected,
            format_args!("TEE type {:#x}", tee.number()),
            format_args!("TEE type {tee_type:#x}, version {version}"),
        )?;
        let text = |key_type| format!("attestation key type {key_type}");
        checks.same(check, ATTESTATION_KEY_TYPE, *key_type, text)?;
        let text = |vendor| format!("QE vendor {}", hex::encode_upper::<[u8; 16]>(vendor));
        checks.same(check, QE_VENDOR, *qe_vendor, text)
    }

    /// Whether the PCK vouches for the quoting enclave, and that for the attestation key: its
    /// report has the hash of key and authentication data, and nothing else.
    pub(super) fn check_qe_report(
        &self,
        pck: &[u8],
        signatures: &SignatureMemory,
        checks: &mut Checks,
    ) -> Result<()> {
        // The same for all quotes of a machine, until its quoting enclave makes a new key.
        let (message, signature) = (self.qe_report_bytes, self.qe_report_signature);
        let ecdsa = Ecdsa { key: pck, message, signature };
        ecdsa.check(Check::QE_REPORT_SIGNATURE, Some(signatures), checks)?;
        let bound = [self.attestation_key.as_slice(), self.qe_authentication].concat();
        let mut expected = [0; 64];
        let (hash, _zeros) = expected.split_at_mut(32);
        hash.copy_from_slice(&sha256(&bound));
        let actual = self.qe_report.report_data.to_bytes();
        checks.equal_bytes(Check::ATTESTATION_KEY, &expected, &actual)
    }

    pub(super) fn check_signature(&self, checks: &mut Checks) -> Result<()> {
        let key = [&[0x04], self.attestation_key.as_slice()].concat();
        let ecdsa = Ecdsa { key: &key, message: self.signed, signature: self.signature };
        ecdsa.check(Check::QUOTE_SIGNATURE, None, checks)
    }
}

impl Header {
    fn cut(bytes: &[u8; HEADER_LEN]) -> Option<Self> {
        let mut rest = bytes.as_slice();
        let version = u16::from_le_bytes(*take(&mut rest)?);
        let key_type = u16::from_le_bytes(*take(&mut rest)?);
        let tee_type = u32::from_le_bytes(*take(&mut rest)?);
        let _versions_of_qe_and_pce = take::<4>(&mut rest)?;
        let qe_vendor = *take(&mut rest)?;
        Some(Self { version, key_type, tee_type, qe_vendor })
    }
}

impl<'a> Certification<'a> {
    /// Id and versions, one after the other, and nothing else.
    fn named(data: &'a [u8], ppid_len: usize) -> Option<Self> {
        let mut rest = data;
        let ppid = split(&mut rest, ppid_len)?.try_into().ok();
        let cpu_svn = take(&mut rest)?;
        let pce_svn = u16::from_le_bytes(*take(&mut rest)?);
        let pce_id = if rest.is_empty() { None } else { Some(take(&mut rest)?) };
        rest.is_empty().then_some(Self::Named { ppid, cpu_svn, pce_svn, pce_id })
    }
}

/// The report of an enclave, in a quote that tells its kind and length.
fn enclave_report(kind: u16, report: &[u8]) -> Result<&[u8; BODY_LEN]> {
    let report = report.try_into().ok().filter(|_| kind == ENCLAVE);
    report.ok_or_else(|| {
        malformed("quote", format!("its report of kind {kind} is not a report of an enclave"))
    })
}

/// Type, length, and as many bytes as are left.
fn certification_data(mut rest: &[u8]) -> Option<(u16, &[u8])> {
    let kind = u16::from_le_bytes(*take(&mut rest)?);
    let data = sized::<4>(&mut rest)?;
    rest.is_empty().then_some((kind, data))
}

/// A length of `N` bytes, the least significant one first, and that number of bytes.
fn sized<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let digits: &[u8; N] = take(rest)?;
    let len = digits.iter().rev().fold(0u64, |len, digit| (len << 8) | u64::from(*digit));
    split(rest, usize::try_from(len).ok()?)
}

fn split<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(head)
}

fn unsupported(kind: u16) -> Error {
    let meaning = match kind {
        7 => " (a platform manifest)",
        _ => "",
    };
    Error::Unsupported { what: format!("certification data of type {kind}{meaning}") }
}

fn malformed(what: &'static str, reason: impl Into<crate::error::Source>) -> Error {
    Error::malformed(what, reason)
}
