//! What holds for every change of every envelope and for every text.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::sync::LazyLock;

use aecs_crypto::transit::{Key, Place, Versioned};
use aecs_crypto::{
    Error, KeyPair, Material, PasswordVerifier, Protocol, PublicKey, Purpose, RecordKey, Suite,
    Transcript, envelope, generate,
};
use aecs_proto::DigitalEnvelopeEncrypted;
use proptest::prelude::*;
use proptest::sample::Index;

const PURPOSE: Purpose = Purpose::SERVICE_REQUEST;

/// Sender and receiver of one form of envelopes, and one envelope.
struct Sample {
    protocol: Protocol,
    sender: KeyPair,
    receiver: KeyPair,
    envelope: DigitalEnvelopeEncrypted,
}

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    [
        (Suite::Rsa, Protocol::Aecs20),
        (Suite::Sm, Protocol::Aecs20),
        (Suite::Sm, Protocol::Aecs21),
        (Suite::Modern, Protocol::Aecs21),
    ]
    .map(|(suite, protocol)| {
        let sender = KeyPair::generate(suite).unwrap();
        let receiver = KeyPair::generate(suite).unwrap();
        let envelope = envelope::seal(
            protocol,
            PURPOSE,
            receiver.public(),
            &sender,
            b"service1",
            b"plain text",
        )
        .unwrap();
        Sample { protocol, sender, receiver, envelope }
    })
    .into()
});

#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Cipher,
    Mac,
    Aad,
    Iv,
    EncryptedKey,
    PlainHash,
    Signature,
}

const PARTS: [Part; 7] = [
    Part::Cipher,
    Part::Mac,
    Part::Aad,
    Part::Iv,
    Part::EncryptedKey,
    Part::PlainHash,
    Part::Signature,
];

fn part(envelope: &mut DigitalEnvelopeEncrypted, part: Part) -> &mut Vec<u8> {
    let body = envelope.aes_cipher.as_mut().unwrap();
    match part {
        Part::Cipher => &mut body.cipher,
        Part::Mac => &mut body.mac,
        Part::Aad => &mut body.aad,
        Part::Iv => &mut body.iv,
        Part::EncryptedKey => &mut envelope.encrypted_key,
        Part::PlainHash => &mut envelope.plain_hash,
        Part::Signature => &mut envelope.plain_hash_sig,
    }
}

/// The changes that SM4-CBC and AECS 2.0 cannot see: those of the associated data.
fn invisible(sample: &Sample, changed: Part) -> bool {
    sample.receiver.suite() == Suite::Sm
        && sample.protocol == Protocol::Aecs20
        && changed == Part::Aad
}

fn open(sample: &Sample, envelope: &DigitalEnvelopeEncrypted) -> Result<(), Error> {
    envelope::open(PURPOSE, &sample.receiver, envelope)?.verify(sample.sender.public()).map(drop)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_byte_never_verifies(
        form in 0..4usize, which in 0..7usize, at: Index, flip in 1..=255u8,
    ) {
        let (sample, which) = (&SAMPLES[form], PARTS[which]);
        let mut changed = sample.envelope.clone();
        let bytes = part(&mut changed, which);
        if !bytes.is_empty() && !invisible(sample, which) {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(open(sample, &changed).is_err());
        }
    }

    #[test]
    fn a_shortened_or_extended_part_never_verifies(
        form in 0..4usize, which in 0..7usize, at: Index, tail in prop::collection::vec(1..=255u8, 1..40),
    ) {
        let (sample, which) = (&SAMPLES[form], PARTS[which]);
        if !invisible(sample, which) {
            let mut longer = sample.envelope.clone();
            part(&mut longer, which).extend_from_slice(&tail);
            prop_assert!(open(sample, &longer).is_err());

            let mut shorter = sample.envelope.clone();
            let bytes = part(&mut shorter, which);
            if !bytes.is_empty() {
                bytes.truncate(at.index(bytes.len()));
                prop_assert!(open(sample, &shorter).is_err());
            }
        }
    }

    #[test]
    fn parts_do_not_move_between_envelopes(form in 0..4usize, which in 0..7usize) {
        let (sample, which) = (&SAMPLES[form], PARTS[which]);
        let mut other = envelope::seal(
            sample.protocol, PURPOSE, sample.receiver.public(), &sample.sender, b"service2", b"other text",
        ).unwrap();
        let moved = std::mem::take(part(&mut other, which));
        let mut changed = sample.envelope.clone();
        if !moved.is_empty() && !invisible(sample, which) {
            *part(&mut changed, which) = moved;
            prop_assert!(open(sample, &changed).is_err());
        }
    }

    #[test]
    fn arbitrary_parts_never_panic(
        form in 0..4usize, parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 7),
    ) {
        let sample = &SAMPLES[form];
        let mut envelope = sample.envelope.clone();
        for (which, bytes) in PARTS.into_iter().zip(parts) {
            *part(&mut envelope, which) = bytes;
        }
        prop_assert!(open(sample, &envelope).is_err());
    }

    #[test]
    fn plain_texts_round_trip(
        form in 0..4usize,
        plain in prop::collection::vec(any::<u8>(), 1..600),
        aad in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let sample = &SAMPLES[form];
        let sealed = envelope::seal(
            sample.protocol, PURPOSE, sample.receiver.public(), &sample.sender, &aad, &plain,
        ).unwrap();
        let opened = envelope::open(PURPOSE, &sample.receiver, &sealed)
            .unwrap()
            .verify(sample.sender.public())
            .unwrap();
        prop_assert!(opened.plain.ct_eq(&plain));
        prop_assert_eq!(opened.aad, aad);
    }

    #[test]
    fn a_changed_key_text_never_panics(
        form in 0..4usize, at: Index, byte in any::<u8>(), cut: Index,
    ) {
        let pair = &SAMPLES[form].receiver;
        let mut private = pair.private_pem().expose().as_bytes().to_vec();
        let mut public = pair.public().pem().as_bytes().to_vec();
        for text in [&mut private, &mut public] {
            let index = at.index(text.len());
            text[index] = byte & 0x7f;
        }
        let (private, public) = (String::from_utf8(private).unwrap(), String::from_utf8(public).unwrap());
        let _ = PublicKey::from_pem(&public);
        let _ = PublicKey::from_pem(&public[..cut.index(public.len())]);
        let _ = KeyPair::from_private_pem(&private);
        let _ = KeyPair::from_private_pem(&private[..cut.index(private.len())]);
    }

    #[test]
    fn an_arbitrary_text_is_refused(text in "(-----(BEGIN|END) (RSA |EC )?(PUBLIC|PRIVATE) KEY-----|[A-Za-z0-9+/=\n ]{0,80}|\\PC{0,9}){0,9}") {
        prop_assert!(PublicKey::from_pem(&text).is_err());
        prop_assert!(KeyPair::from_private_pem(&text).is_err());
        prop_assert!(PasswordVerifier::from_phc(&text).is_err());
    }

    #[test]
    fn transcripts_are_injective(
        one in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..4),
        other in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..4),
    ) {
        let encode = |fields: &[Vec<u8>]| {
            fields.iter().fold(Transcript::new("test"), |t, field| t.field(field)).as_bytes().to_vec()
        };
        prop_assert_eq!(encode(&one) == encode(&other), one == other);
    }

    #[test]
    fn records_round_trip_in_their_place_only(
        plain in prop::collection::vec(any::<u8>(), 0..300),
        place in prop::collection::vec(any::<u8>(), 0..40),
        other in prop::collection::vec(any::<u8>(), 0..40),
        at: Index, flip in 1..=255u8,
    ) {
        let key = RecordKey::generate().unwrap();
        let mut sealed = key.seal(&place, &plain).unwrap();
        prop_assert!(key.open(&place, &sealed).unwrap().ct_eq(&plain));
        prop_assert_eq!(key.open(&other, &sealed).is_ok(), place == other);
        let at = at.index(sealed.len());
        sealed[at] ^= flip;
        prop_assert!(key.open(&place, &sealed).is_err());
    }
}

