//! Provision: from Pending to Working.
//!
//! Invariant: the server works only with an identity that the administrator named, under trust
//! settings that the administrator agreed to, with records that add up under that identity and are
//! not older than it remembers, and after the request is remembered among them.

use std::sync::Arc;

use aecs_attest::{Causes, Sealing};
use aecs_crypto::Protocol;
use aecs_proto::{AecsProvisionRequest, AecsProvisionResponse, SettingDifference};

use super::{
    backups,
    deployment::{self, SettingsRecord, settings_of},
    recovery::{
        fitting::Here,
        makers::{Makers, replaced},
    },
};
use crate::{
    administrators::{self, Administrator, MAX_ADMINISTRATORS, differences},
    call::{AecsAdmin, Call, Reply},
    error::{Cause, Error},
    floor,
    guesses::Counted,
    identity::{AttestedIdentity, Identity},
    keys,
    memory::{Memory, Present, Provisioned, Service},
    name::HostName,
    records::{self, suite_keys},
    recovering::with,
    recovery::{RecoveryRecord, SetRecord},
    remembering::{remember, remember_beginning},
    restoration::{Backup, Restoration, Restored, Wanted},
    secret::stored::count,
    settings::{InForce, NamedAdministrator, ReadFile, TrustSettings, in_words},
    state::{CoreState, Node, Phase},
    vault::{Change, Vault, VaultError},
};

/// Makes the server work: with the identity that is backed up under the host's name, or with
/// the current one, which is then backed up there. Without a host's name nothing is backed up.
pub(crate) async fn provision(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsProvisionRequest = call.parse()?;
    let host = match request.host_name.as_str() {
        "" => None,
        name => Some(HostName::parse(name)?),
    };
    call.about(None, host.as_ref().map(HostName::as_str));
    if request.auth.as_ref().is_some_and(|auth| *auth != aecs_proto::StorageAuth::default()) {
        tracing::warn!(
            "storage credentials were given and are not used: the settings store.user and \
             store.password_file name them"
        );
    }

    let core = call.core;
    let mut one_at_a_time = core.provisioning.lock().await;
    let node = core.node();
    if node.is_working() {
        return again(call, &request, &node, host.as_ref()).await;
    }
    check_identity(call.protocol, &request, &node)?;

    let mut start = Start::find(core, &node, host.as_ref()).await?;
    start.check(call, &request).await?;
    let named = match check_settings(core, &request, &start.trust)? {
        Compared::Missing(missing) => return Ok(files_are_missing(missing)),
        Compared::Same(named) => named,
    };
    let administrator = start.compare(call, named).await?;
    let proved = start.prove(core, &node, &mut one_at_a_time).await?;
    if host.is_some() && proved.save {
        backups::sealer(&start.sealing(core))?;
    }
    let id = hex::encode_upper(start.deployment_id);
    let reply = match call.protocol {
        Protocol::Aecs20 => Reply::Empty,
        Protocol::Aecs21 => Reply::json(&AecsProvisionResponse {
            deployment_id: id,
            administrator,
            ..AecsProvisionResponse::default()
        }),
    };
    start.finish(call, proved, host, &reply).await?;
    Ok(reply)
}

/// The provision of a server that works already.
async fn again(
    call: &Call<'_, AecsAdmin>,
    request: &AecsProvisionRequest,
    node: &Node,
    host: Option<&HostName>,
) -> Result<Reply, Error> {
    let known = node.administrators().await?;
    let own = known.iter().find(|it| it.key.fingerprint() == call.caller.key);
    if let Some(verifier) = &own.ok_or(Cause::NotAuthentic)?.password {
        let of = Counted { deployment: node.deployment_id(), vault: node.opened_vault() };
        call.core.check_password(of, call.caller.key, verifier, &call.caller.password).await?;
    }
    check_identity(call.protocol, request, node)?;
    let named = match check_settings(call.core, request, &node.trust)? {
        Compared::Missing(missing) => return Ok(files_are_missing(missing)),
        Compared::Same(named) => named,
    };
    check_deployment(request, node.deployment_id())?;
    let administrator = compare(call, &known, named).await?;
    already_working(call.protocol, node, host, administrator)
}

