//! Every part of a report is changed once, and each change is refused by its own check.

use std::time::{Duration, SystemTime};

use crate::nvidia::{NONCE, appraise, appraise_with, genuine, verifier};
use crate::support::refusal::{Refusal, refusal, refused};
use aecs_attest::{Check, Endorsement, Error, Platform, Verifier};
use aecs_sim::{GpuModel, GpuReport, SimulatedGpu};

const DAY: Duration = Duration::from_secs(24 * 3600);
const REPORT: Refusal = Refusal::Malformed("GPU report");
const CHAIN: Refusal = Refusal::Untrusted(Check::CERTIFICATE_CHAIN);
const SIGNATURE: Refusal = Refusal::Untrusted(Check::NVIDIA_SIGNATURE);
const FIRMWARE: Refusal = Refusal::Mismatch(Check::NVIDIA_FIRMWARE);
const ROOT: Refusal = Refusal::Root(Endorsement::NVIDIA_CHAIN);
const MALFORMED_CHAIN: Refusal = Refusal::Malformed("certificate chain of the GPU");

/// Where the parts of a report with 64 measurements of 48 bytes start.
mod at {
    pub(super) const NONCE: usize = 4;
    pub(super) const SLOT: usize = NONCE + 32;
    pub(super) const ANSWER: usize = SLOT + 1;
    pub(super) const RECORD: usize = ANSWER + 8;
    pub(super) const BLOCK: usize = 4 + 3 + 48;
    pub(super) const NONCE_OF_THE_ANSWER: usize = RECORD + 64 * BLOCK;
    pub(super) const OPAQUE: usize = NONCE_OF_THE_ANSWER + 32 + 2;
}

type Change = fn(&mut Vec<u8>);

const CHANGES: &[(&str, Change, Refusal)] = &[
    ("version of the request", |r| r[0] = 0x12, REPORT),
    ("code of the request", |r| r[1] = 0xE1, REPORT),
    ("unsigned request", |r| r[2] = 0, REPORT),
    ("request for one measurement", |r| r[3] = 1, REPORT),
    ("nonce", |r| r[at::NONCE] ^= 1, SIGNATURE),
    ("slot", |r| r[at::SLOT] ^= 1, SIGNATURE),
    ("version of the answer", |r| r[at::ANSWER] = 0x12, REPORT),
    ("code of the answer", |r| r[at::ANSWER + 1] = 0x7F, REPORT),
    ("reserved byte of the answer", |r| r[at::ANSWER + 2] ^= 1, SIGNATURE),
    ("slot of the answer", |r| r[at::ANSWER + 3] ^= 1, SIGNATURE),
    ("number of blocks", |r| r[at::ANSWER + 4] ^= 1, REPORT),
    ("length of the record", |r| r[at::ANSWER + 5] ^= 1, REPORT),
    ("index", |r| r[at::RECORD + 63 * at::BLOCK] ^= 0x80, SIGNATURE),
    ("index that is there twice", |r| r[at::RECORD + at::BLOCK] = 1, REPORT),
    ("specification", |r| r[at::RECORD + 1] = 2, REPORT),
    ("kind of a measurement", |r| r[at::RECORD + 4] ^= 1, SIGNATURE),
    ("size of a measurement", |r| r[at::RECORD + 5] ^= 1, REPORT),
    ("first measurement", |r| r[at::RECORD + 7] ^= 1, SIGNATURE),
    ("last measurement", |r| r[at::NONCE_OF_THE_ANSWER - 1] ^= 1, SIGNATURE),
    ("nonce of the answer", |r| r[at::NONCE_OF_THE_ANSWER] ^= 1, SIGNATURE),
    ("VBIOS", |r| r[at::OPAQUE + 4] ^= 1, SIGNATURE),
    ("field that is there twice", |r| r[at::OPAQUE + 12] = 6, REPORT),
    ("signature", |r| *r.last_mut().unwrap() ^= 1, SIGNATURE),
    ("byte more", |r| r.push(1), REPORT),
    ("byte less", |r| r.truncate(r.len() - 1), REPORT),
    ("nothing", Vec::clear, REPORT),
    ("too long", |r| r.resize(8 * 1024 + 3, 0), Refusal::TooLarge("GPU report")),
];

fn blocks(chain: &str) -> Vec<Vec<u8>> {
    pem::parse_many(chain).unwrap().into_iter().map(pem::Pem::into_contents).collect()
}

fn text(blocks: &[Vec<u8>]) -> String {
    blocks.iter().map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.clone()))).collect()
}

