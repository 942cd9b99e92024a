//! Every part of a document is changed once, and each change is refused by its own check.

use std::time::{Duration, SystemTime};

use crate::nitro::{REPORT_DATA, appraise, appraise_at, genuine};
use crate::support::cbor::{at, changed, decode, encode, sign1, without};
use crate::support::refusal::{Refusal, refusal, refused};
use aecs_attest::{Check, Endorsement};
use aecs_sim::{CertificateSpec, NitroDocument, SimulatedNitro};
use ciborium::Value;

const DAY: Duration = Duration::from_secs(24 * 3600);
const DOCUMENT: Refusal = Refusal::Malformed("Nitro document");
const CHAIN: Refusal = Refusal::Untrusted(Check::CERTIFICATE_CHAIN);
const SIGNATURE: Refusal = Refusal::Untrusted(Check::NITRO_SIGNATURE);
const ROOT: Refusal = Refusal::Root(Endorsement::NITRO_CHAIN);
const MALFORMED_CHAIN: Refusal = Refusal::Malformed("certificate chain of the Nitro document");

fn flip(bytes: &mut Value) {
    *bytes.as_bytes_mut().unwrap().last_mut().unwrap() ^= 1;
}

type Change = fn(&[u8]) -> Vec<u8>;

/// Changes of the payload after it was signed: it is not what was signed any more.
const AFTER: &[(&str, Change, Refusal)] = &[
    ("module id", |p| changed(p, "module_id", |v| *v = "i-1".into()), SIGNATURE),
    ("time", |p| changed(p, "timestamp", |v| *v = 1_700_000_000_000_u64.into()), SIGNATURE),
    ("image", |p| changed(p, "pcrs", |v| flip(at(v, &0.into()))), SIGNATURE),
    ("last register", |p| changed(p, "pcrs", |v| flip(at(v, &15.into()))), SIGNATURE),
    ("user data", |p| changed(p, "user_data", flip), SIGNATURE),
    ("public key", |p| changed(p, "public_key", |v| *v = Value::Bytes(vec![1])), SIGNATURE),
    ("nonce", |p| changed(p, "nonce", |v| *v = Value::Bytes(vec![1])), SIGNATURE),
    ("no nonce", |p| without(p, "nonce"), SIGNATURE),
    ("digest", |p| changed(p, "digest", |v| *v = "SHA512".into()), DOCUMENT),
    ("no registers", |p| without(p, "pcrs"), DOCUMENT),
    ("payload", |_| Vec::new(), DOCUMENT),
];

fn authority(p: &[u8], index: usize, change: fn(&mut Vec<u8>)) -> Vec<u8> {
    changed(p, "cabundle", |v| change(v.as_array_mut().unwrap()[index].as_bytes_mut().unwrap()))
}

fn last_bit(der: &mut [u8]) {
    *der.last_mut().unwrap() ^= 1;
}

/// Changes of the certificates, under a signature that holds.
const BEFORE: &[(&str, Change, Refusal)] = &[
    ("enclave's certificate", |p| changed(p, "certificate", flip), CHAIN),
    ("instance's certificate", |p| authority(p, 3, |der| last_bit(der)), CHAIN),
    ("zone's certificate", |p| authority(p, 2, |der| last_bit(der)), CHAIN),
    ("region's certificate", |p| authority(p, 1, |der| last_bit(der)), CHAIN),
    ("root certificate", |p| authority(p, 0, |der| last_bit(der)), ROOT),
    ("garbage", |p| authority(p, 2, |der| der.truncate(40)), MALFORMED_CHAIN),
    ("a byte more", |p| authority(p, 2, |der| der.push(0)), MALFORMED_CHAIN),
    (
        "no root",
        |p| changed(p, "cabundle", |v| drop(v.as_array_mut().unwrap().remove(0))),
        MALFORMED_CHAIN,
    ),
    ("no zone", |p| changed(p, "cabundle", |v| drop(v.as_array_mut().unwrap().remove(2))), CHAIN),
    ("swapped", |p| changed(p, "cabundle", |v| v.as_array_mut().unwrap().swap(1, 2)), CHAIN),
    (
        "leaf first",
        |p| changed(p, "cabundle", |v| v.as_array_mut().unwrap().reverse()),
        MALFORMED_CHAIN,
    ),
    ("root alone", |p| changed(p, "cabundle", |v| v.as_array_mut().unwrap().truncate(1)), CHAIN),
    (
        "root as enclave",
        |p| {
            let mut value = decode(p);
            let root = at(&mut value, &"cabundle".into()).as_array().unwrap()[0].clone();
            *at(&mut value, &"certificate".into()) = root;
            encode(&value)
        },
        CHAIN,
    ),
];

