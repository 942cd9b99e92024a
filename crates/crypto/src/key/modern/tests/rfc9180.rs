//! The vector of the RFC, the crate `hpke` as an oracle, and what must be refused.

use aws_lc_rs::agreement::{self, X25519};
use proptest::prelude::*;
use serde_json::Value;

use super::hpke::{Context, KEY, PrivateKey, PublicKey, Sealed};
use super::oracle;
use crate::hash::random;
use crate::vectors::{bytes, list, text};

const INFO: &[u8] = b"info";
const EXPORTER_CONTEXT: &[u8] = b"exporter context";
const AAD: &[u8] = b"aad";

/// Fresh keys and their bytes.
struct Keys {
    seed: [u8; KEY],
    private: PrivateKey,
    public: PublicKey,
}

fn keys() -> Keys {
    let seed = random().unwrap();
    let private = PrivateKey::from_bytes(&seed).unwrap();
    let public = PublicKey::from_bytes(private.public()).unwrap();
    Keys { seed, private, public }
}

#[test]
fn the_vector_of_the_rfc() {
    let vector: Value = serde_json::from_str(include_str!(
        "../../../../tests/vectors/hpke_base_x25519_sha256_aes256gcm.json"
    ))
    .unwrap();
    let ephemeral =
        || agreement::PrivateKey::from_private_key(&X25519, &bytes(&vector, "skEm")).unwrap();
    let private = PrivateKey::from_bytes(&bytes(&vector, "skRm")).unwrap();
    assert_eq!(hex::encode(private.public()), text(&vector, "pkRm"));
    let public = PublicKey::from_bytes(private.public()).unwrap();

    let (shared_secret, enc) = public.encap(&ephemeral()).unwrap();
    assert_eq!(hex::encode(&enc), text(&vector, "enc"));
    assert_eq!(hex::encode(*shared_secret), text(&vector, "shared_secret"));
    assert_eq!(private.decap(enc.as_ref()).unwrap(), shared_secret);

    let info = bytes(&vector, "info");
    let context = Context::new(&shared_secret, &info).unwrap();
    assert_eq!(hex::encode(*context.base_nonce), text(&vector, "base_nonce"));
    assert_eq!(hex::encode(*context.exporter_secret), text(&vector, "exporter_secret"));

    let encryption = &list(&vector, "encryptions")[0];
    let (aad, plain) = (bytes(encryption, "aad"), bytes(encryption, "pt"));
    for export in list(&vector, "exports") {
        let exporter_context = bytes(export, "exporter_context");
        let sealed = public.seal_from(ephemeral(), &info, &exporter_context, &aad, &plain).unwrap();
        let Sealed { encapsulated, cipher, tag, exported } = &sealed;
        assert_eq!(hex::encode(encapsulated), text(&vector, "enc"));
        assert_eq!(hex::encode([cipher.as_slice(), tag].concat()), text(encryption, "ct"));
        assert_eq!(hex::encode(**exported), text(export, "exported_value"));
        let opened =
            private.open(&info, &exporter_context, encapsulated, &aad, cipher, tag).unwrap();
        assert_eq!((&*opened.0, &opened.1), (&plain, exported));
    }
}

/// Seals with one and opens with the other, both ways.
fn compare(info: &[u8], exporter_context: &[u8], aad: &[u8], plain: &[u8]) {
    let Keys { seed, private, public } = keys();
    let sealed = public.seal(info, exporter_context, aad, plain).unwrap();
    let (opened, exported) = oracle::open(&seed, info, exporter_context, aad, &sealed).unwrap();
    assert!(opened == plain);
    assert_eq!(exported, sealed.exported);

    let sealed = oracle::seal(private.public(), info, exporter_context, aad, plain).unwrap();
    let Sealed { encapsulated, cipher, tag, exported } = &sealed;
    let opened = private.open(info, exporter_context, encapsulated, aad, cipher, tag).unwrap();
    assert!(*opened.0 == plain);
    assert_eq!(opened.1, *exported);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn we_and_the_oracle_open_what_the_other_sealed(
        info in prop::collection::vec(any::<u8>(), 0..100),
        exporter_context in prop::collection::vec(any::<u8>(), 0..100),
        aad in prop::collection::vec(any::<u8>(), 0..300),
        plain in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        compare(&info, &exporter_context, &aad, &plain);
    }
}

