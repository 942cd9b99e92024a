use super::*;
use crate::pem;
use crate::vectors::{SM_SECTIONS, bytes, list, load, text};

fn pair() -> (Private, Public) {
    let private = Private::generate().unwrap();
    let public = Public::from_spki(&private.public_spki_der().unwrap()).unwrap();
    (private, public)
}

fn padded(cipher: &[u8], zeros: usize) -> Vec<u8> {
    [cipher, &vec![0; zeros]].concat()
}

#[test]
fn cipher_texts_round_trip() {
    let (private, public) = pair();
    for length in [1, 16, 32, 300] {
        let plain = vec![0x5a; length];
        assert_eq!(*private.decrypt(&public.encrypt(&plain).unwrap()).unwrap(), plain);
    }
}

#[test]
fn zeros_behind_a_cipher_text_are_tolerated_up_to_the_buffer_of_aecs20() {
    let (private, public) = pair();
    let key = [7; 16];
    for _ in 0..40 {
        let cipher = public.encrypt(&key).unwrap();
        let buffer = LONGEST_KEY_CIPHER - cipher.len();
        for zeros in 0..=buffer.max(TOLERATED_ZEROS) {
            assert_eq!(*private.decrypt(&padded(&cipher, zeros)).unwrap(), key);
        }
        let beyond = padded(&cipher, buffer.max(TOLERATED_ZEROS) + 1);
        assert_eq!(private.decrypt(&beyond).err(), Some(Error::Decryption));
        let mut dirty = padded(&cipher, 1);
        *dirty.last_mut().unwrap() = 1;
        assert_eq!(private.decrypt(&dirty).err(), Some(Error::Decryption));
    }
}

#[test]
fn three_zeros_behind_the_buffer_are_refused() {
    let padding = |der_length: u8, zeros: usize| {
        let content = vec![0xff; usize::from(der_length) - 2];
        let der = [&[0x30, der_length - 2][..], &content].concat();
        strip_padding(&padded(&der, zeros)).is_some()
    };
    assert!(padding(124, 2));
    assert!(!padding(124, 3));
    assert!(!padding(122, 3));
    // Two short coordinates: AECS 2.0 really sends this.
    assert!(padding(121, 3));
    assert!(padding(118, 6));
    assert!(!padding(118, 7));
}

#[test]
fn malformed_cipher_texts_are_refused() {
    let (private, public) = pair();
    let cipher = public.encrypt(b"plain").unwrap();
    for wrong in [&[][..], b"0", b"0\x80", b"0\x84\xff\xff\xff\xff", &cipher[1..], &[0; 124]] {
        assert_eq!(private.decrypt(wrong).err(), Some(Error::Decryption));
    }
}

#[test]
fn signatures_round_trip_and_are_randomized() {
    let (private, public) = pair();
    let one = private.sign(b"message").unwrap();
    let other = private.sign(b"message").unwrap();
    assert_ne!(one, other);
    assert_eq!(public.verify(b"message", &one), Ok(()));
    assert_eq!(public.verify(b"message", &other), Ok(()));
    assert_eq!(public.verify(b"massage", &one), Err(Error::Signature));
    let stranger = pair().1;
    assert_eq!(stranger.verify(b"message", &one), Err(Error::Signature));
    for wrong in [&[][..], b"0\0", b"0\x06\x02\x01\0\x02\x01\0", &padded(&one, 1)] {
        assert_eq!(public.verify(b"message", wrong), Err(Error::Signature));
    }
}

#[test]
fn vectors_of_aecs20() {
    let Some(vectors) = load("aecs_wire_vectors.json") else { return };
    for section in SM_SECTIONS {
        let raw = &vectors[section]["sm_raw"];
        let block = &pem::parse(text(raw, "private_pem")).unwrap()[0];
        let private = Private::from_sec1(&block.der).unwrap();
        assert_eq!(*private.sec1_der().unwrap(), *block.der);
        let public =
            Public::from_spki(&pem::parse(text(raw, "public_pem")).unwrap()[0].der).unwrap();
        assert_eq!(*public.point(), *private.signing.verifying_key().to_sec1_bytes());

        for case in list(raw, "sm2_encrypt") {
            let cipher = bytes(case, "cipher_hex");
            let der_length = usize::try_from(case["der_len"].as_u64().unwrap()).unwrap();
            assert_eq!(*private.decrypt(&cipher).unwrap(), bytes(case, "plain_hex"));
            assert_eq!(*private.decrypt(&cipher[..der_length]).unwrap(), bytes(case, "plain_hex"));
        }
        for case in list(raw, "sm2_sign") {
            let (message, signature) =
                (bytes(case, "message_hex"), bytes(case, "signature_der_hex"));
            assert_eq!(public.verify(&message, &signature), Ok(()));
        }
        for case in list(raw, "sm3") {
            let digest = crate::hash::sm3(text(case, "message").as_bytes());
            assert_eq!(hex::encode_upper(digest), text(case, "sm3_hex"));
        }
    }
}
