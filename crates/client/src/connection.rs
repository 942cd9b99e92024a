//! The way to the server: TCP or mutual TLS, HTTP/2, deadlines and limits.
//!
//! Invariant: an error says whether the request can have arrived. That is what decides whether a
//! call may be repeated.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aecs_attest::clock::{from_unix_seconds, rfc3339};
use aecs_proto::aecs_client::AecsClient;
use aecs_proto::{
    AdminRemoteCallRequest, AdminRemoteCallResponse, Caller, GetAecsStatusRequest,
    GetAecsStatusResponse, GetEnclaveSecretPublicRequest, GetEnclaveSecretPublicResponse,
    TaRemoteCallRequest, TaRemoteCallResponse, TaSessionCallRequest, TaSessionCallResponse,
};
use http::uri::Authority;
use hyper_util::rt::TokioIo;
use rustls::{AlertDescription, CertificateError};
use rustls_pki_types::{ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tonic::transport::Channel;

use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::refusal::Refusal;

/// The name in every AECS server's certificate, whatever its address.
const SERVER_NAME: &str = "enclave-service";

/// A connection that is made when it is first needed, and made again when it breaks.
pub(crate) struct Connection {
    client: AecsClient<Channel>,
    endpoint: String,
    tls: bool,
    call_timeout: Duration,
    message_limit: usize,
}

impl Connection {
    /// Prepares the connection. Nothing is sent yet.
    pub(crate) fn new(endpoint: &Endpoint) -> Result<Connection> {
        endpoint.check_complete()?;
        let connector = Arc::new(Connector {
            authority: endpoint.authority.clone(),
            tls: endpoint.tls.as_ref().map(|tls| tls.config.clone().into()),
            connect_timeout: endpoint.connect_timeout,
        });
        // The scheme is for HTTP/2's own header only: the connector decides about TLS.
        let scheme = if endpoint.uses_tls() { "https" } else { "http" };
        let address =
            tonic::transport::Endpoint::from_shared(format!("{scheme}://{endpoint}")).map_err(
                |error| Error::Unreachable { endpoint: endpoint.to_string(), source: error.into() },
            )?;
        let channel = address.connect_with_connector_lazy(tower::service_fn(move |_| {
            let connector = connector.clone();
            async move { connector.connect().await.map(TokioIo::new) }
        }));
        let limit = endpoint.max_message;
        Ok(Connection {
            client: AecsClient::new(channel)
                .max_decoding_message_size(limit)
                .max_encoding_message_size(limit),
            endpoint: endpoint.to_string(),
            tls: endpoint.uses_tls(),
            call_timeout: endpoint.call_timeout,
            message_limit: limit,
        })
    }

    /// Largest message, in bytes.
    pub(crate) fn message_limit(&self) -> usize {
        self.message_limit
    }

    pub(crate) async fn status(
        &self,
        request: GetAecsStatusRequest,
    ) -> Result<GetAecsStatusResponse> {
        let mut client = self.client.clone();
        self.finish(Caller::Anyone, client.get_aecs_status(self.request(request))).await
    }

    /// A call of an administrator or a custodian.
    pub(crate) async fn admin(
        &self,
        caller: Caller,
        request: AdminRemoteCallRequest,
    ) -> Result<AdminRemoteCallResponse> {
        let (mut client, request) = (self.client.clone(), self.request(request));
        match caller {
            Caller::ServiceAdmin => {
                self.finish(caller, client.service_admin_remote_call(request)).await
            }
            _ => self.finish(caller, client.aecs_admin_remote_call(request)).await,
        }
    }

    pub(crate) async fn ta(&self, request: TaRemoteCallRequest) -> Result<TaRemoteCallResponse> {
        let mut client = self.client.clone();
        self.finish(Caller::TrustedApplication, client.ta_remote_call(self.request(request))).await
    }

    /// A call in a session, for which the server may wait that long before it answers.
    pub(crate) async fn ta_session(
        &self,
        request: TaSessionCallRequest,
        waits: Duration,
    ) -> Result<TaSessionCallResponse> {
        let (mut client, within) = (self.client.clone(), self.call_timeout.saturating_add(waits));
        let mut request = tonic::Request::new(request);
        request.set_timeout(within);
        let call = client.ta_session_call(request);
        self.finish_within(within, Caller::TrustedApplication, call).await
    }

    pub(crate) async fn public_secret(
        &self,
        request: GetEnclaveSecretPublicRequest,
    ) -> Result<GetEnclaveSecretPublicResponse> {
        let mut client = self.client.clone();
        self.finish(Caller::Anyone, client.get_enclave_secret_public(self.request(request))).await
    }

    /// A request that tells the server how long its answer is waited for.
    fn request<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        request.set_timeout(self.call_timeout);
        request
    }

    async fn finish<T>(
        &self,
        caller: Caller,
        call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
    ) -> Result<T> {
        self.finish_within(self.call_timeout, caller, call).await
    }

    async fn finish_within<T>(
        &self,
        within: Duration,
        caller: Caller,
        call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
    ) -> Result<T> {
        match timeout(within, call).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(self.classify(&status, caller)),
            Err(_elapsed) => Err(self.deadline()),
        }
    }

    fn deadline(&self) -> Error {
        Error::Deadline { endpoint: self.endpoint.clone(), after: self.call_timeout }
    }

    /// Tells a server's answer from what happened on the way.
    fn classify(&self, status: &tonic::Status, caller: Caller) -> Error {
        let endpoint = self.endpoint.clone();
        let Some(cause) = status.source() else {
            // No source: the status came over the wire.
            return Error::Refused(Refusal::from_status(status, caller));
        };
        if find::<tonic::TimeoutExpired>(cause).is_some() {
            return self.deadline();
        }
        match find::<ConnectFailure>(cause) {
            Some(ConnectFailure::Tcp { error }) => {
                Error::Unreachable { endpoint, source: error.to_string().into() }
            }
            Some(failure @ ConnectFailure::Timeout { .. }) => {
                Error::Unreachable { endpoint, source: failure.to_string().into() }
            }
            Some(ConnectFailure::Tls { error }) => of_handshake(endpoint, error),
            // A server that dislikes our certificate says so after the handshake, in TLS 1.3.
            None => match find::<io::Error>(cause) {
                Some(error) if self.tls && error.kind() == io::ErrorKind::InvalidData => {
                    Error::Tls { endpoint, source: tls_fault(error).into() }
                }
                _ => Error::Interrupted { endpoint, source: root_of(cause).into() },
            },
        }
    }
}

