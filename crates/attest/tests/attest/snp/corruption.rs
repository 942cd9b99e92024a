//! Everything that can be wrong with a report or its endorsements, each refused by its own check.

use std::time::{Duration, SystemTime};

use aecs_attest::{Check, Endorsement, Platform, SnpProduct, SnpSigner, SnpTcb, Verifier};
use aecs_sim::{SimulatedAmd, SimulatedSnp};

use crate::snp::support::{AMD, DAY, OTHER, PRODUCTS, Parts, appraise, guest, trusting, verifier};
use crate::support::refusal::{Refusal, refusal, refused};

const REPORT: Refusal = Refusal::Malformed("SEV-SNP report");
const VEK: Refusal = Refusal::Malformed("VCEK or VLEK certificate");
const CHAIN: Refusal = Refusal::Untrusted(Check::CERTIFICATE_CHAIN);
const SIGNATURE: Refusal = Refusal::Untrusted(Check::SNP_SIGNATURE);

/// A name, what is said instead of the truth, and the check that refuses it. Everything is
/// properly signed.
type Lie = (&'static str, fn(&mut SimulatedSnp), Refusal);

const LIES: &[Lie] = &[
    ("version 1", |g| g.report.version = 1, Refusal::Unsupported("version 1 of SEV-SNP reports")),
    ("version 6", |g| g.report.version = 6, Refusal::Unsupported("version 6 of SEV-SNP reports")),
    (
        "another algorithm",
        |g| g.report.signature_algorithm = 2,
        Refusal::Unsupported("signature algorithm 2 of SEV-SNP reports"),
    ),
    (
        "CPUID of nothing known",
        |g| g.report.cpuid = [0x19, 0x40, 0],
        Refusal::Unsupported("SEV-SNP on a processor of family 19h, model 40h"),
    ),
    (
        "CPUID of another generation",
        |g| g.report.cpuid = [0x19, 0x11, 1],
        Refusal::Mismatch(Check::SNP_PRODUCT),
    ),
    ("another chip", |g| g.report.chip_id[63] ^= 1, Refusal::Mismatch(Check::SNP_CHIP_ID)),
    (
        "a chip id of Turin",
        |g| g.report.chip_id[8..].fill(0),
        Refusal::Mismatch(Check::SNP_CHIP_ID),
    ),
    (
        "a VCEK said to be a VLEK",
        |g| g.report.signing_key = 1,
        Refusal::Mismatch(Check::SNP_SIGNING_KEY),
    ),
    ("no key", |g| g.report.signing_key = 7, Refusal::Mismatch(Check::SNP_SIGNING_KEY)),
    ("an unknown key", |g| g.report.signing_key = 2, Refusal::Mismatch(Check::SNP_SIGNING_KEY)),
    ("reserved key bits", |g| g.report.signing_key = 8, REPORT),
    ("a masked key", |g| g.report.mask_chip_key = true, Refusal::Mismatch(Check::SNP_SIGNING_KEY)),
    (
        "certificate for another boot loader",
        |g| g.certificate.tcb.bootloader += 1,
        Refusal::Mismatch(Check::SNP_REPORTED_TCB),
    ),
    (
        "certificate for another TEE",
        |g| g.certificate.tcb.tee += 1,
        Refusal::Mismatch(Check::SNP_REPORTED_TCB),
    ),
    (
        "certificate for another SNP firmware",
        |g| g.certificate.tcb.snp += 1,
        Refusal::Mismatch(Check::SNP_REPORTED_TCB),
    ),
    (
        "certificate for another microcode",
        |g| g.certificate.tcb.microcode += 1,
        Refusal::Mismatch(Check::SNP_REPORTED_TCB),
    ),
    (
        "more reported than runs",
        |g| {
            g.report.reported_tcb.snp += 1;
            g.certificate.tcb.snp += 1;
        },
        Refusal::Mismatch(Check::SNP_TCB_ORDER),
    ),
    (
        "more committed than runs",
        |g| g.report.committed_tcb.microcode += 1,
        Refusal::Mismatch(Check::SNP_TCB_ORDER),
    ),
    (
        "newer firmware committed than runs",
        |g| g.report.committed_version = [1, 56, 0],
        Refusal::Mismatch(Check::SNP_TCB_ORDER),
    ),
    (
        "a policy without its fixed bit",
        |g| g.report.policy = 0x1_0000,
        Refusal::Mismatch(Check::SNP_POLICY),
    ),
    (
        "a policy with unknown bits",
        |g| g.report.policy |= 1 << 26,
        Refusal::Mismatch(Check::SNP_POLICY),
    ),
    (
        "a policy for newer firmware",
        |g| g.report.policy |= 0x0138,
        Refusal::Mismatch(Check::SNP_POLICY),
    ),
    (
        "multi-threading that the policy forbids",
        |g| g.report.policy = 0x2_0000,
        Refusal::Mismatch(Check::SNP_POLICY),
    ),
    (
        "power readings that the policy forbids",
        |g| g.report.policy |= 1 << 23,
        Refusal::Mismatch(Check::SNP_POLICY),
    ),
    (
        "no ciphertext hiding where the policy demands it",
        |g| g.report.policy |= 1 << 24,
        Refusal::Mismatch(Check::SNP_POLICY),
    ),
    ("the host's own report", |g| g.report.vmpl = u32::MAX, Refusal::Mismatch(Check::SNP_VMPL)),
    ("VMPL 4", |g| g.report.vmpl = 4, Refusal::Mismatch(Check::SNP_VMPL)),
    ("certificate for Genoa", |g| g.certificate.product_name = "Genoa".into(), VEK),
    ("certificate for no product", |g| g.certificate.product_name = "Naples".into(), VEK),
    ("certificate without a chip", |g| g.certificate.chip_id = None, VEK),
    ("certificate with a short chip id", |g| g.certificate.chip_id = Some(vec![1; 63]), VEK),
    ("certificate with a cloud", |g| g.certificate.csp_id = Some("CN=x".into()), VEK),
    ("certificate with Turin's TCB", |g| g.certificate.tcb.fmc = Some(0), VEK),
    (
        "certificate of yesteryear",
        |g| g.certificate.validity = SystemTime::now() - 9 * DAY..SystemTime::now() - DAY,
        Refusal::Expired(Endorsement::SNP_VEK),
    ),
    (
        "certificate of tomorrow",
        |g| g.certificate.validity = SystemTime::now() + DAY..SystemTime::now() + 9 * DAY,
        Refusal::NotYetValid(Endorsement::SNP_VEK),
    ),
    (
        "a revoked authority",
        |g| {
            let serial = SimulatedAmd::authority_serial(SnpProduct::Milan, SnpSigner::Vcek);
            g.revoked = Some(vec![0x4711, serial]);
        },
        Refusal::Revoked(Endorsement::SNP_ASK),
    ),
    (
        "a revoked key",
        |g| {
            g.certificate.serial = 0xDEAD;
            g.revoked = Some(vec![0xDEAD]);
        },
        Refusal::Revoked(Endorsement::SNP_VEK),
    ),
];

#[test]
fn every_lie_is_refused_by_its_own_check() {
    let verifier = verifier();
    for (name, lie, expected) in LIES {
        let mut guest = guest(SnpProduct::Milan);
        lie(&mut guest);
        refused(name, appraise(&verifier, &Parts::of(&guest), SystemTime::now()), expected);
    }
}

#[test]
fn a_report_of_version_2_names_no_processor() {
    let mut guest = guest(SnpProduct::Milan);
    guest.report.version = 2;
    let mut parts = Parts::of(&guest);
    parts.report[0x188] = 0x19;
    let error = appraise(&verifier(), &parts, SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), REPORT);
}

