//! The versions of a secret: a list in the secret's own record, and what each version is at a time.
//!
//! Invariants:
//! - the current version is the last one, and it stays in the list until another one follows it, also
//!   without its data. So its number tells all numbers that were given, and numbers only grow;
//! - what ends by time has ended when somebody looks at it. [`Versions::retire`] only tidies up;
//! - several versions may name one value: a rollback makes a version with the value of an earlier one.

use aecs_proto::{EnclaveSecretEncoding, SecretVersion, SecretVersionState};
use prost::Message;

use super::lifecycle::Lifecycle;
use crate::{clock::utc, error::Cause, keys::ValueId, vault::Epoch};

#[cfg(test)]
mod tests;

/// A version, as the record of its secret has it. Times are in milliseconds since 1970.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Version {
    #[prost(uint64, tag = "1")]
    pub(super) number: u64,
    /// The id of the value: 16 bytes, or none if the data is gone.
    #[prost(bytes = "vec", tag = "2")]
    pub(super) value: Vec<u8>,
    #[prost(int64, tag = "3")]
    pub(super) created_ms: i64,
    #[prost(string, tag = "4")]
    pub(super) created_by: String,
    /// When another version became the current one; 0 if none did.
    #[prost(int64, tag = "5")]
    pub(super) replaced_ms: i64,
    /// When it was deleted; 0 if it is not.
    #[prost(int64, tag = "6")]
    pub(super) deleted_ms: i64,
    #[prost(enumeration = "EnclaveSecretEncoding", tag = "7")]
    pub(super) encoding: i32,
}

/// Who makes a version, and when.
pub(crate) struct Made {
    /// The kind and the key of the caller.
    pub(crate) by: String,
    /// Milliseconds since 1970.
    pub(crate) at_ms: i64,
}

/// The data of a version: where it is, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Data {
    pub(super) id: ValueId,
    pub(super) encoding: EnclaveSecretEncoding,
}

/// What a version is at some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum State {
    Current,
    Previous,
    /// Since when.
    Expired(i64),
    /// Until when it can be restored.
    Deleted(i64),
    /// Its data is gone, or goes with the next change.
    Gone,
}

/// The versions of a secret.
#[derive(Debug, Clone)]
pub(super) struct Versions {
    earlier: Vec<Version>,
    current: Version,
}

impl Version {
    /// The id of its value.
    pub(super) fn id(&self) -> Option<ValueId> {
        self.value.as_slice().try_into().ok().map(ValueId)
    }

    fn data(&self) -> Option<Data> {
        Some(Data { id: self.id()?, encoding: self.encoding() })
    }
}

impl Versions {
    /// A first version, with that number.
    pub(super) fn first(number: u64, data: Data, made: Made) -> Self {
        Self { earlier: Vec::new(), current: version(number, data, made) }
    }

    /// The versions in the order of their numbers; none if there is none.
    pub(super) fn read(mut versions: Vec<Version>) -> Option<Self> {
        let current = versions.pop()?;
        Some(Self { earlier: versions, current })
    }

    /// As they are stored.
    pub(super) fn into_vec(self) -> Vec<Version> {
        let Self { mut earlier, current } = self;
        earlier.push(current);
        earlier
    }

