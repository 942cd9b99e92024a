//! NVIDIA GPUs, and the switches between them: attestation reports, as evidence beside that of the
//! machine they are in.
//!
//! A report is an SPDM request for measurements and its response (DMTF DSP0274, version 1.1),
//! signed by a key that the device derives from its identity and its firmware. Formats: NVIDIA,
//! `nvtrust`, "local_gpu_verifier". A report binds the nonce of the request and no key.

mod fwid;
mod opaque;
mod reference;
mod spdm;
mod status;

use aecs_proto::NvidiaGpuReport;

use super::Platform;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::facts::Facts;
use crate::attributes::table::{
    BOOT_MEASUREMENT, CHIP_ID, MEASUREMENTS_MATCH_RIM, NONCE, PCRS, PLATFORM_MEASUREMENT, PRODUCT,
    SECURE_FLAGS, TEE_IDENTITY, TEE_NAME, VERSIONS,
};
use crate::attributes::value::registers;
use crate::checks::Checks;
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Endorsement, Error, Result};
use crate::signature::ecdsa::EcKey;
use crate::tcb::TcbStatus;
use crate::trust::Trust;
use crate::x509::{Certificate, Root, pem, rules};
use opaque::{Device, Opaque};
use spdm::Report;

impl Check {
    /// The report is signed by the key of the device's certificate.
    pub const NVIDIA_SIGNATURE: Self = Self::new("signature of the GPU report");
    /// The firmware that the report names is the one that the device's key was derived for.
    pub const NVIDIA_FIRMWARE: Self = Self::new("firmware of the GPU");
    /// The device is one of the platform that the report names: a GPU, or a switch.
    pub const NVIDIA_DEVICE: Self = Self::new("kind of the device");
    /// The status of a certificate is signed by its issuer, or by a responder of the issuer.
    pub const NVIDIA_STATUS: Self = Self::new("signature of the OCSP response");
    /// The certificates of reference values lead to the trusted root.
    pub const NVIDIA_RIM_CHAIN: Self = Self::new("certificate chain of the reference values (RIM)");
    /// Reference values are signed by the key of their first certificate.
    pub const NVIDIA_RIM_SIGNATURE: Self = Self::new("signature of the reference values (RIM)");
    /// Reference values are for the version that the report names.
    pub const NVIDIA_RIM_VERSION: Self = Self::new("version of the reference values (RIM)");
    /// All measurements that NVIDIA has values for are the same.
    pub const NVIDIA_MEASUREMENTS: Self = Self::new("measurements and reference values (RIM)");
}

impl Endorsement {
    /// The device's certificates, from its attestation key's to the root.
    pub const NVIDIA_CHAIN: Self = Self::new("certificate chain of the GPU");
    /// The status of one of them, as NVIDIA's OCSP responder signed it.
    pub const NVIDIA_STATUS: Self = Self::new("OCSP response");
    /// NVIDIA's reference values for a version of the driver or the VBIOS.
    pub const NVIDIA_RIM: Self = Self::new("reference values (RIM)");
}

/// NVIDIA's root of device identities, as `nvtrust` has it. SHA-256:
/// 102BF659D5419614C9D8E6AECEBC80454EB26B1DF6A769AC720B9A690B167B48.
const DEVICE_ROOT: &[u8] = include_bytes!("nvidia/nvidia-device-identity-ca.der");

/// NVIDIA's root of reference values, "NVIDIA CoRIM signing Root CA", as `nvtrust` and `attestation-sdk`
/// have it. SHA-256: 12977B5115ACB0381179279FFFEB5A8C4D264971EBB32298023A465FA41DF5D1.
const RIM_ROOT: &[u8] = include_bytes!("nvidia/nvidia-corim-signing-root-ca.der");

/// A report, in bytes: the largest that NVIDIA's management library hands out.
const REPORT: usize = 8 * 1024;

