//! Recovery shares of a working server: sets of them are made, shown, proven and revoked.
//!
//! The order of each act, and why a crash at any point leaves shares that work: `recovery.rs`.

pub(crate) mod appoint;
pub(crate) mod fitting;
pub(crate) mod makers;
pub(crate) mod restore;

use std::collections::BTreeSet;

use aecs_attest::{Acceptance, OwnBinding, Policy, own_attributes, unpinned};
use aecs_crypto::{
    age::Recipient,
    recovery::{self as crypto, RecoveryKey},
    shares,
};
use aecs_proto::{
    CreateRecoveryRequest, CreateRecoveryResponse, ProveRecoveryShareRequest,
    ProveRecoveryShareResponse, RecoveryHolder, RecoveryLabel, RecoverySet, RecoveryShare,
    RecoveryShareFile, RevokeRecoveryRequest, RevokeRecoveryResponse, ShowRecoveryRequest,
    ShowRecoveryResponse, UnifiedAttestationAttributes, UnifiedAttestationPolicy, Zeroizing,
};
use aecs_store::pages::{Register, Tag};
use prost::Message;

use self::{fitting::Here, makers::Makers};
use crate::{
    alone::Alone,
    call::{AecsAdmin, Call, Custodian, Reply},
    error::{Cause, Error, Kind, internal},
    name::PersonName,
    recovery::{
        self, DRILL_MS, Header, HolderRecord, MAX_SETS, RecoveryRecord, SetRecord, content,
        new_register, registers,
    },
    remembering::memory_of,
    settings::TrustSettings,
    stack,
    state::CoreState,
    vault::Vault,
    wire::{wire, wire32},
};

/// What an administrator asks for.
struct Wanted {
    threshold: usize,
    custodians: Vec<(PersonName, Recipient)>,
}

impl Wanted {
    fn read(request: &CreateRecoveryRequest) -> Result<Self, Error> {
        let bad = |why: String| Cause::BadCustodians { why };
        let threshold = usize::try_from(request.threshold).unwrap_or_default();
        let count = request.custodians.len();
        let range = shares::MIN_THRESHOLD..=shares::MAX_THRESHOLD;
        if !range.contains(&threshold) || !(threshold..=shares::MAX_SHARES).contains(&count) {
            let why = format!(
                "the threshold must be from 2 to 16, and at most the number of custodians, of whom there are \
                 at most 32; the threshold is {threshold}, the number of custodians {count}"
            );
            return Err(bad(why).into());
        }
        let (mut custodians, mut names) = (Vec::new(), BTreeSet::new());
        let mut recipients = BTreeSet::new();
        for custodian in &request.custodians {
            let name =
                PersonName::required(&custodian.name, bad("a custodian has no name".to_owned()))?;
            let recipient: Recipient = custodian
                .recipient
                .parse()
                .map_err(|error| bad(format!("the recipient of custodian {name}: {error}")))?;
            if !names.insert(name.to_string()) {
                return Err(bad(format!("two custodians have the name {name}")).into());
            }
            if !recipients.insert(recipient.clone()) {
                let why = format!("custodian {name} has the recipient of another one");
                return Err(bad(why).into());
            }
            custodians.push((name, recipient));
        }
        Ok(Self { threshold, custodians })
    }
}

/// A set that is being made.
struct Made {
    set: SetRecord,
    content: Vec<u8>,
    files: Vec<RecoveryShareFile>,
}

/// What a set is made of.
struct Making {
    wanted: Wanted,
    bundle: Zeroizing<Vec<u8>>,
    deployment_id: [u8; 32],
    epoch: u64,
    revision: u64,
    released_to: UnifiedAttestationPolicy,
    for_others: bool,
    settings: TrustSettings,
    register: Register,
    created_at_ms: i64,
    created_by: String,
}

