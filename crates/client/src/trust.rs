//! Which server is trusted, and the proof that it was checked.
//!
//! Invariant: a [`TrustedServer`] comes out of [`TrustedServer::establish`] only, which checks
//! everything; and nothing is sent to a server, or believed of it, without one.

use std::time::{Duration, SystemTime};

use aecs_attest::{Acceptance, Attributes, Circumstances, Denial, Policy, Verifier};
use aecs_crypto::{PublicKey, Purpose, Suite, envelope};
use aecs_proto::{
    DigitalEnvelopeEncrypted, GetAecsStatusResponse, RequestBinding, UnifiedAttestationAuthReport,
    UnifiedAttestationPolicy, json,
};
use prost::Message as _;

use crate::error::PolicyError;
use crate::memory::Known;
use crate::nonce::Nonce;
use crate::status::{DeploymentId, Phase, Status};

/// How long a server that was checked is trusted without another look, if its evidence holds that
/// long: its TCB status can get worse at any time.
const TRUST_FOR: Duration = Duration::from_secs(60 * 60);

/// What a server must prove before anything is sent to it.
///
/// ```
/// use aecs_client::ServerPolicy;
/// use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
///
/// let entry = UnifiedAttestationAttributes {
///     hex_signer: "83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E".into(),
///     hex_prod_id: "1".into(),
///     str_min_isvsvn: "1".into(),
///     ..Default::default()
/// };
/// let policy = UnifiedAttestationPolicy { main_attributes: vec![entry], ..Default::default() };
/// assert!(ServerPolicy::new(&policy).is_ok());
///
/// // A policy that any server would satisfy is refused.
/// assert!(ServerPolicy::new(&UnifiedAttestationPolicy::default()).is_err());
/// ```
#[derive(Debug, Clone)]
pub struct ServerPolicy(Demand);

#[derive(Debug, Clone)]
enum Demand {
    Pinned {
        policy: Box<Policy>,
        /// The same as it is sent.
        message: Box<UnifiedAttestationPolicy>,
        /// What must hold as well.
        also: Option<Box<Policy>>,
        acceptance: Acceptance,
        deployment: Deployment,
    },
    Nothing,
}

/// Which deployment of the pinned code is trusted.
#[derive(Debug, Clone, Copy)]
enum Deployment {
    /// Nobody has said: nothing can be called.
    NotSaid,
    /// Any, on purpose.
    Any,
    /// This one.
    One(DeploymentId),
}

impl ServerPolicy {
    /// Trusts the servers that one of the policy's entries admits.
    ///
    /// A debuggable enclave or a platform that is not up to date passes only if the entry says so,
    /// or [`ServerPolicy::acceptance`] does.
    ///
    /// # Errors
    ///
    /// A policy without entries, with an entry that pins no code ([`aecs_attest::unpinned`]), or
    /// with a value that has no meaning.
    pub fn new(policy: &UnifiedAttestationPolicy) -> Result<ServerPolicy, PolicyError> {
        if policy.main_attributes.is_empty() && policy.typed.is_none() {
            return Err(PolicyError::Empty);
        }
        let message = Box::new(policy.clone());
        let policy = Policy::parse(policy).map_err(PolicyError::Malformed)?;
        if let Some((_, why)) = policy.unpinned().next() {
            return Err(PolicyError::Open(why));
        }
        let (policy, acceptance) = (Box::new(policy), Acceptance::default());
        let (also, deployment) = (None, Deployment::NotSaid);
        Ok(ServerPolicy(Demand::Pinned { policy, message, also, acceptance, deployment }))
    }

    /// Trusts any server: its report is not verified.
    ///
    /// An attacker on the network can then be the server, and see and change everything. For trying
    /// things out, never for a secret.
    #[must_use]
    pub fn insecure_any_server() -> ServerPolicy {
        ServerPolicy(Demand::Nothing)
    }

    /// What is accepted where the policy's entries say nothing.
    #[must_use]
    pub fn acceptance(mut self, accepted: Acceptance) -> ServerPolicy {
        if let Demand::Pinned { acceptance, .. } = &mut self.0 {
            *acceptance = accepted;
        }
        self
    }

