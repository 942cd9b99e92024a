//! Data that the server makes: it parses as the type promises, and the parameters decide its form.

use std::net::Ipv4Addr;

use aecs_core::ErrorCode;
use aecs_crypto::{
    KeyPair, SecretString, Suite,
    generate::{self, Algorithm, AsymmetricPems},
};
use aecs_proto::{
    AsymmetricKeyPair, EnclaveConfigurations,
    EnclaveSecretType::{
        self, SecretTypeAes256Key, SecretTypeCertificate, SecretTypeConfigurations,
        SecretTypeEcP256KeyPair, SecretTypeImportData, SecretTypeRsaKeyPair, SecretTypeSm2KeyPair,
        SecretTypeSm4Key,
    },
    NewSecretVersionResponse, RotateSecretRequest, SslCredentialsOptions,
};
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer,
};

use super::{data, der, message, with_params, with_spec};
use crate::support::{World, code};

#[tokio::test]
async fn an_aes_key_is_64_upper_case_hex_characters() {
    let world = World::working().await;
    for name in ["a", "b"] {
        world.create(with_params(name, SecretTypeAes256Key, &[])).await.unwrap();
    }
    let (a, b) = (data(&world, "a").await, data(&world, "b").await);
    for key in [&a, &b] {
        assert_eq!(key.len(), 64);
        assert!(key.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)));
    }
    assert_ne!(a, b);
}

#[tokio::test]
async fn an_rsa_key_pair_has_the_length_and_the_form_that_was_asked_for() {
    let world = World::working().await;
    // The length of the public key's DER tells that of the modulus.
    for (name, params, length, begin) in [
        ("default", &[][..], 270, "-----BEGIN RSA P"),
        ("pkcs1", &[("bit_length", "2048"), ("pkcs_type", "pkcs1")], 270, "-----BEGIN RSA P"),
        ("pkcs8", &[("pkcs_type", "pkcs8")], 294, "-----BEGIN P"),
        ("longer", &[("bit_length", "3072")], 398, "-----BEGIN RSA P"),
        ("longest", &[("pkcs_type", "pkcs8"), ("bit_length", "4096")], 550, "-----BEGIN P"),
    ] {
        world.create(with_params(name, SecretTypeRsaKeyPair, params)).await.unwrap();
        let pair: AsymmetricKeyPair = message(&world, name).await;
        assert!(pair.private_key.starts_with(begin), "{name}");
        assert!(pair.public_key.starts_with(begin), "{name}");
        assert_eq!(der(&pair.public_key).len(), length, "{name}");
        pems(Algorithm::Rsa, pair).check().unwrap();
    }
}

#[tokio::test]
async fn an_sm2_key_pair_signs_what_its_public_half_verifies() {
    let world = World::working().await;
    world.create(with_params("k", SecretTypeSm2KeyPair, &[])).await.unwrap();
    let pair: AsymmetricKeyPair = message(&world, "k").await;
    assert!(pair.private_key.starts_with("-----BEGIN EC PRIVATE KEY-----"));
    assert!(pair.public_key.starts_with("-----BEGIN PUBLIC KEY-----"));
    let key = KeyPair::from_pems(&pair.private_key, &pair.public_key).unwrap();
    assert_eq!(key.suite(), Suite::Sm);
}

fn pems(algorithm: Algorithm, pair: AsymmetricKeyPair) -> AsymmetricPems {
    let private = SecretString::from(pair.private_key);
    AsymmetricPems { algorithm, private, public: pair.public_key }
}

#[tokio::test]
async fn pairs_of_every_algorithm_are_made_shared_and_rotated() {
    let world = World::working().await;
    for algorithm in [Algorithm::EcP256, Algorithm::EcP384, Algorithm::Ed25519] {
        let name = algorithm.as_str();
        let secret = with_spec(with_params(name, algorithm.kind(), &[]), |spec| {
            spec.share = "public".into();
        });
        world.create(secret).await.unwrap();
        let first: AsymmetricKeyPair = message(&world, name).await;
        assert!(first.private_key.starts_with("-----BEGIN PRIVATE KEY-----"));
        assert_eq!(world.public(name).await.unwrap().data, first.public_key);

        let request = RotateSecretRequest { secret_name: name.into(), ..Default::default() };
        let rotated: NewSecretVersionResponse =
            world.owner().call("RotateSecret", &request).await.unwrap();
        assert_eq!(rotated.version, 2);
        let second: AsymmetricKeyPair = message(&world, name).await;
        assert_ne!(second.private_key, first.private_key);
        for pair in [first, second] {
            assert_eq!(pems(algorithm, pair).check(), Ok(()));
        }
    }
    world.create(with_params("sm4", SecretTypeSm4Key, &[])).await.unwrap();
    let key = data(&world, "sm4").await;
    assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
}

