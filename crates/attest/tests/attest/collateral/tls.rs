//! Who may speak for a service.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    CollateralClient, CollateralClientConfig, CollateralService, CollateralSource as _, Error,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use crate::collateral::server::{Reply, Server};
use crate::collateral::support::{DAY, config_at, hsk_cek, hygon, now, unavailable};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A server with a certificate for a name, valid until a time.
    fn server(&self, name: &str, until: SystemTime) -> Server {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = (until - 30 * DAY).into();
        params.not_after = until.into();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        Server::start_tls([(String::new(), Reply::ok(hsk_cek(0)))], config)
    }
}

fn ask(server: &Server, ca_pem: Option<&str>) -> Result<Arc<[u8]>, Error> {
    let service = CollateralService {
        url: server.url().into(),
        ca_pem: ca_pem.map(|pem| pem.as_bytes().to_vec()),
    };
    let config = CollateralClientConfig { hygon: Some(service), ..config_at("http://127.0.0.1:1") };
    CollateralClient::new(config).unwrap().get(&hygon("A1"), now())
}

#[test]
fn the_configured_authority_vouches_for_a_service() {
    let (ours, other) = (Authority::new(), Authority::new());
    let server = ours.server("localhost", now() + DAY);
    assert_eq!(*ask(&server, Some(&ours.pem)).unwrap(), *hsk_cek(0));
    let both = other.pem.clone() + &ours.pem;
    ask(&server, Some(&both)).unwrap();
    assert_eq!(server.count(), 2);
}

#[test]
fn nobody_else_does() {
    let (ours, other) = (Authority::new(), Authority::new());
    let server = ours.server("localhost", now() + DAY);
    let elsewhere = ours.server("pccs.example", now() + DAY);
    let expired = ours.server("localhost", now() - Duration::from_secs(60));
    for (what, server, ca) in [
        ("the public web", &server, None),
        ("another authority", &server, Some(&*other.pem)),
        ("another name", &elsewhere, Some(&*ours.pem)),
        ("an expired certificate", &expired, Some(&*ours.pem)),
    ] {
        let reason = unavailable(ask(server, ca));
        assert!(reason.contains("certificate"), "{what}: {reason}");
        assert_eq!(server.count(), 0, "{what}: the request was made");
    }
}