#[test]
fn the_controller_of_turin_counts() {
    let mut guest = guest(SnpProduct::Turin);
    guest.certificate.tcb.fmc = Some(2);
    let error = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Mismatch(Check::SNP_REPORTED_TCB));
    guest.certificate.tcb.fmc = None;
    let error = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), VEK);
}

/// A name, what is done to genuine parts, and the check that refuses it.
type Damage = (&'static str, fn(&mut Parts), Refusal);

/// Offsets of signed fields that hold no format of their own.
const SIGNED: [usize; 20] = [
    0x04, 0x08, 0x10, 0x20, 0x30, 0x38, 0x40, 0x50, 0x8F, 0x90, 0xC0, 0xE0, 0x110, 0x140, 0x160,
    0x180, 0x1A0, 0x1E0, 0x1E8, 0x1F0,
];

const DAMAGES: &[Damage] = &[
    ("signature r", |p| p.report[0x2A0] ^= 1, SIGNATURE),
    ("signature s", |p| p.report[0x2E8] ^= 1, SIGNATURE),
    ("r longer than the curve", |p| p.report[0x2D0] = 1, REPORT),
    ("s longer than the curve", |p| p.report[0x318] = 1, REPORT),
    ("bytes behind the signature", |p| p.report[0x330] = 1, REPORT),
    ("the last byte", |p| p.report[0x49F] = 1, REPORT),
    ("an empty signature", |p| p.report[0x2A0..].fill(0), SIGNATURE),
    ("reserved bytes at 4C", |p| p.report[0x4C] = 1, REPORT),
    ("reserved bytes at 18B", |p| p.report[0x18B] = 1, REPORT),
    ("reserved bytes at 1EB", |p| p.report[0x1EB] = 1, REPORT),
    ("reserved bytes at 1EF", |p| p.report[0x1EF] = 1, REPORT),
    ("mitigations in version 3", |p| p.report[0x1F8] = 1, REPORT),
    ("reserved bytes at 208", |p| p.report[0x208] = 1, REPORT),
    ("a report cut off", |p| p.report.truncate(1183), REPORT),
    ("a report with more", |p| p.report.push(0), Refusal::TooLarge("SEV-SNP report")),
    ("no report", |p| p.report.clear(), REPORT),
    ("the certificate is missing", |p| p.vek.clear(), VEK),
    ("a certificate cut off", |p| p.vek.truncate(700), VEK),
    ("bytes behind the certificate", |p| p.vek.push(0), VEK),
    ("the tag of the certificate", |p| p.vek[0] ^= 0x80, VEK),
    (
        "the tag of the authority",
        |p| p.ask[0] ^= 0x40,
        Refusal::Malformed("ASK or ASVK certificate"),
    ),
    ("the tag of the list", |p| p.crl[0] ^= 0x20, Refusal::Malformed("revocation list of the ARK")),
    ("signature of the certificate", |p| *p.vek.last_mut().unwrap() ^= 1, CHAIN),
    ("signature of the authority", |p| *p.ask.last_mut().unwrap() ^= 1, CHAIN),
    (
        "bytes behind the authority",
        |p| p.ask.push(0),
        Refusal::Malformed("ASK or ASVK certificate"),
    ),
    ("no authority", |p| p.ask.clear(), Refusal::NoCollateral),
    (
        "the authority for VLEKs",
        |p| p.ask = AMD.authority_der(SnpProduct::Milan, SnpSigner::Vlek).into(),
        CHAIN,
    ),
    (
        "the authority of Genoa",
        |p| p.ask = AMD.authority_der(SnpProduct::Genoa, SnpSigner::Vcek).into(),
        CHAIN,
    ),
    ("the root for the authority", |p| p.ask = AMD.root_der(SnpProduct::Milan).into(), CHAIN),
    (
        "the authority of another vendor",
        |p| p.ask = OTHER.authority_der(SnpProduct::Milan, SnpSigner::Vcek).into(),
        CHAIN,
    ),
    (
        "the certificate for the authority",
        |p| p.ask = p.vek.clone(),
        Refusal::Malformed("ASK or ASVK certificate"),
    ),
    ("the authority for the certificate", |p| p.vek = p.ask.clone(), VEK),
    ("another chip's certificate", |p| p.vek = Parts::of(&guest(SnpProduct::Milan)).vek, SIGNATURE),
    (
        "another chip's report",
        |p| p.report = Parts::of(&guest(SnpProduct::Milan)).report,
        SIGNATURE,
    ),
    (
        "another vendor's report",
        |p| {
            let guest = SimulatedSnp::new(&OTHER, SnpProduct::Milan).unwrap();
            *p = Parts::of(&guest);
        },
        CHAIN,
    ),
    (
        "an authority that has expired",
        |p| p.ask = authority(SystemTime::now() - 9 * DAY, SystemTime::now() - DAY),
        Refusal::Expired(Endorsement::SNP_ASK),
    ),
    (
        "an authority of tomorrow",
        |p| p.ask = authority(SystemTime::now() + DAY, SystemTime::now() + 9 * DAY),
        Refusal::NotYetValid(Endorsement::SNP_ASK),
    ),
    ("a broken list", |p| p.crl = vec![0x30, 0], Refusal::Malformed("revocation list of the ARK")),
    (
        "signature of the list",
        |p| *p.crl.last_mut().unwrap() ^= 1,
        Refusal::Untrusted(Check::SNP_CRL),
    ),
    (
        "the list of Genoa",
        |p| p.crl = list(&AMD, SnpProduct::Genoa),
        Refusal::Untrusted(Check::SNP_CRL),
    ),
    (
        "the list of another vendor",
        |p| p.crl = list(&OTHER, SnpProduct::Milan),
        Refusal::Untrusted(Check::SNP_CRL),
    ),
    (
        "a list that has expired",
        |p| {
            let now = SystemTime::now();
            p.crl = AMD.crl(SnpProduct::Milan, &[], now - 9 * DAY..now - DAY).unwrap();
        },
        Refusal::Expired(Endorsement::SNP_CRL),
    ),
    (
        "a list of tomorrow",
        |p| {
            let now = SystemTime::now();
            p.crl = AMD.crl(SnpProduct::Milan, &[], now + DAY..now + 9 * DAY).unwrap();
        },
        Refusal::NotYetValid(Endorsement::SNP_CRL),
    ),
];

fn authority(from: SystemTime, until: SystemTime) -> Vec<u8> {
    AMD.certify_authority(SnpProduct::Milan, SnpSigner::Vcek, &(from..until)).unwrap()
}

fn list(amd: &SimulatedAmd, product: SnpProduct) -> Vec<u8> {
    let now = SystemTime::now();
    amd.crl(product, &[], now - DAY..now + DAY).unwrap()
}

/// A guest with every part.
fn genuine() -> Parts {
    let mut guest = guest(SnpProduct::Milan);
    guest.revoked = Some(vec![0x4711]);
    Parts::of(&guest)
}

#[test]
fn every_damage_is_refused_by_its_own_check() {
    let (verifier, genuine) = (verifier(), genuine());
    appraise(&verifier, &genuine, SystemTime::now()).unwrap();
    for (name, damage, expected) in DAMAGES {
        let mut parts = genuine.clone();
        damage(&mut parts);
        refused(name, appraise(&verifier, &parts, SystemTime::now()), expected);
    }
}

#[test]
fn every_signed_field_counts() {
    let (verifier, genuine) = (verifier(), genuine());
    for at in SIGNED {
        let mut parts = genuine.clone();
        parts.report[at] ^= 1;
        let error = appraise(&verifier, &parts, SystemTime::now()).unwrap_err();
        assert_eq!(refusal(&error), SIGNATURE, "byte {at:#X}");
    }
}

/// One of the parts.
type Part = fn(&mut Parts) -> &mut Vec<u8>;

#[test]
fn every_byte_counts() {
    let (verifier, genuine) = (verifier(), genuine());
    let parts: [(&str, Part); 4] = [
        ("report", |parts| &mut parts.report),
        ("VCEK", |parts| &mut parts.vek),
        ("ASK", |parts| &mut parts.ask),
        ("CRL", |parts| &mut parts.crl),
    ];
    for (name, part) in parts {
        for at in 0..part(&mut genuine.clone()).len() {
            let mut damaged = genuine.clone();
            part(&mut damaged)[at] ^= 0x04;
            let result = appraise(&verifier, &damaged, SystemTime::now());
            assert!(result.is_err(), "{name}: byte {at}");
        }
    }
}

#[test]
fn a_report_is_read_before_it_lacks_anything() {
    let parts = genuine();
    let judged = |parts: &Parts| {
        let report = parts.envelope("Passport", String::new());
        refusal(&verifier().appraise(&report, SystemTime::now()).unwrap_err())
    };
    assert_eq!(judged(&parts), Refusal::NoCollateral);
    let short = Parts { report: parts.report[..1000].to_vec(), ..parts.clone() };
    assert_eq!(judged(&short), Refusal::Malformed("SEV-SNP report"));
    let mut later = parts;
    later.report[0] = 9;
    assert_eq!(judged(&later), Refusal::Unsupported("version 9 of SEV-SNP reports"));
}

#[test]
fn the_generations_do_not_vouch_for_each_other() {
    for product in PRODUCTS {
        for other in PRODUCTS.into_iter().filter(|other| *other != product) {
            let verifier = Verifier::builder()
                .simulated_platform_root(Platform::SevSnp, AMD.root_der(other))
                .build()
                .unwrap();
            let parts = Parts::of(&guest(product));
            let error = appraise(&verifier, &parts, SystemTime::now()).unwrap_err();
            assert_eq!(
                refusal(&error),
                Refusal::Root(Endorsement::SNP_CHAIN),
                "{product} under {other}"
            );
        }
    }
    // One key endorses all simulated generations, so that only the certificate's words differ.
    let mut guest = guest(SnpProduct::Milan);
    guest.certificate.product = SnpProduct::Genoa;
    guest.certificate.product_name = "Genoa".into();
    let error = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Mismatch(Check::SNP_PRODUCT));
}

