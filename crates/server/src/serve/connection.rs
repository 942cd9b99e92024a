//! One client's connection: TLS, HTTP/2, and an end.
//!
//! Invariant: no connection outlives its use. A handshake, a client that owes the rest of
//! something, an idle connection and a connection that is to close each have their time.

use std::{
    convert::Infallible, io, net::SocketAddr, ops::RangeInclusive, pin::pin, sync::Arc,
    time::Duration,
};

use aecs_crypto::sha256;
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
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tower::ServiceExt as _;

use super::{
    Limits,
    admission::Peer,
    budget::STREAM,
    frames::Counted,
    seats::{Seat, Vitals},
    socket::Watched,
};

/// Requests that one connection may have open. On a server with few connections as many as clients
/// begin before they have read its settings (100, of hyper and of gRPC). Beyond a number of
/// connections fewer: at a flood all streams are there before the first is refused for the budget.
const STREAMS: RangeInclusive<usize> = 8..=100;
/// The part of the budget that is divided by the number of connections when one is opened. The sum
/// over all connections is larger, since earlier ones have larger parts.
const STREAMS_SHARE: usize = 2;
/// Headers of a gRPC request have a few hundred bytes.
const MAX_HEADER_BYTES: u32 = 8 * 1024;
/// Bytes of one answer that wait in the HTTP/2 library before it takes no more. It takes a larger
/// piece as a whole.
const SEND_BUFFER: usize = 64 * 1024;
/// The smallest and the largest window of a connection: HTTP/2's own, and enough for any distance.
const WINDOWS: (u32, u32) = (65_535, 1024 * 1024);
/// A peer that does not answer a ping in time is gone.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client without a request has to take note that the connection closes.
const FAREWELL: Duration = Duration::from_secs(1);
/// How often a connection's times are looked at, at most and at least.
const LOOKS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) router: Router,
    pub(super) tls: Option<watch::Receiver<TlsAcceptor>>,
    pub(super) limits: Limits,
    pub(super) draining: watch::Receiver<bool>,
}

/// Why the server ends a connection.
enum End {
    /// The client gets the answers to what it has asked, and is told.
    Gracefully,
    /// The client owes the server something, or its seat to another.
    AtOnce,
}

impl Connection {
    /// Serves `stream` to its end. What goes wrong on the way is the client's affair and logged.
    pub(super) async fn serve(self, stream: TcpStream, peer: SocketAddr, seat: Seat) {
        // Small messages back and forth: waiting for more to send costs 40 ms a call.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
        }
        let vitals = &seat.vitals;
        let stream = Watched::new(stream, vitals.clone());
        let Some(tls) = &self.tls else {
            return self.serve_http(stream, peer, &seat).await;
        };
        let acceptor = tls.borrow().clone();
        let mut draining = self.draining.clone();
        let handshake = timeout(self.limits.handshake_timeout, acceptor.accept(stream));
        let accepted = tokio::select! {
            accepted = handshake => accepted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
            _ = draining.wait_for(|draining| *draining) => return,
            () = vitals.told_to_leave() => return,
        };
        match accepted {
            Ok(stream) => {
                if let Some(key) = client_key(&stream) {
                    vitals.known_by(key);
                }
                self.serve_http(stream, peer, &seat).await;
            }
            Err(error) => tracing::info!(%peer, %error, "TLS handshake failed"),
        }
    }

    async fn serve_http<I>(&self, stream: I, peer: SocketAddr, seat: &Seat)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { router, limits, draining, .. } = self;
        let vitals = &seat.vitals;
        let mut draining = draining.clone();
        let service = {
            let (router, vitals) = (router.clone(), vitals.clone());
            service_fn(move |request| answer(router.clone(), vitals.clone(), peer, request))
        };
        let stream = TokioIo::new(Counted::new(stream, vitals.clone()));
        let mut http = pin!(http2(limits, seat.connections()).serve_connection(stream, service));
        let end = tokio::select! {
            ended = http.as_mut() => return log_end(peer, ended),
            _ = draining.wait_for(|draining| *draining) => {
                // For requests that rest.
                vitals.leave();
                End::Gracefully
            }
            end = end(vitals, limits) => end,
        };
        if let End::AtOnce = end {
            tracing::debug!(%peer, "cut off: the client lets the server wait");
            return;
        }
        http.as_mut().graceful_shutdown();
        tokio::select! {
            ended = http => log_end(peer, ended),
            () = farewell(vitals, limits.drain_timeout) => {}
        }
    }
}

/// How many requests a new connection may have open, if `connections` are open with it.
/// That bounds the sum over all open connections: the n-th of them was opened when at least n were.
fn streams(limits: &Limits, connections: usize) -> u32 {
    let all = limits.max_buffered_bytes / STREAMS_SHARE / STREAM;
    let share = (all / connections.max(1)).clamp(*STREAMS.start(), *STREAMS.end());
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// HTTP/2 for a new connection, if `connections` are open with it.
fn http2(limits: &Limits, connections: usize) -> http2::Builder<TokioExecutor> {
    // As much as the clients may have on the way together as may be buffered of them.
    let share = limits.max_buffered_bytes / limits.max_connections.max(1);
    let window = u32::try_from(share).unwrap_or(u32::MAX).clamp(WINDOWS.0, WINDOWS.1);
    let mut http2 = http2::Builder::new(TokioExecutor::new());
    http2
        .timer(TokioTimer::new())
        .max_concurrent_streams(streams(limits, connections))
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_send_buf_size(SEND_BUFFER)
        .initial_stream_window_size(window)
        .initial_connection_window_size(window)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    http2
}

/// SHA-256 of the public key in the client's certificate.
fn client_key<S>(stream: &TlsStream<S>) -> Option<[u8; 32]> {
    let (_, session) = stream.get_ref();
    let certificate = session.peer_certificates()?.first()?;
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    Some(sha256(&certificate.subject_public_key_info()))
}

/// Runs one request through the router.
async fn answer(
    router: Router,
    vitals: Arc<Vitals>,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response<axum::body::Body>, Infallible> {
    let open = vitals.begin();
    request.extensions_mut().insert(Peer(peer));
    request.extensions_mut().insert(vitals);
    let response = router.oneshot(request).await;
    drop(open);
    response
}

fn log_end(peer: SocketAddr, ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%peer, error = &error as &dyn std::error::Error, "connection failed");
    }
}