type ChainChange = fn(&mut Vec<Vec<u8>>);

fn last_bit(der: &mut [u8]) {
    *der.last_mut().unwrap() ^= 1;
}

const CHAIN_CHANGES: &[(&str, ChainChange, Refusal)] = &[
    ("attestation key's certificate", |c| last_bit(&mut c[0]), CHAIN),
    ("boot ROM's certificate", |c| last_bit(&mut c[1]), CHAIN),
    ("provisioner's certificate", |c| last_bit(&mut c[2]), CHAIN),
    ("model's certificate", |c| last_bit(&mut c[3]), CHAIN),
    ("root certificate", |c| last_bit(&mut c[4]), ROOT),
    ("no attestation key", |c| drop(c.remove(0)), CHAIN),
    ("no boot ROM", |c| drop(c.remove(1)), CHAIN),
    ("no root", |c| drop(c.remove(4)), MALFORMED_CHAIN),
    ("swapped", |c| c.swap(1, 2), CHAIN),
    ("reversed", |c| c.reverse(), MALFORMED_CHAIN),
    ("root alone", |c| drop(c.drain(..4)), CHAIN),
    ("garbage", |c| c[1].truncate(30), MALFORMED_CHAIN),
    ("nothing", Vec::clear, MALFORMED_CHAIN),
    ("nine", |c| c.resize_with(9, || vec![0]), MALFORMED_CHAIN),
];

#[test]
fn every_change_is_refused_by_its_own_check() {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let (report, chain) = (genuine(&gpu), gpu.chain_pem());
    appraise(&gpu, &report).unwrap();
    let refused = |name: &str, report: &[u8], chain: &str, expected: &Refusal| {
        refused(name, appraise_with(&gpu, report, chain), expected);
    };
    for (name, change, expected) in CHANGES {
        let mut report = report.clone();
        change(&mut report);
        refused(name, &report, &chain, expected);
    }
    for (name, change, expected) in CHAIN_CHANGES {
        let mut blocks = blocks(&chain);
        change(&mut blocks);
        refused(name, &report, &text(&blocks), expected);
    }
    let key = chain.replacen("CERTIFICATE", "PRIVATE KEY", 2);
    refused("other block", &report, &key, &MALFORMED_CHAIN);
    let large = chain.repeat(20);
    refused("large", &report, &large, &Refusal::TooLarge("certificate chain of the GPU"));

    let firmware = GpuReport { firmware: Some([0xF2; 48]), ..GpuReport::new(NONCE) };
    refused("firmware", &gpu.report(&firmware).unwrap(), &chain, &FIRMWARE);
    for driver in ["1,vbios=2", "", "580 "] {
        let driver = GpuReport { driver: driver.into(), ..GpuReport::new(NONCE) };
        refused("driver", &gpu.report(&driver).unwrap(), &chain, &REPORT);
    }
}

#[test]
fn bytes_count_everywhere() {
    for model in [GpuModel::Hopper, GpuModel::Blackwell] {
        let gpu = SimulatedGpu::new(model).unwrap();
        let (genuine, chain) = (genuine(&gpu), gpu.chain_pem());
        let verifier = verifier(gpu.root_der());
        let now = SystemTime::now();
        for at in (0..genuine.len()).step_by(11) {
            let mut report = genuine.clone();
            report[at] ^= 0x40;
            let result = verifier.appraise(&SimulatedGpu::evidence(&report, &chain), now);
            assert!(result.is_err(), "{model:?} byte {at}");
        }
    }
}

#[test]
fn another_devices_parts_are_refused() {
    let one = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let two = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let report = genuine(&one);
    let error = appraise_with(&one, &report, &two.chain_pem()).unwrap_err();
    assert_eq!(refusal(&error), ROOT, "{error:?}");
    // Even when both roots are trusted.
    let both = Verifier::builder()
        .root(Platform::NvidiaGpu, one.root_der())
        .root(Platform::NvidiaGpu, two.root_der())
        .build()
        .unwrap();
    let evidence = SimulatedGpu::evidence(&report, &two.chain_pem());
    let error = both.appraise(&evidence, SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), SIGNATURE, "{error:?}");
    // Certificates of the same names, issued by another device's boot ROM.
    let mut mixed = blocks(&one.chain_pem());
    mixed[0] = blocks(&two.chain_pem())[0].clone();
    let error = appraise_with(&one, &genuine(&two), &text(&mixed)).unwrap_err();
    assert_eq!(refusal(&error), CHAIN, "{error:?}");
}

