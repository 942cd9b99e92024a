//! What to do about an error of the client library: the exit code and the line behind `help:`.

use aecs_client::files::FileError;
use aecs_client::{Distrust, Error, ErrorCode, GrpcCode, MemoryError, PolicyError};

use crate::failure::{Exit, Failure, with_causes};

/// What to do where records are older than, or others than, those seen before.
const ROLLED_BACK: &str = "somebody may have put back an old copy of the server's store, or runs a \
                           second copy of it; if you restored it on purpose, repeat the command \
                           with --insecure-accept-rollback";

/// Remedies for the server's error codes, and by the gRPC status where one code means several things.
/// A code whose messages say what to do themselves is not here.
const SERVER_REMEDIES: &[(ErrorCode, Option<GrpcCode>, &str)] = &[
    (
        ErrorCode::NotWorking,
        None,
        "the message says what the server waits for; docs/deployment.md, Restart, says what to do. A new \
         server waits for `aecsadmin provision HOST`",
    ),
    (
        ErrorCode::Aecs20Refused,
        None,
        "the server refuses requests of AECS 2.0; its trust setting compat.aecs20 allows them",
    ),
    (ErrorCode::NotYet, None, "repeat the command in a few seconds"),
    (
        ErrorCode::Settings,
        Some(GrpcCode::InvalidArgument),
        "correct the file or the setting that is named; nothing was changed",
    ),
    (
        ErrorCode::Settings,
        None,
        "`aecsadmin deployment show` shows the trust settings in force, `deployment diff FILE` what a \
         file would change",
    ),
    (ErrorCode::NameReserved, None, "choose another name"),
    (
        ErrorCode::Password,
        None,
        "give the password with --ask-password, --password-file or in the environment; after several \
         wrong ones, wait as long as the server says, since until then it looks at none",
    ),
    (ErrorCode::NoBackup, Some(GrpcCode::NotFound), "`aecsadmin backuplist` shows the names"),
    (
        ErrorCode::RequestStale,
        None,
        "`aecsadmin status` compares the clocks and says which one is wrong: set that one; if the \
         floor of the server's clock is wrong, lower it with `aecsadmin time set`",
    ),
    (
        ErrorCode::RequestNotAuthentic,
        None,
        "the server knows no administrator, or no service, with the name and the key in this \
         kubeconfig: is it the right file, and was the key replaced, or the administrator or service \
         removed? Another administrator sees that with `aecsadmin admin list` and `aecsadmin list`. A \
         server that has lost its identity knows only the administrator in `aecs_admin_pubkey` of its \
         own file",
    ),
    (
        ErrorCode::OtherServer,
        None,
        "the status came from another server than the one that the request reached: does one address \
         lead to servers of several deployments?",
    ),
    (
        ErrorCode::OtherBoot,
        None,
        "each attempt reached another process than the one whose status it had asked for: does the \
         server restart again and again, or do several nodes answer at this address? Wait, or name \
         one node in the kubeconfig",
    ),
    (ErrorCode::StateBehind, None, ROLLED_BACK),
    (ErrorCode::OtherHistory, None, ROLLED_BACK),
    (
        ErrorCode::TooManyServices,
        None,
        "remove one that is not needed any more: `aecsadmin unregister SERVICE`, `aecsadmin admin \
         remove NAME`; for services, the trust setting quotas.services is the limit",
    ),
    (
        ErrorCode::TooManySecrets,
        None,
        "destroy secrets that are not needed any more; the trust settings quotas.secrets_per_service, \
         quotas.ta_secrets and quotas.ta_secrets_per_rule are the limits",
    ),
    (
        ErrorCode::CreateServiceMismatch,
        None,
        "the service in the policy file has to be the administrator's in the kubeconfig",
    ),
    (ErrorCode::CreateDataTooLong, None, "the trust setting quotas.data_bytes is the limit"),
    (
        ErrorCode::UpdateTypeMismatch,
        None,
        "destroy the secret and create a new one, or leave its type as it is",
    ),
    (
        ErrorCode::UpdateReadOnly,
        None,
        "the secret is read-only: it can only be destroyed and created again",
    ),
    (
        ErrorCode::Provisioned,
        None,
        "`aecsadmin status` shows the host name under which the identity is saved",
    ),
    (ErrorCode::NameExists, None, "choose another name"),
    (
        ErrorCode::NoSuchName,
        Some(GrpcCode::PermissionDenied),
        "the server's audit log names the rule that did not match; for a secret of a service, so does \
         `serviceadmin denials`",
    ),
    (
        ErrorCode::NoSuchName,
        Some(GrpcCode::Unauthenticated),
        "`aecs-attest verify` explains what is wrong with a report; the server's audit log has the \
         refusal",
    ),
    (
        ErrorCode::NoSuchName,
        None,
        "`list` shows the names of services and secrets, `aecsadmin listsecret` those of applications' own \
         secrets, `aecsadmin admin list` those of administrators",
    ),
];

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if let Error::File(error) = error {
            return error.into();
        }
        let failure = Failure::new(exit(&error), with_causes(&error));
        match remedy(&error) {
            Some(remedy) => failure.help(remedy),
            None => failure,
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let exit = if error.is_unreadable() { Exit::NoInput } else { Exit::BadInput };
        let place = match (error.line(), error.column()) {
            (Some(line), Some(column)) => format!(":{line}:{column}"),
            _ => String::new(),
        };
        let what = format!("{}{place}: {}", error.file().display(), error.reason());
        Failure::new(exit, what).help(error.remedy())
    }
}