#[test]
fn we_and_the_oracle_agree_on_what_is_empty_and_what_is_large() {
    let large = vec![0x5a; 1 << 17];
    for aad in [&[], large.as_slice()] {
        for plain in [&[], large.as_slice()] {
            compare(b"", b"", aad, plain);
            compare(&large[..1 << 15], &large[..1 << 15], aad, plain);
        }
    }
}

#[test]
fn every_seal_has_an_ephemeral_key_of_its_own() {
    let Keys { public, .. } = keys();
    let [one, other] =
        [(); 2].map(|()| public.seal(INFO, EXPORTER_CONTEXT, AAD, b"plain text").unwrap());
    assert_ne!(one.encapsulated, other.encapsulated);
    assert_ne!(one.exported, other.exported);
}

#[test]
fn no_bit_can_be_changed() {
    let Keys { private, public, .. } = keys();
    let Sealed { encapsulated, cipher, tag, .. } =
        public.seal(INFO, EXPORTER_CONTEXT, AAD, b"plain text").unwrap();
    let parts = [INFO.to_vec(), AAD.to_vec(), encapsulated, cipher, tag];
    let open = |[info, aad, encapsulated, cipher, tag]: &[Vec<u8>; 5]| {
        private.open(info, EXPORTER_CONTEXT, encapsulated, aad, cipher, tag)
    };
    assert!(open(&parts).is_ok());
    for part in 0..parts.len() {
        for bit in 0..8 * parts[part].len() {
            let mut changed = parts.clone();
            changed[part][bit / 8] ^= 1 << (bit % 8);
            assert!(open(&changed).is_err(), "bit {bit} of part {part}");
        }
    }
}

#[test]
fn lengths_are_exact() {
    let Keys { private, public, seed } = keys();
    let sealed = public.seal(INFO, EXPORTER_CONTEXT, AAD, b"plain text").unwrap();
    let lengths = |bytes: &[u8]| {
        // The header of RFC 8410: the library would read this key.
        let der = [&hex::decode("302a300506032b656e032100").unwrap(), bytes].concat();
        [
            vec![],
            bytes[1..].to_vec(),
            bytes[..bytes.len() - 1].to_vec(),
            [bytes, &[0]].concat(),
            der,
        ]
    };
    for encapsulated in lengths(&sealed.encapsulated) {
        assert!(private.decap(&encapsulated).is_err());
    }
    let Sealed { encapsulated, cipher, tag, .. } = &sealed;
    let open = |tag: &[u8]| private.open(INFO, EXPORTER_CONTEXT, encapsulated, AAD, cipher, tag);
    assert!(open(tag).is_ok());
    for tag in lengths(tag) {
        assert!(open(&tag).is_err());
    }
    for key in lengths(private.public()) {
        assert!(PublicKey::from_bytes(&key).is_err());
    }
    for key in lengths(&seed) {
        assert!(PrivateKey::from_bytes(&key).is_err());
    }
}

/// The points of small order, on the curve and its twist, in all encodings below 2^255: with them
/// every key agrees on zeros. The highest bit is ignored (RFC 7748, section 5), so that each has
/// another encoding.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn a_point_that_forces_the_shared_secret_is_refused() {
    let Keys { private, .. } = keys();
    for point in SMALL_ORDER {
        let mut point = hex::decode(point).unwrap();
        for _ in 0..2 {
            let forced = PublicKey::from_bytes(&point).unwrap();
            assert!(forced.seal(INFO, EXPORTER_CONTEXT, AAD, b"plain text").is_err());
            assert!(private.decap(&point).is_err());
            point[KEY - 1] |= 0x80;
        }
    }
}
