//! What is called: one mode of load is a caller for each connection.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aecs_client::{Change, NewSecret, ServiceClient};
use aecs_crypto::session::ClientEnd;
use aecs_proto::{ErrorCode, aecs_client::AecsClient};
use anyhow::{Result, ensure};
use async_trait::async_trait;
use clap::ValueEnum;
use tokio::sync::{Mutex, RwLock};
use tonic::transport::Channel;

use crate::{
    echo::Answers,
    server::{Home, Running},
    target::{self, Application, Target},
};

/// How many secrets a call in a mode with several has.
const BATCH: usize = 16;

/// A mode of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Mode {
    /// The status from the bare server.
    BareStatus,
    /// The status.
    Status,
    /// A get from the bare server.
    BareGet,
    /// A get by an application whose report was seen before.
    Warm,
    /// A get in a session from the bare server.
    BareSession,
    /// A get in a session.
    Session,
    /// A get by a new application: new key, new quote, full verification.
    Cold,
    /// Gets by many applications in turns, whose reports were all seen before.
    Applications,
    /// The public half of a secret.
    Public,
    /// A durable create of a secret by its owner.
    Create,
    /// A durable create of 16 secrets in one act.
    Batch,
    /// A get of 16 secrets in a session.
    SessionBatch,
    /// A list of 1,000 secrets by their owner.
    List,
    /// Of 100 calls: 68 gets in sessions, 12 gets with evidence, 10 statuses, 5 public gets, 1 list,
    /// and 4 creates or destroys, so that there are not more and more secrets.
    Mixed,
    /// Gets as in `warm`, while 16 other connections list 1,000 secrets all the time.
    BesideLists,
}

impl Mode {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The mode of the bare server with messages of the same sizes.
    pub(crate) fn bare(self) -> Option<Self> {
        match self {
            Self::Status => Some(Self::BareStatus),
            Self::Session => Some(Self::BareSession),
            Self::Warm | Self::Cold | Self::Applications | Self::BesideLists => Some(Self::BareGet),
            _ => None,
        }
    }

    /// With how many connections it is measured if nobody says.
    pub(crate) fn connections(self) -> &'static [usize] {
        match self {
            Self::BareStatus
            | Self::Status
            | Self::BareGet
            | Self::Warm
            | Self::BareSession
            | Self::Session => &[1, 16, 64, 256],
            _ => &[16],
        }
    }
}

/// Makes calls on one connection.
#[async_trait]
pub(crate) trait Caller: Send + Sync {
    /// Makes one call. Each has another number.
    async fn call(&self, number: usize) -> Result<()>;
}

/// Callers for a mode, one for each connection.
pub(crate) struct Load {
    pub(crate) callers: Vec<Arc<dyn Caller>>,
    /// Callers that are not measured.
    pub(crate) background: Vec<Arc<dyn Caller>>,
    /// Calls that come before what is measured.
    pub(crate) warm_up: usize,
    /// The most calls that there can be.
    pub(crate) limit: usize,
}

/// What there is to call.
pub(crate) struct World {
    pub(crate) target: Arc<Target>,
    pub(crate) bare: Running,
    /// How many applications `cold` has, and how many `applications` has.
    pub(crate) counts: [usize; 2],
}

impl World {
    /// Starts the bare server with the answers of the real one.
    pub(crate) async fn new(home: &Home, target: Target, counts: [usize; 2]) -> Result<Self> {
        let mut client = target::connect(&target.running.address).await?;
        let application = target.application()?;
        let get = client.ta_remote_call(target.get(&application)?).await?.into_inner();
        let status = target::status(&mut client).await?;
        let folder = tempfile::tempdir_in(home.path())?;
        let end = target.begin(&mut client, &application).await?;
        let session = client.ta_session_call(Target::get_in(&end)?.0).await?.into_inner();
        Answers { status, get, session }.write(folder.path())?;
        let bare = home.start_echo(folder.path())?;
        Ok(Self { target: Arc::new(target), bare, counts })
    }

