//! The main path: a bound listener, a service and a shutdown future become a running server.
//!
//! `accept` here, one `connection` per client, `admission` for every request, then the
//! service. Invariant: nothing a client does makes the server hold more than the [`Limits`]
//! allow, and everything is bounded before it is parsed.

mod admission;
mod budget;
mod connection;
mod frames;
mod places;
mod seats;
mod socket;
mod tls;

use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use aecs_proto::aecs_server::{Aecs, AecsServer};
use axum::{Router, middleware};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_rustls::TlsAcceptor;
use tonic::{server::NamedService as _, service::Routes};
use tonic_health::{ServingStatus, server::HealthReporter};

use self::{
    admission::Gate,
    connection::Connection,
    seats::{Seat, Seats},
};
pub use self::{
    admission::{Rest, Slot},
    tls::{
        SERVER_NAME, Tls, TlsError, TlsFiles, follow as follow_tls, load as load_tls, own_client,
    },
};

/// How much the server takes on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request message. Evidence with all its collateral has some 30 KiB.
    pub max_message_bytes: usize,
    /// Open connections. For the next one, a connection is closed that never sent a whole request,
    /// or that rests; while there is none, it waits.
    pub max_connections: usize,
    /// Requests in work; the next ones wait for a place.
    pub max_concurrent_requests: usize,
    /// Bytes of requests and answers that are held for all clients together, with 4 KiB for each
    /// open request.
    pub max_buffered_bytes: usize,
    /// Time for a client to send its first request, to send the rest of one, to take an answer.
    pub receive_timeout: Duration,
    /// Time for one request, from its headers to the answer.
    pub request_timeout: Duration,
    /// Time for a TLS handshake.
    pub handshake_timeout: Duration,
    /// A connection without a request for this long is closed.
    pub idle_timeout: Duration,
    /// Time that requests have to finish after the shutdown future is ready.
    pub drain_timeout: Duration,
}

/// Pause after a failed `accept`: usually all file descriptors are in use.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long after the server has said that it is full it says so again.
const TELL_AGAIN: Duration = Duration::from_secs(60);
/// Pause before a seat is looked for again, if no connection ends before.
const SEAT_PAUSE: Duration = Duration::from_millis(20);

/// How often health looks whether the service is ready.
const LOOK_AT_READINESS: Duration = Duration::from_millis(200);

/// Tells the health service whether calls can succeed: a server that waits for its administrator is
/// alive (the service `""`), and not ready (`kubetee.Aecs`).
pub trait Readiness {
    /// Whether it works.
    fn is_ready(&self) -> bool {
        true
    }
}

/// Serves until `shutdown` is ready, then lets running requests finish.
///
/// From then on no connection is accepted and no request begun; what still runs after
/// [`Limits::drain_timeout`] is cut off.
///
/// # Errors
/// The listener has no address: it is not usable at all.
pub async fn run<S: Aecs + Readiness + Clone>(
    listener: TcpListener,
    service: S,
    tls: Option<watch::Receiver<TlsAcceptor>>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, tls = tls.is_some(), "listening");

    let seats = Seats::new(limits.max_connections);
    let gate = Gate::new(limits, seats.clone());
    let (health, router) = router(service.clone(), gate.clone(), &limits).await;
    let mut readiness = JoinSet::new();
    readiness.spawn(follow_readiness(service, health.clone()));
    let (drain, draining) = watch::channel(false);
    let connection = Connection { router, tls, limits, draining };

    let mut connections = JoinSet::new();
    accept(&listener, &seats, &connection, &mut connections, shutdown).await;
    drop((listener, connection));

    tracing::info!(connections = connections.len(), "shutting down");
    let deadline = Instant::now() + limits.drain_timeout;
    drop(readiness);
    health.set_service_status("", ServingStatus::NotServing).await;
    health.set_not_serving::<AecsServer<S>>().await;
    drain.send_replace(true);
    let drained = async {
        while connections.join_next().await.is_some() {}
        gate.places.idle().await;
    };
    if timeout_at(deadline, drained).await.is_err() {
        tracing::warn!("requests still running after limits.drain_timeout_ms are cut off");
    }
    connections.shutdown().await;
    tracing::info!("stopped");
    Ok(())
}

/// Accepts connections until `shutdown` is ready.
async fn accept(
    listener: &TcpListener,
    seats: &Arc<Seats>,
    connection: &Connection,
    connections: &mut JoinSet<()>,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = pin!(shutdown);
    // Kept when something else happens: the connection in it may wait for its seat.
    let mut incoming = pin!(next(listener, seats));
    let mut told: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => return,
            Some(_) = connections.join_next() => continue,
            accepted = &mut incoming => accepted,
        };
        incoming.set(next(listener, seats));
        match accepted {
            Ok((stream, peer, seat)) => {
                connections.spawn(connection.clone().serve(stream, peer, seat));
                if seats.is_full() && told.is_none_or(|told| told.elapsed() >= TELL_AGAIN) {
                    told = Some(Instant::now());
                    tracing::warn!(
                        "limits.max_connections are open: silent and resting connections are \
                         closed for new ones"
                    );
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::select! {
                    () = &mut shutdown => return,
                    () = sleep(ACCEPT_PAUSE) => {}
                }
            }
        }
    }
}

/// The next connection, once there is a seat for it. Those that come in the meantime wait in the
/// listener's queue.
async fn next(
    listener: &TcpListener,
    seats: &Arc<Seats>,
) -> io::Result<(TcpStream, SocketAddr, Seat)> {
    let (stream, peer) = listener.accept().await?;
    loop {
        if let Some(seat) = seats.take(peer) {
            return Ok((stream, peer, seat));
        }
        // One may be free, or may have become silent.
        let _ = timeout(SEAT_PAUSE, seats.freed()).await;
    }
}

/// Keeps what the health service says of the service true.
async fn follow_readiness<S: Aecs + Readiness>(service: S, health: HealthReporter) {
    let mut told = None;
    loop {
        let ready = service.is_ready();
        if told != Some(ready) {
            match ready {
                true => health.set_serving::<AecsServer<S>>().await,
                false => health.set_not_serving::<AecsServer<S>>().await,
            }
            told = Some(ready);
        }
        tokio::time::sleep(LOOK_AT_READINESS).await;
    }
}

/// The AECS service and the health service, behind the gate.
async fn router<S: Aecs + Readiness>(
    service: S,
    gate: Arc<Gate>,
    limits: &Limits,
) -> (HealthReporter, Router) {
    let (reporter, health) = tonic_health::server::health_reporter();
    match service.is_ready() {
        true => reporter.set_serving::<AecsServer<S>>().await,
        false => reporter.set_not_serving::<AecsServer<S>>().await,
    }
    let aecs = AecsServer::new(service).max_decoding_message_size(limits.max_message_bytes);
    let aecs = Router::new().route_service(&format!("/{}/{{*rpc}}", AecsServer::<S>::NAME), aecs);
    let router = Routes::new(health)
        .into_axum_router()
        .merge(aecs)
        .layer(middleware::from_fn_with_state(gate, admission::admit))
        .layer(middleware::from_fn(admission::observe));
    (reporter, router)
}
