//! Who brings a report chooses what stands beside it: the revocation list is wanted all the same.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Attester as _, CollateralItem, CollateralSource, Endorsement, Error, ReportRequest, Result,
    Revocation, SnpProduct, SnpSigner, UserData,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_sim::{SimulatedAmd, SimulatedSnp};

use crate::snp::support::{AMD, DAY, Parts, appraise, guest, trusting, verifier};
use crate::support::refusal::{Refusal, refusal};

/// Has this revocation list of Milan's root, and nothing else.
struct Lists(Vec<u8>);

impl Lists {
    /// Issued a number of days ago, with these serial numbers on it.
    fn of(days: u32, revoked: &[u64]) -> Arc<Self> {
        let issued = SystemTime::now() - days * DAY;
        Arc::new(Self(AMD.crl(SnpProduct::Milan, revoked, issued..issued + 60 * DAY).unwrap()))
    }
}

impl CollateralSource for Lists {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> Result<Arc<[u8]>> {
        match item {
            CollateralItem::SnpCrl { product: SnpProduct::Milan, .. } => Ok(self.0.clone().into()),
            other => panic!("{other} was asked for"),
        }
    }

    fn generation(&self) -> u64 {
        0
    }
}

fn with_list(days: u32, revoked: &[u64]) -> Parts {
    let crl = Lists::of(days, revoked).0.clone();
    Parts { crl, ..Parts::of(&guest(SnpProduct::Milan)) }
}

fn ask_serial() -> u64 {
    SimulatedAmd::authority_serial(SnpProduct::Milan, SnpSigner::Vcek)
}

#[test]
fn h10_revocation_left_out() {
    let mut without = Parts::of(&guest(SnpProduct::Milan));
    without.crl.clear();
    let error = appraise(&verifier(), &without, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::NoRevocationList), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("add the list") && text.contains("insecure_no_revocation_list"),
        "{text}"
    );

    // The verifier's own list will do, and tells that the issuer was revoked.
    let own = |list| trusting(&AMD).collateral(list).build().unwrap();
    let appraised = appraise(&own(Lists::of(1, &[])), &without, SystemTime::now()).unwrap();
    assert!(appraised.revocation().is_checked());
    let revoked = own(Lists::of(1, &[ask_serial()]));
    let error = appraise(&revoked, &without, SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Revoked(Endorsement::SNP_ASK));
}

#[test]
fn h10_the_newer_list_counts() {
    let now = SystemTime::now();
    let judge = |own: Arc<Lists>, brought: &Parts| {
        let verifier = trusting(&AMD).collateral(own).build().unwrap();
        appraise(&verifier, brought, now).map(|appraised| appraised.revocation().to_string())
    };
    let revoked = Refusal::Revoked(Endorsement::SNP_ASK);
    // An old list in the report does not hide what this side's own says, nor the other way round.
    let error = judge(Lists::of(1, &[ask_serial()]), &with_list(30, &[])).unwrap_err();
    assert_eq!(refusal(&error), revoked);
    let error = judge(Lists::of(30, &[]), &with_list(1, &[ask_serial()])).unwrap_err();
    assert_eq!(refusal(&error), revoked);
    assert!(judge(Lists::of(1, &[]), &with_list(30, &[ask_serial()])).is_ok());
    // One of this side's own that has expired is no list.
    assert!(judge(Lists::of(90, &[ask_serial()]), &with_list(1, &[])).is_ok());
    // One in the report has to hold.
    let mut broken = with_list(30, &[]);
    *broken.crl.last_mut().unwrap() ^= 1;
    assert!(judge(Lists::of(1, &[]), &broken).is_err());
}

#[test]
fn h10_every_verdict_says_whether_revocation_was_checked() {
    let with = appraise(&verifier(), &with_list(1, &[]), SystemTime::now()).unwrap();
    assert!(with.revocation().to_string().starts_with("checked: revocation list of the ARK of 20"));
    let mut without = with_list(1, &[]);
    without.crl.clear();
    let lenient = trusting(&AMD).insecure_no_revocation_list().build().unwrap();
    let appraised = appraise(&lenient, &without, SystemTime::now()).unwrap();
    assert!(matches!(appraised.revocation(), Revocation::NotChecked(_)));
    assert!(appraised.revocation().to_string().starts_with("not checked: "));
    // A list that is there is used.
    let error = appraise(&lenient, &with_list(1, &[ask_serial()]), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Revoked(Endorsement::SNP_ASK));
}

#[test]
fn h10_serial_numbers_of_chips_are_nobodys() {
    // All VCEKs have the serial number 0; a cloud's keys have their own.
    assert!(appraise(&verifier(), &with_list(1, &[0]), SystemTime::now()).is_ok());
    let mut cloud = SimulatedSnp::with_vlek(&AMD, SnpProduct::Milan).unwrap();
    cloud.certificate.serial = 0x77;
    cloud.revoked = Some(vec![0x77]);
    let error = appraise(&verifier(), &Parts::of(&cloud), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Revoked(Endorsement::SNP_VEK));
    cloud.revoked = Some(vec![SimulatedAmd::authority_serial(SnpProduct::Milan, SnpSigner::Vlek)]);
    let error = appraise(&verifier(), &Parts::of(&cloud), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Revoked(Endorsement::SNP_ASK));
}

#[test]
fn h10_who_asks_for_a_list_is_known_beforehand() {
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest::passport(UserData::default(), key.public());
    let report = guest(SnpProduct::Milan).attest(&request).unwrap();
    assert!(!verifier().may_fetch(&report), "there is no source");
    let asking = trusting(&AMD).collateral(Lists::of(1, &[])).build().unwrap();
    assert!(asking.may_fetch(&report));
    let mut other = report;
    other.report.as_mut().unwrap().str_tee_platform = "SGX_DCAP".into();
    assert!(!asking.may_fetch(&other));
    other.report.as_mut().unwrap().str_report_type = "BackgroundCheck".into();
    assert!(asking.may_fetch(&other));
    assert!(!verifier().may_fetch(&other), "there is no source");
}
