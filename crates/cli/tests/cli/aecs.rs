//! `aecs`: the tools under one name, key pairs, kubeconfigs for others, and contexts.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{run, run_in, run_with, succeed_in};

#[test]
fn a_subcommand_is_the_tool() {
    for (part, tool) in
        [("admin", "aecsadmin"), ("service", "serviceadmin"), ("attest", "aecs-attest")]
    {
        let (ours, theirs) = (run(&format!("aecs {part} frob")), run(&format!("{tool} frob")));
        assert_eq!(ours.code, 64);
        assert_eq!(ours.code, theirs.code);
        let usage = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with("Usage:")).unwrap();
            line.strip_prefix(&format!("Usage: {name} ")).map(str::to_owned)
        };
        let words = format!("aecs {part}");
        assert_eq!(usage(&ours.stderr, &words), usage(&theirs.stderr, tool), "{}", ours.stderr);
        assert!(usage(&ours.stderr, &words).is_some(), "{}", ours.stderr);
    }
    assert_eq!(run("aecs service-admin list").stderr, run("serviceadmin list").stderr);
    // The spelling of AECS 2.0, too.
    assert_eq!(run("aecs admin --action list").stderr, run("aecsadmin --action list").stderr);
}

#[test]
fn the_help_lists_the_tools_and_a_misspelt_one_is_corrected() {
    let help = run("aecs --help").stdout;
    for part in ["admin", "service", "attest", "sim", "setup", "kubeconfig", "config"] {
        assert!(help.contains(&format!("\n  {part} ")), "{part}: {help}");
    }
    let wrong = run("aecs serv list");
    assert_eq!(wrong.code, 64);
    assert!(wrong.stderr.contains("'service'"), "{}", wrong.stderr);
}

#[test]
fn a_key_pair_is_made_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    for (tool, name, suite) in [
        ("serviceadmin", "shop", "x25519"),
        ("aecs service-admin", "old", "rsa"),
        ("aecsadmin", "alice", "sm2"),
    ] {
        let line = format!("{tool} keygen {{DIR}}/{name} --suite {suite}");
        succeed_in(folder.path(), &line);
        let private = folder.path().join(format!("{name}_private.pem"));
        assert_eq!(private.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let pem = fs::read(&private).unwrap();
        assert!(folder.path().join(format!("{name}_public.pem")).exists());

        let again = run_in(folder.path(), &line);
        assert_eq!(again.code, 73, "{}", again.stderr);
        assert!(again.stderr.contains("exists already"), "{}", again.stderr);
        assert_eq!(fs::read(&private).unwrap(), pem);
    }
    // A public half that is there is as bad, and nothing is left half done.
    fs::write(folder.path().join("bob_public.pem"), "of somebody").unwrap();
    assert_eq!(run_in(folder.path(), "serviceadmin keygen {DIR}/bob").code, 73);
    assert!(!folder.path().join("bob_private.pem").exists());
}

#[test]
fn a_kubeconfig_for_another_service_trusts_the_same_server() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs setup --out {DIR}/etc --simulation-dir {DIR}/cpu --port 1");
    let from = "{DIR}/etc/kubetee/aecs_admin_test.kubeconfig";

    // The client key for TLS is the administrator's own.
    let refused = run_in(root, &format!("aecs kubeconfig create --from {from} --application"));
    assert_eq!(refused.code, 64, "{}", refused.stderr);
    assert!(refused.stderr.contains("which is not copied\n  help: "), "{}", refused.stderr);
    let [owner, application] = ["service_admin", "aecs_client"].map(|name| {
        let file = format!("{{DIR}}/etc/certs/{name}");
        format!("--tls-key {file}.key --tls-cert {file}.crt")
    });

    let line = format!(
        "aecs kubeconfig create --from {from} --service shop {owner} --out {{DIR}}/shop.kubeconfig -o json"
    );
    let made = succeed_in(root, &line).json();
    assert_eq!(made["publicKey"], root.join("shop_public.pem").to_str().unwrap());
    let text = fs::read_to_string(root.join("shop.kubeconfig")).unwrap();
    let source = fs::read_to_string(root.join("etc/kubetee/aecs_admin_test.kubeconfig")).unwrap();
    let value = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.trim().starts_with(&format!("{key}:"))).unwrap();
        line.split_once(':').unwrap().1.trim().trim_matches(['"', '\'']).to_owned()
    };
    for key in ["mrsigner", "prodID", "minIsvSvn", "serverEndpoint", "clientCA"] {
        assert_eq!(value(&text, key), value(&source, key), "{key}");
    }
    assert_ne!(value(&text, "identityKey"), value(&source, "identityKey"));
    assert_ne!(value(&text, "clientKey"), value(&source, "clientKey"));
    assert_eq!(value(&text, "name"), "shop");
    let mode = root.join("shop.kubeconfig").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // It is understood: what is missing is the server, and before that the pin.
    let ran = run_in(root, "serviceadmin --config {DIR}/shop.kubeconfig list");
    assert!(ran.stderr.contains("deployment"), "{}", ran.stderr);

    assert_eq!(run_in(root, &line).code, 73, "a file that is there stays");

    succeed_in(root, "serviceadmin keygen {DIR}/own");
    succeed_in(
        root,
        &format!(
            "aecs kubeconfig create --from {from} --service own {owner} --key {{DIR}}/own_private.pem --out {{DIR}}/own.kubeconfig"
        ),
    );
    succeed_in(
        root,
        &format!(
            "aecs kubeconfig create --from {from} --application {application} --out {{DIR}}/ta.kubeconfig"
        ),
    );
    let text = fs::read_to_string(root.join("ta.kubeconfig")).unwrap();
    assert!(!text.contains("administrator"), "{text}");
    assert_ne!(value(&text, "clientKey"), value(&source, "clientKey"));
    // A further administrator, for whom nobody's kubeconfig is left.
    let made = succeed_in(
        root,
        "aecs kubeconfig create --from {DIR}/ta.kubeconfig --administrator rescue --out {DIR}/rescue.kubeconfig",
    );
    assert!(made.stdout.contains("register it: aecsadmin admin add rescue --pubkey "));
    let rescue = fs::read_to_string(root.join("rescue.kubeconfig")).unwrap();
    assert_eq!(value(&rescue, "name"), "rescue");
    assert_eq!(value(&rescue, "clientKey"), value(&text, "clientKey"));
    // Without TLS, nobody needs the key, and nobody gets it.
    succeed_in(root, "aecs setup --out {DIR}/plain --tls disable --simulation-dir {DIR}/cpu");
    succeed_in(
        root,
        "aecs kubeconfig create --from {DIR}/plain/kubetee/aecs_admin_test.kubeconfig --application --out \
         {DIR}/plain.kubeconfig",
    );
    let text = fs::read_to_string(root.join("plain.kubeconfig")).unwrap();
    assert!(!text.contains("clientKey") && text.contains("serverEndpoint"), "{text}");

    let both =
        run_in(root, &format!("aecs kubeconfig create --from {from} --service s --application"));
    assert_eq!(both.code, 64);
    let public = run_in(
        root,
        &format!(
            "aecs kubeconfig create --from {from} --service s {owner} --key {{DIR}}/own_public.pem"
        ),
    );
    assert_eq!(public.code, 65, "{}", public.stderr);
    assert!(public.stderr.contains("serviceadmin keygen"), "{}", public.stderr);
}

