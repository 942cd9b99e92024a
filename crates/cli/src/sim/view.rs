//! Results of `aecs-sim`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use aecs_attest::{Attester, Fingerprint, ReportRequest, SERVER_PRODUCT, UserData, Verifier};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{DcapReport, SgxQlQveCollateral, UnifiedAttestationAuthReport, json};
use aecs_sim::{EnclaveIdentity, SimulatedCpu, TdIdentity};
use serde::{Deserialize, Serialize};

use super::{ROOT_FILE, TeeName, cpu_failure};
use crate::failure::{Exit, Failure, Result, with_causes};
use crate::output::{self, View};
use crate::view::time_text;

/// A CPU that was made or found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Created {
    folder: String,
    root_fingerprint: String,
    new: bool,
}

impl Created {
    pub(super) fn new(dir: &Path, cpu: &SimulatedCpu, new: bool) -> Self {
        Self { folder: dir.display().to_string(), root_fingerprint: fingerprint(cpu), new }
    }
}

impl View for Created {
    fn text(&self) -> String {
        let word = if self.new { "created" } else { "kept" };
        format!("{word} {}\nroot {}", self.folder, self.root_fingerprint)
    }
}

/// What a verifier finds out about a CPU from a report of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Info {
    folder: String,
    root_fingerprint: String,
    tcb_status: String,
    advisory_ids: String,
    tcb_date: String,
    fmspc: String,
    collateral_until: String,
    valid_until: Option<String>,
    refused: Option<String>,
}

impl Info {
    /// Makes a report for a key that is thrown away, and verifies it.
    pub(super) fn of(dir: &Path, cpu: &SimulatedCpu) -> Result<Self> {
        let internal = |error: &dyn std::fmt::Display| Failure::internal(error.to_string());
        let key = KeyPair::generate(Suite::Modern).map_err(|error| internal(&error))?;
        let enclave = cpu.enclave(EnclaveIdentity::default());
        let request = ReportRequest::passport(UserData::default(), key.public());
        let report = enclave.attest(&request).map_err(|error| cpu_failure(&error))?;
        let verifier = Verifier::builder()
            .simulated_root(cpu.root_der())
            .build()
            .map_err(|error| internal(&error))?;

        let tcb_info = TcbInfo::of(&report)?;
        let info = Self {
            folder: dir.display().to_string(),
            root_fingerprint: fingerprint(cpu),
            tcb_status: String::new(),
            advisory_ids: String::new(),
            tcb_date: String::new(),
            fmspc: tcb_info.fmspc,
            collateral_until: tcb_info.next_update,
            valid_until: None,
            refused: None,
        };
        Ok(match verifier.verify(&report, SystemTime::now()) {
            Ok(verified) => {
                let attributes = verified.to_proto();
                Self {
                    tcb_status: attributes.str_tcb_status,
                    advisory_ids: attributes.str_advisory_ids,
                    tcb_date: attributes.str_tcb_date,
                    valid_until: Some(time_text(verified.valid_until())),
                    ..info
                }
            }
            Err(error) => Self { refused: Some(with_causes(&error)), ..info },
        })
    }
}

/// The part of Intel's TCB info that is shown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TcbInfo {
    fmspc: String,
    next_update: String,
}

impl TcbInfo {
    /// From the collateral of a DCAP report.
    fn of(report: &UnifiedAttestationAuthReport) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Signed {
            tcb_info: TcbInfo,
        }

        let malformed = |error: &dyn std::fmt::Display| {
            Failure::internal(format!("the CPU's own collateral cannot be read: {error}"))
        };
        let json_report = report.report.as_ref().map_or("", |report| &report.json_report);
        let report: DcapReport = json::from_str(json_report).map_err(|error| malformed(&error))?;
        let collateral: SgxQlQveCollateral =
            json::from_str(&report.json_collateral).map_err(|error| malformed(&error))?;
        let signed: Signed =
            serde_json::from_str(&collateral.tcb_info).map_err(|error| malformed(&error))?;
        Ok(signed.tcb_info)
    }
}

impl View for Info {
    fn text(&self) -> String {
        output::properties([
            ("folder", self.folder.clone()),
            ("root fingerprint", self.root_fingerprint.clone()),
            ("TCB status", self.tcb_status.clone()),
            ("advisories", self.advisory_ids.clone()),
            ("TCB date", self.tcb_date.clone()),
            ("FMSPC", self.fmspc.clone()),
            ("collateral valid until", self.collateral_until.clone()),
            ("evidence valid until", self.valid_until.clone().unwrap_or_default()),
            ("refused by verifiers", self.refused.clone().unwrap_or_default()),
        ])
    }
}

/// The measurement of a program.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Measurement {
    program: String,
    mrenclave: String,
}

impl Measurement {
    pub(super) fn of(program: &Path) -> Result<Self> {
        let identity = EnclaveIdentity::of_program(program)
            .map_err(|error| Failure::new(Exit::NoInput, with_causes(&error)))?;
        Ok(Self {
            program: program.display().to_string(),
            mrenclave: hex::encode_upper(identity.mrenclave),
        })
    }
}

impl View for Measurement {
    fn text(&self) -> String {
        self.mrenclave.clone()
    }
}

/// Which server a kubeconfig trusts.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct ServerPolicy {
    verify_policy: BTreeMap<&'static str, String>,
    /// The measurement that is another one with each version.
    measurement: String,
}

impl ServerPolicy {
    pub(super) fn new(
        dir: &Path,
        cpu: &SimulatedCpu,
        tee: TeeName,
        code: &EnclaveIdentity,
    ) -> Result<Self> {
        let (platform, own, measurement, rest) = match tee {
            TeeName::Sgx | TeeName::Gramine => {
                let product = vec![("prodID", SERVER_PRODUCT.to_string())];
                ("SGX_DCAP", "mrenclave", hex::encode_upper(code.mrenclave), product)
            }
            TeeName::SevSnp => {
                let guest = cpu.snp_guest(code).map_err(|error| cpu_failure(&error))?;
                let measured = vec![("measured", "direct-boot".to_owned())];
                let measurement = hex::encode_upper(guest.report.measurement);
                ("SEV_SNP", "measurement", measurement, measured)
            }
            TeeName::Tdx => {
                let td = TdIdentity::of_code(code);
                let [_, rtmr1, rtmr2, _] = td.rtmrs.map(hex::encode_upper);
                let rest = vec![("mrtd", hex::encode_upper(td.mrtd)), ("rtmr1", rtmr1)];
                ("TDX", "rtmr2", rtmr2, rest)
            }
        };
        let root = std::path::absolute(dir.join(ROOT_FILE))
            .map_err(|error| Failure::internal(format!("no absolute path: {error}")))?;
        let root = ("simulationRoot", root.display().to_string());
        let mut verify_policy = BTreeMap::from([("platform", platform.to_owned()), root]);
        verify_policy.insert(own, measurement.clone());
        verify_policy.extend(rest);
        Ok(Self { verify_policy, measurement })
    }
}

impl View for ServerPolicy {
    fn text(&self) -> String {
        let lines = self.verify_policy.iter().map(|(key, value)| format!("    {key}: \"{value}\""));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(vec![self.measurement.clone()])
    }
}

fn fingerprint(cpu: &SimulatedCpu) -> String {
    Fingerprint::of(cpu.root_der()).to_string()
}
