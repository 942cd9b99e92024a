//! What the table of functions says of each.

use std::{future::Future, pin::Pin};

use aecs_proto::{Caller, Effect, Function};

use crate::{
    call::{AecsAdmin, Call, Custodian, Reply, ServiceAdmin, TrustedApplication},
    compat::Aecs20,
    error::Error,
};

/// A row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) function: Function,
    /// In which state of the server it may be called.
    pub(crate) state: State,
    /// The level of `compat.aecs20` at which requests of protocol 2.0 are served.
    pub(crate) aecs20: Aecs20,
    /// What runs, and thereby who may call.
    pub(crate) handler: Handler,
}

/// The states of a server that a function can be called in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Before and after provision.
    Any,
    /// After provision only.
    Working,
    /// While the server waits for recovery shares, and only then.
    Recovering,
}

impl Row {
    /// Its name on the wire.
    pub(crate) fn name(self) -> &'static str {
        self.function.name()
    }

    pub(crate) fn effect(self) -> Effect {
        self.function.effect()
    }

    /// Whether it differs from the others in this.
    pub(crate) fn is(self, difference: Special) -> bool {
        matches!(self.handler, Handler::AecsAdmin { special, .. } if special == difference)
    }
}

pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;
pub(crate) type HandlerOf<C> = for<'a> fn(&'a Call<'a, C>) -> Running<'a>;

/// What runs when a function is called.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// An RPC that anybody may call; it has a method of its own.
    Open,
    /// An RPC between nodes that this server serves to nobody.
    Closed,
    AecsAdmin {
        run: HandlerOf<AecsAdmin>,
        special: Special,
    },
    Custodian {
        run: HandlerOf<Custodian>,
    },
    ServiceAdmin {
        run: HandlerOf<ServiceAdmin>,
    },
    TrustedApplication {
        run: HandlerOf<TrustedApplication>,
    },
    /// An application waits, in a session: [`crate::waits`].
    Waits,
}

/// In what a function of the platform operator differs from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    /// In nothing.
    Nothing,
    /// The password is not asked for.
    NoPassword,
    /// It asks for the password itself: it may open records that the node has not opened, and these
    /// say which it is.
    Beginning,
    /// It mends a clock by which its requests would be stale: the handler judges their age.
    AnyAge,
}

impl Handler {
    pub(crate) fn caller(&self) -> Caller {
        match self {
            Self::Open => Caller::Anyone,
            Self::Closed => Caller::Node,
            Self::AecsAdmin { .. } => Caller::AecsAdmin,
            Self::Custodian { .. } => Caller::Custodian,
            Self::ServiceAdmin { .. } => Caller::ServiceAdmin,
            Self::TrustedApplication { .. } | Self::Waits => Caller::TrustedApplication,
        }
    }
}
