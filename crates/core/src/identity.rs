//! The identity of a deployment: one key pair a suite, the key of its records, and the id that it
//! was born with.
//!
//! Invariant: an identity leaves the enclave only sealed. Sealing is bound to the signer of the
//! enclave, so that the next version opens it, and to the purpose it is sealed for, so that the
//! backup of one host cannot be passed off as another's.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use aecs_attest::{Attester, Attributes, ReportRequest, SealTo, Sealer, UserData, Verified};
use aecs_crypto::{
    KeyPair, RecordKey, SecretBytes, SecretString, Suite, Transcript,
    audit::{AuditKey, LOG_ID_BYTES},
};
use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationAuthReport};
use prost::Message;
use zeroize::Zeroizing;

use crate::{
    error::{Cause, Error},
    memory::{Memory, MemoryRecord},
    name::HostName,
    settings::{Settings, TrustSettings},
};

/// What an identity is sealed for.
#[derive(Debug)]
pub(crate) enum SealedFor {
    /// The file beside the server.
    Cache,
    /// The backup in the store under a host's name.
    Backup(HostName),
}

impl SealedFor {
    fn context(&self) -> Vec<u8> {
        let transcript = Transcript::new("AECS-2.1 sealed identity");
        match self {
            Self::Cache => transcript.field(b"cache"),
            Self::Backup(host) => transcript.field(b"backup").field(host.as_str().as_bytes()),
        }
        .as_bytes()
        .to_vec()
    }
}

/// Names an audit log: see [`AuditSink::id`](crate::AuditSink::id).
pub(crate) type LogId = [u8; LOG_ID_BYTES];

/// Private keys in PEM.
pub(crate) type SuiteKeys = BTreeMap<Suite, SecretString>;

/// The secrets that make a deployment.
pub(crate) struct Identity {
    keys: BTreeMap<Suite, KeyPair>,
    record_key: RecordKey,
    /// Names this identity and no other, for ever: see [`Identity::generate`].
    deployment_id: [u8; 32],
}

impl Identity {
    /// Makes a new identity under the trust settings of its birth, with a key for each of `suites`.
    /// Slow where RSA is among them.
    ///
    /// The deployment id is the hash of those settings and of the first modern public key, so that
    /// no two identities share one: an identity that is lost or removed ends its deployment.
    pub(crate) fn generate(
        birth: &TrustSettings,
        suites: &[Suite],
    ) -> Result<Self, aecs_crypto::Error> {
        let first = KeyPair::generate(Suite::Modern)?;
        let deployment_id = Transcript::new("AECS-2.1 deployment")
            .field(&birth.digest())
            .field(first.public().fingerprint().as_bytes())
            .sha256();
        let mut identity = Self {
            keys: BTreeMap::from([(Suite::Modern, first)]),
            record_key: RecordKey::generate()?,
            deployment_id,
        };
        identity.complete(suites, &SuiteKeys::new())?;
        Ok(identity)
    }

    /// Adds the keys of suites that were enabled after the identity's birth: those of `known`, which
    /// other processes have, too, and otherwise new ones. Returns whether there were any.
    pub(crate) fn complete(
        &mut self,
        suites: &[Suite],
        known: &SuiteKeys,
    ) -> Result<bool, aecs_crypto::Error> {
        let mut added = false;
        for suite in suites {
            if !self.keys.contains_key(suite) {
                let key = match known.get(suite) {
                    Some(pem) => KeyPair::from_private_pem(pem.expose())?,
                    None => KeyPair::generate(*suite)?,
                };
                self.keys.insert(*suite, key);
                added = true;
            }
        }
        Ok(added)
    }

    /// Whether there is a key for each of `suites`, here or among `known`.
    pub(crate) fn covers(&self, suites: &[Suite], known: &SuiteKeys) -> bool {
        suites.iter().all(|suite| self.keys.contains_key(suite) || known.contains_key(suite))
    }