/// What a server begins with.
pub(super) struct Start {
    deployment_id: [u8; 32],
    /// The backup that it comes from; otherwise from the node.
    backup: Option<Backup>,
    vault: Vault,
    memory: Memory,
    trust: Arc<InForce>,
    administrators: Vec<Administrator>,
    /// Whom the custodians have set: recorded with the start.
    appointed: Vec<Administrator>,
    /// What else the start changes in the records.
    also: Change,
    /// It was never provisioned: the host alone has chosen its settings and its administrator.
    first: bool,
}

/// The identity that a server begins with, able to serve.
pub(super) struct Proved {
    identity: Arc<AttestedIdentity>,
    /// Whether its backup must be written.
    pub(super) save: bool,
}

impl Start {
    /// The identity that is backed up under the name of `host`, or that of the node.
    async fn find(core: &CoreState, node: &Node, host: Option<&HostName>) -> Result<Self, Error> {
        let backup = backup_of(core, host).await?;
        let deployment_id = match &backup {
            Some(backup) => backup.identity.deployment_id(),
            None => node.deployment_id(),
        };
        // Two vaults with the same records would overtake each other.
        let opened = node.opened_vault().filter(|_| deployment_id == node.deployment_id());
        let vault = match (opened, &backup) {
            (Some(vault), _) => vault.clone(),
            (None, Some(backup)) => open_vault(core, &backup.identity).await?,
            (None, None) => open_own(core, node, host).await?,
        };
        let memory = match &backup {
            Some(backup) => latest(node, backup),
            None => Memory::clone(&node.memory),
        };
        Self::with(core, deployment_id, backup, vault, memory).await
    }

    /// An identity that custodians have restored, with its records.
    pub(super) async fn recovered(
        core: &CoreState,
        backup: Backup,
        vault: Vault,
    ) -> Result<Self, Error> {
        let deployment_id = backup.identity.deployment_id();
        // The log of this server begins with its recovery.
        let memory = Memory { log: None, ..backup.memory.clone() };
        Self::with(core, deployment_id, Some(backup), vault, memory).await
    }

    async fn with(
        core: &CoreState,
        deployment_id: [u8; 32],
        backup: Option<Backup>,
        vault: Vault,
        memory: Memory,
    ) -> Result<Self, Error> {
        let trust = Arc::new(trust_of(core, &vault, &memory).await?);
        let Present { administrators, recorded } = memory.present(Some(&vault)).await?;
        let first = !recorded && memory.provisioned().is_none();
        Ok(Self {
            deployment_id,
            backup,
            vault,
            memory,
            trust,
            administrators,
            appointed: Vec::new(),
            also: Change::new(),
            first,
        })
    }

    /// Lets the administrator begin whom the custodians have set, if they have.
    pub(super) fn appoint(&mut self, appointed: Vec<Administrator>) {
        self.administrators = with(std::mem::take(&mut self.administrators), appointed.clone());
        self.appointed = appointed;
    }

    /// Ends the sets of recovery shares that are for the version of before, with the start. Returns them.
    pub(super) async fn end_former(
        &mut self,
        core: &CoreState,
        proved: &Proved,
        used: u64,
    ) -> Result<Vec<SetRecord>, Error> {
        let (mut record, since) = RecoveryRecord::load(&self.vault).await?;
        let here = Here::new(&proved.identity, &self.trust.settings, core.clock.now());
        let former = self.memory.present(Some(&self.vault)).await?.administrators;
        let mut ended = Vec::new();
        for new in &self.appointed {
            ended.extend(replaced(&mut record, &former, new, used));
        }
        ended.extend(here.finish(&mut record, &Makers::of(&self.administrators), used));
        self.also = record.put()?.while_is(keys::recovery()?, since);
        Ok(ended)
    }

    /// The trust settings that will be in force.
    pub(super) fn trust(&self) -> &InForce {
        &self.trust
    }

