//! Clients of servers that create, update, destroy and get secrets, and the history of their calls.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use aecs_client::{Error, ErrorCode, NewSecret, NewValue, ServiceClient, Status, TaClient};
use aecs_crypto::SecretString;
use aecs_store::pages::conformance::history::{Answer, Call, Operation, Operations, Value};
use tokio::task::JoinSet;

use super::{
    durability::{Deployment, password},
    engines::get,
    home::Running,
};

/// How long a change may be on its way after its server died, or answered that it does not know: longer than
/// a statement may take in a database.
const GRACE: Duration = Duration::from_secs(30);

/// What clients called, and what they were told.
pub(super) struct Recorder {
    began: Instant,
    calls: Mutex<Operations>,
    /// The errors that do not say what became of a call, and how often each came.
    unclear: Mutex<BTreeMap<String, usize>>,
}

impl Recorder {
    pub(super) fn new() -> Arc<Self> {
        let (calls, unclear) = (Mutex::default(), Mutex::default());
        Arc::new(Self { began: Instant::now(), calls, unclear })
    }

    pub(super) fn unclear(&self) -> BTreeMap<String, usize> {
        self.unclear.lock().unwrap().clone()
    }

    fn unknown(&self, error: &Error) -> Told {
        *self.unclear.lock().unwrap().entry(error.to_string()).or_default() += 1;
        Told::Unknown
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap()
    }

    /// The calls since this was asked the last time. Each has ended, or its client was stopped.
    pub(super) fn take(&self) -> Operations {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

/// What an answer says about a call.
#[derive(Clone, Copy)]
enum Told {
    Answer(Answer),
    /// It had no effect, and says nothing about the secret.
    Nothing,
    Unknown,
}

/// A call that is on its way until this is dropped.
struct Open<'a> {
    recorder: &'a Recorder,
    name: &'a str,
    call: Call,
    from: u64,
    told: Told,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let Self { call, from, told, .. } = *self;
        let (answer, until) = match told {
            Told::Answer(answer) => (answer, self.recorder.now()),
            Told::Nothing => return,
            Told::Unknown if call == Call::Get => return,
            Told::Unknown => {
                let grace = u64::try_from(GRACE.as_nanos()).unwrap();
                (Answer::Unknown, self.recorder.now() + grace)
            }
        };
        let mut calls = self.recorder.calls.lock().unwrap();
        let calls = calls.entry(self.name.to_owned()).or_default();
        calls.push(Operation { call, answer, from, until });
    }
}

/// The owner of the secrets and an application, at one server.
pub(super) struct Clients {
    owner: ServiceClient,
    ta: TaClient,
    recorder: Arc<Recorder>,
    /// How many calls the server has carried out.
    carried_out: AtomicUsize,
}

impl Clients {
    pub(super) async fn connect(
        deployment: &Deployment,
        server: &Running,
        recorder: &Arc<Recorder>,
    ) -> Arc<Self> {
        let (owner, ta) = tokio::join!(deployment.owner(server), deployment.ta(server));
        Arc::new(Self { owner, ta, recorder: recorder.clone(), carried_out: AtomicUsize::new(0) })
    }

    /// What the server says of itself.
    pub(super) async fn status(&self) -> Status {
        self.owner.server().await.unwrap().status().clone()
    }

    pub(super) fn carried_out(&self) -> usize {
        self.carried_out.load(Relaxed)
    }

    /// Makes a call, and records it. Until it is answered, nobody knows what becomes of it.
    async fn call(&self, name: &str, call: Call) -> Told {
        let recorder = &*self.recorder;
        let mut open = Open { recorder, name, call, from: recorder.now(), told: Told::Unknown };
        open.told = self.ask(name, call).await;
        let is_done = matches!(open.told, Told::Answer(Answer::Done | Answer::Found(Some(_))));
        self.carried_out.fetch_add(usize::from(is_done), Relaxed);
        open.told
    }