/// Who stands in a certificate.
fn subject(certificate: &X509Certificate<'_>) -> String {
    assert_eq!(certificate.subject(), certificate.issuer(), "self-signed");
    certificate.subject().to_string()
}

async fn certificate(world: &World, name: &str, params: &[(&str, &str)]) -> SslCredentialsOptions {
    world.create(with_params(name, SecretTypeCertificate, params)).await.unwrap();
    let credentials: SslCredentialsOptions = message(world, name).await;
    generate::check_certificate(&credentials.cert_chain, &credentials.private_key).unwrap();
    assert_eq!(credentials.root_cert, "");
    credentials
}

#[tokio::test]
async fn a_certificate_is_that_of_2_0_unless_more_is_asked_for() {
    let world = World::working().await;
    let credentials = certificate(&world, "c", &[]).await;
    let der = der(&credentials.cert_chain);
    let (_, parsed) = X509Certificate::from_der(&der).unwrap();
    assert_eq!(parsed.version().0, 2, "v3");
    assert_eq!(parsed.signature_algorithm.algorithm.to_id_string(), "1.2.840.113549.1.1.11");
    assert_eq!(parsed.public_key().parsed().unwrap().key_size(), 2048);
    assert!(!parsed.is_ca(), "2.1 makes no CAs by default");
    assert!(parsed.extensions().iter().any(|extension| matches!(
        extension.parsed_extension(),
        ParsedExtension::SubjectKeyIdentifier(_)
    )));
    let validity = parsed.validity();
    let days = (validity.not_after.timestamp() - validity.not_before.timestamp()) / 86_400;
    assert_eq!(days, 3650);
    assert!(subject(&parsed).contains("CN=aecs.trusted.com"), "{}", subject(&parsed));
}

#[tokio::test]
async fn a_certificate_is_what_was_asked_for() {
    let world = World::working().await;
    let credentials = certificate(
        &world,
        "c",
        &[
            ("key_type", "ec"),
            ("days", "30"),
            ("common_name", "server.example"),
            ("organization", "Example"),
            ("organizational_unit", ""),
            ("locality", "Here"),
            ("state", "There"),
            ("country", "DE"),
            ("san", "server.example, 192.0.2.1,admin@server.example"),
        ],
    )
    .await;
    let der = der(&credentials.cert_chain);
    let (_, parsed) = X509Certificate::from_der(&der).unwrap();
    let validity = parsed.validity();
    let days = (validity.not_after.timestamp() - validity.not_before.timestamp()) / 86_400;
    assert_eq!(days, 30);
    let subject = subject(&parsed);
    for part in ["CN=server.example", "O=Example", "L=Here", "ST=There", "C=DE"] {
        assert!(subject.contains(part), "{part} in {subject}");
    }
    assert!(!subject.contains("OU="), "an empty part is left out: {subject}");
    let names = parsed.subject_alternative_name().unwrap().unwrap().value.general_names.clone();
    assert_eq!(
        names,
        [
            GeneralName::DNSName("server.example"),
            GeneralName::IPAddress(&Ipv4Addr::new(192, 0, 2, 1).octets()),
            GeneralName::RFC822Name("admin@server.example"),
        ]
    );
    assert_eq!(parsed.public_key().algorithm.algorithm.to_id_string(), "1.2.840.10045.2.1");

    let params = [("key_type", "ec"), ("ca", "true"), ("extended_key_usage", "server_auth")];
    let usage = [("key_usage", "key_cert_sign, digital_signature")];
    let ca = certificate(&world, "ca", &[&params[..], &usage].concat()).await;
    let der = super::der(&ca.cert_chain);
    let (_, parsed) = X509Certificate::from_der(&der).unwrap();
    assert!(parsed.is_ca());
    assert!(parsed.key_usage().unwrap().unwrap().value.key_cert_sign());
    assert!(parsed.extended_key_usage().unwrap().unwrap().value.server_auth);

    let longer =
        certificate(&world, "longer", &[("key_type", "rsa"), ("bit_length", "3072")]).await;
    let der = super::der(&longer.cert_chain);
    let (_, parsed) = X509Certificate::from_der(&der).unwrap();
    assert_eq!(parsed.public_key().parsed().unwrap().key_size(), 3072);
}

