//! Serves TLS with a certificate that is a secret, and takes each new version without a restart:
//! `watch_tls SERVICE SECRET ADDRESS`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::{Arc, RwLock};
use std::time::Duration;

use aecs_client::{Material, Secret, TaClient};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

/// The certificate that new connections get.
#[derive(Debug, Default)]
struct Current(RwLock<Option<Arc<CertifiedKey>>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().ok()?.clone()
    }
}

impl Current {
    fn set(&self, secret: &Secret) -> anyhow::Result<()> {
        let Material::Certificate(pems) = secret.material() else {
            anyhow::bail!("the secret is not a certificate");
        };
        let chain = CertificateDer::pem_slice_iter(pems.certificate.as_bytes());
        let chain = chain.collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_slice(pems.private_key.expose().as_bytes())?;
        let certified = CertifiedKey::from_der(chain, key, &default_provider())?;
        if let Ok(mut current) = self.0.write() {
            *current = Some(Arc::new(certified));
        }
        println!("serving version {} of the certificate", secret.version);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [service, secret, address] = arguments.as_slice() else {
        anyhow::bail!("usage: watch_tls SERVICE SECRET ADDRESS");
    };
    let ta = TaClient::from_env().await?;
    let mut versions = ta.watch(service, secret).every(Duration::from_secs(10));
    let current = Arc::new(Current::default());
    current.set(&versions.changed().await?)?;

    let config = rustls::ServerConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(current.clone());
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(address).await?;
    loop {
        tokio::select! {
            connection = listener.accept() => {
                let (acceptor, (stream, _)) = (acceptor.clone(), connection?);
                tokio::spawn(async move {
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        let _ = stream.write_all(b"hello\n").await;
                        let _ = stream.shutdown().await;
                    }
                });
            }
            version = versions.changed() => match version {
                Ok(secret) => current.set(&secret)?,
                // The certificate may have been deleted: the application decides what that means.
                Err(error) => println!("no other version: {error}"),
            },
        }
    }
}
