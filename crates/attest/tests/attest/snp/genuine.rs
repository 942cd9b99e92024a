//! Reports that hold, of every version, generation and kind of key.

use std::time::SystemTime;

use aecs_attest::{
    Acceptance, Attester as _, Backing, Check, Error, Policy, ReportRequest, SnpProduct, SnpTcb,
    TcbStatus, UserData,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
use aecs_sim::SimulatedSnp;

use crate::snp::support::{AMD, PRODUCTS, Parts, appraise, guest, trusting, verifier};

/// What is different about a guest.
type Change = fn(&mut SimulatedSnp);

#[test]
fn every_version_of_every_generation_is_verified() {
    let verifier = verifier();
    for product in PRODUCTS {
        for version in 2..=5 {
            let mut guest = guest(product);
            guest.report.version = version;
            let appraised = appraise(&verifier, &Parts::of(&guest), SystemTime::now()).unwrap();
            assert_eq!(appraised.backing(), Backing::Simulation);
            assert_eq!(appraised.attributes().str_product, product.as_str());
            assert_eq!(appraised.tcb_status(), TcbStatus::UpToDate);
            assert_eq!(appraised.attributes().str_tcb_status, "UpToDate");
            let chip_id_len = if product == SnpProduct::Turin { 16 } else { 128 };
            assert_eq!(appraised.attributes().hex_chip_id.len(), chip_id_len);
        }
    }
}

#[test]
fn a_clouds_key_signs_too() {
    let verifier = verifier();
    for product in PRODUCTS {
        let guest = SimulatedSnp::with_vlek(&AMD, product).unwrap();
        let appraised = appraise(&verifier, &Parts::of(&guest), SystemTime::now()).unwrap();
        assert_eq!(appraised.attributes().hex_chip_id, "");
        assert!(appraised.checks().iter().any(|passed| {
            passed.check == Check::SNP_CHIP_ID && passed.detail.contains("simulation.invalid")
        }));
    }
}

#[test]
fn a_host_may_hide_the_chip_of_its_own_key() {
    let mut guest = guest(SnpProduct::Genoa);
    guest.report.chip_id = [0; 64];
    let appraised = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap();
    assert_eq!(appraised.attributes().hex_chip_id, "");
}

#[test]
fn ids_in_certificates_may_be_wrapped() {
    let mut guest = guest(SnpProduct::Milan);
    let bare = guest.certificate.chip_id.take().unwrap();
    guest.certificate.chip_id = Some([&[0x04, 64][..], &bare].concat());
    let appraised = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap();
    assert_eq!(appraised.attributes().hex_chip_id, hex::encode_upper(bare));
}

#[test]
fn ids_of_turin_may_be_written_in_full() {
    let mut guest = guest(SnpProduct::Turin);
    guest.certificate.chip_id = Some(guest.report.chip_id.to_vec());
    let appraised = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap();
    assert_eq!(appraised.attributes().hex_chip_id, hex::encode_upper(&guest.report.chip_id[..8]));
}

#[test]
fn bergamo_and_siena_count_as_genoa() {
    for (model, name) in [(0xA0, "Bergamo"), (0xA0, "Siena-B2"), (0x11, "Genoa-B1")] {
        let mut guest = guest(SnpProduct::Genoa);
        guest.report.cpuid = [0x19, model, 2];
        guest.certificate.product_name = name.into();
        let appraised = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap();
        assert_eq!(appraised.attributes().str_product, "Genoa", "{name}");
    }
}

#[test]
fn attributes_are_what_the_report_says() {
    let mut guest = guest(SnpProduct::Milan);
    guest.report.guest_svn = 7;
    guest.report.vmpl = 2;
    guest.report.host_data = [0xAB; 32];
    guest.report.policy = 0x17_0100 | 1 << 18;
    guest.report.author_key_enabled = true;
    guest.report.author_key_digest = [0xCD; 48];
    let parts = Parts::of(&guest);
    let appraised = appraise(&verifier(), &parts, SystemTime::now()).unwrap();
    let attributes = appraised.attributes();
    let measurement = hex::encode_upper(guest.report.measurement);
    assert_eq!(attributes.hex_boot_measurement, measurement);
    assert_eq!(attributes.hex_ta_measurement, measurement);
    assert_eq!(attributes.hex_signer, hex::encode_upper(guest.report.id_key_digest));
    assert_eq!(attributes.hex_author_key, "CD".repeat(48));
    assert_eq!(attributes.hex_host_data, "AB".repeat(32));
    assert_eq!(attributes.hex_family_id, "FA".repeat(16));
    assert_eq!(attributes.hex_image_id, "1A".repeat(16));
    assert_eq!(attributes.hex_chip_id, hex::encode_upper(guest.report.chip_id));
    assert_eq!(attributes.hex_secure_flags, "0000000000170100");
    assert_eq!(attributes.str_min_isvsvn, "7");
    assert_eq!(attributes.str_vmpl, "2");
    assert_eq!(attributes.str_versions, "firmware=1.55.40");
    assert_eq!(attributes.str_min_tcb, "bootloader=4,microcode=222,snp=29,tee=0");
    assert_eq!(attributes.bool_debug_disabled, "true");
    assert_eq!(attributes.bool_migration_disabled, "false");
    assert_eq!(attributes.hex_user_data, "5A".repeat(32));
    assert_eq!(attributes.hex_hash_or_pem_pubkey, "5A".repeat(32));
}

#[test]
fn a_platform_that_vouches_for_less_than_it_runs_is_out_of_date() {
    let changes: [Change; 2] = [
        |guest| guest.report.current_tcb.microcode += 1,
        |guest| {
            guest.report.reported_tcb.snp -= 1;
            guest.certificate.tcb.snp -= 1;
        },
    ];
    for change in changes {
        let mut guest = guest(SnpProduct::Milan);
        change(&mut guest);
        let appraised = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap();
        assert_eq!(appraised.tcb_status(), TcbStatus::OutOfDate);
    }
}

#[test]
fn an_update_does_not_hide_what_a_guest_was_launched_on() {
    type Part = fn(&mut SnpTcb) -> &mut u8;
    let older: [(Part, &str); 4] = [
        (|tcb| &mut tcb.bootloader, "bootloader"),
        (|tcb| tcb.fmc.as_mut().unwrap(), "fmc"),
        (|tcb| &mut tcb.snp, "snp"),
        (|tcb| &mut tcb.microcode, "microcode"),
    ];
    let min_tcb = |guest: &SimulatedSnp| {
        let appraised = appraise(&verifier(), &Parts::of(guest), SystemTime::now()).unwrap();
        appraised.attributes().str_min_tcb.clone()
    };
    for (part, name) in older {
        let mut guest = guest(SnpProduct::Turin);
        let reported = *part(&mut guest.report.reported_tcb);
        assert!(min_tcb(&guest).contains(&format!("{name}={reported}")));
        *part(&mut guest.report.launch_tcb) = reported - 1;
        assert!(min_tcb(&guest).contains(&format!("{name}={}", reported - 1)), "{name}");
        // One that is newer proves nothing: the signing key is that of the reported TCB.
        *part(&mut guest.report.launch_tcb) = reported + 1;
        assert!(min_tcb(&guest).contains(&format!("{name}={reported}")), "{name}");
    }
}

#[test]
fn a_guest_without_an_id_block_has_no_signer() {
    let mut guest = guest(SnpProduct::Milan);
    let signer = |guest: &SimulatedSnp| {
        let appraised = appraise(&verifier(), &Parts::of(guest), SystemTime::now()).unwrap();
        appraised.attributes().hex_signer.clone()
    };
    assert_eq!(signer(&guest), hex::encode_upper(guest.report.id_key_digest));
    guest.report.id_key_digest = [0; 48];
    assert_eq!(signer(&guest), "");
}

#[test]
fn a_revocation_list_is_used() {
    let mut guest = guest(SnpProduct::Milan);
    guest.revoked = Some(vec![0x4711]);
    let appraised = appraise(&verifier(), &Parts::of(&guest), SystemTime::now()).unwrap();
    assert!(appraised.checks().iter().any(|passed| passed.check == Check::REVOCATION));
    assert!(appraised.revocation().is_checked());
    // It expires before any certificate.
    assert!(appraised.valid_until() < guest.certificate.validity.end);
}

#[test]
fn an_attester_is_admitted() {
    let guest = guest(SnpProduct::Turin);
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let report = guest.attest(&ReportRequest::passport(UserData([7; 32]), key.public())).unwrap();
    let verifier = verifier();
    let attributes = verifier.verify(&report, SystemTime::now()).unwrap();
    assert_eq!(attributes.user_data(), UserData([7; 32]));

    let admit = |change: fn(&mut UnifiedAttestationAttributes)| {
        let mut entry = UnifiedAttestationAttributes {
            hex_boot_measurement: hex::encode(guest.report.measurement),
            str_min_tcb: "bootloader=1,fmc=1,microcode=80,snp=4,tee=1".into(),
            str_product: "Turin".into(),
            ..Default::default()
        };
        change(&mut entry);
        let policy =
            UnifiedAttestationPolicy { main_attributes: vec![entry], ..Default::default() };
        Policy::parse(&policy).unwrap().admit(&attributes, &Acceptance::default()).is_ok()
    };
    assert!(admit(|_| ()));
    assert!(!admit(|entry| entry.str_min_tcb = "microcode=82".into()));
    assert!(!admit(|entry| entry.str_product = "Milan".into()));
    assert!(!admit(|entry| entry.hex_chip_id = "00".repeat(64)));

    let other = KeyPair::generate(Suite::Modern).unwrap();
    let mut stolen = report;
    stolen.pem_public_key = other.public().pem().into();
    let error = verifier.verify(&stolen, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
}

#[test]
fn by_default_no_policy_admits_what_the_host_can_look_into() {
    let changes: [(&str, Change); 4] = [
        ("debug", |guest| guest.report.policy |= 1 << 19),
        ("migration", |guest| guest.report.policy |= 1 << 18),
        ("VMPL", |guest| guest.report.vmpl = 1),
        ("TCB", |guest| guest.report.current_tcb.snp += 1),
    ];
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let policy = Policy::parse(&UnifiedAttestationPolicy {
        main_attributes: vec![UnifiedAttestationAttributes {
            str_tee_platform: "SEV_SNP".into(),
            ..Default::default()
        }],
        ..Default::default()
    })
    .unwrap();
    let verifier = trusting(&AMD).build().unwrap();
    let admitted = |guest: &SimulatedSnp| {
        let request = ReportRequest::passport(UserData::default(), key.public());
        let report = guest.attest(&request).unwrap();
        let attributes = verifier.verify(&report, SystemTime::now()).unwrap();
        policy.admit(&attributes, &Acceptance::default()).is_ok()
    };
    assert!(admitted(&guest(SnpProduct::Genoa)));
    for (name, change) in changes {
        let mut guest = guest(SnpProduct::Genoa);
        change(&mut guest);
        assert!(!admitted(&guest), "{name}");
    }
}
