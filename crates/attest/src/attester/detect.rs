//! Which TEE this program runs in.
//!
//! Looked for from the inside out: a library OS answers for its enclave before the machine around
//! it is asked. What is there but does not answer is not taken for what it seems, and the search
//! goes on; in the end the error tells everything that was seen on the way.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::gramine;
use super::tsm::{Provider, REPORTS, Tsm};
use crate::error::{Causes, Error, Result};
use crate::machine::Machine;
use crate::machine::device::{OCCLUM, SEV_GUEST, patiently};
use crate::tee::Tee;

/// What the search came across.
struct Search<'a> {
    machine: &'a dyn Machine,
    seen: String,
}

/// The TEE that is there.
pub(super) fn detect(machine: &dyn Machine) -> Result<Tee> {
    let mut search = Search { machine, seen: String::new() };
    search.run().ok_or_else(|| search.failed(None))
}

/// The TEE that was asked for, if it is there.
pub(super) fn require(machine: &dyn Machine, tee: Tee) -> Result<Tee> {
    let mut search = Search { machine, seen: String::new() };
    let found = match tee {
        Tee::Gramine => search.gramine(),
        Tee::Occlum => search.occlum(),
        Tee::SevSnp => search.tsm(tee) || search.sev_guest(),
        Tee::Tdx | Tee::Cca => search.tsm(tee),
    };
    if found { Ok(tee) } else { Err(search.failed(Some(tee))) }
}

/// Whether there is a file of a library OS, or something that may be one and cannot be looked at.
pub(super) fn may_be_library_os(machine: &dyn Machine) -> bool {
    let files = [gramine::ATTESTATION_TYPE, gramine::USER_REPORT_DATA, gramine::QUOTE, OCCLUM];
    files.iter().any(|path| !matches!(machine.exists(Path::new(path)), Ok(false)))
}

/// Whether an SEV-SNP guest has the kernel's common interface.
pub(super) fn snp_has_tsm(machine: &dyn Machine) -> bool {
    matches!(Tsm(machine).provider(), Ok(Provider::SevSnp))
}

impl Search<'_> {
    fn run(&mut self) -> Option<Tee> {
        if self.gramine() {
            return Some(Tee::Gramine);
        }
        if self.occlum() {
            return Some(Tee::Occlum);
        }
        self.provider().or_else(|| self.sev_guest().then_some(Tee::SevSnp))
    }

    fn gramine(&mut self) -> bool {
        self.file(gramine::ATTESTATION_TYPE)
    }

    /// The name alone proves nothing: it is that of an old driver of the host, too.
    fn occlum(&mut self) -> bool {
        if !self.file(OCCLUM) {
            return false;
        }
        let size = patiently(|| self.machine.occlum_quote_size(Path::new(OCCLUM)));
        match size {
            Ok(_) => true,
            Err(error) => {
                self.saw(OCCLUM, format_args!("not Occlum's: {error}"));
                false
            }
        }
    }

    fn tsm(&mut self, wanted: Tee) -> bool {
        match self.provider() {
            Some(found) if found == wanted => true,
            Some(found) => {
                self.saw(REPORTS, format_args!("it is that of {found}"));
                false
            }
            None => false,
        }
    }

    fn provider(&mut self) -> Option<Tee> {
        if !self.file(REPORTS) {
            return None;
        }
        match Tsm(self.machine).provider() {
            Ok(Provider::Tdx) => Some(Tee::Tdx),
            Ok(Provider::SevSnp) => Some(Tee::SevSnp),
            Ok(Provider::Cca) => Some(Tee::Cca),
            Err(error) => {
                self.saw(REPORTS, format_args!("{}", Causes(&error)));
                None
            }
        }
    }

    fn sev_guest(&mut self) -> bool {
        self.file(SEV_GUEST)
    }

    /// Whether there is something at a path; what there is instead is noted.
    fn file(&mut self, path: &str) -> bool {
        match self.machine.exists(Path::new(path)) {
            Ok(true) => true,
            Ok(false) => {
                self.saw(path, format_args!("{}", io::ErrorKind::NotFound));
                false
            }
            Err(error) => {
                self.saw(path, format_args!("{error}"));
                false
            }
        }
    }

    fn saw(&mut self, path: &str, what: std::fmt::Arguments<'_>) {
        let separator = if self.seen.is_empty() { "" } else { "; " };
        // Writing to a string does not fail.
        let _ = write!(self.seen, "{separator}{path}: {what}");
    }

    fn failed(self, wanted: Option<Tee>) -> Error {
        Error::NoTee { wanted, seen: self.seen }
    }
}
