//! Trust domains of a simulated CPU.

use aecs_attest::{Attester, IntelTee, Platform, ReportRequest, ReportType, Result};
use aecs_proto::{IntelTdxReport, UnifiedAttestationAuthReport, json};
use aws_lc_rs::digest::{SHA384, digest};

use crate::cpu::SimulatedCpu;
use crate::text::to_base64;

/// Kinds of report in a quote of version 5.
const TDX_1_0: u16 = 2;
const TDX_1_5: u16 = 3;
const TDX_1_5_EX: u16 = 4;

pub(crate) fn sha384(data: &[u8]) -> [u8; 48] {
    let mut output = [0; 48];
    output.copy_from_slice(digest(&SHA384, data).as_ref());
    output
}

/// How a trust domain's quotes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TdQuoteFormat {
    /// Version 4, with a report of TDX 1.0.
    V4,
    /// Version 5, with a report of TDX 1.0.
    V5Tdx10,
    /// Version 5, with a report of TDX 1.5.
    V5Tdx15,
    /// Version 5, with a report of TDX 1.5 and its extensions.
    V5Tdx15Ex,
}

/// What a trust domain says it is, and what it runs on. In a simulation everybody may be anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TdIdentity {
    /// The layout of its quotes.
    pub format: TdQuoteFormat,
    /// Measurement of the initial memory.
    pub mrtd: [u8; 48],
    /// The registers that are extended while it boots and runs.
    pub rtmrs: [[u8; 48]; 4],
    /// What the owner stated when it was built.
    pub mrconfigid: [u8; 48],
    /// The owner.
    pub mrowner: [u8; 48],
    /// The owner's configuration.
    pub mrownerconfig: [u8; 48],
    /// The service trust domains bound to it; only in reports of TDX 1.5.
    pub mrservicetd: [u8; 48],
    /// The service trust domains bound to it now; only in the extensions.
    pub current_mrservicetd: [u8; 48],
    /// Bit 0 is debugging, bit 28 SEPT_VE_DISABLE, bit 29 migration.
    pub attributes: u64,
    /// Extended processor features that it may use.
    pub xfam: u64,
    /// Measurement of the TDX module.
    pub mrseam: [u8; 48],
    /// Signer of the TDX module; the simulated one has none.
    pub mrsignerseam: [u8; 48],
    /// Attributes of the TDX module; the simulated one has none.
    pub seam_attributes: u64,
    /// Security versions at launch: of the TDX module (5 is up to date, 4 out of date, 3 revoked),
    /// the TDX module's version (1), then of the platform (2 is up to date, 1 out of date).
    pub tcb: [u8; 16],
    /// The same now; only in reports of TDX 1.5.
    pub current_tcb: [u8; 16],
    /// The event log that its reports bring; empty for none.
    pub event_log: Vec<u8>,
}

impl Default for TdIdentity {
    /// Some machine on an up-to-date platform, not for debugging, without event log.
    fn default() -> Self {
        let tcb = [5, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Self {
            format: TdQuoteFormat::V4,
            mrtd: sha384(b"AECS simulated trust domain"),
            rtmrs: [sha384(b"firmware"), sha384(b"kernel"), sha384(b"program"), [0; 48]],
            mrconfigid: [0; 48],
            mrowner: [0; 48],
            mrownerconfig: [0; 48],
            mrservicetd: [0; 48],
            current_mrservicetd: [0; 48],
            attributes: 1 << 28,
            xfam: 0x0006_1AE7,
            mrseam: sha384(b"AECS simulated TDX module"),
            mrsignerseam: [0; 48],
            seam_attributes: 0,
            tcb,
            current_tcb: tcb,
            event_log: Vec::new(),
        }
    }
}

impl TdIdentity {
    /// The identity after these events: each names its register (0 to 3) and what is measured. The
    /// registers start from zero, and the log says what happened.
    #[must_use]
    pub fn with_events(mut self, events: &[(usize, &[u8])]) -> Self {
        self.rtmrs = [[0; 48]; 4];
        self.event_log = log_header();
        for (register, data) in events {
            let digest = sha384(data);
            if let Some(rtmr) = self.rtmrs.get_mut(*register) {
                *rtmr = sha384(&[rtmr.as_slice(), &digest].concat());
            }
            self.event_log.extend(log_event(*register, &digest, data));
        }
        self
    }

    fn of_tdx_1_5(&self) -> Vec<u8> {
        [self.current_tcb.as_slice(), &self.mrservicetd].concat()
    }

