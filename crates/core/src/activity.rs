//! What happened to the secrets of a service, for its owner: when applications got each last, and
//! who was refused.
//!
//! Neither must cost a write. So both are kept in memory, and written with the next change that the
//! owner of the service makes, every hour, and when the server is stopped; with refusals in it,
//! every minute. A crash loses what was not written; the audit log has all.
//!
//! Invariant: there is one record for each registered service. It has times of secrets that are
//! there, and the latest refusals.

use std::collections::{BTreeMap, HashMap};

use aecs_proto::{Denial, DenialReason};
use parking_lot::Mutex;
use prost::Message;

use crate::{
    error::Error,
    keys,
    name::{SecretName, ServiceName},
    records::{ServiceRecord, decode},
    state::CoreState,
    vault::{Change, Name, Vault},
};

/// How many refusals are kept for the owner of a service.
const DENIALS: usize = 64;
/// How many of them may be about names that do not exist: who tries names does not push out the
/// refusals of applications that are configured wrongly.
const OF_UNKNOWN_NAMES: usize = 16;

/// Times by secret, in milliseconds since 1970.
type Times = BTreeMap<String, i64>;

/// What is known of a service, also as its record.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ServiceActivity {
    /// When each secret was released last.
    #[prost(btree_map = "string, int64", tag = "1")]
    pub(crate) released: Times,
    /// The latest refusals, oldest first.
    #[prost(message, repeated, tag = "2")]
    pub(crate) denials: Vec<Denial>,
}

/// What is not written yet, by service.
#[derive(Default)]
pub(crate) struct Activity {
    latest: Mutex<HashMap<ServiceName, ServiceActivity>>,
}

/// The record of a service as it has to be written.
pub(crate) struct Written {
    service: ServiceName,
    record: Name,
    activity: ServiceActivity,
}

impl ServiceActivity {
    fn is_empty(&self) -> bool {
        self.released.is_empty() && self.denials.is_empty()
    }

    fn deny(&mut self, denial: Denial) {
        self.denials.push(denial);
        let is_unknown = |denial: &Denial| denial.reason() == DenialReason::DenialNoSuchSecret;
        let unknown = self.denials.iter().filter(|denial| is_unknown(denial)).count();
        let oldest = match unknown > OF_UNKNOWN_NAMES {
            true => self.denials.iter().position(is_unknown),
            false => (self.denials.len() > DENIALS).then_some(0),
        };
        oldest.map(|at| self.denials.remove(at));
    }

    fn merge(&mut self, latest: Self) {
        for (secret, at) in latest.released {
            let time = self.released.entry(secret).or_insert(at);
            *time = at.max(*time);
        }
        latest.denials.into_iter().for_each(|denial| self.deny(denial));
    }
}

impl Activity {
    /// Remembers that an application got a secret.
    pub(crate) fn released(&self, service: &ServiceName, secret: &SecretName, now_ms: i64) {
        let mut latest = self.latest.lock();
        let times = &mut latest.entry(service.clone()).or_default().released;
        let time = times.entry(secret.to_string()).or_insert(now_ms);
        *time = now_ms.max(*time);
    }

    /// Remembers that an application was refused a secret of `service`; nothing if there is no such
    /// service.
    pub(crate) fn denied(&self, vault: &Vault, service: &ServiceName, denial: Denial) {
        if keys::authentication(service).is_ok_and(|record| vault.contains(&record)) {
            self.latest.lock().entry(service.clone()).or_default().deny(denial);
        }
    }

    /// All that is known of a service.
    pub(crate) async fn of(&self, vault: &Vault, service: &ServiceName) -> ServiceActivity {
        // Before the record is read: what another change writes meanwhile is in one of the two.
        let latest = self.unwritten(service);
        let mut activity = read_or_begin(vault, service).await;
        // Or in both.
        activity.denials.retain(|denial| !latest.denials.contains(denial));
        activity.merge(latest);
        activity
    }

    /// The record of a service, if there is something to write into it.
    pub(crate) async fn record(
        &self,
        vault: &Vault,
        service: &ServiceName,
    ) -> Result<Option<Written>, Error> {
        if self.unwritten(service).is_empty() {
            return Ok(None);
        }
        let mut activity = self.of(vault, service).await;
        activity.released.retain(|secret, _| is_there(vault, service, secret));
        Ok(Some(Written { service: service.clone(), record: keys::activity(service)?, activity }))
    }

    /// Forgets what was written.
    pub(crate) fn forget_written(&self, written: &Written) {
        let mut latest = self.latest.lock();
        let Some(unwritten) = latest.get_mut(&written.service) else { return };
        let done = &written.activity;
        unwritten
            .released
            .retain(|secret, time| done.released.get(secret).is_some_and(|done| done < time));
        unwritten.denials.retain(|denial| !done.denials.contains(denial));
        if unwritten.is_empty() {
            latest.remove(&written.service);
        }
    }

    /// Forgets a service that is gone.
    pub(crate) fn forget(&self, service: &ServiceName) {
        self.latest.lock().remove(service);
    }

    fn unwritten(&self, service: &ServiceName) -> ServiceActivity {
        self.latest.lock().get(service).cloned().unwrap_or_default()
    }
}

impl Written {
    /// The change, with the record.
    pub(crate) fn written_with(&self, change: Change) -> Change {
        change.put(self.record.clone(), self.activity.encode_to_vec().into())
    }
}

/// What of it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The services of which somebody was refused something.
    WithDenials,
    /// All.
    All,
}

/// Writes what is not written yet, of the services that are there.
pub(crate) async fn write(core: &CoreState, which: Which) -> Result<(), Error> {
    let node = core.node();
    let vault = node.vault()?;
    let is_due = |activity: &ServiceActivity| which == Which::All || !activity.denials.is_empty();
    let due = |(service, activity): (&ServiceName, &ServiceActivity)| {
        is_due(activity).then(|| service.clone())
    };
    let services: Vec<ServiceName> = core.activity.latest.lock().iter().filter_map(due).collect();
    for service in services {
        // Nothing is written for a service that is unregistered meanwhile.
        let _registered = core.registry.read().await;
        if ServiceRecord::load(vault, &service).await?.is_none() {
            core.activity.forget(&service);
        } else if let Some(record) = core.activity.record(vault, &service).await? {
            vault.commit(record.written_with(Change::new())).await?;
            core.activity.forget_written(&record);
        }
    }
    Ok(())
}

/// What is recorded. A record that cannot be read is replaced: a damaged one must not prevent an
/// owner from changing secrets.
async fn read_or_begin(vault: &Vault, service: &ServiceName) -> ServiceActivity {
    read(vault, service).await.unwrap_or_else(|error| {
        tracing::warn!(%error, %service, "the record of releases and refusals cannot be read; it begins again");
        ServiceActivity::default()
    })
}

async fn read(vault: &Vault, service: &ServiceName) -> Result<ServiceActivity, Error> {
    let found = vault.get(&keys::activity(service)?).await?;
    let record = found.map(|found| decode(&found.plain)).transpose()?;
    Ok(record.unwrap_or_default())
}

fn is_there(vault: &Vault, service: &ServiceName, secret: &str) -> bool {
    let name = SecretName::parse(secret).ok().and_then(|name| keys::secret(service, &name).ok());
    name.is_some_and(|name| vault.contains(&name))
}
