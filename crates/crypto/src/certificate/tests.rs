use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};

use super::*;
use crate::generate::{PkcsType, rsa_key_pair};

fn ec() -> CertificateParams {
    CertificateParams { key: CertificateKey::EcP256, ..CertificateParams::default() }
}

fn with_der<T>(pems: &CertificatePems, look: impl FnOnce(&X509Certificate<'_>) -> T) -> T {
    let der = CertificateDer::from_pem_slice(pems.certificate.as_bytes()).unwrap();
    look(&X509Certificate::from_der(&der).unwrap().1)
}

#[test]
fn the_default_is_that_of_aecs20() {
    let pems = certificate(&CertificateParams::default()).unwrap();
    assert!(pems.private_key.expose().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert_eq!(check_certificate(&pems.certificate, pems.private_key.expose()), Ok(()));
    with_der(&pems, |certificate| {
        assert_eq!(certificate.version(), X509Version::V3);
        assert_eq!(certificate.subject(), certificate.issuer());
        assert_eq!(
            certificate.subject().to_string(),
            "C=CN, ST=ZJ, L=HZ, O=TEE, OU=AECS, CN=aecs.trusted.com"
        );
        let validity = certificate.validity();
        let seconds = validity.not_after.timestamp() - validity.not_before.timestamp();
        assert_eq!(seconds, 3650 * 24 * 60 * 60);
        assert!(validity.is_valid());
        // sha256WithRSAEncryption
        assert_eq!(certificate.signature_algorithm.oid().to_id_string(), "1.2.840.113549.1.1.11");
        assert!(!certificate.is_ca());
        let usage = certificate.key_usage().unwrap().unwrap().value;
        assert!(usage.digital_signature() && usage.key_encipherment() && !usage.key_cert_sign());
        let identifier =
            certificate.extensions().iter().find(|e| e.oid.to_id_string() == "2.5.29.14");
        assert!(identifier.is_some_and(|extension| !extension.critical));
        assert_eq!(certificate.public_key().parsed().unwrap().key_size(), 2048);
    });
}

#[test]
fn subject_names_and_days_are_taken_over() {
    let params = CertificateParams {
        days: 1,
        subject: Subject {
            common_name: Some("enclave-service".to_owned()),
            organization: Some("Größe & Söhne".to_owned()),
            organizational_unit: None,
            locality: None,
            state: None,
            country: None,
        },
        sans: ["enclave-service", "127.0.0.1", "::1", "a@example.org", "https://example.org/x"]
            .map(str::to_owned)
            .to_vec(),
        ..ec()
    };
    let pems = certificate(&params).unwrap();
    assert_eq!(check_certificate(&pems.certificate, pems.private_key.expose()), Ok(()));
    with_der(&pems, |certificate| {
        assert_eq!(certificate.subject().to_string(), "O=Größe & Söhne, CN=enclave-service");
        let names = &certificate.subject_alternative_name().unwrap().unwrap().value.general_names;
        assert_eq!(
            *names,
            [
                GeneralName::DNSName("enclave-service"),
                GeneralName::IPAddress(&[127, 0, 0, 1]),
                GeneralName::IPAddress(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
                GeneralName::RFC822Name("a@example.org"),
                GeneralName::URI("https://example.org/x"),
            ]
        );
        // ecdsa-with-SHA256
        assert_eq!(certificate.signature_algorithm.oid().to_id_string(), "1.2.840.10045.4.3.2");
        assert!(!certificate.is_ca());
        let usage = certificate.key_usage().unwrap().unwrap().value;
        assert!(usage.digital_signature() && !usage.key_encipherment());
        assert!(certificate.extended_key_usage().unwrap().is_none());
    });
}

#[test]
fn usages_are_what_is_asked_for() {
    let parse = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let params = CertificateParams {
        is_ca: true,
        key_usages: parse(&["key_cert_sign", "digital_signature"]),
        extended_key_usages: ["server_auth", "client_auth"].map(|it| it.parse().unwrap()).to_vec(),
        ..ec()
    };
    with_der(&certificate(&params).unwrap(), |certificate| {
        assert!(certificate.is_ca());
        let usage = certificate.key_usage().unwrap().unwrap().value;
        assert!(usage.digital_signature() && usage.key_cert_sign() && !usage.crl_sign());
        let extended = certificate.extended_key_usage().unwrap().unwrap().value;
        assert!(extended.server_auth && extended.client_auth && !extended.code_signing);
    });
    let default = CertificateParams { is_ca: true, ..ec() };
    with_der(&certificate(&default).unwrap(), |certificate| {
        let usage = certificate.key_usage().unwrap().unwrap().value;
        assert!(usage.key_cert_sign() && usage.crl_sign());
    });
    for (is_ca, usage) in [(false, "key_cert_sign"), (true, "digital_signature")] {
        let params = CertificateParams { is_ca, key_usages: parse(&[usage]), ..ec() };
        let refused = certificate(&params).err().unwrap();
        assert!(matches!(refused, Error::CertificateParameter { name: "key usage", .. }));
    }
    assert!("keyCertSign".parse::<KeyUsage>().is_err());
    assert!("anyExtendedKeyUsage".parse::<ExtendedKeyUsage>().is_err());
}

#[test]
fn serial_numbers_are_random_and_positive() {
    let serials: Vec<Vec<u8>> = (0..8)
        .map(|_| {
            let pems = certificate(&ec()).unwrap();
            with_der(&pems, |certificate| certificate.raw_serial().to_vec())
        })
        .collect();
    for (i, serial) in serials.iter().enumerate() {
        assert_eq!(serial.len(), 16);
        assert_eq!(serial[0] >> 6, 1);
        assert!(!serials[..i].contains(serial));
    }
}

#[test]
fn parameters_out_of_range_are_named() {
    let subject = |change: fn(&mut Subject)| {
        let mut subject = Subject::default();
        change(&mut subject);
        CertificateParams { subject, ..ec() }
    };
    let san = |name: &str| CertificateParams { sans: vec![name.to_owned()], ..ec() };
    for (params, name) in [
        (CertificateParams { days: 0, ..ec() }, "days"),
        (CertificateParams { days: u32::MAX, ..ec() }, "days"),
        (subject(|s| s.country = Some("CHN".to_owned())), "country"),
        (subject(|s| s.country = Some("C1".to_owned())), "country"),
        (subject(|s| s.common_name = Some(String::new())), "common name"),
        (subject(|s| s.common_name = Some("x".repeat(65))), "common name"),
        (subject(|s| s.locality = Some("x".repeat(129))), "locality"),
        (san(""), "subject alternative name"),
        (san("two words"), "subject alternative name"),
        (san("grün.example"), "subject alternative name"),
    ] {
        let Some(Error::CertificateParameter { name: found, .. }) = certificate(&params).err()
        else {
            panic!("{name} was accepted");
        };
        assert_eq!(found, name);
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let one = certificate(&ec()).unwrap();
    let other = certificate(&ec()).unwrap();
    let mismatch = Err(Error::KeyMismatch("certificate"));
    assert_eq!(check_certificate(&one.certificate, other.private_key.expose()), mismatch);
    let rsa = rsa_key_pair(RsaBits::Bits2048, PkcsType::Pkcs1).unwrap();
    assert_eq!(check_certificate(&one.certificate, rsa.private.expose()), mismatch);

    // In a chain the key belongs to the first certificate.
    let chain = format!("{}{}", one.certificate, other.certificate);
    assert_eq!(check_certificate(&chain, one.private_key.expose()), Ok(()));
    assert_eq!(check_certificate(&chain, other.private_key.expose()), mismatch);
}

#[test]
fn what_is_not_a_certificate_or_a_key_is_refused() {
    let pems = certificate(&ec()).unwrap();
    let key = pems.private_key.expose();
    let trailing = {
        let der = CertificateDer::from_pem_slice(pems.certificate.as_bytes()).unwrap();
        pem::encode(pem::CERTIFICATE, &[&der[..], &[0]].concat()).unwrap()
    };
    let garbage = pem::encode(pem::CERTIFICATE, b"garbage").unwrap();
    let chain = format!("{}{garbage}", pems.certificate);
    for certificate in ["", "text", key, &trailing, &garbage, &chain] {
        assert!(matches!(check_certificate(certificate, key), Err(Error::MalformedCertificate(_))));
    }
    let unknown = pem::encode("DSA PRIVATE KEY", b"key").unwrap();
    for key in ["", "text", &pems.certificate, &key.repeat(2), &unknown] {
        assert!(check_certificate(&pems.certificate, key).is_err());
    }
}
