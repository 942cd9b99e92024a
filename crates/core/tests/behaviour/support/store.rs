//! A store as its owner sees it: what is in it, what he changes, and one that fails.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use aecs_store::{
    Error, Lost, MemoryStore, Opened,
    export::Key,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag, Turn},
};
use async_trait::async_trait;
use tokio::sync::{Notify, oneshot};

/// The register with the root of the vault.
pub(crate) const ROOT: &str = "register/root";

/// The register with the identity backup of `host1`.
pub(crate) const BACKUP: &str = "register/identity/host1";

/// How much longer a page is than its plain text.
const SEAL: usize = 29;

/// Every page and register, by the names that exports give them.
pub(crate) async fn contents(store: &dyn PageStore) -> Vec<(String, Vec<u8>)> {
    let mut contents = Vec::new();
    let mut last = None;
    loop {
        let ids = store.list(last, 100).await.unwrap();
        let Some(id) = ids.last() else { break };
        last = Some(*id);
        for (id, page) in ids.iter().zip(store.pages(&ids).await.unwrap()) {
            contents.push((Key::Page(*id).to_string(), page.unwrap()));
        }
    }
    for register in store.registers("").await.unwrap() {
        let value = value_of(store, &register).await.unwrap();
        contents.push((Key::Register(register).to_string(), value));
    }
    contents
}

/// A store with these contents.
pub(crate) async fn filled(contents: Vec<(String, Vec<u8>)>) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    for (key, value) in contents {
        put(&*store, &key, value).await;
    }
    store
}

/// What is under a name.
pub(crate) async fn get(store: &dyn PageStore, key: &str) -> Option<Vec<u8>> {
    match Key::parse(key).unwrap() {
        Key::Page(id) => store.page(id).await.unwrap(),
        Key::Register(register) => value_of(store, &register).await,
    }
}

/// Writes under a name, whatever is there.
pub(crate) async fn put(store: &dyn PageStore, key: &str, value: Vec<u8>) {
    match Key::parse(key).unwrap() {
        Key::Page(id) => {
            let other = Register::new("other").unwrap();
            swap(store, &other, Some(&[1; 16]), &[(id, value)]).await;
            swap(store, &other, None, &[]).await;
        }
        Key::Register(register) => {
            if value_of(store, &register).await.as_ref() != Some(&value) {
                // A value with the same tag is no other one to the store.
                swap(store, &register, None, &[]).await;
                swap(store, &register, Some(&value), &[]).await;
            }
        }
    }
}

/// Removes what is under a name.
pub(crate) async fn delete(store: &dyn PageStore, key: &str) {
    match Key::parse(key).unwrap() {
        Key::Page(id) => store.delete(&[id]).await.unwrap(),
        Key::Register(register) => swap(store, &register, None, &[]).await,
    }
}

/// The value of a register with a backup: a tag that nobody had, and the backup.
pub(crate) fn tagged(backup: &[u8]) -> Vec<u8> {
    [&aecs_crypto::random::<16>().unwrap(), backup].concat()
}

async fn value_of(store: &dyn PageStore, register: &Register) -> Option<Vec<u8>> {
    match store.read(register, Tag::NONE).await.unwrap() {
        Read::New(value) => Some(value),
        Read::None | Read::Same => None,
    }
}

async fn swap(
    store: &dyn PageStore,
    register: &Register,
    value: Option<&[u8]>,
    pages: &[(PageId, Vec<u8>)],
) {
    let before = value_of(store, register).await;
    let expected = Tag::of(before.as_deref()).unwrap();
    if value.is_none() && before.is_none() {
        return;
    }
    let commit = Commit { register, expected, value, pages, dead: &[] };
    assert_eq!(store.commit(commit).await.unwrap(), Swap::Done);
}

/// The pages with a content of that many bytes: contents of more than 1,024 bytes have pages of their
/// own.
pub(crate) async fn pages_of_len(store: &dyn PageStore, len: usize) -> Vec<String> {
    let pages = contents(store).await.into_iter();
    pages.filter(|(_, page)| page.len() == len + SEAL).map(|(key, _)| key).collect()
}

