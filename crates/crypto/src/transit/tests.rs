use super::*;
use crate::generate::{self, Algorithm};

const DEPLOYMENT: [u8; 32] = [0xD1; 32];

fn place(version: u64) -> Place<'static> {
    Place { deployment: &DEPLOYMENT, service: "shop", secret: "cards", version }
}

fn aes(byte: u8) -> Material {
    let text = hex::encode([byte; 32]).into();
    Material::parse(EnclaveSecretType::SecretTypeAes256Key, text).unwrap()
}

fn sm4(byte: u8) -> Material {
    let text = hex::encode([byte; 16]).into();
    Material::parse(EnclaveSecretType::SecretTypeSm4Key, text).unwrap()
}

fn pair(algorithm: Algorithm) -> Material {
    Material::KeyPair(generate::key_pair(algorithm).unwrap())
}

#[test]
fn ciphertexts_open_where_they_belong_and_nowhere_else() {
    let other = [0xD2; 32];
    for material in [aes(1), sm4(1)] {
        let key = Key::new(place(3), &material).unwrap();
        let sealed = key.encrypt(b"plain", b"associated").unwrap();
        assert_eq!(sealed.version, 3);
        assert!(key.decrypt(&sealed.bytes, b"associated").unwrap().ct_eq(b"plain"));
        assert_ne!(key.encrypt(b"plain", b"associated").unwrap(), sealed);

        let refused = |key: &Key<'_>, associated: &[u8]| {
            assert_eq!(key.decrypt(&sealed.bytes, associated).err(), Some(Error::Decryption));
        };
        refused(&key, b"");
        refused(&key, b"associatee");
        for elsewhere in [
            place(2),
            Place { deployment: &other, ..place(3) },
            Place { service: "shopc", secret: "ards", ..place(3) },
            Place { service: "other", ..place(3) },
            Place { secret: "card", ..place(3) },
        ] {
            refused(&Key::new(elsewhere, &material).unwrap(), b"associated");
        }
        for stranger in [aes(2), sm4(2)] {
            refused(&Key::new(place(3), &stranger).unwrap(), b"associated");
        }
        for i in 0..sealed.bytes.len() {
            let mut changed = sealed.bytes.clone();
            changed[i] ^= 1;
            assert_eq!(key.decrypt(&changed, b"associated").err(), Some(Error::Decryption));
            assert!(key.decrypt(&sealed.bytes[..i], b"associated").is_err(), "{i}");
        }
        let unwrapped = key.unwrap(&sealed.bytes, b"associated");
        assert_eq!(unwrapped.err(), Some(Error::Decryption), "it was not wrapped");
        let wrapped = key.wrap(b"plain", b"associated").unwrap();
        assert!(key.decrypt(&wrapped.bytes, b"associated").is_err());
        assert!(key.unwrap(&wrapped.bytes, b"associated").unwrap().ct_eq(b"plain"));
    }
}

#[test]
fn rewrapping_moves_to_another_version_and_keeps_what_it_is() {
    for (old, new) in [(aes(1), aes(2)), (sm4(1), sm4(2))] {
        let (old, new) = (Key::new(place(1), &old).unwrap(), Key::new(place(2), &new).unwrap());
        let sealed = new.rewrap(&old, &old.encrypt(b"data", b"a").unwrap().bytes, b"a").unwrap();
        assert_eq!(sealed.version, 2);
        assert!(new.decrypt(&sealed.bytes, b"a").unwrap().ct_eq(b"data"));
        let sealed = new.rewrap(&old, &old.wrap(b"a key", b"a").unwrap().bytes, b"a").unwrap();
        assert!(new.unwrap(&sealed.bytes, b"a").unwrap().ct_eq(b"a key"));
        assert!(new.rewrap(&old, &sealed.bytes, b"a").is_err(), "of another version");
        assert!(new.rewrap(&new, &sealed.bytes, b"b").is_err());
    }
}

#[test]
fn rsa_wraps_one_block_bound_to_its_label() {
    let material = pair(Algorithm::Rsa);
    let key = Key::new(place(1), &material).unwrap();
    let wrapped = key.wrap(&[7; 32], b"a").unwrap();
    assert!(key.unwrap(&wrapped.bytes, b"a").unwrap().ct_eq(&[7; 32]));
    assert_eq!(key.unwrap(&wrapped.bytes, b"b").err(), Some(Error::Decryption));
    let elsewhere = Key::new(place(2), &material).unwrap();
    assert_eq!(elsewhere.unwrap(&wrapped.bytes, b"a").err(), Some(Error::Decryption));
    assert!(key.wrap(&[7; 190], b"").is_ok());
    let too_long = Error::KeyTooLong { limit: 190, got: 191 };
    assert_eq!(key.wrap(&[7; 191], b"").err(), Some(too_long));
    assert_eq!(key.encrypt(b"x", b"").err(), Some(Error::NotOfThisKey("encrypt")));
    let again = key.rewrap(&key, &wrapped.bytes, b"a").unwrap();
    assert!(key.unwrap(&again.bytes, b"a").unwrap().ct_eq(&[7; 32]));
    let (data_key, wrapped) = key.data_key(32, b"a").unwrap();
    assert!(key.unwrap(&wrapped.bytes, b"a").unwrap().ct_eq(data_key.expose()));
}

