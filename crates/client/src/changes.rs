//! Several changes of the secrets of a service, in one act.

use std::ops::Range;

use aecs_proto::{
    ApplySecretRequest, ChangeSecretsRequest, CreateEnclaveSecretRequest, DeleteSecretRequest,
    DestroyEnclaveSecretRequest, EnclaveSecret, EnclaveSecretSpec, EnclaveSecretType, SecretChange,
    SecretChanged, Zeroizing, secret_change,
};
use prost::Message as _;

use crate::error::{Error, Result};
use crate::secret::NewSecret;
use crate::service::{Applied, ServiceClient};
use crate::trust::Distrust;

/// The most changes that go into one request.
pub const MOST_CHANGES: usize = 64;

/// The most bytes of changes in one request of [`Change::batches`]. In JSON, sealed, they fit into the
/// megabyte that a server takes if nobody has changed that.
const MOST_BYTES: usize = 256 << 10;

/// A change of one secret, for [`ServiceClient::change_all`]; wiped when dropped.
pub struct Change(Zeroizing<SecretChange>);

impl Change {
    fn new(change: secret_change::Change) -> Self {
        Self(Zeroizing::new(SecretChange { change: Some(change) }))
    }

    /// As [`ServiceClient::create`].
    #[must_use]
    pub fn create(secret: &NewSecret) -> Self {
        let secret = Some(secret.to_message());
        let request = CreateEnclaveSecretRequest { secret, ..Default::default() };
        Self::new(secret_change::Change::Create(request))
    }

    /// As [`ServiceClient::update`].
    #[must_use]
    pub fn update(secret: &NewSecret) -> Self {
        let secret = Some(secret.to_message());
        let request = CreateEnclaveSecretRequest { secret, is_update: true, ..Default::default() };
        Self::new(secret_change::Change::Create(request))
    }

    /// As [`ServiceClient::apply`].
    #[must_use]
    pub fn apply(secret: &NewSecret, dry_run: bool) -> Self {
        let secret = Some(secret.to_message());
        let request = ApplySecretRequest { secret, dry_run, ..Default::default() };
        Self::new(secret_change::Change::Apply(request))
    }

    /// As [`ServiceClient::delete`], of the secret with all versions.
    #[must_use]
    pub fn delete(name: &str) -> Self {
        let request = DeleteSecretRequest { secret_name: name.to_owned(), version: 0 };
        Self::new(secret_change::Change::Delete(request))
    }

    /// As [`ServiceClient::destroy`].
    #[must_use]
    pub fn destroy(name: &str) -> Self {
        let request = DestroyEnclaveSecretRequest { secret_name: name.to_owned(), version: 0 };
        Self::new(secret_change::Change::Destroy(request))
    }

    /// The service that it names, if it names one.
    fn service(&self) -> Option<&str> {
        let secret = match self.0.change.as_ref()? {
            secret_change::Change::Create(request) => &request.secret,
            secret_change::Change::Apply(request) => &request.secret,
            secret_change::Change::Delete(_) | secret_change::Change::Destroy(_) => return None,
        };
        Some(&secret.as_ref()?.spec.as_ref()?.service_name)
    }

    /// Whether the server has to make a key for it that takes it long.
    fn is_slow(&self) -> bool {
        let secret = match &self.0.change {
            Some(secret_change::Change::Create(request)) => &request.secret,
            Some(secret_change::Change::Apply(request)) => &request.secret,
            _ => return false,
        };
        let kind = |secret: &EnclaveSecret| secret.spec.as_ref().map(EnclaveSecretSpec::r#type);
        secret.as_ref().filter(|secret| secret.data.is_empty()).and_then(kind).is_some_and(|kind| {
            use EnclaveSecretType::{SecretTypeCertificate, SecretTypeRsaKeyPair};
            matches!(kind, SecretTypeRsaKeyPair | SecretTypeCertificate)
        })
    }

    /// Parts many changes, in their order, so that each part fits into a request. One that takes the server
    /// long, or has long data, is alone.
    #[must_use]
    pub fn batches(changes: &[Change]) -> Vec<Range<usize>> {
        let mut batches = Vec::new();
        let (mut from, mut bytes, mut is_alone) = (0, 0usize, false);
        for (index, change) in changes.iter().enumerate() {
            let own = change.0.encoded_len();
            let is_full = index - from == MOST_CHANGES || bytes.saturating_add(own) > MOST_BYTES;
            let was_alone = std::mem::replace(&mut is_alone, change.is_slow());
            if (is_full || was_alone || is_alone) && index > from {
                batches.push(from..index);
                (from, bytes) = (index, 0);
            }
            bytes = bytes.saturating_add(own);
        }
        if from < changes.len() {
            batches.push(from..changes.len());
        }
        batches
    }
}

/// What became of a change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changed {
    /// Of a secret that was created, updated or applied; of another one it says nothing.
    pub applied: Applied,
    /// Until when a secret that was deleted can be restored, in milliseconds since 1970; otherwise 0.
    pub restorable_until_ms: i64,
}

