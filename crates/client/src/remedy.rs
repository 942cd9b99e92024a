//! Of which kind an error is, and what to do about it: for programs that show errors to people, and for
//! bindings of other languages.

use aecs_attest::Causes;
use aecs_proto::{Caller, ErrorCode};
use tonic::Code as GrpcCode;

use crate::error::{Error, NotSubmitted, PolicyError};
use crate::memory::MemoryError;
use crate::status::Phase;
use crate::trust::Distrust;

/// The kinds of errors that callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call makes no sense as it is, or not here: outside of a TEE, for example.
    Usage,
    /// A file, a key, a root or a policy is not valid.
    BadInput,
    /// A file cannot be read.
    NoInput,
    /// The server cannot be reached, or the connection to it does not last.
    Unreachable,
    /// The server is not ready for this yet; later it may be.
    NotReady,
    /// The server has no such thing.
    NotFound,
    /// The server has a thing of this name already.
    Exists,
    /// The server denied it: key, password, policy, evidence.
    Denied,
    /// Somebody else has changed the thing since.
    Conflict,
    /// The server refused for another reason.
    Refused,
    /// The server, or what it says, cannot be trusted.
    Untrusted,
    /// The memory of servers' states cannot be written.
    CannotWrite,
    /// A defect of this side.
    Internal,
}

/// What to do where records are older than, or others than, those seen before.
const ROLLED_BACK: &str = "somebody may have put back an old copy of the server's store, or runs a \
                           second copy of it; if you restored it on purpose, repeat the command \
                           with --insecure-accept-rollback";

/// When a remedy fits a refusal with its code.
enum Condition {
    Always,
    /// With this gRPC status.
    Status(GrpcCode),
    /// When this caller was refused.
    By(Caller),
}

macro_rules! remedies {
    ($($code:ident, $kind:ident $(($of:ident))?: $remedy:expr,)*) => {
        &[$((ErrorCode::$code, remedies!(@when $kind $(($of))?), $remedy),)*]
    };
    (@when Always) => { Condition::Always };
    (@when Status($of:ident)) => { Condition::Status(GrpcCode::$of) };
    (@when By($of:ident)) => { Condition::By(Caller::$of) };
}

