//! The kernel's common interface to confidential machines: a folder a report in
//! `/sys/kernel/config/tsm/report` (Linux, `Documentation/ABI/testing/configfs-tsm-report`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aecs_proto::{ArmCcaReport, IntelTdxReport, UnifiedAttestationAuthReport, json};

use super::endorse::{Endorser, OwnQuote};
use super::opened::Opened;
use crate::collateral::IntelTee;
use crate::encoding::to_base64;
use crate::error::{Error, Result, limit};
use crate::limits;
use crate::machine::Machine;
use crate::machine::device::{
    ATTEMPTS, DeviceFile, ReportData, check_report_data, device, patiently, unique_name,
};
use crate::platform::cca::own_token;
use crate::platform::{Platform, tdx};
use crate::report::{Attester, ReportRequest};
use crate::sealing::Sealing;
use crate::tee::Tee;

/// Where reports are made.
pub(super) const REPORTS: &str = "/sys/kernel/config/tsm/report";
/// The firmware's event log, as ACPI shows it.
const EVENT_LOG: &str = "/sys/firmware/acpi/tables/data/CCEL";

aecs_proto::named! {
    /// What names the format of a report, as the kernel does.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Provider {
        Tdx = "tdx_guest",
        SevSnp = "sev_guest",
        Cca = "arm_cca_guest",
    }
}

impl Provider {
    fn parse(name: &str) -> Result<Self> {
        Self::named(name)
            .ok_or_else(|| Error::Unsupported { what: format!("provider {name:?} of {REPORTS}") })
    }
}

/// What the kernel gives for report data.
pub(super) struct Blobs {
    /// The report.
    pub(super) evidence: Vec<u8>,
    /// Whatever belongs to it; empty for most providers.
    pub(super) auxiliary: Vec<u8>,
}

/// The kernel's interface on a machine.
pub(super) struct Tsm<'a>(pub(super) &'a dyn Machine);

impl Tsm<'_> {
    /// Which provider there is.
    pub(super) fn provider(&self) -> Result<Provider> {
        self.entry()?.provider()
    }

    /// A report over `data`, as the kernel gives it: whether it is about `data` is not checked.
    pub(super) fn report(&self, provider: Provider, data: &ReportData) -> Result<Blobs> {
        for _ in 1..ATTEMPTS {
            // Somebody who knows the name may write to the folder at any time: the number of
            // writes shows that, and a new folder has a new name.
            if let Some(blobs) = self.entry()?.report(provider, data)? {
                return Ok(blobs);
            }
        }
        self.entry()?.report(provider, data)?.ok_or_else(|| {
            device(
                Path::new(REPORTS),
                "another process keeps writing to this program's report entries",
            )
        })
    }

    /// A folder of this request's own.
    fn entry(&self) -> Result<Entry<'_>> {
        let path = Path::new(REPORTS).join(unique_name()?);
        patiently(|| self.0.make_folder(&path)).map_err(|error| device(&path, error))?;
        Ok(Entry { machine: self.0, path })
    }
}

/// A folder for one request. It is removed with this value.
struct Entry<'a> {
    machine: &'a dyn Machine,
    path: PathBuf,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        // A folder that cannot be removed is left behind; it is empty, and nobody's but ours.
        let _ = patiently(|| self.machine.remove_folder(&self.path));
    }
}

