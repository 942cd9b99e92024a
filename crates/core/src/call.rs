//! A call that was admitted: who calls, what, and the means to obey.
//!
//! Invariant: a [`Call`] exists only after the dispatch has checked signature, freshness, replay,
//! function, state and password. Everything that it commits is committed together with the
//! memory of its request, or not at all.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aecs_attest::{Attributes, NamedLists, Policy, Verified};
use aecs_crypto::{KeyHash, Protocol, PublicKey, SecretString};
use aecs_proto::{
    Caller, Zeroizing,
    json::{self, JsonMessage},
};

use crate::{
    act::Act,
    audit::OpenEntry,
    bound::Remembered,
    error::{Cause, Error},
    keys,
    name::ServiceName,
    replay::RequestId,
    row::Row,
    secret::{stored::count, versions::Made},
    state::{CoreState, Node},
    vault::{Change, Epoch, Name, Vault, VaultError},
    watchers::Given,
};

/// The AAD of the envelopes of AECS administrators and of all answers in protocol 2.0.
pub(crate) const ENVELOPE_NAME: &[u8] = b"Enclave";

/// The AAD of the envelopes of custodians.
pub(crate) const CUSTODIAN_NAME: &[u8] = b"Custodian";

/// The platform operator.
pub(crate) struct AecsAdmin {
    /// The hash of the key that the caller holds.
    pub(crate) key: KeyHash,
    /// The password of the request, which was checked already; only a provision checks it itself,
    /// under the administrators that it begins with.
    pub(crate) password: SecretString,
}

/// The holder of a share of a recovery key.
#[derive(Clone, Copy)]
pub(crate) struct Custodian {
    /// The hash of the key that follows from the share.
    pub(crate) key: KeyHash,
    /// The revision of the set that the share is of.
    pub(crate) revision: u64,
    /// The number of the share.
    pub(crate) number: u8,
}

/// The owner of a service.
#[derive(Clone)]
pub(crate) struct ServiceAdmin {
    pub(crate) service: ServiceName,
    /// The epoch of the record with the key that the caller holds.
    pub(crate) epoch: Epoch,
    /// The hash of that key.
    pub(crate) key: KeyHash,
}

/// An application in a TEE, with what its evidence attests.
pub(crate) struct TrustedApplication {
    pub(crate) attributes: Arc<Verified<Attributes>>,
    /// The key that the evidence binds; secrets are sealed to it.
    pub(crate) key: PublicKey,
    /// How it has proved what it is.
    pub(crate) door: Door,
    /// The services that this call and others of its session have given secrets of.
    pub(crate) given: Arc<Given>,
}

/// How an application has proved what it is: that decides how its answer is protected.
pub(crate) enum Door {
    /// By the evidence in its request. The nonce is that of the request, to which a secret's envelope is
    /// bound in protocol 2.1.
    Evidence { nonce: Vec<u8> },
    /// By a session, which encrypts the whole answer.
    Session,
}

/// The JSON that a function answers with; wiped when dropped.
pub(crate) enum Reply {
    Message(SecretString),
    /// In a session: also what an envelope in the message would hold.
    WithSecret {
        message: SecretString,
        secret: Zeroizing<String>,
    },
    /// AECS 2.0 leaves the response out.
    Empty,
    /// The answer of an act that was carried out before; empty if it acknowledged and nothing more.
    Before(String),
}

impl Reply {
    /// Answers with a message.
    pub(crate) fn json<M: JsonMessage>(message: &M) -> Self {
        Self::Message(SecretString::from(json::to_string(message)))
    }

    /// The JSON; protocol 2.1 always has one, for an answer that could be left out could be forged.
    pub(crate) fn text(&self, protocol: Protocol) -> Option<&str> {
        match (self, protocol) {
            (Self::Message(message) | Self::WithSecret { message, .. }, _) => {
                Some(message.expose())
            }
            (Self::Before(answer), _) if !answer.is_empty() => Some(answer),
            (Self::Empty | Self::Before(_), Protocol::Aecs21) => Some("{}"),
            (Self::Empty | Self::Before(_), Protocol::Aecs20) => None,
        }
    }

