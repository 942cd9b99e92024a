//! Arm CCA realms: attestation tokens.
//!
//! A token is two: the platform's, signed by a key that its vendor vouches for (CPAK), and the
//! realm's, signed by a key that the platform token names by its hash (RAK). Formats: Arm, "Realm
//! Management Monitor Specification" (DEN0137), section A7.2; draft-ffm-rats-cca-token.

mod anchor;
mod hash;
mod platform_claims;
mod realm_claims;
mod token;

use aecs_proto::ArmCcaReport;
use aws_lc_rs::digest::digest;

use super::Platform;
use crate::anchor::Backing;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::facts::Facts;
use crate::attributes::table::{
    BOOT_MEASUREMENT, CHIP_ID, DEBUG_DISABLED, HARDWARE_VERSION, HOST_DATA, MEASUREMENT,
    PLATFORM_MEASUREMENT, RTMR0, RTMR1, RTMR2, RTMR3, SECURE_FLAGS, VERSIONS,
};
use crate::checks::Checks;
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Error, Result, limit};
use crate::report::ReportData;
use crate::revocation::Revocation;
use crate::signature::cose::Sign1;
use crate::tcb::TcbStatus;
use crate::trust::Trust;
use anchor::Cpak;
use hash::hash_named;
use platform_claims::{Lifecycle, PlatformClaims};
use realm_claims::RealmClaims;
use token::Token;

impl Check {
    /// The platform token is signed by one of the configured CPAKs.
    pub const CCA_PLATFORM_SIGNATURE: Self = Self::new("signature of the CCA platform token");
    /// The platform token names the key that signs the realm token.
    pub const CCA_REALM_KEY: Self = Self::new("realm key of the CCA platform token");
    /// The realm token is signed by that key.
    pub const CCA_REALM_SIGNATURE: Self = Self::new("signature of the CCA realm token");
    /// The platform is in a state of its life in which it protects realms.
    pub const CCA_LIFECYCLE: Self = Self::new("lifecycle of the CCA platform");
}

/// A token, in bytes. They have 2 to 3 KiB.
const TOKEN: usize = 16 * 1024;

/// Verifies tokens under the configured CPAKs. There is no root of all platforms.
pub(crate) struct Cca {
    cpaks: Vec<Cpak>,
}

impl FromTrust for Cca {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        let anchors = trust.anchors(platform, &[]);
        Ok(Self { cpaks: anchors.iter().map(Cpak::parse).collect::<Result<_>>()? })
    }
}

/// What a token binds, as it says: nothing here is verified.
pub(crate) fn own_token(token: &[u8]) -> Result<ReportData> {
    limit("CCA token", token, TOKEN)?;
    let token = Token::parse(token)?;
    let realm =
        Sign1::parse(token.realm).map_err(|fault| Error::malformed("CCA realm token", fault))?;
    Ok(ReportData::from(RealmClaims::parse(realm.payload)?.challenge))
}

impl EvidenceVerifier for Cca {
    fn appraise(&self, evidence: &Evidence<'_>, _context: &Context<'_>) -> Result<Appraisal> {
        let report: ArmCcaReport = from_json("Arm CCA report", evidence.json_report)?;
        let token = base64_within("CCA token", &report.b64_token, TOKEN)?;
        let malformed = |what| move |fault| Error::malformed(what, fault);
        let token = Token::parse(&token)?;
        let what = "CCA platform token";
        let signed_platform = Sign1::parse(token.platform).map_err(malformed(what))?;
        let platform = PlatformClaims::parse(signed_platform.payload)?;
        let what = "CCA realm token";
        let signed_realm = Sign1::parse(token.realm).map_err(malformed(what))?;
        let realm = RealmClaims::parse(signed_realm.payload)?;

        let mut checks = Checks::new();
        let backing = self.endorsed(&signed_platform, &platform, &mut checks)?;
        let hash = digest(hash_named(realm.key_hash_algorithm)?, realm.key.claim());
        checks.equal_bytes(Check::CCA_REALM_KEY, platform.challenge, hash.as_ref())?;
        let realm_key = realm.key.parse().map_err(|error| Error::malformed("realm key", error))?;
        checks.holds(Check::CCA_REALM_SIGNATURE, signed_realm.verify(&realm_key))?;
        let lifecycle = platform.lifecycle;
        let expected = "secured, or a state for debugging";
        checks.requires(Check::CCA_LIFECYCLE, lifecycle.protects_realms(), expected, lifecycle)?;

        let report_data = ReportData::from(realm.challenge);
        Ok(Appraisal {
            facts: describe(&platform, &realm),
            backing,
            // There are no statuses: what a platform runs is for the policy to pin.
            tcb_status: TcbStatus::UpToDate,
            revocation: Revocation::NotChecked("there are no lists of revoked attestation keys"),
            binding: Binding::ReportData(report_data),
            checks,
        })
    }

    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        let report: ArmCcaReport = from_json("Arm CCA report", evidence.json_report).ok()?;
        own_token(&base64_within("CCA token", &report.b64_token, TOKEN).ok()?).ok()
    }
}

impl Cca {
    /// The key that the platform token is verified with.
    fn endorsed(
        &self,
        signed: &Sign1<'_>,
        claims: &PlatformClaims<'_>,
        checks: &mut Checks,
    ) -> Result<Backing> {
        // The token does not bring its key; the instance id tells which one is needed.
        let instance = hex::encode_upper(claims.instance_id);
        let signer = self.cpaks.iter().find(|cpak| signed.verify(&cpak.key).is_ok());
        let signer = signer.ok_or_else(|| {
            let configured = match self.cpaks.len() {
                0 => "no CPAK is configured".to_owned(),
                count => format!("made by none of the {count} configured CPAKs"),
            };
            let fault = format!("{configured}; the token is of instance {instance}");
            Error::untrusted(Check::CCA_PLATFORM_SIGNATURE, fault)
        })?;
        checks.passed(Check::CCA_PLATFORM_SIGNATURE, format!("instance {instance}"));
        Ok(signer.backing)
    }
}

fn describe(platform: &PlatformClaims<'_>, realm: &RealmClaims<'_>) -> Facts {
    let [rem0, rem1, rem2, rem3] = realm.extensible;
    Facts::default()
        .with(&HARDWARE_VERSION, platform.implementation_id)
        .with(&SECURE_FLAGS, platform.config)
        .with(&PLATFORM_MEASUREMENT, platform.measurement())
        .with(&BOOT_MEASUREMENT, realm.initial)
        .with(&MEASUREMENT, realm.initial)
        .with(&DEBUG_DISABLED, platform.lifecycle == Lifecycle::SECURED)
        .with(&RTMR0, rem0)
        .with(&RTMR1, rem1)
        .with(&RTMR2, rem2)
        .with(&RTMR3, rem3)
        .with(&HOST_DATA, realm.personalization)
        .with(&CHIP_ID, platform.instance_id)
        .with(&VERSIONS, platform.versions())
}
