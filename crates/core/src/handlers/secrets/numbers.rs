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

/// Adds to the change that destroys a secret the memory of its last number.
pub(super) async fn remember(
    vault: &Vault,
    service: &ServiceName,
    secret: &SecretName,
    last: u64,
    quota: usize,
    change: Change,
) -> Result<Change, Error> {
    let mut change = change;
    let own = keys::last_number(service, secret)?;
    let kept = vault.epochs_page(&keys::last_numbers_of(service), None, usize::MAX).await?;
    if kept.len() >= quota
        && !vault.contains(&own).await?
        && let Some((oldest, _)) = kept.into_iter().min_by_key(|(_, epoch)| *epoch)
    {
        change = change.remove(oldest, None);
    }
    Ok(change.put(own, last.to_be_bytes().to_vec().into()))
}
