//! The program on engines that several servers share: PostgreSQL, etcd and an object store.

use std::{process::Command, sync::Arc};

use aecs_client::{Error, ErrorCode, NewSecret, TaClient};
use aecs_store::pages::conformance::servers::{Etcd, Moto, Postgres};
use tokio::{runtime::Runtime, task::JoinSet};

use super::{
    durability::{Deployment, SERVICE, password},
    home::Running,
};

/// A deployment with its records at a URL.
pub(super) struct Shared {
    pub(super) deployment: Deployment,
    pub(super) url: String,
    password: Option<&'static str>,
    settings: Vec<String>,
    pub(super) runtime: Runtime,
}

impl Shared {
    pub(super) fn new(url: String, password: Option<&'static str>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let deployment = Deployment::new();
        let mut shared = Self { deployment, url, password, settings: Vec::new(), runtime };
        shared.set("--quotas-secrets-per-service", "20");
        shared
    }

    /// Adds a setting of all servers.
    pub(super) fn set(&mut self, flag: &str, value: &str) {
        self.settings.extend([flag.to_owned(), value.to_owned()]);
    }

    /// Starts the server with this number, which has files of its own.
    pub(super) fn start(&self, number: usize) -> Running {
        self.start_with(number, &self.url, |_| ())
    }

    /// As [`start`](Self::start), with another URL of the records, and what else `set` has for it.
    pub(super) fn start_with(
        &self,
        number: usize,
        url: &str,
        set: impl FnOnce(&mut Command),
    ) -> Running {
        let data = format!("data{number}");
        let simulation = ["--attestation-simulation-dir", "data/simulation"];
        let mut command = self.deployment.home.command();
        command.args(["--store", url, "--data-dir", &data]).args(simulation);
        command.args(&self.settings);
        set(&mut command);
        if url.starts_with("s3:") {
            command.args(["--store-user", "AKTEST"]);
        }
        if let Some(password) = self.password {
            command.env("AECS_STORE_PASSWORD", password);
        }
        let server = self.deployment.home.start_command(&mut command);
        let log = server.log();
        assert!(self.password.is_none_or(|password| !log.contains(password)), "{log}");
        server
    }

    /// Brings a server into service, the first one or another one.
    pub(super) async fn provision(&self, server: &Running) {
        self.deployment.admin(server).await.provision("localtest").await.unwrap();
    }

    /// Brings the first server into service, with the service that has the secrets.
    pub(super) fn found(&self, server: &Running) {
        self.runtime.block_on(async {
            self.provision(server).await;
            let admin = self.deployment.admin(server).await;
            admin.register(SERVICE, self.deployment.owner.public(), None).await.unwrap();
        });
    }

    /// Brings another server into service.
    pub(super) fn join(&self, server: &Running) {
        server.wait_for_log("the store has records of another one");
        self.runtime.block_on(self.provision(server));
    }
}

pub(super) async fn get(ta: &TaClient, name: &str) -> Result<String, Error> {
    Ok(ta.get(SERVICE, name).await?.material().to_text().expose().to_owned())
}

/// The whole way on an engine, and another deployment beside.
fn serves(shared: &Shared, beside: String) {
    let deployment = &shared.deployment;
    let mut server = shared.start(1);
    shared.found(&server);
    shared.runtime.block_on(async {
        deployment.owner(&server).await.create(&password("a")).await.unwrap();
        assert_eq!(get(&shared.deployment.ta(&server).await, "a").await.unwrap(), "data of a");
    });
    assert_eq!(server.stop(), 0);

    // It works again without an administrator.
    let mut server = shared.start(1);
    shared.runtime.block_on(async {
        assert_eq!(get(&shared.deployment.ta(&server).await, "a").await.unwrap(), "data of a");
    });
    assert_eq!(server.stop(), 0);

    // Another deployment has a part of the database for itself.
    let other = Shared::new(beside, shared.password);
    let server = other.start(1);
    other.runtime.block_on(async {
        other.provision(&server).await;
        let services = other.deployment.admin(&server).await.list_services("").await.unwrap();
        assert!(services.is_empty(), "{services:?}");
    });
    drop(server);
    // One that is pointed at the records of another one waits.
    let confused =
        Shared { url: shared.url.clone(), ..Shared::new(String::new(), shared.password) };
    let server = confused.start(1);
    server.wait_for_log("the store has records of another one");
}

#[test]
fn a_server_keeps_its_records_in_postgresql() {
    let Some(postgres) = Postgres::start(&[]) else { return };
    let url = |namespace: &str| format!("{}?namespace={namespace}", postgres.url());
    let shared = Shared::new(url("one"), Some(Postgres::PASSWORD));
    serves(&shared, url("two"));
}

#[test]
fn a_server_keeps_its_records_in_etcd() {
    let Some(etcd) = Etcd::start(1, &[]) else { return };
    let url = |prefix: &str| format!("etcd://{}/{prefix}", etcd.hosts());
    serves(&Shared::new(url("one"), None), url("two"));
}

