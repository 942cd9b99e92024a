//! What is taken for an item's content, and what is not.

use std::time::{Duration, UNIX_EPOCH};

use aecs_attest::{
    CollateralEntry, CollateralItem, Error, IntelTee, PckCa, SnpProduct, SnpSigner, SnpTcb,
};
use aecs_proto::SgxQlQveCollateral;

use crate::collateral::support::{
    Cpu, DAY, FMSPC, HOUR, NOBODYS, bytes, dcap, hsk_cek, hygon, now,
};
use aecs_sim::vectors;

fn refused(item: &CollateralItem, content: &[u8]) -> &'static str {
    match CollateralEntry::new(item.clone(), content, now()) {
        Err(Error::Malformed { what, .. } | Error::TooLarge { what, .. }) => what,
        other => panic!("{item}: {other:?}"),
    }
}

#[test]
fn names_are_read_as_they_are_written() {
    let tcb = SnpTcb { fmc: None, bootloader: 3, tee: 0, snp: 8, microcode: 115 };
    for (item, name) in [
        (
            CollateralItem::Dcap {
                tee: IntelTee::Sgx,
                fmspc: [0, 0xA0, 0x67, 0x11, 0, 0],
                ca: PckCa::Processor,
            },
            "dcap/sgx/00A067110000/processor".to_owned(),
        ),
        (
            CollateralItem::Dcap { tee: IntelTee::Tdx, fmspc: FMSPC, ca: PckCa::Platform },
            "dcap/tdx/41454353494D/platform".to_owned(),
        ),
        (
            CollateralItem::SnpVcek { product: SnpProduct::Milan, chip_id: vec![0xAB; 64], tcb },
            format!("snp-vcek/Milan/{}/bootloader=3,tee=0,snp=8,microcode=115", "AB".repeat(64)),
        ),
        (
            CollateralItem::SnpVcek {
                product: SnpProduct::Turin,
                chip_id: vec![0xCD; 8],
                tcb: SnpTcb { fmc: Some(2), ..tcb },
            },
            "snp-vcek/Turin/CDCDCDCDCDCDCDCD/fmc=2,bootloader=3,tee=0,snp=8,microcode=115".into(),
        ),
        (
            CollateralItem::SnpChain { product: SnpProduct::Genoa, signer: SnpSigner::Vlek },
            "snp-chain/Genoa/vlek".into(),
        ),
        (
            CollateralItem::SnpCrl { product: SnpProduct::Genoa, signer: SnpSigner::Vcek },
            "snp-crl/Genoa/vcek".into(),
        ),
        (hygon("KPA64911-1"), "hygon-hsk-cek/KPA64911-1".into()),
    ] {
        assert_eq!(item.to_string(), name);
        assert_eq!(name.parse::<CollateralItem>().unwrap(), item);
        assert!(name.starts_with(item.kind()));
    }
}

#[test]
fn names_of_nothing_are_refused() {
    for name in [
        "",
        "dcap",
        "dcap/sgx/00a067110000/processor",
        "dcap/sgx/00A06711000/processor",
        "dcap/sev/00A067110000/processor",
        "dcap/sgx/00A067110000/root",
        "dcap/sgx/00A067110000/processor/",
        "snp-vcek/Milan//bootloader=3,tee=0,snp=8,microcode=115",
        "snp-vcek/Milan/AB/bootloader=3,tee=0,snp=8",
        "snp-vcek/Milan/AB/bootloader=3,tee=0,snp=8,microcode=256",
        "snp-vcek/Milan/AB/bootloader=03,tee=0,snp=8,microcode=115",
        "snp-vcek/Milan/AB/fmc=1,bootloader=3,tee=0,snp=8,microcode=115",
        "snp-vcek/Turin/AB/bootloader=3,tee=0,snp=8,microcode=115",
        "snp-vcek/Milan/0000/bootloader=3,tee=0,snp=8,microcode=115",
        "snp-chain/Rome/vcek",
        "hygon-hsk-cek/",
        "hygon-hsk-cek/../../etc/passwd",
        "hygon-hsk-cek/a&b=c",
        "hygon-hsk-cek/a b",
    ] {
        assert!(name.parse::<CollateralItem>().is_err(), "{name}");
    }
    let long = hygon(&"7".repeat(65));
    assert!(matches!(CollateralEntry::new(long, hsk_cek(0), now()), Err(Error::Malformed { .. })));
}

#[test]
fn collateral_of_intel_is_for_one_model_and_authority() {
    let collateral = Cpu::new().collateral();
    let content = bytes(&collateral);
    let entry = CollateralEntry::new(dcap(FMSPC), content.clone(), now()).unwrap();
    let days = entry.expires().unwrap().duration_since(now()).unwrap().as_secs() / DAY.as_secs();
    assert!((29..=30).contains(&days), "{days}");
    assert!(entry.issued().unwrap() <= now() - HOUR + Duration::from_secs(60));
    assert_eq!(entry.parts().len(), 2 + 3 * 2 + 2);
    assert!(entry.not_current(now()).is_none());
    assert!(entry.not_current(now() + 31 * DAY).is_some());
    assert!(entry.not_current(UNIX_EPOCH).is_some());

    assert_eq!(refused(&dcap(NOBODYS), &content), "TCB info");
    let processor = CollateralItem::Dcap { tee: IntelTee::Sgx, fmspc: FMSPC, ca: PckCa::Processor };
    assert_eq!(refused(&processor, &content), "PCK revocation list");
    let tdx = CollateralItem::Dcap { tee: IntelTee::Tdx, fmspc: FMSPC, ca: PckCa::Platform };
    assert_eq!(refused(&tdx, &content), "collateral");
}

