//! The host starts the same sealed identity under settings of its own.

use std::sync::Arc;

use aecs_attest::Verifier;
use aecs_attest::{Attester, ReportRequest, UserData};
use aecs_core::{Aecs20, ErrorCode, Kind, Restart};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    AecsProvisionRequest, ApplyDeploymentRequest, ApplyDeploymentResponse, DiffDeploymentRequest,
    DiffDeploymentResponse, NamedFile, ServerConfigFile, ShowDeploymentRequest,
    ShowDeploymentResponse,
};
use aecs_sim::{CpuOptions, SimulatedCpu};

use crate::support::{Config, SERVICE, Ta, World, code, enclave, file, refusal, server_key, text};

async fn show(world: &World) -> ShowDeploymentResponse {
    world.admin().call("ShowDeployment", &ShowDeploymentRequest {}).await.unwrap()
}

/// What the administrators' file would be that says what `change` does.
fn changed(world: &World, change: impl FnOnce(&mut Config)) -> ServerConfigFile {
    let mut config = world.config.clone();
    change(&mut config);
    file(&text(&config.settings))
}

async fn apply(
    world: &World,
    file: ServerConfigFile,
    revision: i64,
) -> Result<ApplyDeploymentResponse, aecs_core::Error> {
    let request = ApplyDeploymentRequest { file: Some(file), revision };
    world.admin().call("ApplyDeployment", &request).await
}

/// The attack: one more root, evidence forged under it, and the pinned rule is met.
#[tokio::test]
async fn h01_other_configuration() {
    let world = World::installed().await;
    world.import("a", "data", 1).await.unwrap();
    let before = world.status().await;

    let dir = tempfile::tempdir().unwrap();
    let hosts_cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
    let both = Verifier::builder()
        .simulated_root(world.cpu.root_der())
        .simulated_root(hosts_cpu.root_der())
        .build()
        .unwrap();
    let attacked = world
        .restart(|restart| {
            restart.config.settings.verifier = Arc::new(both);
            restart.config.extra_roots.push("the host's".to_owned());
        })
        .await
        .unwrap();
    assert_eq!(attacked.core.status(), "Working", "with what its administrators have decided");
    let status = attacked.status().await;
    assert_eq!(status.deployment_id, before.deployment_id);
    assert_eq!(status.settings_digest, before.settings_digest);
    assert!(status.extra_roots.is_empty());
    assert!(before.settings_without_effect.is_empty());
    assert_eq!(status.settings_without_effect, ["roots", "verifier"]);

    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest::passport(UserData([0x31; 32]), key.public());
    let forged = hosts_cpu.enclave(enclave(1)).attest(&request).unwrap();
    let forger = Ta { report: forged, ..attacked.ta_with(enclave(1), key) };
    assert!(forger.get(SERVICE, "a").await.is_err());
    assert_eq!(attacked.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, "data");

    // It is told where an administrator looks.
    let shown = show(&attacked).await;
    let keys: Vec<_> = shown.differences.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(keys, ["roots", "verifier"]);
    let diff: DiffDeploymentResponse =
        attacked.admin().call("DiffDeployment", &DiffDeploymentRequest::default()).await.unwrap();
    assert_eq!(diff.differences, shown.differences);
}

/// The same with an identity that comes back from its backup.
#[tokio::test]
async fn h01_other_configuration_with_a_backup() {
    let world = World::working().await;
    let before = world.status().await;
    let attacked = world.restart(|restart| restart.config.acceptance.debug = true).await.unwrap();
    attacked.provision("host1").await.unwrap();
    let status = attacked.status().await;
    assert_eq!(status.deployment_id, before.deployment_id);
    assert_eq!(status.settings_digest, before.settings_digest);
}

