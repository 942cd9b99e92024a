//! Mutual TLS from PEM files, checked at start rather than at the first handshake, and again when
//! they change.
//!
//! Invariant: a [`TlsAcceptor`] from here serves only clients whose certificate a configured
//! authority issued, and its own certificate is one that AECS clients accept.

use std::{
    fmt, fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use aecs_crypto::SecretBytes;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, UnixTime,
        pem::{self, PemObject},
    },
    server::WebPkiClientVerifier,
};
use thiserror::Error;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use x509_parser::parse_x509_certificate;

use crate::{config::MAX_FILE_BYTES, signals::Hangup};

/// The name that AECS clients expect in the server's certificate, wherever the server runs.
pub const SERVER_NAME: &str = "enclave-service";

/// The PEM files of mutual TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate authorities of the clients.
    pub ca: PathBuf,
    /// The server's certificate, followed by intermediate ones.
    pub certificate: PathBuf,
    /// The private key of the certificate: PKCS#8, PKCS#1 or SEC 1.
    pub key: PathBuf,
}

/// Why the files cannot be used. The message names the file and says what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file has nothing of the wanted kind in it.
    #[error("{path}: no {what} can be read from it", path = path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// Why not.
        #[source]
        source: pem::Error,
    },
    /// A file cannot be read.
    #[error("{path}: cannot be read", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A certificate that TLS libraries of today do not take.
    #[error("{path}: {what}; {HINT}", path = path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// The property that TLS libraries refuse.
        what: String,
    },
    /// The private key is not that of the certificate, or of an unknown kind.
    #[error("{key} is not the private key of {certificate}", key = key.display(),
        certificate = certificate.display())]
    Key {
        /// File of the key.
        key: PathBuf,
        /// File of the certificate.
        certificate: PathBuf,
        /// What the TLS library says.
        #[source]
        source: rustls::Error,
    },
    /// The TLS library refuses the setup.
    #[error("TLS cannot be set up")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl TlsError {
    /// The setting that is to be looked at.
    pub fn key(&self, files: &TlsFiles) -> &'static str {
        let path = match self {
            Self::Pem { path, .. } | Self::Read { path, .. } | Self::Certificate { path, .. } => {
                path
            }
            Self::Key { key, .. } => key,
            Self::Setup(_) => return "aecs_rpc_ssl_secure",
        };
        match path {
            path if *path == files.ca => "aecs_rpc_ca_path",
            path if *path == files.certificate => "aecs_rpc_cert_path",
            _ => "aecs_rpc_key_path",
        }
    }
}

const HINT: &str = "the certificates that AECS 2.0 generated are X.509 v1 without a subject \
    alternative name: make new ones (v3, subject alternative name DNS:enclave-service) with \
    aecs-setup";

/// How long before a certificate expires the operator is told, and how often.
const NOTICE: Duration = Duration::from_secs(30 * DAY);
const REMINDER: Duration = Duration::from_secs(DAY);
const DAY: u64 = 24 * 60 * 60;

/// What was loaded.
pub struct Tls {
    /// Makes connections out of sockets.
    pub acceptor: TlsAcceptor,
    /// What clients will not like about the certificate, if anything.
    pub warning: Option<String>,
    /// The files with certificates, and when the first of each file expires.
    expiries: Vec<(PathBuf, SystemTime)>,
    /// The files as they were before they were read.
    stamps: [Stamp; 3],
}

impl Tls {
    /// The certificates that expire within 30 days of `now`, one sentence each.
    pub fn expiring(&self, now: SystemTime) -> Vec<String> {
        let soon = self.expiries.iter().filter(|(_, end)| *end < now + NOTICE);
        soon.map(|(path, end)| {
            let path = path.display();
            match end.duration_since(now) {
                Ok(rest) => format!(
                    "{path}: a certificate expires in {} days; replace the file, it is read \
                     again by itself",
                    rest.as_secs() / DAY
                ),
                Err(_) => format!("{path}: a certificate has expired; replace the file"),
            }
        })
        .collect()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("warning", &self.warning).finish_non_exhaustive()
    }
}

/// Reads and checks the files.
///
/// # Errors
/// A file is missing or has no PEM of that type, the certificate is not for [`SERVER_NAME`], the
/// key belongs to another certificate.
pub fn load(files: &TlsFiles) -> Result<Tls, TlsError> {
    let stamps = stamps(files);
    let provider = Arc::new(aws_lc_rs::default_provider());
    let roots = Arc::new(read_roots(&files.ca)?);
    let chain = read_certificates(&files.certificate, "certificate")?;
    let expiries = [
        (&files.ca, read_certificates(&files.ca, "certificate authority")?),
        (&files.certificate, chain.clone()),
    ];
    let expiries = expiries
        .into_iter()
        .filter_map(|(path, chain)| Some((path.clone(), chain.iter().filter_map(expiry).min()?)))
        .collect();
    check_name(&files.certificate, &chain)?;
    let warning = untrusted(&provider, &roots, &chain);
    let key = read_pem(&files.key, "private key", PrivateKeyDer::from_pem_slice)?;
    let clients = WebPkiClientVerifier::builder_with_provider(roots, provider.clone())
        .build()
        .map_err(|error| TlsError::Setup(error.into()))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| TlsError::Setup(error.into()))?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .map_err(|source| TlsError::Key {
            key: files.key.clone(),
            certificate: files.certificate.clone(),
            source,
        })?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), warning, expiries, stamps })
}

