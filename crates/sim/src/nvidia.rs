//! An NVIDIA GPU or a switch in software: it answers requests for measurements with what it is told
//! to.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{CollateralItem, CollateralSource, Platform, Result};
use aecs_proto::{NvidiaGpuReport, UnifiedAttestationReport, json};

use crate::der::{INTEGER, OCTET_STRING, SEQUENCE, element, oid, sequence};
use crate::failure::internal;
use crate::ocsp::{OcspAnswer, OcspStatus};
use crate::path::{CertificateSpec, SimulatedPath};
use crate::rim::RimSpec;
use crate::text::{certificate_pem, passport, to_base64};

/// Identifier of the extension with the firmware id.
const FWID: [u64; 6] = [2, 23, 133, 5, 4, 1];

/// SHA-384.
const SHA384: [u64; 9] = [2, 16, 840, 1, 101, 3, 4, 2, 2];

/// A GPU under a root of its own. Make a verifier trust it with
/// [`VerifierBuilder::simulated_platform_root`](aecs_attest::VerifierBuilder::simulated_platform_root).
#[derive(Debug)]
pub struct SimulatedGpu {
    path: SimulatedPath,
    model: GpuModel,
}

/// A kind of GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GpuModel {
    /// GH100.
    Hopper,
    /// GB100.
    Blackwell,
    /// LS10: a switch between GPUs.
    Switch,
}

impl GpuModel {
    /// Name of the chip.
    #[must_use]
    pub fn chip(self) -> &'static str {
        match self {
            Self::Hopper => "GH100",
            Self::Blackwell => "GB100",
            Self::Switch => "LS_10",
        }
    }

    /// Platform of its evidence.
    #[must_use]
    pub fn platform(self) -> Platform {
        match self {
            Self::Hopper | Self::Blackwell => Platform::NvidiaGpu,
            Self::Switch => Platform::NvidiaSwitch,
        }
    }
}

/// A request for measurements and what is answered.
#[derive(Debug, Clone)]
pub struct GpuReport {
    /// The nonce of the request.
    pub nonce: [u8; 32],
    /// Value by index.
    pub measurements: Vec<(u8, Vec<u8>)>,
    /// Version of the driver.
    pub driver: String,
    /// Version of the VBIOS.
    pub vbios: [u8; 8],
    /// Digest of the firmware; none is written without it.
    pub firmware: Option<[u8; 48]>,
    /// Mode of the GPU: 0 alone, 1 with others, 2 behind a protected PCIe; none is written without
    /// it. Of a switch, whether it is locked: 1 without it.
    pub features: Option<u16>,
    /// Status of the video decoder: 0x55 disabled; none is written without it.
    pub nvdec: Option<u8>,
}

impl GpuReport {
    /// Of a GPU with 64 measurements, asked with this nonce.
    #[must_use]
    pub fn new(nonce: [u8; 32]) -> Self {
        Self {
            nonce,
            measurements: (1..=64).map(|index| (index, vec![index; 48])).collect(),
            driver: "580.95.05".into(),
            vbios: [0x00, 0x74, 0x00, 0x96, 0x1A, 0, 0, 0],
            firmware: Some(SimulatedGpu::FIRMWARE),
            features: None,
            nvdec: None,
        }
    }
}

impl SimulatedGpu {
    /// Digest of the firmware that the GPU's key is derived for.
    pub const FIRMWARE: [u8; 48] = [0xF1; 48];

    /// Identity of a switch.
    pub const SWITCH: [u8; 8] = [0x5A; 8];

    /// A GPU with certificates as NVIDIA has them: a root, the model's, a provisioner's, the boot
    /// ROM's, and the attestation key's.
    ///
    /// # Errors
    ///
    /// When keys or certificates cannot be made.
    pub fn new(model: GpuModel) -> Result<Self> {
        let [root, below @ ..] = Self::certificates(model);
        Self::with_certificates(model, &root, &below)
    }

    /// What [`SimulatedGpu::new`] makes, from the root's to the attestation key's.
    #[must_use]
    pub fn certificates(model: GpuModel) -> [CertificateSpec; 5] {
        let chip = model.chip();
        let authority = |name: String| CertificateSpec::authority(name + " AECS SIMULATION");
        [
            authority("Device Identity CA".into()),
            authority(format!("{chip} Identity")),
            authority(format!("{chip} Provisioner ICA 1")),
            authority(format!("{chip} A01 GSP BROM")),
            CertificateSpec {
                extensions: vec![(FWID.to_vec(), false, fwid(model, &Self::FIRMWARE))],
                ..CertificateSpec::signer(format!("{chip} A01 GSP FMC LF AECS SIMULATION"))
            },
        ]
    }

    /// A GPU with other certificates, from the root's to the attestation key's.
    ///
    /// # Errors
    ///
    /// When keys or certificates cannot be made.
    pub fn with_certificates(
        model: GpuModel,
        root: &CertificateSpec,
        below: &[CertificateSpec],
    ) -> Result<Self> {
        Ok(Self { path: SimulatedPath::issue(root, below)?, model })
    }

