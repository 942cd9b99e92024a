//! Who answers for a set of recovery shares: the administrator who made it.
//!
//! Invariant: a set whose maker is no administrator any more proves nothing, ends no other, and its custodians set
//! no administrator. So nobody comes back over shares that they made before they were removed.

use std::collections::BTreeSet;

use aecs_crypto::KeyHash;

use crate::{
    administrators::{self, Administrator},
    error::{Cause, Error},
    recovery::{RecoveryRecord, SetRecord},
    vault::Vault,
};

/// The keys of the administrators that there are.
pub(crate) struct Makers(BTreeSet<String>);

impl Makers {
    pub(crate) fn of<'a>(administrators: impl IntoIterator<Item = &'a Administrator>) -> Self {
        let keys = administrators.into_iter().map(|it| it.key.fingerprint().to_string());
        Self(keys.collect())
    }

    /// Those that the records of a working server have.
    pub(crate) async fn load(vault: &Vault) -> Result<Self, Error> {
        let present = administrators::load(vault).await?;
        Ok(Self::of(present.iter().map(|it| &it.administrator)))
    }

    /// Whether an administrator answers for a set.
    pub(crate) fn has(&self, set: &SetRecord) -> bool {
        self.0.contains(&set.created_by)
    }

    /// Refuses what counts only with a set that an administrator answers for.
    pub(crate) fn check(&self, set: &SetRecord) -> Result<(), Cause> {
        match self.has(set) {
            true => Ok(()),
            false => Err(Cause::OrphanedRecovery { revision: set.revision }),
        }
    }

    /// Refuses the owner of a key who was removed since the request was authenticated.
    pub(crate) fn check_key(&self, key: KeyHash) -> Result<(), Cause> {
        match self.0.contains(&key.to_string()) {
            true => Ok(()),
            false => Err(Cause::NotAuthentic),
        }
    }

    /// What somebody has to do about sets that nobody answers for.
    pub(crate) fn alert(&self, record: &RecoveryRecord) -> Option<String> {
        let orphaned: Vec<String> = record
            .sets
            .iter()
            .filter(|set| !self.has(set))
            .map(|set| set.revision.to_string())
            .collect();
        (!orphaned.is_empty()).then(|| {
            format!(
                "recovery shares were made by somebody who is no administrator any more: end them (aecsadmin \
                 recovery revoke {})",
                orphaned.join(" ")
            )
        })
    }
}

/// Ends the sets of the one in whose place custodians set an administrator, but the set by which they do it: that
/// one is the new administrator's.
pub(crate) fn replaced(
    record: &mut RecoveryRecord,
    former: &[Administrator],
    new: &Administrator,
    used: u64,
) -> Vec<SetRecord> {
    let Some(old) = former.iter().find(|it| it.name == new.name) else { return Vec::new() };
    let (old, new) = (old.key.fingerprint(), new.key.fingerprint());
    hand_over(record, old, new, |set| old == new || set.revision == used)
}

/// Gives the sets that the owner of a key made to the owner of another one, as far as they are kept. The others
/// end.
pub(crate) fn hand_over(
    record: &mut RecoveryRecord,
    from: KeyHash,
    to: KeyHash,
    keeps: impl Fn(&SetRecord) -> bool,
) -> Vec<SetRecord> {
    let (from, to) = (from.to_string(), to.to_string());
    let ended = record.end(|set| set.created_by == from && !keeps(set));
    for set in record.sets.iter_mut().filter(|set| set.created_by == from) {
        set.created_by.clone_from(&to);
    }
    ended
}
