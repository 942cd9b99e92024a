//! Protocol 2.0: what its requests may do.

use std::str::FromStr;

use aecs_crypto::Suite;

/// How the server treats requests of protocol 2.0, which lack freshness and do not bind the
/// function they call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compat {
    /// Which of them are served (`compat.aecs20`).
    pub aecs20: Aecs20,
    /// Which identity answers those that name no suite (`compat.aecs20_suite`).
    pub aecs20_suite: Suite,
    /// Whether trusted applications that speak it may be debug enclaves
    /// (`compat.insecure_aecs20_debug`): the host reads what they are given.
    pub insecure_aecs20_debug: bool,
}

impl Default for Compat {
    fn default() -> Self {
        Self { aecs20: Aecs20::Deny, aecs20_suite: Suite::Rsa, insecure_aecs20_debug: false }
    }
}

aecs_proto::named! {
    /// What requests of protocol 2.0 may do, with the word in configuration files and in the status.
    /// Ordered: each level includes the ones before it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
    pub enum Aecs20 {
        /// Nothing.
        #[default]
        Deny = "deny",
        /// Trusted applications get secrets; anybody reads public parts and the status.
        ReadOnly = "read_only",
        /// Everything that protocol 2.0 has. Byte-identical replays are still refused.
        Allow = "allow",
        /// In the table of functions: protocol 2.0 does not have the function. No setting.
        Never = "never",
    }
}

impl FromStr for Aecs20 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::named(text)
            .filter(|level| *level != Self::Never)
            .ok_or_else(|| format!("{text:?} must be one of deny, read_only, allow"))
    }
}
