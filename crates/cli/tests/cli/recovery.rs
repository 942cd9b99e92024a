//! What the tools say on the way from the first shares to a recovered deployment. `operations.rs` runs the
//! commands of the runbook.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use aecs_crypto::age::Identity;

use super::installation::Installation;
use super::{run_in, tool};

const CUSTODIANS: [&str; 3] = ["alice", "bob", "carol"];

/// A custodian's command, with the kubeconfig of applications: it has no administrator.
fn custodian(installation: &Installation, line: &str, name: &str, revision: i64) -> super::Ran {
    let config = "--config {DIR}/etc/kubetee/ta_test.kubeconfig --state-dir {DIR}/custodian";
    let share = format!("{{DIR}}/shares/recovery-{revision}-{name}.share");
    let line = format!("aecsadmin {config} {line} {share} --identity {{DIR}}/{name}.txt -o json");
    run_in(&installation.path(""), &line)
}

#[test]
fn a_deployment_comes_back_by_the_commands_of_the_page() {
    let Some(mut installation) = Installation::start() else { return };
    fs::create_dir(installation.path("shares")).unwrap();
    let status = installation.admin("status").stdout;
    assert!(status.contains("no recovery is configured"), "{status}");
    let alerts = installation.admin("recovery status -o json").json()["alerts"].clone();
    assert!(alerts[0].as_str().unwrap().contains("no recovery is configured"), "{alerts}");

    let mut create = "recovery create --threshold 2 --out {DIR}/shares -o json".to_owned();
    for name in CUSTODIANS {
        let identity = Identity::generate().unwrap();
        let line = format!("# {name}\n{}\n", *identity.line().unwrap());
        fs::write(installation.path(&format!("{name}.txt")), line).unwrap();
        create += &format!(" --custodian {name}={}", identity.recipient().unwrap());
    }
    let made = installation.admin(&create);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert_eq!(made.json()[2]["holder"], "carol");
    let again = installation.admin(&create);
    assert_eq!(again.code, 64, "{}", again.stderr);
    assert!(again.stderr.contains("recovery rotate"), "{}", again.stderr);
    let secret = "recovery rotate --threshold 2 --custodian alice=AGE-SECRET-KEY-1QQQ";
    let secret = installation.admin(secret);
    assert_eq!(secret.code, 64, "{}", secret.stderr);
    assert!(secret.stderr.contains("a secret key"), "{}", secret.stderr);
    assert!(!secret.stderr.contains("1QQQ"), "{}", secret.stderr);
    let share = "recovery drill {DIR}/shares/recovery-1-alice.share --identity AGE-SECRET-KEY-1QQQ";
    for line in [share, "recovery drill AGE-SECRET-KEY-1QQQ --identity x"] {
        let told = installation.admin(line).stderr;
        assert!(told.contains("a secret key") && !told.contains("1QQQ"), "{told}");
    }
    let share = fs::read_to_string(installation.path("shares/recovery-1-alice.share")).unwrap();
    assert!(share.contains("\nholder: alice\n") && share.contains("\nneeded: 2\n"), "{share}");

    let first = custodian(&installation, "recovery drill", "alice", 1);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(first.json()["workingSubsets"], 0);
    assert_eq!(custodian(&installation, "recovery drill", "bob", 1).json()["workingSubsets"], 1);
    let status = installation.admin("recovery status -o json").json();
    assert_eq!(status["alerts"].as_array().unwrap().len(), 0, "{status}");

    // Of the same custodians.
    for _ in 0..2 {
        let rotated = installation.admin("recovery rotate --out {DIR}/shares -o json");
        assert_eq!(rotated.code, 0, "{}", rotated.stderr);
    }
    let listed = installation.admin("recovery list -o json").json();
    assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");
    assert_eq!(installation.admin("recovery list -o name").stdout, "3\n2\n1\n");
    let early = custodian(&installation, "recovery submit", "alice", 2);
    assert_ne!(early.code, 0, "the server works");
    assert!(early.stderr.contains("does not wait for recovery shares"), "{}", early.stderr);

    let early = installation.admin("recovery finish");
    assert!(early.stderr.contains("or none was begun"), "{}", early.stderr);
    // Who has no administrator's key sees what a server waits for, and nothing else.
    let of_custodian = "aecsadmin --config {DIR}/etc/kubetee/ta_test.kubeconfig recovery status";
    let early = run_in(&installation.path(""), of_custodian);
    assert!(early.stderr.contains("an administrator is shown who has"), "{}", early.stderr);
    // Only the first shares were proven.
    let unknown = installation.admin("recovery revoke 99 --yes");
    assert!(unknown.stderr.contains("no recovery shares of revision 99"), "{}", unknown.stderr);
    let proven = installation.admin("recovery revoke 1 --yes");
    assert_eq!(proven.code, 64, "{}", proven.stderr);
    assert!(proven.stderr.contains("add --leave-none-proven"), "{}", proven.stderr);
    let asks = installation.admin("recovery revoke 2");
    assert!(asks.stderr.contains("cannot ask \"Revoke them?\""), "{}", asks.stderr);
    assert_eq!(installation.admin("recovery revoke 2 --yes").code, 0, "a proven one is left");
    let rotated = installation.admin("recovery rotate --out {DIR}/shares -o json");
    assert_eq!(rotated.code, 0, "{}", rotated.stderr);

    // If the flag is forgotten, the tools name it, and tell nobody to trust another deployment.
    installation.lose_identity(&[]);
    for line in ["status", "recovery status"] {
        let told = installation.admin(line).stderr;
        assert!(told.contains("(Pending), expected is"), "{line}: {told}");
        assert!(told.contains("`aecs_server --recover`"), "{line}: {told}");
        assert!(!told.contains("pin --replace"), "{line}: {told}");
    }
    let told = installation.run(&["get", "--secret", "db", "--output", "-"]).stderr;
    assert!(told.contains("--recover") && !told.contains("pin --replace"), "{told}");
    installation.lose_identity(&["--recover"]);
    let told = installation.run(&["get", "--secret", "db", "--output", "-"]).stderr;
    assert!(told.contains("is being recovered") && !told.contains("--replace"), "{told}");
    let seen = run_in(&installation.path(""), of_custodian);
    assert!(seen.code == 0 && seen.stdout.contains("waits for"), "{}", seen.stderr);
    let status = installation.admin("recovery status -o json");
    assert_eq!(status.stderr.matches("simulation: reports").count(), 1, "{}", status.stderr);
    let status = status.json();
    assert_eq!(status["status"], "Recovering");
    assert_eq!(status["waitsFor"].as_array().unwrap().len(), 3, "{status}");
    let early = installation.admin("recovery finish");
    assert!(early.stderr.contains("waits for recovery shares"), "{}", early.stderr);

    // One of a set that nobody completes: it was in the machine's memory, too.
    assert_eq!(custodian(&installation, "recovery submit", "bob", 3).json()["received"], 1);
    let first = custodian(&installation, "recovery submit", "carol", 4);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(first.json()["opened"], false);
    // The wrong identity for the share.
    let wrong = run_in(
        &installation.path(""),
        "aecsadmin --config {DIR}/etc/kubetee/ta_test.kubeconfig recovery submit \
         {DIR}/shares/recovery-4-bob.share --identity {DIR}/alice.txt",
    );
    assert!(wrong.stderr.contains("cannot be opened"), "{}", wrong.stderr);
    let encrypted = "-----BEGIN AGE ENCRYPTED FILE-----\n";
    fs::write(installation.path("locked.txt"), encrypted).unwrap();
    let locked = run_in(
        &installation.path(""),
        "aecsadmin --config {DIR}/etc/kubetee/ta_test.kubeconfig recovery submit \
         {DIR}/shares/recovery-4-bob.share --identity {DIR}/locked.txt",
    );
    assert!(locked.stderr.contains("is encrypted itself"), "{}", locked.stderr);
    assert!(locked.stderr.contains("help: decrypt it for this command alone: age -d "));
    assert_eq!(custodian(&installation, "recovery submit", "alice", 4).json()["opened"], true);
    // It has enough, and waits for no more.
    let text = installation.admin("recovery status").stdout;
    assert!(text.contains("needed") && text.contains("recovery finish"), "{text}");
    assert!(!text.contains("waits for"), "{text}");

    let opened = installation.admin("recovery status -o json").json()["opened"].clone();
    let (epoch, chain) = (&opened["epoch"], opened["chain"].as_str().unwrap());
    let other = installation.admin(&format!("recovery finish --at {epoch}:{}", "00".repeat(32)));
    assert!(other.stderr.contains("another state was named"), "{}", other.stderr);
    let asks = installation.admin("recovery finish");
    assert!(asks.stderr.contains("not a terminal"), "{}", asks.stderr);
    let finish = format!("recovery finish --at {epoch}:{chain} --revoke-shares -o json");
    let finished = installation.admin(&finish);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert_eq!(finished.json()["done"], "recovered");
    let again = installation.admin(&finish);
    assert!(again.stderr.contains("the recovery is finished already"), "{}", again.stderr);

    let got = installation.run(&["get", "--secret", "db", "--output", "-"]);
    assert!(got.stdout.contains("hunter2"), "{} {}", got.stdout, got.stderr);
    let left = installation.admin("recovery list -o json").json();
    // Only those that opened it have ended, and not all of which somebody submitted one.
    assert_eq!((left.as_array().unwrap().len(), &left[0]["revision"]), (2, &3.into()), "{left}");
    let revoked = installation.admin("recovery revoke 3 1 --yes --leave-none-proven -o json");
    assert_eq!(revoked.json()["done"], "revoked", "{}", revoked.stderr);
    assert_eq!(installation.admin("status -o json").json()["status"], "Working");
}

