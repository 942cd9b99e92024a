//! The configuration of a client.

use std::path::PathBuf;
use std::time::Duration;

use super::address::{base, proxy};
use crate::error::{Error, Result};
use crate::tcb::TcbEvaluation;

/// Where collateral is fetched, and how.
///
/// The default has the vendors' own services and no cache on disk.
#[derive(Debug, Clone)]
pub struct CollateralClientConfig {
    /// Who gives collateral for SGX and TDX; none to fetch none.
    pub intel: Option<IntelService>,
    /// AMD's key distribution service or one like it; none to fetch none.
    pub amd: Option<CollateralService>,
    /// Hygon's certificate service or one like it; none to fetch none.
    pub hygon: Option<CollateralService>,
    /// NVIDIA's OCSP responder or one like it; none to ask none.
    pub nvidia_ocsp: Option<CollateralService>,
    /// NVIDIA's service of reference values (RIM) or one like it; none to fetch none.
    pub nvidia_rim: Option<CollateralService>,
    /// Proxy for all requests (`http://host:port`). Those of the environment are not used: it
    /// belongs to the host.
    pub proxy: Option<String>,
    /// Directory for the cache on disk, which is made if needed; none for none.
    pub cache_dir: Option<PathBuf>,
    /// Time to establish a connection, default 5 s.
    pub connect_timeout: Duration,
    /// Time to fetch an item with all its parts, default 15 s. Nobody waits longer.
    pub timeout: Duration,
    /// Items fetched at the same time, default 8.
    pub max_fetches: usize,
    /// Items fetched from one service in a minute, default 300.
    pub max_fetches_per_minute: u32,
    /// Revocation lists and TCB info are fetched again after this time, default 12 hours: a
    /// revocation is seen after this time at the latest, as long as the service answers.
    pub refresh_after: Duration,
    /// Which of Intel's collateral to fetch, default what it gives unless asked for otherwise. For
    /// the newest its list of numbers is fetched, too.
    pub tcb_evaluation: TcbEvaluation,
    /// Everything is fetched again when less than this is left of its validity, default 3 days, or
    /// less than a quarter of it.
    pub refresh_lead: Duration,
    /// What has no dates is used for this time, default 30 days.
    pub undated_lifetime: Duration,
    /// Pause after the first failure, default 1 s; doubled after each further one.
    pub retry_first: Duration,
    /// Longest pause that follows from failures, default 2 minutes. A service that says itself when
    /// to come again is left alone for up to an hour.
    pub retry_longest: Duration,
    /// What does not exist is not asked for again for this time, default 10 minutes.
    pub absent_for: Duration,
    /// Items in memory, default 512.
    pub memory_entries: usize,
    /// Bytes of content in memory, default 32 MiB.
    pub memory_bytes: usize,
    /// Items on disk, default 4096.
    pub disk_entries: usize,
}

/// A service: its address, and who may speak for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollateralService {
    /// Address, without a path of the vendor's interface. Plain `http` is used when it says so:
    /// what comes that way is verified all the same, but may be withheld or be old.
    pub url: String,
    /// Certificates (PEM) of the only authorities that may vouch for the service; none for those of
    /// the public web.
    pub ca_pem: Option<Vec<u8>>,
}

impl CollateralService {
    /// A service with a certificate of the public web.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ca_pem: None }
    }

    /// Refuses an address that no request can go to.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] says why.
    pub fn check(&self) -> Result<()> {
        base(&self.url).map(drop)
    }
}

/// Who gives collateral for SGX and TDX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntelService {
    /// Intel's provisioning certification service.
    Pcs {
        /// Its address, such as `https://api.trustedservices.intel.com`.
        service: CollateralService,
        /// Address of the root CA's revocation list, which that service does not have.
        root_ca_crl: String,
    },
    /// A provisioning certificate caching service.
    Pccs {
        /// Its address, such as `https://localhost:8081`, or with the path that AECS 2.0 is
        /// configured with, `https://localhost:8081/sgx/certification/v3/` (or `v4`). For TDX it
        /// is asked in version 4 in any case.
        service: CollateralService,
    },
}

impl IntelService {
    /// Intel's own service.
    #[must_use]
    pub fn pcs() -> Self {
        Self::Pcs {
            service: CollateralService::new("https://api.trustedservices.intel.com"),
            root_ca_crl: "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der".into(),
        }
    }

    /// A caching service.
    #[must_use]
    pub fn pccs(service: CollateralService) -> Self {
        Self::Pccs { service }
    }
}

impl Default for CollateralClientConfig {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(3600);
        Self {
            intel: Some(IntelService::pcs()),
            amd: Some(CollateralService::new("https://kdsintf.amd.com")),
            hygon: Some(CollateralService::new("https://cert.hygon.cn")),
            nvidia_ocsp: Some(CollateralService::new("https://ocsp.ndis.nvidia.com")),
            nvidia_rim: Some(CollateralService::new("https://rim.attestation.nvidia.com")),
            proxy: None,
            cache_dir: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            max_fetches: 8,
            max_fetches_per_minute: 300,
            refresh_after: 12 * HOUR,
            tcb_evaluation: TcbEvaluation::Standard,
            refresh_lead: 3 * 24 * HOUR,
            undated_lifetime: 30 * 24 * HOUR,
            retry_first: Duration::from_secs(1),
            retry_longest: Duration::from_secs(120),
            absent_for: Duration::from_secs(600),
            memory_entries: 512,
            memory_bytes: 32 * 1024 * 1024,
            disk_entries: 4096,
        }
    }
}

impl CollateralClientConfig {
    /// Refuses an address of a proxy that no request can go to.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] says why.
    pub fn check_proxy(address: &str) -> Result<()> {
        proxy(address).map(drop)
    }

    /// Refuses what would make a client useless or boundless.
    pub(super) fn check(&self) -> Result<()> {
        let refused =
            |reason: &'static str| Err(Error::malformed("configuration of collateral", reason));
        let times = [self.connect_timeout, self.timeout, self.retry_first, self.absent_for];
        if times.contains(&Duration::ZERO) {
            return refused("a time-out or a delay is 0; it must be positive");
        }
        if self.retry_longest < self.retry_first {
            return refused("the longest delay is shorter than the first one");
        }
        if self.max_fetches == 0 || self.max_fetches_per_minute == 0 {
            return refused("the number of concurrent fetches must be at least 1");
        }
        Ok(())
    }
}