    /// Trusts of these servers those only that another policy admits as well.
    ///
    /// # Errors
    ///
    /// A policy without entries, or with a value that has no meaning; and if this is
    /// [`ServerPolicy::insecure_any_server`], which proves nothing.
    pub(crate) fn and(
        mut self,
        policy: &UnifiedAttestationPolicy,
    ) -> Result<ServerPolicy, PolicyError> {
        if policy.main_attributes.is_empty() && policy.typed.is_none() {
            return Err(PolicyError::Empty);
        }
        let policy = Policy::parse(policy).map_err(PolicyError::Malformed)?;
        match &mut self.0 {
            Demand::Pinned { also, .. } => *also = Some(Box::new(policy)),
            Demand::Nothing => return Err(PolicyError::Empty),
        }
        Ok(self)
    }

    /// Trusts this one deployment only, and not another one of the same code: its administrator
    /// key and its configuration are what the id says.
    #[must_use]
    pub fn deployment(mut self, id: DeploymentId) -> ServerPolicy {
        if let Demand::Pinned { deployment, .. } = &mut self.0 {
            *deployment = Deployment::One(id);
        }
        self
    }

    /// Trusts every deployment of the pinned code.
    ///
    /// An attacker who runs a genuine server, with settings and administrators of its own, at the
    /// same address can then take the place of yours. For trying things out.
    #[must_use]
    pub fn insecure_any_deployment(mut self) -> ServerPolicy {
        if let Demand::Pinned { deployment, .. } = &mut self.0 {
            *deployment = Deployment::Any;
        }
        self
    }

    /// The deployment that is trusted, if it is one.
    #[must_use]
    pub fn pinned_deployment(&self) -> Option<DeploymentId> {
        match &self.0 {
            Demand::Pinned { deployment: Deployment::One(id), .. } => Some(*id),
            _ => None,
        }
    }

    /// The policy as it is sent; `None` for [`ServerPolicy::insecure_any_server`].
    #[must_use]
    pub fn message(&self) -> Option<&UnifiedAttestationPolicy> {
        match &self.0 {
            Demand::Pinned { message, .. } => Some(message),
            Demand::Nothing => None,
        }
    }

    /// Refuses a policy that does not say which deployment is trusted.
    pub(crate) fn check_deployment(&self) -> Result<(), PolicyError> {
        match &self.0 {
            Demand::Pinned { deployment: Deployment::NotSaid, .. } => {
                Err(PolicyError::NoDeployment)
            }
            _ => Ok(()),
        }
    }

    /// The same for the first contact with a server: its deployment is not known yet, or is about
    /// to come back from a backup.
    pub(crate) fn first_contact(self) -> ServerPolicy {
        self.insecure_any_deployment()
    }

    /// Whether this is [`ServerPolicy::insecure_any_server`].
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        matches!(self.0, Demand::Nothing)
    }
}