/// A store in memory that tells what is done with it, and fails on demand.
pub(crate) struct Watched {
    pub(crate) inner: MemoryStore,
    /// The registers that were swapped.
    swapped: Mutex<Vec<String>>,
    /// The lengths of the contents that were read: of those that no cache keeps.
    read: Mutex<Vec<usize>>,
    held_up: Mutex<VecDeque<HeldUp>>,
    /// How many commits of the root pass, and the one after them, which waits.
    held_commit: Mutex<Option<(usize, HeldUp)>>,
    /// Nothing is written.
    pub(crate) full: AtomicBool,
    /// No record is written, and so no act.
    pub(crate) refuses_root: AtomicBool,
    /// The next commit is not acknowledged.
    pub(crate) silent: AtomicBool,
    /// How many commits are made before nothing is written any more.
    pub(crate) left: AtomicUsize,
    /// Whether nothing is written then because the disk has failed, and not because it is full.
    pub(crate) has_failed: AtomicBool,
    /// Whether several servers use it.
    pub(crate) is_shared: bool,
    /// The pages that the disk does not read.
    pub(crate) unreadable: Mutex<BTreeSet<PageId>>,
}

/// A call that waits.
struct HeldUp {
    here: oneshot::Sender<()>,
    go_on: oneshot::Receiver<()>,
}

/// Contents of more bytes are read from the store each time.
pub(crate) const UNCACHED: usize = 64 << 10;

impl Default for Watched {
    fn default() -> Self {
        Self {
            inner: MemoryStore::new(),
            swapped: Mutex::default(),
            read: Mutex::default(),
            held_up: Mutex::default(),
            held_commit: Mutex::default(),
            full: AtomicBool::new(false),
            refuses_root: AtomicBool::new(false),
            silent: AtomicBool::new(false),
            left: AtomicUsize::new(usize::MAX),
            has_failed: AtomicBool::new(false),
            is_shared: false,
            unreadable: Mutex::default(),
        }
    }
}

impl Watched {
    /// One that several servers use.
    pub(crate) fn shared() -> Self {
        Self { is_shared: true, ..Self::default() }
    }

    /// The registers that were swapped since the last question.
    pub(crate) fn swapped(&self) -> Vec<String> {
        std::mem::take(&mut self.swapped.lock().unwrap())
    }

    /// The lengths of the contents that were read since the last question.
    pub(crate) fn read_lengths(&self) -> Vec<usize> {
        std::mem::take(&mut self.read.lock().unwrap())
    }

    /// Holds up the next read of a content: tells when it comes, and waits for the word.
    pub(crate) fn hold_up(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (here, comes) = oneshot::channel();
        let (word, go_on) = oneshot::channel();
        self.held_up.lock().unwrap().push_back(HeldUp { here, go_on });
        (comes, word)
    }

    /// Holds up a commit of the root after `pass` others.
    pub(crate) fn hold_commit(&self, pass: usize) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (here, comes) = oneshot::channel();
        let (word, go_on) = oneshot::channel();
        *self.held_commit.lock().unwrap() = Some((pass, HeldUp { here, go_on }));
        (comes, word)
    }

    async fn wait_for_the_word(&self) {
        let held = {
            let mut held = self.held_commit.lock().unwrap();
            match held.take() {
                Some((pass, it)) if pass > 0 => {
                    *held = Some((pass - 1, it));
                    None
                }
                held => held,
            }
        };
        if let Some((_, HeldUp { here, go_on })) = held {
            here.send(()).unwrap();
            go_on.await.unwrap();
        }
    }

    async fn tell(&self, page: Option<&Vec<u8>>) {
        let len = page.and_then(|page| page.len().checked_sub(SEAL));
        let Some(len) = len.filter(|len| *len > UNCACHED) else {
            return;
        };
        self.read.lock().unwrap().push(len);
        let held_up = self.held_up.lock().unwrap().pop_front();
        if let Some(HeldUp { here, go_on }) = held_up {
            here.send(()).unwrap();
            go_on.await.unwrap();
        }
    }

    fn readable(&self, ids: &[PageId]) -> Result<(), Error> {
        let unreadable = self.unreadable.lock().unwrap();
        match ids.iter().any(|id| unreadable.contains(id)) {
            false => Ok(()),
            true => Err(Error::Unreadable {
                path: "/store".into(),
                at: 4096,
                len: 4096,
                source: Arc::new(std::io::Error::other("a sector cannot be read")),
            }),
        }
    }

    fn writable(&self) -> Result<(), Error> {
        let is_left = |left: usize| left.checked_sub(1);
        if self.full.load(SeqCst) || self.left.fetch_update(SeqCst, SeqCst, is_left).is_err() {
            if self.has_failed.load(SeqCst) {
                let problem = "it cannot be opened again".to_owned();
                return Err(Error::DiskFailed { path: "/store".into(), problem });
            }
            return Err(Error::NotWritable { reason: "the disk is full".into() });
        }
        Ok(())
    }
}

