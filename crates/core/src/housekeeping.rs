//! What a core does on its own: forget requests that can no longer be replayed, and keep its
//! reports current, so that neither is done while a caller waits.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use crate::{
    error::{Chain, Error},
    inner::Inner,
    keys, replay,
    vault::Change,
};

/// How often.
const PERIOD: Duration = Duration::from_secs(60);

/// How many requests are forgotten in one commit.
const BATCH: usize = 256;

/// A report is made anew when less than this is left of it.
const RENEW_BEFORE: Duration = Duration::from_secs(24 * 60 * 60);

/// Works until the core is dropped.
pub(crate) fn spawn(inner: &Arc<Inner>) {
    let weak = Arc::downgrade(inner);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Some(inner) = Weak::upgrade(&weak) else { return };
            if let Err(error) = forget_expired(&inner).await {
                tracing::warn!(%error, "expired requests are not forgotten yet");
            }
            if let Err(error) = renew_reports(&inner).await {
                tracing::warn!(%error, "the server's reports are not renewed yet");
            }
        }
    });
}

/// Removes what [`replay`] remembers beyond the time it could be replayed.
pub(crate) async fn forget_expired(inner: &Inner) -> Result<(), Error> {
    let node = inner.node();
    let Ok(vault) = node.vault() else { return Ok(()) };
    let now_ms = inner.clock.now_ms();
    loop {
        let expired: Vec<_> = vault
            .names_page(keys::REPLAY, None, BATCH)
            .into_iter()
            .take_while(|name| replay::expiry(name).is_some_and(|expiry| expiry < now_ms))
            .collect();
        if expired.is_empty() {
            return Ok(());
        }
        let change =
            expired.into_iter().fold(Change::new(), |change, name| change.remove(name, None));
        vault.commit(change).await.map_err(crate::call::refusal)?;
    }
}

/// Makes the server's reports anew when they are about to expire.
async fn renew_reports(inner: &Inner) -> Result<(), Error> {
    let node = inner.node();
    let now = inner.clock.now();
    if node.identity.valid_until() > now + RENEW_BEFORE {
        return Ok(());
    }
    // A provision may replace the identity meanwhile.
    let _no_provision = inner.provisioning.lock().await;
    let node = inner.node();
    let (config, env, identity) = (inner.config.clone(), inner.env.clone(), node.identity.clone());
    let renewed = inner
        .slow
        .run("renewing the server's reports", move || {
            identity.renew(&config, &*env.attester, &env.verifier, now)
        })
        .await?
        .map_err(|error| {
            tracing::error!(error = %Chain(&error), "the server's report cannot be renewed");
            Error::internal("renewing the server's reports", &error)
        })?;
    inner.replace(node.with_identity(Arc::new(renewed)));
    Ok(())
}