#[test]
fn the_tools_say_what_is_next() {
    let Some(mut installation) = Installation::start_with(None) else { return };
    let nobody = installation.admin("recovery create --threshold 2");
    assert_eq!(nobody.code, 64, "{}", nobody.stderr);
    assert!(nobody.stderr.contains("--custodian <NAME=age1…>"), "{}", nobody.stderr);
    let removed = |name: &str| {
        let key = "{DIR}/etc/certs/service_admin_public.pem";
        assert_eq!(installation.admin(&format!("admin add {name} --pubkey {key}")).code, 0);
        installation.admin(&format!("admin remove {name} --yes")).stderr
    };
    assert!(!removed("one").contains("recovery rotate"), "there are no shares");
    let mut create = "recovery create --threshold 2 --out {DIR}/shares".to_owned();
    for name in CUSTODIANS {
        let identity = Identity::generate().unwrap();
        fs::write(installation.path(&format!("{name}.txt")), &*identity.line().unwrap()).unwrap();
        create += &format!(" --custodian {name}={}", identity.recipient().unwrap());
    }
    assert_eq!(installation.admin(&create).code, 0);
    let told = removed("two");
    assert!(told.contains("make new shares (aecsadmin recovery rotate)"), "{told}");
    let only = installation.admin("recovery status").stdout;
    assert!(only.contains("never proven") && !only.contains("recovery revoke"), "{only}");
    let first = custodian(&installation, "recovery drill", "alice", 1).json();
    assert_eq!((&first["revision"], &first["newerRevision"]), (&1.into(), &().into()), "{first}");
    let rotate = "recovery rotate --out {DIR}/shares";
    let told = installation.admin(rotate).stderr;
    assert!(told.contains("(aecsadmin recovery revoke 1)"), "{told}");
    let old = custodian(&installation, "recovery drill", "bob", 1).json();
    assert_eq!(old["newerRevision"], 2, "{old}");
    let told = installation.admin(rotate).stderr;
    assert!(told.contains("(aecsadmin recovery revoke 2)"), "{told}");
    let told = installation.admin("status -o json").json()["recovery"].to_string();
    assert!(
        told.contains("of revision 1, proven") && told.contains("of revision 3 were"),
        "{told}"
    );

    // What is wrong with a custodian's files.
    let config = installation.path("etc/kubetee/ta_test.kubeconfig");
    let text = fs::read_to_string(&config).unwrap();
    let unpinned = text.lines().filter(|line| !line.contains("deploymentId"));
    let unpinned = unpinned.map(|line| format!("{line}\n")).collect::<String>();
    assert_ne!(unpinned, text);
    fs::write(config.with_file_name("unpinned"), unpinned).unwrap();
    let share = installation.path("shares/recovery-1-alice.share");
    let text = fs::read_to_string(&share).unwrap();
    let damaged = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        fs::write(installation.path("damaged"), text.replacen(from, to, 1)).unwrap();
    };
    let submit = |config: &str, share: &str| {
        let line = format!(
            "aecsadmin --config {{DIR}}/etc/kubetee/{config} recovery submit {{DIR}}/{share} --identity \
             {{DIR}}/alice.txt"
        );
        run_in(&installation.path(""), &line).stderr
    };
    let told = submit("unpinned", "shares/recovery-1-alice.share");
    assert!(told.contains("handed out with the share"), "{told}");
    assert!(!told.contains("aecsadmin provision"), "{told}");
    for (from, to, why) in [
        ("holder: alice", "holder: eve", "differ from the label inside"),
        ("-----END", "-----", "its encrypted part is damaged"),
        ("holder: alice\n", "holder: alice\n", ""),
    ] {
        damaged(from, to);
        let told = submit("ta_test.kubeconfig", "damaged");
        assert!(told.contains(why), "{told}");
        assert_eq!(told.contains("another copy"), from != to, "{told}");
        assert!(!told.contains("cannot be used"), "{told}");
    }
    let told = submit("ta_test.kubeconfig", "shares/recovery-1-bob.share");
    assert!(told.contains("for another recipient than this identity's"), "{told}");

    installation.lose_identity(&["--recover"]);
    let told = custodian(&installation, "recovery drill", "alice", 1).stderr;
    assert!(told.contains("recovery submit") && told.contains("--recovering"), "{told}");
    for name in ["alice", "bob"] {
        assert_eq!(custodian(&installation, "recovery submit", name, 1).code, 0);
    }
    let status = installation.admin("recovery status");
    assert!(!status.stdout.contains("can have been proven"), "{}", status.stdout);
    let at = installation.admin("recovery status -o name").stdout;
    let finished = installation.admin(&format!("recovery finish --at {}", at.trim()));
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(finished.stderr.contains("remove --recover from"), "{}", finished.stderr);
}

