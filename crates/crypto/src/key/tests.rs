use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use sm2::pkcs8::der::Encode as _;
use sm2::pkcs8::der::asn1::{AnyRef, OctetStringRef};
use sm2::pkcs8::{AlgorithmIdentifierRef, PrivateKeyInfoRef};

use super::*;

/// The PEM blocks of a text, each with its lines.
fn blocks(text: &str) -> Vec<&str> {
    text.split_inclusive("-----\n")
        .collect::<Vec<_>>()
        .chunks(2)
        .map(|pair| {
            let start = pair[0].as_ptr() as usize - text.as_ptr() as usize;
            &text[start..start + pair.iter().map(|part| part.len()).sum::<usize>()]
        })
        .collect()
}

fn rejection<T>(result: Result<T>) -> String {
    result.err().map(|error| error.to_string()).expect("must be refused")
}

fn modern() -> (String, String) {
    let pair = KeyPair::generate(Suite::Modern).unwrap();
    (pair.private_pem().expose().to_owned(), pair.public().pem().to_owned())
}

#[test]
fn generated_keys_read_back() {
    for suite in Suite::ALL {
        let pair = KeyPair::generate(suite).unwrap();
        let private = pair.private_pem();
        assert_eq!(pair.suite(), suite);
        let read = KeyPair::from_private_pem(private.expose()).unwrap();
        assert_eq!(read.public(), pair.public());
        assert!(read.private_pem().ct_eq(private.expose()));
        assert!(pair.public().pem().ends_with("-----\n"));
        assert!(private.expose().ends_with("-----\n"));

        let signature = read.sign(Purpose::STATUS, b"message").unwrap();
        let public = PublicKey::from_pem(pair.public().pem()).unwrap();
        assert_eq!(public.verify(Purpose::STATUS, b"message", &signature), Ok(()));
        assert_eq!(public.verify(Purpose::STATUS, b"massage", &signature), Err(Error::Signature));
    }
}

#[test]
fn the_text_is_kept_and_hashed_exactly() {
    let (_, text) = modern();
    let key = PublicKey::from_pem(&text).unwrap();
    assert_eq!(key.pem(), text);
    assert_eq!(*key.fingerprint().as_bytes(), sha256(text.as_bytes()));
    assert_eq!(key.fingerprint().to_string(), hex::encode_upper(sha256(text.as_bytes())));

    let crlf = PublicKey::from_pem(&text.replace('\n', "\r\n")).unwrap();
    let bare = PublicKey::from_pem(text.trim_end()).unwrap();
    for other in [crlf, bare] {
        assert_ne!(other, key);
        assert_ne!(other.fingerprint(), key.fingerprint());
        assert!(other.same_key(&key));
    }
}

#[test]
fn both_forms_of_rsa_keys_are_one_key() {
    let pair = KeyPair::generate(Suite::Rsa).unwrap();
    let PrivateMaterial::Rsa(key) = pair.material() else { unreachable!() };
    let pkcs8 = pem::encode(pem::PRIVATE_KEY, &key.pkcs8_der().unwrap()).unwrap();
    let spki = pem::encode(pem::PUBLIC_KEY, &key.public_spki_der().unwrap()).unwrap();

    let read = KeyPair::from_private_pem(&pkcs8).unwrap();
    assert_eq!(read.public(), pair.public());
    let read = KeyPair::from_pems(&pkcs8, &spki).unwrap();
    assert_eq!(read.public().pem(), spki);
    assert_eq!(read.suite(), Suite::Rsa);
    let signature = read.sign(Purpose::STATUS, b"message").unwrap();
    assert_eq!(pair.public().verify(Purpose::STATUS, b"message", &signature), Ok(()));
}

#[test]
fn both_forms_of_sm2_keys_are_one_key() {
    use sm2::pkcs8::EncodePrivateKey;
    let pair = KeyPair::generate(Suite::Sm).unwrap();
    let secret = sm2::SecretKey::from_sec1_pem(pair.private_pem().expose()).unwrap();
    let pkcs8 = secret.to_pkcs8_pem(Default::default()).unwrap();
    assert_eq!(KeyPair::from_private_pem(&pkcs8).unwrap().public(), pair.public());
}

#[test]
fn halves_must_match() {
    for suite in Suite::ALL {
        let one = KeyPair::generate(suite).unwrap();
        let other = KeyPair::generate(suite).unwrap();
        let private = one.private_pem();
        assert!(KeyPair::from_pems(private.expose(), one.public().pem()).is_ok());
        assert_eq!(
            KeyPair::from_pems(private.expose(), other.public().pem()).err(),
            Some(Error::KeyMismatch("public key"))
        );
        for suite in Suite::ALL.into_iter().filter(|suite| *suite != one.suite()) {
            let other = KeyPair::generate(suite).unwrap();
            let mixed = KeyPair::from_pems(private.expose(), other.public().pem());
            assert_eq!(mixed.err(), Some(Error::KeyMismatch("public key")));
        }
    }
}

