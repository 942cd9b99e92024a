//! What every request passes before it reaches a service: a log line, a place, a time limit.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};
use tonic::{Code, Status};
use tracing::{Instrument as _, field};

use super::Limits;
use crate::status::of_server;

/// Address of the client, among the extensions of its requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// A request's place among the concurrent ones, among its extensions. It is free again when the
/// last clone is dropped: whoever works on beyond the answer keeps one.
#[derive(Clone, Debug)]
pub struct Slot {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Bounds the number of concurrent requests and their time.
#[derive(Debug)]
pub(super) struct Gate {
    slots: Arc<Semaphore>,
    size: u32,
    time: Duration,
}

impl Gate {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        let size = u32::try_from(limits.max_concurrent_requests).unwrap_or(u32::MAX);
        let slots = Arc::new(Semaphore::new(size as usize));
        Arc::new(Self { slots, size, time: limits.request_timeout })
    }

    /// Ready when no request is in work.
    pub(super) async fn idle(&self) {
        // The semaphore is never closed, so this cannot fail.
        let _ = self.slots.acquire_many(self.size).await;
    }
}

/// Lets a request through if there is a place for it, and ends it when its time is over.
pub(super) async fn admit(
    State(gate): State<Arc<Gate>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Ok(permit) = gate.slots.clone().try_acquire_owned() else {
        let full = "the server is working on as many requests as it takes; try again later";
        return of_server(Code::ResourceExhausted, full).into_http();
    };
    request.extensions_mut().insert(Slot { _permit: Arc::new(permit) });
    match timeout(gate.time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let late = format!("the request was not done within {} ms", gate.time.as_millis());
            of_server(Code::DeadlineExceeded, &late).into_http()
        }
    }
}

/// Opens the span of a request and logs how it ended. Never logs what is in it.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| field::display(peer.0));
    let span = tracing::info_span!(
        "rpc",
        rpc = rpc_name(request.uri().path()),
        peer,
        function = field::Empty
    );
    let begin = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let outcome = outcome(&response);
    let ms = begin.elapsed().as_secs_f64() * 1e3;
    span.in_scope(|| tracing::info!(?outcome, ms, "served"));
    response
}

/// The path of an RPC that exists is short and known; anything else is the client's text.
fn rpc_name(path: &str) -> &str {
    const LONGEST: usize = 64;
    let plain = path.len() <= LONGEST
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.'));
    if plain { path } else { "(not an rpc)" }
}

/// The gRPC status of a response: in its headers if it failed, in the trailers, and then good,
/// otherwise.
fn outcome(response: &Response) -> Code {
    Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_rpcs_reach_the_log() {
        assert_eq!(rpc_name("/kubetee.Aecs/GetAecsStatus"), "/kubetee.Aecs/GetAecsStatus");
        assert_eq!(rpc_name("/a\nb"), "(not an rpc)");
        assert_eq!(rpc_name(&"/a".repeat(100)), "(not an rpc)");
    }
}
