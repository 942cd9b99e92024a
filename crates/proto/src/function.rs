//! The functions of the protocol, once for servers, clients and tools: a name that one side
//! misspells does not compile. So does not a client that sends another request, or reads another
//! answer.

use crate::generated::*;
use crate::json::JsonMessage;

crate::named! {
    /// Who may call a function, with the word in audit logs and in names of records.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Caller {
        /// Everybody who reaches the server.
        Anyone = "anyone",
        /// Another node of the deployment.
        Node = "node",
        /// The platform operator.
        AecsAdmin = "aecs-admin",
        /// The holder of a share of a recovery key.
        Custodian = "custodian",
        /// The owner of a service.
        ServiceAdmin = "service-admin",
        /// An application in a TEE.
        TrustedApplication = "ta",
    }
}

/// Whether a function changes what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It does not.
    Read,
    /// It does.
    Write,
}

/// The request of a function that travels in an envelope, beside evidence or in a session.
pub trait FunctionRequest: JsonMessage + Default {
    /// What it asks for.
    const FUNCTION: Function;
    /// What the server answers.
    type Response: JsonMessage + Default;
}

/// What is done with the messages of every function.
pub trait FunctionVisitor {
    /// Is called once for each function that has messages, in the order of the rows.
    fn visit<R: FunctionRequest>(&mut self);
}

/// Declares [`Function`] and its rows: name, caller, effect, whether it is called in sessions, and its
/// messages. The first four have messages of RPCs of their own.
macro_rules! functions {
    (@in_session) => { false };
    (@in_session in_session) => { true };
    ($(
        $name:ident: $caller:ident, $effect:ident $(, $session:ident)?
        $(($request:ident -> $response:ident))?;
    )*) => {
        /// A function of the protocol: what `function_name` names in a remote call, and the RPCs
        /// that carry no function name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Function {
            $(#[doc = concat!("`", stringify!($name), "`")] $name,)*
        }

        impl Function {
            /// Every function.
            pub const ALL: &[Function] = &[$(Function::$name,)*];

            /// Its name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Function::$name => stringify!($name),)* }
            }

            /// Who may call it.
            #[must_use]
            pub const fn caller(self) -> Caller {
                match self { $(Function::$name => Caller::$caller,)* }
            }

            /// Whether it changes what is stored.
            #[must_use]
            pub const fn effect(self) -> Effect {
                match self { $(Function::$name => Effect::$effect,)* }
            }

            /// Whether an application that has a session may call it there.
            #[must_use]
            pub const fn in_session(self) -> bool {
                match self { $(Function::$name => functions!(@in_session $($session)?),)* }
            }
        }

        $($(
            impl FunctionRequest for $request {
                const FUNCTION: Function = Function::$name;
                type Response = $response;
            }
        )?)*

        impl Function {
            /// Visits the messages of every function.
            pub fn visit_all(visitor: &mut impl FunctionVisitor) {
                $($(visitor.visit::<$request>();)?)*
            }
        }
    };
}

