//! The numbers of versions beyond the life of a secret: who was given version 3 of a secret never
//! gets another version 3 of a secret of that name.
//!
//! Invariant: a service has at most as many of these records as secrets. Beyond that, the number
//! that was kept first is forgotten, and a new secret of that name begins with 1 again.

use crate::{
    error::{Cause, Error},
    keys,
    name::{SecretName, ServiceName},
    vault::{Change, Epoch, Name, Vault},
};

/// The number of the first version of a new secret.
pub(in super::super) struct FirstNumber {
    pub(in super::super) value: u64,
    /// The record that it follows from, as it was.
    record: Option<(Name, Epoch)>,
}

impl FirstNumber {
    /// With the change that creates the secret, the record of the number goes.
    pub(super) fn taken(self, change: Change) -> Change {
        let record = self.record.into_iter();
        record.fold(change, |change, (name, epoch)| change.remove(name, Some(epoch)))
    }
}

/// The number that the first version of a new secret gets.
pub(in super::super) async fn next(
    vault: &Vault,
    service: &ServiceName,
    secret: &SecretName,
) -> Result<FirstNumber, Error> {
    let record = keys::last_number(service, secret)?;
    let Some(found) = vault.get(&record).await? else {
        return Ok(FirstNumber { value: 1, record: None });
    };
    let broken = || Cause::Internal { doing: "reading the last number of a secret" };
    let last: [u8; 8] = found.plain.expose().try_into().map_err(|_| broken())?;
    Ok(FirstNumber {
        value: u64::from_be_bytes(last).saturating_add(1),
        record: Some((record, found.epoch)),
    })
}

/// Adds to the change that destroys secrets the memory of their last numbers.
pub(in super::super) async fn remember(
    vault: &Vault,
    service: &ServiceName,
    gone: &[(SecretName, u64)],
    quota: usize,
    mut change: Change,
) -> Result<Change, Error> {
    if gone.is_empty() {
        return Ok(change);
    }
    let mut kept = vault.epochs_page(&keys::last_numbers_of(service), None, usize::MAX).await?;
    let room = quota.saturating_sub(kept.len());
    kept.sort_unstable_by_key(|(_, epoch)| *epoch);
    let mut own = Vec::with_capacity(gone.len());
    for (secret, last) in gone {
        own.push((keys::last_number(service, secret)?, last));
    }
    let is_own = |record: &Name| own.iter().any(|(own, _)| own == record);
    let new = own.iter().filter(|(own, _)| !kept.iter().any(|(record, _)| record == own)).count();
    let oldest: Vec<Name> = kept
        .iter()
        .map(|(record, _)| record)
        .filter(|record| !is_own(record) && !change.is_about(record))
        .take(new.saturating_sub(room))
        .cloned()
        .collect();
    let forgotten = oldest.into_iter();
    change = forgotten.fold(change, |change, record| change.remove(record, None));
    Ok(own.into_iter().fold(change, |change, (record, last)| {
        change.put(record, last.to_be_bytes().to_vec().into())
    }))
}
