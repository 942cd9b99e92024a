//! Notices of changes, which the server pushes: when it may be worth the while to ask for secrets.
//!
//! A notice says that something of a service has changed, and nothing of a secret. Without it, and for
//! what changes by time alone, applications ask from time to time.

use std::collections::HashMap;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aecs_proto::{TaWaitForChangeResponse, TaWaitOutcome};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::TaClient;
use crate::error::Result;
use crate::session::shortened;

/// The shortest time between two times that a notice has an application ask.
const APART: Duration = Duration::from_secs(1);

/// Applications that are told of one change ask within this time, not at once.
const SPREAD: Duration = Duration::from_millis(500);

/// The longest time that a server is asked to wait.
const LONGEST: Duration = Duration::from_secs(60);

/// The pause after a server could not, or would not, wait.
const RETRY: Duration = Duration::from_secs(30);

/// The notices of a client: all who wait for one service share one wait.
#[derive(Default)]
pub(super) struct Feeds(Mutex<HashMap<String, Arc<Feed>>>);

/// Those of a service.
#[derive(Default)]
struct Feed {
    /// Who has it waits for all.
    turn: tokio::sync::Mutex<Waited>,
    /// How many notices there were.
    heard: watch::Sender<u64>,
}

#[derive(Default)]
struct Waited {
    position: Vec<u8>,
    /// In a session, which may have ended since.
    in_session: bool,
}

/// Tells when secrets of services may have changed. Made by [`TaClient::notices`].
///
/// ```no_run
/// use std::time::{Duration, Instant};
///
/// # async fn example(ta: &aecs_client::TaClient) -> aecs_client::Result<()> {
/// let mut secret = ta.get("service1", "db-password").await?;
/// let mut notices = ta.notices(["service1"]);
/// loop {
///     notices.until(Instant::now() + Duration::from_secs(30)).await;
///     if let Some(changed) = ta.get_if_changed("service1", "db-password", secret.tag()).await? {
///         secret = changed;
///     }
/// }
/// # }
/// ```
pub struct Notices<'a> {
    client: &'a TaClient,
    /// The services, with the number of the last notice.
    services: Vec<(String, u64)>,
    /// When it is time to ask because of a notice.
    due: Option<Instant>,
    last: Option<Instant>,
}

impl TaClient {
    /// Notices of changes in services that this application gets secrets of. The server pushes them while
    /// the application has a session.
    #[must_use]
    pub fn notices<'a>(
        &'a self,
        services: impl IntoIterator<Item = impl Into<String>>,
    ) -> Notices<'a> {
        let services = services.into_iter().map(|service| (service.into(), 0)).collect();
        Notices { client: self, services, due: None, last: None }
    }
}

impl Notices<'_> {
    /// Returns when it is time to ask: soon after a notice, once a second at most, and without one at
    /// `latest`. Also without a notice it may return earlier. May be cancelled: nothing is lost.
    ///
    /// A server that does not push, or has no room for this application now, is no error: then `latest`
    /// is the time.
    pub async fn until(&mut self, latest: std::time::Instant) {
        let latest = Instant::from_std(latest);
        if self.due.is_none() && latest.saturating_duration_since(Instant::now()) > APART {
            tokio::select! {
                () = sleep_until(latest) => {}
                () = self.notice(latest) => {
                    let now = Instant::now();
                    let soonest = self.last.map_or(now, |last| now.max(last + APART));
                    let random = shortened(2 * SPREAD).unwrap_or(SPREAD) - SPREAD;
                    self.due = Some(soonest + random);
                }
            }
        }
        sleep_until(self.due.map_or(latest, |due| due.min(latest))).await;
        (self.due, self.last) = (None, Some(Instant::now()));
    }

    /// Ready after a notice of any of the services.
    async fn notice(&mut self, latest: Instant) {
        let client = self.client;
        let mut waits: Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = Vec::new();
        for (service, seen) in &mut self.services {
            waits.push(Box::pin(client.noticed(service, seen, latest)));
        }
        poll_fn(|context| {
            let is_ready = waits.iter_mut().any(|wait| wait.as_mut().poll(context).is_ready());
            if is_ready { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

impl TaClient {
    /// Ready when there was a notice of the service after the one of this number, which is counted on.
    async fn noticed(&self, service: &str, seen: &mut u64, latest: Instant) {
        let feed = self.feeds.0.lock().entry(service.to_owned()).or_default().clone();
        let mut heard = feed.heard.subscribe();
        loop {
            let now = *heard.borrow_and_update();
            if now != *seen {
                *seen = now;
                return;
            }
            let mut waited = tokio::select! {
                _ = heard.changed() => continue,
                waited = feed.turn.lock() => waited,
            };
            if *heard.borrow() != now {
                continue;
            }
            match self.wait(service, &mut waited, latest).await {
                Ok(true) => feed.heard.send_modify(|count| *count += 1),
                Ok(false) => {}
                Err(error) => {
                    tracing::debug!(service, %error, "the server pushes no notices now");
                    drop(waited);
                    sleep(shortened(RETRY).unwrap_or(RETRY)).await;
                }
            }
        }
    }

    /// Waits once. Tells whether there is a notice.
    async fn wait(&self, service: &str, waited: &mut Waited, latest: Instant) -> Result<bool> {
        let began = Instant::now();
        let time = latest.saturating_duration_since(began).min(LONGEST);
        if time < APART || !self.session.server().await?.status().waits_for_changes {
            return pending().await;
        }
        let Some(answer) = self.wait_in_session(service, &waited.position, time).await? else {
            // The next get begins another session, if it can.
            return match std::mem::take(&mut waited.in_session) {
                true => Ok(true),
                false => pending().await,
            };
        };
        waited.in_session = true;
        let TaWaitForChangeResponse { outcome, position } = answer;
        match TaWaitOutcome::try_from(outcome) {
            Ok(TaWaitOutcome::WaitChanged) => {
                waited.position = position;
                Ok(true)
            }
            Ok(TaWaitOutcome::WaitTimeOver) if began.elapsed() >= APART => Ok(false),
            // It has no room, or answers too early.
            _ => {
                sleep(shortened(RETRY)?).await;
                Ok(false)
            }
        }
    }
}
