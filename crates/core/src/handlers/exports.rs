//! Exports of the store: every entry as it was at one moment, in pages, still sealed.
//!
//! There is one export at a time, and it ends after [`TIME_LIMIT`]: while it lasts, the store
//! cannot use the room of what is overwritten. Changes go on meanwhile.

use std::{sync::Arc, time::Duration};

use aecs_attest::Causes;
use aecs_crypto::random;
use aecs_proto::{ExportStoreRequest, ExportStoreResponse, StoreEntry};
use aecs_store::{Entry, Key};

use crate::{
    call::{AecsAdmin, Call, Reply},
    error::{Cause, Error, internal},
    exports::Export,
    state::CoreState,
};

/// How long an export may take.
const TIME_LIMIT: Duration = Duration::from_secs(10 * 60);

/// A page has at most this many entries, and ends after this many bytes of values.
const PAGE_ENTRIES: usize = 256;
const PAGE_BYTES: usize = 256 * 1024;

/// Answers with a page of an export; without the id of one, begins one.
pub(crate) async fn export(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: ExportStoreRequest = call.parse()?;
    call.about(None, Some("store"));
    let exports = &call.core.exports;
    let export = match request.export_id.as_str() {
        "" => begin(call.core).await?,
        id => exports.find(id)?,
    };
    let after = match request.after.as_str() {
        "" => None,
        key => Some(Key::new(key).map_err(Cause::unreadable)?),
    };
    let page = export.snapshot.list("", after.as_ref(), PAGE_ENTRIES).await.map_err(|error| {
        exports.end(&export.id);
        failed(&error)
    })?;
    let listed = page.entries.len();
    let entries = first_bytes(page.entries);
    let more = page.more || entries.len() < listed;
    if !more {
        exports.end(&export.id);
    }
    Ok(Reply::json(&ExportStoreResponse { export_id: export.id, entries, more }))
}

/// The first of `entries` that make a page.
fn first_bytes(entries: Vec<(Key, Entry)>) -> Vec<StoreEntry> {
    let mut bytes = 0;
    entries
        .into_iter()
        .take_while(|(_, entry)| {
            let before = bytes;
            bytes += entry.value.len();
            before < PAGE_BYTES
        })
        .map(|(key, entry)| StoreEntry { key: key.as_str().to_owned(), value: entry.value })
        .collect()
}

async fn begin(core: &Arc<CoreState>) -> Result<Export, Error> {
    let snapshot = core.env.store.snapshot().await.map_err(|error| failed(&error))?;
    let id = random::<16>().map_err(internal("naming an export"))?;
    let export = Export { id: hex::encode(id), snapshot: snapshot.into() };
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

fn failed(error: &aecs_store::Error) -> Cause {
    tracing::error!(error = %Causes(error), "an export of the store failed");
    Cause::ExportFailed { why: Causes(error).to_string() }
}
