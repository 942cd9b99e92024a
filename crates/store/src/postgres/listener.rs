//! Hears of swaps: one connection that listens, for all who wait.

use std::sync::{Arc, OnceLock};

use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
};
use tokio_postgres::AsyncMessage;

use super::line::{Dial, channel, log};
use crate::retry::Attempts;

pub(super) struct Listener {
    dial: Arc<Dial>,
    /// Changes when a register may have changed.
    swaps: watch::Sender<()>,
    task: OnceLock<AbortHandle>,
}

impl Listener {
    pub(super) fn new(dial: Arc<Dial>) -> Self {
        Self { dial, swaps: watch::Sender::default(), task: OnceLock::new() }
    }

    /// Changes with every swap of any process from now on. The first call connects.
    pub(super) fn swaps(&self) -> watch::Receiver<()> {
        let receiver = self.swaps.subscribe();
        self.task.get_or_init(|| {
            let (dial, swaps) = (Arc::clone(&self.dial), self.swaps.clone());
            tokio::spawn(async move { listen(&dial, &swaps).await }).abort_handle()
        });
        receiver
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

async fn listen(dial: &Dial, swaps: &watch::Sender<()>) {
    let listen = format!("LISTEN {}", channel(&dial.address));
    let mut attempts = Attempts::endless();
    loop {
        // The sender is dropped with the connection, which ends the loop below.
        let (told, mut heard) = mpsc::channel(1);
        let on_message = move |message| match message {
            // One that waits to be heard is as good as several.
            AsyncMessage::Notification(_) => drop(told.try_send(())),
            other => log(other),
        };
        match dial.connect(on_message).await {
            Ok(line) => {
                if let Err(error) = line.client.batch_execute(&listen).await {
                    tracing::debug!(%error, "PostgreSQL does not let us listen");
                } else {
                    attempts.reset();
                    // What happened before is not told.
                    swaps.send_replace(());
                    while heard.recv().await.is_some() {
                        swaps.send_replace(());
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "no connection to listen on"),
        }
        // Who waits looks for itself, as what happens now is not told.
        swaps.send_replace(());
        attempts.again().await;
    }
}