/// Ready when the connection has to end.
async fn end(vitals: &Vitals, limits: &Limits) -> End {
    let shortest = limits.receive_timeout.min(limits.idle_timeout);
    let look = (shortest / 8).clamp(LOOKS.0, LOOKS.1);
    let told = vitals.told_to_leave();
    let overdue = async {
        loop {
            sleep(look).await;
            if vitals.owes() >= limits.receive_timeout {
                return End::AtOnce;
            }
            if vitals.idle_for() >= limits.idle_timeout {
                return End::Gracefully;
            }
        }
    };
    tokio::select! {
        () = told => if vitals.is_proven() { End::Gracefully } else { End::AtOnce },
        end = overdue => end,
    }
}

/// Ready when a connection that should close has had time enough: little when it has no request
/// in work, `time` otherwise.
async fn farewell(vitals: &Vitals, time: Duration) {
    let short = FAREWELL.min(time);
    sleep(short).await;
    if !vitals.is_idle() {
        sleep(time - short).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::{super::seats::Seats, *};

    const RECEIVE: Duration = Duration::from_millis(4100);
    const IDLE: Duration = Duration::from_secs(60);
    const DRAIN: Duration = Duration::from_secs(10);
    /// How late a time can be noticed.
    const LATE: Duration = Duration::from_millis(520);

    fn limits() -> Limits {
        Limits {
            max_message_bytes: 1024,
            max_connections: 1,
            max_concurrent_requests: 1,
            max_buffered_bytes: 1024,
            receive_timeout: RECEIVE,
            request_timeout: IDLE,
            handshake_timeout: IDLE,
            idle_timeout: IDLE,
            drain_timeout: DRAIN,
        }
    }

    fn vitals() -> Arc<Vitals> {
        Seats::new(1).take(([10, 0, 0, 1], 1).into()).unwrap().vitals.clone()
    }

    /// Whether the connection ends gracefully, and after what time.
    async fn ends(vitals: &Vitals) -> (bool, Duration) {
        let begin = Instant::now();
        let end = end(vitals, &limits()).await;
        (matches!(end, End::Gracefully), begin.elapsed())
    }

    #[test]
    fn f10_many_connections_have_few_requests_open_each() {
        let limits = Limits { max_buffered_bytes: 64 << 20, ..limits() };
        for (connections, most) in
            [(0, 100), (1, 100), (81, 100), (82, 99), (256, 32), (1000, 8), (100_000, 8)]
        {
            assert_eq!(streams(&limits, connections), most, "{connections}");
        }
        let all: u32 = (1..=1024).map(|connections| streams(&limits, connections)).sum();
        assert!(all < 30_000, "{all}");
    }

    #[tokio::test(start_paused = true)]
    async fn h05_a_client_that_owes_something_is_cut_off() {
        let (graceful, after) = ends(&vitals()).await;
        assert!(!graceful && (RECEIVE..RECEIVE + LATE).contains(&after), "{after:?}");

        let vitals = vitals();
        drop(vitals.work());
        let _answer = vitals.answer();
        let (graceful, after) = ends(&vitals).await;
        assert!(!graceful && (RECEIVE..RECEIVE + LATE).contains(&after), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn f09_a_client_that_asks_for_nothing_is_told() {
        let vitals = vitals();
        drop(vitals.work());
        let (graceful, after) = ends(&vitals).await;
        assert!(graceful && (IDLE..IDLE + LATE).contains(&after), "{after:?}");

        let request = vitals.begin();
        assert!(timeout(2 * IDLE, ends(&vitals)).await.is_err(), "it has a request in work");
        drop(request);
        let (graceful, after) = ends(&vitals).await;
        assert!(graceful && (IDLE..IDLE + LATE).contains(&after), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn h05_a_client_whose_seat_is_needed_gets_its_answers_if_it_asked_for_some() {
        for proven in [false, true] {
            let vitals = vitals();
            if proven {
                drop(vitals.work());
            }
            vitals.leave();
            assert_eq!(ends(&vitals).await, (proven, Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_farewell_is_short_without_a_request() {
        async fn takes(vitals: &Vitals, time: Duration) -> Duration {
            let begin = Instant::now();
            farewell(vitals, time).await;
            begin.elapsed()
        }
        let vitals = vitals();
        assert_eq!(takes(&vitals, DRAIN).await, FAREWELL);
        assert_eq!(takes(&vitals, FAREWELL / 2).await, FAREWELL / 2);
        let _request = vitals.begin();
        assert_eq!(takes(&vitals, DRAIN).await, DRAIN);
        assert_eq!(takes(&vitals, FAREWELL / 2).await, FAREWELL / 2);
    }
}