    /// What seals the identity under the settings that will be in force.
    pub(super) fn sealing(&self, core: &CoreState) -> Sealing {
        core.env.sealing.under(&self.trust.settings.sealing)
    }

    /// Checks that the administrator may begin with this, and means it.
    pub(super) async fn check(
        &self,
        call: &Call<'_, AecsAdmin>,
        request: &AecsProvisionRequest,
    ) -> Result<(), Error> {
        check_deployment(request, self.deployment_id)?;
        let (key, known, first) = (call.caller.key, &self.administrators, self.first);
        let Some(own) = known.iter().find(|it| it.key.fingerprint() == key) else {
            let (key, deployment) = (key.to_string(), hex::encode_upper(self.deployment_id));
            let known: Vec<_> = known.iter().map(|it| it.key.fingerprint().to_string()).collect();
            let known = known.join(", ");
            return Err(match self.memory.provisioned() {
                Some(_) => Cause::NotAnAdministrator { key, deployment, known }.into(),
                None => Cause::NotTheFirst { key, deployment, known }.into(),
            });
        };
        let older = self.memory.why_older(&self.vault).await?;
        if let Some(why) = older.filter(|_| !request.accept_older_store) {
            return Err(Cause::OlderStore { why }.into());
        }
        match &own.password {
            Some(verifier) => {
                // Nothing may be written for an identity that begins.
                let vault = Some(&self.vault).filter(|_| !first);
                let of = Counted { deployment: self.deployment_id, vault };
                call.core.check_password(of, key, verifier, &call.caller.password).await
            }
            None if first && !call.caller.password.expose().is_empty() => {
                Err(Cause::NoPasswordAtBirth.into())
            }
            None => Ok(()),
        }
    }

    /// Compares the administrators with the one whom the file names. What the host has chosen
    /// otherwise at the birth is refused; afterwards an administrator may have changed it.
    async fn compare(
        &self,
        call: &Call<'_, AecsAdmin>,
        named: Option<NamedAdministrator>,
    ) -> Result<Vec<SettingDifference>, Error> {
        let differences = compare(call, &self.administrators, named).await?;
        // A password that the file lacks can come from the server's environment.
        let is_weaker = |it: &SettingDifference| it.in_file != "none";
        match self.first && differences.iter().any(is_weaker) {
            true => {
                Err(Cause::OtherFirst { why: in_words(&differences, "is", "the file has") }.into())
            }
            false => Ok(differences),
        }
    }

    /// The identity, ready to serve: a backed up one needs reports of this node first.
    pub(super) async fn prove(
        &mut self,
        core: &CoreState,
        node: &Node,
        restoration: &mut Restoration,
    ) -> Result<Proved, Error> {
        let Some(backup) = self.backup.take() else {
            return Ok(Proved { identity: node.identity.clone(), save: true });
        };
        let (attester, now) = (core.env.attester.clone(), core.clock.now());
        let keys = suite_keys(&self.vault, &self.trust.settings.suites).await?;
        let wanted = Wanted { backup, keys, trust: self.trust.clone() };
        let Restored { identity, grown } = restoration.restored(wanted, attester, now).await?;
        Ok(Proved { identity: Arc::new(identity), save: grown })
    }

