//! The way to the server: nobody there, nobody answering, and mutual TLS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic in a test is the report of its failure, in its supporting code as well"
)]

mod fake;

use std::sync::Arc;
use std::time::Duration;

use aecs_client::{ClientTls, Endpoint, Error, PublicClient};
use aecs_crypto::{SecretString, Suite};
use fake::{Fake, chain, cpu, listen, policy, verifier};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn connect(endpoint: Endpoint) -> Result<PublicClient, Error> {
    let (_folder, cpu) = cpu();
    PublicClient::connect(endpoint, verifier(&cpu), policy()).await
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = connect(Endpoint::new(&address).unwrap()).await.err().unwrap();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    let text = chain(&error);
    assert!(text.starts_with(&format!("cannot reach the server at {address}: ")), "{text}");
    assert!(text.contains("refused"), "{text}");
}

#[tokio::test]
async fn f09_a_server_that_is_not_there_yet_is_waited_for() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let starting = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        fake::listen_at(fake.clone(), None, address).await
    };
    let endpoint = Endpoint::new(&address.to_string()).unwrap();
    let endpoint = endpoint.wait_for_start(Duration::from_secs(60));
    let connecting = PublicClient::connect(endpoint, verifier(&cpu), policy());
    let (_, connected) = tokio::join!(starting, connecting);
    connected.unwrap();
}

/// A closing server answers the streams up to the last that its GOAWAY names. This one names none.
#[tokio::test]
async fn f09_a_stream_above_the_last_of_goaway_is_made_again() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let behind = listen(fake.clone(), None).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut closing, _) = listener.accept().await.unwrap();
        closing.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
        let mut request = [0; 256];
        let mut read = 0;
        // The preface, settings, and the beginning of a request.
        while read < 120 {
            read += closing.read(&mut request).await.unwrap();
        }
        let goaway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        closing.write_all(&goaway).await.unwrap();
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = tokio::net::TcpStream::connect(behind).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    let endpoint = Endpoint::new(&address).unwrap();
    PublicClient::connect(endpoint, verifier(&cpu), policy()).await.unwrap();
    assert_eq!(fake.status_calls.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_unreachable() {
    let error = connect(Endpoint::new("nobody.invalid:1").unwrap()).await.err().unwrap();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_up_interrupts() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            drop(listener.accept().await);
        }
    });
    let error = connect(Endpoint::new(&address).unwrap()).await.err().unwrap();
    assert!(
        matches!(error, Error::Interrupted { .. } | Error::Unreachable { .. }),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn a_port_that_never_speaks_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let endpoint = Endpoint::new(&address).unwrap().call_timeout(Duration::from_millis(200));
    let error = connect(endpoint).await.err().unwrap();
    assert!(matches!(error, Error::Deadline { .. }), "{error}");
}

#[tokio::test]
async fn https_without_certificates_is_a_mistake() {
    let error = connect(Endpoint::new("https://127.0.0.1:1").unwrap()).await.err().unwrap();
    assert!(matches!(error, Error::Endpoint(_)), "{error}");
}

/// A certificate authority and what it issues.
struct Authority(CertifiedIssuer<'static, KeyPair>);

struct Issued {
    cert: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, name: &str) -> Issued {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        Issued { cert: params.signed_by(&key, &self.0).unwrap(), key }
    }

    /// Serves a fake with a certificate for `name`, to clients of this authority.
    async fn serve(&self, fake: &Arc<Fake>, name: &str) -> String {
        let Issued { cert, key } = self.issue(name);
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let clients = rustls::server::WebPkiClientVerifier::builder_with_provider(
            Arc::new(roots),
            provider.clone(),
        );
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(vec![cert.der().clone()], key.into())
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        listen(fake.clone(), Some(Arc::new(config).into())).await.to_string()
    }

    /// What a client of this authority has.
    fn client(&self) -> ClientTls {
        self.client_with(&self.issue("client"))
    }

    fn client_with(&self, Issued { cert, key }: &Issued) -> ClientTls {
        let key = SecretString::from(key.serialize_pem());
        ClientTls::new(&self.0.pem(), &cert.pem(), &key).unwrap()
    }
}

#[tokio::test]
async fn mutual_tls_and_attestation_both_hold() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let authority = Authority::new();
    let address = authority.serve(&fake, "enclave-service").await;
    let endpoint = Endpoint::new(&format!("https://{address}")).unwrap();
    let endpoint = endpoint.tls(authority.client()).unwrap();
    let client = PublicClient::connect(endpoint, verifier(&cpu), policy()).await.unwrap();
    client.get("service1", "db").await.unwrap();
}

#[tokio::test]
async fn certificates_that_do_not_fit_are_told_from_an_unreachable_server() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let (authority, other) = (Authority::new(), Authority::new());
    let good = authority.serve(&fake, "enclave-service").await;
    let misnamed = authority.serve(&fake, "localhost").await;
    for (what, address, tls) in [
        ("server of another authority", &good, other.client()),
        ("server of another name", &misnamed, authority.client()),
    ] {
        let endpoint = Endpoint::new(address).unwrap().tls(tls).unwrap();
        let error = connect(endpoint).await.err().unwrap();
        assert!(matches!(error, Error::Tls { .. }), "{what}: {}", chain(&error));
    }
    // The server's alert may be overtaken by the end of the connection.
    let stranger = authority.client_with(&other.issue("client"));
    let error = connect(Endpoint::new(&good).unwrap().tls(stranger).unwrap()).await.err().unwrap();
    assert!(
        matches!(error, Error::Tls { .. } | Error::Interrupted { .. }),
        "client of another authority: {}",
        chain(&error)
    );
    assert_eq!(fake.status_calls.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn plain_text_to_a_tls_port_fails() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let address = Authority::new().serve(&fake, "enclave-service").await;
    let error = connect(Endpoint::new(&address).unwrap()).await.err().unwrap();
    assert!(
        matches!(error, Error::Interrupted { .. } | Error::Unreachable { .. }),
        "{}",
        chain(&error)
    );
}
