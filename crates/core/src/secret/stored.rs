//! A secret as it is kept, and the ways out: to an admitted enclave, and the public view.
//!
//! A secret is a record of its own, and one for each value. Its own record holds the specification
//! with its policy, and its versions, each with the random id of its value: it is read first, and
//! has no data. A value is a record whose name is built from that id ([`keys::value`]). A value is
//! never replaced: an update of the policy keeps the ids, and other data gets another id. What
//! changes a secret is one change of its own record, with the values that are new and those that no
//! version names any more ([`acts`]).
//!
//! Invariants:
//! - only this file reads values, and only after the secret's own record was judged: for an
//!   [`InPlace`], which an allowed operation with a key makes (the key stays here); for an
//!   [`Admission`], which only the secret's own policy over verified attributes makes (a secret that
//!   is never exported has none); for a [`Shared`], which a private secret does not have; and for
//!   [`Secret::holds`], which tells the owner whether the data of an update is the data that is kept;
//! - data never leaves under the policy of another secret. The id is part of the record that was
//!   judged, and the value's seal is bound to its name. If the secret is destroyed and another one is
//!   created under its name between the two reads, then the old value is missing and the new value has
//!   another id. The caller of this file then looks again, and judges the new secret by its policy;
//! - what is deleted, has expired or is not kept any longer is given to nobody, also not to who is
//!   admitted. Who is not admitted does not learn that.

use std::{collections::BTreeMap, sync::Arc};

use aecs_attest::{Admitted, Attributes, Circumstances, Denial, Verified};
use aecs_crypto::{Material, SecretString, Transcript, random};
use aecs_proto::{EnclaveSecret, EnclaveSecretSpec, KeyUse, SecretInfo, SecretVersion, json};
use prost::Message;
use zeroize::Zeroizing;

use super::{
    spec::{Share, Spec},
    versions::{Data, Made, Version, Versions},
};
use crate::{
    by_epoch::ByEpoch,
    error::{Cause, Error, internal},
    keys::{self, ValueId},
    name::ServiceName,
    records::decode,
    vault::{Change, Epoch, Name, Part, Record, Vault, VaultError},
};

mod acts;
mod in_place;
#[cfg(test)]
mod tests;

pub(crate) use in_place::InPlace;

/// How often a secret is read at most. A further time is needed only if the secret was destroyed,
/// or destroyed and created again, between the read of its record and the read of its value.
pub(crate) const LOOKS: usize = 3;

/// What the record of a secret holds.
///
/// Before 2.1.0 was released, one record held the specification (field 1) and the data (field 2).
/// These fields are not used again, so that neither form is taken for the other.
#[derive(Clone, PartialEq, Message)]
struct SecretRecord {
    #[prost(message, optional, tag = "3")]
    spec: Option<EnclaveSecretSpec>,
    /// The id of the only value, in records from before there were versions.
    #[prost(bytes = "vec", tag = "4")]
    only_value: Vec<u8>,
    /// In the order of their numbers.
    #[prost(message, repeated, tag = "5")]
    versions: Vec<Version>,
    /// When the secret was deleted with all versions, in milliseconds since 1970; 0 if it is not.
    #[prost(int64, tag = "6")]
    deleted_ms: i64,
    /// When it was created, and when it was changed last; 0 in records from before these fields.
    #[prost(int64, tag = "7")]
    created_ms: i64,
    #[prost(int64, tag = "8")]
    changed_ms: i64,
}

/// What is wrong with records of a secret whose seals are right.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error(
        "record {record} has no specification where version 2.1.0 keeps it: an unreleased version \
         wrote it; destroy the secret and create it again"
    )]
    EarlierForm { record: Name },
    #[error("record {record}: the id of a value must be exactly 16 bytes, got {len}")]
    BadId { record: Name, len: usize },
    #[error("record {record} has no version")]
    NoVersion { record: Name },
    #[error("record {value} is missing: it is the value that record {record} names")]
    NoValue { record: Name, value: Name },
    #[error("record {value}: the value of a secret must be text")]
    NotText { value: Name },
}