    /// What only a session lets out, since it encrypts the whole answer; empty if there is nothing.
    pub(crate) fn take_secret(&mut self) -> String {
        match self {
            Self::WithSecret { secret, .. } => std::mem::take(&mut **secret),
            _ => String::new(),
        }
    }

    /// Whether the act was carried out before.
    pub(crate) fn is_of_before(&self) -> bool {
        matches!(self, Self::Before(_))
    }
}

/// One admitted call of a function by a `C`.
pub(crate) struct Call<'a, C> {
    pub(crate) core: &'a Arc<CoreState>,
    pub(crate) node: Arc<Node>,
    pub(crate) function: Row,
    pub(crate) caller: C,
    pub(crate) protocol: Protocol,
    pub(crate) now_ms: i64,
    pub(crate) payload: SecretString,
    pub(crate) ticket: Ticket,
    pub(crate) audit: OpenEntry,
}

impl<C> Call<'_, C> {
    /// The function's request.
    pub(crate) fn parse<M: JsonMessage>(&self) -> Result<M, Error> {
        json::from_str(self.payload.expose()).map_err(|error| Cause::unreadable(error).into())
    }

    /// The records, if the server is working.
    pub(crate) fn vault(&self) -> Result<&Vault, Error> {
        self.node.vault()
    }

    /// Notes for the audit trail what the call is about.
    pub(crate) fn about(&self, service: Option<&ServiceName>, object: Option<&str>) {
        self.audit.note(|entry| {
            if let Some(service) = service {
                entry.service = Some(service.to_string());
            }
            if let Some(object) = object {
                entry.object = Some(object.to_owned());
            }
        });
    }

    /// Notes for the audit trail why the call is refused; the caller is not told.
    pub(crate) fn because(&self, reason: String) {
        self.audit.note(|entry| entry.reason = Some(reason));
    }

    /// Makes a change durable together with the memory of this request and its audit entry.
    pub(crate) async fn commit(&self, change: Change) -> Result<(), Error> {
        self.commit_to(self.vault()?, change, None).await
    }

    /// The same in a vault that does not belong to the node yet, and with the answer that is kept.
    pub(crate) async fn commit_to(
        &self,
        vault: &Vault,
        change: Change,
        answer: Option<&str>,
    ) -> Result<(), Error> {
        let epoch = self.ticket.spend(vault, change.noted(self.audit.committed()), answer).await?;
        self.audit.note_everywhere(|entry| entry.epoch = Some(epoch));
        Ok(())
    }

    /// Notes for the audit trail which version of a secret's data, and of its policy, is concerned.
    pub(crate) fn about_version(&self, data: Option<Epoch>, policy: Epoch) {
        self.audit.note(|entry| {
            entry.version = data;
            entry.policy_version = Some(policy);
        });
    }

    /// The same, for a function whose answer is more than an acknowledgement: it is kept for a
    /// client that asks again, so it must not be secret.
    pub(crate) async fn commit_answering(
        &self,
        change: Change,
        reply: Reply,
    ) -> Result<Reply, Error> {
        self.commit_to(self.vault()?, change, reply.text(self.protocol)).await?;
        Ok(reply)
    }

    /// The answer, if this act was carried out before and still holds.
    pub(crate) async fn done_before(&self) -> Result<Option<String>, Error> {
        let Ok(vault) = self.node.vault() else { return Ok(None) };
        let answer = self.ticket.done_before(vault).await?;
        if answer.is_some() {
            self.audit.undecided();
            self.because("done before".to_owned());
        }
        Ok(answer)
    }

    /// Remembers a request of protocol 2.0 that failed, so that it cannot succeed later.
    pub(crate) async fn settle(&self) {
        // The state of now: a provision may have come between.
        let node = self.core.node();
        let Ok(vault) = node.vault() else { return };
        if let Err(error) = self.ticket.settle(vault).await {
            // This process remembers it all the same; the caller learns why the call failed.
            tracing::warn!(%error, function = self.function.name(), "a request is not remembered");
        }
    }
}

