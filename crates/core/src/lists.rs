//! Named lists of a service, as they are kept, and as policies are judged by.
//!
//! Invariant: what a policy is judged by is the list of that moment. What is remembered of a list is
//! used only while the vault has the list's record at the same epoch.

use std::sync::Arc;

use aecs_attest::{NamedList, NamedLists, Policy};
use aecs_proto::{NamedList as ListMessage, NamedListInfo};
use prost::Message;

use crate::{
    by_epoch::ByEpoch,
    error::{Cause, Error, Kind, internal},
    keys,
    name::{ListName, ServiceName},
    records::decode,
    secret::stored::count,
    vault::{Epoch, MAX_PLAIN_LEN, Name, Record, Vault},
};

/// The most named lists of a service.
pub(crate) const MAX_LISTS: u64 = 64;

/// The most values of a list.
pub(crate) const MAX_VALUES: usize = 100_000;

/// The most bytes of the record of a set of measurements, each of which is judged by itself.
const MAX_SET_BYTES: usize = 1 << 20;

/// Records up to this length are read at once, on the thread that serves the call.
const SHORT: usize = 16 << 10;

/// Bytes of the records of the lists that are remembered.
const REMEMBERED: usize = 64 << 20;

/// What the record of a list holds.
#[derive(Clone, PartialEq, Message)]
struct ListRecord {
    #[prost(message, optional, tag = "1")]
    list: Option<ListMessage>,
    /// In milliseconds since 1970.
    #[prost(int64, tag = "2")]
    created_ms: i64,
    #[prost(int64, tag = "3")]
    changed_ms: i64,
    /// There is more to come: it counts as missing.
    #[prost(bool, tag = "4")]
    incomplete: bool,
}

/// A named list of a service.
#[derive(Clone)]
pub(crate) struct List {
    pub(crate) name: ListName,
    pub(crate) description: String,
    pub(crate) content: NamedList,
    pub(crate) created_ms: i64,
    pub(crate) changed_ms: i64,
    pub(crate) incomplete: bool,
}

/// A list, and the epoch of its record.
pub(crate) struct Stored {
    pub(crate) list: List,
    pub(crate) epoch: Epoch,
    bytes: usize,
}

impl List {
    /// Reads the record of a list; `None` if there is none. That of a long one takes a tenth of a second.
    pub(crate) async fn load(vault: &Vault, record: &Name) -> Result<Option<Stored>, Error> {
        let Some(found) = vault.get(record).await? else { return Ok(None) };
        if found.plain.len() <= SHORT {
            return Self::decode(&found).map(Some);
        }
        let decoded = tokio::task::spawn_blocking(move || Self::decode(&found)).await;
        decoded.map_err(internal("reading a list"))?.map(Some)
    }

    fn decode(found: &Record) -> Result<Stored, Error> {
        let ListRecord { list, created_ms, changed_ms, incomplete } = decode(&found.plain)?;
        let ListMessage { list_name, description, content } = list.unwrap_or_default();
        let damaged = || Cause::Internal { doing: "reading a list" };
        let content = content.as_ref().map(NamedList::parse).ok_or_else(damaged)?;
        let content = content.map_err(internal("reading a list"))?;
        let name = ListName::parse(&list_name)?;
        let list = Self { name, description, content, created_ms, changed_ms, incomplete };
        Ok(Stored { list, epoch: found.epoch, bytes: found.plain.len() })
    }

    /// The content of its record.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Cause> {
        let record = ListRecord {
            list: Some(self.to_proto()),
            created_ms: self.created_ms,
            changed_ms: self.changed_ms,
            incomplete: self.incomplete,
        };
        let list = || self.name.clone();
        let limit = match self.content.attribute() {
            Some(_) if self.content.len() > MAX_VALUES => {
                let (limit, got) = (MAX_VALUES, self.content.len());
                return Err(Cause::ListOfTooMany { list: list(), limit, got });
            }
            Some(_) => MAX_PLAIN_LEN,
            None => MAX_SET_BYTES,
        };
        let bytes = record.encode_to_vec();
        match bytes.len() {
            got if got > limit => Err(Cause::ListTooLong { list: list(), limit, got }),
            _ => Ok(bytes),
        }
    }

    pub(crate) fn to_proto(&self) -> ListMessage {
        ListMessage {
            list_name: self.name.to_string(),
            description: self.description.clone(),
            content: Some(self.content.to_proto()),
        }
    }

    pub(crate) fn info(&self, epoch: Epoch, now_ms: i64) -> NamedListInfo {
        let attribute = self.content.attribute().map(|attribute| attribute.name);
        NamedListInfo {
            list_name: self.name.to_string(),
            description: self.description.clone(),
            attribute: attribute.unwrap_or_default().to_owned(),
            source: self.content.source().to_owned(),
            entries: count(self.content.len()),
            created_ms: self.created_ms,
            changed_ms: self.changed_ms,
            ends_ms: self.content.ends_ms(now_ms).unwrap_or_default(),
            epoch,
            incomplete: self.incomplete,
        }
    }
}

/// The lists that were read last; none for one that rules treat as missing.
pub(crate) struct Lists {
    known: ByEpoch<Option<Arc<NamedList>>>,
    /// One is read at a time: of many who ask for a list that has changed, one reads it.
    reading: tokio::sync::Mutex<()>,
}

impl Default for Lists {
    fn default() -> Self {
        Self { known: ByEpoch::new(REMEMBERED), reading: tokio::sync::Mutex::default() }
    }
}

impl Lists {
    /// The lists that a policy of a service refers to, without those that are missing.
    pub(crate) async fn of(
        &self,
        deployment: [u8; 32],
        vault: &Vault,
        service: &ServiceName,
        policy: &Policy,
    ) -> Result<NamedLists, Error> {
        let mut lists = NamedLists::default();
        for name in policy.lists() {
            let record = keys::list(service, &ListName::parse(name)?)?;
            if let Some(list) = self.one(deployment, vault, record).await? {
                lists.insert(name, list);
            }
        }
        Ok(lists)
    }

    /// A list, if it is there and complete. One that is damaged counts as missing: its owner can
    /// replace it.
    async fn one(
        &self,
        deployment: [u8; 32],
        vault: &Vault,
        record: Name,
    ) -> Result<Option<Arc<NamedList>>, Error> {
        let Some(epoch) = vault.epoch_of(&record).await? else { return Ok(None) };
        if let Some(known) = self.known.get(&deployment, &record, epoch) {
            return Ok(known);
        }
        let _reading = self.reading.lock().await;
        if let Some(known) = self.known.get(&deployment, &record, epoch) {
            return Ok(known);
        }
        let found = match List::load(vault, &record).await {
            Ok(found) => found,
            Err(error) if error.kind() == Kind::Internal => {
                tracing::warn!(%error, %record, "a list is damaged: rules with it admit nobody");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Some(Stored { list, epoch, bytes }) = found else { return Ok(None) };
        let content = (!list.incomplete).then(|| Arc::new(list.content));
        self.known.put(deployment, record, epoch, bytes, content.clone());
        Ok(content)
    }
}
