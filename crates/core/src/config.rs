//! What a core is told at its start, and the environment it lives in.

use std::{io, str::FromStr, sync::Arc};

use aecs_attest::{Attester, Policy, Seals, unpinned};
use aecs_crypto::{PasswordVerifier, PublicKey, Suite};
use aecs_proto::UnifiedAttestationPolicy;
use aecs_store::Store;

use crate::{
    audit::AuditSink,
    clock::Clock,
    settings::{Settings, SettingsReader, TrustSettings},
};

/// What a core is told at its start.
#[derive(Clone)]
pub struct CoreConfig {
    /// The first administrator of an identity that is born with this start.
    pub admin: AdminConfig,
    /// The trust settings of the host's file. In force when an identity is born, and only then.
    pub settings: TrustSettings,
}

/// The key and the optional password of the AECS administrator.
#[derive(Clone)]
pub struct AdminConfig {
    /// Verifies the administrator's requests; answers are sealed to it.
    pub public_key: PublicKey,
    /// Asked for in addition, where set.
    pub password: Option<Arc<PasswordVerifier>>,
}

/// How the server treats requests of protocol 2.0, which lack freshness and do not bind the
/// function they call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compat {
    /// Which of them are served (`compat.aecs20`).
    pub aecs20: Aecs20,
    /// Which identity answers those that name no suite (`compat.aecs20_suite`).
    pub aecs20_suite: Suite,
    /// Whether trusted applications that speak it may be debug enclaves
    /// (`compat.insecure_aecs20_debug`): the host reads what they are given.
    pub insecure_aecs20_debug: bool,
}

impl Default for Compat {
    fn default() -> Self {
        Self { aecs20: Aecs20::Deny, aecs20_suite: Suite::Rsa, insecure_aecs20_debug: false }
    }
}

/// What requests of protocol 2.0 may do. Ordered: each level includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Aecs20 {
    /// Nothing.
    #[default]
    Deny,
    /// Trusted applications get secrets; anybody reads public parts and the status.
    ReadOnly,
    /// Everything that protocol 2.0 has. Byte-identical replays are still refused.
    Allow,
    /// In the table of functions: protocol 2.0 does not have the function. No setting.
    Never,
}

impl Aecs20 {
    /// The word in configuration files and in the status.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::ReadOnly => "read_only",
            Self::Allow => "allow",
            Self::Never => "never",
        }
    }
}

impl FromStr for Aecs20 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Deny, Self::ReadOnly, Self::Allow]
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| format!("{text:?} is none of deny, read_only, allow"))
    }
}

/// Upper limits on what the server keeps. AECS 2.0 had 256 services, 32 secrets a service,
/// 4096 secrets of trusted applications and 10,240 bytes of imported data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Registered services.
    pub services: usize,
    /// Secrets of one service.
    pub secrets_per_service: usize,
    /// Secrets of all trusted applications together; with 0 none are created.
    pub ta_secrets: usize,
    /// Secrets of all trusted applications that one rule of [`Settings::ta_secrets`] admits, so
    /// that they cannot use up the others' room.
    pub ta_secrets_per_rule: usize,
    /// Bytes of the data of one secret.
    pub data_bytes: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            services: 4096,
            secrets_per_service: 1024,
            ta_secrets: 65_536,
            ta_secrets_per_rule: 4096,
            data_bytes: 65_536,
        }
    }
}

impl Settings {
    /// Refuses settings with which the server could not do what they promise.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Compat { aecs20, aecs20_suite, .. } = self.compat;
        if self.freshness.is_zero() {
            return Err("the freshness of requests is zero: none would be fresh".to_owned());
        }
        if aecs20_suite == Suite::Modern {
            return Err(format!(
                "compat.aecs20_suite is {aecs20_suite}, which no client of protocol 2.0 knows"
            ));
        }
        if aecs20 != Aecs20::Deny && !self.suites.contains(&aecs20_suite) {
            return Err(format!(
                "compat.aecs20 is {} and compat.aecs20_suite is {aecs20_suite}, but \
                 identity.suites does not name that suite",
                aecs20.as_str()
            ));
        }
        for (index, rule) in self.ta_secrets.iter().enumerate() {
            let policy = UnifiedAttestationPolicy {
                main_attributes: vec![rule.clone()],
                ..UnifiedAttestationPolicy::default()
            };
            Policy::parse(&policy)
                .map_err(|error| format!("rule {index} of ta_secrets.policy: {error}"))?;
            if let Some(why) = unpinned(rule).filter(|_| !self.simulation) {
                return Err(format!(
                    "rule {index} of ta_secrets.policy admits everybody's enclaves: {why}; {}",
                    why.remedy()
                ));
            }
        }
        Ok(())
    }
}

/// What surrounds a core: hardware, store, files, time. Everything here is the host's and
/// therefore not trusted, except the attester and the sealer, which are the hardware.
#[derive(Clone)]
pub struct Environment {
    /// Makes the server's own reports.
    pub attester: Arc<dyn Attester>,
    /// Seals the identity to this enclave or its signer under the rules of the trust settings, if
    /// the platform has anything to seal with. If not, the identity lives as long as the process.
    pub sealing: Arc<dyn Seals>,
    /// Gives trust settings their meaning.
    pub reader: Arc<dyn SettingsReader>,
    /// Keeps records and identity backups.
    pub store: Arc<dyn Store>,
    /// Keeps the sealed identity beside the server, if the operator wants that.
    pub identity_cache: Option<Arc<dyn IdentityCache>>,
    /// Receives every administrative act, every release of a secret and every denial.
    pub audit: Arc<dyn AuditSink>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Where a sealed identity outlives the process.
pub trait IdentityCache: Send + Sync {
    /// The sealed identity, or `None` if none was saved.
    ///
    /// # Errors
    /// Whatever keeps the medium from being read.
    fn load(&self) -> io::Result<Option<Vec<u8>>>;

    /// Replaces the sealed identity, all or nothing, and returns when it is durable.
    ///
    /// # Errors
    /// Whatever keeps the medium from being written.
    fn save(&self, sealed: &[u8]) -> io::Result<()>;
}
