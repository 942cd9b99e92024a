//! Roots of platforms that a server may run on, beside those that are built in.

use std::path::Path;

use aecs_attest::{Error, Verifier, VerifierBuilder};
use aecs_client::files::root::RootFile;
use clap::Args;

use crate::failure::{Failure, Result, with_causes};
use crate::tool;

/// The flags about what vouches for a server.
#[derive(Args, Debug)]
pub struct RootArgs {
    /// Additional trusted root for the server's report, for platforms without a built-in one (a
    /// certificate in PEM, or the vendor's own format); may be repeated
    #[arg(
        long,
        global = true,
        value_name = "PLATFORM=FILE",
        env = "AECS_ROOTS",
        value_delimiter = ','
    )]
    root: Vec<RootFile>,
    /// Trust a server on SEV-SNP whose report contains no revocation list: the server can then hide
    /// that its key is revoked
    #[arg(long, global = true)]
    insecure_no_revocation_list: bool,
}

impl RootArgs {
    /// Adds the roots to what a verifier trusts.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn add_to(&self, mut verifier: VerifierBuilder) -> Result<VerifierBuilder> {
        for root in &self.root {
            let (platform, bytes) = (root.platform, root.read()?);
            // Alone first: the error of all of them would not name the file.
            let alone = Verifier::builder().root(platform, bytes.clone()).build();
            alone.map_err(|error| unusable(&root.path, &error))?;
            verifier = verifier.root(platform, bytes);
        }
        if self.insecure_no_revocation_list {
            tool::warn("the server's report may hide that its key is revoked");
            verifier = verifier.insecure_no_revocation_list();
        }
        Ok(verifier)
    }
}

pub(crate) fn unusable(path: &Path, error: &Error) -> Failure {
    let (path, why) = (path.display(), with_causes(error));
    Failure::bad_input(format!("the root {path} cannot be used: {why}"))
        .help("docs/platforms tells which form each platform's root has")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use aecs_attest::Platform;

    use super::*;

    #[test]
    fn a_root_that_cannot_be_used_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.pem");
        fs::write(&path, "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n").unwrap();
        for platform in [Platform::SgxDcap, Platform::SevSnp, Platform::AwsNitro] {
            let root = vec![RootFile { platform, path: path.clone() }];
            let args = RootArgs { root, insecure_no_revocation_list: false };
            let failure = args.add_to(Verifier::builder()).err().unwrap().to_string();
            let start = format!("error: the root {} cannot be used: ", path.display());
            assert!(failure.starts_with(&start), "{failure}");
            assert!(failure.contains("not an X.509 certificate in DER\n  help: "), "{failure}");
        }
    }
}
