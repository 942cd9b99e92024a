//! Recovery of the identity by custodians: what is kept of it in the store.
//!
//! A **set** of shares is an identity that was sealed under a key of the set's own, in a register of its
//! own, and the entry about it in one record (`deployment/recovery`). The key is in the shares only, which
//! the custodians have. The header of the register is in the clear and authenticated with the identity: a
//! server that has nothing but the store reads in it whose shares it needs.
//!
//! Invariant: at no moment do neither the former shares nor the new ones work. A set is replaced by none:
//! each has its own register, which is written before the entry and removed after it, and a set ends only
//! when enough shares of a later one for the same servers are proven, when a recovery is finished on servers
//! that it is not for, or when an administrator revokes it (`handlers/recovery/fitting.rs`). So a set whose
//! shares nobody got (the server died before its answer) takes nothing away:
//! - **a register, and no entry**: its shares have never left the server, since they are in the answer,
//!   which follows the entry. Nobody can open it; the next act removes it;
//! - **an entry that has ended, and still its register**: a recovering server asks the records, and refuses
//!   its shares.

use std::collections::{BTreeMap, BTreeSet};

use aecs_crypto::{PublicKey, random, sha256};
use aecs_proto::{RecoveryAppointment, RecoveryHolder, UnifiedAttestationPolicy};
use aecs_store::pages::{Commit, PageStore, Read, Register, Swap, Tag};
use prost::Message;

use crate::{
    error::{Cause, Error, internal},
    keys,
    records::decode,
    settings::TrustSettings,
    vault::{Change, Epoch, Vault, VaultError},
    wire::wire,
};

/// How many sets there may be at once.
pub(crate) const MAX_SETS: usize = 8;

/// For how long a proof counts, in milliseconds: a drill has a day.
pub(crate) const DRILL_MS: i64 = 24 * 60 * 60 * 1000;

const FORMAT: u32 = 1;

/// The sets of a deployment, as the vault knows them.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RecoveryRecord {
    /// The revision of the latest set that was ever made.
    #[prost(uint64, tag = "1")]
    pub(crate) latest: u64,
    #[prost(message, repeated, tag = "2")]
    pub(crate) sets: Vec<SetRecord>,
    /// Administrators whom custodians have asked for.
    #[prost(message, repeated, tag = "3")]
    pub(crate) appointments: Vec<AppointmentRecord>,
}

/// An administrator, and the custodians of a set who have asked for it.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AppointmentRecord {
    #[prost(uint64, tag = "1")]
    pub(crate) revision: u64,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "3")]
    pub(crate) public_key: String,
    #[prost(string, tag = "4")]
    pub(crate) password_phc: String,
    #[prost(message, repeated, tag = "5")]
    pub(crate) agreed: Vec<AgreementRecord>,
}

/// Who has asked, and when.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AgreementRecord {
    #[prost(uint32, tag = "1")]
    number: u32,
    #[prost(int64, tag = "2")]
    at_ms: i64,
}

/// A set.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SetRecord {
    #[prost(uint64, tag = "1")]
    pub(crate) revision: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) epoch: u64,
    #[prost(int64, tag = "3")]
    pub(crate) created_at_ms: i64,
    /// The hash of the key of the administrator who answers for it.
    #[prost(string, tag = "4")]
    pub(crate) created_by: String,
    #[prost(uint32, tag = "5")]
    pub(crate) threshold: u32,
    /// In the order of their numbers, from 1.
    #[prost(message, repeated, tag = "6")]
    pub(crate) holders: Vec<HolderRecord>,
    /// Where the sealed identity is.
    #[prost(string, tag = "7")]
    pub(crate) register: String,
    /// SHA-256 of what is there.
    #[prost(bytes = "vec", tag = "8")]
    pub(crate) digest: Vec<u8>,
    #[prost(message, optional, tag = "9")]
    pub(crate) released_to: Option<UnifiedAttestationPolicy>,
    /// When enough shares were proven last; 0: never.
    #[prost(int64, tag = "10")]
    pub(crate) proven_at_ms: i64,
    /// An administrator has made it for other servers than the one that made it.
    #[prost(bool, tag = "11")]
    pub(crate) for_others: bool,
}

