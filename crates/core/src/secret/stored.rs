//! A secret as it is kept, and the ways out: to an admitted enclave, and the public view.
//!
//! A secret is two records, written in one change and removed in one change. Its own record holds the
//! specification with its policy, and the random id of its value: it is read first, and has no data.
//! The value is a record whose name is built from that id ([`keys::value`]). A value is never
//! replaced: an update of the policy keeps the id, and other data gets another id.
//!
//! Invariants:
//! - only this file reads values, and only after the secret's own record was judged: for an
//!   [`Admission`], which only the secret's own policy over verified attributes makes (a secret that
//!   is never exported has none); for a [`Shared`], which a private secret does not have; and for
//!   [`Secret::holds`], which tells the owner whether the data of an update is the data that is kept;
//! - data never leaves under the policy of another secret. The id is part of the record that was
//!   judged, and the value's seal is bound to its name. If the secret is destroyed and another one is
//!   created under its name between the two reads, then the old value is missing and the new value has
//!   another id. The caller of this file then looks again, and judges the new secret by its policy.

use aecs_attest::{Acceptance, Admitted, Attributes, Denial, Verified};
use aecs_crypto::{Material, SecretBytes, SecretString, random};
use aecs_proto::{EnclaveSecret, EnclaveSecretSpec, json};
use prost::Message;
use zeroize::Zeroizing;

use super::{
    policy::SecretPolicy,
    spec::{Share, Spec},
};
use crate::{
    error::{Cause, Error, internal},
    keys::{self, ValueId},
    name::ServiceName,
    records::decode,
    vault::{Change, Epoch, Name, Record, Vault, VaultError},
};

#[cfg(test)]
mod tests;

/// How often a secret is read at most. A further time is needed only if the secret was destroyed, or
/// destroyed and created again, between the read of its record and the read of its value.
pub(crate) const LOOKS: usize = 3;

/// What the record of a secret holds. Further fields can name further values.
///
/// Before 2.1.0 was released, one record held the specification (field 1) and the data (field 2).
/// These fields are not used again, so that neither form is taken for the other.
#[derive(Clone, PartialEq, Message)]
struct SecretRecord {
    #[prost(message, optional, tag = "3")]
    spec: Option<EnclaveSecretSpec>,
    /// The id of the value: 16 bytes.
    #[prost(bytes = "vec", tag = "4")]
    value: Vec<u8>,
}

/// What is wrong with records of a secret whose seals are right.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error(
        "record {record} has no specification where version 2.1.0 keeps it: an unreleased version \
         wrote it; destroy the secret and create it again"
    )]
    EarlierForm { record: Name },
    #[error("record {record}: the id of the value must be exactly 16 bytes, got {len}")]
    BadId { record: Name, len: usize },
    #[error("record {value} is missing: it is the value that record {record} names")]
    NoValue { record: Name, value: Name },
    #[error("record {value}: the value of a secret must be text")]
    NotText { value: Name },
}

/// A secret that is to be created.
pub(crate) struct NewSecret {
    spec: Spec,
    material: Material,
}

/// A secret without its data: what is read of it before anything is decided.
pub(crate) struct Secret {
    pub(crate) spec: Spec,
    record: Name,
    epoch: Epoch,
    id: ValueId,
    /// The name of the value with that id.
    value: Name,
}

/// Why a secret is not let out.
pub(crate) enum Refusal {
    /// Its policy does not admit the caller.
    Denied(Denial),
    /// It is never exported, to nobody.
    NeverExported,
}

/// A secret and the proof that its policy admits the caller.
pub(crate) struct Admission<'a> {
    secret: &'a Secret,
    _proof: Admitted,
}

/// A secret that is shared: everybody may have its public half.
pub(crate) struct Shared<'a>(&'a Secret);

impl NewSecret {
    pub(crate) fn new(spec: Spec, material: Material) -> Self {
        Self { spec, material }
    }

    /// The change that creates the secret, both of its records, under the name `record`.
    pub(crate) fn creation(self, record: Name) -> Result<Change, Error> {
        let id = random::<16>().map_err(internal("naming a value"))?;
        let id = ValueId(id);
        let value = keys::value(&record, id)?;
        let data = self.material.to_text();
        Ok(Change::new().create(record, encode(&self.spec, id)).create(value, data.into()))
    }
}

impl Secret {
    /// Reads the record of a secret; `None` if there is none.
    pub(crate) async fn load(vault: &Vault, record: Name) -> Result<Option<Self>, Error> {
        let found = vault.get(&record).await?;
        found.map(|found| Self::decode(record, &found)).transpose()
    }

    fn decode(record: Name, found: &Record) -> Result<Self, Error> {
        let message: SecretRecord = decode(&found.plain)?;
        let Some(spec) = message.spec else {
            return Err(damaged(Damage::EarlierForm { record }));
        };
        let Ok(id) = message.value.as_slice().try_into().map(ValueId) else {
            return Err(damaged(Damage::BadId { record, len: message.value.len() }));
        };
        let service = ServiceName::parse(&spec.service_name)?;
        let spec = Spec::parse(spec, &service).map_err(internal("reading a stored secret"))?;
        let value = keys::value(&record, id)?;
        Ok(Self { spec, record, epoch: found.epoch, id, value })
    }