#[tokio::test]
async fn an_administrator_sees_the_settings_before_they_matter() {
    let world = World::pending(Suite::Modern, |config| config.acceptance.debug = true).await;
    // The settings can be looked at before the provision.
    assert_eq!(show(&world).await.revision, 0);
    let expected = changed(&world, |config| config.acceptance.debug = false);
    let request = AecsProvisionRequest {
        server_config: Some(expected),
        ..world.provision_request("host1").await
    };
    let error = refusal(world.provision_with(request).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::Settings, Kind::FailedPrecondition));
    assert!(error.message().contains("statuses is"), "{error}");
    let request = AecsProvisionRequest {
        settings_digest: "AB".repeat(32),
        ..world.provision_request("host1").await
    };
    assert_eq!(code(world.provision_with(request).await), ErrorCode::Settings);
    assert_eq!(world.core.status(), "Pending");

    let request = AecsProvisionRequest {
        server_config: Some(changed(&world, |_| ())),
        settings_digest: world.status().await.settings_digest,
        ..world.provision_request("host1").await
    };
    let answer = world.provision_with(request).await.unwrap();
    assert_eq!(answer.deployment_id, world.status().await.deployment_id, "what clients pin");
    assert_eq!(show(&world).await.revision, 1);
}

/// h04: a server that works already may be of somebody else's deployment.
#[tokio::test]
async fn h04_a_provision_compares_the_settings_of_a_server_that_works_already() {
    let world = World::working().await;
    let expecting = async |change: fn(&mut Config)| AecsProvisionRequest {
        server_config: Some(changed(&world, change)),
        ..world.provision_request("host1").await
    };
    let refused = expecting(|config| config.acceptance.debug = true).await;
    assert_eq!(code(world.provision_with(refused).await), ErrorCode::Settings);
    let other = AecsProvisionRequest {
        deployment_id: "AB".repeat(32),
        ..world.provision_request("host1").await
    };
    assert_eq!(code(world.provision_with(other).await), ErrorCode::AdminKey);
    let same = expecting(|_| ()).await;
    assert!(world.provision_with(same).await.unwrap().already_working);
}

#[tokio::test]
async fn a_file_that_names_others_is_asked_for_them() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let needing = |files| ServerConfigFile {
        content: b"needs\t/root.pem\n".to_vec(),
        files,
        ..Default::default()
    };
    let request = AecsProvisionRequest {
        server_config: Some(needing(vec![])),
        ..world.provision_request("host1").await
    };
    let answer = world.provision_with(request).await.unwrap();
    assert_eq!(answer.missing_files, ["/root.pem"]);
    assert_eq!(world.core.status(), "Pending", "nothing was done");

    let sent = NamedFile { path: "/root.pem".into(), content: vec![1] };
    let request = AecsProvisionRequest {
        server_config: Some(needing(vec![sent])),
        ..world.provision_request("host1").await
    };
    assert_eq!(code(world.provision_with(request).await), ErrorCode::Settings);
}

#[tokio::test]
async fn applied_settings_hold_at_once_and_after_a_restart() {
    let world = World::installed().await;
    let before = world.status().await;
    let file = changed(&world, |config| config.compat.aecs20 = Aecs20::ReadOnly);
    let file_sm = changed(&world, |config| config.suites.push(Suite::Sm));
    for stale in [0, 2] {
        assert_eq!(code(apply(&world, file.clone(), stale).await), ErrorCode::Settings);
    }
    // Contradictions are found before anything is changed: there is no such suite. They are no
    // differences to agree to, either.
    let diff = DiffDeploymentRequest { file: Some(file.clone()) };
    let diff = world.admin().call::<_, DiffDeploymentResponse>("DiffDeployment", &diff).await;
    let (diff, applied) = (refusal(diff), refusal(apply(&world, file, 1).await));
    assert_eq!((diff.code(), diff.message()), (ErrorCode::Settings, applied.message()));
    assert!(diff.message().contains("identity.suites does not name"), "{diff}");
    assert_eq!(world.status().await.settings_revision, 1);

    let answer = apply(&world, file_sm.clone(), 1).await.unwrap();
    assert_eq!((answer.revision, answer.differences.len()), (2, 1));
    let sm = server_key(&world.core, Suite::Sm).await;
    let after = world.status().await;
    assert_eq!((after.settings_revision, &after.settings_digest), (2, &answer.digest));
    assert_eq!(after.deployment_id, before.deployment_id, "fixed at birth");
    assert_eq!(after.identity_hash, before.identity_hash);
    let again = apply(&world, file_sm, 2).await.unwrap();
    assert_eq!((again.revision, again.differences.len()), (2, 0), "nothing to change");

    let world = world.restarted().await;
    assert_eq!(world.core.status(), "Working");
    assert_eq!(world.status().await.settings_digest, answer.digest);
    assert_eq!(server_key(&world.core, Suite::Sm).await, sm, "its keys stay");
    let file = changed(&world, |_| ());
    apply(&world, file, 2).await.unwrap();
    assert_eq!(world.status().await.settings_digest, before.settings_digest);
}