/// About how many bytes the secrets take that are remembered.
const REMEMBERED: usize = 16 << 20;

/// How much more room a secret takes than its record, which is a compact form: times this, and what each
/// takes beside its texts.
const ROOM: (usize, usize) = (4, 4096);

/// The secrets that were read last, for those who only look at them. A secret has no data.
pub(crate) struct Secrets(ByEpoch<Arc<Secret>>);

impl Default for Secrets {
    fn default() -> Self {
        Self(ByEpoch::new(REMEMBERED))
    }
}

impl Secrets {
    /// A secret as its record has it now; `None` if there is none.
    pub(crate) async fn load(
        &self,
        deployment: [u8; 32],
        vault: &Vault,
        record: Name,
    ) -> Result<Option<Arc<Secret>>, Error> {
        let Some(epoch) = vault.epoch_of(&record).await? else { return Ok(None) };
        if let Some(known) = self.0.get(&deployment, &record, epoch) {
            return Ok(Some(known));
        }
        let found = Secret::load_sized(vault, record.clone()).await?;
        let Some((secret, bytes)) = found else { return Ok(None) };
        let (epoch, secret) = (secret.epoch, Arc::new(secret));
        let bytes = bytes.saturating_mul(ROOM.0).saturating_add(ROOM.1);
        self.0.put(deployment, record, epoch, bytes, secret.clone());
        Ok(Some(secret))
    }
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
    versions: Versions,
    /// When it was deleted with all versions, if it is.
    deleted_ms: Option<i64>,
    created_ms: i64,
    changed_ms: i64,
    /// The ids of the values that it has in the vault.
    values: Vec<ValueId>,
}

/// Which data of a secret is asked for, and when.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// The number of the version; without one, the current version.
    pub(crate) version: Option<u64>,
    /// Milliseconds since 1970.
    pub(crate) now_ms: i64,
}

/// How much of the data of a version is asked for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cut<'a> {
    /// The most bytes; without it, all of them.
    pub(crate) most: Option<usize>,
    pub(crate) offset: usize,
    /// The tag of the version that an earlier part was of; empty if there was none.
    pub(crate) part_of: &'a [u8],
}

/// What is read of a value.
enum Found {
    Whole(SecretString),
    Part(Part),
}

/// The most bytes of data in one answer.
const MOST_AT_ONCE: usize = 1 << 20;

/// The most bytes of one part: with its Base64 and that of the envelope, an answer stays far below what
/// clients accept.
const MOST_IN_PART: usize = 512 << 10;

/// Why a secret is not let out.
pub(crate) enum Refusal {
    /// Its policy does not admit the caller.
    Denied(Denial),
    /// It is never exported, to nobody.
    NeverExported,
    /// The caller is admitted, but not to this operation; the denial says by what, if it is a key in place.
    NotAllowed(Cause, Option<Denial>),
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

    /// What is known of it beside its data.
    pub(crate) fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Its data alone, for a secret that is there.
    pub(crate) fn into_material(self) -> Material {
        self.material
    }

    /// The change that creates the secret under the name `record`, with a version of that number.
    pub(crate) fn creation(self, record: Name, number: u64, made: Made) -> Result<Change, Error> {
        let data = new_data(&self.material)?;
        let value = keys::value(&record, data.id)?;
        let now_ms = made.at_ms;
        let message = SecretRecord {
            spec: Some(self.spec.to_proto()),
            versions: Versions::first(number, data, made).into_vec(),
            created_ms: now_ms,
            changed_ms: now_ms,
            ..SecretRecord::default()
        };
        let change = Change::new().create(record, message.encode_to_vec().into());
        Ok(change.create(value, self.material.to_text().into()))
    }
}

impl Secret {
    /// Reads the record of a secret; `None` if there is none.
    pub(crate) async fn load(vault: &Vault, record: Name) -> Result<Option<Self>, Error> {
        Ok(Self::load_sized(vault, record).await?.map(|(secret, _)| secret))
    }

