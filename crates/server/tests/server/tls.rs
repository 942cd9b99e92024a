//! Mutual TLS: who gets in, and what is wrong with a server's files.

use std::{
    fs, io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aecs_proto::{GetAecsStatusRequest, aecs_client::AecsClient};
use aecs_server::{
    serve::{SERVER_NAME, TlsError, TlsFiles, follow_tls, load_tls},
    signals::Hangup,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
    version::{TLS12, TLS13},
};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

use crate::{
    certificates::{Issued, Pki},
    fake::{Fake, Server, limits},
};

async fn start(pki: &Pki) -> Server {
    let tls = load_tls(&pki.good_files()).unwrap();
    assert_eq!(tls.warning, None);
    let tls = watch::Sender::new(tls.acceptor);
    Server::start_with(&Fake::new(), limits(), Some(tls.subscribe())).await
}

/// What a client brings along.
pub(crate) struct Client<'a> {
    trusts: &'a Pki,
    shows: Option<Issued>,
    expects: &'static str,
    version: &'static SupportedProtocolVersion,
}

impl Client<'_> {
    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(self.trusts.authority_pem.as_bytes()).unwrap();
        roots.add(root).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.shows {
            None => builder.with_no_client_auth(),
            Some(issued) => {
                let chain = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
                builder.with_client_auth_cert(vec![chain], key).unwrap()
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        TlsConnector::from(Arc::new(config))
    }

    /// Connects.
    pub(crate) async fn connect(
        &self,
        server: &Server,
    ) -> Result<AecsClient<Channel>, Box<dyn std::error::Error>> {
        let (connector, address) = (self.connector(), server.address);
        let name = ServerName::try_from(self.expects)?;
        let dial = tower::service_fn(move |_| {
            let (connector, name) = (connector.clone(), name.clone());
            async move {
                let stream = TcpStream::connect(address).await?;
                Ok::<_, io::Error>(TokioIo::new(connector.connect(name, stream).await?))
            }
        });
        let channel: Channel =
            Endpoint::from_static("http://aecs").connect_with_connector(dial).await?;
        Ok(AecsClient::new(channel))
    }

    /// Connects and asks for the status.
    pub(crate) async fn ask(&self, server: &Server) -> Result<(), Box<dyn std::error::Error>> {
        self.connect(server).await?.get_aecs_status(GetAecsStatusRequest::default()).await?;
        Ok(())
    }
}

pub(crate) fn client(pki: &Pki) -> Client<'_> {
    Client {
        trusts: pki,
        shows: Some(pki.issue("some client")),
        expects: SERVER_NAME,
        version: &TLS13,
    }
}

#[tokio::test]
async fn clients_of_the_authority_get_in_with_both_versions() {
    let pki = Pki::new();
    let server = start(&pki).await;
    for version in [&TLS13, &TLS12] {
        Client { version, ..client(&pki) }.ask(&server).await.unwrap();
    }
}

#[tokio::test]
async fn others_do_not() {
    let (pki, other) = (Pki::new(), Pki::new());
    let server = start(&pki).await;
    for version in [&TLS13, &TLS12] {
        let anonymous = Client { shows: None, version, ..client(&pki) };
        assert!(anonymous.ask(&server).await.is_err());
        let foreign = Client { shows: Some(other.issue("x")), version, ..client(&pki) };
        assert!(foreign.ask(&server).await.is_err());
    }
    if let Ok(plain) = server.channel().await {
        let answer = AecsClient::new(plain).get_aecs_status(GetAecsStatusRequest::default()).await;
        assert!(answer.is_err());
    }
    client(&pki).ask(&server).await.unwrap();
}

#[tokio::test]
async fn a_client_knows_the_server_by_its_name_and_authority() {
    let (pki, other) = (Pki::new(), Pki::new());
    let server = start(&pki).await;
    assert!(Client { expects: "localhost", ..client(&pki) }.ask(&server).await.is_err());
    assert!(Client { trusts: &other, ..client(&pki) }.ask(&server).await.is_err());
}

#[test]
fn a_certificate_for_another_name_is_an_error_at_start() {
    let pki = Pki::new();
    let error = load_tls(&pki.files(&pki.issue("localhost"))).unwrap_err();
    assert!(matches!(error, TlsError::Certificate { .. }), "{error:?}");
    let shown = error.to_string();
    assert!(shown.contains("server.crt") && shown.contains("enclave-service"), "{shown}");
    assert!(shown.contains("AECS 2.0 generated are X.509 v1"), "{shown}");
}

#[test]
fn a_version_1_certificate_is_an_error_at_start() {
    let pki = Pki::new();
    let files = pki.good_files();
    let der = CertificateDer::from_pem_file(&files.certificate).unwrap();
    fs::write(&files.certificate, as_version_1(&der)).unwrap();
    let shown = load_tls(&files).unwrap_err().to_string();
    assert!(shown.contains("X.509 v1") && shown.contains("aecs-setup"), "{shown}");
}

#[test]
fn the_key_of_another_certificate_is_an_error_at_start() {
    let pki = Pki::new();
    let server = Issued { key: pki.issue(SERVER_NAME).key, ..pki.issue(SERVER_NAME) };
    let error = load_tls(&pki.files(&server)).unwrap_err();
    assert!(matches!(error, TlsError::Key { .. }), "{error:?}");
    assert!(error.to_string().contains("server.key is not the private key of"), "{error}");
}

