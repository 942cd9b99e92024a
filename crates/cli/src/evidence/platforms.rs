//! `aecs-attest platforms` and `detect`.

use aecs_attest::{Backing, Error, Host, Platform, Verifier};
use serde::Serialize;

use crate::failure::{Failure, Result, with_causes};
use crate::output::{self, View};

/// The platforms.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(super) struct Platforms(Vec<Row>);

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Row {
    platform: &'static str,
    /// All are; the output had it when some were left out of some builds.
    verifiable: bool,
    /// Versions of the evidence and generations of the hardware.
    supported: &'static str,
    /// SHA-256 of the roots that are built in.
    roots: Vec<String>,
}

pub(super) fn list() -> Result<Platforms> {
    let verifier = Verifier::builder()
        .vendor_roots()
        .build()
        .map_err(|error| Failure::internal(with_causes(&error)))?;
    let row = |platform: &Platform| Row {
        platform: platform.as_str(),
        verifiable: true,
        supported: platform.supported(),
        roots: verifier
            .roots()
            .filter(|root| root.platform == *platform && root.backing == Backing::Hardware)
            .map(|root| root.fingerprint.to_string())
            .collect(),
    };
    Ok(Platforms(Platform::ALL.iter().map(row).collect()))
}

impl View for Platforms {
    fn text(&self) -> String {
        let rows = self.0.iter().map(|row| {
            let roots = match row.roots.is_empty() {
                true => "none built in: name one with --root".to_owned(),
                false => row.roots.join("\n"),
            };
            [row.platform.to_owned(), row.supported.to_owned(), roots]
        });
        output::table(&["PLATFORM", "SUPPORTED", "TRUSTED ROOTS (SHA-256)"], rows)
    }
}

/// The TEE that this program runs in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Detected {
    tee: Option<&'static str>,
    /// What was looked for, and what was found instead.
    seen: String,
}

pub(super) fn detect() -> Result<Detected> {
    match Host::new().detect() {
        Ok(tee) => Ok(Detected { tee: Some(tee.as_str()), seen: String::new() }),
        Err(Error::NoTee { seen, .. }) => Ok(Detected { tee: None, seen }),
        Err(error) => Err(Failure::internal(with_causes(&error))),
    }
}

impl View for Detected {
    fn text(&self) -> String {
        match self.tee {
            Some(tee) => tee.to_owned(),
            None => format!("none\n{}", output::printable(&self.seen.replace("; ", "\n"))),
        }
    }
}