/// Makes a set of shares beside those that there are.
pub(crate) async fn create(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: CreateRecoveryRequest = call.parse()?;
    let wanted = Wanted::read(&request)?;
    let core = call.core;
    let _one_at_a_time = core.provisioning.lock().await;
    let (node, vault) = (core.node(), call.vault()?);
    let alone = Alone::begin(core, vault).await?;
    Makers::load(vault).await?.check_key(call.caller.key)?;
    let (mut record, _) = RecoveryRecord::load(vault).await?;
    if wire(record.latest) != request.latest_revision {
        let (latest, named) = (record.latest, request.latest_revision);
        return Err(Cause::OtherRecovery { latest, named }.into());
    }
    if record.sets.len() >= MAX_SETS {
        return Err(Cause::TooManyRecoveries { limit: MAX_SETS }.into());
    }
    let revision = record.latest.saturating_add(1);
    call.about(None, Some(&format!("recovery {revision}")));
    let server = node.identity.suite_identity(aecs_crypto::Suite::Modern)?;
    let released_to = match &request.released_to {
        Some(asked) => checked(asked, node.settings().simulation)?,
        None => like(server.attributes, &node.settings().acceptance),
    };
    let not_here = Here::of(core, &node).refuses(Some(&released_to)).unwrap_or_default();
    let memory = memory_of(core, &node).await?;
    let identity = node.identity.identity();
    let making = Making {
        wanted,
        bundle: identity.to_bundle(&memory),
        deployment_id: identity.deployment_id(),
        epoch: memory.seen.epoch,
        revision,
        released_to: released_to.clone(),
        for_others: request.released_to.is_some() && !not_here.is_empty(),
        settings: node.trust.text.clone(),
        register: new_register(revision)?,
        created_at_ms: call.now_ms,
        created_by: call.caller.key.to_string(),
    };
    let register = making.register.clone();
    let made = core
        .lanes
        .operator
        .run("making recovery shares", move || stack::wiped(|| make(making)))
        .await?;
    let Made { set, content, files } = made.map_err(internal("making recovery shares"))?;

    let store = &*core.store();
    // Before the commit: what another act writes after it is not among them.
    let there = registers(store).await.map_err(internal("listing recovery shares"))?;
    recovery::write(store, &register, &content).await?;
    record.latest = revision;
    record.sets.push(set);
    if let Err(error) = call.commit(alone.only(record.put()?)).await {
        // Where it may have been made, the register stays.
        if error.kind() != Kind::Unavailable {
            recovery::remove(store, [register]).await;
        }
        return Err(error);
    }
    let needed = record.registers();
    recovery::remove(store, there.into_iter().filter(|it| !needed.contains(it.as_str()))).await;
    tracing::info!(revision, threshold = request.threshold, "recovery shares were made");
    Ok(Reply::json(&CreateRecoveryResponse {
        revision: wire(revision),
        files,
        released_to: Some(released_to),
        not_here,
    }))
}

/// The policy for servers like this one: its platform and its signer with its product, or where the
/// platform has no signers, its measurement; not for debugging, and of no lower security version. Its TCB
/// may be in the statuses that the deployment accepts: who has lost a machine cannot patch it first.
fn like(own: &UnifiedAttestationAttributes, acceptance: &Acceptance) -> UnifiedAttestationPolicy {
    let product = own_attributes(own, OwnBinding::Product);
    let mut entry = match unpinned(&product) {
        None => product,
        Some(_) => own_attributes(own, OwnBinding::Code),
    };
    entry.bool_debug_disabled = if own.bool_debug_disabled == "false" { "" } else { "true" }.into();
    entry.str_min_isvsvn.clone_from(&own.str_min_isvsvn);
    if !own.str_tcb_status.is_empty() {
        let statuses: Vec<String> =
            acceptance.tcb_statuses.iter().map(ToString::to_string).collect();
        entry.str_tcb_status = statuses.join(",");
    }
    UnifiedAttestationPolicy { main_attributes: vec![entry], ..Default::default() }
}

