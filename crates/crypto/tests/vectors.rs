//! Envelopes that the original AECS 2.0 made, and requests that its tools sent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a skipped one must say so"
)]

#[path = "support/vectors.rs"]
mod vectors;

use aecs_crypto::{Error, KeyPair, Protocol, PublicKey, Purpose, Suite, Transcript, envelope};
use aecs_proto::{AdminRemoteCallRequest, DigitalEnvelopeEncrypted, TaRemoteCallRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use serde_json::Value;
use vectors::{RSA_SECTIONS, SM_SECTIONS, bytes, list, load, text};

/// The two keys of a section's envelopes.
struct Keys {
    receiver: KeyPair,
    sender: KeyPair,
}

impl Keys {
    fn of(section: &Value) -> Self {
        let pair = |private: &str, public: &str| {
            let pair = KeyPair::from_private_pem(text(section, private)).unwrap();
            // The public text that we derive is the one that AECS 2.0 writes.
            assert_eq!(pair.public().pem(), text(section, public));
            pair
        };
        Self {
            receiver: pair("encrypt_private_pem", "encrypt_public_pem"),
            sender: pair("sign_private_pem", "sign_public_pem"),
        }
    }

    fn open(&self, envelope: &DigitalEnvelopeEncrypted) -> Result<envelope::Opened, Error> {
        // The suites of AECS 2.0 do not know purposes: any will do.
        envelope::open(Purpose::STATUS, &self.receiver, envelope)?.verify(self.sender.public())
    }
}

fn sections() -> Option<Vec<Value>> {
    let vectors = load("aecs_wire_vectors.json")?;
    let names = RSA_SECTIONS.into_iter().chain(SM_SECTIONS);
    Some(names.map(|name| vectors[name]["envelope"].clone()).collect())
}

fn decode(case: &Value) -> DigitalEnvelopeEncrypted {
    DigitalEnvelopeEncrypted::decode(bytes(case, "protobuf_hex").as_slice()).unwrap()
}

#[test]
fn every_envelope_opens() {
    let Some(sections) = sections() else { return };
    for section in &sections {
        let keys = Keys::of(section);
        for case in list(section, "cases") {
            let envelope = decode(case);
            let opened = keys.open(&envelope).unwrap_or_else(|e| panic!("{}: {e}", case["label"]));
            assert!(opened.plain.ct_eq(&bytes(case, "plain_hex")));
            assert_eq!(opened.aad, bytes(case, "aad_hex"));
            assert_eq!(opened.protocol, Protocol::Aecs20);
            // The digest covers the symmetric key, which is known here.
            let digest = Transcript::new("AECS-2.1 replay")
                .field(&bytes(case, "symmetric_key_hex"))
                .field(&bytes(case, "iv_hex"))
                .field(&bytes(case, "cipher_hex"))
                .sha256();
            assert_eq!(opened.digest, digest);
        }
    }
}

/// What we make of a negative case.
enum Outcome {
    /// Refused, and nothing else would do.
    Refused,
    /// Accepted, as by AECS 2.0.
    Accepted,
    /// SM4-CBC authenticates no associated data, and has no tag that could be missing: accepted
    /// there, as by AECS 2.0.
    RefusedUnlessCbc,
}

fn negative(case: &str, keys: &Keys, good: &Value) -> (Outcome, Result<envelope::Opened, Error>) {
    let mut envelope = decode(good);
    let body = envelope.aes_cipher.as_mut().unwrap();
    let outcome = match case {
        "encrypt empty plain" => {
            let to = keys.receiver.public();
            let sealed =
                envelope::seal(Protocol::Aecs20, Purpose::STATUS, to, &keys.sender, b"", b"");
            return (Outcome::Refused, sealed.and_then(|envelope| keys.open(&envelope)));
        }
        "encrypt empty pubkey" => {
            return (Outcome::Refused, PublicKey::from_pem("").and_then(|_| keys.open(&envelope)));
        }
        "verify: other key" => {
            let opened = envelope::open(Purpose::STATUS, &keys.receiver, &envelope).unwrap();
            return (Outcome::Refused, opened.verify(keys.receiver.public()));
        }
        "verify: signature made directly over plain (single hash)" => {
            envelope.plain_hash_sig =
                keys.sender.sign(Purpose::STATUS, &bytes(good, "plain_hex")).unwrap();
            Outcome::Refused
        }
        "verify: lower-case plain_hash (same signature)" => {
            envelope.plain_hash.make_ascii_lowercase();
            Outcome::Refused
        }
        "verify: empty signature" => {
            envelope.plain_hash_sig.clear();
            Outcome::Refused
        }
        "verify: empty plain_hash" => {
            envelope.plain_hash.clear();
            Outcome::Refused
        }
        // AECS 2.0 ignores the tag in its SM suite; here a tag means SM4-GCM.
        "decrypt: wrong mac" => {
            body.mac = vec![0; 16];
            Outcome::Refused
        }
        "decrypt: empty mac" => {
            body.mac.clear();
            Outcome::RefusedUnlessCbc
        }
        "decrypt: changed aad" => {
            body.aad.push(b'x');
            Outcome::RefusedUnlessCbc
        }
        "decrypt: removed aad" => {
            body.aad.clear();
            Outcome::RefusedUnlessCbc
        }
        "decrypt: receiver uses a different envelope name (aad in message wins)" => {
            Outcome::Accepted
        }
        "decrypt: iv one byte too long" => {
            body.iv.push(0);
            Outcome::Refused
        }
        // AECS 2.0 ignores anything behind an SM2 cipher text.
        "decrypt: 3 trailing zero bytes on encrypted_key" => {
            envelope.encrypted_key.extend_from_slice(&[0; 3]);
            Outcome::Refused
        }
        other => panic!("unknown negative case: {other}"),
    };
    (outcome, keys.open(&envelope))
}

#[test]
fn negative_cases_are_refused() {
    let Some(sections) = sections() else { return };
    for section in &sections {
        let keys = Keys::of(section);
        let cbc = keys.receiver.suite() == Suite::Sm;
        let good = &list(section, "cases")[0];
        for case in list(section, "negative") {
            let name = text(case, "case");
            let (outcome, result) = negative(name, &keys, good);
            let accepted = match outcome {
                Outcome::Refused => false,
                Outcome::Accepted => true,
                Outcome::RefusedUnlessCbc => cbc,
            };
            assert_eq!(result.is_ok(), accepted, "{name}");
            // Never laxer than AECS 2.0.
            assert!(case["accepted"].as_bool().unwrap() || !accepted, "{name}");
            if let Ok(opened) = result {
                assert_eq!(opened.protocol, Protocol::Aecs20, "{name}");
            }
        }
    }
}

#[test]
fn recorded_admin_requests_open_and_verify() {
    let Some(recorded) = load("admin_requests.json") else { return };
    let keys = &recorded["keys"];
    let server = KeyPair::from_private_pem(text(keys, "server_private_pem")).unwrap();
    assert_eq!(server.public().pem(), text(keys, "server_public_pem"));
    let admin = PublicKey::from_pem(text(keys, "aecs_admin_public_pem")).unwrap();
    let service = PublicKey::from_pem(text(keys, "service_admin_public_pem")).unwrap();

    let mut opened_requests = 0;
    for request in list(&recorded, "requests") {
        if !text(request, "rpc").ends_with("AdminRemoteCall") {
            continue;
        }
        let bytes = bytes(request, "request_protobuf_hex");
        let envelope = AdminRemoteCallRequest::decode(bytes.as_slice()).unwrap().req_enc.unwrap();
        let unverified = envelope::open(Purpose::ADMIN_REQUEST, &server, &envelope).unwrap();
        assert_eq!(unverified.aad(), text(request, "aad").as_bytes());
        let (signer, other) = match unverified.aad() {
            b"Enclave" => (&admin, &service),
            _ => (&service, &admin),
        };
        let opened = unverified.verify(signer).unwrap();
        assert!(opened.plain.ct_eq(text(request, "envelope_plain").as_bytes()));
        let again = envelope::open(Purpose::ADMIN_REQUEST, &server, &envelope).unwrap();
        assert_eq!(again.verify(other).err(), Some(Error::Signature));
        opened_requests += 1;
    }
    assert!(opened_requests >= 25, "{opened_requests} requests");
}

#[test]
fn recorded_ta_requests_verify() {
    let Some(recorded) = load("admin_requests.json") else { return };
    let mut verified_requests = 0;
    for request in list(&recorded, "requests") {
        if !text(request, "rpc").ends_with("TaRemoteCall") {
            continue;
        }
        let bytes = bytes(request, "request_protobuf_hex");
        let call = TaRemoteCallRequest::decode(bytes.as_slice()).unwrap();
        let key = PublicKey::from_pem(&call.auth_report.unwrap().pem_public_key).unwrap();
        let signature = STANDARD.decode(call.signature_b64).unwrap();
        assert_eq!(key.verify(Purpose::TA_REQUEST, call.req_json.as_bytes(), &signature), Ok(()));
        assert_eq!(key.verify(Purpose::TA_REQUEST, b"{}", &signature), Err(Error::Signature));
        let bound = text(request, "report_data_hex")[64..].to_uppercase();
        assert_eq!(key.fingerprint().to_string(), bound);
        verified_requests += 1;
    }
    assert!(verified_requests >= 4, "{verified_requests} requests");
}
