//! A Kunpeng machine in software: iTrustee, its keys, and the authority that certified them.

use std::time::SystemTime;

use aecs_attest::{Platform, ReportRequest, Result};
use aecs_proto::{KunpengReport, UnifiedAttestationAuthReport, json};
use aws_lc_rs::rsa::KeySize;

use crate::keys::{RsaKey, RsaScheme, RsaSigner};
use crate::text::{certificate_pem, to_base64};
use crate::x509::{Certificate, Signer as _, usual_window};

const ROOT: &str = "AECS SIMULATION Kunpeng CA";
const DEVICE: &str = "AECS SIMULATION Kunpeng device";
const KEY: &str = "AECS SIMULATION Kunpeng attestation key";

const QTA_IMAGE_HASH: u32 = 0x2000_0000;
const TA_IMAGE_HASH: u32 = 0x2000_0001;
const QTA_MEMORY_HASH: u32 = 0x2000_0002;
const TA_MEMORY_HASH: u32 = 0x2000_0003;
const RESERVED: u32 = 0x2000_0004;
const AK_PUBLIC: u32 = 0x2000_0005;
const DRK_SIGNATURE: u32 = 0x2000_0006;
const AK_SIGNATURE: u32 = 0x2000_0007;
const DRK_CERTIFICATE: u32 = 0x2000_0008;
const AK_CERTIFICATE: u32 = 0x2000_0009;
const HASH_TYPE: u32 = 0x1000_0001;

/// Who vouches for the attestation key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KunpengScenario {
    /// The device.
    #[default]
    Device,
    /// An attestation key service.
    Service,
    /// Another one, by number; the report is laid out as the first.
    Other(u32),
}

/// When the certificates of a simulated machine are valid.
#[derive(Debug, Clone)]
pub struct KunpengOptions {
    /// The device's certificate, and that of the attestation key of a service.
    pub leaf: std::ops::Range<SystemTime>,
    /// The root's.
    pub root: std::ops::Range<SystemTime>,
}

impl Default for KunpengOptions {
    fn default() -> Self {
        Self { leaf: usual_window(), root: usual_window() }
    }
}

/// A trusted application on a simulated machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KunpengApplication {
    /// Its identifier.
    pub uuid: [u8; 16],
    /// Hash of its image.
    pub image_hash: [u8; 32],
    /// Hash of its memory.
    pub memory_hash: [u8; 32],
}

impl Default for KunpengApplication {
    fn default() -> Self {
        Self { uuid: [0xF6; 16], image_hash: [0xA7; 32], memory_hash: [0xB8; 32] }
    }
}

/// A Kunpeng machine in software.
pub struct SimulatedKunpeng {
    root: Vec<u8>,
    device: RsaKey,
    device_certificate: Vec<u8>,
    key: RsaKey,
    /// The attestation key's own certificate of a service.
    key_certificate: Vec<u8>,
}

impl SimulatedKunpeng {
    /// Makes a machine, with a root of its own.
    ///
    /// # Errors
    ///
    /// If keys cannot be made.
    pub fn new(options: &KunpengOptions) -> Result<Self> {
        let key = || RsaKey::generate(KeySize::Rsa2048);
        let (authority, device, key) = (key()?, key()?, key()?);
        let device_certificate = Certificate::signer(ROOT, DEVICE, &options.leaf)
            .signed(&signing(&device).spki(), &signing(&authority))?;
        // As the attestation key service of kunpengsecl does it.
        let key_certificate = Certificate::signer(ROOT, KEY, &options.leaf)
            .signed(&signing(&key).spki(), &authority.signing(RsaScheme::PssSha256))?;
        let root = Certificate::root(ROOT, &options.root).self_signed(&signing(&authority))?;
        Ok(Self { root, device, device_certificate, key, key_certificate })
    }

