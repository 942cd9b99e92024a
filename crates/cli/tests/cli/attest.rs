//! `aecs-attest`, on evidence of software CPUs and, where it is there, of real hardware.

mod amd;
mod collateral;
mod containers;
mod devices;
mod forms;
mod policy;
mod real;
mod verdict;

use std::fs;
use std::path::Path;

use aecs_attest::{Attester as _, ReportRequest, ReportType, UserData};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{DcapReport, UnifiedAttestationAuthReport, json};
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::{Ran, run_in};

/// A software CPU in `cpu`, its root in `root.pem`, a key in `key.pem`.
struct World {
    dir: TempDir,
    cpu: SimulatedCpu,
    key: KeyPair,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(dir.path().join("cpu"), CpuOptions::default()).unwrap();
        let key = KeyPair::generate(Suite::Modern).unwrap();
        let world = Self { dir, cpu, key };
        world.write("root.der", world.cpu.root_der());
        world.write("key.pem", world.key.public().pem());
        world
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), contents).unwrap();
    }

    fn report(&self, report_type: ReportType, identity: EnclaveIdentity) -> Report {
        let user_data = UserData([0x5A; 32]);
        let request =
            ReportRequest { report_type, ..ReportRequest::passport(user_data, self.key.public()) };
        Report(self.cpu.enclave(identity).attest(&request).unwrap())
    }

    /// Writes a whole report with its collateral to `report.json`.
    fn passport(&self) -> Report {
        let report = self.report(ReportType::Passport, EnclaveIdentity::default());
        self.write("report.json", report.json());
        report
    }

    /// Runs the tool with the CPU's root; `{DIR}` is the folder.
    fn attest(&self, line: &str) -> Ran {
        self.run(&format!("{line} --simulated-root {{DIR}}/root.der"))
    }

    fn run(&self, line: &str) -> Ran {
        run_in(self.path(), &format!("aecs-attest {line}"))
    }
}

/// A report, and its parts.
#[derive(Clone)]
struct Report(UnifiedAttestationAuthReport);

impl Report {
    fn json(&self) -> String {
        json::to_string(&self.0)
    }

    fn dcap(&self) -> DcapReport {
        json::from_str(&self.0.report.as_ref().unwrap().json_report).unwrap()
    }

    fn quote(&self) -> Vec<u8> {
        STANDARD.decode(self.dcap().b64_quote).unwrap()
    }

    /// The same with another quote.
    fn with_quote(mut self, quote: &[u8]) -> Self {
        let dcap = DcapReport { b64_quote: STANDARD.encode(quote), ..self.dcap() };
        self.0.report.as_mut().unwrap().json_report = json::to_string(&dcap);
        self
    }
}
