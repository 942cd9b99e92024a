//! `preparedata`: key files as the `data` of a secret in a policy file. Needs no server.

use aecs_crypto::generate::{Algorithm, AsymmetricPems};
use aecs_crypto::{Material, SecretString};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::{KeyKind, PrepareArgs};
use crate::failure::{Failure, Result};
use crate::files;
use crate::output::{self, Format, View};

/// The data in both forms. It holds a private key: printing it is what the command is for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Prepared<'a> {
    json: &'a str,
    base64: &'a str,
}

impl View for Prepared<'_> {
    fn text(&self) -> String {
        format!("====JSON:\n{}\n====BASE64:\n{}", self.json, self.base64)
    }
}

/// Checks that the two files belong together and prints them as data.
///
/// # Errors
///
/// [`Exit::NoInput`](crate::Exit::NoInput), or [`Exit::BadInput`](crate::Exit::BadInput) if a file
/// holds no key of that type or the halves do not match.
pub(super) fn run(args: &PrepareArgs, format: Format) -> Result<()> {
    let public = files::read_text(&args.public, "public key")?;
    let private = SecretString::from(files::read_text(&args.private, "private key")?);
    let algorithm = match args.kind {
        KeyKind::Rsa => Algorithm::Rsa,
        KeyKind::Sm2 => Algorithm::Sm2,
        KeyKind::EcP256 => Algorithm::EcP256,
        KeyKind::EcP384 => Algorithm::EcP384,
        KeyKind::Ed25519 => Algorithm::Ed25519,
    };
    let pair = Material::KeyPair(AsymmetricPems { algorithm, private, public });
    pair.check().map_err(|error| {
        Failure::bad_input(format!(
            "{} and {} are not a key pair of type {algorithm}: {error}",
            args.public.display(),
            args.private.display(),
        ))
        .help("give the two halves of one key, as PEM")
    })?;
    let json = pair.to_text();
    let base64 = SecretString::from(STANDARD.encode(json.expose()));
    output::print(format, &Prepared { json: json.expose(), base64: base64.expose() })
}
