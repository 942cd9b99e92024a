//! Both verdicts on the same evidence, and where they may differ.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use aecs_proto::{SgxQlQveCollateral, json};

use super::super::super::collateral::Collateral;
use super::super::super::quote::Quote;
use super::super::super::{Material, chain};
use super::super::json::Level;
use super::super::{
    Certification, Endorsed, Evidence, Frame, Signed, Verdict, check_certification, verify,
};
use super::library;
use crate::anchor::Anchor;
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::clock::{from_unix_seconds, rfc3339};
use crate::collateral::IntelTee;
use crate::error::{Check, Error, Result};
use crate::signature::memory::SignatureMemory;
use crate::tcb::TcbStatus;

/// One for all cases, so that what is remembered of one would be found wrong in another.
static SIGNATURES: LazyLock<SignatureMemory> = LazyLock::new(|| SignatureMemory::new(4096));

/// Evidence and a time.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) tee: IntelTee,
    pub(super) quote: Vec<u8>,
    pub(super) collateral: SgxQlQveCollateral,
    /// The PCK certificate chain, where the quote has none.
    pub(super) beside: Vec<u8>,
    pub(super) anchor: Anchor,
    pub(super) now: SystemTime,
}

/// What a verdict consists of, in text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claims {
    status: String,
    advisory_ids: Vec<String>,
    tcb_date: String,
    fmspc: String,
    evaluation_number: u32,
    window: (String, String),
}

/// Where the library accepts and this module does not: the error, and why.
const STRICTER: &[(&str, &str)] = &[
    // Intel's library refuses these as well.
    ("scope of the TCB info: expected 0000, found", "the library does not compare the PCE"),
    ("scope of the TCB info: expected 0, found", "the library does not look at the TCB type"),
    ("TCB info is malformed", "the library takes a level that is there twice, and other texts"),
    ("QE identity is malformed", "the library takes statuses that no quoting enclave has"),
    ("root CA revocation list is valid from", "the library takes a list before its time"),
    ("PCK revocation list is valid from", "the library takes a list before its time"),
    ("quoting enclave: expected", "the library masks also what it expects"),
    ("TDX module: expected", "the library allows attributes that the TCB info names"),
    ("scope of the QE identity: expected TD_QE, version 2", "the library takes version 3"),
    ("scope of the TCB info: expected of SGX", "the library takes TDX modules in it"),
    ("scope of the TCB info: expected of TDX", "the library takes later versions"),
    ("certificate chain: expected PCK certificate chain: a name with", "the library reads no name"),
    ("certificate chain: expected PCK certificate chain: Digital", "the library reads no usage"),
    (
        "failed check: SGX extension of the PCK certificate",
        "the library looks only for what it uses",
    ),
];

/// Where this module accepts and the library does not: its text, and why.
const WIDER: &[(&str, &str)] = &[
    ("certification data of type", "the PCK certificate chain may come beside the quote"),
    ("invalid value: integer `65", "parts of a version may have their sign in 16 bits"),
    ("SGX TEE quote must have version 3", "enclaves may have versions 4 and 5 in Intel's library"),
];

/// How often what happened.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) accepted: usize,
    pub(super) refused: usize,
    /// By their reason in the tables.
    pub(super) differences: BTreeMap<&'static str, usize>,
    /// Of both, by the check that this module names.
    pub(super) checks: BTreeMap<String, usize>,
}

impl Tally {
    /// Judges the evidence twice. Panics when the verdicts differ and no table says why.
    pub(super) fn compare(&mut self, case: &Case, what: impl FnOnce() -> String) {
        let (library, native) = (case.library(), case.native());
        let reason = match (&library, &native) {
            (Ok(library), Ok(native)) if library == native => {
                self.accepted += 1;
                return;
            }
            (Err(_), Err(error)) => {
                self.refused += 1;
                *self.checks.entry(error.finding().check).or_default() += 1;
                return;
            }
            (Ok(_), Err(error)) => listed(STRICTER, &error.to_string()),
            (Err(error), Ok(_)) => listed(WIDER, &full(error)),
            _ => None,
        };
        let Some(reason) = reason else {
            let native = native.map_err(|error| full(&error));
            panic!("{}:\nlibrary {library:?}\nnative {native:?}", what());
        };
        *self.differences.entry(reason).or_default() += 1;
    }
}

