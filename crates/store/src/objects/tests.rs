//! The store on a fake in memory, with faults, and on servers: conformance, conditions, TLS.

mod fake;
mod servers;

use http::StatusCode;
use parking_lot::Mutex;

use self::fake::{Fake, Fault as Lost, Server};
use super::*;
use crate::{
    MemoryStore,
    pages::conformance::{self, Place},
};

const URL: &str = "s3://bucket/p?endpoint=http://127.0.0.1:1";

fn options() -> Options {
    Options {
        user: Some("AKTEST".to_owned()),
        password: Some("hunter2".to_owned().into()),
        timeout: Duration::from_secs(2),
        ..Options::default()
    }
}

async fn try_open(fake: &Arc<Fake>, options: &Options) -> Result<BucketStore> {
    BucketStore::open_with(URL, options, fake::client(fake)).await
}

async fn open(fake: &Arc<Fake>) -> BucketStore {
    try_open(fake, &options()).await.unwrap()
}

#[async_trait]
impl Place for Arc<Fake> {
    async fn open(&self) -> Arc<dyn PageStore> {
        Arc::new(open(self).await)
    }

    async fn back_up(&self) {
        Fake::back_up(self);
    }

    async fn restore(&self) {
        Fake::restore(self);
    }
}

fn root() -> Register {
    Register::new("root").unwrap()
}

fn value(number: u128) -> Vec<u8> {
    [&(number + 1).to_be_bytes()[..], &[7; 100]].concat()
}

fn tag(value: &[u8]) -> Tag {
    Tag::of(Some(value)).unwrap()
}

async fn commit(store: &BucketStore, expected: Tag, value: &[u8]) -> Result<Swap> {
    let (register, value) = (&root(), Some(value));
    store.commit(Commit { register, expected, value, pages: &[], dead: &[] }).await
}

