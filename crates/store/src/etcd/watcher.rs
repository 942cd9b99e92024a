//! Hears of swaps: one watch of all tags, for all who wait.

use std::sync::{Arc, OnceLock};

use tokio::{sync::watch, task::AbortHandle};
use tonic::Streaming;

use super::{
    api::{WatchCreateRequest, WatchRequest, WatchResponse, path},
    client::Client,
    keys::Keys,
};
use crate::{fault::Fault, retry::Attempts};

pub(super) struct Watcher {
    client: Arc<Client>,
    request: WatchRequest,
    /// Changes when a register may have changed.
    swaps: watch::Sender<()>,
    task: OnceLock<AbortHandle>,
}

impl Watcher {
    pub(super) fn new(client: Arc<Client>, keys: &Keys) -> Self {
        let (key, range_end) = keys.tags();
        let request = WatchRequest { create: Some(WatchCreateRequest { key, range_end }) };
        Self { client, request, swaps: watch::Sender::default(), task: OnceLock::new() }
    }

    /// Changes with every swap of any process from now on. The first call connects.
    pub(super) fn swaps(&self) -> watch::Receiver<()> {
        let receiver = self.swaps.subscribe();
        self.task.get_or_init(|| {
            let (client, request) = (Arc::clone(&self.client), self.request.clone());
            let swaps = self.swaps.clone();
            tokio::spawn(async move { watch(&client, &request, &swaps).await }).abort_handle()
        });
        receiver
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

async fn watch(client: &Client, request: &WatchRequest, swaps: &watch::Sender<()>) {
    let mut attempts = Attempts::endless();
    loop {
        let stream: Result<Streaming<WatchResponse>, Fault> =
            client.stream(path::WATCH, "watching", request.clone()).await;
        match stream {
            // Its first message says that the watch begins: what happened before is not told.
            Ok(mut stream) => loop {
                match stream.message().await {
                    Ok(Some(message)) if !message.canceled => {
                        attempts.reset();
                        swaps.send_replace(());
                    }
                    Ok(_) => break,
                    Err(error) => {
                        tracing::debug!(error = error.message(), "a watch of etcd ended");
                        break;
                    }
                }
            },
            Err(fault) => {
                tracing::debug!(error = %fault.into_error(), "etcd cannot be watched");
            }
        }
        // Who waits looks for itself, as what happens now is not told.
        swaps.send_replace(());
        attempts.again().await;
    }
}
