//! HyperEnclave: enclaves of SGX's form below a hypervisor that a TPM measured.
//!
//! The links, from the root: it certifies the TPM's key together with the registers that the TPM
//! shall have; the TPM signs these registers, one of which holds the hypervisor's key, and the
//! hash of the enclave's report data; the hypervisor signs the enclave's report. All of it is SM2
//! with SM3.
//!
//! Format: the verifier of jinzhao-attest (`verification/platforms/hyperenclave`) and the public
//! hypervisor (`src/enclave/report.rs`, `src/hypercall/tc.rs`).

mod attest;

use aecs_crypto::sm::{PAIR_LEN, Sm2Verifier, sm3};
use aecs_proto::HyperEnclaveReport;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_parser::der_parser::oid::Oid;
use x509_parser::oid_registry::asn1_rs::{FromDer, Utf8String, oid};

use super::Platform;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::table::{PLATFORM_MEASUREMENT, TCB_STATUS};
use crate::checks::Checks;
use crate::encoding::bytes::take;
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Endorsement, Error, Result, Source};
use crate::quote::sgx::{BODY_LEN, HEADER_LEN, Quote};
use crate::report::ReportData;
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;
use crate::trust::Trust;
use crate::x509::{Certificate, Root, rules};
use attest::Attest;

/// The authority that certifies TPMs for HyperEnclave: CFCA ACS SM2 OCA33.
const CFCA_ROOT: &[u8] = include_bytes!("hyper_enclave/cfca-acs-sm2-oca33.der");

/// Identifier that the hypervisor signs under.
const HYPERVISOR_ID: &str =
    "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}\u{9}\u{A}\u{B}\u{C}\u{D}\u{E}";

/// Extension of the TPM's certificate with the registers: Base64 of three SM3 digests.
const PCR_LIST: Oid<'static> = oid!(1.2.86.1);

/// Bytes of the largest certificate.
const CERTIFICATE: usize = 2048;
/// Bytes of the parts of the signature before the certificate.
const PARTS: usize = 64 + 64 + attest::LEN + 64;
/// Bytes of the largest quote.
const QUOTE: usize = HEADER_LEN + BODY_LEN + 4 + PARTS + CERTIFICATE;

impl Check {
    /// HyperEnclave: the TPM's certificate was issued by the root.
    pub const HYPER_ENCLAVE_CERTIFICATE: Self = Self::new("certificate of the TPM's key");
    /// HyperEnclave: the TPM signed its registers.
    pub const HYPER_ENCLAVE_TPM: Self = Self::new("signature of the TPM");
    /// HyperEnclave: the registers are those of the certificate.
    pub const HYPER_ENCLAVE_PCRS: Self = Self::new("registers of the TPM");
    /// HyperEnclave: the TPM measured the hypervisor's key.
    pub const HYPER_ENCLAVE_KEY: Self = Self::new("key of the hypervisor in register 13");
    /// HyperEnclave: the TPM was asked for this report.
    pub const HYPER_ENCLAVE_QUALIFYING: Self = Self::new("report data in the TPM's quote");
    /// HyperEnclave: the enclave's report is signed by the hypervisor.
    pub const HYPER_ENCLAVE_SIGNATURE: Self = Self::new("signature of the HyperEnclave report");
}

impl Endorsement {
    /// HyperEnclave: the certificate of the TPM's key, or its root.
    pub const HYPER_ENCLAVE_CHAIN: Self = Self::new("HyperEnclave certificate chain");
}

/// Verifier of the HyperEnclave platform.
pub(crate) struct HyperEnclave {
    roots: Vec<Root>,
}

impl FromTrust for HyperEnclave {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        let roots = rules::HYPER_ENCLAVE.roots(trust.anchors(platform, &[CFCA_ROOT]))?;
        Ok(Self { roots })
    }
}

impl EvidenceVerifier for HyperEnclave {
    // The evidence is complete: both types of report have the same.
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let report: HyperEnclaveReport = from_json("HyperEnclave report", evidence.json_report)?;
        let bytes = base64_within("HyperEnclave quote", &report.b64_quote, QUOTE)?;
        let quote = Quote::parse(&bytes)?;
        let body = bytes.get(HEADER_LEN..HEADER_LEN + BODY_LEN).unwrap_or_default();
        let parts = Parts::cut(quote.signature).map_err(malformed)?;
        let certificate = Certificate::parse("certificate of the TPM's key", parts.certificate)?;
        let mut checks = Checks::new();

