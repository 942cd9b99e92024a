//! The back-end on etcd, which several processes share.
//!
//! Invariants:
//! - the pages of a commit are there before its last transaction, which compares the tag of the
//!   register and swaps the value;
//! - a transaction is sent again only if it certainly had no effect, or has the same effect twice;
//! - a commit of which nobody knows is [`Error::Unavailable`].

mod address;
mod api;
mod client;
mod compaction;
mod keys;
#[cfg(test)]
mod tests;
mod watcher;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::timeout;

use self::{
    address::Address,
    api::{
        AlarmRequest, AlarmResponse, Compare, DeleteRangeRequest, KeyValue, Operand, PutRequest,
        RangeRequest, RangeResponse, Request, RequestOp, StatusRequest, StatusResponse, Target,
        TxnRequest, TxnResponse, path,
    },
    client::Client,
    compaction::Compaction,
    keys::Keys,
    watcher::Watcher,
};
use crate::{
    Error, Options, Result,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag, Turn},
    together::all,
};

/// The most operations in one transaction: etcd allows 128.
const MAX_OPERATIONS: usize = 125;

/// The most bytes in one transaction: etcd allows 1.5 MiB for the whole request.
const MAX_BYTES: usize = 1_400_000;

/// The bytes that an operation takes beside its value, at most.
const OPERATION_BYTES: usize = 320;

/// The most transactions of a commit that are on their way at the same time.
const IN_FLIGHT: usize = 4;

/// The most pages that one call reads.
const MAX_PAGES_READ: usize = 64;

/// The most ids in one answer to a list.
const MAX_LISTED: usize = 10_000;

/// How often who waits for a change looks for itself.
const LOOK: Duration = Duration::from_secs(10);

/// The size from which on a database of etcd is near its usual quota of 2 GB.
const LARGE: i64 = 1_600_000_000;

/// A store under a prefix of a cluster of etcd, 3.4 or later, of up to about 1 GB.
pub struct EtcdStore {
    client: Arc<Client>,
    keys: Keys,
    watcher: Watcher,
    compaction: Compaction,
}

impl EtcdStore {
    /// Says what is wrong with a URL.
    pub(crate) fn check(url: &str) -> Result<()> {
        Address::parse(url).map(drop)
    }

    /// Opens the store, and looks at the state of the cluster.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidUrl`]: the URL cannot be used.
    /// - [`Error::Refused`]: etcd refuses the user, or found that its own data is damaged.
    /// - [`Error::Unavailable`]: there is no answer.
    pub async fn open(url: &str, options: &Options) -> Result<Self> {
        let address = Address::parse(url)?;
        let client = Arc::new(Client::new(&address, options)?);
        let keys = Keys::new(&address.prefix);
        let store = Self {
            watcher: Watcher::new(Arc::clone(&client), &keys),
            compaction: Compaction::new(Arc::clone(&client)),
            client,
            keys,
        };
        // May we read, and does a majority answer?
        store.registers("").await?;
        store.probe().await?;
        Ok(store)
    }

    async fn probe(&self) -> Result<()> {
        let alarms = self.client.call(path::ALARM, "asking for alarms", true, AlarmRequest {});
        let alarms: AlarmResponse = match alarms.await {
            // It is for administrators of the cluster, and is about to be seen without.
            Err(Error::Refused { what }) => {
                tracing::debug!(what, "alarms and size of etcd are not known");
                return Ok(());
            }
            alarms => alarms?,
        };
        for alarm in alarms.alarms {
            match alarm.alarm {
                1 => tracing::error!(
                    "etcd has used up its space quota: every change will be refused; compact and \
                     defragment it, then disarm the alarm"
                ),
                _ => {
                    let what = "etcd has an alarm: its own data is damaged (etcdctl alarm list)";
                    return Err(Error::Refused { what: what.to_owned() });
                }
            }
        }
        let status: StatusResponse =
            self.client.call(path::STATUS, "asking for the status", true, StatusRequest {}).await?;
        let quota = if status.db_size_quota > 0 { status.db_size_quota / 5 * 4 } else { LARGE };
        let (version, bytes) = (status.version, status.db_size);
        if bytes > quota {
            tracing::warn!(version, bytes, "the database of etcd is near its usual quota");
        } else {
            tracing::debug!(version, bytes, "etcd answers");
        }
        Ok(())
    }

