//! A database that refuses, ends, or does not answer.

use std::time::Instant;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::*;
use crate::tls::tests::Ca;

fn root() -> Register {
    Register::new("root").unwrap()
}

fn value(number: u128) -> Vec<u8> {
    [&(number + 1).to_be_bytes()[..], &[7; 100]].concat()
}

async fn commit(store: &PostgresStore, expected: Tag, value: &[u8]) -> Result<Swap> {
    let (register, value) = (&root(), Some(value));
    store.commit(Commit { register, expected, value, pages: &[], dead: &[] }).await
}

fn tag(value: &[u8]) -> Tag {
    Tag::of(Some(value)).unwrap()
}

async fn refusal(url: &str, options: &Options) -> Error {
    match PostgresStore::open(url, options).await {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn refusals_say_why_and_show_no_password() {
    let Some(server) = server() else { return };
    let url = server.lock().url();
    let wrong = Options { password: Some("letmein".to_owned().into()), ..Options::default() };
    let error = refusal(&url, &wrong).await;
    assert!(matches!(&error, Error::Refused { what } if what.contains("password")), "{error:?}");
    let in_url = url.replace("aecs@", "aecs:letmein@");
    let from_url = refusal(&in_url, &Options::default()).await;
    for error in [error, from_url] {
        assert!(!format!("{error} {error:?}").contains("letmein"), "{error:?}");
    }
    let error = refusal(&url.replace("/postgres", "/nothing"), &options()).await;
    assert!(matches!(&error, Error::Refused { what } if what.contains("nothing")), "{error:?}");
}

#[tokio::test]
async fn who_may_not_make_the_tables_is_told_what_to_do() {
    let Some(server) = server() else { return };
    let url = server.lock().url();
    let place = Namespace::new(&server);
    let line = place.store().await.line(&Slot::default()).await.unwrap();
    let make =
        "CREATE ROLE guest LOGIN PASSWORD 'hunter2'; CREATE SCHEMA given AUTHORIZATION guest";
    line.line.client.batch_execute(make).await.unwrap();
    let guest = Options { user: Some("guest".to_owned()), ..options() };
    let error = refusal(&format!("{url}?namespace=taken"), &guest).await;
    assert!(
        matches!(&error, Error::Refused { what } if what.contains("CREATE SCHEMA taken")),
        "{error:?}"
    );
    let given = format!("{url}?namespace=given");
    PostgresStore::open(&given, &guest).await.unwrap();
    PostgresStore::open(&given, &guest).await.unwrap();
    // Tables of something else.
    let foreign = "CREATE SCHEMA other; CREATE TABLE other.registers (x int);
                   CREATE TABLE other.pages (x int)";
    line.line.client.batch_execute(foreign).await.unwrap();
    let error = refusal(&format!("{url}?namespace=other"), &options()).await;
    assert!(error.to_string().contains("another namespace"), "{error:?}");
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable_in_time() {
    let timeout = Duration::from_millis(600);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = listener.local_addr().unwrap().port();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for port in [silent, free] {
        let begin = Instant::now();
        let options = Options { timeout, ..options() };
        let error = refusal(&format!("postgres://aecs@127.0.0.1:{port}/postgres"), &options).await;
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    }
}

/// Increments a counter from several handles while the server crashes: what was answered counts once,
/// and what was not answered at most once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn crashes_take_nothing_back() {
    let Some(server) = server() else { return };
    let place = Namespace::new(&server);
    let (end, ended) = watch::channel(false);
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..4_u128 {
        let store = place.store().await;
        let ended = ended.clone();
        tasks.spawn(async move {
            let (mut done, mut unknown) = (0_u128, 0_u128);
            for attempt in 0.. {
                if *ended.borrow() {
                    break;
                }
                let Ok(found) = store.read(&root(), Tag::NONE).await else { continue };
                let (expected, count) = match found {
                    Read::New(value) => {
                        let count = u128::from_be_bytes(value[16..32].try_into().unwrap());
                        (tag(&value), count)
                    }
                    _ => (Tag::NONE, 0),
                };
                let fresh = (writer << 64) + attempt + 1;
                let next = [fresh.to_be_bytes(), (count + 1).to_be_bytes()].concat();
                match commit(&store, expected, &next).await {
                    Ok(Swap::Done) => done += 1,
                    Ok(Swap::Lost) => {}
                    Err(Error::Unavailable { .. }) => unknown += 1,
                    Err(error) => panic!("{error:?}"),
                }
            }
            (done, unknown)
        });
    }
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let server = Arc::clone(&server);
        let crash = move || {
            let mut server = server.lock();
            server.kill();
            server.start_again();
        };
        tokio::task::spawn_blocking(crash).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    end.send_replace(true);
    let counts = tasks.join_all().await;
    let done: u128 = counts.iter().map(|(done, _)| done).sum();
    let unknown: u128 = counts.iter().map(|(_, unknown)| unknown).sum();
    let store = place.store().await;
    let Read::New(value) = store.read(&root(), Tag::NONE).await.unwrap() else { panic!() };
    let count = u128::from_be_bytes(value[16..32].try_into().unwrap());
    assert!(done > 100, "only {done} commits");
    assert!((done..=done + unknown).contains(&count), "{count}, {done} done, {unknown} unknown");
}

/// What a proxy does with the answers of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Pass,
    Swallow,
    /// Ends the connection instead of passing one answer on, and then passes all on.
    Cut,
}

/// Passes bytes on in both directions, or not.
async fn proxy(server: u16, fate: watch::Sender<Fate>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let fate = fate.clone();
            tokio::spawn(async move {
                let Ok(mut server) = TcpStream::connect(("127.0.0.1", server)).await else {
                    return;
                };
                let (mut from_client, mut to_client) = client.split();
                let (mut from_server, mut to_server) = server.split();
                let forth = tokio::io::copy(&mut from_client, &mut to_server);
                let back = async {
                    let mut bytes = [0; 4096];
                    while let Ok(len @ 1..) = from_server.read(&mut bytes).await {
                        let now = *fate.borrow();
                        match now {
                            Fate::Pass => {
                                if to_client.write_all(&bytes[..len]).await.is_err() {
                                    break;
                                }
                            }
                            Fate::Swallow => {}
                            Fate::Cut => {
                                fate.send_replace(Fate::Pass);
                                break;
                            }
                        }
                    }
                };
                tokio::select! { _ = forth => {}, () = back => {} }
            });
        }
    });
    port
}

