//! Reports without endorsements, completed from a source.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{CollateralItem, CollateralSource, Endorsement, Error, Result, SnpProduct};
use aecs_sim::SimulatedSnp;

use crate::snp::support::{AMD, OTHER, PRODUCTS, Parts, guest, trusting, verifier};
use crate::support::refusal::{Refusal, refusal};

fn appraise_with(source: &SimulatedSnp, parts: &Parts) -> Result<(), Error> {
    let verifier = trusting(&AMD).collateral(Arc::new(source.clone())).build().unwrap();
    verifier.appraise(&parts.background_check(), SystemTime::now()).map(|_| ())
}

#[test]
fn a_source_completes_a_report() {
    for product in PRODUCTS {
        for version in [2, 3, 5] {
            let mut guest = guest(product);
            guest.report.version = version;
            appraise_with(&guest, &Parts::of(&guest)).unwrap();
        }
    }
}

#[test]
fn without_a_source_there_is_no_collateral() {
    let parts = Parts::of(&guest(SnpProduct::Milan));
    let now = SystemTime::now();
    let error = verifier().appraise(&parts.background_check(), now).unwrap_err();
    assert_eq!(refusal(&error), Refusal::NoCollateral);
    let error = verifier().appraise(&parts.envelope("Passport", String::new()), now).unwrap_err();
    assert_eq!(refusal(&error), Refusal::NoCollateral);
    let both = parts.envelope("BackgroundCheck", "{}".into());
    let error = verifier().appraise(&both, now).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Malformed("SEV-SNP report"));
}

#[test]
fn what_the_source_says_is_verified() {
    let mut revoked = guest(SnpProduct::Milan);
    revoked.certificate.serial = 0x77;
    revoked.revoked = Some(vec![0x77]);
    let error = appraise_with(&revoked, &Parts::of(&revoked)).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Revoked(Endorsement::SNP_VEK));

    let foreign = SimulatedSnp::new(&OTHER, SnpProduct::Milan).unwrap();
    let error = appraise_with(&foreign, &Parts::of(&foreign)).unwrap_err();
    assert!(matches!(error, Error::Untrusted { .. }), "{error:?}");
}

#[test]
fn the_chip_has_to_be_known_to_the_source() {
    let (one, other) = (guest(SnpProduct::Milan), guest(SnpProduct::Milan));
    let error = appraise_with(&other, &Parts::of(&one)).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Unavailable);

    let mut hidden = guest(SnpProduct::Milan);
    hidden.report.chip_id = [0; 64];
    let error = appraise_with(&hidden, &Parts::of(&hidden)).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Unavailable);
}

#[test]
fn a_clouds_key_needs_a_passport() {
    let guest = SimulatedSnp::with_vlek(&AMD, SnpProduct::Milan).unwrap();
    let error = appraise_with(&guest, &Parts::of(&guest)).unwrap_err();
    assert_eq!(refusal(&error), Refusal::NoCollateral);
}

/// Has everything but revocation lists.
struct WithoutLists(SimulatedSnp);

impl CollateralSource for WithoutLists {
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>> {
        match item {
            CollateralItem::SnpCrl { .. } => Err(Error::Unavailable {
                what: "revocation list".into(),
                source: "there is none".into(),
            }),
            item => self.0.get(item, now),
        }
    }

    fn generation(&self) -> u64 {
        0
    }
}

#[test]
fn a_source_without_revocation_lists_is_not_enough() {
    let guest = guest(SnpProduct::Genoa);
    let source = Arc::new(WithoutLists(guest.clone()));
    let verifier = trusting(&AMD).collateral(source).build().unwrap();
    let report = Parts::of(&guest).background_check();
    let error = verifier.appraise(&report, SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Unavailable);
}
