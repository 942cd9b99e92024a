//! Quotes that bring the certificate of their PCK alone, or only name it: its chain then stands
//! beside them.

use aecs_attest::{Check, Error, TcbStatus};

use crate::attestation::support::{Parts, Simulation, at};

/// Security versions of the simulated processor, and of its provisioning enclave.
const CPU_SVN: [u8; 16] = [11, 11, 2, 2, 255, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const PCE_SVN: u16 = 13;

/// Types of certification data, and how long the processor's id is in each: encrypted for Intel
/// with RSA-2048 and RSA-3072.
const ENCRYPTED: [(u16, usize); 2] = [(2, 256), (3, 384)];

/// A PCK certificate without its chain.
const CERTIFICATE: u16 = 4;

/// Puts a name in place of the certificates in the quote, and gives these.
fn name_only(parts: &mut Parts, (kind, ppid_len): (u16, usize), cpu_svn: [u8; 16]) -> String {
    let name = [&vec![0xEE; ppid_len][..], &cpu_svn, &PCE_SVN.to_le_bytes()].concat();
    replace_chain(parts, kind, &name)
}

/// Puts certification data in place of the certificates in the quote, and gives these.
fn replace_chain(parts: &mut Parts, kind: u16, data: &[u8]) -> String {
    let chain = String::from_utf8(parts.quote.split_off(at::CHAIN)).unwrap();
    parts.quote.truncate(at::CHAIN - 6);
    parts.quote.extend(kind.to_le_bytes());
    parts.quote.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    parts.quote.extend(data);
    let len = u32::try_from(parts.quote.len() - at::SIGNATURE).unwrap();
    parts.quote[at::SIGNATURE_LEN..at::SIGNATURE].copy_from_slice(&len.to_le_bytes());
    chain
}

#[test]
fn the_chain_may_stand_beside_the_quote() {
    let simulation = Simulation::new();
    for kind in ENCRYPTED {
        let mut parts = Parts::of(&simulation.passport());
        parts.collateral.pck_certificate_chain = name_only(&mut parts, kind, CPU_SVN);
        let verified = simulation.verify(&parts.assemble()).unwrap();
        assert_eq!(verified.tcb_status(), TcbStatus::UpToDate);
        let named = verified.checks().iter().any(|made| made.check == Check::CERTIFICATION_DATA);
        assert!(named, "{:?}", verified.checks());
    }
}

/// The certificate of a simulated processor, in PEM.
fn certificate(simulation: &Simulation) -> String {
    let parts = Parts::of(&simulation.passport());
    let chain = String::from_utf8(parts.quote[at::CHAIN..].to_vec()).unwrap();
    const END: &str = "-----END CERTIFICATE-----\n";
    chain.split_inclusive(END).next().unwrap().to_owned()
}

#[test]
fn the_certificate_may_be_without_its_chain() {
    let simulation = Simulation::new();
    let pem = certificate(&simulation);
    let der = pem::parse(&pem).unwrap().into_contents();
    for data in [pem.as_bytes(), der.as_slice()] {
        let mut parts = Parts::of(&simulation.passport());
        let chain = replace_chain(&mut parts, CERTIFICATE, data);
        let error = simulation.verify(&parts.assemble()).unwrap_err();
        assert!(matches!(error, Error::NoPckChain), "{error:?}");
        parts.collateral.pck_certificate_chain = chain;
        let verified = simulation.verify(&parts.assemble()).unwrap();
        assert_eq!(verified.tcb_status(), TcbStatus::UpToDate);
    }
}

#[test]
fn another_processors_certificate_is_refused() {
    let (simulation, other) = (Simulation::new(), Simulation::new());
    let mut parts = Parts::of(&simulation.passport());
    let other = certificate(&other);
    parts.collateral.pck_certificate_chain =
        replace_chain(&mut parts, CERTIFICATE, other.as_bytes());
    let error = simulation.verify(&parts.assemble()).unwrap_err();
    let check = Check::CERTIFICATION_DATA;
    assert!(matches!(error, Error::Mismatch { check: found, .. } if found == check), "{error:?}");
    for none in [&b""[..], b"junk", &other.as_bytes()[..100]] {
        let mut parts = Parts::of(&simulation.passport());
        parts.collateral.pck_certificate_chain = replace_chain(&mut parts, CERTIFICATE, none);
        let error = simulation.verify(&parts.assemble()).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
    }
}

#[test]
fn another_processors_name_is_refused() {
    let simulation = Simulation::new();
    let mut parts = Parts::of(&simulation.passport());
    let mut other = CPU_SVN;
    other[0] += 1;
    parts.collateral.pck_certificate_chain = name_only(&mut parts, ENCRYPTED[1], other);
    let error = simulation.verify(&parts.assemble()).unwrap_err();
    let check = Check::CERTIFICATION_DATA;
    assert!(matches!(error, Error::Mismatch { check: found, .. } if found == check), "{error:?}");
}

#[test]
fn a_name_alone_is_not_enough() {
    let simulation = Simulation::new();
    let mut parts = Parts::of(&simulation.passport());
    name_only(&mut parts, ENCRYPTED[0], CPU_SVN);
    let error = simulation.verify(&parts.assemble()).unwrap_err();
    assert!(matches!(error, Error::NoPckChain), "{error:?}");
}

#[test]
fn a_chain_beside_a_quote_that_brings_one_is_the_same() {
    let (simulation, other) = (Simulation::new(), Simulation::new());
    let chain = |simulation: &Simulation| {
        let parts = Parts::of(&simulation.passport());
        String::from_utf8(parts.quote[at::CHAIN..].to_vec()).unwrap()
    };
    let mut parts = Parts::of(&simulation.passport());
    parts.collateral.pck_certificate_chain = chain(&simulation);
    simulation.verify(&parts.assemble()).unwrap();
    parts.collateral.pck_certificate_chain = chain(&other);
    let error = simulation.verify(&parts.assemble()).unwrap_err();
    let what = "PCK certificate chain";
    assert!(matches!(error, Error::Malformed { what: found, .. } if found == what), "{error:?}");
}
