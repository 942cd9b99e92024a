//! The audit log of a running server, and what becomes of one that is changed while it does not
//! run.

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
};

use aecs_attest::files;
use aecs_crypto::audit::{AuditPublicKey, Entry, Finding, Head, Heads, Log, MAX_LINE, check};
use serde_json::Value;

use super::{
    durability::Deployment,
    home::{Home, Running},
};

/// What an auditor reads who knows the key and the end of the log, and finds.
fn audit(key: AuditPublicKey, known: Head, files: &[&Path]) -> (Log, Vec<Finding>) {
    let mut found = Vec::new();
    let lines = files::lines(files.iter().copied(), MAX_LINE);
    let log = check(lines, Heads::By(&[key]), known, |_, finding| found.push(finding));
    (log.unwrap(), found)
}

/// Has the server finish its file, under this name.
fn rotate(server: &Running, finished: &Path) {
    server.signal("HUP");
    for _ in 0..500 {
        if finished.exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("no new file within ten seconds");
}

/// What a host may put there: nothing of it is read into memory, or waited for.
#[test]
fn a_log_that_no_server_wrote_is_named_at_the_start() {
    let home = Home::new();
    let log = home.path("data/audit.log");
    File::create(&log).unwrap().set_len(1 << 40).unwrap();
    home.refuses(74, &[], "data/audit.log:1: the line has more than 8192 bytes");
    home.refuses(74, &[], "move the file away");
    fs::remove_file(&log).unwrap();
    assert!(Command::new("mkfifo").arg(&log).status().unwrap().success());
    home.refuses(74, &[], "data/audit.log: not a regular file");
    fs::remove_file(&log).unwrap();
    assert_eq!(home.start(&[]).stop(), 0);
}

/// A wrong path must not cost the store, the identity or any other file its content.
#[test]
fn another_file_does_not_become_the_log() {
    let home = Home::new();
    let other = home.path("data/other");
    fs::write(&other, "a file\nof somebody else").unwrap();
    home.refuses(74, &["--audit-file", "data/other"], "no line of it is an entry or a signed head");
    assert_eq!(fs::read_to_string(&other).unwrap(), "a file\nof somebody else");
    for flags in [
        &["--audit-file", "data/../data/aecs.redb"][..],
        &["--audit-file", "log", "--identity-keypair-file", "./log"],
        &["--check-config", "--audit-file", "data/aecs.redb"],
    ] {
        home.refuses(64, flags, "must be two files");
    }
    assert!(!home.path("data/aecs.redb").exists() && !home.path("log").exists());
}

/// Another history, the one entry of which the vault knows the hash in a file of its own, and one
/// more forged entry to go on from; the file is removed after the start.
#[test]
fn h07_a_rewritten_log_does_not_pass_by_the_entry_that_the_vault_knows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let deployment = Deployment::new();
    let path = |name: &str| deployment.home.path(&format!("data/{name}"));
    let (log, finished) = (path("audit.log"), path("audit.log.000000000001"));
    let mut server = deployment.home.start(&[]);
    let key = runtime.block_on(async {
        let admin = deployment.admin(&server).await;
        admin.provision("localtest").await.unwrap();
        admin.register("service1", deployment.owner.public(), None).await.unwrap();
        admin.server().await.unwrap().status().audit.unwrap().key
    });
    assert_eq!(server.stop(), 0);

    let text = fs::read_to_string(&log).unwrap();
    let genuine: Vec<&str> = text.lines().filter(|line| line.contains("\"sequence\"")).collect();
    let (mut head, mut forged) = (Head::default(), Vec::new());
    for line in &genuine {
        let mut entry: Value = serde_json::from_str(&line.replace("service1", "service9")).unwrap();
        let fields = entry.as_object_mut().unwrap();
        fields.retain(|name, _| name != "sequence" && name != "previous");
        forged.push(serde_json::to_string(&Entry::new(head, 0, &entry)).unwrap());
        head = head.after(forged.last().unwrap().as_bytes());
    }
    let more = serde_json::to_string(&Entry::new(head, 0, &serde_json::json!({}))).unwrap();
    fs::write(&finished, forged.join("\n") + "\n").unwrap();
    fs::write(path("audit.log.000000000001-2"), format!("{}\n", genuine.last().unwrap())).unwrap();
    fs::write(&log, more + "\n").unwrap();
    let mut server = deployment.home.start(&[]);
    assert_eq!(server.stop(), 0);
    assert!(
        server.log().contains("the log was rewritten: entry 2 is not the one"),
        "{}",
        server.log()
    );
    fs::remove_file(path("audit.log.000000000001-2")).unwrap();
    let (log, findings) = audit(key, Head::default(), &[&finished, &log]);
    assert!(
        findings.iter().any(|finding| matches!(finding, Finding::Changed { .. })),
        "{findings:?}"
    );
    assert_eq!((log.first, log.unsigned), (Some(1), 0), "by itself it is whole, and signed");
}

