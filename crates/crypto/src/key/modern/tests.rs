//! That envelopes and signatures are made for one purpose, and are those of the protocol.

mod oracle;
mod rfc9180;

use super::*;

const PURPOSES: [Purpose; 11] = [
    Purpose::ADMIN_REQUEST,
    Purpose::ADMIN_RESPONSE,
    Purpose::SERVICE_REQUEST,
    Purpose::SERVICE_RESPONSE,
    Purpose::TA_REQUEST,
    Purpose::TA_RESPONSE,
    Purpose::TA_SECRET,
    Purpose::STATUS,
    Purpose::PUBLIC_SECRET,
    Purpose::PEER_SECRET,
    Purpose::NESTED_REPORT,
];

/// What docs/protocol-2.1.md says that `info` is.
fn expected_info(purpose: Purpose) -> Vec<u8> {
    let label = purpose.label();
    let length = [0, 0, 0, 0, 0, 0, 0, u8::try_from(label.len()).unwrap()];
    [b"\x11AECS-2.1 envelope", length.as_slice(), label].concat()
}

#[test]
fn the_oracle_opens_what_we_seal_and_we_open_what_it_seals() {
    let exporter_context = b"AECS-2.1 binding";
    let private = Private::generate().unwrap();
    let public = public_of(&private);
    for purpose in PURPOSES {
        let info = expected_info(purpose);
        let sealed = public.seal(purpose, b"aad", b"plain text").unwrap();
        let (plain, exported) =
            oracle::open(&*private.seeds[1], &info, exporter_context, b"aad", &sealed).unwrap();
        assert_eq!(plain, b"plain text");
        assert_eq!(exported, sealed.exported);

        let x25519 = &public.bytes()[1];
        let Sealed { encapsulated, cipher, tag, exported } =
            oracle::seal(x25519, &info, exporter_context, b"aad", b"plain text").unwrap();
        for opened_for in PURPOSES {
            let opened = private.open(opened_for, &encapsulated, b"aad", &cipher, &tag);
            if opened_for == purpose {
                let opened = opened.unwrap();
                assert_eq!(*opened.0, b"plain text");
                assert_eq!(opened.1, exported);
            } else {
                assert_eq!(opened.err(), Some(Error::Decryption));
            }
        }
    }
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
fn public_keys_are_raw_bytes() {
    let public = public_of(&Private::generate().unwrap());
    let [ed25519, x25519] = public.bytes();
    let in_der = Public::from_bytes(&spki(form::ED25519, ed25519).unwrap(), x25519);
    assert_eq!(in_der.err(), Some(Error::MalformedKey("Ed25519 public key")));
    let in_der = Public::from_bytes(ed25519, &spki(form::X25519, x25519).unwrap());
    assert_eq!(in_der.err(), Some(Error::MalformedKey("X25519 public key")));
}

#[test]
fn a_public_key_that_forces_the_shared_secret_is_refused() {
    let private = Private::generate().unwrap();
    let ed25519 = public_of(&private).bytes()[0].clone();
    let low_order = Public::from_bytes(&ed25519, &[0; 32]).unwrap();
    let sealed = low_order.seal(Purpose::STATUS, b"", b"plain");
    assert_eq!(sealed.err(), Some(Error::Library("HPKE encryption")));
    let opened = private.open(Purpose::STATUS, &[0; 32], b"", b"cipher", &[0; 16]);
    assert_eq!(opened.err(), Some(Error::Decryption));
}

fn public_of(private: &Private) -> Public {
    Public::from_bytes(private.signing.public_key().as_ref(), private.decrypting.public()).unwrap()
}
