//! The HPKE envelope against an independent receiver, written here from RFC 9180 on other
//! primitives and itself held against the RFC's own vector.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};

use super::*;
use crate::hash::hmac;

/// Base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and one of the AES-GCMs.
struct Receiver {
    private: [u8; 32],
    aead_id: u16,
    aead: &'static Algorithm,
}

impl Receiver {
    /// `SetupBaseR`, then `Context.Open` of message 0 and `Context.Export` of 32 bytes.
    fn open(
        &self,
        enc: &[u8],
        info: &[u8],
        aad: &[u8],
        sealed: &[u8],
        exporter_context: &[u8],
    ) -> (Vec<u8>, Vec<u8>) {
        let key = PrivateKey::from_private_key(&X25519, &self.private).unwrap();
        let public = key.compute_public_key().unwrap();
        let dh =
            agree(&key, UnparsedPublicKey::new(&X25519, enc), (), |dh| Ok(dh.to_vec())).unwrap();

        let kem = b"KEM\x00\x20".as_slice();
        let eae_prk = extract(kem, &[], b"eae_prk", &dh);
        let kem_context = [enc, public.as_ref()].concat();
        let shared = expand(kem, &eae_prk, b"shared_secret", &kem_context, 32);

        let mut suite = b"HPKE\x00\x20\x00\x01".to_vec();
        suite.extend_from_slice(&self.aead_id.to_be_bytes());
        let psk_id_hash = extract(&suite, &[], b"psk_id_hash", &[]);
        let info_hash = extract(&suite, &[], b"info_hash", info);
        let context = [&[0][..], &psk_id_hash, &info_hash].concat();
        let secret = extract(&suite, &shared, b"secret", &[]);
        let key = expand(&suite, &secret, b"key", &context, self.aead.key_len());
        let nonce = expand(&suite, &secret, b"base_nonce", &context, 12);
        let exporter = expand(&suite, &secret, b"exp", &context, 32);

        let key = LessSafeKey::new(UnboundKey::new(self.aead, &key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let mut buffer = sealed.to_vec();
        let plain = key.open_in_place(nonce, Aad::from(aad), &mut buffer).unwrap().to_vec();
        (plain, expand(&suite, &exporter, b"sec", exporter_context, 32))
    }
}

/// `LabeledExtract`.
fn extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Vec<u8> {
    hmac(salt, &[b"HPKE-v1", suite, label, ikm].concat()).to_vec()
}

/// `LabeledExpand` of at most one block.
fn expand(suite: &[u8], prk: &[u8], label: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let length_bytes = u16::try_from(length).unwrap().to_be_bytes();
    let info = [&length_bytes, b"HPKE-v1".as_slice(), suite, label, info, &[1]].concat();
    hmac(prk, &info)[..length].to_vec()
}

fn bytes(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

#[test]
fn the_independent_receiver_opens_the_vector_of_rfc_9180_a_1_1() {
    let receiver = Receiver {
        private: bytes("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
            .try_into()
            .unwrap(),
        aead_id: 1,
        aead: &AES_128_GCM,
    };
    let (plain, exported) = receiver.open(
        &bytes("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"),
        b"Ode on a Grecian Urn",
        b"Count-0",
        &bytes(
            "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9\
             6d8770ac83d07bea87e13c512a",
        ),
        b"",
    );
    assert_eq!(plain, b"Beauty is truth, truth beauty");
    assert_eq!(
        hex::encode(exported),
        "3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee"
    );
}

#[test]
fn the_independent_receiver_opens_what_we_seal() {
    let seed = Zeroizing::new([0x42; 32]);
    let private = Private::from_seeds(&Zeroizing::new([0x24; 32]), &seed).unwrap();
    let public = public_of(&private);
    let sealed = public.seal(Purpose::TA_SECRET, b"aad", b"plain text").unwrap();

    let receiver = Receiver { private: *seed, aead_id: 2, aead: &AES_256_GCM };
    let (plain, exported) = receiver.open(
        &sealed.encapsulated,
        b"\x11AECS-2.1 envelope\0\0\0\0\0\0\0\x09ta secret",
        b"aad",
        &[sealed.cipher.as_slice(), &sealed.tag].concat(),
        b"AECS-2.1 binding",
    );
    assert_eq!(plain, b"plain text");
    assert_eq!(exported, *sealed.exported);
}

#[test]
fn signatures_cover_the_purpose() {
    let private = Private::generate().unwrap();
    let public = public_of(&private);
    let signature = private.sign(Purpose::STATUS, b"message").unwrap();
    assert_eq!(public.verify(Purpose::STATUS, b"message", &signature), Ok(()));
    for (purpose, message) in [
        (Purpose::TA_RESPONSE, b"message".as_slice()),
        (Purpose::STATUS, b"messagf"),
        (Purpose::STATUS, b""),
    ] {
        assert_eq!(public.verify(purpose, message, &signature), Err(Error::Signature));
    }
}

#[test]
fn a_public_key_that_forces_the_shared_secret_is_refused() {
    let private = Private::generate().unwrap();
    let ed25519 = public_of(&private).bytes()[0].clone();
    let low_order = Public::from_bytes(&ed25519, &[0; 32]).unwrap();
    assert!(low_order.seal(Purpose::STATUS, b"", b"plain").is_err());
    let opened = private.open(Purpose::STATUS, &[0; 32], b"", b"cipher", &[0; 16]);
    assert_eq!(opened.err(), Some(Error::Decryption));
}

fn public_of(private: &Private) -> Public {
    let x25519 = X25519HkdfSha256::sk_to_pk(&private.decrypting).to_bytes();
    Public::from_bytes(private.signing.public_key().as_ref(), &x25519).unwrap()
}
