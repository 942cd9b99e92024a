//! From a report to verified attributes: the one path.

mod cache;
mod registry;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_crypto::{PublicKey, Transcript, sha256};
use aecs_proto::{UnifiedAttestationAuthReport, UnifiedAttestationReport};

use crate::anchor::{Anchor, Backing};
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier};
use crate::attributes::{Appraised, Attributes};
use crate::clock::unix_seconds;
use crate::collateral::{CollateralSource, GivenItems};
use crate::error::{Check, Error, Result, limit};
use crate::fingerprint::Fingerprint;
use crate::platform::snp::SnpMinimum;
use crate::platform::{Family, Platform};
use crate::report::{REPORT_VERSION, ReportData, ReportType};
use crate::signature::memory::{SIGNATURES, SignatureMemory};
use crate::tcb::TcbEvaluation;
use crate::trust::{Trust, UnsignedQuotes};
use crate::verified::Verified;
use crate::{limits, nested};
use cache::Cache;

/// Verifies reports against the roots it was built with.
///
/// One verifier serves all threads.
pub struct Verifier {
    platforms: Vec<(Platform, Box<dyn EvidenceVerifier>)>,
    roots: Vec<TrustedRoot>,
    collateral: Option<Arc<dyn CollateralSource>>,
    /// Which of Intel's TCB evaluation numbers count.
    tcb_evaluation: TcbEvaluation,
    max_collateral_age: Option<Duration>,
    /// The platforms that have no roots but their vendors'.
    only_vendors: Vec<Platform>,
    cache: Cache,
    signatures: SignatureMemory,
}

/// A root that a verifier trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedRoot {
    /// The platform whose evidence may lead to it.
    pub platform: Platform,
    /// SHA-256 of the root in the form that it was given in.
    pub fingerprint: Fingerprint,
    /// What evidence under it is backed by.
    pub backing: Backing,
}

impl Verifier {
    /// Bytes of verified reports that are remembered unless configured otherwise: some ten thousand
    /// applications, each of which makes a report an hour.
    pub const CACHE_BYTES: usize = 64 << 20;
    /// How long they are remembered at most unless configured otherwise.
    pub const CACHE_AGE: Duration = Duration::from_secs(3600);