/// A client that shows the server's own certificate to a server with the same files, and the name that
/// it expects there.
///
/// # Errors
/// The files cannot be read, or the key belongs to another certificate.
pub fn own_client(files: &TlsFiles) -> Result<(TlsConnector, ServerName<'static>), TlsError> {
    let chain = read_certificates(&files.certificate, "certificate")?;
    let key = read_pem(&files.key, "private key", PrivateKeyDer::from_pem_slice)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| TlsError::Setup(error.into()))?
        .with_root_certificates(read_roots(&files.ca)?)
        .with_client_auth_cert(chain, key)
        .map_err(|source| TlsError::Key {
            key: files.key.clone(),
            certificate: files.certificate.clone(),
            source,
        })?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(SERVER_NAME).map_err(|error| TlsError::Setup(error.into()))?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

/// When a certificate expires, if that can be read.
fn expiry(certificate: &CertificateDer<'static>) -> Option<SystemTime> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    let seconds = u64::try_from(certificate.validity().not_after.timestamp()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Keeps `acceptor` current, for as long as anybody uses it: reads the files again at each SIGHUP
/// and when a look at them every `pause` finds them changed, and reminds of expiry once a day.
/// Connections that are open stay open.
pub async fn follow(
    files: TlsFiles,
    mut tls: Tls,
    acceptor: watch::Sender<TlsAcceptor>,
    mut hangup: Hangup,
    pause: Duration,
) {
    let mut refused = None;
    let mut reminder = Instant::now();
    loop {
        if Instant::now() >= reminder {
            tls.expiring(SystemTime::now()).iter().for_each(|text| tracing::warn!("{text}"));
            reminder = Instant::now() + REMINDER;
        }
        let asked = tokio::select! {
            () = acceptor.closed() => return,
            () = hangup.next() => true,
            () = sleep(pause) => false,
        };
        let found = stamps(&files);
        if !asked && found == tls.stamps {
            continue;
        }
        match load(&files) {
            Ok(loaded) => {
                tracing::info!("the TLS files were read again");
                if let Some(warning) = &loaded.warning {
                    tracing::warn!("{warning}");
                }
                acceptor.send_replace(loaded.acceptor.clone());
                (tls, reminder) = (loaded, Instant::now());
            }
            // Files are replaced one after the other: the next look may find all of them.
            Err(error) => {
                if asked || refused.as_ref() != Some(&found) {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(
                        error,
                        "the TLS files changed and cannot be used: the server \
                        keeps what it has"
                    );
                }
                refused = Some(found);
            }
        }
    }
}

/// What changes when somebody writes or replaces a file.
type Stamp = Option<(u64, u64, i64, i64)>;

fn stamps(files: &TlsFiles) -> [Stamp; 3] {
    [&files.ca, &files.certificate, &files.key].map(|path| {
        let file = fs::metadata(path).ok()?;
        Some((file.ino(), file.size(), file.mtime(), file.mtime_nsec()))
    })
}

fn read_roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in read_certificates(path, "certificate authority")? {
        roots.add(certificate).map_err(|error| TlsError::Certificate {
            path: path.to_owned(),
            what: format!("not usable as a certificate authority ({})", in_words(&error)),
        })?;
    }
    Ok(roots)
}

/// An error of the TLS library, without the names of its types.
fn in_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding) => {
            "it is not an X.509 certificate".to_owned()
        }
        other => other.to_string(),
    }
}

/// At least one certificate.
fn read_certificates(
    path: &Path,
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    read_pem(path, what, |pem| {
        let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(certificates) }
    })
}

/// Parts of a PEM file.
fn read_pem<T>(
    path: &Path,
    what: &'static str,
    parse: impl FnOnce(&[u8]) -> Result<T, pem::Error>,
) -> Result<T, TlsError> {
    let text = aecs_attest::files::read(path, MAX_FILE_BYTES)
        .map(SecretBytes::from)
        .map_err(|source| TlsError::Read { path: path.to_owned(), source })?;
    parse(text.expose()).map_err(|source| TlsError::Pem { path: path.to_owned(), what, source })
}

fn check_name(path: &Path, chain: &[CertificateDer<'_>]) -> Result<(), TlsError> {
    let wrong = |what: String| TlsError::Certificate { path: path.to_owned(), what };
    let Some(leaf) = chain.first() else {
        return Err(wrong("the certificate is missing".to_owned()));
    };
    let leaf = webpki::EndEntityCert::try_from(leaf)
        .map_err(|error| wrong(format!("not a certificate that TLS takes ({error:?})")))?;
    let name = ServerName::try_from(SERVER_NAME).map_err(|error| TlsError::Setup(error.into()))?;
    leaf.verify_is_valid_for_subject_name(&name)
        .map_err(|_| wrong(format!("the certificate is not valid for the name {SERVER_NAME}")))
}

/// Clients usually trust the authority that the server trusts: what would such a client say now?
fn untrusted(
    provider: &CryptoProvider,
    roots: &RootCertStore,
    chain: &[CertificateDer<'_>],
) -> Option<String> {
    let (leaf, intermediates) = chain.split_first()?;
    let leaf = webpki::EndEntityCert::try_from(leaf).ok()?;
    let checked = leaf.verify_for_usage(
        provider.signature_verification_algorithms.all,
        &roots.roots,
        intermediates,
        UnixTime::now(),
        webpki::KeyUsage::server_auth(),
        None,
        None,
    );
    checked.err().map(|error| {
        format!("clients that trust aecs_rpc_ca_path will refuse the server's certificate: {error}")
    })
}
