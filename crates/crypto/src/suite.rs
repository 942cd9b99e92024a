//! Suites, protocol revisions and purposes: what decides which algorithms run over which bytes.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::labels;

/// A set of algorithms. The form of a key's PEM text decides the suite for everything done with
/// that key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// `rsa`: RSA-OAEP, AES-256-GCM, SHA-256, RSA PKCS#1 v1.5. The default of AECS 2.0.
    Rsa,
    /// `sm2`: SM2 encryption, SM4, SM3, SM2 signatures. The other suite of AECS 2.0.
    Sm,
    /// `x25519`: HPKE (RFC 9180) with X25519 and AES-256-GCM, Ed25519. Protocol 2.1 only.
    Modern,
}

impl Suite {
    /// All suites, the one to prefer first.
    pub const ALL: [Self; 3] = [Self::Modern, Self::Rsa, Self::Sm];

    /// The suite's name on the wire and in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Sm => "sm2",
            Self::Modern => "x25519",
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Suite {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|suite| suite.name() == name)
            .ok_or(Error::UnknownName { what: "crypto suite", accepted: "rsa, sm2, x25519" })
    }
}

/// The protocol revision that the receiver of an envelope speaks.
///
/// It matters at sealing only: opening tells the forms apart by the envelope itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// AECS 2.0: [`Suite::Sm`] uses SM4-CBC, [`Suite::Modern`] does not exist.
    Aecs20,
    /// AECS 2.1: every suite uses authenticated encryption.
    Aecs21,
}

/// What an envelope or a signature is for.
///
/// In [`Suite::Modern`] the purpose is part of what is encrypted and signed, so that a message made
/// for one purpose is refused for every other. The two suites of AECS 2.0 have no room for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Purpose(&'static str);

impl Purpose {
    /// A call of an AECS administrator.
    pub const ADMIN_REQUEST: Self = Self(labels::purpose::ADMIN_REQUEST);
    /// The answer to [`Self::ADMIN_REQUEST`].
    pub const ADMIN_RESPONSE: Self = Self(labels::purpose::ADMIN_RESPONSE);
    /// A call of a service administrator.
    pub const SERVICE_REQUEST: Self = Self(labels::purpose::SERVICE_REQUEST);
    /// The answer to [`Self::SERVICE_REQUEST`].
    pub const SERVICE_RESPONSE: Self = Self(labels::purpose::SERVICE_RESPONSE);
    /// A custodian's request: an envelope to the server, signed by the key of a share.
    pub const CUSTODIAN_REQUEST: Self = Self(labels::purpose::CUSTODIAN_REQUEST);
    /// The server's answer to that.
    pub const CUSTODIAN_RESPONSE: Self = Self(labels::purpose::CUSTODIAN_RESPONSE);
    /// A call of a trusted application.
    pub const TA_REQUEST: Self = Self(labels::purpose::TA_REQUEST);
    /// The answer to [`Self::TA_REQUEST`].
    pub const TA_RESPONSE: Self = Self(labels::purpose::TA_RESPONSE);
    /// A secret on its way to a trusted application.
    pub const TA_SECRET: Self = Self(labels::purpose::TA_SECRET);
    /// Several secrets on their way to a trusted application.
    pub const TA_SECRETS: Self = Self(labels::purpose::TA_SECRETS);
    /// A list of secrets on its way to a trusted application.
    pub const TA_LIST: Self = Self(labels::purpose::TA_LIST);
    /// Operations of a trusted application with a key in place, on their way to the server.
    pub const TA_OPERATIONS: Self = Self(labels::purpose::TA_OPERATIONS);
    /// Their results.
    pub const TA_RESULTS: Self = Self(labels::purpose::TA_RESULTS);
    /// The status of a server.
    pub const STATUS: Self = Self(labels::purpose::STATUS);
    /// The public part of a secret.
    pub const PUBLIC_SECRET: Self = Self(labels::purpose::PUBLIC_SECRET);
    /// The identity on its way to another server of the cluster.
    pub const PEER_SECRET: Self = Self(labels::purpose::PEER_SECRET);
    /// The results of nested attestation reports.
    pub const NESTED_REPORT: Self = Self(labels::purpose::NESTED_REPORT);

    /// The purpose's label in transcripts.
    pub fn label(self) -> &'static [u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for suite in Suite::ALL {
            assert_eq!(suite.to_string().parse(), Ok(suite));
        }
        assert!("RSA".parse::<Suite>().is_err());
        assert!("".parse::<Suite>().is_err());
    }
}
