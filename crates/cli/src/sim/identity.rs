//! Who a simulated enclave is.

use aecs_sim::EnclaveIdentity;
use clap::Args;

use crate::hexadecimal::{Digest, digest};

/// Flags that replace parts of an enclave's identity.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityArgs {
    /// Measurement of the simulated enclave
    #[arg(long, global = true, value_name = "HEX", value_parser = digest)]
    pub mrenclave: Option<Digest>,
    /// Signer of the simulated enclave
    #[arg(long, global = true, value_name = "HEX", value_parser = digest)]
    pub mrsigner: Option<Digest>,
    /// Product id of the simulated enclave
    #[arg(long, global = true, value_name = "N")]
    pub prod_id: Option<u16>,
    /// Security version of the simulated enclave
    #[arg(long, global = true, value_name = "N")]
    pub svn: Option<u16>,
    /// Play a debug enclave
    #[arg(long, global = true)]
    pub debug: bool,
}

impl IdentityArgs {
    /// The identity that results when what is not given comes from `base`.
    #[must_use]
    pub fn resolve(&self, base: &EnclaveIdentity) -> EnclaveIdentity {
        EnclaveIdentity {
            mrenclave: self.mrenclave.map_or(base.mrenclave, |digest| digest.0),
            mrsigner: self.mrsigner.map_or(base.mrsigner, |digest| digest.0),
            prod_id: self.prod_id.unwrap_or(base.prod_id),
            svn: self.svn.unwrap_or(base.svn),
            debug: self.debug || base.debug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_comes_from_the_base() {
        let base = EnclaveIdentity::default();
        let args = IdentityArgs { svn: Some(7), ..IdentityArgs::default() };
        assert_eq!(args.resolve(&base), EnclaveIdentity { svn: 7, ..base });
    }
}
