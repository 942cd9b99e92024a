//! What an engine needs beside its URL.

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use crate::Result;

/// What an engine needs beside its URL. Each engine takes what it knows.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// The memory that the embedded engine may use for its file, in bytes.
    pub cache_bytes: usize,
    /// The user, or the id of an access key; else the user in the URL.
    pub user: Option<String>,
    /// The password, or the secret of the access key.
    pub password: Option<Zeroizing<String>>,
    /// The certificates in PEM by which a server is trusted; else those of Mozilla.
    pub tls_roots: Option<Vec<u8>>,
    /// Our certificate with its chain, and its private key, both in PEM.
    pub tls_identity: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    /// Whether an object store may be used that does not check conditions, because no other process
    /// uses it. If one does, changes are lost without an error.
    pub single_writer: bool,
    /// How many connections read at the same time.
    pub connections: usize,
    /// How long a call may take before it is given up, or tried again if that does no harm.
    pub timeout: Duration,
}

impl Options {
    /// Says what is wrong with the certificates and the private key.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`](crate::Error::Refused), which names the one that cannot be used.
    pub fn check(&self) -> Result<()> {
        #[cfg(any(feature = "etcd", feature = "postgres"))]
        self.tls_client()?;
        Ok(())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 16 << 20,
            user: None,
            password: None,
            tls_roots: None,
            tls_identity: None,
            single_writer: false,
            connections: 4,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Does not show the password and the private key.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("cache_bytes", &self.cache_bytes)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .field("tls_roots", &self.tls_roots.as_ref().map(Vec::len))
            .field("tls_identity", &self.tls_identity.as_ref().map(|_| "…"))
            .field("single_writer", &self.single_writer)
            .field("connections", &self.connections)
            .field("timeout", &self.timeout)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_show_no_password() {
        let options = Options { password: Some("hunter2".to_owned().into()), ..Options::default() };
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
