//! A call that was admitted: who calls, what, and the means to obey.
//!
//! Invariant: a [`Call`] exists only after the dispatch has checked signature, freshness, replay,
//! function, state and password. Everything that it commits is committed together with the
//! memory of its request, or not at all.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aecs_attest::{Attributes, Verified};
use aecs_crypto::{Protocol, PublicKey, SecretString};
use aecs_proto::json::{self, JsonMessage};

use crate::{
    audit::OpenEntry,
    error::{Chain, Error, ErrorCode, Kind},
    functions::Function,
    inner::{Inner, Node},
    keys,
    name::ServiceName,
    records::ServiceRecord,
    replay::RequestId,
    vault::{Change, Epoch, Name, Vault, VaultError},
};

/// The platform operator.
pub(crate) struct AecsAdmin;

/// The owner of a service.
#[derive(Clone)]
pub(crate) struct ServiceAdmin {
    pub(crate) service: ServiceName,
    /// The epoch of the record with the key that the caller holds.
    pub(crate) epoch: Epoch,
}

/// An application in a TEE, with what its evidence attests.
pub(crate) struct TrustedApplication {
    pub(crate) attributes: Arc<Verified<Attributes>>,
    /// The key that the evidence binds; secrets are sealed to it.
    pub(crate) key: PublicKey,
    /// The nonce of the request, to which a secret's envelope is bound in protocol 2.1.
    pub(crate) nonce: Vec<u8>,
}

/// The JSON that a function answers with; wiped when dropped.
pub(crate) enum Reply {
    Message(SecretString),
    /// AECS 2.0 leaves the response out.
    Empty,
}

impl Reply {
    /// Answers with a message.
    pub(crate) fn json<M: JsonMessage>(message: &M) -> Self {
        Self::Message(SecretString::from(json::to_string(message)))
    }
}

/// One admitted call of a function by a `C`.
pub(crate) struct Call<'a, C> {
    pub(crate) inner: &'a Arc<Inner>,
    pub(crate) node: Arc<Node>,
    pub(crate) function: &'static Function,
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
        json::from_str(self.payload.expose()).map_err(Error::malformed)
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

    /// Makes a change durable together with the memory of this request.
    pub(crate) async fn commit(&self, change: Change) -> Result<(), Error> {
        self.ticket.spend(self.vault()?, change).await
    }

    /// Remembers a request that failed, so that it cannot succeed later.
    pub(crate) async fn settle(&self) {
        // The state of now: a provision may have come between.
        let node = self.inner.node();
        let Ok(vault) = node.vault() else { return };
        if let Err(error) = self.ticket.settle(vault).await {
            // This process remembers it all the same; the caller learns why the call failed.
            tracing::warn!(%error, function = self.function.name, "a request is not remembered");
        }
    }
}

impl Call<'_, ServiceAdmin> {
    /// As [`Call::commit`], if the caller still owns the service: what is written for a service
    /// that is unregistered meanwhile would wait there for the next owner of that name.
    pub(crate) async fn commit_as_owner(&self, change: Change) -> Result<(), Error> {
        let _registered = self.inner.registry.read().await;
        let owner = ServiceRecord::load(self.vault()?, &self.caller.service).await?;
        if owner.is_none_or(|record| record.epoch != self.caller.epoch) {
            return Err(Error::not_authentic());
        }
        self.commit(change).await
    }
}

impl<'a> Call<'a, ()> {
    /// The same call, by a caller that has been identified.
    pub(crate) fn by<C>(self, caller: C) -> Call<'a, C> {
        let Call { inner, node, function, caller: (), protocol, now_ms, payload, ticket, audit } =
            self;
        Call { inner, node, function, caller, protocol, now_ms, payload, ticket, audit }
    }
}

/// The obligation to remember a request in the store.
pub(crate) struct Ticket {
    remembered: Option<(RequestId, Name)>,
    spent: AtomicBool,
}

impl Ticket {
    /// A request that is remembered in the store.
    pub(crate) fn lasting(id: RequestId) -> Result<Self, Error> {
        Ok(Self { remembered: Some((id, id.name()?)), spent: AtomicBool::new(false) })
    }

    /// A request that this process remembers already, and nobody else needs to.
    pub(crate) fn none() -> Self {
        Self { remembered: None, spent: AtomicBool::new(true) }
    }

    /// Refuses a request that the store remembers, or has forgotten because it is too old.
    pub(crate) fn check(&self, vault: &Vault, now_ms: i64) -> Result<(), Error> {
        let Some((id, name)) = &self.remembered else { return Ok(()) };
        id.check_age(now_ms)?;
        if vault.contains(name) { Err(RequestId::replayed()) } else { Ok(()) }
    }

    /// Commits `change` and the memory of the request as one.
    pub(crate) async fn spend(&self, vault: &Vault, change: Change) -> Result<(), Error> {
        let own = self.remembered.as_ref().map(|(_, name)| name);
        let change = match own {
            Some(name) if !self.spent.swap(true, Ordering::AcqRel) => {
                change.create(name.clone(), REMEMBERED.to_vec().into())
            }
            _ => change,
        };
        match vault.commit(change).await {
            Ok(_epoch) => Ok(()),
            Err(VaultError::Exists { name }) if Some(&name) == own => Err(RequestId::replayed()),
            Err(error) => {
                // Nothing was applied, so nothing is remembered yet.
                self.spent.store(own.is_none(), Ordering::Release);
                Err(refusal(error))
            }
        }
    }

    /// Remembers a request that has changed nothing so far.
    pub(crate) async fn settle(&self, vault: &Vault) -> Result<(), Error> {
        if self.spent.load(Ordering::Acquire) {
            return Ok(());
        }
        self.spend(vault, Change::new()).await
    }
}

/// The content of a remembered request: its name says all.
const REMEMBERED: &[u8] = b"1";

/// What a caller is told when the vault refuses.
pub(crate) fn refusal(error: VaultError) -> Error {
    match error {
        VaultError::Exists { name } => Error::new(
            ErrorCode::NameExists,
            Kind::AlreadyExists,
            format!("{} exists already", keys::describe(&name)),
        ),
        VaultError::Missing { name } => no_such_name(&keys::describe(&name)),
        VaultError::Conflict { name } => Error::new(
            ErrorCode::Generic,
            Kind::FailedPrecondition,
            format!(
                "{} was changed by somebody else at the same time; look and try again",
                keys::describe(&name)
            ),
        ),
        VaultError::Store(aecs_store::Error::Unavailable { .. })
        | VaultError::Unsettled(_)
        | VaultError::Superseded { .. }
        | VaultError::Closed => {
            tracing::error!(error = %Chain(&error), "the store is not available");
            Error::new(
                ErrorCode::Generic,
                Kind::Unavailable,
                "the store is not available; look whether the change was made before trying again",
            )
        }
        other => Error::internal("using the store", &other),
    }
}

/// There is nothing of that name.
pub(crate) fn no_such_name(name: &str) -> Error {
    Error::new(ErrorCode::NoSuchName, Kind::NotFound, format!("there is no {name}"))
}
