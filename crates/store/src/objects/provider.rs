//! Makes the client of each provider.

use std::{sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ObjectStore, RetryConfig, aws::AmazonS3Builder, azure::MicrosoftAzureBuilder,
    client::HttpClient, gcp::GoogleCloudStorageBuilder,
};

use super::{
    address::{Address, Provider},
    web::Connector,
};
use crate::{Error, Options, Result};

/// The client of an address. Nothing is sent yet. What the host's environment says is not read.
pub(super) fn client(
    address: &Address,
    options: &Options,
    http: HttpClient,
) -> Result<Arc<dyn ObjectStore>> {
    let made = match address.provider {
        Provider::S3 => s3(address, options, Connector(http))?,
        Provider::Google => google(address, options, Connector(http))?,
        Provider::Azure => azure(address, options, Connector(http))?,
    };
    made.map_err(|error| refused(format!("its settings cannot be used: {error}")))
}

type Made = object_store::Result<Arc<dyn ObjectStore>>;

fn s3(address: &Address, options: &Options, connector: Connector) -> Result<Made> {
    let (Some(id), Some(secret)) = (&options.user, &options.password) else {
        return Err(refused(
            "it needs the id of an access key as user, and its secret as password",
        ));
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&address.bucket)
        .with_access_key_id(id)
        .with_secret_access_key(secret.as_str())
        .with_virtual_hosted_style_request(address.in_host || address.endpoint.is_none())
        .with_allow_http(true)
        .with_retry(once())
        .with_http_connector(connector);
    if let Some(region) = &address.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &address.endpoint {
        let mut url = endpoint.to_string().trim_end_matches('/').to_owned();
        if address.in_host {
            url = url.replacen("://", &format!("://{}.", address.bucket), 1);
        }
        builder = builder.with_endpoint(url);
    }
    Ok(builder.build().map(|store| Arc::new(store) as _))
}

fn google(address: &Address, options: &Options, connector: Connector) -> Result<Made> {
    let Some(key) = &options.password else {
        return Err(refused("it needs the key of a service account, in JSON, as password"));
    };
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name(&address.bucket)
        .with_service_account_key(key.as_str())
        .with_retry(once())
        .with_http_connector(connector);
    if let Some(endpoint) = &address.endpoint {
        builder = builder.with_base_url(endpoint.to_string().trim_end_matches('/'));
    }
    Ok(builder.build().map(|store| Arc::new(store) as _))
}

fn azure(address: &Address, options: &Options, connector: Connector) -> Result<Made> {
    let (Some(account), Some(key)) = (&options.user, &options.password) else {
        return Err(refused("it needs a storage account as user, and its access key as password"));
    };
    let mut builder = MicrosoftAzureBuilder::new()
        .with_container_name(&address.bucket)
        .with_account(account)
        .with_access_key(key.as_str())
        .with_allow_http(true)
        .with_retry(once())
        .with_http_connector(connector);
    if let Some(endpoint) = &address.endpoint {
        builder = builder.with_endpoint(endpoint.to_string().trim_end_matches('/').to_owned());
    }
    Ok(builder.build().map(|store| Arc::new(store) as _))
}

/// Every request is sent once: we decide whether it may be sent again.
fn once() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 0, retry_timeout: Duration::ZERO }
}

fn refused(what: impl Into<String>) -> Error {
    Error::Refused { what: format!("object store: {}", what.into()) }
}