/// Tells a handshake that TLS itself refused from one during which the connection ended.
fn of_handshake(endpoint: String, error: &io::Error) -> Error {
    let said = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    if said.is_some() {
        return Error::Tls { endpoint, source: tls_fault(error).into() };
    }
    let source = format!("the connection ended during the TLS handshake: {error}");
    Error::Unreachable { endpoint, source: source.into() }
}

/// What is wrong with a certificate, with dates instead of seconds since 1970.
fn tls_fault(error: &io::Error) -> String {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
            time,
            not_after,
        })) => {
            let (now, end) = (date(*time), date(*not_after));
            format!(
                "the server's certificate expired at {end}, and this machine's clock says {now}"
            )
        }
        Some(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
            time,
            not_before,
        })) => {
            let (now, begin) = (date(*time), date(*not_before));
            format!(
                "the server's certificate is valid from {begin}, and this machine's clock says {now}"
            )
        }
        Some(rustls::Error::AlertReceived(AlertDescription::CertificateExpired)) => {
            "the server says that this side's certificate is expired, or not yet valid".to_owned()
        }
        _ => error.to_string(),
    }
}

fn date(time: UnixTime) -> String {
    rfc3339(from_unix_seconds(time.as_secs()))
}

/// The first error of type `T` in a chain of causes.
fn find<'a, T: StdError + 'static>(cause: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(cause).find_map(|cause| cause.downcast_ref::<T>())
}

