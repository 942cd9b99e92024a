//! The examples, and what can go wrong, against a real server; also under valgrind and with AddressSanitizer.

use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use aecs_client::blocking::TaClient;
use aecs_client::{OwnPlatform, TaClientBuilder};

use crate::installation::Installation;
use crate::prefix::{Build, Prefix};
use crate::{Ran, succeed_in};

const TRANSIT: &str = r#"
apiVersion: v2
kind: SecretPolicy
secrets:
- spec:
    name: cards
    type: SECRET_TYPE_AES256_KEY
    service: service1
    use: {operations: [encrypt, decrypt, rewrap, data-key, unwrap]}
    policy:
      type: POLICY_TYPE_NEVER_EXPORT
      enclaveMatchAnyRules:
"#;

/// The six secrets of the seed's sample.
const SECRETS: [(&str, &str); 6] = [
    ("secret-my-password", "SECRET_TYPE_IMPORT_DATA"),
    ("secret-my-aes256-key", "SECRET_TYPE_AES256_KEY"),
    ("secret-my-keypair", "SECRET_TYPE_RSA_KEY_PAIR"),
    ("secret-my-certificate", "SECRET_TYPE_CERTIFICATE"),
    ("secret-my-sm2-keypair", "SECRET_TYPE_SM2_KEY_PAIR"),
    ("secret-my-configuration", "SECRET_TYPE_CONFIGURATIONS"),
];

/// A server with the secrets of the seed's sample, and a folder for programs.
struct World {
    server: Installation,
    folder: PathBuf,
}

impl World {
    /// `None` where the programs of the server and the tools were not built with these tests.
    fn start() -> Option<Self> {
        for program in ["aecs_server", "aecs-setup", "aecsadmin", "serviceadmin", "aecs-sim"] {
            let program = crate::programs().join(program);
            if !program.exists() {
                eprintln!("SKIPPED: there is no {}", program.display());
                return None;
            }
        }
        let server = Installation::start_with(None)?;
        let (policy, folder) = ("{DIR}/etc/kubetee/service_secret_policy.yaml", server.path("c"));
        server.owner(&format!("create --policy {policy}"));
        fs::create_dir(&folder).unwrap();
        Some(Self { server, folder })
    }

    fn compile(&self, program: &str, build: Build) -> Option<PathBuf> {
        Prefix::get().compile(&self.folder, program, build)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LD_LIBRARY_PATH", Prefix::get().path("lib"))
            .env("AECS_SERVER_POLICY", self.server.path("etc/kubetee/ta_test.kubeconfig"))
            .env("AECS_SIMULATION_DIR", self.server.path("cpu"));
        command
    }

    #[track_caller]
    fn run(&self, program: &Path, arguments: &[&str]) -> Ran {
        let output = self.command(program).args(arguments).output().unwrap();
        Ran::of(&format!("{} {arguments:?}", program.display()), &output)
    }