/// Why a server, or an answer that claims to be its own, is not trusted.
///
/// Each variant is one check. What was expected and what was found is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// The answer has no attestation report.
    #[error("the server shows no attestation report")]
    NoReport,
    /// The report is not genuine, not of today, or not about the key it comes with.
    #[error("the server's attestation report does not hold")]
    Report(#[source] aecs_attest::Error),
    /// The report is genuine, and about another server than the expected one.
    #[error("the server is not the expected one")]
    Policy(#[source] Denial),
    /// The server belongs to another deployment than the expected one.
    #[error("the server is of deployment {actual} ({phase}), expected is {expected}")]
    Deployment {
        /// The id in the policy.
        expected: DeploymentId,
        /// The id in the report.
        actual: DeploymentId,
        /// What the server does. One that is not [`Phase::Working`] can still become the expected one.
        phase: Phase,
        /// Its store has the expected deployment under recovery shares, as it says.
        recoverable: bool,
    },
    /// The server does not satisfy the policy in a recovery share.
    #[error("the recovery share was not made for a server like this one")]
    SharePolicy(#[source] Denial),
    /// The recovery share is of another deployment than the expected one.
    #[error("the recovery share is of deployment {share}, expected is {pinned}")]
    ShareOfAnother {
        /// The id in the share.
        share: DeploymentId,
        /// The id in the policy.
        pinned: DeploymentId,
    },
    /// The status names another deployment than the report proves.
    #[error("the status claims deployment {claimed}, the report proves {proven}")]
    DeploymentClaim {
        /// The id in the status.
        claimed: DeploymentId,
        /// The id in the report.
        proven: DeploymentId,
    },
    /// The key in the report cannot be used.
    #[error("the key in the server's report is not usable")]
    Key(#[source] aecs_crypto::Error),
    /// The server answered in another suite than the one it was asked for.
    #[error("the server answered in suite {actual}, asked for was {expected}")]
    Suite {
        /// The suite of this side's key.
        expected: Suite,
        /// The suite of the server's key.
        actual: Suite,
    },
    /// A signature was not made by the server's attested key over this answer.
    #[error("{what} is not signed by the server's attested key")]
    Signature {
        /// The part that is signed.
        what: &'static str,
        /// What the check found.
        #[source]
        source: aecs_crypto::Error,
    },
    /// An answer cannot be opened with this side's key.
    #[error("{what} was not sealed for this side's key")]
    Sealing {
        /// The part that is sealed.
        what: &'static str,
        /// What the check found.
        #[source]
        source: aecs_crypto::Error,
    },
    /// An answer to another question: replayed, or mixed up.
    #[error("{0} does not belong to this request")]
    OtherRequest(&'static str),
    /// A part that has to be there is not: it would have to be believed unchecked.
    #[error("{0} is missing from the answer")]
    Missing(&'static str),
    /// A part that is there makes no sense.
    #[error("{what} makes no sense: {fault}")]
    Malformed {
        /// The part.
        what: &'static str,
        /// What is wrong with it. Never a value.
        fault: String,
    },
    /// A secret's policy admits others than the ones expected.
    #[error("the secret's policy is not as strict as expected")]
    SecretPolicy(#[source] Denial),
}

impl Distrust {
    /// The server with this status is of another deployment than the expected one.
    pub(crate) fn deployment(expected: DeploymentId, status: &Status) -> Distrust {
        let mut sets = status.recovering.iter().flat_map(|recovering| &recovering.sets);
        Distrust::Deployment {
            expected,
            actual: status.deployment_id,
            phase: status.phase,
            recoverable: sets.any(|set| set.deployment_id.parse::<DeploymentId>() == Ok(expected)),
        }
    }

    pub(crate) fn malformed(what: &'static str, fault: impl Into<String>) -> Distrust {
        Distrust::Malformed { what, fault: fault.into() }
    }
}

/// A server that proved to be the expected one.
///
/// Only a check makes one.
pub struct TrustedServer {
    key: PublicKey,
    status: Status,
    attributes: Option<Attributes>,
    until: SystemTime,
}

/// What a status was asked with.
pub(crate) struct Question {
    pub(crate) suite: Suite,
    pub(crate) nonce: Nonce,
}

impl TrustedServer {
    /// Checks the answer to `question`: report, policy, signature, nonce, deployment.
    pub(crate) fn establish(
        answer: GetAecsStatusResponse,
        question: &Question,
        policy: &ServerPolicy,
        verifier: &Verifier,
        now: SystemTime,
    ) -> Result<TrustedServer, Distrust> {
        let report = answer.auth_ra_report.ok_or(Distrust::NoReport)?;
        let evidence = policy.check(&report, verifier, now)?;
        let key = PublicKey::from_pem(&report.pem_public_key).map_err(Distrust::Key)?;
        if key.suite() != question.suite {
            return Err(Distrust::Suite { expected: question.suite, actual: key.suite() });
        }
        let status = signed_status(&answer.status_str, answer.status_sig, &key, question.nonce)?;
        if let Some(evidence) = &evidence
            && evidence.deployment != status.deployment_id
        {
            let (claimed, proven) = (status.deployment_id, evidence.deployment);
            return Err(Distrust::DeploymentClaim { claimed, proven });
        }
        // Last, so that what the server says of itself is known: another id may be its own for a while.
        if let Demand::Pinned { deployment: Deployment::One(expected), .. } = &policy.0
            && *expected != status.deployment_id
        {
            return Err(Distrust::deployment(*expected, &status));
        }
        let until = now + TRUST_FOR;
        let (attributes, until) = match evidence {
            Some(evidence) => (Some(evidence.attributes), until.min(evidence.valid_until)),
            None => (None, until),
        };
        Ok(TrustedServer { key, status, attributes, until })
    }

    /// The same server after a restart, or another node of it: what it says of itself, in the
    /// refusal of the request with `nonce`, is signed by the key that was attested.
    pub(crate) fn restarted(
        &self,
        details: &[u8],
        nonce: Nonce,
    ) -> Result<TrustedServer, Distrust> {
        let answer = GetAecsStatusResponse::decode(details)
            .map_err(|error| Distrust::malformed("the status", error.to_string()))?;
        let status = signed_status(&answer.status_str, answer.status_sig, &self.key, nonce)?;
        if status.deployment_id != self.status.deployment_id {
            let (claimed, proven) = (status.deployment_id, self.status.deployment_id);
            return Err(Distrust::DeploymentClaim { claimed, proven });
        }
        let (key, attributes) = (self.key.clone(), self.attributes.clone());
        Ok(TrustedServer { key, status, attributes, until: self.until })
    }

    /// What a request is bound to: this server, its process, and what this side remembers of it.
    pub(crate) fn binding(&self, act: Nonce, known: Option<&Known>) -> RequestBinding {
        RequestBinding {
            server_key_hash: self.key.fingerprint().as_bytes().to_vec(),
            deployment_id: self.status.deployment_id.as_bytes().to_vec(),
            boot_nonce: self.status.boot_nonce.to_vec(),
            act_id: act.to_vec(),
            remembered: known.map(|known| known.confirmed.to_message()),
        }
    }

    /// What the server says about itself, signed by its attested key.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// What the server's report proves; `None` under [`ServerPolicy::insecure_any_server`], where
    /// nothing is proven.
    #[must_use]
    pub fn attributes(&self) -> Option<&Attributes> {
        self.attributes.as_ref()
    }

    /// The server's public key in the suite of this side's key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether this is the same process of the same server, so that what one of them has agreed to
    /// holds for the other.
    pub(crate) fn is_same_process(&self, other: &TrustedServer) -> bool {
        self.key == other.key
            && self.status.deployment_id == other.status.deployment_id
            && self.status.boot_nonce == other.status.boot_nonce
    }

    /// Whether the check is recent enough to rely on.
    pub(crate) fn is_current(&self, now: SystemTime) -> bool {
        now <= self.until
    }
}

/// A status that `key` signed in answer to `nonce`.
fn signed_status(
    text: &str,
    signature: Option<DigitalEnvelopeEncrypted>,
    key: &PublicKey,
    nonce: Nonce,
) -> Result<Status, Distrust> {
    let signature = signature.ok_or(Distrust::Missing("the signature of the status"))?;
    envelope::verify_detached(Purpose::STATUS, key, text.as_bytes(), &signature)
        .map_err(|source| Distrust::Signature { what: "the status", source })?;
    let message: aecs_proto::EnclaveStatus = json::from_str(text)
        .map_err(|error| Distrust::malformed("the status", error.to_string()))?;
    if message.nonce.is_empty() {
        return Err(Distrust::Missing("the nonce of the status"));
    }
    if message.nonce != nonce.as_bytes() {
        return Err(Distrust::OtherRequest("the status"));
    }
    Status::parse(message).map_err(|fault| Distrust::malformed("the status", fault))
}

/// What the report proved.
struct Evidence {
    attributes: Attributes,
    deployment: DeploymentId,
    valid_until: SystemTime,
}

impl ServerPolicy {
    /// Checks a report, but not the deployment. `None` when the policy asks for no proof.
    fn check(
        &self,
        report: &UnifiedAttestationAuthReport,
        verifier: &Verifier,
        now: SystemTime,
    ) -> Result<Option<Evidence>, Distrust> {
        let Demand::Pinned { policy, also, acceptance, .. } = &self.0 else {
            return Ok(None);
        };
        let verified = verifier.verify(report, now).map_err(Distrust::Report)?;
        let admitted = policy
            .admit(&verified, Circumstances::new(acceptance, now))
            .map_err(Distrust::Policy)?;
        if let Some(also) = also {
            also.admit(&verified, Circumstances::new(acceptance, now))
                .map_err(Distrust::SharePolicy)?;
        }
        let attributes = admitted.attributes().clone();
        Ok(Some(Evidence {
            deployment: DeploymentId::from_bytes(attributes.user_data().0),
            attributes,
            valid_until: verified.valid_until(),
        }))
    }
}
