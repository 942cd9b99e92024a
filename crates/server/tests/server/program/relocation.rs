//! The program moves its records to another engine and back, and is killed at once.

use std::time::Duration;

use aecs_client::AdminClient;
use aecs_store::pages::conformance::servers::{Etcd, Postgres};

use super::{
    durability::{SERVICE, password},
    engines::{Shared, get},
    home::Running,
};

async fn admin(shared: &Shared, server: &Running) -> AdminClient {
    shared.deployment.admin(server).await
}

/// Has the records moved; gives why not, if it fails after the beginning.
async fn relocate(shared: &Shared, server: &Running, url: &str) -> String {
    let admin = admin(shared, server).await;
    admin.move_store(url).await.unwrap();
    loop {
        let told = admin.store_status().await.unwrap().relocation.unwrap();
        if told.ended_at_ms != 0 {
            return told.failure;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn assert_has(shared: &Shared, server: &Running, names: &[&str]) {
    let ta = shared.deployment.ta(server).await;
    for name in names {
        assert_eq!(get(&ta, name).await.unwrap(), format!("data of {name}"));
    }
}

/// From a file to a URL, and to another file.
fn moves_to(url: &str, engine: &str, secret: Option<&'static str>) {
    let (first, last) = ("redb:data1/aecs.redb", "redb:data1/other.redb");
    let mut shared = Shared::new(first.to_owned(), secret);
    shared.set("--store-move-to", url);
    let server = shared.start(1);
    shared.runtime.block_on(async {
        shared.provision(&server).await;
        let key = shared.deployment.owner.public();
        admin(&shared, &server).await.register(SERVICE, key, None).await.unwrap();
        let owner = shared.deployment.owner(&server).await;
        owner.create(&password("a")).await.unwrap();
        assert_eq!(relocate(&shared, &server, url).await, "");
        // The server has the former file open until its next start.
        let back = admin(&shared, &server).await.move_store(first).await.err().unwrap();
        assert!(back.to_string().contains("start this server again"), "{back}");
        owner.create(&password("b")).await.unwrap();
        assert_eq!(admin(&shared, &server).await.store_status().await.unwrap().engine, engine);
    });
    drop(server);

    let server = shared.start(1);
    server.wait_for_log("the records have moved to");
    drop(server);
    url.clone_into(&mut shared.url);
    let mut server = shared.start(1);
    shared.runtime.block_on(async {
        assert_has(&shared, &server, &["a", "b"]).await;
        // Back to the former file, and on.
        for url in [first, last] {
            assert_eq!(relocate(&shared, &server, url).await, "", "{url}");
        }
        shared.deployment.owner(&server).await.create(&password("c")).await.unwrap();
    });
    assert_eq!(server.stop(), 0);
    last.clone_into(&mut shared.url);
    let server = shared.start(1);
    shared.runtime.block_on(assert_has(&shared, &server, &["a", "b", "c"]));
}

#[test]
fn records_move_from_a_file_to_postgresql_and_back() {
    let Some(postgres) = Postgres::start(&[]) else { return };
    let url = format!("{}?namespace=moved", postgres.url());
    moves_to(&url, "postgres", Some(Postgres::PASSWORD));
}

#[test]
fn records_move_from_a_file_to_etcd_and_back() {
    let Some(etcd) = Etcd::start(1, &[]) else { return };
    moves_to(&format!("etcd://{}/moved", etcd.hosts()), "etcd", None);
}

#[test]
fn records_move_from_a_file_to_another_one_and_back() {
    moves_to("redb:data1/moved.redb", "redb", None);
}

#[test]
fn records_move_to_the_embedded_file_by_its_name() {
    let mut shared = Shared::new("redb:data1/other.redb".to_owned(), None);
    let mut server = shared.start(1);
    shared.runtime.block_on(async {
        shared.provision(&server).await;
        let key = shared.deployment.owner.public();
        admin(&shared, &server).await.register(SERVICE, key, None).await.unwrap();
        shared.deployment.owner(&server).await.create(&password("a")).await.unwrap();
        assert_eq!(relocate(&shared, &server, "embedded").await, "");
        let status = admin(&shared, &server).await.store_status().await.unwrap();
        let url = status.relocation.unwrap().url;
        assert!(url.starts_with("redb:") && url.ends_with("/aecs.redb"), "{url}");
    });
    assert_eq!(server.stop(), 0);
    "embedded".clone_into(&mut shared.url);
    let server = shared.start(1);
    shared.runtime.block_on(assert_has(&shared, &server, &["a"]));
}

#[test]
fn records_do_not_move_where_they_cannot() {
    let Some(postgres) = Postgres::start(&[]) else { return };
    let url = |namespace: &str| format!("{}?namespace={namespace}", postgres.url());
    let beside = Shared::new(url("taken"), Some(Postgres::PASSWORD));
    let other = beside.start(1);
    beside.runtime.block_on(beside.provision(&other));
    let away = "postgres://aecs@127.0.0.1:9/x?connect_timeout=1";
    does_not_move(url("own"), &url("taken"), &[(&url("taken"), "it has records already")]);
    let own = url("own2");
    does_not_move(
        own.clone(),
        away,
        &[
            (&own, "the records are there already"),
            (away, "connecting to PostgreSQL"),
            (&url("empty"), "setting store.move_to to this URL"),
            ("postgres://u:hunter2@h/x", "a password must not be a part"),
            ("redb:/nowhere/at/all", "/nowhere/at/all"),
            ("memory:", "keeps nothing"),
            ("memory", "keeps nothing"),
            ("mysql://h/x", "it must be one of redb:PATH"),
        ],
    );
}

/// A server in PostgreSQL that may log in to one more store says why its records stay.
fn does_not_move(own: String, allowed: &str, refusals: &[(&str, &str)]) {
    let mut shared = Shared::new(own, Some(Postgres::PASSWORD));
    shared.set("--store-move-to", allowed);
    let server = shared.start(1);
    shared.runtime.block_on(async {
        shared.provision(&server).await;
        let admin = admin(&shared, &server).await;
        for (url, part) in refusals {
            let refused = admin.move_store(url).await.err().unwrap().to_string();
            assert!(refused.contains(part) && !refused.contains("hunter2"), "{url}: {refused}");
        }
        let status = admin.store_status().await.unwrap();
        assert_eq!((status.engine.as_str(), status.relocation), ("postgres", None));
    });
}
