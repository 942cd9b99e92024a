//! Making evidence: finds the TEE that this program runs in, and asks it for reports.
//!
//! A [`Host`] is the machine as the program sees it, with whatever makes Passports possible. It
//! finds out the [`Tee`] or is told, and [`Host::open`] gives an [`Attester`] and what is there to
//! seal with. All TEEs go the same way: 64 bytes of report data in, evidence out, and an attester
//! believes its device nothing: evidence over other report data than it asked for is refused, not
//! handed on.
//!
//! ```no_run
//! use aecs_attest::{ReportRequest, Host, UserData};
//! # fn example(key: &aecs_crypto::PublicKey) -> aecs_attest::Result<()> {
//! let opened = Host::new().open(None)?;
//! let report = opened.attester.attest(&ReportRequest::passport(UserData::default(), key))?;
//! # Ok(())
//! # }
//! ```

mod detect;
mod endorse;
mod gramine;
mod occlum;
mod opened;
mod sev_guest;
mod snp;
mod tsm;

use std::fmt;
use std::sync::Arc;

use crate::collateral::CollateralSource;
use crate::error::Result;
use crate::machine::{Linux, Machine};
use crate::sealing::SealingRules;
use crate::tee::Tee;
use endorse::Endorser;

pub use aecs_ioctl::{occlum as occlum_device, sev_guest as sev_guest_device};
pub use opened::Opened;

/// The machine that this program runs on, and where endorsements for its reports come from.
#[derive(Clone)]
pub struct Host {
    machine: Arc<dyn Machine>,
    collateral: Option<Arc<dyn CollateralSource>>,
    event_log: bool,
    sealing: Option<SealingRules>,
}

impl Host {
    /// This machine.
    #[must_use]
    pub fn new() -> Self {
        Self::on(Arc::new(Linux::default()))
    }

    /// Another machine: one in a folder, or one that a test plays.
    #[must_use]
    pub fn on(machine: Arc<dyn Machine>) -> Self {
        Self { machine, collateral: None, event_log: false, sealing: None }
    }

    /// Takes endorsements that evidence does not bring from here. Without this, Passports are
    /// made only where the TEE itself has the endorsements.
    #[must_use]
    pub fn collateral(mut self, source: Arc<dyn CollateralSource>) -> Self {
        self.collateral = Some(source);
        self
    }

    /// Adds the firmware's event log (CCEL) to TDX reports. A verifier replays it against the
    /// RTMRs: leave it off where the guest extends RTMRs without writing the log.
    #[must_use]
    pub fn event_log(mut self, wanted: bool) -> Self {
        self.event_log = wanted;
        self
    }

    /// Opens what there is to seal with, under these rules. Without this nothing is sealed.
    #[must_use]
    pub fn sealing(mut self, rules: SealingRules) -> Self {
        self.sealing = Some(rules);
        self
    }

    /// Finds out in which TEE this program runs. It is never a simulation: that one has to be
    /// asked for.
    ///
    /// # Errors
    ///
    /// [`Error::NoTee`](crate::Error::NoTee), which lists what was looked for and what was found
    /// instead.
    pub fn detect(&self) -> Result<Tee> {
        detect::detect(self.machine.as_ref())
    }

    /// Whether this program may run in the enclave of a library OS, whose environment is the host's: true
    /// also where a file has such a name and does not answer, as that of another SGX driver.
    #[must_use]
    pub fn may_be_library_os(&self) -> bool {
        detect::may_be_library_os(self.machine.as_ref())
    }

    /// Opens the given TEE, or the one that is there.
    ///
    /// # Errors
    ///
    /// [`Error::NoTee`](crate::Error::NoTee) if there is none, or not the given one;
    /// [`Error::Device`](crate::Error::Device) and others when it is there and does not answer as
    /// it should.
    pub fn open(&self, tee: Option<Tee>) -> Result<Opened> {
        let tee = match tee {
            Some(tee) => detect::require(self.machine.as_ref(), tee)?,
            None => self.detect()?,
        };
        let machine = Arc::clone(&self.machine);
        let endorser = Endorser::new(self.collateral.clone());
        match tee {
            Tee::Gramine => gramine::open(machine, endorser, self.sealing.as_ref()),
            Tee::Occlum => Ok(occlum::open(machine, endorser, self.sealing.as_ref())),
            Tee::Tdx => Ok(tsm::open_tdx(machine, endorser, self.event_log)),
            Tee::SevSnp => snp::open(machine, endorser, self.sealing.as_ref()),
            Tee::Cca => Ok(tsm::open_cca(machine)),
        }
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("event_log", &self.event_log).finish_non_exhaustive()
    }
}
