use std::time::{Duration, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519,
};

use super::*;
use crate::x509::rules::KUNPENG;
use crate::x509::signature::{Algorithm, KeyKind};

const CHECK: Check = Check::new("chain");
const WHAT: Endorsement = Endorsement::new("chain");
/// 2024-01-01.
const NOW: u64 = 1_704_067_200;

const RULES: Rules = Rules { check: CHECK, signer_key: KeyKind::P256, max_len: 4, ..KUNPENG };

/// A name, its key, and what its certificate says.
struct Party {
    key: KeyPair,
    params: CertificateParams,
}

fn party(name: &str, authority: Option<u8>) -> Party {
    let mut params = CertificateParams::default();
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    params.distinguished_name = names;
    params.not_before = rcgen::date_time_ymd(2023, 1, 1);
    params.not_after = rcgen::date_time_ymd(2025, 1, 1);
    params.is_ca = match authority {
        Some(below) => IsCa::Ca(BasicConstraints::Constrained(below)),
        None => IsCa::ExplicitNoCa,
    };
    Party { key: KeyPair::generate().unwrap(), params }
}

impl Party {
    fn itself(&self) -> Vec<u8> {
        self.params.self_signed(&self.key).unwrap().der().to_vec()
    }

    fn issue(&self, other: &Self) -> Vec<u8> {
        let issuer = Issuer::from_params(&self.params, &self.key);
        other.params.signed_by(&other.key, &issuer).unwrap().der().to_vec()
    }
}

fn verify(chain: &[&[u8]], roots: &[&[u8]]) -> Result<Backing> {
    verify_by(&RULES, chain, roots)
}

fn verify_by(rules: &Rules, chain: &[&[u8]], roots: &[&[u8]]) -> Result<Backing> {
    let anchors = roots.iter().map(|der| Anchor { der: der.to_vec(), backing: Backing::Hardware });
    let roots = rules.roots(anchors.collect())?;
    let chain = Certificate::chain("certificate", chain.iter().copied())?;
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    let context = Context { now, collateral: None, signatures: &SignatureMemory::new(0) };
    rules.verify(WHAT, &chain, &roots, &context, &mut Checks::new())
}

fn refused(outcome: &Result<Backing>) -> bool {
    matches!(outcome, Err(Error::Untrusted { check: CHECK, .. }))
}

#[test]
fn chains_of_any_length_lead_to_their_root() {
    let (root, middle, leaf) =
        (party("root", Some(1)), party("middle", Some(0)), party("leaf", None));
    let (root_der, middle_der) = (root.itself(), root.issue(&middle));
    let leaf_der = middle.issue(&leaf);
    let roots: &[&[u8]] = &[&root_der];
    verify(&[&leaf_der, &middle_der], roots).unwrap();
    verify(&[&leaf_der, &middle_der, &root_der], roots).unwrap();
    verify(&[&middle_der], roots).unwrap();
    // Any certificate that is configured is a root.
    verify(&[&leaf_der], &[&middle_der]).unwrap();
    verify(&[&leaf_der, &middle_der], &[&middle_der]).unwrap();

    let unknown = |outcome| matches!(outcome, Err(Error::UnknownRoot { chain: WHAT, .. }));
    assert!(unknown(verify(&[&leaf_der], roots)), "the link is missing");
    assert!(unknown(verify(&[&leaf_der, &middle_der], &[])));
    assert!(refused(&verify(&[&root_der], roots)), "the root is nobody's certificate");
    assert!(refused(&verify(&[], roots)));
    assert!(refused(&verify(&[&leaf_der, &root_der], roots)));
    assert!(refused(&verify(&[&leaf_der, &leaf_der, &middle_der], roots)), "a leaf that issues");
}

#[test]
fn only_authorities_issue_and_only_so_deep() {
    let (root, leaf) = (party("root", Some(0)), party("leaf", None));
    let (middle, no_authority) = (party("middle", Some(0)), party("middle", None));
    let root_der = root.itself();
    let leaf_der = middle.issue(&leaf);
    assert!(refused(&verify(&[&leaf_der, &root.issue(&middle)], &[&root_der])), "too deep");

    let root = party("root", Some(3));
    let root_der = root.itself();
    let (leaf_der, middle_der) = (no_authority.issue(&leaf), root.issue(&no_authority));
    assert!(refused(&verify(&[&leaf_der, &middle_der], &[&root_der])));

    let mut signs_no_certificates = party("middle", Some(0));
    signs_no_certificates.params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let leaf_der = signs_no_certificates.issue(&leaf);
    let middle_der = root.issue(&signs_no_certificates);
    assert!(refused(&verify(&[&leaf_der, &middle_der], &[&root_der])));
}