/// Remedies for the server's error codes; of several for one code the first that fits. A code whose
/// messages say what to do themselves is not here.
const SERVER_REMEDIES: &[(ErrorCode, Condition, &str)] = remedies! {
    NotWorking, By(AecsAdmin): "docs/deployment.md, Restart, says what to do about each reason to \
        wait. A new server waits for `aecsadmin provision HOST`",
    NotWorking, Always: "the platform's administrator has to put the server to work: `aecsadmin \
        status` says what it waits for",
    Settings, Status(InvalidArgument): "correct the file or the setting that is named; nothing was \
        changed",
    NameReserved, Always: "choose another name",
    Password, Status(InvalidArgument): "give what `aecsadmin hash-password` prints, or the SHA-256 \
        of the password as 64 hexadecimal digits",
    Password, Always: "give the password with --ask-password, --password-file or in the \
        environment; after several wrong ones, wait as long as the server says: until then it \
        checks none",
    AdminKey, Status(InvalidArgument): "give the public half of a key pair, as PEM; `aecs-setup \
        --out DIR` makes pairs",
    AdminFunction, Always: OLDER_SERVER,
    NoBackup, Status(NotFound): "`aecsadmin backuplist` shows the names",
    RequestStale, Status(FailedPrecondition): "repeat the command: it asks for the status again",
    RequestStale, By(AecsAdmin): "`aecsadmin status` compares the clocks and says which one is \
        wrong: set that one; if the floor of the server's clock is wrong, lower it with `aecsadmin \
        time set`",
    RequestStale, Always: "compare this machine's clock with the right time. If it is right, the \
        server's clock is wrong: `aecsadmin status` shows that to the platform's administrator",
    RequestReplayed, Always: "repeat the command: it sends a new request",
    RequestNotAuthentic, By(AecsAdmin): "the server knows no administrator with the key in this \
        kubeconfig: is it the right file, and was the key replaced or the administrator removed? \
        Another administrator sees that with `aecsadmin admin list`. A server that has lost its \
        identity knows only the administrator in `aecs_admin_pubkey` of its own file; if there are \
        recovery shares, start it with `aecs_server --recover` (docs/operations.md)",
    RequestNotAuthentic, By(ServiceAdmin): "the server knows no service with the name and the key \
        in this kubeconfig: is it the right file, and was the key replaced or the service removed? \
        The platform's administrator sees that with `aecsadmin list`",
    RequestNotAuthentic, Always: "the request was changed on its way, or the server got another \
        identity meanwhile: repeat the command",
    OtherServer, Always: "the status came from another server than the one that the request \
        reached: does one address lead to servers of several deployments?",
    OtherBoot, Always: "each attempt reached another process than the one whose status it had \
        asked for: does the server restart again and again, or do several nodes answer at this \
        address? Wait, or name the address of one node",
    StateBehind, By(TrustedApplication): FORKED,
    StateBehind, Always: ROLLED_BACK,
    OtherHistory, By(TrustedApplication): FORKED,
    OtherHistory, Always: ROLLED_BACK,
    NoSession, Always: "repeat the command: it sends the application's evidence again",
    Recovery, Status(NotFound): "`aecsadmin recovery list` shows the administrator which shares \
        there are; of a server in recovery, `aecsadmin recovery status` does",
    ServiceFunction, Always: OLDER_SERVER,
    TooManySecrets, Always: "destroy secrets that are not needed any more, or have the platform's \
        administrator raise the quota",
    CreateDataTooLong, Always: "the trust setting quotas.data_bytes is the limit",
    UpdateTypeMismatch, Always: "destroy the secret and create a new one, or leave its type as it \
        is",
    NoVersion, Always: "`serviceadmin versions SECRET` shows the secret's owner which versions \
        there are",
    NotCurrent, By(ServiceAdmin): "somebody else was faster: `serviceadmin get SECRET` shows the secret as \
        it is now, `serviceadmin versions SECRET` who made which version",
    UseDenied, By(TrustedApplication): "`serviceadmin denials` shows the secret's owner which rule \
        did not allow it; `use.operations` of the secret, and `operations` of a rule, say what is \
        allowed",
    UseDenied, Always: "`use:` of the secret says what is allowed: `admin` to you, `operations` to \
        applications; change it with `serviceadmin apply`",
    UseFailed, Always: "use the secret that made the ciphertext, signature or MAC, and give the \
        same --associated-data (or label) and message as then. docs/guide/secrets.md says what \
        each type of key does",
    Upload, Always: "run the command again. If that does not help, the calls of one client go to \
        several processes of the server, or others send long values at the same time \
        (limits.upload_bytes)",
    TooLongForOne, Always: "use the client library and `aecs_client_cli` of AECS 2.1, which get \
        long values in parts",
    PublicPrivate, Always: "a secret has a public part only if its owner has created it with \
        `share: public`",
    Damaged, By(AecsAdmin): "`aecsadmin store verify` lists everything that is damaged; \
        docs/backup.md says how to restore it",
    Damaged, By(ServiceAdmin): "have the platform's administrator run `aecsadmin store verify`, \
        which lists what is damaged, and restore it (docs/backup.md). If only the value of a \
        secret is damaged, `serviceadmin put` gives it another one",
    Damaged, Always: "tell the platform's administrator: the server's log and `aecsadmin store \
        verify` say what is damaged. The same request fails until it is restored",
    NameExists, By(ServiceAdmin): "choose another name, or change the secret that exists: \
        `serviceadmin put` gives it a new value, `serviceadmin create --update` another policy. A \
        deleted secret keeps its name until it is destroyed: `serviceadmin list --deleted` shows \
        those",
    NameExists, Always: "choose another name",
    NoSuchName, Status(PermissionDenied): "`serviceadmin denials` shows the secret's owner which \
        rule did not match and why; for applications' own secrets, the server's audit log does",
    NoSuchName, Status(Unauthenticated): "`aecs-attest verify` explains what is wrong with a \
        report; the server's audit log has the refusal. An application on a software CPU needs the \
        one that the server runs on, or whose root the server's attestation.simulated_root names",
    NoSuchName, By(AecsAdmin): "`aecsadmin list` shows the services, `aecsadmin listsecret` \
        applications' own secrets, `aecsadmin admin list` the administrators",
    NoSuchName, By(ServiceAdmin): "`serviceadmin list` shows the service's secrets, `serviceadmin \
        lists list` its named lists",
};

/// What to do where an application finds other records, or older ones, than before.
const FORKED: &str = "somebody may have put back an old copy of the server's store, or runs a second \
                      copy of it: tell the platform's administrator";

/// What to do where the server does not know a function.
const OLDER_SERVER: &str = "the server is older than this tool: use a tool of the server's version, or \
                            upgrade the server";