    /// The same, with the number of bytes of the record.
    async fn load_sized(vault: &Vault, record: Name) -> Result<Option<(Self, usize)>, Error> {
        let Some(found) = vault.get(&record).await? else { return Ok(None) };
        Ok(Some((Self::decode(record, &found)?, found.plain.len())))
    }

    fn decode(record: Name, found: &Record) -> Result<Self, Error> {
        let message: SecretRecord = decode(&found.plain)?;
        let Some(spec) = message.spec else {
            return Err(damaged(Damage::EarlierForm { record }));
        };
        let mut versions = message.versions;
        if versions.is_empty() && !message.only_value.is_empty() {
            versions.push(Version { number: 1, value: message.only_value, ..Version::default() });
        }
        let bad_id = versions.iter().find(|it| !it.value.is_empty() && it.id().is_none());
        if let Some(len) = bad_id.map(|version| version.value.len()) {
            return Err(damaged(Damage::BadId { record, len }));
        }
        let Some(versions) = Versions::read(versions) else {
            return Err(damaged(Damage::NoVersion { record }));
        };
        let service = ServiceName::parse(&spec.service_name)?;
        let spec = Spec::parse(spec, &service).map_err(internal("reading a stored secret"))?;
        let deleted_ms = Some(message.deleted_ms).filter(|at| *at != 0);
        let values = versions.values();
        let SecretRecord { created_ms, changed_ms, .. } = message;
        Ok(Self {
            spec,
            record,
            epoch: found.epoch,
            versions,
            deleted_ms,
            created_ms,
            changed_ms,
            values,
        })
    }

    /// The name of the secret's record.
    pub(crate) fn record(&self) -> &Name {
        &self.record
    }

    /// The epoch of the secret's record, which is the version of its policy.
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The epoch of the value of a version, or of the current one; the value is not read for that.
    pub(crate) async fn data_epoch(
        &self,
        vault: &Vault,
        version: Option<u64>,
    ) -> Result<Option<Epoch>, Error> {
        match self.versions.find(version).and_then(Version::id) {
            Some(id) => Ok(vault.epoch_of(&keys::value(&self.record, id)?).await?),
            None => Ok(None),
        }
    }

    /// Until when it can be restored, if it is deleted with all versions.
    pub(crate) fn restorable_until_ms(&self) -> Option<i64> {
        self.deleted_ms.map(|at| self.spec.lifecycle.restorable_until(at))
    }

    /// The number of its current version, the highest one that was given.
    pub(crate) fn latest(&self) -> u64 {
        self.versions.current().number
    }

    /// What its owner is shown of its versions.
    pub(crate) async fn shown_versions(
        &self,
        vault: &Vault,
        now_ms: i64,
    ) -> Result<Vec<SecretVersion>, Error> {
        let values = vault.epochs_page(&keys::values_of(&self.record)?, None, usize::MAX).await?;
        let epochs: BTreeMap<Name, Epoch> = values.into_iter().collect();
        let epoch = |id| epochs.get(&keys::value(&self.record, id).ok()?).copied();
        Ok(self.versions.shown(now_ms, &self.spec.lifecycle, epoch))
    }

    /// What its owner is shown beside its specification. When it was released last is known elsewhere.
    pub(crate) async fn info(&self, vault: &Vault, now_ms: i64) -> Result<SecretInfo, Error> {
        let current = self.versions.current();
        let lifecycle = &self.spec.lifecycle;
        let shown = self.versions.shown(now_ms, lifecycle, |_| None);
        Ok(SecretInfo {
            created_ms: self.created_ms,
            changed_ms: self.changed_ms,
            released_ms: 0,
            version: current.number,
            state: shown.last().map(|version| version.state).unwrap_or_default(),
            versions: u32::try_from(self.versions.iter().count()).unwrap_or(u32::MAX),
            bytes: vault.bytes(&keys::values_of(&self.record)?).await?,
            epoch: self.epoch,
            expires_ms: lifecycle.expiry(current.created_ms).unwrap_or_default(),
            rotates_ms: self.rotates_ms().unwrap_or_default(),
            version_created_ms: current.created_ms,
        })
    }

