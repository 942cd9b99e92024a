//! The simulated CPU and its state.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::clock::{from_unix_seconds, unix_seconds};
use aecs_attest::{
    CollateralItem, CollateralSource, Error, Fingerprint, IntelTee, PckCa, Result, TcbStatus,
};
use aecs_crypto::RecordKey;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::collateral::{self, EvaluationNumbers, Knowledge};
use crate::directory::Directory;
use crate::failure::{malformed, unavailable};
use crate::identity::EnclaveIdentity;
use crate::model::FMSPC;
use crate::pki::Pki;
use crate::quote::{AUTHENTICATION_DATA, QuotingEnclave};
use crate::snp::SimulatedAmd;

/// Written last: a directory with this file is complete.
const STATE: &str = "cpu.json";
const SEALING_KEY: &str = "sealing.key";
/// Collateral is issued again when less than this is left of its validity.
const RENEWAL: Duration = Duration::from_secs(15 * 24 * 3600);

/// Properties of a new simulated CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpuOptions {
    /// How up to date the CPU is.
    pub tcb_status: TcbStatus,
    /// Security advisories that apply to it.
    pub advisory_ids: Vec<String>,
}

impl Default for CpuOptions {
    fn default() -> Self {
        Self { tcb_status: TcbStatus::UpToDate, advisory_ids: Vec::new() }
    }
}

/// A CPU in software, in a directory. Cheap to clone.
///
/// Several processes may use the same directory. What one of them changes, others see when they
/// open it the next time.
#[derive(Clone)]
pub struct SimulatedCpu(Arc<Shared>);

struct Shared {
    directory: Directory,
    pki: Pki,
    /// For enclaves and for trust domains.
    quoting_enclaves: [QuotingEnclave; 2],
    sealing_key: RecordKey,
    current: Mutex<Current>,
}

/// What is known about the CPU, and the collateral that says so.
struct Current {
    state: State,
    /// The latest for each kind of TEE.
    issued: Vec<Issued>,
    /// How often the state has changed.
    generation: u64,
}

struct Issued {
    tee: IntelTee,
    json: Arc<str>,
    window: Range<SystemTime>,
}

#[derive(Debug, Clone)]
struct State {
    known: Knowledge,
    /// Validity of the collateral; none for the usual one.
    window: Option<Range<SystemTime>>,
}

impl SimulatedCpu {
    /// Makes a CPU in a directory, or opens the one that is there; then `options` are ignored.
    ///
    /// The directory is made if needed. Of several processes that do this at once, one makes the
    /// CPU and all open it.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the directory cannot be used, [`Error::Malformed`] for a TCB
    /// status that a CPU cannot have.
    pub fn create(dir: impl AsRef<Path>, options: CpuOptions) -> Result<Self> {
        let CpuOptions { tcb_status, advisory_ids } = options;
        let known = Knowledge {
            tcb_status,
            advisory_ids,
            pck_revoked: false,
            qe_status: TcbStatus::UpToDate,
            tcb_info_version: 3,
            evaluation: EvaluationNumbers::default(),
        };
        let directory = Directory::new(dir.as_ref());
        directory.create()?;
        let lock = directory.lock()?;
        if !directory.contains(STATE)? {
            check_status(known.tcb_status)?;
            Pki::create(&directory)?;
            directory.write_secret(SEALING_KEY, RecordKey::generate()?.to_bytes().expose())?;
            State { known, window: None }.write(&directory)?;
        }
        drop(lock);
        Self::open(dir)
    }

    /// Makes another CPU of the same vendors in a directory that has none: with the roots of `other`, and
    /// with sealing keys of its own. Opens the one that is there otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when a directory cannot be used, or `other` is none of a CPU.
    pub fn create_beside(dir: impl AsRef<Path>, other: impl AsRef<Path>) -> Result<Self> {
        let (directory, other) = (Directory::new(dir.as_ref()), Directory::new(other.as_ref()));
        directory.create()?;
        let lock = directory.lock()?;
        if !directory.contains(STATE)? {
            State::read(&other)?;
            // Otherwise made at its first use, by each CPU for itself.
            SimulatedAmd::open_or_create(&other)?;
            directory.copy_from(&other, |name| ![STATE, SEALING_KEY].contains(&name))?;
            directory.write_secret(SEALING_KEY, RecordKey::generate()?.to_bytes().expose())?;
            directory.copy_from(&other, |name| name == STATE)?;
        }
        drop(lock);
        Self::open(dir)
    }

    /// Gives the CPU other sealing keys, as an update of the microcode does under Gramine: for who opens
    /// it from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the key cannot be written.
    pub fn change_sealing_key(&self) -> Result<()> {
        let _lock = self.0.directory.lock()?;
        let key = RecordKey::generate()?.to_bytes();
        self.0.directory.write_secret(SEALING_KEY, key.expose())
    }

