//! Roots of platforms that a server may run on, beside those that are built in.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use aecs_attest::{Error, Platform, Verifier, VerifierBuilder, inline};
use clap::Args;

use crate::failure::{Failure, Result, with_causes};
use crate::{files, tool};

/// Largest file of a root, in bytes.
const MAX_BYTES: usize = 1 << 20;

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

/// A root in a file, and the platform it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RootFile {
    platform: Platform,
    path: PathBuf,
}

impl FromStr for RootFile {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let platforms = || {
            let names: Vec<&str> = Platform::ALL.iter().map(|platform| platform.as_str()).collect();
            format!("write PLATFORM=FILE, with one of {}", names.join(", "))
        };
        let (platform, path) = text.split_once('=').ok_or_else(platforms)?;
        if path.is_empty() {
            return Err(platforms());
        }
        Ok(Self { platform: platform.parse().map_err(|_| platforms())?, path: path.into() })
    }
}

impl RootArgs {
    /// Adds the roots to what a verifier trusts.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn add_to(&self, mut verifier: VerifierBuilder) -> Result<VerifierBuilder> {
        for RootFile { platform, path } in &self.root {
            let root = read(path)?;
            // Alone first: the error of all of them would not name the file.
            let alone = Verifier::builder().root(*platform, root.clone()).build();
            alone.map_err(|error| unusable(path, &error))?;
            verifier = verifier.root(*platform, root);
        }
        if self.insecure_no_revocation_list {
            tool::warn("the server's report may hide that its key is revoked");
            verifier = verifier.insecure_no_revocation_list();
        }
        Ok(verifier)
    }
}

fn unusable(path: &Path, error: &Error) -> Failure {
    let (path, why) = (path.display(), with_causes(error));
    Failure::bad_input(format!("the root {path} cannot be used: {why}"))
        .help("docs/platforms tells which form each platform's root has")
}

/// The certificate in a PEM file, or the bytes of any other.
fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = aecs_attest::files::read_argument(path, MAX_BYTES)
        .map_err(|error| files::unreadable(path, "root", &error))?;
    inline::root_in(bytes)
        .map_err(|error| Failure::bad_input(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::failure::Exit;

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

    #[test]
    fn a_root_is_a_platform_and_a_file() {
        let root: RootFile = "ARM_CCA=/etc/a=b.json".parse().unwrap();
        assert_eq!((root.platform, root.path), (Platform::ArmCca, "/etc/a=b.json".into()));
        for wrong in ["", "ARM_CCA", "ARM_CCA=", "arm_cca=/a", "=/a"] {
            assert!(wrong.parse::<RootFile>().unwrap_err().contains("ARM_CCA"), "{wrong}");
        }
    }

    #[test]
    fn certificates_are_read_out_of_their_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root");
        for (content, expected) in [
            (
                b"-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n".as_slice(),
                &[1, 2, 3][..],
            ),
            (b"-----BEGIN PUBLIC KEY-----\n", b"-----BEGIN PUBLIC KEY-----\n"),
            (&[0x30, 0x82], &[0x30, 0x82]),
        ] {
            fs::write(&path, content).unwrap();
            assert_eq!(read(&path).unwrap(), expected);
        }
        fs::write(&path, "-----BEGIN CERTIFICATE-----\n").unwrap();
        assert_eq!(read(&path).unwrap_err().exit(), Exit::BadInput);
        assert_eq!(read(Path::new("/nowhere")).unwrap_err().exit(), Exit::NoInput);
    }
}
