//! What the tools say when something is wrong, to the letter, and the code they exit with.

use std::fs;

use aecs_crypto::PasswordVerifier;

use super::{run, run_in, run_with, succeed_in};

#[track_caller]
fn refused(line: &str, code: i32, message: &str) {
    let ran = run(line);
    assert_eq!((ran.code, ran.stderr.as_str(), ran.stdout.as_str()), (code, message, ""), "{line}");
}

#[test]
fn a_kubeconfig_is_needed() {
    refused(
        "aecsadmin list",
        64,
        "error: no kubeconfig given\n  help: name it with --config or in the environment variable AECS_KUBECONFIG, or choose a context: aecs config set\n",
    );
}

#[test]
fn a_missing_file_is_named() {
    let ran = run("serviceadmin --config /nowhere/kubeconfig --action list");
    assert_eq!(ran.code, 66);
    assert!(ran.stderr.starts_with("error: /nowhere/kubeconfig: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("\n  help: "), "{}", ran.stderr);
    refused(
        "aecsadmin --config K register s --pubkey /nowhere/key.pem",
        66,
        "error: cannot read the public key /nowhere/key.pem: No such file or directory (os error 2)\n  help: check the path: relative ones start at the current folder\n",
    );
}

#[test]
fn what_has_no_end_is_not_read() {
    for (line, message) in [
        (
            "aecsadmin --config K register s --pubkey /dev/zero",
            "error: cannot read the public key /dev/zero: not a regular file\n  help: check the path, and that this user may read the file\n",
        ),
        (
            "aecsadmin --config /dev/zero list",
            "error: /dev/zero: cannot be read: not a regular file\n  help: check the path and that this user may read the file\n",
        ),
        (
            "aecsadmin --password-file /dev/zero hash-password",
            "error: cannot read the password file /dev/zero: not a regular file\n  help: check the path, and that this user may read the file\n",
        ),
        (
            "aecsadmin audit verify /dev/zero --insecure-any-key",
            "error: cannot read /dev/zero: not a regular file\n",
        ),
        (
            "aecs-attest verify /dev/zero",
            "error: cannot read the evidence /dev/zero: not a regular file\n  help: check the path, and that this user may read the file\n",
        ),
    ] {
        refused(line, 66, message);
    }
}

#[test]
fn wrong_command_lines_are_usage_errors() {
    for (line, message) in [
        ("aecsadmin --action frobnicate", "error: unrecognized subcommand 'frobnicate'\n"),
        ("aecsadmin --action", "error: a value is required for '--action <COMMAND>'"),
        ("aecsadmin --action register --service s", "error: the following required arguments"),
        (
            "aecsadmin unregister",
            "error: the following required arguments were not provided:\n  <SERVICE|--service <SERVICE>>",
        ),
        (
            "aecsadmin unregister a --service b",
            "error: the argument '[SERVICE]' cannot be used with",
        ),
        (
            "aecsadmin backup a/b",
            "error: invalid value 'a/b' for '[HOST]': the name has the character '/'; only letters, digits, '_', '.' and '-' are allowed",
        ),
        (
            "aecsadmin register s --pubkey p --servicepasswordhash 00",
            "error: invalid value '00' for '--servicepasswordhash <HASH>': give what `aecsadmin hash-password` prints, or 64 hexadecimal digits (SHA-256, AECS 2.0)",
        ),
        // As a script gives it whose command for the hash has failed.
        (
            "aecsadmin register s --pubkey p --servicepasswordhash=",
            "error: invalid value '' for '--servicepasswordhash <HASH>': give what",
        ),
        (
            "aecsadmin register s --pubkey p --password-hash 00",
            "error: invalid value '00' for '--password-hash <HASH>': give what",
        ),
        (
            "aecsadmin admin add a --pubkey p --password-hash=",
            "error: invalid value '' for '--password-hash <HASH>': give what",
        ),
        (
            "aecsadmin admin rotate --pubkey p --password-hash=",
            "error: invalid value '' for '--password-hash <HASH>': give what",
        ),
        (
            "aecsadmin --timeout x list",
            "error: invalid value 'x' for '--timeout <SECONDS>': write a whole number of seconds",
        ),
        (
            "aecsadmin --password p --ask-password list",
            "error: the argument '--password <PASSWORD>' cannot be used with",
        ),
        (
            "aecs_client_cli get a",
            "error: the following required arguments were not provided:\n  --output <FILE>",
        ),
        (
            "aecs_client_cli --user-data 3 destroy a",
            "error: invalid value '3' for '--user-data <HEX>': write hexadecimal digits, two for each byte",
        ),
        ("aecs-setup", "error: the following required arguments were not provided:\n  --out <DIR>"),
    ] {
        let ran = run(line);
        assert_eq!(ran.code, 64, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{line}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{line}");
    }
}

#[test]
fn tips_do_not_mislead() {
    for line in ["serviceadmin frob", "serviceadmin rollback a -1", "serviceadmin get -1"] {
        let ran = run(line);
        assert_eq!(ran.code, 64, "{line}");
        assert!(!ran.stderr.contains("tip:"), "{line}: {}", ran.stderr);
    }
    let slip = run("serviceadmin lst").stderr;
    assert!(slip.contains("'list'"), "{slip}");
}

#[test]
fn a_policy_file_is_checked_before_the_server_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR}");
    let policy = folder.path().join("kubetee/service_secret_policy.yaml");
    let text = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, text.replace("SECRET_TYPE_SM2_KEY_PAIR", "SECRET_TYPE_SM3_KEY_PAIR"))
        .unwrap();

    let ran = run_in(
        folder.path(),
        "serviceadmin --config {DIR}/kubetee/service_admin_test.kubeconfig --action create --policy {DIR}/kubetee/service_secret_policy.yaml",
    );

    assert_eq!(ran.code, 65);
    assert!(
        ran.stderr.contains("unknown secret type `SECRET_TYPE_SM3_KEY_PAIR`"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("\n  help: did you mean `SECRET_TYPE_SM2_KEY_PAIR`?"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
}

#[test]
fn an_unreachable_server_is_told_from_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --port 1");
    let kubeconfig = folder.path().join("kubetee/aecs_admin_test.kubeconfig");
    let list = "aecsadmin --config {DIR}/kubetee/aecs_admin_test.kubeconfig --action list";
    let ran = run_in(folder.path(), list);
    assert_eq!(ran.code, 65, "h04_new_deployment: no deployment is pinned: {}", ran.stderr);
    assert!(ran.stderr.contains("aecsadmin deployment pin"), "{}", ran.stderr);

    let text = std::fs::read_to_string(&kubeconfig).unwrap();
    let any = "verifyPolicy:\n    insecure_any_deployment: true";
    std::fs::write(&kubeconfig, text.replace("verifyPolicy:", any)).unwrap();
    let ran = run_in(
        folder.path(),
        "aecsadmin --config {DIR}/kubetee/aecs_admin_test.kubeconfig --action list",
    );
    assert_eq!(ran.code, 69, "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with("error: cannot reach the server at 127.0.0.1:1: "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.ends_with("\n  help: is the server running, and is this its address?\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_destroys_is_asked_for_unless_a_script_of_aecs_20_calls_it() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --port 1");
    let kubeconfig = folder.path().join("kubetee/aecs_admin_test.kubeconfig");
    let text = fs::read_to_string(&kubeconfig).unwrap();
    let any = "verifyPolicy:\n    insecure_any_deployment: true";
    fs::write(&kubeconfig, text.replace("verifyPolicy:", any)).unwrap();
    let run = |line: &str| {
        run_in(
            folder.path(),
            &format!("aecsadmin --config {{DIR}}/kubetee/aecs_admin_test.kubeconfig {line}"),
        )
    };
    let set = "service-key set s --pubkey {DIR}/certs/service_admin_public.pem";
    let ran = run(set);
    assert_eq!(ran.code, 64, "{}", ran.stderr);
    assert!(ran.stderr.contains("help: add --yes to agree"), "{}", ran.stderr);
    for line in [&format!("{set} --yes"), "unregister s --yes", "backupdel h --yes"] {
        assert_eq!(run(line).code, 69, "{line}: it gets as far as the server");
    }
    for (line, lost) in [
        ("--action unregister --service s", "Service s and all its secrets will be destroyed."),
        ("--action delsecret --secret a", "Secret a of a trusted application will be destroyed."),
        ("--action backupdel --hostname h", "No server can be restored from h afterwards."),
    ] {
        let ran = run(line);
        assert_eq!(ran.code, 69, "{line}: it gets as far as the server");
        assert!(ran.stderr.starts_with(&format!("warning: {lost}\n")), "{line}: {}", ran.stderr);
        assert!(!run(&format!("{line} --yes")).stderr.contains("warning"), "{line}");
    }
    for line in ["unregister s", "delsecret a", "delete-backup h"] {
        let ran = run(line);
        assert_eq!(ran.code, 64, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains("help: add --yes to agree"), "{line}: {}", ran.stderr);
    }
    let kubeconfig = folder.path().join("kubetee/service_admin_test.kubeconfig");
    let text = fs::read_to_string(&kubeconfig).unwrap();
    fs::write(&kubeconfig, text.replace("verifyPolicy:", any)).unwrap();
    let service = "serviceadmin --config {DIR}/kubetee/service_admin_test.kubeconfig";
    for (line, code) in
        [("--action destroy --secret a", 69), ("destroy a --yes", 69), ("destroy a", 64)]
    {
        let ran = run_in(folder.path(), &format!("{service} {line}"));
        assert_eq!(ran.code, code, "{line}: {}", ran.stderr);
    }
}

#[test]
fn files_to_pin_are_read_before_the_server_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --port 1");
    let provision = "aecsadmin --config {DIR}/kubetee/aecs_admin_test.kubeconfig provision --yes";
    let ran = run_in(folder.path(), &format!("{provision} --pin {{DIR}}/nope.kubeconfig"));
    assert_eq!(ran.code, 66, "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot read the kubeconfig"), "{}", ran.stderr);
    fs::write(folder.path().join("broken.kubeconfig"), "kind: [").unwrap();
    let ran = run_in(folder.path(), &format!("{provision} --pin {{DIR}}/broken.kubeconfig"));
    assert_eq!(ran.code, 65, "{}", ran.stderr);
    // With good files it gets as far as the server.
    let ran = run_in(folder.path(), provision);
    assert_eq!(ran.code, 69, "{}", ran.stderr);
}

#[test]
fn a_password_on_the_command_line_is_warned_about_and_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --port 1");
    let ran = run_in(
        folder.path(),
        "aecsadmin --config {DIR}/kubetee/aecs_admin_test.kubeconfig --password open-sesame --action list",
    );
    assert!(
        ran.stderr.starts_with("warning: a password on the command line is visible to everybody on this machine; use AECS_ADMIN_PASSWORD, --password-file or --ask-password\n"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("open-sesame"));
}

#[test]
fn passwords_come_from_files_and_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("password"), "password\n").unwrap();
    let ran = succeed_in(folder.path(), "aecsadmin hash-password --password-file {DIR}/password");
    assert_eq!(ran.stderr, "");
    let is_hash = |printed: &str| {
        assert!(printed.starts_with("$argon2id$v=19$"), "{printed}");
        let verifier = PasswordVerifier::from_phc(printed.trim()).unwrap();
        verifier.verify("password").is_ok()
    };
    assert!(is_hash(&ran.stdout));
    let output = super::tool("aecsadmin")
        .arg("hash-password")
        .env("AECS_SERVICE_PASSWORD", "password")
        .output()
        .unwrap();
    assert!(is_hash(std::str::from_utf8(&output.stdout).unwrap()));
    let own = super::tool("aecsadmin")
        .arg("hash-password")
        .env("AECS_ADMIN_PASSWORD", "password")
        .output()
        .unwrap();
    assert_eq!(own.status.code(), Some(64), "the administrator's own password is not hashed");
    let help = run("aecsadmin hash-password --help").stdout;
    for part in ["--password-file", "AECS_SERVICE_PASSWORD", "never from AECS_ADMIN_PASSWORD"] {
        assert!(help.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{help}");
    }
    refused(
        "aecsadmin hash-password",
        64,
        "error: cannot ask for a password: this is not a terminal\n  help: give it with --password-file or in the environment variable AECS_SERVICE_PASSWORD\n",
    );
}