    /// Opens the CPU of a directory.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when there is none or its files are damaged.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self> {
        let directory = Directory::new(dir.as_ref());
        let state = State::read(&directory)?;
        let pki = Pki::open(&directory)?;
        let quoting_enclaves = [
            QuotingEnclave::new(&pki, IntelTee::Sgx, &AUTHENTICATION_DATA)?,
            QuotingEnclave::new(&pki, IntelTee::Tdx, &AUTHENTICATION_DATA)?,
        ];
        let sealing_key = RecordKey::from_bytes(&directory.read(SEALING_KEY)?)
            .map_err(|error| directory.damaged(SEALING_KEY, error))?;
        let current = Mutex::new(Current { state, issued: Vec::new(), generation: 0 });
        Ok(Self(Arc::new(Shared { directory, pki, quoting_enclaves, sealing_key, current })))
    }

    /// The root certificate (DER), for
    /// [`VerifierBuilder::simulated_root`](aecs_attest::VerifierBuilder::simulated_root). The
    /// directory has it as `root-ca.pem`.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        &self.0.pki.root_der
    }

    /// Changes how up to date the CPU is, in collateral that is issued from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a status that a CPU cannot have, [`Error::Device`] when the
    /// change cannot be written.
    pub fn set_tcb_status(&self, status: TcbStatus, advisory_ids: &[&str]) -> Result<()> {
        check_status(status)?;
        self.change(|state| {
            state.known.tcb_status = status;
            state.known.advisory_ids = advisory_ids.iter().map(ToString::to_string).collect();
        })
    }

    /// Revokes the CPU's certificate, or takes that back, in collateral that is issued from now
    /// on.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the change cannot be written.
    pub fn set_pck_revoked(&self, revoked: bool) -> Result<()> {
        self.change(|state| state.known.pck_revoked = revoked)
    }

    /// Changes how up to date the CPU's quoting enclaves are, in collateral that is issued from now
    /// on.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a status that a quoting enclave cannot have,
    /// [`Error::Device`] when the change cannot be written.
    pub fn set_qe_status(&self, status: TcbStatus) -> Result<()> {
        if !matches!(status, TcbStatus::UpToDate | TcbStatus::OutOfDate | TcbStatus::Revoked) {
            let reason = format!("a quoting enclave is never {status}");
            return Err(malformed("TCB status of a simulated quoting enclave", reason));
        }
        self.change(|state| state.known.qe_status = status)
    }

    /// Gives TCB info for enclaves in the older form, version 2, as version 3 of Intel's service
    /// does, in collateral that is issued from now on; or takes that back.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the change cannot be written.
    pub fn set_older_tcb_info(&self, older: bool) -> Result<()> {
        self.change(|state| state.known.tcb_info_version = if older { 2 } else { 3 })
    }

    /// Changes the TCB evaluation numbers in collateral that is issued from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the change cannot be written.
    pub fn set_evaluation_numbers(&self, numbers: EvaluationNumbers) -> Result<()> {
        self.change(|state| state.known.evaluation = numbers)
    }

    /// Sets the time of issue and of the next update of collateral that is issued from now on;
    /// none for the usual: from an hour ago, for 30 days, renewed by half-time.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the change cannot be written, [`Error::Clock`] for times
    /// before 1970.
    pub fn set_collateral_window(&self, window: Option<Range<SystemTime>>) -> Result<()> {
        self.change(|state| state.window = window)
    }

    pub(crate) fn quote(
        &self,
        identity: &EnclaveIdentity,
        report_data: [u8; 64],
    ) -> Result<Vec<u8>> {
        let [quoting_enclave, _] = &self.0.quoting_enclaves;
        quoting_enclave.quote(&self.0.pki, identity, report_data)
    }

    /// A quote over a trust domain's report.
    pub(crate) fn quote_report(&self, version: u16, report: &[u8]) -> Result<Vec<u8>> {
        let [_, quoting_enclave] = &self.0.quoting_enclaves;
        quoting_enclave.quote_report(&self.0.pki, version, report)
    }

    /// Quoting enclaves whose authentication data are not as long as usual.
    pub(crate) fn other_quoting_enclave(
        &self,
        tee: IntelTee,
        authentication_data: &[u8],
    ) -> Result<(QuotingEnclave, &Pki)> {
        Ok((QuotingEnclave::new(&self.0.pki, tee, authentication_data)?, &self.0.pki))
    }

    /// The CPU's collateral in the form of a report.
    pub(crate) fn collateral(&self, tee: IntelTee) -> Result<Arc<str>> {
        let now = SystemTime::now();
        let mut current = self.0.current.lock();
        if let Some(Issued { json, window, .. }) =
            current.issued.iter().find(|issued| issued.tee == tee)
            && (current.state.window.is_some() || is_fresh(window, now))
        {
            return Ok(Arc::clone(json));
        }
        let window = current.state.window.clone().unwrap_or_else(|| collateral::window_from(now));
        let json = collateral::issue(&self.0.pki, &current.state.known, tee, &window)?;
        let json: Arc<str> = json.into();
        current.issued.retain(|issued| issued.tee != tee);
        current.issued.push(Issued { tee, json: Arc::clone(&json), window });
        Ok(json)
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    pub(crate) fn sealing_key(&self) -> &RecordKey {
        &self.0.sealing_key
    }

    fn change(&self, change: impl FnOnce(&mut State)) -> Result<()> {
        let lock = self.0.directory.lock()?;
        let mut current = self.0.current.lock();
        let mut state = current.state.clone();
        change(&mut state);
        state.write(&self.0.directory)?;
        let generation = current.generation + 1;
        *current = Current { state, issued: Vec::new(), generation };
        drop(lock);
        Ok(())
    }
}

