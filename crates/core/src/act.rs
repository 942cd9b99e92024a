//! Acts: what requests of protocol 2.1 change, each carried out once under the id that its client
//! gave it.
//!
//! Invariant: the record of an act is in the commit that carries it out. A client that got no
//! answer asks again with the same id and is told the answer of then; nothing is done twice.
//!
//! The records stay for a day. Their number is bounded for each kind of caller, so that
//! applications cannot make the server forget what administrators did.

use aecs_proto::{Caller, Function, NONCE_BYTES};
use std::{collections::VecDeque, time::Duration};

use aecs_crypto::{KeyHash, Transcript, sha256};
use prost::Message;
use tokio::time::Instant;

use crate::{
    error::{Cause, Error, internal},
    keys,
    vault::{Change, Epoch, Name, Vault},
};

/// The length of an act's id, in bytes.
pub(crate) const ID_BYTES: usize = NONCE_BYTES;

/// How long an act is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// How many acts of each kind of caller are remembered; beyond that, the oldest are forgotten.
const CAPACITY: usize = 32_768;

/// The longest answer that is kept, in bytes. Longer ones hold more than an acknowledgement.
const fn max_answer_bytes(caller: Caller) -> usize {
    match caller {
        // What became of each of several changes.
        Caller::ServiceAdmin => 8 << 10,
        _ => 1 << 10,
    }
}

/// How many records are looked at, and forgotten, at a time.
const PAGE: usize = 256;

/// Who acts under what id, to do what.
pub(crate) struct Act {
    name: Name,
    caller: Caller,
    record: Record,
}

#[derive(Clone, PartialEq, Message)]
struct Record {
    #[prost(string, tag = "1")]
    function: String,
    /// SHA-256 of the caller's public PEM.
    #[prost(bytes = "vec", tag = "2")]
    key_hash: Vec<u8>,
    /// SHA-256 of the function's request.
    #[prost(bytes = "vec", tag = "3")]
    request: Vec<u8>,
    /// The answer; empty if it acknowledges and nothing more.
    #[prost(string, tag = "4")]
    answer: String,
}

impl Act {
    /// The act `id` of the owner of a key.
    pub(crate) fn new(
        caller: Caller,
        key: KeyHash,
        id: &[u8; ID_BYTES],
        function: Function,
        request: &[u8],
    ) -> Result<Self, Error> {
        let digest = Transcript::new("AECS-2.1 act").field(key.as_bytes()).field(id).sha256();
        Ok(Self {
            name: keys::act(caller.as_str(), &digest)?,
            caller,
            record: Record {
                function: function.name().to_owned(),
                key_hash: key.as_bytes().to_vec(),
                request: sha256(request).to_vec(),
                answer: String::new(),
            },
        })
    }

    /// The answer, if the act was carried out before: empty if it was a mere acknowledgement.
    ///
    /// # Errors
    /// When another act was carried out under this id.
    pub(crate) async fn done_before(&self, vault: &Vault) -> Result<Option<String>, Error> {
        let Some(stored) = vault.get(&self.name).await? else { return Ok(None) };
        let stored = Record::decode(stored.plain.expose())
            .map_err(internal("reading the record of an act"))?;
        let same = |one: &Record| (one.function.clone(), one.request.clone());
        if same(&stored) != same(&self.record) {
            return Err(Cause::ActIdUsed.into());
        }
        Ok(Some(stored.answer))
    }

    /// Adds the record of this act, with its answer, to the change that carries it out. Over the
    /// record of before if there may be one: a provision is repeated in each process.
    pub(crate) fn record(&self, change: Change, answer: Option<&str>, again: bool) -> Change {
        let answer = answer.filter(|answer| answer.len() <= max_answer_bytes(self.caller));
        let answer = answer.unwrap_or_default();
        let record = Record { answer: answer.to_owned(), ..self.record.clone() };
        let plain = record.encode_to_vec().into();
        match again {
            true => change.put(self.name.clone(), plain),
            false => change.create(self.name.clone(), plain),
        }
    }

    /// Where the record is.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }
}

/// Forgets acts when their time is over, by the monotonic clock of this process: what is found at
/// its start counts from then on.
#[derive(Default)]
pub(crate) struct Forgetting {
    /// When the vault was at which epoch.
    samples: VecDeque<(Instant, Epoch)>,
}

