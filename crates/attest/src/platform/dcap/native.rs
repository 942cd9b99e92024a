//! Verification of DCAP quotes by Intel's own rules, each as a check with a name.
//!
//! The rules are those of Intel's quote verification library (QVL) and of its documents: "SGX ECDSA
//! Quote Library Reference" and "TDX DCAP Quoting Library API" (appendix A of both: quotes), "SGX
//! PCK Certificate and CRL Profile Specification" (certificates, revocation lists), and the
//! provisioning certification service's API, versions 3 and 4 (TCB info, QE identity, how TCB
//! levels are matched). Where that library leaves something open, the stricter reading is taken. A
//! platform below all levels of its TCB info, which the library refuses to judge, has a status of
//! its own here, which no policy admits: tools can then show what the quote says.
//!
//! What comes in is cut into its parts and not believed. [`verify`] goes from the trusted root
//! down: revocation list of the root, signer of TCB info and QE identity, PCK certificate, the
//! quoting enclave's report, attestation key, quote, TDX module, identity of the quoting enclave;
//! then it looks up how up to date all of them are.

pub(super) mod certificate;
mod crl;
pub(super) mod evaluation;
pub(super) mod extension;
mod json;
mod qe_identity;
mod quote;
mod signed;
mod status;
mod tcb_info;

use std::time::SystemTime;

use super::chain::Chain;
use super::root::{self, same_root, unknown_root};
use crate::anchor::Anchor;
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::collateral::IntelTee;
use crate::error::{Check, Endorsement, Result};
use crate::fingerprint::Fingerprint;
use crate::tcb::TcbStatus;
use certificate::{Certificate, Role};
use crl::{CrlIssuer, RevocationList};
use extension::SgxExtension;
use qe_identity::QeIdentity;
pub(crate) use quote::Body;
pub(super) use quote::{Certification, Frame};
pub(super) use signed::Signed;
use tcb_info::TcbInfo;

impl Check {
    /// What the quote says about the PCK that certified it is what the PCK certificate says.
    pub const CERTIFICATION_DATA: Self = Self::new("certification data");
}

/// A quote, and everything that it is verified with.
pub(super) struct Evidence<'a> {
    pub(super) tee: IntelTee,
    pub(super) quote: &'a Frame<'a>,
    /// Of the PCK, of its CA, of the root, in DER.
    pub(super) pck_chain: [&'a [u8]; 3],
    /// The issuers of the PCK revocation list: CA and root.
    pub(super) pck_crl_chain: [&'a [u8]; 2],
    /// DER.
    pub(super) root_ca_crl: &'a [u8],
    /// DER.
    pub(super) pck_crl: &'a [u8],
    pub(super) tcb_info: Signed<'a>,
    pub(super) qe_identity: Signed<'a>,
}

/// What is known about a genuine quote's platform. The window of validity is that of the checks.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) checks: Checks,
    /// Of the platform, the TDX module and the quoting enclave together; never revoked.
    pub(super) tcb_status: TcbStatus,
    /// All that apply to any of them, each once.
    pub(super) advisory_ids: Vec<String>,
    /// The oldest of those of the levels of all three, in seconds since 1970.
    pub(super) tcb_date: u64,
    /// What Intel says of the processor.
    pub(super) pck: SgxExtension,
    /// Security version of the quoting enclave.
    pub(super) qe_svn: u16,
    /// The lower one of TCB info and QE identity.
    pub(super) tcb_evaluation_number: u32,
}