/// A policy for the servers that an administrator wants, unless it admits every server.
fn checked(
    asked: &UnifiedAttestationPolicy,
    simulation: bool,
) -> Result<UnifiedAttestationPolicy, Error> {
    let bad = |why: String| Cause::BadRelease { why };
    if asked.main_attributes.is_empty() && asked.typed.is_none() {
        return Err(bad("it has no rules".to_owned()).into());
    }
    let policy = Policy::parse(asked).map_err(|error| bad(error.to_string()))?;
    if !policy.lists().is_empty() {
        return Err(bad("it refers to a named list, which only services have".to_owned()).into());
    }
    match policy.unpinned().next().filter(|_| !simulation) {
        Some((_, why)) => {
            Err(bad(format!("it admits every server: {why}; {}", why.remedy())).into())
        }
        None => Ok(asked.clone()),
    }
}

/// Makes the key, seals the identity under it, and encrypts its shares. The key is gone afterwards.
fn make(making: Making) -> Result<Made, aecs_crypto::Error> {
    let Making { wanted, bundle, deployment_id, epoch, revision, released_to, .. } = making;
    let Wanted { threshold, custodians } = wanted;
    let key = RecoveryKey::generate()?;
    let shares = key.split(threshold, custodians.len())?;
    let (mut files, mut holders) = (Vec::new(), Vec::new());
    for (share, (name, recipient)) in shares.iter().zip(&custodians) {
        let label = RecoveryLabel {
            deployment_id: hex::encode_upper(deployment_id),
            epoch: wire(epoch),
            revision: wire(revision),
            threshold: wire32(threshold),
            count: wire32(custodians.len()),
            number: i32::from(share.number),
            holder: name.to_string(),
        };
        let pair = crypto::key_pair(&label, &*share.bytes)?;
        holders.push(HolderRecord {
            name: name.to_string(),
            recipient: recipient.to_string(),
            public_key: pair.public().pem().to_owned(),
            proven_at_ms: 0,
        });
        let share = Zeroizing::new(RecoveryShare {
            label: Some(label.clone()),
            released_to: Some(released_to.clone()),
            share: share.bytes.to_vec(),
        });
        files.push(RecoveryShareFile {
            label: Some(label),
            text: crypto::write_file(&share, recipient)?,
        });
    }
    let threshold = u32::try_from(threshold).unwrap_or(u32::MAX);
    let public_keys = holders.iter().map(|it| it.public_key.clone()).collect();
    let released = released_to.clone();
    let settings = &making.settings;
    let header =
        Header::new(deployment_id, epoch, revision, threshold, public_keys, released, settings);
    let header = header.encode_to_vec();
    let sealed = key.seal(&header, &bundle)?;
    // The shares that leave are those that open it.
    let last = shares.get(shares.len().saturating_sub(usize::try_from(threshold).unwrap_or(0))..);
    RecoveryKey::combine(last.unwrap_or_default())?.open(&header, &sealed)?;
    let (content, digest) = content(header, sealed);
    let set = SetRecord {
        revision,
        epoch,
        created_at_ms: making.created_at_ms,
        created_by: making.created_by,
        threshold,
        holders,
        register: making.register.as_str().to_owned(),
        digest: digest.to_vec(),
        released_to: Some(released_to),
        proven_at_ms: 0,
        for_others: making.for_others,
    };
    Ok(Made { set, content, files })
}

/// Lists the sets.
pub(crate) async fn show(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let ShowRecoveryRequest {} = call.parse()?;
    let (record, _) = RecoveryRecord::load(call.vault()?).await?;
    let here = Here::of(call.core, &call.node);
    let makers = Makers::load(call.vault()?).await?;
    let (mut sets, mut appointments) = (Vec::new(), Vec::new());
    for set in record.sets.iter().rev() {
        appointments.extend(recovery::under_way(&record.appointments, set, call.now_ms)?);
        let problem = match problem(call.core, set).await? {
            Some(problem) => problem,
            None => makers.check(set).err().map(|cause| cause.to_string()).unwrap_or_default(),
        };
        let holders = set.holders.iter().zip(1..).map(|(holder, number)| RecoveryHolder {
            recipient: holder.recipient.clone(),
            ..holder.tell(number)
        });
        sets.push(RecoverySet {
            revision: wire(set.revision),
            epoch: wire(set.epoch),
            created_at_ms: set.created_at_ms,
            created_by: set.created_by.clone(),
            threshold: wire32(set.threshold),
            holders: holders.collect(),
            proven_at_ms: set.proven_at_ms,
            problem,
            released_to: set.released_to.clone(),
            not_here: here.refuses(set.released_to.as_ref()).unwrap_or_default(),
            orphaned: !makers.has(set),
        });
    }
    let latest_revision = wire(record.latest);
    Ok(Reply::json(&ShowRecoveryResponse { sets, latest_revision, appointments }))
}