#[test]
fn modern_keys_are_two_blocks_in_order() {
    let (private, public) = modern();
    let (private, public) = (blocks(&private), blocks(&public));
    assert_eq!((private.len(), public.len()), (2, 2));

    for (blocks, found) in [
        (vec![0], "PUBLIC KEY (Ed25519)"),
        (vec![1], "PUBLIC KEY (X25519)"),
        (vec![1, 0], "PUBLIC KEY (X25519), PUBLIC KEY (Ed25519)"),
        (vec![0, 0], "PUBLIC KEY (Ed25519), PUBLIC KEY (Ed25519)"),
        (vec![0, 1, 1], "PUBLIC KEY (Ed25519), PUBLIC KEY (X25519), PUBLIC KEY (X25519)"),
    ] {
        let text: String = blocks.iter().map(|i| public[*i]).collect();
        let message = rejection(PublicKey::from_pem(&text));
        assert!(message.starts_with(&format!("{found} is not accepted")), "{message}");
        assert!(message.contains("Ed25519 key followed by an X25519 key"), "{message}");

        let text: String = blocks.iter().map(|i| private[*i]).collect();
        let message = rejection(KeyPair::from_private_pem(&text));
        let found = found.replace("PUBLIC", "PRIVATE");
        assert!(message.starts_with(&format!("{found} is not accepted")), "{message}");
    }
}

#[test]
fn private_blocks_with_a_public_key_are_refused() {
    // PKCS#8 version 2 repeats the public key, which would have to be compared.
    let random = aws_lc_rs::rand::SystemRandom::new();
    let version_2 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let (private, _) = modern();
    let text = pem::encode(pem::PRIVATE_KEY, version_2.as_ref()).unwrap() + blocks(&private)[1];
    let read = KeyPair::from_private_pem(&text);
    assert_eq!(read.err(), Some(Error::MalformedKey("private key")));
}

#[test]
fn private_blocks_have_a_seed_and_nothing_else() {
    let (private, _) = modern();
    let read = |parameters, len| {
        let seed = OctetStringRef::new(&[7; 64][..len]).unwrap().to_der().unwrap();
        let algorithm = AlgorithmIdentifierRef { oid: form::ED25519, parameters };
        let key = OctetStringRef::new(&seed).unwrap();
        let der = PrivateKeyInfoRef::new(algorithm, key).to_der().unwrap();
        let text = pem::encode(pem::PRIVATE_KEY, &der).unwrap() + blocks(&private)[1];
        KeyPair::from_private_pem(&text).err()
    };
    assert_eq!(read(None, 32), None);
    for (parameters, len) in [(Some(AnyRef::NULL), 32), (None, 0), (None, 31), (None, 33)] {
        assert_eq!(read(parameters, len), Some(Error::MalformedKey("private key")), "{len}");
    }
}

#[test]
fn other_curves_are_named() {
    let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let spki: PublicKeyX509Der<'_> = p256.public_key().as_der().unwrap();
    let public = pem::encode(pem::PUBLIC_KEY, spki.as_ref()).unwrap();
    let private = pem::encode(pem::PRIVATE_KEY, p256.to_pkcs8v1().unwrap().as_ref()).unwrap();
    let expected = "the key is on the curve P-256: the only accepted curve is SM2 \
                    (1.2.156.10197.1.301)";
    assert_eq!(rejection(PublicKey::from_pem(&public)), expected);
    assert_eq!(rejection(KeyPair::from_private_pem(&private)), expected);
}

#[test]
fn sec1_keys_must_name_their_curve() {
    // Version 1 and a scalar, without parameters: any curve of this size.
    let der = [&[0x30, 37, 2, 1, 1, 4, 32][..], &[1; 32]].concat();
    let text = pem::encode(pem::EC_PRIVATE_KEY, &der).unwrap();
    assert!(rejection(KeyPair::from_private_pem(&text)).contains("curve without a name"));
}

#[test]
fn other_blocks_are_named() {
    let certificate = pem::encode(pem::CERTIFICATE, &[0; 9]).unwrap();
    let message = rejection(PublicKey::from_pem(&certificate));
    assert!(message.starts_with("CERTIFICATE is not accepted as a public key"), "{message}");
    let message = rejection(KeyPair::from_private_pem(&certificate.repeat(5)));
    assert!(message.starts_with("CERTIFICATE, CERTIFICATE, CERTIFICATE, 2 more is"), "{message}");

    let (private, public) = modern();
    let message = rejection(PublicKey::from_pem(&private));
    assert!(message.starts_with("PRIVATE KEY, PRIVATE KEY is not accepted"), "{message}");
    assert!(rejection(KeyPair::from_private_pem(&public)).starts_with("PUBLIC KEY"));
    assert!(rejection(PublicKey::from_pem("")).starts_with("not a PEM text"));
    assert!(rejection(PublicKey::from_pem("key")).starts_with("not a PEM text"));
}

#[test]
fn malformed_contents_are_refused() {
    for label in [pem::PUBLIC_KEY, pem::RSA_PUBLIC_KEY] {
        let text = pem::encode(label, b"0\x03\x02\x01\x00").unwrap();
        assert!(PublicKey::from_pem(&text).is_err());
        assert!(PublicKey::from_pem(&text.repeat(2)).is_err());
    }
    for label in [pem::PRIVATE_KEY, pem::RSA_PRIVATE_KEY, pem::EC_PRIVATE_KEY] {
        let text = pem::encode(label, b"0\x03\x02\x01\x00").unwrap();
        assert!(KeyPair::from_private_pem(&text).is_err());
        assert!(KeyPair::from_private_pem(&text.repeat(2)).is_err());
    }
}

#[test]
fn debug_shows_suite_and_fingerprint_only() {
    for suite in Suite::ALL {
        let pair = KeyPair::generate(suite).unwrap();
        let hash = pair.public().fingerprint();
        assert_eq!(format!("{pair:?}"), format!("KeyPair({suite} {hash})"));
        assert_eq!(format!("{:?}", pair.public()), format!("PublicKey({suite} {hash})"));
    }
}
