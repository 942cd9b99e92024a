//! On which platform the application proves what it is.

use std::sync::Arc;

use aecs_attest::{Attester, Tee};
use aecs_client::OwnPlatform;
use clap::{Args, ValueEnum};

use crate::failure::{Failure, Result};

/// The flags about the platform.
#[derive(Args, Debug)]
pub struct AttesterArgs {
    /// Platform that makes the evidence [default: simulation with --simulation-dir, otherwise auto]
    #[arg(long, global = true, value_name = "PLATFORM", value_enum, env = "AECS_ATTESTER")]
    attester: Option<Kind>,
    #[cfg(feature = "simulation")]
    #[command(flatten)]
    simulation: SimulationArgs,
}

/// The flags about a software CPU.
#[cfg(feature = "simulation")]
#[derive(Args, Debug)]
struct SimulationArgs {
    /// Folder of the software CPU
    #[arg(long, global = true, value_name = "DIR", env = "AECS_SIMULATION_DIR")]
    simulation_dir: Option<std::path::PathBuf>,
    #[command(flatten)]
    identity: crate::sim::IdentityArgs,
}

/// The platforms that this build can make reports on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The TEE that this program runs in
    Auto,
    /// An SGX enclave under Gramine
    Gramine,
    /// An SGX enclave under Occlum
    Occlum,
    /// An Intel TDX guest
    Tdx,
    /// An AMD SEV-SNP guest
    #[value(name = "sev_snp")]
    SevSnp,
    /// A realm of Arm CCA
    Cca,
    /// A software CPU of aecs-sim, without any protection
    #[cfg(feature = "simulation")]
    Simulation,
}

impl AttesterArgs {
    /// The attester. In simulation the measurement is that of this program's file unless it is
    /// given.
    ///
    /// # Errors
    ///
    /// Without the TEE or the software CPU.
    pub(super) fn open(&self) -> Result<Arc<dyn Attester>> {
        let platform = match self.kind() {
            Kind::Auto => OwnPlatform::Auto,
            Kind::Gramine => OwnPlatform::Tee(Tee::Gramine),
            Kind::Occlum => OwnPlatform::Tee(Tee::Occlum),
            Kind::Tdx => OwnPlatform::Tee(Tee::Tdx),
            Kind::SevSnp => OwnPlatform::Tee(Tee::SevSnp),
            Kind::Cca => OwnPlatform::Tee(Tee::Cca),
            #[cfg(feature = "simulation")]
            Kind::Simulation => self.simulation.platform()?,
        };
        platform.open().map_err(|error| Failure::from(error).help(HELP))
    }

    #[cfg(feature = "simulation")]
    fn kind(&self) -> Kind {
        let default = match self.simulation.simulation_dir {
            Some(_) => Kind::Simulation,
            None => Kind::Auto,
        };
        self.attester.unwrap_or(default)
    }

    #[cfg(not(feature = "simulation"))]
    fn kind(&self) -> Kind {
        self.attester.unwrap_or(Kind::Auto)
    }
}

/// What to do without a TEE.
#[cfg(feature = "simulation")]
const HELP: &str = "run it inside of its TEE, or name the folder of a software CPU with \
                    --simulation-dir or in the environment variable AECS_SIMULATION_DIR; \
                    `aecs-sim create` makes one";
#[cfg(not(feature = "simulation"))]
const HELP: &str = "run it inside of its TEE";

/// What to do without a software CPU.
#[cfg(feature = "simulation")]
const NO_CPU: &str = "name its folder with --simulation-dir or in the environment variable \
                      AECS_SIMULATION_DIR; `aecs-sim create` makes one";

#[cfg(feature = "simulation")]
impl SimulationArgs {
    fn platform(&self) -> Result<OwnPlatform> {
        let folder = self
            .simulation_dir
            .clone()
            .ok_or_else(|| Failure::usage("no software CPU to prove on").help(NO_CPU))?;
        // It says what to do where there is none.
        crate::sim::open(&folder)?;
        let base = OwnPlatform::identity_of_this_program()?;
        Ok(OwnPlatform::Simulation { folder, identity: self.identity.resolve(&base) })
    }
}
