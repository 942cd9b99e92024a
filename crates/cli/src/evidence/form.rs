//! The forms that evidence comes in, and which one a file has.
//!
//! A form says only how to read a file. Whether what is in it is genuine is for the verifier, and
//! which root has to vouch for it is for its configuration.

mod azure;
mod binary;
mod container;
mod devices;
mod fields;
mod json;
mod msgpack;
mod protobuf;
mod quote;
mod search;
mod siblings;
mod snp;
mod wrapped;

use aecs_attest::{Platform, nvidia_platform_of};
use aecs_proto::{
    ArmCcaReport, AwsNitroReport, AzureVtpmReport, DcapReport, EpidReport, HygonCsvReport,
    HyperEnclaveReport, IntelTdxReport, KunpengReport, NvidiaGpuReport, SevSnpReport,
    UnifiedAttestationReport, json as proto_json,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::endorse::{Endorsements, Unused};
use crate::failure::{Failure, Result};
pub(super) use search::recognise;

/// Evidence in the form that a file has.
#[derive(Debug)]
pub(super) struct FileEvidence {
    /// What the form is called: `TDX quote, version 4`.
    pub(super) form: String,
    pub(super) platform: Platform,
    pub(super) content: Content,
    /// The key that came with the evidence, in PEM; empty when none did.
    pub(super) pem_public_key: String,
    /// Endorsements that came with the evidence. Those that the user gives count first.
    beside: Endorsements,
}

/// What there is of the evidence. Other parts are to be given beside it.
#[derive(Debug)]
pub(super) enum Content {
    /// A report of ours, whole.
    Report(UnifiedAttestationReport),
    /// The message inside such a report, and whether it has its endorsements.
    Message { json: String, passport: bool },
    /// Evidence as the platform makes it.
    Raw(Vec<u8>),
    /// The parts of evidence through a virtual TPM.
    Azure(AzureVtpmReport),
    /// A report with the serial number of its chip.
    Csv { report: Vec<u8>, chip_id: String },
}

/// Evidence as the platform makes it, which tells itself what it is unless that is given.
fn raw_evidence(
    bytes: Vec<u8>,
    platform: Option<Platform>,
    endorsements: &mut Endorsements,
) -> Result<FileEvidence> {
    let (platform, form) = match (platform, binary::recognise(&bytes)) {
        // Some quotes are laid out like those of SGX.
        (Some(platform @ (Platform::HyperEnclave | Platform::Kunpeng)), _) => taken_for(platform),
        (Some(platform), Some(own)) if own.0 != platform && binary::is_clear(&bytes) => own,
        (Some(platform), _) => taken_for(platform),
        (None, own) => own.ok_or_else(unknown)?,
    };
    let bytes = match platform {
        Platform::SevSnp => snp::split(bytes, endorsements)?,
        Platform::SgxDcap | Platform::Tdx => quote::without_rest(bytes),
        _ => bytes,
    };
    Ok(FileEvidence::of(platform, form, Content::Raw(bytes)))
}

fn taken_for(platform: Platform) -> (Platform, String) {
    (platform, format!("evidence of platform {platform}"))
}

fn unknown() -> Failure {
    Failure::bad_input("unrecognised evidence format").help(
        "see `aecs-attest verify --help` for the forms; --platform says what it is evidence of",
    )
}

impl FileEvidence {
    /// Evidence alone.
    fn of(platform: Platform, form: impl Into<String>, content: Content) -> Self {
        let (form, pem_public_key) = (form.into(), String::new());
        Self { form, platform, content, pem_public_key, beside: Endorsements::default() }
    }

    /// Whether it is evidence as its platform or another tool has it, and not a report of ours.
    pub(super) fn is_bare(&self) -> bool {
        match &self.content {
            Content::Report(_) | Content::Message { .. } => false,
            Content::Raw(_) | Content::Azure(_) | Content::Csv { .. } => true,
        }
    }

    /// The same as evidence of the device that its certificates name, which may be given beside it.
    pub(super) fn of_device(mut self, given: &Endorsements) -> Self {
        if let (Platform::NvidiaGpu, Content::Raw(_), Some(chain)) =
            (self.platform, &self.content, &given.chain)
        {
            self.platform = nvidia_platform_of(chain);
        }
        self
    }

    /// Says what it came in, outermost last.
    fn inside(mut self, what: &str) -> Self {
        let form = &mut self.form;
        if !form.contains(&format!(", in {what}")) {
            *form = format!("{form}, in {what}");
        }
        self
    }

    /// A report of ours with this evidence, and the endorsements that were given beside it.
    pub(super) fn into_report(self, given: &Endorsements) -> Result<UnifiedAttestationReport> {
        let platform = self.platform;
        let mut unused = Unused::of(given);
        let mut all = given.clone();
        all.fill(&self.beside);
        let given = &all;
        let (json_report, passport) = match self.content {
            Content::Report(report) => {
                unused.check(platform)?;
                return Ok(report);
            }
            Content::Message { json, passport } => (json, passport),
            Content::Raw(bytes) => raw(platform, &bytes, String::new(), given, &mut unused)?,
            Content::Csv { report, chip_id } => {
                raw(platform, &report, chip_id, given, &mut unused)?
            }
            Content::Azure(report) => azure(platform, report, given, &mut unused),
        };
        unused.check(platform)?;
        Ok(UnifiedAttestationReport {
            str_report_version: "1.0".into(),
            str_report_type: if passport { "Passport" } else { "BackgroundCheck" }.into(),
            str_tee_platform: platform.as_str().into(),
            json_report,
            json_nested_reports: String::new(),
        })
    }
}

/// The message for evidence as the platform makes it, and whether it has its endorsements.
fn raw(
    platform: Platform,
    bytes: &[u8],
    str_chip_id: String,
    given: &Endorsements,
    unused: &mut Unused,
) -> Result<(String, bool)> {
    let b64 = STANDARD.encode(bytes);
    Ok(match platform {
        Platform::SgxDcap => {
            let json_collateral = given.intel(platform, bytes);
            let passport = !json_collateral.is_empty();
            (proto_json::to_string(&DcapReport { b64_quote: b64, json_collateral }), passport)
        }
        Platform::Tdx => {
            unused.event_log = false;
            let b64_event_log = given.event_log.as_ref().map(|log| STANDARD.encode(log));
            let json_collateral = given.intel(platform, bytes);
            let passport = !json_collateral.is_empty();
            let report = IntelTdxReport {
                b64_quote: b64,
                json_collateral,
                b64_event_log: b64_event_log.unwrap_or_default(),
            };
            (proto_json::to_string(&report), passport)
        }
        Platform::SevSnp => {
            let json_endorsements = given.snp(unused);
            let passport = !json_endorsements.is_empty();
            (proto_json::to_string(&SevSnpReport { b64_report: b64, json_endorsements }), passport)
        }
        Platform::Csv => {
            let json_cert_chain = given.csv(unused)?;
            let passport = !json_cert_chain.is_empty();
            let report = HygonCsvReport { b64_quote: b64, json_cert_chain, str_chip_id };
            (proto_json::to_string(&report), passport)
        }
        Platform::SgxEpid => (proto_json::to_string(&EpidReport { b64_quote: b64 }), false),
        Platform::HyperEnclave => {
            (proto_json::to_string(&HyperEnclaveReport { b64_quote: b64 }), false)
        }
        Platform::Kunpeng => {
            (proto_json::to_string(&KunpengReport { b64_quote: b64, int64_version: 0 }), false)
        }
        Platform::AwsNitro => (proto_json::to_string(&AwsNitroReport { b64_document: b64 }), true),
        Platform::ArmCca => (proto_json::to_string(&ArmCcaReport { b64_token: b64 }), true),
        Platform::NvidiaGpu | Platform::NvidiaSwitch => {
            unused.chain = false;
            let chain = given.chain.clone().ok_or_else(|| {
                Failure::usage("the report of an NVIDIA device does not have its certificates")
                    .help("name the file of the device's chain (PEM) with --chain")
            })?;
            let report = NvidiaGpuReport { b64_report: b64, pem_cert_chain: chain };
            (proto_json::to_string(&report), true)
        }
        other => {
            return Err(Failure::bad_input(format!(
                "evidence of platform {other} has several parts, but the file has only one"
            ))
            .help("give the report as JSON"));
        }
    })
}

fn azure(
    platform: Platform,
    mut report: AzureVtpmReport,
    given: &Endorsements,
    unused: &mut Unused,
) -> (String, bool) {
    if platform == Platform::AzureSnp {
        let given = given.snp(unused);
        if !given.is_empty() {
            report.json_endorsements = given;
        }
    }
    let passport = !report.json_endorsements.is_empty();
    (proto_json::to_string(&report), passport)
}
