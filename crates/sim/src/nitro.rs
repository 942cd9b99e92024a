//! An AWS Nitro hypervisor in software: it says of any enclave what it is told to.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use aecs_attest::{Attester, Platform, ReportData, ReportRequest, Result};
use aecs_proto::{AwsNitroReport, UnifiedAttestationAuthReport, UnifiedAttestationReport, json};
use ciborium::Value;

use crate::cose::{encode, sign1};
use crate::failure::internal;
use crate::path::{CertificateSpec, SimulatedPath};
use crate::text::{passport, to_base64};

/// ES384.
const ALGORITHM: i64 = -35;

/// A host with Nitro enclaves, under a root of its own. Make a verifier trust it with
/// [`VerifierBuilder::simulated_platform_root`](aecs_attest::VerifierBuilder::simulated_platform_root).
#[derive(Debug)]
pub struct SimulatedNitro {
    path: SimulatedPath,
}

/// What an attestation document says.
#[derive(Debug, Clone)]
pub struct NitroDocument {
    /// Id of the enclave.
    pub module_id: String,
    /// When the document was made.
    pub timestamp: SystemTime,
    /// Registers by index.
    pub pcrs: BTreeMap<u8, Vec<u8>>,
    /// A key of the enclave's.
    pub public_key: Option<Vec<u8>>,
    /// The enclave's own data: the report data, for AECS.
    pub user_data: Option<Vec<u8>>,
    /// The nonce that the enclave was asked with.
    pub nonce: Option<Vec<u8>>,
    /// Whether the message has its tag; AWS's has none.
    pub tagged: bool,
}

impl NitroDocument {
    /// Of an enclave that runs some signed image and not for debugging, made now, with this report
    /// data.
    #[must_use]
    pub fn new(report_data: ReportData) -> Self {
        let mut pcrs: BTreeMap<_, _> = (0..16).map(|index| (index, vec![0; 48])).collect();
        for index in [0, 1, 2, 3, 4, 8] {
            pcrs.insert(index, vec![0xA0 | index; 48]);
        }
        Self {
            module_id: "i-0123456789abcdef0-enc0123456789abcdef".into(),
            timestamp: SystemTime::now(),
            pcrs,
            public_key: None,
            user_data: Some(report_data.to_bytes().to_vec()),
            nonce: None,
            tagged: false,
        }
    }

    fn payload(&self, certificates: &[Vec<u8>]) -> Result<Vec<u8>> {
        let since = self.timestamp.duration_since(UNIX_EPOCH).map_err(internal)?;
        let milliseconds = u64::try_from(since.as_millis()).map_err(internal)?;
        let optional = |bytes: &Option<Vec<u8>>| bytes.clone().map_or(Value::Null, Value::Bytes);
        let pcrs = self.pcrs.iter().map(|(index, value)| ((*index).into(), bytes(value)));
        let (certificate, authorities) =
            certificates.split_last().map_or((&[][..], &[][..]), |(last, rest)| (last, rest));
        encode(&Value::Map(vec![
            ("module_id".into(), self.module_id.as_str().into()),
            ("digest".into(), "SHA384".into()),
            ("timestamp".into(), milliseconds.into()),
            ("pcrs".into(), Value::Map(pcrs.collect())),
            ("certificate".into(), bytes(certificate)),
            ("cabundle".into(), Value::Array(authorities.iter().map(|der| bytes(der)).collect())),
            ("public_key".into(), optional(&self.public_key)),
            ("user_data".into(), optional(&self.user_data)),
            ("nonce".into(), optional(&self.nonce)),
        ]))
    }
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

impl SimulatedNitro {
    /// A host with certificates as AWS has them: a root, a region's, a zone's, an instance's, and
    /// the enclave's.
    ///
    /// # Errors
    ///
    /// When keys or certificates cannot be made.
    pub fn new() -> Result<Self> {
        let [root, below @ ..] = Self::certificates();
        Self::with_certificates(&root, &below)
    }

    /// What [`SimulatedNitro::new`] makes, from the root's to the enclave's.
    #[must_use]
    pub fn certificates() -> [CertificateSpec; 5] {
        let authority = |name: &str, path_len| CertificateSpec {
            path_len,
            ..CertificateSpec::authority(format!("{name} AECS SIMULATION nitro-enclaves"))
        };
        [
            authority("root", None),
            authority("region", Some(2)),
            authority("zone", Some(1)),
            authority("instance", Some(0)),
            CertificateSpec::signer("enclave AECS SIMULATION nitro-enclaves"),
        ]
    }

    /// A host with other certificates, from the root's to the enclave's.
    ///
    /// # Errors
    ///
    /// When keys or certificates cannot be made.
    pub fn with_certificates(root: &CertificateSpec, below: &[CertificateSpec]) -> Result<Self> {
        Ok(Self { path: SimulatedPath::issue(root, below)? })
    }

    /// The root certificate, in DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        self.path.root_der()
    }

    /// A signed document.
    ///
    /// # Errors
    ///
    /// When it cannot be encoded or signed.
    pub fn document(&self, document: &NitroDocument) -> Result<Vec<u8>> {
        self.sign(self.payload(document)?, document.tagged)
    }

    /// The payload of a document, with this host's certificates, in CBOR.
    ///
    /// # Errors
    ///
    /// When it cannot be encoded.
    pub fn payload(&self, document: &NitroDocument) -> Result<Vec<u8>> {
        document.payload(&self.path.certificates)
    }

    /// Signs any payload.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn sign(&self, payload: Vec<u8>, tagged: bool) -> Result<Vec<u8>> {
        sign1(&self.path.key, &[(1.into(), ALGORITHM.into())], payload, tagged)
    }

    /// A document as a report.
    #[must_use]
    pub fn report(document: &[u8]) -> UnifiedAttestationReport {
        passport(
            Platform::AwsNitro,
            json::to_string(&AwsNitroReport { b64_document: to_base64(document) }),
        )
    }
}

impl Attester for SimulatedNitro {
    fn platform(&self) -> Platform {
        Platform::AwsNitro
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let document = self.document(&NitroDocument::new(request.report_data()))?;
        let report = AwsNitroReport { b64_document: to_base64(&document) };
        Ok(request.answer(Platform::AwsNitro, json::to_string(&report)))
    }
}