#[test]
fn sync_is_refused_with_the_reason() {
    let ran = run("aecsadmin --action sync --endpoint 127.0.0.1:19528 --config K");
    assert_eq!(ran.code, 76);
    assert!(
        ran.stderr
            .starts_with("error: a server does not take over another server's identity\n  help: ")
    );
}

#[test]
fn a_trusted_application_needs_a_server_policy() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-sim create {DIR}/cpu");
    let ran = run_in(
        folder.path(),
        "aecs_client_cli --simulation-dir {DIR}/cpu --action get --endpoint 127.0.0.1:1 --service s --secret a --output {DIR}/a",
    );
    assert_eq!(ran.code, 64);
    assert_eq!(
        ran.stderr,
        "error: nothing says what the server has to prove\n  help: name a kubeconfig with --server-policy; --insecure-skip-server-verification gives up all protection from a false server\n"
    );
}

#[test]
fn who_a_simulated_application_is_can_be_said_anywhere() {
    let hex = "AB".repeat(32);
    let identity = format!("--mrenclave {hex} --mrsigner {hex} --prod-id 2 --svn 3 --debug");
    let server = "--endpoint 127.0.0.1:1 --insecure-skip-server-verification";
    for line in [
        format!("aecs_client_cli {identity} {server} destroy a"),
        format!("aecs_client_cli destroy a {server} {identity}"),
    ] {
        let ran = run(&format!("{line} --attester simulation"));
        assert!(ran.stderr.starts_with("error: no software CPU to prove on\n"), "{}", ran.stderr);
    }
}