impl Error {
    /// Of which kind the error is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Unreachable { .. }
            | Error::Tls { .. }
            | Error::Deadline { .. }
            | Error::Interrupted { .. } => ErrorKind::Unreachable,
            Error::Refused(refusal)
                if [Some(ErrorCode::StateBehind), Some(ErrorCode::OtherHistory)]
                    .contains(&refusal.code()) =>
            {
                ErrorKind::Untrusted
            }
            Error::Refused(refusal) => refused(refusal.code(), refusal.grpc_code()),
            Error::Untrusted(_)
            | Error::State(MemoryError::Rollback { .. } | MemoryError::OlderSettings { .. }) => {
                ErrorKind::Untrusted
            }
            Error::State(MemoryError::Malformed { .. }) => ErrorKind::BadInput,
            Error::State(_) => ErrorKind::CannotWrite,
            Error::File(error) if error.is_unreadable() => ErrorKind::NoInput,
            Error::Endpoint(_) | Error::Policy(_) | Error::Verifier(_) | Error::File(_) => {
                ErrorKind::BadInput
            }
            Error::Misuse(_) | Error::NoPlatform(_) | Error::Environment { .. } => ErrorKind::Usage,
            Error::NotSubmitted(NotSubmitted::NotRecovering { .. }) => ErrorKind::NotReady,
            Error::NotSubmitted(NotSubmitted::OtherRevision { .. }) | Error::Operation(_) => {
                ErrorKind::Refused
            }
            Error::Crypto(_) | Error::Runtime(_) | Error::Attester(_) => ErrorKind::Internal,
        }
    }

    /// What has happened with all its causes, in one line, and without what to do about it.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Error::File(error) => error.message(),
            error => Causes(error).to_string(),
        }
    }

    /// What to do about it, where more can be said than the message does.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        match self {
            Error::File(error) => Some(error.remedy()),
            error => remedy(error),
        }
    }
}

/// The kind of a refusal.
fn refused(code: Option<ErrorCode>, grpc: GrpcCode) -> ErrorKind {
    match (code, grpc) {
        (Some(ErrorCode::NotCurrent), _) => ErrorKind::Conflict,
        (Some(ErrorCode::NotWorking | ErrorCode::NotYet), _) | (_, GrpcCode::Unavailable) => {
            ErrorKind::NotReady
        }
        (_, GrpcCode::NotFound) => ErrorKind::NotFound,
        (_, GrpcCode::AlreadyExists) => ErrorKind::Exists,
        (_, GrpcCode::PermissionDenied | GrpcCode::Unauthenticated) => ErrorKind::Denied,
        _ => ErrorKind::Refused,
    }
}

