//! What the server removes by itself: versions that are not kept any longer, and secrets that were
//! deleted and not restored. Nothing of it is given out from the moment that it ends; this is about
//! the disk.

use std::{borrow::Cow, sync::Arc};

use aecs_crypto::{audit::BY_SERVER, random};
use aecs_proto::Function;

use super::numbers;
use crate::{
    audit::AuditEntry,
    error::{Error, internal},
    keys,
    secret::stored::Secret,
    state::{CoreState, Node},
    vault::Name,
};

/// How many names are looked at at a time.
const PAGE: usize = 256;

/// Removes what has ended of the secrets of all services. It is judged by a time that the host
/// cannot put forward: data that is gone does not come back when the clock is right again.
pub(crate) async fn sweep(core: &Arc<CoreState>) -> Result<(), Error> {
    let node = core.node();
    let mut after: Option<Name> = None;
    loop {
        let page = node.vault()?.names_page(keys::SERVICES, after.as_ref(), PAGE);
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for record in page.into_iter().filter(keys::is_secret_of_service) {
            let now_ms = core.clock.unhurried_ms();
            // Its owner may be changing it. One that fails keeps no other from being swept.
            if let Err(error) = sweep_one(core, &node, record, now_ms).await {
                tracing::warn!(%error, "what has ended of a secret is not removed yet");
            }
        }
    }
}

/// Removes what has ended of one secret by `now_ms`: an act of the server, with an entry in the
/// audit log.
pub(super) async fn sweep_one(
    core: &Arc<CoreState>,
    node: &Node,
    record: Name,
    now_ms: i64,
) -> Result<(), Error> {
    let vault = node.vault()?;
    let Some(found) = Secret::load(vault, record).await? else { return Ok(()) };
    let (service, secret, latest) =
        (found.spec.service.clone(), found.spec.name.clone(), found.latest());
    let purged = found.is_purged(now_ms);
    let policy_version = Some(found.epoch());
    let Some(mut change) = found.swept(vault, now_ms)? else { return Ok(()) };
    let reason = match purged {
        true => "it was deleted, and the time to restore it has ended",
        false => "versions that are not kept any longer",
    };
    if purged {
        let quota = node.settings().quotas.secrets_per_service;
        change = numbers::remember(vault, &service, &secret, latest, quota, change)?;
    }
    let id = random::<8>().map_err(internal("naming an act"))?;
    let entry = AuditEntry {
        time_ms: core.clock.now_ms(),
        caller: Cow::Borrowed(BY_SERVER),
        function: Cow::Borrowed(Function::DestroySecret.name()),
        service: Some(service.to_string()),
        object: Some(secret.to_string()),
        policy_version,
        reason: Some(reason.to_owned()),
        request: Some(hex::encode_upper(id)),
        ..AuditEntry::default()
    };
    let entry = core.ledger.open(Function::DestroySecret, entry);
    entry.reserve()?;
    let done = vault.commit(change.noted(entry.committed())).await.map_err(Error::from);
    if let Ok(epoch) = &done {
        entry.note(|entry| entry.epoch = Some(*epoch));
    }
    entry.conclude(done.as_ref().map(drop))?;
    done.map(drop)
}
