//! HTTP for the crate `object_store`, with our TLS, and an exact answer to "was it sent?".
//!
//! One request at a time on a connection; connections are kept. An answer is read whole. A request is
//! never sent twice.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use http::{HeaderValue, StatusCode, Uri, header::HOST};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
        HttpResponse, HttpService,
    },
};
use parking_lot::Mutex;
use rustls::ClientConfig;
use tokio::time::timeout;

use super::failure::Failure;
use crate::dial::connect;

/// More than the longest page, and than a list of 1,000 objects.
const MAX_ANSWER_BYTES: usize = 8 << 20;

/// How many idle connections are kept to a host.
const MAX_IDLE: usize = 32;

/// Gives `object_store` our client.
#[derive(Debug)]
pub(super) struct Connector(pub(super) HttpClient);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.0.clone())
    }
}

type Sender = SendRequest<HttpRequestBody>;

/// The client.
pub(super) struct Web {
    tls: Arc<ClientConfig>,
    timeout: Duration,
    idle: Mutex<HashMap<Place, Vec<Sender>>>,
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Web")
    }
}

/// Where a request goes.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    is_tls: bool,
    host: String,
    port: u16,
}

impl Place {
    fn of(uri: &Uri) -> Result<Self, Failure> {
        let wrong = || Failure::Unanswered("the request has no address".to_owned());
        let is_tls = uri.scheme_str() != Some("http");
        let host = uri.host().ok_or_else(wrong)?.trim_matches(['[', ']']).to_owned();
        Ok(Self { is_tls, host, port: uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 }) })
    }
}

impl Web {
    /// `timeout`: for a request and its whole answer.
    pub(super) fn new(tls: Arc<ClientConfig>, timeout: Duration) -> Self {
        Self { tls, timeout, idle: Mutex::default() }
    }

    fn idle(&self, place: &Place) -> Option<Sender> {
        let mut idle = self.idle.lock();
        let senders = idle.get_mut(place)?;
        while let Some(sender) = senders.pop() {
            if sender.is_ready() {
                return Some(sender);
            }
        }
        None
    }

    fn keep(&self, place: Place, sender: Sender) {
        let mut idle = self.idle.lock();
        let senders = idle.entry(place).or_default();
        if !sender.is_closed() && senders.len() < MAX_IDLE {
            senders.push(sender);
        }
    }

    async fn connect(&self, place: &Place) -> Result<Sender, Failure> {
        let tls = place.is_tls.then(|| Arc::clone(&self.tls));
        let stream = connect(&place.host, place.port, tls).await?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| unanswered(&error))?;
        // It ends with its sender.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let place = Place::of(request.uri())?;
        let mut request = of_origin(request)?;
        loop {
            let kept = self.idle(&place);
            let is_kept = kept.is_some();
            let mut sender = match kept {
                Some(sender) => sender,
                None => self.connect(&place).await?,
            };
            let answer = match sender.try_send_request(request).await {
                Ok(answer) => answer,
                Err(mut error) => match error.take_message() {
                    // The server closed the connection before.
                    Some(unsent) if is_kept => {
                        request = unsent;
                        continue;
                    }
                    _ => return Err(unanswered(error.error())),
                },
            };
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
            let body = body.map_err(|error| Failure::Unanswered(error.to_string()))?.to_bytes();
            if sender.ready().await.is_ok() {
                self.keep(place, sender);
            }
            return judge(HttpResponse::from_parts(parts, body.clone().into()), &body);
        }
    }
}

fn unanswered(error: &hyper::Error) -> Failure {
    let cause =
        std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
    Failure::Unanswered(format!("{error}{cause}"))
}

/// The request as HTTP/1.1 has it: with the host beside the path.
fn of_origin(mut request: HttpRequest) -> Result<HttpRequest, Failure> {
    let wrong = |error: &dyn fmt::Display| Failure::Unanswered(format!("invalid request: {error}"));
    if !request.headers().contains_key(HOST) {
        let host = request.uri().authority().map_or("", http::uri::Authority::as_str);
        let host = HeaderValue::from_str(host).map_err(|error| wrong(&error))?;
        request.headers_mut().insert(HOST, host);
    }
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    *request.uri_mut() = path.parse().map_err(|error| wrong(&error))?;
    Ok(request)
}

/// Gives an answer to `object_store` if it is about one object; what else the server says is a failure,
/// because `object_store` would tell neither its meaning nor keep its text short.
pub(super) fn judge(answer: HttpResponse, body: &[u8]) -> Result<HttpResponse, Failure> {
    let status = answer.status();
    let failure = || Failure::of_answer(status, body);
    match status {
        _ if status.is_success() => Ok(answer),
        StatusCode::NOT_MODIFIED | StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => {
            Ok(answer)
        }
        StatusCode::NOT_FOUND if !failure().is_about_the_bucket() => Ok(answer),
        _ => Err(failure()),
    }
}

#[async_trait]
impl HttpService for Web {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = timeout(self.timeout, self.exchange(request)).await;
        let answer = answer.unwrap_or_else(|_| Err(Failure::Unanswered("time is up".to_owned())));
        // Of any other kind, `object_store` might try again by itself.
        answer.map_err(|failure| HttpError::new(HttpErrorKind::Unknown, failure))
    }
}
