//! The one table of functions: who may call each, in which state, and what runs.
//!
//! Invariant: what the protocol does not name is denied; a function of the protocol without a row
//! here does not compile. A row's handler decides by its type who may call it: a handler for
//! service administrators cannot be reached without one.

use std::{future::Future, pin::Pin};

use aecs_proto::{Caller, Effect, Function};

use crate::{
    call::{AecsAdmin, Call, Reply, ServiceAdmin, TrustedApplication},
    compat::Aecs20,
    error::Error,
    handlers::{
        administrators, backups, deployment, exports, provision, secrets, services, ta, ta_admin,
        time, versions,
    },
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
}

/// What the table says of a function, for those who check or document it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// The function, with its name, caller and effect.
    pub function: Function,
    /// In which state of the server.
    pub state: State,
    /// The level of `compat.aecs20` at which requests of protocol 2.0 are served.
    pub aecs20: Aecs20,
}

/// The table of functions. Everything else is denied.
pub fn functions() -> impl Iterator<Item = FunctionInfo> {
    Function::ALL.iter().map(|function| {
        let Row { function, state, aecs20, .. } = Row::of(*function);
        FunctionInfo { function, state, aecs20 }
    })
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
    /// It opens records that the node has not opened, and asks for the password in them.
    Beginning,
    /// An administrator's key is refused afterwards: no other act runs meanwhile.
    Leaving,
    /// It mends a clock by which its requests would be stale: the handler judges their age.
    AnyAge,
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

impl Row {
    /// The function `name` as `caller` may call it.
    pub(crate) fn find(caller: Caller, name: &str) -> Option<Row> {
        let row = Row::of(Function::find(caller, name)?);
        // The handler has the last word.
        (row.handler.caller() == caller).then_some(row)
    }

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

    #[rustfmt::skip] // One row a line: this is a table.
    fn of(function: Function) -> Row {
        use Aecs20::{Allow, Never, ReadOnly};
        use Function as F;
        use Special::{AnyAge, Beginning, Leaving, NoPassword};
        use State::{Any, Working};

        let (state, aecs20, handler) = match function {
            F::GetAecsStatus            => (Any,     ReadOnly, Handler::Open),
            F::GetEnclaveSecretPublic   => (Working, ReadOnly, Handler::Open),
            F::GetRemoteSecret          => (Working, Allow,    Handler::Closed),
            F::SyncWithRemoteAecs       => (Any,     Allow,    Handler::Closed),

            F::AecsProvision            => (Any,     Allow,    admin!(provision::provision, Beginning)),
            F::RegisterEnclaveService   => (Working, Allow,    admin!(services::register)),
            F::UnregisterEnclaveService => (Working, Allow,    admin!(services::unregister)),
            F::ListEnclaveService       => (Working, Allow,    admin!(services::list)),
            F::AecsBackupIdentity       => (Working, Allow,    admin!(backups::create)),
            F::AecsListBackupIdentity   => (Working, Allow,    admin!(backups::list, NoPassword)),
            F::AecsDeleteBackupIdentity => (Working, Allow,    admin!(backups::delete)),
            F::ListTaSecret             => (Working, Allow,    admin!(ta_admin::list)),
            F::DestroyTaSecret          => (Working, Allow,    admin!(ta_admin::destroy)),
            F::AecsSetTime              => (Any,     Never,    admin!(time::set, AnyAge)),
            F::ExportStore              => (Working, Never,    admin!(exports::export)),

            F::ShowDeployment           => (Any,     Never,    admin!(deployment::show)),
            F::DiffDeployment           => (Any,     Never,    admin!(deployment::diff)),
            F::ApplyDeployment          => (Working, Never,    admin!(deployment::apply)),
            F::ListAdministrator        => (Working, Never,    admin!(administrators::list)),
            F::AddAdministrator         => (Working, Never,    admin!(administrators::add)),
            F::RemoveAdministrator      => (Working, Never,    admin!(administrators::remove, Leaving)),
            F::RotateAdministratorKey   => (Working, Never,    admin!(administrators::rotate, Leaving)),
            F::SetServiceKey            => (Working, Never,    admin!(services::set_key)),

            F::CreateSecret             => (Working, Allow,    service!(secrets::create)),
            F::DestroySecret            => (Working, Allow,    service!(secrets::destroy)),
            F::ListSecret               => (Working, Allow,    service!(secrets::list)),
            F::ListDenial               => (Working, Allow,    service!(secrets::list_denials)),
            F::PutSecret                => (Working, Never,    service!(versions::put)),
            F::RotateSecret             => (Working, Never,    service!(versions::rotate)),
            F::RollbackSecret           => (Working, Never,    service!(versions::roll_back)),
            F::ListSecretVersion        => (Working, Never,    service!(versions::list)),
            F::DeleteSecret             => (Working, Never,    service!(versions::delete)),
            F::UndeleteSecret           => (Working, Never,    service!(versions::undelete)),
            F::RotateServiceKey         => (Working, Never,    service!(services::rotate_key)),

            F::TaGetSecret              => (Working, ReadOnly, ta!(ta::get)),
            F::TaCreateSecret           => (Working, Allow,    ta!(ta::create)),
            F::TaDestroySecret          => (Working, Allow,    ta!(ta::destroy)),
        };
        Row { function, state, aecs20, handler }
    }
}

impl Handler {
    fn caller(&self) -> Caller {
        match self {
            Self::Open => Caller::Anyone,
            Self::Closed => Caller::Node,
            Self::AecsAdmin { .. } => Caller::AecsAdmin,
            Self::ServiceAdmin { .. } => Caller::ServiceAdmin,
            Self::TrustedApplication { .. } => Caller::TrustedApplication,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_for_the_callers_that_the_protocol_names() {
        for function in Function::ALL {
            assert_eq!(Row::of(*function).handler.caller(), function.caller(), "{function:?}");
        }
    }
}
