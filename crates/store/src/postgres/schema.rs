//! The tables: made by the first process, checked by all others.

use super::{
    address::Address,
    column, fault,
    line::{Dial, log},
    turns::lock_key,
};
use crate::{Error, Result, fault::Fault};

/// The comment on the table of registers, by which the tables are known.
const FORMAT: &str = "AECS store, format 1";

/// Makes the tables if there are none, and checks that they are those of a store.
pub(super) async fn prepare(dial: &Dial) -> Result<(), Fault> {
    let line = dial.connect(log).await.map_err(fault::of_connection)?;
    let refused = |error| fault::of_statement("preparing the tables", error);
    let address = &dial.address;
    for made in [false, true] {
        let found = line
            .client
            .query_one(
                "SELECT obj_description(to_regclass($1)::oid, 'pg_class'),
                        to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL,
                        current_setting('fsync')",
                &[&address.table("registers"), &address.table("pages")],
            )
            .await
            .map_err(refused)?;
        let answered = || Ok((column(&found, 0)?, column(&found, 1)?, column(&found, 2)?));
        let (format, exist, fsync): (Option<String>, bool, String) =
            answered().map_err(Fault::Refused)?;
        if fsync != "on" {
            tracing::error!("fsync is off in PostgreSQL: a crash of its machine loses the store");
        }
        match format {
            Some(format) if exist && format == FORMAT => return Ok(()),
            None if !exist && !made => {
                let done = line.client.batch_execute(&statements(address)).await;
                done.map_err(|error| not_made(address, error))?;
                tracing::info!(namespace = address.namespace, "the tables of the store were made");
            }
            other => return Err(Fault::Refused(foreign(address, other.as_deref()))),
        }
    }
    Err(Fault::Refused(foreign(address, None)))
}

fn foreign(address: &Address, format: Option<&str>) -> Error {
    Error::corrupt(format!(
        "the schema {} of the database has tables that are not of {FORMAT:?}, but of {format:?}; \
         use another namespace",
        address.namespace
    ))
}

fn not_made(address: &Address, error: tokio_postgres::Error) -> Fault {
    match fault::of_statement("making the tables", error) {
        Fault::Refused(error) => Fault::Refused(Error::Refused {
            what: format!(
                "{error}; let the user create schemas in this database, or let an administrator run: \
                 CREATE SCHEMA {} AUTHORIZATION the user",
                address.namespace
            ),
        }),
        other => other,
    }
}

fn statements(address: &Address) -> String {
    let (pages, registers) = (address.table("pages"), address.table("registers"));
    let (namespace, lock) = (&address.namespace, lock_key("schema", &address.namespace));
    format!(
        // Several processes may be first at the same time.
        "BEGIN;
         SELECT pg_advisory_xact_lock({lock});
         DO $$ BEGIN
             -- Without this question, a user who may not create schemas could not use one either.
             IF to_regnamespace('\"{namespace}\"') IS NULL THEN
                 CREATE SCHEMA \"{namespace}\";
             END IF;
         END $$;
         -- A page of up to 8 kB stays in its row, and longer ones are not compressed, which is in vain.
         -- What a commit removes is soon most of the table, so the size of the table says nothing
         -- about when to clean it.
         CREATE TABLE IF NOT EXISTS {pages} (id bytea PRIMARY KEY, data bytea NOT NULL)
             WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0,
                   autovacuum_vacuum_threshold = 8192, autovacuum_vacuum_insert_scale_factor = 0.2);
         ALTER TABLE {pages} ALTER data SET STORAGE EXTERNAL;
         -- Room for some versions of a row in its block.
         CREATE TABLE IF NOT EXISTS {registers}
             (name text COLLATE \"C\" PRIMARY KEY, tag bytea NOT NULL, data bytea NOT NULL)
             WITH (fillfactor = 20, toast_tuple_target = 8160,
                   autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
         ALTER TABLE {registers} ALTER data SET STORAGE EXTERNAL;
         COMMENT ON TABLE {registers} IS '{FORMAT}';
         COMMIT"
    )
}
