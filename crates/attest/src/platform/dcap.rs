//! DCAP: quotes of SGX enclaves (versions 3 to 5) and of TDX trust domains (versions 4 and 5),
//! verified against a trusted root.
//!
//! This module reads what comes in, makes sure that everything in it is used or refused, picks the
//! root among those configured, and fetches what a BackgroundCheck report does not bring. Intel's
//! rules are in [`native`]; the tests compare them with those of `dcap-qvl`. Quotes of every kind
//! take this one path: [`Quotes`].

mod chain;
mod checks;
mod collateral;
mod evaluation;
mod native;
mod pck;
mod quote;
mod root;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aecs_crypto::sha256;
use aecs_proto::DcapReport;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Platform;
use crate::anchor::Anchor;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::table::{
    ADVISORIES, EVALUATION_NUMBER, FMSPC, MIN_TCB, OUT_OF_DATE_SINCE, PAGE_FAULTS_DISABLED,
    PLATFORM_INFO, PPID, TCB_DATE, TCB_STATUS,
};
use crate::clock::from_unix_seconds;
use crate::collateral::{CollateralItem, IntelTee};
use crate::encoding::{base64_within, from_json};
use crate::error::{Endorsement, Error, Result};
use crate::limits;
use crate::lru::Lru;
use crate::quote::{sgx, unsigned};
use crate::report::{ReportData, ReportType};
use crate::revocation::Revocation;
use crate::tcb::{TcbEvaluation, TcbGap};
use crate::trust::{Trust, UnsignedQuotes};
use chain::Chain;
use collateral::Collateral;
pub(crate) use native::Body;
use native::{Evidence as Endorsed, Signed, Verdict};
use pck::Pck;
pub(crate) use quote::Quote;
use root::{same_root, unknown_root};

const PCK_CHAIN: &str = "PCK certificate chain";

/// The certificate of Intel's SGX root CA, in DER.
#[must_use]
pub fn intel_root_der() -> &'static [u8] {
    include_bytes!("dcap/intel-sgx-root-ca.der")
}

/// Verifier of the SGX_DCAP platform.
pub(crate) struct Sgx {
    quotes: Quotes,
    unsigned_quotes: Option<Arc<dyn UnsignedQuotes>>,
}

impl FromTrust for Sgx {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        let quotes = Quotes::new(IntelTee::Sgx, platform, trust)?;
        Ok(Self { quotes, unsigned_quotes: trust.unsigned_quotes.clone() })
    }
}

impl EvidenceVerifier for Sgx {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let report: DcapReport = from_json("DCAP report", evidence.json_report)?;
        let bytes = base64_within("quote", &report.b64_quote, limits::QUOTE)?;
        if report.json_collateral.is_empty()
            && let Ok(frame) = sgx::Quote::parse(&bytes)
            && unsigned::is_unsigned_dcap(&frame)
        {
            let believed = self.unsigned_quotes.as_ref().is_some_and(|it| it.believes(&bytes));
            return match believed {
                true => Ok(unsigned::appraise_unsigned(&frame, context.now)),
                false => Err(Error::InsecureSimulation),
            };
        }
        let quote = Quote::parse(IntelTee::Sgx, &bytes)?;
        self.quotes.appraise(evidence.report_type, &quote, &report.json_collateral, context)
    }

    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        let report: DcapReport = from_json("DCAP report", evidence.json_report).ok()?;
        let bytes = base64_within("quote", &report.b64_quote, limits::QUOTE).ok()?;
        Some(Quote::parse(IntelTee::Sgx, &bytes).ok()?.report_data())
    }
}

