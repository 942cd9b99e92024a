//! Sealing: data that only the same code, or code of the same signer, opens again on this
//! processor.
//!
//! Every platform seals in the same way and differs in one thing, where its keys come from
//! ([`KeySource`]). Sealed data is a head and a record:
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version of this format: 2 |
//! | 1 | the platform |
//! | 1 | for whom: 0 the enclave, 1 its signer |
//! | 4 | security version of the code that sealed, big endian |
//! | 16 | security version of the platform, in the platform's own form |
//! | 32 | name of the key |
//! | rest | the record: nonce, cipher text, tag |
//!
//! The record's key follows from the platform's key, the head and the context, so a change of
//! any of them is found when it does not open. The name of the key, which is derived from it, is
//! there to tell data of somebody else from damaged data.

pub(crate) mod gramine;
pub(crate) mod occlum;
mod rules;
mod sealer;
pub(crate) mod snp;

use aecs_crypto::{RecordKey, SecretBytes, Transcript};

use crate::encoding::bytes::take;
use crate::error::{Error, Result, limit};
use crate::limits;
pub use rules::{SERVER_PRODUCT, SealingRules, Seals};
pub use sealer::{BoundTo, SealTo, Sealer, Sealing};

/// Version of the format. The first one was the simulation's alone.
const VERSION: u8 = 2;
const HEADER: usize = 55;
const KEY_NAME: &str = "AECS-2.1 name of a sealing key";

/// A platform in sealed data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum SealingMethod {
    /// A software CPU. No platform of this crate seals so.
    Simulation = 0,
    /// SGX under Gramine.
    Gramine = 1,
    /// SEV-SNP.
    Snp = 2,
    /// SGX under Occlum.
    Occlum = 3,
}

/// How new something is that a key depends on. A platform that cannot choose has zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SecurityVersion {
    /// Of the code.
    pub code: u32,
    /// Of the platform below it, in the platform's own form.
    pub platform: [u8; 16],
}

/// The source of a platform's sealing keys. Every source is a [`Sealer`], in the one format.
pub trait KeySource: Send + Sync {
    /// How the platform derives its sealing keys.
    fn method(&self) -> SealingMethod;

    /// What the keys follow from that are for the signer.
    fn bound_to(&self) -> BoundTo;

    /// What new data is sealed at.
    fn version(&self) -> SecurityVersion;

    /// The key for a recipient at a version that is not above [`KeySource::version`].
    ///
    /// # Errors
    ///
    /// When the platform does not give it.
    fn key(&self, to: SealTo, version: SecurityVersion) -> Result<RecordKey>;
}

impl<K: KeySource> Sealer for K {
    fn bound_to(&self) -> BoundTo {
        KeySource::bound_to(self)
    }

    fn seal(&self, to: SealTo, context: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let version = self.version();
        let key = self.key(to, version)?;
        let header = header(self.method(), to, version, &key)?;
        let record = key.seal(binding(&header, context), plain)?;
        Ok([header.as_slice(), &record].concat())
    }

    fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<SecretBytes> {
        limit("sealed data", sealed, limits::SEALED)?;
        let malformed = |reason| Error::malformed("sealed data", reason);
        let (head, record) =
            sealed.split_first_chunk::<HEADER>().ok_or_else(|| malformed("too short"))?;
        let (method, to, version) = parse(head).ok_or_else(|| malformed("too short"))?;
        let to = match (head.first(), to) {
            (Some(&VERSION), 0) => SealTo::Enclave,
            (Some(&VERSION), 1) => SealTo::Signer,
            _ => return Err(malformed("unknown version or recipient")),
        };
        if method != self.method() as u8 {
            return Err(Error::SealedElsewhere);
        }
        let own = self.version();
        if version.code > own.code {
            return Err(Error::SealedByNewer { sealed: version.code, own: own.code });
        }
        let key = self.key(to, version)?;
        if *head != header(self.method(), to, version, &key)? {
            return Err(Error::SealedElsewhere);
        }
        Ok(key.open(binding(head, context), record)?)
    }
}

fn header(
    method: SealingMethod,
    to: SealTo,
    version: SecurityVersion,
    key: &RecordKey,
) -> Result<[u8; HEADER]> {
    let to = match to {
        SealTo::Enclave => 0,
        SealTo::Signer => 1,
    };
    let name = key.derive(KEY_NAME)?.to_bytes();
    let mut header = vec![VERSION, method as u8, to];
    header.extend(version.code.to_be_bytes());
    header.extend(version.platform);
    header.extend(name.expose());
    header.try_into().map_err(|_| Error::malformed("sealing key", "not of 32 bytes"))
}

/// Platform, recipient and version of a head.
fn parse(header: &[u8; HEADER]) -> Option<(u8, u8, SecurityVersion)> {
    let mut rest = header.as_slice();
    let [_version, method, to] = *take::<3>(&mut rest)?;
    let code = u32::from_be_bytes(*take(&mut rest)?);
    let platform = *take(&mut rest)?;
    Some((method, to, SecurityVersion { code, platform }))
}

/// What the record's key is derived from, besides the platform's key.
fn binding(header: &[u8; HEADER], context: &[u8]) -> Transcript {
    Transcript::new("AECS-2.1 sealed data").field(header).field(context)
}