#[test]
fn every_algorithm_signs_what_its_public_half_verifies() {
    use KeySignature::{
        Default, RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512, RsaPssSha256, RsaPssSha384,
        RsaPssSha512,
    };
    let of_rsa =
        [RsaPssSha256, RsaPssSha384, RsaPssSha512, RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512];
    for algorithm in Algorithm::ALL {
        let key_of = |material: &Material| Key::new(place(1), material).unwrap().secret;
        let (own, other) = (pair(algorithm), pair(algorithm));
        let [key, other] = [&own, &other].map(|it| Key { place: place(1), secret: key_of(it) });
        let ways: &[KeySignature] = if algorithm == Algorithm::Rsa { &of_rsa } else { &[Default] };
        for way in ways {
            let signature = key.sign(*way, b"message").unwrap().bytes;
            let verify = |message, bytes: &[u8]| key.verify(*way, message, bytes);
            assert_eq!(verify(b"message", &signature), Ok(true), "{algorithm} {way:?}");
            assert_eq!(verify(b"massage", &signature), Ok(false), "{algorithm} {way:?}");
            assert_eq!(verify(b"message", &signature[1..]), Ok(false), "{algorithm} {way:?}");
            assert_eq!(other.verify(*way, b"message", &signature), Ok(false), "{algorithm}");
        }
        if algorithm == Algorithm::Rsa {
            let signature = key.sign(Default, b"m").unwrap().bytes;
            assert_eq!(key.verify(RsaPssSha256, b"m", &signature), Ok(true));
            assert_eq!(key.verify(RsaPkcs1Sha256, b"m", &signature), Ok(false));
        } else {
            for way in of_rsa {
                assert!(key.sign(way, b"m").is_err() && key.verify(way, b"m", b"").is_err());
            }
            assert_eq!(key.wrap(b"x", b"").err(), Some(Error::NotOfThisKey("wrap")));
        }
        assert_eq!(key.mac(b"x").err(), Some(Error::NotOfThisKey("mac")));
        assert!(key.derive(b"x", 32).is_err());
    }
}

#[test]
fn macs_and_derived_keys_are_those_of_a_version_and_a_name() {
    for (one, other) in [(aes(1), aes(2)), (sm4(1), sm4(2))] {
        let key = Key::new(place(1), &one).unwrap();
        let mac = key.mac(b"data").unwrap();
        assert_eq!(key.mac(b"data").unwrap(), mac);
        assert_eq!(key.verify_mac(b"data", &mac.bytes), Ok(true));
        assert_eq!(key.verify_mac(b"date", &mac.bytes), Ok(false));
        assert_eq!(key.verify_mac(b"data", &mac.bytes[..31]), Ok(false));
        let derived = key.derive(b"context", 40).unwrap();
        assert!(key.derive(b"context", 40).unwrap().ct_eq(derived.expose()));
        assert!(key.derive(b"context", 20).unwrap().ct_eq(&derived.expose()[..20]));
        assert!(!key.derive(b"contexu", 40).unwrap().ct_eq(derived.expose()));
        for elsewhere in [
            Key::new(place(2), &one).unwrap(),
            Key::new(Place { secret: "x", ..place(1) }, &one).unwrap(),
            Key::new(place(1), &other).unwrap(),
        ] {
            assert_eq!(elsewhere.verify_mac(b"data", &mac.bytes), Ok(false));
            assert!(!elsewhere.derive(b"context", 40).unwrap().ct_eq(derived.expose()));
        }
        for length in [0, 15, 65] {
            assert_eq!(key.derive(b"", length).err(), Some(Error::KeyLength));
            assert_eq!(key.data_key(length, b"").err(), Some(Error::KeyLength));
        }
        assert_eq!(key.wrap(b"", b"").err(), Some(Error::EmptyPlainText));
        assert_eq!(key.sign(KeySignature::Default, b"").err(), Some(Error::NotOfThisKey("sign")));
        let (data_key, wrapped) = key.data_key(64, b"a").unwrap();
        assert_eq!(data_key.len(), 64);
        assert!(key.unwrap(&wrapped.bytes, b"a").unwrap().ct_eq(data_key.expose()));
    }
}

