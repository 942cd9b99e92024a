//! What changes a secret. Each act is one change: the secret's record, the values that are new, and
//! those that no version names any more. No value is read.

use aecs_crypto::Material;
use prost::Message;

use super::{Secret, SecretRecord, Spec, new_data, removal};
use crate::{
    clock::utc,
    error::{Cause, Error},
    keys,
    secret::versions::Made,
    vault::{Change, Vault},
};

impl Secret {
    /// Refuses any change of a secret that is deleted or immutable.
    pub(crate) fn changeable(self) -> Result<Self, Cause> {
        let secret = self.not_deleted()?;
        match secret.spec.immutable {
            true => Err(Cause::Immutable { what: keys::describe(&secret.record) }),
            false => Ok(secret),
        }
    }

    /// Refuses new data for a secret that is deleted or read-only.
    pub(crate) fn with_changeable_data(self) -> Result<Self, Cause> {
        let secret = self.changeable()?;
        match secret.spec.readonly {
            true => Err(Cause::ReadOnly { what: keys::describe(&secret.record) }),
            false => Ok(secret),
        }
    }

    /// Refuses a change by somebody who has seen another version as the current one; 0 is any.
    pub(crate) fn if_version(self, expected: u64, now_ms: i64) -> Result<Self, Cause> {
        let current = self.versions.current();
        if expected == 0 || expected == current.number {
            return Ok(self);
        }
        Err(Cause::OtherVersion {
            what: keys::describe(&self.record),
            expected,
            version: current.number,
            made_by: current.created_by.clone(),
            ago_s: now_ms.saturating_sub(current.created_ms) / 1000,
        })
    }

    /// Refuses a change by somebody who has seen the secret at another epoch; 0 is any.
    pub(crate) fn if_epoch(self, expected: u64) -> Result<Self, Cause> {
        if expected == 0 || expected == self.epoch {
            return Ok(self);
        }
        let (what, epoch) = (keys::describe(&self.record), self.epoch);
        Err(Cause::OtherEpoch { what, expected, epoch })
    }

    /// The same secret, unless it is deleted.
    pub(crate) fn not_deleted(self) -> Result<Self, Cause> {
        self.check_present()?;
        Ok(self)
    }

    /// Refuses a secret that is deleted.
    pub(super) fn check_present(&self) -> Result<(), Cause> {
        let Some(until_ms) = self.restorable_until_ms() else { return Ok(()) };
        Err(Cause::Deleted { what: keys::describe(&self.record), until: utc(until_ms) })
    }

    /// Gives it another specification: a policy and settings. The versions stay that have not ended by
    /// `removal_ms`.
    pub(crate) fn with_spec(
        mut self,
        spec: Spec,
        now_ms: i64,
        removal_ms: i64,
    ) -> Result<Change, Error> {
        spec.check_first_version(self.latest())?;
        spec.lifecycle.check_end(&spec.name, Some(&self.spec.lifecycle), now_ms)?;
        self.spec = spec;
        self.changed_ms = now_ms;
        self.change(removal_ms)
    }

    /// The same, and a new version with that data; tells its number.
    pub(crate) fn with_spec_and_data(
        mut self,
        spec: Spec,
        material: &Material,
        made: Made,
    ) -> Result<(Change, u64), Error> {
        spec.check_first_version(self.latest().saturating_add(1))?;
        self.spec = spec;
        self.put(material, made)
    }

    /// Gives it a new version with that data; tells its number.
    pub(crate) fn put(self, material: &Material, made: Made) -> Result<(Change, u64), Error> {
        let now_ms = made.at_ms;
        self.check_end(now_ms)?;
        self.put_judged(material, made, now_ms)
    }

    /// The same; by `now_ms` it is judged which versions have ended.
    pub(crate) fn put_judged(
        mut self,
        material: &Material,
        made: Made,
        now_ms: i64,
    ) -> Result<(Change, u64), Error> {
        self.check_room()?;
        let data = new_data(material)?;
        let value = keys::value(&self.record, data.id)?;
        self.changed_ms = made.at_ms;
        let number = self.versions.add(data, made);
        Ok((self.change(now_ms)?.create(value, material.to_text().into()), number))
    }