    /// A verifier that trusts nothing yet.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::default()
    }

    /// Decides whether a report is genuine at the time `now`, whether it is bound to the key that
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
        let named = self.name(report, now)?;
        if let Some(verified) = self.cache.get(&named.digest, now) {
            return Ok(verified);
        }
        let verified = self.verify_anew(&named, now)?;
        // Nested results can be long: anybody with a TEE decides how long theirs are.
        let nested = named.report.json_nested_reports.len();
        if nested <= limits::REMEMBERED_NESTED_REPORTS {
            self.cache.put(named.digest, &verified, nested);
        }
        Ok(verified)
    }

    /// What [`Verifier::verify`] would answer, if that is remembered: for callers that must not
    /// wait for a computation or a network.
    #[must_use]
    pub fn recall(
        &self,
        report: &UnifiedAttestationAuthReport,
        now: SystemTime,
    ) -> Option<Verified<Attributes>> {
        self.cache.get(&self.name(report, now).ok()?.digest, now)
    }

    /// Changes whenever collateral or a revocation list has changed that the source gave out before:
    /// what was verified until then is to be verified again.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.collateral.as_ref().map_or(0, |source| source.generation())
    }

    /// Whether the source of collateral is asked for something to verify this report: that may take
    /// as long as a network does. With Passports of SEV-SNP it is asked for the revocation list,
    /// with those of Intel's TEEs for the list of TCB evaluation numbers if only the newest counts.
    #[must_use]
    pub fn may_fetch(&self, report: &UnifiedAttestationAuthReport) -> bool {
        let Some(report) = report.report.as_ref().filter(|_| self.collateral.is_some()) else {
            return false;
        };
        let family = report.str_tee_platform.parse().map(Platform::family);
        report.str_report_type == ReportType::BackgroundCheck.as_str()
            || family.is_ok_and(|family| match family {
                Family::Snp => true,
                Family::Dcap => self.tcb_evaluation == TcbEvaluation::Newest,
                Family::Other => false,
            })
    }

    /// Decides whether evidence is genuine at the time `now`, for tools and for devices: nobody is
    /// asked to show that they speak for it, so nobody is admitted for it either.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names the check that failed.
    pub fn appraise(
        &self,
        report: &UnifiedAttestationReport,
        now: SystemTime,
    ) -> Result<Verified<Appraised>> {
        unix_seconds(now)?;
        check_sizes(report)?;
        let (platform, appraisal) = self.appraise_evidence(report, now)?;
        let (from, until) = appraisal.checks.window();
        let issued = self.issued(platform, &appraisal);
        let appraised = Appraised::new(platform, appraisal)?;
        Ok(Verified::new(appraised, now, from, until).issued_at(issued))
    }

    /// The roots that are trusted, in the order of the platforms.
    pub fn roots(&self) -> impl Iterator<Item = &TrustedRoot> {
        self.roots.iter()
    }

    /// Checks the sizes, and gives the report the name under which it is remembered.
    fn name<'a>(
        &self,
        report: &'a UnifiedAttestationAuthReport,
        now: SystemTime,
    ) -> Result<DigestedReport<'a>> {
        unix_seconds(now)?;
        let pem = report.pem_public_key.as_str();
        let report = report
            .report
            .as_ref()
            .ok_or_else(|| Error::malformed("report", "there is none beside the public key"))?;
        check_sizes(report)?;
        limit("public key", pem, limits::PUBLIC_KEY)?;
        // What was verified with a revocation list that has changed since is not remembered.
        let generation = self.generation();
        let evidence_digest = sha256(report.json_report.as_bytes());
        let digest = digest(report, &evidence_digest, pem, generation);
        Ok(DigestedReport { digest, evidence_digest, report, pem })
    }

    fn verify_anew(
        &self,
        named: &DigestedReport<'_>,
        now: SystemTime,
    ) -> Result<Verified<Attributes>> {
        let DigestedReport { report, pem, evidence_digest, .. } = *named;
        let presented = Fingerprint::of(pem);
        self.check_claim(report, presented)?;
        let (platform, mut appraisal) = self.appraise_evidence(report, now)?;
        let (valid_from, valid_until) = appraisal.checks.window();
        let issued = self.issued(platform, &appraisal);
        let Binding::ReportData(report_data) = appraisal.binding else {
            return Err(Error::BindsNoKey { platform });
        };
        if presented != report_data.key_hash {
            return Err(Error::KeyBinding { expected: presented, actual: report_data.key_hash });
        }
        appraisal.checks.passed(Check::REPORT_DATA, format!("binds key {presented}"));
        let public_key = PublicKey::from_pem(pem)?;
        let nested = nested::verify(&report.json_nested_reports, &public_key)?;
        let attributes = Attributes::new(
            Appraised::new(platform, appraisal)?,
            report_data.user_data,
            public_key,
            nested,
            evidence_digest,
        );
        Ok(Verified::new(attributes, now, valid_from, valid_until).issued_at(issued))
    }

    /// Compares the key first, for that costs little.
    fn check_claim(&self, report: &UnifiedAttestationReport, presented: Fingerprint) -> Result<()> {
        let evidence = evidence_of(report)?;
        let verifier = self.evidence_verifier(report.str_tee_platform.parse()?)?;
        match verifier.claimed(&evidence) {
            Some(ReportData { key_hash: actual, .. }) if actual != presented => {
                Err(Error::KeyBinding { expected: presented, actual })
            }
            _ => Ok(()),
        }
    }

    fn appraise_evidence(
        &self,
        report: &UnifiedAttestationReport,
        now: SystemTime,
    ) -> Result<(Platform, Appraisal)> {
        let evidence = evidence_of(report)?;
        let platform: Platform = report.str_tee_platform.parse()?;
        let verifier = self.evidence_verifier(platform)?;
        let given = self.collateral.as_deref().map(GivenItems::new);
        let source = given.as_ref().map(|given| given as &dyn CollateralSource);
        let context = Context { now, collateral: source, signatures: &self.signatures };
        let outcome = verifier.appraise(&evidence, &context);
        if let (Err(_), Some(given)) = (&outcome, given) {
            given.refuse_all(now);
        }
        let mut appraisal = outcome?;
        if let Some(max_age) = self.max_collateral_age {
            appraisal.checks.younger_than(max_age, now)?;
        }
        Ok((platform, appraisal))
    }

    /// The date that a vendor has signed: see [`Verified::issued`].
    fn issued(&self, platform: Platform, appraisal: &Appraisal) -> Option<SystemTime> {
        appraisal.checks.issued().filter(|_| self.only_vendors.contains(&platform))
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
#[derive(Clone)]
#[must_use]
pub struct VerifierBuilder {
    trust: Trust,
    collateral: Option<Arc<dyn CollateralSource>>,
    max_collateral_age: Option<Duration>,
    /// Whether the dates of simulated roots are told: only tests set it.
    simulated_dates: bool,
    cache_bytes: usize,
    cache_age: Duration,
    signatures: usize,
}

impl Default for VerifierBuilder {
    fn default() -> Self {
        Self {
            trust: Trust::default(),
            collateral: None,
            max_collateral_age: None,
            simulated_dates: false,
            cache_bytes: Verifier::CACHE_BYTES,
            cache_age: Verifier::CACHE_AGE,
            signatures: SIGNATURES,
        }
    }
}

impl VerifierBuilder {
    /// Trusts the roots of the hardware vendors that are built in.
    pub fn vendor_roots(mut self) -> Self {
        self.trust.vendor_roots = true;
        self
    }

    /// Trusts one more root for a platform: its certificate in DER, or in the form that the
    /// platform's page of the documentation tells.
    pub fn root(self, platform: Platform, root: impl Into<Vec<u8>>) -> Self {
        self.anchor(platform, root.into(), Backing::Hardware)
    }

    /// Trusts the root of a simulated machine of a platform. **The holder of the machine's
    /// keys can be any TEE.**
    pub fn simulated_platform_root(self, platform: Platform, root: impl Into<Vec<u8>>) -> Self {
        self.anchor(platform, root.into(), Backing::Simulation)
    }

    /// Trusts the root certificate (DER) of a simulated CPU of Intel's kind. **Every reader
    /// of that CPU's directory can be any enclave.** May be called for several CPUs.
    pub fn simulated_root(self, der: impl Into<Vec<u8>>) -> Self {
        let der = der.into();
        Platform::ALL
            .iter()
            .filter(|platform| platform.family() == Family::Dcap)
            .fold(self, |builder, platform| builder.simulated_platform_root(*platform, der.clone()))
    }

    /// Completes BackgroundCheck reports with endorsements from here. Without a source they are
    /// refused.
    pub fn collateral(mut self, source: Arc<dyn CollateralSource>) -> Self {
        self.collateral = Some(source);
        self
    }

    /// Refuses TCB info, QE identities and revocation lists of PCK certificates that were issued
    /// longer ago, although they have not expired: the sender may withhold newer ones. Without this
    /// they are good for as long as they say (Intel: 30 days). What is issued once a year, as the
    /// revocation lists of roots, is not meant.
    pub fn max_collateral_age(mut self, age: Duration) -> Self {
        self.max_collateral_age = Some(age);
        self
    }

    /// Takes SEV-SNP reports without AMD's revocation list, which is neither in the report nor in
    /// the source of collateral. **Who brings a report can then leave out the list that revokes
    /// it.** The verdict says that revocation was not checked.
    pub fn insecure_no_revocation_list(mut self) -> Self {
        self.trust.insecure_no_revocation_list = true;
        self
    }

    /// Rates the SEV-SNP platforms of a generation by this minimum, in place of the one that is
    /// built in. May be called for several generations.
    pub fn snp_minimum(mut self, minimum: SnpMinimum) -> Self {
        self.trust.snp_minimums.push(minimum);
        self
    }

    /// Which TCB evaluation numbers of Intel's collateral count, for SGX and TDX. Without this,
    /// those that Intel still signs.
    pub fn tcb_evaluation(mut self, accepted: TcbEvaluation) -> Self {
        self.trust.tcb_evaluation = accepted;
        self
    }

    /// Lets [`Verified::issued`] tell dates that are signed under simulated roots, as it tells
    /// those of vendors: for tests of what follows from a vendor's date. **The holder of
    /// such a root's key can put clocks forward.**
    pub fn insecure_simulated_dates(mut self) -> Self {
        self.simulated_dates = true;
        self
    }

    fn anchor(mut self, platform: Platform, der: Vec<u8>, backing: Backing) -> Self {
        self.trust.roots.push((platform, Anchor { der, backing }));
        self
    }

    /// Believes those unsigned quotes that `quotes` believes: original AECS 2.0 programs make them
    /// in simulation mode. **Every caller of this verifier can be any enclave.** Their TCB status
    /// is [`TcbStatus::Unverified`](crate::TcbStatus::Unverified).
    pub fn insecure_aecs20_simulation(mut self, quotes: Arc<dyn UnsignedQuotes>) -> Self {
        self.trust.unsigned_quotes = Some(quotes);
        self
    }

    /// Remembers up to `bytes` of verified reports (default 64 MiB, of which one takes some KiB; 0
    /// for none), each until its endorsements expire but not longer than `max_age` (default one
    /// hour). Those with more than 64 KiB of nested results are not remembered.
    pub fn cache(mut self, bytes: usize, max_age: Duration) -> Self {
        self.cache_bytes = bytes;
        self.cache_age = max_age;
        self
    }

    /// Remembers which of the vendors' signatures verified, up to this number (default 16,384, of
    /// which one takes about 128 bytes), and keeps the collateral of genuine reports as it was
    /// read, up to 1 MiB for each platform; 0 for neither. Dates, revocation, scope and status are
    /// judged at every call all the same.
    pub fn signature_memory(mut self, signatures: usize) -> Self {
        self.signatures = signatures;
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a root that is not a certificate.
    pub fn build(self) -> Result<Verifier> {
        let counts =
            |anchor: &Anchor| self.simulated_dates && anchor.backing == Backing::Simulation;
        let configured = |platform| {
            self.trust.roots.iter().any(|(of, anchor)| *of == platform && !counts(anchor))
        };
        let only_vendors =
            Platform::ALL.iter().copied().filter(|platform| !configured(*platform)).collect();
        // A builder that was cloned shares no list with the clone.
        let keeps_nothing = self.signatures == 0;
        let trust = Trust { given: Arc::default(), keeps_nothing, ..self.trust };
        let platforms = Platform::ALL
            .iter()
            .map(|platform| Ok((*platform, registry::verifier_of(*platform, &trust)?)))
            .collect::<Result<_>>()?;
        let root = |(platform, anchor): (Platform, Anchor)| TrustedRoot {
            platform,
            fingerprint: Fingerprint::of(&anchor.der),
            backing: anchor.backing,
        };
        Ok(Verifier {
            platforms,
            roots: trust.take_given().into_iter().map(root).collect(),
            collateral: self.collateral,
            max_collateral_age: self.max_collateral_age,
            only_vendors,
            tcb_evaluation: trust.tcb_evaluation,
            cache: Cache::new(self.cache_bytes, self.cache_age),
            signatures: SignatureMemory::new(self.signatures),
        })
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder").field("trust", &self.trust).finish_non_exhaustive()
    }
}

/// A report of allowed sizes.
struct DigestedReport<'a> {
    digest: [u8; 32],
    /// SHA-256 of `json_report`.
    evidence_digest: [u8; 32],
    report: &'a UnifiedAttestationReport,
    pem: &'a str,
}

/// The evidence in a report of a version that is known.
fn evidence_of(report: &UnifiedAttestationReport) -> Result<Evidence<'_>> {
    if report.str_report_version != REPORT_VERSION {
        return Err(Error::malformed("report version", "not 1.0"));
    }
    let report_type = ReportType::parse(&report.str_report_type)?;
    Ok(Evidence { report_type, json_report: &report.json_report })
}

fn check_sizes(report: &UnifiedAttestationReport) -> Result<()> {
    limit("report version", &report.str_report_version, limits::NAME)?;
    limit("report type", &report.str_report_type, limits::NAME)?;
    limit("platform", &report.str_tee_platform, limits::NAME)?;
    limit("report", &report.json_report, limits::REPORT)?;
    limit("nested reports", &report.json_nested_reports, limits::NESTED_REPORTS)
}

/// Names a report with its key, as judged with the collateral of a generation: equal only for equal
/// fields.
fn digest(
    report: &UnifiedAttestationReport,
    evidence_digest: &[u8; 32],
    pem: &str,
    generation: u64,
) -> [u8; 32] {
    let fields: [&[u8]; 7] = [
        report.str_report_version.as_bytes(),
        report.str_report_type.as_bytes(),
        report.str_tee_platform.as_bytes(),
        evidence_digest,
        report.json_nested_reports.as_bytes(),
        pem.as_bytes(),
        &generation.to_be_bytes(),
    ];
    Transcript::hash("AECS verified report", &fields)
}
