use proptest::prelude::*;

use super::*;
use crate::sha256;

const TERMS: Terms = Terms { evidence_until_ms: 1_700_000_000_000, lifetime_ms: 600_000 };

fn hash(byte: u8) -> KeyHash {
    KeyHash::from_bytes([byte; 32])
}

fn parties() -> Parties<'static> {
    Parties {
        application: hash(1),
        server: hash(2),
        deployment: &[3; 32],
        boot_nonce: &[4; 32],
        nonce: &[5; 16],
    }
}

fn begun() -> (ServerEnd, ClientEnd) {
    let share = Share::generate().unwrap();
    let (server, offered) = ServerEnd::begin(share.public(), parties(), TERMS).unwrap();
    (server, share.begin(parties(), &offered).unwrap())
}

fn state() -> DeploymentState {
    DeploymentState { epoch: 7, chain: vec![8; 32], settings_revision: 9 }
}

fn answer(secret: &str) -> TaSessionAnswer {
    TaSessionAnswer { res_json: "{}".into(), secret: secret.into(), state: Some(state()) }
}

fn ask(client: &ClientEnd) -> (TaSessionCallRequest, Asked) {
    client.ask("TaGetSecret", r#"{"a":1}"#.into(), Some(state())).unwrap()
}

#[test]
fn what_one_end_says_the_other_understands() {
    let (server, client) = begun();
    for number in 1..5 {
        let (request, asked) = ask(&client);
        assert_eq!(request.counter, number);
        let accepted = server.accept(&request).unwrap();
        let response = server.seal(&accepted, &answer("hunter2")).unwrap();
        let opened = client.open(&asked, &response).unwrap();
        assert!(*opened == answer("hunter2"));
    }
}

#[test]
fn a_replayed_request_is_refused_and_so_is_an_old_one() {
    let (server, client) = begun();
    let requests: Vec<_> = (0..1025).map(|_| ask(&client).0).collect();
    assert!(server.accept(&requests[0]).is_ok());
    assert_eq!(server.accept(&requests[0]).err(), Some(Refused::Replayed));
    assert!(server.accept(&requests[1024]).is_ok());
    for request in &requests[1..1024] {
        assert!(server.accept(request).is_ok(), "{}", request.counter);
        assert_eq!(server.accept(request).err(), Some(Refused::Replayed));
    }
    let (server, client) = begun();
    let requests: Vec<_> = (0..1025).map(|_| ask(&client).0).collect();
    assert!(server.accept(&requests[1024]).is_ok());
    assert_eq!(server.accept(&requests[0]).err(), Some(Refused::Replayed), "outside the window");
    assert!(server.accept(&requests[1]).is_ok(), "the last one in the window");
}

#[test]
fn every_field_of_a_request_is_covered() {
    let (server, client) = begun();
    let (good, _) = ask(&client);
    let changes: [fn(&mut TaSessionCallRequest); 13] = [
        |request| request.session_id[0] ^= 1,
        |request| request.session_id.clear(),
        |request| request.counter += 1,
        |request| request.counter = 0,
        |request| request.function_name = "TaListSecret".into(),
        |request| request.req_json = r#"{"a":2}"#.into(),
        |request| request.req_json.clear(),
        |request| request.remembered = None,
        |request| request.remembered.as_mut().unwrap().epoch -= 1,
        |request| request.remembered.as_mut().unwrap().settings_revision -= 1,
        |request| request.mac[31] ^= 1,
        |request| request.mac.truncate(31),
        |request| request.mac.clear(),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut changed = good.clone();
        change(&mut changed);
        assert_eq!(server.accept(&changed).err(), Some(Refused::Forged), "{index}");
    }
    // Text that moves from one field to the next is another request.
    let mut moved = good.clone();
    moved.function_name.push('{');
    moved.req_json.remove(0);
    assert_eq!(server.accept(&moved).err(), Some(Refused::Forged));
    // Refused requests have used up no counter.
    assert!(server.accept(&good).is_ok());
}

#[test]
fn a_request_is_for_one_session() {
    let (server, _) = begun();
    let (other, client) = begun();
    let (request, _) = ask(&client);
    assert_eq!(server.accept(&request).err(), Some(Refused::Forged));
    let mut renamed = request.clone();
    renamed.session_id = server.id().to_vec();
    assert_eq!(server.accept(&renamed).err(), Some(Refused::Forged));
    assert!(other.accept(&request).is_ok());
}

#[test]
fn an_answer_is_for_one_request() {
    let (server, client) = begun();
    let (first, asked_first) = ask(&client);
    let (second, asked_second) = ask(&client);
    let first = server.seal(&server.accept(&first).unwrap(), &answer("one")).unwrap();
    let second = server.seal(&server.accept(&second).unwrap(), &answer("two")).unwrap();
    for (asked, swapped) in [(&asked_first, &second), (&asked_second, &first)] {
        assert_eq!(client.open(asked, swapped).err(), Some(Error::Decryption));
    }
    assert_eq!(client.open(&asked_first, &first).unwrap().secret, "one");
    // Of another session, whose counters are the same.
    let (_, other) = begun();
    let (_, asked) = ask(&other);
    assert_eq!(other.open(&asked, &first).err(), Some(Error::Decryption));

    for i in 0..first.sealed.len() {
        let mut changed = first.clone();
        changed.sealed[i] ^= 1;
        assert_eq!(client.open(&asked_first, &changed).err(), Some(Error::Decryption));
        changed.sealed.truncate(i);
        assert_eq!(client.open(&asked_first, &changed).err(), Some(Error::Decryption));
    }
    for i in 0..RANDOM_BYTES {
        let mut changed = first.clone();
        changed.random[i] ^= 1;
        assert_eq!(client.open(&asked_first, &changed).err(), Some(Error::Decryption));
        changed.random.truncate(i);
        assert_eq!(client.open(&asked_first, &changed).err(), Some(Error::Decryption));
    }
}

#[test]
fn an_answer_is_no_request_and_a_request_no_answer() {
    let (server, client) = begun();
    let (request, asked) = ask(&client);
    let response = server.seal(&server.accept(&request).unwrap(), &answer("one")).unwrap();
    // The answer, sent back in place of a request: as the code of it, and as its content.
    for mac in [&response.random, &response.sealed] {
        let reflected = TaSessionCallRequest {
            counter: 2,
            req_json: hex::encode(&response.sealed),
            mac: mac.clone(),
            ..request.clone()
        };
        assert_eq!(server.accept(&reflected).err(), Some(Refused::Forged));
    }
    // The request, sent back in place of its answer.
    let mac = request.mac.clone();
    for sealed in [mac.clone(), request.encode_to_vec()] {
        let reflected = TaSessionCallResponse { random: mac.clone(), sealed };
        assert_eq!(client.open(&asked, &reflected).err(), Some(Error::Decryption));
    }
}

#[test]
fn both_ends_need_the_same_of_everything() {
    let other = Parties { application: hash(9), ..parties() };
    let swapped = Parties { application: hash(2), server: hash(1), ..parties() };
    let cases = [
        other,
        swapped,
        Parties { server: hash(9), ..parties() },
        Parties { deployment: &[9; 32], ..parties() },
        Parties { boot_nonce: &[9; 32], ..parties() },
        Parties { nonce: &[9; 16], ..parties() },
        Parties { nonce: &[5; 15], ..parties() },
    ];
    for client_sees in cases {
        let share = Share::generate().unwrap();
        let (server, offered) = ServerEnd::begin(share.public(), parties(), TERMS).unwrap();
        let client = share.begin(client_sees, &offered).unwrap();
        let (request, _) = ask(&client);
        assert_eq!(server.accept(&request).err(), Some(Refused::Forged), "{client_sees:?}");
    }
    let changes: [fn(&mut TaSession); 4] = [
        |offered| offered.id[0] ^= 1,
        |offered| offered.share[0] ^= 1,
        |offered| offered.evidence_until_ms += 1,
        |offered| offered.lifetime_ms += 1,
    ];
    for change in changes {
        let share = Share::generate().unwrap();
        let (server, mut offered) = ServerEnd::begin(share.public(), parties(), TERMS).unwrap();
        change(&mut offered);
        let client = share.begin(parties(), &offered).unwrap();
        let mut request = ask(&client).0;
        request.session_id = server.id().to_vec();
        assert_eq!(server.accept(&request).err(), Some(Refused::Forged));
    }
}

#[test]
fn shares_that_are_no_keys_begin_nothing() {
    // Points of small order: the exchange would have the same result for everybody (RFC 7748, 6.1).
    let mut one = [0; 32];
    one[0] = 1;
    for share in [&[0; 32][..], &one, &[], &[1; 31], &[1; 33]] {
        let begun = ServerEnd::begin(share, parties(), TERMS);
        assert_eq!(begun.err(), Some(Error::MalformedKey("share of the application")));
        let own = Share::generate().unwrap();
        let offered = TaSession { id: vec![1; 16], share: share.to_vec(), ..TaSession::default() };
        let begun = own.begin(parties(), &offered);
        assert_eq!(begun.err(), Some(Error::MalformedKey("share of the server")));
    }
    let unnamed = TaSession { id: vec![1; 15], share: vec![9; 32], ..TaSession::default() };
    let begun = Share::generate().unwrap().begin(parties(), &unnamed);
    assert_eq!(begun.err(), Some(Error::MissingPart("session id")));
}

#[test]
fn the_same_answer_never_looks_the_same() {
    let (server, client) = begun();
    let accepted = server.accept(&ask(&client).0).unwrap();
    let one = server.seal(&accepted, &answer("one")).unwrap();
    let other = server.seal(&accepted, &answer("one")).unwrap();
    assert_ne!(one.random, other.random);
    assert_ne!(one.sealed, other.sealed);
}

/// The vectors in docs/protocol-2.1.md.
#[test]
fn documented_vectors() {
    let documentation = include_str!("../../../../docs/protocol-2.1.md");
    let mut missing = Vec::new();
    let mut is_there = |what: &str, value: &[u8]| {
        let value = hex::encode(value);
        if !documentation.contains(&value) {
            missing.push(format!("{what} is {value}"));
        }
    };
    let share = Share(hpke::PrivateKey::from_bytes(&[0x11; 32]).unwrap());
    let ephemeral = PrivateKey::from_private_key(&X25519, &[0x22; 32]).unwrap();
    let (id, public) = ([0x33; 16], *share.public());
    let (server, offered) =
        ServerEnd::begin_from(&ephemeral, id, &public, parties(), TERMS).unwrap();
    let keys =
        share.0.export(&offered.share, info(parties(), &id, TERMS).as_bytes(), EXPORTS).unwrap();
    let client = share.begin(parties(), &offered).unwrap();
    is_there("the application's share", &public);
    is_there("the server's share", &offered.share);
    is_there("the digest of info", &sha256(info(parties(), &id, TERMS).as_bytes()));
    is_there("the key of requests", keys[0].as_slice());
    is_there("the key of answers", keys[1].as_slice());
    let (request, asked) = ask(&client);
    is_there("the code of the request", &request.mac);
    let accepted = server.accept(&request).unwrap();
    let response = server.seal_under(&[0x44; 32], &accepted, &answer("hunter2")).unwrap();
    is_there("the answer", &response.sealed);
    assert!(missing.is_empty(), "{missing:#?}");
    assert_eq!(client.open(&asked, &response).unwrap().secret, "hunter2");
}

/// The exchange against another implementation of HPKE.
#[test]
fn another_implementation_exports_the_same_keys() {
    use ::hpke::{Deserializable as _, Kem as _, OpModeR, Serializable as _};
    type Kem = ::hpke::kem::X25519HkdfSha256;
    let (private, public) = Kem::derive_keypair(&[0x55; 32]);
    let (server, offered) = ServerEnd::begin(&public.to_bytes(), parties(), TERMS).unwrap();
    let enc = <Kem as ::hpke::Kem>::EncappedKey::from_bytes(&offered.share).unwrap();
    let context = ::hpke::setup_receiver::<::hpke::aead::AesGcm256, ::hpke::kdf::HkdfSha256, Kem>(
        &OpModeR::Base,
        &private,
        &enc,
        info(parties(), server.id(), TERMS).as_bytes(),
    )
    .unwrap();
    let mut keys = [hpke::Exported::new([0; 32]), hpke::Exported::new([0; 32])];
    for (key, label) in keys.iter_mut().zip(EXPORTS) {
        context.export(label, key.as_mut_slice()).unwrap();
    }
    let client = ClientEnd { id: *server.id(), keys: Keys::new(&keys), next: AtomicU64::new(1) };
    let (request, asked) = ask(&client);
    let response = server.seal(&server.accept(&request).unwrap(), &answer("one")).unwrap();
    assert_eq!(client.open(&asked, &response).unwrap().secret, "one");
}

proptest! {
    /// Whatever is sent: nothing that the other end has not made is accepted, and nothing panics.
    #[test]
    fn arbitrary_messages_are_refused(
        counter in any::<u64>(),
        function in ".{0,20}",
        json in ".{0,40}",
        mac in prop::collection::vec(any::<u8>(), 0..40),
        random in prop::collection::vec(any::<u8>(), 0..40),
        sealed in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let (server, client) = begun();
        let request = TaSessionCallRequest {
            session_id: server.id().to_vec(),
            counter,
            function_name: function,
            req_json: json,
            remembered: None,
            mac,
        };
        prop_assert_eq!(server.accept(&request).err(), Some(Refused::Forged));
        let (_, asked) = ask(&client);
        let response = TaSessionCallResponse { random, sealed };
        prop_assert!(client.open(&asked, &response).is_err());
    }
}
