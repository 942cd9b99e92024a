//! What an error of another process or machine says about a call: nothing happened, or nobody knows.

use crate::Error;

/// Why a call was not answered.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It had no effect, and may succeed when it is tried again.
    Again(Error),
    /// It had no effect, and has none when it is tried again.
    Refused(Error),
    /// It may have had its effect, or may have it later.
    Unknown(Error),
}

impl Fault {
    /// True if the call may be sent again. `repeats`: it may have its effect twice.
    pub(crate) fn allows_another(&self, repeats: bool) -> bool {
        match self {
            Self::Again(_) => true,
            Self::Unknown(_) => repeats,
            Self::Refused(_) => false,
        }
    }

    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Again(error) | Self::Refused(error) | Self::Unknown(error) => error,
        }
    }
}
