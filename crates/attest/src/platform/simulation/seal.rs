//! Sealing as SGX does it: the key follows from the CPU, the enclave and its security version.
//!
//! Sealed data is version (1 byte), recipient (1), security version (2, big endian), owner (32),
//! record. The owner is a hash, so that data of somebody else is told from damaged data; what
//! protects the data is that the record's key follows from all of the above.

use aecs_crypto::{SecretBytes, Transcript};

use super::enclave::SimulatedEnclave;
use crate::error::{Error, Result, limit};
use crate::limits;
use crate::platform::sgx::take;
use crate::report::{SealTo, Sealer};

const VERSION: u8 = 1;
const TO_ENCLAVE: u8 = 0;
const TO_SIGNER: u8 = 1;

impl Sealer for SimulatedEnclave {
    fn seal(&self, to: SealTo, context: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let header = self.header(to, self.identity.svn);
        let record = self.cpu.sealing_key().seal(binding(&header, context), plain)?;
        Ok([header.as_slice(), &record].concat())
    }

    fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<SecretBytes> {
        limit("sealed data", sealed, limits::SEALED)?;
        let malformed = |reason| Error::malformed("sealed data", reason);
        let (header, record) =
            sealed.split_first_chunk::<36>().ok_or_else(|| malformed("too short"))?;
        let mut rest = header.as_slice();
        let kind = take::<2>(&mut rest).ok_or_else(|| malformed("too short"))?;
        let svn = take::<2>(&mut rest).ok_or_else(|| malformed("too short"))?;
        let svn = u16::from_be_bytes(*svn);
        let to = match *kind {
            [VERSION, TO_ENCLAVE] => SealTo::Enclave,
            [VERSION, TO_SIGNER] => SealTo::Signer,
            _ => return Err(malformed("unknown version or recipient")),
        };
        if *header != self.header(to, svn) {
            return Err(Error::SealedElsewhere);
        }
        if svn > self.identity.svn {
            return Err(Error::SealedByNewer { sealed: svn, own: self.identity.svn });
        }
        Ok(self.cpu.sealing_key().open(binding(header, context), record)?)
    }
}

impl SimulatedEnclave {
    fn header(&self, to: SealTo, svn: u16) -> [u8; 36] {
        let identity = &self.identity;
        let (recipient, owner) = match to {
            SealTo::Enclave => (TO_ENCLAVE, Transcript::new("enclave").field(&identity.mrenclave)),
            SealTo::Signer => (
                TO_SIGNER,
                Transcript::new("signer")
                    .field(&identity.mrsigner)
                    .field(&identity.prod_id.to_be_bytes()),
            ),
        };
        // A debug enclave must not open what the same code sealed when nobody could look into it.
        let owner = owner.field(&[u8::from(identity.debug)]).field(self.cpu.root_der()).sha256();

        let mut header = [0; 36];
        let (kind, rest) = header.split_at_mut(2);
        let (version, tag) = rest.split_at_mut(2);
        kind.copy_from_slice(&[VERSION, recipient]);
        version.copy_from_slice(&svn.to_be_bytes());
        tag.copy_from_slice(&owner);
        header
    }
}

/// What the record's key is derived from, besides the CPU's sealing key.
fn binding(header: &[u8; 36], context: &[u8]) -> Transcript {
    Transcript::new("AECS simulation seal").field(header).field(context)
}
