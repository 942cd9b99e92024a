//! Signals: SIGTERM and SIGINT stop the server, SIGHUP asks it to look at its files again.

use std::{future::Future, io};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Tells every part of the server that has a clone of it about each SIGHUP: certificates are read
/// again, the audit log starts a new segment.
#[derive(Clone, Debug)]
pub struct Hangup(watch::Receiver<u64>);

/// Plays SIGHUP in tests.
#[derive(Debug)]
pub struct HangupTrigger(watch::Sender<u64>);

impl Hangup {
    /// SIGHUP of this process, which does not end it from here on. Needs a runtime.
    ///
    /// # Errors
    /// The signal cannot be listened to.
    pub fn of_process() -> io::Result<Self> {
        let mut signal = signal(SignalKind::hangup())?;
        let (trigger, hangup) = Self::manual();
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                tracing::info!("SIGHUP received");
                trigger.hang_up();
            }
        });
        Ok(hangup)
    }

    /// One that a test triggers, or that never comes when the trigger is dropped.
    pub fn manual() -> (HangupTrigger, Self) {
        let (sender, receiver) = watch::channel(0);
        (HangupTrigger(sender), Self(receiver))
    }

    /// Ready at the next SIGHUP; several that came since the last call count as one.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl HangupTrigger {
    /// Tells all clones.
    pub fn hang_up(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Ready when the process is asked to stop, by SIGTERM or SIGINT.
///
/// # Errors
/// The signals cannot be listened to.
pub fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!("{name} received");
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_is_told_once() {
        let (trigger, mut first) = Hangup::manual();
        let mut second = first.clone();
        trigger.hang_up();
        trigger.hang_up();
        first.next().await;
        second.next().await;
        let again = tokio::time::timeout(std::time::Duration::from_millis(20), first.next());
        assert!(again.await.is_err());
    }
}
