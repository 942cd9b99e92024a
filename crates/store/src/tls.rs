//! TLS of engines that speak it through us.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::{Error, Options, Result};

impl Options {
    /// A client that trusts the roots of these options, and shows their certificate if there is one.
    pub(crate) fn tls_client(&self) -> Result<Arc<ClientConfig>> {
        let invalid = |what: &str, error: &dyn std::error::Error| Error::Refused {
            what: format!("TLS cannot be set up: {what}: {error}"),
        };
        let mut roots = RootCertStore::empty();
        match &self.tls_roots {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(pem) => {
                for root in CertificateDer::pem_slice_iter(pem) {
                    let root = root.map_err(|error| invalid("the trusted certificates", &error))?;
                    roots.add(root).map_err(|error| invalid("a trusted certificate", &error))?;
                }
                if roots.is_empty() {
                    let what = "TLS cannot be set up: there is no trusted certificate".to_owned();
                    return Err(Error::Refused { what });
                }
            }
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| invalid("the versions of TLS", &error))?
            .with_root_certificates(roots);
        let config = match &self.tls_identity {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
                let chain = chain.map_err(|error| invalid("our certificate", &error))?;
                let key = PrivateKeyDer::from_pem_slice(key)
                    .map_err(|error| invalid("our private key", &error))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| invalid("our certificate and private key", &error))?
            }
        };
        Ok(Arc::new(config))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    use super::*;

    /// An authority that issues certificates for tests.
    pub(crate) struct Ca(CertifiedIssuer<'static, KeyPair>);

    impl Ca {
        pub(crate) fn new() -> Self {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
        }

        /// Its certificate.
        pub(crate) fn pem(&self) -> String {
            AsRef::<rcgen::Certificate>::as_ref(&self.0).pem()
        }

        /// A certificate for these names, and its private key.
        pub(crate) fn issue(&self, names: &[String]) -> (String, String) {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(names).unwrap();
            (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
        }
    }

    #[test]
    fn what_is_no_certificate_or_no_key_is_named() {
        let ca = Ca::new();
        let (chain, key) = ca.issue(&["aecs".to_owned()]);
        let options = |roots: &str, identity: Option<(&str, &str)>| Options {
            tls_roots: Some(roots.as_bytes().to_vec()),
            tls_identity: identity
                .map(|(chain, key)| (chain.into(), key.as_bytes().to_vec().into())),
            ..Options::default()
        };
        options(&ca.pem(), Some((&chain, &key))).tls_client().unwrap();
        Options::default().tls_client().unwrap();
        let damaged = ca.pem().replace("MI", "!!");
        for (options, part) in [
            (options(&damaged, None), "the trusted certificates"),
            (options("", None), "no trusted certificate"),
            (options(&ca.pem(), Some((&chain, ""))), "our private key"),
            (options(&ca.pem(), Some(("", &key))), "our certificate"),
        ] {
            let error = options.tls_client().unwrap_err();
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
    }
}