#[test]
fn files_that_are_missing_or_something_else_are_named() {
    let pki = Pki::new();
    let good = pki.good_files();
    let missing = pki.dir.path().join("missing.pem");
    let empty = pki.write("empty.pem", "");
    for bad in [&missing, &empty, &good.key] {
        for files in [
            TlsFiles { ca: bad.clone(), ..good.clone() },
            TlsFiles { certificate: bad.clone(), ..good.clone() },
        ] {
            let error = load_tls(&files).unwrap_err();
            assert_eq!(matches!(error, TlsError::Read { .. }), *bad == missing, "{error:?}");
            assert!(error.to_string().contains(bad.to_str().unwrap()), "{error}");
            let key = if files.ca == *bad { "aecs_rpc_ca_path" } else { "aecs_rpc_cert_path" };
            assert_eq!(error.key(&files), key);
        }
    }
    for bad in [missing.clone(), empty, good.certificate.clone()] {
        let files = TlsFiles { key: bad.clone(), ..good.clone() };
        let error = load_tls(&files).unwrap_err();
        let read = matches!(error, TlsError::Read { .. });
        assert!(read || matches!(error, TlsError::Pem { what: "private key", .. }), "{error:?}");
        assert_eq!(read, bad == missing, "{error:?}");
        let shared = bad == good.certificate;
        assert_eq!(
            error.key(&files),
            if shared { "aecs_rpc_cert_path" } else { "aecs_rpc_key_path" }
        );
    }
}

#[test]
fn a_certificate_that_clients_will_not_trust_is_a_warning() {
    let (pki, other) = (Pki::new(), Pki::new());
    let tls = load_tls(&pki.files(&other.issue(SERVER_NAME))).unwrap();
    assert!(tls.warning.unwrap().contains("will refuse"));
}

/// Replaces the files of a running server by those of another authority and returns once a client
/// of that one gets in. `hang_up` says whether SIGHUP tells the server, or it finds out.
async fn f12_replace_files(hang_up: bool) {
    const NEVER: Duration = Duration::from_secs(3600);
    let (pki, next) = (Pki::new(), Pki::new());
    let files = pki.good_files();
    let loaded = load_tls(&files).unwrap();
    let (sender, acceptor) = watch::channel(loaded.acceptor.clone());
    let server = Server::start_with(&Fake::new(), limits(), Some(acceptor)).await;
    let (trigger, hangup) = Hangup::manual();
    let pause = if hang_up { NEVER } else { Duration::from_millis(20) };
    tokio::spawn(follow_tls(files.clone(), loaded, sender, hangup, pause));
    client(&pki).ask(&server).await.unwrap();

    // Half of what is to come is not used.
    fs::write(&files.key, "").unwrap();
    trigger.hang_up();
    sleep(Duration::from_millis(200)).await;
    client(&pki).ask(&server).await.unwrap();

    let new = next.good_files();
    for (from, to) in
        [(&new.ca, &files.ca), (&new.certificate, &files.certificate), (&new.key, &files.key)]
    {
        fs::copy(from, to).unwrap();
    }
    if hang_up {
        trigger.hang_up();
    }
    let replaced = async { while client(&next).ask(&server).await.is_err() {} };
    timeout(Duration::from_secs(20), replaced).await.expect("the new certificate is used");
    assert!(client(&pki).ask(&server).await.is_err());
}

#[tokio::test]
async fn f12_tls_files_are_read_again_at_sighup() {
    f12_replace_files(true).await;
}

#[tokio::test]
async fn f12_tls_files_are_read_again_when_they_change() {
    f12_replace_files(false).await;
}

#[test]
fn f12_expiry_is_told_a_month_ahead() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let pki = Pki::new();
    let end = SystemTime::now() + 100 * DAY;
    let files = pki.files(&pki.issue_until(SERVER_NAME, end));
    let tls = load_tls(&files).unwrap();
    assert_eq!(tls.expiring(SystemTime::now()), Vec::<String>::new());
    let [told] = &tls.expiring(end - 10 * DAY)[..] else { panic!("one certificate") };
    assert!(told.contains("server.crt") && told.contains("expires in 9 days"), "{told}");
    let [told] = &tls.expiring(end + DAY)[..] else { panic!("one certificate") };
    assert!(told.contains("has expired"), "{told}");
}

/// The certificate without its version and extensions: what `openssl x509 -req` made of a request
/// in the days of AECS 2.0. Its signature does not fit any more; nobody gets as far as that.
fn as_version_1(der: &[u8]) -> String {
    let (_, certificate, _) = element(der);
    let (_, body, signature) = element(certificate);
    let mut kept = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        let (tag, _, after) = element(rest);
        if !matches!(tag, 0xA0 | 0xA3) {
            kept.extend_from_slice(&rest[..rest.len() - after.len()]);
        }
        rest = after;
    }
    let mut certificate = sequence(&kept);
    certificate.extend_from_slice(signature);
    let text = STANDARD.encode(sequence(&certificate));
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// Tag and content of the first DER element, and what follows it.
fn element(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (begin, len) = match der[1] {
        short @ 0..=0x7F => (2, usize::from(short)),
        0x81 => (3, usize::from(der[2])),
        _ => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
    };
    (der[0], &der[begin..begin + len], &der[begin + len..])
}

fn sequence(content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82, len[0], len[1]], content].concat()
}
