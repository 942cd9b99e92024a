//! What the vault knows of the log: its head, and the acts of the last commits.
//!
//! The record is part of every commit. A log that was cut, or rewritten, while the server did not
//! run is found when the vault is opened, and an act whose entry was not written before a crash is
//! written then. Servers of a deployment have logs and records of their own. A server that finds another
//! log than it remembers compares it with the record of the one that it remembers.

use std::sync::Arc;

use aecs_crypto::{
    SecretBytes,
    audit::{CHANGED, Head},
};
use serde::{Deserialize, Serialize};

use super::{AuditEntry, Ledger, LookBack, Room, entry::ActId};
use crate::{
    error::{Error, internal},
    identity::{Identity, LogId},
    keys,
    vault::{Change, Companion, Name, Vault},
};

/// How many bytes of acts the record may hold.
const MAX_ACTS: usize = 512 << 10;

/// The record, as JSON.
#[derive(Default, Serialize, Deserialize)]
struct KnownLog {
    sequence: u64,
    hash: String,
    acts: Vec<AuditEntry>,
}

impl KnownLog {
    fn head(&self) -> Head {
        let hash = hex::decode(&self.hash).ok().and_then(|hash| hash.try_into().ok());
        Head { sequence: self.sequence, hash: hash.unwrap_or_default() }
    }
}

/// The note of an act in its change: the entry as JSON.
pub(super) fn note(entry: &AuditEntry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

impl Ledger {
    /// Compares the log with what the vault knows of it, and has the vault know it with every
    /// commit from now on. From then on, `identity`, that of the vault, signs. `remembered` is the log
    /// that the server wrote last. What does not fit is recorded, not refused: refusing to record would
    /// only help the attacker who changed the log.
    pub(crate) async fn attach(
        self: &Arc<Self>,
        vault: &Vault,
        identity: &Identity,
        remembered: Option<LogId>,
    ) -> Result<(), Error> {
        let making = "making the audit key";
        let key = identity.audit_key(&self.sink.id()).map_err(internal(making))?;
        let name = keys::audit(&key.public().node())?;
        self.assume(key);
        let expected = match remembered {
            Some(log) => {
                let former = identity.audit_key(&log).map_err(internal(making))?;
                keys::audit(&former.public().node())?
            }
            None => name.clone(),
        };
        let known = known(vault, &expected).await?;
        let (sink, head) = (self.sink.clone(), known.head());
        let found = tokio::task::spawn_blocking(move || sink.look_back(head, known.acts))
            .await
            .map_err(internal("reading the audit log"))?
            .map_err(internal("reading the audit log"))?;
        self.compare(head, found)?;
        vault.accompany(name, self.clone());
        Ok(())
    }

    /// A log that does not fit must say so before anything else is recorded: the host can fill the
    /// disk.
    fn compare(&self, expected: Head, found: LookBack) -> Result<(), Error> {
        if expected.sequence > 0 && !found.follows {
            let log = self.sink.head();
            let reason = if log.sequence < expected.sequence {
                self.sink.resume_after(expected);
                format!(
                    "the log was cut or replaced: the vault knows {} entries, the log ended with \
                     entry {}",
                    expected.sequence, log.sequence
                )
            } else {
                format!(
                    "the log was rewritten: entry {} is not the one that the vault knows, or the \
                     entries after it do not follow",
                    expected.sequence
                )
            };
            tracing::error!(%reason, "the audit log was changed while the server did not run");
            let entry = AuditEntry::of_server(self.clock.now_ms(), CHANGED, reason);
            self.written(self.sink.append(&self.named(entry), Room::Reserved))?;
        }
        for act in found.unrecorded {
            let reason = "written at the next start: the server stopped after the act";
            let act = AuditEntry { reason: Some(reason.to_owned()), ..act };
            // Until the log has it, the vault does.
            if let Some(id) = ActId::of(&act) {
                self.acts.lock().insert(id, act.clone());
            }
            self.act(act);
        }
        Ok(())
    }

    /// Tells the vault the head of the log, unless it knows it: a start, a stop or an export of an idle
    /// server must not make another state of the records.
    pub(super) async fn remember_head(&self, vault: &Vault) -> Result<(), Error> {
        let name = keys::audit(&self.public().node())?;
        if known(vault, &name).await.is_ok_and(|known| known.head() == self.sink.head()) {
            return Ok(());
        }
        let change = Change::new().put(name, self.record(&[]));
        vault.commit(change).await?;
        Ok(())
    }
}

/// What the vault knows of a log.
async fn known(vault: &Vault, name: &Name) -> Result<KnownLog, Error> {
    match vault.get(name).await? {
        Some(record) => serde_json::from_slice(record.plain.expose())
            .map_err(internal("reading the record of the audit log")),
        None => Ok(KnownLog::default()),
    }
}

impl Companion for Ledger {
    fn record(&self, notes: &[String]) -> SecretBytes {
        let mut acts = self.acts.lock().clone();
        acts.extend(acts_in(notes));
        // The head after the acts: one that is written meanwhile is in both, not in neither.
        let mut room = MAX_ACTS;
        let fits = |entry: &AuditEntry| {
            room = room.saturating_sub(entry.size());
            room > 0
        };
        let listed = acts.into_values().take_while(fits).collect();
        let head = self.sink.head();
        let known =
            KnownLog { sequence: head.sequence, hash: hex::encode_upper(head.hash), acts: listed };
        serde_json::to_vec(&known).unwrap_or_default().into()
    }

    fn made(&self, notes: &[String]) {
        self.acts.lock().extend(acts_in(notes));
    }
}

/// The entries in notes.
fn acts_in(notes: &[String]) -> impl Iterator<Item = (ActId, AuditEntry)> {
    let entries = notes.iter().filter_map(|note| serde_json::from_str::<AuditEntry>(note).ok());
    entries.filter_map(|entry| Some((ActId::of(&entry)?, entry)))
}
