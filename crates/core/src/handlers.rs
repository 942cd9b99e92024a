//! What the functions do, one file a subject. Who may call is settled before.

pub(crate) mod administrators;
pub(crate) mod apply;
pub(crate) mod backups;
pub(crate) mod changes;
mod decision;
pub(crate) mod deployment;
pub(crate) mod exports;
pub(crate) mod lists;
pub(crate) mod provision;
pub(crate) mod public;
pub(crate) mod recovery;
pub(crate) mod relocation;
pub(crate) mod secrets;
pub(crate) mod services;
pub(crate) mod status;
pub(crate) mod store;
pub(crate) mod ta;
pub(crate) mod ta_admin;
pub(crate) mod time;
pub(crate) mod transit;
pub(crate) mod uploads;
pub(crate) mod versions;
