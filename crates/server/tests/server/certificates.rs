//! A small PKI in a folder, for mutual TLS.

use std::{fs, path::PathBuf, time::SystemTime};

use aecs_server::serve::{SERVER_NAME, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// An authority, and what it issued.
pub(crate) struct Pki {
    pub(crate) dir: tempfile::TempDir,
    authority: Issuer<'static, KeyPair>,
    pub(crate) authority_pem: String,
}

/// A certificate and its private key, in PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_pem = params.self_signed(&key).unwrap().pem();
        let dir = tempfile::tempdir().unwrap();
        Self { dir, authority: Issuer::new(params, key), authority_pem }
    }

    pub(crate) fn issue(&self, name: &str) -> Issued {
        self.issue_with(&CertificateParams::new(vec![name.to_owned()]).unwrap())
    }

    /// A certificate that expires within a second of `end`.
    pub(crate) fn issue_until(&self, name: &str, end: SystemTime) -> Issued {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = end.into();
        self.issue_with(&params)
    }

    pub(crate) fn issue_with(&self, params: &CertificateParams) -> Issued {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap().pem();
        Issued { certificate, key: key.serialize_pem() }
    }

    /// Writes the files of a server with that certificate.
    pub(crate) fn files(&self, server: &Issued) -> TlsFiles {
        TlsFiles {
            ca: self.write("ca.crt", &self.authority_pem),
            certificate: self.write("server.crt", &server.certificate),
            key: self.write("server.key", &server.key),
        }
    }

    /// The files of a server as they should be.
    pub(crate) fn good_files(&self) -> TlsFiles {
        self.files(&self.issue(SERVER_NAME))
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}