/// Who has a share.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct HolderRecord {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) recipient: String,
    /// Of the share.
    #[prost(string, tag = "3")]
    pub(crate) public_key: String,
    #[prost(int64, tag = "4")]
    pub(crate) proven_at_ms: i64,
}

/// What is in the clear beside a sealed identity, and authenticated with it. It names no custodian.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Header {
    #[prost(uint32, tag = "1")]
    format: u32,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) deployment_id: Vec<u8>,
    #[prost(uint64, tag = "3")]
    pub(crate) epoch: u64,
    #[prost(uint64, tag = "4")]
    pub(crate) revision: u64,
    #[prost(uint32, tag = "5")]
    pub(crate) threshold: u32,
    /// Of the shares, in the order of their numbers.
    #[prost(string, repeated, tag = "6")]
    pub(crate) public_keys: Vec<String>,
    #[prost(message, optional, tag = "7")]
    pub(crate) released_to: Option<UnifiedAttestationPolicy>,
    /// The trust settings in force when the set was made: a machine that they do not accept is told so
    /// before anybody submits a share.
    #[prost(btree_map = "string, string", tag = "8")]
    pub(crate) settings: BTreeMap<String, String>,
}

/// The content of a register, after its tag.
#[derive(Clone, PartialEq, Message)]
struct Content {
    #[prost(bytes = "vec", tag = "1")]
    header: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    sealed: Vec<u8>,
}

/// A sealed identity that is in the store.
pub(crate) struct SealedSet {
    pub(crate) header: Header,
    /// The header as it is authenticated.
    pub(crate) header_bytes: Vec<u8>,
    pub(crate) public_keys: Vec<PublicKey>,
    pub(crate) sealed: Vec<u8>,
    /// SHA-256 of the content of the register.
    pub(crate) digest: [u8; 32],
}

impl Header {
    pub(crate) fn new(
        deployment_id: [u8; 32],
        epoch: u64,
        revision: u64,
        threshold: u32,
        public_keys: Vec<String>,
        released_to: UnifiedAttestationPolicy,
        settings: &TrustSettings,
    ) -> Self {
        Self {
            format: FORMAT,
            deployment_id: deployment_id.to_vec(),
            epoch,
            revision,
            threshold,
            public_keys,
            released_to: Some(released_to),
            settings: settings.to_map(),
        }
    }
}

impl RecoveryRecord {
    /// The record, and its epoch; an empty one if there is none.
    pub(crate) async fn load(vault: &Vault) -> Result<(Self, Option<Epoch>), Error> {
        match vault.get(&keys::recovery()?).await? {
            Some(found) => Ok((decode(&found.plain)?, Some(found.epoch))),
            None => Ok((Self::default(), None)),
        }
    }

    /// The change that makes it the record.
    pub(crate) fn put(&self) -> Result<Change, Error> {
        Ok(Change::new().put(keys::recovery()?, self.encode_to_vec().into()))
    }

    /// Takes the sets out that end.
    pub(crate) fn end(&mut self, ends: impl Fn(&SetRecord) -> bool) -> Vec<SetRecord> {
        let (ended, stay) = std::mem::take(&mut self.sets).into_iter().partition(ends);
        self.sets = stay;
        ended
    }

    /// The registers of its sets.
    pub(crate) fn registers(&self) -> BTreeSet<String> {
        self.sets.iter().map(|set| set.register.clone()).collect()
    }
}

impl AppointmentRecord {
    /// Whether both are the same wish of custodians of the same set.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let of = |it: &Self| {
            (it.revision, it.name.clone(), it.public_key.clone(), it.password_phc.clone())
        };
        of(self) == of(other)
    }
}