#[test]
fn a_server_keeps_its_records_in_an_object_store() {
    let Some(moto) = Moto::start() else { return };
    serves(&Shared::new(moto.new_bucket(), Some("hunter2")), moto.new_bucket());
}

#[test]
fn a_start_that_cannot_reach_its_store_says_so() {
    let Some(mut postgres) = Postgres::start(&[]) else { return };
    let shared = Shared::new(postgres.url(), Some(Postgres::PASSWORD));
    let home = &shared.deployment.home;
    let refuses = |password: &str, part: &str| {
        let mut command = home.command();
        command.args(["--store", &shared.url]).env("AECS_STORE_PASSWORD", password);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(69), "{text}");
        assert!(text.contains(part) && text.contains("help: check"), "{text}");
        assert!(!text.contains(password), "{text}");
    };
    refuses("wrong-password-1", "password authentication failed");
    postgres.stop();
    refuses(Postgres::PASSWORD, "connecting to PostgreSQL");
    home.refuses(64, &["--store", "postgres://u:hunter2@h/x"], "a password must not be a part");
}

/// Three servers of one deployment: they see each other's changes at once, and a limit is one for all.
#[test]
fn three_servers_work_as_one() {
    let Some(postgres) = Postgres::start(&[]) else { return };
    let shared = Shared::new(postgres.url(), Some(Postgres::PASSWORD));
    let deployment = &shared.deployment;
    let mut servers: Vec<Running> = vec![shared.start(1)];
    shared.found(&servers[0]);
    for number in 2..=3 {
        let server = shared.start(number);
        shared.join(&server);
        servers.push(server);
    }
    shared.runtime.block_on(async {
        changes_count_everywhere(&shared, &servers).await;
        quotas_are_of_all(&shared, &servers).await;
    });

    // A server that is killed keeps nobody from going on, and comes back by itself.
    drop(servers.remove(0));
    shared.runtime.block_on(async {
        deployment.owner(&servers[0]).await.destroy("q0").await.unwrap();
        deployment.owner(&servers[1]).await.create(&password("after")).await.unwrap();
    });
    servers.push(shared.start(1));
    shared.runtime.block_on(async {
        for server in &servers {
            assert_eq!(
                get(&shared.deployment.ta(server).await, "after").await.unwrap(),
                "data of after"
            );
        }
    });
    for mut server in servers {
        assert_eq!(server.stop(), 0);
        assert!(!server.log().contains("the audit log was changed"), "{}", server.log());
    }
}

async fn changes_count_everywhere(shared: &Shared, servers: &[Running]) {
    let mut owners = Vec::new();
    let mut applications = Vec::new();
    for server in servers {
        owners.push(shared.deployment.owner(server).await);
        applications.push(shared.deployment.ta(server).await);
    }
    for round in 0..6 {
        let (here, there) = (round % 3, (round + 1) % 3);
        owners[here].create(&password("a")).await.unwrap();
        for ta in &applications {
            assert_eq!(get(ta, "a").await.unwrap(), "data of a", "{round}");
        }
        owners[there].destroy("a").await.unwrap();
        for ta in &applications {
            match get(ta, "a").await {
                Err(Error::Refused(refusal)) => {
                    assert_eq!(refusal.code(), Some(ErrorCode::NoSuchName));
                }
                other => panic!("{round}: {other:?}"),
            }
        }
    }
    // One server removes the service: its owner can write at none.
    let (first, last) = (&servers[0], &servers[2]);
    let admin = shared.deployment.admin(last).await;
    admin.unregister(SERVICE).await.unwrap();
    for owner in &owners {
        assert!(owner.create(&password("a")).await.is_err());
    }
    let admin = shared.deployment.admin(first).await;
    admin.register(SERVICE, shared.deployment.owner.public(), None).await.unwrap();
}

async fn quotas_are_of_all(shared: &Shared, servers: &[Running]) {
    let mut creates = JoinSet::new();
    for (at, server) in servers.iter().enumerate() {
        let owner = Arc::new(shared.deployment.owner(server).await);
        for number in 0..15 {
            let (owner, secret): (_, NewSecret) =
                (owner.clone(), password(&format!("q{}", at + 3 * number)));
            creates.spawn(async move { owner.create(&secret).await.is_ok() });
        }
    }
    let made = creates.join_all().await.into_iter().filter(|made| *made).count();
    assert_eq!(made, 20, "quotas.secrets_per_service");
    for server in servers {
        let secrets = shared.deployment.owner(server).await.list("").await.unwrap();
        assert_eq!(secrets.len(), 20);
    }
    // Which of them are there is not said: make sure of one.
    let owner = shared.deployment.owner(&servers[0]).await;
    let names: Vec<String> =
        owner.list("").await.unwrap().into_iter().map(|spec| spec.secret_name).collect();
    if !names.iter().any(|name| name == "q0") {
        owner.destroy(&names[0]).await.unwrap();
        owner.create(&password("q0")).await.unwrap();
    }
}
