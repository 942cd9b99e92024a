//! Backups of the identity in the store: sealed, each in a register of its own, by the name of a host.
//!
//! A register and the records do not change in one step. Invariant: a backup is written before the
//! commit of the act, and removed after it. What a crash between the two leaves does no harm:
//! - **a new backup, and no act**: it holds this identity, and opens only on a platform that the rules of
//!   the settings name. Only an administrator can restore it, who names the identity and agrees to its
//!   settings. The client got no answer: it asks again, which
//!   replaces the backup;
//! - **a backup with settings that are not in force**: the same. They are those that the administrator
//!   has signed. Only a provision that names the backup begins with them, and it shows them before;
//! - **the act of a removal, and still the backup**: it is listed, and another request removes it. Where
//!   the store fails and the server goes on, the client is told that the backup is still there.
//!
//! The other order would leave the record of an act without the backup that it made, or a removed backup
//! without a record of who removed it.

use std::sync::Arc;

use aecs_attest::{Causes, Sealer, Sealing};
use aecs_crypto::{random, sha256};
use aecs_proto::{
    AecsBackupIdentityRequest, AecsBackupIdentityResponse, AecsDeleteBackupIdentityRequest,
    AecsDeleteBackupIdentityResponse, AecsIdentityBackup, AecsListBackupIdentityRequest,
    AecsListBackupIdentityResponse, AecsListIdentityBackupResult,
};
use aecs_store::{
    Error as StoreError,
    pages::{Commit, PageStore, Read, Register, Swap, Tag},
};
use prost::Message;

use crate::{
    call::{AecsAdmin, Call, Reply},
    error::{Cause, Error, ErrorCode, Kind, internal},
    identity::{Identity, SealedFor, UnsealError},
    keys,
    memory::Memory,
    name::{HostName, check_prefix},
    remembering::memory_of,
    restoration::Backup,
    state::{CoreState, Node},
    vault::{Change, VaultError},
};

/// How often a register is compared and swapped, where others change it or the store does not answer.
const ATTEMPTS: usize = 5;

/// A backup that was written.
pub(crate) struct Written {
    host: HostName,
    register: Register,
    tag: Tag,
    /// The value of before.
    former: Option<Vec<u8>>,
}

/// Seals the current identity under a host's name, replacing what was there.
pub(crate) async fn create(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsBackupIdentityRequest = call.parse()?;
    let host = HostName::required(&request.host_name, Cause::AdminHostEmpty)?;
    call.about(None, Some(host.as_str()));
    let core = call.core;
    let _one_at_a_time = core.provisioning.lock().await;
    let written = write(core, &host, backup_of(core, &core.node(), &host).await?).await?;
    if let Err(error) = call.commit(Change::new()).await {
        put_back(core, Some(written), &error).await;
        return Err(error);
    }
    Ok(Reply::json(&AecsBackupIdentityResponse::default()))
}

/// The backup of the identity of `node`, with what it remembers, under a host's name.
async fn backup_of(core: &CoreState, node: &Node, host: &HostName) -> Result<Vec<u8>, Error> {
    let sealer = sealer(&core.sealing(node))?;
    let memory = memory_of(core, node).await?;
    seal(core, node.identity.identity().clone(), memory, host, sealer).await
}

/// Writes the backup of a node that is about to be, if it has one: with its settings and keys, and
/// sealed under its rules.
pub(crate) async fn write_next(core: &CoreState, next: &Node) -> Option<Written> {
    let host = next.backup()?;
    let written = async { write(core, host, backup_of(core, next, host).await?).await };
    match written.await {
        Ok(written) => Some(written),
        Err(error) => {
            tracing::warn!(%error, %host, "the identity backup stays as it was, under the former rules");
            None
        }
    }
}

/// Writes a backup, whatever its register has.
pub(crate) async fn write(
    core: &CoreState,
    host: &HostName,
    backup: Vec<u8>,
) -> Result<Written, Error> {
    let store = &*core.store();
    let register = keys::backup(host)?;
    let former = read(store, &register).await?;
    let tag = swap(store, &register, former.as_deref(), Some(backup)).await?;
    Ok(Written { host: host.clone(), register, tag, former })
}

/// Puts back what was there before a backup whose act was refused with `error`. Where it is not known
/// whether the act was made, and where this fails, the new one stays.
pub(crate) async fn put_back(core: &CoreState, written: Option<Written>, error: &Error) {
    let Some(Written { host, register, tag, former }) = written else { return };
    if error.kind() == Kind::Unavailable {
        return;
    }
    if let Err(error) = restore(&*core.store(), &register, tag, former.as_deref()).await {
        tracing::warn!(%error, %host, "the former identity backup cannot be put back; the new one stays");
    }
}