    /// The private key in PEM of a suite.
    pub(crate) fn private_pem(&self, suite: Suite) -> Option<SecretString> {
        self.keys.get(&suite).map(KeyPair::private_pem)
    }

    /// The same identity, with keys for `suites` that it has none for; `None` if it has them all.
    pub(crate) fn grown(
        &self,
        suites: &[Suite],
        known: &SuiteKeys,
    ) -> Result<Option<Self>, aecs_crypto::Error> {
        if suites.iter().all(|suite| self.keys.contains_key(suite)) {
            return Ok(None);
        }
        let mut grown = Self {
            keys: BTreeMap::new(),
            record_key: self.record_key.duplicate(),
            deployment_id: self.deployment_id,
        };
        for (suite, key) in &self.keys {
            grown.keys.insert(*suite, KeyPair::from_private_pem(key.private_pem().expose())?);
        }
        grown.complete(suites, known)?;
        Ok(Some(grown))
    }

    /// The hash that names this identity to people: that of its modern public key, which every
    /// identity has.
    pub(crate) fn hash(&self) -> String {
        self.keys
            .get(&Suite::Modern)
            .map(|key| key.public().fingerprint().to_string())
            .unwrap_or_default()
    }

    pub(crate) fn record_key(&self) -> RecordKey {
        self.record_key.duplicate()
    }

    /// The key that signs an audit log.
    pub(crate) fn audit_key(&self, log: &LogId) -> Result<AuditKey, aecs_crypto::Error> {
        AuditKey::of(&self.record_key, log)
    }

    pub(crate) fn deployment_id(&self) -> [u8; 32] {
        self.deployment_id
    }

    /// Seals the identity and what its node remembers to the signer of this enclave.
    pub(crate) fn seal(
        &self,
        memory: &Memory,
        sealer: &dyn Sealer,
        purpose: &SealedFor,
    ) -> Result<Vec<u8>, aecs_attest::Error> {
        sealer.seal(SealTo::Signer, &purpose.context(), &self.to_bundle(memory))
    }

    /// The identity and what its node remembers, to be sealed.
    pub(crate) fn to_bundle(&self, memory: &Memory) -> Zeroizing<Vec<u8>> {
        let keys = self
            .keys
            .iter()
            .map(|(suite, key)| KeyRecord {
                suite: suite.to_string(),
                private_pem: key.private_pem().expose().to_owned(),
            })
            .collect();
        let bundle = Bundle {
            format: BUNDLE_FORMAT,
            keys,
            record_key: self.record_key.to_bytes().expose().to_vec(),
            deployment_id: self.deployment_id.to_vec(),
            memory: Some(memory.to_record()),
        };
        Zeroizing::new(bundle.encode_to_vec())
    }

    /// Opens what [`Identity::seal`] made for the same purpose.
    pub(crate) fn unseal(
        sealer: &dyn Sealer,
        purpose: &SealedFor,
        sealed: &[u8],
    ) -> Result<(Self, Memory), UnsealError> {
        Self::of_bundle(&sealer.unseal(&purpose.context(), sealed)?)
    }

    /// Reads what [`Identity::to_bundle`] made.
    pub(crate) fn of_bundle(plain: &SecretBytes) -> Result<(Self, Memory), UnsealError> {
        let mut bundle = Bundle::decode(plain.expose()).map_err(|_| UnsealError::Malformed)?;
        if bundle.format != BUNDLE_FORMAT {
            return Err(UnsealError::Format(bundle.format));
        }
        let mut keys = BTreeMap::new();
        for record in &bundle.keys {
            let suite = record.suite.parse().map_err(|_| UnsealError::Malformed)?;
            let key = KeyPair::from_private_pem(&record.private_pem)?;
            if key.public().suite() != suite || keys.insert(suite, key).is_some() {
                return Err(UnsealError::Malformed);
            }
        }
        let array = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map_err(|_| UnsealError::Malformed);
        if !keys.contains_key(&Suite::Modern) {
            return Err(UnsealError::Malformed);
        }
        let memory = bundle.memory.take().unwrap_or_default();
        let identity = Self {
            keys,
            record_key: RecordKey::from_bytes(&std::mem::take(&mut bundle.record_key).into())?,
            deployment_id: array(&bundle.deployment_id)?,
        };
        Ok((identity, Memory::from_record(memory).map_err(|_| UnsealError::Malformed)?))
    }