fn exit(error: &Error) -> Exit {
    match error {
        Error::Unreachable { .. }
        | Error::Tls { .. }
        | Error::Deadline { .. }
        | Error::Interrupted { .. } => Exit::Unreachable,
        Error::Refused(refusal)
            if [Some(ErrorCode::StateBehind), Some(ErrorCode::OtherHistory)]
                .contains(&refusal.code()) =>
        {
            Exit::Untrusted
        }
        Error::Refused(_) => Exit::Refused,
        Error::Untrusted(_)
        | Error::State(MemoryError::Rollback { .. } | MemoryError::OlderSettings { .. }) => {
            Exit::Untrusted
        }
        Error::State(MemoryError::Malformed { .. }) => Exit::BadInput,
        Error::State(_) => Exit::CannotWrite,
        Error::Endpoint(_) | Error::Policy(_) => Exit::BadInput,
        Error::Misuse(_) => Exit::Usage,
        _ => Exit::Internal,
    }
}

fn remedy(error: &Error) -> Option<&'static str> {
    match error {
        Error::Unreachable { .. } => Some("is the server running, and is this its address?"),
        Error::Tls { .. } if is_about_time(error) => {
            Some("the certificate is not valid at this machine's time: check the clock")
        }
        Error::Tls { .. } => Some(
            "the server's certificate has to be for `enclave-service` and of the CA given here, \
             and it has to know the CA of this side's certificate",
        ),
        Error::Interrupted { .. } => Some(
            "does the server expect TLS where none is configured here, or the other way round? \
             The request may have been carried out: look before repeating it",
        ),
        Error::Deadline { .. } => {
            Some("the request may have been carried out: look before repeating it")
        }
        Error::Policy(PolicyError::NoDeployment) => Some(
            "run `aecsadmin provision` for a new server, or `aecsadmin deployment pin KUBECONFIG`: both \
             write `deploymentId` into the file; \
             `insecure_any_deployment: true` in verifyPolicy trusts any deployment of that code",
        ),
        Error::Refused(refusal) => exists(refusal.code()?, refusal.message())
            .or_else(|| server_remedy(refusal.code()?, refusal.grpc_code())),
        Error::Untrusted(Distrust::Report(_)) if is_about_time(error) => Some(
            "one of the two clocks is wrong, or the collateral is old: compare this machine's time with \
             the server's",
        ),
        Error::Untrusted(Distrust::Report(_)) => Some(
            "its evidence is not genuine; that of a software CPU is accepted only if verifyPolicy \
             names the CPU's root as simulationRoot",
        ),
        Error::Untrusted(Distrust::Deployment { .. }) => Some(
            "another identity answers at this address: find out why. If the server has lost its \
             identity, `aecsadmin provision HOST` brings it back from the backup of HOST; if it was \
             replaced on purpose, `aecsadmin deployment pin --replace KUBECONFIG` trusts the new one",
        ),
        Error::Untrusted(_) => Some(
            "this is not the server that verifyPolicy describes: find out why before changing the \
             policy",
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

/// What to do where something is there already, by the first words of the server's message.
fn exists(code: ErrorCode, message: &str) -> Option<&'static str> {
    if code != ErrorCode::NameExists {
        return None;
    }
    match message.split(' ').next() {
        Some("this") => Some("this key is already in use: make another pair"),
        Some("secret") => Some(
            "choose another name; `serviceadmin create --update` changes the policy of a service's \
             secret that exists",
        ),
        _ => None,
    }
}

/// Whether something is used before or after its time. Of a TLS library there is only the text.
fn is_about_time(error: &Error) -> bool {
    use aecs_attest::Error::{Expired, NotYetValid, TooOld};

    if let Error::Untrusted(Distrust::Report(error)) = error {
        return matches!(error, Expired { .. } | NotYetValid { .. } | TooOld { .. });
    }
    let text = with_causes(error).to_ascii_lowercase();
    text.contains("certificate not valid yet") || text.contains("certificate expired")
}

fn server_remedy(code: ErrorCode, grpc: GrpcCode) -> Option<&'static str> {
    let fits = |status: &Option<GrpcCode>| status.is_none_or(|status| status == grpc);
    let row = SERVER_REMEDIES.iter().find(|(known, status, _)| *known == code && fits(status));
    row.map(|(_, _, remedy)| *remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_and_in_order() {
        // A row without a status is the last one of its code.
        let ordered = |pair: &[(ErrorCode, Option<GrpcCode>, &str)]| {
            pair[0].0.value() < pair[1].0.value() || (pair[0].0 == pair[1].0 && pair[0].1.is_some())
        };
        assert!(SERVER_REMEDIES.windows(2).all(ordered));
    }

    #[test]
    fn a_code_of_several_meanings_has_a_remedy_for_each() {
        use GrpcCode::{InvalidArgument, NotFound, PermissionDenied, Unauthenticated};

        for (code, grpc, part) in [
            (ErrorCode::Settings, InvalidArgument, Some("correct the file or the setting")),
            (ErrorCode::Settings, GrpcCode::FailedPrecondition, Some("deployment diff")),
            (ErrorCode::AdminKey, GrpcCode::FailedPrecondition, None),
            (
                ErrorCode::RequestNotAuthentic,
                Unauthenticated,
                Some("administrator or service removed"),
            ),
            (ErrorCode::TooManyServices, GrpcCode::ResourceExhausted, Some("admin remove NAME")),
            (ErrorCode::NoSuchName, NotFound, Some("admin list")),
            (ErrorCode::NoSuchName, PermissionDenied, Some("denials")),
            (ErrorCode::NoSuchName, Unauthenticated, Some("aecs-attest verify")),
        ] {
            let remedy = server_remedy(code, grpc);
            let fits = match (remedy, part) {
                (Some(remedy), Some(part)) => remedy.contains(part),
                (remedy, part) => remedy == part,
            };
            assert!(fits, "{code} {grpc:?}: {remedy:?}");
        }
    }

    #[test]
    fn what_is_there_already_is_told_apart() {
        for (message, part) in [
            ("this key is that of administrator a", Some("make another pair")),
            ("secret a of service s exists already", Some("create --update")),
            ("service s exists already", None),
        ] {
            let remedy = exists(ErrorCode::NameExists, message);
            assert!(remedy.is_some() == part.is_some(), "{message}: {remedy:?}");
            assert!(
                part.is_none_or(|part| remedy.unwrap().contains(part)),
                "{message}: {remedy:?}"
            );
        }
        assert_eq!(exists(ErrorCode::NoSuchName, "this"), None);
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
            (tls("invalid peer certificate: certificate not valid yet: x"), "this machine's time"),
            (tls("invalid peer certificate: certificate expired: x"), "this machine's time"),
            (tls("invalid peer certificate: UnknownIssuer"), "of the CA given here"),
        ] {
            let remedy = remedy(&error).unwrap();
            assert!(remedy.contains(part), "{error}: {remedy}");
        }
    }

    #[test]
    fn a_missing_and_a_broken_file_differ() {
        use aecs_client::files::kubeconfig::Kubeconfig;

        let missing = Failure::from(Kubeconfig::load("/nowhere/kubeconfig").err().unwrap());
        assert_eq!(missing.exit(), Exit::NoInput);
        let folder = Failure::from(Kubeconfig::load("/").err().unwrap());
        assert_eq!(folder.exit(), Exit::NoInput);
        let binary = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(binary.path(), [0xFF, 0xFE]).unwrap();
        let binary = Failure::from(Kubeconfig::load(binary.path()).err().unwrap());
        assert_eq!(binary.exit(), Exit::BadInput);
        assert!(binary.what().ends_with("this is no text in UTF-8"), "{}", binary.what());
        let broken = Failure::from(Kubeconfig::parse("kubeconfig", "kind: [").err().unwrap());
        assert_eq!(broken.exit(), Exit::BadInput);
    }
}
