//! What starts a server outside of a TEE's own tools: the unit of the Debian package, the compose file,
//! the manifest for Kubernetes. `.ci/manifests` checks them against their schemas.

use std::{env, fs, path::Path};

use aecs_crypto::{KeyPair, Suite};
use aecs_server::{
    cli::{self, Invocation},
    config::{self, Config, Variables},
    exit::Exit,
    health::Question,
};
use serde_json::Value;

use super::{file, read, texts};

const CONFIG: &str = "/etc/kubetee/aecs_server.toml";

/// Reads a command line of a file; it must name the configuration of the machine.
fn parse<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Invocation {
    let invocation = cli::parse(arguments).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(invocation.flags.config_file.as_deref(), Some(Path::new(CONFIG)));
    invocation
}

fn command(value: &Value) -> Invocation {
    let arguments = texts(value);
    assert_eq!(arguments.first(), Some(&"/usr/bin/aecs_server"));
    parse(arguments)
}

/// The arguments of an image whose entry point is the server.
fn arguments(value: &Value) -> Invocation {
    parse(["aecs_server"].into_iter().chain(texts(value)))
}

fn is_for_all_addresses(invocation: &Invocation) -> bool {
    let flags = &invocation.flags.values;
    flags.iter().any(|(name, value)| *name == "aecs_rpc_address" && value == "0.0.0.0")
}

/// The production image of this version, as `deployment/lib.sh` names it.
fn image() -> String {
    assert!(read("lib.sh").contains(r#"AECS_PRODUCTION_IMAGE="localhost/aecs:$AECS_VERSION""#));
    format!("localhost/aecs:{}", env!("CARGO_PKG_VERSION"))
}

#[test]
fn the_compose_file_starts_the_production_image_without_rights() {
    let compose: Value = serde_saphyr::from_str(&read("docker-compose.yml")).unwrap();
    let service = &compose["services"]["aecs"];
    assert!(service["image"].as_str().unwrap().contains(&image()), "{}", service["image"]);
    assert!(is_for_all_addresses(&arguments(&service["command"])));
    let check = service["healthcheck"]["test"].as_array().unwrap();
    assert_eq!(check[0], "CMD");
    assert_eq!(command(&Value::from(check[1..].to_vec())).health, Some(Question::Alive));
    assert_eq!(service["read_only"], true);
    assert_eq!(service["user"], "65532:65532");
    assert_eq!(texts(&service["cap_drop"]), ["ALL"]);
    assert!(service.get("privileged").is_none());
    let targets = service["volumes"].as_array().unwrap().iter();
    let targets: Vec<&Value> = targets.map(|volume| &volume["target"]).collect();
    assert_eq!(targets, ["/etc/kubetee", "/var/lib/aecs"]);
}

/// The document of a kind in the manifest for Kubernetes.
fn resource(kind: &str) -> Value {
    let text = read("kubernetes/aecs.yaml");
    let documents =
        text.split("\n---\n").map(|text| serde_saphyr::from_str::<Value>(text).unwrap());
    let mut found: Vec<Value> = documents.filter(|document| document["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}");
    found.remove(0)
}

#[test]
fn the_manifest_for_kubernetes_starts_the_production_image_without_rights() {
    let set = resource("StatefulSet");
    let pod = &set["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(container["image"], image());
    assert!(is_for_all_addresses(&arguments(&container["args"])));
    for (probe, question) in [
        ("startupProbe", Question::Alive),
        ("livenessProbe", Question::Alive),
        ("readinessProbe", Question::Ready),
    ] {
        let asked = command(&container[probe]["exec"]["command"]).health;
        assert_eq!(asked, Some(question), "{probe}");
        // Longer than the question takes at most.
        assert_eq!(container[probe]["timeoutSeconds"], 5, "{probe}");
    }
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["automountServiceAccountToken"], false);
    let context = &container["securityContext"];
    assert_eq!(context["readOnlyRootFilesystem"], true);
    assert_eq!(context["allowPrivilegeEscalation"], false);
    assert_eq!(texts(&context["capabilities"]["drop"]), ["ALL"]);
    // An administrator reaches a server that is not ready, which an upgrade does not restart by itself.
    assert_eq!(resource("Service")["spec"]["publishNotReadyAddresses"], true);
    assert_eq!(set["spec"]["updateStrategy"]["type"], "OnDelete");
    let policy = resource("NetworkPolicy");
    assert_eq!(texts(&policy["spec"]["policyTypes"]), ["Ingress", "Egress"]);
    // One name for everything that has to find the pods.
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&resource("Service")["spec"]["selector"], labels);
    assert_eq!(&policy["spec"]["podSelector"]["matchLabels"], labels);
}

#[test]
fn the_unit_starts_the_server_with_the_configuration_of_the_package() {
    let unit = read("debian/aecs_server.service");
    let value = |key: &str| {
        let found: Vec<&str> = unit.lines().filter_map(|line| line.strip_prefix(key)).collect();
        assert_eq!(found.len(), 1, "{key}");
        found[0]
    };
    let start = value("ExecStart=");
    assert!(parse(start.split(' ')).health.is_none() && start.starts_with("/usr/bin/aecs_server "));
    // A new start mends neither of these.
    let ends = [Exit::Usage, Exit::Io, Exit::Attestation].map(|exit| exit.code().to_string());
    assert_eq!(value("RestartPreventExitStatus="), ends.join(" "));
    // What `process::protect_memory` asks for.
    assert_eq!(value("LimitMEMLOCK="), "infinity");
}

#[test]
fn the_configuration_of_the_package_is_usable_with_a_key() {
    let file = file("debian/aecs_server.toml");
    let invocation = cli::parse(["aecs_server".as_ref(), "--config".as_ref(), file.as_os_str()]);
    let mut flags = invocation.unwrap().flags;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.pem");
    fs::write(&key, KeyPair::generate(Suite::Modern).unwrap().public().pem()).unwrap();
    flags.values.insert("aecs_admin_pubkey_file", key.display().to_string());
    let (settings, notes) = config::gather(&flags, &Variables::default()).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    let config = Config::new(&settings).unwrap();
    assert_eq!(config.data_dir, Path::new("/var/lib/aecs"));
    assert!(config.listen.ip().is_loopback());
}

#[test]
fn the_manual_page_of_the_server_is_current() {
    let path = file("debian/aecs_server.8");
    let mut page = Vec::new();
    clap_mangen::Man::new(cli::command()).section("8").render(&mut page).unwrap();
    if env::var_os("AECS_REGENERATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read(&path).unwrap_or_default() == page,
        "run: AECS_REGENERATE=1 cargo test -p aecs-server --test deployment"
    );
}