    /// Saves what must outlive the process, makes the first records, and goes to work.
    pub(super) async fn finish(
        self,
        call: &Call<'_, AecsAdmin>,
        proved: Proved,
        host: Option<HostName>,
        reply: &Reply,
    ) -> Result<(), Error> {
        let core = call.core;
        let sealing = self.sealing(core);
        let Self { vault, mut memory, trust, administrators, appointed, also, .. } = self;
        let Proved { identity, save } = proved;
        core.clock.raise_to(identity.issued());
        // One that an administrator has lowered while the server waited is kept instead.
        let lowered = core.clock.floor().filter(|_| core.clock.was_lowered());
        if lowered.is_none()
            && let Some(floor) = floor::latest(Some(&vault), &memory).await?
        {
            core.clock.raise(floor);
        }
        call.ticket.check(&vault, trust.wire_revision()).await?;

        let host = host.or_else(|| memory.provisioned().and_then(|it| it.host.clone()));
        let mut change = Change::new();
        if let Some(floor) = lowered {
            change = floor::change(change, floor);
        }
        let (change, trust) = settings_in_force(&vault, change, trust).await?;
        let mut change = administrators_in_force(&vault, change, &memory).await?.and(also);
        for appointed in appointed {
            change = change.put(keys::administrator(&appointed.name)?, appointed.encode());
            change = change.at_most(keys::ADMINISTRATORS.to_owned(), count(MAX_ADMINISTRATORS));
        }
        let before = memory.provisioned().cloned();
        let node = core.node();
        let is_own = identity.identity().deployment_id() == node.deployment_id();
        let was_here = is_own && matches!(node.memory.service, Service::Here(_));
        let by = *call.caller.key.as_bytes();
        memory.service = Service::Here(Provisioned { by, host: host.clone() });
        memory.settings = trust.text.clone();
        memory.revision = trust.revision;
        // Before the first record: an identity with records must not look like one without. Until it is
        // known that the act is among the records, it is not in service, unless it was so before; and it is
        // of the state that the administrator has named, with the administrators of that.
        let (mut next, mut beginning) = (memory.clone(), memory.clone());
        if !was_here {
            next.seen = vault.state().await?.point();
            next.administrators = administrators;
            beginning = Memory { service: Service::Begun { before }, ..next.clone() };
        }
        remember_beginning(core, &identity, &beginning, &trust.settings.sealing).await?;
        let mut written = None;
        if let Some(host) = host.as_ref().filter(|_| save) {
            let (identity, sealer) = (identity.identity().clone(), backups::sealer(&sealing)?);
            let backup = backups::seal(core, identity, next, host, sealer).await?;
            written = Some(backups::write(core, host, backup).await?);
        }
        core.ledger.attach(&vault, identity.identity(), memory.log).await?;
        memory.log = Some(core.env.audit.id());
        if let Err(error) = call.commit_to(&vault, change, reply.text(call.protocol)).await {
            backups::put_back(core, written, &error).await;
            return Err(error);
        }
        // From now on the records are those of this identity, also older ones that were accepted.
        memory.seen = vault.seen().point();

        tracing::info!(
            identity = %identity.identity().hash(),
            backup = host.as_ref().map(HostName::as_str),
            "provisioned: this server is working"
        );
        let phase = Phase::Working { vault };
        core.replace(Node { identity, trust, memory: Arc::new(memory), phase });
        remember(core).await
    }
}

/// The backup under the name of `host`, if there is one.
async fn backup_of(core: &CoreState, host: Option<&HostName>) -> Result<Option<Backup>, Error> {
    let Some(host) = host else { return Ok(None) };
    backups::sealer(&core.env.sealing.opening())?;
    backups::load(core, host).await
}

/// Adds the settings to the change that begins, unless the records have them.
async fn settings_in_force(
    vault: &Vault,
    change: Change,
    trust: Arc<InForce>,
) -> Result<(Change, Arc<InForce>), Error> {
    let recorded = settings_of(vault).await?.map(|(revision, _)| revision);
    if recorded.is_some_and(|recorded| recorded >= trust.revision) {
        return Ok((change, trust));
    }
    let revision = trust.revision.max(1);
    let record = SettingsRecord::new(revision, &trust.text).encode();
    let (text, settings) = (trust.text.clone(), trust.settings.clone());
    let trust = Arc::new(InForce::new(revision, text, settings));
    Ok((change.put(keys::settings()?, record).trust_revision(revision), trust))
}

/// Adds the administrators that the identity remembers to the change that begins, unless the
/// records have those of now.
async fn administrators_in_force(
    vault: &Vault,
    mut change: Change,
    memory: &Memory,
) -> Result<Change, Error> {
    let Present { administrators, recorded } = memory.present(Some(vault)).await?;
    if recorded {
        return Ok(change);
    }
    let mut names = Vec::new();
    for administrator in administrators {
        let name = keys::administrator(&administrator.name)?;
        change = change.put(name.clone(), administrator.encode());
        names.push(name);
    }
    let former = administrators::load(vault).await?;
    for gone in former.into_iter().filter(|it| !names.contains(&it.record)) {
        change = change.remove(gone.record, None);
    }
    Ok(change)
}