#[test]
fn h07_a_log_that_was_cut_is_told_of_at_the_next_start() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let deployment = Deployment::new();
    let log = deployment.home.path("data/audit.log");
    let mut server = deployment.home.start(&[]);
    let told = runtime.block_on(async {
        let admin = deployment.admin(&server).await;
        admin.provision("localtest").await.unwrap();
        for service in ["service1", "service2", "service3"] {
            admin.register(service, deployment.owner.public(), None).await.unwrap();
        }
        // Another connection: the first one has seen the status before.
        deployment.admin(&server).await.server().await.unwrap().status().audit.unwrap()
    });
    // A new file, whose chain goes on; the finished one is put back for what follows.
    let finished = deployment.home.path("data/audit.log.000000000001");
    rotate(&server, &finished);
    assert_eq!(server.stop(), 0);
    fs::rename(&finished, &log).unwrap();

    let text = fs::read_to_string(&log).unwrap();
    let (read, findings) = audit(told.key, told.head, &[&log]);
    assert_eq!((findings, read.unsigned), (vec![], 0), "{text}");
    assert!(read.follows && told.head.sequence == 4, "{told:?} {text}");

    // Everything after the first entry and its signed head is gone: by itself, that is a whole log.
    let kept: Vec<&str> =
        text.lines().take_while(|line| !line.contains("\"sequence\":2")).collect();
    fs::write(&log, kept.join("\n") + "\n").unwrap();
    let mut server = deployment.home.start(&[]);
    runtime.block_on(async {
        deployment.admin(&server).await.provision("localtest").await.unwrap();
    });
    assert_eq!(server.stop(), 0);
    assert!(server.log().contains("the audit log was changed while the server did not run"));
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("\"result\":\"changed\"") && text.contains("cut or replaced"), "{text}");
    let lines =
        text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let changed = lines.into_iter().find(|line| line["result"] == "changed").unwrap();
    assert!(changed["sequence"].as_u64().unwrap() > 3, "no number that the vault knows: {changed}");
}

#[test]
fn h07_the_end_of_a_stopped_server_is_signed_and_known() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let deployment = Deployment::new();
    let log = deployment.home.path("data/audit.log");
    let mut server = deployment.home.start(&[]);
    let key = runtime.block_on(async {
        let admin = deployment.admin(&server).await;
        admin.provision("localtest").await.unwrap();
        admin.register("service1", deployment.owner.public(), None).await.unwrap();
        // An entry that no commit carries.
        admin.register("service1", deployment.owner.public(), None).await.unwrap_err();
        admin.server().await.unwrap().status().audit.unwrap().key
    });
    assert_eq!(server.stop(), 0);

    let text = fs::read_to_string(&log).unwrap();
    let (read, findings) = audit(key, Head::default(), &[&log]);
    assert_eq!((findings, read.unsigned, read.head.sequence), (vec![], 0, 3), "{text}");

    let kept: Vec<&str> =
        text.lines().take_while(|line| !line.contains("\"sequence\":3")).collect();
    fs::write(&log, kept.join("\n") + "\n").unwrap();
    let mut server = deployment.home.start(&[]);
    assert_eq!(server.stop(), 0);
    let said = server.log();
    assert!(said.contains("the audit log was changed while the server did not run"), "{said}");
    // If no signed head was between the last two entries, the server records that first, as entry
    // 3.
    let missing = said.contains("the vault knows 3 entries, the log ended with entry 2");
    let replaced = said.contains("entry 3 is not the one that the vault knows");
    assert!(missing || replaced, "{said}");
    // That is never intact again, whatever the server signs after it.
    let (_, findings) = audit(key, Head::default(), &[&log]);
    let kept = |finding: &Finding| matches!(finding, Finding::Changed { .. });
    assert!(findings.iter().any(kept), "{findings:?}");
}