/// Verifies the quotes of a kind of TEE, for every platform whose evidence has such quotes.
///
/// ```ignore
/// // In the `FromTrust` of a platform:
/// let quotes = Quotes::new(IntelTee::Tdx, platform, trust)?.behind_paravisor();
/// // In its `EvidenceVerifier`:
/// let quote = Quote::parse(IntelTee::Tdx, &bytes)?;
/// let appraisal = quotes.appraise(evidence.report_type, &quote, json_collateral, context)?;
/// // `appraisal.binding` is `Binding::ReportData` with the quote's 64 bytes: replace it.
/// ```
pub(crate) struct Quotes {
    tee: IntelTee,
    anchors: Vec<Anchor>,
    /// Whether something between the host and the guest takes care of page faults.
    paravisor: bool,
    /// Which TCB evaluation numbers count.
    evaluation: TcbEvaluation,
    /// Collateral of reports that were genuine, as it was read: many machines bring the same.
    read: Mutex<Lru<(), [u8; 32], Arc<Collateral>>>,
}

/// Bytes of collateral that are kept as they were read: that of some fifty types of machines.
const READ_COLLATERAL: usize = 1 << 20;

impl Quotes {
    /// Takes the roots that are there for the platform.
    pub(crate) fn new(tee: IntelTee, platform: Platform, trust: &Trust) -> Result<Self> {
        let anchors = trust.anchors(platform, &[intel_root_der()]);
        root::check(&anchors)?;
        let evaluation = trust.tcb_evaluation;
        let kept = if trust.keeps_nothing { 0 } else { READ_COLLATERAL };
        let read = Mutex::new(Lru::new(kept));
        Ok(Self { tee, anchors, paravisor: false, evaluation, read })
    }

    /// Says nothing about page faults (`SEPT_VE_DISABLE`): something between the host and the guest
    /// takes care of them, as Azure's paravisor does.
    pub(crate) fn behind_paravisor(mut self) -> Self {
        self.paravisor = true;
        self
    }

    /// Decides whether a quote is genuine, and what it says.
    ///
    /// A Passport brings its collateral, the JSON of a `SgxQlQveCollateral`; for a BackgroundCheck
    /// it is fetched from the verifier's source, once the certificates in the quote have led to a
    /// trusted root.
    pub(crate) fn appraise(
        &self,
        report_type: ReportType,
        quote: &Quote<'_>,
        json_collateral: &str,
        context: &Context<'_>,
    ) -> Result<Appraisal> {
        let brought = self.pck_chain(quote)?;
        let (pck_chain, collateral, new) = match (report_type, json_collateral.is_empty()) {
            (ReportType::Passport, false) => {
                let (collateral, new) = self.collateral(json_collateral)?;
                (one_chain(brought, collateral.pck_chain.clone())?, collateral, new)
            }
            (ReportType::BackgroundCheck, true) => {
                let pck_chain = one_chain(brought, None)?;
                let collateral = self.fetch(&pck_chain, context)?;
                (pck_chain, collateral, None)
            }
            (_, true) => return Err(Error::NoCollateral),
            (_, false) => {
                return Err(Error::malformed("report", "BackgroundCheck with collateral"));
            }
        };
        let material = Material { tee: self.tee, quote, pck_chain, collateral };
        let anchor = material.anchor(&self.anchors)?;
        let mut verdict = material.verify(anchor, context)?;
        self.check_evaluation(&material, &mut verdict, context)?;
        let appraisal = self.appraisal(quote, verdict, anchor)?;
        // Not before: nothing is kept for who has no evidence.
        if let Some(digest) = new {
            // The text is read into parts of about the same size.
            self.kept().put((), digest, material.collateral, 2 * json_collateral.len());
        }
        Ok(appraisal)
    }