/// Verifies reports of GPUs, or of switches, which have the same form and the same root.
pub(crate) struct Nvidia {
    platform: Platform,
    roots: Vec<Root>,
    rim_roots: Vec<Root>,
}

impl FromTrust for Nvidia {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        let roots = rules::NVIDIA.roots(trust.anchors(platform, &[DEVICE_ROOT]))?;
        // A root of one's own, as that of a simulation, is for both.
        let rim_roots = rules::NVIDIA_RIM.roots(trust.anchors(platform, &[RIM_ROOT]))?;
        Ok(Self { platform, roots, rim_roots })
    }
}

impl EvidenceVerifier for Nvidia {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let message: NvidiaGpuReport = from_json("NVIDIA GPU report", evidence.json_report)?;
        let bytes = base64_within("GPU report", &message.b64_report, REPORT)?;
        let malformed = |fault| Error::malformed("GPU report", fault);
        let report = Report::parse(&bytes).map_err(malformed)?;
        let what = Endorsement::NVIDIA_CHAIN;
        let len = 0..=rules::NVIDIA.max_len;
        let chain = pem::certificates(what.name(), &message.pem_cert_chain, len)?;
        let chain = Certificate::chain(what.name(), chain.iter().map(Vec::as_slice))?;
        let device = chain
            .first()
            .ok_or_else(|| Error::malformed(what.name(), "the certificate is missing"))?;
        let kind = self.kind(device)?;
        let opaque = Opaque::parse(report.opaque, kind).map_err(malformed)?;

        let mut checks = Checks::new();
        let backing = rules::NVIDIA.verify(what, &chain, &self.roots, context, &mut checks)?;
        // The first certificate's issuer is the device itself.
        let revocation = status::check(what, &chain, 1, context, &mut checks)?;
        let signature =
            EcKey::of(device).and_then(|key| key.verify_fixed(report.signed, report.signature));
        checks.holds(Check::NVIDIA_SIGNATURE, signature)?;
        let firmware = fwid::of(device).map_err(|fault| Error::malformed(what.name(), fault))?;
        match opaque.firmware {
            Some(reported) => {
                checks.equal_bytes(Check::NVIDIA_FIRMWARE, firmware, reported)?;
            }
            // The key is derived for this firmware, whether the report repeats it or not.
            None => checks.passed(Check::NVIDIA_FIRMWARE, "not repeated in the report"),
        }
        let chip = Chip::of(&opaque, device, kind)?;
        checks.passed(Check::NVIDIA_DEVICE, chip.name.clone());
        let trusted = (self.rim_roots.as_slice(), backing);
        let values =
            reference::compare((&report, &opaque, &chip), kind, trusted, context, &mut checks)?;
        let matched = values.are_matched();
        checks.compared(values);

        Ok(Appraisal {
            facts: describe(&report, &opaque, &chip, device, firmware)
                .with(&MEASUREMENTS_MATCH_RIM, matched),
            backing,
            // There are no statuses: what a GPU runs is for the policy to pin.
            tcb_status: TcbStatus::UpToDate,
            revocation,
            binding: Binding::Nonce(report.nonce.to_vec()),
            checks,
        })
    }
}

/// The platform of a device with these certificates (PEM, leaf first), as the first one says.
/// Nothing is verified; what says nothing is taken for a GPU's.
#[must_use]
pub fn platform_of(pem_cert_chain: &str) -> Platform {
    let what = Endorsement::NVIDIA_CHAIN.name();
    let chain = pem::certificates(what, pem_cert_chain, 0..=rules::NVIDIA.max_len);
    let chain = chain.unwrap_or_default();
    let chain = Certificate::chain(what, chain.iter().take(1).map(Vec::as_slice));
    match chain.unwrap_or_default().first() {
        Some(device) if is_switch(device) => Platform::NvidiaSwitch,
        _ => Platform::NvidiaGpu,
    }
}

fn is_switch(certificate: &Certificate<'_>) -> bool {
    chip_named(certificate).starts_with("LS")
}

