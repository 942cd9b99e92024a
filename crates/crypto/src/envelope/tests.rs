use super::*;

const PURPOSE: Purpose = Purpose::ADMIN_REQUEST;
const AAD: &[u8] = b"Enclave";
const PLAIN: &[u8] = b"plain text";

/// Every way to seal: suite and protocol.
const FORMS: [(Suite, Protocol); 5] = [
    (Suite::Rsa, Protocol::Aecs20),
    (Suite::Rsa, Protocol::Aecs21),
    (Suite::Sm, Protocol::Aecs20),
    (Suite::Sm, Protocol::Aecs21),
    (Suite::Modern, Protocol::Aecs21),
];

struct Ends {
    protocol: Protocol,
    sender: KeyPair,
    receiver: KeyPair,
}

impl Ends {
    fn all() -> impl Iterator<Item = Self> {
        FORMS.into_iter().map(|(suite, protocol)| Self {
            protocol,
            sender: KeyPair::generate(suite).unwrap(),
            receiver: KeyPair::generate(suite).unwrap(),
        })
    }

    fn suite(&self) -> Suite {
        self.sender.suite()
    }

    fn seal(&self) -> DigitalEnvelopeEncrypted {
        seal(self.protocol, PURPOSE, self.receiver.public(), &self.sender, AAD, PLAIN).unwrap()
    }

    fn open(&self, envelope: &DigitalEnvelopeEncrypted) -> Result<Opened> {
        open(PURPOSE, &self.receiver, envelope)?.verify(self.sender.public())
    }
}

fn body(envelope: &mut DigitalEnvelopeEncrypted) -> &mut SymmetricKeyEncrypted {
    envelope.aes_cipher.as_mut().unwrap()
}

#[test]
fn envelopes_round_trip_in_the_form_of_their_suite() {
    for ends in Ends::all() {
        let envelope = ends.seal();
        let opened = ends.open(&envelope).unwrap();
        assert!(opened.plain.ct_eq(PLAIN));
        assert_eq!(opened.aad, AAD);
        let body = envelope.aes_cipher.as_ref().unwrap();
        let lengths = (body.iv.len(), body.mac.len(), body.cipher.len());
        let expected = match (ends.suite(), ends.protocol) {
            (Suite::Sm, Protocol::Aecs20) => (16, 0, 16),
            (Suite::Modern, _) => (0, 16, PLAIN.len()),
            _ => (12, 16, PLAIN.len()),
        };
        assert_eq!((lengths, opened.protocol), (expected, ends.protocol));
        assert_eq!(envelope.plain_hash, envelope.plain_hash.to_ascii_uppercase());
        assert_eq!(envelope.plain_hash.len(), 64);
        assert_eq!(suite(&envelope), ends.suite());
    }
}

#[test]
fn associated_data_may_be_absent() {
    for ends in Ends::all() {
        let to = ends.receiver.public();
        let envelope = seal(ends.protocol, PURPOSE, to, &ends.sender, b"", PLAIN).unwrap();
        assert_eq!(ends.open(&envelope).unwrap().aad, b"");
    }
}

#[test]
fn empty_plain_text_is_refused() {
    for ends in Ends::all() {
        let to = ends.receiver.public();
        let sealed = seal(ends.protocol, PURPOSE, to, &ends.sender, AAD, b"");
        assert_eq!(sealed, Err(Error::EmptyPlainText));
        assert_eq!(sign_detached(PURPOSE, &ends.sender, b""), Err(Error::EmptyPlainText));
    }
}

#[test]
fn every_missing_part_is_an_error() {
    type Removal = fn(&mut DigitalEnvelopeEncrypted);
    let removals: [(Removal, Error); 5] = [
        (|e| e.aes_cipher = None, Error::MissingPart("cipher text")),
        (|e| body(e).cipher.clear(), Error::MissingPart("cipher text")),
        (|e| e.encrypted_key.clear(), Error::MissingPart("encrypted key")),
        (|e| e.plain_hash.clear(), Error::MissingPart("hash of the plain text")),
        (|e| e.plain_hash_sig.clear(), Error::MissingPart("signature")),
    ];
    for ends in Ends::all() {
        for (remove, expected) in &removals {
            let mut envelope = ends.seal();
            remove(&mut envelope);
            assert_eq!(ends.open(&envelope).err().as_ref(), Some(expected));
        }
        let mut envelope = ends.seal();
        body(&mut envelope).iv = vec![0; 12];
        if ends.suite() == Suite::Modern {
            assert_eq!(ends.open(&envelope).err(), Some(Error::Decryption));
        }
        body(&mut envelope).iv.clear();
        if ends.suite() != Suite::Modern {
            assert_eq!(ends.open(&envelope).err(), Some(Error::Decryption));
        }
    }
}

