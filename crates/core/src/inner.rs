//! What all calls share, and the state that provision changes.

use std::sync::{Arc, PoisonError, RwLock};

use aecs_crypto::{Protocol, Suite};
use aecs_proto::DeploymentState;
use tokio::sync::{Mutex, RwLock as AsyncRwLock};

use crate::{
    audit::{Denials, Ledger},
    clock::FlooredClock,
    config::{CoreConfig, Environment},
    dispatch::evidence::EvidenceLanes,
    error::{Error, ErrorCode, Kind},
    guesses::Guesses,
    handlers::{exports::Exports, status::SignedStatus},
    identity::AttestedIdentity,
    name::HostName,
    quota::Reservations,
    replay::ReplayMemory,
    restoration::Restoration,
    share::Share,
    slow::Lanes,
    vault::Vault,
};

/// How many signatures of RSA or SM2 in a second anybody gets: less than a tenth of a processor.
const ANONYMOUS_SIGNATURES: u32 = 128;

/// The parts of a core.
pub(crate) struct Inner {
    pub(crate) config: CoreConfig,
    pub(crate) env: Environment,
    pub(crate) deployment_id: [u8; 32],
    /// Random bytes of this process: requests of protocol 2.1 are signed for them.
    pub(crate) boot_nonce: [u8; 32],
    pub(crate) clock: FlooredClock,
    pub(crate) replay: ReplayMemory,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) denials: Denials,
    pub(crate) reservations: Reservations,
    /// Held for writing while services come and go, and for reading while something is written
    /// for one of them.
    pub(crate) registry: AsyncRwLock<()>,
    /// One provision at a time, with what an earlier one has begun.
    pub(crate) provisioning: Mutex<Restoration>,
    pub(crate) lanes: Lanes,
    /// The export of the store that is under way.
    pub(crate) exports: Exports,
    pub(crate) evidence: EvidenceLanes,
    pub(crate) guesses: Guesses,
    /// Signatures that anybody may ask for.
    pub(crate) anonymous: Share,
    pub(crate) signed_status: SignedStatus,
    node: RwLock<Arc<Node>>,
}

/// The identity of this node and how far its life has come. Replaced as a whole, so that a
/// call sees one state from its beginning to its end.
pub(crate) struct Node {
    pub(crate) identity: Arc<AttestedIdentity>,
    phase: Phase,
}

enum Phase {
    /// Waits for its administrator.
    Pending,
    /// Serves.
    Working { vault: Vault, backup: Option<HostName> },
}

impl Inner {
    pub(crate) fn new(
        config: CoreConfig,
        env: Environment,
        identity: AttestedIdentity,
        boot_nonce: [u8; 32],
        ledger: Ledger,
    ) -> Self {
        let clock = FlooredClock::new(env.clock.clone());
        clock.raise_to(identity.issued());
        Self {
            boot_nonce,
            deployment_id: config.deployment_id(),
            clock,
            replay: ReplayMemory::new(config.freshness),
            config,
            env,
            ledger: Arc::new(ledger),
            denials: Denials::default(),
            reservations: Reservations::default(),
            registry: AsyncRwLock::new(()),
            provisioning: Mutex::default(),
            lanes: Lanes::new(),
            exports: Exports::default(),
            evidence: EvidenceLanes::new(),
            guesses: Guesses::default(),
            anonymous: Share::per_second(ANONYMOUS_SIGNATURES),
            signed_status: SignedStatus::default(),
            node: RwLock::new(Arc::new(Node {
                identity: Arc::new(identity),
                phase: Phase::Pending,
            })),
        }
    }

    /// The state as it is now.
    pub(crate) fn node(&self) -> Arc<Node> {
        self.node.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn replace(&self, node: Node) {
        *self.node.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(node);
    }

    /// The protocol and the suite in which a request without a key of its own is answered:
    /// what it accepts, or for a request of protocol 2.0, which cannot say, what is configured.
    pub(crate) fn answer_in(
        &self,
        node: &Node,
        accepted: &[String],
    ) -> Result<(Protocol, Suite), Error> {
        if accepted.is_empty() {
            return Ok((Protocol::Aecs20, self.config.compat.aecs20_suite));
        }
        accepted
            .iter()
            .filter_map(|name| name.parse::<Suite>().ok())
            .find(|suite| node.identity.in_suite(*suite).is_some())
            .map(|suite| (Protocol::Aecs21, suite))
            .ok_or_else(|| node.identity.no_suite("a suite that you accept"))
    }

    /// Lets a signature be made for somebody who has not shown who they are. Those of x25519 cost
    /// next to nothing; of the others there are only so many in a second.
    pub(crate) fn sign_for_anybody(&self, suite: Suite) -> Result<(), Error> {
        if suite == Suite::Modern || self.anonymous.take() {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::Generic,
            Kind::ResourceExhausted,
            format!(
                "too many answers signed in suite {suite} are asked for: ask in suite {}, or again \
                 in a second",
                Suite::Modern
            ),
        ))
    }
}

impl Node {
    pub(crate) fn working(
        identity: Arc<AttestedIdentity>,
        vault: Vault,
        backup: Option<HostName>,
    ) -> Self {
        Self { identity, phase: Phase::Working { vault, backup } }
    }

    /// The same node with the identity's reports made anew.
    pub(crate) fn with_identity(&self, identity: Arc<AttestedIdentity>) -> Self {
        let phase = match &self.phase {
            Phase::Pending => Phase::Pending,
            Phase::Working { vault, backup } => {
                Phase::Working { vault: vault.clone(), backup: backup.clone() }
            }
        };
        Self { identity, phase }
    }

    /// The revision of the trust settings in force.
    pub(crate) fn settings_revision(&self) -> i64 {
        0
    }

    /// What answers of protocol 2.1 tell of the records; none before the server works.
    pub(crate) fn state(&self) -> Option<DeploymentState> {
        let state = self.vault().ok()?.state();
        Some(DeploymentState {
            epoch: i64::try_from(state.epoch).unwrap_or(i64::MAX),
            chain: state.chain.to_vec(),
            settings_revision: self.settings_revision(),
        })
    }

    pub(crate) fn is_working(&self) -> bool {
        matches!(self.phase, Phase::Working { .. })
    }

    /// The word in the status.
    pub(crate) fn status(&self) -> &'static str {
        match self.phase {
            Phase::Pending => "Pending",
            Phase::Working { .. } => "Working",
        }
    }

    /// The host name under which the identity is backed up.
    pub(crate) fn backup(&self) -> Option<&HostName> {
        match &self.phase {
            Phase::Pending => None,
            Phase::Working { backup, .. } => backup.as_ref(),
        }
    }

    /// The records. There are none before the server works, so nothing that needs them can run
    /// before.
    pub(crate) fn vault(&self) -> Result<&Vault, Error> {
        match &self.phase {
            Phase::Working { vault, .. } => Ok(vault),
            Phase::Pending => Err(Error::new(
                ErrorCode::NotWorking,
                Kind::FailedPrecondition,
                "this server waits for its administrator: run aecsadmin --action provision",
            )),
        }
    }
}
