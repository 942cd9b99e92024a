//! A connection to a database, with its session's settings and prepared statements.

use std::{sync::Arc, time::Duration};

use rustls::ClientConfig;
use tokio::task::AbortHandle;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Statement, types::Type};

use super::{address::Address, tls::Tls};

/// Everything that a new connection needs.
pub(super) struct Dial {
    pub(super) address: Address,
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// How long a statement may take.
    pub(super) timeout: Duration,
}

/// A connection of which several callers send statements, which the server answers in order.
pub(super) struct Line {
    pub(super) client: Client,
    driver: AbortHandle,
}

impl Line {
    /// True if nothing can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Ends the connection although it may have statements to answer.
    pub(super) fn cut(&self) {
        self.driver.abort();
    }
}

impl Dial {
    /// Connects, and hands on the messages that answer no statement.
    pub(super) async fn connect(
        &self,
        on_message: impl FnMut(AsyncMessage) + Send + 'static,
    ) -> Result<Line, tokio_postgres::Error> {
        let config = &self.address.config;
        let line = match &self.tls {
            Some(tls) => {
                let (client, connection) = config.connect(Tls(Arc::clone(tls))).await?;
                Line { client, driver: drive(connection, on_message) }
            }
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                Line { client, driver: drive(connection, on_message) }
            }
        };
        line.client.batch_execute(&self.session()).await?;
        Ok(line)
    }

    fn session(&self) -> String {
        let timeout = self.timeout.as_millis();
        format!(
            // A commit is answered when it is durable, also in a database that does otherwise.
            "SELECT set_config('synchronous_commit', 'on', false)
                 WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
             SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
             SET statement_timeout = {timeout};
             SET lock_timeout = {lock};
             SET idle_in_transaction_session_timeout = {timeout};
             -- A plan that was made for an empty table must not read a full one from end to end.
             SET enable_seqscan = off;
             SET client_min_messages = warning",
            lock = timeout / 2,
        )
    }
}

fn drive<S, T>(
    mut connection: Connection<S, T>,
    mut on_message: impl FnMut(AsyncMessage) + Send + 'static,
) -> AbortHandle
where
    Connection<S, T>: Send + 'static,
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let driver = tokio::spawn(async move {
        loop {
            match std::future::poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(message)) => on_message(message),
                Some(Err(error)) => {
                    tracing::debug!(%error, "a connection to PostgreSQL ended");
                    return;
                }
                None => return,
            }
        }
    });
    driver.abort_handle()
}

/// Logs what the server tells of itself.
pub(super) fn log(message: AsyncMessage) {
    if let AsyncMessage::Notice(notice) = message {
        tracing::debug!(message = notice.message(), "a notice of PostgreSQL");
    }
}

/// A line with the statements of a store.
pub(super) struct Prepared {
    pub(super) line: Line,
    pub(super) create: Statement,
    pub(super) update: Statement,
    pub(super) remove: Statement,
    pub(super) insert: Statement,
    pub(super) delete: Statement,
    pub(super) read: Statement,
    pub(super) page: Statement,
    pub(super) pages: Statement,
    pub(super) list: Statement,
    pub(super) registers: Statement,
}

impl Prepared {
    pub(super) async fn new(dial: &Dial) -> Result<Self, tokio_postgres::Error> {
        let line = dial.connect(log).await?;
        let (pages, registers) = (dial.address.table("pages"), dial.address.table("registers"));
        let swap = |change: &str| {
            // One statement is one round trip, and all or nothing. The loser of a race waits for
            // the row, and then finds that it was changed.
            format!(
                "WITH swap AS ({change}),
                 written AS (INSERT INTO {pages} SELECT new.id, new.data
                     FROM unnest($4, $5) AS new (id, data) WHERE EXISTS (SELECT FROM swap)),
                 removed AS (DELETE FROM {pages} WHERE id = ANY ($6) AND EXISTS (SELECT FROM swap))
                 SELECT pg_notify('{channel}', $1)::text FROM swap",
                channel = channel(&dial.address),
            )
        };
        let swap_types = [
            Type::TEXT,
            Type::BYTEA,
            Type::BYTEA,
            Type::BYTEA_ARRAY,
            Type::BYTEA_ARRAY,
            Type::BYTEA_ARRAY,
        ];
        let create = swap(&format!(
            "INSERT INTO {registers} (name, tag, data) VALUES ($1, substr($2, 1, 16), $2)
             ON CONFLICT DO NOTHING RETURNING 1"
        ));
        let update = swap(&format!(
            "UPDATE {registers} SET tag = substr($2, 1, 16), data = $2
             WHERE name = $1 AND tag = $3 RETURNING 1"
        ));
        let remove =
            swap(&format!("DELETE FROM {registers} WHERE name = $1 AND tag = $3 RETURNING 1"));
        let client = &line.client;
        let prepare = async |sql: String, types: &[Type]| client.prepare_typed(&sql, types).await;
        let (create, update, remove, insert, delete, read, page, several, list, names) = tokio::try_join!(
            prepare(create, &swap_types),
            prepare(update, &swap_types),
            prepare(remove, &swap_types),
            prepare(
                format!(
                    "INSERT INTO {pages} SELECT new.id, new.data
                     FROM unnest($1, $2) AS new (id, data) ON CONFLICT DO NOTHING"
                ),
                &[Type::BYTEA_ARRAY, Type::BYTEA_ARRAY]
            ),
            prepare(format!("DELETE FROM {pages} WHERE id = ANY ($1)"), &[Type::BYTEA_ARRAY]),
            prepare(
                format!(
                    "SELECT CASE WHEN tag <> $2 THEN data END FROM {registers} WHERE name = $1"
                ),
                &[Type::TEXT, Type::BYTEA]
            ),
            prepare(format!("SELECT data FROM {pages} WHERE id = $1"), &[Type::BYTEA]),
            prepare(
                format!("SELECT id, data FROM {pages} WHERE id = ANY ($1)"),
                &[Type::BYTEA_ARRAY]
            ),
            prepare(
                format!("SELECT id FROM {pages} WHERE id > $1 ORDER BY id LIMIT $2"),
                &[Type::BYTEA, Type::INT8]
            ),
            prepare(
                format!("SELECT name FROM {registers} WHERE starts_with(name, $1) ORDER BY name"),
                &[Type::TEXT]
            ),
        )?;
        Ok(Self {
            create,
            update,
            remove,
            insert,
            delete,
            read,
            page,
            pages: several,
            list,
            registers: names,
            line,
        })
    }
}

/// The channel on which swaps are told.
pub(super) fn channel(address: &Address) -> String {
    format!("aecs_{}", address.namespace)
}
