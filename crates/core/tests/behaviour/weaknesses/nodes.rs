//! Identities between nodes: W3, W4. No cluster policy is configured, so both doors are closed.

use aecs_core::{ErrorCode, Kind};
use aecs_proto::{GetRemoteSecretRequest, SyncWithRemoteAecsRequest};
use aecs_sim::EnclaveIdentity;

use crate::support::{World, refusal, server_enclave};

#[tokio::test]
async fn w03_nobody_makes_a_node_take_another_identity() {
    let pending = World::pending(aecs_crypto::Suite::Modern, |_| ()).await;
    let working = World::working().await;
    for world in [pending, working] {
        let before = world.status().await;
        let request = SyncWithRemoteAecsRequest { remote_endpoint: "127.0.0.1:19527".into() };
        let error = refusal(world.core.sync_with_remote_aecs(request).await);
        assert_eq!(error.kind(), Kind::PermissionDenied);
        let after = world.status().await;
        assert_eq!((before.identity_hash, before.status), (after.identity_hash, after.status));
    }
}

#[tokio::test]
async fn w04_signer_and_product_do_not_get_the_identity() {
    let world = World::working().await;
    for peer in [
        server_enclave(),
        EnclaveIdentity { debug: true, ..server_enclave() },
        EnclaveIdentity { svn: 0, ..server_enclave() },
    ] {
        let report = world.ta(peer).report;
        let request = GetRemoteSecretRequest { auth_ra_report: Some(report) };
        let error = refusal(world.core.get_remote_secret(request).await);
        assert_eq!(
            (error.code(), error.kind()),
            (ErrorCode::NotWorkingForSync, Kind::PermissionDenied)
        );
    }
}
