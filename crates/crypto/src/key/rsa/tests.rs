use sm2::pkcs8::AlgorithmIdentifierRef;
use sm2::pkcs8::der::Encode;
use sm2::pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef};

use super::*;
use crate::key::form;
use crate::pem;
use crate::vectors::{RSA_SECTIONS, bytes, list, load, text};

/// An `RSAPublicKey` or the start of an `RSAPrivateKey` with a modulus of that many bits.
fn key_of_bits(bits: usize, half: Half) -> Vec<u8> {
    let mut modulus = vec![0xff; bits / 8];
    if !bits.is_multiple_of(8) {
        modulus.insert(0, (1 << (bits % 8)) - 1);
    }
    let mut content = Vec::new();
    if half == Half::Private {
        0u8.encode_to_vec(&mut content).unwrap();
    }
    UintRef::new(&modulus).unwrap().encode_to_vec(&mut content).unwrap();
    UintRef::new(&[1, 0, 1]).unwrap().encode_to_vec(&mut content).unwrap();
    // A sequence is an octet string with another tag.
    let mut der = OctetStringRef::new(&content).unwrap().to_der().unwrap();
    der[0] = 0x30;
    der
}

fn private(value: &serde_json::Value, key: &str) -> Private {
    Private::from_pkcs1(&pem::parse(text(value, key)).unwrap()[0].der).unwrap()
}

#[test]
fn sizes_out_of_range_are_named() {
    for bits in [512, 1024, 2040, 2047, 8193, 16384] {
        let expected = Some(Error::RsaKeySize { bits });
        assert_eq!(Public::from_pkcs1(&key_of_bits(bits, Half::Public)).err(), expected);
        assert_eq!(Private::from_pkcs1(&key_of_bits(bits, Half::Private)).err(), expected);

        let algorithm = AlgorithmIdentifierRef { oid: form::RSA, parameters: Some(AnyRef::NULL) };
        let key = key_of_bits(bits, Half::Public);
        let subject_public_key = BitStringRef::from_bytes(&key).unwrap();
        let spki = SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().unwrap();
        assert_eq!(Public::from_spki(&spki).err(), expected);
        let key = key_of_bits(bits, Half::Private);
        let key = OctetStringRef::new(&key).unwrap();
        let pkcs8 = PrivateKeyInfoRef::new(algorithm, key).to_der().unwrap();
        assert_eq!(Private::from_pkcs8(&pkcs8).err(), expected);
    }
    for bits in [2048, 2049, 3072, 8192] {
        assert_eq!(check_size(&key_of_bits(bits, Half::Public), Half::Public), Ok(()));
    }
    assert_eq!(check_size(b"", Half::Public), Err(malformed_public()));
    assert_eq!(check_size(b"0\0", Half::Private), Err(malformed_private()));
}

#[test]
fn blocks_of_the_largest_size_and_one_more() {
    let private = Private::generate(KeySize::Rsa2048).unwrap();
    let public = Public::from_pkcs1(private.public_pkcs1_der()).unwrap();
    for (length, blocks) in [(1, 1), (214, 1), (215, 2), (429, 3), (214 * MAX_BLOCKS, MAX_BLOCKS)] {
        let plain = vec![0xa5; length];
        let cipher = public.encrypt(&plain).unwrap();
        assert_eq!(cipher.len(), blocks * 256);
        assert_eq!(*private.decrypt(&cipher).unwrap(), plain);
    }
    let cipher = public.encrypt(b"plain").unwrap();
    for wrong in [&[][..], &cipher[1..], &cipher.repeat(MAX_BLOCKS + 1)] {
        assert_eq!(private.decrypt(wrong).err(), Some(Error::Decryption));
    }
}

#[test]
fn vectors_of_aecs20() {
    let Some(vectors) = load("aecs_wire_vectors.json") else { return };
    for section in RSA_SECTIONS {
        let raw = &vectors[section]["rsa_raw"];
        let key = private(raw, "pkcs1_private_pem");
        for case in list(raw, "oaep") {
            let plain = key.decrypt(&bytes(case, "cipher_hex")).unwrap();
            assert_eq!(*plain, bytes(case, "plain_hex"));
        }
        let public = Public::from_pkcs1(key.public_pkcs1_der()).unwrap();
        for case in list(raw, "signatures") {
            let (message, signature) = (bytes(case, "message_hex"), bytes(case, "signature_hex"));
            assert_eq!(public.verify(&message, &signature), Ok(()));
            // PKCS#1 v1.5 is deterministic.
            assert_eq!(key.sign(&message).unwrap(), signature);
        }
        for size in ["rsa3072", "rsa4096"] {
            let key = private(&raw[size], "private_pem");
            let plain = key.decrypt(&bytes(&raw[size], "cipher_hex")).unwrap();
            assert_eq!(*plain, bytes(&raw[size], "plain_hex"));
        }
    }
}