impl Forgetting {
    /// Looks once. Needs no request to come, and holds none up.
    pub(crate) async fn tick(&mut self, vault: &Vault) -> Result<(), Error> {
        let now = Instant::now();
        self.samples.push_back((now, vault.state().await?.epoch));
        let mut over = 0;
        while let Some((at, epoch)) = self.samples.front().copied() {
            if now.duration_since(at) < REMEMBERED {
                break;
            }
            over = epoch;
            self.samples.pop_front();
        }
        for caller in
            [Caller::AecsAdmin, Caller::Custodian, Caller::ServiceAdmin, Caller::TrustedApplication]
        {
            let old = forgettable(vault, &keys::acts_of(caller.as_str()), over, CAPACITY).await?;
            for batch in old.chunks(PAGE) {
                let change = batch
                    .iter()
                    .fold(Change::new(), |change, name| change.remove(name.clone(), None));
                vault.commit(change).await?;
            }
        }
        Ok(())
    }
}

/// The records in `folder` that were written up to the epoch `over`, and the oldest of the others
/// beyond `capacity`.
async fn forgettable(
    vault: &Vault,
    folder: &str,
    over: Epoch,
    capacity: usize,
) -> Result<Vec<Name>, Error> {
    let mut records = Vec::new();
    let mut after = None;
    loop {
        let page = vault.epochs_page(folder, after.as_ref(), PAGE).await?;
        after = page.last().map(|(name, _)| name.clone());
        if after.is_none() {
            break;
        }
        records.extend(page);
    }
    records.sort_unstable_by_key(|(_, epoch)| *epoch);
    let beyond = records.len().saturating_sub(capacity);
    Ok(records
        .into_iter()
        .enumerate()
        .filter(|(place, (_, epoch))| *place < beyond || *epoch <= over)
        .map(|(_, (name, _))| name)
        .collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aecs_crypto::{KeyPair, RecordKey, Suite};
    use aecs_store::MemoryStore;

    use super::*;
    use crate::vault::Options;

    async fn vault() -> Vault {
        let key = RecordKey::generate().unwrap();
        let store = Arc::new(MemoryStore::new());
        Vault::open(store, key, [1; 32], Options::new()).await.unwrap()
    }

    async fn write(vault: &Vault, caller: Caller, byte: u8) -> Name {
        let name = keys::act(caller.as_str(), &[byte; 32]).unwrap();
        vault.commit(Change::new().create(name.clone(), vec![1].into())).await.unwrap();
        name
    }

    #[tokio::test]
    async fn an_answer_is_kept_if_it_is_short() {
        let vault = vault().await;
        let key = KeyPair::generate(Suite::Modern).unwrap().public().fingerprint();
        let function = Function::TaCreateSecret;
        let act = |id, request| {
            Act::new(Caller::TrustedApplication, key, &[id; ID_BYTES], function, request).unwrap()
        };
        for (id, len, kept) in [(1, 0, 0), (2, 1024, 1024), (3, 1025, 0)] {
            let act = act(id, b"{}");
            assert_eq!(act.done_before(&vault).await.unwrap(), None);
            let change = act.record(Change::new(), Some(&"x".repeat(len)), false);
            vault.commit(change).await.unwrap();
            assert_eq!(act.done_before(&vault).await.unwrap(), Some("x".repeat(kept)));
        }
        assert!(act(1, b"{ }").done_before(&vault).await.is_err(), "another act under this id");
    }

    #[tokio::test(start_paused = true)]
    async fn an_act_is_forgotten_after_a_day_and_not_before() {
        let vault = vault().await;
        let mut forgetting = Forgetting::default();
        let old = write(&vault, Caller::AecsAdmin, 1).await;
        forgetting.tick(&vault).await.unwrap();
        let new = write(&vault, Caller::TrustedApplication, 2).await;
        for (hours, kept) in [(23, true), (1, false)] {
            tokio::time::advance(Duration::from_secs(hours * 3600)).await;
            forgetting.tick(&vault).await.unwrap();
            assert_eq!(vault.contains(&old).await.unwrap(), kept, "{hours}");
            assert!(vault.contains(&new).await.unwrap());
        }
    }

    #[tokio::test]
    async fn h20_the_number_of_acts_is_bounded_for_each_kind_of_caller() {
        let vault = vault().await;
        let mut names = Vec::new();
        // Names in another order than epochs.
        for byte in (0..10).rev() {
            names.push(write(&vault, Caller::TrustedApplication, byte).await);
        }
        let folder = keys::acts_of(Caller::TrustedApplication.as_str());
        let forgotten =
            async |folder: &str, over| forgettable(&vault, folder, over, 7).await.unwrap();
        assert_eq!(forgotten(&folder, 0).await, names[..3]);
        assert_eq!(forgotten(&folder, 5).await, names[..5]);
        assert!(forgotten(&keys::acts_of("aecs-admin"), 5).await.is_empty());
    }
}
