//! The hash of the plain text is sent in the clear: it must not tell a short one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use aecs_crypto::{KeyPair, Protocol, Purpose, Suite, envelope, sha256};
use sm3::{Digest, Sm3};

const PIN: &str = "4711";

/// An attacker who sees an envelope hashes every PIN.
fn guess(plain_hash: &[u8], suite: Suite) -> Option<String> {
    let hash = |text: &str| -> [u8; 32] {
        match suite {
            Suite::Sm => Sm3::digest(text.as_bytes()).into(),
            _ => sha256(text.as_bytes()),
        }
    };
    (0..10_000)
        .map(|pin| format!("{pin:04}"))
        .find(|pin| hex::encode_upper(hash(pin)).as_bytes() == plain_hash)
}

#[test]
fn h16_plain_hash() {
    for suite in Suite::ALL {
        let [sender, receiver] = [(); 2].map(|()| KeyPair::generate(suite).unwrap());
        let seal = || {
            let (to, pin) = (receiver.public(), PIN.as_bytes());
            envelope::seal(Protocol::Aecs21, Purpose::TA_SECRET, to, &sender, b"nonce", pin)
        };
        let (one, other) = (seal().unwrap(), seal().unwrap());
        assert_eq!(guess(&one.plain_hash, suite), None, "{suite}");
        assert_ne!(one.plain_hash, other.plain_hash, "{suite}: equal secrets are recognized");

        let opened = envelope::open(Purpose::TA_SECRET, &receiver, &one).unwrap();
        let opened = opened.verify(sender.public()).unwrap();
        assert!(opened.plain.ct_eq(PIN.as_bytes()));
        assert_eq!(opened.protocol, Protocol::Aecs21);
    }
    // The form of 2.0 is as it was: this is the guess that succeeds there.
    let [sender, receiver] = [(); 2].map(|()| KeyPair::generate(Suite::Rsa).unwrap());
    let (to, pin) = (receiver.public(), PIN.as_bytes());
    let old = envelope::seal(Protocol::Aecs20, Purpose::TA_SECRET, to, &sender, b"", pin).unwrap();
    assert_eq!(guess(&old.plain_hash, Suite::Rsa).as_deref(), Some(PIN));
}