#[test]
fn every_change_is_refused_by_its_own_check() {
    let nitro = SimulatedNitro::new().unwrap();
    let genuine = genuine(&nitro);
    appraise(&nitro, &genuine).unwrap();
    let refused = |name: &str, document: &[u8], expected: &Refusal| {
        refused(name, appraise(&nitro, document), expected);
    };

    for (name, change, expected) in AFTER {
        let mut message = decode(&genuine);
        let payload = &mut sign1(&mut message)[2];
        *payload = Value::Bytes(change(payload.as_bytes().unwrap()));
        refused(name, &encode(&message), expected);
    }
    let payload = nitro.payload(&NitroDocument::new(REPORT_DATA)).unwrap();
    for (name, change, expected) in BEFORE {
        refused(name, &nitro.sign(change(&payload), false).unwrap(), expected);
    }

    let edited = |edit: fn(&mut Vec<Value>)| {
        let mut message = decode(&genuine);
        edit(sign1(&mut message));
        encode(&message)
    };
    let header = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    let es256 = header(&[0xA1, 0x01, 0x26]);
    let mut message = decode(&genuine);
    sign1(&mut message)[0] = es256;
    sign1(&mut message)[3] = Value::Bytes(vec![1; 64]);
    refused("ES256", &encode(&message), &DOCUMENT);
    refused("signature", &edited(|parts| flip(&mut parts[3])), &SIGNATURE);
    refused("zeros", &edited(|parts| parts[3] = Value::Bytes(vec![0; 96])), &SIGNATURE);
    refused("short", &edited(|parts| parts[3] = Value::Bytes(vec![1; 95])), &DOCUMENT);
    refused("no signature", &edited(|parts| drop(parts.pop())), &DOCUMENT);
    let key_id = |parts: &mut Vec<Value>| {
        parts[1] = Value::Map(vec![(4.into(), Value::Bytes(vec![1]))]);
    };
    refused("unprotected header", &edited(key_id), &DOCUMENT);
    refused("a byte more", &[genuine.as_slice(), &[0]].concat(), &DOCUMENT);
    refused("a byte less", &genuine[..genuine.len() - 1], &DOCUMENT);
    refused("too long", &vec![0; 20 * 1024 + 3], &Refusal::TooLarge("Nitro document"));
    refused("nothing", &[], &DOCUMENT);
}

#[test]
fn bytes_count_everywhere() {
    let nitro = SimulatedNitro::new().unwrap();
    let genuine = genuine(&nitro);
    let verifier = crate::nitro::verifier(nitro.root_der());
    let now = SystemTime::now();
    for at in (0..genuine.len()).step_by(3) {
        let mut document = genuine.clone();
        document[at] ^= 0x40;
        let result = verifier.appraise(&SimulatedNitro::report(&document), now);
        assert!(result.is_err(), "byte {at}");
    }
}

#[test]
fn another_hosts_certificates_are_refused() {
    let (one, two) = (SimulatedNitro::new().unwrap(), SimulatedNitro::new().unwrap());
    let document = NitroDocument::new(REPORT_DATA);
    let (ours, theirs) = (one.payload(&document).unwrap(), two.payload(&document).unwrap());
    let swap = |name: &'static str| {
        let value = at(&mut decode(&theirs), &name.into()).clone();
        one.sign(changed(&ours, name, |v| *v = value), false).unwrap()
    };
    // The names are the same, the keys are not.
    let error = appraise(&one, &swap("certificate")).unwrap_err();
    assert_eq!(refusal(&error), CHAIN, "{error:?}");
    let error = appraise(&one, &swap("cabundle")).unwrap_err();
    assert_eq!(refusal(&error), ROOT, "{error:?}");
    // The other host signs what this one's certificates stand for.
    let error = appraise(&one, &two.sign(ours.clone(), false).unwrap()).unwrap_err();
    assert_eq!(refusal(&error), SIGNATURE, "{error:?}");
}

/// Root, region, zone, instance, enclave.
type Specs = [CertificateSpec; 5];

