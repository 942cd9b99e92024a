//! Machines that fail on demand, evidence to put on them, and a source of collateral.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aecs_attest::sev_guest_device::{Failure, KEY_RESPONSE, KeyRequest, REPORT_RESPONSE};
use aecs_attest::{
    Attester, CollateralItem, CollateralSource, Error, Host, Machine, Opened, ReportRequest,
    ReportType, Result, SERVER_PRODUCT, SealingRules, Tee, UserData, occlum_device,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{DcapReport, UnifiedAttestationAuthReport, json};
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu, SimulatedEnclave, SimulatedMachine};
use tempfile::TempDir;

pub(crate) const USER_DATA: UserData = UserData([0x5A; 32]);
/// Every time.
pub(crate) const ALWAYS: u32 = u32::MAX;
/// Whether an error is the one that a test expects.
pub(crate) type IsExpected = fn(&Error) -> bool;

/// A machine that does something else than it should, for calls that the test names.
///
/// Calls are named by what they do and the last part of the path: `read quote`, `make`,
/// `snp report`.
pub(crate) struct Faulty {
    inner: SimulatedMachine,
    rules: Mutex<Vec<Rule>>,
    calls: Mutex<Vec<String>>,
}

struct Rule {
    call: &'static str,
    times: u32,
    effect: Effect,
}

#[derive(Clone)]
enum Effect {
    Fail(ErrorKind),
    Answer(Vec<u8>),
}

impl Faulty {
    pub(crate) fn new(inner: SimulatedMachine) -> Self {
        Self { inner, rules: Mutex::default(), calls: Mutex::default() }
    }

    /// Lets the next calls of a name fail.
    pub(crate) fn fail(self, call: &'static str, kind: ErrorKind, times: u32) -> Self {
        self.rules.lock().unwrap().push(Rule { call, times, effect: Effect::Fail(kind) });
        self
    }

    /// Lets the next calls of a name answer something else.
    pub(crate) fn answer(self, call: &'static str, content: &[u8], times: u32) -> Self {
        let effect = Effect::Answer(content.to_vec());
        self.rules.lock().unwrap().push(Rule { call, times, effect });
        self
    }

