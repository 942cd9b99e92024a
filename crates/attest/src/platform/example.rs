//! Acme Safe: a platform that nobody sells, as an example of how one is added.
//!
//! Evidence is 160 bytes: report data (64), measurement (32), and an ECDSA signature of both
//! (P-256 with SHA-256, r and s in 32 bytes each) by the key that Acme has.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;

use super::Platform;
use crate::anchor::Anchor;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::facts::Facts;
use crate::attributes::table::MEASUREMENT;
use crate::checks::Checks;
use crate::encoding::base64_within;
use crate::encoding::bytes::take;
use crate::error::{Check, Error, Result};
use crate::report::ReportData;
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;
use crate::trust::Trust;

const WHAT: &str = "Acme Safe report";
const SIZE: usize = 160;

/// The platform's own checks: errors name them, and so does the list of what was checked.
impl Check {
    /// Acme's key signed the evidence.
    pub const ACME_SIGNATURE: Self = Self::new("signature of the Acme Safe");
}

/// The report's `json_report`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcmeReport {
    b64_evidence: String,
}

/// Verifies Acme Safes. An anchor is a public key of Acme's: an uncompressed point.
pub(crate) struct Acme {
    anchors: Vec<Anchor>,
}

impl FromTrust for Acme {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        // No root is built in; configured ones are trusted. The evidence never chooses.
        Ok(Self { anchors: trust.anchors(platform, &[]) })
    }
}

impl EvidenceVerifier for Acme {
    fn appraise(&self, evidence: &Evidence<'_>, _context: &Context<'_>) -> Result<Appraisal> {
        // Limits, then form: nothing of a wrong length is looked into.
        let report: AcmeReport = serde_json::from_str(evidence.json_report)
            .map_err(|error| Error::malformed(WHAT, error))?;
        let bytes = base64_within(WHAT, &report.b64_evidence, SIZE)?;
        let malformed = || Error::malformed(WHAT, format!("not {SIZE} bytes"));
        let (signed, signature) = bytes.split_last_chunk::<64>().ok_or_else(malformed)?;
        let mut rest = signed;
        let report_data = ReportData::from(*take::<64>(&mut rest).ok_or_else(malformed)?);
        let measurement = take::<32>(&mut rest).ok_or_else(malformed)?;
        if !rest.is_empty() {
            return Err(malformed());
        }

        // What holds goes on the list; what does not is an error that names the check.
        let mut checks = Checks::new();
        let signed_by = |anchor: &&Anchor| {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &anchor.der);
            key.verify(signed, signature).is_ok()
        };
        let signer = self.anchors.iter().find(signed_by).ok_or_else(|| {
            Error::untrusted(Check::ACME_SIGNATURE, "not made by a key that is trusted")
        })?;
        checks.passed(Check::ACME_SIGNATURE, "");

        // Only what the signature covers becomes an attribute.
        Ok(Appraisal {
            facts: Facts::default().with(&MEASUREMENT, measurement),
            backing: signer.backing,
            tcb_status: TcbStatus::UpToDate,
            revocation: Revocation::NotChecked("Acme revokes nothing"),
            binding: Binding::ReportData(report_data),
            checks,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;
    use crate::anchor::Backing;
    use crate::encoding::to_base64;
    use crate::report::ReportType;
    use crate::signature::memory::SignatureMemory;

    /// Any row may stand in for the one that Acme does not have.
    const ROW: Platform = Platform::SevSnp;

    /// A safe of our own making.
    struct Forge(EcdsaKeyPair);

    impl Forge {
        fn new() -> Self {
            Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
        }

        fn evidence(&self) -> Vec<u8> {
            let signed = [[0xDA; 32], [0xEC; 32], [0x3E; 32]].concat();
            let signature = self.0.sign(&SystemRandom::new(), &signed).unwrap();
            [signed.as_slice(), signature.as_ref()].concat()
        }

        fn appraise(&self, evidence: &[u8]) -> Result<Appraisal> {
            let der = self.0.public_key().as_ref().to_vec();
            let anchor = Anchor { der, backing: Backing::Simulation };
            let trust = Trust { roots: vec![(ROW, anchor)], ..Trust::default() };
            let json_report = format!(r#"{{"b64_evidence":"{}"}}"#, to_base64(evidence));
            let evidence =
                Evidence { report_type: ReportType::Passport, json_report: &json_report };
            let context = Context {
                now: SystemTime::now(),
                collateral: None,
                signatures: &SignatureMemory::new(0),
            };
            Acme::new(ROW, &trust)?.appraise(&evidence, &context)
        }
    }

    #[test]
    fn genuine_evidence_is_genuine() {
        let safe = Forge::new();
        let appraisal = safe.appraise(&safe.evidence()).unwrap();
        assert_eq!(appraisal.facts.to_message().hex_ta_measurement, "3E".repeat(32));
        assert_eq!(appraisal.checks.into_passed()[0].check, Check::ACME_SIGNATURE);
    }

    #[test]
    fn every_byte_counts() {
        let safe = Forge::new();
        for at in 0..SIZE {
            let mut evidence = safe.evidence();
            evidence[at] ^= 1;
            let error = safe.appraise(&evidence).err().unwrap();
            let check = Check::ACME_SIGNATURE;
            assert!(matches!(error, Error::Untrusted { check: c, .. } if c == check), "byte {at}");
        }
    }

    #[test]
    fn another_safe_and_other_lengths_are_refused() {
        let (safe, other) = (Forge::new(), Forge::new());
        assert!(safe.appraise(&other.evidence()).is_err());
        let evidence = safe.evidence();
        for len in 0..SIZE {
            let error = safe.appraise(&evidence[..len]).err().unwrap();
            assert!(matches!(error, Error::Malformed { what: WHAT, .. }), "{len} bytes");
        }
        let error = safe.appraise(&[evidence.as_slice(), &[0]].concat()).err().unwrap();
        assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
    }

    #[test]
    fn contributing_shows_this_module() {
        let page = include_str!("../../../../CONTRIBUTING.md");
        let module = include_str!("example.rs");
        let (module, _tests) = module.split_once("\n#[cfg(test)]").unwrap();
        assert!(page.contains(module), "CONTRIBUTING.md shows another example than example.rs");
    }
}
