//! Where the server is, and how to talk to it.
//!
//! An [`Endpoint`] is checked when it is made: an address that parses, certificates that fit.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use aecs_crypto::SecretString;
use http::uri::{Authority, Uri};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// Time to establish a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time for one call, connecting included: what the tools of AECS 2.0 gave administrative calls.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Time in which a call is made again when the server has too much to do.
const RETRY_TIME: Duration = Duration::from_secs(30);

/// Largest message in either direction, in bytes. A list of some thousand secrets with their
/// policies fits; an answer that fills the memory does not.
const MAX_MESSAGE: usize = 8 << 20;

/// A server's address, with TLS and limits.
///
/// ```
/// use std::time::Duration;
/// use aecs_client::Endpoint;
///
/// let endpoint = Endpoint::new("127.0.0.1:19527")?.call_timeout(Duration::from_secs(4));
/// assert_eq!(endpoint.to_string(), "127.0.0.1:19527");
///
/// let error = Endpoint::new("127.0.0.1").unwrap_err();
/// assert_eq!(error.to_string(), "the port is missing in `127.0.0.1`, write HOST:PORT");
/// # Ok::<(), aecs_client::EndpointError>(())
/// ```
#[derive(Clone)]
pub struct Endpoint {
    pub(crate) authority: Authority,
    scheme: Option<Scheme>,
    pub(crate) tls: Option<ClientTls>,
    pub(crate) connect_timeout: Duration,
    pub(crate) call_timeout: Duration,
    pub(crate) patience: Patience,
    pub(crate) max_message: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// Why an endpoint is not usable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The address is empty.
    #[error("the server's address is empty, write HOST:PORT")]
    Empty,
    /// No port is given. There is no default: `http://HOST` could mean two of them.
    #[error("the port is missing in `{0}`, write HOST:PORT")]
    NoPort(String),
    /// The port is not a number from 1 to 65535.
    #[error("`{port}` in `{address}` is not a port")]
    BadPort {
        /// The whole address.
        address: String,
        /// Its port part.
        port: String,
    },
    /// The host part is empty or not a host name or IP address.
    #[error("there is no usable host in `{0}`, write HOST:PORT, or [ADDRESS]:PORT for IPv6")]
    BadHost(String),
    /// Something other than a scheme, a host and a port.
    #[error("`{0}` has more than a host and a port")]
    Trailing(String),
    /// A scheme other than `http` and `https`.
    #[error("`{0}` has an unknown scheme, use http:// or https:// or none")]
    UnknownScheme(String),
    /// The address says `http://`, but certificates are configured, or the other way round.
    #[error("the address says {scheme}:// but TLS is {}", if *.tls { "configured" } else { "not configured" })]
    SchemeConflict {
        /// The scheme in the address.
        scheme: &'static str,
        /// Whether certificates are configured.
        tls: bool,
    },
    /// A kubeconfig has certificates, but for another address.
    #[error("the server policy asks for TLS, but for {configured} and not for {asked}")]
    OtherAddress {
        /// The address in the kubeconfig.
        configured: String,
        /// The other one.
        asked: String,
    },
    /// A PEM text holds no certificate or key, or a broken one.
    #[error("the {what} is not usable")]
    BadPem {
        /// Which of the three.
        what: &'static str,
        /// The error of the PEM parser.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// The certificate of the authority is none, or cannot be one of an authority.
    #[error("the certificate authority is not usable: {}", in_words(.0))]
    BadAuthority(rustls::Error),
    /// Certificate and key do not fit each other, or the TLS library refuses them.
    #[error("the client certificate and key are not usable: {}", in_words(.0))]
    BadCertificate(rustls::Error),
}

impl Endpoint {
    /// Takes `HOST:PORT`, `http://HOST:PORT` or `https://HOST:PORT`.
    ///
    /// With `https`, [`Endpoint::tls`] has to follow before anything can be called.
    ///
    /// # Errors
    ///
    /// What is wrong with the address.
    pub fn new(address: &str) -> Result<Endpoint, EndpointError> {
        let (scheme, rest) = split_scheme(address)?;
        let authority = authority(rest.strip_suffix('/').unwrap_or(rest))?;
        Ok(Endpoint {
            authority,
            scheme,
            tls: None,
            connect_timeout: CONNECT_TIMEOUT,
            call_timeout: CALL_TIMEOUT,
            patience: Patience { busy: RETRY_TIME, start: Duration::ZERO },
            max_message: MAX_MESSAGE,
        })
    }