    /// Reads collateral, or takes it as it was read. What is read depends on the text, the kind of
    /// TEE and the roots, and the latter two are always the same here. Gives the digest of a text
    /// that was not known.
    fn collateral(&self, json: &str) -> Result<(Arc<Collateral>, Option<[u8; 32]>)> {
        let digest = sha256(json.as_bytes());
        let kept = self.kept().get(&digest).cloned();
        match kept {
            Some(collateral) => Ok((collateral, None)),
            None => {
                let collateral = Collateral::parse(json, self.tee, &self.anchors)?;
                Ok((Arc::new(collateral), Some(digest)))
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Lru<(), [u8; 32], Arc<Collateral>>> {
        // No statement of it can panic.
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain in the quote; none when the quote only names the PCK certificate.
    fn pck_chain(&self, quote: &Quote<'_>) -> Result<Option<Chain>> {
        let parse = |bytes| Chain::parse(PCK_CHAIN, bytes, 3, &self.anchors);
        quote.pck_chain().map(parse).transpose()
    }

    fn fetch(&self, pck_chain: &Chain, context: &Context<'_>) -> Result<Arc<Collateral>> {
        let source = context.collateral.ok_or(Error::NoCollateral)?;
        let anchor = anchor_of(pck_chain, &self.anchors)?;
        pck::check_chain(pck_chain, anchor, context)?;
        let item = Pck::read(pck_chain.leaf())?.collateral_of(self.tee);
        let json = source.get(&item, context.now)?;
        crate::error::limit("collateral", &*json, limits::REPORT)?;
        let json = str::from_utf8(&json).map_err(|error| Error::malformed("collateral", error))?;
        Ok(Arc::new(Collateral::parse(json, self.tee, &self.anchors)?))
    }

    fn appraisal(&self, quote: &Quote<'_>, verdict: Verdict, anchor: &Anchor) -> Result<Appraisal> {
        let Verdict { checks, tcb_status, advisory_ids, tcb_date, pck, qe_svn, .. } = verdict;
        let evaluation_number = verdict.tcb_evaluation_number;
        let mut parts = BTreeMap::from([
            ("pce".to_owned(), u32::from(pck.pce_svn)),
            ("qe".to_owned(), u32::from(qe_svn)),
        ]);
        let (mut facts, report_data) = match quote.body() {
            Body::Enclave(body) => (body.facts(), body.report_data),
            Body::TrustDomain(report) => {
                report.check_service_tds()?;
                parts.insert("tdxModule".to_owned(), report.module_svn().into());
                (report.facts(), report.report_data)
            }
        };
        if self.paravisor {
            facts.clear(&PAGE_FAULTS_DISABLED);
        }
        let facts = facts
            .with(&TCB_STATUS, [tcb_status])
            .with(&ADVISORIES, BTreeSet::from_iter(advisory_ids))
            .with(&TCB_DATE, from_unix_seconds(tcb_date))
            .with(&EVALUATION_NUMBER, evaluation_number)
            .with(&MIN_TCB, parts)
            .with(&PPID, pck.ppid)
            .with(&FMSPC, pck.fmspc)
            .with(&PLATFORM_INFO, pck.flags());
        let since = if tcb_status.is_old() { out_of_date_since(checks.gaps()) } else { None };
        let facts = facts.with_any(&OUT_OF_DATE_SINCE, since);
        Ok(Appraisal {
            facts,
            backing: anchor.backing,
            tcb_status,
            revocation: Revocation::Checked(
                "Intel's lists of the root CA and of the PCK CA".into(),
            ),
            binding: Binding::ReportData(report_data),
            checks,
        })
    }
}

/// Since when the platform is out of date: the earliest of the dates of what it lacks. None unless
/// each has one.
fn out_of_date_since(gaps: &[TcbGap]) -> Option<OffsetDateTime> {
    let date = |gap: &TcbGap| OffsetDateTime::parse(gap.since.as_deref()?, &Rfc3339).ok();
    let dates: Vec<OffsetDateTime> = gaps.iter().map(date).collect::<Option<_>>()?;
    dates.into_iter().min()
}

/// What this side's own quote binds, and the collateral it is verified with. Its host may have
/// given any bytes for a quote; nothing here is verified.
pub(crate) fn own_quote(tee: IntelTee, quote: &[u8]) -> Result<(ReportData, CollateralItem)> {
    let quote = Quote::parse(tee, quote)?;
    let chain =
        quote.pck_chain().map(|bytes| Chain::parse(PCK_CHAIN, bytes, 3, &[])).transpose()?;
    let chain = one_chain(chain, None)?;
    let item = Pck::read(chain.leaf())?.collateral_of(tee);
    Ok((quote.report_data(), item))
}

/// The collateral that a quote is verified with, by what it says about its processor. Nothing of it
/// is verified: this is for tools that have collateral for many.
///
/// # Errors
///
/// [`Error::Malformed`] and others for what is no quote of that kind, [`Error::NoPckChain`] for one
/// that does not bring its certificates.
pub fn collateral_of_quote(tee: IntelTee, quote: &[u8]) -> Result<CollateralItem> {
    own_quote(tee, quote).map(|(_, collateral)| collateral)
}

/// A quote and everything it is verified with, read but not yet believed.
struct Material<'a> {
    tee: IntelTee,
    quote: &'a Quote<'a>,
    pck_chain: Chain,
    collateral: Arc<Collateral>,
}

impl Material<'_> {
    fn chains(&self) -> [(Endorsement, &Chain); 4] {
        [
            (Endorsement::PCK_CHAIN, &self.pck_chain),
            (Endorsement::TCB_INFO_CHAIN, &self.collateral.tcb_info_chain),
            (Endorsement::QE_IDENTITY_CHAIN, &self.collateral.qe_identity_chain),
            (Endorsement::PCK_CRL_CHAIN, &self.collateral.pck_crl_chain),
        ]
    }

    /// The configured root in which all chains end.
    fn anchor<'t>(&self, anchors: &'t [Anchor]) -> Result<&'t Anchor> {
        let anchor = anchor_of(&self.pck_chain, anchors)?;
        let root = self.pck_chain.root();
        let chains = self.chains();
        chains.into_iter().try_for_each(|(of, chain)| same_root(of, chain.root(), root, anchor))?;
        Ok(anchor)
    }