impl Entry<'_> {
    fn provider(&self) -> Result<Provider> {
        Provider::parse(&self.text("provider")?)
    }

    /// `None` if somebody else wrote to the folder meanwhile.
    fn report(&self, provider: Provider, data: &ReportData) -> Result<Option<Blobs>> {
        let found = self.provider()?;
        if found != provider {
            let what = format!(
                "provider {} of {REPORTS} where {} is needed",
                found.as_str(),
                provider.as_str()
            );
            return Err(Error::Unsupported { what });
        }
        let before = self.generation()?;
        let mut writes = 1;
        if let Some(level) = self.privilege_level()? {
            self.write("privlevel", level.as_bytes())?;
            writes += 1;
        }
        self.write("inblob", data)?;
        let evidence = self.read("outblob", limits::QUOTE)?;
        let auxiliary = self.optional("auxblob", limits::CERTIFICATE_TABLE)?;
        let after = self.generation()?;
        let ours = after == before.wrapping_add(writes);
        Ok(ours.then_some(Blobs { evidence, auxiliary }))
    }

    /// The lowest privilege level that a report can be made for, where it is not 0: a guest beside
    /// a service module (SVSM) has no other.
    fn privilege_level(&self) -> Result<Option<String>> {
        let floor = self.optional("privlevel_floor", 16)?;
        let floor = String::from_utf8_lossy(&floor).trim().to_owned();
        Ok((!floor.is_empty() && floor != "0").then_some(floor))
    }

    /// The number of writes so far.
    fn generation(&self) -> Result<u64> {
        let text = self.text("generation")?;
        text.parse().map_err(|error| Error::malformed("generation of a TSM report", error))
    }

    fn text(&self, attribute: &str) -> Result<String> {
        let path = self.path.join(attribute);
        DeviceFile { machine: self.machine, path: &path }.read_text("attribute of a TSM report")
    }

    fn read(&self, attribute: &str, max: usize) -> Result<Vec<u8>> {
        let path = self.path.join(attribute);
        DeviceFile { machine: self.machine, path: &path }.read("TSM report", max)
    }

    /// The content of an attribute that not every provider has.
    fn optional(&self, attribute: &str, max: usize) -> Result<Vec<u8>> {
        let path = self.path.join(attribute);
        let exists = self.machine.exists(&path).map_err(|error| device(&path, error))?;
        if !exists {
            return Ok(Vec::new());
        }
        DeviceFile { machine: self.machine, path: &path }.read_any("TSM report", max)
    }

    fn write(&self, attribute: &str, content: &[u8]) -> Result<()> {
        let path = self.path.join(attribute);
        DeviceFile { machine: self.machine, path: &path }.write(content)
    }
}

pub(super) fn open_tdx(machine: Arc<dyn Machine>, endorser: Endorser, event_log: bool) -> Opened {
    let reason = "a TDX guest has no sealing keys".to_owned();
    let attester = Arc::new(Tdx { machine, endorser, event_log });
    Opened { tee: Tee::Tdx, attester, sealing: Sealing::Unavailable { reason } }
}

pub(super) fn open_cca(machine: Arc<dyn Machine>) -> Opened {
    let reason = "an Arm CCA realm has no sealing keys".to_owned();
    let attester = Arc::new(Cca { machine });
    Opened { tee: Tee::Cca, attester, sealing: Sealing::Unavailable { reason } }
}

struct Tdx {
    machine: Arc<dyn Machine>,
    endorser: Endorser,
    event_log: bool,
}

impl Attester for Tdx {
    fn platform(&self) -> Platform {
        Platform::Tdx
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let data = request.report_data().to_bytes();
        let quote = Tsm(self.machine.as_ref()).report(Provider::Tdx, &data)?.evidence;
        let quote = OwnQuote::check(IntelTee::Tdx, &data, quote)?;
        let report = IntelTdxReport {
            b64_quote: to_base64(&quote.bytes),
            json_collateral: self.endorser.dcap(&quote, request.report_type)?,
            b64_event_log: self.event_log()?,
        };
        Ok(request.answer(Platform::Tdx, json::to_string(&report)))
    }
}

impl Tdx {
    /// The firmware's event log, if it is wanted.
    fn event_log(&self) -> Result<String> {
        if !self.event_log {
            return Ok(String::new());
        }
        let file = DeviceFile { machine: self.machine.as_ref(), path: Path::new(EVENT_LOG) };
        let log = file.read("event log", limits::EVENT_LOG_MEMORY)?;
        let content = tdx::without_padding(&log);
        limit("event log", content, limits::EVENT_LOG)?;
        Ok(to_base64(content))
    }
}

struct Cca {
    machine: Arc<dyn Machine>,
}

impl Attester for Cca {
    fn platform(&self) -> Platform {
        Platform::ArmCca
    }

    /// A token is verified with keys that the verifier is configured with, so it is the same with
    /// and without endorsements.
    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let data = request.report_data().to_bytes();
        let token = Tsm(self.machine.as_ref()).report(Provider::Cca, &data)?.evidence;
        check_report_data(&data, &own_token(&token)?.to_bytes())?;
        let report = ArmCcaReport { b64_token: to_base64(&token) };
        Ok(request.answer(Platform::ArmCca, json::to_string(&report)))
    }
}