/// An envelope in an answer counts by the signature of the answer alone.
#[test]
fn an_envelope_within_a_signed_answer_has_no_signature_of_its_own() {
    for ends in Ends::all() {
        let (to, signer) = (ends.receiver.public(), ends.sender.public());
        let signature = ends.sender.sign(Purpose::TA_RESPONSE, b"answer").unwrap();
        let whole =
            || SignedWhole::verify(signer, Purpose::TA_RESPONSE, b"answer", &signature).unwrap();
        let sealed = seal_within(PURPOSE, to, AAD, PLAIN).unwrap();
        assert!(sealed.plain_hash_sig.is_empty());
        let open = |envelope: &DigitalEnvelopeEncrypted| open(PURPOSE, &ends.receiver, envelope);
        let opened = open(&sealed).unwrap().within(&whole()).unwrap();
        assert!(opened.plain.ct_eq(PLAIN) && opened.aad == AAD);
        assert_eq!(opened.protocol, Protocol::Aecs21);
        assert_eq!(seal_within(PURPOSE, to, AAD, b"").err(), Some(Error::EmptyPlainText));

        // By itself it is from nobody, and one with a signature is no part of an answer.
        let alone = open(&sealed).unwrap().verify(signer);
        assert_eq!(alone.err(), Some(Error::MissingPart("signature")));
        let signed = open(&ends.seal()).unwrap().within(&whole());
        assert_eq!(signed.err(), Some(Error::Signature));
        // One of protocol 2.0 is bound to no receiver.
        let mut bare = ends.seal();
        bare.plain_hash_sig.clear();
        if ends.protocol == Protocol::Aecs20 {
            assert_eq!(open(&bare).unwrap().within(&whole()).err(), Some(Error::Signature));
        }
        // It is for one purpose and one receiver.
        let other = KeyPair::generate(ends.suite()).unwrap();
        assert!(super::open(Purpose::TA_LIST, &ends.receiver, &sealed).is_err());
        assert!(super::open(PURPOSE, &other, &sealed).is_err());
    }
    let ends = Ends::all().next().unwrap();
    for (purpose, message) in
        [(Purpose::TA_REQUEST, &b"answer"[..]), (Purpose::TA_RESPONSE, b"other")]
    {
        let signature = ends.sender.sign(Purpose::TA_RESPONSE, b"answer").unwrap();
        let whole = SignedWhole::verify(ends.sender.public(), purpose, message, &signature);
        if message != b"answer" || ends.suite() == Suite::Modern {
            assert_eq!(whole.err(), Some(Error::Signature));
        }
    }
}

#[test]
fn every_part_has_its_length() {
    let ends = Ends::all().find(|e| (e.suite(), e.protocol) == FORMS[1]).unwrap();
    let PublicMaterial::Rsa(to) = ends.receiver.public().material() else { unreachable!() };
    for (key, iv, mac) in
        [(32, 11, 16), (32, 13, 16), (32, 12, 0), (32, 12, 4), (32, 12, 17), (16, 12, 16)]
    {
        let mut envelope = ends.seal();
        if key != 32 {
            envelope.encrypted_key = to.encrypt(&vec![7; key]).unwrap();
        }
        body(&mut envelope).iv.resize(iv, 0);
        body(&mut envelope).mac.resize(mac, 0);
        assert_eq!(ends.open(&envelope).err(), Some(Error::Decryption), "{key} {iv} {mac}");
    }
}

#[test]
fn only_the_receiver_opens_and_only_the_sender_verifies() {
    for ends in Ends::all() {
        let envelope = ends.seal();
        assert_eq!(open(PURPOSE, &ends.sender, &envelope).err(), Some(Error::Decryption));
        let unverified = open(PURPOSE, &ends.receiver, &envelope).unwrap();
        assert_eq!(unverified.aad(), AAD);
        assert_eq!(unverified.verify(ends.receiver.public()).err(), Some(Error::Signature));
    }
}

