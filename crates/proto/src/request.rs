//! The message that asks for each function, and the one that answers it: a client that sends another
//! request, or reads another answer, does not compile.

use crate::function::Function;
use crate::generated::*;
use crate::json::JsonMessage;

/// The request of a function that travels in an envelope or beside evidence.
pub trait FunctionRequest: JsonMessage {
    /// What it asks for.
    const FUNCTION: Function;
    /// What the server answers.
    type Response: JsonMessage;
}

macro_rules! requests {
    ($($function:ident($request:ident) -> $response:ident;)*) => {$(
        impl FunctionRequest for $request {
            const FUNCTION: Function = Function::$function;
            type Response = $response;
        }
    )*};
}

requests! {
    AecsProvision(AecsProvisionRequest) -> AecsProvisionResponse;
    RegisterEnclaveService(RegisterEnclaveServiceRequest) -> RegisterEnclaveServiceResponse;
    UnregisterEnclaveService(UnregisterEnclaveServiceRequest) -> UnregisterEnclaveServiceResponse;
    ListEnclaveService(ListEnclaveServiceRequest) -> ListEnclaveServiceResponse;
    AecsBackupIdentity(AecsBackupIdentityRequest) -> AecsBackupIdentityResponse;
    AecsListBackupIdentity(AecsListBackupIdentityRequest) -> AecsListBackupIdentityResponse;
    AecsDeleteBackupIdentity(AecsDeleteBackupIdentityRequest) -> AecsDeleteBackupIdentityResponse;
    ListTaSecret(AecsListTaSecretRequest) -> AecsListTaSecretResponse;
    DestroyTaSecret(AecsDestroyTaSecretRequest) -> AecsDestroyTaSecretResponse;
    AecsSetTime(AecsSetTimeRequest) -> AecsSetTimeResponse;
    ExportStore(ExportStoreRequest) -> ExportStoreResponse;
    ShowStore(ShowStoreRequest) -> ShowStoreResponse;
    VerifyStore(VerifyStoreRequest) -> VerifyStoreResponse;
    MoveStore(MoveStoreRequest) -> MoveStoreResponse;

    ShowDeployment(ShowDeploymentRequest) -> ShowDeploymentResponse;
    DiffDeployment(DiffDeploymentRequest) -> DiffDeploymentResponse;
    ApplyDeployment(ApplyDeploymentRequest) -> ApplyDeploymentResponse;
    ListAdministrator(ListAdministratorRequest) -> ListAdministratorResponse;
    AddAdministrator(AddAdministratorRequest) -> AddAdministratorResponse;
    RemoveAdministrator(RemoveAdministratorRequest) -> RemoveAdministratorResponse;
    RotateAdministratorKey(RotateAdministratorKeyRequest) -> RotateAdministratorKeyResponse;
    SetServiceKey(SetServiceKeyRequest) -> SetServiceKeyResponse;

    CreateRecovery(CreateRecoveryRequest) -> CreateRecoveryResponse;
    ShowRecovery(ShowRecoveryRequest) -> ShowRecoveryResponse;
    RevokeRecovery(RevokeRecoveryRequest) -> RevokeRecoveryResponse;
    FinishRecovery(FinishRecoveryRequest) -> FinishRecoveryResponse;

    ProveRecoveryShare(ProveRecoveryShareRequest) -> ProveRecoveryShareResponse;
    SubmitRecoveryShare(SubmitRecoveryShareRequest) -> SubmitRecoveryShareResponse;
    AppointAdministrator(AppointAdministratorRequest) -> AppointAdministratorResponse;

    CreateSecret(CreateEnclaveSecretRequest) -> CreateEnclaveSecretResponse;
    ApplySecret(ApplySecretRequest) -> ApplySecretResponse;
    ChangeSecrets(ChangeSecretsRequest) -> ChangeSecretsResponse;
    DestroySecret(DestroyEnclaveSecretRequest) -> DestroyEnclaveSecretResponse;
    ListSecret(ListEnclaveSecretRequest) -> ListEnclaveSecretResponse;
    ListDenial(ListDenialRequest) -> ListDenialResponse;
    PutSecret(PutSecretRequest) -> NewSecretVersionResponse;
    UploadSecretData(UploadSecretDataRequest) -> UploadSecretDataResponse;
    RotateSecret(RotateSecretRequest) -> NewSecretVersionResponse;
    RollbackSecret(RollbackSecretRequest) -> NewSecretVersionResponse;
    ListSecretVersion(ListSecretVersionRequest) -> ListSecretVersionResponse;
    DeleteSecret(DeleteSecretRequest) -> DeleteSecretResponse;
    UndeleteSecret(UndeleteSecretRequest) -> UndeleteSecretResponse;
    UseSecret(UseSecretRequest) -> KeyResults;
    RotateServiceKey(RotateServiceKeyRequest) -> RotateServiceKeyResponse;
    PutNamedList(PutNamedListRequest) -> PutNamedListResponse;
    ListNamedList(ListNamedListRequest) -> ListNamedListResponse;
    DestroyNamedList(DestroyNamedListRequest) -> DestroyNamedListResponse;

    TaGetSecret(TaGetSecretRequest) -> TaGetSecretResponse;
    TaGetSecrets(TaGetSecretsRequest) -> TaGetSecretsResponse;
    TaListSecret(TaListSecretRequest) -> TaListSecretResponse;
    TaWaitForChange(TaWaitForChangeRequest) -> TaWaitForChangeResponse;
    TaUseSecret(TaUseSecretRequest) -> TaUseSecretResponse;
    TaCreateSecret(TaCreateSecretRequest) -> TaCreateSecretResponse;
    TaDestroySecret(TaDestroySecretRequest) -> TaDestroySecretResponse;
}
