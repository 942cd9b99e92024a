//! One client's connection: TLS, HTTP/2, and an end.
//!
//! Invariant: no connection outlives its use. A handshake, an idle connection and a connection
//! that is to close each have their time.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::{Limits, admission::Peer};

/// Requests that one connection may have open; far more than a tool or an enclave needs.
const MAX_STREAMS: u32 = 128;
/// Headers of a gRPC request have a few hundred bytes.
const MAX_HEADER_BYTES: u32 = 16 * 1024;
/// Bytes a client may send ahead on one request, and on all of them together: this, times the
/// number of connections, bounds the memory that clients can fill before anything is parsed.
const STREAM_WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// A peer that does not answer a ping in time is gone.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client without a request has to take note that the connection closes.
const FAREWELL: Duration = Duration::from_secs(1);

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) router: Router,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: Limits,
    pub(super) draining: watch::Receiver<bool>,
}

impl Connection {
    /// Serves `stream` to its end. What goes wrong on the way is the client's affair and logged.
    pub(super) async fn serve(self, stream: TcpStream, peer: SocketAddr) {
        // Small messages back and forth: waiting for more to send costs 40 ms a call.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
        }
        let Some(acceptor) = self.tls.clone() else {
            return self.serve_http(stream, peer).await;
        };
        let mut draining = self.draining.clone();
        let handshake = timeout(self.limits.handshake_timeout, acceptor.accept(stream));
        let accepted = tokio::select! {
            accepted = handshake => accepted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
            _ = draining.wait_for(|draining| *draining) => return,
        };
        match accepted {
            Ok(stream) => self.serve_http(stream, peer).await,
            Err(error) => tracing::info!(%peer, %error, "TLS handshake failed"),
        }
    }

    async fn serve_http<I>(self, stream: I, peer: SocketAddr)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { router, limits, mut draining, .. } = self;
        let activity = Arc::new(Activity::default());
        let service = {
            let activity = activity.clone();
            service_fn(move |request| answer(router.clone(), activity.begin(), peer, request))
        };
        let mut http = pin!(http2().serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            ended = http.as_mut() => return log_end(peer, ended),
            _ = draining.wait_for(|draining| *draining) => {}
            () = activity.ceased(limits.idle_timeout) => {}
        }
        http.as_mut().graceful_shutdown();
        tokio::select! {
            ended = http => log_end(peer, ended),
            () = activity.farewell(limits.drain_timeout) => {}
        }
    }
}

fn http2() -> http2::Builder<TokioExecutor> {
    let mut http2 = http2::Builder::new(TokioExecutor::new());
    http2
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    http2
}

/// Runs one request through the router; `request_in_work` ends with it.
async fn answer(
    router: Router,
    request_in_work: InWork,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response<axum::body::Body>, Infallible> {
    request.extensions_mut().insert(Peer(peer));
    let response = router.oneshot(request).await;
    drop(request_in_work);
    response
}

fn log_end(peer: SocketAddr, ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection failed");
    }
}

/// What a connection is doing.
#[derive(Default)]
struct Activity {
    in_work: AtomicUsize,
    begun: AtomicUsize,
}

/// A request in work.
struct InWork(Arc<Activity>);

impl Activity {
    fn begin(self: &Arc<Self>) -> InWork {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.in_work.fetch_add(1, Ordering::Relaxed);
        InWork(self.clone())
    }

    fn is_idle(&self) -> bool {
        self.in_work.load(Ordering::Relaxed) == 0
    }

    /// Ready when nothing has happened for `time`, at the latest after twice that.
    async fn ceased(&self, time: Duration) {
        loop {
            let before = self.begun.load(Ordering::Relaxed);
            sleep(time).await;
            if self.is_idle() && self.begun.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }

    /// Ready when a connection that should close has had time enough: little when it has no
    /// request in work, `time` otherwise.
    async fn farewell(&self, time: Duration) {
        let short = FAREWELL.min(time);
        sleep(short).await;
        if !self.is_idle() {
            sleep(time - short).await;
        }
    }
}

impl Drop for InWork {
    fn drop(&mut self) {
        self.0.in_work.fetch_sub(1, Ordering::Relaxed);
    }
}