    pub(super) fn current(&self) -> &Version {
        &self.current
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Version> {
        self.earlier.iter().chain([&self.current])
    }

    /// The ids of their values.
    pub(super) fn values(&self) -> Vec<ValueId> {
        let mut values = Vec::new();
        for id in self.iter().filter_map(Version::id) {
            if !values.contains(&id) {
                values.push(id);
            }
        }
        values
    }

    /// The version of that number; the current one if there is no number.
    pub(super) fn find(&self, number: Option<u64>) -> Option<&Version> {
        let number = number.unwrap_or(self.current.number);
        self.iter().find(|version| version.number == number)
    }

    /// Why there is no version of that number.
    fn missing(&self, version: u64) -> Cause {
        let latest = self.current.number;
        if (1..=latest).contains(&version) {
            Cause::VersionGone { version }
        } else {
            Cause::NoVersion { version, latest }
        }
    }

    /// How many of the oldest versions are more than are kept. The numbers grow with the places.
    fn beyond(&self, lifecycle: &Lifecycle) -> usize {
        let most = self.earlier.len().saturating_sub(lifecycle.earlier_versions());
        let all = self.earlier.iter().take(most);
        all.take_while(|version| !lifecycle.keeps(version.number)).count()
    }

    /// What each version is, the oldest first.
    pub(super) fn states(
        &self,
        now_ms: i64,
        lifecycle: &Lifecycle,
    ) -> impl Iterator<Item = (&Version, State)> {
        let beyond = self.beyond(lifecycle);
        self.iter().enumerate().map(move |(place, version)| {
            let state = match place < beyond {
                true => State::Gone,
                false => self.state(version, now_ms, lifecycle),
            };
            (version, state)
        })
    }

    /// What a version is by its times alone.
    fn state(&self, version: &Version, now_ms: i64, lifecycle: &Lifecycle) -> State {
        let ends_ms = ends_ms(version, lifecycle);
        if version.value.is_empty() || ends_ms.is_some_and(|at| at <= now_ms) {
            return State::Gone;
        }
        if version.deleted_ms != 0 {
            return State::Deleted(ends_ms.unwrap_or(i64::MAX));
        }
        match lifecycle.expiry(version.created_ms) {
            Some(at) if at <= now_ms => State::Expired(at),
            _ if version.number == self.current.number => State::Current,
            _ => State::Previous,
        }
    }

    /// The version of a number, or the current one, and what it is.
    pub(super) fn find_state(
        &self,
        number: Option<u64>,
        now_ms: i64,
        lifecycle: &Lifecycle,
    ) -> Result<(&Version, State), Cause> {
        let number = number.unwrap_or(self.current.number);
        let found = self.states(now_ms, lifecycle).find(|(version, _)| version.number == number);
        found.ok_or_else(|| self.missing(number))
    }

    /// The data of a version that may be given out.
    pub(super) fn readable(
        &self,
        number: Option<u64>,
        now_ms: i64,
        lifecycle: &Lifecycle,
    ) -> Result<(&Version, Data), Cause> {
        let (version, state) = self.find_state(number, now_ms, lifecycle)?;
        match state {
            State::Expired(at_ms) => Err(Cause::VersionExpired {
                version: version.number,
                ago_s: now_ms.saturating_sub(at_ms) / 1000,
            }),
            _ => present(version, state),
        }
    }

    /// The data of a version that a rollback can take: it may have expired.
    pub(super) fn restorable_data(
        &self,
        number: u64,
        now_ms: i64,
        lifecycle: &Lifecycle,
    ) -> Result<Data, Cause> {
        let (version, state) = self.find_state(Some(number), now_ms, lifecycle)?;
        present(version, state).map(|(_, data)| data)
    }

    /// Adds a version, which is the current one from now on. Tells its number.
    pub(super) fn add(&mut self, data: Data, made: Made) -> u64 {
        let number = self.current.number.saturating_add(1);
        let at_ms = made.at_ms;
        let mut replaced = std::mem::replace(&mut self.current, version(number, data, made));
        replaced.replaced_ms = at_ms;
        self.earlier.push(replaced);
        number
    }

    /// Deletes a version; tells until when it can be restored.
    pub(super) fn delete(
        &mut self,
        number: u64,
        now_ms: i64,
        lifecycle: &Lifecycle,
    ) -> Result<i64, Cause> {
        let (version, state) = self.find_state(Some(number), now_ms, lifecycle)?;
        present(version, state)?;
        let deleted = Version { deleted_ms: now_ms, ..version.clone() };
        let until_ms = ends_ms(&deleted, lifecycle).unwrap_or(i64::MAX);
        self.change(number, |version| *version = deleted);
        Ok(until_ms)
    }

    /// Restores a version that is deleted.
    pub(super) fn undelete(
        &mut self,
        number: u64,
        now_ms: i64,
        lifecycle: &Lifecycle,
    ) -> Result<(), Cause> {
        match self.find_state(Some(number), now_ms, lifecycle)? {
            (_, State::Deleted(_)) => self.change(number, |version| version.deleted_ms = 0),
            (_, State::Gone) => return Err(Cause::VersionGone { version: number }),
            _ => return Err(Cause::NotDeleted),
        }
        Ok(())
    }

    /// Forgets the data of a version.
    pub(super) fn destroy(
        &mut self,
        number: u64,
        now_ms: i64,
        lifecycle: &Lifecycle,
    ) -> Result<(), Cause> {
        if let (_, State::Gone) = self.find_state(Some(number), now_ms, lifecycle)? {
            return Err(Cause::VersionGone { version: number });
        }
        self.change(number, |version| version.value.clear());
        Ok(())
    }

    /// Changes the version of a number.
    fn change(&mut self, number: u64, change: impl FnOnce(&mut Version)) {
        let Self { earlier, current } = self;
        let mut all = earlier.iter_mut().chain([current]);
        if let Some(version) = all.find(|version| version.number == number) {
            change(version);
        }
    }

    /// Forgets the data of all versions that are gone by now, and those versions that are not kept.
    /// What was destroyed is listed as long as it would have been kept. Tells whether there was
    /// anything to forget.
    pub(super) fn retire(&mut self, now_ms: i64, lifecycle: &Lifecycle) -> bool {
        let states = self.states(now_ms, lifecycle);
        let gone: Vec<u64> = states
            .filter(|(version, state)| *state == State::Gone && !version.value.is_empty())
            .map(|(version, _)| version.number)
            .collect();
        for number in &gone {
            self.change(*number, |version| version.value.clear());
        }
        let before = self.earlier.len();
        let beyond = self.beyond(lifecycle);
        self.earlier.drain(..beyond);
        self.earlier
            .retain(|version| lifecycle.kept_until(version.number, version.replaced_ms) > now_ms);
        !gone.is_empty() || self.earlier.len() < before
    }

    /// What their owner is shown of them; `epoch` tells the epoch of a value.
    pub(super) fn shown(
        &self,
        now_ms: i64,
        lifecycle: &Lifecycle,
        epoch: impl Fn(ValueId) -> Option<Epoch>,
    ) -> Vec<SecretVersion> {
        let show = |(version, state): (&Version, State)| SecretVersion {
            version: version.number,
            state: match state {
                State::Current => SecretVersionState::SecretVersionCurrent,
                State::Previous => SecretVersionState::SecretVersionPrevious,
                State::Expired(_) => SecretVersionState::SecretVersionExpired,
                State::Deleted(_) => SecretVersionState::SecretVersionDeleted,
                State::Gone => SecretVersionState::SecretVersionDestroyed,
            }
            .into(),
            created_ms: version.created_ms,
            created_by: version.created_by.clone(),
            expires_ms: lifecycle.expiry(version.created_ms).unwrap_or_default(),
            ends_ms: match state {
                State::Gone => 0,
                _ => ends_ms(version, lifecycle).unwrap_or_default(),
            },
            encoding: version.encoding,
            data_epoch: version.id().and_then(&epoch).unwrap_or_default(),
        };
        self.states(now_ms, lifecycle).map(show).collect()
    }
}

/// When the data of a version goes by itself, if it does.
fn ends_ms(version: &Version, lifecycle: &Lifecycle) -> Option<i64> {
    let kept = || lifecycle.kept_until(version.number, version.replaced_ms);
    // The end of time is none.
    let replaced = (version.replaced_ms != 0).then(kept).filter(|until| *until != i64::MAX);
    let deleted = (version.deleted_ms != 0).then(|| lifecycle.restorable_until(version.deleted_ms));
    replaced.into_iter().chain(deleted).min()
}

/// A version and its data, if it has any and is not deleted.
fn present(version: &Version, state: State) -> Result<(&Version, Data), Cause> {
    let gone = Cause::VersionGone { version: version.number };
    match state {
        State::Gone => Err(gone),
        State::Deleted(until_ms) => {
            Err(Cause::VersionDeleted { version: version.number, until: utc(until_ms) })
        }
        State::Current | State::Previous | State::Expired(_) => {
            version.data().map(|data| (version, data)).ok_or(gone)
        }
    }
}

fn version(number: u64, data: Data, made: Made) -> Version {
    Version {
        number,
        value: data.id.0.to_vec(),
        created_ms: made.at_ms,
        created_by: made.by,
        encoding: data.encoding.into(),
        ..Version::default()
    }
}