/// An AES and an SM4 key.
static KEYS_IN_PLACE: LazyLock<[Material; 2]> = LazyLock::new(|| {
    [Material::AesKey(generate::aes256().unwrap()), Material::Sm4Key(generate::sm4().unwrap())]
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What was encrypted opens where it belongs, and after any change of it, of the associated data, of
    /// the names and of the version it does not.
    #[test]
    fn ciphertexts_in_place_are_bound(
        sm4 in any::<bool>(),
        plain in proptest::collection::vec(any::<u8>(), 0..80),
        associated in proptest::collection::vec(any::<u8>(), 0..40),
        other_associated in proptest::collection::vec(any::<u8>(), 0..40),
        names in ("[a-z]{1,4}", "[a-z]{1,4}"),
        other_names in ("[a-z]{1,4}", "[a-z]{1,4}"),
        version in 1..u64::MAX,
        byte in any::<Index>(),
        change in 1..=u8::MAX,
    ) {
        let material = &KEYS_IN_PLACE[usize::from(sm4)];
        let place = Place { deployment: &[7; 32], service: &names.0, secret: &names.1, version };
        let key = Key::new(place, material).unwrap();
        let sealed = key.encrypt(&plain, &associated).unwrap();
        let read: Versioned = sealed.to_string().parse().unwrap();
        prop_assert_eq!(&read, &sealed);
        prop_assert!(key.decrypt(&read.bytes, &associated).unwrap().ct_eq(&plain));

        let mut changed = sealed.bytes.clone();
        let at = byte.index(changed.len());
        changed[at] ^= change;
        prop_assert_eq!(key.decrypt(&changed, &associated).err(), Some(Error::Decryption));
        prop_assert_eq!(key.decrypt(&sealed.bytes[..at], &associated).err(), Some(Error::Decryption));
        if other_associated != associated {
            prop_assert!(key.decrypt(&sealed.bytes, &other_associated).is_err());
        }
        for other in [
            Place { version: version + 1, ..place },
            Place { deployment: &[8; 32], ..place },
            Place { service: &other_names.0, secret: &other_names.1, ..place },
        ] {
            let is_same = other.service == place.service
                && other.secret == place.secret
                && other.version == version
                && other.deployment == place.deployment;
            let opened = Key::new(other, material).unwrap().decrypt(&sealed.bytes, &associated);
            prop_assert_eq!(opened.is_ok(), is_same);
        }
    }

    /// No text is read in two ways.
    #[test]
    fn the_text_of_a_ciphertext_is_the_only_one(text in "(aecs:v1:)?[0-9]{0,3}:?[A-Za-z0-9+/=]{0,12}") {
        if let Ok(read) = text.parse::<Versioned>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }
}