#[test]
fn certificates_are_used_for_what_they_are_for_and_within_their_time() {
    let now = SystemTime::now();
    let expired = Refusal::Expired(Endorsement::NVIDIA_CHAIN);
    let early = Refusal::NotYetValid(Endorsement::NVIDIA_CHAIN);
    type Specs = [aecs_sim::CertificateSpec; 5];
    type Change<'a> = (&'a str, &'a dyn Fn(&mut Specs), &'a Refusal);
    let changes: &[Change<'_>] = &[
        ("boot ROM that is no authority", &|s| s[3].ca = false, &CHAIN),
        ("provisioner that may not certify", &|s| s[2].cert_sign = false, &CHAIN),
        ("attestation key that may not sign", &|s| s[4].digital_signature = false, &CHAIN),
        ("attestation key that is an authority", &|s| s[4].ca = true, &CHAIN),
        ("too long a path", &|s| s[1].path_len = Some(1), &CHAIN),
        (
            "unknown critical extension",
            &|s| s[2].extensions.push((vec![1, 2, 3], true, vec![5, 0])),
            &CHAIN,
        ),
        ("no firmware id", &|s| s[4].extensions.clear(), &MALFORMED_CHAIN),
        (
            "firmware id with one more part",
            &|s| {
                let id = &mut s[4].extensions[0].2;
                let fwid = id.len() - 61 - 1;
                id[fwid] += 2;
                id[2] += 2;
                id.extend([5, 0]);
            },
            &MALFORMED_CHAIN,
        ),
        (
            "two firmware ids",
            &|s| {
                let mut other = s[4].extensions[0].clone();
                other.0.push(1);
                s[4].extensions.push(other);
            },
            &MALFORMED_CHAIN,
        ),
        ("firmware id of another form", &|s| s[4].extensions[0].2 = vec![5, 0], &MALFORMED_CHAIN),
        (
            "other chip",
            &|s| s[4].subject = "GA100 A01 GSP FMC LF".into(),
            &Refusal::Unsupported("GPU \"GA100\""),
        ),
        ("expired leaf", &|s| s[4].validity = now - 2 * DAY..now - DAY, &expired),
        ("expired model", &|s| s[1].validity = now - 2 * DAY..now - DAY, &expired),
        ("early boot ROM", &|s| s[3].validity = now + DAY..now + 2 * DAY, &early),
        ("expired root", &|s| s[0].validity = now - 2 * DAY..now - DAY, &expired),
    ];
    for (name, change, expected) in changes {
        let mut specs = SimulatedGpu::certificates(GpuModel::Hopper);
        change(&mut specs);
        let gpu =
            SimulatedGpu::with_certificates(GpuModel::Hopper, &specs[0], &specs[1..]).unwrap();
        let error = appraise(&gpu, &genuine(&gpu)).unwrap_err();
        assert_eq!(refusal(&error), **expected, "{name}: {error:?}");
    }
    // What the extension says is looked at: it may be critical.
    let mut specs = SimulatedGpu::certificates(GpuModel::Blackwell);
    specs[4].extensions[0].1 = true;
    let gpu = SimulatedGpu::with_certificates(GpuModel::Blackwell, &specs[0], &specs[1..]).unwrap();
    appraise(&gpu, &genuine(&gpu)).unwrap();
}

#[test]
fn a_chain_that_stops_before_its_root_says_so() {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let blocks = pem::parse_many(gpu.chain_pem()).unwrap();
    for len in 1..blocks.len() {
        let chain: String = blocks[..len].iter().map(pem::encode).collect();
        let evidence = SimulatedGpu::evidence(&genuine(&gpu), &chain);
        let error = verifier(gpu.root_der()).appraise(&evidence, SystemTime::now()).unwrap_err();
        assert_eq!(refusal(&error), Refusal::Malformed(Endorsement::NVIDIA_CHAIN.name()), "{len}");
        let Error::Malformed { source, .. } = error else { panic!("{error:?}") };
        assert!(source.to_string().contains("stands last, and is no root's"), "{source}");
    }
}

#[test]
fn a_verifier_trusts_what_it_is_told_to() {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let evidence = SimulatedGpu::evidence(&genuine(&gpu), &gpu.chain_pem());
    for builder in [
        Verifier::builder(),
        Verifier::builder().vendor_roots(),
        Verifier::builder().root(Platform::AwsNitro, gpu.root_der()),
    ] {
        let error = builder.build().unwrap().appraise(&evidence, SystemTime::now()).unwrap_err();
        assert!(matches!(error, Error::UnknownRoot { .. }), "{error:?}");
        assert_eq!(refusal(&error), ROOT);
    }
}
