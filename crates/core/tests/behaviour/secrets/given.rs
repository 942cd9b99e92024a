//! Data that the owner brings: it is checked before it is kept.

use aecs_core::{ErrorCode, Kind};
use aecs_crypto::generate::{
    self, Algorithm, CertificateKey, CertificateParams, PkcsType, RsaBits, Subject,
};
use aecs_proto::{
    AsymmetricKeyPair,
    EnclaveSecretType::{
        SecretTypeAes256Key, SecretTypeCertificate, SecretTypeConfigurations,
        SecretTypeEcP256KeyPair, SecretTypeEcP384KeyPair, SecretTypeEd25519KeyPair,
        SecretTypeImportData, SecretTypeRsaKeyPair, SecretTypeSm2KeyPair,
    },
    SslCredentialsOptions,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::{data, message, with_data, with_params, with_spec};
use crate::support::{World, certificate_data, code, key_pair_data, refusal};

#[tokio::test]
async fn an_aes_key_is_given_as_hex() {
    let world = World::working().await;
    for (name, key) in [("upper", "A5".repeat(32)), ("lower", "a5".repeat(32))] {
        world.create(with_data(name, SecretTypeAes256Key, &key)).await.unwrap();
        assert_eq!(data(&world, name).await, key, "as it was given");
    }
    for key in [
        "A5".repeat(31),
        "A5".repeat(33),
        "A".repeat(63),
        "G5".repeat(32),
        format!("{} ", "A5".repeat(32)),
        format!("0x{}", "A5".repeat(31)),
        "é".repeat(32),
    ] {
        let refused = code(world.create(with_data("x", SecretTypeAes256Key, &key)).await);
        assert_eq!(refused, ErrorCode::CreateBadData, "{key}");
    }
}

#[tokio::test]
async fn a_key_pair_is_given_with_halves_that_match() {
    let world = World::working().await;
    let rsa = generate::rsa_key_pair(RsaBits::Bits2048, PkcsType::Pkcs1).unwrap();
    let other = generate::rsa_key_pair(RsaBits::Bits2048, PkcsType::Pkcs8).unwrap();
    let sm2 = generate::sm2_key_pair().unwrap();
    let other_sm2 = generate::sm2_key_pair().unwrap();
    let [ec, other_ec] = [(); 2].map(|()| generate::key_pair(Algorithm::EcP256).unwrap());
    let ed25519 = generate::key_pair(Algorithm::Ed25519).unwrap();

    for (name, kind, pems) in [
        ("pkcs1", SecretTypeRsaKeyPair, &rsa),
        ("pkcs8", SecretTypeRsaKeyPair, &other),
        ("sm2", SecretTypeSm2KeyPair, &sm2),
        ("ec", SecretTypeEcP256KeyPair, &ec),
        ("ed25519", SecretTypeEd25519KeyPair, &ed25519),
    ] {
        let given = key_pair_data(pems.private.expose(), &pems.public);
        world.create(with_data(name, kind, &given)).await.unwrap();
        let pair: AsymmetricKeyPair = message(&world, name).await;
        assert_eq!(pair.private_key, pems.private.expose());
        assert_eq!(pair.public_key, pems.public);
    }
    let good = key_pair_data(rsa.private.expose(), &rsa.public);
    for (what, kind, given) in [
        ("halves", SecretTypeRsaKeyPair, key_pair_data(rsa.private.expose(), &other.public)),
        ("halves", SecretTypeSm2KeyPair, key_pair_data(sm2.private.expose(), &other_sm2.public)),
        ("halves", SecretTypeEcP256KeyPair, key_pair_data(ec.private.expose(), &other_ec.public)),
        ("curve", SecretTypeEcP384KeyPair, key_pair_data(ec.private.expose(), &ec.public)),
        ("type", SecretTypeEcP256KeyPair, key_pair_data(ed25519.private.expose(), &ed25519.public)),
        ("type", SecretTypeSm2KeyPair, good.clone()),
        ("type", SecretTypeRsaKeyPair, key_pair_data(sm2.private.expose(), &sm2.public)),
        (
            "private twice",
            SecretTypeRsaKeyPair,
            key_pair_data(rsa.private.expose(), rsa.private.expose()),
        ),
        ("no private", SecretTypeRsaKeyPair, key_pair_data("", &rsa.public)),
        ("no public", SecretTypeRsaKeyPair, key_pair_data(rsa.private.expose(), "")),
        ("nothing", SecretTypeRsaKeyPair, BASE64.encode("{}")),
        ("base64", SecretTypeRsaKeyPair, format!("!{good}")),
        ("cut off", SecretTypeRsaKeyPair, good[..good.len() - 8].to_owned()),
        ("not JSON", SecretTypeRsaKeyPair, BASE64.encode(rsa.private.expose())),
        ("unknown field", SecretTypeRsaKeyPair, BASE64.encode(r#"{"key":"x"}"#)),
        ("not UTF-8", SecretTypeRsaKeyPair, BASE64.encode([0xff, 0xfe])),
    ] {
        let refused = code(world.create(with_data("x", kind, &given)).await);
        assert_eq!(refused, ErrorCode::CreateBadData, "{what}");
    }
}

#[tokio::test]
async fn keys_and_certificates_are_given_as_pem_too() {
    let world = World::working().await;
    let rsa = generate::rsa_key_pair(RsaBits::Bits2048, PkcsType::Pkcs1).unwrap();
    let both = format!("{}{}", rsa.public, rsa.private.expose());
    for (name, given) in [("alone", rsa.private.expose()), ("both", both.as_str())] {
        world.create(with_data(name, SecretTypeRsaKeyPair, given)).await.unwrap();
        let pair: AsymmetricKeyPair = message(&world, name).await;
        assert_eq!(pair.private_key, rsa.private.expose());
        assert_eq!(pair.public_key, rsa.public);
    }
    let made = generate::certificate(&CertificateParams::default()).unwrap();
    let given = format!("{}{}", made.certificate, made.private_key.expose());
    world.create(with_data("certificate", SecretTypeCertificate, &given)).await.unwrap();
    let credentials: SslCredentialsOptions = message(&world, "certificate").await;
    assert_eq!(credentials.cert_chain, made.certificate);
    assert_eq!(credentials.private_key, made.private_key.expose());

    let sm2 = generate::sm2_key_pair().unwrap();
    for (what, kind, given) in [
        ("another type", SecretTypeRsaKeyPair, sm2.private.expose()),
        ("a public half alone", SecretTypeRsaKeyPair, &rsa.public),
        ("no key", SecretTypeCertificate, &made.certificate),
        ("no certificate", SecretTypeCertificate, made.private_key.expose()),
    ] {
        let refused = code(world.create(with_data("x", kind, given)).await);
        assert_eq!(refused, ErrorCode::CreateBadData, "{what}");
    }
}

#[tokio::test]
async fn a_certificate_is_given_with_its_key() {
    let world = World::working().await;
    let make = |name: &str| {
        generate::certificate(&CertificateParams {
            key: CertificateKey::EcP256,
            subject: Subject { common_name: Some(name.to_owned()), ..Subject::default() },
            ..CertificateParams::default()
        })
        .unwrap()
    };
    let (one, other) = (make("one"), make("other"));
    let chain = format!("{}{}", one.certificate, other.certificate);
    for (name, chain) in [("leaf", &one.certificate), ("chain", &chain)] {
        let given = certificate_data(one.private_key.expose(), chain);
        world.create(with_data(name, SecretTypeCertificate, &given)).await.unwrap();
        let credentials: SslCredentialsOptions = message(&world, name).await;
        assert_eq!(&credentials.cert_chain, chain);
        assert_eq!(credentials.private_key, one.private_key.expose());
    }
    let swapped = format!("{}{}", other.certificate, one.certificate);
    let cut = one.certificate.replace("-----END", "----END");
    for (what, given) in [
        ("another key", certificate_data(other.private_key.expose(), &one.certificate)),
        ("the chain's end", certificate_data(one.private_key.expose(), &swapped)),
        ("no chain", certificate_data(one.private_key.expose(), "")),
        ("no key", certificate_data("", &one.certificate)),
        ("no certificate", certificate_data(one.private_key.expose(), one.private_key.expose())),
        ("half a certificate", certificate_data(one.private_key.expose(), &cut)),
        ("not JSON", BASE64.encode(&one.certificate)),
        ("not base64", one.certificate.clone()),
    ] {
        let refused = code(world.create(with_data("x", SecretTypeCertificate, &given)).await);
        assert_eq!(refused, ErrorCode::CreateBadData, "{what}");
    }
}

#[tokio::test]
async fn imported_data_is_kept_as_it_is() {
    let world = World::working().await;
    for (index, given) in
        ["x", "  spaces \n", "ünïcödé 密码", "{\"json\":1}", "\0", "\"\\<>&"].iter().enumerate()
    {
        let name = format!("s{index}");
        world.create(with_data(&name, SecretTypeImportData, given)).await.unwrap();
        assert_eq!(&data(&world, &name).await, given);
    }
    let refused = code(world.create(with_data("x", SecretTypeImportData, "")).await);
    assert_eq!(refused, ErrorCode::CreateNoData);
}

#[tokio::test]
async fn data_has_a_longest_length() {
    let world =
        World::pending(aecs_crypto::Suite::Modern, |config| config.quotas.data_bytes = 5000)
            .await
            .provisioned()
            .await;
    let longest = "x".repeat(5000);
    world.create(with_data("longest", SecretTypeImportData, &longest)).await.unwrap();
    assert_eq!(data(&world, "longest").await, longest);
    for kind in
        [SecretTypeImportData, SecretTypeAes256Key, SecretTypeRsaKeyPair, SecretTypeCertificate]
    {
        let refused = code(world.create(with_data("x", kind, &"x".repeat(5001))).await);
        assert_eq!(refused, ErrorCode::CreateDataTooLong, "{kind:?}");
    }
    let long = "x".repeat(5000);
    let params = [("key", long.as_str())];
    let refused = code(world.create(with_params("x", SecretTypeConfigurations, &params)).await);
    assert_eq!(refused, ErrorCode::CreateDataTooLong);
}

#[tokio::test]
async fn a_request_has_a_longest_length() {
    let world = World::working().await;
    let rule = crate::support::pinned(1);
    let secret = with_spec(with_data("x", SecretTypeImportData, "data"), |spec| {
        let policy = spec.policy.as_mut().unwrap().policy.as_mut().unwrap();
        policy.main_attributes = vec![rule; 20_000];
    });
    assert_eq!(refusal(world.create(secret).await).kind(), Kind::InvalidArgument);
    assert!(world.list("").await.is_empty());
}

#[tokio::test]
async fn configurations_take_no_data() {
    let world = World::working().await;
    let mut secret = with_params("x", SecretTypeConfigurations, &[("key", "value")]);
    secret.data = "data".into();
    assert_eq!(code(world.create(secret).await), ErrorCode::CreateDataNotAllowed);
    let empty = with_params("x", SecretTypeConfigurations, &[]);
    assert_eq!(code(world.create(empty).await), ErrorCode::CreateNoData);
}

#[tokio::test]
async fn the_specification_is_checked() {
    let world = World::working().await;
    let aes = || with_params("x", SecretTypeAes256Key, &[]);
    for (what, secret, expected) in [
        ("type 10", with_spec(aes(), |spec| spec.r#type = 10), ErrorCode::CreateType),
        ("type -1", with_spec(aes(), |spec| spec.r#type = -1), ErrorCode::CreateType),
        (
            "readonly",
            with_spec(aes(), |spec| spec.readonly = "yes".into()),
            ErrorCode::CreateBadData,
        ),
        (
            "readonly",
            with_spec(aes(), |spec| spec.readonly = "True".into()),
            ErrorCode::CreateBadData,
        ),
        (
            "share",
            with_spec(aes(), |spec| spec.share = "everybody".into()),
            ErrorCode::CreateBadData,
        ),
        ("share", with_spec(aes(), |spec| spec.share = "Public".into()), ErrorCode::CreateBadData),
        (
            "service",
            with_spec(aes(), |spec| spec.service_name.clear()),
            ErrorCode::CreateServiceEmpty,
        ),
        (
            "service",
            with_spec(aes(), |spec| spec.service_name = "service2".into()),
            ErrorCode::CreateServiceMismatch,
        ),
        (
            "service",
            with_spec(aes(), |spec| spec.service_name = "Service1".into()),
            ErrorCode::CreateServiceMismatch,
        ),
        ("name", with_spec(aes(), |spec| spec.secret_name.clear()), ErrorCode::NameEmpty),
    ] {
        assert_eq!(code(world.create(secret).await), expected, "{what}");
    }
    let nothing = aecs_proto::EnclaveSecret::default();
    assert_eq!(code(world.create(nothing).await), ErrorCode::CreateServiceEmpty);
    assert!(world.list("").await.is_empty());
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let world = World::working().await;
    world.create(with_data("a", SecretTypeImportData, "first")).await.unwrap();
    let refused = code(world.create(with_data("a", SecretTypeImportData, "second")).await);
    assert_eq!(refused, ErrorCode::NameExists);
    assert_eq!(data(&world, "a").await, "first");
    // Destroyed and made again, it is another secret.
    world.destroy("a").await.unwrap();
    world.create(with_data("a", SecretTypeImportData, "second")).await.unwrap();
    assert_eq!(data(&world, "a").await, "second");
}
