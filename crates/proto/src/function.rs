//! The functions of the protocol, once for servers, clients and tools: a name that one side
//! misspells does not compile.

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

macro_rules! functions {
    (@in_session) => { false };
    (@in_session in_session) => { true };
    ($($name:ident: $caller:ident, $effect:ident $(, $session:ident)?;)*) => {
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
    };
}

functions! {
    GetAecsStatus: Anyone, Read;
    GetEnclaveSecretPublic: Anyone, Read;

    GetRemoteSecret: Node, Read;
    SyncWithRemoteAecs: Node, Write;

    AecsProvision: AecsAdmin, Write;
    RegisterEnclaveService: AecsAdmin, Write;
    UnregisterEnclaveService: AecsAdmin, Write;
    ListEnclaveService: AecsAdmin, Read;
    AecsBackupIdentity: AecsAdmin, Write;
    AecsListBackupIdentity: AecsAdmin, Read;
    AecsDeleteBackupIdentity: AecsAdmin, Write;
    ListTaSecret: AecsAdmin, Read;
    DestroyTaSecret: AecsAdmin, Write;
    AecsSetTime: AecsAdmin, Write;
    ExportStore: AecsAdmin, Read;
    ShowStore: AecsAdmin, Read;
    VerifyStore: AecsAdmin, Read;
    MoveStore: AecsAdmin, Write;
    ShowDeployment: AecsAdmin, Read;
    DiffDeployment: AecsAdmin, Read;
    ApplyDeployment: AecsAdmin, Write;
    ListAdministrator: AecsAdmin, Read;
    AddAdministrator: AecsAdmin, Write;
    RemoveAdministrator: AecsAdmin, Write;
    RotateAdministratorKey: AecsAdmin, Write;
    SetServiceKey: AecsAdmin, Write;
    CreateRecovery: AecsAdmin, Write;
    ShowRecovery: AecsAdmin, Read;
    RevokeRecovery: AecsAdmin, Write;
    FinishRecovery: AecsAdmin, Write;

    ProveRecoveryShare: Custodian, Write;
    SubmitRecoveryShare: Custodian, Read;
    AppointAdministrator: Custodian, Write;

    CreateSecret: ServiceAdmin, Write;
    ApplySecret: ServiceAdmin, Write;
    ChangeSecrets: ServiceAdmin, Write;
    DestroySecret: ServiceAdmin, Write;
    ListSecret: ServiceAdmin, Read;
    ListDenial: ServiceAdmin, Read;
    PutSecret: ServiceAdmin, Write;
    UploadSecretData: ServiceAdmin, Read;
    RotateSecret: ServiceAdmin, Write;
    RollbackSecret: ServiceAdmin, Write;
    ListSecretVersion: ServiceAdmin, Read;
    DeleteSecret: ServiceAdmin, Write;
    UndeleteSecret: ServiceAdmin, Write;
    UseSecret: ServiceAdmin, Read;
    RotateServiceKey: ServiceAdmin, Write;
    PutNamedList: ServiceAdmin, Write;
    ListNamedList: ServiceAdmin, Read;
    DestroyNamedList: ServiceAdmin, Write;

    TaGetSecret: TrustedApplication, Read, in_session;
    TaGetSecrets: TrustedApplication, Read, in_session;
    TaListSecret: TrustedApplication, Read, in_session;
    TaWaitForChange: TrustedApplication, Read, in_session;
    TaUseSecret: TrustedApplication, Read;
    TaCreateSecret: TrustedApplication, Write;
    TaDestroySecret: TrustedApplication, Write;
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
