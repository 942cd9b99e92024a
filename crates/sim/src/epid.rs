//! An attestation service of Intel's kind in software: the SGX_EPID platform for tests.

use std::time::SystemTime;

use aecs_attest::{Platform, ReportRequest, Result};
use aecs_proto::{IasReport, UnifiedAttestationAuthReport, json};
use aws_lc_rs::rsa::KeySize;
use serde_json::{Map, Value, json as value};
use time::OffsetDateTime;

use crate::identity::EnclaveIdentity;
use crate::keys::{RsaKey, RsaScheme};
use crate::quote;
use crate::text::{certificate_pem, to_base64};
use crate::x509::{Certificate, Signer as _, for_years};

const ROOT: &str = "AECS SIMULATION Attestation Report Signing CA";
const SIGNER: &str = "AECS SIMULATION Attestation Report Signing";

/// What a simulated service answers.
#[derive(Debug, Clone)]
pub struct IasAnswer {
    /// Version of its interface.
    pub version: u64,
    /// When it answers.
    pub at: SystemTime,
    /// What it thinks of the quote.
    pub status: String,
    /// What it advises to read.
    pub advisory_ids: Vec<String>,
    /// Version of the quote.
    pub quote_version: u16,
    /// Whether the quote can be linked with others.
    pub linkable: bool,
    /// Who asked.
    pub spid: [u8; 16],
}

impl Default for IasAnswer {
    fn default() -> Self {
        Self {
            version: 4,
            at: SystemTime::now(),
            status: "OK".into(),
            advisory_ids: Vec::new(),
            quote_version: 2,
            linkable: true,
            spid: [0x51; 16],
        }
    }
}

/// When the certificates of a simulated service are valid.
#[derive(Debug, Clone)]
pub struct IasOptions {
    /// The service's certificate.
    pub signer: std::ops::Range<SystemTime>,
    /// The root's.
    pub root: std::ops::Range<SystemTime>,
}

impl Default for IasOptions {
    fn default() -> Self {
        Self { signer: for_years(10), root: for_years(10) }
    }
}

/// An attestation service in software.
pub struct SimulatedIas {
    root: Vec<u8>,
    key: RsaKey,
    certificate: Vec<u8>,
    options: IasOptions,
}

impl SimulatedIas {
    /// Makes a service, with a root of its own.
    ///
    /// # Errors
    ///
    /// If keys cannot be made.
    pub fn new(options: IasOptions) -> Result<Self> {
        let (authority, key) =
            (RsaKey::generate(KeySize::Rsa2048)?, RsaKey::generate(KeySize::Rsa2048)?);
        let authority = authority.signing(RsaScheme::Pkcs1);
        let root = Certificate::root(ROOT, &options.root).self_signed(&authority)?;
        let certificate = Certificate::signer(ROOT, SIGNER, &options.signer)
            .signed(&key.signing(RsaScheme::Pkcs1).spki(), &authority)?;
        Ok(Self { root, key, certificate, options })
    }

    /// The certificate of the root, in DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        &self.root
    }

    /// The certificate of the service, in DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// A certificate for the service's key that nobody but the service signed, in the root's name.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn self_signed_certificate(&self) -> Result<Vec<u8>> {
        Certificate::root(ROOT, &self.options.signer)
            .self_signed(&self.key.signing(RsaScheme::Pkcs1))
    }

    /// The body of an answer about an enclave's quote.
    ///
    /// # Errors
    ///
    /// If the enclave's report cannot be made.
    pub fn body(
        &self,
        answer: &IasAnswer,
        identity: &EnclaveIdentity,
        report_data: &[u8; 64],
    ) -> Result<String> {
        let mut quote = answer.quote_version.to_le_bytes().to_vec();
        quote.extend(u16::from(answer.linkable).to_le_bytes());
        // Group, versions of quoting and provisioning enclave, extended group.
        quote.extend([0; 12]);
        quote.extend(answer.spid);
        quote.extend([0; 16]);
        quote.extend(quote::enclave_report(identity, *report_data)?);
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("id", value!("165171271757108173876306223827987629752"));
        put("timestamp", value!(timestamp(answer.at)));
        put("version", value!(answer.version));
        put("isvEnclaveQuoteStatus", value!(answer.status));
        put("isvEnclaveQuoteBody", value!(to_base64(&quote)));
        if !answer.advisory_ids.is_empty() {
            put("advisoryURL", value!("https://security-center.intel.com"));
            put("advisoryIDs", value!(answer.advisory_ids));
        }
        Ok(Value::Object(body).to_string())
    }

    /// A body with the service's signature and certificates.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn sign(&self, body: String) -> Result<IasReport> {
        Ok(IasReport {
            b64_signature: to_base64(&self.key.sign(RsaScheme::Pkcs1, body.as_bytes())?),
            str_signing_cert: certificate_pem(&self.certificate) + &certificate_pem(&self.root),
            json_response_body: body,
            ..Default::default()
        })
    }

    /// A whole Passport report of an enclave.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn passport(
        &self,
        answer: &IasAnswer,
        identity: &EnclaveIdentity,
        request: &ReportRequest<'_>,
    ) -> Result<UnifiedAttestationAuthReport> {
        let body = self.body(answer, identity, &request.report_data().to_bytes())?;
        let report = self.sign(body)?;
        Ok(request.answer(Platform::SgxEpid, to_base64(json::to_string(&report).as_bytes())))
    }
}

/// Universal time with microseconds, and no word about the zone.
fn timestamp(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.microsecond(),
    )
}
