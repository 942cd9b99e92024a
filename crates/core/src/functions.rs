//! The one table of functions: who may call each, in which state, and what runs.
//!
//! Invariant: what the protocol does not name is denied; a function of the protocol without a row
//! here does not compile. A row's handler decides by its type who may call it: a handler for
//! service administrators cannot be reached without one.

use aecs_proto::{Caller, Function};

use crate::{
    compat::Aecs20,
    handlers::{
        administrators, apply, backups, changes, deployment, exports, lists, provision, recovery,
        relocation, secrets, services, store, ta, ta_admin, time, transit, uploads, versions,
    },
    row::{Handler, Row, Special, State},
};

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
        let Row { function, state, aecs20, .. } = row_of(*function);
        FunctionInfo { function, state, aecs20 }
    })
}

/// The function `name` as `caller` may call it.
pub(crate) fn find(caller: Caller, name: &str) -> Option<Row> {
    let row = row_of(Function::find(caller, name)?);
    // The handler has the last word.
    (row.handler.caller() == caller).then_some(row)
}

macro_rules! admin {
    ($run:path) => {
        admin!($run, Special::Nothing)
    };
    ($run:path, $special:path) => {
        Handler::AecsAdmin { run: |call| Box::pin($run(call)), special: $special }
    };
}
macro_rules! custodian {
    ($run:path) => {
        Handler::Custodian { run: |call| Box::pin($run(call)) }
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

#[rustfmt::skip] // One row a line: this is a table.
fn row_of(function: Function) -> Row {
    use Aecs20::{Allow, Never, ReadOnly};
    use Function as F;
    use Special::{AnyAge, Beginning, NoPassword};
    use State::{Any, Recovering, Working};

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
        F::ShowStore                => (Working, Never,    admin!(store::show)),
        F::VerifyStore              => (Working, Never,    admin!(store::verify)),
        F::MoveStore                => (Working, Never,    admin!(relocation::begin)),

        F::ShowDeployment           => (Any,     Never,    admin!(deployment::show)),
        F::DiffDeployment           => (Any,     Never,    admin!(deployment::diff)),
        F::ApplyDeployment          => (Working, Never,    admin!(deployment::apply)),
        F::ListAdministrator        => (Working, Never,    admin!(administrators::list)),
        F::AddAdministrator         => (Working, Never,    admin!(administrators::add)),
        F::RemoveAdministrator      => (Working, Never,    admin!(administrators::remove)),
        F::RotateAdministratorKey   => (Working, Never,    admin!(administrators::rotate)),
        F::SetServiceKey            => (Working, Never,    admin!(services::set_key)),

        F::CreateRecovery           => (Working, Never,    admin!(recovery::create)),
        F::ShowRecovery             => (Working, Never,    admin!(recovery::show)),
        F::RevokeRecovery           => (Working, Never,    admin!(recovery::revoke)),
        F::FinishRecovery           => (Recovering, Never, admin!(recovery::restore::finish, Beginning)),

        F::ProveRecoveryShare       => (Working, Never,    custodian!(recovery::prove)),
        F::SubmitRecoveryShare      => (Recovering, Never, custodian!(recovery::restore::submit)),

        F::AppointAdministrator     => (Any,     Never,    custodian!(recovery::appoint::appoint)),

        F::CreateSecret             => (Working, Allow,    service!(secrets::create)),
        F::ApplySecret              => (Working, Never,    service!(apply::apply)),
        F::ChangeSecrets            => (Working, Never,    service!(changes::change)),
        F::DestroySecret            => (Working, Allow,    service!(secrets::destroy)),
        F::ListSecret               => (Working, Allow,    service!(secrets::list)),
        F::ListDenial               => (Working, Allow,    service!(secrets::list_denials)),
        F::PutSecret                => (Working, Never,    service!(versions::put)),
        F::UploadSecretData         => (Working, Never,    service!(uploads::upload)),
        F::RotateSecret             => (Working, Never,    service!(versions::rotate)),
        F::RollbackSecret           => (Working, Never,    service!(versions::roll_back)),
        F::ListSecretVersion        => (Working, Never,    service!(versions::list)),
        F::DeleteSecret             => (Working, Never,    service!(versions::delete)),
        F::UndeleteSecret           => (Working, Never,    service!(versions::undelete)),
        F::UseSecret                => (Working, Never,    service!(transit::by_owner)),
        F::RotateServiceKey         => (Working, Never,    service!(services::rotate_key)),
        F::PutNamedList             => (Working, Never,    service!(lists::put)),
        F::ListNamedList            => (Working, Never,    service!(lists::list)),
        F::DestroyNamedList         => (Working, Never,    service!(lists::destroy)),

        F::TaGetSecret              => (Working, ReadOnly, ta!(ta::get)),
        F::TaGetSecrets             => (Working, Never,    ta!(ta::several::get)),
        F::TaListSecret             => (Working, Never,    ta!(ta::list::list)),
        F::TaWaitForChange          => (Working, Never,    Handler::Waits),
        F::TaUseSecret              => (Working, Never,    ta!(transit::by_application)),
        F::TaCreateSecret           => (Working, Allow,    ta!(ta::create)),
        F::TaDestroySecret          => (Working, Allow,    ta!(ta::destroy)),
    };
    Row { function, state, aecs20, handler }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_for_the_callers_that_the_protocol_names() {
        for function in Function::ALL {
            assert_eq!(row_of(*function).handler.caller(), function.caller(), "{function:?}");
        }
    }

    /// Each exception weakens a check, so whoever makes one says it twice.
    #[test]
    fn few_functions_are_exceptions() {
        let with = |special| {
            let all = Function::ALL.iter().copied();
            all.filter(move |function| row_of(*function).is(special)).collect::<Vec<_>>()
        };
        assert_eq!(with(Special::AnyAge), [Function::AecsSetTime]);
        assert_eq!(with(Special::NoPassword), [Function::AecsListBackupIdentity]);
        let beginning = [Function::AecsProvision, Function::FinishRecovery];
        assert_eq!(with(Special::Beginning), beginning);
    }
}