    /// When the server has to make the next version, if it ever does.
    pub(crate) fn rotates_ms(&self) -> Option<i64> {
        let due_ms = self.spec.lifecycle.rotation(self.versions.current().created_ms);
        due_ms.filter(|_| self.deleted_ms.is_none())
    }

    /// The version that is wanted, and its data, if that may be given out.
    fn readable(&self, wanted: Wanted) -> Result<(&Version, Data), Cause> {
        self.check_present()?;
        self.versions.readable(wanted.version, wanted.now_ms, &self.spec.lifecycle)
    }

    /// Applies the secret's policy to what a caller's evidence attests.
    pub(crate) fn admit(
        &self,
        attributes: &Verified<Attributes>,
        circumstances: Circumstances<'_>,
    ) -> Result<Admission<'_>, Refusal> {
        let policy = &self.spec.policy;
        if self.spec.is_never_export() {
            // Only who is admitted to anything learns that there is such a secret.
            return match policy.rules().admit(attributes, circumstances) {
                Err(denial) => Err(Refusal::Denied(denial)),
                Ok(_) => Err(Refusal::NeverExported),
            };
        }
        match policy.admit_to(KeyUse::Get, attributes, circumstances) {
            Err(denial) => Err(Refusal::Denied(denial)),
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

    /// Whether `data` is the data of the current version; compared without telling how much of it
    /// is right.
    pub(crate) async fn holds(&self, vault: &Vault, data: &Material) -> Result<bool, Error> {
        let Some(id) = self.versions.current().id() else { return Ok(false) };
        let value = self.value(vault, id).await?;
        let replaced = || VaultError::Conflict { name: self.record.clone() };
        Ok(value.ok_or_else(replaced)?.ct_eq(data.to_text().expose()))
    }

    /// Reads a value, or the part of it that is asked for; `None` as below.
    async fn value_part(
        &self,
        vault: &Vault,
        id: ValueId,
        cut: Cut<'_>,
    ) -> Result<Option<Found>, Error> {
        let value = keys::value(&self.record, id)?;
        let most = cut.most.map_or(MOST_AT_ONCE, |most| most.min(MOST_IN_PART));
        let Some(part) = vault.part(&value, cut.offset, most).await? else {
            return self.missing(vault, value).await;
        };
        if cut.offset == 0 && part.total == part.plain.len() {
            let text = SecretString::try_from(part.plain);
            return text.map(|text| Some(Found::Whole(text))).map_err(|_| not_text(value));
        }
        match cut.most {
            None => Err(Cause::TooLongForOne { bytes: part.total, limit: most }.into()),
            Some(_) => Ok(Some(Found::Part(part))),
        }
    }

    /// Reads a value; `None` if the secret was changed since its record was read.
    async fn value(&self, vault: &Vault, id: ValueId) -> Result<Option<SecretString>, Error> {
        let value = keys::value(&self.record, id)?;
        if let Some(found) = vault.get(&value).await? {
            let text = SecretString::try_from(found.plain);
            return text.map(Some).map_err(|_| not_text(value));
        }
        self.missing(vault, value).await
    }

    /// Why a value is not there: `None` if the secret was changed since its record was read.
    async fn missing<T>(&self, vault: &Vault, value: Name) -> Result<Option<T>, Error> {
        // A value goes in one change with the version that names it.
        if vault.epoch_of(&self.record).await? == Some(self.epoch) {
            let record = self.record.clone();
            return Err(damaged(Damage::NoValue { record, value }));
        }
        Ok(None)
    }
}

impl Admission<'_> {
    /// The number of the version that is wanted, if it may be given out; nothing is read for it.
    pub(crate) fn number(&self, wanted: Wanted) -> Result<u64, Cause> {
        self.secret.readable(wanted).map(|(version, _)| version.number)
    }

    /// Whether the version that is wanted, and may be given out, has this tag.
    pub(crate) fn is_known(&self, wanted: Wanted, tag: &[u8]) -> Result<bool, Cause> {
        let (version, data) = self.secret.readable(wanted)?;
        Ok(tag_of(version.number, data) == tag)
    }

