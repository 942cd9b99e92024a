//! Where the collateral of reports comes from that bring none.

use std::{path::PathBuf, time::Duration};

use super::{kind::ServiceAddress, layers::Settings, need, problem::Problem, table};

/// Sources of collateral: by default none, so that nobody can make the server call anybody.
pub struct CollateralConfig {
    /// For SGX and TDX.
    pub intel: ServiceAddress,
    /// For SEV-SNP.
    pub amd: ServiceAddress,
    /// For CSV.
    pub hygon: ServiceAddress,
    /// For the certificates of NVIDIA's devices.
    pub nvidia_ocsp: ServiceAddress,
    /// For their reference values.
    pub nvidia_rim: ServiceAddress,
    /// File of the authorities for services given by their address.
    pub ca_path: Option<PathBuf>,
    /// Proxy for all services.
    pub proxy: Option<String>,
    /// Folder or bundle to look into first.
    pub offline: Option<PathBuf>,
    /// Folder for what was fetched.
    pub cache_dir: PathBuf,
    /// Time to fetch an item.
    pub timeout: Duration,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Age at which what may change is fetched again.
    pub refresh_after: Duration,
}

pub(super) fn read(settings: &Settings) -> Result<CollateralConfig, Problem> {
    Ok(CollateralConfig {
        intel: need(settings, &table::COLLATERAL_INTEL)?,
        amd: need(settings, &table::COLLATERAL_AMD)?,
        hygon: need(settings, &table::COLLATERAL_HYGON)?,
        nvidia_ocsp: need(settings, &table::COLLATERAL_NVIDIA_OCSP)?,
        nvidia_rim: need(settings, &table::COLLATERAL_NVIDIA_RIM)?,
        ca_path: settings.value(&table::COLLATERAL_CA_PATH)?,
        proxy: settings.value(&table::COLLATERAL_PROXY)?,
        offline: settings.value(&table::COLLATERAL_OFFLINE)?,
        cache_dir: need(settings, &table::COLLATERAL_CACHE_DIR)?,
        timeout: need(settings, &table::COLLATERAL_TIMEOUT)?,
        connect_timeout: need(settings, &table::COLLATERAL_CONNECT_TIMEOUT)?,
        refresh_after: need(settings, &table::COLLATERAL_REFRESH)?,
    })
}

impl CollateralConfig {
    /// Whether anything is fetched.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.services().into_iter().any(|of| *of != ServiceAddress::None)
    }

    /// Whether it is said how services are asked, and not which ones.
    pub(super) fn has_idle_keys(&self) -> bool {
        !self.is_online() && (self.ca_path.is_some() || self.proxy.is_some())
    }

    /// Whether something is fetched in the clear.
    pub(super) fn is_plain(&self) -> bool {
        let is_plain = |of: &ServiceAddress| matches!(of, ServiceAddress::Url(url) if url.starts_with("http:"));
        self.services().into_iter().any(is_plain)
    }

    fn services(&self) -> [&ServiceAddress; 5] {
        [&self.intel, &self.amd, &self.hygon, &self.nvidia_ocsp, &self.nvidia_rim]
    }
}
