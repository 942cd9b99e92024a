//! Sealers: the TEEs that seal data, and the code that can open it again.

use std::fmt;
use std::sync::Arc;

use aecs_crypto::SecretBytes;

use crate::error::{Error, Result};

/// Whom sealed data is for, on the CPU that sealed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SealTo {
    /// This very code (MRENCLAVE on SGX).
    Enclave,
    /// Every enclave of this signer and product (MRSIGNER on SGX).
    Signer,
}

/// What else than the machine and the signer a sealer's keys follow from: when that changes, nothing opens
/// any more that was sealed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BoundTo {
    /// The measurement: no other version of the program has the keys.
    pub code: bool,
    /// The security versions of this moment, of the program (ISV SVN) and of the processor (CPU SVN): an
    /// update of the microcode takes the keys away.
    pub versions: bool,
}

/// Something that can keep data for itself over a restart.
///
/// Data sealed at a security version opens at that version and later ones, except under Gramine,
/// which gives the keys of the present versions only.
pub trait Sealer: Send + Sync {
    /// Seals; `context` has to be the same for [`Sealer::unseal`] and is not kept with the data.
    ///
    /// # Errors
    ///
    /// When the platform cannot seal.
    fn seal(&self, to: SealTo, context: &[u8], plain: &[u8]) -> Result<Vec<u8>>;

    /// Opens what [`Sealer::seal`] made.
    ///
    /// # Errors
    ///
    /// [`Error::SealedElsewhere`] for another enclave's or CPU's data, [`Error::SealedByNewer`]
    /// for data of a later security version, [`Error::Crypto`] for another context or changed
    /// data, [`Error::Malformed`] for anything else.
    fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<SecretBytes>;

    /// What ends that which is sealed to the signer from now on.
    fn bound_to(&self) -> BoundTo;
}

/// What a platform has to seal with.
#[derive(Clone)]
pub enum Sealing {
    /// Keys of its own.
    Sealer(Arc<dyn Sealer>),
    /// Nothing: what this process knows ends with it, unless somebody else knows it.
    Unavailable {
        /// Why that is so.
        reason: String,
    },
}

impl Sealing {
    /// The sealer.
    ///
    /// # Errors
    ///
    /// [`Error::NoSealing`] where there is none.
    pub fn sealer(&self) -> Result<&Arc<dyn Sealer>> {
        match self {
            Self::Sealer(sealer) => Ok(sealer),
            Self::Unavailable { reason } => Err(Error::NoSealing { reason: reason.clone() }),
        }
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sealer(_) => f.debug_tuple("Sealer").finish_non_exhaustive(),
            Self::Unavailable { reason } => {
                f.debug_struct("Unavailable").field("reason", reason).finish()
            }
        }
    }
}