fn remedy(error: &Error) -> Option<&'static str> {
    match error {
        Error::Unreachable { .. } => Some("is the server running, and is this its address?"),
        Error::Tls { .. } if is_about_time(error) => Some(
            "if the clock is right, renew the certificate (`aecs-setup` renews those of a test \
             installation); the server reads new files by itself. If not, correct this machine's time",
        ),
        Error::Tls { .. } if !is_about_certificates(error) => Some(
            "is this the server's address, and is TLS switched on there (aecs_rpc_ssl_secure)? What \
             answers does not speak TLS as this tool does",
        ),
        Error::Tls { .. } => Some(
            "the server's certificate has to be for `enclave-service` and of the CA given here, \
             and it has to know the CA of this side's certificate",
        ),
        Error::Interrupted { .. } => Some(
            "does the server expect TLS where none is configured here, or the other way round? \
             The request may have been carried out: look before repeating it",
        ),
        Error::Deadline { .. } => Some(
            "the server may be slow: the tools wait longer with --timeout. If the command changes something, \
             that may have been done: look before repeating it",
        ),
        Error::Policy(PolicyError::NoDeployment) => Some(
            "run `aecsadmin provision` for a new server, or `aecsadmin deployment pin KUBECONFIG`: both \
             write `deploymentId` into the file; \
             `insecure_any_deployment: true` in verifyPolicy trusts any deployment of that code",
        ),
        Error::Refused(refusal) if refusal.grpc_code() == GrpcCode::OutOfRange => Some(
            "send less in one request; the server's setting limits.max_message_bytes, 1048576 unless it was \
             changed, is its limit",
        ),
        Error::Refused(refusal) => {
            server_remedy(refusal.code()?, refusal.grpc_code(), refusal.caller())
        }
        // Of one operation there is no status; its remedies do not depend on one.
        Error::Operation(error) => {
            server_remedy(error.code()?, GrpcCode::InvalidArgument, Caller::Anyone)
        }
        Error::Untrusted(Distrust::Report(_)) if is_about_time(error) => Some(
            "one of the two clocks is wrong, or the collateral is old: compare this machine's time with \
             the server's",
        ),
        Error::Untrusted(Distrust::Report(aecs_attest::Error::UnknownRoot { .. })) => Some(
            "if the server runs on a software CPU, simulationRoot in verifyPolicy has to name the root \
             of that very CPU (`aecs-sim root DIR` prints it); if it plays SEV-SNP, `--root SEV_SNP=FILE` or \
             AECS_ROOTS names that of `aecs-sim root DIR --amd`; if not, its evidence is not genuine",
        ),
        Error::Untrusted(Distrust::Report(_)) => Some(
            "its evidence is not genuine, or its platform is one that this tool does not trust: \
             `aecs-attest platforms` lists the roots",
        ),
        Error::Untrusted(Distrust::Deployment { phase, recoverable, .. }) => {
            Some(other_deployment(*phase, *recoverable))
        }
        Error::NotSubmitted(NotSubmitted::NotRecovering { .. }) => Some(
            "nothing of the share was sent. A server takes shares after a start with `aecs_server --recover`; \
             to prove a share to one that works, use `aecsadmin recovery drill`",
        ),
        Error::NotSubmitted(NotSubmitted::OtherRevision { .. }) => Some(
            "nothing of the share was sent. `aecsadmin recovery status` shows which revisions the server waits \
             for: use the share of one of those. Those of former sets have ended",
        ),
        Error::Untrusted(Distrust::ShareOfAnother { .. }) => Some(
            "nothing of the share was sent. Use the kubeconfig of the deployment that the share is of, or the \
             share of the deployment that the kubeconfig pins",
        ),
        Error::Untrusted(Distrust::SharePolicy(_)) => Some(
            "nothing of the share was sent. It is for servers with the signer, or the measurement, that its \
             maker wanted. If the deployment was to move to this server, its administrator makes shares for it \
             while it still works (`aecsadmin upgrade prepare`)",
        ),
        Error::Untrusted(_) => Some(
            "this is not the server that verifyPolicy describes: find out why before changing the policy. After a \
             planned upgrade, kubeconfigs have to list the new measurement (docs/guide/upgrading.md)",
        ),
        Error::State(MemoryError::Rollback { .. } | MemoryError::OlderSettings { .. }) => {
            Some(ROLLED_BACK)
        }
        Error::State(MemoryError::Malformed { .. }) => {
            Some("the file is not to be edited by hand: restore it, or name another --state-dir")
        }
        Error::State(MemoryError::Io { .. }) => Some(
            "this file remembers the last state of each server, so that an older one is noticed: name \
             a folder that this user may write with --state-dir or AECS_STATE_DIR",
        ),
        _ => None,
    }
}

/// What to do where a server is of another deployment than the expected one. Only one that works is another
/// one for good: the id of the others is one of a start, which nobody may take for the deployment's.
fn other_deployment(phase: Phase, recoverable: bool) -> &'static str {
    match (phase, recoverable) {
        (Phase::Working, _) => {
            "another deployment answers at this address: find out why. Only if its administrator says that it \
             has taken the place of yours, `aecsadmin deployment pin --replace KUBECONFIG` trusts it"
        }
        (Phase::Recovering, true) => {
            "the deployment is being recovered. Until that is done, the server has an id of its own: wait, and \
             pin nothing. `aecsadmin recovery status` shows the administrator what it waits for"
        }
        (Phase::Recovering, false) => {
            "another deployment is being recovered at this address: is it the right one?"
        }
        (Phase::Pending, true) => {
            "the server has lost the deployment's identity, but its store has recovery shares of it. If the \
             machine or the sealing key is lost, its operator starts it with `aecs_server --recover` \
             (docs/operations.md); if not, the administrator runs `aecsadmin provision HOST` with the host name \
             of a backup. Until then, wait, and pin nothing"
        }
        (Phase::Pending, false) => {
            "the server has a new identity, and waits. If the deployment's was lost, the administrator brings it \
             back from the backup of HOST with `aecsadmin provision HOST`, or the operator starts the server \
             with `aecs_server --recover` on the deployment's store (docs/operations.md). Until then, wait, and \
             pin nothing"
        }
    }
}

