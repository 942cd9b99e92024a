//! Which of the collateral that Intel signs at a time counts.

use super::chain::Chain;
use super::collateral::{Collateral, SignedJson};
use super::native::evaluation::EvaluationList;
use super::native::{Signed, Verdict};
use super::pck::Pck;
use super::{Material, Quotes};
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::clock::rfc3339;
use crate::error::{Check, Error, Result};
use crate::tcb::TcbEvaluation;

impl Quotes {
    /// Refuses collateral with a TCB evaluation number that does not count. The evidence is known
    /// to be genuine by then.
    pub(super) fn check_evaluation(
        &self,
        material: &Material<'_>,
        verdict: &mut Verdict,
        context: &Context<'_>,
    ) -> Result<()> {
        let number = verdict.tcb_evaluation_number;
        let (least, by) = match self.evaluation {
            TcbEvaluation::Standard => return Ok(()),
            TcbEvaluation::AtLeast(least) => (least, "by the configuration".to_owned()),
            TcbEvaluation::Newest => {
                let list = self.newest_list(material, &mut verdict.checks, context)?;
                (list.newest(), format!("the newest in Intel's list of {}", rfc3339(list.issued())))
            }
        };
        let expected = format_args!("at least {least}, {by}");
        verdict.checks.requires(Check::TCB_EVALUATION, number >= least, expected, number)
    }

    /// Intel's list of numbers, that in the report or that of this side's own source: the one that
    /// was issued last. The report's has to hold; this side's own may be an old one.
    fn newest_list(
        &self,
        material: &Material<'_>,
        checks: &mut Checks,
        context: &Context<'_>,
    ) -> Result<EvaluationList> {
        let brought = &material.collateral.evaluation_list;
        let brought = brought.as_ref().map(|list| self.verify_list(list, material, context));
        let brought = brought.transpose()?;
        let own = self.own_list(material, context);
        let own = own.as_ref().and_then(|list| self.verify_list(list, material, context).ok());
        let newest = match (brought, own) {
            (Some(brought), Some(own)) if own.0.issued() < brought.0.issued() => Some(brought),
            (brought, own) => own.or(brought),
        };
        let Some((list, held)) = newest else {
            let reason = "not judged: Intel's list of these numbers is neither in the report nor in \
                          this verifier's collateral";
            return Err(Error::untrusted(Check::TCB_EVALUATION, reason));
        };
        checks.extend(held);
        Ok(list)
    }

    /// What this side's own source has for the processor.
    fn own_list(
        &self,
        material: &Material<'_>,
        context: &Context<'_>,
    ) -> Option<(SignedJson, Chain)> {
        let item = Pck::read(material.pck_chain.leaf()).ok()?.collateral_of(self.tee);
        let json = context.collateral?.get(&item, context.now).ok()?;
        let json = std::str::from_utf8(&json).ok()?;
        Collateral::parse(json, self.tee, &self.anchors).ok()?.evaluation_list
    }

    /// A list whose signer is that of the TCB info or of the QE identity, which was verified.
    fn verify_list(
        &self,
        (list, issuers): &(SignedJson, Chain),
        material: &Material<'_>,
        context: &Context<'_>,
    ) -> Result<(EvaluationList, Checks)> {
        let of = &material.collateral;
        let known = [&of.tcb_info_chain, &of.qe_identity_chain];
        if !known.into_iter().any(|chain| chain.certificates().eq(issuers.certificates())) {
            return Err(Error::untrusted(
                Check::EVALUATION_LIST_SIGNATURE,
                "its signer is not that of the TCB info",
            ));
        }
        let signed =
            Signed { text: &list.text, signature: &list.signature, chain: issuers.exactly()? };
        let mut checks = Checks::new();
        let list = EvaluationList::verify(&signed, self.tee, context, &mut checks)?;
        Ok((list, checks))
    }
}