async fn present(store: &BucketStore) -> Vec<u8> {
    match store.read(&root(), Tag::NONE).await.unwrap() {
        Read::New(value) => value,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    conformance::run(async || Fake::new(Server::Right)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn agrees_with_memory() {
    for seed in 0..20 {
        let stores = [Arc::new(MemoryStore::new()) as _, Fake::new(Server::Right).open().await];
        conformance::agree(&stores, seed, 150).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_does_not_check_conditions_is_refused() {
    for server in [Server::IgnoresConditions, Server::IgnoresTags, Server::WritesLater] {
        let fake = Fake::new(server);
        let error = try_open(&fake, &options()).await.err();
        let Some(Error::Refused { what }) = &error else { panic!("{server:?}: {error:?}") };
        assert!(what.contains("does not check conditions"), "{what}");
        assert!(fake.names().is_empty(), "{:?}", fake.names());
        let options = Options { single_writer: true, ..options() };
        let store = try_open(&fake, &options).await.unwrap();
        assert!(!store.bucket.conditions.hold);
    }
    let fake = Fake::new(Server::WantsNoQuotes);
    let store = open(&fake).await;
    assert_eq!(store.bucket.conditions, Conditions { hold: true, unquoted: true });
    assert_eq!(commit(&store, Tag::NONE, &value(1)).await.unwrap(), Swap::Done);
    assert_eq!(commit(&store, tag(&value(1)), &value(2)).await.unwrap(), Swap::Done);
    assert_eq!(commit(&store, tag(&value(1)), &value(3)).await.unwrap(), Swap::Lost);
}

/// What became of a write is found out where that is possible, and not guessed where it is not.
#[tokio::test]
async fn a_write_without_an_answer_is_settled() {
    let busy = StatusCode::SERVICE_UNAVAILABLE;
    let broken = StatusCode::INTERNAL_SERVER_ERROR;
    for faults in [
        vec![Lost::LosesAnswer],
        vec![Lost::LosesRequest],
        vec![Lost::LosesRequest, Lost::LosesAnswer],
        vec![Lost::LosesAnswer, Lost::LosesRequest],
        vec![Lost::ComesLate],
        vec![Lost::Answers(busy), Lost::Answers(busy)],
        vec![Lost::Answers(broken), Lost::AnswersAfter(broken)],
        vec![Lost::Answers(StatusCode::CONFLICT)],
        vec![Lost::Answers(StatusCode::PRECONDITION_FAILED)],
    ] {
        let fake = Fake::new(Server::Right);
        let store = open(&fake).await;
        let mut expected = Tag::NONE;
        for number in 1..4 {
            fake.fail(&faults);
            let next = value(number);
            assert_eq!(commit(&store, expected, &next).await.unwrap(), Swap::Done, "{faults:?}");
            assert_eq!(present(&store).await, next, "{faults:?}");
            expected = tag(&next);
        }
    }
}

#[tokio::test]
async fn a_write_that_may_have_happened_is_not_called_lost() {
    let fake = Fake::new(Server::Right);
    let (store, other) = (open(&fake).await, open(&fake).await);
    assert_eq!(commit(&store, Tag::NONE, &value(1)).await.unwrap(), Swap::Done);
    // Somebody else goes on before we ask what became of ours.
    fake.fail(&[Lost::LosesAnswer]);
    let fake_then = Arc::clone(&fake);
    let ours = tokio::spawn(async move { commit(&store, tag(&value(1)), &value(2)).await });
    while fake_then.names().is_empty() || present(&other).await != value(2) {
        tokio::task::yield_now().await;
    }
    assert_eq!(commit(&other, tag(&value(2)), &value(3)).await.unwrap(), Swap::Done);
    let ended = ours.await.unwrap();
    assert!(matches!(ended, Err(Error::Unavailable { .. })), "{ended:?}");
    assert_eq!(present(&other).await, value(3));
}

#[tokio::test]
async fn a_refusal_is_not_repeated_and_shows_no_key() {
    let fake = Fake::new(Server::Right);
    let store = open(&fake).await;
    fake.fail(&[Lost::Answers(StatusCode::FORBIDDEN)]);
    let before = fake.requests.load(std::sync::atomic::Ordering::SeqCst);
    let error = commit(&store, Tag::NONE, &value(1)).await.unwrap_err();
    // A look, and the write.
    assert_eq!(fake.requests.load(std::sync::atomic::Ordering::SeqCst) - before, 2);
    let shown = format!("{error} {error:?}");
    assert!(
        matches!(error, Error::Refused { .. }) && shown.contains("403 Forbidden Tested: no"),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// Without conditions, a write that comes late would bring back an old value: nothing else is written
/// while that can happen.
#[tokio::test]
async fn a_single_writer_waits_for_its_lost_writes() {
    let fake = Fake::new(Server::IgnoresConditions);
    let options = Options { single_writer: true, ..options() };
    let store = try_open(&fake, &options).await.unwrap();
    assert_eq!(commit(&store, Tag::NONE, &value(1)).await.unwrap(), Swap::Done);
    fake.fail(&[Lost::ComesLate]);
    let lost = commit(&store, tag(&value(1)), &value(2)).await;
    assert!(matches!(lost, Err(Error::Unavailable { .. })), "{lost:?}");
    let refused = commit(&store, tag(&value(1)), &value(3)).await;
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    assert_eq!(present(&store).await, value(1));
    // The time is over.
    *store.quiet_until.lock().await = Some(Instant::now());
    assert_eq!(commit(&store, tag(&value(1)), &value(4)).await.unwrap(), Swap::Done);
    assert_eq!(commit(&store, tag(&value(1)), &value(5)).await.unwrap(), Swap::Lost);
}

#[tokio::test]
async fn a_page_is_never_replaced() {
    let fake = Fake::new(Server::Right);
    let store = open(&fake).await;
    let id = PageId::from_bytes([9; 16]);
    let write = async |content: u8| {
        let (register, value) = (&Register::new("other").unwrap(), value(u128::from(content)));
        let pages = &[(id, vec![content; 10])];
        let value = Some(&value[..]);
        store.commit(Commit { register, expected: Tag::NONE, value, pages, dead: &[] }).await
    };
    assert_eq!(write(1).await.unwrap(), Swap::Done);
    assert!(matches!(write(2).await, Err(Error::Corrupt { .. })));
    assert_eq!(store.page(id).await.unwrap(), Some(vec![1; 10]));
}

#[tokio::test]
async fn objects_of_others_are_not_taken_for_ours() {
    let fake = Fake::new(Server::Right);
    let store = open(&fake).await;
    fake.put("p/pages/readme", b"hello");
    assert!(matches!(store.list(None, 10).await, Err(Error::Corrupt { .. })));
    fake.put("p/registers/README", b"hello");
    assert!(matches!(store.registers("").await, Err(Error::Corrupt { .. })));
    fake.put("p/registers/root.value", b"short");
    assert!(matches!(store.read(&root(), Tag::NONE).await, Err(Error::Corrupt { .. })));
}

/// A list goes on after its last name, so another order would leave names out.
#[tokio::test]
async fn a_list_without_order_is_refused() {
    let fake = Fake::new(Server::ListsInAnyOrder);
    let store = open(&fake).await;
    let pages: Vec<_> = (0..3).map(|n| (PageId::from_bytes([n; 16]), vec![n])).collect();
    let (register, value) = (&root(), value(1));
    let (pages, value) = (&pages[..], Some(&value[..]));
    let commit = Commit { register, expected: Tag::NONE, value, pages, dead: &[] };
    assert_eq!(store.commit(commit).await.unwrap(), Swap::Done);
    let listed = store.list(None, 10).await;
    assert!(
        matches!(&listed, Err(Error::Refused { what }) if what.contains("order")),
        "{listed:?}"
    );
}

#[tokio::test]
async fn credentials_come_from_the_options_alone() {
    for (url, part) in
        [("s3://b", "access key"), ("gs://b", "service account"), ("az://c", "storage account")]
    {
        let error = BucketStore::open(url, &Options::default()).await.err();
        let Some(Error::Refused { what }) = &error else { panic!("{url}: {error:?}") };
        assert!(what.contains(part), "{url}: {what}");
    }
    let options = Options { password: Some("hunter2".to_owned().into()), ..Options::default() };
    let error = BucketStore::open("gs://b", &options).await.err().unwrap();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}