#[test]
fn a_trusted_application_needs_a_platform_to_prove_on() {
    const LINE: &str =
        "aecs_client_cli --endpoint 127.0.0.1:1 --insecure-skip-server-verification destroy a";
    refused(
        &format!("{LINE} --attester simulation"),
        64,
        "error: no software CPU to prove on\n  help: name its folder with --simulation-dir or in the environment variable AECS_SIMULATION_DIR; `aecs-sim create` makes one\n",
    );
    let ran = run(&format!("{LINE} --attester occlum"));
    assert_eq!(ran.code, 64);
    assert!(
        ran.stderr.starts_with(
            "error: no platform to prove on: TEE occlum was not found: /dev/sgx: entity not found\n  help: run it inside of its TEE, or name the folder of a software CPU"
        ),
        "{}",
        ran.stderr
    );
    let ran = run(&format!("{LINE} --attester sgx"));
    assert_eq!(ran.code, 64);
    for name in ["auto", "gramine", "occlum", "tdx", "sev_snp", "cca", "simulation"] {
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
    }
}

#[test]
fn beside_an_action_there_are_options_only() {
    for (line, word) in [
        ("aecsadmin list --action unregister", "list"),
        ("aecsadmin --action list list", "list"),
        ("aecsadmin unregister --action list", "unregister"),
        ("aecsadmin --action deployment show", "show"),
        ("serviceadmin list --action list", "list"),
        ("serviceadmin --action destroy a", "a"),
        ("aecs_client_cli get --action destroy", "get"),
    ] {
        let ran = run(line);
        let message =
            format!("error: the argument '{word}' cannot be used with '--action'; beside");
        assert!(ran.stderr.starts_with(&message), "{line}: {}", ran.stderr);
        assert_eq!(ran.code, 64, "{line}");
    }
    let ran = run("aecsadmin list --action unregister --service s");
    assert_eq!(ran.code, 64, "{}", ran.stderr);
    for line in ["aecs-attest --action platforms", "aecs-sim --action create"] {
        assert_eq!(run(line).code, 64, "{line}: no tool of AECS 2.0");
    }
}

