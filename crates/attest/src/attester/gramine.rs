//! SGX under Gramine: a few files in `/dev/attestation` (Gramine, "Attestation and Secret
//! Provisioning", and `libos/src/fs/dev/attestation.c`).

use std::path::Path;
use std::sync::Arc;

use aecs_proto::UnifiedAttestationAuthReport;
use parking_lot::Mutex;

use super::endorse::{Endorser, OwnQuote};
use super::opened::{Opened, no_sealing};
use crate::collateral::IntelTee;
use crate::error::{Error, Result};
use crate::limits;
use crate::machine::Machine;
use crate::machine::device::{ATTEMPTS, DeviceFile, ReportData};
use crate::platform::Platform;
use crate::report::{Attester, ReportRequest};
use crate::sealing::{self, SealingRules};
use crate::tee::Tee;

/// Says which attestation the enclave was built for.
pub(super) const ATTESTATION_TYPE: &str = "/dev/attestation/attestation_type";
pub(super) const USER_REPORT_DATA: &str = "/dev/attestation/user_report_data";
pub(super) const QUOTE: &str = "/dev/attestation/quote";

/// The two files are one for all threads of the enclave.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub(super) fn open(
    machine: Arc<dyn Machine>,
    endorser: Endorser,
    rules: Option<&SealingRules>,
) -> Result<Opened> {
    let file = DeviceFile { machine: machine.as_ref(), path: Path::new(ATTESTATION_TYPE) };
    let kind = file.read_text("Gramine's attestation type")?;
    if kind != "dcap" {
        let what = format!(
            "attestation type {kind:?} of Gramine (the manifest needs sgx.remote_attestation = \
             \"dcap\")"
        );
        return Err(Error::Unsupported { what });
    }
    let sealing = rules.map_or_else(no_sealing, |rules| sealing::gramine::open(&machine, rules));
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
        self.endorser.sgx(&quote, request)
    }
}

impl Gramine {
    /// A quote over `data`. Another process of the enclave may write its own report data between
    /// the two steps: then the quote is about that, and is asked for again.
    fn quote(&self, data: &ReportData) -> Result<OwnQuote> {
        let _guard = ONE_AT_A_TIME.lock();
        for _ in 1..ATTEMPTS {
            match OwnQuote::check(IntelTee::Sgx, data, self.try_quote(data)?) {
                Err(Error::Mismatch { .. }) => {}
                checked => return checked,
            }
        }
        OwnQuote::check(IntelTee::Sgx, data, self.try_quote(data)?)
    }

    fn try_quote(&self, data: &ReportData) -> Result<Vec<u8>> {
        let file = |path| DeviceFile { machine: self.machine.as_ref(), path: Path::new(path) };
        file(USER_REPORT_DATA).write(data)?;
        file(QUOTE).read("quote", limits::QUOTE)
    }
}
