//! `keygen`: a key pair for an administrator, in two files.

use std::path::{Path, PathBuf};

use aecs_crypto::{KeyPair, Suite};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::failure::{Failure, Result};
use crate::files::{Access, Draft};
use crate::output::{self, Format, View};

/// The suites by their names on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SuiteName {
    /// Ed25519 and X25519
    #[default]
    X25519,
    /// RSA-2048, PKCS#1
    Rsa,
    /// SM2
    Sm2,
}

impl From<SuiteName> for Suite {
    fn from(name: SuiteName) -> Self {
        match name {
            SuiteName::X25519 => Suite::Modern,
            SuiteName::Rsa => Suite::Rsa,
            SuiteName::Sm2 => Suite::Sm,
        }
    }
}

/// What to make.
#[derive(Args, Debug, PartialEq)]
pub struct KeygenArgs {
    /// How the names of the files begin: NAME_private.pem and NAME_public.pem
    #[arg(value_name = "NAME")]
    name: PathBuf,
    /// Suite of the key; rsa and sm2 are readable by the tools of AECS 2.0
    #[arg(long, value_enum, default_value_t)]
    suite: SuiteName,
}

/// Where the halves are.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Made {
    private_key: PathBuf,
    public_key: PathBuf,
}

impl View for Made {
    fn text(&self) -> String {
        format!(
            "private key: {}\npublic key:  {}",
            self.private_key.display(),
            self.public_key.display()
        )
    }
}

impl KeygenArgs {
    /// Makes the pair; files that are there are never replaced.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`](crate::Exit::CannotWrite) if one of the files is there or cannot be
    /// written.
    pub fn run(&self, format: Format) -> Result<()> {
        let made = Made {
            private_key: with_ending(&self.name, "_private.pem"),
            public_key: with_ending(&self.name, "_public.pem"),
        };
        let key = generate(self.suite)?;
        let private_pem = key.private_pem();
        // Both are written before one has its name.
        let private =
            Draft::with(&made.private_key, Access::Private, private_pem.expose().as_bytes())?;
        let public = Draft::with(&made.public_key, Access::Public, key.public().pem().as_bytes())?;
        Draft::place_both(private, public)?;
        output::print(format, &made)
    }
}

/// A new key pair.
///
/// # Errors
///
/// An internal one, if the system has no random numbers.
pub(crate) fn generate(suite: SuiteName) -> Result<KeyPair> {
    KeyPair::generate(suite.into())
        .map_err(|error| Failure::internal(format!("cannot generate a key: {error}")))
}

/// `path` with `ending` at the end of its last part.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
