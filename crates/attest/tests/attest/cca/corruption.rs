//! Every part of a token is changed once, and each change is refused by its own check.

use std::time::SystemTime;

use crate::cca::{REPORT_DATA, appraise, genuine};
use crate::support::cbor::{at, changed, decode, encode, sign1, without};
use crate::support::refusal::{Refusal, refusal, refused};
use aecs_attest::Check;
use aecs_sim::{CcaProfile, CcaToken, SimulatedCca};
use ciborium::Value;

const NO_PLATFORM: Refusal =
    Refusal::Unsupported("a CCA token without its platform's part (VirtCCA's are so)");
const TOKEN: Refusal = Refusal::Malformed("CCA token");
const PLATFORM: Refusal = Refusal::Malformed("CCA platform token");
const REALM: Refusal = Refusal::Malformed("CCA realm token");
const KEY: Refusal = Refusal::Malformed("realm key");
const PLATFORM_SIGNATURE: Refusal = Refusal::Untrusted(Check::CCA_PLATFORM_SIGNATURE);
const REALM_SIGNATURE: Refusal = Refusal::Untrusted(Check::CCA_REALM_SIGNATURE);
const REALM_KEY: Refusal = Refusal::Mismatch(Check::CCA_REALM_KEY);

/// Keys of the two tokens.
const OF_PLATFORM: i64 = 44234;
const OF_REALM: i64 = 44241;

type Change = fn(&[u8]) -> Vec<u8>;

fn flip(bytes: &mut Value) {
    *bytes.as_bytes_mut().unwrap().last_mut().unwrap() ^= 1;
}

fn component(claims: &[u8], key: i64, change: fn(&mut Value)) -> Vec<u8> {
    changed(claims, 2399, |v| change(at(&mut v.as_array_mut().unwrap()[1], &key.into())))
}

/// Changes of the claims under a signature that does not fit any more.
const AFTER: &[(&str, i64, Change, Refusal)] = &[
    ("challenge", OF_REALM, |c| changed(c, 10, flip), REALM_SIGNATURE),
    ("personalization", OF_REALM, |c| changed(c, 44235, flip), REALM_SIGNATURE),
    ("initial", OF_REALM, |c| changed(c, 44238, flip), REALM_SIGNATURE),
    (
        "extensible",
        OF_REALM,
        |c| changed(c, 44239, |v| flip(&mut v.as_array_mut().unwrap()[3])),
        REALM_SIGNATURE,
    ),
    ("hash", OF_REALM, |c| changed(c, 44236, |v| *v = "sha-512".into()), REALM_SIGNATURE),
    ("another realm key", OF_REALM, |c| changed(c, 44237, flip), REALM_KEY),
    ("hash of the key", OF_REALM, |c| changed(c, 44240, |v| *v = "sha-512".into()), REALM_KEY),
    ("platform challenge", OF_PLATFORM, |c| changed(c, 10, flip), PLATFORM_SIGNATURE),
    ("implementation id", OF_PLATFORM, |c| changed(c, 2396, flip), PLATFORM_SIGNATURE),
    ("instance id", OF_PLATFORM, |c| changed(c, 256, flip), PLATFORM_SIGNATURE),
    ("configuration", OF_PLATFORM, |c| changed(c, 2401, flip), PLATFORM_SIGNATURE),
    ("lifecycle", OF_PLATFORM, |c| changed(c, 2395, |v| *v = 0x3000.into()), PLATFORM_SIGNATURE),
    ("measurement", OF_PLATFORM, |c| component(c, 2, flip), PLATFORM_SIGNATURE),
    ("signer", OF_PLATFORM, |c| component(c, 5, flip), PLATFORM_SIGNATURE),
    ("version", OF_PLATFORM, |c| component(c, 4, |v| *v = "9".into()), PLATFORM_SIGNATURE),
    ("service", OF_PLATFORM, |c| changed(c, 2400, |v| *v = "x".into()), PLATFORM_SIGNATURE),
];

