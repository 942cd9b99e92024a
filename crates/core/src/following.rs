//! What other processes of the deployment have changed of what a call begins with: the trust settings in
//! force, and the floor of the clock.
//!
//! Invariant: a call that begins after an act of administration was answered, by any process, is judged
//! under what that act has left. The root of the records says so, and each call looks at it (calls that
//! begin together share a look). Administrators, services and lists are read from the records by each
//! call anyway.

use std::sync::Arc;

use crate::{
    error::{Cause, Error},
    floor,
    handlers::deployment::{attest_under, settings_of},
    records::suite_keys,
    remembering::remember_if_possible,
    settings::InForce,
    state::{CoreState, Node, Phase},
    vault::VaultError,
};

/// The state of this node, with the settings that are in force now.
pub(crate) async fn present(core: &CoreState) -> Result<Arc<Node>, Error> {
    let node = core.node();
    let Ok(vault) = node.vault() else { return Ok(node) };
    let state = match vault.state().await {
        // Another process has moved the records: this one is of no use before its next start.
        Err(error @ VaultError::Moved(_)) => {
            let error = Error::from(error);
            let (reason, vault) = (error.message().to_owned(), Some(vault.clone()));
            tracing::error!(reason, "this server waits for its next start");
            let phase = Phase::Pending { reason, vault, recoverable: Arc::default() };
            core.replace(Node { phase, ..Node::clone(&node) });
            return Err(error);
        }
        state => state?,
    };
    floor::follow(core, &state);
    if state.trust_revision <= node.trust.revision {
        return Ok(node);
    }
    take_over(core).await
}

/// Takes over the settings of the records.
///
/// # Errors
/// This server cannot work under them: then it answers nothing.
async fn take_over(core: &CoreState) -> Result<Arc<Node>, Error> {
    let _one_at_a_time = core.provisioning.lock().await;
    let node = core.node();
    let vault = node.vault()?;
    let Some((revision, text)) = settings_of(vault).await? else { return Ok(node) };
    if revision <= node.trust.revision {
        return Ok(node);
    }
    let refused = |why| Cause::BadDeployment { why };
    let trust = InForce::read(core.env.reader.as_ref(), revision, text).map_err(refused)?;
    let known = suite_keys(vault, &trust.settings.suites).await?;
    if !node.identity.identity().covers(&trust.settings.suites, &known) {
        let why = "they name a suite of which the records have no key".to_owned();
        return Err(Cause::BadDeployment { why }.into());
    }
    let (identity, _) = attest_under(core, &node, &trust, known).await?;
    tracing::info!(revision, "another server of the deployment has changed the trust settings");
    core.replace(Node { identity, trust: Arc::new(trust), ..Node::clone(&node) });
    remember_if_possible(core).await;
    Ok(core.node())
}