#[test]
fn the_layout_of_the_tcb_is_the_generations() {
    // Turin's bytes read as Milan's, which has nothing where Turin has its SNP firmware.
    let mut guest = guest(SnpProduct::Milan);
    guest.report.product = SnpProduct::Turin;
    let tcb = SnpTcb { fmc: Some(4), bootloader: 0, tee: 0, snp: 24, microcode: 219 };
    guest.report.reported_tcb = tcb;
    let error = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), REPORT);
}

#[test]
fn unknown_roots_are_refused() {
    let parts = Parts::of(&guest(SnpProduct::Milan));
    let builders = [
        ("AMD's", Verifier::builder().vendor_roots()),
        ("none", Verifier::builder()),
        (
            "a CPU's of Intel's kind",
            Verifier::builder().simulated_root(AMD.root_der(SnpProduct::Milan)),
        ),
        (
            "for another platform",
            Verifier::builder()
                .simulated_platform_root(Platform::AzureSnp, AMD.root_der(SnpProduct::Milan)),
        ),
    ];
    for (name, builder) in builders {
        let verifier = builder.build().unwrap();
        let error = appraise(&verifier, &parts, SystemTime::now()).unwrap_err();
        assert_eq!(refusal(&error), Refusal::Root(Endorsement::SNP_CHAIN), "{name}: {error:?}");
    }
    // The same names under other keys.
    let verifier = trusting(&OTHER).build().unwrap();
    let error = appraise(&verifier, &parts, SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), CHAIN);
}

#[test]
fn what_is_no_root_is_not_taken_for_one() {
    let ask = AMD.authority_der(SnpProduct::Milan, SnpSigner::Vcek);
    for der in [b"not a certificate".as_slice(), ask] {
        let built = Verifier::builder().root(Platform::SevSnp, der).build();
        assert_eq!(refusal(&built.err().unwrap()), Refusal::Malformed("ARK certificate"));
    }
}

#[test]
fn a_root_expires() {
    let parts = Parts::of(&guest(SnpProduct::Milan));
    let late = SystemTime::now() + 30 * 365 * DAY;
    let error = appraise(&verifier(), &parts, late).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Expired(Endorsement::SNP_VEK));
    let early = SystemTime::now() - 2 * DAY - Duration::from_secs(1);
    let error = appraise(&verifier(), &parts, early).unwrap_err();
    assert_eq!(refusal(&error), Refusal::NotYetValid(Endorsement::SNP_VEK));
}