    /// Reads the value of the version that is wanted, or the part of it, and gives the secret with that
    /// data, for the caller alone; `None` if the secret was changed since it was judged: look again.
    pub(crate) async fn release(
        &self,
        vault: &Vault,
        wanted: Wanted,
        cut: Cut<'_>,
        show: impl FnOnce(EnclaveSecret) -> EnclaveSecret,
    ) -> Result<Option<Zeroizing<EnclaveSecret>>, Error> {
        let (version, stored) = self.secret.readable(wanted)?;
        let tag = tag_of(version.number, stored);
        if !cut.part_of.is_empty() && cut.part_of != tag {
            return Err(Cause::OtherPart.into());
        }
        let Some(found) = self.secret.value_part(vault, stored.id, cut).await? else {
            return Ok(None);
        };
        let mut message = Zeroizing::new(EnclaveSecret {
            spec: Some(self.secret.spec.to_proto()),
            encoding: stored.encoding.into(),
            version: version.number,
            tag,
            ..EnclaveSecret::default()
        });
        match found {
            Found::Whole(text) => message.data = text.expose().to_owned(),
            Found::Part(part) => {
                message.part = part.plain.expose().to_vec();
                message.total = count(part.total);
            }
        }
        Ok(Some(Zeroizing::new(show(std::mem::take(&mut *message)))))
    }
}

impl Shared<'_> {
    /// The specification and the public half of the current version, as the JSON that is signed for
    /// anybody; `None` as in [`Admission::release`]. The value is read for those types only that
    /// have a public half.
    ///
    /// The JSON is built from what is public, not from the secret with parts left out.
    pub(crate) async fn view(
        &self,
        vault: &Vault,
        now_ms: i64,
        show: impl FnOnce(EnclaveSecretSpec) -> EnclaveSecretSpec,
    ) -> Result<Option<String>, Error> {
        let spec = &self.0.spec;
        let wanted = Wanted { version: None, now_ms };
        let (_, current) = self.0.readable(wanted).map_err(|_| Cause::NotPublic)?;
        let mut data = String::new();
        if Material::has_public_half(spec.kind) {
            let Some(value) = self.0.value(vault, current.id).await? else { return Ok(None) };
            let material = Material::parse(spec.kind, value)
                .map_err(internal("reading the value of a secret"))?;
            data.push_str(material.public_half().unwrap_or_default());
        }
        let spec = Some(show(spec.to_proto()));
        Ok(Some(json::to_string(&EnclaveSecret { spec, data, ..EnclaveSecret::default() })))
    }
}

/// The change that removes a secret of that epoch and its values. Nothing is read for it, so that a
/// damaged secret can be removed as well.
pub(crate) async fn removal(vault: &Vault, record: Name, epoch: Epoch) -> Result<Change, Error> {
    // The epoch was read before: if the secret has another value by now, it also has another epoch,
    // and the change is refused.
    let values = vault.names(&keys::values_of(&record)?).await?;
    let change = Change::new().remove(record, Some(epoch));
    Ok(values.into_iter().fold(change, |change, value| change.remove(value, None)))
}

/// What names a version among all that there ever are: by the random id of its value, and by its
/// number, because a rollback gives a value to another version.
fn tag_of(number: u64, data: Data) -> Vec<u8> {
    let names = Transcript::new("AECS-2.1 secret tag").field(&data.id.0);
    let mut tag = names.field(&number.to_be_bytes()).sha256().to_vec();
    tag.truncate(16);
    tag
}

/// The id of a value that is to be written, and how it is written.
fn new_data(material: &Material) -> Result<Data, Error> {
    let id = ValueId(random::<16>().map_err(internal("naming a value"))?);
    Ok(Data { id, encoding: material.encoding() })
}

/// A number for a message.
pub(crate) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn not_text(value: Name) -> Error {
    damaged(Damage::NotText { value })
}

fn damaged(damage: Damage) -> Error {
    internal("reading a secret")(damage)
}
