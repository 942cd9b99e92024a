//! A machine whose TEE devices are played: what a library OS or a kernel shows its programs, over
//! evidence that somebody else makes.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::quote::{BODY_LEN, HEADER_LEN};
use aecs_attest::{Machine, Tee};
use aecs_crypto::Transcript;
use aecs_ioctl::occlum;
use aecs_ioctl::sev_guest::{Failure, KEY_RESPONSE, KeyRequest, REPORT_RESPONSE};
use parking_lot::Mutex;

const TSM: &str = "/sys/kernel/config/tsm/report";
const GRAMINE: &str = "/dev/attestation";
const OCCLUM: &str = "/dev/sgx";
const SEV_GUEST: &str = "/dev/sev-guest";
/// Where a processor's report says who an enclave is (Intel SDM, "REPORT").
const MRENCLAVE: Range<usize> = 64..96;
const MRSIGNER: Range<usize> = 128..160;
const ISV_PROD_ID: Range<usize> = 256..258;
const ISV_SVN: Range<usize> = 258..260;
/// Where the launch measurement is in a report of SEV-SNP.
const LAUNCH_MEASUREMENT: Range<usize> = 0x90..0xC0;
/// The firmware's answer to a request that asks for too much.
const INVALID_PARAMETERS: u32 = 0x16;

type Evidence = Box<dyn Fn(&[u8; 64]) -> Vec<u8> + Send + Sync>;

/// The devices of one TEE on a machine in software.
///
/// ```
/// use std::sync::Arc;
///
/// use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu, SimulatedMachine};
/// use aecs_attest::{Host, Tee};
///
/// let dir = tempfile::tempdir()?;
/// let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default())?;
/// let enclave = cpu.enclave(EnclaveIdentity::default());
/// let machine = SimulatedMachine::new(Tee::Gramine, move |data| enclave.quote(*data).unwrap());
/// assert_eq!(Host::on(Arc::new(machine)).detect()?, Tee::Gramine);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SimulatedMachine {
    tee: Tee,
    evidence: Evidence,
    certificates: Vec<u8>,
    secret: Vec<u8>,
    tsm: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What was last written to Gramine's file.
    report_data: Vec<u8>,
    requests: HashMap<PathBuf, Request>,
}

/// A folder of the kernel's common interface.
#[derive(Default)]
struct Request {
    generation: u64,
    input: Vec<u8>,
}

impl SimulatedMachine {
    /// A machine with this TEE, whose evidence over given report data comes from a function.
    pub fn new(tee: Tee, evidence: impl Fn(&[u8; 64]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self {
            tee,
            evidence: Box::new(evidence),
            certificates: Vec::new(),
            secret: b"a simulated machine".to_vec(),
            tsm: true,
            state: Mutex::default(),
        }
    }

    /// What the host has beside an SEV-SNP report: a table of certificates.
    #[must_use]
    pub fn certificates(mut self, table: impl Into<Vec<u8>>) -> Self {
        self.certificates = table.into();
        self
    }

    /// What the sealing keys of this machine and its code follow from.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = secret.into();
        self
    }

    /// An SEV-SNP guest with a kernel from before the common interface.
    #[must_use]
    pub fn without_tsm(mut self) -> Self {
        self.tsm = false;
        self
    }

    fn has_tsm(&self) -> bool {
        self.tsm && matches!(self.tee, Tee::Tdx | Tee::SevSnp | Tee::Cca)
    }

