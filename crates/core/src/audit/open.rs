//! The entry of a call that is under way.

use aecs_proto::{Caller, Effect, Function};
use parking_lot::Mutex;
use std::sync::Arc;

use super::{AuditEntry, Ledger, Room, vault};
use crate::error::Error;

/// What a call must leave in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It changes something: its entry goes into the commit as well.
    Act,
    /// A secret leaves: its entry is written before the answer.
    Release,
    /// Anything else; not being able to record it is told by the next entry.
    Look,
}

impl Weight {
    pub(crate) fn of(function: Function) -> Self {
        match (function.effect(), function.caller()) {
            (Effect::Write, _) => Self::Act,
            (Effect::Read, Caller::TrustedApplication) => Self::Release,
            // What it decrypts and derives is as secret.
            (Effect::Read, _) if function == Function::UseSecret => Self::Release,
            (Effect::Read, _) => Self::Look,
        }
    }
}

/// The entry of a call that is under way. Written by [`OpenEntry::conclude`], or when it is
/// dropped.
pub(crate) struct OpenEntry {
    ledger: Arc<Ledger>,
    weight: Weight,
    entry: Mutex<Option<AuditEntry>>,
}

impl OpenEntry {
    pub(super) fn new(ledger: Arc<Ledger>, weight: Weight, entry: AuditEntry) -> Self {
        Self { ledger, weight, entry: Mutex::new(Some(entry)) }
    }

    /// Refuses a call whose entry could not be written.
    pub(crate) fn reserve(&self) -> Result<(), Error> {
        match self.weight {
            Weight::Act => self.ledger.reserve(Room::Reserved),
            Weight::Release => self.ledger.reserve(Room::Free),
            Weight::Look => Ok(()),
        }
    }

    /// Notes something in it.
    pub(crate) fn note(&self, note: impl FnOnce(&mut AuditEntry)) {
        if let Some(entry) = self.entry.lock().as_mut() {
            note(entry);
        }
    }

    /// Leaves no entry: nothing was let out, changed or refused.
    pub(crate) fn forget(&self) {
        self.entry.lock().take();
    }

    /// The entry as the commit of an act carries it, in JSON: that it is made is what the commit
    /// says.
    pub(crate) fn committed(&self) -> Option<String> {
        if self.weight != Weight::Act {
            return None;
        }
        let entry = self.entry.lock().clone()?;
        Some(vault::note(&self.ledger.named(AuditEntry { result: "ok".into(), ..entry })))
    }

    /// Writes it.
    ///
    /// # Errors
    /// A release cannot be recorded, and must not happen.
    pub(crate) fn conclude(&self, result: Result<(), &Error>) -> Result<(), Error> {
        let Some(mut entry) = self.entry.lock().take() else { return Ok(()) };
        entry.conclude(result);
        match (result, self.weight) {
            (Err(_), Weight::Act) => self.ledger.failed_act(entry),
            (Err(_), _) => self.ledger.refusal(entry),
            (Ok(()), Weight::Act) => self.ledger.act(entry),
            (Ok(()), Weight::Release) => return self.ledger.release(entry),
            (Ok(()), Weight::Look) => drop(self.ledger.release(entry)),
        }
        Ok(())
    }
}

/// Runs while a caller goes away, perhaps during a panic: it touches neither file nor log.
impl Drop for OpenEntry {
    fn drop(&mut self) {
        if let Some(mut entry) = self.entry.lock().take() {
            entry.result = "interrupted".into();
            self.ledger.queue(entry);
        }
    }
}