    /// The report, framed as the quote's version wants it.
    fn report(&self, report_data: [u8; 64]) -> (u16, Vec<u8>) {
        let mut report = Vec::with_capacity(900);
        report.extend(self.tcb);
        report.extend(self.mrseam);
        report.extend(self.mrsignerseam);
        report.extend(self.seam_attributes.to_le_bytes());
        report.extend(self.attributes.to_le_bytes());
        report.extend(self.xfam.to_le_bytes());
        report.extend(self.mrtd);
        report.extend(self.mrconfigid);
        report.extend(self.mrowner);
        report.extend(self.mrownerconfig);
        report.extend(self.rtmrs.concat());
        report.extend(report_data);
        let kind = match self.format {
            TdQuoteFormat::V4 => return (4, report),
            TdQuoteFormat::V5Tdx10 => TDX_1_0,
            TdQuoteFormat::V5Tdx15 => {
                report.extend(self.of_tdx_1_5());
                TDX_1_5
            }
            TdQuoteFormat::V5Tdx15Ex => {
                report.extend(self.of_tdx_1_5());
                let vm_id_and_devices = [0; 1 + 32 + 48];
                report.extend(vm_id_and_devices);
                report.extend(self.mrservicetd);
                let rest_of_the_launch = [0; 8 + 16 + 16 + 12];
                report.extend(rest_of_the_launch);
                report.extend(self.current_mrservicetd);
                report.extend([0; 8]);
                TDX_1_5_EX
            }
        };
        let len = u32::try_from(report.len()).unwrap_or(u32::MAX);
        (5, [&kind.to_le_bytes(), len.to_le_bytes().as_slice(), &report].concat())
    }
}

/// The first event of a log: SHA-384 is the only algorithm.
fn log_header() -> Vec<u8> {
    let mut spec = b"Spec ID Event03\0".to_vec();
    spec.extend([0, 0, 0, 0]);
    spec.extend([0, 2, 0, 2]);
    spec.extend(1_u32.to_le_bytes());
    spec.extend([0x0C, 0x00, 48, 0, 0]);
    let mut event = 0_u32.to_le_bytes().to_vec();
    event.extend(3_u32.to_le_bytes());
    event.extend([0; 20]);
    event.extend(u32::try_from(spec.len()).unwrap_or_default().to_le_bytes());
    event.extend(spec);
    event
}

/// An event of the kind that firmware uses for what is neither code nor configuration.
fn log_event(register: usize, digest: &[u8; 48], data: &[u8]) -> Vec<u8> {
    const EV_EVENT_TAG: u32 = 6;
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    let mut event = number(register + 1).to_vec();
    event.extend(EV_EVENT_TAG.to_le_bytes());
    event.extend(1_u32.to_le_bytes());
    event.extend([0x0C, 0x00]);
    event.extend(digest);
    event.extend(number(data.len()));
    event.extend(data);
    event
}

/// A trust domain on a simulated CPU: makes reports. It cannot seal, as real ones cannot.
///
/// ```
/// use std::time::SystemTime;
///
/// use aecs_sim::{CpuOptions, SimulatedCpu, TdIdentity};
/// use aecs_attest::{Attester, ReportRequest, UserData, Verifier};
/// use aecs_crypto::{KeyPair, Suite};
///
/// let dir = tempfile::tempdir()?;
/// let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default())?;
/// let machine = cpu.trust_domain(TdIdentity::default().with_events(&[(0, b"firmware")]));
/// let key = KeyPair::generate(Suite::Modern)?;
/// let report = machine.attest(&ReportRequest::passport(UserData([1; 32]), key.public()))?;
///
/// let verifier = Verifier::builder().simulated_root(cpu.root_der()).build()?;
/// let attributes = verifier.verify(&report, SystemTime::now())?;
/// assert_eq!(attributes.as_proto().bool_event_log_verified, "true");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SimulatedTd {
    pub(crate) cpu: SimulatedCpu,
    pub(crate) identity: TdIdentity,
}

impl SimulatedCpu {
    /// A trust domain on this CPU.
    #[must_use]
    pub fn trust_domain(&self, identity: TdIdentity) -> SimulatedTd {
        SimulatedTd { cpu: self.clone(), identity }
    }
}

impl SimulatedTd {
    /// What the trust domain is.
    #[must_use]
    pub fn identity(&self) -> &TdIdentity {
        &self.identity
    }

    /// The CPU it runs on.
    #[must_use]
    pub fn cpu(&self) -> &SimulatedCpu {
        &self.cpu
    }

    /// A quote over report data, as the CPU gives it to a trust domain.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`](aecs_attest::Error::Malformed) when the quoting key cannot be used.
    pub fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>> {
        let (version, report) = self.identity.report(report_data);
        self.cpu.quote_report(version, &report)
    }

    /// A quote over report data, its collateral, and the event log.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`](aecs_attest::Error::Malformed) when keys cannot be used.
    pub fn evidence(&self, report_data: [u8; 64]) -> Result<IntelTdxReport> {
        Ok(IntelTdxReport {
            b64_quote: to_base64(&self.quote(report_data)?),
            json_collateral: self.cpu.collateral(IntelTee::Tdx)?.as_ref().to_owned(),
            b64_event_log: to_base64(&self.identity.event_log),
        })
    }

    /// A quote by a quoting enclave with other authentication data, for tests of verifiers.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`](aecs_attest::Error::Malformed) for more than 65535 bytes.
    pub fn quote_with_authentication_data(
        &self,
        report_data: [u8; 64],
        authentication_data: &[u8],
    ) -> Result<Vec<u8>> {
        let (version, report) = self.identity.report(report_data);
        let (quoting_enclave, pki) =
            self.cpu.other_quoting_enclave(IntelTee::Tdx, authentication_data)?;
        quoting_enclave.quote_report(pki, version, &report)
    }
}

impl Attester for SimulatedTd {
    fn platform(&self) -> Platform {
        Platform::Tdx
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let mut report = self.evidence(request.report_data().to_bytes())?;
        if request.report_type == ReportType::BackgroundCheck {
            report.json_collateral.clear();
        }
        Ok(request.answer(self.platform(), json::to_string(&report)))
    }
}
