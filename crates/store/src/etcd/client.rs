//! Calls to a cluster of etcd.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use prost::Message;
use rustls::ClientConfig;
use tokio::time::timeout;
use tonic::{
    Code, Request, Status, Streaming,
    client::Grpc,
    codegen::tokio_stream::{self, StreamExt},
    metadata::AsciiMetadataValue,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;
use zeroize::Zeroizing;

use super::{
    address::{Address, Host},
    api::{AuthenticateRequest, AuthenticateResponse, path},
};
use crate::{
    Error, Options, Result,
    dial::{NotConnected, connect},
    fault::Fault,
    retry::repeat,
};

/// More than the answer to the largest question about pages.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// The members of a cluster.
pub(super) struct Client {
    members: Vec<Channel>,
    /// The one that is asked, until it does not answer.
    current: AtomicUsize,
    timeout: Duration,
    credentials: Option<(String, Zeroizing<String>)>,
    token: Mutex<Option<AsciiMetadataValue>>,
}

impl Client {
    /// Prepares the connections. Nothing is sent yet.
    pub(super) fn new(address: &Address, options: &Options) -> Result<Self> {
        let tls = if address.tls { Some(options.tls_client()?) } else { None };
        let members: Result<_> =
            address.hosts.iter().map(|host| channel(host, tls.clone())).collect();
        let credentials = match (&options.user, &options.password) {
            (Some(user), Some(password)) => Some((user.clone(), password.clone())),
            (None, None) => None,
            _ => {
                return Err(Error::Refused {
                    what: "etcd needs both a user and a password, or neither".to_owned(),
                });
            }
        };
        Ok(Self {
            members: members?,
            current: AtomicUsize::new(0),
            timeout: options.timeout,
            credentials,
            token: Mutex::default(),
        })
    }

    /// Calls until there is an answer, as [`repeat`] says.
    pub(super) async fn call<Q, A>(
        &self,
        path: &'static str,
        what: &str,
        repeats: bool,
        question: Q,
    ) -> Result<A>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        repeat(self.timeout, repeats, || self.once(path, what, question.clone())).await
    }

    /// Opens a stream of answers to one question, which stays open.
    pub(super) async fn stream<Q, A>(
        &self,
        path: &'static str,
        what: &str,
        question: Q,
    ) -> Result<Streaming<A>, Fault>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let (number, mut grpc) = self.member();
        let questions = tokio_stream::once(question).chain(tokio_stream::pending());
        let request = self.request(questions).await?;
        let open = async {
            grpc.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
            let codec = ProstCodec::default();
            grpc.streaming(request, PathAndQuery::from_static(path), codec).await
        };
        Ok(self.judge(number, what, timeout(self.timeout, open).await)?.into_inner())
    }

    /// Replaces our token by one that etcd does not know.
    #[cfg(test)]
    pub(super) fn forge_token(&self) {
        *self.token.lock() = Some(AsciiMetadataValue::from_static("forged"));
    }

    async fn once<Q, A>(&self, path: &'static str, what: &str, question: Q) -> Result<A, Fault>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let request = self.request(question).await?;
        let (number, grpc) = self.member();
        let answer = timeout(self.timeout, unary(grpc, path, request)).await;
        self.judge(number, what, answer)
    }

    fn member(&self) -> (usize, Grpc<Channel>) {
        let number = self.current.load(Ordering::Relaxed) % self.members.len().max(1);
        // There is at least one.
        let member = self.members.get(number).unwrap_or_else(|| unreachable!());
        (number, Grpc::new(member.clone()).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// The question with our token, if etcd asks for one.
    async fn request<T>(&self, question: T) -> Result<Request<T>, Fault> {
        let mut request = Request::new(question);
        let Some((name, password)) = &self.credentials else { return Ok(request) };
        let token = self.token.lock().clone();
        let token = match token {
            Some(token) => token,
            None => {
                let (name, password) = (name.clone(), password.as_str().to_owned());
                let ask = Request::new(AuthenticateRequest { name, password });
                let (number, grpc) = self.member();
                let answer = timeout(self.timeout, unary(grpc, path::AUTHENTICATE, ask)).await;
                let answer: AuthenticateResponse = self.judge(number, "signing in", answer)?;
                let token = AsciiMetadataValue::try_from(answer.token).map_err(|error| {
                    Fault::Refused(Error::unavailable_from("etcd gave no token", error))
                })?;
                self.token.lock().insert(token).clone()
            }
        };
        request.metadata_mut().insert("token", token);
        Ok(request)
    }

    fn judge<T>(
        &self,
        member: usize,
        what: &str,
        answer: Result<Result<T, Status>, tokio::time::error::Elapsed>,
    ) -> Result<T, Fault> {
        let another = || {
            let next = (member + 1) % self.members.len().max(1);
            let _ =
                self.current.compare_exchange(member, next, Ordering::Relaxed, Ordering::Relaxed);
        };
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(status)) => {
                match status.code() {
                    Code::Unauthenticated => *self.token.lock() = None,
                    Code::Unavailable | Code::DeadlineExceeded | Code::Unknown => another(),
                    _ => {}
                }
                Err(fault(what, status))
            }
            Err(_) => {
                another();
                Err(Fault::Unknown(Error::unavailable(format!("{what}: etcd does not answer"))))
            }
        }
    }
}

