//! From a report to verified attributes: the one path.

mod cache;

use std::fmt;
use std::time::{Duration, SystemTime};

use aecs_crypto::{PublicKey, Transcript};
use aecs_proto::{UnifiedAttestationAuthReport, UnifiedAttestationReport};

use crate::attributes::{Attributes, Backing, Parts};
use crate::clock::unix_seconds;
use crate::error::{Error, Result, limit};
use crate::fingerprint::Fingerprint;
use crate::platform::{
    Anchor, Evidence, EvidenceVerifier, Platform, Trust, evidence_verifier, intel_root_der,
};
use crate::report::{REPORT_VERSION, ReportType};
use crate::verified::Verified;
use crate::{limits, nested};
use cache::Cache;

/// Verified reports that are remembered unless configured otherwise.
const CACHE_ENTRIES: usize = 1024;
/// How long they are remembered at most unless configured otherwise.
const CACHE_AGE: Duration = Duration::from_secs(3600);

/// Verifies reports against the roots it was built with.
///
/// One verifier serves all threads.
pub struct Verifier {
    platforms: Vec<(Platform, Box<dyn EvidenceVerifier>)>,
    cache: Cache,
}

impl Verifier {
    /// A verifier that trusts nothing yet.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::default()
    }

    /// Decides whether a report is genuine at the time `now`, whether it speaks for the key that
    /// comes with it, and whether that key signed the nested results.
    ///
    /// Whether the attester is one of those wanted is a separate step:
    /// [`Policy::admit`](crate::Policy::admit). In particular debug enclaves and outdated
    /// platforms are genuine.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names the check that failed.
    pub fn verify(
        &self,
        report: &UnifiedAttestationAuthReport,
        now: SystemTime,
    ) -> Result<Verified<Attributes>> {
        unix_seconds(now)?;
        let pem = report.pem_public_key.as_str();
        let report = report
            .report
            .as_ref()
            .ok_or_else(|| Error::malformed("report", "there is none beside the public key"))?;
        check_sizes(report, pem)?;

        let digest = digest(report, pem);
        if let Some(verified) = self.cache.get(&digest, now) {
            return Ok(verified);
        }
        let verified = self.verify_anew(report, pem, now)?;
        self.cache.put(digest, &verified);
        Ok(verified)
    }

    fn verify_anew(
        &self,
        report: &UnifiedAttestationReport,
        pem: &str,
        now: SystemTime,
    ) -> Result<Verified<Attributes>> {
        if report.str_report_version != REPORT_VERSION {
            return Err(Error::malformed("report version", "not 1.0"));
        }
        let report_type = ReportType::parse(&report.str_report_type)?;
        let platform: Platform = report.str_tee_platform.parse()?;
        let evidence = Evidence { report_type, json_report: &report.json_report };
        let appraisal = self.evidence_verifier(platform)?.appraise(&evidence, now)?;

        let presented = Fingerprint::of(pem);
        if presented != appraisal.key_hash {
            return Err(Error::KeyBinding { expected: presented, actual: appraisal.key_hash });
        }
        let public_key = PublicKey::from_pem(pem)?;
        let nested = nested::verify(&report.json_nested_reports, &public_key)?;
        let attributes = Attributes::new(Parts {
            message: appraisal.message,
            platform,
            backing: appraisal.backing,
            user_data: appraisal.user_data,
            public_key,
            tcb_status: appraisal.tcb_status,
            nested,
        })?;
        Ok(Verified::new(attributes, now, appraisal.valid_from, appraisal.valid_until))
    }

    fn evidence_verifier(&self, platform: Platform) -> Result<&dyn EvidenceVerifier> {
        self.platforms
            .iter()
            .find(|(row, _)| *row == platform)
            .map(|(_, verifier)| verifier.as_ref())
            .ok_or(Error::UnsupportedPlatform { platform })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

/// What a [`Verifier`] trusts and remembers.
#[derive(Debug, Clone)]
#[must_use]
pub struct VerifierBuilder {
    hardware_roots: Vec<Vec<u8>>,
    simulated_roots: Vec<Vec<u8>>,
    insecure_aecs20_simulation: bool,
    cache_entries: usize,
    cache_age: Duration,
}

impl Default for VerifierBuilder {
    fn default() -> Self {
        Self {
            hardware_roots: Vec::new(),
            simulated_roots: Vec::new(),
            insecure_aecs20_simulation: false,
            cache_entries: CACHE_ENTRIES,
            cache_age: CACHE_AGE,
        }
    }
}

impl VerifierBuilder {
    /// Trusts Intel's SGX root CA.
    pub fn intel_root(mut self) -> Self {
        self.hardware_roots.push(intel_root_der().to_vec());
        self
    }

    /// Trusts the root certificate (DER) of a simulated CPU. **Whoever has that CPU's directory
    /// can be any enclave.** May be called for several CPUs.
    pub fn simulated_root(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.simulated_roots.push(der.into());
        self
    }

    /// Believes unsigned quotes, which original AECS 2.0 programs make in simulation mode.
    /// **Whoever can reach this verifier can be any enclave.** Their TCB status is
    /// [`TcbStatus::Unverified`](crate::TcbStatus::Unverified).
    pub fn insecure_aecs20_simulation(mut self) -> Self {
        self.insecure_aecs20_simulation = true;
        self
    }

    /// Remembers up to `entries` verified reports (default 1024, 0 for none), each until its
    /// endorsements expire but not longer than `max_age` (default one hour).
    pub fn cache(mut self, entries: usize, max_age: Duration) -> Self {
        self.cache_entries = entries;
        self.cache_age = max_age;
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a root that is not a certificate.
    pub fn build(self) -> Result<Verifier> {
        let hardware = self.hardware_roots.into_iter().map(|der| (der, Backing::Hardware));
        let simulated = self.simulated_roots.into_iter().map(|der| (der, Backing::Simulation));
        let anchors = hardware
            .chain(simulated)
            .map(|(der, backing)| Anchor::new(der, backing))
            .collect::<Result<_>>()?;
        let trust = Trust { anchors, insecure_aecs20_simulation: self.insecure_aecs20_simulation };
        let row = |platform| (platform, evidence_verifier(platform, &trust));
        Ok(Verifier {
            platforms: Platform::ALL.into_iter().map(row).collect(),
            cache: Cache::new(self.cache_entries, self.cache_age),
        })
    }
}

fn check_sizes(report: &UnifiedAttestationReport, pem: &str) -> Result<()> {
    limit("report version", &report.str_report_version, limits::NAME)?;
    limit("report type", &report.str_report_type, limits::NAME)?;
    limit("platform", &report.str_tee_platform, limits::NAME)?;
    limit("report", &report.json_report, limits::REPORT)?;
    limit("nested reports", &report.json_nested_reports, limits::NESTED_REPORTS)?;
    limit("public key", pem, limits::PUBLIC_KEY)
}

/// Names a report with its key: equal only for equal fields.
fn digest(report: &UnifiedAttestationReport, pem: &str) -> [u8; 32] {
    Transcript::new("AECS verified report")
        .field(report.str_report_version.as_bytes())
        .field(report.str_report_type.as_bytes())
        .field(report.str_tee_platform.as_bytes())
        .field(report.json_report.as_bytes())
        .field(report.json_nested_reports.as_bytes())
        .field(pem.as_bytes())
        .sha256()
}