#[test]
fn what_is_no_key_is_refused() {
    for (material, kind) in [
        (Material::Data("x".to_owned().into()), EnclaveSecretType::SecretTypeImportData),
        (Material::Binary(vec![1].into()), EnclaveSecretType::SecretTypeImportData),
    ] {
        assert_eq!(Key::new(place(1), &material).err(), Some(Error::NoKeyInPlace));
        assert!(KeyUse::WORDS.iter().all(|(what, _)| !Key::does(kind, *what)));
    }
    assert!(Key::does(EnclaveSecretType::SecretTypeEd25519KeyPair, KeyUse::Sign));
    assert!(!Key::does(EnclaveSecretType::SecretTypeEd25519KeyPair, KeyUse::Wrap));
    for length in [0, MOST_RANDOM + 1] {
        assert_eq!(random(length).err(), Some(Error::RandomLength));
    }
    assert_eq!(random(MOST_RANDOM).unwrap().len(), MOST_RANDOM);
}

/// HKDF of RFC 5869 and the transcripts, written from HMAC and by hand.
#[test]
fn the_bytes_are_those_of_the_protocol() {
    let binding = |of: &[u8], field: &[u8]| {
        let mut bytes = b"\x18AECS-2.1 transit binding".to_vec();
        for field in [&DEPLOYMENT[..], b"shop", b"cards", &3_u64.to_be_bytes(), of, field] {
            bytes.extend((field.len() as u64).to_be_bytes());
            bytes.extend(field);
        }
        bytes
    };
    let key_info = |header: &[u8]| {
        let mut bytes = b"\x14AECS-2.1 transit key".to_vec();
        for field in [b"encrypt".as_slice(), header] {
            bytes.extend((field.len() as u64).to_be_bytes());
            bytes.extend(field);
        }
        bytes
    };
    let header = [0x24; 24];
    let prk = crate::hmac(b"AECS-2.1 transit", &[1; 32]);
    let expand = |info: &[u8]| crate::hmac(&prk, &[info, &[1]].concat());
    let message_key = crate::cipher::aes_256_gcm_key(&expand(&key_info(&header))).unwrap();
    let aad = binding(b"encrypt", b"associated");
    let (cipher, tag) = crate::cipher::aead_seal(&message_key, [0; 12], &aad, b"plain").unwrap();
    let expected = [header.as_slice(), &cipher, &tag].concat();
    let material = aes(1);
    let key = Key::new(place(3), &material).unwrap();
    assert!(key.decrypt(&expected, b"associated").unwrap().ct_eq(b"plain"));
    let Secret::Symmetric(own) = &key.secret else { panic!("symmetric") };
    let sealed = own.seal_under(&header, place(3), Use::Encrypt, b"plain", b"associated").unwrap();
    assert_eq!(sealed, expected);

    let mac_key = expand(&binding(b"mac", b""));
    assert_eq!(key.mac(b"data").unwrap().bytes, crate::hmac(&mac_key, b"data"));
    let derived = key.derive(b"context", 32).unwrap();
    assert!(derived.ct_eq(&expand(&binding(b"derive", b"context"))));

    // SM4: the same with SM3.
    let hmac_sm3 = |key: &[u8], data: &[u8]| crate::sm::hmac_sm3(key, &[data]).unwrap();
    let prk = hmac_sm3(b"AECS-2.1 transit", &[1; 16]);
    let message_key = hmac_sm3(&prk, &[&key_info(&header)[..], &[1]].concat());
    let message_key: [u8; 16] = message_key[..16].try_into().unwrap();
    let (cipher, tag) = crate::cipher::sm4_gcm_seal(&message_key, [0; 12], &aad, b"plain").unwrap();
    let material = sm4(1);
    let key = Key::new(place(3), &material).unwrap();
    let sealed = [header.as_slice(), &cipher, &tag].concat();
    assert!(key.decrypt(&sealed, b"associated").unwrap().ct_eq(b"plain"));
    let first = hmac_sm3(&prk, &[&binding(b"derive", b"c")[..], &[1]].concat());
    let second = hmac_sm3(&prk, &[&first[..], &binding(b"derive", b"c"), &[2]].concat());
    let derived = key.derive(b"c", 48).unwrap();
    assert!(derived.ct_eq(&[&first[..], &second[..16]].concat()));
}

/// The vectors in docs/protocol-2.1.md.
#[test]
fn vectors_of_the_documentation() {
    let documentation = include_str!("../../../../docs/protocol-2.1.md");
    let aes_material = aes(1);
    let aes_key = Key::new(place(3), &aes_material).unwrap();
    let sm4_material = sm4(1);
    let sm4_key = Key::new(place(3), &sm4_material).unwrap();
    for (name, key) in [("AES-256-GCM", &aes_key), ("SM4-GCM", &sm4_key)] {
        let Secret::Symmetric(own) = &key.secret else { panic!("symmetric") };
        let header = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let bytes =
            own.seal_under(&header, place(3), Use::Encrypt, b"plain", b"associated").unwrap();
        let lines = [
            Versioned { version: 3, bytes }.to_string(),
            key.mac(b"data").unwrap().to_string(),
            hex::encode(key.derive(b"context", 32).unwrap().expose()),
        ];
        for line in lines {
            assert!(documentation.contains(&line), "{name}: {line}");
        }
    }
}
