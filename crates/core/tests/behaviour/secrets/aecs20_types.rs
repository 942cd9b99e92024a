//! Secrets of types that AECS 2.0 does not have: its clients see nothing of them.

use aecs_core::{ErrorCode, TRUSTED_APPLICATIONS};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    CreateEnclaveSecretRequest, CreateEnclaveSecretResponse,
    EnclaveSecretType::{self, SecretTypeAes256Key, SecretTypeEcP256KeyPair, SecretTypeSm4Key},
    GetEnclaveSecretPublicRequest, ListEnclaveSecretRequest, ListEnclaveSecretResponse, TaBinding,
};

use super::{public, with_params};
use crate::support::{SERVICE, World, code, enclave, pinned, refusal, secret};

const NEW: [EnclaveSecretType; 2] = [SecretTypeEcP256KeyPair, SecretTypeSm4Key];

#[tokio::test]
async fn they_are_not_there_for_clients_of_2_0() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    for kind in NEW {
        world.create(public(with_params(kind.as_str_name(), kind, &[]))).await.unwrap();
    }
    world.create(with_params("aes", SecretTypeAes256Key, &[])).await.unwrap();

    let owner = world.owner().aecs20();
    let list: ListEnclaveSecretResponse =
        owner.call("ListSecret", &ListEnclaveSecretRequest::default()).await.unwrap();
    let names: Vec<_> = list.secrets.iter().map(|spec| spec.secret_name.as_str()).collect();
    assert_eq!(names, ["aes"]);

    let old = world.ta_with(enclave(1), KeyPair::generate(Suite::Sm).unwrap()).aecs20();
    let missing = refusal(old.get(SERVICE, "nothing").await);
    old.get(SERVICE, "aes").await.unwrap();
    for kind in NEW {
        let name = kind.as_str_name();
        assert_eq!(refusal(old.get(SERVICE, name).await).to_string(), missing.to_string());
        let request = GetEnclaveSecretPublicRequest {
            service_name: SERVICE.into(),
            secret_name: name.into(),
            ..Default::default()
        };
        let refused = code(world.core.get_enclave_secret_public(request).await);
        assert_eq!(refused, ErrorCode::PublicPrivate);
        // It is there for others.
        world.ta(enclave(1)).get(SERVICE, name).await.unwrap();
    }
}

#[tokio::test]
async fn they_are_not_created_by_requests_of_2_0() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let old = world.ta_with(enclave(1), KeyPair::generate(Suite::Sm).unwrap()).aecs20();
    for kind in NEW {
        let secret = Some(secret("new", kind, pinned(1)));
        let request =
            CreateEnclaveSecretRequest { secret, is_update: false, if_epoch: 0, upload: None };
        let created: Result<CreateEnclaveSecretResponse, _> =
            world.owner().aecs20().call("CreateSecret", &request).await;
        assert_eq!(code(created), ErrorCode::CreateType);

        let mut own = with_params("own", kind, &[]);
        let spec = own.spec.as_mut().unwrap();
        spec.service_name = TRUSTED_APPLICATIONS.into();
        spec.policy = None;
        let created = old.create(own, TaBinding::Measurement).await;
        assert_eq!(code(created), ErrorCode::CreateType);
    }
    assert!(world.list("").await.is_empty());
}