/// Whether something is used before or after its time. Of a TLS library there is only the text.
fn is_about_time(error: &Error) -> bool {
    use aecs_attest::Error::{Expired, NotYetValid, TooOld};

    if let Error::Untrusted(Distrust::Report(error)) = error {
        return matches!(error, Expired { .. } | NotYetValid { .. } | TooOld { .. });
    }
    let text = Causes(error).to_string();
    ["certificate expired", "certificate is expired", "certificate is valid from"]
        .into_iter()
        .any(|part| text.contains(part))
}

/// Whether TLS says that a certificate is wrong: its own side about the server's, or the server in an
/// alert. Of a TLS library there is only the text.
fn is_about_certificates(error: &Error) -> bool {
    let text = Causes(error).to_string();
    ["certificate", "alert"].into_iter().any(|part| text.contains(part))
}

fn server_remedy(code: ErrorCode, grpc: GrpcCode, caller: Caller) -> Option<&'static str> {
    let fits = |when: &Condition| match when {
        Condition::Always => true,
        Condition::Status(status) => *status == grpc,
        Condition::By(of) => *of == caller,
    };
    let row = SERVER_REMEDIES.iter().find(|(known, when, _)| *known == code && fits(when));
    row.map(|(_, _, remedy)| *remedy)
}