    /// Talks mutual TLS instead of plain HTTP/2.
    ///
    /// # Errors
    ///
    /// [`EndpointError::SchemeConflict`] when the address says `http://`.
    pub fn tls(mut self, tls: ClientTls) -> Result<Endpoint, EndpointError> {
        if self.scheme == Some(Scheme::Http) {
            return Err(EndpointError::SchemeConflict { scheme: "http", tls: true });
        }
        self.tls = Some(tls);
        Ok(self)
    }

    /// Time to establish a connection, 5 seconds by default.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Endpoint {
        self.connect_timeout = timeout;
        self
    }

    /// Time for one call, 10 seconds by default. A repeated call has the time again.
    #[must_use]
    pub fn call_timeout(mut self, timeout: Duration) -> Endpoint {
        self.call_timeout = timeout;
        self
    }

    /// Time in which a call is made again, with pauses, when the server has too much to do; 30
    /// seconds by default. What changes something keeps the id of its act: it is carried out once.
    #[must_use]
    pub fn retry_time(mut self, time: Duration) -> Endpoint {
        self.patience.busy = time;
        self
    }

    /// Time in which to wait for a server that is starting: that cannot be reached, or that its
    /// administrator has not provisioned yet. None by default.
    #[must_use]
    pub fn wait_for_start(mut self, time: Duration) -> Endpoint {
        self.patience.start = time;
        self
    }

    /// Largest message in either direction in bytes, 8 MiB by default.
    #[must_use]
    pub fn max_message(mut self, bytes: usize) -> Endpoint {
        self.max_message = bytes;
        self
    }

    /// Whether calls are made over TLS.
    #[must_use]
    pub fn uses_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Refuses an `https` address without certificates.
    pub(crate) fn check_complete(&self) -> Result<(), EndpointError> {
        if self.scheme == Some(Scheme::Https) && self.tls.is_none() {
            return Err(EndpointError::SchemeConflict { scheme: "https", tls: false });
        }
        Ok(())
    }
}

/// How long calls are made again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// While the server has too much to do.
    pub(crate) busy: Duration,
    /// While the server is starting.
    pub(crate) start: Duration,
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(address: &str) -> Result<Endpoint, EndpointError> {
        Endpoint::new(address)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.authority.fmt(f)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("authority", &self.authority.as_str())
            .field("tls", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}

fn split_scheme(address: &str) -> Result<(Option<Scheme>, &str), EndpointError> {
    match address.split_once("://") {
        None => Ok((None, address)),
        Some(("http", rest)) => Ok((Some(Scheme::Http), rest)),
        Some(("https", rest)) => Ok((Some(Scheme::Https), rest)),
        Some(_) => Err(EndpointError::UnknownScheme(address.to_owned())),
    }
}

fn authority(text: &str) -> Result<Authority, EndpointError> {
    if text.is_empty() {
        return Err(EndpointError::Empty);
    }
    if text.contains(['/', '?', '#', '@']) {
        return Err(EndpointError::Trailing(text.to_owned()));
    }
    // In `[::1]:19527` the last colon is the port's; in `::1` there is no port.
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => return Err(EndpointError::NoPort(text.to_owned())),
    };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    if host.is_empty() || (host.contains(':') && !bracketed) {
        return Err(EndpointError::BadHost(text.to_owned()));
    }
    let bad_port = || EndpointError::BadPort { address: text.to_owned(), port: port.to_owned() };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad_port());
    }
    let number = port.parse::<u16>().map_err(|_| bad_port())?;
    if number == 0 {
        return Err(bad_port());
    }
    let authority =
        Authority::from_str(text).map_err(|_| EndpointError::BadHost(text.to_owned()))?;
    // The transport wants a whole address; one that it cannot take is refused now, not at a call.
    Uri::builder()
        .scheme("http")
        .authority(authority.clone())
        .path_and_query("/")
        .build()
        .map_err(|_| EndpointError::BadHost(text.to_owned()))?;
    Ok(authority)
}

/// Certificates for mutual TLS: whom to believe, and who I am.
///
/// TLS guards the way to the server; what the server is allowed to see is decided by attestation.
/// TLS 1.3 and 1.2; the server must present a certificate for the name `enclave-service`.
#[derive(Clone)]
pub struct ClientTls {
    pub(crate) config: Arc<ClientConfig>,
}