fn files_are_missing(missing_files: Vec<String>) -> Reply {
    Reply::json(&AecsProvisionResponse { missing_files, ..AecsProvisionResponse::default() })
}

/// What is known last of the identity of a backup: this node may remember a later time than the
/// backup, and the host must not make it forget that.
fn latest(node: &Node, Backup { identity, memory, .. }: &Backup) -> Memory {
    let own = node.deployment_id() == identity.deployment_id();
    let at = |memory: &Memory| (memory.seen.epoch, memory.revision);
    let latest = if own && at(&node.memory) > at(memory) { &node.memory } else { memory };
    // The log of the server that wrote the backup may be another one's.
    Memory { log: node.memory.log, ..latest.clone() }
}

/// Refuses to begin as another deployment than the expected one.
fn check_deployment(request: &AecsProvisionRequest, id: [u8; 32]) -> Result<(), Cause> {
    let id = hex::encode_upper(id);
    let expected = request.deployment_id.as_str();
    if expected.is_empty() || expected.eq_ignore_ascii_case(&id) {
        return Ok(());
    }
    Err(Cause::OtherDeployment { id, expected: expected.to_owned() })
}

/// Refuses a provision of another identity than the one that the administrator saw.
fn check_identity(
    protocol: Protocol,
    request: &AecsProvisionRequest,
    node: &Node,
) -> Result<(), Cause> {
    match protocol {
        // It cannot say which identity it means, and can be replayed.
        Protocol::Aecs20 if !node.memory.is_unused() => Err(Cause::ProvisionedBefore),
        Protocol::Aecs20 => Ok(()),
        Protocol::Aecs21 => {
            let (own, named) = (node.identity.identity().hash(), request.identity_hash.clone());
            let same = named.eq_ignore_ascii_case(&own);
            if same { Ok(()) } else { Err(Cause::OtherIdentity { own, named }) }
        }
    }
}

/// The answer of a server that works already.
fn already_working(
    protocol: Protocol,
    node: &Node,
    host: Option<&HostName>,
    administrator: Vec<SettingDifference>,
) -> Result<Reply, Error> {
    if protocol == Protocol::Aecs20 {
        return Err(Cause::Provisioned.into());
    }
    if let Some(host) = host.filter(|host| Some(*host) != node.backup()) {
        let own = node.backup().map_or("no host name".to_owned(), |own| format!("host name {own}"));
        return Err(Cause::ProvisionedUnder { own, host: host.clone() }.into());
    }
    Ok(Reply::json(&AecsProvisionResponse {
        already_working: true,
        deployment_id: hex::encode_upper(node.deployment_id()),
        administrator,
        ..AecsProvisionResponse::default()
    }))
}

/// What came of a comparison of settings.
pub(super) enum Compared {
    /// The paths of files that are missing for that.
    Missing(Vec<String>),
    /// They are those that are expected; the administrator whom the file names, if there is a file.
    Same(Option<NamedAdministrator>),
}

/// Compares the settings in force with what the administrator expects.
pub(super) fn check_settings(
    core: &CoreState,
    request: &AecsProvisionRequest,
    trust: &InForce,
) -> Result<Compared, Cause> {
    let mut administrator = None;
    if let Some(file) = &request.server_config {
        match deployment::read_file(core, file)? {
            ReadFile::Missing(paths) => return Ok(Compared::Missing(paths)),
            ReadFile::Settings(expected, named) => {
                administrator = Some(named);
                let differences = core.differences(trust, &expected);
                if !differences.is_empty() {
                    let why = in_words(&differences, "is", "the file has");
                    return Err(Cause::OtherSettings { why });
                }
            }
        }
    }
    let digest = hex::encode_upper(trust.digest);
    let agreed = request.settings_digest.as_str();
    if !agreed.is_empty() && !agreed.eq_ignore_ascii_case(&digest) {
        let why = format!("their digest is {digest}, expected {agreed}");
        return Err(Cause::OtherSettings { why });
    }
    Ok(Compared::Same(administrator))
}

