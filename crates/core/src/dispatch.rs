//! From a message off the wire to an admitted call, and from its reply to a message.
//!
//! One file a way of proving who calls: [`admin`] with a registered key, [`ta`] with evidence,
//! [`session`] with a session that evidence has begun.
//! What both share is here: telling protocol 2.0 from 2.1, and concluding a call.

pub(crate) mod admin;
pub(crate) mod bound;
pub(crate) mod evidence;
pub(crate) mod session;
pub(crate) mod ta;

use aecs_crypto::{Protocol, Suite};
use aecs_proto::{Caller, Function};

use crate::{
    call::{Call, Reply},
    compat::Aecs20,
    error::{Cause, Error},
    functions,
    row::{Handler, HandlerOf, Row, State},
    state::{Node, Phase},
};

/// Admits a call of an RPC that anybody may call.
pub(crate) fn anyone(node: &Node, rpc: Function, protocol: Protocol) -> Result<(), Error> {
    let row = functions::find(Caller::Anyone, rpc.name()).ok_or(Cause::NoRpc)?;
    check_protocol(node, protocol, row)?;
    check_state(row, node)
}

/// The answer of an RPC that this server serves to nobody.
pub(crate) fn closed(rpc: Function) -> Error {
    match functions::find(Caller::Node, rpc.name()).map(|row| row.handler) {
        Some(Handler::Closed) => Cause::NoCluster.into(),
        _ => Cause::NoRpc.into(),
    }
}

/// Refuses a function in the wrong state of the server.
pub(crate) fn check_state(row: Row, node: &Node) -> Result<(), Error> {
    match row.state {
        // A recovering server has an identity that nobody must take into service.
        State::Any if row.function.caller() == Caller::AecsAdmin => node.not_recovering(),
        State::Any => Ok(()),
        State::Working => match (&node.phase, row.function) {
            (
                Phase::Pending { reason, .. },
                Function::ShowStore | Function::VerifyStore | Function::ExportStore,
            ) => Err(Cause::StoreNotOpen { why: reason.clone() }.into()),
            _ => node.vault().map(drop),
        },
        State::Recovering => node.recovering().map(drop),
    }
}

/// Refuses a request of protocol 2.0 that `compat.aecs20` does not let through.
pub(crate) fn check_protocol(node: &Node, protocol: Protocol, row: Row) -> Result<(), Error> {
    let (configured, required) = (node.settings().compat.aecs20, row.aecs20);
    if protocol == Protocol::Aecs21 || configured >= required {
        return Ok(());
    }
    Err(match required {
        Aecs20::Never => Cause::NotInAecs20.into(),
        _ => {
            let [configured, required] = [configured, required].map(Aecs20::as_str);
            Cause::Aecs20Refused { configured, required }.into()
        }
    })
}

/// Which protocol a request signed by a key of `suite` speaks: 2.1 has all of its fields, 2.0 none.
pub(crate) fn protocol_of(suite: Suite, present: &[bool]) -> Result<Protocol, Error> {
    if present.iter().all(|field| *field) {
        Ok(Protocol::Aecs21)
    } else if present.iter().any(|field| *field) {
        Err(Cause::SomeOfProtocol21.into())
    } else if suite == Suite::Modern {
        Err(Cause::NoneOfProtocol21.into())
    } else {
        Ok(Protocol::Aecs20)
    }
}

/// Runs the handler, if what it does can be recorded and was not done before, and writes the audit
/// entry. A request of protocol 2.0 is remembered also when it failed.
pub(crate) async fn conclude<C>(call: Call<'_, C>, run: HandlerOf<C>) -> Result<Reply, Error> {
    let result = match call.audit.reserve() {
        Ok(()) => match call.done_before().await {
            Ok(None) => match run(&call).await {
                Err(error) if call.ticket.has_made() => Err(error),
                // The same act, asked for again at the same time, may have been faster.
                Err(error) => match call.done_before().await {
                    Ok(Some(answer)) => Ok(Reply::Before(answer)),
                    _ => Err(error),
                },
                done => done,
            },
            Ok(Some(answer)) => Ok(Reply::Before(answer)),
            Err(error) => Err(error),
        },
        Err(unwritable) => Err(unwritable),
    };
    if result.is_err() {
        call.settle().await;
    } else if let Ok(vault) = call.core.node().vault() {
        call.audit
            .note_everywhere(|entry| _ = entry.epoch.get_or_insert_with(|| vault.seen().epoch));
    }
    call.audit.conclude(result.as_ref().map(|_| ()))?;
    result
}
