//! When applications got each secret last: for its owner.
//!
//! A release must not cost a write. So times are kept in memory, and written with the next change
//! that the owner of the service makes, or every hour. A crash loses what was not written.
//!
//! Invariant: there is one record for each service, with times of secrets that are there.

use std::collections::{BTreeMap, HashMap};

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

/// Times by secret, in milliseconds since 1970.
type Times = BTreeMap<String, i64>;

/// The record of a service.
#[derive(Clone, PartialEq, Message)]
struct ReleasesRecord {
    #[prost(btree_map = "string, int64", tag = "1")]
    times: Times,
}

/// What is not written yet, by service.
#[derive(Default)]
pub(crate) struct Releases {
    latest: Mutex<HashMap<ServiceName, Times>>,
}

/// The record of a service as it has to be written.
pub(crate) struct Written {
    service: ServiceName,
    record: Name,
    times: Times,
}

impl Releases {
    /// Remembers that an application got a secret.
    pub(crate) fn note(&self, service: &ServiceName, secret: &SecretName, now_ms: i64) {
        let mut latest = self.latest.lock();
        let times = latest.entry(service.clone()).or_default();
        let time = times.entry(secret.to_string()).or_insert(now_ms);
        *time = now_ms.max(*time);
    }

    /// When the secrets of a service were released last.
    pub(crate) async fn times(&self, vault: &Vault, service: &ServiceName) -> Times {
        let latest = self.of(service);
        let mut times = read_or_begin(vault, service).await;
        merge(&mut times, latest);
        times
    }

    /// The record of a service, if there is something to write into it.
    pub(crate) async fn record(
        &self,
        vault: &Vault,
        service: &ServiceName,
    ) -> Result<Option<Written>, Error> {
        // Before the record is read: what another change writes meanwhile is in one of the two.
        let latest = self.of(service);
        if latest.is_empty() {
            return Ok(None);
        }
        let mut times = read_or_begin(vault, service).await;
        merge(&mut times, latest);
        times.retain(|secret, _| is_there(vault, service, secret));
        Ok(Some(Written { service: service.clone(), record: keys::released(service)?, times }))
    }

    /// Forgets what was written.
    pub(crate) fn forget_written(&self, written: &Written) {
        let mut latest = self.latest.lock();
        let Some(times) = latest.get_mut(&written.service) else { return };
        times.retain(|secret, time| written.times.get(secret).is_some_and(|done| done < time));
        if times.is_empty() {
            latest.remove(&written.service);
        }
    }

    /// Forgets a service that is gone.
    pub(crate) fn forget(&self, service: &ServiceName) {
        self.latest.lock().remove(service);
    }

    fn of(&self, service: &ServiceName) -> Times {
        self.latest.lock().get(service).cloned().unwrap_or_default()
    }
}

impl Written {
    /// The change, with the record.
    pub(crate) fn written_with(&self, change: Change) -> Change {
        let record = ReleasesRecord { times: self.times.clone() };
        change.put(self.record.clone(), record.encode_to_vec().into())
    }
}

/// Writes what is not written yet, of the services that are there.
pub(crate) async fn write(core: &CoreState) -> Result<(), Error> {
    let node = core.node();
    let vault = node.vault()?;
    let services: Vec<ServiceName> = core.releases.latest.lock().keys().cloned().collect();
    for service in services {
        // Nothing is written for a service that is unregistered meanwhile.
        let _registered = core.registry.read().await;
        if ServiceRecord::load(vault, &service).await?.is_none() {
            core.releases.forget(&service);
        } else if let Some(record) = core.releases.record(vault, &service).await? {
            vault.commit(record.written_with(Change::new())).await?;
            core.releases.forget_written(&record);
        }
    }
    Ok(())
}

/// The recorded times. A record that cannot be read is replaced: a damaged one must not prevent an
/// owner from changing secrets.
async fn read_or_begin(vault: &Vault, service: &ServiceName) -> Times {
    read(vault, service).await.unwrap_or_else(|error| {
        tracing::warn!(%error, %service, "the record of releases cannot be read; it begins again");
        Times::default()
    })
}

async fn read(vault: &Vault, service: &ServiceName) -> Result<Times, Error> {
    let found = vault.get(&keys::released(service)?).await?;
    let record: Option<ReleasesRecord> = found.map(|found| decode(&found.plain)).transpose()?;
    Ok(record.unwrap_or_default().times)
}

fn merge(times: &mut Times, latest: Times) {
    for (secret, at) in latest {
        let time = times.entry(secret).or_insert(at);
        *time = at.max(*time);
    }
}

fn is_there(vault: &Vault, service: &ServiceName, secret: &str) -> bool {
    let name = SecretName::parse(secret).ok().and_then(|name| keys::secret(service, &name).ok());
    name.is_some_and(|name| vault.contains(&name))
}
