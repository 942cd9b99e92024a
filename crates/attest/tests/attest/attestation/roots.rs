//! A root that has more than one certificate, as Intel's has.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{Attributes, Check, Endorsement, Error, Platform, Verified, Verifier};
use aecs_sim::SimulatedCpu;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::attestation::support::{Parts, Simulation};
use crate::support::dcap::flip_certificate;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn file(simulation: &Simulation, name: &str) -> String {
    std::fs::read_to_string(simulation.dir.path().join(name)).unwrap()
}

/// Another certificate of the simulated root's name, valid for so long from a day ago on.
fn certificate(key: &KeyPair, lifetime: Duration) -> Certificate {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "AECS SIMULATION SGX Root CA");
    name.push(DnType::OrganizationName, "AECS SIMULATION");
    params.distinguished_name = name;
    params.not_before = (SystemTime::now() - DAY).into();
    params.not_after = (SystemTime::now() - DAY + lifetime).into();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.self_signed(key).unwrap()
}

fn own_key(simulation: &Simulation) -> KeyPair {
    KeyPair::from_pem(&file(simulation, "root-ca.key")).unwrap()
}

fn verify(root: &[u8], parts: &Parts) -> Result<Verified<Attributes>, Error> {
    let verifier = Verifier::builder().simulated_root(root).build().unwrap();
    verifier.verify(&parts.assemble(), SystemTime::now())
}

/// Puts another certificate at the end of the chains in the quote and in the collateral.
fn end_in(simulation: &Simulation, parts: &mut Parts, root: &str) {
    let original = file(simulation, "root-ca.pem");
    parts.change_pck_chain(|chain| *chain = chain.replace(&original, root));
    for chain in [
        &mut parts.collateral.pck_crl_issuer_chain,
        &mut parts.collateral.tcb_info_issuer_chain,
        &mut parts.collateral.qe_identity_issuer_chain,
    ] {
        *chain = chain.replace(&original, root);
    }
}

#[test]
fn every_certificate_of_a_trusted_root_is_that_root() {
    let simulation = Simulation::new();
    let other = certificate(&own_key(&simulation), 100 * DAY);
    let parts = Parts::of(&simulation.passport());
    verify(other.der(), &parts).unwrap();
    let mut reissued = parts.clone();
    end_in(&simulation, &mut reissued, &other.pem());
    assert_ne!(reissued.quote, parts.quote);
    verify(simulation.cpu.root_der(), &reissued).unwrap();

    let source = Arc::new(SimulatedCpu::open(simulation.dir.path()).unwrap());
    let verifier = Verifier::builder().simulated_root(other.der().as_ref()).collateral(source);
    let report = simulation.background_check();
    verifier.build().unwrap().verify(&report, SystemTime::now()).unwrap();
}

#[test]
fn a_name_without_the_key_is_another_root() {
    let simulation = Simulation::new();
    let parts = Parts::of(&simulation.passport());
    let stranger = certificate(&KeyPair::generate().unwrap(), 100 * DAY);
    let error = verify(stranger.der(), &parts).unwrap_err();
    let chain_of = |error: &Error| match error {
        Error::UnknownRoot { chain, .. } => Some(*chain),
        _ => None,
    };
    assert_eq!(chain_of(&error), Some(Endorsement::PCK_CHAIN), "{error:?}");

    // Nor does a certificate that the root has not signed count, whatever key is in it.
    let mut unsigned = certificate(&own_key(&simulation), 100 * DAY).pem();
    flip_certificate(&mut unsigned, 0);
    let mut changed = parts.clone();
    end_in(&simulation, &mut changed, &unsigned);
    let error = verify(simulation.cpu.root_der(), &changed).unwrap_err();
    assert_eq!(chain_of(&error), Some(Endorsement::PCK_CHAIN), "{error:?}");
}

#[test]
fn another_certificate_of_the_root_has_dates_of_its_own() {
    let simulation = Simulation::new();
    let mut parts = Parts::of(&simulation.passport());
    let expired = certificate(&own_key(&simulation), DAY / 2);
    end_in(&simulation, &mut parts, &expired.pem());
    let error = verify(simulation.cpu.root_der(), &parts).unwrap_err();
    let what = Endorsement::PCK_CHAIN;
    assert!(matches!(error, Error::Expired { what: found, .. } if found == what), "{error:?}");
}

/// As Intel's library demands.
#[test]
fn all_chains_end_in_the_same_certificate() {
    let simulation = Simulation::new();
    let original = file(&simulation, "root-ca.pem");
    let other = certificate(&own_key(&simulation), 100 * DAY).pem();
    let changes: [fn(&mut Parts) -> &mut String; 3] = [
        |parts| &mut parts.collateral.pck_crl_issuer_chain,
        |parts| &mut parts.collateral.tcb_info_issuer_chain,
        |parts| &mut parts.collateral.qe_identity_issuer_chain,
    ];
    for (i, chain) in changes.into_iter().enumerate() {
        let mut parts = Parts::of(&simulation.passport());
        let chain = chain(&mut parts);
        *chain = chain.replace(&original, &other);
        let error = verify(simulation.cpu.root_der(), &parts).unwrap_err();
        let refused = Check::CERTIFICATE_CHAIN;
        assert!(
            matches!(error, Error::Mismatch { check, .. } if check == refused),
            "{i} {error:?}"
        );
        assert!(error.to_string().contains("another one of the same authority"), "{error}");
    }
}

/// The date of the collateral is told only if nobody but the vendor could have signed it: under a
/// root that is configured for the platform, its owner signs any date.
#[test]
fn f03_a_configured_root_tells_no_time() {
    let simulation = Simulation::new();
    let now = SystemTime::now();
    // Dates in collateral are whole seconds.
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let from = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds - 60);
    simulation.cpu.set_collateral_window(Some(from..now + DAY)).unwrap();
    let report = simulation.passport();
    let root = simulation.cpu.root_der();
    let issued = |builder: aecs_attest::VerifierBuilder| {
        let verifier = builder.build().unwrap();
        let verified = verifier.verify(&report, now).unwrap().issued();
        let appraised = verifier.appraise(report.report.as_ref().unwrap(), now).unwrap();
        assert_eq!(appraised.issued(), verified);
        assert_eq!(verifier.verify(&report, now).unwrap().issued(), verified, "remembered");
        verified
    };
    let simulated = || Verifier::builder().simulated_root(root);
    assert_eq!(issued(simulated()), None);
    assert_eq!(issued(Verifier::builder().root(Platform::SgxDcap, root)), None);
    assert_eq!(
        issued(Verifier::builder().root(Platform::SgxDcap, root).insecure_simulated_dates()),
        None,
        "it is for simulated roots only"
    );
    let counting = || simulated().insecure_simulated_dates();
    assert_eq!(issued(counting()), Some(from));
    assert_eq!(issued(counting().root(Platform::Tdx, root)), Some(from), "of another platform");
    assert_eq!(issued(counting().root(Platform::SgxDcap, root)), None, "beside the simulated one");
}
