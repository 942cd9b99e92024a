//! Backups of the identity in the store: sealed, under the name of a host.
//!
//! Invariant: a backup is written, replaced and removed in the same commit as the record of the act,
//! so after a crash there is the old one or the new one.

use std::sync::Arc;

use aecs_attest::{Causes, Sealer, Sealing};
use aecs_crypto::sha256;
use aecs_proto::{
    AecsBackupIdentityRequest, AecsBackupIdentityResponse, AecsDeleteBackupIdentityRequest,
    AecsDeleteBackupIdentityResponse, AecsIdentityBackup, AecsListBackupIdentityRequest,
    AecsListBackupIdentityResponse, AecsListIdentityBackupResult,
};
use aecs_store::{Key, StoreExt};
use prost::Message;

use crate::{
    call::{AecsAdmin, Call, Reply},
    error::{Cause, Error, internal},
    identity::{Identity, SealedFor, UnsealError},
    keys,
    memory::Memory,
    name::{HostName, check_prefix},
    remembering::memory_of,
    restoration::Backup,
    state::{CoreState, Node},
    vault::Change,
};

/// Seals the current identity under a host's name, replacing what was there.
pub(crate) async fn create(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsBackupIdentityRequest = call.parse()?;
    let host = HostName::required(&request.host_name, Cause::AdminHostEmpty)?;
    call.about(None, Some(host.as_str()));
    let core = call.core;
    let _one_at_a_time = core.provisioning.lock().await;
    let (key, backup) = backup_of(core, &core.node(), &host).await?;
    call.commit(Change::new().put_entry(key, backup)).await?;
    Ok(Reply::json(&AecsBackupIdentityResponse::default()))
}

/// The backup of the identity of `node`, with what it remembers, under a host's name, and its key.
pub(crate) async fn backup_of(
    core: &CoreState,
    node: &Node,
    host: &HostName,
) -> Result<(Key, Vec<u8>), Error> {
    let sealer = sealer(&core.sealing(node))?;
    let memory = memory_of(node).await?;
    let backup = seal(core, node.identity.identity().clone(), memory, host, sealer).await?;
    Ok((keys::backup(host)?, backup))
}

/// Lists the backups whose host's name begins with a prefix, and whose identity each holds.
pub(crate) async fn list(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsListBackupIdentityRequest = call.parse()?;
    check_prefix(&request.host_name)?;
    let prefix = format!("{}{}", keys::BACKUPS, request.host_name);
    let store = &call.core.env.store;
    let entries = store.list_all(&prefix).await.map_err(internal("listing identity backups"))?;
    let results = entries
        .into_iter()
        .map(|(key, entry)| AecsListIdentityBackupResult {
            identity_backup_name: key.as_str().trim_start_matches(keys::BACKUPS).to_owned(),
            // The store is not trusted: this is what it says, and only opening the backup proves.
            identity_public_key_hash: AecsIdentityBackup::decode(entry.value.as_slice())
                .map_or_else(
                    |_| "not a backup".to_owned(),
                    |backup| backup.public_key_hash.clone(),
                ),
        })
        .collect();
    Ok(Reply::json(&AecsListBackupIdentityResponse { results }))
}

/// Deletes a backup.
pub(crate) async fn delete(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsDeleteBackupIdentityRequest = call.parse()?;
    let host = HostName::required(&request.host_name, Cause::AdminHostEmpty)?;
    call.about(None, Some(host.as_str()));
    let key = keys::backup(&host)?;
    let _one_at_a_time = call.core.provisioning.lock().await;
    let found = call.core.env.store.get(&key).await;
    if found.map_err(internal("reading an identity backup"))?.is_none() {
        return Err(Cause::NoBackup { host }.into());
    }
    call.commit(Change::new().remove_entry(key)).await?;
    Ok(Reply::json(&AecsDeleteBackupIdentityResponse::default()))
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

/// Reads the backup under the name of `host`, if there is one.
pub(crate) async fn load(core: &CoreState, host: &HostName) -> Result<Option<Backup>, Error> {
    let entry = core
        .env
        .store
        .get(&keys::backup(host)?)
        .await
        .map_err(internal("reading an identity backup"))?;
    let Some(entry) = entry else {
        return Ok(None);
    };
    let bad = |why: &str| Cause::BadBackup { host: host.clone(), why: why.to_owned() };
    let damaged = || bad("it is damaged");
    let backup = AecsIdentityBackup::decode(entry.value.as_slice()).map_err(|_| damaged())?;
    let sealed = hex::decode(&backup.hex_sealed_identity).map_err(|_| damaged())?;
    let sealer = sealer(&core.env.sealing.opening())?;
    let purpose = SealedFor::Backup(host.clone());
    let unseal = move || {
        let (identity, memory) = Identity::unseal(&*sealer, &purpose, &sealed)?;
        Ok::<_, UnsealError>(Backup { identity, memory, digest: sha256(&sealed) })
    };
    let opened = core.lanes.operator.run("unsealing the identity", unseal).await?;
    Ok(Some(opened.map_err(|error| bad(&Causes(&error).to_string()))?))
}