#[test]
fn a_context_names_the_kubeconfig() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let none = run_in(root, "serviceadmin list");
    assert_eq!(none.code, 64);
    assert!(none.stderr.contains("no kubeconfig given"), "{}", none.stderr);
    assert!(none.stderr.contains("aecs config set"), "{}", none.stderr);

    for name in ["one", "two"] {
        fs::write(root.join(format!("{name}.kubeconfig")), "kind: Nothing").unwrap();
        let line = format!("aecs config set {name} --service {{DIR}}/{name}.kubeconfig");
        succeed_in(root, &line);
    }
    let current = |ran: super::Ran| {
        let rows = ran.json();
        let row = rows.as_array().unwrap().iter().find(|row| row["current"] == true).cloned();
        row.map(|row| row["name"].as_str().unwrap().to_owned())
    };
    assert_eq!(current(succeed_in(root, "aecs config list -o json")).as_deref(), Some("one"));
    succeed_in(root, "aecs config use two");
    assert_eq!(current(succeed_in(root, "aecs config list -o json")).as_deref(), Some("two"));

    // The file that the answer is about tells which kubeconfig was used.
    let used = |line: &str| run_in(root, line).stderr;
    let file = |name: &str| format!("{name}.kubeconfig");
    for (line, name) in [
        ("serviceadmin list", "two"),
        ("aecs service list --context one", "one"),
        ("serviceadmin --config {DIR}/one.kubeconfig list", "one"),
    ] {
        assert!(used(line).contains(&file(name)), "{line}: {}", used(line));
    }
    let one = root.join(file("one"));
    let variables = [("HOME", root.to_str().unwrap()), ("AECS_KUBECONFIG", one.to_str().unwrap())];
    let by_variable = run_with(&variables, "serviceadmin list");
    assert!(by_variable.stderr.contains("one.kubeconfig"), "{}", by_variable.stderr);
    let by_context = run_with(&variables, "serviceadmin --context two list");
    assert!(by_context.stderr.contains("two.kubeconfig"), "{}", by_context.stderr);
    let both = run_with(&variables, "serviceadmin --context two --config K list");
    assert_eq!(both.code, 64, "{}", both.stderr);
    assert!(both.stderr.contains("cannot be used with"), "{}", both.stderr);

    let admin = used("aecsadmin list");
    assert!(
        admin.contains("the context two has no kubeconfig of the AECS administrator"),
        "{admin}"
    );
    assert!(admin.contains("aecs config set two --admin KUBECONFIG"), "{admin}");
    let unknown = run_in(root, "aecs config use three");
    assert_eq!(unknown.code, 66);
    assert!(unknown.stderr.contains("there is no context three"), "{}", unknown.stderr);
    assert_eq!(run_in(root, "aecs config set x --service {DIR}/none").code, 66);

    succeed_in(root, "aecs config remove two");
    assert_eq!(current(succeed_in(root, "aecs config list -o json")), None);
    assert!(used("serviceadmin list").contains("no kubeconfig given"));

    fs::write(root.join(".config/aecs/config.yaml"), "contexts: [").unwrap();
    let broken = run_in(root, "serviceadmin list");
    assert_eq!(broken.code, 65);
    assert!(broken.stderr.contains(".config/aecs/config.yaml"), "{}", broken.stderr);
}
