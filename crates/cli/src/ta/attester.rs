//! On which platform the application proves what it is.

use std::sync::Arc;

use aecs_attest::{Attester, Host, Tee};
use clap::{Args, ValueEnum};

use crate::failure::{Failure, Result, with_causes};

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
        let tee = match self.kind() {
            Kind::Auto => None,
            Kind::Gramine => Some(Tee::Gramine),
            Kind::Occlum => Some(Tee::Occlum),
            Kind::Tdx => Some(Tee::Tdx),
            Kind::SevSnp => Some(Tee::SevSnp),
            Kind::Cca => Some(Tee::Cca),
            #[cfg(feature = "simulation")]
            Kind::Simulation => return self.simulation.open(),
        };
        let opened = Host::new().open(tee).map_err(|error| {
            Failure::usage(format!("no platform to prove on: {}", with_causes(&error))).help(HELP)
        })?;
        Ok(opened.attester)
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

#[cfg(feature = "simulation")]
impl SimulationArgs {
    fn open(&self) -> Result<Arc<dyn Attester>> {
        use aecs_sim::EnclaveIdentity;

        let folder = self.simulation_dir.as_ref().ok_or_else(|| {
            Failure::usage("no software CPU to prove on").help(
                "name its folder with --simulation-dir or in the environment variable \
                 AECS_SIMULATION_DIR; `aecs-sim create` makes one",
            )
        })?;
        let program =
            std::env::current_exe().and_then(|path| path.canonicalize()).map_err(|error| {
                Failure::internal(format!("cannot find this program's own file: {error}"))
            })?;
        let base = EnclaveIdentity::of_program(&program)
            .map_err(|error| Failure::internal(with_causes(&error)))?;
        Ok(Arc::new(crate::sim::open(folder)?.enclave(self.identity.resolve(&base))))
    }
}
