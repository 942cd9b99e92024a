//! The store on a server that listens on a port.

use std::time::Instant;

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::{
    pages::conformance::{
        CHECKS,
        servers::{Azurite, Moto},
    },
    tls::tests::Ca,
};

/// Writes 16,384 objects, one request each, which a server in Python needs minutes for.
const LARGE: &[&str] = &["a_commit_may_write_the_most_pages"];

/// A bucket of its own in a server that all share.
struct Bucket {
    server: Arc<Moto>,
    url: String,
}

impl Bucket {
    async fn new(server: &Arc<Moto>) -> Self {
        Self { server: Arc::clone(server), url: server.new_bucket() }
    }

    async fn store(&self) -> BucketStore {
        let options = Options { timeout: Duration::from_secs(20), ..options() };
        BucketStore::open(&self.url, &options).await.unwrap()
    }
}

#[async_trait]
impl Place for Bucket {
    async fn open(&self) -> Arc<dyn PageStore> {
        Arc::new(self.store().await)
    }

    async fn back_up(&self) {
        self.server.keep(&self.url);
    }

    async fn restore(&self) {
        self.server.put_back(&self.url);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms_on_moto() {
    let Some(server) = Moto::start().map(Arc::new) else { return };
    for check in CHECKS.iter().filter(|check| !LARGE.contains(&check.name)) {
        check.run(&Bucket::new(&server).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn agrees_with_memory_on_moto() {
    let Some(server) = Moto::start().map(Arc::new) else { return };
    for seed in 0..4 {
        let place = Bucket::new(&server).await;
        let stores = [Arc::new(MemoryStore::new()) as _, place.open().await];
        conformance::agree(&stores, seed, 100).await;
    }
}

/// A container of its own in an emulator, which does not give its content away.
struct Container(String);

#[async_trait]
impl Place for Container {
    async fn open(&self) -> Arc<dyn PageStore> {
        let options = Options {
            user: Some(Azurite::ACCOUNT.to_owned()),
            password: Some(Azurite::KEY.to_owned().into()),
            // One thread answers for a whole machine of tests.
            timeout: Duration::from_secs(120),
            ..options()
        };
        Arc::new(BucketStore::open(&self.0, &options).await.unwrap())
    }

    async fn back_up(&self) {
        panic!("there are no copies of it");
    }

    async fn restore(&self) {
        panic!("there are no copies of it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms_on_azurite() {
    let Some(server) = Azurite::start() else { return };
    let left_out = [LARGE, &["a_restored_backup_is_no_earlier_time"]].concat();
    for check in CHECKS.iter().filter(|check| !left_out.contains(&check.name)) {
        check.run(&Container(server.new_container())).await;
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = listener.local_addr().unwrap().port();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for port in [silent, free] {
        let begin = Instant::now();
        let options = Options { timeout: Duration::from_millis(600), ..options() };
        let url = format!("s3://b/p?endpoint=http://127.0.0.1:{port}");
        let error = BucketStore::open(&url, &options).await.err();
        assert!(matches!(error, Some(Error::Unavailable { .. })), "{error:?}");
        assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_trusted_by_our_roots_only() {
    let [right, wrong] = [Ca::new(), Ca::new()];
    let (chain, key) = right.issue(&["localhost".to_owned()]);
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let answer = "<Error><Code>Tested</Code><StringToSign>signed</StringToSign></Error>";
            let head =
                format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {}\r\n\r\n", answer.len());
            let _ = stream.write_all((head + answer).as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    for (roots, host, part) in [
        (right.pem(), "localhost", "403 Forbidden Tested"),
        (wrong.pem(), "localhost", "not trusted"),
        (right.pem(), "127.0.0.1", "not trusted"),
    ] {
        let options = Options { tls_roots: Some(roots.into_bytes()), ..options() };
        let url = format!("s3://b/p?endpoint=https://{host}:{port}");
        let Some(error) = BucketStore::open(&url, &options).await.err() else { panic!("{part}") };
        let shown = format!("{error} {error:?}");
        assert!(matches!(error, Error::Refused { .. }) && shown.contains(part), "{part}: {shown}");
        assert!(!shown.contains("signed") && !shown.contains("hunter2"), "{shown}");
    }
}
