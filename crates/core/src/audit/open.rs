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

/// The entry of a call that is under way, or its entries: one for each of several objects. Written by
/// [`OpenEntry::conclude`], or when it is dropped.
pub(crate) struct OpenEntry {
    ledger: Arc<Ledger>,
    weight: Weight,
    entries: Mutex<Entries>,
}

struct Entries {
    /// What the call is about at present; none if it is written, or nothing is to be.
    current: Option<AuditEntry>,
    /// The entry of a call about several objects, as long as it is about none of them.
    of_none: Option<AuditEntry>,
    /// Of those objects of an act that were decided, and are not committed yet.
    decided: Vec<AuditEntry>,
}

impl OpenEntry {
    pub(super) fn new(ledger: Arc<Ledger>, weight: Weight, entry: AuditEntry) -> Self {
        let entries = Entries { current: Some(entry), of_none: None, decided: Vec::new() };
        Self { ledger, weight, entries: Mutex::new(entries) }
    }

    /// Refuses a call whose entry could not be written.
    pub(crate) fn reserve(&self) -> Result<(), Error> {
        self.reserve_for(1)
    }

    fn reserve_for(&self, entries: usize) -> Result<(), Error> {
        match self.weight {
            Weight::Act => self.ledger.reserve(Room::Reserved, entries),
            Weight::Release => self.ledger.reserve(Room::Free, entries),
            Weight::Look => Ok(()),
        }
    }

    /// Notes something in it.
    pub(crate) fn note(&self, note: impl FnOnce(&mut AuditEntry)) {
        if let Some(entry) = self.entries.lock().current.as_mut() {
            note(entry);
        }
    }

    /// Notes something in it, and in the entries of all objects that were decided.
    pub(crate) fn note_everywhere(&self, note: impl Fn(&mut AuditEntry)) {
        let Entries { current, decided, .. } = &mut *self.entries.lock();
        current.iter_mut().chain(decided).for_each(note);
    }

    /// Leaves no entry: nothing was let out, changed or refused.
    pub(crate) fn forget(&self) {
        self.entries.lock().current.take();
    }

    /// Makes it the entries of a call about `count` objects, or refuses a call whose entries could
    /// not all be written.
    pub(crate) fn of_several(&self, count: usize) -> Result<(), Error> {
        self.reserve_for(count)?;
        let entries = &mut *self.entries.lock();
        entries.of_none.clone_from(&entries.current);
        Ok(())
    }

    /// Of an act on several objects: what becomes of the present one is decided, and the next one
    /// comes. It is written when all are committed.
    pub(crate) fn decided(&self) {
        let entries = &mut *self.entries.lock();
        let entry = entries.current.take();
        entries.decided.extend(entry);
        entries.current.clone_from(&entries.of_none);
    }

    /// What was decided is not done.
    pub(crate) fn undecided(&self) {
        self.entries.lock().decided.clear();
    }

    /// Of reading several objects: writes the entry of the present one, and the next one comes.
    ///
    /// # Errors
    /// As [`OpenEntry::conclude`].
    pub(crate) fn conclude_one(&self, result: Result<(), &Error>) -> Result<(), Error> {
        let entry = {
            let entries = &mut *self.entries.lock();
            let entry = entries.current.take();
            entries.current.clone_from(&entries.of_none);
            entry
        };
        entry.map_or(Ok(()), |entry| self.write(entry, result))
    }

    /// The entries as the commit of an act carries them, in JSON: that it is made is what the commit
    /// says.
    pub(crate) fn committed(&self) -> Vec<String> {
        if self.weight != Weight::Act {
            return Vec::new();
        }
        let entries = self.entries.lock();
        let made = |entry: &AuditEntry| {
            let entry = AuditEntry { result: "ok".into(), ..entry.clone() };
            vault::note(&self.ledger.named(entry))
        };
        match entries.decided.as_slice() {
            [] => entries.current.iter().map(made).collect(),
            decided => decided.iter().map(made).collect(),
        }
    }

    /// Writes it. A refused act on several objects leaves one entry, about the object that was
    /// refused.
    ///
    /// # Errors
    /// A release cannot be recorded, and must not happen.
    pub(crate) fn conclude(&self, result: Result<(), &Error>) -> Result<(), Error> {
        let (current, mut decided) = {
            let mut entries = self.entries.lock();
            (entries.current.take(), std::mem::take(&mut entries.decided))
        };
        if result.is_err() || decided.is_empty() {
            decided = current.into_iter().collect();
        }
        decided.into_iter().try_for_each(|entry| self.write(entry, result))
    }

    fn write(&self, mut entry: AuditEntry, result: Result<(), &Error>) -> Result<(), Error> {
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
        let Entries { current, decided, .. } = self.entries.get_mut();
        if decided.is_empty() {
            decided.extend(current.take());
        }
        for mut entry in decided.drain(..) {
            entry.result = "interrupted".into();
            self.ledger.queue(entry);
        }
    }
}
