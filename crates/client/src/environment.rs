//! What the environment tells an application, by the variables that `aecs_client_cli` reads as well.
//! An empty variable is not set.

use std::path::PathBuf;

use crate::error::{Error, Result};

/// The kubeconfig that says which server to trust.
pub(crate) const SERVER_POLICY: &str = "AECS_SERVER_POLICY";
/// The address of the server, in place of the one in the kubeconfig.
pub(crate) const ENDPOINT: &str = "AECS_ENDPOINT";
/// Further roots for the server's report: `PLATFORM=FILE`, separated by commas.
pub(crate) const ROOTS: &str = "AECS_ROOTS";

/// The path in a variable.
pub(crate) fn path(variable: &'static str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The text in a variable.
pub(crate) fn text(variable: &'static str) -> Result<Option<String>> {
    match std::env::var(variable) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(Error::environment(variable, error.to_string())),
    }
}
