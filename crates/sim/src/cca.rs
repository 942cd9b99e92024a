//! An Arm CCA platform in software, and its monitor of realms.

use aecs_attest::{Attester, Platform, ReportData, ReportRequest, Result};
use aecs_proto::{ArmCcaReport, UnifiedAttestationAuthReport, UnifiedAttestationReport, json};
use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use ciborium::Value;

use crate::cose::{encode, sign1};
use crate::keys::{Curve, EcKey};
use crate::text::{passport, to_base64};
use crate::x509::Signer as _;

/// A platform with keys of its own. Make a verifier trust it with
/// [`VerifierBuilder::simulated_platform_root`](aecs_attest::VerifierBuilder::simulated_platform_root)
/// and [`SimulatedCca::cpak_der`].
#[derive(Debug)]
pub struct SimulatedCca {
    cpak: EcKey,
    rak: EcKey,
    /// Whether the CPAK is one of P-256, which signs with ES256.
    p256: bool,
}

/// Which claims there are, and how the realm's key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CcaProfile {
    /// `http://arm.com/CCA-SSD/1.0.0`: the realm token has no profile and its key is a point.
    Legacy,
    /// Of 2023, version 1: the realm's key is a COSE key.
    V1,
    /// Of 2024, version 2: there are more claims.
    V2,
}

/// What the two tokens are put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CcaForm {
    /// A collection of tokens, tag 399.
    Collection,
    /// A collection of conceptual messages, tag 907.
    Wrapped,
}

/// A part of the platform's firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CcaComponent {
    /// Its name.
    pub kind: String,
    /// Its version; none is written when empty.
    pub version: String,
    /// Its hash.
    pub measurement: Vec<u8>,
    /// Hash of its signer's key.
    pub signer: Vec<u8>,
}

/// What a token says.
#[derive(Debug, Clone)]
pub struct CcaToken {
    /// Which claims there are.
    pub profile: CcaProfile,
    /// What the tokens are put into.
    pub form: CcaForm,
    /// The realm's own choice: the report data, for AECS.
    pub challenge: Vec<u8>,
    /// What the realm's owner stated.
    pub personalization: Vec<u8>,
    /// Measurement of what the realm was built from.
    pub initial: Vec<u8>,
    /// Measurements that the realm made.
    pub extensible: Vec<Vec<u8>>,
    /// Name of the hash of the realm's key.
    pub key_hash: String,
    /// In place of the hash of the realm's key.
    pub platform_challenge: Option<Vec<u8>>,
    /// Id of the platform.
    pub instance_id: Vec<u8>,
    /// Id of the platform's kind.
    pub implementation_id: Vec<u8>,
    /// State of the platform's life.
    pub lifecycle: u16,
    /// Options of the platform.
    pub config: Vec<u8>,
    /// The platform's firmware.
    pub components: Vec<CcaComponent>,
}

impl CcaToken {
    /// Of a realm on a secured platform with two parts of firmware, with this report data.
    #[must_use]
    pub fn new(report_data: ReportData) -> Self {
        let component = |kind: &str, version: &str, byte| CcaComponent {
            kind: kind.into(),
            version: version.into(),
            measurement: vec![byte; 32],
            signer: vec![0x51; 32],
        };
        Self {
            profile: CcaProfile::V1,
            form: CcaForm::Collection,
            challenge: report_data.to_bytes().to_vec(),
            personalization: vec![0x09; 64],
            initial: vec![0x21; 32],
            extensible: (0x30..0x34).map(|byte| vec![byte; 32]).collect(),
            key_hash: "sha-256".into(),
            platform_challenge: None,
            instance_id: [[1].as_slice(), &[0x1D; 32]].concat(),
            implementation_id: vec![0x1E; 32],
            lifecycle: 0x3003,
            config: vec![0xCF; 4],
            components: vec![component("BL2", "3.4.2", 0x41), component("RMM", "1.0", 0x42)],
        }
    }

    fn platform_claims(&self, key_claim: &[u8]) -> Value {
        let hash = match self.key_hash.as_str() {
            "sha-384" => &SHA384,
            "sha-512" => &SHA512,
            _ => &SHA256,
        };
        let challenge = self.platform_challenge.clone();
        let challenge = challenge.unwrap_or_else(|| digest(hash, key_claim).as_ref().to_vec());
        let component = |component: &CcaComponent| {
            let mut fields: Vec<(Value, Value)> = vec![
                (1.into(), component.kind.as_str().into()),
                (2.into(), Value::Bytes(component.measurement.clone())),
                (5.into(), Value::Bytes(component.signer.clone())),
                (6.into(), "sha-256".into()),
            ];
            if !component.version.is_empty() {
                fields.push((4.into(), component.version.as_str().into()));
            }
            Value::Map(fields)
        };
        let profile = match self.profile {
            CcaProfile::Legacy => "http://arm.com/CCA-SSD/1.0.0",
            CcaProfile::V1 => "tag:arm.com,2023:cca_platform#1.0.0",
            CcaProfile::V2 => "tag:arm.com,2024:cca_platform#2.0.0",
        };
        let mut claims = vec![
            (265.into(), profile.into()),
            (10.into(), Value::Bytes(challenge)),
            (2396.into(), Value::Bytes(self.implementation_id.clone())),
            (256.into(), Value::Bytes(self.instance_id.clone())),
            (2401.into(), Value::Bytes(self.config.clone())),
            (2395.into(), self.lifecycle.into()),
            (2399.into(), Value::Array(self.components.iter().map(component).collect())),
            (2400.into(), "https://verifier.example".into()),
            (2402.into(), "sha-256".into()),
        ];
        if self.profile == CcaProfile::V2 {
            claims.push((2394.into(), 1.into()));
        }
        Value::Map(claims)
    }

