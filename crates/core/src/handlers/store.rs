//! The store as its operator sees it: how large it is, and whether all of it can be read.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use aecs_attest::Causes;
use aecs_proto::{
    ShowStoreRequest, ShowStoreResponse, StoreDamage, StoreVerification, VerifyStoreRequest,
    VerifyStoreResponse,
};
use tokio::time::Instant;

use crate::{
    call::{AecsAdmin, Call, Reply},
    error::Error,
    handlers::{backups, recovery},
    state::CoreState,
    vault::{Damage, Progress, Report, Vault},
    wire::wire,
};

/// How many damaged places an answer lists.
const LISTED: usize = 1_000;

/// How often a verification says how far it is.
const PERIOD: Duration = Duration::from_millis(100);

/// Tells where the records are and how many there are, and what the last verification found.
pub(crate) async fn show(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let ShowStoreRequest {} = call.parse()?;
    call.about(None, Some("store"));
    let (store, vault) = (call.core.store(), call.vault()?);
    let epoch = vault.state().await.map_err(Error::from)?.epoch;
    let size = vault.size();
    Ok(Reply::json(&ShowStoreResponse {
        engine: store.engine().to_owned(),
        is_shared: store.is_shared(),
        epoch: wire(epoch),
        commits: wire(size.commits),
        records: wire(size.records),
        content_bytes: wire(size.bytes),
        height: i32::from(size.height),
        garbage_pages: wire(size.garbage),
        cache_bytes: wire(size.cached as u64),
        cache_limit_bytes: wire(size.cache_limit as u64),
        verification: call.core.verification.lock().clone(),
        relocation: call.core.relocation.told(),
    }))
}

/// Begins a verification, unless one is under way. It goes on after the answer.
pub(crate) async fn verify(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let VerifyStoreRequest {} = call.parse()?;
    call.about(None, Some("store"));
    let (core, vault) = (call.core, call.vault()?);
    let verification = {
        let mut verification = core.verification.lock();
        match &*verification {
            Some(running) if running.ended_at_ms == 0 => running.clone(),
            _ => {
                let begun = StoreVerification {
                    begun_at_ms: core.clock.now_ms(),
                    records: wire(vault.size().records),
                    ..StoreVerification::default()
                };
                *verification = Some(begun.clone());
                tokio::spawn(run(Arc::downgrade(core), vault.clone()));
                begun
            }
        }
    };
    Ok(Reply::json(&VerifyStoreResponse { verification: Some(verification) }))
}

async fn run(core: Weak<CoreState>, vault: Vault) {
    let mut told = Instant::now();
    let progress = |Progress { done, records }| {
        if told.elapsed() < PERIOD {
            return;
        }
        told = Instant::now();
        note(&core, |verification, _| {
            verification.records_done = wire(done);
            verification.records = wire(records);
        });
    };
    let result = async {
        let report = vault.verify(progress).await.map_err(|error| Causes(&error).to_string())?;
        let Some(core) = core.upgrade() else { return Ok((report, Vec::new())) };
        let registers = damaged_registers(&core, &vault).await;
        Ok((report, registers.map_err(|error| error.message().to_owned())?))
    };
    let result: Result<_, String> = result.await;
    note(&core, |verification, now_ms| {
        verification.ended_at_ms = now_ms;
        match result {
            Ok((report, registers)) => found(verification, report, registers),
            Err(error) => {
                tracing::error!(error, "a verification of the store failed");
                verification.failure = error;
            }
        }
    });
}

/// What is damaged beside the records: identity backups, and identities that are sealed for recovery.
async fn damaged_registers(core: &CoreState, vault: &Vault) -> Result<Vec<StoreDamage>, Error> {
    let backups = backups::damaged(core).await?.into_iter();
    let backups = backups.map(|it| (format!("the identity backup of host {}", it.host), it.why));
    let sets = recovery::damaged(core, vault).await?.into_iter();
    let sets = sets.map(|(revision, why)| (format!("the recovery shares {revision}"), why));
    let all = backups.chain(sets).map(|(place, what)| {
        tracing::error!(place, what, "the store is damaged");
        StoreDamage { place, records: 0, what }
    });
    Ok(all.collect())
}

/// Changes the verification that is under way, if the core is still there.
fn note(core: &Weak<CoreState>, change: impl FnOnce(&mut StoreVerification, i64)) {
    let Some(core) = core.upgrade() else { return };
    let now_ms = core.clock.now_ms();
    if let Some(verification) = core.verification.lock().as_mut() {
        change(verification, now_ms);
    }
}

/// Notes what a verification has found.
fn found(verification: &mut StoreVerification, report: Report, registers: Vec<StoreDamage>) {
    let lost = report.damaged.iter().map(|damage| damage.records).sum::<u64>();
    verification.records_done = wire(report.records.saturating_add(lost));
    verification.records = verification.records_done;
    verification.pages = wire(report.pages);
    verification.damaged_count = wire((report.damaged.len() + registers.len()) as u64);
    let listed = report.damaged.into_iter().map(|Damage { place, what, records }| {
        tracing::error!(%place, %what, records, "the store is damaged");
        StoreDamage { place: place.to_string(), records: wire(records), what: what.to_string() }
    });
    // Those of a server first: there are few of them.
    verification.damaged = registers.into_iter().chain(listed).take(LISTED).collect();
}