#[test]
fn a_purpose_is_not_another() {
    for ends in Ends::all().filter(|ends| ends.protocol == Protocol::Aecs21) {
        let envelope = ends.seal();
        let other = Purpose::SERVICE_REQUEST;
        assert_eq!(open(other, &ends.receiver, &envelope).err(), Some(Error::Decryption));
        if ends.suite() != Suite::Modern {
            continue;
        }
        let detached = sign_detached(PURPOSE, &ends.sender, PLAIN).unwrap();
        let verified = verify_detached(other, ends.sender.public(), PLAIN, &detached);
        assert_eq!(verified, Err(Error::Signature));
    }
}

#[test]
fn suites_do_not_mix() {
    let keys = Suite::ALL.map(|suite| KeyPair::generate(suite).unwrap());
    for to in &keys {
        for from in keys.iter().filter(|from| from.suite() != to.suite()) {
            let (expected, found) = (to.suite(), from.suite());
            let mismatch = Error::SuiteMismatch { expected, found };
            let sealed = seal(Protocol::Aecs21, PURPOSE, to.public(), from, AAD, PLAIN);
            assert_eq!(sealed, Err(mismatch.clone()));

            let own = seal(Protocol::Aecs21, PURPOSE, to.public(), to, AAD, PLAIN).unwrap();
            assert_eq!(open(PURPOSE, from, &own).err(), Some(Error::Decryption));
            let unverified = open(PURPOSE, to, &own).unwrap();
            assert_eq!(unverified.verify(from.public()).err(), Some(mismatch));

            let detached = sign_detached(PURPOSE, to, PLAIN).unwrap();
            let verified = verify_detached(PURPOSE, from.public(), PLAIN, &detached);
            assert_eq!(verified, Err(Error::Signature));
        }
    }
}

#[test]
fn protocol_20_never_gets_a_modern_envelope() {
    let pair = KeyPair::generate(Suite::Modern).unwrap();
    let sealed = seal(Protocol::Aecs20, PURPOSE, pair.public(), &pair, AAD, PLAIN);
    assert_eq!(sealed, Err(Error::NotInAecs20(Suite::Modern)));
}

#[test]
fn a_signature_does_not_move_to_another_envelope() {
    for ends in Ends::all().filter(|ends| ends.protocol == Protocol::Aecs21) {
        let (one, mut other) = (ends.seal(), ends.seal());
        assert_ne!(one.plain_hash, other.plain_hash);
        other.plain_hash = one.plain_hash;
        other.plain_hash_sig = one.plain_hash_sig;
        assert_eq!(ends.open(&other).err(), Some(Error::Decryption));
    }
}

/// The receiver of an envelope knows its symmetric key and can encrypt it to somebody else. The
/// sender's signature is then worth nothing in protocol 2.1.
#[test]
fn h17_an_envelope_is_not_sent_on_to_another_receiver() {
    for ends in Ends::all().filter(|ends| ends.suite() != Suite::Modern) {
        let other = KeyPair::generate(ends.suite()).unwrap();
        let mut forwarded = ends.seal();
        let encrypted_key = &forwarded.encrypted_key;
        forwarded.encrypted_key = match (ends.receiver.material(), other.public().material()) {
            (PrivateMaterial::Rsa(me), PublicMaterial::Rsa(to)) => {
                to.encrypt(&me.decrypt(encrypted_key).unwrap()).unwrap()
            }
            (PrivateMaterial::Sm(me), PublicMaterial::Sm(to)) => {
                to.encrypt(&me.decrypt(encrypted_key).unwrap()).unwrap()
            }
            _ => unreachable!(),
        };
        let opened = open(PURPOSE, &other, &forwarded);
        let opened = opened.and_then(|unverified| unverified.verify(ends.sender.public()));
        match ends.protocol {
            Protocol::Aecs20 => assert!(opened.is_ok(), "2.0 is as it was"),
            Protocol::Aecs21 => assert_eq!(opened.err(), Some(Error::Decryption)),
        }
    }
}

