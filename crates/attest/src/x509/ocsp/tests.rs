//! Answers of OpenSSL, and each part of an answer in another form.

use std::path::Path;
use std::process::Command;

use super::*;
use crate::x509::rules::{NVIDIA, NVIDIA_STATUS};

/// Makes an authority, a certificate, a responder, a question, and two answers.
const SCRIPT: &str = r#"
        set -e
        new="-newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes"
        openssl req -x509 $new -sha384 -keyout ca.key -outform DER -out ca.der -subj /CN=CA
        openssl x509 -inform DER -in ca.der -out ca.pem
        sign() {
            openssl req $new -keyout $1.key -out csr -subj /CN=$1
            openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -set_serial $2 -sha384 -extfile $1.ext -out $1.pem
            openssl x509 -in $1.pem -outform DER -out $1.der
        }
        echo "basicConstraints=critical,CA:false" >leaf.ext
        printf "extendedKeyUsage=critical,OCSPSigning\nkeyUsage=critical,digitalSignature\n" >responder.ext
        sign leaf 0x86112233
        sign responder 2
        openssl ocsp -sha384 -issuer ca.pem -cert leaf.pem -no_nonce -reqout question
        answer() {
            printf "$1\t86112233\tunknown\t/CN=leaf\n" >index
            openssl ocsp -index index -rsigner responder.pem -rkey responder.key -CA ca.pem -rmd sha384 \
                -reqin question -respout $2 -ndays 1
        }
        answer "V\t491231235959Z\t" good
        answer "R\t491231235959Z\t250620000000Z,certificateHold" hold
    "#;

fn made(folder: &Path) -> bool {
    let openssl = Command::new("openssl").arg("version").output();
    if !openssl.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: there is no openssl program");
        return false;
    }
    let made = Command::new("sh").args(["-c", SCRIPT]).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    true
}

/// OpenSSL asks the same question, and its answers are understood.
#[test]
fn questions_and_answers_are_openssls() {
    let folder = tempfile::tempdir().unwrap();
    if !made(folder.path()) {
        return;
    }
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let (ca, leaf) = (read("ca.der"), read("leaf.der"));
    let [ca, leaf] = [&ca, &leaf].map(|der| Certificate::read(der).unwrap());
    let id = CertificateId::of(&leaf, &ca);
    assert_eq!(id.request(), read("question"));

    let since = from_unix_seconds(1_750_377_600);
    let revoked = Status::Revoked { since, reason: "certificateHold" };
    // OpenSSL's own authority has no key usage.
    let rules = Rules { demands_usage: false, ..NVIDIA };
    let issuer = ca.authority(&rules).unwrap();
    let signatures = SignatureMemory::new(0);
    for (name, status) in [("good", Status::Good), ("hold", revoked)] {
        let answer = read(name);
        let answer = StatusAnswer::read(&id, &answer).unwrap();
        assert_eq!(answer.status, status);
        let (from, until) = answer.period;
        assert_eq!(until.duration_since(from).unwrap(), UNDATED);
        let responder = answer.check_issuer(&issuer, &NVIDIA_STATUS, &signatures).unwrap();
        assert!(responder.is_some());
    }
}

/// An element of up to 65,535 bytes.
fn long(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    match content.len() {
        0..0x100 => element(tag, content),
        _ => [&[tag, 0x82, high, low], content].concat(),
    }
}

/// Of no certificate.
fn id() -> CertificateId {
    CertificateId { issuer_name: [1; 48], issuer_key: [2; 48], serial: vec![7, 1] }
}

fn id_of(hash: &[u8], name: &[u8], key: &[u8], serial: &[u8], more: &[u8]) -> Vec<u8> {
    let (name, key, serial) = (element(4, name), element(4, key), element(2, serial));
    element(0x30, &[hash, &name, &key, &serial, more].concat())
}

fn own_id() -> Vec<u8> {
    let CertificateId { issuer_name, issuer_key, serial } = id();
    id_of(HASH, &issuer_name, &issuer_key, &serial, &[])
}

const GOOD: &[u8] = &[0x80, 0];

fn date() -> Vec<u8> {
    element(0x18, b"20260101000000Z")
}