/// Notes that a custodian asks for this, instead of what the same one asked for before. Returns how many
/// have asked for it within a day.
pub(crate) fn agree(
    all: &mut Vec<AppointmentRecord>,
    asked: &AppointmentRecord,
    number: u8,
    now_ms: i64,
) -> usize {
    let number = u32::from(number);
    for it in &mut *all {
        let own = it.revision == asked.revision;
        it.agreed.retain(|one| {
            now_ms.saturating_sub(one.at_ms) < DRILL_MS && !(own && one.number == number)
        });
    }
    all.retain(|it| !it.agreed.is_empty() || it.is_same(asked));
    if !all.iter().any(|it| it.is_same(asked)) {
        all.push(AppointmentRecord { agreed: Vec::new(), ..asked.clone() });
    }
    let Some(found) = all.iter_mut().find(|it| it.is_same(asked)) else { return 0 };
    found.agreed.push(AgreementRecord { number, at_ms: now_ms });
    found.agreed.len()
}

/// Whom custodians of a set ask for, within a day.
pub(crate) fn under_way(
    all: &[AppointmentRecord],
    set: &SetRecord,
    now_ms: i64,
) -> Result<Vec<RecoveryAppointment>, Error> {
    let mut told = Vec::new();
    for it in all.iter().filter(|it| it.revision == set.revision) {
        let lately = it.agreed.iter().filter(|one| now_ms.saturating_sub(one.at_ms) < DRILL_MS);
        let agreed: Vec<_> = lately.filter_map(|one| set.holder(one.number)).collect();
        if agreed.is_empty() {
            continue;
        }
        let key = PublicKey::from_pem(&it.public_key)
            .map_err(internal("reading the key of an appointment"))?;
        told.push(RecoveryAppointment {
            revision: wire(it.revision),
            name: it.name.clone(),
            key_hash: key.fingerprint().to_string(),
            has_password: !it.password_phc.is_empty(),
            agreed,
        });
    }
    Ok(told)
}

impl SetRecord {
    /// Whether both are for the same code, whatever its TCB status and security version.
    pub(crate) fn is_for_code_of(&self, other: &Self) -> bool {
        let code = |set: &Self| {
            let mut policy = set.released_to.clone().unwrap_or_default();
            for rule in &mut policy.main_attributes {
                rule.str_tcb_status.clear();
                rule.str_min_isvsvn.clear();
            }
            policy
        };
        code(self) == code(other)
    }

    /// The holder of a share.
    fn holder(&self, number: u32) -> Option<RecoveryHolder> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        Some(self.holders.get(index)?.tell(i32::try_from(number).ok()?))
    }

    /// The shares that were proven since `since_ms`.
    pub(crate) fn proven_since(&self, since_ms: i64) -> Vec<RecoveryHolder> {
        let all = self.holders.iter().zip(1..).map(|(holder, number)| holder.tell(number));
        all.filter(|it| it.proven_at_ms > since_ms).collect()
    }
}

impl HolderRecord {
    /// Who it is, without the recipient.
    pub(crate) fn tell(&self, number: i32) -> RecoveryHolder {
        RecoveryHolder {
            number,
            name: self.name.clone(),
            recipient: String::new(),
            proven_at_ms: self.proven_at_ms,
        }
    }
}

/// The content of the register of a set, and its digest.
pub(crate) fn content(header: Vec<u8>, sealed: Vec<u8>) -> (Vec<u8>, [u8; 32]) {
    let content = Content { header, sealed }.encode_to_vec();
    let digest = sha256(&content);
    (content, digest)
}

/// A register that no set ever had: an act that is refused takes nothing of another one.
pub(crate) fn new_register(revision: u64) -> Result<Register, Error> {
    let id = random::<8>().map_err(internal("naming a set of recovery shares"))?;
    keys::recovery_register(revision, &hex::encode(id))
}