    async fn ask(&self, name: &str, call: Call) -> Told {
        let done = match call {
            Call::Create(number) => self.owner.create(&numbered(name, number)).await,
            Call::Put(number) | Call::Update(number) => {
                self.owner.put(name, &content(number).into()).await.map(drop)
            }
            Call::Remove => self.owner.destroy(name).await,
            Call::Get => return self.get(name).await,
        };
        match done {
            Ok(()) => Told::Answer(Answer::Done),
            Err(Error::Refused(refusal)) => match refusal.code() {
                Some(ErrorCode::NameExists | ErrorCode::NoSuchName) => {
                    Told::Answer(Answer::Refused)
                }
                Some(ErrorCode::NotCurrent) => Told::Nothing,
                _ => self.recorder.unknown(&Error::Refused(refusal)),
            },
            Err(error) => self.recorder.unknown(&error),
        }
    }

    async fn get(&self, name: &str) -> Told {
        match get(&self.ta, name).await {
            Ok(data) => {
                let number = data.split(' ').next().unwrap().parse().unwrap();
                assert_eq!(data, content(number).expose(), "{name} is half applied");
                Told::Answer(Answer::Found(Some(number)))
            }
            Err(Error::Refused(refusal)) if refusal.code() == Some(ErrorCode::NoSuchName) => {
                Told::Answer(Answer::Found(None))
            }
            Err(error) => self.recorder.unknown(&error),
        }
    }

    /// What each secret holds, as calls of the history.
    pub(super) async fn look(&self) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for name in names() {
            let begin = Instant::now();
            let value = loop {
                if let Told::Answer(Answer::Found(value)) = self.call(&name, Call::Get).await {
                    break value;
                }
                assert!(begin.elapsed() < Duration::from_secs(60), "nobody answers");
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            found.insert(name, value);
        }
        found
    }

    /// Calls until it is stopped.
    async fn run(self: Arc<Self>, id: u64) {
        for number in 1.. {
            let fresh = id * 1_000_000 + number;
            let random = RandomState::new().hash_one(fresh);
            let name = names().nth(usize::try_from(random % SECRETS).unwrap()).unwrap();
            let call = match random / SECRETS % 8 {
                0 | 1 => Call::Create(fresh),
                2 | 3 => Call::Update(fresh),
                4 => Call::Remove,
                _ => Call::Get,
            };
            if let Told::Unknown = self.call(&name, call).await {
                // A server that does not work refuses quickly.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Starts a number of clients; `id` is theirs alone.
    pub(super) fn start(self: &Arc<Self>, count: u64, id: u64) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for number in 0..count {
            tasks.spawn(self.clone().run(id * 100 + number));
        }
        tasks
    }
}

/// Stops clients, whose calls are then open.
pub(super) async fn stop(mut clients: JoinSet<()>) {
    clients.abort_all();
    while let Some(done) = clients.join_next().await {
        if let Err(error) = done
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

/// Fails if some kind of call was never carried out: then a history says nothing of it.
pub(super) fn assert_varied(operations: &Operations) {
    let done =
        |is: fn(&Operation) -> bool| operations.values().flatten().filter(|it| is(it)).count();
    let counts = [
        done(|it| matches!(it, Operation { call: Call::Create(_), answer: Answer::Done, .. })),
        done(|it| matches!(it, Operation { call: Call::Update(_), answer: Answer::Done, .. })),
        done(|it| matches!(it, Operation { call: Call::Remove, answer: Answer::Done, .. })),
        done(|it| matches!(it.answer, Answer::Found(Some(_)))),
        done(|it| it.answer == Answer::Found(None)),
        done(|it| it.answer == Answer::Refused),
    ];
    assert!(counts.iter().all(|count| *count > 4), "{counts:?}");
}

const SECRETS: u64 = 12;

fn names() -> impl Iterator<Item = String> {
    (0..SECRETS).map(|number| format!("secret{number}"))
}

/// Data that says which write it is, in the record itself or in pages of its own.
fn content(number: u64) -> SecretString {
    format!("{number} {}", "x".repeat(usize::try_from(number % 3).unwrap() * 700)).into()
}

fn numbered(name: &str, number: u64) -> NewSecret {
    let mut secret = password(name);
    secret.spec.readonly = "false".to_owned();
    secret.data = Some(NewValue::from(content(number)));
    secret
}