    /// Callers for a mode.
    pub(crate) async fn load(&self, mode: Mode, connections: usize) -> Result<Load> {
        let address = &self.target.running.address;
        let mut load = Load {
            callers: Vec::new(),
            background: Vec::new(),
            warm_up: connections,
            limit: usize::MAX,
        };
        let pool = match mode {
            Mode::Cold => self.counts[0],
            Mode::Applications => self.counts[1],
            _ => 0,
        };
        let pool = Arc::new(
            (0..pool).map(|_| self.target.application()).collect::<Result<Vec<Application>>>()?,
        );
        match mode {
            Mode::Cold => load.limit = pool.len(),
            Mode::Applications => load.warm_up = pool.len(),
            _ => {}
        }
        for _ in 0..connections {
            let caller: Arc<dyn Caller> = match mode {
                Mode::BareStatus => Arc::new(Status(target::connect(&self.bare.address).await?)),
                Mode::Status => Arc::new(Status(target::connect(address).await?)),
                Mode::BareGet => Arc::new(self.get(&self.bare.address, true, None).await?),
                Mode::Warm | Mode::BesideLists => Arc::new(self.get(address, false, None).await?),
                Mode::BareSession => Arc::new(self.session(&self.bare.address, true, 1).await?),
                Mode::Session => Arc::new(self.session(address, false, 1).await?),
                Mode::SessionBatch => Arc::new(self.session(address, false, BATCH).await?),
                Mode::Cold | Mode::Applications => {
                    Arc::new(self.get(address, false, Some(pool.clone())).await?)
                }
                Mode::Public => Arc::new(Public(target::connect(address).await?)),
                Mode::Create => Arc::new(Create(self.target.owner(target::WRITTEN).await?, 1)),
                Mode::Batch => Arc::new(Create(self.target.owner(target::WRITTEN).await?, BATCH)),
                Mode::List => Arc::new(List(self.target.owner(target::READ).await?)),
                Mode::Mixed => Arc::new(self.mixed().await?),
            };
            load.callers.push(caller);
        }
        if mode == Mode::BesideLists {
            for _ in 0..16 {
                load.background.push(Arc::new(List(self.target.owner(target::READ).await?)));
            }
        }
        Ok(load)
    }

    async fn get(
        &self,
        address: &str,
        bare: bool,
        pool: Option<Arc<Vec<Application>>>,
    ) -> Result<Get> {
        let applications = match pool {
            Some(pool) => pool,
            None => Arc::new(vec![self.target.application()?]),
        };
        let client = target::connect(address).await?;
        Ok(Get { client, target: self.target.clone(), applications, opened: AtomicBool::new(bare) })
    }

    /// A session of an application of its own; its requests go to `address`.
    async fn session(&self, address: &str, bare: bool, secrets: usize) -> Result<SessionGet> {
        let mut real = target::connect(&self.target.running.address).await?;
        let application = self.target.application()?;
        let end = self.target.begin(&mut real, &application).await?;
        let client = if bare { target::connect(address).await? } else { real };
        Ok(SessionGet {
            client,
            target: self.target.clone(),
            application,
            end: RwLock::new(Arc::new(end)),
            secrets,
            opened: AtomicBool::new(bare),
        })
    }

    async fn mixed(&self) -> Result<Mixed> {
        let address = &self.target.running.address;
        Ok(Mixed {
            session: self.session(address, false, 1).await?,
            get: self.get(address, false, None).await?,
            status: Status(target::connect(address).await?),
            public: Public(target::connect(address).await?),
            change: CreateOrDestroy {
                owner: self.target.owner(target::WRITTEN).await?,
                created: Mutex::default(),
            },
            list: List(self.target.owner(target::READ).await?),
        })
    }
}

struct Status(AecsClient<Channel>);

#[async_trait]
impl Caller for Status {
    async fn call(&self, _: usize) -> Result<()> {
        target::status(&mut self.0.clone()).await.map(drop)
    }
}

struct Public(AecsClient<Channel>);

#[async_trait]
impl Caller for Public {
    async fn call(&self, _: usize) -> Result<()> {
        target::public(&mut self.0.clone()).await
    }
}

