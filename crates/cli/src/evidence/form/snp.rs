//! SEV-SNP evidence in the forms of guest tools: certificates behind the report (the host's table,
//! or PEM), or the report taken apart in JSON. What is put together wrongly has no valid signature.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::endorse::{Endorsements, certificates_in};
use super::super::input;
use super::binary::{self, SNP_REPORT};
use super::{Content, FileEvidence};
use crate::failure::{Failure, Result};
use aecs_attest::Platform;

/// Where its signature begins.
const SIGNATURE: usize = 0x2A0;

/// Takes the table of certificates that some tools leave behind a report, as the hypervisor gave
/// both (AMD, "Guest Hypervisor Communication Block Standardization", SNP Extended Guest Request).
pub(super) fn split(mut bytes: Vec<u8>, endorsements: &mut Endorsements) -> Result<Vec<u8>> {
    if bytes.len() > SNP_REPORT {
        let table = bytes.split_off(SNP_REPORT);
        // The rest of a buffer, or the end of a line.
        if table.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace()) {
            return Ok(bytes);
        }
        let certificates = certificates_in(&table);
        endorsements.take_certificates(&certificates);
        if certificates.is_empty() {
            endorsements.take_table(&table).map_err(|failure| {
                let len = table.len();
                failure.context(format!("{len} unexpected bytes follow the SEV-SNP report"))
            })?;
        }
    }
    Ok(bytes)
}

/// Takes a report that is whole, in JSON, and the certificate of its key where it is beside it.
pub(super) fn from_bytes(
    report: Vec<u8>,
    object: &Map<String, Value>,
    endorsements: &mut Endorsements,
) -> Result<FileEvidence> {
    let chain = object.get("cert_chain");
    let vek = chain.and_then(|chain| chain.get("vcek").or_else(|| chain.get("vlek")));
    if let Some(vek) = vek.and_then(input::bytes_in) {
        endorsements.vek.get_or_insert(vek);
    }
    from_report(report, endorsements)
}

pub(super) fn from_report(
    report: Vec<u8>,
    endorsements: &mut Endorsements,
) -> Result<FileEvidence> {
    let report = split(report, endorsements)?;
    let form = "SEV-SNP report, in JSON";
    Ok(FileEvidence::of(Platform::SevSnp, form, Content::Raw(report)))
}

/// Names of a report and of its certificates, in PEM, where both are whole in one object: in
/// requests to Azure's attestation service; in CCF; in containers on Azure.
const BESIDE: [(&str, &str); 3] = [
    ("SnpReport", "VcekCertChain"),
    ("evidence", "endorsements"),
    ("attestation", "platformCertificates"),
];

/// Takes a report that is whole, and the certificate of its key from beside it; nothing where the
/// object has no such pair.
pub(super) fn with_certificates(
    object: &Map<String, Value>,
    endorsements: &mut Endorsements,
) -> Option<Result<FileEvidence>> {
    let (report, certificates) = BESIDE.iter().find_map(|(report, certificates)| {
        let report = object.get(*report).and_then(input::bytes_in)?;
        let certificates = object.get(*certificates).and_then(input::bytes_in)?;
        binary::is_snp(&report).then_some((report, certificates))
    })?;
    // The first one is the key's, whatever encoding the text is in.
    endorsements.vek.get_or_insert(input::der(certificates));
    Some(from_report(report, endorsements))
}

/// Evidence of a guest agent: the fields of a report, and the hypervisor's certificates.
#[derive(Deserialize)]
struct Evidence {
    attestation_report: Report,
    cert_chain: Option<Vec<Certificate>>,
}

