//! The certificates of a test installation: one CA, one server, three clients.
//!
//! They are X.509 v3 with subject alternative names; AECS 2.0 made v1 certificates, which today's
//! TLS stacks refuse. Clients expect the server under the name `enclave-service`.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData,
};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

use super::tree::{Defect, Tree};
use crate::failure::{Failure, Result};
use crate::files::Access;

/// The name that AECS clients expect in the server's certificate.
pub(super) const SERVER_NAME: &str = "enclave-service";

const CA_NAME: &str = "AECS test CA";
const CA_LIFE: Duration = Duration::days(3650);
const LEAF_LIFE: Duration = Duration::days(730);
/// A certificate this close to its end is made again.
const RENEW_BEFORE: Duration = Duration::days(30);
/// Clocks that go slow still accept a new certificate.
const CLOCK_SKEW: Duration = Duration::hours(1);

/// A certificate to make: its files, its name and its use.
pub(super) struct Leaf {
    /// The files are `certs/STEM.crt` and `certs/STEM.key`.
    pub(super) stem: &'static str,
    /// Whether a server may use it; every certificate serves a client.
    pub(super) server: bool,
}

/// The certificates of the AECS 2.0 test image, under the same names.
pub(super) const LEAVES: [Leaf; 4] = [
    Leaf { stem: "aecs_server", server: true },
    Leaf { stem: "aecs_client", server: false },
    Leaf { stem: "aecs_admin", server: false },
    Leaf { stem: "service_admin", server: false },
];

/// Makes or keeps the CA and all certificates; `names` are further names and addresses of the
/// server.
///
/// # Errors
///
/// Those of [`Tree::checked`].
pub(super) fn certificates(tree: &mut Tree, names: &[String], force: bool) -> Result<()> {
    let now = OffsetDateTime::now_utc();
    let ca_key = key(tree, "certs/ca.key", force)?;
    let ca_params = ca_params(now);
    let ca_key_id = ca_params.key_identifier(&ca_key);
    tree.checked(
        "certs/ca.crt",
        Access::Public,
        force,
        |pem| check(pem, &ca_key, None, now),
        || Ok(((), ca_params.self_signed(&ca_key).map_err(|error| cannot_make(&error))?.pem())),
    )?;

    let issuer = Issuer::from_params(&ca_params, &ca_key);
    for leaf in &LEAVES {
        let key = key(tree, &format!("certs/{}.key", leaf.stem), force)?;
        let subject_names = if leaf.server { server_names(names) } else { vec![client_name(leaf)] };
        tree.checked(
            &format!("certs/{}.crt", leaf.stem),
            Access::Public,
            force,
            |pem| check(pem, &key, Some(Issued { by: &ca_key_id, to: &subject_names }), now),
            || {
                let params = leaf_params(leaf, &subject_names, now)?;
                Ok((
                    (),
                    params.signed_by(&key, &issuer).map_err(|error| cannot_make(&error))?.pem(),
                ))
            },
        )?;
    }
    Ok(())
}

fn server_names(more: &[String]) -> Vec<String> {
    let mut names = vec![SERVER_NAME.to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned()];
    for name in more {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// `_` is no character of a DNS name.
fn client_name(leaf: &Leaf) -> String {
    leaf.stem.replace('_', "-")
}

fn key(tree: &mut Tree, file: &str, force: bool) -> Result<KeyPair> {
    tree.checked(
        file,
        Access::Private,
        force,
        |pem| KeyPair::from_pem(pem).map_err(|error| Defect::Broken(error.to_string())),
        || {
            let key = KeyPair::generate().map_err(|error| cannot_make(&error))?;
            let pem = key.serialize_pem();
            Ok((key, pem))
        },
    )
}

fn ca_params(now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, CA_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now - CLOCK_SKEW;
    params.not_after = now + CA_LIFE;
    params
}

fn leaf_params(leaf: &Leaf, names: &[String], now: OffsetDateTime) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(names.to_vec()).map_err(|error| cannot_make(&error))?;
    let common_name = if leaf.server { SERVER_NAME.to_owned() } else { client_name(leaf) };
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    if leaf.server {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    }
    params.not_before = now - CLOCK_SKEW;
    params.not_after = now + LEAF_LIFE;
    Ok(params)
}

/// What a certificate of the CA has to have.
struct Issued<'a> {
    /// Key identifier of the CA.
    by: &'a [u8],
    /// The subject's names.
    to: &'a [String],
}

/// Whether a certificate is for this key, lasts, and fits the CA, which is its own issuer.
fn check(
    pem: &str,
    key: &KeyPair,
    issued: Option<Issued<'_>>,
    now: OffsetDateTime,
) -> std::result::Result<(), Defect> {
    let broken = |error: &dyn std::fmt::Display| Defect::Broken(format!("no certificate: {error}"));
    let (_, block) =
        x509_parser::pem::parse_x509_pem(pem.as_bytes()).map_err(|error| broken(&error))?;
    let (_, certificate) =
        X509Certificate::from_der(&block.contents).map_err(|error| broken(&error))?;

    let stale = |why: &str| Err(Defect::Stale(why.to_owned()));
    if certificate.public_key().raw != key.subject_public_key_info() {
        return stale("it belonged to another key");
    }
    if certificate.validity().not_after.to_datetime() < now + RENEW_BEFORE {
        return stale("it had expired or was about to");
    }
    let ca_name =
        certificate.issuer().iter_common_name().next().and_then(|name| name.as_str().ok());
    if ca_name != Some(CA_NAME) {
        return Err(Defect::Broken(
            "it is of another CA, whose certificates this tool cannot renew".to_owned(),
        ));
    }
    if let Some(issued) = issued {
        if authority_key_id(&certificate) != Some(issued.by) {
            return stale("it was issued with another key of the CA");
        }
        if !issued.to.iter().all(|name| has_name(&certificate, name)) {
            return stale("it did not have all the names");
        }
    }
    Ok(())
}

fn authority_key_id<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a [u8]> {
    certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|id| id.0),
        _ => None,
    })
}

fn has_name(certificate: &X509Certificate<'_>, wanted: &str) -> bool {
    use x509_parser::extensions::GeneralName;

    let Ok(Some(names)) = certificate.subject_alternative_name() else { return false };
    names.value.general_names.iter().any(|name| match name {
        GeneralName::DNSName(name) => *name == wanted,
        GeneralName::IPAddress(bytes) => ip_text(bytes).is_some_and(|text| text == wanted),
        _ => false,
    })
}

fn ip_text(bytes: &[u8]) -> Option<String> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(v4).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|v6| std::net::Ipv6Addr::from(v6).to_string())
}

fn cannot_make(error: &rcgen::Error) -> Failure {
    Failure::internal(format!("cannot make a certificate: {error}"))
}
