//! Moves of the records to another store, while the server works: [`Relocation`] says how.

use std::sync::{Arc, Weak};

use aecs_attest::Causes;
use aecs_proto::{MoveStoreRequest, MoveStoreResponse, StoreRelocation};
use aecs_store::{Error as StoreError, Lost, Opened};

use crate::{
    call::{AecsAdmin, Call, Reply},
    config::Environment,
    error::{Cause, Error},
    keys,
    relocation::Turn,
    state::CoreState,
    vault::{Change, Destination, Moved, Moving, Relocation, Vault, VaultError},
    wire::wire,
};

/// The longest URL of a store, in bytes.
const MAX_URL_BYTES: usize = 1_024;

/// How often the last step is tried, which the changes of other processes prevent.
const ATTEMPTS: usize = 32;

/// Begins a move. It goes on after the answer.
pub(crate) async fn begin(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let MoveStoreRequest { url } = call.parse()?;
    if url.is_empty() || url.len() > MAX_URL_BYTES || url.contains(char::is_control) {
        let why =
            format!("its URL must have 1 to {MAX_URL_BYTES} bytes without control characters");
        return Err(Cause::CannotMove { why }.into());
    }
    let refused = |why| Cause::CannotMove { why };
    // What is no URL of a store may have a password in it, and is not recorded.
    let url = call.core.env.stores.url(&url).map_err(refused)?;
    call.about(None, Some(&url));
    let (core, vault) = (call.core, call.vault()?);
    let turn = core.relocation.turn()?;
    if core.relocation.are_at(&url, core.env.stores.origin()) {
        return Err(refused("the records are there already".to_owned()).into());
    }
    let Opened { store, lost, .. } = core.env.stores.open(&url).await.map_err(refused)?;
    let destination = vault.destination(store).await;
    let destination = destination.map_err(|error| refused(Causes(&error).to_string()))?;
    // Before anything is written: see the vault.
    call.commit(Change::new()).await.map_err(|error| match error.is_not_writable() {
        true => refused(not_closed(error.message())).into(),
        false => error,
    })?;
    let begun = StoreRelocation {
        url: url.clone(),
        begun_at_ms: core.clock.now_ms(),
        ..StoreRelocation::default()
    };
    core.relocation.begin(begun.clone());
    tokio::spawn(run(Arc::downgrade(core), vault.clone(), destination, lost, turn));
    Ok(Reply::json(&MoveStoreResponse { relocation: Some(begun) }))
}

/// A store that takes no changes takes no farewell: it cannot be closed, so its records do not move.
fn not_closed(why: &str) -> String {
    format!(
        "{why}; the last step of a move writes to the present store, so let it take changes first; or \
         stop all servers, and use an export (docs/storage.md, Another engine)"
    )
}

async fn run(core: Weak<CoreState>, vault: Vault, to: Destination, lost: Lost, turn: Turn) {
    let done = relocate(&core, &vault, to).await;
    let Some(core) = core.upgrade() else { return };
    if done.is_ok() {
        core.env.stores.moved(lost);
    }
    let now_ms = core.clock.now_ms();
    core.relocation.note(|told| {
        told.ended_at_ms = now_ms;
        match done {
            Ok(()) => {
                core.relocation.moved_to(told.url.clone());
                tracing::warn!(
                    url = told.url,
                    "the records have moved: set aecs_store to this URL before the next start"
                );
            }
            Err(error) => {
                tracing::error!(url = told.url, error = %Causes(&error), "a move of the records failed");
                let why = Causes(&error).to_string();
                told.failure = match error {
                    VaultError::Store(
                        StoreError::NotWritable { .. } | StoreError::DiskFailed { .. },
                    ) => not_closed(&why),
                    _ => why,
                };
            }
        }
    });
    drop(turn);
}

async fn relocate(
    core: &Weak<CoreState>,
    vault: &Vault,
    destination: Destination,
) -> Result<(), VaultError> {
    let alive = || core.upgrade().ok_or(VaultError::Closed);
    let (from, to) = {
        let core = alive()?;
        let to = core.relocation.told().map(|told| told.url).unwrap_or_default();
        (core.env.stores.origin().to_owned(), to)
    };
    let mut relocation = destination.begin(vault, &from, &to).await?;
    let mut told = |moving: Moving| {
        if let Some(core) = core.upgrade() {
            core.relocation.note(|told| note(told, moving));
        }
    };
    for _ in 0..ATTEMPTS {
        relocation.copy(&mut told).await?;
        let core = alive()?;
        // Identity backups, and identities that are sealed for recovery, are written by those who hold it.
        let _no_registers = core.provisioning.lock().await;
        if relocation.switch(&[&keys::backups(""), keys::RECOVERY], &mut told).await? {
            end(relocation).await;
            return Ok(());
        }
    }
    let what = "other servers change the records all the time: stop them, then begin again";
    Err(StoreError::unavailable(what).into())
}

async fn end(relocation: Relocation) {
    if let Err(error) = relocation.end().await {
        tracing::warn!(%error, "the new store keeps the mark of the move, which does no harm");
    }
}

fn note(told: &mut StoreRelocation, moving: Moving) {
    told.pages = wire(moving.pages);
    told.pages_copied = wire(moving.copied);
    told.records = wire(moving.verified.records);
    told.records_verified = wire(moving.verified.done);
}

/// Ends a move whose last step a crash has prevented, at a start on the former store.
pub(crate) async fn complete(env: &Environment, moved: &Moved) {
    let done = match env.stores.open(moved.to()).await {
        Ok(opened) => moved.complete(&*opened.store).await.map_err(|error| error.to_string()),
        Err(why) => Err(why),
    };
    if let Err(why) = done {
        tracing::error!(
            url = moved.to(),
            why,
            "the records have moved, but the new store does not answer: start again on this store"
        );
    }
}
