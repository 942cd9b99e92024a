//! What every request passes before it reaches a service: a log line, its room in the budget, its
//! whole body, a place, a time limit.
//!
//! Invariants: nothing reaches a service that is not one of the RPCs here, each of which has one
//! request and one answer; a place is taken only when the request is whole.

use std::{future::ready, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body as _;
use tokio::{
    sync::Notify,
    time::{Instant, timeout, timeout_at},
};
use tonic::{Code, Status};
use tracing::{Instrument as _, field};

use super::{
    Limits,
    budget::{Budget, HeldBytes, Refused, STREAM},
    places::{Caller, Place, Places},
    seats::{Answer, Seats, Vitals},
};
use crate::status::{self, of_server};

/// How long a whole request waits for a place: shorter than its client waits for the answer, so
/// that the client learns that it may ask again.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long before the end of its time a request that rests has to be answered, at most.
const MARGIN: Duration = Duration::from_secs(1);
/// How long the refusal of an RPC that does not exist waits for the rest of its request.
const COURTESY: Duration = Duration::from_secs(1);
/// What precedes a message in gRPC: a flag and a length.
const PREFIX: usize = 5;

/// Address of the client, among the extensions of its requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// A request's place among the concurrent ones, among its extensions. It is free again when the
/// last clone is dropped: a task that works on after the answer keeps one.
#[derive(Clone, Debug)]
pub struct Slot {
    _place: Arc<Place>,
    rest: Rest,
}

/// A request that waits for something else than its work. It has no place, counts as 4 KiB, and its
/// connection is one without a request when another one needs the seat.
#[derive(Clone, Debug)]
pub struct Rest {
    vitals: Arc<Vitals>,
    begun: Arc<Notify>,
    /// Until when the request has to be answered.
    pub until: Instant,
}

impl Slot {
    /// Gives the place back, once the other clones are dropped.
    #[must_use]
    pub fn rest(self) -> Rest {
        self.rest.begun.notify_one();
        self.rest
    }
}

impl Rest {
    /// Ready when the server stops, or needs the connection for somebody else.
    pub async fn over(&self) {
        self.vitals.told_to_leave().await;
    }
}

/// Bounds what requests hold: bytes, places and time.
pub(super) struct Gate {
    pub(super) places: Arc<Places>,
    budget: Arc<Budget>,
    limits: Limits,
}

impl Gate {
    pub(super) fn new(limits: Limits, seats: Arc<Seats>) -> Arc<Self> {
        let largest = limits.max_message_bytes + PREFIX + STREAM;
        let places = Places::new(limits.max_concurrent_requests);
        let budget = Budget::new(limits.max_buffered_bytes, largest, seats);
        Arc::new(Self { places, budget, limits })
    }

    /// Receives a request, and lets it through when its turn comes.
    async fn pass(
        &self,
        vitals: &Arc<Vitals>,
        request: Request,
        next: Next,
    ) -> Result<Response, Status> {
        let request_timeout = self.limits.request_timeout;
        let begin = Instant::now();
        let (mut parts, body) = request.into_parts();
        let Some(rpc) = rpc(parts.uri.path()) else {
            // A client such as curl loses an answer that comes before it has sent its request.
            let _ = timeout(COURTESY, self.receive_whole(body, vitals)).await;
            let none = "the server has no such RPC; of grpc.health.v1.Health it has Check alone";
            return Err(of_server(Code::Unimplemented, none));
        };
        let (body, mut held) = self.receive_whole(body, vitals).await?;
        let whole = vitals.work();
        let rests = Arc::new(Notify::new());

        if let Rpc::Aecs(caller) = rpc {
            let turn = timeout_at(
                begin + PATIENCE.min(request_timeout),
                self.places.take(caller, vitals.origin()),
            );
            let Ok(Ok(place)) = turn.await else {
                let full = "the server is working on as many requests as it takes; try again later";
                return Err(of_server(Code::ResourceExhausted, full));
            };
            let until = begin + request_timeout - MARGIN.min(request_timeout / 4);
            let rest = Rest { vitals: vitals.clone(), begun: rests.clone(), until };
            parts.extensions.insert(Slot { _place: Arc::new(place), rest });
        }
        let answer = async {
            let mut running = pin!(next.run(Request::from_parts(parts, body.into())));
            let response = tokio::select! {
                response = &mut running => response,
                () = rests.notified() => {
                    held.replace(0);
                    drop(whole);
                    running.await
                }
            };
            hold(of_form(response)?, held, vitals).await
        };
        timeout_at(begin + request_timeout, answer).await.unwrap_or_else(|_| {
            let late =
                format!("the request was not done within {} ms", request_timeout.as_millis());
            Err(of_server(Code::DeadlineExceeded, &late))
        })
    }

    /// Receives a request, in the time for it.
    async fn receive_whole(
        &self,
        body: Body,
        vitals: &Arc<Vitals>,
    ) -> Result<(Bytes, HeldBytes), Status> {
        let Limits { receive_timeout, max_message_bytes, .. } = self.limits;
        let mut held = self.budget.open(vitals);
        let body = timeout(receive_timeout, receive(body, &mut held, max_message_bytes)).await;
        match body {
            Ok(body) => Ok((body?, held)),
            // Not the client's fault: it may have sent everything.
            Err(_) if held.waits() => Err(full()),
            Err(_) => {
                let late = format!(
                    "the request was not whole within {} ms (limits.receive_timeout_ms)",
                    receive_timeout.as_millis()
                );
                Err(of_server(Code::DeadlineExceeded, &late))
            }
        }
    }
}

fn full() -> Status {
    let full = "the server holds as many bytes of requests and answers as it may \
                (limits.max_buffered_bytes); try again later";
    of_server(Code::ResourceExhausted, full)
}

/// Lets a request through when it is whole and there is a place for it, and ends it when its time
/// is over.
pub(super) async fn admit(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let Some(vitals) = request.extensions().get::<Arc<Vitals>>().cloned() else {
        return of_server(Code::Internal, "the request belongs to no connection").into_http();
    };
    gate.pass(&vitals, request, next).await.unwrap_or_else(Status::into_http)
}

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rpc {
    /// Needs no place, so that a loaded server is not taken for a dead one.
    Health,
    Aecs(Caller),
}

/// The RPC of this path; `None` for what the server does not have. `Watch` of the health service is
/// not among them: its answer has no end, and would hold a stream beyond every limit. The protocol
/// of the service lets a server do without it.
fn rpc(path: &str) -> Option<Rpc> {
    if path == "/grpc.health.v1.Health/Check" {
        return Some(Rpc::Health);
    }
    match path.strip_prefix("/kubetee.Aecs/")? {
        "AecsAdminRemoteCall" | "ServiceAdminRemoteCall" => Some(Rpc::Aecs(Caller::Administrator)),
        _ => Some(Rpc::Aecs(Caller::Other)),
    }
}

/// The whole body of a request, whose stream and bytes are held.
async fn receive(mut body: Body, held: &mut HeldBytes, largest: usize) -> Result<Bytes, Status> {
    let refused = |refused| match refused {
        Refused::QueueFull => full(),
        Refused::ShareUsed => {
            let much = "the requests of this connection are too large together; try again later";
            of_server(Code::ResourceExhausted, much)
        }
    };
    held.enter().await.map_err(refused)?;
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| of_server(Code::Cancelled, "the request broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > largest + PREFIX {
            let large =
                format!("the request is larger than {largest} bytes (limits.max_message_bytes)");
            return Err(of_server(Code::OutOfRange, &large));
        }
        held.grow(data.len()).await.map_err(refused)?;
        // A copy: what came as one byte would keep a whole buffer of the HTTP/2 library alive.
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}

/// Tells a request that is no message of its RPC from a failure of the server, which has an error
/// code: the gRPC library calls both `INTERNAL`.
fn of_form(response: Response) -> Result<Response, Status> {
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() == Code::Internal && !status::has_error_code(&status) => {
            let what = format!("the request is malformed: {}", status.message());
            Err(of_server(Code::InvalidArgument, &what))
        }
        _ => Ok(response),
    }
}

