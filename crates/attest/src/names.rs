//! Reads the names of platforms and TEEs in reports and configurations.

use std::str::FromStr;

use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::tee::Tee;

impl FromStr for Platform {
    type Err = Error;

    /// Takes the exact name on the wire.
    fn from_str(name: &str) -> Result<Self> {
        Self::named(name).ok_or_else(|| Error::malformed("platform", "not the name of a platform"))
    }
}

impl FromStr for Tee {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::named(name)
            .ok_or_else(|| Error::malformed("TEE", "none of gramine, occlum, tdx, sev_snp, cca"))
    }
}
