//! What to do about an error of the client library: the exit code and the line behind `help:`.

use aecs_client::files::FileError;
use aecs_client::{Distrust, Error, ErrorCode, MemoryError, PolicyError};

use crate::failure::{Exit, Failure, with_causes};

/// What to do where records are older than, or others than, those seen before.
const ROLLED_BACK: &str = "somebody may have put back an old copy of the server's store, or runs a \
                           second copy of it; if you restored it on purpose, repeat the command \
                           with --insecure-accept-rollback";

/// Remedies for the server's error codes, by their upper 16 bits.
const SERVER_REMEDIES: &[(u32, &str)] = &[
    (
        0xA005,
        "the AECS administrator has to provision the server: aecsadmin --config K provision --hostname NAME",
    ),
    (0xA006, "the server refuses requests of AECS 2.0; its key compat.aecs20 allows them"),
    (0xA007, "repeat the command in a few seconds"),
    (
        0xA008,
        "`aecsadmin deployment show` shows the trust settings in force, `deployment diff FILE` what a \
         file would change",
    ),
    (0xA109, "choose another name"),
    (0xA201, "give the password with --ask-password, --password-file or in the environment"),
    (0xA202, "the key in the kubeconfig has to be the registered one"),
    (0xA209, "aecsadmin backuplist shows the names"),
    (0xA20A, "set this machine's clock"),
    (
        0xA20C,
        "the key in the kubeconfig has to be the registered one, and the service has to be registered",
    ),
    (
        0xA20D,
        "the address in the kubeconfig belongs to another server than the one that signed the status",
    ),
    (
        0xA20E,
        "repeat the command: the server was restarted, or several nodes answer at this address",
    ),
    (0xA20F, ROLLED_BACK),
    (0xA210, ROLLED_BACK),
    (0xA301, "the server's key quotas.services is the limit"),
    (0xA411, "the server's keys quotas.secrets_per_service and quotas.ta_secrets are the limits"),
    (0xA413, "the service in the policy file has to be the administrator's in the kubeconfig"),
    (0xA416, "the server's key quotas.data_bytes is the limit"),
    (0xA423, "destroy the secret and create it anew, or leave its type as it is"),
    (0xA424, "the secret is read-only: it can only be destroyed and created anew"),
    (0xAA01, "`aecsadmin status` shows the host name under which the identity is saved"),
    (0xAA21, "choose another name, or use --update for secrets"),
    (
        0xAA28,
        "list shows the names; a trusted application also gets this answer when the policy does not admit it",
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
            if [Some(ErrorCode::STATE_BEHIND), Some(ErrorCode::OTHER_HISTORY)]
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
        Error::Refused(refusal) => refusal.code().and_then(server_remedy),
        Error::Untrusted(Distrust::Report(_)) => Some(
            "its evidence is not genuine; that of a software CPU is accepted only if verifyPolicy \
             names the CPU's root as simulationRoot",
        ),
        Error::Untrusted(Distrust::Deployment { .. }) => Some(
            "another identity answers at this address: find out why. If the server has lost its \
             identity, `aecsadmin provision HOST` brings it back from the backup of HOST",
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
        _ => None,
    }
}

fn server_remedy(code: ErrorCode) -> Option<&'static str> {
    let upper = code.value() >> 16;
    SERVER_REMEDIES.iter().find(|(known, _)| *known == upper).map(|(_, remedy)| *remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_and_in_order() {
        assert!(SERVER_REMEDIES.windows(2).all(|pair| pair[0].0 < pair[1].0));
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