/// Puts a former value in the place of the one with the tag `expected`. A value that somebody else has
/// written since stays.
async fn restore(
    store: &dyn PageStore,
    register: &Register,
    expected: Tag,
    former: Option<&[u8]>,
) -> Result<(), Error> {
    let former = former.and_then(|value| value.get(Tag::LEN..)).map(tagged).transpose()?;
    let value = former.as_ref().map(|(_, value)| value.as_slice());
    let commit = Commit { register, expected, value, pages: &[], dead: &[] };
    store.commit(commit).await.map(drop).map_err(|error| VaultError::Store(error).into())
}

/// A backup as the value of a register, and its fresh tag.
fn tagged(backup: &[u8]) -> Result<(Tag, Vec<u8>), Error> {
    let tag = random::<{ Tag::LEN }>().map_err(internal("naming the value of a register"))?;
    Ok((Tag::from_bytes(tag), [tag.as_slice(), backup].concat()))
}

/// The value of a register: a tag, and the backup.
async fn read(store: &dyn PageStore, register: &Register) -> Result<Option<Vec<u8>>, Error> {
    match store.read(register, Tag::NONE).await {
        Ok(Read::New(value)) => Ok(Some(value)),
        Ok(Read::None | Read::Same) => Ok(None),
        Err(error) => Err(internal("reading an identity backup")(error)),
    }
}

/// Replaces the value of a register that begins with the tag of `before` by a backup, or removes it.
/// Gives its new tag.
async fn swap(
    store: &dyn PageStore,
    register: &Register,
    before: Option<&[u8]>,
    backup: Option<Vec<u8>>,
) -> Result<Tag, Error> {
    let mut expected = Tag::of(before).map_err(VaultError::Store)?;
    let mut own = vec![];
    let mut last = StoreError::unavailable("the identity backup is changed by others each time");
    for _ in 0..ATTEMPTS {
        let (tag, value) = backup.as_deref().map(tagged).transpose()?.unzip();
        let tag = tag.unwrap_or(Tag::NONE);
        if tag == expected {
            return Ok(tag);
        }
        own.push(tag);
        let commit = Commit { register, expected, value: value.as_deref(), pages: &[], dead: &[] };
        match store.commit(commit).await {
            Ok(Swap::Done) => return Ok(tag),
            Ok(Swap::Lost) => {}
            // It may have been done.
            Err(error @ StoreError::Unavailable { .. }) => last = error,
            Err(error) => return Err(VaultError::Store(error).into()),
        }
        let Ok(found) = read(store, register).await else { continue };
        expected = Tag::of(found.as_deref()).map_err(VaultError::Store)?;
        if own.contains(&expected) {
            return Ok(expected);
        }
    }
    Err(VaultError::Unsettled(last).into())
}

/// Lists the backups whose host's name begins with a prefix, and whose identity each holds.
pub(crate) async fn list(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsListBackupIdentityRequest = call.parse()?;
    check_prefix(&request.host_name)?;
    let store = &*call.core.store();
    let registers = store.registers(&keys::backups(&request.host_name)).await;
    let mut results = Vec::new();
    for register in registers.map_err(internal("listing identity backups"))? {
        let (Some(host), Some(value)) = (keys::host_of(&register), read(store, &register).await?)
        else {
            continue;
        };
        results.push(AecsListIdentityBackupResult {
            identity_backup_name: host.to_string(),
            // The store is not trusted: this is what it says, and only opening the backup proves.
            identity_public_key_hash: message_of(&value)
                .map_or_else(|| "not a backup".to_owned(), |backup| backup.public_key_hash.clone()),
        });
    }
    results.sort_by(|one, other| one.identity_backup_name.cmp(&other.identity_backup_name));
    Ok(Reply::json(&AecsListBackupIdentityResponse { results }))
}

/// The hosts of which the store says that it has backups.
pub(crate) async fn hosts(store: &dyn PageStore) -> Result<Vec<HostName>, StoreError> {
    let registers = store.registers(&keys::backups("")).await?;
    Ok(registers.iter().filter_map(keys::host_of).collect())
}

/// The backup in the value of a register.
fn message_of(value: &[u8]) -> Option<AecsIdentityBackup> {
    AecsIdentityBackup::decode(value.get(Tag::LEN..)?).ok()
}

/// Deletes a backup.
pub(crate) async fn delete(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsDeleteBackupIdentityRequest = call.parse()?;
    let host = HostName::required(&request.host_name, Cause::AdminHostEmpty)?;
    call.about(None, Some(host.as_str()));
    let register = keys::backup(&host)?;
    let core = call.core;
    let _one_at_a_time = core.provisioning.lock().await;
    let Some(found) = read(&*core.store(), &register).await? else {
        return Err(Cause::NoBackup { host }.into());
    };
    call.commit(Change::new()).await?;
    match swap(&*core.store(), &register, Some(&found), None).await {
        Ok(_) => Ok(Reply::json(&AecsDeleteBackupIdentityResponse::default())),
        Err(error) => {
            tracing::error!(%error, %host, "an identity backup that was to be removed may still be there");
            Err(Cause::BackupStays { host }.into())
        }
    }
}