fn listed(table: &[(&str, &'static str)], text: &str) -> Option<&'static str> {
    table.iter().find(|(part, _)| text.contains(part)).map(|(_, reason)| *reason)
}

/// An error with all that led to it.
pub(super) fn full(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl Case {
    /// As this module judges.
    pub(super) fn native(&self) -> Result<Claims> {
        self.verdict().map(|verdict| Claims {
            status: verdict.tcb_status.to_string(),
            advisory_ids: verdict.advisory_ids,
            tcb_date: rfc3339(from_unix_seconds(verdict.tcb_date)),
            fmspc: hex::encode(verdict.pck.fmspc),
            evaluation_number: verdict.tcb_evaluation_number,
            window: window(verdict.checks.window()),
        })
    }

    fn context(&self) -> Context<'static> {
        Context { now: self.now, collateral: None, signatures: &SIGNATURES }
    }

    pub(super) fn verdict(&self) -> Result<Verdict> {
        self.read(|evidence| verify(evidence, &self.anchor, &self.context()))
    }

    /// Makes every check except those of the quoting enclave's identity and of the TDX module;
    /// gives the level of the processor, and the window of validity.
    pub(super) fn but_for_qe_and_module(&self) -> Result<(Level, (SystemTime, SystemTime))> {
        self.read(|evidence| {
            let (mut checks, quote, context) = (Checks::new(), evidence.quote, self.context());
            quote.check_header(self.tee, &mut checks)?;
            let endorsed = Endorsed::verify(evidence, &self.anchor, &context, &mut checks)?;
            let [pck, ..] = evidence.pck_chain;
            check_certification(&quote.certification, pck, &endorsed.pck, &mut checks)?;
            quote.check_qe_report(&endorsed.pck_key, context.signatures, &mut checks)?;
            quote.check_signature(&mut checks)?;
            let levels = endorsed.tcb_info.levels(&endorsed.pck, None, &mut checks)?;
            Ok((levels.launch, checks.window()))
        })
    }

    /// The PCK certificate chain in the quote.
    pub(super) fn chain(&self) -> &[u8] {
        match Frame::parse(self.tee, &self.quote).unwrap().certification {
            Certification::Chain(chain) => chain,
            _ => panic!("the quote has no chain"),
        }
    }

    fn read<T>(&self, judge: impl FnOnce(&Evidence<'_>) -> Result<T>) -> Result<T> {
        let anchors = std::slice::from_ref(&self.anchor);
        let frame = Frame::parse(self.tee, &self.quote)?;
        let chain = match frame.certification {
            Certification::Chain(bytes) => bytes,
            Certification::Certificate(_) | Certification::Named { .. } => &self.beside,
        };
        let chain = chain::Chain::parse("PCK certificate chain", chain, 3, anchors)?;
        let collateral = Collateral::parse(&json::to_string(&self.collateral), self.tee, anchors)?;
        judge(&Evidence {
            tee: self.tee,
            quote: &frame,
            pck_chain: chain.exactly()?,
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
        })
    }

    /// As the library judges, called as it is.
    pub(super) fn library(&self) -> Result<Claims> {
        let anchors = std::slice::from_ref(&self.anchor);
        let quote = Quote::parse(self.tee, &self.quote)?;
        let pck_chain = chain::Chain::parse(
            "PCK certificate chain",
            quote.pck_chain().unwrap_or_default(),
            3,
            anchors,
        )?;
        let collateral = Collateral::parse(&json::to_string(&self.collateral), self.tee, anchors)?;
        let collateral = Arc::new(collateral);
        let material = Material { tee: self.tee, quote: &quote, pck_chain, collateral };
        let anchor = material.anchor(anchors)?;
        let issuers: Vec<_> = material.collateral.pck_crl_chain.certificates().collect();
        if !material.pck_chain.certificates().skip(1).eq(issuers) {
            return Err(Error::untrusted(Check::PCK_CRL_ISSUER, "not the issuers"));
        }
        let claims = library::verify(&material, &anchor.der, self.now)?;
        let until = library::crls_until(&material.collateral).min(claims.earliest_expiration_date);
        // Only the level that was added for the library has this date.
        let below_all_levels = claims.platform.tcb_date_tag == 0;
        Ok(Claims {
            status: if below_all_levels {
                TcbStatus::BelowAllLevels.to_string()
            } else {
                claims.tcb.status.to_string()
            },
            advisory_ids: claims.tcb.advisory_ids.clone(),
            // The library has that of the platform alone; Intel's takes the quoting enclave's, too.
            tcb_date: rfc3339(from_unix_seconds(claims.platform.tcb_date_tag))
                .min(claims.qe.tcb_level.tcb_date),
            fmspc: hex::encode(claims.platform.pck.fmspc),
            evaluation_number: claims.tcb.eval_data_number,
            window: window((from_unix_seconds(claims.latest_issue_date), from_unix_seconds(until))),
        })
    }
}

fn window((from, until): (SystemTime, SystemTime)) -> (String, String) {
    (rfc3339(from), rfc3339(until))
}