#[test]
fn an_empty_environment_variable_is_an_unset_one() {
    let none = "error: no kubeconfig given\n";
    let ran = run_with(&[("AECS_KUBECONFIG", ""), ("AECS_ROOTS", "")], "aecsadmin list");
    assert!(ran.stderr.starts_with(none), "{}", ran.stderr);
    let ran = run_with(&[("AECS_KUBECONFIG", ""), ("AECS_LOG", "")], "serviceadmin list");
    assert!(ran.stderr.starts_with(none), "{}", ran.stderr);
    let line =
        "aecs_client_cli destroy a --insecure-skip-server-verification --attester simulation";
    let variables = [
        "AECS_ENDPOINT",
        "AECS_SERVER_POLICY",
        "AECS_ATTESTER",
        "AECS_SIMULATION_DIR",
        "AECS_SERVICE",
    ];
    let ran = run_with(&variables.map(|name| (name, "")), line);
    assert!(ran.stderr.starts_with("error: no software CPU to prove on\n"), "{}", ran.stderr);
    // The password of an administrator, and where there is one: tested with the password itself.
    let ran = run_with(&[("AECS_ENDPOINT", "nowhere")], &line.replace("simulation", "occlum"));
    assert!(!ran.stderr.contains("no server given"), "{}", ran.stderr);
}

