//! Sources of collateral, as configured: files first, then the vendors' services.
//!
//! Nothing is opened, fetched or written before a report needs it, but a file that is configured
//! must be there.

use std::{
    path::Path,
    sync::{Arc, Weak},
    thread,
    time::{Duration, SystemTime},
};

use aecs_attest::{
    CollateralBundle, CollateralClient, CollateralClientConfig, CollateralDirectory,
    CollateralLayers, CollateralService, CollateralSource, CollateralStatus, IntelService,
    TcbEvaluation, files,
};

use crate::{
    config::{CollateralConfig, MAX_FILE_BYTES, ServiceAddress},
    exit::{Exit, Failure},
};

/// How often something is looked for that should be fetched again.
const ROUND: Duration = Duration::from_secs(600);

/// Opens the configured sources; none when nothing is configured.
///
/// # Errors
/// A file cannot be read, or the configuration makes no sense.
pub fn open(
    config: &CollateralConfig,
    evaluation: TcbEvaluation,
) -> Result<Option<Arc<dyn CollateralSource>>, Failure> {
    let mut layers: Vec<Arc<dyn CollateralSource>> = Vec::new();
    if let Some(path) = &config.offline {
        layers.push(offline(path)?);
    }
    if config.is_online() {
        let client = CollateralClient::new(client_config(config, evaluation)?)
            .map_err(|error| Failure::new(Exit::Usage, error).context("attestation.collateral"))?;
        let client = Arc::new(client);
        keep_fresh(&client)?;
        layers.push(client);
    }
    Ok(match layers.len() {
        0 => None,
        1 => layers.pop(),
        _ => Some(Arc::new(CollateralLayers::new(layers))),
    })
}

fn offline(path: &Path) -> Result<Arc<dyn CollateralSource>, Failure> {
    let source: Result<Arc<dyn CollateralSource>, _> = if path.is_dir() {
        CollateralDirectory::open(path).map(|directory| Arc::new(directory) as _)
    } else {
        CollateralBundle::open(path).map(|bundle| Arc::new(bundle) as _)
    };
    source.map_err(|error| {
        let key = "attestation.collateral.offline";
        Failure::new(Exit::Usage, error).context(format!("{key}: {}", path.display()))
    })
}

fn client_config(
    config: &CollateralConfig,
    tcb_evaluation: TcbEvaluation,
) -> Result<CollateralClientConfig, Failure> {
    let vendor = CollateralClientConfig::default();
    let ca_pem = config.ca_path.as_deref().map(read_ca).transpose()?;
    let service = |address: &ServiceAddress, own: Option<CollateralService>| match address {
        ServiceAddress::None => None,
        ServiceAddress::Vendor => own,
        ServiceAddress::Url(url) => {
            Some(CollateralService { url: url.clone(), ca_pem: ca_pem.clone() })
        }
    };
    Ok(CollateralClientConfig {
        intel: match &config.intel {
            ServiceAddress::Vendor => vendor.intel,
            address => service(address, None).map(IntelService::pccs),
        },
        amd: service(&config.amd, vendor.amd),
        hygon: service(&config.hygon, vendor.hygon),
        nvidia_ocsp: service(&config.nvidia_ocsp, vendor.nvidia_ocsp),
        nvidia_rim: service(&config.nvidia_rim, vendor.nvidia_rim),
        proxy: config.proxy.clone(),
        cache_dir: Some(config.cache_dir.clone()),
        timeout: config.timeout,
        connect_timeout: config.connect_timeout,
        refresh_after: config.refresh_after,
        tcb_evaluation,
        ..CollateralClientConfig::default()
    })
}

fn read_ca(path: &Path) -> Result<Vec<u8>, Failure> {
    files::read(path, MAX_FILE_BYTES).map_err(|error| {
        let key = "attestation.collateral.ca_path";
        Failure::new(Exit::Usage, error).context(format!("{key}: {}", path.display()))
    })
}

/// Fetches again what should be, also when nobody asks, until the client is dropped.
fn keep_fresh(client: &Arc<CollateralClient>) -> Result<(), Failure> {
    let client = Arc::downgrade(client);
    let rounds = move || {
        let mut last = None;
        while let Some(status) = round(&client) {
            if last.as_ref() != Some(&status) {
                report(&status);
            }
            last = Some(status);
            thread::sleep(ROUND);
        }
    };
    thread::Builder::new()
        .name("aecs-refresh".to_owned())
        .spawn(rounds)
        .map(drop)
        .map_err(|error| Failure::new(Exit::Software, error).context("attestation.collateral"))
}

fn round(client: &Weak<CollateralClient>) -> Option<CollateralStatus> {
    let client = client.upgrade()?;
    client.refresh(SystemTime::now());
    Some(client.status())
}

fn report(status: &CollateralStatus) {
    for service in &status.troubled {
        tracing::warn!(
            vendor = service.vendor,
            failures = service.failures,
            reason = service.reason,
            "a service of collateral does not answer"
        );
    }
    if let Some(error) = &status.disk_error {
        tracing::warn!(error, "the cache of collateral cannot be used");
    }
    tracing::debug!(
        entries = status.entries,
        bytes = status.bytes,
        fetched = status.fetched,
        failed = status.failed,
        "collateral"
    );
}