    fn provider(&self) -> &'static str {
        match self.tee {
            Tee::Tdx => "tdx_guest",
            Tee::SevSnp => "sev_guest",
            _ => "arm_cca_guest",
        }
    }

    fn evidence(&self, report_data: &[u8]) -> io::Result<Vec<u8>> {
        let data = report_data.try_into().map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
        Ok((self.evidence)(data))
    }

    /// A key of this machine; `bytes` of it.
    fn key(&self, of: &[u8], bytes: usize) -> Vec<u8> {
        let key = Transcript::new("simulated machine").field(&self.secret).field(of).sha256();
        key.get(..bytes).unwrap_or_default().to_vec()
    }

    fn gramine(&self, name: &str) -> io::Result<Vec<u8>> {
        match name {
            "attestation_type" => Ok(b"dcap".to_vec()),
            "quote" => self.evidence(&self.state.lock().report_data),
            "my_target_info" => Ok(vec![0; 512]),
            "report" => {
                let mut report = vec![0; occlum::REPORT];
                self.own_report(&mut report)?;
                Ok(report)
            }
            "keys/_sgx_mrenclave" => self.sealing_key(&[MRENCLAVE, ISV_SVN]),
            "keys/_sgx_mrsigner" => self.sealing_key(&[MRSIGNER, ISV_PROD_ID, ISV_SVN]),
            _ => Err(ErrorKind::NotFound.into()),
        }
    }

    /// A key of this machine that follows from these parts of its enclave's report.
    fn sealing_key(&self, parts: &[Range<usize>]) -> io::Result<Vec<u8>> {
        let mut report = vec![0; occlum::REPORT];
        self.own_report(&mut report)?;
        let named = parts.iter().map(|part| (part.start, report.get(part.clone())));
        Ok(self.key(format!("{:?}", named.collect::<Vec<_>>()).as_bytes(), 16))
    }

    /// A processor's report: what is in a quote.
    fn own_report(&self, report: &mut [u8]) -> io::Result<()> {
        let quote = (self.evidence)(&[0; 64]);
        let body = quote.get(HEADER_LEN..HEADER_LEN + BODY_LEN).ok_or(ErrorKind::InvalidData)?;
        report.iter_mut().zip(body).for_each(|(byte, value)| *byte = *value);
        Ok(())
    }

    fn attribute(&self, folder: &Path, name: &str) -> io::Result<Vec<u8>> {
        let state = self.state.lock();
        let request = state.requests.get(folder).ok_or(ErrorKind::NotFound)?;
        match name {
            "provider" => Ok(format!("{}\n", self.provider()).into_bytes()),
            "generation" => Ok(format!("{}\n", request.generation).into_bytes()),
            "outblob" => self.evidence(&request.input),
            "auxblob" if self.tee == Tee::SevSnp => Ok(self.certificates.clone()),
            _ => Err(ErrorKind::NotFound.into()),
        }
    }
}

