use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use proptest::prelude::*;

use super::*;
use crate::signature::scheme::{self, ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED};

/// A key and its signature of a message.
fn signed(message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let signature = pair.sign(&SystemRandom::new(), message).unwrap();
    (pair.public_key().as_ref().to_vec(), signature.as_ref().to_vec())
}

#[test]
fn a_signature_that_verified_is_remembered_and_no_other() {
    let memory = SignatureMemory::new(8);
    let (key, signature) = signed(b"message");
    for _ in 0..2 {
        memory.verify(&ECDSA_P256_SHA256_ASN1, &key, b"message", &signature).unwrap();
        assert_eq!(memory.len(), 1);
        memory.verify(&ECDSA_P256_SHA256_ASN1, &key, b"massage", &signature).unwrap_err();
        assert_eq!(memory.len(), 1, "what does not verify is not remembered");
    }
    let none = SignatureMemory::new(0);
    none.verify(&ECDSA_P256_SHA256_ASN1, &key, b"message", &signature).unwrap();
    assert_eq!(none.len(), 0);
}

#[test]
fn the_memory_is_bounded() {
    let memory = SignatureMemory::new(2);
    for number in 0..5u8 {
        let (key, signature) = signed(&[number]);
        memory.verify(&ECDSA_P256_SHA256_ASN1, &key, &[number], &signature).unwrap();
    }
    assert_eq!(memory.len(), 2);
}

#[test]
fn no_two_schemes_have_the_same_name() {
    let names: std::collections::BTreeSet<_> = scheme::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(names.len(), scheme::ALL.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A bit that differs, bytes that moved from one input to the next, and another scheme: what comes
    /// out is what comes out where nothing is remembered.
    #[test]
    fn a_remembered_signature_is_never_taken_for_another(
        message in proptest::collection::vec(any::<u8>(), 1..64),
        at in any::<proptest::sample::Index>(),
        bit in 0..8u8,
    ) {
        let memory = SignatureMemory::new(64);
        let (key, signature) = signed(&message);
        memory.verify(&ECDSA_P256_SHA256_ASN1, &key, &message, &signature).unwrap();
        let flipped = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            bytes
        };
        let (first, rest) = message.split_first().unwrap();
        let longer = [key.as_slice(), &[*first]].concat();
        let (last, shorter) = signature.split_last().unwrap();
        let behind = [message.as_slice(), &[*last]].concat();
        let asn1 = &ECDSA_P256_SHA256_ASN1;
        for (scheme, key, message, signature) in [
            (asn1, flipped(&key), message.clone(), signature.clone()),
            (asn1, key.clone(), flipped(&message), signature.clone()),
            (asn1, key.clone(), message.clone(), flipped(&signature)),
            (asn1, longer, rest.to_vec(), signature.clone()),
            (asn1, key.clone(), behind, shorter.to_vec()),
            (&ECDSA_P256_SHA256_FIXED, key.clone(), message.clone(), signature.clone()),
        ] {
            // A key has a second form, which verifies as well.
            let anew = scheme.verify(&key, &message, &signature).is_ok();
            prop_assert_eq!(memory.verify(scheme, &key, &message, &signature).is_ok(), anew);
        }
        for other in scheme::ALL.iter().filter(|other| other.name() != asn1.name()) {
            prop_assert!(memory.verify(other, &key, &message, &signature).is_err(), "{other:?}");
        }
    }
}