/// Decides whether a quote is genuine.
pub(super) fn verify(
    evidence: &Evidence<'_>,
    anchor: &Anchor,
    context: &Context<'_>,
) -> Result<Verdict> {
    let mut checks = Checks::new();
    let quote = evidence.quote;
    quote.check_header(evidence.tee, &mut checks)?;
    let endorsed = Endorsed::verify(evidence, anchor, context, &mut checks)?;
    let Endorsed { pck, tcb_info, qe_identity, .. } = &endorsed;

    let [pck_certificate, ..] = evidence.pck_chain;
    check_certification(&quote.certification, pck_certificate, pck, &mut checks)?;
    quote.check_qe_report(&endorsed.pck_key, context.signatures, &mut checks)?;
    quote.check_signature(&mut checks)?;
    // Who has signed comes first, then what they are: the TDX module ahead of the quoting enclave,
    // as in Intel's library, so that the same is found to be wrong.
    let td = quote.td_report();
    if let Some(td) = td {
        tcb_info.check_module(td, &mut checks)?;
        td.check_attributes(&mut checks)?;
    }
    let qe_level = qe_identity.check_enclave(&quote.qe_report, &mut checks)?;
    let levels = tcb_info.levels(pck, td, &mut checks)?;
    let (tcb_status, advisory_ids) = status::conclude(&levels, qe_level, &mut checks)?;
    Ok(Verdict {
        checks,
        tcb_status,
        advisory_ids,
        tcb_date: levels.launch.date.seconds.min(qe_level.date.seconds),
        pck: pck.clone(),
        qe_svn: quote.qe_report.svn,
        tcb_evaluation_number: tcb_info.evaluation_number().min(qe_identity.evaluation_number()),
    })
}

/// What Intel says about a platform, all of it signed, current, not revoked, and about the same.
struct Endorsed {
    /// The key that certifies quoting enclaves.
    pck_key: Vec<u8>,
    pck: SgxExtension,
    tcb_info: TcbInfo,
    qe_identity: QeIdentity,
}

impl Endorsed {
    fn verify(
        evidence: &Evidence<'_>,
        anchor: &Anchor,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Self> {
        let chains = Certificates::read(evidence, anchor)?;
        chains.check_dates(context.now, checks)?;
        checks.requires(
            Check::PCK_CRL_ISSUER,
            evidence.pck_chain.get(1..) == Some(evidence.pck_crl_chain.as_slice()),
            "the issuers of the PCK certificate",
            chains.ca.name(),
        )?;
        let root_crl = RevocationList::read(CrlIssuer::RootCa, evidence.root_ca_crl)?;
        let pck_crl = RevocationList::read(CrlIssuer::PckCa, evidence.pck_crl)?;
        root_crl.check(&chains.root, context, checks)?;
        chains.check(evidence, anchor, context, checks)?;
        pck_crl.check(&chains.ca, context, checks)?;
        let detail = format!("{}: {}", Endorsement::PCK_CRL_CHAIN, chains.ca.describe());
        checks.passed(Check::CERTIFICATE_CHAIN, detail);
        chains.check_revocation(&root_crl, &pck_crl, checks)?;

        let (signer, qe_signer) = (&chains.tcb_info_signer, &chains.qe_identity_signer);
        let tcb_info = TcbInfo::verify(&evidence.tcb_info, signer, context, checks)?;
        let qe_identity = QeIdentity::verify(&evidence.qe_identity, qe_signer, context, checks)?;
        let pck = SgxExtension::read(chains.pck.sgx_extension()?, checks)?;
        tcb_info.check_scope(evidence.tee, &pck, checks)?;
        qe_identity.check_scope(evidence.tee, checks)?;
        // There are two authorities, and no third one.
        chains.ca.pck_ca()?;
        Ok(Self { pck_key: chains.pck.inner.public_key().to_vec(), pck, tcb_info, qe_identity })
    }
}

/// The certificates, read and each with the place that it is to have.
struct Certificates<'a> {
    root: Certificate<'a>,
    ca: Certificate<'a>,
    pck: Certificate<'a>,
    tcb_info_signer: Certificate<'a>,
    qe_identity_signer: Certificate<'a>,
}

impl<'a> Certificates<'a> {
    fn read(evidence: &Evidence<'a>, anchor: &Anchor) -> Result<Self> {
        let [pck, ca, pck_root] = evidence.pck_chain;
        if !root::is_of(anchor, pck_root) {
            let trusted = std::slice::from_ref(anchor);
            return Err(unknown_root(Endorsement::PCK_CHAIN, pck_root, trusted));
        }
        let [_, crl_root] = evidence.pck_crl_chain;
        let [tcb_info_signer, tcb_info_root] = evidence.tcb_info.chain;
        let [qe_identity_signer, qe_identity_root] = evidence.qe_identity.chain;
        for (what, root) in [
            (Endorsement::TCB_INFO_CHAIN, tcb_info_root),
            (Endorsement::QE_IDENTITY_CHAIN, qe_identity_root),
            (Endorsement::PCK_CRL_CHAIN, crl_root),
        ] {
            same_root(what, root, pck_root, anchor)?;
        }
        Ok(Self {
            root: Certificate::read(Endorsement::PCK_CHAIN, Role::Root, pck_root)?,
            ca: Certificate::read(Endorsement::PCK_CHAIN, Role::PckCa, ca)?,
            pck: Certificate::read(Endorsement::PCK_CHAIN, Role::Pck, pck)?,
            tcb_info_signer: Certificate::read(
                Endorsement::TCB_INFO_CHAIN,
                Role::TcbSigner,
                tcb_info_signer,
            )?,
            qe_identity_signer: Certificate::read(
                Endorsement::QE_IDENTITY_CHAIN,
                Role::TcbSigner,
                qe_identity_signer,
            )?,
        })
    }

