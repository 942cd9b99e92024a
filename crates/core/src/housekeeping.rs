//! What a core does on its own: forget acts of long ago, remove what has ended of secrets and rotate
//! those whose time has come, remove pages of the store that nothing needs, keep its reports current,
//! and keep what it remembers beside the server up to date.

use std::{
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use aecs_attest::Causes;
use tokio::time::Instant;

use crate::{
    act::Forgetting,
    activity::{self, Which},
    error::{Error, internal},
    floor,
    handlers::secrets::ends,
    remembering::{notice_loss, remember_if_possible},
    state::{CoreState, Node},
};

/// How often.
const PERIOD: Duration = Duration::from_secs(60);

/// How often secrets are looked through for what has ended.
const SWEEP_PERIOD: Duration = Duration::from_secs(60 * 60);

/// A jump of the host's clock that differs by less from the one told before is the same one.
const STEADY_MS: u64 = 60 * 1000;

/// A report is made again when less than this is left of it.
const RENEW_BEFORE: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest wait after failed attempts to make the reports again.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// Works until the core is dropped.
pub(crate) fn spawn(core: &Arc<CoreState>) {
    let weak = Arc::downgrade(core);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut forgetting = Forgetting::default();
        let mut renewal = Renewal::default();
        let mut time = Timekeeping::default();
        loop {
            ticks.tick().await;
            let Some(core) = Weak::upgrade(&weak) else { return };
            if let Ok(vault) = core.node().vault()
                && let Err(error) = forgetting.tick(vault).await
            {
                tracing::warn!(%error, "acts of before are not forgotten yet");
            }
            time.tick(&core).await;
            renewal.tick(&core).await;
            notice_loss(&core).await;
            remember_if_possible(&core).await;
        }
    });
    let weak = Arc::downgrade(core);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut sweeping = Sweeping::default();
        loop {
            ticks.tick().await;
            let Some(core) = Weak::upgrade(&weak) else { return };
            sweeping.tick(&core).await;
        }
    });
}

/// When secrets are looked through for what has ended, and what has to follow, the next time. That
/// reads the record of each, in a task of its own. Nothing waits for it: what has ended is not given
/// out.
#[derive(Default)]
struct Sweeping {
    last: Option<Instant>,
}

impl Sweeping {
    async fn tick(&mut self, core: &Arc<CoreState>) {
        if !core.node().is_working() {
            return;
        }
        let early = self.last.is_some_and(|at| at.elapsed() < SWEEP_PERIOD);
        let which = if early { Which::WithDenials } else { Which::All };
        activity::write(core, which).await;
        if early {
            return;
        }
        self.last = Some(Instant::now());
        if let Err(error) = ends::sweep(core).await {
            tracing::warn!(%error, "secrets were not looked through for what has ended");
        }
        sweep_pages(core).await;
    }
}

/// Removes the pages that a process had written when it died before its commit.
async fn sweep_pages(core: &CoreState) {
    let node = core.node();
    let Ok(vault) = node.vault() else { return };
    match vault.sweep(|_| ()).await {
        Ok(0) => {}
        Ok(pages) => tracing::info!(pages, "pages of the store that nothing needs were removed"),
        Err(error) => tracing::warn!(
            error = %Causes(&error),
            "pages of the store that nothing needs are not removed"
        ),
    }
}

/// Keeps the floor of the clock, and tells of jumps.
#[derive(Default)]
struct Timekeeping {
    told: Option<i64>,
}

impl Timekeeping {
    async fn tick(&mut self, core: &CoreState) {
        let jump_ms = core.clock.jump_ms();
        if let Some(jump_ms) = jump_ms
            && self.told.is_none_or(|told| told.abs_diff(jump_ms) > STEADY_MS)
        {
            tracing::warn!(
                jump_s = jump_ms / 1000,
                "the host's clock was set while this server ran; requests and evidence are judged \
                 by it: check the host's clock"
            );
        }
        self.told = jump_ms;
        if let Err(error) = floor::keep(core).await {
            tracing::warn!(%error, "the latest signed time is not kept yet");
        }
    }
}

/// When the reports are made again the next time. Quoting and the services that endorsements come
/// from are spared: each attempt that comes to nothing doubles the wait.
#[derive(Default)]
struct Renewal {
    failures: u32,
    not_before: Option<Instant>,
}

impl Renewal {
    async fn tick(&mut self, core: &CoreState) {
        let node = core.node();
        let until = node.identity.valid_until();
        let left = until.duration_since(core.clock.now()).unwrap_or_default();
        let early = self.not_before.is_some_and(|at| Instant::now() < at);
        if left > RENEW_BEFORE || early {
            return;
        }
        match renew_reports(core, &node).await {
            Ok(renewed) if renewed > until => {
                tracing::info!(valid_for_s = left_at(renewed, core), "new reports of this server");
                *self = Self::default();
            }
            Ok(_) => {
                let retry = self.wait();
                tracing::warn!(
                    valid_for_s = left.as_secs(),
                    retry_in_s = retry.as_secs(),
                    "the server's new reports are valid no longer than the old ones"
                );
            }
            Err(error) => {
                let retry = self.wait();
                let (valid_for_s, retry_in_s) = (left.as_secs(), retry.as_secs());
                if left.is_zero() {
                    tracing::error!(%error, retry_in_s, "the server's reports have expired");
                } else {
                    tracing::warn!(
                        %error, valid_for_s, retry_in_s,
                        "the server's reports cannot be renewed; the old ones stay in use"
                    );
                }
            }
        }
    }

    /// Puts the next attempt off; returns for how long.
    fn wait(&mut self) -> Duration {
        let wait = PERIOD.saturating_mul(1 << self.failures.min(6)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(Instant::now() + wait);
        wait
    }
}

fn left_at(until: SystemTime, core: &CoreState) -> u64 {
    until.duration_since(core.clock.now()).unwrap_or_default().as_secs()
}

/// Makes the reports of `node` again, and puts them in place unless a provision has replaced its
/// identity meanwhile. Returns until when they are valid. Nobody waits for this: it takes as long
/// as the platform and the endorsements' sources take, on a thread of its own.
async fn renew_reports(core: &CoreState, node: &Node) -> Result<SystemTime, Error> {
    let (attester, identity) = (core.env.attester.clone(), node.identity.clone());
    let trust = node.trust.clone();
    let now = core.clock.now();
    // Not in the slow lane: waiting for a quoting service or a network needs no processor, and
    // must not keep callers from one.
    let renew = move || identity.renew(&trust.settings, &*attester, now);
    let doing = "renewing the server's reports";
    let renewed = tokio::task::spawn_blocking(renew)
        .await
        .map_err(internal(doing))?
        .map_err(internal(doing))?;
    let until = renewed.valid_until();
    core.clock.raise_to(renewed.issued());
    let _no_provision = core.provisioning.lock().await;
    let current = core.node();
    if Arc::ptr_eq(&current.identity, &node.identity) && until > node.identity.valid_until() {
        core.replace(Node { identity: Arc::new(renewed), ..Node::clone(&current) });
    }
    Ok(until)
}