/// What is wrong with the sealed identity of a set, if it is not as it was written.
async fn problem(core: &CoreState, set: &SetRecord) -> Result<Option<String>, Error> {
    let register = Register::new(set.register.clone()).map_err(internal("naming a register"))?;
    let found = recovery::read(&*core.store(), &register).await;
    let found = found.map_err(internal("reading recovery shares"))?;
    let what = match found.as_deref().and_then(|value| value.get(Tag::LEN..)) {
        Some(content) if aecs_crypto::sha256(content).as_slice() == set.digest => return Ok(None),
        Some(_) => "the sealed identity in the store was changed: these shares open nothing",
        None => "the sealed identity is not in the store: these shares open nothing",
    };
    Ok(Some(what.to_owned()))
}

/// The revisions of the sets whose sealed identity is not as it was written, and what is wrong.
pub(crate) async fn damaged(core: &CoreState, vault: &Vault) -> Result<Vec<(u64, String)>, Error> {
    let (record, _) = RecoveryRecord::load(vault).await?;
    let mut damaged = Vec::new();
    for set in &record.sets {
        damaged.extend(problem(core, set).await?.map(|what| (set.revision, what)));
    }
    Ok(damaged)
}

/// Ends sets: their entries first, then their sealed identities.
pub(crate) async fn revoke(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: RevokeRecoveryRequest = call.parse()?;
    let core = call.core;
    let _one_at_a_time = core.provisioning.lock().await;
    let alone = Alone::begin(core, call.vault()?).await?;
    let (mut record, _) = RecoveryRecord::load(call.vault()?).await?;
    for revision in &request.revisions {
        if !record.sets.iter().any(|set| wire(set.revision) == *revision) {
            return Err(Cause::NoRecovery { revision: *revision }.into());
        }
    }
    let named: Vec<String> = request.revisions.iter().map(ToString::to_string).collect();
    call.about(None, Some(&format!("recovery {}", named.join(", "))));
    let ended = record.end(|set| request.revisions.contains(&wire(set.revision)));
    call.commit(alone.only(record.put()?)).await?;
    recovery::remove(&*core.store(), registers_of(&ended)?).await;
    let left = record.sets.iter().map(|set| wire(set.revision)).collect();
    Ok(Reply::json(&RevokeRecoveryResponse { left }))
}

/// The registers of sets that have ended.
pub(super) fn registers_of(sets: &[SetRecord]) -> Result<Vec<Register>, Error> {
    let named = sets.iter().map(|set| Register::new(set.register.clone()));
    named.collect::<Result<_, _>>().map_err(internal("naming a register"))
}

