//! `serviceadmin apply` against a real server: a run that is killed is finished by the next one.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::installation::Installation;
use super::tool;

const SECRETS: usize = 400;

/// Keys that the server makes one after the other: the first run is killed before it has all of them.
const KEYS: usize = 8;

#[test]
fn a_run_that_is_killed_is_finished_by_the_next_one() {
    let Some(installation) = Installation::start_with(None) else { return };
    let mut file = "apiVersion: v2\nkind: SecretPolicy\nsecrets:\n".to_owned();
    for number in 0..SECRETS {
        write!(
            file,
            "- spec:\n    name: secret-{number:04}\n    type: SECRET_TYPE_IMPORT_DATA\n    \
             service: service1\n    policy:\n      enclaveMatchAnyRules:\n      - mrenclave: \
             \"{}\"\n  data: value {number}\n",
            "01".repeat(32)
        )
        .unwrap();
    }
    for number in 0..KEYS {
        write!(
            file,
            "- spec:\n    name: key-{number}\n    type: SECRET_TYPE_RSA_KEY_PAIR\n    \
             service: service1\n    policy:\n      enclaveMatchAnyRules:\n      - mrenclave: \
             \"{}\"\n",
            "01".repeat(32)
        )
        .unwrap();
    }
    fs::write(installation.path("many.yaml"), file).unwrap();
    let arguments = ["apply", "-f", "many.yaml", "-o", "json"];
    let command = || {
        let mut command = Command::new(tool("serviceadmin").get_program());
        command.env_clear().env("HOME", installation.path("")).current_dir(installation.path(""));
        command.args(["--config", "etc/kubetee/service_admin_test.kubeconfig"]);
        command.stderr(Stdio::null());
        command
    };
    let names = || command().args(["list", "-o", "name"]).output().unwrap().stdout;
    let count = || names().iter().filter(|byte| **byte == b'\n').count();

    let mut killed = command().args(arguments).stdout(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while count() == 0 {
        assert!(Instant::now() < end, "nothing is created");
    }
    killed.kill().unwrap();
    killed.wait().unwrap();

    let output = command().args(arguments).output().unwrap();
    assert!(output.status.success());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let outcomes: Vec<&str> = report["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["action"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes.len(), SECRETS + KEYS);
    assert!(outcomes.contains(&"unchanged"), "the first run did nothing");
    assert!(outcomes.contains(&"created"), "the first run did all");
    assert!(outcomes.iter().all(|outcome| ["created", "unchanged"].contains(outcome)));
    assert_eq!(count(), SECRETS + KEYS);

    // What is deleted keeps its place until it is destroyed.
    for line in ["delete --prefix secret-00 --yes", "destroy --prefix secret- --yes"] {
        assert!(command().args(line.split(' ')).output().unwrap().status.success(), "{line}");
    }
    assert_eq!(count(), KEYS);
    let deleted = command().args(["list", "--deleted", "-o", "name"]).output().unwrap().stdout;
    assert_eq!(String::from_utf8(deleted).unwrap(), "");
}
