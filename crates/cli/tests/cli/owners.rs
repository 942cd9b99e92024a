//! The tool of a service's owner against a real server, where a careless line would do harm.

use std::fs;

use super::installation::Installation;
use super::{Ran, run_in};

const KEY: &str = r#"
apiVersion: v2
kind: SecretPolicy
secrets:
- spec:
    name: key
    type: SECRET_TYPE_AES256_KEY
    service: service1
    labels: {app: orders}
    use: {operations: [encrypt, mac], exportable: false}
    policy: &admitted
      enclaveMatchAnyRules:
      - mrenclave: "0101010101010101010101010101010101010101010101010101010101010101"
- spec:
    name: data
    type: SECRET_TYPE_IMPORT_DATA
    service: service1
    policy: *admitted
  data: one
"#;

struct Owner(Installation);

impl Owner {
    fn start() -> Option<Self> {
        let owner = Self(Installation::start_with(None)?);
        owner.write("key.yaml", KEY);
        owner.obeyed("apply -f {DIR}/key.yaml");
        Some(owner)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path(name), text).unwrap();
    }

    fn run(&self, line: &str) -> Ran {
        let config = "--config {DIR}/etc/kubetee/service_admin_test.kubeconfig";
        run_in(&self.0.path(""), &format!("serviceadmin {config} {line}"))
    }

    #[track_caller]
    fn obeyed(&self, line: &str) -> Ran {
        self.ended(line, 0, "")
    }

    /// With this exit code, and this in what it says.
    #[track_caller]
    fn ended(&self, line: &str, code: i32, said: &str) -> Ran {
        let ran = self.run(line);
        assert_eq!(ran.code, code, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{line}: {}", ran.stderr);
        ran
    }
}

#[test]
fn what_is_deleted_is_listed_by_type_label_and_rule() {
    let Some(owner) = Owner::start() else { return };
    owner.obeyed("delete key data");
    for (filter, names) in [
        ("", "data\nkey\n"),
        ("--label app", "key\n"),
        ("--label app=orders", "key\n"),
        ("--label app=others", ""),
        ("--type IMPORT_DATA", "data\n"),
        ("--admits 0101", "data\nkey\n"),
        ("--admits 0202", ""),
        ("--label app --type IMPORT_DATA", ""),
    ] {
        let line = format!("list --deleted -o name {filter}");
        assert_eq!(owner.obeyed(line.trim()).stdout, names, "{filter}");
    }
    owner.ended("list --deleted --older-than 1d", 64, "cannot be used with");
}

#[test]
fn a_key_that_stays_in_the_server_leaves_it_only_if_that_is_agreed_to() {
    let Some(owner) = Owner::start() else { return };
    owner.write("out.yaml", &KEY.replace("exportable: false", "exportable: true"));
    let get = || owner.0.run(&["get", "key", "--output", "-"]).code;
    let shown = owner.obeyed("apply -f {DIR}/out.yaml --dry-run").stdout;
    assert!(shown.contains("that needs --allow-export"), "{shown}");
    for line in ["apply -f {DIR}/out.yaml", "create --update {DIR}/out.yaml"] {
        let why = "these secrets cannot leave the server, and with the file they could: key\n";
        owner.ended(line, 64, why);
        // It agrees to deleting.
        if line.starts_with("apply") {
            owner.ended(&format!("{line} --prune --yes"), 64, why);
        }
    }
    assert_eq!(get(), 82);
    owner.obeyed("apply -f {DIR}/out.yaml --allow-export");
    assert_eq!(get(), 0);
    owner.obeyed("apply -f {DIR}/key.yaml");
    assert_eq!(get(), 82);
    owner.obeyed("create --update --allow-export {DIR}/out.yaml");
    assert_eq!(get(), 0);
    // It can leave already.
    owner.obeyed("apply -f {DIR}/out.yaml");
    owner.ended("create --allow-export {DIR}/out.yaml", 64, "--update");
}

#[test]
fn a_list_tells_what_it_does_not_have() {
    let Some(owner) = Owner::start() else { return };
    let id = |digit: &str| digit.repeat(128);
    let [a, b, c] = ["A", "B", "C"].map(id);
    owner.obeyed(&format!("lists put fleet --attribute chipId {a} {b}"));
    let all = || owner.obeyed("lists show fleet").stdout;
    let before = all();
    let ran = owner.ended(&format!("lists remove fleet {c}"), 80, &format!("does not have {c}\n"));
    assert_eq!(ran.stdout, "");
    assert_eq!(all(), before);
    owner.ended("lists remove nothing A", 80, "there is no list nothing");
    // In lower case it is the same value.
    let line = format!("lists remove fleet {} {c}", a.to_lowercase());
    let ran = owner.ended(&line, 80, &format!("does not have {c}\n"));
    assert_eq!(ran.stdout, "list fleet: 0 added, 1 removed, 1 there now\n");
    assert_eq!(all(), format!("{b}\n"));
    let kind = format!("lists put fleet --attribute ppid {}", "A".repeat(32));
    owner.ended(&kind, 76, "the list has values of `chipId`; use another name, or destroy");
    assert_eq!(all(), format!("{b}\n"));
    owner.obeyed(&format!("lists put fleet --attribute chipId {a}"));

    let measurement = "01".repeat(32);
    owner.write(
        "builds.yaml",
        &format!(
            "kind: NamedLists\nlists:\n- name: builds\n  measurements:\n  - name: v1\n    platform: \
             SGX_DCAP\n    mrenclave: \"{measurement}\"\n    validUntil: 2020-01-01T00:00:00Z\n"
        ),
    );
    let ended = "entry `v1` of list `builds` ended at 2020-01-01T00:00:00Z: it admits nobody";
    owner.ended("lists import {DIR}/builds.yaml", 0, ended);
    owner.ended("lists remove builds v1 v2", 80, "list builds does not have v2\n");
    owner.ended("lists remove builds v1", 80, "list builds does not have v1\n");
}