impl Machine for SimulatedMachine {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let mut content = match (path.strip_prefix(GRAMINE), path.parent(), path.file_name()) {
            (Ok(name), ..) if self.tee == Tee::Gramine => self.gramine(&name.to_string_lossy())?,
            (_, Some(folder), Some(name)) if self.has_tsm() => {
                self.attribute(folder, &name.to_string_lossy())?
            }
            _ => return Err(ErrorKind::NotFound.into()),
        };
        content.truncate(limit.saturating_add(1));
        Ok(content)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock();
        if self.tee == Tee::Gramine && path == Path::new(GRAMINE).join("user_report_data") {
            state.report_data = content.to_vec();
            return Ok(());
        }
        if self.tee == Tee::Gramine && path == Path::new(GRAMINE).join("target_info") {
            return Ok(());
        }
        let request = path.parent().and_then(|folder| state.requests.get_mut(folder));
        let request = request.ok_or(ErrorKind::NotFound)?;
        if path.file_name().is_some_and(|name| name == "inblob") {
            request.input = content.to_vec();
            request.generation += 1;
            return Ok(());
        }
        Err(ErrorKind::NotFound.into())
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        if !self.has_tsm() || path.parent() != Some(Path::new(TSM)) {
            return Err(ErrorKind::NotFound.into());
        }
        match self.state.lock().requests.insert(path.to_owned(), Request::default()) {
            None => Ok(()),
            Some(_) => Err(ErrorKind::AlreadyExists.into()),
        }
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.state.lock().requests.remove(path).map(drop).ok_or(ErrorKind::NotFound.into())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(match path.to_str() {
            Some(TSM) => self.has_tsm(),
            Some(OCCLUM) => self.tee == Tee::Occlum,
            Some(SEV_GUEST) => self.tee == Tee::SevSnp,
            _ => self.read(path, 0).is_ok(),
        })
    }

    fn occlum_report(&self, device: &Path, report: &mut [u8; occlum::REPORT]) -> io::Result<()> {
        self.occlum_quote_size(device)?;
        report.fill(0);
        self.own_report(report)
    }

    fn occlum_quote_size(&self, device: &Path) -> io::Result<u32> {
        if self.tee != Tee::Occlum || device != Path::new(OCCLUM) {
            return Err(ErrorKind::NotFound.into());
        }
        u32::try_from((self.evidence)(&[0; 64]).len()).map_err(io::Error::other)
    }

    fn occlum_quote(
        &self,
        device: &Path,
        report_data: &[u8; 64],
        quote: &mut [u8],
    ) -> io::Result<usize> {
        self.occlum_quote_size(device)?;
        let made = (self.evidence)(report_data);
        let buffer = quote.get_mut(..made.len()).ok_or(ErrorKind::InvalidInput)?;
        buffer.copy_from_slice(&made);
        Ok(made.len())
    }

    fn occlum_key(
        &self,
        device: &Path,
        request: &occlum::KeyRequest,
        key: &mut [u8; occlum::KEY],
    ) -> io::Result<()> {
        self.occlum_quote_size(device)?;
        let quote = (self.evidence)(&[0; 64]);
        let own_svn = quote.get(48 + 258..).and_then(<[u8]>::first_chunk).copied();
        if request.isv_svn > own_svn.map_or(0, u16::from_le_bytes) {
            return Err(ErrorKind::InvalidInput.into());
        }
        let made = self.key(format!("{request:?}").as_bytes(), occlum::KEY);
        key.copy_from_slice(&made);
        Ok(())
    }

    fn snp_report(
        &self,
        device: &Path,
        report_data: &[u8; 64],
        _vmpl: u32,
        response: &mut [u8; REPORT_RESPONSE],
        certificates: Option<&mut [u8]>,
    ) -> Result<(), Failure> {
        self.require_sev_guest(device)?;
        if let Some(buffer) = certificates {
            let Some(buffer) = buffer.get_mut(..self.certificates.len()) else {
                return Err(Failure {
                    source: io::Error::other("no space for the certificates"),
                    firmware: 0,
                    hypervisor: Failure::NO_SPACE,
                    certificates_len: u32::try_from(self.certificates.len()).unwrap_or(u32::MAX),
                });
            };
            buffer.copy_from_slice(&self.certificates);
        }
        let report = (self.evidence)(report_data);
        let len = u32::try_from(report.len()).unwrap_or(u32::MAX).to_le_bytes();
        let message = [[0; 4].as_slice(), &len, &[0; 24], &report].concat();
        response.fill(0);
        response.iter_mut().zip(message).for_each(|(byte, value)| *byte = value);
        Ok(())
    }

    fn snp_key(
        &self,
        device: &Path,
        request: &KeyRequest,
        response: &mut [u8; KEY_RESPONSE],
    ) -> Result<(), Failure> {
        self.require_sev_guest(device)?;
        let report = (self.evidence)(&[0; 64]);
        let own_svn = report.get(0x04..).and_then(<[u8]>::first_chunk).copied();
        let own_tcb = report.get(0x1E0..).and_then(<[u8]>::first_chunk).copied();
        let allowed = request.guest_svn <= own_svn.map_or(0, u32::from_le_bytes)
            && request.tcb_version <= own_tcb.map_or(0, u64::from_le_bytes);
        let status = if allowed { 0 } else { INVALID_PARAMETERS };
        let mut message = [u32::to_le_bytes(status).as_slice(), &[0; 28]].concat();
        if allowed {
            let measurement = report.get(LAUNCH_MEASUREMENT);
            message.extend(self.key(format!("{request:?} {measurement:?}").as_bytes(), 32));
        }
        response.fill(0);
        response.iter_mut().zip(message).for_each(|(byte, value)| *byte = value);
        Ok(())
    }
}

impl SimulatedMachine {
    fn require_sev_guest(&self, device: &Path) -> Result<(), Failure> {
        if self.tee == Tee::SevSnp && device == Path::new(SEV_GUEST) {
            return Ok(());
        }
        let source = ErrorKind::NotFound.into();
        Err(Failure { source, firmware: 0, hypervisor: 0, certificates_len: 0 })
    }
}

impl fmt::Debug for SimulatedMachine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedMachine").field("tee", &self.tee).finish_non_exhaustive()
    }
}
