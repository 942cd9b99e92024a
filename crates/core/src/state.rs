//! What all calls share, and the state that provision changes.

use std::sync::Arc;

use aecs_attest::Sealing;
use aecs_crypto::{KeyHash, PasswordVerifier, Protocol, SecretString, Suite, audit::AuditKey};
use aecs_proto::{DeploymentState, RecoveringSet, SettingDifference, StoreVerification};
use aecs_store::pages::PageStore;
use parking_lot::RwLock;
use tokio::sync::Mutex;

use crate::{
    activity::Activity,
    administrators::Administrator,
    audit::Ledger,
    clock::FlooredClock,
    config::{CoreConfig, Environment},
    error::{Cause, Error},
    exports::Exports,
    guesses::{Counted, Guesses},
    identity::AttestedIdentity,
    lists::Lists,
    memory::Memory,
    name::HostName,
    recovering::Recovering,
    relocation::Relocations,
    replay::ReplayMemory,
    restoration::Restoration,
    secret::stored::Secrets,
    session::Sessions,
    settings::{InForce, Settings, TrustSettings},
    signatures::AnonymousSignatures,
    slow::Lanes,
    uploads::Uploads,
    vault::{Epoch, Vault},
    watchers::Watchers,
    wire::wire,
};

/// The parts of a core, which all calls share.
pub(crate) struct CoreState {
    pub(crate) env: Environment,
    /// The trust settings of the host's file, which change nothing: for those who ask.
    pub(crate) host_settings: TrustSettings,
    /// Random bytes of this process: requests of protocol 2.1 are signed for them.
    pub(crate) boot_nonce: [u8; 32],
    pub(crate) clock: Arc<FlooredClock>,
    pub(crate) replay: ReplayMemory,
    pub(crate) sessions: Sessions,
    pub(crate) watchers: Arc<Watchers>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) activity: Activity,
    pub(crate) lists: Lists,
    pub(crate) secrets: Secrets,
    pub(crate) uploads: Uploads,
    /// One change of identity, settings or administrators at a time, with the restoration that an
    /// earlier provision has begun.
    pub(crate) provisioning: Mutex<Restoration>,
    pub(crate) lanes: Lanes,
    /// The export of the store that is under way.
    pub(crate) exports: Exports,
    /// The verification of the store that ended last, or the one that is under way.
    pub(crate) verification: parking_lot::Mutex<Option<StoreVerification>>,
    pub(crate) relocation: Relocations,
    pub(crate) guesses: Guesses,
    /// The epoch and the time floor of the records that this process has followed last.
    pub(crate) followed_floor: parking_lot::Mutex<Option<(Epoch, u64)>>,
    pub(crate) signatures: AnonymousSignatures,
    /// Held by [`Alone`](crate::alone::Alone). Who holds `provisioning` as well has it first.
    pub(crate) administration: Mutex<()>,
    /// The digest of what was sealed beside the server last.
    pub(crate) sealed: Mutex<Option<[u8; 32]>>,
    node: RwLock<Arc<Node>>,
}

/// The identity of this node, the settings it obeys, and how far its life has come. Replaced as a
/// whole, so that a call sees one state from its beginning to its end.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) identity: Arc<AttestedIdentity>,
    pub(crate) trust: Arc<InForce>,
    /// What the identity remembers of the time before its records were opened.
    pub(crate) memory: Arc<Memory>,
    pub(crate) phase: Phase,
}

/// How far a node's life has come.
#[derive(Clone)]
pub(crate) enum Phase {
    /// Waits for an administrator.
    Pending {
        /// Why.
        reason: String,
        /// The records, where they could be opened: they tell who is an administrator.
        vault: Option<Vault>,
        /// The identities under recovery shares with which a start with `--recover` would begin.
        recoverable: Arc<[RecoveringSet]>,
    },
    /// Waits for recovery shares, with a temporary identity.
    Recovering(Arc<Recovering>),
    /// Serves.
    Working {
        /// The records.
        vault: Vault,
    },
}

