//! Exports of the store: the identity backups, the identities that are sealed for their recovery, the root of
//! one moment, and the pages that it needs, all as they are stored, still sealed.
//!
//! There is one export at a time, and it ends after [`TIME_LIMIT`]: while it lasts, no page is removed.
//! Changes go on meanwhile.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aecs_attest::Causes;
use aecs_crypto::random;
use aecs_proto::{ExportStoreRequest, ExportStoreResponse, StoreEntry};
use aecs_store::{
    Error as StoreError,
    export::Key,
    pages::{Read, Register, Tag},
};

use crate::{
    call::{AecsAdmin, Call, Reply},
    error::{Cause, Error, internal},
    exports::Export,
    handlers::{
        backups::{self, Damaged},
        recovery::damaged as damaged_recovery,
    },
    keys, recovery,
    state::CoreState,
    vault::{Tampering, VaultError},
};

/// How long an export may take.
const TIME_LIMIT: Duration = Duration::from_secs(10 * 60);

/// An answer has at most this many entries, and ends after this many bytes of values.
const ENTRIES: usize = 256;
const BYTES: usize = 256 * 1024;

/// Answers with the next entries of an export; without the id of one, begins one.
pub(crate) async fn export(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: ExportStoreRequest = call.parse()?;
    call.about(None, Some("store"));
    let exports = &call.core.exports;
    let export = match request.export_id.as_str() {
        "" => begin(call).await?,
        id => exports.find(id)?,
    };
    let after = match request.after.as_str() {
        "" => None,
        key => Some(Key::parse(key).map_err(Cause::unreadable)?),
    };
    let (entries, more) = entries(&export, after).await.map_err(|error| {
        exports.end(&export.id);
        failed(&error)
    })?;
    if !more {
        exports.end(&export.id);
    }
    // The first part has left the entry of the whole export.
    call.audit.forget();
    Ok(Reply::json(&ExportStoreResponse { export_id: export.id, entries, more }))
}

/// The entries after a key: pages first, then registers, each in their order; and whether more follow.
async fn entries(
    export: &Export,
    after: Option<Key>,
) -> Result<(Vec<StoreEntry>, bool), VaultError> {
    let mut entries = Vec::new();
    let mut bytes = 0;
    let mut add = |key: Key, value: Vec<u8>| {
        bytes += value.len();
        entries.push(StoreEntry { key: key.to_string(), value });
        entries.len() < ENTRIES && bytes < BYTES
    };
    let mut last = match &after {
        None => None,
        Some(Key::Page(id)) => Some(*id),
        Some(Key::Register(_)) => export.moment.last(),
    };
    while let Some((id, page)) = export.moment.page_after(last).await? {
        last = Some(id);
        if !add(Key::Page(id), page) {
            return Ok((entries, true));
        }
    }
    let is_sent =
        |register: &Register| matches!(&after, Some(Key::Register(last)) if register <= last);
    let mut left = export.registers.iter().filter(|(register, _)| !is_sent(register)).peekable();
    for (register, value) in left.by_ref() {
        if !add(Key::Register(register.clone()), value.clone()) {
            break;
        }
    }
    let more = left.peek().is_some();
    Ok((entries, more))
}

async fn begin(call: &Call<'_, AecsAdmin>) -> Result<Export, Error> {
    let (core, vault) = (call.core, call.vault()?);
    let damaged = backups::damaged(core).await?;
    if let Some(Damaged { host, why, .. }) = damaged.into_iter().find(|backup| backup.is_certain) {
        return Err(Cause::BackupDamaged { host, why }.into());
    }
    if let Some((revision, why)) = damaged_recovery(core, vault).await?.into_iter().next() {
        return Err(Cause::RecoveryDamaged { revision, why }.into());
    }
    // The records that are exported know the end of the audit log with the entry of this export. So a server
    // that is stopped next has nothing left to tell them, and leaves the state that was exported.
    call.audit.conclude(Ok(()))?;
    if let Err(error) = core.ledger.end(Some(vault)).await {
        // A store that takes no changes can be exported all the same.
        tracing::warn!(%error, "the exported records do not know the end of the audit log");
    }
    // Before the root: a backup must not remember a later state than that of the export.
    let store_failed = |error: aecs_store::Error| failed(&error.into());
    let mut registers = registers(core).await.map_err(store_failed)?;
    // Of recovery shares, those that the records of that moment name: what was removed until then is
    // among the former ones, what was made until then among the latter.
    let mut recovery = sealed_for_recovery(core).await.map_err(store_failed)?;
    let moment = vault.export().await.map_err(|error| failed(&error))?;
    recovery.extend(sealed_for_recovery(core).await.map_err(store_failed)?);
    registers.extend(recovery);
    registers.extend(moment.root().map(|(register, value)| (register.clone(), value.to_vec())));
    registers.sort_unstable();
    let id = random::<16>().map_err(internal("naming an export"))?;
    let (moment, registers) = (Arc::new(moment), Arc::new(registers));
    let export = Export { id: hex::encode(id), moment, registers };
    core.exports.begin(export.clone());
    let (weak, id) = (Arc::downgrade(core), export.id.clone());
    tokio::spawn(async move {
        tokio::time::sleep(TIME_LIMIT).await;
        if let Some(core) = weak.upgrade() {
            core.exports.end(&id);
        }
    });
    Ok(export)
}

/// The values of the registers with identity backups.
async fn registers(core: &CoreState) -> Result<Vec<(Register, Vec<u8>)>, aecs_store::Error> {
    let store = core.store();
    let mut found = Vec::new();
    for register in store.registers(&keys::backups("")).await? {
        if let Read::New(value) = store.read(&register, Tag::NONE).await? {
            found.push((register, value));
        }
    }
    Ok(found)
}

/// The values of the registers in which identities are sealed for their recovery.
async fn sealed_for_recovery(
    core: &CoreState,
) -> Result<BTreeMap<Register, Vec<u8>>, aecs_store::Error> {
    let store = &*core.store();
    let mut found = BTreeMap::new();
    for register in recovery::registers(store).await? {
        if let Some(value) = recovery::read(store, &register).await? {
            found.insert(register, value);
        }
    }
    Ok(found)
}

fn failed(error: &VaultError) -> Cause {
    tracing::error!(error = %Causes(error), "an export of the store failed");
    match error {
        VaultError::Tampered { place, what }
            if !matches!(what, Tampering::RolledBack { .. } | Tampering::OtherHistory { .. }) =>
        {
            Cause::ExportDamaged { place: place.to_string(), why: what.to_string() }
        }
        VaultError::Store(StoreError::Corrupt { .. } | StoreError::Unreadable { .. }) => {
            let place = "a part of the store".to_owned();
            Cause::ExportDamaged { place, why: Causes(error).to_string() }
        }
        _ => Cause::ExportFailed { why: Causes(error).to_string() },
    }
}
