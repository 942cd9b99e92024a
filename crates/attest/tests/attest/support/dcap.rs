//! Ways to tamper with what quotes of SGX and TDX are verified with, each with the check that
//! refuses it.

use aecs_attest::{Check, Endorsement};
use aecs_proto::SgxQlQveCollateral;

use crate::support::refusal::Refusal;

/// Places in a chain of two, or of the PCK's three.
pub(crate) const LEAF: usize = 0;
pub(crate) const PLATFORM_CA: usize = 1;
pub(crate) const PCK_ROOT: usize = 2;
const ROOT: usize = 1;

/// A name, what is done to genuine collateral of either kind of TEE, and the check that refuses it.
pub(crate) type Corruption = (&'static str, fn(&mut SgxQlQveCollateral), Refusal);

pub(crate) const COLLATERAL: &[Corruption] = &[
    ("version", |c| c.version = 1, Refusal::Unsupported("collateral version 1")),
    ("TEE type", |c| c.tee_type ^= 0x81, Refusal::Malformed("collateral")),
    (
        "CRL issuer",
        |c| flip_certificate(&mut c.pck_crl_issuer_chain, LEAF),
        Refusal::Mismatch(Check::PCK_CRL_ISSUER),
    ),
    (
        "root of the CRL issuer",
        |c| flip_certificate(&mut c.pck_crl_issuer_chain, ROOT),
        Refusal::Root(Endorsement::PCK_CRL_CHAIN),
    ),
    ("root CA CRL", |c| flip_crl(&mut c.root_ca_crl), Refusal::Untrusted(Check::ROOT_CA_CRL)),
    ("PCK CRL", |c| flip_crl(&mut c.pck_crl), Refusal::Untrusted(Check::PCK_CRL)),
    (
        "PCK CRL in place of the root's",
        |c| c.root_ca_crl = c.pck_crl.clone(),
        Refusal::Mismatch(Check::ROOT_CA_CRL),
    ),
    (
        "root's CRL in place of the PCK's",
        |c| c.pck_crl = c.root_ca_crl.clone(),
        Refusal::Mismatch(Check::PCK_CRL),
    ),
    (
        "TCB signer",
        |c| flip_certificate(&mut c.tcb_info_issuer_chain, LEAF),
        Refusal::Untrusted(Check::CERTIFICATE_CHAIN),
    ),
    (
        "root of the TCB signer",
        |c| flip_certificate(&mut c.tcb_info_issuer_chain, ROOT),
        Refusal::Root(Endorsement::TCB_INFO_CHAIN),
    ),
    (
        "platform CA as TCB signer",
        |c| c.tcb_info_issuer_chain = c.pck_crl_issuer_chain.clone(),
        Refusal::Mismatch(Check::CERTIFICATE_CHAIN),
    ),
    (
        "TCB info",
        |c| replace(&mut c.tcb_info, "2024-03-13", "2024-03-14"),
        Refusal::Untrusted(Check::TCB_INFO_SIGNATURE),
    ),
    (
        "TCB info with white space in a text",
        |c| replace(&mut c.tcb_info, r#"{"id":""#, r#"{"id":" "#),
        Refusal::Untrusted(Check::TCB_INFO_SIGNATURE),
    ),
    (
        "TCB info with another field",
        |c| replace(&mut c.tcb_info, r#"{"tcbInfo""#, r#"{"x":1,"tcbInfo""#),
        Refusal::Malformed("TCB info"),
    ),
    (
        "signature of the TCB info",
        |c| replace(&mut c.tcb_info, r#""signature":""#, r#""signature":"00"#),
        Refusal::Malformed("TCB info"),
    ),
    (
        "QE identity for the TCB info",
        |c| c.tcb_info = c.qe_identity.clone(),
        Refusal::Malformed("TCB info"),
    ),
    (
        "QE identity renamed to TCB info",
        |c| c.tcb_info = c.qe_identity.replace("enclaveIdentity", "tcbInfo"),
        Refusal::Untrusted(Check::TCB_INFO_SCOPE),
    ),
    (
        "QE identity signer",
        |c| flip_certificate(&mut c.qe_identity_issuer_chain, LEAF),
        Refusal::Untrusted(Check::CERTIFICATE_CHAIN),
    ),
    (
        "root of the QE identity signer",
        |c| flip_certificate(&mut c.qe_identity_issuer_chain, ROOT),
        Refusal::Root(Endorsement::QE_IDENTITY_CHAIN),
    ),
    (
        "QE identity",
        |c| replace(&mut c.qe_identity, r#""isvprodid":"#, r#""isvprodid":1"#),
        Refusal::Untrusted(Check::QE_IDENTITY_SIGNATURE),
    ),
    ("no QE identity", |c| c.qe_identity.clear(), Refusal::Malformed("QE identity")),
    (
        "TCB info renamed to QE identity",
        |c| c.qe_identity = c.tcb_info.replace("tcbInfo", "enclaveIdentity"),
        Refusal::Untrusted(Check::QE_IDENTITY_SCOPE),
    ),
];

/// Flips a bit in the signature of one of the certificates.
pub(crate) fn flip_certificate(chain: &mut String, index: usize) {
    let mut blocks = pem::parse_many(&*chain).unwrap();
    let mut der = blocks[index].contents().to_vec();
    *der.last_mut().unwrap() ^= 1;
    blocks[index] = pem::Pem::new("CERTIFICATE", der);
    *chain = blocks.iter().map(pem::encode).collect();
}

/// Flips a bit in the signature of a revocation list.
pub(crate) fn flip_crl(crl: &mut String) {
    let mut der = hex::decode(&*crl).unwrap();
    *der.last_mut().unwrap() ^= 1;
    *crl = hex::encode(der);
}

/// Replaces a part of a text that has to be there.
pub(crate) fn replace(text: &mut String, part: &str, by: &str) {
    assert!(text.contains(part), "no {part} in {text}");
    *text = text.replace(part, by);
}