#[test]
fn of_two_roots_with_one_name_the_right_one_is_found() {
    let (root, namesake, leaf) =
        (party("root", Some(0)), party("root", Some(0)), party("leaf", None));
    let (root_der, namesake_der) = (root.itself(), namesake.itself());
    let leaf_der = root.issue(&leaf);
    verify(&[&leaf_der], &[&namesake_der, &root_der]).unwrap();
    verify(&[&leaf_der], &[&root_der, &namesake_der]).unwrap();
    assert!(refused(&verify(&[&leaf_der], &[&namesake_der])));
    // Who presents a root is held to it.
    assert!(refused(&verify(&[&leaf_der, &namesake_der], &[&root_der, &namesake_der])));
}

#[test]
fn critical_extensions_have_to_be_understood() {
    let (root, mut leaf) = (party("root", Some(0)), party("leaf", None));
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    leaf.params.custom_extensions.push(extension.clone());
    let root_der = root.itself();
    verify(&[&root.issue(&leaf)], &[&root_der]).unwrap();
    extension.set_criticality(true);
    leaf.params.custom_extensions = vec![extension];
    assert!(refused(&verify(&[&root.issue(&leaf)], &[&root_der])));
}

#[test]
fn other_algorithms() {
    for (algorithm, known) in
        [(&PKCS_ECDSA_P384_SHA384, true), (&PKCS_ECDSA_P521_SHA512, true), (&PKCS_ED25519, false)]
    {
        let (mut root, leaf) = (party("root", Some(0)), party("leaf", None));
        root.key = KeyPair::generate_for(algorithm).unwrap();
        let (root_der, leaf_der) = (root.itself(), root.issue(&leaf));
        let outcome = verify(&[&leaf_der], &[&root_der]);
        assert_eq!(outcome.is_ok(), known, "{outcome:?}");
        assert!(known || refused(&outcome));
    }
}

#[test]
fn certificates_have_one_form() {
    let (root, leaf) = (party("root", Some(0)), party("leaf", None));
    let (root_der, leaf_der) = (root.itself(), root.issue(&leaf));
    for at in 0..leaf_der.len() {
        for bit in [0x01, 0x04, 0x80] {
            let mut changed = leaf_der.clone();
            changed[at] ^= bit;
            assert!(verify(&[&changed], &[&root_der]).is_err(), "byte {at}, bit {bit:#04X}");
        }
    }
    for changed in [[leaf_der.as_slice(), &[0]].concat(), leaf_der[..leaf_der.len() - 1].to_vec()] {
        assert!(matches!(
            verify(&[&changed], &[&root_der]),
            Err(Error::Malformed { what: "certificate", .. })
        ));
    }
}

#[test]
fn the_row_decides() {
    let (root, leaf) = (party("root", Some(0)), party("leaf", None));
    let (root_der, leaf_der) = (root.itself(), root.issue(&leaf));
    let verify = |rules: Rules| verify_by(&rules, &[&leaf_der], &[&root_der]);
    verify(RULES).unwrap();
    assert!(refused(&verify(Rules { algorithms: &[Algorithm::EcdsaSha384], ..RULES })));
    assert!(refused(&verify(Rules { signer_key: KeyKind::P384, ..RULES })));
    assert!(matches!(verify(Rules { max_len: 0, ..RULES }), Err(Error::Malformed { .. })));
    assert!(matches!(verify(Rules { brings_root: true, ..RULES }), Err(Error::Malformed { .. })));
    // Neither says what its key is for.
    let demanding = Rules { demands_usage: true, ..RULES };
    assert!(matches!(verify(demanding), Err(Error::Malformed { what: "root certificate", .. })));
}

#[test]
fn nothing_in_the_frame_may_vary() {
    let (root, leaf) = (party("root", Some(0)), party("leaf", None));
    let genuine = root.issue(&leaf);
    Certificate::read(&genuine).unwrap();
    for bit in 0..8 {
        let mut other_tag = genuine.clone();
        other_tag[0] ^= 1 << bit;
        assert!(Certificate::read(&other_tag).is_err(), "{:#04X}", other_tag[0]);
    }
    // The identifier of the algorithm in front of the signature, but not the one that is signed.
    let id = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
    let at = genuine.windows(id.len()).rposition(|window| window == id).unwrap();
    let mut other_algorithm = genuine.clone();
    other_algorithm[at + id.len() - 1] = 0x03;
    let error = Certificate::read(&other_algorithm).err().unwrap().to_string();
    assert!(error.contains("its algorithm"), "{error}");
}