    #[track_caller]
    fn succeed(&self, program: &Path, arguments: &[&str]) -> String {
        let ran = self.run(program, arguments);
        assert_eq!(ran.code, 0, "{}: {}{}", ran.line, ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Under valgrind: an error if memory is read or written that is not the program's, or lost. Not if a
    /// decision depends on what was never written: what rustc makes of enums does that, harmlessly.
    fn valgrind(&self, program: &Path, arguments: &[&str]) -> Option<String> {
        let valgrind = Path::new("/usr/bin/valgrind");
        if !valgrind.exists() {
            eprintln!("SKIPPED: valgrind is not installed: run: sudo apt-get install valgrind");
            return None;
        }
        let program = program.to_str().unwrap();
        let options = [
            "-q",
            "--error-exitcode=9",
            "--leak-check=full",
            "--errors-for-leak-kinds=definite",
            "--show-leak-kinds=definite",
            "--undef-value-errors=no",
            "--fair-sched=yes",
            program,
        ];
        Some(self.succeed(valgrind, &[&options[..], arguments].concat()))
    }

    fn path(&self, name: &str) -> String {
        self.server.path(name).to_str().unwrap().to_owned()
    }

    /// A key that never leaves the server, for a program with this measurement alone.
    fn transit_key(&self, program: &Path) {
        let measured =
            succeed_in(&self.folder, &format!("aecs-sim measure {}", program.to_str().unwrap()));
        let rule = format!("      - mrenclave: \"{}\"\n", measured.stdout.trim());
        fs::write(self.server.path("transit.yaml"), format!("{TRANSIT}{rule}")).unwrap();
        self.server.owner("apply -f {DIR}/transit.yaml");
    }

    fn aecs20(&self) -> Vec<String> {
        let kubeconfig = fs::read_to_string(self.path("etc/kubetee/ta_test.kubeconfig")).unwrap();
        let endpoint = kubeconfig.lines().find_map(|line| line.split_once("serverEndpoint:"));
        let endpoint = endpoint.unwrap().1.trim().trim_matches('"').to_owned();
        let policy = |name: &str| self.path(&format!("etc/kubetee/{name}"));
        vec![
            endpoint,
            policy("ta_test.kubeconfig"),
            policy("ta_secret_policy.yaml"),
            self.path("c"),
        ]
    }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

const OUTPUT_OF_TRANSIT: &str = "stored: aecs:v1:1:...\nread: 20 bytes, the same\n\
                                 another customer: 0xA44C0000\ndata key: 32 bytes, the same\n\
                                 batch: aecs:v1:1:..., a key of 16 bytes, 0xA44C0000\n";

#[test]
fn a_program_of_2_0_gets_all_types_and_keeps_a_secret_of_its_own() {
    let Some(world) = World::start() else { return };
    let program = world.compile("examples/aecs20.c", Build::Shared).unwrap();
    let mut arguments = world.aecs20();
    arguments.extend(SECRETS.map(|(name, _)| name.to_owned()));
    let printed = world.succeed(&program, &strs(&arguments));
    let expected = [
        "secret-my-password: 13 bytes",
        "secret-my-aes256-key: 64 bytes",
        "own secret: 64 bytes",
        "public part: -----BEGIN PUBLIC KEY-----",
        "no policy: 0x00020000",
    ];
    for line in expected {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
    let destroyed = printed.lines().find_map(|line| line.strip_prefix("destroyed: ")).unwrap();
    assert!(destroyed.starts_with("0xA4") || destroyed.starts_with("0xAA"), "{destroyed}");
    assert_eq!(fs::read(world.folder.join("secret-my-password")).unwrap(), b"password-test");
    for (name, _) in SECRETS {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(world.folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }

    // A secret policy that the secret's own is wider than, and one without the secret.
    let refused = |policy: &str, told: &str| {
        let text = format!(
            "apiVersion: v1\nkind: SecretPolicy\nsecrets:\n- spec:\n    name: {policy}\n    type: \
             SECRET_TYPE_IMPORT_DATA\n    service: service1\n    policy:\n      \
             enclaveMatchAnyRules:\n      - mrenclave: \"{}\"\n",
            "01".repeat(32)
        );
        fs::write(world.server.path("expected.yaml"), text).unwrap();
        let program = world.compile("tests/c/programs/expecting.c", Build::Shared).unwrap();
        let mut arguments = world.aecs20();
        arguments.truncate(2);
        arguments.push(world.path("expected.yaml"));
        let ran = world.run(&program, &strs(&arguments));
        assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    };
    refused("secret-my-password", "0xA000000B");
    refused("another", "there is no secret `secret-my-password`");

    let Some(program) = world.compile("examples/aecs20.cpp", Build::Shared) else { return };
    let mut arguments = world.aecs20();
    arguments[3] = world.path("c/password");
    let printed = world.succeed(&program, &strs(&arguments));
    assert_eq!(printed, "password: 13 bytes\ncertificate: -----BEGIN CERTIFICATE-----\n");
    assert_eq!(fs::read(world.folder.join("password")).unwrap(), b"password-test");
}

#[test]
fn examples_do_what_they_say() {
    let Some(world) = World::start() else { return };
    let get = world.compile("examples/get.c", Build::Shared).unwrap();
    for (name, kind) in SECRETS {
        let printed = world.succeed(&get, &["service1", name]);
        assert!(printed.starts_with(&format!("{kind}, version 1: ")), "{printed}");
    }
    let printed = world.succeed(&get, &["service1", "secret-my-certificate"]);
    assert!(printed.contains("  certificate\n  private-key\n"), "{printed}");
    let refused = world.run(&get, &["service1", "no-such-secret"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    assert!(
        refused.stderr.starts_with("error: no-such-secret: the server refused: "),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("\n  help: "), "{}", refused.stderr);

    // Bound to the measurement of the program: another build of it is another application.
    let transit = world.compile("examples/transit.c", Build::Shared).unwrap();
    world.transit_key(&transit);
    assert_eq!(world.succeed(&transit, &["service1", "cards"]), OUTPUT_OF_TRANSIT);
    let linked = world.compile("examples/transit.c", Build::Static).unwrap();
    assert_eq!(world.run(&linked, &["service1", "cards"]).code, 1);
    world.transit_key(&linked);
    assert_eq!(world.succeed(&linked, &["service1", "cards"]), OUTPUT_OF_TRANSIT);

    if let Some(tls) = world.compile("examples/tls.c", Build::Shared) {
        let printed = world.succeed(&tls, &["service1", "secret-my-certificate"]);
        assert_eq!(printed, "TLSv1.3, certificate verified\n");
    }
}

#[test]
fn pkg_config_and_cmake_find_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = Prefix::get();
    let file = crate::source().join("examples/get.c");
    let flags = Command::new("pkg-config")
        .env("PKG_CONFIG_PATH", prefix.path("lib/pkgconfig"))
        .args(["--cflags", "--libs", "aecs_client >= 2.1"])
        .output();
    if let Ok(flags) = flags {
        let flags = Ran::of("pkg-config", &flags);
        assert_eq!(flags.code, 0, "{}", flags.stderr);
        let mut cc = Command::new("cc");
        cc.arg(&file)
            .args(flags.stdout.split_whitespace())
            .arg("-o")
            .arg(folder.path().join("get"));
        let ran = Ran::of("cc", &cc.output().unwrap());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    } else {
        eprintln!("SKIPPED: pkg-config is not installed");
    }
    let lists = format!(
        "cmake_minimum_required(VERSION 3.10)\nproject(get C)\nfind_package(aecs_client 2.1 REQUIRED)\n\
         add_executable(get {0})\ntarget_link_libraries(get aecs_client::aecs_client)\n\
         add_executable(linked {0})\ntarget_link_libraries(linked aecs_client::aecs_client_static)\n",
        file.display()
    );
    fs::write(folder.path().join("CMakeLists.txt"), lists).unwrap();
    let cmake = |arguments: &[&str]| {
        let mut cmake = Command::new("cmake");
        cmake.args(arguments).env("CMAKE_PREFIX_PATH", prefix.path("")).current_dir(folder.path());
        cmake.output().map(|output| Ran::of("cmake", &output))
    };
    let Ok(ran) = cmake(&["-S", ".", "-B", "build"]) else {
        eprintln!("SKIPPED: cmake is not installed: run: sudo apt-get install cmake");
        return;
    };
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = cmake(&["--build", "build"]).unwrap();
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn evidence_is_verified_offline() {
    let Some(world) = World::start() else { return };
    let verify = world.compile("examples/verify.c", Build::Shared).unwrap();
    let dir = world.server.path("");
    let key = "{DIR}/etc/certs/service_admin_public.pem";
    let measurement = "01".repeat(32);
    let report = succeed_in(
        &dir,
        &format!("aecs-sim report {{DIR}}/cpu --pubkey {key} --mrenclave {measurement}"),
    );
    fs::write(world.server.path("report"), report.stdout).unwrap();
    fs::write(world.server.path("root"), succeed_in(&dir, "aecs-sim root {DIR}/cpu").stdout)
        .unwrap();
    let policy = |digits: &str| {
        let rules = format!("enclaveMatchAnyRules:\n- mrenclave: \"{}\"\n", digits.repeat(32));
        fs::write(world.server.path("rules.yaml"), rules).unwrap();
    };
    let [report, rules, root] = ["report", "rules.yaml", "root"].map(|name| world.path(name));
    policy("01");
    let printed = world.succeed(&verify, &[&report, &rules, &root]);
    assert!(
        printed.starts_with('{')
            && printed.contains(&format!("\"hex_ta_measurement\":\"{measurement}\"")),
        "{printed}"
    );
    policy("02");
    let denied = world.run(&verify, &[&report, &rules, &root]);
    assert_eq!(denied.code, 1);
    assert!(denied.stderr.starts_with("error: not admitted: "), "{}", denied.stderr);
    // A software CPU proves nothing to one who does not name its root.
    let refused = world.run(&verify, &[&report, &rules]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    assert!(refused.stderr.starts_with("error: not genuine: "), "{}", refused.stderr);
}

fn line(output: &mut impl std::io::BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn a_watch_tells_of_other_versions_by_a_file_descriptor() {
    let Some(world) = World::start() else { return };
    let program = world.compile("examples/watch.c", Build::Shared).unwrap();
    let mut child: Child = world
        .command(&program)
        .args(["service1", "secret-my-aes256-key", "2"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut output), "version 1");
    world.server.owner("rotate secret-my-aes256-key");
    assert_eq!(line(&mut output), "version 2");
    assert!(child.wait().unwrap().success());
}

#[test]
fn wrong_calls_and_threads_and_callbacks() {
    let Some(world) = World::start() else { return };
    let program = world.compile("tests/c/programs/edges.c", Build::Shared).unwrap();
    let arguments = ["service1", "secret-my-password"];
    assert_eq!(world.succeed(&program, &arguments), "fine\n");
    if let Some(program) = world.compile("tests/c/programs/edges.c", Build::Sanitized) {
        assert_eq!(world.succeed(&program, &arguments), "fine\n");
    }
    if let Some(printed) = world.valgrind(&program, &arguments) {
        assert_eq!(printed, "fine\n");
    }
}

#[test]
fn examples_use_memory_as_they_should() {
    let Some(world) = World::start() else { return };
    let transit = world.compile("examples/transit.c", Build::Shared).unwrap();
    world.transit_key(&transit);
    let arguments = ["service1", "cards"];
    let Some(printed) = world.valgrind(&transit, &arguments) else { return };
    assert_eq!(printed, OUTPUT_OF_TRANSIT);
    let aecs20 = world.compile("examples/aecs20.c", Build::Shared).unwrap();
    let mut arguments = world.aecs20();
    arguments.push("secret-my-password".to_owned());
    world.valgrind(&aecs20, &strs(&arguments));
    if let Some(transit) = world.compile("examples/transit.c", Build::Sanitized) {
        world.transit_key(&transit);
        assert_eq!(world.succeed(&transit, &["service1", "cards"]), OUTPUT_OF_TRANSIT);
    }
    if let Some(tls) = world.compile("examples/tls.c", Build::Sanitized) {
        world.succeed(&tls, &["service1", "secret-my-certificate"]);
    }
}

/// Prints the median of gets from C and from Rust, in one run. With `--release` for figures.
#[test]
#[ignore = "a measurement: cargo nextest run --release --workspace --test c --run-ignored only --no-capture"]
fn latency_of_a_get_from_c_beside_rust() {
    const COUNT: usize = 1000;
    let Some(world) = World::start() else { return };
    let program = world.compile("tests/c/programs/latency.c", Build::Shared).unwrap();
    let (service, secret) = ("service1", "secret-my-password");
    let platform = OwnPlatform::Simulation {
        folder: world.server.path("cpu"),
        identity: OwnPlatform::identity_of_this_program().unwrap(),
    };
    let kubeconfig = world.path("etc/kubetee/ta_test.kubeconfig");
    let builder = TaClientBuilder::on_platform(kubeconfig, &platform).unwrap();
    let rust = TaClient::connect(builder).unwrap();
    for _ in 0..3 {
        let from_c = world.succeed(&program, &[service, secret, &COUNT.to_string()]);
        let mut times: Vec<_> = (0..COUNT)
            .map(|_| {
                let start = Instant::now();
                drop(rust.get(service, secret).unwrap());
                start.elapsed()
            })
            .collect();
        times.sort();
        eprintln!(
            "get: {} us from C, {} us from Rust",
            from_c.trim(),
            times[COUNT / 2].as_micros()
        );
    }
}
