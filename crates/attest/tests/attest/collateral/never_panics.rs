//! Whatever bytes come from a service or a file: an entry or an error.

use aecs_attest::{CollateralBundle, CollateralEntry, CollateralItem};
use proptest::prelude::*;

use crate::collateral::support::{Cpu, FMSPC, bytes, dcap, hsk_cek, hygon, now};

/// Good bytes with some of them changed, and cut somewhere.
fn damaged(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let len = good.len();
    let changes = prop::collection::vec((0..len, any::<u8>()), 0..6);
    (Just(good), changes, 0..len * 4).prop_map(|(mut bytes, changes, cut)| {
        changes.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        bytes.truncate(cut);
        bytes
    })
}

fn contents() -> impl Strategy<Value = Vec<u8>> {
    let intel = bytes(&Cpu::new().collateral());
    let bundle = CollateralBundle::new([
        CollateralEntry::new(dcap(FMSPC), intel.clone(), now()).unwrap(),
        CollateralEntry::new(hygon("A1"), hsk_cek(0), now()).unwrap(),
    ]);
    let chain = pem::encode(&pem::Pem::new("CERTIFICATE", vec![0x30; 300])).repeat(2);
    prop_oneof![
        damaged(intel),
        damaged(bundle.to_json().unwrap()),
        damaged(hsk_cek(0)),
        damaged(chain.into_bytes()),
        prop::collection::vec(any::<u8>(), 0..2000),
    ]
}

fn items() -> Vec<CollateralItem> {
    let tcb = "bootloader=3,tee=0,snp=8,microcode=115";
    [
        "dcap/sgx/41454353494D/platform".to_owned(),
        "dcap/tdx/41454353494D/platform".to_owned(),
        format!("snp-vcek/Milan/{}/{tcb}", "AB".repeat(64)),
        "snp-chain/Milan/vcek".to_owned(),
        "snp-crl/Milan/vcek".to_owned(),
        "hygon-hsk-cek/A1".to_owned(),
    ]
    .iter()
    .map(|name| name.parse().unwrap())
    .collect()
}

proptest! {
    #[test]
    fn on_content(content in contents()) {
        for item in items() {
            if let Ok(entry) = CollateralEntry::new(item.clone(), content.clone(), now()) {
                prop_assert_eq!(entry.item(), &item);
                prop_assert!(!entry.parts().is_empty());
            }
        }
        if let Ok(bundle) = CollateralBundle::parse(&content) {
            prop_assert!(CollateralBundle::parse(&bundle.to_json().unwrap()).is_ok());
        }
    }

    #[test]
    fn on_names(name in "[a-z]{0,8}(/[A-Za-z0-9=,.-]{0,40}){0,5}") {
        if let Ok(item) = name.parse::<CollateralItem>() {
            prop_assert_eq!(item.to_string(), name);
        }
    }
}