#[test]
fn what_is_careless_is_refused_or_said() {
    let Some(owner) = Owner::start() else { return };
    owner.ended("delete data data", 64, "secret data is named twice");
    owner.obeyed("get data");
    owner.write("dash.yaml", &KEY.replace("name: data", "name: -data"));
    owner.ended("apply -f {DIR}/dash.yaml", 65, "secret `-data`: its name begins with `-`");

    // A file whose date has passed is not an error, and no surprise.
    let lifecycle = |date: &str| {
        KEY.replace("    labels", &format!("    lifecycle: {{expiresAt: {date}}}\n    labels"))
    };
    let soon = in_seconds(3);
    owner.write("ends.yaml", &lifecycle(&soon));
    owner.obeyed("apply -f {DIR}/ends.yaml");
    std::thread::sleep(std::time::Duration::from_secs(4));
    let warned = format!("warning: secret `key`: expiresAt ({soon}) of its lifecycle has passed");
    let ran = owner.ended("apply -f {DIR}/ends.yaml", 0, &warned);
    assert!(ran.stdout.contains("2 unchanged"), "{}", ran.stdout);

    fs::write(owner.0.path("short"), [0xFF; 10]).unwrap();
    let ran = owner.ended("put key --from-file {DIR}/short", 65, "an AES-256 key must be");
    assert!(ran.stderr.contains("help: give 32 bytes, or 64 hexadecimal digits"), "{}", ran.stderr);
}

#[test]
fn a_value_is_put_only_where_it_was_meant_for() {
    let Some(owner) = Owner::start() else { return };
    owner.write("two", "two");
    owner.ended("put data --from-file {DIR}/two --if-version 2", 83, "but the request expects 2");
    let put = "put data --from-file {DIR}/two --if-version 1";
    assert!(owner.obeyed(put).stdout.contains('2'));
    owner.ended(put, 83, "is 2");
    owner.ended("put other --from-file {DIR}/two", 80, "there is no secret other");
    // Created is what has no version.
    owner.ended(
        "put other --from-file {DIR}/two --create {DIR}/key.yaml --if-version 1",
        64,
        "cannot be used with",
    );
}

#[test]
fn h03_an_owner_refuses_an_older_store() {
    let Some(owner) = Owner::start() else { return };
    let get = "--state-dir {DIR}/seen get data";
    owner.obeyed(get);
    owner.obeyed(get);
    owner.0.roll_back("seen");
    let refused = owner.ended(get, 77, "it was rolled back or replaced");
    assert_eq!(refused.stdout, "");
    owner.write("two", "two");
    owner.ended("--state-dir {DIR}/seen put data --from-file {DIR}/two", 77, "it was rolled back");
    assert_eq!(owner.0.run(&["get", "data", "--output", "-"]).stdout, "one", "nothing was sent");
    owner.obeyed(&format!("--insecure-accept-rollback {get}"));
    owner.obeyed(get);
}

/// The time in so many seconds, as files have it.
fn in_seconds(seconds: u64) -> String {
    let at = std::time::SystemTime::now() + std::time::Duration::from_secs(seconds);
    let at = time::OffsetDateTime::from(at).replace_nanosecond(0).unwrap();
    at.format(&time::format_description::well_known::Rfc3339).unwrap()
}

#[test]
fn lengths_and_files_of_an_application_are_checked_before_anything_is_sent() {
    let Some(owner) = Owner::start() else { return };
    let ran = |arguments: &[&str]| owner.0.run(arguments);
    for length in ["0", "4097"] {
        let ran = ran(&["transit", "random", "key", "--length", length]);
        assert_eq!(ran.code, 64, "{}", ran.stderr);
    }
    let [fits, long] = ["fits", "long"].map(|name| owner.0.path(name));
    fs::write(&fits, vec![7; 500_000]).unwrap();
    fs::write(&long, vec![7; 500_001]).unwrap();
    let encrypt = |path: &std::path::Path| {
        ran(&["transit", "encrypt", "key", "--in", path.to_str().unwrap()])
    };
    let encrypted = encrypt(&fits);
    assert_eq!(encrypted.code, 0, "{}", encrypted.stderr);
    let refused = encrypt(&long);
    assert_eq!(refused.code, 65, "{}", refused.stderr);
    assert!(refused.stderr.contains("one operation takes 500 kB at most"), "{}", refused.stderr);

    for twice in [["--env", "--env"], ["--file", "--file"], ["--env", "--file"]] {
        let [first, second] = twice;
        let refused = ran(&["exec", first, "A=data", second, "A=key", "--", "/bin/true"]);
        assert_eq!(refused.code, 64, "{}", refused.stderr);
        assert!(refused.stderr.contains("the variable A is given twice"), "{}", refused.stderr);
    }
    let template = owner.0.path("template");
    let text = "{{ secret \"data\" }}\n";
    fs::write(&template, text).unwrap();
    let path = template.to_str().unwrap();
    let refused = ran(&["template", path, "--output", path]);
    assert_eq!(refused.code, 64, "{}", refused.stderr);
    assert!(refused.stderr.contains("is the template itself"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&template).unwrap(), text);
}