#[test]
fn every_part_of_intels_collateral_is_looked_at() {
    let other = Cpu::new().collateral();
    let collateral = Cpu::new().collateral();
    type Change = fn(&mut SgxQlQveCollateral, &SgxQlQveCollateral);
    let changes: [(&str, Change); 13] = [
        ("TCB info", |c, _| c.tcb_info = c.tcb_info.replace("\"SGX\"", "\"TDX\"")),
        ("TCB info", |c, _| c.tcb_info = c.tcb_info.replace("issueDate", "issue")),
        ("TCB info", |c, _| c.tcb_info.truncate(100)),
        ("TCB info", |c, _| c.tcb_info = c.qe_identity.clone()),
        ("TCB info", |c, _| c.tcb_info += &" ".repeat(1 << 16)),
        ("QE identity", |c, _| c.qe_identity = c.qe_identity.replace("\"QE\"", "\"TD_QE\"")),
        ("QE identity", |c, _| c.qe_identity.clear()),
        ("TCB info issuer chain", |c, _| c.tcb_info_issuer_chain.clear()),
        ("QE identity issuer chain", |c, _| {
            c.qe_identity_issuer_chain = format!("{0}{0}", c.qe_identity_issuer_chain);
        }),
        ("PCK revocation list issuer chain", |c, _| {
            c.pck_crl_issuer_chain = c.pck_crl_issuer_chain.replace("CERTIFICATE", "X509 CRL");
        }),
        ("PCK revocation list", |c, _| c.pck_crl = c.root_ca_crl.clone()),
        ("root CA revocation list", |c, _| c.root_ca_crl.push_str("00")),
        ("root CA revocation list", |c, _| c.root_ca_crl.replace_range(0..2, "zz")),
    ];
    for (i, (what, change)) in changes.into_iter().enumerate() {
        let mut changed = collateral.clone();
        change(&mut changed, &other);
        assert_ne!(changed, collateral, "change {i}");
        assert_eq!(refused(&dcap(FMSPC), &bytes(&changed)), what, "change {i}");
    }
    for garbage in [b"".as_slice(), b"\xFF\xFE", b"<html>", &[b'['; 200_000]] {
        assert_eq!(refused(&dcap(FMSPC), garbage), "collateral");
    }
    assert_eq!(refused(&dcap(FMSPC), &vec![b' '; 300 * 1024]), "collateral");
}

#[test]
fn revocation_lists_may_come_in_three_forms() {
    let mut collateral = Cpu::new().collateral();
    let der = hex::decode(&collateral.root_ca_crl).unwrap();
    collateral.root_ca_crl = pem::encode(&pem::Pem::new("X509 CRL", der));
    collateral.pck_crl = collateral.pck_crl.to_uppercase() + "\n";
    CollateralEntry::new(dcap(FMSPC), bytes(&collateral), now()).unwrap();
}

#[test]
fn hygons_certificates_are_told_apart() {
    let entry = CollateralEntry::new(hygon("A1"), hsk_cek(0), now()).unwrap();
    assert_eq!((entry.issued(), entry.expires()), (None, None));
    let good = hsk_cek(0);
    let swapped = [&good[832..], &good[..832]].concat();
    for bad in [&good[..2915], &[0; 2916], &swapped, b"no such chip"] {
        assert_eq!(refused(&hygon("A1"), bad), "HSK and CEK");
    }
}

#[test]
fn a_vcek_is_for_one_chip_and_its_versions() {
    let Some(der) = vectors::read("snp/vcek.der") else { return };
    let Some(report) = vectors::read("snp/report.bin") else { return };
    let chip_id = report[0x1A0..0x1E0].to_vec();
    let tcb = SnpTcb { fmc: None, bootloader: 3, tee: 0, snp: 8, microcode: 115 };
    let item = |product, chip_id: &[u8], tcb| CollateralItem::SnpVcek {
        product,
        chip_id: chip_id.to_vec(),
        tcb,
    };
    let genuine = item(SnpProduct::Milan, &chip_id, tcb);
    let entry = CollateralEntry::new(genuine.clone(), der.clone(), now()).unwrap();
    let years = entry.expires().unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs() / 31_556_952;
    assert_eq!(1970 + years, 2030);

    let mut other_chip = chip_id.clone();
    other_chip[63] ^= 1;
    for other in [
        item(SnpProduct::Genoa, &chip_id, tcb),
        item(SnpProduct::Milan, &other_chip, tcb),
        item(SnpProduct::Milan, &chip_id, SnpTcb { bootloader: 2, ..tcb }),
        item(SnpProduct::Milan, &chip_id, SnpTcb { tee: 1, ..tcb }),
        item(SnpProduct::Milan, &chip_id, SnpTcb { snp: 9, ..tcb }),
        item(SnpProduct::Milan, &chip_id, SnpTcb { microcode: 116, ..tcb }),
    ] {
        assert_eq!(refused(&other, &der), "VCEK certificate", "{other}");
    }
    let chain = CollateralItem::SnpChain { product: SnpProduct::Milan, signer: SnpSigner::Vcek };
    assert_eq!(refused(&chain, &der), "AMD certificate chain");
    let crl = CollateralItem::SnpCrl { product: SnpProduct::Milan, signer: SnpSigner::Vcek };
    assert_eq!(refused(&crl, &der), "AMD revocation list");
    if let Some(vlek) = vectors::read("snp/vlek.der") {
        assert_eq!(refused(&genuine, &vlek), "VCEK certificate");
    }
}