    /// The name of the secret's record.
    pub(crate) fn record(&self) -> &Name {
        &self.record
    }

    /// The epoch of the secret's record, which is the version of its policy.
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The epoch of the value, which is the version of the data; the value is not read for that.
    pub(crate) fn version(&self, vault: &Vault) -> Option<Epoch> {
        vault.epoch_of(&self.value)
    }

    /// Applies the secret's policy to what a caller's evidence attests.
    pub(crate) fn admit(
        &self,
        attributes: &Verified<Attributes>,
        acceptance: &Acceptance,
    ) -> Result<Admission<'_>, Refusal> {
        match self.spec.policy.rules().admit(attributes, acceptance) {
            // First, so that only who is admitted learns that there is such a secret.
            Err(denial) => Err(Refusal::Denied(denial)),
            Ok(_) if self.spec.policy.is_never_export() => Err(Refusal::NeverExported),
            Ok(proof) => Ok(Admission { secret: self, _proof: proof }),
        }
    }

    /// The public half, if it may be read.
    pub(crate) fn shared(&self) -> Result<Shared<'_>, Cause> {
        match self.spec.share {
            Share::Public => Ok(Shared(self)),
            Share::Private => Err(Cause::NotPublic),
        }
    }

    /// The change that gives the secret another policy. It keeps the value, which is not read.
    pub(crate) fn with_policy(self, policy: SecretPolicy) -> Change {
        let spec = Spec { policy, ..self.spec };
        Change::new().replace(self.record, self.epoch, encode(&spec, self.id))
    }

    /// Whether `data` is the data that is kept; compared without telling how much of it is right.
    pub(crate) async fn holds(&self, vault: &Vault, data: &Material) -> Result<bool, Error> {
        let value = self.value(vault).await?;
        let replaced = || VaultError::Conflict { name: self.record.clone() };
        Ok(value.ok_or_else(replaced)?.ct_eq(data.to_text().expose()))
    }

    /// Reads the value; `None` if the secret was destroyed or replaced since its record was read.
    async fn value(&self, vault: &Vault) -> Result<Option<SecretString>, Error> {
        if let Some(found) = vault.get(&self.value).await? {
            let text = SecretString::try_from(found.plain);
            let not_text = |_| damaged(Damage::NotText { value: self.value.clone() });
            return text.map(Some).map_err(not_text);
        }
        // A secret and its value go in one change.
        if vault.epoch_of(&self.record) == Some(self.epoch) {
            let (record, value) = (self.record.clone(), self.value.clone());
            return Err(damaged(Damage::NoValue { record, value }));
        }
        Ok(None)
    }
}

impl Admission<'_> {
    /// Reads the value, and gives the secret with its data, as the JSON that is sealed for the caller;
    /// `None` if the secret was destroyed or replaced since it was judged: look again.
    pub(crate) async fn release(
        &self,
        vault: &Vault,
        show: impl FnOnce(EnclaveSecretSpec) -> EnclaveSecretSpec,
    ) -> Result<Option<Zeroizing<String>>, Error> {
        let Some(data) = self.secret.value(vault).await? else { return Ok(None) };
        let spec = Some(show(self.secret.spec.to_proto()));
        let message = Zeroizing::new(EnclaveSecret { spec, data: data.expose().to_owned() });
        Ok(Some(Zeroizing::new(json::to_string(&*message))))
    }
}

impl Shared<'_> {
    /// The specification and the public half, as the JSON that is signed for anybody; `None` as in
    /// [`Admission::release`]. The value is read for those types only that have a public half.
    ///
    /// The JSON is built from what is public, not from the secret with parts left out.
    pub(crate) async fn view(
        &self,
        vault: &Vault,
        show: impl FnOnce(EnclaveSecretSpec) -> EnclaveSecretSpec,
    ) -> Result<Option<String>, Error> {
        let spec = &self.0.spec;
        let mut data = String::new();
        if Material::has_public_half(spec.kind) {
            let Some(value) = self.0.value(vault).await? else { return Ok(None) };
            let material = Material::parse(spec.kind, value)
                .map_err(internal("reading the value of a secret"))?;
            data.push_str(material.public_half().unwrap_or_default());
        }
        Ok(Some(json::to_string(&EnclaveSecret { spec: Some(show(spec.to_proto())), data })))
    }
}

/// The change that removes a secret of that epoch and its value. Nothing is read for it, so that a
/// damaged secret can be removed as well.
pub(crate) fn removal(vault: &Vault, record: Name, epoch: Epoch) -> Result<Change, Error> {
    // The epoch was read before: if the secret has another value by now, it also has another epoch, and
    // the change is refused.
    let values = vault.names(&keys::values_of(&record)?);
    let change = Change::new().remove(record, Some(epoch));
    Ok(values.into_iter().fold(change, |change, value| change.remove(value, None)))
}

fn encode(spec: &Spec, value: ValueId) -> SecretBytes {
    SecretRecord { spec: Some(spec.to_proto()), value: value.0.to_vec() }.encode_to_vec().into()
}

fn damaged(damage: Damage) -> Error {
    internal("reading a secret")(damage)
}