/// The commit happens, and its answer is lost: nobody may call it lost, or try it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lost_answer_is_unknown() {
    let Some(server) = server() else { return };
    let (fate, _kept) = watch::channel(Fate::Pass);
    let port = server.lock().port();
    let port = proxy(port, fate.clone()).await;
    let url = format!("postgres://aecs@127.0.0.1:{port}/postgres?namespace=proxied");
    let options = Options { timeout: Duration::from_secs(2), ..options() };
    let store = PostgresStore::open(&url, &options).await.unwrap();
    let values: Vec<_> = (0..6).map(value).collect();
    assert_eq!(commit(&store, Tag::NONE, &values[0]).await.unwrap(), Swap::Done);
    assert!(matches!(store.read(&root(), Tag::NONE).await, Ok(Read::New(_))));
    let mut number = 0;
    for kind in [Fate::Cut, Fate::Swallow] {
        fate.send_replace(kind);
        let begin = Instant::now();
        let answer = commit(&store, tag(&values[number]), &values[number + 1]).await;
        assert!(matches!(answer, Err(Error::Unavailable { .. })), "{kind:?}: {answer:?}");
        if kind == Fate::Swallow {
            let read = store.read(&root(), Tag::NONE).await;
            assert!(matches!(read, Err(Error::Unavailable { .. })), "{read:?}");
            fate.send_replace(Fate::Pass);
        }
        assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
        // The connections that got no answer are not used again.
        let next = &values[number + 1];
        assert_eq!(store.read(&root(), Tag::NONE).await.unwrap(), Read::New(next.clone()));
        let (known, last) = (tag(&values[number]), &values[number + 2]);
        assert_eq!(commit(&store, known, last).await.unwrap(), Swap::Lost);
        assert_eq!(commit(&store, tag(next), last).await.unwrap(), Swap::Done);
        number += 2;
    }
    // A read whose answer is lost is made again.
    fate.send_replace(Fate::Cut);
    assert_eq!(store.read(&root(), tag(&values[number])).await.unwrap(), Read::Same);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_waits_for_a_change_hears_of_one_after_a_crash() {
    let Some(server) = server() else { return };
    let place = Namespace::new(&server);
    let (waiting, changing) = (Arc::new(place.store().await), place.store().await);
    let (first, second) = (value(1), value(2));
    assert_eq!(commit(&changing, Tag::NONE, &first).await.unwrap(), Swap::Done);
    let waiter = tokio::spawn({
        let (waiting, known) = (Arc::clone(&waiting), tag(&first));
        async move { waiting.changed(&root(), known).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    tokio::task::spawn_blocking({
        let server = Arc::clone(&server);
        move || {
            let mut server = server.lock();
            server.kill();
            server.start_again();
        }
    })
    .await
    .unwrap();
    while !matches!(commit(&changing, tag(&first), &second).await, Ok(Swap::Done)) {}
    let told = tokio::time::timeout(Duration::from_secs(30), waiter).await;
    told.expect("it is told").unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_is_trusted_by_our_roots_only() {
    use std::os::unix::fs::{PermissionsExt, chown};

    let Some(server) = server() else { return };
    let place = Namespace::new(&server);
    let with_roots = |pem: String| Options { tls_roots: Some(pem.into_bytes()), ..options() };
    let [right, wrong] = [Ca::new(), Ca::new()];
    let url = format!("{}&sslmode=verify-full", place.url);
    let error = refusal(&url, &with_roots(right.pem())).await;
    assert!(error.to_string().contains("does not support TLS"), "{error:?}");

    let plain = place.store().await.line(&Slot::default()).await.unwrap();
    let (chain, key) = right.issue(&["127.0.0.1".to_owned()]);
    let owner =
        std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(server.lock().data()).unwrap());
    for (name, pem) in [("server.crt", chain), ("server.key", key)] {
        let file = server.lock().data().join(name);
        std::fs::write(&file, pem).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        chown(&file, Some(owner), None).unwrap();
    }
    plain.line.client.batch_execute("ALTER SYSTEM SET ssl = on").await.unwrap();
    plain.line.client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let store = loop {
        // The server reads its settings when it comes to it.
        match PostgresStore::open(&url, &with_roots(right.pem())).await {
            Ok(store) => break store,
            Err(Error::Refused { what }) if what.contains("does not support TLS") => {}
            Err(error) => panic!("{error:?}"),
        }
    };
    let line = store.line(&store.writing).await.unwrap();
    let ssl = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert!(line.line.client.query_one(ssl, &[]).await.unwrap().get::<_, bool>(0));
    assert_eq!(commit(&store, Tag::NONE, &value(1)).await.unwrap(), Swap::Done);

    for (url, options) in [
        (url.clone(), with_roots(wrong.pem())),
        (url.clone(), options()),
        (url.replace("127.0.0.1", "localhost"), with_roots(right.pem())),
    ] {
        let error = refusal(&url, &options).await;
        let shown = error.to_string();
        assert!(shown.contains("PostgreSQL is not trusted"), "{url}: {error:?}");
    }
}