#[test]
fn a_usage_line_says_what_is_required_and_nothing_else() {
    let usage = |ran: super::Ran| {
        let line = ran.stderr.lines().find(|line| line.starts_with("Usage: ")).map(str::to_owned);
        line.unwrap_or_else(|| panic!("{}", ran.stderr))
    };
    let wanted = "Usage: aecs_client_cli get [OPTIONS] --output <FILE> <SECRET|--secret <SECRET>>";
    let environment = [("AECS_ENDPOINT", "127.0.0.1:1"), ("AECS_SERVICE", "s")];
    assert_eq!(usage(run_with(&environment, "aecs_client_cli get a")), wanted);
    assert_eq!(usage(run("aecs_client_cli --timeout 5 get a --service s")), wanted);
    assert_eq!(usage(run("aecs_client_cli get a --no-such-option")), wanted);
    assert_eq!(
        usage(run_with(&[("AECS_KUBECONFIG", "K")], "aecsadmin register s --no-such-option")),
        "Usage: aecsadmin register [OPTIONS] --pubkey <FILE> <SERVICE|--service <SERVICE>>"
    );
    assert_eq!(usage(run("aecsadmin --no-such-option")), "Usage: aecsadmin [OPTIONS] <COMMAND>");
    assert_eq!(
        usage(run("aecs config set")),
        "Usage: aecs config set [OPTIONS] <--admin <KUBECONFIG>|--service <KUBECONFIG>> <CONTEXT>"
    );
    // In the order in which they are written.
    for (list, rest) in [("put", " --attribute <KEY>"), ("add", ""), ("remove", "")] {
        assert_eq!(
            usage(run(&format!("serviceadmin lists {list}"))),
            format!(
                "Usage: serviceadmin lists {list} [OPTIONS]{rest} <LIST> <VALUE|--from-file <FILE>>"
            )
        );
    }
}

#[test]
fn no_tip_gives_up_a_check() {
    for (line, tip) in [
        ("aecsadmin list --insecure-accept-rollbackk", None),
        ("aecsadmin --insecure-no-revocation-listt list", None),
        ("aecs_client_cli get a --insecure-skip-server-verificationn", None),
        ("aecs_client_cli get a --skip-server-verification", None),
        ("aecs-attest verify x --insecure-no-revocation", None),
        ("aecsadmin list --timeoutt 5", Some("--timeout")),
    ] {
        let ran = run(line);
        assert_eq!(ran.code, 64, "{line}: {}", ran.stderr);
        let proposed = ran.stderr.lines().find(|line| line.trim_start().starts_with("tip: "));
        match tip {
            Some(tip) => assert!(proposed.unwrap().contains(tip), "{line}: {}", ran.stderr),
            None => assert!(!proposed.unwrap_or("").contains("insecure"), "{line}: {}", ran.stderr),
        }
    }
}

#[test]
fn a_file_is_named_with_output_and_a_format_with_o() {
    for line in ["get a -o key.pem", "get a -o jsonn", "list -o -", "list -o ./list"] {
        let ran = run(&format!("aecs_client_cli {line}"));
        assert_eq!(ran.code, 64, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains("tip: -o is the format of results"), "{}", ran.stderr);
        assert!(ran.stderr.contains("with --output"), "{}", ran.stderr);
    }
    // What can only be a file is one.
    for file in ["-", "./key.pem"] {
        let [short, long] = ["-o", "--output"].map(|option| {
            let ran = run(&format!("aecs_client_cli get a {option} {file}"));
            (ran.code, ran.stderr)
        });
        assert!(!short.1.contains("format"), "{}", short.1);
        assert_eq!(short, long);
    }
    let ran = run("aecsadmin list -o jsonn");
    assert!(!ran.stderr.contains("with --output"), "there it is the same: {}", ran.stderr);
}