impl CoreState {
    pub(crate) fn new(
        config: CoreConfig,
        env: Environment,
        node: Node,
        boot_nonce: [u8; 32],
        audit_key: AuditKey,
    ) -> Self {
        let clock = Arc::new(FlooredClock::new(env.clock.clone()));
        clock.raise_to(node.identity.issued());
        obey(&env, &node);
        Self {
            host_settings: config.settings,
            sessions: Sessions::new(config.session_bytes),
            watchers: Watchers::new(config.watchers),
            boot_nonce,
            replay: ReplayMemory::new(node.settings().freshness),
            ledger: Arc::new(Ledger::new(env.audit.clone(), clock.clone(), audit_key)),
            env,
            clock,
            activity: Activity::default(),
            lists: Lists::default(),
            secrets: Secrets::default(),
            uploads: Uploads::new(config.upload_bytes),
            provisioning: Mutex::default(),
            lanes: Lanes::new(),
            exports: Exports::default(),
            verification: parking_lot::Mutex::default(),
            relocation: Relocations::default(),
            guesses: Guesses::default(),
            followed_floor: parking_lot::Mutex::default(),
            signatures: AnonymousSignatures::new(),
            administration: Mutex::default(),
            sealed: Mutex::default(),
            node: RwLock::new(Arc::new(node)),
        }
    }

    /// The state as it is now.
    pub(crate) fn node(&self) -> Arc<Node> {
        self.node.read().clone()
    }

    /// The store that has the records now.
    pub(crate) fn store(&self) -> Arc<dyn PageStore> {
        self.node().opened_vault().map_or_else(|| self.env.store.clone(), Vault::store)
    }

    /// Where the settings in force and `other` differ.
    pub(crate) fn differences(
        &self,
        trust: &InForce,
        other: &TrustSettings,
    ) -> Vec<SettingDifference> {
        trust.text.differences(other, self.env.reader.as_ref())
    }

    /// The names of the trust settings that the host's file has otherwise than those in force.
    pub(crate) fn settings_without_effect(&self, node: &Node) -> Vec<String> {
        if node.trust.text == self.host_settings {
            return Vec::new();
        }
        let differences = self.differences(&node.trust, &self.host_settings);
        differences.into_iter().map(|difference| difference.name).collect()
    }

    /// What seals under the settings that `node` obeys.
    pub(crate) fn sealing(&self, node: &Node) -> Sealing {
        self.env.sealing.under(&node.settings().sealing)
    }

    /// Replaces the state. Where other settings come into force with it, the log says what is
    /// unsafe about them.
    pub(crate) fn replace(&self, node: Node) {
        if node.trust.text != self.node().trust.text {
            node.settings().warn();
        }
        obey(&self.env, &node);
        *self.node.write() = Arc::new(node);
        self.watchers.recheck();
    }

    /// The protocol and the suite in which a request without a key of its own is answered:
    /// what it accepts, or for a request of protocol 2.0, which cannot say, what is configured.
    pub(crate) fn answer_in(
        &self,
        node: &Node,
        accepted: &[String],
    ) -> Result<(Protocol, Suite), Error> {
        if accepted.is_empty() {
            return Ok((Protocol::Aecs20, node.settings().compat.aecs20_suite));
        }
        accepted
            .iter()
            .filter_map(|name| name.parse::<Suite>().ok())
            .find(|suite| node.identity.in_suite(*suite).is_some())
            .map(|suite| (Protocol::Aecs21, suite))
            .ok_or_else(|| node.identity.no_suite("a suite that you accept".to_owned()))
    }

