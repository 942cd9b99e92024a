//! Keeping what the node remembers in the sealed file beside the server, and in backups.
//!
//! It is sealed under the rules of the trust settings in force, whatever the host's file says.
//!
//! The file is written when what it says has changed, and only then: a start on a full or
//! read-only disk serves what is there. It is never written over the identity in service of another
//! server, and what does not open is kept beside it.

use std::sync::Arc;

use aecs_attest::{Sealing, SealingRules};
use aecs_crypto::sha256;
use prost::Message;

use crate::{
    config::IdentityCache,
    error::{Cause, Error, internal},
    floor,
    identity::{AttestedIdentity, Identity, SealedFor},
    memory::Memory,
    state::{CoreState, Node},
};

/// What `node` remembers now.
pub(crate) async fn memory_of(core: &CoreState, node: &Node) -> Result<Memory, Error> {
    let (seen, floor) = match node.vault() {
        Ok(vault) => {
            (vault.state().await?.point(), floor::load(vault).await?.or(node.memory.floor))
        }
        // Records that nobody has accepted yet prove nothing.
        Err(_) => (node.memory.seen, node.memory.floor),
    };
    Ok(Memory {
        settings: node.trust.text.clone(),
        revision: node.trust.revision,
        administrators: node.administrators().await?,
        service: node.memory.service.clone(),
        seen,
        floor,
        // Before the server works, no log is compared with what the records know.
        log: if node.is_working() { Some(core.env.audit.id()) } else { node.memory.log },
    })
}

/// Saves the identity before the act that brings it into service, or has that not made at all.
pub(crate) async fn remember_beginning(
    core: &CoreState,
    identity: &AttestedIdentity,
    memory: &Memory,
    rules: &SealingRules,
) -> Result<(), Error> {
    let mut sealed = core.sealed.lock().await;
    write(core, &mut sealed, identity.identity().clone(), memory.clone(), rules).await
}

/// Tells whether what is sealed beside the server is what would be sealed now.
pub(crate) fn digest(identity: &Identity, memory: &Memory) -> [u8; 32] {
    sha256(&[identity.hash().into_bytes(), memory.to_record().encode_to_vec()].concat())
}

/// The same as [`remember`]; a failure is only logged: the vault decides, and what is sealed only
/// holds while there is none.
pub(crate) async fn remember_if_possible(core: &CoreState) {
    if let Err(error) = remember(core).await {
        tracing::warn!(%error, "the sealed identity beside the server is not up to date");
    }
}

/// Has the identity saved again the next time if what was saved is gone: without it, the next start makes
/// another identity, to which nothing in the store opens.
pub(crate) async fn notice_loss(core: &CoreState) {
    let Some(cache) = core.env.identity_cache.clone() else { return };
    let mut sealed = core.sealed.lock().await;
    if sealed.is_none() {
        return;
    }
    let found = tokio::task::spawn_blocking(move || cache.load()).await;
    if matches!(found, Ok(Ok(None))) {
        tracing::warn!("the sealed identity beside the server is gone; it is saved again");
        *sealed = None;
    }
}

/// Saves the identity and what the node remembers where the next start finds it, if the operator
/// configured such a place and the platform can seal.
pub(crate) async fn remember(core: &CoreState) -> Result<(), Error> {
    // Held until it is written, so that the later one of two is what stays.
    let mut sealed = core.sealed.lock().await;
    let node = core.node();
    if node.recovering().is_ok() {
        // Its identity is of this process only, and must not take the place of another one.
        return Ok(());
    }
    let memory = memory_of(core, &node).await?;
    let rules = node.settings().sealing;
    write(core, &mut sealed, node.identity.identity().clone(), memory, &rules).await
}

async fn write(
    core: &CoreState,
    sealed: &mut Option<[u8; 32]>,
    identity: Arc<Identity>,
    memory: Memory,
    rules: &SealingRules,
) -> Result<(), Error> {
    let Some(cache) = core.env.identity_cache.clone() else { return Ok(()) };
    let digest = digest(&identity, &memory);
    if *sealed == Some(digest) {
        return Ok(());
    }
    let Sealing::Sealer(sealer) = core.env.sealing.under(rules) else { return Ok(()) };
    let own = [identity.deployment_id(), core.node().deployment_id()];
    let opening = core.env.sealing.opening();
    let save = move || -> Result<(), Error> {
        keep_of_another(&*cache, &opening, &own)?;
        let sealed = identity
            .seal(&memory, sealer.as_ref(), &SealedFor::Cache)
            .map_err(internal("sealing the identity"))?;
        cache.save(&sealed).map_err(|error| not_saved(&error))
    };
    core.lanes.operator.run("saving the identity", save).await??;
    *sealed = Some(digest);
    Ok(())
}

/// Refuses to write over an identity in service that is none of `own`: two servers were given one place, and it
/// may be the only copy. So may be what does not open, which is kept, and what cannot be read.
fn keep_of_another(
    cache: &dyn IdentityCache,
    opening: &Sealing,
    own: &[[u8; 32]],
) -> Result<(), Error> {
    let found = cache.load().map_err(|error| not_saved(&error))?;
    let Some(found) = found else { return Ok(()) };
    let sealer = opening.sealer().ok();
    let opened =
        sealer.and_then(|sealer| Identity::unseal(sealer.as_ref(), &SealedFor::Cache, &found).ok());
    match opened {
        Some((identity, memory)) => {
            let is_own = memory.is_unused() || own.contains(&identity.deployment_id());
            if is_own { Ok(()) } else { Err(Cause::OthersIdentity.into()) }
        }
        None => {
            let place = cache.keep_former(&found).map_err(|error| not_saved(&error))?;
            tracing::warn!(
                place,
                "the sealed identity beside this server does not open, and may be the only copy: it is kept"
            );
            Ok(())
        }
    }
}

fn not_saved(error: &std::io::Error) -> Error {
    tracing::error!(%error, "the sealed identity cannot be written");
    Cause::IdentityNotSaved { why: error.to_string() }.into()
}