async fn unary<Q, A>(
    mut grpc: Grpc<Channel>,
    path: &'static str,
    request: Request<Q>,
) -> Result<A, Status>
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    grpc.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
    let codec = ProstCodec::default();
    Ok(grpc.unary(request, PathAndQuery::from_static(path), codec).await?.into_inner())
}

/// What a refused call says about its effect.
fn fault(what: &str, status: Status) -> Fault {
    let message = status.message().to_owned();
    let says = |text: &str| message.contains(text);
    if says("database space exceeded") {
        return Fault::Refused(Error::NotWritable {
            reason: "etcd has used up its space quota; compact and defragment it, or raise \
                     --quota-backend-bytes, then disarm the alarm (etcdctl alarm disarm)"
                .to_owned(),
        });
    }
    let cause = not_connected(&status);
    if let Some(problem) = cause.and_then(NotConnected::untrusted) {
        let what = format!("etcd is not trusted: {problem}; check the trusted roots");
        return Fault::Refused(Error::Refused { what });
    }
    match status.code() {
        Code::PermissionDenied
        | Code::InvalidArgument
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented => {
            Fault::Refused(Error::Refused { what: format!("etcd refused {what}: {message}") })
        }
        Code::Unauthenticated => Fault::Again(unavailable(what, status)),
        _ if cause.is_some()
            || says("too many requests")
            || says("raft proposal dropped")
            || says("etcdserver: no leader") =>
        {
            Fault::Again(unavailable(what, status))
        }
        _ => Fault::Unknown(unavailable(what, status)),
    }
}

fn unavailable(what: &str, status: Status) -> Error {
    let what = match not_connected(&status) {
        Some(cause) => format!("{what}: {cause}"),
        None => format!("{what}: {}", status.message()),
    };
    Error::unavailable_from(what, status)
}

/// Why there was no connection, so that nothing was sent; `None` if there was one.
fn not_connected(status: &Status) -> Option<&NotConnected> {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

fn channel(host: &Host, tls: Option<Arc<ClientConfig>>) -> Result<Channel> {
    // The scheme is for the header of HTTP/2 only: the connector decides about TLS.
    let uri = format!("{}://{host}", if tls.is_some() { "https" } else { "http" });
    let endpoint = Endpoint::from_shared(uri)
        .map_err(|error| Error::InvalidUrl { problem: format!("etcd: {host}: {error}") })?
        // A connection that is cut is noticed also while nothing is sent.
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true);
    let tls = tls.map(|tls| {
        let mut tls = ClientConfig::clone(&tls);
        tls.alpn_protocols = vec![b"h2".to_vec()];
        Arc::new(tls)
    });
    let host = host.clone();
    Ok(endpoint.connect_with_connector_lazy(tower::service_fn(move |_| {
        let (host, tls) = (host.clone(), tls.clone());
        async move { connect(&host.name, host.port, tls).await.map(TokioIo::new) }
    })))
}
