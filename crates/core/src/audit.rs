//! The record of every administrative act, every release of a secret and every refusal.
//!
//! Invariants:
//! - every call that is admitted leaves an entry, also when its caller goes away before the end;
//! - the entry is a condition: what cannot be recorded is not done. An act carries its entry into
//!   the commit that makes it, so that a crash cannot lose it; a release is recorded before the
//!   answer leaves;
//! - callers cannot fill the log: like refusals are counted together, and an application that gets
//!   secrets all the time has its releases summarised.
//!
//! An entry never holds secret data, passwords or keys; only the hashes of keys and what a report
//! attests. The way of an entry: [`OpenEntry`] -> [`Ledger`] -> [`AuditSink`].

mod entry;
mod ledger;
mod open;
mod sink;
mod tally;
mod vault;

pub use self::{
    entry::AuditEntry,
    sink::{AuditFailure, AuditSink, LookBack, Room},
};
pub(crate) use self::{
    ledger::{Ledger, spawn},
    open::OpenEntry,
};
