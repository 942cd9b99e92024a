//! What an error of the database says about the effect of a statement.

use std::io;

use tokio_postgres::error::{Severity, SqlState};

use crate::{Error, fault::Fault};

/// Of a statement that was sent, or may have been.
pub(super) fn of_statement(what: &str, error: tokio_postgres::Error) -> Fault {
    let Some(answer) = error.as_db_error() else {
        return Fault::Unknown(unavailable(what, error));
    };
    // The server ends the session: also one that waits for a replica, after its commit.
    if !matches!(answer.parsed_severity(), Some(Severity::Error)) {
        return Fault::Unknown(unavailable(what, error));
    }
    let code = answer.code();
    if *code == SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN {
        return Fault::Unknown(unavailable(what, error));
    }
    if is_passing(code) {
        return Fault::Again(unavailable(what, error));
    }
    let reason = format!("PostgreSQL refused {what}: {} ({})", answer.message(), code.code());
    Fault::Refused(Error::NotWritable { reason })
}

/// Of a connection that was not made, so that no statement was sent.
pub(super) fn of_connection(error: tokio_postgres::Error) -> Fault {
    match error.as_db_error() {
        Some(answer) if is_refusal(answer.code()) => Fault::Refused(Error::Refused {
            what: format!("{} ({})", answer.message(), answer.code().code()),
        }),
        _ => match tls_problem(&error) {
            Some(what) => Fault::Refused(Error::Refused { what }),
            None => Fault::Again(unavailable("connecting to PostgreSQL", error)),
        },
    }
}

/// What only the operator of one of the sides can change about TLS.
fn tls_problem(error: &tokio_postgres::Error) -> Option<String> {
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        let tls = found.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(problem @ rustls::Error::InvalidCertificate(_)) =
            tls.and_then(|error| error.downcast_ref())
        {
            return Some(format!("PostgreSQL is not trusted: {problem}; check the trusted roots"));
        }
        if found.to_string() == "server does not support TLS" {
            return Some(
                "PostgreSQL does not support TLS; turn it on there, or use sslmode=disable"
                    .to_owned(),
            );
        }
        cause = found.source();
    }
    None
}

fn unavailable(what: &str, error: tokio_postgres::Error) -> Error {
    let answer = error.as_db_error();
    let answer = answer.map(|answer| format!(": {} ({})", answer.message(), answer.code().code()));
    Error::unavailable_from(format!("{what}{}", answer.unwrap_or_default()), error)
}

/// True if the same statement may succeed a little later: a lost conflict with others, a lack of
/// resources, or a server that became a replica, after which the connection is made to another one.
fn is_passing(code: &SqlState) -> bool {
    [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::OUT_OF_MEMORY,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::READ_ONLY_SQL_TRANSACTION,
    ]
    .contains(code)
}

/// True if only an operator can change that.
fn is_refusal(code: &SqlState) -> bool {
    [
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::INVALID_CATALOG_NAME,
        SqlState::INSUFFICIENT_PRIVILEGE,
    ]
    .contains(code)
}