    fn realm_claims(&self, key_claim: &[u8]) -> Value {
        let extensible = self.extensible.iter().cloned().map(Value::Bytes);
        let mut claims = vec![
            (10.into(), Value::Bytes(self.challenge.clone())),
            (44235.into(), Value::Bytes(self.personalization.clone())),
            (44236.into(), "sha-256".into()),
            (44237.into(), Value::Bytes(key_claim.to_vec())),
            (44238.into(), Value::Bytes(self.initial.clone())),
            (44239.into(), Value::Array(extensible.collect())),
            (44240.into(), self.key_hash.as_str().into()),
        ];
        match self.profile {
            CcaProfile::Legacy => {}
            CcaProfile::V1 => claims.push((265.into(), "tag:arm.com,2023:realm#1.0.0".into())),
            CcaProfile::V2 => {
                claims.push((265.into(), "tag:arm.com,2024:realm#2.0.0".into()));
                claims.push((256.into(), Value::Bytes([[1].as_slice(), &[0x4D; 32]].concat())));
                claims.push((44243.into(), "private".into()));
            }
        }
        Value::Map(claims)
    }
}

impl SimulatedCca {
    /// A platform whose CPAK is one of P-384.
    ///
    /// # Errors
    ///
    /// When keys cannot be made.
    pub fn new() -> Result<Self> {
        Self::with_cpak(false)
    }

    /// A platform whose CPAK is one of P-256.
    ///
    /// # Errors
    ///
    /// When keys cannot be made.
    pub fn new_p256() -> Result<Self> {
        Self::with_cpak(true)
    }

    fn with_cpak(p256: bool) -> Result<Self> {
        let curve = if p256 { Curve::P256 } else { Curve::P384 };
        let (cpak, rak) = (EcKey::generate(curve)?, EcKey::generate(Curve::P384)?);
        Ok(Self { cpak, rak, p256 })
    }

    /// The CPAK's public half, in DER.
    #[must_use]
    pub fn cpak_der(&self) -> Vec<u8> {
        self.cpak.spki()
    }

    /// A signed token.
    ///
    /// # Errors
    ///
    /// When it cannot be encoded or signed.
    pub fn token(&self, token: &CcaToken) -> Result<Vec<u8>> {
        let key_claim = match token.profile {
            CcaProfile::Legacy => self.rak.point().to_vec(),
            CcaProfile::V1 | CcaProfile::V2 => self.cose_rak()?,
        };
        let platform = self.sign_platform(encode(&token.platform_claims(&key_claim))?)?;
        let realm = self.sign_realm(encode(&token.realm_claims(&key_claim))?)?;
        let wrapped = |message| Value::Array(vec![263.into(), Value::Bytes(message)]);
        let (tag, platform, realm) = match token.form {
            CcaForm::Collection => (399, Value::Bytes(platform), Value::Bytes(realm)),
            CcaForm::Wrapped => (907, wrapped(platform), wrapped(realm)),
        };
        let pairs = vec![(44234.into(), platform), (44241.into(), realm)];
        encode(&Value::Tag(tag, Box::new(Value::Map(pairs))))
    }

    /// A platform token with any claims, in CBOR.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn sign_platform(&self, claims: Vec<u8>) -> Result<Vec<u8>> {
        let algorithm = if self.p256 { -7 } else { -35 };
        sign1(&self.cpak, &[(1.into(), algorithm.into())], claims, true)
    }

    /// A realm token with any claims, in CBOR.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn sign_realm(&self, claims: Vec<u8>) -> Result<Vec<u8>> {
        sign1(&self.rak, &[(1.into(), (-35).into())], claims, true)
    }

    fn cose_rak(&self) -> Result<Vec<u8>> {
        let (x, y) = self.rak.coordinates().split_at(48);
        encode(&Value::Map(vec![
            (1.into(), 2.into()),
            ((-1).into(), 2.into()),
            ((-2).into(), Value::Bytes(x.to_vec())),
            ((-3).into(), Value::Bytes(y.to_vec())),
        ]))
    }

    /// A token as a report.
    #[must_use]
    pub fn report(token: &[u8]) -> UnifiedAttestationReport {
        passport(Platform::ArmCca, json::to_string(&ArmCcaReport { b64_token: to_base64(token) }))
    }
}

impl Attester for SimulatedCca {
    fn platform(&self) -> Platform {
        Platform::ArmCca
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let token = self.token(&CcaToken::new(request.report_data()))?;
        let report = ArmCcaReport { b64_token: to_base64(&token) };
        Ok(request.answer(Platform::ArmCca, json::to_string(&report)))
    }
}