/// Claims that have another form, under a signature that holds.
const BEFORE: &[(&str, i64, Change, Refusal)] = &[
    ("no profile", OF_PLATFORM, |c| without(c, 265), Refusal::Malformed("CCA platform token")),
    (
        "profile",
        OF_PLATFORM,
        |c| changed(c, 265, |v| *v = "x".into()),
        Refusal::Unsupported(r#"CCA platform profile "x""#),
    ),
    ("no hash", OF_PLATFORM, |c| without(c, 2402), Refusal::Malformed("CCA platform token")),
    (
        "hash",
        OF_PLATFORM,
        |c| changed(c, 2402, |v| *v = "md5".into()),
        Refusal::Unsupported(r#"hash "md5""#),
    ),
    ("no challenge", OF_PLATFORM, |c| without(c, 10), PLATFORM),
    ("challenge", OF_PLATFORM, |c| changed(c, 10, |v| *v = Value::Bytes(vec![1; 33])), PLATFORM),
    ("other challenge", OF_PLATFORM, |c| changed(c, 10, flip), REALM_KEY),
    ("no implementation id", OF_PLATFORM, |c| without(c, 2396), PLATFORM),
    ("no instance id", OF_PLATFORM, |c| without(c, 256), PLATFORM),
    (
        "instance id of another kind",
        OF_PLATFORM,
        |c| changed(c, 256, |v| v.as_bytes_mut().unwrap()[0] = 2),
        PLATFORM,
    ),
    ("no configuration", OF_PLATFORM, |c| without(c, 2401), PLATFORM),
    ("no lifecycle", OF_PLATFORM, |c| without(c, 2395), PLATFORM),
    ("lifecycle", OF_PLATFORM, |c| changed(c, 2395, |v| *v = 0x13000.into()), PLATFORM),
    ("negative lifecycle", OF_PLATFORM, |c| changed(c, 2395, |v| *v = (-1).into()), PLATFORM),
    ("no components", OF_PLATFORM, |c| without(c, 2399), PLATFORM),
    ("empty", OF_PLATFORM, |c| changed(c, 2399, |v| *v = Value::Array(vec![])), PLATFORM),
    ("measurement", OF_PLATFORM, |c| component(c, 2, |v| *v = Value::Bytes(vec![1])), PLATFORM),
    ("signer", OF_PLATFORM, |c| component(c, 5, |v| *v = "x".into()), PLATFORM),
    ("kind", OF_PLATFORM, |c| component(c, 1, |v| *v = 1.into()), PLATFORM),
    ("list", OF_PLATFORM, |_| vec![0x80], PLATFORM),
    ("key twice", OF_PLATFORM, |_| vec![0xA2, 1, 1, 1, 1], PLATFORM),
    (
        "other profile",
        OF_REALM,
        |c| changed(c, 265, |v| *v = "x".into()),
        Refusal::Unsupported(r#"CCA realm profile "x""#),
    ),
    (
        "profile of a kind",
        OF_REALM,
        |c| changed(c, 265, |v| *v = 1.into()),
        Refusal::Malformed("CCA realm token"),
    ),
    (
        "hash",
        OF_REALM,
        |c| changed(c, 44236, |v| *v = "sha-1".into()),
        Refusal::Unsupported(r#"hash "sha-1""#),
    ),
    (
        "key hash",
        OF_REALM,
        |c| changed(c, 44240, |v| *v = "sha-1".into()),
        Refusal::Unsupported(r#"hash "sha-1""#),
    ),
    ("no key hash", OF_REALM, |c| without(c, 44240), REALM),
    ("no challenge", OF_REALM, |c| without(c, 10), REALM),
    ("challenge", OF_REALM, |c| changed(c, 10, |v| *v = Value::Bytes(vec![1; 32])), REALM),
    ("no personalization", OF_REALM, |c| without(c, 44235), REALM),
    ("no initial", OF_REALM, |c| without(c, 44238), REALM),
    ("no extensible", OF_REALM, |c| without(c, 44239), REALM),
    ("three", OF_REALM, |c| changed(c, 44239, |v| drop(v.as_array_mut().unwrap().pop())), REALM),
    ("no key", OF_REALM, |c| without(c, 44237), REALM),
    // The form of the key is the profile's: the platform names the same claim, and it is no point.
    ("no profile", OF_REALM, |c| without(c, 265), KEY),
];

/// A token with a change of one of its parts.
fn with_part(token: &[u8], key: i64, change: impl FnOnce(&mut Vec<Value>)) -> Vec<u8> {
    let mut token = decode(token);
    let Value::Tag(399, collection) = &mut token else { panic!("{token:?}") };
    let part = at(collection, &key.into());
    let mut message = decode(part.as_bytes().unwrap());
    change(sign1(&mut message));
    *part = Value::Bytes(encode(&message));
    encode(&token)
}

fn claims(token: &[u8], key: i64) -> Vec<u8> {
    let mut claims = Vec::new();
    with_part(token, key, |parts| claims = parts[2].as_bytes().unwrap().clone());
    claims
}

fn with_message(token: &[u8], key: i64, message: Vec<u8>) -> Vec<u8> {
    let mut token = decode(token);
    let Value::Tag(_, collection) = &mut token else { panic!("{token:?}") };
    *at(collection, &key.into()) = Value::Bytes(message);
    encode(&token)
}

#[test]
fn every_change_is_refused_by_its_own_check() {
    let cca = SimulatedCca::new().unwrap();
    let genuine = genuine(&cca);
    appraise(&cca, &genuine).unwrap();
    let refused = |name: &str, token: &[u8], expected: &Refusal| {
        refused(name, appraise(&cca, token), expected);
    };
    for (name, key, change, expected) in AFTER {
        let token = with_part(&genuine, *key, |parts| {
            parts[2] = Value::Bytes(change(parts[2].as_bytes().unwrap()));
        });
        refused(name, &token, expected);
    }
    for (name, key, change, expected) in BEFORE {
        let claims = change(&claims(&genuine, *key));
        let message = match *key {
            OF_PLATFORM => cca.sign_platform(claims),
            _ => cca.sign_realm(claims),
        };
        refused(name, &with_message(&genuine, *key, message.unwrap()), expected);
    }
    for (key, signature, malformed) in
        [(OF_PLATFORM, PLATFORM_SIGNATURE, PLATFORM), (OF_REALM, REALM_SIGNATURE, REALM)]
    {
        let with = |change: fn(&mut Vec<Value>)| with_part(&genuine, key, change);
        refused("signature", &with(|parts| flip(&mut parts[3])), &signature);
        refused("zeros", &with(|parts| parts[3] = Value::Bytes(vec![0; 96])), &signature);
        let short = |parts: &mut Vec<Value>| parts[3].as_bytes_mut().unwrap().truncate(95);
        refused("short", &with(short), &malformed);
        refused("header", &with(|parts| parts[0] = Value::Bytes(vec![0xA0])), &malformed);
        // {1: -35, 4: h'01'}: another header than the one that was signed.
        let key_id = [0xA2, 0x01, 0x38, 0x22, 0x04, 0x41, 0x01];
        let header = with_part(&genuine, key, |parts| parts[0] = Value::Bytes(key_id.to_vec()));
        refused("key id", &header, &signature);
        refused("no message", &with_message(&genuine, key, vec![]), &malformed);
        refused(
            "missing",
            &{
                let Value::Tag(tag, collection) = decode(&genuine) else { panic!() };
                encode(&Value::Tag(tag, Box::new(decode(&without(&encode(&collection), key)))))
            },
            match key {
                OF_PLATFORM => &NO_PLATFORM,
                _ => &TOKEN,
            },
        );
    }
    let mut untagged = genuine.clone();
    untagged.drain(..3);
    refused("no tag", &untagged, &TOKEN);
    refused("a byte more", &[genuine.as_slice(), &[0]].concat(), &TOKEN);
    refused("a byte less", &genuine[..genuine.len() - 1], &TOKEN);
    refused("nothing", &[], &TOKEN);
    refused("too long", &vec![0; 16 * 1024 + 3], &Refusal::TooLarge("CCA token"));
}

#[test]
fn the_unprotected_header_decides_nothing() {
    let cca = SimulatedCca::new().unwrap();
    let hint = Value::Map(vec![(4.into(), Value::Bytes(vec![1]))]);
    let token = with_part(&genuine(&cca), OF_PLATFORM, |parts| parts[1] = hint);
    appraise(&cca, &token).unwrap();
}

#[test]
fn swapped_parts_are_refused() {
    let (one, two) = (SimulatedCca::new().unwrap(), SimulatedCca::new().unwrap());
    let (ours, theirs) = (genuine(&one), genuine(&two));
    let part = |token: &[u8], key: i64| {
        let Value::Tag(_, mut collection) = decode(token) else { panic!() };
        at(&mut collection, &key.into()).as_bytes().unwrap().clone()
    };
    // A realm of another platform.
    let token = with_message(&ours, OF_REALM, part(&theirs, OF_REALM));
    let error = appraise(&one, &token).unwrap_err();
    assert_eq!(refusal(&error), REALM_KEY, "{error:?}");
    // The platform of another realm: its key is not the one that is trusted.
    let token = with_message(&ours, OF_PLATFORM, part(&theirs, OF_PLATFORM));
    let error = appraise(&one, &token).unwrap_err();
    assert_eq!(refusal(&error), PLATFORM_SIGNATURE, "{error:?}");
    // Each token in the other's place.
    let token = with_message(&ours, OF_REALM, part(&ours, OF_PLATFORM));
    let error = appraise(&one, &with_message(&token, OF_PLATFORM, part(&ours, OF_REALM)));
    let other = r#"CCA platform profile "tag:arm.com,2023:realm#1.0.0""#;
    assert_eq!(refusal(&error.unwrap_err()), Refusal::Unsupported(other));
    // Claims signed by the platform's key in place of the realm's, and the other way round.
    let forged = one.sign_platform(claims(&ours, OF_REALM)).unwrap();
    let error = appraise(&one, &with_message(&ours, OF_REALM, forged)).unwrap_err();
    assert_eq!(refusal(&error), REALM_SIGNATURE, "{error:?}");
    let forged = one.sign_realm(claims(&ours, OF_PLATFORM)).unwrap();
    let error = appraise(&one, &with_message(&ours, OF_PLATFORM, forged)).unwrap_err();
    assert_eq!(refusal(&error), PLATFORM_SIGNATURE, "{error:?}");
}

#[test]
fn the_platform_has_to_name_the_realms_key() {
    let cca = SimulatedCca::new().unwrap();
    for profile in [CcaProfile::Legacy, CcaProfile::V1, CcaProfile::V2] {
        let token = CcaToken {
            profile,
            platform_challenge: Some(vec![7; 32]),
            ..CcaToken::new(REPORT_DATA)
        };
        let error = appraise(&cca, &cca.token(&token).unwrap()).unwrap_err();
        assert_eq!(refusal(&error), REALM_KEY, "{error:?}");
    }
}

#[test]
fn bytes_count_everywhere() {
    let cca = SimulatedCca::new_p256().unwrap();
    let genuine = genuine(&cca);
    let verifier = crate::cca::verifier(cca.cpak_der());
    for at in 0..genuine.len() {
        let mut token = genuine.clone();
        token[at] ^= 0x40;
        let result = verifier.appraise(&SimulatedCca::report(&token), SystemTime::now());
        assert!(result.is_err(), "byte {at}");
    }
}