/// Notes that a custodian has a share: its key has signed the request. With enough shares of a set
/// proven within a day, the sets of before end that restore the same servers.
pub(crate) async fn prove(call: &Call<'_, Custodian>) -> Result<Reply, Error> {
    let ProveRecoveryShareRequest {} = call.parse()?;
    let core = call.core;
    let alone = Alone::begin(core, call.vault()?).await?;
    let (mut record, _) = RecoveryRecord::load(call.vault()?).await?;
    let Custodian { key, revision, number } = call.caller;
    call.about(None, Some(&format!("recovery {revision}, share {number}")));
    let set = record.sets.iter_mut().find(|set| set.revision == revision);
    let Some(set) = set else { return Err(Cause::NotAuthentic.into()) };
    Makers::load(call.vault()?).await?.check(set)?;
    let is_own = |holder: &&mut HolderRecord| {
        let own = aecs_crypto::PublicKey::from_pem(&holder.public_key);
        own.is_ok_and(|own| own.fingerprint() == key)
    };
    // Shares that open nothing must not end those of before.
    if problem(core, set).await?.is_some() {
        return Err(Cause::RecoveryChanged { revision }.into());
    }
    let holder = set.holders.iter_mut().find(is_own).ok_or(Cause::NotAuthentic)?;
    holder.proven_at_ms = call.now_ms;
    let (shares, threshold) = (set.proven_since(call.now_ms - DRILL_MS), set.threshold);
    let proven = shares.len();
    let enough = u32::try_from(proven).is_ok_and(|proven| proven >= threshold);
    if enough {
        set.proven_at_ms = call.now_ms;
    }
    let (set, here) = (set.clone(), Here::of(core, &call.node));
    let ended = record.end(|other| enough && here.ends(&set, other));
    let kept = record.sets.iter().filter(|other| enough && other.revision < revision);
    let kept_revisions = kept.map(|set| wire(set.revision)).collect();
    let newer = here.newer(&record, &set).map(|newer| wire(newer.revision));
    call.commit(alone.only(record.put()?)).await?;
    recovery::remove(&*core.store(), registers_of(&ended)?).await;
    Ok(Reply::json(&ProveRecoveryShareResponse {
        proven: wire32(proven),
        threshold: wire32(threshold),
        working_subsets: subsets(proven, threshold),
        ended_revisions: ended.iter().map(|set| wire(set.revision)).collect(),
        proven_shares: shares,
        not_here: here.refuses(set.released_to.as_ref()).unwrap_or_default(),
        kept_revisions,
        newer_revision: newer.unwrap_or_default(),
    }))
}

/// How many sets of `size` there are of `count`.
fn subsets(count: usize, size: u32) -> i64 {
    let (Ok(count), size) = (u64::try_from(count), u64::from(size)) else { return 0 };
    if size > count {
        return 0;
    }
    let subsets = (1..=size).fold(1u64, |product, at| product * (count - size + at) / at);
    wire(subsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_are_counted() {
        for (count, size, expected) in
            [(0, 2, 0), (1, 2, 0), (2, 2, 1), (3, 2, 3), (5, 3, 10), (32, 16, 601_080_390)]
        {
            assert_eq!(subsets(count, size), expected, "{size} of {count}");
        }
    }

    #[test]
    fn what_an_administrator_asks_for_is_read_once() {
        let recipient = || {
            let identity = aecs_crypto::age::Identity::generate().unwrap();
            identity.recipient().unwrap().to_string()
        };
        let custodian = |name: &str, recipient: String| aecs_proto::RecoveryCustodian {
            name: name.to_owned(),
            recipient,
        };
        let request = |threshold, custodians: Vec<_>| CreateRecoveryRequest {
            threshold,
            custodians,
            latest_revision: 0,
            released_to: None,
        };
        let [one, two] = [recipient(), recipient()];
        let both = || vec![custodian("a", one.clone()), custodian("b", two.clone())];
        assert!(Wanted::read(&request(2, both())).is_ok());
        for bad in [
            request(1, both()),
            request(3, both()),
            request(-1, both()),
            request(2, vec![]),
            request(2, vec![custodian("a", one.clone()), custodian("a", two.clone())]),
            request(2, vec![custodian("a", one.clone()), custodian("b", one.clone())]),
            request(2, vec![custodian("a", one.clone()), custodian("", two.clone())]),
            request(2, vec![custodian("a", one.clone()), custodian("b", "age1".to_owned())]),
            request(2, vec![custodian("a", one.clone()), custodian("a\nb", two.clone())]),
        ] {
            assert!(Wanted::read(&bad).is_err());
        }
    }
}
