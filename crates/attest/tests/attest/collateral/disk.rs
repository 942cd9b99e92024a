//! The client's cache on disk, which may be anybody's.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use aecs_attest::{
    CollateralClient, CollateralClientConfig, CollateralDirectory, CollateralEntry,
    CollateralSource as _,
};

use crate::collateral::server::{Reply, Server};
use crate::collateral::support::{
    Cpu, DAY, FMSPC, answers, bytes, config, config_at, dcap, hsk_cek, hygon, now, unavailable,
    until,
};

fn client(url: &str, dir: &Path) -> CollateralClient {
    let config = CollateralClientConfig { cache_dir: Some(dir.join("cache")), ..config_at(url) };
    CollateralClient::new(config).unwrap()
}

const NOWHERE: &str = "http://127.0.0.1:1";

fn files(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir.join("cache")).unwrap().map(|file| file.unwrap().path()).collect()
}

#[test]
fn a_restart_needs_no_network() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(answers(&Cpu::new().collateral()));
    let first = client(server.url(), dir.path()).get(&dcap(FMSPC), now()).unwrap();
    drop(server);
    let restarted = client(NOWHERE, dir.path());
    assert_eq!(restarted.get(&dcap(FMSPC), now()).unwrap(), first);
    assert_eq!(restarted.generation(), 0);
    let late = now() + 31 * DAY;
    assert!(restarted.get(&dcap(FMSPC), late).is_err(), "what has ended is never given");
    // A cache is a directory of entries like any other.
    let directory = CollateralDirectory::open(dir.path().join("cache")).unwrap();
    assert_eq!(directory.get(&dcap(FMSPC), now()).unwrap(), first);
}

#[test]
fn a_changed_file_is_fetched_anew() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(answers(&Cpu::new().collateral()));
    let first = client(server.url(), dir.path()).get(&dcap(FMSPC), now()).unwrap();
    let [file] = files(dir.path()).try_into().unwrap();
    let genuine = fs::read(&file).unwrap();
    for at in (0..genuine.len()).step_by(genuine.len() / 40) {
        let mut changed = genuine.clone();
        // Another printable character, so that it may still be JSON.
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        fs::write(&file, &changed).unwrap();
        let offline = client(NOWHERE, dir.path());
        match offline.get(&dcap(FMSPC), now()) {
            // White space, and nothing else, may change.
            Ok(content) => assert_eq!(content, first, "byte {at}"),
            Err(_) => assert!(offline.status().disk_error.is_some(), "byte {at}"),
        }
        let asked = server.count();
        let online = client(server.url(), dir.path());
        assert_eq!(online.get(&dcap(FMSPC), now()).unwrap(), first, "byte {at}");
        assert!(server.count() == asked + 4 || fs::read(&file).unwrap() == changed, "byte {at}");
    }
    fs::write(&file, &genuine[..100]).unwrap();
    assert_eq!(client(server.url(), dir.path()).get(&dcap(FMSPC), now()).unwrap(), first);
    assert_eq!(client(NOWHERE, dir.path()).get(&dcap(FMSPC), now()).unwrap(), first, "repaired");
}

#[test]
fn a_forged_file_does_not_stick() {
    let dir = tempfile::tempdir().unwrap();
    // Of another PKI, but whole and with the right digest.
    let forged = bytes(&Cpu::new().collateral());
    let directory = CollateralDirectory::create(dir.path().join("cache")).unwrap();
    directory.write(&CollateralEntry::new(dcap(FMSPC), forged.clone(), now()).unwrap()).unwrap();
    let server = Server::start(answers(&Cpu::new().collateral()));
    let client = client(server.url(), dir.path());
    assert_eq!(*client.get(&dcap(FMSPC), now()).unwrap(), *forged, "signatures are not its job");
    client.refused(&dcap(FMSPC), now());
    until("the genuine one", || *client.get(&dcap(FMSPC), now()).unwrap() != *forged);
    assert_eq!(client.generation(), 1);
}

#[test]
fn a_change_over_a_restart_is_a_change() {
    let dir = tempfile::tempdir().unwrap();
    let cpu = Cpu::new();
    let server = Server::start(answers(&cpu.collateral()));
    client(server.url(), dir.path()).get(&dcap(FMSPC), now()).unwrap();
    cpu.cpu.set_pck_revoked(true).unwrap();
    server.set_all(answers(&cpu.collateral()));
    let restarted = client(server.url(), dir.path());
    let old = restarted.get(&dcap(FMSPC), now() + DAY).unwrap();
    until("the new one", || restarted.get(&dcap(FMSPC), now() + DAY).unwrap() != old);
    assert_eq!(restarted.generation(), 1);
}

#[test]
fn a_disk_that_fails_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start([(String::new(), Reply::ok(hsk_cek(0)))]);
    let client = client(server.url(), dir.path());
    let cache = dir.path().join("cache");
    assert!(!cache.exists(), "made when it is needed");
    fs::write(&cache, "no directory").unwrap();
    assert!(client.get(&hygon("A1"), now()).is_ok());
    assert!(client.status().disk_error.is_some());
    fs::remove_file(&cache).unwrap();
    assert!(client.get(&hygon("A2"), now()).is_ok());
    assert_eq!(client.status().disk_error, None);
    assert_eq!(files(dir.path()).len(), 1);
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn the_disk_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start([(String::new(), Reply::ok(hsk_cek(0)))]);
    let cache_dir = Some(dir.path().join("cache"));
    let config = CollateralClientConfig { cache_dir, disk_entries: 5, ..config(&server) };
    let client = CollateralClient::new(config).unwrap();
    for number in 0..20 {
        client.get(&hygon(&number.to_string()), now()).unwrap();
        assert!(files(dir.path()).len() <= 5);
    }
    let directory = CollateralDirectory::open(dir.path().join("cache")).unwrap();
    assert!(directory.get(&hygon("19"), now()).is_ok());
    assert!(unavailable(directory.get(&hygon("0"), now())).contains("it is not in"));
}

#[test]
fn two_programs_may_share_a_cache() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start([(String::new(), Reply::ok(hsk_cek(0)))]);
    let clients = [client(server.url(), dir.path()), client(server.url(), dir.path())];
    std::thread::scope(|scope| {
        for client in &clients {
            scope.spawn(move || {
                for number in 0..30 {
                    client.get(&hygon(&number.to_string()), now()).unwrap();
                }
            });
        }
    });
    let offline = client(NOWHERE, dir.path());
    (0..30).for_each(|number| assert!(offline.get(&hygon(&number.to_string()), now()).is_ok()));
    assert_eq!(files(dir.path()).len(), 30, "nothing is left over");
    assert!(clients.iter().all(|client| client.status().disk_error.is_none()));
}