#[test]
fn the_first_shares_are_made_with_the_provision() {
    let Some(mut installation) = Installation::start_with(None) else { return };
    fs::create_dir(installation.path("plan")).unwrap();
    let lines = ["alice", "bob"].map(|name| {
        let recipient = Identity::generate().unwrap().recipient().unwrap();
        format!("  {name}: {recipient}\n")
    });
    let plan = format!("threshold: 2\ncustodians:\n{}", lines.concat());
    fs::write(installation.path("plan/recovery.yaml"), plan).unwrap();
    let provision = "provision test --recovery {DIR}/plan/recovery.yaml -o json";
    let ran = installation.admin(provision);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["recovery"], "2 of 2 shares of revision 1, never proven");
    assert!(installation.path("plan/recovery-1-bob.share").exists(), "{}", ran.stderr);
    let again = installation.admin(provision);
    assert!(again.stderr.contains("revision 1 already"), "{}", again.stderr);
    assert_eq!(installation.admin("recovery list -o json").json().as_array().unwrap().len(), 1);
    // Nothing is asked of a server that does not work yet while the files are in the way.
    installation.lose_identity(&["--recover"]);
    let refused = installation.admin(provision);
    assert_eq!(refused.code, 73, "{}", refused.stderr);
    assert!(refused.stderr.contains("exists already"), "{}", refused.stderr);
    assert!(refused.stderr.contains("nothing was done"), "{}", refused.stderr);
}

