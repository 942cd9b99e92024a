//! What the server does to secrets by itself.
//!
//! It removes versions that are not kept any longer, and secrets that were deleted and not restored:
//! nothing of them is given out from the moment that they end; this is about the disk. And it makes
//! the next version of a secret whose time to rotate has come.

use std::{borrow::Cow, sync::Arc};

use aecs_crypto::{audit::BY_SERVER, random};
use aecs_proto::Function;

use super::numbers;
use crate::{
    audit::AuditEntry,
    error::{Error, internal},
    keys,
    name::{SecretName, ServiceName},
    secret::{
        material::{self, GivenData},
        stored::{Secret, count},
        versions::Made,
    },
    state::{CoreState, Node},
    vault::{Change, Epoch, Name, Vault},
};

/// How many names are looked at at a time.
const PAGE: usize = 256;

/// Removes what has ended of the secrets of all services, and rotates those whose time has come. It
/// is judged by a time that is proved: data that is gone does not come back when the clock is right
/// again, and versions that follow each other quickly push earlier ones out.
pub(crate) async fn sweep(core: &Arc<CoreState>) -> Result<(), Error> {
    if core.clock.proven_ms().is_none() {
        tracing::info!(
            "secrets that have ended are not removed, and none is rotated, before an AECS \
             administrator's next request: until then only the host's clock tells the time"
        );
        return Ok(());
    }
    let node = core.node();
    let mut after: Option<Name> = None;
    loop {
        let page = node.vault()?.names_page(keys::SERVICES, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for record in page.into_iter().filter(keys::is_secret_of_service) {
            let Some(now_ms) = core.clock.proven_ms() else { return Ok(()) };
            // Its owner may be changing it. One that fails keeps no other from its turn.
            if let Err(error) = sweep_one(core, &node, record.clone(), now_ms).await {
                tracing::warn!(%error, "what has ended of a secret is not removed yet");
            }
            if let Err(error) = rotate_one(core, &node, record.clone(), now_ms).await {
                let secret = keys::describe(&record);
                tracing::warn!(%error, %secret, "a secret is not rotated yet");
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
    let Some(mut change) = found.swept(vault, now_ms).await? else { return Ok(()) };
    let reason = match purged {
        true => "it was deleted, and the time to restore it has ended",
        false => "versions that are not kept any longer",
    };
    if purged {
        let quota = node.settings().quotas.secrets_per_service;
        let gone = [(secret.clone(), latest)];
        change = numbers::remember(vault, &service, &gone, quota, change).await?;
    }
    let about = About { service, secret, reason, policy_version };
    commit(core, vault, Function::DestroySecret, about, change).await
}

/// Makes the next version of one secret, if that is due by `now_ms`: an act of the server as well.
/// Of several nodes, the first commit wins.
async fn rotate_one(
    core: &Arc<CoreState>,
    node: &Node,
    record: Name,
    now_ms: i64,
) -> Result<(), Error> {
    let vault = node.vault()?;
    let Some(found) = Secret::load(vault, record).await? else { return Ok(()) };
    let by_server = Made { by: BY_SERVER.to_owned(), at_ms: made_ms(core, now_ms) };
    let is_due = found.rotates_ms().is_some_and(|due_ms| due_ms <= now_ms);
    // A look may come long after it was due.
    if !is_due || found.spec.lifecycle.has_ended(by_server.at_ms) {
        return Ok(());
    }
    let quotas = node.settings().quotas;
    let (service, secret, spec) =
        (found.spec.service.clone(), found.spec.name.clone(), found.spec.clone());
    let limit = quotas.data_bytes;
    let prepare = move || material::prepare(spec, GivenData::none(), limit);
    let made = core.lanes.services.run(service.to_string(), "rotating a secret", prepare).await??;
    let about = About {
        policy_version: Some(found.epoch()),
        reason: "its time to rotate has come",
        service: service.clone(),
        secret,
    };
    let (change, _) = found.put_judged(&made.into_material(), by_server, now_ms)?;
    let change = change.within(keys::all_values_of(&service), count(quotas.bytes_per_service));
    commit(core, vault, Function::RotateSecret, about, change).await
}

/// How far the time that is proved may be behind: what vendors sign is renewed every month.
const BEHIND_MS: i64 = 31 * 24 * 60 * 60 * 1000;

/// The time of a version that the server makes. A clock that was put forward would keep the version
/// from being replaced and from expiring, so it counts only as far as the time that is proved may be
/// behind.
fn made_ms(core: &CoreState, proven_ms: i64) -> i64 {
    let clock_ms = core.clock.steady_ms().min(core.clock.now_ms());
    clock_ms.clamp(proven_ms, proven_ms.saturating_add(BEHIND_MS))
}

/// What the audit log is told of an act of the server.
struct About {
    service: ServiceName,
    secret: SecretName,
    reason: &'static str,
    policy_version: Option<Epoch>,
}

/// Commits an act of the server with its entry in the audit log.
async fn commit(
    core: &CoreState,
    vault: &Vault,
    function: Function,
    about: About,
    change: Change,
) -> Result<(), Error> {
    let id = random::<8>().map_err(internal("naming an act"))?;
    let entry = AuditEntry {
        time_ms: core.clock.now_ms(),
        caller: Cow::Borrowed(BY_SERVER),
        function: Cow::Borrowed(function.name()),
        service: Some(about.service.to_string()),
        object: Some(about.secret.to_string()),
        policy_version: about.policy_version,
        reason: Some(about.reason.to_owned()),
        request: Some(hex::encode_upper(id)),
        ..AuditEntry::default()
    };
    let entry = core.ledger.open(function, entry);
    entry.reserve()?;
    let done = vault.commit(change.noted(entry.committed())).await.map_err(Error::from);
    if let Ok(epoch) = &done {
        entry.note(|entry| entry.epoch = Some(*epoch));
    }
    entry.conclude(done.as_ref().map(drop))?;
    done.map(drop)
}
