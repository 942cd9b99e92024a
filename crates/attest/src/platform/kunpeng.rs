//! Huawei Kunpeng: reports of the iTrustee operating system over trusted applications.
//!
//! Two of its three scenarios are verified, as by AECS 2.0:
//!
//! - *0*: an attestation key (AK) signs the report, the device's key (DRK) the AK in a format of
//!   its own, and a root the DRK's X.509 certificate. AECS 2.0 took any certificate for the last;
//!   here it has to lead to a root.
//! - *1*: the AK has an X.509 certificate of an attestation key service, whose root is configured.
//!
//! Scenario 2, direct anonymous attestation, is refused, and so are the reports in JSON that newer
//! libraries make. Format: `verification/platforms/kunpeng` of jinzhao-attest, and kunpengsecl.

mod table;

use aecs_proto::KunpengReport;
use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Platform;
use crate::anchor::Backing;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::facts::Facts;
use crate::attributes::table::{
    DEBUG_DISABLED, DYNAMIC_MEASUREMENT, MEASUREMENT, NONCE, PLATFORM_MEASUREMENT, PRODUCT_ID,
    SOFTWARE_VERSION, TCB_STATUS,
};
use crate::checks::Checks;
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Endorsement, Error, Result, Source};
use crate::report::ReportData;
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;
use crate::trust::Trust;
use crate::x509::{Certificate, Root, pem, rules};
use table::{Block, Signed};

/// The authority that certifies devices: Huawei IT Product CA.
const HUAWEI_ROOT: &[u8] = include_bytes!("kunpeng/huawei-it-product-ca.der");

/// Bytes of the largest report; libraries give it a buffer of 12 KiB.
const REPORT: usize = 16 * 1024;
/// Bytes of a report before its parameters.
const REPORT_HEADER: usize = 100;
/// Bytes of the certificate of an AK before its parameters.
const KEY_HEADER: usize = 48;
/// The public exponent of every AK.
const EXPONENT: &[u8] = &[1, 0, 1];

const SCENARIO_DEVICE: u32 = 0;
const SCENARIO_SERVICE: u32 = 1;

const WHAT: &str = "Kunpeng report";
const AK: &str = "certificate of the attestation key";

impl Check {
    /// Kunpeng: the certificate of the device, or of the attestation key, was issued by the root.
    pub const KUNPENG_CERTIFICATE: Self = Self::new("certificate of the Kunpeng device or key");
    /// Kunpeng: the device signed the attestation key.
    pub const KUNPENG_KEY: Self = Self::new("signature of the attestation key");
    /// Kunpeng: the report is signed by the attestation key.
    pub const KUNPENG_SIGNATURE: Self = Self::new("signature of the Kunpeng report");
}

impl Endorsement {
    /// Kunpeng: the certificate of the device or of the attestation key, or its root.
    pub const KUNPENG_CHAIN: Self = Self::new("Kunpeng certificate chain");
}

/// Verifier of the Kunpeng platform.
pub(crate) struct Kunpeng {
    /// Roots of devices.
    devices: Vec<Root>,
    /// Roots of attestation key services: none is built in, and a vendor's root of devices
    /// certifies more than the keys of such a service.
    services: Vec<Root>,
}

impl FromTrust for Kunpeng {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        let roots = |built_in: &[&[u8]]| rules::KUNPENG.roots(trust.anchors(platform, built_in));
        Ok(Self { devices: roots(&[HUAWEI_ROOT])?, services: roots(&[])? })
    }
}

impl EvidenceVerifier for Kunpeng {
    // The evidence is complete: both types of report have the same.
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let message: KunpengReport = from_json(WHAT, evidence.json_report)?;
        let bytes = base64_within(WHAT, &message.b64_quote, REPORT)?;
        if bytes.first() == Some(&b'{') {
            return Err(Error::Unsupported { what: "a Kunpeng report in JSON".into() });
        }
        let report = Report::parse(&bytes)?;
        let mut checks = Checks::new();
        let verified = match report.scenario {
            SCENARIO_DEVICE => self.verify_by_device(&report, context, &mut checks)?,
            SCENARIO_SERVICE => self.verify_by_service(&report, context, &mut checks)?,
            other => {
                let what = format!("scenario {other} of Kunpeng's attestation");
                return Err(Error::Unsupported { what });
            }
        };
        Ok(Appraisal {
            facts: describe(&report, &verified),
            backing: verified.backing,
            // There is no list of outdated firmware: what is genuine is all that there is to know.
            tcb_status: TcbStatus::UpToDate,
            revocation: Revocation::NotChecked("Huawei's revocation lists are not read"),
            binding: Binding::ReportData(ReportData::from(*report.nonce)),
            checks,
        })
    }

    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        let message: KunpengReport = from_json(WHAT, evidence.json_report).ok()?;
        let bytes = base64_within(WHAT, &message.b64_quote, REPORT).ok()?;
        Some(ReportData::from(*Report::parse(&bytes).ok()?.nonce))
    }
}

/// What the certificates say.
struct Verified {
    backing: Backing,
    /// Hashes of the quoting application, image and memory, if the device signed them.
    quoting: Vec<u8>,
}