/// The service that knows this CPU and no other.
impl CollateralSource for SimulatedCpu {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> Result<Arc<[u8]>> {
        match item {
            CollateralItem::Dcap { tee, fmspc, ca: PckCa::Platform } if *fmspc == FMSPC => {
                Ok(self.collateral(*tee)?.as_bytes().into())
            }
            other => Err(unavailable(other, "not of this simulated CPU")),
        }
    }

    fn generation(&self) -> u64 {
        self.0.current.lock().generation
    }
}

impl fmt::Debug for SimulatedCpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimulatedCpu").field(&Fingerprint::of(self.root_der())).finish()
    }
}

/// Whether collateral is good for a while yet, so that a report with it is too.
fn is_fresh(window: &Range<SystemTime>, now: SystemTime) -> bool {
    window.start <= now && now + RENEWAL <= window.end
}

fn check_status(status: TcbStatus) -> Result<()> {
    match status {
        TcbStatus::UpToDate
        | TcbStatus::SwHardeningNeeded
        | TcbStatus::ConfigurationNeeded
        | TcbStatus::ConfigurationAndSwHardeningNeeded
        | TcbStatus::OutOfDate
        | TcbStatus::OutOfDateConfigurationNeeded
        | TcbStatus::BelowAllLevels
        | TcbStatus::Revoked => Ok(()),
        _ => Err(malformed(
            "TCB status of a simulated CPU",
            format!("an SGX platform is never {status}"),
        )),
    }
}

/// The state as it is written; times in seconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateFile {
    tcb_status: String,
    advisory_ids: Vec<String>,
    pck_revoked: bool,
    /// Absent from the files of earlier versions, as are the next two.
    #[serde(default)]
    qe_status: Option<String>,
    #[serde(default)]
    tcb_info_version: Option<u8>,
    /// Of TCB info and QE identity, and those that are listed.
    #[serde(default)]
    evaluation_numbers: Option<(u32, u32, Vec<u32>)>,
    collateral_window: Option<(u64, u64)>,
}

impl State {
    fn read(directory: &Directory) -> Result<Self> {
        let text = directory.read_text(STATE)?;
        let file: StateFile =
            serde_json::from_str(&text).map_err(|error| directory.damaged(STATE, error))?;
        let tcb_status = file.tcb_status.parse()?;
        let qe_status = file.qe_status.map_or(Ok(TcbStatus::UpToDate), |name| name.parse())?;
        Ok(Self {
            known: Knowledge {
                tcb_status,
                advisory_ids: file.advisory_ids,
                pck_revoked: file.pck_revoked,
                qe_status,
                tcb_info_version: file.tcb_info_version.unwrap_or(3),
                evaluation: file.evaluation_numbers.map_or_else(
                    EvaluationNumbers::default,
                    |(tcb_info, qe_identity, listed)| EvaluationNumbers {
                        tcb_info,
                        qe_identity,
                        listed,
                    },
                ),
            },
            window: file
                .collateral_window
                .map(|(from, until)| from_unix_seconds(from)..from_unix_seconds(until)),
        })
    }

    fn write(&self, directory: &Directory) -> Result<()> {
        let seconds = |window: &Range<SystemTime>| {
            Ok::<_, Error>((unix_seconds(window.start)?, unix_seconds(window.end)?))
        };
        let file = StateFile {
            tcb_status: self.known.tcb_status.as_str().into(),
            advisory_ids: self.known.advisory_ids.clone(),
            pck_revoked: self.known.pck_revoked,
            qe_status: Some(self.known.qe_status.as_str().into()),
            tcb_info_version: Some(self.known.tcb_info_version),
            evaluation_numbers: {
                let EvaluationNumbers { tcb_info, qe_identity, listed } = &self.known.evaluation;
                Some((*tcb_info, *qe_identity, listed.clone()))
            },
            collateral_window: self.window.as_ref().map(seconds).transpose()?,
        };
        let text =
            serde_json::to_string_pretty(&file).map_err(|error| directory.damaged(STATE, error))?;
        directory.write_public(STATE, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collateral_is_renewed_at_half_time() {
        let day = Duration::from_secs(24 * 3600);
        let issued = SystemTime::now();
        let window = collateral::window_from(issued);
        assert!(is_fresh(&window, issued));
        assert!(is_fresh(&window, issued + 15 * day));
        assert!(!is_fresh(&window, issued + 15 * day + Duration::from_secs(1)));
        assert!(!is_fresh(&window, issued - day), "the clock went back");
    }
}