    /// The certificate of the root, in DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        &self.root
    }

    /// Lets another certificate stand for the device's key.
    pub fn set_device_certificate(&mut self, der: &[u8]) {
        self.device_certificate = der.to_vec();
    }

    /// A certificate for the device's key that nobody but the device signed, in the root's name.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn self_signed_certificate(&self) -> Result<Vec<u8>> {
        Certificate::root(ROOT, &usual_window()).self_signed(&signing(&self.device))
    }

    /// What iTrustee reports of an application.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn report(
        &self,
        scenario: KunpengScenario,
        application: &KunpengApplication,
        nonce: &[u8; 64],
    ) -> Result<Vec<u8>> {
        let (number, certificate) = match scenario {
            KunpengScenario::Device => (0, self.key_by_device()?),
            KunpengScenario::Service => (1, certificate_pem(&self.key_certificate).into_bytes()),
            KunpengScenario::Other(number) => (number, self.key_by_device()?),
        };
        let mut header = 1u32.to_le_bytes().to_vec();
        header.extend(1_700_000_000u64.to_le_bytes());
        header.extend(nonce);
        header.extend(application.uuid);
        header.extend(u32::to_le_bytes(number));
        block(
            header,
            &[
                (TA_IMAGE_HASH, &application.image_hash),
                (TA_MEMORY_HASH, &application.memory_hash),
                (RESERVED, &[]),
            ],
            AK_SIGNATURE,
            (AK_CERTIFICATE, &certificate),
            &self.key,
        )
    }

    /// A whole report of an application.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn attest(
        &self,
        scenario: KunpengScenario,
        application: &KunpengApplication,
        request: &ReportRequest<'_>,
    ) -> Result<UnifiedAttestationAuthReport> {
        let report = self.report(scenario, application, &request.report_data().to_bytes())?;
        let message = KunpengReport { b64_quote: to_base64(&report), ..Default::default() };
        Ok(request.answer(Platform::Kunpeng, json::to_string(&message)))
    }

    /// The attestation key's certificate, in the device's own format.
    fn key_by_device(&self) -> Result<Vec<u8>> {
        let mut header = 1u32.to_le_bytes().to_vec();
        header.extend(1_600_000_000u64.to_le_bytes());
        let mut purpose = b"local attestation".to_vec();
        purpose.resize(32, 0);
        header.extend(purpose);
        // The text of a PEM block, and the zeros of the buffer that it was in.
        let mut certificate = to_base64(&self.device_certificate).into_bytes();
        certificate.extend([0; 7]);
        block(
            header,
            &[
                (QTA_IMAGE_HASH, &[0xC9; 32]),
                (QTA_MEMORY_HASH, &[0xDA; 32]),
                (AK_PUBLIC, self.key.modulus()?),
            ],
            DRK_SIGNATURE,
            (DRK_CERTIFICATE, &certificate),
            &self.device,
        )
    }
}

/// As its authority signs.
fn signing(key: &RsaKey) -> RsaSigner<'_> {
    key.signing(RsaScheme::Pkcs1)
}

/// Header, number of rows, rows, bytes, signature over all that, certificate.
fn block(
    header: Vec<u8>,
    signed: &[(u32, &[u8])],
    signature: u32,
    (certificate_tag, certificate): (u32, &[u8]),
    key: &RsaKey,
) -> Result<Vec<u8>> {
    let signature_len = key.modulus()?.len();
    let le = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    let rows = signed.len() + 3;
    let mut at = header.len() + 4 + 12 * rows;
    let mut table = header;
    table.extend(le(rows));
    table.extend(HASH_TYPE.to_le_bytes());
    table.extend([1, 0, 2, 0, 0, 0, 0, 0]);
    let mut row = |tag: u32, len: usize| {
        table.extend(tag.to_le_bytes());
        table.extend(le(len));
        table.extend(le(at));
        at += len;
    };
    for (tag, bytes) in signed {
        row(*tag, bytes.len());
    }
    row(signature, signature_len);
    row(certificate_tag, certificate.len());
    for (_, bytes) in signed {
        table.extend(*bytes);
    }
    let signature = key.sign(RsaScheme::PssSha256, &table)?;
    Ok([table.as_slice(), &signature, certificate].concat())
}