    async fn range(&self, what: &str, range: RangeRequest) -> Result<Vec<KeyValue>> {
        let answer: RangeResponse = self.client.call(path::RANGE, what, true, range).await?;
        Ok(answer.kvs)
    }

    /// Reads pages in one call.
    async fn read_pages(&self, ids: &[PageId], serializable: bool) -> Result<Vec<Option<Vec<u8>>>> {
        let success = ids
            .iter()
            .map(|id| {
                let key = self.keys.page(*id);
                operation(Request::Range(RangeRequest { key, serializable, ..Default::default() }))
            })
            .collect();
        let question = TxnRequest { success, ..Default::default() };
        let answer: TxnResponse =
            self.client.call(path::TXN, "reading pages", true, question).await?;
        if answer.responses.len() != ids.len() {
            return Err(Error::corrupt("etcd answered with another number of pages"));
        }
        let responses = answer.responses.into_iter();
        Ok(responses
            .map(|response| response.range.and_then(|mut range| range.kvs.pop()).map(|kv| kv.value))
            .collect())
    }

    /// Writes or removes pages before the last transaction of a commit, which does no harm twice.
    async fn prepare(&self, groups: Vec<Vec<RequestOp>>) -> Result<()> {
        let write = |success| {
            let question = TxnRequest { success, ..Default::default() };
            self.client.call::<_, TxnResponse>(path::TXN, "writing pages", true, question)
        };
        let writes: Vec<_> = groups.into_iter().map(write).collect();
        all(IN_FLIGHT, writes).await.map(drop)
    }

    fn put(&self, id: PageId, page: &[u8]) -> RequestOp {
        operation(Request::Put(PutRequest { key: self.keys.page(id), value: page.to_vec() }))
    }

    fn remove(&self, id: PageId) -> RequestOp {
        operation(Request::Delete(DeleteRangeRequest { key: self.keys.page(id) }))
    }

    /// The operations of a commit: the last transaction, and what has to be done before.
    fn groups(&self, commit: &Commit<'_>) -> (Vec<Vec<RequestOp>>, Vec<RequestOp>) {
        let register = commit.register;
        let (value, tag) = (self.keys.value(register), self.keys.tag(register));
        let mut last = Group::default();
        for (key, new) in
            [(value, commit.value), (tag, commit.value.and_then(|new| new.get(..Tag::LEN)))]
        {
            let (bytes, swap) = match new {
                Some(new) => (new.len(), Request::Put(PutRequest { key, value: new.to_vec() })),
                None => (0, Request::Delete(DeleteRangeRequest { key })),
            };
            last.push(bytes, operation(swap));
        }
        let mut before: Vec<Group> = Vec::new();
        let puts = commit.pages.iter().map(|(id, page)| (page.len(), self.put(*id, page)));
        // A key may occur once in a transaction.
        let dead: BTreeSet<_> = commit.dead.iter().collect();
        let removals = dead.into_iter().map(|id| (0, self.remove(*id)));
        // Removals first: as many as fit go with the swap.
        for (bytes, operation) in removals.chain(puts) {
            if last.fits(bytes) && before.is_empty() {
                last.push(bytes, operation);
                continue;
            }
            match before.last_mut().filter(|group| group.fits(bytes)) {
                Some(group) => group.push(bytes, operation),
                None => {
                    let mut group = Group::default();
                    group.push(bytes, operation);
                    before.push(group);
                }
            }
        }
        (before.into_iter().map(|group| group.operations).collect(), last.operations)
    }
}

/// Operations for one transaction.
#[derive(Default)]
struct Group {
    bytes: usize,
    operations: Vec<RequestOp>,
}

impl Group {
    fn fits(&self, bytes: usize) -> bool {
        self.operations.len() < MAX_OPERATIONS && self.bytes + bytes + OPERATION_BYTES <= MAX_BYTES
    }

    fn push(&mut self, bytes: usize, operation: RequestOp) {
        self.bytes += bytes + OPERATION_BYTES;
        self.operations.push(operation);
    }
}

fn operation(request: Request) -> RequestOp {
    RequestOp { request: Some(request) }
}

/// The comparison of the tag that a register must have.
fn has_tag(key: Vec<u8>, tag: Tag) -> Compare {
    let (target, operand) = match tag {
        Tag::NONE => (Target::Create, Operand::CreateRevision(0)),
        tag => (Target::Value, Operand::Value(tag.as_bytes().to_vec())),
    };
    Compare { target: target.into(), key, operand: Some(operand) }
}