    /// Makes the reports that bind each key, and verifies each as a client would: a server whose
    /// own evidence does not pass must not start.
    pub(crate) fn attest(
        self: Arc<Self>,
        settings: &Settings,
        attester: &dyn Attester,
        now: SystemTime,
    ) -> Result<AttestedIdentity, aecs_attest::Error> {
        let user_data = UserData(self.deployment_id);
        let mut reports = BTreeMap::new();
        let (mut valid_until, mut issued) = (None, None);
        for (suite, key) in self.keys.iter().filter(|(suite, _)| settings.has(**suite)) {
            let report = attester.attest(&ReportRequest::passport(user_data, key.public()))?;
            let verified = settings.verifier.verify(&report, now)?;
            valid_until = valid_until.into_iter().chain([verified.valid_until()]).min();
            issued = issued.max(verified.issued());
            let attributes = verified.to_proto();
            reports.insert(*suite, OwnReport { report, attributes, verified });
        }
        let valid_until = valid_until.unwrap_or(now);
        Ok(AttestedIdentity { identity: self, reports, valid_until, issued })
    }
}

/// Why a sealed identity does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// The platform refuses: another enclave, signer, CPU or purpose sealed it, or it was edited.
    #[error(
        "the platform does not unseal it: it was sealed on another platform or for another signer, or it \
         was edited"
    )]
    Platform(#[source] aecs_attest::Error),
    /// A server of a higher security version sealed it.
    #[error(
        "a server with security version {sealed} sealed it, and this one has version {own}; start one with \
         version {sealed} or a higher one"
    )]
    Newer {
        /// The security version of the server that sealed it.
        sealed: u32,
        /// That of this server.
        own: u32,
    },
    /// It opens, but holds a key that cannot be used.
    #[error("it holds a key that cannot be used")]
    Key(#[from] aecs_crypto::Error),
    /// It opens, but is not an identity.
    #[error("it does not hold an identity")]
    Malformed,
    /// Another version sealed it.
    #[error(
        "another version of AECS sealed it: it has format {0}, and AECS {version} reads format \
         {BUNDLE_FORMAT} only; start the version that sealed it",
        version = env!("CARGO_PKG_VERSION")
    )]
    Format(u32),
}

impl From<aecs_attest::Error> for UnsealError {
    fn from(error: aecs_attest::Error) -> Self {
        match error {
            aecs_attest::Error::SealedByNewer { sealed, own } => Self::Newer { sealed, own },
            error => Self::Platform(error),
        }
    }
}

/// The server's own report for one key, and what a verifier reads in it.
pub(crate) struct OwnReport {
    pub(crate) report: UnifiedAttestationAuthReport,
    pub(crate) attributes: UnifiedAttestationAttributes,
    verified: Verified<Attributes>,
}

/// An identity with a current report for each of its keys.
pub(crate) struct AttestedIdentity {
    identity: Arc<Identity>,
    reports: BTreeMap<Suite, OwnReport>,
    valid_until: SystemTime,
    issued: Option<SystemTime>,
}

impl AttestedIdentity {
    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Until when every report is accepted.
    pub(crate) fn valid_until(&self) -> SystemTime {
        self.valid_until
    }

    /// The latest date that a vendor has signed in the endorsements of the reports.
    pub(crate) fn issued(&self) -> Option<SystemTime> {
        self.issued
    }