    /// Checks a password, unless the key has to wait, and counts the wrong ones.
    ///
    /// # Errors
    /// `A201`: the password is wrong, or it is too early for another one.
    pub(crate) async fn check_password(
        &self,
        of: Counted<'_>,
        key: KeyHash,
        verifier: &Arc<PasswordVerifier>,
        password: &SecretString,
    ) -> Result<(), Error> {
        let (verifier, password) = (verifier.clone(), password.duplicate());
        let is_right = async {
            // Argon2 takes tens of milliseconds, by design.
            let check = move || verifier.verify(password.expose()).is_ok();
            self.lanes.passwords.run("checking a password", check).await
        };
        self.guesses.attempt(of, key, is_right).await
    }
}

/// Tells what surrounds a node what its settings say.
fn obey(env: &Environment, node: &Node) {
    let settings = node.settings();
    env.audit.may_drop_oldest(settings.audit_drop_oldest);
    if let Some(vault) = node.opened_vault() {
        vault.max_staleness(settings.max_staleness);
    }
}

impl Node {
    /// The settings that the node obeys.
    pub(crate) fn settings(&self) -> &Settings {
        &self.trust.settings
    }

    pub(crate) fn deployment_id(&self) -> [u8; 32] {
        self.identity.identity().deployment_id()
    }

    /// The revision of the trust settings in force.
    pub(crate) fn settings_revision(&self) -> i64 {
        self.trust.wire_revision()
    }

    /// What answers tell of the records: those of protocol 2.1, once the server works.
    pub(crate) fn state_in(&self, protocol: Protocol) -> Option<DeploymentState> {
        let vault = self.vault().ok().filter(|_| protocol == Protocol::Aecs21)?;
        let state = vault.seen();
        Some(DeploymentState {
            epoch: wire(state.epoch),
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
            Phase::Pending { .. } => "Pending",
            Phase::Recovering(_) => "Recovering",
            Phase::Working { .. } => "Working",
        }
    }

    /// Why the node waits, if it does.
    pub(crate) fn waits_for(&self) -> Option<&str> {
        match &self.phase {
            Phase::Pending { reason, .. } => Some(reason),
            Phase::Recovering(recovering) => Some(recovering.why()),
            Phase::Working { .. } => None,
        }
    }

    /// The host name under which the identity is backed up.
    pub(crate) fn backup(&self) -> Option<&HostName> {
        let provisioned = self.memory.provisioned().filter(|_| self.is_working())?;
        provisioned.host.as_ref()
    }

    /// The records. There are none before the server works, so nothing that needs them can run
    /// before.
    pub(crate) fn vault(&self) -> Result<&Vault, Error> {
        match &self.phase {
            Phase::Working { vault } => Ok(vault),
            Phase::Pending { reason, .. } => Err(Cause::Pending { why: reason.clone() }.into()),
            Phase::Recovering(recovering) => Err(recovering.refusal().into()),
        }
    }

    /// The recovery that the server waits for.
    pub(crate) fn recovering(&self) -> Result<&Arc<Recovering>, Error> {
        match &self.phase {
            Phase::Recovering(recovering) => Ok(recovering),
            _ => Err(Cause::NotRecovering { status: self.status() }.into()),
        }
    }

    /// Refuses what a recovering server does not do.
    pub(crate) fn not_recovering(&self) -> Result<(), Error> {
        match &self.phase {
            Phase::Recovering(recovering) => Err(recovering.refusal().into()),
            _ => Ok(()),
        }
    }

    /// The records, also before the server works, where they could be opened.
    pub(crate) fn opened_vault(&self) -> Option<&Vault> {
        match &self.phase {
            Phase::Working { vault } => Some(vault),
            Phase::Pending { vault, .. } => vault.as_ref(),
            Phase::Recovering(_) => None,
        }
    }

    /// Who may administer the platform now.
    pub(crate) async fn administrators(&self) -> Result<Vec<Administrator>, Error> {
        if let Phase::Recovering(recovering) = &self.phase {
            return recovering.administrators().await;
        }
        Ok(self.memory.present(self.opened_vault()).await?.administrators)
    }
}