    /// Refuses a version that nobody would get.
    fn check_end(&self, now_ms: i64) -> Result<(), Cause> {
        self.spec.lifecycle.check_end(&self.spec.name, None, now_ms)
    }

    /// Refuses a version that there is no place for: no version of a key that is in use goes by itself.
    fn check_room(&self) -> Result<(), Cause> {
        match self.spec.lifecycle.is_full(self.versions.iter().count()) {
            true => Err(Cause::TooManyKeyVersions { what: keys::describe(&self.record) }),
            false => Ok(()),
        }
    }

    /// Gives it a new version with the data of the version `to`; tells its number.
    pub(crate) fn roll_back(mut self, to: u64, made: Made) -> Result<(Change, u64), Error> {
        self.check_room()?;
        let now_ms = made.at_ms;
        self.check_end(now_ms)?;
        let data = self.versions.restorable_data(to, now_ms, &self.spec.lifecycle)?;
        let number = self.versions.add(data, made);
        Ok((self.changed(now_ms)?, number))
    }

    /// Deletes a version, or without a number the secret; tells until when it can be restored.
    pub(crate) fn delete(
        mut self,
        number: Option<u64>,
        now_ms: i64,
    ) -> Result<(Change, i64), Error> {
        let Some(number) = number else {
            let until_ms = self.spec.lifecycle.restorable_until(now_ms);
            self.deleted_ms = Some(now_ms);
            return Ok((self.changed(now_ms)?, until_ms));
        };
        let until_ms = self.versions.delete(number, now_ms, &self.spec.lifecycle)?;
        Ok((self.changed(now_ms)?, until_ms))
    }

    /// Restores a version that is deleted, or without a number the secret.
    pub(crate) fn undelete(mut self, number: Option<u64>, now_ms: i64) -> Result<Change, Error> {
        match number {
            Some(number) => self.versions.undelete(number, now_ms, &self.spec.lifecycle)?,
            None if self.deleted_ms.is_none() => return Err(Cause::NotDeleted.into()),
            None => self.deleted_ms = None,
        }
        self.changed(now_ms)
    }

    /// Destroys the data of a version. A value stays while another version names it. What has ended by
    /// `removal_ms` is removed as well.
    pub(crate) fn destroy(
        mut self,
        number: u64,
        now_ms: i64,
        removal_ms: i64,
    ) -> Result<Change, Error> {
        self.versions.destroy(number, removal_ms, &self.spec.lifecycle)?;
        self.changed_ms = now_ms;
        self.change(removal_ms)
    }

    /// Whether it was deleted so long ago that it cannot be restored any more.
    pub(crate) fn is_purged(&self, now_ms: i64) -> bool {
        self.restorable_until_ms().is_some_and(|until_ms| until_ms <= now_ms)
    }

    /// The change that removes what has ended by now: versions, or all of a secret that is purged.
    /// None if nothing has ended.
    pub(crate) async fn swept(
        mut self,
        vault: &Vault,
        now_ms: i64,
    ) -> Result<Option<Change>, Error> {
        if self.is_purged(now_ms) {
            return removal(vault, self.record, self.epoch).await.map(Some);
        }
        match self.versions.retire(now_ms, &self.spec.lifecycle) {
            true => self.change(now_ms).map(Some),
            false => Ok(None),
        }
    }

    /// As [`Secret::change`], of what its owner sees.
    fn changed(mut self, now_ms: i64) -> Result<Change, Error> {
        self.changed_ms = now_ms;
        self.change(now_ms)
    }

    /// The change that makes the secret in the vault what it is here.
    fn change(mut self, now_ms: i64) -> Result<Change, Error> {
        self.versions.retire(now_ms, &self.spec.lifecycle);
        let named = self.versions.values();
        let record = SecretRecord {
            spec: Some(self.spec.to_proto()),
            only_value: Vec::new(),
            versions: self.versions.into_vec(),
            deleted_ms: self.deleted_ms.unwrap_or_default(),
            created_ms: self.created_ms,
            changed_ms: self.changed_ms,
        };
        let record = record.encode_to_vec().into();
        let mut change = Change::new().replace(self.record.clone(), self.epoch, record);
        for id in self.values.into_iter().filter(|id| !named.contains(id)) {
            change = change.remove(keys::value(&self.record, id)?, None);
        }
        Ok(change)
    }
}
