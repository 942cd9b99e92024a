//! SGX under Occlum: requests to `/dev/sgx` (see [`aecs_ioctl::occlum`]).

use std::io;
use std::path::Path;
use std::sync::Arc;

use aecs_proto::UnifiedAttestationAuthReport;

use super::endorse::{Endorser, OwnQuote};
use super::opened::{Opened, no_sealing};
use crate::collateral::IntelTee;
use crate::error::{Error, Result, limit};
use crate::limits;
use crate::machine::Machine;
use crate::machine::device::{OCCLUM, ReportData, device, patiently};
use crate::platform::Platform;
use crate::report::{Attester, ReportRequest};
use crate::sealing::{self, SealingRules};
use crate::tee::Tee;

pub(super) fn open(
    machine: Arc<dyn Machine>,
    endorser: Endorser,
    rules: Option<&SealingRules>,
) -> Opened {
    let sealing =
        rules.map_or_else(no_sealing, |rules| sealing::occlum::open(Arc::clone(&machine), rules));
    Opened { tee: Tee::Occlum, attester: Arc::new(Occlum { machine, endorser }), sealing }
}

struct Occlum {
    machine: Arc<dyn Machine>,
    endorser: Endorser,
}

impl Attester for Occlum {
    fn platform(&self) -> Platform {
        Platform::SgxDcap
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let quote = self.quote(&request.report_data().to_bytes())?;
        self.endorser.sgx(&quote, request)
    }
}

impl Occlum {
    fn quote(&self, data: &ReportData) -> Result<OwnQuote> {
        let path = Path::new(OCCLUM);
        let failed = |error: io::Error| device(path, error);
        let size = patiently(|| self.machine.occlum_quote_size(path)).map_err(failed)?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > limits::QUOTE {
            return Err(Error::TooLarge { what: "quote", actual: size, limit: limits::QUOTE });
        }
        let mut quote = vec![0; size];
        let len = patiently(|| self.machine.occlum_quote(path, data, &mut quote));
        let len = len.map_err(failed)?;
        // What is said to be left in the buffer was never written.
        if len > quote.len() {
            return Err(Error::malformed(
                "quote",
                "the device reports a size larger than the buffer",
            ));
        }
        quote.truncate(len);
        limit("quote", &quote, limits::QUOTE)?;
        trim(&mut quote);
        OwnQuote::check(IntelTee::Sgx, data, quote)
    }
}

/// Cuts the zeros off that fill a buffer which was larger than the quote, and nothing else.
fn trim(quote: &mut Vec<u8>) {
    /// Where a quote says how long its signature section is, which follows.
    const SIGNATURE_LEN: usize = 432;
    let len = quote.get(SIGNATURE_LEN..).and_then(<[u8]>::first_chunk);
    let Some(len) = len.and_then(|len| usize::try_from(u32::from_le_bytes(*len)).ok()) else {
        return;
    };
    let end = len.saturating_add(SIGNATURE_LEN + 4);
    if quote.get(end..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0)) {
        quote.truncate(end);
    }
}
