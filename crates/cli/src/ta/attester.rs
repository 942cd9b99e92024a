//! On which platform the application proves what it is.

use std::sync::Arc;

use aecs_attest::Attester;
use clap::Args;

use crate::failure::{Failure, Result};

/// The flags about the platform.
#[cfg(feature = "simulation")]
#[derive(Args, Debug)]
pub struct AttesterArgs {
    /// Platform to prove on
    #[arg(long, global = true, value_enum, default_value_t)]
    attester: Kind,
    /// Folder of the software CPU
    #[arg(long, global = true, value_name = "DIR", env = "AECS_SIMULATION_DIR")]
    simulation_dir: Option<std::path::PathBuf>,
    #[command(flatten)]
    identity: crate::sim::IdentityArgs,
}

/// The flags about the platform; there are none without a platform to choose.
#[cfg(not(feature = "simulation"))]
#[derive(Args, Debug)]
pub struct AttesterArgs {}

/// The platforms that this build can make reports on.
#[cfg(feature = "simulation")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// A software CPU of aecs-sim, without any protection
    #[default]
    Simulation,
}

#[cfg(feature = "simulation")]
impl AttesterArgs {
    /// The attester. In simulation the measurement is that of this program's file unless it is given.
    ///
    /// # Errors
    ///
    /// Without a software CPU.
    pub(super) fn open(&self) -> Result<Arc<dyn Attester>> {
        use aecs_attest::simulation::EnclaveIdentity;

        let Kind::Simulation = self.attester;
        let folder = self.simulation_dir.as_ref().ok_or_else(|| {
            Failure::usage("no platform to prove on").help(
                "name the folder of a software CPU with --simulation-dir or in the environment \
                 variable AECS_SIMULATION_DIR; `aecs-sim create` makes one",
            )
        })?;
        let program =
            std::env::current_exe().and_then(|path| path.canonicalize()).map_err(|error| {
                Failure::internal(format!("cannot find this program's own file: {error}"))
            })?;
        let base = EnclaveIdentity::of_program(&program)
            .map_err(|error| Failure::internal(crate::failure::with_causes(&error)))?;
        Ok(Arc::new(crate::sim::open(folder)?.enclave(self.identity.resolve(&base))))
    }
}

#[cfg(not(feature = "simulation"))]
impl AttesterArgs {
    /// This build has no attester.
    pub(super) fn open(&self) -> Result<Arc<dyn Attester>> {
        Err(Failure::usage("this build has no platform to prove on")
            .help("build with the feature `simulation`"))
    }
}