#[test]
fn a_private_key_that_others_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --port 1");
    let list = "aecsadmin --config {DIR}/kubetee/aecs_admin_test.kubeconfig list";
    let kubeconfig = folder.path().join("kubetee/aecs_admin_test.kubeconfig");
    let key = folder.path().join("certs/aecs_admin_private.pem");
    let close = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    assert!(!run_in(folder.path(), list).stderr.contains("warning"));
    close(&kubeconfig, 0o644);
    let ran = run_in(folder.path(), list);
    let start = format!("warning: {} has a private key, and other users", kubeconfig.display());
    assert!(ran.stderr.starts_with(&start), "{}", ran.stderr);
    assert!(ran.stderr.contains("(mode 0644): chmod 600 "), "{}", ran.stderr);

    // The file that has the key counts.
    let text = fs::read_to_string(&kubeconfig).unwrap();
    let (before, rest) = text.split_once("  identityKey: ").unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    let named = format!("{before}  identityKeyFile: ../certs/aecs_admin_private.pem\n{after}");
    fs::write(&kubeconfig, named).unwrap();
    assert!(!run_in(folder.path(), list).stderr.contains("warning"));
    close(&key, 0o640);
    let ran = run_in(folder.path(), list);
    assert!(ran.stderr.contains("aecs_admin_private.pem has a private key"), "{}", ran.stderr);
}

#[test]
fn what_is_no_server_configuration_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --port 1");
    for (file, what) in [
        ("kubetee/aecs_admin_test.kubeconfig", "it has a private key"),
        ("certs/aecs_admin_private.pem", "it has a private key"),
        ("certs/aecs_admin_public.pem", "it is PEM"),
        ("kubetee/service_secret_policy.yaml", "it has the key `kind`"),
    ] {
        for command in ["diff", "apply --yes"] {
            let line = format!(
                "aecsadmin --config {{DIR}}/kubetee/aecs_admin_test.kubeconfig deployment {command} \
                 {{DIR}}/{file}"
            );
            let ran = run_in(folder.path(), &line);
            assert_eq!(ran.code, 65, "{line}: {}", ran.stderr);
            let message = format!("this is not the configuration of a server: {what}");
            assert!(ran.stderr.contains(&message), "{line}: {}", ran.stderr);
        }
    }
    let ran = run_in(
        folder.path(),
        "aecsadmin --config {DIR}/kubetee/aecs_admin_test.kubeconfig deployment diff \
         {DIR}/kubetee/aecs_server.json",
    );
    assert_eq!(ran.code, 69, "a configuration is sent: {}", ran.stderr);
}

#[test]
fn the_name_of_a_service_is_asked_for_in_the_kubeconfig() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --port 1");
    let kubeconfig = folder.path().join("kubetee/service_admin_test.kubeconfig");
    let text = fs::read_to_string(&kubeconfig).unwrap();
    fs::write(&kubeconfig, text.replace("  name: service1\n", "")).unwrap();
    let service = "serviceadmin --config {DIR}/kubetee/service_admin_test.kubeconfig";
    for command in ["list", "create {DIR}/kubetee/service_secret_policy.yaml"] {
        let ran = run_in(folder.path(), &format!("{service} {command}"));
        assert_eq!(ran.code, 65, "{}", ran.stderr);
        assert!(
            ran.stderr.ends_with(
                "service_admin_test.kubeconfig: the administrator has no name\n  help: add `name:` \
                 with the name of the service under `administrator:`\n"
            ),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_policy_without_the_secret_names_those_that_it_has() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --port 1");
    let policy = "{DIR}/kubetee/ta_secret_policy.yaml";
    for line in [
        format!(
            "aecs_client_cli get a --output - --policy {policy} --endpoint 127.0.0.1:1 \
             --insecure-skip-server-verification"
        ),
        format!(
            "serviceadmin --config {{DIR}}/kubetee/service_admin_test.kubeconfig put a --from-policy \
             {policy}"
        ),
    ] {
        let ran = run_in(folder.path(), &line);
        assert_eq!(ran.code, 65, "{}", ran.stderr);
        let message = "has no secret `a`\n  help: its secrets are secret-my-aes256-key\n";
        assert!(ran.stderr.ends_with(message), "{}", ran.stderr);
    }
}

#[test]
fn a_status_that_does_not_exist_is_answered_with_all_that_do() {
    let ran = run("aecs-sim set-tcb /nowhere --status uptodate");
    assert_eq!(ran.code, 64);
    for part in ["the statuses are UpToDate, SWHardeningNeeded", "Revoked"] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    let ran = run("aecs-attest verify x --tcb-evaluation early");
    assert!(ran.stderr.contains("it is not standard, newest or a number"), "{}", ran.stderr);
}
