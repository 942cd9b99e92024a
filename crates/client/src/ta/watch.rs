//! Waiting: for another version of a secret, and for a secret to be there.
//!
//! A watch asks when the server has told it of a change, and from time to time. A poll that finds nothing
//! new costs the server a look at the secret's policy: no verification of evidence that it knows, no data,
//! no entry in the audit log.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Notices, TaClient};
use crate::error::{Error, Result};
use crate::secret::{Secret, Tag};
use crate::session::shortened;

/// How often a watch asks if nothing else is said.
const EVERY: Duration = Duration::from_secs(30);

/// Nobody asks more often.
const SHORTEST: Duration = Duration::from_millis(100);

/// Pauses while a secret is waited for: the first, and the longest. Each is twice as long as the one
/// before.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(10));

/// Watches a secret. Made by [`TaClient::watch`].
///
/// ```no_run
/// # async fn example(ta: &aecs_client::TaClient) -> aecs_client::Result<()> {
/// let mut password = ta.watch("service1", "db-password");
/// loop {
///     let secret = password.changed().await?;
///     println!("version {}", secret.version);
/// }
/// # }
/// ```
pub struct Watch<'a> {
    client: &'a TaClient,
    service: String,
    secret: String,
    every: Duration,
    known: Option<Tag>,
    next: Option<Instant>,
    notices: Notices<'a>,
}

impl TaClient {
    /// Watches a secret: its current version now, and every other that becomes current.
    #[must_use]
    pub fn watch(&self, service: &str, secret: &str) -> Watch<'_> {
        Watch {
            client: self,
            service: service.to_owned(),
            secret: secret.to_owned(),
            every: EVERY,
            known: None,
            next: None,
            notices: self.notices([service]),
        }
    }

    /// Waits until this application can get a secret: until the server works, the secret is there,
    /// and its policy admits the application. The pauses between two questions grow from 250 ms to
    /// 10 seconds.
    ///
    /// # Errors
    ///
    /// What is in the way after `within`; at once what time does not remove.
    pub async fn wait_for(&self, service: &str, secret: &str, within: Duration) -> Result<()> {
        let end = Instant::now() + within;
        let mut pause = BACKOFF.0;
        loop {
            // A list, because a get that is refused is shown to the owner, each time.
            let found = match self.list(service, secret).await {
                Ok(listed) => listed.iter().any(|listed| listed.name == secret),
                Err(error) if error.is_temporary() => false,
                Err(error) => return Err(error),
            };
            if found {
                return Ok(());
            }
            let wait = shortened(pause)?;
            if Instant::now() + wait > end {
                // It says what is in the way.
                return self.get(service, secret).await.map(drop);
            }
            sleep(wait).await;
            pause = (2 * pause).min(BACKOFF.1);
        }
    }

    /// Gets a secret as soon as this application can, see [`TaClient::wait_for`].
    ///
    /// # Errors
    ///
    /// Those of [`TaClient::wait_for`] and [`TaClient::get`].
    pub async fn get_when_ready(
        &self,
        service: &str,
        secret: &str,
        within: Duration,
    ) -> Result<Secret> {
        self.wait_for(service, secret, within).await?;
        self.get(service, secret).await
    }
}

impl Watch<'_> {
    /// Asks after `interval` at most, 30 seconds by default. Each pause is shortened at random, down
    /// to half, so that a fleet does not ask at the same time. Where the server pushes notices, the
    /// watch asks within about a second after a change, whatever the interval is.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.every = interval.max(SHORTEST);
        self
    }

    /// Watches for what comes after `secret`, which the application has already.
    #[must_use]
    pub fn after(mut self, secret: &Secret) -> Self {
        self.known = Some(secret.tag().clone());
        self
    }

    /// Waits for another version than the one before; the first call gives the current one at once.
    /// May be cancelled: nothing is lost.
    ///
    /// While the server cannot be reached, a watch that has had a version goes on asking.
    ///
    /// # Errors
    ///
    /// A refusal (the secret is deleted, has expired, or does not admit this application any more), a
    /// server that is not trusted, and for the first version whatever is in the way. The next call
    /// asks again, after the interval.
    pub async fn changed(&mut self) -> Result<Secret> {
        loop {
            if let Some(next) = self.next {
                self.notices.until(next.into_std()).await;
            }
            self.next = Some(Instant::now() + shortened(self.every)?);
            match self.ask().await {
                Ok(Some(secret)) => {
                    self.known = Some(secret.tag().clone());
                    return Ok(secret);
                }
                Ok(None) => {}
                Err(error) if self.known.is_some() && error.is_temporary() => {
                    tracing::warn!(secret = %self.secret, %error, "a watch goes on");
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn ask(&self) -> Result<Option<Secret>, Error> {
        match &self.known {
            Some(known) => self.client.get_if_changed(&self.service, &self.secret, known).await,
            None => self.client.get(&self.service, &self.secret).await.map(Some),
        }
    }
}