    /// The same identity with new reports.
    pub(crate) fn renew(
        &self,
        settings: &Settings,
        attester: &dyn Attester,
        now: SystemTime,
    ) -> Result<Self, aecs_attest::Error> {
        self.identity.clone().attest(settings, attester, now)
    }

    /// The key pair and report of `suite`, if the server has one in it.
    pub(crate) fn in_suite(&self, suite: Suite) -> Option<SuiteIdentity<'_>> {
        let key = self.identity.keys.get(&suite)?;
        let OwnReport { report, attributes, verified } = self.reports.get(&suite)?;
        Some(SuiteIdentity { key, report, attributes, verified })
    }

    /// The same, or the error that tells the caller which suites there are.
    pub(crate) fn suite_identity(&self, suite: Suite) -> Result<SuiteIdentity<'_>, Error> {
        self.in_suite(suite).ok_or_else(|| self.no_suite(format!("the suite {suite} of your key")))
    }

    /// The error that tells the caller which suites there are.
    pub(crate) fn no_suite(&self, wanted: String) -> Error {
        let present: Vec<String> = self.reports.keys().map(ToString::to_string).collect();
        Cause::NoSuite { wanted, present: present.join(", ") }.into()
    }
}

/// One key pair of the identity and the report that binds it: what a caller of that suite sees
/// of the server.
#[derive(Clone, Copy)]
pub(crate) struct SuiteIdentity<'a> {
    pub(crate) key: &'a KeyPair,
    pub(crate) report: &'a UnifiedAttestationAuthReport,
    /// What a verifier reads in the report.
    pub(crate) attributes: &'a UnifiedAttestationAttributes,
    /// The same, for policies.
    pub(crate) verified: &'a Verified<Attributes>,
}

const BUNDLE_FORMAT: u32 = 2;

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct Bundle {
    #[prost(uint32, tag = "1")]
    format: u32,
    #[prost(message, repeated, tag = "2")]
    keys: Vec<KeyRecord>,
    #[prost(bytes = "vec", tag = "3")]
    record_key: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    deployment_id: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    memory: Option<MemoryRecord>,
}

impl Drop for Bundle {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.record_key);
    }
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bundle { .. }")
    }
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct KeyRecord {
    #[prost(string, tag = "1")]
    suite: String,
    #[prost(string, tag = "2")]
    private_pem: String,
}

impl Drop for KeyRecord {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.private_pem);
    }
}