#[async_trait]
impl PageStore for EtcdStore {
    async fn read(&self, register: &Register, known: Tag) -> Result<Read> {
        let key = self.keys.value(register);
        let question = TxnRequest {
            compare: vec![has_tag(self.keys.tag(register), known)],
            success: Vec::new(),
            failure: vec![operation(Request::Range(RangeRequest { key, ..Default::default() }))],
        };
        let answer: TxnResponse =
            self.client.call(path::TXN, "reading a register", true, question).await?;
        if answer.succeeded {
            return Ok(if known == Tag::NONE { Read::None } else { Read::Same });
        }
        let range = answer.responses.into_iter().next().and_then(|response| response.range);
        Read::of(range.and_then(|mut range| range.kvs.pop()).map(|kv| kv.value), known)
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Swap> {
        commit.check()?;
        let (before, last) = self.groups(&commit);
        self.prepare(before).await?;
        let question = TxnRequest {
            compare: vec![has_tag(self.keys.tag(commit.register), commit.expected)],
            success: last,
            failure: Vec::new(),
        };
        let answer: TxnResponse =
            match self.client.call(path::TXN, "a commit", false, question).await {
                // The transaction that uses up the space is carried out, and answered with this error.
                Err(full @ Error::NotWritable { .. }) => {
                    let new = Tag::of(commit.value)?;
                    let is_there =
                        new != Tag::NONE && self.read(commit.register, new).await? == Read::Same;
                    return if is_there { Ok(Swap::Done) } else { Err(full) };
                }
                answer => answer?,
            };
        let pages: usize = commit.pages.iter().map(|(_, page)| page.len()).sum();
        let revision = answer.header.map_or(0, |header| header.revision);
        self.compaction.count(pages + commit.value.map_or(0, <[u8]>::len), revision);
        Ok(if answer.succeeded { Swap::Done } else { Swap::Lost })
    }

    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>> {
        // What an id stands for never changes, so any member may answer, except that there is none.
        for serializable in [true, false] {
            let key = self.keys.page(id);
            let range = RangeRequest { key, serializable, ..Default::default() };
            if let Some(kv) = self.range("reading a page", range).await?.pop() {
                return Ok(Some(kv.value));
            }
        }
        Ok(None)
    }

    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>> {
        let mut all = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGES_READ) {
            let mut found = self.read_pages(ids, true).await?;
            if found.iter().any(Option::is_none) {
                found = self.read_pages(ids, false).await?;
            }
            all.extend(found);
        }
        Ok(all)
    }

    async fn delete(&self, ids: &[PageId]) -> Result<()> {
        let ids: Vec<_> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let groups = ids.chunks(MAX_OPERATIONS);
        let group = |ids: &[PageId]| ids.iter().map(|id| self.remove(*id)).collect();
        self.prepare(groups.map(group).collect()).await
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>> {
        if limit == 0 {
            return Err(Error::InvalidLimit);
        }
        let (key, range_end) = self.keys.pages(after);
        let limit = i64::try_from(limit.min(MAX_LISTED)).unwrap_or(i64::MAX);
        let range = RangeRequest { key, range_end, limit, keys_only: true, serializable: false };
        let found = self.range("listing pages", range).await?;
        found.iter().map(|kv| self.keys.id_of(&kv.key)).collect()
    }

    async fn registers(&self, prefix: &str) -> Result<Vec<Register>> {
        let (key, range_end) = self.keys.values(prefix);
        let range = RangeRequest { key, range_end, keys_only: true, ..Default::default() };
        let found = self.range("listing registers", range).await?;
        found.iter().map(|kv| self.keys.register_of(&kv.key)).collect()
    }

    async fn changed(&self, register: &Register, known: Tag) -> Result<()> {
        let mut swaps = self.watcher.swaps();
        while self.read(register, known).await?.is_still(known) {
            let _ = timeout(LOOK, swaps.changed()).await;
        }
        Ok(())
    }

    async fn turn(&self) -> Result<Option<Turn>> {
        // A lock of etcd is two commits by itself.
        Ok(None)
    }

    fn engine(&self) -> &'static str {
        "etcd"
    }

    fn is_shared(&self) -> bool {
        true
    }
}
