//! The secrets that a program was given: fetched once each, and asked for again.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aecs_client::{Secret, TaClient};
use aecs_crypto::SecretBytes;

use super::command::service_or_own;
use super::reference::{Reference, value_of};
use super::refused::secret_failure;
use crate::failure::{Failure, Result};
use crate::names::Prefix;
use crate::tool;

/// Secrets by service and name.
pub(super) struct Held<'a> {
    client: &'a TaClient,
    /// The service of references without one.
    service: &'a Prefix,
    secrets: BTreeMap<(String, String), Secret>,
    /// What was wrong when secrets were asked for the last time.
    trouble: Option<String>,
}

impl<'a> Held<'a> {
    /// Fetches the secrets of all references.
    ///
    /// # Errors
    ///
    /// The first that is not given out.
    pub(super) async fn fetch(
        client: &'a TaClient,
        service: &'a Prefix,
        references: impl Iterator<Item = &Reference>,
    ) -> Result<Self> {
        let mut held = Self { client, service, secrets: BTreeMap::new(), trouble: None };
        for reference in references {
            let key = held.key(reference);
            if let Entry::Vacant(place) = held.secrets.entry(key) {
                let (service, secret) = place.key();
                let fetched = client.get(service, secret).await;
                let fetched = fetched.map_err(|error| secret_failure(error, service, secret))?;
                place.insert(fetched);
            }
        }
        Ok(held)
    }

    /// What a reference stands for.
    ///
    /// # Errors
    ///
    /// The secret has no such field.
    pub(super) fn value(&self, reference: &Reference) -> Result<SecretBytes> {
        match self.secrets.get(&self.key(reference)) {
            Some(secret) => value_of(secret, reference.field.as_deref()),
            None => Err(Failure::internal(format!("{reference} was not fetched"))),
        }
    }

    /// The secrets that have another version by now. What cannot be asked for is told once, and
    /// asked for again.
    pub(super) async fn news(&mut self) -> Vec<((String, String), Secret)> {
        let mut news = Vec::new();
        let mut trouble = None;
        for (key, secret) in &self.secrets {
            match self.client.get_if_changed(&key.0, &key.1, secret.tag()).await {
                Ok(Some(changed)) => news.push((key.clone(), changed)),
                Ok(None) => {}
                Err(error) => {
                    let failure = Failure::from(error);
                    trouble = Some(format!("secret {}: {}", key.1, failure.message()));
                }
            }
        }
        if trouble != self.trouble {
            if let Some(trouble) = &trouble {
                tool::warn(&format!("the program keeps what it has: {trouble}"));
            }
            self.trouble = trouble;
        }
        news
    }

    /// The services that they are of.
    pub(super) fn services(&self) -> BTreeSet<String> {
        self.secrets.keys().map(|(service, _)| service.clone()).collect()
    }

    /// Holds other versions from now on.
    pub(super) fn take(&mut self, news: Vec<((String, String), Secret)>) {
        self.secrets.extend(news);
    }

    fn key(&self, reference: &Reference) -> (String, String) {
        let service = match &reference.service {
            Some(service) => service.as_str(),
            None => service_or_own(self.service),
        };
        (service.to_owned(), reference.secret.as_str().to_owned())
    }
}

/// A pause of half of `interval` to all of it.
pub(super) fn pause(interval: Duration) -> Result<Duration> {
    let random = u32::from_be_bytes(aecs_crypto::random::<4>().map_err(aecs_client::Error::from)?);
    Ok(interval / 2 + (interval / 2).mul_f64(f64::from(random) / f64::from(u32::MAX)))
}