/// Writes the content of a new register.
pub(crate) async fn write(
    store: &dyn PageStore,
    register: &Register,
    content: &[u8],
) -> Result<(), Error> {
    let tag = random::<{ Tag::LEN }>().map_err(internal("naming the value of a register"))?;
    let value = [tag.as_slice(), content].concat();
    let expected = Tag::NONE;
    let commit = Commit { register, expected, value: Some(&value), pages: &[], dead: &[] };
    match store.commit(commit).await {
        Ok(Swap::Done) => Ok(()),
        Ok(Swap::Lost) => Err(Cause::Conflict { what: "the recovery".to_owned() }.into()),
        Err(error) => Err(VaultError::Store(error).into()),
    }
}

/// All registers of sets that are in the store.
pub(crate) async fn registers(store: &dyn PageStore) -> Result<Vec<Register>, aecs_store::Error> {
    store.registers(keys::RECOVERY).await
}

/// The value of a register.
pub(crate) async fn read(
    store: &dyn PageStore,
    register: &Register,
) -> Result<Option<Vec<u8>>, aecs_store::Error> {
    Ok(match store.read(register, Tag::NONE).await? {
        Read::New(value) => Some(value),
        Read::None | Read::Same => None,
    })
}

/// Removes registers that nobody needs any more. One that stays harms nobody: see above.
pub(crate) async fn remove(store: &dyn PageStore, registers: impl IntoIterator<Item = Register>) {
    for register in registers {
        let removed = async {
            let Some(value) = read(store, &register).await? else { return Ok(()) };
            let expected = Tag::of(Some(&value))?;
            let register = &register;
            let commit = Commit { register, expected, value: None, pages: &[], dead: &[] };
            store.commit(commit).await.map(drop)
        };
        if let Err(error) = removed.await {
            tracing::warn!(%error, %register, "recovery shares that have ended are not removed yet");
        }
    }
}

/// The sealed identities in the store, the latest one first.
#[derive(Default)]
pub(crate) struct SealedSets {
    pub(crate) sets: Vec<SealedSet>,
    /// The names of registers that hold none.
    pub(crate) damaged: Vec<String>,
}

/// Reads the sealed identities in the store.
pub(crate) async fn sealed_sets(store: &dyn PageStore) -> Result<SealedSets, aecs_store::Error> {
    let SealedSets { mut sets, mut damaged } = SealedSets::default();
    for register in registers(store).await? {
        let Some(value) = read(store, &register).await? else { continue };
        let content = value.get(Tag::LEN..).unwrap_or_default();
        match sealed_set(content) {
            Some(set) => sets.push(set),
            None => {
                tracing::warn!(%register, "a register of recovery shares is damaged");
                damaged.push(register.to_string());
            }
        }
    }
    sets.sort_by_key(|set| std::cmp::Reverse(set.header.revision));
    Ok(SealedSets { sets, damaged })
}

fn sealed_set(content: &[u8]) -> Option<SealedSet> {
    let digest = sha256(content);
    let Content { header: header_bytes, sealed } = Content::decode(content).ok()?;
    let header = Header::decode(header_bytes.as_slice()).ok()?;
    let count = header.public_keys.len();
    let threshold = usize::try_from(header.threshold).ok()?;
    let is_one = header.format == FORMAT
        && header.deployment_id.len() == 32
        && (aecs_crypto::shares::MIN_THRESHOLD..=aecs_crypto::shares::MAX_THRESHOLD)
            .contains(&threshold)
        && (threshold..=aecs_crypto::shares::MAX_SHARES).contains(&count);
    if !is_one {
        return None;
    }
    let public_keys = header.public_keys.iter().map(|pem| PublicKey::from_pem(pem).ok());
    let public_keys = public_keys.collect::<Option<Vec<_>>>()?;
    Some(SealedSet { header, header_bytes, public_keys, sealed, digest })
}

/// A set with this header, for tests.
#[cfg(test)]
pub(crate) fn of_header(header: Header) -> SealedSet {
    let (header_bytes, public_keys, sealed) = (header.encode_to_vec(), Vec::new(), Vec::new());
    SealedSet { header, header_bytes, public_keys, sealed, digest: [0; 32] }
}