    /// The root certificate, in DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        self.path.root_der()
    }

    /// The certificates in PEM, from the attestation key's to the root's.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        let certificates = self.path.certificates.iter().rev();
        certificates.map(|der| certificate_pem(der)).collect()
    }

    /// A signed report.
    ///
    /// # Errors
    ///
    /// When a value is longer than its length field can tell, or signing fails.
    pub fn report(&self, report: &GpuReport) -> Result<Vec<u8>> {
        let mut record = Vec::new();
        for (index, value) in &report.measurements {
            let block = [&[1], short(value)?.as_slice()].concat();
            record.extend([&[*index, 1], short(&block)?.as_slice()].concat());
        }
        let opaque = self.opaque(report)?;
        let blocks = u8::try_from(report.measurements.len()).map_err(internal)?;
        let record_len = u32::try_from(record.len()).map_err(internal)?.to_le_bytes();
        let signed = [
            [0x11, 0xE0, 0x01, 0xFF].as_slice(),
            &report.nonce,
            &[0],
            &[0x11, 0x60, 0, 0, blocks],
            record_len.get(..3).unwrap_or_default(),
            &record,
            &[0x5A; 32],
            &short(&opaque)?,
        ]
        .concat();
        self.sign(signed)
    }

    /// The device's own data.
    fn opaque(&self, report: &GpuReport) -> Result<Vec<u8>> {
        let mut opaque = Vec::new();
        let mut field = |kind: u16, value: &[u8]| -> Result<()> {
            opaque.extend(kind.to_le_bytes());
            opaque.extend(short(value)?);
            Ok(())
        };
        if self.model == GpuModel::Switch {
            field(6, b"96.10.73.00.01")?;
            field(22, &Self::SWITCH)?;
            field(25, &report.features.unwrap_or(1).to_le_bytes())?;
            return Ok(opaque);
        }
        field(6, &report.vbios)?;
        field(17, b"1010\0")?;
        field(18, b"0200\0")?;
        field(15, b"882\0\0\0\0\0\0")?;
        field(3, format!("{}\0", report.driver).as_bytes())?;
        if let Some(firmware) = &report.firmware {
            field(20, firmware)?;
        }
        if let Some(nvdec) = report.nvdec {
            field(11, &[nvdec])?;
        }
        if self.model == GpuModel::Blackwell {
            field(35, format!("{}\0", self.model.chip()).as_bytes())?;
        }
        if let Some(features) = report.features {
            field(36, &features.to_le_bytes())?;
        }
        Ok(opaque)
    }

    /// Signs any request and answer.
    ///
    /// # Errors
    ///
    /// When signing fails.
    pub fn sign(&self, signed: Vec<u8>) -> Result<Vec<u8>> {
        let signature = self.path.key.sign(&signed)?;
        Ok([signed, signature].concat())
    }

    /// What a responder answers about one of the certificates, in DER.
    ///
    /// # Errors
    ///
    /// For an item that is not the status of a certificate below one of the device's authorities, or
    /// when signing fails.
    pub fn status(&self, item: &CollateralItem, answer: &OcspAnswer) -> Result<Vec<u8>> {
        self.path.status(item, answer)
    }

    /// Reference values, signed.
    ///
    /// # Errors
    ///
    /// When keys or certificates cannot be made, or signing fails.
    pub fn rim(&self, spec: &RimSpec) -> Result<Vec<u8>> {
        self.path.rim(spec)
    }

    /// The reference values of this name that [`GpuReport::new`] has: the driver's are the first 32, the
    /// VBIOS' the others.
    #[must_use]
    pub fn good_rim(id: &str) -> RimSpec {
        let version = id.rsplit('_').next().unwrap_or_default();
        let of_driver = id.contains("_DRIVER_");
        let dotted: Vec<String> =
            version.as_bytes().chunks(2).map(|two| String::from_utf8_lossy(two).into()).collect();
        let version = if of_driver { version.to_owned() } else { dotted.join(".") };
        let switch = id.starts_with("NV_SWITCH_");
        let values = (0..64_u8)
            .map(|index| (index, switch || (index < 32) == of_driver, vec![index + 1; 48]));
        RimSpec::new(&version, values)
    }

    /// Evidence of a GPU as a report.
    #[must_use]
    pub fn evidence(report: &[u8], chain_pem: &str) -> UnifiedAttestationReport {
        let evidence =
            NvidiaGpuReport { b64_report: to_base64(report), pem_cert_chain: chain_pem.into() };
        passport(Platform::NvidiaGpu, json::to_string(&evidence))
    }
}

/// Answers as NVIDIA's services do: none of the certificates is revoked, and measurements are those of
/// [`GpuReport::new`].
impl CollateralSource for SimulatedGpu {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> Result<Arc<[u8]>> {
        if let CollateralItem::NvidiaRim { id } = item {
            return Ok(self.rim(&Self::good_rim(id))?.into());
        }
        Ok(self.status(item, &OcspAnswer::new(OcspStatus::Good))?.into())
    }

    fn generation(&self) -> u64 {
        0
    }
}

/// A value behind its length in 16 bits.
fn short(value: &[u8]) -> Result<Vec<u8>> {
    let len = u16::try_from(value.len()).map_err(internal)?.to_le_bytes();
    Ok([&len, value].concat())
}

/// Content of the extension with the firmware id, in the model's form.
fn fwid(model: GpuModel, digest: &[u8; 48]) -> Vec<u8> {
    let fwid = sequence(&[oid(&SHA384), element(OCTET_STRING, digest)]);
    match model {
        GpuModel::Hopper | GpuModel::Switch => {
            let key = element(SEQUENCE, &[0; 118]);
            sequence(&[element(INTEGER, &[1]), key, fwid])
        }
        GpuModel::Blackwell => {
            let vendor = element(0x80, b"NVIDIA");
            sequence(&[vendor, element(0xA6, &[fwid.clone(), fwid].concat())])
        }
    }
}