#[async_trait]
impl PageStore for Watched {
    async fn read(&self, register: &Register, known: Tag) -> Result<Read, Error> {
        self.inner.read(register, known).await
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Swap, Error> {
        self.writable()?;
        if commit.register.as_str() == "root" && self.refuses_root.load(SeqCst) {
            return Err(Error::NotWritable { reason: "the disk is full".into() });
        }
        self.swapped.lock().unwrap().push(commit.register.to_string());
        if commit.register.as_str() == "root" {
            self.wait_for_the_word().await;
        }
        let swap = self.inner.commit(commit).await?;
        match self.silent.swap(false, SeqCst) {
            true => Err(Error::unavailable("no answer")),
            false => Ok(swap),
        }
    }

    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Error> {
        self.readable(&[id])?;
        let page = self.inner.page(id).await?;
        self.tell(page.as_ref()).await;
        Ok(page)
    }

    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.readable(ids)?;
        let pages = self.inner.pages(ids).await?;
        for page in &pages {
            self.tell(page.as_ref()).await;
        }
        Ok(pages)
    }

    async fn delete(&self, ids: &[PageId]) -> Result<(), Error> {
        self.inner.delete(ids).await
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>, Error> {
        self.inner.list(after, limit).await
    }

    async fn registers(&self, prefix: &str) -> Result<Vec<Register>, Error> {
        self.inner.registers(prefix).await
    }

    async fn changed(&self, register: &Register, known: Tag) -> Result<(), Error> {
        self.inner.changed(register, known).await
    }

    async fn turn(&self) -> Result<Option<Turn>, Error> {
        Ok(None)
    }

    fn engine(&self) -> &'static str {
        "watched"
    }

    fn is_shared(&self) -> bool {
        self.is_shared
    }
}

/// The URL of a store that opens when the test says so.
pub(crate) const SLOW: &str = "test:slow";

/// The stores of a host, by their URLs.
#[derive(Default)]
pub(crate) struct Places {
    stores: Mutex<HashMap<String, Arc<dyn PageStore>>>,
    /// Somebody opens the slow one, and may go on.
    pub(crate) comes: Notify,
    pub(crate) go_on: Notify,
    /// How often records have moved.
    pub(crate) moved: AtomicUsize,
}

impl Places {
    /// Has a store at a URL from now on; `None`: none that can be opened.
    pub(crate) fn set(&self, url: &str, store: Option<Arc<dyn PageStore>>) {
        let mut stores = self.stores.lock().unwrap();
        match store {
            Some(store) => drop(stores.insert(url.to_owned(), store)),
            None => drop(stores.remove(url)),
        }
    }
}

#[async_trait]
impl aecs_core::Stores for Places {
    fn origin(&self) -> &str {
        "test:here"
    }

    fn url(&self, name: &str) -> Result<String, String> {
        let is_one = name.starts_with("test:");
        if is_one { Ok(name.to_owned()) } else { Err("it is no URL of a store".to_owned()) }
    }

    async fn open(&self, url: &str) -> Result<Opened, String> {
        if url == SLOW {
            self.comes.notify_one();
            self.go_on.notified().await;
        }
        let store = self.stores.lock().unwrap().get(url).cloned();
        let store = store.ok_or_else(|| format!("there is no store at {url}"))?;
        Ok(Opened { store, is_new: false, lost: Box::pin(std::future::pending()) })
    }

    fn moved(&self, _lost: Lost) {
        self.moved.fetch_add(1, SeqCst);
    }
}