impl ClientTls {
    /// Takes the certificate authorities, the client's certificate chain and its private key, as
    /// PEM.
    ///
    /// # Errors
    ///
    /// Which of the three is not usable, and why.
    pub fn new(
        ca_pem: &str,
        cert_pem: &str,
        key_pem: &SecretString,
    ) -> Result<ClientTls, EndpointError> {
        let mut roots = RootCertStore::empty();
        for root in certificates("certificate authority", ca_pem)? {
            roots.add(root).map_err(EndpointError::BadAuthority)?;
        }
        let chain = certificates("client certificate", cert_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem.expose().as_bytes())
            .map_err(|source| EndpointError::BadPem { what: "client key", source })?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .and_then(|builder| {
                builder.with_root_certificates(roots).with_client_auth_cert(chain, key)
            })
            .map_err(EndpointError::BadCertificate)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(ClientTls { config: Arc::new(config) })
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls").finish_non_exhaustive()
    }
}

/// An error of the TLS library, without the names of its types.
fn in_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding) => {
            "it is not an X.509 certificate".to_owned()
        }
        rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch) => {
            "the key does not belong to the certificate".to_owned()
        }
        other => other.to_string(),
    }
}

/// All certificates of a PEM text; none is an error.
fn certificates(
    what: &'static str,
    pem: &str,
) -> Result<Vec<CertificateDer<'static>>, EndpointError> {
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| EndpointError::BadPem { what, source })?;
    if certificates.is_empty() {
        let source = rustls_pki_types::pem::Error::NoItemsFound;
        return Err(EndpointError::BadPem { what, source });
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses() {
        for (address, shown) in [
            ("127.0.0.1:19527", "127.0.0.1:19527"),
            ("http://127.0.0.1:19527", "127.0.0.1:19527"),
            ("https://aecs.example:443/", "aecs.example:443"),
            ("[::1]:19527", "[::1]:19527"),
            ("localhost:1", "localhost:1"),
            ("a-b.c_d:65535", "a-b.c_d:65535"),
        ] {
            assert_eq!(Endpoint::new(address).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn bad_addresses_say_what_is_wrong() {
        for (address, message) in [
            ("", "the server's address is empty, write HOST:PORT"),
            ("http://", "the server's address is empty, write HOST:PORT"),
            ("localhost", "the port is missing in `localhost`, write HOST:PORT"),
            ("[::1]", "the port is missing in `[::1]`, write HOST:PORT"),
            ("localhost:", "`` in `localhost:` is not a port"),
            ("localhost:http", "`http` in `localhost:http` is not a port"),
            ("localhost:+80", "`+80` in `localhost:+80` is not a port"),
            ("localhost:0", "`0` in `localhost:0` is not a port"),
            ("localhost:65536", "`65536` in `localhost:65536` is not a port"),
            (
                "::1:19527",
                "there is no usable host in `::1:19527`, write HOST:PORT, or [ADDRESS]:PORT for IPv6",
            ),
            (
                ":19527",
                "there is no usable host in `:19527`, write HOST:PORT, or [ADDRESS]:PORT for IPv6",
            ),
            (
                "a b:1",
                "there is no usable host in `a b:1`, write HOST:PORT, or [ADDRESS]:PORT for IPv6",
            ),
            ("localhost:1/path", "`localhost:1/path` has more than a host and a port"),
            ("user@localhost:1", "`user@localhost:1` has more than a host and a port"),
            (
                "ftp://localhost:1",
                "`ftp://localhost:1` has an unknown scheme, use http:// or https:// or none",
            ),
        ] {
            match Endpoint::new(address) {
                Ok(endpoint) => panic!("{address:?} was taken for {endpoint}"),
                Err(error) => assert_eq!(error.to_string(), message),
            }
        }
    }

    #[test]
    fn https_needs_certificates() {
        let error = Endpoint::new("https://a:1").unwrap().check_complete().unwrap_err();
        assert_eq!(error.to_string(), "the address says https:// but TLS is not configured");
        Endpoint::new("http://a:1").unwrap().check_complete().unwrap();
        Endpoint::new("a:1").unwrap().check_complete().unwrap();
    }

    #[test]
    fn unusable_certificates_are_named() {
        let key = SecretString::from(String::new());
        let error = ClientTls::new("", "", &key).unwrap_err();
        assert_eq!(error.to_string(), "the certificate authority is not usable");
        let junk = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        let error = ClientTls::new(junk, junk, &key).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the certificate authority is not usable: it is not an X.509 certificate"
        );
    }
}
