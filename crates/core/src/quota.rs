//! Quotas. Each is a limit of the change that could exceed it
//! ([`Change::at_most`](crate::vault::Change::at_most), [`Change::within`](crate::vault::Change::within)),
//! so it holds whatever else is under way, in this process or in another one. A look before only spares
//! work.

/// Upper limits on what the server keeps. AECS 2.0 had 256 services, 32 secrets a service,
/// 4096 secrets of trusted applications and 10,240 bytes of imported data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Registered services.
    pub services: usize,
    /// Secrets of one service.
    pub secrets_per_service: usize,
    /// Secrets of all trusted applications together; with 0 none are created.
    pub ta_secrets: usize,
    /// Secrets of all trusted applications that one rule of
    /// [`Settings::ta_secrets`](crate::Settings::ta_secrets) admits, so that they cannot use up the
    /// others' room.
    pub ta_secrets_per_rule: usize,
    /// Bytes of the data of one version of a secret.
    pub data_bytes: usize,
    /// Bytes of the data of all versions of all secrets of one service.
    pub bytes_per_service: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            services: 4096,
            secrets_per_service: 1024,
            ta_secrets: 65_536,
            ta_secrets_per_rule: 4096,
            data_bytes: 65_536,
            bytes_per_service: 64 << 20,
        }
    }
}