#[test]
fn certificates_are_used_for_what_they_are_for() {
    type Change = (&'static str, fn(&mut Specs));
    let unusable: &[Change] = &[
        ("root that is no authority", |specs| specs[0].ca = false),
        ("zone that is no authority", |specs| specs[2].ca = false),
        ("root that may not certify", |specs| specs[0].cert_sign = false),
        ("instance that may not certify", |specs| {
            specs[3].cert_sign = false;
            specs[3].digital_signature = true;
        }),
        ("enclave that may not sign", |specs| {
            specs[4].digital_signature = false;
            specs[4].cert_sign = true;
        }),
        ("enclave without key usage", |specs| specs[4].digital_signature = false),
        ("enclave that is an authority", |specs| specs[4].ca = true),
        ("path longer than the root allows", |specs| specs[0].path_len = Some(2)),
        ("path longer than the region allows", |specs| specs[1].path_len = Some(1)),
        ("path longer than the zone allows", |specs| specs[2].path_len = Some(0)),
        ("unknown critical extension", |specs| {
            specs[3].extensions = vec![(vec![1, 3, 6, 1, 4, 1, 1], true, vec![5, 0])];
        }),
    ];
    for (name, change) in unusable {
        let mut specs = SimulatedNitro::certificates();
        change(&mut specs);
        let nitro = SimulatedNitro::with_certificates(&specs[0], &specs[1..]).unwrap();
        let root_refused = aecs_attest::Verifier::builder()
            .root(aecs_attest::Platform::AwsNitro, nitro.root_der())
            .build()
            .is_err();
        assert_eq!(root_refused, name.starts_with("root that"), "{name}");
        if !root_refused {
            let error = appraise(&nitro, &crate::nitro::genuine(&nitro)).unwrap_err();
            assert_eq!(refusal(&error), CHAIN, "{name}: {error:?}");
        }
    }
    let mut specs = SimulatedNitro::certificates();
    specs[3].extensions = vec![(vec![1, 3, 6, 1, 4, 1, 1], false, vec![5, 0])];
    specs[0].path_len = Some(3);
    let nitro = SimulatedNitro::with_certificates(&specs[0], &specs[1..]).unwrap();
    appraise(&nitro, &crate::nitro::genuine(&nitro)).unwrap();
}

#[test]
fn every_certificate_is_used_within_its_time() {
    let now = SystemTime::now();
    for index in 0..5 {
        let periods = [
            (now - 2 * DAY..now - DAY, Refusal::Expired(Endorsement::NITRO_CHAIN)),
            (now + DAY..now + 2 * DAY, Refusal::NotYetValid(Endorsement::NITRO_CHAIN)),
        ];
        for (validity, expected) in periods {
            let mut specs = SimulatedNitro::certificates();
            specs[index].validity = validity;
            let nitro = SimulatedNitro::with_certificates(&specs[0], &specs[1..]).unwrap();
            let error = appraise(&nitro, &crate::nitro::genuine(&nitro)).unwrap_err();
            assert_eq!(refusal(&error), expected, "certificate {index}: {error:?}");
        }
    }
}

#[test]
fn documents_are_of_their_time() {
    let nitro = SimulatedNitro::new().unwrap();
    let now = SystemTime::now();
    let made = |timestamp| {
        let document = NitroDocument { timestamp, ..NitroDocument::new(REPORT_DATA) };
        nitro.document(&document).unwrap()
    };
    let before = appraise(&nitro, &made(now - 2 * DAY)).unwrap_err();
    assert_eq!(refusal(&before), Refusal::Mismatch(Check::NITRO_TIMESTAMP), "{before:?}");
    let after = appraise(&nitro, &made(now + 26 * 365 * DAY)).unwrap_err();
    assert_eq!(refusal(&after), Refusal::Mismatch(Check::NITRO_TIMESTAMP), "{after:?}");

    // The clocks of two machines differ, but not that much.
    let minute = Duration::from_secs(60);
    let document = made(now);
    appraise_at(&nitro, &document, now - 4 * minute).unwrap();
    let early = appraise_at(&nitro, &document, now - 6 * minute).unwrap_err();
    assert_eq!(refusal(&early), Refusal::NotYetValid(Endorsement::NITRO_DOCUMENT), "{early:?}");
}

#[test]
fn names_in_certificates_do_not_reach_a_terminal_as_they_are() {
    let mut specs = SimulatedNitro::certificates();
    specs[3].subject = "instance\u{1b}[2J".into();
    specs[3].cert_sign = false;
    let nitro = SimulatedNitro::with_certificates(&specs[0], &specs[1..]).unwrap();
    let error = appraise(&nitro, &crate::nitro::genuine(&nitro)).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("instance\\u{1b}[2J"), "{source}");
}