/// What makes or opens backups; refused where there is nothing.
pub(crate) fn sealer(sealing: &Sealing) -> Result<Arc<dyn Sealer>, Cause> {
    sealing.sealer().cloned().map_err(|error| Cause::NoSealer { why: error.to_string() })
}

/// The content of the backup of `identity` under the name of `host`.
pub(crate) async fn seal(
    core: &CoreState,
    identity: Arc<Identity>,
    memory: Memory,
    host: &HostName,
    sealer: Arc<dyn Sealer>,
) -> Result<Vec<u8>, Error> {
    let purpose = SealedFor::Backup(host.clone());
    let public_key_hash = identity.hash();
    let seal = move || identity.seal(&memory, &*sealer, &purpose);
    let sealed = core.lanes.operator.run("sealing the identity", seal).await?;
    let sealed = sealed.map_err(internal("sealing the identity"))?;
    let backup =
        AecsIdentityBackup { hex_sealed_identity: hex::encode_upper(sealed), public_key_hash };
    Ok(backup.encode_to_vec())
}

/// A backup that nobody can restore, as far as this server can tell.
pub(crate) struct Damaged {
    /// The name of its host.
    pub(crate) host: String,
    /// What is wrong with it.
    pub(crate) why: String,
    /// False if another server may be able to open it.
    pub(crate) is_certain: bool,
}

/// What is wrong with a backup.
enum Flaw {
    Form,
    /// It does not open here.
    Seal(String),
}

impl Flaw {
    fn why(self) -> String {
        match self {
            Self::Form => "it is damaged".to_owned(),
            Self::Seal(why) => why,
        }
    }
}

/// Reads and opens every backup in the store. Where servers of several machines share the store, this
/// one cannot tell a damaged backup from that of another machine: only its own one has to open.
pub(crate) async fn damaged(core: &CoreState) -> Result<Vec<Damaged>, Error> {
    let (store, node) = (core.store(), core.node());
    let mut damaged = Vec::new();
    let registers = store.registers(&keys::backups("")).await.map_err(VaultError::Store)?;
    for register in registers {
        let mut add = |host: &str, why: String, is_certain| {
            damaged.push(Damaged { host: host.to_owned(), why, is_certain });
        };
        let Some(host) = keys::host_of(&register) else {
            add(register.as_str(), "its name is not that of a host".to_owned(), true);
            continue;
        };
        let value = match store.read(&register, Tag::NONE).await {
            Ok(Read::New(value)) => value,
            Ok(Read::None | Read::Same) => continue,
            Err(error @ (StoreError::Corrupt { .. } | StoreError::Unreadable { .. })) => {
                add(host.as_str(), Causes(&error).to_string(), true);
                continue;
            }
            Err(error) => return Err(VaultError::Store(error).into()),
        };
        let is_own = node.backup() == Some(&host);
        match open(core, &host, &value).await {
            Ok(Ok(backup)) if backup.identity.deployment_id() == node.deployment_id() => {}
            Ok(Ok(_)) => add(host.as_str(), "it is of another deployment".to_owned(), false),
            Ok(Err(Flaw::Form)) => add(host.as_str(), Flaw::Form.why(), true),
            Ok(Err(Flaw::Seal(why))) if is_own || !store.is_shared() => {
                add(host.as_str(), format!("it does not open: {why}"), is_own);
            }
            Ok(Err(Flaw::Seal(why))) => tracing::warn!(
                %host, why,
                "an identity backup does not open on this server: verify the store on the server that made it"
            ),
            // On a platform that cannot seal, there is none that could open.
            Err(error) if error.code() == ErrorCode::NoBackup => {}
            Err(error) => return Err(error),
        }
    }
    Ok(damaged)
}

/// Opens the backup in the value of a register.
async fn open(
    core: &CoreState,
    host: &HostName,
    value: &[u8],
) -> Result<Result<Backup, Flaw>, Error> {
    let Some(backup) = message_of(value) else { return Ok(Err(Flaw::Form)) };
    let Ok(sealed) = hex::decode(&backup.hex_sealed_identity) else { return Ok(Err(Flaw::Form)) };
    let sealer = sealer(&core.env.sealing.opening())?;
    let purpose = SealedFor::Backup(host.clone());
    let unseal = move || {
        let (identity, memory) = Identity::unseal(&*sealer, &purpose, &sealed)?;
        Ok::<_, UnsealError>(Backup { identity, memory, digest: sha256(&sealed) })
    };
    let opened = core.lanes.operator.run("unsealing the identity", unseal).await?;
    Ok(opened.map_err(|error| Flaw::Seal(Causes(&error).to_string())))
}

/// Reads the backup under the name of `host`, if there is one.
pub(crate) async fn load(core: &CoreState, host: &HostName) -> Result<Option<Backup>, Error> {
    let Some(value) = read(&*core.store(), &keys::backup(host)?).await? else {
        return Ok(None);
    };
    let opened = open(core, host, &value).await?;
    let bad = |flaw: Flaw| Cause::BadBackup { host: host.clone(), why: flaw.why() };
    Ok(Some(opened.map_err(bad)?))
}