#[test]
fn a_bound_hash_needs_a_cipher_that_authenticates() {
    let ends = Ends::all().find(|e| (e.suite(), e.protocol) == FORMS[2]).unwrap();
    let mut envelope = ends.seal();
    let binding = open(PURPOSE, &ends.receiver, &envelope).map(|_| ()).and_then(|()| {
        let PrivateMaterial::Sm(key) = ends.receiver.material() else { unreachable!() };
        let name = ends.receiver.public().fingerprint();
        let body = envelope.aes_cipher.as_ref().unwrap();
        Ok(hybrid::open_sm(key, name, &envelope.encrypted_key, body)?.binding)
    });
    let hash = bound_hash(Suite::Sm, PURPOSE, &binding.unwrap(), PLAIN).into_bytes();
    envelope.plain_hash_sig = ends.sender.sign(PURPOSE, &hash).unwrap();
    envelope.plain_hash = hash;
    assert_eq!(ends.open(&envelope).err(), Some(Error::Decryption));
}

#[test]
fn a_modern_envelope_needs_a_bound_hash() {
    let ends = Ends::all().find(|ends| ends.suite() == Suite::Modern).unwrap();
    let mut envelope = ends.seal();
    let hash = hash_of(Suite::Modern, PLAIN).into_bytes();
    envelope.plain_hash_sig = ends.sender.sign(PURPOSE, &hash).unwrap();
    envelope.plain_hash = hash;
    assert_eq!(ends.open(&envelope).err(), Some(Error::Decryption));
}

#[test]
fn wrong_padding_and_wrong_hash_are_one_error() {
    let ends = Ends::all().find(|e| (e.suite(), e.protocol) == FORMS[2]).unwrap();
    // PLAIN leaves six bytes of padding: the first change breaks it, the second the text.
    for position in [15, 0] {
        let mut envelope = ends.seal();
        body(&mut envelope).iv[position] ^= 1;
        assert_eq!(ends.open(&envelope).err(), Some(Error::Decryption));
    }
}

#[test]
fn a_right_hash_does_not_make_up_for_wrong_padding() {
    let ends = Ends::all().find(|e| (e.suite(), e.protocol) == FORMS[2]).unwrap();
    let to = ends.receiver.public();
    let plain = b"one block, exact";
    let mut envelope = seal(ends.protocol, PURPOSE, to, &ends.sender, AAD, plain).unwrap();
    // Without the second block, which is padding only, the text is the same and not padded.
    body(&mut envelope).cipher.truncate(16);
    assert_eq!(ends.open(&envelope).err(), Some(Error::Decryption));
}

#[test]
fn an_empty_plain_text_of_others_is_refused() {
    let ends = Ends::all().find(|e| (e.suite(), e.protocol) == FORMS[2]).unwrap();
    let PublicMaterial::Sm(key) = ends.receiver.public().material() else { unreachable!() };
    let sealed = hybrid::seal_sm_cbc(key, b"").unwrap();
    let hash = hash_of(Suite::Sm, b"").into_bytes();
    let envelope = DigitalEnvelopeEncrypted {
        aes_cipher: Some(SymmetricKeyEncrypted {
            cipher: sealed.cipher,
            mac: sealed.mac,
            aad: AAD.to_vec(),
            iv: sealed.iv,
        }),
        encrypted_key: sealed.encrypted_key,
        plain_hash_sig: ends.sender.sign(PURPOSE, &hash).unwrap(),
        plain_hash: hash,
    };
    assert_eq!(ends.open(&envelope).err(), Some(Error::Decryption));
}

#[test]
fn cbc_does_not_cover_the_associated_data_and_says_so() {
    for ends in Ends::all() {
        let mut envelope = ends.seal();
        body(&mut envelope).aad = b"service1".to_vec();
        match ends.open(&envelope) {
            Ok(opened) => assert_eq!(opened.protocol, Protocol::Aecs20),
            Err(error) => assert_eq!(error, Error::Decryption),
        }
    }
}

#[test]
fn a_repetition_has_the_same_digest() {
    for ends in Ends::all() {
        let envelope = ends.seal();
        let digest = ends.open(&envelope).unwrap().digest;
        assert_eq!(ends.open(&envelope).unwrap().digest, digest);
        assert_ne!(ends.open(&ends.seal()).unwrap().digest, digest);
        if ends.suite() == Suite::Sm {
            let mut padded = envelope;
            padded.encrypted_key.extend_from_slice(&[0, 0]);
            assert_eq!(ends.open(&padded).unwrap().digest, digest);
        }
    }
}

