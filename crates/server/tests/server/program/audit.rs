//! The audit log of a running server, and what becomes of one that is changed while it does not run.

use std::fs;

use aecs_crypto::audit::{Checker, Finding};

use super::durability::Deployment;

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
    server.signal("HUP");
    // A new file, whose chain goes on; the finished one is put back for what follows.
    let finished = deployment.home.path("data/audit.log.000000000001");
    for _ in 0..500 {
        if finished.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(server.stop(), 0);
    fs::rename(&finished, &log).unwrap();

    let mut checker = Checker::new(vec![told.key]);
    let text = fs::read_to_string(&log).unwrap();
    let mut heads = Vec::new();
    for line in text.lines() {
        checker.line(line.as_bytes()).unwrap_or_else(|finding| panic!("{finding}: {line}"));
        heads.push(checker.head());
    }
    assert_eq!(checker.unsigned(), 0, "{text}");
    assert!(heads.contains(&told.head) && told.head.sequence == 4, "{told:?} {text}");

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
    let mut checker = Checker::new(vec![key]);
    for line in text.lines() {
        checker.line(line.as_bytes()).unwrap_or_else(|finding| panic!("{finding}: {line}"));
    }
    assert_eq!((checker.unsigned(), checker.head().sequence), (0, 3), "{text}");

    let kept: Vec<&str> =
        text.lines().take_while(|line| !line.contains("\"sequence\":3")).collect();
    fs::write(&log, kept.join("\n") + "\n").unwrap();
    let mut server = deployment.home.start(&[]);
    assert_eq!(server.stop(), 0);
    let said = server.log();
    assert!(said.contains("the audit log was changed while the server did not run"), "{said}");
    // If no signed head was between the last two entries, the server records that first, as entry 3.
    let missing = said.contains("the vault knows 3 entries, the log ended with entry 2");
    let replaced = said.contains("entry 3 is not the one that the vault knows");
    assert!(missing || replaced, "{said}");
    // That is never intact again, whatever the server signs after it.
    let mut checker = Checker::new(vec![key]);
    let text = fs::read_to_string(&log).unwrap();
    let mut findings = text.lines().filter_map(|line| checker.line(line.as_bytes()).err());
    let kept = |finding| matches!(finding, Finding::Missing { .. } | Finding::Changed { .. });
    assert!(findings.any(kept), "{text}");
}
