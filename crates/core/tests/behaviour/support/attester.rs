//! An attester that is told to fail, or to take its time.

use std::{
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use aecs_attest::{Attester, Error, Platform, ReportRequest};
use aecs_proto::UnifiedAttestationAuthReport;
use aecs_sim::SimulatedEnclave;

use super::{World, server_enclave};

/// A test that fails must end.
const AT_MOST: Duration = Duration::from_secs(30);

/// Makes the reports of [`server_enclave`], when it may.
pub(crate) struct SlowAttester {
    enclave: SimulatedEnclave,
    failing: AtomicBool,
    held: Mutex<bool>,
    released: Condvar,
    made: AtomicUsize,
}

impl SlowAttester {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            enclave: world.cpu.enclave(server_enclave()),
            failing: AtomicBool::new(false),
            held: Mutex::new(false),
            released: Condvar::new(),
            made: AtomicUsize::new(0),
        }
    }

    pub(crate) fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }

    /// From now on nobody gets a report; or everybody who waits does.
    pub(crate) fn hold(&self, held: bool) {
        *self.held.lock().unwrap() = held;
        self.released.notify_all();
    }

    /// How many reports were asked for.
    pub(crate) fn made(&self) -> usize {
        self.made.load(Ordering::SeqCst)
    }
}

impl Attester for SlowAttester {
    fn platform(&self) -> Platform {
        self.enclave.platform()
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport, Error> {
        self.made.fetch_add(1, Ordering::SeqCst);
        let held = self.held.lock().unwrap();
        drop(self.released.wait_timeout_while(held, AT_MOST, |held| *held).unwrap());
        if self.failing.load(Ordering::SeqCst) {
            return Err(Error::NoCollateral);
        }
        self.enclave.attest(request)
    }
}
