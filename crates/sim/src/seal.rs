//! Sealing as SGX does it: the key follows from the CPU, the enclave and its security version.

use aecs_attest::{BoundTo, KeySource, Result, SealTo, SealingMethod, SecurityVersion};
use aecs_crypto::{RecordKey, SecretBytes, Transcript};

use crate::enclave::SimulatedEnclave;

impl KeySource for SimulatedEnclave {
    fn method(&self) -> SealingMethod {
        SealingMethod::Simulation
    }

    fn bound_to(&self) -> BoundTo {
        BoundTo::default()
    }

    fn version(&self) -> SecurityVersion {
        SecurityVersion { code: self.identity.svn.into(), ..SecurityVersion::default() }
    }

    fn key(&self, to: SealTo, version: SecurityVersion) -> Result<RecordKey> {
        let identity = &self.identity;
        let owner = match to {
            SealTo::Enclave => Transcript::new("enclave").field(&identity.mrenclave),
            SealTo::Signer => Transcript::new("signer")
                .field(&identity.mrsigner)
                .field(&identity.prod_id.to_be_bytes()),
        };
        // A debug enclave must not open what the same code sealed when nobody could look into it.
        let owner = owner
            .field(&[u8::from(identity.debug)])
            .field(&version.code.to_be_bytes())
            .field(self.cpu.sealing_key().to_bytes().expose());
        Ok(RecordKey::of_platform(&SecretBytes::from(owner.as_bytes().to_vec()), "simulation")?)
    }
}