impl From<SecretChanged> for Changed {
    fn from(message: SecretChanged) -> Self {
        let outcome = message.outcome();
        let SecretChanged { changed, version, restorable_until_ms, .. } = message;
        Self { applied: Applied { outcome, changed, version }, restorable_until_ms }
    }
}

impl ServiceClient {
    /// Makes several changes, each of another secret, in one act: all of them, or none if one is refused.
    /// The refusal says which. Tells what became of each, in their order.
    ///
    /// A request holds [`MOST_CHANGES`] changes at most, and the server's `limits.max_message_bytes`;
    /// [`Change::batches`] parts more of them.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for too many changes and for a secret of another service, and as every call:
    /// unreachable, refused or not trusted.
    pub async fn change_all(&self, changes: &[Change]) -> Result<Vec<Changed>> {
        if changes.is_empty() || changes.len() > MOST_CHANGES {
            return Err(Error::Misuse("a request has 1 to 64 changes"));
        }
        if changes.iter().filter_map(Change::service).any(|service| service != self.service()) {
            return Err(Error::Misuse("a secret names another service than the administrator's"));
        }
        let count = changes.len();
        let changes = changes.iter().map(|change| (*change.0).clone()).collect();
        let request = Zeroizing::new(ChangeSecretsRequest { changes });
        let answer = self.administrator.call_with_data(request).await?;
        if answer.results.len() != count {
            return Err(Distrust::OtherRequest("the answer with the results").into());
        }
        Ok(answer.results.into_iter().map(Changed::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use aecs_crypto::SecretString;

    use super::*;

    fn change(bytes: usize) -> Change {
        let mut secret = NewSecret::new("a", EnclaveSecretType::SecretTypeImportData);
        secret.data = Some(SecretString::from("x".repeat(bytes)).into());
        Change::create(&secret)
    }

    #[test]
    fn a_key_that_takes_long_is_alone() {
        let made = |kind| Change::create(&NewSecret::new("a", kind));
        let changes = [
            change(1),
            made(EnclaveSecretType::SecretTypeAes256Key),
            made(EnclaveSecretType::SecretTypeRsaKeyPair),
            made(EnclaveSecretType::SecretTypeCertificate),
            Change::destroy("a"),
            Change::delete("b"),
        ];
        assert_eq!(Change::batches(&changes), [0..2, 2..3, 3..4, 4..6]);
    }

    #[test]
    fn parts_hold_as_much_as_a_request_may() {
        let parts = |sizes: &[usize]| {
            let changes: Vec<Change> = sizes.iter().map(|bytes| change(*bytes)).collect();
            Change::batches(&changes)
        };
        assert!(parts(&[]).is_empty());
        assert_eq!(parts(&[1; 64]), vec![0..64]);
        assert_eq!(parts(&[1; 130]), [0..64, 64..128, 128..130]);
        let half = MOST_BYTES / 2 - 100;
        assert_eq!(parts(&[half, half, 200, half]), [0..2, 2..4]);
        // One that is longer goes alone: its data is sent before.
        assert_eq!(parts(&[MOST_BYTES * 2, 1, MOST_BYTES * 2]), [0..1, 1..2, 2..3]);
    }
}