impl Nvidia {
    /// Which kind of device the certificate is of: the form of a report's own data depends on it.
    /// Refuses one of the other platform.
    fn kind(&self, certificate: &Certificate<'_>) -> Result<Device> {
        let (device, platform) = match is_switch(certificate) {
            true => (Device::Switch, Platform::NvidiaSwitch),
            false => (Device::Gpu, Platform::NvidiaGpu),
        };
        if platform == self.platform {
            return Ok(device);
        }
        let (expected, actual) = (self.platform.to_string(), platform.to_string());
        Err(Error::Mismatch { check: Check::NVIDIA_DEVICE, expected, actual })
    }
}

/// The chip that a certificate names: the first word in "GH100 A01 GSP FMC LF".
fn chip_named<'a>(certificate: &'a Certificate<'_>) -> &'a str {
    certificate.name().split(' ').next().unwrap_or_default()
}

/// The switch between Hopper GPUs, which certificates call LS_10.
const LS10: &str = "LS10";

/// What kind of device this is.
#[derive(Debug, PartialEq, Eq)]
struct Chip {
    name: String,
    architecture: &'static str,
}

impl Chip {
    /// Newer GPUs name their chip in the report; all devices name it in their certificate.
    fn of(opaque: &Opaque<'_>, certificate: &Certificate<'_>, kind: Device) -> Result<Self> {
        let name = opaque.chip.unwrap_or_else(|| chip_named(certificate));
        let chip = Self::named(name)
            .filter(|chip| (chip.architecture == LS10) == (kind == Device::Switch));
        chip.ok_or_else(|| Error::Unsupported { what: format!("GPU {:?}", name.to_owned()) })
    }

    fn named(name: &str) -> Option<Self> {
        if name == "LS_10" {
            return Some(Self { name: LS10.into(), architecture: LS10 });
        }
        let architecture = match name.get(..3)? {
            "GH1" => "HOPPER",
            "GB1" | "GB2" => "BLACKWELL",
            _ => return None,
        };
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then(|| Self { name: name.to_owned(), architecture })
    }
}

fn describe(
    report: &Report<'_>,
    opaque: &Opaque<'_>,
    chip: &Chip,
    certificate: &Certificate<'_>,
    firmware: &[u8],
) -> Facts {
    // Digests; what is longer is in the platform's measurement only.
    let digests = report.measurements.iter().filter(|(_, value)| (1..=64).contains(&value.len()));
    Facts::default()
        .with(&PLATFORM_MEASUREMENT, report.measurement())
        .with(&BOOT_MEASUREMENT, firmware)
        .with_any(&SECURE_FLAGS, opaque.features.map(u64::to_be_bytes))
        .with(&TEE_NAME, chip.architecture)
        .with_any(&TEE_IDENTITY, opaque.identity())
        .with(&NONCE, report.nonce.as_slice())
        .with(&CHIP_ID, certificate.x509.tbs_certificate.serial.to_bytes_be())
        .with(&PCRS, registers(digests.copied()))
        .with(&VERSIONS, opaque.versions())
        .with(&PRODUCT, chip.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_have_architectures() {
        let architecture = |name| Chip::named(name).map(|chip| chip.architecture);
        assert_eq!(architecture("GH100"), Some("HOPPER"));
        assert_eq!(architecture("GB202"), Some("BLACKWELL"));
        assert_eq!(architecture("LS_10"), Some("LS10"));
        for other in ["", "GH", "GA100", "gh100", "GH1,0", "GH100é", "é", "LS_11"] {
            assert_eq!(architecture(other), None, "{other}");
        }
    }

    #[test]
    fn the_root_is_the_one_that_was_published() {
        let fingerprint = crate::fingerprint::Fingerprint::of(DEVICE_ROOT).to_string();
        assert_eq!(fingerprint, "102BF659D5419614C9D8E6AECEBC80454EB26B1DF6A769AC720B9A690B167B48");
    }
}