/// A status of a certificate.
fn one(id: &[u8], status: &[u8], rest: &[u8]) -> Vec<u8> {
    long(0x30, &[id, status, &date(), rest].concat())
}

/// What is signed: what comes before the date, the statuses, and what follows them.
fn data(before: &[u8], statuses: &[Vec<u8>], rest: &[u8]) -> Vec<u8> {
    [before, &date(), &long(0x30, &statuses.concat()), rest].concat()
}

/// The name of a responder, or the hash of its key.
const BY_NAME: &[u8] = &[0xA1, 2, 0x30, 0];
const BY_KEY: &[u8] = &[0xA2, 3, 4, 1, 9];

#[test]
fn a_status_has_one_form() {
    let read = |data: &[u8]| status(&id(), data).map_err(|error| error.to_string());
    let only = |one: Vec<u8>| data(BY_KEY, &[one], &[]);
    let (from, day) = (from_unix_seconds(1_767_225_600), Duration::from_secs(24 * 3600));
    let good = only(one(&own_id(), GOOD, &[]));
    assert_eq!(read(&good), Ok((Status::Good, (from, from + day))));
    let version = |number: u8| [&[0xA0, 3, 2, 1, number], BY_KEY].concat();
    for before in [BY_NAME, &version(0)] {
        assert!(read(&data(before, &[one(&own_id(), GOOD, &[])], &[])).is_ok(), "{before:02X?}");
    }
    let alone = id_of(HASH_ALONE, &[1; 48], &[2; 48], &[7, 1], &[]);
    assert!(read(&only(one(&alone, GOOD, &[]))).is_ok());

    // Ids that differ in one part are of another certificate.
    let sha256 = [0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let others = [
        id_of(&sha256, &[1; 48], &[2; 48], &[7, 1], &[]),
        id_of(HASH, &[3; 48], &[2; 48], &[7, 1], &[]),
        id_of(HASH, &[1; 48], &[3; 48], &[7, 1], &[]),
        id_of(HASH, &[1; 48], &[2; 48], &[7, 2], &[]),
        id_of(HASH, &[1; 48], &[2; 48], &[7, 1], &[5, 0]),
        id_of(HASH, &[1; 47], &[2; 48], &[7, 1], &[]),
    ];
    let none = "it has no status of the certificate";
    for (number, other) in others.iter().enumerate() {
        assert_eq!(read(&only(one(other, GOOD, &[]))), Err(none.into()), "{number}");
    }
    // Beside the right one they are passed over.
    let beside = others.map(|other| one(&other, &[0x82, 0], &[]));
    let beside = [&beside[..], &[one(&own_id(), GOOD, &[])]].concat();
    assert_eq!(read(&data(BY_KEY, &beside, &[])).unwrap().0, Status::Good);

    let malformed = "what is signed is not encoded as it must be";
    let next = |content: &[u8]| one(&own_id(), GOOD, &element(0xA0, content));
    assert_eq!(read(&only(next(&date()))), Ok((Status::Good, (from, from))));
    let critical = element(0x30, &element(0x30, &[6, 1, 9, 1, 1, 0xFF, 4, 0]));
    for (number, (data, fault)) in [
        (data(&version(1), &[one(&own_id(), GOOD, &[])], &[]), "it is of another version than 1"),
        (data(&[4, 0], &[one(&own_id(), GOOD, &[])], &[]), malformed),
        (only(one(&own_id(), &[0x80, 1, 0], &[])), malformed),
        (only(one(&own_id(), &[0x82, 1, 0], &[])), malformed),
        (only(one(&own_id(), &[0x83, 0], &[])), malformed),
        (only(next(&[date(), date()].concat())), malformed),
        (only(next(&[0x17, 0])), malformed),
        (
            data(BY_KEY, &[next(&date()), one(&own_id(), &[0x82, 0], &[])], &[]),
            "it has two statuses of the certificate",
        ),
        (
            only(one(&own_id(), GOOD, &element(0xA1, &critical))),
            "it has an unknown critical extension",
        ),
        (
            data(BY_KEY, &[one(&own_id(), GOOD, &[])], &element(0xA1, &critical)),
            "it has an unknown critical extension",
        ),
        (
            data(BY_KEY, &[one(&own_id(), GOOD, &[])], &[5, 0]),
            "its extensions are not encoded as they must be",
        ),
        (data(BY_KEY, &[], &[]), none),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(read(&data), Err(fault.into()), "{number}");
    }
}

#[test]
fn a_revocation_has_a_date_and_may_have_a_reason() {
    let read = |content: &[u8]| {
        let revoked = one(&own_id(), &element(0xA1, content), &[]);
        status(&id(), &data(BY_KEY, &[revoked], &[])).map(|(status, _)| status).ok()
    };
    let since = from_unix_seconds(1_767_225_600);
    let with = |reason: &[u8]| read(&[date(), element(0xA0, reason)].concat());
    let revoked = |reason| Some(Status::Revoked { since, reason });
    assert_eq!(read(&date()), revoked("unspecified"));
    assert_eq!(with(&[0x0A, 1, 6]), revoked("certificateHold"));
    assert_eq!(with(&[0x0A, 1, 7]), revoked("of an unknown kind"));
    for bad in [&[0x0A, 0][..], &[2, 1, 6], &[0x0A, 1, 6, 5, 0], &[]] {
        assert_eq!(with(bad), None, "{bad:02X?}");
    }
    assert_eq!(read(&[]), None);
    assert_eq!(read(&[date(), vec![5, 0]].concat()), None);
}

#[test]
fn an_answer_has_one_form() {
    const ROOT: &[u8] = include_bytes!("../../platform/nvidia/nvidia-device-identity-ca.der");
    let signed = long(0x30, &data(BY_KEY, &[one(&own_id(), GOOD, &[])], &[]));
    let basic = |algorithm: &[u8], signature: &[u8], rest: &[u8]| {
        let basic = [&signed, algorithm, &element(3, signature), rest].concat();
        long(4, &long(0x30, &basic))
    };
    let answer = |outcome: u8, kind: &[u8], basic: &[u8]| {
        let bytes = long(0x30, &[&element(6, kind), basic].concat());
        long(0x30, &[&[0x0A, 1, outcome], &long(0xA0, &bytes)[..]].concat())
    };
    let read = |answer: &[u8]| {
        let read = StatusAnswer::read(&id(), answer);
        read.map(|answer| answer.responders.len()).map_err(|error| error.to_string())
    };
    let signature = &[0, 1, 2, 3];
    let responders =
        |count: usize, more: &[u8]| long(0xA0, &long(0x30, &[&ROOT.repeat(count), more].concat()));
    let with = |rest: &[u8]| read(&answer(0, BASIC, &basic(ECDSA_SHA384, signature, rest)));
    assert_eq!(with(&[]), Ok(0));
    assert_eq!(with(&responders(MAX_RESPONDERS, &[])), Ok(MAX_RESPONDERS));
    let many = with(&responders(MAX_RESPONDERS + 1, &[]));
    assert_eq!(many, Err("it brings too many certificates".into()));
    let rubbish = "its certificates are not encoded as they must be";
    assert_eq!(with(&responders(1, &[0x30])), Err(rubbish.into()));
    assert_eq!(with(&[5, 0]), Err(rubbish.into()));

    let good = basic(ECDSA_SHA384, signature, &[]);
    let sha256 = [0x30, 10, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
    let malformed = "it is not an OCSP response in DER";
    for (answer, fault) in [
        // Whatever else it says, it is no answer.
        (answer(3, BASIC, &good), "the responder refused: tryLater"),
        (answer(0, &[0x2B, 6, 1, 5, 5, 7, 48, 1, 2], &good), "it is not a basic OCSP response"),
        (
            answer(0, BASIC, &basic(&sha256, signature, &[])),
            "it is not signed with ECDSA and SHA-384",
        ),
        (answer(0, BASIC, &basic(ECDSA_SHA384, &[1, 1, 2, 2], &[])), malformed),
        (answer(0, BASIC, &basic(ECDSA_SHA384, &[], &[])), malformed),
        (answer(0, BASIC, &[&good[..], &[5, 0]].concat()), malformed),
        ([&answer(0, BASIC, &good)[..], &[0]].concat(), malformed),
    ] {
        assert_eq!(read(&answer), Err(fault.into()));
    }
}
