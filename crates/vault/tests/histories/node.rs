//! A process with a vault and clients, which is killed.
//!
//! It prints a line when it calls, and one when it is answered, each with one system call, so that a
//! kill tears the last line at most. Every record has a twin that changes in the same commit.

use std::{io::Write as _, sync::Arc, time::Duration};

use aecs_crypto::RecordKey;
use aecs_store::pages::conformance::{
    history::{Answer, Call},
    servers::Postgres,
};
use aecs_vault::{Cache, Change, Name, Options, Vault, VaultError};
use tokio::{task::JoinSet, time::sleep};

pub(crate) const URL: &str = "AECS_HISTORY_URL";
pub(crate) const NUMBER: &str = "AECS_HISTORY_NODE";
pub(crate) const CLIENTS: u64 = 8;
const RECORDS: u64 = 8;

/// What lines begin with, so that those of the test harness are not taken for ours.
pub(crate) const MARK: &str = "~";

/// The names of the records, without those of their twins.
pub(crate) fn names() -> Vec<String> {
    (0..RECORDS).map(|number| format!("aecs/record{number}")).collect()
}

fn record(name: &str) -> Name {
    Name::new(name).unwrap()
}

fn twin(name: &str) -> Name {
    record(&format!("twins/{name}"))
}

/// The time by the clock that all processes of the machine share, and that nobody sets.
pub(crate) fn now() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(time.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap()
}

fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    // Nobody reads any more: the test has ended.
    if output.write_all(format!("{MARK} {line}\n").as_bytes()).is_err() || output.flush().is_err() {
        std::process::exit(0);
    }
}

async fn open() -> Vault {
    let url = std::env::var(URL).unwrap();
    let mut options = aecs_store::Options::default();
    if !url.starts_with("etcd") {
        options.password = Some(Postgres::PASSWORD.to_owned().into());
    }
    if url.starts_with("s3") {
        options.user = Some("AKTEST".to_owned());
    }
    options.timeout = Duration::from_secs(5);
    loop {
        match aecs_store::open(&url, &options).await {
            Ok(aecs_store::Opened { store, .. }) => {
                let key = RecordKey::from_bytes(&vec![7; 32].into()).unwrap();
                let options = Options::new().cache(Arc::new(Cache::new(1 << 20)));
                match Vault::open(store, key, [7; 32], options).await {
                    Ok(vault) => return vault,
                    Err(VaultError::Store(_)) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
            Err(aecs_store::Error::Unavailable { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Reads everything, compares twins, and then calls until it is killed.
pub(crate) async fn run() {
    let vault = open().await;
    let node: u64 = std::env::var(NUMBER).unwrap().parse().unwrap();
    if node.is_multiple_of(1_000) {
        look(&vault).await;
    }
    say("ready");
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let vault = vault.clone();
        let mut client =
            Client { vault, id: node * 100 + client, random: node * 100 + client + 1, calls: 0 };
        clients.spawn(async move {
            loop {
                client.step().await;
            }
        });
    }
    clients.join_all().await;
}

/// While nobody else calls: the present state, with a name for what is not whole.
async fn look(vault: &Vault) {
    let mut count = 0;
    for name in names() {
        let from = now();
        let (found, twin) =
            (content(vault, &record(&name)).await, content(vault, &twin(&name)).await);
        assert_eq!(found, twin, "{name} is half applied");
        say(&format!("is {name} {} {from} {}", show(found), now()));
        count += u64::from(found.is_some());
    }
    assert_eq!(vault.count("").await.unwrap(), 2 * count, "counts are wrong");
    say("looked");
}

async fn content(vault: &Vault, name: &Name) -> Option<u64> {
    loop {
        match vault.get(name).await {
            Ok(found) => {
                return found.map(|record| {
                    u64::from_be_bytes(record.plain.expose()[..8].try_into().unwrap())
                });
            }
            Err(VaultError::Store(_)) => sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{name}: {error:?}"),
        }
    }
}

struct Client {
    vault: Vault,
    id: u64,
    random: u64,
    calls: u64,
}

impl Client {
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % end
    }

    async fn step(&mut self) {
        sleep(Duration::from_micros(500 + self.below(4_000))).await;
        self.calls += 1;
        let fresh = self.id * 1_000_000 + self.calls;
        let at = usize::try_from(self.below(RECORDS)).unwrap();
        let name = names().swap_remove(at);
        let call = match self.below(8) {
            0 | 1 => Call::Create(fresh),
            2 => Call::Put(fresh),
            3 => Call::Update(fresh),
            4 => Call::Remove,
            _ => Call::Get,
        };
        say(&format!("calls {fresh} {name} {} {}", show_call(call), now()));
        match self.call(&name, call).await {
            Some(answer) => say(&format!("answers {fresh} {} {}", show_answer(answer), now())),
            None => say(&format!("nothing {fresh}")),
        }
    }

    /// Carries out a call; `None` if it had no effect.
    async fn call(&self, name: &str, call: Call) -> Option<Answer> {
        let own = record(name);
        let change = match call {
            Call::Get => {
                return match self.vault.get(&own).await {
                    Ok(found) => Some(Answer::Found(found.map(|record| {
                        u64::from_be_bytes(record.plain.expose()[..8].try_into().unwrap())
                    }))),
                    Err(VaultError::Store(_)) => None,
                    Err(error) => panic!("{name}: {error:?}"),
                };
            }
            Call::Create(new) => {
                Change::new().create(own, plain(new)).create(twin(name), plain(new))
            }
            Call::Put(new) => Change::new().put(own, plain(new)).put(twin(name), plain(new)),
            Call::Update(new) => {
                let epoch = match self.vault.epoch_of(&own).await {
                    Ok(Some(epoch)) => epoch,
                    Ok(None) => return Some(Answer::Refused),
                    Err(_) => return None,
                };
                let change =
                    Change::new().replace(own, epoch, plain(new)).put(twin(name), plain(new));
                return match self.commit(name, change).await {
                    // Somebody else was faster, which says nothing about whether there is a record.
                    Some(Answer::Refused) => None,
                    answer => answer,
                };
            }
            Call::Remove => Change::new().remove(own, None).remove(twin(name), None),
        };
        self.commit(name, change).await
    }

    async fn commit(&self, name: &str, change: Change) -> Option<Answer> {
        match self.vault.commit(change).await {
            Ok(_) => Some(Answer::Done),
            Err(
                VaultError::Exists { .. }
                | VaultError::Missing { .. }
                | VaultError::Conflict { .. },
            ) => Some(Answer::Refused),
            Err(VaultError::Unsettled(_)) => Some(Answer::Unknown),
            Err(VaultError::Store(_)) => None,
            Err(error) => panic!("{name}: {error:?}"),
        }
    }
}

/// A content that says whose it is, inline or in pages of its own.
fn plain(number: u64) -> aecs_crypto::SecretBytes {
    let mut plain = number.to_be_bytes().to_vec();
    plain.resize(8 + usize::try_from(number % 3).unwrap() * 700, 7);
    plain.into()
}

fn show(value: Option<u64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

fn show_call(call: Call) -> String {
    match call {
        Call::Create(_) => "create",
        Call::Put(_) => "put",
        Call::Update(_) => "update",
        Call::Remove => "remove",
        Call::Get => "get",
    }
    .to_owned()
}

fn show_answer(answer: Answer) -> String {
    match answer {
        Answer::Done => "done".to_owned(),
        Answer::Refused => "refused".to_owned(),
        Answer::Found(value) => show(value),
        Answer::Unknown => "unknown".to_owned(),
    }
}
