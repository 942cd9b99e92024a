//! Roots of platforms that a server may run on, beside those that are built in.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use aecs_attest::{Platform, files::read_argument, inline};

use super::FileError;

/// Largest file of a root, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// A root in a file, and the platform that it is for: `PLATFORM=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootFile {
    /// The platform.
    pub platform: Platform,
    /// A certificate in PEM, or the vendor's own format.
    pub path: PathBuf,
}

impl FromStr for RootFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
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

impl RootFile {
    /// Those of a text, separated by commas; of an empty text none.
    ///
    /// # Errors
    ///
    /// What is wrong with the first one that is not understood.
    pub fn list(text: &str) -> Result<Vec<Self>, String> {
        text.split(',').filter(|root| !root.is_empty()).map(str::parse).collect()
    }

    /// Reads the root: see [`read_root`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn read(&self) -> Result<Vec<u8>, FileError> {
        read_root(&self.path)
    }
}

/// Reads a root: the certificate in a PEM file, or the bytes of any other.
///
/// # Errors
///
/// A file that cannot be read, or a PEM file without a certificate.
pub fn read_root(path: &Path) -> Result<Vec<u8>, FileError> {
    let remedy = "name the root certificate as PEM, or the vendor's own format";
    let bytes =
        read_argument(path, MAX_BYTES).map_err(|error| FileError::unreadable(path, &error))?;
    inline::root_in(bytes).map_err(|error| FileError::in_file(path, error.to_string(), remedy))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use std::fs;

    use super::*;

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
        let root = RootFile { platform: Platform::ArmCca, path: dir.path().join("root") };
        for (content, expected) in [
            (
                b"-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n".as_slice(),
                &[1, 2, 3][..],
            ),
            (b"-----BEGIN PUBLIC KEY-----\n", b"-----BEGIN PUBLIC KEY-----\n"),
            (&[0x30, 0x82], &[0x30, 0x82]),
        ] {
            fs::write(&root.path, content).unwrap();
            assert_eq!(root.read().unwrap(), expected);
        }
        fs::write(&root.path, "-----BEGIN CERTIFICATE-----\n").unwrap();
        assert!(!root.read().unwrap_err().is_unreadable());
        let nowhere = RootFile { path: "/nowhere".into(), ..root };
        assert!(nowhere.read().unwrap_err().is_unreadable());
    }
}
