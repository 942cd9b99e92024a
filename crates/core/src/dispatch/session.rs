//! Calls of trusted applications that have a session: another door to the functions of
//! [`ta`](super::ta) that change nothing.
//!
//! The order of checks: function, state of the server, session, code of the request, counter, state of
//! the records. What a function then does, and what is recorded of it, is the same as after evidence.
//! A wait is no such function: nobody can wait by evidence.

use std::sync::Arc;

use aecs_crypto::{Protocol, SecretString, session::Accepted, sha256};
use aecs_proto::{Caller, TaSessionAnswer, TaSessionCallRequest, TaSessionCallResponse, Zeroizing};

use super::{check_state, conclude};
use crate::{
    audit::AuditEntry,
    bound::Remembered,
    call::{Call, Door, Ticket, TrustedApplication},
    error::{Cause, Error},
    following, functions,
    replay::RequestId,
    row::{Handler, Row},
    session::Session,
    state::{CoreState, Node},
    waits::{self, Wait},
};

/// A request that an application has made in its session, for the first time.
struct Admitted {
    node: Arc<Node>,
    row: Row,
    session: Arc<Session>,
    accepted: Accepted,
    ticket: Ticket,
}

/// Checks a request.
async fn admit(core: &CoreState, message: &TaSessionCallRequest) -> Result<Admitted, Error> {
    let node = following::present(core).await?;
    let row = functions::find(Caller::TrustedApplication, &message.function_name)
        .filter(|row| row.function.in_session())
        .ok_or(Cause::NoSessionFunction)?;
    check_state(row, &node)?;
    let session = core.sessions.find(core, &node, &message.session_id)?;
    let accepted = session.accept(message)?;
    let remembered = message.remembered.as_ref().map(Remembered::read).transpose()?;
    let ticket = Ticket::read(remembered, None);
    ticket.check(node.vault()?, node.settings_revision()).await?;
    Ok(Admitted { node, row, session, accepted, ticket })
}

/// A wait by an application in a TEE that has shown its evidence before, to this process.
pub(crate) async fn wait(
    core: &Arc<CoreState>,
    message: TaSessionCallRequest,
) -> Result<Wait, Error> {
    let Admitted { node, row, session, accepted, ticket: _ } = admit(core, &message).await?;
    match row.handler {
        Handler::Waits => waits::begin(core, &node, session, accepted, &message.req_json).await,
        _ => Err(Cause::NoSessionFunction.into()),
    }
}

/// A call by an application in a TEE that has shown its evidence before, to this process.
pub(crate) async fn trusted_application(
    core: &Arc<CoreState>,
    mut message: TaSessionCallRequest,
) -> Result<TaSessionCallResponse, Error> {
    let Admitted { node, row, session, accepted, ticket } = admit(core, &message).await?;
    let Handler::TrustedApplication { run } = row.handler else {
        return Err(Cause::NoSessionFunction.into());
    };

    let (now_ms, attributes) = (core.clock.now_ms(), session.attributes().clone());
    let key = attributes.public_key().clone();
    let entry = AuditEntry {
        time_ms: now_ms,
        function: row.name().into(),
        request: Some(RequestId::new(sha256(&message.mac)).short()),
        ..session.on_record()
    };
    let given = session.given().clone();
    let call = Call {
        core,
        node: node.clone(),
        function: row,
        protocol: Protocol::Aecs21,
        now_ms,
        payload: SecretString::from(std::mem::take(&mut message.req_json)),
        ticket,
        audit: core.ledger.open(row.function, entry),
        caller: TrustedApplication { attributes, key, door: Door::Session, given },
    };
    let mut reply = conclude(call, run).await?;
    let answer = Zeroizing::new(TaSessionAnswer {
        res_json: reply.text(Protocol::Aecs21).unwrap_or_default().to_owned(),
        secret: reply.take_secret(),
        state: node.state_in(Protocol::Aecs21),
    });
    session.seal(&accepted, &answer)
}
