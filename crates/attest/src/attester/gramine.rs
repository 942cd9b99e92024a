//! SGX under Gramine: a few files in `/dev/attestation` (Gramine, "Attestation and Secret
//! Provisioning", and `libos/src/fs/dev/attestation.c`).

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aecs_proto::UnifiedAttestationAuthReport;

use super::device::{ATTEMPTS, DeviceFile, ReportData, check_report_data};
use super::endorse::Endorser;
use super::machine::Machine;
use super::{Opened, Tee};
use crate::error::{Error, Result};
use crate::limits;
use crate::platform::Platform;
use crate::platform::sgx::Quote;
use crate::report::{Attester, ReportRequest};
use crate::sealing;

/// Says which attestation the enclave was built for.
pub(super) const ATTESTATION_TYPE: &str = "/dev/attestation/attestation_type";
const USER_REPORT_DATA: &str = "/dev/attestation/user_report_data";
const QUOTE: &str = "/dev/attestation/quote";

/// The two files are one for all threads of the enclave.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub(super) fn open(machine: Arc<dyn Machine>, endorser: Endorser) -> Result<Opened> {
    let file = DeviceFile { machine: machine.as_ref(), path: Path::new(ATTESTATION_TYPE) };
    let kind = file.read_text("Gramine's attestation type")?;
    if kind != "dcap" {
        let what = format!(
            "attestation type {kind:?} of Gramine (the manifest needs sgx.remote_attestation = \
             \"dcap\")"
        );
        return Err(Error::Unsupported { what });
    }
    let sealing = sealing::gramine::open(&machine);
    let attester = Arc::new(Gramine { machine, endorser });
    Ok(Opened { tee: Tee::Gramine, attester, sealing })
}

struct Gramine {
    machine: Arc<dyn Machine>,
    endorser: Endorser,
}

impl Attester for Gramine {
    fn platform(&self) -> Platform {
        Platform::SgxDcap
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let quote = self.quote(&request.report_data().to_bytes())?;
        self.endorser.dcap_report(Platform::SgxDcap, &quote, request)
    }
}

impl Gramine {
    /// A quote over `data`. Another process of the enclave may write its own report data between
    /// the two steps: then the quote is about that, and is asked for again.
    fn quote(&self, data: &ReportData) -> Result<Vec<u8>> {
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut attempt = 1;
        loop {
            let quote = self.try_quote(data)?;
            match check_quote(data, &quote) {
                Err(Error::Mismatch { .. }) if attempt < ATTEMPTS => attempt += 1,
                checked => return checked.map(|()| quote),
            }
        }
    }

    fn try_quote(&self, data: &ReportData) -> Result<Vec<u8>> {
        let file = |path| DeviceFile { machine: self.machine.as_ref(), path: Path::new(path) };
        file(USER_REPORT_DATA).write(data)?;
        file(QUOTE).read("quote", limits::QUOTE)
    }
}

/// Whether an SGX quote is about the report data that was asked for.
pub(super) fn check_quote(data: &ReportData, quote: &[u8]) -> Result<()> {
    check_report_data(data, &Quote::parse(quote)?.body.report_data.to_bytes())
}
