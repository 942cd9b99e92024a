//! The one table of functions: name, who may call it, in which state, what it does.
//!
//! Invariant: what is not in this table is denied. A row's handler decides who may call it, by
//! its type: a handler for service administrators cannot be reached without one.

use std::{future::Future, pin::Pin};

use crate::{
    call::{AecsAdmin, Call, Reply, ServiceAdmin, TrustedApplication},
    config::Aecs20,
    error::Error,
    handlers::{
        administrators, backups, deployment, exports, provision, secrets, services, ta, ta_admin,
        time,
    },
};

/// A row of the table.
pub(crate) struct Function {
    /// Its name on the wire: the function name, or for an RPC without one the RPC's name.
    pub(crate) name: &'static str,
    /// In which state of the server it may be called.
    pub(crate) state: State,
    /// Whether it changes anything; decides how its requests are remembered.
    pub(crate) effect: Effect,
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
}

/// Whether a function changes what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It does not.
    Read,
    /// It does.
    Write,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Whoever reaches the server.
    Anyone,
    /// The platform operator.
    AecsAdmin,
    /// The owner of a service.
    ServiceAdmin,
    /// An application in a TEE.
    TrustedApplication,
    /// The wire protocol knows the function, this server serves it to nobody.
    Nobody,
}

/// What the table says of a function, for those who check or document it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// Its name on the wire: the function name, or for an RPC without one the RPC's name.
    pub name: &'static str,
    /// Who may call it.
    pub caller: Caller,
    /// In which state of the server.
    pub state: State,
    /// Whether it changes what is stored.
    pub effect: Effect,
    /// The level of `compat.aecs20` at which requests of protocol 2.0 are served.
    pub aecs20: Aecs20,
}

/// The table of functions. Whatever is not in it is denied.
pub fn functions() -> impl Iterator<Item = FunctionInfo> {
    FUNCTIONS.iter().map(|function| FunctionInfo {
        name: function.name,
        caller: function.caller(),
        state: function.state,
        effect: function.effect,
        aecs20: function.aecs20,
    })
}

impl Caller {
    /// The word in the audit trail.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::AecsAdmin => "aecs-admin",
            Self::ServiceAdmin => "service-admin",
            Self::TrustedApplication => "ta",
            Self::Nobody => "nobody",
        }
    }
}

pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;
pub(crate) type HandlerOf<C> = for<'a> fn(&'a Call<'a, C>) -> Running<'a>;

/// What runs when a function is called.
pub(crate) enum Handler {
    /// An RPC that anybody may call; it has a method of its own.
    Open,
    /// An RPC of the wire protocol that this server serves to nobody, with the reason.
    Closed(&'static str),
    AecsAdmin {
        run: HandlerOf<AecsAdmin>,
        special: Special,
    },
    ServiceAdmin {
        run: HandlerOf<ServiceAdmin>,
    },
    TrustedApplication {
        run: HandlerOf<TrustedApplication>,
    },
}

/// In what a function of the platform operator differs from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    /// In nothing.
    Nothing,
    /// The password is not asked for.
    NoPassword,
    /// An administrator's key is refused afterwards: no other act runs meanwhile.
    Leaving,
    /// It mends a clock by which its requests would be stale: the handler judges their age.
    AnyAge,
}

impl Function {
    /// Whether it differs from the others in this.
    pub(crate) fn is(&self, difference: Special) -> bool {
        matches!(self.handler, Handler::AecsAdmin { special, .. } if special == difference)
    }

    pub(crate) fn caller(&self) -> Caller {
        match self.handler {
            Handler::Open => Caller::Anyone,
            Handler::Closed(_) => Caller::Nobody,
            Handler::AecsAdmin { .. } => Caller::AecsAdmin,
            Handler::ServiceAdmin { .. } => Caller::ServiceAdmin,
            Handler::TrustedApplication { .. } => Caller::TrustedApplication,
        }
    }
}

/// The function `name` as `caller` may call it.
pub(crate) fn find(caller: Caller, name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.caller() == caller && function.name == name)
}

macro_rules! admin {
    ($run:path) => {
        admin!($run, Special::Nothing)
    };
    ($run:path, $special:path) => {
        Handler::AecsAdmin { run: |call| Box::pin($run(call)), special: $special }
    };
}
macro_rules! service {
    ($run:path) => {
        Handler::ServiceAdmin { run: |call| Box::pin($run(call)) }
    };
}
macro_rules! ta {
    ($run:path) => {
        Handler::TrustedApplication { run: |call| Box::pin($run(call)) }
    };
}

use Effect::{Read, Write};
use Special::{AnyAge, Leaving, NoPassword};
use State::{Any, Working};

/// Why the two RPCs between nodes are closed.
const NO_CLUSTER: &str = "this server hands its identity to no other node and takes none from \
                          one: no cluster policy is configured";

