//! What attesters need of the machine: files, and the requests of two devices.

pub(crate) mod device;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use aecs_ioctl::sev_guest::{self, Failure, KEY_RESPONSE, KeyRequest, REPORT_RESPONSE};
use aecs_ioctl::{occlum, sev_guest::REPORT_DATA};

/// A machine, as far as attesters touch it. [`Linux`] is the real one; a test plays another.
///
/// Paths are absolute, as on the machine itself. Every method may fail with any error, and says
/// what happened once: trying again is the attesters' business.
pub trait Machine: Send + Sync {
    /// Reads a file up to its end, but at most one byte more than `limit`.
    ///
    /// # Errors
    ///
    /// Those of opening and reading it.
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>>;

    /// Writes to a file that exists, in one go.
    ///
    /// # Errors
    ///
    /// Those of opening and writing it.
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()>;

    /// Makes a folder, which must not exist.
    ///
    /// # Errors
    ///
    /// Those of making it.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder; in configfs, the files in it go with it.
    ///
    /// # Errors
    ///
    /// Those of removing it.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// Whether there is something at a path that can be looked at.
    ///
    /// # Errors
    ///
    /// Whatever keeps this from being found out.
    fn exists(&self, path: &Path) -> io::Result<bool>;

    /// Lets Occlum's device write what the processor says about this enclave.
    ///
    /// # Errors
    ///
    /// Those of the device.
    fn occlum_report(&self, device: &Path, report: &mut [u8; occlum::REPORT]) -> io::Result<()>;

    /// Asks Occlum's device how many bytes a quote has.
    ///
    /// # Errors
    ///
    /// Those of the device.
    fn occlum_quote_size(&self, device: &Path) -> io::Result<u32>;

    /// Lets Occlum's device write a quote to a buffer; returns how many bytes of it are the quote.
    ///
    /// # Errors
    ///
    /// Those of the device.
    fn occlum_quote(
        &self,
        device: &Path,
        report_data: &[u8; REPORT_DATA],
        quote: &mut [u8],
    ) -> io::Result<usize>;

    /// Lets Occlum's device write a key of the processor for this enclave.
    ///
    /// # Errors
    ///
    /// Those of the device.
    fn occlum_key(
        &self,
        device: &Path,
        request: &occlum::KeyRequest,
        key: &mut [u8; occlum::KEY],
    ) -> io::Result<()>;

    /// Lets the SEV-SNP firmware write its response to a request for a report, and the host its
    /// certificates if there is a buffer for them.
    ///
    /// # Errors
    ///
    /// Those of the device.
    fn snp_report(
        &self,
        device: &Path,
        report_data: &[u8; REPORT_DATA],
        vmpl: u32,
        response: &mut [u8; REPORT_RESPONSE],
        certificates: Option<&mut [u8]>,
    ) -> Result<(), Failure>;

    /// Lets the SEV-SNP firmware write its response to a request for a key.
    ///
    /// # Errors
    ///
    /// Those of the device.
    fn snp_key(
        &self,
        device: &Path,
        request: &KeyRequest,
        response: &mut [u8; KEY_RESPONSE],
    ) -> Result<(), Failure>;
}

/// A Linux machine whose files begin in a root folder: `/`, or wherever they are mounted.
#[derive(Debug, Clone)]
pub struct Linux {
    root: PathBuf,
}

impl Default for Linux {
    fn default() -> Self {
        Self::rooted("/")
    }
}

impl Linux {
    /// A machine whose files begin in `root`.
    #[must_use]
    pub fn rooted(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn at(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the kernel's files and devices, which this asks for by their names"
)]
impl Machine for Linux {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        File::open(self.at(path))?.take(limit).read_to_end(&mut content)?;
        Ok(content)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(self.at(path))?;
        // Attributes take what comes in one call as the whole value.
        let written = file.write(content)?;
        if written == content.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(self.at(path))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(self.at(path))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.at(path).try_exists()
    }

    fn occlum_report(&self, device: &Path, report: &mut [u8; occlum::REPORT]) -> io::Result<()> {
        occlum::report(File::open(self.at(device))?.as_fd(), report)
    }

    fn occlum_quote_size(&self, device: &Path) -> io::Result<u32> {
        occlum::quote_size(File::open(self.at(device))?.as_fd())
    }

    fn occlum_quote(
        &self,
        device: &Path,
        report_data: &[u8; REPORT_DATA],
        quote: &mut [u8],
    ) -> io::Result<usize> {
        occlum::quote(File::open(self.at(device))?.as_fd(), report_data, quote)
    }

    fn occlum_key(
        &self,
        device: &Path,
        request: &occlum::KeyRequest,
        key: &mut [u8; occlum::KEY],
    ) -> io::Result<()> {
        occlum::key(File::open(self.at(device))?.as_fd(), request, key)
    }

    fn snp_report(
        &self,
        device: &Path,
        report_data: &[u8; REPORT_DATA],
        vmpl: u32,
        response: &mut [u8; REPORT_RESPONSE],
        certificates: Option<&mut [u8]>,
    ) -> Result<(), Failure> {
        let device = self.sev_guest(device)?;
        match certificates {
            Some(certificates) => sev_guest::extended_report(
                device.as_fd(),
                report_data,
                vmpl,
                response,
                certificates,
            ),
            None => sev_guest::report(device.as_fd(), report_data, vmpl, response),
        }
    }

    fn snp_key(
        &self,
        device: &Path,
        request: &KeyRequest,
        response: &mut [u8; KEY_RESPONSE],
    ) -> Result<(), Failure> {
        sev_guest::derived_key(self.sev_guest(device)?.as_fd(), request, response)
    }
}

impl Linux {
    fn sev_guest(&self, device: &Path) -> Result<File, Failure> {
        let opened = OpenOptions::new().read(true).write(true).open(self.at(device));
        opened.map_err(|source| Failure { source, firmware: 0, hypervisor: 0, certificates_len: 0 })
    }
}