#[cfg(test)]
mod page;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::DeploymentId;

    #[test]
    fn codes_are_in_order_and_every_row_can_be_found() {
        // Nothing comes after the row that always fits.
        let ordered = |pair: &[(ErrorCode, Condition, &str)]| {
            let [code, next] = [pair[0].0, pair[1].0].map(ErrorCode::value);
            code < next || (code == next && !matches!(pair[0].1, Condition::Always))
        };
        assert!(SERVER_REMEDIES.windows(2).all(ordered));
    }

    /// A new code gets a row, or messages that say what to do and a place in this list.
    #[test]
    fn every_code_has_a_remedy_or_says_itself_what_to_do() {
        const SAY_IT: [ErrorCode; 27] = [
            ErrorCode::Generic,
            ErrorCode::NotWorkingForSync,
            ErrorCode::Aecs20Refused,
            ErrorCode::NotYet,
            ErrorCode::NameEmpty,
            ErrorCode::NameTooLong,
            ErrorCode::NameBadCharacter,
            ErrorCode::AdminServiceEmpty,
            ErrorCode::AdminHostEmpty,
            ErrorCode::TooManyServices,
            ErrorCode::CreateServiceEmpty,
            ErrorCode::CreateServiceMismatch,
            ErrorCode::CreateNoData,
            ErrorCode::CreateType,
            ErrorCode::CreateBadData,
            ErrorCode::CreateDataNotAllowed,
            ErrorCode::UpdateReadOnly,
            ErrorCode::DestroyNameEmpty,
            ErrorCode::GetServiceEmpty,
            ErrorCode::GetNameEmpty,
            ErrorCode::GetNotExportable,
            ErrorCode::Expired,
            ErrorCode::Deleted,
            ErrorCode::PublicServiceEmpty,
            ErrorCode::PublicNameEmpty,
            ErrorCode::Provisioned,
            ErrorCode::StorageAuth,
        ];
        for code in ErrorCode::ALL {
            let has_row = SERVER_REMEDIES.iter().any(|(known, ..)| known == code);
            assert_ne!(has_row, SAY_IT.contains(code), "{code:?}");
        }
    }

    /// One code can mean something else with another status, and for another caller.
    #[test]
    fn a_code_of_several_meanings_has_a_remedy_for_each() {
        use Caller::{AecsAdmin, Anyone, ServiceAdmin, TrustedApplication as Ta};
        use GrpcCode::{
            AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied,
            ResourceExhausted, Unauthenticated,
        };

        for (code, grpc, caller, part) in [
            (ErrorCode::NotWorking, FailedPrecondition, AecsAdmin, Some("provision HOST")),
            (ErrorCode::NotWorking, FailedPrecondition, Anyone, Some("platform's administrator")),
            (ErrorCode::Settings, InvalidArgument, AecsAdmin, Some("correct the file")),
            (ErrorCode::Settings, FailedPrecondition, AecsAdmin, None),
            (ErrorCode::Password, InvalidArgument, AecsAdmin, Some("hash-password")),
            (ErrorCode::Password, Unauthenticated, ServiceAdmin, Some("--ask-password")),
            (ErrorCode::AdminKey, InvalidArgument, ServiceAdmin, Some("aecs-setup")),
            (ErrorCode::AdminKey, FailedPrecondition, AecsAdmin, None),
            (ErrorCode::AdminKey, AlreadyExists, AecsAdmin, None),
            (ErrorCode::RequestStale, Unauthenticated, AecsAdmin, Some("time set")),
            (ErrorCode::RequestStale, Unauthenticated, Ta, Some("this machine's clock")),
            (ErrorCode::RequestStale, FailedPrecondition, AecsAdmin, Some("repeat")),
            (ErrorCode::RequestNotAuthentic, Unauthenticated, AecsAdmin, Some("admin list")),
            (ErrorCode::RequestNotAuthentic, Unauthenticated, ServiceAdmin, Some("no service")),
            (ErrorCode::RequestNotAuthentic, Unauthenticated, Ta, Some("repeat")),
            (ErrorCode::StateBehind, FailedPrecondition, ServiceAdmin, Some("accept-rollback")),
            (ErrorCode::StateBehind, FailedPrecondition, Ta, Some("tell the platform's")),
            (ErrorCode::OtherHistory, FailedPrecondition, Ta, Some("tell the platform's")),
            (ErrorCode::TooManySecrets, ResourceExhausted, ServiceAdmin, Some("raise the quota")),
            (ErrorCode::Damaged, GrpcCode::Internal, AecsAdmin, Some("lists everything")),
            (ErrorCode::Damaged, GrpcCode::Internal, ServiceAdmin, Some("serviceadmin put")),
            (ErrorCode::Damaged, GrpcCode::Internal, Ta, Some("tell the platform's")),
            (ErrorCode::NameExists, AlreadyExists, AecsAdmin, Some("another name")),
            (ErrorCode::NoBackup, FailedPrecondition, AecsAdmin, None),
            (ErrorCode::NameExists, AlreadyExists, ServiceAdmin, Some("create --update")),
            (ErrorCode::NoSuchName, NotFound, AecsAdmin, Some("admin list")),
            (ErrorCode::NoSuchName, NotFound, ServiceAdmin, Some("`serviceadmin list`")),
            (ErrorCode::NoSuchName, PermissionDenied, Ta, Some("denials")),
            (ErrorCode::NoSuchName, Unauthenticated, Ta, Some("aecs-attest verify")),
        ] {
            let remedy = server_remedy(code, grpc, caller);
            let fits = match (remedy, part) {
                (Some(remedy), Some(part)) => remedy.contains(part),
                (remedy, part) => remedy == part,
            };
            assert!(fits, "{code} {grpc:?} {caller:?}: {remedy:?}");
        }
    }

    /// Another deployment is trusted only where one works.
    #[test]
    fn nobody_pins_a_server_that_can_still_become_the_expected_one() {
        for phase in [Phase::Pending, Phase::Recovering, Phase::Working] {
            for recoverable in [false, true] {
                let [expected, actual] = [1, 2].map(|byte| DeploymentId::from_bytes([byte; 32]));
                let error = Distrust::Deployment { expected, actual, phase, recoverable };
                let help = Error::Untrusted(error).help().unwrap().to_owned();
                assert_eq!(help.contains("pin --replace"), phase == Phase::Working, "{help}");
                assert_eq!(help.contains("--recover`"), phase == Phase::Pending, "{help}");
            }
        }
    }

    #[test]
    fn dates_are_told_from_forgeries() {
        let now = std::time::SystemTime::now();
        let expired = aecs_attest::Error::TooOld {
            what: aecs_attest::Endorsement::NITRO_DOCUMENT,
            issued: now,
            max_age: std::time::Duration::ZERO,
            now,
        };
        let tls = |text: &str| Error::Tls { endpoint: "a:1".into(), source: text.into() };
        for (error, part) in [
            (Error::Untrusted(Distrust::Report(expired)), "one of the two clocks"),
            (tls("the server's certificate is valid from x"), "this machine's time"),
            (tls("the server's certificate expired at x"), "this machine's time"),
            (tls("invalid peer certificate: UnknownIssuer"), "of the CA given here"),
            (tls("received fatal alert: UnknownCA"), "of the CA given here"),
            (
                tls("received corrupt message of type InvalidContentType"),
                "is TLS switched on there",
            ),
        ] {
            let remedy = remedy(&error).unwrap();
            assert!(remedy.contains(part), "{error}: {remedy}");
        }
    }
}