impl<C> Call<'_, C> {
    /// The named lists that a policy of a service refers to, as they are now.
    pub(crate) async fn lists_of(
        &self,
        service: &ServiceName,
        policy: &Policy,
    ) -> Result<NamedLists, Error> {
        let deployment = self.node.deployment_id();
        self.core.lists.of(deployment, self.vault()?, service, policy).await
    }
}

impl Call<'_, ServiceAdmin> {
    /// By which time data that has ended is removed for good. The owner's request of protocol 2.1 has a
    /// signed time, which agrees with the server's. One of protocol 2.0 has none: without a proof of the
    /// time, nothing has ended.
    pub(crate) fn removal_ms(&self) -> i64 {
        match self.protocol {
            Protocol::Aecs20 => self.core.clock.proven_ms().unwrap_or(0),
            Protocol::Aecs21 => self.now_ms,
        }
    }

    /// The change, if the values of the service stay within their quota.
    pub(crate) fn within_quota(&self, change: Change) -> Change {
        let quota = self.node.settings().quotas.bytes_per_service;
        change.within(keys::all_values_of(&self.caller.service), count(quota))
    }

    /// What is kept of the caller in a version that it makes.
    pub(crate) fn made(&self) -> Made {
        let by = format!("{} {}", Caller::ServiceAdmin.as_str(), self.caller.key);
        Made { by, at_ms: self.now_ms }
    }
}

impl<'a> Call<'a, ()> {
    /// The same call, by a caller that has been identified.
    pub(crate) fn by<C>(self, caller: C) -> Call<'a, C> {
        let Call { core, node, function, caller: (), protocol, now_ms, payload, ticket, audit } =
            self;
        Call { core, node, function, caller, protocol, now_ms, payload, ticket, audit }
    }
}

/// What is to be remembered of a request in the store, and which state of it the client has seen.
pub(crate) struct Ticket {
    memory: Memory,
    remembered: Option<Remembered>,
    /// Where the point that an administrator's act leads to is kept.
    seen: Option<Name>,
    /// The record that makes the caller an administrator.
    ground: Option<(Name, Epoch)>,
    spent: AtomicBool,
    /// Whether what this call asked for was committed, by this call.
    made: AtomicBool,
}

enum Memory {
    /// Nothing: this process remembers the request, and it changes nothing.
    Nothing,
    /// A request of protocol 2.0, for good.
    Request(Name),
    /// An act of protocol 2.1; in a process that waits for its provision, it may have been carried
    /// out for an earlier one.
    Act { act: Act, again: bool },
}

impl Ticket {
    /// A request of protocol 2.0 that is remembered in the store.
    pub(crate) fn lasting(id: &RequestId) -> Result<Self, Error> {
        Ok(Self::new(Memory::Request(id.name()?), None, None))
    }

    /// A request that this process remembers already, and nobody else needs to.
    pub(crate) fn none() -> Self {
        Self::new(Memory::Nothing, None, None)
    }

    /// A request of protocol 2.1 that changes nothing.
    pub(crate) fn read(remembered: Option<Remembered>, seen: Option<Name>) -> Self {
        Self::new(Memory::Nothing, remembered, seen)
    }

    /// A request of protocol 2.1 that changes something.
    pub(crate) fn act(
        act: Act,
        again: bool,
        remembered: Option<Remembered>,
        seen: Option<Name>,
    ) -> Self {
        Self::new(Memory::Act { act, again }, remembered, seen)
    }

    fn new(memory: Memory, remembered: Option<Remembered>, seen: Option<Name>) -> Self {
        let (spent, made) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { memory, remembered, seen, ground: None, spent, made }
    }