#[tokio::test]
async fn settings_under_which_the_servers_own_evidence_fails_are_refused() {
    let world = World::installed().await;
    let file = changed(&world, |config| {
        config.settings.verifier = Arc::new(Verifier::builder().vendor_roots().build().unwrap());
    });
    let error = refusal(apply(&world, file, 1).await);
    assert!(error.message().contains("own evidence would be refused"), "{error}");
    assert_eq!(world.status().await.settings_revision, 1);
}

/// The records decide, not what the host kept of the file beside the server.
#[tokio::test]
async fn applied_settings_hold_also_where_the_sealed_identity_is_of_before() {
    let world = World::installed().await;
    let cache = world.cache.clone().unwrap();
    let before = cache.content();
    apply(&world, changed(&world, |config| config.restart = Restart::Provision), 1).await.unwrap();
    assert_ne!(cache.content(), before);
    cache.set(before);
    let status = world.restarted().await.status().await;
    assert_eq!((status.settings_revision, status.status.as_str()), (2, "Pending"));
}

/// A host that goes back to older records does not get the settings of then with them.
#[tokio::test]
async fn older_records_bring_no_former_settings_back() {
    let (world, older) = World::installed_and_copied().await;
    let file = changed(&world, |config| config.suites.push(Suite::Sm));
    let applied = apply(&world, file, 1).await.unwrap();

    let world = world.restart(|restart| restart.store = older).await.unwrap();
    let waiting = world.status().await;
    assert_eq!((waiting.status.as_str(), waiting.settings_revision), ("Pending", 2));
    assert_eq!(waiting.settings_digest, applied.digest, "it shows what a provision makes hold");
    let request =
        AecsProvisionRequest { accept_older_store: true, ..world.provision_request("").await };
    world.provision_with(request).await.unwrap();
    for world in [&world, &world.restarted().await] {
        let status = world.status().await;
        assert_eq!((status.status.as_str(), status.settings_revision), ("Working", 2));
        assert_eq!(status.settings_digest, applied.digest);
    }
}

#[tokio::test]
async fn a_restart_waits_for_a_human_where_the_settings_say_so() {
    let world = World::installed().await;
    apply(&world, changed(&world, |config| config.restart = Restart::Provision), 1).await.unwrap();
    let world = world.restarted().await;
    let status = world.status().await;
    assert_eq!(status.status, "Pending");
    assert!(status.pending_reason.contains("restart = provision"), "{}", status.pending_reason);
    assert_eq!(show(&world).await.revision, 2, "it can be looked at meanwhile");
    world.provision("").await.unwrap();
    assert_eq!(world.status().await.identity_backup, "host1", "that is remembered");
}

#[tokio::test]
async fn an_identity_that_nobody_provisioned_does_not_begin_by_itself() {
    let world = World::pending(Suite::Modern, |_| ()).await.lasting().await;
    let born = world.core.deployment_id();
    let again = world.restarted().await;
    assert_eq!(again.core.status(), "Pending");
    assert_eq!(again.core.deployment_id(), born);
    assert!(again.status().await.pending_reason.contains("never provisioned"));
    // Under other settings it is of no use to anybody.
    let other = again.restart(|restart| restart.config.acceptance.debug = true).await.unwrap();
    assert_ne!(other.core.deployment_id(), born);
}