impl std::fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRecord { .. }")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{memory::Service, vault::Point};

    /// Seals nothing: the context, and the text as it is.
    struct Open;

    impl Sealer for Open {
        fn seal(
            &self,
            _: SealTo,
            context: &[u8],
            plain: &[u8],
        ) -> Result<Vec<u8>, aecs_attest::Error> {
            Ok([context, plain].concat())
        }

        fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<SecretBytes, aecs_attest::Error> {
            let plain = sealed.strip_prefix(context).ok_or(aecs_attest::Error::SealedElsewhere)?;
            Ok(plain.to_vec().into())
        }

        fn bound_to(&self) -> aecs_attest::BoundTo {
            aecs_attest::BoundTo::default()
        }
    }

    fn settings() -> TrustSettings {
        TrustSettings::new([("key", "value")])
    }

    fn identity(suites: &[Suite]) -> Identity {
        Identity::generate(&settings(), suites).unwrap()
    }

    fn memory() -> Memory {
        Memory {
            settings: settings(),
            revision: 1,
            administrators: vec![],
            service: Service::Never,
            seen: Point::default(),
            floor: None,
            log: None,
        }
    }

    fn host(name: &str) -> SealedFor {
        SealedFor::Backup(HostName::parse(name).unwrap())
    }

    #[test]
    fn what_is_sealed_opens_for_its_purpose_only() {
        let identity = identity(&[]);
        let purposes = [SealedFor::Cache, host("host1"), host("host2")];
        for sealed_for in &purposes {
            let sealed = identity.seal(&memory(), &Open, sealed_for).unwrap();
            for purpose in &purposes {
                let opened = Identity::unseal(&Open, purpose, &sealed);
                let same = std::ptr::eq(sealed_for, purpose);
                assert_eq!(opened.is_ok(), same, "{sealed_for:?} {purpose:?}");
                if let Ok((opened, _)) = opened {
                    assert_eq!(opened.hash(), identity.hash());
                    assert_eq!(opened.deployment_id(), identity.deployment_id());
                    assert_eq!(
                        opened.record_key().to_bytes().expose(),
                        identity.record_key().to_bytes().expose()
                    );
                }
            }
        }
    }

    fn rename(bundle: &mut Bundle, suite: &str) {
        bundle.keys.iter_mut().for_each(|key| key.suite = suite.to_owned());
    }

    #[test]
    fn a_bundle_that_is_no_identity_does_not_open() {
        type Damage = fn(&mut Bundle);
        let damages: [(Damage, &str); 9] = [
            (|bundle| bundle.format = 3, "another version"),
            (|bundle| bundle.format = 1, "another version"),
            (|bundle| bundle.keys.clear(), "does not hold an identity"),
            (|bundle| bundle.keys.retain(|key| key.suite != "x25519"), "does not hold an identity"),
            (|bundle| bundle.keys.extend_from_within(..1), "does not hold an identity"),
            (|bundle| rename(bundle, "sm2"), "does not hold an identity"),
            (|bundle| rename(bundle, "x"), "does not hold an identity"),
            (|bundle| bundle.keys[0].private_pem.clear(), "cannot be used"),
            (|bundle| bundle.deployment_id.truncate(31), "does not hold an identity"),
        ];
        let context = SealedFor::Cache.context();
        let sealed = identity(&[Suite::Sm]).seal(&memory(), &Open, &SealedFor::Cache).unwrap();
        for (i, (damage, told)) in damages.into_iter().enumerate() {
            let mut bundle = Bundle::decode(&sealed[context.len()..]).unwrap();
            damage(&mut bundle);
            let damaged = [&context[..], &bundle.encode_to_vec()].concat();
            let error = Identity::unseal(&Open, &SealedFor::Cache, &damaged).err().unwrap();
            assert!(error.to_string().contains(told), "{i}: {error}");
        }
    }

    #[test]
    fn keys_are_made_of_suites_that_nobody_has_a_key_of() {
        let other = identity(&[Suite::Sm]);
        let none = SuiteKeys::new();
        let known = SuiteKeys::from([(Suite::Sm, other.private_pem(Suite::Sm).unwrap())]);
        let mut identity = identity(&[]);
        assert!(identity.covers(&[Suite::Modern], &none));
        assert!(!identity.covers(&[Suite::Modern, Suite::Sm], &none));
        assert!(!identity.covers(&[Suite::Rsa, Suite::Sm], &known));
        assert!(identity.covers(&[Suite::Modern, Suite::Sm], &known));
        assert!(identity.grown(&[Suite::Modern], &known).unwrap().is_none());

        let grown = identity.grown(&[Suite::Modern, Suite::Sm], &known).unwrap().unwrap();
        assert_eq!(
            grown.private_pem(Suite::Sm).unwrap().expose(),
            other.private_pem(Suite::Sm).unwrap().expose()
        );
        assert_eq!(grown.hash(), identity.hash());
        assert_eq!(grown.deployment_id(), identity.deployment_id());
        assert!(grown.grown(&[Suite::Modern, Suite::Sm], &none).unwrap().is_none());

        assert!(!identity.complete(&[Suite::Modern], &none).unwrap());
        assert!(identity.complete(&[Suite::Modern, Suite::Sm], &none).unwrap());
        assert!(identity.private_pem(Suite::Sm).is_some());
        assert!(!identity.complete(&[Suite::Sm], &known).unwrap());
    }
}