#[derive(Deserialize)]
struct Certificate {
    cert_type: Value,
    data: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    version: u32,
    guest_svn: u32,
    policy: u64,
    family_id: Vec<u8>,
    image_id: Vec<u8>,
    vmpl: u32,
    sig_algo: u32,
    current_tcb: Tcb,
    plat_info: u64,
    key_info: u32,
    report_data: Vec<u8>,
    measurement: Vec<u8>,
    host_data: Vec<u8>,
    id_key_digest: Vec<u8>,
    author_key_digest: Vec<u8>,
    report_id: Vec<u8>,
    report_id_ma: Vec<u8>,
    reported_tcb: Tcb,
    cpuid_fam_id: Option<u8>,
    cpuid_mod_id: Option<u8>,
    cpuid_step: Option<u8>,
    chip_id: Vec<u8>,
    committed_tcb: Tcb,
    current: Version,
    committed: Version,
    launch_tcb: Tcb,
    launch_mit_vector: Option<u64>,
    current_mit_vector: Option<u64>,
    signature: Signature,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tcb {
    /// Only Turin has one, in front of the others.
    fmc: Option<u8>,
    bootloader: u8,
    tee: u8,
    snp: u8,
    microcode: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    major: u8,
    minor: u8,
    build: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    r: Vec<u8>,
    s: Vec<u8>,
}

/// Gives the fields of a report the names and places that they have since version 6 of the library
/// that the agents use: before, it wrote out what is reserved, and versions in fields of their own.
fn renamed(report: &mut Map<String, Value>) {
    if let Some(key_info) = report.remove("_author_key_en") {
        report.insert("key_info".into(), key_info);
    }
    // Where the processor's CPUID is since version 3 of reports.
    let reserved = report.get("_reserved_1").and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, number) in ["cpuid_fam_id", "cpuid_mod_id", "cpuid_step"].into_iter().zip(reserved) {
        report.insert(name.into(), number);
    }
    for name in ["current", "committed"] {
        let mut parts = Map::new();
        for part in ["major", "minor", "build"] {
            if let Some(number) = report.remove(&format!("{name}_{part}")) {
                parts.insert(part.into(), number);
            }
        }
        if !parts.is_empty() {
            report.insert(name.into(), Value::Object(parts));
        }
    }
    report.retain(|name, _| !name.starts_with("_reserved"));
    for nested in report.values_mut().filter_map(Value::as_object_mut) {
        nested.retain(|name, _| !name.starts_with("_reserved"));
    }
}

/// Puts a report together, and takes the certificate of its key.
pub(super) fn from_fields(
    mut object: Map<String, Value>,
    endorsements: &mut Endorsements,
) -> Result<FileEvidence> {
    if let Some(report) = object.get_mut("attestation_report").and_then(Value::as_object_mut) {
        renamed(report);
    }
    let evidence: Evidence = serde_json::from_value(Value::Object(object)).map_err(|error| {
        Failure::bad_input(format!("cannot read the SEV-SNP report in the evidence: {error}"))
            .help("give the report as the guest's device made it, 1184 bytes")
    })?;
    let vek = |certificate: &&Certificate| {
        matches!(certificate.cert_type.as_str(), Some("VCEK" | "VLEK"))
    };
    if let Some(vek) = evidence.cert_chain.iter().flatten().find(vek) {
        endorsements.vek.get_or_insert(vek.data.clone());
    }
    let report = evidence.attestation_report;
    let form = format!("SEV-SNP report, version {}, in JSON", report.version);
    let content = Content::Raw(report.put_together());
    Ok(FileEvidence::of(Platform::SevSnp, form, content))
}

impl Report {
    /// The report as the firmware wrote it; what is reserved is zero.
    fn put_together(&self) -> Vec<u8> {
        let mut bytes = [
            self.version.to_le_bytes().as_slice(),
            &self.guest_svn.to_le_bytes(),
            &self.policy.to_le_bytes(),
            &self.family_id,
            &self.image_id,
            &self.vmpl.to_le_bytes(),
            &self.sig_algo.to_le_bytes(),
            &self.current_tcb.to_bytes(),
            &self.plat_info.to_le_bytes(),
            &self.key_info.to_le_bytes(),
            &[0; 4],
            &self.report_data,
            &self.measurement,
            &self.host_data,
            &self.id_key_digest,
            &self.author_key_digest,
            &self.report_id,
            &self.report_id_ma,
            &self.reported_tcb.to_bytes(),
            &[self.cpuid_fam_id, self.cpuid_mod_id, self.cpuid_step].map(Option::unwrap_or_default),
            &[0; 21],
            &self.chip_id,
            &self.committed_tcb.to_bytes(),
            &self.current.to_bytes(),
            &self.committed.to_bytes(),
            &self.launch_tcb.to_bytes(),
            &self.launch_mit_vector.unwrap_or_default().to_le_bytes(),
            &self.current_mit_vector.unwrap_or_default().to_le_bytes(),
        ]
        .concat();
        bytes.resize(SIGNATURE, 0);
        bytes.extend([self.signature.r.as_slice(), &self.signature.s].concat());
        bytes.resize(SNP_REPORT, 0);
        bytes
    }
}

impl Tcb {
    fn to_bytes(&self) -> [u8; 8] {
        let Self { fmc, bootloader, tee, snp, microcode } = *self;
        match fmc {
            Some(fmc) => [fmc, bootloader, tee, snp, 0, 0, 0, microcode],
            None => [bootloader, tee, 0, 0, 0, 0, snp, microcode],
        }
    }
}

impl Version {
    fn to_bytes(&self) -> [u8; 4] {
        [self.build, self.minor, self.major, 0]
    }
}