#[test]
fn detached_signatures_round_trip() {
    for suite in Suite::ALL {
        let signer = KeyPair::generate(suite).unwrap();
        let signed = sign_detached(Purpose::STATUS, &signer, PLAIN).unwrap();
        assert!(signed.aes_cipher.is_none() && signed.encrypted_key.is_empty());
        let bare = signed.plain_hash == hash_of(suite, PLAIN).into_bytes();
        assert_eq!(bare, suite != Suite::Modern, "a modern hash is for one purpose");
        let verify = |plain: &[u8], envelope: &DigitalEnvelopeEncrypted| {
            verify_detached(Purpose::STATUS, signer.public(), plain, envelope)
        };
        assert_eq!(verify(PLAIN, &signed), Ok(()));
        assert_eq!(verify(b"plain texu", &signed), Err(Error::Signature));
        assert_eq!(verify(b"", &signed), Err(Error::EmptyPlainText));

        let mut changed = signed.clone();
        changed.plain_hash.make_ascii_lowercase();
        assert_eq!(verify(PLAIN, &changed), Err(Error::Signature));
        changed.plain_hash.clear();
        assert_eq!(verify(PLAIN, &changed), Err(Error::MissingPart("hash of the plain text")));
        changed = signed.clone();
        changed.plain_hash_sig.clear();
        assert_eq!(verify(PLAIN, &changed), Err(Error::MissingPart("signature")));
        let stranger = KeyPair::generate(suite).unwrap();
        let verified = verify_detached(Purpose::STATUS, stranger.public(), PLAIN, &signed);
        assert_eq!(verified, Err(Error::Signature));
    }
}

#[test]
fn an_envelope_is_not_a_detached_signature() {
    let ends = Ends::all().find(|ends| ends.suite() == Suite::Modern).unwrap();
    let verified = verify_detached(PURPOSE, ends.sender.public(), PLAIN, &ends.seal());
    assert_eq!(verified, Err(Error::Signature));
}

#[test]
fn errors_do_not_quote_what_they_refuse() {
    for ends in Ends::all() {
        let mut envelope = ends.seal();
        envelope.plain_hash = b"PLANTED".to_vec();
        let message = ends.open(&envelope).err().unwrap().to_string();
        assert_eq!(message, "decryption failed");
    }
}

/// The vector in docs/protocol-2.1.md: an answer with an envelope, made once.
#[test]
fn documented_vector() {
    let documentation = include_str!("../../../../docs/protocol-2.1.md");
    let key = |ed25519, x25519| {
        let seeds = [ed25519, x25519].map(|byte| Zeroizing::new([byte; 32]));
        let private = modern::Private::from_seeds(&seeds[0], &seeds[1]).unwrap();
        KeyPair::from_private_pem(private.pem().unwrap().expose()).unwrap()
    };
    let (application, server) = (key(0x61, 0x62), key(0x71, 0x72));
    let part = |name: &str| {
        let row = documentation.lines().find(|line| line.starts_with(&format!("| `{name}` | `")));
        let value = row.and_then(|row| row.split('`').nth(3)).expect("a row of the vector");
        hex::decode(value).unwrap()
    };
    let envelope = DigitalEnvelopeEncrypted {
        encrypted_key: part("encrypted_key"),
        plain_hash: part("plain_hash"),
        aes_cipher: Some(SymmetricKeyEncrypted {
            cipher: part("cipher"),
            mac: part("aes_cipher.mac"),
            aad: vec![5; 16],
            iv: Vec::new(),
        }),
        plain_hash_sig: Vec::new(),
    };
    let answer = Transcript::new("AECS-2.1 TA response")
        .field(b"TaGetSecret")
        .field(&[5; 16])
        .field(b"")
        .field(&[0])
        .field(b"{}");
    assert_eq!(
        server.sign(Purpose::TA_RESPONSE, answer.as_bytes()).unwrap(),
        part("signature"),
        "an Ed25519 signature is always the same"
    );
    let whole = SignedWhole::verify(
        server.public(),
        Purpose::TA_RESPONSE,
        answer.as_bytes(),
        &part("signature"),
    )
    .unwrap();
    let opened = open(Purpose::TA_SECRET, &application, &envelope).unwrap().within(&whole).unwrap();
    assert!(opened.plain.ct_eq(b"hunter2"));
}
