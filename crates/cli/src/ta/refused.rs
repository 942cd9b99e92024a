//! What an application is told when it does not get a secret.

use aecs_client::{Error, ErrorCode, GrpcCode, TRUSTED_APPLICATIONS};

use crate::failure::Failure;

/// What to do where no service was named.
const NO_SERVICE: &str = "no service was named, so this is a secret that applications make for themselves: \
                          name the service of another secret with --service or in AECS_SERVICE";

/// The failure of asking for the secret: of several, one has to know which. The server does not tell an
/// application that a secret is of another service than the one that was forgotten.
pub(super) fn secret_failure(error: Error, service: &str, secret: &str) -> Failure {
    let own = service == TRUSTED_APPLICATIONS;
    let forgotten = own && is_not_admitted(&error);
    let failure = Failure::from(error);
    let failure = match own {
        true => failure.context(format!("secret {secret}")),
        false => failure.context(format!("secret {service}/{secret}")),
    };
    if forgotten { failure.help(NO_SERVICE) } else { failure }
}

/// Whether the server refused because no policy admits this application, as it also says if there is
/// no such secret.
pub(super) fn is_not_admitted(error: &Error) -> bool {
    matches!(error, Error::Refused(refusal) if refusal.code() == Some(ErrorCode::NoSuchName)
        && refusal.grpc_code() == GrpcCode::PermissionDenied)
}
