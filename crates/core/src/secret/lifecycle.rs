//! How long the versions of a secret are kept and given out: what its owner has set, and the
//! defaults.
//!
//! Nothing of it is written into the versions: it is judged when a version is read, so a change of
//! the settings counts for the versions that are there.

use aecs_proto::EnclaveSecretLifecycle;

use super::spec::SecretType;
use crate::{clock::utc, error::Cause, name::SecretName};

/// The most versions that a secret can have.
const MOST_VERSIONS: u32 = 100;
const DEFAULT_VERSIONS: u32 = 10;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// The server looks for secrets to rotate every hour.
const LEAST_ROTATION_MS: i64 = HOUR_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const DEFAULT_KEEP_MS: i64 = 30 * DAY_MS;
const DEFAULT_PURGE_MS: i64 = 7 * DAY_MS;

/// The settings of a secret that its owner has given; none if nothing was said of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lifecycle {
    given: Option<EnclaveSecretLifecycle>,
    /// The versions from this number on are kept after they were replaced, whatever the settings are.
    keep_from: Option<u64>,
}

impl Lifecycle {
    /// Checks what a caller sent for `secret`.
    pub(crate) fn parse(
        message: Option<EnclaveSecretLifecycle>,
        secret: &SecretName,
        kind: SecretType,
    ) -> Result<Self, Cause> {
        let given = message.unwrap_or_default();
        // As policy files have them.
        let times = [
            ("keepFor", given.keep_for_ms),
            ("ttl", given.ttl_ms),
            ("expiresAt", given.expires_at_ms),
            ("purgeAfter", given.purge_after_ms),
            ("rotateEvery", given.rotate_every_ms),
        ];
        if let Some((key, got)) = times.into_iter().find(|(_, value)| *value < 0) {
            return Err(Cause::NegativeTime { secret: secret.clone(), key, got });
        }
        if given.max_versions > MOST_VERSIONS {
            let (limit, got) = (MOST_VERSIONS, given.max_versions);
            return Err(Cause::TooManyVersions { secret: secret.clone(), limit, got });
        }
        if (1..LEAST_ROTATION_MS).contains(&given.rotate_every_ms) {
            let (least_ms, got) = (LEAST_ROTATION_MS, given.rotate_every_ms);
            return Err(Cause::RotationTooOften { secret: secret.clone(), least_ms, got });
        }
        if given.rotate_every_ms != 0 && !is_generated(kind) {
            return Err(Cause::RotationOfGiven { secret: secret.clone() });
        }
        if given.ttl_ms != 0 && given.ttl_ms < given.rotate_every_ms {
            let (ttl_ms, every_ms) = (given.ttl_ms, given.rotate_every_ms);
            return Err(Cause::ExpiresBeforeRotation { secret: secret.clone(), ttl_ms, every_ms });
        }
        Ok(Self { given: message, keep_from: None })
    }

    /// Keeps the versions from that number on after they were replaced.
    pub(crate) fn keep_from(&mut self, number: Option<u64>) {
        self.keep_from = number;
    }

    /// Whether the version of that number is kept after it was replaced, whatever the settings are.
    pub(crate) fn keeps(&self, number: u64) -> bool {
        self.keep_from.is_some_and(|first| number >= first)
    }

    /// Whether a secret with this number of versions can have no more.
    pub(crate) fn is_full(&self, versions: usize) -> bool {
        self.keep_from.is_some() && versions >= usize::try_from(MOST_VERSIONS).unwrap_or(usize::MAX)
    }

    /// When the version has to follow that was created at `created_ms`, if the server makes one: none that
    /// would have expired when it is made.
    pub(crate) fn rotation(&self, created_ms: i64) -> Option<i64> {
        let due_ms = created_ms.saturating_add(self.given(|given| given.rotate_every_ms)?);
        (!self.has_ended(due_ms)).then_some(due_ms)
    }

    /// Whether every version has expired by `now_ms`, also one that is made then.
    pub(crate) fn has_ended(&self, now_ms: i64) -> bool {
        self.given(|given| given.expires_at_ms).is_some_and(|end_ms| end_ms <= now_ms)
    }

    /// The message that is stored and sent.
    pub(crate) fn message(&self) -> Option<EnclaveSecretLifecycle> {
        self.given
    }

    /// These settings, or where nothing is said of any, those of before.
    pub(crate) fn or(self, before: &Self) -> Self {
        if self.given.is_some() { self } else { before.clone() }
    }

    /// How many versions are kept before the current one.
    pub(crate) fn earlier_versions(&self) -> usize {
        let most = self.given(|given| given.max_versions).unwrap_or(DEFAULT_VERSIONS);
        usize::try_from(most.saturating_sub(1)).unwrap_or(usize::MAX)
    }

    /// Until when the version `number` is kept that was replaced at `replaced_ms`.
    pub(crate) fn kept_until(&self, number: u64, replaced_ms: i64) -> i64 {
        if self.keeps(number) {
            return i64::MAX;
        }
        let keep = self.given(|given| given.keep_for_ms).unwrap_or(DEFAULT_KEEP_MS);
        replaced_ms.saturating_add(keep)
    }

    /// Until when that can be restored which was deleted at `deleted_ms`.
    pub(crate) fn restorable_until(&self, deleted_ms: i64) -> i64 {
        let purge = self.given(|given| given.purge_after_ms).unwrap_or(DEFAULT_PURGE_MS);
        deleted_ms.saturating_add(purge)
    }

    /// When a version expires that was created at `created_ms`, if it ever does.
    pub(crate) fn expiry(&self, created_ms: i64) -> Option<i64> {
        // Of a version from before there were versions, nobody knows when it was created.
        let ttl = self.given(|given| given.ttl_ms).filter(|_| created_ms != 0);
        let ttl = ttl.map(|ttl| created_ms.saturating_add(ttl));
        let fixed = self.given(|given| given.expires_at_ms);
        ttl.into_iter().chain(fixed).min()
    }

    /// Refuses a date of expiry that has passed: for what is made now, or where it is not the date of
    /// `before`.
    pub(crate) fn check_end(
        &self,
        secret: &SecretName,
        before: Option<&Self>,
        now_ms: i64,
    ) -> Result<(), Cause> {
        let end = |lifecycle: &Self| lifecycle.given(|given| given.expires_at_ms);
        match end(self) {
            Some(at_ms) if at_ms <= now_ms && before.and_then(end) != Some(at_ms) => {
                let (at, now) = (utc(at_ms), utc(now_ms));
                Err(Cause::HasExpired { secret: secret.clone(), at, now })
            }
            _ => Ok(()),
        }
    }

    /// A setting; none if it has its default, 0.
    fn given<T: Default + PartialEq>(
        &self,
        field: impl Fn(&EnclaveSecretLifecycle) -> T,
    ) -> Option<T> {
        self.given.as_ref().map(field).filter(|value| *value != T::default())
    }
}

/// Whether the server can make the data of a secret.
pub(crate) fn is_generated(kind: SecretType) -> bool {
    !matches!(kind, SecretType::SecretTypeImportData | SecretType::SecretTypeConfigurations)
}