    /// Ahead of everything else, since the library that follows chains tells dates apart from
    /// signatures only by its texts.
    fn check_dates(&self, now: SystemTime, checks: &mut Checks) -> Result<()> {
        for certificate in
            [&self.root, &self.ca, &self.pck, &self.tcb_info_signer, &self.qe_identity_signer]
        {
            certificate.check_dates(now, checks)?;
        }
        Ok(())
    }

    /// Signatures, names, constraints and usages, from the root down.
    fn check(
        &self,
        evidence: &Evidence<'_>,
        anchor: &Anchor,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<()> {
        for certificate in
            [&self.root, &self.ca, &self.pck, &self.tcb_info_signer, &self.qe_identity_signer]
        {
            certificate.check_profile()?;
        }
        let trusted = anchor.der.as_slice();
        self.pck.check_issuers(&[&self.ca], trusted, context)?;
        self.tcb_info_signer.check_issuers(&[], trusted, context)?;
        // One signature less: Intel has one signer for both.
        if evidence.qe_identity.chain != evidence.tcb_info.chain {
            self.qe_identity_signer.check_issuers(&[], trusted, context)?;
        }
        let [_, _, root] = evidence.pck_chain;
        let root = Fingerprint::of(root);
        for leaf in [&self.pck, &self.tcb_info_signer, &self.qe_identity_signer] {
            let detail = format!("{}: {}, root {root}", leaf.of, leaf.describe());
            checks.passed(Check::CERTIFICATE_CHAIN, detail);
        }
        Ok(())
    }

    /// Each by the list of its issuer.
    fn check_revocation(
        &self,
        root_crl: &RevocationList<'_>,
        pck_crl: &RevocationList<'_>,
        checks: &mut Checks,
    ) -> Result<()> {
        root_crl.refuse(Endorsement::PCK_CHAIN, &self.root)?;
        root_crl.refuse(Endorsement::PCK_CHAIN, &self.ca)?;
        root_crl.refuse(Endorsement::TCB_INFO_CHAIN, &self.tcb_info_signer)?;
        root_crl.refuse(Endorsement::QE_IDENTITY_CHAIN, &self.qe_identity_signer)?;
        pck_crl.refuse(Endorsement::PCK_CHAIN, &self.pck)?;
        checks.passed(Check::REVOCATION, "no certificate is on a revocation list");
        Ok(())
    }
}

/// A quote that does not bring the chain of the PCK certificate brings that alone, or names it:
/// what it says has to fit.
fn check_certification(
    certification: &Certification<'_>,
    pck_certificate: &[u8],
    pck: &SgxExtension,
    checks: &mut Checks,
) -> Result<()> {
    let check = Check::CERTIFICATION_DATA;
    let (ppid, cpu_svn, pce_svn, pce_id) = match certification {
        Certification::Chain(_) => return Ok(()),
        Certification::Certificate(bytes) => {
            let alone = Chain::parse("PCK certificate", bytes, 1, &[])?;
            return checks.same(check, pck_certificate, alone.leaf(), Fingerprint::of);
        }
        Certification::Named { ppid, cpu_svn, pce_svn, pce_id } => (ppid, cpu_svn, pce_svn, pce_id),
    };
    if let Some(ppid) = ppid {
        checks.equal_bytes(check, &pck.ppid, *ppid)?;
    }
    checks.equal_bytes(check, &pck.cpu_svn, *cpu_svn)?;
    checks.equal(check, &pck.pce_svn, pce_svn)?;
    match pce_id {
        Some(pce_id) => checks.equal_bytes(check, &pck.pce_id, *pce_id),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