impl Kunpeng {
    fn verify_by_device(
        &self,
        report: &Report<'_>,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Verified> {
        let malformed = |reason| Error::malformed(AK, reason);
        let block = Block::parse(report.certificate, KEY_HEADER).map_err(malformed)?;
        let Signed { message: signed, signature, certificate: device } =
            block.signed(table::DEVICE_SIGNATURE, table::DEVICE_CERTIFICATE).map_err(malformed)?;
        let covered = |tag| block.covered(tag, signed).map_err(malformed);
        let modulus = covered(table::ATTESTATION_KEY)?;
        let quoting = [covered(table::QTA_IMAGE_HASH)?, covered(table::QTA_MEMORY_HASH)?].concat();

        // The text of a PEM block without its first and last line.
        let text: Vec<u8> = without_zeros(device)
            .iter()
            .copied()
            .filter(|byte| !matches!(byte, b'\r' | b'\n'))
            .collect();
        let der = STANDARD
            .decode(text)
            .map_err(|error| Error::malformed("certificate of the Kunpeng device", error))?;
        let device = Certificate::parse("certificate of the Kunpeng device", &der)?;
        let backing = self.verify_chain(&device, &self.devices, context, checks)?;
        checks.holds(Check::KUNPENG_KEY, verify_pss(device.public_key(), signed, signature))?;

        let outcome = RsaPublicKeyComponents { n: modulus_of(modulus), e: EXPONENT }
            .verify(&RSA_PSS_2048_8192_SHA256, report.signed, report.signature)
            .map_err(|_| "the signature does not verify");
        checks.holds(Check::KUNPENG_SIGNATURE, outcome)?;
        Ok(Verified { backing, quoting })
    }

    fn verify_by_service(
        &self,
        report: &Report<'_>,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Verified> {
        let der = pem::block(without_zeros(report.certificate), "CERTIFICATE")
            .map_err(|error| Error::malformed(AK, error))?;
        let key = Certificate::parse(AK, &der)?;
        let backing = self.verify_chain(&key, &self.services, context, checks)?;
        let outcome = verify_pss(key.public_key(), report.signed, report.signature);
        checks.holds(Check::KUNPENG_SIGNATURE, outcome)?;
        Ok(Verified { backing, quoting: Vec::new() })
    }

    fn verify_chain(
        &self,
        leaf: &Certificate<'_>,
        roots: &[Root],
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Backing> {
        let (what, chain) = (Endorsement::KUNPENG_CHAIN, std::slice::from_ref(leaf));
        rules::KUNPENG.verify(what, chain, roots, context, checks)
    }
}

/// A report, read and not yet believed.
struct Report<'a> {
    version: u32,
    nonce: &'a [u8; 64],
    /// Which application it is about.
    uuid: &'a [u8; 16],
    scenario: u32,
    image_hash: &'a [u8],
    memory_hash: &'a [u8],
    signed: &'a [u8],
    signature: &'a [u8],
    /// Of the attestation key.
    certificate: &'a [u8],
}

impl<'a> Report<'a> {
    fn parse(report: &'a [u8]) -> Result<Self> {
        Self::cut(report).map_err(|reason| Error::malformed(WHAT, reason))
    }

    fn cut(report: &'a [u8]) -> Result<Self, &'static str> {
        let block = Block::parse(report, REPORT_HEADER)?;
        let Signed { message: signed, signature, certificate } =
            block.signed(table::SIGNATURE, table::KEY_CERTIFICATE)?;
        let (version, rest) = report.split_first_chunk().ok_or("cut short")?;
        let (_time, rest) = rest.split_first_chunk::<8>().ok_or("cut short")?;
        let (nonce, rest) = rest.split_first_chunk().ok_or("cut short")?;
        let (uuid, rest) = rest.split_first_chunk().ok_or("cut short")?;
        let (scenario, _) = rest.split_first_chunk().ok_or("cut short")?;
        Ok(Self {
            version: u32::from_le_bytes(*version),
            nonce,
            uuid,
            scenario: u32::from_le_bytes(*scenario),
            image_hash: block.covered(table::TA_IMAGE_HASH, signed)?,
            memory_hash: block.covered(table::TA_MEMORY_HASH, signed)?,
            signed,
            signature,
            certificate,
        })
    }
}

fn verify_pss(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Source> {
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key)
        .verify(message, signature)
        .map_err(|_| "the signature does not verify".into())
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let len = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..len).unwrap_or_default()
}

/// A number without the zeros before it.
fn modulus_of(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

fn describe(report: &Report<'_>, verified: &Verified) -> Facts {
    Facts::default()
        .with(&SOFTWARE_VERSION, report.version.to_be_bytes())
        .with(&PLATFORM_MEASUREMENT, verified.quoting.as_slice())
        .with(&MEASUREMENT, report.image_hash)
        .with(&DYNAMIC_MEASUREMENT, report.memory_hash)
        .with(&PRODUCT_ID, report.uuid.as_slice())
        // Reports have no such bit: iTrustee does not run applications under a debugger.
        .with(&DEBUG_DISABLED, true)
        .with(&NONCE, report.nonce.as_slice())
        .with(&TCB_STATUS, [TcbStatus::UpToDate])
}