/// The last cause, which is the one that says something.
fn root_of(cause: &(dyn StdError + 'static)) -> String {
    chain(cause).last().unwrap_or(cause).to_string()
}

fn chain<'a>(
    cause: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(cause), |&cause| cause.source())
}

/// Makes the byte streams that HTTP/2 runs over.
struct Connector {
    authority: Authority,
    tls: Option<TlsConnector>,
    connect_timeout: Duration,
}

/// Why no byte stream came about.
#[derive(Debug, thiserror::Error)]
enum ConnectFailure {
    #[error("the TCP connection failed")]
    Tcp {
        #[source]
        error: io::Error,
    },
    #[error("the TLS handshake failed")]
    Tls {
        #[source]
        error: io::Error,
    },
    #[error("no connection within {} ms", .after.as_millis())]
    Timeout { after: Duration },
}

trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

impl Connector {
    async fn connect(&self) -> Result<Box<dyn ByteStream>, ConnectFailure> {
        let after = self.connect_timeout;
        timeout(after, self.handshake()).await.unwrap_or(Err(ConnectFailure::Timeout { after }))
    }

    async fn handshake(&self) -> Result<Box<dyn ByteStream>, ConnectFailure> {
        let host = self.authority.host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = self.authority.port_u16().unwrap_or_default();
        let tcp = TcpStream::connect((host, port))
            .await
            .and_then(|tcp| tcp.set_nodelay(true).map(|()| tcp))
            .map_err(|error| ConnectFailure::Tcp { error })?;
        let Some(tls) = &self.tls else { return Ok(Box::new(tcp)) };
        let name = ServerName::try_from(SERVER_NAME)
            .map_err(|error| ConnectFailure::Tls { error: io::Error::other(error) })?;
        match tls.connect(name, tcp).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(ConnectFailure::Tls { error }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that is killed, or a proxy without a server, says nothing about certificates.
    #[test]
    fn a_handshake_that_was_cut_is_no_matter_of_certificates() {
        let of = |error: &io::Error| of_handshake("a:1".to_owned(), error);
        for error in [
            io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof"),
            io::ErrorKind::ConnectionReset.into(),
        ] {
            let told = of(&error);
            assert!(matches!(told, Error::Unreachable { .. }), "{told:?}");
            assert!(root_of(&told).contains("ended during the TLS handshake"), "{told:?}");
        }
        let refused = rustls::Error::AlertReceived(AlertDescription::UnknownCA);
        let refused = of(&io::Error::new(io::ErrorKind::InvalidData, refused));
        assert!(matches!(refused, Error::Tls { .. }), "{refused:?}");
    }

    #[test]
    fn expired_certificates_have_dates() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let told = |error| tls_fault(&io::Error::new(io::ErrorKind::InvalidData, error));
        let invalid = |error| told(rustls::Error::InvalidCertificate(error));
        let (time, not_after) = (at(1_700_000_000), at(1_600_000_000));
        assert_eq!(
            invalid(CertificateError::ExpiredContext { time, not_after }),
            "the server's certificate expired at 2020-09-13T12:26:40Z, and this machine's clock says \
             2023-11-14T22:13:20Z"
        );
        assert_eq!(
            invalid(CertificateError::NotValidYetContext { time: not_after, not_before: time }),
            "the server's certificate is valid from 2023-11-14T22:13:20Z, and this machine's clock \
             says 2020-09-13T12:26:40Z"
        );
        let alert = told(rustls::Error::AlertReceived(AlertDescription::CertificateExpired));
        assert!(alert.contains("this side's certificate is expired"), "{alert}");
        let other = invalid(CertificateError::UnknownIssuer);
        assert_eq!(other, "invalid peer certificate: UnknownIssuer");
    }
}