struct Get {
    client: AecsClient<Channel>,
    target: Arc<Target>,
    /// They take turns.
    applications: Arc<Vec<Application>>,
    /// Whether an answer was opened.
    opened: AtomicBool,
}

#[async_trait]
impl Caller for Get {
    async fn call(&self, number: usize) -> Result<()> {
        let Some(application) = self.applications.get(number % self.applications.len()) else {
            return Ok(());
        };
        let request = self.target.get(application)?;
        let nonce = request.nonce.clone();
        let answer = self.client.clone().ta_remote_call(request).await?;
        if !self.opened.swap(true, Ordering::Relaxed) {
            self.target.open(application, &nonce, answer.get_ref())?;
        }
        Ok(())
    }
}

struct SessionGet {
    client: AecsClient<Channel>,
    target: Arc<Target>,
    application: Application,
    end: RwLock<Arc<ClientEnd>>,
    /// How many secrets a call gets.
    secrets: usize,
    /// Whether an answer was opened.
    opened: AtomicBool,
}

#[async_trait]
impl Caller for SessionGet {
    async fn call(&self, _: usize) -> Result<()> {
        let end = self.end.read().await.clone();
        let (request, asked) = match self.secrets {
            1 => Target::get_in(&end)?,
            count => Target::get_many_in(&end, count)?,
        };
        let mut client = self.client.clone();
        match client.ta_session_call(request).await {
            Ok(answer) => {
                if !self.opened.swap(true, Ordering::Relaxed) {
                    let answer = end.open(&asked, answer.get_ref())?;
                    ensure!(!answer.secret.is_empty(), "an empty secret");
                }
                Ok(())
            }
            // It lasts ten minutes, and a run may be longer.
            Err(ended) if ended.message().ends_with(&ErrorCode::NoSession.to_string()) => {
                let begun = self.target.begin(&mut client, &self.application).await?;
                *self.end.write().await = Arc::new(begun);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Creates this number of secrets in a call.
struct Create(ServiceClient, usize);

#[async_trait]
impl Caller for Create {
    async fn call(&self, _: usize) -> Result<()> {
        let Self(owner, count) = self;
        let new = |_| -> Result<NewSecret> {
            let name = hex::encode(aecs_crypto::random::<16>()?);
            Ok(target::secret(target::WRITTEN, &name))
        };
        let secrets = (0..*count).map(new).collect::<Result<Vec<_>>>()?;
        match secrets.as_slice() {
            [secret] => owner.create(secret).await?,
            secrets => {
                let changes: Vec<Change> = secrets.iter().map(Change::create).collect();
                owner.change_all(&changes).await.map(drop)?;
            }
        }
        Ok(())
    }
}

struct List(ServiceClient);

#[async_trait]
impl Caller for List {
    async fn call(&self, _: usize) -> Result<()> {
        Ok(self.0.list("").await.map(drop)?)
    }
}

/// Destroys a secret that it has created before, or creates one.
struct CreateOrDestroy {
    owner: ServiceClient,
    created: Mutex<Option<String>>,
}

#[async_trait]
impl Caller for CreateOrDestroy {
    async fn call(&self, _: usize) -> Result<()> {
        let mut created = self.created.lock().await;
        if let Some(name) = created.take() {
            return Ok(self.owner.destroy(&name).await?);
        }
        let name = hex::encode(aecs_crypto::random::<16>()?);
        self.owner.create(&target::secret(target::WRITTEN, &name)).await?;
        *created = Some(name);
        Ok(())
    }
}

struct Mixed {
    session: SessionGet,
    get: Get,
    status: Status,
    public: Public,
    change: CreateOrDestroy,
    list: List,
}

#[async_trait]
impl Caller for Mixed {
    async fn call(&self, number: usize) -> Result<()> {
        match number % 100 {
            0 => self.list.call(number).await,
            1..5 => self.change.call(number).await,
            5..10 => self.public.call(number).await,
            10..20 => self.status.call(number).await,
            20..32 => self.get.call(number).await,
            _ => self.session.call(number).await,
        }
    }
}