/// Compares the administrators in force with the one whom the file names, if there is a file.
async fn compare(
    call: &Call<'_, AecsAdmin>,
    present: &[Administrator],
    named: Option<NamedAdministrator>,
) -> Result<Vec<SettingDifference>, Error> {
    match named {
        Some(named) => differences(&call.core.lanes, present, call.caller.key, named).await,
        None => Ok(Vec::new()),
    }
}

/// The revision and the text of the trust settings that hold with these records and this memory.
pub(crate) async fn settings_with(
    vault: &Vault,
    memory: &Memory,
) -> Result<(u64, TrustSettings), Error> {
    Ok(match settings_of(vault).await? {
        Some((revision, text)) if revision >= memory.revision => (revision, text),
        // The records are older than the identity remembers, or there are none.
        _ => (memory.revision, memory.settings.clone()),
    })
}

pub(super) async fn trust_of(
    core: &CoreState,
    vault: &Vault,
    memory: &Memory,
) -> Result<InForce, Error> {
    let (revision, text) = settings_with(vault, memory).await?;
    let read = InForce::read(core.env.reader.as_ref(), revision, text);
    Ok(read.map_err(|why| Cause::BadDeployment { why })?)
}

/// Opens the records of `identity`. Records of another one do not open.
async fn open_vault(core: &CoreState, identity: &Identity) -> Result<Vault, Error> {
    let opened = records::open(core.env.store.clone(), identity).await;
    opened.map_err(|error| not_opened(&core.env.sealing.opening(), error))
}

/// Opens the records of the node's own identity, of which `host` has no backup.
async fn open_own(core: &CoreState, node: &Node, host: Option<&HostName>) -> Result<Vault, Error> {
    let identity = node.identity.identity();
    let opened = open_vault(core, identity).await;
    // Without sealing keys there is no backup, and the identity of before has ended.
    if opened.is_ok() || core.env.sealing.opening().sealer().is_err() {
        return opened;
    }
    let (store, key, id) = (&*core.env.store, identity.record_key(), identity.deployment_id());
    if !matches!(Vault::any_opens(store, &key, id).await, Ok(false)) {
        return opened;
    }
    let there = backups::hosts(store).await.map_err(VaultError::Store)?;
    Err(Cause::OtherRecords { remedy: bring_back(host, &there) }.into())
}

/// How an identity comes back whose records are in the store.
fn bring_back(host: Option<&HostName>, backups: &[HostName]) -> String {
    let missing = host.map(|host| format!("There is no identity backup of host {host}. "));
    let named: Vec<&str> = backups.iter().take(8).map(HostName::as_str).collect();
    let backup = match named.as_slice() {
        [] => String::new(),
        named => format!("provision with the host name of its backup ({}), or ", named.join(", ")),
    };
    format!(
        "{}To bring that one back, {backup}start with --recover if the store has recovery shares; for another \
         deployment, start with an empty store. If this server has worked with this store before, somebody \
         changed it",
        missing.unwrap_or_default()
    )
}

/// Why the records of an identity cannot be opened, for an administrator.
fn not_opened(sealing: &Sealing, error: VaultError) -> Error {
    let why = Causes(&error).to_string();
    unopened(sealing, error, why)
}

/// The same for anybody. The name of a record that was tampered with has the names of a service and
/// its secret, which are told only to those who may know them.
pub(crate) fn not_opened_for_anybody(sealing: &Sealing, error: VaultError) -> Error {
    let why = "a record in the store was tampered with: the server's log and an administrator's \
               provision name it";
    unopened(sealing, error, why.to_owned())
}

fn unopened(sealing: &Sealing, error: VaultError, why: String) -> Error {
    match error {
        VaultError::Tampered { .. } if sealing.sealer().is_err() => Cause::LostStore { why }.into(),
        VaultError::Tampered { .. } => Cause::OtherStore { why }.into(),
        other => other.into(),
    }
}
