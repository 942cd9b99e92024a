//! `aecs_server --health`: asks the server that runs with the same configuration how it is.
//!
//! For container engines, probes and units: an image without a shell has no other program that could
//! ask. The question is the health service's of gRPC, so it shows what every other client would see:
//! address, TLS, and whether the server answers.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use aecs_proto::aecs_server::SERVICE_NAME;
use anyhow::{Context as _, anyhow, bail};
use http::Uri;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    config::Config,
    exit::{Exit, Failure},
    serve::{TlsFiles, own_client},
};

/// Time for the whole question.
const TIMEOUT: Duration = Duration::from_secs(3);

const REFUSED: &str = "the question shows the server's own certificate: it must be issued by an \
    authority in aecs_rpc_ca_path, and be valid for clients, too (extended key usage clientAuth)";

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the server answers. One that waits for its administrator does.
    Alive,
    /// Whether it works, so that calls can succeed.
    Ready,
}

impl Question {
    /// All of them, by their names on the command line.
    pub const NAMES: [(&'static str, Self); 2] = [("alive", Self::Alive), ("ready", Self::Ready)];

    /// The name that the health service knows.
    fn service(self) -> &'static str {
        match self {
            Self::Alive => "",
            Self::Ready => SERVICE_NAME,
        }
    }
}

/// Asks the server at the address of `config`.
///
/// # Errors
/// It does not answer in time, or answers no ([`Exit::Unavailable`]); the TLS files cannot be used
/// ([`Exit::Usage`]).
pub async fn ask(config: &Config, question: Question) -> Result<(), Failure> {
    let address = reachable(config.listen);
    if address.port() == 0 {
        let what = anyhow!("aecs_rpc_port is 0, so nobody knows where the server listens");
        return Err(Failure::new(Exit::Usage, what));
    }
    let answered = match timeout(TIMEOUT, status(address, config.tls.as_ref(), question)).await {
        Ok(answered) => answered,
        Err(_) => Err(unavailable(anyhow!("no answer within {} s", TIMEOUT.as_secs()))),
    };
    let failed = |failure: Failure| match failure.exit {
        Exit::Unavailable => failure.context(format!("the server at {address} is not healthy")),
        _ => failure,
    };
    match answered.map_err(failed)? {
        ServingStatus::Serving => Ok(()),
        ServingStatus::NotServing if question == Question::Ready => {
            let what = anyhow!("the server at {address} does not work yet, or no longer");
            Err(Failure::new(Exit::Unavailable, what)
                .help("its log and `aecsadmin status` say why"))
        }
        other => {
            let what = anyhow!("the server at {address} says {}", other.as_str_name());
            Err(Failure::new(Exit::Unavailable, what))
        }
    }
}

/// Where a server on this machine can be reached that listens on `listen`.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn unavailable(error: anyhow::Error) -> Failure {
    Failure::new(Exit::Unavailable, error)
}

/// The answer of the server. Its certificates may be the reason only once there is a connection.
async fn status(
    address: SocketAddr,
    tls: Option<&TlsFiles>,
    question: Question,
) -> Result<ServingStatus, Failure> {
    let tls = tls.map(own_client).transpose().map_err(|error| Failure::new(Exit::Usage, error))?;
    let stream =
        TcpStream::connect(address).await.context("cannot connect").map_err(unavailable)?;
    let Some((connector, name)) = tls else {
        return call(stream, "http", question).await.map_err(unavailable);
    };
    let answered = async {
        let stream = connector.connect(name, stream).await.context("TLS")?;
        call(stream, "https", question).await
    };
    answered.await.map_err(|error| unavailable(error).help(REFUSED))
}

/// One call of the health service on a fresh connection.
async fn call(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    scheme: &str,
    question: Question,
) -> anyhow::Result<ServingStatus> {
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    let service = tower::service_fn(move |request| sender.clone().send_request(request));
    let origin = Uri::builder().scheme(scheme).authority("aecs").path_and_query("/").build()?;
    let mut client = HealthClient::with_origin(service, origin);
    let request = HealthCheckRequest { service: question.service().to_owned() };
    tokio::select! {
        answer = client.check(request) => Ok(answer?.into_inner().status()),
        ended = connection => match ended {
            Err(error) => Err(error.into()),
            Ok(()) => bail!("the server closed the connection"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_all_addresses_is_asked_at_that_of_this_machine() {
        for (listen, asked) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:2", "[::1]:2"),
            ("127.0.0.9:3", "127.0.0.9:3"),
            ("192.0.2.1:4", "192.0.2.1:4"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
