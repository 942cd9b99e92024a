//! The tool of an application against a real server: what it prints, runs and writes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};

use super::installation::Installation;
use super::run_in;

/// The next line that a program prints.
fn line(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn kill(child: &Child, signal: &str) {
    let status = Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap();
    assert!(status.success());
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn h03_an_application_with_a_memory_refuses_an_older_store() {
    let Some(installation) = Installation::start() else { return };
    let state = installation.path("seen");
    let get = |arguments: &[&str]| {
        installation.run(&[&["get", "db", "--output", "-"], arguments].concat())
    };
    let with_memory = || get(&["--state-dir", state.to_str().unwrap()]);
    assert_eq!(with_memory().code, 0);
    assert_eq!(with_memory().code, 0);
    assert_eq!(mode(&state.join("servers")), 0o600);
    installation.roll_back("seen");
    let refused = with_memory();
    assert_eq!((refused.code, refused.stdout.as_str()), (77, ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("it was rolled back or replaced"), "{}", refused.stderr);
    assert_eq!(get(&[]).code, 0, "without a memory nothing is noticed");
    let accept = ["--state-dir", state.to_str().unwrap(), "--insecure-accept-rollback"];
    assert_eq!(get(&accept).code, 0);
    assert_eq!(with_memory().code, 0);
}

#[test]
fn an_application_sees_takes_and_fills_in_what_it_can_get() {
    let Some(installation) = Installation::start() else { return };
    let listed = installation.run(&["list", "-o", "json"]).json();
    let names: Vec<&str> =
        listed.as_array().unwrap().iter().map(|it| it["secret"].as_str().unwrap()).collect();
    assert_eq!(names, ["db", "tls"]);
    assert_eq!(listed[0]["type"], "SECRET_TYPE_IMPORT_DATA");
    assert_eq!(listed[0]["version"], 1);
    assert_eq!(installation.run(&["list", "-o", "name"]).stdout, "db\ntls\n");
    assert_eq!(installation.admin("list -o name").stdout, "service1\n");
    assert_eq!(installation.run_as(3, &["list"]).stdout, "(none)\n");
    assert!(installation.run(&["list", "t"]).stdout.contains("tls"));

    let get = |arguments: &[&str]| installation.run(&[&["get"], arguments].concat());
    assert_eq!(get(&["db", "--output", "-", "--field", "password"]).stdout, "hunter2");
    let key = get(&["tls", "--output", "/dev/stdout", "--field", "private-key"]).stdout;
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"), "{key}");
    let refused = get(&["db", "--output", "-", "--field", "no"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (65, ""));
    assert_eq!(
        refused.stderr.lines().filter(|line| !line.starts_with("warning")).collect::<Vec<_>>(),
        ["error: secret db has no field `no`", "  help: it has: password, user"]
    );

    let (template, out) = (installation.path("app.in"), installation.path("app.conf"));
    let paths = [template.to_str().unwrap(), "--output", out.to_str().unwrap()];
    fs::write(
        &template,
        "{{ secret \"db\" \"user\" }}:{{ secret \"service1/db\" \"password\" }}\n",
    )
    .unwrap();
    assert_eq!(installation.run(&[&["template"], &paths[..]].concat()).code, 0);
    assert_eq!((fs::read_to_string(&out).unwrap().as_str(), mode(&out)), ("app:hunter2\n", 0o600));
    // What cannot be filled in writes nothing.
    fs::write(&template, "{{ secret \"of-others\" }}").unwrap();
    let refused = installation.run(&[&["template"], &paths[..]].concat());
    assert_eq!(refused.code, 82);
    assert!(refused.stderr.contains("error: secret service1/of-others: "), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&out).unwrap(), "app:hunter2\n");
    // The policy that the application expects, in the words of its file.
    let policy = |digits: &str| {
        let text = format!(
            "apiVersion: v2\nkind: SecretPolicy\nsecrets:\n- spec:\n    name: db\n    type: \
             SECRET_TYPE_IMPORT_DATA\n    service: service1\n    policy:\n      \
             enclaveMatchAnyRules:\n      - mrenclave: \"{}\"\n",
            digits.repeat(32)
        );
        let path = installation.path("expected.yaml");
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    assert_eq!(get(&["db", "--output", "-", "--policy", &policy("01")]).code, 0);
    let file = policy("05");
    let refused = get(&["db", "--output", "-", "--policy", &file]);
    assert_eq!((refused.code, refused.stdout.as_str()), (77, ""));
    let start =
        format!("error: the policy of secret `db` admits others than {file}: measurement: ");
    assert!(refused.stderr.contains(&start), "{}", refused.stderr);
    assert!(!refused.stderr.contains("main_attributes"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("verifyPolicy"), "{}", refused.stderr);
    // Without its service, a secret would be one of the application's own.
    let refused = get(&["db", "--output", "-", "--service", ""]);
    assert_eq!((refused.code, refused.stdout.as_str()), (82, ""));
    assert!(refused.stderr.contains("help: no service was named"), "{}", refused.stderr);

    assert_eq!(installation.run(&["wait", "db", "service1/tls", "--for", "20"]).stdout, "ready\n");
    let waited = installation.run(&["wait", "of-others", "--for", "1"]);
    assert_eq!((waited.code, waited.stdout.as_str()), (82, ""));
}

const KEYS: &str = r#"
apiVersion: v2
kind: SecretPolicy
secrets:
- spec:
    name: cards
    type: SECRET_TYPE_AES256_KEY
    service: service1
    use: {operations: [encrypt, decrypt, rewrap, mac, verify-mac, data-key, unwrap], admin: [rewrap]}
    policy: &admitted
      enclaveMatchAnyRules:
      - mrenclave: "0101010101010101010101010101010101010101010101010101010101010101"
      - mrenclave: "0202020202020202020202020202020202020202020202020202020202020202"
        operations: [encrypt]
- spec:
    name: signer
    type: SECRET_TYPE_ED25519_KEY_PAIR
    service: service1
    share: public
    use: {operations: [sign, verify]}
    policy:
      enclaveMatchAnyRules:
      - mrenclave: "0101010101010101010101010101010101010101010101010101010101010101"
"#;

#[test]
fn keys_are_used_in_place() {
    let Some(installation) = Installation::start() else { return };
    fs::write(installation.path("keys.yaml"), KEYS).unwrap();
    installation.owner("apply -f {DIR}/keys.yaml");
    let transit = |measurement: u8, arguments: &[&str], input: &str| {
        let mut command = installation.application(measurement, &["transit"]);
        let output = command.args(arguments).write_stdin(input).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let bound = ["--associated-data", "customer-7"];
    let (code, sealed, stderr) =
        transit(2, &[&["encrypt", "cards"], &bound[..]].concat(), "4111 1111");
    assert_eq!(code, 0, "{stderr}");
    assert!(sealed.starts_with("aecs:v1:1:"), "{sealed}");
    let decrypt = [&["decrypt", "service1/cards"], &bound[..]].concat();
    assert_eq!(transit(1, &decrypt, &sealed).1, "4111 1111");
    let (code, stdout, stderr) = transit(2, &decrypt, &sealed);
    assert_eq!((code, stdout.as_str()), (82, ""));
    assert!(stderr.contains("does not allow decrypt (0xA44B0000)"), "{stderr}");
    let (code, stdout, stderr) = transit(1, &["decrypt", "cards"], &sealed);
    assert_eq!((code, stdout.as_str()), (76, ""), "{stderr}");
    assert!(stderr.contains("decryption failed (0xA44C0000)"), "{stderr}");
    assert!(stderr.contains("give the same --associated-data"), "{stderr}");

    let (_, signature, _) = transit(1, &["sign", "signer"], "contract");
    let verify = ["verify", "signer", "--signature", signature.trim()];
    assert_eq!(transit(1, &verify, "contract").1, "the signature is right\n");
    assert_eq!(transit(1, &verify, "contracts").0, 65);
    let get = installation.run(&["get", "signer", "--output", "-"]);
    assert_eq!(get.code, 82, "{}", get.stderr);
    assert!(get.stderr.contains("0xA4460000"), "{}", get.stderr);

    let (key, wrapped) = (installation.path("key"), installation.path("wrapped"));
    let [out, kept] = [&key, &wrapped].map(|path| path.to_str().unwrap().to_owned());
    let made = transit(1, &["data-key", "cards", "--out", &out, "--wrapped", &kept], "");
    assert_eq!(made.0, 0, "{}", made.2);
    assert_eq!((fs::read(&key).unwrap().len(), mode(&key)), (32, 0o600));
    let again = installation.path("again");
    let unwrap = ["unwrap", "cards", "--in", &kept, "--out", again.to_str().unwrap()];
    assert_eq!(transit(1, &unwrap, "").0, 0);
    assert_eq!(fs::read(&again).unwrap(), fs::read(&key).unwrap());

    // The owner moves what is stored to a new version, and sees none of it.
    fs::write(installation.path("stored"), format!("{sealed}{sealed}")).unwrap();
    installation.owner("rotate cards");
    installation.owner(
        "transit rewrap cards --in {DIR}/stored --out {DIR}/moved --associated-data customer-7",
    );
    let moved = fs::read_to_string(installation.path("moved")).unwrap();
    assert_eq!(moved.lines().count(), 2);
    assert!(moved.lines().all(|line| line.starts_with("aecs:v1:2:")), "{moved}");
    assert_eq!(transit(1, &decrypt, moved.lines().next().unwrap()).1, "4111 1111");
}

#[test]
fn a_program_gets_secrets_and_its_exit_code_is_passed_on() {
    let Some(installation) = Installation::start() else { return };
    let exec = |options: &[&str], script: &str| {
        installation.run(&[&["exec"], options, &["--", "/bin/sh", "-c", script]].concat())
    };
    let ran = exec(
        &["--env", "PASSWORD=db:password", "--file", "KEY=tls:private-key"],
        "echo $PASSWORD $(stat -c %a $KEY) $(head -n 1 $KEY); echo $KEY; exit 7",
    );
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    let (first, path) = ran.stdout.split_once('\n').unwrap();
    assert_eq!(first, "hunter2 600 -----BEGIN PRIVATE KEY-----");
    let folder = Path::new(path.trim()).parent().unwrap();
    assert!(folder.is_absolute() && !folder.exists(), "{} is left", folder.display());

    assert_eq!(exec(&[], "kill -KILL $$").code, 137);
    assert_eq!(installation.run(&["exec", "--", "/no/such/program"]).code, 127);
    assert_eq!(installation.run(&["exec", "--", "/etc/passwd"]).code, 126);
    let refused = exec(&["--env", "A=of-others"], "echo started");
    assert_eq!((refused.code, refused.stdout.as_str()), (82, ""));
    assert_eq!(exec(&["--env", "A=db", "--on-change", "SIGHUP"], "echo started").code, 64);
}

#[test]
fn signals_are_passed_on_and_changes_are_told() {
    let Some(installation) = Installation::start() else { return };
    let script = "trap 'cat $FILE; echo' HUP; trap 'echo ends; exit 3' TERM; echo ready; \
                  while :; do sleep 0.1; done";
    let mut child = installation.spawn(&[
        "exec",
        "--file",
        "FILE=db",
        "--on-change",
        "SIGHUP",
        "--every",
        "1",
        "--",
        "/bin/sh",
        "-c",
        script,
    ]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut output), "ready");
    fs::write(installation.path("value"), "second").unwrap();
    installation.owner("put db --from-file {DIR}/value");
    assert_eq!(line(&mut output), "second");
    kill(&child, "-TERM");
    assert_eq!(line(&mut output), "ends");
    assert_eq!(child.wait().unwrap().code(), Some(3));

    let mut child = installation.spawn(&[
        "exec",
        "--env",
        "VALUE=db",
        "--on-change",
        "restart",
        "--every",
        "1",
        "--",
        "/bin/sh",
        "-c",
        "echo $VALUE; exec sleep 600",
    ]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut output), "second");
    fs::write(installation.path("value"), "third").unwrap();
    let config = "serviceadmin --config {DIR}/etc/kubetee/service_admin_test.kubeconfig";
    let line_of = |kind: &str| format!("{config} put db --type {kind} --from-file {{DIR}}/value");
    let refused = run_in(&installation.path(""), &line_of("AES256_KEY"));
    assert_eq!(refused.code, 65);
    let why = "secret db is of type SECRET_TYPE_IMPORT_DATA, not SECRET_TYPE_AES256_KEY";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    assert_eq!(run_in(&installation.path(""), &line_of("import_data")).code, 0);
    assert_eq!(line(&mut output), "third");
    kill(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn a_certificate_comes_as_pkcs12() {
    let Some(installation) = Installation::start() else { return };
    let file: &[u8] = include_bytes!("../../src/service/pkcs12/chain.p12");
    // By its content, not by its name.
    fs::write(installation.path("file"), file).unwrap();
    for (password, told) in
        [("", "the password file"), ("wrong", "wrong password of the PKCS#12 file")]
    {
        fs::write(installation.path("password"), password).unwrap();
        let config = "--config {DIR}/etc/kubetee/service_admin_test.kubeconfig";
        let line = "put tls --from-file {DIR}/file --pkcs12-password-file {DIR}/password";
        let ran = run_in(&installation.path(""), &format!("serviceadmin {config} {line}"));
        assert_eq!(ran.code, 65, "{}", ran.stderr);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        // Without a terminal, nobody is asked.
        let line = "put tls --from-file {DIR}/file";
        let ran = run_in(&installation.path(""), &format!("serviceadmin {config} {line}"));
        assert_eq!(ran.code, 64, "{}", ran.stderr);
        assert!(ran.stderr.contains("AECS_PKCS12_PASSWORD"), "{}", ran.stderr);
    }
    fs::write(installation.path("password"), "secret\n").unwrap();
    installation.owner("put tls --from-file {DIR}/file --pkcs12-password-file {DIR}/password");
    let ran = installation.run(&["get", "tls", "--output", "-", "--field", "certificate"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.matches("-----BEGIN CERTIFICATE-----").count(), 2);
    // Imported data is what it is.
    installation.owner("put db --from-file {DIR}/file");
}