functions! {
    GetAecsStatus: Anyone, Read;
    GetEnclaveSecretPublic: Anyone, Read;

    GetRemoteSecret: Node, Read;
    SyncWithRemoteAecs: Node, Write;

    AecsProvision: AecsAdmin, Write (AecsProvisionRequest -> AecsProvisionResponse);
    RegisterEnclaveService: AecsAdmin, Write
        (RegisterEnclaveServiceRequest -> RegisterEnclaveServiceResponse);
    UnregisterEnclaveService: AecsAdmin, Write
        (UnregisterEnclaveServiceRequest -> UnregisterEnclaveServiceResponse);
    ListEnclaveService: AecsAdmin, Read (ListEnclaveServiceRequest -> ListEnclaveServiceResponse);
    AecsBackupIdentity: AecsAdmin, Write (AecsBackupIdentityRequest -> AecsBackupIdentityResponse);
    AecsListBackupIdentity: AecsAdmin, Read
        (AecsListBackupIdentityRequest -> AecsListBackupIdentityResponse);
    AecsDeleteBackupIdentity: AecsAdmin, Write
        (AecsDeleteBackupIdentityRequest -> AecsDeleteBackupIdentityResponse);
    ListTaSecret: AecsAdmin, Read (AecsListTaSecretRequest -> AecsListTaSecretResponse);
    DestroyTaSecret: AecsAdmin, Write (AecsDestroyTaSecretRequest -> AecsDestroyTaSecretResponse);
    AecsSetTime: AecsAdmin, Write (AecsSetTimeRequest -> AecsSetTimeResponse);
    ExportStore: AecsAdmin, Read (ExportStoreRequest -> ExportStoreResponse);
    ShowStore: AecsAdmin, Read (ShowStoreRequest -> ShowStoreResponse);
    VerifyStore: AecsAdmin, Read (VerifyStoreRequest -> VerifyStoreResponse);
    MoveStore: AecsAdmin, Write (MoveStoreRequest -> MoveStoreResponse);
    ShowDeployment: AecsAdmin, Read (ShowDeploymentRequest -> ShowDeploymentResponse);
    DiffDeployment: AecsAdmin, Read (DiffDeploymentRequest -> DiffDeploymentResponse);
    ApplyDeployment: AecsAdmin, Write (ApplyDeploymentRequest -> ApplyDeploymentResponse);
    ListAdministrator: AecsAdmin, Read (ListAdministratorRequest -> ListAdministratorResponse);
    AddAdministrator: AecsAdmin, Write (AddAdministratorRequest -> AddAdministratorResponse);
    RemoveAdministrator: AecsAdmin, Write
        (RemoveAdministratorRequest -> RemoveAdministratorResponse);
    RotateAdministratorKey: AecsAdmin, Write
        (RotateAdministratorKeyRequest -> RotateAdministratorKeyResponse);
    SetServiceKey: AecsAdmin, Write (SetServiceKeyRequest -> SetServiceKeyResponse);
    CreateRecovery: AecsAdmin, Write (CreateRecoveryRequest -> CreateRecoveryResponse);
    ShowRecovery: AecsAdmin, Read (ShowRecoveryRequest -> ShowRecoveryResponse);
    RevokeRecovery: AecsAdmin, Write (RevokeRecoveryRequest -> RevokeRecoveryResponse);
    FinishRecovery: AecsAdmin, Write (FinishRecoveryRequest -> FinishRecoveryResponse);

    ProveRecoveryShare: Custodian, Write (ProveRecoveryShareRequest -> ProveRecoveryShareResponse);
    SubmitRecoveryShare: Custodian, Read
        (SubmitRecoveryShareRequest -> SubmitRecoveryShareResponse);
    AppointAdministrator: Custodian, Write
        (AppointAdministratorRequest -> AppointAdministratorResponse);

    CreateSecret: ServiceAdmin, Write (CreateEnclaveSecretRequest -> CreateEnclaveSecretResponse);
    ApplySecret: ServiceAdmin, Write (ApplySecretRequest -> ApplySecretResponse);
    ChangeSecrets: ServiceAdmin, Write (ChangeSecretsRequest -> ChangeSecretsResponse);
    DestroySecret: ServiceAdmin, Write
        (DestroyEnclaveSecretRequest -> DestroyEnclaveSecretResponse);
    ListSecret: ServiceAdmin, Read (ListEnclaveSecretRequest -> ListEnclaveSecretResponse);
    ListDenial: ServiceAdmin, Read (ListDenialRequest -> ListDenialResponse);
    PutSecret: ServiceAdmin, Write (PutSecretRequest -> NewSecretVersionResponse);
    UploadSecretData: ServiceAdmin, Read (UploadSecretDataRequest -> UploadSecretDataResponse);
    RotateSecret: ServiceAdmin, Write (RotateSecretRequest -> NewSecretVersionResponse);
    RollbackSecret: ServiceAdmin, Write (RollbackSecretRequest -> NewSecretVersionResponse);
    ListSecretVersion: ServiceAdmin, Read (ListSecretVersionRequest -> ListSecretVersionResponse);
    DeleteSecret: ServiceAdmin, Write (DeleteSecretRequest -> DeleteSecretResponse);
    UndeleteSecret: ServiceAdmin, Write (UndeleteSecretRequest -> UndeleteSecretResponse);
    UseSecret: ServiceAdmin, Read (UseSecretRequest -> KeyResults);
    RotateServiceKey: ServiceAdmin, Write (RotateServiceKeyRequest -> RotateServiceKeyResponse);
    PutNamedList: ServiceAdmin, Write (PutNamedListRequest -> PutNamedListResponse);
    ListNamedList: ServiceAdmin, Read (ListNamedListRequest -> ListNamedListResponse);
    DestroyNamedList: ServiceAdmin, Write (DestroyNamedListRequest -> DestroyNamedListResponse);

    TaGetSecret: TrustedApplication, Read, in_session (TaGetSecretRequest -> TaGetSecretResponse);
    TaGetSecrets: TrustedApplication, Read, in_session
        (TaGetSecretsRequest -> TaGetSecretsResponse);
    TaListSecret: TrustedApplication, Read, in_session
        (TaListSecretRequest -> TaListSecretResponse);
    TaWaitForChange: TrustedApplication, Read, in_session
        (TaWaitForChangeRequest -> TaWaitForChangeResponse);
    TaUseSecret: TrustedApplication, Read (TaUseSecretRequest -> TaUseSecretResponse);
    TaCreateSecret: TrustedApplication, Write (TaCreateSecretRequest -> TaCreateSecretResponse);
    TaDestroySecret: TrustedApplication, Write (TaDestroySecretRequest -> TaDestroySecretResponse);
}

impl Function {
    /// The function `name` that `caller` may call, if there is one.
    #[must_use]
    pub fn find(caller: Caller, name: &str) -> Option<Function> {
        Self::ALL.iter().copied().find(|one| one.caller() == caller && one.name() == name)
    }
}

/// A request in a session has no signature that somebody else could check later, so nothing is done
/// by it: only applications have sessions, and what they call there changes nothing.
const _: () = {
    let mut rest = Function::ALL;
    while let [function, others @ ..] = rest {
        let reads = matches!(
            (function.caller(), function.effect()),
            (Caller::TrustedApplication, Effect::Read)
        );
        assert!(reads || !function.in_session());
        rest = others;
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    struct Seen(Vec<Function>);

    impl FunctionVisitor for Seen {
        fn visit<R: FunctionRequest>(&mut self) {
            self.0.push(R::FUNCTION);
        }
    }

    #[test]
    fn each_function_in_an_envelope_or_beside_evidence_has_messages() {
        let mut seen = Seen(Vec::new());
        Function::visit_all(&mut seen);
        let bare = |function: &Function| matches!(function.caller(), Caller::Anyone | Caller::Node);
        let wanted: Vec<_> = Function::ALL.iter().copied().filter(|one| !bare(one)).collect();
        assert_eq!(seen.0, wanted);
    }
}