        let (what, chain) = (Endorsement::HYPER_ENCLAVE_CHAIN, std::slice::from_ref(&certificate));
        let backing =
            rules::HYPER_ENCLAVE.verify(what, chain, &self.roots, context, &mut checks)?;
        let untrusted = |error| Error::untrusted(Check::HYPER_ENCLAVE_CERTIFICATE, error);
        let tpm_key = certificate.sm2_key().map_err(untrusted)?;
        let pcrs = Pcrs::of(&certificate).map_err(untrusted)?;

        let outcome = tpm_key.verify_digest(&sm3(parts.attest), parts.attest_signature);
        checks.holds(Check::HYPER_ENCLAVE_TPM, outcome)?;
        let attest = Attest::parse(parts.attest)
            .map_err(|reason| Error::untrusted(Check::HYPER_ENCLAVE_PCRS, reason))?;
        checks.equal_bytes(Check::HYPER_ENCLAVE_PCRS, &pcrs.digest, &attest.pcr_digest)?;
        let report_data = quote.body.report_data.to_bytes();
        let asked = Check::HYPER_ENCLAVE_QUALIFYING;
        checks.equal_bytes(asked, &sm3(&report_data), &attest.qualifying)?;

        let extended = extended(parts.hypervisor_key);
        checks.equal_bytes(Check::HYPER_ENCLAVE_KEY, &pcrs.hypervisor_key, &extended)?;
        let signed = Check::HYPER_ENCLAVE_SIGNATURE;
        let outcome = Sm2Verifier::from_point(parts.hypervisor_key)
            .and_then(|key| key.verify(HYPERVISOR_ID, body, parts.enclave_signature));
        checks.holds(signed, outcome)?;

        let facts = quote
            .body
            .facts()
            .with(&PLATFORM_MEASUREMENT, attest.pcr_digest)
            .with(&TCB_STATUS, [TcbStatus::UpToDate]);
        Ok(Appraisal {
            facts,
            backing,
            // The certificate names the only state that the machine may have.
            tcb_status: TcbStatus::UpToDate,
            revocation: Revocation::NotChecked("there is no revocation list"),
            binding: Binding::ReportData(quote.body.report_data),
            checks,
        })
    }

    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        let report: HyperEnclaveReport =
            from_json("HyperEnclave report", evidence.json_report).ok()?;
        let bytes = base64_within("HyperEnclave quote", &report.b64_quote, QUOTE).ok()?;
        Some(Quote::parse(&bytes).ok()?.body.report_data)
    }
}

/// The signature section of a quote.
struct Parts<'a> {
    enclave_signature: &'a [u8; PAIR_LEN],
    hypervisor_key: &'a [u8; PAIR_LEN],
    attest: &'a [u8; attest::LEN],
    attest_signature: &'a [u8; PAIR_LEN],
    certificate: &'a [u8],
}

impl<'a> Parts<'a> {
    fn cut(signature: &'a [u8]) -> Result<Self, &'static str> {
        let mut rest = signature;
        let parts = Self {
            enclave_signature: take(&mut rest).ok_or("cut short")?,
            hypervisor_key: take(&mut rest).ok_or("cut short")?,
            attest: take(&mut rest).ok_or("cut short")?,
            attest_signature: take(&mut rest).ok_or("cut short")?,
            certificate: rest,
        };
        match parts.certificate.len() {
            0 => Err("the certificate is missing"),
            1..=CERTIFICATE => Ok(parts),
            _ => Err("the certificate is too long"),
        }
    }
}

fn malformed(reason: &'static str) -> Error {
    Error::malformed("signature section of the quote", reason)
}

/// The registers in the certificate.
struct Pcrs {
    /// Over all that are quoted.
    digest: [u8; 32],
    /// Register 13.
    hypervisor_key: [u8; 32],
}

impl Pcrs {
    fn of(certificate: &Certificate<'_>) -> Result<Self, Source> {
        let extension =
            certificate.extension(&PCR_LIST).ok_or("expected exactly one list of registers")?;
        let (rest, text) = Utf8String::from_der(extension.value)
            .map_err(|_| "its list of registers is not text")?;
        if !rest.is_empty() {
            return Err("unexpected bytes follow its list of registers".into());
        }
        let list: [u8; 96] = STANDARD
            .decode(text.as_ref())
            .map_err(|_| "its list of registers is not Base64")?
            .try_into()
            .map_err(|_| "its list of registers is not three digests")?;
        let mut rest = list.as_slice();
        let mut digest = || take::<32>(&mut rest).copied().ok_or("cut short");
        let (all, _hypervisor, hypervisor_key) = (digest()?, digest()?, digest()?);
        Ok(Self { digest: all, hypervisor_key })
    }
}

/// A register of zeros after the hypervisor's key was measured into it.
fn extended(key: &[u8; PAIR_LEN]) -> [u8; 32] {
    sm3(&[[0; 32], sm3(key)].concat())
}