    /// How often a call of a name was made.
    pub(crate) fn count(&self, call: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|made| *made == call).count()
    }

    fn effect(&self, call: &str) -> Option<Effect> {
        self.calls.lock().unwrap().push(call.to_owned());
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| rule.call == call && rule.times > 0)?;
        rule.times = rule.times.saturating_sub(1);
        Some(rule.effect.clone())
    }

    fn io<T>(&self, call: &str, real: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.effect(call) {
            Some(Effect::Fail(kind)) => Err(kind.into()),
            _ => real(),
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

impl Machine for Faulty {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        match self.effect(&format!("read {}", name(path))) {
            Some(Effect::Fail(kind)) => Err(kind.into()),
            Some(Effect::Answer(mut content)) => {
                content.truncate(limit + 1);
                Ok(content)
            }
            _ => self.inner.read(path, limit),
        }
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.io(&format!("write {}", name(path)), || self.inner.write(path, content))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.io("make", || self.inner.make_folder(path))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.io("remove", || self.inner.remove_folder(path))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        match self.effect(&format!("exists {}", name(path))) {
            Some(Effect::Fail(kind)) => Err(kind.into()),
            Some(Effect::Answer(yes)) => Ok(!yes.is_empty()),
            _ => self.inner.exists(path),
        }
    }

    fn occlum_report(
        &self,
        device: &Path,
        report: &mut [u8; occlum_device::REPORT],
    ) -> io::Result<()> {
        match self.effect("occlum report") {
            Some(Effect::Fail(kind)) => Err(kind.into()),
            Some(Effect::Answer(content)) => {
                report.copy_from_slice(&content);
                Ok(())
            }
            _ => self.inner.occlum_report(device, report),
        }
    }

    fn occlum_quote_size(&self, device: &Path) -> io::Result<u32> {
        match self.effect("occlum size") {
            Some(Effect::Fail(kind)) => Err(kind.into()),
            Some(Effect::Answer(size)) => Ok(u32::from_le_bytes(size.try_into().unwrap())),
            _ => self.inner.occlum_quote_size(device),
        }
    }

    fn occlum_quote(
        &self,
        device: &Path,
        report_data: &[u8; 64],
        quote: &mut [u8],
    ) -> io::Result<usize> {
        match self.effect("occlum quote") {
            Some(Effect::Fail(kind)) => Err(kind.into()),
            Some(Effect::Answer(content)) => {
                let len = content.len().min(quote.len());
                quote[..len].copy_from_slice(&content[..len]);
                Ok(content.len())
            }
            _ => self.inner.occlum_quote(device, report_data, quote),
        }
    }

    fn occlum_key(
        &self,
        device: &Path,
        request: &occlum_device::KeyRequest,
        key: &mut [u8; occlum_device::KEY],
    ) -> io::Result<()> {
        match self.effect("occlum key") {
            Some(Effect::Fail(kind)) => Err(kind.into()),
            Some(Effect::Answer(content)) => {
                key.copy_from_slice(&content);
                Ok(())
            }
            _ => self.inner.occlum_key(device, request, key),
        }
    }

    fn snp_report(
        &self,
        device: &Path,
        report_data: &[u8; 64],
        vmpl: u32,
        response: &mut [u8; REPORT_RESPONSE],
        certificates: Option<&mut [u8]>,
    ) -> Result<(), Failure> {
        let call = if certificates.is_some() { "snp ext report" } else { "snp report" };
        match self.effect(call) {
            Some(Effect::Fail(kind)) => Err(failure(kind)),
            Some(Effect::Answer(content)) => {
                response.fill(0);
                response[..content.len()].copy_from_slice(&content);
                Ok(())
            }
            _ => self.inner.snp_report(device, report_data, vmpl, response, certificates),
        }
    }

    fn snp_key(
        &self,
        device: &Path,
        request: &KeyRequest,
        response: &mut [u8; KEY_RESPONSE],
    ) -> Result<(), Failure> {
        match self.effect("snp key") {
            Some(Effect::Fail(kind)) => Err(failure(kind)),
            _ => self.inner.snp_key(device, request, response),
        }
    }
}

/// [`ErrorKind::ResourceBusy`] comes from the hypervisor here, everything else from the kernel.
fn failure(kind: ErrorKind) -> Failure {
    let (source, hypervisor) = match kind {
        ErrorKind::ResourceBusy => (io::Error::other("busy"), Failure::BUSY),
        kind => (kind.into(), 0),
    };
    Failure { source, firmware: 0, hypervisor, certificates_len: 0 }
}

/// A simulated CPU and a key to bind.
pub(crate) struct World {
    pub(crate) cpu: SimulatedCpu,
    pub(crate) key: KeyPair,
    _dir: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
        Self { cpu, key: KeyPair::generate(Suite::Modern).unwrap(), _dir: dir }
    }

    pub(crate) fn enclave(&self) -> SimulatedEnclave {
        self.cpu.enclave(server())
    }

    /// A machine whose TEE makes SGX quotes.
    pub(crate) fn sgx(&self, tee: Tee) -> SimulatedMachine {
        let enclave = self.enclave();
        SimulatedMachine::new(tee, move |data| enclave.quote(*data).unwrap())
    }

    /// What the attesters here are asked to bind.
    pub(crate) fn report_data(&self) -> [u8; 64] {
        self.request(ReportType::Passport).report_data().to_bytes()
    }

    pub(crate) fn request(&self, report_type: ReportType) -> ReportRequest<'_> {
        ReportRequest { report_type, ..ReportRequest::passport(USER_DATA, self.key.public()) }
    }

    /// Opens the TEE of a machine and lets it make a BackgroundCheck report.
    pub(crate) fn attest(
        &self,
        machine: impl Machine + 'static,
    ) -> Result<UnifiedAttestationAuthReport> {
        open(Arc::new(machine))?.attester.attest(&self.request(ReportType::BackgroundCheck))
    }

    /// A source that has the collateral of the CPU.
    pub(crate) fn collateral(&self) -> Arc<Collateral> {
        let report = self.enclave().attest(&self.request(ReportType::Passport)).unwrap();
        let report: DcapReport = platform_report(&report);
        Arc::new(Collateral { json: report.json_collateral, asked: Mutex::default() })
    }
}

/// An enclave that may seal.
pub(crate) fn server() -> EnclaveIdentity {
    EnclaveIdentity { prod_id: SERVER_PRODUCT, ..EnclaveIdentity::default() }
}

/// Rules under which every TEE here seals.
pub(crate) const RULES: SealingRules =
    SealingRules { snp_measurement: true, ..SealingRules::server() };

pub(crate) fn open(machine: Arc<dyn Machine>) -> Result<Opened> {
    Host::on(machine).sealing(RULES).open(None)
}

/// The platform's own part of a report.
pub(crate) fn platform_report<T: json::JsonMessage>(report: &UnifiedAttestationAuthReport) -> T {
    json::from_str(&report.report.as_ref().unwrap().json_report).unwrap()
}

/// Gives what it has, and remembers what it was asked for.
pub(crate) struct Collateral {
    json: String,
    pub(crate) asked: Mutex<Vec<CollateralItem>>,
}

impl CollateralSource for Collateral {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> Result<Arc<[u8]>> {
        self.asked.lock().unwrap().push(item.clone());
        Ok(self.json.as_bytes().into())
    }

    fn generation(&self) -> u64 {
        0
    }
}

/// A device's error, by its file and what the system said.
pub(crate) fn device_error(error: &Error) -> (String, String) {
    match error {
        Error::Device { path, source } => (path.display().to_string(), source.to_string()),
        other => panic!("not a device's: {other:?}"),
    }
}