#[tokio::test]
async fn configurations_are_their_parameters() {
    let world = World::working().await;
    let params = [("id", "12345678"), ("nonce", "1234567890abcdef"), ("empty", "")];
    world.create(with_params("c", SecretTypeConfigurations, &params)).await.unwrap();
    let kept: EnclaveConfigurations = message(&world, "c").await;
    let kept: Vec<_> =
        kept.items.iter().map(|item| (item.key.as_str(), item.value.as_str())).collect();
    assert_eq!(kept, params);
}

#[tokio::test]
async fn parameters_that_make_no_sense_are_refused() {
    const CASES: &[(EnclaveSecretType, &[(&str, &str)])] = &[
        (SecretTypeAes256Key, &[("bit_length", "256")]),
        (SecretTypeSm2KeyPair, &[("pkcs_type", "pkcs1")]),
        (SecretTypeImportData, &[("a", "b")]),
        (SecretTypeRsaKeyPair, &[("bit_length", "1024")]),
        (SecretTypeRsaKeyPair, &[("bit_length", "2049")]),
        (SecretTypeRsaKeyPair, &[("bit_length", "")]),
        (SecretTypeRsaKeyPair, &[("bit_length", "2048 ")]),
        (SecretTypeRsaKeyPair, &[("bit_length", "99999999999999999999")]),
        (SecretTypeRsaKeyPair, &[("pkcs_type", "pkcs12")]),
        (SecretTypeRsaKeyPair, &[("pkcs_type", "")]),
        (SecretTypeRsaKeyPair, &[("Bit_length", "2048")]),
        (SecretTypeRsaKeyPair, &[("days", "1")]),
        (SecretTypeRsaKeyPair, &[("bit_length", "2048"), ("bit_length", "2048")]),
        (SecretTypeCertificate, &[("days", "0")]),
        (SecretTypeCertificate, &[("days", "-1")]),
        (SecretTypeCertificate, &[("days", "36526")]),
        (SecretTypeCertificate, &[("days", "ten")]),
        (SecretTypeCertificate, &[("key_type", "dsa")]),
        (SecretTypeCertificate, &[("key_type", "ec"), ("bit_length", "2048")]),
        (SecretTypeCertificate, &[("bit_length", "512")]),
        (SecretTypeCertificate, &[("country", "DEU")]),
        (SecretTypeCertificate, &[("country", "1!")]),
        (SecretTypeCertificate, &[("san", "")]),
        (SecretTypeCertificate, &[("san", "a,,b")]),
        (SecretTypeCertificate, &[("san", "two words")]),
        (SecretTypeCertificate, &[("issuer", "somebody")]),
        (SecretTypeCertificate, &[("ca", "yes")]),
        (SecretTypeCertificate, &[("key_usage", "")]),
        (SecretTypeCertificate, &[("key_usage", "key_cert_sign")]),
        (SecretTypeCertificate, &[("ca", "true"), ("key_usage", "digital_signature")]),
        (SecretTypeCertificate, &[("extended_key_usage", "serverAuth")]),
        (SecretTypeEcP256KeyPair, &[("curve", "p384")]),
        (SecretTypeSm4Key, &[("bit_length", "128")]),
        (SecretTypeConfigurations, &[("", "value")]),
        (SecretTypeConfigurations, &[("a", "1"), ("b", "2"), ("a", "3")]),
    ];
    let world = World::working().await;
    for (kind, params) in CASES {
        let refused = code(world.create(with_params("x", *kind, params)).await);
        assert_eq!(refused, ErrorCode::CreateBadData, "{kind:?} {params:?}");
    }
    let long = "x".repeat(65);
    let params = [("common_name", long.as_str())];
    let refused = code(world.create(with_params("x", SecretTypeCertificate, &params)).await);
    assert_eq!(refused, ErrorCode::CreateBadData);
    assert!(world.list("").await.is_empty());
}