    fn verify(&self, anchor: &Anchor, context: &Context<'_>) -> Result<Verdict> {
        let collateral = &self.collateral;
        let evidence = Endorsed {
            tee: self.tee,
            quote: &self.quote.frame,
            pck_chain: self.pck_chain.exactly()?,
            pck_crl_chain: collateral.pck_crl_chain.exactly()?,
            root_ca_crl: &collateral.root_ca_crl,
            pck_crl: &collateral.pck_crl,
            tcb_info: Signed {
                text: &collateral.tcb_info.text,
                signature: &collateral.tcb_info.signature,
                chain: collateral.tcb_info_chain.exactly()?,
            },
            qe_identity: Signed {
                text: &collateral.qe_identity.text,
                signature: &collateral.qe_identity.signature,
                chain: collateral.qe_identity_chain.exactly()?,
            },
        };
        native::verify(&evidence, anchor, context)
    }
}

/// The chain of the PCK certificate, from the quote or, where that only names the certificate, from
/// beside it. Both at once have to be the same.
fn one_chain(in_quote: Option<Chain>, beside: Option<Chain>) -> Result<Chain> {
    match (in_quote, beside) {
        (Some(chain), None) | (None, Some(chain)) => Ok(chain),
        (Some(chain), Some(other)) if chain.has_all_of(&other) => Ok(chain),
        (Some(_), Some(_)) => Err(Error::malformed(PCK_CHAIN, "not the one in the quote")),
        (None, None) => Err(Error::NoPckChain),
    }
}

fn anchor_of<'t>(pck_chain: &Chain, anchors: &'t [Anchor]) -> Result<&'t Anchor> {
    root::find(anchors, pck_chain.root())
        .ok_or_else(|| unknown_root(Endorsement::PCK_CHAIN, pck_chain.root(), anchors))
}

#[cfg(test)]
mod tests;