    /// Has every change of the request made only while the record is there that makes the caller an
    /// administrator.
    pub(crate) fn stand_on(&mut self, record: Name, epoch: Epoch) {
        self.ground = Some((record, epoch));
    }

    /// The change, if the caller is an administrator by then.
    pub(crate) fn founded(&self, change: Change) -> Change {
        match &self.ground {
            Some((record, epoch)) => change.while_is(record.clone(), Some(*epoch)),
            None => change,
        }
    }

    fn is_ground(&self, name: &Name) -> bool {
        self.ground.as_ref().is_some_and(|(record, _)| record == name)
    }

    /// Refuses a request that the store remembers, and one whose client has seen other records.
    pub(crate) async fn check(&self, vault: &Vault, settings_revision: i64) -> Result<(), Error> {
        if let Memory::Request(name) = &self.memory
            && vault.contains(name).await?
        {
            return Err(Cause::Replayed.into());
        }
        match &self.remembered {
            Some(state) => state.judge(vault, settings_revision, self.seen.as_ref()).await,
            None => Ok(()),
        }
    }

    /// The latest state that the client has seen.
    pub(crate) fn remembered(&self) -> Option<Remembered> {
        self.remembered
    }

    /// Whether this call has committed something: then it knows best what became of it.
    pub(crate) fn has_made(&self) -> bool {
        self.made.load(Ordering::Acquire)
    }

    /// The answer, if the act was carried out before.
    async fn done_before(&self, vault: &Vault) -> Result<Option<String>, Error> {
        match &self.memory {
            Memory::Act { act, again: false } => act.done_before(vault).await,
            _ => Ok(None),
        }
    }

    /// Commits `change` and the memory of the request as one.
    pub(crate) async fn spend(
        &self,
        vault: &Vault,
        change: Change,
        answer: Option<&str>,
    ) -> Result<Epoch, Error> {
        let first = !self.spent.swap(true, Ordering::AcqRel);
        let own = match &self.memory {
            Memory::Nothing => None,
            Memory::Request(name) => Some(name),
            Memory::Act { act, .. } => Some(act.name()),
        };
        let change = match &self.memory {
            Memory::Request(name) if first => {
                change.create(name.clone(), REMEMBERED.to_vec().into())
            }
            Memory::Act { act, again } if first => {
                let change = act.record(change, answer, *again);
                self.seen.iter().fold(change, |change, seen| change.mark(seen.clone()))
            }
            _ => change,
        };
        match vault.commit(self.founded(change)).await {
            Ok(epoch) => {
                self.made.store(true, Ordering::Release);
                Ok(epoch)
            }
            Err(VaultError::Exists { name }) if Some(&name) == own => Err(Cause::Replayed.into()),
            Err(VaultError::Unfounded { name }) if self.is_ground(&name) => {
                Err(Cause::NotAuthentic.into())
            }
            Err(error) => {
                // Nothing was applied, so nothing is remembered yet.
                self.spent.store(false, Ordering::Release);
                Err(error.into())
            }
        }
    }

    /// Remembers a request of protocol 2.0 that has changed nothing so far: it has no age.
    pub(crate) async fn settle(&self, vault: &Vault) -> Result<(), Error> {
        if !matches!(self.memory, Memory::Request(_)) || self.spent.load(Ordering::Acquire) {
            return Ok(());
        }
        self.spend(vault, Change::new(), None).await.map(drop)
    }
}

/// The content of a remembered request: its name says all.
const REMEMBERED: &[u8] = b"1";

#[cfg(test)]
mod tests {
    use aecs_crypto::{KeyPair, RecordKey, Suite};
    use aecs_proto::Function;
    use aecs_store::MemoryStore;

    use super::*;
    use crate::{
        error::ErrorCode,
        vault::{Options, Point},
    };

    async fn vault() -> Vault {
        let key = RecordKey::generate().unwrap();
        let store = Arc::new(MemoryStore::new());
        Vault::open(store, key, [1; 32], Options::new()).await.unwrap()
    }

