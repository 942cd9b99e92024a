//! The hardware, or what stands in for it: evidence, sealing, and the verifier of others.

use std::sync::Arc;

use aecs_attest::{Attester, Sealer, Verifier};

use crate::{
    config::{AttestationConfig, PlatformKind},
    exit::{Exit, Failure},
};

/// What the core needs of a platform.
pub struct Platform {
    /// Makes the server's own reports.
    pub attester: Arc<dyn Attester>,
    /// Seals the identity.
    pub sealer: Arc<dyn Sealer>,
    /// Verifies the reports of others, and the server's own at start.
    pub verifier: Arc<Verifier>,
}

/// Opens the configured platform.
///
/// # Errors
/// It is not there, or this program was built without it.
pub fn open(config: &AttestationConfig) -> Result<Platform, Failure> {
    match config.platform {
        PlatformKind::Simulation => simulation::open(config),
    }
}

#[cfg(feature = "simulation")]
mod simulation {
    use std::{fs, path::Path};

    use aecs_attest::simulation::{EnclaveIdentity, SimulatedCpu};
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};

    use super::{Arc, AttestationConfig, Exit, Failure, Platform, Verifier};
    use crate::config::SimulationConfig;

    pub(super) fn open(config: &AttestationConfig) -> Result<Platform, Failure> {
        let simulation = &config.simulation;
        let cpu = SimulatedCpu::open(&simulation.dir).map_err(|error| {
            Failure::new(Exit::Attestation, error).context(format!(
                "there is no usable software CPU in {}; make one with `aecs-sim create {}`, or \
                 name another folder in attestation.simulation_dir",
                simulation.dir.display(),
                simulation.dir.display()
            ))
        })?;
        let mut verifier = Verifier::builder().vendor_roots().simulated_root(cpu.root_der());
        if let Some(path) = &config.simulated_root {
            verifier = verifier.simulated_root(read_root(path)?);
        }
        if config.insecure_aecs20_simulation {
            verifier = verifier.insecure_aecs20_simulation();
        }
        let verifier = verifier.build().map_err(|error| {
            Failure::new(Exit::Attestation, error).context("the trusted roots are not usable")
        })?;
        let enclave = Arc::new(cpu.enclave(identity(simulation)?));
        Ok(Platform { attester: enclave.clone(), sealer: enclave, verifier: Arc::new(verifier) })
    }

    fn identity(simulation: &SimulationConfig) -> Result<EnclaveIdentity, Failure> {
        let mrenclave = match simulation.mrenclave {
            Some(mrenclave) => mrenclave,
            None => measure_program()?,
        };
        Ok(EnclaveIdentity {
            mrenclave,
            mrsigner: simulation.mrsigner,
            prod_id: simulation.prod_id,
            svn: simulation.svn,
            debug: simulation.debug,
        })
    }

    /// What an MRENCLAVE says of an enclave, the hash of its file says of a program.
    fn measure_program() -> Result<[u8; 32], Failure> {
        let failed = |error: anyhow::Error| {
            Failure::new(Exit::Io, error).context("cannot measure the program")
        };
        let program = std::env::current_exe().map_err(|error| failed(error.into()))?;
        let identity =
            EnclaveIdentity::of_program(&program).map_err(|error| failed(error.into()))?;
        Ok(identity.mrenclave)
    }

    /// A root certificate in DER, from a PEM or DER file.
    fn read_root(path: &Path) -> Result<Vec<u8>, Failure> {
        let context = || format!("attestation.simulated_root: {}", path.display());
        let bytes =
            fs::read(path).map_err(|error| Failure::new(Exit::Usage, error).context(context()))?;
        if !bytes.starts_with(b"-----BEGIN") {
            return Ok(bytes);
        }
        CertificateDer::from_pem_slice(&bytes)
            .map(|root| root.to_vec())
            .map_err(|error| Failure::new(Exit::Usage, error).context(context()))
    }
}

#[cfg(not(feature = "simulation"))]
mod simulation {
    use anyhow::anyhow;

    use super::{AttestationConfig, Exit, Failure, Platform};

    pub(super) fn open(_config: &AttestationConfig) -> Result<Platform, Failure> {
        Err(Failure::new(
            Exit::Usage,
            anyhow!(
                "attestation.platform is simulation, but this program was built without it (cargo \
                 feature `simulation`)"
            ),
        ))
    }
}