#[rustfmt::skip] // One row a line: this is a table.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "GetAecsStatus",            state: Any,     effect: Read,  aecs20: Aecs20::ReadOnly, handler: Handler::Open },
    Function { name: "GetEnclaveSecretPublic",   state: Working, effect: Read,  aecs20: Aecs20::ReadOnly, handler: Handler::Open },
    Function { name: "GetRemoteSecret",          state: Working, effect: Read,  aecs20: Aecs20::Allow,    handler: Handler::Closed(NO_CLUSTER) },
    Function { name: "SyncWithRemoteAecs",       state: Any,     effect: Write, aecs20: Aecs20::Allow,    handler: Handler::Closed(NO_CLUSTER) },

    Function { name: "AecsProvision",            state: Any,     effect: Write, aecs20: Aecs20::Allow,    handler: admin!(provision::provision) },
    Function { name: "RegisterEnclaveService",   state: Working, effect: Write, aecs20: Aecs20::Allow,    handler: admin!(services::register) },
    Function { name: "UnregisterEnclaveService", state: Working, effect: Write, aecs20: Aecs20::Allow,    handler: admin!(services::unregister) },
    Function { name: "ListEnclaveService",       state: Working, effect: Read,  aecs20: Aecs20::Allow,    handler: admin!(services::list) },
    Function { name: "AecsBackupIdentity",       state: Working, effect: Write, aecs20: Aecs20::Allow,    handler: admin!(backups::create) },
    Function { name: "AecsListBackupIdentity",   state: Working, effect: Read,  aecs20: Aecs20::Allow,    handler: admin!(backups::list, NoPassword) },
    Function { name: "AecsDeleteBackupIdentity", state: Working, effect: Write, aecs20: Aecs20::Allow,    handler: admin!(backups::delete) },
    Function { name: "ListTaSecret",             state: Working, effect: Read,  aecs20: Aecs20::Allow,    handler: admin!(ta_admin::list) },
    Function { name: "DestroyTaSecret",          state: Working, effect: Write, aecs20: Aecs20::Allow,    handler: admin!(ta_admin::destroy) },
    Function { name: "AecsSetTime",              state: Any,     effect: Write, aecs20: Aecs20::Never,    handler: admin!(time::set, AnyAge) },
    Function { name: "ExportStore",              state: Working, effect: Read,  aecs20: Aecs20::Never,    handler: admin!(exports::export) },

    Function { name: "ShowDeployment",           state: Any,     effect: Read,  aecs20: Aecs20::Never,    handler: admin!(deployment::show) },
    Function { name: "DiffDeployment",           state: Any,     effect: Read,  aecs20: Aecs20::Never,    handler: admin!(deployment::diff) },
    Function { name: "ApplyDeployment",          state: Working, effect: Write, aecs20: Aecs20::Never,    handler: admin!(deployment::apply) },
    Function { name: "ListAdministrator",        state: Working, effect: Read,  aecs20: Aecs20::Never,    handler: admin!(administrators::list) },
    Function { name: "AddAdministrator",         state: Working, effect: Write, aecs20: Aecs20::Never,    handler: admin!(administrators::add) },
    Function { name: "RemoveAdministrator",      state: Working, effect: Write, aecs20: Aecs20::Never,    handler: admin!(administrators::remove, Leaving) },
    Function { name: "RotateAdministratorKey",   state: Working, effect: Write, aecs20: Aecs20::Never,    handler: admin!(administrators::rotate, Leaving) },
    Function { name: "SetServiceKey",            state: Working, effect: Write, aecs20: Aecs20::Never,    handler: admin!(services::set_key) },

    Function { name: "CreateSecret",             state: Working, effect: Write, aecs20: Aecs20::Allow,    handler: service!(secrets::create) },
    Function { name: "DestroySecret",            state: Working, effect: Write, aecs20: Aecs20::Allow,    handler: service!(secrets::destroy) },
    Function { name: "ListSecret",               state: Working, effect: Read,  aecs20: Aecs20::Allow,    handler: service!(secrets::list) },
    Function { name: "ListDenial",               state: Working, effect: Read,  aecs20: Aecs20::Allow,    handler: service!(secrets::list_denials) },
    Function { name: "RotateServiceKey",         state: Working, effect: Write, aecs20: Aecs20::Never,    handler: service!(services::rotate_key) },

    Function { name: "TaGetSecret",              state: Working, effect: Read,  aecs20: Aecs20::ReadOnly, handler: ta!(ta::get) },
    Function { name: "TaCreateSecret",           state: Working, effect: Write, aecs20: Aecs20::Allow,    handler: ta!(ta::create) },
    Function { name: "TaDestroySecret",          state: Working, effect: Write, aecs20: Aecs20::Allow,    handler: ta!(ta::destroy) },
];
