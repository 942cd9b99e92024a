use std::time::{Duration, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519,
};

use super::*;

const CHECK: Check = Check::new("chain");
const WHAT: Endorsement = Endorsement::new("chain");
/// 2024-01-01.
const NOW: u64 = 1_704_067_200;

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
    let anchors: Vec<_> =
        roots.iter().map(|der| Anchor { der: der.to_vec(), backing: Backing::Hardware }).collect();
    let chain =
        chain.iter().map(|der| Certificate::parse("certificate", der)).collect::<Result<Vec<_>>>();
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    ChainRules { check: CHECK, what: WHAT, anchors: &anchors, understood: &[], now }
        .verify(&chain?, &mut Checks::new())
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
