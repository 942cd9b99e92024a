//! The simulated quoting enclaves: quotes of version 3 for enclaves (Intel, "SGX ECDSA Quote
//! Library Reference", appendix A), of versions 4 and 5 for trust domains (Intel, "TDX DCAP Quoting
//! Library API", appendix A).

use aecs_attest::{IntelTee, Result};
use aecs_crypto::sha256;

use crate::failure::internal;
use crate::identity::EnclaveIdentity;
use crate::model::{CPU_SVN, PCE_SVN};
use crate::pki::Pki;

/// The quoting enclave's signer: nobody's.
pub(crate) const QE_MRSIGNER: [u8; 32] = [0x51; 32];
/// The product id of the quoting enclave for enclaves.
pub(crate) const QE_PRODUCT: u16 = 1;
/// The product id of the quoting enclave for trust domains.
pub(crate) const TD_QE_PRODUCT: u16 = 2;
/// The quoting enclave's security version.
pub(crate) const QE_SVN: u16 = 8;
/// The quoting enclave's attributes: initialized, may use the provisioning key.
pub(crate) const QE_ATTRIBUTES: [u8; 16] = [0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Bytes of the quote's header.
pub(crate) const HEADER_LEN: usize = 48;
/// Bytes of an enclave's report body.
pub(crate) const BODY_LEN: usize = 384;
/// Debug flag in the first byte of an enclave's attributes.
const ATTRIBUTE_DEBUG: u8 = 0x02;
const QE_MRENCLAVE: [u8; 32] = [0x50; 32];
/// Initialized, 64-bit mode; x87 and SSE state.
const ATTRIBUTES: [u8; 16] = [0x05, 0, 0, 0, 0, 0, 0, 0, 0x03, 0, 0, 0, 0, 0, 0, 0];
const VERSION: u16 = 3;
/// The vendor of the quoting enclave: Intel.
const INTEL_QE_VENDOR_ID: [u8; 16] = [
    0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9, 0x94, 0x0A, 0x0D, 0xB3, 0x95, 0x7F, 0x06, 0x07,
];
const ATTESTATION_KEY_ECDSA_P256: u16 = 2;
const TEE_TYPE_SGX: u32 = 0;
const TEE_TYPE_TDX: u32 = 0x81;
/// Authentication data, as long as Intel's quoting enclaves have.
pub(crate) const AUTHENTICATION_DATA: [u8; 32] = [0xA5; 32];
const PCK_CERTIFICATE_CHAIN: u16 = 5;
const QE_REPORT_CERTIFICATION_DATA: u16 = 6;

/// Makes quotes. What does not depend on the quoted is made once.
pub(crate) struct QuotingEnclave {
    /// Everything behind the quote's own signature.
    certification: Vec<u8>,
}

impl QuotingEnclave {
    pub(crate) fn new(pki: &Pki, tee: IntelTee, authentication_data: &[u8]) -> Result<Self> {
        let attestation_key = pki.quoting.coordinates();
        let mut report_data = [0; 64];
        let (hash, _zeros) = report_data.split_at_mut(32);
        hash.copy_from_slice(&sha256(&[attestation_key, authentication_data].concat()));
        let report = Body {
            attributes: QE_ATTRIBUTES,
            mrenclave: QE_MRENCLAVE,
            mrsigner: QE_MRSIGNER,
            product: match tee {
                IntelTee::Sgx => QE_PRODUCT,
                IntelTee::Tdx => TD_QE_PRODUCT,
            },
            svn: QE_SVN,
            report_data,
        }
        .encode()?;

        let mut of_the_enclave = report.to_vec();
        of_the_enclave.extend(pki.pck.sign(&report)?);
        of_the_enclave
            .extend(u16::try_from(authentication_data.len()).map_err(internal)?.to_le_bytes());
        of_the_enclave.extend(authentication_data);
        of_the_enclave.extend(certification_data(PCK_CERTIFICATE_CHAIN, pki.pck_chain.as_bytes())?);
        let certification = match tee {
            IntelTee::Sgx => of_the_enclave,
            IntelTee::Tdx => certification_data(QE_REPORT_CERTIFICATION_DATA, &of_the_enclave)?,
        };
        Ok(Self { certification: [attestation_key, &certification].concat() })
    }

    pub(crate) fn quote(
        &self,
        pki: &Pki,
        identity: &EnclaveIdentity,
        report_data: [u8; 64],
    ) -> Result<Vec<u8>> {
        let body = enclave_report(identity, report_data)?;
        self.sign(pki, [header(VERSION, TEE_TYPE_SGX)?.as_slice(), &body].concat())
    }

    /// A quote over a trust domain's report, which brings its own frame.
    pub(crate) fn quote_report(&self, pki: &Pki, version: u16, report: &[u8]) -> Result<Vec<u8>> {
        self.sign(pki, [header(version, TEE_TYPE_TDX)?.as_slice(), report].concat())
    }

    fn sign(&self, pki: &Pki, mut quote: Vec<u8>) -> Result<Vec<u8>> {
        let signature = pki.quoting.sign(&quote)?;
        let len = signature.len() + self.certification.len();
        quote.extend(u32::try_from(len).map_err(internal)?.to_le_bytes());
        quote.extend(signature);
        quote.extend(&self.certification);
        Ok(quote)
    }
}

/// An enclave's report, as quotes of every version have it.
pub(crate) fn enclave_report(
    identity: &EnclaveIdentity,
    report_data: [u8; 64],
) -> Result<[u8; BODY_LEN]> {
    let mut attributes = ATTRIBUTES;
    if identity.debug {
        let [flags, ..] = &mut attributes;
        *flags |= ATTRIBUTE_DEBUG;
    }
    Body {
        attributes,
        mrenclave: identity.mrenclave,
        mrsigner: identity.mrsigner,
        product: identity.prod_id,
        svn: identity.svn,
        report_data,
    }
    .encode()
}

/// Type, length and content.
fn certification_data(kind: u16, data: &[u8]) -> Result<Vec<u8>> {
    let len = u32::try_from(data.len()).map_err(internal)?;
    Ok([&kind.to_le_bytes(), len.to_le_bytes().as_slice(), data].concat())
}

fn header(version: u16, tee_type: u32) -> Result<[u8; HEADER_LEN]> {
    let mut header = Vec::with_capacity(HEADER_LEN);
    header.extend(version.to_le_bytes());
    header.extend(ATTESTATION_KEY_ECDSA_P256.to_le_bytes());
    header.extend(tee_type.to_le_bytes());
    header.extend(QE_SVN.to_le_bytes());
    header.extend(PCE_SVN.to_le_bytes());
    header.extend(INTEL_QE_VENDOR_ID);
    header.extend([0; 20]);
    header.try_into().map_err(|_| internal("a header of another length"))
}

/// An enclave's report, without the parts that are always zero.
struct Body {
    attributes: [u8; 16],
    mrenclave: [u8; 32],
    mrsigner: [u8; 32],
    product: u16,
    svn: u16,
    report_data: [u8; 64],
}

impl Body {
    fn encode(&self) -> Result<[u8; BODY_LEN]> {
        let mut body = Vec::with_capacity(BODY_LEN);
        body.extend(CPU_SVN);
        body.extend([0; 32]);
        body.extend(self.attributes);
        body.extend(self.mrenclave);
        body.extend([0; 32]);
        body.extend(self.mrsigner);
        body.extend([0; 96]);
        body.extend(self.product.to_le_bytes());
        body.extend(self.svn.to_le_bytes());
        body.extend([0; 60]);
        body.extend(self.report_data);
        body.try_into().map_err(|_| internal("a report of another length"))
    }
}