    fn create(text: &str) -> Change {
        Change::new().create(name(text), vec![1].into())
    }

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn lasting() -> (Ticket, Name) {
        let id = RequestId::new([1; 32]);
        (Ticket::lasting(&id).unwrap(), id.name().unwrap())
    }

    fn key() -> KeyHash {
        KeyPair::generate(Suite::Modern).unwrap().public().fingerprint()
    }

    fn act(key: KeyHash, seen: Option<Name>) -> Ticket {
        let function = Function::CreateSecret;
        let act = Act::new(Caller::ServiceAdmin, key, &[1; 16], function, b"{}").unwrap();
        Ticket::act(act, false, None, seen)
    }

    fn code<T>(result: Result<T, Error>) -> ErrorCode {
        result.map(drop).unwrap_err().code()
    }

    #[tokio::test]
    async fn only_the_record_that_a_caller_stands_on_makes_it_a_stranger() {
        let vault = vault().await;
        let epoch = vault.commit(create("a/key").and(create("a/other"))).await.unwrap();
        let mut ticket = act(key(), None);
        ticket.stand_on(name("a/key"), epoch);
        let change = create("a/x").while_is(name("a/other"), Some(epoch + 1));
        assert_eq!(code(ticket.spend(&vault, change, None).await), ErrorCode::NotCurrent);
        let mut stranger = act(key(), None);
        stranger.stand_on(name("a/key"), epoch + 1);
        let refused = stranger.spend(&vault, create("a/x"), None).await;
        assert_eq!(code(refused), ErrorCode::RequestNotAuthentic);
        let other = act(key(), None);
        let change = create("a/x").while_is(name("a/other"), Some(epoch + 1));
        assert_eq!(code(other.spend(&vault, change, None).await), ErrorCode::NotCurrent);
        ticket.spend(&vault, create("a/x"), None).await.unwrap();
        assert!(ticket.has_made() && !stranger.has_made());
    }

    #[tokio::test]
    async fn a_request_that_is_remembered_is_a_replay() {
        let key = key();
        for [first, second] in [[lasting().0, lasting().0], [act(key, None), act(key, None)]] {
            let vault = vault().await;
            first.spend(&vault, create("a"), None).await.unwrap();
            let refused = second.spend(&vault, create("b"), None).await;
            assert_eq!(code(refused), ErrorCode::RequestReplayed);
            assert!(!vault.contains(&name("b")).await.unwrap());
        }
    }

    #[tokio::test]
    async fn several_changes_of_one_request_are_remembered_once() {
        for ticket in [lasting().0, act(key(), None)] {
            let vault = vault().await;
            for change in ["a", "b"] {
                ticket.spend(&vault, create(change), None).await.unwrap();
                assert!(ticket.has_made());
            }
            let before = vault.seen();
            ticket.settle(&vault).await.unwrap();
            assert_eq!(vault.seen(), before);
        }
    }

    #[tokio::test]
    async fn a_request_whose_change_was_refused_is_remembered_by_itself() {
        let vault = vault().await;
        vault.commit(create("a")).await.unwrap();
        let (ticket, record) = lasting();
        assert_eq!(code(ticket.spend(&vault, create("a"), None).await), ErrorCode::NameExists);
        assert!(!ticket.has_made() && !vault.contains(&record).await.unwrap());
        ticket.settle(&vault).await.unwrap();
        assert!(vault.contains(&record).await.unwrap());
        assert_eq!(code(ticket.check(&vault, 0).await), ErrorCode::RequestReplayed);
    }

    #[tokio::test]
    async fn an_act_marks_the_point_that_it_leads_to() {
        let vault = vault().await;
        act(key(), Some(name("a/seen"))).spend(&vault, create("a/x"), None).await.unwrap();
        let marked = vault.get(&name("a/seen")).await.unwrap().unwrap();
        assert_eq!(Point::decode(marked.plain.expose()), Some(vault.seen().point()));
    }
}