/// The answer, whose bytes are held until they are sent.
async fn hold(
    response: Response,
    mut held: HeldBytes,
    vitals: &Arc<Vitals>,
) -> Result<Response, Status> {
    if response.body().is_end_stream() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| {
        tracing::error!(%error, "an answer broke off");
        of_server(Code::Internal, "internal failure; the server's log says more")
    })?;
    let trailers = body.trailers().cloned();
    let bytes = body.to_bytes();
    held.replace(bytes.len());
    let bytes = Bytes::from_owner(Unsent { bytes, _held: held, _answer: vitals.answer() });
    let body = Full::new(bytes).with_trailers(ready(trailers.map(Ok)));
    Ok(Response::from_parts(parts, Body::new(body)))
}

/// Bytes of an answer, counted until the HTTP/2 library drops them. The library takes them from the
/// body as soon as the client has room for one of them, and keeps the rest.
struct Unsent {
    bytes: Bytes,
    _held: HeldBytes,
    _answer: Answer,
}

impl AsRef<[u8]> for Unsent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Opens the span of a request and logs how it ended: what was refused or failed at level info, the
/// rest at level debug, because the audit log has it. Never logs what is in the request.
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
    span.in_scope(|| match outcome {
        Code::Ok => tracing::debug!(?outcome, ms, "served"),
        _ => tracing::info!(?outcome, ms, "served"),
    });
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
    use std::{
        collections::VecDeque,
        convert::Infallible,
        pin::Pin,
        sync::atomic::Ordering::Relaxed,
        task::{Context, Poll},
    };

    use hyper::body::Frame;

    use super::*;

    /// A body that comes in pieces of these sizes.
    struct Pieces(VecDeque<usize>);

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let size = self.0.pop_front();
            Poll::Ready(size.map(|size| Ok(Frame::data(vec![7; size].into()))))
        }
    }

    /// A body that never comes.
    struct Never;

    impl hyper::body::Body for Never {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    fn pieces<const N: usize>(sizes: [usize; N]) -> Body {
        Body::new(Pieces(sizes.into()))
    }

    /// A client, and bytes that are held for a request of it.
    fn held() -> (Arc<Vitals>, HeldBytes) {
        let seats = Seats::new(1);
        let vitals = seats.take(([10, 0, 0, 1], 1).into()).unwrap().vitals.clone();
        let held = Budget::new(1024 * 1024, 8 * 1024, seats).open(&vitals);
        (vitals, held)
    }

    #[tokio::test]
    async fn a_request_may_have_the_limit_and_not_a_byte_more() {
        const LARGEST: usize = 100;
        for sizes in [[0, 105], [50, 55]] {
            let (vitals, mut held) = held();
            let whole = receive(pieces(sizes), &mut held, LARGEST).await.unwrap();
            assert_eq!((whole.len(), vitals.held.load(Relaxed)), (105, STREAM + 105));
        }
        for sizes in [[0, 106], [50, 56]] {
            let (vitals, mut held) = held();
            let refused = receive(pieces(sizes), &mut held, LARGEST).await.unwrap_err();
            assert_eq!(refused.code(), Code::OutOfRange);
            assert_eq!(vitals.held.load(Relaxed), STREAM + sizes[0], "the rest was not kept");
        }
    }

    #[tokio::test]
    async fn h05_an_answer_is_counted_until_its_bytes_are_sent() {
        let (vitals, mut held) = held();
        held.grow(1000).await.unwrap();
        let response = Response::new(pieces([100, 200]));
        let response = hold(response, held, &vitals).await.unwrap();
        // As the HTTP/2 library does: it takes the bytes, and then has no use for the body.
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(bytes, [7; 300][..]);
        assert_eq!((vitals.held.load(Relaxed), vitals.is_idle()), (STREAM + 300, false));
        drop(bytes);
        assert_eq!((vitals.held.load(Relaxed), vitals.is_idle()), (0, true));
    }

    #[tokio::test(start_paused = true)]
    async fn h05_who_waits_for_the_budget_in_vain_is_told_so() {
        let limits = Limits {
            max_message_bytes: 8 * STREAM,
            max_connections: 4,
            max_concurrent_requests: 1,
            max_buffered_bytes: 4 * STREAM,
            receive_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(60),
            handshake_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(60),
            drain_timeout: Duration::from_secs(60),
        };
        let seats = Seats::new(4);
        let gate = Gate::new(limits, seats.clone());
        let seat = [1, 2].map(|ip| seats.take(([10, 0, 0, ip], 1).into()).unwrap());
        drop(seat.each_ref().map(|seat| seat.vitals.work()));
        let [first, second] = seat.each_ref().map(|seat| &seat.vitals);
        // Room for the stream and not for the body; for neither.
        for size in [7, 8] {
            let _whole = gate.receive_whole(pieces([size * STREAM]), first).await.unwrap();
            let status =
                gate.receive_whole(pieces([8]), second).await.err().expect("there is no room");
            assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
            assert!(status.message().contains("limits.max_buffered_bytes"), "{status}");
        }
        let status =
            gate.receive_whole(Body::new(Never), second).await.err().expect("it is not whole");
        assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
        gate.receive_whole(pieces([8]), second).await.unwrap();
    }

    #[test]
    fn the_paths_of_administrators_are_those_of_the_service() {
        use aecs_proto::aecs_server::SERVICE_NAME;
        let path = |rpc: &str| format!("/{SERVICE_NAME}/{rpc}");
        assert_eq!(rpc(&path("AecsAdminRemoteCall")), Some(Rpc::Aecs(Caller::Administrator)));
        assert_eq!(rpc(&path("ServiceAdminRemoteCall")), Some(Rpc::Aecs(Caller::Administrator)));
        assert_eq!(rpc(&path("TaRemoteCall")), Some(Rpc::Aecs(Caller::Other)));
        assert_eq!(rpc("/grpc.health.v1.Health/Check"), Some(Rpc::Health));
    }

    #[test]
    fn only_names_of_rpcs_reach_the_log() {
        assert_eq!(rpc_name("/kubetee.Aecs/GetAecsStatus"), "/kubetee.Aecs/GetAecsStatus");
        assert_eq!(rpc_name("/a\nb"), "(not an rpc)");
        assert_eq!(rpc_name(&"/a".repeat(100)), "(not an rpc)");
    }
}