#[test]
fn an_identity_that_opens_in_later_versions_needs_no_preparation() {
    let Some(installation) = Installation::start_with(None) else { return };
    let same = installation.path("etc/kubetee/ta_test.kubeconfig");
    for next in [String::new(), format!(" {}", same.display())] {
        let prepared = installation.admin(&format!("upgrade prepare{next} -o json"));
        assert_eq!(prepared.code, 0, "{}", prepared.stderr);
        let prepared = prepared.json();
        assert_eq!((&prepared["ready"], &prepared["set"]), (&true.into(), &().into()), "{next}");
        assert!(!prepared["next"].to_string().contains("--recover"), "{prepared}");
    }
    // Of another signer: it does not open.
    let text = fs::read_to_string(&same).unwrap();
    let signer = text.lines().find_map(|line| line.trim().strip_prefix("mrsigner: ")).unwrap();
    fs::write(installation.path("etc/kubetee/other"), text.replace(signer, &"CD".repeat(32)))
        .unwrap();
    let other = installation.admin("upgrade prepare {DIR}/etc/kubetee/other");
    assert!(other.stderr.contains("there are no recovery shares"), "{}", other.stderr);
}

/// Stands between the tool and a server, until `holds`: then it keeps what the server answers, and says so.
fn relay(server: String, holds: impl Fn() -> bool + Clone + Send + 'static) -> (u16, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, held) = mpsc::channel();
    thread::spawn(move || {
        for near in listener.incoming().map(Result::unwrap) {
            let far = TcpStream::connect(&server).unwrap();
            let mut up = (near.try_clone().unwrap(), far.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut up.0, &mut up.1));
            let (holds, sender) = (holds.clone(), sender.clone());
            let (mut far, mut near) = (far, near);
            thread::spawn(move || {
                let mut bytes = vec![0; 1 << 16];
                while let Ok(count @ 1..) = far.read(&mut bytes) {
                    if holds() {
                        let _ = sender.send(());
                    } else if near.write_all(&bytes[..count]).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (port, held)
}

/// Whether a process has a file in this folder open, which may have no name yet.
fn writes_to(process: u32, folder: &Path) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|it| it.starts_with(folder)))
}

/// Interrupted while the server makes shares, the tool leaves no file, and names the shares that nobody has.
#[test]
fn an_interrupted_rotation_says_which_shares_nobody_has() {
    let Some(installation) = Installation::start_with(None) else { return };
    let mut create = "recovery create --threshold 2 --out {DIR}/first".to_owned();
    for name in CUSTODIANS {
        let recipient = Identity::generate().unwrap().recipient().unwrap();
        create += &format!(" --custodian {name}={recipient}");
    }
    let made = installation.admin(&create);
    assert_eq!(made.code, 0, "{}", made.stderr);

    let config = installation.path("etc/kubetee/aecs_admin_test.kubeconfig");
    let text = fs::read_to_string(&config).unwrap();
    let server = text.lines().find_map(|line| line.trim().strip_prefix("serverEndpoint: "));
    let server = server.unwrap().trim_matches('"').to_owned();
    let (next, tool_id) = (installation.path("next"), Arc::new(AtomicU32::new(0)));
    let holds = {
        let (next, tool_id) = (next.clone(), tool_id.clone());
        move || writes_to(tool_id.load(SeqCst), &next)
    };
    let (relayed, held) = relay(server.clone(), holds);
    let behind = config.with_file_name("behind.kubeconfig");
    fs::write(&behind, text.replace(&server, &format!("127.0.0.1:{relayed}"))).unwrap();
    let mut command = Command::new(tool("aecsadmin").get_program());
    command.env_clear().env("HOME", installation.path("")).arg("--config").arg(behind);
    command.args(["recovery", "rotate", "--out"]).arg(&next);
    let rotation = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    tool_id.store(rotation.id(), SeqCst);
    held.recv_timeout(Duration::from_secs(60)).unwrap();
    let interrupted = Command::new("kill").arg("-INT").arg(rotation.id().to_string()).status();
    assert!(interrupted.unwrap().success());
    let ended = rotation.wait_with_output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(73), "{told}");
    assert!(told.contains("interrupted before the server answered"), "{told}");
    assert!(told.contains("aecsadmin recovery revoke 2"), "{told}");
    assert_eq!(fs::read_dir(&next).unwrap().count(), 0);
    // The server has made them.
    assert_eq!(installation.admin("recovery list -o name").stdout, "2\n1\n");
    let revoked = installation.admin("recovery revoke 2 --yes --leave-none-proven");
    assert_eq!(revoked.code, 0, "{}", revoked.stderr);
}
